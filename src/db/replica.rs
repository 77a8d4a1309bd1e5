//! Reads from a replica: a streaming standby of the same PostgreSQL, which may be behind.
//!
//! Whoever has written reads from the primary until the replica has replayed past that write. One task watches both: it asks the primary
//! where it stands when there is something to wait for, the replica how far it has come, and decides whether it is read from at all.
//! A request only looks at what the task has found out.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use anyhow::{Context, ensure};
use entity::PersonId;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, Statement,
    entity::prelude::async_trait::async_trait,
};
use sqlx::{
    ConnectOptions as _, FromRow, PgConnection,
    postgres::{PgConnectOptions, PgRow},
};
use tokio::{
    sync::Notify,
    task::AbortHandle,
    time::{Instant, sleep, timeout},
};

use super::marks::{Marks, Position};

/// How often the replica is looked at: while somebody waits for it, and otherwise.
const WAITED_FOR: Duration = Duration::from_millis(20);
const EVERY: Duration = Duration::from_secs(1);
/// How long one look may take.
const LOOK_WITHIN: Duration = Duration::from_secs(2);
/// How far it may be behind.
pub const MOST_BEHIND: Duration = Duration::from_secs(30);
/// How long a connection of its pool may take; then the primary is asked.
pub(super) const CONNECT_WITHIN: Duration = Duration::from_secs(2);

/// Where reads go: the primary, or a replica whose part the primary takes when it fails.
pub struct Reader {
    pool: DatabaseConnection,
    fallback: Option<(DatabaseConnection, Arc<State>)>,
}

impl Reader {
    pub(super) fn primary(pool: DatabaseConnection) -> Self {
        Self { pool, fallback: None }
    }
}

#[async_trait]
impl ConnectionTrait for Reader {
    fn get_database_backend(&self) -> DbBackend {
        self.pool.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.pool.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.pool.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        match &self.fallback {
            None => self.pool.query_one_raw(statement).await,
            Some((primary, state)) => state.ask(self.pool.query_one_raw(statement.clone()), primary.query_one_raw(statement)).await,
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match &self.fallback {
            None => self.pool.query_all_raw(statement).await,
            Some((primary, state)) => state.ask(self.pool.query_all_raw(statement.clone()), primary.query_all_raw(statement)).await,
        }
    }
}

/// What requests and the watching task share.
#[derive(Default)]
struct State {
    marks: Mutex<Marks>,
    /// There is a reason to look at the replica now.
    look: Notify,
    /// The replica was given up on: nobody waits for an answer of it.
    given_up: Notify,
}

impl State {
    fn marks(&self) -> MutexGuard<'_, Marks> {
        self.marks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The replica's answer; the primary's where the replica fails or is given up on meanwhile.
    async fn ask<T>(
        &self,
        replica: impl Future<Output = Result<T, DbErr>>,
        primary: impl Future<Output = Result<T, DbErr>>,
    ) -> Result<T, DbErr> {
        let given_up = self.given_up.notified();
        tokio::select! {
            biased;
            answer = replica => match answer {
                Err(error) if self.is_its_own(&error) => {}
                answer => return answer,
            },
            () = given_up => {}
        }
        primary.await
    }

    /// Whether the primary may answer where the replica failed so.
    fn is_its_own(&self, error: &DbErr) -> bool {
        let code = match error {
            DbErr::Query(RuntimeErr::SqlxError(error)) => error.as_database_error().and_then(|error| error.code()),
            _ => None,
        };
        match code.as_deref() {
            // it ran into the time limit and would do so again
            Some("57014") => return false,
            // what it read was cleaned up on the primary: "conflict with recovery"
            Some("40001") => tracing::debug!(%error, "the replica broke off, the primary is asked"),
            Some(code) if !code.starts_with("57P") => tracing::warn!(%error, "the replica fails, the primary is asked"),
            // the connection is at fault, and maybe the server
            _ => self.look.notify_one(),
        }
        true
    }

