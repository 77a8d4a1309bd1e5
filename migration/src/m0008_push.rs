//! What is pushed to people: who follows the log to make it, notifications, webhooks and their deliveries.

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

/// Secrets have a table of their own, so that no read of webhooks ever brings one along. A notification does not refer to its case by a foreign key:
/// PostgreSQL would lock the case's row to check it, and whoever changes the case would wait.
const UP: &str = r#"
CREATE TABLE log_consumer (
    name :code PRIMARY KEY,
    seq bigint NOT NULL
);

CREATE TABLE notification (
    id :uuid PRIMARY KEY,
    person_id :uuid NOT NULL REFERENCES person (id),
    seq bigint NOT NULL,
    case_id :uuid NOT NULL,
    whistle_id :uuid,
    kind text NOT NULL,
    status text,
    at :time NOT NULL,
    read_at :time,
    UNIQUE (person_id, seq)
);
CREATE INDEX notification_by_person ON notification (person_id, at, id);
CREATE INDEX notification_unread ON notification (person_id) WHERE read_at IS NULL;
CREATE INDEX notification_by_seq ON notification (seq);

CREATE TABLE webhook (
    id :uuid PRIMARY KEY,
    url text NOT NULL,
    host text NOT NULL,
    area_id :uuid NOT NULL REFERENCES area (id),
    kinds text,
    active boolean NOT NULL,
    since bigint NOT NULL,
    created_at :time NOT NULL,
    created_by :uuid NOT NULL REFERENCES person (id)
);
CREATE INDEX webhook_by_area ON webhook (area_id);
CREATE INDEX webhook_by_creation ON webhook (created_at, id);

CREATE TABLE webhook_secret (
    id :uuid PRIMARY KEY,
    webhook_id :uuid NOT NULL REFERENCES webhook (id),
    secret :bytes NOT NULL,
    valid_until :time
);
CREATE INDEX webhook_secret_by_webhook ON webhook_secret (webhook_id);

CREATE TABLE webhook_delivery (
    id :uuid PRIMARY KEY,
    webhook_id :uuid NOT NULL REFERENCES webhook (id),
    seq bigint,
    event text,
    body text NOT NULL,
    status text NOT NULL,
    attempts integer NOT NULL,
    tries integer NOT NULL,
    created_at :time NOT NULL,
    next_attempt_at :time NOT NULL,
    last_attempt_at :time,
    last_status integer,
    last_failure text,
    leased_by :uuid,
    lease_until :time,
    UNIQUE (webhook_id, seq)
);
CREATE INDEX webhook_delivery_due ON webhook_delivery (next_attempt_at) WHERE status = 'PENDING';
CREATE INDEX webhook_delivery_by_webhook ON webhook_delivery (webhook_id, created_at, id);
"#;
