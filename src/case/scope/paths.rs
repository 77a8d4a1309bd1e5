//! Handling paths are there for whoever is signed in: everybody may know who is asked first.

use entity::{HandlingPathId, handling_path};
use sea_orm::{ColumnTrait, Condition};

use crate::{
    area::scope::within,
    auth::Actor,
    db::{
        filter::Test,
        noun::{Noun, OrderBy, signed_in},
    },
};

pub struct HandlingPaths;

pub enum PathWhere {
    Id(Test),
    InForce(bool),
    /// Holds everywhere, or in one district.
    Everywhere(bool),
    Category(Test),
    Matter(Test),
    MadeAt(Test),
    Within(String),
}

#[derive(Clone, Copy)]
pub enum PathOrder {
    MadeAt,
}

impl Noun for HandlingPaths {
    type Entity = handling_path::Entity;
    type Model = handling_path::Model;
    type Id = HandlingPathId;
    type Where = PathWhere;
    type Order = PathOrder;

    const ID: handling_path::Column = handling_path::Column::Id;

    fn id(row: &handling_path::Model) -> HandlingPathId {
        row.id
    }

    fn visible_to(actor: &Actor) -> Condition {
        signed_in(actor)
    }

    fn matching(fact: &PathWhere) -> Condition {
        use handling_path::Column as C;
        let is_null = |column: C, null: bool| Condition::all().add(if null { column.is_null() } else { column.is_not_null() });
        match fact {
            PathWhere::Id(test) => test.on(C::Id),
            PathWhere::InForce(in_force) => is_null(C::EndedAt, *in_force),
            PathWhere::Everywhere(everywhere) => is_null(C::DistrictId, *everywhere),
            PathWhere::Category(test) => test.on(C::Category),
            PathWhere::Matter(test) => test.on(C::MatterId),
            PathWhere::MadeAt(test) => test.on(C::MadeAt),
            PathWhere::Within(code) => within(C::DistrictId, code),
        }
    }

    fn order(order: PathOrder) -> OrderBy<Self> {
        match order {
            PathOrder::MadeAt => OrderBy { column: handling_path::Column::MadeAt, key: |row| row.made_at.into() },
        }
    }
}
