//! 回避: whoever a case complains about is neither called about it nor handed it, and does nothing to it.

use chrono::Duration;
use entity::{CaseAction, CaseStatus, firm_contract};
use serde_json::{Value, json};

use crate::support::{
    TestApp,
    cases::{Filed, mutation_of},
    global::global,
    world::{World, day},
};

crate::tests! {
    both: [
        a_firm_that_is_the_respondent_is_not_handed_the_case,
        a_grid_that_is_the_respondent_is_passed_over,
        a_grid_whose_worker_is_the_respondent_is_passed_over,
        a_community_that_is_the_respondent_is_passed_over_by_escalation,
        a_department_that_is_the_respondent_is_not_called,
        a_report_about_the_only_unit_there_is_is_refused,
        a_respondent_can_do_nothing_to_the_case,
        a_respondent_can_do_nothing_to_its_whistles,
        whoever_the_respondent_worked_for_until_yesterday_is_called_again,
        a_complaint_about_service_is_about_the_firm_that_serves_there,
        what_turns_out_to_be_about_service_is_about_the_firm_of_the_day_of_the_report,
        a_firm_that_is_complained_of_later_hands_the_case_up,
        a_unit_that_is_complained_of_later_is_released_and_its_superior_called,
        who_is_complained_of_is_not_for_the_complex_or_the_grid_to_replace,
        a_district_that_is_complained_of_holds_no_case_up_that_it_supervises,
        what_only_the_district_that_is_complained_of_could_rule_on_is_not_declined,
    ],
}

fn about(unit: String) -> Value {
    json!({ "respondent": { "handlerId": unit } })
}

async fn a_firm_that_is_the_respondent_is_not_handed_the_case(t: TestApp) {
    let w = t.world();
    let firm = global(w.firm_a);
    let filed = t.report_with(w.resident, about(firm.clone())).await;
    assert_eq!(filed.payload["whistle"]["target"]["id"], global(w.grid1));
    t.does(w.grid_worker, "acceptCase", &filed.case).await;
    for by in [w.grid_worker, w.district] {
        t.refuses_with(by, "assignCase", &filed.case, json!({ "handlerId": firm }), ("RESPONDENT", "handlerId")).await;
    }
    // it never gets to see the file
    t.refuses(w.firm, "addCaseNote", &filed.case, ("NOT_FOUND", "caseId")).await;
    t.refuses(w.firm, "checkInWhistle", &filed.whistle, ("NOT_FOUND", "whistleId")).await;
}

async fn a_grid_that_is_the_respondent_is_passed_over(t: TestApp) {
    let w = t.world();
    let filed = t.report_with(w.resident, about(global(w.grid1))).await;
    assert_eq!(filed.payload["whistle"]["target"]["id"], global(w.area_community));
    assert_eq!(filed.payload["case"]["level"], "COMMUNITY");
    t.does(w.community, "acceptCase", &filed.case).await;
    let back = json!({ "handlerId": global(w.grid1) });
    t.refuses_with(w.community, "assignCase", &filed.case, back, ("RESPONDENT", "handlerId")).await;
}

async fn a_grid_whose_worker_is_the_respondent_is_passed_over(t: TestApp) {
    let w = t.world();
    let about_worker = json!({ "respondent": { "personId": global(w.grid_worker) } });
    let filed = t.report_with(w.subdistrict, about_worker).await;
    assert_eq!(filed.payload["whistle"]["target"]["id"], global(w.area_community));
    // a person the reporter may not see cannot be named
    let hidden = json!({ "respondent": { "personId": global(w.far_resident) } });
    t.try_report(w.resident, hidden).await.assert_refused("reportCase", "NOT_FOUND");
}

async fn a_community_that_is_the_respondent_is_passed_over_by_escalation(t: TestApp) {
    let w = t.world();
    let officer = json!({ "respondent": { "personId": global(w.community) } });
    for over in [about(global(w.area_community)), officer] {
        let filed = t.report_with(w.resident, over).await;
        assert_eq!(filed.payload["whistle"]["target"]["id"], global(w.grid1));
        t.refuses(w.grid_worker, "raiseWhistle", &filed.case, ("NO_TARGET", "targetIds")).await;
        let named = json!({ "targetIds": [global(w.area_community)] });
        t.refuses_with(w.grid_worker, "raiseWhistle", &filed.case, named, ("RESPONDENT", "targetIds")).await;
        let up = t.does(w.resident, "escalateWhistle", &filed.whistle).await;
        assert_eq!(up["case"]["handler"]["id"], global(w.area_subdistrict));
    }
}

fn parking_by_urban(w: &World) -> Value {
    json!({ "matterId": global(w.matter_parking), "respondent": { "handlerId": global(w.dep_urban) } })
}

