//! The Rust compiler, the standard libraries of the six targets, and the linker that comes with the compiler.

use camino::Utf8Path;

use super::health::Health;
use super::version::version;
use crate::toolchain::targets;
use sixfold_base::error::explain;
use sixfold_model::matrix::Target;
use sixfold_project::toolchain::rust::Rust;

pub(super) fn health(folder: &Utf8Path) -> Vec<(&'static str, Health)> {
    let rust = match Rust::find(folder) {
        Ok(rust) => rust,
        Err(error) => return vec![("rust", Health::Error(explain(&error)))],
    };
    let lld = match rust.rust_lld() {
        Ok(lld) => match version(folder, lld.as_str(), &["-flavor", "gnu", "--version"]) {
            Some(version) => Health::Good(format!("{version} in {lld}")),
            None => Health::error(
                format!("{lld} does not run; it links for darwin and linux"),
                "install the toolchain again, with rustup",
            ),
        },
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
