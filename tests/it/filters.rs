//! Filters mean what they say, also about values that are absent.

use std::collections::BTreeSet;

use chrono::Duration;
use entity::*;
use serde_json::{Value, json};

use crate::support::{TestApp, global::global};

crate::tests! {
    both: [
        filters_are_joined_as_they_say,
        a_text_is_taken_literally,
        an_area_is_its_whole_subtree,
        instants_and_days_are_bounds,
        related_records_are_asked_likewise,
        an_id_of_another_type_matches_nothing,
        a_long_list_of_values_is_taken_or_refused_clearly,
    ],
}

async fn titles(t: &TestApp, filter: &str) -> BTreeSet<String> {
    let answer =
        t.ask(Some(t.world().district), &format!("{{ cases(first: 200, filter: {{{filter}}}) {{ totalCount nodes {{ title }} }} }}")).await;
    let cases = &answer.data()["cases"];
    let titles: BTreeSet<String> =
        cases["nodes"].as_array().expect("nodes").iter().filter_map(|n| n["title"].as_str().map(String::from)).collect();
    assert_eq!(cases["totalCount"], titles.len(), "{filter}: the total is that of the filter");
    titles
}

fn set(titles: &[&str]) -> BTreeSet<String> {
    titles.iter().map(|title| (*title).to_owned()).collect()
}

/// Four cases: A and B in xinyue, C in no complex and settled, D next door.
async fn four(t: &TestApp) {
    let w = t.world();
    t.case(|c| (c.title, c.priority) = ("A".into(), CasePriority::High)).await;
    t.case(|c| (c.title, c.status, c.category) = ("B".into(), CaseStatus::Accepted, CaseCategory::Hazard)).await;
    t.case(|c| {
        (c.title, c.status, c.settled_level) = ("C".into(), CaseStatus::Closed, Some(HandlingLevel::Grid));
        (c.complex_id, c.building_id, c.grid_id, c.matter_id) = (None, None, None, Some(w.matter_parking));
    })
    .await;
    t.case(|c| (c.title, c.complex_id, c.building_id, c.grid_id) = ("D".into(), Some(w.other), None, Some(w.other_grid))).await;
}

async fn filters_are_joined_as_they_say(t: TestApp) {
    four(&t).await;
    for (filter, expected) in [
        ("", &["A", "B", "C", "D"][..]),
        ("and: []", &["A", "B", "C", "D"]),
        ("or: []", &[]),
        ("not: {}", &[]),
        ("and: [{title: {eq: \"A\"}}, {priority: {eq: HIGH}}]", &["A"]),
        ("and: [{title: {eq: \"A\"}}, {priority: {eq: NORMAL}}]", &[]),
        ("or: [{title: {eq: \"A\"}}, {category: {eq: HAZARD}}]", &["A", "B"]),
        ("or: [{title: {eq: \"A\"}}, {category: {eq: HAZARD}}], status: {eq: ACCEPTED}", &["B"]),
        ("not: {or: [{title: {eq: \"A\"}}, {title: {eq: \"B\"}}]}", &["C", "D"]),
        ("not: {not: {title: {eq: \"A\"}}}", &["A"]),
        ("not: {and: [{title: {eq: \"A\"}}, {priority: {eq: NORMAL}}]}", &["A", "B", "C", "D"]),
        ("title: {in: [\"A\", \"D\", \"Z\"]}", &["A", "D"]),
        ("title: {in: []}", &[]),
        ("status: {in: [CLOSED, ACCEPTED]}", &["B", "C"]),
        ("status: {notIn: [CLOSED, ACCEPTED]}", &["A", "D"]),
        ("status: {notIn: []}", &["A", "B", "C", "D"]),
        ("open: true", &["A", "B", "D"]),
        ("open: false", &["C"]),
        ("not: {open: true}", &["C"]),
        // of what is absent, no test holds; `not` and `notIn` say the contrary of that
        ("settledLevel: {eq: GRID}", &["C"]),
        ("not: {settledLevel: {eq: GRID}}", &["A", "B", "D"]),
        ("settledLevel: {notIn: [GRID]}", &["A", "B", "D"]),
        ("complex: {name: {eq: \"新月苑\"}}", &["A", "B"]),
        ("not: {complex: {name: {eq: \"新月苑\"}}}", &["C", "D"]),
        ("complex: {not: {name: {eq: \"新月苑\"}}}", &["D"]),
        ("matter: {code: {eq: \"001\"}}", &["C"]),
        ("not: {matter: {code: {eq: \"001\"}}}", &["A", "B", "D"]),
        ("title: null, and: null, open: null, complex: null", &["A", "B", "C", "D"]),
    ] {
        assert_eq!(titles(&t, filter).await, set(expected), "{filter}");
    }
}

