//! Host binaries that the Dockerfile downloads.

use std::collections::BTreeMap;

use sixfold_inspect::check::image_files::{Command, is_certain};
use sixfold_model::finding::Place;
use sixfold_model::matrix::{Arch, HostOs, Platform, Target};
use sixfold_model::prebuilt::by_cell::CellName;
use toml::{Table, Value};

use super::draft::{Draft, Entries, entry};
use super::extension::Extension;
use super::host::Made;

/// The names that publishers use, the usual one first.
const SYSTEMS: [(HostOs, &[&str]); 3] = [
    (HostOs::Darwin, &["darwin", "macos", "Darwin", "macOS", "osx", "mac"]),
    (HostOs::Windows, &["windows", "win32", "Windows", "win64", "win"]),
    (HostOs::Linux, &["linux", "Linux"]),
];
const ARCHS: [(Arch, &[&str]); 2] = [
    (Arch::Amd64, &["amd64", "x86_64", "x64", "64bit", "64-bit"]),
    (Arch::Arm64, &["arm64", "aarch64", "ARM64"]),
];
const ARCHIVES: [&str; 5] = [".tar.gz", ".tgz", ".zip", ".tar.xz", ".tar.bz2"];

/// One text for each target.
type Texts = BTreeMap<Target, String>;

/// The table of a program that all of these commands download.
pub(super) fn configure(
    _: &Extension,
    name: &str,
    made: &Made,
    draft: &mut Draft,
) -> Result<(Entries, String, Place), String> {
    let (mut urls, mut members) = (Texts::new(), Texts::new());
    for (host, commands) in made {
        for (platform, command) in Platform::ALL.into_iter().zip(commands) {
            let target = Target { os: host.os, arch: platform.arch() };
            let url = url(command).ok_or_else(|| {
                format!(
                    "the address that {} downloads depends on a variable, or there is none",
                    command.place
                )
            })?;
            if ARCHIVES.iter().any(|end| url.ends_with(end)) {
                members.insert(target, member(command, host.path.base_name()));
            }
            urls.insert(target, url);
        }
    }
    let Some(first) = made.first().map(|(_, [command, _])| command) else {
        return Err("has no hosts".into());
    };
    let names = Names::of(&urls);
    let same: Vec<_> = HostOs::ALL.into_iter().filter(|os| is_same_for_both(&urls, *os)).collect();
    let is_amd64_only = !same.is_empty() && names.archs.contains_key(&Arch::Amd64);
    if is_amd64_only {
        let systems: Vec<_> = same.iter().map(ToString::to_string).collect();
        let message =
            format!("the Dockerfile gives arm64 hosts the binary for amd64 on {}", systems.join(", "));
        draft.lacks(
            name,
            message,
            "the configuration asks for arm64; if the publisher has none, use `emulate` or `skip`",
        );
    }
    let version = version(&urls);
    let mut entries = vec![];
    entries.extend(version.as_deref().map(|version| entry("version", version)));
    entries.push(entry("url", names.template(&urls, version.as_deref())));
    if !members.is_empty() {
        entries.push(entry("member", names.template(&members, version.as_deref())));
        draft.lacks(
            name,
            "its path in the archive is a guess",
            "if `prebuilt update` does not find it, correct `member`",
        );
    }
    entries.extend(names.entries());
    draft.lacks(name, "has no digests yet", "`prebuilt update` downloads it for every host, and adds them");
    let what = format!("a download, {}", urls.values().next().map(String::as_str).unwrap_or_default());
    Ok((entries, what, first.place.clone()))
}

/// The address that a command downloads.
fn url(command: &Command) -> Option<String> {
    let words = command.words.iter().map(String::as_str).chain(command.text.split_whitespace());
    let mut urls = words
        .map(|word| word.trim_matches(['"', '\'']))
        .filter(|word| word.starts_with("http") && word.contains("://"));
    urls.next().filter(|url| is_certain(url)).map(str::to_owned)
}

/// The path of the binary in the archive that a command unpacks: what is below the folder that it unpacks to.
fn member(command: &Command, name: &str) -> String {
    let words = &command.words;
    let flag = words.iter().position(|word| matches!(word.as_str(), "-C" | "-d" | "--directory"));
    let folder = flag.and_then(|at| words.get(at + 1)).unwrap_or(&command.cwd).trim_end_matches('/');
    let below = |word: &str| Some(word.strip_prefix(folder)?.strip_prefix('/')?.to_owned());
    let mut found = command.text.split_whitespace().filter(|word| is_certain(word)).filter_map(below);
    found.find(|path| path.ends_with(name)).unwrap_or_else(|| name.to_owned())
}

