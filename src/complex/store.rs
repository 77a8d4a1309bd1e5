use entity::{AreaId, BuildingId, ComplexId, GridId, building, complex};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder};

use crate::db;
use crate::search;

pub(super) async fn maybe_by_id(db: &impl ConnectionTrait, id: ComplexId) -> Result<Option<complex::Model>, DbErr> {
    complex::Entity::find_by_id(id).one(db).await
}

pub(super) async fn maybe_building(db: &impl ConnectionTrait, id: BuildingId) -> Result<Option<building::Model>, DbErr> {
    building::Entity::find_by_id(id).one(db).await
}

/// The grid of each building of a complex that has one.
pub(super) async fn grids_of(db: &impl ConnectionTrait, id: ComplexId) -> Result<Vec<GridId>, DbErr> {
    let buildings = building::Entity::find()
        .filter(building::Column::ComplexId.eq(id))
        .filter(building::Column::GridId.is_not_null())
        .order_by_asc(building::Column::Number)
        .all(db)
        .await?;
    Ok(buildings.into_iter().filter_map(|building| building.grid_id).collect())
}

/// Those of these names in these areas.
pub(super) async fn named(db: &impl ConnectionTrait, areas: Vec<AreaId>, names: Vec<String>) -> Result<Vec<complex::Model>, DbErr> {
    complex::Entity::find().filter(complex::Column::AreaId.is_in(areas)).filter(complex::Column::Name.is_in(names)).all(db).await
}

pub(super) async fn buildings_of(db: &impl ConnectionTrait, complexes: Vec<ComplexId>) -> Result<Vec<building::Model>, DbErr> {
    building::Entity::find().filter(building::Column::ComplexId.is_in(complexes)).all(db).await
}

pub(super) async fn put(tx: &DatabaseTransaction, rows: Vec<complex::Model>) -> Result<(), DbErr> {
    search::index(tx, &rows).await?;
    db::put::<complex::Entity>(tx, rows).await
}

pub(super) async fn put_buildings(tx: &DatabaseTransaction, rows: Vec<building::Model>) -> Result<(), DbErr> {
    db::put::<building::Entity>(tx, rows).await
}
