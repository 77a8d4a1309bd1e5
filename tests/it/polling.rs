//! The event log page by page, for clients that poll: the same events with the same cursors as the stream's.

use serde_json::{Value, json};

use crate::support::{
    TestApp,
    global::global,
    live::{note, report},
    log::{event_cursor, number, resume, socket, take, text},
};

crate::tests! {
    both: [
        polling_gives_exactly_what_the_stream_gives,
        a_page_without_changes_moves_on_too,
        a_page_out_of_range_is_refused,
        a_visitor_polls_nothing,
        a_page_costs_the_same_for_one_change_and_for_fifty,
    ]
}

const POLL: &str = "query($filter: CaseEventFilter, $kinds: [CaseEventKind!], $after: String, $first: Int) {
    caseChanges(filter: $filter, kinds: $kinds, after: $after, first: $first) {
        edges { cursor node { cursor } } nodes { cursor kind at case { id title } event { sequence note } }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }";

async fn page(t: &TestApp, who: entity::PersonId, variables: Value) -> Value {
    t.ask_with(Some(who), POLL, variables).await.data()["caseChanges"].clone()
}

async fn polling_gives_exactly_what_the_stream_gives(t: TestApp) {
    let w = t.world();
    let start = event_cursor(&t).await;
    let building1 = json!({ "buildingId": global(w.building1) });
    let mut cases = Vec::new();
    for title in ["一", "二"] {
        cases.push(report(&t, w.resident, title, building1.clone(), json!({})).await.case);
        // not to be seen by the community
        report(&t, w.resident, "别处", json!({ "buildingId": global(w.far_building) }), json!({})).await;
        for n in 0..3 {
            note(&t, w.community, &cases[0], &format!("{title}{n}")).await;
        }
    }
    t.settle().await;
    let mut socket = socket(&t, w.community).await;
    for (filter, kinds, count) in [
        (Value::Null, Value::Null, 8),
        (json!({ "caseIds": [cases[0]] }), json!(["NOTED"]), 7),
        (json!({ "area": "431302001009" }), json!(["REPORTED"]), 4),
    ] {
        let query = crate::support::log::CHANGES;
        let id = socket.subscribe(query, json!({ "after": start, "filter": filter, "kinds": kinds })).await;
        let streamed = take(&mut socket, &id, count).await;
        let (mut polled, mut after, mut pages) = (Vec::new(), start.clone(), 0);
        loop {
            let page = page(&t, w.community, json!({ "after": after, "first": 2, "filter": filter, "kinds": kinds })).await;
            let (nodes, info) = (page["nodes"].as_array().expect("nodes").clone(), &page["pageInfo"]);
            assert!(nodes.len() <= 2);
            let cursors: Vec<_> =
                nodes.iter().map(|node| json!({ "cursor": node["cursor"], "node": { "cursor": node["cursor"] } })).collect();
            assert_eq!(page["edges"], json!(cursors));
            assert_eq!(info["startCursor"], nodes.first().map_or(Value::Null, |node| node["cursor"].clone()));
            assert_eq!(info["hasPreviousPage"], false);
            polled.extend(nodes);
            let end = text(&info["endCursor"]);
            assert!(number(&end) >= number(&after), "it goes back");
            (after, pages) = (end, pages + 1);
            if info["hasNextPage"] == false {
                break;
            }
            assert!(pages < 10, "it never ends");
        }
        assert_eq!(polled, streamed, "{filter}");
        assert_eq!(after, event_cursor(&t).await, "{filter}");
        // and then what happens
        note(&t, w.community, &cases[0], "之后").await;
        report(&t, w.resident, "之后", building1.clone(), json!({})).await;
        t.settle().await;
        let next = page(&t, w.community, json!({ "after": after, "filter": filter, "kinds": kinds })).await;
        let nodes = next["nodes"].as_array().expect("nodes").clone();
        assert!(!nodes.is_empty());
        assert_eq!(nodes, take(&mut socket, &id, nodes.len()).await);
    }
    let id = resume(&mut socket, &start, Value::Null).await;
    let all = page(&t, w.community, json!({ "first": 200 })).await;
    assert_eq!(all["nodes"], json!(take(&mut socket, &id, 14).await), "from the oldest on, where no cursor is given");
}

