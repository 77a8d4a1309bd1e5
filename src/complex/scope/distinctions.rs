//! The courtyards and the honours of complexes are public.

use entity::{ComplexHonourId, ComplexId, CourtyardId, complex_honour, courtyard};
use sea_orm::{ColumnTrait, Condition};

use crate::{
    auth::Actor,
    db::{
        filter::{Lasting, Test},
        noun::{Noun, OrderBy, Parent},
        page::Key,
    },
};

pub struct Courtyards;

pub enum CourtyardWhere {
    Id(Test),
    Name(Test),
    Provenance(Test),
    Lasting(Lasting),
}

#[derive(Clone, Copy)]
pub enum CourtyardOrder {
    Name,
}

pub const COURTYARDS: Parent<Courtyards, ComplexId> = Parent::own(|| courtyard::Column::ComplexId.as_column_ref());

impl Noun for Courtyards {
    type Entity = courtyard::Entity;
    type Model = courtyard::Model;
    type Id = CourtyardId;
    type Where = CourtyardWhere;
    type Order = CourtyardOrder;

    const ID: courtyard::Column = courtyard::Column::Id;

    fn id(row: &courtyard::Model) -> CourtyardId {
        row.id
    }

    fn visible_to(_: &Actor) -> Condition {
        Condition::all()
    }

    fn matching(fact: &CourtyardWhere) -> Condition {
        use courtyard::Column as C;
        match fact {
            CourtyardWhere::Id(test) => test.on(C::Id),
            CourtyardWhere::Name(test) => test.on(C::Name),
            CourtyardWhere::Provenance(test) => test.on(C::Provenance),
            CourtyardWhere::Lasting(lasting) => lasting.test(C::EndedOn),
        }
    }

    fn order(order: CourtyardOrder) -> OrderBy<Self> {
        match order {
            CourtyardOrder::Name => OrderBy { column: courtyard::Column::Name, key: |row| Key::Text(row.name.clone()) },
        }
    }
}

pub struct Honours;

pub enum HonourWhere {
    Id(Test),
    Name(Test),
    AwardedBy(Test),
    AwardedOn(Test),
    Provenance(Test),
    Lasting(Lasting),
}

#[derive(Clone, Copy)]
pub enum HonourOrder {
    AwardedOn,
}

pub const HONOURS: Parent<Honours, ComplexId> = Parent::own(|| complex_honour::Column::ComplexId.as_column_ref());

impl Noun for Honours {
    type Entity = complex_honour::Entity;
    type Model = complex_honour::Model;
    type Id = ComplexHonourId;
    type Where = HonourWhere;
    type Order = HonourOrder;

    const ID: complex_honour::Column = complex_honour::Column::Id;

    fn id(row: &complex_honour::Model) -> ComplexHonourId {
        row.id
    }

    fn visible_to(_: &Actor) -> Condition {
        Condition::all()
    }

    fn matching(fact: &HonourWhere) -> Condition {
        use complex_honour::Column as C;
        match fact {
            HonourWhere::Id(test) => test.on(C::Id),
            HonourWhere::Name(test) => test.on(C::Name),
            HonourWhere::AwardedBy(test) => test.on(C::AwardedBy),
            HonourWhere::AwardedOn(test) => test.on(C::AwardedOn),
            HonourWhere::Provenance(test) => test.on(C::Provenance),
            HonourWhere::Lasting(lasting) => lasting.test(C::EndedOn),
        }
    }

    fn order(order: HonourOrder) -> OrderBy<Self> {
        match order {
            HonourOrder::AwardedOn => OrderBy { column: complex_honour::Column::AwardedOn, key: |row| Key::Date(row.awarded_on) },
        }
    }
}
