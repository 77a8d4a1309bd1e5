//! A share with what it was computed from, the same for every noun.

use async_graphql::SimpleObject;
use chrono::NaiveDate;
use entity::Hundredths;

use super::scalar::{Date, Decimal};

/// How much of something is covered 覆盖率, with what it was computed from.
#[derive(Clone, Debug, SimpleObject)]
pub struct Coverage {
    /// How many are covered 分子.
    numerator: i64,
    /// Of how many 分母.
    denominator: i64,
    /// The share in percent, two places, rounded half up; null where there is nothing to be covered 百分比.
    percent: Option<Decimal>,
    /// As of which day 截至日期.
    as_of: Date,
}

impl Coverage {
    pub fn of(numerator: u64, denominator: u64, as_of: NaiveDate) -> Self {
        let [numerator, denominator] = [numerator, denominator].map(|count| i64::try_from(count).unwrap_or(i64::MAX));
        let percent = (denominator > 0).then(|| {
            let hundredths = (i128::from(numerator) * 20_000 + i128::from(denominator)) / (2 * i128::from(denominator));
            Decimal(Hundredths(i64::try_from(hundredths).unwrap_or(i64::MAX)))
        });
        Self { numerator, denominator, percent, as_of: Date(as_of) }
    }
}
