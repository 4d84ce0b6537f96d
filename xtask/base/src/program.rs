//! The name that the user calls this program by.

use std::fmt;
use std::path::Path;
use std::sync::OnceLock;

/// The environment variable that tells other programs of Sixfold which command the user typed, so that their messages
/// name it.
pub const VARIABLE: &str = "SIXFOLD_CALLED_AS";

/// How cargo builds a program of Sixfold for this machine, whatever the author's settings for other builds are: `host-tuple`
/// takes precedence over `build.target`, and cargo reads `build.rustflags` only if the target has no flags, so it gets one
/// that changes nothing. Nothing is kept for incremental builds: authors compile the tool once, and without it that takes
/// less time. The alias in `.cargo/config.toml` has the same, so that what is compiled once is used by all.
pub const FOR_THIS_MACHINE: [&str; 6] = [
    "--target",
    "host-tuple",
    "--config",
    "target.'cfg(all())'.rustflags=['--cfg=xtask']",
    "--config",
    "profile.dev.incremental=false",
];

/// The command to name in messages, for instance as ``format!("run `{TOOL} check`")``: `cargo xtask` when this program was
/// started as `xtask`, otherwise `sixfold`.
pub const TOOL: Tool = Tool;

/// The type of [`TOOL`].
pub struct Tool;

impl Tool {
    /// The command as text.
    pub fn name(&self) -> &'static str {
        static NAME: OnceLock<&str> = OnceLock::new();
        NAME.get_or_init(|| {
            let first = std::env::args_os().next().unwrap_or_default();
            let is_xtask = Path::new(&first).file_stem().is_some_and(|stem| stem == "xtask");
            let called_as = std::env::var_os(VARIABLE);
            if is_xtask || called_as.is_some_and(|name| name == "cargo xtask") {
                "cargo xtask"
            } else {
                "sixfold"
            }
        })
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
