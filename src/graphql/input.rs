//! Checks of input values: what is wrong, with which field, and what would be right.

use super::error::{Refusal, UserErrorCode};

pub const TITLE: usize = 100;
pub const TEXT: usize = 4000;
pub const KEY: usize = 100;

/// Text that must be there: trimmed, at most `max` characters, no control characters but line breaks and tabs.
pub fn text(value: &str, field: &str, max: usize) -> Result<String, Refusal> {
    checked(value.trim(), field, max, |c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
}

/// A word of the caller's own making, taken as it is: at most `KEY` characters, no control characters.
pub fn key(value: &str, field: &str) -> Result<String, Refusal> {
    checked(value, field, KEY, char::is_control)
}

fn checked(value: &str, field: &str, max: usize, forbidden: impl Fn(char) -> bool) -> Result<String, Refusal> {
    if value.is_empty() {
        return Err(Refusal::new(UserErrorCode::Required, "required", field));
    }
    let length = value.chars().count();
    if length > max {
        return Err(Refusal::new(UserErrorCode::TooLong, "too-long", field).with("max", max).with("length", length));
    }
    if value.chars().any(forbidden) {
        return Err(Refusal::new(UserErrorCode::InvalidCharacters, "invalid-characters", field));
    }
    Ok(value.to_owned())
}

/// Text that may be left out; blank is the same as absent.
pub fn maybe_text(value: Option<&str>, field: &str, max: usize) -> Result<Option<String>, Refusal> {
    value.filter(|v| !v.trim().is_empty()).map(|v| text(v, field, max)).transpose()
}

/// A number within bounds, both included.
pub fn within<T: PartialOrd + ToString>(value: T, field: &str, low: T, high: T) -> Result<T, Refusal> {
    if value >= low && value <= high {
        return Ok(value);
    }
    Err(Refusal::new(UserErrorCode::OutOfRange, "out-of-range", field).with("low", low.to_string()).with("high", high.to_string()))
}
