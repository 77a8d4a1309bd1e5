//! What a change of a record says.

use entity::record_change::FieldChange;
use serde_json::Value;

/// Who keeps records, the lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Office {
    Community,
    Subdistrict,
    District,
    Administrator,
}

/// Columns that say nothing by themselves.
const SILENT: &[&str] = &["id", "version"];

/// What differs between two states of a row, or all that a new one says; of private columns that they do, not what they hold.
pub fn changes(before: &Value, after: &Value, private: &[&str]) -> Vec<FieldChange> {
    let Value::Object(columns) = after else { return Vec::new() };
    let differs = |name: &str, to: &Value| before.get(name).unwrap_or(&Value::Null) != to;
    let told = columns.iter().filter(|(name, to)| !SILENT.contains(&name.as_str()) && differs(name, to));
    told.map(|(name, to)| {
        let hidden = private.contains(&name.as_str());
        let shown = |value: Option<&Value>| value.filter(|_| !hidden).and_then(shown);
        FieldChange { name: name.clone(), from: shown(before.get(name)), to: shown(Some(to)), hidden }
    })
    .collect()
}

fn shown(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}
