//! The rows of webhooks, their secrets and their deliveries.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::{
    AreaId, CaseId, DeliveryFailure, DeliveryStatus, GridId, WebhookDeliveryId, WebhookId, area, case_file, grid, webhook,
    webhook_delivery, webhook_secret,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel, JoinType,
    QueryFilter, QueryOrder, QuerySelect, QueryTrait, RelationDef,
    sea_query::{Expr, LockBehavior, LockType},
};
use uuid::Uuid;

use super::scope::{Deliveries, Webhooks};
use crate::{
    auth::Actor,
    db::{self, noun::visible},
};

/// The webhook, locked, where the actor may see it.
pub(super) async fn maybe_lock(tx: &DatabaseTransaction, actor: &Actor, id: WebhookId) -> Result<Option<webhook::Model>, DbErr> {
    visible::<Webhooks>(actor).filter(webhook::Column::Id.eq(id)).lock_exclusive().one(tx).await
}

pub(super) async fn maybe_lock_delivery(
    tx: &DatabaseTransaction,
    actor: &Actor,
    id: WebhookDeliveryId,
) -> Result<Option<webhook_delivery::Model>, DbErr> {
    visible::<Deliveries>(actor).filter(webhook_delivery::Column::Id.eq(id)).lock_exclusive().one(tx).await
}

pub(super) async fn maybe_webhook(db: &impl ConnectionTrait, id: WebhookId) -> Result<Option<webhook::Model>, DbErr> {
    webhook::Entity::find_by_id(id).one(db).await
}

pub(super) async fn maybe_delivery(db: &impl ConnectionTrait, id: WebhookDeliveryId) -> Result<Option<webhook_delivery::Model>, DbErr> {
    webhook_delivery::Entity::find_by_id(id).one(db).await
}

/// Whether another active webhook has events of this area sent to this URL. Nobody else makes one until the end of the transaction.
pub(super) async fn is_another(tx: &DatabaseTransaction, url: &str, area: AreaId, but: Option<WebhookId>) -> Result<bool, DbErr> {
    // a lock that leaves rows which refer to the area alone
    let area_row = area::Entity::find_by_id(area).select_only().column(area::Column::Id).lock(LockType::NoKeyUpdate);
    area_row.into_tuple::<AreaId>().one(tx).await?;
    let same = webhook::Entity::find().filter(webhook::Column::AreaId.eq(area)).filter(webhook::Column::Url.eq(url));
    let same = same.filter(webhook::Column::Active.eq(true));
    Ok(but.into_iter().fold(same, |same, but| same.filter(webhook::Column::Id.ne(but))).one(tx).await?.is_some())
}

pub(super) async fn insert(tx: &DatabaseTransaction, row: &webhook::Model) -> Result<(), DbErr> {
    db::insert(tx, row.clone()).await
}

pub(super) async fn save(tx: &DatabaseTransaction, row: &webhook::Model) -> Result<(), DbErr> {
    db::save(tx, row.clone()).await
}

pub(super) async fn add_secret(tx: &DatabaseTransaction, row: webhook_secret::Model) -> Result<(), DbErr> {
    db::insert(tx, row).await
}

/// The secrets that sign now go on until then; those that no longer do are forgotten.
pub(super) async fn retire_secrets(tx: &DatabaseTransaction, id: WebhookId, now: DateTime<Utc>, until: DateTime<Utc>) -> Result<(), DbErr> {
    let of = || webhook_secret::Column::WebhookId.eq(id);
    webhook_secret::Entity::delete_many().filter(of()).filter(webhook_secret::Column::ValidUntil.lte(now)).exec(tx).await?;
    webhook_secret::Entity::update_many()
        .col_expr(webhook_secret::Column::ValidUntil, Expr::val(until))
        .filter(of())
        .filter(webhook_secret::Column::ValidUntil.is_null())
        .exec(tx)
        .await
        .map(|_| ())
}

/// What signs now, the newest first.
pub(super) async fn secrets(db: &impl ConnectionTrait, id: WebhookId, now: DateTime<Utc>) -> Result<Vec<Vec<u8>>, DbErr> {
    let valid = Condition::any().add(webhook_secret::Column::ValidUntil.is_null()).add(webhook_secret::Column::ValidUntil.gt(now));
    let rows = webhook_secret::Entity::find().filter(webhook_secret::Column::WebhookId.eq(id)).filter(valid);
    let rows = rows.order_by_desc(webhook_secret::Column::Id).all(db).await?;
    Ok(rows.into_iter().map(|row| row.secret).collect())
}

pub(super) async fn active(tx: &DatabaseTransaction) -> Result<Vec<webhook::Model>, DbErr> {
    webhook::Entity::find().filter(webhook::Column::Active.eq(true)).order_by_asc(webhook::Column::Id).all(tx).await
}

pub(super) async fn areas_of_grids(tx: &DatabaseTransaction, ids: Vec<GridId>) -> Result<HashMap<GridId, AreaId>, DbErr> {
    let rows = grid::Entity::find().filter(grid::Column::Id.is_in(ids)).all(tx).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.area_id)).collect())
}

pub(super) async fn paths(tx: &DatabaseTransaction, ids: Vec<AreaId>) -> Result<HashMap<AreaId, String>, DbErr> {
    let rows = area::Entity::find().filter(area::Column::Id.is_in(ids)).all(tx).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.path)).collect())
}

pub(super) async fn numbers(tx: &DatabaseTransaction, ids: Vec<CaseId>) -> Result<HashMap<CaseId, String>, DbErr> {
    let rows = case_file::Entity::find().select_only().column(case_file::Column::Id).column(case_file::Column::Number);
    let rows: Vec<(CaseId, String)> = rows.filter(case_file::Column::Id.is_in(ids)).into_tuple().all(tx).await?;
    Ok(rows.into_iter().collect())
}

