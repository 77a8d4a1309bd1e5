//! What subscriptions filter on, readers that fall behind, heartbeats, and everything else that goes over a socket.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{
    TestApp,
    global::global,
    live::{Reported, assert_ends, carry_out, follow_cases, follow_statuses, follow_whistles, listen, next_at, note, report, until},
    ws::WsClient,
};

crate::tests! {
    both: [
        a_filter_by_area_takes_the_whole_subtree,
        a_filter_by_the_area_of_a_grid_takes_its_micro_grids,
        filters_by_complex_handler_and_category_hold,
        a_filter_by_case_takes_these_cases_only,
        filters_by_status_and_kind_hold,
        a_filter_of_whistles_takes_target_and_status,
        a_filter_that_names_nothing_lets_nothing_pass,
        a_reader_too_far_behind_is_told_where_to_go_on_and_the_others_go_on,
        a_heartbeat_beats_as_often_as_told,
        a_heartbeat_out_of_range_is_refused,
        queries_and_mutations_go_over_the_socket,
        the_guard_stands_before_the_socket_too,
        messages_over_the_socket_are_in_the_language_of_its_header,
        two_subscriptions_share_a_socket,
    ]
}

const SILENCE: Duration = Duration::from_millis(50);

/// Reported all over by somebody without a post, who sees what they reported.
async fn report_everywhere(t: &TestApp) -> Vec<Reported> {
    let w = t.world();
    let building = |id| json!({ "buildingId": global(id) });
    let places = [
        ("第一网格", building(w.building1), "SERVICE"),
        ("第二网格", building(w.building3), "HAZARD"),
        ("社区", json!({ "areaCode": "431302001009" }), "DISPUTE"),
        ("另一社区", building(w.other_building), "VIOLATION"),
        ("另一街道", building(w.far_building), "SERVICE"),
        ("东莞", json!({ "areaCode": "441900003001" }), "SERVICE"),
    ];
    let mut all = Vec::new();
    for (title, place, category) in places {
        all.push(report(t, w.nobody, title, place, json!({ "category": category })).await);
    }
    all
}

/// Each filter lets exactly these reports pass. All are made twice: what should not have passed would come before the second round.
async fn assert_passes(t: &TestApp, table: &[(Value, &[&str])]) {
    let mut socket = t.ws(Some(&t.token(t.world().nobody))).await;
    let mut streams = Vec::new();
    for (filter, _) in table {
        streams.push(follow_statuses(t, &mut socket, filter.clone()).await);
    }
    report_everywhere(t).await;
    report_everywhere(t).await;
    for (id, (filter, titles)) in streams.iter().zip(table) {
        for title in titles.iter().chain(*titles) {
            assert_eq!(next_at(&mut socket, id, "/case/title").await, *title, "{filter}");
        }
    }
}

async fn a_filter_by_area_takes_the_whole_subtree(t: TestApp) {
    let area = |code: &str| json!({ "area": code });
    let louxing: &[&str] = &["第一网格", "第二网格", "社区", "另一社区", "另一街道"];
    let table = [
        (area("430000000000"), louxing),
        (area("431300000000"), louxing),
        (area("431302000000"), louxing),
        (area("431302001000"), &louxing[..4]),
        (area("431302002000"), &["另一街道"]),
        (area("431302001009"), &louxing[..3]),
        (area("431302001010"), &["另一社区"]),
        (area("431302001009001"), &["第一网格"]),
        (area("431302001009002"), &["第二网格"]),
        // a city without districts
        (area("440000000000"), &["东莞"]),
        (area("441900000000"), &["东莞"]),
        (area("441900003000"), &["东莞"]),
        (area("441900003001"), &["东莞"]),
        (Value::Null, &["第一网格", "第二网格", "社区", "另一社区", "另一街道", "东莞"]),
    ];
    assert_passes(&t, &table).await;
}

