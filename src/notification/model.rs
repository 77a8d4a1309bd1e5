//! Who is told of what, as pure code: it follows from the fact, its case and its whistle.

use entity::{CaseEventKind, HandlerKind, NotificationKind, PersonId, WhistleStatus, case_file, whistle};
use uuid::Uuid;

use crate::{case::model::ruler, event::Fact};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    /// Those who work for this unit.
    Unit(Uuid),
    Person(PersonId),
}

/// Whether the fact can concern anybody, so that its case is worth a look.
pub fn concerns(fact: &Fact) -> bool {
    let moved = fact.from_status.is_some() && fact.to_status.is_some();
    moved
        || fact.whistle.is_some()
        || matches!(
            fact.kind,
            CaseEventKind::Assigned | CaseEventKind::Relocated | CaseEventKind::DeadlineApproaching | CaseEventKind::Overdue
        )
}

/// Whether its whistle is looked at: only there is it said who blew it.
pub fn needs_whistle(fact: &Fact) -> bool {
    matches!(fact.kind, CaseEventKind::WhistleDeclined | CaseEventKind::WhistleEscalated)
}

/// What is told to whom, the most important first: a person is told of one fact once.
pub fn told(fact: &Fact, case: &case_file::Model, whistle: Option<&whistle::Model>) -> Vec<(NotificationKind, To)> {
    let mut told = Vec::new();
    let called = fact.whistle.as_ref().map(|whistle| whistle.target);
    match (fact.kind, called) {
        (CaseEventKind::WhistleDeclined, Some((kind, _))) => {
            let ruling = ruler(whistle.and_then(|whistle| whistle.from_kind), kind).and_then(|level| unit_at(case, level));
            told.extend(ruling.map(|unit| (NotificationKind::WhistleDeclined, To::Unit(unit))));
        }
        (CaseEventKind::WhistleEscalated, Some((_, unit))) => {
            told.push((NotificationKind::WhistleEscalated, To::Unit(unit)));
            let whistler = whistle.and_then(|whistle| match whistle.from_id {
                Some(unit) => Some(To::Unit(unit)),
                None => whistle.raised_by.map(To::Person),
            });
            told.extend(whistler.map(|whistler| (NotificationKind::WhistleEscalated, whistler)));
        }
        // of a whistle: whoever is called; of the case: whoever has it
        (CaseEventKind::DeadlineApproaching, called) => {
            told.push((NotificationKind::DeadlineApproaching, To::Unit(called.unwrap_or(fact.handler).1)));
        }
        (CaseEventKind::Overdue, called) => told.push((NotificationKind::Overdue, To::Unit(called.unwrap_or(fact.handler).1))),
        (CaseEventKind::SupervisionRequested, _) => {
            told.push((NotificationKind::SupervisionRequested, To::Unit(case.district_id.into())));
        }
        // an area or a grid ended, and another unit has what it had
        (CaseEventKind::Assigned | CaseEventKind::Relocated, _) => told.push((NotificationKind::CaseAssigned, To::Unit(fact.handler.1))),
        // by a report, by a unit, by an escalation; or out again after a decline that did not stand
        (CaseEventKind::Reported | CaseEventKind::WhistleRaised | CaseEventKind::WhistleRuled, Some((_, unit)))
            if fact.whistle.as_ref().is_some_and(|whistle| whistle.to_status == WhistleStatus::Raised) =>
        {
            told.push((NotificationKind::WhistleRaised, To::Unit(unit)));
        }
        _ => {}
    }
    if fact.from_status.is_some() && fact.to_status.is_some() {
        told.extend(case.reporter_id.map(|reporter| (NotificationKind::CaseStatusChanged, To::Person(reporter))));
    }
    told
}

/// The unit that answers for the place of a case at this level, or at the next above it that the place has and that is not complained of.
fn unit_at(case: &case_file::Model, level: HandlerKind) -> Option<Uuid> {
    let ladder = [
        (HandlerKind::Grid, case.grid_id.map(Uuid::from)),
        (HandlerKind::Community, case.community_id.map(Uuid::from)),
        (HandlerKind::Subdistrict, case.subdistrict_id.map(Uuid::from)),
        (HandlerKind::District, Some(case.district_id.into())),
    ];
    let above = ladder.into_iter().skip_while(|(kind, _)| *kind != level);
    above.filter_map(|(_, unit)| unit).find(|unit| case.respondent_kind.is_none() || case.respondent_id != Some(*unit))
}
