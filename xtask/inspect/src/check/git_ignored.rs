//! Tells whether Git or Docker ignores a file. One that Git ignores is created by another tool, and may exist before the image
//! is built. One that Docker ignores is not in the build context.

use camino::Utf8Path;

use super::source::Source;

/// What makes a path of Docker or Git a pattern.
pub(super) const WILDCARDS: [char; 3] = ['*', '?', '['];

/// Whether a .gitignore file in `root`, above it in the same repository, or below it ignores `path`, which is relative to
/// `root`. As in Git, the last pattern that matches decides.
pub(super) fn is_ignored(root: &Utf8Path, path: &str) -> bool {
    let full = root.join(path);
    let repository = root.ancestors().find(|directory| directory.join(".git").exists()).unwrap_or(root);
    let mut directories: Vec<_> =
        full.ancestors().skip(1).take_while(|directory| directory.starts_with(repository)).collect();
    directories.reverse();
    let mut ignored = false;
    for directory in directories {
        let Ok(Some(file)) = Source::read(directory, ".gitignore") else { continue };
        let Ok(relative) = full.strip_prefix(directory) else { continue };
        let names: Vec<&str> = relative.iter().collect();
        for line in file.text.lines() {
            if let Some((is_ignoring, pattern)) = parse(line)
                && matches(&pattern, &names)
            {
                ignored = is_ignoring;
            }
        }
    }
    ignored
}

/// Whether the ignore file of a Dockerfile, or .dockerignore, keeps a file or a whole directory out of the build context.
/// `path` is relative to the context's `root`.
pub(super) fn is_excluded(root: &Utf8Path, dockerfile: &Utf8Path, path: &str) -> bool {
    let Some(file) = ignore_file(root, dockerfile) else { return false };
    let names: Vec<&str> = path.split('/').collect();
    let mut excluded = false;
    for line in file.text.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
        let (is_excluding, pattern) =
            line.strip_prefix('!').map_or((true, line), |pattern| (false, pattern.trim()));
        let parts: Vec<_> = pattern.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
        // A directory stays if anything below it may stay.
        let may_be_below =
            || parts.iter().zip(&names).all(|(part, name)| part == name || part.contains(WILDCARDS));
        if !parts.is_empty() && (matches(&parts, &names) || (!is_excluding && may_be_below())) {
            excluded = is_excluding;
        }
    }
    excluded
}

/// Whether a pattern of Docker matches a path below its folder, or one of its parent directories.
pub(super) fn is_matched(pattern: &str, path: &str) -> bool {
    let parts: Vec<_> = pattern.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    matches(&parts, &path.split('/').collect::<Vec<_>>())
}

/// Whether the ignore file keeps everything out of the build context.
pub(super) fn excludes_all(root: &Utf8Path, dockerfile: &Utf8Path) -> bool {
    let Some(file) = ignore_file(root, dockerfile) else { return false };
    let is_all = |line: &str| matches!(line.trim_matches('/'), "*" | "**" | "**/*" | ".");
    let lines = file.text.lines().map(str::trim);
    lines.fold(false, |all, line| (all && !line.starts_with('!')) || is_all(line))
}

fn ignore_file(root: &Utf8Path, dockerfile: &Utf8Path) -> Option<Source> {
    let read = |name: &str| Source::read(root, name).ok().flatten();
    read(&format!("{dockerfile}.dockerignore")).or_else(|| read(".dockerignore"))
}

/// Whether a line ignores or includes files, and its pattern for each directory level. `None` for comments.
fn parse(line: &str) -> Option<(bool, Vec<&str>)> {
    let line = line.trim_end();
    let (is_ignoring, pattern) = line.strip_prefix('!').map_or((true, line), |pattern| (false, pattern));
    if pattern.is_empty() || pattern.starts_with('#') {
        return None;
    }
    let pattern = pattern.trim_end_matches('/');
    // Without a slash, a pattern matches at every level.
    let anywhere = (!pattern.contains('/')).then_some("**");
    Some((is_ignoring, anywhere.into_iter().chain(pattern.trim_start_matches('/').split('/')).collect()))
}

