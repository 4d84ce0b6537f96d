//! Response headers that stop other pages from reading a response, framing it, or injecting a script.

use std::fmt;

use anyhow::Result;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

use super::origin::Origin;
use crate::secret::Secret;

/// A script runs only if it carries this value, which is different for every response.
#[derive(Clone)]
pub(crate) struct Nonce(String);

impl Nonce {
    pub(crate) fn new() -> Result<Self> {
        Secret::new().map(|secret| Self(secret.reveal()))
    }

    #[cfg(test)]
    pub(crate) fn fixed(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Display for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Sets the headers of a response, and removes headers that would give other pages access to it.
pub(crate) fn protect(headers: &mut HeaderMap, origin: &Origin, nonce: &Nonce) {
    let unwanted: Vec<HeaderName> = headers
        .keys()
        .filter(|name| name.as_str().starts_with("access-control-") || **name == header::SET_COOKIE)
        .cloned()
        .collect();
    for name in unwanted {
        headers.remove(name);
    }
    let fixed = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(policy) = HeaderValue::from_str(&policy(origin, nonce)) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
}

/// The content security policy. MUI writes its styles into the page, so styles cannot depend on the nonce.
fn policy(origin: &Origin, nonce: &Nonce) -> String {
    let host = &origin.host;
    format!(
        "default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
         font-src 'self' data:; connect-src 'self' ws://{host}; object-src 'none'; worker-src 'none'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    )
}