async fn a_filter_by_the_area_of_a_grid_takes_its_micro_grids(t: TestApp) {
    let w = t.world();
    let micro = json!({ "areaCode": "431302001009001", "code": "431302001009001001", "name": "月塘第一微网格",
        "buildingIds": [global(w.building1)] });
    t.change(Some(w.subdistrict), "createGrid", micro, "grid { id }").await.done("createGrid");
    let area = |code: &str| json!({ "area": code });
    let table: [(Value, &[&str]); 3] =
        [(area("431302001009001"), &["第一网格"]), (area("431302001009001001"), &["第一网格"]), (area("431302001009002"), &["第二网格"])];
    assert_passes(&t, &table).await;
}

async fn filters_by_complex_handler_and_category_hold(t: TestApp) {
    let w = t.world();
    let handler = |id: String| json!({ "handlerId": id });
    let table: [(Value, &[&str]); 8] = [
        (json!({ "complexId": global(w.xinyue) }), &["第一网格", "第二网格"]),
        (json!({ "complexId": global(w.far) }), &["另一街道"]),
        (handler(global(w.grid2)), &["第二网格"]),
        (handler(global(w.area_community)), &["社区"]),
        (json!({ "categories": ["HAZARD", "VIOLATION"] }), &["第二网格", "另一社区"]),
        (json!({ "categories": ["SERVICE"], "area": "431302000000" }), &["第一网格", "另一街道"]),
        (json!({ "categories": ["SERVICE"], "complexId": global(w.xinyue) }), &["第一网格"]),
        (json!({ "to": ["REPORTED"], "handlerId": global(w.far_grid) }), &["另一街道"]),
    ];
    assert_passes(&t, &table).await;
}

async fn a_filter_by_case_takes_these_cases_only(t: TestApp) {
    let w = t.world();
    let all = report_everywhere(&t).await;
    let mut socket = t.ws(Some(&t.token(w.nobody))).await;
    let wanted = json!({ "caseIds": [all[1].case, all[4].case, "nonsense", global(w.grid1)] });
    let id = follow_cases(&t, &mut socket, wanted, Value::Null).await;
    for new in all.iter().chain(&all) {
        note(&t, w.nobody, &new.case, "催办").await;
    }
    for title in ["第二网格", "另一街道", "第二网格", "另一街道"] {
        assert_eq!(next_at(&mut socket, &id, "/case/title").await, title);
    }
}

async fn filters_by_status_and_kind_hold(t: TestApp) {
    let w = t.world();
    let mut socket = t.ws(Some(&t.token(w.community))).await;
    let to = json!({ "to": ["IN_PROGRESS", "WITHDRAWN"] });
    let statuses = follow_statuses(&t, &mut socket, to.clone()).await;
    let changes = follow_cases(&t, &mut socket, to.clone(), Value::Null).await;
    let kinds = follow_cases(&t, &mut socket, Value::Null, json!(["NOTED", "WHISTLE_CHECKED_IN"])).await;
    let both = follow_cases(&t, &mut socket, to, json!(["WITHDRAWN", "NOTED"])).await;
    let place = json!({ "buildingId": global(w.building1) });
    for _ in 0..2 {
        let one = report(&t, w.resident, "一", place.clone(), json!({})).await;
        note(&t, w.resident, &one.case, "补充").await;
        carry_out(&t, w.grid_worker, "checkInWhistle", json!({ "whistleId": one.whistle })).await;
        let two = report(&t, w.resident, "二", place.clone(), json!({})).await;
        carry_out(&t, w.resident, "withdrawCase", json!({ "caseId": two.case })).await;
    }
    for _ in 0..2 {
        for status in ["IN_PROGRESS", "WITHDRAWN"] {
            assert_eq!(next_at(&mut socket, &statuses, "/to").await, status);
        }
        for kind in ["WHISTLE_CHECKED_IN", "WITHDRAWN"] {
            assert_eq!(next_at(&mut socket, &changes, "/kind").await, kind);
        }
        for kind in ["NOTED", "WHISTLE_CHECKED_IN"] {
            assert_eq!(next_at(&mut socket, &kinds, "/kind").await, kind);
        }
        assert_eq!(next_at(&mut socket, &both, "/kind").await, "WITHDRAWN");
    }
}

