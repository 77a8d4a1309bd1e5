//! What districts call the classes of problem, and what they say of them.

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
CREATE TABLE category_name (
    id :uuid PRIMARY KEY,
    district_id :uuid NOT NULL REFERENCES area (id),
    category text NOT NULL,
    name text NOT NULL,
    motto text,
    ended_on date,
    version integer NOT NULL
);
CREATE UNIQUE INDEX category_name_in_force ON category_name (district_id, category) WHERE ended_on IS NULL;
CREATE INDEX category_name_by_district ON category_name (district_id, id);
"#;
