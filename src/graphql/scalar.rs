//! Scalars of the field: exact decimals, area codes, calendar days. `DateTime` comes with the engine.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::NaiveDate;
use entity::Hundredths;

/// An exact decimal.
pub struct Decimal(pub Hundredths);

/// An exact decimal as a string, two places: `"50000.00"`. Money 金额 in yuan, areas 面积 in m².
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

/// A code of the administrative divisions 行政区划代码.
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

/// A calendar day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Date(pub NaiveDate);

/// A calendar day in China 日期, such as `"2026-06-10"`.
#[Scalar(specified_by_url = "https://datatracker.ietf.org/doc/html/rfc3339#section-5.6")]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            // `%Y` alone would take signs and spaces too
            Value::String(text) if text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-') => {
                let day = NaiveDate::parse_from_str(text, "%Y-%m-%d");
                day.map(Self).map_err(|_| InputValueError::custom("expected a day such as \"2026-06-10\""))
            }
            Value::String(_) => Err(InputValueError::custom("expected a day such as \"2026-06-10\"")),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}
