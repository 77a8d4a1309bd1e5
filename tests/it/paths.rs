//! Handling paths 处置路径: whom a report calls, who passes a case on to whom, who sets a path, and how far a case has come on it.

use entity::*;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{
    TestApp,
    client::Response,
    committees::{elected, on_member, owners, seat_of},
    global::global,
};

crate::tests! {
    both: [
        a_report_calls_the_first_step_of_its_path,
        without_a_path_a_report_calls_the_grid,
        who_is_complained_of_is_passed_over,
        what_the_place_lacks_is_passed_over,
        what_a_chair_reports_to_the_own_committee_is_said_as_a_resident,
        whoever_has_a_case_passes_it_to_the_next_step_and_not_further,
        who_has_passed_a_case_on_does_not_take_it_back,
        whoever_can_pass_a_case_on_is_told_so,
        without_a_path_a_firm_passes_nothing_on,
        the_most_exact_path_holds,
        a_changed_path_leaves_the_cases_that_are_there,
        an_ended_path_gives_way_to_the_next_most_exact,
        each_change_is_a_version_and_a_retry_makes_none,
        a_path_is_set_by_administrators_of_the_district_or_above,
        steps_that_make_no_path_are_refused,
        a_case_tells_how_far_it_has_come,
        a_step_tells_neither_who_is_complained_of_nor_why_it_is_passed_over,
        paths_are_filtered_by_what_they_are_for,
        the_paths_of_many_cases_cost_as_much_as_one,
    ],
}

const LOUXING: &str = "431302000000";
const PATH: &str = "handlingPath { id version category steps matter { code } area { code } endedAt }";
const STEPS: [&str; 6] = ["PROPERTY_FIRM", "OWNERS_COMMITTEE", "PARTY_BRANCH", "COMMUNITY", "SUBDISTRICT", "DEPARTMENT"];

/// The published path of Louxing, here for disputes, unless `over` says otherwise.
async fn try_set(t: &TestApp, who: PersonId, over: Value) -> Response {
    let mut input = json!({ "area": LOUXING, "category": "DISPUTE", "steps": STEPS });
    for (name, value) in over.as_object().expect("an input") {
        input[name] = value.clone();
    }
    t.change(Some(who), "setHandlingPath", input, PATH).await
}

async fn set(t: &TestApp, over: Value) -> Value {
    try_set(t, t.world().admin, over).await.done("setHandlingPath")["handlingPath"].clone()
}

async fn try_end(t: &TestApp, who: PersonId, path: &Value) -> Response {
    t.change(Some(who), "endHandlingPath", json!({ "pathId": path }), PATH).await
}

fn a_quarrel() -> Value {
    json!({ "category": "DISPUTE", "title": "楼上噪音扰邻" })
}

/// Whom a resident's report calls.
async fn called(t: &TestApp, over: Value) -> Value {
    t.report_with(t.world().resident, over).await.payload["whistle"]["target"]["id"].clone()
}

/// The steps of a case's path as the person sees them: kind, state, unit.
async fn steps(t: &TestApp, who: PersonId, case: &str) -> Vec<(String, String, Value)> {
    let document = "query($id: ID!) { node(id: $id) { ... on Case { path { kind state handler { id } } } } }";
    let answer = t.ask_with(Some(who), document, json!({ "id": case })).await;
    let text = |value: &Value| value.as_str().expect("a word").to_owned();
    let steps = answer.data()["node"]["path"].as_array().expect("steps").clone();
    steps.iter().map(|step| (text(&step["kind"]), text(&step["state"]), step["handler"]["id"].clone())).collect()
}

async fn states(t: &TestApp, case: &str) -> Vec<String> {
    steps(t, t.world().district, case).await.into_iter().map(|(_, state, _)| state).collect()
}

async fn path_of(t: &TestApp, case: &str) -> Value {
    let document = "query($id: ID!) { node(id: $id) { ... on Case { handlingPath { id version } fileIntegrity { intact } } } }";
    let answer = t.ask_with(Some(t.world().district), document, json!({ "id": case })).await;
    assert_eq!(answer.data()["node"]["fileIntegrity"]["intact"], true);
    answer.data()["node"]["handlingPath"].clone()
}

