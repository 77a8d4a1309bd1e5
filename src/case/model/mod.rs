//! The rules of a case and its whistles, as pure code: which move starts where, who is above whom, who can be called from where.

pub mod clock;
pub mod path;

use entity::{CaseAction, CaseStatus, HandlerKind, Hundredths, WhistleAction, WhistleStatus};

/// Why a move is refused. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denial {
    Forbidden,
    /// The case or whistle does not stand where this move starts.
    InvalidState,
    CaseClosed,
    /// The actor, or the unit to be called, is the respondent.
    Respondent,
    /// The closer is the resolver.
    SamePerson,
    OpenWhistles,
    WrongLevel,
    AlreadyCalled,
    AlreadyCheckedIn,
    NotCalled,
    NoTarget,
    NoSuperior,
    /// A place above the district.
    PlaceTooWide,
    /// The matter is not of this category.
    Mismatch,
    /// More units than can be called at once.
    TooMany,
    /// The matter has ended.
    MatterEnded,
    /// More evidence in one case than a person may add.
    TooMuchEvidence,
}

/// Where a move leads: a new status, or none where it stays.
pub fn next(action: CaseAction, from: CaseStatus) -> Result<CaseStatus, Denial> {
    use CaseStatus::{Accepted, Assigned, Closed, InProgress, Merged, Rejected, Reported, Resolved, Withdrawn};
    let to = match (action, from) {
        (CaseAction::Accept, Reported) => Accepted,
        (CaseAction::Reject, Reported) => Rejected,
        (CaseAction::Withdraw, Reported) => Withdrawn,
        (CaseAction::Assign, Accepted | Assigned | InProgress) => Assigned,
        (CaseAction::Start, Reported | Accepted | Assigned) => InProgress,
        (CaseAction::Resolve, Accepted | Assigned | InProgress) => Resolved,
        (CaseAction::Close, Resolved) => Closed,
        (CaseAction::Return, Resolved) => InProgress,
        (CaseAction::Reopen, Closed | Rejected) => Accepted,
        (CaseAction::Merge, from) if from.is_open() => Merged,
        (CaseAction::RaiseWhistle | CaseAction::Classify, from) if from.is_open() => from,
        (CaseAction::Rate, Closed) => Closed,
        (CaseAction::PauseClock | CaseAction::ResumeClock | CaseAction::ExtendDeadline, Reported | Accepted | Assigned | InProgress) => {
            from
        }
        (CaseAction::Supervise, from) if from.is_open() => from,
        (CaseAction::AddNote | CaseAction::AddEvidence, from) => from,
        (CaseAction::RaiseWhistle, _) => return Err(Denial::CaseClosed),
        _ => return Err(Denial::InvalidState),
    };
    Ok(to)
}

/// What the timeline says of a resolution: its words, and the money where there was any.
pub fn resolved(resolution: &str, recovered: Option<Hundredths>, paid: Option<Hundredths>) -> String {
    let sums = [("追回", recovered), ("支付", paid)];
    let sums: Vec<String> = sums.into_iter().filter_map(|(word, sum)| Some(format!("{word} {} 元", sum?))).collect();
    if sums.is_empty() { resolution.to_owned() } else { format!("{resolution}（{}）", sums.join("，")) }
}

/// A check-in starts the work on a case that nobody has started.
pub fn after_check_in(from: CaseStatus) -> CaseStatus {
    match from {
        CaseStatus::Reported | CaseStatus::Accepted | CaseStatus::Assigned => CaseStatus::InProgress,
        other => other,
    }
}

/// Where a move of a whistle leads. `ruled`: the level above has already ruled on its decline.
pub fn next_whistle(action: WhistleAction, from: WhistleStatus, ruled: bool, case: CaseStatus) -> Result<WhistleStatus, Denial> {
    use WhistleStatus::{CheckedIn, Concluded, Declined, Escalated, Raised, Withdrawn};
    if action == WhistleAction::Rate {
        // how they came can be said as long as the file is there
        return if matches!(from, CheckedIn | Concluded) { Ok(from) } else { Err(Denial::InvalidState) };
    }
    if !case.is_open() {
        return Err(Denial::CaseClosed);
    }
    let to = match (action, from) {
        // the first duty stays open: an escalated whistle can still be checked in
        (WhistleAction::CheckIn, Raised | Escalated) => CheckedIn,
        (WhistleAction::CheckIn, CheckedIn | Concluded) => return Err(Denial::AlreadyCheckedIn),
        (WhistleAction::Decline, Raised) => Declined,
        (WhistleAction::Rule, Declined) if !ruled => Declined,
        (WhistleAction::Conclude, CheckedIn) => Concluded,
        // also a duty that is taken up and never done, and a decline that nobody rules on: the case must not wait for ever
        (WhistleAction::Withdraw, Raised | CheckedIn) => Withdrawn,
        (WhistleAction::Withdraw, Declined) if !ruled => Withdrawn,
        (WhistleAction::Escalate, Raised) => Escalated,
        _ => return Err(Denial::InvalidState),
    };
    Ok(to)
}

/// Whether a whistle still keeps its case from being resolved: it must be concluded or released first.
pub fn is_out(status: WhistleStatus, ruled: bool) -> bool {
    match status {
        WhistleStatus::Raised | WhistleStatus::CheckedIn => true,
        WhistleStatus::Declined => !ruled,
        WhistleStatus::Concluded | WhistleStatus::Escalated | WhistleStatus::Withdrawn => false,
    }
}

/// Who is called when a unit does not turn up 逐级升级: its superior. None above the district.
pub fn superior(kind: HandlerKind) -> Option<HandlerKind> {
    match kind {
        HandlerKind::PropertyFirm | HandlerKind::OwnersCommittee | HandlerKind::PartyBranch | HandlerKind::Grid => {
            Some(HandlerKind::Community)
        }
        HandlerKind::Community => Some(HandlerKind::Subdistrict),
        HandlerKind::Subdistrict | HandlerKind::Department => Some(HandlerKind::District),
        HandlerKind::District => None,
    }
}

/// Who can be whistled from where: 网格员吹哨、社区报到; 小区吹哨、部门报到; 社区吹哨、街道或部门报到; 街道吹哨、部门或区报到.
pub fn can_whistle(from: HandlerKind, to: HandlerKind) -> bool {
    match from {
        HandlerKind::Grid => to == HandlerKind::Community,
        HandlerKind::PartyBranch => to == HandlerKind::Department,
        HandlerKind::Community => matches!(to, HandlerKind::Subdistrict | HandlerKind::Department),
        HandlerKind::Subdistrict => matches!(to, HandlerKind::Department | HandlerKind::District),
        HandlerKind::PropertyFirm | HandlerKind::OwnersCommittee | HandlerKind::Department | HandlerKind::District => false,
    }
}

/// Who rules on a declined whistle: the whistler's superior, or the superior of the unit that declined where the whistler's is not above it.
/// A resident's whistle is ruled on by the superior of the unit called.
pub fn ruler(from: Option<HandlerKind>, target: HandlerKind) -> Option<HandlerKind> {
    let above = match from {
        Some(from) => superior(from),
        None => superior(target),
    };
    let area = matches!(target, HandlerKind::Community | HandlerKind::Subdistrict | HandlerKind::District);
    if area && above.is_some_and(|above| above.level() <= target.level()) { superior(target) } else { above }
}
