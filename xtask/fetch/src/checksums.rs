//! The files in which publishers tell the SHA-256 digests of what they publish.
//!
//! Read are the formats of `sha256sum` (with `*` before names of binary files, and `\` before lines with escaped names),
//! of BSD's `sha256` and of OpenSSL, and digests that stand alone, with or without `sha256:`. Lines that are none of
//! these are passed over: publishers add comments, signatures, and digests of other algorithms.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use sixfold_model::digest::Digest;

/// How many names an error shows.
const SHOWN: usize = 8;

/// One line that tells a digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checksum {
    /// As the file has it, perhaps with folders. None: the digest stands alone.
    pub name: Option<String>,
    pub digest: Digest,
}

/// All digests that a checksum file tells.
pub fn parse(text: &str) -> Vec<Checksum> {
    text.trim_start_matches('\u{feff}').lines().filter_map(|line| parse_line(line.trim())).collect()
}

/// What a checksum file says about the file `name`, which has no folders.
pub fn find(text: &str, name: &str) -> Result<Digest> {
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
        (Some(_), Some(_), _) => bail!("it tells different digests of {name}"),
        (None, _, [Checksum { name: None, digest }]) => Ok(digest.clone()),
        (None, _, []) => bail!("it tells no SHA-256 digest"),
        (None, ..) => bail!("it tells no digest of {name}, but of {}", names(&all)),
    }
}

fn names(all: &[Checksum]) -> String {
    let mut names: Vec<&str> = all.iter().map(|one| one.name.as_deref().unwrap_or("(no name)")).collect();
    if names.len() > SHOWN {
        names.truncate(SHOWN);
        names.push("more");
    }
    names.join(", ")
}

fn base_name(name: &str) -> &str {
    name.rsplit(['/', '\\']).next().unwrap_or(name)
}

fn parse_line(line: &str) -> Option<Checksum> {
    tagged(line).or_else(|| leading(line))
}

/// `SHA256 (name) = hex` of BSD, `SHA2-256(name)= hex` of OpenSSL.
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

/// `hex`, `hex  name`, `hex *name`, each perhaps with `sha256:` before it.
fn leading(line: &str) -> Option<Checksum> {
    let (escaped, line) = line.strip_prefix('\\').map_or((false, line), |line| (true, line));
    let (hex, name) = line.split_once([' ', '\t']).unwrap_or((line, ""));
    let name = name.trim_start();
    let name = name.strip_prefix('*').unwrap_or(name);
    let name = if escaped { unescape(name) } else { name.to_owned() };
    Some(Checksum { name: Some(name).filter(|name| !name.is_empty()), digest: digest(hex)? })
}

/// Undoes what `sha256sum` does to names with line breaks and backslashes.
fn unescape(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    let mut chars = name.chars();
    while let Some(char) = chars.next() {
        match (char, char == '\\') {
            (_, true) => match chars.next() {
                Some('n') => text.push('\n'),
                Some('r') => text.push('\r'),
                Some(other) => text.push(other),
                None => text.push('\\'),
            },
            (char, false) => text.push(char),
        }
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
    fn every_usual_format_is_read() {
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
    fn the_exact_name_counts_more_than_one_in_a_folder() {
        assert_eq!(found(&format!("{B}  old/tool.tar.gz\n{A}  tool.tar.gz\n")).unwrap(), A);
    }

    #[test]
    fn what_is_not_told_or_contradictory_is_an_error() {
        let error = |text: &str| found(text).unwrap_err().to_string();
        assert!(error("<html>not found</html>").contains("no SHA-256 digest"));
        assert!(error(&format!("{A}  tool.zip\n")).contains("but of tool.zip"));
        assert!(error(&format!("{A}\n{B}\n")).contains("but of (no name), (no name)"));
        assert!(error(&format!("{A}  tool.tar.gz\n{B}  tool.tar.gz\n")).contains("different digests"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "(\\PC|[\\\\\r\n\t(= *]){0,200}", name in ".{0,20}") {
            let _ = find(&text, &name);
        }

        #[test]
        fn what_is_written_is_found(
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