fn is_same_for_both(urls: &Texts, os: HostOs) -> bool {
    let url = |arch| urls.get(&Target { os, arch });
    url(Arch::Amd64).is_some() && url(Arch::Amd64) == url(Arch::Arm64)
}

/// The first text such as `1.2.3` that all addresses contain.
fn version(urls: &Texts) -> Option<String> {
    let first = urls.values().next()?;
    let candidates = first.split(['/', '_', '-', 'v']).map(|part| {
        let end = part.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(part.len());
        part.get(..end).unwrap_or_default().trim_end_matches('.')
    });
    let is_version =
        |text: &&str| text.split('.').count() == 3 && text.split('.').all(|part| part.parse::<u32>().is_ok());
    let mut found = candidates.filter(is_version);
    found.find(|version| urls.values().all(|url| url.contains(version))).map(str::to_owned)
}

/// The names that the publisher uses, where the addresses have any.
struct Names {
    systems: BTreeMap<HostOs, &'static str>,
    archs: BTreeMap<Arch, &'static str>,
}

impl Names {
    fn of(urls: &Texts) -> Self {
        let used = |is_asked: &dyn Fn(&Target) -> bool, names: &[&'static str]| {
            let mut texts =
                urls.iter().filter(|(target, _)| is_asked(target)).map(|(_, url)| path(url)).peekable();
            texts.peek()?;
            let texts: Vec<_> = texts.collect();
            names.iter().copied().find(|name| texts.iter().all(|text| replaced(text, name, "") != *text))
        };
        let systems =
            SYSTEMS.iter().filter_map(|(os, names)| Some((*os, used(&|target| target.os == *os, names)?)));
        let is_own = |target: &Target| target.arch == Arch::Amd64 || !is_same_for_both(urls, target.os);
        let archs = ARCHS.iter().filter_map(|(arch, names)| {
            Some((*arch, used(&|target| target.arch == *arch && is_own(target), names)?))
        });
        Self { systems: systems.collect(), archs: archs.collect() }
    }

    /// One text with placeholders, or a table with the text of each cell if there is no such text.
    fn template(&self, texts: &Texts, version: Option<&str>) -> Value {
        let is_zip = |target: &&Target| texts.get(target).is_some_and(|text| text.ends_with(".zip"));
        let by_ext = texts.keys().filter(is_zip).all(|target| target.os == HostOs::Windows)
            && texts.iter().all(|(target, text)| text.ends_with(".tar.gz") || is_zip(&target));
        let with_version =
            |text: &str| version.map_or(text.to_owned(), |version| text.replace(version, "{version}"));
        let template = |(target, text): (&Target, &String)| {
            let text = with_version(text);
            let (host, rest) = text.split_at(text.len() - path(&text).len());
            let mut rest = rest.to_owned();
            // An address for both architectures names the first one.
            let arch = if is_same_for_both(texts, target.os) { Arch::Amd64 } else { target.arch };
            let arch = self.archs.get(&arch);
            rest = self.systems.get(&target.os).map_or(rest.clone(), |name| replaced(&rest, name, "{os}"));
            rest = arch.map_or(rest.clone(), |name| replaced(&rest, name, "{arch}"));
            if by_ext {
                rest = rest.trim_end_matches(".zip").trim_end_matches(".tar.gz").to_owned() + ".{ext}";
            } else if target.os == HostOs::Windows && rest.ends_with(".exe") {
                rest = rest.trim_end_matches(".exe").to_owned() + "{exe}";
            } else if target.os != HostOs::Windows && ends_with_exe(texts) {
                rest += "{exe}";
            }
            format!("{host}{rest}")
        };
        let mut templates: Vec<_> = texts.iter().map(template).collect();
        templates.dedup();
        match templates.as_slice() {
            [one] => one.as_str().into(),
            _ => {
                let cell = |(target, text): (&Target, &String)| {
                    (CellName(*target).to_string(), with_version(text).into())
                };
                Value::Table(texts.iter().map(cell).collect::<Table>())
            }
        }
    }

