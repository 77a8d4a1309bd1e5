//! Deadline policies are there for whoever is signed in: a deadline that is kept secret binds nobody.

use entity::{DeadlinePolicyId, deadline_policy};
use sea_orm::{ColumnTrait, Condition};

use crate::{
    area::scope::within,
    auth::Actor,
    db::{
        filter::Test,
        noun::{Noun, OrderBy, signed_in},
    },
};

pub struct DeadlinePolicies;

pub enum PolicyWhere {
    Id(Test),
    InForce(bool),
    /// Holds everywhere, or in one district.
    Everywhere(bool),
    Kind(Test),
    Category(Test),
    Matter(Test),
    Priority(Test),
    Level(Test),
    MadeAt(Test),
    Within(String),
}

#[derive(Clone, Copy)]
pub enum PolicyOrder {
    MadeAt,
}

impl Noun for DeadlinePolicies {
    type Entity = deadline_policy::Entity;
    type Model = deadline_policy::Model;
    type Id = DeadlinePolicyId;
    type Where = PolicyWhere;
    type Order = PolicyOrder;

    const ID: deadline_policy::Column = deadline_policy::Column::Id;

    fn id(row: &deadline_policy::Model) -> DeadlinePolicyId {
        row.id
    }

    fn visible_to(actor: &Actor) -> Condition {
        signed_in(actor)
    }

    fn matching(fact: &PolicyWhere) -> Condition {
        use deadline_policy::Column as C;
        let is_null = |column: C, null: bool| Condition::all().add(if null { column.is_null() } else { column.is_not_null() });
        match fact {
            PolicyWhere::Id(test) => test.on(C::Id),
            PolicyWhere::InForce(in_force) => is_null(C::EndedAt, *in_force),
            PolicyWhere::Everywhere(everywhere) => is_null(C::DistrictId, *everywhere),
            PolicyWhere::Kind(test) => test.on(C::Kind),
            PolicyWhere::Category(test) => test.on(C::Category),
            PolicyWhere::Matter(test) => test.on(C::MatterId),
            PolicyWhere::Priority(test) => test.on(C::Priority),
            PolicyWhere::Level(test) => test.on(C::Level),
            PolicyWhere::MadeAt(test) => test.on(C::MadeAt),
            PolicyWhere::Within(code) => within(C::DistrictId, code),
        }
    }

    fn order(order: PolicyOrder) -> OrderBy<Self> {
        match order {
            PolicyOrder::MadeAt => OrderBy { column: deadline_policy::Column::MadeAt, key: |row| row.made_at.into() },
        }
    }
}
