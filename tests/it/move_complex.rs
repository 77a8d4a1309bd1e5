//! A complex that goes to another community 小区划转: with its buildings, what is kept of it, and its open cases.

use entity::{CaseStatus, ComplexId, PersonId};
use serde_json::{Value, json};

use crate::{
    areas::lying_in,
    support::{
        TestApp,
        client::Response,
        committees::{established, over, refused},
        global::global,
        homes::{done_by, new_complex, put, see},
    },
};

crate::tests! {
    both: [
        a_complex_goes_with_its_buildings_and_open_cases,
        without_a_grid_the_new_community_has_the_cases,
        what_is_kept_of_a_complex_goes_along_and_the_rest_stays,
        an_organisation_that_covers_another_complex_stays_with_it,
        an_organisation_of_the_community_stays_in_it,
        whoever_is_complained_of_stays_so,
        a_complex_in_a_grid_leaves_it,
        a_complex_goes_to_a_standing_community_of_its_district,
        complexes_are_moved_by_administrators_above_both_communities,
        a_move_is_made_once_under_its_key,
    ],
}

const YUETANG: &str = "431302001009";
const DATANG: &str = "431302001010";
const FAR: &str = "431302002001";

/// 新月苑 to 大塘社区.
fn input(t: &TestApp, with: Value) -> Value {
    over(json!({ "complexId": global(t.world().xinyue), "areaCode": DATANG, "reason": "社区区划调整" }), with)
}

async fn try_move(t: &TestApp, who: PersonId, with: Value) -> Response {
    put(t, who, "moveComplex", input(t, with)).await
}

async fn moved(t: &TestApp, with: Value) -> Value {
    done_by(t, t.world().admin, "moveComplex", input(t, with)).await
}

async fn cases_in(t: &TestApp, who: PersonId, area: &str) -> Vec<String> {
    let asked = format!("{{ cases(first: 50, filter: {{area: \"{area}\"}}) {{ nodes {{ number }} }} }}");
    let answer = t.ask(Some(who), &asked).await;
    let nodes = answer.data()["cases"]["nodes"].as_array().expect("nodes").clone();
    let mut found: Vec<String> = nodes.iter().map(|case| case["number"].as_str().unwrap_or_default().to_owned()).collect();
    found.sort();
    found
}

async fn a_complex_goes_with_its_buildings_and_open_cases(t: TestApp) {
    let w = t.world();
    let filed = t.report(w.resident).await;
    let whole = t.report_with(w.resident2, json!({ "place": { "complexId": global(w.xinyue) } })).await;
    let closed = t.case_in(CaseStatus::Closed).await;
    let beside = t.report_with(w.resident, json!({ "place": { "areaCode": "431302001009002" } })).await;
    let deadlines = "query($id: ID!) { node(id: $id) { ... on Case { dueAt clocks { kind dueAt status } } } }";
    let before = t.ask_with(Some(w.district), deadlines, json!({ "id": filed.case })).await.data()["node"].clone();
    let complex = moved(&t, json!({ "gridId": global(w.other_grid), "expectedVersion": 1 })).await;
    assert_eq!(complex["version"], 2);
    let asked = "area { code } changes { nodes { kind note fields { name from to } } }";
    let seen = see(&t, Some(w.district), &complex["id"], "Complex", asked).await;
    assert_eq!(seen["area"]["code"], DATANG);
    let (from, to) = (w.area_community.0.to_string(), w.area_other_community.0.to_string());
    let told = json!({ "kind": "CHANGED", "note": "社区区划调整", "fields": [{ "name": "areaId", "from": from, "to": to }] });
    assert_eq!(seen["changes"]["nodes"], json!([told]));
    for building in [w.building1, w.building2, w.building3] {
        let asked = "grid { id } version changes { nodes { note fields { name to } } }";
        let seen = see(&t, Some(w.district), &json!(global(building)), "Building", asked).await;
        assert_eq!((&seen["grid"]["id"], &seen["version"]), (&json!(global(w.other_grid)), &json!(2)));
        let told = json!([{ "note": "社区区划调整", "fields": [{ "name": "gridId", "to": w.other_grid.0.to_string() }] }]);
        assert_eq!(seen["changes"]["nodes"], told);
    }
    for (grid, count) in [(w.grid1, 2), (w.grid2, 1), (w.other_grid, 0)] {
        let seen = see(&t, Some(w.district), &json!(global(grid)), "Grid", "formerBuildings { until }").await;
        assert_eq!(seen["formerBuildings"], Value::Array(vec![json!({ "until": "2026-06-09" }); count]));
    }
    // what is open goes along, with all that runs
    for case in [&filed, &whole] {
        assert_eq!(t.timeline(&case.case).await, ["REPORTED", "RELOCATED"]);
        let seen = t.look(&case.case).await;
        assert_eq!((&seen["grid"]["id"], &seen["handler"]["id"]), (&json!(global(w.other_grid)), &json!(global(w.other_grid))));
        assert_eq!(seen["whistles"]["nodes"][0]["target"]["id"], json!(global(w.other_grid)));
    }
    assert_eq!(t.ask_with(Some(w.district), deadlines, json!({ "id": filed.case })).await.data()["node"], before);
    let asked = "query($id: ID!) { node(id: $id) { ... on Case { area { code } fileIntegrity { intact } } } }";
    let case = t.ask_with(Some(w.auditor), asked, json!({ "id": filed.case })).await.data()["node"].clone();
    assert_eq!(case, json!({ "area": { "code": DATANG }, "fileIntegrity": { "intact": true } }));
    // what is closed or lies elsewhere in the community stays there
    let mut open = vec![filed.number.clone(), whole.number.clone()];
    open.sort();
    let mut left = vec![closed.number.clone(), beside.number.clone()];
    left.sort();
    assert_eq!(cases_in(&t, w.other_community, DATANG).await, open);
    assert_eq!(cases_in(&t, w.community, YUETANG).await, left);
    // opened again it goes where its complex went
    t.does(w.subdistrict, "reopenCase", &closed.case).await;
    assert_eq!(t.look(&closed.case).await["grid"]["id"], json!(global(w.other_grid)));
    assert_eq!(cases_in(&t, w.district, YUETANG).await, [beside.number]);
}

