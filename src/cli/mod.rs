//! The command line. Without a command it serves.

/// To standard output. Unlike `println!` it goes on where nobody reads any more: `chuishao schema | head`, a supervisor that has gone.
macro_rules! say {
    ($($text:tt)*) => {{
        let _ = std::io::Write::write_fmt(&mut std::io::stdout(), format_args!("{}\n", format_args!($($text)*)));
    }};
}
use say;

mod demo;
mod export;
mod figures;
mod import;
mod migrate;
mod reindex;
mod schema;
mod serve;
mod settings;
mod simulate;
mod token;
mod verify;

use std::{
    io::IsTerminal,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::{config::Config, db, simulate::Plan};

/// Chuishao 吹哨: a GraphQL API server for neighbourhood governance (小区治理)
#[derive(Debug, Parser)]
#[command(name = "chuishao", version, about)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    config: Config,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API (what happens without a command)
    Serve,
    /// Bring the database up to date and stop
    Migrate,
    /// Print the GraphQL schema
    Schema,
    /// Load the demonstration data into an empty database and stop
    Demo,
    /// Write a list to a CSV or XLSX file, as the token's bearer may see it
    Export(export::Export),
    /// Print published figures beside what queries count as of the same date 数据核对 (ends with 1 where one differs)
    Figures,
    /// Take in a file from outside, all of it or nothing
    Import {
        #[command(subcommand)]
        what: import::Import,
    },
    /// Make the search index anew and stop; a server may run meanwhile
    Reindex,
    /// Check that the case files are as they were written, and name what is not (ends with 1 then)
    Verify {
        /// Only the case of this number, such as 431302-2026-000155
        #[arg(long = "case", value_name = "NUMBER")]
        number: Option<String>,
    },
    /// Play days of demonstration life at high speed 模拟运行, and print what happened: for demonstrations and soak runs
    Simulate {
        /// Days to play
        #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=366))]
        days: u16,
        /// Cases that are reported in these days
        #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
        cases: u32,
        /// Another number is another story; the same number on the same database is the same
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Also where cases were reported since the demonstration was loaded: their time goes by with all other
        #[arg(long)]
        yes: bool,
    },
    /// Print a token for a sign-in, such as `community` (without a name: list those of the demonstration)
    Token {
        /// The sign-in name
        name: Option<String>,
        /// Days until it runs out
        #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=3650))]
        days: u16,
    },
}

/// Runs what the command line says. It waits for it here and not in the binary: what a binary awaits is compiled once more for it, which is most of the server.
#[tokio::main]
pub async fn main() -> ExitCode {
    // one TLS provider for the whole process, named before anything uses TLS
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let run = async {
        let cli = Cli::read()?;
        log(&cli.config.log);
        cli.run().await
    };
    match run.await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("chuishao: {error:#}");
            ExitCode::FAILURE
        }
    }
}

impl Cli {
    /// As the command line says; where it says nothing, the environment; then the file of settings. Ends the process where the command line is wrong.
    pub fn read() -> anyhow::Result<Self> {
        let command = Self::command();
        let mut matches = command.clone().get_matches();
        if let Some(file) = matches.get_one::<PathBuf>("settings").cloned() {
            matches = settings::with_defaults(command, &file)?.get_matches();
        }
        Ok(Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit()))
    }

    pub async fn run(self) -> anyhow::Result<()> {
        match self.command.unwrap_or(Command::Serve) {
            Command::Serve => serve::run(&self.config).await,
            Command::Migrate => migrate::run(&self.config).await,
            Command::Schema => schema::run(),
            Command::Demo => demo::run(&self.config).await,
            Command::Export(export) => export::run(&self.config, &export).await,
            Command::Figures => figures::run(&self.config).await,
            Command::Import { what } => import::run(&self.config, &what).await,
            Command::Reindex => reindex::run(&self.config).await,
            Command::Verify { number } => verify::run(&self.config, number.as_deref()).await,
            Command::Simulate { days, cases, seed, yes } => {
                let cases = usize::try_from(cases).unwrap_or(usize::MAX);
                simulate::run(&self.config, Plan { days, cases, seed }, yes).await
            }
            Command::Token { name, days } => token::run(&self.config, name.as_deref(), days).await,
        }
    }
}

/// That there is a database to look into; a server elsewhere is taken at its word. By a name that is a slip SQLite would make a new one, which holds nothing.
fn must_have_database(config: &Config) -> anyhow::Result<()> {
    let folder = config.data_dir.display();
    anyhow::ensure!(
        config.database_exists(),
        "there is no database in {folder}: start the server once, or name its folder with --data-dir"
    );
    if let Some(file) = config.database_url.as_deref().and_then(db::file).filter(|file| !file.exists()) {
        anyhow::bail!("there is no database at {}: start the server once, or name another with --database-url", file.display());
    }
    Ok(())
}

/// Whether a table in a file of this name is XLSX; else it is CSV.
fn is_xlsx(file: &Path) -> anyhow::Result<bool> {
    let ends = |end: &str| file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(end));
    anyhow::ensure!(ends("csv") || ends("xlsx"), "a table is written to a .csv or an .xlsx file, not to {}", file.display());
    Ok(ends("xlsx"))
}

/// To standard error.
fn log(filter: &str) {
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
}
