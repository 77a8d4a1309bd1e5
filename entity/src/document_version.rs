//! A published version of a governing document 制度文件版本; it never changes.

use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::{DocumentVersionId, GoverningDocumentId, PersonId};

#[derive(Clone, Debug, PartialEq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "document_version")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DocumentVersionId,
    pub document_id: GoverningDocumentId,
    /// From 1 on.
    pub seq: i32,
    /// 文号.
    pub number: Option<String>,
    /// Markdown.
    pub text: String,
    pub effective_from: Date,
    pub published_at: DateTimeUtc,
    /// None: loaded for the demonstration.
    pub published_by: Option<PersonId>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
