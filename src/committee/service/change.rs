//! The changes of a committee.

use std::collections::HashSet;

use chrono::NaiveDate;
use entity::{
    AreaId, BuildingId, CommitteeEventKind, CommitteeId, CommitteeKind, CommitteeMemberId, CommitteeRole, ComplexId, CompositionRule,
    PartyBranchId, PersonId, Provenance, SeatCapacity, SeatEnd, SeatOrigin, committee, committee_event, committee_member, committee_term,
};
use uuid::Uuid;

use super::{CommitteeError, is_single, posts};
use crate::{
    app::Cx,
    area::service as areas,
    case::service::{CaseError, Terms, keep_made, maybe_first},
    clock::Clock,
    committee::{
        model::{self, Broken, Candidate, PlaceKind},
        policy::{self, Act},
        store::{self, Place},
    },
    complex,
    db::{self, DatabaseTransaction},
    event::write,
    party,
};

pub struct NewCommittee {
    pub kind: CommitteeKind,
    pub name: String,
    pub place: PlaceNamed,
    pub established_on: NaiveDate,
}

/// What a committee is to be of.
#[derive(Clone, Debug)]
pub enum PlaceNamed {
    Complex(ComplexId),
    /// By its code.
    Area(String),
    Branch(PartyBranchId),
}

#[derive(Clone, Debug)]
pub struct NewSeat {
    pub person: PersonId,
    pub role: CommitteeRole,
    pub capacity: SeatCapacity,
    pub origin: SeatOrigin,
    pub building: Option<BuildingId>,
    pub dwelling: Option<String>,
}

impl NewSeat {
    pub fn candidate(&self) -> Candidate {
        Candidate { role: self.role, capacity: self.capacity }
    }

    /// On an owners' committee nobody sits of whom it is not said where they own.
    pub fn lacks_home(&self, kind: CommitteeKind) -> bool {
        kind == CommitteeKind::Owners && self.building.is_none() && self.dwelling.is_none()
    }
}

/// The seat, from a day to the end of a term.
pub fn seated(id: CommitteeMemberId, term: &committee_term::Model, seat: NewSeat, starts_on: NaiveDate) -> committee_member::Model {
    committee_member::Model {
        id,
        committee_id: term.committee_id,
        term_id: term.id,
        person_id: seat.person,
        role: seat.role,
        capacity: seat.capacity,
        origin: seat.origin,
        building_id: seat.building,
        dwelling: seat.dwelling,
        starts_on,
        ends_on: term.ends_on,
        ended_because: None,
    }
}

pub struct NewTerm {
    pub elected_on: NaiveDate,
    pub ends_on: NaiveDate,
    pub members: Vec<NewSeat>,
}

/// Days that are none are today.
pub enum Change {
    Elect(NewTerm),
    Seat { seat: NewSeat, on: Option<NaiveDate> },
    EndSeat { on: Option<NaiveDate>, because: SeatEnd, note: String },
    AssignRole { role: CommitteeRole, on: Option<NaiveDate> },
    File { on: Option<NaiveDate>, number: Option<String> },
    Rename(String),
    Dissolve { on: Option<NaiveDate>, note: String },
}

/// What is changed: a committee, or one by a seat on it.
#[derive(Clone, Copy)]
pub enum Which {
    Committee(CommitteeId),
    Seat(CommitteeMemberId),
}

/// A committee as it is now, and the seat that the change was about.
#[derive(Debug)]
pub struct Changed {
    pub committee: committee::Model,
    pub member: Option<committee_member::Model>,
}

impl Changed {
    fn made(&self) -> Uuid {
        self.member.as_ref().map_or(self.committee.id.0, |member| member.id.0)
    }
}

const PLACE: &str = "place";

