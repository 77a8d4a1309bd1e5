//! `GET /graphql/ws`: queries, mutations and subscriptions over `graphql-transport-ws` by the letter, and over the legacy `graphql-ws`.
//!
//! One loop for each socket: it reads frames, and writes what the operations, tasks of their own, hand it through one bounded queue. So
//! they take turns, and a client that does not read slows its own streams only.

use std::{collections::HashMap, time::Duration};

use async_graphql::http::ALL_WEBSOCKET_PROTOCOLS;
use async_graphql_axum::GraphQLProtocol;
use axum::{
    extract::{
        State, WebSocketUpgrade,
        ws::{CloseFrame, Message, Utf8Bytes, WebSocket, close_code},
    },
    http::{HeaderMap, StatusCode, header},
    response::Response,
};
use futures_util::{
    SinkExt, StreamExt,
    stream::{self, BoxStream, SplitSink},
};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::{
    sync::mpsc,
    task::AbortHandle,
    time::{Instant, MissedTickBehavior},
};

use super::{
    MOST_BYTES,
    api::{Answer, Api, Caller, Parameters},
};
use crate::{
    app::Cx,
    graphql::{
        context::{Language, REQUEST},
        error::{ApiError, Code},
    },
};

/// How long a client may take to introduce itself.
const INIT_WITHIN: Duration = Duration::from_secs(10);
/// A sign of life of ours so often; a client that gives none for three of them is gone.
const PING_EVERY: Duration = Duration::from_secs(10);
/// How long one frame may take to leave.
const SEND_WITHIN: Duration = Duration::from_secs(30);
/// How long the end of a socket may take.
const CLOSE_WITHIN: Duration = Duration::from_secs(1);
/// Operations at once on one socket.
const MOST_OPERATIONS: usize = 100;
/// Frames that wait for their turn.
const QUEUE: usize = 32;
/// The engine's default of 128 KiB would be most of what an idle socket costs.
const READ_BUFFER: usize = 4 * 1024;

pub async fn upgrade(
    State(api): State<Api>,
    headers: HeaderMap,
    protocol: Result<GraphQLProtocol, StatusCode>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let language = Language::accepted(text(header::ACCEPT_LANGUAGE).as_deref());
    let authorization = text(header::AUTHORIZATION);
    let upgrade = upgrade.max_message_size(MOST_BYTES).max_frame_size(MOST_BYTES).read_buffer_size(READ_BUFFER);
    upgrade.protocols(ALL_WEBSOCKET_PROTOCOLS).on_upgrade(move |socket| async move {
        let legacy = socket.protocol().is_some_and(|selected| selected == "graphql-ws");
        let (sink, stream) = socket.split();
        let (queue, frames) = mpsc::channel(QUEUE);
        let session =
            Session { api, language, authorization, legacy, introduced: false, caller: None, running: HashMap::new(), started: 0, queue };
        session.run(Writer(sink), stream, frames, protocol.is_ok()).await;
    })
}

/// Why a socket is closed: the code of the protocol and a few words.
struct Close(u16, String);

impl Close {
    fn new(code: u16, reason: impl Into<String>) -> Self {
        Self(code, reason.into())
    }

    fn invalid(what: &str) -> Self {
        Self::new(4400, what)
    }
}

/// What an operation hands to the loop.
struct Frame {
    operation: Operation,
    text: String,
    /// The operation has ended with it, and its id is free.
    last: bool,
}

/// An id may be used again: the number tells the operations apart.
#[derive(Clone, PartialEq)]
struct Operation {
    id: String,
    number: u64,
}

struct Writer(SplitSink<WebSocket, Message>);

impl Writer {
    /// False once the client is gone.
    async fn send(&mut self, message: Message) -> bool {
        matches!(tokio::time::timeout(SEND_WITHIN, self.0.send(message)).await, Ok(Ok(())))
    }

    async fn close(&mut self, Close(code, mut reason): Close) {
        // a close frame has room for 123 bytes
        while reason.len() > 123 {
            reason.pop();
        }
        self.send(Message::Close(Some(CloseFrame { code, reason: reason.into() }))).await;
    }
}

