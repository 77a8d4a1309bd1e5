use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{ComplexId, FirmId, firm_contract, property_firm};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, JoinType, QueryFilter, QuerySelect, RelationDef};

use super::scope::in_force_on;

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
