//! What becomes of a whistle that is not answered: declined and ruled on, withdrawn, escalated. And respondents, who are never called.

use chrono::Duration;
use entity::{GridId, building, complex};
use sea_orm::{EntityTrait, IntoActiveModel};
use serde_json::{Value, json};

use crate::support::{
    TestApp,
    cases::Filed,
    global::global,
    world::{WORLD, World},
};

crate::tests! {
    both: [
        an_upheld_decline_gives_the_case_back_to_the_whistler,
        a_case_is_not_given_back_to_whoever_answers_for_it_no_longer,
        an_upheld_decline_can_call_another_unit_instead,
        an_overruled_decline_starts_the_clock_anew,
        the_whistlers_superior_rules_and_nobody_else,
        a_decline_of_a_residents_whistle_is_ruled_on_above_the_grid,
        an_unruled_decline_keeps_its_case_from_being_resolved,
        the_top_cannot_decline,
        a_duty_that_is_never_done_is_released_from_above,
        a_withdrawn_whistle_gives_the_case_back_to_the_whistler,
        an_escalated_whistle_calls_the_superior_once,
        the_first_duty_stays_open_after_escalation,
        escalation_ends_at_the_district,
        departments_that_escalate_join_one_whistle_to_the_district,
        who_assists_does_not_take_the_case_along,
        escalation_skips_levels_that_the_place_lacks,
        the_whistler_and_the_superior_escalate_and_nobody_else,
    ],
}

fn parking(w: &World) -> Value {
    json!({ "matterId": global(w.matter_parking) })
}

/// A resident's case about which the community has called two departments: the lead's whistle and the other's.
async fn two_departments(t: &TestApp) -> (String, String, String) {
    let w = t.world();
    let filed = t.report_with(w.resident, parking(w)).await;
    t.does(w.resident, "withdrawWhistle", &filed.whistle).await;
    let raised = t.does_with(w.community, "raiseWhistle", &filed.case, json!({ "to": "DEPARTMENT" })).await;
    let id = |at: usize| raised["whistles"][at]["id"].as_str().expect("an id").to_owned();
    (filed.case, id(0), id(1))
}

async fn an_upheld_decline_gives_the_case_back_to_the_whistler(t: TestApp) {
    let w = t.world();
    let (case, lead, other) = two_departments(&t).await;
    let declined = t.does_with(w.department, "declineWhistle", &lead, json!({ "reason": "非本部门职责" })).await;
    assert_eq!([&declined["whistle"]["status"], &declined["whistle"]["declineReason"]], ["DECLINED", "非本部门职责"]);
    assert_eq!([&declined["whistle"]["declineUpheld"], &declined["case"]["handler"]["id"]], [&Value::Null, &json!(global(w.dep_urban))]);
    let ruled = t.does(w.subdistrict, "ruleOnWhistle", &lead).await;
    assert_eq!([&ruled["whistle"]["status"], &ruled["whistle"]["declineUpheld"]], [&json!("DECLINED"), &json!(true)]);
    assert_eq!([&ruled["case"]["handler"]["id"], &ruled["case"]["level"]], [&json!(global(w.area_community)), &json!("COMMUNITY")]);
    // ruled on once; an assisting department that is let off moves nothing
    t.refuses(w.subdistrict, "ruleOnWhistle", &lead, ("INVALID_STATE", "whistleId")).await;
    t.does(w.department2, "declineWhistle", &other).await;
    assert_eq!(t.does(w.subdistrict, "ruleOnWhistle", &other).await["case"]["handler"]["id"], global(w.area_community));
    let kinds = ["WHISTLE_DECLINED", "WHISTLE_RULED", "WHISTLE_DECLINED", "WHISTLE_RULED"];
    assert_eq!(t.timeline(&case).await[4..], kinds);
}

async fn a_case_is_not_given_back_to_whoever_answers_for_it_no_longer(t: TestApp) {
    let w = t.world();
    let case = t.report_with(w.resident, parking(w)).await.case;
    let raised = t.does_with(w.secretary, "raiseWhistle", &case, json!({ "to": "DEPARTMENT" })).await;
    let lead = raised["whistles"][0]["id"].as_str().expect("an id");
    t.sql("UPDATE party_cover SET ended_on = '2026-06-09'").await;
    t.does(w.department, "declineWhistle", lead).await;
    assert_eq!(t.does(w.community, "ruleOnWhistle", lead).await["case"]["handler"]["id"], global(w.area_community));
}

