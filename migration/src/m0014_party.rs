//! Party organisations in depth, and double reports. That an organisation covers a complex has days from here on; of what was recorded before they are unknown.

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
ALTER TABLE party_branch ADD COLUMN firm_id :uuid REFERENCES property_firm (id);
ALTER TABLE party_branch ADD COLUMN established_on date;
ALTER TABLE party_branch ADD COLUMN ended_on date;
ALTER TABLE party_branch ADD COLUMN version integer NOT NULL DEFAULT 1;
CREATE INDEX party_branch_by_firm ON party_branch (firm_id, name) WHERE firm_id IS NOT NULL;

CREATE TABLE party_cover (
    id :uuid PRIMARY KEY,
    branch_id :uuid NOT NULL REFERENCES party_branch (id),
    complex_id :uuid NOT NULL REFERENCES complex (id),
    area_id :uuid NOT NULL REFERENCES area (id),
    starts_on date,
    ended_on date,
    version integer NOT NULL DEFAULT 1,
    CHECK (ended_on >= starts_on)
);
CREATE INDEX party_cover_by_branch ON party_cover (branch_id, complex_id);
CREATE INDEX party_cover_by_complex ON party_cover (complex_id, branch_id);
INSERT INTO party_cover (id, branch_id, complex_id, area_id)
    SELECT :newid, link.branch_id, link.complex_id, party_branch.area_id
    FROM party_branch_complex AS link JOIN party_branch ON party_branch.id = link.branch_id;
DROP TABLE party_branch_complex;

CREATE TABLE party_membership (
    id :uuid PRIMARY KEY,
    branch_id :uuid NOT NULL REFERENCES party_branch (id),
    person_id :uuid NOT NULL REFERENCES person (id),
    area_id :uuid NOT NULL REFERENCES area (id),
    role text NOT NULL,
    starts_on date NOT NULL,
    ended_on date,
    version integer NOT NULL DEFAULT 1,
    CHECK (ended_on >= starts_on)
);
CREATE INDEX party_membership_by_branch ON party_membership (branch_id, starts_on, id);
CREATE INDEX party_membership_by_person ON party_membership (person_id, starts_on, id);

CREATE TABLE party_instructor (
    id :uuid PRIMARY KEY,
    kind text NOT NULL,
    person_id :uuid NOT NULL REFERENCES person (id),
    branch_id :uuid REFERENCES party_branch (id),
    firm_id :uuid REFERENCES property_firm (id),
    area_id :uuid NOT NULL REFERENCES area (id),
    sent_by text NOT NULL,
    starts_on date NOT NULL,
    ended_on date,
    version integer NOT NULL DEFAULT 1,
    CHECK ((branch_id IS NULL) <> (firm_id IS NULL)),
    CHECK (ended_on >= starts_on)
);
CREATE INDEX party_instructor_by_branch ON party_instructor (branch_id, starts_on, id) WHERE branch_id IS NOT NULL;
CREATE INDEX party_instructor_by_firm ON party_instructor (firm_id, starts_on, id) WHERE firm_id IS NOT NULL;
CREATE INDEX party_instructor_by_person ON party_instructor (person_id, starts_on, id);

CREATE TABLE double_report (
    id :uuid PRIMARY KEY,
    person_id :uuid REFERENCES person (id),
    department_id :uuid REFERENCES department (id),
    firm_id :uuid REFERENCES property_firm (id),
    unit_name text,
    branch_id :uuid REFERENCES party_branch (id),
    complex_id :uuid REFERENCES complex (id),
    area_id :uuid NOT NULL REFERENCES area (id),
    service text,
    skills text,
    starts_on date NOT NULL,
    ended_on date,
    provenance text NOT NULL,
    version integer NOT NULL DEFAULT 1,
    CHECK (branch_id IS NULL OR complex_id IS NULL),
    CHECK (ended_on >= starts_on)
);
CREATE INDEX double_report_by_area ON double_report (area_id, starts_on);
CREATE INDEX double_report_by_complex ON double_report (complex_id, starts_on, id) WHERE complex_id IS NOT NULL;
CREATE INDEX double_report_by_branch ON double_report (branch_id, starts_on, id) WHERE branch_id IS NOT NULL;
CREATE INDEX double_report_by_person ON double_report (person_id) WHERE person_id IS NOT NULL;
CREATE INDEX double_report_by_day ON double_report (starts_on, id);

CREATE TABLE duty_post (
    id :uuid PRIMARY KEY,
    name text NOT NULL,
    area_id :uuid NOT NULL REFERENCES area (id),
    complex_id :uuid REFERENCES complex (id),
    duties text,
    places integer NOT NULL,
    ended_on date,
    version integer NOT NULL DEFAULT 1,
    CHECK (places > 0)
);
CREATE INDEX duty_post_by_name ON duty_post (name, id);
CREATE INDEX duty_post_by_complex ON duty_post (complex_id, name, id) WHERE complex_id IS NOT NULL;
CREATE INDEX duty_post_by_area ON duty_post (area_id, name);

CREATE TABLE duty_claim (
    id :uuid PRIMARY KEY,
    post_id :uuid NOT NULL REFERENCES duty_post (id),
    report_id :uuid NOT NULL REFERENCES double_report (id),
    area_id :uuid NOT NULL REFERENCES area (id),
    starts_on date NOT NULL,
    ended_on date,
    version integer NOT NULL DEFAULT 1,
    CHECK (ended_on >= starts_on)
);
CREATE INDEX duty_claim_by_post ON duty_claim (post_id, starts_on, id);
CREATE INDEX duty_claim_by_report ON duty_claim (report_id, starts_on, id);

CREATE TABLE service_record (
    id :uuid PRIMARY KEY,
    report_id :uuid NOT NULL REFERENCES double_report (id),
    area_id :uuid NOT NULL REFERENCES area (id),
    day date NOT NULL,
    hours bigint NOT NULL,
    work text NOT NULL,
    recorded_by :uuid NOT NULL REFERENCES person (id),
    confirmed_by :uuid REFERENCES person (id),
    confirmed_on date,
    ended_on date,
    withdrawn_because text,
    version integer NOT NULL DEFAULT 1,
    CHECK (hours > 0)
);
CREATE INDEX service_record_by_report ON service_record (report_id, day, id);
"#;
