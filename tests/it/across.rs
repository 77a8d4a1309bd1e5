//! Live streams with several instances on one PostgreSQL: through the proxy, past a stop, and past the death of the sequencer.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::support::{
    app::Contents,
    cluster::{Cluster, NOTE, OPEN_CASE, community},
    nginx, postgres,
    process::{Server, until},
    sse::Events,
    ws::{Received, WsClient},
};

crate::tests! {
    pure: [
        streams_through_a_proxy_hear_of_what_each_instance_does,
        a_stream_that_a_stopping_instance_ends_goes_on_at_another,
        a_mutation_on_a_socket_is_answered_before_the_instance_stops,
        the_sequencers_role_moves_when_its_holder_dies,
    ]
}

const FOLLOW: &str = "subscription($after: String) { caseChanged(after: $after) { cursor event { note } } }";

/// What a client loads before it follows: an open case, and where the log stands.
fn load(cluster: &Cluster, address: SocketAddr, token: &str) -> (Value, Value) {
    let case = cluster.ask(address, token, OPEN_CASE)["cases"]["nodes"][0]["id"].clone();
    (case, cluster.ask(address, token, "{ eventCursor }")["eventCursor"].clone())
}

fn note(cluster: &Cluster, server: &Server, token: &str, case: &Value, note: &str) {
    let done = cluster.ask_with(server.address, token, NOTE, &json!({ "case": case, "note": note }));
    assert_eq!(done["addCaseNote"]["userErrors"], json!([]));
}

/// A socket that follows all that its person may see.
async fn follow(address: SocketAddr, token: &str, after: &Value) -> (WsClient, String) {
    let mut socket = WsClient::connect(address).await;
    socket.init(Some(token)).await;
    let id = socket.subscribe(FOLLOW, json!({ "after": after })).await;
    (socket, id)
}

fn said(change: &Value) -> &str {
    change["caseChanged"]["event"]["note"].as_str().expect("a note")
}

fn streams_through_a_proxy_hear_of_what_each_instance_does() {
    if nginx::skipped() || postgres::skipped() {
        return;
    }
    let cluster = Cluster::new(Contents::Demo);
    let (servers, nginx, tokens) = cluster.proxied();
    let token = community(&tokens);
    let (case, cursor) = load(&cluster, nginx.address, token);
    let (mut socket, id) = cluster.block_on(follow(nginx.address, token, &cursor));
    let request = cluster.post(nginx.address, token, FOLLOW, &json!({ "after": cursor }));
    let mut events = cluster.block_on(Events::of(request));
    for (server, words) in [(&servers[0], "through the one"), (&servers[1], "through the other"), (&servers[0], "and again")] {
        note(&cluster, server, token, &case, words);
        assert_eq!(said(&cluster.block_on(socket.next(&id))), words);
        // at once, while the stream goes on
        assert_eq!(said(&cluster.block_on(events.next_data())), words);
    }
}

/// The stream's last word, which says where to go on.
fn cursor_of(payload: &Value) -> Value {
    let extensions = &payload["errors"][0]["extensions"];
    assert_eq!(extensions["code"], "STREAM_INTERRUPTED", "{payload:#}");
    extensions["cursor"].clone()
}

fn a_stream_that_a_stopping_instance_ends_goes_on_at_another() {
    if nginx::skipped() || postgres::skipped() {
        return;
    }
    let cluster = Cluster::new(Contents::Demo);
    let (servers, nginx, tokens) = cluster.proxied();
    let token = community(&tokens);
    let (case, cursor) = load(&cluster, nginx.address, token);
    let (mut socket, id) = cluster.block_on(follow(nginx.address, token, &cursor));
    let follow_events =
        |after: &Value| cluster.block_on(Events::of(cluster.post(nginx.address, token, FOLLOW, &json!({ "after": after }))));
    let mut events = follow_events(&cursor);
    note(&cluster, &servers[0], token, &case, "before");
    assert_eq!(said(&cluster.block_on(socket.next(&id))), "before");
    assert_eq!(said(&cluster.block_on(events.next_data())), "before");

    // a socket by its address and a request by its token need not be at the same instance: one after the other stops
    let [one, other] = servers;
    let address = one.address;
    let mut hints: (Option<Value>, Option<Value>) = (None, None);
    let mut stop = |server: Server, expected: usize| {
        server.signal("TERM");
        let (status, after) = server.wait();
        assert_eq!(status.code(), Some(0));
        assert!(after < Duration::from_secs(5), "{after:?}");
        if hints.0.is_none()
            && let Some(payload) = cluster.block_on(interrupted(&mut socket, &id))
        {
            hints.0 = Some(cursor_of(&payload));
        }
        if hints.1.is_none()
            && let Some(payload) = cluster.block_on(events.maybe_next())
        {
            hints.1 = Some(cursor_of(&payload));
        }
        let seen = hints.0.iter().count() + hints.1.iter().count();
        assert!(seen >= expected, "{seen} of {expected}");
    };
    stop(one, 0);
    let one = Server::start(&mut cluster.command(Some(address)));
    cluster.until_trusted();
    stop(other, 2);
    note(&cluster, &one, token, &case, "meanwhile");
    let (Some(socket_hint), Some(events_hint)) = hints else { panic!("no hints") };
    let (mut socket, id) = cluster.block_on(follow(nginx.address, token, &socket_hint));
    assert_eq!(said(&cluster.block_on(socket.next(&id))), "meanwhile");
    let mut events = follow_events(&events_hint);
    assert_eq!(said(&cluster.block_on(events.next_data())), "meanwhile");
}