async fn an_upheld_decline_can_call_another_unit_instead(t: TestApp) {
    let w = t.world();
    let (case, lead, _) = two_departments(&t).await;
    t.does(w.department, "declineWhistle", &lead).await;
    for (target, code) in
        [(global(w.area_subdistrict), "WRONG_LEVEL"), (global(w.dep_traffic), "ALREADY_CALLED"), (global(w.resident), "NOT_FOUND")]
    {
        let ruling = json!({ "targetId": target });
        t.refuses_with(w.subdistrict, "ruleOnWhistle", &lead, ruling, (code, "targetId")).await;
    }
    let ruling = json!({ "uphold": false, "targetId": global(w.dep_fire) });
    t.refuses_with(w.subdistrict, "ruleOnWhistle", &lead, ruling, ("MISMATCH", "targetId")).await;
    t.advance(Duration::hours(1));
    let ruled = t.does_with(w.subdistrict, "ruleOnWhistle", &lead, json!({ "targetId": global(w.dep_fire) })).await;
    assert_eq!(ruled["case"]["handler"]["id"], global(w.dep_fire));
    let new = t.look(&case).await["whistles"]["nodes"].as_array().expect("whistles").last().expect("the new one").clone();
    assert_eq!([&new["target"]["id"], &new["status"]], [&*global(w.dep_fire), "RAISED"]);
    assert_eq!([&new["lead"], &new["from"]], [&json!(true), &json!("COMMUNITY")], "as the first was");
    assert_eq!(t.timeline(&case).await[4..], ["WHISTLE_DECLINED", "WHISTLE_RULED", "WHISTLE_RAISED"]);
    t.does(w.fire, "checkInWhistle", new["id"].as_str().expect("an id")).await;
}

async fn an_overruled_decline_starts_the_clock_anew(t: TestApp) {
    let w = t.world();
    let (_, lead, _) = two_departments(&t).await;
    // at two and at four in the afternoon
    for hours in [4, 2] {
        t.does(w.department, "declineWhistle", &lead).await;
        t.advance(Duration::hours(hours));
        let ruled = t.does_with(w.subdistrict, "ruleOnWhistle", &lead, json!({ "uphold": false })).await;
        assert_eq!([&ruled["whistle"]["status"], &ruled["whistle"]["declineUpheld"]], [&json!("RAISED"), &json!(false)]);
        let due = ruled["whistle"]["checkInDueAt"].as_str().expect("a deadline").parse::<chrono::DateTime<chrono::Utc>>();
        assert_eq!(due.expect("an instant"), t.now() + Duration::days(1));
        assert_eq!(ruled["case"]["handler"]["id"], global(w.dep_urban));
        t.refuses(w.subdistrict, "ruleOnWhistle", &lead, ("INVALID_STATE", "whistleId")).await;
    }
    t.does(w.department, "checkInWhistle", &lead).await;
}

async fn the_whistlers_superior_rules_and_nobody_else(t: TestApp) {
    let w = t.world();
    let (_, lead, other) = two_departments(&t).await;
    t.refuses(w.subdistrict, "ruleOnWhistle", &lead, ("INVALID_STATE", "whistleId")).await;
    t.does(w.department, "declineWhistle", &lead).await;
    for by in [w.department, w.department2, w.community, w.grid_worker, w.resident, w.admin, w.auditor] {
        t.refuses(by, "ruleOnWhistle", &lead, ("FORBIDDEN", "whistleId")).await;
    }
    t.refuses(w.far_subdistrict, "ruleOnWhistle", &lead, ("NOT_FOUND", "whistleId")).await;
    t.does(w.subdistrict, "ruleOnWhistle", &lead).await;
    // or whoever is above
    t.does(w.department2, "declineWhistle", &other).await;
    t.does(w.district, "ruleOnWhistle", &other).await;
}

