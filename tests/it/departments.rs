//! Departments 职能部门, the catalogue of matters, pairings 结对联系 and governing documents 制度文件.

use std::sync::Arc;

use chuishao::{
    app::App,
    department::import,
    sheet::{self, Bad, Column, Line, Lines, Refused, Tally, Told},
};
use entity::{CaseCategory, MatterId, PersonId, PostRole, post};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use crate::support::{
    TestApp,
    ask::report,
    client::Response,
    committees::{over, refused, text},
    global::global,
    world::day,
};

crate::tests! {
    both: [
        a_department_is_set_up_renamed_and_ended,
        a_department_that_answers_for_a_matter_does_not_end,
        a_department_with_open_cases_does_not_end_and_its_posts_and_pairings_end_with_it,
        a_department_that_has_come_or_declined_ends_when_it_is_done_or_let_off,
        a_violation_rests_on_a_law,
        who_answers_for_a_matter_is_said_anew_and_kept,
        cases_that_have_an_ended_matter_keep_it_and_no_other_takes_it,
        a_department_that_is_no_more_is_not_found_for_a_matter_of_before,
        departments_and_leaders_are_paired_and_found_from_both_ends,
        the_same_two_are_paired_once_at_a_time,
        a_document_is_published_version_by_version,
        a_draft_is_there_for_the_officials_of_the_area_only,
        a_withdrawn_document_holds_no_longer_and_stays_to_be_read,
        documents_are_found_by_what_they_say_on_a_day,
        the_district_keeps_departments_matters_and_pairings,
        a_stale_version_of_a_matter_is_answered_with_it_and_a_retry_with_the_first_result,
        departments_and_their_matters_move_in_by_tables,
        what_a_table_leaves_empty_of_a_matter_stays_as_it_is,
        what_ends_on_a_day_to_come_ends_no_later,
        a_post_and_a_pairing_last_no_longer_than_the_department,
        posts_that_are_not_official_show_no_drafts_and_no_changes,
        lists_below_departments_cost_the_same_however_many_there_are,
    ],
}

const DISTRICT: &str = "431302000000";
const COMMUNITY: &str = "431302001009";
const MATTER: &str = "matter { id code name category legalBasis endedOn version leadDepartment { name } assistingDepartments { name } }";
const PAIRING: &str = "pairing { id kind duty startsOn endsOn version department { name } person { name } area { code } complex { name } }";
const DOCUMENT: &str = "document { id title kind draft publishedAt endedOn version currentVersion { number documentNumber text } }";

/// Each mutation of departments, matters, pairings and documents, with an input that is well formed.
pub fn changes(t: &TestApp) -> Vec<(&'static str, Value)> {
    let w = t.world();
    let (department, matter) = (global(w.dep_fire), global(w.matter_parking));
    let (pairing, document) = (format!("pairing_{}", "0".repeat(32)), format!("document_{}", "0".repeat(32)));
    vec![
        ("createDepartment", json!({ "district": DISTRICT, "name": "区水利局" })),
        ("updateDepartment", json!({ "departmentId": department, "name": "区水利局" })),
        ("endDepartment", json!({ "departmentId": department, "reason": "机构改革" })),
        ("createMatter", json!({ "district": DISTRICT, "code": "009", "name": "高空抛物", "category": "HAZARD" })),
        ("updateMatter", json!({ "matterId": matter, "name": "违停" , "legalBasis": "《道路交通安全法》" })),
        ("assignMatter", json!({ "matterId": matter, "departmentIds": [], "leadId": department })),
        ("endMatter", json!({ "matterId": matter, "reason": "取消" })),
        ("pair", json!({ "who": { "departmentId": department }, "place": { "community": COMMUNITY } })),
        ("endPairing", json!({ "pairingId": pairing })),
        ("draftDocument", json!({ "area": COMMUNITY, "kind": "RULES", "title": "细则", "text": "# 总则" })),
        ("updateDocumentDraft", json!({ "documentId": document, "text": "# 总则" })),
        ("publishDocumentVersion", json!({ "documentId": document })),
        ("withdrawDocument", json!({ "documentId": document, "reason": "废止" })),
    ]
}

async fn by_district(t: &TestApp, name: &str, input: Value, selection: &str) -> Response {
    t.change(Some(t.world().district), name, input, selection).await
}

async fn node(t: &TestApp, who: Option<PersonId>, id: &Value, fields: &str) -> Value {
    t.ask_with(who, &format!("query($id: ID!) {{ node(id: $id) {{ {fields} }} }}"), json!({ "id": id })).await.data()["node"].clone()
}

