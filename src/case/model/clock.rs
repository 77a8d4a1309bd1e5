//! A clock 计时 as pure code: how it starts, stands still, goes on and ends, and when somebody has to look at it. Its segments keep why.

use chrono::{DateTime, Duration, Utc};
use entity::{
    CaseCategory, CaseClockId, CaseId, CasePriority, ClockHours, ClockKind, ClockOutcome, ClockState, ClockStatus, HandlingLevel, MatterId,
    PauseReason, SegmentCause, WhistleId,
    case_clock::{Model, Segment, Segments},
    deadline_policy,
};

use crate::calendar::model::WorkingTime;

/// What decides how much time there is.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    pub category: CaseCategory,
    pub matter: Option<MatterId>,
    pub priority: CasePriority,
    /// The level that has the time.
    pub level: HandlingLevel,
}

/// The most exact policy that fits: a district's own before those for everywhere, then by matter, category, priority, level; of equals the latest.
pub fn choose<'p>(policies: &'p [deadline_policy::Model], kind: ClockKind, facts: &Facts) -> Option<&'p deadline_policy::Model> {
    let fits = |policy: &&deadline_policy::Model| {
        policy.kind == kind
            && policy.category.is_none_or(|category| category == facts.category)
            && policy.matter_id.is_none_or(|matter| Some(matter) == facts.matter)
            && policy.priority.is_none_or(|priority| priority == facts.priority)
            && policy.level.is_none_or(|level| level == facts.level)
    };
    let exactness = |policy: &deadline_policy::Model| {
        let named = (policy.matter_id.is_some(), policy.category.is_some(), policy.priority.is_some(), policy.level.is_some());
        (policy.district_id.is_some(), named, policy.made_at, policy.id)
    };
    policies.iter().filter(fits).max_by_key(|policy| exactness(policy))
}

/// The time that counts for a clock.
pub fn time(hours: ClockHours, district: &WorkingTime) -> WorkingTime {
    match hours {
        ClockHours::Working => district.clone(),
        ClockHours::RoundTheClock => WorkingTime::always(),
    }
}

/// Whose clock it is.
#[derive(Clone, Copy, Debug)]
pub struct Of {
    pub case: CaseId,
    pub kind: ClockKind,
    pub whistle: Option<WhistleId>,
    pub level: HandlingLevel,
}

/// A new clock, running.
pub fn start(id: CaseClockId, of: Of, policy: &deadline_policy::Model, district: &WorkingTime, now: DateTime<Utc>) -> Model {
    let mut clock = Model {
        id,
        case_id: of.case,
        kind: of.kind,
        whistle_id: of.whistle,
        level: matches!(of.kind, ClockKind::CheckIn | ClockKind::Resolution).then_some(of.level),
        policy_id: policy.id,
        hours: policy.hours,
        allowed: policy.allowed,
        warn_percent: policy.warn_percent,
        started_at: now,
        due_at: now,
        warn_at: now,
        provisional: false,
        state: ClockState::Running,
        stopped_at: None,
        outcome: None,
        warned_at: None,
        overdue_at: None,
        next_at: None,
        segments: Segments::default(),
    };
    run(&mut clock, SegmentCause::Started, district, now);
    clock
}

/// Begins a segment in which it runs: the deadline follows from what is left.
fn run(clock: &mut Model, cause: SegmentCause, district: &WorkingTime, now: DateTime<Utc>) {
    end(clock, district, now);
    let time = time(clock.hours, district);
    let (used, allowed) = (used(clock, district, now), Duration::seconds(clock.allowed));
    let after = |left: Duration| time.add(now, left.max(Duration::zero()));
    let due = after(allowed - used);
    // what has run out before stays run out
    clock.due_at = if used >= allowed { clock.due_at.min(due.at) } else { due.at };
    clock.warn_at = after(Duration::seconds(warning(clock)) - used).at.min(clock.due_at);
    clock.provisional = due.provisional;
    clock.state = ClockState::Running;
    (clock.stopped_at, clock.outcome) = (None, None);
    if now < clock.warn_at {
        clock.warned_at = None;
    }
    if now < clock.due_at {
        clock.overdue_at = None;
    }
    begin(clock, cause, true, None, now);
    schedule(clock);
}

fn begin(clock: &mut Model, cause: SegmentCause, running: bool, reason: Option<PauseReason>, now: DateTime<Utc>) {
    clock.segments.0.push(Segment {
        cause,
        running,
        from: now,
        until: None,
        reason,
        hours: clock.hours,
        allowed: clock.allowed,
        due_at: clock.due_at,
        used: None,
    });
}

/// Ends the segment it is in: what has gone by now stays gone, whatever the calendar says later.
fn end(clock: &mut Model, district: &WorkingTime, now: DateTime<Utc>) {
    let used = used(clock, district, now).num_microseconds();
    if let Some(last) = clock.segments.0.last_mut().filter(|last| last.until.is_none()) {
        (last.until, last.used) = (Some(now), used);
    }
}

fn warning(clock: &Model) -> i64 {
    clock.allowed * i64::from(clock.warn_percent) / 100
}

/// The runner looks at it when it is to warn, and when it runs out; never again after that.
fn schedule(clock: &mut Model) {
    clock.next_at = match (clock.state, clock.warned_at, clock.overdue_at) {
        (ClockState::Running, None, None) => Some(clock.warn_at),
        (ClockState::Running, Some(_), None) => Some(clock.due_at),
        _ => None,
    };
}

