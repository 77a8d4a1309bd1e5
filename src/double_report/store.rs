use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use entity::{
    AreaId, BuildingId, ComplexId, DepartmentId, DoubleReportId, DutyPostId, FirmId, Hundredths, PartyBranchId, PersonId, StairwellId,
    department, double_report, duty_claim, duty_post, person, property_firm, service_record,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait,
    sea_query::{Expr, LockType},
};

use super::scope::{claimed_on, known_to, reporting_on};
use crate::{
    area::scope::within,
    auth::Actor,
    db::{self, filter::open_on, noun::visible},
    person::scope::Persons,
};

/// The names of persons with whether they were erased, of departments and of firms, whoever may see them otherwise.
pub struct Named {
    pub persons: HashMap<PersonId, person::Model>,
    pub departments: HashMap<DepartmentId, String>,
    pub firms: HashMap<FirmId, String>,
}

/// Three statements at most.
pub(super) async fn named(db: &impl ConnectionTrait, reports: &[double_report::Model]) -> Result<Named, DbErr> {
    let persons: Vec<_> = reports.iter().filter_map(|report| report.person_id).collect();
    let departments: Vec<_> = reports.iter().filter_map(|report| report.department_id).collect();
    let firms: Vec<_> = reports.iter().filter_map(|report| report.firm_id).collect();
    let mut named = Named { persons: HashMap::new(), departments: HashMap::new(), firms: HashMap::new() };
    if !persons.is_empty() {
        let rows = person::Entity::find().filter(person::Column::Id.is_in(persons)).all(db).await?;
        named.persons = rows.into_iter().map(|row| (row.id, row)).collect();
    }
    if !departments.is_empty() {
        let rows = department::Entity::find().filter(department::Column::Id.is_in(departments)).all(db).await?;
        named.departments = rows.into_iter().map(|row| (row.id, row.name)).collect();
    }
    if !firms.is_empty() {
        let rows = property_firm::Entity::find().filter(property_firm::Column::Id.is_in(firms)).all(db).await?;
        named.firms = rows.into_iter().map(|row| (row.id, row.name)).collect();
    }
    Ok(named)
}

/// Those of these reports that the actor knows who made.
pub(super) async fn known(
    db: &impl ConnectionTrait,
    actor: &Actor,
    reports: &[double_report::Model],
) -> Result<HashSet<DoubleReportId>, DbErr> {
    use double_report::Column as C;
    let known = double_report::Entity::find().select_only().column(C::Id).filter(known_to(actor));
    let ids: Vec<DoubleReportId> = known.filter(C::Id.is_in(reports.iter().map(|report| report.id))).into_tuple().all(db).await?;
    Ok(ids.into_iter().collect())
}

/// The hours of each report that are confirmed and not withdrawn.
pub(super) async fn hours(db: &impl ConnectionTrait, reports: &[DoubleReportId]) -> Result<Vec<(DoubleReportId, Hundredths)>, DbErr> {
    use service_record::Column as C;
    service_record::Entity::find()
        .select_only()
        .column(C::ReportId)
        .column_as(db::sum(C::Hours), "total")
        .filter(C::ReportId.is_in(reports.iter().copied()))
        .filter(C::ConfirmedOn.is_not_null())
        .filter(C::EndedOn.is_null())
        .group_by(C::ReportId)
        .into_tuple()
        .all(db)
        .await
}

/// How many hold each post on a day.
pub(super) async fn claimed(db: &impl ConnectionTrait, posts: &[DutyPostId], day: NaiveDate) -> Result<Vec<(DutyPostId, i64)>, DbErr> {
    use duty_claim::Column as C;
    duty_claim::Entity::find()
        .select_only()
        .column(C::PostId)
        .column_as(C::Id.count(), "holders")
        .filter(C::PostId.is_in(posts.iter().copied()))
        .filter(claimed_on(day))
        .group_by(C::PostId)
        .into_tuple()
        .all(db)
        .await
}

/// How many have reported to each complex on a day, persons and units.
pub(super) async fn counts(db: &impl ConnectionTrait, complexes: &[ComplexId], day: NaiveDate) -> Result<Vec<(ComplexId, i64)>, DbErr> {
    use double_report::Column as C;
    double_report::Entity::find()
        .select_only()
        .column(C::ComplexId)
        .column_as(C::Id.count(), "reports")
        .filter(C::ComplexId.is_in(complexes.iter().copied()))
        .filter(reporting_on(day))
        .group_by(C::ComplexId)
        .into_tuple()
        .all(db)
        .await
}

