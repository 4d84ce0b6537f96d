//! The Rust compiler, the standard libraries of the six targets, and the linker that comes with the compiler.

use xshell::Shell;

use super::health::Health;
use crate::toolchain::targets;
use sixfold_base::error::explain;
use sixfold_model::matrix::Target;
use sixfold_project::toolchain::rust::Rust;

pub(super) fn health(sh: &Shell) -> Vec<(&'static str, Health)> {
    let rust = match Rust::find(sh) {
        Ok(rust) => rust,
        Err(error) => return vec![("rust", Health::Error(explain(&error)))],
    };
    let lld = match rust.rust_lld() {
        Ok(lld) => Health::Good(lld.to_string()),
        Err(error) => Health::Error(explain(&error)),
    };
    let version = Health::Good(format!("rustc {} for {}", rust.version, rust.host));
    vec![("rust", version), ("targets", targets(&rust)), ("rust-lld", lld)]
}

fn targets(rust: &Rust) -> Health {
    let missing: Vec<_> = Target::all().filter(|target| !rust.installed.contains(target)).collect();
    match targets::can_add(&missing, false) {
        Ok(()) if missing.is_empty() => Health::Good("the standard libraries of all six targets".to_owned()),
        Ok(()) => Health::Later(format!("dist runs `rustup target add {}`", targets::names(&missing))),
        Err(error) => Health::Note(error.to_string()),
    }
}
