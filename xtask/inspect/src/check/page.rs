//! Checks the page of the dashboard tab, as far as its sources can be read: the file that opens first, and the programs that it
//! runs on the host.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use super::files::Named;
use super::source::Source;
use crate::inspection::files::UI_MISSING;
use sixfold_model::config::UiConfig;
use sixfold_model::finding::{Finding, Severity};

sixfold_model::lints! {
    /// The page runs a program that no host gets.
    CALL_NOT_LISTED = Warning "call-not-listed";
}

/// Folders with other people's code, or with what is made from sources.
const SKIPPED: [&str; 6] = ["build", "dist", "node_modules", "out", "target", "vendor"];
/// The files in which a page calls programs.
const SOURCES: [&str; 8] = ["html", "js", "jsx", "mjs", "svelte", "ts", "tsx", "vue"];
/// Where Dockerfiles of projects usually copy the UI to.
const IN_IMAGE: &str = "ui";
/// The limit of source files: more than any page has.
const FILES: usize = 5000;

/// The page that opens first must be in the output of the UI. An output that is not built yet is judged by the sources, if they
/// have a page at the usual places.
pub(super) fn first_page(named: &Named<'_>, ui: &UiConfig) -> Option<Finding> {
    let tab = named.metadata.tab.as_ref()?;
    let src = tab.src.as_deref().filter(|src| !src.contains("://"))?;
    let page = src.split(['?', '#']).next()?.trim_start_matches('/');
    if tab.root.as_deref()?.trim_matches('/') != IN_IMAGE {
        return None;
    }
    let dir = named.root.join(ui.dir.as_path());
    let output = dir.join(ui.output.as_path());
    let is_known = ui.build.is_none()
        || output.is_dir()
        || ["index.html", "public/index.html"].iter().any(|page| dir.join(page).is_file());
    let sources = [dir.clone(), dir.join("public"), dir.join("static")];
    let mut folders = std::iter::once(output).chain(sources.into_iter().filter(|_| ui.build.is_some()));
    if !is_known || folders.any(|folder| folder.join(page).is_file()) {
        return None;
    }
    let message = format!("the UI in `{}` has no {page}", ui.dir.as_path());
    let severity = if ui.build.is_some() { Severity::Warning } else { Severity::Error };
    let place = named.place(&["ui", "dashboard-tab", "src"]);
    Some(Finding::new(&UI_MISSING, place, message, "name a page that the UI has").with(severity))
}

/// The calls of `host.cli.exec` with a name that metadata.json lists for no host. `folder` has the sources of the page.
pub(super) fn calls(named: &Named<'_>, folder: &Utf8Path) -> Vec<Finding> {
    let listed: BTreeSet<_> =
        named.metadata.listed.iter().map(|file| without_extension(file.path.base_name())).collect();
    let mut findings = vec![];
    for path in sources(&named.root.join(folder)) {
        let name = path.strip_prefix(named.root).unwrap_or(&path).as_str().replace('\\', "/");
        let Ok(Some(source)) = Source::read(named.root, &name) else { continue };
        for (at, program) in programs(&source.text).filter(|(_, it)| !listed.contains(without_extension(it)))
        {
            let message = format!("calls `{program}`, which metadata.json lists for no host");
            let help = "list the program in `host.binaries`, or correct the name";
            findings.push(Finding::new(&CALL_NOT_LISTED, source.place(at), message, help));
        }
    }
    findings
}

/// Windows starts `tool.exe` and `tool.cmd` when a page calls `tool`.
fn without_extension(name: &str) -> &str {
    [".exe", ".cmd", ".bat"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name)
}

/// The source files in a folder, without those of tests, which may call anything.
fn sources(folder: &Utf8Path) -> Vec<Utf8PathBuf> {
    let mut files = vec![];
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in folder.read_dir_utf8().into_iter().flatten().flatten() {
            let (name, path) = (entry.file_name(), entry.path());
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() && !name.starts_with('.') && !SKIPPED.contains(&name) {
                folders.push(path.to_owned());
            }
            let is_source = SOURCES.contains(&path.extension().unwrap_or_default());
            if kind.is_file() && is_source && !name.contains(".test.") && !name.contains(".spec.") {
                files.push(path.to_owned());
            }
        }
        if files.len() > FILES {
            break;
        }
    }
    files.sort();
    files
}

/// The programs that a text runs on the host by a literal name, and where the call begins.
fn programs(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.match_indices("cli").filter_map(move |(at, _)| {
        let (before, after) = (text.get(..at)?, text.get(at + "cli".len()..)?);
        let line = before.rsplit('\n').next().unwrap_or_default().trim_start();
        let is_comment = ["//", "*", "/*", "<!--"].iter().any(|mark| line.starts_with(mark));
        let host = before.trim_end().strip_suffix('.')?.trim_end_matches(['?', '!']);
        if is_comment || !host.ends_with("host") {
            return None;
        }
        let call =
            after.trim_start_matches(['?', '!']).trim_start().strip_prefix('.')?.strip_prefix("exec")?;
        let argument = call.trim_start_matches("?.").trim_start().strip_prefix('(')?.trim_start();
        let quote = argument.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'))?;
        let name = argument.get(1..)?.split(quote).next()?;
        let is_plain = !name.is_empty() && !name.contains(['\n', '\\', '$']);
        is_plain.then_some((host.len() - "host".len(), name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_with_a_literal_name_is_found() {
        let found = |text| programs(text).map(|(_, name)| name).collect::<Vec<_>>();
        let text = r#"
            await ddClient.extension.host.cli.exec("one", []);
            client.extension.host?.cli.exec(
                'two', ["a"]);
            host!.cli?.exec?.(`three`);
            // host.cli.exec("comment")
            host.cli.exec(`no${x}`); host.cli.exec(name); docker.cli.exec("ps"); vm.cli.exec("in-the-vm");
        "#;
        assert_eq!(found(text), ["one", "two", "three"]);
    }

    proptest::proptest! {
        #[test]
        fn any_text_can_be_read(text in "(host|[.?!]|cli|exec|[(\"'`ä\n a$])*") {
            for (at, _) in programs(&text) {
                proptest::prop_assert!(text[at..].starts_with("host"));
            }
        }
    }
}