async fn a_report_calls_the_first_step_of_its_path(t: TestApp) {
    let w = t.world();
    let path = set(&t, json!({})).await;
    assert_eq!((&path["version"], &path["steps"]), (&json!(1), &json!(STEPS)));
    let filed = t.report_with(w.resident, a_quarrel()).await;
    let (case, whistle) = (&filed.payload["case"], &filed.payload["whistle"]);
    assert_eq!([&whistle["target"]["id"], &whistle["from"]], [&json!(global(w.firm_a)), &Value::Null]);
    assert_eq!([&case["handler"]["id"], &case["level"]], [&*global(w.firm_a), "COMPLEX"]);
    assert_eq!(path_of(&t, &filed.case).await["id"], path["id"]);
    let came = t.does(w.firm, "checkInWhistle", &filed.whistle).await;
    assert_eq!([&came["whistle"]["status"], &came["case"]["status"]], ["CHECKED_IN", "IN_PROGRESS"]);
    // of another category
    assert_eq!(called(&t, json!({})).await, global(w.grid1));
    // who does not turn up is escalated from to the superior, whatever the path
    let other = t.report_with(w.resident, a_quarrel()).await;
    let up = t.does(w.resident, "escalateWhistle", &other.whistle).await;
    assert_eq!(up["case"]["handler"]["id"], global(w.area_community));
}

async fn without_a_path_a_report_calls_the_grid(t: TestApp) {
    let w = t.world();
    let filed = t.report_with(w.resident, a_quarrel()).await;
    assert_eq!(filed.payload["whistle"]["target"]["id"], global(w.grid1));
    assert_eq!(path_of(&t, &filed.case).await, Value::Null);
    let kinds: Vec<String> = steps(&t, w.district, &filed.case).await.into_iter().map(|(kind, ..)| kind).collect();
    assert_eq!(kinds, ["GRID", "COMMUNITY", "SUBDISTRICT", "DISTRICT"]);
    assert_eq!(states(&t, &filed.case).await, ["CURRENT", "AHEAD", "AHEAD", "AHEAD"]);
}

fn against(mut report: Value, unit: String) -> Value {
    report["respondent"] = json!({ "handlerId": unit });
    report
}

async fn who_is_complained_of_is_passed_over(t: TestApp) {
    let w = t.world();
    set(&t, json!({})).await;
    assert_eq!(called(&t, against(a_quarrel(), global(w.firm_a))).await, global(w.branch));
    assert_eq!(called(&t, against(a_quarrel(), global(w.firm_b))).await, global(w.firm_a), "another firm");
    // whoever works for it, likewise
    let mut manager = a_quarrel();
    manager["respondent"] = json!({ "personId": global(w.firm) });
    let filed = t.report_with(w.district, manager).await;
    assert_eq!(filed.payload["whistle"]["target"]["id"], global(w.branch));
    assert_eq!(states(&t, &filed.case).await[..3], ["SKIPPED", "SKIPPED", "CURRENT"]);
    // nobody on the path is left: the next level above it
    set(&t, json!({ "steps": ["PROPERTY_FIRM"] })).await;
    assert_eq!(called(&t, against(a_quarrel(), global(w.firm_a))).await, global(w.area_community));
    // of the district itself can be complained, too
    set(&t, json!({ "steps": ["DISTRICT"] })).await;
    assert_eq!(called(&t, a_quarrel()).await, global(w.area_district));
    assert_eq!(called(&t, against(a_quarrel(), global(w.area_district))).await, global(w.grid1));
}

async fn what_the_place_lacks_is_passed_over(t: TestApp) {
    let w = t.world();
    set(&t, json!({ "steps": ["PROPERTY_FIRM", "PARTY_BRANCH", "GRID", "COMMUNITY"] })).await;
    let at = |place: Value| {
        let mut report = a_quarrel();
        report["place"] = place;
        report
    };
    assert_eq!(called(&t, at(json!({ "areaCode": "431302001009" }))).await, global(w.area_community));
    assert_eq!(called(&t, at(json!({ "areaCode": "431302001009002" }))).await, global(w.grid2));
    assert_eq!(called(&t, at(json!({ "areaCode": "431302001000" }))).await, global(w.area_subdistrict), "above the path's end");
    // no branch covers it
    set(&t, json!({ "steps": ["PARTY_BRANCH", "GRID"] })).await;
    assert_eq!(called(&t, at(json!({ "complexId": global(w.other) }))).await, global(w.other_grid));
    assert_eq!(called(&t, a_quarrel()).await, global(w.branch));
    // departments are called by somebody's choice only
    let mut report = at(json!({ "areaCode": "431302001000" }));
    (report["category"], report["matterId"]) = (json!("VIOLATION"), json!(global(w.matter_parking)));
    set(&t, json!({ "category": "VIOLATION", "steps": ["COMMUNITY", "DEPARTMENT"] })).await;
    assert_eq!(called(&t, report).await, global(w.area_subdistrict));
}

