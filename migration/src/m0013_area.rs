//! Areas and grids with their history: from a day to a day, former names, what came after what; the working funds of grids with their ledgers.

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
ALTER TABLE area ADD COLUMN established_on date;
ALTER TABLE area ADD COLUMN ended_on date;
ALTER TABLE area ADD COLUMN successor_id :uuid REFERENCES area (id);
ALTER TABLE area ADD COLUMN version integer NOT NULL DEFAULT 1;
CREATE INDEX area_by_successor ON area (successor_id) WHERE successor_id IS NOT NULL;

CREATE TABLE area_name (
    id :uuid PRIMARY KEY,
    area_id :uuid NOT NULL REFERENCES area (id),
    name text NOT NULL,
    until date NOT NULL
);
CREATE INDEX area_name_by_area ON area_name (area_id, until, id);

CREATE TABLE area_succession (
    id :uuid PRIMARY KEY,
    from_id :uuid NOT NULL REFERENCES area (id),
    to_id :uuid NOT NULL REFERENCES area (id),
    kind text NOT NULL,
    effective_on date NOT NULL,
    document text,
    UNIQUE (from_id, to_id)
);
CREATE INDEX area_succession_by_to ON area_succession (to_id, id);

ALTER TABLE grid ADD COLUMN full_function boolean NOT NULL DEFAULT FALSE;
ALTER TABLE grid ADD COLUMN ended_on date;
ALTER TABLE grid ADD COLUMN version integer NOT NULL DEFAULT 1;

CREATE TABLE grid_building_past (
    id :uuid PRIMARY KEY,
    grid_id :uuid NOT NULL REFERENCES grid (id),
    building_id :uuid NOT NULL REFERENCES building (id),
    until date NOT NULL
);
CREATE INDEX grid_building_past_by_grid ON grid_building_past (grid_id, until, id);

CREATE TABLE grid_fund (
    id :uuid PRIMARY KEY,
    grid_id :uuid NOT NULL REFERENCES grid (id),
    area_id :uuid NOT NULL REFERENCES area (id),
    year integer NOT NULL,
    budget bigint NOT NULL CHECK (budget >= 0),
    ended_on date,
    provenance text NOT NULL,
    version integer NOT NULL DEFAULT 1,
    UNIQUE (grid_id, year)
);
CREATE INDEX grid_fund_by_year ON grid_fund (year, id);
CREATE INDEX grid_fund_by_area ON grid_fund (area_id, year, id);

CREATE TABLE grid_fund_entry (
    id :uuid PRIMARY KEY,
    fund_id :uuid NOT NULL REFERENCES grid_fund (id),
    seq integer NOT NULL,
    kind text NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    granted bigint NOT NULL,
    spent bigint NOT NULL,
    day date NOT NULL,
    purpose text NOT NULL,
    receipt text,
    corrects_id :uuid UNIQUE REFERENCES grid_fund_entry (id),
    entered_by :uuid REFERENCES person (id),
    entered_at :time NOT NULL,
    UNIQUE (fund_id, seq)
);
"#;
