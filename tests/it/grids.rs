//! Grids 网格 in depth: set up, changed, given buildings, ended, and the grids of a community drawn anew.

use entity::{CaseStatus, PersonId};
use serde_json::{Value, json};

use crate::support::{
    TestApp,
    client::Response,
    committees::{over, refused, text},
    global::global,
    homes::done,
};

crate::tests! {
    both: [
        a_grid_is_set_up_with_its_buildings_and_their_open_cases_go_along,
        a_grid_is_changed_and_its_area_keeps_the_former_name,
        a_grid_ends_when_it_covers_nothing,
        a_building_that_is_gone_is_covered_by_no_grid,
        a_community_is_regridded_in_one_go_and_whistles_stay_answerable,
        a_regrid_leaves_no_building_out,
        buildings_and_posts_that_a_regrid_moves_tell_of_it,
        grids_are_kept_by_the_subdistrict_and_those_above,
        each_change_of_areas_and_grids_is_made_once_under_its_key,
        what_grids_have_is_read_in_a_constant_number_of_statements,
        a_grid_covers_what_its_micro_grids_cover,
        a_list_of_the_cases_of_a_grid_names_its_micro_grids_one_by_one,
        many_grids_and_areas_in_a_filter_cost_as_many_statements_as_a_few,
        a_micro_grid_without_a_worker_is_answered_for_by_its_grid,
        above_a_micro_grid_stands_its_grid_and_then_the_community,
        a_complaint_about_a_micro_grid_is_not_for_the_worker_of_its_grid_who_works_there_too,
        what_the_grid_over_a_micro_grid_had_goes_along_with_the_building,
    ],
}

const YUETANG: &str = "431302001009";
const GRID: &str = "grid { id name version fullFunction endedOn households area { code name formerNames { name until } }
    complexes { name } buildings { nodes { name } } workers { startsOn person { id } } formerBuildings { until building { name } } }";

async fn by(t: &TestApp, who: PersonId, name: &str, input: Value) -> Response {
    t.change(Some(who), name, input, GRID).await
}

async fn kept(t: &TestApp, name: &str, input: Value) -> Response {
    by(t, t.world().subdistrict, name, input).await
}

async fn grid(t: &TestApp, id: &str) -> Value {
    let asked = GRID.replacen("grid {", "node(id: $id) { ... on Grid {", 1);
    let document = format!("query($id: ID!) {{ {asked} }} }}");
    t.ask_with(Some(t.world().district), &document, json!({ "id": id })).await.data()["node"].clone()
}

fn names(list: &Value) -> Vec<String> {
    list["nodes"].as_array().expect("nodes").iter().map(|node| text(&node["name"])).collect()
}

async fn a_grid_is_set_up_with_its_buildings_and_their_open_cases_go_along(t: TestApp) {
    let w = t.world();
    let filed = t.report_with(w.resident, json!({ "place": { "buildingId": global(w.building3) } })).await;
    let input = json!({ "areaCode": YUETANG, "code": "431302001009003", "name": "第三网格", "fullFunction": true, "on": "2026-06-05",
        "buildingIds": [global(w.building3)] });
    let made = kept(&t, "createGrid", input.clone()).await.done("createGrid")["grid"].clone();
    assert_eq!((&made["fullFunction"], &made["area"]["code"], &made["households"]), (&json!(true), &json!("431302001009003"), &json!(160)));
    assert_eq!((names(&made["buildings"]), &made["complexes"]), (vec!["3栋".to_owned()], &json!([{ "name": "新月苑" }])));
    assert_eq!(grid(&t, &global(w.grid1)).await["households"], 320);
    let former = grid(&t, &global(w.grid2)).await;
    assert_eq!((names(&former["buildings"]).len(), &former["households"]), (0, &Value::Null));
    assert_eq!(former["formerBuildings"], json!([{ "until": "2026-06-04", "building": { "name": "3栋" } }]));
    let case = t.look(&filed.case).await;
    assert_eq!((&case["grid"]["id"], &case["handler"]["id"]), (&made["id"], &made["id"]));
    assert_eq!(case["whistles"]["nodes"][0]["target"]["id"], made["id"]);
    // given back
    let back = json!({ "gridId": global(w.grid2), "buildingIds": [global(w.building3)], "expectedVersion": 1 });
    let back = kept(&t, "assignBuildingsToGrid", back).await.done("assignBuildingsToGrid")["grid"].clone();
    assert_eq!((names(&back["buildings"]), &back["version"]), (vec!["3栋".to_owned()], &json!(2)));
    assert_eq!(t.look(&filed.case).await["handler"]["id"], json!(global(w.grid2)));
    let elsewhere = json!({ "gridId": global(w.grid2), "buildingIds": [global(w.other_building)] });
    refused(&kept(&t, "assignBuildingsToGrid", elsewhere).await, "assignBuildingsToGrid", "MISMATCH", &["buildingIds", "0"]);
    refused(&kept(&t, "createGrid", input).await, "createGrid", "ALREADY_EXISTS", &["code"]);
    let below = json!({ "areaCode": "431302001000", "code": "431302001011", "name": "不是网格" });
    refused(&kept(&t, "createGrid", below).await, "createGrid", "MISMATCH", &["code"]);
}

