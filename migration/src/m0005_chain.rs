//! The hash chain of the case files, and the erasure of personal data. Entries from before get no hash: `chuishao verify` says so.

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
ALTER TABLE case_event ADD COLUMN previous text;
ALTER TABLE case_event ADD COLUMN hash text;
ALTER TABLE case_event ADD COLUMN salt text;
ALTER TABLE case_event ADD COLUMN personal text;
ALTER TABLE case_event ADD COLUMN file text;
ALTER TABLE case_event ADD COLUMN whistles text;
ALTER TABLE case_event ADD COLUMN covers text;
ALTER TABLE case_event ADD COLUMN erased_at :time;

ALTER TABLE case_file ADD COLUMN head text;
ALTER TABLE case_file ADD COLUMN salt text;

ALTER TABLE person ADD COLUMN erased_at :time;

CREATE INDEX case_event_private ON case_event (actor_id) WHERE actor_role IS NULL OR actor_role = 'RESIDENT';
CREATE INDEX case_against_person ON case_file (respondent_id) WHERE respondent_kind IS NULL;
"#;
