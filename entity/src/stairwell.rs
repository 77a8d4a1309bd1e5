//! A stairwell of a building 单元.

use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::{BuildingId, ComplexId, StairwellId};

#[derive(Clone, Debug, PartialEq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "stairwell")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: StairwellId,
    /// The building's.
    pub complex_id: ComplexId,
    pub building_id: BuildingId,
    /// Orders the stairwells of a building.
    pub number: i32,
    pub name: String,
    pub floors: Option<i32>,
    pub version: i32,
    /// Its last day; none: it is there.
    pub ended_on: Option<Date>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