async fn what_a_chair_reports_to_the_own_committee_is_said_as_a_resident(t: TestApp) {
    let w = t.world();
    set(&t, json!({ "steps": ["OWNERS_COMMITTEE", "COMMUNITY"] })).await;
    let people = owners(&t, 5).await;
    let id = elected(&t, &people).await;
    let chair = seat_of(&t, &id, people[0]).await;
    on_member(&t, "assignSeatRole", &chair, json!({ "role": "CHAIR" })).await.done("assignSeatRole");
    let own = t.report_with(people[0], a_quarrel()).await;
    assert_eq!([&own.payload["case"]["handler"]["id"], &own.payload["whistle"]], [&json!(id), &Value::Null]);
    // what they do about it they do as the chair
    t.does(people[0], "startCase", &own.case).await;
    let said: Vec<_> = t.records().await.entries.iter().map(|entry| entry.actor_role).collect();
    assert_eq!(said, [Some(PostRole::Resident), Some(PostRole::CommitteeChair)]);
    // of others the committee is called
    let filed = t.report_with(w.resident, a_quarrel()).await;
    assert_eq!(filed.payload["whistle"]["target"]["id"], id);
    t.does(people[0], "checkInWhistle", &filed.whistle).await;
}

async fn whoever_has_a_case_passes_it_to_the_next_step_and_not_further(t: TestApp) {
    let w = t.world();
    set(&t, json!({})).await;
    let case = t.report_with(w.resident, a_quarrel()).await.case;
    let to = |kind: &str| json!({ "to": kind });
    for further in ["COMMUNITY", "SUBDISTRICT", "DISTRICT", "GRID", "OWNERS_COMMITTEE"] {
        t.refuses_with(w.firm, "raiseWhistle", &case, to(further), ("WRONG_LEVEL", "to")).await;
    }
    // it is not the branch's turn yet
    t.refuses_with(w.secretary, "raiseWhistle", &case, to("COMMUNITY"), ("WRONG_LEVEL", "to")).await;
    let raised = t.does_with(w.firm, "raiseWhistle", &case, to("PARTY_BRANCH")).await;
    let whistle = &raised["whistles"][0];
    assert_eq!([&whistle["target"]["id"], &whistle["from"]], [&*global(w.branch), "PROPERTY_FIRM"]);
    assert_eq!(raised["case"]["handler"]["id"], global(w.branch));
    // who no longer has it passes nothing on
    t.refuses_with(w.firm, "raiseWhistle", &case, to("PARTY_BRANCH"), ("WRONG_LEVEL", "to")).await;
    let raised = t.does_with(w.secretary, "raiseWhistle", &case, to("COMMUNITY")).await;
    assert_eq!(raised["whistles"][0]["target"]["id"], global(w.area_community));
    t.does_with(w.community, "raiseWhistle", &case, to("SUBDISTRICT")).await;
    // a respondent on the way is passed over
    let case = t.report_with(w.resident, against(a_quarrel(), global(w.branch))).await.case;
    t.refuses_with(w.firm, "raiseWhistle", &case, to("PARTY_BRANCH"), ("WRONG_LEVEL", "to")).await;
    let raised = t.does_with(w.firm, "raiseWhistle", &case, to("COMMUNITY")).await;
    assert_eq!(raised["whistles"][0]["target"]["id"], global(w.area_community));
    // nor can those of another complex
    t.refuses(w.firm_b_manager, "raiseWhistle", &case, ("NOT_FOUND", "caseId")).await;
}

