//! A party organisation 党组织 of any kind.

use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::{AreaId, FirmId, PartyBranchId, PartyBranchKind, Provenance};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "party_branch")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PartyBranchId,
    pub area_id: AreaId,
    pub parent_id: Option<PartyBranchId>,
    pub name: String,
    pub kind: PartyBranchKind,
    pub provenance: Provenance,
    /// The firm whose branch it is.
    pub firm_id: Option<FirmId>,
    /// None: not recorded.
    pub established_on: Option<Date>,
    /// The last day.
    pub ended_on: Option<Date>,
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
