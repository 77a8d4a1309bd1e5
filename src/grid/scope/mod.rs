//! Grids are seen by whoever is signed in.

mod funds;

use chrono::NaiveDate;
use entity::{GridId, area, grid};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait, sea_query::SelectStatement};

pub use self::funds::{ENTRIES, FundEntries, FundEntryOrder, FundEntryWhere, FundOrder, FundWhere, GridFunds, OF_GRID};
use crate::{
    area::scope::{existing_on, within},
    auth::Actor,
    db::{
        filter::{Filter, Lasting, Test, open_on},
        noun::{Noun, OrderBy, signed_in},
        page::Key,
    },
    record::scope::kept,
};

pub struct Grids;

pub enum GridWhere {
    Id(Test),
    Name(Test),
    Within(String),
    FullFunction(bool),
    /// Exists on this day.
    On(NaiveDate),
    Lasting(Lasting),
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
            GridWhere::FullFunction(is) => grid::Column::FullFunction.eq(*is).into(),
            GridWhere::On(day) => {
                let areas = area::Entity::find().select_only().column(area::Column::Id).filter(existing_on(*day)).into_query();
                Condition::all().add(open_on(grid::Column::EndedOn, *day)).add(grid::Column::AreaId.in_subquery(areas))
            }
            GridWhere::Lasting(lasting) => lasting.test(grid::Column::EndedOn),
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

/// The ids of the grids that pass a filter.
pub fn ids(filter: &Filter<GridWhere>) -> SelectStatement {
    grid::Entity::find().select_only().column(grid::Column::Id).filter(filter.condition(Grids::matching)).into_query()
}
