use chrono::{DateTime, NaiveDate, Utc};
use entity::{AreaId, calendar_day, calendar_state, working_hours};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, sea_query::SimpleExpr,
};

use crate::db::DatabaseTransaction;

const STATE: i32 = 1;

/// Number of the last change.
pub(super) async fn version(db: &impl ConnectionTrait) -> Result<i64, DbErr> {
    Ok(existing(calendar_state::Entity::find_by_id(STATE).one(db).await?)?.version)
}

/// Makes changes of working time wait for one another.
pub(super) async fn lock(tx: &DatabaseTransaction) -> Result<calendar_state::Model, DbErr> {
    existing(calendar_state::Entity::find_by_id(STATE).lock_exclusive().one(tx).await?)
}

fn existing(state: Option<calendar_state::Model>) -> Result<calendar_state::Model, DbErr> {
    state.ok_or_else(|| DbErr::RecordNotFound("calendar_state".into()))
}

pub(super) async fn changed(tx: &DatabaseTransaction, state: calendar_state::Model, at: DateTime<Utc>) -> Result<(), DbErr> {
    let change = calendar_state::ActiveModel { id: Set(STATE), version: Set(state.version + 1), changed_at: Set(Some(at)) };
    calendar_state::Entity::update(change).exec(tx).await?;
    Ok(())
}

pub(super) async fn hours(db: &impl ConnectionTrait) -> Result<Vec<working_hours::Model>, DbErr> {
    working_hours::Entity::find().all(db).await
}

pub(super) async fn hours_of(tx: &DatabaseTransaction, district: AreaId) -> Result<Vec<working_hours::Model>, DbErr> {
    working_hours::Entity::find().filter(working_hours::Column::AreaId.eq(district)).all(tx).await
}

pub(super) async fn replace_hours(tx: &DatabaseTransaction, district: AreaId, rows: Vec<working_hours::Model>) -> Result<(), DbErr> {
    working_hours::Entity::delete_many().filter(working_hours::Column::AreaId.eq(district)).exec(tx).await?;
    if !rows.is_empty() {
        working_hours::Entity::insert_many(rows.into_iter().map(IntoActiveModel::into_active_model)).exec(tx).await?;
    }
    Ok(())
}

pub(super) async fn days(db: &impl ConnectionTrait) -> Result<Vec<calendar_day::Model>, DbErr> {
    calendar_day::Entity::find().all(db).await
}

fn of(area: Option<AreaId>) -> SimpleExpr {
    area.map_or_else(|| calendar_day::Column::AreaId.is_null(), |area| calendar_day::Column::AreaId.eq(area))
}

/// The days of a district, or of the whole country.
pub(super) async fn days_of(tx: &DatabaseTransaction, area: Option<AreaId>) -> Result<Vec<calendar_day::Model>, DbErr> {
    calendar_day::Entity::find().filter(of(area)).all(tx).await
}

pub(super) async fn insert_days(tx: &DatabaseTransaction, rows: Vec<calendar_day::Model>) -> Result<(), DbErr> {
    for rows in rows.chunks(1000) {
        let rows = rows.iter().cloned().map(IntoActiveModel::into_active_model);
        calendar_day::Entity::insert_many(rows).exec(tx).await?;
    }
    Ok(())
}

pub(super) async fn delete_days(tx: &DatabaseTransaction, area: Option<AreaId>, dates: &[NaiveDate]) -> Result<(), DbErr> {
    for dates in crate::db::chunks(dates) {
        let those = calendar_day::Column::Date.is_in(dates.iter().copied());
        calendar_day::Entity::delete_many().filter(of(area)).filter(those).exec(tx).await?;
    }
    Ok(())
}
