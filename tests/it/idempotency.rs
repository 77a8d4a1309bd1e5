//! A call that is repeated under its idempotency key 幂等键 is carried out once, and answered as at first.

use std::collections::BTreeSet;

use chrono::Duration;
use chuishao::case::service::forget_old;
use entity::{CaseStatus, PersonId, idempotent_request};
use futures_util::future::join_all;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};

use crate::support::{TestApp, cases::Filed, client::Response, global::global};

crate::tests! {
    both: [
        fifty_retries_of_one_report_at_once_make_one_case,
        whoever_hung_up_finds_out_by_a_retry_what_became_of_it,
        a_retry_of_any_mutation_writes_nothing_and_answers_as_at_first,
        a_retry_shows_the_records_as_they_stand_now,
        a_retry_shows_nothing_that_is_no_longer_to_be_seen,
        an_input_that_is_spelled_otherwise_is_the_same,
        another_input_or_mutation_under_a_key_in_use_is_refused,
        a_key_belongs_to_one_person,
        a_key_is_taken_as_it_is,
        a_call_that_was_refused_leaves_no_key,
        a_call_that_met_a_newer_version_leaves_no_key,
        of_two_officers_who_close_at_once_one_succeeds_and_one_conflicts,
        a_key_is_kept_for_a_day_and_then_forgotten,
        old_keys_are_forgotten_however_many_there_are,
        what_has_no_key_costs_no_statement_more,
    ],
}

/// Every mutation, and its input in a place where it can be carried out: who, what, on which case or whistle, with what.
async fn ready(t: &TestApp, mutation: &str) -> (PersonId, String, Value) {
    use CaseStatus::{Accepted, Closed, InProgress, Reported, Resolved};
    let w = t.world();
    let (status, by, with) = match mutation {
        "acceptCase" | "rejectCase" => (Reported, w.grid_worker, json!({})),
        "withdrawCase" | "addCaseNote" => (Reported, w.resident, json!({})),
        "addCaseEvidence" => (Reported, w.resident, json!({ "attachmentIds": [t.attachment(w.resident).await] })),
        "classifyCase" => (Reported, w.grid_worker, json!({ "priority": "HIGH" })),
        "mergeCase" => (Reported, w.community, json!({ "intoCaseId": t.report(w.resident2).await.case })),
        "assignCase" | "startCase" => (Accepted, w.grid_worker, json!({})),
        "resolveCase" => (InProgress, w.grid_worker, json!({})),
        "closeCase" | "returnCase" => (Resolved, w.community, json!({})),
        "reopenCase" => (Closed, w.community, json!({})),
        "rateCase" => (Closed, w.resident, json!({})),
        "raiseWhistle" => {
            let targets = [w.dep_urban, w.dep_traffic, w.dep_fire].map(global);
            (Accepted, w.community, json!({ "to": "DEPARTMENT", "targetIds": targets, "leadId": targets[1] }))
        }
        "checkInWhistle" | "declineWhistle" => (Reported, w.grid_worker, json!({})),
        "withdrawWhistle" | "escalateWhistle" => (Reported, w.resident, json!({})),
        "ruleOnWhistle" => (Reported, w.community, json!({})),
        "concludeWhistle" | "pauseCaseClock" | "resumeCaseClock" | "extendDeadline" => (InProgress, w.grid_worker, json!({})),
        "superviseCase" => (InProgress, w.subdistrict, json!({})),
        "ruleOnExtension" => (InProgress, w.community, json!({})),
        "rateWhistle" => (InProgress, w.resident, json!({})),
        "eraseReporter" => (Reported, w.admin, json!({})),
        other => panic!("{other} is new: how is it carried out?"),
    };
    let Filed { case, whistle, .. } = match mutation {
        "eraseReporter" => t.report_with(w.community, json!({ "reporter": { "unregistered": { "name": "王大爷" } } })).await,
        _ => t.case_in(status).await,
    };
    match mutation {
        "resolveCase" => drop(t.does(w.grid_worker, "concludeWhistle", &whistle).await),
        "ruleOnWhistle" => drop(t.does(w.grid_worker, "declineWhistle", &whistle).await),
        "resumeCaseClock" => drop(t.does(w.grid_worker, "pauseCaseClock", &case).await),
        "ruleOnExtension" => drop(t.does(w.grid_worker, "extendDeadline", &case).await),
        _ => {}
    }
    let on = match mutation {
        "ruleOnExtension" => extension_of(t, &case).await,
        _ if mutation.ends_with("Whistle") && mutation != "raiseWhistle" => whistle,
        _ => case,
    };
    (by, on, with)
}

