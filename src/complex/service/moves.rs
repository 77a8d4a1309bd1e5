//! A complex that goes to another community 小区划转, with all that is kept of it: as in a split of the community, but the community lives on.

use std::collections::HashMap;

use entity::{AreaId, AreaLevel, ComplexId, GridId, RecordChangeKind, area, building, complex, party_cover};

use super::complexes::is_grid_of;
use crate::{
    app::Cx,
    area::{
        scope::Areas,
        service::{self as areas, Chain},
    },
    case::service::{Affected, Terms, relocate},
    complex::{
        scope::{Buildings, Complexes},
        store,
    },
    db::noun,
    event::Work,
    grid::{scope::Grids, service as grids},
    party::{self, scope::Covers},
    record::service::{Office, RecordError, Turn, write_then},
};

const COMPLEX: &str = "complexId";
const AREA: &str = "areaCode";
const GRID: &str = "gridId";

/// Where a complex goes.
pub struct Move {
    /// The code of the community.
    pub to: String,
    /// What covers its buildings from then on; none: no grid does.
    pub grid: Option<GridId>,
    pub reason: Option<String>,
}

/// The complex whose open cases go along, and what their timelines say.
type Told = (ComplexId, String);

pub async fn move_to(cx: &Cx, terms: Terms, id: ComplexId, to: Move) -> Result<Option<complex::Model>, RecordError> {
    write_then::<Complexes, _, _, _>(
        cx,
        terms,
        move |turn| Box::pin(move_in(turn, id, to)),
        |cx, work, told| Box::pin(follow(cx, work, told)),
    )
    .await
}

async fn follow(cx: &Cx, work: &mut Work, (complex, note): Told) -> Result<(), RecordError> {
    relocate(cx, work, Affected::Complexes(vec![complex]), &note).await?;
    Ok(())
}

async fn move_in(turn: &Turn<'_>, id: ComplexId, to: Move) -> Result<(complex::Model, Told), RecordError> {
    let (before, from, target) = lock(turn, id, &to.to).await?;
    let into = chain(turn, target.id, AREA).await?;
    between(turn, &from, &into).await?;
    let before = turn.check::<Complexes>(before, COMPLEX)?;
    if !store::named(turn.tx, vec![target.id], vec![before.name.clone()]).await?.is_empty() {
        return Err(RecordError::State("complex-namesake-there", AREA.into()));
    }
    let after = complex::Model { area_id: target.id, ..before.clone() };
    if let Some(grid) = to.grid {
        // before the buildings: whoever gives buildings to a grid locks them in it
        let grid = turn.lock::<Grids>(grid, GRID).await?;
        is_grid_of(turn, &after, &grid).await?;
    }
    let buildings = store::of_complex::<Buildings>(turn.tx, id).await?;
    let places = HashMap::from([(id, target.id)]);
    // what is kept of it lies where it lies, or in the community
    let left = [AreaLevel::MicroGrid, AreaLevel::Grid, AreaLevel::Community].into_iter().filter_map(|level| from.at(level));
    let left: Vec<AreaId> = left.map(|area| area.id).collect();
    let after = turn.save::<Complexes>(&before, after, RecordChangeKind::Changed, to.reason.clone()).await?;
    for area in &left {
        areas::take_along(turn, *area, &places, to.reason.as_deref()).await?;
    }
    let (_, eve) = areas::begins(turn, None)?;
    // an organisation that stays covers what lies there
    let covers = party::service::covers_after_in_tx(turn.tx, id, &left, eve).await?;
    let until = |row: &party_cover::Model| Some(row.starts_on.map_or(eve, |first| first.max(eve)));
    let ended = covers.into_iter().map(|row| (row.clone(), party_cover::Model { ended_on: until(&row), ..row }));
    turn.change_all::<Covers>(ended.collect(), to.reason.as_deref()).await?;
    grids::note_past(turn, buildings.iter().filter(|row| row.grid_id != to.grid), eve).await?;
    let moved = buildings.into_iter().map(|row| (row.clone(), building::Model { grid_id: to.grid, ..row }));
    turn.change_all::<Buildings>(moved.collect(), to.reason.as_deref()).await?;
    let note = to.reason.map_or_else(|| "小区划转".to_owned(), |reason| format!("小区划转：{reason}"));
    Ok((after, (id, note)))
}

/// The complex, where it lies and the community that is named: both communities locked in one order as by those who merge or split them, then the grids in which it
/// lies, since whoever sets something up for it locks the area where it lies, and then the complex.
async fn lock(turn: &Turn<'_>, id: ComplexId, to: &str) -> Result<(complex::Model, Chain, area::Model), RecordError> {
    let seen = noun::by_ids::<Complexes>(turn.tx, &turn.cx.actor, &[id]).await?.remove(&id);
    let seen = seen.ok_or_else(|| RecordError::not_found(COMPLEX))?;
    let target = turn.area(to, AREA).await?;
    if target.level != AreaLevel::Community {
        return Err(RecordError::Mismatch("area-no-community", AREA.into()));
    }
    let lies = chain(turn, seen.area_id, COMPLEX).await?;
    let from = community(&lies)?.clone();
    let mut locked = areas::lock_by_codes_in_tx(turn.tx, vec![from.code, target.code.clone()]).await?;
    let target = locked.remove(&target.code).ok_or_else(|| RecordError::not_found(AREA))?;
    // it may have ended while this waited for its lock
    turn.lasting::<Areas>(&target, AREA)?;
    let below = [AreaLevel::Grid, AreaLevel::MicroGrid].into_iter().filter_map(|level| lies.at(level)).map(|area| area.code.clone());
    let below: Vec<String> = below.collect();
    if !below.is_empty() {
        areas::lock_by_codes_in_tx(turn.tx, below).await?;
    }
    let before = turn.lock::<Complexes>(id, COMPLEX).await?;
    let now = chain(turn, before.area_id, COMPLEX).await?;
    let stayed = before.area_id == seen.area_id && community(&now)?.id == from.id;
    if stayed { Ok((before, now, target)) } else { Err(RecordError::Conflict(Box::new(before))) }
}

async fn chain(turn: &Turn<'_>, area: AreaId, field: &str) -> Result<Chain, RecordError> {
    areas::chain_in_tx(turn.tx, area).await?.ok_or_else(|| RecordError::not_found(field))
}

fn community(chain: &Chain) -> Result<&area::Model, RecordError> {
    chain.at(AreaLevel::Community).ok_or_else(|| RecordError::not_found(COMPLEX))
}

/// From a community to another one of its district, by those who may merge the two: who administer what both lie in, or more.
async fn between(turn: &Turn<'_>, from: &Chain, into: &Chain) -> Result<(), RecordError> {
    if community(from)?.id == community(into)?.id {
        return Err(RecordError::Exists(AREA.into()));
    }
    let district = |chain: &Chain| chain.district().map(|area| area.id);
    let above = from.common(into).filter(|_| district(from) == district(into));
    let above = above.ok_or_else(|| RecordError::Mismatch("complex-stays-in-district", AREA.into()))?;
    turn.may(above.id, Office::Administrator, AREA).await
}
