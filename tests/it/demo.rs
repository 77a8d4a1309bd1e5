//! The demonstration data: sound by the server's own rules, complete in the published numbers, work for every sign-in.

use std::collections::{BTreeMap, HashSet};

use chuishao::{
    demo::{self, SIGN_INS, World},
    person::service::maybe_by_sign_in,
};
use entity::*;
use serde_json::{Value, json};

use crate::support::{TestApp, app::start_of_time};

crate::tests! {
    bare: [the_demonstration_is_complete, the_demonstration_is_loaded_once],
    pure: [
        the_demonstration_breaks_no_rule,
        no_clock_breaks_a_rule,
        the_demonstration_is_the_same_for_the_same_instant,
        the_check_bites,
    ],
}

fn built() -> World {
    World::build(start_of_time()).expect("a world")
}

fn the_demonstration_breaks_no_rule() {
    let breaches = built().check();
    assert!(breaches.is_empty(), "{} breaches, such as {:#?}", breaches.len(), &breaches[..breaches.len().min(5)]);
}

/// Before the published figures, which are of days up to 2025-10; the first seconds of a day, noon and the evening; days off and made up.
fn no_clock_breaks_a_rule() {
    for now in [
        "2025-03-05T10:00:00+08:00",
        "2024-02-20T23:59:30+08:00",
        "2026-02-14T12:30:00+08:00",
        "2026-10-01T09:00:00+08:00",
        "2026-11-23T00:00:20+08:00",
        "2026-11-23T17:45:00+08:00",
    ] {
        let breaches = World::build(now.parse().expect("an instant")).expect("a world").check();
        assert!(breaches.is_empty(), "{now}: {} breaches, such as {:#?}", breaches.len(), &breaches[..breaches.len().min(5)]);
    }
}

fn the_demonstration_is_the_same_for_the_same_instant() {
    // not `assert_eq`: it would print a hundred thousand rows
    assert!(built() == built(), "two worlds of one instant differ");
}

type Spoil = fn(&mut World);

/// A check that finds nothing in spoilt data would prove nothing.
fn the_check_bites() {
    let spoil: [(&str, Spoil); 7] = [
        ("an entry is missing", |world| drop(world.events.swap_remove(0))),
        ("a number occurs twice", |world| world.cases[1].number = world.cases[0].number.clone()),
        ("a closed case that nobody closed", |world| {
            let closed = world.cases.iter_mut().find(|case| case.status == CaseStatus::Closed).expect("a closed case");
            closed.closed_at = None;
        }),
        ("a whistle without a case", |world| world.whistles[0].case_id = CaseId(world.areas[0].id.0)),
        ("an owners' committee of an even number", |world| {
            let owners = world.committees.iter().find(|committee| committee.kind == CommitteeKind::Owners).expect("a committee").id;
            let one = world.committee_members.iter().position(|seat| seat.committee_id == owners).expect("a seat");
            world.committee_members.remove(one);
        }),
        ("a level that is named twice", |world| world.level_names[1].level = world.level_names[0].level),
        ("a case in an unknown place", |world| world.cases[0].community_id = Some(AreaId(world.cases[0].id.0))),
    ];
    let sound = built();
    for (what, spoil) in spoil {
        let mut world = sound.clone();
        spoil(&mut world);
        assert!(!world.check().is_empty(), "{what}, and the check says nothing");
    }
}

async fn total(t: &TestApp, who: PersonId, list: &str, filter: &str) -> u64 {
    let filter = if filter.is_empty() { String::new() } else { format!("(filter: {{{filter}}})") };
    let answer = t.ask(Some(who), &format!("{{ {list}{filter} {{ totalCount }} }}")).await;
    answer.data()[list]["totalCount"].as_u64().expect("a number")
}

async fn sign_ins(t: &TestApp) -> BTreeMap<&'static str, PersonId> {
    let mut found = BTreeMap::new();
    for (name, _) in SIGN_INS {
        let person = maybe_by_sign_in(&t.app, name).await.expect("read").unwrap_or_else(|| panic!("nobody signs in as {name}"));
        found.insert(*name, person.id);
    }
    found
}

async fn the_demonstration_is_complete(t: TestApp) {
    let mut steps = Vec::new();
    demo::load(&t.app.db, &t.app.clock, |done, total| steps.push((done, total))).await.expect("loaded");
    assert!(steps.is_sorted() && steps.last().is_some_and(|(done, total)| done == total), "{steps:?}");
    let who = sign_ins(&t).await;
    counts(&t, who["district"]).await;
    registers(&t, who["district"]).await;
    work(&t, &who).await;
}

const LOUXING: &str = r#"area: "431302000000""#;

