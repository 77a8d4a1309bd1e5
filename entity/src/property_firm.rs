//! A property firm 物业企业.

use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::{AreaId, FirmId, Provenance};

#[derive(Clone, Debug, PartialEq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "property_firm")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: FirmId,
    pub name: String,
    pub district_id: AreaId,
    pub provenance: Provenance,
    pub provenance_note: Option<String>,
    /// 统一社会信用代码.
    pub credit_code: Option<String>,
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
