//! The plan as `plan --format json` prints it. Scripts rely on these names.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use serde::{Serialize, Serializer};

use sixfold_model::digest::Digest;
use sixfold_model::labels::Labels;
use sixfold_model::matrix::{Platform, Target};
use sixfold_model::sign::SignCommand;

use super::commands::BuildCommand;
use super::compile::Compile;
use super::decide::Plan;
use super::delivery::Delivery;
use super::matrix::PlannedCell;
use super::sbom::Sbom;
use super::signing::Signing;
use super::ui::Ui;
use crate::prebuilt::{Download, Skipped};
use crate::toolchain::cargo_settings::Used;
use crate::toolchain::linker_choice::Linked;
use crate::toolchain::zig;

#[derive(Serialize)]
struct View<'a> {
    /// The first of `names`.
    image: &'a str,
    names: &'a [String],
    platforms: &'a [Platform],
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<&'a Digest>,
    cells: &'a [PlannedCell],
    rustc: Option<&'a str>,
    targets: &'a [Linked],
    missing_targets: &'a [Target],
    zig: Option<String>,
    macos_deployment_target: Option<&'a str>,
    sdk: Option<&'a Utf8PathBuf>,
    settings: &'a [Used],
    compile: Option<&'a Compile>,
    #[serde(skip_serializing_if = "Option::is_none")]
    compile_backend: Option<&'a Compile>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    commands: &'a [BuildCommand],
    /// By key of the table.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    sign: BTreeMap<&'static str, &'a SignCommand>,
    downloads: &'a [Download],
    skipped: &'a [Skipped],
    ui: Option<&'a Ui>,
    labels: &'a Labels,
    created: u64,
    file_time: u64,
    archive: &'a str,
    sbom: &'a Sbom,
    delivery: &'a Delivery,
}

impl Serialize for Plan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { image, matrix, .. } = self;
        let toolchain = self.toolchain.as_ref();
        let view = View {
            image: image.name(),
            names: &image.names,
            platforms: &image.platforms,
            digest: self.digest.as_ref(),
            cells: &matrix.cells,
            rustc: toolchain.map(|toolchain| &*toolchain.rustc),
            targets: toolchain.map_or(&[], |toolchain| &toolchain.targets),
            missing_targets: toolchain.map_or(&[], |toolchain| &toolchain.missing_targets),
            zig: toolchain.and_then(|toolchain| toolchain.zig.as_ref()).map(zig::Source::describe),
            macos_deployment_target: toolchain.map(|toolchain| &*toolchain.macos_deployment_target),
            sdk: toolchain.and_then(|toolchain| toolchain.sdk.as_ref()),
            settings: &self.settings,
            compile: self.compile.as_ref(),
            compile_backend: self.compile_backend.as_ref(),
            commands: &self.commands,
            sign: self.stage.signing.iter().chain(&image.signing).flat_map(Signing::keys).collect(),
            downloads: &self.downloads,
            skipped: &matrix.skipped,
            ui: self.ui.as_ref(),
            labels: &image.labels,
            created: image.created,
            file_time: image.file_time,
            archive: &image.archive,
            sbom: &image.sbom,
            delivery: &self.delivery,
        };
        view.serialize(serializer)
    }
}
