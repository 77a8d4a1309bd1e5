//! What was done to a record of any noun, by whom and why 变更记录. Rows are only added.

use sea_orm::{FromJsonQueryResult, entity::prelude::*};
use serde::{Deserialize, Serialize};

use crate::{AreaId, PersonId, RecordChangeId, RecordChangeKind, RecordKind};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "record_change")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RecordChangeId,
    pub record_kind: RecordKind,
    pub record_id: Uuid,
    /// The version of the record that it made.
    pub seq: i32,
    pub kind: RecordChangeKind,
    /// Where the record lay then.
    pub area_id: AreaId,
    pub at: DateTimeUtc,
    /// None: the server's own doing.
    pub actor_id: Option<PersonId>,
    pub fields: FieldChanges,
    pub note: Option<String>,
}

/// By the names of the columns.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct FieldChanges(pub Vec<FieldChange>);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldChange {
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// That it changed is kept, the values are not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hidden: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