/// (persons, departments, firms, units known by their name) that have reported to an area on a day, each once, and the hours of service there until then that count.
pub(super) async fn area_totals(db: &impl ConnectionTrait, area: &str, day: NaiveDate) -> Result<(i64, i64, i64, i64, i64), DbErr> {
    use double_report::Column as C;
    use service_record::Column as S;
    let hours = service_record::Entity::find()
        .select_only()
        .expr(db::sum(S::Hours))
        .filter(within(S::AreaId, area))
        .filter(S::Day.lte(day))
        .filter(S::ConfirmedOn.is_not_null())
        .filter(S::EndedOn.is_null())
        .into_query();
    let once = |column: C| Expr::col(column.as_column_ref()).count_distinct();
    let row = double_report::Entity::find()
        .select_only()
        .expr_as(once(C::PersonId), "persons")
        .expr_as(once(C::DepartmentId), "departments")
        .expr_as(once(C::FirmId), "firms")
        .expr_as(once(C::UnitName), "units")
        .expr_as(Expr::from(hours), "hours")
        .filter(within(C::AreaId, area))
        .filter(reporting_on(day))
        .into_tuple()
        .one(db)
        .await?;
    Ok(row.unwrap_or_default())
}

/// Who has reported, a person, a department, a firm or a unit by its name, and where: the area, and the organisation or the complex.
pub(super) type Key =
    (Option<PersonId>, Option<DepartmentId>, Option<FirmId>, Option<String>, (AreaId, Option<PartyBranchId>, Option<ComplexId>));

pub(super) fn key(row: &double_report::Model) -> Key {
    let place = (row.area_id, row.branch_id, row.complex_id);
    (row.person_id, row.department_id, row.firm_id, row.unit_name.clone(), place)
}

/// The reports of any of these who have reported, or of units of these names, in any of these areas.
pub(super) async fn reported_like(
    db: &impl ConnectionTrait,
    rows: &[&double_report::Model],
    names: Vec<String>,
) -> Result<Vec<double_report::Model>, DbErr> {
    use double_report::Column as C;
    let areas: HashSet<AreaId> = rows.iter().map(|row| row.area_id).collect();
    let by_any = Condition::any()
        .add(C::PersonId.is_in(rows.iter().filter_map(|row| row.person_id)))
        .add(C::DepartmentId.is_in(rows.iter().filter_map(|row| row.department_id)))
        .add(C::FirmId.is_in(rows.iter().filter_map(|row| row.firm_id)))
        .add(C::UnitName.is_in(names));
    double_report::Entity::find().filter(C::AreaId.is_in(areas)).filter(by_any).all(db).await
}

pub(super) async fn put(tx: &DatabaseTransaction, rows: Vec<double_report::Model>) -> Result<(), DbErr> {
    db::put::<double_report::Entity>(tx, rows).await
}

pub(super) async fn put_claims(tx: &DatabaseTransaction, rows: Vec<duty_claim::Model>) -> Result<(), DbErr> {
    db::put::<duty_claim::Entity>(tx, rows).await
}

/// Whether there is a report of the same and to the same that lasts on the first day of the new one or later.
pub(super) async fn is_reported(db: &impl ConnectionTrait, new: &double_report::Model) -> Result<bool, DbErr> {
    use double_report::Column as C;
    let there = double_report::Entity::find().filter(C::AreaId.eq(new.area_id)).filter(open_on(C::EndedOn, new.starts_on));
    let of_same = match (new.person_id, new.department_id, new.firm_id) {
        (Some(person), ..) => there.filter(C::PersonId.eq(person)),
        (_, Some(department), _) => there.filter(C::DepartmentId.eq(department)),
        (.., Some(firm)) => there.filter(C::FirmId.eq(firm)),
        _ => there.filter(C::UnitName.eq(new.unit_name.clone())),
    };
    Ok(of_same.all(db).await?.iter().any(|row| key(row) == key(new)))
}

/// A person whom the actor may see.
pub(super) async fn is_person(db: &impl ConnectionTrait, actor: &Actor, id: PersonId) -> Result<bool, DbErr> {
    let seen = visible::<Persons>(actor).filter(person::Column::Id.eq(id)).filter(person::Column::ErasedAt.is_null());
    Ok(seen.one(db).await?.is_some())
}

