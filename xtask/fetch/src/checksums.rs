//! The files in which publishers list the SHA-256 digests of their downloads.
//!
//! The supported formats are those of `sha256sum` (with `*` before the names of binary files, and `\` before lines with
//! escaped names), BSD's `sha256` and OpenSSL, and digests without a name. Digests may start with `sha256:`. All other
//! lines are ignored: publishers add comments, signatures, and digests of other algorithms.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use sixfold_model::digest::Digest;

/// The largest list that is read, in bytes. Real lists are far smaller.
pub(crate) const MAX_SIZE: u64 = 4 << 20;
/// The maximum number of names in an error message.
const MAX_SHOWN: usize = 8;

/// One digest of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Checksum {
    /// As written in the list, perhaps with folders. `None` if the digest has no name.
    pub(crate) name: Option<String>,
    pub(crate) digest: Digest,
}

/// Returns all digests of a list.
pub(crate) fn parse(text: &str) -> Vec<Checksum> {
    text.trim_start_matches('\u{feff}').lines().filter_map(|line| parse_line(line.trim())).collect()
}

/// Returns the digest of the file `name`, which has no folders.
///
/// Fails if the list has no digest of this file, or several.
pub(crate) fn find(text: &str, name: &str) -> Result<Digest> {
    let all = parse(text);
    let named = |wanted: &dyn Fn(&str) -> bool| -> BTreeSet<&Digest> {
        let is_wanted = |checksum: &&Checksum| checksum.name.as_deref().is_some_and(wanted);
        all.iter().filter(is_wanted).map(|checksum| &checksum.digest).collect()
    };
    let exact = named(&|other| other == name);
    let found = if exact.is_empty() { named(&|other| base_name(other) == name) } else { exact };
    let mut found = found.into_iter();
    match (found.next(), found.next(), &all[..]) {
        (Some(digest), None, _) => Ok(digest.clone()),
        (Some(_), Some(_), _) => bail!("it has different digests for {name}"),
        (None, _, [Checksum { name: None, digest }]) => Ok(digest.clone()),
        (None, _, []) => bail!("it has no SHA-256 digest"),
        (None, ..) => bail!("it has no digest for {name}, only for: {}", names(&all)),
    }
}

fn names(all: &[Checksum]) -> String {
    let mut names: Vec<&str> = all.iter().map(|one| one.name.as_deref().unwrap_or("(no name)")).collect();
    if names.len() > MAX_SHOWN {
        names.truncate(MAX_SHOWN);
        names.push("…");
    }
    names.join(", ")
}

fn base_name(name: &str) -> &str {
    name.rsplit(['/', '\\']).next().unwrap_or(name)
}

fn parse_line(line: &str) -> Option<Checksum> {
    tagged(line).or_else(|| leading(line))
}

/// Parses `SHA256 (name) = hex` of BSD, or `SHA2-256(name)= hex` of OpenSSL.
fn tagged(line: &str) -> Option<Checksum> {
    let (tag, rest) = line.split_once('(')?;
    let tag = tag.trim_end();
    if !["SHA256", "SHA2-256", "SHA-256"].iter().any(|known| known.eq_ignore_ascii_case(tag)) {
        return None;
    }
    let (name, hex) = rest.rsplit_once('=')?;
    let name = name.trim_end().strip_suffix(')')?;
    Some(Checksum { name: Some(name.to_owned()), digest: digest(hex.trim())? })
}

/// Parses `hex`, `hex  name` or `hex *name`, with or without `sha256:` in front.
fn leading(line: &str) -> Option<Checksum> {
    let (escaped, line) = line.strip_prefix('\\').map_or((false, line), |line| (true, line));
    let (hex, name) = line.split_once([' ', '\t']).unwrap_or((line, ""));
    let name = name.trim_start();
    let name = name.strip_prefix('*').unwrap_or(name);
    let name = if escaped { unescape(name) } else { name.to_owned() };
    Some(Checksum { name: Some(name).filter(|name| !name.is_empty()), digest: digest(hex)? })
}

