//! The log's rows: appended in one order, each hash covering the one before, read on from a position, dropped by age, proven whole.

use std::collections::{HashMap, HashSet};

use aws_lc_rs::digest::{Context, SHA256};
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use entity::{CaseEventId, case_event, event_log, log_day, log_state, outbox};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    Statement,
    sea_query::{CommonTableExpression, OnConflict},
};
use serde_json::json;

use super::{Fact, feed::Missed};
use crate::{
    app::Cx,
    clock::ZONE,
    db::{DatabaseTransaction, Db},
};

type Hash = [u8; 32];

/// Rows read or moved at a time.
pub(super) const BATCH: u64 = 1000;

/// Ends a write: its entries, and what they say. On PostgreSQL that is one statement, since each costs the way there and back.
pub(super) async fn record(cx: &Cx, tx: &DatabaseTransaction, entries: Vec<case_event::Model>, facts: &[Fact]) -> Result<(), DbErr> {
    let facts = facts.iter().map(|fact| serde_json::to_string(fact).map_err(|error| DbErr::Custom(error.to_string())));
    let facts = facts.collect::<Result<Vec<_>, _>>()?;
    let rows = entries.into_iter().map(|entry| entry.into_active_model().reset_all());
    let entered = (rows.len() > 0).then(|| case_event::Entity::insert_many(rows));
    if cx.db.is_postgres() && cx.log.records() {
        let waiting = facts.into_iter().map(|fact| outbox::ActiveModel { fact: Set(fact), ..Default::default() });
        let mut waiting = outbox::Entity::insert_many(waiting).into_query();
        if let Some(entered) = entered {
            waiting.with_cte(CommonTableExpression::new().table_name("entered").query(entered.into_query()).to_owned());
        }
        return tx.execute(&waiting).await.map(|_| ());
    }
    if let Some(entered) = entered {
        entered.exec_without_returning(tx).await?;
    }
    if cx.log.records() {
        append(tx, facts, cx.clock.now()).await?;
    }
    Ok(())
}

/// Appends to the end, which nobody else does meanwhile. Returns the last number.
pub(super) async fn append(tx: &DatabaseTransaction, facts: Vec<String>, now: DateTime<Utc>) -> Result<i64, DbErr> {
    let last = event_log::Entity::find().order_by_desc(event_log::Column::Seq).limit(1).one(tx).await?;
    let (mut seq, mut hash) = match &last {
        Some(last) => (last.seq, bytes(&last.hash)?),
        None => {
            let state = state(tx).await?;
            (state.floor, bytes(&state.floor_hash)?)
        }
    };
    // a clock that was set back does not turn the log's order around
    let at = last.as_ref().map_or(now, |last| now.max(last.at));
    if let Some(last) = last.as_ref().filter(|last| day_of(last.at) < day_of(at)) {
        close_day(tx, last).await?;
    }
    let rows: Vec<_> = facts
        .into_iter()
        .map(|fact| {
            seq += 1;
            hash = link(&hash, seq, at, &fact);
            event_log::Model { seq, at, fact, hash: hash.to_vec() }
        })
        .collect();
    insert(tx, rows).await?;
    Ok(seq)
}

/// PostgreSQL takes a batch of any size by one and the same statement, which it plans once.
async fn insert(tx: &DatabaseTransaction, rows: Vec<event_log::Model>) -> Result<(), DbErr> {
    if tx.get_database_backend() != DbBackend::Postgres {
        let rows = rows.into_iter().map(|row| row.into_active_model().reset_all());
        return event_log::Entity::insert_many(rows).exec_without_returning(tx).await.map(|_| ());
    }
    const INSERT: &str = "INSERT INTO event_log (seq, at, fact, hash) SELECT seq, at, fact, decode(hash, 'hex') \
         FROM json_to_recordset($1::json) AS batch (seq bigint, at timestamptz, fact text, hash text)";
    let batch = rows.iter().map(|row| json!({ "seq": row.seq, "at": row.at, "fact": row.fact, "hash": hex::encode(&row.hash) }));
    let batch = serde_json::Value::from_iter(batch).to_string();
    tx.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, INSERT, [batch.into()])).await.map(|_| ())
}

