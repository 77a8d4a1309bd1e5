//! `GET /graphql/ws`: queries, mutations and subscriptions over `graphql-transport-ws` (the legacy protocol is accepted too).

use async_graphql::{Data, http::ALL_WEBSOCKET_PROTOCOLS};
use async_graphql_axum::{GraphQLProtocol, GraphQLWebSocket};
use axum::{
    extract::{State, WebSocketUpgrade},
    http::{HeaderMap, header},
    response::Response,
};

use super::api::{Api, Caller};
use crate::{app::Cx, graphql::context::Language};

pub async fn upgrade(State(api): State<Api>, headers: HeaderMap, protocol: GraphQLProtocol, upgrade: WebSocketUpgrade) -> Response {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let language = Language::accepted(text(header::ACCEPT_LANGUAGE).as_deref());
    let header = text(header::AUTHORIZATION);
    upgrade.protocols(ALL_WEBSOCKET_PROTOCOLS).on_upgrade(move |socket| {
        let executor = api.clone();
        GraphQLWebSocket::new(socket, executor, protocol)
            .on_connection_init(move |payload| async move {
                // `connection_init` carries what browsers cannot put into a header; any case of the key
                let token = payload.as_object().and_then(|fields| {
                    fields.iter().find(|(key, _)| key.eq_ignore_ascii_case("authorization")).and_then(|(_, value)| value.as_str())
                });
                let actor = api.actor(token.or(header.as_deref())).await?;
                let mut data = Data::default();
                data.insert(Caller { cx: Cx::new(api.app().clone(), actor), language });
                Ok(data)
            })
            .serve()
    })
}
