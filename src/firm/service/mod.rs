//! Which firm serves which complex; keeping the records of firms.

mod contract;
mod firm;
mod terms;

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{ComplexId, FirmId, property_firm};

pub use self::{
    contract::{NewContract, conclude, end_contract},
    firm::{Admission, NewFirm, admit, is_credit_code, register, remove, update},
    terms::{FeeSet, ItemChange, ListOf, NewItem, add_item, end_fee, end_item, set_fee, update_item},
};
use super::store;
use crate::{
    app::Cx,
    area::service::{self as areas, ByName},
    db::{DatabaseTransaction, DbErr},
};

/// The firms under contract today, by complex.
pub async fn serving(cx: &Cx, complexes: &[ComplexId]) -> Result<HashMap<ComplexId, property_firm::Model>, DbErr> {
    store::serving(cx.read(), complexes, cx.clock.today()).await
}

pub async fn maybe_serving_in_tx(tx: &DatabaseTransaction, complex: ComplexId, day: NaiveDate) -> Result<Option<FirmId>, DbErr> {
    Ok(store::serving(tx, &[complex], day).await?.remove(&complex).map(|firm| firm.id))
}

pub async fn maybe_by_id_in_tx(tx: &DatabaseTransaction, id: FirmId) -> Result<Option<property_firm::Model>, DbErr> {
    store::maybe_by_id(tx, id).await
}

/// Firms by the code of their district and their name.
pub async fn by_names_in_tx(tx: &DatabaseTransaction, keys: Vec<(&str, &str)>) -> Result<ByName<FirmId>, DbErr> {
    areas::by_names_in_tx(tx, &keys, async |areas, names| {
        let rows = store::named(tx, areas, names).await?;
        Ok(rows.into_iter().map(|row| (row.district_id, row.name, row.id)).collect())
    })
    .await
}
