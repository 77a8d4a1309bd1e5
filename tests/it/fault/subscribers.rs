//! Subscribers: each follows one profile, over WebSocket or Server-Sent Events, now at this instance, now at that one. They break off and come
//! back with the last cursor they have, and write down what they were told.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use tokio::{
    sync::watch,
    time::{Instant, sleep, sleep_until, timeout},
};

use super::{
    Stage,
    cluster::Place,
    profiles::Profile,
    wire::{Event, Events, PATIENCE, Socket, Stream},
};

/// One thing told.
#[derive(Clone, Debug)]
pub struct Seen {
    pub cursor: String,
    pub told: String,
}

/// How a connection came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// The subscriber broke it.
    Broken,
    /// The server said that it ends it, and where to go on.
    Told,
    /// An error of the server's.
    Fault,
    /// It ended without a word, though it had begun to tell.
    Silent,
    /// Nothing was ever told.
    Refused,
}

pub struct Subscriber {
    pub number: usize,
    pub profile: Arc<Profile>,
    seen: Mutex<Vec<Seen>>,
    count: AtomicUsize,
    ends: Mutex<Vec<(Place, End)>>,
    wrong: Mutex<Vec<String>>,
}

fn copy<T: Clone>(of: &Mutex<T>) -> T {
    of.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

fn push<T>(to: &Mutex<Vec<T>>, item: T) {
    to.lock().unwrap_or_else(PoisonError::into_inner).push(item);
}

impl Subscriber {
    pub fn new(number: usize, profile: Arc<Profile>) -> Arc<Self> {
        Arc::new(Self {
            number,
            profile,
            seen: Mutex::default(),
            count: AtomicUsize::new(0),
            ends: Mutex::default(),
            wrong: Mutex::default(),
        })
    }

    pub fn count(&self) -> usize {
        self.count.load(Ordering::Acquire)
    }

    pub fn seen(&self) -> Vec<Seen> {
        copy(&self.seen)
    }

    pub fn ends(&self) -> Vec<(Place, End)> {
        copy(&self.ends)
    }

    /// What the server should not have said.
    pub fn wrong(&self) -> Vec<String> {
        copy(&self.wrong)
    }

    /// Follows until the storm says that all is over. Each new value of `storm` may tear the connection.
    pub async fn run(self: Arc<Self>, stage: Arc<Stage>, start: String, mut storm: watch::Receiver<Storm>) {
        let mut rng = ChaCha8Rng::seed_from_u64(stage.seed ^ (0x5b << 32) ^ self.number as u64);
        let mut after = start;
        // some come late, and have all of it to catch up with
        let late = if rng.random_range(0..4) == 0 { stage.length / 2 } else { Duration::from_millis(500) };
        sleep(rng.random_range(Duration::ZERO..late)).await;
        while *storm.borrow_and_update() != Storm::Over {
            let Some(place) = stage.cluster.any(&mut rng) else {
                sleep(Duration::from_millis(50)).await;
                continue;
            };
            let stream = self.open(&stage, place, &after, rng.random_range(0..2) == 0).await;
            let end = match stream {
                Ok(stream) => self.hear(&stage, stream, &mut after, &mut rng, &mut storm).await,
                Err(_) => End::Refused,
            };
            push(&self.ends, (place, end));
            if end != End::Broken {
                sleep(Duration::from_millis(rng.random_range(20..300))).await;
            }
        }
    }

    async fn open(&self, stage: &Stage, place: Place, after: &str, socket: bool) -> Result<Stream, String> {
        let (token, request) = (&stage.tokens[&self.profile.who], self.profile.request(after));
        if socket {
            let mut socket = Socket::open(place.address, token).await?;
            socket.subscribe(&request).await?;
            return Ok(Stream::Socket(Box::new(socket)));
        }
        Ok(Stream::Events(Events::open(&stage.streams, place.address, token, &request).await?))
    }

    /// Takes what comes until one of the two ends it.
    async fn hear(
        &self,
        stage: &Stage,
        mut stream: Stream,
        after: &mut String,
        rng: &mut ChaCha8Rng,
        storm: &mut watch::Receiver<Storm>,
    ) -> End {
        if rng.random_range(0..20) == 0 {
            // one that does not read for a while
            sleep(Duration::from_millis(rng.random_range(500..4000))).await;
        }
        let mut heard = false;
        let mut until = Instant::now() + Duration::from_millis(rng.random_range(300..12_000));
        loop {
            let event = tokio::select! {
                event = stream.next() => event,
                // in the end everyone stays
                () = sleep_until(until) => {
                    // in the end everyone stays
                    if stage.hurry.load(Ordering::Relaxed) {
                        until += Duration::from_secs(86_400);
                        continue;
                    }
                    return End::Broken;
                }
                changed = storm.changed() => match changed.map(|()| *storm.borrow_and_update()) {
                    Ok(Storm::Blows(_)) if rng.random_range(0..2) == 0 => return End::Broken,
                    Ok(Storm::Blows(_)) => continue,
                    Ok(Storm::Over) | Err(_) => return End::Broken,
                },
            };
            match event {
                Event::Next(payload) => {
                    heard = true;
                    if let Some(end) = self.take(&payload, after) {
                        let last = timeout(PATIENCE, stream.next()).await;
                        if end == End::Told && !matches!(last, Ok(Event::Complete)) {
                            push(&self.wrong, format!("{last:?} after {payload}"));
                        }
                        return end;
                    }
                }
                // a server that stops closes a socket on which it has read no operation yet
                Event::Gone if !heard => return End::Refused,
                Event::Complete | Event::Gone => return End::Silent,
            }
        }
    }

    /// Writes down what was told, or says how the stream ends.
    fn take(&self, payload: &Value, after: &mut String) -> Option<End> {
        let change = &payload["data"]["change"];
        if let Some(error) = payload.get("errors").map(|errors| &errors[0]) {
            let extensions = &error["extensions"];
            return Some(match (extensions["code"].as_str(), extensions["cursor"].as_str()) {
                (Some("STREAM_INTERRUPTED"), Some(cursor)) => {
                    cursor.clone_into(after);
                    End::Told
                }
                (Some("INTERNAL" | "UNAVAILABLE"), _) => End::Fault,
                _ => {
                    push(&self.wrong, payload.to_string());
                    End::Fault
                }
            });
        }
        let (Some(cursor), Some(told)) = (change["cursor"].as_str(), self.profile.heard(change)) else {
            push(&self.wrong, payload.to_string());
            return Some(End::Fault);
        };
        push(&self.seen, Seen { cursor: cursor.to_owned(), told });
        self.count.fetch_add(1, Ordering::Release);
        cursor.clone_into(after);
        None
    }
}

/// What happens to all connections at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storm {
    /// The how manieth: each tears about half of them.
    Blows(u32),
    Over,
}

/// How often connections came to which end.
pub fn tally(subscribers: &[Arc<Subscriber>]) -> BTreeMap<End, usize> {
    let mut tally = BTreeMap::new();
    for (_, end) in subscribers.iter().flat_map(|subscriber| subscriber.ends()) {
        *tally.entry(end).or_default() += 1;
    }
    tally
}
