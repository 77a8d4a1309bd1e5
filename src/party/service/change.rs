//! Party organisations and what belongs to them, as they are set up, changed and ended.

use chrono::NaiveDate;
use entity::{
    AreaId, ComplexId, FirmId, InstructorKind, PartyBranchId, PartyBranchKind, PartyCoverId, PartyInstructorId, PartyMembershipId,
    PartyRole, PersonId, PostRole, Provenance, RecordChangeKind, party_branch, party_cover, party_instructor, party_membership,
};

use crate::{
    app::Cx,
    area::service as areas,
    case::service::Terms,
    complex, firm,
    party::{
        scope::{Branches, Covers, Instructors, Memberships},
        store::{self, Bound},
    },
    record::service::{Office, RecordError, Turn, write},
};

/// Organisations reach further back than anybody's records.
pub const FIRST: NaiveDate = NaiveDate::from_ymd_opt(1921, 7, 1).expect("a day"); // invariant: it is one

const BRANCH: &str = "partyBranchId";

/// The day that is meant; where nobody knows since when, back to the first that can be.
pub fn day_within(turn: &Turn<'_>, field: &str, day: Option<NaiveDate>, first: Option<NaiveDate>) -> Result<NaiveDate, RecordError> {
    turn.day(day, first.unwrap_or(FIRST), field)
}

/// Whether two stretches have a day in common.
pub fn overlap(one: (Option<NaiveDate>, Option<NaiveDate>), other: (Option<NaiveDate>, Option<NaiveDate>)) -> bool {
    let begun = |start: Option<NaiveDate>, end: Option<NaiveDate>| start.zip(end).is_none_or(|(start, end)| start <= end);
    begun(one.0, other.1) && begun(other.0, one.1)
}

pub struct NewBranch {
    /// Its code.
    pub area: String,
    pub name: String,
    pub kind: PartyBranchKind,
    pub parent: Option<PartyBranchId>,
    pub firm: Option<FirmId>,
    pub established_on: Option<NaiveDate>,
}

pub async fn establish(cx: &Cx, terms: Terms, new: NewBranch) -> Result<Option<party_branch::Model>, RecordError> {
    write::<Branches, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let area = turn.area(&new.area, "area").await?;
            turn.may_alone(area.id, Office::Community, "area").await?;
            if store::is_named(turn.tx, area.id, &new.name, None).await? {
                return Err(RecordError::Exists("name".into()));
            }
            let established_on = Some(day_within(turn, "establishedOn", new.established_on, None)?);
            if let Some(firm) = new.firm {
                if new.kind != PartyBranchKind::PropertyServiceBranch {
                    return Err(RecordError::Mismatch("party-branch-of-firm", "firmId".into()));
                }
                firm::service::maybe_by_id_in_tx(turn.tx, firm).await?.ok_or_else(|| RecordError::not_found("firmId"))?;
            }
            let row = party_branch::Model {
                id: turn.cx.clock.new_id(),
                area_id: area.id,
                parent_id: new.parent,
                name: new.name,
                kind: new.kind,
                provenance: Provenance::Recorded,
                firm_id: new.firm,
                established_on,
                ended_on: None,
                version: 1,
            };
            check_parent(turn, &row).await?;
            turn.enter::<Branches>(row).await
        })
    })
    .await
}

/// The organisation above exists, lies in the same area or above it, and is not below this one. Since nobody else sets up or changes organisations of this area
/// meanwhile, and a circle would lie in one area, none can come about.
async fn check_parent(turn: &Turn<'_>, row: &party_branch::Model) -> Result<(), RecordError> {
    const FIELD: &str = "parentId";
    let Some(parent) = row.parent_id else { return Ok(()) };
    let above = turn.lock::<Branches>(parent, FIELD).await?;
    turn.lasting::<Branches>(&above, FIELD)?;
    if !lies_in(turn, row.area_id, above.area_id).await? {
        return Err(RecordError::Mismatch("party-parent-elsewhere", FIELD.into()));
    }
    let mut next = Some(above);
    while let Some(branch) = next {
        if branch.id == row.id {
            return Err(RecordError::Mismatch("party-parent-below", FIELD.into()));
        }
        next = match branch.parent_id {
            Some(parent) => store::maybe_by_id(turn.tx, parent).await?,
            None => None,
        };
    }
    Ok(())
}

