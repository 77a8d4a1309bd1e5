//! Which changes were asked for under an idempotency key, so that a retry finds what the first call made.

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
CREATE TABLE idempotent_request (
    person_id :uuid NOT NULL REFERENCES person (id),
    key :code NOT NULL,
    body :bytes NOT NULL,
    at :time NOT NULL,
    case_id :uuid REFERENCES case_file (id),
    whistle_ids text,
    PRIMARY KEY (person_id, key)
);
CREATE INDEX idempotent_request_by_at ON idempotent_request (at);
"#;
