use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{AreaId, ComplexId, FirmId, firm_contract, property_firm};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, JoinType, QueryFilter, QuerySelect, RelationDef};

use super::scope::in_force_on;
use crate::db;
use crate::search;

/// The firm of each complex that has a contract on this day, in one statement.
pub(super) async fn serving(
    db: &impl ConnectionTrait,
    complexes: &[ComplexId],
    day: NaiveDate,
) -> Result<HashMap<ComplexId, property_firm::Model>, DbErr> {
    let rows = firm_contract::Entity::find()
        .filter(firm_contract::Column::ComplexId.is_in(complexes.iter().copied()))
        .filter(in_force_on(day))
        .join(JoinType::InnerJoin, contract_to_firm())
        .select_also(property_firm::Entity)
        .all(db)
        .await?;
    Ok(rows.into_iter().filter_map(|(contract, firm)| Some((contract.complex_id, firm?))).collect())
}

fn contract_to_firm() -> RelationDef {
    firm_contract::Entity::belongs_to(property_firm::Entity).from(firm_contract::Column::FirmId).to(property_firm::Column::Id).into()
}

pub(super) async fn maybe_by_id(db: &impl ConnectionTrait, id: FirmId) -> Result<Option<property_firm::Model>, DbErr> {
    property_firm::Entity::find_by_id(id).one(db).await
}

/// Those of these names in these districts.
pub(super) async fn named(
    db: &impl ConnectionTrait,
    districts: Vec<AreaId>,
    names: Vec<String>,
) -> Result<Vec<property_firm::Model>, DbErr> {
    use property_firm::Column as C;
    property_firm::Entity::find().filter(C::DistrictId.is_in(districts)).filter(C::Name.is_in(names)).all(db).await
}

pub(super) async fn contracts_of(db: &impl ConnectionTrait, complexes: Vec<ComplexId>) -> Result<Vec<firm_contract::Model>, DbErr> {
    firm_contract::Entity::find().filter(firm_contract::Column::ComplexId.is_in(complexes)).all(db).await
}

pub(super) async fn put(tx: &DatabaseTransaction, rows: Vec<property_firm::Model>) -> Result<(), DbErr> {
    search::index(tx, &rows).await?;
    db::put::<property_firm::Entity>(tx, rows).await
}

pub(super) async fn put_contracts(tx: &DatabaseTransaction, rows: Vec<firm_contract::Model>) -> Result<(), DbErr> {
    db::put::<firm_contract::Entity>(tx, rows).await
}
