//! The UI of the extension, as a browser gets it: the files of its build, or the responses of its dev server.

pub mod dev_server;
mod files;
mod html;
mod port_owner;
mod proxy;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;

use crate::about::About;
use crate::guard::Origin;
use crate::guard::headers::Nonce;
pub use files::Files;
pub(crate) use files::UNENCODED;
pub(crate) use html::CLIENT_SCRIPT;
pub use proxy::Proxy;

/// Where the UI comes from.
pub enum UiSource {
    Files(Files),
    DevServer(Proxy),
}

impl UiSource {
    /// Answers a GET or HEAD request for a file of the UI.
    pub(crate) async fn answer(
        &self,
        about: &About,
        origin: &Origin,
        request: Request,
        nonce: &Nonce,
    ) -> Response<Body> {
        match self {
            Self::Files(files) => files.answer(about, request.uri().path(), nonce),
            Self::DevServer(proxy) => proxy.answer(about, origin, request, nonce).await,
        }
    }
}