/// The payload with which the stream was interrupted, if it was.
async fn interrupted(socket: &mut WsClient, id: &str) -> Option<Value> {
    let message = tokio::time::timeout(Duration::from_millis(200), socket.next_message(id)).await.ok()?;
    assert_eq!(socket.next_message(id).await["type"], "complete");
    assert_eq!(socket.receive().await, Received::Closed(Some(1001)));
    Some(message["payload"].clone())
}

fn a_mutation_on_a_socket_is_answered_before_the_instance_stops() {
    if postgres::skipped() {
        return;
    }
    let cluster = Cluster::new(Contents::Demo);
    let mut server = cluster.server();
    let token = server.token("community");
    let (case, held) = cluster.held(&server, &token);
    let mut socket = cluster.block_on(WsClient::connect(server.address));
    cluster.block_on(socket.init(Some(&token)));
    let id = cluster.block_on(socket.subscribe(NOTE, case));
    cluster.until_blocked();
    server.signal("TERM");
    until(Duration::from_secs(5), || std::net::TcpStream::connect(server.address).is_err().then_some(()));
    held.release();
    assert_eq!(cluster.block_on(socket.next(&id))["addCaseNote"]["userErrors"], json!([]));
    assert_eq!(cluster.block_on(socket.next_message(&id))["type"], "complete");
    assert_eq!(cluster.block_on(socket.receive()), Received::Closed(Some(1001)));
    assert_eq!(server.wait().0.code(), Some(0));
}

/// Which instance moves the events now, by the name it goes by in the database.
const HOLDER: &str = "SELECT a.usename::text AS found FROM pg_locks l JOIN pg_stat_activity a USING (pid)
    WHERE l.locktype = 'advisory' AND l.granted AND a.datname = current_database()";

fn the_sequencers_role_moves_when_its_holder_dies() {
    if postgres::skipped() {
        return;
    }
    let cluster = Cluster::new(Contents::Demo);
    let names = ["first", "second", "third"].map(|name| cluster.role(name));
    let mut servers: Vec<_> = names.iter().map(|name| (name, Server::start(&mut cluster.command_as(name)))).collect();
    let token = servers[0].1.token("community");
    let (case, cursor) = load(&cluster, servers[0].1.address, &token);
    // whoever takes the role does not get on with it
    let held = cluster.hold("LOCK TABLE event_log IN EXCLUSIVE MODE");
    note(&cluster, &servers[0].1, &token, &case, "while the holder hangs");
    let holder = until(Duration::from_secs(10), || cluster.text(HOLDER));
    let at = servers.iter().position(|(name, _)| **name == holder).expect("one of them");
    let (_, dying) = servers.remove(at);
    let (mut socket, id) = cluster.block_on(follow(servers[0].1.address, &token, &cursor));
    dying.signal("KILL");
    dying.wait();
    let died = Instant::now();
    held.release();
    assert_eq!(said(&cluster.block_on(socket.next(&id))), "while the holder hangs");
    note(&cluster, &servers[1].1, &token, &case, "after its death");
    assert_eq!(said(&cluster.block_on(socket.next(&id))), "after its death");
    assert!(died.elapsed() < Duration::from_secs(8), "{:?}", died.elapsed());
}