async fn without_a_grid_the_new_community_has_the_cases(t: TestApp) {
    let w = t.world();
    let filed = t.report(w.resident).await;
    // without a word about it
    put(&t, w.admin, "moveComplex", json!({ "complexId": global(w.xinyue), "areaCode": DATANG })).await.done("moveComplex");
    let seen = see(&t, Some(w.district), &json!(global(w.building1)), "Building", "grid { id }").await;
    assert_eq!(seen["grid"], Value::Null);
    let case = t.look(&filed.case).await;
    let community = json!(global(w.area_other_community));
    assert_eq!((&case["grid"], &case["handler"]["id"]), (&Value::Null, &community));
    assert_eq!(case["whistles"]["nodes"][0]["target"]["id"], community);
    t.does(w.other_community, "checkInWhistle", &filed.whistle).await;
    // its officers give the buildings to a grid, and the case goes along
    let given = json!({ "gridId": global(w.other_grid), "buildingIds": [global(w.building1)] });
    t.change(Some(w.subdistrict), "assignBuildingsToGrid", given, "grid { id }").await.done("assignBuildingsToGrid");
    assert_eq!(t.look(&filed.case).await["grid"]["id"], json!(global(w.other_grid)));
}

async fn what_is_kept_of_a_complex_goes_along_and_the_rest_stays(t: TestApp) {
    let w = t.world();
    let (xinyue, contract) = (global(w.xinyue), global(w.contract));
    let done = async |who, name: &str, input: Value| t.change(Some(who), name, input, "").await.done(name).clone();
    done(w.subdistrict, "setContractFee", json!({ "contractId": contract, "item": "LIFT", "amount": "10.00", "unit": "UNIT_MONTH" })).await;
    done(w.subdistrict, "addServiceItem", json!({ "of": { "contractId": contract }, "kind": "SERVICE", "name": "保洁" })).await;
    for place in [json!({ "complexId": xinyue }), json!({ "areaCode": YUETANG })] {
        done(w.community, "createDutyPost", json!({ "place": place, "name": "楼栋长", "places": 2 })).await;
    }
    let input = json!({ "who": { "unitName": "县医院" }, "to": { "complexId": xinyue } });
    let report = t.change(Some(w.community), "registerDoubleReport", input, "doubleReport { id }").await;
    let report = report.done("registerDoubleReport")["doubleReport"]["id"].clone();
    done(w.community, "recordService", json!({ "doubleReportId": report, "hours": "1.5", "work": "义诊" })).await;
    let input = json!({ "who": { "unitName": "县中医院" }, "to": { "partyBranchId": global(w.branch) } });
    done(w.community, "registerDoubleReport", input).await;
    established(&t, json!({})).await;
    moved(&t, json!({})).await;
    // how many stay, and how many are in the other community then, with those that were there
    for (table, stay, there) in [
        ("complex", 0, 2),
        ("party_branch", 1, 1),
        ("party_cover", 0, 1),
        ("firm_contract", 0, 3),
        ("contract_fee", 0, 1),
        ("service_item", 0, 1),
        ("duty_post", 1, 1),
        ("double_report", 0, 2),
        ("service_record", 0, 1),
        ("committee", 0, 1),
        ("post", 2, 4),
    ] {
        assert_eq!([lying_in(&t, table, YUETANG).await, lying_in(&t, table, DATANG).await], [stay, there], "{table}");
    }
    let asked = "changes { nodes { note fields { name } } }";
    let told = json!([{ "note": "社区区划调整", "fields": [{ "name": "areaId" }] }]);
    assert_eq!(see(&t, Some(w.district), &json!(global(w.branch)), "PartyBranch", asked).await["changes"]["nodes"], told);
    // who works for the community goes on there as before
    let posts = t.ask(Some(w.community), "{ viewer { posts { startsOn endsOn unit { id } } } }").await.data()["viewer"].clone();
    assert_eq!(posts["posts"], json!([{ "startsOn": "2025-01-01", "endsOn": null, "unit": { "id": global(w.area_community) } }]));
}

