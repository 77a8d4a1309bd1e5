//! Committees 委员会 from their first day to their last: who keeps their records, and what is kept.

use chrono::Duration;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{TestApp, committees::*, global::global};

crate::tests! {
    both: [
        a_committee_goes_from_its_first_day_to_its_last_and_keeps_its_history,
        a_committee_has_another_name_and_its_timeline_the_former_one,
        records_are_kept_by_the_officers_of_the_place,
        a_retry_is_answered_with_the_first_result_and_a_stale_version_with_the_committee,
        of_members_seated_at_once_none_is_too_many,
        who_sits_on_a_committee_is_not_erased_and_what_they_owned_is_forgotten_after,
    ],
}

/// For each mutation what makes another request of it.
const OTHER: &[(&str, &str)] = &[
    ("establishCommittee", r#"{"name": "另一个"}"#),
    ("electCommittee", r#"{"endsOn": "2030-01-08"}"#),
    ("seatMember", r#"{"startsOn": "2026-06-09"}"#),
    ("assignSeatRole", r#"{"role": "DEPUTY"}"#),
    ("endSeat", r#"{"reason": "病"}"#),
    ("fileCommittee", r#"{"filingNumber": "1"}"#),
    ("renameCommittee", r#"{"name": "又一个"}"#),
    ("assignPost", r#"{"endsOn": "2027-01-01"}"#),
    ("endPost", r#"{"endsOn": "2026-06-09"}"#),
    ("dissolveCommittee", r#"{"reason": "另议"}"#),
];

/// Who sits on a day: names and roles.
async fn sitting(t: &TestApp, committee: &str, on: &str) -> Vec<(String, String)> {
    let seen = look(t, committee, &format!(r#"members(first: 50, filter: {{on: "{on}"}}) {{ nodes {{ name role }} }}"#)).await;
    let nodes = seen["members"]["nodes"].as_array().expect("members");
    let mut found: Vec<_> = nodes.iter().map(|m| (text(&m["name"]), text(&m["role"]))).collect();
    found.sort();
    found
}

async fn a_committee_goes_from_its_first_day_to_its_last_and_keeps_its_history(t: TestApp) {
    let w = t.world();
    let p = owners(&t, 7).await;
    let id = elected(&t, &p[..5]).await;
    // three days after the election they choose a chair, and in May another
    let one = seat_of(&t, &id, p[0]).await;
    let answer = on_member(&t, "assignSeatRole", &one, json!({ "role": "CHAIR", "startsOn": "2026-01-13" })).await;
    let chair = answer.done("assignSeatRole")["member"].clone();
    assert_eq!((&chair["role"], &chair["startsOn"], &chair["endsOn"]), (&json!("CHAIR"), &json!("2026-01-13"), &json!("2031-01-09")));
    assert_ne!(chair["id"], one, "the days before are another seat");
    let two = seat_of(&t, &id, p[1]).await;
    on_member(&t, "assignSeatRole", &two, json!({ "role": "CHAIR", "startsOn": "2026-05-01" })).await.done("assignSeatRole");
    t.change(
        Some(w.subdistrict),
        "fileCommittee",
        json!({ "committeeId": id, "filedOn": "2026-02-01", "filingNumber": "2026-7" }),
        COMMITTEE,
    )
    .await
    .done("fileCommittee");
    // one resigns, another comes
    let three = seat_of(&t, &id, p[2]).await;
    let input = json!({ "because": "RESIGNED", "reason": "迁居外地", "endsOn": "2026-03-31" });
    let ended = on_member(&t, "endSeat", &three, input).await.done("endSeat")["member"].clone();
    assert_eq!((&ended["endsOn"], &ended["endedBecause"], &ended["current"]), (&json!("2026-03-31"), &json!("RESIGNED"), &json!(false)));
    let new = over(seat(&t, p[5]), json!({ "origin": "RECOMMENDED" }));
    let new = try_seat(&t, &id, new, json!({ "startsOn": "2026-04-01" })).await.done("seatMember")["member"].clone();
    assert_eq!((&new["origin"], &new["role"]), (&json!("RECOMMENDED"), &json!("MEMBER")));
    let member = |at: usize, role: &str| (format!("业主{at:02}"), role.to_owned());
    let roles = |of: [(usize, &str); 5]| of.map(|(at, role)| member(at, role)).to_vec();
    let m = "MEMBER";
    assert_eq!(sitting(&t, &id, "2026-01-09").await, []);
    assert_eq!(sitting(&t, &id, "2026-01-12").await, roles([(0, m), (1, m), (2, m), (3, m), (4, m)]));
    assert_eq!(sitting(&t, &id, "2026-01-13").await, roles([(0, "CHAIR"), (1, m), (2, m), (3, m), (4, m)]));
    assert_eq!(sitting(&t, &id, "2026-03-31").await, roles([(0, "CHAIR"), (1, m), (2, m), (3, m), (4, m)]));
    assert_eq!(sitting(&t, &id, "2026-04-01").await, roles([(0, "CHAIR"), (1, m), (3, m), (4, m), (5, m)]));
    assert_eq!(sitting(&t, &id, "2026-06-10").await, roles([(0, m), (1, "CHAIR"), (3, m), (4, m), (5, m)]));
    // a new election ends the term on its eve; then all of it ends
    let seats = p[2..7].iter().map(|person| seat(&t, *person)).collect();
    try_elect(&t, w.community, &id, seats, json!({ "electedOn": "2026-06-01", "endsOn": "2029-05-31" })).await.done("electCommittee");
    assert_eq!(sitting(&t, &id, "2026-05-31").await, roles([(0, m), (1, "CHAIR"), (3, m), (4, m), (5, m)]));
    assert_eq!(sitting(&t, &id, "2026-06-01").await, roles([(2, m), (3, m), (4, m), (5, m), (6, m)]));
    let input = json!({ "committeeId": id, "reason": "两个小区合并" });
    let gone =
        t.change(Some(w.community), "dissolveCommittee", input.clone(), COMMITTEE).await.done("dissolveCommittee")["committee"].clone();
    assert_eq!((&gone["dissolvedOn"], &gone["version"]), (&json!("2026-06-10"), &json!(9)));
    assert_eq!(sitting(&t, &id, "2026-06-10").await.len(), 5);
    assert_eq!(sitting(&t, &id, "2026-06-11").await, []);
    refused(&t.change(Some(w.community), "dissolveCommittee", input, "").await, "dissolveCommittee", "INVALID_STATE", &["committeeId"]);
    let seen = look(&t, &id, "terms { nodes { number electedOn endsOn filedOn filingNumber current } } timeline(first: 50) { nodes { sequence kind note actor { name } member { name } } }").await;
    assert_eq!(
        seen["terms"]["nodes"],
        json!([
            { "number": 2, "electedOn": "2026-06-01", "endsOn": "2026-06-10", "filedOn": null, "filingNumber": null, "current": true },
            { "number": 1, "electedOn": "2026-01-10", "endsOn": "2026-05-31", "filedOn": "2026-02-01", "filingNumber": "2026-7", "current": false },
        ])
    );
    let events: Vec<_> = seen["timeline"]["nodes"]
        .as_array()
        .expect("events")
        .iter()
        .map(|e| [text(&e["kind"]), text(&e["note"]), text(&e["actor"]["name"]), text(&e["member"]["name"])])
        .collect();
    assert_eq!(
        events,
        [
            ["ESTABLISHED", "", "社区甲", ""],
            ["ELECTED", "", "社区甲", ""],
            ["ROLE_ASSIGNED", "", "社区甲", "业主00"],
            ["ROLE_ASSIGNED", "", "社区甲", "业主01"],
            // whom the community does not see
            ["FILED", "", "", ""],
            ["SEAT_ENDED", "迁居外地", "社区甲", "业主02"],
            ["SEATED", "", "社区甲", "业主05"],
            ["ELECTED", "", "社区甲", ""],
            ["DISSOLVED", "两个小区合并", "社区甲", ""],
        ]
    );
}

async fn a_committee_has_another_name_and_its_timeline_the_former_one(t: TestApp) {
    let w = t.world();
    let id = established(&t, json!({})).await;
    let rename =
        async |who, name: &str| t.change(Some(who), "renameCommittee", json!({ "committeeId": id, "name": name }), COMMITTEE).await;
    let now = rename(w.community, "新月家园业主委员会").await.done("renameCommittee")["committee"].clone();
    assert_eq!((&now["name"], &now["version"]), (&json!("新月家园业主委员会"), &json!(2)));
    // what is as it was leaves no trace
    assert_eq!(rename(w.district, "新月家园业主委员会").await.done("renameCommittee")["committee"]["version"], 2);
    refused(&rename(w.community, " ").await, "renameCommittee", "REQUIRED", &["name"]);
    refused(&rename(w.community, &"长".repeat(101)).await, "renameCommittee", "TOO_LONG", &["name"]);
    let seen = look(&t, &id, "timeline { nodes { sequence kind note actor { name } } }").await;
    let told = json!({ "sequence": 2, "kind": "RENAMED", "note": "新月苑业主委员会", "actor": { "name": "社区甲" } });
    assert_eq!(seen["timeline"]["nodes"][1], told);
    assert_eq!(seen["timeline"]["nodes"].as_array().map(Vec::len), Some(2));
    let of_kind = look(&t, &id, "timeline(filter: {kind: {eq: RENAMED}}) { totalCount }").await;
    assert_eq!(of_kind["timeline"]["totalCount"], 1);
    let gone = json!({ "committeeId": id, "reason": "撤销" });
    t.change(Some(w.community), "dissolveCommittee", gone, COMMITTEE).await.done("dissolveCommittee");
    refused(&rename(w.community, "又一个").await, "renameCommittee", "INVALID_STATE", &["committeeId"]);
}

async fn records_are_kept_by_the_officers_of_the_place(t: TestApp) {
    let w = t.world();
    let p = owners(&t, 11).await;
    let may = [w.community, w.community2, w.subdistrict, w.district, w.admin];
    let may_not = [
        w.resident,
        w.grid_worker,
        w.secretary,
        w.department,
        w.firm,
        w.analyst,
        w.auditor,
        w.other_community,
        w.far_community,
        w.far_subdistrict,
        w.former,
        w.nobody,
    ];
    let before = rows(&t).await;
    for who in may_not {
        refused(&try_establish(&t, who, json!({})).await, "establishCommittee", "FORBIDDEN", &["place"]);
    }
    assert_eq!(rows(&t).await, before);
    let id = elected(&t, &p[..5]).await;
    let one = seat_of(&t, &id, p[0]).await;
    let changes = |seat: Value| {
        let end = json!({ "memberId": one, "because": "RESIGNED", "reason": "辞职" });
        [
            ("electCommittee", json!({ "committeeId": id, "electedOn": "2026-06-01", "endsOn": "2027-01-01", "members": [seat] })),
            ("seatMember", json!({ "committeeId": id, "seat": seat })),
            ("assignSeatRole", json!({ "memberId": one, "role": "DEPUTY" })),
            ("endSeat", end),
            ("dissolveCommittee", json!({ "committeeId": id, "reason": "撤销" })),
            ("fileCommittee", json!({ "committeeId": id })),
            ("renameCommittee", json!({ "committeeId": id, "name": "改名" })),
        ]
    };
    let before = rows(&t).await;
    for who in may_not {
        for (name, input) in changes(seat(&t, p[5])) {
            t.change(Some(who), name, input, "__typename").await.assert_refused(name, "FORBIDDEN");
        }
    }
    // the filing goes to the subdistrict and the district
    let file = ("fileCommittee", json!({ "committeeId": id }));
    for who in &may[..2] {
        t.change(Some(*who), file.0, file.1.clone(), "__typename").await.assert_refused(file.0, "FORBIDDEN");
    }
    assert_eq!(rows(&t).await, before);
    for (at, who) in may.iter().enumerate() {
        let input = json!({ "committeeId": id, "seat": seat(&t, p[5 + at]) });
        t.change(Some(*who), "seatMember", input, WITH_MEMBER).await.done("seatMember");
    }
    t.change(Some(w.subdistrict), file.0, file.1, "__typename").await.done(file.0);
}

async fn a_retry_is_answered_with_the_first_result_and_a_stale_version_with_the_committee(t: TestApp) {
    let w = t.world();
    let p = owners(&t, 7).await;
    let place = json!({ "complexId": global(w.xinyue) });
    let fields = |name: &str| match name {
        "seatMember" | "endSeat" | "assignSeatRole" => WITH_MEMBER,
        "assignPost" | "endPost" => "post { id endsOn }",
        _ => COMMITTEE,
    };
    // each step's input from what came of those before
    let seats: Vec<Value> = p[..5].iter().map(|person| seat(&t, *person)).collect();
    let (mut id, mut one, mut post, mut version) = (Value::Null, Value::Null, Value::Null, 0);
    for name in [
        "establishCommittee",
        "electCommittee",
        "seatMember",
        "assignSeatRole",
        "endSeat",
        "fileCommittee",
        "renameCommittee",
        "assignPost",
        "endPost",
        "dissolveCommittee",
    ] {
        let input = match name {
            "establishCommittee" => json!({ "kind": "OWNERS", "name": "新月苑业委会", "place": place, "establishedOn": "2026-01-05" }),
            "electCommittee" => json!({ "committeeId": id, "electedOn": "2026-01-10", "endsOn": "2030-01-09", "members": seats }),
            "seatMember" => json!({ "committeeId": id, "seat": seat(&t, p[5]) }),
            "assignSeatRole" => json!({ "memberId": one, "role": "CHAIR" }),
            "endSeat" => json!({ "memberId": one, "because": "RESIGNED", "reason": "辞职" }),
            "assignPost" => json!({ "role": "FIRM_MANAGER", "unitId": global(w.firm_a), "personId": global(p[6]) }),
            "endPost" => json!({ "postId": post }),
            "renameCommittee" => json!({ "committeeId": id, "name": "另一个" }),
            "dissolveCommittee" => json!({ "committeeId": id, "reason": "撤销" }),
            _ => json!({ "committeeId": id }),
        };
        let call = async |with: Value| t.change(Some(w.district), name, over(input.clone(), with), fields(name)).await;
        if version > 0 && !name.ends_with("Post") {
            let before = rows(&t).await;
            let stale = call(json!({ "expectedVersion": version - 1, "idempotencyKey": name })).await;
            stale.assert_refused(name, "CONFLICT");
            assert_eq!(stale.data()[name]["committee"]["version"], version, "{name}");
            assert_eq!(rows(&t).await, before, "{name}");
        }
        let key = json!({ "idempotencyKey": name });
        let first = call(key.clone()).await;
        let done = first.done(name).clone();
        let after = rows(&t).await;
        for _ in 0..2 {
            assert_eq!(call(key.clone()).await.json, first.json, "{name}");
        }
        assert_eq!(rows(&t).await, after, "{name}");
        let (_, other) = OTHER.iter().find(|(of, _)| *of == name).expect("another input");
        call(over(key.clone(), serde_json::from_str(other).expect("JSON"))).await.assert_refused(name, "IDEMPOTENCY_KEY_REUSED");
        if done["committee"].is_object() {
            (id, version) = (done["committee"]["id"].clone(), done["committee"]["version"].as_i64().expect("a version"));
        }
        one = if name == "seatMember" || name == "assignSeatRole" { done["member"]["id"].clone() } else { one };
        post = if name == "assignPost" { done["post"]["id"].clone() } else { post };
    }
    assert_eq!(version, 8);
}

async fn of_members_seated_at_once_none_is_too_many(t: TestApp) {
    let p = owners(&t, 14).await;
    let id = elected(&t, &p[..9]).await;
    let answers = join_all(p[9..].iter().map(|person| try_seat(&t, &id, seat(&t, *person), json!({})))).await;
    let mut codes: Vec<_> = answers.iter().map(|answer| answer.user_errors("seatMember")).collect();
    codes.sort_unstable();
    assert_eq!(codes, [vec![], vec![], vec!["COMPOSITION_RULE"], vec!["COMPOSITION_RULE"], vec!["COMPOSITION_RULE"]]);
    // and of one kind there is one
    let place = json!({ "kind": "OWNERS_SUPERVISION", "name": "业主监督委员会" });
    let answers = join_all((0..4).map(|_| try_establish(&t, t.world().district, place.clone()))).await;
    let done = answers.iter().filter(|answer| answer.user_errors("establishCommittee").is_empty()).count();
    assert_eq!(done, 1);
}

async fn who_sits_on_a_committee_is_not_erased_and_what_they_owned_is_forgotten_after(t: TestApp) {
    let w = t.world();
    let p = owners(&t, 5).await;
    let id = elected(&t, &p).await;
    let erase = async || {
        let input = json!({ "personId": global(p[0]), "reason": "本人申请" });
        t.change(Some(w.admin), "erasePerson", input, "person { name }").await
    };
    erase().await.assert_refused("erasePerson", "INVALID_STATE");
    let one = seat_of(&t, &id, p[0]).await;
    on_member(&t, "endSeat", &one, json!({ "because": "RESIGNED", "reason": "业主00 患病" })).await.done("endSeat");
    erase().await.assert_refused("erasePerson", "INVALID_STATE");
    t.advance(Duration::days(1));
    let why = async || {
        look(&t, &id, "timeline(first: 50, filter: {kind: {eq: SEAT_ENDED}}) { nodes { note } }").await["timeline"]["nodes"].clone()
    };
    assert_eq!(why().await, json!([{ "note": "业主00 患病" }]));
    erase().await.done("erasePerson");
    assert_eq!(why().await, json!([{ "note": null }]));
    let seen = look(&t, &id, "members { nodes { name role dwelling building { name } } }").await;
    let members = seen["members"]["nodes"].as_array().expect("members");
    let gone = members.iter().find(|member| member["name"] == "已删除").expect("the seat is kept");
    assert_eq!((&gone["dwelling"], &gone["building"]), (&Value::Null, &Value::Null));
    assert_eq!(members.len(), 5);
}
