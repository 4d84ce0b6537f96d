//! The HTTP client, set up once for each scheme.

use std::sync::OnceLock;

use anyhow::Result;
use ureq::config::RedirectAuthHeaders;
use ureq::http::{Response, header};
use ureq::{Agent, Body};

use super::proxy;
use super::retry::Patience;
#[cfg(feature = "tls")]
use super::tls;
use super::trouble::Trouble;
use crate::source::Address;

/// What servers see us as.
const USER_AGENT: &str = concat!("docker-extension-xtask/", env!("CARGO_PKG_VERSION"));
const REDIRECTS: u32 = 10;

/// Asks servers.
pub struct Client {
    patience: Patience,
    https: OnceLock<Agent>,
    http: OnceLock<Agent>,
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
    pub fn ask(&self, address: &Address, rest: Option<Rest<'_>>) -> Result<Response<Body>, Trouble> {
        let mut request = self.agent(address.is_https())?.get(address.uri());
        if let Some(login) = address.login() {
            request = request.header(header::AUTHORIZATION, login);
        }
        if let Some(rest) = rest {
            request = request.header(header::RANGE, format!("bytes={}-", rest.from));
            request = request.header(header::IF_RANGE, rest.of);
        }
        Ok(request.call()?)
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
