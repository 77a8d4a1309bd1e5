//! How far the long work of this process is, for whoever watches it. What is written down about it comes later, and less often.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;
use uuid::Uuid;

/// Done, of so many.
pub type Reached = (usize, usize);

#[derive(Default)]
pub struct Progress {
    under_way: Mutex<HashMap<Uuid, Reached>>,
    /// Stirred when there is something to do.
    pub wanted: Notify,
}

impl Progress {
    fn all(&self) -> MutexGuard<'_, HashMap<Uuid, Reached>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// None where it is not under way in this process, or has told nothing yet.
    pub fn of(&self, work: Uuid) -> Option<Reached> {
        self.all().get(&work).copied()
    }

    pub fn begin(self: &Arc<Self>, work: Uuid) -> Meter {
        Meter { progress: self.clone(), work }
    }
}

/// Tells how far one work is; forgotten when it is dropped.
pub struct Meter {
    progress: Arc<Progress>,
    work: Uuid,
}

impl Meter {
    pub fn tell(&self, reached: Reached) {
        self.progress.all().insert(self.work, reached);
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.progress.all().remove(&self.work);
    }
}
