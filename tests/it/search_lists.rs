//! Searching as part of lists: with other filters, pages and counts, for words that are rare and words that are everywhere.

use std::collections::BTreeSet;

use chrono::Duration;
use chuishao::search;
use entity::*;
use serde_json::{Value, json};

use crate::support::{TestApp, global::global};

crate::tests! {
    both: [
        rare_and_frequent_words_are_found_alike,
        a_text_is_one_filter_among_others,
        pages_hold_each_hit_once,
        a_search_costs_the_same_for_one_hit_and_for_many,
        a_cursor_of_a_search_fits_no_other_list,
    ],
}

/// So many cases, two minutes apart, the first the latest; their titles by number.
async fn cases(t: &TestApp, titles: impl Iterator<Item = String>) -> Vec<case_file::Model> {
    let rows: Vec<case_file::Model> = titles
        .enumerate()
        .map(|(n, title)| case_file::Model { title, reported_at: t.now() - Duration::minutes(2 * n as i64), ..t.case_row() })
        .collect();
    t.insert(rows.clone()).await;
    search::anew(&t.app.db).await.expect("words");
    rows
}

fn names(list: &Value, name: &str) -> Vec<String> {
    list["nodes"].as_array().expect("nodes").iter().map(|node| node[name].as_str().expect("text").to_owned()).collect()
}