/// Whether the pattern matches the path or one of its parent directories.
fn matches(pattern: &[&str], path: &[&str]) -> bool {
    let is_name = |pattern: &&str, name: &&str| {
        let (pattern, name): (Vec<_>, Vec<_>) = (pattern.chars().collect(), name.chars().collect());
        glob(&pattern, &name, |c| *c == '*', |c, other| *c == '?' || c == other)
    };
    let parents = (1..=path.len()).filter_map(|length| path.get(..length));
    parents.into_iter().any(|path| glob(pattern, path, |name| *name == "**", is_name))
}

/// Whether the pattern matches the whole text. A star matches any number of items.
fn glob<T>(
    pattern: &[T],
    text: &[T],
    is_star: impl Fn(&T) -> bool,
    is_match: impl Fn(&T, &T) -> bool,
) -> bool {
    let (mut at, mut next) = (0, 0);
    // The last star, and the end of what it matches so far. More is tried if the rest does not match.
    let mut last_star = None;
    while let Some(item) = text.get(next) {
        match pattern.get(at) {
            Some(star) if is_star(star) => {
                last_star = Some((at, next));
                at += 1;
            }
            Some(expected) if is_match(expected, item) => {
                at += 1;
                next += 1;
            }
            _ => {
                let Some((star, end)) = last_star else { return false };
                last_star = Some((star, end + 1));
                (at, next) = (star + 1, end + 1);
            }
        }
    }
    pattern.iter().skip(at).all(is_star)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_git_ignoring(line: &str, path: &str) -> bool {
        let (_, pattern) = parse(line).unwrap();
        matches(&pattern, &path.split('/').collect::<Vec<_>>())
    }

    #[test]
    fn patterns_match_as_in_git() {
        for (line, path) in [
            ("bin", "cli/bin/tool"),
            ("bin/", "bin/tool"),
            ("/bin/*", "bin/tool"),
            ("*.exe", "cli/tool.exe"),
            ("cli/**/tool", "cli/a/b/tool"),
            ("cli/**/tool", "cli/tool"),
            ("**/bin", "a/bin/x"),
            ("t??l", "tool"),
        ] {
            assert!(is_git_ignoring(line, path), "{line} {path}");
        }
        for (line, path) in
            [("/bin", "cli/bin"), ("*.exe", "tool"), ("cli/*/tool", "cli/a/b/tool"), ("bin", "binary")]
        {
            assert!(!is_git_ignoring(line, path), "{line} {path}");
        }
        assert_eq!(parse("# comment"), None);
        assert_eq!(parse(""), None);
    }

    #[test]
    fn files_above_and_below_the_root_count() {
        let temp = tempfile::tempdir().unwrap();
        let repository = Utf8Path::from_path(temp.path()).unwrap();
        let root = repository.join("extension");
        for directory in [".git", "extension/cli"] {
            std::fs::create_dir_all(repository.join(directory)).unwrap();
        }
        std::fs::write(repository.join(".gitignore"), "*.exe\n").unwrap();
        std::fs::write(root.join("cli/.gitignore"), "# built\nbin/*\n!bin/kept\n").unwrap();
        assert!(is_ignored(&root, "cli/bin/tool"));
        assert!(is_ignored(&root, "cli/tool.exe"));
        assert!(!is_ignored(&root, "cli/bin/kept"));
        assert!(!is_ignored(&root, "bin/tool"));
    }

    #[test]
    fn docker_keeps_what_is_included_again() {
        let temp = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(temp.path()).unwrap();
        std::fs::write(root.join(".dockerignore"), "# all but\n*\n!ui/dist\n!/host\nhost/**/*.md\n").unwrap();
        let is_excluded = |path| is_excluded(root, Utf8Path::new("Dockerfile"), path);
        for path in ["metadata.json", "ui/src", "host/a/b.md"] {
            assert!(is_excluded(path), "{path}");
        }
        for path in ["ui", "ui/dist", "ui/dist/index.html", "host/darwin/tool"] {
            assert!(!is_excluded(path), "{path}");
        }
        std::fs::write(root.join("Dockerfile.dockerignore"), "host\n").unwrap();
        assert!(is_excluded("host/darwin/tool") && !is_excluded("metadata.json"));
    }

    proptest::proptest! {
        #[test]
        fn any_pattern_is_matched_in_time(line in "[*a/?!#]{1,40}", path in "[a/]{1,40}") {
            if let Some((_, pattern)) = parse(&line) {
                matches(&pattern, &path.split('/').collect::<Vec<_>>());
            }
        }
    }
}
