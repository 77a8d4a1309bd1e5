//! Grids by the area they work in.

use std::collections::HashMap;

use entity::{AreaId, GridId, grid};

use super::store;
use crate::{
    app::Cx,
    db::{DatabaseTransaction, DbErr},
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

pub async fn by_areas_in_tx(tx: &DatabaseTransaction, areas: Vec<AreaId>) -> Result<HashMap<AreaId, grid::Model>, DbErr> {
    store::of_areas(tx, areas).await
}
