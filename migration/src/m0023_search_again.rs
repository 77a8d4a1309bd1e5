//! More is found: names without what parts them, longer initials, more readings. What is there is taken in again at the next start.

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
INSERT INTO search_pending SELECT DISTINCT kind FROM search_row WHERE kind NOT IN (SELECT kind FROM search_pending);
"#;
