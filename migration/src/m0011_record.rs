//! What was done to records of any noun. Registers are the first to be kept so.

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
CREATE TABLE record_change (
    id :uuid PRIMARY KEY,
    record_kind text NOT NULL,
    record_id :uuid NOT NULL,
    seq integer NOT NULL,
    kind text NOT NULL,
    area_id :uuid NOT NULL REFERENCES area (id),
    at :time NOT NULL,
    actor_id :uuid REFERENCES person (id),
    fields :json NOT NULL,
    note text,
    UNIQUE (record_id, seq)
);
CREATE INDEX record_change_by_time ON record_change (at, id);
CREATE INDEX record_change_by_area ON record_change (area_id, at, id);
CREATE INDEX record_change_by_actor ON record_change (actor_id, at, id);

ALTER TABLE register ADD COLUMN version integer NOT NULL DEFAULT 1;
ALTER TABLE register ADD COLUMN ended_on date;
CREATE INDEX register_by_area ON register (area_id, name, id);
"#;
