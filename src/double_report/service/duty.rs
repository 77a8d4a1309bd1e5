//! Posts that are claimed 设岗定责, and hours of service.

use chrono::NaiveDate;
use entity::{
    AreaId, BuildingId, ComplexId, DoubleReportId, DutyClaimId, DutyPostId, Hundredths, RecordChangeKind, ServiceRecordId, StairwellId,
    double_report, duty_claim, duty_post, service_record,
};

use super::{answers_for, is_own, may, store};
use crate::{
    app::Cx,
    area::service as areas,
    case::service::{CaseError, Terms},
    complex::{
        self,
        scope::{Buildings, Stairwells},
    },
    db::noun,
    double_report::scope::{Claims, DutyPosts, Reports, Services},
    party::{self, service::day_within},
    record::{
        scope::Kept,
        service::{Office, RecordError, Turn, write},
    },
};

const POST: &str = "dutyPostId";
const REPORT: &str = "doubleReportId";
const RECORD: &str = "serviceRecordId";

pub enum DutyPlace {
    /// By its code.
    Area(String),
    Complex(ComplexId),
    Building(BuildingId),
    Stairwell(StairwellId),
}

pub struct NewPost {
    pub name: String,
    pub place: DutyPlace,
    pub duties: Option<String>,
    pub places: i32,
}

pub async fn create_post(cx: &Cx, terms: Terms, new: NewPost) -> Result<Option<duty_post::Model>, RecordError> {
    write::<DutyPosts, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let at = locate(turn, &new.place).await?;
            turn.may_alone(at.area, Office::Community, "place").await?;
            // it may have gone to another community while this waited for the lock
            if locate(turn, &new.place).await? != at {
                return Err(RecordError::not_found("place"));
            }
            let row = duty_post::Model {
                id: turn.cx.clock.new_id(),
                name: new.name,
                area_id: at.area,
                complex_id: at.complex,
                duties: new.duties,
                places: new.places,
                ended_on: None,
                version: 1,
                building_id: at.building,
                stairwell_id: at.stairwell,
            };
            if store::is_post(turn.tx, &row).await? {
                return Err(RecordError::Exists("name".into()));
            }
            turn.enter::<DutyPosts>(row).await
        })
    })
    .await
}

/// What a post is for, with all in which that lies.
#[derive(PartialEq)]
struct At {
    area: AreaId,
    complex: Option<ComplexId>,
    building: Option<BuildingId>,
    stairwell: Option<StairwellId>,
}

async fn locate(turn: &Turn<'_>, place: &DutyPlace) -> Result<At, RecordError> {
    const BUILDING: &str = "place.buildingId";
    const STAIRWELL: &str = "place.stairwellId";
    Ok(match place {
        DutyPlace::Area(code) => At { area: turn.area(code, "place.areaCode").await?.id, complex: None, building: None, stairwell: None },
        DutyPlace::Complex(id) => of_complex(turn, *id, "place.complexId").await?,
        DutyPlace::Building(id) => {
            let row = lasting::<Buildings>(turn, *id, BUILDING).await?;
            At { building: Some(*id), ..of_complex(turn, row.complex_id, BUILDING).await? }
        }
        DutyPlace::Stairwell(id) => {
            let row = lasting::<Stairwells>(turn, *id, STAIRWELL).await?;
            At { building: Some(row.building_id), stairwell: Some(*id), ..of_complex(turn, row.complex_id, STAIRWELL).await? }
        }
    })
}

async fn of_complex(turn: &Turn<'_>, id: ComplexId, field: &str) -> Result<At, RecordError> {
    let complex = complex::service::maybe_by_id_in_tx(turn.tx, id).await?.ok_or_else(|| RecordError::not_found(field))?;
    Ok(At { area: complex.area_id, complex: Some(id), building: None, stairwell: None })
}

/// What is there and has not ended.
async fn lasting<N: Kept>(turn: &Turn<'_>, id: N::Id, field: &str) -> Result<N::Model, RecordError> {
    let row = noun::by_ids::<N>(turn.tx, &turn.cx.actor, &[id]).await?.remove(&id).ok_or_else(|| RecordError::not_found(field))?;
    turn.lasting::<N>(&row, field)?;
    Ok(row)
}

/// What a post is to be; what is none stays.
pub struct PostChange {
    pub name: Option<String>,
    /// `Some(None)`: nothing is said any more.
    pub duties: Option<Option<String>>,
    pub places: Option<i32>,
}

