//! The login that Docker keeps for a registry: in its config.json, or in a credential helper that config.json names
//! (<https://docs.docker.com/reference/cli/docker/login/#credential-stores>).

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use camino::Utf8PathBuf;
use serde_json::Value;

/// The user name that a helper gives with a token.
const TOKEN_USER: &str = "<token>";

#[derive(PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub(super) enum Credentials {
    Login {
        user: String,
        password: String,
    },
    /// Can be exchanged for tokens of the registry.
    Token(String),
}

impl Credentials {
    fn new(user: &str, secret: &str) -> Self {
        match user {
            TOKEN_USER => Self::Token(secret.to_owned()),
            user => Self::Login { user: user.to_owned(), password: secret.to_owned() },
        }
    }

    /// The value of the header `Authorization`.
    pub(super) fn basic(&self) -> Option<String> {
        match self {
            Self::Login { user, password } => {
                Some(format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))))
            }
            Self::Token(_) => None,
        }
    }
}

/// The login for a registry, or `None` if there is none. Fails if Docker's configuration or the helper cannot be read.
pub(super) fn find(registry: &str) -> Result<Option<Credentials>> {
    let Some(config) = config_file().filter(|file| file.is_file()) else { return Ok(None) };
    let text = fs::read_to_string(&config).with_context(|| format!("cannot read {config}"))?;
    // The error of the library may quote the text.
    let config: Value = serde_json::from_str(&text).ok().with_context(|| format!("{config} is not JSON"))?;
    let helper = config.get("credHelpers").and_then(|helpers| helpers.get(registry));
    match helper.or_else(|| config.get("credsStore")).and_then(Value::as_str).filter(|name| !name.is_empty())
    {
        Some(helper) => ask_helper(helper, registry),
        None => Ok(stored(&config, registry)),
    }
}

fn config_file() -> Option<Utf8PathBuf> {
    let folder = std::env::var_os("DOCKER_CONFIG").filter(|folder| !folder.is_empty());
    let folder = folder.map(Into::into).or_else(|| Some(std::env::home_dir()?.join(".docker")))?;
    Some(Utf8PathBuf::try_from(folder).ok()?.join("config.json"))
}

/// A login in config.json. Old entries name the registry by an address.
fn stored(config: &Value, registry: &str) -> Option<Credentials> {
    let host = |name: &str| {
        let name = name.trim_start_matches("https://").trim_start_matches("http://");
        name.split('/').next().unwrap_or_default().to_owned()
    };
    let all = config.get("auths")?.as_object()?;
    let entry = all
        .get(registry)
        .or_else(|| all.iter().find(|(name, _)| host(name) == host(registry)).map(|(_, entry)| entry))?;
    if let Some(token) = entry.get("identitytoken").and_then(Value::as_str).filter(|token| !token.is_empty())
    {
        return Some(Credentials::Token(token.to_owned()));
    }
    let login = STANDARD.decode(entry.get("auth")?.as_str()?).ok()?;
    let (user, password) = str::from_utf8(&login).ok()?.split_once(':')?;
    Some(Credentials::new(user, password.trim_end_matches('\0')))
}

/// Asks `docker-credential-NAME`. A helper that ends with an error has no login.
fn ask_helper(name: &str, registry: &str) -> Result<Option<Credentials>> {
    let program = format!("docker-credential-{name}");
    let mut command = Command::new(&program);
    command.arg("get").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    let mut child = command.spawn().with_context(|| format!("cannot start {program}"))?;
    // A helper that does not read has its own reason.
    let _ = child.stdin.take().map(|mut input| input.write_all(registry.as_bytes()));
    let output = child.wait_with_output().with_context(|| format!("cannot read the answer of {program}"))?;
    if !output.status.success() {
        return Ok(None);
    }
    let answer: Option<Value> = serde_json::from_slice(&output.stdout).ok();
    let field = |key: &str| answer.as_ref()?.get(key)?.as_str();
    let login = field("Username").zip(field("Secret"));
    login
        .map(|(user, secret)| Some(Credentials::new(user, secret)))
        .with_context(|| format!("{program} prints an unknown format"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(user: &str, password: &str) -> Option<Credentials> {
        Some(Credentials::Login { user: user.to_owned(), password: password.to_owned() })
    }

    #[test]
    fn a_login_is_found_by_its_host() {
        let auth = |text: &str| serde_json::json!({ "auth": STANDARD.encode(text) });
        let config = serde_json::json!({ "auths": {
            "https://index.docker.io/v1/": auth("hub:one:two"),
            "http://old.example/v2/": auth("old:secret"),
            "reg.example:5000": { "auth": STANDARD.encode("x:y"), "identitytoken": "token" },
            "empty.example": {},
        }});
        assert_eq!(stored(&config, "https://index.docker.io/v1/"), login("hub", "one:two"));
        assert_eq!(stored(&config, "old.example"), login("old", "secret"));
        assert_eq!(stored(&config, "reg.example:5000"), Some(Credentials::Token("token".to_owned())));
        for registry in ["reg.example", "empty.example", "example"] {
            assert_eq!(stored(&config, registry), None, "{registry}");
        }
    }
}
