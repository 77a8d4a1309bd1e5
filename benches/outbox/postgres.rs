//! A PostgreSQL server of our own, set up as it is delivered: every commit waits for the disk, unless asked otherwise.

use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::{
        fs::{MetadataExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use anyhow::{Context, bail, ensure};

/// Makes and runs the server, and removes it when its standard input ends: however this process ends, the kernel closes that pipe.
/// Commits get a time, which is how the way from the outbox into the log is measured.
const KEEPER: &str = r#"
trap : HUP INT TERM PIPE
"$BIN/initdb" -D "$DIR/data" -U postgres -A trust -E UTF8 --locale=C >"$DIR/log" 2>&1 || exit 1
"$BIN/postgres" -D "$DIR/data" -k "$DIR" -c listen_addresses= -c max_connections=200 -c track_commit_timestamp=on \
    -c fsync=$DURABLE -c synchronous_commit=$DURABLE >>"$DIR/log" 2>&1 </dev/null &
server=$!
tries=600
until grep -qs '^ready' "$DIR/data/postmaster.pid"; do
    tries=$((tries - 1))
    [ $tries -gt 0 ] && kill -0 $server || { kill -QUIT $server; exit 1; }
    sleep 0.05
done
echo ready || :
read -r _ || :
kill -QUIT $server
wait $server
rm -rf "$DIR"
"#;

pub struct Postgres {
    dir: PathBuf,
    keeper: Child,
}

impl Postgres {
    pub fn start(durable: bool) -> anyhow::Result<Self> {
        let bin = programs().context("no PostgreSQL found: initdb is neither in PATH nor in /usr/lib/postgresql")?;
        // removed by the keeper, which outlives this process
        let dir = tempfile::Builder::new().prefix("chuishao-pg-").tempdir()?.keep();
        let mut keeper = Command::new("sh");
        keeper.args(["-c", KEEPER]).env("BIN", bin).env("DIR", &dir).env("DURABLE", if durable { "on" } else { "off" });
        // a group of its own: Ctrl-C at the terminal must not reach it before the pipe closes
        keeper.current_dir(&dir).process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped());
        if fs::metadata(&dir)?.uid() == 0 {
            // PostgreSQL refuses to run as root
            let (uid, gid) = unprivileged()?;
            chown(&dir, Some(uid), Some(gid))?;
            keeper.uid(uid).gid(gid);
        }
        let mut keeper = keeper.spawn().context("cannot run sh")?;
        let mut said = String::new();
        BufReader::new(keeper.stdout.take().context("piped")?).read_line(&mut said)?;
        let server = Self { dir, keeper };
        if said.trim() != "ready" {
            bail!("PostgreSQL does not start:\n{}", fs::read_to_string(server.dir.join("log")).unwrap_or_default());
        }
        Ok(server)
    }

    pub fn url(&self) -> String {
        format!("postgres://postgres@localhost/postgres?host={}", self.dir.display())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // closes the keeper's standard input first
        let _ = self.keeper.wait();
        let _ = fs::remove_dir_all(&self.dir);
    }
}

/// Where PostgreSQL's programs are: on the path, or the newest that Debian keeps off it.
fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).map(|dir| dir.join("initdb")).find(|file| file.is_file());
    if let Some(initdb) = on_path.and_then(|file| file.canonicalize().ok()) {
        return initdb.parent().map(Path::to_owned);
    }
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
    let newest = versions.filter_map(|dir| Some((dir.file_name().to_str()?.parse::<u32>().ok()?, dir.path().join("bin"))));
    newest.filter(|(_, bin)| bin.join("initdb").is_file()).max().map(|(_, bin)| bin)
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