/// Reverts the escaping that `sha256sum` applies to line breaks and backslashes in names.
fn unescape(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    let mut chars = name.chars();
    while let Some(char) = chars.next() {
        let unescaped = if char == '\\' { chars.next() } else { None };
        text.push(match unescaped {
            Some('n') => '\n',
            Some('r') => '\r',
            Some(other) => other,
            None => char,
        });
    }
    text
}

fn digest(hex: &str) -> Option<Digest> {
    let hex = hex.to_ascii_lowercase();
    format!("sha256:{}", hex.strip_prefix("sha256:").unwrap_or(&hex)).parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

    fn found(text: &str) -> Result<String> {
        find(text, "tool.tar.gz").map(|digest| digest.hex().to_owned())
    }

    #[test]
    fn all_common_formats_are_read() {
        for text in [
            format!("{B}  other\n{A}  tool.tar.gz\n"),
            format!("{B} *other\r\n{A} *tool.tar.gz\r\n"),
            format!("{A}\ttool.tar.gz"),
            format!("{A}  ./dist/tool.tar.gz\n"),
            format!("{A}  dist\\tool.tar.gz\n"),
            format!("SHA512 (tool.tar.gz) = {A}{A}\nSHA256 (other) = {B}\nSHA256 (tool.tar.gz) = {A}\n"),
            format!("SHA2-256(tool.tar.gz)= {A}\n"),
            format!("{}\n", A.to_uppercase()),
            A.to_owned(),
            format!("\u{feff}sha256:{A}\r\n"),
            format!("sha256:{A}  tool.tar.gz\n"),
            format!(
                "# digests\n\n{A}{A}  tool.tar.gz\n{A}  tool.tar.gz\n-----BEGIN PGP SIGNATURE-----\niQ\n"
            ),
        ] {
            assert_eq!(found(&text).unwrap(), A, "{text}");
        }
    }

    #[test]
    fn an_exact_name_wins_over_a_name_in_a_folder() {
        assert_eq!(found(&format!("{B}  old/tool.tar.gz\n{A}  tool.tar.gz\n")).unwrap(), A);
    }

    #[test]
    fn missing_and_contradictory_digests_are_errors() {
        let error = |text: &str| found(text).unwrap_err().to_string();
        assert!(error("<html>not found</html>").contains("no SHA-256 digest"));
        assert!(error(&format!("{A}  tool.zip\n")).contains("only for: tool.zip"));
        assert!(error(&format!("{A}\n{B}\n")).contains("only for: (no name), (no name)"));
        assert!(error(&format!("{A}  tool.tar.gz\n{B}  tool.tar.gz\n")).contains("different digests"));
    }

    proptest! {
        #[test]
        fn no_text_causes_a_panic(text in "(\\PC|[\\\\\r\n\t(= *]){0,200}", name in ".{0,20}") {
            let _ = find(&text, &name);
        }

        #[test]
        fn every_listed_digest_is_found(
            bytes in any::<Vec<u8>>(),
            names in proptest::collection::btree_set("[a-zA-Z0-9._+-]([a-zA-Z0-9._+ ()=-]{0,12}[a-zA-Z0-9._+-])?", 1..6),
            format in 0..4,
            crlf in any::<bool>(),
        ) {
            let digest_of = |name: &str| Digest::of(&[&bytes[..], name.as_bytes()].concat());
            let end = if crlf { "\r\n" } else { "\n" };
            let line = |name: &String| {
                let hex = digest_of(name).hex().to_owned();
                match format {
                    0 => format!("{hex}  {name}{end}"),
                    1 => format!("{hex} *{name}{end}"),
                    2 => format!("SHA256 ({name}) = {hex}{end}"),
                    _ => format!("{}  ./dist/{name}{end}", hex.to_uppercase()),
                }
            };
            let text: String = names.iter().map(line).collect();
            for name in &names {
                prop_assert_eq!(find(&text, name).unwrap(), digest_of(name));
            }
        }
    }
}
