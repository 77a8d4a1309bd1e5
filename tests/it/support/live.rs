//! Live streams: to know that one is in place, mutations in short, and faults in the database.

use std::{borrow::Borrow, time::Duration};

use entity::PersonId;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use super::{TestApp, client::Response, ws::WsClient};

/// Waits for something that the server does on its own account.
pub async fn until(what: &str, done: impl Fn() -> bool) {
    let waiting = async {
        while !done() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    assert!(tokio::time::timeout(Duration::from_secs(20), waiting).await.is_ok(), "waited twenty seconds: {what}");
}

/// Starts a subscription and waits until it listens: what is committed from now on is delivered.
pub async fn listen(t: &TestApp, socket: &mut WsClient, query: &str, variables: Value) -> String {
    t.settle().await;
    let before = t.app.log.followers();
    let id = socket.subscribe(query, variables).await;
    until("the stream listens", || t.app.log.followers() > before).await;
    id
}

/// `caseStatusChanged` with title, statuses and what was said.
pub async fn follow_statuses(t: &TestApp, socket: &mut WsClient, filter: Value) -> String {
    const QUERY: &str = "subscription($filter: CaseEventFilter) {
        change: caseStatusChanged(filter: $filter) { from to at note actor { name phone masked role } case { id title status } } }";
    listen(t, socket, QUERY, json!({ "filter": filter })).await
}

/// `caseChanged` with the entry.
pub async fn follow_cases(t: &TestApp, socket: &mut WsClient, filter: Value, kinds: Value) -> String {
    const QUERY: &str = "subscription($filter: CaseEventFilter, $kinds: [CaseEventKind!]) {
        change: caseChanged(filter: $filter, kinds: $kinds) { kind at case { id title } event { sequence kind note actor { name } } } }";
    listen(t, socket, QUERY, json!({ "filter": filter, "kinds": kinds })).await
}

/// `whistleChanged` with both ends.
pub async fn follow_whistles(t: &TestApp, socket: &mut WsClient, filter: Value) -> String {
    const QUERY: &str = "subscription($filter: WhistleEventFilter) {
        change: whistleChanged(filter: $filter) { from to at case { id title } whistle { id to status } } }";
    listen(t, socket, QUERY, json!({ "filter": filter })).await
}

/// The stream's next change, in which `pointer` points to what is compared.
pub async fn next_at(socket: &mut WsClient, id: &str, pointer: &str) -> Value {
    let data = socket.next(id).await;
    data.pointer(&format!("/change{pointer}")).unwrap_or_else(|| panic!("no {pointer} in {data:#}")).clone()
}

/// The stream fails with this code and ends; where nothing was run, with one message.
pub async fn assert_ends(socket: &mut WsClient, id: &str, code: &str) {
    let message = socket.next_message(id).await;
    if message["type"] == "error" {
        assert_eq!(message["payload"][0]["extensions"]["code"], code, "{message:#}");
        return;
    }
    assert_eq!(message["payload"]["errors"][0]["extensions"]["code"], code, "{message:#}");
    let message = socket.next_message(id).await;
    assert_eq!(message["type"], "complete", "{message:#}");
}

/// `mutation { FIELD(input) { case { id version } userErrors { code } } }`.
pub async fn mutate(t: &TestApp, who: impl Borrow<PersonId>, field: &str, input: Value) -> Response {
    let (first, rest) = field.split_at(1);
    let kind = format!("{}{rest}Input", first.to_uppercase());
    let query = format!("mutation($input: {kind}!) {{ {field}(input: $input) {{ case {{ id version }} userErrors {{ code }} }} }}");
    t.gql(Some(&t.token(who)), &query, json!({ "input": input })).await
}

/// A mutation that is carried out.
pub async fn carry_out(t: &TestApp, who: impl Borrow<PersonId>, field: &str, input: Value) {
    mutate(t, who, field, input).await.done(field);
}

pub async fn note(t: &TestApp, who: impl Borrow<PersonId>, case: &str, text: &str) {
    carry_out(t, who, "addCaseNote", json!({ "caseId": case, "note": text })).await;
}

/// The ids of a new case and of its whistle (empty where nobody was called).
pub struct Reported {
    pub case: String,
    pub whistle: String,
}

/// A report; `more` adds to its input or replaces parts of it.
pub async fn report(t: &TestApp, who: impl Borrow<PersonId>, title: &str, place: Value, more: Value) -> Reported {
    const QUERY: &str = "mutation($input: ReportCaseInput!) {
        reportCase(input: $input) { case { id } whistle { id } userErrors { code path } } }";
    let mut input = json!({ "title": title, "category": "SERVICE", "place": place });
    for (key, value) in more.as_object().into_iter().flatten() {
        input[key] = value.clone();
    }
    let answer = t.gql(Some(&t.token(who)), QUERY, json!({ "input": input })).await;
    let payload = answer.done("reportCase");
    let id = |field: &str| payload[field]["id"].as_str().unwrap_or_default().to_owned();
    Reported { case: id("case"), whistle: id("whistle") }
}

/// What goes wrong in the database with each new entry of a timeline.
#[derive(Clone, Copy)]
pub enum Fault {
    /// The statement that inserts it fails.
    Insert,
    /// The commit fails.
    Commit,
}

pub async fn inject(t: &TestApp, fault: Fault) {
    let body = match fault {
        // a reference to nobody, checked when the transaction ends
        Fault::Commit => "INSERT INTO fault VALUES (1)",
        Fault::Insert => "INSERT INTO fault VALUES (NULL)",
    };
    let tables = "CREATE TABLE fault_of (n integer PRIMARY KEY);
        CREATE TABLE fault (n integer NOT NULL REFERENCES fault_of (n) DEFERRABLE INITIALLY DEFERRED)";
    let trigger = if t.app.db.is_postgres() {
        format!(
            "CREATE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body}; RETURN NEW; END $$;
             CREATE TRIGGER fault BEFORE INSERT ON case_event FOR EACH ROW EXECUTE FUNCTION fault()"
        )
    } else {
        format!("CREATE TRIGGER fault BEFORE INSERT ON case_event BEGIN {body}; END")
    };
    execute(t, &format!("{tables}; {trigger}")).await;
}

pub async fn heal(t: &TestApp) {
    let function = if t.app.db.is_postgres() { "DROP FUNCTION fault();" } else { "" };
    let on = if t.app.db.is_postgres() { "ON case_event" } else { "" };
    execute(t, &format!("DROP TRIGGER fault {on}; {function} DROP TABLE fault; DROP TABLE fault_of")).await;
}

/// SQL behind the server's back.
pub async fn execute(t: &TestApp, sql: &str) {
    let tx = t.app.db.begin().await.expect("begun");
    tx.execute_unprepared(sql).await.expect(sql);
    tx.commit().await.expect("committed");
}
