//! Rejects requests that come from a foreign origin or are addressed to a foreign host. Every request is checked before
//! anything else happens.
//!
//! The server listens on a loopback address, but a browser lets every page on the web send requests there. Three headers
//! that scripts cannot set distinguish our own page from others: `Host` (against DNS rebinding, where an attacker's name
//! resolves to this machine), `Origin`, and `Sec-Fetch-Site`, for which another port of this machine is another origin.

use std::net::{Ipv4Addr, ToSocketAddrs as _};

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header};
use camino::Utf8Path;
use sixfold_model::digest::Digest;

/// The status and the text of a rejection.
pub(crate) type Rejection = (StatusCode, &'static str);

const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const DESTINATION: HeaderName = HeaderName::from_static("sec-fetch-dest");
/// Our own header: before a page of another origin may send it, the browser asks us with a preflight request, which we
/// never allow.
const PREVIEW: HeaderName = HeaderName::from_static("x-preview");

/// Browsers send it with the request for a service worker's script, and scripts cannot set it (Service Workers, section 4.3).
const SERVICE_WORKER: HeaderName = HeaderName::from_static("service-worker");

const FOREIGN_PAGE: Rejection = (StatusCode::FORBIDDEN, "only the previewed page may send this request\n");

/// Where the page is served: the only origin whose requests are answered.
#[derive(Clone, Debug)]
pub struct Origin {
    /// `NAME:PORT`, as in the header `Host`.
    pub host: String,
    /// `http://NAME:PORT`, as in the header `Origin`.
    pub url: String,
    /// The ports of this machine that the compose file publishes, which the page may fetch and frame.
    pub ports: Vec<u16>,
}

impl Origin {
    /// `name` is a host name or an address. Browsers leave out port 80, because it is the default.
    pub fn new(name: &str, port: u16) -> Self {
        let host = if port == 80 { name.to_owned() } else { format!("{name}:{port}") };
        Self { url: format!("http://{host}"), host, ports: vec![] }
    }

    /// The origin of the project in `root`, which no other project has, even on the same port. So a page cannot leave
    /// anything in the browser for another project, and `localStorage` survives a restart on the same port.
    pub fn of_project(image: &str, root: &Utf8Path, port: u16) -> Self {
        let name = project_name(image, root);
        if is_resolved(&name) {
            Self::new(&name, port)
        } else {
            Self::new(&Ipv4Addr::LOCALHOST.to_string(), port)
        }
    }
}

/// A name below `localhost`, which belongs to this machine (RFC 6761, section 6.3): the name of the image and, because
/// several checkouts may have the same one, a digest of the root folder.
fn project_name(image: &str, root: &Utf8Path) -> String {
    /// Together with the digest, well below the 63 characters that a label may have.
    const MAX_NAME: usize = 40;
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let name: String = image.chars().map(|c| if is_plain(c) { c } else { '-' }).take(MAX_NAME).collect();
    let digest = Digest::of(root.as_str().as_bytes());
    format!("{}-{}.localhost", name.trim_matches('-'), &digest.hex()[..8]).trim_start_matches('-').to_owned()
}

/// True if browsers find this machine under a name below `localhost`. Chrome, Edge and Firefox do without asking the
/// system, and so does GLib for the browsers of GNOME. Safari asks macOS, and not every version of macOS knows these names.
fn is_resolved(name: &str) -> bool {
    let is_loopback = || {
        let addresses = (name, 0).to_socket_addrs();
        addresses.is_ok_and(|mut addresses| addresses.all(|address| address.ip().is_loopback()))
    };
    !cfg!(target_os = "macos") || is_loopback()
}

/// Checks that apply to every request.
pub(crate) fn check(request: &Request, origin: &Origin) -> Result<(), Rejection> {
    let headers = request.headers();
    if single(headers, &header::HOST) != Some(&origin.host)
        || request.uri().authority().is_some_and(|authority| authority.as_str() != origin.host)
    {
        return Err((StatusCode::MISDIRECTED_REQUEST, "this server does not answer for this host\n"));
    }
    if headers.contains_key(SERVICE_WORKER) {
        return Err((StatusCode::FORBIDDEN, "the preview serves no service workers\n"));
    }
    if headers.contains_key(header::ORIGIN) && single(headers, &header::ORIGIN) != Some(&origin.url) {
        return Err(FOREIGN_PAGE);
    }
    let is_same_origin = matches!(single(headers, &SITE), Some("same-origin" | "none"));
    if headers.contains_key(SITE) && !is_same_origin && !is_link(request) {
        return Err(FOREIGN_PAGE);
    }
    Ok(())
}

/// True if the user followed a link to our page, which reveals nothing to the page that contains the link.
fn is_link(request: &Request) -> bool {
    let is = |name, value| single(request.headers(), &name) == Some(value);
    request.method() == Method::GET && is(MODE, "navigate") && is(DESTINATION, "document")
}

/// Checks that a script of our own page sent the request. Applies to the launch and to the socket.
pub(crate) fn check_script(headers: &HeaderMap, origin: &Origin) -> Result<(), Rejection> {
    if single(headers, &header::ORIGIN) == Some(&origin.url) { Ok(()) } else { Err(FOREIGN_PAGE) }
}

/// Checks what neither a form nor a CORS "simple request" of another page can have.
pub(crate) fn check_post(headers: &HeaderMap, origin: &Origin) -> Result<(), Rejection> {
    check_script(headers, origin)?;
    if single(headers, &PREVIEW) != Some("1") {
        return Err((StatusCode::FORBIDDEN, "the header x-preview is missing\n"));
    }
    let kind =
        single(headers, &header::CONTENT_TYPE).map(|kind| kind.split(';').next().unwrap_or_default().trim());
    if kind == Some("application/json") {
        Ok(())
    } else {
        Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, "the content type must be application/json\n"))
    }
}

/// The value of a header that occurs exactly once.
fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_project_has_a_stable_name_of_its_own() {
        let name = project_name("hello", "/home/a/one".into());
        assert_eq!(name, project_name("hello", "/home/a/one".into()));
        assert!(name.starts_with("hello-") && name.ends_with(".localhost"), "{name}");
        assert_ne!(name, project_name("hello", "/home/a/two".into()));
        for image in ["", "...", "A_b.c", "-x-", &"long".repeat(40)] {
            let name = project_name(image, "/a".into());
            let label = name.strip_suffix(".localhost").unwrap();
            let is_valid = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            assert!(label.len() <= 63 && label.chars().all(is_valid), "{name}");
            assert!(!label.starts_with('-') && !label.ends_with('-'), "{name}");
        }
    }

    #[test]
    fn the_default_port_is_not_part_of_the_origin() {
        let origin = Origin::new("a.localhost", 80);
        assert_eq!((origin.host.as_str(), origin.url.as_str()), ("a.localhost", "http://a.localhost"));
        assert_eq!(Origin::new("a.localhost", 8080).url, "http://a.localhost:8080");
    }
}
