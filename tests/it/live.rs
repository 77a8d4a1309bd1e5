//! Live streams over a WebSocket: one change for each commit and none without, in order, by the subscriber's own rights.

use std::collections::HashMap;

use chrono::{DateTime, Duration, NaiveDate, Utc};
use entity::{PersonId, post};
use futures_util::future::join_all;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use crate::support::{
    TestApp,
    global::global,
    live::{
        Fault, assert_ends, carry_out, follow_cases, follow_statuses, follow_whistles, heal, inject, listen, mutate, next_at, note, report,
        until,
    },
    ws::{Received, WsClient},
};

crate::tests! {
    both: [
        a_case_tells_each_change_of_its_status_in_order,
        a_whistle_tells_each_of_its_moves,
        parallel_moves_arrive_in_the_order_of_the_timeline,
        a_refused_mutation_tells_nothing,
        a_write_that_fails_tells_nothing_and_stops_nobody,
        an_officer_of_another_community_hears_nothing,
        a_reporter_hears_of_their_own_case_with_masked_officers,
        a_respondent_never_learns_the_reporter,
        a_post_that_ends_ends_the_delivery,
        a_token_that_runs_out_ends_the_stream_at_the_next_change,
        a_token_that_runs_out_ends_a_stream_in_which_nothing_happens,
        a_visitor_cannot_follow_cases,
        a_finished_stream_listens_no_longer,
    ]
}

fn building1(t: &TestApp) -> Value {
    json!({ "buildingId": global(t.world().building1) })
}

async fn socket(t: &TestApp, person: PersonId) -> WsClient {
    t.ws(Some(&t.token(person))).await
}

async fn a_case_tells_each_change_of_its_status_in_order(t: TestApp) {
    let w = t.world();
    let mut socket = socket(&t, w.community).await;
    let id = follow_statuses(&t, &mut socket, Value::Null).await;
    let started = t.now();
    let new = report(&t, w.resident, "路灯", building1(&t), json!({})).await;
    let step = Duration::minutes(10);
    t.advance(step);
    carry_out(&t, w.grid_worker, "checkInWhistle", json!({ "whistleId": new.whistle, "note": "到场" })).await;
    t.advance(step);
    carry_out(&t, w.grid_worker, "concludeWhistle", json!({ "whistleId": new.whistle, "result": "已换" })).await;
    carry_out(&t, w.grid_worker, "resolveCase", json!({ "caseId": new.case, "resolution": "换灯" })).await;
    t.advance(step);
    carry_out(&t, w.community2, "closeCase", json!({ "caseId": new.case, "verification": "亮了" })).await;

    let resident = json!({ "name": "居**", "phone": null, "masked": true, "role": "RESIDENT" });
    let officer = |name, role| json!({ "name": name, "phone": null, "masked": false, "role": role });
    let expected = [
        (Value::Null, "REPORTED", Value::Null, resident, 0),
        (json!("REPORTED"), "IN_PROGRESS", json!("到场"), officer("网格员甲", "GRID_WORKER"), 1),
        (json!("IN_PROGRESS"), "RESOLVED", json!("换灯"), officer("网格员甲", "GRID_WORKER"), 2),
        (json!("RESOLVED"), "CLOSED", json!("亮了"), officer("社区乙", "COMMUNITY_OFFICER"), 3),
    ];
    for (from, to, note, mut actor, steps) in expected {
        let change = next_at(&mut socket, &id, "").await;
        if to == "REPORTED" {
            // a resident's phone is masked, not hidden
            actor["phone"] = change["actor"]["phone"].clone();
            assert!(actor["phone"].as_str().is_some_and(|phone| phone.contains("****")), "{actor}");
        }
        assert_eq!((&change["from"], &change["to"], &change["note"], &change["actor"]), (&from, &json!(to), &note, &actor));
        let at: DateTime<Utc> = change["at"].as_str().expect("an instant").parse().expect("RFC 3339");
        assert_eq!(at, started + step * steps);
        assert_eq!(change["case"]["id"], new.case);
    }
}

