//! One node of the area tree, province to micro-grid 行政区划.

use sea_orm::entity::prelude::*;

use crate::{AreaId, AreaKind, AreaLevel};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel, serde::Serialize)]
#[sea_orm(table_name = "area")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AreaId,
    pub code: String,
    pub name: String,
    pub level: AreaLevel,
    pub kind: Option<AreaKind>,
    pub parent_id: Option<AreaId>,
    /// The codes from the province down, each followed by a slash: a subtree is one range of this index. What was merged into another area lies below that.
    pub path: String,
    /// Its first day; none: from before it was recorded.
    pub established_on: Option<Date>,
    /// Its last day; none: it exists.
    pub ended_on: Option<Date>,
    /// Into which it was merged: whoever works there answers for its past.
    pub successor_id: Option<AreaId>,
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
