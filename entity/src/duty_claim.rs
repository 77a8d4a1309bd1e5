//! That whoever has reported holds a post, for a time 认领岗位.

use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::{AreaId, DoubleReportId, DutyClaimId, DutyPostId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "duty_claim")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DutyClaimId,
    pub post_id: DutyPostId,
    pub report_id: DoubleReportId,
    /// The post's.
    pub area_id: AreaId,
    pub starts_on: Date,
    /// The last day.
    pub ended_on: Option<Date>,
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
