//! A building of a complex 楼栋.

use sea_orm::entity::prelude::*;

use crate::{BuildingId, ComplexId, GridId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "building")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: BuildingId,
    pub complex_id: ComplexId,
    pub grid_id: Option<GridId>,
    pub name: String,
    /// Orders the buildings of a complex.
    pub number: i32,
    pub floors: Option<i32>,
    pub stairwells: Option<i32>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
