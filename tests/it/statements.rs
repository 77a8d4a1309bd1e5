//! What a question costs: a constant number of SQL statements, whatever the number of rows.

use chrono::Duration;
use entity::*;
use serde_json::{Value, json};

use crate::support::{TestApp, global::global};

crate::tests! {
    both: [
        a_list_of_cases_costs_the_same_for_one_and_for_fifty,
        a_total_costs_a_statement_only_when_it_is_selected,
        other_nested_lists_cost_the_same_however_long_they_are,
        nodes_of_one_type_are_loaded_together,
        the_root_fields_that_name_nodes_share_their_load,
        a_visitor_costs_no_sign_in,
    ],
}

/// Sixty cases, each with two whistles and five entries, in three places.
async fn sixty(t: &TestApp) -> Vec<case_file::Model> {
    let w = t.world();
    let places = [(w.grid1, w.xinyue), (w.grid2, w.xinyue), (w.other_grid, w.other)];
    let cases: Vec<case_file::Model> = (0..60)
        .map(|n| {
            let mut row = t.case_row();
            let (grid, complex) = places[n % 3];
            (row.grid_id, row.complex_id, row.building_id) = (Some(grid), Some(complex), None);
            let handlers =
                [(HandlerKind::Grid, grid.0), (HandlerKind::Community, w.area_community.0), (HandlerKind::PropertyFirm, w.firm_a.0)];
            (row.handler_kind, row.handler_id) = handlers[n % handlers.len()];
            row.reporter_id = Some([w.resident, w.resident2, w.far_resident][n % 3]);
            row.reported_at = t.now() - Duration::minutes(n as i64);
            row.merged_into_id = None;
            row
        })
        .collect();
    t.insert(cases.clone()).await;
    let calls = |case: &case_file::Model| {
        [t.whistle_row(case, HandlerKind::Grid, case.grid_id.expect("a grid")), t.whistle_row(case, HandlerKind::Department, w.dep_urban)]
    };
    t.insert(cases.iter().flat_map(calls).collect::<Vec<_>>()).await;
    let entries = |case: &case_file::Model| (1..=5).map(|seq| case_event::Model { seq, ..t.report_entry(case) }).collect::<Vec<_>>();
    t.insert(cases.iter().flat_map(entries).collect::<Vec<_>>()).await;
    cases
}

/// The statements that one document costs, and its data.
async fn cost(t: &TestApp, who: Option<PersonId>, document: &str, variables: Value) -> (Vec<String>, Value) {
    let token = who.map(|person| t.token(person));
    let mark = t.statements.count();
    let answer = t.gql(token.as_deref(), document, variables).await;
    let data = answer.data().clone();
    (t.statements.since(mark), data)
}

async fn a_list_of_cases_costs_the_same_for_one_and_for_fifty(t: TestApp) {
    sixty(&t).await;
    let document = "query($n: Int!) { cases(first: $n) { nodes {
        complex { firm { name } } grid { name } whistles { nodes { status } } timeline(last: 3) { nodes { kind } }
    } } }";
    let mut costs = Vec::new();
    for n in [1, 5, 50] {
        let (statements, data) = cost(&t, Some(t.world().district), document, json!({ "n": n })).await;
        let nodes = data["cases"]["nodes"].as_array().expect("nodes");
        assert_eq!(nodes.len(), n);
        for node in nodes {
            assert_eq!(node["complex"]["firm"]["name"], "甲物业");
            assert!(node["grid"]["name"].is_string());
            assert_eq!(node["whistles"]["nodes"].as_array().map(Vec::len), Some(2));
            assert_eq!(node["timeline"]["nodes"].as_array().map(Vec::len), Some(3));
        }
        assert!(statements.len() <= 8, "{n} cases cost {} statements:\n{}", statements.len(), statements.join("\n"));
        costs.push(statements.len());
    }
    assert!(costs.iter().all(|cost| *cost == costs[0]), "{costs:?}");
}

async fn a_total_costs_a_statement_only_when_it_is_selected(t: TestApp) {
    sixty(&t).await;
    let who = Some(t.world().district);
    let counts = |statements: &[String]| statements.iter().filter(|sql| sql.to_uppercase().contains("COUNT(")).count();
    for (without, with) in [
        ("{ cases { nodes { id } } }", "{ cases { totalCount nodes { id } } }"),
        ("{ cases { nodes { id whistles { nodes { id } } } } }", "{ cases { nodes { id whistles { totalCount nodes { id } } } } }"),
        ("{ complexes { nodes { cases { nodes { id } } } } }", "{ complexes { nodes { cases { totalCount nodes { id } } } } }"),
    ] {
        let (without, _) = cost(&t, who, without, Value::Null).await;
        let (with, _) = cost(&t, who, with, Value::Null).await;
        assert_eq!((counts(&without), counts(&with)), (0, 1), "{with:#?}");
        assert_eq!(with.len(), without.len() + 1);
    }
}

