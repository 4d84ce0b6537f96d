//! Why a cell was not built, in one line, out of what compilers, linkers and build scripts said.

use super::results::Said;

/// The failed build scripts in cargo's own output: cargo reports them nowhere else.
pub fn build_scripts(log: &str) -> Vec<Said> {
    let mut found: Vec<Said> = Vec::new();
    let mut inside = false;
    for line in log.lines() {
        if let Some((_, rest)) = line.split_once("failed to run custom build command for `") {
            let package = rest.split([' ', '`']).next().unwrap_or_default().to_owned();
            found.push(Said { package, text: String::new() });
            inside = true;
        } else if line.starts_with("error:") || line.starts_with("warning: build failed") {
            inside = false;
        } else if let (true, Some(said)) = (inside, found.last_mut()) {
            said.text.push_str(line);
            said.text.push('\n');
        }
    }
    found
}

/// The line that explains why a program made of `crates` is not there for `target`.
pub fn of(errors: &[Said], crates: &[String], target: &str, targets: &[String]) -> String {
    let ours =
        |said: &&Said| crates.iter().any(|name| name.replace('-', "_") == said.package.replace('-', "_"));
    let names = |said: &&Said, target: &str| said.text.contains(target);
    let mine: Vec<_> = errors.iter().filter(ours).collect();
    let exact = mine.iter().find(|said| names(said, target));
    // A compile error does not say for which target it is.
    let general = || mine.iter().find(|said| !targets.iter().any(|target| names(said, target)));
    match exact.or_else(general) {
        Some(said) => format!("{}: {}", said.package, telling_line(&said.text)),
        None => "not built, and nothing said why".to_owned(),
    }
}

/// The first line that says what is wrong.
fn telling_line(text: &str) -> String {
    const TELLING: [&str; 7] = [
        "undefined symbol:",
        "framework not found",
        "library not found",
        "unable to find library",
        "fatal error:",
        "error:",
        "panicked at",
    ];
    let line = |word: &&'static str| {
        let at = text.lines().position(|line| line.contains(*word))?;
        Some((*word, at))
    };
    let lines: Vec<_> = text.lines().collect();
    let told = match TELLING.iter().find_map(line) {
        // The message of a panic stands below its place.
        Some(("panicked at", at)) => lines.get(at + 1).copied().unwrap_or_default(),
        Some((_, at)) => lines[at],
        None => lines.first().copied().unwrap_or_default(),
    };
    let told = told.trim().trim_start_matches("= note: ").trim_start_matches("cargo:warning=");
    without_this_machine(told).chars().take(200).collect()
}

/// A file of a crate is told from the crate's folder on: where this machine keeps its crates is nobody's business.
fn without_this_machine(line: &str) -> String {
    let word = |word: &str| match word.split_once("/registry/src/") {
        Some((_, path)) => path.split_once('/').map_or(path, |(_, rest)| rest).to_owned(),
        None => word.to_owned(),
    };
    line.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "\
   Compiling x v1.0.0
error: failed to run custom build command for `mac-sys v0.6.12`

Caused by:
  process didn't exit successfully: `/t/build-script-build` (exit status: 1)
  --- stdout
  TARGET = Some(aarch64-apple-darwin)
  cargo:warning=objc/notify.h:1:9: fatal error: 'Foundation/Foundation.h' file not found
warning: build failed, waiting for other jobs to finish...
error: failed to run custom build command for `other v1.0.0`
";

    #[test]
    fn a_build_script_is_blamed_for_its_target() {
        let errors = build_scripts(LOG);
        let crates = ["notifier".to_owned(), "mac-sys".to_owned()];
        let targets = ["aarch64-apple-darwin".to_owned(), "x86_64-apple-darwin".to_owned()];
        let reason = of(&errors, &crates, &targets[0], &targets);
        assert_eq!(
            reason,
            "mac-sys: objc/notify.h:1:9: fatal error: 'Foundation/Foundation.h' file not found"
        );
        assert!(of(&errors, &crates, &targets[1], &targets).contains("nothing said why"));
    }

    #[test]
    fn a_file_is_told_from_its_crate_on() {
        let told = telling_line(
            "/home/me/.cargo/registry/src/host-1/x-sys-1.0.0/a.c:1:1: fatal error: 'b.h' not found",
        );
        assert_eq!(told, "x-sys-1.0.0/a.c:1:1: fatal error: 'b.h' not found");
    }

    #[test]
    fn a_linker_is_quoted_with_the_symbol() {
        let text = "linking with `rust-lld` failed\nrust-lld: error: undefined symbol: _x\n>>> /t/aarch64-apple-darwin/y";
        let errors = [Said { package: "app".to_owned(), text: text.to_owned() }];
        let target = "aarch64-apple-darwin".to_owned();
        let reason = of(&errors, &["app".to_owned()], &target, std::slice::from_ref(&target));
        assert_eq!(reason, "app: rust-lld: error: undefined symbol: _x");
    }
}
