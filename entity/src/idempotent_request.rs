//! A change that was asked for under an idempotency key 幂等请求, and what it made or moved. Forgotten after some time.

use sea_orm::entity::prelude::*;

use crate::{CaseId, DeadlinePolicyId, PersonId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotent_request")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub person_id: PersonId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// The digest of what was asked for.
    pub body: Vec<u8>,
    pub at: DateTimeUtc,
    /// None only until the change is made, in the same transaction.
    pub case_id: Option<CaseId>,
    /// The whistles made or moved: a JSON list of ids.
    pub whistle_ids: Option<String>,
    /// The deadline policy made or ended.
    pub policy_id: Option<DeadlinePolicyId>,
    /// Any other record made or moved.
    pub made_id: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
