//! Complexes and buildings: set up, changed, ended.

use chrono::NaiveDate;
use entity::{BuildingId, ComplexEnd, ComplexId, ComplexKind, GridId, Hundredths, Provenance, RecordChangeKind, building, complex, grid};

use super::parts::{end_parts, home, home_of, last_day, part, part_in};
use crate::{
    app::Cx,
    area::service as areas,
    case::service::Terms,
    committee,
    complex::{
        scope::{Buildings, Complexes, Courtyards, Dwellings, Stairwells},
        store,
    },
    db::noun,
    department, double_report,
    grid::{scope::Grids, service as grids},
    party,
    person::{model::Unit, service::keep::end_posts_at},
    record::service::{Office, RecordError, Turn, write, write_then},
    search,
};

const COMPLEX: &str = "complexId";

/// What is told of a complex; left out: as it was, or nothing; none: nothing any more.
#[derive(Clone, Debug, Default)]
pub struct ComplexTold {
    pub name: Option<String>,
    pub kind: Option<ComplexKind>,
    pub address: Option<Option<String>>,
    pub households: Option<Option<i32>>,
    pub floor_area: Option<Option<Hundredths>>,
    /// Longitude and latitude.
    pub location: Option<Option<(f64, f64)>>,
}

impl ComplexTold {
    fn over(self, row: complex::Model) -> complex::Model {
        let (longitude, latitude) = self.location.unwrap_or(row.longitude.zip(row.latitude)).unzip();
        complex::Model {
            name: self.name.unwrap_or(row.name),
            kind: self.kind.unwrap_or(row.kind),
            address: self.address.unwrap_or(row.address),
            households: self.households.unwrap_or(row.households),
            floor_area: self.floor_area.unwrap_or(row.floor_area),
            longitude,
            latitude,
            ..row
        }
    }
}

pub async fn create(cx: &Cx, terms: Terms, area: String, told: ComplexTold) -> Result<Option<complex::Model>, RecordError> {
    write::<Complexes, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let area = turn.area(&area, "areaCode").await?;
            turn.may_alone(area.id, Office::Community, "areaCode").await?;
            if area.level < entity::AreaLevel::Community {
                return Err(RecordError::Mismatch("no-complexes-here", "areaCode".into()));
            }
            let row = told.over(complex::Model {
                id: turn.cx.clock.new_id(),
                area_id: area.id,
                name: String::new(),
                kind: ComplexKind::Other,
                address: None,
                households: None,
                floor_area: None,
                longitude: None,
                latitude: None,
                provenance: Provenance::Recorded,
                provenance_note: None,
                version: 1,
                ended_on: None,
                ended_because: None,
                merged_into_id: None,
            });
            is_new(turn, &row).await?;
            search::index(turn.tx, std::slice::from_ref(&row)).await?;
            turn.enter::<Complexes>(row).await
        })
    })
    .await
}

/// That no complex of the area has this name.
async fn is_new(turn: &Turn<'_>, row: &complex::Model) -> Result<(), RecordError> {
    let named = store::named(turn.tx, vec![row.area_id], vec![row.name.clone()]).await?;
    if named.iter().any(|other| other.id != row.id) { Err(RecordError::Exists("name".into())) } else { Ok(()) }
}

pub async fn update(cx: &Cx, terms: Terms, id: ComplexId, told: ComplexTold) -> Result<Option<complex::Model>, RecordError> {
    write::<Complexes, _>(cx, terms, move |turn| {
        Box::pin(async move {
            // whoever looks whether a name is free locks the area, and does so first
            let before = match &told.name {
                Some(_) => turn.take_alone::<Complexes>(id, Office::Community, "complexId").await?,
                None => home(turn, id, "complexId").await?,
            };
            let after = told.over(before.clone());
            // two of one name may have come together when their areas were merged
            if after.name != before.name {
                is_new(turn, &after).await?;
            }
            search::index(turn.tx, std::slice::from_ref(&after)).await?;
            turn.save::<Complexes>(&before, after, RecordChangeKind::Changed, None).await
        })
    })
    .await
}

/// The end of a complex.
#[derive(Clone, Debug)]
pub struct End {
    /// Today when left out.
    pub on: Option<NaiveDate>,
    pub because: ComplexEnd,
    pub into: Option<ComplexId>,
    pub note: String,
}

/// With all that belongs to it but its honours. A contract that runs on would bind a firm to what is no more, and a committee would act for nobody, so these are
/// ended first; cases are no hindrance: they go on in their grid and community, and disputes outlive buildings.
pub async fn end(cx: &Cx, terms: Terms, id: ComplexId, end: End) -> Result<Option<complex::Model>, RecordError> {
    write::<Complexes, _>(cx, terms, move |turn| Box::pin(end_in(turn, id, end))).await
}

