//! The rows of import jobs, what was sent with them and what was wrong.

use chrono::{DateTime, Utc};
use entity::{ImportJobId, ImportStatus, import_file, import_job, import_problem};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait, LockBehavior, LockType},
};
use uuid::Uuid;

use super::scope::ImportJobs;
use crate::{
    auth::Actor,
    db::{self, noun::visible},
};

pub(super) async fn maybe_job(db: &impl ConnectionTrait, actor: &Actor, id: ImportJobId) -> Result<Option<import_job::Model>, DbErr> {
    visible::<ImportJobs>(actor).filter(import_job::Column::Id.eq(id)).one(db).await
}

pub(super) async fn insert(tx: &DatabaseTransaction, row: &import_job::Model, content: Vec<u8>) -> Result<(), DbErr> {
    db::insert(tx, row.clone()).await?;
    db::insert(tx, import_file::Model { job_id: row.id, content }).await
}

/// Not finished, and nobody is at it.
fn waiting(now: DateTime<Utc>) -> Condition {
    let free = Condition::any().add(import_job::Column::LeaseUntil.is_null()).add(import_job::Column::LeaseUntil.lte(now));
    Condition::all().add(import_job::Column::Status.is_in([ImportStatus::Queued, ImportStatus::Running])).add(free)
}

pub(super) async fn is_any_waiting(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<bool, DbErr> {
    Ok(import_job::Entity::find().filter(waiting(now)).one(db).await?.is_some())
}

/// The job that has waited longest, locked; what another instance takes at this moment is passed over.
pub(super) async fn maybe_next(tx: &DatabaseTransaction, now: DateTime<Utc>) -> Result<Option<import_job::Model>, DbErr> {
    let next = import_job::Entity::find().filter(waiting(now));
    let next = next.order_by_asc(import_job::Column::QueuedAt).order_by_asc(import_job::Column::Id);
    next.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked).one(tx).await
}

pub(super) async fn save(tx: &DatabaseTransaction, row: &import_job::Model) -> Result<(), DbErr> {
    db::save(tx, row.clone()).await
}

pub(super) async fn content(db: &impl ConnectionTrait, id: ImportJobId) -> Result<Option<Vec<u8>>, DbErr> {
    Ok(import_file::Entity::find_by_id(id).one(db).await?.map(|file| file.content))
}

/// The job, locked, if it is still leased by this holder: a lease that ran out may be another's, and then its word counts.
pub(super) async fn maybe_held(tx: &DatabaseTransaction, id: ImportJobId, by: Uuid) -> Result<Option<import_job::Model>, DbErr> {
    import_job::Entity::find_by_id(id).filter(import_job::Column::LeasedBy.eq(by)).lock_exclusive().one(tx).await
}

/// Holds on to a job, and writes down how far it is: (lines, of so many). Whether it was still this holder's.
pub(super) async fn renew(
    tx: &DatabaseTransaction,
    (id, by): (ImportJobId, Uuid),
    until: DateTime<Utc>,
    reached: (i32, i32),
) -> Result<bool, DbErr> {
    let renewed = import_job::Entity::update_many()
        .col_expr(import_job::Column::LeaseUntil, Expr::val(until))
        .col_expr(import_job::Column::LinesRead, Expr::val(reached.0))
        .col_expr(import_job::Column::LinesTotal, Expr::val(reached.1))
        .col_expr(import_job::Column::Version, Expr::col(import_job::Column::Version).add(1))
        .filter(import_job::Column::Id.eq(id))
        .filter(import_job::Column::LeasedBy.eq(by))
        .exec(tx)
        .await?;
    Ok(renewed.rows_affected > 0)
}

/// The file is not needed any more.
pub(super) async fn drop_file(tx: &DatabaseTransaction, id: ImportJobId) -> Result<(), DbErr> {
    import_file::Entity::delete_by_id(id).exec(tx).await.map(|_| ())
}

pub(super) async fn add_problems(tx: &DatabaseTransaction, rows: Vec<import_problem::Model>) -> Result<(), DbErr> {
    db::put::<import_problem::Entity>(tx, rows).await
}

/// Drops what was wrong with tables that were refused before this.
pub(super) async fn prune_problems(tx: &DatabaseTransaction, before: DateTime<Utc>) -> Result<u64, DbErr> {
    let old = import_job::Entity::find().select_only().column(import_job::Column::Id);
    let old = old.filter(import_job::Column::FinishedAt.lt(before)).into_query();
    Ok(import_problem::Entity::delete_many().filter(import_problem::Column::JobId.in_subquery(old)).exec(tx).await?.rows_affected)
}
