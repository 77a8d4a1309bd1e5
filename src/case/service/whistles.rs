//! The whistles 吹哨报到: raise, check in, decline and rule, conclude, withdraw, escalate.

use chrono::{DateTime, Utc};
use entity::{CaseAction, CaseEventKind, CaseId, HandlerKind, PartyBranchId, PostRole, WhistleAction, WhistleId, WhistleStatus, whistle};
use uuid::Uuid;

use super::{
    CaseError,
    file::{Entry, File, NewWhistle, fact},
    once::{Done, Terms, once},
    paths,
    place::{self, Named, Unit},
};
use crate::{
    app::Cx,
    case::{
        model::{self, Denial},
        policy, store,
    },
    department,
    event::Work,
    party,
};

/// Whom to whistle.
#[derive(Clone, Debug)]
pub struct Call {
    pub to: HandlerKind,
    /// None: found from the place, or from the catalogue for departments.
    pub targets: Option<Vec<Named>>,
    /// One of these, or one that has been called before and not finished. None: whoever leads already, else the catalogue's or the first.
    pub lead: Option<Named>,
    pub reason: Option<String>,
}

/// Units called at once, at most.
const MOST: usize = 10;
const CASE: &str = "caseId";
const TARGETS: &str = "targetIds";

pub async fn raise(cx: &Cx, id: CaseId, terms: Terms, call: Call) -> Result<Option<Done>, CaseError> {
    once(cx, terms.key, move |cx, work| Box::pin(raise_in(cx, work, id, terms.expected, call))).await
}

async fn raise_in(cx: &Cx, work: &mut Work, id: CaseId, expected: Option<i32>, call: Call) -> Result<Done, CaseError> {
    let mut file = File::open(cx, work, id, CASE).await?;
    let denied = |denial| CaseError::Denied(denial, CASE);
    policy::may(&file.standing, CaseAction::RaiseWhistle, &file.case).map_err(denied)?;
    file.at_version(expected)?;
    model::next(CaseAction::RaiseWhistle, file.case.status).map_err(denied)?;
    let from = whistler(&file, call.to).await?;
    let (targets, default_lead) = targets(&file, call.to, call.targets).await?;
    let before: Vec<whistle::Model> = file.whistles().await?.into_iter().filter(|w| w.target_kind == call.to).collect();
    let leads = before.iter().find(|w| w.lead && answering(w)).map(called);
    let lead = match call.lead {
        Some(named) => named.unit(file.tx(), "leadId").await?,
        None => leads.unwrap_or(default_lead),
    };
    if !targets.contains(&lead) && !before.iter().any(|w| answering(w) && called(w) == lead) {
        return Err(CaseError::NotFound("leadId"));
    }
    not_called_yet(&mut file, &targets, TARGETS).await?;
    if leads != Some(lead) {
        take_the_lead(&mut file, before, lead);
    }
    let mut whistles = Vec::with_capacity(targets.len());
    for target in targets {
        let new = NewWhistle { from: Some(from), target, lead: target == lead, reason: call.reason.clone() };
        whistles.push(call_one(&mut file, new).await?);
    }
    Ok(Done { whistles, case: file.save().await? })
}

fn called(whistle: &whistle::Model) -> Unit {
    (whistle.target_kind, whistle.target_id)
}

/// Of the units of a kind one leads 主办 at a time and has the case: whoever did so far assists 协办, also where it has yet to come back from a decline or an
/// escalation.
fn take_the_lead(file: &mut File<'_>, before: Vec<whistle::Model>, lead: Unit) {
    for mut whistle in before {
        let comes = whistle.status == WhistleStatus::Escalated || model::is_out(whistle.status, whistle.ruled_at.is_some());
        let leads = answering(&whistle) && called(&whistle) == lead;
        if comes && whistle.lead != leads {
            whistle.lead = leads;
            file.save_whistle(&mut whistle);
        }
    }
    file.hand_to(lead);
}

/// Called, and neither done nor released.
fn answering(whistle: &whistle::Model) -> bool {
    matches!(whistle.status, WhistleStatus::Raised | WhistleStatus::CheckedIn)
}

/// A unit has at most one whistle of a case to answer.
async fn not_called_yet(file: &mut File<'_>, units: &[Unit], field: &'static str) -> Result<(), CaseError> {
    let twice = file.whistles().await?.iter().any(|w| answering(w) && units.contains(&called(w)));
    if twice { Err(CaseError::Denied(Denial::AlreadyCalled, field)) } else { Ok(()) }
}

