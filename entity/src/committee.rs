//! A committee of a complex, an area or a party branch 委员会.

use sea_orm::entity::prelude::*;

use crate::{AreaId, CommitteeId, CommitteeKind, ComplexId, PartyBranchId, Provenance};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "committee")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CommitteeId,
    pub kind: CommitteeKind,
    pub name: String,
    /// Where it lies: the complex's or the branch's area, or the area it is for.
    pub area_id: AreaId,
    pub complex_id: Option<ComplexId>,
    pub branch_id: Option<PartyBranchId>,
    pub established_on: Date,
    /// Its last day; none: it exists.
    pub dissolved_on: Option<Date>,
    pub provenance: Provenance,
    pub provenance_note: Option<String>,
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
