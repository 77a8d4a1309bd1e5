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

use chuishao::event;
use clap::Parser;

use self::{
    postgres::Postgres,
    round::{Bench, Round, Side},
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
    println!("\n{} writers, {} rounds: median (lowest–highest)\n", args.writers, rounds.len());
    println!("| | per second without the outbox | with | costs | at most | server CPU µs without | with |\n|---|---|---|---|---|---|---|");
    let graphql = line("status mutation through GraphQL", rounds, |round| &round.graphql, MOST_GRAPHQL);
    let sql = line("bare SQL transaction", rounds, |round| &round.sql, MOST_SQL);
    let sides = rounds.iter().flat_map(|round| round.graphql.iter().chain(&round.sql)).flatten();
    let recorded = sides.filter_map(|side| side.recorded.as_ref());
    let (facts, worst) = recorded.fold((0, 0.0_f64), |(facts, worst), recorded| (facts + recorded.facts, worst.max(recorded.lag.1)));
    if facts == 0 {
        println!("\nThis version has no outbox: there is nothing to compare.");
        return false;
    }
    let most = MOST_INTERVALS * event::INTERVAL.as_secs_f64() * 1000.0;
    println!("\n{facts} facts in the log without a gap; from commit to log p99 {worst:.1} ms in the worst round, at most {most:.0} ms");
    graphql && sql && worst <= most
}

/// Whether this costs no more than it may.
fn line(name: &str, rounds: &[Round], sides: fn(&Round) -> &[Option<Side>; 2], most: f64) -> bool {
    let spread = |figures: Vec<f64>| (!figures.is_empty()).then(|| Spread::of(figures));
    let column =
        |with: usize, figure: fn(&Side) -> f64| spread(rounds.iter().filter_map(|round| sides(round)[with].as_ref()).map(figure).collect());
    // each round against itself
    let pairs = rounds.iter().filter_map(|round| sides(round)[0].as_ref().zip(sides(round)[1].as_ref()));
    let costs = spread(pairs.map(|(without, with)| (1.0 - with.per_second / without.per_second) * 100.0).collect());
    let show = |spread: Option<Spread>, digits| spread.map_or("–".to_owned(), |spread| spread.show(digits));
    println!(
        "| {name} | {} | {} | {} % | {most:.0} % | {} | {} |",
        show(column(0, |side| side.per_second), 0),
        show(column(1, |side| side.per_second), 0),
        show(costs, 1),
        show(column(0, |side| side.server_cpu), 0),
        show(column(1, |side| side.server_cpu), 0),
    );
    costs.is_some_and(|costs| costs.median <= most)
}
