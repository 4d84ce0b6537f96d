//! What every part of Sixfold needs from the system: child processes, terminal output, interrupts, locks and files.

pub mod cache;
pub mod disk;
pub mod dist_folder;
pub mod error;
pub mod files;
pub mod interrupt;
pub mod lock;
pub mod lookup;
pub mod pool;
pub mod process;
pub mod program;
pub mod scratch;
pub mod terminal;
