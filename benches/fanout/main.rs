//! What fan-out costs: subscribers on one instance, against a bare axum server that broadcasts the same prepared frame. See `benches/README.md`.

mod bare;
mod board;
#[path = "../common/desk.rs"]
mod desk;
#[path = "../common/http.rs"]
mod http;
mod load;
#[path = "../common/process.rs"]
mod process;
mod run;
#[path = "../common/stats.rs"]
mod stats;
mod table;
mod wire;

use std::{collections::BTreeMap, path::PathBuf, process::ExitCode};

use anyhow::Context;
use clap::Parser;

use self::{
    load::Ids,
    process::{Install, Running},
    run::{Figures, Kind},
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Set where this process has been started again with as many files as are allowed.
const RAISED: &str = "CHUISHAO_BENCH_RAISED";
/// Files besides the sockets.
const OTHER_FILES: u64 = 200;

/// What fan-out costs, against a bare axum server
#[derive(Debug, Parser)]
pub struct Args {
    /// Subscribers, one or several numbers
    #[arg(long, value_delimiter = ',', default_value = "1000,5000,10000")]
    connections: Vec<usize>,
    /// Changes of status that are delivered to every subscriber
    #[arg(long, default_value_t = 100)]
    events: usize,
    /// How often everything is measured; the tables show medians
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Milliseconds between two changes at least; the next one also waits until all have got the last
    #[arg(long, default_value_t = 100)]
    interval_ms: u64,
    /// The ids that subscribers give their operation
    #[arg(long, value_enum, value_delimiter = ',', default_value = "same,unique")]
    ids: Vec<Ids>,
    /// The sign-in of the demonstration data whose rights the subscribers have
    #[arg(long, default_value = "district")]
    sign_in: String,
    /// The server
    #[arg(long, default_value = env!("CARGO_BIN_EXE_chuishao"))]
    server: PathBuf,
    /// Fail where a mark is missed
    #[arg(long)]
    check: bool,
    /// Be the bare server
    #[arg(long, hide = true)]
    bare: bool,
    /// What `cargo bench` says
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> anyhow::Result<ExitCode> {
    let args = Args::parse();
    if args.bare {
        return bare::run().map(|()| ExitCode::SUCCESS);
    }
    if std::env::var_os(RAISED).is_none() {
        let given: Vec<String> = std::env::args().skip(1).collect();
        let given: Vec<&str> = given.iter().map(String::as_str).collect();
        let status = process::with_files(&std::env::current_exe()?, &given).env(RAISED, "1").status()?;
        return Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    let mut met = true;
    let dir = tempfile::tempdir()?;
    let install = Install { program: args.server.clone(), data_dir: dir.path().to_owned(), database_url: None };
    // loads the demonstration data: what that leaves behind in a process is none of the subscribers'
    drop(Running::start(install.command(&["serve"]))?);
    let allowed = files_allowed()?;
    for &connections in &args.connections {
        if connections as u64 + OTHER_FILES > allowed {
            eprintln!("{connections} connections are left out: a process may open {allowed} files here (ulimit -Hn)");
            met = false;
            continue;
        }
        met &= table::print(&args, connections, &measure(&args, &install, connections)?);
    }
    Ok(if met || !args.check { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// All rounds of one number of connections; within a round the servers take turns.
fn measure(args: &Args, install: &Install, connections: usize) -> anyhow::Result<BTreeMap<Kind, Vec<Figures>>> {
    let mut all: BTreeMap<Kind, Vec<Figures>> = BTreeMap::new();
    for round in 1..=args.rounds {
        let mut template = None;
        for &ids in &args.ids {
            let (figures, message) = run::chuishao(args, install, connections, ids)?;
            table::progress(connections, round, Kind::of(ids), &figures);
            all.entry(Kind::of(ids)).or_default().push(figures);
            template.get_or_insert(message);
        }
        let figures = run::bare(args, connections, &template.context("no --ids")?)?;
        table::progress(connections, round, Kind::Bare, &figures);
        all.entry(Kind::Bare).or_default().push(figures);
    }
    Ok(all)
}

/// The most open files that a process may ask for.
fn files_allowed() -> anyhow::Result<u64> {
    let limits = std::fs::read_to_string("/proc/self/limits")?;
    let line = limits.lines().find(|line| line.starts_with("Max open files")).context("/proc/self/limits")?;
    let allowed = line.split_whitespace().nth(4).context("/proc/self/limits")?;
    Ok(allowed.parse().unwrap_or(u64::MAX))
}