pub async fn establish(cx: &Cx, terms: Terms, new: NewCommittee) -> Result<Option<Changed>, CommitteeError> {
    write(cx, move |cx, work| {
        Box::pin(async move {
            if let Some(key) = &terms.key
                && let Some(first) = maybe_first(cx, &work.tx, key).await?
            {
                return made(cx, &work.tx, first.made_id).await;
            }
            let done = establish_in(cx, &work.tx, new).await?;
            keep_made(cx, &work.tx, terms.key, done.made()).await?;
            Ok(Some(done))
        })
    })
    .await
}

/// What was made under a key before, as it stands now.
async fn made(cx: &Cx, tx: &DatabaseTransaction, id: Option<Uuid>) -> Result<Option<Changed>, CommitteeError> {
    let Some(id) = id else { return Ok(None) };
    let member = store::maybe_member(tx, id.into()).await?;
    let committee = member.as_ref().map_or(CommitteeId(id), |member| member.committee_id);
    Ok(store::maybe_lock(tx, &cx.actor, committee).await?.map(|committee| Changed { committee, member }))
}

async fn establish_in(cx: &Cx, tx: &DatabaseTransaction, new: NewCommittee) -> Result<Changed, CommitteeError> {
    let (place, kind) = place_of(tx, &new.place).await?;
    may(cx, tx, place.area, Act::Keep, PLACE).await?;
    if !model::fits(new.kind, kind) {
        return Err(CommitteeError::Mismatch(PLACE.into()));
    }
    within("establishedOn", new.established_on, model::FIRST, cx.clock.today())?;
    // it may have ended, just now or long ago
    let area = areas::maybe_lock_in_tx(tx, place.area).await?;
    if area.is_none_or(|area| area.ended_on.is_some()) {
        return Err(CommitteeError::NotFound(PLACE.into()));
    }
    // what it is of may have gone to another area while this waited for the lock
    if place_of(tx, &new.place).await?.0 != place {
        return Err(CommitteeError::NotFound(PLACE.into()));
    }
    if store::exists(tx, new.kind, place).await? {
        return Err(CommitteeError::Taken(PLACE.into()));
    }
    let committee = committee::Model {
        id: cx.clock.new_id(),
        kind: new.kind,
        name: new.name,
        area_id: place.area,
        complex_id: place.complex,
        branch_id: place.branch,
        established_on: new.established_on,
        dissolved_on: None,
        provenance: Provenance::Recorded,
        provenance_note: None,
        version: 1,
    };
    db::insert(tx, committee.clone()).await?;
    enter(cx, tx, &committee, (CommitteeEventKind::Established, None, None)).await?;
    Ok(Changed { committee, member: None })
}

async fn place_of(tx: &DatabaseTransaction, named: &PlaceNamed) -> Result<(Place, PlaceKind), CommitteeError> {
    let unknown = |field: &str| CommitteeError::NotFound(format!("{PLACE}.{field}"));
    Ok(match named {
        PlaceNamed::Complex(id) => {
            let complex = complex::service::maybe_by_id_in_tx(tx, *id).await?.ok_or_else(|| unknown("complexId"))?;
            (Place { area: complex.area_id, complex: Some(*id), branch: None }, PlaceKind::Complex)
        }
        PlaceNamed::Area(code) => {
            let area = areas::maybe_by_code_in_tx(tx, code).await?.ok_or_else(|| unknown("areaCode"))?;
            (Place { area: area.id, complex: None, branch: None }, PlaceKind::Area(area.level))
        }
        PlaceNamed::Branch(id) => {
            let branch = party::service::maybe_by_id_in_tx(tx, *id).await?.filter(|branch| branch.ended_on.is_none());
            let branch = branch.ok_or_else(|| unknown("branchId"))?;
            (Place { area: branch.area_id, complex: None, branch: Some(*id) }, PlaceKind::Branch)
        }
    })
}

async fn may(cx: &Cx, tx: &DatabaseTransaction, area: AreaId, act: Act, field: &'static str) -> Result<(), CommitteeError> {
    let chain = areas::chain_in_tx(tx, area).await?;
    let lies_in = |above| chain.as_ref().is_some_and(|chain| chain.lies_in(above));
    if policy::may(&cx.actor, act, lies_in) { Ok(()) } else { Err(CommitteeError::Forbidden(field)) }
}

