use std::{fmt, str::FromStr};

use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};

/// An exact decimal with two places, stored as a scaled integer: fen of yuan, or 0.01 m².
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, DeriveValueType)]
pub struct Hundredths(pub i64);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecimalError;

impl fmt::Display for Hundredths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        write!(f, "{sign}{}.{:02}", self.0.unsigned_abs() / 100, self.0.unsigned_abs() % 100)
    }
}

/// Written out, as people read it: `#[serde(serialize_with = "crate::as_text")]` on a column of a record that is kept.
pub fn as_text<S: serde::Serializer>(value: &impl Written, serializer: S) -> Result<S::Ok, S::Error> {
    value.written().serialize(serializer)
}

/// A decimal, or none.
pub trait Written {
    fn written(&self) -> Option<String>;
}

impl Written for Hundredths {
    fn written(&self) -> Option<String> {
        Some(self.to_string())
    }
}

impl Written for Option<Hundredths> {
    fn written(&self) -> Option<String> {
        self.map(|value| value.to_string())
    }
}

impl FromStr for Hundredths {
    type Err = DecimalError;

    /// Digits with at most two places: `12`, `12.5`, `-0.05`. Nothing is rounded: a third place is refused.
    fn from_str(text: &str) -> Result<Self, DecimalError> {
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
        let plain = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
        if !plain(whole) || !plain(part) || part.len() > 2 {
            return Err(DecimalError);
        }
        let cents = format!("{part:0<2}").parse::<i64>().map_err(|_| DecimalError)?;
        let value = whole.parse::<i64>().ok().and_then(|w| w.checked_mul(100)?.checked_add(cents)).ok_or(DecimalError)?;
        Ok(Self(if negative { -value } else { value }))
    }
}
