//! Who may do what to a case, as pure code. Everything follows from the actor's posts and the row of the case.

use entity::{AreaId, CaseAction, GridId, HandlerKind, HandlingLevel, PostRole, WhistleAction, WhistleStatus, case_file, whistle};
use uuid::Uuid;

use super::model::{Denial, can_whistle, ruler, superior};
use crate::auth::Actor;

/// How the actor stands to a case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    pub reporter: bool,
    /// The actor is the respondent, or works for the respondent.
    pub respondent: bool,
    /// Works for the unit that handles it.
    pub handles: bool,
    /// The highest level at which the actor answers for the place of the case.
    pub rank: Option<HandlingLevel>,
    /// Holds a post that can be called at all.
    pub on_duty: bool,
    pub resolved_it: bool,
}

impl Standing {
    pub fn of(actor: &Actor, case: &case_file::Model) -> Self {
        let mine = |id: Uuid| actor.posts.iter().any(|post| post.role != PostRole::Resident && post.unit == id);
        let respondent = match (case.respondent_kind, case.respondent_id) {
            (Some(_), Some(unit)) => mine(unit),
            (None, Some(person)) => actor.person.is_some_and(|me| me.0 == person),
            _ => false,
        };
        Self {
            reporter: case.reporter_id.is_some() && case.reporter_id == actor.person,
            respondent,
            handles: actor.duties().any(|(kind, unit, _)| kind == case.handler_kind && unit == case.handler_id),
            rank: rank(actor, case),
            on_duty: actor.duties().next().is_some(),
            resolved_it: case.resolved_by.is_some() && case.resolved_by == actor.person,
        }
    }

    fn answers_for(&self, level: HandlingLevel) -> bool {
        self.handles || self.rank.is_some_and(|rank| rank >= level)
    }
}

fn rank(actor: &Actor, case: &case_file::Model) -> Option<HandlingLevel> {
    let level = |role, unit: Uuid| match role {
        PostRole::GridWorker if case.grid_id == Some(GridId(unit)) => Some(HandlingLevel::Grid),
        PostRole::CommunityOfficer if case.community_id == Some(AreaId(unit)) => Some(HandlingLevel::Community),
        PostRole::SubdistrictOfficer if case.subdistrict_id == Some(AreaId(unit)) => Some(HandlingLevel::Subdistrict),
        PostRole::DistrictOfficer if case.district_id == AreaId(unit) => Some(HandlingLevel::District),
        _ => None,
    };
    actor.posts.iter().filter_map(|post| level(post.role, post.unit)).max()
}

/// Whether the actor may do this to the case, its status aside.
pub fn may(standing: &Standing, action: CaseAction, case: &case_file::Model) -> Result<(), Denial> {
    if standing.respondent {
        return Err(Denial::Respondent);
    }
    let allowed = match action {
        CaseAction::Withdraw | CaseAction::Rate => standing.reporter,
        CaseAction::Accept | CaseAction::Classify | CaseAction::Assign | CaseAction::Start | CaseAction::Resolve => {
            standing.answers_for(case.level)
        }
        // what is supervised, by its supervisor
        CaseAction::Reject | CaseAction::Merge => standing.rank >= Some(case.level) && standing.rank >= supervisor(case),
        CaseAction::Close | CaseAction::Return => standing.rank >= Some(verifier(case)) && standing.rank >= supervisor(case),
        CaseAction::Supervise => outranks(standing, case.level),
        CaseAction::PauseClock | CaseAction::ResumeClock | CaseAction::ExtendDeadline => standing.answers_for(case.level),
        CaseAction::Reopen => standing.reporter || standing.rank.is_some_and(|rank| rank >= HandlingLevel::Community),
        CaseAction::AddNote | CaseAction::AddEvidence => standing.reporter || standing.on_duty,
        // a branch stands for its complexes, which only the database knows: the service looks it up
        CaseAction::RaiseWhistle => standing.rank.is_some() || standing.on_duty,
    };
    if !allowed {
        return Err(Denial::Forbidden);
    }
    // a duplicate that ends is not verified any more
    if matches!(action, CaseAction::Close | CaseAction::Return | CaseAction::Merge) && standing.resolved_it {
        return Err(Denial::SamePerson);
    }
    Ok(())
}

/// Whether the actor may merge a duplicate into the case: it goes on, supervised or not.
pub fn may_merge_into(standing: &Standing, case: &case_file::Model) -> Result<(), Denial> {
    if standing.respondent {
        return Err(Denial::Respondent);
    }
    if standing.rank >= Some(case.level) { Ok(()) } else { Err(Denial::Forbidden) }
}

/// Whether the actor may enter the report of somebody else: as an officer of its place, who sees what becomes of it, and never as the respondent, who would learn who complained.
pub fn may_take_in(standing: &Standing) -> Result<(), Denial> {
    match standing {
        Standing { rank: None, .. } => Err(Denial::Forbidden),
        Standing { respondent: true, .. } => Err(Denial::Respondent),
        _ => Ok(()),
    }
}

