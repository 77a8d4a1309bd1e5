//! Where a report about a complex or a building lands, and what the records come to.

pub mod complexes;
pub mod distinctions;
pub mod moves;
pub mod parts;

use std::collections::HashMap;

use entity::{BuildingId, ComplexId, GridId, building, complex};

pub use super::store::{Sums, Totals};
use super::{
    model::{self, Known},
    scope::ComplexWhere,
    store,
};
use crate::{
    app::Cx,
    area::service::{self as areas, ByName},
    db::{DatabaseTransaction, DbErr, filter::Filter},
    sheet::PORTION,
};

/// A complex that exists today.
pub async fn maybe_by_id_in_tx(tx: &DatabaseTransaction, id: ComplexId) -> Result<Option<complex::Model>, DbErr> {
    store::maybe_by_id(tx, id).await
}

/// The same; until the end of the transaction it stays in its community.
pub async fn maybe_staying_in_tx(tx: &DatabaseTransaction, id: ComplexId) -> Result<Option<complex::Model>, DbErr> {
    store::maybe_share(tx, id).await
}

pub async fn maybe_building_in_tx(tx: &DatabaseTransaction, id: BuildingId) -> Result<Option<building::Model>, DbErr> {
    store::maybe_building(tx, id).await
}

/// The same; until the end of the transaction it stays in its grid.
pub async fn maybe_staying_building_in_tx(tx: &DatabaseTransaction, id: BuildingId) -> Result<Option<building::Model>, DbErr> {
    store::maybe_share_building(tx, id).await
}

/// The buildings of these complexes that stand.
pub async fn buildings_in_tx(tx: &DatabaseTransaction, complexes: Vec<ComplexId>) -> Result<Vec<building::Model>, DbErr> {
    let buildings = store::buildings_of(tx, complexes).await?;
    Ok(buildings.into_iter().filter(|building| building.ended_on.is_none()).collect())
}

/// Those of these complexes that exist today; from here to the end of the transaction nobody else changes what belongs to them, or concludes contracts for them.
pub async fn lock_in_tx(tx: &DatabaseTransaction, ids: Vec<ComplexId>) -> Result<Vec<complex::Model>, DbErr> {
    store::lock(tx, ids).await
}

/// The grid of a complex; where it spans several, the one with most of its buildings (of equals, that of the lowest building number).
pub async fn main_grid_in_tx(tx: &DatabaseTransaction, id: ComplexId) -> Result<Option<GridId>, DbErr> {
    let grids = store::grids_of(tx, id).await?;
    let mut counts: HashMap<GridId, usize> = HashMap::new();
    for grid in &grids {
        *counts.entry(*grid).or_default() += 1;
    }
    let most = counts.values().max().copied();
    Ok(grids.into_iter().find(|grid| counts.get(grid).copied() == most))
}

/// Complexes by the code of their area and their name.
pub async fn by_names_in_tx(tx: &DatabaseTransaction, keys: Vec<(&str, &str)>) -> Result<ByName<ComplexId>, DbErr> {
    areas::by_names_in_tx(tx, &keys, async |areas, names| {
        let rows = store::named(tx, areas, names).await?;
        Ok(rows.into_iter().map(|row| (row.area_id, row.name, row.id)).collect())
    })
    .await
}

/// The same as they are, of any number of lines, locked in one order.
pub async fn lock_by_names_in_tx(tx: &DatabaseTransaction, keys: &[(&str, &str)]) -> Result<ByName<complex::Model>, DbErr> {
    let mut named: ByName<ComplexId> = HashMap::new();
    for keys in keys.chunks(PORTION) {
        named.extend(by_names_in_tx(tx, keys.to_vec()).await?);
    }
    let mut ids: Vec<ComplexId> = named.values().copied().collect();
    ids.sort_unstable();
    let mut locked: HashMap<ComplexId, complex::Model> = HashMap::new();
    for ids in ids.chunks(PORTION) {
        locked.extend(store::lock(tx, ids.to_vec()).await?.into_iter().map(|row| (row.id, row)));
    }
    // one that ended meanwhile is none any more
    Ok(named.into_iter().filter_map(|(key, id)| Some((key, locked.get(&id)?.clone()))).collect())
}

/// What the dwellings of each complex come to; none for whoever may not see dwellings. One statement.
pub async fn totals(cx: &Cx, ids: &[ComplexId]) -> Result<Option<HashMap<ComplexId, Totals>>, DbErr> {
    if cx.actor.person.is_none() {
        return Ok(None);
    }
    let mut found = store::totals(cx.read(), ids, cx.clock.today()).await?;
    Ok(Some(ids.iter().map(|id| (*id, found.remove(id).unwrap_or_default())).collect()))
}

/// What the complexes that pass come to. One statement.
pub async fn sums(cx: &Cx, filter: &Filter<ComplexWhere>) -> Result<Sums, DbErr> {
    store::sums(cx.read(), &cx.actor, filter, cx.clock.today()).await
}

/// What is known of each complex, as far as completeness goes. One statement.
pub async fn known(cx: &Cx, rows: impl Iterator<Item = &complex::Model> + Clone) -> Result<HashMap<ComplexId, Known>, DbErr> {
    let ids: Vec<_> = rows.clone().map(|row| row.id).collect();
    let counts = store::buildings_known(cx.read(), &ids, cx.clock.today()).await?;
    let known = |row: &complex::Model| {
        let [buildings, in_grids, with_dwellings] = counts.get(&row.id).copied().unwrap_or_default();
        Known {
            kind: row.kind,
            address: row.address.is_some(),
            households: row.households.is_some(),
            floor_area: row.floor_area.is_some(),
            location: row.longitude.is_some(),
            buildings,
            in_grids,
            with_dwellings,
        }
    };
    Ok(rows.map(|row| (row.id, known(row))).collect())
}

/// How many facts are filled in the records of an area, and how many there are to fill. One statement, which groups complexes by what they lack.
pub async fn completeness(cx: &Cx, area: &str) -> Result<(u64, u64), DbErr> {
    let facts = entity::ComplexFact::ALL.len() as u64;
    let groups = store::known_in(cx.read(), area, cx.clock.today()).await?;
    let filled = |known: &Known| facts - model::missing(known).len() as u64;
    Ok(groups.iter().fold((0, 0), |(part, whole), (known, count)| (part + filled(known) * count, whole + facts * count)))
}
