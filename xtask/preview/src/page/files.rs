//! The page as it was built, kept in memory.
//!
//! Invariant: a request finds exactly the files that were in the page's output when it was built. So no path leads out of
//! it, and a build that is under way, or fails, leaves the page as it was.

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
use crate::app::App;
use crate::server::headers::Nonce;

/// What a path is written without encoding it.
pub const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.');

/// Files by their path from the output, with `/` between names and none at the beginning.
type Snapshot = HashMap<String, Bytes>;

pub struct Files {
    /// The page inside of the output, as metadata.json has it.
    entry: String,
    files: RwLock<Arc<Snapshot>>,
}

impl Files {
    /// Reads the output. Fails when the entry is not in it.
    pub fn read(output: &Utf8Path, entry: &str) -> Result<Self> {
        let entry = entry.trim_start_matches('/').to_owned();
        let files = Self { entry, files: RwLock::default() };
        files.refresh(output)?;
        Ok(files)
    }

    /// Reads the output again. Tells whether it differs.
    pub fn refresh(&self, output: &Utf8Path) -> Result<bool> {
        let mut files = Snapshot::new();
        // Links are left out: they could lead anywhere.
        for file in WalkDir::new(output) {
            let file = file.with_context(|| format!("cannot read the page in {output}"))?;
            if !file.file_type().is_file() {
                continue;
            }
            let names =
                file.path().strip_prefix(output)?.components().map(|name| name.as_os_str().to_string_lossy());
            let name = names.collect::<Vec<_>>().join("/");
            files.insert(name, fs::read(file.path())?.into());
        }
        if !files.contains_key(&self.entry) {
            bail!(
                "the page's build left no {} in {output}: mend `src` of the dashboard-tab in metadata.json, or `output` in \
                 [workspace.metadata.extension.ui]",
                self.entry
            );
        }
        let mut known = self.files.write().unwrap_or_else(PoisonError::into_inner);
        let differs = **known != files;
        *known = Arc::new(files);
        Ok(differs)
    }

    /// The file at the path of a request.
    pub fn answer(&self, app: &App, path: &str, nonce: &Nonce) -> Response<Body> {
        let Ok(path) = percent_decode_str(path.trim_start_matches('/')).decode_utf8() else {
            return not_found();
        };
        let name = match path.as_ref() {
            // A page in a folder finds what it needs only from there.
            "" if self.entry.contains('/') => {
                let entry = utf8_percent_encode(&self.entry, PLAIN);
                return Redirect::temporary(&format!("/{entry}")).into_response();
            }
            "" => self.entry.as_str(),
            path => path,
        };
        let files = self.files.read().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(content) = files.get(name) else { return not_found() };
        let kind = mime_guess::from_path(name).first_or_octet_stream();
        if kind.essence_str() == "text/html" {
            let html = inject(&String::from_utf8_lossy(content), &app.about, nonce);
            return ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response();
        }
        let kind = match kind.type_() == "text" || kind.subtype() == "javascript" || kind.subtype() == "json"
        {
            true => format!("{}; charset=utf-8", kind.essence_str()),
            false => kind.to_string(),
        };
        ([(header::CONTENT_TYPE, kind)], content.clone()).into_response()
    }
}

fn not_found() -> Response<Body> {
    (StatusCode::NOT_FOUND, "the page has no such file\n").into_response()
}
