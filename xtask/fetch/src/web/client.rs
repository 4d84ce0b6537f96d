//! The HTTP client, set up once for each scheme.

use std::sync::OnceLock;

use anyhow::{Result, anyhow};
use ureq::config::RedirectAuthHeaders;
use ureq::http::{Response, header};
use ureq::{Agent, Body, ResponseExt as _};

use super::proxy;
use super::retry::Patience;
#[cfg(feature = "tls")]
use super::tls;
use super::trouble::Trouble;
use crate::source::{Address, is_safe, without_secrets};

/// What servers see us as.
const USER_AGENT: &str = concat!("sixfold/", env!("CARGO_PKG_VERSION"));
const REDIRECTS: u32 = 10;

/// Asks servers.
pub struct Client {
    patience: Patience,
    https: OnceLock<Agent>,
    http: OnceLock<Agent>,
}

/// Which servers may be on the way to an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Any that redirects lead to: a digest says what has to come.
    Any,
    /// Only those that nobody between can speak for.
    Safe,
}

/// What is wanted of a file of which a part is here.
pub struct Rest<'a> {
    /// The first byte that is missing.
    pub from: u64,
    /// The `ETag` or `Last-Modified` of the bytes that are here.
    pub of: &'a str,
}

impl Client {
    pub const fn new(patience: Patience) -> Self {
        Self { patience, https: OnceLock::new(), http: OnceLock::new() }
    }

    pub const fn patience(&self) -> Patience {
        self.patience
    }

    /// One request, with redirects followed. Whatever the status, the answer is handed on.
    ///
    /// Fails when redirects leave the way.
    pub fn ask(
        &self,
        address: &Address,
        way: Way,
        rest: Option<Rest<'_>>,
    ) -> Result<Response<Body>, Trouble> {
        let mut request = self.agent(address.is_https())?.get(address.uri());
        if let Some(login) = address.login() {
            request = request.header(header::AUTHORIZATION, login);
        }
        if let Some(rest) = rest {
            request = request.header(header::RANGE, format!("bytes={}-", rest.from));
            request = request.header(header::IF_RANGE, rest.of);
        }
        let response = request.call()?;
        must_keep_to(way, &response)?;
        Ok(response)
    }

    fn agent(&self, https: bool) -> Result<Agent> {
        let place = if https { &self.https } else { &self.http };
        match place.get() {
            Some(agent) => Ok(agent.clone()),
            None => {
                let made = self.make(https)?;
                // Two threads may come here at once: one of two equal agents is kept.
                Ok(place.get_or_init(|| made).clone())
            }
        }
    }

    /// What starts with https stays with https, wherever servers redirect to.
    fn make(&self, https: bool) -> Result<Agent> {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .https_only(https)
            .proxy(proxy::of_environment(https)?)
            .user_agent(USER_AGENT)
            // The digest is that of the bytes as they are kept.
            .accept_encoding("identity")
            .max_redirects(REDIRECTS)
            .save_redirect_history(true)
            .redirect_auth_headers(RedirectAuthHeaders::Never)
            .timeout_resolve(Some(self.patience.connect))
            .timeout_connect(Some(self.patience.connect))
            .timeout_recv_response(Some(self.patience.silence))
            .timeout_per_read(Some(self.patience.silence))
            .timeout_per_write(Some(self.patience.silence));
        #[cfg(feature = "tls")]
        let config = config.tls_config(tls::config()?);
        Ok(config.build().new_agent())
    }
}

/// The last server alone says too little: whoever speaks for one on the way decides who is the last.
fn must_keep_to(way: Way, response: &Response<Body>) -> Result<()> {
    let mut passed = response.get_redirect_history().unwrap_or_default().iter();
    match passed.find(|uri| way == Way::Safe && !is_safe(uri)) {
        None => Ok(()),
        Some(uri) => Err(anyhow!(
            "the server redirects to {}, which is plain http, and no digest says what it has to be: use https",
            without_secrets(&uri.to_string())
        )),
    }
}
