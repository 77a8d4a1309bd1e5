//! What becomes of cases when the area or the grid that they lie in ends, or their building or complex goes to another: the open ones go to whoever came
//! after, with all that runs. What is closed stays where it was, until it is opened again.

use std::collections::HashMap;

use entity::{AreaId, AreaLevel, BuildingId, CaseEventKind, CaseId, ComplexId, GridId, HandlerKind, WhistleStatus, case_file};
use uuid::Uuid;

use super::{
    CaseError,
    clocks::Clocks,
    file::{Entry, File},
    place::{self, Unit},
};
use crate::{
    app::Cx,
    area,
    case::store::{self, Affected},
    complex,
    db::{DatabaseTransaction, DbErr},
    event::Work,
    grid,
};

/// Where a case lies today.
#[derive(Clone, Debug, PartialEq)]
struct Lies {
    area: AreaId,
    subdistrict: Option<AreaId>,
    community: Option<AreaId>,
    grid: Option<GridId>,
}

type Named = (Option<BuildingId>, Option<ComplexId>, Option<GridId>, AreaId);

/// Reads places as they are in this transaction, each once.
#[derive(Default)]
struct Places {
    lies: HashMap<Named, Option<Lies>>,
    grids: HashMap<GridId, Called>,
}

/// The grid over a grid, if it is a micro-grid, and the one that is called about what lies in it.
type Called = (Option<GridId>, GridId);

impl Places {
    async fn of(&mut self, tx: &DatabaseTransaction, case: &case_file::Model) -> Result<Option<Lies>, DbErr> {
        let named = (case.building_id, case.complex_id, case.grid_id, case.area_id);
        if let Some(known) = self.lies.get(&named) {
            return Ok(known.clone());
        }
        let found = lies(tx, named).await?;
        Ok(self.lies.entry(named).or_insert(found).clone())
    }

    async fn called(&mut self, cx: &Cx, tx: &DatabaseTransaction, id: GridId) -> Result<Called, DbErr> {
        if let Some(known) = self.grids.get(&id) {
            return Ok(*known);
        }
        let called = (grid::service::maybe_over_in_tx(tx, id).await?, grid::service::called_in_tx(cx, tx, id).await?);
        self.grids.insert(id, called);
        Ok(called)
    }
}

/// None where the area has ended and nothing came after it. What still stands of the address stays.
async fn lies(tx: &DatabaseTransaction, (building, complex, grid, named): Named) -> Result<Option<Lies>, DbErr> {
    let building = match building {
        Some(id) => complex::service::maybe_building_in_tx(tx, id).await?,
        None => None,
    };
    let complex = match complex {
        Some(id) => complex::service::maybe_by_id_in_tx(tx, id).await?,
        None => None,
    };
    let Some(own) = area::service::maybe_today_in_tx(tx, named).await? else { return Ok(None) };
    let place = complex.as_ref().map_or(own.id, |complex| complex.area_id);
    let Some(chain) = area::service::chain_in_tx(tx, place).await? else { return Ok(None) };
    let at = |level| chain.at(level).map(|area| area.id);
    let community = at(AreaLevel::Community);
    let mut standing = match grid {
        Some(id) => grid::service::maybe_by_id_in_tx(tx, id).await?.filter(|grid| grid.ended_on.is_none()),
        None => None,
    };
    // a complex that went to another community left the grid and the area that it had there
    if let Some(grid) = &standing
        && complex.is_some()
        && community_of(tx, grid.area_id).await? != community
    {
        standing = None;
    }
    let left = place != own.id && community_of(tx, own.id).await?.is_some_and(|own| Some(own) != community);
    let grid = match (building.and_then(|building| building.grid_id), standing, &complex) {
        (Some(grid), ..) => Some(grid),
        (None, Some(grid), _) => Some(grid.id),
        (None, None, Some(complex)) => complex::service::main_grid_in_tx(tx, complex.id).await?,
        (None, None, None) => grid::service::maybe_by_area_in_tx(tx, own.id).await?.map(|grid| grid.id),
    };
    let area = if own.id == named && !left { named } else { place };
    Ok(Some(Lies { area, subdistrict: at(AreaLevel::Subdistrict), community, grid }))
}

/// The community in which an area lies; none above.
async fn community_of(tx: &DatabaseTransaction, id: AreaId) -> Result<Option<AreaId>, DbErr> {
    Ok(area::service::chain_in_tx(tx, id).await?.and_then(|chain| chain.at(AreaLevel::Community).map(|area| area.id)))
}

/// Moves the open cases to where their places lie by now, each with an entry; how many were moved. The areas, complexes and buildings are as they
/// will be.
pub async fn relocate(cx: &Cx, work: &mut Work, which: Affected, note: &str) -> Result<usize, CaseError> {
    let cases = store::lock_affected(&work.tx, &which).await?;
    let (mut places, mut moved) = (Places::default(), 0);
    for cases in cases.chunks(super::deadlines::PORTION) {
        let ids: Vec<CaseId> = cases.iter().map(|case| case.id).collect();
        let mut whistles: HashMap<CaseId, Vec<_>> = HashMap::new();
        for whistle in store::whistles_of(&work.tx, &ids).await? {
            whistles.entry(whistle.case_id).or_default().push(whistle);
        }
        let mut clocks: HashMap<CaseId, Vec<_>> = HashMap::new();
        for clock in store::clocks_of(&work.tx, &ids).await? {
            clocks.entry(clock.case_id).or_default().push(clock);
        }
        let mut written = Vec::with_capacity(cases.len());
        for case in cases {
            let known = Clocks::known(clocks.remove(&case.id).unwrap_or_default(), None);
            let mut file = File::with(cx, work, case.clone(), whistles.remove(&case.id).unwrap_or_default(), known)?;
            if settle(&mut file, &mut places).await? {
                file.enter(CaseEventKind::Relocated, Entry::note(Some(note.to_owned())));
                written.push(file.close().await?.0);
            }
        }
        moved += written.len();
        super::file::write_all(work, written).await?;
    }
    Ok(moved)
}

