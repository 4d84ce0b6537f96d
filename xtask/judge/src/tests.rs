use proptest::prelude::*;

use super::samples::{elf, fat, macho, pe, pe_of};
use super::*;
use sixfold_model::matrix::{Arch, Cell, HostOs, Platform};

const AMD64: Platform = Platform(Arch::Amd64);
const ARM64: Platform = Platform(Arch::Arm64);
const SYSTEM: &str = "/usr/lib/libSystem.B.dylib";

fn verdict(bytes: &[u8], os: HostOs, platform: Platform) -> Verdict {
    let name = if os == HostOs::Windows { "tool.exe" } else { "tool" };
    HostFile::parse(name, bytes).check(name, os, platform, Some(0o755)).verdict
}

/// Format and architecture of each sample, and its verdicts: for macOS, Windows and Linux on amd64, then on arm64.
#[test]
fn every_kind_of_file_gets_its_verdicts() {
    use Verdict::*;
    let signed = macho(Arch::Arm64, &[SYSTEM], true);
    let intel = macho(Arch::Amd64, &[SYSTEM], false);
    let none = WrongFormat;
    type Row = (&'static str, Vec<u8>, Format, Option<FileArch>, [Verdict; 6]);
    let table: [Row; 14] = [
        (
            "elf amd64",
            elf(Arch::Amd64, None, &[]),
            Format::Elf,
            Some(FileArch::Amd64),
            [none, none, Native, none, none, WrongArch],
        ),
        (
            "elf arm64",
            elf(Arch::Arm64, None, &[]),
            Format::Elf,
            Some(FileArch::Arm64),
            [none, none, WrongArch, none, none, Native],
        ),
        (
            "pe amd64",
            pe(Arch::Amd64, &["KERNEL32.dll"]),
            Format::Pe,
            Some(FileArch::Amd64),
            [none, Native, none, none, Emulated, none],
        ),
        (
            "pe arm64",
            pe(Arch::Arm64, &[]),
            Format::Pe,
            Some(FileArch::Arm64),
            [none, WrongArch, none, none, Native, none],
        ),
        (
            "pe i386",
            pe_of(0x14c, &[]),
            Format::Pe,
            Some(FileArch::Other),
            [none, Emulated, none, none, Emulated, none],
        ),
        (
            "pe arm",
            pe_of(0x1c4, &[]),
            Format::Pe,
            Some(FileArch::Other),
            [none, WrongArch, none, none, WrongArch, none],
        ),
        (
            "mach-o amd64",
            intel.clone(),
            Format::MachO,
            Some(FileArch::Amd64),
            [Native, none, none, Emulated, none, none],
        ),
        (
            "mach-o arm64",
            signed.clone(),
            Format::MachO,
            Some(FileArch::Arm64),
            [WrongArch, none, none, Native, none, none],
        ),
        (
            "mach-o arm64 unsigned",
            macho(Arch::Arm64, &[], false),
            Format::MachO,
            Some(FileArch::Arm64),
            [WrongArch, none, none, Unsigned, none, none],
        ),
        (
            "universal",
            fat(&[intel.clone(), signed]),
            Format::MachO,
            Some(FileArch::Universal),
            [Native, none, none, Native, none, none],
        ),
        (
            "universal, arm64 unsigned",
            fat(&[intel.clone(), macho(Arch::Arm64, &[], false)]),
            Format::MachO,
            Some(FileArch::Universal),
            [Native, none, none, Unsigned, none, none],
        ),
        (
            "universal of one",
            fat(&[intel]),
            Format::MachO,
            Some(FileArch::Amd64),
            [Native, none, none, Emulated, none, none],
        ),
        ("java class", b"\xca\xfe\xba\xbe\0\0\0\x41xxxxxxxx".to_vec(), Format::Data, None, [none; 6]),
        ("text", b"hello\n".to_vec(), Format::Data, None, [none; 6]),
    ];
    for (what, bytes, format, arch, verdicts) in table {
        let file = HostFile::parse("tool", &bytes);
        assert_eq!((file.format(), file.arch()), (format, arch), "{what}: {file:?}");
        let found =
            [AMD64, ARM64].map(|platform| HostOs::ALL.map(|os| verdict(&bytes, os, platform))).concat();
        assert_eq!(found, verdicts, "{what}");
    }
}

#[test]
fn the_verdict_on_a_script_depends_on_the_host() {
    let check = |name: &str, text: &str, os| {
        HostFile::parse(name, text.as_bytes()).check(name, os, ARM64, Some(0o755)).verdict
    };
    assert_eq!(check("run.sh", "#!/bin/sh\n", HostOs::Darwin), Verdict::Script);
    assert_eq!(check("run.sh", "#!/bin/sh\n", HostOs::Windows), Verdict::WrongFormat);
    assert_eq!(check("run.cmd", "@echo off\r\n", HostOs::Windows), Verdict::Script);
    assert_eq!(check("run.cmd", "@echo off\r\n", HostOs::Linux), Verdict::WrongFormat);
    assert_eq!(check("tool.exe", "#!/bin/sh\n", HostOs::Windows), Verdict::WrongFormat);
    assert_eq!(check("jfrog.properties", "a=b\n", HostOs::Linux), Verdict::Script);
    assert_eq!(check("tool", "a=b\n", HostOs::Linux), Verdict::WrongFormat);
    assert_eq!(check("empty.txt", "", HostOs::Linux), Verdict::WrongFormat);
}

/// What completes "the file …".
fn reason(name: &str, bytes: &[u8], os: HostOs, platform: Platform) -> String {
    HostFile::parse(name, bytes).check(name, os, platform, Some(0o755)).reason
}

#[test]
fn the_reason_names_what_the_file_is() {
    let script = b"#!/bin/sh\n";
    for (name, bytes, os, platform, expected) in [
        (
            "tool",
            &elf(Arch::Amd64, None, &[])[..],
            HostOs::Linux,
            ARM64,
            "is for amd64, but these hosts are arm64",
        ),
        (
            "tool",
            &elf(Arch::Arm64, None, &[]),
            HostOs::Linux,
            AMD64,
            "is for arm64, but these hosts are amd64",
        ),
        ("tool", b"", HostOs::Linux, AMD64, "is empty"),
        ("tool.exe", script, HostOs::Windows, AMD64, "is a script with the name of a program"),
        ("tool.so", script, HostOs::Linux, AMD64, "is a script with the name of a program"),
        ("tool", script, HostOs::Windows, AMD64, "is a script, which Windows does not start"),
        (
            "tool",
            &macho(Arch::Amd64, &[SYSTEM], false),
            HostOs::Linux,
            AMD64,
            "is a program for macOS (Mach-O), which",
        ),
        (
            "tool",
            &pe(Arch::Amd64, &[]),
            HostOs::Linux,
            AMD64,
            "is a program for Windows (PE), which does not run on",
        ),
        (
            "tool",
            &elf(Arch::Amd64, None, &[]),
            HostOs::Darwin,
            AMD64,
            "is a program for Linux (ELF), which does not",
        ),
    ] {
        let reason = reason(name, bytes, os, platform);
        assert!(reason.starts_with(expected), "{name}: {reason}");
    }
}

#[test]
fn programs_for_32_bits_or_another_byte_order_are_for_no_host() {
    for (at, value) in [(4, 1), (5, 2)] {
        let mut bytes = elf(Arch::Amd64, None, &[]);
        bytes[at] = value;
        assert_eq!(verdict(&bytes, HostOs::Linux, AMD64), Verdict::WrongArch);
    }
}

#[test]
fn program_headers_of_another_size_are_unusable() {
    let mut bytes = elf(Arch::Amd64, None, &[]);
    bytes[54] += 1;
    assert!(reason("tool", &bytes, HostOs::Linux, AMD64).contains("a size that Linux does not accept"));
}

/// It is of the type of shared libraries, but needs none, and nothing loads it.
#[test]
fn a_static_program_at_any_address_is_a_program() {
    let mut bytes = elf(Arch::Amd64, None, &[]);
    bytes[16] = 3;
    assert!(HostFile::parse("tool", &bytes).is_program_for(HostOs::Linux));
    assert!(!HostFile::parse("tool", &elf(Arch::Amd64, None, &["x.so"])).is_program_for(HostOs::Linux));
}

#[test]
fn x_bits_matter_except_on_windows() {
    for (os, bytes, expected) in [
        (HostOs::Darwin, macho(Arch::Amd64, &[], false), Verdict::NotExecutable),
        (HostOs::Linux, elf(Arch::Amd64, None, &[]), Verdict::NotExecutable),
        (HostOs::Linux, b"#!/bin/sh\n".to_vec(), Verdict::NotExecutable),
        (HostOs::Windows, pe(Arch::Amd64, &[]), Verdict::Native),
    ] {
        let file = HostFile::parse("tool", &bytes);
        assert_eq!(file.check("tool", os, AMD64, Some(0o644)).verdict, expected);
        assert_eq!(file.check("tool", os, AMD64, Some(0o744)).verdict, expected, "not for every user");
        assert!(file.check("tool", os, AMD64, None).verdict.is_good());
    }
}

#[test]
fn one_changed_byte_breaks_the_signature() {
    let signed = macho(Arch::Arm64, &[SYSTEM], true);
    for at in [0x2fff, 0x1000, 0x400] {
        let mut changed = signed.clone();
        changed[at] ^= 1;
        let diagnosis = HostFile::parse("tool", &changed).check("tool", HostOs::Darwin, ARM64, Some(0o755));
        assert_eq!(diagnosis.verdict, Verdict::Unsigned);
        assert!(diagnosis.reason.contains(&format!("{:#x}", at & !0xfff)), "{}", diagnosis.reason);
    }
    // A signature that does not cover the end is invalid.
    let mut short = signed;
    let limit = 0x3000 + 20 + 32;
    short[limit..limit + 4].copy_from_slice(&0x2000_u32.to_be_bytes());
    let diagnosis = HostFile::parse("tool", &short).check("tool", HostOs::Darwin, ARM64, None);
    assert_eq!(diagnosis.verdict, Verdict::Unsigned);
    assert!(diagnosis.reason.contains("covers 8192 of the 12288 bytes"), "{}", diagnosis.reason);
}

fn problems(os: HostOs, platform: Platform, bytes: &[u8], mode: u32) -> Vec<String> {
    let cell = Cell::of("tool", os, platform);
    let file = HostFile::parse(&cell.file_name(), bytes);
    let problems = check_cell(&cell, &file, Some(mode), Origin::BuiltFromSource);
    problems.iter().map(|problem| problem.finding.to_string()).collect()
}

#[test]
fn native_binaries_that_need_only_the_operating_system_are_accepted() {
    let framework = "/System/Library/Frameworks/IOKit.framework/Versions/A/IOKit";
    for platform in Platform::ALL {
        let arch = platform.arch();
        assert_eq!(problems(HostOs::Linux, platform, &elf(arch, None, &[]), 0o755), [""; 0]);
        let dlls = ["KERNEL32.dll", "api-ms-win-core-synch-l1-2-0.dll", "bcryptprimitives.dll"];
        assert_eq!(problems(HostOs::Windows, platform, &pe(arch, &dlls), 0o755), [""; 0]);
        let signed = macho(arch, &[SYSTEM, framework], true);
        assert_eq!(problems(HostOs::Darwin, platform, &signed, 0o755), [""; 0]);
    }
}

#[test]
fn libraries_that_a_host_lacks_are_refused_by_name() {
    let refused = |os, bytes: Vec<u8>, mode, expected: &str| {
        let problems = problems(os, AMD64, &bytes, mode);
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].contains(expected), "{problems:?}");
    };
    let interpreter = Some("/lib64/ld-linux-x86-64.so.2");
    refused(
        HostOs::Linux,
        elf(Arch::Amd64, interpreter, &["libc.so.6"]),
        0o755,
        "ld-linux-x86-64.so.2, libc.so.6",
    );
    refused(HostOs::Windows, pe(Arch::Amd64, &["KERNEL32.dll", "libunwind.dll"]), 0o755, "`libunwind.dll`");
    let brew = "/opt/homebrew/lib/libssl.3.dylib";
    refused(HostOs::Darwin, macho(Arch::Amd64, &[SYSTEM, brew], false), 0o755, brew);
    refused(HostOs::Windows, pe(Arch::Amd64, &[]), 0o644, "mode 0644 instead of 0755");
    refused(HostOs::Linux, elf(Arch::Amd64, None, &[]), 0o644, "[not-executable]");
    refused(HostOs::Linux, b"#!/bin/sh\n".to_vec(), 0o755, "[wrong-format]");
    refused(HostOs::Windows, pe_of(0x14c, &[]), 0o755, "[emulated]");
}

