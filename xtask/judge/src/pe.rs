//! Reads PE files: programs for Windows.

use std::io::Result;

use object::LittleEndian as LE;
use object::pe::*;

use super::authenticode::{self, Places};
use super::crates::{self, CrateCount};
use super::machine::{Kind, Machine};
use super::signature::Signature;
use super::source::{View, malformed, pod_in};

/// The limit of DLLs of each kind; real programs have a few dozen.
const LIMIT: u64 = 1024;
/// Windows refuses to load files with more sections.
const SECTIONS: u16 = 96;

/// The parts of a PE file that matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pe {
    pub machine: Machine,
    pub kind: Kind,
    /// Whether it is for 32-bit Intel, which 64-bit Windows runs too.
    pub i386: bool,
    /// The DLLs that it imports, when it starts or on first use.
    pub imports: Vec<String>,
    pub signature: Signature,
    /// How many crates it lists, or why that cannot be read.
    pub crates: Option<CrateCount>,
}

impl Pe {
    /// Reads a file that starts with `MZ`. Fails if its headers are inconsistent.
    pub(crate) fn read(view: View<'_>) -> Result<Self> {
        let dos: ImageDosHeader = view.pod(0)?;
        let start = u64::from(dos.e_lfanew.get(LE));
        if view.bytes(start, 4)? != b"PE\0\0" {
            return Err(malformed("it is a program for DOS, not for Windows"));
        }
        let header: ImageFileHeader = view.pod(start + 4)?;
        let flags = header.characteristics.get(LE);
        if flags.0 & IMAGE_FILE_EXECUTABLE_IMAGE.0 == 0 {
            return Err(malformed("it is an object file, not a program"));
        }
        let machine = header.machine.get(LE);
        let sections = Sections::read(view, start, &header)?;
        let directories = Directories::read(view, start + 24)?;
        Ok(Self {
            machine: match machine {
                IMAGE_FILE_MACHINE_AMD64 => Machine::Amd64,
                IMAGE_FILE_MACHINE_ARM64 => Machine::Arm64,
                _ => Machine::Other,
            },
            kind: if flags.0 & IMAGE_FILE_DLL.0 == 0 { Kind::Program } else { Kind::Library },
            i386: machine == IMAGE_FILE_MACHINE_I386,
            imports: imports(view, &directories, &sections)?,
            signature: signature(view, start + 24, &directories)?,
            crates: crates::count(view, sections.crate_list())?,
        })
    }
}

pub(crate) struct Sections(Vec<ImageSectionHeader>);

impl Sections {
    pub(crate) fn read(view: View<'_>, start: u64, header: &ImageFileHeader) -> Result<Self> {
        let count = header.number_of_sections.get(LE);
        if count == 0 {
            return Err(malformed("it has headers, but nothing to load into memory"));
        }
        if count > SECTIONS {
            return Err(malformed(format!("it has {count} sections, more than Windows accepts")));
        }
        let table = start + 24 + u64::from(header.size_of_optional_header.get(LE));
        let size = size_of::<ImageSectionHeader>();
        let bytes = view.bytes(table, u64::from(count) * size as u64)?;
        let sections: Vec<ImageSectionHeader> =
            bytes.chunks_exact(size).map(|chunk| pod_in(chunk, 0)).collect::<Result<_>>()?;
        for section in sections.iter().filter(|section| section.size_of_raw_data.get(LE) != 0) {
            view.require(
                section.pointer_to_raw_data.get(LE).into(),
                section.size_of_raw_data.get(LE).into(),
            )?;
        }
        Ok(Self(sections))
    }

    fn crate_list(&self) -> Result<crates::Place> {
        let named = self.0.iter().filter(|section| crates::is_named(&section.name));
        crates::only(named.map(|section| {
            (section.pointer_to_raw_data.get(LE).into(), section.size_of_raw_data.get(LE).into())
        }))
    }

    /// The offset in the file that a relative virtual address is loaded from.
    pub(crate) fn offset(&self, address: u32) -> Result<u64> {
        self.0
            .iter()
            .find_map(|section| {
                let within = address.checked_sub(section.virtual_address.get(LE))?;
                (within < section.size_of_raw_data.get(LE))
                    .then(|| u64::from(section.pointer_to_raw_data.get(LE)) + u64::from(within))
            })
            .ok_or_else(|| malformed("an address is outside of everything that is loaded"))
    }
}

