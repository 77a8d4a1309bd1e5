//! The words by which cases, complexes, persons and firms are found. Rows that are there already are taken in at the next start.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let own: &[&str] = match manager.get_database_backend() {
            DbBackend::Postgres => POSTGRES,
            _ => SQLITE,
        };
        // not by `crate::run`, which would cut the triggers at their semicolons
        for sql in own {
            manager.get_connection().execute_unprepared(sql).await?;
        }
        crate::run(manager, BOTH).await
    }
}

/// `search_hits` is a table to read from on either database, by the words wanted: `SELECT id FROM search_hits('网格 yjw*')`.
/// SQLite keeps it in step with `search_row` by triggers; what is taken out is wiped, so that erased data is gone.
const SQLITE: &[&str] = &[
    "CREATE TABLE search_row (seq integer PRIMARY KEY, id blob NOT NULL UNIQUE, kind text NOT NULL, terms text NOT NULL)",
    "CREATE VIRTUAL TABLE search_hits USING fts5(terms, id UNINDEXED, kind UNINDEXED, content='search_row', content_rowid='seq',
        detail='none', tokenize='unicode61 remove_diacritics 0')",
    "INSERT INTO search_hits (search_hits, rank) VALUES ('secure-delete', 1)",
    "CREATE TRIGGER search_row_added AFTER INSERT ON search_row BEGIN
        INSERT INTO search_hits (rowid, terms) VALUES (new.seq, new.terms);
    END",
    "CREATE TRIGGER search_row_removed AFTER DELETE ON search_row BEGIN
        INSERT INTO search_hits (search_hits, rowid, terms) VALUES ('delete', old.seq, old.terms);
    END",
    "CREATE TRIGGER search_row_changed AFTER UPDATE OF terms ON search_row BEGIN
        INSERT INTO search_hits (search_hits, rowid, terms) VALUES ('delete', old.seq, old.terms);
        INSERT INTO search_hits (rowid, terms) VALUES (new.seq, new.terms);
    END",
];

/// No parser and no locale has a say: the words are those between the blanks. No `fastupdate`: a pending list would have to be read through by
/// every search.
const POSTGRES: &[&str] = &[
    "CREATE TABLE search_row (
        seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id uuid NOT NULL UNIQUE, kind text NOT NULL, terms text COLLATE \"C\" NOT NULL)",
    "CREATE INDEX search_row_terms ON search_row USING gin (array_to_tsvector(string_to_array(ltrim(terms), ' '))) WITH (fastupdate = off)",
    "CREATE FUNCTION search_hits(lookup text) RETURNS TABLE (id uuid, kind text, terms text) LANGUAGE sql STABLE AS $$
        SELECT search_row.id, search_row.kind, search_row.terms FROM search_row
        WHERE array_to_tsvector(string_to_array(ltrim(search_row.terms), ' ')) @@ replace(replace(lookup, ' ', '&'), '*', ':*')::tsquery
    $$",
];

const BOTH: &str = r#"
CREATE INDEX search_row_newest ON search_row (kind, seq);

CREATE TABLE search_pending (kind text PRIMARY KEY);
INSERT INTO search_pending SELECT 'COMPLEX' WHERE EXISTS (SELECT 1 FROM complex);
INSERT INTO search_pending SELECT 'PROPERTY_FIRM' WHERE EXISTS (SELECT 1 FROM property_firm);
INSERT INTO search_pending SELECT 'PERSON' WHERE EXISTS (SELECT 1 FROM person);
INSERT INTO search_pending SELECT 'CASE' WHERE EXISTS (SELECT 1 FROM case_file);
"#;
