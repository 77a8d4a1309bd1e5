//! Double reports 双报到: persons and units report to where they live or are paired, claim posts 设岗定责, and record their hours.

use entity::*;
use futures_util::future::join_all;
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use crate::support::{
    TestApp,
    client::Response,
    committees::{over, owners, refused},
    global::global,
    world::day,
};

crate::tests! {
    both: [
        a_member_reports_claims_a_post_and_serves,
        what_is_offered_is_changed_by_whoever_may_report,
        a_post_is_changed_and_keeps_a_place_for_each_who_holds_it,
        a_post_that_is_changed_while_it_is_claimed_is_not_held_by_too_many,
        units_are_reported_by_whoever_answers_for_the_place,
        reports_of_persons_are_told_to_whoever_may_know,
        reports_are_found_by_what_is_offered_and_by_unit,
        nobody_reports_twice_to_one_place_for_the_same_days,
        a_secretary_answers_for_a_complex_until_the_cover_is_ended,
        a_post_is_held_by_as_many_as_it_takes,
        a_post_of_a_building_or_stairwell_is_listed_there_and_ends_with_it,
        a_post_claimed_for_days_that_are_past_is_full_where_it_was,
        a_post_is_claimed_from_where_it_is,
        whoever_leaves_holds_nothing_and_a_post_that_ends_is_held_by_nobody,
        hours_are_confirmed_by_somebody_else_and_never_changed,
        who_reports_to_several_places_counts_once_and_withdrawn_hours_not_at_all,
        a_retry_is_answered_as_at_first_and_a_stale_version_with_the_record,
        lists_of_reports_cost_the_same_however_long_they_are,
        who_is_erased_stays_in_the_count_and_nowhere_else,
    ],
}

const REPORT: &str = "doubleReport { id kind name service skills startsOn endedOn version serviceHours complex { name } partyBranch { name } area { code } }";
const POST: &str = "dutyPost { id name duties places claimed endedOn version complex { name } area { code } }";
const CLAIM: &str = "dutyClaim { id startsOn endedOn version dutyPost { name claimed } doubleReport { name } }";
const SERVICE: &str = "serviceRecord { id day hours work confirmedOn withdrawnOn withdrawnBecause version confirmer { name } }";

/// Each mutation with an input that is right in form.
pub fn inputs(t: &TestApp) -> Vec<(&'static str, Value)> {
    let w = t.world();
    let (report, post, claim) = (global(DoubleReportId(w.xinyue.0)), global(DutyPostId(w.xinyue.0)), global(DutyClaimId(w.xinyue.0)));
    let record = global(ServiceRecordId(w.xinyue.0));
    let xinyue = json!({ "complexId": global(w.xinyue) });
    vec![
        ("registerDoubleReport", json!({ "to": xinyue, "service": "矛盾调解", "skills": "法律" })),
        ("updateDoubleReport", json!({ "doubleReportId": report, "service": "义诊" })),
        ("endDoubleReport", json!({ "doubleReportId": report })),
        ("createDutyPost", json!({ "place": xinyue, "name": "楼栋长", "places": 2 })),
        ("updateDutyPost", json!({ "dutyPostId": post, "duties": "巡楼" })),
        ("endDutyPost", json!({ "dutyPostId": post })),
        ("claimDutyPost", json!({ "dutyPostId": post, "doubleReportId": report })),
        ("releaseDutyPost", json!({ "dutyClaimId": claim })),
        ("recordService", json!({ "doubleReportId": report, "hours": "1.5", "work": "走访住户" })),
        ("confirmService", json!({ "serviceRecordId": record })),
        ("withdrawService", json!({ "serviceRecordId": record, "reason": "重复录入" })),
    ]
}

/// A person's report to xinyue, a unit's, a post and somebody who is sent.
pub async fn insert_some(t: &TestApp) {
    let w = t.world();
    let row = row(t, Some(w.resident));
    t.insert([row.clone(), double_report::Model { id: t.app.clock.new_id(), person_id: None, unit_name: Some("县医院".into()), ..row }])
        .await;
    let (id, area_id, complex_id) = (t.app.clock.new_id(), w.area_community, Some(w.xinyue));
    t.insert([duty_post::Model {
        id,
        name: "楼栋长".into(),
        area_id,
        complex_id,
        duties: None,
        places: 1,
        ended_on: None,
        version: 1,
        building_id: None,
        stairwell_id: None,
    }])
    .await;
    t.insert([party_instructor::Model {
        id: t.app.clock.new_id(),
        kind: InstructorKind::Instructor,
        person_id: w.community,
        branch_id: Some(w.branch),
        firm_id: None,
        area_id,
        sent_by: "街道".into(),
        starts_on: day(2026, 1, 1),
        ended_on: None,
        version: 1,
    }])
    .await;
}

fn row(t: &TestApp, person_id: Option<PersonId>) -> double_report::Model {
    let w = t.world();
    double_report::Model {
        id: t.app.clock.new_id(),
        person_id,
        department_id: None,
        firm_id: None,
        unit_name: None,
        branch_id: None,
        complex_id: Some(w.xinyue),
        area_id: w.area_community,
        service: None,
        skills: None,
        starts_on: day(2026, 1, 1),
        ended_on: None,
        provenance: Provenance::Invented,
        version: 1,
    }
}

async fn run(t: &TestApp, who: PersonId, name: &str, with: Value, fields: &str) -> Response {
    let (_, input) = inputs(t).into_iter().find(|(known, _)| *known == name).expect("a mutation");
    t.change(Some(who), name, over(input, with), fields).await
}

