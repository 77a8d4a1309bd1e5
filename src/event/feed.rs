//! The end of the log in this process: the last facts in memory, and who is to be woken by which.

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicI64, AtomicU64, AtomicUsize, Ordering},
    },
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sea_orm::ConnectionTrait;
use tokio::sync::{Notify, watch};
use uuid::Uuid;

use super::{Fact, Interest, log};
use crate::db::DbErr;

/// A fact with its place in the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Logged {
    pub seq: i64,
    pub fact: Fact,
}

/// Why a reader cannot go on.
#[derive(Debug)]
pub enum Missed {
    /// What comes next has been dropped for its age.
    Expired,
    Failed(DbErr),
}

impl From<DbErr> for Missed {
    fn from(error: DbErr) -> Self {
        Self::Failed(error)
    }
}

/// Facts kept in memory, so that whoever comes back soon costs no read.
const RECENT: usize = 4096;
/// Facts that may wait for one feed; one further behind reads them from the log.
const WAITING: usize = 1024;

/// Bytes of a cursor that tell one log from another.
const LOG_ID: usize = 8;

/// The way from the log to whoever follows it in this process.
pub struct Log {
    /// Which log it is, once it has been started.
    id: Mutex<Vec<u8>>,
    /// Told here up to this number.
    position: AtomicI64,
    end: Mutex<End>,
    /// Something was committed: there may be more to read.
    wake: Notify,
    /// For whoever wants to know of nothing but that it grows.
    grows: watch::Sender<i64>,
    next_feed: AtomicU64,
    followers: AtomicUsize,
    records: AtomicBool,
}

/// One lock for what is told and to whom: who attaches misses nothing and hears nothing twice.
#[derive(Default)]
struct End {
    recent: VecDeque<Arc<Logged>>,
    feeds: HashMap<u64, Waiting>,
    /// Feeds by what they are interested in.
    by_place: HashMap<Uuid, Vec<u64>>,
    anywhere: Vec<u64>,
}

