//! What is seen of committees: by whom, by which filters, at what cost; and how many complexes have one.

use entity::*;
use serde_json::{Value, json};

use crate::support::{TestApp, committees::*, global::global, world::day};

crate::tests! {
    both: [
        committees_are_filtered_by_how_they_stand,
        coverage_says_of_how_many_and_when,
        coverage_leaves_out_complexes_that_are_no_more,
        a_list_of_committees_costs_the_same_for_one_and_for_many,
        members_are_known_to_those_who_may,
    ],
}

async fn committees_are_filtered_by_how_they_stand(t: TestApp) {
    let w = t.world();
    row(&t, "一", |_, term| term.filed_on = Some(day(2024, 1, 20))).await;
    row(&t, "二", |committee, term| {
        (committee.kind, committee.dissolved_on) = (CommitteeKind::Appraisal, Some(day(2026, 6, 9)));
        term.ends_on = day(2026, 6, 9);
    })
    .await;
    let three = row(&t, "三", |committee, term| {
        (committee.complex_id, committee.area_id) = (Some(w.far), w.area_far_community);
        term.ends_on = day(2026, 6, 10);
    })
    .await;
    row(&t, "四", |committee, term| {
        (committee.complex_id, committee.area_id) = (None, w.area_other_community);
        (committee.kind, term.elected_on) = (CommitteeKind::EnvironmentProperty, day(2026, 6, 11));
    })
    .await;
    t.sql("UPDATE committee_member SET role = 'CHAIR' WHERE id = (SELECT id FROM committee_member ORDER BY id LIMIT 1)").await;
    for (filter, expected) in [
        (String::new(), "一三二四"),
        ("committeeKind: {eq: OWNERS}".into(), "一三"),
        ("committeeKind: {in: [APPRAISAL, ENVIRONMENT_PROPERTY]}".into(), "二四"),
        (r#"area: "431302001000""#.into(), "一二四"),
        (r#"area: "431302001009""#.into(), "一二"),
        (r#"complex: {name: {eq: "新月苑"}}"#.into(), "一二"),
        (r#"complex: {firm: {name: {eq: "乙物业"}}}"#.into(), "三"),
        (r#"not: {complex: {name: {eq: "新月苑"}}}"#.into(), "三四"),
        (format!(r#"id: {{eq: "{}"}}"#, global(three)), "三"),
        ("existing: true".into(), "一三四"),
        ("existing: false".into(), "二"),
        ("inOffice: true".into(), "一三"),
        ("inOffice: false".into(), "二四"),
        ("hasChair: true".into(), "一"),
        ("hasChair: false".into(), "三二四"),
        ("filed: true".into(), "一"),
        (r#"termEndsBefore: "2026-06-10""#.into(), "二"),
        (r#"termEndsBefore: "2026-06-11""#.into(), "三二"),
        (r#"or: [{hasChair: true}, {name: {eq: "四"}}]"#.into(), "一四"),
    ] {
        let answer = t.ask(None, &format!("{{ committees(filter: {{{filter}}}) {{ totalCount nodes {{ name }} }} }}")).await;
        let list = &answer.data()["committees"];
        let mut names: Vec<char> =
            list["nodes"].as_array().expect("nodes").iter().flat_map(|n| text(&n["name"]).chars().collect::<Vec<_>>()).collect();
        let mut expected: Vec<char> = expected.chars().collect();
        assert_eq!(list["totalCount"], expected.len(), "{filter}");
        names.sort_unstable();
        expected.sort_unstable();
        assert_eq!(names, expected, "{filter}");
    }
}

async fn coverage_says_of_how_many_and_when(t: TestApp) {
    let w = t.world();
    row(&t, "一", |_, _| {}).await;
    // dissolved, expired, of an area, of another kind: none of them counts
    row(&t, "二", |committee, term| {
        (committee.complex_id, committee.area_id) = (Some(w.far), w.area_far_community);
        (committee.dissolved_on, term.ends_on) = (Some(day(2025, 12, 31)), day(2025, 12, 31));
    })
    .await;
    row(&t, "三", |committee, _| (committee.complex_id, committee.kind) = (Some(w.other), CommitteeKind::Appraisal)).await;
    row(&t, "四", |committee, _| (committee.complex_id, committee.kind) = (None, CommitteeKind::EnvironmentProperty)).await;
    for (arguments, expected) in [
        (r#"area: "431302000000""#, json!({ "numerator": 1, "denominator": 3, "percent": "33.33", "asOf": "2026-06-10" })),
        (
            r#"area: "431302000000", asOf: "2025-12-31""#,
            json!({ "numerator": 2, "denominator": 3, "percent": "66.67", "asOf": "2025-12-31" }),
        ),
        (
            r#"area: "431302000000", asOf: "2023-12-31""#,
            json!({ "numerator": 0, "denominator": 3, "percent": "0.00", "asOf": "2023-12-31" }),
        ),
        (r#"area: "431302001000", kind: APPRAISAL"#, json!({ "numerator": 1, "denominator": 2, "percent": "50.00", "asOf": "2026-06-10" })),
        (r#"area: "431302002000""#, json!({ "numerator": 0, "denominator": 1, "percent": "0.00", "asOf": "2026-06-10" })),
        (r#"area: "441900000000""#, json!({ "numerator": 0, "denominator": 0, "percent": null, "asOf": "2026-06-10" })),
        (r#"area: "999999999999""#, Value::Null),
    ] {
        let query = format!("{{ committeeCoverage({arguments}) {{ numerator denominator percent asOf }} }}");
        assert_eq!(t.ask(None, &query).await.data()["committeeCoverage"], expected, "{arguments}");
    }
}

async fn coverage_leaves_out_complexes_that_are_no_more(t: TestApp) {
    row(&t, "一", |_, _| {}).await;
    t.sql("UPDATE complex SET ended_on = '2026-06-09' WHERE name = '新月苑'").await;
    for (day, numerator, denominator) in [("2026-06-09", 1, 3), ("2026-06-10", 0, 2)] {
        let query = format!(r#"{{ committeeCoverage(area: "431302000000", asOf: "{day}") {{ numerator denominator }} }}"#);
        let expected = json!({ "numerator": numerator, "denominator": denominator });
        assert_eq!(t.ask(None, &query).await.data()["committeeCoverage"], expected, "{day}");
    }
}

async fn a_list_of_committees_costs_the_same_for_one_and_for_many(t: TestApp) {
    for n in 0..30 {
        row(&t, &format!("第{n:02}届"), |_, _| {}).await;
    }
    let document = r#"query($n: Int!) { committees(first: $n) { nodes { complex { name } area { name } currentTerm { number }
        compositionFindings { met } before: compositionFindings(asOf: "2025-01-01") { met }
        terms { nodes { number } } members { nodes { name building { name } person { name committeeSeats(first: 1) { nodes { role } } } } } timeline { nodes { kind } } } } }"#;
    let mut costs = Vec::new();
    for n in [1, 5, 30] {
        let token = t.token(t.world().district);
        let mark = t.statements.count();
        let answer = t.gql(Some(&token), document, json!({ "n": n })).await;
        let statements = t.statements.since(mark);
        let nodes = answer.data()["committees"]["nodes"].as_array().expect("nodes").clone();
        assert_eq!(nodes.len(), n);
        assert!(nodes.iter().all(|node| node["members"]["nodes"].as_array().is_some_and(|members| members.len() == 5)));
        assert!(nodes.iter().all(|node| node["compositionFindings"].as_array().is_some_and(|all| all.len() == 7)));
        assert!(statements.len() <= 22, "{n} committees cost {}:\n{}", statements.len(), statements.join("\n"));
        costs.push(statements.len());
    }
    assert!(costs.iter().all(|cost| *cost == costs[0]), "{costs:?}");
}

async fn members_are_known_to_those_who_may(t: TestApp) {
    let w = t.world();
    let p = owners(&t, 5).await;
    let id = elected(&t, &p).await;
    let of_branch =
        established(&t, json!({ "kind": "BRANCH_COMMITTEE", "name": "支委会", "place": { "branchId": global(w.branch) } })).await;
    let document = "query($id: ID!) { node(id: $id) { ... on Committee {
        name terms { totalCount } members { totalCount nodes { name dwelling building { name } person { name } } } timeline { totalCount } } } }";
    let seen = async |who: Option<PersonId>, id: &str| t.ask_with(who, document, json!({ "id": id })).await.data()["node"].clone();
    let visitor = seen(None, &id).await;
    assert_eq!((&visitor["terms"]["totalCount"], &visitor["members"]["totalCount"]), (&json!(1), &json!(0)));
    assert_eq!(visitor["timeline"]["totalCount"], 0);
    assert_eq!((seen(None, &of_branch).await, seen(Some(w.resident), &of_branch).await["name"].clone()), (Value::Null, json!("支委会")));
    for (who, name, dwelling, timeline) in [
        (w.community, "业主00", Some("1单元101"), 2),
        (w.auditor, "业主00", Some("1单元101"), 2),
        // a neighbour, somebody else, the member, the manager
        (w.resident, "业主00", None, 0),
        (w.far_resident, "业***", None, 0),
        (p[0], "业主00", Some("1单元101"), 0),
        (w.firm, "业***", None, 0),
        // officials of another place
        (w.far_community, "业主00", Some("1单元101"), 0),
    ] {
        let node = seen(Some(who), &id).await;
        let member = &node["members"]["nodes"][0];
        assert_eq!((&member["name"], &member["dwelling"]), (&json!(name), &json!(dwelling)), "{who:?}");
        assert_eq!(member["building"].is_object(), dwelling.is_some());
        assert_eq!((&node["members"]["totalCount"], &node["timeline"]["totalCount"]), (&json!(5), &json!(timeline)), "{who:?}");
    }
    assert_eq!(seen(Some(p[0]), &id).await["members"]["nodes"][1]["dwelling"], Value::Null);
    for (who, count) in [(None, 6), (Some(w.far_resident), 7)] {
        let query = "query($id: ID!) { node(id: $id) { ... on Committee { compositionFindings { rule } } } }";
        let found = t.ask_with(who, query, json!({ "id": id })).await.data()["node"]["compositionFindings"].clone();
        let rules: Vec<&str> = found.as_array().expect("findings").iter().filter_map(|one| one["rule"].as_str()).collect();
        assert_eq!((rules.len(), rules.contains(&"NOT_OF_SERVING_FIRM")), (count, who.is_some()));
    }
}
