//! Areas 行政区划 with their history: set up, renamed, merged, split, ended. Nothing is lost, and no deadline stops.

use chrono::Duration;
use chuishao::case::service::deadlines::run_due;
use entity::{CaseStatus, area};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    sea_query::{Alias, Expr, ExprTrait, Query},
};
use serde_json::{Value, json};

use crate::support::{
    TestApp,
    client::Response,
    committees::{over, refused, row, text},
    global::global,
    homes::see,
};

crate::tests! {
    both: [
        an_area_is_set_up_below_its_parent_where_its_code_fits,
        a_renamed_area_keeps_its_former_name,
        merged_communities_end_and_all_that_lives_in_them_goes_on_in_the_successor,
        an_open_case_keeps_its_deadlines_through_a_merge,
        whoever_works_for_the_successor_answers_for_what_was_closed,
        only_areas_side_by_side_are_merged_and_by_administrators_above,
        communities_are_merged_into_a_new_one_and_that_one_into_another,
        subdistricts_are_merged_with_their_communities,
        a_split_says_where_everything_goes,
        what_is_kept_of_a_complex_goes_where_the_complex_goes,
        what_goes_to_another_area_says_so_in_its_history,
        nothing_is_set_up_in_an_area_that_has_ended,
        an_area_ends_when_nothing_is_left_in_it,
        areas_are_listed_as_of_today_unless_the_filter_says_otherwise,
    ],
}

const YUETANG: &str = "431302001009";
const DATANG: &str = "431302001010";
const AREA: &str = "area { id code name version level endedOn establishedOn formerNames { name until } parent { code } ancestors { code }
    successors { kind effectiveOn document from { code } to { code } } predecessors { kind from { code } to { code } } }";

async fn admin(t: &TestApp, name: &str, input: Value) -> Response {
    t.change(Some(t.world().admin), name, input, AREA).await
}

async fn shown(t: &TestApp, code: &str) -> Value {
    let asked = AREA.replacen("area {", &format!("area(code: \"{code}\") {{"), 1);
    t.ask(Some(t.world().district), &format!("{{ {asked} }}")).await.data()["area"].clone()
}

async fn merge(t: &TestApp, with: Value) -> Response {
    let input = json!({ "fromCodes": [YUETANG], "intoCode": DATANG, "reason": "规模过小", "document": "娄星政发〔2026〕1号" });
    admin(t, "mergeAreas", over(input, with)).await
}

async fn codes(t: &TestApp, list: &str, filter: &str) -> Vec<String> {
    let asked = format!("{{ {list}(first: 100{filter}) {{ nodes {{ code }} }} }}");
    let answer = t.ask(Some(t.world().district), &asked).await;
    answer.data()[list]["nodes"].as_array().expect("nodes").iter().map(|node| text(&node["code"])).collect()
}

async fn numbers(t: &TestApp, who: entity::PersonId, area: &str) -> Vec<String> {
    let asked = format!("{{ cases(first: 50, filter: {{area: \"{area}\"}}) {{ totalCount nodes {{ number }} }} }}");
    let answer = t.ask(Some(who), &asked).await;
    let list = answer.data()["cases"].clone();
    let mut found: Vec<_> = list["nodes"].as_array().expect("nodes").iter().map(|case| text(&case["number"])).collect();
    assert_eq!(list["totalCount"], found.len());
    found.sort();
    found
}

