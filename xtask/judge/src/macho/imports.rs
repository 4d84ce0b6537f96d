//! The functions and variables that a program for macOS imports.

use std::io::Result;

use object::LittleEndian as LE;
use object::macho::*;

use super::commands;
use crate::source::{Source, View, malformed, name_in, pod_in};

/// The limit of imports; real programs have a few hundred.
const LIMIT: u32 = 1 << 16;

/// Something that a program for macOS imports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MacosImport {
    /// The path of its library.
    pub library: String,
    /// In the linker's spelling: `_malloc`.
    pub name: String,
    /// True if the program starts without it.
    pub is_weak: bool,
}

/// What a 64-bit program for one architecture imports. Empty for every other kind of file.
///
/// Fails if the file cannot be read or is malformed.
pub fn macos_imports(source: &dyn Source) -> Result<Vec<MacosImport>> {
    let view = View::whole(source)?;
    if view.up_to(0, 4)? != MH_CIGAM_64.to_be_bytes() {
        return Ok(vec![]);
    }
    let header: MachHeader64<LE> = view.pod(0)?;
    let mut tables = Tables::default();
    commands::each(view, &header, &mut |command, body| tables.read(command, body))?;
    tables.imports(view)
}

/// Where the imports are.
#[derive(Default)]
struct Tables {
    /// In the order in which symbols refer to them, and whether the program starts without them.
    libraries: Vec<(String, bool)>,
    symbols: Option<SymtabCommand<LE>>,
    ranges: Option<DysymtabCommand<LE>>,
}

impl Tables {
    fn read(&mut self, command: LoadCommandType, body: &[u8]) -> Result<()> {
        match command {
            LC_LOAD_DYLIB | LC_LOAD_WEAK_DYLIB | LC_REEXPORT_DYLIB | LC_LOAD_UPWARD_DYLIB
            | LC_LAZY_LOAD_DYLIB => {
                let dylib: DylibCommand<LE> = pod_in(body, 0)?;
                let name = body.get(dylib.dylib.name.offset.get(LE) as usize..).unwrap_or_default();
                self.libraries.push((name_in(name)?, command == LC_LOAD_WEAK_DYLIB));
            }
            LC_SYMTAB => self.symbols = Some(pod_in(body, 0)?),
            LC_DYSYMTAB => self.ranges = Some(pod_in(body, 0)?),
            _ => {}
        }
        Ok(())
    }

    fn imports(&self, view: View<'_>) -> Result<Vec<MacosImport>> {
        let (Some(symbols), Some(ranges)) = (&self.symbols, &self.ranges) else { return Ok(vec![]) };
        let (first, count) = (ranges.iundefsym.get(LE), ranges.nundefsym.get(LE));
        if count > LIMIT {
            return Err(malformed(format!("it imports more than {LIMIT} names")));
        }
        let mut imports = vec![];
        for index in (0..count).map(|index| u64::from(first) + u64::from(index)) {
            let at = u64::from(symbols.symoff.get(LE)) + index * size_of::<Nlist64<LE>>() as u64;
            let symbol: Nlist64<LE> = view.pod(at)?;
            let flags = symbol.n_desc.get(LE);
            // Libraries count from 1. Numbers that are larger than any library have special meanings.
            let number = usize::from(flags.0 >> 8).checked_sub(1);
            if let Some((library, is_weak)) = number.and_then(|number| self.libraries.get(number)) {
                imports.push(MacosImport {
                    library: library.clone(),
                    name: view.name(u64::from(symbols.stroff.get(LE)) + u64::from(symbol.n_strx.get(LE)))?,
                    is_weak: *is_weak || flags.0 & N_WEAK_REF.0 != 0,
                });
            }
        }
        Ok(imports)
    }
}
