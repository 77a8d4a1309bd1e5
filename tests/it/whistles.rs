//! Whistles 吹哨报到: who is called by a report, who whistles whom, checking in and reporting back.

use chrono::{DateTime, Duration, Utc};
use entity::{PersonId, building};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};
use serde_json::{Value, json};

use crate::support::{
    TestApp,
    cases::Filed,
    global::global,
    world::{WORLD, World},
};

crate::tests! {
    both: [
        a_residents_report_calls_their_grid_for_the_next_working_day,
        the_time_to_check_in_runs_over_working_days_only,
        a_report_calls_the_grid_of_its_building,
        a_report_from_a_complex_calls_the_grid_with_most_of_its_buildings,
        a_report_from_an_area_calls_the_lowest_unit_that_works_there,
        a_grid_workers_report_of_their_own_grid_calls_nobody,
        a_grid_worker_whistles_the_community,
        departments_are_found_in_the_catalogue_with_their_lead,
        departments_can_be_named_with_their_lead,
        departments_called_later_assist_the_one_that_leads,
        a_new_lead_takes_over_from_the_one_before,
        a_community_whistles_its_subdistrict_and_that_the_district,
        nobody_whistles_past_their_level,
        a_unit_is_called_once_until_it_has_done_its_duty,
        nobody_to_call_is_said,
        checking_in_accepts_and_starts_the_case,
        checking_in_takes_no_case_from_whoever_was_given_it,
        the_visit_lies_between_the_whistle_and_now,
        only_the_unit_called_checks_in_and_only_once,
        what_is_reported_back_was_checked_in_before,
        an_ended_case_has_no_more_whistles,
        closing_releases_what_is_still_out,
    ],
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

fn instant(value: &Value) -> DateTime<Utc> {
    at(value.as_str().expect("an instant"))
}

fn ids(list: &Value) -> Vec<&str> {
    list.as_array().expect("whistles").iter().map(|whistle| whistle["id"].as_str().expect("an id")).collect()
}

async fn a_residents_report_calls_their_grid_for_the_next_working_day(t: TestApp) {
    let w = t.world();
    let filed = t.report(w.resident).await;
    let whistle = &filed.payload["whistle"];
    assert_eq!(whistle["target"], json!({ "id": global(w.grid1), "kind": "GRID" }));
    assert_eq!([&whistle["from"], &whistle["to"], &whistle["lead"]], [&Value::Null, &json!("GRID"), &json!(true)]);
    assert_eq!([&whistle["status"], &whistle["version"]], [&json!("RAISED"), &json!(1)]);
    assert_eq!(instant(&whistle["raisedAt"]), t.now());
    assert_eq!(instant(&whistle["checkInDueAt"]), at("2026-06-11T10:00:00+08:00"));
    assert_eq!(filed.payload["case"]["handler"], whistle["target"]);
    // one entry for both, which names the whistle
    let query = "query($id: ID!) { node(id: $id) { ... on Case { timeline { nodes { kind toStatus whistle { id } } } } } }";
    let answer = t.gql(Some(&t.token(w.resident)), query, json!({ "id": filed.case })).await;
    let entry = json!({ "kind": "REPORTED", "toStatus": "REPORTED", "whistle": { "id": filed.whistle } });
    assert_eq!(answer.data()["node"]["timeline"]["nodes"], json!([entry]));
}

async fn the_time_to_check_in_runs_over_working_days_only(t: TestApp) {
    for (raised, due) in [
        // over a weekend
        ("2026-06-12T17:30:00+08:00", "2026-06-15T17:30:00+08:00"),
        // on a Saturday
        ("2026-06-13T09:00:00+08:00", "2026-06-15T17:30:00+08:00"),
        // over 端午节, a Friday, and the weekend after it
        ("2026-06-18T10:00:00+08:00", "2026-06-22T10:00:00+08:00"),
        // a Sunday on which people make up for 国庆节
        ("2026-09-18T10:00:00+08:00", "2026-09-20T10:00:00+08:00"),
        // over its seven days
        ("2026-09-30T23:59:59+08:00", "2026-10-08T17:30:00+08:00"),
        // and the Saturday that makes up for it
        ("2026-10-09T10:00:00+08:00", "2026-10-10T10:00:00+08:00"),
        ("2026-10-10T10:00:00+08:00", "2026-10-12T10:00:00+08:00"),
    ] {
        t.advance(at(raised) - t.now());
        let filed = t.report(t.world().resident).await;
        assert_eq!(instant(&filed.payload["whistle"]["checkInDueAt"]), at(due), "raised at {raised}");
    }
}

async fn called(t: &TestApp, place: Value) -> Value {
    t.report_with(t.world().resident, json!({ "place": place })).await.payload["whistle"]["target"]["id"].clone()
}

async fn a_report_calls_the_grid_of_its_building(t: TestApp) {
    let w = t.world();
    for (building, grid) in [(w.building1, w.grid1), (w.building3, w.grid2), (w.other_building, w.other_grid), (w.far_building, w.far_grid)]
    {
        assert_eq!(called(&t, json!({ "buildingId": global(building) })).await, global(grid));
    }
    // a building that no grid covers
    let tx = t.app.db.begin().await.expect("begun");
    let bare = building::ActiveModel { id: Set(w.building2), grid_id: Set(None), ..Default::default() };
    bare.update(&tx).await.expect("updated");
    tx.commit().await.expect("committed");
    assert_eq!(called(&t, json!({ "buildingId": global(w.building2) })).await, global(w.area_community));
}

async fn a_report_from_a_complex_calls_the_grid_with_most_of_its_buildings(t: TestApp) {
    let w = t.world();
    let xinyue = json!({ "complexId": global(w.xinyue) });
    assert_eq!(called(&t, xinyue.clone()).await, global(w.grid1), "two buildings to one");
    build(&t, 4, 1).await;
    assert_eq!(called(&t, xinyue.clone()).await, global(w.grid1), "two to two: that of building 1");
    build(&t, 5, 1).await;
    assert_eq!(called(&t, xinyue).await, global(w.grid2), "two to three");
}

/// Adds buildings of 新月苑 that lie in grid 2.
async fn build(t: &TestApp, first: i32, count: i32) {
    let tx = t.app.db.begin().await.expect("begun");
    let like = building::Entity::find_by_id(WORLD.building3).one(&tx).await.expect("read").expect("building 3");
    for number in first..first + count {
        let new = building::Model { id: t.app.clock.new_id(), number, name: format!("{number}栋"), ..like.clone() };
        building::Entity::insert(new.into_active_model()).exec_without_returning(&tx).await.expect("inserted");
    }
    tx.commit().await.expect("committed");
}

async fn a_report_from_an_area_calls_the_lowest_unit_that_works_there(t: TestApp) {
    let w = t.world();
    for (code, unit, level) in [
        ("431302001009002", global(w.grid2), "GRID"),
        ("431302001009", global(w.area_community), "COMMUNITY"),
        ("431302001000", global(w.area_subdistrict), "SUBDISTRICT"),
        ("431302000000", global(w.area_district), "DISTRICT"),
        ("441900003001", global(w.area_dongguan_community), "COMMUNITY"),
    ] {
        let filed = t.report_with(w.nobody, json!({ "place": { "areaCode": code } })).await;
        assert_eq!(filed.payload["whistle"]["target"]["id"], unit, "{code}");
        assert_eq!(filed.payload["case"]["level"], level, "{code}");
    }
}

async fn a_grid_workers_report_of_their_own_grid_calls_nobody(t: TestApp) {
    let w = t.world();
    let own = t.report(w.grid_worker).await;
    assert_eq!([&own.payload["whistle"], &own.payload["case"]["handler"]["id"]], [&Value::Null, &json!(global(w.grid1))]);
    assert!(t.records().await.whistles.is_empty());
    let next_door = t.report_with(w.grid_worker, json!({ "place": { "buildingId": global(w.building3) } })).await;
    assert_eq!(next_door.payload["whistle"]["target"]["id"], global(w.grid2));
}

async fn raise(t: &TestApp, by: PersonId, case: &str, with: Value) -> Value {
    t.does_with(by, "raiseWhistle", case, with).await
}

async fn a_grid_worker_whistles_the_community(t: TestApp) {
    let w = t.world();
    let case = t.report(w.grid_worker).await.case;
    let raised = raise(&t, w.grid_worker, &case, json!({ "to": "COMMUNITY", "reason": "管不了" })).await;
    let whistle = &raised["whistles"][0];
    assert_eq!(whistle["target"], json!({ "id": global(w.area_community), "kind": "COMMUNITY" }));
    assert_eq!([&whistle["from"], &whistle["reason"], &whistle["lead"]], [&json!("GRID"), &json!("管不了"), &json!(true)]);
    assert_eq!(instant(&whistle["checkInDueAt"]), at("2026-06-11T10:00:00+08:00"));
    // it moves level and handler, not the status
    assert_eq!([&raised["case"]["status"], &raised["case"]["level"]], ["REPORTED", "COMMUNITY"]);
    assert_eq!(raised["case"]["handler"], whistle["target"]);
    assert_eq!(t.timeline(&case).await, ["REPORTED", "WHISTLE_RAISED"]);
}

fn parking(w: &World) -> Value {
    json!({ "matterId": global(w.matter_parking) })
}

async fn departments_are_found_in_the_catalogue_with_their_lead(t: TestApp) {
    let w = t.world();
    for (by, from) in [(w.secretary, "PARTY_BRANCH"), (w.community, "COMMUNITY"), (w.subdistrict, "SUBDISTRICT")] {
        let case = t.report_with(w.resident, parking(w)).await.case;
        let raised = raise(&t, by, &case, json!({ "to": "DEPARTMENT" })).await;
        let whistles = raised["whistles"].as_array().expect("whistles");
        let called: Vec<_> = whistles.iter().map(|w| (w["target"]["id"].as_str(), w["lead"].as_bool(), w["from"].as_str())).collect();
        let (urban, traffic) = (global(w.dep_urban), global(w.dep_traffic));
        assert_eq!(called, [(Some(&*urban), Some(true), Some(from)), (Some(&*traffic), Some(false), Some(from))]);
        assert_eq!([&raised["case"]["handler"]["id"], &raised["case"]["level"]], [&json!(urban), &json!("DISTRICT")]);
        // each with an entry of its own
        assert_eq!(t.timeline(&case).await, ["REPORTED", "WHISTLE_RAISED", "WHISTLE_RAISED"]);
    }
}

async fn departments_can_be_named_with_their_lead(t: TestApp) {
    let w = t.world();
    let [urban, traffic, fire] = [w.dep_urban, w.dep_traffic, w.dep_fire].map(|id| json!(global(id)));
    let lead_of = |raised: &Value| {
        let whistles = raised["whistles"].as_array().expect("whistles").clone();
        let leads: Vec<_> = whistles.into_iter().filter(|w| w["lead"] == true).map(|w| w["target"]["id"].clone()).collect();
        assert_eq!(leads.len(), 1, "{raised:#}");
        assert_eq!(raised["case"]["handler"]["id"], leads[0]);
        (leads[0].clone(), raised["whistles"].as_array().map_or(0, Vec::len))
    };
    let new = || async { t.report_with(w.resident, parking(w)).await.case };
    let to = "DEPARTMENT";
    let named = raise(&t, w.community, &new().await, json!({ "to": to, "targetIds": [fire, traffic], "leadId": traffic })).await;
    assert_eq!(lead_of(&named), (traffic.clone(), 2));
    // the catalogue's lead, where it is among them; else the first; one twice is one
    let named = raise(&t, w.community, &new().await, json!({ "to": to, "targetIds": [traffic, urban] })).await;
    assert_eq!(lead_of(&named), (urban.clone(), 2));
    let named = raise(&t, w.community, &new().await, json!({ "to": to, "targetIds": [fire, traffic, fire] })).await;
    assert_eq!(lead_of(&named), (fire.clone(), 2));
    let named = raise(&t, w.community, &new().await, json!({ "to": to, "leadId": traffic })).await;
    assert_eq!(lead_of(&named), (traffic.clone(), 2));

    let case = new().await;
    let outside = json!({ "to": to, "targetIds": [urban], "leadId": fire });
    t.refuses_with(w.community, "raiseWhistle", &case, outside, ("NOT_FOUND", "leadId")).await;
    let unknown = json!({ "to": to, "targetIds": [urban, global(w.resident)] });
    t.refuses_with(w.community, "raiseWhistle", &case, unknown, ("NOT_FOUND", "targetIds")).await;
    let many = json!({ "to": to, "targetIds": vec![urban; 11] });
    t.refuses_with(w.community, "raiseWhistle", &case, many, ("OUT_OF_RANGE", "targetIds")).await;
}

/// The departments that lead in a case.
async fn leading(t: &TestApp, case: &str) -> Vec<Value> {
    let whistles = t.look(case).await["whistles"]["nodes"].as_array().expect("whistles").clone();
    whistles.into_iter().filter(|w| w["to"] == "DEPARTMENT" && w["lead"] == true).map(|w| w["target"]["id"].clone()).collect()
}

async fn departments_called_later_assist_the_one_that_leads(t: TestApp) {
    let w = t.world();
    let [urban, traffic, fire] = [w.dep_urban, w.dep_traffic, w.dep_fire].map(|id| json!(global(id)));
    let case = t.report_with(w.resident, parking(w)).await.case;
    raise(&t, w.community, &case, json!({ "to": "DEPARTMENT", "targetIds": [urban] })).await;
    for later in [json!({ "targetIds": [traffic] }), json!({ "targetIds": [fire], "leadId": urban })] {
        let raised =
            raise(&t, w.subdistrict, &case, json!({ "to": "DEPARTMENT", "targetIds": later["targetIds"], "leadId": later["leadId"] }))
                .await;
        assert_eq!([&raised["whistles"][0]["lead"], &raised["case"]["handler"]["id"]], [&json!(false), &urban]);
        assert_eq!(leading(&t, &case).await, std::slice::from_ref(&urban));
    }
}

async fn a_new_lead_takes_over_from_the_one_before(t: TestApp) {
    let w = t.world();
    let [urban, traffic, fire] = [w.dep_urban, w.dep_traffic, w.dep_fire].map(|id| json!(global(id)));
    let case = t.report_with(w.resident, parking(w)).await.case;
    let of_urban = raise(&t, w.community, &case, json!({ "to": "DEPARTMENT", "targetIds": [urban] })).await["whistles"][0]["id"].clone();
    let of_urban = of_urban.as_str().expect("an id");
    let raised = raise(&t, w.community, &case, json!({ "to": "DEPARTMENT", "targetIds": [fire], "leadId": fire })).await;
    assert_eq!([&raised["case"]["status"], &raised["case"]["handler"]["id"]], [&json!("REPORTED"), &fire]);
    assert_eq!(leading(&t, &case).await, std::slice::from_ref(&fire));
    // whoever led before comes to assist
    assert_eq!(t.does(w.department, "checkInWhistle", of_urban).await["case"]["handler"]["id"], fire);
    // and leads again where that is said
    let raised = raise(&t, w.community, &case, json!({ "to": "DEPARTMENT", "targetIds": [traffic], "leadId": urban })).await;
    assert_eq!([&raised["whistles"][0]["lead"], &raised["case"]["handler"]["id"]], [&json!(false), &urban]);
    assert_eq!(leading(&t, &case).await, std::slice::from_ref(&urban));

    // a decline that is overruled does not bring a second lead back
    let case = t.report_with(w.resident, parking(w)).await.case;
    let declined = raise(&t, w.community, &case, json!({ "to": "DEPARTMENT", "targetIds": [urban] })).await["whistles"][0]["id"].clone();
    let declined = declined.as_str().expect("an id");
    t.does(w.department, "declineWhistle", declined).await;
    raise(&t, w.community, &case, json!({ "to": "DEPARTMENT", "targetIds": [fire] })).await;
    t.does_with(w.subdistrict, "ruleOnWhistle", declined, json!({ "uphold": false })).await;
    assert_eq!(leading(&t, &case).await, std::slice::from_ref(&fire));
    let asked = "query($id: ID!) { node(id: $id) { ... on Case { fileIntegrity { intact } } } }";
    assert_eq!(t.ask_with(Some(w.district), asked, json!({ "id": case })).await.data()["node"]["fileIntegrity"]["intact"], true);
}

async fn a_community_whistles_its_subdistrict_and_that_the_district(t: TestApp) {
    let w = t.world();
    let case = t.report(w.resident).await.case;
    let raised = raise(&t, w.community, &case, json!({ "to": "SUBDISTRICT" })).await;
    assert_eq!(raised["whistles"][0]["target"]["id"], global(w.area_subdistrict));
    let raised = raise(&t, w.subdistrict, &case, json!({ "to": "DISTRICT" })).await;
    assert_eq!(raised["whistles"][0]["target"]["id"], global(w.area_district));
    assert_eq!(raised["case"]["level"], "DISTRICT");
}

async fn nobody_whistles_past_their_level(t: TestApp) {
    let w = t.world();
    let case = t.report_with(w.resident, parking(w)).await.case;
    for (by, to) in [
        (w.grid_worker, "DEPARTMENT"),
        (w.grid_worker, "SUBDISTRICT"),
        (w.grid_worker, "PROPERTY_FIRM"),
        (w.secretary, "COMMUNITY"),
        (w.community, "GRID"),
        (w.community, "DISTRICT"),
        (w.subdistrict, "COMMUNITY"),
        (w.district, "DEPARTMENT"),
    ] {
        t.refuses_with(by, "raiseWhistle", &case, json!({ "to": to }), ("WRONG_LEVEL", "to")).await;
    }
    t.refuses(w.resident, "raiseWhistle", &case, ("FORBIDDEN", "caseId")).await;
    t.refuses(w.admin, "raiseWhistle", &case, ("FORBIDDEN", "caseId")).await;
    for stranger in [w.grid_worker2, w.far_community, w.fire, w.former, w.nobody] {
        t.refuses(stranger, "raiseWhistle", &case, ("NOT_FOUND", "caseId")).await;
    }
    // what is named is of the kind named, and of this place
    for (to, target) in
        [("DEPARTMENT", global(w.area_subdistrict)), ("SUBDISTRICT", global(w.dep_urban)), ("SUBDISTRICT", global(w.area_far_subdistrict))]
    {
        let named = json!({ "to": to, "targetIds": [target] });
        t.refuses_with(w.community, "raiseWhistle", &case, named, ("WRONG_LEVEL", "targetIds")).await;
    }
}

async fn a_unit_is_called_once_until_it_has_done_its_duty(t: TestApp) {
    let w = t.world();
    let case = t.report_with(w.resident, parking(w)).await.case;
    let to = json!({ "to": "DEPARTMENT" });
    let raised = raise(&t, w.community, &case, to.clone()).await;
    let [urban, traffic] = ids(&raised["whistles"])[..] else { panic!("two whistles: {raised:#}") };
    t.refuses_with(w.subdistrict, "raiseWhistle", &case, to.clone(), ("ALREADY_CALLED", "targetIds")).await;
    t.does(w.department, "checkInWhistle", urban).await;
    t.does(w.community, "withdrawWhistle", traffic).await;
    t.refuses_with(w.subdistrict, "raiseWhistle", &case, to.clone(), ("ALREADY_CALLED", "targetIds")).await;
    t.does(w.department, "concludeWhistle", urban).await;
    raise(&t, w.subdistrict, &case, to).await;
}

async fn nobody_to_call_is_said(t: TestApp) {
    let w = t.world();
    let to = json!({ "to": "DEPARTMENT" });
    for over in [json!({}), json!({ "matterId": global(w.matter_orphan) })] {
        let case = t.report_with(w.resident, over).await.case;
        t.refuses_with(w.community, "raiseWhistle", &case, to.clone(), ("NO_TARGET", "targetIds")).await;
        let none = json!({ "to": "DEPARTMENT", "targetIds": [] });
        t.refuses_with(w.community, "raiseWhistle", &case, none, ("NO_TARGET", "targetIds")).await;
        // whistling a department that the catalogue does not name is somebody's choice
        raise(&t, w.community, &case, json!({ "to": "DEPARTMENT", "targetIds": [global(w.dep_fire)] })).await;
    }
}

async fn checking_in_accepts_and_starts_the_case(t: TestApp) {
    let w = t.world();
    let filed = t.report_with(w.resident, parking(w)).await;
    t.advance(Duration::minutes(30));
    let came = t.does_with(w.grid_worker, "checkInWhistle", &filed.whistle, json!({ "note": "已到" })).await;
    assert_eq!([&came["whistle"]["status"], &came["case"]["status"]], ["CHECKED_IN", "IN_PROGRESS"]);
    assert_eq!(instant(&came["whistle"]["checkedInAt"]), t.now());
    assert_eq!([&came["whistle"]["onSiteAt"], &came["whistle"]["version"]], [&Value::Null, &json!(2)]);
    // status and whistle move in one entry
    assert_eq!(t.timeline(&filed.case).await, ["REPORTED", "WHISTLE_CHECKED_IN"]);
    // who comes to a case that is in progress only joins; the lead has it since the whistle
    let raised = raise(&t, w.community, &filed.case, json!({ "to": "DEPARTMENT" })).await;
    let whistles = ids(&raised["whistles"]);
    for (by, whistle) in [(w.department2, whistles[1]), (w.department, whistles[0])] {
        let came = t.does(by, "checkInWhistle", whistle).await;
        assert_eq!([&came["case"]["status"], &came["case"]["handler"]["id"]], ["IN_PROGRESS", &*global(w.dep_urban)]);
    }
}

async fn checking_in_takes_no_case_from_whoever_was_given_it(t: TestApp) {
    let w = t.world();
    let urban = json!(global(w.dep_urban));
    let assigned = t.report(w.resident).await;
    t.does(w.community, "acceptCase", &assigned.case).await;
    t.does_with(w.subdistrict, "assignCase", &assigned.case, json!({ "handlerId": urban })).await;
    let whistled = t.report(w.resident).await;
    raise(&t, w.community, &whistled.case, json!({ "to": "DEPARTMENT", "targetIds": [urban] })).await;
    for filed in [&assigned, &whistled] {
        let came = t.does(w.grid_worker, "checkInWhistle", &filed.whistle).await;
        assert_eq!([&came["case"]["status"], &came["case"]["handler"]["id"]], [&json!("IN_PROGRESS"), &urban]);
        t.does(w.department, "addCaseNote", &filed.case).await;
    }
}

async fn the_visit_lies_between_the_whistle_and_now(t: TestApp) {
    let w = t.world();
    let filed = t.report(w.resident).await;
    let raised = t.now();
    t.advance(Duration::hours(1));
    for wrong in [raised - Duration::microseconds(1), t.now() + Duration::microseconds(1)] {
        t.refuses_with(w.grid_worker, "checkInWhistle", &filed.whistle, json!({ "onSiteAt": wrong }), ("MISMATCH", "onSiteAt")).await;
    }
    let there = raised + Duration::minutes(20);
    let came = t.does_with(w.grid_worker, "checkInWhistle", &filed.whistle, json!({ "onSiteAt": there })).await;
    assert_eq!(instant(&came["whistle"]["onSiteAt"]), there);
    for edge in [t.now(), raised] {
        let filed = t.report(w.resident).await;
        t.advance(Duration::hours(1));
        let answer = t.act(w.grid_worker, "checkInWhistle", &filed.whistle, json!({ "onSiteAt": edge })).await;
        assert_eq!(answer.user_errors("checkInWhistle").is_empty(), edge != raised);
    }
}

async fn only_the_unit_called_checks_in_and_only_once(t: TestApp) {
    let w = t.world();
    let Filed { case, whistle, .. } = t.report(w.resident).await;
    for by in [w.resident, w.secretary, w.community, w.subdistrict, w.district, w.auditor] {
        for mutation in ["checkInWhistle", "declineWhistle", "concludeWhistle"] {
            t.refuses(by, mutation, &whistle, ("NOT_CALLED", "whistleId")).await;
        }
    }
    for stranger in [w.grid_worker2, w.former, w.resident2, w.firm] {
        t.refuses(stranger, "checkInWhistle", &whistle, ("NOT_FOUND", "whistleId")).await;
    }
    t.refuses(w.grid_worker, "checkInWhistle", &case, ("NOT_FOUND", "whistleId")).await;
    t.does(w.grid_worker, "checkInWhistle", &whistle).await;
    t.refuses(w.grid_worker, "checkInWhistle", &whistle, ("ALREADY_CHECKED_IN", "whistleId")).await;
    t.does(w.grid_worker, "concludeWhistle", &whistle).await;
    t.refuses(w.grid_worker, "checkInWhistle", &whistle, ("ALREADY_CHECKED_IN", "whistleId")).await;
}

async fn what_is_reported_back_was_checked_in_before(t: TestApp) {
    let w = t.world();
    let Filed { case, whistle, .. } = t.report(w.resident).await;
    t.refuses(w.grid_worker, "concludeWhistle", &whistle, ("INVALID_STATE", "whistleId")).await;
    t.does(w.grid_worker, "checkInWhistle", &whistle).await;
    // having turned up, nobody declines or takes it back
    t.refuses(w.grid_worker, "declineWhistle", &whistle, ("INVALID_STATE", "whistleId")).await;
    t.refuses(w.resident, "withdrawWhistle", &whistle, ("INVALID_STATE", "whistleId")).await;
    t.refuses(w.resident, "escalateWhistle", &whistle, ("INVALID_STATE", "whistleId")).await;
    let done = t.does_with(w.grid_worker, "concludeWhistle", &whistle, json!({ "result": "已劝离" })).await;
    assert_eq!([&done["whistle"]["status"], &done["whistle"]["result"]], ["CONCLUDED", "已劝离"]);
    assert_eq!(instant(&done["whistle"]["concludedAt"]), t.now());
    assert_eq!(done["case"]["status"], "IN_PROGRESS", "the case is resolved by a move of its own");
    t.refuses(w.grid_worker, "concludeWhistle", &whistle, ("INVALID_STATE", "whistleId")).await;
    assert_eq!(t.timeline(&case).await, ["REPORTED", "WHISTLE_CHECKED_IN", "WHISTLE_CONCLUDED"]);
}

async fn an_ended_case_has_no_more_whistles(t: TestApp) {
    let w = t.world();
    let Filed { case, whistle, .. } = t.report(w.resident).await;
    t.does(w.resident, "withdrawCase", &case).await;
    for (by, mutation) in [
        (w.grid_worker, "checkInWhistle"),
        (w.grid_worker, "declineWhistle"),
        (w.grid_worker, "concludeWhistle"),
        (w.community, "ruleOnWhistle"),
        (w.resident, "withdrawWhistle"),
        (w.resident, "escalateWhistle"),
    ] {
        t.refuses(by, mutation, &whistle, ("CASE_CLOSED", "whistleId")).await;
    }
    t.refuses(w.grid_worker, "raiseWhistle", &case, ("CASE_CLOSED", "caseId")).await;
}

async fn closing_releases_what_is_still_out(t: TestApp) {
    let w = t.world();
    let case = t.report_with(w.grid_worker, parking(w)).await.case;
    t.does(w.grid_worker, "startCase", &case).await;
    t.does(w.grid_worker, "resolveCase", &case).await;
    // the verification may need a department's eye
    let raised = raise(&t, w.community, &case, json!({ "to": "DEPARTMENT" })).await;
    let [urban, traffic] = ids(&raised["whistles"])[..] else { panic!("two whistles: {raised:#}") };
    let came = t.does(w.department, "checkInWhistle", urban).await;
    assert_eq!(came["case"]["status"], "RESOLVED");
    t.does(w.department, "concludeWhistle", urban).await;
    t.does(w.community, "closeCase", &case).await;
    let whistles = t.look(&case).await["whistles"]["nodes"].clone();
    let status = |id: &str| whistles.as_array().expect("whistles").iter().find(|w| w["id"] == id).map(|w| w["status"].clone());
    assert_eq!((status(urban), status(traffic)), (Some(json!("CONCLUDED")), Some(json!("WITHDRAWN"))));
    let end = ["WHISTLE_CHECKED_IN", "WHISTLE_CONCLUDED", "CLOSED", "WHISTLE_WITHDRAWN"];
    assert_eq!(t.timeline(&case).await[5..], end);
}