pub async fn update_post(cx: &Cx, terms: Terms, id: DutyPostId, to: PostChange) -> Result<Option<duty_post::Model>, RecordError> {
    write::<DutyPosts, _>(cx, terms, move |turn| {
        Box::pin(async move {
            // the area first, as where one is set up: of a name there is one
            let before = turn.take_alone::<DutyPosts>(id, Office::Community, POST).await?;
            let after = duty_post::Model {
                name: to.name.unwrap_or_else(|| before.name.clone()),
                duties: to.duties.unwrap_or_else(|| before.duties.clone()),
                places: to.places.unwrap_or(before.places),
                ..before.clone()
            };
            if after.name != before.name && store::is_post(turn.tx, &after).await? {
                return Err(RecordError::Exists("name".into()));
            }
            if after.places < before.places {
                let held = most_at_once(&store::claims_beyond(turn.tx, id, turn.today).await?, turn.today);
                if held > usize::try_from(after.places).unwrap_or(0) {
                    return Err(RecordError::Limit("duty-post-held", "places".into(), vec![("held", held.to_string())]));
                }
            }
            turn.save::<DutyPosts>(&before, after, RecordChangeKind::Changed, None).await
        })
    })
    .await
}

/// Ends a post; nobody holds it any longer.
pub async fn end_post(cx: &Cx, terms: Terms, id: DutyPostId, on: Option<NaiveDate>) -> Result<Option<duty_post::Model>, RecordError> {
    write::<DutyPosts, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let before = turn.take::<DutyPosts>(id, Office::Community, POST).await?;
            let day = day_within(turn, "endsOn", on, None)?;
            for claim in store::open_claims_on(turn.tx, id).await? {
                let after = duty_claim::Model { ended_on: Some(claim.starts_on.max(day)), ..claim.clone() };
                turn.save::<Claims>(&claim, after, RecordChangeKind::Ended, None).await?;
            }
            let after = duty_post::Model { ended_on: Some(day), ..before.clone() };
            turn.save::<DutyPosts>(&before, after, RecordChangeKind::Ended, None).await
        })
    })
    .await
}

/// Whoever has reported to the post's complex, or to an organisation that covers it, or to the whole area; and for a post of an area whoever has reported in it.
async fn fits(turn: &Turn<'_>, post: &duty_post::Model, report: &double_report::Model) -> Result<bool, RecordError> {
    let Some(complex) = post.complex_id else {
        return Ok(areas::chain_in_tx(turn.tx, report.area_id).await?.is_some_and(|chain| chain.lies_in(post.area_id)));
    };
    Ok(match (report.complex_id, report.branch_id) {
        (Some(own), _) => own == complex,
        (None, Some(branch)) => party::service::covers_in_tx(turn.tx, branch, complex, turn.today).await?,
        (None, None) => report.area_id == post.area_id,
    })
}

/// How many of these claims hold at most on one day, this or a later one. On its last day a claim leaves its place to whoever takes over.
fn most_at_once(claims: &[duty_claim::Model], day: NaiveDate) -> usize {
    let held = |on: NaiveDate| claims.iter().filter(|claim| claim.starts_on <= on && claim.ended_on.is_none_or(|end| end > on)).count();
    // only where one begins there can be more than before
    claims.iter().map(|claim| held(claim.starts_on.max(day))).max().unwrap_or(0)
}

pub async fn claim(
    cx: &Cx,
    terms: Terms,
    (post, report): (DutyPostId, DoubleReportId),
    from: Option<NaiveDate>,
) -> Result<Option<duty_claim::Model>, RecordError> {
    write::<Claims, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let report = turn.lock::<Reports>(report, REPORT).await?;
            may(turn, &report, REPORT).await?;
            // one after the other: the places are counted
            let post = turn.lock::<DutyPosts>(post, POST).await?;
            turn.lasting::<Reports>(&report, REPORT)?;
            turn.lasting::<DutyPosts>(&post, POST)?;
            if !fits(turn, &post, &report).await? {
                return Err(RecordError::Mismatch("duty-post-elsewhere", POST.into()));
            }
            let starts_on = day_within(turn, "startsOn", from, Some(report.starts_on))?;
            let holders = store::claims_beyond(turn.tx, post.id, starts_on).await?;
            if holders.iter().any(|claim| claim.report_id == report.id) {
                return Err(RecordError::Exists(REPORT.into()));
            }
            if most_at_once(&holders, starts_on) >= usize::try_from(post.places).unwrap_or(0) {
                return Err(RecordError::State("duty-post-full", POST.into()));
            }
            let (id, area_id) = (turn.cx.clock.new_id(), post.area_id);
            let row = duty_claim::Model { id, post_id: post.id, report_id: report.id, area_id, starts_on, ended_on: None, version: 1 };
            turn.enter::<Claims>(row).await
        })
    })
    .await
}

