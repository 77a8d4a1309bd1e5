//! One entry of a case file, never changed but to erase personal data 案件时间线.

use sea_orm::entity::prelude::*;

use crate::{CaseEventId, CaseEventKind, CaseId, CaseStatus, PersonId, PostRole, WhistleId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "case_event")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CaseEventId,
    pub case_id: CaseId,
    /// 1, 2, 3 … within its case.
    pub seq: i32,
    pub kind: CaseEventKind,
    pub at: DateTimeUtc,
    pub actor_id: Option<PersonId>,
    pub actor_role: Option<PostRole>,
    pub from_status: Option<CaseStatus>,
    pub to_status: Option<CaseStatus>,
    pub note: Option<String>,
    pub whistle_id: Option<WhistleId>,
    /// The hash of the entry before; none for the first.
    pub previous: Option<String>,
    /// Over all that is not personal; none for entries from before there were hashes.
    pub hash: Option<String>,
    /// Makes the digest of the personal fields one that cannot be guessed.
    pub salt: Option<String>,
    /// Digest of the actor and the note, as they were entered.
    pub personal: Option<String>,
    /// Digest of the case as it was saved with this entry.
    pub file: Option<String>,
    /// Which whistles were saved with this entry, each with its digest: JSON.
    pub whistles: Option<String>,
    /// Of which earlier entries this one erased personal data, each with the digest of what is left: JSON.
    pub covers: Option<String>,
    /// Which attachments came with this entry, each with its kind and the digest of its content: JSON.
    pub attachments: Option<String>,
    pub erased_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
