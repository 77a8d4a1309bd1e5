//! A case that a register held until it was taken out 移出台账.

use sea_orm::entity::prelude::*;

use crate::{CaseId, PersonId, RegisterId, RegisterRemovalId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "register_removal")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RegisterRemovalId,
    pub register_id: RegisterId,
    pub case_id: CaseId,
    /// None where it was not noted.
    pub added_at: Option<DateTimeUtc>,
    pub removed_at: DateTimeUtc,
    pub removed_by: Option<PersonId>,
    pub reason: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