async fn a_grid_is_changed_and_its_area_keeps_the_former_name(t: TestApp) {
    let id = global(t.world().grid1);
    let input = json!({ "gridId": id, "name": "月塘东网格", "fullFunction": true, "expectedVersion": 1 });
    let changed = kept(&t, "updateGrid", input.clone()).await.done("updateGrid")["grid"].clone();
    assert_eq!((&changed["name"], &changed["fullFunction"], &changed["version"]), (&json!("月塘东网格"), &json!(true), &json!(2)));
    let area =
        json!({ "code": "431302001009001", "name": "月塘东网格", "formerNames": [{ "name": "月塘第一网格", "until": "2026-06-09" }] });
    assert_eq!(changed["area"], area);
    let stale = kept(&t, "updateGrid", input).await;
    stale.assert_refused("updateGrid", "CONFLICT");
    assert_eq!(stale.data()["updateGrid"]["grid"]["version"], 2);
    let asked = "{ grids(filter: {fullFunction: true}) { nodes { name changes { nodes { kind recordKind fields { name } } } } } }";
    let seen = t.ask(Some(t.world().district), asked).await.data()["grids"]["nodes"].clone();
    let fields = json!([{ "name": "name" }, { "name": "fullFunction" }]);
    let mut found = seen[0]["changes"]["nodes"][0]["fields"].as_array().cloned().unwrap_or_default();
    found.sort_by_key(|field| std::cmp::Reverse(text(&field["name"])));
    assert_eq!((json!(found), seen.as_array().map(Vec::len)), (fields, Some(1)));
}

async fn a_grid_ends_when_it_covers_nothing(t: TestApp) {
    let w = t.world();
    let end = |id: String| json!({ "gridId": id, "reason": "并入" });
    let full = kept(&t, "endGrid", end(global(w.grid1))).await;
    refused(&full, "endGrid", "INVALID_STATE", &["gridId"]);
    assert!(text(&full.data()["endGrid"]["userErrors"][0]["message"]).contains('2'), "it covers two buildings");
    let given = json!({ "gridId": global(w.grid1), "buildingIds": [global(w.building3)] });
    kept(&t, "assignBuildingsToGrid", given).await.done("assignBuildingsToGrid");
    let filed = t.report_with(w.resident, json!({ "place": { "areaCode": "431302001009002" } })).await;
    refused(&kept(&t, "endGrid", end(global(w.grid2))).await, "endGrid", "INVALID_STATE", &["gridId"]);
    t.does(w.resident, "withdrawCase", &filed.case).await;
    let ended = kept(&t, "endGrid", end(global(w.grid2))).await.done("endGrid")["grid"].clone();
    assert_eq!((&ended["endedOn"], &ended["workers"]), (&json!("2026-06-09"), &json!([])));
    let past = "query($id: ID!) { node(id: $id) { ... on Grid { workers(on: \"2026-06-01\") { startsOn endsOn person { id } } area { endedOn } } } }";
    let past = t.ask_with(Some(w.district), past, json!({ "id": global(w.grid2) })).await.data()["node"].clone();
    assert_eq!(past["workers"], json!([{ "startsOn": "2025-01-01", "endsOn": "2026-06-09", "person": { "id": global(w.grid_worker2) } }]));
    assert_eq!(past["area"]["endedOn"], "2026-06-09");
    let counted = "{ now: grids { totalCount } ended: grids(filter: {lifetime: ENDED}) { totalCount } then: grids(filter: {on: \"2026-06-09\"}) { totalCount } }";
    let counted = t.ask(Some(w.district), counted).await.data().clone();
    assert_eq!(counted, json!({ "now": { "totalCount": 3 }, "ended": { "totalCount": 1 }, "then": { "totalCount": 4 } }));
    refused(&kept(&t, "updateGrid", json!({ "gridId": global(w.grid2), "name": "x" })).await, "updateGrid", "INVALID_STATE", &["gridId"]);
}