async fn a_department_that_is_the_respondent_is_not_called(t: TestApp) {
    let w = t.world();
    let filed = t.report_with(w.resident, parking_by_urban(w)).await;
    let named = json!({ "to": "DEPARTMENT", "targetIds": [global(w.dep_urban)] });
    t.refuses_with(w.community, "raiseWhistle", &filed.case, named, ("RESPONDENT", "targetIds")).await;
    // the catalogue's lead is left out, the other department leads
    let raised = t.does_with(w.community, "raiseWhistle", &filed.case, json!({ "to": "DEPARTMENT" })).await;
    let called: Vec<_> = raised["whistles"].as_array().expect("whistles").iter().map(|w| (&w["target"]["id"], &w["lead"])).collect();
    assert_eq!(called, [(&json!(global(w.dep_traffic)), &json!(true))]);
    // nor does a ruling bring it in
    let whistle = raised["whistles"][0]["id"].as_str().expect("an id");
    t.does(w.department2, "declineWhistle", whistle).await;
    let ruling = json!({ "targetId": global(w.dep_urban) });
    t.refuses_with(w.subdistrict, "ruleOnWhistle", whistle, ruling, ("RESPONDENT", "targetId")).await;
    t.refuses(w.department, "addCaseNote", &filed.case, ("NOT_FOUND", "caseId")).await;
}

async fn a_report_about_the_only_unit_there_is_is_refused(t: TestApp) {
    let w = t.world();
    let over = json!({ "place": { "areaCode": "431302000000" }, "respondent": { "handlerId": global(w.area_district) } });
    t.try_report(w.resident, over).await.assert_refused("reportCase", "RESPONDENT");
    assert!(t.records().await.cases.is_empty());
}

async fn a_respondent_can_do_nothing_to_the_case(t: TestApp) {
    let w = t.world();
    // whoever answers for the place sees the case all the same
    let filed = t.report_with(w.resident, about(global(w.grid1))).await;
    let other = t.report(w.resident2).await.case;
    for &action in CaseAction::ALL {
        let with = if action == CaseAction::Merge { json!({ "intoCaseId": other }) } else { json!({}) };
        t.refuses_with(w.grid_worker, mutation_of(action), &filed.case, with, ("RESPONDENT", "caseId")).await;
    }
    let into = json!({ "intoCaseId": filed.case });
    t.refuses_with(w.grid_worker, "mergeCase", &other, into, ("RESPONDENT", "intoCaseId")).await;
    let query = "query($id: ID!) { node(id: $id) { ... on Case { viewerActions { allowed reason } } } }";
    let answer = t.gql(Some(&t.token(w.grid_worker)), query, json!({ "id": filed.case })).await;
    let actions = answer.data()["node"]["viewerActions"].as_array().expect("actions").clone();
    assert_eq!(actions.len(), CaseAction::ALL.len());
    assert!(actions.iter().all(|action| *action == json!({ "allowed": false, "reason": "RESPONDENT" })), "{actions:#?}");
}

async fn a_respondent_can_do_nothing_to_its_whistles(t: TestApp) {
    let w = t.world();
    let Filed { whistle, .. } = t.report_with(w.resident, json!({ "respondent": { "personId": global(w.community) } })).await;
    for mutation in ["checkInWhistle", "declineWhistle", "ruleOnWhistle", "concludeWhistle", "withdrawWhistle", "escalateWhistle"] {
        t.refuses(w.community, mutation, &whistle, ("RESPONDENT", "whistleId")).await;
    }
    // a colleague who is not complained of acts for the place, which is still not called
    t.does(w.community2, "escalateWhistle", &whistle).await;
}

async fn whoever_the_respondent_worked_for_until_yesterday_is_called_again(t: TestApp) {
    let w = t.world();
    // until the ninth of June, the day before the test begins
    let over = json!({ "respondent": { "personId": global(w.former) } });
    let filed = t.report_with(w.subdistrict, over.clone()).await;
    assert_eq!(filed.payload["whistle"]["target"]["id"], global(w.grid1));
    t.advance(-Duration::days(1));
    let filed = t.report_with(w.subdistrict, over).await;
    assert_eq!(filed.payload["whistle"]["target"]["id"], global(w.area_community));
}

/// Whom a case complains about, as the district sees it; the file is whole.
async fn accused(t: &TestApp, case: &str) -> Value {
    let asked = "query($id: ID!) { node(id: $id) { ... on Case { respondent { name handler { id } } fileIntegrity { intact } } } }";
    let seen = t.ask_with(Some(t.world().district), asked, json!({ "id": case })).await.data()["node"].clone();
    assert_eq!(seen["fileIntegrity"]["intact"], true);
    seen["respondent"].clone()
}