async fn a_department_is_set_up_renamed_and_ended(t: TestApp) {
    let w = t.world();
    let department = "department { id name endedOn version district { code } }";
    let input = json!({ "district": DISTRICT, "name": "区水利局" });
    let made = by_district(&t, "createDepartment", input.clone(), department).await.done("createDepartment")["department"].clone();
    assert_eq!(made["district"]["code"], DISTRICT);
    refused(&by_district(&t, "createDepartment", input, department).await, "createDepartment", "ALREADY_EXISTS", &["name"]);
    let place = json!({ "district": COMMUNITY, "name": "社区水利局" });
    refused(&by_district(&t, "createDepartment", place, department).await, "createDepartment", "NOT_FOUND", &["district"]);
    let taken = json!({ "departmentId": made["id"], "name": "区城管局" });
    refused(&by_district(&t, "updateDepartment", taken, department).await, "updateDepartment", "ALREADY_EXISTS", &["name"]);
    let renamed = json!({ "departmentId": made["id"], "name": "区水利事务中心", "expectedVersion": 1 });
    by_district(&t, "updateDepartment", renamed, department).await.done("updateDepartment");
    let end = json!({ "departmentId": made["id"], "endsOn": "2026-06-09", "reason": "机构改革" });
    let ended = by_district(&t, "endDepartment", end.clone(), department).await.done("endDepartment")["department"].clone();
    assert_eq!((&ended["endedOn"], &ended["version"], &ended["name"]), (&json!("2026-06-09"), &json!(3), &json!("区水利事务中心")));
    refused(&by_district(&t, "endDepartment", end, department).await, "endDepartment", "INVALID_STATE", &["departmentId"]);
    let lists = "{ all: departments { totalCount } over: departments(filter: {ended: true}) { nodes { name } } left: departments(filter: {ended: false}) { totalCount } }";
    let seen = t.ask(Some(w.resident), lists).await.data().clone();
    assert_eq!(
        seen,
        json!({ "all": { "totalCount": 4 }, "over": { "nodes": [{ "name": "区水利事务中心" }] }, "left": { "totalCount": 3 } })
    );
    let changes =
        node(&t, Some(w.district), &made["id"], "... on Department { changes { nodes { kind note } } }").await["changes"]["nodes"].clone();
    assert_eq!(changes[0], json!({ "kind": "ENDED", "note": "机构改革" }));
}

async fn a_department_that_answers_for_a_matter_does_not_end(t: TestApp) {
    let w = t.world();
    let end = json!({ "departmentId": global(w.dep_fire), "endsOn": "2026-06-20", "reason": "机构改革" });
    refused(&by_district(&t, "endDepartment", end.clone(), "department { id }").await, "endDepartment", "INVALID_STATE", &["departmentId"]);
    let other = json!({ "matterId": global(w.matter_fire), "departmentIds": [], "leadId": global(w.dep_urban) });
    by_district(&t, "assignMatter", other, MATTER).await.done("assignMatter");
    by_district(&t, "endDepartment", end, "department { id }").await.done("endDepartment");
    t.advance(chrono::Duration::days(11));
    let back = json!({ "matterId": global(w.matter_fire), "departmentIds": [global(w.dep_fire)], "leadId": global(w.dep_urban) });
    refused(&by_district(&t, "assignMatter", back, MATTER).await, "assignMatter", "NOT_FOUND", &["departmentIds", "0"]);
}

async fn a_department_with_open_cases_does_not_end_and_its_posts_and_pairings_end_with_it(t: TestApp) {
    let w = t.world();
    let other = json!({ "matterId": global(w.matter_fire), "departmentIds": [], "leadId": global(w.dep_urban) });
    by_district(&t, "assignMatter", other, MATTER).await.done("assignMatter");
    let who = json!({ "who": { "departmentId": global(w.dep_fire) } });
    let paired = pair(&t, who).await.done("pair")["pairing"]["id"].clone();
    let case = t.report(w.resident).await.case;
    let call = json!({ "to": "DEPARTMENT", "targetIds": [global(w.dep_urban), global(w.dep_fire)] });
    let raised = t.does_with(w.community, "raiseWhistle", &case, call).await["whistles"].clone();
    let end = json!({ "departmentId": global(w.dep_fire), "reason": "机构改革" });
    // it assists
    refused(&by_district(&t, "endDepartment", end.clone(), "").await, "endDepartment", "INVALID_STATE", &["departmentId"]);
    t.does(w.community, "withdrawWhistle", raised[1]["id"].as_str().expect("an id")).await;
    by_district(&t, "endDepartment", end, "").await.done("endDepartment");
    let posts = post::Entity::find().filter(post::Column::PersonId.eq(w.fire)).all(&t.app.db.read).await.expect("read");
    assert_eq!(posts.iter().map(|post| (post.ends_on, post.version)).collect::<Vec<_>>(), [(Some(day(2026, 6, 10)), 2)]);
    let seen = node(&t, Some(w.district), &paired, "... on Pairing { endsOn version changes { nodes { kind note } } }").await;
    assert_eq!(
        (&seen["endsOn"], &seen["version"], &seen["changes"]["nodes"][0]),
        (&json!("2026-06-10"), &json!(2), &json!({ "kind": "ENDED", "note": "机构改革" }))
    );
}

async fn a_department_that_has_come_or_declined_ends_when_it_is_done_or_let_off(t: TestApp) {
    let w = t.world();
    let other = json!({ "matterId": global(w.matter_fire), "departmentIds": [], "leadId": global(w.dep_urban) });
    by_district(&t, "assignMatter", other, MATTER).await.done("assignMatter");
    let end = async || by_district(&t, "endDepartment", json!({ "departmentId": global(w.dep_fire), "reason": "机构改革" }), "").await;
    // it assists, so that it has no case itself
    let called = async || {
        let case = t.report(w.resident).await.case;
        let call = json!({ "to": "DEPARTMENT", "targetIds": [global(w.dep_urban), global(w.dep_fire)] });
        text(&t.does_with(w.community, "raiseWhistle", &case, call).await["whistles"][1]["id"])
    };
    let came = called().await;
    t.does(w.fire, "checkInWhistle", &came).await;
    refused(&end().await, "endDepartment", "INVALID_STATE", &["departmentId"]);
    t.does(w.fire, "concludeWhistle", &came).await;
    let declined = called().await;
    t.does(w.fire, "declineWhistle", &declined).await;
    refused(&end().await, "endDepartment", "INVALID_STATE", &["departmentId"]);
    t.does(w.subdistrict, "ruleOnWhistle", &declined).await;
    end().await.done("endDepartment");
}