async fn a_building_that_is_gone_is_covered_by_no_grid(t: TestApp) {
    let w = t.world();
    done(&t, "endBuilding", json!({ "buildingId": global(w.building3), "note": "危房拆除" })).await;
    let former = grid(&t, &global(w.grid2)).await;
    assert_eq!((&former["complexes"], &former["households"]), (&json!([]), &Value::Null));
    assert_eq!(grid(&t, &global(w.grid1)).await["households"], 480, "all households live in what stands");
    let found = format!("{{ complexes(filter: {{gridId: {{eq: \"{}\"}}}}) {{ totalCount }} }}", global(w.grid2));
    assert_eq!(t.ask(Some(w.district), &found).await.data()["complexes"]["totalCount"], 0);
    let given = json!({ "gridId": global(w.grid1), "buildingIds": [global(w.building3)] });
    refused(&kept(&t, "assignBuildingsToGrid", given).await, "assignBuildingsToGrid", "INVALID_STATE", &["buildingIds", "0"]);
    kept(&t, "endGrid", json!({ "gridId": global(w.grid2), "reason": "并入" })).await.done("endGrid");
    // nor does a regrid ask for it
    done(&t, "endBuilding", json!({ "buildingId": global(w.building2), "note": "危房拆除" })).await;
    let east = json!({ "code": "431302001009011", "name": "东网格", "buildingIds": [global(w.building1)] });
    regrid(&t, w.subdistrict, json!({ "grids": [east] })).await.done("regridCommunity");
}

fn redrawn(t: &TestApp) -> Value {
    let w = t.world();
    json!({ "areaCode": YUETANG, "reason": "按楼栋重划", "document": "月社〔2026〕2号", "expectedVersion": 1, "grids": [
        { "code": "431302001009011", "name": "东网格", "buildingIds": [global(w.building1)], "workerIds": [global(w.grid_worker2)] },
        { "code": "431302001009012", "name": "西网格", "fullFunction": true, "buildingIds": [global(w.building2), global(w.building3)],
          "workerIds": [global(w.grid_worker)] },
    ] })
}

const COMMUNITY: &str = "area { version children { nodes { code name predecessors { kind document from { code } }
    grid { id fullFunction workers { person { id } } buildings { nodes { name } } } } } }";

async fn regrid(t: &TestApp, who: PersonId, with: Value) -> Response {
    t.change(Some(who), "regridCommunity", over(redrawn(t), with), COMMUNITY).await
}

async fn a_community_is_regridded_in_one_go_and_whistles_stay_answerable(t: TestApp) {
    let w = t.world();
    let open = t.report(w.resident).await;
    let whole = t.report_with(w.resident2, json!({ "place": { "complexId": global(w.xinyue) } })).await;
    let grid_only = t.report_with(w.resident, json!({ "place": { "areaCode": "431302001009002" } })).await;
    let closed = t.case_in(CaseStatus::Closed).await;
    let done = regrid(&t, w.subdistrict, json!({})).await.done("regridCommunity")["area"].clone();
    let children = done["children"]["nodes"].as_array().expect("grids").clone();
    assert_eq!(children.iter().map(|child| text(&child["code"])).collect::<Vec<_>>(), ["431302001009011", "431302001009012"]);
    let [east, west] = [&children[0]["grid"], &children[1]["grid"]];
    assert_eq!((names(&east["buildings"]), names(&west["buildings"])), (vec!["1栋".into()], vec!["2栋".to_owned(), "3栋".to_owned()]));
    assert_eq!(
        (&east["workers"][0]["person"]["id"], &west["workers"][0]["person"]["id"]),
        (&json!(global(w.grid_worker2)), &json!(global(w.grid_worker)))
    );
    assert_eq!(west["fullFunction"], true);
    let from = |code: &str| json!({ "kind": "REGRIDDED", "document": "月社〔2026〕2号", "from": { "code": code } });
    assert_eq!(children[1]["predecessors"], json!([from("431302001009001"), from("431302001009002")]));
    // the whistle is out to the grid that has the building, and its new worker answers it
    assert_eq!(t.timeline(&open.case).await, ["REPORTED", "RELOCATED"]);
    let seen = t.look(&open.case).await;
    assert_eq!((&seen["handler"]["id"], &seen["whistles"]["nodes"][0]["target"]["id"]), (&east["id"], &east["id"]));
    t.does(w.grid_worker2, "checkInWhistle", &open.whistle).await;
    assert_eq!(t.look(&whole.case).await["grid"]["id"], west["id"], "most of its buildings");
    assert_eq!(t.look(&grid_only.case).await["grid"]["id"], west["id"], "most of the former grid's buildings");
    // what is closed stays where it was; opened again it goes to the grid of its building
    assert_eq!(t.look(&closed.case).await["grid"]["id"], json!(global(w.grid1)));
    t.does(w.community, "reopenCase", &closed.case).await;
    assert_eq!(t.look(&closed.case).await["handler"]["id"], east["id"]);
    let old = grid(&t, &global(w.grid1)).await;
    assert_eq!((&old["endedOn"], old["formerBuildings"].as_array().map(Vec::len)), (&json!("2026-06-09"), Some(2)));
    // a report to the former grid's code lands in its heir
    let late = t.report_with(w.resident, json!({ "place": { "areaCode": "431302001009002" } })).await;
    assert_eq!(late.payload["whistle"]["target"]["id"], west["id"]);
}

