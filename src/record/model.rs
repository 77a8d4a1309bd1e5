//! What a change of a record says.

use entity::record_change::FieldChange;
use serde::Serialize;
use serde_json::Value;

use crate::db::DbErr;

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
        let said = |value: Option<&Value>| value.filter(|_| !hidden).and_then(self::said);
        FieldChange { name: name.clone(), from: said(before.get(name)), to: said(Some(to)), hidden }
    })
    .collect()
}

/// A row, column by column.
pub fn shown(row: &impl Serialize) -> Result<Value, DbErr> {
    serde_json::to_value(row).map_err(|error| DbErr::Json(error.to_string()))
}

fn said(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}
