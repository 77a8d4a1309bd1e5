//! What one person is told of 消息.

use sea_orm::entity::prelude::*;

use crate::{CaseId, CaseStatus, NotificationId, NotificationKind, PersonId, WhistleId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "notification")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: NotificationId,
    pub person_id: PersonId,
    /// The row of the event log that it tells of; one notification for each person and row.
    pub seq: i64,
    pub case_id: CaseId,
    pub whistle_id: Option<WhistleId>,
    pub kind: NotificationKind,
    /// The status that the case moved to.
    pub status: Option<CaseStatus>,
    pub at: DateTimeUtc,
    pub read_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
