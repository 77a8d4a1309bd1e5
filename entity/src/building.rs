//! A building of a complex 楼栋.

use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::{BuildingId, ComplexId, GridId};

#[derive(Clone, Debug, PartialEq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "building")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: BuildingId,
    pub complex_id: ComplexId,
    pub grid_id: Option<GridId>,
    pub name: String,
    /// Orders the buildings of a complex, and is not given again.
    pub number: i32,
    pub floors: Option<i32>,
    pub stairwells: Option<i32>,
    pub version: i32,
    /// Its last day; none: it stands.
    pub ended_on: Option<Date>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
