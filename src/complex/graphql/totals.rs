//! What many complexes come to.

use async_graphql::SimpleObject;

use crate::{complex::service::Sums, graphql::scalar::Decimal};

/// What complexes come to 小区合计. What a complex does not have on record is not counted, so each sum says of how many complexes it is.
#[derive(Clone, Debug, SimpleObject)]
pub struct ComplexTotals {
    /// How many complexes 小区数.
    complexes: i64,
    /// Their floor area, in m² 建筑面积合计.
    floor_area: Decimal,
    /// Of how many the floor area is recorded 有建筑面积的小区数.
    with_floor_area: i64,
    /// Their households 户数合计.
    households: i64,
    /// Of how many the households are recorded 有户数的小区数.
    with_households: i64,
    /// Their buildings that stand today 楼栋数.
    buildings: i64,
    /// How many have a building 有楼栋的小区数.
    with_buildings: i64,
    /// Their dwellings that exist today; null for visitors 专有部分数.
    dwellings: Option<i64>,
    /// How many have a dwelling; null for visitors 有专有部分的小区数.
    with_dwellings: Option<i64>,
}

impl ComplexTotals {
    /// Dwellings are for whoever is signed in.
    pub fn of(sums: &Sums, signed_in: bool) -> Self {
        Self {
            complexes: sums.complexes,
            floor_area: Decimal(sums.floor_area),
            with_floor_area: sums.with_floor_area,
            households: sums.households,
            with_households: sums.with_households,
            buildings: sums.buildings,
            with_buildings: sums.with_buildings,
            dwellings: signed_in.then_some(sums.dwellings),
            with_dwellings: signed_in.then_some(sums.with_dwellings),
        }
    }
}
