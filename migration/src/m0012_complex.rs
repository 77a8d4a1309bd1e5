//! Complexes with what they are made of: stairwells, dwellings, courtyards; and their honours.

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
ALTER TABLE complex ADD COLUMN longitude double precision;
ALTER TABLE complex ADD COLUMN latitude double precision;
ALTER TABLE complex ADD COLUMN version integer NOT NULL DEFAULT 1;
ALTER TABLE complex ADD COLUMN ended_on date;
ALTER TABLE complex ADD COLUMN ended_because text;
ALTER TABLE complex ADD COLUMN merged_into_id :uuid REFERENCES complex (id);
CREATE INDEX complex_by_merged ON complex (merged_into_id) WHERE merged_into_id IS NOT NULL;

ALTER TABLE building ADD COLUMN version integer NOT NULL DEFAULT 1;
ALTER TABLE building ADD COLUMN ended_on date;

CREATE TABLE stairwell (
    id :uuid PRIMARY KEY,
    complex_id :uuid NOT NULL REFERENCES complex (id),
    building_id :uuid NOT NULL REFERENCES building (id),
    number integer NOT NULL,
    name text NOT NULL,
    floors integer CHECK (floors > 0),
    version integer NOT NULL DEFAULT 1,
    ended_on date
);
CREATE UNIQUE INDEX stairwell_there ON stairwell (building_id, number) WHERE ended_on IS NULL;
CREATE INDEX stairwell_by_building ON stairwell (building_id, number, id);
CREATE INDEX stairwell_by_complex ON stairwell (complex_id);

CREATE TABLE dwelling (
    id :uuid PRIMARY KEY,
    complex_id :uuid NOT NULL REFERENCES complex (id),
    building_id :uuid NOT NULL REFERENCES building (id),
    stairwell_id :uuid REFERENCES stairwell (id),
    number :code NOT NULL,
    used_as text NOT NULL,
    floor_area bigint CHECK (floor_area > 0),
    area_source text,
    provenance text NOT NULL,
    version integer NOT NULL DEFAULT 1,
    ended_on date,
    CHECK ((floor_area IS NULL) = (area_source IS NULL))
);
CREATE UNIQUE INDEX dwelling_there ON dwelling (building_id, number) WHERE ended_on IS NULL;
CREATE INDEX dwelling_by_building ON dwelling (building_id, number, id);
CREATE INDEX dwelling_by_complex ON dwelling (complex_id, number, id);
CREATE INDEX dwelling_by_stairwell ON dwelling (stairwell_id, number, id) WHERE stairwell_id IS NOT NULL;
CREATE INDEX dwelling_by_number ON dwelling (number, id);

CREATE TABLE courtyard (
    id :uuid PRIMARY KEY,
    complex_id :uuid NOT NULL REFERENCES complex (id),
    name text NOT NULL,
    households integer CHECK (households >= 0),
    provenance text NOT NULL,
    version integer NOT NULL DEFAULT 1,
    ended_on date
);
CREATE UNIQUE INDEX courtyard_there ON courtyard (complex_id, name) WHERE ended_on IS NULL;
CREATE INDEX courtyard_by_complex ON courtyard (complex_id, name, id);

CREATE TABLE complex_honour (
    id :uuid PRIMARY KEY,
    complex_id :uuid NOT NULL REFERENCES complex (id),
    name text NOT NULL,
    awarded_by text NOT NULL,
    awarded_on date NOT NULL,
    ended_on date,
    withdrawn_because text,
    provenance text NOT NULL,
    version integer NOT NULL DEFAULT 1,
    CHECK (ended_on IS NULL OR ended_on >= awarded_on)
);
CREATE INDEX complex_honour_by_complex ON complex_honour (complex_id, awarded_on, id);
"#;
