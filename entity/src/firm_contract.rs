//! A contract of a firm with a complex, from a day to a day 物业服务合同.

use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::{AreaId, ComplexId, FirmContractId, FirmId};

#[derive(Clone, Debug, PartialEq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "firm_contract")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: FirmContractId,
    pub firm_id: FirmId,
    pub complex_id: ComplexId,
    pub starts_on: Date,
    /// The last day; none: open-ended.
    pub ends_on: Option<Date>,
    /// Where the complex lay when it was concluded.
    pub area_id: AreaId,
    /// Why it ended before its last day.
    pub ended_because: Option<String>,
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