async fn a_violation_rests_on_a_law(t: TestApp) {
    let w = t.world();
    let create = async |with: Value| {
        let input = json!({ "district": DISTRICT, "code": "009", "name": "占道经营", "category": "VIOLATION",
            "legalBasis": "《城市市容和环境卫生管理条例》第十四条", "departmentIds": [global(w.dep_traffic)], "leadId": global(w.dep_urban) });
        by_district(&t, "createMatter", over(input, with), MATTER).await
    };
    refused(&create(json!({ "legalBasis": " " })).await, "createMatter", "REQUIRED", &["legalBasis"]);
    refused(&create(json!({ "leadId": null })).await, "createMatter", "REQUIRED", &["leadId"]);
    refused(&create(json!({ "code": "001" })).await, "createMatter", "ALREADY_EXISTS", &["code"]);
    let made = create(json!({})).await.done("createMatter")["matter"].clone();
    assert_eq!(made["leadDepartment"]["name"], "区城管局");
    assert_eq!(made["assistingDepartments"], json!([{ "name": "区交警大队" }]));
    let hazard = create(json!({ "code": "010", "category": "HAZARD", "legalBasis": null })).await.done("createMatter")["matter"].clone();
    let turned = json!({ "matterId": hazard["id"], "category": "VIOLATION" });
    refused(&by_district(&t, "updateMatter", turned.clone(), MATTER).await, "updateMatter", "REQUIRED", &["legalBasis"]);
    let founded = over(turned, json!({ "legalBasis": "《消防法》第二十八条", "name": "占用消防通道" }));
    let founded = by_district(&t, "updateMatter", founded, MATTER).await.done("updateMatter")["matter"].clone();
    assert_eq!((&founded["category"], &founded["name"], &founded["version"]), (&json!("VIOLATION"), &json!("占用消防通道"), &json!(2)));
}

async fn who_answers_for_a_matter_is_said_anew_and_kept(t: TestApp) {
    let w = t.world();
    let input = json!({ "matterId": global(w.matter_orphan), "departmentIds": [global(w.dep_urban), global(w.dep_fire)], "leadId": global(w.dep_fire) });
    let first = by_district(&t, "assignMatter", input, MATTER).await.done("assignMatter")["matter"].clone();
    assert_eq!(
        (&first["leadDepartment"]["name"], &first["assistingDepartments"]),
        (&json!("区消防救援大队"), &json!([{ "name": "区城管局" }]))
    );
    let input = json!({ "matterId": global(w.matter_orphan), "departmentIds": [], "leadId": global(w.dep_traffic) });
    let second = by_district(&t, "assignMatter", input, MATTER).await.done("assignMatter")["matter"].clone();
    assert_eq!((&second["leadDepartment"]["name"], &second["assistingDepartments"]), (&json!("区交警大队"), &json!([])));
    let changes =
        node(&t, Some(w.district), &second["id"], "... on Matter { changes { nodes { note version } } }").await["changes"]["nodes"].clone();
    assert_eq!(
        changes,
        json!([{ "note": "主办：区交警大队", "version": 3 }, { "note": "主办：区消防救援大队；协办：区城管局", "version": 2 }])
    );
}

async fn cases_that_have_an_ended_matter_keep_it_and_no_other_takes_it(t: TestApp) {
    let w = t.world();
    let with = |matter: MatterId| over(report(&t), json!({ "matterId": global(matter), "category": "VIOLATION" }));
    let taken =
        t.change(Some(w.resident), "reportCase", with(w.matter_parking), "case { id matter { code } }").await.done("reportCase")["case"]
            .clone();
    let end = json!({ "matterId": global(w.matter_parking), "endsOn": "2026-06-10", "reason": "并入其他事项" });
    by_district(&t, "endMatter", end, MATTER).await.done("endMatter");
    // the last day counts
    t.change(Some(w.resident), "reportCase", with(w.matter_parking), "case { id }").await.done("reportCase");
    t.advance(chrono::Duration::days(1));
    refused(
        &t.change(Some(w.resident), "reportCase", with(w.matter_parking), "case { id }").await,
        "reportCase",
        "INVALID_STATE",
        &["matterId"],
    );
    let other = t.case(|case| case.category = CaseCategory::Violation).await;
    let classify = |case: Value, with: Value| over(json!({ "caseId": case, "matterId": global(w.matter_parking) }), with);
    let answer = t.change(Some(w.community), "classifyCase", classify(json!(global(other.id)), json!({})), "case { id }").await;
    refused(&answer, "classifyCase", "INVALID_STATE", &["matterId"]);
    let kept = classify(taken["id"].clone(), json!({ "priority": "HIGH" }));
    let kept =
        t.change(Some(w.community), "classifyCase", kept, "case { matter { code } priority }").await.done("classifyCase")["case"].clone();
    assert_eq!(kept, json!({ "matter": { "code": "001" }, "priority": "HIGH" }));
    let over = t.ask(Some(w.resident), "{ matters(filter: {ended: true}) { nodes { code } } }").await.data()["matters"]["nodes"].clone();
    assert_eq!(over, json!([{ "code": "001" }]));
}

async fn a_department_that_is_no_more_is_not_found_for_a_matter_of_before(t: TestApp) {
    let w = t.world();
    let case = t.report_with(w.resident, json!({ "category": "HAZARD", "matterId": global(w.matter_fire) })).await.case;
    let end = |field: &str, id: String| json!({ field: id, "endsOn": "2026-06-10", "reason": "机构改革" });
    by_district(&t, "endMatter", end("matterId", global(w.matter_fire)), MATTER).await.done("endMatter");
    by_district(&t, "endDepartment", end("departmentId", global(w.dep_fire)), "").await.done("endDepartment");
    t.advance(chrono::Duration::days(1));
    t.refuses_with(w.community, "raiseWhistle", &case, json!({ "to": "DEPARTMENT" }), ("NO_TARGET", "targetIds")).await;
    let named = json!({ "to": "DEPARTMENT", "targetIds": [global(w.dep_urban)] });
    t.does_with(w.community, "raiseWhistle", &case, named).await;
}

