//! Tiny executables for tests, written header by header, each just large enough to pass the checks.

use sha2::{Digest as _, Sha256};

use sixfold_model::matrix::Arch;

/// A buffer that numbers of any width are appended to.
#[derive(Default)]
struct Bytes(Vec<u8>);

impl Bytes {
    fn u16(mut self, numbers: &[u16]) -> Self {
        self.0.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        self
    }

    fn u32(mut self, numbers: &[u32]) -> Self {
        self.0.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        self
    }

    fn u64(mut self, numbers: &[u64]) -> Self {
        self.0.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        self
    }

    fn be32(mut self, numbers: &[u32]) -> Self {
        self.0.extend(numbers.iter().flat_map(|number| number.to_be_bytes()));
        self
    }

    fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend(bytes);
        self
    }

    fn pad_to(mut self, len: usize) -> Self {
        assert!(self.0.len() <= len);
        self.0.resize(len, 0);
        self
    }
}

/// An ELF file for Linux; dynamic if it has an interpreter or needs libraries.
pub fn elf(arch: Arch, interpreter: Option<&str>, needed: &[&str]) -> Vec<u8> {
    const STRINGS: u64 = 0x200;
    let mut strings = vec![0];
    let mut name = |text: &str| {
        let at = strings.len() as u64;
        strings.extend(text.bytes().chain([0]));
        at
    };
    let interpreter = interpreter.map(|text| (name(text), text.len() as u64 + 1));
    let mut dynamic: Vec<u64> = needed.iter().flat_map(|library| [1, name(library)]).collect();
    dynamic.extend([5, STRINGS, 0, 0]);
    let size = STRINGS + strings.len() as u64 + dynamic.len() as u64 * 8;
    let segment = |kind: u32, offset: u64, size: u64| {
        Bytes::default().u32(&[kind, 5]).u64(&[offset, offset, offset, size, size, 8]).0
    };
    let mut segments = vec![segment(1, 0, size)];
    segments.extend(interpreter.map(|(at, len)| segment(3, STRINGS + at, len)));
    if !needed.is_empty() {
        segments.push(segment(2, STRINGS + strings.len() as u64, dynamic.len() as u64 * 8));
    }
    let machine = if arch == Arch::Amd64 { 62 } else { 183 };
    Bytes::default()
        .raw(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0")
        .u16(&[if needed.is_empty() { 2 } else { 3 }, machine])
        .u32(&[1])
        .u64(&[0, 64, 0])
        .u32(&[0])
        .u16(&[64, 56, segments.len() as u16, 64, 0, 0])
        .raw(&segments.concat())
        .pad_to(STRINGS as usize)
        .raw(&strings)
        .u64(&dynamic)
        .0
}

/// A PE file for Windows that imports these DLLs.
pub fn pe(arch: Arch, imports: &[&str]) -> Vec<u8> {
    pe_of(if arch == Arch::Amd64 { 0x8664 } else { 0xaa64 }, imports)
}

/// A PE file of any machine; 0x14c is 32-bit Intel.
pub fn pe_of(machine: u16, imports: &[&str]) -> Vec<u8> {
    const SECTION: u32 = 0x200;
    const ADDRESS: u32 = 0x1000;
    let names_at = ADDRESS + 20 * (imports.len() as u32 + 1);
    let (mut names, mut descriptors) = (vec![], Bytes::default());
    for import in imports {
        descriptors = descriptors.u32(&[1, 0, 0, names_at + names.len() as u32, 1]);
        names.extend(import.bytes().chain([0]));
    }
    let data = descriptors.u32(&[0; 5]).raw(&names).pad_to(0x200).0;
    Bytes::default()
        .raw(b"MZ")
        .pad_to(0x3c)
        .u32(&[0x40])
        .raw(b"PE\0\0")
        .u16(&[machine, 1])
        .u32(&[0, 0, 0])
        .u16(&[240, 0x22, 0x20b, 0])
        .u32(&[0; 5])
        .u64(&[0x1_4000_0000])
        .u32(&[0x1000, 0x200, 0, 0, 0, 0, 0x2000, 0x200, 0])
        .u16(&[3, 0])
        .u64(&[0; 4])
        .u32(&[0, 16])
        .u32(&[0, 0, ADDRESS, 20])
        .u64(&[0; 14])
        .raw(b".idata\0\0")
        .u32(&[0x200, ADDRESS, 0x200, SECTION, 0, 0, 0, 0x4000_0040])
        .pad_to(SECTION as usize)
        .raw(&data)
        .0
}

/// A Mach-O file for macOS, for one architecture.
pub fn macho(arch: Arch, libraries: &[&str], signed: bool) -> Vec<u8> {
    const CODE: u32 = 0x3000;
    let commands: Vec<Vec<u8>> = libraries.iter().map(|library| load_dylib(library)).collect();
    let mut commands = commands.concat();
    let mut count = libraries.len() as u32 + 2;
    // The minimum version, macOS 11.0, and a segment that covers the code.
    commands = Bytes(commands).u32(&[0x32, 24, 1, 11 << 16, 11 << 16, 0]).0;
    commands =
        Bytes(commands).u32(&[0x19, 72]).raw(&[0; 16]).u64(&[0, 0x4000, 0, CODE.into()]).u32(&[5, 5, 0, 0]).0;
    let signature_size = 12 + 8 + 44 + 5 + 32 * 3;
    if signed {
        commands = Bytes(commands).u32(&[0x1d, 16, CODE, signature_size]).0;
        count += 1;
    }
    let cpu = if arch == Arch::Amd64 { [0x0100_0007, 3] } else { [0x0100_000c, 0] };
    let code = Bytes::default()
        .u32(&[0xfeed_facf])
        .u32(&cpu)
        .u32(&[2, count, commands.len() as u32, 0x85, 0])
        .raw(&commands)
        .pad_to(CODE as usize)
        .0;
    if signed { Bytes(code.clone()).raw(&signature(&code)).0 } else { code }
}

fn load_dylib(name: &str) -> Vec<u8> {
    let size = (24 + name.len() + 1).next_multiple_of(8);
    Bytes::default().u32(&[0xc, size as u32, 24, 2, 0x1_0000, 0x1_0000]).raw(name.as_bytes()).pad_to(size).0
}

/// An ad-hoc signature: a superblob with one code directory, SHA-256 over pages of 4 KiB.
fn signature(code: &[u8]) -> Vec<u8> {
    let hashes: Vec<u8> = code.chunks(4096).flat_map(|page| Sha256::digest(page).to_vec()).collect();
    let directory = Bytes::default()
        .be32(&[0xfade_0c02, 49 + hashes.len() as u32, 0x2_0001, 2])
        .be32(&[49, 44, 0, code.len().div_ceil(4096) as u32, code.len() as u32])
        .raw(&[32, 2, 0, 12, 0, 0, 0, 0])
        .raw(b"tool\0")
        .raw(&hashes)
        .0;
    let length = 20 + directory.len() as u32;
    Bytes::default().be32(&[0xfade_0cc0, length, 1, 0, 20]).raw(&directory).0
}

/// A universal file with these slices.
pub fn fat(slices: &[Vec<u8>]) -> Vec<u8> {
    let mut header = Bytes::default().be32(&[0xcafe_babe, slices.len() as u32]);
    let mut body = Bytes::default().pad_to(0x1000);
    for slice in slices {
        let word = |at: usize| {
            let bytes = slice.get(at..).and_then(|rest| rest.first_chunk());
            bytes.copied().map_or(0, u32::from_le_bytes)
        };
        let at = body.0.len() as u32;
        header = header.be32(&[word(4), word(8), at, slice.len() as u32, 12]);
        body = body.raw(slice);
        let end = body.0.len().next_multiple_of(0x1000);
        body = body.pad_to(end);
    }
    body.0.splice(..header.0.len(), header.0);
    body.0
}

/// The program for one architecture with this in another section `.dep-v0`, where cargo-auditable puts its list of crates.
pub fn with_list(program: Vec<u8>, section: &[u8]) -> Vec<u8> {
    let with = match program.as_slice() {
        [b'M', b'Z', ..] => with_pe_section,
        [0x7f, ..] => with_elf_section,
        _ => with_macho_section,
    };
    with(program, section)
}

fn with_pe_section(mut pe: Vec<u8>, section: &[u8]) -> Vec<u8> {
    // The number of sections. Their table has room for three more.
    let (count, size, at) = (pe[0x46], section.len() as u32, pe.len() as u32);
    let header = Bytes::default().raw(b".dep-v0\0").u32(&[size, 0x10_0000, size, at, 0, 0, 0, 0x4000_0040]);
    let place = 0x148 + 40 * usize::from(count);
    pe.splice(place..place + 40, header.0);
    pe[0x46] = count + 1;
    Bytes(pe).raw(section).0
}

fn with_elf_section(elf: Vec<u8>, section: &[u8]) -> Vec<u8> {
    const NAMES: &[u8] = b"\0.dep-v0\0";
    let header = |name: u32, kind: u32, at: usize, size: usize| {
        Bytes::default().u32(&[name, kind]).u64(&[0, 0, at as u64, size as u64, 0, 1, 1, 0]).0[..64].to_vec()
    };
    let table = u64::from_le_bytes(elf[0x28..0x30].try_into().unwrap_or_default()) as usize;
    let mut sections = elf[table..table + 64 * usize::from(elf[0x3c])].to_vec();
    if sections.is_empty() {
        sections = [header(0, 0, 0, 0), header(0, 3, elf.len(), NAMES.len())].concat();
    }
    let mut elf = Bytes(elf).raw(NAMES).0;
    sections.extend(header(1, 1, elf.len(), section.len()));
    elf.extend(section);
    let table = (elf.len() as u64).to_le_bytes();
    elf.splice(0x28..0x30, table);
    elf.splice(0x3c..0x40, Bytes::default().u16(&[sections.len() as u16 / 64, 1]).0);
    Bytes(elf).raw(&sections).0
}

fn with_macho_section(mut macho: Vec<u8>, section: &[u8]) -> Vec<u8> {
    const DATA: &[u8; 16] = b"__DATA\0\0\0\0\0\0\0\0\0\0";
    let (at, size) = (macho.len() as u64, section.len() as u64);
    let segment = Bytes::default().u32(&[0x19, 152]).raw(DATA).u64(&[0x10_0000, 0x4000, at, size]);
    let segment = segment.u32(&[3, 3, 1, 0]).raw(b".dep-v0\0\0\0\0\0\0\0\0\0").raw(DATA);
    let segment = segment.u64(&[0x10_0000, size]).u32(&[at as u32, 0, 0, 0, 0, 0, 0, 0]);
    // The number of load commands, and their size.
    let (count, commands) = (macho[16], u16::from_le_bytes([macho[20], macho[21]]));
    let end = 32 + usize::from(commands);
    macho.splice(end..end + 152, segment.0);
    macho.splice(20..22, (commands + 152).to_le_bytes());
    macho[16] = count + 1;
    Bytes(macho).raw(section).0
}