/// SHA-256 over the hash before, the number (eight bytes, big-endian), the time (RFC 3339, UTC, microseconds) and the fact's JSON as stored.
fn link(before: &Hash, seq: i64, at: DateTime<Utc>, fact: &str) -> Hash {
    let mut context = Context::new(&SHA256);
    context.update(before);
    context.update(&seq.to_be_bytes());
    context.update(at.to_rfc3339_opts(SecondsFormat::Micros, true).as_bytes());
    context.update(fact.as_bytes());
    let mut hash = Hash::default();
    hash.copy_from_slice(context.finish().as_ref());
    hash
}

fn bytes(hash: &[u8]) -> Result<Hash, DbErr> {
    hash.try_into().map_err(|_| DbErr::Type("a hash has 32 bytes".into()))
}

fn day_of(at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&ZONE).date_naive()
}

/// Keeps where the log stood at the end of a day, also after its rows have gone.
async fn close_day(db: &impl ConnectionTrait, last: &event_log::Model) -> Result<(), DbErr> {
    let row = log_day::Model { day: day_of(last.at), seq: last.seq, hash: last.hash.clone() };
    let row = log_day::Entity::insert(row.into_active_model().reset_all());
    let row = row.on_conflict(OnConflict::column(log_day::Column::Day).do_nothing().to_owned());
    row.exec_without_returning(db).await.map(|_| ())
}

/// Facts that wait to be put into the log, oldest first.
pub(super) async fn waiting(db: &impl ConnectionTrait, most: u64) -> Result<Vec<outbox::Model>, DbErr> {
    outbox::Entity::find().order_by_asc(outbox::Column::Id).limit(most).all(db).await
}

pub(super) async fn taken(tx: &DatabaseTransaction, ids: Vec<i64>) -> Result<(), DbErr> {
    const DELETE: &str = "DELETE FROM outbox WHERE id = ANY (string_to_array($1, ',')::bigint[])";
    let ids = ids.iter().map(i64::to_string).collect::<Vec<_>>().join(",");
    tx.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, DELETE, [ids.into()])).await.map(|_| ())
}

pub(super) async fn state(db: &impl ConnectionTrait) -> Result<log_state::Model, DbErr> {
    log_state::Entity::find().one(db).await?.ok_or_else(|| DbErr::RecordNotFound("log_state".into()))
}

/// The number of the last row.
pub(super) async fn last(db: &impl ConnectionTrait) -> Result<i64, DbErr> {
    let last: Option<i64> = event_log::Entity::find()
        .select_only()
        .column(event_log::Column::Seq)
        .order_by_desc(event_log::Column::Seq)
        .limit(1)
        .into_tuple()
        .one(db)
        .await?;
    match last {
        Some(last) => Ok(last),
        None => Ok(state(db).await?.floor),
    }
}

/// The rows after a position, without a gap; [`Missed::Expired`] where the first of them are gone.
pub(super) async fn after(db: &impl ConnectionTrait, position: i64) -> Result<Vec<event_log::Model>, Missed> {
    some_after(db, position, BATCH).await
}

pub(super) async fn some_after(db: &impl ConnectionTrait, position: i64, most: u64) -> Result<Vec<event_log::Model>, Missed> {
    let rows = event_log::Entity::find().filter(event_log::Column::Seq.gt(position)).order_by_asc(event_log::Column::Seq).limit(most);
    let rows = rows.all(db).await?;
    match rows.first() {
        Some(first) if first.seq != position + 1 => Err(Missed::Expired),
        _ => Ok(rows),
    }
}

/// Drops rows older than this, but never the last; days that end with them keep their head. Returns how many.
pub async fn prune(db: &Db, before: DateTime<Utc>) -> Result<u64, DbErr> {
    let mut dropped = 0;
    loop {
        let tx = db.begin().await?;
        let first = event_log::Entity::find().order_by_asc(event_log::Column::Seq).limit(BATCH + 1).all(&tx).await?;
        // the last of these stays: it says whether a day has ended before it
        let old = first.windows(2).take_while(|pair| pair[0].at < before).count();
        let Some(end) = old.checked_sub(1).and_then(|at| first.get(at)) else { return Ok(dropped) };
        for pair in first[..=old].windows(2).filter(|pair| day_of(pair[0].at) < day_of(pair[1].at)) {
            close_day(&tx, &pair[0]).await?;
        }
        event_log::Entity::delete_many().filter(event_log::Column::Seq.lte(end.seq)).exec(&tx).await?;
        let floor = log_state::ActiveModel { id: Set(1), floor: Set(end.seq), floor_hash: Set(end.hash.clone()), ..Default::default() };
        log_state::Entity::update(floor).exec(&tx).await?;
        tx.commit().await?;
        dropped += u64::try_from(old).unwrap_or(0);
    }
}

