//! The rules of composition 组成规则, with their sources; and input that makes no sense.

use chrono::{Duration, Months};
use chuishao::committee::model::{Broken, Candidate, LEAST, MOST, findings, last_day, may_be_added, may_be_elected, source};
use entity::*;
use proptest::{prelude::*, sample::select, test_runner::TestRunner};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{TestApp, committees::*, global::global, world::day};

crate::tests! {
    both: [
        each_finding_says_its_rule_its_source_and_how_it_stands,
        a_branch_committee_has_three_to_seven_members_and_a_secretary,
        what_the_rules_forbid_is_refused_with_the_source,
        what_makes_no_sense_is_refused_with_field_and_reason,
    ],
    pure: [an_owners_committee_is_elected_by_the_rules_and_by_nothing_else, a_term_of_five_years_ends_on_the_eve_of_its_day],
}

fn rules(met: [Option<bool>; 7]) -> Vec<(String, Value)> {
    let names = ["OWNERS_ONLY", "MEMBER_COUNT", "ODD_NUMBER", "TERM_LENGTH", "CHAIR_IN_TIME", "FILED_IN_TIME", "NOT_OF_SERVING_FIRM"];
    names.iter().zip(met).map(|(name, met)| ((*name).to_owned(), json!(met))).collect()
}

async fn each_finding_says_its_rule_its_source_and_how_it_stands(t: TestApp) {
    let w = t.world();
    let p = owners(&t, 9).await;
    let id = elected(&t, &p[..5]).await;
    let (yes, no) = (Some(true), Some(false));
    assert_eq!(found(&t, &id, "2026-01-09").await, []);
    // the seventh and the thirtieth day are still in time
    assert_eq!(found(&t, &id, "2026-01-17").await, rules([None, yes, yes, yes, None, None, yes]));
    assert_eq!(found(&t, &id, "2026-01-18").await, rules([None, yes, yes, yes, no, None, yes]));
    assert_eq!(found(&t, &id, "2026-02-10").await, rules([None, yes, yes, yes, no, no, yes]));
    let one = seat_of(&t, &id, p[0]).await;
    on_member(&t, "assignSeatRole", &one, json!({ "role": "CHAIR", "startsOn": "2026-01-17" })).await.done("assignSeatRole");
    let filed = json!({ "committeeId": id, "filedOn": "2026-02-09" });
    t.change(Some(w.district), "fileCommittee", filed, COMMITTEE).await.done("fileCommittee");
    assert_eq!(found(&t, &id, "2026-02-10").await, rules([None, yes, yes, yes, yes, yes, yes]));
    assert_eq!(found(&t, &id, "2026-01-16").await, rules([None, yes, yes, yes, None, None, yes]));
    let two = seat_of(&t, &id, p[1]).await;
    let end = json!({ "because": "REMOVED", "reason": "业主大会决定", "endsOn": "2026-04-30" });
    on_member(&t, "endSeat", &two, end).await.done("endSeat");
    assert_eq!(found(&t, &id, "2026-04-30").await, rules([None, yes, yes, yes, yes, yes, yes]));
    assert_eq!(found(&t, &id, "2026-05-01").await, rules([None, no, no, yes, yes, yes, yes]));
    let seen = look(&t, &id, "compositionFindings { rule source detail }").await;
    let sources = seen["compositionFindings"].as_array().expect("findings");
    for (finding, article) in
        sources.iter().zip(["第三十一条", "第三十一条", "第三十一条", "第三十二条", "第三十二条", "第三十三条", "公开报道"])
    {
        assert!(text(&finding["source"]).contains(article), "{finding}");
    }
    assert_eq!(sources[1]["detail"], "现有委员 4 人，应为 5 至 11 人");
    assert_eq!(sources[5]["detail"], "应于 2026-02-09 前备案；备案日期：2026-02-09");
    // the committee of a community: one, two and six
    let place = json!({ "areaCode": "431302001009" });
    let id = established(&t, json!({ "kind": "ENVIRONMENT_PROPERTY", "name": "月塘社区环物会", "place": place })).await;
    let seats = p.iter().enumerate().map(|(at, person)| {
        let (role, capacity) = match at {
            0 => ("CHAIR", "RESIDENTS_COMMITTEE"),
            1 | 2 => ("DEPUTY", "POLICE"),
            _ => ("MEMBER", "OWNER"),
        };
        json!({ "personId": global(*person), "role": role, "capacity": capacity })
    });
    try_elect(&t, w.community, &id, seats.collect(), json!({})).await.done("electCommittee");
    assert_eq!(found(&t, &id, "2026-06-10").await, [("ENVIRONMENT_SEATS".to_owned(), json!(true))]);
    let last = seat_of(&t, &id, p[8]).await;
    on_member(&t, "endSeat", &last, json!({ "because": "RESIGNED", "reason": "辞职", "endsOn": "2026-06-09" })).await.done("endSeat");
    assert_eq!(found(&t, &id, "2026-06-10").await, [("ENVIRONMENT_SEATS".to_owned(), json!(false))]);
}

