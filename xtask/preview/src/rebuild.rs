//! Builds the UI again when one of its files changes, and reloads every tab if the result differs.
//!
//! The folder is polled, not watched: a UI has few sources, and polling works on every file system.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::{Error, Result};
use sixfold_project::plan::Ui;
use tokio::task::spawn_blocking;
use walkdir::{DirEntry, WalkDir};

use crate::app::App;
use crate::extension::Extension;
use crate::protocol::ServerMessage;
use crate::terminal;
use crate::ui::{Files, UiSource};

const INTERVAL: Duration = Duration::from_millis(250);
/// Builds in a row during which files changed. After so many, the changes are taken to come from the build itself.
const MAX_ROUNDS: usize = 3;

/// When each file was written, and its length.
type Sources = BTreeMap<PathBuf, (Option<SystemTime>, u64)>;

/// Polls until the preview ends. Returns at once if a dev server serves the UI.
pub(crate) async fn on_change(app: Arc<App>, extension: Arc<Extension>) {
    let UiSource::Files(files) = &app.ui else { return };
    let (mut known, mut rounds, mut was_broken) = (sources(&extension.ui), 0, false);
    loop {
        tokio::time::sleep(INTERVAL).await;
        if sources(&extension.ui) == known {
            continue;
        }
        known = settled_sources(&extension.ui).await;
        match build(files, &extension).await {
            Ok(differs) => {
                if differs || was_broken {
                    app.broadcast(ServerMessage::Reload);
                }
                was_broken = false;
            }
            Err(error) => {
                was_broken = true;
                report(&app, &error);
            }
        }
        let after = sources(&extension.ui);
        rounds = if after == known { 0 } else { rounds + 1 };
        if rounds >= MAX_ROUNDS {
            (known, rounds) = (after, 0);
        }
    }
}

/// The sources, once an editor that writes several files has finished.
async fn settled_sources(ui: &Ui) -> Sources {
    let mut before = sources(ui);
    loop {
        tokio::time::sleep(INTERVAL / 2).await;
        let now = sources(ui);
        if now == before {
            return now;
        }
        before = now;
    }
}

/// Returns true if the built UI differs from the previous one.
async fn build(files: &Files, extension: &Arc<Extension>) -> Result<bool> {
    let builder = extension.clone();
    spawn_blocking(move || builder.build_ui()).await.map_err(Error::from).flatten()?;
    files.reload(&extension.ui.output)
}

fn report(app: &App, error: &Error) {
    terminal::error(format_args!("{error:#}"));
    let text =
        "the UI does not build, so this tab shows the previous version\nhelp: see the terminal for the error";
    app.broadcast(ServerMessage::Warning { text: text.to_owned() });
}

fn sources(ui: &Ui) -> Sources {
    let is_source = |entry: &DirEntry| {
        entry.path() != ui.output && entry.file_name().to_str().is_none_or(|name| !is_ignored(name))
    };
    let files = WalkDir::new(&ui.dir).into_iter().filter_entry(is_source).filter_map(Result::ok);
    files
        .filter(|entry| !entry.file_type().is_dir())
        .filter_map(|entry| {
            let metadata = entry.metadata().ok()?;
            Some((entry.into_path(), (metadata.modified().ok(), metadata.len())))
        })
        .collect()
}

/// True for files that editors, operating systems and compilers leave next to sources. Other names that start with a dot
/// are settings, such as `.env`.
fn is_ignored(name: &str) -> bool {
    let suffixes = ["~", ".swp", ".swo", ".swx", ".tmp", ".tsbuildinfo"];
    matches!(name, "node_modules" | ".git" | ".DS_Store" | ".idea" | ".vscode" | "4913")
        || name.starts_with(".#")
        || suffixes.iter().any(|suffix| name.ends_with(suffix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_editors_and_tools_are_not_sources() {
        for name in [".git", ".a.tsx.swp", "a.tsx~", ".#a.tsx", "tsconfig.tsbuildinfo", ".DS_Store"] {
            assert!(is_ignored(name), "{name}");
        }
        for name in ["a.tsx", ".env.local", ".babelrc", "swp", "tmp"] {
            assert!(!is_ignored(name), "{name}");
        }
    }
}
