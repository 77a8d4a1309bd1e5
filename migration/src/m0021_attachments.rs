//! Photos, films and documents as evidence in cases, and what an entry of a timeline says of those that came with it.

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

/// An entry is written after all else of its transaction, so the reference to it is looked at on commit.
const UP: &str = r#"
CREATE TABLE attachment (
    id :uuid PRIMARY KEY,
    uploaded_by :uuid REFERENCES person (id),
    uploaded_at :time NOT NULL,
    file_name text NOT NULL,
    media_type text NOT NULL,
    size integer NOT NULL,
    sha256 text NOT NULL,
    kind text,
    case_id :uuid REFERENCES case_file (id),
    event_id :uuid REFERENCES case_event (id) DEFERRABLE INITIALLY DEFERRED,
    position integer,
    erased_at :time
);
CREATE INDEX attachment_by_case ON attachment (case_id);
CREATE INDEX attachment_by_event ON attachment (event_id);
CREATE INDEX attachment_unused ON attachment (uploaded_by) WHERE case_id IS NULL;
CREATE INDEX attachment_unused_by_time ON attachment (uploaded_at) WHERE case_id IS NULL;

CREATE TABLE attachment_content (
    attachment_id :uuid PRIMARY KEY REFERENCES attachment (id) ON DELETE CASCADE,
    bytes :bytes NOT NULL
);

ALTER TABLE case_event ADD COLUMN attachments text;
"#;
