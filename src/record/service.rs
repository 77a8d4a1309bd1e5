//! Changes of records, each in one transaction with the row that tells of it.

use std::any::Any;

use chrono::NaiveDate;
use entity::{
    AreaId, CompositionRule, RecordChangeKind, RecordKind, area,
    record_change::{self, FieldChange, FieldChanges},
};
use serde_json::Value;

pub use super::model::Office;
use super::{model, policy, scope::Kept, store};
use crate::{
    app::Cx,
    area::{scope::Areas, service as areas},
    case::service::{CaseError, Terms, keep_made, maybe_first},
    db::{self, DatabaseTransaction, DbErr, noun},
    event::{InWork, Work},
};

/// Why a record was not changed. Fields are paths below `input`, with dots; messages are keys of the message files.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    #[error("nothing visible is named by {0}")]
    NotFound(String),
    #[error("not for this actor: {0}")]
    Forbidden(String),
    #[error("{0} is needed")]
    Required(String),
    #[error("{0} is taken")]
    Exists(String),
    #[error("{0} at {1}")]
    Mismatch(&'static str, String),
    #[error("{0} at {1}")]
    State(&'static str, String),
    /// The same, with what the message says.
    #[error("{0} at {1}: {2:?}")]
    Limit(&'static str, String, Vec<(&'static str, String)>),
    #[error("{0} is not from {1} to {2}")]
    OutOfRange(String, String, String),
    #[error("a rule of composition forbids it")]
    Broken(CompositionRule, String),
    #[error("{} of what was asked for cannot be done", .0.len())]
    Many(Vec<Self>),
    /// The message names the days of what stands in the way.
    #[error("{0} at {1}: {2} to {3:?}")]
    Clash(&'static str, String, NaiveDate, Option<NaiveDate>),
    /// The record as it stands; of the type of the noun's rows.
    #[error("the version is not what was expected")]
    Conflict(Box<dyn Any + Send>),
    /// Of the idempotency key, or nobody is signed in.
    #[error(transparent)]
    Case(#[from] CaseError),
    #[error(transparent)]
    Db(#[from] DbErr),
}

impl RecordError {
    pub fn not_found(field: &str) -> Self {
        Self::NotFound(field.into())
    }

    /// The day does not lie within these, both included.
    pub fn days(field: &str, from: NaiveDate, to: NaiveDate) -> Self {
        Self::OutOfRange(field.into(), from.to_string(), to.to_string())
    }
}

/// Of what begins and ends on days that are known beforehand, the first day is not after the last.
pub fn in_order(from: NaiveDate, to: Option<NaiveDate>) -> Result<(), RecordError> {
    if to.is_some_and(|to| to < from) { Err(RecordError::Mismatch("ends-before", "endsOn".into())) } else { Ok(()) }
}

/// Nothing outlasts what it belongs to, where the last day of that is known beforehand.
pub fn no_longer_than(last: Option<NaiveDate>, (from, to): (NaiveDate, Option<NaiveDate>)) -> Result<(), RecordError> {
    match last {
        Some(last) if last < from => Err(RecordError::days("startsOn", FIRST, last)),
        Some(last) if to.is_none_or(|to| last < to) => Err(RecordError::days("endsOn", from, last)),
        _ => Ok(()),
    }
}

/// Nothing that is kept is older.
pub const FIRST: NaiveDate = NaiveDate::from_ymd_opt(1900, 1, 1).expect("a day"); // invariant: it is one

/// What is said of an end that is open.
pub const LAST: NaiveDate = NaiveDate::from_ymd_opt(9999, 12, 31).expect("a day"); // invariant: it is one

/// The transaction in which records are changed.
pub struct Turn<'t> {
    pub cx: &'t Cx,
    pub tx: &'t DatabaseTransaction,
    pub today: NaiveDate,
    expected: Option<i32>,
}

/// Runs a change whose outcome is a record, unless the actor has had it made under the same key: then the record as it stands now, none where the actor may no longer see it.
pub async fn write<N, F>(cx: &Cx, terms: Terms, act: F) -> Result<Option<N::Model>, RecordError>
where
    N: Kept,
    F: for<'t> FnOnce(&'t Turn<'t>) -> InWork<'t, N::Model, RecordError> + Send + 'static,
{
    write_then::<N, _, _, _>(
        cx,
        terms,
        move |turn| Box::pin(async move { Ok((act(turn).await?, ())) }),
        |_, _, ()| Box::pin(async { Ok(()) }),
    )
    .await
}

/// The same for a change that cases follow: `then` is done with what `act` says, in the same transaction.
pub async fn write_then<N, T, F, G>(cx: &Cx, terms: Terms, act: F, then: G) -> Result<Option<N::Model>, RecordError>
where
    N: Kept,
    T: Send + 'static,
    F: for<'t> FnOnce(&'t Turn<'t>) -> InWork<'t, (N::Model, T), RecordError> + Send + 'static,
    G: for<'w> FnOnce(&'w Cx, &'w mut Work, T) -> InWork<'w, (), RecordError> + Send + 'static,
{
    crate::event::write(cx, move |cx, work| {
        Box::pin(async move {
            if let Some(key) = &terms.key
                && let Some(first) = maybe_first(cx, &work.tx, key).await?
            {
                let Some(id) = first.made_id else { return Ok(None) };
                return Ok(store::maybe::<N>(&work.tx, &cx.actor, id).await?);
            }
            let (row, told) = {
                let turn = Turn { cx, tx: &work.tx, today: cx.clock.today(), expected: terms.expected };
                act(&turn).await?
            };
            keep_made(cx, &work.tx, terms.key, N::id(&row).into()).await?;
            then(cx, work, told).await?;
            Ok(Some(row))
        })
    })
    .await
}

impl Turn<'_> {
    /// Whether the actor holds this office or a higher one in the area or above it.
    pub async fn holds(&self, area: AreaId, least: Office) -> Result<bool, RecordError> {
        let chain = areas::chain_in_tx(self.tx, area).await?;
        let lies_in = |above| chain.as_ref().is_some_and(|chain| chain.lies_in(above));
        Ok(policy::holds(&self.cx.actor, least, lies_in))
    }

    /// Refuses whoever does not.
    pub async fn may(&self, area: AreaId, least: Office, field: &str) -> Result<(), RecordError> {
        if self.holds(area, least).await? { Ok(()) } else { Err(RecordError::Forbidden(field.into())) }
    }

    /// An area that exists, by its code.
    pub async fn area(&self, code: &str, field: &str) -> Result<area::Model, RecordError> {
        let area = areas::maybe_by_code_in_tx(self.tx, code).await?.ok_or_else(|| RecordError::not_found(field))?;
        self.lasting::<Areas>(&area, field)?;
        Ok(area)
    }

    /// The same of a district.
    pub async fn district(&self, code: &str, field: &str) -> Result<area::Model, RecordError> {
        let area = self.area(code, field).await?;
        if areas::is_district_in_tx(self.tx, &area).await? { Ok(area) } else { Err(RecordError::not_found(field)) }
    }

    /// The same, and until the end of the transaction nobody else is answered so for this area: what is looked for before a record is set up stays so.
    pub async fn may_alone(&self, area: AreaId, least: Office, field: &str) -> Result<(), RecordError> {
        self.may(area, least, field).await?;
        let area = areas::maybe_lock_in_tx(self.tx, area).await?.ok_or_else(|| RecordError::not_found(field))?;
        // it may have ended while this waited for its lock
        self.lasting::<Areas>(&area, field)
    }

    /// A record that the actor may see and change, locked, as it was when they looked, and not ended.
    pub async fn take<N: Kept>(&self, id: N::Id, least: Office, field: &str) -> Result<N::Model, RecordError> {
        let row = self.lock::<N>(id, field).await?;
        self.may(self.area_of::<N>(&row).await?, least, field).await?;
        self.check::<N>(row, field)
    }

    /// The same with the area of the record, see [`Self::may_alone`], locked before the record: so does whoever sets one up there.
    pub async fn take_alone<N: Kept>(&self, id: N::Id, least: Office, field: &str) -> Result<N::Model, RecordError> {
        let seen = noun::by_ids::<N>(self.tx, &self.cx.actor, &[id]).await?.remove(&id).ok_or_else(|| RecordError::not_found(field))?;
        let area = self.area_of::<N>(&seen).await?;
        self.may_alone(area, least, field).await?;
        let row = self.take::<N>(id, least, field).await?;
        if self.area_of::<N>(&row).await? == area { Ok(row) } else { Err(RecordError::Conflict(Box::new(row))) }
    }

    /// The area a record lies in.
    pub async fn area_of<N: Kept>(&self, row: &N::Model) -> Result<AreaId, RecordError> {
        let area = store::areas_of::<N>(self.tx, std::iter::once(row)).await?.pop().flatten();
        Ok(area.ok_or_else(nowhere)?)
    }

    /// A record that the actor may see, locked: whether they may change it is for the caller to say.
    pub async fn lock<N: Kept>(&self, id: N::Id, field: &str) -> Result<N::Model, RecordError> {
        store::maybe_lock::<N>(self.tx, &self.cx.actor, id).await?.ok_or_else(|| RecordError::not_found(field))
    }

    /// That a record is as it was when the actor looked, and not ended.
    pub fn check<N: Kept>(&self, mut row: N::Model, field: &str) -> Result<N::Model, RecordError> {
        let version = *N::version(&mut row);
        if self.expected.is_some_and(|expected| expected != version) {
            return Err(RecordError::Conflict(Box::new(row)));
        }
        self.lasting::<N>(&row, field)?;
        Ok(row)
    }

    /// That a record has not ended.
    pub fn lasting<N: Kept>(&self, row: &N::Model, field: &str) -> Result<(), RecordError> {
        if N::is_over(row, self.today) { Err(RecordError::State("record-ended", field.into())) } else { Ok(()) }
    }

    /// The day that is meant: today unless one is given, neither before the first nor after today.
    pub fn day(&self, on: Option<NaiveDate>, first: NaiveDate, field: &str) -> Result<NaiveDate, RecordError> {
        let day = on.unwrap_or(self.today);
        if (first..=self.today).contains(&day) { Ok(day) } else { Err(RecordError::days(field, first, self.today)) }
    }

    /// The day on which something ends that has a last day already, or none: today unless one is given, never later than it would have ended.
    pub fn last_day(
        &self,
        on: Option<NaiveDate>,
        (from, to): (NaiveDate, Option<NaiveDate>),
        field: &str,
    ) -> Result<NaiveDate, RecordError> {
        let (day, to) = (on.unwrap_or(self.today), to.unwrap_or(NaiveDate::MAX));
        if (from..=to).contains(&day) { Ok(day) } else { Err(RecordError::days(field, from, to.min(LAST))) }
    }

    /// A new record, at version 1.
    pub async fn enter<N: Kept>(&self, row: N::Model) -> Result<N::Model, RecordError> {
        self.enter_with::<N>(row, None).await
    }

    /// The same with a word about it.
    pub async fn enter_with<N: Kept>(&self, row: N::Model, note: Option<String>) -> Result<N::Model, RecordError> {
        db::insert(self.tx, row.clone()).await?;
        self.keep::<N>(&Value::Null, &row, (1, RecordChangeKind::Created, note)).await?;
        Ok(row)
    }

    /// A record as it is from now on, at the next version. Where nothing differs nothing is written.
    pub async fn save<N: Kept>(
        &self,
        before: &N::Model,
        mut after: N::Model,
        kind: RecordChangeKind,
        note: Option<String>,
    ) -> Result<N::Model, RecordError> {
        let was = model::shown(before)?;
        if kind == RecordChangeKind::Changed && note.is_none() && was == model::shown(&after)? {
            return Ok(after);
        }
        let version = N::version(&mut after);
        *version += 1;
        let version = *version;
        db::save(self.tx, after.clone()).await?;
        self.keep::<N>(&was, &after, (version, kind, note)).await?;
        Ok(after)
    }

    /// Many new records of one place, at version 1.
    pub async fn enter_all<N: Kept>(&self, rows: Vec<N::Model>) -> Result<(), RecordError> {
        let Some(first) = rows.first() else { return Ok(()) };
        let area = self.area_of::<N>(first).await?;
        let told = rows.iter().map(|row| self.told::<N>(area, &Value::Null, row, (1, RecordChangeKind::Created, None)));
        let told = told.collect::<Result<_, _>>()?;
        store::put::<N>(self.tx, rows).await?;
        Ok(store::keep(self.tx, told).await?)
    }

    /// The same for records that end together, wherever they lie: each as it was, and as it is.
    pub async fn end_all<N: Kept>(&self, rows: Vec<(N::Model, N::Model)>, note: Option<&str>) -> Result<(), RecordError> {
        self.save_all::<N>(rows, RecordChangeKind::Ended, note).await
    }

    /// The same for records that are otherwise from now on; of those that differ in nothing nothing is written.
    pub async fn change_all<N: Kept>(&self, rows: Vec<(N::Model, N::Model)>, note: Option<&str>) -> Result<(), RecordError> {
        self.save_all::<N>(rows, RecordChangeKind::Changed, note).await
    }

    async fn save_all<N: Kept>(
        &self,
        rows: Vec<(N::Model, N::Model)>,
        kind: RecordChangeKind,
        note: Option<&str>,
    ) -> Result<(), RecordError> {
        let areas = store::areas_of::<N>(self.tx, rows.iter().map(|(_, row)| row)).await?;
        let (mut changed, mut told) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
        for ((before, mut after), area) in rows.into_iter().zip(areas) {
            let was = model::shown(&before)?;
            if kind == RecordChangeKind::Changed && was == model::shown(&after)? {
                continue;
            }
            let area = area.ok_or_else(nowhere)?;
            *N::version(&mut after) += 1;
            let seq = *N::version(&mut after);
            told.push(self.told::<N>(area, &was, &after, (seq, kind, note.map(ToOwned::to_owned)))?);
            changed.push(after);
        }
        store::put::<N>(self.tx, changed).await?;
        Ok(store::keep(self.tx, told).await?)
    }

    async fn keep<N: Kept>(&self, was: &Value, row: &N::Model, what: (i32, RecordChangeKind, Option<String>)) -> Result<(), RecordError> {
        let change = self.told::<N>(self.area_of::<N>(row).await?, was, row, what)?;
        Ok(store::keep(self.tx, vec![change]).await?)
    }

    fn told<N: Kept>(
        &self,
        area_id: AreaId,
        was: &Value,
        row: &N::Model,
        what: (i32, RecordChangeKind, Option<String>),
    ) -> Result<record_change::Model, RecordError> {
        Ok(store::entry::<N>(&self.cx.clock, (area_id, self.cx.actor.person), was, row, what)?)
    }
}

/// Enters a change of what belongs to areas and has no row of its own. They are locked, and at their next version then.
pub async fn keep_at(cx: &Cx, tx: &DatabaseTransaction, areas: Vec<area::Model>, fields: Vec<FieldChange>) -> Result<(), DbErr> {
    let mut told = Vec::with_capacity(areas.len());
    for mut area in areas {
        area.version += 1;
        told.push(record_change::Model {
            id: cx.clock.new_id(),
            record_kind: RecordKind::Area,
            record_id: area.id.0,
            seq: area.version,
            kind: RecordChangeKind::Changed,
            area_id: area.id,
            at: cx.clock.now(),
            actor_id: cx.actor.person,
            fields: FieldChanges(fields.clone()),
            note: None,
        });
        // one by one: an upsert, which names the unique code, would wait on PostgreSQL for whoever writes anything that lies there
        db::save(tx, area).await?;
    }
    store::keep(tx, told).await
}

fn nowhere() -> DbErr {
    DbErr::RecordNotFound("the area of a record".into())
}