async fn counts(t: &TestApp, district: PersonId) {
    for (list, filter, expected) in [
        ("areas", "level: {notIn: [GRID, MICRO_GRID]}".to_owned(), 1760),
        ("complexes", LOUXING.to_owned(), 485),
        ("complexes", format!("{LOUXING}, managed: true"), 403),
        ("complexes", format!("{LOUXING}, managed: false"), 82),
        ("propertyFirms", LOUXING.to_owned(), 131),
        ("departments", LOUXING.to_owned(), 24),
        ("registers", String::new(), 2),
        ("committees", r#"committeeKind: {eq: OWNERS}, complex: {name: {eq: "御景湾"}}"#.to_owned(), 1),
        ("committees", format!("{LOUXING}, chairedBySecretary: true"), 1),
        ("committees", "conflicting: true".to_owned(), 0),
    ] {
        assert_eq!(total(t, district, list, &filter).await, expected, "{list} {filter}");
    }
    assert!(total(t, district, "grids", "").await > 100);
    assert_eq!(total(t, district, "grids", "").await, total(t, district, "areas", "level: {eq: GRID}").await);
}

async fn registers(t: &TestApp, district: PersonId) {
    let answer = t.ask(Some(district), "{ registers { nodes { id name } } }").await;
    let mut found = Vec::new();
    for register in answer.data()["registers"]["nodes"].as_array().expect("registers") {
        let id = register["id"].as_str().expect("an id");
        let mut figures = Vec::new();
        for filter in ["", "status: {eq: CLOSED}", "category: {eq: DISPUTE}", "category: {eq: VIOLATION}", "category: {eq: HAZARD}"] {
            figures.push(total(t, district, "cases", &format!(r#"registerId: {{eq: "{id}"}} {filter}"#)).await);
        }
        found.push(figures);
    }
    found.sort_unstable();
    assert_eq!(found[1], [4523, 4523, 3723, 760, 40], "the ledger");
    assert_eq!(found[0][..2], [155, 93], "the register of misconduct of property service");
}

async fn work(t: &TestApp, who: &BTreeMap<&str, PersonId>) {
    for (name, person) in who {
        let answer = t.ask(Some(*person), "{ viewer { person { name } roles } cases(filter: {open: true}) { totalCount } }").await;
        // 一肩挑: the secretary chairs the owners' committee too
        let roles = 1 + usize::from(*name == "branch-secretary");
        assert_eq!(answer.data()["viewer"]["roles"].as_array().map(Vec::len), Some(roles), "{name}: {:#}", answer.json);
        assert_ne!(answer.data()["cases"]["totalCount"], 0, "{name} sees no open case");
    }
    for status in ["REPORTED", "ACCEPTED", "ASSIGNED", "IN_PROGRESS", "RESOLVED"] {
        let open = total(t, who["community"], "cases", &format!("status: {{eq: {status}}}")).await;
        assert!(open >= 30, "the community has {open} cases {status}");
    }
    for name in ["grid-worker", "community", "subdistrict", "department", "district"] {
        let answer = t.ask(Some(who[name]), "{ viewer { person { posts { nodes { unit { id } } } } } }").await;
        let unit = answer.data()["viewer"]["person"]["posts"]["nodes"][0]["unit"]["id"].as_str().expect("a unit").to_owned();
        let open = total(t, who[name], "whistles", &format!(r#"status: {{eq: RAISED}}, targetId: {{eq: "{unit}"}}"#)).await;
        assert!(open > 0, "nobody whistles {name}");
    }
    one_chain(t, who).await;
}

/// The case of the resident is the worker's, the community's, the subdistrict's and the district's too.
async fn one_chain(t: &TestApp, who: &BTreeMap<&str, PersonId>) {
    let ids = async |name: &str, filter: &str| -> HashSet<String> {
        let answer = t.ask(Some(who[name]), &format!("{{ cases(first: 200{filter}) {{ nodes {{ number }} }} }}")).await;
        let nodes = answer.data()["cases"]["nodes"].as_array().expect("nodes").clone();
        nodes.iter().filter_map(|node| node["number"].as_str().map(str::to_owned)).collect()
    };
    let own = ids("resident", "").await;
    assert!(!own.is_empty());
    let named: Value = json!(own);
    for name in ["grid-worker", "branch-secretary", "community", "subdistrict", "district", "analyst", "auditor", "admin"] {
        assert_eq!(ids(name, &format!(", filter: {{number: {{in: {named}}}}}")).await, own, "{name}");
    }
}

async fn the_demonstration_is_loaded_once(t: TestApp) {
    assert!(demo::is_empty(&t.app.db).await.expect("read"));
    demo::load(&t.app.db, &t.app.clock, |_, _| {}).await.expect("loaded");
    assert!(!demo::is_empty(&t.app.db).await.expect("read"));
    let before = t.tally().await;
    t.advance(chrono::Duration::days(1));
    assert!(demo::load(&t.app.db, &t.app.clock, |_, _| {}).await.is_err(), "a second load is refused");
    assert_eq!(t.tally().await, before, "and leaves nothing behind");
}