/// Raises one whistle with its entry.
async fn call_one(file: &mut File<'_>, new: NewWhistle) -> Result<whistle::Model, CaseError> {
    let note = new.reason.clone();
    let whistle = file.call(new).await?;
    file.enter(CaseEventKind::WhistleRaised, Entry { note, whistle: Some(fact(&whistle, None)), ..Entry::default() });
    Ok(whistle)
}

/// The actor's unit that answers for the place and may whistle this kind: from where it stands, or as the one that has the case and passes it on along
/// its path.
async fn whistler(file: &File<'_>, to: HandlerKind) -> Result<Unit, CaseError> {
    let mut stands_here = false;
    for (kind, unit, role) in file.cx.actor.duties() {
        let here = match role {
            PostRole::BranchSecretary => match file.case.complex_id {
                Some(complex) => party::service::covers_in_tx(file.tx(), PartyBranchId(unit), complex, file.cx.clock.today()).await?,
                None => false,
            },
            _ => place::belongs(file.cx, file.tx(), &file.case, (kind, unit)).await?,
        };
        if here && (model::can_whistle(kind, to) || passes_on(file, (kind, unit), to).await?) {
            return Ok((kind, unit));
        }
        stands_here |= here;
    }
    Err(if stands_here { CaseError::Denied(Denial::WrongLevel, "to") } else { CaseError::Denied(Denial::Forbidden, CASE) })
}

/// Whether the case is with this unit, and the next one on its path is of this kind: 物业吹哨、业委会报到, and so on.
async fn passes_on(file: &File<'_>, unit: Unit, to: HandlerKind) -> Result<bool, CaseError> {
    if (file.case.handler_kind, file.case.handler_id) != unit {
        return Ok(false);
    }
    Ok(paths::comes_next(file.cx, file.tx(), &file.case, (unit.0, to)).await?)
}

/// The units to call and who leads. Named ones must answer for the place; what is found leaves the respondent out.
async fn targets(file: &File<'_>, to: HandlerKind, named: Option<Vec<Named>>) -> Result<(Vec<Unit>, Unit), CaseError> {
    let catalogue = match file.case.matter_id {
        Some(matter) if to == HandlerKind::Department => department::service::answering_in_tx(file.cx, file.tx(), matter).await?,
        _ => Vec::new(),
    };
    let lead_of_matter = catalogue.iter().find(|(lead, _)| *lead).map(|(_, id)| (to, Uuid::from(*id)));
    let mut units: Vec<Unit> = Vec::new();
    match named {
        Some(named) => {
            if named.len() > MOST {
                return Err(CaseError::Denied(Denial::TooMany, TARGETS));
            }
            for name in named {
                let unit = name.unit(file.tx(), TARGETS).await?;
                if unit.0 != to || !place::belongs(file.cx, file.tx(), &file.case, unit).await? {
                    return Err(CaseError::Denied(Denial::WrongLevel, TARGETS));
                }
                if place::is_respondent(file.cx, file.tx(), &file.case, unit).await? {
                    return Err(CaseError::Denied(Denial::Respondent, TARGETS));
                }
                if !units.contains(&unit) {
                    units.push(unit);
                }
            }
        }
        None => {
            let found: Vec<Unit> = match to {
                HandlerKind::Department => catalogue.iter().map(|(_, id)| (to, Uuid::from(*id))).collect(),
                _ => place::maybe_unit(file.cx, file.tx(), &file.case, to).await?.map(|id| (to, id)).into_iter().collect(),
            };
            for unit in found {
                if !place::is_respondent(file.cx, file.tx(), &file.case, unit).await? {
                    units.push(unit);
                }
            }
        }
    }
    let lead = lead_of_matter.filter(|lead| units.contains(lead)).or(units.first().copied());
    Ok((units, lead.ok_or(CaseError::Denied(Denial::NoTarget, TARGETS))?))
}

/// What is to be done to one whistle.
#[derive(Clone, Debug)]
pub enum WhistleMove {
    CheckIn { note: Option<String>, on_site_at: Option<DateTime<Utc>> },
    Decline { reason: String },
    Rule { uphold: bool, target: Option<Named>, reason: Option<String> },
    Conclude { result: String },
    Withdraw { reason: Option<String> },
    Escalate { reason: Option<String> },
    Rate { score: i32, comment: Option<String> },
}

impl WhistleMove {
    fn action(&self) -> WhistleAction {
        match self {
            Self::CheckIn { .. } => WhistleAction::CheckIn,
            Self::Decline { .. } => WhistleAction::Decline,
            Self::Rule { .. } => WhistleAction::Rule,
            Self::Conclude { .. } => WhistleAction::Conclude,
            Self::Withdraw { .. } => WhistleAction::Withdraw,
            Self::Escalate { .. } => WhistleAction::Escalate,
            Self::Rate { .. } => WhistleAction::Rate,
        }
    }
}

