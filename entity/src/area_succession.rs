//! Which area came after which 区划沿革. The first that came after one takes over what belongs to no other.

use sea_orm::entity::prelude::*;

use crate::{AreaId, AreaSuccessionId, AreaSuccessionKind};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel, serde::Serialize)]
#[sea_orm(table_name = "area_succession")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AreaSuccessionId,
    pub from_id: AreaId,
    pub to_id: AreaId,
    pub kind: AreaSuccessionKind,
    /// The first day of the new order.
    pub effective_on: Date,
    /// The decree or document.
    pub document: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
