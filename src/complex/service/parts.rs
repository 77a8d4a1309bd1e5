//! What belongs to a complex: what its changes have in common, and stairwells and dwellings. Changes of one complex wait for one another, whatever of it they change.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use entity::{
    BuildingId, ComplexId, DwellingId, DwellingUse, FloorAreaSource, Hundredths, Provenance, RecordChangeKind, StairwellId, complex,
    dwelling, stairwell,
};

use crate::{
    app::Cx,
    case::service::Terms,
    complex::{
        model::measured,
        scope::{Buildings, Complexes, Dwellings, Part, Stairwells},
        store,
    },
    db::{DbErr, noun},
    double_report,
    record::service::{FIRST, Office, RecordError, Turn, write},
};

/// The complex, where the actor keeps it, locked and not ended.
pub(super) async fn home(turn: &Turn<'_>, id: ComplexId, field: &str) -> Result<complex::Model, RecordError> {
    turn.take::<Complexes>(id, Office::Community, field).await
}

/// The same of something that belongs to a complex, which is locked first.
pub(super) async fn part<N: Part>(turn: &Turn<'_>, id: N::Id, field: &str) -> Result<(complex::Model, N::Model), RecordError> {
    let home = home_of::<N>(turn, id, field).await?;
    part_in::<N>(turn, home, id, field).await
}

/// The complex to which something belongs, locked.
pub(super) async fn home_of<N: Part>(turn: &Turn<'_>, id: N::Id, field: &str) -> Result<complex::Model, RecordError> {
    let seen = noun::by_ids::<N>(turn.tx, &turn.cx.actor, &[id]).await?;
    let home = N::complex(seen.get(&id).ok_or_else(|| RecordError::not_found(field))?);
    turn.lock::<Complexes>(home, field).await
}

/// What belongs to a complex that is locked, where the actor keeps it.
pub(super) async fn part_in<N: Part>(
    turn: &Turn<'_>,
    home: complex::Model,
    id: N::Id,
    field: &str,
) -> Result<(complex::Model, N::Model), RecordError> {
    let row = turn.take::<N>(id, Office::Community, field).await?;
    turn.lasting::<Complexes>(&home, field)?;
    Ok((home, row))
}

/// The last day of what ends: today where it is left out, and not after it.
pub(super) fn last_day(turn: &Turn<'_>, on: Option<NaiveDate>) -> Result<NaiveDate, RecordError> {
    turn.day(on, FIRST, "endedOn")
}

/// Ends what belongs to something that ends.
pub(super) async fn end_parts<N: Part>(turn: &Turn<'_>, rows: Vec<N::Model>, day: NaiveDate, note: &str) -> Result<(), RecordError> {
    let ended = |before: N::Model| {
        let mut after = before.clone();
        *N::ended_on_mut(&mut after) = Some(day);
        (before, after)
    };
    turn.end_all::<N>(rows.into_iter().map(ended).collect(), Some(note)).await
}

pub async fn add_stairwell(
    cx: &Cx,
    terms: Terms,
    building: BuildingId,
    (number, name, floors): (i32, String, Option<i32>),
) -> Result<Option<stairwell::Model>, RecordError> {
    write::<Stairwells, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let (home, _) = part::<Buildings>(turn, building, "buildingId").await?;
            let id = turn.cx.clock.new_id();
            let row = stairwell::Model { id, complex_id: home.id, building_id: building, number, name, floors, version: 1, ended_on: None };
            is_new(turn, &row).await?;
            turn.enter::<Stairwells>(row).await
        })
    })
    .await
}

/// That no stairwell of the building has its number.
async fn is_new(turn: &Turn<'_>, row: &stairwell::Model) -> Result<(), RecordError> {
    let known = store::stairwells_of(turn.tx, vec![row.building_id]).await?;
    let taken = known.iter().any(|other| other.id != row.id && other.number == row.number);
    if taken { Err(RecordError::Exists("number".into())) } else { Ok(()) }
}

