//! One case, one file, untampered: what is changed behind the server's back is found and named.

use chuishao::{
    case::service::{Tally, verify},
    demo,
};
use entity::*;
use serde_json::{Value, json};

use crate::support::{
    TestApp,
    cases::Filed,
    global::global,
    process::{chuishao, finish, succeeded},
};

crate::tests! {
    both: [
        what_the_server_writes_is_whole,
        each_tampering_is_found_and_named,
        a_whistle_that_nobody_raised_is_found,
        a_whistle_whose_row_is_gone_is_found,
        forty_writes_at_once_keep_the_chain_whole,
        the_command_names_what_is_broken,
        the_files_of_many_cases_cost_as_much_as_one,
        a_change_costs_no_statement_more,
    ],
    bare: [the_demonstration_is_whole],
}

const INTEGRITY: &str = "fileIntegrity { intact events head broken { sequence reason message } }";

async fn integrity(t: &TestApp, number: &str) -> Value {
    let query = format!(r#"{{ case(number: "{number}") {{ {INTEGRITY} timeline(last: 1) {{ nodes {{ hash }} }} }} }}"#);
    let answer = t.ask(Some(t.world().district), &query).await;
    let case = &answer.data()["case"];
    let found = case["fileIntegrity"].clone();
    let last = &case["timeline"]["nodes"][0]["hash"];
    assert!(found["broken"].is_object() || found["head"] == *last, "the head is the hash of the last entry: {case:#}");
    found
}

/// Sequence and reason; null where the file is whole.
async fn fault(t: &TestApp, number: &str) -> Value {
    let found = integrity(t, number).await;
    assert_eq!(found["intact"], found["broken"].is_null());
    match &found["broken"] {
        Value::Null => Value::Null,
        broken => json!([broken["sequence"], broken["reason"]]),
    }
}

/// What the command counts and names.
async fn verified(t: &TestApp) -> (Tally, Vec<String>) {
    let mut told = Vec::new();
    let tally = verify(&t.app.db, None, |number, finding| told.push(format!("{number} {finding:?}"))).await.expect("read");
    (tally.expect("all of them"), told)
}

async fn what_the_server_writes_is_whole(t: TestApp) {
    let w = t.world();
    let filed = t.report(w.resident).await;
    let (case, whistle) = (&filed.case, &filed.whistle);
    t.does(w.grid_worker, "acceptCase", case).await;
    t.does(w.grid_worker, "classifyCase", case).await;
    t.does(w.grid_worker, "declineWhistle", whistle).await;
    t.does(w.community, "ruleOnWhistle", whistle).await;
    t.does(w.grid_worker, "raiseWhistle", case).await;
    let first = integrity(&t, &filed.number).await;
    let raised = t.look(case).await["whistles"]["nodes"].as_array().expect("whistles").last().expect("one")["id"].clone();
    t.does(w.grid_worker, "escalateWhistle", raised.as_str().expect("an id")).await;
    // two departments, one after the other, join one whistle to the district: the second takes the lead along
    let call = json!({ "to": "DEPARTMENT", "targetIds": [global(w.dep_urban), global(w.dep_traffic)], "leadId": global(w.dep_urban) });
    let called = t.does_with(w.subdistrict, "raiseWhistle", case, call).await;
    let by_lead = |lead: bool| {
        let found = called["whistles"].as_array().expect("whistles").iter().find(|whistle| whistle["lead"] == lead).expect("one");
        found["id"].as_str().expect("an id").to_owned()
    };
    t.does(w.subdistrict, "escalateWhistle", &by_lead(false)).await;
    t.does(w.subdistrict, "escalateWhistle", &by_lead(true)).await;
    t.does(w.district, "rejectCase", &t.report(w.resident2).await.case).await;
    for status in [CaseStatus::Closed, CaseStatus::Withdrawn, CaseStatus::Merged] {
        let filed = t.case_in(status).await;
        assert_eq!(fault(&t, &filed.number).await, Value::Null, "{status:?}");
    }
    let now = integrity(&t, &filed.number).await;
    assert_eq!(now["intact"], true, "{now:#}");
    assert_eq!(now["events"], t.timeline(case).await.len());
    assert_ne!(now["head"], first["head"]);
    let (tally, told) = verified(&t).await;
    assert!(told.is_empty(), "{told:#?}");
    assert_eq!((tally.cases, tally.entries, tally.whistles, tally.broken), {
        let (cases, entries, whistles) = t.tally().await;
        (cases, entries, whistles, 0)
    });
}

/// Reported, checked in, concluded, resolved, closed: five entries and one whistle.
async fn closed(t: &TestApp) -> Filed {
    let filed = t.case_in(CaseStatus::Closed).await;
    assert_eq!(t.timeline(&filed.case).await.len(), 5);
    filed
}

/// Statements, in which CASE stands for the id of the case, and where what shows.
const TAMPERINGS: &[(&str, i32, &str)] = &[
    // a changed entry
    ("UPDATE case_event SET kind = 'NOTED' WHERE case_id = CASE AND seq = 3", 3, "CHANGED"),
    ("UPDATE case_event SET to_status = 'REJECTED' WHERE case_id = CASE AND seq = 5", 5, "CHANGED"),
    ("UPDATE case_event SET hash = previous WHERE case_id = CASE AND seq = 4", 4, "CHANGED"),
    ("UPDATE case_event SET file = personal WHERE case_id = CASE AND seq = 2", 2, "CHANGED"),
    ("UPDATE case_event SET previous = NULL WHERE case_id = CASE AND seq = 4", 4, "UNLINKED"),
    ("UPDATE case_event SET hash = NULL WHERE case_id = CASE AND seq = 1", 1, "NOT_CHAINED"),
    ("UPDATE case_event SET note = '一切正常' WHERE case_id = CASE AND seq = 4", 4, "PERSONAL_CHANGED"),
    ("UPDATE case_event SET salt = 'ab' WHERE case_id = CASE AND seq = 4", 4, "PERSONAL_CHANGED"),
    (
        "UPDATE case_event SET actor_id = (SELECT closed_by FROM case_file WHERE id = CASE) WHERE case_id = CASE AND seq = 4",
        4,
        "PERSONAL_CHANGED",
    ),
    ("UPDATE case_event SET note = NULL, salt = NULL, erased_at = at WHERE case_id = CASE AND seq = 4", 4, "ERASED_UNRECORDED"),
    // a deleted one
    ("DELETE FROM case_event WHERE case_id = CASE AND seq = 1", 1, "MISSING"),
    ("DELETE FROM case_event WHERE case_id = CASE AND seq = 3", 3, "MISSING"),
    ("DELETE FROM case_event WHERE case_id = CASE AND seq = 5", 5, "MISSING"),
    ("DELETE FROM case_event WHERE case_id = CASE", 1, "MISSING"),
    (
        "DELETE FROM case_event WHERE case_id = CASE AND seq = 3; UPDATE case_event SET seq = 3 WHERE case_id = CASE AND seq = 4;
         UPDATE case_event SET seq = 4 WHERE case_id = CASE AND seq = 5; UPDATE case_file SET version = 4 WHERE id = CASE",
        3,
        "UNLINKED",
    ),
    (
        "DELETE FROM case_event WHERE case_id = CASE AND seq = 5; UPDATE case_file SET version = 4, status = 'RESOLVED' WHERE id = CASE",
        4,
        "CASE_CHANGED",
    ),
    // two swapped
    (
        "UPDATE case_event SET seq = 99 WHERE case_id = CASE AND seq = 2; UPDATE case_event SET seq = 2 WHERE case_id = CASE AND seq = 3;
         UPDATE case_event SET seq = 3 WHERE case_id = CASE AND seq = 99",
        2,
        "OUT_OF_ORDER",
    ),
    // the case itself
    ("UPDATE case_file SET status = 'IN_PROGRESS' WHERE id = CASE", 5, "CASE_CHANGED"),
    ("UPDATE case_file SET handler_id = community_id WHERE id = CASE", 5, "CASE_CHANGED"),
    ("UPDATE case_file SET closed_at = NULL WHERE id = CASE", 5, "CASE_CHANGED"),
    ("UPDATE case_file SET resolution = '未办理' WHERE id = CASE", 5, "CASE_CHANGED"),
    ("UPDATE case_file SET recovered = 1 WHERE id = CASE", 5, "CASE_CHANGED"),
    ("UPDATE case_file SET title = '无' WHERE id = CASE", 5, "CASE_CHANGED"),
    ("UPDATE case_file SET reporter_name = '他人' WHERE id = CASE", 5, "CASE_CHANGED"),
    ("UPDATE case_file SET reporter_phone = '13800000000' WHERE id = CASE", 5, "CASE_CHANGED"),
    ("UPDATE case_file SET entered_by = closed_by WHERE id = CASE", 5, "CASE_CHANGED"),
    ("UPDATE case_file SET score = 5 WHERE id = CASE", 5, "CASE_CHANGED"),
    ("UPDATE case_file SET longitude = 112.0 WHERE id = CASE", 5, "CASE_CHANGED"),
    ("UPDATE case_file SET head = NULL WHERE id = CASE", 5, "CASE_CHANGED"),
    ("UPDATE case_file SET version = 4 WHERE id = CASE", 5, "CASE_CHANGED"),
    // its whistle
    ("UPDATE whistle SET result = '未到场' WHERE case_id = CASE", 3, "WHISTLE_CHANGED"),
    ("UPDATE whistle SET status = 'WITHDRAWN' WHERE case_id = CASE", 3, "WHISTLE_CHANGED"),
    ("UPDATE whistle SET checked_in_at = NULL WHERE case_id = CASE", 3, "WHISTLE_CHANGED"),
];

async fn each_tampering_is_found_and_named(t: TestApp) {
    for (sql, sequence, reason) in TAMPERINGS {
        let filed = closed(&t).await;
        assert_eq!(fault(&t, &filed.number).await, Value::Null);
        let before = verified(&t).await.0.broken;
        t.sql(&sql.replace("CASE", &format!("(SELECT id FROM case_file WHERE number = '{}')", filed.number))).await;
        assert_eq!(fault(&t, &filed.number).await, json!([sequence, reason]), "{sql}");
        let (tally, told) = verified(&t).await;
        assert_eq!(tally.broken, before + 1, "{sql}");
        assert!(told.iter().any(|line| line.starts_with(&filed.number)), "{sql}: {told:#?}");
    }
    let text = async |language: &str| {
        let body = json!({ "query": "{ cases(first: 1, orderBy: {field: NUMBER, direction: ASC}) { nodes { fileIntegrity { broken { message } } } } }" });
        let request = t.http().post(t.url("/graphql")).bearer_auth(t.token(t.world().district)).header("accept-language", language);
        let answer = crate::support::client::Response::of(request.json(&body).send().await.expect("an answer")).await;
        answer.data()["cases"]["nodes"][0]["fileIntegrity"]["broken"]["message"].as_str().expect("a message").to_owned()
    };
    assert_eq!(text("en").await, "This entry has been changed");
    assert_eq!(text("zh-CN").await, "该事项被改动");
}

async fn a_whistle_that_nobody_raised_is_found(t: TestApp) {
    let filed = closed(&t).await;
    let case = t.records().await.cases.into_iter().find(|case| case.number == filed.number).expect("the case");
    t.whistle(&case, HandlerKind::Community, t.world().area_community).await;
    assert_eq!(fault(&t, &filed.number).await, json!([5, "WHISTLE_UNRECORDED"]));
}

async fn a_whistle_whose_row_is_gone_is_found(t: TestApp) {
    let filed = closed(&t).await;
    // not even a foreign key in its way
    let of = |table: &str| format!("{table} WHERE case_id = (SELECT id FROM case_file WHERE number = '{}')", filed.number);
    let other = closed(&t).await;
    t.sql(&format!(
        "UPDATE {}",
        of("whistle SET case_id = (SELECT id FROM case_file WHERE number = 'OTHER')").replace("OTHER", &other.number)
    ))
    .await;
    assert_eq!(fault(&t, &filed.number).await, json!([3, "WHISTLE_CHANGED"]));
    assert_eq!(fault(&t, &other.number).await, json!([5, "WHISTLE_UNRECORDED"]));
}

async fn forty_writes_at_once_keep_the_chain_whole(t: TestApp) {
    let w = t.world();
    let filed = t.case_in(CaseStatus::InProgress).await;
    let officers = [w.grid_worker, w.community, w.subdistrict, w.district];
    let notes = (0..40).map(|n| t.does_with(officers[n % 4], "addCaseNote", &filed.case, json!({ "note": format!("备注 {n}") })));
    futures_util::future::join_all(notes).await;
    let found = integrity(&t, &filed.number).await;
    assert_eq!((&found["intact"], &found["events"]), (&json!(true), &json!(42)), "{found:#}");
}

async fn the_command_names_what_is_broken(t: TestApp) {
    let (whole, broken, gone) = (closed(&t).await, closed(&t).await, closed(&t).await);
    let data = tempfile::tempdir().expect("a directory");
    let command = |arguments: &[&str]| {
        let mut command = chuishao(data.path(), arguments);
        command.env("CHUISHAO_DATABASE_URL", &t.url);
        command
    };
    let said = succeeded(&mut command(&["verify"]));
    assert!(said.contains("checked 15 entries and 3 whistles of 3 case files: 3 whole, 0 broken"), "{said}");
    assert!(said.contains("rows of the event log: whole"), "{said}");
    let of = |number: &str| format!("(SELECT id FROM case_file WHERE number = '{number}')");
    t.sql(&format!("UPDATE case_event SET note = '改' WHERE seq = 4 AND case_id = {}", of(&broken.number))).await;
    for table in ["case_clock", "case_event", "whistle", "case_file"] {
        let column = if table == "case_file" { "id" } else { "case_id" };
        t.sql(&format!("DELETE FROM {table} WHERE {column} = {}", of(&gone.number))).await;
    }
    let output = finish(&mut command(&["verify"]));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains(&format!("{}: entry 4: its actor or note has been changed", broken.number)), "{said}");
    assert!(said.contains(&format!("{}: the case is gone", gone.number)), "{said}");
    assert!(!said.contains(&format!("{}:", whole.number)), "{said}");
    // a row that no entity can hold hides nothing else
    t.sql(&format!("UPDATE case_event SET kind = '乱' WHERE seq = 2 AND case_id = {}", of(&whole.number))).await;
    let output = finish(&mut command(&["verify"]));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains(&format!("{}: cannot be read", whole.number)) && said.contains(&broken.number), "{said}");
    let one = |number: &str| finish(&mut command(&["verify", "--case", number])).status.code();
    assert_eq!((one(&broken.number), one(&gone.number), one(&closed(&t).await.number)), (Some(1), Some(1), Some(0)));
}

