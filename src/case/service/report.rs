//! A report 上报. A resident's report is a whistle to the first on its path 处置路径, in the same transaction: where nothing else is set, to their grid
//! 居民吹哨、网格员报到.

use chrono::Datelike;
use entity::{
    AreaLevel, AttachmentId, BuildingId, CaseCategory, CaseEventKind, CaseId, CasePriority, CaseStatus, ComplexId, EvidenceKind, GridId,
    HandlerKind, IntakeChannel, MatterId, PersonId, Provenance, case_file,
};
use uuid::Uuid;

use super::{
    CaseError,
    file::{Entry, File, NewWhistle, fact},
    once::{Done, RequestKey, once},
    paths,
    place::{self, Unit},
    respondent::{self, Respondent},
};
use crate::{
    app::Cx,
    area::{self, service::Chain},
    case::{
        model::{Denial, path},
        policy::{Standing, may_take_in},
        store,
    },
    clock::ZONE,
    complex,
    db::DatabaseTransaction,
    department,
    event::Work,
    grid, person,
};

/// Where something is. An area stands for itself, a complex for its main grid, a building for its own.
#[derive(Clone, Debug)]
pub enum Place {
    Complex(ComplexId),
    Building(BuildingId),
    Area(String),
}

/// Whose report it is, where somebody else enters it.
#[derive(Clone, Debug)]
pub enum Reporter {
    Person(PersonId),
    /// Who is not registered, as far as they told who they are.
    Unregistered {
        name: Option<String>,
        phone: Option<String>,
    },
}

#[derive(Clone, Debug)]
pub struct NewCase {
    /// None: the actor.
    pub reporter: Option<Reporter>,
    pub category: CaseCategory,
    pub matter: Option<MatterId>,
    pub title: String,
    pub description: Option<String>,
    pub place: Place,
    /// Longitude and latitude.
    pub location: Option<(f64, f64)>,
    pub priority: CasePriority,
    pub channel: IntakeChannel,
    pub anonymous: bool,
    pub respondent: Option<Respondent>,
    /// What the actor has sent in to show it.
    pub evidence: Vec<AttachmentId>,
}

/// The new case and the whistle it raised: none where the actor belongs to the unit that would have been called.
pub async fn report(cx: &Cx, key: Option<RequestKey>, new: NewCase) -> Result<Option<Done>, CaseError> {
    once(cx, key, move |cx, work| Box::pin(report_in(cx, work, new))).await
}

/// The place, resolved.
struct Site {
    chain: Chain,
    grid: Option<GridId>,
    complex: Option<ComplexId>,
    building: Option<BuildingId>,
}

async fn site(tx: &DatabaseTransaction, place: Place) -> Result<Site, CaseError> {
    let (area, grid, complex, building, field) = match place {
        Place::Building(id) => {
            const FIELD: &str = "place.buildingId";
            let building = complex::service::maybe_staying_building_in_tx(tx, id).await?.ok_or(CaseError::NotFound(FIELD))?;
            let complex = complex::service::maybe_by_id_in_tx(tx, building.complex_id).await?.ok_or(CaseError::NotFound(FIELD))?;
            (complex.area_id, building.grid_id, Some(complex.id), Some(id), FIELD)
        }
        Place::Complex(id) => {
            const FIELD: &str = "place.complexId";
            let complex = complex::service::maybe_staying_in_tx(tx, id).await?.ok_or(CaseError::NotFound(FIELD))?;
            (complex.area_id, complex::service::main_grid_in_tx(tx, id).await?, Some(id), None, FIELD)
        }
        Place::Area(code) => {
            const FIELD: &str = "place.areaCode";
            let area = area::service::maybe_by_code_in_tx(tx, &code).await?.ok_or(CaseError::NotFound(FIELD))?;
            // what has ended goes on in what came after it
            let area = area::service::maybe_today_in_tx(tx, area.id).await?.ok_or(CaseError::NotFound(FIELD))?;
            let grid = match area.level {
                AreaLevel::Grid | AreaLevel::MicroGrid => grid::service::maybe_by_area_in_tx(tx, area.id).await?.map(|grid| grid.id),
                _ => None,
            };
            (area.id, grid, None, None, FIELD)
        }
    };
    let chain = area::service::chain_in_tx(tx, area).await?.ok_or(CaseError::NotFound(field))?;
    if chain.level() <= Some(AreaLevel::City) {
        return Err(CaseError::Denied(Denial::PlaceTooWide, field));
    }
    Ok(Site { chain, grid, complex, building })
}

