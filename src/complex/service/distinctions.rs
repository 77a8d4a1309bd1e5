//! Courtyards and honours of complexes.

use chrono::NaiveDate;
use entity::{ComplexHonourId, ComplexId, CourtyardId, Provenance, RecordChangeKind, complex_honour, courtyard};

use super::parts::{home, last_day, part};
use crate::{
    app::Cx,
    case::service::Terms,
    complex::{
        scope::{Courtyards, Honours},
        store,
    },
    record::service::{FIRST, Office, RecordError, Turn, write},
};

pub async fn add_courtyard(
    cx: &Cx,
    terms: Terms,
    complex: ComplexId,
    (name, households): (String, Option<i32>),
) -> Result<Option<courtyard::Model>, RecordError> {
    write::<Courtyards, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let home = home(turn, complex, "complexId").await?;
            if store::is_courtyard(turn.tx, home.id, &name).await? {
                return Err(RecordError::Exists("name".into()));
            }
            let (id, provenance) = (turn.cx.clock.new_id(), Provenance::Recorded);
            let row = courtyard::Model { id, complex_id: home.id, name, households, provenance, version: 1, ended_on: None };
            turn.enter::<Courtyards>(row).await
        })
    })
    .await
}

pub async fn update_courtyard(
    cx: &Cx,
    terms: Terms,
    id: CourtyardId,
    (name, households): (Option<String>, Option<Option<i32>>),
) -> Result<Option<courtyard::Model>, RecordError> {
    write::<Courtyards, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let (home, before) = part::<Courtyards>(turn, id, "courtyardId").await?;
            let name = name.unwrap_or_else(|| before.name.clone());
            if name != before.name && store::is_courtyard(turn.tx, home.id, &name).await? {
                return Err(RecordError::Exists("name".into()));
            }
            let after = courtyard::Model { name, households: households.unwrap_or(before.households), ..before.clone() };
            turn.save::<Courtyards>(&before, after, RecordChangeKind::Changed, None).await
        })
    })
    .await
}

pub async fn end_courtyard(
    cx: &Cx,
    terms: Terms,
    id: CourtyardId,
    (on, note): (Option<NaiveDate>, String),
) -> Result<Option<courtyard::Model>, RecordError> {
    write::<Courtyards, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let (_, before) = part::<Courtyards>(turn, id, "courtyardId").await?;
            let after = courtyard::Model { ended_on: Some(last_day(turn, on)?), ..before.clone() };
            turn.save::<Courtyards>(&before, after, RecordChangeKind::Ended, Some(note)).await
        })
    })
    .await
}

/// An honour that is entered.
#[derive(Clone, Debug)]
pub struct NewHonour {
    pub complex: ComplexId,
    pub name: String,
    pub awarded_by: String,
    pub awarded_on: NaiveDate,
}

/// By the subdistrict or above: no community praises itself.
pub async fn add_honour(cx: &Cx, terms: Terms, new: NewHonour) -> Result<Option<complex_honour::Model>, RecordError> {
    write::<Honours, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let home = home(turn, new.complex, "complexId").await?;
            turn.may(home.area_id, Office::Subdistrict, "complexId").await?;
            let NewHonour { name, awarded_by, awarded_on, .. } = new;
            turn.day(Some(awarded_on), FIRST, "awardedOn")?;
            let row = complex_honour::Model {
                id: turn.cx.clock.new_id(),
                complex_id: home.id,
                name,
                awarded_by,
                awarded_on,
                ended_on: None,
                withdrawn_because: None,
                provenance: Provenance::Recorded,
                version: 1,
            };
            is_new_honour(turn, &row).await?;
            turn.enter::<Honours>(row).await
        })
    })
    .await
}

/// That the complex has not got it from the same before.
async fn is_new_honour(turn: &Turn<'_>, row: &complex_honour::Model) -> Result<(), RecordError> {
    let known = store::of_complex::<Honours>(turn.tx, row.complex_id).await?;
    let is_same = |other: &complex_honour::Model| other.id != row.id && (&other.name, &other.awarded_by) == (&row.name, &row.awarded_by);
    if known.iter().any(is_same) { Err(RecordError::Exists("name".into())) } else { Ok(()) }
}

pub async fn update_honour(
    cx: &Cx,
    terms: Terms,
    id: ComplexHonourId,
    (name, awarded_by, awarded_on): (Option<String>, Option<String>, Option<NaiveDate>),
) -> Result<Option<complex_honour::Model>, RecordError> {
    write::<Honours, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let (home, before) = part::<Honours>(turn, id, "honourId").await?;
            turn.may(home.area_id, Office::Subdistrict, "honourId").await?;
            let after = complex_honour::Model {
                name: name.unwrap_or_else(|| before.name.clone()),
                awarded_by: awarded_by.unwrap_or_else(|| before.awarded_by.clone()),
                awarded_on: awarded_on.unwrap_or(before.awarded_on),
                ..before.clone()
            };
            turn.day(Some(after.awarded_on), FIRST, "awardedOn")?;
            is_new_honour(turn, &after).await?;
            turn.save::<Honours>(&before, after, RecordChangeKind::Changed, None).await
        })
    })
    .await
}

pub async fn withdraw_honour(
    cx: &Cx,
    terms: Terms,
    id: ComplexHonourId,
    (on, because): (Option<NaiveDate>, String),
) -> Result<Option<complex_honour::Model>, RecordError> {
    write::<Honours, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let (home, before) = part::<Honours>(turn, id, "honourId").await?;
            turn.may(home.area_id, Office::Subdistrict, "honourId").await?;
            let day = turn.day(on, before.awarded_on, "withdrawnOn")?;
            let after = complex_honour::Model { ended_on: Some(day), withdrawn_because: Some(because.clone()), ..before.clone() };
            turn.save::<Honours>(&before, after, RecordChangeKind::Ended, Some(because)).await
        })
    })
    .await
}
