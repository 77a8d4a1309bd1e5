//! What is shown of the people in a case, and of people as such.

use entity::*;
use serde_json::{Value, json};

use crate::support::{TestApp, ask::report, global::global};

crate::tests! {
    both: [
        the_reporter_is_open_to_who_handles_the_case_and_masked_to_who_only_sees_it,
        an_anonymous_reporter_is_known_to_nobody_else,
        the_respondent_never_learns_who_complained,
        a_person_named_as_respondent_is_masked_likewise,
        a_unit_that_was_called_forgets_when_the_case_has_ended,
        officers_are_open_to_each_other_and_masked_to_residents,
        names_of_residents_and_all_phones_are_masked_in_the_list_of_persons,
    ],
}

const PEOPLE: &str = "reporter { name phone masked } timeline(first: 50) { nodes { kind actor { name phone masked role } } }";

/// The case as this person sees it, by each way that leads to it; all ways must agree.
async fn seen(t: &TestApp, who: PersonId, case: &str) -> Value {
    let document = format!(
        r#"{{
            node(id: "{case}") {{ ... on Case {{ {PEOPLE} }} }}
            nodes(ids: ["{case}"]) {{ ... on Case {{ {PEOPLE} }} }}
            cases(filter: {{id: {{eq: "{case}"}}}}) {{ nodes {{ {PEOPLE} timeline2: timeline {{ nodes {{ case {{ {PEOPLE} }} }} }} }} }}
        }}"#
    );
    let answer = t.ask(Some(who), &document).await;
    let data = answer.data();
    assert_eq!(data["node"], data["nodes"][0]);
    assert_eq!(data["node"]["reporter"], data["cases"]["nodes"][0]["reporter"]);
    assert_eq!(data["node"]["timeline"], data["cases"]["nodes"][0]["timeline"]);
    assert_eq!(data["node"], data["cases"]["nodes"][0]["timeline2"]["nodes"][0]["case"]);
    data["node"].clone()
}

async fn reported(t: &TestApp, who: PersonId, anonymous: bool) -> String {
    let mut input = report(t);
    input["anonymous"] = anonymous.into();
    let answer = t.change(Some(who), "reportCase", input, "case { id }").await;
    answer.done("reportCase")["case"]["id"].as_str().expect("an id").to_owned()
}

async fn noted(t: &TestApp, who: PersonId, case: &str) {
    t.change(Some(who), "addCaseNote", json!({ "caseId": case, "note": "补充" }), "case { id }").await.done("addCaseNote");
}

fn open() -> Value {
    json!({ "name": "居民甲", "phone": "13900000000", "masked": false })
}

fn masked() -> Value {
    json!({ "name": "居**", "phone": "139****0000", "masked": true })
}

async fn the_reporter_is_open_to_who_handles_the_case_and_masked_to_who_only_sees_it(t: TestApp) {
    let w = t.world();
    let case = reported(&t, w.resident, false).await;
    noted(&t, w.resident, &case).await;
    for (who, expected) in [
        (w.resident, open()),
        (w.grid_worker, open()),
        (w.secretary, masked()),
        (w.community, masked()),
        (w.subdistrict, masked()),
        (w.district, masked()),
        (w.analyst, masked()),
        (w.auditor, masked()),
        (w.admin, masked()),
    ] {
        let case = seen(&t, who, &case).await;
        assert_eq!(case["reporter"], expected, "to {who:?}");
        for entry in case["timeline"]["nodes"].as_array().expect("entries") {
            assert_eq!(entry["actor"]["name"], expected["name"], "to {who:?}: {entry}");
            assert_eq!(entry["actor"]["phone"], expected["phone"], "to {who:?}: {entry}");
        }
    }
    // the community is called: now it has to do with it
    let call = json!({ "caseId": case, "to": "COMMUNITY" });
    t.change(Some(w.grid_worker), "raiseWhistle", call, "case { id }").await.done("raiseWhistle");
    assert_eq!(seen(&t, w.community, &case).await["reporter"], open());
    assert_eq!(seen(&t, w.subdistrict, &case).await["reporter"], masked());
}

async fn an_anonymous_reporter_is_known_to_nobody_else(t: TestApp) {
    let w = t.world();
    // also an officer's report, whose entry carries a role
    for reporter in [w.resident, w.community2] {
        let case = reported(&t, reporter, true).await;
        noted(&t, reporter, &case).await;
        assert_eq!(seen(&t, reporter, &case).await["reporter"]["masked"], false, "to oneself");
        for who in [w.grid_worker, w.secretary, w.community, w.subdistrict, w.district, w.analyst, w.auditor, w.admin] {
            let case = seen(&t, who, &case).await;
            assert_eq!(case["reporter"], Value::Null, "to {who:?}");
            for entry in case["timeline"]["nodes"].as_array().expect("entries") {
                assert_eq!(entry["actor"], Value::Null, "to {who:?}: {entry}");
            }
        }
        // payloads too
        let input = json!({ "whistleId": whistle_of(&t, w.grid_worker, &case).await });
        let answer = t.change(Some(w.grid_worker), "checkInWhistle", input, &format!("case {{ {PEOPLE} }}")).await;
        let case = &answer.done("checkInWhistle")["case"];
        assert_eq!(case["reporter"], Value::Null);
        assert_eq!(case["timeline"]["nodes"][0]["actor"], Value::Null);
        let own = case["timeline"]["nodes"].as_array().and_then(|entries| entries.last()).expect("an entry");
        assert_eq!(own["actor"]["name"], "网格员甲");
    }
}

