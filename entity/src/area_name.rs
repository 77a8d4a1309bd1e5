//! A name that an area had 曾用名.

use sea_orm::entity::prelude::*;

use crate::{AreaId, AreaNameId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel, serde::Serialize)]
#[sea_orm(table_name = "area_name")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AreaNameId,
    pub area_id: AreaId,
    pub name: String,
    /// The last day on which it was so called.
    pub until: Date,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
