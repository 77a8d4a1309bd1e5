//! Who may see and do what: every root field for every role, the same cases by whatever way, nothing without a valid token.

use std::collections::BTreeSet;

use chrono::{Days, Duration};
use entity::*;
use serde_json::{Value, json};

use crate::support::{
    TestApp,
    ask::{moves, report},
    global::global,
    world::day,
};

crate::tests! {
    both: [
        each_role_sees_this_much_of_each_root_field,
        the_same_cases_are_seen_by_whatever_way,
        a_hidden_case_is_answered_like_one_that_does_not_exist,
        visitors_see_what_is_public_and_nothing_else,
        visitors_change_nothing,
        those_who_only_read_change_nothing,
        a_token_that_is_not_good_is_refused,
        a_post_gives_its_role_from_its_first_day_to_its_last,
    ],
    pure: [every_root_field_has_a_row],
}

/// Five cases: of the resident with grid 1; next door; far away with a department called; with firm A; in another city.
pub async fn five_cases(t: &TestApp) -> [case_file::Model; 5] {
    let w = t.world();
    let first = t.case(|_| {}).await;
    t.whistle(&first, HandlerKind::Grid, w.grid1).await;
    let other = t
        .case(|c| {
            (c.community_id, c.area_id, c.grid_id) = (Some(w.area_other_community), w.area_other_community, Some(w.other_grid));
            (c.complex_id, c.building_id) = (Some(w.other), Some(w.other_building));
            (c.handler_id, c.reporter_id) = (w.other_grid.into(), Some(w.resident2));
        })
        .await;
    let far = t
        .case(|c| {
            (c.subdistrict_id, c.community_id, c.area_id) =
                (Some(w.area_far_subdistrict), Some(w.area_far_community), w.area_far_community);
            (c.grid_id, c.complex_id, c.building_id) = (Some(w.far_grid), Some(w.far), Some(w.far_building));
            (c.handler_id, c.reporter_id) = (w.far_grid.into(), Some(w.far_resident));
        })
        .await;
    t.whistle(&far, HandlerKind::Department, w.dep_urban).await;
    let firm = t
        .case(|c| {
            (c.grid_id, c.building_id, c.reporter_id) = (Some(w.grid2), Some(w.building3), None);
            (c.handler_kind, c.handler_id, c.level) = (HandlerKind::PropertyFirm, w.firm_a.into(), HandlingLevel::Complex);
        })
        .await;
    let abroad = t
        .case(|c| {
            (c.district_id, c.subdistrict_id) = (w.area_dongguan, Some(w.area_dongguan_subdistrict));
            (c.community_id, c.area_id) = (Some(w.area_dongguan_community), w.area_dongguan_community);
            (c.grid_id, c.complex_id, c.building_id, c.reporter_id) = (None, None, None, None);
            (c.handler_kind, c.handler_id) = (HandlerKind::Community, w.area_dongguan_community.into());
        })
        .await;
    [first, other, far, firm, abroad]
}

