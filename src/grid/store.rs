use std::collections::HashMap;

use entity::{AreaId, GridId, grid};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter};

use super::scope::Grids;
use crate::{
    app::Cx,
    db::{self, noun},
};

pub(super) async fn by_areas(cx: &Cx, areas: Vec<AreaId>) -> Result<HashMap<AreaId, grid::Model>, DbErr> {
    let rows = noun::visible::<Grids>(&cx.actor).filter(grid::Column::AreaId.is_in(areas)).all(cx.read()).await?;
    Ok(rows.into_iter().map(|row| (row.area_id, row)).collect())
}

pub(super) async fn maybe_by_id(db: &impl ConnectionTrait, id: GridId) -> Result<Option<grid::Model>, DbErr> {
    grid::Entity::find_by_id(id).one(db).await
}

pub(super) async fn maybe_by_area(db: &impl ConnectionTrait, area: AreaId) -> Result<Option<grid::Model>, DbErr> {
    grid::Entity::find().filter(grid::Column::AreaId.eq(area)).one(db).await
}

pub(super) async fn of_areas(db: &impl ConnectionTrait, areas: Vec<AreaId>) -> Result<HashMap<AreaId, grid::Model>, DbErr> {
    let rows = grid::Entity::find().filter(grid::Column::AreaId.is_in(areas)).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.area_id, row)).collect())
}

pub(super) async fn put(tx: &DatabaseTransaction, rows: Vec<grid::Model>) -> Result<(), DbErr> {
    db::put::<grid::Entity>(tx, rows).await
}
