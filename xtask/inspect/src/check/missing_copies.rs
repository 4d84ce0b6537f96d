//! What the Dockerfile of a project can copy from, and what it copies although nothing provides it.

use camino::Utf8Path;

use super::context::{Contexts, Disk, Stage};
use super::dockerfile::{self, copies};
use super::source::Source;
use crate::metadata::Metadata;
use sixfold_model::config::Config;
use sixfold_model::finding::{Finding, Severity};
use sixfold_model::matrix::Cell;

const OF_STAGE: &str = "copy from common/ or ${TARGETARCH}/ of the stage, which is the build context, or set `context` to copy from the project";
const OF_CONTEXT: &str =
    "correct the path, or copy with `--from=stage` from common/ or ${TARGETARCH}/ of the stage";

/// The build contexts of the project in `root`.
pub(super) fn contexts(
    root: &Utf8Path,
    config: &Config,
    cells: &[Cell],
    metadata: Option<&Metadata>,
) -> Contexts {
    let stage = Stage::new(cells, metadata, config.ui.is_some());
    let built = cells.iter().filter_map(|cell| Some(config.binary(cell)?.built()?.file(cell.target())));
    let ui = config.ui.iter().map(|ui| ui.dir.as_path().join(ui.output.as_path()).into_string());
    let made: Vec<_> = built.chain(ui).map(|path| root.join(path)).collect();
    let disk = |context: &Utf8Path| Disk {
        root: root.join(context),
        dockerfile: root.join(config.dockerfile()),
        made: Some(made),
    };
    Contexts::of_project(stage, config.context().map(|context| (context, disk(context))))
}

/// What the Dockerfile of the project in `root` copies although no build context has it, as errors. `dockerfile` is its text. Empty
/// if it cannot be parsed: other errors tell that.
pub fn missing_copies(
    root: &Utf8Path,
    config: &Config,
    cells: &[Cell],
    metadata: &Metadata,
    dockerfile: &str,
) -> Vec<Finding> {
    let source = Source::new(config.dockerfile().as_str(), dockerfile);
    let Ok(file) = dockerfile::parse(&source) else { return vec![] };
    let contexts = contexts(root, config, cells, Some(metadata));
    let mut found = copies::check(&file, &source, &contexts, config.platforms.as_slice(), help(config));
    found.retain(|finding| finding.severity == Severity::Error);
    found
}

/// How to correct what the Dockerfile of a project copies.
pub(super) fn help(config: &Config) -> &'static str {
    if config.context().is_some() { OF_CONTEXT } else { OF_STAGE }
}