async fn a_filter_of_whistles_takes_target_and_status(t: TestApp) {
    let w = t.world();
    let mut socket = t.ws(Some(&t.token(w.nobody))).await;
    let target = follow_whistles(&t, &mut socket, json!({ "targetId": global(w.grid2) })).await;
    let community = follow_whistles(&t, &mut socket, json!({ "targetId": global(w.area_community), "area": "431302001000" })).await;
    let withdrawn = follow_whistles(&t, &mut socket, json!({ "to": ["WITHDRAWN"] })).await;
    for _ in 0..2 {
        let all = report_everywhere(&t).await;
        carry_out(&t, w.nobody, "withdrawWhistle", json!({ "whistleId": all[0].whistle })).await;
    }
    let all = report_everywhere(&t).await;
    let named = follow_whistles(&t, &mut socket, json!({ "caseIds": [all[3].case] })).await;
    for new in &all {
        carry_out(&t, w.nobody, "withdrawWhistle", json!({ "whistleId": new.whistle })).await;
    }
    for _ in 0..2 {
        assert_eq!(next_at(&mut socket, &target, "/case/title").await, "第二网格");
        assert_eq!(next_at(&mut socket, &community, "/case/title").await, "社区");
        assert_eq!(next_at(&mut socket, &withdrawn, "/case/title").await, "第一网格");
    }
    let change = next_at(&mut socket, &named, "").await;
    assert_eq!((&change["case"]["title"], &change["from"], &change["to"]), (&json!("另一社区"), &json!("RAISED"), &json!("WITHDRAWN")));
}

async fn a_filter_that_names_nothing_lets_nothing_pass(t: TestApp) {
    let w = t.world();
    let mut socket = t.ws(Some(&t.token(w.nobody))).await;
    let mut streams = Vec::new();
    for filter in [
        json!({ "area": "431302999999" }),
        json!({ "area": "431302001009009" }),
        json!({ "complexId": "nonsense" }),
        json!({ "complexId": global(w.grid1) }),
        json!({ "handlerId": "nonsense" }),
        json!({ "handlerId": global(w.nobody) }),
        json!({ "caseIds": [] }),
        json!({ "caseIds": ["nonsense"] }),
        json!({ "categories": [] }),
        json!({ "to": [] }),
    ] {
        streams.push(follow_statuses(&t, &mut socket, filter).await);
    }
    streams.push(follow_cases(&t, &mut socket, Value::Null, json!([])).await);
    streams.push(follow_whistles(&t, &mut socket, json!({ "targetId": "nonsense" })).await);
    let all = follow_statuses(&t, &mut socket, Value::Null).await;
    report_everywhere(&t).await;
    for _ in 0..6 {
        socket.next(&all).await;
    }
    for id in streams {
        socket.assert_silent(&id, SILENCE / 5).await;
    }
    // a code of the wrong form is the client's mistake
    let id = socket.subscribe(r#"subscription { caseStatusChanged(filter: { area: "4313" }) { to } }"#, json!({})).await;
    assert_ends(&mut socket, &id, "BAD_USER_INPUT").await;
}

async fn a_reader_too_far_behind_is_told_where_to_go_on_and_the_others_go_on(t: TestApp) {
    const QUERY: &str = "subscription($filter: CaseEventFilter, $after: String) {
        change: caseChanged(filter: $filter, after: $after) { cursor event { note } case { description } } }";
    let w = t.world();
    let place = json!({ "buildingId": global(w.building1) });
    // so long that the network does not take many
    let long = json!({ "description": "长".repeat(4000) });
    let busy = report(&t, w.resident, "多", place.clone(), long).await;
    let quiet = report(&t, w.resident, "少", place, json!({})).await;
    let fact = t.facts_after(0).await.into_iter().next().expect("a fact").fact.clone();
    let (mut slow, mut quick) = (WsClient::connect_narrow(t.address).await, t.ws(Some(&t.token(w.community))).await);
    slow.init(Some(&t.token(w.community))).await;
    let filter = json!({ "filter": { "caseIds": [busy.case] } });
    let behind = listen(&t, &mut slow, QUERY, filter).await;
    let along = follow_cases(&t, &mut quick, json!({ "caseIds": [quiet.case] }), Value::Null).await;
    for round in 0..3 {
        t.publish(&fact, 200).await;
        note(&t, w.community, &quiet.case, &round.to_string()).await;
        assert_eq!(next_at(&mut quick, &along, "/event/note").await, round.to_string());
    }
    note(&t, w.community, &busy.case, "最后").await;
    until("the slow one has been told off", || t.app.log.followers() == 1).await;
    // what it had room for comes in order, then where to go on
    let mut heard = 0;
    let after = loop {
        let message = slow.next_message(&behind).await;
        if let Some(error) = message["payload"]["errors"].get(0) {
            assert_eq!(error["extensions"]["code"], "STREAM_INTERRUPTED");
            break error["extensions"]["cursor"].clone();
        }
        heard += 1;
    };
    assert_eq!(slow.next_message(&behind).await["type"], "complete");
    assert!(heard < 600, "the network took everything: {heard}");
    note(&t, w.community, &quiet.case, "继续").await;
    assert_eq!(next_at(&mut quick, &along, "/event/note").await, "继续");
    let again = slow.subscribe(QUERY, json!({ "filter": { "caseIds": [busy.case] }, "after": after })).await;
    while next_at(&mut slow, &again, "/event/note").await != "最后" {
        heard += 1;
    }
    assert_eq!(heard, 600);
}