async fn a_regrid_leaves_no_building_out(t: TestApp) {
    let w = t.world();
    let grids = redrawn(&t)["grids"].clone();
    let east = over(grids[0].clone(), json!({}));
    let before = t.tally().await;
    let left = regrid(&t, w.subdistrict, json!({ "grids": [east] })).await;
    refused(&left, "regridCommunity", "INVALID_STATE", &["grids"]);
    assert!(text(&left.data()["regridCommunity"]["userErrors"][0]["message"]).contains('2'), "two buildings are left out");
    let with = |at: usize, change: Value| {
        let mut grids = grids.clone();
        grids[at] = over(grids[at].clone(), change);
        json!({ "grids": grids })
    };
    for (change, code, path) in [
        (
            json!({ "buildingIds": [global(w.building1), global(w.building2), global(w.building3)] }),
            "ALREADY_EXISTS",
            ["grids", "1", "buildingIds", "0"],
        ),
        (json!({ "workerIds": [global(w.resident)] }), "NOT_FOUND", ["grids", "1", "workerIds", "0"]),
    ] {
        refused(&regrid(&t, w.subdistrict, with(1, change)).await, "regridCommunity", code, &path);
    }
    let taken = with(0, json!({ "code": "431302001009001" }));
    refused(&regrid(&t, w.subdistrict, taken).await, "regridCommunity", "ALREADY_EXISTS", &["grids", "0", "code"]);
    let elsewhere = with(0, json!({ "buildingIds": [global(w.building1), global(w.far_building)] }));
    refused(&regrid(&t, w.subdistrict, elsewhere).await, "regridCommunity", "MISMATCH", &["grids", "0", "buildingIds", "1"]);
    refused(&regrid(&t, w.subdistrict, json!({ "areaCode": "431302001000" })).await, "regridCommunity", "MISMATCH", &["areaCode"]);
    refused(&regrid(&t, w.community, json!({})).await, "regridCommunity", "FORBIDDEN", &["areaCode"]);
    assert_eq!(grid(&t, &global(w.grid1)).await["endedOn"], Value::Null, "nothing was done by halves");
    assert_eq!(t.tally().await, before);
    regrid(&t, w.district, json!({})).await.done("regridCommunity");
    regrid(&t, w.district, json!({})).await.assert_refused("regridCommunity", "CONFLICT");
}

