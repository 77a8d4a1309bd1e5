//! A residential complex 小区.

use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::{AreaId, ComplexEnd, ComplexId, ComplexKind, Hundredths, Provenance};

#[derive(Clone, Debug, PartialEq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "complex")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ComplexId,
    pub area_id: AreaId,
    pub name: String,
    pub kind: ComplexKind,
    pub address: Option<String>,
    pub households: Option<i32>,
    /// 0.01 m².
    #[serde(serialize_with = "crate::as_text")]
    pub floor_area: Option<Hundredths>,
    /// Degrees east; both or neither.
    pub longitude: Option<f64>,
    pub latitude: Option<f64>,
    pub provenance: Provenance,
    pub provenance_note: Option<String>,
    pub version: i32,
    /// Its last day; none: it exists.
    pub ended_on: Option<Date>,
    pub ended_because: Option<ComplexEnd>,
    /// What it became part of.
    pub merged_into_id: Option<ComplexId>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
