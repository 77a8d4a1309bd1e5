//! An honour that a complex has been given 荣誉.

use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::{ComplexHonourId, ComplexId, Provenance};

#[derive(Clone, Debug, PartialEq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "complex_honour")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ComplexHonourId,
    pub complex_id: ComplexId,
    pub name: String,
    pub awarded_by: String,
    pub awarded_on: Date,
    /// The last day on which the complex had it; none: it has it.
    pub ended_on: Option<Date>,
    pub withdrawn_because: Option<String>,
    pub provenance: Provenance,
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
