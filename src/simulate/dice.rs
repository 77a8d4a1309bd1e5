//! Chance with a seed, and when people do things: at their desks in working time, at home by the hour of the day.

use chrono::{DateTime, Days, Duration, NaiveTime, Utc};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::{calendar::model::WorkingTime, clock::ZONE};

/// How many of a hundred reports come in each hour of the day, nearly.
const HOURS: [i64; 24] = [1, 1, 0, 0, 0, 1, 2, 5, 8, 9, 8, 6, 4, 4, 6, 6, 6, 7, 8, 8, 7, 5, 3, 2];

pub struct Dice {
    rng: ChaCha8Rng,
    time: WorkingTime,
}

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self { rng: ChaCha8Rng::seed_from_u64(seed), time: WorkingTime::standard() }
    }

    /// From `low` to `high`, both included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        self.rng.random_range(low..=high.max(low))
    }

    pub fn chance(&mut self, percent: i64) -> bool {
        self.between(1, 100) <= percent
    }

    pub fn below(&mut self, end: usize) -> usize {
        self.rng.random_range(0..end.max(1))
    }

    pub fn maybe_pick<T: Copy>(&mut self, of: &[T]) -> Option<T> {
        let index = self.below(of.len());
        of.get(index).copied()
    }

    /// The index of one of the weights, as likely as its weight.
    pub fn weighted(&mut self, weights: &[i64]) -> usize {
        let mut left = self.between(1, weights.iter().sum());
        let falls = |weight: &i64| {
            left -= weight;
            left <= 0
        };
        weights.iter().position(falls).unwrap_or(0)
    }

    /// After so many minutes of working time.
    pub fn at_work(&mut self, now: DateTime<Utc>, low: i64, high: i64) -> DateTime<Utc> {
        let seconds = self.between(low * 60, high * 60);
        self.time.add(now, Duration::seconds(seconds)).at
    }

    /// After so many minutes.
    pub fn at_home(&mut self, now: DateTime<Utc>, low: i64, high: i64) -> DateTime<Utc> {
        now + Duration::seconds(self.between(low * 60, high * 60))
    }

    /// After such a share of the time until it is due, in percent; beyond a hundred it is late.
    pub fn share(&mut self, now: DateTime<Utc>, due: DateTime<Utc>, low: i64, high: i64) -> DateTime<Utc> {
        let percent = self.between(low, high);
        let span = self.time.between(now, due).num_seconds();
        if span > 0 {
            return self.time.add(now, Duration::seconds((span * percent / 100).max(1))).at;
        }
        now + Duration::seconds(((due - now).num_seconds() * percent / 100).max(1))
    }

    /// When the reports of so many days come in, in order; `begin` is a midnight, or nearly.
    pub fn reports(&mut self, begin: DateTime<Utc>, days: u64, count: usize) -> Vec<DateTime<Utc>> {
        let first = begin.with_timezone(&ZONE).date_naive();
        let weight = |day| if crate::calendar::is_working_day(first + Days::new(day)) { 10 } else { 6 };
        let weights: Vec<i64> = (0..days).map(weight).collect();
        let mut reports: Vec<_> = (0..count)
            .map(|_| {
                let day = first + Days::new(self.weighted(&weights) as u64);
                let second = self.weighted(&HOURS) as i64 * 3600 + self.between(0, 3599);
                // Asia/Shanghai has had no clock changes since 1991
                let midnight = day.and_time(NaiveTime::MIN).and_local_timezone(ZONE).earliest().map_or(begin, |at| at.to_utc());
                (midnight + Duration::seconds(second)).max(begin)
            })
            .collect();
        reports.sort_unstable();
        reports
    }
}
