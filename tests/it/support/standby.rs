//! A PostgreSQL server and a streaming standby of it, for the tests of reading from a replica: started by the first of them, used by one at
//! a time, since a standby replays all databases or none.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::PathBuf,
    process::{Child, ChildStdin, ChildStdout},
    sync::{
        Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, anyhow};
use sea_orm::{ConnectionTrait, DatabaseConnection};

use super::{
    app::{Contents, fill},
    postgres,
    run::{TestDatabase, runtime},
};

const PRIMARY: u16 = 5432;
const STANDBY: u16 = 5433;

/// Like the keeper of the other server; it also takes the commands `stop` and `start`, which are for the standby.
const KEEPER: &str = r#"
trap : HUP INT TERM PIPE
serve() { # NAME PORT
    "$BIN/postgres" -D "$DIR/$1" -p "$2" -k "$DIR" -c listen_addresses= -c fsync=off -c full_page_writes=off -c autovacuum=off \
        -c wal_level=replica -c wal_keep_size=256MB -c max_wal_senders=4 -c wal_retrieve_retry_interval=100ms >>"$DIR/log" 2>&1 </dev/null &
    started=$!
    tries=600
    until grep -qs '^ready' "$DIR/$1/postmaster.pid"; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] && kill -0 $started || return 1
        sleep 0.05
    done
}
"$BIN/initdb" -D "$DIR/primary" -U postgres -A trust -E UTF8 --locale=C --no-sync >"$DIR/log" 2>&1 || exit 1
serve primary 5432 || { kill -QUIT $started; exit 1; }
primary=$started
"$BIN/pg_basebackup" -h "$DIR" -p 5432 -U postgres -D "$DIR/standby" -R -X stream -c fast --no-sync >>"$DIR/log" 2>&1 || { kill -QUIT $primary; exit 1; }
serve standby 5433 || { kill -QUIT $started $primary; exit 1; }
standby=$started
echo ready
while read -r command; do
    case $command in
        stop) kill -INT $standby; wait $standby; echo stopped ;;
        start) serve standby 5433 && echo started; standby=$started ;;
    esac
done
kill -QUIT $standby $primary 2>/dev/null
wait
rm -rf "$DIR"
"#;

pub struct Pair {
    dir: PathBuf,
    keeper: Mutex<Option<Keeper>>,
    /// Held by the test that uses the standby.
    turn: Mutex<()>,
}

struct Keeper {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    running: bool,
}

impl Keeper {
    fn answer(&mut self) -> String {
        let mut said = String::new();
        let _ = self.output.read_line(&mut said);
        said.trim().to_owned()
    }

    fn tell(&mut self, command: &str, answer: &str) {
        writeln!(self.input, "{command}").expect("the keeper listens");
        assert_eq!(self.answer(), answer);
    }
}

static PAIR: OnceLock<Result<Pair, String>> = OnceLock::new();

impl Pair {
    fn start() -> anyhow::Result<Self> {
        let dir = tempfile::Builder::new().prefix("chuishao-pair-").tempdir_in(postgres::place())?.keep();
        let mut child = postgres::keeper(KEEPER, &dir)?.spawn().context("cannot run sh")?;
        let (input, output) = (child.stdin.take().context("piped")?, child.stdout.take().context("piped")?);
        let mut keeper = Keeper { child, input, output: BufReader::new(output), running: true };
        let said = keeper.answer();
        let pair = Self { dir, keeper: Mutex::new(Some(keeper)), turn: Mutex::default() };
        let made = if said == "ready" {
            runtime()?.block_on(fill(&pair.url(PRIMARY, "postgres"), Contents::World))
        } else {
            Err(anyhow!("not ready"))
        };
        made.map_err(|error| {
            let log = fs::read_to_string(pair.dir.join("log")).unwrap_or_default();
            pair.end();
            error.context(format!("PostgreSQL and its standby do not start:\n{log}"))
        })?;
        Ok(pair)
    }

