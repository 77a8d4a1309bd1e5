//! Committees with their terms, seats and what was done to them. An idempotent request names what it made, of whatever noun.

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
CREATE TABLE committee (
    id :uuid PRIMARY KEY,
    kind text NOT NULL,
    name text NOT NULL,
    area_id :uuid NOT NULL REFERENCES area (id),
    complex_id :uuid REFERENCES complex (id),
    branch_id :uuid REFERENCES party_branch (id),
    established_on date NOT NULL,
    dissolved_on date,
    provenance text NOT NULL,
    provenance_note text,
    version integer NOT NULL,
    CHECK (complex_id IS NULL OR branch_id IS NULL),
    CHECK (dissolved_on IS NULL OR dissolved_on >= established_on)
);
CREATE INDEX committee_by_name ON committee (name, id);
CREATE INDEX committee_by_complex ON committee (complex_id, name, id);
CREATE INDEX committee_by_area ON committee (area_id, kind);
CREATE INDEX committee_by_branch ON committee (branch_id, name, id) WHERE branch_id IS NOT NULL;

CREATE TABLE committee_term (
    id :uuid PRIMARY KEY,
    committee_id :uuid NOT NULL REFERENCES committee (id),
    number integer NOT NULL,
    elected_on date NOT NULL,
    ends_on date NOT NULL,
    filed_on date,
    filing_number text,
    UNIQUE (committee_id, number),
    CHECK (ends_on >= elected_on),
    CHECK (filed_on >= elected_on)
);
CREATE INDEX committee_term_by_committee ON committee_term (committee_id, elected_on);

CREATE TABLE committee_member (
    id :uuid PRIMARY KEY,
    committee_id :uuid NOT NULL REFERENCES committee (id),
    term_id :uuid NOT NULL REFERENCES committee_term (id),
    person_id :uuid NOT NULL REFERENCES person (id),
    role text NOT NULL,
    capacity text NOT NULL,
    origin text NOT NULL,
    building_id :uuid REFERENCES building (id),
    dwelling text,
    starts_on date NOT NULL,
    ends_on date NOT NULL,
    ended_because text,
    CHECK (ends_on >= starts_on)
);
CREATE INDEX committee_member_by_committee ON committee_member (committee_id, starts_on, id);
CREATE INDEX committee_member_by_term ON committee_member (term_id, starts_on, id);
CREATE INDEX committee_member_by_person ON committee_member (person_id, starts_on, id);

CREATE TABLE committee_event (
    id :uuid PRIMARY KEY,
    committee_id :uuid NOT NULL REFERENCES committee (id),
    seq integer NOT NULL,
    kind text NOT NULL,
    at :time NOT NULL,
    actor_id :uuid NOT NULL REFERENCES person (id),
    member_id :uuid REFERENCES committee_member (id),
    note text,
    UNIQUE (committee_id, seq)
);

ALTER TABLE idempotent_request ADD COLUMN made_id :uuid;
"#;