async fn pair(t: &TestApp, with: Value) -> Response {
    let w = t.world();
    let input = json!({ "who": { "departmentId": global(w.dep_urban) }, "place": { "complexId": global(w.xinyue) }, "startsOn": "2026-01-01", "duty": "执法进小区" });
    by_district(t, "pair", over(input, with), PAIRING).await
}

async fn departments_and_leaders_are_paired_and_found_from_both_ends(t: TestApp) {
    let w = t.world();
    let made = pair(&t, json!({})).await.done("pair")["pairing"].clone();
    assert_eq!(
        (&made["kind"], &made["area"]["code"], &made["complex"]["name"]),
        (&json!("DEPARTMENT_PAIRING"), &json!(COMMUNITY), &json!("新月苑"))
    );
    let leader = json!({ "who": { "personId": global(w.analyst) }, "place": { "community": COMMUNITY }, "startsOn": "2026-02-01" });
    let leader = pair(&t, leader).await.done("pair")["pairing"].clone();
    assert_eq!((&leader["kind"], &leader["complex"], &leader["department"]), (&json!("LEADER_CONTACT"), &json!(null), &json!(null)));
    assert!(leader["person"]["name"].is_string());
    let fields = format!(
        r#"{{ departments(filter: {{name: {{eq: "区城管局"}}}}) {{ nodes {{ pairings {{ nodes {{ complex {{ name }} }} }} }} }}
        complexes(filter: {{name: {{eq: "新月苑"}}}}) {{ nodes {{ pairings {{ nodes {{ department {{ name }} }} }} }} }}
        area(code: "{COMMUNITY}") {{ pairings {{ totalCount nodes {{ kind }} }} }}
        persons(filter: {{id: {{eq: "{}"}}}}) {{ nodes {{ pairings {{ nodes {{ area {{ code }} }} }} }} }}
        leaders: pairings(filter: {{kind: {{eq: LEADER_CONTACT}}, area: "{DISTRICT}", on: "2026-02-01"}}) {{ totalCount }}
        before: pairings(filter: {{kind: {{eq: LEADER_CONTACT}}, on: "2026-01-31"}}) {{ totalCount }}
        ours: pairings(filter: {{department: {{name: {{eq: "区城管局"}}}}, complex: {{name: {{eq: "新月苑"}}}}}}) {{ totalCount }} }}"#,
        global(w.analyst)
    );
    let seen = t.ask(Some(w.district), &fields).await.data().clone();
    assert_eq!(seen["departments"]["nodes"][0]["pairings"]["nodes"], json!([{ "complex": { "name": "新月苑" } }]));
    assert_eq!(seen["complexes"]["nodes"][0]["pairings"]["nodes"], json!([{ "department": { "name": "区城管局" } }]));
    assert_eq!(
        seen["area"]["pairings"],
        json!({ "totalCount": 2, "nodes": [{ "kind": "LEADER_CONTACT" }, { "kind": "DEPARTMENT_PAIRING" }] })
    );
    assert_eq!(seen["persons"]["nodes"][0]["pairings"]["nodes"], json!([{ "area": { "code": COMMUNITY } }]));
    let counts = ["leaders", "before", "ours"].map(|alias| seen[alias]["totalCount"].clone());
    assert_eq!(counts, [json!(1), json!(0), json!(1)]);
    assert_eq!(t.ask(None, "{ pairings { totalCount } }").await.data()["pairings"]["totalCount"], 0);
}

async fn the_same_two_are_paired_once_at_a_time(t: TestApp) {
    let w = t.world();
    let id = pair(&t, json!({})).await.done("pair")["pairing"]["id"].clone();
    let again = pair(&t, json!({ "startsOn": "2026-06-01" })).await;
    refused(&again, "pair", "ALREADY_EXISTS", &["startsOn"]);
    assert!(text(&again.data()["pair"]["userErrors"][0]["message"]).contains("2026-01-01"));
    pair(&t, json!({ "place": { "community": COMMUNITY } })).await.done("pair");
    let end = |on: &str| json!({ "pairingId": id, "endsOn": on, "reason": "轮换" });
    refused(&by_district(&t, "endPairing", end("2025-12-31"), PAIRING).await, "endPairing", "OUT_OF_RANGE", &["endsOn"]);
    by_district(&t, "endPairing", end("2026-05-31"), PAIRING).await.done("endPairing");
    pair(&t, json!({ "startsOn": "2026-06-01" })).await.done("pair");
    refused(&pair(&t, json!({ "place": { "community": DISTRICT } })).await, "pair", "MISMATCH", &["place", "community"]);
    refused(&pair(&t, json!({ "who": { "departmentId": global(w.firm_a) } })).await, "pair", "NOT_FOUND", &["who", "departmentId"]);
}

async fn draft(t: &TestApp, with: Value) -> Value {
    let input = json!({ "area": COMMUNITY, "kind": "RULES", "title": "考评细则", "text": "# 一\n按季度考评" });
    t.change(Some(t.world().community), "draftDocument", over(input, with), DOCUMENT).await.done("draftDocument")["document"].clone()
}

async fn publish(t: &TestApp, id: &Value, with: Value) -> Response {
    t.change(Some(t.world().community), "publishDocumentVersion", over(json!({ "documentId": id }), with), DOCUMENT).await
}

async fn redraft(t: &TestApp, id: &Value, with: Value) -> Response {
    t.change(Some(t.world().community), "updateDocumentDraft", over(json!({ "documentId": id }), with), DOCUMENT).await
}

