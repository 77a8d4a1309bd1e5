//! Records that a table changes.

use entity::{PersonId, RecordChangeKind, record_change};

use super::{
    model,
    scope::{Kept, Place},
    store,
};
use crate::{
    app::App,
    db::{DatabaseTransaction, DbErr, noun::Noun},
};

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
    let complexes = changed.iter().filter_map(|((_, row), _)| match N::place(row) {
        Place::Complex(complex) => Some(complex),
        Place::Area(_) | Place::Nowhere => None,
    });
    let areas = store::areas_of_complexes(tx, complexes.collect()).await?;
    let mut entries = Vec::with_capacity(changed.len());
    for ((before, mut after), note) in changed {
        let area = match N::place(&after) {
            Place::Area(area) => Some(area),
            Place::Complex(complex) => areas.get(&complex).copied(),
            Place::Nowhere => None,
        };
        let Some(area_id) = area else { continue };
        entries.push(record_change::Model {
            id: app.clock.new_id(),
            record_kind: N::KIND,
            record_id: N::id(&after).into(),
            seq: *N::version(&mut after),
            kind: RecordChangeKind::Changed,
            area_id,
            at: app.clock.now(),
            actor_id: by,
            fields: record_change::FieldChanges(model::changes(&model::shown(&before)?, &model::shown(&after)?, N::PRIVATE)),
            note,
        });
    }
    store::keep(tx, entries).await
}