async fn extension_of(t: &TestApp, case: &str) -> String {
    let asked = "query($id: ID!) { node(id: $id) { ... on Case { extensions { nodes { id } } } } }";
    let seen = t.gql(Some(&t.token(t.world().community)), asked, json!({ "id": case })).await;
    seen.data()["node"]["extensions"]["nodes"][0]["id"].as_str().expect("an extension").to_owned()
}

/// The mutations that answer with a case, but for the report; those of other nouns are tried where their noun is.
fn mutations() -> BTreeSet<String> {
    let sdl = chuishao::schema::sdl();
    let root = sdl.split_once("\ntype Mutation {").and_then(|(_, rest)| rest.split_once("\n}")).expect("the mutations").0;
    let answers_with_a_case = |name: &String| {
        let payload = format!("\ntype {}{}Payload {{", name[..1].to_uppercase(), &name[1..]);
        sdl.split_once(&payload).and_then(|(_, rest)| rest.split_once("\n}")).is_some_and(|(fields, _)| fields.contains("\tcase: Case\n"))
    };
    let names = root.lines().filter_map(|line| Some(line.strip_suffix('(')?.trim().to_owned()));
    let mut found: BTreeSet<String> = names.filter(answers_with_a_case).collect();
    assert!(found.remove("reportCase") && found.len() >= 20, "{found:?}");
    found
}

fn with(mut input: Value, field: &str, value: impl Into<Value>) -> Value {
    input[field] = value.into();
    input
}

fn keyed(input: Value, key: &str) -> Value {
    with(input, "idempotencyKey", key)
}

/// The key is in use for something else, and nothing has changed.
async fn refused(t: &TestApp, mutation: &str, call: impl Future<Output = Response>) {
    let before = t.records().await;
    let answer = call.await;
    answer.assert_refused(mutation, "IDEMPOTENCY_KEY_REUSED");
    let payload = &answer.data()[mutation];
    assert_eq!(payload["userErrors"][0]["path"], json!(["input", "idempotencyKey"]), "{mutation}");
    assert_eq!(payload["case"], Value::Null, "{mutation}");
    assert_eq!(t.records().await, before, "{mutation}");
}

async fn keys(t: &TestApp) -> u64 {
    idempotent_request::Entity::find().count(&t.app.db.read).await.expect("counted")
}

async fn fifty_retries_of_one_report_at_once_make_one_case(t: TestApp) {
    let w = t.world();
    let second = TestApp::start(&t.url).await.expect("a second server");
    for round in 1..=3 {
        let key = format!("report-{round}");
        let retries = (0..50).map(|n| {
            let server = if n % 2 == 0 { &t } else { &second };
            server.try_report(w.resident, keyed(json!({}), &key))
        });
        let answers = join_all(retries).await;
        let first = answers[0].done("reportCase");
        assert!(first["case"]["id"].is_string() && first["whistle"]["id"].is_string());
        for answer in &answers {
            assert_eq!(answer.json, answers[0].json);
        }
        let records = t.records().await;
        assert_eq!([records.cases.len(), records.entries.len(), records.whistles.len()], [round; 3]);
    }
    second.app.db.close().await;
}

