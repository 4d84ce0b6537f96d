//! Formats a DLL as an import library: an archive with a short import object, as the PE format calls it, for each export.

use sixfold_model::matrix::Arch;

use super::library::{Dll, Export};

/// An archive without members.
pub(super) const EMPTY: &str = "!<arch>\n";

/// The kinds of short import objects.
const CODE: u16 = 0;
const DATA: u16 = 1;
/// How the name in the DLL follows from the symbol: it is the same, or a third string.
const SAME_NAME: u16 = 1;
const OTHER_NAME: u16 = 4;

/// The archive, with the index that linkers search. Exports of the other architecture are left out.
pub(super) fn render(dll: &Dll, arch: Arch) -> Vec<u8> {
    let exports: Vec<_> =
        dll.exports.iter().filter(|it| it.only_on.is_none_or(|only| only == arch)).collect();
    let members: Vec<_> = exports.iter().map(|export| member("x/", &object(dll, export, arch))).collect();
    let symbols: Vec<_> = exports.iter().map(|export| symbols(export)).collect();
    let count: usize = symbols.iter().map(Vec::len).sum();
    let names: usize = symbols.iter().flatten().map(|name| name.len() + 1).sum();
    let mut at = EMPTY.len() + member("/", &vec![0; 4 + 4 * count + names]).len();
    let mut index = be32(count);
    for (symbols, member) in symbols.iter().zip(&members) {
        symbols.iter().for_each(|_| index.extend(be32(at)));
        at += member.len();
    }
    symbols.iter().flatten().for_each(|name| index.extend([name.as_bytes(), b"\0"].concat()));
    [EMPTY.as_bytes(), &member("/", &index), &members.concat()].concat()
}

/// The symbols that a program can refer to: the slot in the import table and, for code, a function that jumps there.
fn symbols(export: &Export) -> Vec<String> {
    let slot = format!("__imp_{}", export.name);
    if export.is_data { vec![slot] } else { vec![slot, export.name.to_owned()] }
}

fn object(dll: &Dll, export: &Export, arch: Arch) -> Vec<u8> {
    let machine: u16 = match arch {
        Arch::Amd64 => 0x8664,
        Arch::Arm64 => 0xaa64,
    };
    let strings = [Some(export.name), Some(dll.file), export.exported_as].into_iter().flatten();
    let strings: Vec<u8> = strings.flat_map(|text| [text.as_bytes(), b"\0"].concat()).collect();
    let kind = if export.is_data { DATA } else { CODE };
    let name = if export.exported_as.is_some() { OTHER_NAME } else { SAME_NAME };
    let mut object = Vec::new();
    // Signature, version, machine, time, size, hint, flags.
    [0, 0xffff, 0, machine, 0, 0].iter().for_each(|field| object.extend(field.to_le_bytes()));
    object.extend((strings.len() as u32).to_le_bytes());
    [0, kind | name << 2].iter().for_each(|field| object.extend(field.to_le_bytes()));
    object.extend(strings);
    object
}

/// A member of an archive, with its header, at an even length.
fn member(name: &str, content: &[u8]) -> Vec<u8> {
    let header = format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n", 0, 0, 0, 644, content.len());
    let padding: &[u8] = if content.len() % 2 == 1 { b"\n" } else { b"" };
    [header.as_bytes(), content, padding].concat()
}

fn be32(number: usize) -> Vec<u8> {
    (number as u32).to_be_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_leads_to_the_object_of_each_symbol() {
        let dll = Dll::parse("a", "dll: A.dll\n\nodd\ndata value\nx86_64 intel\narm64 arm\nclose=_close\n");
        let archive = render(&dll, Arch::Arm64);
        let count = u32::from_be_bytes(archive[68..72].try_into().expect("four bytes")) as usize;
        let names = String::from_utf8_lossy(&archive[72 + 4 * count..]).into_owned();
        let names: Vec<_> = names.split('\0').take(count).collect();
        assert_eq!(names, ["__imp_odd", "odd", "__imp_value", "__imp_arm", "arm", "__imp_close", "close"]);
        let at = |index: usize| u32::from_be_bytes(archive[72 + 4 * index..][..4].try_into().expect("four"));
        let strings = |index: usize| {
            let object = &archive[at(index) as usize + 60..];
            let size = u32::from_le_bytes(object[12..16].try_into().expect("four bytes")) as usize;
            assert_eq!(object[..8], [0, 0, 0xff, 0xff, 0, 0, 0x64, 0xaa]);
            (String::from_utf8_lossy(&object[20..20 + size]).into_owned(), object[18])
        };
        assert_eq!(strings(1), ("odd\0A.dll\0".to_owned(), 4));
        assert_eq!(strings(2), ("value\0A.dll\0".to_owned(), 1 | 4));
        assert_eq!(strings(6), ("close\0A.dll\0_close\0".to_owned(), 16));
    }
}
