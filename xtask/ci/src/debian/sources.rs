//! Adds a Debian suite to those of the machine, from the same archive and with the same key.
//!
//! Reads both formats of apt (sources.list(5)): one source per line, and deb822 stanzas.

use anyhow::Context;
use camino::Utf8Path;

/// The names of the release whose packages are too old. Every later release has what is needed.
const OLDER: [&str; 2] = ["bookworm", "oldstable"];

const LIST: &str = "/etc/apt/sources.list";
const PARTS: &str = "/etc/apt/sources.list.d";
const OURS: &str = "/etc/apt/sources.list.d/docker-extension-ci.sources";
const PIN: &str = "/etc/apt/preferences.d/docker-extension-ci";

/// Below 500, the priority of the machine's own sources, and too low to replace an installed package unasked.
const PRIORITY: u32 = 100;

/// The address of an archive, and the deb822 lines that say why it is trusted.
#[derive(Debug, PartialEq)]
struct Archive {
    uri: String,
    trust: Vec<String>,
}

/// Writes the source and its priority. The next `apt-get update` reads them.
pub(crate) fn add_suite(suite: &str) -> anyhow::Result<()> {
    let archive = older_archive()?.with_context(|| {
        format!("{LIST} and {PARTS} have no source for Debian {0}\nhelp: add the archive of {0}", OLDER[0])
    })?;
    eprintln!(
        "adding the suite {suite} from the machine's own archive, with priority {PRIORITY}: {OURS}, {PIN}"
    );
    fs_err::write(PIN, format!("Package: *\nPin: release n={suite}\nPin-Priority: {PRIORITY}\n"))?;
    fs_err::write(OURS, archive.stanza(suite))?;
    Ok(())
}

impl Archive {
    fn stanza(&self, suite: &str) -> String {
        let trust: String = self.trust.iter().map(|line| format!("{line}\n")).collect();
        format!("Types: deb\nURIs: {}\nSuites: {suite}\nComponents: main\n{trust}", self.uri)
    }
}