async fn lies_in(turn: &Turn<'_>, area: AreaId, above: AreaId) -> Result<bool, RecordError> {
    Ok(areas::chain_in_tx(turn.tx, area).await?.is_some_and(|chain| chain.lies_in(above)))
}

/// What is left out stays as it is.
pub struct BranchChange {
    pub name: Option<String>,
    pub kind: Option<PartyBranchKind>,
    /// None within: at the top from now on.
    pub parent: Option<Option<PartyBranchId>>,
}

pub async fn update(cx: &Cx, terms: Terms, id: PartyBranchId, change: BranchChange) -> Result<Option<party_branch::Model>, RecordError> {
    write::<Branches, _>(cx, terms, move |turn| {
        Box::pin(async move {
            // the area first: two organisations that are each put below the other do not wait for one another
            let before = turn.take_alone::<Branches>(id, Office::Community, BRANCH).await?;
            let after = party_branch::Model {
                name: change.name.unwrap_or_else(|| before.name.clone()),
                kind: change.kind.unwrap_or(before.kind),
                parent_id: change.parent.unwrap_or(before.parent_id),
                ..before.clone()
            };
            if after.firm_id.is_some() && after.kind != PartyBranchKind::PropertyServiceBranch {
                return Err(RecordError::Mismatch("party-branch-of-firm", "kind".into()));
            }
            if store::is_named(turn.tx, after.area_id, &after.name, Some(id)).await? {
                return Err(RecordError::Exists("name".into()));
            }
            if after.parent_id != before.parent_id {
                check_parent(turn, &after).await?;
            }
            turn.save::<Branches>(&before, after, RecordChangeKind::Changed, None).await
        })
    })
    .await
}

fn still(bound: &Bound) -> RecordError {
    match bound {
        Bound::Children => RecordError::State("party-branch-has-children", BRANCH.into()),
        Bound::Members => RecordError::State("party-branch-has-members", BRANCH.into()),
        Bound::Posts => RecordError::State("party-branch-has-posts", BRANCH.into()),
        Bound::Committee => RecordError::State("party-branch-has-committee", BRANCH.into()),
        Bound::Cases => RecordError::State("unit-has-cases", BRANCH.into()),
    }
}

/// Ends an organisation with what it covers and who was sent to it, once nothing else hangs on it.
pub async fn dissolve(
    cx: &Cx,
    terms: Terms,
    id: PartyBranchId,
    on: Option<NaiveDate>,
    reason: String,
) -> Result<Option<party_branch::Model>, RecordError> {
    write::<Branches, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let before = turn.take_alone::<Branches>(id, Office::Community, BRANCH).await?;
            let day = day_within(turn, "endedOn", on, before.established_on)?;
            if let Some(bound) = store::maybe_bound(turn.tx, id, day).await? {
                return Err(still(&bound));
            }
            for cover in store::covers_of(turn.tx, id).await? {
                if cover.ended_on.is_none_or(|end| end > day) {
                    let ended_on = Some(cover.starts_on.map_or(day, |start| start.max(day)));
                    let after = party_cover::Model { ended_on, ..cover.clone() };
                    turn.save::<Covers>(&cover, after, RecordChangeKind::Ended, None).await?;
                }
            }
            for sent in store::instructors_of(turn.tx, id).await? {
                if sent.ended_on.is_none_or(|end| end > day) {
                    let after = party_instructor::Model { ended_on: Some(sent.starts_on.max(day)), ..sent.clone() };
                    turn.save::<Instructors>(&sent, after, RecordChangeKind::Ended, None).await?;
                }
            }
            let after = party_branch::Model { ended_on: Some(day), ..before.clone() };
            turn.save::<Branches>(&before, after, RecordChangeKind::Ended, Some(reason)).await
        })
    })
    .await
}

