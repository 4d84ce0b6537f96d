//! What the wrappers around zig call: zig itself, with the arguments that it does not understand taken away.

use anyhow::Result;
use cargo_zigbuild::Zig;

use crate::toolchain::cxx;
use sixfold_base::outcome::Outcome;
use sixfold_stubs::headers;

/// Runs zig in place of a compiler or linker. Must be called while the process has a single thread.
pub(crate) fn run(mut zig: Zig) -> Result<Outcome> {
    // lld writes the time into a Windows program, and no flag that zig lets through prevents it; this variable does.
    // It is set here and not for cargo, so that build scripts of the author never see it.
    // SAFETY: nothing else runs in this process yet.
    unsafe { std::env::set_var("SOURCE_DATE_EPOCH", "0") };
    if let Zig::Cxx { args } = &zig {
        cxx::before_compiling(args)?;
    }
    if let Zig::Cc { args } | Zig::Cxx { args } = &mut zig {
        headers::before_compiling(args)?;
    }
    zig.execute()?;
    Ok(Outcome::Success)
}
