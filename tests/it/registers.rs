//! Registers of cases 台账: what they hold, what they held, and how they end.

use std::collections::BTreeSet;

use chrono::Duration;
use entity::*;
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use crate::support::{
    TestApp,
    client::Response,
    committees::{over, refused, text},
    global::global,
};

crate::tests! {
    both: [
        cases_are_entered_all_of_them_or_none,
        a_case_that_is_taken_out_is_remembered,
        an_ended_register_holds_what_it_held,
        whoever_works_in_a_micro_grid_sees_the_registers_of_every_area_above,
        registers_are_kept_by_the_officers_of_their_area,
        a_retry_enters_nothing_twice_and_a_stale_version_is_answered_with_the_register,
        registers_are_read_in_a_constant_number_of_statements,
    ],
}

const REGISTER: &str = "register { id version caseCount endedOn }";

async fn created(t: &TestApp, name: &str) -> Value {
    let input = json!({ "area": "431302001009", "name": name });
    t.change(Some(t.world().community), "createRegister", input, REGISTER).await.done("createRegister")["register"]["id"].clone()
}

async fn change(t: &TestApp, who: PersonId, name: &str, register: &Value, with: Value) -> Response {
    t.change(Some(who), name, over(json!({ "registerId": register }), with), REGISTER).await
}

async fn add(t: &TestApp, register: &Value, cases: &[CaseId]) -> Response {
    let cases: Vec<String> = cases.iter().map(|case| global(*case)).collect();
    change(t, t.world().community, "addCasesToRegister", register, json!({ "caseIds": cases })).await
}

/// Of a register: how many cases it says it holds, and which are listed.
async fn held(t: &TestApp, who: PersonId, register: &Value) -> (Value, Vec<String>) {
    let query = "query($id: ID!) { node(id: $id) { ... on Register { caseCount cases(orderBy: {field: REPORTED_AT}) { nodes { id } } } }
        cases(filter: {registerId: {eq: $id}}, orderBy: {field: REPORTED_AT}) { nodes { id registers { id } } } }";
    let seen = t.ask_with(Some(who), query, json!({ "id": register })).await;
    let nodes = seen.data()["cases"]["nodes"].as_array().expect("nodes");
    assert!(nodes.iter().all(|case| case["registers"].as_array().expect("registers").iter().any(|one| one["id"] == *register)));
    let below = seen.data()["node"]["cases"]["nodes"].as_array().expect("nodes").iter().map(|node| &node["id"]);
    assert!(below.eq(nodes.iter().map(|node| &node["id"])), "the register lists the same");
    (seen.data()["node"]["caseCount"].clone(), nodes.iter().map(|node| node["id"].as_str().expect("an id").to_owned()).collect())
}

/// Cases of the community, one after the other; and one far away.
async fn cases(t: &TestApp) -> ([CaseId; 3], CaseId) {
    let w = t.world();
    let mut ids = Vec::new();
    for _ in 0..3 {
        t.advance(Duration::seconds(1));
        ids.push(t.case(|_| {}).await.id);
    }
    let far = t.case(|c| {
        (c.subdistrict_id, c.community_id, c.area_id) = (Some(w.area_far_subdistrict), Some(w.area_far_community), w.area_far_community);
        (c.grid_id, c.complex_id, c.building_id) = (Some(w.far_grid), Some(w.far), Some(w.far_building));
        (c.handler_id, c.reporter_id) = (w.far_grid.into(), Some(w.far_resident));
    });
    (ids.try_into().expect("three"), far.await.id)
}

async fn cases_are_entered_all_of_them_or_none(t: TestApp) {
    let w = t.world();
    let ([a, b, c], far) = cases(&t).await;
    let register = created(&t, "隐患台账").await;
    let done = add(&t, &register, &[a, b]).await.done("addCasesToRegister")["register"].clone();
    assert_eq!((&done["caseCount"], &done["version"]), (&json!(2), &json!(2)));
    let two = (json!(2), vec![global(a), global(b)]);
    assert_eq!(held(&t, w.community, &register).await, two);
    for (wrong, code, at) in [
        // the community does not see what is far away
        (vec![c, far], "NOT_FOUND", "1"),
        (vec![c, CaseId(w.xinyue.0)], "NOT_FOUND", "1"),
        (vec![c, a], "ALREADY_EXISTS", "1"),
        (vec![c, c], "ALREADY_EXISTS", "1"),
    ] {
        refused(&add(&t, &register, &wrong).await, "addCasesToRegister", code, &["caseIds", at]);
    }
    // the district sees it, but it lies elsewhere
    let answer = change(&t, w.district, "addCasesToRegister", &register, json!({ "caseIds": [global(c), global(far)] })).await;
    refused(&answer, "addCasesToRegister", "MISMATCH", &["caseIds", "1"]);
    for many in [vec![], vec![c; 201]] {
        refused(&add(&t, &register, &many).await, "addCasesToRegister", "OUT_OF_RANGE", &["caseIds"]);
    }
    assert_eq!(held(&t, w.community, &register).await, two);
    let changes =
        "query($id: ID!) { node(id: $id) { ... on Register { changes(first: 1) { totalCount nodes { fields { name from to } } } } } }";
    let told = t.ask_with(Some(w.community), changes, json!({ "id": register })).await.data()["node"]["changes"].clone();
    assert_eq!(told, json!({ "totalCount": 2, "nodes": [{ "fields": [{ "name": "caseCount", "from": "0", "to": "2" }] }] }));
}

