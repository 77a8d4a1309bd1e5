//! What was sent, and when which connection got it.

use std::{
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{anyhow, bail};

/// One event: every connection is to get one message that contains the marker.
struct Event {
    marker: String,
    sent: Instant,
    answered: Instant,
    arrivals: Vec<Instant>,
}

#[derive(Default)]
struct Notes {
    events: Vec<Event>,
    bytes: u64,
    messages: u64,
    sample: Option<String>,
    fault: Option<String>,
    /// What the other thread waits for: (event, connections). It is woken for nothing less, or waking it would cost more than all else.
    awaited: Option<(usize, usize)>,
}

impl Notes {
    fn has_come(&self) -> bool {
        self.awaited.is_none_or(|(event, connections)| self.events[event].arrivals.len() >= connections)
    }
}

/// Shared by the thread that causes events and the one that reads sockets.
#[derive(Default)]
pub struct Board {
    notes: Mutex<Notes>,
    changed: Condvar,
}

/// Which events one connection has had.
#[derive(Default)]
pub struct Reader {
    /// None before its first message.
    next: Option<usize>,
}

/// The delays of some events in milliseconds, in order.
pub struct Delays {
    /// From sending the request that caused it: nothing is left out.
    pub from_request: Vec<f64>,
    /// From its answer; what arrived before the answer counts as 0.
    pub from_answer: Vec<f64>,
}

impl Board {
    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An event is about to be caused; its number.
    pub fn announce(&self, marker: &str, connections: usize) -> usize {
        let mut notes = self.notes();
        let now = Instant::now();
        let arrivals = Vec::with_capacity(connections);
        notes.events.push(Event { marker: marker.to_owned(), sent: now, answered: now, arrivals });
        notes.events.len() - 1
    }

    pub fn answered(&self, event: usize) {
        self.notes().events[event].answered = Instant::now();
    }

    /// Waits until so many connections have it; whether they have.
    pub fn wait(&self, event: usize, connections: usize, patience: Duration) -> anyhow::Result<bool> {
        let mut notes = self.notes();
        notes.awaited = Some((event, connections));
        let waiting = |notes: &mut Notes| notes.fault.is_none() && !notes.has_come();
        let (mut notes, result) = self.changed.wait_timeout_while(notes, patience, waiting).unwrap_or_else(PoisonError::into_inner);
        notes.awaited = None;
        match &notes.fault {
            Some(fault) => Err(anyhow!("{fault}")),
            None => Ok(!result.timed_out()),
        }
    }

    /// A message has arrived. From its first one on a connection gets every event once and in order, or the run fails.
    pub fn arrived(&self, reader: &mut Reader, message: &[u8]) -> anyhow::Result<()> {
        let now = Instant::now();
        let mut notes = self.notes();
        let is = |event: &Event| contains(message, event.marker.as_bytes());
        let found = match reader.next {
            Some(next) => notes.events.get(next).filter(|event| is(event)).map(|_| next),
            None => notes.events.iter().rposition(is),
        };
        let Some(found) = found else { bail!("not the message of event {:?}: {}", reader.next, String::from_utf8_lossy(message)) };
        reader.next = Some(found + 1);
        notes.bytes += message.len() as u64;
        notes.messages += 1;
        notes.events[found].arrivals.push(now);
        if notes.sample.is_none() {
            notes.sample = Some(String::from_utf8_lossy(message).into_owned());
        }
        let wake = notes.awaited.is_some() && notes.has_come();
        drop(notes);
        if wake {
            self.changed.notify_one();
        }
        Ok(())
    }

    pub fn fail(&self, fault: String) {
        self.notes().fault.get_or_insert(fault);
        self.changed.notify_one();
    }

    /// How often each event from this one on was delivered.
    pub fn deliveries(&self, from: usize) -> Vec<usize> {
        self.notes().events[from..].iter().map(|event| event.arrivals.len()).collect()
    }

    pub fn delays(&self, from: usize) -> Delays {
        let notes = self.notes();
        let since = |start: fn(&Event) -> Instant| {
            let delay = |event: &Event, at: &Instant| at.saturating_duration_since(start(event)).as_secs_f64() * 1000.0;
            let mut delays: Vec<f64> =
                notes.events[from..].iter().flat_map(|event| event.arrivals.iter().map(move |at| delay(event, at))).collect();
            delays.sort_unstable_by(f64::total_cmp);
            delays
        };
        Delays { from_request: since(|event| event.sent), from_answer: since(|event| event.answered) }
    }

    /// Bytes of a message on average.
    pub fn message_bytes(&self) -> f64 {
        let notes = self.notes();
        notes.bytes as f64 / notes.messages.max(1) as f64
    }

    pub fn sample(&self) -> Option<String> {
        self.notes().sample.clone()
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}
