//! GNU and PAX extension headers: names, link targets and sizes that do not fit into a tar header.

use std::io::Read;

use anyhow::{Context as _, Result, bail, ensure};
use tar::{EntryType, PaxExtension, PaxExtensions};

/// The largest extension header, in bytes. It has some names, times and attributes.
const MAX_EXTENSION: u64 = 1 << 20;

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
    /// Reads an extension header. Returns false for any other entry. Fails on what tar readers understand differently: empty
    /// values, several values for one thing, and sparse files.
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
            // Only some readers apply these to the entries.
            Self::default().read_pax(&bytes)?.ensure_empty()?;
        } else {
            ensure!(!self.has_pax, "it contains two PAX headers for one entry");
            self.read_pax(&bytes)?.has_pax = true;
        }
        Ok(true)
    }

    fn read_pax(&mut self, bytes: &[u8]) -> Result<&mut Self> {
        const BROKEN: &str = "it contains a broken extension header";
        for record in PaxExtensions::new(bytes) {
            let record: PaxExtension<'_> = record.context(BROKEN)?;
            match record.key_bytes() {
                b"path" => set(&mut self.name, record.value_bytes())?,
                b"linkpath" => set(&mut self.target, record.value_bytes())?,
                b"size" => {
                    let size = record.value().ok().and_then(|value| value.parse().ok());
                    ensure!(
                        self.size.replace(size.context(BROKEN)?).is_none(),
                        "it contains two sizes for one entry"
                    );
                }
                key if key.starts_with(b"GNU.sparse.") => bail!("it contains a sparse file"),
                _ => {}
            }
        }
        Ok(self)
    }

    fn ensure_empty(&self) -> Result<()> {
        let is_empty = self.name.is_none() && self.target.is_none() && self.size.is_none();
        ensure!(is_empty, "it contains a name or size for all entries");
        Ok(())
    }
}

fn set(into: &mut Option<String>, value: &[u8]) -> Result<()> {
    let text = String::from_utf8_lossy(value);
    ensure!(
        !value.is_empty() && !value.contains(&0),
        "it contains the ambiguous name `{}` in an extension header",
        text.escape_debug()
    );
    let first = into.replace(text.into_owned());
    ensure!(first.is_none(), "it contains two names for one entry");
    Ok(())
}
