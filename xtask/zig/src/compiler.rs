//! What the wrappers call: runs zig without the arguments that zig does not understand.

use anyhow::Result;
use cargo_zigbuild::Zig;

use sixfold_project::toolchain::wrapper::Wrapper;
use sixfold_stubs::headers;

use crate::cpp_library;

/// Runs zig in place of a compiler or linker. Call it while the process has a single thread.
pub(crate) fn run(mut zig: Zig) -> Result<()> {
    // lld writes the current time into Windows programs. No flag that zig passes on prevents that, but this variable does.
    // It is set here and not for cargo, so that the author's build scripts do not see it.
    // SAFETY: this process has no other thread yet.
    unsafe { std::env::set_var("SOURCE_DATE_EPOCH", "0") };
    if let Zig::Cxx { args } = &zig {
        cpp_library::before_compiling(args)?;
    }
    if let Zig::Cc { args } | Zig::Cxx { args } = &mut zig {
        headers::before_compiling(args)?;
        args.extend(Wrapper::c_flags());
    }
    zig.execute()
}