async fn a_branch_committee_has_three_to_seven_members_and_a_secretary(t: TestApp) {
    let (w, p) = (t.world(), owners(&t, 8).await);
    let place = json!({ "branchId": global(w.branch) });
    let id = established(&t, json!({ "kind": "BRANCH_COMMITTEE", "name": "支委会", "place": place })).await;
    let seats = |count: usize| {
        p[..count].iter().map(|person| json!({ "personId": global(*person), "capacity": "PARTY_MEMBER" })).collect::<Vec<_>>()
    };
    let said = |seats: bool, secretary: bool, term: Option<bool>| {
        let rules = [("BRANCH_SEATS", json!(seats)), ("BRANCH_SECRETARY", json!(secretary)), ("BRANCH_TERM", json!(term))];
        rules.map(|(rule, met)| (rule.to_owned(), met))
    };
    let too_long = json!({ "electedOn": "2026-01-10", "endsOn": "2031-01-10" });
    let answer = try_elect(&t, w.community, &id, seats(3), too_long).await;
    refused(&answer, "electCommittee", "COMPOSITION_RULE", &["endsOn"]);
    assert!(text(&answer.data()["electCommittee"]["userErrors"][0]["message"]).contains("支部工作条例"));
    for (month, (count, fits)) in (1..).zip([(2, false), (3, true), (7, true), (8, false)]) {
        // three years are right anywhere, five in a village or a community
        let (ends_on, in_length) = if count == 2 { ("2029-01-09", Some(true)) } else { ("2031-01-09", None) };
        let term = json!({ "electedOn": format!("2026-0{month}-10"), "endsOn": ends_on });
        try_elect(&t, w.community, &id, seats(count), term).await.done("electCommittee");
        assert_eq!(found(&t, &id, "2026-06-10").await, said(fits, false, in_length), "{count}");
    }
    let chair = seat_of(&t, &id, p[0]).await;
    on_member(&t, "assignSeatRole", &chair, json!({ "role": "CHAIR" })).await.done("assignSeatRole");
    // the branch has another secretary
    assert_eq!(found(&t, &id, "2026-06-10").await, said(false, false, None));
    t.sql("UPDATE post SET person_id = (SELECT id FROM person WHERE name = '业主00') WHERE role = 'BRANCH_SECRETARY'").await;
    assert_eq!(found(&t, &id, "2026-06-10").await, said(false, true, None));
    let seen = look(&t, &id, "compositionFindings { source detail }").await;
    assert!(text(&seen["compositionFindings"][0]["source"]).contains("支部工作条例"));
    assert_eq!(seen["compositionFindings"][0]["detail"], "现有委员 8 人，应为 3 至 5 人，一般不超过 7 人");
}

