//! Grids are seen by whoever is signed in.

use entity::{GridId, grid};
use sea_orm::{Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait, sea_query::SelectStatement};

use crate::{
    area::scope::within,
    auth::Actor,
    db::{
        filter::{Filter, Test},
        noun::{Noun, OrderBy, signed_in},
        page::Key,
    },
};

pub struct Grids;

pub enum GridWhere {
    Id(Test),
    Name(Test),
    Within(String),
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
        }
    }

    fn order(order: GridOrder) -> OrderBy<Self> {
        match order {
            GridOrder::Name => OrderBy { column: grid::Column::Name, key: |row| Key::Text(row.name.clone()) },
        }
    }
}

/// The ids of the grids that pass a filter.
pub fn ids(filter: &Filter<GridWhere>) -> SelectStatement {
    grid::Entity::find().select_only().column(grid::Column::Id).filter(filter.condition(Grids::matching)).into_query()
}
