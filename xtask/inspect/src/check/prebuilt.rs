//! Checks prebuilt binaries in the configuration: missing parts, and URLs that weaken their digests.

use camino::Utf8Path;

use super::places::finding;
use super::source::Source;
use sixfold_model::config::Config;
use sixfold_model::finding::{Finding, Lint};
use sixfold_model::matrix::Platform;
use sixfold_model::prebuilt::address::Address;
use sixfold_model::prebuilt::secrets::shown;
use sixfold_model::prebuilt::template::Placeholder;
use sixfold_model::prebuilt::{Given, Prebuilt};
use sixfold_model::values::BinaryName;

sixfold_model::lints! {
    /// Cells that are neither provided nor skipped.
    PREBUILT_MISSING = Error "prebuilt-missing";
    PREBUILT_DIGEST = Error "prebuilt-digest";
    /// A file of the workspace is missing.
    PREBUILT_FILE = Error "prebuilt-file";
    PREBUILT_HTTP = Warning "prebuilt-http";
    /// The URL does not depend on the version.
    PREBUILT_VERSION = Warning "prebuilt-version";
    PREBUILT_EMULATED = Note "prebuilt-emulated";
    /// Hosts of one architecture get the binary, those of the other do not.
    PREBUILT_SKIPPED = Note "prebuilt-skipped";
}

/// Checks all prebuilt binaries of the configuration.
pub(super) fn check(source: &Source, config: &Config, root: &Utf8Path) -> Vec<Finding> {
    let platforms = config.platforms.as_slice();
    config
        .prebuilt()
        .flat_map(|(name, prebuilt)| {
            Binary { source, root, platforms, name, table: config.table_of(name), prebuilt }.check()
        })
        .collect()
}

struct Binary<'a> {
    source: &'a Source,
    root: &'a Utf8Path,
    platforms: &'a [Platform],
    name: &'a BinaryName,
    table: Vec<String>,
    prebuilt: &'a Prebuilt,
}

impl Binary<'_> {
    fn check(&self) -> Vec<Finding> {
        let found = [self.lacking(), self.http(), self.version(), self.emulated()];
        found.into_iter().flatten().chain(self.skipped()).chain(self.files()).collect()
    }

    /// A finding at a key of the binary's table, or at the table if it does not have that key.
    fn finding(&self, lint: &'static Lint, key: &str, message: String, help: &str) -> Finding {
        let keys: Vec<_> = self.table.iter().map(String::as_str).chain([key]).collect();
        finding(lint, self.source, &keys, message, help)
    }

    fn lacking(&self) -> Option<Finding> {
        let lacking = self.prebuilt.lacking(self.platforms);
        let complaint = lacking.complaint(self.name, &self.table)?;
        let (lint, key) = if lacking.addresses.is_empty() {
            (&PREBUILT_DIGEST, "sha256")
        } else {
            (&PREBUILT_MISSING, "url")
        };
        Some(self.finding(lint, key, format!("{} {}", self.name, complaint.message), &complaint.help))
    }

    fn addresses(&self) -> impl Iterator<Item = (&'static str, &Address)> {
        let urls = self.prebuilt.url.values().map(|address| ("url", address));
        urls.chain(self.prebuilt.checksums.values().map(|address| ("checksums", address)))
    }

    /// Plain http can be read and changed on the way, including a list of digests.
    fn http(&self) -> Option<Finding> {
        let is_plain = |(_, address): &(_, &Address)| {
            let rest = address.template().as_str().strip_prefix("http://");
            rest.is_some_and(|rest| !is_loopback(rest))
        };
        let (key, address) = self.addresses().find(is_plain)?;
        let message =
            format!("{} is downloaded over plain http: {}", self.name, shown(address.template().as_str()));
        Some(self.finding(&PREBUILT_HTTP, key, message, "use https://"))
    }

    fn version(&self) -> Option<Finding> {
        let is_fixed = |address: &&Address| {
            let template = address.template();
            template.as_str().starts_with("http") && !template.uses(Placeholder::Version)
        };
        let address = self.prebuilt.url.values().find(is_fixed)?;
        let address = shown(address.template().as_str());
        let message = format!(
            "the URL {address} does not contain {{version}}: if the file changes, the digests no longer match"
        );
        let help = "set `version`, and write {version} in its place in the URL";
        Some(self.finding(&PREBUILT_VERSION, "url", message, help))
    }

    fn emulated(&self) -> Option<Finding> {
        let cells: Vec<_> = self.prebuilt.emulate.iter().map(ToString::to_string).collect();
        (!cells.is_empty()).then(|| {
            let message = format!(
                "{} on {} is the amd64 binary, which these hosts have to translate",
                self.name,
                cells.join(", ")
            );
            self.finding(
                &PREBUILT_EMULATED,
                "emulate",
                message,
                "use the arm64 binary as soon as its publisher provides one",
            )
        })
    }

    fn skipped(&self) -> impl Iterator<Item = Finding> {
        let is_alone = |cell| self.prebuilt.skip.iter().filter(|other| other.0.os == cell).count() == 1;
        let alone = self.prebuilt.skip.iter().filter(move |cell| is_alone(cell.0.os));
        alone.map(|cell| {
            let message = format!(
                "{} is skipped for {cell}, but shipped to other {} hosts: the UI has to work without it on some",
                self.name, cell.0.os
            );
            self.finding(&PREBUILT_SKIPPED, "skip", message, "")
        })
    }

    fn files(&self) -> Vec<Finding> {
        let paths = |given: Given| {
            let beside =
                given.files.into_iter().filter(|file| !file.is_member).map(|file| ("files", file.path));
            let own = (!given.address.contains("://")).then_some(("url", given.address));
            beside.chain(own).collect::<Vec<_>>()
        };
        let mut missing: Vec<_> = self.prebuilt.given(self.platforms).flat_map(paths).collect();
        missing.sort();
        missing.dedup();
        missing.retain(|(_, path)| !self.root.join(path).is_file());
        let finding = |(key, path): (&str, String)| {
            let message = format!("{} needs {path}, which is not in the project", self.name);
            self.finding(&PREBUILT_FILE, key, message, "add the file, or fix the path")
        };
        missing.into_iter().map(finding).collect()
    }
}

