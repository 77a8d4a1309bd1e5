//! The event log 事件日志: facts of committed changes, in one order without gaps, for whoever follows them from wherever they left off.
//!
//! A write hands its facts over as the last statement of its transaction (`write`). On SQLite the one writer appends them to the log itself;
//! on PostgreSQL they wait in `outbox` until the sequencer (`sequencer`) moves them there, so that writers never wait for one another.
//! Each process reads the log's end and wakes those whom a fact concerns ([`Log`], [`Feed`]).

mod feed;
mod inbox;
mod interest;
mod log;
mod sequencer;
mod tail;

use std::{future::Future, pin::Pin};

use chrono::{DateTime, Utc};
use entity::{
    AreaId, CaseCategory, CaseEventId, CaseEventKind, CaseId, CaseStatus, ComplexId, GridId, HandlerKind, WhistleId, WhistleStatus,
    case_event,
};
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use self::{
    feed::{Feed, Log, Logged, Missed, facts_after},
    inbox::{Inbox, Waiting},
    interest::{Areas, Interest, What},
    log::{Break, Head, Verified, head_of, prune, verify},
    sequencer::INTERVAL,
    tail::{Running, start},
};
use crate::{
    app::Cx,
    db::{DatabaseTransaction, DbErr},
};

/// What a committed entry of a case file says, as it stood at that moment. Subscriptions filter on these, never on the state of now, so that a
/// replay gives what the live stream gave. No names, no words: those are looked up by right when it is delivered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    pub event_id: CaseEventId,
    pub case_id: CaseId,
    pub seq: i32,
    pub kind: CaseEventKind,
    pub at: DateTime<Utc>,
    pub from_status: Option<CaseStatus>,
    pub to_status: Option<CaseStatus>,
    pub category: CaseCategory,
    pub handler: (HandlerKind, Uuid),
    /// Every area the case lies in, from the one named in the report up to the district.
    pub areas: Vec<AreaId>,
    pub grid_id: Option<GridId>,
    pub complex_id: Option<ComplexId>,
    pub whistle: Option<WhistleFact>,
    /// Of the entry, as it is kept in the case's chain: lower-case hexadecimal.
    pub hash: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WhistleFact {
    pub id: WhistleId,
    pub target: (HandlerKind, Uuid),
    pub from_status: Option<WhistleStatus>,
    pub to_status: WhistleStatus,
}

/// One write: its transaction, and the entries that it ends with.
pub struct Work {
    pub tx: DatabaseTransaction,
    entries: Vec<case_event::Model>,
    facts: Vec<Fact>,
}

impl Work {
    /// Appends an entry to a case file, and what it says to the log. Both are written when all else is.
    pub fn enter(&mut self, entry: case_event::Model, fact: Fact) {
        self.entries.push(entry);
        self.publish(fact);
    }

    pub fn publish(&mut self, fact: Fact) {
        self.facts.push(fact);
    }
}

pub type InWork<'w, T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'w>>;

/// Runs one write: row, event and facts in one transaction, or nothing at all. It runs in a task of its own and outlives a dropped request:
/// a future dropped while it begins would hand its connection back inside an open transaction (launchbadge/sqlx#4385).
pub async fn write<T, E, F>(cx: &Cx, work: F) -> Result<T, E>
where
    T: Send + 'static,
    E: From<DbErr> + Send + 'static,
    F: for<'w> FnOnce(&'w Cx, &'w mut Work) -> InWork<'w, T, E> + Send + 'static,
{
    let cx = cx.clone();
    let task = tokio::spawn(async move {
        let _until_committed = cx.db.writing(cx.actor.person);
        let mut gathered = Work { tx: cx.db.begin().await?, entries: Vec::new(), facts: Vec::new() };
        // an error drops the transaction, which rolls it back
        let result = work(&cx, &mut gathered).await?;
        let Work { tx, entries, facts } = gathered;
        if facts.is_empty() {
            tx.commit().await?;
            return Ok(result);
        }
        // last: facts of one case then lie in the order in which their writes held its row
        log::record(&cx, &tx, entries, &facts).await?;
        tx.commit().await?;
        // on PostgreSQL the log does not have them yet
        if !cx.db.is_postgres() {
            cx.log.stir();
        }
        Ok(result)
    });
    match task.await {
        Ok(result) => result,
        Err(failure) => match failure.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(DbErr::Custom("the write was cancelled by a shutdown".into()).into()),
        },
    }
}

/// The number of the last row of the log, on the primary.
pub async fn last(cx: &Cx) -> Result<i64, DbErr> {
    log::last(&cx.db.read).await
}

/// The number of the last row, as this connection sees it.
pub async fn last_in(db: &impl ConnectionTrait) -> Result<i64, DbErr> {
    log::last(db).await
}

/// The number after which the rows are still there, as this connection sees it.
pub async fn floor_in(db: &impl ConnectionTrait) -> Result<i64, DbErr> {
    Ok(log::state(db).await?.floor)
}

/// The number after which the rows are still there.
pub async fn floor(cx: &Cx) -> Result<i64, DbErr> {
    Ok(log::state(cx.read()).await?.floor)
}