/// How much of its time has gone, each stretch counted in the hours that counted then.
pub fn used(clock: &Model, district: &WorkingTime, now: DateTime<Utc>) -> Duration {
    clock.segments.0.iter().fold(Duration::zero(), |before, segment| gone(clock, segment, before, district, now))
}

/// The same by the end of a segment, or by now in the one it is in. There the deadline stands as it was worked out: what is left is the time until then, though the
/// calendar may have changed meanwhile. A provisional one waits for its calendar, so there what has passed is counted.
fn gone(clock: &Model, segment: &Segment, before: Duration, district: &WorkingTime, now: DateTime<Utc>) -> Duration {
    if let Some(used) = segment.used {
        return Duration::microseconds(used);
    }
    if !segment.running {
        return before;
    }
    let (time, allowed) = (time(segment.hours, district), Duration::seconds(segment.allowed));
    match segment.until {
        None if before < allowed && !clock.provisional => allowed - time.between(now, clock.due_at),
        until => before + time.between(segment.from, until.unwrap_or(now)),
    }
}

/// How much of its time is left; below zero where it has run out.
pub fn remaining(clock: &Model, district: &WorkingTime, now: DateTime<Utc>) -> Duration {
    Duration::seconds(clock.allowed) - used(clock, district, now)
}

pub fn status(clock: &Model, now: DateTime<Utc>) -> ClockStatus {
    match (clock.state, clock.outcome) {
        (ClockState::Paused, _) => ClockStatus::Paused,
        (ClockState::Running, _) if now >= clock.due_at => ClockStatus::Overdue,
        (ClockState::Running, _) if now >= clock.warn_at => ClockStatus::AtRisk,
        (ClockState::Running, _) => ClockStatus::OnTrack,
        (ClockState::Stopped, Some(ClockOutcome::Missed)) => ClockStatus::Missed,
        (ClockState::Stopped, Some(ClockOutcome::Cancelled)) => ClockStatus::Cancelled,
        (ClockState::Stopped, _) => ClockStatus::Met,
    }
}

/// It has run out already: `>=`, since a deadline is the first moment that is too late.
pub fn is_overdue(clock: &Model, now: DateTime<Utc>) -> bool {
    clock.state == ClockState::Running && now >= clock.due_at
}

pub fn pause(clock: &mut Model, reason: PauseReason, district: &WorkingTime, now: DateTime<Utc>) {
    end(clock, district, now);
    clock.state = ClockState::Paused;
    begin(clock, SegmentCause::Paused, false, Some(reason), now);
    schedule(clock);
}

pub fn resume(clock: &mut Model, district: &WorkingTime, now: DateTime<Utc>) {
    run(clock, SegmentCause::Resumed, district, now);
}

/// Runs on after it had stopped: what was used before stays used.
pub fn go_on(clock: &mut Model, district: &WorkingTime, now: DateTime<Utc>) {
    run(clock, SegmentCause::Returned, district, now);
}

/// Gives it so many seconds in all. A paused one stays paused and has them when it goes on.
pub fn allow(clock: &mut Model, seconds: i64, cause: SegmentCause, district: &WorkingTime, now: DateTime<Utc>) {
    clock.allowed = seconds;
    match clock.state {
        ClockState::Running => run(clock, cause, district, now),
        ClockState::Paused => {
            let reason = clock.segments.0.last().and_then(|last| last.reason);
            end(clock, district, now);
            begin(clock, cause, false, reason, now);
        }
        ClockState::Stopped => {}
    }
}

/// Runs it by another policy from now on. What was used stays used, and the time that it was given on top stays given.
pub fn follow(clock: &mut Model, policy: &deadline_policy::Model, district: &WorkingTime, now: DateTime<Utc>) {
    let extension = extended(clock);
    clock.policy_id = policy.id;
    clock.hours = policy.hours;
    clock.warn_percent = policy.warn_percent;
    allow(clock, policy.allowed + extension, SegmentCause::PolicyChanged, district, now);
}

/// The seconds that were given on top of the policy's.
fn extended(clock: &Model) -> i64 {
    let steps = clock.segments.0.windows(2).filter(|step| step[1].cause == SegmentCause::Extended);
    steps.map(|step| step[1].allowed - step[0].allowed).sum()
}

/// Ends it: done in time or late, or cancelled where nothing is waited for any more and it had not run out.
pub fn stop(clock: &mut Model, done: bool, district: &WorkingTime, now: DateTime<Utc>) {
    if clock.state == ClockState::Stopped {
        return;
    }
    // what stands still may have run out before
    let late = is_overdue(clock, now) || (clock.state == ClockState::Paused && remaining(clock, district, now) <= Duration::zero());
    clock.outcome = Some(match (late, done) {
        (true, _) => ClockOutcome::Missed,
        (false, true) => ClockOutcome::Met,
        (false, false) => ClockOutcome::Cancelled,
    });
    end(clock, district, now);
    clock.state = ClockState::Stopped;
    clock.stopped_at = Some(now);
    schedule(clock);
}

/// What the runner has to do about a clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alarm {
    Warn,
    RunOut,
}

/// What is to be done by now; whoever comes too late for the warning does without.
pub fn alarm(clock: &Model, now: DateTime<Utc>) -> Option<Alarm> {
    clock.next_at.filter(|at| *at <= now).map(|_| if now >= clock.due_at { Alarm::RunOut } else { Alarm::Warn })
}

pub fn warned(clock: &mut Model, now: DateTime<Utc>) {
    clock.warned_at = Some(now);
    schedule(clock);
}

pub fn ran_out(clock: &mut Model, now: DateTime<Utc>) {
    clock.overdue_at = Some(now);
    schedule(clock);
}