struct Waiting {
    interest: Arc<Interest>,
    facts: VecDeque<Arc<Logged>>,
    /// More than can wait here came: they are in the log.
    behind: bool,
    wake: Arc<Notify>,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            id: Mutex::default(),
            position: AtomicI64::new(0),
            end: Mutex::default(),
            wake: Notify::new(),
            grows: watch::Sender::new(0),
            next_feed: AtomicU64::new(0),
            followers: AtomicUsize::new(0),
            records: AtomicBool::new(true),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Log {
    /// What has happened up to here has been told in this process, and shows in every read from now on.
    pub fn position(&self) -> i64 {
        self.position.load(Ordering::Acquire)
    }

    /// Which log it is: a position in another says nothing about this one.
    pub fn id(&self) -> Vec<u8> {
        lock(&self.id).clone()
    }

    /// How many feeds are attached.
    pub fn feeds(&self) -> usize {
        lock(&self.end).feeds.len()
    }

    /// How many streams are live: those who share a feed count each.
    pub fn followers(&self) -> usize {
        self.followers.load(Ordering::Relaxed)
    }

    pub fn joined(&self) {
        self.followers.fetch_add(1, Ordering::Relaxed);
    }

    pub fn left(&self) {
        self.followers.fetch_sub(1, Ordering::Relaxed);
    }

    /// Whether writes are put into the log.
    pub fn records(&self) -> bool {
        self.records.load(Ordering::Relaxed)
    }

    /// For a benchmark that measures what the log costs: nothing is recorded, nobody hears of anything.
    #[doc(hidden)]
    pub fn stop_recording(&self) {
        self.records.store(false, Ordering::Relaxed);
    }

    /// There may be more in the log.
    pub(super) fn stir(&self) {
        self.wake.notify_one();
    }

    pub(super) async fn stirred(&self) {
        self.wake.notified().await;
    }

    /// Changes when something was told here. What it holds is a hint: the log is read.
    pub fn growing(&self) -> watch::Receiver<i64> {
        self.grows.subscribe()
    }

    /// All of a batch has been told.
    pub(super) fn grown(&self) {
        self.grows.send_replace(self.position());
    }

    /// A position in this log, for clients to give back: which log, and the number. Not signed: it opens nothing.
    pub fn cursor(&self, position: i64) -> String {
        let mut bytes = self.id();
        bytes.truncate(LOG_ID);
        bytes.extend(position.to_be_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The position that a cursor names; none where it is none of this log.
    pub fn position_of(&self, cursor: &str) -> Option<i64> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (log, number) = bytes.split_at_checked(LOG_ID)?;
        let position = i64::from_be_bytes(number.try_into().ok()?);
        (self.id().starts_with(log) && position >= 0).then_some(position)
    }

    /// Begins at this position of this log.
    pub(super) fn begin(&self, id: Vec<u8>, position: i64) {
        *lock(&self.id) = id;
        self.position.store(position, Ordering::Release);
    }

    /// Hands a fact to all whom it concerns. An event costs nothing for those elsewhere.
    pub(super) fn tell(&self, logged: Arc<Logged>) {
        let mut end = lock(&self.end);
        let End { recent, feeds, by_place, anywhere } = &mut *end;
        if recent.len() == RECENT {
            recent.pop_front();
        }
        recent.push_back(logged.clone());
        self.position.store(logged.seq, Ordering::Release);
        let places = logged.fact.places().filter_map(|place| by_place.get(&place)).flatten();
        for id in places.chain(&*anywhere) {
            let Some(feed) = feeds.get_mut(id) else { continue };
            // found under two places
            if feed.behind || feed.facts.back().is_some_and(|last| last.seq == logged.seq) || !feed.interest.holds(&logged.fact) {
                continue;
            }
            if feed.facts.len() == WAITING {
                feed.behind = true;
                feed.facts = VecDeque::new();
            } else {
                feed.facts.push_back(logged.clone());
            }
            feed.wake.notify_one();
        }
    }

    /// The facts after a position, as many as are read at once, and how far that reaches; from memory where they are still there.
    pub async fn after(&self, db: &impl ConnectionTrait, position: i64) -> Result<(Vec<Arc<Logged>>, i64), Missed> {
        {
            let end = lock(&self.end);
            if position >= self.position() {
                return Ok((Vec::new(), position));
            }
            if end.recent.front().is_some_and(|first| first.seq <= position + 1) {
                let most = usize::try_from(log::BATCH).unwrap_or(usize::MAX);
                let from = end.recent.partition_point(|logged| logged.seq <= position);
                let facts: Vec<_> = end.recent.range(from..).take(most).cloned().collect();
                let reached = facts.last().map_or(position, |last| last.seq);
                return Ok((facts, reached));
            }
        }
        let facts = read(db, position).await?;
        let reached = facts.last().map_or(position, |last| last.seq);
        Ok((facts, reached))
    }

    /// Follows what is told from now on; or from an earlier position, which is read from the log first.
    pub fn attach(self: &Arc<Self>, interest: Arc<Interest>, after: Option<i64>) -> Feed {
        let wake = Arc::new(Notify::new());
        let id = self.next_feed.fetch_add(1, Ordering::Relaxed);
        let mut end = lock(&self.end);
        let now = self.position();
        let position = after.unwrap_or(now);
        let waiting = Waiting { interest: interest.clone(), facts: VecDeque::new(), behind: position < now, wake: wake.clone() };
        end.feeds.insert(id, waiting);
        match interest.places() {
            Some(places) => places.into_iter().for_each(|place| end.by_place.entry(place).or_default().push(id)),
            None => end.anywhere.push(id),
        }
        Feed { log: self.clone(), id, interest, position, wake }
    }

    fn detach(&self, id: u64) {
        let mut end = lock(&self.end);
        let Some(feed) = end.feeds.remove(&id) else { return };
        match feed.interest.places() {
            Some(places) => {
                for place in places {
                    if let Some(ids) = end.by_place.get_mut(&place) {
                        ids.retain(|other| *other != id);
                        if ids.is_empty() {
                            end.by_place.remove(&place);
                        }
                    }
                }
            }
            None => end.anywhere.retain(|other| *other != id),
        }
    }
}

/// Rows of the log as facts.
pub(super) async fn read(db: &impl ConnectionTrait, position: i64) -> Result<Vec<Arc<Logged>>, Missed> {
    facts_after(db, position, log::BATCH).await
}

/// The facts after a position, so many at most, read from the log itself.
pub async fn facts_after(db: &impl ConnectionTrait, position: i64, most: u64) -> Result<Vec<Arc<Logged>>, Missed> {
    let fact = |row: entity::event_log::Model| match serde_json::from_str(&row.fact) {
        Ok(fact) => Ok(Arc::new(Logged { seq: row.seq, fact })),
        Err(error) => Err(Missed::Failed(DbErr::Type(format!("row {} of the event log: {error}", row.seq)))),
    };
    log::some_after(db, position, most).await?.into_iter().map(fact).collect()
}

/// The facts of one interest, in order, each once: what was missed first, then what comes.
pub struct Feed {
    log: Arc<Log>,
    id: u64,
    interest: Arc<Interest>,
    position: i64,
    wake: Arc<Notify>,
}

impl Feed {
    /// The next facts, at least one.
    pub async fn next(&mut self, db: &impl ConnectionTrait) -> Result<Vec<Arc<Logged>>, Missed> {
        loop {
            let facts = if self.is_behind() {
                let (facts, reached) = self.log.after(db, self.position).await?;
                self.position = self.position.max(reached);
                facts.into_iter().filter(|logged| self.interest.holds(&logged.fact)).collect()
            } else {
                self.take()
            };
            if !facts.is_empty() {
                return Ok(facts);
            }
            if !self.is_behind() {
                self.wake.notified().await;
            }
        }
    }

    /// Whether facts have to be read from the log before those that wait here.
    fn is_behind(&self) -> bool {
        let mut end = lock(&self.log.end);
        let Some(feed) = end.feeds.get_mut(&self.id) else { return false };
        feed.behind &= self.position < self.log.position();
        feed.behind
    }

    fn take(&mut self) -> Vec<Arc<Logged>> {
        let mut end = lock(&self.log.end);
        let Some(feed) = end.feeds.get_mut(&self.id) else { return Vec::new() };
        let facts = std::mem::take(&mut feed.facts);
        let facts: Vec<_> = facts.into_iter().filter(|logged| logged.seq > self.position).collect();
        if let Some(last) = facts.last() {
            self.position = last.seq;
        }
        facts
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.log.detach(self.id);
    }
}