pub(super) async fn insert_deliveries(tx: &DatabaseTransaction, rows: &[webhook_delivery::Model]) -> Result<(), DbErr> {
    // below the databases' limits of bound values
    for rows in rows.chunks(1_000) {
        let rows = rows.iter().cloned().map(|row| row.into_active_model().reset_all());
        webhook_delivery::Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    Ok(())
}

pub(super) async fn save_delivery(tx: &DatabaseTransaction, row: &webhook_delivery::Model) -> Result<(), DbErr> {
    db::save(tx, row.clone()).await
}

/// To be sent now, and nobody is at it.
fn due(now: DateTime<Utc>) -> Condition {
    let free = Condition::any().add(webhook_delivery::Column::LeaseUntil.is_null()).add(webhook_delivery::Column::LeaseUntil.lte(now));
    Condition::all()
        .add(webhook_delivery::Column::Status.eq(DeliveryStatus::Pending))
        .add(webhook_delivery::Column::NextAttemptAt.lte(now))
        .add(free)
}

fn delivery_to_webhook() -> RelationDef {
    webhook_delivery::Entity::belongs_to(webhook::Entity).from(webhook_delivery::Column::WebhookId).to(webhook::Column::Id).into()
}

/// Hosts that something is due to, whoever has waited longest first, but for those that are busy.
pub(super) async fn due_hosts(db: &impl ConnectionTrait, now: DateTime<Utc>, busy: Vec<String>, most: u64) -> Result<Vec<String>, DbErr> {
    webhook_delivery::Entity::find()
        .select_only()
        .column(webhook::Column::Host)
        .join(JoinType::InnerJoin, delivery_to_webhook())
        .filter(due(now))
        .filter(webhook::Column::Active.eq(true))
        .filter(webhook::Column::Host.is_not_in(busy))
        .group_by(webhook::Column::Host)
        .order_by_asc(webhook_delivery::Column::NextAttemptAt.min())
        .limit(most)
        .into_tuple()
        .all(db)
        .await
}

/// Leases what is due to a host, the longest due first; what another instance takes at this moment is passed over.
pub(super) async fn claim(
    tx: &DatabaseTransaction,
    host: &str,
    (by, now, until): (Uuid, DateTime<Utc>, DateTime<Utc>),
    most: u64,
) -> Result<Vec<webhook_delivery::Model>, DbErr> {
    let webhooks = webhook::Entity::find().select_only().column(webhook::Column::Id);
    let webhooks = webhooks.filter(webhook::Column::Host.eq(host)).filter(webhook::Column::Active.eq(true)).into_query();
    let rows = webhook_delivery::Entity::find()
        .filter(due(now))
        .filter(webhook_delivery::Column::WebhookId.in_subquery(webhooks))
        .order_by_asc(webhook_delivery::Column::NextAttemptAt)
        .order_by_asc(webhook_delivery::Column::Id)
        .limit(most)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .all(tx)
        .await?;
    if !rows.is_empty() {
        webhook_delivery::Entity::update_many()
            .col_expr(webhook_delivery::Column::LeasedBy, Expr::val(by))
            .col_expr(webhook_delivery::Column::LeaseUntil, Expr::val(until))
            .filter(webhook_delivery::Column::Id.is_in(rows.iter().map(|row| row.id)))
            .exec(tx)
            .await?;
    }
    Ok(rows)
}

/// Holds on to what is still leased by this holder; how many there are.
pub(super) async fn renew(tx: &DatabaseTransaction, by: Uuid, until: DateTime<Utc>) -> Result<u64, DbErr> {
    let renewed = webhook_delivery::Entity::update_many()
        .col_expr(webhook_delivery::Column::LeaseUntil, Expr::val(until))
        .filter(webhook_delivery::Column::LeasedBy.eq(by))
        .filter(webhook_delivery::Column::Status.eq(DeliveryStatus::Pending))
        .exec(tx)
        .await?;
    Ok(renewed.rows_affected)
}

/// The delivery, locked, if it is still leased by this holder: a lease that ran out may be another's, and then its word counts.
pub(super) async fn maybe_held(
    tx: &DatabaseTransaction,
    id: WebhookDeliveryId,
    by: Uuid,
) -> Result<Option<webhook_delivery::Model>, DbErr> {
    webhook_delivery::Entity::find_by_id(id).filter(webhook_delivery::Column::LeasedBy.eq(by)).lock_exclusive().one(tx).await
}

/// Switches a webhook off: what waits for it is given up.
pub(super) async fn deactivate(tx: &DatabaseTransaction, id: WebhookId) -> Result<(), DbErr> {
    webhook::Entity::update_many().col_expr(webhook::Column::Active, Expr::val(false)).filter(webhook::Column::Id.eq(id)).exec(tx).await?;
    webhook_delivery::Entity::update_many()
        .col_expr(webhook_delivery::Column::Status, Expr::val(DeliveryStatus::Failed))
        .col_expr(webhook_delivery::Column::LastFailure, Expr::val(DeliveryFailure::Deactivated))
        .filter(webhook_delivery::Column::WebhookId.eq(id))
        .filter(webhook_delivery::Column::Status.eq(DeliveryStatus::Pending))
        .exec(tx)
        .await
        .map(|_| ())
}

/// Drops what was done with before this.
pub(super) async fn prune(tx: &DatabaseTransaction, before: DateTime<Utc>) -> Result<u64, DbErr> {
    let old = webhook_delivery::Entity::delete_many()
        .filter(webhook_delivery::Column::Status.ne(DeliveryStatus::Pending))
        .filter(webhook_delivery::Column::CreatedAt.lt(before));
    Ok(old.exec(tx).await?.rows_affected)
}
