//! Mutations of tar archives that keep checksums right, so that most reach the readers' rules.

const BLOCK: usize = 512;
/// Fields of a header: where each starts, and values that readers treat differently.
const FIELDS: [(usize, &[&[u8]]); 9] = [
    (0, &[b"x\0", b"x/\0", b"\0", b"dir/x\0", b"../x\0", b"/x\0", b"./x\0", b"\xff\0", b"x\0y"]),
    (100, &[b"0000755\0", b"\0", b" 755 \0  ", b"\x80\0\0\0\0\0\x01\xed", b"-000755\0", b"000075500", b"99"]),
    (124, &[
        b"00000000000\0", b"00000000002\0", b"00000001000\0", b"\0", b"          2 ", b"\x80\0\0\0\0\0\0\0\0\0\0\x02",
        b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", b"00000000001\x001", b"-0000000002\0", b"2\00000000000",
    ]),
    (136, &[b"00000000000\0", b"\0", b"x", b"\x80\0\0\0\0\0\0\0\0\0\0\x02", b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"]),
    (156, &[b"0", b"1", b"2", b"3", b"4", b"5", b"6", b"7", b"\0", b"x", b"g", b"L", b"K", b"S", b"X", b"D", b"A", b"Z"]),
    (157, &[b"target\0", b"\0", b"../target\0", b"target/\0"]),
    (257, &[b"ustar\x0000", b"ustar  \0", b"ustar\0\0\0", b"ustar\0  ", b"\0\0\0\0\0\0\0\0", b"ustar\x0001", b"Ustar\x0000"]),
    (345, &[b"dir\0", b"\0\0\0\0", b"00000000000\0", b"\x80\0\0\0\0\0\0\0\0\0\0\x02", b"dir/\0"]),
    (476, &[b"00000000000\0", b"\0", b"x"]),
];
/// Contents of extension headers.
const RECORDS: [&[u8]; 16] = [
    b"8 path=\n", b"9 path=b\n", b"13 linkpath=b\n", b"14 linkpath=bc\n", b"9 size=2\n", b"10 size=02\n", b"10 size=+2\n",
    b"12 size=1000\n", b"21 GNU.sparse.major=1\n", b"13 comment=a\n", b"10 mtime=x\n", b"8 uid=x\n", b"09 path=b\n",
    b" 9 path=b\n", b"12 path=b\nc\n\n", b"b\0",
];

/// A small generator of random numbers (xorshift).
struct Random(u32);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 as usize % limit.max(1)
    }

    fn choose<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// Changes `data[..size]` and returns the new size.
pub(crate) fn mutate(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    let mut random = Random(seed | 1);
    let mut archive = data[..size].to_vec();
    archive.truncate(size / BLOCK * BLOCK);
    if archive.len() < BLOCK {
        archive = sample();
    }
    for _ in 0..=random.below(4) {
        change(&mut archive, &mut random, max_size);
    }
    // Sometimes in the middle of a block.
    let mut size = archive.len().min(max_size);
    if random.below(16) == 0 {
        size -= random.below(BLOCK).min(size);
    }
    archive.truncate(size);
    if random.below(16) != 0 {
        fix_checksums(&mut archive);
    }
    data[..size].copy_from_slice(&archive);
    size
}

fn change(archive: &mut Vec<u8>, random: &mut Random, max_size: usize) {
    let headers = headers(archive);
    let at = if headers.is_empty() { 0 } else { *random.choose(&headers) };
    match random.below(8) {
        0..=2 => {
            let (start, values) = random.choose(&FIELDS);
            write(archive, at + start, random.choose::<&[u8]>(values));
        }
        3 => {
            let blocks = archive.len() / BLOCK;
            let from = random.below(blocks) * BLOCK;
            let copied: Vec<u8> = archive[from..].iter().copied().take(BLOCK * (1 + random.below(3))).collect();
            archive.splice(at..at, copied);
        }
        4 => {
            let count = (BLOCK * (1 + random.below(2))).min(archive.len() - at);
            archive.drain(at..at + count);
        }
        5 => {
            let extension = extension(random);
            archive.splice(at..at, extension);
        }
        6 => {
            let place = at + random.below(BLOCK);
            let value = random.below(256) as u8;
            write(archive, place, &[value]);
        }
        _ => {
            let size = archive.len();
            archive.resize(max_size.max(size), 0);
            let size = libfuzzer_sys::fuzzer_mutate(archive, size, max_size.max(size));
            archive.truncate(size);
        }
    }
    if archive.len() < BLOCK {
        *archive = sample();
    }
}

fn write(archive: &mut [u8], at: usize, value: &[u8]) {
    for (place, byte) in archive.iter_mut().skip(at).zip(value) {
        *place = *byte;
    }
}

/// An extension header with one or two records.
fn extension(random: &mut Random) -> Vec<u8> {
    let mut contents = vec![];
    for _ in 0..=random.below(2) {
        contents.extend_from_slice(random.choose::<&[u8]>(&RECORDS));
    }
    entry("x", *random.choose(b"xxxgLK"), &contents)
}

/// Where the headers are, if the sizes are octal.
fn headers(archive: &[u8]) -> Vec<usize> {
    let (mut at, mut found) = (0_usize, vec![]);
    while let Some(block) = archive.get(at..at.saturating_add(BLOCK)) {
        let header = tar::Header::from_byte_slice(block);
        found.push(at);
        let contents = header.entry_size().unwrap_or(0) as usize;
        at = at.saturating_add(BLOCK).saturating_add(contents.div_ceil(BLOCK).saturating_mul(BLOCK));
    }
    found
}

fn fix_checksums(archive: &mut [u8]) {
    for at in headers(archive) {
        let block = &mut archive[at..at + BLOCK];
        if block.iter().any(|byte| *byte != 0) {
            let mut header = tar::Header::from_byte_slice(block).clone();
            header.set_cksum();
            block.copy_from_slice(header.as_bytes());
        }
    }
}

fn entry(name: &str, kind: u8, contents: &[u8]) -> Vec<u8> {
    let mut header = if kind == b'L' { tar::Header::new_gnu() } else { tar::Header::new_ustar() };
    header.set_path(name).expect("a short name");
    header.set_entry_type(tar::EntryType::new(kind));
    header.set_size(contents.len() as u64);
    header.set_mode(0o755);
    header.set_cksum();
    let mut bytes = [header.as_bytes(), contents].concat();
    bytes.resize(bytes.len().div_ceil(BLOCK) * BLOCK, 0);
    bytes
}

/// An archive with entries of several types.
fn sample() -> Vec<u8> {
    let gnu_name = entry("././@LongLink", b'L', b"long/name\0");
    let parts = [
        entry("dir/", b'5', b""),
        entry("dir/x", b'0', b"hi"),
        gnu_name,
        entry("short", b'0', b"ho"),
        entry("link", b'2', b""),
        entry("pax", b'x', b"9 path=b\n"),
        entry("y", b'0', b"!"),
        vec![0; 2 * BLOCK],
    ];
    parts.concat()
}