async fn a_decline_of_a_residents_whistle_is_ruled_on_above_the_grid(t: TestApp) {
    let w = t.world();
    let Filed { whistle, case, .. } = t.report(w.resident).await;
    t.does(w.grid_worker, "declineWhistle", &whistle).await;
    t.refuses(w.grid_worker, "ruleOnWhistle", &whistle, ("FORBIDDEN", "whistleId")).await;
    let ruled = t.does(w.community, "ruleOnWhistle", &whistle).await;
    assert_eq!(ruled["case"]["handler"]["id"], global(w.area_community), "no unit blew it: the superior has it");
    t.does(w.community, "startCase", &case).await;
    // the grid's whistle to the community: its superior is the unit that declines
    let case = t.report(w.grid_worker).await.case;
    let raised = t.does(w.grid_worker, "raiseWhistle", &case).await;
    let whistle = raised["whistles"][0]["id"].as_str().expect("an id");
    t.does(w.community, "declineWhistle", whistle).await;
    t.refuses(w.community2, "ruleOnWhistle", whistle, ("FORBIDDEN", "whistleId")).await;
    assert_eq!(t.does(w.subdistrict, "ruleOnWhistle", whistle).await["case"]["handler"]["id"], global(w.grid1));
}

async fn an_unruled_decline_keeps_its_case_from_being_resolved(t: TestApp) {
    let w = t.world();
    let Filed { whistle, case, .. } = t.report(w.resident).await;
    t.does(w.grid_worker, "acceptCase", &case).await;
    t.does(w.grid_worker, "declineWhistle", &whistle).await;
    t.refuses(w.district, "resolveCase", &case, ("OPEN_WHISTLES", "caseId")).await;
    t.does(w.community, "ruleOnWhistle", &whistle).await;
    t.does(w.district, "resolveCase", &case).await;
}

async fn the_top_cannot_decline(t: TestApp) {
    let w = t.world();
    let Filed { case, .. } = t.report(w.resident).await;
    let raised = t.does_with(w.subdistrict, "raiseWhistle", &case, json!({ "to": "DISTRICT" })).await;
    let whistle = raised["whistles"][0]["id"].as_str().expect("an id");
    // nobody could rule, and the case could never be resolved
    t.refuses(w.district, "declineWhistle", whistle, ("NO_SUPERIOR", "whistleId")).await;
    t.does(w.district, "checkInWhistle", whistle).await;
}

async fn a_duty_that_is_never_done_is_released_from_above(t: TestApp) {
    let w = t.world();
    let Filed { case, whistle, .. } = t.report(w.resident).await;
    t.does(w.grid_worker, "checkInWhistle", &whistle).await;
    t.refuses(w.grid_worker, "withdrawWhistle", &whistle, ("FORBIDDEN", "whistleId")).await;
    t.refuses(w.secretary, "withdrawWhistle", &whistle, ("FORBIDDEN", "whistleId")).await;
    t.refuses(w.community, "resolveCase", &case, ("OPEN_WHISTLES", "caseId")).await;
    t.does(w.community, "withdrawWhistle", &whistle).await;
    t.does(w.community, "resolveCase", &case).await;
}

async fn a_withdrawn_whistle_gives_the_case_back_to_the_whistler(t: TestApp) {
    let w = t.world();
    let (case, lead, other) = two_departments(&t).await;
    for by in [w.department, w.subdistrict, w.grid_worker, w.resident] {
        t.refuses(by, "withdrawWhistle", &lead, ("FORBIDDEN", "whistleId")).await;
    }
    let taken = t.does(w.community2, "withdrawWhistle", &lead).await;
    assert_eq!([&taken["whistle"]["status"], &taken["case"]["handler"]["id"]], ["WITHDRAWN", &*global(w.area_community)]);
    t.refuses(w.community, "withdrawWhistle", &lead, ("INVALID_STATE", "whistleId")).await;
    t.refuses(w.department, "checkInWhistle", &lead, ("INVALID_STATE", "whistleId")).await;
    t.does(w.community, "withdrawWhistle", &other).await;
    // nothing is out any more
    t.does(w.community, "acceptCase", &case).await;
    t.does(w.community, "resolveCase", &case).await;
}