async fn buildings_and_posts_that_a_regrid_moves_tell_of_it(t: TestApp) {
    let w = t.world();
    let person = t.change(Some(w.community), "createPerson", json!({ "area": YUETANG, "name": "新人甲" }), "person { id }").await;
    let person = person.done("createPerson")["person"]["id"].clone();
    let later = json!({ "personId": person, "role": "GRID_WORKER", "unitId": global(w.grid1), "startsOn": "2026-07-01" });
    t.change(Some(w.community), "assignPost", later, "post { id }").await.done("assignPost");
    let mut grids = redrawn(&t)["grids"].clone();
    grids[1]["workerIds"] = json!([global(w.grid_worker), person]);
    let done = regrid(&t, w.subdistrict, json!({ "grids": grids })).await.done("regridCommunity")["area"].clone();
    let west = done["children"]["nodes"][1]["grid"]["id"].clone();
    let told = async |id: &Value, of: &str| {
        let query = format!("query($id: ID!) {{ node(id: $id) {{ ... on {of} }} }}");
        t.ask_with(Some(w.district), &query, json!({ "id": id })).await.data()["node"].clone()
    };
    let building =
        told(&json!(global(w.building2)), "Building { version grid { id } changes { nodes { kind note fields { name } } } }").await;
    let moved = json!([{ "kind": "CHANGED", "note": "按楼栋重划", "fields": [{ "name": "gridId" }] }]);
    assert_eq!((&building["version"], &building["grid"]["id"], &building["changes"]["nodes"]), (&json!(2), &west, &moved));
    let posts = async |grid: &Value, person: &Value| {
        let of = "Grid { posts { nodes { person { id } startsOn endsOn version changes { nodes { kind note } } } } }";
        let posts = told(grid, of).await["posts"]["nodes"].as_array().expect("posts").clone();
        let mut its = posts.into_iter().filter(|post| post["person"]["id"] == *person);
        let mut post = its.next().expect("a post");
        assert!(its.next().is_none(), "one post");
        post.as_object_mut().expect("a post").remove("person");
        post
    };
    let (ended, created) = (json!({ "kind": "ENDED", "note": "按楼栋重划" }), json!({ "kind": "CREATED", "note": null }));
    let (old, worker) = (json!(global(w.grid1)), json!(global(w.grid_worker)));
    let before = posts(&old, &worker).await;
    assert_eq!((&before["endsOn"], &before["version"], &before["changes"]["nodes"]), (&json!("2026-06-09"), &json!(2), &json!([ended])));
    let after = posts(&west, &worker).await;
    let expected = json!({ "startsOn": "2026-06-10", "endsOn": null, "version": 1, "changes": { "nodes": [created] } });
    assert_eq!(after, expected);
    // whoever was to begin later begins then
    let after = posts(&west, &person).await;
    assert_eq!(after, over(expected, json!({ "startsOn": "2026-07-01" })));
    assert_eq!(posts(&old, &person).await["endsOn"], "2026-07-01");
}

async fn grids_are_kept_by_the_subdistrict_and_those_above(t: TestApp) {
    let w = t.world();
    let id = global(w.grid1);
    let inputs = [
        ("createGrid", json!({ "areaCode": YUETANG, "code": "431302001009003", "name": "三" }), "areaCode"),
        ("updateGrid", json!({ "gridId": id, "fullFunction": true }), "gridId"),
        ("assignBuildingsToGrid", json!({ "gridId": id, "buildingIds": [global(w.building3)] }), "gridId"),
        ("endGrid", json!({ "gridId": id, "reason": "x" }), "gridId"),
    ];
    for (name, input, field) in &inputs {
        for who in [w.resident, w.grid_worker, w.community, w.far_subdistrict, w.auditor] {
            refused(&by(&t, who, name, input.clone()).await, name, "FORBIDDEN", &[field]);
        }
    }
    for (name, input, field) in &inputs[1..] {
        let unknown: entity::GridId = t.app.clock.new_id();
        refused(&kept(&t, name, over(input.clone(), json!({ "gridId": global(unknown) }))).await, name, "NOT_FOUND", &[field]);
    }
    for who in [w.district, w.admin] {
        let input = json!({ "gridId": id, "fullFunction": who == w.district });
        by(&t, who, "updateGrid", input).await.done("updateGrid");
    }
}

