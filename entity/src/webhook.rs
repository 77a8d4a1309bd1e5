//! Where events are sent to 回调.

use sea_orm::entity::prelude::*;

use crate::{AreaId, PersonId, WebhookId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: WebhookId,
    pub url: String,
    /// Of the URL, with its port: deliveries to one host take turns.
    pub host: String,
    /// Events of cases in the subtree of this area.
    pub area_id: AreaId,
    /// Of these kinds: a JSON list; none: all.
    pub kinds: Option<String>,
    pub active: bool,
    /// What lies in the event log up to here came before it was set up, or switched on again.
    pub since: i64,
    pub created_at: DateTimeUtc,
    pub created_by: PersonId,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
