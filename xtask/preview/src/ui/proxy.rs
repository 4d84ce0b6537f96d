//! Passes requests on to the dev server, adds our scripts to its HTML, and connects the page to its WebSocket for hot
//! reloading.
//!
//! Invariant: every request to the dev server has passed our guard, so it does not weaken the preview. Its own address
//! serves nothing of ours.

use std::net::SocketAddr;

use anyhow::{Context as _, Result};
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use hyper::upgrade::OnUpgrade;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};

use super::html::inject;
use crate::about::About;
use crate::guard::headers::Nonce;
use crate::guard::origin::{self, Origin};
use crate::limits::ConnectionPermit;

/// Bytes of an HTML file.
const MAX_HTML: usize = 16 * 1024 * 1024;

/// A client of the dev server.
pub struct Proxy {
    client: Client<HttpConnector, Body>,
    /// Host and port as the author wrote them, for example `localhost:3000`.
    authority: String,
    /// The address that answered when the dev server started. The name is never resolved again: another user may listen on
    /// its other addresses.
    address: SocketAddr,
}

impl Proxy {
    /// `authority` is the host and port for the headers, `address` the one to connect to.
    pub fn new(authority: String, address: SocketAddr) -> Self {
        Self { client: Client::builder(TokioExecutor::new()).build_http(), authority, address }
    }

    pub(crate) async fn answer(
        &self,
        about: &About,
        origin: &Origin,
        request: Request,
        nonce: &Nonce,
    ) -> Response {
        let response = if request.headers().contains_key(header::UPGRADE) {
            if let Err(rejection) = origin::check_script(request.headers(), origin) {
                return rejection.into_response();
            }
            self.tunnel(request).await
        } else {
            self.fetch(about, request, nonce).await
        };
        response.unwrap_or_else(|error| {
            let text = format!("the dev server does not answer: {error:#}\n");
            (StatusCode::BAD_GATEWAY, text).into_response()
        })
    }

    async fn fetch(&self, about: &About, request: Request, nonce: &Nonce) -> Result<Response> {
        let (mut parts, _) = request.into_parts();
        parts.headers.remove(header::CONNECTION);
        // Scripts cannot be added to compressed HTML.
        parts.headers.remove(header::ACCEPT_ENCODING);
        let mut response = self.client.request(self.request(parts)?).await?;
        remove_hop_by_hop(response.headers_mut());
        response.headers_mut().remove(header::CONNECTION);
        let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        if !kind.is_some_and(|kind| kind.starts_with("text/html")) {
            return Ok(response.map(Body::new));
        }
        let (mut head, body) = response.into_parts();
        let html = to_bytes(Body::new(body), MAX_HTML).await.context("its HTML is incomplete or too long")?;
        head.headers.remove(header::CONTENT_LENGTH);
        let html = inject(&String::from_utf8_lossy(&html), about, nonce);
        Ok(Response::from_parts(head, html.into()))
    }

    /// Connects the page to the dev server by a WebSocket, and from then on only copies bytes.
    async fn tunnel(&self, request: Request) -> Result<Response> {
        let (mut parts, _) = request.into_parts();
        let permit = parts.extensions.remove::<ConnectionPermit>();
        let page =
            parts.extensions.remove::<OnUpgrade>().context("this connection cannot become a WebSocket")?;
        let mut response = self.client.request(self.request(parts)?).await?;
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            let server = hyper::upgrade::on(&mut response);
            tokio::spawn(async move {
                let (Ok(page), Ok(server)) = tokio::join!(page, server) else { return };
                let (mut page, mut server) = (TokioIo::new(page), TokioIo::new(server));
                // An error means that one side has closed the connection.
                let _ = tokio::io::copy_bidirectional(&mut page, &mut server).await;
                drop(permit);
            });
        }
        Ok(response.map(Body::new))
    }

    /// The same request to the dev server, as if its own page had sent it.
    fn request(&self, parts: Parts) -> Result<Request> {
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let mut request = Request::builder()
            .method(parts.method)
            .uri(format!("http://{}{path}", self.address))
            .body(Body::empty())?;
        *request.headers_mut() = self.headers(parts.headers)?;
        Ok(request)
    }

    fn headers(&self, mut headers: HeaderMap) -> Result<HeaderMap> {
        headers.insert(header::HOST, HeaderValue::from_str(&self.authority)?);
        if headers.contains_key(header::ORIGIN) {
            headers.insert(header::ORIGIN, HeaderValue::from_str(&format!("http://{}", self.authority))?);
        }
        remove_hop_by_hop(&mut headers);
        // The request has no body. With a length, the server would take the next request for its body.
        headers.remove(header::CONTENT_LENGTH);
        // Browsers send cookies to every port of a host. The preview sets none, so these belong to other servers.
        headers.remove(header::COOKIE);
        Ok(headers)
    }
}

/// Removes the headers that describe one connection and not the request (RFC 9110, section 7.6.1), except `Connection` and
/// `Upgrade`, which start a WebSocket.
fn remove_hop_by_hop(headers: &mut HeaderMap) {
    let hop_by_hop = [
        header::TRANSFER_ENCODING,
        header::TE,
        header::TRAILER,
        header::EXPECT,
        HeaderName::from_static("keep-alive"),
    ];
    hop_by_hop.iter().for_each(|name| drop(headers.remove(name)));
    let for_proxies: Vec<_> =
        headers.keys().filter(|name| name.as_str().starts_with("proxy-")).cloned().collect();
    for_proxies.iter().for_each(|name| drop(headers.remove(name)));
}
