//! Party organisations are seen by whoever is signed in, and so is who is sent to them. Who belongs to them is sensitive personal data
//! (个人信息保护法第二十八条): told to the member, to the organisation's secretary, and to the officers of its area and above.

use chrono::NaiveDate;
use entity::{
    AreaId, FirmId, PartyBranchId, PartyCoverId, PartyInstructorId, PartyMembershipId, PersonId, PostRole, committee, complex,
    party_branch, party_cover, party_instructor, party_membership, person, post, property_firm,
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait, sea_query::SelectStatement};

use crate::{
    area::scope::{within, within_any},
    auth::Actor,
    committee::scope::{CommitteeWhere, Committees},
    complex::scope::{ComplexWhere, Complexes},
    db::{
        filter::{Filter, Related, Test, open_on},
        never,
        noun::{Noun, OrderBy, Parent, signed_in},
        page::Key,
    },
    firm::scope::{FirmWhere, Firms},
    person::scope::{PersonWhere, Persons, PostWhere, Posts},
    record::scope::kept,
};

kept! {
    Branches: PartyBranch;
    Covers: PartyCover;
    Memberships: PartyMembership hides "person_id";
    Instructors: PartyInstructor hides "person_id";
}

pub struct Branches;

pub enum BranchWhere {
    Id(Test),
    Name(Test),
    Kind(Test),
    Firm(Test),
    Within(String),
    /// Exists on this day, or not.
    Existing(bool, NaiveDate),
    /// Covers such a complex on this day.
    Covers(Test, NaiveDate),
    Parent(Filter<Self>),
    /// By the complexes that it covers on this day.
    Complexes(Related<ComplexWhere>, NaiveDate),
    Committees(Related<CommitteeWhere>),
    Posts(Related<PostWhere>),
}

#[derive(Clone, Copy)]
pub enum BranchOrder {
    Name,
}

pub const BELOW: Parent<Branches, PartyBranchId> = Parent::own(|| party_branch::Column::ParentId.as_column_ref());
pub const OF_FIRM: Parent<Branches, FirmId> = Parent::own(|| party_branch::Column::FirmId.as_column_ref());

impl Noun for Branches {
    type Entity = party_branch::Entity;
    type Model = party_branch::Model;
    type Id = PartyBranchId;
    type Where = BranchWhere;
    type Order = BranchOrder;

    const ID: party_branch::Column = party_branch::Column::Id;

    fn id(row: &party_branch::Model) -> PartyBranchId {
        row.id
    }

    fn visible_to(actor: &Actor) -> Condition {
        signed_in(actor)
    }

    fn matching(fact: &BranchWhere) -> Condition {
        match fact {
            BranchWhere::Id(test) => test.on(party_branch::Column::Id),
            BranchWhere::Name(test) => test.on(party_branch::Column::Name),
            BranchWhere::Kind(test) => test.on(party_branch::Column::Kind),
            BranchWhere::Firm(test) => test.on(party_branch::Column::FirmId),
            BranchWhere::Within(code) => within(party_branch::Column::AreaId, code),
            BranchWhere::Existing(true, day) => existing_on(*day),
            BranchWhere::Existing(false, day) => existing_on(*day).not(),
            BranchWhere::Covers(test, day) => {
                let covers = party_cover::Entity::find().select_only().column(party_cover::Column::BranchId);
                let covers = covers.filter(test.on(party_cover::Column::ComplexId)).filter(covering_on(*day));
                Condition::all().add(party_branch::Column::Id.in_subquery(covers.into_query()))
            }
            BranchWhere::Parent(filter) => Condition::all().add(party_branch::Column::ParentId.in_subquery(ids(filter))),
            BranchWhere::Complexes(complexes, day) => {
                let covers = party_cover::Entity::find().select_only().column(party_cover::Column::BranchId).filter(covering_on(*day));
                let covers = covers.filter(party_cover::Column::ComplexId.in_subquery(complexes.values::<Complexes>(complex::Column::Id)));
                complexes.among(party_branch::Column::Id, covers.into_query())
            }
            BranchWhere::Committees(committees) => committees.on::<Committees>(party_branch::Column::Id, committee::Column::BranchId),
            BranchWhere::Posts(posts) => posts.on::<Posts>(party_branch::Column::Id, post::Column::UnitId),
        }
    }

