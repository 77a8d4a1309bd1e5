//! The case files and their whistles.

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
CREATE TABLE case_number (
    district :code NOT NULL,
    year integer NOT NULL,
    last integer NOT NULL,
    PRIMARY KEY (district, year)
);

CREATE TABLE case_file (
    id :uuid PRIMARY KEY,
    number :code NOT NULL UNIQUE,
    category text NOT NULL CHECK (category IN ('VIOLATION', 'DISPUTE', 'HAZARD', 'PROPERTY_SERVICE', 'SERVICE')),
    matter_id :uuid REFERENCES matter (id),
    title text NOT NULL,
    description text,
    status text NOT NULL CHECK (status IN
        ('REPORTED', 'ACCEPTED', 'ASSIGNED', 'IN_PROGRESS', 'RESOLVED', 'CLOSED', 'REJECTED', 'WITHDRAWN', 'MERGED')),
    priority text NOT NULL,
    channel text NOT NULL,
    level text NOT NULL,
    settled_level text,
    handler_kind text NOT NULL,
    handler_id :uuid NOT NULL,
    area_id :uuid NOT NULL REFERENCES area (id),
    district_id :uuid NOT NULL REFERENCES area (id),
    subdistrict_id :uuid REFERENCES area (id),
    community_id :uuid REFERENCES area (id),
    grid_id :uuid REFERENCES grid (id),
    complex_id :uuid REFERENCES complex (id),
    building_id :uuid REFERENCES building (id),
    longitude double precision,
    latitude double precision,
    reporter_id :uuid REFERENCES person (id),
    anonymous boolean NOT NULL,
    respondent_kind text,
    respondent_id :uuid,
    respondent_name text,
    resolution text,
    resolved_by :uuid REFERENCES person (id),
    resolved_at :time,
    verification text,
    closed_at :time,
    closed_by :uuid REFERENCES person (id),
    merged_into_id :uuid REFERENCES case_file (id),
    reopen_count integer NOT NULL,
    score integer CHECK (score BETWEEN 1 AND 5),
    comment text,
    reported_at :time NOT NULL,
    updated_at :time NOT NULL,
    version integer NOT NULL,
    provenance text NOT NULL,
    provenance_note text,
    CHECK (closed_by IS NULL OR resolved_by IS NULL OR closed_by <> resolved_by)
);
CREATE INDEX case_by_reported ON case_file (reported_at, id);
CREATE INDEX case_by_updated ON case_file (updated_at, id);
CREATE INDEX case_by_district ON case_file (district_id, reported_at, id);
CREATE INDEX case_by_subdistrict ON case_file (subdistrict_id, reported_at, id);
CREATE INDEX case_by_community ON case_file (community_id, reported_at, id);
CREATE INDEX case_by_grid ON case_file (grid_id, reported_at, id);
CREATE INDEX case_by_complex ON case_file (complex_id, reported_at, id);
CREATE INDEX case_by_area ON case_file (area_id, reported_at, id);
CREATE INDEX case_by_handler ON case_file (handler_id, reported_at, id);
CREATE INDEX case_by_reporter ON case_file (reporter_id, reported_at, id);
CREATE INDEX case_by_district_updated ON case_file (district_id, updated_at, id);
CREATE INDEX case_by_subdistrict_updated ON case_file (subdistrict_id, updated_at, id);
CREATE INDEX case_by_community_updated ON case_file (community_id, updated_at, id);
CREATE INDEX case_by_grid_updated ON case_file (grid_id, updated_at, id);
CREATE INDEX case_by_status ON case_file (status, reported_at, id);
CREATE INDEX case_by_matter ON case_file (matter_id, reported_at, id);
CREATE INDEX case_merged_into ON case_file (merged_into_id);

CREATE TABLE whistle (
    id :uuid PRIMARY KEY,
    case_id :uuid NOT NULL REFERENCES case_file (id),
    from_kind text,
    from_id :uuid,
    raised_by :uuid REFERENCES person (id),
    target_kind text NOT NULL,
    target_id :uuid NOT NULL,
    lead boolean NOT NULL,
    reason text,
    status text NOT NULL CHECK (status IN ('RAISED', 'CHECKED_IN', 'DECLINED', 'CONCLUDED', 'ESCALATED', 'WITHDRAWN')),
    raised_at :time NOT NULL,
    check_in_due_at :time NOT NULL,
    checked_in_at :time,
    on_site_at :time,
    decline_reason text,
    ruled_at :time,
    ruling_upheld boolean,
    ruling_reason text,
    concluded_at :time,
    result text,
    escalated_to_id :uuid REFERENCES whistle (id),
    version integer NOT NULL
);
CREATE INDEX whistle_by_case ON whistle (case_id, raised_at, id);
CREATE INDEX whistle_by_target ON whistle (target_id, raised_at, id);
CREATE INDEX whistle_by_raised ON whistle (raised_at, id);
CREATE INDEX whistle_by_due ON whistle (status, check_in_due_at, id);
CREATE INDEX whistle_escalated_to ON whistle (escalated_to_id);
CREATE UNIQUE INDEX whistle_one_call ON whistle (case_id, target_id) WHERE status IN ('RAISED', 'CHECKED_IN');

CREATE TABLE case_event (
    id :uuid PRIMARY KEY,
    case_id :uuid NOT NULL REFERENCES case_file (id),
    seq integer NOT NULL,
    kind text NOT NULL,
    at :time NOT NULL,
    actor_id :uuid REFERENCES person (id),
    actor_role text,
    from_status text,
    to_status text,
    note text,
    whistle_id :uuid REFERENCES whistle (id),
    UNIQUE (case_id, seq)
);

CREATE TABLE register (
    id :uuid PRIMARY KEY,
    area_id :uuid NOT NULL REFERENCES area (id),
    name text NOT NULL,
    provenance text NOT NULL,
    provenance_note text,
    UNIQUE (area_id, name)
);

CREATE TABLE register_case (
    register_id :uuid NOT NULL REFERENCES register (id),
    case_id :uuid NOT NULL REFERENCES case_file (id),
    PRIMARY KEY (register_id, case_id)
);
CREATE INDEX register_case_by_case ON register_case (case_id, register_id);
"#;
