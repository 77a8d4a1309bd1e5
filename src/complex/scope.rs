//! Complexes and buildings are public.

use chrono::NaiveDate;
use entity::{AreaId, BuildingId, ComplexId, GridId, PartyBranchId, building, complex, party_cover};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait, sea_query::SelectStatement};

use crate::{
    area::scope::within,
    auth::Actor,
    db::{
        filter::{Filter, Test},
        noun::{Noun, OrderBy, Parent},
        page::Key,
        text::Text,
    },
    firm::scope::{FirmWhere, served_on},
    party::scope::covering_on,
};

pub struct Complexes;

pub enum ComplexWhere {
    Id(Test),
    Name(Test),
    Kind(Test),
    Provenance(Test),
    Within(String),
    /// Served by a firm on this day, or not.
    Managed(bool, NaiveDate),
    /// Served on this day by a firm that passes.
    Firm(Filter<FirmWhere>, NaiveDate),
    /// With a building in this grid.
    Grid(Test),
    Text(Text),
    /// Covered on this day by the organisation whose complexes are listed; means nothing but below [`OF_BRANCH`].
    CoveredOn(NaiveDate),
}

#[derive(Clone, Copy)]
pub enum ComplexOrder {
    Name,
}

pub const OF_AREA: Parent<Complexes, AreaId> = Parent::own(|| complex::Column::AreaId.as_column_ref());

/// The complexes that a branch covers and covered; `CoveredOn` says when.
pub const OF_BRANCH: Parent<Complexes, PartyBranchId> = Parent::linked(
    || party_cover::Column::BranchId.as_column_ref(),
    || complex::Entity::belongs_to(party_cover::Entity).from(complex::Column::Id).to(party_cover::Column::ComplexId).into(),
);

impl Noun for Complexes {
    type Entity = complex::Entity;
    type Model = complex::Model;
    type Id = ComplexId;
    type Where = ComplexWhere;
    type Order = ComplexOrder;

    const ID: complex::Column = complex::Column::Id;

    fn id(row: &complex::Model) -> ComplexId {
        row.id
    }

    fn visible_to(_: &Actor) -> Condition {
        Condition::all()
    }

    fn matching(fact: &ComplexWhere) -> Condition {
        match fact {
            ComplexWhere::Id(test) => test.on(complex::Column::Id),
            ComplexWhere::Name(test) => test.on(complex::Column::Name),
            ComplexWhere::Kind(test) => test.on(complex::Column::Kind),
            ComplexWhere::Provenance(test) => test.on(complex::Column::Provenance),
            ComplexWhere::Within(code) => within(complex::Column::AreaId, code),
            ComplexWhere::Managed(managed, day) => {
                let served = served_on(*day, &Filter::default());
                let condition = Condition::all().add(complex::Column::Id.in_subquery(served));
                if *managed { condition } else { condition.not() }
            }
            ComplexWhere::Firm(filter, day) => Condition::all().add(complex::Column::Id.in_subquery(served_on(*day, filter))),
            ComplexWhere::Grid(test) => {
                let covered =
                    building::Entity::find().select_only().column(building::Column::ComplexId).filter(test.on(building::Column::GridId));
                Condition::all().add(complex::Column::Id.in_subquery(covered.into_query()))
            }
            ComplexWhere::Text(text) => text.on(complex::Column::Id),
            ComplexWhere::CoveredOn(day) => covering_on(*day),
        }
    }

    fn text(fact: &ComplexWhere) -> Option<&Text> {
        if let ComplexWhere::Text(text) = fact { Some(text) } else { None }
    }

    fn order(order: ComplexOrder) -> OrderBy<Self> {
        match order {
            ComplexOrder::Name => OrderBy { column: complex::Column::Name, key: |row| Key::Text(row.name.clone()) },
        }
    }
}

/// The ids of the complexes that pass a filter.
pub fn ids(filter: &Filter<ComplexWhere>) -> SelectStatement {
    complex::Entity::find().select_only().column(complex::Column::Id).filter(filter.condition(Complexes::matching)).into_query()
}

pub struct Buildings;

pub enum BuildingWhere {
    Id(Test),
    Name(Test),
    Grid(Test),
}

#[derive(Clone, Copy)]
pub enum BuildingOrder {
    Number,
}

pub const OF_COMPLEX: Parent<Buildings, ComplexId> = Parent::own(|| building::Column::ComplexId.as_column_ref());
pub const OF_GRID: Parent<Buildings, GridId> = Parent::own(|| building::Column::GridId.as_column_ref());

impl Noun for Buildings {
    type Entity = building::Entity;
    type Model = building::Model;
    type Id = BuildingId;
    type Where = BuildingWhere;
    type Order = BuildingOrder;

    const ID: building::Column = building::Column::Id;

    fn id(row: &building::Model) -> BuildingId {
        row.id
    }

    fn visible_to(_: &Actor) -> Condition {
        Condition::all()
    }

    fn matching(fact: &BuildingWhere) -> Condition {
        match fact {
            BuildingWhere::Id(test) => test.on(building::Column::Id),
            BuildingWhere::Name(test) => test.on(building::Column::Name),
            BuildingWhere::Grid(test) => test.on(building::Column::GridId),
        }
    }

    fn order(order: BuildingOrder) -> OrderBy<Self> {
        match order {
            BuildingOrder::Number => OrderBy { column: building::Column::Number, key: |row| Key::Int(row.number.into()) },
        }
    }
}
