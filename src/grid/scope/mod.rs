//! Grids are seen by whoever is signed in.

mod funds;

use chrono::NaiveDate;
use entity::{GridId, area, building, complex, grid, grid_fund, grid_within, post};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait, sea_query::SelectStatement};

pub use self::funds::{ENTRIES, FundEntries, FundEntryOrder, FundEntryWhere, FundOrder, FundWhere, GridFunds, OF_GRID};
use crate::{
    area::scope::{existing_on, within},
    auth::Actor,
    complex::scope::{BuildingWhere, Buildings, ComplexWhere, Complexes},
    db::{
        filter::{Filter, Lasting, Related, Test, open_on},
        noun::{Noun, OrderBy, signed_in},
        page::Key,
    },
    person::scope::{PostWhere, Posts},
    record::scope::kept,
};

pub struct Grids;

pub enum GridWhere {
    Id(Test),
    Name(Test),
    Within(String),
    /// A grid, or a micro-grid.
    Level(Test),
    FullFunction(bool),
    /// Exists on this day.
    On(NaiveDate),
    Lasting(Lasting),
    /// By the buildings that it or a micro-grid in it covers.
    Buildings(Related<BuildingWhere>),
    /// By the complexes of which they cover buildings that stand.
    Complexes(Related<ComplexWhere>),
    Posts(Related<PostWhere>),
    Funds(Related<FundWhere>),
}

#[derive(Clone, Copy)]
pub enum GridOrder {
    Name,
}

impl Noun for Grids {
    type Entity = grid::Entity;
    type Model = grid::Model;
    type Id = GridId;
    type Where = GridWhere;
    type Order = GridOrder;

    const ID: grid::Column = grid::Column::Id;

    fn id(row: &grid::Model) -> GridId {
        row.id
    }

    fn visible_to(actor: &Actor) -> Condition {
        signed_in(actor)
    }

    fn matching(fact: &GridWhere) -> Condition {
        match fact {
            GridWhere::Id(test) => test.on(grid::Column::Id),
            GridWhere::Name(test) => test.on(grid::Column::Name),
            GridWhere::Within(code) => within(grid::Column::AreaId, code),
            GridWhere::Level(test) => {
                let areas = area::Entity::find().select_only().column(area::Column::Id).filter(test.on(area::Column::Level)).into_query();
                Condition::all().add(grid::Column::AreaId.in_subquery(areas))
            }
            GridWhere::FullFunction(is) => grid::Column::FullFunction.eq(*is).into(),
            GridWhere::On(day) => {
                let areas = area::Entity::find().select_only().column(area::Column::Id).filter(existing_on(*day)).into_query();
                Condition::all().add(open_on(grid::Column::EndedOn, *day)).add(grid::Column::AreaId.in_subquery(areas))
            }
            GridWhere::Lasting(lasting) => lasting.test(grid::Column::EndedOn),
            GridWhere::Buildings(buildings) => {
                buildings.among(grid::Column::Id, over(buildings.values::<Buildings>(building::Column::GridId)))
            }
            GridWhere::Complexes(complexes) => {
                use building::Column as B;
                let covered = building::Entity::find().select_only().column(B::GridId).filter(B::GridId.is_not_null());
                let covered = covered.filter(B::EndedOn.is_null());
                let covered = covered.filter(B::ComplexId.in_subquery(complexes.values::<Complexes>(complex::Column::Id)));
                complexes.among(grid::Column::Id, over(covered.into_query()))
            }
            GridWhere::Posts(posts) => posts.on::<Posts>(grid::Column::Id, post::Column::UnitId),
            GridWhere::Funds(funds) => funds.on::<GridFunds>(grid::Column::Id, grid_fund::Column::GridId),
        }
    }

    fn order(order: GridOrder) -> OrderBy<Self> {
        match order {
            GridOrder::Name => OrderBy { column: grid::Column::Name, key: |row| Key::Text(row.name.clone()) },
        }
    }
}

kept! {
    Grids: Grid;
}

/// These grids, and the grids over those of them that are micro-grids.
fn over(grids: SelectStatement) -> SelectStatement {
    use grid_within::Column as C;
    grid_within::Entity::find().select_only().column(C::OverId).filter(C::GridId.in_subquery(grids)).into_query()
}

/// The ids of the grids for which this holds of [`grid_within::Column::OverId`], and of the micro-grids in them.
pub fn with_micro_grids(holds: Condition) -> SelectStatement {
    grid_within::Entity::find().select_only().column(grid_within::Column::GridId).filter(holds).into_query()
}

/// The ids of the grids that pass a filter.
pub fn ids(filter: &Filter<GridWhere>) -> SelectStatement {
    grid::Entity::find().select_only().column(grid::Column::Id).filter(filter.condition(Grids::matching)).into_query()
}
