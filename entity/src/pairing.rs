//! A department or a leader answers for a community or a complex 部门结对、领导联系.

use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::{AreaId, ComplexId, DepartmentId, PairingId, PairingKind, PersonId, Provenance};

#[derive(Clone, Debug, PartialEq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "pairing")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PairingId,
    pub kind: PairingKind,
    pub department_id: Option<DepartmentId>,
    pub person_id: Option<PersonId>,
    /// The community, or where the complex lies.
    pub area_id: AreaId,
    pub complex_id: Option<ComplexId>,
    /// What is to be done there.
    pub duty: Option<String>,
    pub starts_on: Date,
    pub ends_on: Option<Date>,
    pub provenance: Provenance,
    pub provenance_note: Option<String>,
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
