//! Prebuilt programs in the configuration: what is missing, and what makes a digest worth less than it could be.

use camino::Utf8Path;

use super::config::finding;
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
    /// Cells that are neither provided nor excused.
    PREBUILT_MISSING = Error "prebuilt-missing";
    PREBUILT_DIGEST = Error "prebuilt-digest";
    /// A file of the workspace that is not there.
    PREBUILT_FILE = Error "prebuilt-file";
    PREBUILT_HTTP = Warning "prebuilt-http";
    /// The address does not depend on the version.
    PREBUILT_VERSION = Warning "prebuilt-version";
    PREBUILT_EMULATED = Note "prebuilt-emulated";
    /// Hosts of one architecture get the program, those of the other do not.
    PREBUILT_SKIPPED = Note "prebuilt-skipped";
}

/// Judges all prebuilt programs of the configuration.
pub(super) fn judge(source: &Source, config: &Config, root: &Utf8Path) -> Vec<Finding> {
    let platforms = config.platforms.as_slice();
    config
        .prebuilt()
        .flat_map(|(name, prebuilt)| Program { source, root, platforms, name, prebuilt }.judge())
        .collect()
}

struct Program<'a> {
    source: &'a Source,
    root: &'a Utf8Path,
    platforms: &'a [Platform],
    name: &'a BinaryName,
    prebuilt: &'a Prebuilt,
}

impl Program<'_> {
    fn judge(&self) -> Vec<Finding> {
        let found = [self.lacking(), self.http(), self.version(), self.emulated()];
        found.into_iter().flatten().chain(self.skipped()).chain(self.files()).collect()
    }

    /// At a key of the program's table, or at the table where it has no such key.
    fn finding(&self, lint: &'static Lint, key: &str, message: String, help: &str) -> Finding {
        finding(lint, self.source, &["binaries", self.name.as_str(), key], message, help)
    }

    fn lacking(&self) -> Option<Finding> {
        let lacking = self.prebuilt.lacking(self.platforms);
        let complaint = lacking.complaint(self.name)?;
        let (lint, key) = match lacking.addresses.is_empty() {
            true => (&PREBUILT_DIGEST, "sha256"),
            false => (&PREBUILT_MISSING, "url"),
        };
        Some(self.finding(lint, key, format!("{} {}", self.name, complaint.message), &complaint.help))
    }

    fn addresses(&self) -> impl Iterator<Item = (&'static str, &Address)> {
        let urls = self.prebuilt.url.values().map(|address| ("url", address));
        urls.chain(self.prebuilt.checksums.values().map(|address| ("checksums", address)))
    }

    /// What comes over plain http can be read by anybody on the way; a list of digests can be changed, too.
    fn http(&self) -> Option<Finding> {
        let is_plain = |(_, address): &(_, &Address)| {
            let rest = address.template().as_str().strip_prefix("http://");
            rest.is_some_and(|rest| !is_loopback(rest))
        };
        let (key, address) = self.addresses().find(is_plain)?;
        let message = format!("{} comes over plain http: {}", self.name, shown(address.template().as_str()));
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
            "the address {address} holds no {{version}}: what is there may change, and then no digest fits"
        );
        let help = "set `version`, and write {version} where the address has it";
        Some(self.finding(&PREBUILT_VERSION, "url", message, help))
    }

    fn emulated(&self) -> Option<Finding> {
        let cells: Vec<_> = self.prebuilt.emulate.iter().map(ToString::to_string).collect();
        (!cells.is_empty()).then(|| {
            let message = format!(
                "{} on {} is the amd64 program, which these hosts translate",
                self.name,
                cells.join(", ")
            );
            self.finding(
                &PREBUILT_EMULATED,
                "emulate",
                message,
                "take the arm64 program as soon as there is one",
            )
        })
    }

    fn skipped(&self) -> impl Iterator<Item = Finding> {
        let is_alone = |cell| self.prebuilt.skip.iter().filter(|other| other.0.os == cell).count() == 1;
        let alone = self.prebuilt.skip.iter().filter(move |cell| is_alone(cell.0.os));
        alone.map(|cell| {
            let message = format!(
                "{} is not for {cell}, and is for the other {} hosts: the page has to do without it on some",
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
            self.finding(&PREBUILT_FILE, key, message, "put the file there, or mend the path")
        };
        missing.into_iter().map(finding).collect()
    }
}

/// Whether the rest of an address, after its scheme, is on this very machine.
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
        let findings = judge(&source, &config, Utf8Path::from_path(folder.path()).unwrap());
        findings.iter().map(|finding| format!("{} {}", finding.place, finding.code())).collect()
    }

    /// Digests for these cells.
    fn digests(cells: &[&str]) -> String {
        cells.iter().map(|cell| format!("sha256.{cell} = '{}'\n", "a".repeat(64))).collect()
    }

    const ALL: [&str; 6] =
        ["darwin-amd64", "darwin-arm64", "windows-amd64", "windows-arm64", "linux-amd64", "linux-arm64"];
    const SOUND: &str = "version = '1'\nurl = 'https://dl.example/{version}/{os}/{arch}'\n";

    #[test]
    fn a_sound_program_is_clean() {
        assert_eq!(found(&format!("{SOUND}{}", digests(&ALL))), [""; 0]);
        assert_eq!(found(&format!("url = './here'\n{}", digests(&ALL))), [""; 0]);
        assert_eq!(found(&format!("url = 'file:///x/{{os}}'\n{}", digests(&ALL))), [""; 0]);
    }

    #[test]
    fn each_mistake_has_its_code_at_its_key() {
        let digests = digests(&ALL);
        for (table, expected) in [
            (SOUND.to_owned(), "Cargo.toml:3:40 prebuilt-digest"),
            (format!("{SOUND}sha256.linux-amd64 = '{}'\n", "a".repeat(64)), "Cargo.toml:6:1 prebuilt-digest"),
            (
                "version = '1'\nurl.linux = 'https://dl.example/{version}'\n".to_owned(),
                "Cargo.toml:5:1 prebuilt-missing",
            ),
            (format!("{}{digests}", SOUND.replace("https", "http")), "Cargo.toml:5:1 prebuilt-http"),
            (
                format!("{SOUND}checksums = 'http://dl.example/sums'\n{digests}"),
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
    fn what_is_done_on_purpose_is_a_note() {
        let excused = "skip = ['darwin-amd64']\nemulate = ['windows-arm64']\n";
        let rest = digests(&["darwin-arm64", "windows-amd64", "linux-amd64", "linux-arm64"]);
        assert_eq!(
            found(&format!("{SOUND}{excused}{rest}")),
            ["Cargo.toml:7:1 prebuilt-emulated", "Cargo.toml:6:1 prebuilt-skipped"]
        );
        let both = "skip = ['darwin-amd64', 'darwin-arm64']\n";
        let rest = digests(&["windows-amd64", "windows-arm64", "linux-amd64", "linux-arm64"]);
        assert_eq!(found(&format!("{SOUND}{both}{rest}")), [""; 0]);
    }

    #[test]
    fn this_machine_needs_no_https() {
        for rest in ["localhost/x", "127.0.0.1:8080", "[::1]:80/x", "user@localhost:1/x"] {
            assert!(is_loopback(rest), "{rest}");
        }
        for rest in ["localhost.example/x", "example.org/localhost", "127.0.0.1.example"] {
            assert!(!is_loopback(rest), "{rest}");
        }
    }
}
