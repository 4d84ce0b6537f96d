//! The read-back: the finished image is opened again, and every cell is verified as a host gets it, by the same code as the
//! stage and `inspect`. The stage may be right and the image wrong, because the Dockerfile stands between them.

use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};
use camino::Utf8Path;

use sixfold_base::program::TOOL;
use sixfold_base::{interrupt, process, terminal};
use sixfold_image::read::Identity;
use sixfold_inspect::Inspection;
use sixfold_inspect::inspection::host_binaries::CellReport;
use sixfold_inspect::labels::is_for_marketplace;
use sixfold_judge::{Format, Verdict};
use sixfold_model::digest::Digest;
use sixfold_model::finding::{Finding, Severity};
use sixfold_model::matrix::{Platform, RunsOn};
use sixfold_model::reference::by_digest;
use sixfold_project::plan::{Image, Matrix, PlannedCell};

use crate::docker::Docker;

/// The mode of every binary in the stage, which the Dockerfile must not change.
const BINARY_MODE: u32 = 0o755;

/// Checks the labels that the image will have, before anything is built. Fails with every error in them.
pub(crate) fn labels(image: &Image) -> Result<()> {
    let found = sixfold_inspect::check::labels_of_build(image.dockerfile.text.as_str(), &image.labels);
    let errors: String =
        found.iter().filter(|finding| is_fatal(finding)).map(|finding| format!("\n  {finding}")).collect();
    if errors.is_empty() { Ok(()) } else { bail!("the labels of the image are wrong:{errors}") }
}

/// Reads an archive that has no final name yet.
///
/// Fails with every cell that is missing or not as planned, and with every other file of the image that is wrong or missing.
/// Smaller problems are shown.
pub(crate) fn archive(matrix: &Matrix, file: &Utf8Path) -> Result<()> {
    let found = sixfold_inspect::image(file.as_str()).context("cannot read the archive back to verify it")?;
    verify(matrix, &found, "the archive")?;
    show_warnings(matrix, &found);
    Ok(())
}

/// Reads what the builtin engine makes of a Dockerfile that buildx will build, so that no wrong image leaves this machine: a
/// push cannot be undone. Fails as [`archive`] does.
pub(crate) fn rehearsed(matrix: &Matrix, file: &Utf8Path) -> Result<Inspection> {
    let found = sixfold_inspect::image(file.as_str()).context("cannot read the image to verify it")?;
    verify(matrix, &found, "the image that the Dockerfile makes")?;
    let count = matrix.cells.len();
    terminal::step("Verified", format_args!("{count} binaries in the image that the Dockerfile makes"));
    Ok(found)
}

/// Reads a pushed image back by its digest, so that another push to the same tag cannot be mistaken for it. Every layer comes
/// from the registry.
///
/// Fails as [`archive`] does, although the image is in the registry by then. A tag that does not have the digest is only noted.
pub(crate) fn pushed(
    docker: &Docker,
    names: &[String],
    matrix: &Matrix,
    builder: &str,
    digest: Option<&Digest>,
) -> Result<()> {
    let image = names.first().map(String::as_str).unwrap_or_default();
    let name = match digest {
        Some(digest) => by_digest(image, digest),
        None => image.to_owned(),
    };
    let retry =
        format!("`{TOOL} inspect {name}` tries that again; to push to the same tag again, add `--overwrite`");
    interrupt::advise(format!("the image is pushed, but was not read back to verify it: {retry}"));
    let unread = format!("the image is pushed, but was not read back to verify it\nhelp: {retry}");
    let wrong = "the image is pushed, but it is wrong\nhelp: fix it, and push again with `--overwrite`";
    in_registry(&name, matrix, builder, &unread, wrong)?;
    // Without a digest, only the first name was read.
    for name in names.iter().skip(usize::from(digest.is_none())) {
        if !has_digest(docker, builder, name, digest)? {
            terminal::note(format_args!("{name} was not read back: it is not the image that was verified"));
        }
    }
    Ok(())
}

const UNTAGGED: &str = "the push failed, and no tag was set";

/// Reads an image that was pushed without a tag back by its digest, `repository@digest`. Fails as [`archive`] does, and if the
/// registry has something else.
pub(crate) fn untagged(
    docker: &Docker,
    name: &str,
    digest: &Digest,
    matrix: &Matrix,
    builder: &str,
) -> Result<()> {
    arrived(docker, name, digest, builder)?;
    in_registry(name, matrix, builder, UNTAGGED, UNTAGGED)
}

/// Fails unless the registry has this digest under a name.
fn arrived(docker: &Docker, name: &str, digest: &Digest, builder: &str) -> Result<()> {
    let actual = digest_of(docker, builder, name)?;
    let shown = actual.as_ref().map_or("nothing", Digest::as_str);
    ensure!(
        actual.as_ref() == Some(digest),
        "{UNTAGGED}: the registry has {shown} instead of {digest}, which was verified\n\
         help: push again; if the registry changes what it gets, push to another one"
    );
    Ok(())
}

