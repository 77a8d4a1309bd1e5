//! A clock of a case: one deadline, with its history in segments.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    CaseClockId, CaseId, ClockHours, ClockKind, ClockOutcome, ClockState, DeadlinePolicyId, HandlingLevel, PauseReason, SegmentCause,
    WhistleId,
};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "case_clock")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CaseClockId,
    pub case_id: CaseId,
    pub kind: ClockKind,
    /// Whose check-in it waits for.
    pub whistle_id: Option<WhistleId>,
    /// The level that has the time.
    pub level: Option<HandlingLevel>,
    pub policy_id: DeadlinePolicyId,
    pub hours: ClockHours,
    /// Seconds that count, extensions included.
    pub allowed: i64,
    pub warn_percent: i32,
    pub started_at: DateTimeUtc,
    /// While paused: as it was before.
    pub due_at: DateTimeUtc,
    pub warn_at: DateTimeUtc,
    /// Crosses a year whose holidays are not announced yet.
    pub provisional: bool,
    pub state: ClockState,
    pub stopped_at: Option<DateTimeUtc>,
    pub outcome: Option<ClockOutcome>,
    pub warned_at: Option<DateTimeUtc>,
    pub overdue_at: Option<DateTimeUtc>,
    /// When the runner has to look at it.
    pub next_at: Option<DateTimeUtc>,
    pub segments: Segments,
}

/// Oldest first; the last one is the one it is in.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Segments(pub Vec<Segment>);

/// A stretch in which a clock ran or stood still.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    pub cause: SegmentCause,
    pub running: bool,
    pub from: DateTimeUtc,
    pub until: Option<DateTimeUtc>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<PauseReason>,
    /// Which time counted; a policy can change it.
    #[serde(default = "working")]
    pub hours: ClockHours,
    /// As known from here on.
    pub allowed: i64,
    pub due_at: DateTimeUtc,
    /// Microseconds of the clock's time that had gone when it ended, by the calendar of then. Segments that ended before this was kept have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used: Option<i64>,
}

fn working() -> ClockHours {
    ClockHours::Working
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
