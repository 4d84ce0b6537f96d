//! Copies the file of each cell into the stage, and verifies it there.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use serde::Serialize;

use sixfold_judge::{
    EMULATED, HostFile, NEWER_IMPORT, Origin, Problem, Signature, UNKNOWN_IMPORT, Verdict, check_cell,
    check_needs, verdict_finding,
};
use sixfold_model::digest::Digest;
use sixfold_model::finding::{Finding, Place as FindingPlace, Severity};
use sixfold_model::matrix::HostOs;
use sixfold_model::stage as layout;
use sixfold_model::windows;
use sixfold_project::plan::{self, PlannedCell};
use sixfold_project::prebuilt::{Place, Source};
use sixfold_stubs::newer;
use sixfold_stubs::windows::unlisted;

use super::copy;
use super::crates;
use crate::compile::Executables;
use crate::parts::Parts;
use crate::sign;

/// A cell with the file that fills it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct StagedCell {
    #[serde(flatten)]
    pub planned: PlannedCell,
    /// In bytes.
    pub size: u64,
    pub sha256: String,
    pub verdict: Verdict,
    /// The code signature, of a file that can have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature: Option<Signature>,
}

/// Copies the file of a cell into the stage below `root`.
pub(super) fn copy(planned: &PlannedCell, parts: &Parts, root: &Utf8Path) -> Result<()> {
    let path = layout::cell(&planned.cell());
    match parts.taken.get(&path) {
        Some(content) => copy::write(&root.join(path), content, 0o755),
        None => copy::file(&find_file(planned, parts)?, &root.join(path), 0o755),
    }
}

/// Verifies the file of a cell in the stage. Also returns what is wrong with it.
pub(super) fn verify(
    planned: &PlannedCell,
    parts: &Parts,
    root: &Utf8Path,
    stage: &plan::Stage,
) -> Result<(StagedCell, Vec<Finding>)> {
    let cell = planned.cell();
    let path = root.join(layout::cell(&cell));
    let content = fs::read(&path)?;
    let file = HostFile::parse(cell.path().base_name(), &content);
    if planned.sign {
        sign::verify(planned, &file, false)?;
    }
    crates::verify(&stage.crates, planned, &content)?;
    if matches!(planned.source, Source::File(_)) && file.is_data() {
        copy::set_mode(&path, 0o644)?;
    }
    let mode = copy::mode_of(&path)?;
    let findings = match &planned.source {
        Source::Cargo => check_cell(&cell, &file, mode, Origin::BuiltFromSource)
            .into_iter()
            .map(|problem| with_crates(problem, &parts.executables).with(Severity::Error))
            .chain(unknown_imports(planned, &content, &stage.windows)?)
            .chain(newer_imports(planned, &content, &stage.macos_deployment_target)?)
            .collect(),
        Source::Command(_) => {
            let problems = check_cell(&cell, &file, mode, Origin::BuiltFromSource);
            problems.into_iter().map(|problem| problem.finding.with(Severity::Error)).collect()
        }
        Source::File(_) if file.is_data() => vec![],
        Source::Prebuilt(_) | Source::File(_) => verify_prebuilt(planned, &file, mode),
    };
    let staged = StagedCell {
        planned: planned.clone(),
        size: content.len() as u64,
        sha256: Digest::of(&content).hex().to_owned(),
        verdict: file.check(cell.path().base_name(), cell.os.system(), cell.platform, mode).verdict,
        signature: file.signature(cell.platform.arch()).cloned(),
    };
    Ok((staged, findings))
}

fn find_file(planned: &PlannedCell, parts: &Parts) -> Result<Utf8PathBuf> {
    let cell = planned.cell();
    let file = match &planned.source {
        Source::Cargo => parts.executables.get(&planned.binary, planned.target).cloned(),
        Source::Prebuilt(prebuilt) => match &prebuilt.place {
            Place::Download(target) => parts.fetched.get(&planned.binary, *target, &cell.file_name()),
            Place::File(path) => Some(path.clone()),
        },
        Source::Command(path) | Source::File(path) => Some(path.clone()),
    };
    file.with_context(|| format!("nothing was built for {cell}"))
}