    /// The names that differ from ours.
    fn entries(&self) -> Entries {
        let systems = self.systems.iter().map(|(os, name)| (os.to_string(), *name));
        let archs = self.archs.iter().map(|(arch, name)| (arch.to_string(), *name));
        let table = |names: Vec<(String, &'static str)>| {
            let other = names.into_iter().filter(|(ours, name)| ours != name);
            other.map(|(ours, name)| (ours, Value::from(name))).collect::<Table>()
        };
        let tables = [("os", table(systems.collect())), ("arch", table(archs.collect()))];
        tables
            .into_iter()
            .filter(|(_, table)| !table.is_empty())
            .map(|(key, table)| entry(key, table))
            .collect()
    }
}

fn ends_with_exe(texts: &Texts) -> bool {
    texts.iter().any(|(target, text)| target.os == HostOs::Windows && text.ends_with(".exe"))
}

/// The path of an address. The whole text if it is none.
fn path(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    if rest.len() == url.len() {
        url
    } else {
        rest.find('/').and_then(|at| rest.get(at..)).unwrap_or_default()
    }
}

/// Replaces a name that is not part of a longer word.
fn replaced(text: &str, name: &str, with: &str) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some(at) = rest.find(name) {
        let (before, after) =
            (rest.get(..at).unwrap_or_default(), rest.get(at + name.len()..).unwrap_or_default());
        let is_word = |c: Option<char>| c.is_some_and(char::is_alphabetic);
        let is_part = is_word(before.chars().next_back()) || is_word(after.chars().next());
        out.push_str(before);
        out.push_str(if is_part { name } else { with });
        rest = after;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(template: impl Fn(HostOs, Arch) -> String) -> Texts {
        Target::all().map(|target| (target, template(target.os, target.arch))).collect()
    }

    fn config(urls: &Texts) -> String {
        let (names, version) = (Names::of(urls), version(urls));
        let url = names.template(urls, version.as_deref());
        let rest: Vec<_> = names.entries().iter().map(|(key, value)| format!("{key} = {value}")).collect();
        format!("{} {url} {}", version.unwrap_or_default(), rest.join(", "))
    }

    #[test]
    fn addresses_become_a_template() {
        let exe = |os| if os == HostOs::Windows { ".exe" } else { "" };
        let kubectl =
            texts(|os, arch| format!("https://dl.k8s.io/release/v1.33.0/bin/{os}/{arch}/kubectl{}", exe(os)));
        assert_eq!(
            config(&kubectl),
            r#"1.33.0 "https://dl.k8s.io/release/v{version}/bin/{os}/{arch}/kubectl{exe}" "#
        );
        let renamed = texts(|os, arch| {
            let os_name = if os == HostOs::Darwin { "macOS" } else { os.as_str() };
            let arch = if arch == Arch::Amd64 { "x86_64" } else { "aarch64" };
            let ext = if os == HostOs::Windows { "zip" } else { "tar.gz" };
            format!("https://linux.example/v2.0.1/tool_2.0.1_{os_name}_{arch}.{ext}")
        });
        assert_eq!(
            config(&renamed),
            r#"2.0.1 "https://linux.example/v{version}/tool_{version}_{os}_{arch}.{ext}" os = { darwin = "macOS" }, arch = { amd64 = "x86_64", arm64 = "aarch64" }"#
        );
    }

    #[test]
    fn an_address_for_amd64_alone_asks_for_both() {
        let urls = texts(|os, _| format!("https://x.example/{os}-amd64/tool"));
        assert_eq!(config(&urls), r#" "https://x.example/{os}-{arch}/tool" "#);
        let one = texts(|os, arch| {
            let is_arm = os != HostOs::Windows && arch == Arch::Arm64;
            format!("https://x.example/{os}-{}/tool", if is_arm { "aarch64" } else { "x86_64" })
        });
        assert_eq!(
            config(&one),
            r#" "https://x.example/{os}-{arch}/tool" arch = { amd64 = "x86_64", arm64 = "aarch64" }"#
        );
    }

    #[test]
    fn addresses_without_a_pattern_become_a_table() {
        let urls = texts(|os, arch| {
            format!("https://x.example/{}", if os == HostOs::Linux { "a" } else { arch.as_str() })
        });
        assert!(config(&urls).contains(r#"darwin-arm64 = "https://x.example/arm64""#), "{}", config(&urls));
    }
}
