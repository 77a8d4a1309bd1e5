//! One PostgreSQL server for the whole binary, started by the first test that wants it; each test gets a database copied from a template.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    os::unix::{
        fs::{MetadataExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    sync::{
        LazyLock, Mutex, OnceLock, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

use anyhow::{Context, anyhow, bail, ensure};
use sea_orm::ConnectionTrait;

use super::{
    app::{Contents, fill},
    run::{TestDatabase, runtime},
};

/// A shell that makes and runs the server, and stops and removes it when its standard input ends: however this binary ends, also by a
/// signal, the kernel closes that pipe. The server is the shell's own child, so that none is left for a container's process 1 to reap.
/// Each line of input is a crash: the server is stopped without a word to its clients, and recovers from its log.
const KEEPER: &str = r#"
trap : HUP INT TERM PIPE
"$BIN/initdb" -D "$DIR/data" -U postgres -A trust -E UTF8 --locale=C --no-sync >"$DIR/log" 2>&1 || exit 1
start() {
    "$BIN/postgres" -D "$DIR/data" -k "$DIR" -c listen_addresses= -c max_connections=200 -c fsync=off -c full_page_writes=off \
        -c synchronous_commit="$SYNCHRONOUS" -c wal_level=minimal -c max_wal_senders=0 -c max_wal_size=256MB >>"$DIR/log" 2>&1 </dev/null &
    server=$!
    tries=600
    until grep -qs '^ready' "$DIR/data/postmaster.pid"; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] && kill -0 $server || { kill -QUIT $server; exit 1; }
        sleep 0.05
    done
    echo ready || :
}
start
while read -r _; do
    kill -QUIT $server
    wait $server
    rm -f "$DIR/data/postmaster.pid"
    start
done
kill -QUIT $server
wait $server
rm -rf "$DIR"
"#;

/// What becomes of committed transactions when the server crashes.
#[derive(Clone, Copy)]
pub enum Commits {
    /// The last may be lost, which is quicker.
    Forgotten,
    Kept,
}

/// A running server, of this binary or of one test.
pub struct Server {
    dir: PathBuf,
    keeper: Mutex<Option<Keeper>>,
}

struct Keeper {
    child: Child,
    said: BufReader<ChildStdout>,
}

static SERVER: OnceLock<Result<Server, String>> = OnceLock::new();

/// Where PostgreSQL's programs are: on the path, or the newest that Debian keeps off it.
static PROGRAMS: LazyLock<Option<PathBuf>> = LazyLock::new(|| {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).map(|dir| dir.join("initdb")).find(|file| file.is_file());
    if let Some(initdb) = on_path.and_then(|file| file.canonicalize().ok()) {
        return initdb.parent().map(Path::to_owned);
    }
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
    let newest = versions.filter_map(|dir| Some((dir.file_name().to_str()?.parse::<u32>().ok()?, dir.path().join("bin"))));
    newest.filter(|(_, bin)| bin.join("initdb").is_file()).max().map(|(_, bin)| bin)
});

/// Whether the tests on PostgreSQL are left out, which is said once. With `CI=true` they fail instead.
pub fn skipped() -> bool {
    static SKIPPED: LazyLock<bool> = LazyLock::new(|| {
        let skipped = PROGRAMS.is_none() && !std::env::var("CI").is_ok_and(|ci| ci == "true");
        if skipped {
            eprintln!("no PostgreSQL found (initdb in PATH or /usr/lib/postgresql): its tests are ignored");
        }
        skipped
    });
    *SKIPPED
}

/// Called at the end of main.
pub fn stop() {
    if let Some(Ok(server)) = SERVER.get() {
        server.stop();
    }
}

impl Server {
    pub fn start(commits: Commits) -> anyhow::Result<Self> {
        // removed by the keeper, which outlives this process
        let dir = tempfile::Builder::new().prefix("chuishao-pg-").tempdir_in(place())?.keep();
        let mut keeper = keeper(KEEPER, &dir)?;
        keeper.env("SYNCHRONOUS", if let Commits::Kept = commits { "on" } else { "off" });
        let mut child = keeper.spawn().context("cannot run sh")?;
        let said = BufReader::new(child.stdout.take().context("no output of sh")?);
        let server = Self { dir, keeper: Mutex::new(Some(Keeper { child, said })) };
        let started = server.ready();
        if started.is_err() {
            server.stop();
        }
        started.map(|()| server)
    }