async fn who_has_passed_a_case_on_does_not_take_it_back(t: TestApp) {
    let w = t.world();
    set(&t, json!({})).await;
    let to = json!({ "to": "PARTY_BRANCH" });
    let filed = t.report_with(w.resident, a_quarrel()).await;
    let raised = t.does_with(w.firm, "raiseWhistle", &filed.case, to.clone()).await;
    t.does(w.secretary, "checkInWhistle", raised["whistles"][0]["id"].as_str().expect("an id")).await;
    // the firm stays away from its own duty: its superior is told, and the branch goes on
    let up = t.does(w.resident, "escalateWhistle", &filed.whistle).await;
    assert_eq!(up["case"]["handler"]["id"], global(w.branch));
    let case = t.look(&filed.case).await;
    let called = case["whistles"]["nodes"].as_array().expect("whistles").last().expect("one").clone();
    assert_eq!([&called["to"], &called["lead"]], [&json!("COMMUNITY"), &json!(false)]);
    // nor does it by coming late, before anybody else has come
    let filed = t.report_with(w.resident, a_quarrel()).await;
    let raised = t.does_with(w.firm, "raiseWhistle", &filed.case, to).await;
    let came = t.does(w.firm, "checkInWhistle", &filed.whistle).await;
    assert_eq!([&came["case"]["status"], &came["case"]["handler"]["id"]], ["IN_PROGRESS", &*global(w.branch)]);
    // what was called off gives it back
    t.does(w.firm, "withdrawWhistle", raised["whistles"][0]["id"].as_str().expect("an id")).await;
    assert_eq!(t.look(&filed.case).await["handler"]["id"], global(w.firm_a));
}

/// Whether the person is told that they may whistle about a case, and if not, why.
async fn may_raise(t: &TestApp, who: PersonId, case: &str) -> (Value, Value) {
    let document = "query($id: ID!) { node(id: $id) { ... on Case { viewerActions { action allowed reason } } } }";
    let answer = t.ask_with(Some(who), document, json!({ "id": case })).await;
    let actions = answer.data()["node"]["viewerActions"].as_array().expect("actions").clone();
    let raise = actions.into_iter().find(|action| action["action"] == "RAISE_WHISTLE").expect("it is told");
    (raise["allowed"].clone(), raise["reason"].clone())
}

async fn whoever_can_pass_a_case_on_is_told_so(t: TestApp) {
    let w = t.world();
    let (yes, wrong) = ((json!(true), Value::Null), (json!(false), json!("WRONG_LEVEL")));
    let with_firm =
        t.case(|c| (c.handler_kind, c.handler_id, c.level) = (HandlerKind::PropertyFirm, w.firm_a.into(), HandlingLevel::Complex)).await;
    let case = global(with_firm.id);
    for (who, told) in [(w.grid_worker, &yes), (w.community, &yes), (w.subdistrict, &yes), (w.district, &wrong), (w.firm, &wrong)] {
        assert_eq!(may_raise(&t, who, &case).await, *told, "{who:?}");
    }
    set(&t, json!({})).await;
    let case = t.report_with(w.resident, a_quarrel()).await.case;
    assert_eq!(may_raise(&t, w.firm, &case).await, yes);
    t.does_with(w.firm, "raiseWhistle", &case, json!({ "to": "PARTY_BRANCH" })).await;
    assert_eq!(may_raise(&t, w.firm, &case).await, wrong, "no longer");
    // at the end of its path, and where nobody beyond can be called
    let beyond = against(a_quarrel(), global(w.branch));
    for steps in [["PARTY_BRANCH", "PROPERTY_FIRM"], ["PROPERTY_FIRM", "PARTY_BRANCH"]] {
        set(&t, json!({ "steps": steps })).await;
        let case = t.report_with(w.resident, beyond.clone()).await.case;
        assert_eq!(t.look(&case).await["handler"]["id"], global(w.firm_a));
        assert_eq!(may_raise(&t, w.firm, &case).await, wrong, "{steps:?}");
    }
}

async fn without_a_path_a_firm_passes_nothing_on(t: TestApp) {
    let w = t.world();
    let case =
        t.case(|c| (c.handler_kind, c.handler_id, c.level) = (HandlerKind::PropertyFirm, w.firm_a.into(), HandlingLevel::Complex)).await;
    for kind in HandlerKind::ALL {
        t.refuses_with(w.firm, "raiseWhistle", &global(case.id), json!({ "to": kind }), ("WRONG_LEVEL", "to")).await;
    }
}