/// Whether a URL, given without its scheme, is on this machine.
fn is_loopback(rest: &str) -> bool {
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    let host =
        host.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok()).map_or(host, |(host, _)| host);
    matches!(host, "localhost" | "127.0.0.1" | "[::1]")
}

#[cfg(test)]
mod tests {
    use super::*;
    use sixfold_model::config;

    fn found(table: &str) -> Vec<String> {
        let text = format!(
            "[workspace.metadata.extension]\nimage = 'a/b'\n[workspace.metadata.extension.binaries.tool]\n{table}"
        );
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("here"), "").unwrap();
        let (config, _) = config::parse(&text).unwrap();
        let source = Source::new("Cargo.toml", &text);
        let findings = check(&source, &config, Utf8Path::from_path(folder.path()).unwrap());
        findings.iter().map(|finding| format!("{} {}", finding.place, finding.code())).collect()
    }

    /// Digests for these cells.
    fn digests(cells: &[&str]) -> String {
        cells.iter().map(|cell| format!("sha256.{cell} = '{}'\n", "a".repeat(64))).collect()
    }

    const ALL: [&str; 6] =
        ["darwin-amd64", "darwin-arm64", "windows-amd64", "windows-arm64", "linux-amd64", "linux-arm64"];
    const COMPLETE: &str = "version = '1'\nurl = 'https://dl.example/{version}/{os}/{arch}'\n";

    #[test]
    fn a_complete_table_has_no_findings() {
        assert_eq!(found(&format!("{COMPLETE}{}", digests(&ALL))), [""; 0]);
        assert_eq!(found(&format!("url = './here'\n{}", digests(&ALL))), [""; 0]);
        assert_eq!(found(&format!("url = 'file:///x/{{os}}'\n{}", digests(&ALL))), [""; 0]);
    }

    #[test]
    fn each_mistake_is_reported_at_its_key() {
        let digests = digests(&ALL);
        for (table, expected) in [
            (COMPLETE.to_owned(), "Cargo.toml:3:40 prebuilt-digest"),
            (
                format!("{COMPLETE}sha256.linux-amd64 = '{}'\n", "a".repeat(64)),
                "Cargo.toml:6:1 prebuilt-digest",
            ),
            (
                "version = '1'\nurl.linux = 'https://dl.example/{version}'\n".to_owned(),
                "Cargo.toml:5:1 prebuilt-missing",
            ),
            (format!("{}{digests}", COMPLETE.replace("https", "http")), "Cargo.toml:5:1 prebuilt-http"),
            (
                format!("{COMPLETE}checksums = 'http://dl.example/sums'\n{digests}"),
                "Cargo.toml:6:1 prebuilt-http",
            ),
            (
                format!("url = 'https://dl.example/latest/{{os}}'\n{digests}"),
                "Cargo.toml:4:1 prebuilt-version",
            ),
            (format!("url = 'vendor/tool'\n{digests}"), "Cargo.toml:4:1 prebuilt-file"),
            (
                format!("url = 'here'\nfiles = [{{ path = 'gone.sh' }}]\n{digests}"),
                "Cargo.toml:5:1 prebuilt-file",
            ),
        ] {
            assert_eq!(found(&table), [expected], "{table}");
        }
    }

    #[test]
    fn deliberate_exceptions_are_notes() {
        let excused = "skip = ['darwin-amd64']\nemulate = ['windows-arm64']\n";
        let rest = digests(&["darwin-arm64", "windows-amd64", "linux-amd64", "linux-arm64"]);
        assert_eq!(
            found(&format!("{COMPLETE}{excused}{rest}")),
            ["Cargo.toml:7:1 prebuilt-emulated", "Cargo.toml:6:1 prebuilt-skipped"]
        );
        let both = "skip = ['darwin-amd64', 'darwin-arm64']\n";
        let rest = digests(&["windows-amd64", "windows-arm64", "linux-amd64", "linux-arm64"]);
        assert_eq!(found(&format!("{COMPLETE}{both}{rest}")), [""; 0]);
    }

    #[test]
    fn this_machine_does_not_need_https() {
        for rest in ["localhost/x", "127.0.0.1:8080", "[::1]:80/x", "user@localhost:1/x"] {
            assert!(is_loopback(rest), "{rest}");
        }
        for rest in ["localhost.example/x", "example.org/localhost", "127.0.0.1.example"] {
            assert!(!is_loopback(rest), "{rest}");
        }
    }
}
