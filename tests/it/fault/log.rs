//! The event log as it lies in the database.

use chrono::{DateTime, Utc};
use entity::{AreaId, CaseEventId, CaseId, ComplexId, WhistleId};
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use serde_json::Value;
use uuid::Uuid;

/// One row: what is told of an entry of a case file.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    pub seq: i64,
    pub event: CaseEventId,
    pub case: CaseId,
    /// 1, 2, 3 … within its case.
    pub entry: i64,
    pub kind: String,
    pub at: DateTime<Utc>,
    pub from: Option<String>,
    pub to: Option<String>,
    pub category: String,
    pub handler: Uuid,
    pub areas: Vec<AreaId>,
    pub complex: Option<ComplexId>,
    pub whistle: Option<WhistleFact>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct WhistleFact {
    pub id: WhistleId,
    pub target: Uuid,
    pub from: Option<String>,
    pub to: String,
}

/// All of it, in its order.
pub async fn read(db: &DatabaseConnection) -> Vec<Fact> {
    let sql = "SELECT seq, fact FROM event_log ORDER BY seq";
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.expect("the log");
    let fact = |row: &sea_orm::QueryResult| {
        let text: String = row.try_get("", "fact").expect("a fact");
        fact(row.try_get("", "seq").expect("a number"), &serde_json::from_str(&text).expect("JSON"))
    };
    rows.iter().map(fact).collect()
}

pub async fn last(db: &DatabaseConnection) -> i64 {
    count(db, "SELECT coalesce(max(seq), 0) AS n FROM event_log").await
}

/// Facts that are committed and not yet in the log.
pub async fn waiting(db: &DatabaseConnection) -> i64 {
    match db.get_database_backend() {
        sea_orm::DbBackend::Postgres => count(db, "SELECT count(*) AS n FROM outbox").await,
        _ => 0,
    }
}

pub async fn count(db: &DatabaseConnection, sql: &str) -> i64 {
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await.expect(sql);
    row.expect("a row").try_get("", "n").expect("a number")
}

fn fact(seq: i64, fact: &Value) -> Fact {
    let words = |value: &Value| value.as_str().map(str::to_owned);
    let id = |value: &Value| value.as_str().and_then(|text| text.parse::<Uuid>().ok());
    let must = |value: &Value| id(value).unwrap_or_else(|| panic!("no id in row {seq}: {fact:#}"));
    let whistle = &fact["whistle"];
    Fact {
        seq,
        event: must(&fact["event_id"]).into(),
        case: must(&fact["case_id"]).into(),
        entry: fact["seq"].as_i64().expect("a number"),
        kind: words(&fact["kind"]).expect("a kind"),
        at: words(&fact["at"]).and_then(|at| at.parse().ok()).expect("an instant"),
        from: words(&fact["from_status"]),
        to: words(&fact["to_status"]),
        category: words(&fact["category"]).expect("a category"),
        handler: must(&fact["handler"][1]),
        areas: fact["areas"].as_array().expect("areas").iter().map(|area| must(area).into()).collect(),
        complex: id(&fact["complex_id"]).map(Into::into),
        whistle: whistle.is_object().then(|| WhistleFact {
            id: must(&whistle["id"]).into(),
            target: must(&whistle["target"][1]),
            from: words(&whistle["from_status"]),
            to: words(&whistle["to_status"]).expect("a status"),
        }),
    }
}