async fn a_case_that_is_taken_out_is_remembered(t: TestApp) {
    let w = t.world();
    let ([a, b, c], _) = cases(&t).await;
    let register = created(&t, "隐患台账").await;
    add(&t, &register, &[a, b]).await.done("addCasesToRegister");
    t.advance(Duration::hours(1));
    let input = json!({ "caseId": global(a), "reason": "误列" });
    let done = change(&t, w.subdistrict, "removeCaseFromRegister", &register, input.clone()).await;
    assert_eq!(done.done("removeCaseFromRegister")["register"]["caseCount"], 1);
    assert_eq!(held(&t, w.community, &register).await, (json!(1), vec![global(b)]));
    refused(
        &change(&t, w.community, "removeCaseFromRegister", &register, input).await,
        "removeCaseFromRegister",
        "INVALID_STATE",
        &["caseId"],
    );
    let other = json!({ "caseId": global(c) });
    refused(
        &change(&t, w.community, "removeCaseFromRegister", &register, other).await,
        "removeCaseFromRegister",
        "INVALID_STATE",
        &["caseId"],
    );
    // and back again
    add(&t, &register, &[a]).await.done("addCasesToRegister");
    let query = "query($id: ID!) { node(id: $id) { ... on Register { caseCount removals { totalCount nodes { addedAt removedAt reason case { id } removedBy { id } } } } } }";
    let seen = t.ask_with(Some(w.community), query, json!({ "id": register })).await.data()["node"].clone();
    assert_eq!(seen["caseCount"], 2);
    let removal = &seen["removals"]["nodes"][0];
    assert_eq!((&removal["reason"], &removal["case"]["id"]), (&json!("误列"), &json!(global(a))));
    assert!(removal["addedAt"].as_str() < removal["removedAt"].as_str(), "{removal}");
    // whoever does not see the case does not see that it was there
    let seen = t.ask_with(Some(w.grid_worker2), query, json!({ "id": register })).await.data()["node"].clone();
    assert_eq!(seen["removals"]["totalCount"], 0);
    // nor is the register there next door
    for who in [w.other_community, w.far_subdistrict] {
        assert_eq!(t.ask_with(Some(who), query, json!({ "id": register })).await.data()["node"], Value::Null);
    }
}

async fn an_ended_register_holds_what_it_held(t: TestApp) {
    let w = t.world();
    let ([a, b, _], _) = cases(&t).await;
    let register = created(&t, "隐患台账").await;
    created(&t, "另一个").await;
    add(&t, &register, &[a]).await.done("addCasesToRegister");
    let later = json!({ "endsOn": "2026-06-11" });
    refused(&change(&t, w.community, "endRegister", &register, later).await, "endRegister", "MISMATCH", &["endsOn"]);
    let with = json!({ "endsOn": "2026-06-09", "reason": "专项行动结束" });
    assert_eq!(change(&t, w.community, "endRegister", &register, with).await.done("endRegister")["register"]["endedOn"], "2026-06-09");
    refused(&add(&t, &register, &[b]).await, "addCasesToRegister", "INVALID_STATE", &["registerId"]);
    let input = json!({ "caseId": global(a) });
    refused(
        &change(&t, w.community, "removeCaseFromRegister", &register, input).await,
        "removeCaseFromRegister",
        "INVALID_STATE",
        &["registerId"],
    );
    refused(&change(&t, w.community, "endRegister", &register, json!({})).await, "endRegister", "INVALID_STATE", &["registerId"]);
    assert_eq!(held(&t, w.community, &register).await, (json!(1), vec![global(a)]));
    let query = "{ all: registers { totalCount } kept: registers(filter: {lifetime: EXISTING}) { nodes { name } } ended: registers(filter: {lifetime: ENDED}) { nodes { name } } }";
    let expected =
        json!({ "all": { "totalCount": 2 }, "kept": { "nodes": [{ "name": "另一个" }] }, "ended": { "nodes": [{ "name": "隐患台账" }] } });
    assert_eq!(t.ask(Some(w.community), query).await.data(), &expected);
}

