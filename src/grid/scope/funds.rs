//! Funds are seen by the workers of the grid and the officials of its areas.

use entity::{AreaId, GridFundEntryId, GridFundId, GridId, PostRole, grid_fund, grid_fund_entry};
use sea_orm::{ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, QuerySelect, QueryTrait, sea_query::Expr};

use super::{GridWhere, ids};
use crate::{
    area::scope::{within, within_any},
    auth::Actor,
    db::{
        filter::{Filter, Test},
        never,
        noun::{Noun, OrderBy, Parent},
        page::Key,
    },
    record::scope::kept,
};

pub struct GridFunds;

pub enum FundWhere {
    Id(Test),
    Grid(Filter<GridWhere>),
    Year(Test),
    Within(String),
    /// Nothing more is entered, or something may be.
    Closed(bool),
}

#[derive(Clone, Copy)]
pub enum FundOrder {
    Year,
}

pub const OF_GRID: Parent<GridFunds, GridId> = Parent::own(|| grid_fund::Column::GridId.as_column_ref());

impl Noun for GridFunds {
    type Entity = grid_fund::Entity;
    type Model = grid_fund::Model;
    type Id = GridFundId;
    type Where = FundWhere;
    type Order = FundOrder;

    const ID: grid_fund::Column = grid_fund::Column::Id;

    fn id(row: &grid_fund::Model) -> GridFundId {
        row.id
    }

    fn visible_to(actor: &Actor) -> Condition {
        let oversees = |role| {
            use PostRole::{Administrator, Analyst, Auditor, CommunityOfficer, DistrictOfficer, SubdistrictOfficer};
            matches!(role, CommunityOfficer | SubdistrictOfficer | DistrictOfficer | Analyst | Auditor | Administrator)
        };
        let areas: Vec<AreaId> = actor.posts.iter().filter(|post| oversees(post.role)).map(|post| post.area).collect();
        let grids = actor.units::<GridId>(PostRole::GridWorker);
        let mut seen = Condition::any().add(never());
        if !areas.is_empty() {
            seen = seen.add(within_any(grid_fund::Column::AreaId, &areas));
        }
        if !grids.is_empty() {
            seen = seen.add(grid_fund::Column::GridId.is_in(grids));
        }
        seen
    }

    fn matching(fact: &FundWhere) -> Condition {
        use grid_fund::Column as C;
        match fact {
            FundWhere::Id(test) => test.on(C::Id),
            FundWhere::Grid(filter) => Condition::all().add(C::GridId.in_subquery(ids(filter))),
            FundWhere::Year(test) => test.on(C::Year),
            FundWhere::Within(code) => within(C::AreaId, code),
            FundWhere::Closed(true) => C::EndedOn.is_not_null().into(),
            FundWhere::Closed(false) => C::EndedOn.is_null().into(),
        }
    }

    fn order(order: FundOrder) -> OrderBy<Self> {
        match order {
            FundOrder::Year => OrderBy { column: grid_fund::Column::Year, key: |row| Key::Int(row.year.into()) },
        }
    }
}

kept! {
    GridFunds: GridFund;
}

pub struct FundEntries;

pub enum FundEntryWhere {
    Kind(Test),
    Day(Test),
}

#[derive(Clone, Copy)]
pub enum FundEntryOrder {
    Number,
}

pub const ENTRIES: Parent<FundEntries, GridFundId> = Parent::own(|| grid_fund_entry::Column::FundId.as_column_ref());

impl Noun for FundEntries {
    type Entity = grid_fund_entry::Entity;
    type Model = grid_fund_entry::Model;
    type Id = GridFundEntryId;
    type Where = FundEntryWhere;
    type Order = FundEntryOrder;

    const ID: grid_fund_entry::Column = grid_fund_entry::Column::Id;

    fn id(row: &grid_fund_entry::Model) -> GridFundEntryId {
        row.id
    }

    fn visible_to(actor: &Actor) -> Condition {
        if actor.person.is_none() {
            return never();
        }
        let fund = grid_fund::Entity::find()
            .select_only()
            .expr(Expr::val(1))
            .filter(Expr::col(grid_fund::Column::Id.as_column_ref()).equals(grid_fund_entry::Column::FundId.as_column_ref()))
            .filter(GridFunds::visible_to(actor));
        Condition::all().add(Expr::exists(fund.into_query()))
    }

    fn matching(fact: &FundEntryWhere) -> Condition {
        match fact {
            FundEntryWhere::Kind(test) => test.on(grid_fund_entry::Column::Kind),
            FundEntryWhere::Day(test) => test.on(grid_fund_entry::Column::Day),
        }
    }

    fn order(order: FundEntryOrder) -> OrderBy<Self> {
        match order {
            FundEntryOrder::Number => OrderBy { column: grid_fund_entry::Column::Seq, key: |row| Key::Int(row.seq.into()) },
        }
    }
}