async fn each_change_of_areas_and_grids_is_made_once_under_its_key(t: TestApp) {
    let w = t.world();
    let grid = global(w.other_grid);
    let empty = json!({ "parentCode": "431302001000", "code": "431302001050", "name": "空" });
    let fund = t.change(Some(w.admin), "openGridFund", json!({ "gridId": grid, "year": 2025, "budget": "1" }), "fund { id }").await;
    let fund = fund.done("openGridFund")["fund"]["id"].clone();
    let split = json!([{ "code": "431302002011", "name": "甲", "childCodes": ["431302002001001"], "complexIds": [global(w.far)] },
        { "code": "431302002012", "name": "乙", "childCodes": [], "complexIds": [] }]);
    let changes: [(&str, Value, Value); 14] = [
        ("createArea", empty, json!({ "name": "另" })),
        ("renameArea", json!({ "areaCode": "431302001010", "name": "改名社区" }), json!({ "name": "另" })),
        ("endArea", json!({ "areaCode": "431302001050", "reason": "x", "on": "2026-06-10" }), json!({ "reason": "另" })),
        ("createGrid", json!({ "areaCode": "431302001010", "code": "431302001010002", "name": "二" }), json!({ "name": "另" })),
        ("updateGrid", json!({ "gridId": grid, "fullFunction": true }), json!({ "name": "另" })),
        ("assignBuildingsToGrid", json!({ "gridId": grid, "buildingIds": [global(w.other_building)] }), json!({ "reason": "另" })),
        ("openGridFund", json!({ "gridId": grid, "year": 2026, "budget": "3000" }), json!({ "budget": "1" })),
        (
            "addGridFundEntry",
            json!({ "fundId": fund, "kind": "GRANT", "amount": "0.50", "purpose": "拨付", "day": "2025-03-01" }),
            json!({ "purpose": "另" }),
        ),
        ("updateGridFund", json!({ "fundId": fund, "budget": "2" }), json!({ "budget": "3" })),
        ("closeGridFund", json!({ "fundId": fund }), json!({ "note": "另" })),
        ("endGrid", json!({ "gridId": "GRID", "reason": "x" }), json!({ "reason": "另" })),
        ("regridCommunity", redrawn(&t), json!({ "reason": "另" })),
        ("splitArea", json!({ "areaCode": "431302002001", "into": split, "reason": "x" }), json!({ "reason": "另" })),
        ("mergeAreas", json!({ "fromCodes": [YUETANG], "intoCode": "431302001010", "reason": "x" }), json!({ "reason": "另" })),
    ];
    let mut made = String::new();
    for (name, mut input, other) in changes {
        if name == "endArea" {
            // from the day before yesterday on, so that it can have ended
            t.sql("UPDATE area SET established_on = '2026-06-01' WHERE code = '431302001050'").await;
        }
        if input["gridId"] == "GRID" {
            t.sql("UPDATE area SET established_on = '2026-06-01' WHERE code = '431302001010002'").await;
            input["gridId"] = json!(made);
        }
        let shown = match name {
            "createArea" | "renameArea" | "endArea" | "regridCommunity" | "splitArea" | "mergeAreas" => "area { id version }",
            "openGridFund" | "updateGridFund" | "addGridFundEntry" | "closeGridFund" => "fund { id version }",
            _ => "grid { id version }",
        };
        let input = over(input, json!({ "idempotencyKey": name }));
        let first = t.change(Some(w.admin), name, input.clone(), shown).await.done(name).clone();
        if name == "createGrid" {
            made = text(&first["grid"]["id"]);
        }
        assert_eq!(t.change(Some(w.admin), name, input.clone(), shown).await.done(name), &first, "{name} again");
        t.change(Some(w.admin), name, over(input, other), shown).await.assert_refused(name, "IDEMPOTENCY_KEY_REUSED");
    }
}

async fn what_grids_have_is_read_in_a_constant_number_of_statements(t: TestApp) {
    let w = t.world();
    for (grid, year) in [(w.grid1, 2025), (w.grid1, 2026), (w.grid2, 2026), (w.far_grid, 2026)] {
        let input = json!({ "gridId": global(grid), "year": year, "budget": "3000" });
        t.change(Some(w.admin), "openGridFund", input, "fund { id }").await.done("openGridFund");
    }
    let mut counts = Vec::new();
    for first in [2, 4] {
        let asked = format!(
            "{{ grids(first: {first}) {{ nodes {{ households complexes {{ name }} workers {{ person {{ id }} }} formerBuildings {{ building {{ id }} }}
                funds {{ nodes {{ balance entries {{ nodes {{ amount }} }} }} }} changes {{ nodes {{ kind }} }}
                area {{ formerNames {{ name }} successors {{ to {{ id }} }} predecessors {{ from {{ id }} }} }} }} }} }}"
        );
        let mark = t.statements.count();
        let answer = t.ask(Some(w.district), &asked).await;
        assert_eq!(answer.data()["grids"]["nodes"].as_array().map(Vec::len), Some(first));
        counts.push(t.statements.since(mark).len());
    }
    assert_eq!(counts[0], counts[1]);
}

/// Building 1 lies in a micro-grid of grid 1 from today; who works in it, if anybody.
async fn drawn(t: &TestApp, worker: Option<PersonId>) -> Value {
    let input = json!({ "areaCode": "431302001009001", "code": "431302001009001001", "name": "月塘第一微网格",
        "buildingIds": [global(t.world().building1)] });
    let micro = kept(t, "createGrid", input).await.done("createGrid")["grid"]["id"].clone();
    if let Some(worker) = worker {
        let post = json!({ "personId": global(worker), "role": "GRID_WORKER", "unitId": micro });
        t.change(Some(t.world().community), "assignPost", post, "post { id }").await.done("assignPost");
    }
    micro
}