/// Verifies a third-party file as strictly as a binary built from source, except for what only its publisher could fix, and
/// for what the configuration asks for. A file beside the binary may be a library, a script or data.
fn verify_prebuilt(planned: &PlannedCell, file: &HostFile, mode: Option<u32>) -> Vec<Finding> {
    let (cell, path) = (planned.cell(), planned.path.clone());
    let mut findings: Vec<_> = match planned.file {
        None => {
            let problems = check_cell(&cell, file, mode, Origin::ThirdParty);
            problems.into_iter().map(|problem| problem.finding).collect()
        }
        Some(_) => {
            let diagnosis = file.check(path.base_name(), cell.os.system(), cell.platform, mode);
            let verdict = verdict_finding(&path, cell.platform, &diagnosis)
                .map(|finding| finding.with(Severity::Error));
            let needs = check_needs(&path, cell.os.system(), cell.platform, file, Origin::ThirdParty);
            verdict.into_iter().chain(needs.into_iter().map(|problem| problem.finding)).collect()
        }
    };
    findings.retain(|finding| !(planned.emulated && finding.code() == EMULATED.code));
    for finding in &mut findings {
        finding.message = format!("{} {}", planned.binary, finding.message);
        if finding.code() == EMULATED.code {
            finding.help = format!(
                "give the address of the {0} binary, or set `emulate = [\"{1}-{0}\"]`",
                planned.arch, planned.os
            );
        }
    }
    findings
}

/// A warning for each DLL of which a Windows binary imports names that our lists lack. Such names come from declarations that
/// bypass the link, as `raw-dylib` does.
fn unknown_imports(
    planned: &PlannedCell,
    content: &[u8],
    extra: &windows::Extra,
) -> Result<impl Iterator<Item = Finding>> {
    let unlisted =
        if planned.os == HostOs::Windows { unlisted(&content, extra)? } else { BTreeMap::default() };
    let (path, platform) = (planned.path.clone(), planned.platform);
    Ok(unlisted.into_iter().map(move |(dll, names)| {
        let names: Vec<_> = names.into_iter().collect();
        let message = format!(
            "imports {} from {dll}, which our lists of what every Windows exports do not have",
            names.join(", ")
        );
        let dll = dll.split('.').next().unwrap_or(&dll).to_owned();
        let help = format!(
            "if every supported Windows has it, add [workspace.metadata.extension.windows] symbols.{dll} = {names:?}"
        );
        Finding::new(&UNKNOWN_IMPORT, FindingPlace::path(&path).on(platform), message, help)
    }))
}

/// A warning for the names that a macOS binary imports and that the oldest macOS does not have.
fn newer_imports(
    planned: &PlannedCell,
    content: &[u8],
    oldest: &str,
) -> Result<impl Iterator<Item = Finding>> {
    let newer = if planned.os == HostOs::Darwin { newer(&content, oldest)? } else { BTreeMap::default() };
    let (path, platform, oldest) = (planned.path.clone(), planned.platform, oldest.to_owned());
    Ok(newer.into_iter().map(move |(newer, names)| {
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let framework = newer.framework.map(|name| format!(" of {name}")).unwrap_or_default();
        let since = &newer.since;
        let effect = if newer.is_weak {
            "but has to check for them before it uses them"
        } else {
            "so an older one does not start it"
        };
        let message = format!(
            "is for macOS {oldest}, and imports {}{framework}, which macOS has since {since}, {effect}",
            names.join(", ")
        );
        let help = format!("do without them, or set MACOSX_DEPLOYMENT_TARGET={since}");
        Finding::new(&NEWER_IMPORT, FindingPlace::path(&path).on(platform), message, help)
    }))
}

/// Adds the crates that link a library, which the file itself does not tell.
fn with_crates(Problem { mut finding, library }: Problem, executables: &Executables) -> Finding {
    let crates = library.map(|library| executables.crates_that_link(&library).join(", ")).unwrap_or_default();
    if !crates.is_empty() {
        finding.message.push_str(&format!("; the crates that link it: {crates}"));
    }
    finding
}