fn within(field: &'static str, day: NaiveDate, from: NaiveDate, to: NaiveDate) -> Result<(), CommitteeError> {
    if from <= day && day <= to { Ok(()) } else { Err(CommitteeError::OutOfRange(field, from, to)) }
}

/// Enters what was done; the version is the one that it made.
async fn enter(
    cx: &Cx,
    tx: &DatabaseTransaction,
    committee: &committee::Model,
    what: (CommitteeEventKind, Option<CommitteeMemberId>, Option<String>),
) -> Result<(), CommitteeError> {
    let by = cx.actor.person.ok_or(CaseError::Anonymous)?;
    Ok(db::insert(tx, event(&cx.clock, committee, by, what)).await?)
}

/// The row that tells of it.
pub fn event(
    clock: &Clock,
    committee: &committee::Model,
    actor_id: PersonId,
    (kind, member_id, note): (CommitteeEventKind, Option<CommitteeMemberId>, Option<String>),
) -> committee_event::Model {
    let (id, at) = (clock.new_id(), clock.now());
    committee_event::Model { id, committee_id: committee.id, seq: committee.version, kind, at, actor_id, member_id, note }
}

pub async fn change(cx: &Cx, which: Which, terms: Terms, change: Change) -> Result<Option<Changed>, CommitteeError> {
    write(cx, move |cx, work| {
        Box::pin(async move {
            if let Some(key) = &terms.key
                && let Some(first) = maybe_first(cx, &work.tx, key).await?
            {
                return made(cx, &work.tx, first.made_id).await;
            }
            let done = Turn::take(cx, &work.tx, which, &terms, &change).await?.carry_out(change).await?;
            keep_made(cx, &work.tx, terms.key, done.made()).await?;
            Ok(Some(done))
        })
    })
    .await
}

/// A committee that is being changed: nobody else changes it until the end of the transaction.
struct Turn<'t> {
    cx: &'t Cx,
    tx: &'t DatabaseTransaction,
    committee: committee::Model,
    /// The latest one.
    term: Option<committee_term::Model>,
    /// Its seats.
    seats: Vec<committee_member::Model>,
    /// The one that is named.
    named: Option<CommitteeMemberId>,
    today: NaiveDate,
}

impl<'t> Turn<'t> {
    async fn take(cx: &'t Cx, tx: &'t DatabaseTransaction, which: Which, terms: &Terms, change: &Change) -> Result<Self, CommitteeError> {
        let (id, named, field) = match which {
            Which::Committee(id) => (Some(id), None, "committeeId"),
            Which::Seat(id) => (store::maybe_member(tx, id).await?.map(|seat| seat.committee_id), Some(id), "memberId"),
        };
        let unknown = || CommitteeError::NotFound(field.into());
        let committee = store::maybe_lock(tx, &cx.actor, id.ok_or_else(unknown)?).await?.ok_or_else(unknown)?;
        let act = if matches!(change, Change::File { .. }) { Act::File } else { Act::Keep };
        may(cx, tx, committee.area_id, act, field).await?;
        if terms.expected.is_some_and(|expected| expected != committee.version) {
            return Err(CommitteeError::Conflict(Box::new(committee)));
        }
        if committee.dissolved_on.is_some() {
            return Err(CommitteeError::State(field));
        }
        if let Some(complex) = committee.complex_id
            && matches!(change, Change::Elect(_) | Change::Seat { .. })
            && complex::service::maybe_by_id_in_tx(tx, complex).await?.is_none()
        {
            // the complex is no more
            return Err(CommitteeError::State(field));
        }
        let term = store::maybe_last_term(tx, committee.id).await?;
        let seats = match &term {
            Some(term) => store::seats_of(tx, term.id).await?,
            None => Vec::new(),
        };
        Ok(Self { cx, tx, committee, term, seats, named, today: cx.clock.today() })
    }