const WHISTLE: &str = "whistleId";

/// The version in the terms is the whistle's.
pub async fn move_whistle(cx: &Cx, id: WhistleId, terms: Terms, to: WhistleMove) -> Result<Option<Done>, CaseError> {
    once(cx, terms.key, move |cx, work| Box::pin(move_in(cx, work, id, terms.expected, to))).await
}

async fn move_in(cx: &Cx, work: &mut Work, id: WhistleId, expected: Option<i32>, to: WhistleMove) -> Result<Done, CaseError> {
    let found = store::maybe_whistle(&work.tx, &cx.actor, id).await?.ok_or(CaseError::NotFound(WHISTLE))?;
    let mut file = File::open(cx, work, found.case_id, WHISTLE).await?;
    // again, now that the case is locked: it may have moved meanwhile
    let mut whistle = store::maybe_whistle(file.tx(), &cx.actor, id).await?.ok_or(CaseError::NotFound(WHISTLE))?;
    let denied = |denial| CaseError::Denied(denial, WHISTLE);
    let action = to.action();
    policy::may_whistle(&cx.actor, &file.standing, action, &file.case, &whistle).map_err(denied)?;
    if expected.is_some_and(|version| version != whistle.version) {
        return Err(CaseError::Conflict { case: Box::new(file.case), whistle: Some(Box::new(whistle)) });
    }
    let status = model::next_whistle(action, whistle.status, whistle.ruled_at.is_some(), file.case.status).map_err(denied)?;
    let from = std::mem::replace(&mut whistle.status, status);
    match to {
        WhistleMove::CheckIn { note, on_site_at } => check_in(&mut file, &mut whistle, from, note, on_site_at).await?,
        WhistleMove::Decline { reason } => {
            whistle.decline_reason = Some(reason.clone());
            file.save_whistle(&mut whistle);
            enter(&mut file, CaseEventKind::WhistleDeclined, &whistle, from, Some(reason));
        }
        WhistleMove::Rule { uphold, target, reason } => rule(&mut file, &mut whistle, uphold, target, reason).await?,
        WhistleMove::Conclude { result } => {
            whistle.result = Some(result.clone());
            whistle.concluded_at = Some(file.now);
            file.save_whistle(&mut whistle);
            enter(&mut file, CaseEventKind::WhistleConcluded, &whistle, from, Some(result));
        }
        WhistleMove::Withdraw { reason } => {
            file.save_whistle(&mut whistle);
            give_back(&mut file, &whistle).await?;
            enter(&mut file, CaseEventKind::WhistleWithdrawn, &whistle, from, reason);
        }
        WhistleMove::Rate { score, comment } => {
            if whistle.response_score.is_some() {
                return Err(CaseError::Denied(Denial::InvalidState, WHISTLE));
            }
            whistle.response_score = Some(score);
            whistle.response_comment.clone_from(&comment);
            file.save_whistle(&mut whistle);
            let note = comment.map_or_else(|| score.to_string(), |comment| format!("{score}: {comment}"));
            enter(&mut file, CaseEventKind::WhistleRated, &whistle, from, Some(note));
        }
        WhistleMove::Escalate { reason } => escalate(&mut file, &mut whistle, reason).await?,
    }
    Ok(Done { case: file.save().await?, whistles: vec![whistle] })
}

fn enter(file: &mut File<'_>, kind: CaseEventKind, whistle: &whistle::Model, from: WhistleStatus, note: Option<String>) {
    file.enter(kind, Entry { note, whistle: Some(fact(whistle, Some(from))), ..Entry::default() });
}

/// 报到: turning up and taking up the duty. It accepts and starts the case on the way. The unit in the lead has it since it was called, and takes it back from
/// nobody who was given it since.
async fn check_in(
    file: &mut File<'_>,
    whistle: &mut whistle::Model,
    from: WhistleStatus,
    note: Option<String>,
    on_site_at: Option<DateTime<Utc>>,
) -> Result<(), CaseError> {
    if on_site_at.is_some_and(|at| at > file.now || at < whistle.raised_at) {
        return Err(CaseError::Denied(Denial::Mismatch, "onSiteAt"));
    }
    if from == WhistleStatus::Escalated {
        not_called_yet(file, &[called(whistle)], WHISTLE).await?;
    }
    whistle.checked_in_at = Some(file.now);
    whistle.on_site_at = on_site_at;
    file.save_whistle(whistle);
    let was = file.case.status;
    let now = model::after_check_in(was);
    let moved = was != now;
    file.case.status = now;
    let entry =
        Entry { from: moved.then_some(was), to: moved.then_some(now), note, whistle: Some(fact(whistle, Some(from))), ..Entry::default() };
    file.enter(CaseEventKind::WhistleCheckedIn, entry);
    Ok(())
}

