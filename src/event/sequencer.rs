//! PostgreSQL's sequencer: moves committed facts from the outbox into the log and gives them their numbers.
//!
//! Every instance would do it; an advisory lock, taken in the very transaction that moves the facts, lets one at a time. Whoever was second
//! looks again in a second, so that the role stays with one instance and moves on when that dies.

use std::{sync::Arc, time::Duration};

use sea_orm::TransactionTrait;

use super::log::{self, BATCH};
use crate::{
    app::App,
    db::{CHANNEL, DbErr, notify, try_lock},
};

/// Between two looks of the instance that has the role.
pub const INTERVAL: Duration = Duration::from_millis(20);
/// Between two looks of those that do not have it.
const STANDBY: Duration = Duration::from_secs(1);
/// After a fault of the database.
const AFTER_FAULT: Duration = Duration::from_millis(200);
const LOCK: i64 = 0x6368_7569_7368_6c6f;

/// How a look went.
enum Turn {
    Idle,
    /// Some were moved; there may be more.
    Moved(usize),
    /// Another instance is at it.
    Taken,
}

pub(super) async fn run(app: Arc<App>) {
    let mut busy = false;
    loop {
        let turn = turn(&app, busy).await;
        busy = matches!(turn, Ok(Turn::Moved(_)));
        let pause = match turn {
            Ok(Turn::Moved(facts)) if u64::try_from(facts).is_ok_and(|facts| facts >= BATCH) => Duration::ZERO,
            Ok(Turn::Moved(_)) => INTERVAL,
            Ok(Turn::Idle) => INTERVAL,
            Ok(Turn::Taken) => STANDBY,
            Err(error) => {
                tracing::warn!(%error, "the sequencer will try again");
                AFTER_FAULT
            }
        };
        tokio::time::sleep(pause).await;
    }
}

async fn turn(app: &App, busy: bool) -> Result<Turn, DbErr> {
    let sequencer = app.db.sequencer();
    // a look costs one statement and no lock
    if !busy && log::waiting(sequencer, 1).await?.is_empty() {
        return Ok(Turn::Idle);
    }
    let tx = sequencer.begin().await?;
    if !try_lock(&tx, LOCK).await? {
        return Ok(Turn::Taken);
    }
    let (ids, facts): (Vec<i64>, Vec<String>) = log::waiting(&tx, BATCH).await?.into_iter().map(|row| (row.id, row.fact)).unzip();
    if facts.is_empty() {
        return Ok(Turn::Idle);
    }
    let moved = facts.len();
    let last = log::append(&tx, facts, app.clock.now()).await?;
    log::taken(&tx, ids).await?;
    notify(&tx, CHANNEL, &last.to_string()).await?;
    tx.commit().await?;
    Ok(Turn::Moved(moved))
}
