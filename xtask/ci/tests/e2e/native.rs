//! Reads from the header of a binary which host it is for, independently of the code under test.

/// The operating system, as in metadata.json, and the architecture, as in Docker's platforms.
pub(crate) fn host_of(binary: &[u8]) -> (&'static str, &'static str) {
    match binary {
        [0x7f, b'E', b'L', b'F', 2, 1, ..] => ("linux", architecture(u16_at(binary, 18), 62, 183)),
        [b'M', b'Z', ..] => {
            let header = u32_at(binary, 0x3c) as usize;
            assert_eq!(&binary[header..header + 4], b"PE\0\0");
            ("windows", architecture(u16_at(binary, header + 4), 0x8664, 0xaa64))
        }
        [0xcf, 0xfa, 0xed, 0xfe, ..] => {
            // Without the flag for 64 bits.
            ("darwin", architecture(u16_at(binary, 4), 7, 12))
        }
        _ => panic!("neither ELF, PE nor a thin Mach-O"),
    }
}

fn architecture(found: u16, amd64: u16, arm64: u16) -> &'static str {
    if found == amd64 {
        "amd64"
    } else if found == arm64 {
        "arm64"
    } else {
        panic!("unknown architecture {found:#x}")
    }
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from(u16_at(bytes, at)) | u32::from(u16_at(bytes, at + 2)) << 16
}
