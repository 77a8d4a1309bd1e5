//! One node of the area tree, province to micro-grid 行政区划.

use sea_orm::entity::prelude::*;

use crate::{AreaId, AreaKind, AreaLevel};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "area")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AreaId,
    pub code: String,
    pub name: String,
    pub level: AreaLevel,
    pub kind: Option<AreaKind>,
    pub parent_id: Option<AreaId>,
    /// The codes from the province down, each followed by a slash: a subtree is one range of this index.
    pub path: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
