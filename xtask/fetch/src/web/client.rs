//! The HTTP client. It has one agent for each scheme.

use std::sync::OnceLock;

use anyhow::{Result, anyhow};
use ureq::config::RedirectAuthHeaders;
use ureq::http::{HeaderName, Response, StatusCode, Uri, header};
use ureq::{Agent, Body, ResponseExt as _};

use super::failure::Failure;
use super::policy::Policy;
use super::proxy;
#[cfg(feature = "tls")]
use super::tls;
use crate::source::{Address, is_secure, without_secrets};

const USER_AGENT: &str = concat!("sixfold/", env!("CARGO_PKG_VERSION"));
const MAX_REDIRECTS: u32 = 10;

pub(crate) struct Client {
    policy: Policy,
    is_direct: bool,
    https: OnceLock<Agent>,
    http: OnceLock<Agent>,
}

/// Which servers redirects may lead through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Redirects {
    /// Any server: the digest of the content is known.
    Any,
    /// Only https servers and this machine: no one on the network can change the content.
    SecureOnly,
}

impl Client {
    pub(crate) const fn new(policy: Policy) -> Self {
        Self { policy, is_direct: false, https: OnceLock::new(), http: OnceLock::new() }
    }

    /// The same, without the proxies of the environment.
    pub(crate) fn direct(policy: Policy) -> Self {
        Self { is_direct: true, ..Self::new(policy) }
    }

    pub(crate) const fn policy(&self) -> Policy {
        self.policy
    }

    /// Sends one request and follows redirects.
    ///
    /// Fails if a redirect is not allowed, or if the status of the response is not 200.
    pub(crate) fn get(&self, address: &Address, redirects: Redirects) -> Result<Response<Body>, Failure> {
        let login = address.login().map(|login| (header::AUTHORIZATION, login.to_owned()));
        let response = self.send(address.uri(), login)?;
        check_redirects(redirects, &response)?;
        match response.status() {
            StatusCode::OK => Ok(response),
            status => Err(Failure::from_status(status, response.headers())),
        }
    }

    /// Sends one request with these headers, and follows redirects. Returns the response whatever its status is.
    pub(crate) fn send(
        &self,
        uri: &Uri,
        headers: impl IntoIterator<Item = (HeaderName, String)>,
    ) -> Result<Response<Body>, Failure> {
        let mut request = self.agent(is_https(uri))?.get(uri);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        Ok(request.call()?)
    }

    /// Sends a form, which is percent-encoded. Returns the response whatever its status is.
    pub(crate) fn post_form(&self, uri: &Uri, form: String) -> Result<Response<Body>, Failure> {
        let request = self.agent(is_https(uri))?.post(uri);
        Ok(request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").send(form)?)
    }

    fn agent(&self, https: bool) -> Result<Agent> {
        let agent = if https { &self.https } else { &self.http };
        if let Some(agent) = agent.get() {
            return Ok(agent.clone());
        }
        let new = self.new_agent(https)?;
        // Two threads may get here at the same time. Their agents are equal, and one of them is kept.
        Ok(agent.get_or_init(|| new).clone())
    }

    /// An agent for https never uses plain http, wherever servers redirect to.
    fn new_agent(&self, https: bool) -> Result<Agent> {
        let proxy = if self.is_direct { None } else { proxy::from_environment(https)? };
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .https_only(https)
            .proxy(proxy)
            .user_agent(USER_AGENT)
            // The digest is that of the bytes as the server stores them.
            .accept_encoding("identity")
            .max_redirects(MAX_REDIRECTS)
            .save_redirect_history(true)
            .redirect_auth_headers(RedirectAuthHeaders::Never)
            .timeout_resolve(Some(self.policy.connect_timeout))
            .timeout_connect(Some(self.policy.connect_timeout))
            .timeout_recv_response(Some(self.policy.read_timeout))
            .timeout_per_read(Some(self.policy.read_timeout))
            .timeout_per_write(Some(self.policy.read_timeout));
        #[cfg(feature = "tls")]
        let config = config.tls_config(tls::config()?);
        Ok(config.build().new_agent())
    }
}

fn is_https(uri: &Uri) -> bool {
    uri.scheme_str() == Some("https")
}

/// Checks every server on the way, not only the last one: anyone who can change a redirect chooses the last one.
fn check_redirects(redirects: Redirects, response: &Response<Body>) -> Result<()> {
    let mut history = response.get_redirect_history().unwrap_or_default().iter();
    match history.find(|uri| redirects == Redirects::SecureOnly && !is_secure(uri)) {
        None => Ok(()),
        Some(uri) => Err(anyhow!(
            "the server redirects to {}, which is plain http, and there is no digest to verify the content with\n\
             help: use https",
            without_secrets(&uri.to_string())
        )),
    }
}
