//! A department of a district 职能部门.

use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::{AreaId, DepartmentId, Provenance};

#[derive(Clone, Debug, PartialEq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "department")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DepartmentId,
    pub district_id: AreaId,
    pub name: String,
    pub provenance: Provenance,
    /// The last day of its existence.
    pub ended_on: Option<Date>,
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
