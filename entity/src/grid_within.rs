//! Which grids each grid covers: itself, and the micro-grids 微网格 drawn in it. A view, read only.

use sea_orm::entity::prelude::*;

use crate::GridId;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "grid_within")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub grid_id: GridId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub over_id: GridId,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
