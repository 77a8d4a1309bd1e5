//! An entry of the ledger of a fund 经费流水. It never changes: a mistake is corrected by a counter-entry.

use sea_orm::entity::prelude::*;

use crate::{GridFundEntryId, GridFundEntryKind, GridFundId, Hundredths, PersonId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel, serde::Serialize)]
#[sea_orm(table_name = "grid_fund_entry")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: GridFundEntryId,
    pub fund_id: GridFundId,
    /// 1, 2, 3 … within the fund.
    pub seq: i32,
    pub kind: GridFundEntryKind,
    /// In fen, above zero.
    pub amount: Hundredths,
    /// By how much more is granted.
    pub granted: Hundredths,
    /// By how much more is spent.
    pub spent: Hundredths,
    pub day: Date,
    pub purpose: String,
    pub receipt: Option<String>,
    /// The entry that a correction takes back.
    pub corrects_id: Option<GridFundEntryId>,
    /// None: imported or from elsewhere.
    pub entered_by: Option<PersonId>,
    pub entered_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
