//! SQLite cuts the words of a record at the blanks and nowhere else, as PostgreSQL does: its own idea of letters parts Tibetan words at their vowels.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        match manager.get_database_backend() {
            DbBackend::Postgres => Ok(()),
            _ => crate::run(manager, SQLITE).await,
        }
    }
}

/// To this tokenizer whatever is not ASCII belongs to a word. The triggers of `search_row` stay as they are; the words that went are wiped.
const SQLITE: &str = r#"
PRAGMA secure_delete = on;
DROP TABLE search_hits;
PRAGMA secure_delete = off;
CREATE VIRTUAL TABLE search_hits USING fts5(terms, id UNINDEXED, kind UNINDEXED, content='search_row', content_rowid='seq',
    detail='none', tokenize='ascii');
INSERT INTO search_hits (search_hits, rank) VALUES ('secure-delete', 1);
INSERT INTO search_hits (search_hits) VALUES ('rebuild');
"#;
