//! One message to a webhook, and what became of it 回调投递记录. While it is sent it is leased by whoever sends it.

use sea_orm::entity::prelude::*;

use crate::{CaseEventKind, DeliveryFailure, DeliveryStatus, WebhookDeliveryId, WebhookId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_delivery")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: WebhookDeliveryId,
    pub webhook_id: WebhookId,
    /// The row of the event log that it tells of; none: a test.
    pub seq: Option<i64>,
    pub event: Option<CaseEventKind>,
    pub body: String,
    pub status: DeliveryStatus,
    pub attempts: i32,
    /// Attempts since it was last queued.
    pub tries: i32,
    pub created_at: DateTimeUtc,
    pub next_attempt_at: DateTimeUtc,
    pub last_attempt_at: Option<DateTimeUtc>,
    /// Of the last answer.
    pub last_status: Option<i32>,
    pub last_failure: Option<DeliveryFailure>,
    pub leased_by: Option<Uuid>,
    pub lease_until: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
