//! GNU and PAX extension headers: names, link targets and sizes that do not fit into a tar header.

use std::io::Read;

use anyhow::{Context as _, Result, bail, ensure};
use tar::EntryType;

use super::tar_header::text;

/// The largest extension header, in bytes. It has some names, times and attributes.
const MAX_EXTENSION: u64 = 1 << 20;

/// Attributes of files that Linux reads when it lays the layers over each other.
const OVERLAY: [&[u8]; 2] = [b"SCHILY.xattr.trusted.overlay.", b"SCHILY.xattr.user.overlay."];

/// What the extension headers before an entry state.
#[derive(Default)]
pub(super) struct Extensions {
    pub(super) name: Option<String>,
    pub(super) target: Option<String>,
    /// In bytes.
    pub(super) size: Option<u64>,
    has_pax: bool,
}

impl Extensions {
    /// Reads an extension header of the next entry. Returns false for anything else. Fails on what tar readers understand
    /// differently: empty values, several values for one thing, and sparse files.
    pub(super) fn read(&mut self, kind: EntryType, size: u64, entry: &mut dyn Read) -> Result<bool> {
        let is_gnu = kind.is_gnu_longname() || kind.is_gnu_longlink();
        if !is_gnu && !kind.is_pax_local_extensions() && !kind.is_pax_global_extensions() {
            return Ok(false);
        }
        ensure!(size <= MAX_EXTENSION, "it contains an extension header of {size} bytes");
        let mut bytes = vec![];
        entry.read_to_end(&mut bytes)?;
        if is_gnu {
            // The value ends with a NUL.
            let value = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
            let into = if kind.is_gnu_longname() { &mut self.name } else { &mut self.target };
            set(into, value)?;
        } else if kind.is_pax_global_extensions() {
            // Only some readers apply these to the entries, and Go forgets what stands before one.
            ensure!(self.is_empty(), "it contains a global header between the headers of an entry");
            ensure!(
                Self::default().read_pax(&bytes)?.is_empty(),
                "it contains a name or size for all entries"
            );
            return Ok(false);
        } else {
            ensure!(!self.has_pax, "it contains two PAX headers for one entry");
            self.read_pax(&bytes)?.has_pax = true;
        }
        Ok(true)
    }

    fn read_pax(&mut self, mut bytes: &[u8]) -> Result<&mut Self> {
        const BROKEN: &str = "it contains a broken extension header";
        while !bytes.is_empty() {
            let (key, value) = take_record(&mut bytes).context(BROKEN)?;
            match key {
                b"path" => set(&mut self.name, value)?,
                b"linkpath" => set(&mut self.target, value)?,
                b"size" => {
                    let size = std::str::from_utf8(value).ok().and_then(|value| value.parse().ok());
                    ensure!(
                        self.size.replace(size.context(BROKEN)?).is_none(),
                        "it contains two sizes for one entry"
                    );
                }
                key if key.starts_with(b"GNU.sparse.") => bail!("it contains a sparse file"),
                key if OVERLAY.iter().any(|overlay| key.starts_with(overlay)) => {
                    bail!("it sets an attribute by which overlay file systems hide files")
                }
                key => ensure!(is_valid(key, value), BROKEN),
            }
        }
        Ok(self)
    }

    fn is_empty(&self) -> bool {
        self.name.is_none() && self.target.is_none() && self.size.is_none() && !self.has_pax
    }
}

/// Takes the first record, `LENGTH KEY=VALUE` and a newline. The length is that of the whole record, because the value may
/// have any bytes.
fn take_record<'a>(bytes: &mut &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
    let space = bytes.iter().position(|byte| *byte == b' ')?;
    let length = std::str::from_utf8(bytes.get(..space)?).ok()?.parse().ok()?;
    let (record, rest) = bytes.split_at_checked(length)?;
    let record = record.get(space + 1..)?.strip_suffix(b"\n")?;
    let equals = record.iter().position(|byte| *byte == b'=')?;
    *bytes = rest;
    Some((record.get(..equals)?, record.get(equals + 1..)?))
}

/// False for what Go does not read.
fn is_valid(key: &[u8], value: &[u8]) -> bool {
    let text = std::str::from_utf8(value).unwrap_or("invalid");
    let is_integer = |text: &str| text.parse::<i64>().is_ok();
    match key {
        b"uid" | b"gid" => is_integer(text),
        b"atime" | b"mtime" | b"ctime" => {
            let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
            is_integer(seconds) && fraction.bytes().all(|byte| byte.is_ascii_digit())
        }
        b"uname" | b"gname" => !value.contains(&0),
        _ => !key.is_empty() && !key.contains(&0),
    }
}

fn set(into: &mut Option<String>, value: &[u8]) -> Result<()> {
    let text = text(value);
    ensure!(
        !value.is_empty() && !value.contains(&0),
        "it contains the ambiguous name `{}` in an extension header",
        text.escape_debug()
    );
    let first = into.replace(text);
    ensure!(first.is_none(), "it contains two names for one entry");
    Ok(())
}