async fn the_most_exact_path_holds(t: TestApp) {
    let w = t.world();
    let province = t.administrator(w.area_province).await;
    let parking = json!({ "matterId": global(w.matter_parking) });
    assert_eq!(called(&t, parking.clone()).await, global(w.grid1));
    let everywhere = json!({ "area": null, "category": null, "steps": ["SUBDISTRICT"] });
    try_set(&t, province, everywhere).await.done("setHandlingPath");
    assert_eq!(called(&t, parking.clone()).await, global(w.area_subdistrict));
    let everywhere = json!({ "area": null, "category": "VIOLATION", "steps": ["DISTRICT"] });
    try_set(&t, province, everywhere).await.done("setHandlingPath");
    assert_eq!(called(&t, parking.clone()).await, global(w.area_district), "of two for everywhere the one for the category");
    set(&t, json!({ "category": null, "steps": ["COMMUNITY"] })).await;
    assert_eq!(called(&t, parking.clone()).await, global(w.area_community), "the district's own before those for everywhere");
    set(&t, json!({ "category": "VIOLATION", "steps": ["PROPERTY_FIRM"] })).await;
    assert_eq!(called(&t, parking.clone()).await, global(w.firm_a));
    let exact = set(&t, json!({ "category": null, "matterId": global(w.matter_parking), "steps": ["PARTY_BRANCH"] })).await;
    assert_eq!((&exact["matter"]["code"], &exact["category"]), (&json!("001"), &Value::Null));
    assert_eq!(called(&t, parking).await, global(w.branch), "the matter before the category");
    assert_eq!(called(&t, json!({})).await, global(w.firm_a), "of no matter");
    assert_eq!(called(&t, json!({ "category": "SERVICE" })).await, global(w.area_community));
    // what is less exact holds no sooner for being newer
    let newer = json!({ "area": null, "category": "VIOLATION", "steps": ["SUBDISTRICT"] });
    try_set(&t, province, newer).await.done("setHandlingPath");
    set(&t, json!({ "category": null, "steps": ["SUBDISTRICT"] })).await;
    assert_eq!(called(&t, json!({})).await, global(w.firm_a));
    assert_eq!(called(&t, json!({ "matterId": global(w.matter_parking) })).await, global(w.branch));
}

async fn a_changed_path_leaves_the_cases_that_are_there(t: TestApp) {
    let w = t.world();
    let before = t.report_with(w.resident, a_quarrel()).await.case;
    let first = set(&t, json!({})).await;
    let case = t.report_with(w.resident, a_quarrel()).await.case;
    let second = set(&t, json!({ "steps": ["GRID", "COMMUNITY"] })).await;
    assert_eq!([path_of(&t, &before).await, path_of(&t, &case).await["id"].clone()], [Value::Null, first["id"].clone()]);
    assert_eq!(t.look(&case).await["handler"]["id"], global(w.firm_a));
    // the firm still goes by the first
    t.does_with(w.firm, "raiseWhistle", &case, json!({ "to": "PARTY_BRANCH" })).await;
    assert_eq!(called(&t, a_quarrel()).await, global(w.grid1));
    // classified again, each takes what holds now, and stays where it is
    for case in [&before, &case] {
        let handler = t.look(case).await["handler"].clone();
        let done = t.does_with(w.district, "classifyCase", case, json!({ "category": "DISPUTE" })).await;
        assert_eq!(done["case"]["handler"], handler);
        assert_eq!(path_of(&t, case).await["id"], second["id"]);
    }
    t.does_with(w.district, "classifyCase", &case, json!({ "category": "SERVICE" })).await;
    assert_eq!(path_of(&t, &case).await, Value::Null);
}

async fn an_ended_path_gives_way_to_the_next_most_exact(t: TestApp) {
    let w = t.world();
    set(&t, json!({ "category": null, "steps": ["COMMUNITY"] })).await;
    let exact = set(&t, json!({})).await;
    let case = t.report_with(w.resident, a_quarrel()).await.case;
    let ended = try_end(&t, w.admin, &exact["id"]).await.done("endHandlingPath")["handlingPath"].clone();
    assert_eq!((&ended["id"], ended["endedAt"].is_string()), (&exact["id"], true));
    try_end(&t, w.admin, &exact["id"]).await.assert_refused("endHandlingPath", "INVALID_STATE");
    assert_eq!(called(&t, a_quarrel()).await, global(w.area_community));
    assert_eq!(path_of(&t, &case).await["id"], exact["id"], "who goes it stays on it");
}

