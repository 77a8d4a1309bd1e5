//! A client of graphql-transport-ws.

use std::{collections::VecDeque, net::SocketAddr, time::Duration};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, client_async, connect_async,
    tungstenite::{Message, client::IntoClientRequest, http::HeaderValue},
};

const PATIENCE: Duration = Duration::from_secs(20);

pub struct WsClient {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// Messages of other streams that came while one was waited for.
    waiting: VecDeque<Value>,
    last_id: u32,
}

/// What came in: a message of the protocol, or the end with its code (none: without a close frame).
#[derive(Debug, PartialEq)]
pub enum Received {
    Message(Value),
    Closed(Option<u16>),
}

impl WsClient {
    pub async fn connect(address: SocketAddr) -> Self {
        Self::connect_with(address, &[]).await
    }

    /// With headers of your own.
    pub async fn connect_with(address: SocketAddr, headers: &[(&'static str, &'static str)]) -> Self {
        let mut request = format!("ws://{address}/graphql/ws").into_client_request().expect("a request");
        request.headers_mut().insert("Sec-WebSocket-Protocol", HeaderValue::from_static("graphql-transport-ws"));
        for (name, value) in headers {
            request.headers_mut().insert(*name, HeaderValue::from_static(value));
        }
        let (socket, _) = connect_async(request).await.expect("a WebSocket");
        Self { socket, waiting: VecDeque::new(), last_id: 0 }
    }

    /// Over a connection that holds little, so that a client that does not read is felt soon.
    pub async fn connect_narrow(address: SocketAddr) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(8 * 1024).expect("a size");
        let stream = MaybeTlsStream::Plain(socket.connect(address).await.expect("a connection"));
        let mut request = format!("ws://{address}/graphql/ws").into_client_request().expect("a request");
        request.headers_mut().insert("Sec-WebSocket-Protocol", HeaderValue::from_static("graphql-transport-ws"));
        let (socket, _) = client_async(request, stream).await.expect("a WebSocket");
        Self { socket, waiting: VecDeque::new(), last_id: 0 }
    }

    pub async fn init(&mut self, token: Option<&str>) {
        let payload = token.map_or(json!({}), |token| json!({ "authorization": format!("Bearer {token}") }));
        self.send(json!({ "type": "connection_init", "payload": payload })).await;
        match self.receive().await {
            Received::Message(message) if message["type"] == "connection_ack" => {}
            other => panic!("expected connection_ack, got {other:?}"),
        }
    }

    /// Starts an operation and returns its id.
    pub async fn subscribe(&mut self, query: &str, variables: Value) -> String {
        self.last_id += 1;
        let id = self.last_id.to_string();
        self.send(json!({ "id": id, "type": "subscribe", "payload": { "query": query, "variables": variables } })).await;
        id
    }

    /// The data of the stream's next result.
    pub async fn next(&mut self, id: &str) -> Value {
        let message = self.next_message(id).await;
        let payload = &message["payload"];
        assert!(message["type"] == "next" && payload.get("errors").is_none(), "expected data, got {message:#}");
        payload["data"].clone()
    }

    /// The next message about a stream, of any type: `next`, `error` or `complete`.
    pub async fn next_message(&mut self, id: &str) -> Value {
        if let Some(at) = self.waiting.iter().position(|message| message["id"] == id) {
            return self.waiting.remove(at).expect("it is there");
        }
        loop {
            match self.receive().await {
                Received::Message(message) if message["id"] == id => return message,
                Received::Message(message) => self.waiting.push_back(message),
                closed => panic!("waiting for {id}: {closed:?}"),
            }
        }
    }

    /// Waits until all that was on its way has arrived, and forgets it.
    pub async fn settle(&mut self) {
        self.send(json!({ "type": "ping" })).await;
        while self.receive().await != Received::Message(json!({ "type": "pong" })) {}
        self.waiting.clear();
    }

    /// Nothing comes for this stream within this time.
    pub async fn assert_silent(&mut self, id: &str, time: Duration) {
        if let Ok(message) = tokio::time::timeout(time, self.next_message(id)).await {
            panic!("expected nothing, got {message:#}");
        }
    }

    /// Ends a stream from this side.
    pub async fn complete(&mut self, id: &str) {
        self.send(json!({ "id": id, "type": "complete" })).await;
    }

    pub async fn send(&mut self, message: Value) {
        self.send_text(&message.to_string()).await;
    }

    pub async fn send_text(&mut self, text: &str) {
        self.socket.send(Message::text(text)).await.expect("an open socket");
    }

    /// The next message of the protocol, or the end; pings of both layers are answered on the way.
    pub async fn receive(&mut self) -> Received {
        loop {
            let message = match tokio::time::timeout(PATIENCE, self.socket.next()).await.expect("a message within twenty seconds") {
                Some(Ok(Message::Text(text))) => serde_json::from_str::<Value>(&text).expect("JSON"),
                Some(Ok(Message::Close(frame))) => return Received::Closed(frame.map(|frame| frame.code.into())),
                Some(Ok(_)) => continue,
                Some(Err(_)) | None => return Received::Closed(None),
            };
            if message["type"] != "ping" {
                return Received::Message(message);
            }
            self.send(json!({ "type": "pong" })).await;
        }
    }
}