async fn a_whistle_tells_each_of_its_moves(t: TestApp) {
    let w = t.world();
    let mut socket = socket(&t, w.community).await;
    let id = follow_whistles(&t, &mut socket, Value::Null).await;
    let grid_called = report(&t, w.resident, "噪声", building1(&t), json!({})).await;
    carry_out(&t, w.grid_worker, "checkInWhistle", json!({ "whistleId": grid_called.whistle })).await;
    carry_out(&t, w.grid_worker, "concludeWhistle", json!({ "whistleId": grid_called.whistle, "result": "已劝" })).await;
    let escalated = report(&t, w.resident, "积水", building1(&t), json!({})).await;
    carry_out(&t, w.community, "escalateWhistle", json!({ "whistleId": escalated.whistle })).await;
    let mut heard = Vec::new();
    for _ in 0..6 {
        let change = next_at(&mut socket, &id, "").await;
        let own = change["whistle"]["id"] == grid_called.whistle || change["whistle"]["id"] == escalated.whistle;
        heard.push((change["case"]["title"].clone(), change["from"].clone(), change["to"].clone(), change["whistle"]["to"].clone(), own));
    }
    let row = |title: &str, from: Value, to: &str, target: &str, own| (json!(title), from, json!(to), json!(target), own);
    let expected = [
        row("噪声", Value::Null, "RAISED", "GRID", true),
        row("噪声", json!("RAISED"), "CHECKED_IN", "GRID", true),
        row("噪声", json!("CHECKED_IN"), "CONCLUDED", "GRID", true),
        row("积水", Value::Null, "RAISED", "GRID", true),
        row("积水", json!("RAISED"), "ESCALATED", "GRID", true),
        row("积水", Value::Null, "RAISED", "COMMUNITY", false),
    ];
    assert_eq!(heard, expected);
}

async fn parallel_moves_arrive_in_the_order_of_the_timeline(t: TestApp) {
    let w = t.world();
    let mut cases = Vec::new();
    for title in ["一", "二", "三"] {
        cases.push(report(&t, w.resident, title, building1(&t), json!({})).await.case);
    }
    let mut socket = socket(&t, w.community).await;
    let id = follow_cases(&t, &mut socket, Value::Null, Value::Null).await;
    join_all((0..30).map(|n| {
        let (t, case) = (&t, &cases[n % cases.len()]);
        async move { note(t, w.community, case, &n.to_string()).await }
    }))
    .await;
    let mut heard: HashMap<String, Vec<(Value, Value)>> = HashMap::new();
    for _ in 0..30 {
        let change = next_at(&mut socket, &id, "").await;
        let case = change["case"]["id"].as_str().expect("an id").to_owned();
        heard.entry(case).or_default().push((change["event"]["sequence"].clone(), change["event"]["note"].clone()));
    }
    for case in &cases {
        const QUERY: &str = "query($id: ID!) { node(id: $id) { ... on Case { timeline(first: 50) { nodes { sequence note } } } } }";
        let answer = t.gql(Some(&t.token(w.community)), QUERY, json!({ "id": case })).await;
        let timeline = answer.data()["node"]["timeline"]["nodes"].as_array().expect("entries").clone();
        let written: Vec<_> = timeline.iter().skip(1).map(|entry| (entry["sequence"].clone(), entry["note"].clone())).collect();
        assert_eq!(written.len(), 10);
        assert_eq!(heard[case], written);
    }
}

async fn a_refused_mutation_tells_nothing(t: TestApp) {
    let w = t.world();
    let case = report(&t, w.resident, "井盖", building1(&t), json!({})).await.case;
    let mut socket = socket(&t, w.community).await;
    let id = follow_cases(&t, &mut socket, Value::Null, Value::Null).await;
    let input = json!({ "caseId": case, "verification": "看过" });
    mutate(&t, w.community, "closeCase", input.clone()).await.assert_refused("closeCase", "INVALID_STATE");
    mutate(&t, w.resident, "closeCase", input).await.assert_refused("closeCase", "FORBIDDEN");
    note(&t, w.community, &case, "之后").await;
    let event = next_at(&mut socket, &id, "/event").await;
    assert_eq!((&event["sequence"], &event["note"]), (&json!(2), &json!("之后")));
}