    async fn carry_out(mut self, change: Change) -> Result<Changed, CommitteeError> {
        use CommitteeEventKind as K;
        let (entry, member) = match change {
            Change::Elect(new) => {
                self.elect(new).await?;
                ((K::Elected, None), None)
            }
            Change::Seat { seat, on } => ((K::Seated, None), Some(self.seat(seat, on).await?)),
            Change::EndSeat { on, because, note } => ((K::SeatEnded, Some(note)), Some(self.end_seat(on, because).await?)),
            Change::AssignRole { role, on } => ((K::RoleAssigned, None), Some(self.assign_role(role, on).await?)),
            Change::File { on, number } => {
                self.file(on, number).await?;
                ((K::Filed, None), None)
            }
            // of what is as it was nothing is told
            Change::Rename(name) if name == self.committee.name => return Ok(Changed { committee: self.committee, member: None }),
            Change::Rename(name) => ((K::Renamed, Some(std::mem::replace(&mut self.committee.name, name))), None),
            Change::Dissolve { on, note } => {
                self.dissolve(on).await?;
                ((K::Dissolved, Some(note)), None)
            }
        };
        posts::follow(self.cx, self.tx, &self.committee).await?;
        self.committee.version += 1;
        db::save(self.tx, self.committee.clone()).await?;
        let about = member.as_ref().map(|member: &committee_member::Model| member.id);
        enter(self.cx, self.tx, &self.committee, (entry.0, about, entry.1)).await?;
        Ok(Changed { committee: self.committee, member })
    }

    /// The day on which what is latest began: the term, or a seat of it.
    fn began(&self) -> Option<NaiveDate> {
        self.seats.iter().map(|seat| seat.starts_on).chain(self.term.as_ref().map(|term| term.elected_on)).max()
    }

    /// The latest term, if it runs on this day.
    fn term_on(&self, field: &'static str, day: NaiveDate) -> Result<&committee_term::Model, CommitteeError> {
        let term = self.term.as_ref().ok_or(CommitteeError::State("committeeId"))?;
        within(field, day, term.elected_on, term.ends_on.min(self.today))?;
        Ok(term)
    }

    async fn elect(&mut self, new: NewTerm) -> Result<(), CommitteeError> {
        let began = self.began().and_then(|day| day.succ_opt());
        let after = began.unwrap_or(self.committee.established_on);
        within("electedOn", new.elected_on, after, self.today)?;
        if new.ends_on < new.elected_on {
            return Err(CommitteeError::Mismatch("endsOn".into()));
        }
        if new.members.is_empty() {
            return Err(CommitteeError::Required("members".into()));
        }
        let candidates: Vec<_> = new.members.iter().map(NewSeat::candidate).collect();
        model::may_be_elected(self.committee.kind, &candidates, new.elected_on, new.ends_on).map_err(|Broken { rule, candidate }| {
            CommitteeError::Broken(
                rule,
                match (rule, candidate) {
                    (CompositionRule::TermLength | CompositionRule::BranchTerm, _) => "endsOn".into(),
                    (_, Some(at)) => format!("members.{at}.capacity"),
                    _ => "members".into(),
                },
            )
        })?;
        let (mut persons, mut chairs) = (HashSet::new(), 0);
        for (at, member) in new.members.iter().enumerate() {
            chairs += usize::from(is_single(member.role));
            if !persons.insert(member.person) {
                return Err(CommitteeError::Taken(format!("members.{at}.personId")));
            }
            if chairs > 1 {
                return Err(CommitteeError::Taken(format!("members.{at}.role")));
            }
        }
        self.check_persons(&new.members, |at| format!("members.{at}."), (new.elected_on, new.ends_on)).await?;
        let eve = new.elected_on.pred_opt().unwrap_or(new.elected_on);
        self.end_term(eve, SeatEnd::NewElection).await?;
        let term = committee_term::Model {
            id: self.cx.clock.new_id(),
            committee_id: self.committee.id,
            number: self.term.as_ref().map_or(0, |term| term.number) + 1,
            elected_on: new.elected_on,
            ends_on: new.ends_on,
            filed_on: None,
            filing_number: None,
        };
        db::insert(self.tx, term.clone()).await?;
        for member in new.members {
            self.insert_seat(&term, member, new.elected_on).await?;
        }
        Ok(())
    }

