//! Cursors taken apart, and the event log as anybody can check it.

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::SecondsFormat;
use entity::{PersonId, event_log};
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::{Value, json};

use super::{TestApp, ws::WsClient};

/// The number in a cursor.
pub fn number(cursor: &str) -> i64 {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).expect("base64");
    i64::from_be_bytes(bytes[8..].try_into().expect("eight bytes"))
}

/// The same log's cursor with another number.
pub fn with_number(cursor: &str, number: i64) -> String {
    let mut bytes = URL_SAFE_NO_PAD.decode(cursor).expect("base64");
    bytes.truncate(8);
    bytes.extend(number.to_be_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Where the log stands once all that was committed is in it.
pub async fn event_cursor(t: &TestApp) -> String {
    t.settle().await;
    text(&t.ask(None, "{ eventCursor }").await.data()["eventCursor"])
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("a text, not {value:#}")).to_owned()
}

/// `caseChanged` with what a replay and the live stream have in common.
pub const CHANGES: &str = "subscription($filter: CaseEventFilter, $kinds: [CaseEventKind!], $after: String) {
    change: caseChanged(filter: $filter, kinds: $kinds, after: $after) { cursor kind at case { id title } event { sequence note } } }";

/// Follows `caseChanged` from a cursor.
pub async fn resume(socket: &mut WsClient, after: &str, filter: Value) -> String {
    socket.subscribe(CHANGES, json!({ "after": after, "filter": filter })).await
}

/// So many changes of a stream.
pub async fn take(socket: &mut WsClient, id: &str, count: usize) -> Vec<Value> {
    let mut changes = Vec::new();
    for _ in 0..count {
        changes.push(socket.next(id).await["change"].clone());
    }
    changes
}

/// The changes of a stream up to the note of this text, which is left out.
pub async fn take_until(socket: &mut WsClient, id: &str, note: &str) -> Vec<Value> {
    let mut changes = Vec::new();
    loop {
        let change = socket.next(id).await["change"].clone();
        if change["event"]["note"] == note {
            return changes;
        }
        changes.push(change);
    }
}

pub async fn socket(t: &TestApp, person: PersonId) -> WsClient {
    t.ws(Some(&t.token(person))).await
}

/// The whole log, past the server.
pub async fn rows(t: &TestApp) -> Vec<event_log::Model> {
    t.settle().await;
    event_log::Entity::find().order_by_asc(event_log::Column::Seq).all(&t.app.db.read).await.expect("the log")
}

/// The hash that a row must have: SHA-256 of the hash before, the number in eight bytes, the time in microseconds, the fact as stored.
pub fn hash_of(before: &[u8], row: &event_log::Model) -> Vec<u8> {
    let at = row.at.to_rfc3339_opts(SecondsFormat::Micros, true);
    let covered = [before, &row.seq.to_be_bytes(), at.as_bytes(), row.fact.as_bytes()].concat();
    digest(&SHA256, &covered).as_ref().to_vec()
}
