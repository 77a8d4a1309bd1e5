//! Webhooks and their deliveries are for the administrators of the area.

use entity::{WebhookDeliveryId, WebhookId, webhook, webhook_delivery};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait};

use crate::{
    area::scope::{within, within_any},
    auth::Actor,
    db::{
        filter::Test,
        never,
        noun::{Noun, OrderBy, Parent},
        page::Key,
    },
};

pub struct Webhooks;

pub enum WebhookWhere {
    Id(Test),
    Url(Test),
    Within(String),
    Active(bool),
}

#[derive(Clone, Copy)]
pub enum WebhookOrder {
    CreatedAt,
}

impl Noun for Webhooks {
    type Entity = webhook::Entity;
    type Model = webhook::Model;
    type Id = WebhookId;
    type Where = WebhookWhere;
    type Order = WebhookOrder;

    const ID: webhook::Column = webhook::Column::Id;

    fn id(row: &webhook::Model) -> WebhookId {
        row.id
    }

    fn visible_to(actor: &Actor) -> Condition {
        let areas = actor.administers();
        if areas.is_empty() { never() } else { within_any(webhook::Column::AreaId, &areas) }
    }

    fn matching(fact: &WebhookWhere) -> Condition {
        match fact {
            WebhookWhere::Id(test) => test.on(webhook::Column::Id),
            WebhookWhere::Url(test) => test.on(webhook::Column::Url),
            WebhookWhere::Within(code) => within(webhook::Column::AreaId, code),
            WebhookWhere::Active(active) => Condition::all().add(webhook::Column::Active.eq(*active)),
        }
    }

    fn order(order: WebhookOrder) -> OrderBy<Self> {
        match order {
            WebhookOrder::CreatedAt => OrderBy { column: webhook::Column::CreatedAt, key: |row| row.created_at.into() },
        }
    }
}

pub struct Deliveries;

pub enum DeliveryWhere {
    Id(Test),
    Status(Test),
    Event(Test),
    CreatedAt(Test),
}

#[derive(Clone, Copy)]
pub enum DeliveryOrder {
    CreatedAt,
    NextAttemptAt,
}

pub const OF_WEBHOOK: Parent<Deliveries, WebhookId> = Parent::own(|| webhook_delivery::Column::WebhookId.as_column_ref());

impl Noun for Deliveries {
    type Entity = webhook_delivery::Entity;
    type Model = webhook_delivery::Model;
    type Id = WebhookDeliveryId;
    type Where = DeliveryWhere;
    type Order = DeliveryOrder;

    const ID: webhook_delivery::Column = webhook_delivery::Column::Id;

    fn id(row: &webhook_delivery::Model) -> WebhookDeliveryId {
        row.id
    }

    fn visible_to(actor: &Actor) -> Condition {
        let webhooks = webhook::Entity::find().select_only().column(webhook::Column::Id).filter(Webhooks::visible_to(actor));
        Condition::all().add(webhook_delivery::Column::WebhookId.in_subquery(webhooks.into_query()))
    }

    fn matching(fact: &DeliveryWhere) -> Condition {
        match fact {
            DeliveryWhere::Id(test) => test.on(webhook_delivery::Column::Id),
            DeliveryWhere::Status(test) => test.on(webhook_delivery::Column::Status),
            DeliveryWhere::Event(test) => test.on(webhook_delivery::Column::Event),
            DeliveryWhere::CreatedAt(test) => test.on(webhook_delivery::Column::CreatedAt),
        }
    }

    fn order(order: DeliveryOrder) -> OrderBy<Self> {
        match order {
            DeliveryOrder::CreatedAt => OrderBy { column: webhook_delivery::Column::CreatedAt, key: |row| Key::from(row.created_at) },
            DeliveryOrder::NextAttemptAt => {
                OrderBy { column: webhook_delivery::Column::NextAttemptAt, key: |row| Key::from(row.next_attempt_at) }
            }
        }
    }
}
