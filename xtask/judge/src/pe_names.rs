//! The functions and variables that a 64-bit program for Windows imports by name.

use std::io::Result;

use object::LittleEndian as LE;
use object::pe::*;

use super::pe::Sections;
use super::source::{Source, View, malformed};

/// The limit of names; real programs have a few hundred.
const LIMIT: usize = 1 << 16;
/// Marks an import by number.
const ORDINAL: u64 = 1 << 63;
/// What precedes a name.
const HINT: u64 = 2;

/// Calls `each` with the DLL and the name of every import, except for those by number and those that are resolved on first
/// use. Calls it for no other kind of file.
///
/// Fails if the file cannot be read or is malformed.
pub fn windows_imports(source: &dyn Source, each: &mut dyn FnMut(&str, &str)) -> Result<()> {
    let view = View::whole(source)?;
    if view.up_to(0, 2)? != b"MZ" {
        return Ok(());
    }
    let dos: ImageDosHeader = view.pod(0)?;
    let start = u64::from(dos.e_lfanew.get(LE));
    let header: ImageFileHeader = view.pod(start + 4)?;
    let optional: ImageOptionalHeader64 = view.pod(start + 24)?;
    let has_table = optional.number_of_rva_and_sizes.get(LE) > IMAGE_DIRECTORY_ENTRY_IMPORT as u32;
    if optional.magic.get(LE) != IMAGE_NT_OPTIONAL_HDR64_MAGIC || !has_table {
        return Ok(());
    }
    let directories = start + 24 + size_of::<ImageOptionalHeader64>() as u64;
    let entry: ImageDataDirectory = view.pod(directories + IMAGE_DIRECTORY_ENTRY_IMPORT as u64 * 8)?;
    let sections = Sections::read(view, start, &header)?;
    match entry.virtual_address.get(LE) {
        0 => Ok(()),
        address => read(view, &sections, sections.offset(address)?, each),
    }
}

fn read(view: View<'_>, sections: &Sections, table: u64, each: &mut dyn FnMut(&str, &str)) -> Result<()> {
    let mut names = 0;
    for index in 0..LIMIT as u64 {
        let descriptor: ImageImportDescriptor = view.pod(table + index * 20)?;
        if descriptor.name.get(LE) == 0 {
            return Ok(());
        }
        let dll = view.name(sections.offset(descriptor.name.get(LE))?)?;
        let list = [descriptor.original_first_thunk.get(LE), descriptor.first_thunk.get(LE)];
        let Some(list) = list.into_iter().find(|address| *address != 0) else { continue };
        let mut at = sections.offset(list)?;
        loop {
            let thunk = view.pod::<object::U64<LE>>(at)?.get(LE);
            if thunk == 0 {
                break;
            }
            names += 1;
            if names > LIMIT {
                return Err(malformed(format!("it imports more than {LIMIT} names")));
            }
            if thunk & ORDINAL == 0 {
                each(&dll, &view.name(sections.offset(thunk as u32)? + HINT)?);
            }
            at += 8;
        }
    }
    Err(malformed("its list of imports does not end"))
}
