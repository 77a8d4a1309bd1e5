//! Registers are there for officials of their area, of those above, and of those below, whose cases they hold.

use entity::{RegisterId, case_file, register, register_case};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait};

use super::{CaseWhere, Cases};
use crate::{
    area::scope::{above_any, within, within_any},
    auth::Actor,
    db::{
        filter::{Lasting, Related, Test},
        never,
        noun::{Noun, OrderBy},
        page::Key,
    },
    record::scope::kept,
};

pub struct Registers;

pub enum RegisterWhere {
    Id(Test),
    Name(Test),
    Within(String),
    Lasting(Lasting),
    Cases(Related<CaseWhere>),
}

#[derive(Clone, Copy)]
pub enum RegisterOrder {
    Name,
}

impl Noun for Registers {
    type Entity = register::Entity;
    type Model = register::Model;
    type Id = RegisterId;
    type Where = RegisterWhere;
    type Order = RegisterOrder;

    const ID: register::Column = register::Column::Id;

    fn id(row: &register::Model) -> RegisterId {
        row.id
    }

    fn visible_to(actor: &Actor) -> Condition {
        let areas = actor.official_areas();
        if areas.is_empty() {
            return never();
        }
        within_any(register::Column::AreaId, &areas).add(above_any(register::Column::AreaId, &areas))
    }

    fn matching(fact: &RegisterWhere) -> Condition {
        match fact {
            RegisterWhere::Id(test) => test.on(register::Column::Id),
            RegisterWhere::Name(test) => test.on(register::Column::Name),
            RegisterWhere::Within(code) => within(register::Column::AreaId, code),
            RegisterWhere::Lasting(lasting) => lasting.test(register::Column::EndedOn),
            RegisterWhere::Cases(cases) => {
                let passing = cases.values::<Cases>(case_file::Column::Id);
                let held = register_case::Entity::find().select_only().column(register_case::Column::RegisterId);
                cases.among(register::Column::Id, held.filter(register_case::Column::CaseId.in_subquery(passing)).into_query())
            }
        }
    }

    fn order(order: RegisterOrder) -> OrderBy<Self> {
        match order {
            RegisterOrder::Name => OrderBy { column: register::Column::Name, key: |row| Key::Text(row.name.clone()) },
        }
    }
}

kept! {
    Registers: Register until ended_on;
}
