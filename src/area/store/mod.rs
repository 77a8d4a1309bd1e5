use std::collections::HashMap;

use entity::{AreaId, AreaLevel, area, area_name, area_succession};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, ExprTrait, IntoSimpleExpr, QueryFilter, QueryOrder,
    QuerySelect,
    sea_query::{BinOper, Expr, Func, LockType},
};

pub(super) use self::holdings::*;
use crate::db::{self, chunks};

mod holdings;

pub(super) async fn by_codes(db: &impl ConnectionTrait, codes: Vec<String>) -> Result<HashMap<String, area::Model>, DbErr> {
    let rows = area::Entity::find().filter(area::Column::Code.is_in(codes)).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.code.clone(), row)).collect())
}

/// Locked in one order.
pub(super) async fn lock_by_codes(tx: &DatabaseTransaction, codes: Vec<String>) -> Result<HashMap<String, area::Model>, DbErr> {
    let these = area::Entity::find().filter(area::Column::Code.is_in(codes)).order_by_asc(area::Column::Id);
    Ok(these.lock(LockType::NoKeyUpdate).all(tx).await?.into_iter().map(|row| (row.code.clone(), row)).collect())
}

pub(super) async fn is_empty(db: &impl ConnectionTrait) -> Result<bool, DbErr> {
    Ok(area::Entity::find().select_only().column(area::Column::Id).limit(1).into_tuple::<AreaId>().one(db).await?.is_none())
}

pub(super) async fn put(tx: &DatabaseTransaction, rows: Vec<area::Model>) -> Result<(), DbErr> {
    db::put::<area::Entity>(tx, rows).await
}

pub(super) async fn maybe_lock(tx: &DatabaseTransaction, id: AreaId) -> Result<Option<area::Model>, DbErr> {
    area::Entity::find_by_id(id).lock(LockType::NoKeyUpdate).one(tx).await
}

/// The districts of these codes that exist, and the cities that have none.
pub(super) async fn districts(db: &impl ConnectionTrait, codes: Vec<String>) -> Result<HashMap<String, AreaId>, DbErr> {
    let mut found = HashMap::new();
    for (code, row) in by_codes(db, codes).await?.into_iter().filter(|(_, row)| row.ended_on.is_none()) {
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

/// Locked in one order.
pub(super) async fn lock_provinces(tx: &DatabaseTransaction) -> Result<Vec<area::Model>, DbErr> {
    let provinces = area::Entity::find().filter(area::Column::Level.eq(AreaLevel::Province)).order_by_asc(area::Column::Id);
    provinces.lock(LockType::NoKeyUpdate).all(tx).await
}

pub(super) async fn has_districts(db: &impl ConnectionTrait, city: AreaId) -> Result<bool, DbErr> {
    let district = area::Entity::find().filter(area::Column::ParentId.eq(city)).filter(area::Column::Level.eq(AreaLevel::District));
    Ok(district.one(db).await?.is_some())
}

/// What came after an area and took over what belonged to no other.
pub(super) async fn maybe_heir(db: &impl ConnectionTrait, id: AreaId) -> Result<Option<area::Model>, DbErr> {
    let first = area_succession::Entity::find().filter(area_succession::Column::FromId.eq(id)).order_by_asc(area_succession::Column::Id);
    match first.one(db).await? {
        Some(succession) => maybe_by_id(db, succession.to_id).await,
        None => Ok(None),
    }
}

pub(super) async fn former_names(db: &impl ConnectionTrait, areas: &[AreaId]) -> Result<Vec<area_name::Model>, DbErr> {
    let mut found = Vec::new();
    for areas in chunks(areas) {
        let names = area_name::Entity::find().filter(area_name::Column::AreaId.is_in(areas.iter().copied()));
        found.extend(names.order_by_asc(area_name::Column::Until).order_by_asc(area_name::Column::Id).all(db).await?);
    }
    Ok(found)
}

pub(super) async fn successions(db: &impl ConnectionTrait, areas: &[AreaId], before: bool) -> Result<Vec<area_succession::Model>, DbErr> {
    use area_succession::Column as C;
    let mut found = Vec::new();
    for areas in chunks(areas) {
        let column = if before { C::ToId } else { C::FromId };
        let rows = area_succession::Entity::find().filter(column.is_in(areas.iter().copied()));
        found.extend(rows.order_by_asc(C::Id).all(db).await?);
    }
    Ok(found)
}

pub(super) async fn put_names(tx: &DatabaseTransaction, rows: Vec<area_name::Model>) -> Result<(), DbErr> {
    db::put::<area_name::Entity>(tx, rows).await
}

pub(super) async fn put_successions(tx: &DatabaseTransaction, rows: Vec<area_succession::Model>) -> Result<(), DbErr> {
    db::put::<area_succession::Entity>(tx, rows).await
}

/// The areas directly below that exist.
pub(super) async fn living_children(db: &impl ConnectionTrait, id: AreaId) -> Result<Vec<area::Model>, DbErr> {
    let children = area::Entity::find().filter(area::Column::ParentId.eq(id)).filter(area::Column::EndedOn.is_null());
    children.order_by_asc(area::Column::Code).all(db).await
}

/// The same, locked in one order.
pub(super) async fn lock_children(tx: &DatabaseTransaction, id: AreaId) -> Result<Vec<area::Model>, DbErr> {
    let children = area::Entity::find().filter(area::Column::ParentId.eq(id)).filter(area::Column::EndedOn.is_null());
    children.order_by_asc(area::Column::Id).lock(LockType::NoKeyUpdate).all(tx).await
}

/// All that lies below one path lies below another from now on, the root included.
pub(super) async fn move_paths(tx: &DatabaseTransaction, from: &str, to: &str) -> Result<(), DbErr> {
    use area::Column as C;
    let rest = i32::try_from(from.len() + 1).unwrap_or(i32::MAX);
    let rest = Func::cust("substr").args([C::Path.into_simple_expr(), Expr::val(rest)]);
    let moved = Expr::val(to).binary(BinOper::Custom("||"), rest);
    let below = Condition::all().add(C::Path.gte(from)).add(C::Path.lt(format!("{from}:")));
    area::Entity::update_many().col_expr(C::Path, moved).filter(below).exec(tx).await.map(|_| ())
}

/// What had been merged into an area is merged into its successor.
pub(super) async fn pass_on(tx: &DatabaseTransaction, from: AreaId, to: AreaId) -> Result<(), DbErr> {
    let passed = area::Entity::update_many().col_expr(area::Column::SuccessorId, Expr::val(to));
    passed.filter(area::Column::SuccessorId.eq(from)).exec(tx).await.map(|_| ())
}
