//! That a register held a case is there for the officers who see the case.

use entity::{RegisterId, RegisterRemovalId, case_file, register_removal};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait};

use super::Cases;
use crate::{
    auth::Actor,
    db::{
        filter::Test,
        never,
        noun::{Noun, OrderBy, Parent},
    },
};

pub struct RegisterRemovals;

pub enum RemovalWhere {
    Case(Test),
}

#[derive(Clone, Copy)]
pub enum RemovalOrder {
    RemovedAt,
}

pub const REMOVED_FROM: Parent<RegisterRemovals, RegisterId> = Parent::own(|| register_removal::Column::RegisterId.as_column_ref());

impl Noun for RegisterRemovals {
    type Entity = register_removal::Entity;
    type Model = register_removal::Model;
    type Id = RegisterRemovalId;
    type Where = RemovalWhere;
    type Order = RemovalOrder;

    const ID: register_removal::Column = register_removal::Column::Id;

    fn id(row: &register_removal::Model) -> RegisterRemovalId {
        row.id
    }

    fn visible_to(actor: &Actor) -> Condition {
        if !actor.is_official() {
            return never();
        }
        let cases = case_file::Entity::find().select_only().column(case_file::Column::Id).filter(Cases::visible_to(actor));
        Condition::all().add(register_removal::Column::CaseId.in_subquery(cases.into_query()))
    }

    fn matching(fact: &RemovalWhere) -> Condition {
        match fact {
            RemovalWhere::Case(test) => test.on(register_removal::Column::CaseId),
        }
    }

    fn order(order: RemovalOrder) -> OrderBy<Self> {
        match order {
            RemovalOrder::RemovedAt => OrderBy { column: register_removal::Column::RemovedAt, key: |row| row.removed_at.into() },
        }
    }
}
