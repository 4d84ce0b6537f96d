//! A stage as the steps that fill it, and what is known while its files are traced.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use super::base_image::BaseImage;
use super::effect::{Effect, Made};
use super::shell::Machine;
use crate::check::context::Contexts;
use sixfold_image::dockerfile::Dockerfile;
use sixfold_model::matrix::Platform;

/// Where a file of the image comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::check) enum Origin {
    /// Nothing makes it.
    Nowhere,
    /// A path in a build context; the name is empty for the main one.
    Context {
        context: String,
        path: String,
    },
    /// Another tool may make it before the build.
    Later {
        /// What is copied from a build context: the file, or a folder above it.
        path: String,
        /// The byte offset of what copies it.
        at: usize,
    },
    /// An image that is not known here. It may differ between platforms.
    Image,
    Made(Vec<Made>),
    Unknown,
}

/// Traces files through one Dockerfile.
pub(in crate::check) struct Tracer<'a> {
    pub(super) file: &'a Dockerfile,
    pub(super) contexts: &'a Contexts,
    pub(super) steps: RefCell<BTreeMap<(usize, Platform), Rc<Steps>>>,
    /// What is left of the work for one file.
    pub(super) budget: Cell<usize>,
    /// What is left of the work for all files.
    pub(super) left: Cell<usize>,
    /// How many files are being traced: each is a source of the one before.
    pub(super) depth: Cell<usize>,
}

/// How many copies of copies are followed: each takes stack.
pub(super) const MAX_DEPTH: usize = 100;
/// How many steps are looked at for one file. In a stage with more, nothing is known.
pub(super) const BUDGET: usize = 5_000;
/// How many steps are looked at for all files together.
pub(super) const BUDGET_OF_ALL: usize = 1_000_000;

/// The steps that fill a stage for one platform, in order.
#[derive(Clone)]
pub(super) struct Steps {
    pub platform: Platform,
    pub machine: Machine,
    pub base: BaseImage,
    /// The byte offset of the first FROM.
    pub at: usize,
    pub list: Vec<Rc<Step>>,
    /// For each step, a digest of all steps before it, and at last one of all.
    pub before: Vec<String>,
}

#[derive(Debug)]
pub(super) enum Step {
    Copy(Copy),
    Command { effect: Effect, is_certain: bool },
}

/// COPY or ADD.
#[derive(Debug)]
pub(super) struct Copy {
    pub from: From,
    /// `None` if a source is not known, or is a pattern.
    pub sources: Vec<Option<String>>,
    /// Absolute; `None` if it is not known.
    pub dest: Option<String>,
    pub is_folder: bool,
    /// The patterns of `--exclude`.
    pub excluded: Vec<String>,
    pub at: usize,
}

/// What COPY copies from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum From {
    /// A build context; the name is empty for the main one.
    Context(String),
    Stage(usize),
    Image,
    /// An address on the web.
    Address,
    /// A here-document.
    Text,
}
