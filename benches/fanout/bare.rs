//! What the server is compared with: axum, a WebSocket, a broadcast of one prepared frame, and nothing else. The sockets are set up like
//! the server's own.

use axum::{
    Router,
    extract::{
        State, WebSocketUpgrade,
        ws::{Message, Utf8Bytes, WebSocket},
    },
    response::Response,
    routing::{get, post},
};
use tokio::sync::broadcast;

/// As in `src/http/websocket.rs`.
const READ_BUFFER: usize = 2 * 1024;
const MOST_BYTES: usize = 1024 * 1024;

type Frames = broadcast::Sender<Utf8Bytes>;

pub fn run() -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let router =
            Router::new().route("/ws", get(upgrade)).route("/publish", post(publish)).with_state(broadcast::channel::<Utf8Bytes>(256).0);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        println!("ws://{}/ws", listener.local_addr()?);
        Ok(axum::serve(listener, router).await?)
    })
}

async fn upgrade(State(frames): State<Frames>, upgrade: WebSocketUpgrade) -> Response {
    let upgrade = upgrade.max_message_size(MOST_BYTES).max_frame_size(MOST_BYTES).read_buffer_size(READ_BUFFER);
    upgrade.on_upgrade(move |socket| deliver(socket, frames.subscribe()))
}

async fn deliver(mut socket: WebSocket, mut frames: broadcast::Receiver<Utf8Bytes>) {
    loop {
        tokio::select! {
            frame = frames.recv() => {
                let Ok(frame) = frame else { return };
                if socket.send(Message::Text(frame)).await.is_err() {
                    return;
                }
            }
            message = socket.recv() => {
                let Some(Ok(_)) = message else { return };
            }
        }
    }
}

async fn publish(State(frames): State<Frames>, frame: String) -> &'static str {
    let _ = frames.send(frame.into());
    "{}"
}
