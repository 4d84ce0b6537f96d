//! Mach-O: programs for macOS, of one architecture or universal.

use std::io::Result;

use object::macho::*;
use object::{BigEndian as BE, LittleEndian as LE, U32};

use super::signature::Signature;
use super::source::{View, malformed, name_in, pod_in};
use super::{Kind, Machine};

/// The most slices that a universal file can have. A Java class file starts with the same four bytes; its version,
/// which stands where the count of slices does, is never below 45.
const SLICES: u32 = 32;
/// Slices start where a page does, the smallest of any Mac: the kernel maps them into memory from there.
const PAGE: u64 = 4096;
/// Darwin's kernel knows no file with more load commands than fit here, in bytes.
const COMMANDS: u32 = 1 << 20;

/// One slice: a program for one architecture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MachO {
    pub machine: Machine,
    pub kind: Kind,
    /// The libraries that must be there when it starts.
    pub libraries: Vec<String>,
    pub signature: Signature,
    /// The oldest macOS that starts it: major, minor.
    pub minimum_macos: Option<(u16, u8)>,
}

/// Whether the first bytes are those of a universal file, and not of a Java class.
pub(crate) fn is_fat(start: &[u8]) -> bool {
    let word = |at: usize| start.get(at..at + 4)?.try_into().ok().map(u32::from_be_bytes);
    matches!(word(0), Some(FAT_MAGIC | FAT_MAGIC_64)) && word(4).is_some_and(|count| count <= SLICES)
}

/// Whether the first bytes are those of a program for one architecture, in either byte order.
pub(crate) fn is_thin(start: &[u8]) -> bool {
    let magic = start.get(..4).and_then(|bytes| bytes.try_into().ok()).map(u32::from_be_bytes);
    matches!(magic, Some(MH_MAGIC | MH_CIGAM | MH_MAGIC_64 | MH_CIGAM_64))
}

/// Reads all slices of a universal file.
pub(crate) fn read_fat(view: View<'_>) -> Result<Vec<MachO>> {
    let header: FatHeader = view.pod(0)?;
    let wide = header.magic.get(BE) == FAT_MAGIC_64;
    let mut slices = vec![];
    for index in 0..u64::from(header.nfat_arch.get(BE).min(SLICES)) {
        slices.push(if wide {
            let arch: FatArch64 = view.pod(8 + index * size_of::<FatArch64>() as u64)?;
            let promised = machine(arch.cputype.get(BE), arch.cpusubtype.get(BE).0);
            read_slice(view, arch.offset.get(BE), arch.size.get(BE), promised)?
        } else {
            let arch: FatArch32 = view.pod(8 + index * size_of::<FatArch32>() as u64)?;
            let promised = machine(arch.cputype.get(BE), arch.cpusubtype.get(BE).0);
            read_slice(view, arch.offset.get(BE).into(), arch.size.get(BE).into(), promised)?
        });
    }
    if slices.is_empty() {
        return Err(malformed("it is a universal file without any slice"));
    }
    Ok(slices)
}

/// A slice of a universal file. The kernel chooses it by what the file's header says of it.
fn read_slice(view: View<'_>, offset: u64, size: u64, promised: Machine) -> Result<MachO> {
    if !offset.is_multiple_of(PAGE) {
        return Err(malformed("a slice of the universal file does not start at a page"));
    }
    let slice = MachO::read(view.part(offset, size)?)?;
    if slice.machine != promised {
        return Err(malformed("a slice of the universal file is for another processor than its header says"));
    }
    Ok(slice)
}

impl MachO {
    /// Reads one slice. Fails where its headers do not hold together, or it is for another system of Apple's.
    pub fn read(view: View<'_>) -> Result<Self> {
        if view.bytes(0, 4)? != MH_CIGAM_64.to_be_bytes() {
            return Self::foreign(&view.bytes(0, 4)?);
        }
        let header: MachHeader64<LE> = view.pod(0)?;
        let commands = header.sizeofcmds.get(LE);
        if commands > COMMANDS {
            return Err(malformed("its load commands are larger than any real program's"));
        }
        let mut slice = Self {
            machine: machine(header.cputype.get(LE), header.cpusubtype.get(LE).0),
            kind: match header.filetype.get(LE) {
                MH_EXECUTE => Kind::Program,
                MH_DYLIB | MH_BUNDLE => Kind::Library,
                _ => return Err(malformed("it is an object file or the like, not a program")),
            },
            libraries: vec![],
            signature: Signature::None,
            minimum_macos: None,
        };
        let bytes = view.bytes(size_of::<MachHeader64<LE>>() as u64, commands.into())?;
        slice.read_commands(view, &bytes, header.ncmds.get(LE))?;
        Ok(slice)
    }

