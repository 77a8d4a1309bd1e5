//! On PostgreSQL hits are looked up before they are joined.

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
            manager.get_connection().execute_unprepared(POSTGRES).await?;
        }
        Ok(())
    }
}

/// To read all rows by their id and split the words of each looks cheap to the planner where the other table is small; `OFFSET 0` leaves it no choice.
const POSTGRES: &str = "CREATE OR REPLACE FUNCTION search_hits(lookup text) RETURNS TABLE (id uuid, kind text, terms text) LANGUAGE sql STABLE AS $$
    SELECT search_row.id, search_row.kind, search_row.terms FROM search_row
    WHERE array_to_tsvector(string_to_array(ltrim(search_row.terms), ' ')) @@ replace(replace(lookup, ' ', '&'), '*', ':*')::tsquery
    OFFSET 0
$$";
