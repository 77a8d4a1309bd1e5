//! 回避: whoever a case complains about is neither called about it nor handed it, and does nothing to it.

use chrono::Duration;
use entity::CaseAction;
use serde_json::{Value, json};

use crate::support::{
    TestApp,
    cases::{Filed, mutation_of},
    global::global,
    world::World,
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
    let by_district = t.try_report(w.district, over.clone()).await;
    let filed = by_district.done("reportCase");
    assert_eq!(filed["whistle"]["target"]["id"], global(w.grid1));
    t.advance(-Duration::days(1));
    let filed = t.report_with(w.district, over).await;
    assert_eq!(filed.payload["whistle"]["target"]["id"], global(w.area_community));
}
