//! The SeaORM kit: connect, transactions, keyset pages, filters, and what all nouns have in common.

pub mod filter;
mod listen;
mod marks;
pub mod noun;
pub mod page;
mod put;
mod replica;
pub mod subtree;
pub mod text;

use std::{path::PathBuf, pin::Pin, sync::Arc, time::Duration};

pub use self::listen::{CHANNEL, notify, try_lock};
use anyhow::{Context, bail, ensure};
use entity::PersonId;
use migration::MigratorTrait;
use sea_orm::{
    AccessMode, ConnectOptions, ConnectionTrait, Database, DbBackend, ExprTrait, IsolationLevel, SqliteTransactionMode, TransactionOptions,
    TransactionTrait, metric,
};
pub use sea_orm::{DatabaseConnection, DatabaseTransaction, DbErr, TryGetable as FromColumn, Value};
use sqlx::{
    ConnectOptions as _, Connection,
    postgres::PgConnectOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

pub use self::put::{insert, is_duplicate, put, save};
use self::replica::Replica;
pub use self::replica::{MOST_BEHIND, Reader, Writing};

/// Reads go to `read`, writes to `write`. On SQLite these are a pool of read-only connections and the one writer; on PostgreSQL two pools alike,
/// and a third one where there is a replica: then the reads of requests go through [`Db::reader`].
#[derive(Clone)]
pub struct Db {
    pub read: DatabaseConnection,
    write: DatabaseConnection,
    /// The event log's own.
    sequencer: DatabaseConnection,
    url: String,
    primary: Arc<Reader>,
    replica: Option<Arc<Replica>>,
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
        for connection in [&mut read, &mut write] {
            tell(connection, on_statement.as_ref());
        }
        Ok(Self { primary: Arc::new(Reader::primary(read.clone())), read, write, sequencer, url: url.to_owned(), replica: None })
    }

    /// Adds a streaming standby of this database to read from. Nothing is read from it before [`Db::watch_replica`].
    pub async fn with_replica(self, replica_url: &str, on_statement: Option<OnStatement>) -> anyhow::Result<Self> {
        ensure!(self.is_postgres(), "a replica needs PostgreSQL: SQLite has none");
        let mut options = postgres(replica_url, 16);
        options.connect_lazy(true).acquire_timeout(replica::CONNECT_WITHIN);
        let mut pool = open(options).await.context("the replica")?;
        tell(&mut pool, on_statement.as_ref());
        let replica = Replica::new((&self.url, self.read.clone()), (replica_url, pool))?;
        Ok(Self { replica: Some(Arc::new(replica)), ..self })
    }

    /// Starts the task that decides whether the replica, if there is one, is read from: while it answers and is at most this far behind.
    pub fn watch_replica(&self, most_behind: Duration) {
        if let Some(replica) = &self.replica {
            replica.watch(most_behind);
        }
    }

    /// Where this person reads: the replica, once it has all that they have written through this process. Others' writes may be missing there.
    pub fn reader(&self, person: Option<PersonId>) -> &Reader {
        match &self.replica {
            Some(replica) if replica.has_all_of(person) => &replica.reader,
            _ => &self.primary,
        }
    }

    /// The primary, for a request that changes something.
    pub fn primary(&self) -> &Reader {
        &self.primary
    }

    /// Tells that this person writes, from before the transaction until the guard is dropped after its commit. From its beginning they read
    /// from the primary.
    pub fn writing(&self, person: Option<PersonId>) -> Option<Writing> {
        self.replica.as_ref().zip(person).map(|(replica, person)| replica.writing(person))
    }

    /// Where the event log is read: on the side of ordinary reads, so that no event is told before the rows it speaks of can be seen
    /// there. Ask anew for each round: it is the replica while that is read from, and else the primary.
    pub fn reading(&self) -> &DatabaseConnection {
        self.replica.as_ref().and_then(|replica| replica.maybe_log()).unwrap_or(&self.read)
    }

    /// Ready when [`Db::reading`] has what the primary has by now, or after a second. For whoever was told by the primary that there is
    /// something new (a replica knows no `LISTEN`); at once where there is no replica.
    pub async fn reading_caught_up(&self) {
        if let Some(replica) = &self.replica {
            replica.caught_up().await;
        }
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
        if let Some(replica) = &self.replica {
            replica.close().await;
        }
        // the readers first: the last connection to close writes the WAL back
        for connection in [self.read.clone(), self.sequencer.clone(), self.write.clone()] {
            if let Err(error) = connection.close().await {
                tracing::warn!(%error, "closing the database");
            }
        }
    }
}

