//! Party organisations are seen by whoever is signed in.

use entity::{PartyBranchId, party_branch, party_branch_complex};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait, sea_query::SelectStatement};

use crate::{
    area::scope::within,
    auth::Actor,
    db::{
        filter::Test,
        noun::{Noun, OrderBy, Parent, signed_in},
        page::Key,
    },
};

pub struct Branches;

pub enum BranchWhere {
    Id(Test),
    Name(Test),
    Kind(Test),
    Within(String),
}

#[derive(Clone, Copy)]
pub enum BranchOrder {
    Name,
}

pub const BELOW: Parent<Branches, PartyBranchId> = Parent::own(|| party_branch::Column::ParentId.as_column_ref());

impl Noun for Branches {
    type Entity = party_branch::Entity;
    type Model = party_branch::Model;
    type Id = PartyBranchId;
    type Where = BranchWhere;
    type Order = BranchOrder;

    const ID: party_branch::Column = party_branch::Column::Id;

    fn id(row: &party_branch::Model) -> PartyBranchId {
        row.id
    }

    fn visible_to(actor: &Actor) -> Condition {
        signed_in(actor)
    }

    fn matching(fact: &BranchWhere) -> Condition {
        match fact {
            BranchWhere::Id(test) => test.on(party_branch::Column::Id),
            BranchWhere::Name(test) => test.on(party_branch::Column::Name),
            BranchWhere::Kind(test) => test.on(party_branch::Column::Kind),
            BranchWhere::Within(code) => within(party_branch::Column::AreaId, code),
        }
    }

    fn order(order: BranchOrder) -> OrderBy<Self> {
        match order {
            BranchOrder::Name => OrderBy { column: party_branch::Column::Name, key: |row| Key::Text(row.name.clone()) },
        }
    }
}

/// The ids of the complexes that these branches cover.
pub fn complexes_of(branches: Vec<PartyBranchId>) -> SelectStatement {
    party_branch_complex::Entity::find()
        .select_only()
        .column(party_branch_complex::Column::ComplexId)
        .filter(party_branch_complex::Column::BranchId.is_in(branches))
        .into_query()
}
