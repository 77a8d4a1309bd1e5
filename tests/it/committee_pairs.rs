//! Concurrent posts 双向进入、交叉任职, and the pair of posts that must not be: the owners' committee and the firm that serves the complex.

use entity::*;
use serde_json::{Value, json};

use crate::support::{TestApp, committees::*, global::global, world::day};

crate::tests! {
    both: [
        who_works_for_the_serving_firm_is_not_seated,
        who_sits_there_gets_no_post_at_the_serving_firm,
        a_contract_that_comes_later_is_found,
        posts_and_seats_are_found_from_both_ends,
    ],
}

async fn who_works_for_the_serving_firm_is_not_seated(t: TestApp) {
    let w = t.world();
    let p = owners(&t, 9).await;
    let id = established(&t, json!({})).await;
    works(&t, p[0], w.firm_a, day(2025, 3, 1), None).await;
    works(&t, p[1], w.firm_a, day(2025, 3, 1), Some(day(2026, 1, 9))).await;
    works(&t, p[2], w.firm_b, day(2025, 3, 1), None).await;
    works(&t, p[3], w.firm_a, day(2027, 1, 1), None).await;
    let seats = |of: [usize; 5]| of.map(|at| seat(&t, p[at])).to_vec();
    let before = rows(&t).await;
    // now, and within the term
    for (members, at) in [(seats([4, 5, 0, 6, 7]), "2"), (seats([3, 4, 5, 6, 7]), "0")] {
        let answer = try_elect(&t, w.community, &id, members, json!({})).await;
        refused(&answer, "electCommittee", "INCOMPATIBLE_POST", &["members", at, "personId"]);
        assert!(text(&answer.data()["electCommittee"]["userErrors"][0]["message"]).contains("物业企业任职"));
    }
    assert_eq!(rows(&t).await, before);
    // who left the day before, and who works for a firm that served it once
    try_elect(&t, w.community, &id, seats([1, 2, 4, 5, 6]), json!({})).await.done("electCommittee");
    refused(&try_seat(&t, &id, seat(&t, p[0]), json!({})).await, "seatMember", "INCOMPATIBLE_POST", &["seat", "personId"]);
    try_seat(&t, &id, seat(&t, p[7]), json!({})).await.done("seatMember");
    // no owners' committee, and no complex of that firm
    let other = established(&t, json!({ "kind": "APPRAISAL", "name": "评议委员会" })).await;
    try_elect(&t, w.community, &other, vec![seat(&t, p[0])], json!({})).await.done("electCommittee");
    let far = json!({ "place": { "complexId": global(w.far) } });
    let far = text(&try_establish(&t, w.district, far).await.done("establishCommittee")["committee"]["id"]);
    let seats = [0, 3, 4, 5, 6].map(|at| json!({ "personId": global(p[at]), "dwelling": "1单元101" })).to_vec();
    try_elect(&t, w.district, &far, seats, json!({})).await.done("electCommittee");
}

