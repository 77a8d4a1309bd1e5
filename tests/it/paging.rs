//! Lists: every row once, in the same order, by whatever pages; filters mean what they say.

use std::collections::HashSet;

use chrono::Duration;
use entity::*;
use proptest::{prelude::*, test_runner::TestRunner};
use serde_json::{Value, json};

use crate::support::{TestApp, global::global};

crate::tests! {
    both: [
        every_order_and_direction_walks_all_rows_once_both_ways,
        rows_that_come_in_between_disturb_no_page,
        any_pages_of_any_size_add_up_to_the_list,
        a_page_says_what_lies_around_it,
        nested_pages_are_each_parents_own,
        aliases_of_one_field_are_other_pages,
    ],
}

/// Forty cases; many share their instant, so that the id has to break the tie.
pub async fn forty(t: &TestApp) -> Vec<case_file::Model> {
    let w = t.world();
    let cases: Vec<case_file::Model> = (0..40)
        .map(|n| {
            let mut row = t.case_row();
            row.reported_at = t.now() - Duration::minutes(n / 7);
            row.updated_at = t.now() - Duration::minutes(n % 3);
            row.title = format!("案件{n}");
            if n % 4 == 0 {
                (row.complex_id, row.building_id, row.grid_id) = (Some(w.other), Some(w.other_building), Some(w.other_grid));
                (row.community_id, row.area_id) = (Some(w.area_other_community), w.area_other_community);
            }
            row
        })
        .collect();
    // not in the order of any list
    let mut shuffled = cases.clone();
    shuffled.sort_by_key(|case| case.id.0.as_u128() % 97);
    t.insert(shuffled).await;
    cases
}

/// One page of a list at the root, as the district's officer: its ids, and `pageInfo`.
async fn page(t: &TestApp, list: &str, arguments: &str) -> (Vec<String>, Value) {
    let arguments = if arguments.is_empty() { String::new() } else { format!("({arguments})") };
    let document = format!(
        "{{ {list}{arguments} {{ nodes {{ id }} edges {{ cursor node {{ id }} }}
            pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }}"
    );
    let answer = t.ask(Some(t.world().district), &document).await;
    let connection = &answer.data()[list];
    let ids: Vec<String> = connection["nodes"].as_array().expect("nodes").iter().map(|n| n["id"].as_str().expect("an id").into()).collect();
    let edges = connection["edges"].as_array().expect("edges");
    let of_edges: Vec<&str> = edges.iter().filter_map(|edge| edge["node"]["id"].as_str()).collect();
    assert_eq!(of_edges, ids, "edges and nodes are the same rows");
    let info = &connection["pageInfo"];
    assert_eq!(info["startCursor"], edges.first().map_or(Value::Null, |edge| edge["cursor"].clone()));
    assert_eq!(info["endCursor"], edges.last().map_or(Value::Null, |edge| edge["cursor"].clone()));
    (ids, info.clone())
}

/// All pages of this size, forward by `endCursor` or backward by `startCursor`, put together in the order of the list.
async fn walk(t: &TestApp, list: &str, order: &str, size: usize, forward: bool) -> Vec<String> {
    let (count, from, more, cursor) =
        if forward { ("first", "after", "hasNextPage", "endCursor") } else { ("last", "before", "hasPreviousPage", "startCursor") };
    let mut all: Vec<String> = Vec::new();
    let mut arguments = format!("{count}: {size}, {order}");
    loop {
        let (ids, info) = page(t, list, &arguments).await;
        assert!(ids.len() <= size);
        all = if forward { [all, ids].concat() } else { [ids, all].concat() };
        if info[more] == false {
            return all;
        }
        assert!(all.len() < 1000, "{list} has no end");
        arguments = format!("{count}: {size}, {from}: {}, {order}", info[cursor]);
    }
}

const LISTS: &[(&str, &[&str], usize)] = &[
    ("areas", &["CODE", "NAME"], 16),
    ("complexes", &["NAME"], 3),
    ("cases", &["REPORTED_AT", "UPDATED_AT", "NUMBER"], 40),
    ("persons", &["ENTERED"], 22),
    ("propertyFirms", &["NAME"], 2),
    ("matters", &["CODE"], 3),
];

async fn every_order_and_direction_walks_all_rows_once_both_ways(t: TestApp) {
    forty(&t).await;
    for (list, fields, count) in LISTS {
        for field in *fields {
            let mut lists = Vec::new();
            for direction in ["ASC", "DESC"] {
                let order = format!("orderBy: {{field: {field}, direction: {direction}}}");
                let (whole, _) = page(&t, list, &format!("first: 200, {order}")).await;
                assert_eq!(whole.len(), *count, "{list}");
                assert_eq!(whole.iter().collect::<HashSet<_>>().len(), *count, "{list}: each row once");
                for size in [1, 7] {
                    assert_eq!(walk(&t, list, &order, size, true).await, whole, "{list} {order} forward by {size}");
                    assert_eq!(walk(&t, list, &order, size, false).await, whole, "{list} {order} backward by {size}");
                }
                lists.push(whole);
            }
            lists[1].reverse();
            assert_eq!(lists[0], lists[1], "{list} by {field}: descending is ascending backward, ties included");
        }
    }
    let (by_default, _) = page(&t, "areas", "first: 200").await;
    let (by_code, _) = page(&t, "areas", "first: 200, orderBy: {field: CODE}").await;
    assert_eq!(by_default, by_code);
}

