//! A person; the posts say what for 人员.

use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::{AreaId, PersonId, Provenance};

#[derive(Clone, Debug, PartialEq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "person")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PersonId,
    pub name: String,
    pub phone: Option<String>,
    /// Name for a token made at the command line.
    pub sign_in: Option<String>,
    pub provenance: Provenance,
    /// When the person's data were erased on request 个人信息删除; who was erased signs in no more.
    pub erased_at: Option<DateTimeUtc>,
    /// Whose officers keep the record: where the person was entered; none once erased.
    pub area_id: Option<AreaId>,
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