async fn a_page_without_changes_moves_on_too(t: TestApp) {
    let w = t.world();
    let start = event_cursor(&t).await;
    let case = report(&t, w.resident, "别处", json!({ "buildingId": global(w.far_building) }), json!({})).await.case;
    note(&t, w.resident, &case, "补充").await;
    let end = event_cursor(&t).await;
    assert_eq!(number(&end), number(&start) + 2);
    let nothing = json!({ "caseIds": [] });
    for (after, filter, who) in
        [(&start, Value::Null, w.community), (&start, nothing, w.far_community), (&end, Value::Null, w.far_community)]
    {
        let page = page(&t, who, json!({ "after": after, "filter": filter })).await;
        let info = json!({ "hasNextPage": false, "hasPreviousPage": false, "startCursor": null, "endCursor": end });
        assert_eq!(page, json!({ "edges": [], "nodes": [], "pageInfo": info }));
    }
    // a page of none stays where it is
    let none = page(&t, w.far_community, json!({ "after": start, "first": 0 })).await;
    assert_eq!((&none["nodes"], &none["pageInfo"]["endCursor"]), (&json!([]), &json!(start)));
    assert_eq!(none["pageInfo"]["hasNextPage"], true);
}

async fn a_page_out_of_range_is_refused(t: TestApp) {
    let w = t.world();
    const QUERY: &str = "query($first: Int) { caseChanges(first: $first) { nodes { kind } } }";
    for first in [-1, 201, 1000] {
        t.ask_with(Some(w.community), QUERY, json!({ "first": first })).await.assert_code("BAD_USER_INPUT");
    }
    for first in [0, 1, 200] {
        t.ask_with(Some(w.community), QUERY, json!({ "first": first })).await.data();
    }
}

async fn a_visitor_polls_nothing(t: TestApp) {
    let w = t.world();
    let start = event_cursor(&t).await;
    report(&t, w.resident, "路灯", json!({ "buildingId": global(w.building1) }), json!({})).await;
    t.settle().await;
    for after in [json!(start), Value::Null] {
        let page = t.ask_with(None, POLL, json!({ "after": after })).await;
        assert_eq!(page.data()["caseChanges"]["edges"], json!([]));
        assert_eq!(page.data()["caseChanges"]["nodes"], json!([]));
    }
}

async fn a_page_costs_the_same_for_one_change_and_for_fifty(t: TestApp) {
    const QUERY: &str = "query($after: String, $first: Int) { caseChanges(after: $after, first: $first) { nodes {
        kind case { title complex { name } grid { name } whistles { nodes { status } } } event { note actor { name } } } } }";
    let w = t.world();
    let start = event_cursor(&t).await;
    for _ in 0..25 {
        let case = report(&t, w.resident, "多", json!({ "buildingId": global(w.building1) }), json!({})).await.case;
        note(&t, w.resident, &case, "补充").await;
    }
    t.settle().await;
    let mut costs = Vec::new();
    for first in [1, 5, 50] {
        let mark = t.statements.count();
        let answer = t.ask_with(Some(w.community), QUERY, json!({ "after": start, "first": first })).await;
        let statements = t.statements.since(mark);
        let nodes = answer.data()["caseChanges"]["nodes"].as_array().expect("nodes");
        assert_eq!(nodes.len(), first);
        for node in nodes {
            assert!(node["case"]["complex"]["name"].is_string() && node["event"]["actor"]["name"].is_string(), "{node:#}");
        }
        assert!(statements.len() <= 9, "{first} changes cost {} statements:\n{}", statements.len(), statements.join("\n"));
        costs.push(statements.len());
    }
    assert!(costs.iter().all(|cost| *cost == costs[0]), "{costs:?}");
}
