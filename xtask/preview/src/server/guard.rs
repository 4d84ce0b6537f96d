//! Who may ask: looked at for every request, before anything else.
//!
//! The address is a loopback one, but a browser lets every page of the web send requests there. What tells the page that
//! we serve from all others are headers that scripts cannot set: `Host` (against names that an attacker points at this
//! machine), `Origin`, and `Sec-Fetch-Site`, for which another port of this machine is another origin.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header};

use crate::app::Origin;

/// Why a request is refused.
pub type Refusal = (StatusCode, &'static str);

const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const DESTINATION: HeaderName = HeaderName::from_static("sec-fetch-dest");
/// Of our own, so that a browser asks before a page of another origin may send it: and we never say yes.
const PREVIEW: HeaderName = HeaderName::from_static("x-preview");

/// What holds for every request.
pub fn check(request: &Request, origin: &Origin) -> Result<(), Refusal> {
    let headers = request.headers();
    if only(headers, &header::HOST) != Some(&origin.host)
        || request.uri().authority().is_some_and(|named| named.as_str() != origin.host)
    {
        return Err((StatusCode::MISDIRECTED_REQUEST, "this is not the host that you look for\n"));
    }
    if headers.contains_key(header::ORIGIN) && only(headers, &header::ORIGIN) != Some(&origin.url) {
        return Err((StatusCode::FORBIDDEN, "only the page itself may ask for this\n"));
    }
    let is_ours = matches!(only(headers, &SITE), Some("same-origin" | "none"));
    if headers.contains_key(SITE) && !is_ours && !is_link(request) {
        return Err((StatusCode::FORBIDDEN, "only the page itself may ask for this\n"));
    }
    Ok(())
}

/// Somebody follows a link to the page, which shows it and gives the page that had the link nothing.
fn is_link(request: &Request) -> bool {
    let is = |name, value| only(request.headers(), &name) == Some(value);
    request.method() == Method::GET && is(MODE, "navigate") && is(DESTINATION, "document")
}

/// What must come from a script of our page: the launch and the socket.
pub fn check_script(headers: &HeaderMap, origin: &Origin) -> Result<(), Refusal> {
    match only(headers, &header::ORIGIN) == Some(&origin.url) {
        true => Ok(()),
        false => Err((StatusCode::FORBIDDEN, "only the page itself may ask for this\n")),
    }
}

/// What a form or a simple request of another page cannot have.
pub fn check_post(headers: &HeaderMap, origin: &Origin) -> Result<(), Refusal> {
    check_script(headers, origin)?;
    if only(headers, &PREVIEW) != Some("1") {
        return Err((StatusCode::FORBIDDEN, "the header x-preview is missing\n"));
    }
    let kind =
        only(headers, &header::CONTENT_TYPE).map(|kind| kind.split(';').next().unwrap_or_default().trim());
    match kind {
        Some("application/json") => Ok(()),
        _ => Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, "send application/json\n")),
    }
}

/// The value of a header that is there exactly once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}
