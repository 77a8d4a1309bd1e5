//! Along which units a case goes. A change is a new row; cases name the row that held when they were reported or classified.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{AreaId, CaseCategory, HandlerKind, HandlingPathId, MatterId, PersonId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "handling_path")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: HandlingPathId,
    /// None: everywhere.
    pub district_id: Option<AreaId>,
    pub category: Option<CaseCategory>,
    pub matter_id: Option<MatterId>,
    pub steps: Steps,
    /// Rises by one with each change of the same path.
    pub version: i32,
    pub made_at: DateTimeUtc,
    pub made_by: Option<PersonId>,
    /// None: in force.
    pub ended_at: Option<DateTimeUtc>,
}

/// The kinds of unit in their order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Steps(pub Vec<HandlerKind>);

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