#[test]
fn third_party_binaries_may_use_glibc() {
    let cell = Cell::of("tool", HostOs::Linux, AMD64);
    let codes = |interpreter, needed: &[&str]| {
        let file = HostFile::parse("tool", &elf(Arch::Amd64, Some(interpreter), needed));
        let problems = check_cell(&cell, &file, Some(0o755), Origin::ThirdParty);
        problems.iter().map(|problem| problem.finding.code()).collect::<Vec<_>>()
    };
    assert_eq!(codes("/lib64/ld-linux-x86-64.so.2", &["libc.so.6", "libm.so.6"]), [""; 0]);
    assert_eq!(codes("/lib64/ld-linux-x86-64.so.2", &["libc.so.6", "libssl.so.3"]), ["foreign-library"]);
    assert_eq!(codes("/lib/ld-musl-x86_64.so.1", &["libc.musl-x86_64.so.1"]), ["not-static"]);
}

#[test]
fn a_problem_with_a_library_names_it() {
    let libraries = |os, bytes: &[u8]| {
        let cell = Cell::of("tool", os, AMD64);
        let file = HostFile::parse(&cell.file_name(), bytes);
        let problems = check_cell(&cell, &file, Some(0o644), Origin::BuiltFromSource);
        problems.into_iter().map(|problem| problem.library).collect::<Vec<_>>()
    };
    let dlls = ["libunwind.dll", "KERNEL32.dll", "libssl.dll"].map(str::to_owned);
    let pe = pe(Arch::Amd64, &dlls.each_ref().map(String::as_str));
    let [first, _, last] = dlls;
    assert_eq!(libraries(HostOs::Windows, &pe), [None, Some(first), Some(last)]);
    assert_eq!(libraries(HostOs::Linux, &elf(Arch::Amd64, None, &[])), [None]);
}

