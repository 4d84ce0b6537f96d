//! Builds the page again when a file of it changes, and has every tab load it again.
//!
//! The folder is looked at, not watched: the page's sources are few, and looking works on every file system.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::Result;
use camino::Utf8PathBuf;
use walkdir::WalkDir;
use xshell::Shell;
use xtask::dist_folder::DistFolder;
use xtask::plan::Ui;
use xtask::terminal;

use super::Page;
use crate::app::App;
use crate::socket::message::Answer;

const INTERVAL: Duration = Duration::from_millis(250);

/// Builds the page, with the same memory of earlier builds as `dist`.
pub fn build(ui: &Ui, dist: Utf8PathBuf) -> Result<()> {
    // Held only while building: a preview must not keep `dist` waiting.
    let dist = DistFolder::take(dist)?;
    let sh = Shell::new()?;
    xtask::ui::run(&sh, ui, &dist)
}

/// Fetches the packages of the page.
pub fn install(ui: &Ui, dist: Utf8PathBuf) -> Result<()> {
    let dist = DistFolder::take(dist)?;
    let sh = Shell::new()?;
    xtask::ui::install(&sh, ui, &dist)
}

/// Looks until the preview ends.
pub async fn watch(app: Arc<App>, ui: Ui, dist: Utf8PathBuf) {
    let ui = Arc::new(ui);
    let mut known = look(&ui);
    loop {
        tokio::time::sleep(INTERVAL).await;
        let mut now = look(&ui);
        if now == known {
            continue;
        }
        // An editor that writes several files gets to finish.
        loop {
            tokio::time::sleep(INTERVAL / 2).await;
            let then = look(&ui);
            if then == now {
                break;
            }
            now = then;
        }
        known = now;
        let (build_ui, build_dist) = (ui.clone(), dist.clone());
        let built = tokio::task::spawn_blocking(move || build(&build_ui, build_dist)).await;
        let built = built.map_err(anyhow::Error::from).flatten().and_then(|()| match &app.page {
            Page::Files(files) => files.refresh(&ui.output),
            Page::Dev(_) => Ok(()),
        });
        match built {
            Ok(()) => app.tell(Answer::Reload),
            Err(error) => {
                terminal::error(format_args!("{error:#}"));
                let text =
                    "the page does not build, so this is how it was before: the terminal says why".to_owned();
                app.tell(Answer::Warning { text });
            }
        }
    }
}

/// When each file of the page's sources was written, and its length.
fn look(ui: &Ui) -> BTreeMap<std::path::PathBuf, (Option<SystemTime>, u64)> {
    let is_source = |entry: &walkdir::DirEntry| {
        entry.path() != ui.output && !matches!(entry.file_name().to_str(), Some("node_modules" | ".git"))
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
