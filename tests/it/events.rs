//! Server-Sent Events: one operation of any kind on one connection.

use serde_json::{Value, json};

use crate::support::{
    TestApp,
    global::global,
    live::{note, report, until},
    log::{CHANGES, event_cursor, text},
    sse::Events,
};

crate::tests! {
    both: [
        queries_and_mutations_are_answered_by_one_event,
        a_mutation_is_not_taken_by_get,
        a_stream_of_events_goes_on_where_it_left_off,
        a_visitor_is_told_so_in_the_stream,
        a_client_that_goes_away_ends_its_stream,
        a_token_that_runs_out_ends_the_events,
    ]
}

async fn new_case(t: &TestApp, title: &str) -> String {
    report(t, t.world().resident, title, json!({ "buildingId": global(t.world().building1) }), json!({})).await.case
}

async fn queries_and_mutations_are_answered_by_one_event(t: TestApp) {
    let w = t.world();
    let case = new_case(&t, "墙皮").await;
    let token = t.token(w.community);
    let (query, variables) = ("query($id: ID!) { node(id: $id) { ... on Case { title } } }", json!({ "id": case }));
    let (by_post, by_get) =
        (Events::post(&t, Some(&token), query, variables.clone()).await, Events::get(&t, Some(&token), query, variables).await);
    for mut events in [by_post, by_get] {
        assert_eq!(events.next().await, json!({ "data": { "node": { "title": "墙皮" } } }));
        events.assert_complete().await;
    }
    let mutation = "mutation($input: AddCaseNoteInput!) { addCaseNote(input: $input) { case { version } userErrors { code } } }";
    let mut events = Events::post(&t, Some(&token), mutation, json!({ "input": { "caseId": case, "note": "看过" } })).await;
    assert_eq!(events.next().await["data"]["addCaseNote"], json!({ "case": { "version": 2 }, "userErrors": [] }));
    events.assert_complete().await;
    // what does not fit the schema
    let mut events = Events::post(&t, Some(&token), "{ nonsense }", json!({})).await;
    assert_eq!(events.next().await["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
    events.assert_complete().await;
}

async fn a_mutation_is_not_taken_by_get(t: TestApp) {
    let w = t.world();
    let case = new_case(&t, "墙皮").await;
    let mutation = format!(r#"mutation {{ addCaseNote(input: {{ caseId: "{case}", note: "看过" }}) {{ userErrors {{ code }} }} }}"#);
    let request = t.http().get(t.url("/graphql")).query(&[("query", mutation)]).bearer_auth(t.token(w.community));
    let answer = request.header("accept", "text/event-stream").send().await.expect("an answer");
    assert_eq!(answer.status(), 405);
    assert_eq!(t.tally().await.1, 1);
}

async fn a_stream_of_events_goes_on_where_it_left_off(t: TestApp) {
    let w = t.world();
    let start = event_cursor(&t).await;
    let case = new_case(&t, "续传").await;
    let token = t.token(w.community);
    let mut events = Events::post(&t, Some(&token), CHANGES, json!({ "after": start })).await;
    assert_eq!(events.next().await["data"]["change"]["kind"], "REPORTED");
    until("it is live", || t.app.log.followers() == 1).await;
    note(&t, w.community, &case, "一").await;
    let seen = events.next().await["data"]["change"].clone();
    assert_eq!(seen["event"]["note"], "一");
    drop(events);
    note(&t, w.community, &case, "二").await;
    // a native EventSource can only GET
    let mut events = Events::get(&t, Some(&token), CHANGES, json!({ "after": text(&seen["cursor"]) })).await;
    assert_eq!(events.next().await["data"]["change"]["event"]["note"], "二");
    note(&t, w.community, &case, "三").await;
    assert_eq!(events.next().await["data"]["change"]["event"]["note"], "三");
    // one that ends by itself
    let mut beats = Events::post(&t, None, "subscription { heartbeat(intervalMs: 10, count: 2) }", json!({})).await;
    for _ in 0..2 {
        assert!(beats.next().await["data"]["heartbeat"].is_string());
    }
    beats.assert_complete().await;
}

async fn a_visitor_is_told_so_in_the_stream(t: TestApp) {
    for field in ["caseStatusChanged { to }", "caseChanged { kind }", "whistleChanged { to }"] {
        let mut events = Events::post(&t, None, &format!("subscription {{ {field} }}"), json!({})).await;
        let payload = events.next().await;
        assert_eq!((&payload["errors"][0]["extensions"]["code"], &payload["data"]), (&json!("UNAUTHENTICATED"), &Value::Null));
        events.assert_complete().await;
    }
    assert_eq!(t.app.log.followers(), 0);
    // a token that is wrong is refused before anything begins
    let request = t.http().post(t.url("/graphql")).json(&json!({ "query": "subscription { caseChanged { kind } }" }));
    let answer = request.header("accept", "text/event-stream").bearer_auth("nonsense").send().await.expect("an answer");
    assert_eq!(answer.status(), 401);
}

async fn a_client_that_goes_away_ends_its_stream(t: TestApp) {
    let w = t.world();
    let mut streams = Vec::new();
    for who in [w.community, w.community, w.community2] {
        streams.push(Events::post(&t, Some(&t.token(who)), CHANGES, json!({})).await);
    }
    until("all are live", || t.app.log.followers() == 3).await;
    assert_eq!(t.app.log.feeds(), 2);
    streams.pop();
    until("one has gone", || t.app.log.followers() == 2 && t.app.log.feeds() == 1).await;
    streams.clear();
    until("all have gone", || t.app.log.followers() == 0 && t.app.log.feeds() == 0).await;
}

async fn a_token_that_runs_out_ends_the_events(t: TestApp) {
    let w = t.world();
    // at the next change, or without one: a token ends on a whole second
    for (change, valid) in [(true, chrono::Duration::hours(1)), (false, chrono::Duration::seconds(1))] {
        let mut events = Events::post(&t, Some(&t.token_for(w.community, valid)), CHANGES, Value::Null).await;
        until("it is live", || t.app.log.followers() == 1).await;
        new_case(&t, "之前").await;
        assert_eq!(events.next().await["data"]["change"]["case"]["title"], "之前");
        t.advance(valid);
        if change {
            new_case(&t, "之后").await;
        }
        assert_eq!(events.next().await["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
        events.assert_complete().await;
        until("it has gone", || t.app.log.followers() == 0).await;
    }
}
