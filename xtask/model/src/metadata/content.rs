//! What metadata.json says.

use std::ops::Range;

use crate::matrix::{HostOs, ImagePath};

/// Where the file is in an image.
pub const FILE: &str = "/metadata.json";

/// What an extension says about itself, and the text that says it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// The text that was read.
    pub text: String,
    /// The path of the icon in the image.
    pub icon: Option<String>,
    /// The tab in Docker Desktop's dashboard, if the extension has a UI.
    pub tab: Option<Tab>,
    /// The extension runs containers in the VM.
    pub has_vm: bool,
    /// The path of the compose file in the image.
    pub composefile: Option<String>,
    /// The image that runs in the VM; an alternative to `composefile`.
    pub vm_image: Option<String>,
    /// The file name of the socket that is forwarded to the host, in `/run/guest-services` of the containers.
    pub socket: Option<String>,
    /// Every file that is listed for a host, once, in the order of the text.
    pub binaries: Vec<(HostOs, ImagePath)>,
    /// Every entry of `host.binaries` with a usable path, in the order of the text.
    pub listed: Vec<Listed>,
    /// The keys at the root that Docker's validator refuses.
    pub refused_keys: Vec<String>,
}

/// The tab in Docker Desktop's dashboard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tab {
    /// The folder of the UI in the image.
    pub root: Option<String>,
    /// The page inside of `root`.
    pub src: Option<String>,
}

/// An entry of `host.binaries`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The hosts that get the file.
    pub os: HostOs,
    /// The path as the author wrote it.
    pub written: String,
    /// The same path, normalised.
    pub path: ImagePath,
    /// The place of the path in the text, in bytes.
    pub at: Range<usize>,
    /// The place of the whole entry in the text, in bytes.
    pub entry: Range<usize>,
}
