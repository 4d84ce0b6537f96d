//! Whether cargo runs rustc through sccache.

use camino::{Utf8Path, Utf8PathBuf};

use super::health::Health;
use super::version::version;
use sixfold_base::error::explain;
use sixfold_project::toolchain::cargo_settings::CargoSettings;

pub(super) fn health(folder: &Utf8Path) -> Health {
    let wrapper = match CargoSettings::read(folder) {
        Ok(settings) => settings.rustc_wrapper(),
        Err(error) => return Health::Error(explain(&error)),
    };
    let Some(wrapper) = wrapper else {
        return Health::Good("not used; RUSTC_WRAPPER=sccache would keep compiled crates".to_owned());
    };
    let (program, origin) = (&wrapper.value, &wrapper.origin);
    if Utf8PathBuf::from(program).file_stem() != Some("sccache") {
        return Health::Good(format!("not used; {origin} is {program}"));
    }
    match version(folder, program, &["--version"]) {
        Some(version) => Health::Good(format!("{version} runs rustc, because {origin} is {program}")),
        None => Health::error(
            format!("{origin} is {program}, which does not run"),
            format!("install sccache, or remove {origin}"),
        ),
    }
}
