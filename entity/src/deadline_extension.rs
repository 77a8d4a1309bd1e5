//! A request for more time 延期申请, and the ruling on it.

use sea_orm::entity::prelude::*;

use crate::{CaseClockId, CaseId, DeadlineExtensionId, HandlingLevel, PersonId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "deadline_extension")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DeadlineExtensionId,
    pub case_id: CaseId,
    pub clock_id: CaseClockId,
    /// Seconds more.
    pub seconds: i64,
    pub reason: String,
    pub asked_by: PersonId,
    pub asked_at: DateTimeUtc,
    /// Whoever rules stands above this level.
    pub level: HandlingLevel,
    pub granted: Option<bool>,
    pub ruled_by: Option<PersonId>,
    pub ruled_at: Option<DateTimeUtc>,
    pub ruling_reason: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
