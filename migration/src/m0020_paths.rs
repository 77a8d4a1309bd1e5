//! Along which units a case goes, by category and matter. Cases from before go the built-in path.

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
CREATE TABLE handling_path (
    id :uuid PRIMARY KEY,
    district_id :uuid REFERENCES area (id),
    category text,
    matter_id :uuid REFERENCES matter (id),
    steps :json NOT NULL,
    version integer NOT NULL,
    made_at :time NOT NULL,
    made_by :uuid REFERENCES person (id),
    ended_at :time
);
CREATE INDEX handling_path_by_district ON handling_path (district_id, made_at, id);
CREATE INDEX handling_path_by_made ON handling_path (made_at, id);

ALTER TABLE case_file ADD COLUMN path_id :uuid REFERENCES handling_path (id);
"#;
