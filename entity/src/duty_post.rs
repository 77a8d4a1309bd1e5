//! A post that those who have reported can claim 岗位, such as 楼栋长 (设岗定责).

use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::{AreaId, BuildingId, ComplexId, DutyPostId, StairwellId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "duty_post")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DutyPostId,
    pub name: String,
    /// The complex's, or the area it is for.
    pub area_id: AreaId,
    pub complex_id: Option<ComplexId>,
    /// What it is there for.
    pub duties: Option<String>,
    /// How many can hold it at a time.
    pub places: i32,
    /// The last day.
    pub ended_on: Option<Date>,
    pub version: i32,
    /// The building that it is for, of its complex 楼栋长.
    pub building_id: Option<BuildingId>,
    /// The stairwell that it is for, of its building 单元长.
    pub stairwell_id: Option<StairwellId>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
