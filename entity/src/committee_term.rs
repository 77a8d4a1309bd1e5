//! A term of a committee, from its election on 届.

use sea_orm::entity::prelude::*;

use crate::{CommitteeId, CommitteeTermId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "committee_term")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CommitteeTermId,
    pub committee_id: CommitteeId,
    /// Counts the terms of a committee from 1.
    pub number: i32,
    /// The first day.
    pub elected_on: Date,
    /// The last day, as planned or as it came.
    pub ends_on: Date,
    /// When the election was filed with the authorities 备案.
    pub filed_on: Option<Date>,
    pub filing_number: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