async fn end_in(turn: &Turn<'_>, id: ComplexId, end: End) -> Result<complex::Model, RecordError> {
    let seen = noun::by_ids::<Complexes>(turn.tx, &turn.cx.actor, &[id]).await?.remove(&id);
    let seen = seen.ok_or_else(|| RecordError::not_found(COMPLEX))?;
    // whoever sets something up for it locks the area first
    turn.may_alone(seen.area_id, Office::Subdistrict, COMPLEX).await?;
    if let Some(into) = end.into {
        // in one order: two that are merged the other way round do not both end
        store::lock(turn.tx, vec![id, into]).await?;
    }
    let before = home(turn, id, COMPLEX).await?;
    if before.area_id != seen.area_id {
        return Err(RecordError::Conflict(Box::new(before)));
    }
    let day = last_day(turn, end.on)?;
    let into = successor(turn, id, &end).await?;
    if store::is_contracted_after(turn.tx, id, day).await? {
        return Err(RecordError::State("complex-under-contract", COMPLEX.into()));
    }
    if committee::service::is_any_beyond_in_tx(turn.tx, id, day).await? {
        return Err(RecordError::State("complex-has-committee", COMPLEX.into()));
    }
    end_parts::<Dwellings>(turn, store::of_complex::<Dwellings>(turn.tx, id).await?, day, &end.note).await?;
    end_parts::<Stairwells>(turn, store::of_complex::<Stairwells>(turn.tx, id).await?, day, &end.note).await?;
    end_parts::<Buildings>(turn, store::of_complex::<Buildings>(turn.tx, id).await?, day, &end.note).await?;
    end_parts::<Courtyards>(turn, store::of_complex::<Courtyards>(turn.tx, id).await?, day, &end.note).await?;
    party::service::end_covers_of(turn, id, day, &end.note).await?;
    department::service::end_pairings_of(turn, id, day, &end.note).await?;
    double_report::service::end_all_of(turn, id, day, &end.note).await?;
    end_posts_at(turn, Unit::Complex(id), day, &end.note).await?;
    let after = complex::Model { ended_on: Some(day), ended_because: Some(end.because), merged_into_id: into, ..before.clone() };
    turn.save::<Complexes>(&before, after, RecordChangeKind::Ended, Some(end.note)).await
}

/// What a complex is merged into, where that is why it ends.
async fn successor(turn: &Turn<'_>, id: ComplexId, end: &End) -> Result<Option<ComplexId>, RecordError> {
    const INTO: &str = "mergedIntoId";
    match (end.because, end.into) {
        (ComplexEnd::Merged, None) => Err(RecordError::Required(INTO.into())),
        (ComplexEnd::Merged, Some(into)) => {
            let found = store::maybe_by_id(turn.tx, into).await?.ok_or_else(|| RecordError::not_found(INTO))?;
            if found.id == id { Err(RecordError::Mismatch("merged-into-itself", INTO.into())) } else { Ok(Some(into)) }
        }
        (_, Some(_)) => Err(RecordError::Mismatch("not-merged", INTO.into())),
        (_, None) => Ok(None),
    }
}

/// What is told of a building; left out: as it was, or nothing; none: nothing any more.
#[derive(Clone, Debug, Default)]
pub struct BuildingTold {
    pub name: Option<String>,
    pub grid: Option<Option<GridId>>,
    pub floors: Option<Option<i32>>,
    pub stairwells: Option<Option<i32>>,
}

impl BuildingTold {
    fn over(self, row: building::Model) -> building::Model {
        building::Model {
            name: self.name.unwrap_or(row.name),
            grid_id: self.grid.unwrap_or(row.grid_id),
            floors: self.floors.unwrap_or(row.floors),
            stairwells: self.stairwells.unwrap_or(row.stairwells),
            ..row
        }
    }
}

pub async fn add_building(
    cx: &Cx,
    terms: Terms,
    (complex, number): (ComplexId, Option<i32>),
    told: BuildingTold,
) -> Result<Option<building::Model>, RecordError> {
    write::<Buildings, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let home = home(turn, complex, "complexId").await?;
            if let Some(Some(grid)) = told.grid {
                let grid = turn.lock::<Grids>(grid, "gridId").await?;
                is_grid_of(turn, &home, &grid).await?;
            }
            let known = store::buildings_of(turn.tx, vec![complex]).await?;
            if number.is_some_and(|number| known.iter().any(|building| building.number == number)) {
                return Err(RecordError::Exists("number".into()));
            }
            let number = number.unwrap_or_else(|| known.iter().map(|building| building.number).max().unwrap_or(0).saturating_add(1));
            let row = told.over(building::Model {
                id: turn.cx.clock.new_id(),
                complex_id: complex,
                grid_id: None,
                name: String::new(),
                number,
                floors: None,
                stairwells: None,
                version: 1,
                ended_on: None,
            });
            has_no_namesake(&known, &row)?;
            turn.enter::<Buildings>(row).await
        })
    })
    .await
}

