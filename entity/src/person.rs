//! A person; the posts say what for 人员.

use sea_orm::entity::prelude::*;

use crate::{PersonId, Provenance};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "person")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PersonId,
    pub name: String,
    pub phone: Option<String>,
    /// Name for a token made at the command line.
    pub sign_in: Option<String>,
    pub provenance: Provenance,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
