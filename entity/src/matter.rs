//! A matter of the district's catalogue 行政执法清单事项.

use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::{AreaId, CaseCategory, MatterId, Provenance};

#[derive(Clone, Debug, PartialEq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "matter")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MatterId,
    pub district_id: AreaId,
    pub code: String,
    pub name: String,
    pub category: CaseCategory,
    pub legal_basis: Option<String>,
    pub provenance: Provenance,
    /// The last day on which cases took it.
    pub ended_on: Option<Date>,
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
