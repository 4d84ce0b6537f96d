//! Rejects requests that come from a foreign origin or are addressed to a foreign host. Every request is checked before
//! anything else happens.
//!
//! The server listens on a loopback address, but a browser lets every page on the web send requests there. Three headers
//! that scripts cannot set distinguish our own page from others: `Host` (against DNS rebinding, where an attacker's name
//! resolves to this machine), `Origin`, and `Sec-Fetch-Site`, for which another port of this machine is another origin.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header};

/// The status and the text of a rejection.
pub(crate) type Rejection = (StatusCode, &'static str);

const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const DESTINATION: HeaderName = HeaderName::from_static("sec-fetch-dest");
/// Our own header: before a page of another origin may send it, the browser asks us with a preflight request, which we
/// never allow.
const PREVIEW: HeaderName = HeaderName::from_static("x-preview");

const FOREIGN_PAGE: Rejection = (StatusCode::FORBIDDEN, "only the previewed page may send this request\n");

/// Where the page is served: the only origin whose requests are answered.
#[derive(Clone, Debug)]
pub struct Origin {
    /// `127.0.0.1:PORT`, as in the header `Host`.
    pub host: String,
    /// `http://127.0.0.1:PORT`, as in the header `Origin`.
    pub url: String,
}

impl Origin {
    pub(crate) fn new(port: u16) -> Self {
        let host = format!("127.0.0.1:{port}");
        Self { url: format!("http://{host}"), host }
    }
}

/// Checks that apply to every request.
pub(crate) fn check(request: &Request, origin: &Origin) -> Result<(), Rejection> {
    let headers = request.headers();
    if single(headers, &header::HOST) != Some(&origin.host)
        || request.uri().authority().is_some_and(|authority| authority.as_str() != origin.host)
    {
        return Err((StatusCode::MISDIRECTED_REQUEST, "this server does not answer for this host\n"));
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
