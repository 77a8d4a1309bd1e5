//! What a resolved case recovered for residents, and what its remedy cost.

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
ALTER TABLE case_file ADD COLUMN recovered bigint CHECK (recovered > 0);
ALTER TABLE case_file ADD COLUMN paid bigint CHECK (paid > 0);
"#;
