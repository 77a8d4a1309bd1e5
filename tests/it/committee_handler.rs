//! The owners' committee 业主委员会 as a unit that handles cases and is called: its chair and its deputies act for it as long as their seats last.

use chrono::{Duration, NaiveDate};
use chuishao::{
    calendar::service::of_district,
    case::{
        model::clock::{self, Of},
        service::deadlines::run_due,
    },
};
use entity::*;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use crate::support::{TestApp, cases::Filed, committees::*, global::global, world::day};

crate::tests! {
    both: [
        the_chair_and_the_deputies_handle_what_the_committee_has,
        a_post_follows_each_seat_of_a_chair_or_deputy,
        the_right_ends_with_the_seat,
        a_committee_that_has_come_or_declined_is_dissolved_when_it_is_done_or_let_off,
        a_whistle_that_the_committee_does_not_answer_goes_to_the_community,
        a_post_of_a_chair_is_neither_given_nor_ended_by_hand,
        a_committee_that_is_the_respondent_is_not_handed_the_case,
        only_the_owners_committee_in_office_is_handed_a_case,
        posts_of_chairs_lie_where_their_committee_lies_after_a_merge,
        a_past_post_of_a_chair_lies_where_it_was_held,
        what_a_chair_reports_is_said_as_a_resident,
        seats_from_before_are_given_their_posts,
    ],
}

/// An owners' committee of xinyue, and six owners: its chair, its deputy, three members and one who does not sit on it.
async fn chaired(t: &TestApp) -> (String, Vec<PersonId>) {
    let people = owners(t, 6).await;
    let id = established(t, json!({})).await;
    let roles = ["CHAIR", "DEPUTY", "MEMBER", "MEMBER", "MEMBER"];
    let seats = people.iter().zip(roles).map(|(person, role)| over(seat(t, *person), json!({ "role": role }))).collect();
    try_elect(t, t.world().community, &id, seats, json!({})).await.done("electCommittee");
    (id, people)
}

/// A case of the grid worker's, who called nobody, handed to this unit.
async fn handed_to(t: &TestApp, unit: &str) -> Filed {
    let w = t.world();
    let filed = t.report(w.grid_worker).await;
    t.does(w.grid_worker, "acceptCase", &filed.case).await;
    t.does_with(w.grid_worker, "assignCase", &filed.case, json!({ "handlerId": unit })).await;
    filed
}

async fn roles(t: &TestApp, who: PersonId) -> Value {
    t.ask(Some(who), "{ viewer { roles } }").await.data()["viewer"]["roles"].clone()
}

async fn posts(t: &TestApp) -> Vec<post::Model> {
    let posts = post::Entity::find().filter(post::Column::Role.eq(PostRole::CommitteeChair));
    posts.order_by_asc(post::Column::Id).all(&t.app.db.read).await.expect("read")
}

type Held = (NaiveDate, PersonId, Option<NaiveDate>);

/// Who holds the post of a chair or deputy and held it, from when to when; each post is that of a seat.
async fn chairs(t: &TestApp) -> Vec<Held> {
    let of_seat = |seat: &committee_member::Model| (seat.id.0, seat.person_id, seat.starts_on, Some(seat.ends_on));
    let seats = rows(t).await.2;
    let mut expected: Vec<_> = seats.iter().filter(|seat| seat.role != CommitteeRole::Member).map(of_seat).collect();
    let posts = posts(t).await;
    let mut found: Vec<_> = posts.iter().map(|post| (post.id.0, post.person_id, post.starts_on, post.ends_on)).collect();
    expected.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, expected);
    let mut held: Vec<Held> = posts.into_iter().map(|post| (post.starts_on, post.person_id, post.ends_on)).collect();
    held.sort_unstable();
    held
}

fn sorted(mut held: Vec<Held>) -> Vec<Held> {
    held.sort_unstable();
    held
}

