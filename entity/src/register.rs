//! A named register of cases 台账.

use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::{AreaId, Provenance, RegisterId};

#[derive(Clone, Debug, PartialEq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "register")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RegisterId,
    pub area_id: AreaId,
    pub name: String,
    pub provenance: Provenance,
    pub provenance_note: Option<String>,
    pub version: i32,
    /// The last day on which cases were entered.
    pub ended_on: Option<Date>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
