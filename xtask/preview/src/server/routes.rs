//! The paths that the server answers.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, HttpBody as _, to_bytes};
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{Extension, FromRequestParts as _, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::json;
use tokio::time::timeout;

use crate::app::App;
use crate::guard::headers::{Nonce, protect};
use crate::guard::origin;
use crate::limits::ConnectionPermit;
use crate::ui::CLIENT_SCRIPT;
use crate::{script, socket, terminal};

/// Bytes of the body of a launch. It has less than a hundred.
const MAX_LAUNCH: usize = 1024;

pub(super) fn routes(app: Arc<App>) -> Router {
    Router::new()
        .route(CLIENT_SCRIPT, get(client))
        .route("/__preview/launch", post(launch))
        .route("/__preview/socket", get(connect))
        .route("/__preview/{*other}", get(not_found))
        .route("/favicon.ico", get(async || StatusCode::NO_CONTENT))
        .fallback(ui)
        .layer(from_fn_with_state(app.clone(), guarded))
        .with_state(app)
}

/// Wraps every request: checks it first, and protects the response afterwards.
async fn guarded(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let Ok(nonce) = Nonce::new() else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let mut response = match origin::check(&request, &app.origin) {
        Ok(()) => {
            request.extensions_mut().insert(nonce.clone());
            next.run(request).await
        }
        Err(rejection) => rejection.into_response(),
    };
    protect(response.headers_mut(), &app.origin, &nonce);
    response
}

async fn client() -> Response {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], script::CLIENT).into_response()
}

async fn not_found() -> StatusCode {
    StatusCode::NOT_FOUND
}

async fn ui(State(app): State<Arc<App>>, Extension(nonce): Extension<Nonce>, request: Request) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        app.ui.answer(&app.about, &app.origin, request, &nonce).await
    } else {
        StatusCode::METHOD_NOT_ALLOWED.into_response()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Launch {
    launch: String,
}

/// Exchanges a launch secret for a token.
async fn launch(State(app): State<Arc<App>>, request: Request) -> Response {
    if let Err(rejection) = origin::check_post(request.headers(), &app.origin) {
        return rejection.into_response();
    }
    // The length is known before anything is read.
    if request.body().size_hint().lower() > MAX_LAUNCH as u64 {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    }
    let body = match timeout(app.limits.request_timeout, read(request.into_body())).await {
        Ok(Ok(body)) => body,
        Ok(Err(status)) => return status.into_response(),
        Err(_) => return StatusCode::REQUEST_TIMEOUT.into_response(),
    };
    let (status, answer) = match app.sessions.launch(&body.launch) {
        Ok(Ok(token)) => (StatusCode::OK, json!({ "token": token })),
        Ok(Err(invalid)) => {
            terminal::warning(invalid.message());
            (StatusCode::FORBIDDEN, json!({ "error": invalid.message() }))
        }
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, json!({ "error": error.to_string() })),
    };
    (status, axum::Json(answer)).into_response()
}

async fn read(body: Body) -> Result<Launch, StatusCode> {
    let body = to_bytes(body, MAX_LAUNCH).await.map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?;
    serde_json::from_slice(&body).map_err(|_| StatusCode::BAD_REQUEST)
}

/// Opens the WebSocket of a page.
async fn connect(State(app): State<Arc<App>>, request: Request) -> Response {
    if let Err(rejection) = origin::check_script(request.headers(), &app.origin) {
        return rejection.into_response();
    }
    let (mut parts, _) = request.into_parts();
    match WebSocketUpgrade::from_request_parts(&mut parts, &app).await {
        Ok(upgrade) => {
            let upgrade = upgrade.max_message_size(app.limits.message).max_frame_size(app.limits.message);
            let permit = parts.extensions.remove::<ConnectionPermit>();
            upgrade.on_upgrade(async move |socket| {
                socket::serve(app, socket).await;
                drop(permit);
            })
        }
        Err(rejection) => rejection.into_response(),
    }
}