    fn order(order: BranchOrder) -> OrderBy<Self> {
        match order {
            BranchOrder::Name => OrderBy { column: party_branch::Column::Name, key: |row| Key::Text(row.name.clone()) },
        }
    }
}

/// The ids of the organisations that pass a filter.
pub fn ids(filter: &Filter<BranchWhere>) -> SelectStatement {
    party_branch::Entity::find().select_only().column(party_branch::Column::Id).filter(filter.condition(Branches::matching)).into_query()
}

/// From its first day to its last, both included; of what has no first day it is not known, and it was always so.
pub fn lasting_on(starts: impl ColumnTrait, ends: impl ColumnTrait, day: NaiveDate) -> Condition {
    let begun = Condition::any().add(starts.is_null()).add(starts.lte(day));
    Condition::all().add(begun).add(open_on(ends, day))
}

/// Organisations that exist on a day.
pub fn existing_on(day: NaiveDate) -> Condition {
    lasting_on(party_branch::Column::EstablishedOn, party_branch::Column::EndedOn, day)
}

/// The ids of the complexes that these branches cover, until the day on which it ends: rights end at once.
pub fn complexes_of(branches: Vec<PartyBranchId>) -> SelectStatement {
    party_cover::Entity::find()
        .select_only()
        .column(party_cover::Column::ComplexId)
        .filter(party_cover::Column::BranchId.is_in(branches))
        .filter(party_cover::Column::EndedOn.is_null())
        .into_query()
}

pub struct Covers;

pub enum CoverWhere {
    Id(Test),
    Complex(Test),
    /// On this day, or not.
    Lasting(bool, NaiveDate),
}

#[derive(Clone, Copy)]
pub enum CoverOrder {
    Entered,
}

pub const COVERS: Parent<Covers, PartyBranchId> = Parent::own(|| party_cover::Column::BranchId.as_column_ref());

impl Noun for Covers {
    type Entity = party_cover::Entity;
    type Model = party_cover::Model;
    type Id = PartyCoverId;
    type Where = CoverWhere;
    type Order = CoverOrder;

    const ID: party_cover::Column = party_cover::Column::Id;

    fn id(row: &party_cover::Model) -> PartyCoverId {
        row.id
    }

    fn visible_to(actor: &Actor) -> Condition {
        signed_in(actor)
    }

    fn matching(fact: &CoverWhere) -> Condition {
        match fact {
            CoverWhere::Id(test) => test.on(party_cover::Column::Id),
            CoverWhere::Complex(test) => test.on(party_cover::Column::ComplexId),
            CoverWhere::Lasting(true, day) => covering_on(*day),
            CoverWhere::Lasting(false, day) => covering_on(*day).not(),
        }
    }

    fn order(order: CoverOrder) -> OrderBy<Self> {
        match order {
            CoverOrder::Entered => OrderBy { column: party_cover::Column::Id, key: |row| Key::Id(row.id.0) },
        }
    }
}

pub fn covering_on(day: NaiveDate) -> Condition {
    lasting_on(party_cover::Column::StartsOn, party_cover::Column::EndedOn, day)
}

pub struct Memberships;

pub enum MembershipWhere {
    Id(Test),
    Role(Test),
    Person(Test),
    Of(Related<PersonWhere>),
    Lasting(bool, NaiveDate),
}

#[derive(Clone, Copy)]
pub enum MembershipOrder {
    StartsOn,
}

pub const MEMBERS: Parent<Memberships, PartyBranchId> = Parent::own(|| party_membership::Column::BranchId.as_column_ref());
pub const MEMBERSHIPS_OF_PERSON: Parent<Memberships, PersonId> = Parent::own(|| party_membership::Column::PersonId.as_column_ref());

/// The areas in which the actor sees, with all below them, who is a party member.
pub fn keeps_members_in(actor: &Actor) -> Vec<AreaId> {
    let keeps = [PostRole::CommunityOfficer, PostRole::SubdistrictOfficer, PostRole::DistrictOfficer, PostRole::Administrator];
    actor.posts.iter().filter(|post| keeps.contains(&post.role)).map(|post| post.area).collect()
}