async fn an_area_is_set_up_below_its_parent_where_its_code_fits(t: TestApp) {
    let input = json!({ "parentCode": "431302001000", "code": "431302001011", "name": "新塘社区居委会" });
    let made = admin(&t, "createArea", input.clone()).await.done("createArea")["area"].clone();
    assert_eq!((&made["level"], &made["establishedOn"], &made["version"]), (&json!("COMMUNITY"), &json!("2026-06-10"), &json!(1)));
    assert_eq!(made["parent"]["code"], "431302001000");
    for (code, level) in [("431302001011001", "GRID"), ("431302001011001001", "MICRO_GRID")] {
        let parent = &code[..code.len() - 3];
        let input = json!({ "parentCode": parent, "code": code, "name": "一" });
        assert_eq!(admin(&t, "createArea", input).await.done("createArea")["area"]["level"], level);
    }
    for (with, code, path) in [
        (json!({}), "ALREADY_EXISTS", "code"),
        (json!({ "code": "431302002012" }), "MISMATCH", "code"),
        (json!({ "code": "431302001009003" }), "MISMATCH", "code"),
        (json!({ "code": "431302001000" }), "MISMATCH", "code"),
        (json!({ "parentCode": "431302001777", "code": "431302001012" }), "NOT_FOUND", "parentCode"),
        (json!({ "code": "431302001012", "on": "2026-06-11" }), "OUT_OF_RANGE", "on"),
    ] {
        refused(&admin(&t, "createArea", over(input.clone(), with)).await, "createArea", code, &[path]);
    }
    let by = t.change(Some(t.world().subdistrict), "createArea", over(input, json!({ "code": "431302001012" })), AREA).await;
    refused(&by, "createArea", "FORBIDDEN", &["parentCode"]);
}

