//! What is served where.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{Extension, FromRequestParts as _, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::json;
use tokio::time::timeout;

use super::headers::{Nonce, protect};
use super::{Place, guard};
use crate::app::App;
use crate::page::html::SCRIPT;
use crate::{script, socket, terminal};

/// A launch is a few dozen bytes.
const LAUNCH_BODY: usize = 1024;

pub fn routes(app: Arc<App>) -> Router {
    Router::new()
        .route(SCRIPT, get(client))
        .route("/__preview/launch", post(launch))
        .route("/__preview/socket", get(connect))
        .route("/__preview/{*other}", get(nothing))
        .route("/favicon.ico", get(async || StatusCode::NO_CONTENT))
        .fallback(page)
        .layer(from_fn_with_state(app.clone(), guarded))
        .with_state(app)
}

/// Around every request: the guard before, the headers after.
async fn guarded(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let Ok(nonce) = Nonce::new() else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let mut response = match guard::check(&request, &app.origin) {
        Ok(()) => {
            request.extensions_mut().insert(nonce.clone());
            next.run(request).await
        }
        Err(refusal) => refusal.into_response(),
    };
    protect(response.headers_mut(), &app.origin, &nonce);
    response
}

async fn client() -> Response {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], script::CLIENT).into_response()
}

async fn nothing() -> StatusCode {
    StatusCode::NOT_FOUND
}

async fn page(State(app): State<Arc<App>>, Extension(nonce): Extension<Nonce>, request: Request) -> Response {
    match *request.method() {
        Method::GET | Method::HEAD => app.page.answer(&app, request, &nonce).await,
        _ => StatusCode::METHOD_NOT_ALLOWED.into_response(),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Launch {
    launch: String,
}

/// A launch secret for a token.
async fn launch(State(app): State<Arc<App>>, request: Request) -> Response {
    if let Err(refusal) = guard::check_post(request.headers(), &app.origin) {
        return refusal.into_response();
    }
    let body = match timeout(app.limits.patience, read(request.into_body())).await {
        Ok(Ok(body)) => body,
        Ok(Err(refusal)) => return refusal.into_response(),
        Err(_) => return StatusCode::REQUEST_TIMEOUT.into_response(),
    };
    let (status, answer) = match app.sessions.launch(&body.launch) {
        Ok(Ok(token)) => (StatusCode::OK, json!({ "token": token })),
        Ok(Err(refusal)) => {
            terminal::warning(refusal.message());
            (StatusCode::FORBIDDEN, json!({ "error": refusal.message() }))
        }
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, json!({ "error": error.to_string() })),
    };
    (status, axum::Json(answer)).into_response()
}

async fn read(body: Body) -> Result<Launch, StatusCode> {
    let body = to_bytes(body, LAUNCH_BODY).await.map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?;
    serde_json::from_slice(&body).map_err(|_| StatusCode::BAD_REQUEST)
}

/// The page's one connection.
async fn connect(State(app): State<Arc<App>>, request: Request) -> Response {
    if let Err(refusal) = guard::check_script(request.headers(), &app.origin) {
        return refusal.into_response();
    }
    let (mut parts, _) = request.into_parts();
    match WebSocketUpgrade::from_request_parts(&mut parts, &app).await {
        Ok(upgrade) => {
            let upgrade = upgrade.max_message_size(app.limits.message).max_frame_size(app.limits.message);
            let place = parts.extensions.remove::<Place>();
            upgrade.on_upgrade(async move |socket| {
                socket::serve(app, socket).await;
                drop(place);
            })
        }
        Err(refusal) => refusal.into_response(),
    }
}
