//! Committees as the tests need them: elected through the API, or put straight into the tables.

use chrono::NaiveDate;
use entity::*;
use serde_json::{Value, json};

use super::{TestApp, client::Response, global::global, world::day};

pub const COMMITTEE: &str = "committee { id version name committeeKind establishedOn dissolvedOn
    complex { name } area { code } partyBranch { name } currentTerm { number electedOn endsOn filedOn filingNumber } }";

pub const WITH_MEMBER: &str = "committee { id version } member { id role name startsOn endsOn endedBecause current capacity origin }";

/// So many more residents of xinyue, whom the community sees.
pub async fn owners(t: &TestApp, count: usize) -> Vec<PersonId> {
    let w = t.world();
    let mut ids = Vec::new();
    for at in 0..count {
        let id: PersonId = t.app.clock.new_id();
        let (provenance, erased_at) = (Provenance::Invented, None);
        t.insert([person::Model {
            id,
            name: format!("业主{at:02}"),
            phone: None,
            sign_in: None,
            provenance,
            erased_at,
            area_id: None,
            version: 1,
        }])
        .await;
        let (role, starts_on) = (PostRole::Resident, day(2025, 1, 1));
        let row = post::Model {
            id: t.app.clock.new_id(),
            person_id: id,
            role,
            unit_id: w.xinyue.into(),
            area_id: w.area_community,
            starts_on,
            ends_on: None,
            version: 1,
        };
        t.insert([row]).await;
        ids.push(id);
    }
    ids
}

pub fn seat(t: &TestApp, person: PersonId) -> Value {
    json!({ "personId": global(person), "buildingId": global(t.world().building1), "dwelling": "1单元101" })
}

pub fn over(mut input: Value, with: Value) -> Value {
    for (name, value) in with.as_object().expect("an input") {
        input[name] = value.clone();
    }
    input
}

pub async fn try_establish(t: &TestApp, who: PersonId, with: Value) -> Response {
    let place = json!({ "complexId": global(t.world().xinyue) });
    let input = json!({ "kind": "OWNERS", "name": "新月苑业主委员会", "place": place, "establishedOn": "2026-01-05" });
    t.change(Some(who), "establishCommittee", over(input, with), COMMITTEE).await
}

pub async fn established(t: &TestApp, with: Value) -> String {
    let answer = try_establish(t, t.world().community, with).await;
    answer.done("establishCommittee")["committee"]["id"].as_str().expect("an id").to_owned()
}

pub async fn try_elect(t: &TestApp, who: PersonId, committee: &str, members: Vec<Value>, with: Value) -> Response {
    let input = json!({ "committeeId": committee, "electedOn": "2026-01-10", "endsOn": "2031-01-09", "members": members });
    t.change(Some(who), "electCommittee", over(input, with), COMMITTEE).await
}

/// An owners' committee of xinyue with these members, elected on 2026-01-10.
pub async fn elected(t: &TestApp, members: &[PersonId]) -> String {
    let id = established(t, json!({})).await;
    let seats = members.iter().map(|person| seat(t, *person)).collect();
    try_elect(t, t.world().community, &id, seats, json!({})).await.done("electCommittee");
    id
}

pub async fn try_seat(t: &TestApp, committee: &str, seat: Value, with: Value) -> Response {
    let input = over(json!({ "committeeId": committee, "seat": seat }), with);
    t.change(Some(t.world().community), "seatMember", input, WITH_MEMBER).await
}

pub async fn on_member(t: &TestApp, name: &str, member: &Value, with: Value) -> Response {
    t.change(Some(t.world().community), name, over(json!({ "memberId": member }), with), WITH_MEMBER).await
}

