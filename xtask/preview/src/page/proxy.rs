//! The dev server behind us: its answers, with our scripts in its HTML, and its own WebSocket for hot reloading.
//!
//! Invariant: what reaches it has passed our guard, so that it makes no hole; its own address serves nothing of ours.

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
use crate::app::App;
use crate::server::headers::Nonce;
use crate::server::{Place, guard};

/// Of an HTML file.
const LONGEST_PAGE: usize = 16 * 1024 * 1024;

pub struct Proxy {
    client: Client<HttpConnector, Body>,
    /// `localhost:3000`.
    server: String,
    /// The address that the dev server answered at when it started. The name is not looked up again: its other addresses
    /// may be somebody else's.
    address: SocketAddr,
}

impl Proxy {
    pub fn new(server: String, address: SocketAddr) -> Self {
        Self { client: Client::builder(TokioExecutor::new()).build_http(), server, address }
    }

    pub async fn answer(&self, app: &App, request: Request, nonce: &Nonce) -> Response {
        let is_socket = request.headers().contains_key(header::UPGRADE);
        if is_socket && let Err(refusal) = guard::check_script(request.headers(), &app.origin) {
            return refusal.into_response();
        }
        let answer = match is_socket {
            true => self.join(request).await,
            false => self.fetch(app, request, nonce).await,
        };
        answer.unwrap_or_else(|error| {
            let text = format!("the dev server does not answer: {error:#}\n");
            (StatusCode::BAD_GATEWAY, text).into_response()
        })
    }

    async fn fetch(&self, app: &App, request: Request, nonce: &Nonce) -> Result<Response> {
        let (mut parts, _) = request.into_parts();
        parts.headers.remove(header::CONNECTION);
        // Compressed HTML could not be changed.
        parts.headers.remove(header::ACCEPT_ENCODING);
        let mut response = self.client.request(self.directed(parts)?).await?;
        forget_the_connection(response.headers_mut());
        response.headers_mut().remove(header::CONNECTION);
        let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        if !kind.is_some_and(|kind| kind.starts_with("text/html")) {
            return Ok(response.map(Body::new));
        }
        let (mut head, body) = response.into_parts();
        let html = to_bytes(Body::new(body), LONGEST_PAGE).await.context("its page is cut or too long")?;
        head.headers.remove(header::CONTENT_LENGTH);
        let html = inject(&String::from_utf8_lossy(&html), &app.about, nonce);
        Ok(Response::from_parts(head, html.into()))
    }

    /// Joins the page and the dev server by a WebSocket, and then only copies.
    async fn join(&self, request: Request) -> Result<Response> {
        let (mut parts, _) = request.into_parts();
        let place = parts.extensions.remove::<Place>();
        let page = parts.extensions.remove::<OnUpgrade>().context("this connection cannot be changed")?;
        let mut response = self.client.request(self.directed(parts)?).await?;
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            let server = hyper::upgrade::on(&mut response);
            tokio::spawn(async move {
                let (Ok(page), Ok(server)) = tokio::join!(page, server) else { return };
                let (mut page, mut server) = (TokioIo::new(page), TokioIo::new(server));
                // Either side may hang up.
                let _ = tokio::io::copy_bidirectional(&mut page, &mut server).await;
                drop(place);
            });
        }
        Ok(response.map(Body::new))
    }

    /// The same request, to the dev server, as if its own page had sent it.
    fn directed(&self, parts: Parts) -> Result<Request> {
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let mut request = Request::builder()
            .method(parts.method)
            .uri(format!("http://{}{path}", self.address))
            .body(Body::empty())?;
        *request.headers_mut() = self.headers(parts.headers)?;
        Ok(request)
    }

    fn headers(&self, mut headers: HeaderMap) -> Result<HeaderMap> {
        headers.insert(header::HOST, HeaderValue::from_str(&self.server)?);
        if headers.contains_key(header::ORIGIN) {
            headers.insert(header::ORIGIN, HeaderValue::from_str(&format!("http://{}", self.server))?);
        }
        forget_the_connection(&mut headers);
        // We send no body, so that a server would take the next request for it.
        headers.remove(header::CONTENT_LENGTH);
        // Cookies belong to all ports of a host; ours has none to give.
        headers.remove(header::COOKIE);
        Ok(headers)
    }
}

/// Takes out what is about one connection and not about what is asked (RFC 9110, section 7.6.1), but for `Connection` and
/// `Upgrade`, by which a WebSocket begins.
fn forget_the_connection(headers: &mut HeaderMap) {
    let of_connection = [
        header::TRANSFER_ENCODING,
        header::TE,
        header::TRAILER,
        header::EXPECT,
        HeaderName::from_static("keep-alive"),
    ];
    of_connection.iter().for_each(|name| drop(headers.remove(name)));
    let of_proxies: Vec<_> =
        headers.keys().filter(|name| name.as_str().starts_with("proxy-")).cloned().collect();
    of_proxies.iter().for_each(|name| drop(headers.remove(name)));
}
