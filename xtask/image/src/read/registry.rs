//! An image in a registry, copied by `docker buildx imagetools`, so that Docker deals with registries, logins and proxies.
//!
//! The copy goes into a registry of our own ([`crate::loopback`]), which becomes an OCI layout. So every byte comes from the
//! registry, and not from BuildKit's store, and an image in a registry is read by the same code as one in an archive.

use std::io::Read;
use std::process::Command;
use std::rc::Rc;

use anyhow::{Context as _, Result, bail};
use camino::Utf8Path;
use fs_err as fs;

use super::index;
use super::reference;
use super::source::{PlatformImage, Source, Store};
use crate::docker::{docker, must_be_here};
use crate::loopback::Registry;
use crate::oci::{Descriptor, INDEX_FILE, Index};
use crate::tree::At;
use sixfold_base::scratch::Scratch;
use sixfold_base::{process, terminal};
use sixfold_model::reference::{LEAVE_OUT_LOGIN, holds_login, login, shown};

/// The tag in our registry.
const TAG: &str = "copy";

/// Reads the image `name` through a builder, by default the current one. With a digest in its name, it is that image or an
/// error.
pub(super) fn open(name: &str, builder: Option<&str>) -> Result<Source> {
    check_name(name)?;
    must_be_here()?;
    terminal::step("Reading", format_args!("{name} from its registry"));
    let scratch = Rc::new(Scratch::new()?);
    let copied = copy(name, builder, scratch.path())?;
    fs::write(scratch.path().join(INDEX_FILE), serde_json::to_vec(&Index::new(vec![copied]))?)?;
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

/// Copies the image into the folder. Returns its index or manifest.
fn copy(name: &str, builder: Option<&str>, folder: &Utf8Path) -> Result<Descriptor> {
    let registry = Registry::start(folder)?;
    let copy = format!("{}:{TAG}", registry.repository());
    let output = process::capture(create(name, &copy, builder), &format!("read {name} from its registry"))?;
    if let Some(refusal) = registry.refusal() {
        bail!("cannot read {name} from its registry: {refusal}");
    }
    if !output.status.success() {
        let (login, tail) = (login(name), output.tail());
        bail!(
            "cannot read {name} from its registry:\n{tail}\nhelp: check the name, and log in with `{login}`"
        );
    }
    // Buildx may add an index around a single manifest, so the tag has another digest than the image.
    let digest = name.split_once('@').map_or(TAG, |(_, digest)| digest);
    registry.manifest(digest).with_context(|| {
        format!("docker buildx did not copy {name} completely\nhelp: update buildx, and try again")
    })
}

/// A copy from one name to another, through this builder's settings, by default those of the current one.
fn create(from: &str, to: &str, builder: Option<&str>) -> Command {
    let mut command = docker(["buildx", "imagetools", "create", "--tag", to, from]);
    if let Some(builder) = builder {
        command.env("BUILDX_BUILDER", builder);
    }
    command
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
