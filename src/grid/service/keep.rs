//! One grid: set up, changed, given buildings, ended. By the officers of its subdistrict and above.

use chrono::NaiveDate;
use entity::{AreaId, BuildingId, GridId, Provenance, RecordChangeKind, area, building, grid, grid_building_past, post};

use crate::{
    app::Cx,
    area::{scope::Areas, service as areas},
    case::service::{Affected, Terms, relocate},
    complex::scope::Buildings,
    db::noun,
    event::Work,
    grid::{scope::Grids, store},
    person::scope::Posts,
    record::service::{Office, RecordError, Turn, write, write_then},
};

const GRID: &str = "gridId";

pub struct NewGrid {
    /// The code of the area that it lies in.
    pub parent: String,
    pub code: String,
    pub name: String,
    pub full_function: bool,
    pub buildings: Vec<BuildingId>,
    pub on: Option<NaiveDate>,
}

/// What is given changes.
pub struct GridChange {
    pub name: Option<String>,
    pub full_function: Option<bool>,
    pub on: Option<NaiveDate>,
    pub reason: Option<String>,
}

pub async fn create(cx: &Cx, terms: Terms, new: NewGrid) -> Result<Option<grid::Model>, RecordError> {
    write_then::<Grids, _, _, _>(cx, terms, move |turn| Box::pin(create_in(turn, new)), |cx, work, told| Box::pin(follow(cx, work, told)))
        .await
}

async fn create_in(turn: &Turn<'_>, new: NewGrid) -> Result<(grid::Model, Vec<BuildingId>), RecordError> {
    const PARENT: &str = "areaCode";
    let parent = turn.area(&new.parent, PARENT).await?;
    turn.may_alone(parent.id, Office::Subdistrict, PARENT).await?;
    let (on, eve) = areas::begins(turn, new.on)?;
    // an area without a unit, such as a micro-grid, can be given one
    let area = match areas::maybe_by_code_in_tx(turn.tx, &new.code).await? {
        Some(known) => {
            let known = areas::maybe_lock_in_tx(turn.tx, known.id).await?.unwrap_or(known);
            let taken = store::maybe_by_area(turn.tx, known.id).await?.is_some();
            if taken || known.ended_on.is_some() || known.parent_id != Some(parent.id) {
                return Err(RecordError::Exists("code".into()));
            }
            known
        }
        None => areas::new_in(turn, &parent, areas::NewArea { code: new.code, name: new.name.clone() }, on, "code").await?,
    };
    if area.level < entity::AreaLevel::Grid {
        return Err(RecordError::Mismatch("area-code-misfit", "code".into()));
    }
    let row = unit(turn, &area, new.name, new.full_function).await?;
    take_buildings(turn, &row, &new.buildings, (eve, None), |at| format!("buildingIds.{at}")).await?;
    Ok((row, new.buildings))
}

/// The working unit of an area.
pub(super) async fn unit(turn: &Turn<'_>, area: &area::Model, name: String, full_function: bool) -> Result<grid::Model, RecordError> {
    let id = turn.cx.clock.new_id();
    let row = grid::Model { id, area_id: area.id, name, provenance: Provenance::Recorded, full_function, ended_on: None, version: 1 };
    turn.enter::<Grids>(row).await
}

