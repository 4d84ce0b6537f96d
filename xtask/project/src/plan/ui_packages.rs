//! The packages that the UI may contain, from npm's lock file
//! (<https://docs.npmjs.com/cli/v11/configuring-npm/package-lock-json>).

use std::collections::BTreeMap;
use std::fmt;

use anyhow::{Context as _, Result, bail, ensure};
use camino::Utf8Path;
use fs_err as fs;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;

use super::ui_install::package_roots;

/// The largest lock file, in bytes, and the most packages in it. Large applications have some thousand packages in some megabytes.
const MAX_LOCK: u64 = 64 << 20;
const MAX_PACKAGES: usize = 50_000;
const NPM: [&str; 2] = ["package-lock.json", "npm-shrinkwrap.json"];
const OTHERS: [&str; 2] = ["pnpm-lock.yaml", "yarn.lock"];
const HELP: &str = "help: write it again with `npm install`";

/// What is known about the packages of the UI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UiPackages {
    /// Ordered by name and version.
    Listed(Vec<UiPackage>),
    /// Nothing, and why.
    Unknown(String),
}

/// A package of a lock file that is not only needed for development.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UiPackage {
    pub name: String,
    /// `None` for a folder of the project without one.
    pub version: Option<String>,
    /// As the package states it.
    pub license: Option<String>,
    /// Where npm has it from: an address, or a path.
    pub resolved: Option<String>,
    /// Its digests: the algorithm, such as `SHA512`, and hexadecimal digits.
    pub digests: Vec<(String, String)>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Lock {
    lockfile_version: Option<u64>,
    packages: Option<Entries>,
}

struct Entries(BTreeMap<String, Entry>);

#[derive(Deserialize)]
struct Entry {
    name: Option<String>,
    version: Option<String>,
    resolved: Option<String>,
    integrity: Option<String>,
    license: Option<Value>,
    #[serde(default)]
    link: bool,
    #[serde(default)]
    dev: bool,
}

/// Reads the lock file in the UI's folder, or else that of a workspace above it. Fails if it cannot be read or contradicts itself.
pub(super) fn read(dir: &Utf8Path) -> Result<UiPackages> {
    for root in package_roots(dir) {
        if let Some(file) = NPM.iter().map(|name| root.join(name)).find(|file| file.is_file()) {
            return npm(&file).with_context(|| format!("cannot list the packages of the UI from {file}"));
        }
        if let Some(name) = OTHERS.iter().find(|name| root.join(name).is_file()) {
            return Ok(UiPackages::Unknown(format!("{name} is not read")));
        }
    }
    Ok(UiPackages::Unknown("the UI has no lock file".to_owned()))
}

fn npm(file: &Utf8Path) -> Result<UiPackages> {
    let size = fs::metadata(file)?.len();
    ensure!(size <= MAX_LOCK, "it has {size} bytes, and at most {MAX_LOCK} are read\n{HELP}");
    let text = String::from_utf8(fs::read(file)?).with_context(|| format!("it is not UTF-8\n{HELP}"))?;
    parse(&text).map(UiPackages::Listed)
}

fn parse(text: &str) -> Result<Vec<UiPackage>> {
    let lock: Lock = serde_json::from_str(text)
        .map_err(|error| anyhow::anyhow!("it is not a lock file of npm: {error}\n{HELP}"))?;
    let version = lock.lockfile_version.with_context(|| format!("it has no lockfileVersion\n{HELP}"))?;
    ensure!(
        matches!(version, 2 | 3),
        "it has the lockfileVersion {version}, but only 2 and 3 are known\nhelp: write it again with `npm install` of npm 7 or later"
    );
    let entries = lock.packages.with_context(|| format!("it has no `packages`\n{HELP}"))?.0;
    ensure!(
        entries.len() <= MAX_PACKAGES,
        "it has {} packages, and at most {MAX_PACKAGES} are read\n{HELP}",
        entries.len()
    );
    let shipped = entries.into_iter().filter(|(path, entry)| !path.is_empty() && !entry.link && !entry.dev);
    let mut found: BTreeMap<(String, Option<String>), UiPackage> = BTreeMap::new();
    for (path, entry) in shipped {
        let package = package(&path, entry)?;
        let key = (package.name.clone(), package.version.clone());
        // A copy inside of another package (`inBundle`) has no digest and no address.
        let Some(other) = found.get_mut(&key).filter(|_| !package.digests.is_empty()) else {
            found.entry(key).or_insert(package);
            continue;
        };
        let shown = format!("{} {}", package.name, package.version.as_deref().unwrap_or_default());
        let is_same = other.digests.is_empty() || other.digests == package.digests;
        ensure!(is_same, "it has two different digests for {shown}\n{HELP}");
        *other = package;
    }
    Ok(found.into_values().collect())
}

