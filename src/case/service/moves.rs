//! The moves of a case, from `acceptCase` to `rateCase`.

use chrono::Duration;
use entity::{
    AttachmentId, CaseAction, CaseCategory, CaseEventKind, CaseId, CasePriority, CaseStatus, ClockKind, EvidenceKind, HandlerKind,
    HandlingLevel, Hundredths, MatterId, PauseReason, case_file,
};

use super::{
    CaseError,
    file::{Entry, File},
    once::{Done, Terms, once},
    pacing::{extend, follow_from, pause, resume, supervise},
    paths,
    place::{self, Named},
    relocate::settle_reopened,
    respondent::{self, Respondent},
};
use crate::{
    app::Cx,
    case::{
        model::{self, Denial},
        policy::{self, Standing},
        store,
    },
    department,
    event::Work,
};

/// What is to be done to one case.
#[derive(Clone, Debug)]
pub enum CaseChange {
    Accept { reason: Option<String> },
    Reject { reason: String },
    Withdraw { reason: Option<String> },
    Classify { category: Option<CaseCategory>, matter: Option<MatterId>, priority: Option<CasePriority>, respondent: Option<Respondent> },
    Assign { handler: Named, note: Option<String> },
    Start { note: Option<String> },
    Resolve { resolution: String, recovered: Option<Hundredths>, paid: Option<Hundredths> },
    Close { verification: String },
    Return { reason: String },
    Reopen { reason: String },
    AddNote { note: String },
    AddEvidence { attachments: Vec<AttachmentId>, kind: EvidenceKind, note: Option<String> },
    Rate { score: i32, comment: Option<String> },
    Supervise { reason: String },
    PauseClock { reason: PauseReason, note: Option<String> },
    ResumeClock { note: Option<String> },
    ExtendDeadline { kind: ClockKind, by: Duration, reason: String },
}

impl CaseChange {
    fn action(&self) -> CaseAction {
        match self {
            Self::Accept { .. } => CaseAction::Accept,
            Self::Reject { .. } => CaseAction::Reject,
            Self::Withdraw { .. } => CaseAction::Withdraw,
            Self::Classify { .. } => CaseAction::Classify,
            Self::Assign { .. } => CaseAction::Assign,
            Self::Start { .. } => CaseAction::Start,
            Self::Resolve { .. } => CaseAction::Resolve,
            Self::Close { .. } => CaseAction::Close,
            Self::Return { .. } => CaseAction::Return,
            Self::Reopen { .. } => CaseAction::Reopen,
            Self::AddNote { .. } => CaseAction::AddNote,
            Self::AddEvidence { .. } => CaseAction::AddEvidence,
            Self::Rate { .. } => CaseAction::Rate,
            Self::Supervise { .. } => CaseAction::Supervise,
            Self::PauseClock { .. } => CaseAction::PauseClock,
            Self::ResumeClock { .. } => CaseAction::ResumeClock,
            Self::ExtendDeadline { .. } => CaseAction::ExtendDeadline,
        }
    }
}

/// None where it was done before, and the actor no longer sees the case.
pub async fn change(cx: &Cx, id: CaseId, terms: Terms, change: CaseChange) -> Result<Option<Done>, CaseError> {
    once(cx, terms.key, move |cx, work| Box::pin(change_in(cx, work, id, terms.expected, change))).await
}

const CASE: &str = "caseId";

