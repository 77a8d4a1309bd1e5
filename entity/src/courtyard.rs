//! A courtyard of a complex 院子.

use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::{ComplexId, CourtyardId, Provenance};

#[derive(Clone, Debug, PartialEq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "courtyard")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CourtyardId,
    pub complex_id: ComplexId,
    pub name: String,
    pub households: Option<i32>,
    pub provenance: Provenance,
    pub version: i32,
    /// Its last day; none: it is there.
    pub ended_on: Option<Date>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