/// What is told of a stairwell; left out: as it was; none: nothing any more.
#[derive(Clone, Debug, Default)]
pub struct StairwellTold {
    pub number: Option<i32>,
    pub name: Option<String>,
    pub floors: Option<Option<i32>>,
}

pub async fn update_stairwell(
    cx: &Cx,
    terms: Terms,
    id: StairwellId,
    told: StairwellTold,
) -> Result<Option<stairwell::Model>, RecordError> {
    write::<Stairwells, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let (_, before) = part::<Stairwells>(turn, id, "stairwellId").await?;
            let after = stairwell::Model {
                number: told.number.unwrap_or(before.number),
                name: told.name.unwrap_or_else(|| before.name.clone()),
                floors: told.floors.unwrap_or(before.floors),
                ..before.clone()
            };
            is_new(turn, &after).await?;
            turn.save::<Stairwells>(&before, after, RecordChangeKind::Changed, None).await
        })
    })
    .await
}

/// With its dwellings and duty posts.
pub async fn end_stairwell(
    cx: &Cx,
    terms: Terms,
    id: StairwellId,
    (on, note): (Option<NaiveDate>, String),
) -> Result<Option<stairwell::Model>, RecordError> {
    write::<Stairwells, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let (_, before) = part::<Stairwells>(turn, id, "stairwellId").await?;
            let day = last_day(turn, on)?;
            end_parts::<Dwellings>(turn, store::dwellings_at(turn.tx, id).await?, day, &note).await?;
            double_report::service::end_posts_of(turn, (before.building_id, Some(id)), day, &note).await?;
            let after = stairwell::Model { ended_on: Some(day), ..before.clone() };
            turn.save::<Stairwells>(&before, after, RecordChangeKind::Ended, Some(note)).await
        })
    })
    .await
}

/// A dwelling that is entered.
#[derive(Clone, Debug)]
pub struct NewDwelling {
    pub building: BuildingId,
    pub stairwell: Option<StairwellId>,
    pub number: String,
    pub used_as: DwellingUse,
    pub floor_area: Option<Hundredths>,
    pub source: Option<FloorAreaSource>,
}

/// All of them or none; each one that is wrong is named.
pub async fn add_dwellings(
    cx: &Cx,
    terms: Terms,
    complex: ComplexId,
    new: Vec<NewDwelling>,
) -> Result<Option<complex::Model>, RecordError> {
    write::<Complexes, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let home = home(turn, complex, "complexId").await?;
            check_new(turn, complex, &new).await?;
            let rows = new.into_iter().map(|new| dwelling::Model {
                id: turn.cx.clock.new_id(),
                complex_id: complex,
                building_id: new.building,
                stairwell_id: new.stairwell,
                number: new.number,
                used_as: new.used_as,
                floor_area: new.floor_area,
                area_source: measured(new.floor_area, new.source),
                provenance: Provenance::Recorded,
                version: 1,
                ended_on: None,
            });
            turn.enter_all::<Dwellings>(rows.collect()).await?;
            Ok(home)
        })
    })
    .await
}

