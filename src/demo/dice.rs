//! Chance with a fixed seed, and moments of the story: all relative to the instant of loading, none after it.

use chrono::{DateTime, Days, Duration, NaiveDate, NaiveTime, Timelike, Utc};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use uuid::{Builder, Uuid};

use super::clocks::{WORKING_DAY, left_today};
use crate::{calendar::model::is_working_day, clock::ZONE};

const SEED: u64 = 431_302;
/// From 09:00 to 12:00.
const MORNING: i64 = 3 * 3_600;
/// The last day that a published figure is of.
const LAST_TOLD: NaiveDate = NaiveDate::from_ymd_opt(2025, 10, 31).expect("a day"); // invariant: it is one

/// When the check-in of an open whistle falls due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    Overdue,
    Today,
    Next,
}

pub struct Dice {
    rng: ChaCha8Rng,
    /// Apart, so that salts do not change the story.
    salts: ChaCha8Rng,
    pub now: DateTime<Utc>,
    pub today: NaiveDate,
    /// Nouns are entered one millisecond after the other, so that their ids keep the order in which they were made.
    entered: DateTime<Utc>,
    /// The days of the published figures lie so much earlier.
    back: Duration,
}

impl Dice {
    pub fn new(now: DateTime<Utc>) -> Self {
        let today = now.with_timezone(&ZONE).date_naive();
        let late = (LAST_TOLD - ago(today, 30)).num_days().max(0);
        let (rng, salts) = (ChaCha8Rng::seed_from_u64(SEED), ChaCha8Rng::seed_from_u64(!SEED));
        let mut dice = Self { rng, salts, now, today, entered: now, back: Duration::days((late + 363) / 364 * 364) };
        dice.entered = moment(dice.told(2022, 6, 1), 8 * 3_600);
        dice
    }

    /// A day of the published figures, as it is in the calendar. A clock that stands before the last of them moves all of them back by whole years of
    /// weeks.
    pub fn told(&self, year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default() - self.back
    }

    /// A day of this stretch, its first and its last included.
    pub fn day_between(&mut self, from: NaiveDate, to: NaiveDate) -> NaiveDate {
        ago(to, self.between(0, (to - from).num_days()))
    }

    /// A UUIDv7 of that instant; its other bits come from the seed.
    pub fn id<T: From<Uuid>>(&mut self, at: DateTime<Utc>) -> T {
        let mut bytes = [0; 10];
        self.rng.fill_bytes(&mut bytes);
        let millis = u64::try_from(at.timestamp_millis()).unwrap_or(0);
        T::from(Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid())
    }

    /// The id of a noun, later than all before it.
    pub fn noun<T: From<Uuid>>(&mut self) -> T {
        self.entered += Duration::milliseconds(1);
        self.id(self.entered)
    }

    pub fn salt(&mut self) -> String {
        let mut bytes = [0; 16];
        self.salts.fill_bytes(&mut bytes);
        hex::encode(bytes)
    }

    /// From `low` to `high`, both included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        self.rng.random_range(low..=high.max(low))
    }

    pub fn below(&mut self, end: usize) -> usize {
        self.rng.random_range(0..end)
    }

    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    pub fn chance(&mut self, percent: i64) -> bool {
        self.between(1, 100) <= percent
    }

    /// The index of one of the weights, as likely as its weight.
    pub fn weighted(&mut self, weights: &[i64]) -> usize {
        let mut left = self.between(1, weights.iter().sum());
        weights
            .iter()
            .position(|weight| {
                left -= weight;
                left <= 0
            })
            .unwrap_or(0)
    }

    /// So many days ago, in the working hours.
    pub fn daytime(&mut self, days_ago: i64) -> DateTime<Utc> {
        self.daytime_on(ago(self.today, days_ago))
    }

    pub fn daytime_on(&mut self, day: NaiveDate) -> DateTime<Utc> {
        let second = self.between(8 * 3_600, 17 * 3_600);
        moment(day, second)
    }

    /// In the morning, so that a day's work follows on the same day.
    pub fn morning_on(&mut self, day: NaiveDate) -> DateTime<Utc> {
        let second = self.between(8 * 3_600, 10 * 3_600);
        moment(day, second)
    }

    /// When a whistle was raised whose check-in falls due like that. Today's are due later than now; on a day off, or when hardly any working
    /// time is left of the day, nothing can be, and they fall due on the next working day.
    pub fn raised(&mut self, due: Due) -> DateTime<Utc> {
        let second_of_day = i64::from(self.now.with_timezone(&ZONE).num_seconds_from_midnight());
        let left = left_today(self.now);
        let last = working_day_before(self.today);
        match due {
            Due::Overdue => {
                let day = working_day_before(last);
                self.daytime_on(day)
            }
            // a working day before it falls due
            Due::Today if left >= 30 => {
                let worked = WORKING_DAY - left;
                let second = self.between(worked + (left / 2).min(1_200), WORKING_DAY);
                moment(last, if second < MORNING { 9 * 3_600 + second } else { 13 * 3_600 + 1_800 + second - MORNING })
            }
            Due::Today | Due::Next if is_working_day(self.today) => {
                let second = self.between((second_of_day - 4 * 3_600).max(0), second_of_day);
                // the first seconds of a day: no later than now
                moment(self.today, second).min(self.now)
            }
            Due::Today | Due::Next => self.daytime_on(last),
        }
    }
}

pub fn moment(day: NaiveDate, second: i64) -> DateTime<Utc> {
    // Asia/Shanghai has had no clock changes since 1991
    let midnight = day.and_time(NaiveTime::MIN).and_local_timezone(ZONE).earliest().map_or(DateTime::UNIX_EPOCH, |at| at.to_utc());
    midnight + Duration::seconds(second)
}

pub fn ago(day: NaiveDate, days: i64) -> NaiveDate {
    day - Duration::days(days)
}

pub fn working_day_before(day: NaiveDate) -> NaiveDate {
    let mut day = day;
    for _ in 0..31 {
        day = day.checked_sub_days(Days::new(1)).unwrap_or(day);
        if is_working_day(day) {
            break;
        }
    }
    day
}

pub fn day_of(at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&ZONE).date_naive()
}