async fn a_write_that_fails_tells_nothing_and_stops_nobody(t: TestApp) {
    let w = t.world();
    let case = report(&t, w.resident, "井盖", building1(&t), json!({})).await.case;
    let mut socket = socket(&t, w.community).await;
    let id = follow_cases(&t, &mut socket, Value::Null, Value::Null).await;
    for (fault, text) in [(Fault::Insert, "一"), (Fault::Commit, "二")] {
        inject(&t, fault).await;
        let answer = mutate(&t, w.community, "addCaseNote", json!({ "caseId": case, "note": "丢失" })).await;
        answer.assert_code("INTERNAL");
        assert!(!answer.json.to_string().contains("fault"), "the cause leaks: {:#}", answer.json);
        heal(&t).await;
        note(&t, w.community, &case, text).await;
        assert_eq!(next_at(&mut socket, &id, "/event/note").await, text);
    }
}

async fn an_officer_of_another_community_hears_nothing(t: TestApp) {
    let w = t.world();
    let mut socket = socket(&t, w.other_community).await;
    let statuses = follow_statuses(&t, &mut socket, Value::Null).await;
    let changes = follow_cases(&t, &mut socket, Value::Null, Value::Null).await;
    let whistles = follow_whistles(&t, &mut socket, Value::Null).await;
    // naming the case does not help
    let case = report(&t, w.resident, "别处", building1(&t), json!({})).await.case;
    let named = follow_cases(&t, &mut socket, json!({ "caseIds": [case] }), Value::Null).await;
    note(&t, w.grid_worker, &case, "别处").await;
    report(&t, w.resident, "本社区", json!({ "buildingId": global(w.other_building) }), json!({})).await;
    for id in [statuses, changes, whistles] {
        assert_eq!(next_at(&mut socket, &id, "/case/title").await, "本社区");
    }
    socket.assert_silent(&named, std::time::Duration::from_millis(50)).await;
}

async fn a_reporter_hears_of_their_own_case_with_masked_officers(t: TestApp) {
    let w = t.world();
    let mut socket = socket(&t, w.resident).await;
    let id = follow_statuses(&t, &mut socket, Value::Null).await;
    report(&t, w.resident2, "邻居的", building1(&t), json!({})).await;
    let new = report(&t, w.resident, "自己的", building1(&t), json!({})).await;
    carry_out(&t, w.grid_worker, "checkInWhistle", json!({ "whistleId": new.whistle })).await;
    let reported = next_at(&mut socket, &id, "").await;
    assert_eq!((&reported["case"]["title"], &reported["actor"]["name"]), (&json!("自己的"), &json!("居民甲")));
    let actor = next_at(&mut socket, &id, "/actor").await;
    assert_eq!((&actor["name"], &actor["masked"], &actor["role"]), (&json!("网***"), &json!(true), &json!("GRID_WORKER")));
    assert!(actor["phone"].as_str().is_none_or(|phone| phone.contains("****")), "{actor}");
}

async fn a_respondent_never_learns_the_reporter(t: TestApp) {
    let w = t.world();
    const QUERY: &str = "subscription { change: caseChanged { kind event { actor { name } note } case { title reporter { name }
        timeline { nodes { actor { name } } } whistles { nodes { case { reporter { name } } } } } } }";
    let mut socket = socket(&t, w.grid_worker).await;
    let id = listen(&t, &mut socket, QUERY, json!({})).await;
    let respondent = json!({ "respondent": { "handlerId": global(w.grid1) } });
    let case = report(&t, w.resident, "网格员不在岗", building1(&t), respondent).await.case;
    note(&t, w.resident, &case, "补充").await;
    for kind in ["REPORTED", "NOTED"] {
        let change = next_at(&mut socket, &id, "").await;
        assert_eq!((&change["kind"], &change["case"]["title"]), (&json!(kind), &json!("网格员不在岗")));
        assert_eq!((&change["event"]["actor"], &change["case"]["reporter"]), (&Value::Null, &Value::Null));
        assert!(!change.to_string().contains('居'), "{change:#}");
    }
}

