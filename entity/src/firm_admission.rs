//! A firm is admitted to a district, and leaves it 物业企业准入、退出.

use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::{AreaId, FirmAdmissionId, FirmId, Provenance};

#[derive(Clone, Debug, PartialEq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "firm_admission")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: FirmAdmissionId,
    pub firm_id: FirmId,
    pub district_id: AreaId,
    pub admitted_on: Date,
    /// The document or record on which it was admitted.
    pub basis: String,
    /// Its last day; none: it is admitted.
    pub left_on: Option<Date>,
    pub left_because: Option<String>,
    pub provenance: Provenance,
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