/// Reads an image that was pushed without a tag back by its digest. Fails if it is not the one that was `verified` before.
pub(crate) fn same(
    docker: &Docker,
    name: &str,
    digest: &Digest,
    builder: &str,
    verified: &Inspection,
) -> Result<()> {
    arrived(docker, name, digest, builder)?;
    let found = sixfold_inspect::pushed(name, Some(builder)).context(UNTAGGED)?;
    is_same(verified, &found, "the registry").context(UNTAGGED)
}

/// Fails with everything in a finished image that is wrong; smaller problems are shown. `image` is the subject of the message.
pub(crate) fn sound(found: &Inspection, image: &str) -> Result<()> {
    let (wrong, other): (Vec<_>, Vec<_>) = found.problems().partition(|finding| is_fatal(finding));
    other.into_iter().for_each(terminal::note);
    let lines: String = wrong.into_iter().map(|finding| format!("\n  {finding}")).collect();
    ensure!(lines.is_empty(), "{image} is not what its hosts need, so nothing is pushed:{lines}");
    Ok(())
}

/// Reads an image from its registry and verifies it. `unread` and `wrong` are the errors if it cannot be read, and if it is not as
/// planned.
fn in_registry(name: &str, matrix: &Matrix, builder: &str, unread: &str, wrong: &str) -> Result<()> {
    let found = sixfold_inspect::pushed(name, Some(builder)).with_context(|| unread.to_owned())?;
    verify(matrix, &found, &format!("the pushed image {name}")).with_context(|| wrong.to_owned())?;
    show_warnings(matrix, &found);
    let count = matrix.cells.len();
    terminal::step("Verified", format_args!("{count} binaries read back from the registry"));
    Ok(())
}

/// Fails if the registry does not give each tag this digest.
pub(crate) fn tags(docker: &Docker, names: &[String], builder: &str, digest: &Digest) -> Result<()> {
    for name in names {
        let actual = digest_of(docker, builder, name)?;
        let shown = actual.as_ref().map_or("none", Digest::as_str);
        ensure!(
            actual.as_ref() == Some(digest),
            "{name} is not the image that was verified: the registry has {shown} instead of {digest}\n\
             help: find out who else pushes to this tag, and push again with `--overwrite`"
        );
    }
    Ok(())
}

/// True if the registry gives the tag this digest.
fn has_digest(docker: &Docker, builder: &str, name: &str, digest: Option<&Digest>) -> Result<bool> {
    Ok(digest.is_some() && digest_of(docker, builder, name)?.as_ref() == digest)
}

/// The digest that a tag has in the registry.
fn digest_of(docker: &Docker, builder: &str, name: &str) -> Result<Option<Digest>> {
    let inspect = docker.call(["buildx", "imagetools", "inspect", "--builder", builder, "--raw", name]);
    let output = process::capture(inspect, "ask the registry for the tag")?;
    Ok(output.status.success().then(|| Digest::of(output.stdout.as_bytes())))
}

/// Reads an image back from docker's engine. `file` is where the engine may write it for a moment.
///
/// Fails as [`archive`] does, and if the engine has another image than the one that was `verified` before. If the engine cannot
/// export the image, or exports an unknown format, only a note is shown.
pub(crate) fn loaded(
    docker: &Docker,
    image: &str,
    matrix: &Matrix,
    file: &Utf8Path,
    verified: Option<&Inspection>,
) -> Result<()> {
    let save = docker.call(["save", "--output", file.as_str(), image]);
    let found = match save_and_read(save, file) {
        Ok(found) => found,
        Err(error) => {
            terminal::note(format_args!(
                "the image is loaded, but was not read back to verify it: {error:#}"
            ));
            return Ok(());
        }
    };
    const WRONG: &str = "the image is loaded, but it is wrong\nhelp: fix it, and load it again";
    verify(matrix, &found, &format!("the loaded image {image}")).context(WRONG)?;
    if let Some(verified) = verified {
        is_same(verified, &found, "the engine").context(WRONG)?;
    }
    show_warnings(matrix, &found);
    terminal::step("Verified", format_args!("{} binaries read back from the engine", matrix.cells.len()));
    Ok(())
}

/// Fails if the image of a platform has another configuration, or other layers.
fn is_same(verified: &Inspection, found: &Inspection, place: &str) -> Result<()> {
    let identity = |image: &Inspection, platform: &Platform| {
        let at = image.platforms.iter().position(|other| other == platform)?;
        image.identities.get(at)?.clone()
    };
    for platform in &verified.platforms {
        let [expected, actual] = [verified, found].map(|image| identity(image, platform));
        let config =
            |identity: Option<Identity>| identity.map_or("none".to_owned(), |it| it.config.to_string());
        ensure!(
            expected == actual,
            "{place} has the image configuration {} for {platform} instead of {}, which was verified",
            config(actual),
            config(expected)
        );
    }
    Ok(())
}

