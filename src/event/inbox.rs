//! Who waits for notifications in this process. It holds no notification: whoever is woken reads its own.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
};

use entity::PersonId;
use tokio::sync::Notify;

#[derive(Default)]
pub struct Inbox {
    /// Notifications of all events up to here are made, and can be read here.
    position: AtomicI64,
    waiting: Mutex<HashMap<PersonId, Vec<Arc<Notify>>>>,
    /// Some were made: there may be something to tell.
    stirred: Notify,
}

/// Woken when there is something for a person, until it is dropped.
pub struct Waiting {
    inbox: Arc<Inbox>,
    person: PersonId,
    wake: Arc<Notify>,
}

impl Waiting {
    pub async fn woken(&self) {
        self.wake.notified().await;
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut waiting = self.inbox.lock();
        let Some(wakes) = waiting.get_mut(&self.person) else { return };
        wakes.retain(|wake| !Arc::ptr_eq(wake, &self.wake));
        if wakes.is_empty() {
            waiting.remove(&self.person);
        }
    }
}

impl Inbox {
    fn lock(&self) -> MutexGuard<'_, HashMap<PersonId, Vec<Arc<Notify>>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn position(&self) -> i64 {
        self.position.load(Ordering::Acquire)
    }

    pub fn wait_for(self: &Arc<Self>, person: PersonId) -> Waiting {
        let wake = Arc::new(Notify::new());
        self.lock().entry(person).or_default().push(wake.clone());
        Waiting { inbox: self.clone(), person, wake }
    }

    pub fn is_anybody_waiting(&self) -> bool {
        !self.lock().is_empty()
    }

    /// All up to here is made; these persons have something new.
    pub fn told(&self, position: i64, persons: &[PersonId]) {
        self.position.fetch_max(position, Ordering::AcqRel);
        let waiting = self.lock();
        persons.iter().filter_map(|person| waiting.get(person)).flatten().for_each(|wake| wake.notify_one());
    }

    pub fn stir(&self) {
        self.stirred.notify_one();
    }

    pub async fn stirred(&self) {
        self.stirred.notified().await;
    }
}