async fn a_grid_covers_what_its_micro_grids_cover(t: TestApp) {
    let w = t.world();
    let filed = t.report(w.resident).await;
    let micro = drawn(&t, None).await;
    assert_eq!(t.look(&filed.case).await["grid"]["id"], micro);
    let whole = grid(&t, &global(w.grid1)).await;
    assert_eq!((names(&whole["buildings"]), &whole["households"]), (vec!["1栋".to_owned(), "2栋".to_owned()], &json!(320)));
    assert_eq!(whole["complexes"], json!([{ "name": "新月苑" }]));
    let part = grid(&t, &text(&micro)).await;
    assert_eq!((names(&part["buildings"]), &part["households"]), (vec!["1栋".to_owned()], &json!(160)));
    // and its worker sees what lies there
    let asked = "query($id: ID!) { node(id: $id) { ... on Grid { buildings { totalCount } cases { totalCount nodes { id } } } } }";
    let seen = t.ask_with(Some(w.grid_worker), asked, json!({ "id": global(w.grid1) })).await.data()["node"].clone();
    assert_eq!(seen, json!({ "buildings": { "totalCount": 2 }, "cases": { "totalCount": 1, "nodes": [{ "id": filed.case }] } }));
    for (list, filter, expected) in [
        ("grids", "level: {eq: MICRO_GRID}".to_owned(), 1),
        ("grids", "level: {eq: GRID}".into(), 4),
        ("grids", "complexes: {some: {name: {eq: \"新月苑\"}}}".into(), 3),
        ("grids", "complexes: {none: {}}".into(), 0),
        ("complexes", "grids: {some: {level: {eq: MICRO_GRID}}}".into(), 1),
        ("complexes", format!("grids: {{none: {{id: {{eq: \"{}\"}}}}}}", global(w.grid1)), 2),
        ("complexes", format!("gridId: {{eq: \"{}\"}}", text(&micro)), 1),
        ("cases", format!("gridId: {{eq: \"{}\"}}", global(w.grid1)), 1),
        ("cases", format!("gridId: {{eq: \"{}\"}}", global(w.grid2)), 0),
    ] {
        let counted = t.ask(Some(w.district), &format!("{{ {list}(filter: {{{filter}}}) {{ totalCount }} }}")).await;
        assert_eq!(counted.data()[list]["totalCount"], expected, "{list} {filter}");
    }
    let visitor = t.ask(None, "{ complexes(filter: {grids: {some: {}}}) { totalCount } }").await;
    assert_eq!(visitor.data()["complexes"]["totalCount"], 0);
}

