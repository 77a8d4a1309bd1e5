//! The grids of a community drawn anew 重划网格: those that are end, new ones cover the buildings, and whoever came after has the open cases.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDate;
use entity::{
    AreaId, AreaLevel, AreaSuccessionKind, BuildingId, GridId, PersonId, PostRole, RecordChangeKind, area, area_succession, building, grid,
    post,
};

use super::keep::{close, end_post, take_buildings, unit};
use crate::{
    app::Cx,
    area::{scope::Areas, service as areas},
    case::service::{Affected, Terms, relocate},
    event::Work,
    grid::store,
    person::scope::Posts,
    record::service::{Office, RecordError, Turn, write_then},
};

pub struct Regrid {
    /// The code of the community.
    pub community: String,
    pub grids: Vec<Redrawn>,
    pub on: Option<NaiveDate>,
    pub document: Option<String>,
    pub reason: String,
}

/// A grid as it is to be.
pub struct Redrawn {
    pub code: String,
    pub name: String,
    pub full_function: bool,
    pub buildings: Vec<BuildingId>,
    /// Who worked in one of the grids that end.
    pub workers: Vec<PersonId>,
}

const FIELD: &str = "areaCode";

pub async fn regrid(cx: &Cx, terms: Terms, new: Regrid) -> Result<Option<area::Model>, RecordError> {
    write_then::<Areas, _, _, _>(cx, terms, move |turn| Box::pin(regrid_in(turn, new)), |cx, work, told| Box::pin(follow(cx, work, told)))
        .await
}

/// The grids that end, the buildings that were given to others, and a word about it.
type Moved = (Vec<GridId>, Vec<BuildingId>, String);

async fn follow(cx: &Cx, work: &mut Work, (grids, buildings, note): Moved) -> Result<(), RecordError> {
    relocate(cx, work, Affected::Grids(grids), &note).await?;
    // those of buildings that no grid had covered
    relocate(cx, work, Affected::Buildings(buildings), &note).await?;
    Ok(())
}

/// What is there before.
struct Old {
    places: Vec<(area::Model, Option<grid::Model>)>,
    buildings: Vec<building::Model>,
}

async fn regrid_in(turn: &Turn<'_>, new: Regrid) -> Result<(area::Model, Moved), RecordError> {
    let found = areas::maybe_by_code_in_tx(turn.tx, &new.community).await?.ok_or_else(|| RecordError::not_found(FIELD))?;
    let community = turn.lock::<Areas>(found.id, FIELD).await?;
    turn.may(community.id, Office::Subdistrict, FIELD).await?;
    let community = turn.check::<Areas>(community, FIELD)?;
    if community.level != AreaLevel::Community {
        return Err(RecordError::Mismatch("area-no-community", FIELD.into()));
    }
    let (on, eve) = areas::begins(turn, new.on)?;
    let places = store::lock_below(turn.tx, &community).await?;
    let units: Vec<GridId> = places.iter().filter_map(|(_, grid)| Some(grid.as_ref()?.id)).collect();
    // all at once, so that they are locked in one order
    let named: Vec<BuildingId> = new.grids.iter().flat_map(|grid| grid.buildings.iter().copied()).collect();
    store::lock_buildings(turn.tx, &named).await?;
    let old = Old { places, buildings: store::covered_by(turn.tx, &units).await? };
    nothing_left_out(&new, &old)?;
    let mut drawn = Vec::with_capacity(new.grids.len());
    for (at, redrawn) in new.grids.iter().enumerate() {
        let place = areas::NewArea { code: redrawn.code.clone(), name: redrawn.name.clone() };
        let place = areas::new_in(turn, &community, place, on, &format!("grids.{at}.code")).await?;
        let grid = unit(turn, &place, redrawn.name.clone(), redrawn.full_function).await?;
        let field = |index: usize| format!("grids.{at}.buildingIds.{index}");
        take_buildings(turn, &grid, &redrawn.buildings, (eve, Some(new.reason.as_str())), field).await?;
        drawn.push((redrawn, grid));
    }
    let posts = store::lock_posts_from(turn.tx, &units, on).await?;
    for (at, (redrawn, grid)) in drawn.iter().enumerate() {
        move_workers(turn, (at, *redrawn), &posts, grid, on).await?;
    }
    for post in &posts {
        end_post(turn, post, eve, &new.reason).await?;
    }
    succeed(turn, &old, &drawn, on, new.document.as_deref()).await?;
    // micro-grids before the grids that they lie in
    for (place, grid) in old.places.into_iter().rev() {
        match grid {
            Some(grid) => close(turn, (grid, place), eve, &new.reason).await.map(drop)?,
            None => {
                let after = area::Model { ended_on: Some(eve), ..place.clone() };
                turn.save::<Areas>(&place, after, RecordChangeKind::Ended, Some(new.reason.clone())).await.map(drop)?;
            }
        }
    }
    let note = format!("重划网格：{}", new.reason);
    let after = turn.save::<Areas>(&community, community.clone(), RecordChangeKind::Changed, Some(note.clone())).await?;
    Ok((after, (units, named, note)))
}

