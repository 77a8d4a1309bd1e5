//! What waits to be sent on one connection.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::extract::ws::Utf8Bytes;
use serde::Serialize;
use tokio::sync::Notify;

use super::live::Membership;

/// Frames that wait before an operation that can wait does so too.
const WAITING: usize = 32;
/// What live events may pile up to, for a client that does not read.
const MOST_FRAMES: usize = 512;
const MOST_BYTES: usize = 1024 * 1024;

/// Frames for which there is always room.
const USUAL: usize = 8;

/// A frame, ready to be sent.
pub struct Frame {
    /// Of which operation.
    pub operation: u64,
    pub text: Utf8Bytes,
    /// The operation has ended with it.
    pub last: bool,
}

/// One per connection, filled by its operations in turn. It costs next to nothing while it is empty.
#[derive(Default)]
pub struct Mailbox {
    waiting: Mutex<Waiting>,
    filled: Notify,
    room: Notify,
}

#[derive(Default)]
struct Waiting {
    frames: VecDeque<Frame>,
    bytes: usize,
}

impl Waiting {
    fn put(&mut self, frame: Frame) {
        self.bytes += frame.text.len();
        self.frames.push_back(frame);
    }
}

impl Mailbox {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a frame in as soon as there is room.
    pub async fn hand(&self, frame: Frame) {
        loop {
            {
                let mut waiting = self.lock();
                if waiting.frames.len() < WAITING {
                    waiting.put(frame);
                    break;
                }
            }
            self.room.notified().await;
        }
        self.filled.notify_one();
    }

    /// Puts a frame in at once; false where the client reads too slowly for that.
    pub fn push(&self, frame: Frame) -> bool {
        let mut waiting = self.lock();
        if waiting.frames.len() >= MOST_FRAMES || waiting.bytes >= MOST_BYTES {
            return false;
        }
        waiting.put(frame);
        drop(waiting);
        self.filled.notify_one();
        true
    }

    /// Puts the last words of an operation in, however much waits already.
    pub fn push_anyway(&self, frame: Frame) {
        self.lock().put(frame);
        self.filled.notify_one();
    }

    /// The next frame to send.
    pub async fn next(&self) -> Frame {
        loop {
            if let Some(frame) = self.take() {
                return frame;
            }
            self.filled.notified().await;
        }
    }

    /// What waits, if anything does.
    pub fn take(&self) -> Option<Frame> {
        let mut waiting = self.lock();
        let frame = waiting.frames.pop_front()?;
        waiting.bytes -= frame.text.len();
        if waiting.frames.is_empty() && waiting.frames.capacity() > USUAL {
            // no room is kept for what once piled up
            waiting.frames = VecDeque::new();
        }
        drop(waiting);
        self.room.notify_one();
        Some(frame)
    }
}

/// How an operation's messages are written.
#[derive(Debug, PartialEq, Eq)]
pub enum Framing {
    /// graphql-transport-ws, or graphql-ws as older clients speak it.
    Socket { legacy: bool, id: String, head: String },
    /// Server-Sent Events, one operation on a connection.
    Events,
}

impl Framing {
    pub fn transport(id: String) -> Self {
        let head = format!(r#"{{"id":{},"type":"next","payload":"#, json(&id));
        Self::Socket { legacy: false, id, head }
    }

    pub fn legacy(id: String) -> Self {
        let head = format!(r#"{{"id":{},"type":"data","payload":"#, json(&id));
        Self::Socket { legacy: true, id, head }
    }

    pub fn id(&self) -> &str {
        match self {
            Self::Socket { id, .. } => id,
            Self::Events => "",
        }
    }

    /// One result; `payload` is JSON.
    pub fn next(&self, payload: &str) -> Utf8Bytes {
        let (head, tail) = match self {
            Self::Socket { head, .. } => (head.as_str(), "}"),
            Self::Events => ("event: next\ndata: ", "\n\n"),
        };
        [head, payload, tail].concat().into()
    }

    /// The request was refused: nothing was run, and nothing follows. Legacy has room for one error. Events carry it like a result.
    pub fn refused(&self, errors: &[async_graphql::ServerError], answer: &str) -> Vec<Utf8Bytes> {
        match self {
            Self::Socket { legacy, id, .. } => {
                let errors = if *legacy { json(&errors.first()) } else { json(errors) };
                vec![format!(r#"{{"id":{},"type":"error","payload":{errors}}}"#, json(id)).into()]
            }
            Self::Events => vec![self.next(answer), self.complete()],
        }
    }

    pub fn complete(&self) -> Utf8Bytes {
        match self {
            Self::Socket { id, .. } => format!(r#"{{"id":{},"type":"complete"}}"#, json(id)).into(),
            // a native EventSource does not see an event without data
            Self::Events => Utf8Bytes::from_static("event: complete\ndata:\n\n"),
        }
    }
}

fn json<T: Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// An operation on a connection.
pub struct Operation {
    /// An id may be used again: the number tells operations apart.
    pub number: u64,
    pub framing: Framing,
    pub mailbox: Arc<Mailbox>,
    seat: Mutex<Seat>,
}

/// Where a live operation is a member.
enum Seat {
    Nowhere,
    Member {
        _of: Membership,
    },
    /// The client has gone, or the operation has ended.
    Left,
}

impl Operation {
    pub fn new(number: u64, framing: Framing, mailbox: Arc<Mailbox>) -> Self {
        Self { number, framing, mailbox, seat: Mutex::new(Seat::Nowhere) }
    }

    /// Stays a member until it leaves.
    pub fn sit(&self, membership: Membership) {
        let mut seat = self.seat.lock().unwrap_or_else(PoisonError::into_inner);
        if let Seat::Nowhere = *seat {
            *seat = Seat::Member { _of: membership };
        }
    }

    pub fn leave(&self) {
        let seat = std::mem::replace(&mut *self.seat.lock().unwrap_or_else(PoisonError::into_inner), Seat::Left);
        drop(seat);
    }

    fn frame(&self, text: Utf8Bytes, last: bool) -> Frame {
        Frame { operation: self.number, text, last }
    }

    /// One result, once there is room for it.
    pub async fn hand(&self, payload: &str) {
        self.mailbox.hand(self.frame(self.framing.next(payload), false)).await;
    }

    /// One result that was framed already; false where the client does not read.
    pub fn push(&self, text: Utf8Bytes) -> bool {
        self.mailbox.push(self.frame(text, false))
    }

    /// Nothing follows.
    pub fn complete(&self) {
        self.mailbox.push_anyway(self.frame(self.framing.complete(), true));
    }

    /// A last result that says why nothing follows.
    pub fn end(&self, payload: &str) {
        self.mailbox.push_anyway(self.frame(self.framing.next(payload), false));
        self.complete();
    }

    /// Nothing was run.
    pub fn refuse(&self, errors: &[async_graphql::ServerError], answer: &str) {
        let mut messages = self.framing.refused(errors, answer).into_iter().peekable();
        while let Some(text) = messages.next() {
            self.mailbox.push_anyway(self.frame(text, messages.peek().is_none()));
        }
    }
}
