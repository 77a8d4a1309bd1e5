//! Keeping the records of committees: authorize, load, let the rules decide, save, and enter what was done. Each change is one transaction.

mod change;
mod posts;

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use entity::{
    CommitteeId, CommitteeKind, CommitteeMemberId, CommitteeRole, ComplexId, CompositionRule, PersonId, PostRole, committee,
    committee_member, committee_term,
};

pub use self::change::{Change, Changed, NewCommittee, NewSeat, NewTerm, PlaceNamed, Which, change, establish, event, seated};
use super::{
    model::{self, Finding},
    store,
};
use crate::{
    app::Cx,
    area::service as areas,
    auth::mask_name,
    case::service::CaseError,
    db::{DatabaseTransaction, DbErr},
};

/// Why a committee was not changed. Fields are paths below `input`, with dots.
#[derive(Debug, thiserror::Error)]
pub enum CommitteeError {
    #[error("nothing visible is named by {0}")]
    NotFound(String),
    #[error("not for this actor to do")]
    Forbidden(&'static str),
    #[error("{0} is needed")]
    Required(String),
    #[error("{0} must lie between {1} and {2}")]
    OutOfRange(&'static str, NaiveDate, NaiveDate),
    #[error("a rule of composition forbids it")]
    Broken(CompositionRule, String),
    /// A committee of this kind exists there, or somebody holds what can be held once.
    #[error("{0} is there already")]
    Taken(String),
    #[error("{0} contradicts the rest")]
    Mismatch(String),
    #[error("it does not stand where this can be done")]
    State(&'static str),
    #[error("it has open cases, or whistles to answer")]
    Engaged(&'static str),
    #[error("the version is not what was expected")]
    Conflict(Box<committee::Model>),
    #[error(transparent)]
    Case(#[from] CaseError),
    #[error(transparent)]
    Db(#[from] DbErr),
}

/// How committees stand to the rules of their kind on a day; none for those without a term on it. Three statements, and one more for branches.
pub async fn findings(cx: &Cx, rows: &[(CommitteeId, CommitteeKind)], day: NaiveDate) -> Result<HashMap<CommitteeId, Vec<Finding>>, DbErr> {
    let ids: Vec<_> = rows.iter().map(|(id, _)| *id).collect();
    let standing = store::standing(cx.read(), &ids, day).await?;
    let of_branches = rows.iter().filter(|(_, kind)| *kind == CommitteeKind::BranchCommittee).map(|(id, _)| *id).collect();
    let secretaries = store::secretaries(cx.read(), of_branches, day).await?;
    let kinds: HashMap<_, _> = rows.iter().copied().collect();
    let of_term = |term: &committee_term::Model| {
        let seats: Vec<_> = standing.seats.iter().filter(|seat| seat.term_id == term.id).collect();
        let conflicts = standing.conflicts.get(&term.committee_id).copied().unwrap_or(0);
        let kind = kinds.get(&term.committee_id)?;
        let secretaries = secretaries.get(&term.committee_id).map(Vec::as_slice).unwrap_or_default();
        let mut found = model::findings(*kind, term, &seats, (conflicts, secretaries), day);
        // what follows from who sits there, and where they work
        found.retain(|finding| cx.actor.person.is_some() || finding.rule != CompositionRule::NotOfServingFirm);
        Some((term.committee_id, found))
    };
    Ok(standing.terms.iter().filter_map(of_term).collect())
}

/// The term of each committee that runs today.
pub async fn running(cx: &Cx, ids: &[CommitteeId]) -> Result<HashMap<CommitteeId, committee_term::Model>, DbErr> {
    store::running(cx.read(), ids, cx.clock.today()).await
}

/// The owners' committee that answers for a complex on a day: one that exists then and has a term.
pub async fn maybe_of_owners_in_tx(tx: &DatabaseTransaction, complex: ComplexId, day: NaiveDate) -> Result<Option<CommitteeId>, DbErr> {
    Ok(store::in_office_at(tx, CommitteeKind::Owners, &[complex], day).await?.remove(&complex))
}

/// Whether the complex has a committee, of any kind, that lasts beyond a day.
pub async fn is_any_beyond_in_tx(tx: &DatabaseTransaction, complex: ComplexId, day: NaiveDate) -> Result<bool, DbErr> {
    store::is_any_beyond(tx, complex, day).await
}

/// Whether this is an owners' committee, dissolved ones too.
pub async fn is_of_owners_in_tx(tx: &DatabaseTransaction, id: CommitteeId) -> Result<bool, DbErr> {
    Ok(store::maybe_by_id(tx, id).await?.is_some_and(|committee| committee.kind == CommitteeKind::Owners))
}

/// The names of members as the actor may see them: an office is held in the open, so officials and the residents of the complex see them whole.
pub async fn names(cx: &Cx, seats: &[committee_member::Model]) -> Result<HashMap<CommitteeMemberId, String>, DbErr> {
    let distinct = |ids: HashSet<_>| ids.into_iter().collect();
    let persons = distinct(seats.iter().map(|seat| seat.person_id).collect());
    let committees: HashSet<_> = seats.iter().map(|seat| seat.committee_id).collect();
    let (persons, places) = store::holders(cx.read(), persons, committees.into_iter().collect()).await?;
    let persons: HashMap<PersonId, _> = persons.into_iter().map(|person| (person.id, person)).collect();
    let homes = cx.actor.units(PostRole::Resident);
    let name = |seat: &committee_member::Model| {
        let person = persons.get(&seat.person_id)?;
        let neighbour = places.get(&seat.committee_id).copied().flatten().is_some_and(|complex| homes.contains(&complex));
        let open = neighbour || cx.actor.is_official() || cx.actor.person == Some(person.id) || person.erased_at.is_some();
        Some((seat.id, if open { person.name.clone() } else { mask_name(&person.name) }))
    };
    Ok(seats.iter().filter_map(name).collect())
}

/// Whether the actor may see where a member owns: officials, and the member.
pub fn sees_dwelling(cx: &Cx, seat: &committee_member::Model) -> bool {
    cx.actor.is_official() || cx.actor.person == Some(seat.person_id)
}

/// Of the complexes of an area, how many have a committee of this kind in office on a day, and how many there are; none where there is no such area.
pub async fn coverage(cx: &Cx, kind: CommitteeKind, code: &str, day: NaiveDate) -> Result<Option<(u64, u64)>, DbErr> {
    if !areas::by_codes(cx, vec![code.to_owned()]).await?.contains_key(code) {
        return Ok(None);
    }
    Ok(Some(store::coverage(cx.read(), kind, code, day).await?))
}

/// Whether at most one member of a committee can be this.
pub fn is_single(role: CommitteeRole) -> bool {
    role == CommitteeRole::Chair
}

/// The owners' committees that answer for complexes today: those that exist and have a term.
pub async fn of_owners(cx: &Cx, complexes: &[ComplexId]) -> Result<HashMap<ComplexId, CommitteeId>, DbErr> {
    store::in_office_at(cx.read(), CommitteeKind::Owners, complexes, cx.clock.today()).await
}
