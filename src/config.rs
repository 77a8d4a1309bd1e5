//! The settings: each has a default that works and an environment name.

use std::{net::SocketAddr, path::PathBuf};

use anyhow::{Context, ensure};
use tracing_subscriber::{EnvFilter, filter::LevelFilter};

/// The SQLite file in the data directory.
const DATABASE: &str = "chuishao.db";

/// What `serve` runs with.
#[derive(Clone, Debug, clap::Args)]
pub struct Config {
    /// A TOML file of settings, for what neither the command line nor the environment says: `listen = "0.0.0.0:8000"`
    #[arg(long, global = true, env = "CHUISHAO_SETTINGS", value_name = "FILE")]
    pub settings: Option<PathBuf>,
    /// Address and port to listen on
    #[arg(long, global = true, env = "CHUISHAO_LISTEN", default_value = "127.0.0.1:8000", value_parser = listen)]
    pub listen: SocketAddr,
    /// Directory of the SQLite file and of the token key
    #[arg(long, global = true, env = "CHUISHAO_DATA_DIR", default_value = "./data")]
    pub data_dir: PathBuf,
    /// sqlite://… or postgres://… (default: chuishao.db in the data directory)
    #[arg(long, global = true, env = "CHUISHAO_DATABASE_URL", hide_env_values = true, value_parser = database_url)]
    pub database_url: Option<String>,
    /// A streaming standby of the PostgreSQL database to read from: postgres://…
    #[arg(long, global = true, env = "CHUISHAO_REPLICA_URL", hide_env_values = true, value_parser = replica_url)]
    replica_url: Option<String>,
    /// The key that tokens are signed with; several servers share one (default: token.key in the data directory, made when missing)
    #[arg(long, global = true, env = "CHUISHAO_TOKEN_KEY", value_name = "FILE")]
    pub token_key: Option<PathBuf>,
    /// Load the demonstration data into an empty database (default: true only while listening on loopback)
    #[arg(long, global = true, env = "CHUISHAO_DEMO", value_parser = clap::builder::BoolishValueParser::new())]
    pub demo: Option<bool>,
    /// Serve GraphiQL, for asking by hand in a browser, at /graphiql
    #[arg(long, global = true, env = "CHUISHAO_GRAPHIQL", default_value = "true", action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new())]
    pub graphiql: bool,
    /// Days for which events are kept: whoever comes back later than that has to load anew
    #[arg(long, global = true, env = "CHUISHAO_EVENT_DAYS", default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=3650))]
    pub event_days: u16,
    /// Let webhooks lead to loopback and private addresses: whoever may set one up then reaches what this server reaches
    #[arg(long, global = true, env = "CHUISHAO_WEBHOOKS_TO_PRIVATE", default_value = "false", default_missing_value = "true", num_args = 0..=1, require_equals = true, value_parser = clap::builder::BoolishValueParser::new())]
    pub webhooks_to_private: bool,
    /// How much is logged, to standard error: error, warn, info, debug, trace or off; of a part alone: warn,chuishao=info
    #[arg(long, global = true, env = "CHUISHAO_LOG", default_value = "warn", value_parser = log)]
    pub log: String,
}

fn log(text: &str) -> Result<String, String> {
    // a word that is no level would be taken for the name of a part
    let levels = text.split(',').all(|part| part.rsplit('=').next().is_some_and(|level| level.trim().parse::<LevelFilter>().is_ok()));
    let known = levels && EnvFilter::try_new(text).is_ok();
    known
        .then(|| text.to_owned())
        .ok_or_else(|| "expected error, warn, info, debug, trace or off, or that of parts: warn,chuishao=info".to_owned())
}

fn listen(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "expected an address and a port, such as 127.0.0.1:8000 or [::1]:8000".to_owned())
}

fn database_url(text: &str) -> Result<String, String> {
    let known = ["sqlite://", "postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme));
    known.then(|| text.to_owned()).ok_or_else(|| "expected sqlite://PATH or postgres://USER:PASSWORD@HOST/DATABASE".to_owned())
}

fn replica_url(text: &str) -> Result<String, String> {
    let known = ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme));
    known.then(|| text.to_owned()).ok_or_else(|| "expected postgres://USER:PASSWORD@HOST/DATABASE".to_owned())
}

impl Config {
    /// SQLite has no replicas; said before its file is made.
    pub fn replica_url(&self) -> anyhow::Result<Option<&str>> {
        let sqlite = self.database_url.as_ref().is_none_or(|url| url.starts_with("sqlite:"));
        ensure!(
            !(sqlite && self.replica_url.is_some()),
            "--replica-url needs a PostgreSQL database (--database-url): SQLite has no replicas"
        );
        Ok(self.replica_url.as_deref())
    }

    pub fn database_url(&self) -> anyhow::Result<String> {
        if let Some(url) = &self.database_url {
            return Ok(url.clone());
        }
        std::fs::create_dir_all(&self.data_dir).with_context(|| format!("cannot make the data directory {}", self.data_dir.display()))?;
        let path = self.data_dir.join(DATABASE);
        let path = path.to_str().context("the data directory's path must be UTF-8")?;
        Ok(format!("sqlite://{path}"))
    }

    /// Whether there is a database to look into; a server elsewhere is taken at its word.
    pub fn database_exists(&self) -> bool {
        self.database_url.is_some() || self.data_dir.join(DATABASE).exists()
    }

    pub fn demo(&self) -> bool {
        self.demo.unwrap_or_else(|| self.listen.ip().is_loopback())
    }

    /// Whether the page may sign in as somebody of the demonstration: nobody from another machine gets a token.
    pub fn demo_sign_ins(&self) -> bool {
        self.demo() && self.listen.ip().is_loopback()
    }
}