async fn a_complaint_about_service_is_about_the_firm_that_serves_there(t: TestApp) {
    let w = t.world();
    let path = json!({ "area": "431302000000", "category": "PROPERTY_SERVICE", "steps": ["PROPERTY_FIRM", "PARTY_BRANCH"] });
    t.change(Some(w.admin), "setHandlingPath", path, "handlingPath { id }").await.done("setHandlingPath");
    let service = json!({ "category": "PROPERTY_SERVICE", "channel": "HOTLINE" });
    let filed = t.report_with(w.resident, service.clone()).await;
    assert_eq!(filed.payload["whistle"]["target"]["id"], global(w.branch), "the firm is passed over");
    assert_eq!(accused(&t, &filed.case).await, json!({ "name": null, "handler": { "id": global(w.firm_a) } }));
    t.does(w.district, "acceptCase", &filed.case).await;
    t.refuses_with(w.district, "assignCase", &filed.case, json!({ "handlerId": global(w.firm_a) }), ("RESPONDENT", "handlerId")).await;
    // whoever is named, is meant
    for (over, expected) in [
        (json!({ "respondent": { "handlerId": global(w.firm_b) } }), json!({ "name": null, "handler": { "id": global(w.firm_b) } })),
        (json!({ "place": { "areaCode": "431302001009" } }), Value::Null),
        (json!({ "category": "DISPUTE" }), Value::Null),
    ] {
        let mut report = service.clone();
        report.as_object_mut().expect("an input").extend(over.as_object().expect("an input").clone());
        assert_eq!(accused(&t, &t.report_with(w.resident, report).await.case).await, expected, "{over}");
    }
}

async fn what_turns_out_to_be_about_service_is_about_the_firm_of_the_day_of_the_report(t: TestApp) {
    let w = t.world();
    let before = t.report(w.resident).await.case;
    // from tomorrow on another firm serves
    t.sql("UPDATE firm_contract SET ends_on = '2026-06-10' WHERE ends_on IS NULL").await;
    let (id, firm_id, complex_id) = (t.app.clock.new_id(), w.firm_b, w.xinyue);
    let (starts_on, area_id) = (day(2026, 6, 11), w.area_community);
    t.insert([firm_contract::Model { id, firm_id, complex_id, starts_on, ends_on: None, area_id, ended_because: None, version: 1 }]).await;
    t.advance(Duration::days(1));
    let after = t.report(w.resident).await.case;
    for (case, firm) in [(before, w.firm_a), (after, w.firm_b)] {
        t.does_with(w.grid_worker, "classifyCase", &case, json!({ "category": "PROPERTY_SERVICE" })).await;
        assert_eq!(accused(&t, &case).await["handler"]["id"], global(firm));
    }
}

async fn a_firm_that_is_complained_of_later_hands_the_case_up(t: TestApp) {
    let w = t.world();
    let case = t.report(w.grid_worker).await.case;
    t.does(w.grid_worker, "acceptCase", &case).await;
    t.does_with(w.grid_worker, "assignCase", &case, json!({ "handlerId": global(w.firm_a) })).await;
    t.does(w.firm, "addCaseNote", &case).await;
    let done = t.does_with(w.grid_worker, "classifyCase", &case, json!({ "category": "PROPERTY_SERVICE" })).await;
    assert_eq!([&done["case"]["handler"]["id"], &done["case"]["level"]], [&json!(global(w.area_community)), &json!("COMMUNITY")]);
    assert_eq!(t.timeline(&case).await[4..], ["CLASSIFIED", "ASSIGNED"]);
    assert_eq!(accused(&t, &case).await["handler"]["id"], global(w.firm_a));
    t.refuses(w.firm, "addCaseNote", &case, ("NOT_FOUND", "caseId")).await;
    // nobody is left above the district
    let top = t.report_with(w.resident, json!({ "place": { "areaCode": "431302000000" } })).await.case;
    let about_it = json!({ "respondent": { "handlerId": global(w.area_district) } });
    t.refuses_with(w.district, "classifyCase", &top, about_it, ("RESPONDENT", "respondent")).await;
}

