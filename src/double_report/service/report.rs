//! Reporting to a place 报到, and leaving it.

use chrono::NaiveDate;
use entity::{
    AreaLevel, BuildingId, ComplexId, DepartmentId, DoubleReportId, FirmId, PartyBranchId, PersonId, Provenance, RecordChangeKind,
    StairwellId, double_report, duty_claim, duty_post,
};

use super::{may, store};
use crate::{
    app::Cx,
    area::{scope::Areas, service as areas},
    case::service::Terms,
    complex,
    db::noun,
    department,
    double_report::scope::{Claims, DutyPosts, Reports},
    firm,
    party::{scope::Branches, service::day_within},
    record::service::{RecordError, Turn, write},
};

const BRANCH: &str = "to.partyBranchId";
const FIELD: &str = "doubleReportId";

pub enum Who {
    Person(PersonId),
    Department(DepartmentId),
    Firm(FirmId),
    /// A unit that is known by its name only.
    Unit(String),
}

pub enum Place {
    Branch(PartyBranchId),
    Complex(ComplexId),
    /// By its code.
    Area(String),
}

pub struct NewReport {
    pub who: Who,
    pub to: Place,
    pub service: Option<String>,
    pub skills: Option<String>,
    pub starts_on: Option<NaiveDate>,
}

/// Persons report for themselves; whoever answers for the place reports others.
pub async fn register(cx: &Cx, terms: Terms, new: NewReport) -> Result<Option<double_report::Model>, RecordError> {
    write::<Reports, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let mut row = double_report::Model {
                id: turn.cx.clock.new_id(),
                starts_on: day_within(turn, "startsOn", new.starts_on, None)?,
                service: new.service,
                skills: new.skills,
                ..to(turn, new.to).await?
            };
            match new.who {
                Who::Person(id) => row.person_id = Some(id),
                Who::Department(id) => row.department_id = Some(id),
                Who::Firm(id) => row.firm_id = Some(id),
                Who::Unit(name) => row.unit_name = Some(name),
            }
            may(turn, &row, "to").await?;
            check_who(turn, &row).await?;
            hold(turn, &row).await?;
            if store::is_reported(turn.tx, &row).await? {
                return Err(RecordError::Exists("who".into()));
            }
            turn.enter::<Reports>(row).await
        })
    })
    .await
}

/// Locks the area, and then the organisation: whoever ends or moves one, or a complex, does so in this order, and may have done so while this waited.
async fn hold(turn: &Turn<'_>, row: &double_report::Model) -> Result<(), RecordError> {
    let area = areas::maybe_lock_in_tx(turn.tx, row.area_id).await?.ok_or_else(|| RecordError::not_found("to"))?;
    turn.lasting::<Areas>(&area, "to")?;
    if let Some(complex) = row.complex_id {
        let complex = complex::service::maybe_by_id_in_tx(turn.tx, complex).await?.filter(|complex| complex.area_id == row.area_id);
        complex.ok_or_else(|| RecordError::not_found("to.complexId"))?;
    }
    let Some(branch) = row.branch_id else { return Ok(()) };
    let branch = turn.lock::<Branches>(branch, BRANCH).await?;
    turn.lasting::<Branches>(&branch, BRANCH)?;
    if branch.area_id == row.area_id { Ok(()) } else { Err(RecordError::Conflict(Box::new(branch))) }
}

async fn check_who(turn: &Turn<'_>, row: &double_report::Model) -> Result<(), RecordError> {
    let (known, field) = match (row.person_id, row.department_id, row.firm_id) {
        (Some(id), ..) => (store::is_person(turn.tx, &turn.cx.actor, id).await?, "who.personId"),
        (_, Some(id), _) => (department::service::maybe_by_id_in_tx(turn.tx, id).await?.is_some(), "who.departmentId"),
        (.., Some(id)) => (firm::service::maybe_by_id_in_tx(turn.tx, id).await?.is_some(), "who.firmId"),
        _ => (true, "who"),
    };
    if known { Ok(()) } else { Err(RecordError::not_found(field)) }
}

