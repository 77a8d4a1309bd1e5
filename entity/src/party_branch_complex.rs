//! Which complexes an organisation covers 覆盖小区.

use sea_orm::entity::prelude::*;

use crate::{ComplexId, PartyBranchId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "party_branch_complex")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub branch_id: PartyBranchId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub complex_id: ComplexId,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
