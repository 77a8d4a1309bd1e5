//! Keyset pages: a page begins after the last row seen, so it costs the same anywhere in the table and stays stable while rows come in.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::Value;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What part of an ordered list is asked for.
#[derive(Clone, Debug)]
pub struct Slice<O> {
    pub order: O,
    pub descending: bool,
    pub size: u64,
    /// The last rows before `before`, instead of the first after `after`.
    pub from_end: bool,
    pub after: Option<Position>,
    pub before: Option<Position>,
    /// Whether the total is wanted too: it costs a statement of its own.
    pub count: bool,
}

/// A place in an ordered list: the ordering value and, for ties, the id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Position {
    pub key: Key,
    pub id: Uuid,
}

/// The ordering values there are. Ordering columns are never NULL: the databases sort NULLs differently.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Key {
    Int(i64),
    Text(String),
    Date(NaiveDate),
    /// Microseconds since 1970.
    Time(i64),
    Id(Uuid),
}

impl From<DateTime<Utc>> for Key {
    fn from(at: DateTime<Utc>) -> Self {
        Self::Time(at.timestamp_micros())
    }
}

impl From<Key> for Value {
    fn from(key: Key) -> Self {
        match key {
            Key::Int(n) => n.into(),
            Key::Text(text) => text.into(),
            Key::Date(date) => date.into(),
            Key::Id(id) => id.into(),
            Key::Time(micros) => DateTime::from_timestamp_micros(micros).unwrap_or_default().into(),
        }
    }
}

/// The rows of a slice, in list order.
#[derive(Clone, Debug)]
pub struct Page<M> {
    pub rows: Vec<M>,
    pub has_next: bool,
    pub has_previous: bool,
    pub total: Option<i64>,
}

impl<M> Default for Page<M> {
    fn default() -> Self {
        Self { rows: Vec::new(), has_next: false, has_previous: false, total: None }
    }
}

impl<M> Page<M> {
    /// `rows` were read in reading direction, one more than asked for where there is one.
    pub(super) fn cut<O>(mut rows: Vec<M>, slice: &Slice<O>, total: Option<i64>) -> Self {
        let size = usize::try_from(slice.size).unwrap_or(usize::MAX);
        let more = rows.len() > size;
        rows.truncate(size);
        if slice.from_end {
            rows.reverse();
            return Self { rows, has_next: slice.before.is_some(), has_previous: more, total };
        }
        Self { rows, has_next: more, has_previous: slice.after.is_some(), total }
    }
}
