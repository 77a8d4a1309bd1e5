//! Server-Sent Events on `/graphql`, after the graphql-sse protocol in its distinct connections mode: one operation, one connection.

use std::{convert::Infallible, sync::Arc, time::Duration};

use async_graphql::Request;
use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use futures_util::stream;
use tokio::{
    task::JoinSet,
    time::{Instant, Interval, MissedTickBehavior},
};

use super::{
    api::{Api, Caller, json},
    live,
    mailbox::{Framing, Mailbox, Operation},
};
use crate::graphql::{context::REQUEST, error::ApiError};

/// A comment so often, for proxies that close what is silent, and to notice a client that has gone.
const SIGN_OF_LIFE: Duration = Duration::from_secs(10);

pub fn wanted(headers: &HeaderMap) -> bool {
    let accepts = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepts
        .flat_map(|value| value.split(','))
        .any(|kind| kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("text/event-stream")))
}

/// What is still to be sent, until the operation has ended.
struct Events {
    api: Api,
    caller: Caller,
    operation: Arc<Operation>,
    pulse: Interval,
    over: bool,
    /// The token has run out.
    expired: bool,
    /// Ends with the connection.
    task: JoinSet<()>,
}

impl Drop for Events {
    fn drop(&mut self) {
        self.operation.leave();
    }
}

pub fn respond(api: &Api, request: Request, caller: Caller) -> Response {
    let operation = Arc::new(Operation::new(1, Framing::Events, Arc::<Mailbox>::default()));
    let mut task = JoinSet::new();
    task.spawn(api.clone().carry_out(operation.clone(), request, caller.clone()));
    let mut pulse = tokio::time::interval_at(Instant::now() + SIGN_OF_LIFE, SIGN_OF_LIFE);
    pulse.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let events = Events { api: api.clone(), caller, operation, pulse, over: false, expired: false, task };
    let body = stream::unfold(events, async |mut events| {
        let bytes = events.next().await?;
        Some((Ok::<_, Infallible>(bytes), events))
    });
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream; charset=utf-8")),
        // nginx hands each event on at once
        (header::HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
    ];
    (headers, Body::from_stream(body)).into_response()
}

impl Events {
    async fn next(&mut self) -> Option<Bytes> {
        if self.over {
            return None;
        }
        tokio::select! {
            biased;
            frame = self.operation.mailbox.next() => {
                self.over = frame.last;
                Some(frame.text.into())
            }
            () = live::token_ran_out(Some(&self.caller)), if !self.expired => {
                self.task.abort_all();
                self.expired = true;
                self.operation.leave();
                let payload = REQUEST.sync_scope(self.api.info(self.caller.language), || json(&ApiError::unauthenticated().response()));
                self.operation.end(&payload);
                Some(Bytes::from_static(b":\n\n"))
            }
            _ = self.pulse.tick() => Some(Bytes::from_static(b":\n\n")),
        }
    }
}