/// Of a case that is opened again: where it lay may have ended meanwhile, and who had it may answer for it no longer. Then the superior does.
pub(super) async fn settle_reopened(file: &mut File<'_>) -> Result<(), CaseError> {
    settle(file, &mut Places::default()).await?;
    let had = (file.case.handler_kind, file.case.handler_id);
    if place::belongs(file.cx, file.tx(), &file.case, had).await? {
        return Ok(());
    }
    if let Some(above) = file.maybe_superior(had).await? {
        file.hand_to(above);
    }
    Ok(())
}

/// Whether anything changed.
async fn settle(file: &mut File<'_>, places: &mut Places) -> Result<bool, CaseError> {
    let Some(now) = places.of(file.tx(), &file.case).await? else { return Ok(false) };
    let case = &mut file.case;
    let was = Lies { area: case.area_id, subdistrict: case.subdistrict_id, community: case.community_id, grid: case.grid_id };
    if was == now {
        return Ok(false);
    }
    (case.area_id, case.subdistrict_id, case.community_id, case.grid_id) = (now.area, now.subdistrict, now.community, now.grid);
    if was.grid != now.grid {
        leave(file, places, was.grid, now.grid).await?;
    }
    let units = [
        (HandlerKind::Community, was.community.map(Uuid::from), now.community.map(Uuid::from)),
        (HandlerKind::Subdistrict, was.subdistrict.map(Uuid::from), now.subdistrict.map(Uuid::from)),
    ];
    for (kind, was, now) in units {
        if let Some(was) = was.filter(|was| Some(*was) != now) {
            hand_over(file, (kind, was), now.map(|now| (kind, now))).await?;
        }
    }
    Ok(true)
}

/// What a grid had to do is that of the one called in the other grid from now on; and what the grid over it had, unless that stands over the other, too.
async fn leave(file: &mut File<'_>, places: &mut Places, was: Option<GridId>, now: Option<GridId>) -> Result<(), CaseError> {
    let Some(was) = was else { return Ok(()) };
    let (over, _) = places.called(file.cx, file.tx(), was).await?;
    let to = match now {
        Some(now) => Some((now, places.called(file.cx, file.tx(), now).await?)),
        None => None,
    };
    let called = to.map(|(_, (_, called))| (HandlerKind::Grid, Uuid::from(called)));
    let was = (HandlerKind::Grid, Uuid::from(was));
    if called != Some(was) {
        hand_over(file, was, called).await?;
    }
    match over {
        Some(over) if to.is_none_or(|(now, (above, _))| over != now && above != Some(over)) => {
            hand_over(file, (HandlerKind::Grid, over.into()), called).await
        }
        _ => Ok(()),
    }
}

/// Whether a grid or an area has ended.
async fn is_over(tx: &DatabaseTransaction, (kind, id): Unit) -> Result<bool, DbErr> {
    Ok(match kind {
        HandlerKind::Grid => grid::service::maybe_by_id_in_tx(tx, GridId(id)).await?.is_none_or(|grid| grid.ended_on.is_some()),
        _ => area::service::by_ids_in_tx(tx, &[AreaId(id)]).await?.iter().all(|area| area.ended_on.is_some()),
    })
}

/// What a unit had to do in a case is another's from now on: of its kind, or the superior's where there is none or the case complains of it.
async fn hand_over(file: &mut File<'_>, from: Unit, to: Option<Unit>) -> Result<(), CaseError> {
    if let Some((kind, id)) = to
        && (file.case.respondent_kind, file.case.respondent_id) == (Some(from.0), Some(from.1))
        && is_over(file.tx(), from).await?
    {
        // who came after it answers for what is complained of, and nobody else while it is there
        (file.case.respondent_kind, file.case.respondent_id) = (Some(kind), Some(id));
    }
    let to = match to {
        Some(unit) if !place::is_respondent(file.cx, file.tx(), &file.case, unit).await? => Some(unit),
        _ => file.maybe_superior(from).await?,
    };
    let Some(to) = to else { return Ok(()) };
    if (file.case.handler_kind, file.case.handler_id) == from {
        file.hand_to(to);
    }
    for mut whistle in file.whistles().await? {
        if matches!(whistle.status, WhistleStatus::Concluded | WhistleStatus::Withdrawn) {
            continue;
        }
        let (called, whistler) = ((whistle.target_kind, whistle.target_id) == from, whistle.from_kind.zip(whistle.from_id) == Some(from));
        if called {
            (whistle.target_kind, whistle.target_id) = to;
        }
        if whistler {
            (whistle.from_kind, whistle.from_id) = (Some(to.0), Some(to.1));
        }
        if called || whistler {
            file.save_whistle(&mut whistle);
        }
    }
    Ok(())
}
