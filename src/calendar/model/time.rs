//! What lies between two instants, and the instant that lies so much working time away.
//!
//! Everything rests on one function, `worked`: how much working time has passed up to an instant. It is a sum over whole weeks, the days of the
//! week begun, the hours of the day begun, and what the days that do not follow their weekday add or take away, as prefix sums found by binary
//! search. It never falls, so adding is searching: first the day, by doubling the step and then halving it, then the time of that day.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, LazyLock},
};

use chrono::{DateTime, Datelike, Duration, NaiveDate, Utc};
use entity::CalendarDayKind;

use super::{
    hours::{Hours, Week},
    notices::{Day, Notices},
};

/// Microseconds.
const DAY: i64 = 24 * 3600 * 1_000_000;

/// Beijing time 北京时间, at all times: hours before 1992 are not moved by the summer time of then.
const OFFSET: i64 = 8 * 3600 * 1_000_000;

/// 1 January 1970 was a Thursday.
const WEEKDAY_OF_DAY_0: i64 = 3;

/// One district's working time. Cheap to clone.
#[derive(Clone, Debug)]
pub struct WorkingTime(Arc<Rules>);

#[derive(Debug)]
struct Rules {
    week: Week,
    /// What is worked in a week before each weekday, and in all of it.
    before: [i64; 8],
    exceptions: Vec<Exception>,
    /// None: every year is as sure as any.
    published: Option<BTreeSet<i32>>,
}

/// A day that does not follow its weekday.
#[derive(Debug)]
struct Exception {
    day: i64,
    hours: Hours,
    /// How much more than by their weekdays is worked on this day and all exceptions before it.
    more: i64,
}

/// When working time has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    pub at: DateTime<Utc>,
    /// On the way lies a year whose holidays are not announced yet: there weekdays were counted.
    pub provisional: bool,
}

impl WorkingTime {
    /// Day and night, for hazards 隐患: never provisional.
    pub fn always() -> Self {
        static ALWAYS: LazyLock<WorkingTime> = LazyLock::new(|| WorkingTime::of(Week::always(), &BTreeMap::new(), None));
        ALWAYS.clone()
    }

    /// The standard week with the notices that are compiled in.
    pub fn standard() -> Self {
        static STANDARD: LazyLock<WorkingTime> = LazyLock::new(|| WorkingTime::new(Week::standard(), Notices::built_in(), []));
        STANDARD.clone()
    }

    /// The notices of the country are the base, the district's own days win; of two days of one date the later.
    pub fn new(week: Week, notices: &Notices, days: impl IntoIterator<Item = (NaiveDate, Day)>) -> Self {
        Self::of(week, notices.with(days).days(), Some(notices.published_years()))
    }

    fn of(week: Week, days: &BTreeMap<NaiveDate, Day>, published: Option<BTreeSet<i32>>) -> Self {
        let mut before = [0; 8];
        for weekday in 0..7 {
            before[weekday + 1] = before[weekday] + week.day(weekday).total();
        }
        let mut more = 0;
        let exceptions = days.iter().map(|(date, set)| {
            let (day, weekday) = (day_of(*date), weekday(day_of(*date)));
            let hours = match (set.kind, &set.hours) {
                (CalendarDayKind::Off, _) => Hours::default(),
                (CalendarDayKind::Work, Some(hours)) => hours.clone(),
                (CalendarDayKind::Work, None) => week.made_up(weekday).clone(),
            };
            more += hours.total() - week.day(weekday).total();
            Exception { day, hours, more }
        });
        let exceptions = exceptions.collect();
        Self(Arc::new(Rules { week, before, exceptions, published }))
    }

    /// The instant at which so much working time has passed. A start outside working hours counts from the next opening; an end that falls on
    /// a closing time is that closing time, not the next opening. Nothing added is the start itself, wherever it lies. A negative duration
    /// goes back, and the same holds mirrored: an end that falls on an opening time is that. What lies beyond time itself ends there.
    ///
    /// `between(from, add(from, d))` is `d`. Counted in whole microseconds: what is finer is cut off.
    pub fn add(&self, from: DateTime<Utc>, duration: Duration) -> Due {
        let limit = if duration < Duration::zero() { i64::MIN } else { i64::MAX };
        let start = local(from);
        let at = match duration.num_microseconds().unwrap_or(limit) {
            0 => from,
            more @ 1.. => {
                self.first_with(start, self.worked(start).saturating_add(more)).and_then(instant).unwrap_or(DateTime::<Utc>::MAX_UTC)
            }
            less => self.last_with(start, self.worked(start).saturating_add(less)).and_then(instant).unwrap_or(DateTime::<Utc>::MIN_UTC),
        };
        Due { at, provisional: self.touches_unpublished(from.min(at), from.max(at)) }
    }

