//! What districts call the levels 层级名称: each district in its own words, wherever a level is shown.

use std::collections::HashMap;

use entity::{CaseStatus, HandlerKind, HandlingLevel, PersonId, PostRole, post};
use serde_json::{Value, json};

use crate::support::{
    TestApp,
    client::Response,
    committees::{over, refused, text},
    world::day,
};

crate::tests! {
    both: [
        levels_have_general_words_where_the_district_names_none,
        a_district_names_a_level_and_goes_back_to_the_general_word,
        a_motto_stays_when_left_out_and_goes_when_null,
        levels_are_named_by_administrators_of_the_district_or_above,
        what_is_no_name_of_a_level_is_refused,
        a_stale_version_of_a_name_is_answered_with_it_and_a_retry_with_the_first_result,
        above_the_districts_levels_have_no_names,
        each_case_has_the_words_of_its_district,
        the_words_of_a_page_of_cases_cost_one_statement,
        shares_have_the_words_of_the_district_that_the_filter_names,
    ],
}

const LOUXING: &str = "431302000000";
const YUETANG: &str = "431302001009";
const DONGGUAN: &str = "441900000000";
const NAMED: &str = "levelName { id level name motto version endedOn area { code } }";
const GENERAL: [&str; 5] = ["小区", "网格", "社区", "街道", "区"];