async fn a_heartbeat_beats_as_often_as_told(t: TestApp) {
    let mut socket = t.ws(None).await;
    for (arguments, beats) in [("intervalMs: 10, count: 3", 3), ("count: 1", 1), ("intervalMs: 3600000, count: 1", 1), ("count: 0", 0)] {
        let id = socket.subscribe(&format!("subscription {{ heartbeat({arguments}) }}"), json!({})).await;
        for _ in 0..beats {
            let at: chrono::DateTime<chrono::Utc> =
                socket.next(&id).await["heartbeat"].as_str().expect("an instant").parse().expect("RFC 3339");
            assert_eq!(at, t.now());
        }
        assert_eq!(socket.next_message(&id).await["type"], "complete", "{arguments}");
    }
    // without a count it goes on until told to stop
    let id = socket.subscribe("subscription { heartbeat(intervalMs: 10) }", json!({})).await;
    for _ in 0..5 {
        socket.next(&id).await;
    }
    socket.complete(&id).await;
    socket.settle().await;
    socket.assert_silent(&id, SILENCE).await;
}

async fn a_heartbeat_out_of_range_is_refused(t: TestApp) {
    let mut socket = t.ws(None).await;
    for arguments in ["intervalMs: 9", "intervalMs: 0", "intervalMs: -1", "intervalMs: 3600001", "count: -1"] {
        let id = socket.subscribe(&format!("subscription {{ heartbeat({arguments}) }}"), json!({})).await;
        assert_ends(&mut socket, &id, "BAD_USER_INPUT").await;
    }
}

/// The payload of an operation with one answer.
async fn once(socket: &mut WsClient, query: &str, variables: Value) -> Value {
    let id = socket.subscribe(query, variables).await;
    let message = socket.next_message(&id).await;
    if message["type"] == "error" {
        return json!({ "errors": message["payload"] });
    }
    assert_eq!(socket.next_message(&id).await["type"], "complete");
    message["payload"].clone()
}

const NOTE_TWICE: &str = "mutation($input: AddCaseNoteInput!) {
    addCaseNote(input: $input) { userErrors { code } } addCaseNote(input: $input) { userErrors { code } } }";

