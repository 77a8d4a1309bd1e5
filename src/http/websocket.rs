//! `GET /graphql/ws`: queries, mutations and subscriptions over `graphql-transport-ws` by the letter, and over the legacy `graphql-ws`.
//!
//! One loop for each socket: it reads frames, and writes what the operations leave in its mailbox. So they take turns, and a client that
//! does not read slows its own streams only.

use std::{collections::HashMap, sync::Arc, time::Duration};

use async_graphql::http::ALL_WEBSOCKET_PROTOCOLS;
use async_graphql_axum::GraphQLProtocol;
use axum::{
    extract::{
        State, WebSocketUpgrade,
        ws::{CloseFrame, Message, Utf8Bytes, WebSocket, close_code},
    },
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::{FutureExt, SinkExt};
use serde_json::{Value, json};
use tokio::{
    task::AbortHandle,
    time::{Instant, MissedTickBehavior},
};

use super::{
    MOST_BYTES,
    api::{Api, Caller, Parameters, json as json_of},
    mailbox::{Frame, Framing, Mailbox, Operation},
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
/// How long a new socket has when the server stops: its first operation, on its way already, is then told where to go on.
const BEGIN_WITHIN: Duration = Duration::from_millis(250);
/// How long queries and mutations may take to finish when the server stops.
const FINISH_WITHIN: Duration = Duration::from_secs(7);
/// The engine's default of 128 KiB would be most of what an idle socket costs. What is longer is read in several turns.
const READ_BUFFER: usize = 2 * 1024;
/// Frames that are sent before the socket is heard again.
const AT_A_TIME: usize = 64;
/// How long to wait before the clock is asked again: it may have been set.
const SOON: Duration = Duration::from_secs(60);

pub async fn upgrade(
    State(api): State<Api>,
    headers: HeaderMap,
    protocol: Result<GraphQLProtocol, StatusCode>,
    upgrade: WebSocketUpgrade,
) -> Response {
    if api.is_stopping() {
        // a socket that says nothing but goodbye would look like a stream that ended
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping").into_response();
    }
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let language = Language::accepted(text(header::ACCEPT_LANGUAGE).as_deref());
    let authorization = text(header::AUTHORIZATION);
    let upgrade = upgrade.max_message_size(MOST_BYTES).max_frame_size(MOST_BYTES).read_buffer_size(READ_BUFFER);
    upgrade.protocols(ALL_WEBSOCKET_PROTOCOLS).on_upgrade(move |socket| async move {
        let legacy = socket.protocol().is_some_and(|selected| selected == "graphql-ws");
        let (running, mailbox) = (HashMap::new(), Arc::default());
        let session =
            Session { api, language, authorization, legacy, introduced: false, caller: None, running, started: 0, mailbox, expired: false };
        session.run(socket, protocol.is_ok()).await;
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

/// False once the client is gone.
async fn send(socket: &mut WebSocket, message: Message) -> bool {
    matches!(tokio::time::timeout(SEND_WITHIN, socket.send(message)).await, Ok(Ok(())))
}

async fn close(mut socket: WebSocket, Close(code, mut reason): Close) {
    // a close frame has room for 123 bytes
    while reason.len() > 123 {
        reason.pop();
    }
    send(&mut socket, Message::Close(Some(CloseFrame { code, reason: reason.into() }))).await;
}

struct Session {
    api: Api,
    language: Language,
    /// The header of the handshake; what `connection_init` carries goes first.
    authorization: Option<String>,
    legacy: bool,
    introduced: bool,
    caller: Option<Caller>,
    /// By number.
    running: HashMap<u64, (Arc<Operation>, AbortHandle)>,
    started: u64,
    mailbox: Arc<Mailbox>,
    /// The token has run out.
    expired: bool,
}

impl Drop for Session {
    fn drop(&mut self) {
        for (operation, task) in self.running.values() {
            task.abort();
            operation.leave();
        }
    }
}

impl Session {
    /// The rare turns are boxed: a socket spends its life waiting, and should not take the room of all it could do.
    async fn run(mut self, mut socket: WebSocket, speaks_it: bool) {
        if !speaks_it {
            return close(socket, Close::new(4406, "Subprotocol not acceptable")).await;
        }
        let mut stop = self.api.stopping();
        let mut stopping = std::pin::pin!(async move { stop.wait_for(|stopped| *stopped).await.is_ok() });
        let mut pings = tokio::time::interval_at(Instant::now() + PING_EVERY, PING_EVERY);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // first for the introduction, then for the end of the token
        let mut alarm = std::pin::pin!(tokio::time::sleep(INIT_WITHIN));
        let mailbox = self.mailbox.clone();
        let mut stopped_at = None;
        let mut silent = 0;
        let mut more = false;
        loop {
            if stopped_at.is_some_and(|at: Instant| self.is_done_after(at.elapsed())) {
                return close(socket, Close::new(close_code::AWAY, "the server is stopping")).await;
            }
            // what waits to be sent first, but the client is heard in between
            let ended = tokio::select! {
                biased;
                frame = mailbox.next(), if !more => {
                    more = match self.pass(frame, &mut socket).await {
                        Some(more) => more,
                        None => return,
                    };
                    continue;
                }
                message = socket.recv() => {
                    silent = 0;
                    match message {
                        Some(Ok(Message::Text(text))) => {
                            let unknown = self.caller.is_none();
                            let heard = Box::pin(self.hear(&text, &mut socket)).await;
                            if unknown && self.caller.is_some() && stopped_at.is_none() {
                                alarm.as_mut().reset(Instant::now() + self.token_left());
                            }
                            heard
                        }
                        Some(Ok(Message::Binary(_))) => Err(Close::invalid("Frames are text")),
                        Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(()),
                        Some(Ok(Message::Close(_))) => {
                            // the socket answers it by itself when it is read on
                            let _ = tokio::time::timeout(CLOSE_WITHIN, socket.recv()).await;
                            return;
                        }
                        Some(Err(_)) | None => return,
                    }
                }
                () = &mut alarm, if !self.expired || stopped_at.is_some() => match &self.caller {
                    _ if stopped_at.is_some() => {
                        alarm.as_mut().reset(Instant::now() + FINISH_WITHIN);
                        Ok(())
                    }
                    None => Err(Close::new(4408, "Connection initialisation timeout")),
                    Some(caller) if caller.cx.actor.expired(caller.cx.clock.now()) => {
                        self.end_all();
                        Ok(())
                    }
                    Some(_) => {
                        alarm.as_mut().reset(Instant::now() + self.token_left());
                        Ok(())
                    }
                },
                _ = pings.tick() => {
                    silent += 1;
                    if silent > 3 || !send(&mut socket, Message::Ping(Vec::new().into())).await {
                        return;
                    }
                    Ok(())
                }
                _ = &mut stopping, if stopped_at.is_none() => {
                    // the live ones have been told where to go on, and the others finish
                    stopped_at = Some(Instant::now());
                    alarm.as_mut().reset(Instant::now() + BEGIN_WITHIN);
                    Ok(())
                }
                () = std::future::ready(()), if more => Ok(()),
            };
            more = false;
            if let Err(why) = ended {
                return close(socket, why).await;
            }
        }
    }

    /// Whether a socket of a server that has been stopping for so long is to be closed.
    fn is_done_after(&self, stopping: Duration) -> bool {
        stopping > FINISH_WITHIN || self.running.is_empty() && (self.started > 0 || stopping >= BEGIN_WITHIN)
    }

    /// How long to wait before the token is looked at again.
    fn token_left(&self) -> Duration {
        let left = self
            .caller
            .as_ref()
            .and_then(|caller| Some((caller.cx.actor.expires_at? - caller.cx.clock.now()).to_std().unwrap_or_default()));
        left.unwrap_or(SOON).clamp(Duration::from_millis(1), SOON)
    }

    /// Writes what operations have to say, this frame and what waits behind it, unless the client has ended them meanwhile. Says whether
    /// there may be more; none once the client is gone.
    async fn pass(&mut self, frame: Frame, socket: &mut WebSocket) -> Option<bool> {
        let mut next = Some(frame);
        let mut sent = 0;
        let sending = async {
            while sent < AT_A_TIME
                && let Some(Frame { operation, text, last }) = next.take().or_else(|| self.mailbox.take())
            {
                sent += 1;
                if !self.running.contains_key(&operation) {
                    continue;
                }
                if last {
                    self.end(operation);
                }
                if socket.feed(Message::Text(text)).await.is_err() {
                    return false;
                }
            }
            socket.flush().await.is_ok()
        };
        let all = {
            let mut sending = std::pin::pin!(sending);
            // as a rule the network takes it at once: no timer is set for that
            match sending.as_mut().now_or_never() {
                Some(all) => all,
                None => matches!(tokio::time::timeout(SEND_WITHIN, sending).await, Ok(true)),
            }
        };
        all.then_some(sent == AT_A_TIME)
    }

    fn end(&mut self, number: u64) {
        if let Some((operation, task)) = self.running.remove(&number) {
            task.abort();
            operation.leave();
        }
    }

    /// The token has run out: nothing goes on with it.
    fn end_all(&mut self) {
        let payload = REQUEST.sync_scope(self.api.info(self.language), || json_of(&ApiError::unauthenticated().response()));
        for (operation, task) in self.running.values() {
            task.abort();
            operation.leave();
            operation.end(&payload);
        }
        self.expired = true;
    }

    /// One frame of the client.
    async fn hear(&mut self, text: &Utf8Bytes, socket: &mut WebSocket) -> Result<(), Close> {
        let Ok(Value::Object(mut frame)) = serde_json::from_str(text) else { return Err(Close::invalid("Frames are JSON objects")) };
        let payload = frame.remove("payload").unwrap_or(Value::Null);
        let id = match frame.remove("id") {
            None | Some(Value::Null) => None,
            Some(Value::String(id)) if !id.is_empty() => Some(id),
            Some(_) => return Err(Close::invalid("The id of an operation is a text")),
        };
        let kind = frame.get("type").and_then(Value::as_str).unwrap_or_default();
        match (kind, self.legacy) {
            ("connection_init", _) => self.introduce(payload, socket).await,
            ("ping" | "pong", false) if !(payload.is_null() || payload.is_object()) => Err(Close::invalid("The payload is an object")),
            ("ping", false) => {
                let mut pong = json!({"type": "pong"});
                if !payload.is_null() {
                    pong["payload"] = payload;
                }
                self.say(socket, &pong).await
            }
            ("pong", false) => Ok(()),
            ("subscribe", false) | ("start", true) => self.start(id, payload).await,
            ("complete", false) | ("stop", true) => {
                let id = id.ok_or_else(|| Close::invalid("Which operation?"))?;
                if let Some(number) = self.number_of(&id) {
                    self.end(number);
                }
                Ok(())
            }
            ("connection_terminate", true) => Err(Close::new(close_code::NORMAL, "")),
            _ => Err(Close::invalid("Unknown type of frame")),
        }
    }

    async fn say(&self, socket: &mut WebSocket, frame: &Value) -> Result<(), Close> {
        match send(socket, Message::Text(frame.to_string().into())).await {
            true => Ok(()),
            false => Err(Close::new(close_code::AWAY, "")),
        }
    }

    async fn introduce(&mut self, payload: Value, socket: &mut WebSocket) -> Result<(), Close> {
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
        self.say(socket, &json!({"type": "connection_ack"})).await?;
        if self.legacy { self.say(socket, &json!({"type": "ka"})).await } else { Ok(()) }
    }

    async fn start(&mut self, id: Option<String>, payload: Value) -> Result<(), Close> {
        let Some(caller) = self.caller.clone() else { return Err(Close::new(4401, "Unauthorized")) };
        let id = id.ok_or_else(|| Close::invalid("Which operation?"))?;
        let request = serde_json::from_value::<Parameters>(payload).ok().and_then(|parameters| parameters.request().ok());
        let request = request.ok_or_else(|| Close::invalid("The payload is a GraphQL request"))?;
        if self.number_of(&id).is_some() {
            return Err(Close::new(4409, format!("Subscriber for {id} already exists")));
        }
        self.started += 1;
        let framing = if self.legacy { Framing::legacy(id) } else { Framing::transport(id) };
        let operation = Arc::new(Operation::new(self.started, framing, self.mailbox.clone()));
        let task = if self.running.len() < MOST_OPERATIONS {
            tokio::spawn(self.api.clone().carry_out(operation.clone(), request, caller))
        } else {
            let error = ApiError::Request { code: Code::RateLimited, message: "too-many-operations", args: Vec::new() };
            let response = REQUEST.sync_scope(self.api.info(caller.language), || error.with("max", MOST_OPERATIONS).response());
            operation.refuse(&response.errors, &json_of(&response));
            tokio::spawn(async {})
        };
        self.running.insert(self.started, (operation, task.abort_handle()));
        Ok(())
    }

    fn number_of(&self, id: &str) -> Option<u64> {
        self.running.values().find(|(operation, _)| operation.framing.id() == id).map(|(operation, _)| operation.number)
    }
}