fn package(path: &str, entry: Entry) -> Result<UiPackage> {
    let shown = path.escape_debug();
    let folder = path.rsplit_once("node_modules/").map(|(_, name)| name);
    let name = entry.name.unwrap_or_else(|| folder.unwrap_or(path).to_owned());
    let is_bad = |text: &str| text.is_empty() || text.len() > 500 || text.chars().any(char::is_control);
    ensure!(
        !is_bad(&name) && !entry.version.as_deref().is_some_and(is_bad),
        "{shown} has no usable name or version\n{HELP}"
    );
    if folder.is_some() && entry.version.is_none() {
        bail!("{shown} has no version\n{HELP}");
    }
    let digests = entry.integrity.as_deref().unwrap_or_default().split_ascii_whitespace().map(digest);
    let digests: Option<Vec<_>> = digests.collect();
    Ok(UiPackage {
        name,
        version: entry.version,
        license: entry.license.as_ref().and_then(Value::as_str).map(str::to_owned),
        resolved: entry.resolved,
        digests: digests.with_context(|| format!("the integrity of {shown} is not a digest\n{HELP}"))?,
    })
}

/// A digest in the form of <https://www.w3.org/TR/SRI/>, such as `sha512-…`.
fn digest(text: &str) -> Option<(String, String)> {
    let (algorithm, encoded) = text.split_once('-')?;
    let length = match algorithm {
        "sha1" => 20,
        "sha256" => 32,
        "sha384" => 48,
        "sha512" => 64,
        _ => return None,
    };
    let encoded = encoded.split('?').next()?;
    let bytes = base64(encoded).filter(|bytes| bytes.len() == length)?;
    let hex = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Some((algorithm.to_uppercase(), hex))
}

fn base64(text: &str) -> Option<Vec<u8>> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bytes, mut bits, mut count) = (vec![], 0_u32, 0);
    for byte in text.trim_end_matches('=').bytes() {
        let digit = DIGITS.iter().position(|digit| *digit == byte)?;
        bits = bits << 6 | u32::try_from(digit).ok()?;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count).ok()?);
            bits &= (1 << count) - 1;
        }
    }
    Some(bytes)
}

