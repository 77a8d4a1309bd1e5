use std::collections::{HashMap, HashSet};

use entity::{AreaId, ComplexId, PersonId, RecordChangeKind, complex, record_change};
use sea_orm::{
    ColumnTrait, EntityTrait, ExprTrait, IntoSimpleExpr, QueryFilter, QueryOrder, QuerySelect, prelude::Uuid, sea_query::LockType,
};

use super::{
    model,
    scope::{Kept, Place},
};
use crate::{
    auth::Actor,
    clock::Clock,
    db::{self, DatabaseTransaction, DbErr, chunks, noun::visible},
};
use serde_json::Value;

/// The record, locked, where the actor may see it.
pub(super) async fn maybe_lock<N: Kept>(tx: &DatabaseTransaction, actor: &Actor, id: N::Id) -> Result<Option<N::Model>, DbErr> {
    visible::<N>(actor).filter(N::ID.into_simple_expr().eq(id)).lock(LockType::NoKeyUpdate).one(tx).await
}

/// The record, where the actor may see it.
pub(super) async fn maybe<N: Kept>(tx: &DatabaseTransaction, actor: &Actor, id: Uuid) -> Result<Option<N::Model>, DbErr> {
    visible::<N>(actor).filter(N::ID.eq(id)).one(tx).await
}

/// Records that there are, locked in one order however many statements it takes.
pub(super) async fn lock_all<N: Kept>(tx: &DatabaseTransaction, mut ids: Vec<Uuid>) -> Result<Vec<N::Model>, DbErr> {
    ids.sort_unstable();
    let mut found = Vec::with_capacity(ids.len());
    for ids in chunks(&ids) {
        let these = N::Entity::find().filter(N::ID.is_in(ids.iter().copied())).order_by_asc(N::ID);
        found.extend(these.lock(LockType::NoKeyUpdate).all(tx).await?);
    }
    Ok(found)
}

/// Many rows, new or as they are from now on.
pub(super) async fn put<N: Kept>(tx: &DatabaseTransaction, rows: Vec<N::Model>) -> Result<(), DbErr> {
    db::put::<N::Entity>(tx, rows).await
}

pub(super) async fn keep(tx: &DatabaseTransaction, changes: Vec<record_change::Model>) -> Result<(), DbErr> {
    db::put::<record_change::Entity>(tx, changes).await
}

/// Where these records lie, each in its place; none where nobody keeps it yet.
pub(super) async fn areas_of<N: Kept>(
    tx: &DatabaseTransaction,
    rows: impl Iterator<Item = &N::Model>,
) -> Result<Vec<Option<AreaId>>, DbErr> {
    let places: Vec<Place> = rows.map(N::place).collect();
    let complexes: HashSet<ComplexId> =
        places.iter().filter_map(|place| if let Place::Complex(id) = place { Some(*id) } else { None }).collect();
    let mut found: HashMap<ComplexId, AreaId> = HashMap::new();
    if !complexes.is_empty() {
        let rows = complex::Entity::find().select_only().columns([complex::Column::Id, complex::Column::AreaId]);
        found.extend(rows.filter(complex::Column::Id.is_in(complexes)).into_tuple::<(ComplexId, AreaId)>().all(tx).await?);
    }
    let area = |place| match place {
        Place::Area(area) => Some(area),
        Place::Complex(complex) => found.get(&complex).copied(),
        Place::Nowhere => None,
    };
    Ok(places.into_iter().map(area).collect())
}

/// The row that tells of a change: where, by whom, at which version, what was done and a word about it.
pub(super) fn entry<N: Kept>(
    clock: &Clock,
    (area_id, actor_id): (AreaId, Option<PersonId>),
    was: &Value,
    row: &N::Model,
    (seq, kind, note): (i32, RecordChangeKind, Option<String>),
) -> Result<record_change::Model, DbErr> {
    Ok(record_change::Model {
        id: clock.new_id(),
        record_kind: N::KIND,
        record_id: N::id(row).into(),
        seq,
        kind,
        area_id,
        at: clock.now(),
        actor_id,
        fields: record_change::FieldChanges(model::changes(was, &model::shown(row)?, N::PRIVATE)),
        note,
    })
}
