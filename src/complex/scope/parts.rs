//! What buildings are made of. Stairwells are public like them; dwellings are for whoever is signed in.

use entity::{BuildingId, ComplexId, DwellingId, StairwellId, building, complex, dwelling, stairwell};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait};

use super::{BuildingWhere, Buildings, ComplexWhere, ids};
use crate::{
    area::scope::within,
    auth::Actor,
    db::{
        filter::{Filter, Lasting, Test},
        noun::{Noun, OrderBy, Parent, signed_in},
        page::Key,
    },
};

pub struct Stairwells;

pub enum StairwellWhere {
    Id(Test),
    Name(Test),
    Number(Test),
    Lasting(Lasting),
}

#[derive(Clone, Copy)]
pub enum StairwellOrder {
    Number,
}

pub const STAIRWELLS: Parent<Stairwells, BuildingId> = Parent::own(|| stairwell::Column::BuildingId.as_column_ref());

impl Noun for Stairwells {
    type Entity = stairwell::Entity;
    type Model = stairwell::Model;
    type Id = StairwellId;
    type Where = StairwellWhere;
    type Order = StairwellOrder;

    const ID: stairwell::Column = stairwell::Column::Id;

    fn id(row: &stairwell::Model) -> StairwellId {
        row.id
    }

    fn visible_to(_: &Actor) -> Condition {
        Condition::all()
    }

    fn matching(fact: &StairwellWhere) -> Condition {
        use stairwell::Column as C;
        match fact {
            StairwellWhere::Id(test) => test.on(C::Id),
            StairwellWhere::Name(test) => test.on(C::Name),
            StairwellWhere::Number(test) => test.on(C::Number),
            StairwellWhere::Lasting(lasting) => lasting.test(C::EndedOn),
        }
    }

    fn order(order: StairwellOrder) -> OrderBy<Self> {
        match order {
            StairwellOrder::Number => OrderBy { column: stairwell::Column::Number, key: |row| Key::Int(row.number.into()) },
        }
    }
}

pub struct Dwellings;

pub enum DwellingWhere {
    Id(Test),
    Number(Test),
    Use(Test),
    FloorArea(Test),
    AreaSource(Test),
    Provenance(Test),
    Within(String),
    Complex(Filter<ComplexWhere>),
    Building(Filter<BuildingWhere>),
    Stairwell(Test),
    Lasting(Lasting),
}

#[derive(Clone, Copy)]
pub enum DwellingOrder {
    Number,
}

pub const DWELLINGS: Parent<Dwellings, ComplexId> = Parent::own(|| dwelling::Column::ComplexId.as_column_ref());
pub const DWELLINGS_OF_BUILDING: Parent<Dwellings, BuildingId> = Parent::own(|| dwelling::Column::BuildingId.as_column_ref());
pub const DWELLINGS_OF_STAIRWELL: Parent<Dwellings, StairwellId> = Parent::own(|| dwelling::Column::StairwellId.as_column_ref());

impl Noun for Dwellings {
    type Entity = dwelling::Entity;
    type Model = dwelling::Model;
    type Id = DwellingId;
    type Where = DwellingWhere;
    type Order = DwellingOrder;

    const ID: dwelling::Column = dwelling::Column::Id;

    fn id(row: &dwelling::Model) -> DwellingId {
        row.id
    }

    fn visible_to(actor: &Actor) -> Condition {
        signed_in(actor)
    }

    fn matching(fact: &DwellingWhere) -> Condition {
        use dwelling::Column as C;
        match fact {
            DwellingWhere::Id(test) => test.on(C::Id),
            DwellingWhere::Number(test) => test.on(C::Number),
            DwellingWhere::Use(test) => test.on(C::UsedAs),
            DwellingWhere::FloorArea(test) => test.on(C::FloorArea),
            DwellingWhere::AreaSource(test) => test.on(C::AreaSource),
            DwellingWhere::Provenance(test) => test.on(C::Provenance),
            DwellingWhere::Within(code) => {
                let complexes = complex::Entity::find().select_only().column(complex::Column::Id);
                let complexes = complexes.filter(within(complex::Column::AreaId, code)).into_query();
                C::ComplexId.in_subquery(complexes).into()
            }
            DwellingWhere::Complex(filter) => C::ComplexId.in_subquery(ids(filter)).into(),
            DwellingWhere::Building(filter) => {
                let buildings = building::Entity::find().select_only().column(building::Column::Id);
                let buildings = buildings.filter(filter.condition(Buildings::matching)).into_query();
                C::BuildingId.in_subquery(buildings).into()
            }
            DwellingWhere::Stairwell(test) => test.on(C::StairwellId),
            DwellingWhere::Lasting(lasting) => lasting.test(C::EndedOn),
        }
    }

    fn order(order: DwellingOrder) -> OrderBy<Self> {
        match order {
            DwellingOrder::Number => OrderBy { column: dwelling::Column::Number, key: |row| Key::Text(row.number.clone()) },
        }
    }
}
