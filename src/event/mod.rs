//! Facts of committed changes, handed to whoever listens in this process.
//!
//! A write gathers its facts in a [`Work`]; they are published after its commit and never without it. Facts of one case
//! leave in the order of its commits: a write that touches a case holds that case's lane until it has published.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    future::Future,
    pin::Pin,
    sync::Arc,
};

use chrono::{DateTime, Utc};
use entity::{
    AreaId, CaseCategory, CaseEventId, CaseEventKind, CaseId, CaseStatus, ComplexId, GridId, HandlerKind, PersonId, WhistleId,
    WhistleStatus,
};
use tokio::sync::{Mutex, OwnedMutexGuard, broadcast};
use uuid::Uuid;

use crate::{
    app::Cx,
    db::{DatabaseTransaction, DbErr},
};

/// What a committed entry of a case file says, as it stood at that moment. Subscriptions filter on these, never on the state of now.
#[derive(Clone, Debug)]
pub struct Fact {
    pub event_id: CaseEventId,
    pub case_id: CaseId,
    pub seq: i32,
    pub kind: CaseEventKind,
    pub at: DateTime<Utc>,
    pub from_status: Option<CaseStatus>,
    pub to_status: Option<CaseStatus>,
    pub category: CaseCategory,
    pub handler: (HandlerKind, Uuid),
    /// Every area the case lies in, from the one named in the report up to the district.
    pub areas: Vec<AreaId>,
    pub grid_id: Option<GridId>,
    pub complex_id: Option<ComplexId>,
    pub actor_id: Option<PersonId>,
    pub whistle: Option<WhistleFact>,
    /// Of the entry, as it is kept in the case's chain: lower-case hexadecimal.
    pub hash: String,
}

#[derive(Clone, Debug)]
pub struct WhistleFact {
    pub id: WhistleId,
    pub target: (HandlerKind, Uuid),
    pub from_status: Option<WhistleStatus>,
    pub to_status: WhistleStatus,
}

const LANES: u128 = 64;
/// Facts kept for a reader that is behind; one further behind is told so.
const BUFFER: usize = 4096;

/// The way from a commit to the subscribers of this process.
pub struct Bus {
    sender: broadcast::Sender<Arc<Fact>>,
    lanes: Vec<Arc<Mutex<()>>>,
}

impl Default for Bus {
    fn default() -> Self {
        Self { sender: broadcast::channel(BUFFER).0, lanes: (0..LANES).map(|_| Arc::default()).collect() }
    }
}

impl Bus {
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Fact>> {
        self.sender.subscribe()
    }

    /// How many streams are open.
    pub fn listeners(&self) -> usize {
        self.sender.receiver_count()
    }
}

/// One write: its transaction, and the facts to publish once it is committed.
pub struct Work {
    pub tx: DatabaseTransaction,
    facts: Vec<Fact>,
    lanes: BTreeMap<usize, OwnedMutexGuard<()>>,
}

impl Work {
    /// Takes the lanes of all cases that this write touches, before their rows are locked: always in the same order, so that two writes
    /// never wait for each other.
    pub async fn touch(&mut self, cx: &Cx, cases: &[CaseId]) {
        let mut lanes: Vec<usize> = cases.iter().filter_map(|id| usize::try_from(id.0.as_u128() % LANES).ok()).collect();
        lanes.sort_unstable();
        for lane in lanes {
            if let Entry::Vacant(entry) = self.lanes.entry(lane) {
                entry.insert(cx.bus.lanes[lane].clone().lock_owned().await);
            }
        }
    }

    pub fn publish(&mut self, fact: Fact) {
        self.facts.push(fact);
    }
}

pub type InWork<'w, T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'w>>;

/// Runs one write: row, event and facts in one transaction, or nothing at all. It runs in a task of its own and outlives a dropped request:
/// a future dropped while it begins would hand its connection back inside an open transaction (launchbadge/sqlx#4385).
pub async fn write<T, E, F>(cx: &Cx, work: F) -> Result<T, E>
where
    T: Send + 'static,
    E: From<DbErr> + Send + 'static,
    F: for<'w> FnOnce(&'w Cx, &'w mut Work) -> InWork<'w, T, E> + Send + 'static,
{
    let cx = cx.clone();
    let task = tokio::spawn(async move {
        let mut gathered = Work { tx: cx.db.begin().await?, facts: Vec::new(), lanes: BTreeMap::new() };
        // an error drops the transaction, which rolls it back
        let result = work(&cx, &mut gathered).await?;
        let Work { tx, facts, lanes } = gathered;
        tx.commit().await?;
        for fact in facts {
            // nobody may be listening
            let _ = cx.bus.sender.send(Arc::new(fact));
        }
        drop(lanes);
        Ok(result)
    });
    match task.await {
        Ok(result) => result,
        Err(failure) => match failure.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(DbErr::Custom("the write was cancelled by a shutdown".into()).into()),
        },
    }
}
