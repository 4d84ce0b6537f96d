//! Reads executables and tells which hosts can run them: ELF, Mach-O and PE files, scripts and data.
//!
//! `dist` checks the stage and the image that it pushed with this crate, and `inspect` checks any image. Files are only
//! read, never run. Invariant: on any input, checking ends without a panic, in memory that does not grow with the file
//! and in time proportional to its size.
//!
//! # Example
//!
//! An ELF file for amd64, reduced to its headers, and what the Linux hosts of each platform make of it:
//!
//! ```
//! use sixfold_judge::{Format, HostFile, Verdict};
//! use sixfold_model::matrix::{Arch, HostOs, Platform};
//!
//! let mut elf = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
//! elf.extend([2_u16, 62].map(u16::to_le_bytes).concat()); // an executable for x86-64
//! elf.extend(1_u32.to_le_bytes());
//! elf.extend([0_u64, 64, 0].map(u64::to_le_bytes).concat()); // program headers follow at byte 64
//! elf.extend(0_u32.to_le_bytes());
//! elf.extend([64_u16, 56, 1, 64, 0, 0].map(u16::to_le_bytes).concat()); // one of them
//! elf.extend([1_u32, 5].map(u32::to_le_bytes).concat()); // it is loaded, for reading and executing,
//! elf.extend([0_u64, 0, 0, 120, 120, 4096].map(u64::to_le_bytes).concat()); // and covers the whole file
//!
//! let file = HostFile::parse("tool", &elf);
//! assert_eq!(file.format(), Format::Elf);
//!
//! let on_linux = |arch| file.check("tool", HostOs::Linux, Platform(arch), Some(0o755));
//! assert_eq!(on_linux(Arch::Amd64).verdict, Verdict::Native);
//! assert_eq!(on_linux(Arch::Arm64).verdict, Verdict::WrongArch);
//! assert_eq!(on_linux(Arch::Arm64).reason, "is for amd64, but these hosts are arm64");
//! ```
//!
//! [`check_cell`] turns the answers into findings, with the rules that `dist` enforces.

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::indexing_slicing))]

mod authenticode;
mod check;
mod cms;
mod crates;
mod der;
mod elf;
mod hash;
mod host_file;
mod libraries;
mod machine;
mod macho;
mod pe;
mod pe_names;
mod rules;
mod signature;
mod source;
mod text;
mod verdict;

pub use crates::{CrateCount, ListedCrate};
pub use host_file::{Format, HostFile, listed_crates};
pub use libraries::{is_everywhere, macos_dylib};
pub use machine::FileArch;
pub use macho::{MacosImport, macos_imports};
pub use pe_names::windows_imports;
pub use rules::{
    ALL as LINTS, EMULATED, NEWER_IMPORT, Origin, Problem, UNKNOWN_IMPORT, check_cell, check_needs,
    verdict_finding,
};
pub use signature::{Identity, Signature, lines_by_kind};
pub use source::Source;
pub use verdict::{Diagnosis, Verdict, host_name};

#[cfg(test)]
mod crates_tests;
#[cfg(test)]
mod header_tests;
#[cfg(any(test, feature = "samples"))]
#[cfg_attr(not(test), expect(clippy::indexing_slicing, reason = "they have these bytes"))]
pub mod samples;
#[cfg(test)]
mod shape_tests;
#[cfg(test)]
mod signature_tests;
#[cfg(test)]
mod tests;
