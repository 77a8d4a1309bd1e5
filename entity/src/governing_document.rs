//! A document by which an area is governed 制度文件: what is common to its versions, and the draft of the next.

use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::{AreaId, DocumentKind, GoverningDocumentId, Provenance};

#[derive(Clone, Debug, PartialEq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "governing_document")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: GoverningDocumentId,
    pub area_id: AreaId,
    pub kind: DocumentKind,
    pub title: String,
    /// Markdown; none: nothing is being drafted.
    pub draft: Option<String>,
    /// When its first version was published; none: never.
    pub published_at: Option<DateTimeUtc>,
    /// The last day on which it held, where it was withdrawn.
    pub ended_on: Option<Date>,
    pub provenance: Provenance,
    pub provenance_note: Option<String>,
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
