//! A seat on a committee, held by a person in one role 委员. Another role is another seat, which follows on the next day. From the seat of who chairs an owners'
//! committee, or is a deputy, a post with the same id follows.

use sea_orm::entity::prelude::*;

use crate::{BuildingId, CommitteeId, CommitteeMemberId, CommitteeRole, CommitteeTermId, PersonId, SeatCapacity, SeatEnd, SeatOrigin};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "committee_member")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CommitteeMemberId,
    pub committee_id: CommitteeId,
    pub term_id: CommitteeTermId,
    pub person_id: PersonId,
    pub role: CommitteeRole,
    pub capacity: SeatCapacity,
    pub origin: SeatOrigin,
    /// Where an owner owns, as declared: there is no register of owners to check it against.
    pub building_id: Option<BuildingId>,
    pub dwelling: Option<String>,
    pub starts_on: Date,
    /// The last day: the term's, unless the seat ended before.
    pub ends_on: Date,
    /// None: it ends with the term.
    pub ended_because: Option<SeatEnd>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
