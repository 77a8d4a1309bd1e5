//! Working time: the districts' own hours, and days that do not follow their weekday.

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

/// A day without an area is the whole country's: two of them on one date are kept apart by an index of their own, since no NULL equals another.
/// `calendar_state` has one row.
const UP: &str = r#"
CREATE TABLE working_hours (
    area_id :uuid NOT NULL REFERENCES area (id),
    weekday text NOT NULL CHECK (weekday IN ('MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY')),
    opens integer NOT NULL CHECK (opens >= 0),
    closes integer NOT NULL CHECK (closes <= 1440),
    PRIMARY KEY (area_id, weekday, opens),
    CHECK (opens < closes)
);

CREATE TABLE calendar_day (
    id :uuid PRIMARY KEY,
    area_id :uuid REFERENCES area (id),
    date date NOT NULL,
    kind text NOT NULL CHECK (kind IN ('OFF', 'WORK')),
    hours text,
    festival text,
    CHECK (hours IS NULL OR kind = 'WORK')
);
CREATE UNIQUE INDEX calendar_day_of_country ON calendar_day (date) WHERE area_id IS NULL;
CREATE UNIQUE INDEX calendar_day_of_district ON calendar_day (area_id, date) WHERE area_id IS NOT NULL;

CREATE TABLE calendar_state (
    id integer PRIMARY KEY CHECK (id = 1),
    version bigint NOT NULL,
    changed_at :time
);
INSERT INTO calendar_state VALUES (1, 0, NULL);
"#;