async fn an_organisation_that_covers_another_complex_stays_with_it(t: TestApp) {
    let w = t.world();
    let other = new_complex(&t, json!({})).await["id"].clone();
    let covered = json!({ "partyBranchId": global(w.branch), "complexId": other });
    t.change(Some(w.community), "coverComplex", covered, "").await.done("coverComplex");
    moved(&t, json!({})).await;
    for (table, stay) in [("party_branch", 2), ("party_cover", 2)] {
        assert_eq!([lying_in(&t, table, YUETANG).await, lying_in(&t, table, DATANG).await], [stay, 0], "{table}");
    }
}

async fn an_organisation_of_the_community_stays_in_it(t: TestApp) {
    let w = t.world();
    let made = json!({ "area": YUETANG, "name": "月塘大党委", "branchKind": "JOINT_WORKING_COMMITTEE" });
    let made = t.change(Some(w.community), "establishPartyBranch", made, "partyBranch { id }").await;
    let committee = made.done("establishPartyBranch")["partyBranch"]["id"].clone();
    let covered = json!({ "partyBranchId": committee, "complexId": global(w.xinyue) });
    t.change(Some(w.community), "coverComplex", covered, "").await.done("coverComplex");
    moved(&t, json!({})).await;
    for (branch, code) in [(committee.clone(), YUETANG), (json!(global(w.branch)), DATANG)] {
        assert_eq!(see(&t, Some(w.district), &branch, "PartyBranch", "area { code }").await["area"]["code"], code);
    }
    // the complex is none of its own any more: what began today ends today
    let covers = see(&t, Some(w.district), &committee, "PartyBranch", "covers(first: 5) { nodes { complex { id } endedOn } }").await;
    assert_eq!(covers["covers"]["nodes"], json!([{ "complex": { "id": global(w.xinyue) }, "endedOn": "2026-06-10" }]));
}

async fn whoever_is_complained_of_stays_so(t: TestApp) {
    let w = t.world();
    let about = global(w.area_community);
    let filed = t.report_with(w.resident, json!({ "respondent": { "handlerId": about } })).await;
    moved(&t, json!({})).await;
    // the community stands, and answers for what it did; the other has the case
    let asked = "query($id: ID!) { node(id: $id) { ... on Case { handler { id } respondent { handler { id } } } } }";
    let case = t.ask_with(Some(w.district), asked, json!({ "id": filed.case })).await.data()["node"].clone();
    let other = global(w.area_other_community);
    assert_eq!(case, json!({ "handler": { "id": other }, "respondent": { "handler": { "id": about } } }));
}

async fn a_complex_in_a_grid_leaves_it(t: TestApp) {
    let w = t.world();
    let complex = new_complex(&t, json!({ "areaCode": "431302001009001" })).await["id"].clone();
    let building = json!({ "complexId": complex, "name": "1栋", "gridId": global(w.grid1) });
    done_by(&t, w.community, "addBuilding", building).await;
    let filed = t.report_with(w.resident, json!({ "place": { "complexId": complex } })).await;
    let same = try_move(&t, w.admin, json!({ "complexId": complex, "areaCode": YUETANG })).await;
    refused(&same, "moveComplex", "ALREADY_EXISTS", &["areaCode"]);
    moved(&t, json!({ "complexId": complex, "gridId": global(w.other_grid) })).await;
    let asked = "query($id: ID!) { node(id: $id) { ... on Case { area { code } grid { id } } } }";
    let case = t.ask_with(Some(w.district), asked, json!({ "id": filed.case })).await.data()["node"].clone();
    assert_eq!(case, json!({ "area": { "code": DATANG }, "grid": { "id": global(w.other_grid) } }));
}

