//! A post a person holds for a time 任职.

use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::{AreaId, PersonId, PostId, PostRole};

#[derive(Clone, Debug, PartialEq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "post")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PostId,
    pub person_id: PersonId,
    pub role: PostRole,
    /// The complex, grid, branch, area, department, firm or owners' committee, by role.
    pub unit_id: Uuid,
    /// Where the unit lies.
    pub area_id: AreaId,
    pub starts_on: Date,
    pub ends_on: Option<Date>,
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
