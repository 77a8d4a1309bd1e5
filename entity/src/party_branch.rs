//! A party organisation 党组织.

use sea_orm::entity::prelude::*;

use crate::{AreaId, PartyBranchId, PartyBranchKind, Provenance};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "party_branch")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PartyBranchId,
    pub area_id: AreaId,
    pub parent_id: Option<PartyBranchId>,
    pub name: String,
    pub kind: PartyBranchKind,
    pub provenance: Provenance,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