async fn whistle_of(t: &TestApp, who: PersonId, case: &str) -> String {
    let answer = t.ask(Some(who), &format!(r#"{{ node(id: "{case}") {{ ... on Case {{ whistles {{ nodes {{ id }} }} }} }} }}"#)).await;
    answer.data()["node"]["whistles"]["nodes"][0]["id"].as_str().expect("a whistle").to_owned()
}

/// The server never calls the respondent; rows from elsewhere may say otherwise.
async fn the_respondent_never_learns_who_complained(t: TestApp) {
    let w = t.world();
    let by_firm = t
        .case(|c| {
            (c.handler_kind, c.handler_id, c.level) = (HandlerKind::PropertyFirm, w.firm_a.into(), HandlingLevel::Complex);
            (c.respondent_kind, c.respondent_id) = (Some(HandlerKind::PropertyFirm), Some(w.firm_a.into()));
        })
        .await;
    t.whistle(&by_firm, HandlerKind::PropertyFirm, w.firm_a).await;
    let by_worker = t.case(|c| c.respondent_id = Some(w.grid_worker.into())).await;
    t.whistle(&by_worker, HandlerKind::Grid, w.grid1).await;
    let by_community = t
        .case(|c| {
            (c.handler_kind, c.handler_id, c.level) = (HandlerKind::Community, w.area_community.into(), HandlingLevel::Community);
            (c.respondent_kind, c.respondent_id) = (Some(HandlerKind::Community), Some(w.area_community.into()));
        })
        .await;
    for (who, case) in [(w.firm, &by_firm), (w.grid_worker, &by_worker), (w.community, &by_community), (w.community2, &by_community)] {
        let case = global(case.id);
        let view = seen(&t, who, &case).await;
        assert_eq!(view["reporter"], Value::Null, "to {who:?}");
        assert_eq!(view["timeline"]["nodes"][0]["actor"], Value::Null, "to {who:?}");
        let answer = t.change(Some(who), "addCaseNote", json!({ "caseId": case, "note": "申辩" }), "case { id }").await;
        answer.assert_refused("addCaseNote", "RESPONDENT");
    }
    // a colleague of the worker has nothing to hide from
    assert_eq!(seen(&t, w.district, &global(by_worker.id)).await["reporter"], masked());
}

async fn a_person_named_as_respondent_is_masked_likewise(t: TestApp) {
    let w = t.world();
    let known = t.case(|c| c.respondent_id = Some(w.resident2.into())).await;
    let unknown = t.case(|c| c.respondent_name = Some("王小二".into())).await;
    for (who, names) in [(w.grid_worker, ["居民乙", "王小二"]), (w.resident, ["居**", "王小二"]), (w.analyst, ["居**", "王**"])]
    {
        for (case, name) in [&known, &unknown].into_iter().zip(names) {
            let document =
                format!(r#"{{ node(id: "{}") {{ ... on Case {{ respondent {{ name handler {{ name }} }} }} }} }}"#, global(case.id));
            let answer = t.ask(Some(who), &document).await;
            assert_eq!(answer.data()["node"]["respondent"], json!({ "name": name, "handler": null }), "to {who:?}");
        }
    }
}

async fn a_unit_that_was_called_forgets_when_the_case_has_ended(t: TestApp) {
    let w = t.world();
    for (status, expected) in [(CaseStatus::InProgress, open()), (CaseStatus::Closed, masked())] {
        let case = t.case(|c| c.status = status).await;
        t.whistle(&case, HandlerKind::Department, w.dep_urban).await;
        assert_eq!(seen(&t, w.department, &global(case.id)).await["reporter"], expected, "{status:?}");
    }
}

async fn officers_are_open_to_each_other_and_masked_to_residents(t: TestApp) {
    let w = t.world();
    let case = reported(&t, w.resident, false).await;
    let input = json!({ "whistleId": whistle_of(&t, w.grid_worker, &case).await });
    t.change(Some(w.grid_worker), "checkInWhistle", input, "case { id }").await.done("checkInWhistle");
    let last = async |who| {
        let case = seen(&t, who, &case).await;
        case["timeline"]["nodes"].as_array().and_then(|entries| entries.last()).expect("an entry")["actor"].clone()
    };
    let colleague = json!({ "name": "网格员甲", "phone": null, "masked": false, "role": "GRID_WORKER" });
    for who in [w.community, w.subdistrict, w.analyst] {
        assert_eq!(last(who).await, colleague, "to {who:?}");
    }
    let to_resident = last(w.resident).await;
    assert_eq!((&to_resident["name"], &to_resident["masked"]), (&json!("网***"), &json!(true)));
}

async fn names_of_residents_and_all_phones_are_masked_in_the_list_of_persons(t: TestApp) {
    let w = t.world();
    let person = async |who: PersonId, whom: PersonId| {
        let answer = t.ask(Some(who), &format!(r#"{{ node(id: "{}") {{ ... on Person {{ name phone }} }} }}"#, global(whom))).await;
        answer.data()["node"].clone()
    };
    assert_eq!(person(w.resident, w.resident).await, json!({ "name": "居民甲", "phone": "13900000000" }));
    assert_eq!(person(w.community, w.resident).await, json!({ "name": "居**", "phone": "139****0000" }));
    assert_eq!(person(w.admin, w.resident).await, json!({ "name": "居**", "phone": "139****0000" }));
    assert_eq!(person(w.resident, w.resident2).await, Value::Null);
    // officers are known by name to officers
    assert_eq!(person(w.resident, w.community).await["name"], "社**");
    let community = person(w.secretary, w.community).await;
    assert_eq!(community["name"], "社区甲");
    assert!(community["phone"].as_str().is_some_and(|phone| phone.contains("****")), "{community}");
    // no officer any more
    assert_eq!(person(w.community, w.former).await["name"], "网***");
}
