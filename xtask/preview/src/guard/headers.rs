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

/// The content security policy. MUI writes its styles into the page, so styles cannot depend on the nonce. Of other ports of this
/// machine, the page can use those that the compose file publishes.
fn policy(origin: &Origin, nonce: &Nonce) -> String {
    let host = &origin.host;
    let published = |port: &u16| format!(" http://localhost:{port} http://127.0.0.1:{port}");
    let published: String = origin.ports.iter().map(published).collect();
    format!(
        "default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; img-src 'self' data:{published}; \
         frame-src 'self'{published}; font-src 'self' data:; connect-src 'self' ws://{host}{published}; object-src 'none'; worker-src 'none'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_published_ports_are_allowed() {
        let origin = Origin::new("a.localhost", 80);
        assert!(!policy(&origin, &Nonce::fixed("n")).contains("localhost:"));
        let origin = Origin { ports: vec![8080], ..origin };
        let policy = policy(&origin, &Nonce::fixed("n"));
        let ports = " http://localhost:8080 http://127.0.0.1:8080";
        assert!(policy.contains(&format!("connect-src 'self' ws://a.localhost{ports};")), "{policy}");
        assert!(policy.contains(&format!("frame-src 'self'{ports};")), "{policy}");
    }
}