/// Has a grid cover these buildings, which stand and must lie in its community; what covered them until this day is noted.
pub(super) async fn take_buildings(
    turn: &Turn<'_>,
    grid: &grid::Model,
    ids: &[BuildingId],
    (eve, note): (NaiveDate, Option<&str>),
    field: impl Fn(usize) -> String,
) -> Result<(), RecordError> {
    if ids.is_empty() {
        return Ok(());
    }
    let found = store::lock_buildings(turn.tx, ids).await?;
    let homes = store::areas_of(turn.tx, &found.values().map(|row| row.complex_id).collect::<Vec<_>>()).await?;
    let chain = areas::chain_in_tx(turn.tx, grid.area_id).await?.ok_or_else(|| RecordError::not_found("areaCode"))?;
    let mut rows: Vec<building::Model> = Vec::with_capacity(ids.len());
    let mut near: std::collections::HashMap<AreaId, bool> = std::collections::HashMap::new();
    for (at, id) in ids.iter().enumerate() {
        let row = found.get(id).ok_or_else(|| RecordError::NotFound(field(at)))?;
        if rows.iter().any(|known| known.id == *id) {
            return Err(RecordError::Exists(field(at)));
        }
        turn.lasting::<Buildings>(row, &field(at))?;
        let home = homes.get(&row.complex_id).copied().ok_or_else(|| RecordError::NotFound(field(at)))?;
        if let std::collections::hash_map::Entry::Vacant(new) = near.entry(home) {
            let community =
                areas::chain_in_tx(turn.tx, home).await?.and_then(|home| home.at(entity::AreaLevel::Community).map(|area| area.id));
            new.insert(chain.lies_in(community.unwrap_or(home)));
        }
        if near.get(&home) != Some(&true) {
            return Err(RecordError::Mismatch("building-elsewhere", field(at)));
        }
        rows.push(row.clone());
    }
    note_past(turn, rows.iter().filter(|row| row.grid_id != Some(grid.id)), eve).await?;
    let moved = rows.into_iter().map(|row| (row.clone(), building::Model { grid_id: Some(grid.id), ..row }));
    turn.change_all::<Buildings>(moved.collect(), note).await
}

/// Notes which grids covered these buildings, as they were, until this day.
pub async fn note_past(turn: &Turn<'_>, moved: impl Iterator<Item = &building::Model>, until: NaiveDate) -> Result<(), RecordError> {
    let covered = moved.filter_map(|row| Some((row.id, row.grid_id?)));
    let past = covered.map(|(building_id, grid_id)| grid_building_past::Model { id: turn.cx.clock.new_id(), grid_id, building_id, until });
    Ok(store::put_past(turn.tx, past.collect()).await?)
}

/// The open cases of buildings go with them.
pub async fn follow(cx: &Cx, work: &mut Work, buildings: Vec<BuildingId>) -> Result<(), RecordError> {
    if !buildings.is_empty() {
        relocate(cx, work, Affected::Buildings(buildings), "楼栋划入另一网格").await?;
    }
    Ok(())
}

/// A grid that the actor may change, and its area, both locked: the grid after the area in which whoever sets one up locks out others, and before its own.
async fn take_with_area(turn: &Turn<'_>, id: GridId) -> Result<(grid::Model, area::Model), RecordError> {
    let unknown = || RecordError::not_found(GRID);
    let seen = noun::by_ids::<Grids>(turn.tx, &turn.cx.actor, &[id]).await?.remove(&id).ok_or_else(unknown)?;
    turn.may(seen.area_id, Office::Subdistrict, GRID).await?;
    let place = areas::by_ids_in_tx(turn.tx, &[seen.area_id]).await?.pop().ok_or_else(unknown)?;
    if let Some(parent) = place.parent_id {
        areas::maybe_lock_in_tx(turn.tx, parent).await?;
    }
    let grid = turn.take::<Grids>(id, Office::Subdistrict, GRID).await?;
    let area = turn.lock::<Areas>(grid.area_id, GRID).await?;
    // it may have been moved below another while this waited
    if area.parent_id == place.parent_id { Ok((grid, area)) } else { Err(RecordError::Conflict(Box::new(grid))) }
}

pub async fn update(cx: &Cx, terms: Terms, id: GridId, change: GridChange) -> Result<Option<grid::Model>, RecordError> {
    write::<Grids, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let (before, area) = take_with_area(turn, id).await?;
            if let Some(name) = &change.name {
                areas::rename_in(turn, area, name.clone(), change.on, change.reason.clone()).await?;
            }
            let name = change.name.unwrap_or_else(|| before.name.clone());
            let full_function = change.full_function.unwrap_or(before.full_function);
            let after = grid::Model { name, full_function, ..before.clone() };
            turn.save::<Grids>(&before, after, RecordChangeKind::Changed, change.reason).await
        })
    })
    .await
}

