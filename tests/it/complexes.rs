//! Complexes 小区 and buildings 楼栋 from their first day to their last: who keeps their records, and what is kept.

use chuishao::{
    complex::import::{BUILDING_COLUMNS, import_buildings, read_building},
    sheet::{self, Refused, Tally},
};
use entity::{PairingKind, Provenance, duty_claim, duty_post, pairing, post};
use futures_util::future::join_all;
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use crate::support::{
    TestApp,
    committees::{over, refused, row},
    global::global,
    homes::*,
    world::day,
};

crate::tests! {
    both: [
        a_complex_is_set_up_and_changed_and_each_change_is_told,
        complexes_are_kept_by_the_officers_of_their_place_and_those_above,
        a_complex_under_contract_does_not_end_and_open_cases_do_not_hinder_it,
        what_belongs_to_a_complex_ends_with_it_and_is_kept,
        what_is_bound_to_a_complex_ends_with_it,
        a_complex_with_a_committee_does_not_end,
        a_merged_complex_says_into_which,
        a_building_changes_its_grid_and_the_former_one_is_kept,
        a_building_is_put_into_no_grid_that_has_ended_or_lies_elsewhere,
        a_table_gives_no_two_buildings_one_name,
        a_number_of_a_building_is_not_given_again,
        every_change_of_a_complex_is_made_once_under_its_key,
        a_stale_version_of_any_record_is_a_conflict_with_the_record,
        a_complex_that_was_set_up_or_renamed_is_found_by_its_words,
        of_many_who_set_up_the_same_complex_at_once_one_succeeds,
    ],
}

async fn a_complex_is_set_up_and_changed_and_each_change_is_told(t: TestApp) {
    let w = t.world();
    let told =
        json!({ "address": "新街 1 号", "households": 120, "floorArea": "98765.50", "location": { "longitude": 112.0, "latitude": 27.7 } });
    let complex = new_complex(&t, told).await;
    let id = &complex["id"];
    let fields = "name kind address households floorArea location { longitude latitude } area { code } provenance version endedOn
        completeness { percent filled total missing }";
    let seen = see(&t, None, id, "Complex", fields).await;
    let expected = json!({ "name": "新苑", "kind": "COMMODITY", "address": "新街 1 号", "households": 120, "floorArea": "98765.50",
        "location": { "longitude": 112.0, "latitude": 27.7 }, "area": { "code": COMMUNITY }, "provenance": "RECORDED", "version": 1, "endedOn": null,
        "completeness": { "percent": "62.50", "filled": 5, "total": 8, "missing": ["BUILDINGS", "GRIDS", "DWELLINGS"] } });
    assert_eq!(seen, expected);
    // what is left out stays, null takes out
    let input = json!({ "complexId": id, "address": null, "location": null, "kind": "OLD", "expectedVersion": 1 });
    done(&t, "updateComplex", input).await;
    let seen = see(&t, None, id, "Complex", "kind address households location { longitude } version").await;
    assert_eq!(seen, json!({ "kind": "OLD", "address": null, "households": 120, "location": null, "version": 2 }));
    let asked = "changes { nodes { kind recordKind recordId actor { name } fields { name from to } } }";
    let changes = see(&t, Some(w.district), id, "Complex", asked).await["changes"]["nodes"].clone();
    assert_eq!((&changes[0]["kind"], &changes[0]["recordId"], &changes[1]["kind"]), (&json!("CHANGED"), id, &json!("CREATED")));
    let changed: Vec<_> = changes[0]["fields"].as_array().expect("fields").iter().map(|field| field["name"].clone()).collect();
    assert_eq!(changed, ["address", "kind", "latitude", "longitude"]);
    assert_eq!(see(&t, Some(w.resident), id, "Complex", asked).await["changes"]["nodes"], json!([]));
    // the same again changes nothing
    assert_eq!(done(&t, "updateComplex", json!({ "complexId": id, "kind": "OLD" })).await["version"], 2);
}

