//! Hours of service 服务记录. What was recorded is never changed: it is confirmed, or withdrawn.

use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::{AreaId, DoubleReportId, Hundredths, PersonId, ServiceRecordId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "service_record")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ServiceRecordId,
    pub report_id: DoubleReportId,
    /// The report's.
    pub area_id: AreaId,
    pub day: Date,
    #[serde(serialize_with = "crate::as_text")]
    pub hours: Hundredths,
    pub work: String,
    pub recorded_by: PersonId,
    pub confirmed_by: Option<PersonId>,
    pub confirmed_on: Option<Date>,
    /// The day on which it was withdrawn.
    pub ended_on: Option<Date>,
    pub withdrawn_because: Option<String>,
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