pub async fn assign(
    cx: &Cx,
    terms: Terms,
    id: GridId,
    buildings: Vec<BuildingId>,
    on: Option<NaiveDate>,
    reason: Option<String>,
) -> Result<Option<grid::Model>, RecordError> {
    write_then::<Grids, _, _, _>(
        cx,
        terms,
        move |turn| Box::pin(assign_in(turn, id, buildings, on, reason)),
        |cx, work, told| Box::pin(follow(cx, work, told)),
    )
    .await
}

async fn assign_in(
    turn: &Turn<'_>,
    id: GridId,
    buildings: Vec<BuildingId>,
    on: Option<NaiveDate>,
    reason: Option<String>,
) -> Result<(grid::Model, Vec<BuildingId>), RecordError> {
    let before = turn.take::<Grids>(id, Office::Subdistrict, GRID).await?;
    let (_, eve) = areas::begins(turn, on)?;
    if buildings.is_empty() {
        return Err(RecordError::Required("buildingIds".into()));
    }
    take_buildings(turn, &before, &buildings, (eve, reason.as_deref()), |at| format!("buildingIds.{at}")).await?;
    let note = Some(reason.unwrap_or_else(|| format!("划入楼栋{}栋", buildings.len())));
    Ok((turn.save::<Grids>(&before, before.clone(), RecordChangeKind::Changed, note).await?, buildings))
}

pub async fn end(cx: &Cx, terms: Terms, id: GridId, on: Option<NaiveDate>, reason: String) -> Result<Option<grid::Model>, RecordError> {
    write::<Grids, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let (grid, place) = take_with_area(turn, id).await?;
            let (on, eve) = areas::begins(turn, on)?;
            if store::is_any_below(turn.tx, &place).await? {
                return Err(RecordError::State("area-has-areas", GRID.into()));
            }
            let left = |message, count: String| Err(RecordError::Limit(message, GRID.into(), vec![("count", count)]));
            let covered = store::covered_by(turn.tx, &[id]).await?.len();
            if covered > 0 {
                return left("grid-has-buildings", covered.to_string());
            }
            let cases = store::open_cases(turn.tx, id).await?;
            if cases > 0 {
                return left("grid-has-cases", cases.to_string());
            }
            for post in store::lock_posts_from(turn.tx, &[id], on).await? {
                end_post(turn, &post, eve, &reason).await?;
            }
            close(turn, (grid, place), eve, &reason).await
        })
    })
    .await
}

/// Ends a post on the eve of a day; one that begins later has its first day only.
pub(super) async fn end_post(turn: &Turn<'_>, post: &post::Model, eve: NaiveDate, reason: &str) -> Result<(), RecordError> {
    let ends_on = Some(eve.max(post.starts_on));
    if post.ends_on == ends_on {
        return Ok(());
    }
    let after = post::Model { ends_on, ..post.clone() };
    turn.save::<Posts>(post, after, RecordChangeKind::Ended, Some(reason.to_owned())).await.map(drop)
}

/// Ends the unit with its area.
pub(super) async fn close(
    turn: &Turn<'_>,
    (grid, place): (grid::Model, area::Model),
    eve: NaiveDate,
    reason: &str,
) -> Result<grid::Model, RecordError> {
    if let Some(first) = place.established_on.filter(|first| eve < *first) {
        return Err(RecordError::days("on", first.succ_opt().unwrap_or(first), turn.today));
    }
    let ended = area::Model { ended_on: Some(eve), ..place.clone() };
    turn.save::<Areas>(&place, ended, RecordChangeKind::Ended, Some(reason.to_owned())).await?;
    let after = grid::Model { ended_on: Some(eve), ..grid.clone() };
    turn.save::<Grids>(&grid, after, RecordChangeKind::Ended, Some(reason.to_owned())).await
}
