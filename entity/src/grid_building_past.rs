//! A building that a grid covered before 曾覆盖楼栋.

use sea_orm::entity::prelude::*;

use crate::{BuildingId, GridBuildingPastId, GridId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel, serde::Serialize)]
#[sea_orm(table_name = "grid_building_past")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: GridBuildingPastId,
    pub grid_id: GridId,
    pub building_id: BuildingId,
    /// The last day on which it did.
    pub until: Date,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