struct Session {
    api: Api,
    language: Language,
    /// The header of the handshake; what `connection_init` carries goes first.
    authorization: Option<String>,
    legacy: bool,
    introduced: bool,
    caller: Option<Caller>,
    running: HashMap<String, (u64, AbortHandle)>,
    started: u64,
    queue: mpsc::Sender<Frame>,
}

impl Drop for Session {
    fn drop(&mut self) {
        for (_, task) in self.running.values() {
            task.abort();
        }
    }
}

impl Session {
    async fn run(
        mut self,
        mut writer: Writer,
        mut incoming: impl StreamExt<Item = Result<Message, axum::Error>> + Unpin,
        mut frames: mpsc::Receiver<Frame>,
        speaks_it: bool,
    ) {
        if !speaks_it {
            return writer.close(Close::new(4406, "Subprotocol not acceptable")).await;
        }
        let mut stop = self.api.stopping();
        let mut pings = tokio::time::interval_at(Instant::now() + PING_EVERY, PING_EVERY);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let introduce_by = tokio::time::sleep(INIT_WITHIN);
        tokio::pin!(introduce_by);
        let mut silent = 0;
        loop {
            let ended = tokio::select! {
                message = incoming.next() => {
                    silent = 0;
                    match message {
                        Some(Ok(Message::Text(text))) => self.hear(&text, &mut writer).await,
                        Some(Ok(Message::Binary(_))) => Err(Close::invalid("Frames are text")),
                        Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(()),
                        Some(Ok(Message::Close(_))) => {
                            // the socket answers it by itself when it is read on
                            let _ = tokio::time::timeout(CLOSE_WITHIN, incoming.next()).await;
                            return;
                        }
                        Some(Err(_)) | None => return,
                    }
                }
                frame = frames.recv() => {
                    let Some(frame) = frame else { return };
                    if !self.pass(frame, &mut writer).await {
                        return;
                    }
                    Ok(())
                }
                () = &mut introduce_by, if self.caller.is_none() => Err(Close::new(4408, "Connection initialisation timeout")),
                _ = pings.tick() => {
                    silent += 1;
                    if silent > 3 || !writer.send(Message::Ping(Vec::new().into())).await {
                        return;
                    }
                    Ok(())
                }
                _ = async { stop.wait_for(|stopped| *stopped).await.is_ok() } => Err(Close::new(close_code::AWAY, "the server is stopping")),
            };
            if let Err(close) = ended {
                return writer.close(close).await;
            }
        }
    }

    /// Writes what an operation has to say, unless the client has ended it meanwhile. False once the client is gone.
    async fn pass(&mut self, Frame { operation, text, last }: Frame, writer: &mut Writer) -> bool {
        if self.running.get(&operation.id).is_none_or(|(number, _)| *number != operation.number) {
            return true;
        }
        if last {
            self.running.remove(&operation.id);
        }
        writer.send(Message::Text(text.into())).await
    }

    /// One frame of the client.
    async fn hear(&mut self, text: &Utf8Bytes, writer: &mut Writer) -> Result<(), Close> {
        let Ok(Value::Object(mut frame)) = serde_json::from_str(text) else { return Err(Close::invalid("Frames are JSON objects")) };
        let payload = frame.remove("payload").unwrap_or(Value::Null);
        let id = match frame.remove("id") {
            None | Some(Value::Null) => None,
            Some(Value::String(id)) if !id.is_empty() => Some(id),
            Some(_) => return Err(Close::invalid("The id of an operation is a text")),
        };
        let kind = frame.get("type").and_then(Value::as_str).unwrap_or_default();
        match (kind, self.legacy) {
            ("connection_init", _) => self.introduce(payload, writer).await,
            ("ping" | "pong", false) if !(payload.is_null() || payload.is_object()) => Err(Close::invalid("The payload is an object")),
            ("ping", false) => {
                let mut pong = json!({"type": "pong"});
                if !payload.is_null() {
                    pong["payload"] = payload;
                }
                self.say(writer, &pong).await
            }
            ("pong", false) => Ok(()),
            ("subscribe", false) | ("start", true) => self.start(id, payload).await,
            ("complete", false) | ("stop", true) => {
                let id = id.ok_or_else(|| Close::invalid("Which operation?"))?;
                if let Some((_, task)) = self.running.remove(&id) {
                    task.abort();
                }
                Ok(())
            }
            ("connection_terminate", true) => Err(Close::new(close_code::NORMAL, "")),
            _ => Err(Close::invalid("Unknown type of frame")),
        }
    }

