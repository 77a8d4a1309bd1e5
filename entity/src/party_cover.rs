//! That an organisation covers a complex, for a time 覆盖小区.

use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::{AreaId, ComplexId, PartyBranchId, PartyCoverId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "party_cover")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PartyCoverId,
    pub branch_id: PartyBranchId,
    pub complex_id: ComplexId,
    /// The organisation's.
    pub area_id: AreaId,
    /// None: from before anybody recorded it.
    pub starts_on: Option<Date>,
    /// The last day.
    pub ended_on: Option<Date>,
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
