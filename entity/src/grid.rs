//! A working unit of an area of level GRID or MICRO_GRID 网格.

use sea_orm::entity::prelude::*;

use crate::{AreaId, GridId, Provenance};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel, serde::Serialize)]
#[sea_orm(table_name = "grid")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: GridId,
    pub area_id: AreaId,
    pub name: String,
    pub provenance: Provenance,
    /// Its workers do the work of all departments in it 全科网格.
    pub full_function: bool,
    /// Its last day; none: it exists.
    pub ended_on: Option<Date>,
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