/// Fails for a key that occurs twice: JSON readers disagree about which one counts.
impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct Unique;
        impl<'de> Visitor<'de> for Unique {
            type Value = Entries;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("packages by their path")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
                let mut entries = BTreeMap::new();
                while let Some((path, entry)) = map.next_entry::<String, Entry>()? {
                    let shown = path.escape_debug().to_string();
                    if entries.insert(path, entry).is_some() {
                        return Err(serde::de::Error::custom(format!("it lists {shown} twice")));
                    }
                }
                Ok(Entries(entries))
            }
        }
        input.deserialize_map(Unique)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = r#""": {"name": "ui", "dependencies": {"a": "1"}},
            "node_modules/@s/a": {"version": "1.0.0", "integrity": "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk= sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", "license": "MIT"},
            "node_modules/b/node_modules/c": {"version": "2.0.0", "license": {"type": "MIT"}, "optional": true},
            "node_modules/alias": {"name": "real", "version": "3.0.0", "devOptional": true},
            "node_modules/d": {"version": "4.0.0", "dev": true},
            "node_modules/local": {"resolved": "packages/local", "link": true},
            "packages/local": {"name": "local"}"#;

    fn lock(packages: &str) -> String {
        format!(r#"{{"lockfileVersion": 3, "packages": {{{packages}}}}}"#)
    }

    proptest::proptest! {
        /// Damage gives a list or one error with advice, never a panic.
        #[test]
        fn a_damaged_lock_file_gives_a_list_or_an_error(at in 0..400_usize, bytes in ".{0,20}", cut in 0..40_usize) {
            let mut text = lock(SAMPLE);
            let floor = |at: usize| (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            let (start, end) = (floor(at), floor(at + cut));
            text.replace_range(start..end, &bytes);
            match parse(&text) {
                Ok(found) => proptest::prop_assert!(found.iter().all(|package| !package.name.is_empty())),
                Err(error) => proptest::prop_assert_eq!(error.to_string().matches("\nhelp: ").count(), 1),
            }
        }

        #[test]
        fn every_digest_is_decoded(bytes in proptest::collection::vec(0..=255_u8, 32)) {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            proptest::prop_assert_eq!(digest(&format!("sha256-{}", encoded(&bytes))), Some(("SHA256".to_owned(), hex)));
        }
    }

    fn encoded(bytes: &[u8]) -> String {
        const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let bits: Vec<bool> =
            bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1)).collect();
        let digit =
            |bits: &[bool]| (0..6).fold(0, |sum, at| sum * 2 + usize::from(bits.get(at) == Some(&true)));
        let digits: String = bits.chunks(6).map(|bits| char::from(DIGITS[digit(bits)])).collect();
        digits + &"=".repeat((3 - bytes.len() % 3) % 3)
    }

    #[test]
    fn packages_that_may_ship_are_listed_with_their_digests() {
        let text = lock(SAMPLE);
        let found = parse(&text).unwrap();
        let names: Vec<_> =
            found.iter().map(|package| (&*package.name, package.version.as_deref())).collect();
        assert_eq!(
            names,
            [("@s/a", Some("1.0.0")), ("c", Some("2.0.0")), ("local", None), ("real", Some("3.0.0"))]
        );
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let sha1 = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
        let digests = [("SHA1".to_owned(), sha1.to_owned()), ("SHA256".to_owned(), empty.to_owned())];
        assert_eq!(found[0].digests, digests);
        assert_eq!(found[0].license.as_deref(), Some("MIT"));
    }

    #[test]
    fn a_lock_file_that_cannot_be_used_is_an_error() {
        let twice = r#""node_modules/a": {"version": "1.0.0"}, "node_modules/a": {"version": "2.0.0"}"#;
        let [one, other] = ["2jmj7l5rSw0yVb/vlWAYkK/YBwk=", "2jmj7l5rSw0yVb/vlWAYkK/YBwg="];
        let digests = format!(
            r#""node_modules/a": {{"version": "1.0.0", "integrity": "sha1-{one}"}},
            "node_modules/b/node_modules/a": {{"version": "1.0.0", "integrity": "sha1-{other}"}}"#
        );
        let many: Vec<_> =
            (0..=MAX_PACKAGES).map(|n| format!(r#""node_modules/p{n}": {{"version": "1.0.0"}}"#)).collect();
        for (text, expected) in [
            ("", "it is not a lock file of npm: EOF"),
            ("{}", "it has no lockfileVersion"),
            (r#"{"lockfileVersion": 1}"#, "it has the lockfileVersion 1, but only 2 and 3 are known"),
            (r#"{"lockfileVersion": 3}"#, "it has no `packages`"),
            (&lock(twice), "it lists node_modules/a twice"),
            (&lock(&digests), "it has two different digests for a 1.0.0"),
            (&lock(r#""node_modules/a": {}"#), "node_modules/a has no version"),
            (&lock(r#""node_modules/a": {"version": "1", "integrity": "sha512-x"}"#), "is not a digest"),
            (&lock(r#""node_modules/": {"version": "1"}"#), "no usable name"),
            (&lock(&many.join(",")), "it has 50001 packages"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(expected) && error.contains("\nhelp: "), "{error}");
        }
    }

    #[test]
    fn a_copy_in_the_archive_of_another_package_needs_no_digest() {
        let digest =
            r#""node_modules/a": {"version": "1.0.0", "integrity": "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk="}"#;
        let [first, last] = ["b", "@s/b"].map(|b| {
            format!(r#""node_modules/{b}/node_modules/a": {{"version": "1.0.0", "inBundle": true}}"#)
        });
        for packages in
            [format!("{digest},{first}"), format!("{last},{digest}"), format!("{first},{digest},{last}")]
        {
            let found = parse(&lock(&packages)).unwrap();
            assert_eq!((found.len(), found[0].digests.len()), (1, 1), "{packages}");
        }
    }

    #[test]
    fn a_huge_lock_file_and_one_of_another_program_are_not_read() {
        let temp = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(temp.path()).unwrap();
        assert_eq!(read(root).unwrap(), UiPackages::Unknown("the UI has no lock file".into()));
        fs::write(root.join("yarn.lock"), "").unwrap();
        assert_eq!(read(root).unwrap(), UiPackages::Unknown("yarn.lock is not read".into()));
        fs::File::create(root.join("package-lock.json")).unwrap().set_len(MAX_LOCK + 1).unwrap();
        let error = format!("{:#}", read(root).unwrap_err());
        assert!(error.contains("package-lock.json: it has 67108865 bytes"), "{error}");
        fs::write(root.join("package-lock.json"), b"\xff\xfe{}").unwrap();
        let error = format!("{:#}", read(root).unwrap_err());
        assert!(error.contains("it is not UTF-8\nhelp: "), "{error}");
    }
}
