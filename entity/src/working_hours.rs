//! A period of a district's own week 区县作息时间. A district has all its periods here, or none and the standard week.

use sea_orm::entity::prelude::*;

use crate::{AreaId, Weekday};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "working_hours")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub area_id: AreaId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub weekday: Weekday,
    /// Minutes after midnight.
    #[sea_orm(primary_key, auto_increment = false)]
    pub opens: i32,
    pub closes: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