async fn a_unit_that_is_complained_of_later_is_released_and_its_superior_called(t: TestApp) {
    let w = t.world();
    let filed = t.report(w.resident).await;
    let done = t.does_with(w.community, "classifyCase", &filed.case, about(global(w.grid1))).await;
    assert_eq!(done["case"]["handler"]["id"], global(w.area_community));
    assert_eq!(t.timeline(&filed.case).await, ["REPORTED", "CLASSIFIED", "WHISTLE_ESCALATED", "WHISTLE_RAISED"]);
    assert_eq!(accused(&t, &filed.case).await["handler"]["id"], global(w.grid1));
    t.refuses(w.grid_worker, "checkInWhistle", &filed.whistle, ("RESPONDENT", "whistleId")).await;
    // whoever has come already is let off, and gets nothing back
    let filed = t.report(w.resident).await;
    t.does(w.grid_worker, "checkInWhistle", &filed.whistle).await;
    let raised = t.does(w.grid_worker, "raiseWhistle", &filed.case).await["whistles"][0]["id"].clone();
    t.does_with(w.community, "classifyCase", &filed.case, about(global(w.grid1))).await;
    let released = t.does(w.subdistrict, "withdrawWhistle", raised.as_str().expect("an id")).await;
    assert_eq!(released["case"]["handler"]["id"], global(w.area_community));
    let whistles = t.look(&filed.case).await["whistles"]["nodes"].clone();
    assert_eq!([&whistles[0]["status"], &whistles[1]["status"]], ["WITHDRAWN", "WITHDRAWN"]);
    t.does(w.community, "resolveCase", &filed.case).await;
}

async fn who_is_complained_of_is_not_for_the_complex_or_the_grid_to_replace(t: TestApp) {
    let w = t.world();
    let filed = t.report_with(w.resident, about(global(w.firm_a))).await;
    let another = json!({ "respondent": { "name": "王某" } });
    t.refuses_with(w.grid_worker, "classifyCase", &filed.case, another.clone(), ("FORBIDDEN", "respondent")).await;
    t.does_with(w.grid_worker, "classifyCase", &filed.case, about(global(w.firm_a))).await;
    t.does_with(w.community, "classifyCase", &filed.case, another).await;
    assert_eq!(accused(&t, &filed.case).await["handler"], Value::Null);
    // where nobody is named, whoever has the case says so
    let open = t.report(w.resident).await.case;
    t.does_with(w.grid_worker, "classifyCase", &open, about(global(w.firm_a))).await;
    assert_eq!(accused(&t, &open).await["handler"]["id"], global(w.firm_a));
}

async fn a_district_that_is_complained_of_holds_no_case_up_that_it_supervises(t: TestApp) {
    let w = t.world();
    let case = t.case_in(CaseStatus::Resolved).await.case;
    t.does(w.district, "superviseCase", &case).await;
    t.refuses(w.community, "closeCase", &case, ("FORBIDDEN", "caseId")).await;
    t.does_with(w.subdistrict, "classifyCase", &case, about(global(w.area_district))).await;
    t.refuses(w.district, "closeCase", &case, ("RESPONDENT", "caseId")).await;
    t.does(w.community, "closeCase", &case).await;
}

async fn what_only_the_district_that_is_complained_of_could_rule_on_is_not_declined(t: TestApp) {
    let w = t.world();
    let place = json!({ "areaCode": "431302001000" });
    let about_it = json!({ "place": place, "respondent": { "handlerId": global(w.area_district) } });
    let filed = t.report_with(w.resident, about_it).await;
    assert_eq!(filed.payload["whistle"]["target"]["id"], global(w.area_subdistrict));
    t.refuses(w.subdistrict, "declineWhistle", &filed.whistle, ("NO_SUPERIOR", "whistleId")).await;
    t.does(w.subdistrict, "checkInWhistle", &filed.whistle).await;
    let other = t.report_with(w.resident, json!({ "place": place })).await;
    t.does(w.subdistrict, "declineWhistle", &other.whistle).await;
    t.does(w.district, "ruleOnWhistle", &other.whistle).await;
    // nor does a decline of before wait for it
    let before = t.report_with(w.resident, json!({ "place": place })).await;
    t.does(w.subdistrict, "declineWhistle", &before.whistle).await;
    t.does_with(w.subdistrict, "classifyCase", &before.case, about(global(w.area_district))).await;
    assert_eq!(t.look(&before.case).await["whistles"]["nodes"][0]["status"], "WITHDRAWN");
    t.does(w.subdistrict, "startCase", &before.case).await;
    t.does(w.subdistrict, "resolveCase", &before.case).await;
    // the next above may be the district also where it is not by its level
    let place = json!({ "areaCode": "431302001009" });
    let about_it = json!({ "place": place, "respondent": { "handlerId": global(w.area_district) } });
    let filed = t.report_with(w.resident, about_it).await;
    assert_eq!(filed.payload["whistle"]["target"]["id"], global(w.area_community));
    t.sql("UPDATE case_file SET subdistrict_id = NULL").await;
    t.refuses(w.community, "declineWhistle", &filed.whistle, ("NO_SUPERIOR", "whistleId")).await;
}