/// Every building that a grid covers is covered by one of the new ones, and by one only.
fn nothing_left_out(new: &Regrid, old: &Old) -> Result<(), RecordError> {
    let mut named = HashSet::new();
    for (at, grid) in new.grids.iter().enumerate() {
        if let Some(index) = grid.buildings.iter().position(|building| !named.insert(*building)) {
            return Err(RecordError::Exists(format!("grids.{at}.buildingIds.{index}")));
        }
    }
    if new.grids.is_empty() {
        return Err(RecordError::Required("grids".into()));
    }
    let left = old.buildings.iter().filter(|row| !named.contains(&row.id)).count();
    if left == 0 {
        return Ok(());
    }
    Err(RecordError::Limit("regrid-left-out", "grids".into(), vec![("count", left.to_string())]))
}

/// Whoever worked in one of the former grids works in this one from then on.
async fn move_workers(
    turn: &Turn<'_>,
    (at, redrawn): (usize, &Redrawn),
    posts: &[post::Model],
    grid: &grid::Model,
    on: NaiveDate,
) -> Result<(), RecordError> {
    for (index, person) in redrawn.workers.iter().enumerate() {
        let field = || format!("grids.{at}.workerIds.{index}");
        if redrawn.workers[..index].contains(person) {
            return Err(RecordError::Exists(field()));
        }
        let held = posts.iter().find(|post| post.person_id == *person && post.role == PostRole::GridWorker);
        let held = held.ok_or_else(|| RecordError::NotFound(field()))?;
        let (id, unit_id, area_id) = (turn.cx.clock.new_id(), grid.id.0, grid.area_id);
        // one that is to begin later still does
        let starts_on = on.max(held.starts_on);
        turn.enter::<Posts>(post::Model { id, unit_id, area_id, starts_on, version: 1, ..held.clone() }).await?;
    }
    Ok(())
}

/// After each former grid come those that have its buildings, the one with most of them first: what belongs to no building is its.
async fn succeed(
    turn: &Turn<'_>,
    old: &Old,
    drawn: &[(&Redrawn, grid::Model)],
    on: NaiveDate,
    document: Option<&str>,
) -> Result<(), RecordError> {
    let mut heirs: HashMap<AreaId, Vec<AreaId>> = HashMap::new();
    let mut rows = Vec::new();
    for (place, grid) in &old.places {
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        for building in old.buildings.iter().filter(|row| grid.as_ref().is_some_and(|grid| row.grid_id == Some(grid.id))) {
            if let Some(at) = drawn.iter().position(|(redrawn, _)| redrawn.buildings.contains(&building.id)) {
                *counts.entry(at).or_default() += 1;
            }
        }
        let mut order: Vec<_> = counts.into_iter().collect();
        order.sort_by_key(|(at, count)| (std::cmp::Reverse(*count), *at));
        let mut to: Vec<AreaId> = order.into_iter().filter_map(|(at, _)| Some(drawn.get(at)?.1.area_id)).collect();
        if to.is_empty() {
            let above = place.parent_id.and_then(|parent| heirs.get(&parent)?.first().copied());
            to.extend(above.or_else(|| drawn.first().map(|(_, grid)| grid.area_id)));
        }
        heirs.insert(place.id, to.clone());
        rows.extend(to.into_iter().map(|to_id| area_succession::Model {
            id: turn.cx.clock.new_id(),
            from_id: place.id,
            to_id,
            kind: AreaSuccessionKind::Regridded,
            effective_on: on,
            document: document.map(str::to_owned),
        }));
    }
    Ok(areas::keep_successions_in_tx(turn.tx, rows).await?)
}