async fn each_change_is_a_version_and_a_retry_makes_none(t: TestApp) {
    let w = t.world();
    let input = json!({ "idempotencyKey": "一" });
    let first = set(&t, input.clone()).await;
    assert_eq!(set(&t, input).await, first);
    try_set(&t, w.admin, json!({ "steps": ["GRID"], "idempotencyKey": "一" }))
        .await
        .assert_refused("setHandlingPath", "IDEMPOTENCY_KEY_REUSED");
    let second = set(&t, json!({ "steps": ["GRID"], "expectedVersion": 1 })).await;
    assert_eq!([&first["version"], &second["version"]], [1, 2]);
    let stale = try_set(&t, w.admin, json!({ "expectedVersion": 1 })).await;
    stale.assert_refused("setHandlingPath", "CONFLICT");
    assert_eq!(stale.data()["setHandlingPath"]["handlingPath"], second, "as it stands");
    assert_eq!(set(&t, json!({ "category": "SERVICE", "expectedVersion": 0 })).await["version"], 1, "for other cases");
    let end = json!({ "pathId": second["id"], "expectedVersion": 2, "idempotencyKey": "二" });
    let ended = t.change(Some(w.admin), "endHandlingPath", end.clone(), PATH).await.done("endHandlingPath").clone();
    assert_eq!(t.change(Some(w.admin), "endHandlingPath", end, PATH).await.done("endHandlingPath"), &ended);
    assert_eq!(set(&t, json!({})).await["version"], 3, "it goes on after an end");
}

async fn a_path_is_set_by_administrators_of_the_district_or_above(t: TestApp) {
    let w = t.world();
    let (province, city) = (t.administrator(w.area_province).await, t.administrator(w.area_city).await);
    let subdistrict = t.administrator(w.area_subdistrict).await;
    let (here, everywhere, elsewhere) = (json!({}), json!({ "area": null }), json!({ "area": "441900000000" }));
    for (who, over, allowed) in [
        (w.admin, &here, true),
        (w.admin, &everywhere, false),
        (w.admin, &elsewhere, false),
        (city, &here, true),
        (city, &everywhere, false),
        (province, &here, true),
        (province, &everywhere, true),
        (province, &elsewhere, false),
        (subdistrict, &here, false),
    ] {
        let answer = try_set(&t, who, over.clone()).await;
        if allowed {
            let path = answer.done("setHandlingPath")["handlingPath"]["id"].clone();
            try_end(&t, subdistrict, &path).await.assert_refused("endHandlingPath", "FORBIDDEN");
            try_end(&t, w.district, &path).await.assert_refused("endHandlingPath", "FORBIDDEN");
            try_end(&t, who, &path).await.done("endHandlingPath");
        } else {
            answer.assert_refused("setHandlingPath", "FORBIDDEN");
            assert_eq!(answer.data()["setHandlingPath"]["userErrors"][0]["path"], json!(["input", "area"]));
        }
    }
    for who in [w.district, w.community, w.firm, w.secretary, w.analyst, w.resident, w.nobody] {
        try_set(&t, who, json!({})).await.assert_refused("setHandlingPath", "FORBIDDEN");
    }
}

