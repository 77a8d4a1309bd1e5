//! What a firm does 服务清单, or what it has to do it with 资源清单.

use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::{AreaId, FirmContractId, FirmId, Provenance, ServiceItemId, ServiceItemKind};

#[derive(Clone, Debug, PartialEq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "service_item")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ServiceItemId,
    pub firm_id: FirmId,
    /// None: wherever the firm serves.
    pub contract_id: Option<FirmContractId>,
    /// Where the contract lies, or the firm's district.
    pub area_id: AreaId,
    pub kind: ServiceItemKind,
    pub name: String,
    pub description: Option<String>,
    pub frequency: Option<String>,
    /// The first day on which it is published.
    pub starts_on: Date,
    pub ends_on: Option<Date>,
    pub provenance: Provenance,
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