async fn rows_that_come_in_between_disturb_no_page(t: TestApp) {
    let cases = forty(&t).await;
    for (field, direction) in [("REPORTED_AT", "DESC"), ("REPORTED_AT", "ASC"), ("UPDATED_AT", "DESC"), ("NUMBER", "ASC")] {
        let order = format!("orderBy: {{field: {field}, direction: {direction}}}");
        let (mut seen, mut arguments) = (Vec::new(), format!("first: 9, {order}"));
        let before: Vec<String> = page(&t, "cases", &format!("first: 200, {order}")).await.0;
        loop {
            let (ids, info) = page(&t, "cases", &arguments).await;
            seen.extend(ids);
            if info["hasNextPage"] == false {
                break;
            }
            arguments = format!("first: 9, after: {}, {order}", info["endCursor"]);
            // before, among and after the rows that were there, some with an instant that is taken
            let shift = Duration::minutes(seen.len() as i64 % 5);
            t.case(|c| (c.reported_at, c.updated_at) = (t.now() - shift, t.now() - shift)).await;
        }
        let known: Vec<String> = seen.iter().filter(|id| before.contains(id)).cloned().collect();
        assert_eq!(known, before, "{order}: each row that was there, once, in its order");
        assert_eq!(seen.iter().collect::<HashSet<_>>().len(), seen.len(), "{order}: none twice");
    }
    assert!(cases.len() == 40);
}

/// Any sequence of page sizes and directions: from a place in the list, the page is the slice of the list there.
async fn any_pages_of_any_size_add_up_to_the_list(t: TestApp) {
    forty(&t).await;
    let order = "orderBy: {field: REPORTED_AT, direction: DESC}";
    let document = format!("{{ cases(first: 200, {order}) {{ edges {{ cursor node {{ id }} }} }} }}");
    let answer = t.ask(Some(t.world().district), &document).await;
    let edges = answer.data()["cases"]["edges"].as_array().expect("edges").clone();
    let whole: Vec<(String, String)> =
        edges.iter().map(|e| (e["cursor"].as_str().expect("text").into(), e["node"]["id"].as_str().expect("text").into())).collect();
    let mut runner = TestRunner::new(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() });
    let handle = tokio::runtime::Handle::current();
    let strategy = (0..=45usize, any::<bool>(), prop::option::of(0..40usize), prop::option::of(0..40usize));
    let outcome = tokio::task::block_in_place(|| {
        runner.run(&strategy, |(size, from_end, after, before)| {
            let mut arguments = format!("{}: {size}, {order}", if from_end { "last" } else { "first" });
            for (name, at) in [("after", after), ("before", before)] {
                if let Some(at) = at {
                    arguments += &format!(r#", {name}: "{}""#, whole[at].0);
                }
            }
            let (ids, info) = handle.block_on(page(&t, "cases", &arguments));
            let low = after.map_or(0, |at| at + 1);
            let high = before.unwrap_or(whole.len()).max(low);
            let slice = &whole[low..high];
            let slice = if from_end { &slice[slice.len().saturating_sub(size)..] } else { &slice[..size.min(slice.len())] };
            let expected: Vec<String> = slice.iter().map(|(_, id)| id.clone()).collect();
            prop_assert_eq!(&ids, &expected, "{}", arguments);
            let more = high - low > size;
            let (next, previous) = if from_end { (before.is_some(), more) } else { (more, after.is_some()) };
            prop_assert_eq!((&info["hasNextPage"], &info["hasPreviousPage"]), (&json!(next), &json!(previous)), "{}", arguments);
            Ok(())
        })
    });
    outcome.expect("a page is a slice of the list");
}

async fn a_page_says_what_lies_around_it(t: TestApp) {
    forty(&t).await;
    let around = async |arguments: &str| {
        let (ids, info) = page(&t, "cases", arguments).await;
        (ids.len(), info["hasNextPage"] == true, info["hasPreviousPage"] == true)
    };
    assert_eq!(around("").await, (20, true, false), "twenty when nothing is said");
    assert_eq!(around("first: 40").await, (40, false, false));
    assert_eq!(around("first: 39").await, (39, true, false));
    assert_eq!(around("last: 39").await, (39, false, true));
    assert_eq!(around("first: 200").await, (40, false, false));
    assert_eq!(around("first: 0").await, (0, true, false), "no row, but there are some");
    assert_eq!(around("last: 0").await, (0, false, true));
    assert_eq!(around("first: 0, filter: {open: false}").await, (0, false, false));
    let (_, info) = page(&t, "cases", "first: 0").await;
    assert_eq!((&info["startCursor"], &info["endCursor"]), (&Value::Null, &Value::Null));
    let (_, info) = page(&t, "cases", "first: 40").await;
    let after = format!("first: 5, after: {}", info["endCursor"]);
    assert_eq!(around(&after).await, (0, false, true), "after the last row");
    let before = format!("last: 5, before: {}", info["startCursor"]);
    assert_eq!(around(&before).await, (0, true, false), "before the first row");
}

