//! Who sees double reports: of units whoever is signed in; of persons, since they tell that somebody is a party member (个人信息保护法第二十八条), the person, the
//! secretary of the organisation or of one that covers the complex, and the officers and auditors of the area and above. Claims and hours are seen
//! like the report; duty posts by whoever is signed in.

use chrono::NaiveDate;
use entity::{
    AreaId, BuildingId, DoubleReportId, DutyClaimId, DutyPostId, PartyBranchId, PersonId, PostRole, ServiceRecordId, double_report,
    duty_claim, duty_post, service_record,
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{Expr, SelectStatement},
};

use crate::{
    area::scope::{within, within_any},
    auth::Actor,
    complex::scope::{ComplexWhere, ids as complex_ids},
    db::{
        filter::{Filter, Lasting, Related, Test},
        never,
        noun::{Noun, OrderBy, Parent, signed_in},
        page::Key,
    },
    party::scope::{BranchWhere, complexes_of, ids as branch_ids, keeps_members_in, lasting_on},
    record::scope::kept,
};

kept! {
    Reports: DoubleReport hides "person_id", "service", "skills";
    DutyPosts: DutyPost;
    Claims: DutyClaim;
    Services: ServiceRecord hides "work", "recorded_by", "confirmed_by", "withdrawn_because";
}

pub struct Reports;

pub enum ReportWhere {
    Id(Test),
    /// Of a person, or of a unit.
    OfPerson(bool),
    Person(Test),
    Department(Test),
    Firm(Test),
    Service(Test),
    Skills(Test),
    Branch(Test),
    /// To such an organisation.
    ToBranch(Filter<BranchWhere>),
    Claims(Related<ClaimWhere>),
    Complex(Filter<ComplexWhere>),
    Within(String),
    Lasting(bool, NaiveDate),
    /// Holds such a duty post on this day.
    Holding(Test, NaiveDate),
}

#[derive(Clone, Copy)]
pub enum ReportOrder {
    StartsOn,
}

pub const REPORTS_OF_PERSON: Parent<Reports, PersonId> = Parent::own(|| double_report::Column::PersonId.as_column_ref());

impl Noun for Reports {
    type Entity = double_report::Entity;
    type Model = double_report::Model;
    type Id = DoubleReportId;
    type Where = ReportWhere;
    type Order = ReportOrder;

    const ID: double_report::Column = double_report::Column::Id;

    fn id(row: &double_report::Model) -> DoubleReportId {
        row.id
    }

    fn visible_to(actor: &Actor) -> Condition {
        use double_report::Column as C;
        if actor.person.is_none() {
            return never();
        }
        let seen = Condition::any().add(C::PersonId.is_null()).add(known_to(actor));
        let audited: Vec<AreaId> = actor.posts.iter().filter(|post| post.role == PostRole::Auditor).map(|post| post.area).collect();
        if audited.is_empty() { seen } else { seen.add(within_any(C::AreaId, &audited)) }
    }

    fn matching(fact: &ReportWhere) -> Condition {
        use double_report::Column as C;
        match fact {
            ReportWhere::Id(test) => test.on(C::Id),
            ReportWhere::OfPerson(true) => C::PersonId.is_not_null().into(),
            ReportWhere::OfPerson(false) => C::PersonId.is_null().into(),
            ReportWhere::Person(test) => test.on(C::PersonId),
            ReportWhere::Department(test) => test.on(C::DepartmentId),
            ReportWhere::Firm(test) => test.on(C::FirmId),
            ReportWhere::Service(test) => test.on(C::Service),
            ReportWhere::Skills(test) => test.on(C::Skills),
            ReportWhere::Branch(test) => test.on(C::BranchId),
            ReportWhere::ToBranch(filter) => Condition::all().add(C::BranchId.in_subquery(branch_ids(filter))),
            ReportWhere::Claims(claims) => claims.on::<Claims>(C::Id, duty_claim::Column::ReportId),
            ReportWhere::Complex(filter) => Condition::all().add(C::ComplexId.in_subquery(complex_ids(filter))),
            ReportWhere::Within(code) => within(C::AreaId, code),
            ReportWhere::Lasting(true, day) => reporting_on(*day),
            ReportWhere::Lasting(false, day) => reporting_on(*day).not(),
            ReportWhere::Holding(test, day) => {
                let claims = duty_claim::Entity::find().select_only().column(duty_claim::Column::ReportId);
                let claims = claims.filter(test.on(duty_claim::Column::PostId)).filter(claimed_on(*day));
                Condition::all().add(C::Id.in_subquery(claims.into_query()))
            }
        }
    }

