//! Where an item is: an address of the web, or a file of this machine.
//!
//! Invariant: an [`Address`] shows itself without user name, password and query, wherever it is printed.

use std::fmt;
use std::net::IpAddr;

use anyhow::{Context as _, Result, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use camino::{Utf8Path, Utf8PathBuf};
use percent_encoding::percent_decode_str;
use sixfold_model::digest::Digest;
use sixfold_model::prebuilt::secrets::shown;
use ureq::http::Uri;

/// Where an item is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    Web(Address),
    File(Utf8PathBuf),
}

/// An `https://` or `http://` URL.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    /// Without the login, so that no error of a library can show it.
    uri: Uri,
    /// The value of the header `Authorization`.
    login: Option<String>,
}

impl Source {
    /// Reads `https://`, `http://`, `file://`, or an absolute path.
    pub fn parse(text: &str) -> Result<Self> {
        let lower = text.get(..8).unwrap_or(text).to_ascii_lowercase();
        if lower.starts_with("https://") || lower.starts_with("http://") {
            return Address::parse(text).map(Self::Web);
        }
        if lower.starts_with("file://") {
            return file_of_url(&text["file://".len()..]).map(Self::File);
        }
        let path = Utf8Path::new(text);
        ensure!(
            path.is_absolute(),
            "`{}` is neither https://, http://, file:// nor an absolute path: mend `url`",
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
        // Whoever forgot to encode a slash of a password has it where a path would be.
        let shown = || if text.contains('@') { "https://…".to_owned() } else { shown(text) };
        let wrong = || format!("`{}` is not a URL: mend `url`", shown());
        let (start, rest) = text.split_once("://").with_context(wrong)?;
        let authority_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(authority_end);
        let (login, host) = match authority.rsplit_once('@') {
            Some((login, host)) => (Some(basic(login)), host),
            None => (None, authority),
        };
        // The library's own error may quote the text: it is left out.
        let uri: Uri = format!("{start}://{host}{path}").parse().ok().with_context(wrong)?;
        ensure!(uri.host().is_some_and(|host| !host.is_empty()), wrong());
        Ok(Self { uri, login })
    }

    pub const fn uri(&self) -> &Uri {
        &self.uri
    }

    /// The value of the header `Authorization`, where the URL names a user.
    pub fn login(&self) -> Option<&str> {
        self.login.as_deref()
    }

    /// Stands for the whole URL, with login and query, without telling them.
    pub fn fingerprint(&self) -> Digest {
        let login = self.login().unwrap_or_default();
        Digest::of(format!("{}\n{login}", self.uri).as_bytes())
    }

    pub fn is_https(&self) -> bool {
        self.uri.scheme_str() == Some("https")
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

/// Whether nobody on the way can change what comes: by https, or from this very machine.
pub fn is_safe(uri: &Uri) -> bool {
    uri.scheme_str() == Some("https") || is_loopback(uri)
}

fn is_loopback(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

/// The text of a URL, or of what was meant to be one, as it may be shown: without login, query and fragment.
pub fn without_secrets(text: &str) -> String {
    match text.find(['?', '#']) {
        Some(end) if !text.contains("://") => format!("{}?…", &text[..end]),
        _ => shown(text),
    }
}

/// Basic authentication for the `user:password` of a URL, where anything special is percent-encoded.
fn basic(login: &str) -> String {
    let (user, password) = login.split_once(':').unwrap_or((login, ""));
    let mut bytes: Vec<u8> = percent_decode_str(user).collect();
    bytes.push(b':');
    bytes.extend(percent_decode_str(password));
    format!("Basic {}", STANDARD.encode(bytes))
}

/// The path in a `file://` URL, given what follows those two slashes.
fn file_of_url(rest: &str) -> Result<Utf8PathBuf> {
    let path = rest.strip_prefix("localhost").unwrap_or(rest);
    if !path.starts_with('/') {
        let url = shown(&format!("file://{rest}"));
        bail!("`{url}` names another machine: use three slashes, file:///path");
    }
    let path = percent_decode_str(path).decode_utf8().context("a file:// URL must be UTF-8: mend `url`")?;
    // file:///C:/folder has a slash before the drive.
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
    fn what_is_no_url_shows_no_secrets_either() {
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
    fn a_fingerprint_stands_for_the_whole_url() {
        let urls = [
            "https://example.org/get?os=linux",
            "https://example.org/get?os=windows",
            "https://me:one@example.org/get?os=linux",
            "https://me:two@example.org/get?os=linux",
        ];
        let all: std::collections::BTreeSet<_> =
            urls.map(|url| address(url).fingerprint().hex().to_owned()).into();
        assert_eq!(all.len(), 4);
        assert_eq!(address(urls[3]).fingerprint(), address(urls[3]).fingerprint());
    }

    #[test]
    fn loopback_is_told_from_elsewhere() {
        for text in
            ["http://localhost:80/", "http://127.0.0.9/x", "http://[::1]:8080/x", "HTTP://LOCALHOST/x"]
        {
            assert!(is_safe(address(text).uri()), "{text}");
        }
        for text in ["http://example.org/", "http://localhost.example.org/x", "http://10.0.0.1/"] {
            assert!(!is_safe(address(text).uri()), "{text}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn files_are_paths_or_urls() {
        for text in ["/a b/c", "file:///a%20b/c", "file://localhost/a%20b/c", "FILE:///a b/c"] {
            assert_eq!(Source::parse(text).unwrap(), Source::File("/a b/c".into()), "{text}");
        }
        for text in ["a/b", "file://server/a", "", "ftp://example.org/"] {
            Source::parse(text).unwrap_err();
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics_and_no_login_is_shown(text in "(https?|file)://[ -~é]{0,40}") {
            let _ = Source::parse(&text).map(|source| source.to_string());
        }

        #[test]
        fn a_login_never_shows(secret in "[A-Z]{6,12}", path in "[a-z/?#@:]{0,12}") {
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
