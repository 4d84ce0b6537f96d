//! Where an item comes from: a web address, or a file on this machine.
//!
//! Invariant: wherever an [`Address`] is printed, its user name, password and query are left out.

use std::fmt;
use std::net::IpAddr;

use anyhow::{Context as _, Result, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use camino::{Utf8Path, Utf8PathBuf};
use percent_encoding::percent_decode_str;
use sixfold_model::prebuilt::secrets::shown;
use ureq::http::Uri;

/// Where an item comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Web(Address),
    File(Utf8PathBuf),
}

/// An `https://` or `http://` URL.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Address {
    /// Without user name and password, so that no error of a library can show them.
    uri: Uri,
    /// The value of the `Authorization` header.
    login: Option<String>,
}

impl Source {
    /// Reads `https://`, `http://`, `file://`, or an absolute path.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let lower = text.get(..8).unwrap_or(text).to_ascii_lowercase();
        if lower.starts_with("https://") || lower.starts_with("http://") {
            return Address::parse(text).map(Self::Web);
        }
        if lower.starts_with("file://") {
            return path_of_file_url(text.get("file://".len()..).unwrap_or_default()).map(Self::File);
        }
        let path = Utf8Path::new(text);
        ensure!(
            path.is_absolute(),
            "`{}` is neither an https://, http:// or file:// URL nor an absolute path\nhelp: correct it in the configuration",
            without_secrets(text)
        );
        Ok(Self::File(path.to_owned()))
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Web(address) => address.fmt(f),
            Self::File(path) => path.fmt(f),
        }
    }
}

impl Address {
    fn parse(text: &str) -> Result<Self> {
        // A slash in a password that is not percent-encoded ends up where the path should be.
        let shown = || if text.contains('@') { "https://…".to_owned() } else { shown(text) };
        let invalid = || format!("`{}` is not a valid URL\nhelp: correct it in the configuration", shown());
        let (scheme, rest) = text.split_once("://").with_context(invalid)?;
        let authority_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(authority_end);
        let (login, host) = match authority.rsplit_once('@') {
            Some((login, host)) => (Some(basic_auth(login)), host),
            None => (None, authority),
        };
        // The error of the library may quote the text, so it is dropped.
        let uri: Uri = format!("{scheme}://{host}{path}").parse().ok().with_context(invalid)?;
        ensure!(uri.host().is_some_and(|host| !host.is_empty()), invalid());
        Ok(Self { uri, login })
    }

    pub(crate) const fn uri(&self) -> &Uri {
        &self.uri
    }

    /// The value of the `Authorization` header, if the URL contains a user name.
    pub(crate) fn login(&self) -> Option<&str> {
        self.login.as_deref()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_secrets(&self.uri.to_string()))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// True if no one on the network can change the content: the URL is https, or points to this machine.
pub(crate) fn is_secure(uri: &Uri) -> bool {
    uri.scheme_str() == Some("https") || is_loopback(uri)
}

fn is_loopback(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

/// The text of a URL, or of something that was meant to be one, without user name, password, query and fragment.
pub(crate) fn without_secrets(text: &str) -> String {
    match text.find(['?', '#']) {
        Some(end) if !text.contains("://") => format!("{}?…", &text[..end]),
        _ => shown(text),
    }
}

/// The header value for the `user:password` of a URL, in which special characters are percent-encoded.
fn basic_auth(login: &str) -> String {
    let (user, password) = login.split_once(':').unwrap_or((login, ""));
    let mut bytes: Vec<u8> = percent_decode_str(user).collect();
    bytes.push(b':');
    bytes.extend(percent_decode_str(password));
    format!("Basic {}", STANDARD.encode(bytes))
}

/// The path in a `file://` URL. `rest` is what follows the two slashes.
fn path_of_file_url(rest: &str) -> Result<Utf8PathBuf> {
    let path = rest.strip_prefix("localhost").unwrap_or(rest);
    if !path.starts_with('/') {
        let url = shown(&format!("file://{rest}"));
        bail!("`{url}` names another machine\nhelp: write three slashes: file:///path");
    }
    let path = percent_decode_str(path)
        .decode_utf8()
        .context("the path of a file:// URL is not UTF-8\nhelp: correct it in the configuration")?;
    // In file:///C:/folder, a slash precedes the drive.
    let path = if cfg!(windows) { path.trim_start_matches('/') } else { &*path };
    Ok(Utf8PathBuf::from(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Address {
        match Source::parse(text).unwrap() {
            Source::Web(address) => address,
            Source::File(path) => panic!("{path}"),
        }
    }

    #[test]
    fn an_address_shows_no_secrets() {
        let address = address("https://me:p%40ss@example.org:8443/a/tool?token=s3cret#x");
        assert_eq!(address.to_string(), "https://example.org:8443/a/tool?…");
        assert_eq!(format!("{address:?}"), address.to_string());
        assert_eq!(address.login(), Some(&*format!("Basic {}", STANDARD.encode("me:p@ss"))));
        assert_eq!(address.uri().to_string(), "https://example.org:8443/a/tool?token=s3cret");
    }

    #[test]
    fn an_invalid_url_shows_no_secrets() {
        for text in [
            "https://me:s3cret@exa mple.org/x?s3cret",
            "https://me:s3cret@/x",
            "ftp://me:s3cret@host/x",
            "file://me:s3cret@host/x",
        ] {
            let error = format!("{:#}", Source::parse(text).unwrap_err());
            assert!(!error.contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn only_loopback_http_is_secure() {
        for text in
            ["http://localhost:80/", "http://127.0.0.9/x", "http://[::1]:8080/x", "HTTP://LOCALHOST/x"]
        {
            assert!(is_secure(address(text).uri()), "{text}");
        }
        for text in ["http://example.org/", "http://localhost.example.org/x", "http://10.0.0.1/"] {
            assert!(!is_secure(address(text).uri()), "{text}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_file_is_given_as_a_path_or_a_url() {
        for text in ["/a b/c", "file:///a%20b/c", "file://localhost/a%20b/c", "FILE:///a b/c"] {
            assert_eq!(Source::parse(text).unwrap(), Source::File("/a b/c".into()), "{text}");
        }
        for text in ["a/b", "file://server/a", "", "ftp://example.org/"] {
            Source::parse(text).unwrap_err();
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_causes_a_panic(text in "(https?|file)://[ -~é]{0,40}") {
            let _ = Source::parse(&text).map(|source| source.to_string());
        }

        #[test]
        fn a_login_is_never_shown(secret in "[A-Z]{6,12}", path in "[a-z/?#@:]{0,12}") {
            for text in [
                format!("https://user:{secret}@example.org/{path}"),
                format!("https://{secret}@example.org/{path}"),
                format!("https://example.org/{path}?{secret}"),
            ] {
                let shown = match Source::parse(&text) {
                    Ok(source) => source.to_string(),
                    Err(error) => format!("{error:#}"),
                };
                proptest::prop_assert!(!shown.contains(&secret), "{}", shown);
            }
        }
    }
}