/// The level above rules on a declined whistle 退哨裁定: the decline stands, with another unit called if one is named; or the duty stays, with a fresh clock.
async fn rule(
    file: &mut File<'_>,
    whistle: &mut whistle::Model,
    uphold: bool,
    target: Option<Named>,
    reason: Option<String>,
) -> Result<(), CaseError> {
    const TARGET: &str = "targetId";
    if !uphold && target.is_some() {
        return Err(CaseError::Denied(Denial::Mismatch, TARGET));
    }
    whistle.ruling_upheld = Some(uphold);
    whistle.ruling_reason.clone_from(&reason);
    if !uphold {
        not_called_yet(file, &[called(whistle)], WHISTLE).await?;
        // it can be declined again, and ruled on again
        whistle.status = WhistleStatus::Raised;
        whistle.ruled_at = None;
        file.call_within(whistle).await?;
        file.save_whistle(whistle);
        enter(file, CaseEventKind::WhistleRuled, whistle, WhistleStatus::Declined, reason);
        return Ok(());
    }
    whistle.ruled_at = Some(file.now);
    file.save_whistle(whistle);
    enter(file, CaseEventKind::WhistleRuled, whistle, WhistleStatus::Declined, reason.clone());
    let Some(named) = target else { return give_back(file, whistle).await };
    let (units, unit) = targets(file, whistle.target_kind, Some(vec![named])).await.map_err(|error| at(error, TARGET))?;
    not_called_yet(file, &units, TARGET).await?;
    if whistle.lead {
        file.hand_to(unit);
    }
    let from = whistle.from_kind.zip(whistle.from_id);
    call_one(file, NewWhistle { from, target: unit, lead: whistle.lead, reason }).await?;
    Ok(())
}

fn at(error: CaseError, field: &'static str) -> CaseError {
    match error {
        CaseError::NotFound(_) => CaseError::NotFound(field),
        CaseError::Denied(denial, _) => CaseError::Denied(denial, field),
        other => other,
    }
}

/// The unit called is out of it: the case goes back to the whistler, a resident's to the superior of the unit called.
async fn give_back(file: &mut File<'_>, whistle: &whistle::Model) -> Result<(), CaseError> {
    if (file.case.handler_kind, file.case.handler_id) != called(whistle) {
        return Ok(());
    }
    let back = match whistle.from_kind.zip(whistle.from_id) {
        // whoever is complained of by now, or answers for the place no longer, gets nothing back
        Some(unit)
            if place::is_respondent(file.cx, file.tx(), &file.case, unit).await?
                || !place::belongs(file.cx, file.tx(), &file.case, unit).await? =>
        {
            file.maybe_superior(unit).await?
        }
        Some(unit) => Some(unit),
        None if whistle.status == WhistleStatus::Withdrawn => None,
        None => file.maybe_superior(called(whistle)).await?,
    };
    if let Some(unit) = back {
        file.hand_to(unit);
    }
    Ok(())
}

/// Calls the superior of the unit that did not turn up. Several departments that escalate join one whistle to the district. A unit that has the case no longer, since
/// it passed it on or others gave it to somebody else, still has its own duty; the case stays where it is.
pub(super) async fn escalate(file: &mut File<'_>, whistle: &mut whistle::Model, reason: Option<String>) -> Result<(), CaseError> {
    let above = file.maybe_superior(called(whistle)).await?;
    let unit = above.ok_or(CaseError::Denied(Denial::NoSuperior, WHISTLE))?;
    let lead = whistle.lead && (file.case.handler_kind, file.case.handler_id) == called(whistle);
    let standing = file.whistles().await?.into_iter().find(|w| called(w) == unit && answering(w));
    let successor = match &standing {
        Some(joined) if lead && !joined.lead => {
            let mut leading = whistle::Model { lead: true, ..joined.clone() };
            file.save_whistle(&mut leading);
            leading
        }
        Some(joined) => joined.clone(),
        None => {
            let from = whistle.from_kind.zip(whistle.from_id);
            file.call(NewWhistle { from, target: unit, lead, reason: reason.clone() }).await?
        }
    };
    whistle.escalated_to_id = Some(successor.id);
    file.save_whistle(whistle);
    // who assists does not take the case along
    if lead {
        file.hand_to(unit);
    }
    enter(file, CaseEventKind::WhistleEscalated, whistle, WhistleStatus::Raised, reason);
    if standing.is_none() {
        file.enter(CaseEventKind::WhistleRaised, Entry { whistle: Some(fact(&successor, None)), ..Entry::default() });
    }
    Ok(())
}