    /// Waits until it lets clients in.
    fn ready(&self) -> anyhow::Result<()> {
        let mut said = String::new();
        if let Some(keeper) = self.keeper.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            keeper.said.read_line(&mut said)?;
        }
        if said.trim() != "ready" {
            bail!("PostgreSQL does not start:\n{}", fs::read_to_string(self.dir.join("log")).unwrap_or_default());
        }
        Ok(())
    }

    /// Crashes, and returns when it has recovered.
    pub fn crash(&self) -> anyhow::Result<()> {
        if let Some(keeper) = self.keeper.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            keeper.child.stdin.as_mut().context("no input of sh")?.write_all(b"crash\n")?;
        }
        self.ready()
    }

    /// A database that tests copy; made for the first one that wants it.
    fn template(&self, contents: Contents) -> anyhow::Result<&'static str> {
        static MADE: [OnceLock<Result<(), String>>; 3] = [const { OnceLock::new() }; 3];
        let name = match contents {
            Contents::Nothing => "template_bare",
            Contents::World => "template_world",
            Contents::Demo => "template_demo",
        };
        let make = async {
            self.admin(&format!("CREATE DATABASE {name}")).await?;
            fill(&self.url(name), contents).await
        };
        let made = MADE[contents as usize].get_or_init(|| {
            let runtime = runtime().map_err(|e| e.to_string())?;
            runtime.block_on(make).map_err(|e| format!("{e:#}"))
        });
        made.clone().map(|()| name).map_err(|e| anyhow!("no template: {e}"))
    }

    pub fn stop(&self) {
        let keeper = self.keeper.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(mut keeper) = keeper {
            // `wait` closes the keeper's standard input first
            let _ = keeper.child.wait();
        }
        let _ = fs::remove_dir_all(&self.dir);
    }

    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@localhost/{database}?host={}", self.dir.display())
    }

    /// A statement outside of the databases of tests.
    pub async fn admin(&self, sql: &str) -> anyhow::Result<()> {
        let mut options = sea_orm::ConnectOptions::new(self.url("postgres"));
        options.max_connections(1).sqlx_logging(false);
        let connection = sea_orm::Database::connect(options).await?;
        connection.execute_unprepared(sql).await.with_context(|| sql.to_owned())?;
        Ok(connection.close().await?)
    }
}

/// A shell for a script that runs servers in this directory; not as root, as which PostgreSQL refuses to run.
pub(super) fn keeper(script: &str, dir: &Path) -> anyhow::Result<Command> {
    let bin = PROGRAMS.as_deref().context("no PostgreSQL found: initdb is neither in PATH nor in /usr/lib/postgresql")?;
    let mut keeper = Command::new("sh");
    // a group of its own: Ctrl-C at the terminal must not reach it before the pipe closes
    keeper.args(["-c", script]).env("BIN", bin).env("DIR", dir).current_dir(dir).process_group(0);
    keeper.stdin(Stdio::piped()).stdout(Stdio::piped());
    if fs::metadata(dir)?.uid() == 0 {
        let (uid, gid) = unprivileged()?;
        chown(dir, Some(uid), Some(gid))?;
        keeper.uid(uid).gid(gid);
    }
    Ok(keeper)
}

/// Memory where there is plenty: a database is then copied in 25 ms instead of hundreds. (Containers often have 64 MB of it.)
pub(super) fn place() -> PathBuf {
    const MEMORY: &str = "/dev/shm";
    let df = Command::new("df").args(["-Pk", MEMORY]).output().ok().and_then(|output| String::from_utf8(output.stdout).ok());
    let free = df.and_then(|text| text.lines().last()?.split_whitespace().nth(3)?.parse::<u64>().ok());
    if free.is_some_and(|kilobytes| kilobytes > 2_000_000) { MEMORY.into() } else { std::env::temp_dir() }
}

/// The ids of the user `postgres`, else `nobody`.
fn unprivileged() -> anyhow::Result<(u32, u32)> {
    let users = fs::read_to_string("/etc/passwd")?;
    let ids = |name: &str| {
        let mut fields = users.lines().map(|line| line.split(':')).find(|line| line.clone().next() == Some(name))?.skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    let found = ids("postgres").or_else(|| ids("nobody")).context("neither a user postgres nor nobody to run PostgreSQL as")?;
    ensure!(found.0 != 0, "the user to run PostgreSQL as is root");
    Ok(found)
}

pub struct Database {
    server: &'static Server,
    name: String,
}

pub fn database(contents: Contents) -> anyhow::Result<Database> {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let server =
        SERVER.get_or_init(|| Server::start(Commits::Forgotten).map_err(|e| format!("{e:#}"))).as_ref().map_err(|e| anyhow!("{e}"))?;
    let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
    let template = server.template(contents)?;
    runtime()?.block_on(server.admin(&format!("CREATE DATABASE {name} TEMPLATE {template}")))?;
    Ok(Database { server, name })
}

impl TestDatabase for Database {
    fn url(&self) -> String {
        self.server.url(&self.name)
    }

    async fn remove(self) -> anyhow::Result<()> {
        self.server.admin(&format!("DROP DATABASE {} WITH (FORCE)", self.name)).await
    }
}
