//! That a person belongs to a party organisation, for a time 党员组织关系: sensitive personal data.

use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::{AreaId, PartyBranchId, PartyMembershipId, PartyRole, PersonId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "party_membership")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PartyMembershipId,
    pub branch_id: PartyBranchId,
    pub person_id: PersonId,
    /// The organisation's.
    pub area_id: AreaId,
    pub role: PartyRole,
    pub starts_on: Date,
    /// The last day.
    pub ended_on: Option<Date>,
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
