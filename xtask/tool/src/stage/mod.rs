//! The stage: the folder tree that becomes the image. It gets its final name, `target/dist/stage`, only after every cell
//! has been opened and found native, or emulated where the configuration asks for that.

mod builder_paths;
mod cells;
mod copy;
mod crates;
mod modes_and_times;
mod ui;

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;

use sixfold_base::dist_folder::DistFolder;
use sixfold_base::terminal;
use sixfold_judge::Verdict;
use sixfold_model::digest::Digest;
use sixfold_model::finding::{Finding, Severity};
use sixfold_model::matrix::HostOs;
use sixfold_model::stage as layout;
use sixfold_project::machines::{Entry, MANIFEST, Manifest};
use sixfold_project::plan::{self, Matrix};
use sixfold_project::prebuilt::Source;

use crate::parts::Parts;
use crate::sign;

pub(crate) use cells::StagedCell;

/// The folder's name in the dist folder.
const NAME: &str = "stage";

/// A verified stage.
#[derive(Debug)]
pub(crate) struct Stage {
    pub dir: Utf8PathBuf,
    pub cells: Vec<StagedCell>,
}

impl Stage {
    /// The result, in half a sentence.
    pub(crate) fn summary(&self) -> String {
        let emulated = self.cells.iter().filter(|cell| cell.verdict == Verdict::Emulated).count();
        match emulated {
            0 => format!("{} binaries, each native to its host", self.cells.len()),
            _ => format!("{} binaries, {emulated} of them emulated as configured", self.cells.len()),
        }
    }
}

/// Fails when a file that metadata.json names is missing. Called before anything long starts.
pub(crate) fn check_files(stage: &plan::Stage) -> Result<()> {
    for file in &stage.files {
        let (path, help) = (&file.from, file.help());
        let metadata = path.metadata().map_err(|error| anyhow!("cannot read {path}: {error}\n{help}"))?;
        ensure!(metadata.is_file(), "cannot read {path}: it is not a file\n{help}");
    }
    Ok(())
}

/// Puts the parts together and verifies them.
///
/// Fails with every cell that is not what its hosts need, and when a file that metadata.json names is missing.
pub(crate) fn build(stage: &plan::Stage, matrix: &Matrix, parts: &Parts, dist: &DistFolder) -> Result<Stage> {
    let partial = dist.partial(NAME);
    make_folders(stage, &partial)?;
    stage_files(stage, &partial)?;
    let cells = verified_cells(stage, matrix, parts, (&partial, dist))?;
    modes_and_times::set(&partial, stage.file_time)?;
    Ok(Stage { dir: dist.replace_dir(NAME)?, cells })
}

/// Puts only the cells into this folder of the dist folder, verified in the same way, with a manifest.
pub(crate) fn cells_for_another_machine(
    plan: &plan::Plan,
    digest: &Digest,
    folder: &str,
    parts: &Parts,
    dist: &DistFolder,
) -> Result<Stage> {
    let partial = dist.partial(folder);
    let cells = verified_cells(&plan.stage, &plan.matrix, parts, (&partial, dist))?;
    let entry = |cell: &StagedCell| Entry {
        path: layout::cell(&cell.planned.cell()),
        target: cell.planned.target,
        size: cell.size,
        sha256: cell.sha256.clone(),
    };
    let manifest = Manifest::new(digest.clone(), cells.iter().map(entry).collect());
    copy::write(&partial.join(MANIFEST), &serde_json::to_vec_pretty(&manifest)?, 0o644)?;
    Ok(Stage { dir: dist.replace_dir(folder)?, cells })
}

/// Copies the cells, signs those that the plan names, and verifies all. Fails with every cell that is not what its hosts need.
fn verified_cells(
    stage: &plan::Stage,
    matrix: &Matrix,
    parts: &Parts,
    (root, dist): (&Utf8Path, &DistFolder),
) -> Result<Vec<StagedCell>> {
    matrix.cells.iter().try_for_each(|cell| cells::copy(cell, parts, root))?;
    if let Some(signing) = &stage.signing {
        sign::run(signing, &matrix.cells, root, dist)?;
    }
    let cells = matrix.cells.iter().map(|cell| cells::verify(cell, parts, root, stage));
    let (cells, findings): (Vec<_>, Vec<_>) = cells.collect::<Result<Vec<_>>>()?.into_iter().unzip();
    report(findings.into_iter().flatten().collect())?;
    let own = matrix.cells.iter().filter(|cell| !matches!(cell.source, Source::Prebuilt(_)));
    let binaries: Vec<_> = own.map(|cell| root.join(layout::cell(&cell.cell()))).collect();
    builder_paths::check(&stage.project, &binaries, &root.join(layout::UI))?;
    Ok(cells)
}

/// Makes every folder that a Dockerfile may copy, even if it stays empty: that of the UI, and one for each host system.
fn make_folders(stage: &plan::Stage, root: &Utf8Path) -> Result<()> {
    fs::create_dir_all(root.join(layout::UI))?;
    for (platform, _) in &stage.platform_metadata {
        for os in HostOs::ALL {
            fs::create_dir_all(root.join(layout::cell_folder(*platform, os.into())))?;
        }
    }
    Ok(())
}

/// metadata.json, the files that it names, and the UI.
fn stage_files(stage: &plan::Stage, root: &Utf8Path) -> Result<()> {
    copy::write(&root.join(layout::common_metadata()), stage.metadata.as_bytes(), 0o644)?;
    for (platform, text) in &stage.platform_metadata {
        copy::write(&root.join(layout::metadata(*platform)), text.as_bytes(), 0o644)?;
    }
    for file in &stage.files {
        let copied = copy::file(&file.from, &root.join(layout::common(&file.to)), 0o644);
        copied.with_context(|| format!("cannot stage {}\n{}", file.from, file.help()))?;
    }
    stage.ui.as_ref().map_or(Ok(()), |ui| ui::stage(ui, &root.join(layout::UI)))
}

/// Fails if one of the findings is an error. Others are only shown: those about third-party binaries that may not run on
/// every host.
fn report(findings: Vec<Finding>) -> Result<()> {
    let (errors, others): (Vec<_>, Vec<_>) =
        findings.into_iter().partition(|finding| finding.severity == Severity::Error);
    others.iter().for_each(terminal::note);
    if errors.is_empty() {
        return Ok(());
    }
    let lines: String = errors.iter().map(|finding| format!("\n  {finding}")).collect();
    bail!("some files are not what their hosts need, so no image was made:{lines}")
}
