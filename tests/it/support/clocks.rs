//! The file of a case as a client sees it: its clocks, its whistles, its entries.

use chrono::{DateTime, Utc};
use serde_json::Value;

pub fn at(value: &Value) -> DateTime<Utc> {
    value.as_str().and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("an instant: {value}"))
}

/// The kinds of its entries.
pub fn kinds(file: &Value) -> Vec<&str> {
    file["timeline"]["nodes"].as_array().expect("entries").iter().filter_map(|entry| entry["kind"].as_str()).collect()
}

/// All its clocks of this kind, oldest first.
pub fn clocks<'f>(file: &'f Value, kind: &str) -> Vec<&'f Value> {
    file["clocks"].as_array().expect("clocks").iter().filter(|clock| clock["kind"] == kind).collect()
}

/// The clock of this kind that began last.
pub fn clock<'f>(file: &'f Value, kind: &str) -> &'f Value {
    clocks(file, kind).pop().unwrap_or(&Value::Null)
}
