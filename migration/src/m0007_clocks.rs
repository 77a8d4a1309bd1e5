//! Deadlines: policies, clocks, extensions, supervision. Open cases and whistles from before get clocks that run on from their start.

use sea_orm_migration::{
    prelude::*,
    sea_orm::prelude::{DateTimeUtc, Uuid},
};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::run(manager, UP).await?;
        manager.execute(defaults()).await
    }
}

/// What holds where nobody has said otherwise, in working time of seven hours a day: one day to check in, five at each level, fifteen in all.
fn defaults() -> InsertStatement {
    const DAY: i64 = 7 * 3600;
    let mut insert = Query::insert()
        .into_table("deadline_policy")
        .columns(["id", "kind", "allowed", "hours", "warn_percent", "version", "made_at"])
        .to_owned();
    for (number, kind, days) in [(1, "CHECK_IN", 1), (2, "RESOLUTION", 5), (3, "CASE", 15), (4, "SUPERVISION", 5)] {
        let id = Uuid::from_u128(0x7000_8000_0000_0000_0000 + number);
        insert.values_panic([
            id.into(),
            kind.into(),
            (days * DAY).into(),
            "WORKING".into(),
            75.into(),
            1.into(),
            DateTimeUtc::UNIX_EPOCH.into(),
        ]);
    }
    insert
}

const UP: &str = r#"
CREATE TABLE deadline_policy (
    id :uuid PRIMARY KEY,
    district_id :uuid REFERENCES area (id),
    kind text NOT NULL CHECK (kind IN ('CASE', 'CHECK_IN', 'RESOLUTION', 'SUPERVISION')),
    category text,
    matter_id :uuid REFERENCES matter (id),
    priority text,
    level text,
    allowed bigint NOT NULL CHECK (allowed > 0),
    hours text NOT NULL CHECK (hours IN ('WORKING', 'ROUND_THE_CLOCK')),
    warn_percent integer NOT NULL CHECK (warn_percent BETWEEN 1 AND 100),
    version integer NOT NULL,
    made_at :time NOT NULL,
    made_by :uuid REFERENCES person (id),
    ended_at :time
);
CREATE INDEX deadline_policy_by_district ON deadline_policy (district_id, kind, made_at, id);
CREATE INDEX deadline_policy_by_made ON deadline_policy (made_at, id);

CREATE TABLE case_clock (
    id :uuid PRIMARY KEY,
    case_id :uuid NOT NULL REFERENCES case_file (id),
    kind text NOT NULL CHECK (kind IN ('CASE', 'CHECK_IN', 'RESOLUTION', 'SUPERVISION')),
    whistle_id :uuid REFERENCES whistle (id),
    level text,
    policy_id :uuid NOT NULL REFERENCES deadline_policy (id),
    hours text NOT NULL,
    allowed bigint NOT NULL,
    warn_percent integer NOT NULL,
    started_at :time NOT NULL,
    due_at :time NOT NULL,
    warn_at :time NOT NULL,
    provisional boolean NOT NULL,
    state text NOT NULL CHECK (state IN ('RUNNING', 'PAUSED', 'STOPPED')),
    stopped_at :time,
    outcome text CHECK (outcome IN ('MET', 'MISSED', 'CANCELLED')),
    warned_at :time,
    overdue_at :time,
    next_at :time,
    segments :json NOT NULL,
    CHECK ((state = 'STOPPED') = (stopped_at IS NOT NULL) AND (state = 'STOPPED') = (outcome IS NOT NULL))
);
CREATE INDEX case_clock_by_case ON case_clock (case_id);
CREATE INDEX case_clock_by_next ON case_clock (next_at, id) WHERE next_at IS NOT NULL;
CREATE INDEX case_clock_by_due ON case_clock (state, kind, due_at);
CREATE INDEX case_clock_provisional ON case_clock (due_at) WHERE provisional AND state = 'RUNNING';
CREATE UNIQUE INDEX case_clock_one_each ON case_clock (case_id, kind) WHERE state <> 'STOPPED' AND kind <> 'CHECK_IN';
CREATE UNIQUE INDEX case_clock_one_check_in ON case_clock (whistle_id) WHERE state <> 'STOPPED' AND kind = 'CHECK_IN';

CREATE TABLE deadline_extension (
    id :uuid PRIMARY KEY,
    case_id :uuid NOT NULL REFERENCES case_file (id),
    clock_id :uuid NOT NULL REFERENCES case_clock (id),
    seconds bigint NOT NULL CHECK (seconds > 0),
    reason text NOT NULL,
    asked_by :uuid NOT NULL REFERENCES person (id),
    asked_at :time NOT NULL,
    level text NOT NULL,
    granted boolean,
    ruled_by :uuid REFERENCES person (id),
    ruled_at :time,
    ruling_reason text
);
CREATE INDEX deadline_extension_by_case ON deadline_extension (case_id, asked_at, id);
CREATE UNIQUE INDEX deadline_extension_one_open ON deadline_extension (clock_id) WHERE granted IS NULL;

ALTER TABLE idempotent_request ADD COLUMN policy_id :uuid REFERENCES deadline_policy (id);
ALTER TABLE case_file ADD COLUMN due_at :time;
ALTER TABLE case_file ADD COLUMN supervised_by text;
ALTER TABLE whistle ADD COLUMN response_score integer CHECK (response_score BETWEEN 1 AND 5);
ALTER TABLE whistle ADD COLUMN response_comment text;
UPDATE case_file SET due_at = reported_at;
CREATE INDEX case_by_due ON case_file (due_at, id);
CREATE INDEX case_by_district_due ON case_file (district_id, due_at, id);
CREATE INDEX case_by_subdistrict_due ON case_file (subdistrict_id, due_at, id);
CREATE INDEX case_by_community_due ON case_file (community_id, due_at, id);
CREATE INDEX case_by_grid_due ON case_file (grid_id, due_at, id);
"#;
