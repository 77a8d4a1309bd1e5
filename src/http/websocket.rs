//! `GET /graphql/ws`: queries, mutations and subscriptions over `graphql-transport-ws` (the legacy protocol is accepted too).

use async_graphql::{Data, http::ALL_WEBSOCKET_PROTOCOLS};
use async_graphql_axum::{GraphQLProtocol, GraphQLWebSocket};
use axum::{
    extract::{
        State, WebSocketUpgrade,
        ws::{CloseFrame, Message, WebSocket, close_code},
    },
    http::{HeaderMap, header},
    response::Response,
};
use futures_util::{SinkExt, StreamExt};

use super::{
    MOST_BYTES,
    api::{Api, Caller},
};
use crate::{
    app::Cx,
    graphql::context::{Language, REQUEST},
};

pub async fn upgrade(State(api): State<Api>, headers: HeaderMap, protocol: GraphQLProtocol, upgrade: WebSocketUpgrade) -> Response {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let language = Language::accepted(text(header::ACCEPT_LANGUAGE).as_deref());
    let header = text(header::AUTHORIZATION);
    let upgrade = upgrade.max_message_size(MOST_BYTES).max_frame_size(MOST_BYTES);
    upgrade.protocols(ALL_WEBSOCKET_PROTOCOLS).on_upgrade(move |socket| run(api, socket, protocol, header, language))
}

/// Until either side ends it; a server that stops says so.
async fn run(api: Api, socket: WebSocket, protocol: GraphQLProtocol, header: Option<String>, language: Language) {
    let (mut sink, stream) = socket.split();
    let (executor, mut stop) = (api.clone(), api.stopping());
    let serving = GraphQLWebSocket::new_with_pair(&mut sink, stream, executor, protocol)
        .on_connection_init(move |payload| {
            // in a scope, so that a refusal is said in the caller's language
            REQUEST.scope(api.info(language), async move {
                // `connection_init` carries what browsers cannot put into a header; any case of the key
                let token = payload.as_object().and_then(|fields| {
                    fields.iter().find(|(key, _)| key.eq_ignore_ascii_case("authorization")).and_then(|(_, value)| value.as_str())
                });
                let actor = api.actor(token.or(header.as_deref())).await?;
                let mut data = Data::default();
                data.insert(Caller { cx: Cx::new(api.app().clone(), actor), language });
                Ok(data)
            })
        })
        .serve();
    let stopped = tokio::select! {
        () = serving => false,
        _ = stop.wait_for(|stopped| *stopped) => true,
    };
    if stopped {
        let frame = CloseFrame { code: close_code::AWAY, reason: "the server is stopping".into() };
        // the client may be gone already
        let _ = sink.send(Message::Close(Some(frame))).await;
    }
}