async fn an_escalated_whistle_calls_the_superior_once(t: TestApp) {
    let w = t.world();
    let Filed { whistle, case, .. } = t.report(w.resident).await;
    t.advance(Duration::hours(30));
    let up = t.does_with(w.resident, "escalateWhistle", &whistle, json!({ "reason": "没人来" })).await;
    assert_eq!([&up["whistle"]["status"], &up["case"]["status"], &up["case"]["level"]], ["ESCALATED", "REPORTED", "COMMUNITY"]);
    assert_eq!(up["case"]["handler"]["id"], global(w.area_community));
    let whistles = t.look(&case).await["whistles"]["nodes"].clone();
    let [first, second] = &whistles.as_array().expect("whistles")[..] else { panic!("two whistles: {whistles:#}") };
    assert_eq!([&first["id"], &first["escalatedTo"]], [&json!(whistle), &json!({ "id": second["id"] })]);
    assert_eq!(second["escalatedFrom"], json!([{ "id": whistle }]));
    assert_eq!(
        [&second["target"]["id"], &second["from"], &second["status"]],
        [&json!(global(w.area_community)), &Value::Null, &json!("RAISED")]
    );
    assert_eq!([&second["lead"], &second["reason"]], [&json!(true), &json!("没人来")]);
    // with a clock of its own: raised on Thursday at four in the afternoon
    let due: chrono::DateTime<chrono::Utc> = second["checkInDueAt"].as_str().expect("a deadline").parse().expect("an instant");
    assert_eq!(due, t.now() + Duration::days(1));
    assert_eq!(t.timeline(&case).await, ["REPORTED", "WHISTLE_ESCALATED", "WHISTLE_RAISED"]);
    t.refuses(w.resident, "escalateWhistle", &whistle, ("INVALID_STATE", "whistleId")).await;
    t.refuses(w.grid_worker, "declineWhistle", &whistle, ("INVALID_STATE", "whistleId")).await;
}

async fn the_first_duty_stays_open_after_escalation(t: TestApp) {
    let w = t.world();
    let Filed { whistle, case, .. } = t.report(w.resident).await;
    t.does(w.resident, "escalateWhistle", &whistle).await;
    let came = t.does(w.grid_worker, "checkInWhistle", &whistle).await;
    assert_eq!([&came["whistle"]["status"], &came["case"]["status"]], ["CHECKED_IN", "IN_PROGRESS"]);
    assert_eq!(came["case"]["handler"]["id"], global(w.area_community), "late, it helps but no longer leads");
    t.refuses(w.community, "resolveCase", &case, ("OPEN_WHISTLES", "caseId")).await;
    assert_eq!(t.does(w.grid_worker, "concludeWhistle", &whistle).await["whistle"]["status"], "CONCLUDED");
    let second = t.look(&case).await["whistles"]["nodes"][1]["id"].as_str().expect("an id").to_owned();
    t.does(w.community, "checkInWhistle", &second).await;
    t.does(w.community, "concludeWhistle", &second).await;
    assert_eq!(t.does(w.community, "resolveCase", &case).await["case"]["settledLevel"], "COMMUNITY");
}

async fn escalation_ends_at_the_district(t: TestApp) {
    let w = t.world();
    let Filed { whistle, case, .. } = t.report(w.resident).await;
    let mut whistle = whistle;
    for unit in [w.area_community, w.area_subdistrict, w.area_district] {
        let up = t.does(w.resident, "escalateWhistle", &whistle).await;
        assert_eq!(up["case"]["handler"]["id"], global(unit));
        whistle = up["whistle"]["escalatedTo"]["id"].as_str().expect("a successor").to_owned();
    }
    t.refuses(w.resident, "escalateWhistle", &whistle, ("NO_SUPERIOR", "whistleId")).await;
    assert_eq!(t.records().await.whistles.len(), 4);
    t.does(w.district, "checkInWhistle", &whistle).await;
    assert_eq!(t.look(&case).await["level"], "DISTRICT");
}

async fn departments_that_escalate_join_one_whistle_to_the_district(t: TestApp) {
    let w = t.world();
    let (case, lead, other) = two_departments(&t).await;
    let first = t.does(w.community, "escalateWhistle", &lead).await["whistle"]["escalatedTo"]["id"].clone();
    let second = t.does(w.community, "escalateWhistle", &other).await["whistle"]["escalatedTo"]["id"].clone();
    assert_eq!(first, second);
    let whistles = t.look(&case).await["whistles"]["nodes"].clone();
    let joined = whistles.as_array().expect("whistles").last().expect("the district's").clone();
    assert_eq!([&joined["id"], &joined["target"]["id"]], [&first, &json!(global(w.area_district))]);
    assert_eq!(joined["escalatedFrom"].as_array().map(Vec::len), Some(2));
    let kinds = ["WHISTLE_ESCALATED", "WHISTLE_RAISED", "WHISTLE_ESCALATED"];
    assert_eq!(t.timeline(&case).await[4..], kinds);
    // the departments are still expected
    t.does(w.department, "checkInWhistle", &lead).await;
    t.does(w.department2, "checkInWhistle", &other).await;
    // also a case that the district has taken up is joined
    let (_, lead, other) = two_departments(&t).await;
    let first = t.does(w.community, "escalateWhistle", &lead).await["whistle"]["escalatedTo"]["id"].clone();
    t.does(w.district, "checkInWhistle", first.as_str().expect("an id")).await;
    let second = t.does(w.community, "escalateWhistle", &other).await["whistle"]["escalatedTo"]["id"].clone();
    assert_eq!(first, second);
}

