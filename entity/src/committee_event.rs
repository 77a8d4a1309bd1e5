//! What was done to a committee, by whom and why 委员会事项. Rows are only added.

use sea_orm::entity::prelude::*;

use crate::{CommitteeEventId, CommitteeEventKind, CommitteeId, CommitteeMemberId, PersonId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "committee_event")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CommitteeEventId,
    pub committee_id: CommitteeId,
    /// The version of the committee that it made.
    pub seq: i32,
    pub kind: CommitteeEventKind,
    pub at: DateTimeUtc,
    pub actor_id: PersonId,
    /// The seat that it is about.
    pub member_id: Option<CommitteeMemberId>,
    pub note: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