async fn what_the_rules_forbid_is_refused_with_the_source(t: TestApp) {
    let w = t.world();
    let p = owners(&t, 13).await;
    let id = established(&t, json!({})).await;
    let before = rows(&t).await;
    let seats = |count: usize| p[..count].iter().map(|person| seat(&t, *person)).collect::<Vec<_>>();
    let mut of_police = seats(5);
    of_police[3]["capacity"] = json!("POLICE");
    let five_years = json!({ "endsOn": "2031-01-10" });
    for (members, with, path, article) in [
        (seats(3), json!({}), &["members"][..], "第三十一条"),
        (seats(6), json!({}), &["members"], "第三十一条"),
        (seats(13), json!({}), &["members"], "第三十一条"),
        (of_police, json!({}), &["members", "3", "capacity"], "第三十一条"),
        (seats(5), five_years, &["endsOn"], "第三十二条"),
    ] {
        let answer = try_elect(&t, w.community, &id, members, with).await;
        refused(&answer, "electCommittee", "COMPOSITION_RULE", path);
        let message = text(&answer.data()["electCommittee"]["userErrors"][0]["message"]);
        assert!(message.contains("业主大会和业主委员会指导规则") && message.contains(article), "{message}");
    }
    assert_eq!(rows(&t).await, before);
    try_elect(&t, w.community, &id, seats(11), json!({})).await.done("electCommittee");
    let before = rows(&t).await;
    refused(&try_seat(&t, &id, seat(&t, p[11]), json!({})).await, "seatMember", "COMPOSITION_RULE", &["seat", "personId"]);
    assert_eq!(rows(&t).await, before);
    let one = seat_of(&t, &id, p[0]).await;
    on_member(&t, "endSeat", &one, json!({ "because": "DISQUALIFIED", "reason": "已出售房屋", "endsOn": "2026-06-09" }))
        .await
        .done("endSeat");
    let of_firm = over(seat(&t, p[11]), json!({ "capacity": "PROPERTY_FIRM" }));
    refused(&try_seat(&t, &id, of_firm, json!({})).await, "seatMember", "COMPOSITION_RULE", &["seat", "capacity"]);
    try_seat(&t, &id, seat(&t, p[11]), json!({})).await.done("seatMember");
}