async fn change_in(cx: &Cx, work: &mut Work, id: CaseId, expected: Option<i32>, change: CaseChange) -> Result<Done, CaseError> {
    let mut file = File::open(cx, work, id, CASE).await?;
    let action = change.action();
    policy::may(&file.standing, action, &file.case).map_err(|denial| CaseError::Denied(denial, CASE))?;
    file.at_version(expected)?;
    let to = model::next(action, file.case.status).map_err(|denial| CaseError::Denied(denial, CASE))?;
    match change {
        CaseChange::Accept { reason } => file.go(to, CaseEventKind::Accepted, reason),
        CaseChange::Start { note } => file.go(to, CaseEventKind::Started, note),
        CaseChange::Reject { reason } => {
            file.go(to, CaseEventKind::Rejected, Some(reason));
            file.release().await?;
        }
        CaseChange::Withdraw { reason } => {
            file.go(to, CaseEventKind::Withdrawn, reason);
            file.release().await?;
        }
        CaseChange::Classify { category, matter, priority, respondent } => {
            classify(&mut file, category, matter, priority, respondent).await?;
        }
        CaseChange::Assign { handler, note } => assign(&mut file, to, handler, note).await?,
        CaseChange::Resolve { resolution, recovered, paid } => {
            file.nothing_out().await?;
            let note = model::resolved(&resolution, recovered, paid);
            file.case.resolution = Some(resolution);
            (file.case.recovered, file.case.paid) = (recovered, paid);
            file.case.resolved_by = file.me;
            file.case.resolved_at = Some(file.now);
            file.case.settled_level = Some(file.case.level);
            file.go(to, CaseEventKind::Resolved, Some(note));
        }
        CaseChange::Close { verification } => {
            file.case.verification = Some(verification.clone());
            file.case.closed_by = file.me;
            file.case.closed_at = Some(file.now);
            file.go(to, CaseEventKind::Closed, Some(verification));
            file.release().await?;
        }
        CaseChange::Return { reason } => {
            unsettle(&mut file.case);
            file.go(to, CaseEventKind::Returned, Some(reason));
        }
        CaseChange::Reopen { reason } => {
            unsettle(&mut file.case);
            file.case.reopen_count += 1;
            settle_reopened(&mut file).await?;
            file.go(to, CaseEventKind::Reopened, Some(reason));
        }
        CaseChange::AddNote { note } => file.enter(CaseEventKind::Noted, Entry::note(Some(note))),
        CaseChange::AddEvidence { attachments, kind, note } => {
            file.take_in(&attachments, kind).await?;
            file.enter(CaseEventKind::EvidenceAdded, Entry::note(note));
        }
        CaseChange::Supervise { reason } => supervise(&mut file, reason).await?,
        CaseChange::PauseClock { reason, note } => pause(&mut file, reason, note).await?,
        CaseChange::ResumeClock { note } => resume(&mut file, note).await?,
        CaseChange::ExtendDeadline { kind, by, reason } => extend(&mut file, kind, by, reason).await?,
        CaseChange::Rate { score, comment } => {
            if file.case.score.is_some() {
                return Err(CaseError::Denied(Denial::InvalidState, CASE));
            }
            file.case.score = Some(score);
            file.case.comment.clone_from(&comment);
            file.enter(CaseEventKind::Rated, Entry::note(Some(comment.map_or_else(|| score.to_string(), |c| format!("{score}: {c}")))));
        }
    }
    Ok(Done { case: file.save().await?, whistles: Vec::new() })
}

/// What was settled no longer is: it is open again, or a duplicate. The timeline keeps what was said.
fn unsettle(case: &mut case_file::Model) {
    case.settled_level = None;
    case.resolution = None;
    case.recovered = None;
    case.paid = None;
    case.resolved_by = None;
    case.resolved_at = None;
    case.verification = None;
    case.closed_by = None;
    case.closed_at = None;
    case.score = None;
    case.comment = None;
}

async fn classify(
    file: &mut File<'_>,
    category: Option<CaseCategory>,
    matter: Option<MatterId>,
    priority: Option<CasePriority>,
    respondent: Option<Respondent>,
) -> Result<(), CaseError> {
    let category = category.unwrap_or(file.case.category);
    let matter = matter.or(file.case.matter_id.filter(|_| category == file.case.category));
    let mut words = Vec::new();
    if let Some(id) = matter {
        let found = department::service::maybe_matter_in_tx(file.tx(), id).await?;
        let matter = found.filter(|m| m.district_id == file.case.district_id).ok_or(CaseError::NotFound("matterId"))?;
        if matter.category != category {
            return Err(CaseError::Denied(Denial::Mismatch, "matterId"));
        }
        if file.case.matter_id != Some(id) && department::service::is_over(&matter, file.cx.clock.today()) {
            return Err(CaseError::Denied(Denial::MatterEnded, "matterId"));
        }
        words.push(matter.name);
    }
    file.case.category = category;
    file.case.matter_id = matter;
    file.case.priority = priority.unwrap_or(file.case.priority);
    let named = respondent::name(file, respondent).await?;
    if named {
        words.push("指明被投诉方".to_owned());
    }
    let note = (!words.is_empty()).then(|| words.join("; "));
    let (path, _) = paths::holding(file.tx(), &file.case).await?;
    file.case.path_id = path;
    file.time_anew().await?;
    file.enter(CaseEventKind::Classified, Entry::note(note));
    if named { respondent::stand_aside(file).await } else { Ok(()) }
}