    fn give_up(&self) {
        self.marks().give_up();
        self.given_up.notify_waiters();
    }
}

/// A write of one person, from before its transaction to after its commit.
pub struct Writing {
    state: Arc<State>,
    person: PersonId,
}

impl Drop for Writing {
    fn drop(&mut self) {
        self.state.marks().write_ends(self.person);
        self.state.look.notify_one();
    }
}

pub(super) struct Replica {
    pub reader: Reader,
    state: Arc<State>,
    primary: PgConnectOptions,
    standby: PgConnectOptions,
    watch: Mutex<Option<AbortHandle>>,
}

impl Replica {
    /// `pool` is one of the replica's that connects when it is asked.
    pub fn new(primary: (&str, DatabaseConnection), replica: (&str, DatabaseConnection)) -> anyhow::Result<Self> {
        let options = |url: &str| url.parse().map(PgConnectOptions::disable_statement_logging);
        let state = Arc::<State>::default();
        Ok(Self {
            primary: options(primary.0)?,
            standby: options(replica.0).context("the replica's URL")?,
            reader: Reader { pool: replica.1, fallback: Some((primary.1, state.clone())) },
            state,
            watch: Mutex::default(),
        })
    }

    pub fn has_all_of(&self, person: Option<PersonId>) -> bool {
        self.state.marks().has_all_of(person)
    }

    /// The replica's pool while it is read from.
    pub fn maybe_log(&self) -> Option<&DatabaseConnection> {
        self.state.marks().serving().then_some(&self.reader.pool)
    }

    pub async fn caught_up(&self) {
        let caught_up = self.state.marks().wait();
        self.state.look.notify_one();
        // dropped when the replica is given up on: the primary has it all
        let _ = timeout(EVERY, caught_up).await;
    }

    pub fn writing(&self, person: PersonId) -> Writing {
        self.state.marks().write_begins(person);
        Writing { state: self.state.clone(), person }
    }

    /// Until the first look at it has shown that it has caught up, nothing is read from it.
    pub fn watch(&self, most_behind: Duration) {
        let watch = Watch {
            state: self.state.clone(),
            primary: Link::new(&self.primary),
            standby: Link::new(&self.standby),
            goal: None,
            most_behind,
            told: false,
        };
        let task = tokio::spawn(watch.run()).abort_handle();
        let earlier = self.watch.lock().unwrap_or_else(PoisonError::into_inner).replace(task);
        earlier.inspect(AbortHandle::abort);
    }

    pub async fn close(&self) {
        self.watch.lock().unwrap_or_else(PoisonError::into_inner).take().inspect(AbortHandle::abort);
        self.state.give_up();
        if let Err(error) = self.reader.pool.clone().close().await {
            tracing::warn!(%error, "closing the replica");
        }
    }
}

/// The task that looks at both servers, each over one connection that requests cannot take from it.
struct Watch {
    state: Arc<State>,
    primary: Link,
    standby: Link,
    /// Where the primary stood at that time, which the replica is to reach.
    goal: Option<(Position, Instant)>,
    most_behind: Duration,
    /// Whether the log says already that it is not read from.
    told: bool,
}

impl Watch {
    async fn run(mut self) {
        let state = self.state.clone();
        loop {
            if let Err(reason) = self.look().await {
                state.give_up();
                self.goal = None;
                if !std::mem::replace(&mut self.told, true) {
                    let reason = reason.to_string();
                    tracing::warn!(reason, "the replica is not read from, the primary answers alone");
                }
            }
            let (serving, pending) = state.marks().now();
            if !serving {
                sleep(EVERY).await;
            } else if !pending {
                let _ = timeout(EVERY, state.look.notified()).await;
            }
            sleep(WAITED_FOR).await;
        }
    }

