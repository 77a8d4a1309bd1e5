//! The rows of notifications, and what has to be looked up to make them: a statement for each table, whatever the number of facts.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use entity::{CaseEventId, CaseId, NotificationId, PersonId, PostRole, WhistleId, case_event, case_file, notification, post, whistle};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, sea_query::Expr,
};
use uuid::Uuid;

use super::scope::Notifications;
use crate::{
    auth::Actor,
    db::noun::{Noun, visible},
    person::scope::held_on,
};

pub(super) async fn cases(tx: &DatabaseTransaction, ids: Vec<CaseId>) -> Result<HashMap<CaseId, case_file::Model>, DbErr> {
    let rows = case_file::Entity::find().filter(case_file::Column::Id.is_in(ids)).all(tx).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

pub(super) async fn whistles(tx: &DatabaseTransaction, ids: Vec<WhistleId>) -> Result<HashMap<WhistleId, whistle::Model>, DbErr> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = whistle::Entity::find().filter(whistle::Column::Id.is_in(ids)).all(tx).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// Who made these entries.
pub(super) async fn actors(tx: &DatabaseTransaction, ids: Vec<CaseEventId>) -> Result<HashMap<CaseEventId, PersonId>, DbErr> {
    let rows: Vec<(CaseEventId, Option<PersonId>)> = case_event::Entity::find()
        .select_only()
        .column(case_event::Column::Id)
        .column(case_event::Column::ActorId)
        .filter(case_event::Column::Id.is_in(ids))
        .into_tuple()
        .all(tx)
        .await?;
    Ok(rows.into_iter().filter_map(|(id, actor)| Some((id, actor?))).collect())
}

/// Who holds a post of one of these units on a day, residents aside.
pub(super) async fn holders(
    tx: &DatabaseTransaction,
    units: Vec<Uuid>,
    day: NaiveDate,
) -> Result<HashMap<Uuid, Vec<(PersonId, PostRole)>>, DbErr> {
    let rows = post::Entity::find()
        .filter(post::Column::UnitId.is_in(units))
        .filter(post::Column::Role.ne(PostRole::Resident))
        .filter(held_on(day))
        .order_by_asc(post::Column::Id)
        .all(tx)
        .await?;
    let mut holders: HashMap<Uuid, Vec<(PersonId, PostRole)>> = HashMap::new();
    for row in rows {
        holders.entry(row.unit_id).or_default().push((row.person_id, row.role));
    }
    Ok(holders)
}

pub(super) async fn insert(tx: &DatabaseTransaction, rows: Vec<notification::Model>) -> Result<(), DbErr> {
    // below the databases' limits of bound values
    for rows in rows.chunks(2_000) {
        let rows = rows.iter().cloned().map(|row| row.into_active_model().reset_all());
        notification::Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Who has been told of something between two rows of the log, the first excluded.
pub(super) async fn told_between(db: &impl ConnectionTrait, after: i64, to: i64) -> Result<Vec<PersonId>, DbErr> {
    notification::Entity::find()
        .select_only()
        .distinct()
        .column(notification::Column::PersonId)
        .filter(notification::Column::Seq.gt(after))
        .filter(notification::Column::Seq.lte(to))
        .into_tuple()
        .all(db)
        .await
}

pub(super) async fn after(db: &impl ConnectionTrait, person: PersonId, seq: i64, most: u64) -> Result<Vec<notification::Model>, DbErr> {
    notification::Entity::find()
        .filter(notification::Column::PersonId.eq(person))
        .filter(notification::Column::Seq.gt(seq))
        .order_by_asc(notification::Column::Seq)
        .limit(most)
        .all(db)
        .await
}

pub(super) async fn unread(db: &impl ConnectionTrait, actor: &Actor) -> Result<u64, DbErr> {
    visible::<Notifications>(actor).filter(notification::Column::ReadAt.is_null()).count(db).await
}

/// How many of these are the actor's.
pub(super) async fn known(tx: &DatabaseTransaction, actor: &Actor, ids: &[NotificationId]) -> Result<u64, DbErr> {
    visible::<Notifications>(actor).filter(notification::Column::Id.is_in(ids.iter().copied())).count(tx).await
}

/// Which to mark.
pub enum Which {
    All,
    UpTo(DateTime<Utc>),
    Ids(Vec<NotificationId>),
}

/// How many were unread.
pub(super) async fn mark(tx: &DatabaseTransaction, actor: &Actor, which: &Which, now: DateTime<Utc>) -> Result<u64, DbErr> {
    let unread = notification::Entity::update_many()
        .col_expr(notification::Column::ReadAt, Expr::val(now))
        .filter(Notifications::visible_to(actor))
        .filter(notification::Column::ReadAt.is_null());
    let marked = match which {
        Which::All => unread,
        Which::UpTo(at) => unread.filter(notification::Column::At.lte(*at)),
        Which::Ids(ids) => unread.filter(notification::Column::Id.is_in(ids.iter().copied())),
    };
    Ok(marked.exec(tx).await?.rows_affected)
}

/// Drops those that tell of rows up to this one.
pub(super) async fn prune(tx: &DatabaseTransaction, floor: i64) -> Result<u64, DbErr> {
    Ok(notification::Entity::delete_many().filter(notification::Column::Seq.lte(floor)).exec(tx).await?.rows_affected)
}