async fn whoever_hung_up_finds_out_by_a_retry_what_became_of_it(t: TestApp) {
    let w = t.world();
    let mut cut = 0;
    for round in 0..14 {
        let input = keyed(json!({}), &round.to_string());
        let patience = async {
            for _ in 0..1 << round {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            biased;
            _ = t.try_report(w.resident, input.clone()) => {}
            () = patience => cut += 1,
        }
        // the first call may not have begun, may be under way, or done
        let case = t.report_with(w.resident, input.clone()).await.case;
        assert_eq!(t.report_with(w.resident, input).await.case, case);
        assert_eq!(t.tally().await, (round + 1, round + 1, round + 1));
    }
    assert!(cut > 3, "cut off {cut} times");
}

async fn a_retry_of_any_mutation_writes_nothing_and_answers_as_at_first(t: TestApp) {
    for mutation in mutations() {
        let (by, on, input) = ready(&t, &mutation).await;
        let input = keyed(input, &mutation);
        let before = t.records().await;
        let first = t.act(by, &mutation, &on, input.clone()).await;
        first.done(&mutation);
        let after = t.records().await;
        assert_ne!(after, before, "{mutation}");
        t.advance(Duration::seconds(1));
        for _ in 0..2 {
            assert_eq!(t.act(by, &mutation, &on, input.clone()).await.json, first.json, "{mutation}");
        }
        assert_eq!(t.records().await, after, "{mutation}");
        refused(&t, &mutation, t.act(by, &mutation, &on, with(input, "expectedVersion", 1))).await;
    }
    let w = t.world();
    let input = keyed(json!({}), "reportCase");
    let first = t.try_report(w.grid_worker, input.clone()).await;
    // their own grid would be called
    assert_eq!(first.done("reportCase")["whistle"], Value::Null);
    assert_eq!(t.try_report(w.grid_worker, input.clone()).await.json, first.json);
    refused(&t, "reportCase", t.try_report(w.grid_worker, with(input, "title", "另一件事"))).await;
    assert_eq!(keys(&t).await, mutations().len() as u64 + 1);
}

async fn a_retry_shows_the_records_as_they_stand_now(t: TestApp) {
    let w = t.world();
    let (key, filed) = (keyed(json!({}), "1"), t.report(w.resident).await);
    t.does_with(w.grid_worker, "checkInWhistle", &filed.whistle, key.clone()).await;
    t.does(w.grid_worker, "concludeWhistle", &filed.whistle).await;
    t.does(w.grid_worker, "resolveCase", &filed.case).await;
    let now = t.does_with(w.grid_worker, "checkInWhistle", &filed.whistle, key).await;
    assert_eq!([&now["whistle"]["status"], &now["case"]["status"]], ["CONCLUDED", "RESOLVED"]);
    assert_eq!(t.timeline(&filed.case).await.len(), 4);
}

async fn a_retry_shows_nothing_that_is_no_longer_to_be_seen(t: TestApp) {
    let w = t.world();
    let (key, case) = (keyed(json!({}), "1"), t.case_in(CaseStatus::Accepted).await.case);
    let to = |unit: String| json!({ "handlerId": unit });
    t.does_with(w.grid_worker, "assignCase", &case, to(global(w.firm_a))).await;
    t.does_with(w.firm, "startCase", &case, key.clone()).await;
    t.does_with(w.community, "assignCase", &case, to(global(w.grid1))).await;
    let before = t.records().await;
    assert_eq!(t.does_with(w.firm, "startCase", &case, key.clone()).await["case"], Value::Null);
    assert_eq!(t.records().await, before);
    // what is not a retry does not find it either
    t.refuses(w.firm, "startCase", &case, ("NOT_FOUND", "caseId")).await;
}

async fn an_input_that_is_spelled_otherwise_is_the_same(t: TestApp) {
    let building = global(t.world().building1);
    let report = async |input: &str| {
        let document = format!("mutation {{ reportCase(input: {{ {input} }}) {{ case {{ id }} userErrors {{ code }} }} }}");
        t.ask(Some(t.world().resident), &document).await
    };
    let place = format!(r#"place: {{ buildingId: "{building}" }}"#);
    let at = r#"idempotencyKey: "1", category: HAZARD, title: "火\"灾""#;
    let first = report(&format!("{at}, {place}, location: {{ longitude: 112, latitude: 27.5 }}")).await;
    first.done("reportCase");
    let again = format!("matterId: null, {place}, location: {{ latitude: 27.50, longitude: 112.0 }}, anonymous: false, {at}");
    assert_eq!(report(&again).await.json, first.json);
    for other in [
        format!("{at}, {place}, location: {{ longitude: 27.5, latitude: 112 }}"),
        format!("{at}, {place}"),
        again.replace("false", "true"),
        again.replace("HAZARD", "VIOLATION"),
        again.replace(r#"火\"灾"#, "火灾"),
        again.replace(&building, &global(t.world().building2)),
    ] {
        assert_ne!(report(&other).await.user_errors("reportCase"), Vec::<&str>::new(), "{other}");
    }
    assert_eq!(t.tally().await, (1, 1, 1));
}

async fn another_input_or_mutation_under_a_key_in_use_is_refused(t: TestApp) {
    let w = t.world();
    let (one, other) = (t.report(w.resident).await, t.report(w.resident).await);
    let reason = keyed(json!({ "reason": "属实" }), "1");
    t.does_with(w.grid_worker, "acceptCase", &one.case, reason.clone()).await;
    refused(&t, "acceptCase", t.act(w.grid_worker, "acceptCase", &other.case, reason.clone())).await;
    refused(&t, "acceptCase", t.act(w.grid_worker, "acceptCase", &one.case, with(reason.clone(), "reason", "不实"))).await;
    // field by field the same input, but of another mutation
    refused(&t, "rejectCase", t.act(w.grid_worker, "rejectCase", &one.case, reason)).await;
    refused(&t, "checkInWhistle", t.act(w.grid_worker, "checkInWhistle", &one.whistle, keyed(json!({}), "1"))).await;
    refused(&t, "reportCase", t.try_report(w.grid_worker, keyed(json!({}), "1"))).await;
}

async fn a_key_belongs_to_one_person(t: TestApp) {
    let w = t.world();
    let key = keyed(json!({}), "1");
    let (one, two) = tokio::join!(t.report_with(w.resident, key.clone()), t.report_with(w.resident2, key.clone()));
    assert_ne!(one.case, two.case);
    assert_eq!(t.report_with(w.resident, key.clone()).await.case, one.case);
    assert_eq!(t.report_with(w.resident2, key.clone()).await.case, two.case);
    assert_eq!(t.tally().await.0, 2);
    t.gql(None, "mutation($input: ReportCaseInput!) { reportCase(input: $input) { case { id } } }", {
        json!({ "input": keyed(crate::support::ask::report(&t), "1") })
    })
    .await
    .assert_code("UNAUTHENTICATED");
}

async fn a_key_is_taken_as_it_is(t: TestApp) {
    let w = t.world();
    for (key, code) in [
        (String::new(), "REQUIRED"),
        ("键".repeat(101), "TOO_LONG"),
        ("a\nb".into(), "INVALID_CHARACTERS"),
        ("\u{7f}".into(), "INVALID_CHARACTERS"),
    ] {
        let answer = t.try_report(w.resident, keyed(json!({}), &key)).await;
        answer.assert_refused("reportCase", code);
        assert_eq!(answer.data()["reportCase"]["userErrors"][0]["path"], json!(["input", "idempotencyKey"]));
        t.refuses_with(w.resident, "addCaseNote", &t.report(w.resident).await.case, keyed(json!({}), &key), (code, "idempotencyKey")).await;
    }
    let before = t.tally().await.0;
    let kept: Vec<String> = vec!["键".repeat(100), "k".into(), "K".into(), "k ".into(), " k".into(), "k%".into(), "'\"\\".into()];
    for key in [kept.clone(), kept.clone()].concat() {
        t.report_with(w.resident, keyed(json!({}), &key)).await;
    }
    assert_eq!(t.tally().await.0, before + kept.len() as u64);
    // null is as if it were left out
    for _ in 0..2 {
        t.report_with(w.resident, json!({ "idempotencyKey": null })).await;
    }
    assert_eq!(t.tally().await.0, before + kept.len() as u64 + 2);
}

async fn a_call_that_was_refused_leaves_no_key(t: TestApp) {
    let w = t.world();
    let Filed { case, whistle, .. } = t.case_in(CaseStatus::InProgress).await;
    let key = keyed(json!({}), "1");
    for _ in 0..2 {
        t.refuses_with(w.grid_worker, "resolveCase", &case, key.clone(), ("OPEN_WHISTLES", "caseId")).await;
    }
    t.refuses_with(w.analyst, "addCaseNote", &case, key.clone(), ("FORBIDDEN", "caseId")).await;
    t.try_report(w.analyst, key.clone()).await.assert_refused("reportCase", "FORBIDDEN");
    assert_eq!(keys(&t).await, 0);
    t.does(w.grid_worker, "concludeWhistle", &whistle).await;
    let first = t.does_with(w.grid_worker, "resolveCase", &case, key.clone()).await;
    assert_eq!(t.does_with(w.grid_worker, "resolveCase", &case, key).await, first);
    assert_eq!(keys(&t).await, 1);
}

async fn a_call_that_met_a_newer_version_leaves_no_key(t: TestApp) {
    let w = t.world();
    let case = t.case_in(CaseStatus::Accepted).await.case;
    let seen = |version: i32| keyed(json!({ "expectedVersion": version }), "1");
    for _ in 0..2 {
        let stale = t.act(w.grid_worker, "startCase", &case, seen(1)).await;
        stale.assert_refused("startCase", "CONFLICT");
        assert_eq!(stale.data()["startCase"]["case"]["version"], 2);
    }
    let first = t.does_with(w.grid_worker, "startCase", &case, seen(2)).await;
    // a retry looked at what the first call looked at
    assert_eq!(t.does_with(w.grid_worker, "startCase", &case, seen(2)).await, first);
}

async fn of_two_officers_who_close_at_once_one_succeeds_and_one_conflicts(t: TestApp) {
    let w = t.world();
    let second = TestApp::start(&t.url).await.expect("a second server");
    let mut cases = Vec::new();
    for _ in 0..8 {
        cases.push(t.case_in(CaseStatus::Resolved).await.case);
    }
    let seen = t.look(&cases[0]).await["version"].clone();
    let races = cases.iter().map(async |case| {
        let close = |server: &'static str, by| {
            let at = if server == "one" { &t } else { &second };
            // the same key, but of two persons
            at.act(by, "closeCase", case, keyed(json!({ "expectedVersion": seen }), case))
        };
        let (one, two) = tokio::join!(close("one", w.community), close("two", w.community2));
        let mut codes = [one.user_errors("closeCase"), two.user_errors("closeCase")];
        codes.sort_unstable();
        assert_eq!(codes, [vec![], vec!["CONFLICT"]]);
        // both are shown the case as the first has left it
        assert_eq!(one.data()["closeCase"]["case"], two.data()["closeCase"]["case"]);
        // each retry is answered as at first: to the one it is done, to the other it has moved on
        for (server, by, first) in [("one", w.community, &one), ("two", w.community2, &two)] {
            assert_eq!(close(server, by).await.json, first.json);
        }
        assert_eq!(t.timeline(case).await.last().map(String::as_str), Some("CLOSED"));
        assert_eq!(t.timeline(case).await.iter().filter(|kind| *kind == "CLOSED").count(), 1);
    });
    join_all(races).await;
    second.app.db.close().await;
}

async fn a_key_is_kept_for_a_day_and_then_forgotten(t: TestApp) {
    let w = t.world();
    let key = keyed(json!({}), "1");
    let report = async || t.report_with(w.resident, key.clone()).await.case;
    let forget = async || forget_old(&t.app.db, t.now()).await.expect("forgotten");
    let first = report().await;
    for hours in [23, 2, 22] {
        t.advance(Duration::hours(hours));
        t.report_with(w.resident, keyed(json!({}), &hours.to_string())).await;
        assert_eq!((forget().await, report().await), (0, first.clone()), "within two days");
    }
    t.advance(Duration::hours(2));
    assert_eq!(forget().await, 1);
    let second = report().await;
    assert_ne!(second, first);
    t.advance(Duration::hours(47));
    assert_eq!((forget().await, report().await), (3, second));
}

async fn old_keys_are_forgotten_however_many_there_are(t: TestApp) {
    let request = |n: i64| idempotent_request::Model {
        person_id: t.world().resident,
        key: n.to_string(),
        body: vec![0; 32],
        at: t.now() + Duration::seconds(n),
        case_id: None,
        whistle_ids: None,
        policy_id: None,
        made_id: None,
    };
    for start in [0, 4_000, 8_000] {
        t.insert((start..start + 4_000).map(request)).await;
    }
    assert_eq!(forget_old(&t.app.db, t.now() + Duration::hours(48) + Duration::seconds(11_990)).await.expect("forgotten"), 11_990);
    assert_eq!(keys(&t).await, 10);
}

async fn what_has_no_key_costs_no_statement_more(t: TestApp) {
    for mutation in mutations() {
        for (key, cost) in [(Value::Null, 0), (json!(mutation), 2)] {
            let (by, on, input) = ready(&t, &mutation).await;
            let mark = t.statements.count();
            t.does_with(by, &mutation, &on, with(input, "idempotencyKey", key)).await;
            let statements = t.statements.since(mark);
            let about_keys = statements.iter().filter(|sql| sql.contains("idempotent_request")).count();
            assert_eq!(about_keys, cost, "{mutation}: {statements:#?}");
        }
    }
}