fn save_and_read(save: Command, file: &Utf8Path) -> Result<Inspection> {
    process::read(save, "read the image back from the engine")?;
    let found = sixfold_inspect::image(file.as_str());
    fs_err::remove_file(file)?;
    found
}

/// Fails unless the image holds exactly the planned cells, as planned, and the other files that metadata.json names.
/// `image` is the subject of the error message.
fn verify(matrix: &Matrix, found: &Inspection, image: &str) -> Result<()> {
    let unplanned = found.cells.iter().filter_map(|seen| unplanned(matrix, seen));
    let cells: String =
        matrix.cells.iter().filter_map(|cell| mismatch(cell, found)).chain(unplanned).collect();
    let files: String = other_findings(found)
        .filter(|finding| is_fatal(finding))
        .map(|finding| format!("\n  {finding}"))
        .collect();
    if cells.is_empty() && files.is_empty() {
        return Ok(());
    }
    // The other findings have their own advice.
    let help = if cells.is_empty() {
        ""
    } else {
        "\nhelp: check the Dockerfile: each platform must get its own ${TARGETARCH} folder of the stage"
    };
    bail!("{image} is not what its hosts need:{cells}{files}{help}")
}

/// Shows problems that do not make the image wrong. Platforms whose hosts skip a binary list fewer files, as configured.
fn show_warnings(matrix: &Matrix, found: &Inspection) {
    let is_configured =
        |finding: &Finding| !matrix.skipped.is_empty() && *finding.lint == sixfold_inspect::METADATA_DIFFERS;
    let is_unwanted = |finding: &Finding| !matrix.marketplace && is_for_marketplace(finding);
    other_findings(found)
        .filter(|finding| !is_fatal(finding) && !is_configured(finding) && !is_unwanted(finding))
        .for_each(terminal::note);
}

/// Findings about anything other than the cells. The plan knows better what those have to be.
fn other_findings(found: &Inspection) -> impl Iterator<Item = &Finding> {
    found.problems().filter(|finding| !sixfold_judge::LINTS.contains(&finding.lint))
}

/// True for everything that `inspect` reports as an error. A missing platform was not asked for.
fn is_fatal(finding: &Finding) -> bool {
    finding.severity == Severity::Error && *finding.lint != sixfold_inspect::PLATFORM_MISSING
}

/// A line about a file that metadata.json lists for hosts that do not get it. A backend that is not planned comes from the
/// Dockerfile.
fn unplanned(matrix: &Matrix, seen: &CellReport) -> Option<String> {
    let is_same = |planned: &PlannedCell| {
        planned.os == seen.os && planned.platform == seen.platform && planned.path == seen.path
    };
    (seen.os != RunsOn::Vm && !matrix.cells.iter().any(is_same)).then(|| {
        format!(
            "\n  {} in {}: metadata.json lists it, but these hosts do not get it: the Dockerfile must copy \
             ${{TARGETARCH}}/metadata.json",
            seen.path, seen.platform
        )
    })
}

/// A line about a cell that a host does not get as planned.
fn mismatch(planned: &PlannedCell, found: &Inspection) -> Option<String> {
    let cell = planned.cell();
    let is_same =
        |seen: &&CellReport| (seen.os, seen.platform, &seen.path) == (cell.os, cell.platform, &cell.path());
    match found.cells.iter().find(is_same) {
        Some(seen) if planned.sign && !planned.is_signed_by(seen.signature.as_ref()) => {
            Some(format!("\n  {cell}: has no signature any more, or another one"))
        }
        Some(seen) if planned.auditable && !matches!(seen.crates, Some(Ok(_))) => {
            Some(format!("\n  {cell}: has no readable list of its crates any more"))
        }
        Some(seen) if allows(planned, seen) || seen.verdict == Verdict::NotExecutable => {
            wrong_mode(planned, seen)
        }
        Some(seen) => Some(format!("\n  {cell}: {} ({})", seen.verdict.as_str(), seen.reason)),
        None if cell.os == RunsOn::Vm => Some(format!(
            "\n  {cell}: no container starts it: copy it from ${{TARGETARCH}}/vm in the Dockerfile, set ENTRYPOINT, and name the \
             compose file in metadata.json"
        )),
        None => Some(format!("\n  {cell}: is missing, or metadata.json in the image does not list it")),
    }
}

fn allows(planned: &PlannedCell, seen: &CellReport) -> bool {
    planned.allows(seen.verdict, seen.format == Some(Format::Data))
}

/// A line about a binary whose mode is not that of the stage. A file beside a binary may have any mode that its verdict
/// allows.
fn wrong_mode(planned: &PlannedCell, seen: &CellReport) -> Option<String> {
    let mode = seen.mode? & 0o7777;
    let is_wrong = match planned.file {
        None => mode != BINARY_MODE,
        Some(_) => !allows(planned, seen),
    };
    is_wrong.then(|| {
        format!(
            "\n  {}: has mode {mode:04o} instead of {BINARY_MODE:04o}: set `--chmod` in the Dockerfile to \
             {BINARY_MODE:04o}, or remove it",
            planned.cell()
        )
    })
}
