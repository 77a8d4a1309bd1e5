//! Tables that are taken in as jobs, with what was sent and what was wrong with it; persons and posts with versions; what registers held.

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

/// A file has a table of its own, so that no list of jobs ever brings one along.
const UP: &str = r#"
CREATE TABLE import_job (
    id :uuid PRIMARY KEY,
    kind text NOT NULL,
    file_name text NOT NULL,
    status text NOT NULL,
    lines_read integer NOT NULL,
    lines_total integer,
    created integer,
    changed integer,
    unchanged integer,
    queued_at :time NOT NULL,
    started_at :time,
    finished_at :time,
    started_by :uuid NOT NULL REFERENCES person (id),
    area_id :uuid NOT NULL REFERENCES area (id),
    attempts integer NOT NULL,
    leased_by :uuid,
    lease_until :time,
    version integer NOT NULL
);
CREATE INDEX import_job_by_time ON import_job (queued_at, id);
CREATE INDEX import_job_waiting ON import_job (queued_at) WHERE status IN ('QUEUED', 'RUNNING');

CREATE TABLE import_file (
    job_id :uuid PRIMARY KEY REFERENCES import_job (id),
    content :bytes NOT NULL
);

CREATE TABLE import_problem (
    id :uuid PRIMARY KEY,
    job_id :uuid NOT NULL REFERENCES import_job (id),
    line integer NOT NULL,
    column_title text,
    message text NOT NULL,
    args text NOT NULL
);
CREATE INDEX import_problem_by_job ON import_problem (job_id, line, id);

ALTER TABLE person ADD COLUMN version integer NOT NULL DEFAULT 1;
ALTER TABLE person ADD COLUMN area_id :uuid REFERENCES area (id);
UPDATE person SET area_id =
    (SELECT area_id FROM post WHERE post.person_id = person.id ORDER BY starts_on, id LIMIT 1)
    WHERE erased_at IS NULL;
CREATE INDEX person_by_area ON person (area_id);
ALTER TABLE post ADD COLUMN version integer NOT NULL DEFAULT 1;

ALTER TABLE register ADD COLUMN case_count integer NOT NULL DEFAULT 0;
UPDATE register SET case_count = (SELECT COUNT(*) FROM register_case WHERE register_id = register.id);
ALTER TABLE register_case ADD COLUMN added_at :time;
CREATE TABLE register_removal (
    id :uuid PRIMARY KEY,
    register_id :uuid NOT NULL REFERENCES register (id),
    case_id :uuid NOT NULL REFERENCES case_file (id),
    added_at :time,
    removed_at :time NOT NULL,
    removed_by :uuid REFERENCES person (id),
    reason text
);
CREATE INDEX register_removal_by_register ON register_removal (register_id, removed_at, id);
"#;
