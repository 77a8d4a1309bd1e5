//! Which branch covers which complex.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{ComplexId, PartyBranchId, party_branch};

use super::{scope::Branches, store};
use crate::{
    app::Cx,
    area::service::{self as areas, ByName},
    db::{DatabaseTransaction, DbErr, noun::Noun},
};

/// The complex branches, by complex, as far as the actor may see them.
pub async fn covering(cx: &Cx, complexes: &[ComplexId]) -> Result<HashMap<ComplexId, party_branch::Model>, DbErr> {
    store::covering(cx.read(), Branches::visible_to(&cx.actor), complexes, cx.clock.today()).await
}

pub async fn maybe_by_id_in_tx(tx: &DatabaseTransaction, id: PartyBranchId) -> Result<Option<party_branch::Model>, DbErr> {
    store::maybe_by_id(tx, id).await
}

pub async fn covers_in_tx(tx: &DatabaseTransaction, branch: PartyBranchId, complex: ComplexId, day: NaiveDate) -> Result<bool, DbErr> {
    store::covers(tx, branch, complex, day).await
}

/// Branches by the code of their area and their name.
pub async fn by_names_in_tx(tx: &DatabaseTransaction, keys: Vec<(&str, &str)>) -> Result<ByName<PartyBranchId>, DbErr> {
    areas::by_names_in_tx(tx, &keys, async |areas, names| {
        let rows = store::named(tx, areas, names).await?;
        Ok(rows.into_iter().map(|row| (row.area_id, row.name, row.id)).collect())
    })
    .await
}
