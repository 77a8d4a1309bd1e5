//! One who reads the event log to its end, each row once, and makes rows of what it says.

use std::{sync::Arc, time::Duration};

use entity::log_consumer;
use futures_util::future::BoxFuture;
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{Set, Unchanged},
    ConnectionTrait, EntityTrait, QuerySelect,
    sea_query::{LockBehavior, LockType, OnConflict},
};

use super::{AFTER_FAULT, AT_LEAST_EVERY};
use crate::{
    app::App,
    db::{DatabaseTransaction, DbErr},
    event::{self, Logged, Missed},
};

/// Rows of the log read at a time.
const MOST: u64 = 500;
/// After a turn: what comes meanwhile is dealt with together. On SQLite each turn takes the one writer, which requests wait for.
const GATHER: Duration = Duration::from_millis(50);

/// Makes rows of these facts, in this transaction and in a number of statements that does not depend on how many facts there are.
pub type Make = for<'t> fn(&'t App, &'t DatabaseTransaction, &'t [Arc<Logged>]) -> BoxFuture<'t, Result<(), DbErr>>;

pub struct Consumer {
    /// Its row in `log_consumer`.
    pub name: &'static str,
    pub make: Make,
    /// Told in this process when something was committed.
    pub made: fn(&App),
}

/// How a look went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// All of the log is dealt with.
    Idle,
    /// Some of it was; there may be more.
    Moved,
    /// Another instance is at it.
    Taken,
}

/// Gives a consumer that is new its place: the end of the log. What happened before it came concerns it no more.
pub async fn enlist(app: &App, consumer: &Consumer) -> Result<(), DbErr> {
    if position(&app.db.read, consumer.name).await?.is_some() {
        return Ok(());
    }
    let tx = app.db.begin().await?;
    let row = log_consumer::ActiveModel { name: Set(consumer.name.to_owned()), seq: Set(event::last_in(&tx).await?) };
    let row = log_consumer::Entity::insert(row);
    let row = row.on_conflict(OnConflict::column(log_consumer::Column::Name).do_nothing().to_owned());
    row.exec_without_returning(&tx).await?;
    tx.commit().await
}

/// How far a consumer has come; none before it is enlisted.
pub async fn position(db: &impl ConnectionTrait, name: &str) -> Result<Option<i64>, DbErr> {
    Ok(log_consumer::Entity::find_by_id(name.to_owned()).one(db).await?.map(|row| row.seq))
}

/// Deals with the next rows of the log, unless another instance is at it.
pub async fn turn(app: &App, consumer: &Consumer) -> Result<Turn, DbErr> {
    // a look takes no lock
    if position(&app.db.read, consumer.name).await? >= Some(event::last_in(&app.db.read).await?) {
        return Ok(Turn::Idle);
    }
    let tx = app.db.begin().await?;
    let row = log_consumer::Entity::find_by_id(consumer.name.to_owned());
    let row = row.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked).one(&tx).await?;
    let Some(row) = row else { return Ok(Turn::Taken) };
    let seq = match event::facts_after(&tx, row.seq, MOST).await {
        Ok(facts) => {
            let Some(last) = facts.last() else { return Ok(Turn::Idle) };
            (consumer.make)(app, &tx, &facts).await?;
            last.seq
        }
        Err(Missed::Expired) => {
            let floor = event::floor_in(&tx).await?;
            let (name, lost) = (consumer.name, floor - row.seq);
            tracing::error!(name, lost, "rows of the event log went before they were dealt with: what follows from them is never made");
            floor
        }
        Err(Missed::Failed(error)) => return Err(error),
    };
    log_consumer::ActiveModel { name: Unchanged(row.name), seq: Set(seq) }.update(&tx).await?;
    tx.commit().await?;
    (consumer.made)(app);
    Ok(Turn::Moved)
}

pub(super) async fn run(app: Arc<App>, consumer: &'static Consumer) {
    let mut grows = app.log.growing();
    loop {
        grows.borrow_and_update();
        let pause = match turn(&app, consumer).await {
            Ok(Turn::Moved) => {
                tokio::time::sleep(GATHER).await;
                continue;
            }
            Ok(Turn::Idle | Turn::Taken) => AT_LEAST_EVERY,
            Err(error) => {
                tracing::warn!(%error, name = consumer.name, "what follows from the event log will be made later");
                tokio::time::sleep(AFTER_FAULT).await;
                continue;
            }
        };
        let _ = tokio::time::timeout(pause, grows.changed()).await;
    }
}
