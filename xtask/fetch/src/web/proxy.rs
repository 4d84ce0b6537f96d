//! The proxies that the environment names.
//!
//! They are read as curl reads them: `https_proxy` for https and `http_proxy` for http, then `all_proxy`, in lower or
//! upper case. `no_proxy` lists hosts that are reached without a proxy, each including its subdomains.

use anyhow::{Context as _, Result};
use ureq::Proxy;

/// The proxy for https or http addresses, if there is one.
pub(crate) fn from_environment(https: bool) -> Result<Option<Proxy>> {
    choose(https, &|name| std::env::var(name).ok().filter(|value| !value.trim().is_empty()))
}

fn choose(https: bool, variable: &dyn Fn(&str) -> Option<String>) -> Result<Option<Proxy>> {
    let either_case = |name: &str| {
        let spellings = [name.to_owned(), name.to_ascii_uppercase()];
        spellings.into_iter().find_map(|name| variable(&name).map(|value| (name, value)))
    };
    let name = if https { "https_proxy" } else { "http_proxy" };
    let Some((name, value)) = either_case(name).or_else(|| either_case("all_proxy")) else { return Ok(None) };
    let excluded = either_case("no_proxy").map(|(_, hosts)| hosts).unwrap_or_default();
    // The value may contain a password, and the library's error may quote it: neither is shown.
    let proxy = with_exceptions(value.trim(), &excluded).ok();
    proxy.map(Some).with_context(|| {
        format!("the environment variable {name} is not a valid proxy URL\nhelp: correct or unset it")
    })
}

fn with_exceptions(url: &str, excluded: &str) -> Result<Proxy, ureq::Error> {
    let proxy = Proxy::new(url)?;
    let mut builder = Proxy::builder(proxy.protocol()).host(proxy.host()).port(proxy.port());
    if let Some(user) = proxy.username() {
        builder = builder.username(user);
    }
    if let Some(password) = proxy.password() {
        builder = builder.password(password);
    }
    for host in excluded.split(',').map(str::trim).filter(|host| !host.is_empty()) {
        builder = builder.no_proxy(host);
        if !host.starts_with(['.', '*']) {
            builder = builder.no_proxy(&format!(".{host}"));
        }
    }
    builder.build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(https: bool, variables: &[(&str, &str)]) -> Option<Proxy> {
        let get = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        choose(https, &get).unwrap()
    }

    #[test]
    fn each_scheme_has_its_own_variable() {
        let all = [("http_proxy", "http://a:1"), ("HTTPS_PROXY", "http://b:2"), ("ALL_PROXY", "socks5h://c")];
        assert_eq!(chosen(false, &all).unwrap().host(), "a");
        assert_eq!(chosen(true, &all).unwrap().host(), "b");
        assert_eq!(chosen(true, &all[2..]).unwrap().port(), 1080);
        assert!(chosen(true, &all[..1]).is_none());
    }

    #[test]
    fn hosts_in_no_proxy_are_reached_without_a_proxy() {
        let variables =
            [("all_proxy", "me:p%40ss@proxy:3128"), ("no_proxy", "example.org, .internal,127.0.0.1")];
        let proxy = chosen(true, &variables).unwrap();
        assert_eq!((proxy.username(), proxy.password(), proxy.port()), (Some("me"), Some("p@ss"), 3128));
        let direct = |url: &str| proxy.is_no_proxy(&url.parse().unwrap());
        assert!(direct("https://example.org/") && direct("https://dl.example.org/"));
        assert!(direct("https://a.internal/") && direct("http://127.0.0.1:80/"));
        assert!(!direct("https://notexample.org/") && !direct("https://example.com/"));
    }

    #[test]
    fn an_error_names_the_variable_but_not_its_value() {
        let get = |name: &str| (name == "HTTPS_PROXY").then(|| "ftp://me:s3cret@host".to_owned());
        let error = choose(true, &get).unwrap_err().to_string();
        assert!(error.contains("HTTPS_PROXY") && !error.contains("s3cret"), "{error}");
    }
}
