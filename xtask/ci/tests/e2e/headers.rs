//! C headers that zig does not have, and a message about one that Sixfold does not have either.

use crate::sandbox::Sandbox;

#[test]
#[ignore = "needs zig: run cargo ci"]
fn headers_that_zig_lacks_are_found_or_explained() {
    let sandbox = Sandbox::fixture("headers");
    sandbox.dist(&[]);
    let source = sandbox.root.join("uses/macos.c");
    let text = fs_err::read_to_string(&source).unwrap();
    fs_err::write(&source, format!("#include <IOKit/IOTypes.h>\n{text}")).unwrap();
    let failed = sandbox.xtask(&["dist"]);
    let help = "help: if IOKit/IOTypes.h is a header of macOS, set SDKROOT to an Apple SDK";
    assert!(!failed.status.success() && failed.stderr.contains(help), "{failed:?}");
}
