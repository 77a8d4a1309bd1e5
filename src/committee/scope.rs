//! Committees and their terms are public; who sits on them, and what follows from it, is told to whoever is signed in, and what was done to them to the
//! officials of their area and above.

use std::sync::Arc;

use chrono::NaiveDate;
use entity::{
    CommitteeEventId, CommitteeId, CommitteeKind, CommitteeMemberId, CommitteeRole, CommitteeTermId, ComplexId, FirmId, PartyBranchId,
    PersonId, PostRole, committee, committee_event, committee_member, committee_term, firm_contract, party_cover, person, post,
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, IntoSimpleExpr, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{Expr, SelectStatement},
};

use crate::{
    area::scope::{within, within_any},
    auth::Actor,
    complex::scope::{ComplexWhere, ids as complex_ids},
    db::{
        filter::{Filter, Related, Test, open_on, runs_on},
        noun::{Noun, OrderBy, Parent, signed_in},
        page::Key,
    },
    firm::scope::in_force_on,
    party::scope::{BranchWhere, covering_on, ids as branch_ids},
    person::scope::{PersonWhere, Persons, held_on},
};

pub struct Committees;

pub enum CommitteeWhere {
    Id(Test),
    Name(Test),
    Kind(Test),
    Provenance(Test),
    Within(String),
    Complex(Filter<ComplexWhere>),
    Branch(Filter<BranchWhere>),
    Terms(Related<TermWhere>),
    Members(Related<MemberWhere>),
    /// Exists on this day, or not.
    Existing(bool, NaiveDate),
    /// Has a term on this day, or not.
    InOffice(bool, NaiveDate),
    /// Has a chair on this day, or not.
    Chaired(bool, NaiveDate),
    /// The election of the term of this day has been filed, or not.
    Filed(bool, NaiveDate),
    /// Has had a term, and none that lasts to this day.
    TermEndsBefore(NaiveDate),
    /// Chaired on this day by a secretary of a branch that covers its complex, or not, as far as the asker sees who sits there.
    ChairedBySecretary(bool, NaiveDate, Arc<Actor>),
    /// A member works on this day for the firm that serves the complex, or none does; likewise.
    Conflicting(bool, NaiveDate, Arc<Actor>),
}

#[derive(Clone, Copy)]
pub enum CommitteeOrder {
    Name,
}

pub const OF_COMPLEX: Parent<Committees, ComplexId> = Parent::own(|| committee::Column::ComplexId.as_column_ref());
pub const OF_BRANCH: Parent<Committees, PartyBranchId> = Parent::own(|| committee::Column::BranchId.as_column_ref());

impl Noun for Committees {
    type Entity = committee::Entity;
    type Model = committee::Model;
    type Id = CommitteeId;
    type Where = CommitteeWhere;
    type Order = CommitteeOrder;

    const ID: committee::Column = committee::Column::Id;

    fn id(row: &committee::Model) -> CommitteeId {
        row.id
    }

    /// The committee of a party branch is seen like the branch.
    fn visible_to(actor: &Actor) -> Condition {
        Condition::any().add(committee::Column::BranchId.is_null()).add(signed_in(actor))
    }

    fn matching(fact: &CommitteeWhere) -> Condition {
        use committee::Column as C;
        let among =
            |is: bool, ids: SelectStatement| Condition::all().add(if is { C::Id.in_subquery(ids) } else { C::Id.not_in_subquery(ids) });
        match fact {
            CommitteeWhere::Id(test) => test.on(C::Id),
            CommitteeWhere::Name(test) => test.on(C::Name),
            CommitteeWhere::Kind(test) => test.on(C::Kind),
            CommitteeWhere::Provenance(test) => test.on(C::Provenance),
            CommitteeWhere::Within(code) => within(C::AreaId, code),
            CommitteeWhere::Complex(filter) => Condition::all().add(C::ComplexId.in_subquery(complex_ids(filter))),
            CommitteeWhere::Branch(filter) => Condition::all().add(C::BranchId.in_subquery(branch_ids(filter))),
            CommitteeWhere::Terms(terms) => terms.on::<CommitteeTerms>(C::Id, committee_term::Column::CommitteeId),
            CommitteeWhere::Members(seats) => seats.on::<Members>(C::Id, committee_member::Column::CommitteeId),
            CommitteeWhere::Existing(is, day) => {
                let exists = existing_on(*day);
                if *is { exists } else { exists.not() }
            }
            CommitteeWhere::InOffice(is, day) => among(*is, in_office(running_on(*day))),
            CommitteeWhere::Chaired(is, day) => among(*is, seated(chairs_on(*day))),
            CommitteeWhere::Filed(is, day) => among(*is, in_office(running_on(*day).add(committee_term::Column::FiledOn.lte(*day)))),
            CommitteeWhere::TermEndsBefore(day) => among(true, in_office(Condition::all()))
                .add(C::Id.not_in_subquery(in_office(committee_term::Column::EndsOn.gte(*day).into()))),
            CommitteeWhere::ChairedBySecretary(is, day, asker) => {
                among(*is, seated(chairs_on(*day).add(secretary_on(*day)).add(Members::visible_to(asker))))
            }
            CommitteeWhere::Conflicting(is, day, asker) => among(*is, seated(conflicting_on(*day).add(Members::visible_to(asker)))),
        }
    }

