//! Which event log this is, and where what is left of it begins. One row.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "log_state")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    /// Told in each cursor: one of another log is none of this.
    pub log_id: Vec<u8>,
    /// The last row that was dropped for its age; 0 while none was.
    pub floor: i64,
    /// Its hash, which the next row continues.
    pub floor_hash: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
