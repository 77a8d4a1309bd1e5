//! `graphql-transport-ws` by the letter: what each side may say when, and with which code a socket ends.

use serde_json::{Value, json};

use crate::support::{
    TestApp,
    ws::{Received, WsClient},
};

crate::tests! {
    bare: [
        what_is_said_out_of_turn_ends_the_socket_with_its_code,
        a_frame_that_is_none_ends_the_socket,
        a_request_at_fault_is_answered_once_and_the_socket_goes_on,
        an_id_is_free_again_when_its_operation_has_ended,
        a_ping_is_answered_with_what_it_carried,
        a_crowded_socket_starts_nothing_more,
    ],
}

const BEATS: &str = "subscription { heartbeat(intervalMs: 10) }";

fn subscribe(id: &str, query: &str) -> Value {
    json!({ "id": id, "type": "subscribe", "payload": { "query": query } })
}

async fn ends(socket: &mut WsClient, code: u16) {
    loop {
        match socket.receive().await {
            Received::Closed(with) => return assert_eq!(with, Some(code)),
            Received::Message(_) => {}
        }
    }
}

async fn what_is_said_out_of_turn_ends_the_socket_with_its_code(t: TestApp) {
    let init = json!({ "type": "connection_init" });
    let bad_token = json!({ "type": "connection_init", "payload": { "authorization": "Bearer nothing" } });
    let table: [(u16, Vec<Value>); 5] = [
        (4401, vec![subscribe("1", "{ __typename }")]),
        (4429, vec![init.clone(), init.clone()]),
        (4403, vec![bad_token]),
        (4400, vec![json!({ "type": "connection_init", "payload": "x" })]),
        (4409, vec![init, subscribe("1", BEATS), subscribe("1", BEATS)]),
    ];
    for (code, messages) in table {
        let mut socket = t.ws_raw().await;
        for message in messages {
            socket.send(message).await;
        }
        ends(&mut socket, code).await;
    }
}

async fn a_frame_that_is_none_ends_the_socket(t: TestApp) {
    let frames = [
        "hello",
        "[]",
        r#"{"type":"whatever"}"#,
        r#"{"id":"1"}"#,
        r#"{"type":"subscribe","payload":{"query":"{ __typename }"}}"#,
        r#"{"type":"subscribe","id":1,"payload":{"query":"{ __typename }"}}"#,
        r#"{"type":"subscribe","id":"","payload":{"query":"{ __typename }"}}"#,
        r#"{"type":"subscribe","id":"1"}"#,
        r#"{"type":"subscribe","id":"1","payload":{}}"#,
        r#"{"type":"complete"}"#,
        r#"{"type":"start","id":"1","payload":{"query":"{ __typename }"}}"#,
        r#"{"type":"next","id":"1","payload":{}}"#,
        r#"{"type":"ping","payload":"x"}"#,
    ];
    for frame in frames {
        let mut socket = t.ws(None).await;
        socket.send_text(frame).await;
        ends(&mut socket, 4400).await;
    }
}

async fn a_request_at_fault_is_answered_once_and_the_socket_goes_on(t: TestApp) {
    let mut socket = t.ws(None).await;
    for query in ["{ ", "{ nothing }", "subscription { nothing }"] {
        let id = socket.subscribe(query, json!({})).await;
        let message = socket.next_message(&id).await;
        assert_eq!((&message["type"], message["payload"].as_array().map(Vec::len)), (&json!("error"), Some(1)), "{message:#}");
    }
    let id = socket.subscribe("{ __typename }", json!({})).await;
    assert_eq!(socket.next(&id).await["__typename"], "Query");
    assert_eq!(socket.next_message(&id).await["type"], "complete");
}

async fn an_id_is_free_again_when_its_operation_has_ended(t: TestApp) {
    let mut socket = t.ws(None).await;
    for _ in 0..20 {
        socket.send(subscribe("again", BEATS)).await;
        socket.next("again").await;
        socket.complete("again").await;
        socket.settle().await;
        socket.send(subscribe("again", "{ __typename }")).await;
        // nothing of the one before comes under the same id
        assert_eq!(socket.next_message("again").await["payload"]["data"]["__typename"], "Query");
        assert_eq!(socket.next_message("again").await["type"], "complete");
    }
}

async fn a_ping_is_answered_with_what_it_carried(t: TestApp) {
    let mut socket = t.ws_raw().await;
    for payload in [json!({ "at": 1 }), json!({})] {
        socket.send(json!({ "type": "ping", "payload": payload })).await;
        assert_eq!(socket.receive().await, Received::Message(json!({ "type": "pong", "payload": payload })));
    }
}

async fn a_crowded_socket_starts_nothing_more(t: TestApp) {
    let mut socket = t.ws(None).await;
    for _ in 0..100 {
        socket.subscribe("subscription { heartbeat(intervalMs: 3600000) }", json!({})).await;
    }
    let id = socket.subscribe("{ __typename }", json!({})).await;
    let message = socket.next_message(&id).await;
    assert_eq!(message["payload"][0]["extensions"]["code"], "RATE_LIMITED", "{message:#}");
}
