//! How much time something may take. A change is a new row; clocks name the row they were started by.

use sea_orm::entity::prelude::*;

use crate::{AreaId, CaseCategory, CasePriority, ClockHours, ClockKind, DeadlinePolicyId, HandlingLevel, MatterId, PersonId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "deadline_policy")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DeadlinePolicyId,
    /// None: everywhere.
    pub district_id: Option<AreaId>,
    pub kind: ClockKind,
    pub category: Option<CaseCategory>,
    pub matter_id: Option<MatterId>,
    pub priority: Option<CasePriority>,
    pub level: Option<HandlingLevel>,
    /// Seconds that count.
    pub allowed: i64,
    pub hours: ClockHours,
    pub warn_percent: i32,
    /// Rises by one with each change of the same policy.
    pub version: i32,
    pub made_at: DateTimeUtc,
    pub made_by: Option<PersonId>,
    /// None: in force.
    pub ended_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
