//! What it costs to take in the whole country's areas: `chuishao import areas`, and batches inserted by hand through sqlx into the same tables;
//! and what lists cost after it, and before. See `benches/README.md`.

#[path = "../common/http.rs"]
mod http;
#[path = "../outbox/postgres.rs"]
mod postgres;
#[path = "../common/process.rs"]
#[allow(dead_code, reason = "the other programs use the rest")]
mod process;
mod raw;
#[path = "../common/stats.rs"]
#[allow(dead_code, reason = "the other programs use the rest")]
mod stats;
mod table;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{ExitCode, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};
use clap::Parser;
use serde_json::{Value, json};

use self::{
    http::Http,
    postgres::Postgres,
    process::{Install, Running},
    stats::Spread,
};

/// The import may cost so many times what the batches do.
const MOST: f64 = 3.0;
/// Megabytes that it may hold at most.
const MEMORY: f64 = 300.0;
/// What is asked before and after: lists of a district.
const ASKED: [&str; 5] = [
    r#"{ areas(first: 50, filter: { area: "431302000000" }) { nodes { code name level } } }"#,
    r#"{ area(code: "431302000000") { children(first: 50) { nodes { code name } } complexes(first: 20) { nodes { name area { name } } } } }"#,
    r#"{ cases(first: 20, filter: { area: "431302000000" }) { nodes { number title area { name } } } }"#,
    r#"{ grids(first: 20, filter: { area: "431302000000" }) { totalCount nodes { name } } }"#,
    r#"{ persons(first: 20, filter: { area: "431302000000" }) { nodes { name } } }"#,
];
const TIMES: usize = 200;

/// What it costs to take in the whole country's areas
#[derive(Debug, Parser)]
struct Args {
    /// Areas in the table
    #[arg(long, default_value_t = 665_000)]
    areas: u32,
    /// How often everything is measured
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// On SQLite or on PostgreSQL only
    #[arg(long)]
    only: Option<String>,
    /// Fail where a mark is missed
    #[arg(long)]
    check: bool,
    /// What `cargo bench` says
    #[arg(long, hide = true)]
    bench: bool,
}

/// Seconds, megabytes, and milliseconds of each list before and after.
struct Round {
    raw: f64,
    import: f64,
    again: f64,
    memory: f64,
    lists: [(f64, f64); ASKED.len()],
}