async fn statements_of(t: &TestApp, query: &str, variables: Value) -> Vec<String> {
    let token = t.token(t.world().district);
    let mark = t.statements.count();
    t.gql(Some(&token), query, variables).await.data();
    t.statements.since(mark).into_iter().filter(|sql| !sql.starts_with("SET TRANSACTION")).collect()
}

async fn the_files_of_many_cases_cost_as_much_as_one(t: TestApp) {
    for _ in 0..8 {
        closed(&t).await;
    }
    let query = "query($n: Int!) { cases(first: $n) { nodes { fileIntegrity { intact } } } }";
    let (one, many) = (statements_of(&t, query, json!({ "n": 1 })).await, statements_of(&t, query, json!({ "n": 8 })).await);
    assert_eq!(one.len(), many.len());
    assert_eq!(many.len(), 6, "sign-in, cases; attachments, cases, entries and whistles of one moment:\n{}", many.join("\n"));
}

async fn a_change_costs_no_statement_more(t: TestApp) {
    let filed = t.report(t.world().resident).await;
    let token = t.token(t.world().grid_worker);
    let mark = t.statements.count();
    let query = "mutation($id: ID!) { checkInWhistle(input: {whistleId: $id}) { case { id } userErrors { code } } }";
    t.gql(Some(&token), query, json!({ "id": filed.whistle })).await.done("checkInWhistle");
    // what the event log costs is its own affair
    let of_the_change =
        |sql: &String| ["\"post\"", "\"whistle\"", "\"case_file\"", "\"case_event\""].iter().any(|table| sql.contains(table));
    let sent: Vec<String> = t.statements.since(mark).into_iter().filter(of_the_change).collect();
    assert_eq!(sent.len(), 7, "sign-in, whistle, case, whistle, and three written:\n{}", sent.join("\n"));
}

async fn the_demonstration_is_whole(t: TestApp) {
    demo::load(&t.app.db, &t.app.clock, |_, _| {}).await.expect("loaded");
    let (tally, told) = verified(&t).await;
    assert_eq!(tally.broken, 0, "{:#?}", &told[..told.len().min(5)]);
    assert!(tally.cases > 4_500 && tally.entries > tally.cases, "{tally:?}");
}