/// The record that a mutation made.
async fn made(t: &TestApp, who: PersonId, name: &str, with: Value) -> Value {
    let (fields, field) = match name {
        "registerDoubleReport" | "updateDoubleReport" | "endDoubleReport" => (REPORT, "doubleReport"),
        "createDutyPost" | "updateDutyPost" | "endDutyPost" => (POST, "dutyPost"),
        "claimDutyPost" | "releaseDutyPost" => (CLAIM, "dutyClaim"),
        _ => (SERVICE, "serviceRecord"),
    };
    run(t, who, name, with, fields).await.done(name)[field].clone()
}

async fn ask(t: &TestApp, who: PersonId, document: &str) -> Value {
    t.ask(Some(who), document).await.data().clone()
}

async fn a_post_of_a_building_or_stairwell_is_listed_there_and_ends_with_it(t: TestApp) {
    let w = t.world();
    let building = global(w.building1);
    let stairwell = crate::support::homes::done(&t, "addStairwell", json!({ "buildingId": building, "number": 1 })).await["id"].clone();
    let of = |place: Value| json!({ "place": place });
    let of_building = made(&t, w.community, "createDutyPost", of(json!({ "buildingId": building }))).await;
    assert_eq!(of_building["complex"]["name"], "新月苑");
    // of the same name, but of another place
    made(&t, w.community, "createDutyPost", of(json!({ "buildingId": global(w.building2) }))).await;
    let of_stairwell = made(&t, w.community, "createDutyPost", of(json!({ "stairwellId": stairwell }))).await["id"].clone();
    made(&t, w.community, "createDutyPost", json!({})).await;
    for (place, path) in [(json!({ "buildingId": building }), &["name"][..]), (json!({ "stairwellId": stairwell }), &["name"])] {
        refused(&run(&t, w.community, "createDutyPost", of(place), "").await, "createDutyPost", "ALREADY_EXISTS", path);
    }
    let unknown = of(json!({ "stairwellId": global(StairwellId(w.xinyue.0)) }));
    refused(&run(&t, w.community, "createDutyPost", unknown, "").await, "createDutyPost", "NOT_FOUND", &["place", "stairwellId"]);
    let report = made(&t, w.resident, "registerDoubleReport", json!({})).await["id"].clone();
    made(&t, w.resident, "claimDutyPost", json!({ "dutyPostId": of_stairwell, "doubleReportId": report })).await;
    let listed = async || {
        let posts = "dutyPosts(filter: {ended: false}) { nodes { claimed building { name } stairwell { id } } }";
        let query = format!("{{ node(id: \"{building}\") {{ ... on Building {{ {posts} }} }} }}");
        ask(&t, w.resident, &query).await["node"]["dutyPosts"]["nodes"].as_array().expect("posts").clone()
    };
    let shown = |claimed: i64, stairwell: &Value| json!({ "claimed": claimed, "building": { "name": "1栋" }, "stairwell": stairwell });
    let all = listed().await;
    assert!(all.len() == 2 && all.contains(&shown(0, &Value::Null)) && all.contains(&shown(1, &json!({ "id": stairwell }))), "{all:#?}");
    let count = ask(&t, w.resident, &format!("{{ dutyPosts(filter: {{stairwellId: {{eq: {stairwell}}}}}) {{ totalCount }} }}")).await;
    assert_eq!(count["dutyPosts"]["totalCount"], 1);
    // from the day before on, so that the last day is over
    t.sql("UPDATE double_report SET starts_on = '2026-06-01'").await;
    t.sql("UPDATE duty_claim SET starts_on = '2026-06-01'").await;
    let ends = json!({ "stairwellId": stairwell, "endedOn": "2026-06-09", "note": "封了" });
    crate::support::homes::done(&t, "endStairwell", ends).await;
    assert_eq!(listed().await, [shown(0, &Value::Null)]);
    let claims = duty_claim::Entity::find().all(&t.app.db.read).await.expect("read");
    assert!(claims.iter().all(|claim| claim.ended_on == Some(day(2026, 6, 9))), "{claims:?}");
    crate::support::homes::done(&t, "endBuilding", json!({ "buildingId": building, "endedOn": "2026-06-09", "note": "拆了" })).await;
    assert!(listed().await.is_empty());
}

