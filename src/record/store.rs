use std::collections::HashMap;

use entity::{AreaId, ComplexId, complex, record_change};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, IntoSimpleExpr, QueryFilter, QuerySelect, prelude::Uuid, sea_query::LockType};

use super::scope::Kept;
use crate::{
    auth::Actor,
    db::{self, DatabaseTransaction, DbErr, noun::visible},
};

/// The record, locked, where the actor may see it.
pub(super) async fn maybe_lock<N: Kept>(tx: &DatabaseTransaction, actor: &Actor, id: N::Id) -> Result<Option<N::Model>, DbErr> {
    visible::<N>(actor).filter(N::ID.into_simple_expr().eq(id)).lock(LockType::NoKeyUpdate).one(tx).await
}

/// The record, where the actor may see it.
pub(super) async fn maybe<N: Kept>(tx: &DatabaseTransaction, actor: &Actor, id: Uuid) -> Result<Option<N::Model>, DbErr> {
    visible::<N>(actor).filter(N::ID.eq(id)).one(tx).await
}

/// Many rows, new or as they are from now on.
pub(super) async fn put<N: Kept>(tx: &DatabaseTransaction, rows: Vec<N::Model>) -> Result<(), DbErr> {
    db::put::<N::Entity>(tx, rows).await
}

pub(super) async fn keep(tx: &DatabaseTransaction, changes: Vec<record_change::Model>) -> Result<(), DbErr> {
    db::put::<record_change::Entity>(tx, changes).await
}

/// Where complexes lie.
pub(super) async fn areas_of_complexes(tx: &DatabaseTransaction, ids: Vec<ComplexId>) -> Result<HashMap<ComplexId, AreaId>, DbErr> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = complex::Entity::find().select_only().columns([complex::Column::Id, complex::Column::AreaId]);
    let rows: Vec<(ComplexId, AreaId)> = rows.filter(complex::Column::Id.is_in(ids)).into_tuple().all(tx).await?;
    Ok(rows.into_iter().collect())
}

/// Where a complex lies.
pub(super) async fn area_of_complex(tx: &DatabaseTransaction, id: ComplexId) -> Result<AreaId, DbErr> {
    let found = complex::Entity::find_by_id(id).select_only().column(complex::Column::AreaId).into_tuple().one(tx).await?;
    found.ok_or_else(|| DbErr::RecordNotFound("the complex of a record".into()))
}
