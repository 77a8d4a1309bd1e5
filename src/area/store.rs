use std::collections::HashMap;

use entity::{AreaId, AreaLevel, area};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
};

pub(super) async fn by_codes(db: &impl ConnectionTrait, codes: Vec<String>) -> Result<HashMap<String, area::Model>, DbErr> {
    let rows = area::Entity::find().filter(area::Column::Code.is_in(codes)).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.code.clone(), row)).collect())
}

pub(super) async fn is_empty(db: &impl ConnectionTrait) -> Result<bool, DbErr> {
    Ok(area::Entity::find().select_only().column(area::Column::Id).limit(1).into_tuple::<AreaId>().one(db).await?.is_none())
}

pub(super) async fn insert(tx: &DatabaseTransaction, rows: Vec<area::Model>) -> Result<(), DbErr> {
    if rows.is_empty() {
        return Ok(());
    }
    let rows = rows.into_iter().map(|row| row.into_active_model().reset_all());
    area::Entity::insert_many(rows).exec_without_returning(tx).await.map(|_| ())
}

pub(super) async fn rename(tx: &DatabaseTransaction, rows: Vec<area::Model>) -> Result<(), DbErr> {
    for row in rows {
        row.into_active_model().reset_all().update(tx).await?;
    }
    Ok(())
}

pub(super) async fn maybe_by_id(db: &impl ConnectionTrait, id: AreaId) -> Result<Option<area::Model>, DbErr> {
    area::Entity::find_by_id(id).one(db).await
}

pub(super) async fn by_codes_in_order(db: &impl ConnectionTrait, codes: Vec<&str>) -> Result<Vec<area::Model>, DbErr> {
    area::Entity::find().filter(area::Column::Code.is_in(codes)).order_by_asc(area::Column::Path).all(db).await
}

pub(super) async fn is_any_province(db: &impl ConnectionTrait, areas: &[AreaId]) -> Result<bool, DbErr> {
    let province =
        area::Entity::find().filter(area::Column::Id.is_in(areas.iter().copied())).filter(area::Column::Level.eq(AreaLevel::Province));
    Ok(province.one(db).await?.is_some())
}

pub(super) async fn has_districts(db: &impl ConnectionTrait, city: AreaId) -> Result<bool, DbErr> {
    let district = area::Entity::find().filter(area::Column::ParentId.eq(city)).filter(area::Column::Level.eq(AreaLevel::District));
    Ok(district.one(db).await?.is_some())
}