/// Down to, or across, the units of the place; a department is dispatched to by the subdistrict or above 街道派单.
async fn assign(file: &mut File<'_>, to: CaseStatus, handler: Named, note: Option<String>) -> Result<(), CaseError> {
    const HANDLER: &str = "handlerId";
    let unit = handler.unit(file.tx(), HANDLER).await?;
    if place::is_respondent(file.cx, file.tx(), &file.case, unit).await? {
        return Err(CaseError::Denied(Denial::Respondent, HANDLER));
    }
    if !place::belongs(file.cx, file.tx(), &file.case, unit).await? || !reaches(&file.standing, &file.case, unit.0) {
        return Err(CaseError::Denied(Denial::WrongLevel, HANDLER));
    }
    file.hand_to(unit);
    file.go(to, CaseEventKind::Assigned, note);
    Ok(())
}

fn reaches(standing: &Standing, case: &case_file::Model, to: HandlerKind) -> bool {
    let from = standing.rank.unwrap_or(case.level);
    match to {
        HandlerKind::Department => standing.rank >= Some(HandlingLevel::Subdistrict),
        _ => to.level() <= from,
    }
}

/// Merges a duplicate into the case that goes on. Both must be open and the actor's to handle. What the duplicate was settled with goes on with neither, its
/// supervision with the one that stays.
pub async fn merge(cx: &Cx, id: CaseId, terms: Terms, into: CaseId, reason: Option<String>) -> Result<Option<Done>, CaseError> {
    once(cx, terms.key, move |cx, work| Box::pin(merge_in(cx, work, (id, terms.expected), into, reason))).await
}

async fn merge_in(
    cx: &Cx,
    work: &mut Work,
    (id, expected): (CaseId, Option<i32>),
    into: CaseId,
    reason: Option<String>,
) -> Result<Done, CaseError> {
    const INTO: &str = "intoCaseId";
    if id == into {
        return Err(CaseError::Denied(Denial::InvalidState, INTO));
    }
    // both rows in one order: two merges the other way round do not wait for each other
    let mut locked = Vec::with_capacity(2);
    for case in [id.min(into), id.max(into)] {
        let field = if case == id { CASE } else { INTO };
        locked.push(store::maybe_lock(&work.tx, &cx.actor, case).await?.ok_or(CaseError::NotFound(field))?);
    }
    if locked[0].id != id {
        locked.reverse();
    }
    for (case, field) in locked.iter().zip([CASE, INTO]) {
        let standing = Standing::of(&cx.actor, case);
        let may = if case.id == id { policy::may(&standing, CaseAction::Merge, case) } else { policy::may_merge_into(&standing, case) };
        may.map_err(|denial| CaseError::Denied(denial, field))?;
        if case.id == id && expected.is_some_and(|version| version != case.version) {
            return Err(CaseError::Conflict { case: Box::new(case.clone()), whistle: None });
        }
        model::next(CaseAction::Merge, case.status).map_err(|denial| CaseError::Denied(denial, field))?;
    }
    if locked[0].district_id != locked[1].district_id {
        return Err(CaseError::Denied(Denial::Mismatch, INTO));
    }
    let (Some(target), Some(duplicate)) = (locked.pop(), locked.pop()) else { return Err(CaseError::NotFound(CASE)) };
    let mut file = File::of(cx, work, duplicate)?;
    unsettle(&mut file.case);
    file.case.merged_into_id = Some(into);
    let note = reason.map_or_else(|| target.number.clone(), |reason| format!("{}: {reason}", target.number));
    file.go(CaseStatus::Merged, CaseEventKind::Merged, Some(note));
    file.release().await?;
    let merged = file.save().await?;
    let mut file = File::of(cx, work, target)?;
    file.enter(CaseEventKind::MergedIn, Entry::note(Some(merged.number.clone())));
    if let Some(level) = merged.supervised_by.filter(|level| file.case.supervised_by < Some(*level)) {
        follow_from(&mut file, level, merged.number.clone()).await?;
    }
    file.save().await?;
    Ok(Done { case: merged, whistles: Vec::new() })
}