/// The archive that the machine installs its release from.
fn older_archive() -> anyhow::Result<Option<Archive>> {
    let mut files = vec![LIST.to_owned()];
    if Utf8Path::new(PARTS).is_dir() {
        for entry in fs_err::read_dir(PARTS)? {
            files.push(entry?.path().display().to_string());
        }
    }
    files.sort();
    for file in files.iter().map(Utf8Path::new).filter(|file| file.is_file()) {
        // apt ignores files with any other extension.
        let found = match file.extension() {
            Some("sources") => in_stanzas(&fs_err::read_to_string(file)?, &OLDER),
            Some("list") => in_lines(&fs_err::read_to_string(file)?, &OLDER),
            _ => None,
        };
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// Searches lines such as `deb [signed-by=KEY] URI SUITE COMPONENT…`.
fn in_lines(text: &str, suites: &[&str]) -> Option<Archive> {
    text.lines().find_map(|line| {
        let rest = line.strip_prefix("deb")?.trim_start();
        let (options, rest) = match rest.strip_prefix('[') {
            Some(rest) => rest.split_once(']')?,
            None => ("", rest),
        };
        let words: Vec<&str> = rest.split_whitespace().collect();
        if !words.get(1).is_some_and(|suite| suites.contains(suite)) || !words.contains(&"main") {
            return None;
        }
        let options = options.split_whitespace().filter_map(|option| option.split_once('='));
        let trust = options.filter_map(|(key, value)| trust_line(key, value)).collect();
        Some(Archive { uri: words[0].to_owned(), trust })
    })
}

/// Searches stanzas, which are separated by empty lines. A line that begins with a space continues a field.
fn in_stanzas(text: &str, suites: &[&str]) -> Option<Archive> {
    let text: String =
        text.lines().filter(|line| !line.starts_with('#')).flat_map(|line| [line, "\n"]).collect();
    text.split("\n\n").find_map(|stanza| {
        let fields = fields(stanza);
        let value = |name: &str| {
            fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|field| field.1.as_str())
        };
        let lists = |name: &str, any: &[&str]| {
            value(name).is_some_and(|text| text.split_whitespace().any(|word| any.contains(&word)))
        };
        let matches = lists("Types", &["deb"]) && lists("Suites", suites) && lists("Components", &["main"]);
        if !matches || lists("Enabled", &["no"]) {
            return None;
        }
        let uri = value("URIs")?.split_whitespace().next()?.to_owned();
        Some(Archive {
            uri,
            trust: fields.iter().filter_map(|(key, value)| trust_line(key, value)).collect(),
        })
    })
}

fn fields(stanza: &str) -> Vec<(&str, String)> {
    let mut fields: Vec<(&str, String)> = Vec::new();
    for line in stanza.lines() {
        if line.starts_with([' ', '\t']) {
            fields.iter_mut().last().into_iter().for_each(|field| field.1.push_str(&format!("\n{line}")));
        } else if let Some((key, value)) = line.split_once(':') {
            fields.push((key.trim(), value.trim().to_owned()));
        }
    }
    fields
}

/// An option that says why an archive is trusted, with its deb822 name.
fn trust_line(key: &str, value: &str) -> Option<String> {
    let name = ["Signed-By", "Trusted", "Check-Valid-Until", "Check-Date"];
    let name = name.into_iter().find(|name| name.eq_ignore_ascii_case(key))?;
    Some(format!("{name}: {value}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive(uri: &str, trust: &[&str]) -> Option<Archive> {
        Some(Archive { uri: uri.to_owned(), trust: trust.iter().map(|line| line.to_string()).collect() })
    }

    #[test]
    fn a_source_on_one_line_is_read() {
        let text = "# comment\ndeb-src http://a/debian bookworm main\ndeb http://s/security bookworm-security main\n\
                    deb [arch=amd64 signed-by=/usr/share/k.gpg] http://a/debian bookworm main contrib\n";
        assert_eq!(
            in_lines(text, &["bookworm"]),
            archive("http://a/debian", &["Signed-By: /usr/share/k.gpg"])
        );
        assert_eq!(
            in_lines("deb http://b/debian bookworm main", &["bookworm"]),
            archive("http://b/debian", &[])
        );
        assert_eq!(in_lines("deb http://b/x bookworm extra", &["bookworm"]), None);
        assert_eq!(in_lines("deb http://b/x", &["bookworm"]), None);
    }

    #[test]
    fn a_stanza_is_read() {
        let text = "Types: deb\n# a comment\nURIs: http://s/security\nSuites: bookworm-security\nComponents: main\n\n\
                    Types: deb\nURIs: http://a/debian http://b/debian\nSuites: bookworm bookworm-updates\n\
                    Components: main\nSigned-By: /usr/share/k.gpg\n";
        let found = in_stanzas(text, &["bookworm"]);
        assert_eq!(found, archive("http://a/debian", &["Signed-By: /usr/share/k.gpg"]));
        let stanza = found.map(|archive| archive.stanza("trixie")).unwrap_or_default();
        assert_eq!(
            in_stanzas(&stanza, &["trixie"]),
            archive("http://a/debian", &["Signed-By: /usr/share/k.gpg"])
        );
    }

    #[test]
    fn a_key_inside_the_stanza_is_kept() {
        let text = "Types: deb\nURIs: http://a/d\nSuites: bookworm\nComponents: main\nSigned-By:\n -----BEGIN\n .\n abc\n";
        assert_eq!(
            in_stanzas(text, &["bookworm"]),
            archive("http://a/d", &["Signed-By: \n -----BEGIN\n .\n abc"])
        );
    }

    #[test]
    fn a_disabled_stanza_is_ignored() {
        let text = "Enabled: no\nTypes: deb\nURIs: http://a/d\nSuites: bookworm\nComponents: main\n";
        assert_eq!(in_stanzas(text, &["bookworm"]), None);
    }
}
