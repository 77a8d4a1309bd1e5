//! That a person or a unit has reported to a place or an organisation, for a time 双报到.

use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::{AreaId, ComplexId, DepartmentId, DoubleReportId, FirmId, PartyBranchId, PersonId, Provenance};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "double_report")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DoubleReportId,
    /// Either a person, a department, a firm or a unit by its name.
    pub person_id: Option<PersonId>,
    pub department_id: Option<DepartmentId>,
    pub firm_id: Option<FirmId>,
    pub unit_name: Option<String>,
    /// Either an organisation, a complex, or the area alone.
    pub branch_id: Option<PartyBranchId>,
    pub complex_id: Option<ComplexId>,
    pub area_id: AreaId,
    /// What is offered 申报服务项目.
    pub service: Option<String>,
    pub skills: Option<String>,
    pub starts_on: Date,
    /// The last day.
    pub ended_on: Option<Date>,
    pub provenance: Provenance,
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
