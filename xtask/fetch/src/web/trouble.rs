//! What went wrong with an attempt, and whether the same attempt may succeed later.

use std::io::{self, ErrorKind};
use std::time::Duration;

use anyhow::{Error, anyhow};
use ureq::http::{HeaderMap, StatusCode, header};

use crate::source::without_secrets;

/// Why an attempt failed.
#[derive(Debug)]
pub enum Trouble {
    /// It may pass: a broken connection, a server that is busy. `after`: how long the server asks to wait.
    Passing { error: Error, after: Option<Duration> },
    /// It will not.
    Final(Error),
}

impl Trouble {
    pub fn passing(what: impl std::fmt::Display) -> Self {
        Self::Passing { error: anyhow!("{what}"), after: None }
    }

    /// What a response other than the one hoped for means.
    pub fn of_status(status: StatusCode, headers: &HeaderMap) -> Self {
        let error = anyhow!("the server answers {status}{}", hint(status));
        let may_pass = [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_EARLY, StatusCode::TOO_MANY_REQUESTS];
        match status.is_server_error() || may_pass.contains(&status) {
            true => Self::Passing { error, after: retry_after(headers) },
            false => Self::Final(error),
        }
    }
}

/// Problems of this machine do not pass by asking the server again.
impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Final(error)
    }
}

impl From<ureq::Error> for Trouble {
    fn from(error: ureq::Error) -> Self {
        use ureq::Error as Kind;
        match error {
            Kind::Io(error) => of_io(error),
            Kind::Timeout(at) => Self::passing(format_args!("the server was silent for too long ({at})")),
            Kind::ConnectionFailed => Self::passing("no connection can be made"),
            Kind::HostNotFound => Self::Final(anyhow!(
                "there is no such host, or no network: mend `url`, set HTTPS_PROXY, or use --offline"
            )),
            Kind::TooManyRedirects => {
                Self::Final(anyhow!("the server redirects again and again: mend `url`"))
            }
            Kind::RequireHttpsOnly(target) => Self::Final(anyhow!(
                "the server redirects from https to {}, where anybody on the way could change it: mend `url`",
                without_secrets(&target)
            )),
            Kind::BadUri(target) => {
                Self::Final(anyhow!("the server redirects to {}, which is no URL", without_secrets(&target)))
            }
            Kind::TlsRequired => Self::Final(anyhow!("this program was built without https")),
            Kind::ConnectProxyFailed(why) if why.contains("responded 4") => Self::Final(anyhow!(
                "the proxy of the environment refuses ({why}): mend HTTPS_PROXY, HTTP_PROXY or ALL_PROXY"
            )),
            Kind::ConnectProxyFailed(why) => Self::passing(why),
            // May quote where a server redirects to.
            other => Self::Final(anyhow!("{}", without_secrets(&other.to_string()))),
        }
    }
}

fn of_io(error: io::Error) -> Trouble {
    match error.kind() {
        // A certificate that is not trusted, or bytes that are no TLS.
        ErrorKind::InvalidData | ErrorKind::InvalidInput => Trouble::Final(anyhow!(
            "no secure connection can be made ({error}): where a company has certificates of its own, set \
             SSL_CERT_FILE to them"
        )),
        ErrorKind::PermissionDenied | ErrorKind::Unsupported => Trouble::Final(error.into()),
        ErrorKind::UnexpectedEof => Trouble::passing("the connection ended early"),
        _ => Trouble::Passing { error: error.into(), after: None },
    }
}

fn hint(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND | StatusCode::GONE => ": mend `url` or `version`",
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            ": it wants a login, which the server of `url` gets, and none that it redirects to"
        }
        _ => "",
    }
}

/// The seconds in the header; its other form, a date, is rare and left to our own pause.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(trouble: impl Into<Trouble>) -> bool {
        matches!(trouble.into(), Trouble::Passing { .. })
    }

    #[test]
    fn only_what_can_pass_is_tried_again() {
        let status = |code| Trouble::of_status(StatusCode::from_u16(code).unwrap(), &HeaderMap::new());
        assert!([408, 425, 429, 500, 502, 503, 504].into_iter().all(|code| passes(status(code))));
        assert!(![304, 400, 401, 403, 404, 410, 416, 451].into_iter().any(|code| passes(status(code))));
        let io = |kind| ureq::Error::Io(io::Error::from(kind));
        let broken = [ErrorKind::ConnectionReset, ErrorKind::TimedOut, ErrorKind::UnexpectedEof];
        assert!(broken.into_iter().all(|kind| passes(io(kind))));
        assert!(!passes(io(ErrorKind::InvalidData)) && !passes(ureq::Error::HostNotFound));
    }

    #[test]
    fn the_server_may_say_how_long_to_wait() {
        let mut headers = HeaderMap::new();
        headers.insert(header::RETRY_AFTER, "7".parse().unwrap());
        let trouble = Trouble::of_status(StatusCode::TOO_MANY_REQUESTS, &headers);
        assert!(matches!(trouble, Trouble::Passing { after: Some(after), .. } if after.as_secs() == 7));
    }

    #[test]
    fn a_refused_redirect_shows_no_secrets() {
        let target = "http://me:s3cret@example.org/a?s3cret".to_owned();
        let Trouble::Final(error) = ureq::Error::RequireHttpsOnly(target).into() else { panic!() };
        assert!(error.to_string().contains("http://example.org/a?…"), "{error}");
        assert!(!error.to_string().contains("s3cret"), "{error}");
    }
}
