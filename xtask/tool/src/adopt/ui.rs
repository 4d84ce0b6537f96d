//! The UI: its folder, the command that builds it, and the folder that the command writes to.

use anyhow::{Context as _, Result, bail, ensure};
use camino::{Utf8Path, Utf8PathBuf};
use sixfold_base::{git, process};
use sixfold_inspect::check::image_files::{Command, FileSource, ImageFiles, is_certain, normal};
use sixfold_model::finding::Place;
use sixfold_model::matrix::Platform;
use sixfold_model::metadata::Tab;
use sixfold_project::plan::{package_json, package_manager};

use super::command_line::join;
use super::draft::{Draft, entry};
use super::sources::Sources;

const HELP: &str = "set `dir`, `build` and `output` in the table `ui`";

struct Ui {
    dir: Utf8PathBuf,
    /// Relative to `dir`.
    output: Utf8PathBuf,
    build: Option<String>,
    place: Place,
}

/// Finds the UI of a tab. Returns the folder that it has in the image, if it was found.
pub(super) fn find(sources: &Sources, files: &ImageFiles, tab: &Tab, draft: &mut Draft) -> Option<String> {
    let root = normal(tab.root.as_deref()?);
    match locate(sources, files, &root, tab.src.as_deref().unwrap_or("index.html")) {
        Ok(ui) => {
            describe(&ui, sources, draft);
            Some(root)
        }
        Err(error) => {
            draft.needs("ui", format!("cannot be determined: {error:#}"), HELP);
            None
        }
    }
}

fn describe(ui: &Ui, sources: &Sources, draft: &mut Draft) {
    let how = match &ui.build {
        Some(build) => format!("{}, `{build}` into {}", ui.dir, ui.output),
        None => format!("{}, as it is", ui.dir),
    };
    draft.say("ui", &how, &ui.place);
    let build = ui.build.as_deref().map(|build| entry("build", build));
    draft.add("ui", [entry("dir", ui.dir.as_str())].into_iter().chain(build).collect());
    draft.add("ui", vec![entry("output", ui.output.as_str())]);
    let dir = sources.root.join(&ui.dir);
    if ui.build.is_some() && package_manager(&dir).is_none() {
        let message = format!("there is no lock file for {}, so `dist` installs no packages", ui.dir);
        draft.lacks("packages", message, "add a lock file, or set `install` in the table `ui`");
    }
}

fn locate(sources: &Sources, files: &ImageFiles, root: &str, src: &str) -> Result<Ui> {
    let page = normal(&format!("{root}/{src}"));
    match files.origin(Platform::ALL[0], &page) {
        FileSource::Project(path) => {
            let folder =
                path.strip_suffix(src.trim_start_matches('/')).context("its page has another name")?;
            let folder = Utf8Path::new(folder.trim_end_matches('/'));
            let place = Place::path(&path);
            sources.must_be_inside(&path)?;
            match is_ignored(&sources.root, &path) {
                true => built(sources, folder, None, place),
                false => Ok(Ui { dir: or_dot(folder), output: ".".into(), build: None, place }),
            }
        }
        FileSource::Later(path, place) => {
            let folder = path.strip_suffix(src).unwrap_or(&path).trim_end_matches('/');
            built(sources, Utf8Path::new(folder), None, place)
        }
        FileSource::Commands(commands) => by_command(sources, files, root, &commands),
        FileSource::Unknown => bail!("the Dockerfile does not tell where {page} comes from"),
    }
}

/// The UI that a stage of the Dockerfile builds.
fn by_command(sources: &Sources, files: &ImageFiles, root: &str, commands: &[Command]) -> Result<Ui> {
    let builds = |command: &&Command| command.words.iter().any(|word| word.contains("build"));
    let command = commands.iter().rfind(builds).context("no command of the Dockerfile contains `build`")?;
    let (_, copied) = files.copied_to(root).with_context(|| format!("nothing copies a folder to {root}"))?;
    let manifest = files.in_project(command.stage, &format!("{}/package.json", command.cwd));
    let manifest = manifest.with_context(|| {
        format!(
            "`{}` ({}) runs where the project has no package.json",
            command.words.join(" "),
            command.place
        )
    })?;
    let dir = Utf8Path::new(&manifest).parent().unwrap_or(Utf8Path::new(""));
    let output = copied.strip_prefix(&command.cwd).with_context(|| {
        format!("{copied} is outside of {}, where `{}` runs", command.cwd, command.words.join(" "))
    })?;
    ensure!(
        command.words.iter().all(|word| is_certain(word)),
        "its command depends on a variable ({})",
        command.place
    );
    let output = dir.join(output.trim_start_matches('/'));
    built(sources, &output, Some((dir, command)), command.place.clone())
}

/// The UI whose build writes to `output`: the nearest package above it, built by the command if that runs there.
fn built(
    sources: &Sources,
    output: &Utf8Path,
    command: Option<(&Utf8Path, &Command)>,
    place: Place,
) -> Result<Ui> {
    let above = output.parent().unwrap_or(Utf8Path::new(""));
    let dir =
        sources.package_folder(above).with_context(|| format!("there is no package.json above {output}"))?;
    let build = match command {
        Some((folder, command)) if folder == dir => join(&command.words),
        _ => script(&sources.root.join(&dir))?,
    };
    let output = output.strip_prefix(&dir)?.to_owned();
    Ok(Ui { output, dir: or_dot(&dir), build: Some(build), place })
}

/// The command for the script `build` of a package.
fn script(dir: &Utf8Path) -> Result<String> {
    let package =
        package_json(dir.as_std_path()).with_context(|| format!("{dir}/package.json is not JSON"))?;
    let has_script = package.pointer("/scripts/build").is_some();
    ensure!(has_script, "{dir}/package.json has no script `build`");
    Ok(format!("{} run build", package_manager(dir).unwrap_or_else(|| "npm".to_owned())))
}

/// True if git ignores a file: then a build made it.
fn is_ignored(root: &Utf8Path, path: &str) -> bool {
    let mut check = git::command(root);
    check.args(["check-ignore", "--quiet", path]);
    process::capture(check, "ask git whether it ignores a file").is_ok_and(|done| done.status.success())
}

fn or_dot(path: &Utf8Path) -> Utf8PathBuf {
    if path.as_str().is_empty() { ".".into() } else { path.to_owned() }
}