fn all_samples() -> Vec<Vec<u8>> {
    let arm = macho(Arch::Arm64, &[SYSTEM], true);
    vec![
        elf(Arch::Amd64, Some("/lib64/ld-linux-x86-64.so.2"), &["libc.so.6"]),
        pe(Arch::Arm64, &["KERNEL32.dll", "ntdll.dll"]),
        fat(&[macho(Arch::Amd64, &[SYSTEM], false), arm.clone()]),
        arm,
    ]
}

/// Checks a file for every cell: nothing may panic.
fn check_everywhere(bytes: &[u8]) {
    // An error is as good as an answer.
    let _ = windows_imports(&bytes, &mut |_, _| {});
    let _ = macos_imports(&bytes);
    for (os, platform) in HostOs::ALL.into_iter().flat_map(|os| Platform::ALL.map(|platform| (os, platform)))
    {
        let cell = Cell::of("tool", os, platform);
        check_cell(&cell, &HostFile::parse("tool", bytes), Some(0o755), Origin::BuiltFromSource);
    }
}

/// A program cannot be used if anything is cut off, so no truncated download may count as native.
#[test]
fn a_truncated_program_is_never_native() {
    for (sample, os, platform) in all_samples()
        .into_iter()
        .zip([
            (HostOs::Linux, AMD64),
            (HostOs::Windows, ARM64),
            (HostOs::Darwin, ARM64),
            (HostOs::Darwin, ARM64),
        ])
        .map(|(sample, (os, platform))| (sample, os, platform))
    {
        // Cutting the padding after the last slice of a universal file does no harm.
        let end = sample.iter().rposition(|&byte| byte != 0).unwrap_or(0);
        assert_eq!(verdict(&sample, os, platform), Verdict::Native);
        for len in (0..end.min(sample.len() - 1)).step_by(7) {
            assert!(!verdict(&sample[..len], os, platform).is_good(), "{os}: {len} of {}", sample.len());
        }
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_checked_without_a_panic(
        magic in prop::sample::select(vec![&b""[..], b"\x7fELF\x02\x01\x01", b"MZ", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe\0\0\0", b"\xca\xfe\xba\xbf\0\0\0", b"#!"]),
        rest in prop::collection::vec(any::<u8>(), 0..600),
    ) {
        check_everywhere(&[magic, &rest].concat());
    }

    #[test]
    fn changed_programs_are_checked_without_a_panic(
        sample in prop::sample::select(all_samples()),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), any::<bool>()), 1..12),
        keep in any::<prop::sample::Index>(),
        cut in any::<bool>(),
    ) {
        let mut bytes = sample;
        for (at, value, early) in changes {
            // Most headers are in the first 512 bytes.
            let len = if early { bytes.len().min(512) } else { bytes.len() };
            bytes[at.index(len)] = value;
        }
        let len = if cut { keep.index(bytes.len()) } else { bytes.len() };
        check_everywhere(&bytes[..len]);
    }

    #[test]
    fn a_change_to_signed_code_is_always_found(at in 0_usize..0x3000, bit in 0_u8..8) {
        let mut bytes = macho(Arch::Arm64, &[SYSTEM], true);
        bytes[at] ^= 1 << bit;
        prop_assert!(!verdict(&bytes, HostOs::Darwin, ARM64).is_good());
    }
}