/// Whether there is anybody whom the actor may whistle about the case. `passes_on`: a unit of theirs has it, and its path goes on.
pub fn may_whistle_somebody(actor: &Actor, case: &case_file::Model, passes_on: bool) -> Result<(), Denial> {
    let stands_here = |kind, unit: Uuid| match kind {
        HandlerKind::Grid => case.grid_id == Some(GridId(unit)),
        HandlerKind::Community => case.community_id == Some(AreaId(unit)),
        HandlerKind::Subdistrict => case.subdistrict_id == Some(AreaId(unit)),
        HandlerKind::District => case.district_id == AreaId(unit),
        // whom these stand for only the database knows; who sees the case is taken to stand there
        HandlerKind::PartyBranch | HandlerKind::PropertyFirm | HandlerKind::OwnersCommittee | HandlerKind::Department => true,
    };
    let whistles = |kind| HandlerKind::ALL.iter().any(|to| can_whistle(kind, *to));
    let here: Vec<HandlerKind> = actor.duties().filter(|(kind, unit, _)| stands_here(*kind, *unit)).map(|(kind, ..)| kind).collect();
    if passes_on || here.iter().any(|kind| whistles(*kind)) {
        return Ok(());
    }
    Err(if here.is_empty() { Denial::Forbidden } else { Denial::WrongLevel })
}

/// Stands above a level. The district has nobody above it.
pub fn outranks(standing: &Standing, level: HandlingLevel) -> bool {
    standing.rank.is_some_and(|rank| rank > level || rank == HandlingLevel::District)
}

/// The level that must have its say when a case ends: above a supervisor that is complained of comes the next, but above the district nobody.
fn supervisor(case: &case_file::Model) -> Option<HandlingLevel> {
    case.supervised_by.filter(|level| *level < HandlingLevel::District || !is_about_district(case))
}

/// The case complains about the district in which it lies.
fn is_about_district(case: &case_file::Model) -> bool {
    (case.respondent_kind, case.respondent_id) == (Some(HandlerKind::District), Some(case.district_id.0))
}

/// Whether somebody could rule on a decline, or whoever blew the whistle take it back afterwards, which a resident cannot. What the place lacks rules on nothing.
pub fn can_be_declined(case: &case_file::Model, whistle: &whistle::Model) -> bool {
    let lacks = |kind: &HandlerKind| match kind {
        HandlerKind::Community => case.community_id.is_none(),
        HandlerKind::Subdistrict => case.subdistrict_id.is_none(),
        _ => false,
    };
    let mut above = ruler(whistle.from_kind, whistle.target_kind);
    while let Some(lacking) = above.filter(lacks) {
        above = superior(lacking);
    }
    match above {
        Some(HandlerKind::District) => whistle.from_kind.is_some() || !is_about_district(case),
        other => other.is_some(),
    }
}

/// What was settled inside the complex is verified by the grid or above, everything else by the community or above.
fn verifier(case: &case_file::Model) -> HandlingLevel {
    match case.settled_level.unwrap_or(case.level) {
        HandlingLevel::Complex => HandlingLevel::Grid,
        _ => HandlingLevel::Community,
    }
}

/// Whether the actor may do this to the whistle, its status aside.
pub fn may_whistle(
    actor: &Actor,
    standing: &Standing,
    action: WhistleAction,
    case: &case_file::Model,
    whistle: &whistle::Model,
) -> Result<(), Denial> {
    if standing.respondent {
        return Err(Denial::Respondent);
    }
    let works_for = |kind: HandlerKind, id: Uuid| actor.duties().any(|(k, unit, _)| k == kind && unit == id);
    let called = works_for(whistle.target_kind, whistle.target_id);
    let whistler = match (whistle.from_kind, whistle.from_id) {
        (Some(kind), Some(id)) => works_for(kind, id),
        _ => standing.reporter,
    };
    let outranks = |kind: Option<HandlerKind>| kind.zip(standing.rank).is_some_and(|(kind, rank)| rank >= kind.level());
    match action {
        // nobody could rule on it, and the case could never be resolved
        WhistleAction::Decline if called && !can_be_declined(case, whistle) => Err(Denial::NoSuperior),
        WhistleAction::CheckIn | WhistleAction::Decline | WhistleAction::Conclude if called => Ok(()),
        WhistleAction::CheckIn | WhistleAction::Decline | WhistleAction::Conclude => Err(Denial::NotCalled),
        WhistleAction::Rule if !called && outranks(ruler(whistle.from_kind, whistle.target_kind)) => Ok(()),
        // whoever called, or stands above the unit called, releases it; a resident only as long as nobody has turned up
        WhistleAction::Withdraw if !called && outranks(superior(whistle.target_kind)) => Ok(()),
        WhistleAction::Withdraw
            if whistler && whistle.from_kind.is_none() && matches!(whistle.status, WhistleStatus::CheckedIn | WhistleStatus::Declined) =>
        {
            Err(Denial::InvalidState)
        }
        WhistleAction::Withdraw if whistler => Ok(()),
        WhistleAction::Escalate if whistler || (!called && outranks(superior(whistle.target_kind))) => Ok(()),
        WhistleAction::Rate if whistler => Ok(()),
        WhistleAction::Rule | WhistleAction::Withdraw | WhistleAction::Escalate | WhistleAction::Rate => Err(Denial::Forbidden),
    }
}
