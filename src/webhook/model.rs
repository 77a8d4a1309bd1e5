//! What a message is, how it is signed, where it may go and when it is tried again. No I/O.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Duration, SecondsFormat, Utc};
use entity::{CaseEventKind, WebhookDeliveryId, WebhookId};
use reqwest::Url;
use serde_json::json;
use uuid::Uuid;

use crate::event::Logged;

/// Bytes of a secret.
pub const SECRET: usize = 32;
/// How long a secret that was replaced signs too.
pub const OVERLAP: Duration = Duration::hours(24);
/// Bytes of a URL at most.
const LONGEST_URL: usize = 2000;

/// A secret as it is shown once: Standard Webhooks writes it so.
pub fn shown(secret: &[u8]) -> String {
    format!("whsec_{}", STANDARD.encode(secret))
}

/// `webhook-signature` of the Standard Webhooks specification: one signature for each secret that is valid.
pub fn signatures(secrets: &[Vec<u8>], id: &str, timestamp: i64, body: &str) -> String {
    let content = format!("{id}.{timestamp}.{body}");
    let one = |secret: &Vec<u8>| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        format!("v1,{}", STANDARD.encode(hmac::sign(&key, content.as_bytes())))
    };
    secrets.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// When to try again after so many tries that failed; none: it is given up.
pub fn again_after(tries: i32) -> Option<Duration> {
    let pauses = [
        Duration::seconds(5),
        Duration::seconds(30),
        Duration::minutes(2),
        Duration::minutes(10),
        Duration::hours(1),
        Duration::hours(6),
        Duration::hours(24),
    ];
    usize::try_from(tries).ok()?.checked_sub(1).and_then(|at| pauses.get(at)).copied()
}

/// Why an URL is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadUrl {
    Malformed,
    Private,
}

/// A URL that events may be sent to, and its host with its port. What a name stands for is looked at when it is sent to.
pub fn target(text: &str, to_private: bool) -> Result<(Url, String), BadUrl> {
    let url = Url::parse(text.trim()).ok().filter(|_| text.len() <= LONGEST_URL).ok_or(BadUrl::Malformed)?;
    let plain = matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.password().is_none();
    let host = url.host_str().filter(|_| plain && url.fragment().is_none()).ok_or(BadUrl::Malformed)?;
    let port = url.port_or_known_default().ok_or(BadUrl::Malformed)?;
    let literal: Option<IpAddr> = host.trim_start_matches('[').trim_end_matches(']').parse().ok();
    if !to_private && literal.is_some_and(|address| !is_public(address)) {
        return Err(BadUrl::Private);
    }
    let host = format!("{host}:{port}");
    Ok((url, host))
}

/// Whether an address is one of the public Internet: neither this machine's nor a private, special or reserved one.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let special = match address.octets() {
        // this network, private, loopback, link-local
        [0 | 10 | 127, ..] | [169, 254, ..] | [192, 168, ..] => true,
        [100, second, ..] => (64..128).contains(&second),
        [172, second, ..] => (16..32).contains(&second),
        // protocol assignments, documentation, the relay of 6to4, benchmarks
        [192, 0, 0 | 2, _] | [192, 88, 99, _] | [198, 18 | 19, ..] | [198, 51, 100, _] | [203, 0, 113, _] => true,
        // multicast, reserved, broadcast
        [first, ..] => first >= 224,
    };
    !special
}

/// Only global unicast, which leaves out loopback, private, link-local, multicast, and IPv4 in IPv6's clothes (mapped, NAT64).
fn is_public_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        // protocol assignments (Teredo among them), documentation, 6to4
        [0x2001, 0..0x200, ..] | [0x2001, 0xdb8, ..] | [0x2002, ..] | [0x3fff, 0..0x1000, ..] => false,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

/// An id as clients see it.
fn global(prefix: &str, id: impl Into<Uuid>) -> String {
    format!("{prefix}_{}", id.into().simple())
}

/// `webhook-id`: the same for every attempt, so that a receiver knows what it has had.
pub fn message_id(id: WebhookDeliveryId) -> String {
    global("delivery", id)
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// What is sent of a fact: ids and facts, nobody's name and nobody's words.
pub fn body(Logged { seq, fact }: &Logged, number: &str, cursor: &str) -> String {
    let whistle = fact.whistle.as_ref().map(|whistle| {
        json!({
            "id": global("whistle", whistle.id),
            "targetKind": whistle.target.0,
            "fromStatus": whistle.from_status,
            "toStatus": whistle.to_status,
        })
    });
    let message = json!({
        "type": "case.changed",
        "timestamp": time(fact.at),
        "data": {
            "kind": fact.kind,
            "caseId": global("case", fact.case_id),
            "number": number,
            "eventId": global("event", fact.event_id),
            "sequence": fact.seq,
            "category": fact.category,
            "fromStatus": fact.from_status,
            "toStatus": fact.to_status,
            "whistle": whistle,
            "at": time(fact.at),
            "seq": seq,
            "cursor": cursor,
        },
    });
    message.to_string()
}

/// What is sent to see whether somebody answers.
pub fn ping(webhook: WebhookId, now: DateTime<Utc>) -> String {
    json!({ "type": "ping", "timestamp": time(now), "data": { "webhookId": global("webhook", webhook) } }).to_string()
}

/// Which kinds of events are sent, as they are kept; none: all.
pub fn kinds_kept(kinds: Option<&[CaseEventKind]>) -> Option<String> {
    kinds.map(|kinds| json!(kinds).to_string())
}

pub fn kinds_of(kept: Option<&str>) -> Option<Vec<CaseEventKind>> {
    kept.map(|kinds| serde_json::from_str(kinds).unwrap_or_default())
}
