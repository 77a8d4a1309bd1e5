//! The only source of time and of new ids. Injected, so that a test can stand at any instant and move on without sleeping.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicI64, Ordering},
};

use chrono::{DateTime, Duration, NaiveDate, Utc};
use chrono_tz::{Asia::Shanghai, Tz};
use uuid::{ContextV7, Timestamp, Uuid};

/// The time zone of every deadline and of every calendar day.
pub const ZONE: Tz = Shanghai;

static SEQUENCE: Mutex<ContextV7> = Mutex::new(ContextV7::new());

#[derive(Clone, Debug)]
pub enum Clock {
    System,
    /// Stands still until moved; microseconds since 1970.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    pub fn manual(at: DateTime<Utc>) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(at.timestamp_micros())))
    }

    /// Now, in whole microseconds: what both databases can store.
    pub fn now(&self) -> DateTime<Utc> {
        let micros = match self {
            #[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
            Self::System => Utc::now().timestamp_micros(),
            Self::Manual(at) => at.load(Ordering::SeqCst),
        };
        DateTime::from_timestamp_micros(micros).unwrap_or_default()
    }

    /// The calendar day in Asia/Shanghai.
    pub fn today(&self) -> NaiveDate {
        self.now().with_timezone(&ZONE).date_naive()
    }

    /// Moves a manual clock; the system's cannot be moved.
    pub fn advance(&self, by: Duration) {
        if let Self::Manual(at) = self {
            at.fetch_add(by.num_microseconds().unwrap_or(0), Ordering::SeqCst);
        }
    }

    /// A new UUIDv7: ids made later sort later, also within one millisecond.
    pub fn new_id<T: From<Uuid>>(&self) -> T {
        let now = self.now();
        let sequence = SEQUENCE.lock().unwrap_or_else(PoisonError::into_inner);
        let seconds = u64::try_from(now.timestamp()).unwrap_or(0);
        T::from(Uuid::new_v7(Timestamp::from_unix(&*sequence, seconds, now.timestamp_subsec_nanos())))
    }
}
