//! An instructor 党建指导员 or first secretary 第一书记 sent to an organisation or a firm, for a time.

use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::{AreaId, FirmId, InstructorKind, PartyBranchId, PartyInstructorId, PersonId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "party_instructor")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PartyInstructorId,
    pub kind: InstructorKind,
    pub person_id: PersonId,
    /// Either this or a firm.
    pub branch_id: Option<PartyBranchId>,
    pub firm_id: Option<FirmId>,
    /// The organisation's, or the firm's district.
    pub area_id: AreaId,
    /// The name of whoever sent them.
    pub sent_by: String,
    pub starts_on: Date,
    /// The last day.
    pub ended_on: Option<Date>,
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