/// Each mutation of the names of levels, with an input that is well formed.
pub fn changes() -> [(&'static str, Value); 2] {
    [
        ("nameHandlingLevel", json!({ "area": LOUXING, "level": "GRID", "name": "小网格" })),
        ("unnameHandlingLevel", json!({ "area": LOUXING, "level": "GRID" })),
    ]
}

/// The grid of Louxing is 小网格, unless `with` says otherwise.
async fn try_name(t: &TestApp, who: PersonId, with: Value) -> Response {
    let [(mutation, input), _] = changes();
    t.change(Some(who), mutation, over(input, with), NAMED).await
}

async fn name(t: &TestApp, with: Value) -> Value {
    try_name(t, t.world().admin, with).await.done("nameHandlingLevel")["levelName"].clone()
}

async fn try_unname(t: &TestApp, who: PersonId, with: Value) -> Response {
    let [_, (mutation, input)] = changes();
    t.change(Some(who), mutation, over(input, with), NAMED).await
}

async fn levels(t: &TestApp, who: Option<PersonId>, area: &str) -> Value {
    let asked = format!(r#"{{ handlingLevels(area: "{area}") {{ level name motto own }} }}"#);
    t.ask(who, &asked).await.data()["handlingLevels"].clone()
}

fn names(levels: &Value) -> Vec<String> {
    levels.as_array().expect("levels").iter().map(|level| text(&level["name"])).collect()
}

async fn levels_have_general_words_where_the_district_names_none(t: TestApp) {
    let general = |(level, name): (&str, &str)| json!({ "level": level, "name": name, "motto": null, "own": false });
    let all = ["COMPLEX", "GRID", "COMMUNITY", "SUBDISTRICT", "DISTRICT"];
    let expected: Vec<Value> = all.into_iter().zip(GENERAL).map(general).collect();
    for area in [LOUXING, "431302001000", YUETANG, "431302001009001", DONGGUAN, "441900003001"] {
        for who in [None, Some(t.world().resident)] {
            assert_eq!(levels(&t, who, area).await, json!(expected), "{area}");
        }
    }
    let body = json!({ "query": format!(r#"{{ handlingLevels(area: "{LOUXING}") {{ name }} }}"#) });
    let request = t.http().post(t.url("/graphql")).header("Accept-Language", "en").json(&body);
    let english = Response::of(request.send().await.expect("an answer")).await;
    assert_eq!(names(&english.data()["handlingLevels"]), ["Complex", "Grid", "Community", "Subdistrict", "District"]);
}

async fn a_district_names_a_level_and_goes_back_to_the_general_word(t: TestApp) {
    let w = t.world();
    let made = name(&t, json!({ "motto": "小事不出网格" })).await;
    let said = json!({ "id": made["id"], "level": "GRID", "name": "小网格", "motto": "小事不出网格", "version": 1, "endedOn": null, "area": { "code": LOUXING } });
    assert_eq!(made, said);
    let grid = json!({ "level": "GRID", "name": "小网格", "motto": "小事不出网格", "own": true });
    for area in [LOUXING, YUETANG, "431302001009001"] {
        let seen = levels(&t, None, area).await;
        assert_eq!(names(&seen), ["小区", "小网格", "社区", "街道", "区"]);
        assert_eq!(seen[1], grid);
    }
    assert_eq!(names(&levels(&t, None, DONGGUAN).await), GENERAL, "of another district");

    let ended = try_unname(&t, w.admin, json!({ "reason": "统一称呼" })).await.done("unnameHandlingLevel")["levelName"].clone();
    assert_eq!((&ended["id"], &ended["version"], &ended["endedOn"]), (&made["id"], &json!(2), &json!("2026-06-10")));
    assert_eq!(names(&levels(&t, None, LOUXING).await), GENERAL);
    refused(&try_unname(&t, w.admin, json!({})).await, "unnameHandlingLevel", "INVALID_STATE", &["level"]);
    let anew = name(&t, json!({ "name": "微网格" })).await;
    assert_eq!((&anew["version"], &anew["motto"]), (&json!(1), &Value::Null));
    assert_ne!(anew["id"], made["id"], "what has ended stays as it was");

    let asked = format!(
        r#"{{ area(code: "{LOUXING}") {{ all: levelNames {{ nodes {{ name }} }} used: levelNames(filter: {{inForce: true}}) {{ nodes {{ name }} }}
            none: levelNames(filter: {{level: {{eq: COMMUNITY}}}}) {{ totalCount }} }} }}"#
    );
    let seen = t.ask(None, &asked).await.data()["area"].clone();
    let expected = json!({
        "all": { "nodes": [{ "name": "小网格" }, { "name": "微网格" }] }, "used": { "nodes": [{ "name": "微网格" }] }, "none": { "totalCount": 0 }
    });
    assert_eq!(seen, expected);
    let asked = "query($id: ID!) { node(id: $id) { ... on LevelName { name changes { nodes { kind recordKind recordId note } } } } }";
    let history = async |who| t.ask_with(who, asked, json!({ "id": made["id"] })).await.data()["node"].clone();
    let told = |kind: &str, note: Value| json!({ "kind": kind, "recordKind": "LEVEL_NAME", "recordId": made["id"], "note": note });
    let expected = json!([told("ENDED", json!("统一称呼")), told("CREATED", Value::Null)]);
    assert_eq!(history(Some(w.district)).await["changes"]["nodes"], expected);
    assert_eq!(history(None).await, json!({ "name": "小网格", "changes": { "nodes": [] } }));
}

async fn a_motto_stays_when_left_out_and_goes_when_null(t: TestApp) {
    name(&t, json!({ "motto": "小事不出网格" })).await;
    for (with, motto, version) in [
        (json!({ "name": "微网格" }), json!("小事不出网格"), 2),
        (json!({ "name": "微网格" }), json!("小事不出网格"), 2),
        (json!({ "name": "微网格", "motto": null }), Value::Null, 3),
        (json!({ "name": "微网格", "motto": "微事不出网格" }), json!("微事不出网格"), 4),
        (json!({ "name": "微网格", "motto": " " }), Value::Null, 5),
    ] {
        let named = name(&t, with.clone()).await;
        assert_eq!((&named["motto"], &named["version"]), (&motto, &json!(version)), "{with}");
    }
}

async fn levels_are_named_by_administrators_of_the_district_or_above(t: TestApp) {
    let w = t.world();
    let (province, city) = (t.administrator(w.area_province).await, t.administrator(w.area_city).await);
    let (subdistrict, dongguan) = (t.administrator(w.area_subdistrict).await, t.administrator(w.area_dongguan).await);
    for who in [w.admin, city, province] {
        try_name(&t, who, json!({})).await.done("nameHandlingLevel");
        try_unname(&t, who, json!({})).await.done("unnameHandlingLevel");
    }
    let elsewhere = json!({ "area": DONGGUAN });
    try_name(&t, dongguan, elsewhere.clone()).await.done("nameHandlingLevel");
    for who in [w.admin, province] {
        refused(&try_name(&t, who, elsewhere.clone()).await, "nameHandlingLevel", "FORBIDDEN", &["area"]);
        refused(&try_unname(&t, who, elsewhere.clone()).await, "unnameHandlingLevel", "FORBIDDEN", &["area"]);
    }
    name(&t, json!({})).await;
    for who in [subdistrict, dongguan, w.district, w.subdistrict, w.community, w.analyst, w.auditor, w.resident, w.nobody] {
        refused(&try_name(&t, who, json!({ "name": "别的" })).await, "nameHandlingLevel", "FORBIDDEN", &["area"]);
        refused(&try_unname(&t, who, json!({})).await, "unnameHandlingLevel", "FORBIDDEN", &["area"]);
    }
    assert_eq!(levels(&t, None, LOUXING).await[1]["name"], "小网格");
}

async fn what_is_no_name_of_a_level_is_refused(t: TestApp) {
    let admin = t.world().admin;
    for (with, code, field) in [
        (json!({ "name": " " }), "REQUIRED", "name"),
        (json!({ "name": "网".repeat(21) }), "TOO_LONG", "name"),
        (json!({ "motto": "网".repeat(51) }), "TOO_LONG", "motto"),
        (json!({ "area": YUETANG }), "NOT_FOUND", "area"),
        // a city that has districts
        (json!({ "area": "431300000000" }), "NOT_FOUND", "area"),
        (json!({ "area": "999999999999" }), "NOT_FOUND", "area"),
    ] {
        refused(&try_name(&t, admin, with).await, "nameHandlingLevel", code, &[field]);
    }
    refused(&try_unname(&t, admin, json!({ "area": YUETANG })).await, "unnameHandlingLevel", "NOT_FOUND", &["area"]);
    name(&t, json!({ "name": "网".repeat(20), "motto": "网".repeat(50) })).await;
}

async fn a_stale_version_of_a_name_is_answered_with_it_and_a_retry_with_the_first_result(t: TestApp) {
    let admin = t.world().admin;
    let early = try_name(&t, admin, json!({ "expectedVersion": 1 })).await;
    refused(&early, "nameHandlingLevel", "CONFLICT", &["expectedVersion"]);
    assert_eq!(early.data()["nameHandlingLevel"]["levelName"], Value::Null, "nothing is named yet");
    let keyed = json!({ "expectedVersion": 0, "idempotencyKey": "一" });
    let made = name(&t, keyed.clone()).await;
    assert_eq!(name(&t, keyed.clone()).await, made);
    let other = try_name(&t, admin, over(keyed, json!({ "name": "微网格" }))).await;
    refused(&other, "nameHandlingLevel", "IDEMPOTENCY_KEY_REUSED", &["idempotencyKey"]);
    let stale = try_name(&t, admin, json!({ "name": "微网格", "expectedVersion": 0 })).await;
    refused(&stale, "nameHandlingLevel", "CONFLICT", &["expectedVersion"]);
    assert_eq!(stale.data()["nameHandlingLevel"]["levelName"], made);
    name(&t, json!({ "name": "微网格", "expectedVersion": 1 })).await;
    let stale = try_unname(&t, admin, json!({ "expectedVersion": 1 })).await;
    refused(&stale, "unnameHandlingLevel", "CONFLICT", &["expectedVersion"]);
    assert_eq!(stale.data()["unnameHandlingLevel"]["levelName"]["name"], "微网格");
    let keyed = json!({ "expectedVersion": 2, "idempotencyKey": "二" });
    let ended = try_unname(&t, admin, keyed.clone()).await.done("unnameHandlingLevel").clone();
    assert_eq!(try_unname(&t, admin, keyed).await.done("unnameHandlingLevel"), &ended);
}

async fn above_the_districts_levels_have_no_names(t: TestApp) {
    for area in ["999999999999", "430000000000", "431300000000"] {
        let asked = format!(r#"{{ handlingLevels(area: "{area}") {{ name }} }}"#);
        t.ask(Some(t.world().admin), &asked).await.assert_code("BAD_USER_INPUT");
    }
}

/// Somebody who sees the cases of Louxing and of Dongguan.
async fn of_both(t: &TestApp) -> PersonId {
    let w = t.world();
    let person_id = t.administrator(w.area_district).await;
    let (id, role, area_id) = (t.app.clock.new_id(), PostRole::Administrator, w.area_dongguan);
    t.insert([post::Model {
        id,
        person_id,
        role,
        unit_id: area_id.into(),
        area_id,
        starts_on: day(2025, 1, 1),
        ends_on: None,
        version: 1,
    }])
    .await;
    person_id
}

async fn each_case_has_the_words_of_its_district(t: TestApp) {
    let w = t.world();
    let who = of_both(&t).await;
    name(&t, json!({})).await;
    try_name(&t, who, json!({ "area": DONGGUAN, "level": "COMMUNITY", "name": "村居" })).await.done("nameHandlingLevel");
    let open = t.case(|c| c.level = HandlingLevel::Grid).await;
    let settled = t
        .case(|c| {
            (c.level, c.status, c.settled_level) = (HandlingLevel::Community, CaseStatus::Resolved, Some(HandlingLevel::Grid));
        })
        .await;
    let abroad = t
        .case(|c| {
            (c.district_id, c.subdistrict_id) = (w.area_dongguan, Some(w.area_dongguan_subdistrict));
            (c.community_id, c.area_id) = (Some(w.area_dongguan_community), w.area_dongguan_community);
            (c.grid_id, c.complex_id, c.building_id, c.reporter_id) = (None, None, None, None);
            (c.handler_kind, c.handler_id) = (HandlerKind::Community, w.area_dongguan_community.into());
            (c.level, c.status, c.settled_level) = (HandlingLevel::Community, CaseStatus::Resolved, Some(HandlingLevel::Community));
        })
        .await;
    let asked = "{ cases { nodes { number levelName settledLevelName } } }";
    let seen = t.ask(Some(who), asked).await.data()["cases"]["nodes"].clone();
    let seen: HashMap<String, (Value, Value)> = seen
        .as_array()
        .expect("cases")
        .iter()
        .map(|case| (text(&case["number"]), (case["levelName"].clone(), case["settledLevelName"].clone())))
        .collect();
    assert_eq!(seen[&open.number], (json!("小网格"), Value::Null));
    assert_eq!(seen[&settled.number], (json!("社区"), json!("小网格")));
    assert_eq!(seen[&abroad.number], (json!("村居"), json!("村居")));

    // the answer of a mutation, too
    let reported = t.report(w.resident).await.case;
    let answer =
        t.change(Some(w.grid_worker), "acceptCase", json!({ "caseId": reported }), "case { level levelName settledLevelName }").await;
    let expected = json!({ "level": "GRID", "levelName": "小网格", "settledLevelName": null });
    assert_eq!(answer.done("acceptCase")["case"], expected);
}

async fn the_words_of_a_page_of_cases_cost_one_statement(t: TestApp) {
    name(&t, json!({})).await;
    for _ in 0..10 {
        t.case(|c| (c.status, c.settled_level) = (CaseStatus::Resolved, Some(HandlingLevel::Grid))).await;
    }
    let cost = async |fields: &str, first: usize| {
        let mark = t.statements.count();
        let asked = format!("{{ cases(first: {first}) {{ nodes {{ number {fields} }} }} }}");
        t.ask(Some(t.world().district), &asked).await.data();
        t.statements.since(mark).len()
    };
    for first in [1, 10] {
        let without = cost("", first).await;
        assert_eq!(cost("levelName", first).await, without + 1);
        assert_eq!(cost("levelName settledLevelName", first).await, without + 1);
    }
}

async fn shares_have_the_words_of_the_district_that_the_filter_names(t: TestApp) {
    name(&t, json!({})).await;
    let own = ["小区", "小网格", "社区", "街道", "区"];
    for (filter, expected) in [
        ("", GENERAL),
        (r#"area: "431302000000""#, own),
        (r#"area: "431302001009", open: true"#, own),
        (r#"and: [{area: "431302001009"}, {not: {area: "431302001010"}}]"#, own),
        (r#"area: "441900000000""#, GENERAL),
        (r#"area: "430000000000""#, GENERAL),
        (r#"area: "999999999999""#, GENERAL),
        (r#"not: {area: "431302000000"}"#, GENERAL),
        (r#"or: [{area: "431302001009"}, {area: "431302001010"}]"#, GENERAL),
        (r#"area: "431302000000", and: [{area: "441900000000"}]"#, GENERAL),
    ] {
        let asked = format!("{{ caseOutcomes(filter: {{{filter}}}) {{ settled {{ name }} }} }}");
        let answer = t.ask(Some(t.world().district), &asked).await;
        assert_eq!(names(&answer.data()["caseOutcomes"]["settled"]), expected, "{filter}");
    }
}