async fn steps_that_make_no_path_are_refused(t: TestApp) {
    let w = t.world();
    let province = t.administrator(w.area_province).await;
    let of = |steps: &[&str]| json!({ "steps": steps });
    for (over, code, field) in [
        (of(&[]), "REQUIRED", "steps"),
        (of(&["GRID", "COMMUNITY", "GRID"]), "MISMATCH", "steps"),
        (of(&["COMMUNITY", "GRID"]), "MISMATCH", "steps"),
        (of(&["GRID", "PROPERTY_FIRM"]), "MISMATCH", "steps"),
        (of(&["DISTRICT", "SUBDISTRICT"]), "MISMATCH", "steps"),
        (of(&["DEPARTMENT"]), "MISMATCH", "steps"),
        (of(&["PARTY_BRANCH", "GRID", "DEPARTMENT"]), "MISMATCH", "steps"),
        (json!({ "area": "999999000000" }), "NOT_FOUND", "area"),
        (json!({ "area": "431302001000" }), "OUT_OF_RANGE", "area"),
        (json!({ "matterId": "matter_1" }), "NOT_FOUND", "matterId"),
        (json!({ "matterId": global(w.matter_parking) }), "MISMATCH", "matterId"),
        (json!({ "matterId": global(w.matter_parking), "category": null, "area": null }), "MISMATCH", "matterId"),
        (json!({ "idempotencyKey": "" }), "REQUIRED", "idempotencyKey"),
    ] {
        let answer = try_set(&t, province, over.clone()).await;
        assert_eq!(answer.user_errors("setHandlingPath"), [code], "{over}");
        let payload = &answer.data()["setHandlingPath"];
        assert_eq!(payload["handlingPath"], Value::Null, "{over}");
        assert_eq!(payload["userErrors"][0]["path"], json!(["input", field]), "{over}");
    }
    for unknown in [json!("path_1"), json!(global(HandlingPathId(Uuid::from_u128(1)))), json!(global(w.grid1))] {
        try_end(&t, province, &unknown).await.assert_refused("endHandlingPath", "NOT_FOUND");
    }
    let all = t.ask(Some(province), "{ handlingPaths { totalCount } }").await;
    assert_eq!(all.data()["handlingPaths"]["totalCount"], 0, "nothing was set");
    for whole in [
        &["OWNERS_COMMITTEE", "PROPERTY_FIRM", "GRID"][..],
        &["COMMUNITY", "DEPARTMENT", "SUBDISTRICT", "DISTRICT"],
        &["DISTRICT", "DEPARTMENT"],
        &["PROPERTY_FIRM", "OWNERS_COMMITTEE", "PARTY_BRANCH", "GRID", "COMMUNITY", "SUBDISTRICT", "DEPARTMENT", "DISTRICT"],
    ] {
        assert_eq!(set(&t, of(whole)).await["steps"], json!(whole));
    }
}

async fn a_case_tells_how_far_it_has_come(t: TestApp) {
    let w = t.world();
    set(&t, json!({ "category": "VIOLATION" })).await;
    let case = t.report_with(w.resident, json!({ "matterId": global(w.matter_parking) })).await.case;
    let step = |kind: &str, state: &str, unit: Option<String>| (kind.to_owned(), state.to_owned(), unit.map_or(Value::Null, Value::from));
    let expected = |firm: &str, branch: &str, community: &str| {
        vec![
            step("PROPERTY_FIRM", firm, Some(global(w.firm_a))),
            step("OWNERS_COMMITTEE", "SKIPPED", None),
            step("PARTY_BRANCH", branch, (branch != "SKIPPED").then(|| global(w.branch))),
            step("COMMUNITY", community, Some(global(w.area_community))),
            step("SUBDISTRICT", "AHEAD", Some(global(w.area_subdistrict))),
            step("DEPARTMENT", "AHEAD", Some(global(w.dep_urban))),
        ]
    };
    assert_eq!(steps(&t, w.resident, &case).await, expected("CURRENT", "AHEAD", "AHEAD"));
    t.does_with(w.firm, "raiseWhistle", &case, json!({ "to": "PARTY_BRANCH" })).await;
    assert_eq!(steps(&t, w.firm, &case).await, expected("PASSED", "CURRENT", "AHEAD"));
    t.does_with(w.secretary, "raiseWhistle", &case, json!({ "to": "COMMUNITY" })).await;
    assert_eq!(steps(&t, w.district, &case).await, expected("PASSED", "PASSED", "CURRENT"));
    // escalated past the branch
    let filed = t.report_with(w.resident, json!({ "matterId": global(w.matter_parking) })).await;
    t.does(w.resident, "escalateWhistle", &filed.whistle).await;
    assert_eq!(steps(&t, w.resident, &filed.case).await, expected("PASSED", "SKIPPED", "CURRENT"));
    // and past the end of the path
    set(&t, json!({ "category": "HAZARD", "steps": ["PROPERTY_FIRM", "PARTY_BRANCH"] })).await;
    let past = t.report_with(w.resident, json!({ "category": "HAZARD" })).await;
    t.does(w.resident, "escalateWhistle", &past.whistle).await;
    assert_eq!(t.look(&past.case).await["handler"]["id"], global(w.area_community));
    assert_eq!(states(&t, &past.case).await, ["PASSED", "SKIPPED"]);
    // what a mutation answers tells it too
    let document =
        "mutation($id: ID!) { addCaseNote(input: {caseId: $id, note: \"已看\"}) { case { path { state } } userErrors { code } } }";
    let answer = t.ask_with(Some(w.resident), document, json!({ "id": filed.case })).await;
    assert_eq!(answer.done("addCaseNote")["case"]["path"][3]["state"], "CURRENT");
}

