//! Who answers for a matter; keeping the records of departments, matters, pairings and documents.

mod document;
mod keep;
mod pairing;

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{DepartmentId, MatterId, department, matter};

pub(crate) use self::keep::in_words;
pub use self::{
    document::{DraftChange, NewDocument, Publication, current, draft, drafts, following, publish, update_draft, withdraw},
    keep::{
        Answering, MatterChange, NewMatter, assign_matter, create_department, create_matter, end_department, end_matter, update_department,
        update_matter,
    },
    pairing::{NewPairing, Paired, PairedPlace, end_pairing, end_pairings_of, pair},
};
use super::{scope::Departments, store};
use crate::{
    app::Cx,
    area::service::{self as areas, ByName},
    db::{DatabaseTransaction, DbErr, noun::Noun},
    record::scope::Kept,
};

/// The departments that answer for each matter, the lead first.
pub async fn answering(cx: &Cx, matters: &[MatterId]) -> Result<HashMap<MatterId, Vec<(bool, department::Model)>>, DbErr> {
    store::answering(cx.read(), Departments::visible_to(&cx.actor), matters).await
}

/// The same for one matter, inside a write: `(leads, department)`. A matter that has ended may be left with departments that are no more.
pub async fn answering_in_tx(cx: &Cx, tx: &DatabaseTransaction, matter: MatterId) -> Result<Vec<(bool, DepartmentId)>, DbErr> {
    let found = store::answering(tx, Departments::visible_to(&cx.actor), &[matter]).await?.remove(&matter).unwrap_or_default();
    let there = found.into_iter().filter(|(_, department)| !Departments::is_over(department, cx.clock.today()));
    Ok(there.map(|(lead, department)| (lead, department.id)).collect())
}

pub async fn maybe_by_id_in_tx(tx: &DatabaseTransaction, id: DepartmentId) -> Result<Option<department::Model>, DbErr> {
    store::maybe_by_id(tx, id).await
}

pub async fn maybe_matter_in_tx(tx: &DatabaseTransaction, id: MatterId) -> Result<Option<matter::Model>, DbErr> {
    store::maybe_matter(tx, id).await
}

/// Departments that have not ended by a day, by the code of their district and their name.
pub async fn by_names_in_tx(tx: &DatabaseTransaction, keys: Vec<(&str, &str)>, day: NaiveDate) -> Result<ByName<department::Model>, DbErr> {
    areas::by_names_in_tx(tx, &keys, async |areas, names| {
        let rows = store::named(tx, areas, names).await?;
        Ok(rows.into_iter().filter(|row| !Departments::is_over(row, day)).map(|row| (row.district_id, row.name.clone(), row)).collect())
    })
    .await
}

/// Whether no case takes the matter any more on a day.
pub fn is_over(matter: &matter::Model, day: NaiveDate) -> bool {
    matter.ended_on.is_some_and(|last| last < day)
}