async fn who_assists_does_not_take_the_case_along(t: TestApp) {
    let w = t.world();
    let (case, lead, other) = two_departments(&t).await;
    let up = t.does(w.community, "escalateWhistle", &other).await;
    assert_eq!(up["case"]["handler"]["id"], global(w.dep_urban));
    let districts = || async { t.look(&case).await["whistles"]["nodes"].as_array().expect("whistles").last().expect("one").clone() };
    assert_eq!([&districts().await["to"], &districts().await["lead"]], [&json!("DISTRICT"), &json!(false)]);
    // until the lead's escalates too
    let up = t.does(w.community, "escalateWhistle", &lead).await;
    assert_eq!(up["case"]["handler"]["id"], global(w.area_district));
    assert_eq!(districts().await["lead"], true);
}

/// A complex that lies in no community, with one building in this grid.
async fn complex_of_the_subdistrict(t: &TestApp, grid: GridId) -> String {
    let tx = t.app.db.begin().await.expect("begun");
    let like = complex::Entity::find_by_id(WORLD.xinyue).one(&tx).await.expect("read").expect("新月苑");
    let place = complex::Model { id: t.app.clock.new_id(), area_id: WORLD.area_subdistrict, ..like };
    let like = building::Entity::find_by_id(WORLD.building1).one(&tx).await.expect("read").expect("building 1");
    let home = building::Model { id: t.app.clock.new_id(), complex_id: place.id, grid_id: Some(grid), ..like };
    let id = global(home.id);
    complex::Entity::insert(place.into_active_model()).exec_without_returning(&tx).await.expect("inserted");
    building::Entity::insert(home.into_active_model()).exec_without_returning(&tx).await.expect("inserted");
    tx.commit().await.expect("committed");
    id
}

async fn escalation_skips_levels_that_the_place_lacks(t: TestApp) {
    let w = t.world();
    let building = complex_of_the_subdistrict(&t, w.grid1).await;
    let filed = t.report_with(w.resident, json!({ "place": { "buildingId": building } })).await;
    assert_eq!(filed.payload["whistle"]["target"]["id"], global(w.grid1));
    let up = t.does(w.resident, "escalateWhistle", &filed.whistle).await;
    assert_eq!(up["case"]["handler"]["id"], global(w.area_subdistrict));
    // a city without districts is the top of its places
    let city = t.report_with(w.nobody, json!({ "place": { "areaCode": "441900003000" } })).await;
    let up = t.does(w.nobody, "escalateWhistle", &city.whistle).await;
    assert_eq!([&up["case"]["handler"]["id"], &up["case"]["handler"]["kind"]], [&*global(w.area_dongguan), "DISTRICT"]);
}

async fn the_whistler_and_the_superior_escalate_and_nobody_else(t: TestApp) {
    let w = t.world();
    let Filed { whistle, .. } = t.report(w.resident).await;
    t.refuses(w.resident2, "escalateWhistle", &whistle, ("NOT_FOUND", "whistleId")).await;
    for by in [w.grid_worker, w.secretary, w.analyst, w.admin] {
        t.refuses(by, "escalateWhistle", &whistle, ("FORBIDDEN", "whistleId")).await;
    }
    t.does(w.community, "escalateWhistle", &whistle).await;
    let (_, lead, other) = two_departments(&t).await;
    t.refuses(w.department, "escalateWhistle", &lead, ("FORBIDDEN", "whistleId")).await;
    t.refuses(w.subdistrict, "escalateWhistle", &lead, ("FORBIDDEN", "whistleId")).await;
    t.does(w.community2, "escalateWhistle", &lead).await;
    t.does(w.district, "escalateWhistle", &other).await;
}