/// That no building of the complex that stands has this name.
fn has_no_namesake(known: &[building::Model], row: &building::Model) -> Result<(), RecordError> {
    let is_other = |other: &building::Model| other.id != row.id && other.ended_on.is_none() && other.name == row.name;
    if known.iter().any(is_other) { Err(RecordError::Exists("name".into())) } else { Ok(()) }
}

/// A building lies in a grid of its complex's area, or of the community in which that lies; the grid is locked and has not ended.
pub(super) async fn is_grid_of(turn: &Turn<'_>, home: &complex::Model, grid: &grid::Model) -> Result<(), RecordError> {
    turn.lasting::<Grids>(grid, "gridId")?;
    let chains = (areas::chain_in_tx(turn.tx, grid.area_id).await?, areas::chain_in_tx(turn.tx, home.area_id).await?);
    let (Some(of_grid), Some(of_home)) = chains else { return Err(RecordError::not_found("gridId")) };
    let community = |chain: &areas::Chain| chain.at(entity::AreaLevel::Community).map(|area| area.id);
    let near = of_grid.lies_in(home.area_id) || (community(&of_grid).is_some() && community(&of_grid) == community(&of_home));
    if near { Ok(()) } else { Err(RecordError::Mismatch("grid-elsewhere", "gridId".into())) }
}

/// In another grid from today: what covered it before keeps it among what it covered, and its open cases go along.
pub async fn update_building(cx: &Cx, terms: Terms, id: BuildingId, told: BuildingTold) -> Result<Option<building::Model>, RecordError> {
    write_then::<Buildings, _, _, _>(
        cx,
        terms,
        move |turn| Box::pin(update_building_in(turn, id, told)),
        |cx, work, moved| Box::pin(grids::follow(cx, work, moved)),
    )
    .await
}

async fn update_building_in(
    turn: &Turn<'_>,
    id: BuildingId,
    told: BuildingTold,
) -> Result<(building::Model, Vec<BuildingId>), RecordError> {
    let home = home_of::<Buildings>(turn, id, "buildingId").await?;
    // before the building: whoever gives buildings to a grid locks them in it
    let grid = match told.grid.flatten() {
        Some(grid) => Some(turn.lock::<Grids>(grid, "gridId").await?),
        None => None,
    };
    let (home, before) = part_in::<Buildings>(turn, home, id, "buildingId").await?;
    let after = told.over(before.clone());
    if let Some(grid) = grid.filter(|grid| Some(grid.id) != before.grid_id) {
        is_grid_of(turn, &home, &grid).await?;
    }
    if after.name != before.name {
        has_no_namesake(&store::buildings_of(turn.tx, vec![home.id]).await?, &after)?;
    }
    let mut moved = Vec::new();
    if after.grid_id != before.grid_id {
        // as for giving it to the other
        if before.grid_id.is_some() {
            turn.may(home.area_id, Office::Subdistrict, "gridId").await?;
        }
        let (_, eve) = areas::begins(turn, None)?;
        grids::note_past(turn, std::iter::once(&before), eve).await?;
        moved.push(id);
    }
    Ok((turn.save::<Buildings>(&before, after, RecordChangeKind::Changed, None).await?, moved))
}

/// With its stairwells, dwellings and duty posts.
pub async fn end_building(
    cx: &Cx,
    terms: Terms,
    id: BuildingId,
    (on, note): (Option<NaiveDate>, String),
) -> Result<Option<building::Model>, RecordError> {
    write::<Buildings, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let (_, before) = part::<Buildings>(turn, id, "buildingId").await?;
            let day = last_day(turn, on)?;
            end_parts::<Dwellings>(turn, store::dwellings_of(turn.tx, id).await?, day, &note).await?;
            end_parts::<Stairwells>(turn, store::stairwells_of(turn.tx, vec![id]).await?, day, &note).await?;
            double_report::service::end_posts_of(turn, (id, None), day, &note).await?;
            let after = building::Model { ended_on: Some(day), ..before.clone() };
            turn.save::<Buildings>(&before, after, RecordChangeKind::Ended, Some(note)).await
        })
    })
    .await
}
