//! What was measured, as people read it, and whether it meets the marks.

use std::collections::BTreeMap;

use super::{
    Args,
    run::{Figures, Kind},
    stats::Spread,
};

/// Kilobytes (1,000 bytes) for each connection at most.
const MOST_MEMORY: f64 = 20.0;
/// Processor time for each message at most, as a multiple of the bare server's.
const MOST_CPU: f64 = 1.5;

pub fn progress(connections: usize, round: usize, kind: Kind, figures: &Figures) {
    eprintln!(
        "{connections} connections, round {round}, {}: {} messages of {:.0} bytes, {:.1} KB/connection, {:.2} µs/message, connected in {:.1} s",
        kind.name(),
        figures.messages,
        figures.message_bytes,
        figures.memory_after / 1000.0,
        figures.cpu,
        figures.connecting,
    );
}

/// Whether the marks are met.
pub fn print(args: &Args, connections: usize, all: &BTreeMap<Kind, Vec<Figures>>) -> bool {
    println!("\n### {connections} connections, {} events, {} rounds: median (lowest–highest)\n", args.events, args.rounds);
    println!("| | KB/connection idle | after | CPU µs/message | × bare | ms from request p50 | p99 | ms from answer p50 | p99 |");
    println!("|---|---|---|---|---|---|---|---|---|");
    let mut met = true;
    for (&kind, runs) in all {
        let spread = |figure: fn(&Figures) -> f64| Spread::of(runs.iter().map(figure));
        let (idle, after) = (spread(|f| f.memory_idle / 1000.0), spread(|f| f.memory_after / 1000.0));
        // each round against the bare server of the same round
        let ratio = Spread::of(runs.iter().zip(&all[&Kind::Bare]).map(|(run, bare)| run.cpu / bare.cpu));
        println!(
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            kind.name(),
            idle.show(1),
            after.show(1),
            spread(|f| f.cpu).show(2),
            ratio.show(2),
            spread(|f| f.request.0).show(1),
            spread(|f| f.request.1).show(1),
            spread(|f| f.answer.0).show(1),
            spread(|f| f.answer.1).show(1),
        );
        let memory = idle.median.max(after.median);
        if kind != Kind::Bare && (memory > MOST_MEMORY || ratio.median > MOST_CPU) {
            println!("MISSED: {memory:.1} KB of {MOST_MEMORY}, {:.2} times of {MOST_CPU}", ratio.median);
            met = false;
        }
    }
    met
}