async fn a_member_reports_claims_a_post_and_serves(t: TestApp) {
    let w = t.world();
    let report = made(&t, w.resident, "registerDoubleReport", json!({ "startsOn": "2026-06-01" })).await;
    assert_eq!((&report["kind"], &report["name"], &report["complex"]["name"]), (&json!("PERSON"), &json!("居民甲"), &json!("新月苑")));
    assert_eq!((&report["service"], &report["area"]["code"]), (&json!("矛盾调解"), &json!("431302001009")));
    refused(&run(&t, w.resident, "registerDoubleReport", json!({}), "").await, "registerDoubleReport", "ALREADY_EXISTS", &["who"]);
    let post = made(&t, w.community, "createDutyPost", json!({})).await;
    refused(&run(&t, w.community, "createDutyPost", json!({}), "").await, "createDutyPost", "ALREADY_EXISTS", &["name"]);
    refused(&run(&t, w.resident, "createDutyPost", json!({}), "").await, "createDutyPost", "FORBIDDEN", &["place"]);
    let claim = made(&t, w.resident, "claimDutyPost", json!({ "dutyPostId": post["id"], "doubleReportId": report["id"] })).await;
    assert_eq!(claim["dutyPost"], json!({ "name": "楼栋长", "claimed": 1 }));
    let of = json!({ "doubleReportId": report["id"] });
    let record = made(&t, w.resident, "recordService", over(of.clone(), json!({ "day": "2026-06-08" }))).await;
    assert_eq!((&record["hours"], &record["day"], &record["confirmedOn"]), (&json!("1.50"), &json!("2026-06-08"), &Value::Null));
    // the secretary of the branch that covers the complex confirms
    made(&t, w.secretary, "confirmService", json!({ "serviceRecordId": record["id"] })).await;
    made(&t, w.community, "recordService", over(of, json!({ "hours": "2.25" }))).await;
    let document = format!(
        "{{ doubleReports(filter: {{dutyPostId: {{eq: {}}}, kind: PERSON}}) {{ totalCount nodes {{ serviceHours claims {{ nodes {{ dutyPost {{ name }} }} }}
            serviceRecords {{ totalCount }} changes {{ totalCount }} }} }} complexes(filter: {{name: {{eq: \"新月苑\"}}}}) {{ nodes {{
            doubleReportCount before: doubleReportCount(on: \"2026-05-31\") }} }} }}",
        post["id"]
    );
    let seen = ask(&t, w.community, &document).await;
    let node = &seen["doubleReports"]["nodes"][0];
    // what nobody has confirmed does not count
    assert_eq!((&node["serviceHours"], &node["serviceRecords"]["totalCount"]), (&json!("1.50"), &json!(2)));
    assert_eq!((&node["claims"]["nodes"][0]["dutyPost"]["name"], &node["changes"]["totalCount"]), (&json!("楼栋长"), &json!(1)));
    assert_eq!(seen["complexes"]["nodes"][0], json!({ "doubleReportCount": 1, "before": 0 }));
    assert_eq!(ask(&t, w.resident, &document).await["complexes"]["nodes"][0]["doubleReportCount"], Value::Null);
}

async fn what_is_offered_is_changed_by_whoever_may_report(t: TestApp) {
    let w = t.world();
    let id = made(&t, w.resident, "registerDoubleReport", json!({})).await["id"].clone();
    let of = |with: Value| over(json!({ "doubleReportId": id }), with);
    let mine = made(&t, w.resident, "updateDoubleReport", of(json!({ "skills": null }))).await;
    assert_eq!((&mine["service"], &mine["skills"], &mine["version"]), (&json!("义诊"), &Value::Null, &json!(2)));
    let theirs = json!({ "service": null, "skills": "外语", "expectedVersion": 2 });
    let theirs = made(&t, w.secretary, "updateDoubleReport", of(theirs)).await;
    assert_eq!((&theirs["service"], &theirs["skills"], &theirs["version"]), (&Value::Null, &json!("外语"), &json!(3)));
    // what is as it was leaves no trace
    assert_eq!(made(&t, w.community, "updateDoubleReport", of(json!({ "service": " " }))).await["version"], 3);
    let bad = async |who, with: Value, code: &str, path: &str| {
        refused(&run(&t, who, "updateDoubleReport", of(with), "").await, "updateDoubleReport", code, &[path]);
    };
    for who in [w.resident2, w.grid_worker, w.other_community, w.analyst] {
        bad(who, json!({}), "NOT_FOUND", "doubleReportId").await;
    }
    bad(w.auditor, json!({}), "FORBIDDEN", "doubleReportId").await;
    bad(w.resident, json!({ "skills": "长".repeat(4001) }), "TOO_LONG", "skills").await;
    let changes =
        format!("{{ node(id: {id}) {{ ... on DoubleReport {{ changes {{ nodes {{ kind fields {{ name from to hidden }} }} }} }} }} }}");
    let changes = ask(&t, w.community, &changes).await["node"]["changes"]["nodes"].clone();
    let hidden = |name: &str| json!({ "name": name, "from": null, "to": null, "hidden": true });
    assert_eq!(changes[0], json!({ "kind": "CHANGED", "fields": [hidden("service"), hidden("skills")] }));
    assert_eq!(changes.as_array().map(Vec::len), Some(3));
    made(&t, w.resident, "endDoubleReport", of(json!({}))).await;
    bad(w.resident, json!({}), "INVALID_STATE", "doubleReportId").await;
    // nor is anything said anew of somebody who was erased
    let gone = &neighbours(&t, 1).await[0];
    let erase = json!({ "personId": global(gone.0), "reason": "本人申请" });
    t.change(Some(w.admin), "erasePerson", erase, "person { name }").await.done("erasePerson");
    bad(w.community, json!({ "doubleReportId": gone.1 }), "INVALID_STATE", "doubleReportId").await;
}

async fn a_post_is_changed_and_keeps_a_place_for_each_who_holds_it(t: TestApp) {
    let w = t.world();
    let people = neighbours(&t, 3).await;
    let post = made(&t, w.community, "createDutyPost", json!({})).await["id"].clone();
    made(&t, w.community, "createDutyPost", json!({ "name": "单元长" })).await;
    let of = |with: Value| over(json!({ "dutyPostId": post, "duties": "巡楼" }), with);
    let changed = made(&t, w.community, "updateDutyPost", of(json!({ "name": "楼长", "places": 3, "expectedVersion": 1 }))).await;
    assert_eq!((&changed["name"], &changed["duties"], &changed["places"]), (&json!("楼长"), &json!("巡楼"), &json!(3)));
    assert_eq!(made(&t, w.district, "updateDutyPost", of(json!({}))).await["version"], 2, "as it was");
    let bad = async |who, with: Value, code: &str, path: &str| {
        let answer = run(&t, who, "updateDutyPost", of(with), "").await;
        refused(&answer, "updateDutyPost", code, &[path]);
        answer.data()["updateDutyPost"]["userErrors"][0]["message"].to_string()
    };
    for who in [w.resident, w.secretary, w.other_community, w.department, w.analyst, w.auditor] {
        bad(who, json!({}), "FORBIDDEN", "dutyPostId").await;
    }
    bad(w.community, json!({ "name": "单元长" }), "ALREADY_EXISTS", "name").await;
    bad(w.community, json!({ "name": " " }), "REQUIRED", "name").await;
    bad(w.community, json!({ "places": 0 }), "OUT_OF_RANGE", "places").await;
    bad(w.community, json!({ "places": 1001 }), "OUT_OF_RANGE", "places").await;
    let mut claims = Vec::new();
    for (who, report) in &people {
        claims.push(made(&t, *who, "claimDutyPost", json!({ "dutyPostId": post, "doubleReportId": report })).await["id"].clone());
    }
    assert!(bad(w.community, json!({ "places": 2 }), "INVALID_STATE", "places").await.contains('3'));
    // on the last day of a claim its place is free for whoever takes over
    made(&t, w.community, "releaseDutyPost", json!({ "dutyClaimId": claims[0] })).await;
    bad(w.community, json!({ "places": 1 }), "INVALID_STATE", "places").await;
    let fewer = made(&t, w.community, "updateDutyPost", of(json!({ "places": 2, "duties": null }))).await;
    assert_eq!((&fewer["places"], &fewer["duties"], &fewer["version"]), (&json!(2), &Value::Null, &json!(3)));
    made(&t, w.community, "endDutyPost", json!({ "dutyPostId": post })).await;
    bad(w.community, json!({ "places": 9 }), "INVALID_STATE", "dutyPostId").await;
}

async fn a_post_that_is_changed_while_it_is_claimed_is_not_held_by_too_many(t: TestApp) {
    let w = t.world();
    let people = neighbours(&t, 3).await;
    let post = made(&t, w.community, "createDutyPost", json!({ "places": 3 })).await["id"].clone();
    let claims =
        people.iter().map(|(who, report)| run(&t, *who, "claimDutyPost", json!({ "dutyPostId": post, "doubleReportId": report }), CLAIM));
    let fewer = run(&t, w.community, "updateDutyPost", json!({ "dutyPostId": post, "places": 1 }), POST);
    tokio::join!(join_all(claims), fewer);
    let seen = ask(&t, w.community, &format!("{{ node(id: {post}) {{ ... on DutyPost {{ places claimed }} }} }}")).await["node"].clone();
    assert!(seen["claimed"].as_i64() <= seen["places"].as_i64(), "{seen}");
}

async fn units_are_reported_by_whoever_answers_for_the_place(t: TestApp) {
    let w = t.world();
    let department = json!({ "who": { "departmentId": global(w.dep_urban) }, "to": { "areaCode": "431302001009" } });
    let firm = json!({ "who": { "firmId": global(w.firm_a) }, "to": { "partyBranchId": global(w.branch) } });
    let other = json!({ "who": { "unitName": "县医院" } });
    for who in [w.resident, w.grid_worker, w.department, w.firm, w.other_community, w.analyst, w.auditor, w.nobody] {
        for with in [&department, &firm, &other] {
            refused(&run(&t, who, "registerDoubleReport", with.clone(), "").await, "registerDoubleReport", "FORBIDDEN", &["to"]);
        }
        let another = json!({ "who": { "personId": global(w.resident2) } });
        refused(&run(&t, who, "registerDoubleReport", another, "").await, "registerDoubleReport", "FORBIDDEN", &["to"]);
    }
    let one = made(&t, w.community, "registerDoubleReport", department.clone()).await;
    assert_eq!((&one["kind"], &one["name"], &one["complex"]), (&json!("UNIT"), &json!("区城管局"), &Value::Null));
    let two = made(&t, w.secretary, "registerDoubleReport", firm).await;
    assert_eq!((&two["name"], &two["partyBranch"]["name"]), (&json!("甲物业"), &json!("新月苑党支部")));
    assert_eq!(made(&t, w.secretary, "registerDoubleReport", other).await["name"], "县医院");
    let bad = async |with: Value, code: &str, path: &[&str]| {
        refused(&run(&t, w.district, "registerDoubleReport", with, "").await, "registerDoubleReport", code, path);
    };
    bad(department, "ALREADY_EXISTS", &["who"]).await;
    bad(json!({ "who": { "unitName": "县医院" }, "to": { "areaCode": "431302001000" } }), "MISMATCH", &["to", "areaCode"]).await;
    bad(json!({ "who": { "departmentId": global(w.firm_a) } }), "NOT_FOUND", &["who", "departmentId"]).await;
    bad(json!({ "who": { "personId": global(w.nobody) } }), "NOT_FOUND", &["who", "personId"]).await;
    // everybody who is signed in sees units
    let seen = ask(&t, w.far_resident, "{ doubleReports(filter: {kind: UNIT, area: \"431302001009\"}) { nodes { name } } }").await;
    assert_eq!(seen["doubleReports"]["nodes"].as_array().map(Vec::len), Some(3));
}

async fn reports_are_found_by_what_is_offered_and_by_unit(t: TestApp) {
    let w = t.world();
    let texts = |service: &str, skills: &str| (Some(service.to_owned()), Some(skills.to_owned()));
    let mut rows = [row(&t, Some(w.resident)), row(&t, None), row(&t, None)];
    (rows[0].service, rows[0].skills) = texts("义诊", "内科");
    (rows[1].service, rows[1].skills, rows[1].department_id) = (Some("普法".into()), None, Some(w.dep_fire));
    rows[2].firm_id = Some(w.firm_a);
    t.insert(rows).await;
    for (filter, officer, neighbour) in [
        ("service: {contains: \"义\"}".to_owned(), 1, 0),
        ("skills: {eq: \"内科\"}".to_owned(), 1, 0),
        ("service: {in: [\"义诊\", \"普法\"]}".to_owned(), 2, 1),
        (format!("departmentId: {{eq: \"{}\"}}", global(w.dep_fire)), 1, 1),
        (format!("firmId: {{eq: \"{}\"}}", global(w.firm_a)), 1, 1),
    ] {
        let query = format!("{{ doubleReports(filter: {{{filter}}}) {{ totalCount }} }}");
        let found = [ask(&t, w.community, &query).await, ask(&t, w.resident2, &query).await];
        assert_eq!(found.map(|found| found["doubleReports"]["totalCount"].as_i64()), [Some(officer), Some(neighbour)], "{filter}");
    }
}

async fn reports_of_persons_are_told_to_whoever_may_know(t: TestApp) {
    let w = t.world();
    let report = made(&t, w.resident, "registerDoubleReport", json!({})).await;
    let count = async |who| ask(&t, who, "{ doubleReports { nodes { name } } }").await["doubleReports"]["nodes"].clone();
    for who in [w.resident, w.secretary, w.community, w.subdistrict, w.district, w.admin] {
        assert_eq!(count(who).await, json!([{ "name": "居民甲" }]), "{who:?}");
    }
    assert_eq!(count(w.auditor).await, json!([{ "name": "居**" }]));
    for who in [w.resident2, w.grid_worker, w.department, w.firm, w.other_community, w.far_subdistrict, w.analyst, w.nobody] {
        assert_eq!(count(who).await, json!([]), "{who:?}");
        refused(
            &run(&t, who, "endDoubleReport", json!({ "doubleReportId": report["id"] }), "").await,
            "endDoubleReport",
            "NOT_FOUND",
            &["doubleReportId"],
        );
    }
    let changes = "{ recordChanges { nodes { fields { name to hidden } } } }";
    let seen = ask(&t, w.grid_worker, changes).await.to_string() + &ask(&t, w.community, changes).await.to_string();
    assert!(!seen.contains("矛盾调解") && !seen.contains(&w.resident.0.to_string()), "{seen}");
    // an auditor who is an officer elsewhere knows the people there, and no others
    let post = |area: AreaId| post::Model {
        id: t.app.clock.new_id(),
        person_id: w.auditor,
        role: PostRole::CommunityOfficer,
        unit_id: area.into(),
        area_id: area,
        starts_on: day(2026, 1, 1),
        ends_on: None,
        version: 1,
    };
    t.insert([post(w.area_other_community)]).await;
    assert_eq!(count(w.auditor).await, json!([{ "name": "居**" }]));
    t.insert([post(w.area_community)]).await;
    assert_eq!(count(w.auditor).await, json!([{ "name": "居民甲" }]));
}

async fn nobody_reports_twice_to_one_place_for_the_same_days(t: TestApp) {
    let w = t.world();
    let since = |day: &str| json!({ "startsOn": day });
    let again = async |day: &str| {
        refused(&run(&t, w.resident, "registerDoubleReport", since(day), "").await, "registerDoubleReport", "ALREADY_EXISTS", &["who"]);
    };
    let report = made(&t, w.resident, "registerDoubleReport", since("2025-06-01")).await["id"].clone();
    for day in ["2025-01-01", "2025-06-01", "2026-06-10"] {
        again(day).await;
    }
    made(&t, w.resident, "endDoubleReport", json!({ "doubleReportId": report, "endsOn": "2025-12-31" })).await;
    for day in ["2025-01-01", "2025-12-31"] {
        again(day).await;
    }
    made(&t, w.resident, "registerDoubleReport", since("2026-01-01")).await;
}

async fn a_secretary_answers_for_a_complex_until_the_cover_is_ended(t: TestApp) {
    let w = t.world();
    let unit = |name: &str| json!({ "who": { "unitName": name } });
    made(&t, w.secretary, "registerDoubleReport", unit("县医院")).await;
    let document = format!(
        "{{ node(id: \"{}\") {{ ... on PartyBranch {{ covers {{ nodes {{ id }} }} complexes {{ totalCount }} }} }} }}",
        global(w.branch)
    );
    let cover = ask(&t, w.community, &document).await["node"]["covers"]["nodes"][0]["id"].clone();
    let ended = t.change(Some(w.community), "endPartyCover", json!({ "partyCoverId": cover }), "partyCover { endedOn }").await;
    assert_eq!(ended.done("endPartyCover")["partyCover"]["endedOn"], "2026-06-10");
    // today is its last day, and the right has ended
    assert_eq!(ask(&t, w.community, &document).await["node"]["complexes"]["totalCount"], 1);
    refused(&run(&t, w.secretary, "registerDoubleReport", unit("县中学"), "").await, "registerDoubleReport", "FORBIDDEN", &["to"]);
    made(&t, w.community, "registerDoubleReport", unit("县中学")).await;
}

/// So many neighbours who have reported to xinyue, each with the report.
async fn neighbours(t: &TestApp, count: usize) -> Vec<(PersonId, Value)> {
    let mut all = Vec::new();
    for person in owners(t, count).await {
        let row = row(t, Some(person));
        let id = json!(global(row.id));
        t.insert([row]).await;
        all.push((person, id));
    }
    all
}

async fn a_post_is_held_by_as_many_as_it_takes(t: TestApp) {
    let w = t.world();
    let people = neighbours(&t, 6).await;
    let post = made(&t, w.community, "createDutyPost", json!({})).await["id"].clone();
    let claims =
        people.iter().map(|(who, report)| run(&t, *who, "claimDutyPost", json!({ "dutyPostId": post, "doubleReportId": report }), CLAIM));
    let answers = join_all(claims).await;
    let held: Vec<_> = answers.iter().filter(|answer| answer.data()["claimDutyPost"]["dutyClaim"].is_object()).collect();
    assert_eq!(held.len(), 2);
    for answer in answers.iter().filter(|answer| answer.data()["claimDutyPost"]["dutyClaim"].is_null()) {
        refused(answer, "claimDutyPost", "INVALID_STATE", &["dutyPostId"]);
    }
    let claim = &held[0].data()["claimDutyPost"]["dutyClaim"]["id"];
    let free = async || ask(&t, w.resident, "{ dutyPosts(filter: {free: true}) { totalCount } }").await["dutyPosts"]["totalCount"].clone();
    assert_eq!(free().await, 0);
    let released = made(&t, w.community, "releaseDutyPost", json!({ "dutyClaimId": claim })).await;
    assert_eq!((&released["endedOn"], free().await), (&json!("2026-06-10"), json!(1)));
    let without =
        people.iter().zip(&answers).find(|(_, answer)| answer.data()["claimDutyPost"]["dutyClaim"].is_null()).expect("one without");
    let again = json!({ "dutyPostId": post, "doubleReportId": without.0.1 });
    made(&t, without.0.0, "claimDutyPost", again.clone()).await;
    refused(&run(&t, without.0.0, "claimDutyPost", again, "").await, "claimDutyPost", "ALREADY_EXISTS", &["doubleReportId"]);
    assert_eq!(free().await, 0);
}

async fn a_post_claimed_for_days_that_are_past_is_full_where_it_was(t: TestApp) {
    let w = t.world();
    let people = neighbours(&t, 3).await;
    let claim = |post: &Value, at: usize, from: &str| json!({ "dutyPostId": post, "doubleReportId": people[at].1, "startsOn": from });
    let bad = async |with: Value, code: &str, path: &str| {
        refused(&run(&t, w.community, "claimDutyPost", with, "").await, "claimDutyPost", code, &[path]);
    };
    let hold = async |post: &Value, at: usize, from: &str, to: &str| {
        let held = made(&t, people[at].0, "claimDutyPost", claim(post, at, from)).await["id"].clone();
        made(&t, people[at].0, "releaseDutyPost", json!({ "dutyClaimId": held, "endsOn": to })).await;
    };
    let one = made(&t, w.community, "createDutyPost", json!({ "places": 1 })).await["id"].clone();
    hold(&one, 0, "2026-03-01", "2026-05-31").await;
    // from before it was claimed, and from when it was
    for from in ["2026-02-01", "2026-03-01", "2026-05-30"] {
        bad(claim(&one, 1, from), "INVALID_STATE", "dutyPostId").await;
        bad(claim(&one, 0, from), "ALREADY_EXISTS", "doubleReportId").await;
    }
    // taken over on the last day
    made(&t, people[1].0, "claimDutyPost", claim(&one, 1, "2026-05-31")).await;
    bad(claim(&one, 2, "2026-06-10"), "INVALID_STATE", "dutyPostId").await;
    // two who came one after the other took one of two places
    let two = made(&t, w.community, "createDutyPost", json!({ "name": "单元长", "places": 2 })).await["id"].clone();
    hold(&two, 0, "2026-01-05", "2026-02-01").await;
    hold(&two, 1, "2026-03-01", "2026-04-01").await;
    made(&t, people[2].0, "claimDutyPost", claim(&two, 2, "2026-01-05")).await;
}

async fn a_post_is_claimed_from_where_it_is(t: TestApp) {
    let w = t.world();
    let far = json!({ "who": { "unitName": "县医院" }, "to": { "complexId": global(w.far) } });
    let far = made(&t, w.district, "registerDoubleReport", far).await["id"].clone();
    let branch = json!({ "who": { "unitName": "县医院" }, "to": { "partyBranchId": global(w.branch) } });
    let branch = made(&t, w.district, "registerDoubleReport", branch).await["id"].clone();
    let post = made(&t, w.community, "createDutyPost", json!({})).await["id"].clone();
    let wide = json!({ "place": { "areaCode": "431302000000" }, "name": "宣讲员" });
    refused(&run(&t, w.community, "createDutyPost", wide.clone(), "").await, "createDutyPost", "FORBIDDEN", &["place"]);
    let wide = made(&t, w.district, "createDutyPost", wide).await["id"].clone();
    let claim = async |post: &Value, report: &Value| {
        run(&t, w.district, "claimDutyPost", json!({ "dutyPostId": post, "doubleReportId": report }), CLAIM).await
    };
    refused(&claim(&post, &far).await, "claimDutyPost", "MISMATCH", &["dutyPostId"]);
    // whoever has reported to the branch that covers the complex
    claim(&post, &branch).await.done("claimDutyPost");
    claim(&wide, &far).await.done("claimDutyPost");
    let bad = json!({ "places": 0, "name": "单元长" });
    refused(&run(&t, w.community, "createDutyPost", bad, "").await, "createDutyPost", "OUT_OF_RANGE", &["places"]);
}

async fn whoever_leaves_holds_nothing_and_a_post_that_ends_is_held_by_nobody(t: TestApp) {
    let w = t.world();
    let people = neighbours(&t, 2).await;
    let post = made(&t, w.community, "createDutyPost", json!({})).await["id"].clone();
    let claim = |at: usize| json!({ "dutyPostId": post, "doubleReportId": people[at].1 });
    let one = made(&t, people[0].0, "claimDutyPost", claim(0)).await["id"].clone();
    let two = made(&t, people[1].0, "claimDutyPost", claim(1)).await["id"].clone();
    let left = made(&t, people[0].0, "endDoubleReport", json!({ "doubleReportId": people[0].1 })).await;
    assert_eq!((&left["endedOn"], &left["version"]), (&json!("2026-06-10"), &json!(2)));
    let ended = async |claim: &Value| {
        let document = format!("{{ node(id: {claim}) {{ ... on DutyClaim {{ endedOn changes {{ totalCount }} }} }} }}");
        ask(&t, w.community, &document).await["node"].clone()
    };
    assert_eq!(ended(&one).await, json!({ "endedOn": "2026-06-10", "changes": { "totalCount": 2 } }));
    assert_eq!(ended(&two).await["endedOn"], Value::Null);
    made(&t, w.community, "endDutyPost", json!({ "dutyPostId": post })).await;
    assert_eq!(ended(&two).await["endedOn"], "2026-06-10");
    refused(&run(&t, people[1].0, "claimDutyPost", claim(1), "").await, "claimDutyPost", "INVALID_STATE", &["dutyPostId"]);
    refused(&run(&t, people[0].0, "claimDutyPost", claim(0), "").await, "claimDutyPost", "INVALID_STATE", &["doubleReportId"]);
}

async fn hours_are_confirmed_by_somebody_else_and_never_changed(t: TestApp) {
    let w = t.world();
    let report = made(&t, w.resident, "registerDoubleReport", json!({ "startsOn": "2026-06-01" })).await["id"].clone();
    let of = |more: Value| over(json!({ "doubleReportId": report }), more);
    let bad = async |more: Value, code: &str, path: &str| {
        refused(&run(&t, w.resident, "recordService", of(more), "").await, "recordService", code, &[path]);
    };
    bad(json!({ "hours": "0.00" }), "OUT_OF_RANGE", "hours").await;
    bad(json!({ "hours": "24.01" }), "OUT_OF_RANGE", "hours").await;
    bad(json!({ "day": "2026-05-31" }), "OUT_OF_RANGE", "day").await;
    bad(json!({ "day": "2026-06-11" }), "OUT_OF_RANGE", "day").await;
    let one = json!({ "serviceRecordId": made(&t, w.resident, "recordService", of(json!({ "hours": "20" }))).await["id"] });
    // a day has 24 hours
    bad(json!({ "hours": "4.01" }), "OUT_OF_RANGE", "hours").await;
    let two = json!({ "serviceRecordId": made(&t, w.resident, "recordService", of(json!({ "hours": "4" }))).await["id"] });
    refused(&run(&t, w.resident, "confirmService", one.clone(), "").await, "confirmService", "FORBIDDEN", &["serviceRecordId"]);
    refused(&run(&t, w.resident2, "confirmService", one.clone(), "").await, "confirmService", "NOT_FOUND", &["serviceRecordId"]);
    let confirmed = made(&t, w.community, "confirmService", one.clone()).await;
    assert_eq!((&confirmed["confirmedOn"], &confirmed["confirmer"]["name"]), (&json!("2026-06-10"), &json!("社区甲")));
    refused(&run(&t, w.community, "confirmService", one.clone(), "").await, "confirmService", "INVALID_STATE", &["serviceRecordId"]);
    // the member takes back what nobody has confirmed, the officer anything, and it stays to be read
    refused(&run(&t, w.resident, "withdrawService", one.clone(), "").await, "withdrawService", "FORBIDDEN", &["serviceRecordId"]);
    made(&t, w.resident, "withdrawService", two.clone()).await;
    refused(&run(&t, w.community, "confirmService", two, "").await, "confirmService", "INVALID_STATE", &["serviceRecordId"]);
    let hours = async || {
        ask(&t, w.community, "{ doubleReports { nodes { serviceHours } } }").await["doubleReports"]["nodes"][0]["serviceHours"].clone()
    };
    assert_eq!(hours().await, "20.00");
    // the numbers are no secret
    let totals = async |area: &str, on: &str| {
        let query = format!("{{ doubleReportTotals(area: \"{area}\", on: \"{on}\") {{ persons units hours asOf }} }}");
        t.ask(None, &query).await.data()["doubleReportTotals"].clone()
    };
    t.insert([double_report::Model { firm_id: Some(w.firm_a), ..row(&t, None) }]).await;
    let come_to = |persons: u8, units: u8, hours: &str, on: &str| json!({ "persons": persons, "units": units, "hours": hours, "asOf": on });
    assert_eq!(totals("431302000000", "2026-06-10").await, come_to(1, 1, "20.00", "2026-06-10"));
    assert_eq!(totals("431302000000", "2025-12-31").await, come_to(0, 0, "0.00", "2025-12-31"));
    assert_eq!(totals("431302002000", "2026-06-10").await, come_to(0, 0, "0.00", "2026-06-10"));
    let gone = made(&t, w.community, "withdrawService", one.clone()).await;
    assert_eq!(
        (&gone["withdrawnOn"], &gone["withdrawnBecause"], &gone["hours"]),
        (&json!("2026-06-10"), &json!("重复录入"), &json!("20.00"))
    );
    refused(&run(&t, w.community, "withdrawService", one, "").await, "withdrawService", "INVALID_STATE", &["serviceRecordId"]);
    assert_eq!(hours().await, "0.00");
}

async fn who_reports_to_several_places_counts_once_and_withdrawn_hours_not_at_all(t: TestApp) {
    let w = t.world();
    let of_person = row(&t, Some(w.resident));
    let report = global(of_person.id);
    let all = [
        of_person,
        double_report::Model { department_id: Some(w.dep_fire), ..row(&t, None) },
        double_report::Model { firm_id: Some(w.firm_a), ..row(&t, None) },
        double_report::Model { unit_name: Some("县医院".into()), ..row(&t, None) },
    ];
    let to_branch = |row: &double_report::Model| {
        let id = t.app.clock.new_id();
        double_report::Model { id, complex_id: None, branch_id: Some(w.branch), ..row.clone() }
    };
    t.insert(all.each_ref().map(to_branch)).await;
    t.insert(all).await;
    let mut records = Vec::new();
    for hours in ["2", "3.5"] {
        let record = made(&t, w.resident, "recordService", json!({ "doubleReportId": report, "hours": hours })).await;
        let record = json!({ "serviceRecordId": record["id"] });
        made(&t, w.community, "confirmService", record.clone()).await;
        records.push(record);
    }
    let totals = async || {
        let query = r#"{ doubleReportTotals(area: "431302000000") { persons units hours } }"#;
        t.ask(None, query).await.data()["doubleReportTotals"].clone()
    };
    assert_eq!(totals().await, json!({ "persons": 1, "units": 3, "hours": "5.50" }));
    made(&t, w.community, "withdrawService", records.swap_remove(0)).await;
    assert_eq!(totals().await, json!({ "persons": 1, "units": 3, "hours": "3.50" }));
}

async fn a_retry_is_answered_as_at_first_and_a_stale_version_with_the_record(t: TestApp) {
    let w = t.world();
    let mut known = json!({});
    for (name, field, of, other) in [
        ("registerDoubleReport", "doubleReport", &[][..], json!({ "service": "巡逻" })),
        ("updateDoubleReport", "doubleReport", &["doubleReport"], json!({ "skills": "外语" })),
        ("createDutyPost", "dutyPost", &[], json!({ "places": 3 })),
        ("updateDutyPost", "dutyPost", &["dutyPost"], json!({ "places": 4 })),
        ("claimDutyPost", "dutyClaim", &["dutyPost", "doubleReport"], json!({ "startsOn": "2026-06-09" })),
        ("recordService", "serviceRecord", &["doubleReport"], json!({ "hours": "3" })),
        ("confirmService", "serviceRecord", &["serviceRecord"], json!({ "expectedVersion": 1 })),
        ("withdrawService", "serviceRecord", &["serviceRecord"], json!({ "reason": "误录" })),
        ("releaseDutyPost", "dutyClaim", &["dutyClaim"], json!({ "endsOn": "2026-06-09" })),
        ("endDutyPost", "dutyPost", &["dutyPost"], json!({ "endsOn": "2026-06-09" })),
        ("endDoubleReport", "doubleReport", &["doubleReport"], json!({ "endsOn": "2026-06-09" })),
    ] {
        let who = w.community;
        let mut with = json!({ "idempotencyKey": name });
        if name == "registerDoubleReport" {
            with["who"] = json!({ "unitName": "县医院" });
        }
        for record in of {
            with[format!("{record}Id")] = known[record].clone();
        }
        if of == [field] {
            let stale = run(&t, who, name, over(with.clone(), json!({ "expectedVersion": 9 })), &format!("{field} {{ id }}")).await;
            refused(&stale, name, "CONFLICT", &["expectedVersion"]);
            assert_eq!(stale.data()[name][field]["id"], known[field], "{name}");
        }
        let first = made(&t, who, name, with.clone()).await;
        assert_eq!(made(&t, who, name, with.clone()).await, first, "{name}");
        refused(&run(&t, who, name, over(with, other), "").await, name, "IDEMPOTENCY_KEY_REUSED", &["idempotencyKey"]);
        known[field] = first["id"].clone();
    }
}

async fn lists_of_reports_cost_the_same_however_long_they_are(t: TestApp) {
    let w = t.world();
    let people = neighbours(&t, 20).await;
    let post = made(&t, w.community, "createDutyPost", json!({ "places": 30 })).await["id"].clone();
    for (who, report) in &people {
        made(&t, *who, "claimDutyPost", json!({ "dutyPostId": post, "doubleReportId": report })).await;
        made(&t, *who, "recordService", json!({ "doubleReportId": report })).await;
    }
    let document = "query($n: Int!) { doubleReports(first: $n) { totalCount nodes { name serviceHours person { name } department { name } firm { name }
        partyBranch { name } complex { name doubleReportCount } area { name } changes { nodes { kind } }
        claims { nodes { dutyPost { name claimed complex { name } area { name } } } }
        serviceRecords { nodes { hours recorder { name } confirmer { name } } } } } }";
    let mut costs = Vec::new();
    for n in [1, 5, 20] {
        let token = t.token(w.district);
        let mark = t.statements.count();
        let answer = t.gql(Some(&token), document, json!({ "n": n })).await;
        let statements = t.statements.since(mark);
        let nodes = answer.data()["doubleReports"]["nodes"].as_array().expect("nodes").clone();
        assert_eq!(nodes.len(), n);
        assert!(nodes.iter().all(|node| node["claims"]["nodes"][0]["dutyPost"]["claimed"] == 20 && node["name"].is_string()));
        costs.push(statements.len());
    }
    assert!(costs[0] <= 24 && costs.iter().all(|cost| *cost == costs[0]), "{costs:?}");
}

async fn who_is_erased_stays_in_the_count_and_nowhere_else(t: TestApp) {
    let w = t.world();
    let report = made(&t, w.resident, "registerDoubleReport", json!({})).await["id"].clone();
    made(&t, w.resident, "recordService", json!({ "doubleReportId": report })).await;
    let erase = json!({ "personId": global(w.resident), "reason": "本人申请" });
    t.change(Some(w.admin), "erasePerson", erase, "person { name }").await.done("erasePerson");
    let document = "{ doubleReports { nodes { name service skills serviceRecords { nodes { work hours } } } } }";
    let node = ask(&t, w.community, document).await["doubleReports"]["nodes"][0].clone();
    let record = json!({ "work": "已删除", "hours": "1.50" });
    assert_eq!(node, json!({ "name": "已删除", "service": null, "skills": null, "serviceRecords": { "nodes": [record] } }));
}