async fn what_makes_no_sense_is_refused_with_field_and_reason(t: TestApp) {
    let w = t.world();
    let p = owners(&t, 6).await;
    let complex = json!({ "complexId": global(w.xinyue) });
    let none: ComplexId = t.app.clock.new_id();
    let start = rows(&t).await;
    for (with, code, path) in [
        (json!({ "place": { "complexId": global(none) } }), "NOT_FOUND", &["place", "complexId"][..]),
        (json!({ "place": { "complexId": global(w.grid1) } }), "NOT_FOUND", &["place", "complexId"]),
        (json!({ "place": { "areaCode": "999999999999" } }), "NOT_FOUND", &["place", "areaCode"]),
        (json!({ "place": { "areaCode": "431302001009" } }), "MISMATCH", &["place"]),
        (json!({ "kind": "APPRAISAL", "place": { "areaCode": "431302001009001" } }), "MISMATCH", &["place"]),
        (json!({ "kind": "BRANCH_COMMITTEE", "place": complex }), "MISMATCH", &["place"]),
        (json!({ "kind": "ENVIRONMENT_PROPERTY", "place": { "branchId": global(w.branch) } }), "MISMATCH", &["place"]),
        (json!({ "establishedOn": "2026-06-11" }), "OUT_OF_RANGE", &["establishedOn"]),
        (json!({ "name": " " }), "REQUIRED", &["name"]),
        (json!({ "name": "会".repeat(101) }), "TOO_LONG", &["name"]),
    ] {
        refused(&try_establish(&t, w.community, with).await, "establishCommittee", code, path);
    }
    assert_eq!(rows(&t).await, start);
    let id = established(&t, json!({})).await;
    refused(&try_establish(&t, w.community, json!({})).await, "establishCommittee", "ALREADY_EXISTS", &["place"]);
    refused(&try_seat(&t, &id, seat(&t, p[0]), json!({})).await, "seatMember", "INVALID_STATE", &["committeeId"]);
    let before = rows(&t).await;
    let seats = || p[..5].iter().map(|person| seat(&t, *person)).collect::<Vec<_>>();
    let spoilt = |with: Value| {
        let mut seats = seats();
        seats[1] = over(seats[1].clone(), with);
        seats
    };
    let mut two_chairs = spoilt(json!({ "role": "CHAIR" }));
    two_chairs[4]["role"] = json!("CHAIR");
    for (members, with, code, path) in [
        (seats(), json!({ "committeeId": global(w.xinyue) }), "NOT_FOUND", &["committeeId"][..]),
        (seats(), json!({ "electedOn": "2026-01-04" }), "OUT_OF_RANGE", &["electedOn"]),
        (seats(), json!({ "electedOn": "2026-06-11" }), "OUT_OF_RANGE", &["electedOn"]),
        (seats(), json!({ "endsOn": "2026-01-09" }), "MISMATCH", &["endsOn"]),
        (vec![], json!({}), "REQUIRED", &["members"]),
        (vec![seats()[0].clone(); 51], json!({}), "OUT_OF_RANGE", &["members"]),
        (spoilt(json!({ "personId": global(p[0]) })), json!({}), "ALREADY_EXISTS", &["members", "1", "personId"]),
        (two_chairs, json!({}), "ALREADY_EXISTS", &["members", "4", "role"]),
        (spoilt(json!({ "personId": "person_1" })), json!({}), "NOT_FOUND", &["members", "1", "personId"]),
        // whom the community does not see
        (spoilt(json!({ "personId": global(w.far_resident) })), json!({}), "NOT_FOUND", &["members", "1", "personId"]),
        (spoilt(json!({ "buildingId": null, "dwelling": " " })), json!({}), "REQUIRED", &["members", "1", "buildingId"]),
        (spoilt(json!({ "buildingId": global(w.other_building) })), json!({}), "MISMATCH", &["members", "1", "buildingId"]),
        (spoilt(json!({ "dwelling": "室".repeat(101) })), json!({}), "TOO_LONG", &["members", "1", "dwelling"]),
    ] {
        refused(&try_elect(&t, w.community, &id, members, with).await, "electCommittee", code, path);
    }
    assert_eq!(rows(&t).await, before);
    try_elect(&t, w.community, &id, seats(), json!({})).await.done("electCommittee");
    let (one, two) = (seat_of(&t, &id, p[0]).await, seat_of(&t, &id, p[1]).await);
    on_member(&t, "assignSeatRole", &two, json!({ "role": "CHAIR", "startsOn": "2026-03-01" })).await.done("assignSeatRole");
    let before = rows(&t).await;
    refused(
        &try_elect(&t, w.community, &id, seats(), json!({ "electedOn": "2026-03-01" })).await,
        "electCommittee",
        "OUT_OF_RANGE",
        &["electedOn"],
    );
    refused(&try_seat(&t, &id, seat(&t, p[0]), json!({})).await, "seatMember", "ALREADY_EXISTS", &["seat", "personId"]);
    refused(
        &try_seat(&t, &id, over(seat(&t, p[5]), json!({ "role": "CHAIR" })), json!({})).await,
        "seatMember",
        "ALREADY_EXISTS",
        &["seat", "role"],
    );
    refused(&try_seat(&t, &id, seat(&t, p[5]), json!({ "startsOn": "2026-06-11" })).await, "seatMember", "OUT_OF_RANGE", &["startsOn"]);
    refused(&try_seat(&t, &id, seat(&t, p[5]), json!({ "startsOn": "2026-01-09" })).await, "seatMember", "OUT_OF_RANGE", &["startsOn"]);
    let end = |with: Value| over(json!({ "because": "RESIGNED", "reason": "辞职" }), with);
    for (name, member, with, code, path) in [
        ("endSeat", &one, end(json!({ "because": "ROLE_CHANGED" })), "MISMATCH", "because"),
        ("endSeat", &one, end(json!({ "reason": "" })), "REQUIRED", "reason"),
        ("endSeat", &one, end(json!({ "endsOn": "2026-01-09" })), "OUT_OF_RANGE", "endsOn"),
        ("endSeat", &one, end(json!({ "endsOn": "2026-06-11" })), "OUT_OF_RANGE", "endsOn"),
        // it went on as another
        ("endSeat", &two, end(json!({})), "INVALID_STATE", "memberId"),
        ("endSeat", &json!("committee_member_1"), end(json!({})), "NOT_FOUND", "memberId"),
        ("assignSeatRole", &one, json!({ "role": "MEMBER" }), "ALREADY_EXISTS", "role"),
        ("assignSeatRole", &one, json!({ "role": "CHAIR", "startsOn": "2026-02-01" }), "MISMATCH", "startsOn"),
        ("assignSeatRole", &one, json!({ "role": "CHAIR", "startsOn": "2026-06-11" }), "OUT_OF_RANGE", "startsOn"),
    ] {
        refused(&on_member(&t, name, member, with).await, name, code, &[path]);
    }
    let file =
        async |with: Value| t.change(Some(w.subdistrict), "fileCommittee", over(json!({ "committeeId": id }), with), COMMITTEE).await;
    refused(&file(json!({ "filedOn": "2026-01-09" })).await, "fileCommittee", "OUT_OF_RANGE", &["filedOn"]);
    assert_eq!(rows(&t).await, before);
    file(json!({})).await.done("fileCommittee");
    refused(&file(json!({})).await, "fileCommittee", "INVALID_STATE", &["committeeId"]);
}