async fn queries_and_mutations_go_over_the_socket(t: TestApp) {
    let w = t.world();
    let case = report(&t, w.resident, "墙皮", json!({ "buildingId": global(w.building1) }), json!({})).await.case;
    let mut socket = t.ws(Some(&t.token(w.community))).await;
    let query = "query($id: ID!) { node(id: $id) { ... on Case { title version } } }";
    let answer = once(&mut socket, query, json!({ "id": case })).await;
    assert_eq!(answer["data"]["node"], json!({ "title": "墙皮", "version": 1 }));
    let mutation = "mutation($input: AddCaseNoteInput!) { addCaseNote(input: $input) { case { version } userErrors { code } } }";
    let input = json!({ "input": { "caseId": case, "note": "看过" } });
    let answer = once(&mut socket, mutation, input).await;
    assert_eq!(answer["data"]["addCaseNote"], json!({ "case": { "version": 2 }, "userErrors": [] }));
}

async fn the_guard_stands_before_the_socket_too(t: TestApp) {
    let w = t.world();
    let case = report(&t, w.resident, "墙皮", json!({ "buildingId": global(w.building1) }), json!({})).await.case;
    let mut socket = t.ws(Some(&t.token(w.community))).await;
    let code = |answer: &Value| answer["errors"][0]["extensions"]["code"].clone();
    let answer = once(&mut socket, NOTE_TWICE, json!({ "input": { "caseId": case, "note": "两次" } })).await;
    assert_eq!(code(&answer), "BAD_USER_INPUT");
    let answer = once(&mut socket, "subscription { a: heartbeat(count: 1) b: heartbeat(count: 1) }", json!({})).await;
    assert_eq!(code(&answer), "BAD_USER_INPUT");
    let deep = format!("{{ {} __typename {} }}", "viewer { ".repeat(80), "}".repeat(80));
    assert_eq!(code(&once(&mut socket, &deep, json!({})).await), "QUERY_TOO_COMPLEX");
    let answer = once(&mut socket, "{ nothing }", json!({})).await;
    assert_eq!(code(&answer), "BAD_USER_INPUT");
    // nothing was run
    let answer = once(&mut socket, "query($id: ID!) { node(id: $id) { ... on Case { version } } }", json!({ "id": case })).await;
    assert_eq!(answer["data"]["node"]["version"], 1);
}

async fn messages_over_the_socket_are_in_the_language_of_its_header(t: TestApp) {
    const QUERY: &str = "subscription { heartbeat(count: -1) }";
    let expected = [("en", "count cannot be negative, -1 is"), ("zh-CN", "count 不能为负数，收到 -1"), ("fr", "count 不能为负数，收到 -1")];
    for (language, message) in expected {
        let mut socket = WsClient::connect_with(t.address, &[("accept-language", language)]).await;
        socket.init(None).await;
        assert_eq!(once(&mut socket, QUERY, json!({})).await["errors"][0]["message"], message, "{language}");
    }
}

async fn two_subscriptions_share_a_socket(t: TestApp) {
    let w = t.world();
    let mut socket = t.ws(Some(&t.token(w.community))).await;
    let statuses = follow_statuses(&t, &mut socket, Value::Null).await;
    let whistles = listen(&t, &mut socket, "subscription { change: whistleChanged { to } }", json!({})).await;
    let new = report(&t, w.resident, "门锁", json!({ "buildingId": global(w.building1) }), json!({})).await;
    carry_out(&t, w.grid_worker, "checkInWhistle", json!({ "whistleId": new.whistle })).await;
    for status in ["RAISED", "CHECKED_IN"] {
        assert_eq!(next_at(&mut socket, &whistles, "/to").await, status);
    }
    for status in ["REPORTED", "IN_PROGRESS"] {
        assert_eq!(next_at(&mut socket, &statuses, "/to").await, status);
    }
    socket.complete(&whistles).await;
    carry_out(&t, w.grid_worker, "concludeWhistle", json!({ "whistleId": new.whistle, "result": "已修" })).await;
    carry_out(&t, w.grid_worker, "resolveCase", json!({ "caseId": new.case, "resolution": "已修" })).await;
    assert_eq!(next_at(&mut socket, &statuses, "/to").await, "RESOLVED");
    socket.assert_silent(&whistles, SILENCE).await;
}
