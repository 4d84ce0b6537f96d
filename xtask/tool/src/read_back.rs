//! The read-back: what was made is opened again and judged as a host would get it, by the same code as the stage and
//! `inspect`. The stage may be sound and the image not: the Dockerfile stands between them.

use anyhow::{Context as _, Result, bail};
use camino::Utf8Path;
use xshell::{Shell, cmd};

use sixfold_base::program::TOOL;
use sixfold_base::{interrupt, process, terminal};
use sixfold_inspect::Inspection;
use sixfold_inspect::inspection::host_binaries::CellReport;
use sixfold_judge::Verdict;
use sixfold_model::digest::Digest;
use sixfold_model::finding::{Finding, Severity};
use sixfold_project::plan::{Plan, PlannedCell};

/// What the stage gives every program, and the Dockerfile has to leave it.
const PROGRAM_MODE: u32 = 0o755;

/// Reads an archive that has no final name yet.
///
/// Fails, naming all of them, when cells are missing or not as they were built, and when a file of the image is wrong or
/// missing. What is less than that is told.
pub(crate) fn archive(plan: &Plan, file: &Utf8Path) -> Result<()> {
    let found =
        sixfold_inspect::image(file.as_str()).context("the archive cannot be read back to be checked")?;
    refuse(plan, &found, "the archive would hold")?;
    tell(plan, &found);
    Ok(())
}

/// Reads what the engine `builtin` makes of a Dockerfile that buildx is about to build, so that no wrong image leaves this
/// machine: a push cannot be taken back. Fails as [`archive`] does.
pub(crate) fn rehearsed(plan: &Plan, file: &Utf8Path) -> Result<()> {
    let found = sixfold_inspect::image(file.as_str()).context("the image cannot be read to be checked")?;
    refuse(plan, &found, "the image would hold")?;
    let count = plan.cells.len();
    terminal::step("Checked", format_args!("{count} programs in the image that the Dockerfile makes"));
    Ok(())
}

/// Reads the image of this push back, by its digest, so that nobody else's push can be mistaken for it.
///
/// Fails as [`archive`] does, though the image is pushed by then.
pub(crate) fn pushed(plan: &Plan, builder: &str, digest: Option<&Digest>) -> Result<()> {
    let name = match digest {
        Some(digest) => {
            format!("{}@{digest}", plan.image.rsplit_once(':').map_or(&*plan.image, |(name, _)| name))
        }
        None => plan.image.clone(),
    };
    let next =
        format!("`{TOOL} inspect {name}` tries that again; to push to the same tag again, add `--overwrite`");
    interrupt::advise(format!("the image is pushed, but was not read back to be checked: {next}"));
    let found = sixfold_inspect::pushed(&name, builder)
        .with_context(|| format!("the image is pushed, but cannot be read back to be checked: {next}"))?;
    refuse(plan, &found, &format!("the registry holds as {name}"))
        .context("the image is pushed, and is wrong: mend it and push again with `--overwrite`")?;
    tell(plan, &found);
    terminal::step(
        "Checked",
        format_args!("{} programs read back from the registry, each as it was built", plan.cells.len()),
    );
    Ok(())
}

/// Reads the image back that is in docker's engine now; `file` is where the engine may write it, for a moment.
///
/// Fails as [`archive`] does. An engine that cannot hand it out, or hands out another form, is told only.
pub(crate) fn loaded(sh: &Shell, plan: &Plan, file: &Utf8Path) -> Result<()> {
    let found = match save(sh, plan, file) {
        Ok(found) => found,
        Err(error) => {
            terminal::note(format_args!(
                "the image is loaded, but was not read back to be checked: {error:#}"
            ));
            return Ok(());
        }
    };
    refuse(plan, &found, &format!("the engine holds as {}", plan.image))
        .context("the image is loaded, and is wrong: mend it and load it again")?;
    tell(plan, &found);
    terminal::step("Checked", format_args!("{} programs read back from the engine", plan.cells.len()));
    Ok(())
}