/// The sign-ins of the table, in the order of its columns.
fn roles(t: &TestApp) -> [(&'static str, Option<PersonId>); 14] {
    let w = t.world();
    [
        ("anonymous", None),
        ("resident", Some(w.resident)),
        ("grid worker", Some(w.grid_worker)),
        ("secretary", Some(w.secretary)),
        ("community", Some(w.community)),
        ("subdistrict", Some(w.subdistrict)),
        ("department", Some(w.department)),
        ("firm", Some(w.firm)),
        ("district", Some(w.district)),
        ("analyst", Some(w.analyst)),
        ("auditor", Some(w.auditor)),
        ("admin", Some(w.admin)),
        ("former worker", Some(w.former)),
        ("no post", Some(w.nobody)),
    ]
}

/// How much each role sees of each root field, in the order of `roles`. A list counts its rows, a single field 1 or 0.
#[rustfmt::skip]
const TABLE: &[(&str, [u64; 14])] = &[
    //                  anon res gw  sec com sub dep firm dis ana aud adm for no
    ("addWorkingTime", [1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1]),
    ("area",          [1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1]),
    ("areas",         [16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16]),
    ("buildings",     [5,  5,  5,  5,  5,  5,  5,  5,  5,  5,  5,  5,  5,  5]),
    ("case",          [0,  1,  1,  1,  1,  1,  0,  0,  1,  1,  1,  1,  0,  0]),
    ("caseCategories", [5, 5,  5,  5,  5,  5,  5,  5,  5,  5,  5,  5,  5,  5]),
    ("caseChanges",   [0,  1,  1,  2,  2,  3,  1,  1,  4,  4,  4,  4,  0,  0]),
    ("caseOutcomes",  [1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1]),
    ("cases",         [0,  1,  1,  2,  2,  3,  1,  1,  4,  4,  4,  4,  0,  0]),
    ("committeeCoverage", [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]),
    ("committees",    [1,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2]),
    ("complexTotals", [1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1]),
    ("complexes",     [3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3]),
    ("deadlinePolicies", [0, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4]),
    ("departments",   [0,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3]),
    ("doubleReportTotals", [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]),
    ("doubleReports", [0,  2,  1,  2,  2,  2,  1,  1,  2,  1,  2,  2,  1,  1]),
    ("dutyPosts",     [0,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1]),
    ("dwellings",     [0,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1]),
    ("eventCursor",   [1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1]),
    ("eventLogHead",  [1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1]),
    ("gridFundTotals", [1, 1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1]),
    ("gridFunds",     [0,  0,  1,  0,  1,  1,  0,  0,  1,  1,  1,  1,  0,  0]),
    ("firmAdmissions", [0, 0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0]),
    ("firmContracts", [4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4]),
    ("governingDocuments", [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    ("grids",         [0,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4]),
    ("handlingLevels", [5, 5,  5,  5,  5,  5,  5,  5,  5,  5,  5,  5,  5,  5]),
    ("handlingPaths", [0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0]),
    ("importColumns", [7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7]),
    ("importJobs",    [0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  1,  0,  0]),
    ("importTemplate", [1, 1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1]),
    ("isWorkingDay",  [1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1]),
    ("matters",       [0,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3]),
    ("node",          [0,  1,  1,  1,  1,  1,  0,  0,  1,  1,  1,  1,  0,  0]),
    ("nodes",         [0,  1,  1,  2,  2,  3,  1,  1,  4,  4,  4,  4,  0,  0]),
    ("pairings",      [0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0]),
    ("partyBranches", [0,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2]),
    ("partyCoverage", [1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1]),
    ("partyInstructors", [0, 1, 1, 1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1]),
    ("persons",       [0,  7,  5,  6,  9,  11, 9,  1,  22, 9,  22, 22, 1,  1]),
    ("propertyFirms", [2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2]),
    ("recordCompleteness", [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]),
    ("recordChanges", [0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0]),
    ("registers",     [0,  0,  1,  1,  1,  1,  1,  0,  1,  1,  1,  1,  0,  0]),
    ("search",        [1,  2,  4,  4,  5,  6,  9,  2,  13, 9,  13, 13, 1,  2]),
    ("viewer",        [0,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1]),
    ("webhooks",      [0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  1,  0,  0]),
    ("whistles",      [0,  1,  1,  1,  1,  1,  1,  0,  2,  2,  2,  2,  0,  0]),
    ("workingCalendar", [1, 1, 1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1]),
];

/// The names of the fields of a root type.
fn fields_of(root: &str) -> BTreeSet<String> {
    let sdl = chuishao::schema::sdl();
    let document = async_graphql::parser::parse_schema(sdl).expect("an SDL");
    let fields = document.definitions.into_iter().find_map(|definition| match definition {
        async_graphql::parser::types::TypeSystemDefinition::Type(ty) if ty.node.name.node == root => match ty.node.kind {
            async_graphql::parser::types::TypeKind::Object(object) => Some(object.fields),
            _ => None,
        },
        _ => None,
    });
    fields.expect("the type").into_iter().map(|field| field.node.name.node.to_string()).collect()
}

fn every_root_field_has_a_row() {
    let rows: BTreeSet<String> = TABLE.iter().map(|(field, _)| (*field).to_owned()).collect();
    assert_eq!(fields_of("Query"), rows, "a root field without a row in the table, or a row without a field");
}

async fn each_role_sees_this_much_of_each_root_field(t: TestApp) {
    let cases = five_cases(&t).await;
    let w = t.world();
    let register = register::Model {
        id: t.app.clock.new_id(),
        area_id: w.area_district,
        name: "台账".into(),
        provenance: Provenance::Invented,
        provenance_note: None,
        version: 1,
        ended_on: None,
        case_count: 0,
    };
    t.insert([register]).await;
    t.insert([flat(&t)]).await;
    t.insert(committees(&t)).await;
    t.insert([fund(&t)]).await;
    crate::double_reports::insert_some(&t).await;
    t.hook("http://127.0.0.1:9/", json!({})).await;
    t.upload(Some(w.admin), json!({ "kind": "FIRMS" }), "firms.csv", b"x").await.done("startImport");
    let ids: Vec<String> = cases.iter().map(|case| global(case.id)).collect();
    for case in &cases {
        t.publish(&t.fact_of(case), 1).await;
    }
    t.settle().await;
    // the day of the log is over
    t.advance(Duration::days(1));
    let mut wrong = Vec::new();
    for (field, expected) in TABLE {
        let query = match *field {
            "addWorkingTime" => r#"{ addWorkingTime(from: "2026-06-10T10:00:00+08:00", duration: "PT1H") }"#.to_owned(),
            "caseCategories" => r#"{ caseCategories(area: "431302000000") { name } }"#.to_owned(),
            "caseOutcomes" => "{ caseOutcomes { cases } }".to_owned(),
            "committeeCoverage" => r#"{ committeeCoverage(area: "431302000000") { numerator } }"#.to_owned(),
            "complexTotals" => "{ complexTotals { complexes } }".to_owned(),
            "doubleReportTotals" => r#"{ doubleReportTotals(area: "431302000000") { persons } }"#.to_owned(),
            "gridFundTotals" => "{ gridFundTotals { funds } }".to_owned(),
            "importColumns" => "{ importColumns(kind: BUILDINGS) { name } }".to_owned(),
            "importTemplate" => "{ importTemplate(kind: BUILDINGS) }".to_owned(),
            "partyCoverage" => r#"{ partyCoverage(area: "431302000000") { numerator } }"#.to_owned(),
            "recordCompleteness" => r#"{ recordCompleteness(area: "431302000000") { numerator } }"#.to_owned(),
            "isWorkingDay" => r#"{ isWorkingDay(date: "2026-06-10") }"#.to_owned(),
            "workingCalendar" => r#"{ workingCalendar(area: "431302000000") { ownHours } }"#.to_owned(),
            "area" => r#"{ area(code: "431302000000") { id } }"#.to_owned(),
            "handlingLevels" => r#"{ handlingLevels(area: "431302000000") { name } }"#.to_owned(),
            "caseChanges" => "{ caseChanges(first: 200) { nodes { case { id } } } }".to_owned(),
            "eventCursor" => "{ eventCursor }".to_owned(),
            "eventLogHead" => r#"{ eventLogHead(day: "2026-06-10") { hash } }"#.to_owned(),
            "case" => format!(r#"{{ case(number: "{}") {{ id }} }}"#, cases[0].number),
            "node" => format!(r#"{{ node(id: "{}") {{ id }} }}"#, ids[0]),
            "nodes" => format!("{{ nodes(ids: {}) {{ id }} }}", json!(ids)),
            "search" => r#"{ search(query: "甲", first: 200) { totalCount nodes { ... on Node { id } } } }"#.to_owned(),
            "viewer" => "{ viewer { person { id } } }".to_owned(),
            list => format!("{{ {list}(first: 200) {{ totalCount nodes {{ id }} }} }}"),
        };
        for ((role, who), expected) in roles(&t).into_iter().zip(expected) {
            let answer = t.ask(who, &query).await;
            let seen = match &answer.data()[field] {
                Value::Array(items) => items.iter().filter(|item| !item.is_null()).count() as u64,
                one if *field == "viewer" => u64::from(one["person"].is_object()),
                list if list["totalCount"].is_u64() => {
                    let total = list["totalCount"].as_u64().expect("a number");
                    assert_eq!(list["nodes"].as_array().expect("nodes").len() as u64, total, "{field} as {role}");
                    total
                }
                list if list["nodes"].is_array() => list["nodes"].as_array().map_or(0, Vec::len) as u64,
                one => u64::from(one.is_object() || one.is_string() || one == true),
            };
            if seen != *expected {
                wrong.push(format!("{field} as {role}: {seen} instead of {expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Of grid 1.
fn fund(t: &TestApp) -> grid_fund::Model {
    let w = t.world();
    let (id, budget, provenance) = (t.app.clock.new_id(), Hundredths(300_000), Provenance::Invented);
    grid_fund::Model { id, grid_id: w.grid1, area_id: w.area_grid1, year: 2026, budget, ended_on: None, provenance, version: 1 }
}

type Ids = BTreeSet<String>;

fn ids_in(list: &Value) -> Ids {
    list.as_array().expect("a list").iter().map(|one| one["id"].as_str().expect("an id").to_owned()).collect()
}

async fn the_same_cases_are_seen_by_whatever_way(t: TestApp) {
    let cases = five_cases(&t).await;
    let w = t.world();
    let sight: &[(PersonId, &[usize])] = &[
        (w.resident, &[0]),
        (w.resident2, &[1]),
        (w.far_resident, &[2]),
        (w.grid_worker, &[0]),
        (w.grid_worker2, &[3]),
        (w.secretary, &[0, 3]),
        (w.community, &[0, 3]),
        (w.other_community, &[1]),
        (w.far_community, &[2]),
        (w.subdistrict, &[0, 1, 3]),
        (w.far_subdistrict, &[2]),
        (w.department, &[2]),
        (w.department2, &[]),
        (w.firm, &[3]),
        (w.firm_b_manager, &[]),
        (w.district, &[0, 1, 2, 3]),
        (w.analyst, &[0, 1, 2, 3]),
        (w.former, &[]),
    ];
    let numbers: Vec<&str> = cases.iter().map(|case| case.number.as_str()).collect();
    let ids: Vec<String> = cases.iter().map(|case| global(case.id)).collect();
    let document = r"query($numbers: [String!]!, $ids: [ID!]!) {
        all: cases { totalCount nodes { id } }
        named: cases(filter: {number: {in: $numbers}}) { totalCount nodes { id } }
        byId: cases(filter: {id: {in: $ids}}) { totalCount }
        hidden: cases(filter: {not: {id: {in: $ids}}}) { totalCount }
        whistled: cases(filter: {whistles: {lead: true}}) { nodes { id } }
        nodes(ids: $ids) { id }
        complexes { nodes { cases { totalCount nodes { id } } } }
        grids { nodes { cases { totalCount nodes { id } } } }
        whistles { nodes { case { id } } }
    }";
    for (who, seen) in sight {
        let expected: Ids = seen.iter().map(|at| ids[*at].clone()).collect();
        let answer = t.ask_with(Some(*who), document, json!({ "numbers": numbers, "ids": ids })).await;
        let data = answer.data();
        let among = |indices: &[usize]| -> Ids { indices.iter().map(|at| ids[*at].clone()).filter(|id| expected.contains(id)).collect() };
        for list in ["all", "named"] {
            assert_eq!(ids_in(&data[list]["nodes"]), expected, "{list} as {who:?}");
            assert_eq!(data[list]["totalCount"], expected.len());
        }
        assert_eq!(data["byId"]["totalCount"], expected.len());
        assert_eq!(data["hidden"]["totalCount"], 0);
        assert_eq!(ids_in(&data["whistled"]["nodes"]), among(&[0, 2]));
        let nodes: Vec<Option<&str>> = data["nodes"].as_array().expect("nodes").iter().map(|node| node["id"].as_str()).collect();
        let in_place: Vec<Option<&str>> = ids.iter().map(|id| expected.contains(id).then_some(id.as_str())).collect();
        assert_eq!(nodes, in_place, "as {who:?}");
        for parents in ["complexes", "grids"] {
            let lists = data[parents]["nodes"].as_array().expect("nodes");
            let found: Ids = lists.iter().flat_map(|one| ids_in(&one["cases"]["nodes"])).collect();
            assert_eq!(found, among(&[0, 1, 2, 3]), "{parents} as {who:?}");
            assert_eq!(lists.iter().filter_map(|one| one["cases"]["totalCount"].as_u64()).sum::<u64>(), found.len() as u64);
        }
        let whistled: Vec<Value> = data["whistles"]["nodes"].as_array().expect("nodes").iter().map(|w| w["case"].clone()).collect();
        assert_eq!(ids_in(&whistled.into()), among(&[0, 2]), "whistles as {who:?}");
        for (at, case) in cases.iter().enumerate() {
            let one = t.ask(Some(*who), &format!(r#"{{ case(number: "{}") {{ id }} }}"#, case.number)).await;
            assert_eq!(one.data()["case"].is_object(), seen.contains(&at), "{} as {who:?}", case.number);
        }
    }
}

async fn a_hidden_case_is_answered_like_one_that_does_not_exist(t: TestApp) {
    let case = t.case(|_| {}).await;
    let whistle = t.whistle(&case, HandlerKind::Grid, t.world().grid1).await;
    let before = t.tally().await;
    let (unknown_case, unknown_whistle): (CaseId, WhistleId) = (t.app.clock.new_id(), t.app.clock.new_id());
    let (case, whistle) = (global(case.id), global(whistle.id));
    let named = [
        (case.clone(), whistle.clone()),
        (global(unknown_case), global(unknown_whistle)),
        // of another type, another spelling, none at all
        (whistle.clone(), case.clone()),
        (case.to_uppercase(), whistle.to_uppercase()),
        (format!("{case}\0"), format!("{whistle}\0")),
        ("case_".into(), "whistle_'; DROP TABLE case_file; --".into()),
        (String::new(), String::new()),
        ("1".repeat(10_000), "哨".repeat(1_000)),
    ];
    let hidden_from = t.world().far_community;
    for (case, whistle) in &named {
        for (name, input) in moves(&t, case, whistle, case) {
            let answer = t.change(Some(hidden_from), name, input.clone(), "__typename").await;
            let field = if input.get("caseId").is_some() { "caseId" } else { "whistleId" };
            // merged into itself: that is said before anything is looked up
            if name == "mergeCase" && answer.user_errors(name) == ["INVALID_STATE"] {
                continue;
            }
            let errors = &answer.data()[name]["userErrors"];
            let expected = json!([{ "code": "NOT_FOUND", "path": ["input", field], "message": "不存在，或无权查看" }]);
            assert_eq!(errors[0]["code"], expected[0]["code"], "{name} {input}: {errors}");
            assert_eq!(errors[0]["path"], expected[0]["path"], "{name} {input}");
            assert_eq!(errors.as_array().map(Vec::len), Some(1));
        }
        let answer =
            t.ask_with(Some(hidden_from), "query($id: ID!) { node(id: $id) { id } nodes(ids: [$id]) { id } }", json!({ "id": case })).await;
        assert_eq!(answer.data(), &json!({ "node": null, "nodes": [null] }), "{case}");
    }
    assert_eq!(t.tally().await, before);
}

async fn visitors_see_what_is_public_and_nothing_else(t: TestApp) {
    let [case, ..] = five_cases(&t).await;
    let w = t.world();
    let public = [
        global(w.area_district),
        global(w.area_grid1),
        global(w.xinyue),
        global(w.building1),
        global(w.firm_a),
        global(w.contract),
        global(w.contract_ended),
    ];
    let answer = t.ask_with(None, "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", json!({ "ids": public })).await;
    assert_eq!(answer.data()["nodes"].as_array().expect("nodes").iter().filter(|node| node.is_null()).count(), 0);
    let private = [
        global(case.id),
        global(w.grid1),
        global(w.branch),
        global(w.dep_urban),
        global(w.matter_parking),
        global(w.community),
        global(w.resident),
    ];
    let answer = t.ask_with(None, "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", json!({ "ids": private })).await;
    assert_eq!(answer.data()["nodes"], json!([null, null, null, null, null, null, null]));
    let nested = r#"{
        area(code: "431302001009001") { grid { id } complexes { nodes { id } } }
        complexes(filter: {name: {eq: "新月苑"}}) { nodes {
            partyBranch { id } cases { totalCount nodes { id } } buildings { nodes { name grid { id } } }
            firm { name } contracts { totalCount nodes { firm { name district { name } } } }
        } }
        viewer { person { id } roles areas { id } mayReport }
    }"#;
    let answer = t.ask(None, nested).await;
    let data = answer.data();
    assert_eq!(data["area"]["grid"], Value::Null);
    let complex = &data["complexes"]["nodes"][0];
    assert_eq!(complex["partyBranch"], Value::Null);
    assert_eq!(complex["cases"], json!({ "totalCount": 0, "nodes": [] }));
    assert_eq!(complex["buildings"]["nodes"][0], json!({ "name": "1栋", "grid": null }));
    assert_eq!(complex["firm"]["name"], "甲物业");
    assert_eq!(complex["contracts"]["totalCount"], 2);
    assert_eq!(data["viewer"], json!({ "person": null, "roles": [], "areas": [], "mayReport": false }));
}

/// The mutations of deadline policies, and the one that sets a path, with an input that is right in form.
fn of_policies() -> [(&'static str, Value); 3] {
    let policy = global(DeadlinePolicyId::standard(ClockKind::Case));
    [
        ("setDeadlinePolicy", json!({ "area": "431302000000", "kind": "CASE", "allowed": "PT70H" })),
        ("endDeadlinePolicy", json!({ "policyId": policy })),
        ("setHandlingPath", json!({ "area": "431302000000", "steps": ["GRID"] })),
    ]
}

/// The mutations of committees, with an input that is right in form.
fn of_committees(t: &TestApp) -> [(&'static str, Value); 8] {
    let w = t.world();
    let id = global(CommitteeId(w.xinyue.0));
    let member = global(CommitteeMemberId(w.xinyue.0));
    let place = json!({ "complexId": global(w.xinyue) });
    let seat = json!({ "personId": global(w.resident), "dwelling": "101" });
    [
        ("establishCommittee", json!({ "kind": "OWNERS", "name": "业主委员会", "place": place, "establishedOn": "2026-01-05" })),
        ("electCommittee", json!({ "committeeId": id, "electedOn": "2026-01-10", "endsOn": "2030-01-09", "members": [seat] })),
        ("seatMember", json!({ "committeeId": id, "seat": seat })),
        ("endSeat", json!({ "memberId": member, "because": "RESIGNED", "reason": "辞职" })),
        ("assignSeatRole", json!({ "memberId": member, "role": "CHAIR" })),
        ("fileCommittee", json!({ "committeeId": id })),
        ("renameCommittee", json!({ "committeeId": id, "name": "新名" })),
        ("dissolveCommittee", json!({ "committeeId": id, "reason": "撤销" })),
    ]
}

fn of_registers(t: &TestApp) -> [(&'static str, Value); 2] {
    let id = global(RegisterId(t.world().xinyue.0));
    [("createRegister", json!({ "area": "431302001009", "name": "台账" })), ("renameRegister", json!({ "registerId": id, "name": "台账" }))]
}

fn of_areas(t: &TestApp) -> [(&'static str, Value); 15] {
    let (grid, fund) = (global(t.world().grid1), global(GridFundId(t.world().xinyue.0)));
    let area = "431302001009";
    [
        ("createArea", json!({ "parentCode": "431302001000", "code": "431302001011", "name": "新" })),
        ("renameArea", json!({ "areaCode": area, "name": "新" })),
        ("mergeAreas", json!({ "fromCodes": [area], "intoCode": "431302001010", "reason": "x" })),
        ("splitArea", json!({ "areaCode": area, "into": [], "reason": "x" })),
        ("endArea", json!({ "areaCode": area, "reason": "x" })),
        ("moveComplex", json!({ "complexId": global(t.world().xinyue), "areaCode": "431302001010" })),
        ("createGrid", json!({ "areaCode": area, "code": "431302001009003", "name": "三" })),
        ("updateGrid", json!({ "gridId": grid, "fullFunction": true })),
        ("assignBuildingsToGrid", json!({ "gridId": grid, "buildingIds": [] })),
        ("endGrid", json!({ "gridId": grid, "reason": "x" })),
        ("regridCommunity", json!({ "areaCode": area, "grids": [], "reason": "x" })),
        ("openGridFund", json!({ "gridId": grid, "year": 2026, "budget": "1" })),
        ("addGridFundEntry", json!({ "fundId": fund, "kind": "SPEND", "amount": "1", "purpose": "x" })),
        ("updateGridFund", json!({ "fundId": fund, "budget": "2" })),
        ("closeGridFund", json!({ "fundId": fund })),
    ]
}
fn flat(t: &TestApp) -> dwelling::Model {
    let w = t.world();
    dwelling::Model {
        id: t.app.clock.new_id(),
        complex_id: w.xinyue,
        building_id: w.building1,
        stairwell_id: None,
        number: "101".into(),
        used_as: DwellingUse::Residential,
        floor_area: None,
        area_source: None,
        provenance: Provenance::Invented,
        version: 1,
        ended_on: None,
    }
}

/// The owners' committee of xinyue, and the committee of its branch.
fn committees(t: &TestApp) -> [committee::Model; 2] {
    let w = t.world();
    let owners = committee::Model {
        id: t.app.clock.new_id(),
        kind: CommitteeKind::Owners,
        name: "业主委员会".into(),
        area_id: w.area_community,
        complex_id: Some(w.xinyue),
        branch_id: None,
        established_on: day(2026, 1, 5),
        dissolved_on: None,
        provenance: Provenance::Invented,
        provenance_note: None,
        version: 1,
    };
    let (id, kind) = (t.app.clock.new_id(), CommitteeKind::BranchCommittee);
    let of_branch = committee::Model { id, kind, complex_id: None, branch_id: Some(w.branch), ..owners.clone() };
    [owners, of_branch]
}

async fn visitors_change_nothing(t: TestApp) {
    let case = t.case(|_| {}).await;
    let whistle = t.whistle(&case, HandlerKind::Grid, t.world().grid1).await;
    let of_homes = crate::support::homes::in_turn(&t).await;
    let before = t.tally().await;
    let case_id = case.id;
    let (case, whistle) = (global(case.id), global(whistle.id));
    let mut all = moves(&t, &case, &whistle, &case);
    all.push(("reportCase", report(&t)));
    all.push(("ruleOnExtension", json!({ "extensionId": format!("extension_{}", "0".repeat(32)), "approve": true })));
    all.extend(crate::working_time::changes("431302000000"));
    all.push(("erasePerson", json!({ "personId": global(t.world().resident), "reason": "本人申请" })));
    all.push(("eraseReporter", json!({ "caseId": case, "reason": "本人申请" })));
    let (person, post) = (global(t.world().resident), global(PostId(case_id.0)));
    all.push(("createPerson", json!({ "area": "431302001009", "name": "新人" })));
    all.push(("updatePerson", json!({ "personId": person, "name": "改名" })));
    all.push(("assignPost", json!({ "personId": person, "role": "GRID_WORKER", "unitId": global(t.world().grid1) })));
    all.push(("endPost", json!({ "postId": post })));
    let register = global(RegisterId(t.world().xinyue.0));
    all.push(("endRegister", json!({ "registerId": register })));
    all.push(("addCasesToRegister", json!({ "registerId": register, "caseIds": [case] })));
    all.push(("removeCaseFromRegister", json!({ "registerId": register, "caseId": case })));
    all.push(("startImport", json!({ "kind": "AREAS", "file": "#file:0" })));
    all.push(("uploadAttachment", json!({ "file": "#file:0" })));
    all.push(("markNotificationsRead", json!({ "all": true })));
    all.push(("createWebhook", json!({ "url": "http://127.0.0.1:9/", "area": "431302000000" })));
    for name in ["updateWebhook", "deleteWebhook", "rotateWebhookSecret", "testWebhook"] {
        all.push((name, json!({ "webhookId": global(WebhookId(case_id.0)) })));
    }
    all.push(("redeliverWebhook", json!({ "deliveryId": global(WebhookDeliveryId(case_id.0)) })));
    all.push(("endHandlingPath", json!({ "pathId": global(HandlingPathId(case_id.0)) })));
    all.extend(of_policies());
    all.extend(of_committees(&t));
    all.extend(of_registers(&t));
    all.extend(of_areas(&t));
    all.extend(crate::party::inputs(&t));
    all.extend(crate::double_reports::inputs(&t));
    all.extend(of_homes);
    all.extend(crate::firms::changes(&t));
    all.extend(crate::departments::changes(&t));
    all.extend(crate::level_names::changes());
    all.extend(crate::category_names::changes());
    let names: BTreeSet<String> = all.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(fields_of("Mutation"), names, "a mutation that no test tries, or one that is no more");
    for (name, input) in all {
        let answer = t.change(None, name, input, "__typename").await;
        answer.assert_code("UNAUTHENTICATED");
        assert_eq!(answer.json["data"][name], Value::Null);
    }
    assert_eq!(t.tally().await, before);
}

async fn those_who_only_read_change_nothing(t: TestApp) {
    let w = t.world();
    for (name, input) in of_policies() {
        for who in [w.analyst, w.auditor, w.district, w.resident] {
            t.change(Some(who), name, input.clone(), "__typename").await.assert_refused(name, "FORBIDDEN");
        }
    }
    let statuses = [CaseStatus::Reported, CaseStatus::InProgress, CaseStatus::Resolved, CaseStatus::Closed];
    for status in statuses {
        let case = t.case(|c| c.status = status).await;
        let into = t.case(|_| {}).await;
        let whistle = t.whistle(&case, HandlerKind::Grid, w.grid1).await;
        let before = t.tally().await;
        for who in [w.analyst, w.auditor, w.admin] {
            for (name, input) in moves(&t, &global(case.id), &global(whistle.id), &global(into.id)) {
                let answer = t.change(Some(who), name, input, "__typename").await;
                let expected = match name {
                    "checkInWhistle" | "declineWhistle" | "concludeWhistle" => "NOT_CALLED",
                    _ => "FORBIDDEN",
                };
                answer.assert_refused(name, expected);
            }
            let document = format!(r#"{{ node(id: "{}") {{ ... on Case {{ viewerActions {{ action allowed }} }} }} }}"#, global(case.id));
            let answer = t.ask(Some(who), &document).await;
            let actions = answer.data()["node"]["viewerActions"].as_array().expect("actions").clone();
            assert!(!actions.is_empty() && actions.iter().all(|action| action["allowed"] == false), "{actions:?}");
        }
        assert_eq!(t.tally().await, before);
    }
}

async fn a_token_that_is_not_good_is_refused(t: TestApp) {
    let good = t.token(t.world().resident);
    let short = t.token_for(t.world().resident, Duration::minutes(10));
    let stranger = t.token(t.app.clock.new_id::<PersonId>());
    let (head, tail) = good.rsplit_once('.').expect("three parts");
    let tampered = format!("{head}.{}", tail.chars().rev().collect::<String>());
    let ok = |header: String| {
        let request = t.http().post(t.url("/graphql")).json(&json!({ "query": "{ viewer { mayReport } }" }));
        async move {
            let response = request.header("Authorization", header).send().await.expect("an answer");
            crate::support::client::Response::of(response).await
        }
    };
    assert_eq!(ok(format!("Bearer {short}")).await.data()["viewer"]["mayReport"], true);
    assert_eq!(ok(format!("bearer {good}")).await.data()["viewer"]["mayReport"], true);
    t.advance(Duration::minutes(10));
    let bad = ["Bearer", "Bearer ", "Bearer x.y.z", "Basic dTpw", &good, &format!("Bearer {tampered}"), &format!("Bearer {short}")];
    for header in bad.into_iter().map(str::to_owned).chain([format!("Bearer {stranger}")]) {
        let answer = ok(header.clone()).await;
        assert_eq!(answer.status, 401, "{header}");
        answer.assert_code("UNAUTHENTICATED");
        assert!(answer.json.get("data").is_none(), "{header}");
    }
}

async fn a_post_gives_its_role_from_its_first_day_to_its_last(t: TestApp) {
    let w = t.world();
    let today = t.app.clock.today();
    assert_eq!(today, day(2026, 6, 10));
    t.case(|_| {}).await;
    let post = |starts_on, ends_on| post::Model {
        id: t.app.clock.new_id(),
        person_id: w.nobody,
        role: PostRole::GridWorker,
        unit_id: w.grid1.into(),
        area_id: w.area_grid1,
        starts_on,
        ends_on,
        version: 1,
    };
    let tomorrow = today + Days::new(1);
    t.insert([post(tomorrow, Some(tomorrow))]).await;
    let roles = async |who| {
        let answer = t.ask(Some(who), "{ viewer { roles } cases { totalCount } }").await;
        (answer.data()["viewer"]["roles"].clone(), answer.data()["cases"]["totalCount"].clone())
    };
    let none = (json!([]), json!(0));
    let worker = (json!(["GRID_WORKER"]), json!(1));
    assert_eq!(roles(w.former).await, none, "until yesterday");
    assert_eq!(roles(w.nobody).await, none, "from tomorrow");
    // 23:59 in Shanghai, then midnight: the day is that of the place, not UTC's
    t.advance(Duration::hours(13) + Duration::minutes(59));
    assert_eq!(roles(w.nobody).await, none, "one minute before");
    t.advance(Duration::minutes(1));
    assert_eq!(roles(w.nobody).await, worker, "on its only day");
    t.advance(Duration::days(1));
    assert_eq!(roles(w.nobody).await, none, "the day after");
}