    fn order(order: CommitteeOrder) -> OrderBy<Self> {
        match order {
            CommitteeOrder::Name => OrderBy { column: committee::Column::Name, key: |row| Key::Text(row.name.clone()) },
        }
    }
}

/// The ids of the committees that pass a filter.
fn ids(filter: &Filter<CommitteeWhere>) -> SelectStatement {
    committee::Entity::find().select_only().column(committee::Column::Id).filter(filter.condition(Committees::matching)).into_query()
}

/// Committees that exist on a day, the first and the last included.
pub fn existing_on(day: NaiveDate) -> Condition {
    runs_on(committee::Column::EstablishedOn, committee::Column::DissolvedOn, day)
}

/// Terms that run on a day, the first and the last included.
pub fn running_on(day: NaiveDate) -> Condition {
    Condition::all().add(committee_term::Column::ElectedOn.lte(day)).add(committee_term::Column::EndsOn.gte(day))
}

/// Seats held on a day, the first and the last included.
pub fn seated_on(day: NaiveDate) -> Condition {
    Condition::all().add(committee_member::Column::StartsOn.lte(day)).add(committee_member::Column::EndsOn.gte(day))
}

fn chairs_on(day: NaiveDate) -> Condition {
    seated_on(day).add(committee_member::Column::Role.eq(CommitteeRole::Chair))
}

/// The ids of the committees with such a term.
pub fn in_office(terms: Condition) -> SelectStatement {
    committee_term::Entity::find().select_only().column(committee_term::Column::CommitteeId).filter(terms).into_query()
}

/// The ids of the committees with such a seat.
fn seated(seats: Condition) -> SelectStatement {
    committee_member::Entity::find().select_only().column(committee_member::Column::CommitteeId).filter(seats).into_query()
}

/// The seat's person is secretary of a branch that covers the committee's complex.
fn secretary_on(day: NaiveDate) -> Condition {
    let complex = committee::Entity::find()
        .select_only()
        .column(committee::Column::ComplexId)
        .filter(Expr::col(committee::Column::Id.as_column_ref()).equals(committee_member::Column::CommitteeId.as_column_ref()))
        .into_query();
    let covering = party_cover::Entity::find()
        .select_only()
        .column(party_cover::Column::BranchId)
        .filter(party_cover::Column::ComplexId.in_subquery(complex))
        .filter(covering_on(day))
        .into_query();
    let secretaries = post::Entity::find()
        .select_only()
        .column(post::Column::PersonId)
        .filter(post::Column::Role.eq(PostRole::BranchSecretary))
        .filter(held_on(day))
        .filter(post::Column::UnitId.in_subquery(covering))
        .into_query();
    Condition::all().add(committee_member::Column::PersonId.in_subquery(secretaries))
}

