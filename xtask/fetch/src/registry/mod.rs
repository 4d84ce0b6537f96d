//! Questions to a registry: whether it has a tag, which ones, and what signs an image.
//! `docker buildx` asks with HEAD, whose response has no body, so it cannot tell a tag that does
//! not exist from a proxy, a login page, or a repository that this user may not see. This asks with GET, as the same user.
//!
//! The protocol: <https://github.com/opencontainers/distribution-spec/blob/main/spec.md>, and for logins
//! <https://distribution.github.io/distribution/spec/auth/token/>.
//!
//! Invariant: a login is sent only over https or to this machine.

mod challenge;
mod credentials;
mod pages;
mod place;
pub(crate) mod signatures;
mod signed_content;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;
use sixfold_project::registry::TagState;
use ureq::Body;
use ureq::http::{HeaderName, Response, StatusCode, Uri, header};

use crate::source::is_secure;
use crate::web::{Client, Failure, Policy};
use challenge::Challenge;
use credentials::Credentials;
use place::Place;

/// The largest response that is read, in bytes, as for manifests in registries.
const MAX_SIZE: u64 = 4 << 20;
/// The longest list of tags, in pages of 1,000.
const MAX_TAG_PAGES: usize = 100;
/// The codes that mean that a tag is free.
const UNKNOWN: [&str; 2] = ["MANIFEST_UNKNOWN", "NAME_UNKNOWN"];
/// All kinds of images: a registry may hide a tag whose kind is not accepted.
const ACCEPT: &str = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json, */*";

/// Asks for `name` (`repository:tag`). A registry that cannot be reached counts as [`TagState::Unknown`].
pub(crate) fn tag_state(name: &str) -> Result<TagState> {
    Ok(Registry::of(name)?.state().unwrap_or_else(|error| TagState::Unknown(format!("{error:#}"))))
}

/// All tags of the repository of `name` (`repository:tag`), or why the registry does not list them.
pub(crate) fn tags(name: &str) -> Result<Result<Vec<String>>> {
    Ok(Registry::of(name)?.tags())
}

struct Registry {
    client: Client,
    place: Place,
}

impl Registry {
    fn of(name: &str) -> Result<Self> {
        let place = Place::parse(name).with_context(|| format!("`{name}` is not a repository with a tag"))?;
        let policy = Policy::of_questions();
        // Like Docker, this asks a registry on this machine without a proxy.
        let client = if place.is_local() { Client::direct(policy) } else { Client::new(policy) };
        Ok(Self { client, place })
    }

    fn state(&self) -> Result<TagState> {
        read(self.ask(&self.place.manifest()?)?)
    }

    fn tags(&self) -> Result<Vec<String>> {
        let uri = self.place.tags()?;
        let first = self.ask(&uri)?;
        self.pages(uri, first, MAX_TAG_PAGES, "the list of tags", |page| pages::tags(&body(page)?))
    }

    /// The entries of all pages of a list, whose first page is the answer `first` of `uri`. A registry that lists more than `limit`
    /// pages does not count as answering.
    fn pages<T>(
        &self,
        uri: Uri,
        first: Response<Body>,
        limit: usize,
        what: &str,
        read: impl Fn(Response<Body>) -> Result<Vec<T>>,
    ) -> Result<Vec<T>> {
        let (mut all, mut next) = (vec![], Some((uri, first)));
        for _ in 0..limit {
            let Some((uri, page)) = next else { return Ok(all) };
            let status = page.status();
            ensure!(status == StatusCode::OK, "the server answered {status}");
            let after = pages::next(&uri, page.headers())?;
            all.extend(read(page)?);
            next = after.map(|uri| Ok::<_, anyhow::Error>((uri.clone(), self.ask(&uri)?))).transpose()?;
        }
        bail!("{what} has more than {limit} pages")
    }

    /// Asks for an address, and once more with a login if the registry wants one.
    fn ask(&self, uri: &Uri) -> Result<Response<Body>> {
        let first = self.get(uri, None)?;
        let challenge = Challenge::of(first.headers()).filter(|_| first.status() == StatusCode::UNAUTHORIZED);
        match challenge {
            None => Ok(first),
            Some(challenge) => self.get(uri, self.authorization(&challenge)?),
        }
    }

    fn get(&self, uri: &Uri, authorization: Option<String>) -> Result<Response<Body>> {
        let accept = (header::ACCEPT, ACCEPT.to_owned());
        let login = authorization.map(|value| (header::AUTHORIZATION, value));
        self.send(uri, [accept].into_iter().chain(login))
    }

    fn send(
        &self,
        uri: &Uri,
        headers: impl IntoIterator<Item = (HeaderName, String)>,
    ) -> Result<Response<Body>> {
        self.client.send(uri, headers).map_err(Failure::into_error)
    }

    /// The header that answers a challenge, with the login that Docker would use. `None` without a login that fits.
    fn authorization(&self, challenge: &Challenge) -> Result<Option<String>> {
        let login = credentials::find(&self.place.login)?;
        match challenge {
            Challenge::Basic => {
                ensure!(is_secure(&self.place.manifest()?), "the registry asks for a login over plain http");
                Ok(login.and_then(|login| login.basic()))
            }
            Challenge::Bearer(_) => self.token(challenge, login).map(|token| Some(format!("Bearer {token}"))),
        }
    }

    /// Gets a token from the server that the registry names, with or without a login.
    fn token(&self, challenge: &Challenge, login: Option<Credentials>) -> Result<String> {
        let scope = format!("repository:{}:pull", self.place.repository);
        let (realm, query) =
            challenge.token_request(&scope).context("the registry asks for a login of an unknown kind")?;
        ensure!(is_secure(&realm.parse()?), "the registry sends logins to {realm}, which is plain http");
        let response = match &login {
            Some(Credentials::Token(token)) => {
                let form = format!(
                    "{query}&grant_type=refresh_token&client_id=sixfold&refresh_token={}",
                    challenge::encode(token)
                );
                self.client.post_form(&realm.parse()?, form).map_err(Failure::into_error)?
            }
            _ => {
                let login = login.and_then(|login| login.basic()).map(|value| (header::AUTHORIZATION, value));
                self.send(&format!("{realm}?{query}").parse()?, login)?
            }
        };
        let status = response.status();
        let json = body(response)?;
        let token = ["token", "access_token"].into_iter().find_map(|key| json.get(key)?.as_str());
        token.map(str::to_owned).with_context(|| format!("the registry's login server answered {status}"))
    }
}

/// What a registry's response says about the tag.
fn read(response: Response<Body>) -> Result<TagState> {
    let status = response.status();
    if status == StatusCode::OK {
        return Ok(TagState::Taken);
    }
    // What is not JSON does not come from a registry.
    let json = body(response).unwrap_or_default();
    let errors = json.get("errors").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let codes: Vec<_> = errors.iter().filter_map(|error| error.get("code")?.as_str()).collect();
    if status == StatusCode::NOT_FOUND && !codes.is_empty() && codes.iter().all(|code| UNKNOWN.contains(code))
    {
        return Ok(TagState::Free);
    }
    let codes =
        if codes.is_empty() { "without the error code of a registry".to_owned() } else { codes.join(", ") };
    Ok(TagState::Unknown(format!("the server answered {status}, {}", codes.escape_debug())))
}

fn body(response: Response<Body>) -> Result<Value> {
    serde_json::from_slice(&bytes(response)?).context("the answer is not JSON")
}

fn bytes(response: Response<Body>) -> Result<Vec<u8>> {
    let read = response.into_body().into_with_config().limit(MAX_SIZE).read_to_vec();
    read.map_err(|error| Failure::from(error).into_error())
}
