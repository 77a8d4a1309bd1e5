//! A part of a building that somebody owns 专有部分: a flat, a shop, a parking space.

use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::{BuildingId, ComplexId, DwellingId, DwellingUse, FloorAreaSource, Hundredths, Provenance, StairwellId};

#[derive(Clone, Debug, PartialEq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "dwelling")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DwellingId,
    /// The building's.
    pub complex_id: ComplexId,
    pub building_id: BuildingId,
    pub stairwell_id: Option<StairwellId>,
    /// Such as 3-1-502.
    pub number: String,
    pub used_as: DwellingUse,
    /// 0.01 m².
    #[serde(serialize_with = "crate::as_text")]
    pub floor_area: Option<Hundredths>,
    /// None where there is no area.
    pub area_source: Option<FloorAreaSource>,
    pub provenance: Provenance,
    pub version: i32,
    /// Its last day; none: it is there.
    pub ended_on: Option<Date>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
