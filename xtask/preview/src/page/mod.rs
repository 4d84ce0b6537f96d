//! The page: files that were built, or a dev server in front of which we stand.

pub mod dev;
pub mod files;
pub mod html;
mod proxy;
pub mod watch;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;

use crate::app::App;
use crate::server::headers::Nonce;
pub use files::Files;
pub use proxy::Proxy;

pub enum Page {
    Files(Files),
    Dev(Proxy),
}

impl Page {
    /// Answers a request for the page or something that belongs to it.
    pub async fn answer(&self, app: &App, request: Request, nonce: &Nonce) -> Response<Body> {
        match self {
            Self::Files(files) => files.answer(app, request.uri().path(), nonce),
            Self::Dev(proxy) => proxy.answer(app, request, nonce).await,
        }
    }
}
