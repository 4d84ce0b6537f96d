//! The stage: the folder tree that becomes the image. It gets its final name, `target/dist/stage`, only after every
//! cell in it has been opened and found native, or found emulated where the configuration asks for that.

mod settle;

use anyhow::{Context as _, Error, Result, bail, ensure};
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use serde::Serialize;
use walkdir::WalkDir;

use crate::compile::Executables;
use crate::parts::Parts;
use sixfold_base::dist_folder::DistFolder;
use sixfold_base::terminal;
use sixfold_judge::{EMULATED, HostFile, Origin, Problem, Verdict, check_cell, check_needs, verdict_finding};
use sixfold_model::digest::Digest;
use sixfold_model::finding::{Finding, Severity};
use sixfold_model::matrix::{HostOs, ImagePath, Platform};
use sixfold_model::metadata::Metadata;
use sixfold_model::stage as layout;
use sixfold_project::Project;
use sixfold_project::plan::{Place, Plan, PlannedCell, Source};

/// The folder's name in the dist folder.
const NAME: &str = "stage";

/// A verified stage.
#[derive(Debug)]
pub(crate) struct Stage {
    pub dir: Utf8PathBuf,
    pub cells: Vec<StagedCell>,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct StagedCell {
    #[serde(flatten)]
    pub planned: PlannedCell,
    /// In bytes.
    pub size: u64,
    pub sha256: String,
    pub verdict: Verdict,
}

impl Stage {
    /// What was found, in half a sentence.
    pub(crate) fn summary(&self) -> String {
        let emulated = self.cells.iter().filter(|cell| cell.verdict == Verdict::Emulated).count();
        match emulated {
            0 => format!("{} programs, each native to its host", self.cells.len()),
            _ => format!("{} programs, {emulated} of them emulated on purpose", self.cells.len()),
        }
    }
}

/// Fails when a file is missing that metadata.json names, before anything long is begun.
pub(crate) fn ready(project: &Project) -> Result<()> {
    for (name, path) in named(&project.metadata)? {
        let file = project.root.join(path.relative());
        let is_file = fs::metadata(&file).with_context(|| help(name))?.is_file();
        ensure!(is_file, "{file} is no file; {}", help(name));
    }
    Ok(())
}

/// The files of the project that metadata.json names: icon and compose file, as it names them and where they are.
fn named(metadata: &Metadata) -> Result<Vec<(&str, ImagePath)>> {
    let names = metadata.icon.iter().chain(&metadata.composefile);
    let path = |name: &str| ImagePath::new(name).map_err(Error::msg).with_context(|| help(name));
    names.map(|name| Ok((name.as_str(), path(name)?))).collect()
}

fn help(name: &str) -> String {
    format!("metadata.json names {name}: put that file into the project, or mend metadata.json")
}

/// Puts the parts together and verifies them.
///
/// Fails, naming all of them, when cells are not what their hosts need, and when a file that metadata.json names is
/// missing.
pub(crate) fn build(project: &Project, plan: &Plan, parts: &Parts, dist: &DistFolder) -> Result<Stage> {
    let partial = dist.partial(NAME);
    make_folders(&partial, &plan.platforms)?;
    stage_common(project, plan, &partial)?;
    plan.platforms.iter().try_for_each(|platform| stage_metadata(project, plan, *platform, &partial))?;
    let (cells, findings): (Vec<_>, Vec<_>) = plan
        .cells
        .iter()
        .map(|cell| stage_cell(cell, parts, &partial))
        .collect::<Result<Vec<_>>>()?
        .into_iter()
        .unzip();
    refuse(findings.into_iter().flatten().collect())?;
    settle::all(&partial, plan.file_time)?;
    Ok(Stage { dir: dist.replace_dir(NAME)?, cells })
}

/// Every folder that a Dockerfile may copy, filled or not: the page's, and one for each host system.
fn make_folders(stage: &Utf8Path, platforms: &[Platform]) -> Result<()> {
    fs::create_dir_all(stage.join(layout::UI))?;
    for platform in platforms {
        for os in HostOs::ALL {
            fs::create_dir_all(stage.join(layout::host_folder(*platform, os)))?;
        }
    }
    Ok(())
}

/// metadata.json, and the files that it names at the root of the image: icon and compose file; and the page.
fn stage_common(project: &Project, plan: &Plan, stage: &Utf8Path) -> Result<()> {
    let metadata = &project.metadata;
    write(&stage.join(layout::common_metadata()), &metadata.text)?;
    for (name, path) in named(metadata)? {
        copy(&project.root.join(path.relative()), &stage.join(layout::common(&path)), 0o644)
            .with_context(|| help(name))?;
    }
    match &plan.ui {
        Some(ui) => stage_ui(&ui.output, &stage.join(layout::UI), metadata),
        None => Ok(()),
    }
}

/// The platform's own metadata.json: without the programs that its hosts do without.
fn stage_metadata(project: &Project, plan: &Plan, platform: Platform, stage: &Utf8Path) -> Result<()> {
    let cells: Vec<_> = plan.cells.iter().map(PlannedCell::cell).collect();
    write(&stage.join(layout::metadata(platform)), &project.metadata.text_for(platform, &cells))
}

fn write(path: &Utf8Path, text: &str) -> Result<()> {
    fs::write(path, text)?;
    set_mode(path, 0o644)
}

/// The built page. Symbolic links are refused: installing them fails on Windows, for want of a privilege.
fn stage_ui(output: &Utf8Path, to: &Utf8Path, metadata: &Metadata) -> Result<()> {
    for entry in WalkDir::new(output).min_depth(1).sort_by_file_name() {
        let entry = entry?;
        let path = Utf8Path::from_path(entry.path()).with_context(|| {
            format!("the page's file {} has a name that is not UTF-8: rename it", entry.path().display())
        })?;
        must_be_portable(path)?;
        let target = to.join(path.strip_prefix(output)?);
        match entry.file_type() {
            kind if kind.is_dir() => fs::create_dir_all(target)?,
            kind if kind.is_file() => copy(path, &target, 0o644)?,
            kind if kind.is_symlink() => bail!(
                "{path} is a symbolic link, which cannot be installed on Windows: let the page's build copy the file"
            ),
            _ => bail!("{path} is neither file nor folder: keep it out of the page's output"),
        }
    }
    if let Some(src) = metadata.tab.as_ref().and_then(|tab| tab.src.as_deref())
        && !to.join(src.trim_start_matches('/')).is_file()
    {
        bail!(
            "metadata.json names the page {src}, and the page's build made none: {output}/{src} does not exist"
        );
    }
    Ok(())
}

/// Refuses names that mean something else in a layer of an image, or on Windows, where hosts get the page too.
fn must_be_portable(path: &Utf8Path) -> Result<()> {
    let name = path.file_name().unwrap_or_default();
    if name.contains('\\') {
        bail!(
            "{path} has a backslash in its name, which Windows takes for a folder: let the page's build call it otherwise"
        );
    }
    if name.starts_with(".wh.") {
        bail!(
            "{path} is called like the mark by which a layer removes a file: let the page's build call it otherwise"
        );
    }
    Ok(())
}

fn stage_cell(planned: &PlannedCell, parts: &Parts, stage: &Utf8Path) -> Result<(StagedCell, Vec<Finding>)> {
    let cell = planned.cell();
    let path = stage.join(layout::cell(&cell));
    copy(&source_of(planned, parts)?, &path, 0o755)?;
    let content = fs::read(&path)?;
    let examined = HostFile::parse(cell.path().base_name(), &content);
    let mode = mode_of(&path)?;
    let findings = match &planned.source {
        Source::Cargo => check_cell(&cell, &examined, mode, Origin::BuiltFromSource)
            .into_iter()
            .map(|problem| with_crates(problem, &parts.executables).with(Severity::Error))
            .collect(),
        Source::Prebuilt(_) => judge_prebuilt(planned, &examined, mode),
    };
    let staged = StagedCell {
        planned: planned.clone(),
        size: content.len() as u64,
        sha256: Digest::of(&content).hex().to_owned(),
        verdict: examined.check(cell.path().base_name(), cell.os, cell.platform, mode).verdict,
    };
    Ok((staged, findings))
}

/// The file that a cell is made of.
fn source_of(planned: &PlannedCell, parts: &Parts) -> Result<Utf8PathBuf> {
    let cell = planned.cell();
    let found = match &planned.source {
        Source::Cargo => parts.executables.get(&planned.binary, planned.target).cloned(),
        Source::Prebuilt(taken) => match &taken.place {
            Place::Download(target) => parts.brought.get(&planned.binary, *target, &cell.file_name()),
            Place::File(path) => Some(path.clone()),
        },
    };
    found.with_context(|| format!("nothing was built for {cell}"))
}

/// As strict as about a program of one's own, but for what only its publisher could mend, and for what the configuration
/// asks for. A file beside the program may be a library, a script or data.
fn judge_prebuilt(planned: &PlannedCell, examined: &HostFile, mode: Option<u32>) -> Vec<Finding> {
    let (cell, path) = (planned.cell(), planned.path.clone());
    let mut findings: Vec<_> = match planned.file {
        None => {
            let problems = check_cell(&cell, examined, mode, Origin::ThirdParty);
            problems.into_iter().map(|problem| problem.finding).collect()
        }
        Some(_) => {
            let diagnosis = examined.check(path.base_name(), cell.os, cell.platform, mode);
            let verdict = verdict_finding(&path, cell.platform, &diagnosis)
                .map(|finding| finding.with(Severity::Error));
            let needs = check_needs(&path, cell.os, cell.platform, examined, Origin::ThirdParty);
            verdict.into_iter().chain(needs.into_iter().map(|problem| problem.finding)).collect()
        }
    };
    findings.retain(|finding| !(planned.emulated && finding.code() == EMULATED.code));
    for finding in &mut findings {
        finding.message = format!("{} {}", planned.binary, finding.message);
        if finding.code() == EMULATED.code {
            finding.help = format!(
                "give the {0} program's address, or say `emulate = [\"{1}-{0}\"]`",
                planned.arch, planned.os
            );
        }
    }
    findings
}

/// Names the crates that link a missing library, which a file does not tell.
fn with_crates(Problem { mut finding, library }: Problem, executables: &Executables) -> Finding {
    let crates = library.map(|library| executables.wanting(&library).join(", ")).unwrap_or_default();
    if !crates.is_empty() {
        finding.message.push_str(&format!("; the crates that had it linked: {crates}"));
    }
    finding
}

/// Fails on errors. Of a program of somebody else's, what may be lacking on some hosts is only told.
fn refuse(findings: Vec<Finding>) -> Result<()> {
    let (errors, others): (Vec<_>, Vec<_>) =
        findings.into_iter().partition(|finding| finding.severity == Severity::Error);
    others.iter().for_each(terminal::note);
    if errors.is_empty() {
        return Ok(());
    }
    let lines: String = errors.iter().map(|finding| format!("\n  {finding}")).collect();
    bail!("the build is not what its hosts need, and nothing was made of it:{lines}")
}

/// Copies content only, and sets the mode, so that neither the umask nor the source's mode reaches the image.
fn copy(from: &Utf8Path, to: &Utf8Path, mode: u32) -> Result<()> {
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::copy(from, to)?;
    set_mode(to, mode)
}

#[cfg(unix)]
fn set_mode(path: &Utf8Path, mode: u32) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(fs::set_permissions(path, std::fs::Permissions::from_mode(mode))?)
}

#[cfg(unix)]
fn mode_of(path: &Utf8Path) -> Result<Option<u32>> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(Some(fs::metadata(path)?.permissions().mode()))
}

/// Windows keeps no mode; both engines set it in the image, as the Dockerfile asks with `--chmod`. What it keeps is that a
/// source may not be written to, which its copy has to be.
#[cfg(not(unix))]
#[allow(clippy::permissions_set_readonly_false)]
fn set_mode(path: &Utf8Path, _: u32) -> Result<()> {
    let mut permissions = fs::metadata(path)?.permissions();
    permissions.set_readonly(false);
    Ok(fs::set_permissions(path, permissions)?)
}

#[cfg(not(unix))]
fn mode_of(_: &Utf8Path) -> Result<Option<u32>> {
    Ok(None)
}