async fn a_text_is_taken_literally(t: TestApp) {
    let all = ["100%", "100件", "a_b", "axb", r"c\d", "cd", "Case", "ÉCOLE", "🔔 🚨", "O'Neil"];
    for title in all {
        t.case(|c| c.title = title.into()).await;
    }
    for (text, expected) in [
        ("100%", &["100%"][..]),
        ("%", &["100%"]),
        ("a_b", &["a_b"]),
        ("_", &["a_b"]),
        (r"c\\d", &[r"c\d"]),
        (r"\\", &[r"c\d"]),
        ("cAsE", &["Case"]),
        ("ÉCOLE", &["ÉCOLE"]),
        ("🚨", &["🔔 🚨"]),
        ("O'N", &["O'Neil"]),
        ("", &all),
    ] {
        assert_eq!(titles(&t, &format!(r#"title: {{contains: "{text}"}}"#)).await, set(expected), "contains {text}");
    }
    assert_eq!(titles(&t, r#"title: {startsWith: "100"}"#).await, set(&["100%", "100件"]));
    assert_eq!(titles(&t, r#"title: {startsWith: "00"}"#).await, set(&[]));
    assert_eq!(titles(&t, r#"title: {startsWith: "_"}"#).await, set(&[]));
    assert_eq!(titles(&t, r#"title: {eq: "case"}"#).await, set(&[]), "eq is exact");
    assert_eq!(titles(&t, r#"title: {startsWith: "100", contains: "件"}"#).await, set(&["100件"]), "both");
}

async fn an_area_is_its_whole_subtree(t: TestApp) {
    let [..] = crate::authz::five_cases(&t).await;
    let w = t.world();
    // a post in each of the two cities
    let post = |area_id| post::Model {
        id: t.app.clock.new_id(),
        person_id: w.nobody,
        role: PostRole::Analyst,
        unit_id: w.area_district.into(),
        area_id,
        starts_on: t.app.clock.today(),
        ends_on: None,
        version: 1,
    };
    t.insert([post(w.area_district), post(w.area_dongguan)]).await;
    for (code, cases, whistles, complexes, areas) in [
        ("430000000000", 4, 2, 3, 12),
        ("431300000000", 4, 2, 3, 11),
        ("431302000000", 4, 2, 3, 10),
        ("431302001000", 3, 1, 2, 6),
        ("431302002000", 1, 1, 1, 3),
        ("431302001009", 2, 1, 1, 3),
        ("431302001010", 1, 0, 1, 2),
        ("431302001009001", 1, 1, 0, 1),
        ("431302001009002", 1, 0, 0, 1),
        ("440000000000", 1, 0, 0, 4),
        ("441900000000", 1, 0, 0, 3),
        ("441900003000", 1, 0, 0, 2),
        ("441900003001", 1, 0, 0, 1),
        ("999999999999", 0, 0, 0, 0),
        ("431302001009001001", 0, 0, 0, 0),
    ] {
        let lists = ["cases", "whistles", "complexes", "areas"];
        let lists: String = lists.iter().map(|list| format!("{list}(filter: {{area: \"{code}\"}}) {{ totalCount }} ")).collect();
        let answer = t.ask(Some(w.nobody), &format!("{{ {lists} }}")).await;
        let count = |list: &str| answer.data()[list]["totalCount"].as_u64();
        let expected = [cases, whistles, complexes, areas].map(Some);
        assert_eq!([count("cases"), count("whistles"), count("complexes"), count("areas")], expected, "{code}");
    }
}

async fn instants_and_days_are_bounds(t: TestApp) {
    let hour = |n| t.now() + Duration::hours(n);
    for n in 0..4 {
        t.case(|c| (c.title, c.reported_at) = (n.to_string(), hour(n))).await;
    }
    let at = |n| hour(n).to_rfc3339();
    // the same instant, said elsewhere
    let in_shanghai = "2026-06-10T12:00:00+08:00";
    assert_eq!(hour(2), in_shanghai.parse::<chrono::DateTime<chrono::Utc>>().expect("an instant"));
    for (bounds, expected) in [
        (format!("gte: \"{}\"", at(2)), &["2", "3"][..]),
        (format!("gt: \"{}\"", at(2)), &["3"]),
        (format!("lte: \"{in_shanghai}\""), &["0", "1", "2"]),
        (format!("lt: \"{in_shanghai}\""), &["0", "1"]),
        (format!("gt: \"{}\", lt: \"{}\"", at(0), at(3)), &["1", "2"]),
        ("gte: \"9999-12-31T23:59:59Z\"".into(), &[]),
        ("gte: \"0001-01-01T00:00:00Z\"".into(), &["0", "1", "2", "3"]),
    ] {
        assert_eq!(titles(&t, &format!("reportedAt: {{{bounds}}}")).await, set(expected), "{bounds}");
    }
    let contracts = async |bounds: &str| {
        let document = format!(
            "{{ complexes(filter: {{name: {{eq: \"新月苑\"}}}}) {{ nodes {{ contracts(filter: {{{bounds}}}) {{ totalCount }} }} }} }}"
        );
        t.ask(None, &document).await.data()["complexes"]["nodes"][0]["contracts"]["totalCount"].clone()
    };
    assert_eq!(contracts("startsOn: {gte: \"2025-01-01\"}").await, 1);
    assert_eq!(contracts("startsOn: {gt: \"2025-01-01\"}").await, 0);
    assert_eq!(contracts("startsOn: {lte: \"2025-01-01\"}").await, 2);
    assert_eq!(contracts("current: true").await, 1);
    assert_eq!(contracts("current: false").await, 1);
}

async fn related_records_are_asked_likewise(t: TestApp) {
    let w = t.world();
    let late = t.case(|c| c.title = "late".into()).await;
    let mut overdue = t.whistle_row(&late, HandlerKind::Grid, w.grid1);
    overdue.check_in_due_at = t.now() - Duration::minutes(1);
    t.insert([overdue]).await;
    let fresh = t.case(|c| c.title = "fresh".into()).await;
    t.whistle(&fresh, HandlerKind::Department, w.dep_urban).await;
    t.case(|c| c.title = "quiet".into()).await;
    for (filter, expected) in [
        ("whistles: {overdue: true}", &["late"][..]),
        ("whistles: {overdue: false}", &["fresh"]),
        ("not: {whistles: {overdue: true}}", &["fresh", "quiet"]),
        ("whistles: {}", &["fresh", "late"]),
        ("not: {whistles: {}}", &["quiet"]),
        ("whistles: {to: {eq: DEPARTMENT}}", &["fresh"]),
        ("whistles: {case: {title: {eq: \"late\"}}}", &["late"]),
    ] {
        assert_eq!(titles(&t, filter).await, set(expected), "{filter}");
    }
    let targeted = format!("whistles: {{targetId: {{eq: \"{}\"}}}}", global(w.dep_urban));
    assert_eq!(titles(&t, &targeted).await, set(&["fresh"]));
    let whistles = t.ask(Some(w.district), "{ whistles(filter: {case: {title: {eq: \"late\"}}}) { totalCount nodes { overdue } } }").await;
    assert_eq!(whistles.data()["whistles"], json!({ "totalCount": 1, "nodes": [{ "overdue": true }] }));
    let areas = "{ top: areas(filter: {not: {parent: {}}}) { nodes { code } } below: areas(filter: {parent: {code: {eq: \"431302000000\"}}}) { totalCount } }";
    let areas = t.ask(None, areas).await;
    assert_eq!(areas.data()["top"]["nodes"], json!([{ "code": "430000000000" }, { "code": "440000000000" }]), "the roots have no parent");
    assert_eq!(areas.data()["below"]["totalCount"], 2);
}

async fn an_id_of_another_type_matches_nothing(t: TestApp) {
    let w = t.world();
    let case = t.case(|_| {}).await;
    t.whistle(&case, HandlerKind::Grid, w.grid1).await;
    let plain = |id: &str| id.rsplit_once('_').expect("an id").1.to_owned();
    let case = plain(&global(case.id));
    let grid = plain(&global(w.grid1));
    let complex = plain(&global(w.xinyue));
    for (list, field, right, wrong) in [
        ("cases", "id", format!("case_{case}"), format!("grid_{case}")),
        ("cases", "gridId", format!("grid_{grid}"), format!("firm_{grid}")),
        ("cases", "handlerId", format!("grid_{grid}"), format!("person_{grid}")),
        ("whistles", "targetId", format!("grid_{grid}"), format!("case_{grid}")),
        ("complexes", "id", format!("complex_{complex}"), format!("case_{complex}")),
    ] {
        let count = async |id: &str| {
            let document = format!("query($id: ID!) {{ {list}(filter: {{{field}: {{eq: $id}}}}) {{ totalCount }} }}");
            t.ask_with(Some(w.district), &document, json!({ "id": id })).await.data()[list]["totalCount"].clone()
        };
        assert_eq!(count(&right).await, 1, "{list} {field} {right}");
        for id in [&wrong, "", "case_", "\0", &right.to_uppercase(), &format!("{right} ")] {
            assert_eq!(count(id).await, 0, "{list} {field} {id:?}");
        }
    }
}

async fn a_long_list_of_values_is_taken_or_refused_clearly(t: TestApp) {
    t.case(|c| c.title = "A".into()).await;
    let document = "query($filter: CaseFilter) { cases(filter: $filter) { totalCount } }";
    let many = |count: usize, last: Value| -> Vec<Value> { (0..count).map(|n| json!(n.to_string())).chain([last]).collect() };
    let parts = |count: usize| -> Vec<Value> { (0..count).map(|n| json!({ "title": { "eq": n.to_string() } })).collect() };
    let ask = async |filter: Value| t.ask_with(Some(t.world().district), document, json!({ "filter": filter })).await;
    assert_eq!(ask(json!({ "title": { "in": many(1_000, json!("A")) } })).await.data()["cases"]["totalCount"], 1);
    assert_eq!(ask(json!({ "or": parts(100) })).await.data()["cases"]["totalCount"], 0);
    let parents = |depth: usize| (0..depth).fold(json!({ "name": { "contains": "" } }), |inner, _| json!({ "parent": inner }));
    let nots = |depth: usize| (0..depth).fold(json!({ "name": { "contains": "" } }), |inner, _| json!({ "not": inner }));
    let areas = "query($filter: AreaFilter) { areas(filter: $filter) { totalCount } }";
    for (filter, count) in [(parents(3), 10), (parents(22), 0), (nots(22), 16), (nots(21), 0)] {
        assert_eq!(t.ask_with(None, areas, json!({ "filter": filter })).await.data()["areas"]["totalCount"], count, "{filter}");
    }
    for filter in [parents(23), parents(100), nots(100)] {
        t.ask_with(None, areas, json!({ "filter": filter })).await.assert_code("QUERY_TOO_COMPLEX");
    }
    for filter in [
        json!({ "title": { "in": many(100_000, json!("A")) } }),
        json!({ "or": parts(10_000) }),
        json!({ "and": parts(10_000) }),
        json!({ "or": parts(1_000) }),
    ] {
        let answer = ask(filter).await;
        assert_eq!(answer.code(), Some("QUERY_TOO_COMPLEX"), "{:#}", answer.json);
    }
}
