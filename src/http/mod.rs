//! The ways in over HTTP: `/graphql`, the WebSocket at `/graphql/ws`, the content of attachments, and the probes.

mod api;
mod attachments;
mod drain;
mod graphiql;
mod graphql;
mod live;
mod mailbox;
mod multipart;
mod sse;
mod websocket;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context;
use axum::{Router, extract::State, http::StatusCode, middleware, routing::get};
use tokio::net::TcpListener;
use tower_http::catch_panic::CatchPanicLayer;

pub use self::api::{Api, Caller};
use crate::app::App;

/// Bytes of a request's body at most.
const MOST_BYTES: usize = 1024 * 1024;

/// For whoever opens the address in a browser.
const INDEX: &str = "Chuishao 吹哨: /graphiql in a browser, POST /graphql, WebSocket /graphql/ws, GET /healthz, GET /readyz\n";
/// How long sockets may take to say goodbye.
const FAREWELL: Duration = Duration::from_secs(9);

/// What `/graphiql` offers.
#[derive(Clone, Copy)]
pub struct Page {
    /// Whether it is there at all.
    pub shown: bool,
    /// Whether it signs in as somebody of the demonstration; only where the server listens on loopback.
    pub sign_ins: bool,
}

pub fn router(app: Arc<App>, page: Page) -> Router {
    routes(Api::new(app), page)
}

fn routes(api: Api, page: Page) -> Router {
    let asking = if page.shown { graphiql::routes(page) } else { Router::new() };
    asking
        .route("/graphql", get(graphql::get).post(graphql::post).layer(middleware::map_response(graphql::guarded)))
        .route("/graphql/ws", get(websocket::upgrade))
        .route("/attachments/{id}", get(attachments::get))
        .route("/", get(|| async { INDEX }))
        .route("/healthz", get(|| async { "ok" }))
        .route("/readyz", get(ready))
        .layer(CatchPanicLayer::new())
        .layer(middleware::from_fn_with_state(api.clone(), drain::last_words))
        .with_state(api)
}

/// Ready while the database answers, until the server stops.
async fn ready(State(api): State<Api>) -> (StatusCode, &'static str) {
    if api.is_stopping() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping");
    }
    match api.app().db.read.ping().await {
        Ok(()) => (StatusCode::OK, "ready"),
        Err(error) => {
            tracing::warn!(%error, "the database does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer")
        }
    }
}

pub async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))
}

/// Serves until `stop` is ready, then takes nobody new, closes the sockets and lets running requests finish.
pub async fn serve(
    listener: TcpListener,
    app: Arc<App>,
    page: Page,
    stop: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    let api = Api::new(app);
    let (door, keeper) = drain::door(listener).context("cannot read the address")?;
    let stopping = {
        let api = api.clone();
        async move {
            stop.await;
            keeper.close(&api).await;
        }
    };
    axum::serve(door, routes(api.clone(), page)).with_graceful_shutdown(stopping).await.context("the server failed")?;
    // the server does not count connections that have become sockets
    if tokio::time::timeout(FAREWELL, api.sockets_closed()).await.is_err() {
        tracing::warn!("sockets were still open after {FAREWELL:?}");
    }
    Ok(())
}