async fn a_step_tells_neither_who_is_complained_of_nor_why_it_is_passed_over(t: TestApp) {
    let w = t.world();
    set(&t, json!({})).await;
    let complained = t.report_with(w.resident, against(a_quarrel(), global(w.firm_a))).await.case;
    let mut place = a_quarrel();
    place["place"] = json!({ "areaCode": "431302001009001" });
    let lacking = t.report_with(w.resident, place).await.case;
    let first = |steps: Vec<(String, String, Value)>| steps.into_iter().next().expect("a step");
    let skipped = ("PROPERTY_FIRM".to_owned(), "SKIPPED".to_owned(), Value::Null);
    for who in [w.grid_worker, w.community, w.district, w.analyst] {
        assert_eq!(first(steps(&t, who, &complained).await), skipped);
        assert_eq!(first(steps(&t, who, &lacking).await), skipped);
    }
}

async fn paths_are_filtered_by_what_they_are_for(t: TestApp) {
    let w = t.world();
    let matter = global(w.matter_parking);
    let id = set(&t, json!({ "category": "VIOLATION", "matterId": matter })).await["id"].clone();
    for (filter, expected) in [
        (format!(r#"area: "{LOUXING}""#), true),
        (r#"area: "440000000000""#.into(), false),
        ("everywhere: false".into(), true),
        ("everywhere: true".into(), false),
        ("inForce: true".into(), true),
        ("inForce: false".into(), false),
        ("category: {eq: VIOLATION}".into(), true),
        ("category: {eq: HAZARD}".into(), false),
        (format!(r#"matterId: {{eq: "{matter}"}}"#), true),
        (format!("id: {{eq: {id}}}"), true),
        (r#"madeAt: {gte: "2026-06-10T10:00:00+08:00"}"#.into(), true),
    ] {
        let document =
            format!("{{ handlingPaths(filter: {{{filter}}}, orderBy: {{field: MADE_AT, direction: DESC}}) {{ nodes {{ id }} }} }}");
        let answer = t.ask(Some(w.nobody), &document).await;
        let found = answer.data()["handlingPaths"]["nodes"].as_array().expect("nodes").iter().any(|node| node["id"] == id);
        assert_eq!(found, expected, "{filter}");
    }
    let node = format!("{{ node(id: {id}) {{ ... on HandlingPath {{ version }} }} }}");
    assert_eq!(t.ask(Some(w.nobody), &node).await.data()["node"]["version"], 1);
    assert_eq!(t.ask(None, &node).await.data()["node"], Value::Null);
    assert_eq!(t.ask(None, "{ handlingPaths { totalCount } }").await.data()["handlingPaths"]["totalCount"], 0);
}

async fn the_paths_of_many_cases_cost_as_much_as_one(t: TestApp) {
    let w = t.world();
    set(&t, json!({ "category": "VIOLATION" })).await;
    for _ in 0..4 {
        t.report_with(w.resident, json!({ "matterId": global(w.matter_parking), "respondent": { "name": "某人" } })).await;
    }
    let mut costs = Vec::new();
    for first in [1, 4] {
        let document =
            format!("{{ cases(first: {first}) {{ nodes {{ handlingPath {{ version }} path {{ kind state handler {{ id name }} }} }} }} }}");
        let mark = t.statements.count();
        let answer = t.ask(Some(w.district), &document).await;
        let nodes = answer.data()["cases"]["nodes"].as_array().expect("nodes").clone();
        assert!(nodes.len() == first && nodes.iter().all(|node| node["path"][2]["handler"]["name"] == "新月苑党支部"), "{nodes:#?}");
        costs.push(t.statements.since(mark).len());
    }
    assert_eq!(costs[0], costs[1]);
}