pub async fn release(cx: &Cx, terms: Terms, id: DutyClaimId, on: Option<NaiveDate>) -> Result<Option<duty_claim::Model>, RecordError> {
    const FIELD: &str = "dutyClaimId";
    write::<Claims, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let found = noun::by_ids::<Claims>(turn.tx, &turn.cx.actor, &[id]).await?.remove(&id);
            let report = found.ok_or_else(|| RecordError::not_found(FIELD))?.report_id;
            // the report before its claims, as where it ends
            let report = turn.lock::<Reports>(report, FIELD).await?;
            may(turn, &report, FIELD).await?;
            let before = turn.lock::<Claims>(id, FIELD).await?;
            let before = turn.check::<Claims>(before, FIELD)?;
            let ended_on = Some(day_within(turn, "endsOn", on, Some(before.starts_on))?);
            let after = duty_claim::Model { ended_on, ..before.clone() };
            turn.save::<Claims>(&before, after, RecordChangeKind::Ended, None).await
        })
    })
    .await
}

pub struct Hours {
    pub day: NaiveDate,
    pub hours: Hundredths,
    pub work: String,
}

/// A day has so many.
const MOST: Hundredths = Hundredths(2_400);

pub async fn record(cx: &Cx, terms: Terms, report: DoubleReportId, new: Hours) -> Result<Option<service_record::Model>, RecordError> {
    write::<Services, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let report = turn.lock::<Reports>(report, REPORT).await?;
            may(turn, &report, REPORT).await?;
            let last = report.ended_on.map_or(turn.today, |end| end.min(turn.today));
            if new.day < report.starts_on || new.day > last {
                return Err(RecordError::days("day", report.starts_on, last));
            }
            let most = Hundredths(MOST.0 - store::hours_on(turn.tx, report.id, new.day).await?.0);
            if new.hours.0 < 1 || new.hours > most {
                return Err(RecordError::OutOfRange("hours".into(), Hundredths(1).to_string(), most.to_string()));
            }
            let row = service_record::Model {
                id: turn.cx.clock.new_id(),
                report_id: report.id,
                area_id: report.area_id,
                day: new.day,
                hours: new.hours,
                work: new.work,
                recorded_by: me(turn)?,
                confirmed_by: None,
                confirmed_on: None,
                ended_on: None,
                withdrawn_because: None,
                version: 1,
            };
            turn.enter::<Services>(row).await
        })
    })
    .await
}

fn me(turn: &Turn<'_>) -> Result<entity::PersonId, RecordError> {
    Ok(turn.cx.actor.person.ok_or(CaseError::Anonymous)?)
}

/// A record with the report it is of, not withdrawn; whose hands may touch it is for the caller to say.
async fn lock_record(turn: &Turn<'_>, id: ServiceRecordId) -> Result<(service_record::Model, double_report::Model), RecordError> {
    let row = turn.lock::<Services>(id, RECORD).await?;
    let report = turn.lock::<Reports>(row.report_id, RECORD).await?;
    Ok((row, report))
}

/// By whoever answers for the place, never by the person whose hours they are.
pub async fn confirm(cx: &Cx, terms: Terms, id: ServiceRecordId) -> Result<Option<service_record::Model>, RecordError> {
    write::<Services, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let (row, report) = lock_record(turn, id).await?;
            if is_own(turn, &report) || !answers_for(turn, &report).await? {
                return Err(RecordError::Forbidden(RECORD.into()));
            }
            let before = turn.check::<Services>(row, RECORD)?;
            if before.confirmed_on.is_some() {
                return Err(RecordError::State("service-confirmed", RECORD.into()));
            }
            let (confirmed_by, confirmed_on) = (Some(me(turn)?), Some(turn.today));
            let after = service_record::Model { confirmed_by, confirmed_on, ..before.clone() };
            turn.save::<Services>(&before, after, RecordChangeKind::Changed, None).await
        })
    })
    .await
}

/// By whoever answers for the place; by the person whose hours they are only as long as nobody has confirmed them.
pub async fn withdraw(cx: &Cx, terms: Terms, id: ServiceRecordId, reason: String) -> Result<Option<service_record::Model>, RecordError> {
    write::<Services, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let (row, report) = lock_record(turn, id).await?;
            let own = is_own(turn, &report) && row.confirmed_on.is_none();
            if !own && !answers_for(turn, &report).await? {
                return Err(RecordError::Forbidden(RECORD.into()));
            }
            let before = turn.check::<Services>(row, RECORD)?;
            let after = service_record::Model { ended_on: Some(turn.today), withdrawn_because: Some(reason), ..before.clone() };
            turn.save::<Services>(&before, after, RecordChangeKind::Ended, None).await
        })
    })
    .await
}
