//! The plan: everything that `dist` will do, decided before anything is done.
//!
//! [`Plan::new`] makes it from the project, the flags and the machine, and writes nothing. `plan` prints it, and `dist`
//! executes the same value. Each stage of the build receives its own part of the plan: [`Toolchain`] and [`Compile`] for
//! cargo, [`Ui`] for the UI, [`Stage`] and [`Matrix`] for the stage, [`Image`] and [`Delivery`] for the image. Files that
//! were read while planning (metadata.json, the Dockerfile, the texts of labels) ship as they were then.

mod commands;
mod compile;
mod crates;
mod decide;
mod delivery;
mod dockerfile;
mod flags;
mod image;
mod json;
mod linkers;
mod machines;
mod matrix;
mod sbom;
mod signing;
mod stage;
mod text;
mod toolchain;
mod ui;
mod ui_install;
mod ui_packages;

pub use commands::{BuildCommand, commands};
pub use compile::Compile;
pub use crates::Crates;
pub use decide::Plan;
pub use delivery::{Delivery, Engine};
pub use dockerfile::Dockerfile;
pub use flags::{BuildFlags, CommonFlags};
pub use image::Image;
pub use matrix::{Matrix, PlannedCell};
pub use sbom::{Contents, Sbom};
pub use signing::Signing;
pub use stage::{Stage, StagedUi};
pub use toolchain::Toolchain;
pub use ui::Ui;
pub use ui_install::{package_json, package_manager, package_roots};
pub use ui_packages::{UiPackage, UiPackages};
