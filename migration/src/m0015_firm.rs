//! Property firms and departments in depth: admission and exit, contracts, fees and lists of firms; ends of departments and matters, pairings, governing documents.

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
ALTER TABLE property_firm ADD COLUMN credit_code text;
ALTER TABLE property_firm ADD COLUMN version integer NOT NULL DEFAULT 1;
CREATE UNIQUE INDEX property_firm_by_credit_code ON property_firm (district_id, credit_code) WHERE credit_code IS NOT NULL;

ALTER TABLE firm_contract ADD COLUMN area_id :uuid REFERENCES area (id);
ALTER TABLE firm_contract ADD COLUMN ended_because text;
ALTER TABLE firm_contract ADD COLUMN version integer NOT NULL DEFAULT 1;
UPDATE firm_contract SET area_id = (SELECT area_id FROM complex WHERE complex.id = firm_contract.complex_id);
CREATE INDEX firm_contract_by_start ON firm_contract (starts_on, id);
CREATE INDEX firm_contract_by_area ON firm_contract (area_id, starts_on, id);

CREATE TABLE firm_admission (
    id :uuid PRIMARY KEY,
    firm_id :uuid NOT NULL REFERENCES property_firm (id),
    district_id :uuid NOT NULL REFERENCES area (id),
    admitted_on date NOT NULL,
    basis text NOT NULL,
    left_on date,
    left_because text,
    provenance text NOT NULL,
    version integer NOT NULL,
    CHECK (left_on IS NULL OR left_on >= admitted_on)
);
CREATE INDEX firm_admission_by_firm ON firm_admission (firm_id, admitted_on, id);
CREATE INDEX firm_admission_by_district ON firm_admission (district_id, admitted_on, id);
CREATE INDEX firm_admission_by_day ON firm_admission (admitted_on, id);

CREATE TABLE contract_fee (
    id :uuid PRIMARY KEY,
    contract_id :uuid NOT NULL REFERENCES firm_contract (id),
    area_id :uuid NOT NULL REFERENCES area (id),
    item text NOT NULL,
    detail text,
    amount bigint NOT NULL,
    unit text NOT NULL,
    starts_on date NOT NULL,
    ends_on date,
    provenance text NOT NULL,
    version integer NOT NULL,
    CHECK (amount > 0),
    CHECK (ends_on IS NULL OR ends_on >= starts_on)
);
CREATE INDEX contract_fee_by_contract ON contract_fee (contract_id, starts_on, id);

CREATE TABLE service_item (
    id :uuid PRIMARY KEY,
    firm_id :uuid NOT NULL REFERENCES property_firm (id),
    contract_id :uuid REFERENCES firm_contract (id),
    area_id :uuid NOT NULL REFERENCES area (id),
    kind text NOT NULL,
    name text NOT NULL,
    description text,
    frequency text,
    starts_on date NOT NULL,
    ends_on date,
    provenance text NOT NULL,
    version integer NOT NULL,
    CHECK (ends_on IS NULL OR ends_on >= starts_on)
);
CREATE INDEX service_item_by_firm ON service_item (firm_id, name, id);
CREATE INDEX service_item_by_contract ON service_item (contract_id, name, id) WHERE contract_id IS NOT NULL;

ALTER TABLE department ADD COLUMN ended_on date;
ALTER TABLE department ADD COLUMN version integer NOT NULL DEFAULT 1;
ALTER TABLE matter ADD COLUMN ended_on date;
ALTER TABLE matter ADD COLUMN version integer NOT NULL DEFAULT 1;

CREATE TABLE pairing (
    id :uuid PRIMARY KEY,
    kind text NOT NULL,
    department_id :uuid REFERENCES department (id),
    person_id :uuid REFERENCES person (id),
    area_id :uuid NOT NULL REFERENCES area (id),
    complex_id :uuid REFERENCES complex (id),
    duty text,
    starts_on date NOT NULL,
    ends_on date,
    provenance text NOT NULL,
    provenance_note text,
    version integer NOT NULL,
    CHECK ((department_id IS NULL) <> (person_id IS NULL)),
    CHECK (ends_on IS NULL OR ends_on >= starts_on)
);
CREATE INDEX pairing_by_start ON pairing (starts_on, id);
CREATE INDEX pairing_by_area ON pairing (area_id, starts_on, id);
CREATE INDEX pairing_by_complex ON pairing (complex_id, starts_on, id) WHERE complex_id IS NOT NULL;
CREATE INDEX pairing_by_department ON pairing (department_id, starts_on, id) WHERE department_id IS NOT NULL;
CREATE INDEX pairing_by_person ON pairing (person_id, starts_on, id) WHERE person_id IS NOT NULL;

CREATE TABLE governing_document (
    id :uuid PRIMARY KEY,
    area_id :uuid NOT NULL REFERENCES area (id),
    kind text NOT NULL,
    title text NOT NULL,
    draft text,
    published_at :time,
    ended_on date,
    provenance text NOT NULL,
    provenance_note text,
    version integer NOT NULL
);
CREATE INDEX governing_document_by_title ON governing_document (title, id);
CREATE INDEX governing_document_by_area ON governing_document (area_id, title, id);

CREATE TABLE document_version (
    id :uuid PRIMARY KEY,
    document_id :uuid NOT NULL REFERENCES governing_document (id),
    seq integer NOT NULL,
    number text,
    text text NOT NULL,
    effective_from date NOT NULL,
    published_at :time NOT NULL,
    published_by :uuid REFERENCES person (id),
    UNIQUE (document_id, seq)
);
"#;
