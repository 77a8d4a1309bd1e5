//! Reports that officers take in for somebody else.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::run(manager, UP).await
    }
}

const UP: &str = r#"
ALTER TABLE case_file ADD COLUMN reporter_name text;
ALTER TABLE case_file ADD COLUMN reporter_phone text;
ALTER TABLE case_file ADD COLUMN entered_by :uuid REFERENCES person (id);
"#;