/// An organisation covers a complex from a day on, or covered it until another.
pub async fn cover(
    cx: &Cx,
    terms: Terms,
    (branch, complex): (PartyBranchId, ComplexId),
    (from, to): (Option<NaiveDate>, Option<NaiveDate>),
) -> Result<Option<party_cover::Model>, RecordError> {
    write::<Covers, _>(cx, terms, move |turn| {
        Box::pin(async move {
            // the complex first, as whoever ends or moves it
            let place =
                complex::service::maybe_staying_in_tx(turn.tx, complex).await?.ok_or_else(|| RecordError::not_found("complexId"))?;
            let branch = turn.take::<Branches>(branch, Office::Community, BRANCH).await?;
            if !lies_in(turn, place.area_id, branch.area_id).await? && !lies_in(turn, branch.area_id, place.area_id).await? {
                return Err(RecordError::Mismatch("party-cover-elsewhere", "complexId".into()));
            }
            let starts_on = Some(day_within(turn, "startsOn", from, branch.established_on)?);
            let ended_on = to.map(|day| day_within(turn, "endsOn", Some(day), starts_on)).transpose()?;
            let others = store::covers_of(turn.tx, branch.id).await?;
            let days = (starts_on, ended_on);
            if others.iter().any(|other| other.complex_id == complex && overlap(days, (other.starts_on, other.ended_on))) {
                return Err(RecordError::Exists("complexId".into()));
            }
            let (id, area_id) = (turn.cx.clock.new_id(), branch.area_id);
            let row = party_cover::Model { id, branch_id: branch.id, complex_id: complex, area_id, starts_on, ended_on, version: 1 };
            turn.enter::<Covers>(row).await
        })
    })
    .await
}

pub async fn end_cover(cx: &Cx, terms: Terms, id: PartyCoverId, on: Option<NaiveDate>) -> Result<Option<party_cover::Model>, RecordError> {
    write::<Covers, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let before = turn.take::<Covers>(id, Office::Community, "partyCoverId").await?;
            let ended_on = Some(day_within(turn, "endsOn", on, before.starts_on)?);
            let after = party_cover::Model { ended_on, ..before.clone() };
            turn.save::<Covers>(&before, after, RecordChangeKind::Ended, None).await
        })
    })
    .await
}

/// Of a complex that ends nothing is covered beyond its last day.
pub async fn end_covers_of(turn: &Turn<'_>, complex: ComplexId, day: NaiveDate, note: &str) -> Result<(), RecordError> {
    let last = |row: &party_cover::Model| Some(row.starts_on.map_or(day, |first| first.max(day)));
    let covers = store::covers_beyond(turn.tx, complex, day).await?;
    let ended = covers.into_iter().map(|row| (row.clone(), party_cover::Model { ended_on: last(&row), ..row }));
    turn.end_all::<Covers>(ended.collect(), Some(note)).await
}

/// Members are kept by the organisation's secretary and by the officers of its area and above.
async fn may_keep_members(turn: &Turn<'_>, branch: PartyBranchId, area: AreaId, field: &str) -> Result<(), RecordError> {
    if turn.cx.actor.units::<PartyBranchId>(PostRole::BranchSecretary).contains(&branch) {
        return Ok(());
    }
    turn.may(area, Office::Community, field).await
}

pub async fn enrol(
    cx: &Cx,
    terms: Terms,
    (branch, person): (PartyBranchId, PersonId),
    role: PartyRole,
    from: Option<NaiveDate>,
) -> Result<Option<party_membership::Model>, RecordError> {
    write::<Memberships, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let branch = turn.lock::<Branches>(branch, BRANCH).await?;
            may_keep_members(turn, branch.id, branch.area_id, BRANCH).await?;
            let branch = turn.check::<Branches>(branch, BRANCH)?;
            if store::maybe_person(turn.tx, &turn.cx.actor, person).await?.is_none() {
                return Err(RecordError::not_found("personId"));
            }
            let starts_on = day_within(turn, "startsOn", from, branch.established_on)?;
            let others = store::memberships_of(turn.tx, branch.id, person).await?;
            if others.iter().any(|other| other.ended_on.is_none_or(|end| end >= starts_on)) {
                return Err(RecordError::Exists("personId".into()));
            }
            let (id, branch_id, area_id) = (turn.cx.clock.new_id(), branch.id, branch.area_id);
            let row = party_membership::Model { id, branch_id, person_id: person, area_id, role, starts_on, ended_on: None, version: 1 };
            turn.enter::<Memberships>(row).await
        })
    })
    .await
}

const MEMBERSHIP: &str = "partyMembershipId";