/// The directories at the end of the optional header.
struct Directories {
    at: u64,
    count: u32,
}

impl Directories {
    /// `at` is the offset of the optional header. Fails for what is neither a console nor a desktop program.
    fn read(view: View<'_>, at: u64) -> Result<Self> {
        let magic: object::U16<LE> = view.pod(at)?;
        let (subsystem, count, size) = match magic.get(LE) {
            IMAGE_NT_OPTIONAL_HDR64_MAGIC => {
                let header: ImageOptionalHeader64 = view.pod(at)?;
                (header.subsystem, header.number_of_rva_and_sizes, size_of::<ImageOptionalHeader64>())
            }
            IMAGE_NT_OPTIONAL_HDR32_MAGIC => {
                let header: ImageOptionalHeader32 = view.pod(at)?;
                (header.subsystem, header.number_of_rva_and_sizes, size_of::<ImageOptionalHeader32>())
            }
            _ => return Err(malformed("its optional header is of an unknown kind")),
        };
        let subsystem = subsystem.get(LE);
        if !matches!(subsystem, IMAGE_SUBSYSTEM_WINDOWS_CUI | IMAGE_SUBSYSTEM_WINDOWS_GUI) {
            return Err(malformed(format!(
                "it is neither a console nor a desktop program (PE subsystem {})",
                subsystem.0
            )));
        }
        Ok(Self { at: at + size as u64, count: count.get(LE) })
    }

    fn offset(&self, index: usize) -> u64 {
        self.at + index as u64 * 8
    }

    /// An entry, if the file has it.
    fn entry(&self, view: View<'_>, index: usize) -> Result<Option<ImageDataDirectory>> {
        if index as u64 >= u64::from(self.count) {
            return Ok(None);
        }
        let entry: ImageDataDirectory = view.pod(self.offset(index))?;
        Ok(Some(entry).filter(|entry| entry.virtual_address.get(LE) != 0))
    }
}

/// `at` is the offset of the optional header.
fn signature(view: View<'_>, at: u64, directories: &Directories) -> Result<Signature> {
    let index = IMAGE_DIRECTORY_ENTRY_SECURITY;
    let Some(entry) = directories.entry(view, index)? else { return Ok(Signature::None) };
    // Of all directories, only this one has an offset in the file instead of an address.
    let (start, size) = (entry.virtual_address.get(LE).into(), entry.size.get(LE).into());
    let (checksum, entry) = (at + 64, directories.offset(index));
    authenticode::verify(view, &Places { checksum, entry, start, size })
}

/// The DLLs of both import directories, in the file's order.
fn imports(view: View<'_>, directories: &Directories, sections: &Sections) -> Result<Vec<String>> {
    let mut names = vec![];
    // In an import descriptor, the name is the fourth of five numbers; in a delayed one, the second of eight.
    for (index, size, field) in
        [(IMAGE_DIRECTORY_ENTRY_IMPORT, 20, 12), (IMAGE_DIRECTORY_ENTRY_DELAY_IMPORT, 32, 4)]
    {
        if let Some(entry) = directories.entry(view, index)? {
            let table = sections.offset(entry.virtual_address.get(LE))?;
            read_names(view, sections, table, (size, field), &mut names)?;
        }
    }
    Ok(names)
}

/// The names in a list of descriptors, which ends with a descriptor without a name.
fn read_names(
    view: View<'_>,
    sections: &Sections,
    table: u64,
    (size, field): (u64, u64),
    names: &mut Vec<String>,
) -> Result<()> {
    for index in 0..LIMIT {
        let name: object::U32<LE> = view.pod(table + index * size + field)?;
        let name = name.get(LE);
        if name == 0 {
            return Ok(());
        }
        names.push(view.name(sections.offset(name)?)?);
    }
    Err(malformed(format!("it imports more than {LIMIT} libraries")))
}

/// The list of crates.
pub(crate) fn crate_list(view: View<'_>) -> Result<crates::Place> {
    let dos: ImageDosHeader = view.pod(0)?;
    let start = u64::from(dos.e_lfanew.get(LE));
    Sections::read(view, start, &view.pod(start + 4)?)?.crate_list()
}
