//! What made PostgreSQL slow, or made some wait for others without need.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Postgres {
            for sql in POSTGRES {
                manager.get_connection().execute_unprepared(sql).await?;
            }
        }
        Ok(())
    }
}

const POSTGRES: &[&str] = &[
    // to read all rows by their id and split the words of each looks cheap to the planner where the other table is small: `OFFSET 0` leaves it no choice
    "CREATE OR REPLACE FUNCTION search_hits(lookup text) RETURNS TABLE (id uuid, kind text, terms text) LANGUAGE sql STABLE AS $$
        SELECT search_row.id, search_row.kind, search_row.terms FROM search_row
        WHERE array_to_tsvector(string_to_array(ltrim(search_row.terms), ' ')) @@ replace(replace(lookup, ' ', '&'), '*', ':*')::tsquery
        OFFSET 0
    $$",
    // whoever changes what could be the target of a reference keeps all away who refer to the row; a path ends in the code, which is unique
    "ALTER TABLE area DROP CONSTRAINT area_path_key",
    "CREATE INDEX area_by_path ON area (path)",
];
