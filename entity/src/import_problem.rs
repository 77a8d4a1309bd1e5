//! A line for which a table was not taken in 导入问题.

use sea_orm::entity::prelude::*;

use crate::{ImportJobId, ImportProblemId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "import_problem")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ImportProblemId,
    pub job_id: ImportJobId,
    /// Counted from 1.
    pub line: i32,
    /// The title of the column.
    pub column_title: Option<String>,
    /// The key of a message.
    pub message: String,
    /// What the message names: a JSON object.
    pub args: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
