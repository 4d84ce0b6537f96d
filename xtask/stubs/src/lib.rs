//! Links for macOS without an Apple SDK: what each library of macOS exports, as text stubs for the linker.
//!
//! To link a dynamic library, a linker needs none of its code, only the names that it exports and the path at which a Mac
//! has it. `symbols/` lists the names. `cargo ci stubs` generates the lists from published crates; no file of Apple's is
//! copied. Invariant: a name that is in no list fails the link.
//!
//! # Example
//!
//! Which library exports a symbol, and where a Mac has it:
//!
//! ```
//! use sixfold_stubs::{Kind, libraries, owner_of};
//!
//! let owner = owner_of("_CFRelease").expect("the symbol is listed");
//! assert_eq!(owner, "CoreFoundation");
//!
//! let library = libraries().find(|library| library.name == owner).expect("its owner is a library");
//! assert_eq!(library.kind(), Kind::Framework);
//! assert!(library.install_name.starts_with("/System/Library/Frameworks/CoreFoundation.framework/"));
//!
//! assert_eq!(owner_of("_no_such_symbol"), None);
//! ```
//!
//! [`stubs::write`] writes all libraries as a directory that replaces an SDK, and [`missing::missing`] explains why a link
//! failed.
//!
//! # Limits
//!
//! The crates do not say which declarations of Apple's headers are for iOS only, so a few listed names may not exist on any
//! Mac; the known ones are under `without` in `stubs-sources/Cargo.toml`. Names and frameworks (see [`Library::since`])
//! that only newer systems have are listed too: an older system refuses to start a program that uses them, as it does if
//! the program was linked on a Mac. libc++ is not listed, because its symbols depend on the age of the system: C++ code
//! has to link its compiler's own C++ library statically.

mod cached;
pub mod headers;
mod library;
pub mod missing;
pub mod musl;
mod newer;
pub mod stubs;
mod symbols;
mod tbd;
pub mod windows;

pub use library::{Kind, Library, libraries, owner_of};
pub use newer::newer;