async fn a_renamed_area_keeps_its_former_name(t: TestApp) {
    let input = json!({ "areaCode": DATANG, "name": "大塘新村社区居委会", "on": "2026-06-01", "reason": "群众要求", "expectedVersion": 1 });
    let renamed = admin(&t, "renameArea", input.clone()).await.done("renameArea")["area"].clone();
    assert_eq!((&renamed["name"], &renamed["version"]), (&json!("大塘新村社区居委会"), &json!(2)));
    assert_eq!(renamed["formerNames"], json!([{ "name": "大塘社区", "until": "2026-05-31" }]));
    let stale = admin(&t, "renameArea", over(input.clone(), json!({ "name": "又一名" }))).await;
    stale.assert_refused("renameArea", "CONFLICT");
    assert_eq!(stale.data()["renameArea"]["area"]["version"], 2, "the area as it stands");
    let early = over(input, json!({ "name": "又一名", "on": "2026-05-20", "expectedVersion": 2 }));
    refused(&admin(&t, "renameArea", early).await, "renameArea", "OUT_OF_RANGE", &["on"]);
    assert_eq!(codes(&t, "areas", r#", filter: {formerName: {eq: "大塘社区"}}"#).await, [DATANG]);
    let asked =
        format!("{{ area(code: \"{DATANG}\") {{ changes {{ nodes {{ kind note actor {{ id }} fields {{ name from to }} }} }} }} }}");
    let change = t.ask(Some(t.world().district), &asked).await.data()["area"]["changes"]["nodes"][0].clone();
    assert_eq!(
        (&change["kind"], &change["note"], &change["actor"]["id"]),
        (&json!("CHANGED"), &json!("群众要求"), &json!(global(t.world().admin)))
    );
    assert!(
        change["fields"].as_array().expect("fields").contains(&json!({ "name": "name", "from": "大塘社区", "to": "大塘新村社区居委会" }))
    );
    let grid = json!({ "areaCode": "431302001009001", "name": "别名" });
    refused(&admin(&t, "renameArea", grid).await, "renameArea", "INVALID_STATE", &["areaCode"]);
}

async fn merged_communities_end_and_all_that_lives_in_them_goes_on_in_the_successor(t: TestApp) {
    let w = t.world();
    let open = t.report(w.resident).await;
    let closed = t.case_in(CaseStatus::Closed).await;
    let beside = t.report_with(w.resident2, json!({ "place": { "buildingId": global(w.other_building) } })).await;
    let merged = merge(&t, json!({})).await.done("mergeAreas")["area"].clone();
    assert_eq!(merged["code"], DATANG);
    assert_eq!(merged["predecessors"], json!([{ "kind": "MERGED", "from": { "code": YUETANG }, "to": { "code": DATANG } }]));
    // what ended is still there
    let ended = shown(&t, YUETANG).await;
    assert_eq!((&ended["endedOn"], &ended["version"], &ended["parent"]["code"]), (&json!("2026-06-09"), &json!(2), &json!("431302001000")));
    let after = json!({ "kind": "MERGED", "effectiveOn": "2026-06-10", "document": "娄星政发〔2026〕1号", "from": { "code": YUETANG }, "to": { "code": DATANG } });
    assert_eq!(ended["successors"], json!([after]));
    let above = ["430000000000", "431300000000", "431302000000", "431302001000"].map(|code| json!({ "code": code }));
    assert_eq!(ended["ancestors"], json!(above), "it never lay below what came after it");
    // its grids lie in the other, with their codes; a subtree has all of it
    let below = codes(&t, "areas", &format!(r#", filter: {{parent: {{code: {{eq: "{DATANG}"}}}}}}"#)).await;
    assert_eq!(below, ["431302001009001", "431302001009002", "431302001010001"]);
    let grid = shown(&t, "431302001009001").await;
    assert_eq!(grid["ancestors"][4], json!({ "code": DATANG }));
    let asked = format!(
        r#"{{ complexes(filter: {{area: "{DATANG}"}}) {{ totalCount }} grids(filter: {{area: "{DATANG}"}}) {{ totalCount }}
            partyBranches(filter: {{area: "{DATANG}"}}) {{ nodes {{ area {{ code }} }} }} }}"#
    );
    let seen = t.ask(Some(w.district), &asked).await.data().clone();
    assert_eq!((&seen["complexes"]["totalCount"], &seen["grids"]["totalCount"]), (&json!(2), &json!(3)));
    assert_eq!(seen["partyBranches"]["nodes"], json!([{ "area": { "code": DATANG } }, { "area": { "code": DATANG } }]));
    // cases: the open one has moved, the closed one stays, both are found in the successor
    let mut all = vec![open.number.clone(), closed.number.clone(), beside.number.clone()];
    all.sort();
    assert_eq!(numbers(&t, w.district, DATANG).await, all);
    assert_eq!(numbers(&t, w.district, YUETANG).await, [closed.number.as_str()]);
    assert_eq!(t.timeline(&open.case).await, ["REPORTED", "RELOCATED"]);
    assert_eq!(t.timeline(&closed.case).await.last().map(String::as_str), Some("CLOSED"));
    let asked = "query($id: ID!) { node(id: $id) { ... on Case { area { code } fileIntegrity { intact } grid { id } } } }";
    let case = t.ask_with(Some(w.auditor), asked, json!({ "id": open.case })).await.data()["node"].clone();
    assert_eq!(case, json!({ "area": { "code": DATANG }, "fileIntegrity": { "intact": true }, "grid": { "id": global(w.grid1) } }));
    // a report to the code of old lands in the successor
    let late = t.report_with(w.resident, json!({ "place": { "areaCode": YUETANG } })).await;
    assert_eq!(t.look(&late.case).await["handler"]["id"], json!(global(w.area_other_community)));
}

async fn an_open_case_keeps_its_deadlines_through_a_merge(t: TestApp) {
    let w = t.world();
    let filed = t.report(w.resident).await;
    let raise = json!({ "to": "COMMUNITY", "reason": "需社区协调" });
    t.does(w.grid_worker, "checkInWhistle", &filed.whistle).await;
    let raised = t.does_with(w.grid_worker, "raiseWhistle", &filed.case, raise).await["whistles"][0].clone();
    let clocks = "query($id: ID!) { node(id: $id) { ... on Case { dueAt clocks { kind dueAt status } } } }";
    let before = t.ask_with(Some(w.district), clocks, json!({ "id": filed.case })).await.data()["node"].clone();
    merge(&t, json!({})).await.done("mergeAreas");
    let after = t.ask_with(Some(w.district), clocks, json!({ "id": filed.case })).await.data()["node"].clone();
    assert_eq!(after, before);
    let case = t.look(&filed.case).await;
    assert_eq!(case["handler"]["id"], json!(global(w.area_other_community)));
    let whistle = case["whistles"]["nodes"][1].clone();
    assert_eq!((&whistle["id"], &whistle["target"]["id"]), (&raised["id"], &json!(global(w.area_other_community))));
    assert_eq!(whistle["checkInDueAt"], raised["checkInDueAt"]);
    // an officer of the community that ended works in the successor, with a post of its own
    let posts = t.ask(Some(w.community), "{ viewer { posts { startsOn unit { id } } areas { code } } }").await.data()["viewer"].clone();
    assert_eq!(posts["posts"], json!([{ "startsOn": "2026-06-10", "unit": { "id": global(w.area_other_community) } }]));
    assert_eq!(posts["areas"], json!([{ "code": DATANG }]));
    // nobody comes: it goes to the subdistrict, as it would have
    t.advance(Duration::days(4));
    run_due(&t.app).await.expect("done");
    let case = t.look(&filed.case).await;
    assert_eq!(case["whistles"]["nodes"][1]["status"], "ESCALATED");
    assert_eq!(case["handler"]["id"], json!(global(w.area_subdistrict)));
}

async fn whoever_works_for_the_successor_answers_for_what_was_closed(t: TestApp) {
    let w = t.world();
    let closed = t.case_in(CaseStatus::Closed).await;
    assert_eq!(numbers(&t, w.other_community, YUETANG).await, [""; 0]);
    merge(&t, json!({})).await.done("mergeAreas");
    assert_eq!(numbers(&t, w.other_community, YUETANG).await, [closed.number.as_str()]);
    assert_eq!(numbers(&t, w.other_community, DATANG).await, [closed.number.as_str()]);
    t.does(w.other_community, "reopenCase", &closed.case).await;
    // opened again it lies where its complex lies now
    assert_eq!(numbers(&t, w.district, YUETANG).await, [""; 0]);
    assert_eq!(numbers(&t, w.district, DATANG).await, [closed.number]);
}

async fn only_areas_side_by_side_are_merged_and_by_administrators_above(t: TestApp) {
    let w = t.world();
    for (with, code, path) in [
        (json!({ "intoCode": "431302002001" }), "MISMATCH", vec!["intoCode"]),
        (json!({ "fromCodes": [YUETANG, "431302002001"] }), "MISMATCH", vec!["fromCodes", "1"]),
        (json!({ "fromCodes": ["431302000000"] }), "MISMATCH", vec!["fromCodes", "0"]),
        (json!({ "fromCodes": ["431302001009001"] }), "MISMATCH", vec!["fromCodes", "0"]),
        (json!({ "fromCodes": [YUETANG, YUETANG] }), "ALREADY_EXISTS", vec!["fromCodes", "1"]),
        (json!({ "fromCodes": [DATANG] }), "ALREADY_EXISTS", vec!["fromCodes", "0"]),
        (json!({ "fromCodes": ["431302001999"] }), "NOT_FOUND", vec!["fromCodes", "0"]),
        (json!({ "fromCodes": [] }), "REQUIRED", vec!["fromCodes"]),
        (json!({ "intoCode": "431302001099" }), "REQUIRED", vec!["intoName"]),
    ] {
        refused(&merge(&t, with).await, "mergeAreas", code, &path);
    }
    let input = json!({ "fromCodes": [YUETANG], "intoCode": DATANG, "reason": "x" });
    refused(&t.change(Some(w.subdistrict), "mergeAreas", input.clone(), AREA).await, "mergeAreas", "FORBIDDEN", &["fromCodes", "0"]);
    let own = t.administrator(w.area_community).await;
    refused(&t.change(Some(own), "mergeAreas", input, AREA).await, "mergeAreas", "FORBIDDEN", &["fromCodes", "0"]);
    merge(&t, json!({})).await.done("mergeAreas");
    refused(&merge(&t, json!({})).await, "mergeAreas", "INVALID_STATE", &["fromCodes", "0"]);
    let back = json!({ "fromCodes": [DATANG], "intoCode": YUETANG });
    refused(&merge(&t, back).await, "mergeAreas", "INVALID_STATE", &["intoCode"]);
}

async fn communities_are_merged_into_a_new_one_and_that_one_into_another(t: TestApp) {
    let w = t.world();
    let closed = t.case_in(CaseStatus::Closed).await;
    let with = json!({ "fromCodes": [YUETANG, DATANG], "intoCode": "431302001020", "intoName": "塘边社区居委会", "on": "2026-06-01" });
    let made = merge(&t, with).await.done("mergeAreas")["area"].clone();
    assert_eq!((&made["establishedOn"], &made["name"]), (&json!("2026-06-01"), &json!("塘边社区居委会")));
    assert_eq!(made["predecessors"].as_array().map(Vec::len), Some(2));
    let created = json!({ "parentCode": "431302001000", "code": "431302001030", "name": "大社区" });
    admin(&t, "createArea", created).await.done("createArea");
    let twice = json!({ "fromCodes": ["431302001020"], "intoCode": "431302001030", "on": "2026-06-10" });
    merge(&t, twice).await.done("mergeAreas");
    // both generations are found in the last, and its officers see them
    assert_eq!(numbers(&t, w.district, "431302001030").await, [closed.number.as_str()]);
    assert_eq!(numbers(&t, w.other_community, "431302001030").await, [closed.number]);
    assert_eq!(codes(&t, "areas", r#", filter: {area: "431302001030", lifetime: ALL, level: {eq: COMMUNITY}}"#).await.len(), 4);
    assert_eq!(shown(&t, "431302001009001").await["parent"]["code"], "431302001030");
}

async fn subdistricts_are_merged_with_their_communities(t: TestApp) {
    let w = t.world();
    let filed = t.report_with(w.far_resident, json!({ "place": { "complexId": global(w.far) } })).await;
    let with = json!({ "fromCodes": ["431302002000"], "intoCode": "431302001000" });
    merge(&t, with).await.done("mergeAreas");
    assert_eq!(shown(&t, "431302002001").await["parent"]["code"], "431302001000");
    assert_eq!(numbers(&t, w.subdistrict, "431302001000").await, [filed.number.as_str()]);
    assert_eq!(numbers(&t, w.far_subdistrict, "431302001000").await, [filed.number.as_str()]);
    assert_eq!(numbers(&t, w.far_community, "431302002001").await, [filed.number]);
}

async fn a_split_says_where_everything_goes(t: TestApp) {
    let w = t.world();
    let in_complex = t.report(w.resident).await;
    let in_grid = t.report_with(w.resident, json!({ "place": { "areaCode": "431302001009002" } })).await;
    let nowhere = t.report_with(w.resident, json!({ "place": { "areaCode": YUETANG } })).await;
    let closed = t.case_in(CaseStatus::Closed).await;
    let part =
        |code: &str, grids: &[&str], homes: &[String]| json!({ "code": code, "name": "新社区", "childCodes": grids, "complexIds": homes });
    let (grid1, grid2, xinyue) = ("431302001009001", "431302001009002", global(w.xinyue));
    let input = |into: Value| json!({ "areaCode": YUETANG, "into": into, "reason": "人口过多", "expectedVersion": 1 });
    let split = async |into: Value| admin(&t, "splitArea", input(into)).await;
    let left = split(json!([part("431302001041", &[grid1], &[]), part("431302001042", &[], &[])])).await;
    refused(&left, "splitArea", "INVALID_STATE", &["into"]);
    assert!(text(&left.data()["splitArea"]["userErrors"][0]["message"]).contains('1'), "{:#}", left.json);
    let twice = json!([part("431302001041", &[grid1, grid2], &[]), part("431302001042", &[grid2], std::slice::from_ref(&xinyue))]);
    refused(&split(twice).await, "splitArea", "ALREADY_EXISTS", &["into", "1", "childCodes", "0"]);
    let strange = json!([part("431302001041", &["431302001010001"], &[]), part("431302001042", &[], &[])]);
    refused(&split(strange).await, "splitArea", "NOT_FOUND", &["into", "0", "childCodes", "0"]);
    let one = json!([part("431302001041", &[grid1, grid2], std::slice::from_ref(&xinyue))]);
    refused(&split(one).await, "splitArea", "REQUIRED", &["into"]);
    let into = json!([part("431302001041", &[grid1], &[xinyue]), part("431302001042", &[grid2], &[])]);
    let ended = split(into).await.done("splitArea")["area"].clone();
    assert_eq!((&ended["endedOn"], ended["successors"].as_array().map(Vec::len)), (&json!("2026-06-09"), Some(2)));
    let mut first = vec![in_complex.number.clone(), nowhere.number.clone()];
    first.sort();
    assert_eq!(numbers(&t, w.community, "431302001041").await, first, "its officers work in the first part");
    assert_eq!(numbers(&t, w.district, "431302001042").await, [in_grid.number]);
    assert_eq!(numbers(&t, w.district, YUETANG).await, [closed.number.as_str()]);
    assert_eq!(numbers(&t, w.subdistrict, "431302001000").await.len(), 4);
    // opened again it goes where its complex went
    t.does(w.subdistrict, "reopenCase", &closed.case).await;
    assert_eq!(numbers(&t, w.district, "431302001041").await.len(), 3);
}

/// How many rows of a table lie in an area.
pub async fn lying_in(t: &TestApp, table: &'static str, code: &str) -> u64 {
    let of = area::Entity::find().filter(area::Column::Code.eq(code)).one(&t.app.db.read).await.expect("read").expect("an area");
    let mut query = Query::select();
    query.expr(Expr::cust("count(*)")).from(Alias::new(table)).and_where(Expr::col(Alias::new("area_id")).eq(of.id.0));
    let row = t.app.db.read.query_one(&query).await.expect("counted").expect("a row");
    row.try_get_by_index::<i64>(0).expect("a number").cast_unsigned()
}

async fn what_is_kept_of_a_complex_goes_where_the_complex_goes(t: TestApp) {
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
    let part = |code: &str, grid: &str, homes: Value| json!({ "code": code, "name": "新社区", "childCodes": [grid], "complexIds": homes });
    // the first takes over what goes nowhere else
    let into = [part("431302001041", "431302001009001", json!([])), part("431302001042", "431302001009002", json!([xinyue]))];
    admin(&t, "splitArea", json!({ "areaCode": YUETANG, "into": into, "reason": "人口过多" })).await.done("splitArea");
    for (table, to_heir, to_other) in [
        ("complex", 0, 1),
        ("party_branch", 1, 1),
        ("party_cover", 0, 1),
        ("firm_contract", 0, 2),
        ("contract_fee", 0, 1),
        ("service_item", 0, 1),
        ("duty_post", 1, 1),
        ("double_report", 0, 1),
        ("service_record", 0, 1),
    ] {
        let lie =
            [lying_in(&t, table, YUETANG).await, lying_in(&t, table, "431302001041").await, lying_in(&t, table, "431302001042").await];
        assert_eq!(lie, [0, to_heir, to_other], "{table}");
    }
}

async fn what_goes_to_another_area_says_so_in_its_history(t: TestApp) {
    let w = t.world();
    let committee = row(&t, "业委会", |_, _| {}).await;
    let register = json!({ "area": YUETANG, "name": "台账" });
    let register = t.change(Some(w.community), "createRegister", register, "register { id }").await;
    let register = register.done("createRegister")["register"]["id"].clone();
    merge(&t, json!({ "intoCode": "431302001020", "intoName": "塘边社区居委会", "on": "2026-06-01" })).await.done("mergeAreas");
    // and once more: history has both
    merge(&t, json!({ "fromCodes": ["431302001020"] })).await.done("mergeAreas");
    let told = "version changes(first: 2) { nodes { kind version note actor { id } fields { name } } }";
    for (id, of, field) in [
        (json!(global(w.xinyue)), "Complex", "areaId"),
        (json!(global(w.branch)), "PartyBranch", "areaId"),
        (json!(global(w.area_grid1)), "Area", "parentId"),
        (register, "Register", "areaId"),
    ] {
        let seen = see(&t, Some(w.district), &id, of, told).await;
        assert_eq!(seen["version"], 3, "{of}");
        for (at, change) in seen["changes"]["nodes"].as_array().expect("changes").iter().enumerate() {
            assert_eq!((&change["kind"], &change["note"]), (&json!("CHANGED"), &json!("区划合并：规模过小")), "{of}");
            assert_eq!((&change["version"], &change["actor"]["id"]), (&json!(3 - at), &json!(global(w.admin))), "{of}");
            assert_eq!(change["fields"][0]["name"], field, "{of}");
        }
    }
    let asked = "version area { code } timeline { nodes { kind sequence note } }";
    let seen = see(&t, Some(w.district), &json!(global(committee)), "Committee", asked).await;
    assert_eq!((&seen["version"], &seen["area"]["code"]), (&json!(3), &json!(DATANG)));
    let gone = |sequence: u8| json!({ "kind": "RELOCATED", "sequence": sequence, "note": "区划合并：规模过小" });
    assert_eq!(seen["timeline"]["nodes"], json!([gone(2), gone(3)]));
}

async fn nothing_is_set_up_in_an_area_that_has_ended(t: TestApp) {
    let w = t.world();
    let input = json!({ "parentCode": "431302001000", "code": "431302001011", "name": "空社区", "on": "2026-05-01" });
    admin(&t, "createArea", input).await.done("createArea");
    admin(&t, "endArea", json!({ "areaCode": "431302001011", "reason": "已无居民" })).await.done("endArea");
    for (name, input, path) in [
        ("createRegister", json!({ "area": "431302001011", "name": "台账" }), "area"),
        ("createComplex", json!({ "areaCode": "431302001011", "name": "新苑", "kind": "COMMODITY" }), "areaCode"),
        ("establishPartyBranch", json!({ "area": "431302001011", "name": "党支部", "branchKind": "COMMUNITY_COMMITTEE" }), "area"),
        ("createDutyPost", json!({ "place": { "areaCode": "431302001011" }, "name": "楼栋长" }), "place.areaCode"),
        ("createGrid", json!({ "areaCode": "431302001011", "code": "431302001011001", "name": "网格" }), "areaCode"),
    ] {
        let path: Vec<&str> = path.split('.').collect();
        refused(&t.change(Some(w.district), name, input, "").await, name, "INVALID_STATE", &path);
    }
}

async fn an_area_ends_when_nothing_is_left_in_it(t: TestApp) {
    let end = |code: &str| json!({ "areaCode": code, "reason": "已无居民" });
    refused(&admin(&t, "endArea", end(YUETANG)).await, "endArea", "INVALID_STATE", &["areaCode"]);
    let input = json!({ "parentCode": "431302001000", "code": "431302001011", "name": "空社区", "on": "2026-05-01" });
    admin(&t, "createArea", input).await.done("createArea");
    let by = t.change(Some(t.world().subdistrict), "endArea", end("431302001011"), AREA).await;
    refused(&by, "endArea", "FORBIDDEN", &["areaCode"]);
    let ended = admin(&t, "endArea", end("431302001011")).await.done("endArea")["area"].clone();
    assert_eq!((&ended["establishedOn"], &ended["endedOn"]), (&json!("2026-05-01"), &json!("2026-06-09")));
    refused(&admin(&t, "endArea", end("431302001011")).await, "endArea", "INVALID_STATE", &["areaCode"]);
    let rename = json!({ "areaCode": "431302001011", "name": "x" });
    refused(&admin(&t, "renameArea", rename).await, "renameArea", "INVALID_STATE", &["areaCode"]);
    let place = json!({ "place": { "areaCode": "431302001011" } });
    t.try_report(t.world().resident, place).await.assert_refused("reportCase", "NOT_FOUND");
}

async fn areas_are_listed_as_of_today_unless_the_filter_says_otherwise(t: TestApp) {
    merge(&t, json!({ "intoCode": "431302001020", "intoName": "新塘社区居委会", "on": "2026-06-01" })).await.done("mergeAreas");
    let street = |filter: &str| format!(r#", filter: {{parent: {{code: {{eq: "431302001000"}}}}{filter}}}"#);
    let cases: [(&str, &[&str]); 6] = [
        ("", &[DATANG, "431302001020"]),
        (", lifetime: EXISTING", &[DATANG, "431302001020"]),
        (", lifetime: ENDED", &[YUETANG]),
        (", lifetime: ALL", &[YUETANG, DATANG, "431302001020"]),
        (r#", on: "2026-05-31""#, &[YUETANG, DATANG]),
        (r#", or: [{lifetime: ENDED}, {code: {eq: "431302001010"}}]"#, &[YUETANG, DATANG]),
    ];
    for (filter, expected) in cases {
        assert_eq!(codes(&t, "areas", &street(filter)).await, expected, "{filter}");
    }
    let asked = r#"{ area(code: "431302001000") { children { nodes { code } } } node(id: "AREA") { id } }"#
        .replace("AREA", &global(t.world().area_community));
    let seen = t.ask(None, &asked).await.data().clone();
    assert_eq!(seen["area"]["children"]["nodes"], json!([{ "code": DATANG }, { "code": "431302001020" }]));
    assert!(seen["node"].is_object(), "by its id it is there");
}
