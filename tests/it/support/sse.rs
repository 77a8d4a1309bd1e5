//! A client of Server-Sent Events.

use std::time::Duration;

use serde_json::Value;

pub struct Events {
    response: reqwest::Response,
    text: String,
}

const PATIENCE: Duration = Duration::from_secs(5);

impl Events {
    /// Sends the request and waits for the head of the answer.
    pub async fn of(request: reqwest::RequestBuilder) -> Self {
        let response = request.header("accept", "text/event-stream").send().await.expect("an answer");
        let kind = response.headers()["content-type"].to_str().expect("text");
        assert!(response.status().is_success() && kind.starts_with("text/event-stream"), "{} {kind}", response.status());
        Self { response, text: String::new() }
    }

    /// The payload of the next event, unless the stream completes or ends, or nothing comes for a moment.
    pub async fn maybe_next(&mut self) -> Option<Value> {
        tokio::time::timeout(Duration::from_millis(200), self.event()).await.ok().flatten()
    }

    /// The data of the next event.
    pub async fn next_data(&mut self) -> Value {
        let payload = tokio::time::timeout(PATIENCE, self.event()).await.expect("an event within five seconds").expect("no end");
        assert!(payload.get("errors").is_none(), "expected data, got {payload:#}");
        payload["data"].clone()
    }

    async fn event(&mut self) -> Option<Value> {
        loop {
            while let Some((event, rest)) = self.text.split_once("\n\n") {
                let data: Option<String> = event.strip_prefix("event: next\ndata: ").map(str::to_owned);
                self.text = rest.to_owned();
                if let Some(data) = data {
                    return Some(serde_json::from_str(&data).expect("JSON"));
                }
            }
            let chunk = self.response.chunk().await.ok().flatten()?;
            self.text.push_str(std::str::from_utf8(&chunk).expect("UTF-8"));
        }
    }
}
