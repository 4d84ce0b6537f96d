//! Reads Mach-O files: programs for macOS, for one architecture or universal.

mod commands;
mod crate_list;
mod imports;
mod signature;

use std::io::Result;

use object::macho::*;
use object::{BigEndian as BE, LittleEndian as LE};

use super::crates::{self, CrateCount};
use super::machine::{Kind, Machine};
use super::signature::Signature;
use super::source::{View, be32, malformed, name_in, pod_in};

pub(crate) use crate_list::crate_list;
pub use imports::{MacosImport, macos_imports};

/// The limit of slices in a universal file. A Java class file starts with the same four bytes, but has its version, which is
/// at least 45, in place of the number of slices.
const SLICES: u32 = 32;
/// Slices start at a page boundary, because the kernel maps them into memory. This is the smallest page of any Mac.
const PAGE: u64 = 4096;

/// One slice: a program for one architecture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MachO {
    pub machine: Machine,
    pub kind: Kind,
    /// The libraries without which it does not start.
    pub libraries: Vec<String>,
    pub signature: Signature,
    /// How many crates it lists, or why that cannot be read.
    pub crates: Option<CrateCount>,
}

/// Whether the first bytes are those of a universal file, as opposed to a Java class.
pub(crate) fn is_fat(start: &[u8]) -> bool {
    matches!(be32(start, 0), Ok(FAT_MAGIC | FAT_MAGIC_64))
        && be32(start, 4).is_ok_and(|count| count <= SLICES)
}

/// Whether the first bytes are those of a program for one architecture, in either byte order.
pub(crate) fn is_thin(start: &[u8]) -> bool {
    matches!(be32(start, 0), Ok(MH_MAGIC | MH_CIGAM | MH_MAGIC_64 | MH_CIGAM_64))
}

/// Reads all slices of a universal file.
pub(crate) fn read_fat(view: View<'_>) -> Result<Vec<MachO>> {
    let header: FatHeader = view.pod(0)?;
    let wide = header.magic.get(BE) == FAT_MAGIC_64;
    let mut slices = vec![];
    for index in 0..u64::from(header.nfat_arch.get(BE).min(SLICES)) {
        slices.push(if wide {
            let arch: FatArch64 = view.pod(8 + index * size_of::<FatArch64>() as u64)?;
            let declared = machine(arch.cputype.get(BE), arch.cpusubtype.get(BE).0);
            read_slice(view, arch.offset.get(BE), arch.size.get(BE), declared)?
        } else {
            let arch: FatArch32 = view.pod(8 + index * size_of::<FatArch32>() as u64)?;
            let declared = machine(arch.cputype.get(BE), arch.cpusubtype.get(BE).0);
            read_slice(view, arch.offset.get(BE).into(), arch.size.get(BE).into(), declared)?
        });
    }
    if slices.is_empty() {
        return Err(malformed("it is a universal file without slices"));
    }
    Ok(slices)
}

/// Reads a slice of a universal file. The kernel chooses the slice by the file's header, so the two have to agree.
fn read_slice(view: View<'_>, offset: u64, size: u64, declared: Machine) -> Result<MachO> {
    if !offset.is_multiple_of(PAGE) {
        return Err(malformed("a slice of the universal file does not start at a page boundary"));
    }
    let slice = MachO::read(view.part(offset, size)?)?;
    if slice.machine != declared {
        return Err(malformed("a slice of the universal file is for another processor than its header says"));
    }
    Ok(slice)
}

impl MachO {
    /// Reads one slice. Fails if its headers are inconsistent, or it is for another operating system of Apple.
    pub(crate) fn read(view: View<'_>) -> Result<Self> {
        if view.bytes(0, 4)? != MH_CIGAM_64.to_be_bytes() {
            return Self::unsupported(&view.bytes(0, 4)?);
        }
        let header: MachHeader64<LE> = view.pod(0)?;
        let mut slice = Self {
            machine: machine(header.cputype.get(LE), header.cpusubtype.get(LE).0),
            kind: match header.filetype.get(LE) {
                MH_EXECUTE => Kind::Program,
                MH_DYLIB | MH_BUNDLE => Kind::Library,
                _ => return Err(malformed("it is not a program but, for example, an object file")),
            },
            libraries: vec![],
            signature: Signature::None,
            crates: crates::count(view, crate_list(view))?,
        };
        let mut loads = false;
        commands::each(view, &header, &mut |command, body| {
            loads |= command == LC_SEGMENT_64;
            slice.read_command(view, command, body)
        })?;
        if loads { Ok(slice) } else { Err(malformed("it has headers, but nothing to load into memory")) }
    }

    /// A 32-bit or big-endian slice, which no Mac supported by Docker Desktop runs.
    fn unsupported(magic: &[u8]) -> Result<Self> {
        if !is_thin(magic) {
            return Err(malformed("a slice of the universal file is not a program"));
        }
        Ok(Self {
            machine: Machine::Other,
            kind: Kind::Program,
            libraries: vec![],
            signature: Signature::None,
            crates: None,
        })
    }

    fn read_command(&mut self, view: View<'_>, command: LoadCommandType, body: &[u8]) -> Result<()> {
        match command {
            LC_SEGMENT_64 => {
                let segment: SegmentCommand64<LE> = pod_in(body, 0)?;
                view.require(segment.fileoff.get(LE), segment.filesize.get(LE))?;
            }
            // Weak libraries may be missing, so they do not count.
            LC_LOAD_DYLIB | LC_REEXPORT_DYLIB | LC_LOAD_UPWARD_DYLIB | LC_LAZY_LOAD_DYLIB => {
                let dylib: DylibCommand<LE> = pod_in(body, 0)?;
                let name = body.get(dylib.dylib.name.offset.get(LE) as usize..);
                let name =
                    name.ok_or_else(|| malformed("the name of a library is outside of its load command"))?;
                self.libraries.push(name_in(name).unwrap_or_else(|_| String::from_utf8_lossy(name).into()));
            }
            LC_CODE_SIGNATURE => {
                let data: LinkeditDataCommand<LE> = pod_in(body, 0)?;
                // The kernel refuses a second one too. This also bounds the time that hashing takes.
                if self.signature != Signature::None {
                    return Err(malformed("it has two signatures"));
                }
                let (offset, size) = (data.dataoff.get(LE), data.datasize.get(LE));
                self.signature = signature::verify(view, offset.into(), size.into())?;
            }
            LC_BUILD_VERSION => {
                let version: BuildVersionCommand<LE> = pod_in(body, 0)?;
                let platform = version.platform.get(LE);
                if !matches!(platform, PLATFORM_MACOS | PLATFORM_MACCATALYST) {
                    let number = platform.0;
                    return Err(malformed(format!(
                        "it is for an operating system other than macOS (platform {number})"
                    )));
                }
            }
            _ => {}
        }
        Ok(())
    }
}

fn machine(cpu: CpuType, subtype: u32) -> Machine {
    /// The variant with pointer authentication, which macOS reserves for itself.
    const ARM64E: u32 = 2;
    match cpu {
        CPU_TYPE_X86_64 => Machine::Amd64,
        CPU_TYPE_ARM64 if subtype & 0x00ff_ffff != ARM64E => Machine::Arm64,
        _ => Machine::Other,
    }
}