async fn take_membership(turn: &Turn<'_>, id: PartyMembershipId) -> Result<party_membership::Model, RecordError> {
    let row = turn.lock::<Memberships>(id, MEMBERSHIP).await?;
    may_keep_members(turn, row.branch_id, row.area_id, MEMBERSHIP).await?;
    turn.check::<Memberships>(row, MEMBERSHIP)
}

pub async fn update_membership(
    cx: &Cx,
    terms: Terms,
    id: PartyMembershipId,
    role: PartyRole,
) -> Result<Option<party_membership::Model>, RecordError> {
    write::<Memberships, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let before = take_membership(turn, id).await?;
            let after = party_membership::Model { role, ..before.clone() };
            turn.save::<Memberships>(&before, after, RecordChangeKind::Changed, None).await
        })
    })
    .await
}

pub async fn end_membership(
    cx: &Cx,
    terms: Terms,
    id: PartyMembershipId,
    on: Option<NaiveDate>,
) -> Result<Option<party_membership::Model>, RecordError> {
    write::<Memberships, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let before = take_membership(turn, id).await?;
            let ended_on = Some(day_within(turn, "endsOn", on, Some(before.starts_on))?);
            let after = party_membership::Model { ended_on, ..before.clone() };
            turn.save::<Memberships>(&before, after, RecordChangeKind::Ended, None).await
        })
    })
    .await
}

/// To what somebody is sent.
#[derive(Clone, Copy)]
pub enum SentTo {
    Branch(PartyBranchId),
    Firm(FirmId),
}

pub struct NewInstructor {
    pub kind: InstructorKind,
    pub person: PersonId,
    pub to: SentTo,
    pub sent_by: String,
    pub starts_on: Option<NaiveDate>,
    pub ends_on: Option<NaiveDate>,
}

pub async fn send(cx: &Cx, terms: Terms, new: NewInstructor) -> Result<Option<party_instructor::Model>, RecordError> {
    write::<Instructors, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let (area_id, branch_id, firm_id) = match new.to {
                SentTo::Branch(id) => {
                    let branch = turn.take::<Branches>(id, Office::Subdistrict, "to.partyBranchId").await?;
                    (branch.area_id, Some(id), None)
                }
                SentTo::Firm(id) => {
                    let unknown = || RecordError::not_found("to.firmId");
                    let firm = firm::service::maybe_by_id_in_tx(turn.tx, id).await?.ok_or_else(unknown)?;
                    turn.may(firm.district_id, Office::District, "to.firmId").await?;
                    (firm.district_id, None, Some(id))
                }
            };
            if store::maybe_person(turn.tx, &turn.cx.actor, new.person).await?.is_none() {
                return Err(RecordError::not_found("personId"));
            }
            let starts_on = day_within(turn, "startsOn", new.starts_on, None)?;
            // a term may be known in advance
            if new.ends_on.is_some_and(|end| end < starts_on) {
                return Err(RecordError::Mismatch("mismatch", "endsOn".into()));
            }
            let row = party_instructor::Model {
                id: turn.cx.clock.new_id(),
                kind: new.kind,
                person_id: new.person,
                branch_id,
                firm_id,
                area_id,
                sent_by: new.sent_by,
                starts_on,
                ended_on: new.ends_on,
                version: 1,
            };
            turn.enter::<Instructors>(row).await
        })
    })
    .await
}

pub async fn end_instructor(
    cx: &Cx,
    terms: Terms,
    id: PartyInstructorId,
    on: Option<NaiveDate>,
) -> Result<Option<party_instructor::Model>, RecordError> {
    const FIELD: &str = "partyInstructorId";
    write::<Instructors, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let row = turn.lock::<Instructors>(id, FIELD).await?;
            let least = if row.firm_id.is_some() { Office::District } else { Office::Subdistrict };
            turn.may(row.area_id, least, FIELD).await?;
            let before = turn.check::<Instructors>(row, FIELD)?;
            let ended_on = Some(day_within(turn, "endsOn", on, Some(before.starts_on))?);
            let after = party_instructor::Model { ended_on, ..before.clone() };
            turn.save::<Instructors>(&before, after, RecordChangeKind::Ended, None).await
        })
    })
    .await
}