    fn order(order: ReportOrder) -> OrderBy<Self> {
        match order {
            ReportOrder::StartsOn => OrderBy { column: double_report::Column::StartsOn, key: |row| Key::Date(row.starts_on) },
        }
    }
}

/// Reports of which the actor may know who made them, whatever else they see as auditors.
pub fn known_to(actor: &Actor) -> Condition {
    use double_report::Column as C;
    let Some(me) = actor.person else { return never() };
    let mut known = Condition::any().add(C::PersonId.eq(me));
    let own: Vec<PartyBranchId> = actor.units(PostRole::BranchSecretary);
    if !own.is_empty() {
        known = known.add(C::BranchId.is_in(own.clone())).add(C::ComplexId.in_subquery(complexes_of(own)));
    }
    let areas = keeps_members_in(actor);
    if areas.is_empty() { known } else { known.add(within_any(C::AreaId, &areas)) }
}

pub fn reporting_on(day: NaiveDate) -> Condition {
    lasting_on(double_report::Column::StartsOn, double_report::Column::EndedOn, day)
}

/// The ids of the reports that the actor sees.
fn seen(actor: &Actor) -> SelectStatement {
    double_report::Entity::find().select_only().column(double_report::Column::Id).filter(Reports::visible_to(actor)).into_query()
}

pub struct DutyPosts;

pub enum PostWhere {
    Id(Test),
    Name(Test),
    Complex(Test),
    Building(Test),
    Stairwell(Test),
    /// Of such a complex.
    Of(Filter<ComplexWhere>),
    Claims(Related<ClaimWhere>),
    /// Can be claimed from this day on, or not.
    Free(bool, NaiveDate),
    Within(String),
    Lasting(Lasting),
}

#[derive(Clone, Copy)]
pub enum PostOrder {
    Name,
}

pub const POSTS_OF_BUILDING: Parent<DutyPosts, BuildingId> = Parent::own(|| duty_post::Column::BuildingId.as_column_ref());

impl Noun for DutyPosts {
    type Entity = duty_post::Entity;
    type Model = duty_post::Model;
    type Id = DutyPostId;
    type Where = PostWhere;
    type Order = PostOrder;

    const ID: duty_post::Column = duty_post::Column::Id;

    fn id(row: &duty_post::Model) -> DutyPostId {
        row.id
    }

    fn visible_to(actor: &Actor) -> Condition {
        signed_in(actor)
    }

    fn matching(fact: &PostWhere) -> Condition {
        use duty_post::Column as C;
        match fact {
            PostWhere::Id(test) => test.on(C::Id),
            PostWhere::Name(test) => test.on(C::Name),
            PostWhere::Complex(test) => test.on(C::ComplexId),
            PostWhere::Building(test) => test.on(C::BuildingId),
            PostWhere::Stairwell(test) => test.on(C::StairwellId),
            PostWhere::Of(filter) => Condition::all().add(C::ComplexId.in_subquery(complex_ids(filter))),
            PostWhere::Claims(claims) => claims.on::<Claims>(C::Id, duty_claim::Column::PostId),
            PostWhere::Free(is, day) => {
                use duty_claim::Column as H;
                // the place of whoever leaves today is free today
                let holders = duty_claim::Entity::find()
                    .select_only()
                    .column_as(H::Id.count(), "holders")
                    .filter(Expr::col(H::PostId.as_column_ref()).equals(C::Id.as_column_ref()))
                    .filter(Condition::any().add(H::EndedOn.is_null()).add(H::EndedOn.gt(*day)));
                let vacant = Expr::col(C::Places.as_column_ref()).gt(Expr::from(holders.into_query()));
                let free = Condition::all().add(C::EndedOn.is_null()).add(vacant);
                if *is { free } else { free.not() }
            }
            PostWhere::Within(code) => within(C::AreaId, code),
            PostWhere::Lasting(lasting) => lasting.test(C::EndedOn),
        }
    }