/// Seats on owners' committees whose holder works on that day for the firm that serves the complex on that day: what must not be.
pub fn conflicting_on(day: NaiveDate) -> Condition {
    let serving = firm_contract::Entity::find()
        .select_only()
        .column(firm_contract::Column::FirmId)
        .filter(in_force_on(day))
        .filter(Expr::col(firm_contract::Column::ComplexId.as_column_ref()).equals(committee::Column::ComplexId.as_column_ref()))
        .into_query();
    let committees = committee::Entity::find()
        .select_only()
        .expr(Expr::val(1))
        .filter(Expr::col(committee::Column::Id.as_column_ref()).equals(committee_member::Column::CommitteeId.as_column_ref()))
        .filter(committee::Column::Kind.eq(CommitteeKind::Owners))
        .filter(post::Column::UnitId.in_subquery(serving))
        .into_query();
    let posts = post::Entity::find()
        .select_only()
        .expr(Expr::val(1))
        .filter(Expr::col(post::Column::PersonId.as_column_ref()).equals(committee_member::Column::PersonId.as_column_ref()))
        .filter(held_on(day))
        .filter(Expr::exists(committees))
        .into_query();
    seated_on(day).add(Expr::exists(posts))
}

/// Something with a first and a last day, where a last day that is none is open, has a day in common with these.
pub fn overlaps(starts: impl ColumnTrait, ends: impl ColumnTrait, from: NaiveDate, to: Option<NaiveDate>) -> Condition {
    let all = Condition::all().add(open_on(ends, from));
    match to {
        Some(to) => all.add(starts.lte(to)),
        None => all,
    }
}

/// Owners' committees on which the person sits, within these days, while the firm serves the complex: such a person gets no post at the firm.
pub fn barring(person: PersonId, firm: FirmId, (from, to): (NaiveDate, Option<NaiveDate>)) -> Condition {
    let contract = |column: firm_contract::Column| Expr::col(column.as_column_ref());
    let seat = |column: committee_member::Column| Expr::col(column.as_column_ref());
    let open = Condition::any()
        .add(firm_contract::Column::EndsOn.is_null())
        .add(contract(firm_contract::Column::EndsOn).gte(seat(committee_member::Column::StartsOn)));
    let contracts = firm_contract::Entity::find()
        .select_only()
        .expr(Expr::val(1))
        .filter(firm_contract::Column::FirmId.eq(firm))
        .filter(contract(firm_contract::Column::ComplexId).equals(committee::Column::ComplexId.as_column_ref()))
        .filter(overlaps(firm_contract::Column::StartsOn, firm_contract::Column::EndsOn, from, to))
        .filter(contract(firm_contract::Column::StartsOn).lte(seat(committee_member::Column::EndsOn)))
        .filter(open)
        .into_query();
    let seats = committee_member::Entity::find()
        .select_only()
        .expr(Expr::val(1))
        .filter(committee_member::Column::PersonId.eq(person))
        .filter(seat(committee_member::Column::CommitteeId).equals(committee::Column::Id.as_column_ref()))
        .filter(overlaps(committee_member::Column::StartsOn, committee_member::Column::EndsOn, from, to))
        .filter(Expr::exists(contracts))
        .into_query();
    Condition::all().add(committee::Column::Kind.eq(CommitteeKind::Owners)).add(Expr::exists(seats))
}

pub struct CommitteeTerms;

pub enum TermWhere {
    /// Runs on this day.
    Running(NaiveDate),
    Filed(bool),
}

#[derive(Clone, Copy)]
pub enum TermOrder {
    ElectedOn,
}

pub const TERMS: Parent<CommitteeTerms, CommitteeId> = Parent::own(|| committee_term::Column::CommitteeId.as_column_ref());

impl Noun for CommitteeTerms {
    type Entity = committee_term::Entity;
    type Model = committee_term::Model;
    type Id = CommitteeTermId;
    type Where = TermWhere;
    type Order = TermOrder;

    const ID: committee_term::Column = committee_term::Column::Id;

    fn id(row: &committee_term::Model) -> CommitteeTermId {
        row.id
    }

    fn visible_to(actor: &Actor) -> Condition {
        of_visible(actor, committee_term::Column::CommitteeId)
    }

    fn matching(fact: &TermWhere) -> Condition {
        match fact {
            TermWhere::Running(day) => running_on(*day),
            TermWhere::Filed(true) => committee_term::Column::FiledOn.is_not_null().into(),
            TermWhere::Filed(false) => committee_term::Column::FiledOn.is_null().into(),
        }
    }

    fn order(order: TermOrder) -> OrderBy<Self> {
        match order {
            TermOrder::ElectedOn => OrderBy { column: committee_term::Column::ElectedOn, key: |row| Key::Date(row.elected_on) },
        }
    }
}

