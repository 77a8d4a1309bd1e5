//! What all records have in common, on registers 台账: who keeps them, versions, keys, and what is kept of each change.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{
    TestApp,
    client::Response,
    committees::{over, refused},
};

crate::tests! {
    both: [
        a_register_is_set_up_and_renamed_and_each_change_says_who_did_what,
        records_are_kept_by_the_officers_of_their_place_and_those_above,
        a_stale_version_is_answered_with_the_record,
        a_retry_of_a_record_is_answered_with_the_first_result,
        of_many_who_set_up_the_same_register_at_once_one_succeeds,
        changes_are_seen_by_the_officials_of_the_area_and_above,
        a_change_that_changes_nothing_leaves_no_trace,
    ],
}

const COMMUNITY: &str = "431302001009";
const REGISTER: &str = "register { id name version endedOn area { code } }";

async fn create(t: &TestApp, who: entity::PersonId, with: Value) -> Response {
    t.change(Some(who), "createRegister", over(json!({ "area": COMMUNITY, "name": "隐患台账" }), with), REGISTER).await
}

async fn rename(t: &TestApp, who: entity::PersonId, id: &Value, with: Value) -> Response {
    t.change(Some(who), "renameRegister", over(json!({ "registerId": id, "name": "安全隐患台账" }), with), REGISTER).await
}

async fn id_of(t: &TestApp) -> Value {
    create(t, t.world().community, json!({})).await.done("createRegister")["register"]["id"].clone()
}

async fn changes(t: &TestApp, who: entity::PersonId) -> Value {
    let asked = "{ recordChanges(orderBy: {field: AT, direction: ASC}) { totalCount nodes {
        kind recordKind recordId version note actor { name } area { code } fields { name from to hidden } } } }";
    t.ask_with(Some(who), asked, json!({})).await.data()["recordChanges"].clone()
}

async fn a_register_is_set_up_and_renamed_and_each_change_says_who_did_what(t: TestApp) {
    let w = t.world();
    let id = id_of(&t).await;
    t.advance(chrono::Duration::hours(1));
    let renamed = rename(&t, w.subdistrict, &id, json!({ "expectedVersion": 1 })).await.done("renameRegister")["register"].clone();
    assert_eq!((&renamed["name"], &renamed["version"]), (&json!("安全隐患台账"), &json!(2)));
    let asked = "query($id: ID!) { node(id: $id) { ... on Register { name version
        changes(first: 5) { totalCount nodes { kind version fields { name from to hidden } } } } } }";
    let seen = t.ask_with(Some(w.district), asked, json!({ "id": id })).await.data()["node"].clone();
    assert_eq!(seen["name"], "安全隐患台账");
    let nodes = seen["changes"]["nodes"].as_array().expect("changes");
    assert_eq!(nodes.len(), 2);
    // the latest first
    assert_eq!(nodes[0]["kind"], "CHANGED");
    assert_eq!(nodes[0]["fields"], json!([{ "name": "name", "from": "隐患台账", "to": "安全隐患台账", "hidden": false }]));
    assert_eq!((&nodes[1]["kind"], &nodes[1]["version"]), (&json!("CREATED"), &json!(1)));
    let names: Vec<_> =
        nodes[1]["fields"].as_array().expect("fields").iter().map(|field| field["name"].as_str().expect("a name")).collect();
    assert!(names.contains(&"name") && names.contains(&"areaId") && !names.contains(&"id"), "{names:?}");
    let all = changes(&t, w.district).await;
    assert_eq!((&all["totalCount"], &all["nodes"][0]["recordId"]), (&json!(2), &id));
    assert_eq!(all["nodes"][0]["area"]["code"], COMMUNITY);
    assert!(all["nodes"].as_array().expect("changes").iter().all(|change| change["actor"]["name"].is_string()), "{all}");
}

