//! The faults: which, and when, is decided by the seed.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use rand::{RngExt, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use tokio::{
    sync::watch,
    time::{Instant, sleep, sleep_until},
};

use super::{
    Stage,
    cluster::Place,
    subscribers::{End, Storm, Subscriber},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fault {
    /// An instance dies in the middle of whatever it does.
    Kill,
    /// An instance is asked to stop.
    Stop,
    /// An instance stands still for a while, and goes on as if nothing had been. Meanwhile another has taken its place as the sequencer.
    Freeze,
    /// The sequencer's connection to the database is cut.
    CutSequencer,
    /// About half of all connections to the database are cut.
    CutConnections,
    /// The database crashes and recovers.
    Crash,
    /// About half of all subscribers lose their connection at once.
    Tear,
}

const POSTGRES: &[Fault] = &[
    Fault::Kill,
    Fault::CutSequencer,
    Fault::Freeze,
    Fault::Crash,
    Fault::Kill,
    Fault::Stop,
    Fault::Tear,
    Fault::CutConnections,
    Fault::CutSequencer,
];
const SQLITE: &[Fault] =
    &[Fault::Kill, Fault::Kill, Fault::Tear, Fault::Kill, Fault::Kill, Fault::Freeze, Fault::Kill, Fault::Kill, Fault::Stop, Fault::Kill];

/// What happened.
#[derive(Default)]
pub struct Faults {
    counts: BTreeMap<Fault, usize>,
    /// Lives that ended in order.
    stopped: Vec<Place>,
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<String> = self.counts.iter().map(|(fault, times)| format!("{times} {fault:?}")).collect();
        f.write_str(&words.join(", "))
    }
}

/// One fault after the other until the time is over; all instances are up again when it returns.
pub async fn blow(stage: &Arc<Stage>, wind: &watch::Sender<Storm>) -> Faults {
    let mut rng = ChaCha8Rng::seed_from_u64(stage.seed);
    let (end, mut faults, mut gusts) = (Instant::now() + stage.length, Faults::default(), 0);
    let deck = if stage.cluster.is_postgres() { POSTGRES } else { SQLITE };
    // each of the deck at least once, spread over the time; then again
    let between = (stage.length / (deck.len() as u32 + 2)).min(Duration::from_secs(5));
    'all: for round in 0.. {
        let mut deck = deck.to_vec();
        deck.shuffle(&mut rng);
        for fault in deck {
            let next = Instant::now() + between.mul_f64(rng.random_range(0.5..1.3));
            if round > 0 && next > end {
                break 'all;
            }
            sleep_until(next).await;
            *faults.counts.entry(fault).or_default() += 1;
            let instance = rng.random_range(0..stage.cluster.size());
            let pause = Duration::from_millis(rng.random_range(0..if stage.cluster.is_postgres() { 1500 } else { 500 }));
            match fault {
                Fault::Kill => {
                    let rushing = Duration::from_millis(rng.random_range(200..800));
                    kill(stage, instance, rushing).await;
                    sleep(pause).await;
                    stage.cluster.start(instance).await;
                }
                Fault::Stop => {
                    let (place, code, after) = stage.cluster.end(instance, "TERM").await;
                    assert_eq!(code, Some(0), "after {after:?}:\n{}", stage.cluster.logged(instance));
                    assert!(after < Duration::from_secs(12), "{after:?}");
                    faults.stopped.push(place);
                    stage.cluster.start(instance).await;
                }
                Fault::Freeze => {
                    stage.cluster.signal(instance, "STOP");
                    sleep(pause).await;
                    if stage.cluster.is_postgres() {
                        stage.cluster.cut(SEQUENCERS).await;
                    }
                    sleep(pause).await;
                    stage.cluster.signal(instance, "CONT");
                }
                Fault::CutSequencer => stage.cluster.cut_one(&[AT_WORK, SEQUENCERS]).await,
                Fault::CutConnections => stage.cluster.cut(CUT_CONNECTIONS).await,
                Fault::Crash => stage.cluster.crash_database().await,
                Fault::Tear => {
                    gusts += 1;
                    let _ = wind.send(Storm::Blows(gusts));
                }
            }
        }
    }
    faults
}

/// While all write as fast as they can: as a rule in the middle of a write.
async fn kill(stage: &Stage, instance: usize, rushing: Duration) {
    stage.rush.store(true, Ordering::Relaxed);
    sleep(rushing).await;
    stage.cluster.end(instance, "KILL").await;
    stage.rush.store(false, Ordering::Relaxed);
}

/// The sequencer in the middle of its transaction.
const AT_WORK: &str = "pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted)";
/// All who would be the sequencer, by what they last asked; and the listeners.
const SEQUENCERS: &str = "query LIKE '%FROM \"outbox\"%' OR query LIKE '%advisory%' OR query LIKE '%pg_notify%' OR query LIKE 'LISTEN%'";
const CUT_CONNECTIONS: &str = "random() < 0.5";

/// Whoever followed an instance that was asked to stop was told so, and where to go on.
pub fn the_stopped_said_so(subscribers: &[Arc<Subscriber>], faults: &Faults) {
    let ends = subscribers.iter().flat_map(|subscriber| subscriber.ends());
    let ends: Vec<(Place, End)> = ends.filter(|(place, _)| faults.stopped.contains(place)).collect();
    let told = ends.iter().filter(|(_, end)| *end == End::Told).count();
    let silent = ends.iter().filter(|(_, end)| *end == End::Silent).count();
    assert!(faults.stopped.is_empty() || (told > 0 && silent == 0), "{told} were told, {silent} were not");
}
