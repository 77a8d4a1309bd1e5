//! Registers are there for officers.

use chrono::NaiveDate;
use entity::{AreaId, RecordKind, RegisterId, register};
use sea_orm::Condition;

use crate::{
    area::scope::within,
    auth::Actor,
    db::{
        filter::Test,
        never,
        noun::{Noun, OrderBy, signed_in},
        page::Key,
    },
    record::scope::Kept,
};

pub struct Registers;

pub enum RegisterWhere {
    Id(Test),
    Name(Test),
    Within(String),
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
        if actor.is_official() { signed_in(actor) } else { never() }
    }

    fn matching(fact: &RegisterWhere) -> Condition {
        match fact {
            RegisterWhere::Id(test) => test.on(register::Column::Id),
            RegisterWhere::Name(test) => test.on(register::Column::Name),
            RegisterWhere::Within(code) => within(register::Column::AreaId, code),
        }
    }

    fn order(order: RegisterOrder) -> OrderBy<Self> {
        match order {
            RegisterOrder::Name => OrderBy { column: register::Column::Name, key: |row| Key::Text(row.name.clone()) },
        }
    }
}

impl Kept for Registers {
    const KIND: RecordKind = RecordKind::Register;

    fn area(row: &register::Model) -> AreaId {
        row.area_id
    }

    fn version(row: &mut register::Model) -> &mut i32 {
        &mut row.version
    }

    fn ended_on(row: &register::Model) -> Option<NaiveDate> {
        row.ended_on
    }
}
