//! Builds the page again when a file of it changes, and has every tab load it again.
//!
//! The folder is looked at, not watched: the page's sources are few, and looking works on every file system.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::task::spawn_blocking;
use walkdir::WalkDir;
use xtask::plan::Ui;
use xtask::terminal;

use super::Page;
use crate::app::App;
use crate::extension::Extension;
use crate::socket::message::Answer;

const INTERVAL: Duration = Duration::from_millis(250);

/// Looks until the preview ends.
pub async fn watch(app: Arc<App>, extension: Arc<Extension>) {
    let mut known = look(&extension.ui);
    loop {
        tokio::time::sleep(INTERVAL).await;
        let mut now = look(&extension.ui);
        if now == known {
            continue;
        }
        // An editor that writes several files gets to finish.
        loop {
            tokio::time::sleep(INTERVAL / 2).await;
            let then = look(&extension.ui);
            if then == now {
                break;
            }
            now = then;
        }
        known = now;
        let making = extension.clone();
        let built = spawn_blocking(move || making.make_page()).await;
        let built = built.map_err(anyhow::Error::from).flatten().and_then(|()| match &app.page {
            Page::Files(files) => files.refresh(&extension.ui.output),
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
