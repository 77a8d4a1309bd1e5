//! The words by which a record is found.

use sea_orm::entity::prelude::*;

use crate::SearchType;

/// Besides, the column `seq` numbers the rows as they came in.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "search_row")]
pub struct Model {
    /// Of the record.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub kind: SearchType,
    /// Each with a blank before it.
    pub terms: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