async fn other_nested_lists_cost_the_same_however_long_they_are(t: TestApp) {
    sixty(&t).await;
    let documents = [
        (
            "query($n: Int!) { areas(first: $n, filter: {level: {eq: SUBDISTRICT}}) { nodes { parent { name } ancestors { name }
            children(first: $n) { nodes { grid { name } complexes(first: $n) { nodes { firm { name } partyBranch { name } } } } } } } }",
            10,
        ),
        (
            "query($n: Int!) { whistles(first: $n) { nodes { escalatedTo { id } escalatedFrom { id } viewerActions { action }
            target { name } case { reporter { name } handler { name } viewerActions { action } registers { name } } } } }",
            16,
        ),
        (
            "query($n: Int!) { complexes(first: $n) { nodes { area { name } buildings(first: $n) { nodes { grid { area { name } } } }
            contracts(first: $n) { nodes { firm { name } } } cases(first: $n) { nodes { building { name } timeline(first: $n) { nodes {
                actor { name } whistle { id } } } } } } } }",
            16,
        ),
        (
            "query($n: Int!) { persons(first: $n) { nodes { name posts(first: $n) { nodes { area { name } complex { name } unit { name } } } } } }",
            12,
        ),
        ("query($n: Int!) { matters(first: $n) { nodes { leadDepartment { name } assistingDepartments { name } district { name } } } }", 5),
    ];
    for (document, most) in documents {
        let (few, _) = cost(&t, Some(t.world().district), document, json!({ "n": 1 })).await;
        let (many, data) = cost(&t, Some(t.world().district), document, json!({ "n": 25 })).await;
        let (more, _) = cost(&t, Some(t.world().district), document, json!({ "n": 50 })).await;
        assert_eq!(many.len(), more.len(), "{document}");
        assert!(few.len() <= many.len() && many.len() <= most, "{document} costs {}:\n{}\n{data:#}", many.len(), many.join("\n"));
    }
}

async fn nodes_of_one_type_are_loaded_together(t: TestApp) {
    let cases = sixty(&t).await;
    let ids: Vec<String> = cases.iter().take(20).map(|case| global(case.id)).collect();
    let document = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Case { number complex { name } whistles { nodes { status } } } } }";
    let (statements, data) = cost(&t, Some(t.world().district), document, json!({ "ids": ids })).await;
    let numbers: Vec<&str> = data["nodes"].as_array().expect("nodes").iter().filter_map(|node| node["number"].as_str()).collect();
    let expected: Vec<&str> = cases.iter().take(20).map(|case| case.number.as_str()).collect();
    assert_eq!(numbers, expected, "in the order asked for");
    assert_eq!(statements.len(), 4, "sign-in, cases, complexes, whistles:\n{}", statements.join("\n"));
}

async fn the_root_fields_that_name_nodes_share_their_load(t: TestApp) {
    let cases = sixty(&t).await;
    let ids: Vec<String> = cases.iter().take(3).map(|case| global(case.id)).collect();
    let document = "query($a: ID!, $b: ID!, $c: ID!) {
        a: node(id: $a) { ... on Case { number } } b: node(id: $b) { ... on Case { number } } c: node(id: $c) { ... on Case { number } }
    }";
    let (statements, data) = cost(&t, Some(t.world().district), document, json!({ "a": ids[0], "b": ids[1], "c": ids[2] })).await;
    assert_eq!(statements.len(), 2, "sign-in and one load:\n{}", statements.join("\n"));
    assert_eq!([&data["a"]["number"], &data["b"]["number"], &data["c"]["number"]], [&cases[0].number, &cases[1].number, &cases[2].number]);
}

async fn a_visitor_costs_no_sign_in(t: TestApp) {
    let (statements, _) = cost(&t, None, "{ areas { nodes { name } } }", Value::Null).await;
    assert_eq!(statements.len(), 1);
    let (statements, _) = cost(&t, None, "{ __schema { queryType { name } } viewer { mayReport roles } }", Value::Null).await;
    assert_eq!(statements, Vec::<String>::new());
}