async fn records_are_kept_by_the_officers_of_their_place_and_those_above(t: TestApp) {
    let w = t.world();
    for (at, who) in [w.community, w.subdistrict, w.district, w.admin].into_iter().enumerate() {
        create(&t, who, json!({ "name": format!("台账{at}") })).await.done("createRegister");
    }
    for who in [w.resident, w.grid_worker, w.secretary, w.department, w.firm, w.analyst, w.auditor, w.nobody] {
        refused(&create(&t, who, json!({ "name": "另一个" })).await, "createRegister", "FORBIDDEN", &["area"]);
    }
    // the community keeps none of the district
    refused(&create(&t, w.community, json!({ "area": "431302000000" })).await, "createRegister", "FORBIDDEN", &["area"]);
    refused(&create(&t, w.community, json!({ "area": "999999999999" })).await, "createRegister", "NOT_FOUND", &["area"]);
    refused(&create(&t, w.community, json!({ "name": "台账0" })).await, "createRegister", "ALREADY_EXISTS", &["name"]);
    refused(&create(&t, w.community, json!({ "name": " " })).await, "createRegister", "REQUIRED", &["name"]);
    let id = id_of(&t).await;
    // a resident sees no register: it is as if there were none
    refused(&rename(&t, w.resident, &id, json!({})).await, "renameRegister", "NOT_FOUND", &["registerId"]);
    refused(&rename(&t, w.grid_worker, &id, json!({})).await, "renameRegister", "FORBIDDEN", &["registerId"]);
}

async fn a_stale_version_is_answered_with_the_record(t: TestApp) {
    let w = t.world();
    let id = id_of(&t).await;
    rename(&t, w.community, &id, json!({ "expectedVersion": 1 })).await.done("renameRegister");
    let answer = rename(&t, w.community, &id, json!({ "name": "旧", "expectedVersion": 1 })).await;
    refused(&answer, "renameRegister", "CONFLICT", &["expectedVersion"]);
    let standing = &answer.data()["renameRegister"]["register"];
    assert_eq!((&standing["name"], &standing["version"]), (&json!("安全隐患台账"), &json!(2)));
}

async fn a_retry_of_a_record_is_answered_with_the_first_result(t: TestApp) {
    let w = t.world();
    let key = json!({ "idempotencyKey": "一" });
    let first = create(&t, w.community, key.clone()).await.done("createRegister").clone();
    assert_eq!(create(&t, w.community, key.clone()).await.done("createRegister"), &first);
    let other = create(&t, w.community, over(key.clone(), json!({ "name": "另一个" }))).await;
    refused(&other, "createRegister", "IDEMPOTENCY_KEY_REUSED", &["idempotencyKey"]);
    let key = json!({ "idempotencyKey": "二", "expectedVersion": 1 });
    let id = &first["register"]["id"];
    let renamed = rename(&t, w.community, id, key.clone()).await.done("renameRegister").clone();
    assert_eq!(rename(&t, w.community, id, key).await.done("renameRegister"), &renamed);
    assert_eq!(changes(&t, w.district).await["totalCount"], 2, "what was repeated left a trace");
}

async fn of_many_who_set_up_the_same_register_at_once_one_succeeds(t: TestApp) {
    let answers = join_all((0..8).map(|_| create(&t, t.world().community, json!({})))).await;
    let made = answers.iter().filter(|answer| answer.data()["createRegister"]["register"].is_object()).count();
    assert_eq!(made, 1);
}

async fn changes_are_seen_by_the_officials_of_the_area_and_above(t: TestApp) {
    let w = t.world();
    create(&t, w.community, json!({})).await.done("createRegister");
    create(&t, w.district, json!({ "area": "431302000000", "name": "全区台账" })).await.done("createRegister");
    for (who, seen) in [(w.resident, 0), (w.firm, 0), (w.nobody, 0), (w.community, 1), (w.subdistrict, 1), (w.district, 2), (w.admin, 2)] {
        assert_eq!(changes(&t, who).await["totalCount"], seen);
    }
    let asked = r#"{ recordChanges(filter: {area: "431302001009", recordKind: {eq: REGISTER}, kind: {eq: CREATED}}) { totalCount } }"#;
    assert_eq!(t.ask_with(Some(w.district), asked, json!({})).await.data()["recordChanges"]["totalCount"], 1);
}

async fn a_change_that_changes_nothing_leaves_no_trace(t: TestApp) {
    let w = t.world();
    let id = id_of(&t).await;
    let same = rename(&t, w.community, &id, json!({ "name": "隐患台账" })).await.done("renameRegister")["register"].clone();
    assert_eq!(same["version"], 1);
    assert_eq!(changes(&t, w.district).await["totalCount"], 1);
}