    async fn insert_seat(
        &self,
        term: &committee_term::Model,
        seat: NewSeat,
        starts_on: NaiveDate,
    ) -> Result<committee_member::Model, CommitteeError> {
        let row = seated(self.cx.clock.new_id(), term, seat, starts_on);
        db::insert(self.tx, row.clone()).await?;
        Ok(row)
    }

    /// That the persons are there, own where they are said to, and do not work for the firm that serves the complex.
    async fn check_persons(
        &self,
        seats: &[NewSeat],
        at: impl Fn(usize) -> String,
        days: (NaiveDate, NaiveDate),
    ) -> Result<(), CommitteeError> {
        for (index, seat) in seats.iter().enumerate() {
            if seat.lacks_home(self.committee.kind) {
                return Err(CommitteeError::Required(at(index) + "buildingId"));
            }
            let Some(building) = seat.building else { continue };
            let unknown = || CommitteeError::NotFound(at(index) + "buildingId");
            let building = complex::service::maybe_building_in_tx(self.tx, building).await?.ok_or_else(unknown)?;
            if Some(building.complex_id) != self.committee.complex_id {
                return Err(CommitteeError::Mismatch(at(index) + "buildingId"));
            }
        }
        let persons: Vec<_> = seats.iter().map(|seat| seat.person).collect();
        let known = store::lock_persons(self.tx, &self.cx.actor, &persons).await?;
        if let Some(index) = persons.iter().position(|person| !known.contains(person)) {
            return Err(CommitteeError::NotFound(at(index) + "personId"));
        }
        if let (CommitteeKind::Owners, Some(complex)) = (self.committee.kind, self.committee.complex_id) {
            let theirs = store::working_for_server(self.tx, complex, &persons, days).await?;
            if let Some(index) = persons.iter().position(|person| theirs.contains(person)) {
                return Err(CommitteeError::Broken(CompositionRule::NotOfServingFirm, at(index) + "personId"));
            }
        }
        Ok(())
    }

    /// The term and its seats end on this day, where they would last longer.
    async fn end_term(&mut self, last: NaiveDate, because: SeatEnd) -> Result<(), CommitteeError> {
        let Some(term) = self.term.as_mut().filter(|term| term.ends_on > last) else { return Ok(()) };
        term.ends_on = last;
        db::save(self.tx, term.clone()).await?;
        for seat in self.seats.iter_mut().filter(|seat| seat.ends_on > last) {
            (seat.ends_on, seat.ended_because) = (last, seat.ended_because.or(Some(because)));
            db::save(self.tx, seat.clone()).await?;
        }
        Ok(())
    }

    async fn seat(&mut self, new: NewSeat, on: Option<NaiveDate>) -> Result<committee_member::Model, CommitteeError> {
        let day = on.unwrap_or(self.today);
        let term = self.term_on("startsOn", day)?.clone();
        let sitting: Vec<_> = self.seats.iter().filter(|seat| seat.ends_on >= day).collect();
        if sitting.iter().any(|seat| seat.person_id == new.person) {
            return Err(CommitteeError::Taken("seat.personId".into()));
        }
        if is_single(new.role) && sitting.iter().any(|seat| seat.role == new.role) {
            return Err(CommitteeError::Taken("seat.role".into()));
        }
        let persons: HashSet<_> = sitting.iter().map(|seat| seat.person_id).collect();
        model::may_be_added(self.committee.kind, persons.len(), new.candidate()).map_err(|rule| {
            let field = if rule == CompositionRule::OwnersOnly { "seat.capacity" } else { "seat.personId" };
            CommitteeError::Broken(rule, field.into())
        })?;
        self.check_persons(std::slice::from_ref(&new), |_| "seat.".to_owned(), (day, term.ends_on)).await?;
        self.insert_seat(&term, new, day).await
    }