fn some_id<T: From<Uuid>>(n: u128) -> T {
    T::from(Uuid::from_u128(n))
}

fn an_owners_committee_is_elected_by_the_rules_and_by_nothing_else() {
    let candidate = (select(CommitteeRole::ALL), select(SeatCapacity::ALL), 0..10).prop_map(|(role, capacity, owner)| Candidate {
        role,
        // as a rule owners, so that numbers matter too
        capacity: if owner > 0 { SeatCapacity::Owner } else { capacity },
    });
    let elections = (select(CommitteeKind::ALL), proptest::collection::vec(candidate, 0..16), 0_i64..20_000, 0_i64..4_000);
    TestRunner::new(ProptestConfig::with_cases(2_000))
        .run(&elections, |(kind, elected, from, length)| {
            let elected_on = day(1990, 1, 1) + Duration::days(from);
            let ends_on = elected_on + Duration::days(length);
            let answer = may_be_elected(kind, &elected, elected_on, ends_on);
            if kind != CommitteeKind::Owners {
                let in_time = kind != CommitteeKind::BranchCommittee || ends_on < elected_on + Months::new(60);
                let expected = if in_time { Ok(()) } else { Err(Broken { rule: CompositionRule::BranchTerm, candidate: None }) };
                prop_assert_eq!(answer, expected);
                return Ok(());
            }
            let owners = elected.iter().all(|one| one.capacity == SeatCapacity::Owner);
            let count = [5, 7, 9, 11].contains(&elected.len());
            let in_time = ends_on < elected_on + Months::new(60);
            prop_assert_eq!(answer.is_ok(), owners && count && in_time);
            if let Err(broken) = answer {
                let article = if in_time { "第三十一条" } else { "第三十二条" };
                prop_assert!(source(broken.rule).contains(article));
                let named = broken.candidate.map(|at| elected[at].capacity);
                prop_assert!(named.is_none_or(|capacity| capacity != SeatCapacity::Owner));
                return Ok(());
            }
            // what was elected by the rules is found to be in order on that day
            let term = committee_term::Model {
                id: some_id(1),
                committee_id: some_id(2),
                number: 1,
                elected_on,
                ends_on,
                filed_on: None,
                filing_number: None,
            };
            let seats: Vec<_> = (0..)
                .zip(&elected)
                .map(|(n, one)| committee_member::Model {
                    id: some_id(n),
                    committee_id: term.committee_id,
                    term_id: term.id,
                    person_id: some_id(n),
                    role: one.role,
                    capacity: one.capacity,
                    origin: SeatOrigin::Voted,
                    building_id: None,
                    dwelling: None,
                    starts_on: elected_on,
                    ends_on,
                    ended_because: None,
                })
                .collect();
            let all = findings(kind, &term, &seats.iter().collect::<Vec<_>>(), (0, &[]), elected_on);
            prop_assert!(all.len() == 7 && all.iter().all(|finding| finding.met != Some(false)), "{all:?}");
            // one more is refused when all seats are taken, and when it is no owner
            let one = Candidate { role: CommitteeRole::Member, capacity: SeatCapacity::Owner };
            prop_assert_eq!(may_be_added(kind, elected.len(), one).is_ok(), elected.len() < MOST);
            let other = Candidate { capacity: SeatCapacity::Police, ..one };
            prop_assert!(may_be_added(kind, LEAST, other).is_err());
            Ok(())
        })
        .expect("the rules");
}

fn a_term_of_five_years_ends_on_the_eve_of_its_day() {
    for (from, to) in [((2021, 10, 22), (2026, 10, 21)), ((2024, 2, 29), (2029, 2, 27)), ((2023, 3, 1), (2028, 2, 29))] {
        let from = day(from.0, from.1, from.2);
        assert_eq!(last_day(CommitteeKind::Owners, from), Some(day(to.0, to.1, to.2)));
        assert_eq!(last_day(CommitteeKind::BranchCommittee, from), last_day(CommitteeKind::Owners, from));
        assert_eq!(last_day(CommitteeKind::Appraisal, from), None);
    }
}
