//! A residential complex 小区.

use sea_orm::entity::prelude::*;

use crate::{AreaId, ComplexId, ComplexKind, Hundredths, Provenance};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
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
    pub floor_area: Option<Hundredths>,
    pub provenance: Provenance,
    pub provenance_note: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
