//! Which cases a register holds.

use sea_orm::entity::prelude::*;

use crate::{CaseId, RegisterId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "register_case")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub register_id: RegisterId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub case_id: CaseId,
    /// None where it was not noted.
    pub added_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
