//! The event log 事件日志: what was committed, one row after the other, without a gap.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "event_log")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    /// When it was put into the log.
    pub at: DateTimeUtc,
    /// The fact, as JSON; the hash covers these very bytes.
    pub fact: String,
    /// Chained: covers the hash of the row before.
    pub hash: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