    async fn say(&self, writer: &mut Writer, frame: &Value) -> Result<(), Close> {
        match writer.send(Message::Text(frame.to_string().into())).await {
            true => Ok(()),
            false => Err(Close::new(close_code::AWAY, "")),
        }
    }

    async fn introduce(&mut self, payload: Value, writer: &mut Writer) -> Result<(), Close> {
        if std::mem::replace(&mut self.introduced, true) {
            return Err(Close::new(4429, "Too many initialisation requests"));
        }
        // what browsers cannot put into a header; any case of the key
        let token = match &payload {
            Value::Null => None,
            Value::Object(fields) => {
                fields.iter().find(|(key, _)| key.eq_ignore_ascii_case("authorization")).and_then(|(_, value)| value.as_str())
            }
            _ => return Err(Close::invalid("The payload is an object")),
        };
        let actor = self.api.actor(token.or(self.authorization.as_deref())).await;
        let actor = match actor {
            Ok(actor) => actor,
            Err(error) => {
                let info = self.api.info(self.language);
                return Err(Close::new(4403, REQUEST.sync_scope(info, || error.words())));
            }
        };
        self.caller = Some(Caller { cx: Cx::new(self.api.app().clone(), actor), language: self.language });
        self.say(writer, &json!({"type": "connection_ack"})).await?;
        if self.legacy { self.say(writer, &json!({"type": "ka"})).await } else { Ok(()) }
    }

    async fn start(&mut self, id: Option<String>, payload: Value) -> Result<(), Close> {
        let Some(caller) = self.caller.clone() else { return Err(Close::new(4401, "Unauthorized")) };
        let id = id.ok_or_else(|| Close::invalid("Which operation?"))?;
        let request = serde_json::from_value::<Parameters>(payload).ok().and_then(|parameters| parameters.request().ok());
        let request = request.ok_or_else(|| Close::invalid("The payload is a GraphQL request"))?;
        if self.running.contains_key(&id) {
            return Err(Close::new(4409, format!("Subscriber for {id} already exists")));
        }
        self.started += 1;
        let operation = Operation { id: id.clone(), number: self.started };
        let responses = if self.running.len() < MOST_OPERATIONS {
            self.api.stream(request, caller)
        } else {
            let error = ApiError::Request { code: Code::RateLimited, message: "too-many-operations", args: Vec::new() };
            let response = REQUEST.sync_scope(self.api.info(caller.language), || error.with("max", MOST_OPERATIONS).response());
            stream::once(async { response }).boxed()
        };
        let task = tokio::spawn(carry_out(operation, responses, self.queue.clone(), self.legacy));
        self.running.insert(id, (self.started, task.abort_handle()));
        Ok(())
    }
}

/// Hands over the responses of one operation, then its end.
async fn carry_out(
    operation: Operation,
    mut responses: BoxStream<'static, async_graphql::Response>,
    queue: mpsc::Sender<Frame>,
    legacy: bool,
) {
    let hand = async |text, last| queue.send(Frame { operation: operation.clone(), text, last }).await.is_ok();
    let mut first = true;
    while let Some(response) = responses.next().await {
        let answer = Answer::of(&response);
        if std::mem::take(&mut first) && answer.refused() {
            let errors = serde_json::to_value(&response.errors).unwrap_or_default();
            // the legacy protocol has room for one
            let payload = if legacy { errors.get(0).cloned().unwrap_or_default() } else { errors };
            hand(frame(&operation.id, "error", Some(&payload)), true).await;
            return;
        }
        if !hand(frame(&operation.id, if legacy { "data" } else { "next" }, Some(&answer)), false).await {
            return;
        }
    }
    hand(frame::<()>(&operation.id, "complete", None), true).await;
}

fn frame<P: Serialize>(id: &str, kind: &str, payload: Option<&P>) -> String {
    #[derive(Serialize)]
    struct Out<'f, P> {
        id: &'f str,
        #[serde(rename = "type")]
        kind: &'f str,
        #[serde(skip_serializing_if = "Option::is_none")]
        payload: Option<&'f P>,
    }
    serde_json::to_string(&Out { id, kind, payload }).unwrap_or_default()
}
