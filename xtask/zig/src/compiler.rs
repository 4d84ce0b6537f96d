//! What the wrappers call: runs zig without the arguments that zig does not understand.

use std::env;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};
use cargo_zigbuild::Zig;

use sixfold_project::toolchain::wrapper::Wrapper;
use sixfold_stubs::headers;

use crate::cpp_library;

/// Set in a process whose standard error another one reads.
const RELAYED: &str = "SIXFOLD_ZIG_RELAYED";

/// Runs zig in place of a compiler or linker. Call it while the process has a single thread.
pub(crate) fn run(mut zig: Zig) -> Result<()> {
    if let Zig::Cc { args } | Zig::Cxx { args } = &zig
        && headers::compiles_for_macos(args)
        && env::var_os(RELAYED).is_none()
    {
        return relay();
    }
    // lld writes the current time into Windows programs. No flag that zig passes on prevents that, but this variable does.
    // It is set here and not for cargo, so that the author's build scripts do not see it.
    // SAFETY: this process has no other thread yet.
    unsafe { env::set_var("SOURCE_DATE_EPOCH", "0") };
    if let Zig::Cxx { args } = &zig {
        cpp_library::before_compiling(args)?;
    }
    if let Zig::Cc { args } | Zig::Cxx { args } = &mut zig {
        headers::before_compiling(args)?;
        args.extend(Wrapper::c_flags());
    }
    zig.execute()
}

/// Runs this program again, and explains a missing header: zig lacks most of those of Apple's frameworks.
fn relay() -> Result<()> {
    let mut command = Command::new(env::current_exe()?);
    command.args(env::args_os().skip(1)).env(RELAYED, "1").stderr(Stdio::piped());
    let mut child = command.spawn().context("cannot start zig")?;
    let mut missing = None;
    let output = child.stderr.take().context("the standard error of zig cannot be read")?;
    for line in BufReader::new(output).split(b'\n') {
        let line = line?;
        missing = missing.or_else(|| missing_header(&String::from_utf8_lossy(&line)).map(str::to_owned));
        let mut stderr = std::io::stderr().lock();
        stderr.write_all(&line)?;
        stderr.write_all(b"\n")?;
    }
    if let Some(header) = missing {
        eprintln!(
            "help: if {header} is a header of macOS, set SDKROOT to an Apple SDK that you have, which has it"
        );
    }
    std::process::exit(child.wait()?.code().unwrap_or(1))
}

/// `IOKit/IOTypes.h` in `a.c:1:10: fatal error: 'IOKit/IOTypes.h' file not found`.
fn missing_header(line: &str) -> Option<&str> {
    line.split_once("fatal error: '")?.1.split_once("' file not found").map(|(header, _)| header)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_header_is_found_in_a_message() {
        let line = "libusb/os/darwin_usb.h:28:10: fatal error: 'IOKit/IOTypes.h' file not found";
        assert_eq!(missing_header(line), Some("IOKit/IOTypes.h"));
        assert_eq!(missing_header("a.c:1:1: error: expected ';'"), None);
    }
}
