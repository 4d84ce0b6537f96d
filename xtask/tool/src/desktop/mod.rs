//! The desktops that can install an extension from the command line: Docker Desktop and Rancher Desktop. Podman Desktop has
//! no command for extensions.
//!
//! `choose` asks which of them responds, before anything is built. Its errors name the command or the setting that helps.

mod answer;
mod choose;
mod docker;
mod images;
mod installer;
mod rancher;
mod settings;
mod tag;

pub(crate) use choose::{Desktop, choose};
pub(crate) use images::Store;
pub(crate) use installer::Installer;
pub(crate) use tag::development_tag;
