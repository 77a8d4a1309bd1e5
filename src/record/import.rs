//! Records that a table changes.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{PersonId, RecordChangeKind};
use uuid::Uuid;

use super::{
    model,
    scope::{Kept, Place},
    store,
};
use crate::{
    app::App,
    db::{DatabaseTransaction, DbErr, noun::Noun},
    sheet::Why,
};

/// What is told where somebody changed a record between its being read and held.
const MEANWHILE: &str = "a record was changed while the table was taken in: take it in again 有记录同时被修改，请重新导入";

/// A record as it was, and as it is.
type Change<N> = (<N as Noun>::Model, <N as Noun>::Model);

/// Enters what a table changes. Of what it sets up nothing is entered: it was never otherwise.
pub async fn keep_changes<N: Kept>(app: &App, tx: &DatabaseTransaction, by: Option<PersonId>, changed: &[Change<N>]) -> Result<(), DbErr> {
    keep_changes_with::<N>(app, tx, by, changed.iter().map(|change| (change.clone(), None)).collect()).await
}

/// The same with a word about some of them.
pub async fn keep_changes_with<N: Kept>(
    app: &App,
    tx: &DatabaseTransaction,
    by: Option<PersonId>,
    changed: Vec<(Change<N>, Option<String>)>,
) -> Result<(), DbErr> {
    hold::<N>(tx, changed.iter().map(|((before, _), _)| before)).await?;
    let areas = store::areas_of::<N>(tx, changed.iter().map(|((_, row), _)| row)).await?;
    let mut entries = Vec::with_capacity(changed.len());
    for (((before, mut after), note), area) in changed.into_iter().zip(areas) {
        let Some(area) = area else { continue };
        let today = app.clock.today();
        // as a mutation calls it
        let ends = N::is_over(&after, today) && !N::is_over(&before, today);
        let kind = if ends { RecordChangeKind::Ended } else { RecordChangeKind::Changed };
        let what = (*N::version(&mut after), kind, note);
        entries.push(store::entry::<N>(&app.clock, (area, by), &model::shown(&before)?, &after, what)?);
    }
    store::keep(tx, entries).await
}

/// From here to the end of the transaction nobody else changes these records, which are as they were read: what somebody changed meanwhile would be lost, so then
/// nothing of the table is taken in, and its job begins anew.
pub async fn hold<N: Kept>(tx: &DatabaseTransaction, rows: impl Iterator<Item = &N::Model>) -> Result<(), DbErr> {
    let mut rows: Vec<N::Model> = rows.cloned().collect();
    // some of what goes to another area with its complex or community does so at the same version
    let read: HashMap<Uuid, (i32, Place)> = rows.iter_mut().map(|row| (N::id(row).into(), as_read::<N>(row))).collect();
    let mut held = store::lock_all::<N>(tx, read.keys().copied().collect()).await?;
    if held.len() == read.len() && held.iter_mut().all(|row| read.get(&N::id(row).into()) == Some(&as_read::<N>(row))) {
        return Ok(());
    }
    Err(DbErr::Custom(MEANWHILE.into()))
}

/// The record that a line names, of those of its name: a table takes up nothing that has ended. Several of one name may have come together when their areas were merged.
pub fn standing<N: Kept>(named: Vec<N::Model>, today: NaiveDate) -> Result<Option<N::Model>, Why> {
    let (over, mut standing): (Vec<_>, Vec<_>) = named.into_iter().partition(|row| N::is_over(row, today));
    match standing.len() {
        0 if over.is_empty() => Ok(None),
        0 => Err(Why::of("record-ended")),
        1 => Ok(standing.pop()),
        _ => Err(Why::of("import-namesakes")),
    }
}

/// Whether a table was not taken in because somebody changed a record meanwhile.
pub fn is_meanwhile(error: &DbErr) -> bool {
    matches!(error, DbErr::Custom(why) if why == MEANWHILE)
}

/// What tells that nobody changed a record meanwhile.
fn as_read<N: Kept>(row: &mut N::Model) -> (i32, Place) {
    (*N::version(row), N::place(row))
}
