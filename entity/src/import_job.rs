//! A table that somebody has sent to be taken in 导入任务. While it is taken in it is leased by whoever does it.

use sea_orm::entity::prelude::*;

use crate::{AreaId, ImportJobId, ImportKind, ImportStatus, PersonId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "import_job")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ImportJobId,
    pub kind: ImportKind,
    pub file_name: String,
    pub status: ImportStatus,
    pub lines_read: i32,
    /// Known once the table has been read.
    pub lines_total: Option<i32>,
    /// What came of it; known when it is done.
    pub created: Option<i32>,
    pub changed: Option<i32>,
    pub unchanged: Option<i32>,
    pub queued_at: DateTimeUtc,
    pub started_at: Option<DateTimeUtc>,
    pub finished_at: Option<DateTimeUtc>,
    pub started_by: PersonId,
    /// What they administered: whoever administers an area above sees the job too.
    pub area_id: AreaId,
    /// How often it was begun.
    pub attempts: i32,
    pub leased_by: Option<Uuid>,
    /// Nobody else begins it before.
    pub lease_until: Option<DateTimeUtc>,
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
