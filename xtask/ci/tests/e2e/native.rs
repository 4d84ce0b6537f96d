//! For which machine a program is, read from its first bytes, independently of the code under test.

/// A host's operating system and architecture, in the words of metadata.json and of Docker's platforms.
pub fn host_of(program: &[u8]) -> (&'static str, &'static str) {
    match program {
        [0x7f, b'E', b'L', b'F', 2, 1, ..] => ("linux", architecture(u16_at(program, 18), 62, 183)),
        [b'M', b'Z', ..] => {
            let header = u32_at(program, 0x3c) as usize;
            assert_eq!(&program[header..header + 4], b"PE\0\0");
            ("windows", architecture(u16_at(program, header + 4), 0x8664, 0xaa64))
        }
        [0xcf, 0xfa, 0xed, 0xfe, ..] => {
            // The architecture, without the flag for 64 bits.
            ("darwin", architecture(u16_at(program, 4), 7, 12))
        }
        _ => panic!("neither ELF, PE nor a thin Mach-O"),
    }
}

fn architecture(found: u16, amd64: u16, arm64: u16) -> &'static str {
    match found {
        _ if found == amd64 => "amd64",
        _ if found == arm64 => "arm64",
        other => panic!("unknown machine {other:#x}"),
    }
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from(u16_at(bytes, at)) | u32::from(u16_at(bytes, at + 2)) << 16
}