/// Visitors see what belongs to the committees they see; for whoever is signed in there is nothing to ask.
fn of_visible(actor: &Actor, committee_id: impl IntoSimpleExpr) -> Condition {
    if actor.person.is_some() {
        return Condition::all();
    }
    let seen = committee::Entity::find().select_only().column(committee::Column::Id).filter(Committees::visible_to(actor)).into_query();
    Condition::all().add(committee_id.into_simple_expr().in_subquery(seen))
}

pub struct Members;

pub enum MemberWhere {
    Id(Test),
    Role(Test),
    Capacity(Test),
    Person(Test),
    HeldBy(Related<PersonWhere>),
    Committee(Filter<CommitteeWhere>),
    /// Held on this day, or not.
    Seated(bool, NaiveDate),
}

#[derive(Clone, Copy)]
pub enum MemberOrder {
    StartsOn,
}

pub const MEMBERS: Parent<Members, CommitteeId> = Parent::own(|| committee_member::Column::CommitteeId.as_column_ref());
pub const OF_TERM: Parent<Members, CommitteeTermId> = Parent::own(|| committee_member::Column::TermId.as_column_ref());
pub const OF_PERSON: Parent<Members, PersonId> = Parent::own(|| committee_member::Column::PersonId.as_column_ref());

impl Noun for Members {
    type Entity = committee_member::Entity;
    type Model = committee_member::Model;
    type Id = CommitteeMemberId;
    type Where = MemberWhere;
    type Order = MemberOrder;

    const ID: committee_member::Column = committee_member::Column::Id;

    fn id(row: &committee_member::Model) -> CommitteeMemberId {
        row.id
    }

    fn visible_to(actor: &Actor) -> Condition {
        signed_in(actor)
    }

    fn matching(fact: &MemberWhere) -> Condition {
        use committee_member::Column as C;
        match fact {
            MemberWhere::Id(test) => test.on(C::Id),
            MemberWhere::Role(test) => test.on(C::Role),
            MemberWhere::Capacity(test) => test.on(C::Capacity),
            MemberWhere::Person(test) => test.on(C::PersonId),
            MemberWhere::HeldBy(persons) => persons.on::<Persons>(C::PersonId, person::Column::Id),
            MemberWhere::Committee(filter) => Condition::all().add(C::CommitteeId.in_subquery(ids(filter))),
            MemberWhere::Seated(true, day) => seated_on(*day),
            MemberWhere::Seated(false, day) => seated_on(*day).not(),
        }
    }

    fn order(order: MemberOrder) -> OrderBy<Self> {
        match order {
            MemberOrder::StartsOn => OrderBy { column: committee_member::Column::StartsOn, key: |row| Key::Date(row.starts_on) },
        }
    }
}

pub struct CommitteeEvents;

pub enum EventWhere {
    Kind(Test),
}

#[derive(Clone, Copy)]
pub enum EventOrder {
    Sequence,
}

pub const EVENTS: Parent<CommitteeEvents, CommitteeId> = Parent::own(|| committee_event::Column::CommitteeId.as_column_ref());

impl Noun for CommitteeEvents {
    type Entity = committee_event::Entity;
    type Model = committee_event::Model;
    type Id = CommitteeEventId;
    type Where = EventWhere;
    type Order = EventOrder;

    const ID: committee_event::Column = committee_event::Column::Id;

    fn id(row: &committee_event::Model) -> CommitteeEventId {
        row.id
    }

    fn visible_to(actor: &Actor) -> Condition {
        let there = within_any(committee::Column::AreaId, &actor.official_areas());
        let there = committee::Entity::find().select_only().column(committee::Column::Id).filter(there).into_query();
        Condition::all().add(committee_event::Column::CommitteeId.in_subquery(there))
    }

    fn matching(fact: &EventWhere) -> Condition {
        match fact {
            EventWhere::Kind(test) => test.on(committee_event::Column::Kind),
        }
    }

    fn order(order: EventOrder) -> OrderBy<Self> {
        match order {
            EventOrder::Sequence => OrderBy { column: committee_event::Column::Seq, key: |row| Key::Int(row.seq.into()) },
        }
    }
}
