//! Why an attempt failed, and whether another attempt may succeed.

use std::io::{self, ErrorKind};
use std::time::Duration;

use anyhow::{Error, anyhow};
use ureq::http::{HeaderMap, StatusCode, header};

use crate::source::without_secrets;

#[derive(Debug)]
pub(crate) enum Failure {
    /// The failure may pass: a broken connection, a busy server.
    Transient {
        error: Error,
        /// How long the server asks to wait.
        retry_after: Option<Duration>,
    },
    /// Another attempt would fail in the same way.
    Permanent(Error),
}

impl Failure {
    /// The error, for requests that are not repeated.
    pub(crate) fn into_error(self) -> Error {
        match self {
            Self::Transient { error, .. } | Self::Permanent(error) => error,
        }
    }

    pub(crate) fn transient(what: impl std::fmt::Display) -> Self {
        Self::Transient { error: anyhow!("{what}"), retry_after: None }
    }

    /// The failure that a status other than success means.
    pub(crate) fn from_status(status: StatusCode, headers: &HeaderMap) -> Self {
        let error = anyhow!("the server responded with {status}{}", help(status));
        let transient = [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_EARLY, StatusCode::TOO_MANY_REQUESTS];
        if status.is_server_error() || transient.contains(&status) {
            Self::Transient { error, retry_after: retry_after(headers) }
        } else {
            Self::Permanent(error)
        }
    }
}

/// Problems of this machine do not pass when the server is asked again.
impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Permanent(error)
    }
}

impl From<ureq::Error> for Failure {
    fn from(error: ureq::Error) -> Self {
        use ureq::Error as Kind;
        match error {
            Kind::Io(error) => from_io(error),
            Kind::Timeout(which) => {
                Self::transient(format_args!("the server did not respond in time (timeout: {which})"))
            }
            Kind::ConnectionFailed => Self::transient("cannot connect to the server"),
            Kind::ConnectProxyFailed(why) if !why.contains("responded 4") => Self::transient(why),
            other => Self::Permanent(permanent(other)),
        }
    }
}

fn permanent(error: ureq::Error) -> Error {
    use ureq::Error as Kind;
    match error {
        Kind::HostNotFound => anyhow!(
            "cannot find the host\nhelp: check the address and your network; set HTTPS_PROXY if you need a proxy, or \
             use --offline"
        ),
        Kind::TooManyRedirects => {
            anyhow!("too many redirects\nhelp: correct the address in the configuration")
        }
        Kind::RequireHttpsOnly(target) => anyhow!(
            "the server redirects from https to {}, where anyone on the network could change the download\n\
             help: use an address that stays on https",
            without_secrets(&target)
        ),
        Kind::BadUri(target) => {
            anyhow!("the server redirects to {}, which is not a valid URL", without_secrets(&target))
        }
        Kind::TlsRequired => anyhow!("this build of `fetch` does not support https"),
        Kind::ConnectProxyFailed(why) => anyhow!(
            "the proxy refused the connection ({why})\nhelp: correct HTTPS_PROXY, HTTP_PROXY or ALL_PROXY in the \
             environment"
        ),
        // The text may contain the target of a redirect.
        other => anyhow!("{}", without_secrets(&other.to_string())),
    }
}

fn from_io(error: io::Error) -> Failure {
    match error.kind() {
        // The certificate is not trusted, or the server does not speak TLS.
        ErrorKind::InvalidData | ErrorKind::InvalidInput => Failure::Permanent(anyhow!(
            "cannot make a secure connection ({error})\nhelp: if your company uses its own certificates, set \
             SSL_CERT_FILE to them"
        )),
        ErrorKind::PermissionDenied | ErrorKind::Unsupported => Failure::Permanent(error.into()),
        ErrorKind::UnexpectedEof => Failure::transient("the connection ended early"),
        _ => Failure::Transient { error: error.into(), retry_after: None },
    }
}

fn help(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND | StatusCode::GONE => "\nhelp: check `url` and `version` in the configuration",
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            "\nhelp: the server may require a login: put it into the address, as `https://user:password@host/`; only \
             this host receives it, and no host that it redirects to"
        }
        _ => "",
    }
}

/// The number of seconds in the header. Its other form, a date, is rare; our own pause is used then.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_transient(failure: impl Into<Failure>) -> bool {
        matches!(failure.into(), Failure::Transient { .. })
    }

    #[test]
    fn only_failures_that_may_pass_are_transient() {
        let status = |code| Failure::from_status(StatusCode::from_u16(code).unwrap(), &HeaderMap::new());
        assert!([408, 425, 429, 500, 502, 503, 504].into_iter().all(|code| is_transient(status(code))));
        assert!(![304, 400, 401, 403, 404, 410, 416, 451].into_iter().any(|code| is_transient(status(code))));
        let io = |kind| ureq::Error::Io(io::Error::from(kind));
        let broken = [ErrorKind::ConnectionReset, ErrorKind::TimedOut, ErrorKind::UnexpectedEof];
        assert!(broken.into_iter().all(|kind| is_transient(io(kind))));
        assert!(!is_transient(io(ErrorKind::InvalidData)) && !is_transient(ureq::Error::HostNotFound));
    }

    #[test]
    fn the_server_may_tell_how_long_to_wait() {
        let mut headers = HeaderMap::new();
        headers.insert(header::RETRY_AFTER, "7".parse().unwrap());
        let failure = Failure::from_status(StatusCode::TOO_MANY_REQUESTS, &headers);
        assert!(
            matches!(failure, Failure::Transient { retry_after: Some(after), .. } if after.as_secs() == 7)
        );
    }

    #[test]
    fn a_refused_redirect_shows_no_secrets() {
        let target = "http://me:s3cret@example.org/a?s3cret".to_owned();
        let Failure::Permanent(error) = ureq::Error::RequireHttpsOnly(target).into() else { panic!() };
        assert!(error.to_string().contains("http://example.org/a?…"), "{error}");
        assert!(!error.to_string().contains("s3cret"), "{error}");
    }
}
