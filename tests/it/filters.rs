//! Filters mean what they say, also about values that are absent.

use std::collections::BTreeSet;

use chrono::Duration;
use entity::*;
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use crate::support::{TestApp, committees, global::global, world::day};

crate::tests! {
    both: [
        filters_are_joined_as_they_say,
        a_text_is_taken_literally,
        an_area_is_its_whole_subtree,
        instants_and_days_are_bounds,
        related_records_are_asked_likewise,
        of_related_records_some_pass_or_none,
        related_records_that_are_not_seen_are_as_if_they_were_not_there,
        where_a_colleague_lives_is_not_found_out_by_asking_for_it,
        what_people_and_firms_have_to_do_with_the_party_hangs_on_them,
        what_became_of_a_case_can_be_asked_for,
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

/// The names of what a list shows.
async fn shown(t: &TestApp, who: Option<PersonId>, list: &str, filter: &str) -> BTreeSet<String> {
    let answer = t.ask(who, &format!("{{ {list}(first: 200, filter: {{{filter}}}) {{ totalCount nodes {{ name }} }} }}")).await;
    let found = &answer.data()[list];
    let nodes = found["nodes"].as_array().expect("nodes");
    let names: BTreeSet<String> = nodes.iter().filter_map(|n| n["name"].as_str().map(String::from)).collect();
    assert_eq!(found["totalCount"], names.len(), "{list} {filter}: the total is that of the filter");
    names
}

/// A committee of xinyue, one of `other` that is dissolved, one of no complex; a pairing, a fund, a claim; a register with a case nearby, one with a case
/// far away.
async fn much_that_is_related(t: &TestApp) {
    let w = t.world();
    committees::row(t, "业委会", |_, _| {}).await;
    let dissolved = |c: &mut committee::Model, _: &mut committee_term::Model| {
        (c.complex_id, c.area_id, c.dissolved_on) = (Some(w.other), w.area_other_community, Some(day(2026, 1, 1)));
    };
    committees::row(t, "旧业委会", dissolved).await;
    committees::row(t, "环物会", |c, _| (c.kind, c.complex_id) = (CommitteeKind::EnvironmentProperty, None)).await;
    let provenance = Provenance::Invented;
    t.insert([pairing::Model {
        id: t.app.clock.new_id(),
        kind: PairingKind::DepartmentPairing,
        department_id: Some(w.dep_urban),
        person_id: None,
        area_id: w.area_community,
        complex_id: Some(w.xinyue),
        duty: None,
        starts_on: day(2026, 1, 1),
        ends_on: None,
        provenance,
        provenance_note: None,
        version: 1,
    }])
    .await;
    let (id, budget) = (t.app.clock.new_id(), Hundredths(300_000));
    t.insert([grid_fund::Model {
        id,
        grid_id: w.grid1,
        area_id: w.area_grid1,
        year: 2026,
        budget,
        ended_on: None,
        provenance,
        version: 1,
    }])
    .await;
    let near = t.case(|_| {}).await;
    let far = t.case(|c| {
        (c.subdistrict_id, c.community_id, c.area_id) = (Some(w.area_far_subdistrict), Some(w.area_far_community), w.area_far_community);
        (c.grid_id, c.complex_id, c.building_id) = (Some(w.far_grid), Some(w.far), Some(w.far_building));
        (c.handler_id, c.reporter_id) = (w.far_grid.into(), Some(w.far_resident));
    });
    for (name, case) in [("近台账", near), ("远台账", far.await)] {
        let (id, area_id, name): (RegisterId, _, String) = (t.app.clock.new_id(), w.area_district, name.into());
        let (provenance_note, ended_on) = (None, None);
        t.insert([register::Model { id, area_id, name, provenance, provenance_note, version: 1, ended_on, case_count: 1 }]).await;
        t.insert([register_case::Model { register_id: id, case_id: case.id, added_at: None }]).await;
    }
    crate::double_reports::insert_some(t).await;
    let db = &t.app.db.read;
    let reports = double_report::Entity::find().all(db).await.expect("read");
    let report = reports.into_iter().find(|report| report.person_id.is_some()).expect("a report");
    let post = duty_post::Entity::find().one(db).await.expect("read").expect("a post");
    let (id, starts_on, area_id) = (t.app.clock.new_id(), day(2026, 1, 1), post.area_id);
    t.insert([duty_claim::Model { id, post_id: post.id, report_id: report.id, area_id, starts_on, ended_on: None, version: 1 }]).await;
}

/// (who, the list, a filter of it, what it shows)
type Shown<'a> = (Option<PersonId>, &'a str, &'a str, &'a [&'a str]);

async fn of_related_records_some_pass_or_none(t: TestApp) {
    much_that_is_related(&t).await;
    let officer = Some(t.world().district);
    let table: [Shown<'_>; 51] = [
        (None, "complexes", "committees: {none: {committeeKind: {eq: OWNERS}, existing: true}}", &["大塘小区", "铁东小区"]),
        (None, "complexes", "committees: {none: {}}", &["铁东小区"]),
        (None, "complexes", "committees: {some: {existing: false}}", &["大塘小区"]),
        (None, "complexes", "committees: {some: {}, none: {existing: true}}", &["大塘小区"]),
        (None, "complexes", "not: {committees: {some: {}}}", &["铁东小区"]),
        (None, "complexes", "committees: {some: {complex: {name: {eq: \"新月苑\"}}}}", &["新月苑"]),
        (officer, "complexes", "partyBranches: {some: {branchKind: {eq: COMPLEX_BRANCH}}}", &["新月苑"]),
        (officer, "complexes", "partyBranches: {none: {}}", &["大塘小区", "铁东小区"]),
        (officer, "complexes", "asOf: \"2024-12-31\", partyBranches: {some: {}}", &[]),
        (None, "complexes", "contracts: {some: {current: false}}", &["新月苑"]),
        (None, "complexes", "contracts: {none: {firm: {name: {eq: \"乙物业\"}}}}", &["大塘小区"]),
        (None, "complexes", "buildings: {some: {name: {eq: \"3栋\"}}}", &["新月苑"]),
        (officer, "complexes", "pairings: {some: {department: {name: {eq: \"区城管局\"}}}}", &["新月苑"]),
        (officer, "departments", "matters: {some: {category: {eq: HAZARD}}}", &["区消防救援大队"]),
        (officer, "departments", "matters: {none: {code: {eq: \"001\"}}}", &["区消防救援大队"]),
        (officer, "departments", "pairings: {none: {current: true}}", &["区交警大队", "区消防救援大队"]),
        (officer, "departments", "posts: {none: {role: {eq: DEPARTMENT_OFFICER}}}", &[]),
        (officer, "registers", "cases: {some: {}}", &["近台账", "远台账"]),
        (officer, "registers", "cases: {some: {complex: {name: {eq: \"新月苑\"}}}}", &["近台账"]),
        (officer, "registers", "cases: {none: {open: true}}", &[]),
        (officer, "partyBranches", "parent: {name: {eq: \"月塘社区党委\"}}", &["新月苑党支部"]),
        (officer, "partyBranches", "not: {parent: {}}", &["月塘社区党委"]),
        (officer, "partyBranches", "complexes: {some: {name: {eq: \"新月苑\"}}}", &["新月苑党支部"]),
        (officer, "partyBranches", "complexes: {none: {}}", &["月塘社区党委"]),
        (officer, "partyBranches", "posts: {none: {current: true}}", &["月塘社区党委"]),
        (officer, "partyBranches", "committees: {none: {}}", &["新月苑党支部", "月塘社区党委"]),
        (officer, "grids", "complexes: {some: {name: {eq: \"新月苑\"}}}", &["月塘第一网格", "月塘第二网格"]),
        (officer, "grids", "buildings: {none: {name: {eq: \"1栋\"}}}", &["月塘第二网格"]),
        (officer, "grids", "posts: {none: {current: true}}", &["大塘第一网格", "铁东第一网格"]),
        (officer, "grids", "funds: {some: {year: 2026}}", &["月塘第一网格"]),
        (None, "propertyFirms", "contracts: {some: {current: true, complex: {name: {eq: \"铁东小区\"}}}}", &["乙物业"]),
        (None, "propertyFirms", "contracts: {none: {current: false}}", &["甲物业"]),
        (None, "propertyFirms", "admissions: {none: {}}", &["甲物业", "乙物业"]),
        (officer, "dutyPosts", "complex: {name: {eq: \"新月苑\"}}, claims: {some: {on: \"2026-06-10\"}}", &["楼栋长"]),
        (officer, "dutyPosts", "complex: {name: {eq: \"大塘小区\"}}", &[]),
        (officer, "doubleReports", "claims: {none: {}}", &["县医院"]),
        (officer, "doubleReports", "partyBranch: {}", &[]),
        (officer, "committees", "complex: {partyBranches: {some: {}}}, members: {some: {}}, terms: {some: {}}", &["业委会"]),
        (officer, "committees", "partyBranch: {}", &[]),
        (None, "committees", "existing: true", &["业委会", "环物会"]),
        (None, "committees", "existing: true, asOf: \"2025-12-31\"", &["业委会", "旧业委会", "环物会"]),
        (None, "committees", "inOffice: true, asOf: \"2023-12-31\"", &[]),
        (
            officer,
            "committees",
            "existing: true, members: {some: {person: {posts: {some: {role: {eq: BRANCH_SECRETARY}}}}}}",
            &["业委会", "环物会"],
        ),
        (officer, "committees", "existing: false, members: {some: {person: {text: \"书记甲\"}}}", &["旧业委会"]),
        (officer, "partyInstructors", "partyBranch: {name: {eq: \"新月苑党支部\"}}", &["社区甲"]),
        (officer, "partyInstructors", "firm: {}", &[]),
        (None, "buildings", "area: \"431302001009\"", &["1栋", "2栋", "3栋"]),
        (None, "buildings", "complex: {name: {eq: \"大塘小区\"}}, hasGrid: true", &["1栋"]),
        (None, "buildings", "hasGrid: false", &[]),
        (None, "buildings", "floors: {gt: 18}", &[]),
        (officer, "dutyPosts", "free: true", &[]),
    ];
    for (who, list, filter, expected) in table {
        assert_eq!(shown(&t, who, list, filter).await, set(expected), "{list} {filter}");
    }
    for (filter, count) in [
        ("posts: {some: {role: {eq: GRID_WORKER}}}", 3),
        ("posts: {some: {role: {eq: GRID_WORKER}, current: true}}", 2),
        ("posts: {none: {}}", 0),
        ("posts: {some: {role: {eq: BRANCH_SECRETARY}, person: {committeeSeats: {some: {current: true}}}}}", 1),
        ("posts: {some: {person: {text: \"社区甲\"}}}", 1),
        ("committeeSeats: {some: {current: true}}", 5),
        ("pairings: {some: {}}", 0),
    ] {
        let persons = t.ask(officer, &format!("{{ persons(filter: {{{filter}}}) {{ totalCount }} }}")).await;
        assert_eq!(persons.data()["persons"]["totalCount"], count, "{filter}");
    }
}

async fn related_records_that_are_not_seen_are_as_if_they_were_not_there(t: TestApp) {
    much_that_is_related(&t).await;
    let w = t.world();
    let table: [Shown<'_>; 20] = [
        (None, "complexes", "partyBranches: {some: {}}", &[]),
        (None, "complexes", "partyBranches: {none: {}}", &["大塘小区", "新月苑", "铁东小区"]),
        (None, "complexes", "pairings: {none: {}}", &["大塘小区", "新月苑", "铁东小区"]),
        (None, "complexes", "committees: {some: {complex: {partyBranches: {some: {}}}}}", &[]),
        (None, "propertyFirms", "serves: {partyBranches: {some: {}}}", &[]),
        (None, "committees", "members: {some: {}}", &[]),
        (Some(w.community), "registers", "cases: {some: {}}", &["近台账"]),
        (Some(w.community), "registers", "cases: {none: {}}", &["远台账"]),
        (Some(w.far_community), "registers", "cases: {some: {}}", &["远台账"]),
        (Some(w.resident), "registers", "cases: {some: {}}", &[]),
        (Some(w.grid_worker), "grids", "posts: {none: {current: true}}", &["大塘第一网格", "月塘第二网格", "铁东第一网格"]),
        (Some(w.grid_worker), "departments", "posts: {some: {}}", &[]),
        (Some(w.grid_worker), "grids", "funds: {some: {}}", &["月塘第一网格"]),
        (Some(w.grid_worker2), "grids", "funds: {some: {}}", &[]),
        (Some(w.far_community), "partyBranches", "posts: {none: {current: true}}", &["新月苑党支部", "月塘社区党委"]),
        (Some(w.resident), "dutyPosts", "claims: {some: {}}", &["楼栋长"]),
        (Some(w.resident2), "dutyPosts", "claims: {none: {}}", &["楼栋长"]),
        (None, "propertyFirms", "contracts: {none: {complex: {committees: {some: {members: {some: {}}}}}}}", &["甲物业", "乙物业"]),
        (Some(w.firm), "committees", "members: {some: {person: {posts: {some: {}}}}}", &[]),
        // a name that is masked is not found by asking for it
        (Some(w.secretary), "committees", "members: {some: {person: {text: \"居民甲\"}}}", &[]),
    ];
    for (who, list, filter, expected) in table {
        assert_eq!(shown(&t, who, list, filter).await, set(expected), "{list} {filter}");
    }
}

async fn where_a_colleague_lives_is_not_found_out_by_asking_for_it(t: TestApp) {
    let w = t.world();
    let (id, starts_on) = (t.app.clock.new_id(), day(2025, 1, 1));
    let (role, unit_id, area_id) = (PostRole::Resident, w.far.into(), w.area_far_community);
    t.insert([post::Model { id, person_id: w.community2, role, unit_id, area_id, starts_on, ends_on: None, version: 1 }]).await;
    let far = global(w.far);
    for filter in [
        format!("role: {{eq: RESIDENT}}, unitId: {{eq: \"{far}\"}}"),
        "role: {eq: RESIDENT}, area: \"431302002001\"".into(),
        format!("posts: {{some: {{unitId: {{eq: \"{far}\"}}}}}}"),
    ] {
        let query = format!("{{ persons(filter: {{{filter}}}) {{ totalCount }} }}");
        // the colleague is seen, the home is not
        for (who, count) in [(w.community, 0), (w.far_community, 2), (w.district, 2)] {
            assert_eq!(t.ask(Some(who), &query).await.data()["persons"]["totalCount"], count, "{filter}");
        }
    }
}

async fn what_people_and_firms_have_to_do_with_the_party_hangs_on_them(t: TestApp) {
    crate::double_reports::insert_some(&t).await;
    let w = t.world();
    let (starts_on, area_id) = (day(2025, 1, 1), w.area_community);
    let (id, role) = (t.app.clock.new_id(), PartyRole::Member);
    t.insert([party_membership::Model {
        id,
        branch_id: w.branch,
        person_id: w.resident,
        area_id,
        role,
        starts_on,
        ended_on: None,
        version: 1,
    }])
    .await;
    t.insert([party_branch::Model {
        id: t.app.clock.new_id(),
        area_id: w.area_district,
        parent_id: None,
        name: "甲物业党支部".into(),
        kind: PartyBranchKind::PropertyServiceBranch,
        provenance: Provenance::Invented,
        firm_id: Some(w.firm_a),
        established_on: Some(starts_on),
        ended_on: None,
        version: 1,
    }])
    .await;
    t.insert([party_instructor::Model {
        id: t.app.clock.new_id(),
        kind: InstructorKind::FirstSecretary,
        person_id: w.community,
        branch_id: None,
        firm_id: Some(w.firm_a),
        area_id: w.area_district,
        sent_by: "区委".into(),
        starts_on,
        ended_on: None,
        version: 1,
    }])
    .await;
    let of_person = "query($id: ID!) { node(id: $id) { ... on Person {
        a: partyMemberships { totalCount } b: doubleReports { totalCount } c: partyInstructors { totalCount } } } }";
    for (who, person, expected) in [
        (w.resident, w.resident, [1, 1, 0]),
        (w.community, w.resident, [1, 1, 0]),
        // the auditor sees that somebody has reported, not who belongs
        (w.auditor, w.resident, [0, 1, 0]),
        (w.district, w.community, [0, 0, 2]),
    ] {
        let answer = t.ask_with(Some(who), of_person, json!({ "id": global(person) })).await;
        let node = &answer.data()["node"];
        assert_eq!(["a", "b", "c"].map(|list| node[list]["totalCount"].as_i64()), expected.map(Some));
    }
    let of_firm = "query($id: ID!) { node(id: $id) { ... on PropertyFirm {
        a: posts(filter: {current: true}) { totalCount } b: partyBranches { totalCount } c: instructors(filter: {firm: {name: {eq: \"甲物业\"}}}) { totalCount } } } }";
    for (who, expected) in [(None, [0, 0, 0]), (Some(w.resident), [0, 1, 1]), (Some(w.district), [1, 1, 1])] {
        let answer = t.ask_with(who, of_firm, json!({ "id": global(w.firm_a) })).await;
        let node = &answer.data()["node"];
        assert_eq!(["a", "b", "c"].map(|list| node[list]["totalCount"].as_i64()), expected.map(Some));
    }
    let members = "{ partyBranches(filter: {name: {eq: \"新月苑党支部\"}}) { nodes {
        a: members(filter: {person: {posts: {some: {role: {eq: RESIDENT}}}}}) { totalCount } b: members(filter: {person: {posts: {none: {}}}}) { totalCount } } } }";
    let answer = t.ask(Some(w.community), members).await;
    assert_eq!(answer.data()["partyBranches"]["nodes"], json!([{ "a": { "totalCount": 1 }, "b": { "totalCount": 0 } }]));
}

async fn what_became_of_a_case_can_be_asked_for(t: TestApp) {
    let w = t.world();
    let path: HandlingPathId = t.app.clock.new_id();
    t.insert([handling_path::Model {
        id: path,
        district_id: None,
        category: None,
        matter_id: None,
        steps: handling_path::Steps(vec![HandlerKind::Community]),
        version: 1,
        made_at: t.now(),
        made_by: None,
        ended_at: None,
    }])
    .await;
    let a = t.case(|c| {
        (c.title, c.path_id, c.building_id) = ("A".into(), Some(path), Some(w.building2));
        (c.respondent_kind, c.respondent_id) = (Some(HandlerKind::PropertyFirm), Some(w.firm_a.into()));
    });
    let a = a.await;
    t.case(|c| {
        (c.title, c.status, c.resolved_at, c.score) = ("B".into(), CaseStatus::Closed, Some(t.now()), Some(4));
        (c.reopen_count, c.respondent_id) = (2, Some(w.resident2.into()));
    })
    .await;
    let up = t.whistle(&a, HandlerKind::Subdistrict, w.area_subdistrict).await;
    let mut called = t.whistle_row(&a, HandlerKind::Grid, w.grid1);
    (called.from_kind, called.from_id) = (Some(HandlerKind::Community), Some(w.area_community.into()));
    (called.checked_in_at, called.escalated_to_id, called.ruling_reason) = (Some(t.now()), Some(up.id), Some("应由网格处置".into()));
    t.insert([called]).await;
    let community = global(w.area_community);
    for (filter, expected) in [
        (format!("buildingId: {{eq: \"{}\"}}", global(w.building2)), &["A"][..]),
        (format!("respondentId: {{eq: \"{}\"}}", global(w.firm_a)), &["A"]),
        (format!("respondentId: {{in: [\"{}\", \"{}\"]}}", global(w.resident2), global(w.firm_b)), &[]),
        (format!("handlingPathId: {{eq: \"{}\"}}", global(path)), &["A"]),
        (format!("resolvedAt: {{lte: \"{}\"}}", t.now().to_rfc3339()), &["B"]),
        ("score: {gte: 4}".into(), &["B"]),
        ("score: {lt: 4}".into(), &[]),
        ("reopenCount: {gt: 0}".into(), &["B"]),
        (format!("whistles: {{whistlerId: {{eq: \"{community}\"}}}}"), &["A"]),
        (format!("whistles: {{checkedInAt: {{lte: \"{}\"}}}}", t.now().to_rfc3339()), &["A"]),
        ("whistles: {escalated: true}".into(), &["A"]),
        ("not: {whistles: {escalated: false}}".into(), &["B"]),
    ] {
        assert_eq!(titles(&t, &filter).await, set(expected), "{filter}");
    }
    // the firm itself does not learn it by asking
    let firm = format!("{{ cases(filter: {{respondentId: {{eq: \"{}\"}}}}) {{ totalCount }} }}", global(w.firm_a));
    assert_eq!(t.ask(Some(w.firm), &firm).await.data()["cases"]["totalCount"], 0);
    let whistles = "{ whistles(filter: {escalated: true}) { nodes { rulingReason whistler { name } } }
        raised: whistles(filter: {escalated: false}) { nodes { rulingReason whistler { name } } } }";
    let expected = json!({
        "whistles": { "nodes": [{ "rulingReason": "应由网格处置", "whistler": { "name": "月塘社区" } }] },
        "raised": { "nodes": [{ "rulingReason": null, "whistler": null }] },
    });
    assert_eq!(t.ask(Some(w.district), whistles).await.data(), &expected);
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
    let complexes = "query($filter: ComplexFilter) { complexes(filter: $filter) { totalCount } }";
    let loops = |depth: usize| (0..depth).fold(json!({}), |inner, _| json!({ "committees": { "some": { "complex": inner } } }));
    assert_eq!(t.ask_with(None, complexes, json!({ "filter": loops(8) })).await.data()["complexes"]["totalCount"], 0);
    t.ask_with(None, complexes, json!({ "filter": loops(9) })).await.assert_code("QUERY_TOO_COMPLEX");
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
