//! What districts call the classes of problem 问题类别名称. Rights, versions and retries are those of the names of levels, and tried there.

use entity::{CaseCategory, PersonId};
use serde_json::{Value, json};

use crate::support::{
    TestApp,
    client::Response,
    committees::{over, refused},
};

crate::tests! {
    both: [
        classes_have_general_words_where_the_district_names_none,
        a_district_names_a_class_and_goes_back_to_the_general_word,
        what_is_no_name_of_a_class_is_refused,
        each_case_has_the_word_of_its_district_for_its_class,
    ],
}

const LOUXING: &str = "431302000000";
const NAMED: &str = "categoryName { id category name motto version endedOn area { code } }";

/// Each mutation of the names of classes, with an input that is well formed.
pub fn changes() -> [(&'static str, Value); 2] {
    [
        ("nameCaseCategory", json!({ "area": LOUXING, "category": "DISPUTE", "name": "邻里事" })),
        ("unnameCaseCategory", json!({ "area": LOUXING, "category": "DISPUTE" })),
    ]
}

/// Disputes are 邻里事 in Louxing, unless `with` says otherwise.
async fn try_name(t: &TestApp, who: PersonId, with: Value) -> Response {
    let [(mutation, input), _] = changes();
    t.change(Some(who), mutation, over(input, with), NAMED).await
}

async fn try_unname(t: &TestApp, who: PersonId, with: Value) -> Response {
    let [_, (mutation, input)] = changes();
    t.change(Some(who), mutation, over(input, with), NAMED).await
}

async fn name(t: &TestApp, with: Value) -> Value {
    try_name(t, t.world().admin, with).await.done("nameCaseCategory")["categoryName"].clone()
}

async fn classes(t: &TestApp, area: &str) -> Value {
    let asked = format!(r#"{{ caseCategories(area: "{area}") {{ category name motto own }} }}"#);
    t.ask(None, &asked).await.data()["caseCategories"].clone()
}

fn general() -> Vec<Value> {
    let words = [
        ("VIOLATION", "违规行为"),
        ("DISPUTE", "邻里矛盾"),
        ("HAZARD", "安全隐患"),
        ("PROPERTY_SERVICE", "物业乱象"),
        ("SERVICE", "民生诉求"),
    ];
    words.into_iter().map(|(category, name)| json!({ "category": category, "name": name, "motto": null, "own": false })).collect()
}

async fn classes_have_general_words_where_the_district_names_none(t: TestApp) {
    for area in [LOUXING, "431302001009", "441900000000"] {
        assert_eq!(classes(&t, area).await, json!(general()), "{area}");
    }
    for area in ["999999999999", "431300000000"] {
        t.ask(None, &format!(r#"{{ caseCategories(area: "{area}") {{ name }} }}"#)).await.assert_code("BAD_USER_INPUT");
    }
}

async fn a_district_names_a_class_and_goes_back_to_the_general_word(t: TestApp) {
    let w = t.world();
    let made = name(&t, json!({ "motto": "邻里事邻里商" })).await;
    let said = json!({
        "id": made["id"], "category": "DISPUTE", "name": "邻里事", "motto": "邻里事邻里商", "version": 1, "endedOn": null, "area": { "code": LOUXING }
    });
    assert_eq!(made, said);
    let mut own = general();
    own[1] = json!({ "category": "DISPUTE", "name": "邻里事", "motto": "邻里事邻里商", "own": true });
    assert_eq!(classes(&t, "431302001009").await, json!(own));
    assert_eq!(classes(&t, "441900000000").await, json!(general()), "of another district");
    let anew = name(&t, json!({ "name": "家里事" })).await;
    assert_eq!((&anew["id"], &anew["motto"], &anew["version"]), (&made["id"], &said["motto"], &json!(2)));

    let ended = try_unname(&t, w.admin, json!({ "reason": "统一称呼" })).await.done("unnameCaseCategory")["categoryName"].clone();
    assert_eq!((&ended["id"], &ended["version"], &ended["endedOn"]), (&made["id"], &json!(3), &json!("2026-06-10")));
    assert_eq!(classes(&t, LOUXING).await, json!(general()));
    refused(&try_unname(&t, w.admin, json!({})).await, "unnameCaseCategory", "INVALID_STATE", &["category"]);

    name(&t, json!({ "category": "SERVICE", "name": "村里事" })).await;
    let asked = format!(
        r#"{{ area(code: "{LOUXING}") {{ all: categoryNames {{ nodes {{ name }} }} used: categoryNames(filter: {{inForce: true}}) {{ nodes {{ name }} }}
            disputes: categoryNames(filter: {{category: {{eq: DISPUTE}}}}) {{ totalCount }} }} }}"#
    );
    let expected = json!({
        "all": { "nodes": [{ "name": "家里事" }, { "name": "村里事" }] }, "used": { "nodes": [{ "name": "村里事" }] }, "disputes": { "totalCount": 1 }
    });
    assert_eq!(t.ask(None, &asked).await.data()["area"], expected);
    let asked = "query($id: ID!) { node(id: $id) { ... on CategoryName { changes { nodes { kind recordKind recordId note } } } } }";
    let told = |kind: &str, note: Value| json!({ "kind": kind, "recordKind": "CATEGORY_NAME", "recordId": made["id"], "note": note });
    let expected = json!([told("ENDED", json!("统一称呼")), told("CHANGED", Value::Null), told("CREATED", Value::Null)]);
    let history = t.ask_with(Some(w.district), asked, json!({ "id": made["id"] })).await;
    assert_eq!(history.data()["node"]["changes"]["nodes"], expected);
}

