//! What a firm takes under a contract 物业收费标准.

use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::{AreaId, ContractFeeId, FeeItem, FeeUnit, FirmContractId, Hundredths, Provenance};

#[derive(Clone, Debug, PartialEq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "contract_fee")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ContractFeeId,
    pub contract_id: FirmContractId,
    /// Where the contract lies.
    pub area_id: AreaId,
    pub item: FeeItem,
    /// Of what exactly, where an item has several rates.
    pub detail: Option<String>,
    /// Fen.
    #[serde(serialize_with = "crate::as_text")]
    pub amount: Hundredths,
    pub unit: FeeUnit,
    pub starts_on: Date,
    pub ends_on: Option<Date>,
    pub provenance: Provenance,
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
