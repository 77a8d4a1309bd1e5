//! Checks of input values: what is wrong, with which field, and what would be right.

use async_graphql::MaybeUndefined;

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

/// What may be taken back, checked: none where it was left out and stays, `Some(None)` where it is null and is no more.
pub fn told_as<T, V>(value: MaybeUndefined<T>, check: impl FnOnce(T) -> Result<V, Refusal>) -> Result<Option<Option<V>>, Refusal> {
    Ok(match value {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(value) => Some(Some(check(value)?)),
    })
}

/// The same of text; blank it is no more either.
pub fn told_text(value: MaybeUndefined<String>, field: &str, max: usize) -> Result<Option<Option<String>>, Refusal> {
    Ok(told_as(value, |value| maybe_text(Some(&value), field, max))?.map(Option::flatten))
}

/// A number within bounds, both included.
pub fn within<T: PartialOrd + ToString>(value: T, field: &str, low: T, high: T) -> Result<T, Refusal> {
    if value >= low && value <= high {
        return Ok(value);
    }
    Err(Refusal::new(UserErrorCode::OutOfRange, "out-of-range", field).with("low", low.to_string()).with("high", high.to_string()))
}
