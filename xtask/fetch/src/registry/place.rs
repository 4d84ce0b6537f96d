//! Where a tag is: the registry's host, and the names of its login.

use anyhow::Result;
use sixfold_model::reference::host_of;
use ureq::http::Uri;

use crate::source::is_secure;

/// Under this name, Docker keeps the login of Docker Hub.
const HUB_LOGIN: &str = "https://index.docker.io/v1/";
const HUB: &str = "registry-1.docker.io";

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    host: String,
    /// The name of the login in Docker's configuration.
    pub(super) login: String,
    /// Without the host.
    pub(super) repository: String,
    tag: String,
}

impl Place {
    pub(super) fn parse(name: &str) -> Option<Self> {
        let (repository, tag) = name.rsplit_once(':')?;
        let host = host_of(repository);
        let path =
            host.and_then(|host| repository.strip_prefix(host)?.strip_prefix('/')).unwrap_or(repository);
        let (host, login, path) = match host {
            None | Some("docker.io" | "index.docker.io") if path.contains('/') => {
                (HUB, HUB_LOGIN, path.to_owned())
            }
            None | Some("docker.io" | "index.docker.io") => (HUB, HUB_LOGIN, format!("library/{path}")),
            Some(host) => (host, host, path.to_owned()),
        };
        Some(Self { host: host.to_owned(), login: login.to_owned(), repository: path, tag: tag.to_owned() })
    }

    /// True for a registry on this machine.
    pub(super) fn is_local(&self) -> bool {
        format!("http://{}/", self.host).parse().is_ok_and(|uri: Uri| is_secure(&uri))
    }

    /// The address of the tag's manifest.
    pub(super) fn manifest(&self) -> Result<Uri> {
        self.address(&format!("manifests/{}", self.tag))
    }

    /// The address of the first page of the list of tags.
    pub(super) fn tags(&self) -> Result<Uri> {
        self.address("tags/list?n=1000")
    }

    /// An address in the repository. Like Docker, this uses plain http for this machine only.
    pub(super) fn address(&self, path: &str) -> Result<Uri> {
        let scheme = if self.is_local() { "http" } else { "https" };
        Ok(format!("{scheme}://{}/v2/{}/{path}", self.host, self.repository).parse()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_docker_reads_them() {
        for (name, address, login) in [
            ("x/y:1", "https://registry-1.docker.io/v2/x/y/manifests/1", HUB_LOGIN),
            ("alpine:3", "https://registry-1.docker.io/v2/library/alpine/manifests/3", HUB_LOGIN),
            ("docker.io/x/y:1", "https://registry-1.docker.io/v2/x/y/manifests/1", HUB_LOGIN),
            ("reg.example/x/y:1", "https://reg.example/v2/x/y/manifests/1", "reg.example"),
            ("reg.example:5000/y:1", "https://reg.example:5000/v2/y/manifests/1", "reg.example:5000"),
            ("localhost:5000/x/y:1", "http://localhost:5000/v2/x/y/manifests/1", "localhost:5000"),
            ("127.0.0.1:5000/x:1", "http://127.0.0.1:5000/v2/x/manifests/1", "127.0.0.1:5000"),
            ("localhost.example/x:1", "https://localhost.example/v2/x/manifests/1", "localhost.example"),
        ] {
            let place = Place::parse(name).unwrap();
            assert_eq!(
                (place.manifest().unwrap().to_string().as_str(), place.login.as_str()),
                (address, login)
            );
        }
        assert_eq!(Place::parse("x/y"), None);
    }
}