fn save(sh: &Shell, plan: &Plan, file: &Utf8Path) -> Result<Inspection> {
    let image = &plan.image;
    process::read(cmd!(sh, "docker save --output {file} {image}"), "read the image back from the engine")?;
    let found = sixfold_inspect::image(file.as_str());
    fs_err::remove_file(file)?;
    found
}

/// Fails unless every cell of the plan was found, and found as planned, and no other is listed, and what else
/// metadata.json wants is there. `holder` completes "what …".
fn refuse(plan: &Plan, found: &Inspection, holder: &str) -> Result<()> {
    let unplanned = found.cells.iter().filter_map(|seen| unplanned(plan, seen));
    let cells: String =
        plan.cells.iter().filter_map(|cell| complaint(cell, found)).chain(unplanned).collect();
    let files: String = beside_cells(found)
        .filter(|finding| is_fatal(finding))
        .map(|finding| format!("\n  {finding}"))
        .collect();
    // A finding says itself what mends it.
    let advice = match cells.as_str() {
        "" if files.is_empty() => return Ok(()),
        "" => "",
        _ => "\nlook at the Dockerfile: each platform must get its own ${TARGETARCH} folder of the stage",
    };
    bail!("what {holder} is not what its hosts need:{cells}{files}{advice}")
}

/// Says what is worth mending and stops nothing. Platforms whose hosts do without a program list less, on purpose.
fn tell(plan: &Plan, found: &Inspection) {
    let is_meant =
        |finding: &Finding| !plan.skipped.is_empty() && *finding.lint == sixfold_inspect::METADATA_DIFFERS;
    beside_cells(found).filter(|finding| !is_fatal(finding) && !is_meant(finding)).for_each(terminal::note);
}

/// What is wrong besides the cells: of those, the plan knows better what they are meant to be, and the stage has told
/// the rest.
fn beside_cells(found: &Inspection) -> impl Iterator<Item = &Finding> {
    found.problems().filter(|finding| !sixfold_judge::LINTS.contains(&finding.lint))
}

/// Whether an image with this is of no use: a file of it is wrong or missing. A platform that it lacks was not asked for,
/// and an extension without labels still installs in Docker Desktop.
fn is_fatal(finding: &Finding) -> bool {
    finding.severity == Severity::Error && finding.place.path.is_some()
}

/// A line about a file that metadata.json lists for hosts which are to do without it.
fn unplanned(plan: &Plan, seen: &CellReport) -> Option<String> {
    let is_it = |planned: &PlannedCell| {
        planned.os == seen.os && planned.platform == seen.platform && planned.path == seen.path
    };
    (!plan.cells.iter().any(is_it)).then(|| {
        format!(
            "\n  {} in {}: metadata.json lists it, and it is not for these hosts: the Dockerfile must copy \
             ${{TARGETARCH}}/metadata.json",
            seen.path, seen.platform
        )
    })
}

/// A line about a cell that a host would not get as it was built.
fn complaint(planned: &PlannedCell, found: &Inspection) -> Option<String> {
    let cell = planned.cell();
    let is_it =
        |seen: &&CellReport| seen.os == cell.os && seen.platform == cell.platform && seen.path == cell.path();
    match found.cells.iter().find(is_it) {
        Some(seen) if planned.allows(seen.verdict) || seen.verdict == Verdict::NotExecutable => {
            wrong_mode(planned, seen)
        }
        Some(seen) => Some(format!("\n  {cell}: {} ({})", seen.verdict.as_str(), seen.reason)),
        None => Some(format!("\n  {cell}: is not there, or metadata.json in the image does not list it")),
    }
}

/// A line about a program whose mode is not the stage's. A file beside one may have any that its verdict allows.
fn wrong_mode(planned: &PlannedCell, seen: &CellReport) -> Option<String> {
    let mode = seen.mode? & 0o7777;
    let wrong = match planned.file {
        None => mode != PROGRAM_MODE,
        Some(_) => !planned.allows(seen.verdict),
    };
    wrong.then(|| {
        format!(
            "\n  {}: has mode {mode:04o} instead of {PROGRAM_MODE:04o}: make the `--chmod` of the Dockerfile \
             {PROGRAM_MODE:04o}, or take it out",
            planned.cell()
        )
    })
}
