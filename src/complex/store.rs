use entity::{BuildingId, ComplexId, GridId, building, complex};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};

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
