//! The places, the units and the people.

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
CREATE TABLE area (
    id :uuid PRIMARY KEY,
    code :code NOT NULL UNIQUE,
    name text NOT NULL,
    level text NOT NULL CHECK (level IN ('PROVINCE', 'CITY', 'DISTRICT', 'SUBDISTRICT', 'COMMUNITY', 'GRID', 'MICRO_GRID')),
    kind text,
    parent_id :uuid REFERENCES area (id),
    path :code NOT NULL UNIQUE
);
CREATE INDEX area_by_parent ON area (parent_id, code);
CREATE INDEX area_by_name ON area (name, id);

CREATE TABLE complex (
    id :uuid PRIMARY KEY,
    area_id :uuid NOT NULL REFERENCES area (id),
    name text NOT NULL,
    kind text NOT NULL,
    address text,
    households integer CHECK (households >= 0),
    floor_area bigint CHECK (floor_area >= 0),
    provenance text NOT NULL,
    provenance_note text
);
CREATE INDEX complex_by_area ON complex (area_id, name, id);
CREATE INDEX complex_by_name ON complex (name, id);

CREATE TABLE grid (
    id :uuid PRIMARY KEY,
    area_id :uuid NOT NULL UNIQUE REFERENCES area (id),
    name text NOT NULL,
    provenance text NOT NULL
);
CREATE INDEX grid_by_name ON grid (name, id);

CREATE TABLE building (
    id :uuid PRIMARY KEY,
    complex_id :uuid NOT NULL REFERENCES complex (id),
    grid_id :uuid REFERENCES grid (id),
    name text NOT NULL,
    number integer NOT NULL,
    floors integer,
    stairwells integer,
    UNIQUE (complex_id, number)
);
CREATE INDEX building_by_grid ON building (grid_id, complex_id);

CREATE TABLE property_firm (
    id :uuid PRIMARY KEY,
    district_id :uuid NOT NULL REFERENCES area (id),
    name text NOT NULL,
    provenance text NOT NULL,
    provenance_note text,
    UNIQUE (district_id, name)
);
CREATE INDEX property_firm_by_name ON property_firm (name, id);

CREATE TABLE firm_contract (
    id :uuid PRIMARY KEY,
    firm_id :uuid NOT NULL REFERENCES property_firm (id),
    complex_id :uuid NOT NULL REFERENCES complex (id),
    starts_on date NOT NULL,
    ends_on date,
    CHECK (ends_on IS NULL OR ends_on >= starts_on)
);
CREATE INDEX firm_contract_by_complex ON firm_contract (complex_id, starts_on);
CREATE INDEX firm_contract_by_firm ON firm_contract (firm_id, starts_on);

CREATE TABLE party_branch (
    id :uuid PRIMARY KEY,
    area_id :uuid NOT NULL REFERENCES area (id),
    parent_id :uuid REFERENCES party_branch (id),
    name text NOT NULL,
    kind text NOT NULL,
    provenance text NOT NULL
);
CREATE INDEX party_branch_by_area ON party_branch (area_id, name);
CREATE INDEX party_branch_by_parent ON party_branch (parent_id, name);
CREATE INDEX party_branch_by_name ON party_branch (name, id);

CREATE TABLE party_branch_complex (
    branch_id :uuid NOT NULL REFERENCES party_branch (id),
    complex_id :uuid NOT NULL REFERENCES complex (id),
    PRIMARY KEY (branch_id, complex_id)
);
CREATE INDEX party_branch_complex_by_complex ON party_branch_complex (complex_id, branch_id);

CREATE TABLE department (
    id :uuid PRIMARY KEY,
    district_id :uuid NOT NULL REFERENCES area (id),
    name text NOT NULL,
    provenance text NOT NULL,
    UNIQUE (district_id, name)
);
CREATE INDEX department_by_name ON department (name, id);

CREATE TABLE matter (
    id :uuid PRIMARY KEY,
    district_id :uuid NOT NULL REFERENCES area (id),
    code :code NOT NULL,
    name text NOT NULL,
    category text NOT NULL,
    legal_basis text,
    provenance text NOT NULL,
    UNIQUE (district_id, code)
);

CREATE TABLE matter_department (
    matter_id :uuid NOT NULL REFERENCES matter (id),
    department_id :uuid NOT NULL REFERENCES department (id),
    lead boolean NOT NULL,
    PRIMARY KEY (matter_id, department_id)
);
CREATE INDEX matter_department_by_department ON matter_department (department_id, matter_id);
CREATE UNIQUE INDEX matter_department_one_lead ON matter_department (matter_id) WHERE lead;

CREATE TABLE person (
    id :uuid PRIMARY KEY,
    name text NOT NULL,
    phone text,
    sign_in text UNIQUE,
    provenance text NOT NULL
);
CREATE INDEX person_by_name ON person (name, id);

CREATE TABLE post (
    id :uuid PRIMARY KEY,
    person_id :uuid NOT NULL REFERENCES person (id),
    role text NOT NULL,
    unit_id :uuid NOT NULL,
    area_id :uuid NOT NULL REFERENCES area (id),
    starts_on date NOT NULL,
    ends_on date,
    CHECK (ends_on IS NULL OR ends_on >= starts_on)
);
CREATE INDEX post_by_person ON post (person_id, starts_on);
CREATE INDEX post_by_unit ON post (unit_id, role, starts_on);
CREATE INDEX post_by_area ON post (area_id, role);
"#;
