//! Streams as clients hold them, over WebSocket and as Server-Sent Events. Whatever goes wrong is an end, never a panic.

use std::{net::SocketAddr, time::Duration};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest, http::HeaderValue},
};

/// For an answer that has to come.
pub const PATIENCE: Duration = Duration::from_secs(15);

/// What a stream brings.
#[derive(Debug)]
pub enum Event {
    /// A result: data, errors or both.
    Next(Value),
    /// The operation is over, as the server said.
    Complete,
    /// The connection is gone.
    Gone,
}

pub enum Stream {
    Socket(Box<Socket>),
    Events(Events),
}

impl Stream {
    pub async fn next(&mut self) -> Event {
        match self {
            Self::Socket(socket) => socket.next().await,
            Self::Events(events) => events.next().await,
        }
    }
}

/// One operation on one socket of graphql-transport-ws.
pub struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Connected and acknowledged.
    pub async fn open(address: SocketAddr, token: &str) -> Result<Self, String> {
        let mut request = format!("ws://{address}/graphql/ws").into_client_request().map_err(|e| e.to_string())?;
        request.headers_mut().insert("Sec-WebSocket-Protocol", HeaderValue::from_static("graphql-transport-ws"));
        let connecting = tokio::time::timeout(PATIENCE, connect_async(request)).await.map_err(|e| e.to_string())?;
        let mut socket = Self(connecting.map_err(|e| e.to_string())?.0);
        socket.send(&json!({ "type": "connection_init", "payload": { "authorization": format!("Bearer {token}") } })).await?;
        match tokio::time::timeout(PATIENCE, socket.message()).await {
            Ok(Some(message)) if message["type"] == "connection_ack" => Ok(socket),
            other => Err(format!("no connection_ack: {other:?}")),
        }
    }

    pub async fn send(&mut self, message: &Value) -> Result<(), String> {
        self.0.send(Message::text(message.to_string())).await.map_err(|e| e.to_string())
    }

    pub async fn subscribe(&mut self, request: &Value) -> Result<(), String> {
        self.send(&json!({ "id": "1", "type": "subscribe", "payload": request })).await
    }

    async fn message(&mut self) -> Option<Value> {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => return Some(serde_json::from_str(&text).expect("JSON")),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                Some(Ok(_)) => {}
            }
        }
    }

    async fn next(&mut self) -> Event {
        loop {
            let Some(message) = self.message().await else { return Event::Gone };
            match message["type"].as_str() {
                Some("next") => return Event::Next(message["payload"].clone()),
                Some("error") => return Event::Next(json!({ "errors": message["payload"] })),
                Some("complete") => return Event::Complete,
                Some("ping") if self.send(&json!({ "type": "pong" })).await.is_err() => return Event::Gone,
                Some("ping" | "pong") => {}
                _ => panic!("not of the protocol: {message:#}"),
            }
        }
    }
}

/// One operation as Server-Sent Events, in the distinct connections mode.
pub struct Events {
    response: reqwest::Response,
    buffer: Vec<u8>,
}

impl Events {
    pub async fn open(http: &reqwest::Client, address: SocketAddr, token: &str, request: &Value) -> Result<Self, String> {
        let sending =
            http.post(format!("http://{address}/graphql")).bearer_auth(token).header("Accept", "text/event-stream").json(request).send();
        let response = tokio::time::timeout(PATIENCE, sending).await.map_err(|e| e.to_string())?.map_err(|e| e.to_string())?;
        let kind = response.headers().get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default().to_owned();
        if !kind.starts_with("text/event-stream") {
            return Err(format!("{} {kind}: {}", response.status(), response.text().await.unwrap_or_default()));
        }
        Ok(Self { response, buffer: Vec::new() })
    }

    async fn next(&mut self) -> Event {
        loop {
            if let Some(block) = self.block() {
                let field = |name: &str| {
                    let lines = block.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
                    lines.map(|value| value.strip_prefix(' ').unwrap_or(value)).collect::<Vec<_>>().join("\n")
                };
                match field("event").as_str() {
                    "next" => return Event::Next(serde_json::from_str(&field("data")).expect("JSON")),
                    "complete" => return Event::Complete,
                    // a comment that keeps the line open
                    "" => continue,
                    _ => panic!("not of the protocol: {block}"),
                }
            }
            match self.response.chunk().await {
                Ok(Some(bytes)) => self.buffer.extend_from_slice(&bytes),
                Ok(None) | Err(_) => return Event::Gone,
            }
        }
    }

    /// Up to the next empty line.
    fn block(&mut self) -> Option<String> {
        let end = self.buffer.windows(2).position(|two| two == b"\n\n")?;
        let block = self.buffer.drain(..end + 2).collect::<Vec<u8>>();
        Some(String::from_utf8(block).expect("UTF-8"))
    }
}