    /// The working time from `a` to `b`; negative where `b` lies before.
    pub fn between(&self, a: DateTime<Utc>, b: DateTime<Utc>) -> Duration {
        // from one end of time to the other it does not fit by a little
        Duration::microseconds(self.worked(local(b)).saturating_sub(self.worked(local(a))).max(-i64::MAX))
    }

    /// Whether any hour of this day is worked.
    pub fn is_working_day(&self, date: NaiveDate) -> bool {
        !self.hours(day_of(date)).is_off()
    }

    /// Whether the holidays of this year are known.
    pub fn is_published(&self, year: i32) -> bool {
        self.0.published.as_ref().is_none_or(|years| years.contains(&year))
    }

    fn touches_unpublished(&self, first: DateTime<Utc>, last: DateTime<Utc>) -> bool {
        let Some(published) = &self.0.published else { return false };
        let year = |at| date_of(local(at).div_euclid(DAY)).map_or(i32::MAX, |date| date.year());
        // ends at the first one: at most a few years are published
        (year(first)..=year(last)).any(|year| !published.contains(&year))
    }

    /// How much is worked up to this time, counted from some time long ago.
    fn worked(&self, time: i64) -> i64 {
        let (day, time_of_day) = (time.div_euclid(DAY), time.rem_euclid(DAY));
        self.worked_before(day) + self.hours(day).until(time_of_day)
    }

    /// The same up to the midnight with which a day begins.
    fn worked_before(&self, day: i64) -> i64 {
        let weeks = (day + WEEKDAY_OF_DAY_0).div_euclid(7);
        let passed = self.0.exceptions.partition_point(|exception| exception.day < day);
        let more = passed.checked_sub(1).map_or(0, |last| self.0.exceptions[last].more);
        weeks * self.0.before[7] + self.0.before[weekday(day)] + more
    }

    fn hours(&self, day: i64) -> &Hours {
        match self.0.exceptions.binary_search_by_key(&day, |exception| exception.day) {
            Ok(at) => &self.0.exceptions[at].hours,
            Err(_) => self.0.week.day(weekday(day)),
        }
    }

    /// The first time at which so much is worked, which is more than at `start`.
    fn first_with(&self, start: i64, target: i64) -> Option<i64> {
        let ends_below = |day| self.worked_before(day + 1) < target;
        let (mut low, mut step) = (start.div_euclid(DAY), 1);
        let last = local(DateTime::<Utc>::MAX_UTC).div_euclid(DAY);
        // the day lies after low - 1 and not after high
        let mut high = low;
        while ends_below(high) {
            if high == last {
                return None;
            }
            (low, high, step) = (high + 1, (high + step).min(last), step * 2);
        }
        while low < high {
            let middle = low + (high - low) / 2;
            if ends_below(middle) { low = middle + 1 } else { high = middle }
        }
        Some(low * DAY + self.hours(low).first_with(target - self.worked_before(low)))
    }

    /// The last time at which no more than this is worked, which is less than at `start`.
    fn last_with(&self, start: i64, target: i64) -> Option<i64> {
        let begins_above = |day| self.worked_before(day) > target;
        let (mut high, mut step) = (start.div_euclid(DAY), 1);
        let first = local(DateTime::<Utc>::MIN_UTC).div_euclid(DAY);
        let mut low = high;
        while begins_above(low) {
            if low == first {
                return None;
            }
            (high, low, step) = (low - 1, (low - step).max(first), step * 2);
        }
        while low < high {
            let middle = high - (high - low) / 2;
            if begins_above(middle) { high = middle - 1 } else { low = middle }
        }
        Some(low * DAY + self.hours(low).last_with(target - self.worked_before(low)))
    }
}

/// Microseconds since the beginning of 1970, as the clocks in China show it. Every instant that there is fits.
fn local(at: DateTime<Utc>) -> i64 {
    at.timestamp_micros().saturating_add(OFFSET)
}

fn instant(local: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_micros(local - OFFSET)
}

/// Days since the beginning of 1970.
fn day_of(date: NaiveDate) -> i64 {
    date.signed_duration_since(NaiveDate::default()).num_days()
}

fn date_of(day: i64) -> Option<NaiveDate> {
    NaiveDate::default().checked_add_signed(Duration::try_days(day)?)
}

/// Monday is 0.
fn weekday(day: i64) -> usize {
    // invariant: 0 to 6
    usize::try_from((day + WEEKDAY_OF_DAY_0).rem_euclid(7)).unwrap_or(0)
}