async fn what_is_no_name_of_a_class_is_refused(t: TestApp) {
    let w = t.world();
    for (with, code, field) in [
        (json!({ "name": " " }), "REQUIRED", "name"),
        (json!({ "name": "事".repeat(21) }), "TOO_LONG", "name"),
        (json!({ "motto": "事".repeat(51) }), "TOO_LONG", "motto"),
        (json!({ "area": "431302001009" }), "NOT_FOUND", "area"),
        (json!({ "expectedVersion": 1 }), "CONFLICT", "expectedVersion"),
    ] {
        refused(&try_name(&t, w.admin, with).await, "nameCaseCategory", code, &[field]);
    }
    for who in [w.district, w.community, w.resident] {
        refused(&try_name(&t, who, json!({})).await, "nameCaseCategory", "FORBIDDEN", &["area"]);
        refused(&try_unname(&t, who, json!({})).await, "unnameCaseCategory", "FORBIDDEN", &["area"]);
    }
    assert_eq!(classes(&t, LOUXING).await, json!(general()));
}

async fn each_case_has_the_word_of_its_district_for_its_class(t: TestApp) {
    name(&t, json!({})).await;
    for category in [CaseCategory::Dispute, CaseCategory::Hazard] {
        t.case(|c| (c.title, c.category) = (format!("{category:?}"), category)).await;
    }
    let ask = async |fields: &str| {
        let mark = t.statements.count();
        let asked = format!("{{ cases {{ nodes {{ title {fields} }} }} }}");
        let answer = t.ask(Some(t.world().district), &asked).await;
        (answer.data()["cases"]["nodes"].clone(), t.statements.since(mark).len())
    };
    let (_, without) = ask("").await;
    let (seen, with) = ask("categoryName").await;
    assert_eq!(with, without + 1);
    let mut seen = seen.as_array().expect("cases").clone();
    seen.sort_by_key(|case| case["title"].to_string());
    let expected = [json!({ "title": "Dispute", "categoryName": "邻里事" }), json!({ "title": "Hazard", "categoryName": "安全隐患" })];
    assert_eq!(seen, expected);
}