async fn whoever_works_in_a_micro_grid_sees_the_registers_of_every_area_above(t: TestApp) {
    let w = t.world();
    let grid1 = area::Entity::find_by_id(w.area_grid1).one(&t.app.db.read).await.expect("read").expect("an area");
    let (area_id, id): (AreaId, GridId) = (t.app.clock.new_id(), t.app.clock.new_id());
    let (code, name) = (format!("{}001", grid1.code), "月塘第一微网格".to_owned());
    let (path, parent_id, level) = (format!("{}{code}/", grid1.path), Some(grid1.id), AreaLevel::MicroGrid);
    t.insert([area::Model { id: area_id, code, name: name.clone(), level, parent_id, path, ..grid1 }]).await;
    let (provenance, full_function) = (Provenance::Invented, false);
    t.insert([grid::Model { id, area_id, name, provenance, full_function, ended_on: None, version: 1 }]).await;
    t.appoint(w.nobody, PostRole::GridWorker, id, area_id).await;
    let above = [w.area_province, w.area_city, w.area_district, w.area_subdistrict, w.area_community, w.area_grid1, area_id];
    let beside = [w.area_grid2, w.area_other_community, w.area_far_subdistrict];
    let row = |area_id: AreaId| register::Model {
        id: t.app.clock.new_id(),
        area_id,
        name: "隐患台账".into(),
        provenance,
        provenance_note: None,
        version: 1,
        ended_on: None,
        case_count: 0,
    };
    t.insert(above.into_iter().chain(beside).map(row)).await;
    let seen = t.ask(Some(w.nobody), "{ registers(first: 50) { nodes { area { id } } } }").await;
    let nodes = seen.data()["registers"]["nodes"].as_array().expect("nodes");
    let areas: BTreeSet<String> = nodes.iter().map(|node| text(&node["area"]["id"])).collect();
    assert_eq!(areas, BTreeSet::from(above.map(global)));
}

async fn registers_are_kept_by_the_officers_of_their_area(t: TestApp) {
    let w = t.world();
    let ([a, ..], _) = cases(&t).await;
    let register = created(&t, "隐患台账").await;
    let calls = [
        ("addCasesToRegister", json!({ "caseIds": [global(a)] })),
        ("removeCaseFromRegister", json!({ "caseId": global(a) })),
        ("endRegister", json!({})),
    ];
    for (name, input) in &calls {
        for who in [w.grid_worker, w.department, w.analyst, w.auditor] {
            refused(&change(&t, who, name, &register, input.clone()).await, name, "FORBIDDEN", &["registerId"]);
        }
        for who in [w.resident, w.firm, w.nobody, w.other_community] {
            refused(&change(&t, who, name, &register, input.clone()).await, name, "NOT_FOUND", &["registerId"]);
        }
        change(&t, w.admin, name, &register, input.clone()).await.done(name);
    }
}

async fn a_retry_enters_nothing_twice_and_a_stale_version_is_answered_with_the_register(t: TestApp) {
    let w = t.world();
    let ([a, b, _], _) = cases(&t).await;
    let register = created(&t, "隐患台账").await;
    for (name, input, version) in [
        ("addCasesToRegister", json!({ "caseIds": [global(a), global(b)] }), 1),
        ("removeCaseFromRegister", json!({ "caseId": global(a) }), 2),
        ("endRegister", json!({}), 3),
    ] {
        let stale = change(&t, w.community, name, &register, over(input.clone(), json!({ "expectedVersion": version + 1 }))).await;
        refused(&stale, name, "CONFLICT", &["expectedVersion"]);
        assert_eq!(stale.data()[name]["register"]["version"], version);
        let keyed = over(input, json!({ "expectedVersion": version, "idempotencyKey": name }));
        let first = change(&t, w.community, name, &register, keyed.clone()).await;
        assert_eq!(first.done(name)["register"]["version"], version + 1);
        assert_eq!(change(&t, w.community, name, &register, keyed.clone()).await.json, first.json);
        let other = change(&t, w.community, name, &register, over(keyed, json!({ "reason": "另一个" }))).await;
        refused(&other, name, "IDEMPOTENCY_KEY_REUSED", &["idempotencyKey"]);
    }
}

async fn registers_are_read_in_a_constant_number_of_statements(t: TestApp) {
    let w = t.world();
    let ([a, b, c], _) = cases(&t).await;
    let query =
        "{ registers(first: 50) { totalCount nodes { name caseCount area { name } changes(first: 3) { nodes { kind actor { name } } }
        removals(first: 3) { nodes { case { number } removedBy { name } } } cases(first: 3) { nodes { number grid { name } } } } } }";
    let mut counts = Vec::new();
    for round in 0..2 {
        for at in 0..3 {
            let register = created(&t, &format!("台账{round}{at}")).await;
            add(&t, &register, &[a, b, c]).await.done("addCasesToRegister");
            change(&t, w.community, "removeCaseFromRegister", &register, json!({ "caseId": global(a) }))
                .await
                .done("removeCaseFromRegister");
        }
        let mark = t.statements.count();
        t.ask(Some(w.district), query).await.data();
        counts.push(t.statements.since(mark).len());
    }
    assert_eq!(counts[0], counts[1]);
}
