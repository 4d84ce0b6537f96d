//! The files of a project, from the template, and its lock file.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use camino::Utf8Path;
use fs_err as fs;

use sixfold_base::{cargo, process, terminal};

use super::answers::Answers;
use super::source::{SOURCES, Source};
use super::template;

/// Writes those files of the template that are wanted. Returns their paths.
pub(super) fn write(
    root: &Utf8Path,
    answers: &Answers,
    tool: &Source,
    is_wanted: impl Fn(&str) -> bool,
) -> Result<BTreeSet<String>> {
    let tool = tool.to_string();
    let words = [("BIN", &*answers.bin), ("IMAGE", &*answers.image), ("TOOL", &*tool)];
    let texts = [("TITLE", &*answers.title), ("VENDOR", &*answers.vendor)];
    let mut written = BTreeSet::new();
    for (path, text) in template::files(&answers.chosen, &words, &texts).filter(|(path, _)| is_wanted(path)) {
        let file = root.join(path);
        fs::create_dir_all(file.parent().unwrap_or(root))?;
        fs::write(file, text)?;
        written.insert(path.to_owned());
    }
    Ok(written)
}

/// Has cargo write Cargo.lock, which also shows that it can get the tool. It begins with the versions that the tool was tested
/// with. Cargo runs outside of the project, because the project's folder is temporary.
pub(super) fn lock(root: &Utf8Path, parent: &Utf8Path, tool: &Source) -> Result<()> {
    let own = Utf8Path::new(env!("CARGO_MANIFEST_DIR"));
    let tested = [own.join("Cargo.lock"), own.join("../../Cargo.lock")];
    if let Some(tested) = tested.iter().find(|file| file.is_file()) {
        fs::copy(tested, root.join("Cargo.lock"))?;
    }
    terminal::step("Locking", format_args!("the packages of sixfold = {tool}"));
    let mut cargo = cargo::command();
    cargo.args(["metadata", "--format-version", "1", "--manifest-path", root.join("Cargo.toml").as_str()]);
    cargo.current_dir(parent);
    let output = process::capture(cargo, "get Sixfold")?;
    ensure!(output.status.success(), "cargo cannot get sixfold = {tool}\n{}\nhelp: {SOURCES}", output.tail());
    Ok(())
}
