//! Reads ELF files: programs for Linux.

use std::io::Result;

use object::LittleEndian as LE;
use object::elf::*;

use super::crates::{self, CrateCount};
use super::machine::{Kind, Machine};
use super::source::{View, malformed, pod_in};

/// The limit of dynamic entries, and so of needed libraries.
const LIMIT: usize = 4096;

/// The parts of an ELF file that matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Elf {
    pub machine: Machine,
    pub kind: Kind,
    /// The dynamic loader that the kernel starts for it; static programs have none.
    pub interpreter: Option<String>,
    /// The shared libraries that it needs.
    pub needed: Vec<String>,
    /// How many crates it lists, or why that cannot be read.
    pub crates: Option<CrateCount>,
}

impl Elf {
    /// Reads a file that starts with the ELF magic. Fails if its headers are inconsistent.
    pub(crate) fn read(view: View<'_>) -> Result<Self> {
        let header: FileHeader64<LE> = view.pod(0)?;
        let ident = header.e_ident;
        if ident.class != ELFCLASS64 || ident.data != ELFDATA2LSB {
            let other = Self {
                machine: Machine::Other,
                kind: Kind::Program,
                interpreter: None,
                needed: vec![],
                crates: None,
            };
            return Ok(other);
        }
        if !matches!(ident.os_abi, ELFOSABI_SYSV | ELFOSABI_GNU) {
            return Err(malformed(format!(
                "it is for an operating system other than Linux (ELF OS/ABI {})",
                ident.os_abi.0
            )));
        }
        let machine = match header.e_machine.get(LE) {
            EM_X86_64 => Machine::Amd64,
            EM_AARCH64 => Machine::Arm64,
            _ => Machine::Other,
        };
        let segments = segments(view, &header)?;
        let interpreter = match segments.iter().find(|segment| segment.p_type.get(LE) == PT_INTERP) {
            Some(segment) => Some(view.name(segment.p_offset.get(LE))?),
            None => None,
        };
        let dynamic = dynamic(view, &segments)?;
        let kind = match header.e_type.get(LE) {
            ET_EXEC => Kind::Program,
            ET_DYN if interpreter.is_some() || dynamic.pie || dynamic.needed.is_empty() => Kind::Program,
            ET_DYN => Kind::Library,
            _ => return Err(malformed("it is an object file or a core dump, not a program")),
        };
        if !segments.iter().any(|segment| segment.p_type.get(LE) == PT_LOAD) {
            return Err(malformed("it has headers, but nothing to load into memory"));
        }
        require_sections(view, &header)?;
        Ok(Self {
            machine,
            kind,
            interpreter,
            needed: dynamic.needed,
            crates: crates::count(view, crate_list(view))?,
        })
    }
}

fn segments(view: View<'_>, header: &FileHeader64<LE>) -> Result<Vec<ProgramHeader64<LE>>> {
    let count = usize::from(header.e_phnum.get(LE));
    let size = size_of::<ProgramHeader64<LE>>();
    if count > 0 && usize::from(header.e_phentsize.get(LE)) != size {
        return Err(malformed("its program headers have a size that Linux does not accept"));
    }
    let bytes = view.bytes(header.e_phoff.get(LE), (count * size) as u64)?;
    let segments: Vec<ProgramHeader64<LE>> =
        (0..count).map(|index| pod_in(&bytes, index * size)).collect::<Result<_>>()?;
    for segment in segments.iter().filter(|segment| segment.p_type.get(LE) == PT_LOAD) {
        view.require(segment.p_offset.get(LE), segment.p_filesz.get(LE))?;
    }
    Ok(segments)
}

/// Starting a program does not need the section table, but most linkers write it last: if it is incomplete, the end of the
/// file is missing.
fn require_sections(view: View<'_>, header: &FileHeader64<LE>) -> Result<()> {
    let size = u64::from(header.e_shnum.get(LE)) * u64::from(header.e_shentsize.get(LE));
    if size == 0 { Ok(()) } else { view.require(header.e_shoff.get(LE), size) }
}

#[derive(Default)]
struct Dynamic {
    needed: Vec<String>,
    pie: bool,
}

fn dynamic(view: View<'_>, segments: &[ProgramHeader64<LE>]) -> Result<Dynamic> {
    let Some(segment) = segments.iter().find(|segment| segment.p_type.get(LE) == PT_DYNAMIC) else {
        return Ok(Dynamic::default());
    };
    let bytes = view.bytes(segment.p_offset.get(LE), segment.p_filesz.get(LE))?;
    let (mut strings, mut names, mut pie) = (None, vec![], false);
    for entry in bytes.chunks_exact(size_of::<Dyn64<LE>>()).take(LIMIT) {
        let entry: Dyn64<LE> = pod_in(entry, 0)?;
        let value = entry.d_val.get(LE);
        match entry.d_tag.get(LE) {
            DT_NULL => break,
            DT_STRTAB => strings = Some(value),
            DT_NEEDED => names.push(value),
            DT_FLAGS_1 => pie = value & DF_1_PIE.0 != 0,
            _ => {}
        }
    }
    let mut needed = vec![];
    for name in names {
        let table =
            strings.ok_or_else(|| malformed("it needs libraries, but has no table with their names"))?;
        let address = table
            .checked_add(name)
            .ok_or_else(|| malformed("the name of a library is outside of the file"))?;
        needed.push(view.name(file_offset(segments, address)?)?);
    }
    Ok(Dynamic { needed, pie })
}

/// The offset in the file that an address is loaded from.
fn file_offset(segments: &[ProgramHeader64<LE>], address: u64) -> Result<u64> {
    segments
        .iter()
        .filter(|segment| segment.p_type.get(LE) == PT_LOAD)
        .find_map(|segment| {
            let within = address.checked_sub(segment.p_vaddr.get(LE))?;
            (within < segment.p_filesz.get(LE)).then(|| segment.p_offset.get(LE).checked_add(within))?
        })
        .ok_or_else(|| malformed("an address is outside of everything that is loaded"))
}

/// The list of crates.
pub(crate) fn crate_list(view: View<'_>) -> Result<crates::Place> {
    let header: FileHeader64<LE> = view.pod(0)?;
    let (count, size) = (header.e_shnum.get(LE), size_of::<SectionHeader64<LE>>());
    if header.e_ident.class != ELFCLASS64 || count == 0 || usize::from(header.e_shentsize.get(LE)) != size {
        return Ok(None);
    }
    let table = view.bytes(header.e_shoff.get(LE), u64::from(count) * size as u64)?;
    let sections: Vec<SectionHeader64<LE>> =
        table.chunks_exact(size).map(|chunk| pod_in(chunk, 0)).collect::<Result<_>>()?;
    let Some(names) = sections.get(usize::from(header.e_shstrndx.get(LE).0)) else { return Ok(None) };
    let names = view.part(names.sh_offset.get(LE), names.sh_size.get(LE))?;
    let mut found = vec![];
    for section in sections.iter().filter(|section| section.sh_type.get(LE) != SHT_NOBITS) {
        if names.up_to(section.sh_name.get(LE).into(), crates::NAME.len() as u64 + 1)?
            == [crates::NAME, b"\0"].concat()
        {
            found.push((section.sh_offset.get(LE), section.sh_size.get(LE)));
        }
    }
    crates::only(found.into_iter())
}