    fn order(order: PostOrder) -> OrderBy<Self> {
        match order {
            PostOrder::Name => OrderBy { column: duty_post::Column::Name, key: |row| Key::Text(row.name.clone()) },
        }
    }
}

pub struct Claims;

pub enum ClaimWhere {
    Id(Test),
    Lasting(bool, NaiveDate),
}

#[derive(Clone, Copy)]
pub enum ClaimOrder {
    StartsOn,
}

pub const CLAIMS: Parent<Claims, DoubleReportId> = Parent::own(|| duty_claim::Column::ReportId.as_column_ref());
pub const CLAIMS_OF_POST: Parent<Claims, DutyPostId> = Parent::own(|| duty_claim::Column::PostId.as_column_ref());

impl Noun for Claims {
    type Entity = duty_claim::Entity;
    type Model = duty_claim::Model;
    type Id = DutyClaimId;
    type Where = ClaimWhere;
    type Order = ClaimOrder;

    const ID: duty_claim::Column = duty_claim::Column::Id;

    fn id(row: &duty_claim::Model) -> DutyClaimId {
        row.id
    }

    fn visible_to(actor: &Actor) -> Condition {
        signed_in(actor).add(duty_claim::Column::ReportId.in_subquery(seen(actor)))
    }

    fn matching(fact: &ClaimWhere) -> Condition {
        use duty_claim::Column as C;
        match fact {
            ClaimWhere::Id(test) => test.on(C::Id),
            ClaimWhere::Lasting(true, day) => claimed_on(*day),
            ClaimWhere::Lasting(false, day) => claimed_on(*day).not(),
        }
    }

    fn order(order: ClaimOrder) -> OrderBy<Self> {
        match order {
            ClaimOrder::StartsOn => OrderBy { column: duty_claim::Column::StartsOn, key: |row| Key::Date(row.starts_on) },
        }
    }
}

pub fn claimed_on(day: NaiveDate) -> Condition {
    lasting_on(duty_claim::Column::StartsOn, duty_claim::Column::EndedOn, day)
}

pub struct Services;

pub enum ServiceWhere {
    Id(Test),
    Day(Test),
    Confirmed(bool),
    Withdrawn(bool),
}

#[derive(Clone, Copy)]
pub enum ServiceOrder {
    Day,
}

pub const SERVICES: Parent<Services, DoubleReportId> = Parent::own(|| service_record::Column::ReportId.as_column_ref());

impl Noun for Services {
    type Entity = service_record::Entity;
    type Model = service_record::Model;
    type Id = ServiceRecordId;
    type Where = ServiceWhere;
    type Order = ServiceOrder;

    const ID: service_record::Column = service_record::Column::Id;

    fn id(row: &service_record::Model) -> ServiceRecordId {
        row.id
    }

    fn visible_to(actor: &Actor) -> Condition {
        signed_in(actor).add(service_record::Column::ReportId.in_subquery(seen(actor)))
    }

    fn matching(fact: &ServiceWhere) -> Condition {
        use service_record::Column as C;
        match fact {
            ServiceWhere::Id(test) => test.on(C::Id),
            ServiceWhere::Day(test) => test.on(C::Day),
            ServiceWhere::Confirmed(true) => C::ConfirmedOn.is_not_null().into(),
            ServiceWhere::Confirmed(false) => C::ConfirmedOn.is_null().into(),
            ServiceWhere::Withdrawn(true) => C::EndedOn.is_not_null().into(),
            ServiceWhere::Withdrawn(false) => C::EndedOn.is_null().into(),
        }
    }

    fn order(order: ServiceOrder) -> OrderBy<Self> {
        match order {
            ServiceOrder::Day => OrderBy { column: service_record::Column::Day, key: |row| Key::Date(row.day) },
        }
    }
}
