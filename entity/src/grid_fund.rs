//! The working fund of a grid for a year 网格工作经费.

use sea_orm::entity::prelude::*;

use crate::{AreaId, GridFundId, GridId, Hundredths, Provenance};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel, serde::Serialize)]
#[sea_orm(table_name = "grid_fund")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: GridFundId,
    pub grid_id: GridId,
    /// Where the grid works.
    pub area_id: AreaId,
    pub year: i32,
    /// What is granted at most, in fen.
    pub budget: Hundredths,
    /// The last day on which anything is entered; none: it is open.
    pub ended_on: Option<Date>,
    pub provenance: Provenance,
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
