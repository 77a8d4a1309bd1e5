//! A person's notifications as they are made. Nobody shares them: each stream reads its own.

use super::{End, Outcome, Question, payload};
use crate::{
    event::Missed,
    graphql::live::{Live, missed},
    http::{api::Api, mailbox::Operation},
    notification,
};

/// Tells a person of their notifications, those missed first, until the stream ends. A cursor is the number of the log's row, as everywhere.
pub(super) async fn follow(api: &Api, operation: &Operation, question: &Question, after: Option<i64>) {
    let (app, cx) = (api.app(), &question.caller.cx);
    let Some(person) = cx.actor.person else { return };
    // before the first read: what comes after it wakes this stream
    let waiting = app.inbox.wait_for(person);
    let mut position = after.unwrap_or_else(|| app.inbox.position());
    let mut stopping = api.stopping();
    let end = loop {
        if *stopping.borrow() {
            break End::Interrupted;
        }
        let notices = match notification::service::after(app, person, position).await {
            Ok(notices) => notices,
            Err(Missed::Failed(_)) => break End::Interrupted,
            Err(expired) => {
                let response = missed(expired).response();
                operation.refuse(&response.errors, &payload(&response));
                return;
            }
        };
        if notices.is_empty() {
            tokio::select! {
                () = waiting.woken() => {}
                _ = stopping.changed() => {}
            }
            continue;
        }
        match hand(api, operation, question, notices, &mut position).await {
            Ok(()) => {}
            Err(end) => break end,
        }
    };
    operation.end(&end.payload(api, &question.caller, position));
}

async fn hand(
    api: &Api,
    operation: &Operation,
    question: &Question,
    notices: Vec<entity::notification::Model>,
    position: &mut i64,
) -> Result<(), End> {
    for notice in notices {
        let seq = notice.seq;
        match question.made(api, &question.caller.cx, Live::Notice(Box::new(notice))).await {
            Outcome::Item(payload) => operation.hand(&payload).await,
            Outcome::Nothing => {}
            Outcome::Unauthenticated => return Err(End::Unauthenticated),
            Outcome::Failed => return Err(End::Interrupted),
        }
        *position = seq;
        if api.is_stopping() {
            return Ok(());
        }
    }
    Ok(())
}
