//! One entry of a case file, never changed 案件时间线.

use sea_orm::entity::prelude::*;

use crate::{CaseEventId, CaseEventKind, CaseId, CaseStatus, PersonId, PostRole, WhistleId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "case_event")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CaseEventId,
    pub case_id: CaseId,
    /// 1, 2, 3 … within its case.
    pub seq: i32,
    pub kind: CaseEventKind,
    pub at: DateTimeUtc,
    pub actor_id: Option<PersonId>,
    pub actor_role: Option<PostRole>,
    pub from_status: Option<CaseStatus>,
    pub to_status: Option<CaseStatus>,
    pub note: Option<String>,
    pub whistle_id: Option<WhistleId>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
