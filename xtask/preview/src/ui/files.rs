//! The built UI, kept in memory.
//!
//! Invariant: a request finds exactly the files that were in the output folder when the UI was built. So no path leads out
//! of that folder, and while a build runs, or after it has failed, the previous UI is served.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use anyhow::{Context as _, Result, bail};
use axum::body::{Body, Bytes};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use camino::Utf8Path;
use fs_err as fs;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use walkdir::WalkDir;

use super::html::inject;
use crate::about::About;
use crate::guard::headers::Nonce;
use sixfold_model::config_file::CONFIG;

/// The characters that a path in a URL may contain without percent-encoding, for [`utf8_percent_encode`].
pub(crate) const UNENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.');

/// Files by their path in the output folder. Paths are separated by `/` and do not start with one.
type Snapshot = HashMap<String, Bytes>;

/// The files of the built UI.
pub struct Files {
    /// The path of the UI's HTML file in the output folder, from metadata.json.
    entry: String,
    files: RwLock<Arc<Snapshot>>,
}

impl Files {
    /// Reads the output folder. Fails if `entry` is not in it.
    pub fn read(output: &Utf8Path, entry: &str) -> Result<Self> {
        let entry = entry.trim_start_matches('/').to_owned();
        let files = Self { entry, files: RwLock::default() };
        files.reload(output)?;
        Ok(files)
    }

    /// Reads the output folder again. Returns true if a file differs.
    pub fn reload(&self, output: &Utf8Path) -> Result<bool> {
        let files = snapshot(output)?;
        if !files.contains_key(&self.entry) {
            bail!(
                "the UI build did not create {} in {output}\nhelp: change `src` of the dashboard-tab in metadata.json, or \
                 `output` in {}",
                self.entry,
                CONFIG.table("ui")
            );
        }
        let mut known = self.files.write().unwrap_or_else(PoisonError::into_inner);
        let differs = **known != files;
        *known = Arc::new(files);
        Ok(differs)
    }

    /// The response for the path of a request.
    pub(crate) fn answer(&self, about: &About, path: &str, nonce: &Nonce) -> Response<Body> {
        let Ok(path) = percent_decode_str(path.trim_start_matches('/')).decode_utf8() else {
            return not_found();
        };
        let name = match path.as_ref() {
            // The relative links of a page in a folder work only if the browser knows that folder.
            "" if self.entry.contains('/') => {
                let entry = utf8_percent_encode(&self.entry, UNENCODED);
                return Redirect::temporary(&format!("/{entry}")).into_response();
            }
            "" => self.entry.as_str(),
            path => path,
        };
        let files = self.files.read().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(content) = files.get(name) else { return not_found() };
        let kind = mime_guess::from_path(name).first_or_octet_stream();
        let is_text = kind.type_() == "text" || kind.subtype() == "javascript" || kind.subtype() == "json";
        if kind.essence_str() == "text/html" {
            let html = inject(&String::from_utf8_lossy(content), about, nonce);
            return ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response();
        }
        let kind = if is_text { format!("{}; charset=utf-8", kind.essence_str()) } else { kind.to_string() };
        ([(header::CONTENT_TYPE, kind)], content.clone()).into_response()
    }
}

/// All files of the folder. Symbolic links are left out, because they could lead anywhere.
fn snapshot(output: &Utf8Path) -> Result<Snapshot> {
    let mut files = Snapshot::new();
    for file in WalkDir::new(output) {
        let file = file.with_context(|| format!("cannot read the built UI in {output}"))?;
        if !file.file_type().is_file() {
            continue;
        }
        let names =
            file.path().strip_prefix(output)?.components().map(|name| name.as_os_str().to_string_lossy());
        let name = names.collect::<Vec<_>>().join("/");
        files.insert(name, fs::read(file.path())?.into());
    }
    Ok(files)
}

fn not_found() -> Response<Body> {
    (StatusCode::NOT_FOUND, "the UI has no such file\n").into_response()
}