    /// One look at both. An error says why the replica cannot be read from.
    async fn look(&mut self) -> anyhow::Result<()> {
        let round = self.state.marks().next_round();
        let due = self.goal.is_none();
        if round.is_some() || due {
            match self.primary.position().await {
                Ok(position) => {
                    if let Some(round) = round {
                        self.state.marks().place(round, position);
                    }
                    self.goal = self.goal.or_else(|| Some((position, Instant::now())));
                }
                // a replica outlives its primary; whoever waits goes on waiting
                Err(error) => tracing::debug!(%error, "the primary does not say where it stands"),
            }
        }
        let replayed = self.standby.replayed().await?;
        let both = self.primary.identity.as_ref().zip(self.standby.identity.as_ref());
        ensure!(both.is_none_or(|(primary, standby)| primary == standby), "it is the standby of another database");
        if let Some((goal, since)) = self.goal {
            if replayed < goal {
                let behind = since.elapsed();
                ensure!(behind <= self.most_behind, "it is more than {} s behind", self.most_behind.as_secs());
            } else if since.elapsed() >= EVERY || !self.state.marks().serving() {
                self.goal = None;
                self.serve();
            }
        }
        self.state.marks().replayed(replayed);
        Ok(())
    }

    fn serve(&mut self) {
        let mut marks = self.state.marks();
        if !marks.serving() {
            marks.serve();
            if std::mem::take(&mut self.told) {
                tracing::info!("the replica is read from again");
            }
        }
    }
}

/// A connection that is made anew when it breaks.
struct Link {
    options: PgConnectOptions,
    connection: Option<PgConnection>,
    /// Of the cluster, which a standby has in common with its primary, and the name of the database; none where it may not be known.
    identity: Option<String>,
}

impl Link {
    fn new(options: &PgConnectOptions) -> Self {
        let options = options.clone().application_name("chuishao replica watch");
        Self { options, connection: None, identity: None }
    }

    /// Where the primary stands.
    async fn position(&mut self) -> anyhow::Result<Position> {
        let (position,): (i64,) = self.ask("SELECT (pg_current_wal_insert_lsn() - '0/0')::int8").await?;
        let position = Position::try_from(position)?;
        // At the start of a page the next record comes after the page's header, which is replayed together with that record only.
        Ok(if matches!(position % 8192, 24 | 40) { position / 8192 * 8192 } else { position })
    }

    /// How far the standby has come.
    async fn replayed(&mut self) -> anyhow::Result<Position> {
        let (standby, position): (bool, Option<i64>) =
            self.ask("SELECT pg_is_in_recovery(), (pg_last_wal_replay_lsn() - '0/0')::int8").await?;
        ensure!(standby, "it is not a standby");
        Ok(Position::try_from(position.unwrap_or_default())?)
    }

    async fn ask<R: for<'r> FromRow<'r, PgRow> + Send + Unpin>(&mut self, sql: &'static str) -> anyhow::Result<R> {
        // one that was open may have ended with a restart, which says nothing about now
        if self.connection.is_some()
            && let Ok(row) = timeout(LOOK_WITHIN, self.attempt(sql)).await.context("it does not answer").flatten()
        {
            return Ok(row);
        }
        timeout(LOOK_WITHIN, self.attempt(sql)).await.context("it does not answer").flatten()
    }

    async fn attempt<R: for<'r> FromRow<'r, PgRow> + Send + Unpin>(&mut self, sql: &'static str) -> anyhow::Result<R> {
        const IDENTITY: &str = "SELECT system_identifier || ' ' || current_database() FROM pg_control_system()";
        // put back when it has answered: one that was given up on half-way is of no use
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => {
                let mut connection = self.options.connect().await?;
                self.identity = sqlx::query_scalar(IDENTITY).fetch_one(&mut connection).await.ok();
                connection
            }
        };
        let row = sqlx::query_as(sql).fetch_one(&mut connection).await?;
        self.connection = Some(connection);
        Ok(row)
    }
}
