//! Grids by the area they work in, and what they have.

mod fund;
mod keep;
mod regrid;

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{AreaId, ComplexId, GridFundId, GridId, Hundredths, grid, grid_building_past, post};

pub use self::{
    fund::{NewEntry, add_entry, close_fund, open_fund, update_fund},
    keep::{GridChange, NewGrid, assign, create, end, follow, note_past, update},
    regrid::{Redrawn, Regrid, regrid},
};
use super::{scope::FundWhere, store};
use crate::{
    app::Cx,
    db::{DatabaseTransaction, DbErr, filter::Filter},
};

pub async fn by_areas(cx: &Cx, areas: Vec<AreaId>) -> Result<HashMap<AreaId, grid::Model>, DbErr> {
    store::by_areas(cx, areas).await
}

pub async fn maybe_by_id_in_tx(tx: &DatabaseTransaction, id: GridId) -> Result<Option<grid::Model>, DbErr> {
    store::maybe_by_id(tx, id).await
}

pub async fn maybe_by_area_in_tx(tx: &DatabaseTransaction, area: AreaId) -> Result<Option<grid::Model>, DbErr> {
    store::maybe_by_area(tx, area).await
}

/// The grid over this one, if it is a micro-grid.
pub async fn maybe_over_in_tx(tx: &DatabaseTransaction, id: GridId) -> Result<Option<GridId>, DbErr> {
    Ok(store::over(tx, &[id]).await?.remove(&id))
}

/// The grids over those of these that are micro-grids, as far as they have a worker in office.
pub async fn manned_over_in_tx(cx: &Cx, tx: &DatabaseTransaction, ids: &[GridId]) -> Result<HashMap<GridId, GridId>, DbErr> {
    let mut over = store::over(tx, ids).await?;
    if !over.is_empty() {
        let manned = store::manned(tx, over.values().copied().collect(), cx.clock.today()).await?;
        over.retain(|_, grid| manned.contains(grid));
    }
    Ok(over)
}

/// The grid that is called about what lies in this one: for a micro-grid without a worker in office the grid over it.
pub async fn called_in_tx(cx: &Cx, tx: &DatabaseTransaction, id: GridId) -> Result<GridId, DbErr> {
    Ok(store::standing_in(tx, &[id], cx.clock.today()).await?.remove(&id).unwrap_or(id))
}

/// The same for many: those that are not called, and the grids over them.
pub async fn standing_in(cx: &Cx, grids: &[GridId]) -> Result<HashMap<GridId, GridId>, DbErr> {
    store::standing_in(cx.read(), grids, cx.clock.today()).await
}

pub async fn by_areas_in_tx(tx: &DatabaseTransaction, areas: Vec<AreaId>) -> Result<HashMap<AreaId, grid::Model>, DbErr> {
    store::of_areas(tx, areas).await
}

/// The same; none of them ends until the end of the transaction.
pub async fn lock_by_areas_in_tx(tx: &DatabaseTransaction, areas: Vec<AreaId>) -> Result<HashMap<AreaId, grid::Model>, DbErr> {
    store::lock_of_areas(tx, areas).await
}

/// The workers of grids on a day, as far as the actor may see their posts.
pub async fn workers(cx: &Cx, grids: &[GridId], day: NaiveDate) -> Result<Vec<post::Model>, DbErr> {
    store::workers(cx, grids, day).await
}

/// The buildings that grids covered before.
pub async fn formerly_covered(cx: &Cx, grids: &[GridId]) -> Result<Vec<grid_building_past::Model>, DbErr> {
    store::formerly_covered(cx, grids).await
}

/// The complexes of which each grid covers buildings.
pub async fn complexes(cx: &Cx, grids: &[GridId]) -> Result<Vec<(GridId, ComplexId)>, DbErr> {
    let mut pairs: Vec<_> = store::complexes(cx, grids).await?.0.into_iter().map(|(grid, complex, _)| (grid, complex)).collect();
    pairs.sort_unstable();
    Ok(pairs)
}

/// How many households each grid serves: of a complex that it covers in part, as large a part as of its buildings. None where none of its complexes says.
pub async fn households(cx: &Cx, grids: &[GridId]) -> Result<HashMap<GridId, i32>, DbErr> {
    let (covered, sizes) = store::complexes(cx, grids).await?;
    let complexes: Vec<ComplexId> = sizes.keys().copied().collect();
    let households = store::households(cx, &complexes).await?;
    let mut found: HashMap<GridId, i64> = HashMap::new();
    for (grid, complex, buildings) in covered {
        if let (Some(all), Some(size)) = (households.get(&complex), sizes.get(&complex)) {
            *found.entry(grid).or_default() += i64::from(*all) * buildings / (*size).max(1);
        }
    }
    Ok(found.into_iter().filter_map(|(grid, count)| Some((grid, i32::try_from(count).ok()?))).collect())
}

/// What was granted and what was spent, of each of these funds.
pub async fn sums(cx: &Cx, funds: &[GridFundId]) -> Result<HashMap<GridFundId, (Hundredths, Hundredths)>, DbErr> {
    store::sums(cx, funds).await
}

/// What the funds that pass come to.
#[derive(Clone, Copy, Debug)]
pub struct Totals {
    pub funds: i64,
    pub budget: Hundredths,
    pub granted: Hundredths,
    pub spent: Hundredths,
}

pub async fn totals(cx: &Cx, filter: &Filter<FundWhere>) -> Result<Totals, DbErr> {
    let (funds, budget, granted, spent) = store::totals(cx, filter).await?;
    Ok(Totals { funds, budget: Hundredths(budget), granted: Hundredths(granted), spent: Hundredths(spent) })
}