    fn end(&self) {
        let keeper = self.keeper.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(Keeper { mut child, input, .. }) = keeper {
            drop(input);
            let _ = child.wait();
        }
        let _ = fs::remove_dir_all(&self.dir);
    }

    fn url(&self, port: u16, database: &str) -> String {
        format!("postgres://postgres@localhost:{port}/{database}?host={}", self.dir.display())
    }

    /// Of the standby, for a database of the primary.
    pub fn replica_url(&self, url: &str) -> String {
        url.replace(&format!(":{PRIMARY}/"), &format!(":{STANDBY}/"))
    }

    /// Of the standby too, but with other rows.
    pub fn other_database_url(&self) -> String {
        self.url(STANDBY, "postgres")
    }

    async fn run(&self, port: u16, database: &str, sql: &str) -> anyhow::Result<()> {
        let connection = self.connect(port, database).await?;
        connection.execute_unprepared(sql).await.with_context(|| sql.to_owned())?;
        Ok(connection.close().await?)
    }

    async fn connect(&self, port: u16, database: &str) -> anyhow::Result<DatabaseConnection> {
        let mut options = sea_orm::ConnectOptions::new(self.url(port, database));
        options.max_connections(1).sqlx_logging(false);
        Ok(sea_orm::Database::connect(options).await?)
    }

    /// From when this returns the standby shows nothing new.
    pub async fn pause(&self) {
        let standby = self.connect(STANDBY, "postgres").await.expect("connected");
        standby.execute_unprepared("SELECT pg_wal_replay_pause()").await.expect("asked to pause");
        let ask = || sea_orm::Statement::from_string(sea_orm::DbBackend::Postgres, "SELECT pg_get_wal_replay_pause_state() AS state");
        let began = Instant::now();
        while standby.query_one_raw(ask()).await.expect("asked").expect("a row").try_get::<String>("", "state").expect("a text") != "paused"
        {
            assert!(began.elapsed() < Duration::from_secs(10), "the standby does not pause");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        standby.close().await.expect("closed");
    }

    pub async fn resume(&self) {
        self.run(STANDBY, "postgres", "SELECT pg_wal_replay_resume()").await.expect("resumed");
    }

    fn tell(&self, command: &str, answer: &str, running: bool) {
        let mut keeper = self.keeper.lock().unwrap_or_else(PoisonError::into_inner);
        let keeper = keeper.as_mut().expect("not ended");
        if keeper.running != running {
            keeper.tell(command, answer);
            keeper.running = running;
        }
    }

    pub fn stop_standby(&self) {
        self.tell("stop", "stopped", false);
    }

    /// Ready when it can be read from.
    pub fn start_standby(&self) {
        self.tell("start", "started", true);
    }
}

/// Called at the end of main.
pub fn stop() {
    if let Some(Ok(pair)) = PAIR.get() {
        pair.end();
    }
}

pub struct Database {
    pub pair: &'static Pair,
    name: String,
    _turn: MutexGuard<'static, ()>,
}

/// A database of its own, holding the world. Whatever the test before did to the standby is undone.
pub fn database() -> anyhow::Result<Database> {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let pair = PAIR.get_or_init(|| Pair::start().map_err(|e| format!("{e:#}"))).as_ref().map_err(|e| anyhow!("{e}"))?;
    let turn = pair.turn.lock().unwrap_or_else(PoisonError::into_inner);
    let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
    pair.start_standby();
    runtime()?.block_on(async {
        pair.resume().await;
        pair.run(PRIMARY, "template1", &format!("CREATE DATABASE {name} TEMPLATE postgres")).await
    })?;
    Ok(Database { pair, name, _turn: turn })
}

impl Database {
    pub fn replica_url(&self) -> String {
        self.pair.replica_url(&self.url())
    }
}

impl TestDatabase for Database {
    fn url(&self) -> String {
        self.pair.url(PRIMARY, &self.name)
    }

    async fn remove(self) -> anyhow::Result<()> {
        self.pair.run(PRIMARY, "template1", &format!("DROP DATABASE {} WITH (FORCE)", self.name)).await
    }
}
