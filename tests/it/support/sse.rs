//! A client of Server-Sent Events.

use std::time::Duration;

use reqwest::RequestBuilder;
use serde_json::{Value, json};

use super::TestApp;

pub struct Events {
    response: reqwest::Response,
    read: Vec<u8>,
}

impl Events {
    /// One operation by POST.
    pub async fn post(t: &TestApp, token: Option<&str>, query: &str, variables: Value) -> Self {
        let body = json!({ "query": query, "variables": variables });
        Self::signed_in(t.http().post(t.url("/graphql")).json(&body), token).await
    }

    /// One operation by GET.
    pub async fn get(t: &TestApp, token: Option<&str>, query: &str, variables: Value) -> Self {
        let parameters = [("query", query.to_owned()), ("variables", variables.to_string())];
        Self::signed_in(t.http().get(t.url("/graphql")).query(&parameters), token).await
    }

    async fn signed_in(request: RequestBuilder, token: Option<&str>) -> Self {
        Self::of(match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        })
        .await
    }

    /// Sends a request of your own making and waits for the head of the answer.
    pub async fn of(request: RequestBuilder) -> Self {
        let response = request.header("accept", "text/event-stream").send().await.expect("an answer");
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream; charset=utf-8");
        Self { response, read: Vec::new() }
    }

    /// The next event with its data; none at the end.
    pub async fn event(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some(end) = self.read.windows(2).position(|two| two == b"\n\n") {
                let event: Vec<u8> = self.read.drain(..end + 2).collect();
                let event = String::from_utf8(event).expect("UTF-8");
                let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).map(|text| text.trim().to_owned());
                // what begins with a colon is a comment
                let found = field("event:").map(|kind| (kind, field("data:").unwrap_or_default()));
                let Some((kind, data)) = found else { continue };
                return Some((kind, if data.is_empty() { Value::Null } else { serde_json::from_str(&data).expect("JSON") }));
            }
            let chunk = tokio::time::timeout(Duration::from_secs(20), self.response.chunk()).await;
            let chunk = chunk.expect("something within twenty seconds").expect("a connection")?;
            self.read.extend(&chunk);
        }
    }

    /// The payload of the next result.
    pub async fn next(&mut self) -> Value {
        let (kind, payload) = self.event().await.expect("an event");
        assert_eq!(kind, "next", "{payload:#}");
        payload
    }

    /// The payload of the next result, unless the stream ends or nothing comes for a moment.
    pub async fn maybe_next(&mut self) -> Option<Value> {
        let (kind, payload) = tokio::time::timeout(Duration::from_millis(200), self.event()).await.ok().flatten()?;
        (kind == "next").then_some(payload)
    }

    /// The data of the next result.
    pub async fn next_data(&mut self) -> Value {
        let payload = self.next().await;
        assert!(payload.get("errors").is_none(), "expected data, got {payload:#}");
        payload["data"].clone()
    }

    /// The stream says that it is complete, and ends.
    pub async fn assert_complete(&mut self) {
        assert_eq!(self.event().await, Some(("complete".to_owned(), Value::Null)));
        assert_eq!(self.event().await, None);
    }
}