/// Reads that all see one moment. They run in a task of their own and outlive a dropped request: a future dropped while it begins would hand
/// its connection back inside an open transaction (launchbadge/sqlx#4385).
pub async fn snapshot<T, F>(from: &DatabaseConnection, read: F) -> Result<T, DbErr>
where
    T: Send + 'static,
    F: for<'t> FnOnce(&'t DatabaseTransaction) -> Pin<Box<dyn Future<Output = Result<T, DbErr>> + Send + 't>> + Send + 'static,
{
    let from = from.clone();
    let postgres = from.get_database_backend() == DbBackend::Postgres;
    let options = TransactionOptions {
        isolation_level: postgres.then_some(IsolationLevel::RepeatableRead),
        access_mode: postgres.then_some(AccessMode::ReadOnly),
        sqlite_transaction_mode: Some(SqliteTransactionMode::Deferred),
    };
    let task = tokio::spawn(async move {
        let tx = from.begin_with_options(options).await?;
        let found = read(&tx).await?;
        tx.commit().await?;
        Ok(found)
    });
    task.await.unwrap_or_else(|failure| Err(DbErr::Custom(failure.to_string())))
}

fn tell(connection: &mut DatabaseConnection, on_statement: Option<&OnStatement>) {
    if let Some(call) = on_statement.cloned() {
        connection.set_metric_callback(move |info| call(info));
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

/// The file of an SQLite database; none of a database on a server.
pub fn file(url: &str) -> Option<PathBuf> {
    let options: SqliteConnectOptions = url.starts_with("sqlite:").then(|| url.parse().ok()).flatten()?;
    Some(options.get_filename().to_owned())
}

fn sqlite(url: &str, read_only: bool) -> ConnectOptions {
    let mut options = options(url);
    // readers exist after the writer has made the file
    options.max_connections(if read_only { 6 } else { 1 }).min_connections(1).idle_timeout(None).max_lifetime(None);
    options.map_sqlx_sqlite_opts(move |sqlite| {
        let sqlite = sqlite.foreign_keys(true).busy_timeout(Duration::from_secs(5)).statement_cache_capacity(256);
        if read_only {
            // what one search reads is more than the 2 MB that SQLite keeps by itself
            sqlite.read_only(true).pragma("cache_size", "-8000")
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
        let limits = [("statement_timeout", "30s"), ("idle_in_transaction_session_timeout", "30s")];
        // merging rows with the areas of a subtree, it would read all areas by their ids up to the table's end, in search of the next one inside
        postgres.options(limits).options([("timezone", "UTC"), ("enable_mergejoin", "off")])
    });
    options
}

/// Splits long key lists below the databases' limits of bound values (SQLite 32,766, PostgreSQL 65,535).
pub(crate) fn chunks<T>(keys: &[T]) -> std::slice::Chunks<'_, T> {
    keys.chunks(10_000)
}

/// A sum as a whole number: PostgreSQL's of big ones is a decimal.
pub fn sum(column: impl sea_orm::IntoSimpleExpr) -> sea_orm::sea_query::Expr {
    use sea_orm::sea_query::{Expr, Func};
    Func::cast_as(Func::coalesce([Func::sum(column.into_simple_expr()).into(), Expr::val(0)]), "bigint").into()
}

/// A condition that nothing meets.
pub fn never() -> sea_orm::Condition {
    sea_orm::Condition::all().add(sea_orm::sea_query::Expr::val(1).eq(0))
}