async fn complexes_are_kept_by_the_officers_of_their_place_and_those_above(t: TestApp) {
    let w = t.world();
    let input = |name: &str| json!({ "areaCode": COMMUNITY, "name": name, "kind": "OTHER" });
    for (who, name) in [(w.community, "一"), (w.subdistrict, "二"), (w.district, "三"), (w.admin, "四")] {
        done_by(&t, who, "createComplex", input(name)).await;
    }
    for who in [w.other_community, w.far_subdistrict, w.resident, w.grid_worker, w.secretary, w.department, w.firm, w.analyst, w.auditor] {
        refused(&put(&t, who, "createComplex", input("五")).await, "createComplex", "FORBIDDEN", &["areaCode"]);
        let change = json!({ "complexId": global(w.xinyue), "households": 1 });
        refused(&put(&t, who, "updateComplex", change).await, "updateComplex", "FORBIDDEN", &["complexId"]);
    }
    let bad = async |with: Value, code: &str, path: &[&str]| {
        refused(&put(&t, w.district, "createComplex", over(input("六"), with)).await, "createComplex", code, path);
    };
    bad(json!({ "areaCode": "999999999999" }), "NOT_FOUND", &["areaCode"]).await;
    bad(json!({ "areaCode": "431302001000" }), "MISMATCH", &["areaCode"]).await;
    bad(json!({ "name": "一" }), "ALREADY_EXISTS", &["name"]).await;
    bad(json!({ "name": " " }), "REQUIRED", &["name"]).await;
    bad(json!({ "households": -1 }), "OUT_OF_RANGE", &["households"]).await;
    bad(json!({ "floorArea": "0" }), "OUT_OF_RANGE", &["floorArea"]).await;
    bad(json!({ "location": { "longitude": 181.0, "latitude": 0.0 } }), "OUT_OF_RANGE", &["location", "longitude"]).await;
    // what ends a complex and what praises it is for the subdistrict and above
    let end = json!({ "complexId": global(w.xinyue), "because": "DEMOLISHED", "note": "征收" });
    refused(&put(&t, w.community, "endComplex", end).await, "endComplex", "FORBIDDEN", &["complexId"]);
    let honour = json!({ "complexId": global(w.xinyue), "name": "美好家园", "awardedBy": "省里", "awardedOn": "2025-01-01" });
    refused(&put(&t, w.community, "addComplexHonour", honour).await, "addComplexHonour", "FORBIDDEN", &["complexId"]);
    let unknown = json!({ "complexId": global(entity::ComplexId(w.resident.0)), "households": 1 });
    refused(&put(&t, w.district, "updateComplex", unknown).await, "updateComplex", "NOT_FOUND", &["complexId"]);
}

async fn a_complex_under_contract_does_not_end_and_open_cases_do_not_hinder_it(t: TestApp) {
    let w = t.world();
    let filed = t.report(w.resident).await;
    let end = json!({ "complexId": global(w.xinyue), "because": "DEMOLISHED", "note": "征收", "endedOn": "2026-06-09" });
    let answer = put(&t, w.subdistrict, "endComplex", end.clone()).await;
    refused(&answer, "endComplex", "INVALID_STATE", &["complexId"]);
    t.sql("UPDATE firm_contract SET ends_on = '2026-06-09' WHERE ends_on IS NULL").await;
    let late = over(end.clone(), json!({ "endedOn": "2026-06-11" }));
    refused(&put(&t, w.subdistrict, "endComplex", late).await, "endComplex", "OUT_OF_RANGE", &["endedOn"]);
    assert_eq!(done_by(&t, w.subdistrict, "endComplex", end.clone()).await["endedOn"], "2026-06-09");
    // the case goes on
    t.does(w.grid_worker, "checkInWhistle", &filed.whistle).await;
    let case = see(&t, Some(w.grid_worker), &json!(filed.case), "Case", "status complex { name endedOn }").await;
    assert_eq!(case, json!({ "status": "IN_PROGRESS", "complex": { "name": "新月苑", "endedOn": "2026-06-09" } }));
    // nothing new is reported there, neither in the complex nor in a building of it
    for place in [json!({ "complexId": global(w.xinyue) }), json!({ "buildingId": global(w.building1) })] {
        let input = json!({ "category": "SERVICE", "title": "路灯不亮", "place": place });
        t.change(Some(w.resident), "reportCase", input, "case { id }").await.assert_refused("reportCase", "NOT_FOUND");
    }
    // and nothing of it is changed any more
    refused(&put(&t, w.subdistrict, "endComplex", end).await, "endComplex", "INVALID_STATE", &["complexId"]);
    let building = json!({ "buildingId": global(w.building1), "floors": 3 });
    refused(&put(&t, w.community, "updateBuilding", building).await, "updateBuilding", "INVALID_STATE", &["buildingId"]);
    let add = json!({ "complexId": global(w.xinyue), "name": "9栋" });
    refused(&put(&t, w.community, "addBuilding", add).await, "addBuilding", "INVALID_STATE", &["complexId"]);
    // another may have its name
    new_complex(&t, json!({ "name": "新月苑" })).await;
}

