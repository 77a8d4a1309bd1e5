//! The clocks of the files, worked out from their entries. They stand still: what waits in the demonstration would otherwise have escalated
//! before anybody saw it, since its time is over. What is done to a case afterwards starts clocks that run.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use entity::{
    CaseClockId, CaseEventKind, CaseStatus, ClockHours, ClockKind, DeadlinePolicyId, case_clock, case_event, case_file, deadline_policy,
    whistle,
};

use super::dice::{day_of, moment};
use crate::{
    calendar::model::WorkingTime,
    case::model::clock::{self, Of},
};

static TIME: LazyLock<WorkingTime> = LazyLock::new(WorkingTime::standard);

/// The seconds of a working day.
pub const WORKING_DAY: i64 = 7 * 3600;

/// As every database has it from its first migration: one working day to check in, fifteen in all.
fn policy(kind: ClockKind) -> deadline_policy::Model {
    deadline_policy::Model {
        id: DeadlinePolicyId::standard(kind),
        district_id: None,
        kind,
        category: None,
        matter_id: None,
        priority: None,
        level: None,
        allowed: if kind == ClockKind::CheckIn { WORKING_DAY } else { 15 * WORKING_DAY },
        hours: ClockHours::Working,
        warn_percent: 75,
        version: 1,
        made_at: DateTime::UNIX_EPOCH,
        made_by: None,
        ended_at: None,
    }
}

/// By when a unit that is called at this time has to check in.
pub fn check_in_due(at: DateTime<Utc>) -> DateTime<Utc> {
    TIME.add(at, chrono::Duration::seconds(policy(ClockKind::CheckIn).allowed)).at
}

/// The seconds of working time that are left of the day.
pub fn left_today(now: DateTime<Utc>) -> i64 {
    TIME.between(now, moment(day_of(now), 24 * 3_600)).num_seconds()
}

pub fn of_file(case: &case_file::Model, whistles: &[whistle::Model], events: &[case_event::Model]) -> Vec<case_clock::Model> {
    let mut clocks = vec![of_case(case, events)];
    clocks.extend(whistles.iter().map(|whistle| of_whistle(case, whistle, events)));
    for clock in &mut clocks {
        clock.next_at = None;
    }
    clocks
}

fn of_case(case: &case_file::Model, events: &[case_event::Model]) -> case_clock::Model {
    let of = Of { case: case.id, kind: ClockKind::Case, whistle: None, level: case.level };
    let mut clock = clock::start(CaseClockId(case.id.0), of, &policy(ClockKind::Case), &TIME, case.reported_at);
    let ends = |event: &&case_event::Model| {
        matches!(event.to_status, Some(CaseStatus::Resolved | CaseStatus::Rejected | CaseStatus::Withdrawn | CaseStatus::Merged))
    };
    if let Some(end) = events.iter().rev().find(ends).filter(|_| !matches!(case.status, CaseStatus::Accepted | CaseStatus::InProgress)) {
        clock::stop(&mut clock, end.to_status == Some(CaseStatus::Resolved), &TIME, end.at);
    }
    clock
}

fn of_whistle(case: &case_file::Model, whistle: &whistle::Model, events: &[case_event::Model]) -> case_clock::Model {
    let of = Of { case: case.id, kind: ClockKind::CheckIn, whistle: Some(whistle.id), level: whistle.target_kind.level() };
    let mut clock = clock::start(CaseClockId(whistle.id.0), of, &policy(ClockKind::CheckIn), &TIME, whistle.raised_at);
    let answers = |event: &&case_event::Model| {
        event.whistle_id == Some(whistle.id) && !matches!(event.kind, CaseEventKind::Reported | CaseEventKind::WhistleRaised)
    };
    if let Some(answer) = events.iter().find(answers) {
        let done = matches!(answer.kind, CaseEventKind::WhistleCheckedIn | CaseEventKind::WhistleDeclined);
        clock::stop(&mut clock, done, &TIME, answer.at);
    }
    clock
}
