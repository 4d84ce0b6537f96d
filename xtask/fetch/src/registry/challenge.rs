//! How a registry asks for a login: the header `WWW-Authenticate`.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use ureq::http::{HeaderMap, header};

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Challenge {
    /// The login itself.
    Basic,
    /// A token from another server, with the fields of the header.
    Bearer(Vec<(String, String)>),
}

impl Challenge {
    /// The first challenge of a kind that Docker knows.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        headers.get_all(header::WWW_AUTHENTICATE).iter().find_map(|value| Self::parse(value.to_str().ok()?))
    }

    fn parse(value: &str) -> Option<Self> {
        let (scheme, fields) = value.trim().split_once(' ').unwrap_or((value.trim(), ""));
        match scheme.to_ascii_lowercase().as_str() {
            "basic" => Some(Self::Basic),
            "bearer" => Some(Self::Bearer(parse_fields(fields))),
            _ => None,
        }
    }

    /// The address of the server that gives tokens, and the query for one. `scope` is what to ask for if the registry does
    /// not say.
    pub(super) fn token_request(&self, scope: &str) -> Option<(&str, String)> {
        let Self::Bearer(fields) = self else { return None };
        let field = |name: &str| fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let scope = encode(field("scope").unwrap_or(scope));
        let service = encode(field("service").unwrap_or_default());
        Some((field("realm")?, format!("service={service}&scope={scope}")))
    }
}

/// Reads `key="value",key="value"`. A value may contain commas.
fn parse_fields(mut text: &str) -> Vec<(String, String)> {
    let mut fields = vec![];
    while let Some((key, rest)) = text.split_once('=') {
        let quoted = rest.strip_prefix('"').and_then(|rest| rest.split_once('"'));
        let (value, rest) = quoted.unwrap_or_else(|| rest.split_once(',').unwrap_or((rest, "")));
        fields.push((key.trim_matches([' ', ',']).to_ascii_lowercase(), value.to_owned()));
        text = rest;
    }
    fields
}

pub(super) fn encode(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_says_where_to_get_a_token() {
        let value = r#"Bearer realm="https://auth.example/token",service="reg.example",scope="repository:x/y:pull,push""#;
        let query = "service=reg%2Eexample&scope=repository%3Ax%2Fy%3Apull%2Cpush";
        assert_eq!(
            Challenge::parse(value).unwrap().token_request(""),
            Some(("https://auth.example/token", query.into()))
        );
        let bare = Challenge::parse("bearer Realm=https://a/t , service=s").unwrap();
        assert_eq!(
            bare.token_request("repository:z:pull").unwrap().1,
            "service=s&scope=repository%3Az%3Apull"
        );
        assert_eq!(Challenge::parse("Basic realm=\"x\""), Some(Challenge::Basic));
        assert_eq!(Challenge::parse("Negotiate"), None);
    }

    proptest::proptest! {
        #[test]
        fn no_header_causes_a_panic(value in "(Bearer |Basic )?[ -~]{0,60}") {
            let _ = Challenge::parse(&value).and_then(|challenge| challenge.token_request("s").map(|found| found.1));
        }
    }
}
