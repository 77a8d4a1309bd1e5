//! What the outbox costs on PostgreSQL: status mutations through GraphQL with and without it, and the bare transaction with and without it.
//! See `benches/README.md`.

#[path = "../common/desk.rs"]
mod desk;
#[path = "../common/http.rs"]
mod http;
mod postgres;
#[path = "../common/process.rs"]
mod process;
mod round;
mod serve;
#[path = "../common/stats.rs"]
mod stats;
mod store;

use std::{path::PathBuf, process::ExitCode};

use clap::Parser;

use self::{
    postgres::Postgres,
    round::{Bench, Round},
    stats::Spread,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What the outbox may cost at most, in per cent of the throughput without it.
const MOST_GRAPHQL: f64 = 15.0;
const MOST_SQL: f64 = 35.0;
/// The p99 of the way into the log at most, in intervals of the sequencer.
const MOST_INTERVALS: f64 = 10.0;

/// What the outbox costs on PostgreSQL
#[derive(Debug, Parser)]
pub struct Args {
    /// Writers at the same time
    #[arg(long, default_value_t = 32)]
    writers: usize,
    /// Status mutations of each writer in a round
    #[arg(long, default_value_t = 100)]
    mutations: usize,
    /// Bare transactions of each writer in a round
    #[arg(long, default_value_t = 200)]
    transactions: usize,
    /// How often everything is measured
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Milliseconds between two looks of the sequencer
    #[arg(long, default_value_t = 20.0)]
    interval_ms: f64,
    /// PostgreSQL does not wait for the disk: what is left is processor time
    #[arg(long)]
    no_fsync: bool,
    /// Fail where a mark is missed
    #[arg(long)]
    check: bool,
    /// Be the server
    #[arg(long, hide = true, num_args = 2, value_names = ["DATA_DIR", "DATABASE_URL"])]
    serve: Option<Vec<String>>,
    #[arg(long, hide = true)]
    without_log: bool,
    /// What `cargo bench` says
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> anyhow::Result<ExitCode> {
    let args = Args::parse();
    if let Some([data_dir, database_url]) = args.serve.as_deref() {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        return serve::run(PathBuf::from(data_dir), database_url.clone(), args.without_log).map(|()| ExitCode::SUCCESS);
    }
    let postgres = Postgres::start(!args.no_fsync)?;
    let mut bench = Bench::new(&args, postgres.url())?;
    let mut rounds = Vec::new();
    for number in 1..=args.rounds {
        // whoever comes first in one round comes last in the next
        let round = bench.round(number % 2 == 0)?;
        eprintln!("round {number}: {round:?}");
        rounds.push(round);
    }
    let met = print(&args, &rounds);
    Ok(if met || !args.check { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whether the marks are met.
fn print(args: &Args, rounds: &[Round]) -> bool {
    let per_second = |figure: fn(&Round) -> Option<f64>| {
        let figures: Vec<f64> = rounds.iter().filter_map(figure).collect();
        (!figures.is_empty()).then(|| Spread::of(figures))
    };
    let show = |spread: Option<Spread>| spread.map_or("–".into(), |spread| spread.show(0));
    println!("\n{} writers, {} rounds: per second, median (lowest–highest)\n", args.writers, rounds.len());
    println!("| | without the outbox | with | costs | at most |\n|---|---|---|---|---|");
    let mut met = true;
    let mut line = |name: &str, without: fn(&Round) -> Option<f64>, with: fn(&Round) -> Option<f64>, most: f64| {
        // each round against itself
        let costs = rounds.iter().filter_map(|round| Some((1.0 - with(round)? / without(round)?) * 100.0));
        let costs: Vec<f64> = costs.collect();
        let costs = (!costs.is_empty()).then(|| Spread::of(costs));
        met &= costs.is_some_and(|costs| costs.median <= most);
        let shown = costs.map_or("–".into(), |costs| format!("{} %", costs.show(1)));
        println!("| {name} | {} | {} | {shown} | {most:.0} % |", show(per_second(without)), show(per_second(with)));
    };
    line("status mutation through GraphQL", |r| Some(r.graphql_without), |r| r.graphql_with.as_ref().map(|with| with.0), MOST_GRAPHQL);
    line("bare SQL transaction", |r| Some(r.sql_without), |r| r.sql_with.as_ref().map(|with| with.0), MOST_SQL);
    let recorded = rounds.iter().flat_map(|round| [&round.graphql_with, &round.sql_with]).flatten().map(|(_, recorded)| recorded);
    let (facts, worst) = recorded.fold((0, 0.0_f64), |(facts, worst), recorded| (facts + recorded.facts, worst.max(recorded.lag.1)));
    if facts == 0 {
        println!("\nThis version has no outbox: there is nothing to compare.");
        return false;
    }
    let most = MOST_INTERVALS * args.interval_ms;
    println!("\n{facts} facts in the log without a gap; from commit to log p99 {worst:.1} ms in the worst round, at most {most:.0} ms");
    met && worst <= most
}