async fn what_belongs_to_a_complex_ends_with_it_and_is_kept(t: TestApp) {
    let w = t.world();
    let stairwell = done(&t, "addStairwell", json!({ "buildingId": global(w.building1), "number": 1 })).await["id"].clone();
    let flat =
        add(&t, vec![dwelling(&t, "101", json!({ "stairwellId": stairwell })), dwelling(&t, "102", json!({}))]).await[0]["id"].clone();
    let yard = done(&t, "addCourtyard", json!({ "complexId": global(w.xinyue), "name": "东院" })).await["id"].clone();
    t.sql("UPDATE firm_contract SET ends_on = '2026-06-09' WHERE ends_on IS NULL").await;
    let end = json!({ "complexId": global(w.xinyue), "because": "OTHER", "note": "征收", "endedOn": "2026-06-09" });
    done_by(&t, w.district, "endComplex", end).await;
    let names = async |filter: &str| {
        let answer = t.ask(None, &format!("{{ complexes(filter: {{{filter}}}) {{ nodes {{ name }} }} }}")).await;
        answer.data()["complexes"]["nodes"]
            .as_array()
            .expect("nodes")
            .iter()
            .map(|n| n["name"].as_str().expect("a name").to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names("").await, ["大塘小区", "铁东小区"]);
    assert_eq!(names("ended: true").await, ["新月苑"]);
    assert_eq!(names("or: [{ended: true}, {ended: false}]").await.len(), 3);
    let parts = "endedBecause buildings { totalCount } gone: buildings(filter: {ended: true}) { totalCount nodes { stairwellRecords(filter: {ended: true}) { totalCount } } }
        dwellings { totalCount } goneDwellings: dwellings(filter: {ended: true}) { totalCount } courtyards { totalCount } dwellingTotals { count }";
    let seen = see(&t, Some(w.district), &json!(global(w.xinyue)), "Complex", parts).await;
    let count = |name: &str| seen[name]["totalCount"].clone();
    assert_eq!(seen["endedBecause"], "OTHER");
    assert_eq!([count("buildings"), count("gone"), count("dwellings"), count("goneDwellings"), count("courtyards")], [0, 3, 0, 2, 0]);
    assert_eq!((&seen["dwellingTotals"]["count"], &seen["gone"]["nodes"][0]["stairwellRecords"]["totalCount"]), (&json!(0), &json!(1)));
    for (id, of) in [(&flat, "Dwelling"), (&stairwell, "Stairwell"), (&yard, "Courtyard")] {
        let kept = see(&t, Some(w.district), id, of, "endedOn version changes { nodes { kind note } }").await;
        assert_eq!((&kept["endedOn"], &kept["version"]), (&json!("2026-06-09"), &json!(2)), "{of}");
        assert_eq!(kept["changes"]["nodes"][0], json!({ "kind": "ENDED", "note": "征收" }), "{of}");
    }
}

async fn what_is_bound_to_a_complex_ends_with_it(t: TestApp) {
    let w = t.world();
    let db = &t.app.db.read;
    crate::double_reports::insert_some(&t).await;
    let report = entity::double_report::Entity::find().one(db).await.expect("read").expect("a report");
    let duty = duty_post::Entity::find().one(db).await.expect("read").expect("a post");
    let (area_id, starts_on) = (w.area_community, day(2026, 2, 1));
    let id = t.app.clock.new_id();
    t.insert([duty_claim::Model { id, post_id: duty.id, report_id: report.id, area_id, starts_on, ended_on: None, version: 1 }]).await;
    t.insert([pairing::Model {
        id: t.app.clock.new_id(),
        kind: PairingKind::DepartmentPairing,
        department_id: Some(w.dep_urban),
        person_id: None,
        area_id,
        complex_id: Some(w.xinyue),
        duty: None,
        starts_on,
        ends_on: None,
        provenance: Provenance::Invented,
        provenance_note: None,
        version: 1,
    }])
    .await;
    t.sql("UPDATE firm_contract SET ends_on = '2026-06-09' WHERE ends_on IS NULL").await;
    let end = json!({ "complexId": global(w.xinyue), "because": "DEMOLISHED", "note": "征收", "endedOn": "2026-06-09" });
    done_by(&t, w.subdistrict, "endComplex", end).await;
    let last = Some(day(2026, 6, 9));
    let covers = entity::party_cover::Entity::find().all(db).await.expect("read");
    let reports = entity::double_report::Entity::find().all(db).await.expect("read");
    let (duties, claims) =
        (duty_post::Entity::find().all(db).await.expect("read"), duty_claim::Entity::find().all(db).await.expect("read"));
    let mut ends: Vec<_> = covers.iter().map(|row| (row.ended_on, row.version)).collect();
    ends.extend(reports.iter().map(|row| (row.ended_on, row.version)));
    ends.extend(duties.iter().map(|row| (row.ended_on, row.version)));
    ends.extend(claims.iter().map(|row| (row.ended_on, row.version)));
    ends.extend(pairing::Entity::find().all(db).await.expect("read").iter().map(|row| (row.ends_on, row.version)));
    let posts = post::Entity::find().all(db).await.expect("read");
    ends.extend(posts.iter().filter(|row| row.unit_id == w.xinyue.0).map(|row| (row.ends_on, row.version)));
    // a cover, two reports, a duty post, a claim, a pairing, two residents
    assert_eq!(ends, [(last, 2); 8]);
    let told = "{ recordChanges(first: 200, filter: {kind: {eq: ENDED}, recordKind: {in: [PARTY_COVER, PAIRING, POST, DUTY_POST]}}) { nodes { note } } }";
    let told = t.ask(Some(w.district), told).await.data()["recordChanges"]["nodes"].clone();
    assert_eq!(told, json!([{ "note": "征收" }, { "note": "征收" }, { "note": "征收" }, { "note": "征收" }, { "note": "征收" }]));
}

async fn a_complex_with_a_committee_does_not_end(t: TestApp) {
    let w = t.world();
    let id = row(&t, "业委会", |_, _| {}).await;
    t.sql("UPDATE firm_contract SET ends_on = '2026-06-09' WHERE ends_on IS NULL").await;
    let end = json!({ "complexId": global(w.xinyue), "because": "DEMOLISHED", "note": "征收" });
    refused(&put(&t, w.subdistrict, "endComplex", end.clone()).await, "endComplex", "INVALID_STATE", &["complexId"]);
    let dissolved = json!({ "committeeId": global(id), "reason": "征收" });
    t.change(Some(w.community), "dissolveCommittee", dissolved, "committee { id }").await.done("dissolveCommittee");
    done_by(&t, w.subdistrict, "endComplex", end).await;
    // nobody is elected for what is no more, whatever was left there
    t.sql("UPDATE committee SET dissolved_on = NULL").await;
    let seats = json!([{ "personId": global(w.secretary), "dwelling": "1单元101" }]);
    let elected = json!({ "committeeId": global(id), "electedOn": "2026-06-10", "endsOn": "2031-06-09", "members": seats });
    let answer = t.change(Some(w.community), "electCommittee", elected, "committee { id }").await;
    refused(&answer, "electCommittee", "INVALID_STATE", &["committeeId"]);
}

async fn a_merged_complex_says_into_which(t: TestApp) {
    let w = t.world();
    let id = new_complex(&t, json!({})).await["id"].clone();
    let end = |with: Value| put(&t, w.district, "endComplex", over(json!({ "complexId": id, "because": "MERGED", "note": "合并" }), with));
    refused(&end(json!({})).await, "endComplex", "REQUIRED", &["mergedIntoId"]);
    refused(&end(json!({ "mergedIntoId": id })).await, "endComplex", "MISMATCH", &["mergedIntoId"]);
    let both = json!({ "because": "DEMOLISHED", "mergedIntoId": global(w.xinyue) });
    refused(&end(both).await, "endComplex", "MISMATCH", &["mergedIntoId"]);
    refused(&end(json!({ "mergedIntoId": global(w.building1) })).await, "endComplex", "NOT_FOUND", &["mergedIntoId"]);
    end(json!({ "mergedIntoId": global(w.xinyue) })).await.done("endComplex");
    let seen = see(&t, None, &id, "Complex", "endedOn endedBecause mergedInto { name }").await;
    assert_eq!(seen, json!({ "endedOn": "2026-06-10", "endedBecause": "MERGED", "mergedInto": { "name": "新月苑" } }));
}

async fn a_building_changes_its_grid_and_the_former_one_is_kept(t: TestApp) {
    let w = t.world();
    let id = json!(global(w.building1));
    let before = t.report_with(w.resident, json!({ "place": { "buildingId": id } })).await;
    let elsewhere = json!({ "buildingId": id, "gridId": global(w.other_grid) });
    refused(&put(&t, w.district, "updateBuilding", elsewhere).await, "updateBuilding", "MISMATCH", &["gridId"]);
    let moved = json!({ "buildingId": id, "gridId": global(w.grid2), "expectedVersion": 1 });
    refused(&put(&t, w.community, "updateBuilding", moved.clone()).await, "updateBuilding", "FORBIDDEN", &["gridId"]);
    done_by(&t, w.subdistrict, "updateBuilding", moved).await;
    let asked = "grid { name } version changes { nodes { fields { name from to } } }";
    let seen = see(&t, Some(w.district), &id, "Building", asked).await;
    assert_eq!((&seen["grid"]["name"], &seen["version"]), (&json!("月塘第二网格"), &json!(2)));
    let (from, to) = (w.grid1.0.to_string(), w.grid2.0.to_string());
    assert_eq!(seen["changes"]["nodes"][0]["fields"], json!([{ "name": "gridId", "from": from, "to": to }]));
    let former = see(&t, Some(w.district), &json!(global(w.grid1)), "Grid", "formerBuildings { until building { name } }").await;
    assert_eq!(former["formerBuildings"], json!([{ "until": "2026-06-09", "building": { "name": "1栋" } }]));
    // what is open goes along
    assert_eq!(t.look(&before.case).await["handler"]["id"], json!(global(w.grid2)));
    assert_eq!(t.timeline(&before.case).await, ["REPORTED", "RELOCATED"]);
    // a report from the building calls the new grid
    let filed = t.report_with(w.resident, json!({ "place": { "buildingId": id } })).await;
    t.does(w.grid_worker2, "checkInWhistle", &filed.whistle).await;
    done_by(&t, w.subdistrict, "updateBuilding", json!({ "buildingId": id, "gridId": null })).await;
    assert_eq!(see(&t, Some(w.district), &id, "Building", "grid { name }").await["grid"], Value::Null);
}

async fn take(t: &TestApp, lines: &str) -> Result<Tally, Vec<(u32, &'static str, Option<&'static str>)>> {
    let table = format!("所在区划代码,小区名称,序号,楼栋名称,网格代码,层数\n{lines}");
    let lines = sheet::read(table.as_bytes(), BUILDING_COLUMNS, read_building).expect("a table");
    import_buildings(&t.app, lines, &mut |done, of| assert!(done <= of)).await.map_err(|refused| match refused {
        Refused::Lines(bad) => bad.into_iter().map(|bad| (bad.line, bad.why.key, bad.column)).collect(),
        Refused::Db(error) => panic!("{error}"),
    })
}

async fn a_building_is_put_into_no_grid_that_has_ended_or_lies_elsewhere(t: TestApp) {
    let w = t.world();
    let given = json!({ "gridId": global(w.grid1), "buildingIds": [global(w.building3)] });
    t.change(Some(w.subdistrict), "assignBuildingsToGrid", given, "grid { id }").await.done("assignBuildingsToGrid");
    let end = json!({ "gridId": global(w.grid2), "reason": "并入" });
    t.change(Some(w.subdistrict), "endGrid", end, "grid { id }").await.done("endGrid");
    let add = json!({ "complexId": global(w.xinyue), "name": "4栋", "gridId": global(w.grid2) });
    refused(&put(&t, w.community, "addBuilding", add).await, "addBuilding", "INVALID_STATE", &["gridId"]);
    let update = json!({ "buildingId": global(w.building1), "gridId": global(w.grid2) });
    refused(&put(&t, w.community, "updateBuilding", update).await, "updateBuilding", "INVALID_STATE", &["gridId"]);
    // nor by a table
    let lines = "431302001009,新月苑,4,4栋,431302001009002,\n431302001009,新月苑,5,5栋,431302001010001,\n431302001009,新月苑,6,6栋,431302001009001,201\n";
    let grid = Some("网格代码");
    let expected = vec![(2, "import-area-ended", grid), (3, "grid-elsewhere", grid), (4, "out-of-range", Some("层数"))];
    assert_eq!(take(&t, lines).await, Err(expected));
    let taken = take(&t, "431302001009,新月苑,4,4栋,431302001009001,18\n").await;
    assert_eq!(taken, Ok(Tally { added: 1, changed: 0, known: 0 }));
}

async fn a_table_gives_no_two_buildings_one_name(t: TestApp) {
    let name = Some("楼栋名称");
    let lines = "431302001009,新月苑,4,1栋,,\n431302001009,新月苑,5,5栋,,\n431302001009,新月苑,6,5栋,,\n";
    assert_eq!(take(&t, lines).await, Err(vec![(2, "taken", name), (4, "sheet-twice", name)]));
    // unless the other one is renamed by it
    let lines = "431302001009,新月苑,4,1栋,,\n431302001009,新月苑,1,东栋,,\n";
    assert_eq!(take(&t, lines).await, Ok(Tally { added: 1, changed: 1, known: 0 }));
}

async fn a_number_of_a_building_is_not_given_again(t: TestApp) {
    let w = t.world();
    let complex = json!(global(w.xinyue));
    let new = async |with: Value| put(&t, w.community, "addBuilding", over(json!({ "complexId": complex, "name": "4栋" }), with)).await;
    refused(&new(json!({ "number": 3 })).await, "addBuilding", "ALREADY_EXISTS", &["number"]);
    refused(&new(json!({ "name": "3栋" })).await, "addBuilding", "ALREADY_EXISTS", &["name"]);
    refused(&new(json!({ "gridId": global(w.far_grid) })).await, "addBuilding", "MISMATCH", &["gridId"]);
    refused(&new(json!({ "gridId": global(w.xinyue) })).await, "addBuilding", "NOT_FOUND", &["gridId"]);
    let added = new(json!({ "gridId": global(w.grid1), "floors": 18 })).await.done("addBuilding")["building"].clone();
    assert_eq!(added["number"], 4);
    add(&t, vec![over(dwelling(&t, "4-101", json!({})), json!({ "buildingId": added["id"] }))]).await;
    done(&t, "endBuilding", json!({ "buildingId": added["id"], "note": "危房拆除" })).await;
    refused(&new(json!({ "number": 4 })).await, "addBuilding", "ALREADY_EXISTS", &["number"]);
    // its name is free again, and the next number follows
    assert_eq!(new(json!({})).await.done("addBuilding")["building"]["number"], 5);
    let again = put(&t, w.community, "endBuilding", json!({ "buildingId": added["id"], "note": "再拆" })).await;
    refused(&again, "endBuilding", "INVALID_STATE", &["buildingId"]);
}

async fn every_change_of_a_complex_is_made_once_under_its_key(t: TestApp) {
    let w = t.world();
    for (at, (mutation, input)) in in_turn(&t).await.into_iter().enumerate() {
        let keyed = over(input.clone(), json!({ "idempotencyKey": format!("钥{at}") }));
        let first = put(&t, w.subdistrict, mutation, keyed.clone()).await.done(mutation).clone();
        let changes = total(&t).await;
        let again = put(&t, w.subdistrict, mutation, keyed.clone()).await;
        assert_eq!(again.done(mutation), &first, "{mutation}");
        assert_eq!(total(&t).await, changes, "{mutation} twice");
        let other = ["name", "note", "because", "number", "floors", "households", "awardedBy", "floorArea"];
        let field = other.into_iter().find(|field| input[*field].is_string() && *field != "because" || input[*field].is_number());
        let Some(field) = field else { continue };
        let value = if input[field].is_number() {
            json!(7)
        } else if field == "floorArea" {
            json!("1")
        } else {
            json!("另一个")
        };
        let reused = put(&t, w.subdistrict, mutation, over(keyed, json!({ field: value }))).await;
        refused(&reused, mutation, "IDEMPOTENCY_KEY_REUSED", &["idempotencyKey"]);
    }
}

/// How many changes of records there are.
async fn total(t: &TestApp) -> Value {
    t.ask(Some(t.world().admin), "{ recordChanges { totalCount } }").await.data()["recordChanges"]["totalCount"].clone()
}

async fn a_stale_version_of_any_record_is_a_conflict_with_the_record(t: TestApp) {
    let w = t.world();
    for (mutation, input) in in_turn(&t).await {
        if mutation.starts_with("add") || mutation.starts_with("create") {
            put(&t, w.subdistrict, mutation, input).await.done(mutation);
            continue;
        }
        let before = total(&t).await;
        let stale = put(&t, w.subdistrict, mutation, over(input.clone(), json!({ "expectedVersion": 9 }))).await;
        refused(&stale, mutation, "CONFLICT", &["expectedVersion"]);
        let payload = stale.data()[mutation].as_object().expect("a payload").clone();
        let standing = payload.into_iter().find(|(name, _)| name != "userErrors").expect("a record").1;
        assert!(standing["version"].as_i64().is_some_and(|version| version < 9), "{mutation}: {standing}");
        assert_eq!(total(&t).await, before, "{mutation}");
        put(&t, w.subdistrict, mutation, over(input, json!({ "expectedVersion": standing["version"] }))).await.done(mutation);
    }
}

async fn a_complex_that_was_set_up_or_renamed_is_found_by_its_words(t: TestApp) {
    let id = new_complex(&t, json!({ "name": "御景湾" })).await["id"].clone();
    let found = async |words: &str| crate::search::find(&t, Some(t.world().community), words).await;
    assert_eq!(found("yjw").await, ["Complex 御景湾"]);
    done(&t, "updateComplex", json!({ "complexId": id, "name": "听涛里" })).await;
    assert_eq!((found("yjw").await, found("听涛").await), (vec![], vec!["Complex 听涛里".to_owned()]));
}

async fn of_many_who_set_up_the_same_complex_at_once_one_succeeds(t: TestApp) {
    let input = json!({ "areaCode": COMMUNITY, "name": "同苑", "kind": "OTHER" });
    let answers = join_all((0..8).map(|_| put(&t, t.world().community, "createComplex", input.clone()))).await;
    let made = answers.iter().filter(|answer| answer.data()["createComplex"]["complex"].is_object()).count();
    assert_eq!(made, 1);
}
