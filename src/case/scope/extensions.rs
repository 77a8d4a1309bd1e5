//! Requests for more time are seen with their case.

use entity::{CaseId, DeadlineExtensionId, deadline_extension};
use sea_orm::{ColumnTrait, Condition};

use super::of_seen_case;
use crate::{
    auth::Actor,
    db::{
        filter::Test,
        noun::{Noun, OrderBy, Parent},
    },
};

/// Requests for more time.
pub struct Extensions;

pub enum ExtensionWhere {
    Id(Test),
    Open(bool),
    Level(Test),
    AskedAt(Test),
}

#[derive(Clone, Copy)]
pub enum ExtensionOrder {
    AskedAt,
}

pub const EXTENSIONS: Parent<Extensions, CaseId> = Parent::own(|| deadline_extension::Column::CaseId.as_column_ref());

impl Noun for Extensions {
    type Entity = deadline_extension::Entity;
    type Model = deadline_extension::Model;
    type Id = DeadlineExtensionId;
    type Where = ExtensionWhere;
    type Order = ExtensionOrder;

    const ID: deadline_extension::Column = deadline_extension::Column::Id;

    fn id(row: &deadline_extension::Model) -> DeadlineExtensionId {
        row.id
    }

    fn visible_to(actor: &Actor) -> Condition {
        of_seen_case(deadline_extension::Column::CaseId, actor)
    }

    fn matching(fact: &ExtensionWhere) -> Condition {
        use deadline_extension::Column as C;
        match fact {
            ExtensionWhere::Id(test) => test.on(C::Id),
            ExtensionWhere::Open(true) => Condition::all().add(C::Granted.is_null()),
            ExtensionWhere::Open(false) => Condition::all().add(C::Granted.is_not_null()),
            ExtensionWhere::Level(test) => test.on(C::Level),
            ExtensionWhere::AskedAt(test) => test.on(C::AskedAt),
        }
    }

    fn order(order: ExtensionOrder) -> OrderBy<Self> {
        match order {
            ExtensionOrder::AskedAt => OrderBy { column: deadline_extension::Column::AskedAt, key: |row| row.asked_at.into() },
        }
    }
}