/// Where the log stood at the end of a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    pub day: NaiveDate,
    pub seq: i64,
    pub hash: Vec<u8>,
}

/// The head of a day that is over: of the last row written on it, or before it. None where the log had no row yet.
pub async fn head_of(db: &impl ConnectionTrait, day: NaiveDate) -> Result<Option<Head>, DbErr> {
    let last = event_log::Entity::find().order_by_desc(event_log::Column::Seq).limit(1).one(db).await?;
    if let Some(last) = last.filter(|last| day_of(last.at) <= day) {
        return Ok(Some(Head { day, seq: last.seq, hash: last.hash }));
    }
    let days = log_day::Entity::find().filter(log_day::Column::Day.lte(day)).order_by_desc(log_day::Column::Day);
    Ok(days.limit(1).one(db).await?.map(|head| Head { day, seq: head.seq, hash: head.hash }))
}

/// What [`verify`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Rows looked at.
    pub rows: u64,
    pub broken: Option<Break>,
}

/// The first thing that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Break {
    /// This row is missing.
    Gone(i64),
    /// This row, or its hash, was changed.
    Changed(i64),
    /// The head kept for this day is not that of the row it names.
    Day(NaiveDate),
    /// The entry of a case file that this row tells of is gone, or another than was told.
    Entry(i64),
}

/// Recomputes the whole log, from the first row that is still there.
pub async fn verify(db: &impl ConnectionTrait) -> Result<Verified, DbErr> {
    let floor = state(db).await?;
    let (mut seq, mut hash, mut rows) = (floor.floor, bytes(&floor.floor_hash)?, 0);
    let heads = log_day::Entity::find().filter(log_day::Column::Seq.gte(seq)).order_by_asc(log_day::Column::Seq).all(db).await?;
    let mut heads = heads.into_iter().peekable();
    loop {
        while let Some(head) = heads.next_if(|head| head.seq <= seq) {
            if head.seq == seq && head.hash != hash {
                return Ok(Verified { rows, broken: Some(Break::Day(head.day)) });
            }
        }
        let batch = match after(db, seq).await {
            Ok(batch) => batch,
            Err(Missed::Expired) => return Ok(Verified { rows, broken: Some(Break::Gone(seq + 1)) }),
            Err(Missed::Failed(error)) => return Err(error),
        };
        if batch.is_empty() {
            // a head that names a row beyond the end: the end was cut off
            return Ok(Verified { rows, broken: heads.next().map(|_| Break::Gone(seq + 1)) });
        }
        let told = entries(db, &batch).await?;
        for row in batch {
            if row.seq != seq + 1 {
                return Ok(Verified { rows, broken: Some(Break::Gone(seq + 1)) });
            }
            seq = row.seq;
            hash = link(&hash, seq, row.at, &row.fact);
            rows += 1;
            if hash[..] != row.hash {
                return Ok(Verified { rows, broken: Some(Break::Changed(seq)) });
            }
            if told.contains(&seq) {
                return Ok(Verified { rows, broken: Some(Break::Entry(seq)) });
            }
            while let Some(head) = heads.next_if(|head| head.seq <= seq) {
                if head.seq == seq && head.hash != hash {
                    return Ok(Verified { rows, broken: Some(Break::Day(head.day)) });
                }
            }
        }
    }
}

/// The rows whose entries do not stand in their files as they were told: so nobody rewrites the end of a file, or cuts it off.
async fn entries(db: &impl ConnectionTrait, rows: &[event_log::Model]) -> Result<HashSet<i64>, DbErr> {
    let facts: Vec<(i64, Fact)> = rows.iter().filter_map(|row| Some((row.seq, serde_json::from_str(&row.fact).ok()?))).collect();
    let stand: Vec<(CaseEventId, Option<String>)> = case_event::Entity::find()
        .select_only()
        .column(case_event::Column::Id)
        .column(case_event::Column::Hash)
        .filter(case_event::Column::Id.is_in(facts.iter().map(|(_, fact)| fact.event_id)))
        .into_tuple()
        .all(db)
        .await?;
    let stand: HashMap<CaseEventId, Option<String>> = stand.into_iter().collect();
    let same = |fact: &Fact| stand.get(&fact.event_id).is_some_and(|hash| hash.as_ref() == Some(&fact.hash));
    Ok(facts.into_iter().filter(|(_, fact)| !same(fact)).map(|(seq, _)| seq).collect())
}
