//! The scalars.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{Datelike, NaiveDate, SecondsFormat, TimeDelta, Utc};
use entity::Hundredths;

use crate::clock::ZONE;

/// Years that both databases and every client can write with four digits.
const YEARS: std::ops::RangeInclusive<i32> = 1..=9999;

/// An instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DateTime(pub chrono::DateTime<Utc>);

/// An instant 时间: RFC 3339 with an offset, such as `2026-06-10T10:00:00+08:00`. Any offset is taken; answers are in Asia/Shanghai 北京时间.
#[Scalar(specified_by_url = "https://datatracker.ietf.org/doc/html/rfc3339")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => chrono::DateTime::parse_from_rfc3339(text)
                .ok()
                .filter(|at| YEARS.contains(&at.year()))
                .map(|at| Self(at.to_utc()))
                .ok_or_else(|| InputValueError::custom("expected a time with an offset such as \"2026-06-10T10:00:00+08:00\"")),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.with_timezone(&ZONE).to_rfc3339_opts(SecondsFormat::AutoSi, false))
    }
}

impl From<chrono::DateTime<Utc>> for DateTime {
    fn from(at: chrono::DateTime<Utc>) -> Self {
        Self(at)
    }
}

impl From<DateTime> for crate::db::Value {
    fn from(at: DateTime) -> Self {
        at.0.into()
    }
}

/// A calendar day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date(pub NaiveDate);

/// A calendar day 日期 in Asia/Shanghai, such as `2026-06-10`.
#[Scalar(specified_by_url = "https://datatracker.ietf.org/doc/html/rfc3339#section-5.6")]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => NaiveDate::parse_from_str(text, "%Y-%m-%d")
                .ok()
                .filter(|day| text.len() == 10 && YEARS.contains(&day.year()))
                .map(Self)
                .ok_or_else(|| InputValueError::custom("expected a day such as \"2026-06-10\"")),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

impl From<Date> for crate::db::Value {
    fn from(day: Date) -> Self {
        day.0.into()
    }
}

/// A length of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duration(pub TimeDelta);

/// A length of time 时长 (ISO 8601) of days, hours, minutes and seconds, such as `PT7H30M`; a minus before it turns it round. A day `D` is 24 hours,
/// also of working time: it is no working day. No years, months and weeks. Answers have hours at most, and seconds to six places: `PT36H`, `-PT0.5S`.
#[Scalar(specified_by_url = "https://datatracker.ietf.org/doc/html/rfc3339#appendix-A")]
impl ScalarType for Duration {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => {
                Self::read(text).ok_or_else(|| InputValueError::custom("expected days, hours, minutes and seconds such as \"PT7H30M\""))
            }
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(write_duration(self.0))
    }
}

impl Duration {
    /// As it is written in questions and answers.
    pub fn read(text: &str) -> Option<Self> {
        read_duration(text).map(|micros| Self(TimeDelta::microseconds(micros)))
    }
}

/// Microseconds. At least one part, each at most once and in this order; only the last, and only seconds, with a fraction.
fn read_duration(text: &str) -> Option<i64> {
    const UNITS: [(char, bool, i64); 4] = [('D', false, 86_400), ('H', true, 3600), ('M', true, 60), ('S', true, 1)];
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (days, time) = unsigned.strip_prefix('P')?.split_once('T').map_or_else(|| (unsigned.get(1..), None), |(d, t)| (Some(d), Some(t)));
    let mut total: i64 = 0;
    let mut parts = 0;
    for (mut rest, of_time) in [(days?, false), (time.unwrap_or_default(), true)] {
        for (unit, _, seconds) in UNITS.iter().filter(|unit| unit.1 == of_time) {
            let Some((number, after)) = rest.split_once(*unit) else { continue };
            total = total.checked_add(read_number(number, *unit == 'S')?.checked_mul(*seconds)?)?;
            (rest, parts) = (after, parts + 1);
        }
        if !rest.is_empty() {
            return None;
        }
    }
    // `PT` and `P1DT` end with nothing
    let sign = if unsigned.len() < text.len() { -1 } else { 1 };
    (parts > 0 && time != Some("")).then_some(sign * total)
}

/// A number in millionths.
fn read_number(text: &str, fraction_allowed: bool) -> Option<i64> {
    let (whole, fraction) = match text.split_once(['.', ',']) {
        Some((whole, fraction)) if fraction_allowed && (1..=6).contains(&fraction.len()) => (whole, fraction),
        Some(_) => return None,
        None => (text, ""),
    };
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) {
        return None;
    }
    whole.parse::<i64>().ok()?.checked_mul(1_000_000)?.checked_add(format!("{fraction:0<6}").parse().ok()?)
}

fn write_duration(duration: TimeDelta) -> String {
    let micros = duration.num_microseconds().unwrap_or(if duration < TimeDelta::zero() { i64::MIN } else { i64::MAX });
    let (seconds, fraction) = (micros.unsigned_abs() / 1_000_000, micros.unsigned_abs() % 1_000_000);
    let mut text = if micros < 0 { "-PT" } else { "PT" }.to_owned();
    for (number, unit) in [(seconds / 3600, 'H'), (seconds / 60 % 60, 'M')] {
        if number > 0 {
            text += &format!("{number}{unit}");
        }
    }
    match (seconds % 60, fraction) {
        (0, 0) if micros != 0 => {}
        (seconds, 0) => text += &format!("{seconds}S"),
        (seconds, fraction) => text += &format!("{seconds}.{}S", format!("{fraction:06}").trim_end_matches('0')),
    }
    text
}

impl std::fmt::Display for Duration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&write_duration(self.0))
    }
}

/// An exact decimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal(pub Hundredths);

/// An exact decimal as a string, two places: `"50000.00"`. Money 金额 in yuan, areas 面积 in m². Nothing is rounded.
#[Scalar(specified_by_url = "https://spec.graphql.org/draft/#sec-String")]
impl ScalarType for Decimal {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => text.parse().map(Self).map_err(|_| InputValueError::custom("expected a decimal such as \"12.50\"")),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// A code of the administrative divisions.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AreaCode(pub String);

/// A code of the administrative divisions 行政区划代码: 12 digits as published by the National Bureau of Statistics (统计用区划代码);
/// a grid 网格 has 15 and a micro-grid 微网格 18, three more per level.
#[Scalar(specified_by_url = "https://www.stats.gov.cn/sj/tjbz/tjyqhdmhcxhfdm/")]
impl ScalarType for AreaCode {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(code) if matches!(code.len(), 12 | 15 | 18) && code.bytes().all(|b| b.is_ascii_digit()) => Ok(Self(code.clone())),
            Value::String(_) => Err(InputValueError::custom("expected 12, 15 or 18 digits, such as \"431302000000\"")),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}
