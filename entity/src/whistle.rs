//! A whistle 哨单: one call to one unit.

use sea_orm::entity::prelude::*;

use crate::{CaseId, HandlerKind, PersonId, WhistleId, WhistleStatus};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "whistle")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: WhistleId,
    pub case_id: CaseId,
    /// None: a resident.
    pub from_kind: Option<HandlerKind>,
    pub from_id: Option<Uuid>,
    pub raised_by: Option<PersonId>,
    pub target_kind: HandlerKind,
    pub target_id: Uuid,
    pub lead: bool,
    pub reason: Option<String>,
    pub status: WhistleStatus,
    pub raised_at: DateTimeUtc,
    pub check_in_due_at: DateTimeUtc,
    pub checked_in_at: Option<DateTimeUtc>,
    pub on_site_at: Option<DateTimeUtc>,
    pub decline_reason: Option<String>,
    pub ruled_at: Option<DateTimeUtc>,
    pub ruling_upheld: Option<bool>,
    pub ruling_reason: Option<String>,
    pub concluded_at: Option<DateTimeUtc>,
    pub result: Option<String>,
    pub escalated_to_id: Option<WhistleId>,
    pub version: i32,
    /// How the unit called came, as the whistler rates it: 1 to 5.
    pub response_score: Option<i32>,
    pub response_comment: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