async fn nested_pages_are_each_parents_own(t: TestApp) {
    let cases = forty(&t).await;
    let w = t.world();
    let document = "query($after: String) { complexes { nodes { id
        buildings(first: 1) { totalCount nodes { number } pageInfo { hasNextPage endCursor } }
        cases(first: 2, after: $after, orderBy: {field: NUMBER}) { totalCount nodes { number } pageInfo { hasNextPage hasPreviousPage endCursor } }
    } } }";
    let of = |complex: ComplexId| -> Vec<String> {
        let mut numbers: Vec<String> = cases.iter().filter(|c| c.complex_id == Some(complex)).map(|c| c.number.clone()).collect();
        numbers.sort_unstable();
        numbers
    };
    let answer = t.ask(Some(w.district), document).await;
    let complexes = answer.data()["complexes"]["nodes"].as_array().expect("nodes").clone();
    assert_eq!(complexes.len(), 3);
    for complex in &complexes {
        let (id, buildings, expected) = match complex["id"].as_str() {
            id if id == Some(&global(w.xinyue)) => (w.xinyue, 3, 30),
            id if id == Some(&global(w.other)) => (w.other, 1, 10),
            _ => (w.far, 1, 0),
        };
        assert_eq!(complex["buildings"]["totalCount"], buildings);
        assert_eq!(complex["buildings"]["nodes"], json!([{ "number": 1 }]));
        assert_eq!(complex["buildings"]["pageInfo"]["hasNextPage"], buildings > 1);
        assert_eq!(complex["cases"]["totalCount"], expected);
        let numbers: Vec<&str> = complex["cases"]["nodes"].as_array().expect("nodes").iter().filter_map(|c| c["number"].as_str()).collect();
        assert_eq!(numbers, of(id).iter().take(2).collect::<Vec<_>>());
        assert_eq!(complex["cases"]["pageInfo"]["hasNextPage"], expected > 2);
    }
    // a cursor of a nested list goes on in that list
    let xinyue = complexes.iter().find(|complex| complex["id"] == global(w.xinyue)).expect("xinyue");
    let answer = t.ask_with(Some(w.district), document, json!({ "after": xinyue["cases"]["pageInfo"]["endCursor"] })).await;
    let again = answer.data()["complexes"]["nodes"].as_array().expect("nodes").clone();
    let xinyue = again.into_iter().find(|complex| complex["id"] == global(w.xinyue)).expect("xinyue");
    let numbers: Vec<&str> = xinyue["cases"]["nodes"].as_array().expect("nodes").iter().filter_map(|c| c["number"].as_str()).collect();
    assert_eq!(numbers, of(w.xinyue)[2..4]);
    assert_eq!(xinyue["cases"]["pageInfo"]["hasPreviousPage"], true);
}

async fn aliases_of_one_field_are_other_pages(t: TestApp) {
    forty(&t).await;
    let document = r#"{ complexes(filter: {name: {eq: "新月苑"}}) { nodes {
        one: buildings(first: 1) { nodes { number } }
        two: buildings(last: 2) { nodes { name } totalCount }
        buildings(filter: {name: {eq: "2栋"}}) { nodes { number } totalCount }
        new: cases(first: 1) { nodes { number } }
        old: cases(last: 1) { nodes { number title } }
        open: cases(filter: {open: true}) { totalCount }
        ended: cases(filter: {open: false}) { totalCount }
        firm { name } again: firm { id }
    } } a: areas(first: 1) { nodes { code } } b: areas(last: 1) { nodes { name } } }"#;
    let answer = t.ask(Some(t.world().district), document).await;
    let data = answer.data();
    let complex = &data["complexes"]["nodes"][0];
    assert_eq!(complex["one"], json!({ "nodes": [{ "number": 1 }] }));
    assert_eq!(complex["two"], json!({ "nodes": [{ "name": "2栋" }, { "name": "3栋" }], "totalCount": 3 }));
    assert_eq!(complex["buildings"], json!({ "nodes": [{ "number": 2 }], "totalCount": 1 }));
    assert_ne!(complex["new"]["nodes"][0]["number"], complex["old"]["nodes"][0]["number"]);
    assert_eq!((&complex["open"]["totalCount"], &complex["ended"]["totalCount"]), (&json!(30), &json!(0)));
    assert_eq!((&complex["firm"]["name"], &complex["again"]["id"]), (&json!("甲物业"), &json!(global(t.world().firm_a))));
    assert_eq!(data["a"], json!({ "nodes": [{ "code": "430000000000" }] }));
    assert_eq!(data["b"], json!({ "nodes": [{ "name": "岗贝社区" }] }));
}
