//! Processes beside this one: the server as a user runs it. They end with the value that holds them.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    time::Duration,
};

use anyhow::{Context, bail};

/// What a server is started with.
pub struct Install {
    /// The binary.
    pub program: PathBuf,
    pub data_dir: PathBuf,
    /// None: SQLite in the data directory.
    pub database_url: Option<String>,
}

impl Install {
    /// With none of the environment's own settings; with an empty database `serve` loads the demonstration data first.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = with_files(&self.program, arguments);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("CHUISHAO_") {
                command.env_remove(name);
            }
        }
        command.env("CHUISHAO_DATA_DIR", &self.data_dir).env("CHUISHAO_LISTEN", "127.0.0.1:0").env("CHUISHAO_DEMO", "true");
        if let Some(url) = &self.database_url {
            command.env("CHUISHAO_DATABASE_URL", url);
        }
        command
    }

    pub fn token(&self, sign_in: &str) -> anyhow::Result<String> {
        let output = self.command(&["token", sign_in]).stderr(Stdio::inherit()).output()?;
        if !output.status.success() {
            bail!("no token for {sign_in}: {}", output.status);
        }
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }
}

/// A server that has said where it listens.
pub struct Running {
    child: Child,
    pub address: SocketAddr,
    _output: BufReader<ChildStdout>,
}

impl Running {
    /// It prints `ws://ADDRESS/…` once it is ready.
    pub fn start(mut command: Command) -> anyhow::Result<Self> {
        let mut child = command.stdout(Stdio::piped()).spawn().context("the server does not start")?;
        let mut output = BufReader::new(child.stdout.take().context("piped")?);
        let mut line = String::new();
        let address = loop {
            line.clear();
            if output.read_line(&mut line)? == 0 {
                bail!("the server has ended: {}", child.wait()?);
            }
            if let Some(rest) = line.split("ws://").nth(1) {
                break rest.split('/').next().unwrap_or_default().trim().parse()?;
            }
        };
        Ok(Self { child, address, _output: output })
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Processor time so far, user and system, all threads, also those that have ended.
    pub fn cpu(&self) -> anyhow::Result<Duration> {
        cpu(self.id())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn cpu(id: u32) -> anyhow::Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat"))?;
    // the name, in brackets, may hold anything
    let (_, fields) = stat.rsplit_once(')').context("/proc/ID/stat")?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let ticks = |at: usize| anyhow::Ok(fields.get(at).context("/proc/ID/stat")?.parse::<u64>()?);
    // in hundredths of a second on every Linux; the kernel takes their sum from the scheduler's exact account
    Ok(Duration::from_millis(10 * (ticks(11)? + ticks(12)?)))
}

/// A command that may open as many files as are allowed at all.
pub fn with_files(program: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", r#"ulimit -n "$(ulimit -Hn)"; exec "$0" "$@""#]).arg(program).args(arguments);
    command
}
