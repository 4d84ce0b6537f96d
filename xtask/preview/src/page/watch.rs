//! Builds the page again when a file of it changes, and has every tab load it again when that has made a difference.
//!
//! The folder is looked at, not watched: the page's sources are few, and looking works on every file system.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::{Error, Result};
use sixfold_base::terminal;
use sixfold_project::plan::Ui;
use tokio::task::spawn_blocking;
use walkdir::{DirEntry, WalkDir};

use super::Files;
use crate::app::App;
use crate::extension::Extension;
use crate::page::Page;
use crate::socket::message::Answer;

const INTERVAL: Duration = Duration::from_millis(250);
/// Builds one after the other, during each of which files changed. So many edits are unlikely: the build itself writes.
const MOST_ROUNDS: usize = 3;

/// When each file was written, and its length.
type Sources = BTreeMap<PathBuf, (Option<SystemTime>, u64)>;

/// Looks until the preview ends.
pub async fn watch(app: Arc<App>, extension: Arc<Extension>) {
    let Page::Files(files) = &app.page else { return };
    let (mut known, mut rounds, mut was_broken) = (look(&extension.ui), 0, false);
    loop {
        tokio::time::sleep(INTERVAL).await;
        if look(&extension.ui) == known {
            continue;
        }
        known = settled(&extension.ui).await;
        match build(files, &extension).await {
            Ok(differs) => {
                if differs || was_broken {
                    app.tell(Answer::Reload);
                }
                was_broken = false;
            }
            Err(error) => {
                was_broken = true;
                tell_why(&app, &error);
            }
        }
        let after = look(&extension.ui);
        rounds = if after == known { 0 } else { rounds + 1 };
        if rounds >= MOST_ROUNDS {
            (known, rounds) = (after, 0);
        }
    }
}

/// The sources, once an editor that writes several files has finished.
async fn settled(ui: &Ui) -> Sources {
    let mut now = look(ui);
    loop {
        tokio::time::sleep(INTERVAL / 2).await;
        let then = look(ui);
        if then == now {
            return now;
        }
        now = then;
    }
}

/// Tells whether the page is another one now.
async fn build(files: &Files, extension: &Arc<Extension>) -> Result<bool> {
    let making = extension.clone();
    spawn_blocking(move || making.make_page()).await.map_err(Error::from).flatten()?;
    files.refresh(&extension.ui.output)
}

fn tell_why(app: &App, error: &Error) {
    terminal::error(format_args!("{error:#}"));
    let text = "the page does not build, so this is how it was before: the terminal says why".to_owned();
    app.tell(Answer::Warning { text });
}

fn look(ui: &Ui) -> Sources {
    let is_source = |entry: &DirEntry| {
        entry.path() != ui.output && entry.file_name().to_str().is_none_or(|name| !is_noise(name))
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

/// What editors, systems and compilers leave beside sources. Other names with a dot are settings, such as `.env`.
fn is_noise(name: &str) -> bool {
    let ends = ["~", ".swp", ".swo", ".swx", ".tmp", ".tsbuildinfo"];
    matches!(name, "node_modules" | ".git" | ".DS_Store" | ".idea" | ".vscode" | "4913")
        || name.starts_with(".#")
        || ends.iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_leave_is_told_from_sources() {
        for name in [".git", ".a.tsx.swp", "a.tsx~", ".#a.tsx", "tsconfig.tsbuildinfo", ".DS_Store"] {
            assert!(is_noise(name), "{name}");
        }
        for name in ["a.tsx", ".env.local", ".babelrc", "swp", "tmp"] {
            assert!(!is_noise(name), "{name}");
        }
    }
}