async fn a_document_is_published_version_by_version(t: TestApp) {
    let w = t.world();
    let made = draft(&t, json!({})).await;
    let id = &made["id"];
    assert_eq!((&made["publishedAt"], &made["currentVersion"]), (&json!(null), &json!(null)));
    redraft(&t, id, json!({ "title": "小区考评细则", "expectedVersion": 1 })).await.done("updateDocumentDraft");
    let first = publish(&t, id, json!({ "documentNumber": "月塘〔2026〕1号", "effectiveFrom": "2026-06-01" }))
        .await
        .done("publishDocumentVersion")["document"]
        .clone();
    assert_eq!((&first["draft"], &first["currentVersion"]["number"]), (&json!(null), &json!(1)));
    refused(&publish(&t, id, json!({})).await, "publishDocumentVersion", "INVALID_STATE", &["documentId"]);
    refused(&redraft(&t, id, json!({ "title": "另一标题" })).await, "updateDocumentDraft", "INVALID_STATE", &["title"]);
    redraft(&t, id, json!({ "text": "# 一\n按月考评" })).await.done("updateDocumentDraft");
    refused(&publish(&t, id, json!({ "effectiveFrom": "2026-06-01" })).await, "publishDocumentVersion", "MISMATCH", &["effectiveFrom"]);
    publish(&t, id, json!({ "documentNumber": "月塘〔2026〕2号", "effectiveFrom": "2026-07-01" })).await.done("publishDocumentVersion");
    let fields = r#"... on GoverningDocument { title june: currentVersion(on: "2026-06-30") { text replacedBy { documentNumber } } july: currentVersion(on: "2026-07-01") { number
        replacedBy { number } document { title } } may: currentVersion(on: "2026-05-31") { number } versions { totalCount nodes { number text effectiveFrom publishedBy { id } } } }"#;
    let seen = node(&t, None, id, fields).await;
    assert_eq!(seen["title"], "小区考评细则");
    assert_eq!(seen["june"], json!({ "text": "# 一\n按季度考评", "replacedBy": { "documentNumber": "月塘〔2026〕2号" } }));
    assert_eq!(seen["july"], json!({ "number": 2, "replacedBy": null, "document": { "title": "小区考评细则" } }));
    assert_eq!(seen["may"], json!(null));
    assert_eq!((&seen["versions"]["totalCount"], &seen["versions"]["nodes"][1]["text"]), (&json!(2), &json!("# 一\n按季度考评")));
    let by = node(&t, Some(w.community), id, "... on GoverningDocument { versions { nodes { publishedBy { id } } } }").await;
    assert_eq!(by["versions"]["nodes"][0]["publishedBy"]["id"], json!(global(w.community)));
    // what the draft said is not kept with the changes
    let changes =
        node(&t, Some(w.district), id, "... on GoverningDocument { changes { nodes { fields { name hidden to } } } }").await.to_string();
    assert!(changes.contains(r#""hidden":true"#) && !changes.contains("考评\""), "{changes}");
}

async fn a_draft_is_there_for_the_officials_of_the_area_only(t: TestApp) {
    let w = t.world();
    let id = draft(&t, json!({})).await["id"].clone();
    let fields = "... on GoverningDocument { title draft }";
    for (who, seen) in [
        (None, false),
        (Some(w.resident), false),
        (Some(w.firm), false),
        (Some(w.other_community), false),
        (Some(w.far_subdistrict), false),
        (Some(w.community), true),
        (Some(w.subdistrict), true),
        (Some(w.district), true),
    ] {
        assert_eq!(node(&t, who, &id, fields).await.is_object(), seen, "{who:?}");
    }
    publish(&t, &id, json!({})).await.done("publishDocumentVersion");
    redraft(&t, &id, json!({ "text": "新稿" })).await.done("updateDocumentDraft");
    assert_eq!(node(&t, None, &id, fields).await, json!({ "title": "考评细则", "draft": null }));
    assert_eq!(node(&t, Some(w.subdistrict), &id, fields).await["draft"], "新稿");
    // hidden is as if it were not there; what is seen may still not be changed
    let other = draft(&t, json!({ "title": "另一" })).await["id"].clone();
    let change = json!({ "documentId": other, "text": "改" });
    refused(
        &t.change(Some(w.resident), "updateDocumentDraft", change, DOCUMENT).await,
        "updateDocumentDraft",
        "NOT_FOUND",
        &["documentId"],
    );
    let change = json!({ "documentId": id, "text": "改" });
    refused(
        &t.change(Some(w.resident), "updateDocumentDraft", change, DOCUMENT).await,
        "updateDocumentDraft",
        "FORBIDDEN",
        &["documentId"],
    );
}

async fn a_withdrawn_document_holds_no_longer_and_stays_to_be_read(t: TestApp) {
    let id = draft(&t, json!({})).await["id"].clone();
    publish(&t, &id, json!({ "effectiveFrom": "2026-06-01" })).await.done("publishDocumentVersion");
    let end = json!({ "documentId": id, "endsOn": "2026-06-09", "reason": "新规替代" });
    t.change(Some(t.world().community), "withdrawDocument", end, DOCUMENT).await.done("withdrawDocument");
    refused(&redraft(&t, &id, json!({ "text": "再改" })).await, "updateDocumentDraft", "INVALID_STATE", &["documentId"]);
    let fields = r#"... on GoverningDocument { endedOn currentVersion { number } then: currentVersion(on: "2026-06-09") { number } versions { totalCount } }"#;
    let seen = node(&t, None, &id, fields).await;
    assert_eq!(seen, json!({ "endedOn": "2026-06-09", "currentVersion": null, "then": { "number": 1 }, "versions": { "totalCount": 1 } }));
    let lists = "{ holding: governingDocuments(filter: {current: true}) { totalCount } all: governingDocuments { totalCount } }";
    assert_eq!(t.ask(None, lists).await.data(), &json!({ "holding": { "totalCount": 0 }, "all": { "totalCount": 1 } }));
}

async fn documents_are_found_by_what_they_say_on_a_day(t: TestApp) {
    let w = t.world();
    let id = draft(&t, json!({})).await["id"].clone();
    publish(&t, &id, json!({ "effectiveFrom": "2026-06-05" })).await.done("publishDocumentVersion");
    draft(&t, json!({ "title": "未公布", "text": "按季度考评" })).await;
    let count = async |who: Option<PersonId>, filter: &str| {
        t.ask(who, &format!("{{ governingDocuments(filter: {{{filter}}}) {{ totalCount }} }}")).await.data()["governingDocuments"]["totalCount"].clone()
    };
    let said = r#"versionText: {contains: "季度"}"#;
    assert_eq!((count(None, said).await, count(Some(w.community), said).await), (json!(1), json!(1)));
    assert_eq!(count(Some(w.community), "published: false").await, 1);
    assert_eq!(count(None, r#"versionText: {contains: "年度"}"#).await, 0);
    assert_eq!((count(None, r#"on: "2026-06-04""#).await, count(None, r#"on: "2026-06-05""#).await), (json!(0), json!(1)));
    assert_eq!(
        (count(None, "kind: {eq: SCHEME}").await, count(None, r#"kind: {eq: RULES}, area: "431302000000""#).await),
        (json!(0), json!(1))
    );
    let below = t.ask(Some(w.community), &format!("{{ area(code: \"{COMMUNITY}\") {{ governingDocuments {{ totalCount }} }} }}")).await;
    assert_eq!(below.data()["area"]["governingDocuments"]["totalCount"], 2);
}

async fn the_district_keeps_departments_matters_and_pairings(t: TestApp) {
    let w = t.world();
    for (name, input) in changes(&t) {
        let (field, selection): (&[&str], _) = match name {
            "createDepartment" => (&["district"], "department { id }"),
            "updateDepartment" | "endDepartment" => (&["departmentId"], "department { id }"),
            "createMatter" => (&["district"], "matter { id }"),
            "updateMatter" | "assignMatter" | "endMatter" => (&["matterId"], "matter { id }"),
            "pair" => (&["place", "community"], "pairing { id }"),
            "draftDocument" => (&["area"], "document { id }"),
            _ => continue,
        };
        for who in [w.resident, w.grid_worker, w.department, w.firm, w.analyst, w.other_community] {
            refused(&t.change(Some(who), name, input.clone(), selection).await, name, "FORBIDDEN", field);
        }
        if name != "draftDocument" {
            refused(&t.change(Some(w.subdistrict), name, input, selection).await, name, "FORBIDDEN", field);
        }
    }
}

async fn a_stale_version_of_a_matter_is_answered_with_it_and_a_retry_with_the_first_result(t: TestApp) {
    let w = t.world();
    let input = json!({ "matterId": global(w.matter_fire), "name": "占用消防通道", "idempotencyKey": "一", "expectedVersion": 1 });
    let first = by_district(&t, "updateMatter", input.clone(), MATTER).await.done("updateMatter").clone();
    assert_eq!(by_district(&t, "updateMatter", input, MATTER).await.done("updateMatter"), &first);
    let stale = json!({ "matterId": global(w.matter_fire), "name": "旧", "expectedVersion": 1 });
    let answer = by_district(&t, "updateMatter", stale, MATTER).await;
    refused(&answer, "updateMatter", "CONFLICT", &["expectedVersion"]);
    assert_eq!(answer.data()["updateMatter"]["matter"], first["matter"]);
}

async fn taken<L, W>(
    t: &TestApp,
    table: &str,
    columns: &'static [Column],
    read: fn(Line) -> Result<L, Bad>,
    write: W,
) -> Result<Tally, Vec<String>>
where
    W: AsyncFnOnce(&Arc<App>, Lines<L>, Told) -> Result<Tally, Refused>,
{
    let lines = sheet::read(table.as_bytes(), columns, read).expect("a table");
    write(&t.app, lines, &mut |done, of| assert!(done <= of)).await.map_err(|refused| match refused {
        Refused::Lines(bad) => bad.iter().map(|bad| format!("{} {} {}", bad.line, bad.column.unwrap_or_default(), bad.why.key)).collect(),
        Refused::Db(error) => panic!("{error}"),
    })
}

async fn departments_and_their_matters_move_in_by_tables(t: TestApp) {
    let tally = |added, changed, known| Ok(Tally { added, changed, known });
    let departments = async |table: &str| {
        let write = async |app: &Arc<App>, lines: Lines<_>, told: Told<'_>| import::import(app, lines, told).await;
        taken(&t, table, import::COLUMNS, import::read, write).await
    };
    let matters = async |lines: &str| {
        let table = format!("区县代码,事项编码,事项名称,问题类别,法律依据,主办部门,协办部门\n{lines}");
        let write = async |app: &Arc<App>, lines: Lines<_>, told: Told<'_>| import::import_matters(app, lines, told).await;
        taken(&t, &table, import::MATTER_COLUMNS, import::read_matter, write).await
    };
    let table = "区县代码,部门名称\n431302000000,区城管局\n431302000000,区水利局\n";
    assert_eq!(departments(table).await, tally(1, 0, 1));
    assert_eq!(departments(table).await, tally(0, 0, 2));
    // one that has ended is a department to no table, so none says that it is known
    t.sql("UPDATE department SET ended_on = '2026-06-09' WHERE name = '区水利局'").await;
    assert_eq!(departments(table).await, Err(vec!["3 部门名称 record-ended".to_owned()]));
    // it goes on until its last day is over
    t.sql("UPDATE department SET ended_on = '2026-12-31' WHERE name = '区水利局'").await;
    assert_eq!(departments(table).await, tally(0, 0, 2));
    t.sql("UPDATE department SET ended_on = NULL WHERE name = '区水利局'").await;
    assert_eq!(departments("区县代码,部门名称\n431302001009,社区水利局\n").await, Err(vec!["2 区县代码 import-no-district".to_owned()]));
    let good = "431302000000,002,堵塞消防通道,安全隐患,,区消防救援大队,\n431302000000,020,违法取水,违规行为,《水法》,区水利局,区城管局、区交警大队\n";
    assert_eq!(matters(good).await, tally(1, 0, 1));
    assert_eq!(matters(good).await, tally(0, 0, 2));
    assert_eq!(matters("431302000000,020,违法取水,违规行为,《水法》,区水利局,区城管局\n").await, tally(0, 1, 0));
    // again, and told each time, with who answers from now on
    assert_eq!(matters("431302000000,020,违法取水,违规行为,《水法》,区城管局,区水利局\n").await, tally(0, 1, 0));
    assert_eq!(matters("431302000000,020,违法取用水,违规行为,《水法》,区城管局,区水利局\n").await, tally(0, 1, 0));
    let list = r#"{ matters(filter: {code: {eq: "020"}}) { nodes { id version changes { nodes { version note fields { name to } } } } } }"#;
    let seen = t.ask(Some(t.world().district), list).await.data()["matters"]["nodes"][0].clone();
    let told = json!([
        { "version": 4, "note": null, "fields": [{ "name": "name", "to": "违法取用水" }] },
        { "version": 3, "note": "主办：区城管局；协办：区水利局", "fields": [] },
        { "version": 2, "note": "主办：区水利局；协办：区城管局", "fields": [] },
    ]);
    assert_eq!((&seen["version"], &seen["changes"]["nodes"]), (&json!(4), &told));
    let end = json!({ "matterId": seen["id"], "endsOn": "2026-06-09", "reason": "事项取消" });
    by_district(&t, "endMatter", end, "").await.done("endMatter");
    let over = matters("431302000000,020,违法取水,违规行为,《水法》,区水利局,区城管局\n").await;
    assert_eq!(over, Err(vec!["2 事项编码 record-ended".to_owned()]));
    let bad = "431302000000,021,违建,违规行为,,区城管局,
431302000000,022,漏水,民生诉求,,没有的局,
431302000000,023,漏水,民生诉求,,,区城管局
431302000000,024,漏水,好事,,,
431302000001,025,漏水,民生诉求,,,
431302000000,026,漏水,民生诉求,,区城管局,\n";
    let mut wrong = matters(bad).await.expect_err("bad lines");
    wrong.sort();
    let expected = [
        "2 法律依据 import-no-law",
        "3 主办部门 import-no-department",
        "4 主办部门 import-no-lead",
        "5 问题类别 sheet-unknown-word",
        "6 区县代码 import-no-district",
    ];
    assert_eq!(wrong, expected);
    let list = r#"{ matters(filter: {ended: true, code: {in: ["020", "026"]}}) { nodes { code legalBasis leadDepartment { name } assistingDepartments { name } } } }"#;
    let seen = t.ask(Some(t.world().resident), list).await.data()["matters"]["nodes"].clone();
    let expected = json!([{ "code": "020", "legalBasis": "《水法》", "leadDepartment": { "name": "区城管局" }, "assistingDepartments": [{ "name": "区水利局" }] }]);
    assert_eq!(seen, expected);
}

async fn what_a_table_leaves_empty_of_a_matter_stays_as_it_is(t: TestApp) {
    let tally = |added, changed, known| Ok(Tally { added, changed, known });
    let matters = async |columns: &str, line: &str| {
        let table = format!("区县代码,事项编码,事项名称,问题类别{columns}\n431302000000,020,违法取水,违规行为{line}\n");
        let write = async |app: &Arc<App>, lines: Lines<_>, told: Told<'_>| import::import_matters(app, lines, told).await;
        taken(&t, &table, import::MATTER_COLUMNS, import::read_matter, write).await
    };
    let all = ",法律依据,主办部门,协办部门";
    assert_eq!(matters(all, ",,区城管局,").await, Err(vec!["2 法律依据 import-no-law".to_owned()]));
    assert_eq!(matters(all, ",《水法》,,区交警大队").await, Err(vec!["2 主办部门 import-no-lead".to_owned()]));
    assert_eq!(matters(all, ",《水法》,区城管局,区交警大队").await, tally(1, 0, 0));
    assert_eq!(matters(all, ",,,").await, tally(0, 0, 1));
    assert_eq!(matters("", "").await, tally(0, 0, 1), "without these columns");
    let list = r#"{ matters(filter: {code: {eq: "020"}}) { nodes { legalBasis leadDepartment { name } assistingDepartments { name } changes(first: 1) { nodes { note } } } } }"#;
    let seen = async || t.ask(Some(t.world().district), list).await.data()["matters"]["nodes"][0].clone();
    // who led is told apart from who assists, also where the line names one of them only
    for (line, lead, assisting) in [(",,,区消防救援大队", "区城管局", "区消防救援大队"), (",,区交警大队,", "区交警大队", "区消防救援大队")]
    {
        assert_eq!(matters(all, line).await, tally(0, 1, 0));
        let now = seen().await;
        let answering = (&now["leadDepartment"]["name"], &now["assistingDepartments"], &now["legalBasis"]);
        assert_eq!(answering, (&json!(lead), &json!([{ "name": assisting }]), &json!("《水法》")));
        assert_eq!(now["changes"]["nodes"][0]["note"], format!("主办：{lead}；协办：{assisting}"));
    }
    // who leads from now on assists no more
    assert_eq!(matters(all, ",,区消防救援大队,").await, tally(0, 1, 0));
    assert_eq!(seen().await["assistingDepartments"], json!([]));
}

async fn what_ends_on_a_day_to_come_ends_no_later(t: TestApp) {
    let w = t.world();
    let end = |on: &str| json!({ "matterId": global(w.matter_fire), "endsOn": on, "reason": "事项取消" });
    by_district(&t, "endMatter", end("2026-12-31"), "").await.done("endMatter");
    refused(&by_district(&t, "endMatter", end("2027-01-01"), "").await, "endMatter", "OUT_OF_RANGE", &["endsOn"]);
    by_district(&t, "endMatter", end("2026-11-30"), "").await.done("endMatter");
    // a department that goes on as long as the matter may answer for it, no other
    let new = json!({ "district": DISTRICT, "name": "区水利局" });
    let new = by_district(&t, "createDepartment", new, "department { id }").await.done("createDepartment")["department"]["id"].clone();
    let ends = json!({ "departmentId": new, "endsOn": "2026-10-31", "reason": "机构改革" });
    by_district(&t, "endDepartment", ends, "").await.done("endDepartment");
    let other = json!({ "matterId": global(w.matter_fire), "departmentIds": [], "leadId": new });
    refused(&by_district(&t, "assignMatter", other, "").await, "assignMatter", "NOT_FOUND", &["leadId"]);
}

async fn a_post_and_a_pairing_last_no_longer_than_the_department(t: TestApp) {
    let w = t.world();
    let new = json!({ "district": DISTRICT, "name": "区水利局" });
    let new = by_district(&t, "createDepartment", new, "department { id }").await.done("createDepartment")["department"]["id"].clone();
    let ends = json!({ "departmentId": new, "endsOn": "2026-10-31", "reason": "机构改革" });
    by_district(&t, "endDepartment", ends, "").await.done("endDepartment");
    let paired = async |days: Value| pair(&t, over(json!({ "who": { "departmentId": new } }), days)).await;
    let posted = async |days: Value| {
        let input = json!({ "personId": global(w.analyst), "role": "DEPARTMENT_OFFICER", "unitId": new });
        t.change(Some(w.admin), "assignPost", over(input, days), "post { id }").await
    };
    for (days, field) in [
        (json!({}), "endsOn"),
        (json!({ "endsOn": "2026-11-01" }), "endsOn"),
        (json!({ "startsOn": "2026-11-01", "endsOn": "2026-11-30" }), "startsOn"),
    ] {
        refused(&paired(days.clone()).await, "pair", "OUT_OF_RANGE", &[field]);
        refused(&posted(days).await, "assignPost", "OUT_OF_RANGE", &[field]);
    }
    paired(json!({ "endsOn": "2026-10-31" })).await.done("pair");
    posted(json!({ "endsOn": "2026-10-31" })).await.done("assignPost");
}

async fn posts_that_are_not_official_show_no_drafts_and_no_changes(t: TestApp) {
    let w = t.world();
    let id = draft(&t, json!({})).await["id"].clone();
    let draft = async |who| node(&t, Some(who), &id, "... on GoverningDocument { draft }").await["draft"].clone();
    let changes = async |who| t.ask(Some(who), "{ recordChanges { totalCount } }").await.data()["recordChanges"]["totalCount"].clone();
    assert!(draft(w.community).await.is_string() && changes(w.community).await == 1);
    assert_eq!((draft(w.resident).await, changes(w.resident).await, changes(w.firm).await), (Value::Null, json!(0), json!(0)));
    // an official elsewhere who lives here
    assert_eq!((draft(w.other_community).await, changes(w.other_community).await), (Value::Null, json!(0)));
    let (id, role, starts_on) = (t.app.clock.new_id(), PostRole::Resident, day(2026, 1, 1));
    let lives = post::Model {
        id,
        person_id: w.other_community,
        role,
        unit_id: w.xinyue.into(),
        area_id: w.area_community,
        starts_on,
        ends_on: None,
        version: 1,
    };
    t.insert([lives]).await;
    assert_eq!((draft(w.other_community).await, changes(w.other_community).await), (Value::Null, json!(0)));
}

async fn lists_below_departments_cost_the_same_however_many_there_are(t: TestApp) {
    let w = t.world();
    for department in [w.dep_urban, w.dep_traffic, w.dep_fire] {
        pair(&t, json!({ "who": { "departmentId": global(department) } })).await.done("pair");
        let id = draft(&t, json!({ "title": global(department) })).await["id"].clone();
        publish(&t, &id, json!({})).await.done("publishDocumentVersion");
    }
    let document = "query($n: Int!) { departments(first: $n) { nodes { pairings { nodes { area { name } complex { name } person { name } } } changes { totalCount } } }
        governingDocuments(first: $n) { nodes { draft area { name } currentVersion { publishedBy { name } replacedBy { id } document { title } } versions { nodes { number } } } } }";
    let mut costs = Vec::new();
    for n in [1, 3] {
        let mark = t.statements.count();
        let answer = t.ask_with(Some(w.district), document, json!({ "n": n })).await;
        assert_eq!(answer.data()["governingDocuments"]["nodes"].as_array().map(Vec::len), Some(n));
        costs.push(t.statements.since(mark).len());
    }
    assert_eq!(costs[0], costs[1]);
}
