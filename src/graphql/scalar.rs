//! The scalars.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{Datelike, NaiveDate, SecondsFormat, Utc};
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