async fn check_new(turn: &Turn<'_>, complex: ComplexId, new: &[NewDwelling]) -> Result<(), RecordError> {
    let standing = store::of_complex::<Buildings>(turn.tx, complex).await?;
    let standing: HashSet<_> = standing.into_iter().map(|building| building.id).collect();
    let stairwells = store::of_complex::<Stairwells>(turn.tx, complex).await?;
    let stairwells: HashMap<_, _> = stairwells.into_iter().map(|stairwell| (stairwell.id, stairwell.building_id)).collect();
    let known = store::numbered(turn.tx, standing.iter().copied().collect(), new.iter().map(|new| new.number.clone()).collect()).await?;
    let mut taken: HashSet<_> = known.into_iter().map(|dwelling| (dwelling.building_id, dwelling.number)).collect();
    let mut wrong = Vec::new();
    for (at, new) in new.iter().enumerate() {
        let field = |name: &str| format!("dwellings.{at}.{name}");
        if !standing.contains(&new.building) {
            wrong.push(RecordError::NotFound(field("buildingId")));
        } else if new.stairwell.is_some_and(|stairwell| stairwells.get(&stairwell) != Some(&new.building)) {
            wrong.push(RecordError::NotFound(field("stairwellId")));
        }
        if new.floor_area.is_none() && new.source.is_some() {
            wrong.push(RecordError::Mismatch("source-without-area", field("areaSource")));
        }
        if !taken.insert((new.building, new.number.clone())) {
            wrong.push(RecordError::Exists(field("number")));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(RecordError::Many(wrong)) }
}

/// The dwellings of these numbers that are there, in this order.
pub async fn numbered(cx: &Cx, wanted: &[(BuildingId, String)]) -> Result<Vec<dwelling::Model>, DbErr> {
    let buildings: HashSet<_> = wanted.iter().map(|(building, _)| *building).collect();
    let numbers = wanted.iter().map(|(_, number)| number.clone()).collect();
    let found = store::numbered(cx.read(), buildings.into_iter().collect(), numbers).await?;
    let mut found: HashMap<_, _> = found.into_iter().map(|row| ((row.building_id, row.number.clone()), row)).collect();
    Ok(wanted.iter().filter_map(|key| found.remove(key)).collect())
}

/// What is told of a dwelling; left out: as it was; none: nothing any more.
#[derive(Clone, Debug, Default)]
pub struct DwellingTold {
    pub number: Option<String>,
    pub stairwell: Option<Option<StairwellId>>,
    pub used_as: Option<DwellingUse>,
    pub floor_area: Option<Option<Hundredths>>,
    pub source: Option<FloorAreaSource>,
}

pub async fn update_dwelling(cx: &Cx, terms: Terms, id: DwellingId, told: DwellingTold) -> Result<Option<dwelling::Model>, RecordError> {
    write::<Dwellings, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let (_, before) = part::<Dwellings>(turn, id, "dwellingId").await?;
            let stairwell_id = told.stairwell.unwrap_or(before.stairwell_id);
            if stairwell_id != before.stairwell_id {
                let known = store::stairwells_of(turn.tx, vec![before.building_id]).await?;
                if stairwell_id.is_some_and(|id| known.iter().all(|stairwell| stairwell.id != id)) {
                    return Err(RecordError::not_found("stairwellId"));
                }
            }
            let number = told.number.unwrap_or_else(|| before.number.clone());
            if number != before.number && !store::numbered(turn.tx, vec![before.building_id], vec![number.clone()]).await?.is_empty() {
                return Err(RecordError::Exists("number".into()));
            }
            let floor_area = told.floor_area.unwrap_or(before.floor_area);
            if floor_area.is_none() && told.source.is_some() {
                return Err(RecordError::Mismatch("source-without-area", "areaSource".into()));
            }
            // another area is not from where the former was, unless it is said to be
            let source = told.source.or(before.area_source.filter(|_| floor_area == before.floor_area));
            let area_source = measured(floor_area, source);
            let used_as = told.used_as.unwrap_or(before.used_as);
            let after = dwelling::Model { stairwell_id, number, used_as, floor_area, area_source, ..before.clone() };
            turn.save::<Dwellings>(&before, after, RecordChangeKind::Changed, None).await
        })
    })
    .await
}

pub async fn end_dwelling(
    cx: &Cx,
    terms: Terms,
    id: DwellingId,
    (on, note): (Option<NaiveDate>, String),
) -> Result<Option<dwelling::Model>, RecordError> {
    write::<Dwellings, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let (_, before) = part::<Dwellings>(turn, id, "dwellingId").await?;
            let after = dwelling::Model { ended_on: Some(last_day(turn, on)?), ..before.clone() };
            turn.save::<Dwellings>(&before, after, RecordChangeKind::Ended, Some(note)).await
        })
    })
    .await
}
