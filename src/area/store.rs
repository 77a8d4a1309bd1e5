use std::collections::HashMap;

use entity::{AreaId, AreaLevel, area};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::db;

pub(super) async fn by_codes(db: &impl ConnectionTrait, codes: Vec<String>) -> Result<HashMap<String, area::Model>, DbErr> {
    let rows = area::Entity::find().filter(area::Column::Code.is_in(codes)).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.code.clone(), row)).collect())
}

pub(super) async fn is_empty(db: &impl ConnectionTrait) -> Result<bool, DbErr> {
    Ok(area::Entity::find().select_only().column(area::Column::Id).limit(1).into_tuple::<AreaId>().one(db).await?.is_none())
}

pub(super) async fn put(tx: &DatabaseTransaction, rows: Vec<area::Model>) -> Result<(), DbErr> {
    db::put::<area::Entity>(tx, rows).await
}

/// The districts of these codes, and the cities that have none.
pub(super) async fn districts(db: &impl ConnectionTrait, codes: Vec<String>) -> Result<HashMap<String, AreaId>, DbErr> {
    let mut found = HashMap::new();
    for (code, row) in by_codes(db, codes).await? {
        let district = match row.level {
            AreaLevel::District => true,
            AreaLevel::City => !has_districts(db, row.id).await?,
            _ => false,
        };
        if district {
            found.insert(code, row.id);
        }
    }
    Ok(found)
}

pub(super) async fn maybe_by_id(db: &impl ConnectionTrait, id: AreaId) -> Result<Option<area::Model>, DbErr> {
    area::Entity::find_by_id(id).one(db).await
}

pub(super) async fn by_ids(db: &impl ConnectionTrait, ids: &[AreaId]) -> Result<Vec<area::Model>, DbErr> {
    area::Entity::find().filter(area::Column::Id.is_in(ids.iter().copied())).all(db).await
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