/// The claims of reports that have not ended, locked.
pub(super) async fn open_claims_of(db: &impl ConnectionTrait, reports: Vec<DoubleReportId>) -> Result<Vec<duty_claim::Model>, DbErr> {
    use duty_claim::Column as C;
    let open = duty_claim::Entity::find().filter(C::ReportId.is_in(reports)).filter(C::EndedOn.is_null());
    open.order_by_asc(C::Id).lock(LockType::NoKeyUpdate).all(db).await
}

/// The same of a building, those of one of its stairwells only where one is named.
pub(super) async fn open_posts_in(
    db: &impl ConnectionTrait,
    building: BuildingId,
    stairwell: Option<StairwellId>,
) -> Result<Vec<duty_post::Model>, DbErr> {
    use duty_post::Column as C;
    let open = duty_post::Entity::find().filter(C::BuildingId.eq(building)).filter(C::EndedOn.is_null());
    let open = match stairwell {
        Some(stairwell) => open.filter(C::StairwellId.eq(stairwell)),
        None => open,
    };
    open.order_by_asc(C::Id).lock(LockType::NoKeyUpdate).all(db).await
}

/// The same of any of these reports, or of any of these posts.
pub(super) async fn open_claims_among(
    db: &impl ConnectionTrait,
    (reports, posts): (Vec<DoubleReportId>, Vec<DutyPostId>),
) -> Result<Vec<duty_claim::Model>, DbErr> {
    use duty_claim::Column as C;
    let among = Condition::any().add(C::ReportId.is_in(reports)).add(C::PostId.is_in(posts));
    let open = duty_claim::Entity::find().filter(among).filter(C::EndedOn.is_null());
    open.order_by_asc(C::Id).lock(LockType::NoKeyUpdate).all(db).await
}

/// The reports to a complex that have not ended, locked.
pub(super) async fn open_reports_to(db: &impl ConnectionTrait, complex: ComplexId) -> Result<Vec<double_report::Model>, DbErr> {
    use double_report::Column as C;
    let open = double_report::Entity::find().filter(C::ComplexId.eq(complex)).filter(C::EndedOn.is_null());
    open.order_by_asc(C::Id).lock(LockType::NoKeyUpdate).all(db).await
}

/// Its duty posts that have not ended, locked.
pub(super) async fn open_posts_of(db: &impl ConnectionTrait, complex: ComplexId) -> Result<Vec<duty_post::Model>, DbErr> {
    use duty_post::Column as C;
    let open = duty_post::Entity::find().filter(C::ComplexId.eq(complex)).filter(C::EndedOn.is_null());
    open.order_by_asc(C::Id).lock(LockType::NoKeyUpdate).all(db).await
}

/// The same of a post.
pub(super) async fn open_claims_on(db: &impl ConnectionTrait, post: DutyPostId) -> Result<Vec<duty_claim::Model>, DbErr> {
    use duty_claim::Column as C;
    let open = duty_claim::Entity::find().filter(C::PostId.eq(post)).filter(C::EndedOn.is_null());
    open.order_by_asc(C::Id).lock(LockType::NoKeyUpdate).all(db).await
}

/// The claims of a post that last beyond a day.
pub(super) async fn claims_beyond(db: &impl ConnectionTrait, post: DutyPostId, day: NaiveDate) -> Result<Vec<duty_claim::Model>, DbErr> {
    use duty_claim::Column as C;
    let beyond = Condition::any().add(C::EndedOn.is_null()).add(C::EndedOn.gt(day));
    duty_claim::Entity::find().filter(C::PostId.eq(post)).filter(beyond).all(db).await
}

/// Whether the stairwell, building or complex, or the area where there is none, has a post of this name that has not ended.
pub(super) async fn is_post(db: &impl ConnectionTrait, new: &duty_post::Model) -> Result<bool, DbErr> {
    use duty_post::Column as C;
    let same = duty_post::Entity::find().filter(C::AreaId.eq(new.area_id)).filter(C::Name.eq(&new.name)).filter(C::EndedOn.is_null());
    let place = |row: &duty_post::Model| (row.complex_id, row.building_id, row.stairwell_id);
    Ok(same.all(db).await?.iter().any(|row| place(row) == place(new)))
}

/// The hours that a report has on a day, those withdrawn aside.
pub(super) async fn hours_on(db: &impl ConnectionTrait, report: DoubleReportId, day: NaiveDate) -> Result<Hundredths, DbErr> {
    use service_record::Column as C;
    let rows = service_record::Entity::find().filter(C::ReportId.eq(report)).filter(C::Day.eq(day)).filter(C::EndedOn.is_null());
    Ok(Hundredths(rows.all(db).await?.iter().map(|row| row.hours.0).sum()))
}