impl Noun for Memberships {
    type Entity = party_membership::Entity;
    type Model = party_membership::Model;
    type Id = PartyMembershipId;
    type Where = MembershipWhere;
    type Order = MembershipOrder;

    const ID: party_membership::Column = party_membership::Column::Id;

    fn id(row: &party_membership::Model) -> PartyMembershipId {
        row.id
    }

    fn visible_to(actor: &Actor) -> Condition {
        use party_membership::Column as C;
        let Some(me) = actor.person else { return never() };
        let own: Vec<PartyBranchId> = actor.units(PostRole::BranchSecretary);
        let seen = Condition::any().add(C::PersonId.eq(me)).add(C::BranchId.is_in(own));
        match keeps_members_in(actor) {
            areas if areas.is_empty() => seen,
            areas => seen.add(within_any(C::AreaId, &areas)),
        }
    }

    fn matching(fact: &MembershipWhere) -> Condition {
        use party_membership::Column as C;
        match fact {
            MembershipWhere::Id(test) => test.on(C::Id),
            MembershipWhere::Role(test) => test.on(C::Role),
            MembershipWhere::Person(test) => test.on(C::PersonId),
            MembershipWhere::Of(persons) => persons.on::<Persons>(C::PersonId, person::Column::Id),
            MembershipWhere::Lasting(true, day) => belonging_on(*day),
            MembershipWhere::Lasting(false, day) => belonging_on(*day).not(),
        }
    }

    fn order(order: MembershipOrder) -> OrderBy<Self> {
        match order {
            MembershipOrder::StartsOn => OrderBy { column: party_membership::Column::StartsOn, key: |row| Key::Date(row.starts_on) },
        }
    }
}

pub fn belonging_on(day: NaiveDate) -> Condition {
    lasting_on(party_membership::Column::StartsOn, party_membership::Column::EndedOn, day)
}

pub struct Instructors;

pub enum InstructorWhere {
    Id(Test),
    Kind(Test),
    Person(Test),
    ToBranch(Related<BranchWhere>),
    ToFirm(Related<FirmWhere>),
    Within(String),
    Lasting(bool, NaiveDate),
}

#[derive(Clone, Copy)]
pub enum InstructorOrder {
    StartsOn,
}

pub const INSTRUCTORS: Parent<Instructors, PartyBranchId> = Parent::own(|| party_instructor::Column::BranchId.as_column_ref());
pub const INSTRUCTORS_OF_FIRM: Parent<Instructors, FirmId> = Parent::own(|| party_instructor::Column::FirmId.as_column_ref());
pub const INSTRUCTORS_OF_PERSON: Parent<Instructors, PersonId> = Parent::own(|| party_instructor::Column::PersonId.as_column_ref());

impl Noun for Instructors {
    type Entity = party_instructor::Entity;
    type Model = party_instructor::Model;
    type Id = PartyInstructorId;
    type Where = InstructorWhere;
    type Order = InstructorOrder;

    const ID: party_instructor::Column = party_instructor::Column::Id;

    fn id(row: &party_instructor::Model) -> PartyInstructorId {
        row.id
    }

    fn visible_to(actor: &Actor) -> Condition {
        signed_in(actor)
    }

    fn matching(fact: &InstructorWhere) -> Condition {
        use party_instructor::Column as C;
        match fact {
            InstructorWhere::Id(test) => test.on(C::Id),
            InstructorWhere::Kind(test) => test.on(C::Kind),
            InstructorWhere::Person(test) => test.on(C::PersonId),
            InstructorWhere::ToBranch(branches) => branches.on::<Branches>(C::BranchId, party_branch::Column::Id),
            InstructorWhere::ToFirm(firms) => firms.on::<Firms>(C::FirmId, property_firm::Column::Id),
            InstructorWhere::Within(code) => within(C::AreaId, code),
            InstructorWhere::Lasting(true, day) => lasting_on(C::StartsOn, C::EndedOn, *day),
            InstructorWhere::Lasting(false, day) => lasting_on(C::StartsOn, C::EndedOn, *day).not(),
        }
    }

    fn order(order: InstructorOrder) -> OrderBy<Self> {
        match order {
            InstructorOrder::StartsOn => OrderBy { column: party_instructor::Column::StartsOn, key: |row| Key::Date(row.starts_on) },
        }
    }
}