async fn report_in(cx: &Cx, work: &mut Work, new: NewCase) -> Result<Done, CaseError> {
    let me = cx.actor.person.ok_or(CaseError::Anonymous)?;
    if !cx.actor.may_report() {
        return Err(CaseError::Denied(Denial::Forbidden, ""));
    }
    let id: CaseId = cx.clock.new_id();
    let site = site(&work.tx, new.place).await?;
    let Some(district) = site.chain.district() else { return Err(CaseError::Denied(Denial::PlaceTooWide, "place")) };
    if let Some(matter) = new.matter {
        let found = department::service::maybe_matter_in_tx(&work.tx, matter).await?;
        let matter = found.filter(|m| m.district_id == district.id).ok_or(CaseError::NotFound("matterId"))?;
        if matter.category != new.category {
            return Err(CaseError::Denied(Denial::Mismatch, "matterId"));
        }
        if department::service::is_over(&matter, cx.clock.today()) {
            return Err(CaseError::Denied(Denial::MatterEnded, "matterId"));
        }
    }
    let now = cx.clock.now();
    let area = site.chain.last_id().ok_or(CaseError::NotFound("place"))?;
    let mut case = case_file::Model {
        id,
        number: String::new(),
        category: new.category,
        matter_id: new.matter,
        title: new.title,
        description: new.description,
        status: CaseStatus::Reported,
        priority: new.priority,
        channel: new.channel,
        // set below, once it is known who is called
        level: HandlerKind::District.level(),
        settled_level: None,
        handler_kind: HandlerKind::District,
        handler_id: district.id.into(),
        area_id: area,
        district_id: district.id,
        subdistrict_id: site.chain.at(AreaLevel::Subdistrict).map(|area| area.id),
        community_id: site.chain.at(AreaLevel::Community).map(|area| area.id),
        grid_id: site.grid,
        complex_id: site.complex,
        building_id: site.building,
        longitude: new.location.map(|(longitude, _)| longitude),
        latitude: new.location.map(|(_, latitude)| latitude),
        reporter_id: Some(me),
        reporter_name: None,
        reporter_phone: None,
        entered_by: None,
        anonymous: new.anonymous,
        respondent_kind: None,
        respondent_id: None,
        respondent_name: None,
        resolution: None,
        resolved_by: None,
        resolved_at: None,
        verification: None,
        closed_at: None,
        closed_by: None,
        merged_into_id: None,
        reopen_count: 0,
        score: None,
        comment: None,
        reported_at: now,
        updated_at: now,
        version: 0,
        provenance: Provenance::Recorded,
        provenance_note: None,
        head: None,
        salt: None,
        due_at: now,
        supervised_by: None,
        recovered: None,
        paid: None,
        path_id: None,
    };
    let accused = respondent::of(cx, &work.tx, &case, new.respondent).await?;
    (case.respondent_kind, case.respondent_id, case.respondent_name) = accused;
    if let Some(reporter) = new.reporter.filter(|reporter| !matches!(reporter, Reporter::Person(id) if *id == me)) {
        take_in(cx, &work.tx, &mut case, reporter).await?;
    }
    let (path, steps) = paths::holding(&work.tx, &case).await?;
    case.path_id = path;
    let target = first_called(cx, &work.tx, &case, &steps).await?;
    (case.handler_kind, case.handler_id) = target;
    case.level = target.0.level();
    // a grid's worker works for its micro-grids, too, but does not stand in for their own
    let own = cx.actor.duties().any(|(kind, unit, _)| (kind, unit) == target)
        && person::service::works_for_in_tx(cx, &work.tx, me, target.1).await?;
    // last before the rows are written: the number's row stays locked until the commit
    let local = now.with_timezone(&ZONE);
    let district_code = district.code.get(..6).unwrap_or_default().to_owned();
    let sequence = store::next_number(&work.tx, &district_code, local.year()).await?;
    case.number = format!("{district_code}-{}-{sequence:06}", local.year());
    let call = NewWhistle { from: None, target, lead: true, reason: None };
    let mut file = File::new(cx, work, case)?;
    let whistle = if own { None } else { Some(file.call(call).await?) };
    let call = whistle.as_ref().map(|whistle| fact(whistle, None));
    file.take_in(&new.evidence, EvidenceKind::Before).await?;
    file.enter(CaseEventKind::Reported, Entry { to: Some(CaseStatus::Reported), whistle: call, ..Entry::default() });
    let case = file.save().await?;
    Ok(Done { case, whistles: whistle.into_iter().collect() })
}

/// The report is another's, and the actor has entered it.
async fn take_in(cx: &Cx, tx: &DatabaseTransaction, case: &mut case_file::Model, reporter: Reporter) -> Result<(), CaseError> {
    may_take_in(&Standing::of(&cx.actor, case)).map_err(|denial| CaseError::Denied(denial, "reporter"))?;
    case.entered_by = case.reporter_id.take();
    match reporter {
        Reporter::Person(id) => {
            place::seen(cx, tx, id, "reporter.personId").await?;
            case.reporter_id = Some(id);
        }
        Reporter::Unregistered { name, phone } => (case.reporter_name, case.reporter_phone) = (name, phone),
    }
    Ok(())
}

/// The first unit of the path that the place has and that is not the respondent, or else the next level above the path. Departments are passed over:
/// whistling one is somebody's choice. The district answers for what nobody else can.
async fn first_called(cx: &Cx, tx: &DatabaseTransaction, case: &case_file::Model, steps: &[HandlerKind]) -> Result<Unit, CaseError> {
    let mut last = HandlerKind::Grid;
    for kind in steps.iter().copied().filter(|kind| *kind != HandlerKind::Department) {
        if let Some(unit) = paths::maybe_callable(cx, tx, case, kind).await? {
            return Ok((kind, unit));
        }
        last = kind;
    }
    // of a grid it depends on which
    let grids: Vec<GridId> = case.grid_id.into_iter().collect();
    let over = grid::service::manned_over_in_tx(cx, tx, &grids).await?.into_values().next();
    let last = (last, case.grid_id.map_or_else(Uuid::nil, Uuid::from));
    if let Some(above) = place::maybe_superior(cx, tx, case, last, over).await? {
        return Ok(above);
    }
    // what is complained of is at the top of its path: those below it, as where none is set
    for kind in path::BUILT_IN.iter().copied() {
        if let Some(unit) = paths::maybe_callable(cx, tx, case, kind).await? {
            return Ok((kind, unit));
        }
    }
    Err(CaseError::Denied(Denial::Respondent, "respondent"))
}
