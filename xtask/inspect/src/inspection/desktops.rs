//! Who can install the extension: Docker Desktop, Rancher Desktop and Podman Desktop, on each kind of host.
//!
//! For Rancher Desktop and Podman Desktop, this follows their source code (`pkg/rancher-desktop/main/extensions`,
//! `plugin/docker-extension`); for Docker Desktop, its documentation and messages. If the answer is unknown, the report says
//! so.

use std::collections::BTreeMap;

use serde::Serialize;

use super::host_binaries::CellReport;
use crate::labels::BASIC;
use crate::metadata::Metadata;
use sixfold_image::read::PlatformImage;
use sixfold_image::tree::Kind;
use sixfold_judge::{Verdict, host_name};
use sixfold_model::finding::cut;
use sixfold_model::matrix::{HostOs, Platform};

/// A program that installs extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Desktop {
    Docker,
    Rancher,
    Podman,
}

impl Desktop {
    pub const ALL: [Self; 3] = [Self::Docker, Self::Rancher, Self::Podman];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Docker => "Docker Desktop",
            Self::Rancher => "Rancher Desktop",
            Self::Podman => "Podman Desktop",
        }
    }
}

/// Whether one desktop installs the extension on one kind of host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Install {
    pub desktop: Desktop,
    pub os: HostOs,
    pub platform: Platform,
    /// `None` if it is not documented.
    pub installs: Option<bool>,
    /// Why it does not, or why that is unknown.
    pub reasons: Vec<String>,
}

/// One platform's image, with what was read from it.
pub(super) struct KnownImage<'a> {
    pub image: &'a PlatformImage,
    pub metadata: Option<&'a Metadata>,
    pub cells: &'a [CellReport],
}

/// The answers of all desktops on all hosts. `images` are the existing ones of the two platforms.
pub(super) fn check(images: &[KnownImage<'_>]) -> Vec<Install> {
    let mut installs = vec![];
    for desktop in Desktop::ALL {
        for platform in Platform::ALL {
            let known = images.iter().find(|known| known.image.platform == platform);
            for os in HostOs::ALL {
                let (no, unknown) = match known {
                    Some(known) => (known.refused(desktop, os), known.unknown(desktop, os)),
                    None => (vec![format!("there is no image for {platform}")], vec![]),
                };
                let installs_there =
                    if !no.is_empty() { Some(false) } else { unknown.is_empty().then_some(true) };
                let reasons = if no.is_empty() { unknown } else { no };
                let reasons = reasons.iter().map(|reason| cut(reason)).collect();
                installs.push(Install { desktop, os, platform, installs: installs_there, reasons });
            }
        }
    }
    installs
}

/// A host, by its operating system and the platform that it pulls.
type Host = (HostOs, Platform);

/// Each reason of each desktop once, as a sentence that names all hosts it applies to.
pub fn reasons(installs: &[Install]) -> Vec<String> {
    let mut order: Vec<(Desktop, &str)> = vec![];
    let mut hosts: BTreeMap<(Desktop, &str), Vec<Host>> = BTreeMap::new();
    for install in installs {
        for reason in &install.reasons {
            let key = (install.desktop, reason.as_str());
            let hosts_of_reason = hosts.entry(key).or_default();
            if hosts_of_reason.is_empty() {
                order.push(key);
            }
            hosts_of_reason.push((install.os, install.platform));
        }
    }
    let sentence = |key: &(Desktop, &str)| {
        let hosts = hosts.get(key).map(|hosts| name_hosts(hosts)).unwrap_or_default();
        format!("{} on {hosts}: {}", key.0.name(), key.1)
    };
    order.iter().map(sentence).collect()
}

/// `every host`, `every arm64 host`, or a list of names such as `Linux, macOS arm64`.
fn name_hosts(hosts: &[Host]) -> String {
    let all = HostOs::ALL.len() * Platform::ALL.len();
    let of = |platform| hosts.iter().filter(|(_, other)| *other == platform).count();
    if hosts.len() == all {
        return "every host".into();
    }
    if let Some(platform) = Platform::ALL.into_iter().find(|platform| of(*platform) == hosts.len())
        && hosts.len() == HostOs::ALL.len()
    {
        return format!("every {} host", platform.arch());
    }
    let mut names: Vec<String> = vec![];
    for os in HostOs::ALL {
        match hosts.iter().filter(|(other, _)| *other == os).collect::<Vec<_>>().as_slice() {
            [] => {}
            [(_, platform)] => names.push(format!("{} {}", host_name(os), platform.arch())),
            _ => names.push(host_name(os).into()),
        }
    }
    names.join(", ")
}

impl KnownImage<'_> {
    /// Why this desktop does not install it.
    fn refused(&self, desktop: Desktop, os: HostOs) -> Vec<String> {
        let Some(metadata) = self.metadata else {
            return vec!["metadata.json is missing or invalid".into()];
        };
        let mut reasons = vec![];
        let missing = self.missing(os);
        match desktop {
            Desktop::Docker => {
                if self.icon_is_missing(metadata) {
                    reasons.push("the icon that metadata.json names is not in the image".into());
                }
            }
            Desktop::Rancher => {
                if metadata.icon.is_none() || self.icon_is_missing(metadata) {
                    reasons.push("it needs an icon that metadata.json names and the image has".into());
                }
                reasons.extend(missing.iter().map(|path| format!("it cannot copy {path}")));
            }
            Desktop::Podman => {
                reasons.extend(self.missing_labels());
                reasons.extend(missing.iter().map(|path| format!("it cannot copy {path}")));
            }
        }
        reasons
    }

    /// Why it is unknown whether this desktop installs it.
    fn unknown(&self, desktop: Desktop, os: HostOs) -> Vec<String> {
        match desktop {
            Desktop::Docker => {
                let missing = self.missing(os).into_iter();
                let missing = missing.map(|path| format!("its behaviour without {path} is not documented"));
                let keys = self.metadata.iter().flat_map(|metadata| &metadata.refused_keys);
                let keys = keys.map(|key| format!("its validator refuses the key `{}`", key.escape_debug()));
                missing.chain(keys).collect()
            }
            Desktop::Rancher | Desktop::Podman => vec![],
        }
    }

    /// Podman Desktop does not recognize an image without these labels as an extension.
    fn missing_labels(&self) -> Option<String> {
        let labels = self.image.labels.as_ref()?;
        let missing = |label: &&&str| labels.get(**label).is_none_or(|value| value.is_empty());
        let missing: Vec<&str> = BASIC.iter().filter(missing).copied().collect();
        (!missing.is_empty()).then(|| format!("labels are missing: {}", missing.join(", ")))
    }

    fn missing(&self, os: HostOs) -> Vec<String> {
        let here = |cell: &&CellReport| {
            cell.verdict == Verdict::Missing && cell.os == os && cell.platform == self.image.platform
        };
        self.cells.iter().filter(here).map(|cell| cell.path.to_string()).collect()
    }

    fn icon_is_missing(&self, metadata: &Metadata) -> bool {
        let is_file = |path: &String| {
            self.image.tree.resolve(path).is_some_and(|(_, node)| matches!(node.kind, Kind::File { .. }))
        };
        metadata.icon.as_ref().is_some_and(|icon| !is_file(icon))
    }
}