async fn a_complex_goes_to_a_standing_community_of_its_district(t: TestApp) {
    let w = t.world();
    t.report(w.resident).await;
    let made = json!({ "parentCode": "431302001000", "code": "431302001011", "name": "空社区", "on": "2026-05-01" });
    t.change(Some(w.admin), "createArea", made, "").await.done("createArea");
    t.change(Some(w.admin), "endArea", json!({ "areaCode": "431302001011", "reason": "已无居民" }), "").await.done("endArea");
    let unknown: ComplexId = t.app.clock.new_id();
    let before = t.tally().await;
    for (with, code, field) in [
        (json!({ "areaCode": "441900003001" }), "MISMATCH", "areaCode"),
        (json!({ "areaCode": "431302001000" }), "MISMATCH", "areaCode"),
        (json!({ "areaCode": "431302001010001" }), "MISMATCH", "areaCode"),
        (json!({ "areaCode": "431302001777" }), "NOT_FOUND", "areaCode"),
        (json!({ "areaCode": "431302001011" }), "INVALID_STATE", "areaCode"),
        (json!({ "areaCode": YUETANG }), "ALREADY_EXISTS", "areaCode"),
        (json!({ "gridId": global(w.grid1) }), "MISMATCH", "gridId"),
        (json!({ "gridId": global(w.far_grid) }), "MISMATCH", "gridId"),
        (json!({ "complexId": global(unknown) }), "NOT_FOUND", "complexId"),
    ] {
        refused(&try_move(&t, w.admin, with).await, "moveComplex", code, &[field]);
    }
    try_move(&t, w.admin, json!({ "expectedVersion": 7 })).await.assert_refused("moveComplex", "CONFLICT");
    let namesake = json!({ "areaCode": DATANG, "name": "新月苑", "kind": "OLD" });
    done_by(&t, w.other_community, "createComplex", namesake).await;
    refused(&try_move(&t, w.admin, json!({})).await, "moveComplex", "INVALID_STATE", &["areaCode"]);
    let seen = see(&t, None, &json!(global(w.xinyue)), "Complex", "version area { code }").await;
    assert_eq!((seen, t.tally().await), (json!({ "version": 1, "area": { "code": YUETANG } }), before));
    let end = json!({ "complexId": global(w.other), "because": "MERGED", "mergedIntoId": global(w.far), "note": "合并" });
    t.sql("UPDATE firm_contract SET ends_on = '2026-06-09' WHERE ends_on IS NULL").await;
    done_by(&t, w.subdistrict, "endComplex", end).await;
    let ended = try_move(&t, w.admin, json!({ "complexId": global(w.other), "areaCode": YUETANG })).await;
    refused(&ended, "moveComplex", "INVALID_STATE", &["complexId"]);
}

async fn complexes_are_moved_by_administrators_above_both_communities(t: TestApp) {
    let w = t.world();
    let (of_one, of_other) = (t.administrator(w.area_community).await, t.administrator(w.area_other_community).await);
    for who in [w.resident, w.grid_worker, w.community, w.subdistrict, w.district, w.auditor, of_one, of_other] {
        refused(&try_move(&t, who, json!({})).await, "moveComplex", "FORBIDDEN", &["areaCode"]);
    }
    // whoever administers the one subdistrict does not send it to the other
    let above = t.administrator(w.area_subdistrict).await;
    refused(&try_move(&t, above, json!({ "areaCode": FAR })).await, "moveComplex", "FORBIDDEN", &["areaCode"]);
    done_by(&t, above, "moveComplex", input(&t, json!({}))).await;
    let filed = t.report(w.resident).await;
    moved(&t, json!({ "areaCode": FAR, "gridId": global(w.far_grid) })).await;
    assert_eq!(cases_in(&t, w.far_subdistrict, "431302002000").await, [filed.number.as_str()]);
    assert_eq!(cases_in(&t, w.subdistrict, "431302001000").await, [""; 0]);
}

async fn a_move_is_made_once_under_its_key(t: TestApp) {
    let w = t.world();
    let keyed = json!({ "gridId": global(w.other_grid), "idempotencyKey": "move-1" });
    let first = moved(&t, keyed.clone()).await;
    assert_eq!(moved(&t, keyed.clone()).await, first);
    assert_eq!(first["version"], 2);
    let other = try_move(&t, w.admin, over(keyed, json!({ "areaCode": FAR }))).await;
    other.assert_refused("moveComplex", "IDEMPOTENCY_KEY_REUSED");
    let seen = see(&t, Some(w.district), &json!(global(w.grid1)), "Grid", "formerBuildings { until }").await;
    assert_eq!(seen["formerBuildings"].as_array().map(Vec::len), Some(2));
}