/// What the community sees of a committee.
pub async fn look(t: &TestApp, committee: &str, fields: &str) -> Value {
    let document = format!("query($id: ID!) {{ node(id: $id) {{ ... on Committee {{ {fields} }} }} }}");
    t.ask_with(Some(t.world().community), &document, json!({ "id": committee })).await.data()["node"].clone()
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The id of the seat that a person holds today.
pub async fn seat_of(t: &TestApp, committee: &str, person: PersonId) -> Value {
    let filter = format!(r#"{{personId: {{eq: "{}"}}, current: true}}"#, global(person));
    look(t, committee, &format!("members(filter: {filter}) {{ nodes {{ id }} }}")).await["members"]["nodes"][0]["id"].clone()
}

#[track_caller]
pub fn refused(answer: &Response, name: &str, code: &str, path: &[&str]) {
    answer.assert_refused(name, code);
    let error = &answer.data()[name]["userErrors"][0];
    let expected: Vec<&str> = std::iter::once("input").chain(path.iter().copied()).collect();
    assert_eq!(error["path"], json!(expected), "{error}");
    assert!(!text(&error["message"]).is_empty());
}

/// What the tables of committees hold.
pub async fn rows(t: &TestApp) -> (Vec<committee::Model>, Vec<committee_term::Model>, Vec<committee_member::Model>, usize) {
    use sea_orm::{EntityTrait, QueryOrder};
    let db = &t.app.db.read;
    (
        committee::Entity::find().order_by_asc(committee::Column::Id).all(db).await.expect("read"),
        committee_term::Entity::find().order_by_asc(committee_term::Column::Id).all(db).await.expect("read"),
        committee_member::Entity::find().order_by_asc(committee_member::Column::Id).all(db).await.expect("read"),
        committee_event::Entity::find().all(db).await.expect("read").len(),
    )
}

/// A post at a firm, put straight into the table.
pub async fn works(t: &TestApp, person_id: PersonId, firm: FirmId, starts_on: NaiveDate, ends_on: Option<NaiveDate>) {
    let id = t.app.clock.new_id();
    let area_id = t.world().area_district;
    t.insert([post::Model { id, person_id, role: PostRole::FirmManager, unit_id: firm.into(), area_id, starts_on, ends_on, version: 1 }])
        .await;
}

pub async fn try_appoint(t: &TestApp, firm: FirmId, person: PersonId, with: Value) -> Response {
    let input = over(json!({ "role": "FIRM_MANAGER", "unitId": global(firm), "personId": global(person) }), with);
    t.change(Some(t.world().admin), "assignPost", input, "post { id role startsOn endsOn unit { name } person { name } }").await
}

/// A committee with a term and five members, put straight into the tables.
pub async fn row(t: &TestApp, name: &str, change: impl Fn(&mut committee::Model, &mut committee_term::Model)) -> CommitteeId {
    let w = t.world();
    let mut committee = committee::Model {
        id: t.app.clock.new_id(),
        kind: CommitteeKind::Owners,
        name: name.into(),
        area_id: w.area_community,
        complex_id: Some(w.xinyue),
        branch_id: None,
        established_on: day(2024, 1, 1),
        dissolved_on: None,
        provenance: Provenance::Invented,
        provenance_note: None,
        version: 1,
    };
    let mut term = committee_term::Model {
        id: t.app.clock.new_id(),
        committee_id: committee.id,
        number: 1,
        elected_on: day(2024, 1, 1),
        ends_on: day(2028, 12, 31),
        filed_on: None,
        filing_number: None,
    };
    change(&mut committee, &mut term);
    let people = [w.resident, w.resident2, w.grid_worker, w.secretary, w.community];
    let seats = people.iter().map(|person| seat_row(t, &term, *person)).collect::<Vec<_>>();
    t.insert([committee.clone()]).await;
    t.insert([term]).await;
    t.insert(seats).await;
    committee.id
}

pub fn seat_row(t: &TestApp, term: &committee_term::Model, person_id: PersonId) -> committee_member::Model {
    committee_member::Model {
        id: t.app.clock.new_id(),
        committee_id: term.committee_id,
        term_id: term.id,
        person_id,
        role: CommitteeRole::Member,
        capacity: SeatCapacity::Owner,
        origin: SeatOrigin::Voted,
        building_id: Some(t.world().building1),
        dwelling: None,
        starts_on: term.elected_on,
        ends_on: term.ends_on,
        ended_because: None,
    }
}

/// The findings of a day: whether each rule is met.
pub async fn found(t: &TestApp, committee: &str, as_of: &str) -> Vec<(String, Value)> {
    let seen = look(t, committee, &format!(r#"compositionFindings(asOf: "{as_of}") {{ rule met }}"#)).await;
    seen["compositionFindings"].as_array().expect("findings").iter().map(|f| (text(&f["rule"]), f["met"].clone())).collect()
}