/// Of a set that only the database knows, SQLite takes the cases of the whole district in their order until there are enough of the grid.
async fn a_list_of_the_cases_of_a_grid_names_its_micro_grids_one_by_one(t: TestApp) {
    let w = t.world();
    let first = t.report(w.resident).await;
    let micro = drawn(&t, None).await;
    let second = t.report_with(w.resident, json!({ "place": { "buildingId": global(w.building2) } })).await;
    for (grids, expected) in [
        (format!("eq: \"{}\"", global(w.grid1)), vec![&second.case, &first.case]),
        (format!("eq: \"{}\"", text(&micro)), vec![&first.case]),
        (format!("in: [\"{}\", \"{}\"]", global(w.grid1), text(&micro)), vec![&second.case, &first.case]),
        (format!("eq: \"{}\"", global(w.grid2)), Vec::new()),
    ] {
        let asked = format!(
            "{{ cases(filter: {{gridId: {{{grids}}}}}, orderBy: {{field: NUMBER, direction: DESC}}) {{ totalCount nodes {{ id }} }} }}"
        );
        let mark = t.statements.count();
        let found = t.ask(Some(w.district), &asked).await.data()["cases"].clone();
        let ids: Vec<_> = expected.iter().map(|id| json!({ "id": id })).collect();
        assert_eq!(found, json!({ "totalCount": ids.len(), "nodes": ids }), "{grids}");
        let read: Vec<_> = t.statements.since(mark).into_iter().filter(|sql| sql.contains(r#"FROM "case_file""#)).collect();
        assert_eq!(read.len(), 2, "{read:?}");
        assert!(read.iter().all(|sql| !sql.contains("grid_within")), "{read:?}");
    }
}

async fn many_grids_and_areas_in_a_filter_cost_as_many_statements_as_a_few(t: TestApp) {
    let w = t.world();
    let filed = t.report(w.resident).await;
    drawn(&t, None).await;
    let asked = "query($filter: CaseFilter) { cases(filter: $filter) { totalCount nodes { id } } }";
    let mut costs = Vec::new();
    for times in [4, 40] {
        let place = json!({ "gridId": { "eq": global(w.grid1) }, "area": YUETANG });
        for filter in [json!({ "or": vec![place.clone(); times] }), json!({ "and": vec![place; times] })] {
            let mark = t.statements.count();
            let found = t.ask_with(Some(w.district), asked, json!({ "filter": filter })).await.data()["cases"].clone();
            assert_eq!(found, json!({ "totalCount": 1, "nodes": [{ "id": filed.case }] }), "{filter}");
            costs.push(t.statements.since(mark).len());
        }
    }
    assert_eq!(costs[..2], costs[2..]);
}

async fn a_micro_grid_without_a_worker_is_answered_for_by_its_grid(t: TestApp) {
    let w = t.world();
    let before = t.report(w.resident).await;
    let micro = drawn(&t, None).await;
    // what the grid had stays with it
    let seen = t.look(&before.case).await;
    assert_eq!((&seen["grid"]["id"], &seen["handler"]["id"]), (&micro, &json!(global(w.grid1))));
    t.does(w.grid_worker, "checkInWhistle", &before.whistle).await;
    let filed = t.report(w.resident).await;
    assert_eq!((&filed.payload["whistle"]["target"]["id"], &filed.payload["case"]["grid"]["id"]), (&json!(global(w.grid1)), &micro));
    t.does(w.grid_worker, "checkInWhistle", &filed.whistle).await;
    assert!(t.report(w.grid_worker).await.whistle.is_empty(), "it is theirs");
    t.refuses(w.grid_worker2, "checkInWhistle", &filed.whistle, ("NOT_FOUND", "whistleId")).await;
}

async fn above_a_micro_grid_stands_its_grid_and_then_the_community(t: TestApp) {
    let w = t.world();
    let micro = drawn(&t, Some(w.grid_worker2)).await;
    let filed = t.report(w.resident).await;
    assert_eq!(filed.payload["whistle"]["target"]["id"], micro);
    let up = t.does(w.resident, "escalateWhistle", &filed.whistle).await;
    assert_eq!(up["case"]["handler"]["id"], global(w.grid1));
    let up = t.does(w.resident, "escalateWhistle", &text(&up["whistle"]["escalatedTo"]["id"])).await;
    assert_eq!(up["case"]["handler"]["id"], global(w.area_community));
    // who works for the grid may do what the micro-grid may; what they report is the micro-grid's all the same
    let own = t.report(w.grid_worker).await;
    assert_eq!(own.payload["whistle"]["target"]["id"], micro);
    t.does(w.grid_worker, "checkInWhistle", &own.whistle).await;
    // a grid without a worker is passed over
    t.sql("UPDATE post SET ends_on = '2026-06-09' WHERE person_id IN (SELECT id FROM person WHERE name = '网格员甲')").await;
    let filed = t.report(w.resident).await;
    let up = t.does(w.resident, "escalateWhistle", &filed.whistle).await;
    assert_eq!(up["case"]["handler"]["id"], global(w.area_community));
}

async fn a_complaint_about_a_micro_grid_is_not_for_the_worker_of_its_grid_who_works_there_too(t: TestApp) {
    let w = t.world();
    let micro = drawn(&t, None).await;
    let complaint = json!({ "respondent": { "handlerId": micro } });
    let filed = t.report_with(w.resident, complaint.clone()).await;
    assert_eq!(filed.payload["whistle"]["target"]["id"], global(w.area_community), "nobody else works there");
    let post = json!({ "personId": global(w.grid_worker2), "role": "GRID_WORKER", "unitId": micro });
    t.change(Some(w.community), "assignPost", post, "post { id }").await.done("assignPost");
    let filed = t.report_with(w.resident, complaint.clone()).await;
    assert_eq!(filed.payload["whistle"]["target"]["id"], global(w.area_community));
    t.refuses(w.grid_worker, "addCaseNote", &filed.case, ("RESPONDENT", "caseId")).await;
    let later = t.report(w.resident).await;
    assert_eq!(later.payload["whistle"]["target"]["id"], micro);
    let done = t.does_with(w.community, "classifyCase", &later.case, complaint).await;
    assert_eq!(done["case"]["handler"]["id"], global(w.area_community));
}

async fn what_the_grid_over_a_micro_grid_had_goes_along_with_the_building(t: TestApp) {
    let w = t.world();
    drawn(&t, None).await;
    let filed = t.report(w.resident).await;
    let given = json!({ "gridId": global(w.grid2), "buildingIds": [global(w.building1)] });
    kept(&t, "assignBuildingsToGrid", given).await.done("assignBuildingsToGrid");
    let case = t.look(&filed.case).await;
    let grid2 = json!(global(w.grid2));
    assert_eq!([&case["grid"]["id"], &case["handler"]["id"], &case["whistles"]["nodes"][0]["target"]["id"]], [&grid2; 3]);
    t.does(w.grid_worker2, "checkInWhistle", &filed.whistle).await;
}
