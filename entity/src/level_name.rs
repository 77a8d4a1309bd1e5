//! What a district calls one of the levels, and its saying about it 层级名称.

use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::{AreaId, HandlingLevel, LevelNameId};

#[derive(Clone, Debug, PartialEq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "level_name")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: LevelNameId,
    pub district_id: AreaId,
    pub level: HandlingLevel,
    pub name: String,
    pub motto: Option<String>,
    /// The day on which the district went back to the general word.
    pub ended_on: Option<Date>,
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