async fn who_sits_there_gets_no_post_at_the_serving_firm(t: TestApp) {
    let w = t.world();
    let p = owners(&t, 6).await;
    let id = elected(&t, &p[..5]).await;
    let answer = try_appoint(&t, w.firm_a, p[0], json!({})).await;
    refused(&answer, "assignPost", "INCOMPATIBLE_POST", &["personId"]);
    assert_eq!(answer.data()["assignPost"]["post"], Value::Null);
    let later = json!({ "startsOn": "2031-01-09" });
    refused(&try_appoint(&t, w.firm_a, p[0], later).await, "assignPost", "INCOMPATIBLE_POST", &["personId"]);
    // after the term, before it, elsewhere, and somebody else
    for (firm, person, with) in [
        (w.firm_a, p[0], json!({ "startsOn": "2031-01-10" })),
        (w.firm_a, p[1], json!({ "startsOn": "2025-01-01", "endsOn": "2026-01-09" })),
        (w.firm_b, p[2], json!({})),
        (w.firm_a, p[5], json!({})),
    ] {
        let post = try_appoint(&t, firm, person, with).await.done("assignPost")["post"].clone();
        assert_eq!(post["role"], "FIRM_MANAGER");
    }
    let seat = seat_of(&t, &id, p[3]).await;
    on_member(&t, "endSeat", &seat, json!({ "because": "RESIGNED", "reason": "应聘物业经理", "endsOn": "2026-06-09" }))
        .await
        .done("endSeat");
    let post = try_appoint(&t, w.firm_a, p[3], json!({})).await.done("assignPost")["post"].clone();
    refused(&try_appoint(&t, w.firm_a, p[3], json!({})).await, "assignPost", "ALREADY_EXISTS", &["personId"]);
    let end = async |who, on: &str| t.change(Some(who), "endPost", json!({ "postId": post["id"], "endsOn": on }), "post { endsOn }").await;
    refused(&end(w.admin, "2026-06-09").await, "endPost", "OUT_OF_RANGE", &["endsOn"]);
    assert_eq!(end(w.district, "2026-06-30").await.done("endPost")["post"]["endsOn"], "2026-06-30");
    refused(&end(w.district, "2026-07-01").await, "endPost", "OUT_OF_RANGE", &["endsOn"]);
    for who in [w.firm, w.subdistrict, w.community, w.resident, w.analyst, w.auditor] {
        let input = json!({ "role": "FIRM_MANAGER", "unitId": global(w.firm_a), "personId": global(w.resident) });
        t.change(Some(who), "assignPost", input, "post { id }").await.assert_refused("assignPost", "FORBIDDEN");
    }
    // at once: one of the two
    for person in owners(&t, 6).await {
        let seating = try_seat(&t, &id, self::seat(&t, person), json!({}));
        let (seated, appointed) = tokio::join!(seating, try_appoint(&t, w.firm_a, person, json!({})));
        let mut codes = [seated.user_errors("seatMember"), appointed.user_errors("assignPost")];
        codes.sort_unstable();
        assert_eq!(codes, [vec![], vec!["INCOMPATIBLE_POST"]]);
    }
}

async fn a_contract_that_comes_later_is_found(t: TestApp) {
    let w = t.world();
    let p = owners(&t, 5).await;
    let id = elected(&t, &p).await;
    try_appoint(&t, w.firm_b, p[4], json!({ "startsOn": "2026-02-01" })).await.done("assignPost");
    let conflicting = async || {
        let query = "{ committees(filter: {conflicting: true}) { totalCount } }";
        assert_eq!(t.ask(None, query).await.data()["committees"]["totalCount"], 0, "not for visitors to know");
        t.ask(Some(w.resident), query).await.data()["committees"]["totalCount"].as_u64().expect("a number")
    };
    assert_eq!((found(&t, &id, "2026-06-10").await[6].1.clone(), conflicting().await), (json!(true), 0));
    let contract = firm_contract::Model {
        id: t.app.clock.new_id(),
        firm_id: w.firm_b,
        complex_id: w.xinyue,
        starts_on: day(2026, 5, 1),
        ends_on: None,
        area_id: w.area_community,
        ended_because: None,
        version: 1,
    };
    t.insert([contract]).await;
    assert_eq!((found(&t, &id, "2026-06-10").await[6].1.clone(), conflicting().await), (json!(false), 1));
    assert_eq!(found(&t, &id, "2026-04-30").await[6].1, json!(true));
}