fn main() -> anyhow::Result<ExitCode> {
    let args = Args::parse();
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let dir = tempfile::tempdir()?;
    let file = dir.path().join("areas.csv");
    table::write(&file, args.areas)?;
    println!("{} areas, {} rounds: median (lowest–highest)\n", args.areas, args.rounds);
    println!("| database | by hand s | import s | times | at most | again s | MB | at most |\n|---|---|---|---|---|---|---|---|");
    let (mut met, mut lists) = (true, Vec::new());
    for database in ["sqlite", "postgres"] {
        if args.only.as_ref().is_some_and(|only| only != database) {
            continue;
        }
        let rounds = (0..args.rounds).map(|_| round(database, &file, args.areas)).collect::<anyhow::Result<Vec<_>>>()?;
        let column = |figure: &dyn Fn(&Round) -> f64| Spread::of(rounds.iter().map(figure));
        let (times, memory) = (column(&|round| round.import / round.raw), column(&|round| round.memory));
        met &= times.median <= MOST && memory.high <= MEMORY;
        println!(
            "| {database} | {} | {} | {} | {MOST:.0} | {} | {} | {MEMORY:.0} |",
            column(&|round| round.raw).show(1),
            column(&|round| round.import).show(1),
            times.show(2),
            column(&|round| round.again).show(1),
            memory.show(0),
        );
        for (at, asked) in ASKED.iter().enumerate() {
            let (before, after) = (column(&|round| round.lists[at].0), column(&|round| round.lists[at].1));
            lists.push(format!("| {database} | {} | {} | `{asked}` |", before.show(2), after.show(2)));
        }
    }
    println!("\n| database | before ms | after ms | asked |\n|---|---|---|---|\n{}", lists.join("\n"));
    Ok(if met || !args.check { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn round(database: &str, file: &Path, areas: u32) -> anyhow::Result<Round> {
    let raw = by_hand(database, file)?;
    let place = Place::new(database)?;
    place.count_rows()?;
    let before = place.lists()?;
    let (import, memory) = place.import(file, &format!("{areas} added"))?;
    let (again, _) = place.import(file, "0 added")?;
    place.count_rows()?;
    let after = place.lists()?;
    eprintln!("{database}: by hand {raw:?}, import {import:?}, again {again:?}, {memory} MB");
    let lists = std::array::from_fn(|at| (before[at], after[at]));
    Ok(Round { raw: raw.as_secs_f64(), import: import.as_secs_f64(), again: again.as_secs_f64(), memory, lists })
}

/// The same table into the same tables, with none of the checks.
fn by_hand(database: &str, file: &Path) -> anyhow::Result<Duration> {
    let place = Place::new(database)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let begun = Instant::now();
    match &place.install.database_url {
        Some(url) => runtime.block_on(raw::postgres(url, file))?,
        None => runtime.block_on(raw::sqlite(&place.install.data_dir.join("chuishao.db"), file))?,
    }
    Ok(begun.elapsed())
}

/// A database with the demonstration data.
struct Place {
    install: Install,
    _dir: tempfile::TempDir,
    _postgres: Option<Postgres>,
}

impl Place {
    fn new(database: &str) -> anyhow::Result<Self> {
        let dir = tempfile::tempdir()?;
        let postgres = (database == "postgres").then(|| Postgres::start(true)).transpose()?;
        let program = PathBuf::from(env!("CARGO_BIN_EXE_chuishao"));
        let install = Install { program, data_dir: dir.path().to_owned(), database_url: postgres.as_ref().map(Postgres::url) };
        ensure!(install.command(&["demo"]).stdout(Stdio::null()).status()?.success(), "the demonstration data cannot be loaded");
        Ok(Self { install, _dir: dir, _postgres: postgres })
    }

    /// How long it took, and how much memory it held at most.
    fn import(&self, file: &Path, expected: &str) -> anyhow::Result<(Duration, f64)> {
        let file = file.to_str().context("UTF-8")?;
        let begun = Instant::now();
        let mut child = self.install.command(&["import", "areas", file]).stdout(Stdio::piped()).spawn()?;
        let status = format!("/proc/{}/status", child.id());
        let mut memory = 0.0_f64;
        while child.try_wait()?.is_none() {
            let held = fs::read_to_string(&status).ok().and_then(|status| {
                let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
                line.trim().strip_suffix(" kB")?.trim().parse::<f64>().ok()
            });
            memory = memory.max(held.unwrap_or(0.0) / 1024.0);
            std::thread::sleep(Duration::from_millis(10));
        }
        let took = begun.elapsed();
        let said = String::from_utf8(child.wait_with_output()?.stdout)?;
        ensure!(said.contains(expected), "{expected} expected: {said}");
        Ok((took, memory))
    }

    /// PostgreSQL plans by the statistics of the rows that there are, as it does once autovacuum has come by. SQLite keeps none.
    fn count_rows(&self) -> anyhow::Result<()> {
        let Some(url) = &self.install.database_url else { return Ok(()) };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(runtime.block_on(raw::analyze(url))?)
    }

    /// The median of each list, in milliseconds.
    fn lists(&self) -> anyhow::Result<[f64; ASKED.len()]> {
        let token = self.install.token("district")?;
        let server = Running::start(self.install.command(&[]))?;
        let mut http = Http::connect(server.address)?;
        let mut medians = [0.0; ASKED.len()];
        for (median, query) in medians.iter_mut().zip(ASKED) {
            let body = json!({ "query": query }).to_string();
            let mut figures = Vec::with_capacity(TIMES);
            for _ in 0..TIMES {
                let begun = Instant::now();
                let answer = http.post("/graphql", Some(&token), &body)?;
                figures.push(begun.elapsed().as_secs_f64() * 1000.0);
                if serde_json::from_str::<Value>(&answer)?.get("errors").is_some() {
                    bail!("{query}: {answer}");
                }
            }
            *median = Spread::of(figures).median;
        }
        Ok(medians)
    }
}