async fn rare_and_frequent_words_are_found_alike(t: TestApp) {
    // titles of few characters in a fixed disorder, so that words of all frequencies occur
    let alphabet: Vec<char> = "网格员楼道堆物".chars().collect();
    let mut state = 7_u64;
    let mut next = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let titles: Vec<String> = (0..60).map(|_| (0..3 + next(8)).map(|_| alphabet[next(alphabet.len())]).collect()).collect();
    let rows = cases(&t, titles.into_iter()).await;
    let mut wanted: Vec<String> = alphabet.iter().map(char::to_string).collect();
    for a in &alphabet {
        wanted.extend(alphabet.iter().map(|b| format!("{a}{b}")));
    }
    wanted.extend(rows.iter().step_by(4).map(|row| row.title.chars().take(3).collect()));
    let (mut rare, mut frequent) = (0, 0);
    for wanted in wanted {
        let expected: Vec<&String> = rows.iter().map(|row| &row.title).filter(|title| title.contains(&wanted)).collect();
        *(if expected.len() < 10 { &mut rare } else { &mut frequent }) += 1;
        let query = format!(r#"{{ cases(first: 200, filter: {{text: "{wanted}"}}) {{ totalCount nodes {{ title }} }} }}"#);
        let answer = t.ask(Some(t.world().district), &query).await;
        let found = names(&answer.data()["cases"], "title");
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{wanted}: the latest first");
        assert_eq!(answer.data()["cases"]["totalCount"], expected.len());
    }
    assert!(rare > 10 && frequent > 5, "{rare} rare words, {frequent} frequent ones");
}

async fn a_text_is_one_filter_among_others(t: TestApp) {
    let w = t.world();
    let rows = cases(&t, (0..40).map(|n| format!("网格巡查{}{n}号", if n % 20 == 3 { "井盖" } else { "" }))).await;
    t.sql(&format!("UPDATE case_file SET status = 'CLOSED' WHERE number IN ('{}', '{}')", rows[3].number, rows[8].number)).await;
    t.sql(&format!("UPDATE case_file SET grid_id = NULL, complex_id = NULL, building_id = NULL WHERE number = '{}'", rows[23].number))
        .await;
    for (filter, expected) in [
        // everywhere, and here and there
        (r#"text: "网格""#, 40),
        (r#"text: "井盖""#, 2),
        (r#"text: "网格", status: {eq: CLOSED}"#, 2),
        (r#"text: "井盖", status: {eq: CLOSED}"#, 1),
        (r#"text: "井盖", open: true"#, 1),
        (r#"not: {text: "井盖"}"#, 38),
        (r#"not: {text: "网格"}"#, 0),
        (r#"or: [{text: "井盖"}, {status: {eq: CLOSED}}]"#, 3),
        (r#"and: [{text: "井盖"}, {text: "网格"}]"#, 2),
        (r#"and: [{text: "井盖"}, {text: "3号"}]"#, 1),
        (r#"text: "井盖 23号""#, 1),
        (r#"text: "井盖", complex: {text: "新月"}"#, 1),
        (r#"text: "网格", complex: {text: "xyy"}"#, 39),
        (r#"complex: {text: "大塘"}"#, 0),
    ] {
        let query = format!("{{ cases(first: 200, filter: {{{filter}}}) {{ totalCount nodes {{ id }} }} }}");
        let answer = t.ask(Some(w.district), &query).await;
        let list = &answer.data()["cases"];
        assert_eq!((list["totalCount"].as_u64(), names(list, "id").len()), (Some(expected), expected as usize), "{filter}");
    }
    for (query, expected) in [
        (r#"complexes(filter: {text: "小区", managed: true})"#, &["大塘小区", "铁东小区"][..]),
        (r#"complexes(filter: {text: "小区", area: "431302001000"})"#, &["大塘小区"]),
        (r#"complexes(filter: {firm: {text: "乙物"}})"#, &["铁东小区"]),
        (r#"propertyFirms(filter: {text: "物业", name: {startsWith: "甲"}})"#, &["甲物业"]),
        (r#"propertyFirms(filter: {text: "物业", area: "441900000000"})"#, &[]),
        (r#"persons(filter: {text: "甲", role: {eq: GRID_WORKER}})"#, &["网格员甲"]),
        (r#"persons(filter: {text: "社区", area: "431302002000"})"#, &["社区丁"]),
    ] {
        let answer = t.ask(Some(w.district), &format!("{{ list: {query} {{ totalCount nodes {{ name }} }} }}")).await;
        let mut found = names(&answer.data()["list"], "name");
        found.sort_unstable();
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        assert_eq!(found, expected, "{query}");
        assert_eq!(answer.data()["list"]["totalCount"], expected.len(), "{query}");
    }
    // below a parent
    for (text, expected) in [("网格", 39), ("井盖", 1)] {
        let query = format!(
            r#"{{ complexes {{ nodes {{ name cases(first: 200, filter: {{text: "{text}"}}) {{ totalCount nodes {{ id }} }} }} }} }}"#
        );
        let answer = t.ask(Some(w.district), &query).await;
        for complex in answer.data()["complexes"]["nodes"].as_array().expect("nodes") {
            let expected = if complex["name"] == "新月苑" { expected } else { 0 };
            assert_eq!(complex["cases"]["totalCount"], expected, "{text}");
            assert_eq!(names(&complex["cases"], "id").len(), expected, "{text}");
        }
    }
}

/// All hits, page by page; one row comes in between the pages.
async fn walk(t: &TestApp, wanted: &str, size: usize, forwards: bool) -> Vec<String> {
    let (mut cursor, mut all) = (Value::Null, Vec::new());
    let (first, after, more, edge) = match forwards {
        true => ("first", "after", "hasNextPage", "endCursor"),
        false => ("last", "before", "hasPreviousPage", "startCursor"),
    };
    loop {
        let query = format!(
            "query($wanted: String!, $cursor: String) {{ search(query: $wanted, {first}: {size}, {after}: $cursor) {{
                nodes {{ ... on Node {{ id }} }} pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }}"
        );
        let answer = t.ask_with(Some(t.world().district), &query, json!({ "wanted": wanted, "cursor": cursor })).await;
        let page = &answer.data()["search"];
        let ids = names(page, "id");
        assert!(ids.len() <= size);
        all = if forwards { [all, ids].concat() } else { [ids, all].concat() };
        if page["pageInfo"][more] == false {
            return all;
        }
        cursor = page["pageInfo"][edge].clone();
        let latest = t.case(|case| case.title = "网格井盖，方才上报".into()).await;
        let tx = t.app.db.begin().await.expect("begun");
        search::index(&tx, &[latest]).await.expect("words");
        tx.commit().await.expect("committed");
    }
}

async fn pages_hold_each_hit_once(t: TestApp) {
    // 网格 is in 30 cases and in two names, 井盖 in five cases
    let rows = cases(&t, (0..30).map(|n| format!("网格{}{n}", if n % 6 == 0 { "井盖" } else { "" }))).await;
    for (wanted, in_cases, persons) in [("井盖", 5, 0), ("网格", 30, 2)] {
        for (size, forwards) in [(1, true), (3, true), (4, true), (200, true)] {
            let found = walk(&t, wanted, size, forwards).await;
            let expected: Vec<String> = rows.iter().filter(|row| row.title.contains(wanted)).map(|row| global(row.id)).collect();
            assert_eq!(expected.len(), in_cases);
            // what came in while we read stands before the cases that were there, or on a page gone by
            let known: Vec<&String> = found.iter().filter(|id| expected.contains(id)).collect();
            assert_eq!(known, expected.iter().collect::<Vec<_>>(), "{wanted}, {size} a page");
            assert_eq!(found.iter().filter(|id| id.starts_with("person")).count(), persons);
            assert_eq!(found.iter().collect::<BTreeSet<_>>().len(), found.len(), "none twice");
        }
        let (there, back) = (walk(&t, wanted, 200, true).await, walk(&t, wanted, 7, false).await);
        // what came in meanwhile is no part of what lay behind
        assert_eq!(back.iter().filter(|id| there.contains(id)).collect::<Vec<_>>(), there.iter().collect::<Vec<_>>(), "{wanted} backwards");
    }
}

async fn a_search_costs_the_same_for_one_hit_and_for_many(t: TestApp) {
    let w = t.world();
    // 甲 is found in all four types
    cases(&t, (0..60).map(|n| format!("甲{}", if n == 30 { "乙丙丁" } else { "戊" }))).await;
    let token = t.token(w.district);
    let mut costs = Vec::new();
    for (wanted, first, hits) in [("甲", 1, 1), ("甲", 20, 20), ("甲", 200, 70), ("乙丙丁", 200, 1), ("无此词", 200, 0)] {
        let query = format!(
            r#"{{ search(query: "{wanted}", first: {first}) {{ totalCount nodes {{ __typename
                ... on Complex {{ name area {{ name }} }} ... on PropertyFirm {{ name district {{ name }} }}
                ... on Person {{ name }} ... on Case {{ title complex {{ name }} whistles {{ nodes {{ status }} }} }} }} }} }}"#
        );
        let mark = t.statements.count();
        let answer = t.gql(Some(&token), &query, json!({})).await;
        let statements = t.statements.since(mark);
        let found = answer.data()["search"]["nodes"].as_array().map_or(0, Vec::len);
        assert!(found == hits || (first == 200 && found >= hits), "{wanted}: {found}");
        costs.push(statements.len());
        // the asker; for each of four types how frequent, how many, which; their relations
        assert!(statements.len() <= 1 + 4 * 3 + 6, "{wanted}, {first}: {} statements\n{}", statements.len(), statements.join("\n"));
    }
    // types that have no row on the page cost no relation, but rows of a type cost nothing
    assert_eq!(costs[1].max(costs[2]), costs[2], "{costs:?}");
    assert!(costs[0] <= costs[2], "{costs:?}");
    // one list: the page, how frequent the word is, and the asker
    for text in ["甲", "乙丙丁"] {
        for first in [1, 50] {
            let mark = t.statements.count();
            t.gql(Some(&token), &format!(r#"{{ cases(first: {first}, filter: {{text: "{text}"}}) {{ nodes {{ id }} }} }}"#), json!({}))
                .await;
            assert_eq!(t.statements.since(mark).len(), 3, "{text}");
        }
    }
}

async fn a_cursor_of_a_search_fits_no_other_list(t: TestApp) {
    let w = t.world();
    let answer = t.ask(Some(w.district), r#"{ search(query: "苑") { edges { cursor } } complexes { edges { cursor } } }"#).await;
    let cursor = |list: &str| answer.data()[list]["edges"][0]["cursor"].as_str().expect("a cursor").to_owned();
    for query in [
        format!(r#"{{ search(query: "苑", after: "{}") {{ nodes {{ __typename }} }} }}"#, cursor("complexes")),
        format!(r#"{{ complexes(after: "{}") {{ nodes {{ id }} }} }}"#, cursor("search")),
        format!(r#"{{ search(query: "苑", types: [CASE], before: "{}") {{ nodes {{ __typename }} }} }}"#, cursor("search")),
        r#"{ search(query: "苑", after: "x") { nodes { __typename } } }"#.to_owned(),
        r#"{ search(query: "苑", first: 201) { nodes { __typename } } }"#.to_owned(),
        r#"{ search(query: "苑", first: 1, last: 1) { nodes { __typename } } }"#.to_owned(),
    ] {
        t.ask(Some(w.district), &query).await.assert_code("BAD_USER_INPUT");
    }
    let none = t.ask(Some(w.district), r#"{ search(query: "苑", types: []) { totalCount nodes { __typename } } }"#).await;
    assert_eq!(none.data()["search"], json!({ "totalCount": 0, "nodes": [] }));
}