async fn posts_and_seats_are_found_from_both_ends(t: TestApp) {
    let w = t.world();
    let p = owners(&t, 4).await;
    let id = elected(&t, &[w.secretary, p[0], p[1], p[2], p[3]]).await;
    let chair = seat_of(&t, &id, w.secretary).await;
    let filter = "{ committees(filter: {chairedBySecretary: true}) { totalCount } none: committees(filter: {chairedBySecretary: false}) { totalCount } }";
    let (none, one) = (
        json!({ "committees": { "totalCount": 0 }, "none": { "totalCount": 1 } }),
        json!({ "committees": { "totalCount": 1 }, "none": { "totalCount": 0 } }),
    );
    assert_eq!(t.ask(Some(w.resident), filter).await.data(), &none);
    on_member(&t, "assignSeatRole", &chair, json!({ "role": "CHAIR" })).await.done("assignSeatRole");
    assert_eq!(t.ask(Some(w.resident), filter).await.data(), &one);
    // visitors see neither who sits there nor who is secretary
    assert_eq!(t.ask(None, filter).await.data(), &none);
    // the manager of the firm, whose post lies in the district, and a member of the owners' committee sit on the committee of the branch
    let place = json!({ "branchId": global(w.branch) });
    let branch = established(&t, json!({ "kind": "BRANCH_COMMITTEE", "name": "支委会", "place": place })).await;
    let seats = [(w.secretary, "CHAIR", "PARTY_MEMBER"), (w.firm, "MEMBER", "PROPERTY_FIRM"), (p[0], "MEMBER", "OWNER")];
    let seats = seats.map(|(person, role, capacity)| json!({ "personId": global(person), "role": role, "capacity": capacity })).to_vec();
    try_elect(&t, w.community, &branch, seats, json!({})).await.done("electCommittee");
    let from_branch = r#"{ partyBranches(filter: {name: {eq: "新月苑党支部"}}, first: 1) { nodes { posts(first: 5) { nodes { person { name } } } committees(first: 5) { nodes {
        members(first: 9) { nodes { name person { posts(first: 5) { nodes { role unit { name } } } committeeSeats(first: 5) { nodes { role committee { committeeKind } } } } } } } } } } }"#;
    let answer = t.ask(Some(w.district), from_branch).await;
    let node = &answer.data()["partyBranches"]["nodes"][0];
    assert_eq!(node["posts"]["nodes"][0]["person"]["name"], "书记甲");
    let members = node["committees"]["nodes"][0]["members"]["nodes"].as_array().expect("members");
    let by_name = |name: &str| members.iter().find(|member| member["name"] == name).expect("a member")["person"].clone();
    let seat = |role: &str, kind: &str| json!({ "role": role, "committee": { "committeeKind": kind } });
    let secretary = by_name("书记甲");
    let posts = [("COMMITTEE_CHAIR", "新月苑业主委员会"), ("BRANCH_SECRETARY", "新月苑党支部")];
    assert_eq!(secretary["posts"]["nodes"], json!(posts.map(|(role, unit)| json!({ "role": role, "unit": { "name": unit } }))));
    // an ordinary member of the owners' committee from January until the chair of today
    let expected = [seat("MEMBER", "OWNERS"), seat("CHAIR", "BRANCH_COMMITTEE"), seat("CHAIR", "OWNERS")];
    assert_eq!(secretary["committeeSeats"]["nodes"], json!(expected));
    let manager = by_name("经理甲");
    assert_eq!(manager["posts"]["nodes"], json!([{ "role": "FIRM_MANAGER", "unit": { "name": "甲物业" } }]));
    assert_eq!(manager["committeeSeats"]["nodes"], json!([seat("MEMBER", "BRANCH_COMMITTEE")]));
    let from_complex = r#"{ complexes(filter: {name: {eq: "新月苑"}}, first: 1) { nodes { committees(first: 5) { nodes { name members(first: 9, filter: {role: {eq: CHAIR}, current: true}) {
        nodes { person { posts(filter: {role: {eq: BRANCH_SECRETARY}}) { nodes { unit { id } } } } } } } } } } }"#;
    let answer = t.ask(Some(w.community), from_complex).await;
    let chair = &answer.data()["complexes"]["nodes"][0]["committees"]["nodes"][0]["members"]["nodes"][0];
    assert_eq!(chair["person"]["posts"]["nodes"][0]["unit"]["id"], global(w.branch));
}
