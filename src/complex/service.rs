//! Where a report about a complex or a building lands.

use std::collections::HashMap;

use entity::{BuildingId, ComplexId, GridId, building, complex};

use super::store;
use crate::{
    area::service::{self as areas, ByName},
    db::{DatabaseTransaction, DbErr},
};

pub async fn maybe_by_id_in_tx(tx: &DatabaseTransaction, id: ComplexId) -> Result<Option<complex::Model>, DbErr> {
    store::maybe_by_id(tx, id).await
}

pub async fn maybe_building_in_tx(tx: &DatabaseTransaction, id: BuildingId) -> Result<Option<building::Model>, DbErr> {
    store::maybe_building(tx, id).await
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
