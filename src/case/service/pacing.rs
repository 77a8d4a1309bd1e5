//! How people handle the time of a case: supervise it 督办, let its clocks stand still and go on, give it more time 延期.

use chrono::Duration;
use entity::{
    CaseEventKind, ClockKind, ClockState, DeadlineExtensionId, HandlingLevel, PauseReason, SegmentCause, case_clock, deadline_extension,
};

use super::{
    CaseError,
    clocks::active,
    file::{Entry, File},
    once::{Done, Terms, once},
};
use crate::{
    app::Cx,
    case::{
        model::{Denial, clock},
        policy::outranks,
        store,
    },
    event::Work,
};

const CASE: &str = "caseId";
const KIND: &str = "kind";
const EXTENSION: &str = "extensionId";

/// A higher level has it followed until it is closed. One above the supervisor may take over.
pub(super) async fn supervise(file: &mut File<'_>, reason: String) -> Result<(), CaseError> {
    let level = file.standing.rank.ok_or(CaseError::Denied(Denial::Forbidden, CASE))?;
    if file.case.supervised_by.is_some_and(|supervisor| supervisor >= level) {
        return Err(CaseError::Denied(Denial::InvalidState, CASE));
    }
    follow_from(file, level, reason).await
}

/// From now on this level follows it, with a clock of its own.
pub(super) async fn follow_from(file: &mut File<'_>, level: HandlingLevel, reason: String) -> Result<(), CaseError> {
    file.case.supervised_by = Some(level);
    file.all_clocks().await?;
    let (time, now) = (file.time().await?, file.now);
    let supervision = |clock: &case_clock::Model| active(clock) && clock.kind == ClockKind::Supervision;
    file.clocks.change(supervision, |clock| clock::stop(clock, false, &time, now));
    file.start_clock(ClockKind::Supervision, None, level).await?;
    file.enter(CaseEventKind::Supervised, Entry::note(Some(reason)));
    Ok(())
}

fn of_work(clock: &case_clock::Model) -> bool {
    matches!(clock.kind, ClockKind::Case | ClockKind::Resolution)
}

/// Whistles go on: turning up waits for nobody's vote.
pub(super) async fn pause(file: &mut File<'_>, reason: PauseReason, note: Option<String>) -> Result<(), CaseError> {
    let (time, now) = (file.time().await?, file.now);
    file.all_clocks().await?;
    let running = |clock: &case_clock::Model| of_work(clock) && clock.state == ClockState::Running;
    if file.clocks.change(running, |clock| clock::pause(clock, reason, &time, now)) == 0 {
        return Err(CaseError::Denied(Denial::InvalidState, CASE));
    }
    file.enter(CaseEventKind::ClockPaused, Entry::note(note));
    Ok(())
}

pub(super) async fn resume(file: &mut File<'_>, note: Option<String>) -> Result<(), CaseError> {
    let (rules, now) = (file.rules().await?, file.now);
    file.all_clocks().await?;
    let paused = |clock: &case_clock::Model| of_work(clock) && clock.state == ClockState::Paused;
    if file.clocks.change(paused, |clock| clock::resume(clock, &rules.time, now)) == 0 {
        return Err(CaseError::Denied(Denial::InvalidState, CASE));
    }
    file.enter(CaseEventKind::ClockResumed, Entry::note(note));
    Ok(())
}

/// Asks for more time. Whoever stands above the level that has the case gives it at once; everybody else waits for them.
pub(super) async fn extend(file: &mut File<'_>, kind: ClockKind, by: Duration, reason: String) -> Result<(), CaseError> {
    if !matches!(kind, ClockKind::Case | ClockKind::Resolution) {
        return Err(CaseError::Denied(Denial::Mismatch, KIND));
    }
    let found = file.all_clocks().await?.iter().find(|clock| active(clock) && clock.kind == kind).map(|clock| clock.id);
    let clock = found.ok_or(CaseError::Denied(Denial::InvalidState, KIND))?;
    if store::has_open_extension(file.tx(), clock).await? {
        return Err(CaseError::Denied(Denial::InvalidState, CASE));
    }
    let (level, me) = (file.case.level, file.me.ok_or(CaseError::Anonymous)?);
    let extension = deadline_extension::Model {
        id: file.cx.clock.new_id(),
        case_id: file.case.id,
        clock_id: clock,
        seconds: by.num_seconds(),
        reason: reason.clone(),
        asked_by: me,
        asked_at: file.now,
        level,
        granted: None,
        ruled_by: None,
        ruled_at: None,
        ruling_reason: None,
    };
    if outranks(&file.standing, level) {
        let granted = deadline_extension::Model { granted: Some(true), ruled_by: Some(me), ruled_at: Some(file.now), ..extension };
        store::insert_extension(file.tx(), &granted).await?;
        return grant(file, &granted, Some(reason)).await;
    }
    store::insert_extension(file.tx(), &extension).await?;
    file.enter(CaseEventKind::ExtensionRequested, Entry::note(Some(reason)));
    Ok(())
}

async fn grant(file: &mut File<'_>, extension: &deadline_extension::Model, note: Option<String>) -> Result<(), CaseError> {
    let (rules, now) = (file.rules().await?, file.now);
    file.all_clocks().await?;
    let meant = |clock: &case_clock::Model| clock.id == extension.clock_id && active(clock);
    let extended = file.clocks.change(meant, |clock| {
        clock::allow(clock, clock.allowed + extension.seconds, SegmentCause::Extended, &rules.time, now);
    });
    if extended == 0 {
        return Err(CaseError::Denied(Denial::InvalidState, EXTENSION));
    }
    file.enter(CaseEventKind::ExtensionGranted, Entry::note(note));
    Ok(())
}

/// The level above gives the time or does not. The version in the terms is the case's.
pub async fn rule_on_extension(
    cx: &Cx,
    id: DeadlineExtensionId,
    terms: Terms,
    approve: bool,
    reason: Option<String>,
) -> Result<Option<Done>, CaseError> {
    once(cx, terms.key, move |cx, work| Box::pin(rule_in(cx, work, id, terms.expected, approve, reason))).await
}

async fn rule_in(
    cx: &Cx,
    work: &mut Work,
    id: DeadlineExtensionId,
    expected: Option<i32>,
    approve: bool,
    reason: Option<String>,
) -> Result<Done, CaseError> {
    let found = store::maybe_extension(&work.tx, id).await?.ok_or(CaseError::NotFound(EXTENSION))?;
    let mut file = File::open(cx, work, found.case_id, EXTENSION).await?;
    // again, now that the case is locked
    let extension = store::maybe_extension(file.tx(), id).await?.ok_or(CaseError::NotFound(EXTENSION))?;
    if file.standing.respondent {
        return Err(CaseError::Denied(Denial::Respondent, EXTENSION));
    }
    // the case may have come up since
    if !outranks(&file.standing, extension.level.max(file.case.level)) {
        return Err(CaseError::Denied(Denial::Forbidden, EXTENSION));
    }
    file.at_version(expected)?;
    if extension.granted.is_some() {
        return Err(CaseError::Denied(Denial::InvalidState, EXTENSION));
    }
    let ruled = deadline_extension::Model {
        granted: Some(approve),
        ruled_by: file.me,
        ruled_at: Some(file.now),
        ruling_reason: reason.clone(),
        ..extension
    };
    store::save_extension(file.tx(), &ruled).await?;
    if approve {
        grant(&mut file, &ruled, reason).await?;
    } else {
        file.enter(CaseEventKind::ExtensionRefused, Entry::note(reason));
    }
    Ok(Done { case: file.save().await?, whistles: Vec::new() })
}