    /// The seat that is named, if it is held on this day and lasts as long as its term.
    fn held(&self, field: &'static str, day: NaiveDate) -> Result<committee_member::Model, CommitteeError> {
        let seat = self.seats.iter().find(|seat| Some(seat.id) == self.named && seat.ended_because.is_none());
        let seat = seat.ok_or(CommitteeError::State("memberId"))?;
        within(field, day, seat.starts_on, seat.ends_on.min(self.today))?;
        Ok(seat.clone())
    }

    async fn end_seat(&mut self, on: Option<NaiveDate>, because: SeatEnd) -> Result<committee_member::Model, CommitteeError> {
        let day = on.unwrap_or(self.today);
        let ended = committee_member::Model { ends_on: day, ended_because: Some(because), ..self.held("endsOn", day)? };
        db::save(self.tx, ended.clone()).await?;
        Ok(ended)
    }

    async fn assign_role(&mut self, role: CommitteeRole, on: Option<NaiveDate>) -> Result<committee_member::Model, CommitteeError> {
        let day = on.unwrap_or(self.today);
        let seat = self.held("startsOn", day)?;
        if seat.role == role {
            return Err(CommitteeError::Taken("role".into()));
        }
        let others: Vec<_> = self.seats.iter().filter(|other| is_single(role) && other.role == role && other.ends_on >= day).collect();
        match others[..] {
            [] => {}
            [before] if before.starts_on <= day && before.ended_because.is_none() => {
                self.goes_on_as(before.clone(), CommitteeRole::Member, day).await?;
            }
            _ => return Err(CommitteeError::Mismatch("startsOn".into())),
        }
        self.goes_on_as(seat, role, day).await
    }

    /// From this day on in another role: another seat, unless there is no day before.
    async fn goes_on_as(
        &self,
        seat: committee_member::Model,
        role: CommitteeRole,
        day: NaiveDate,
    ) -> Result<committee_member::Model, CommitteeError> {
        let eve = day.pred_opt().filter(|eve| *eve >= seat.starts_on);
        let Some(eve) = eve else {
            let same = committee_member::Model { role, ..seat };
            db::save(self.tx, same.clone()).await?;
            return Ok(same);
        };
        let next = committee_member::Model { id: self.cx.clock.new_id(), role, starts_on: day, ..seat.clone() };
        db::save(self.tx, committee_member::Model { ends_on: eve, ended_because: Some(SeatEnd::RoleChanged), ..seat }).await?;
        db::insert(self.tx, next.clone()).await?;
        Ok(next)
    }

    async fn file(&mut self, on: Option<NaiveDate>, number: Option<String>) -> Result<(), CommitteeError> {
        let day = on.unwrap_or(self.today);
        let Some(term) = self.term.as_mut().filter(|term| term.filed_on.is_none()) else {
            return Err(CommitteeError::State("committeeId"));
        };
        within("filedOn", day, term.elected_on, self.today)?;
        (term.filed_on, term.filing_number) = (Some(day), number);
        Ok(db::save(self.tx, term.clone()).await?)
    }

    async fn dissolve(&mut self, on: Option<NaiveDate>) -> Result<(), CommitteeError> {
        let day = on.unwrap_or(self.today);
        within("dissolvedOn", day, self.began().unwrap_or(self.committee.established_on), self.today)?;
        if store::is_engaged(self.tx, self.committee.id).await? {
            return Err(CommitteeError::Engaged("committeeId"));
        }
        self.end_term(day, SeatEnd::Dissolved).await?;
        self.committee.dissolved_on = Some(day);
        Ok(())
    }
}
