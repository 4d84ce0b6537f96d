//! An image in a registry, copied by `docker buildx imagetools`, so that Docker deals with registries, logins and proxies.
//!
//! The copy goes into a registry of our own ([`crate::loopback`]), which becomes an OCI layout. So every byte comes from the
//! registry, and not from BuildKit's store, and an image in a registry is read by the same code as one in an archive.

use std::io::Read;
use std::rc::Rc;

use anyhow::{Context as _, Result, bail};
use fs_err as fs;

use super::index;
use super::reference;
use super::source::{PlatformImage, Source, Store};
use crate::docker::must_be_here;
use crate::loopback::transfer;
use crate::oci::{INDEX_FILE, Index, LAYOUT_FILE, Layout};
use crate::tree::At;
use sixfold_base::scratch::Scratch;
use sixfold_base::terminal;
use sixfold_model::reference::{LEAVE_OUT_LOGIN, holds_login, shown};

/// Reads the image `name` through a builder, by default the current one. With a digest in its name, it is that image or an
/// error.
pub(super) fn open(name: &str, builder: Option<&str>) -> Result<Source> {
    check_name(name)?;
    must_be_here()?;
    terminal::step("Reading", format_args!("{name} from its registry"));
    let scratch = Rc::new(Scratch::new()?);
    let copied = transfer::download(name, builder, scratch.path())?;
    fs::write(scratch.path().join(INDEX_FILE), serde_json::to_vec(&Index::new(vec![copied]))?)?;
    fs::write(scratch.path().join(LAYOUT_FILE), serde_json::to_vec(&Layout::new())?)?;
    let mut source = index::open_folder(scratch.path()).with_context(|| format!("cannot use {name}"))?;
    source.tag = reference::tag(name);
    let keep = |image: PlatformImage| {
        let store = Copied { store: image.store, _folder: scratch.clone() };
        PlatformImage { store: Box::new(store), ..image }
    };
    source.images = source.images.into_iter().map(keep).collect();
    Ok(source)
}

fn check_name(name: &str) -> Result<()> {
    if holds_login(name) {
        bail!("`{}` is not an image reference: {LEAVE_OUT_LOGIN}", shown(name));
    }
    if name.starts_with('-') || name.contains(char::is_whitespace) {
        bail!("`{}` is not an image reference", name.escape_default());
    }
    Ok(())
}

/// Files of an image in a folder that is removed when the last of them is dropped.
struct Copied {
    store: Box<dyn Store>,
    _folder: Rc<Scratch>,
}

impl Store for Copied {
    fn visit(&self, wanted: &[At], each: &mut dyn FnMut(&At, &mut dyn Read) -> Result<()>) -> Result<()> {
        self.store.visit(wanted, each)
    }
}