async fn a_post_that_ends_ends_the_delivery(t: TestApp) {
    let w = t.world();
    let mut socket = socket(&t, w.community).await;
    let id = follow_cases(&t, &mut socket, Value::Null, Value::Null).await;
    let case = report(&t, w.resident, "之前", building1(&t), json!({})).await.case;
    assert_eq!(next_at(&mut socket, &id, "/kind").await, "REPORTED");
    let tx = t.app.db.begin().await.expect("begun");
    let yesterday = NaiveDate::from_ymd_opt(2026, 6, 9);
    let held = post::Entity::update_many().col_expr(post::Column::EndsOn, yesterday.into());
    held.filter(post::Column::PersonId.eq(w.community)).exec(&tx).await.expect("updated");
    tx.commit().await.expect("committed");
    note(&t, w.grid_worker, &case, "之后").await;
    // whoever reports a case still sees it
    report(&t, w.community, "以居民身份", building1(&t), json!({})).await;
    assert_eq!(next_at(&mut socket, &id, "/case/title").await, "以居民身份");
}

async fn a_token_that_runs_out_ends_the_stream_at_the_next_change(t: TestApp) {
    let w = t.world();
    let mut socket = t.ws(Some(&t.token_for(w.community, Duration::hours(1)))).await;
    let id = follow_statuses(&t, &mut socket, Value::Null).await;
    report(&t, w.resident, "之前", building1(&t), json!({})).await;
    assert_eq!(next_at(&mut socket, &id, "/case/title").await, "之前");
    t.advance(Duration::hours(1));
    report(&t, w.resident, "之后", building1(&t), json!({})).await;
    assert_ends(&mut socket, &id, "UNAUTHENTICATED").await;
    // and the socket starts nothing else
    let id = socket.subscribe("{ viewer { signedIn } }", json!({})).await;
    assert_ends(&mut socket, &id, "UNAUTHENTICATED").await;
}

async fn a_token_that_runs_out_ends_a_stream_in_which_nothing_happens(t: TestApp) {
    let w = t.world();
    // a token ends on a whole second
    let mut socket = t.ws(Some(&t.token_for(w.community, Duration::seconds(1)))).await;
    let id = follow_statuses(&t, &mut socket, Value::Null).await;
    t.advance(Duration::seconds(1));
    assert_ends(&mut socket, &id, "UNAUTHENTICATED").await;
}

async fn a_visitor_cannot_follow_cases(t: TestApp) {
    let mut socket = t.ws(None).await;
    for field in ["caseStatusChanged { to }", "caseChanged { kind }", "whistleChanged { to }"] {
        let id = socket.subscribe(&format!("subscription {{ {field} }}"), json!({})).await;
        assert_ends(&mut socket, &id, "UNAUTHENTICATED").await;
    }
    assert_eq!(t.app.log.followers(), 0);
    let mut forged = t.ws_raw().await;
    forged.send(json!({ "type": "connection_init", "payload": { "authorization": "Bearer nonsense" } })).await;
    assert!(matches!(forged.receive().await, Received::Closed(Some(_))));
}

async fn a_finished_stream_listens_no_longer(t: TestApp) {
    let w = t.world();
    let mut one = socket(&t, w.community).await;
    let mut other = socket(&t, w.community).await;
    let id = follow_statuses(&t, &mut one, Value::Null).await;
    follow_statuses(&t, &mut other, Value::Null).await;
    follow_cases(&t, &mut other, Value::Null, Value::Null).await;
    assert_eq!(t.app.log.followers(), 3);
    one.complete(&id).await;
    until("the completed stream is gone", || t.app.log.followers() == 2).await;
    drop(other);
    until("the streams of a lost socket are gone", || t.app.log.followers() == 0).await;
}
