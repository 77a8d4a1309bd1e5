//! Notifications are one's own, and nobody else's.

use entity::{NotificationId, notification};
use sea_orm::{ColumnTrait, Condition};

use crate::{
    auth::Actor,
    db::{
        filter::Test,
        never,
        noun::{Noun, OrderBy},
    },
};

pub struct Notifications;

pub enum NotificationWhere {
    Id(Test),
    Kind(Test),
    Case(Test),
    At(Test),
    Unread(bool),
}

#[derive(Clone, Copy)]
pub enum NotificationOrder {
    At,
}

impl Noun for Notifications {
    type Entity = notification::Entity;
    type Model = notification::Model;
    type Id = NotificationId;
    type Where = NotificationWhere;
    type Order = NotificationOrder;

    const ID: notification::Column = notification::Column::Id;

    fn id(row: &notification::Model) -> NotificationId {
        row.id
    }

    fn visible_to(actor: &Actor) -> Condition {
        actor.person.map_or_else(never, |me| Condition::all().add(notification::Column::PersonId.eq(me)))
    }

    fn matching(fact: &NotificationWhere) -> Condition {
        match fact {
            NotificationWhere::Id(test) => test.on(notification::Column::Id),
            NotificationWhere::Kind(test) => test.on(notification::Column::Kind),
            NotificationWhere::Case(test) => test.on(notification::Column::CaseId),
            NotificationWhere::At(test) => test.on(notification::Column::At),
            NotificationWhere::Unread(true) => Condition::all().add(notification::Column::ReadAt.is_null()),
            NotificationWhere::Unread(false) => Condition::all().add(notification::Column::ReadAt.is_not_null()),
        }
    }

    fn order(order: NotificationOrder) -> OrderBy<Self> {
        match order {
            NotificationOrder::At => OrderBy { column: notification::Column::At, key: |row| row.at.into() },
        }
    }
}