    /// 32-bit or big-endian: no Mac that Docker Desktop supports runs it.
    fn foreign(magic: &[u8]) -> Result<Self> {
        if !is_thin(magic) {
            return Err(malformed("a slice of the universal file is no program"));
        }
        Ok(Self {
            machine: Machine::Other,
            kind: Kind::Program,
            libraries: vec![],
            signature: Signature::None,
            minimum_macos: None,
        })
    }

    fn read_commands(&mut self, view: View<'_>, bytes: &[u8], count: u32) -> Result<()> {
        let (mut at, mut loads) = (0, false);
        for _ in 0..count {
            let command: LoadCommand<LE> = pod_in(bytes, at)?;
            let size = command.cmdsize.get(LE) as usize;
            let end = at.saturating_add(size.max(size_of_val(&command)));
            let body = bytes.get(at..end).ok_or_else(|| malformed("a load command is cut off"))?;
            self.read_command(view, command.cmd.get(LE), body)?;
            loads |= command.cmd.get(LE) == LC_SEGMENT_64;
            at = end;
        }
        if loads { Ok(()) } else { Err(malformed("it has headers, and nothing that is loaded into memory")) }
    }

    fn read_command(&mut self, view: View<'_>, command: LoadCommandType, body: &[u8]) -> Result<()> {
        match command {
            LC_SEGMENT_64 => {
                let segment: SegmentCommand64<LE> = pod_in(body, 0)?;
                view.must_hold(segment.fileoff.get(LE), segment.filesize.get(LE))?;
            }
            // A weak one may be missing, and so does not count.
            LC_LOAD_DYLIB | LC_REEXPORT_DYLIB | LC_LOAD_UPWARD_DYLIB | LC_LAZY_LOAD_DYLIB => {
                let dylib: DylibCommand<LE> = pod_in(body, 0)?;
                let name = body.get(dylib.dylib.name.offset.get(LE) as usize..);
                let name = name.ok_or_else(|| malformed("a library's name is nowhere"))?;
                self.libraries.push(name_in(name).unwrap_or_else(|_| String::from_utf8_lossy(name).into()));
            }
            LC_CODE_SIGNATURE => {
                let data: LinkeditDataCommand<LE> = pod_in(body, 0)?;
                // A second one is refused, as by the kernel, which also bounds the hashing.
                if self.signature != Signature::None {
                    return Err(malformed("it has two signatures"));
                }
                let (offset, size) = (data.dataoff.get(LE), data.datasize.get(LE));
                self.signature = Signature::verify(view, offset.into(), size.into())?;
            }
            LC_BUILD_VERSION => {
                let version: BuildVersionCommand<LE> = pod_in(body, 0)?;
                let platform = version.platform.get(LE);
                if !matches!(platform, PLATFORM_MACOS | PLATFORM_MACCATALYST) {
                    let number = platform.0;
                    return Err(malformed(format!(
                        "it is for another system than macOS (platform {number})"
                    )));
                }
                let minimum = version.minos.get(LE);
                self.minimum_macos = Some((minimum.major(), minimum.minor()));
            }
            LC_VERSION_MIN_MACOSX => {
                let version: VersionMinCommand<LE> = pod_in(body, 0)?;
                let minimum = version.version.get(LE);
                self.minimum_macos = Some((minimum.major(), minimum.minor()));
            }
            _ => {}
        }
        Ok(())
    }
}

fn machine(cpu: CpuType, subtype: u32) -> Machine {
    /// The pointer-authenticating variant, which macOS reserves for itself.
    const ARM64E: u32 = 2;
    match cpu {
        CPU_TYPE_X86_64 => Machine::Amd64,
        CPU_TYPE_ARM64 if subtype & 0x00ff_ffff != ARM64E => Machine::Arm64,
        _ => Machine::Other,
    }
}

/// The big-endian number at an offset: universal headers and signatures are big-endian.
pub(crate) fn be32(bytes: &[u8], at: usize) -> Result<u32> {
    pod_in::<U32<BE>>(bytes, at).map(|number| number.get(BE))
}
