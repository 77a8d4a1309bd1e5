//! A photo, film or document that somebody has sent in 证据附件: unused at first, then evidence in one case, told by one entry of its timeline.

use sea_orm::entity::prelude::*;

use crate::{AttachmentId, CaseEventId, CaseId, EvidenceKind, PersonId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "attachment")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AttachmentId,
    /// None: erased.
    pub uploaded_by: Option<PersonId>,
    pub uploaded_at: DateTimeUtc,
    pub file_name: String,
    pub media_type: String,
    /// In bytes.
    pub size: i32,
    /// Of the content, hexadecimal.
    pub sha256: String,
    /// This and what follows are set when it is used.
    pub kind: Option<EvidenceKind>,
    pub case_id: Option<CaseId>,
    pub event_id: Option<CaseEventId>,
    /// 1, 2, 3 … within its entry.
    pub position: Option<i32>,
    /// The content is gone, and the name; that there was one stays.
    pub erased_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
