//! A client of Server-Sent Events.

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
        Self::of(t.http().post(t.url("/graphql")).json(&body), token).await
    }

    /// One operation by GET.
    pub async fn get(t: &TestApp, token: Option<&str>, query: &str, variables: Value) -> Self {
        let parameters = [("query", query.to_owned()), ("variables", variables.to_string())];
        Self::of(t.http().get(t.url("/graphql")).query(&parameters), token).await
    }

    async fn of(mut request: reqwest::RequestBuilder, token: Option<&str>) -> Self {
        request = request.header("accept", "text/event-stream");
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let response = request.send().await.expect("an answer");
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
            let chunk = tokio::time::timeout(std::time::Duration::from_secs(5), self.response.chunk()).await;
            let chunk = chunk.expect("something within five seconds").expect("a connection")?;
            self.read.extend(&chunk);
        }
    }

    /// The payload of the next result.
    pub async fn next(&mut self) -> Value {
        let (kind, payload) = self.event().await.expect("an event");
        assert_eq!(kind, "next", "{payload:#}");
        payload
    }

    /// The stream says that it is complete, and ends.
    pub async fn assert_complete(&mut self) {
        assert_eq!(self.event().await, Some(("complete".to_owned(), Value::Null)));
        assert_eq!(self.event().await, None);
    }
}
