//! What a district calls one of the classes of problem, and its saying about it 问题类别名称.

use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::{AreaId, CaseCategory, CategoryNameId};

#[derive(Clone, Debug, PartialEq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "category_name")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CategoryNameId,
    pub district_id: AreaId,
    pub category: CaseCategory,
    pub name: String,
    pub motto: Option<String>,
    /// The day on which the district went back to the general word.
    pub ended_on: Option<Date>,
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
