//! Pairings are seen by whoever is signed in, like the departments.

use chrono::NaiveDate;
use entity::{AreaId, ComplexId, DepartmentId, PairingId, PersonId, pairing};
use sea_orm::{ColumnTrait, Condition};

use super::{DepartmentWhere, department_ids};
use crate::{
    area::scope::within,
    auth::Actor,
    complex::scope::{ComplexWhere, ids as complex_ids},
    db::{
        filter::{Filter, Test, runs_on},
        noun::{Noun, OrderBy, Parent, signed_in},
        page::Key,
    },
    record::scope::kept,
};

pub struct Pairings;

pub enum PairingWhere {
    Kind(Test),
    Within(String),
    Department(Filter<DepartmentWhere>),
    Person(Test),
    Complex(Filter<ComplexWhere>),
    /// In force on this day, or not.
    On(bool, NaiveDate),
}

#[derive(Clone, Copy)]
pub enum PairingOrder {
    StartsOn,
}

pub const PAIRINGS_OF_AREA: Parent<Pairings, AreaId> = Parent::own(|| pairing::Column::AreaId.as_column_ref());
pub const PAIRINGS_OF_COMPLEX: Parent<Pairings, ComplexId> = Parent::own(|| pairing::Column::ComplexId.as_column_ref());
pub const PAIRINGS_OF_DEPARTMENT: Parent<Pairings, DepartmentId> = Parent::own(|| pairing::Column::DepartmentId.as_column_ref());
pub const PAIRINGS_OF_PERSON: Parent<Pairings, PersonId> = Parent::own(|| pairing::Column::PersonId.as_column_ref());

impl Noun for Pairings {
    type Entity = pairing::Entity;
    type Model = pairing::Model;
    type Id = PairingId;
    type Where = PairingWhere;
    type Order = PairingOrder;

    const ID: pairing::Column = pairing::Column::Id;

    fn id(row: &pairing::Model) -> PairingId {
        row.id
    }

    fn visible_to(actor: &Actor) -> Condition {
        signed_in(actor)
    }

    fn matching(fact: &PairingWhere) -> Condition {
        use pairing::Column as C;
        match fact {
            PairingWhere::Kind(test) => test.on(C::Kind),
            PairingWhere::Within(code) => within(C::AreaId, code),
            PairingWhere::Department(filter) => Condition::all().add(C::DepartmentId.in_subquery(department_ids(filter))),
            PairingWhere::Person(test) => test.on(C::PersonId),
            PairingWhere::Complex(filter) => Condition::all().add(C::ComplexId.in_subquery(complex_ids(filter))),
            PairingWhere::On(true, day) => paired_on(*day),
            PairingWhere::On(false, day) => paired_on(*day).not(),
        }
    }

    fn order(order: PairingOrder) -> OrderBy<Self> {
        match order {
            PairingOrder::StartsOn => OrderBy { column: pairing::Column::StartsOn, key: |row| Key::Date(row.starts_on) },
        }
    }
}

kept! {
    Pairings: Pairing until ends_on;
}

/// Pairings in force on a day, their first and last day included.
pub fn paired_on(day: NaiveDate) -> Condition {
    runs_on(pairing::Column::StartsOn, pairing::Column::EndsOn, day)
}