/// A report to this place, by nobody yet.
async fn to(turn: &Turn<'_>, place: Place) -> Result<double_report::Model, RecordError> {
    let (area_id, branch_id, complex_id) = match place {
        Place::Branch(id) => {
            let found = noun::by_ids::<Branches>(turn.tx, &turn.cx.actor, &[id]).await?.remove(&id);
            let branch = found.ok_or_else(|| RecordError::not_found(BRANCH))?;
            turn.lasting::<Branches>(&branch, BRANCH)?;
            (branch.area_id, Some(id), None)
        }
        Place::Complex(id) => {
            let complex = complex::service::maybe_by_id_in_tx(turn.tx, id).await?.ok_or_else(|| RecordError::not_found("to.complexId"))?;
            (complex.area_id, None, Some(id))
        }
        Place::Area(code) => {
            let area = turn.area(&code, "to.areaCode").await?;
            if area.level < AreaLevel::Community {
                return Err(RecordError::Mismatch("double-report-too-wide", "to.areaCode".into()));
            }
            (area.id, None, None)
        }
    };
    Ok(double_report::Model {
        id: turn.cx.clock.new_id(),
        person_id: None,
        department_id: None,
        firm_id: None,
        unit_name: None,
        branch_id,
        complex_id,
        area_id,
        service: None,
        skills: None,
        starts_on: turn.today,
        ended_on: None,
        provenance: Provenance::Recorded,
        version: 1,
    })
}

/// What is offered is another from now on; what is none stays, `Some(None)` is no more.
pub async fn update(
    cx: &Cx,
    terms: Terms,
    id: DoubleReportId,
    service: Option<Option<String>>,
    skills: Option<Option<String>>,
) -> Result<Option<double_report::Model>, RecordError> {
    write::<Reports, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let before = turn.lock::<Reports>(id, FIELD).await?;
            may(turn, &before, FIELD).await?;
            let before = turn.check::<Reports>(before, FIELD)?;
            // of whom the data were erased nothing is written down anew
            let named = store::named(turn.tx, std::slice::from_ref(&before)).await?;
            if named.persons.values().any(|person| person.erased_at.is_some()) {
                return Err(RecordError::State("record-ended", FIELD.into()));
            }
            let after = double_report::Model {
                service: service.unwrap_or_else(|| before.service.clone()),
                skills: skills.unwrap_or_else(|| before.skills.clone()),
                ..before.clone()
            };
            turn.save::<Reports>(&before, after, RecordChangeKind::Changed, None).await
        })
    })
    .await
}

/// With a complex end the reports to it, its duty posts, and what was claimed by the ones and of the others.
pub async fn end_all_of(turn: &Turn<'_>, complex: ComplexId, day: NaiveDate, note: &str) -> Result<(), RecordError> {
    let reports = store::open_reports_to(turn.tx, complex).await?;
    let posts = store::open_posts_of(turn.tx, complex).await?;
    end_these(turn, reports, posts, (day, note)).await
}

/// With a building, or one of its stairwells, end its duty posts and what was claimed of them.
pub async fn end_posts_of(
    turn: &Turn<'_>,
    (building, stairwell): (BuildingId, Option<StairwellId>),
    day: NaiveDate,
    note: &str,
) -> Result<(), RecordError> {
    let posts = store::open_posts_in(turn.tx, building, stairwell).await?;
    end_these(turn, Vec::new(), posts, (day, note)).await
}

async fn end_these(
    turn: &Turn<'_>,
    reports: Vec<double_report::Model>,
    posts: Vec<duty_post::Model>,
    (day, note): (NaiveDate, &str),
) -> Result<(), RecordError> {
    let ids = (reports.iter().map(|row| row.id).collect(), posts.iter().map(|row| row.id).collect());
    let claims = store::open_claims_among(turn.tx, ids).await?.into_iter();
    let claims = claims.map(|row| (row.clone(), duty_claim::Model { ended_on: Some(row.starts_on.max(day)), ..row }));
    turn.end_all::<Claims>(claims.collect(), Some(note)).await?;
    let posts = posts.into_iter().map(|row| (row.clone(), duty_post::Model { ended_on: Some(day), ..row }));
    turn.end_all::<DutyPosts>(posts.collect(), Some(note)).await?;
    let reports = reports.into_iter().map(|row| (row.clone(), double_report::Model { ended_on: Some(row.starts_on.max(day)), ..row }));
    turn.end_all::<Reports>(reports.collect(), Some(note)).await
}

/// Ends a report; the posts that were claimed by it are free again.
pub async fn end(cx: &Cx, terms: Terms, id: DoubleReportId, on: Option<NaiveDate>) -> Result<Option<double_report::Model>, RecordError> {
    write::<Reports, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let before = turn.lock::<Reports>(id, FIELD).await?;
            may(turn, &before, FIELD).await?;
            let before = turn.check::<Reports>(before, FIELD)?;
            let day = day_within(turn, "endsOn", on, Some(before.starts_on))?;
            for claim in store::open_claims_of(turn.tx, vec![id]).await? {
                let after = duty_claim::Model { ended_on: Some(claim.starts_on.max(day)), ..claim.clone() };
                turn.save::<Claims>(&claim, after, RecordChangeKind::Ended, None).await?;
            }
            let after = double_report::Model { ended_on: Some(day), ..before.clone() };
            turn.save::<Reports>(&before, after, RecordChangeKind::Ended, None).await
        })
    })
    .await
}
