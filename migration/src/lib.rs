//! Schema changes, oldest first, one file each, for SQLite and PostgreSQL alike.

pub use sea_orm_migration::prelude::{MigratorTrait, SchemaManager};
use sea_orm_migration::{
    prelude::{DbErr, MigrationTrait},
    sea_orm::{ConnectionTrait, DbBackend},
};

mod m0001_nouns;
mod m0002_cases;
mod m0003_log;
mod m0004_requests;
mod m0005_chain;
mod m0006_calendar;
mod m0007_clocks;
mod m0008_push;
mod m0009_committee;
mod m0010_search;
mod m0011_record;
mod m0012_complex;
mod m0013_area;
mod m0014_party;
mod m0015_firm;
mod m0016_import;
mod m0017_waiting;
mod m0018_outcome;
mod m0019_committee_chairs;
mod m0020_paths;
mod m0021_attachments;
mod m0022_level_names;
mod m0023_search_again;
mod m0024_phones;
mod m0025_intake;
mod m0026_places;
mod m0028_filters;
mod m0030_category_names;
mod m0031_search_words;

pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_nouns::Migration),
            Box::new(m0002_cases::Migration),
            Box::new(m0003_log::Migration),
            Box::new(m0004_requests::Migration),
            Box::new(m0005_chain::Migration),
            Box::new(m0006_calendar::Migration),
            Box::new(m0007_clocks::Migration),
            Box::new(m0008_push::Migration),
            Box::new(m0009_committee::Migration),
            Box::new(m0010_search::Migration),
            Box::new(m0011_record::Migration),
            Box::new(m0012_complex::Migration),
            Box::new(m0013_area::Migration),
            Box::new(m0014_party::Migration),
            Box::new(m0015_firm::Migration),
            Box::new(m0016_import::Migration),
            Box::new(m0017_waiting::Migration),
            Box::new(m0018_outcome::Migration),
            Box::new(m0019_committee_chairs::Migration),
            Box::new(m0020_paths::Migration),
            Box::new(m0021_attachments::Migration),
            Box::new(m0022_level_names::Migration),
            Box::new(m0023_search_again::Migration),
            Box::new(m0024_phones::Migration),
            Box::new(m0025_intake::Migration),
            Box::new(m0026_places::Migration),
            Box::new(m0028_filters::Migration),
            Box::new(m0030_category_names::Migration),
            Box::new(m0031_search_words::Migration),
        ]
    }
}

/// Runs statements written once for both databases: what begins with a colon stands for what differs.
/// `:code` is text compared byte by byte, so that a range of it is a prefix; `:seq` counts rows.
async fn run(manager: &SchemaManager<'_>, sql: &str) -> Result<(), DbErr> {
    let types = match manager.get_database_backend() {
        DbBackend::Postgres => [
            (":uuid", "uuid"),
            (":time", "timestamptz"),
            (":code", "text COLLATE \"C\""),
            (":bytes", "bytea"),
            (":seq", "bigint"),
            (":json", "jsonb"),
            (":random", "uuid_send(gen_random_uuid())"),
            (":zeros", "decode(repeat('00', 32), 'hex')"),
            (":newid", "gen_random_uuid()"),
        ],
        _ => [
            (":uuid", "blob"),
            (":time", "text"),
            (":code", "text"),
            (":bytes", "blob"),
            (":seq", "integer"),
            (":json", "text"),
            (":random", "randomblob(16)"),
            (":zeros", "zeroblob(32)"),
            (":newid", "randomblob(16)"),
        ],
    };
    let sql = types.iter().fold(sql.to_owned(), |sql, (from, to)| sql.replace(from, to));
    for statement in sql.split(';').map(str::trim).filter(|s| !s.is_empty()) {
        manager.get_connection().execute_unprepared(statement).await?;
    }
    Ok(())
}
