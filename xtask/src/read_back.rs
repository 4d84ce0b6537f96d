//! The read-back: what was made is opened again and judged as a host would get it, by the same code as the stage and
//! `inspect`. The stage may be sound and the image not: the Dockerfile stands between them.

use anyhow::{Context as _, Result, bail};
use camino::Utf8Path;
use xshell::{Shell, cmd};

use crate::image::oci::Digest;
use crate::inspect::cells::CellReport;
use crate::inspect::{self, Inspection};
use crate::plan::{Plan, PlannedCell};
use crate::{interrupt, process, terminal};

/// Reads an archive that has no final name yet.
///
/// Fails, naming all of them, when cells are missing or not native.
pub fn archive(plan: &Plan, file: &Utf8Path) -> Result<()> {
    let found = inspect::image(file.as_str()).context("the archive cannot be read back to be checked")?;
    refuse(plan, &found, "the archive would hold")
}

/// Reads what the engine `builtin` makes of a Dockerfile that buildx is about to build, so that no wrong image leaves this
/// machine: a push cannot be taken back. Fails as [`archive`] does.
pub fn rehearsed(plan: &Plan, file: &Utf8Path) -> Result<()> {
    let found = inspect::image(file.as_str()).context("the image cannot be read to be checked")?;
    refuse(plan, &found, "the image would hold")?;
    let count = plan.cells.len();
    terminal::step("Checked", format_args!("{count} programs in the image that the Dockerfile makes"));
    Ok(())
}

/// Reads the image of this push back, by its digest, so that nobody else's push can be mistaken for it.
///
/// Fails as [`archive`] does. What else is wrong with the image is told only: it is pushed, and `inspect` shows it
/// again.
pub fn pushed(plan: &Plan, builder: &str, digest: Option<&Digest>) -> Result<()> {
    let name = match digest {
        Some(digest) => {
            format!("{}@{digest}", plan.image.rsplit_once(':').map_or(&*plan.image, |(name, _)| name))
        }
        None => plan.image.clone(),
    };
    let next = format!(
        "`cargo xtask inspect {name}` tries that again; to push to the same tag again, add `--overwrite`"
    );
    interrupt::advise(format!("the image is pushed, but was not read back to be checked: {next}"));
    let found = inspect::pushed(&name, builder)
        .with_context(|| format!("the image is pushed, but cannot be read back to be checked: {next}"))?;
    refuse(plan, &found, &format!("the registry holds as {name}"))
        .context("the image is pushed, and is wrong: mend it and push again with `--overwrite`")?;
    for finding in found.problems() {
        terminal::note(format_args!("{finding}"));
    }
    terminal::step(
        "Checked",
        format_args!("{} programs read back from the registry, each as it was built", plan.cells.len()),
    );
    Ok(())
}

/// Reads the image back that is in docker's engine now; `file` is where the engine may write it, for a moment.
///
/// Fails as [`archive`] does. An engine that cannot hand it out, or hands out another form, is told only.
pub fn loaded(sh: &Shell, plan: &Plan, file: &Utf8Path) -> Result<()> {
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
    terminal::step("Checked", format_args!("{} programs read back from the engine", plan.cells.len()));
    Ok(())
}

fn save(sh: &Shell, plan: &Plan, file: &Utf8Path) -> Result<Inspection> {
    let image = &plan.image;
    process::read(cmd!(sh, "docker save --output {file} {image}"), "read the image back from the engine")?;
    let found = inspect::image(file.as_str());
    fs_err::remove_file(file)?;
    found
}

/// Fails unless every cell of the plan was found, and found as planned, and no other is listed. `holder` completes
/// "what …".
fn refuse(plan: &Plan, found: &Inspection, holder: &str) -> Result<()> {
    let unplanned = found.cells.iter().filter_map(|seen| unplanned(plan, seen));
    let wrong: String =
        plan.cells.iter().filter_map(|cell| complaint(cell, found)).chain(unplanned).collect();
    if wrong.is_empty() {
        return Ok(());
    }
    bail!(
        "what {holder} is not what was built:{wrong}\n\
         look at the Dockerfile: each platform must get its own ${{TARGETARCH}} folder of the stage"
    )
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
        Some(seen) if planned.allows(seen.verdict) => None,
        Some(seen) => Some(format!("\n  {cell}: {} ({})", seen.verdict.as_str(), seen.reason)),
        None => Some(format!("\n  {cell}: is not there, or metadata.json in the image does not list it")),
    }
}
