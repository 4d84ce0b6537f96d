//! Zig, and the Python that installs it.

use super::health::Health;
use crate::toolchain::zig_install::Pip;
use sixfold_base::error::explain;
use sixfold_project::toolchain::zig::{self, PINNED};

pub(super) fn health() -> [(&'static str, Health); 2] {
    let pip = Pip::find();
    [("zig", zig(pip.as_ref())), ("python", python(pip))]
}

fn zig(pip: Option<&Pip>) -> Health {
    match (zig::find(), pip) {
        (Ok(ref found @ zig::Source::Found(ref zig)), _) => {
            let args: Vec<_> = zig.args.iter().map(String::as_str).chain(["version"]).collect();
            match zig::ask(&zig.program, &args) {
                Some(_) => Health::Good(found.describe()),
                None => Health::error(
                    format!("{} does not run", zig.program),
                    "remove it, so that dist installs it again, or install another",
                ),
            }
        }
        (Ok(zig::Source::Install), Some(pip)) => match pip.cannot_download() {
            None => Health::Later(format!("dist installs zig {PINNED} with pip, if C code is compiled")),
            Some(output) => Health::note(
                format!("not installed, and pip cannot download it:\n{output}"),
                format!("check the network and pip's settings, or install zig {PINNED} yourself"),
            ),
        },
        (Ok(zig::Source::Install), None) => Health::note(
            "not found; only dependencies with C code need it",
            format!("install Python 3 with pip, or zig {PINNED}"),
        ),
        (Err(error), _) => Health::Error(explain(&error)),
    }
}

fn python(pip: Option<Pip>) -> Health {
    match pip {
        Some(pip) => Health::Good(pip.version),
        None => Health::note(
            "no Python 3 with pip found; it installs zig, which only C code needs",
            "install Python 3 with pip, for instance with `apt-get install python3-pip`",
        ),
    }
}
