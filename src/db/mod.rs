//! The SeaORM kit: connect, transactions, keyset pages, filters, and what all nouns have in common.

pub mod filter;
mod listen;
pub mod noun;
pub mod page;

use std::{sync::Arc, time::Duration};

pub use self::listen::{CHANNEL, Listener, notify, try_lock};
use anyhow::{Context, bail};
use migration::MigratorTrait;
use sea_orm::{
    AccessMode, ConnectOptions, ConnectionTrait, Database, DbBackend, ExprTrait, IsolationLevel, SqliteTransactionMode, TransactionOptions,
    TransactionTrait, metric,
};
pub use sea_orm::{DatabaseConnection, DatabaseTransaction, DbErr, TryGetable as FromColumn, Value};
use sqlx::{
    ConnectOptions as _, Connection,
    postgres::PgConnectOptions,
    sqlite::{SqliteJournalMode, SqliteSynchronous},
};

/// Reads go to `read`, writes to `write`. On SQLite these are a pool of read-only connections and the one writer; on PostgreSQL two pools alike.
#[derive(Clone)]
pub struct Db {
    pub read: DatabaseConnection,
    write: DatabaseConnection,
    /// The event log's own.
    sequencer: DatabaseConnection,
    url: String,
}

/// Called after each statement: metrics, and the tests that count statements.
pub type OnStatement = Arc<dyn Fn(&metric::Info<'_>) + Send + Sync>;

impl Db {
    pub async fn connect(url: &str, on_statement: Option<OnStatement>) -> anyhow::Result<Self> {
        let (mut read, mut write, sequencer) = match url.split_once(':').map(|(scheme, _)| scheme) {
            Some("sqlite") => {
                let write = open(sqlite(url, false)).await?;
                (open(sqlite(url, true)).await?, write.clone(), write)
            }
            Some("postgres" | "postgresql") => {
                reach(url).await.context("cannot open the database")?;
                // writers that wait for one another must not keep readers waiting
                (open(postgres(url, 16)).await?, open(postgres(url, 16)).await?, open(postgres(url, 1)).await?)
            }
            _ => bail!("the database URL must begin with sqlite:// or postgres://"),
        };
        if let Some(call) = on_statement {
            for connection in [&mut read, &mut write] {
                let call = call.clone();
                connection.set_metric_callback(move |info| call(info));
            }
        }
        Ok(Self { read, write, sequencer, url: url.to_owned() })
    }

    /// Where reads go.
    pub fn reading(&self) -> &DatabaseConnection {
        &self.read
    }

    pub fn is_postgres(&self) -> bool {
        self.write.get_database_backend() == DbBackend::Postgres
    }

    /// Brings the schema up to date, all of it or nothing. Safe when several processes start at once: they take turns.
    pub async fn migrate(&self) -> anyhow::Result<()> {
        const LOCK: i64 = 0x6368_7569_7368_616f;
        // SQLite lets one transaction write at a time, PostgreSQL needs a lock; both hold until the commit
        let tx = self.begin().await?;
        if self.is_postgres() {
            // neither the wait for another process nor a long migration is a statement that runs away
            tx.execute_unprepared("SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0").await?;
            tx.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({LOCK})")).await?;
        }
        migration::Migrator::up(&tx, None).await.context("the migration failed")?;
        tx.commit().await?;
        Ok(())
    }

    /// Begins a write. SQLite takes its lock here: a read that turns into a write later would fail at once.
    pub async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        self.write
            .begin_with_options(TransactionOptions {
                isolation_level: self.is_postgres().then_some(IsolationLevel::ReadCommitted),
                access_mode: self.is_postgres().then_some(AccessMode::ReadWrite),
                sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            })
            .await
    }

    pub async fn close(&self) {
        // the readers first: the last connection to close writes the WAL back
        for connection in [self.read.clone(), self.sequencer.clone(), self.write.clone()] {
            if let Err(error) = connection.close().await {
                tracing::warn!(%error, "closing the database");
            }
        }
    }
}

async fn open(options: ConnectOptions) -> anyhow::Result<DatabaseConnection> {
    Database::connect(options).await.context("cannot open the database")
}

/// Whether there is a server that lets us in. The pool would try for half a minute and then say only that its time is over.
async fn reach(url: &str) -> anyhow::Result<()> {
    const PATIENCE: Duration = Duration::from_secs(10);
    let options: PgConnectOptions = url.parse()?;
    let connection = tokio::time::timeout(PATIENCE, options.connect()).await.context("the server does not answer")??;
    Ok(connection.close().await?)
}

fn options(url: &str) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options.sqlx_logging(false).test_before_acquire(false).acquire_timeout(Duration::from_secs(30));
    options
}

fn sqlite(url: &str, read_only: bool) -> ConnectOptions {
    let mut options = options(url);
    // readers exist after the writer has made the file
    options.max_connections(if read_only { 6 } else { 1 }).min_connections(1).idle_timeout(None).max_lifetime(None);
    options.map_sqlx_sqlite_opts(move |sqlite| {
        let sqlite = sqlite.foreign_keys(true).busy_timeout(Duration::from_secs(5)).statement_cache_capacity(256);
        if read_only {
            sqlite.read_only(true)
        } else {
            sqlite.create_if_missing(true).journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Normal)
        }
    });
    options
}

fn postgres(url: &str, connections: u32) -> ConnectOptions {
    let mut options = options(url);
    options.max_connections(connections).min_connections(0).max_lifetime(Duration::from_secs(600)).set_application_name("chuishao");
    options.map_sqlx_postgres_opts(|postgres| {
        // no transaction of a lost client stays open, no statement runs away
        postgres.options([("statement_timeout", "30s"), ("idle_in_transaction_session_timeout", "30s"), ("timezone", "UTC")])
    });
    options
}

/// Splits long key lists below the databases' limits of bound values (SQLite 32,766, PostgreSQL 65,535).
pub(crate) fn chunks<T>(keys: &[T]) -> std::slice::Chunks<'_, T> {
    keys.chunks(10_000)
}

/// A condition that nothing meets.
pub fn never() -> sea_orm::Condition {
    sea_orm::Condition::all().add(sea_orm::sea_query::Expr::val(1).eq(0))
}
