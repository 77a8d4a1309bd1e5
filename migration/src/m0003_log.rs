//! The event log.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::run(manager, UP).await?;
        match manager.get_database_backend() {
            DbBackend::Postgres => crate::run(manager, OUTBOX).await,
            // its one writer appends to the log itself
            _ => Ok(()),
        }
    }
}

/// `log_state` has one row: which log it is, and what stood before its first row that is still there.
const UP: &str = r#"
CREATE TABLE event_log (
    seq :seq PRIMARY KEY,
    at :time NOT NULL,
    fact text NOT NULL,
    hash :bytes NOT NULL
);

CREATE TABLE log_day (
    day date PRIMARY KEY,
    seq bigint NOT NULL,
    hash :bytes NOT NULL
);

CREATE TABLE log_state (
    id integer PRIMARY KEY CHECK (id = 1),
    log_id :bytes NOT NULL,
    floor bigint NOT NULL,
    floor_hash :bytes NOT NULL
);
INSERT INTO log_state VALUES (1, :random, 0, :zeros);
"#;

/// Committed facts on their way into the log. Emptied many times a second: its dead rows are to go soon.
const OUTBOX: &str = r#"
CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    fact text NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);
"#;
