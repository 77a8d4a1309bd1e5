//! Records that a table changes.

use entity::{PersonId, RecordChangeKind};

use super::{model, scope::Kept, store};
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
    let areas = store::areas_of::<N>(tx, changed.iter().map(|((_, row), _)| row)).await?;
    let mut entries = Vec::with_capacity(changed.len());
    for (((before, mut after), note), area) in changed.into_iter().zip(areas) {
        let Some(area) = area else { continue };
        let what = (*N::version(&mut after), RecordChangeKind::Changed, note);
        entries.push(store::entry::<N>(&app.clock, (area, by), &model::shown(&before)?, &after, what)?);
    }
    store::keep(tx, entries).await
}
