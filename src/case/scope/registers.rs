//! Registers are there for officers.

use entity::{RegisterId, register};
use sea_orm::Condition;

use crate::{
    area::scope::within,
    auth::Actor,
    db::{
        filter::{Lasting, Test},
        never,
        noun::{Noun, OrderBy, signed_in},
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
            RegisterWhere::Lasting(lasting) => lasting.test(register::Column::EndedOn),
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