async fn the_chair_and_the_deputies_handle_what_the_committee_has(t: TestApp) {
    let w = t.world();
    let (id, p) = chaired(&t).await;
    let both = json!(["RESIDENT", "COMMITTEE_CHAIR"]);
    assert_eq!([roles(&t, p[0]).await, roles(&t, p[1]).await, roles(&t, p[2]).await], [both.clone(), both, json!(["RESIDENT"])]);
    let other = t.report(w.resident).await;
    let filed = handed_to(&t, &id).await;
    t.push().await;
    for (who, told) in [(p[0], 1), (p[1], 1), (p[2], 0), (p[5], 0)] {
        assert_eq!(t.notices(who).await, vec!["CASE_ASSIGNED"; told]);
    }
    // of all cases of the complex they see this one
    let filter = format!(r#"{{ cases {{ nodes {{ number }} }} of: cases(filter: {{handlerId: {{eq: "{id}"}}}}) {{ totalCount }} }}"#);
    for who in &p[..2] {
        let seen = t.ask(Some(*who), &filter).await.data().clone();
        assert_eq!(seen, json!({ "cases": { "nodes": [{ "number": filed.number }] }, "of": { "totalCount": 1 } }));
        t.refuses(*who, "startCase", &other.case, ("NOT_FOUND", "caseId")).await;
    }
    for who in [p[2], p[5], w.secretary, w.firm] {
        assert_eq!(t.ask(Some(who), &filter).await.data()["of"]["totalCount"], i32::from(who == w.secretary));
    }
    let asked = "query($id: ID!) { node(id: $id) { ... on Case { handler { __typename id name kind ... on Committee { committeeKind complex { name } } } } } }";
    let case = t.ask_with(Some(p[0]), asked, json!({ "id": filed.case })).await.data()["node"].clone();
    let complex = json!({ "name": "新月苑" });
    let expected = json!({ "__typename": "Committee", "id": id, "name": "新月苑业主委员会", "kind": "OWNERS_COMMITTEE", "committeeKind": "OWNERS", "complex": complex });
    assert_eq!(case["handler"], expected);
    for who in [p[2], p[5]] {
        t.refuses(who, "startCase", &filed.case, ("NOT_FOUND", "caseId")).await;
    }
    t.does(p[1], "startCase", &filed.case).await;
    let done = t.does(p[0], "resolveCase", &filed.case).await;
    assert_eq!((&done["case"]["status"], &done["case"]["settledLevel"]), (&json!("RESOLVED"), &json!("COMPLEX")));
    // what they settled is for others to verify
    for who in &p[..2] {
        t.refuses(*who, "closeCase", &filed.case, ("FORBIDDEN", "caseId")).await;
    }
    t.does(w.grid_worker, "closeCase", &filed.case).await;
    let of_unit = format!(r#"{{ persons(filter: {{unitId: {{eq: "{id}"}}}}) {{ nodes {{ name }} }} }}"#);
    let seen = t.ask(Some(w.community), &of_unit).await.data()["persons"]["nodes"].clone();
    assert_eq!(seen, json!([{ "name": "业主00" }, { "name": "业主01" }]));
}

async fn a_post_follows_each_seat_of_a_chair_or_deputy(t: TestApp) {
    let w = t.world();
    let (id, p) = chaired(&t).await;
    let (first, last, eve) = (day(2026, 1, 10), Some(day(2031, 1, 9)), Some(day(2026, 6, 9)));
    assert_eq!(chairs(&t).await, sorted(vec![(first, p[0], last), (first, p[1], last)]));
    let before = posts(&t).await.into_iter().find(|post| post.person_id == p[0]).expect("a post");
    assert_eq!((before.area_id, before.version), (w.area_community, 1));
    // another chair from today on
    let two = seat_of(&t, &id, p[2]).await;
    on_member(&t, "assignSeatRole", &two, json!({ "role": "CHAIR" })).await.done("assignSeatRole");
    let today = day(2026, 6, 10);
    assert_eq!(chairs(&t).await, sorted(vec![(first, p[0], eve), (first, p[1], last), (today, p[2], last)]));
    assert_eq!([roles(&t, p[0]).await, roles(&t, p[2]).await], [json!(["RESIDENT"]), json!(["RESIDENT", "COMMITTEE_CHAIR"])]);
    let asked = "query($id: ID!) { node(id: $id) { ... on Post { role version unit { __typename name } changes { nodes { kind actor { name } fields { name to } } } } } }";
    let post = t.ask_with(Some(w.community), asked, json!({ "id": global(before.id) })).await.data()["node"].clone();
    let change = json!({ "kind": "ENDED", "actor": { "name": "社区甲" }, "fields": [{ "name": "endsOn", "to": "2026-06-09" }] });
    let unit = json!({ "__typename": "Committee", "name": "新月苑业主委员会" });
    assert_eq!(post, json!({ "role": "COMMITTEE_CHAIR", "version": 2, "unit": unit, "changes": { "nodes": [change] } }));
    // and yet another one on the same day: who was it for no day holds no post
    let three = seat_of(&t, &id, p[3]).await;
    on_member(&t, "assignSeatRole", &three, json!({ "role": "CHAIR" })).await.done("assignSeatRole");
    assert_eq!(chairs(&t).await, sorted(vec![(first, p[0], eve), (first, p[1], last), (today, p[3], last)]));
    // who is seated during the term, and who leaves
    try_seat(&t, &id, over(seat(&t, p[5]), json!({ "role": "DEPUTY" })), json!({})).await.done("seatMember");
    let one = seat_of(&t, &id, p[1]).await;
    let end = json!({ "because": "RESIGNED", "reason": "辞职", "endsOn": "2026-06-09" });
    on_member(&t, "endSeat", &one, end).await.done("endSeat");
    assert_eq!(chairs(&t).await, sorted(vec![(first, p[0], eve), (first, p[1], eve), (today, p[3], last), (today, p[5], last)]));
    // a new election ends the term on its eve, and a dissolution all of it
    t.advance(Duration::days(2));
    let seats =
        p[..5].iter().map(|person| over(seat(&t, *person), json!({ "role": if *person == p[4] { "CHAIR" } else { "MEMBER" } }))).collect();
    try_elect(&t, w.community, &id, seats, json!({ "electedOn": "2026-06-12" })).await.done("electCommittee");
    let (cut, new) = (Some(day(2026, 6, 11)), day(2026, 6, 12));
    let past = [(first, p[0], eve), (first, p[1], eve), (today, p[3], cut), (today, p[5], cut)];
    assert_eq!(chairs(&t).await, sorted([&past[..], &[(new, p[4], last)]].concat()));
    let input = json!({ "committeeId": id, "reason": "两个小区合并" });
    t.change(Some(w.community), "dissolveCommittee", input, COMMITTEE).await.done("dissolveCommittee");
    assert_eq!(chairs(&t).await, sorted([&past[..], &[(new, p[4], Some(new))]].concat()));
    assert_eq!(roles(&t, p[4]).await, json!(["RESIDENT", "COMMITTEE_CHAIR"]), "until the end of the day");
    t.advance(Duration::days(1));
    assert_eq!(roles(&t, p[4]).await, json!(["RESIDENT"]));
}

async fn the_right_ends_with_the_seat(t: TestApp) {
    let w = t.world();
    let (id, p) = chaired(&t).await;
    let filed = handed_to(&t, &id).await;
    let chair = seat_of(&t, &id, p[0]).await;
    let end = json!({ "because": "RESIGNED", "reason": "辞职", "endsOn": "2026-06-09" });
    on_member(&t, "endSeat", &chair, end).await.done("endSeat");
    t.refuses(p[0], "startCase", &filed.case, ("NOT_FOUND", "caseId")).await;
    t.does(p[1], "startCase", &filed.case).await;
    let dissolve =
        async || t.change(Some(w.community), "dissolveCommittee", json!({ "committeeId": id, "reason": "撤销" }), COMMITTEE).await;
    // nobody would be left to act
    dissolve().await.assert_refused("dissolveCommittee", "INVALID_STATE");
    t.does_with(w.community, "assignCase", &filed.case, json!({ "handlerId": global(w.area_community) })).await;
    let whistle = called(&t, &filed, &id).await;
    dissolve().await.assert_refused("dissolveCommittee", "INVALID_STATE");
    t.does(w.community, "withdrawWhistle", &whistle).await;
    dissolve().await.done("dissolveCommittee");
    t.advance(Duration::days(1));
    t.refuses(p[1], "addCaseNote", &filed.case, ("NOT_FOUND", "caseId")).await;
    // whoever answers for the place goes on
    t.does(w.community, "resolveCase", &filed.case).await;
}

/// A whistle to the committee that waits to be answered.
async fn called(t: &TestApp, filed: &Filed, committee: &str) -> String {
    let case = t.records().await.cases.into_iter().find(|case| case.number == filed.number).expect("the case");
    let id = CommitteeId(committee.strip_prefix("committee_").expect("an id").parse().expect("a uuid"));
    let whistle = t.whistle(&case, HandlerKind::OwnersCommittee, id).await;
    let policies = deadline_policy::Entity::find().filter(deadline_policy::Column::Kind.eq(ClockKind::CheckIn));
    let policy = policies.one(&t.app.db.read).await.expect("read").expect("a policy");
    let time = of_district(&t.app, case.district_id).await.expect("working time");
    let of = Of { case: case.id, kind: ClockKind::CheckIn, whistle: Some(whistle.id), level: HandlingLevel::Complex };
    t.insert([clock::start(t.app.clock.new_id(), of, &policy, &time, t.now())]).await;
    global(whistle.id)
}

async fn a_committee_that_has_come_or_declined_is_dissolved_when_it_is_done_or_let_off(t: TestApp) {
    let w = t.world();
    let (id, p) = chaired(&t).await;
    let dissolve =
        async || t.change(Some(w.community), "dissolveCommittee", json!({ "committeeId": id, "reason": "撤销" }), COMMITTEE).await;
    let filed = t.report(w.grid_worker).await;
    let came = called(&t, &filed, &id).await;
    t.does(p[1], "checkInWhistle", &came).await;
    // the case itself is with another unit
    t.does_with(w.community, "assignCase", &filed.case, json!({ "handlerId": global(w.area_community) })).await;
    dissolve().await.assert_refused("dissolveCommittee", "INVALID_STATE");
    t.does(p[0], "concludeWhistle", &came).await;
    let filed = t.report(w.grid_worker).await;
    let declined = called(&t, &filed, &id).await;
    t.does(p[0], "declineWhistle", &declined).await;
    dissolve().await.assert_refused("dissolveCommittee", "INVALID_STATE");
    t.does(w.community, "ruleOnWhistle", &declined).await;
    dissolve().await.done("dissolveCommittee");
}

async fn a_whistle_that_the_committee_does_not_answer_goes_to_the_community(t: TestApp) {
    let w = t.world();
    let (id, p) = chaired(&t).await;
    let answered = handed_to(&t, &id).await;
    let whistle = called(&t, &answered, &id).await;
    t.refuses(p[2], "checkInWhistle", &whistle, ("NOT_FOUND", "whistleId")).await;
    let up = t.does(p[1], "checkInWhistle", &whistle).await;
    assert_eq!((&up["whistle"]["target"]["kind"], &up["case"]["status"]), (&json!("OWNERS_COMMITTEE"), &json!("IN_PROGRESS")));
    t.does(p[0], "concludeWhistle", &whistle).await;
    let filed = handed_to(&t, &id).await;
    called(&t, &filed, &id).await;
    t.advance(Duration::days(2));
    run_due(&t.app).await.expect("done");
    let case = t.look(&filed.case).await;
    let whistles = case["whistles"]["nodes"].as_array().expect("whistles");
    assert_eq!((&whistles[0]["status"], &whistles[1]["target"]["id"]), (&json!("ESCALATED"), &json!(global(w.area_community))));
    assert_eq!((&case["handler"]["id"], &case["level"]), (&json!(global(w.area_community)), &json!("COMMUNITY")));
    t.push().await;
    assert_eq!(t.notices(p[0]).await.last().map(String::as_str), Some("WHISTLE_ESCALATED"));
    assert_eq!(t.notices(w.community).await, ["WHISTLE_RAISED"]);
    // the first duty stays open, and they still see the case
    t.does(p[0], "checkInWhistle", whistles[0]["id"].as_str().expect("an id")).await;
}

async fn a_post_of_a_chair_is_neither_given_nor_ended_by_hand(t: TestApp) {
    let w = t.world();
    let (id, p) = chaired(&t).await;
    let before = posts(&t).await;
    let assign = async |who, role: &str| {
        let input = json!({ "role": role, "unitId": id, "personId": global(p[5]) });
        t.change(Some(who), "assignPost", input, "post { id }").await
    };
    for who in [w.community, w.district, w.admin, p[0]] {
        refused(&assign(who, "COMMITTEE_CHAIR").await, "assignPost", "MISMATCH", &["role"]);
    }
    refused(&assign(w.admin, "GRID_WORKER").await, "assignPost", "MISMATCH", &["unitId"]);
    let post = global(before[0].id);
    for (who, code) in [(w.community, "INVALID_STATE"), (w.admin, "INVALID_STATE"), (w.resident, "FORBIDDEN")] {
        let answer = t.change(Some(who), "endPost", json!({ "postId": post }), "post { id }").await;
        refused(&answer, "endPost", code, &["postId"]);
    }
    assert_eq!(posts(&t).await, before);
}

async fn a_committee_that_is_the_respondent_is_not_handed_the_case(t: TestApp) {
    let w = t.world();
    let (id, p) = chaired(&t).await;
    for over in [json!({ "handlerId": id }), json!({ "personId": global(p[0]) })] {
        let filed = t.report_with(w.community, json!({ "respondent": over })).await;
        assert_eq!(filed.payload["whistle"]["target"]["id"], global(w.grid1));
        t.does(w.grid_worker, "acceptCase", &filed.case).await;
        for by in [w.grid_worker, w.district] {
            t.refuses_with(by, "assignCase", &filed.case, json!({ "handlerId": id }), ("RESPONDENT", "handlerId")).await;
        }
        t.refuses(p[0], "addCaseNote", &filed.case, ("NOT_FOUND", "caseId")).await;
    }
    // the chair acts for the respondent, also where they answer for the place in another post
    let filed = t.report_with(w.resident, json!({ "respondent": { "handlerId": id } })).await;
    let (unit_id, area_id, starts_on) = (w.grid1.into(), w.area_grid1, day(2026, 1, 1));
    let (role, ends_on, version) = (PostRole::GridWorker, None, 1);
    t.insert([post::Model { id: t.app.clock.new_id(), person_id: p[0], role, unit_id, area_id, starts_on, ends_on, version }]).await;
    t.refuses(p[0], "acceptCase", &filed.case, ("RESPONDENT", "caseId")).await;
}

async fn only_the_owners_committee_in_office_is_handed_a_case(t: TestApp) {
    let w = t.world();
    let people = owners(&t, 1).await;
    let place = json!({ "branchId": global(w.branch) });
    let of_branch = json!({ "kind": "BRANCH_COMMITTEE", "name": "支委会", "place": place });
    let mut others = Vec::new();
    for (with, kind) in [(json!({ "kind": "APPRAISAL", "name": "评议委员会" }), "COMMUNITY"), (of_branch, "PARTY_BRANCH")] {
        let id = established(&t, with).await;
        let chair = over(seat(&t, people[0]), json!({ "role": "CHAIR" }));
        let chair = over(chair, json!({ "buildingId": null }));
        try_elect(&t, w.community, &id, vec![chair], json!({})).await.done("electCommittee");
        assert_eq!(look(&t, &id, "kind").await["kind"], kind);
        others.push(id);
    }
    assert_eq!((posts(&t).await, roles(&t, people[0]).await), (Vec::new(), json!(["RESIDENT"])));
    let past = global(row(&t, "届满业委会", |_, term| term.ends_on = day(2026, 6, 9)).await);
    let far = global(row(&t, "铁东业委会", |committee, _| committee.complex_id = Some(w.far)).await);
    let filed = t.report(w.grid_worker).await;
    t.does(w.grid_worker, "acceptCase", &filed.case).await;
    let units = others.iter().map(|id| (id, "NOT_FOUND")).chain([(&past, "WRONG_LEVEL"), (&far, "WRONG_LEVEL")]);
    for (unit, code) in units {
        t.refuses_with(w.community, "assignCase", &filed.case, json!({ "handlerId": unit }), (code, "handlerId")).await;
    }
    let now = global(row(&t, "新月苑业委会", |_, _| {}).await);
    let given = t.does_with(w.community, "assignCase", &filed.case, json!({ "handlerId": now })).await;
    assert_eq!(given["case"]["handler"], json!({ "id": now, "kind": "OWNERS_COMMITTEE" }));
}

async fn posts_of_chairs_lie_where_their_committee_lies_after_a_merge(t: TestApp) {
    let w = t.world();
    let (id, p) = chaired(&t).await;
    let filed = handed_to(&t, &id).await;
    let input =
        json!({ "fromCodes": ["431302001009"], "intoCode": "431302001010", "reason": "规模过小", "document": "娄星政发〔2026〕1号" });
    t.change(Some(w.admin), "mergeAreas", input, "area { code }").await.done("mergeAreas");
    assert_eq!(chairs(&t).await.len(), 2);
    assert!(posts(&t).await.iter().all(|post| post.area_id == w.area_other_community));
    t.does(p[0], "startCase", &filed.case).await;
    // and a change of the committee finds them as they are
    let one = seat_of(&t, &id, p[1]).await;
    let end = json!({ "because": "RESIGNED", "reason": "辞职", "endsOn": "2026-06-09" });
    on_member(&t, "endSeat", &one, end).await.done("endSeat");
    assert_eq!((chairs(&t).await.len(), roles(&t, p[1]).await), (2, json!(["RESIDENT"])));
}

async fn a_past_post_of_a_chair_lies_where_it_was_held(t: TestApp) {
    let w = t.world();
    let (id, p) = chaired(&t).await;
    let one = seat_of(&t, &id, p[1]).await;
    let end = json!({ "because": "RESIGNED", "reason": "辞职", "endsOn": "2026-06-09" });
    on_member(&t, "endSeat", &one, end).await.done("endSeat");
    let of_deputy = async || posts(&t).await.into_iter().find(|post| post.person_id == p[1]).expect("a post");
    let past = of_deputy().await;
    assert_eq!(past.area_id, w.area_community);
    let input =
        json!({ "fromCodes": ["431302001009"], "intoCode": "431302001010", "reason": "规模过小", "document": "娄星政发〔2026〕1号" });
    t.change(Some(w.admin), "mergeAreas", input, "area { code }").await.done("mergeAreas");
    // whatever is changed of the committee, by whomever
    let input = json!({ "committeeId": id, "name": "新月家园业主委员会" });
    t.change(Some(w.district), "renameCommittee", input, COMMITTEE).await.done("renameCommittee");
    assert_eq!(of_deputy().await, past);
}

async fn what_a_chair_reports_is_said_as_a_resident(t: TestApp) {
    let (id, p) = chaired(&t).await;
    let own = t.report(p[0]).await;
    t.does(p[0], "addCaseNote", &own.case).await;
    let handled = handed_to(&t, &id).await;
    t.does(p[0], "addCaseNote", &handled.case).await;
    let entries = t.records().await.entries;
    let said: Vec<_> = entries.iter().filter(|entry| entry.actor_id == Some(p[0])).map(|entry| entry.actor_role).collect();
    assert_eq!(said, [Some(PostRole::Resident), Some(PostRole::Resident), Some(PostRole::CommitteeChair)]);
}

async fn seats_from_before_are_given_their_posts(t: TestApp) {
    let (id, p) = chaired(&t).await;
    let two = seat_of(&t, &id, p[2]).await;
    on_member(&t, "assignSeatRole", &two, json!({ "role": "DEPUTY" })).await.done("assignSeatRole");
    let expected = posts(&t).await;
    assert_eq!(expected.len(), 3);
    t.sql("DELETE FROM post WHERE role = 'COMMITTEE_CHAIR'").await;
    let migration = include_str!("../../migration/src/m0019_committee_chairs.rs");
    let sql = migration.split("r#\"").nth(1).and_then(|rest| rest.split("\"#").next()).expect("a statement");
    t.sql(sql.trim()).await;
    assert_eq!(posts(&t).await, expected);
}
