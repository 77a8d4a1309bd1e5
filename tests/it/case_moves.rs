//! The life of a case, move by move, as clients live it.

use std::collections::BTreeSet;

use chrono::Duration;
use chuishao::search;
use entity::{CaseAction, CaseStatus, HandlingLevel, Hundredths, PersonId};
use serde_json::{Value, json};

use crate::support::{
    TestApp,
    cases::{MOVES, mutation_of},
    global::global,
};

crate::tests! {
    both: [
        a_case_lives_from_report_to_rating,
        every_move_adds_one_entry_and_no_other_changes_anything,
        a_returned_case_is_worked_on_again,
        a_reopened_case_keeps_its_file,
        a_case_that_is_opened_again_goes_up_where_who_had_it_answers_for_it_no_longer,
        a_rejected_or_withdrawn_case_releases_its_whistle,
        whoever_resolved_a_case_neither_closes_nor_returns_it,
        a_case_settled_on_the_spot_needs_no_start,
        a_resolution_states_what_was_recovered_and_paid,
        what_is_no_amount_of_money_is_refused,
        money_is_summed_over_the_cases_that_one_sees,
        the_share_settled_at_each_level_is_told_with_what_it_was_computed_from,
        classifying_keeps_matter_and_category_together,
        a_case_is_assigned_to_units_of_its_place_within_reach,
        a_duplicate_is_merged_into_the_case_that_goes_on,
        what_a_duplicate_was_settled_with_counts_no_more,
        a_case_is_not_merged_into_itself_or_into_an_ended_one,
        of_two_merges_the_other_way_round_one_wins,
        a_note_can_be_added_to_an_ended_case,
        a_closed_case_is_rated_once_by_its_reporter,
    ],
}

async fn a_case_lives_from_report_to_rating(t: TestApp) {
    let w = t.world();
    let filed = t.report(w.resident).await;
    let case = filed.case.as_str();
    let reported = &filed.payload["case"];
    assert_eq!([&reported["status"], &reported["level"], &reported["version"]], [&json!("REPORTED"), &json!("GRID"), &json!(1)]);

    t.advance(Duration::hours(1));
    assert_eq!(t.does(w.grid_worker, "acceptCase", case).await["case"]["status"], "ACCEPTED");
    let assigned = t.does_with(w.grid_worker, "assignCase", case, json!({ "handlerId": global(w.firm_a) })).await;
    assert_eq!(assigned["case"]["status"], "ASSIGNED");
    assert_eq!(assigned["case"]["level"], "COMPLEX");
    assert_eq!(assigned["case"]["handler"], json!({ "id": global(w.firm_a), "kind": "PROPERTY_FIRM" }));
    assert_eq!(t.does(w.firm, "startCase", case).await["case"]["status"], "IN_PROGRESS");
    // the resident's whistle is still out
    t.refuses(w.firm, "resolveCase", case, ("OPEN_WHISTLES", "caseId")).await;
    t.does(w.grid_worker, "checkInWhistle", &filed.whistle).await;
    t.refuses(w.firm, "resolveCase", case, ("OPEN_WHISTLES", "caseId")).await;
    t.does(w.grid_worker, "concludeWhistle", &filed.whistle).await;

    t.advance(Duration::hours(1));
    let resolved = t.does_with(w.firm, "resolveCase", case, json!({ "resolution": "已劝离" })).await["case"].clone();
    assert_eq!([&resolved["status"], &resolved["settledLevel"]], ["RESOLVED", "COMPLEX"]);
    assert_eq!([&resolved["resolution"], &resolved["closedAt"]], [&json!("已劝离"), &Value::Null]);
    let closed = t.does_with(w.grid_worker, "closeCase", case, json!({ "verification": "现场已清" })).await["case"].clone();
    assert_eq!([&closed["status"], &closed["settledLevel"], &closed["verification"]], ["CLOSED", "COMPLEX", "现场已清"]);
    assert_eq!(closed["closedAt"], closed["resolvedAt"], "both at this instant");
    let rated = t.does_with(w.resident, "rateCase", case, json!({ "score": 4, "comment": "还行" })).await["case"].clone();
    assert_eq!([&rated["score"], &rated["comment"], &rated["status"]], [&json!(4), &json!("还行"), &json!("CLOSED")]);
    assert_eq!(rated["number"], filed.number);

    let lived = ["REPORTED", "ACCEPTED", "ASSIGNED", "STARTED", "WHISTLE_CHECKED_IN", "WHISTLE_CONCLUDED", "RESOLVED", "CLOSED", "RATED"];
    assert_eq!(t.timeline(case).await, lived);
}

/// Someone with every right there is to this action: the reporter, or else a district officer.
fn entitled(t: &TestApp, action: CaseAction) -> PersonId {
    match action {
        CaseAction::Withdraw | CaseAction::Rate => t.world().resident,
        CaseAction::RaiseWhistle => t.world().grid_worker,
        _ => t.world().district,
    }
}

fn is_out(whistle: &Value) -> bool {
    matches!(whistle["status"].as_str(), Some("RAISED" | "CHECKED_IN"))
}

async fn every_move_adds_one_entry_and_no_other_changes_anything(t: TestApp) {
    let goes_on = t.report(t.world().resident2).await.case;
    let with = |action| if action == CaseAction::Merge { json!({ "intoCaseId": goes_on }) } else { json!({}) };
    for &status in CaseStatus::ALL {
        let filed = t.case_in(status).await;
        for (action, _, _) in MOVES.iter().filter(|(_, starts, _)| !starts.contains(&status)) {
            let code = if *action == CaseAction::RaiseWhistle { "CASE_CLOSED" } else { "INVALID_STATE" };
            t.refuses_with(entitled(&t, *action), mutation_of(*action), &filed.case, with(*action), (code, "caseId")).await;
        }
        for (action, _, to) in MOVES.iter().filter(|(_, starts, _)| starts.contains(&status)) {
            let filed = t.case_in(status).await;
            if *action == CaseAction::Resolve && status != CaseStatus::InProgress {
                t.does(t.world().resident, "withdrawWhistle", &filed.whistle).await;
            } else if *action == CaseAction::Resolve {
                t.does(t.world().grid_worker, "concludeWhistle", &filed.whistle).await;
            }
            if *action == CaseAction::ResumeClock {
                t.does(t.world().grid_worker, "pauseCaseClock", &filed.case).await;
            }
            let (before, now) = (t.timeline(&filed.case).await, t.look(&filed.case).await);
            let out = now["whistles"]["nodes"].as_array().expect("whistles").iter().filter(|whistle| is_out(whistle)).count();
            let mutation = mutation_of(*action);
            let after = t.does_with(entitled(&t, *action), mutation, &filed.case, with(*action)).await["case"].clone();
            assert_eq!(after["status"], json!(to.unwrap_or(status)), "{mutation} from {status:?}");
            // a case that ends releases its whistles, each with an entry of its own
            let released = if matches!(action, CaseAction::Reject | CaseAction::Withdraw | CaseAction::Merge) { out } else { 0 };
            assert_eq!(t.timeline(&filed.case).await.len(), before.len() + 1 + released, "{mutation} from {status:?}");
            let settled = matches!(after["status"].as_str(), Some("RESOLVED" | "CLOSED"));
            assert_eq!(after["settledLevel"].is_string(), settled, "{mutation} from {status:?}");
        }
    }
}

async fn a_returned_case_is_worked_on_again(t: TestApp) {
    let w = t.world();
    let case = t.case_in(CaseStatus::Resolved).await.case;
    let returned = t.does_with(w.community, "returnCase", &case, json!({ "reason": "未清理" })).await["case"].clone();
    assert_eq!(returned["status"], "IN_PROGRESS");
    for forgotten in ["settledLevel", "resolution", "resolvedAt"] {
        assert_eq!(returned[forgotten], Value::Null, "{forgotten}");
    }
    assert_eq!(returned["handler"]["id"], global(w.grid1), "its handler keeps it");
    t.does(w.grid_worker, "resolveCase", &case).await;
    assert_eq!(t.does(w.community, "closeCase", &case).await["case"]["settledLevel"], "GRID");
}

async fn a_reopened_case_keeps_its_file(t: TestApp) {
    let w = t.world();
    let filed = t.case_in(CaseStatus::Closed).await;
    let before = t.timeline(&filed.case).await;
    t.does(w.resident, "rateCase", &filed.case).await;
    t.refuses(w.grid_worker, "reopenCase", &filed.case, ("FORBIDDEN", "caseId")).await;
    let reopened = t.does_with(w.resident, "reopenCase", &filed.case, json!({ "reason": "又来了" })).await["case"].clone();
    assert_eq!([&reopened["status"], &reopened["number"]], ["ACCEPTED", filed.number.as_str()]);
    assert_eq!(reopened["reopenCount"], 1);
    for forgotten in ["settledLevel", "resolution", "verification", "closedAt", "score"] {
        assert_eq!(reopened[forgotten], Value::Null, "{forgotten}");
    }
    let after = t.timeline(&filed.case).await;
    assert_eq!(after[..before.len()], before[..]);
    assert_eq!(after[before.len()..], ["RATED", "REOPENED"]);
    // the second round ends like the first, and is rated anew
    t.does(w.grid_worker, "resolveCase", &filed.case).await;
    t.does(w.community, "closeCase", &filed.case).await;
    t.does(w.resident, "rateCase", &filed.case).await;
    let again = t.does(w.community, "reopenCase", &filed.case).await;
    assert_eq!(again["case"]["reopenCount"], 2);
}

async fn a_case_that_is_opened_again_goes_up_where_who_had_it_answers_for_it_no_longer(t: TestApp) {
    let w = t.world();
    let case = t.report(w.grid_worker).await.case;
    t.does(w.grid_worker, "acceptCase", &case).await;
    t.does_with(w.grid_worker, "assignCase", &case, json!({ "handlerId": global(w.firm_a) })).await;
    for ends in ["2026-12-31", "2026-06-09"] {
        t.does(w.grid_worker, "resolveCase", &case).await;
        t.does(w.community, "closeCase", &case).await;
        t.sql(&format!("UPDATE firm_contract SET ends_on = '{ends}' WHERE starts_on = '2025-01-01'")).await;
        let serves = ends > "2026-06-10";
        let (unit, level) = if serves { (global(w.firm_a), "COMPLEX") } else { (global(w.area_community), "COMMUNITY") };
        let reopened = t.does(w.community, "reopenCase", &case).await["case"].clone();
        assert_eq!([&reopened["handler"]["id"], &reopened["level"]], [&json!(unit), &json!(level)]);
    }
}

async fn a_rejected_or_withdrawn_case_releases_its_whistle(t: TestApp) {
    for status in [CaseStatus::Rejected, CaseStatus::Withdrawn] {
        let filed = t.case_in(status).await;
        let ended = json!(status);
        assert_eq!(t.timeline(&filed.case).await, ["REPORTED", ended.as_str().expect("a word"), "WHISTLE_WITHDRAWN"]);
        assert_eq!(t.look(&filed.case).await["whistles"]["nodes"][0]["status"], "WITHDRAWN");
        t.refuses(t.world().grid_worker, "checkInWhistle", &filed.whistle, ("CASE_CLOSED", "whistleId")).await;
    }
    let mine = t.report(t.world().resident).await.case;
    t.refuses(t.world().district, "withdrawCase", &mine, ("FORBIDDEN", "caseId")).await;
    t.refuses(t.world().resident, "rejectCase", &mine, ("FORBIDDEN", "caseId")).await;
}

async fn whoever_resolved_a_case_neither_closes_nor_returns_it(t: TestApp) {
    let w = t.world();
    let case = t.report(w.grid_worker).await.case;
    t.does(w.community, "acceptCase", &case).await;
    t.does(w.community, "resolveCase", &case).await;
    t.refuses(w.community, "closeCase", &case, ("SAME_PERSON", "caseId")).await;
    t.refuses(w.community, "returnCase", &case, ("SAME_PERSON", "caseId")).await;
    t.refuses(w.grid_worker, "closeCase", &case, ("FORBIDDEN", "caseId")).await;
    // a colleague at the same desk will do
    t.does(w.community2, "returnCase", &case).await;
    t.does(w.community2, "resolveCase", &case).await;
    t.refuses(w.community2, "closeCase", &case, ("SAME_PERSON", "caseId")).await;
    t.does(w.community, "closeCase", &case).await;
}

/// 现场直办
async fn a_case_settled_on_the_spot_needs_no_start(t: TestApp) {
    let w = t.world();
    let case = t.report(w.grid_worker).await.case;
    t.does(w.grid_worker, "acceptCase", &case).await;
    assert_eq!(t.does(w.grid_worker, "resolveCase", &case).await["case"]["settledLevel"], "GRID");
    assert_eq!(t.timeline(&case).await, ["REPORTED", "ACCEPTED", "RESOLVED"]);
}

/// A case that the grid worker may resolve at once.
async fn to_resolve(t: &TestApp) -> String {
    let case = t.report(t.world().grid_worker).await.case;
    t.does(t.world().grid_worker, "acceptCase", &case).await;
    case
}

async fn a_resolution_states_what_was_recovered_and_paid(t: TestApp) {
    let w = t.world();
    let case = to_resolve(&t).await;
    let money = json!({ "resolution": "已退还", "recovered": "800000", "paid": "12.5" });
    let resolved = t.does_with(w.grid_worker, "resolveCase", &case, money).await["case"].clone();
    assert_eq!([&resolved["resolution"], &resolved["recovered"], &resolved["paid"]], ["已退还", "800000.00", "12.50"]);
    let returned = t.does(w.community, "returnCase", &case).await["case"].clone();
    assert_eq!([&returned["recovered"], &returned["paid"]], [&Value::Null; 2]);
    let again = t.does_with(w.grid_worker, "resolveCase", &case, json!({ "recovered": "0.01" })).await["case"].clone();
    assert_eq!([&again["recovered"], &again["paid"]], [&json!("0.01"), &Value::Null]);
    assert_eq!(t.does(w.community, "closeCase", &case).await["case"]["recovered"], "0.01");
    assert_eq!(t.does(w.district, "reopenCase", &case).await["case"]["recovered"], Value::Null);
    t.does(w.grid_worker, "resolveCase", &case).await;
    // the timeline keeps what was said
    let asked = "query($id: ID!) { node(id: $id) { ... on Case {
        fileIntegrity { intact } timeline(filter: {kind: {eq: RESOLVED}}) { nodes { note } } } } }";
    let file = t.ask_with(Some(w.district), asked, json!({ "id": case })).await.data()["node"].clone();
    let notes: Vec<&Value> = file["timeline"]["nodes"].as_array().expect("entries").iter().map(|entry| &entry["note"]).collect();
    assert_eq!(notes, ["已退还（追回 800000.00 元，支付 12.50 元）", "已处理（追回 0.01 元）", "已处理"]);
    assert_eq!(file["fileIntegrity"]["intact"], true);
}

async fn what_is_no_amount_of_money_is_refused(t: TestApp) {
    let by = t.world().grid_worker;
    let case = to_resolve(&t).await;
    for (field, amount) in [("recovered", "-5"), ("recovered", "0"), ("paid", "0.00"), ("paid", "100000000.01")] {
        t.refuses_with(by, "resolveCase", &case, json!({ field: amount }), ("OUT_OF_RANGE", field)).await;
    }
    let before = t.records().await;
    for amount in [json!("12.345"), json!("1e3"), json!("十"), json!(12)] {
        t.act(by, "resolveCase", &case, json!({ "paid": amount })).await.assert_code("BAD_USER_INPUT");
    }
    assert_eq!(t.records().await, before);
    // with money, too, it is for those who may resolve it
    t.refuses_with(t.world().analyst, "resolveCase", &case, json!({ "paid": "1" }), ("FORBIDDEN", "caseId")).await;
    t.refuses_with(t.world().resident2, "resolveCase", &case, json!({ "paid": "1" }), ("NOT_FOUND", "caseId")).await;
    assert_eq!(t.does_with(by, "resolveCase", &case, json!({ "paid": "100000000" })).await["case"]["paid"], "100000000.00");
}

async fn money_is_summed_over_the_cases_that_one_sees(t: TestApp) {
    let w = t.world();
    let most = Some(Hundredths(10_000_000_000));
    t.case(|c| (c.recovered, c.paid) = (most, Some(Hundredths(50)))).await;
    t.case(|c| (c.recovered, c.reporter_id) = (Some(Hundredths(1)), Some(w.resident2))).await;
    t.case(|c| {
        (c.subdistrict_id, c.community_id, c.area_id) = (Some(w.area_far_subdistrict), Some(w.area_far_community), w.area_far_community);
        (c.grid_id, c.complex_id, c.building_id) = (Some(w.far_grid), Some(w.far), Some(w.far_building));
        (c.handler_id, c.reporter_id, c.paid) = (w.far_grid.into(), Some(w.far_resident), Some(Hundredths(7)));
    })
    .await;
    search::anew(&t.app.db).await.expect("words");
    let comes_to = async |who: Option<PersonId>, filter: &str, (cases, recovered, paid): (u32, &str, &str)| {
        let query = format!(
            "{{ caseOutcomes(filter: {{{filter}}}) {{ cases recovered paid }} cases(first: 1, filter: {{{filter}}}) {{ totalCount }} }}"
        );
        let answer = t.ask(who, &query).await;
        let expected = json!({ "cases": cases, "recovered": recovered, "paid": paid });
        assert_eq!(answer.data()["caseOutcomes"], expected, "{filter} as {who:?}");
        assert_eq!(answer.data()["cases"]["totalCount"], cases, "{filter} as {who:?}");
    };
    for (who, expected) in [
        (None, (0, "0.00", "0.00")),
        (Some(w.nobody), (0, "0.00", "0.00")),
        (Some(w.resident), (1, "100000000.00", "0.50")),
        (Some(w.resident2), (1, "0.01", "0.00")),
        (Some(w.far_community), (1, "0.00", "0.07")),
        (Some(w.community), (2, "100000000.01", "0.50")),
        (Some(w.district), (3, "100000000.01", "0.57")),
    ] {
        comes_to(who, "", expected).await;
    }
    for (filter, expected) in [
        (r#"recovered: {gt: "0.01"}"#, (1, "100000000.00", "0.50")),
        (r#"paid: {lt: "0.5"}"#, (1, "0.00", "0.07")),
        (r#"not: {paid: {gte: "0"}}"#, (1, "0.01", "0.00")),
        (r#"area: "431302001000", recovered: {eq: "0.01"}"#, (1, "0.01", "0.00")),
        (r#"text: "楼道", paid: {lte: "0.5"}"#, (2, "100000000.00", "0.57")),
        (r#"recovered: {gt: "100000000"}"#, (0, "0.00", "0.00")),
    ] {
        comes_to(Some(w.district), filter, expected).await;
    }
    let mark = t.statements.count();
    t.ask(Some(w.district), "{ caseOutcomes { recovered settled { share { percent } } } }").await.data();
    assert_eq!(t.statements.since(mark).len(), 2, "who asks, and one sum: {:#?}", t.statements.since(mark));
}

async fn the_share_settled_at_each_level_is_told_with_what_it_was_computed_from(t: TestApp) {
    let w = t.world();
    let asked = "{ caseOutcomes { cases settled { level share { numerator denominator percent } upTo { numerator percent } } } }";
    let said = async |who: PersonId| {
        let outcomes = t.ask(Some(who), asked).await.data()["caseOutcomes"].clone();
        let levels = outcomes["settled"].as_array().expect("levels").clone();
        let row = |level: &Value| {
            let (share, up_to) = (&level["share"], &level["upTo"]);
            json!([level["level"], share["numerator"], share["denominator"], share["percent"], up_to["numerator"], up_to["percent"]])
        };
        (outcomes["cases"].clone(), levels.iter().map(row).collect::<Vec<_>>())
    };
    let none = |level: &str| json!([level, 0, 0, null, 0, null]);
    let empty = ["COMPLEX", "GRID", "COMMUNITY", "SUBDISTRICT", "DISTRICT"].map(none).to_vec();
    assert_eq!(said(w.district).await, (json!(0), empty));
    for level in [HandlingLevel::Grid, HandlingLevel::Grid, HandlingLevel::Subdistrict] {
        t.case(|c| (c.status, c.settled_level) = (CaseStatus::Resolved, Some(level))).await;
    }
    t.case(|_| ()).await;
    let expected = vec![
        json!(["COMPLEX", 0, 3, "0.00", 0, "0.00"]),
        json!(["GRID", 2, 3, "66.67", 2, "66.67"]),
        json!(["COMMUNITY", 0, 3, "0.00", 2, "66.67"]),
        json!(["SUBDISTRICT", 1, 3, "33.33", 3, "100.00"]),
        json!(["DISTRICT", 0, 3, "0.00", 3, "100.00"]),
    ];
    assert_eq!(said(w.district).await, (json!(4), expected), "what is open is of no share");
}

async fn classifying_keeps_matter_and_category_together(t: TestApp) {
    let w = t.world();
    let case = t.report(w.resident).await.case;
    let (parking, fire) = (json!(global(w.matter_parking)), json!(global(w.matter_fire)));
    let by = w.grid_worker;
    t.refuses_with(by, "classifyCase", &case, json!({ "matterId": fire }), ("MISMATCH", "matterId")).await;
    let wrong = json!({ "category": "DISPUTE", "matterId": parking });
    t.refuses_with(by, "classifyCase", &case, wrong, ("MISMATCH", "matterId")).await;
    t.refuses_with(by, "classifyCase", &case, json!({ "matterId": global(w.grid1) }), ("NOT_FOUND", "matterId")).await;
    let classified = t.does_with(by, "classifyCase", &case, json!({ "matterId": parking, "priority": "URGENT" })).await;
    assert_eq!([&classified["case"]["matter"]["id"], &classified["case"]["priority"]], [&parking, &json!("URGENT")]);
    // what is left out stays, and a matter goes with its category
    assert_eq!(t.does(by, "classifyCase", &case).await["case"]["matter"]["id"], parking);
    let moved = t.does_with(by, "classifyCase", &case, json!({ "category": "HAZARD" })).await["case"].clone();
    assert_eq!([&moved["category"], &moved["matter"], &moved["priority"]], [&json!("HAZARD"), &Value::Null, &json!("URGENT")]);
    let both = t.does_with(by, "classifyCase", &case, json!({ "category": "HAZARD", "matterId": fire })).await;
    assert_eq!(both["case"]["matter"]["id"], fire);
    let mismatched = t.try_report(w.resident, json!({ "category": "DISPUTE", "matterId": parking })).await;
    mismatched.assert_refused("reportCase", "MISMATCH");
}

async fn a_case_is_assigned_to_units_of_its_place_within_reach(t: TestApp) {
    let w = t.world();
    let case = t.case_in(CaseStatus::Accepted).await.case;
    let (firm, community, urban) = (json!(global(w.firm_a)), json!(global(w.area_community)), json!(global(w.dep_urban)));
    let strangers = [json!(global(w.firm_b)), json!(global(w.grid2)), json!(global(w.area_other_community)), json!(global(w.committee))];
    for stranger in strangers {
        t.refuses_with(w.district, "assignCase", &case, json!({ "handlerId": stranger }), ("WRONG_LEVEL", "handlerId")).await;
    }
    t.refuses_with(w.district, "assignCase", &case, json!({ "handlerId": global(w.resident) }), ("NOT_FOUND", "handlerId")).await;
    // nobody hands up, that is what the whistle is for; and departments take from the subdistrict or above
    t.refuses_with(w.grid_worker, "assignCase", &case, json!({ "handlerId": community }), ("WRONG_LEVEL", "handlerId")).await;
    t.refuses_with(w.community, "assignCase", &case, json!({ "handlerId": urban }), ("WRONG_LEVEL", "handlerId")).await;
    let dispatched = t.does_with(w.subdistrict, "assignCase", &case, json!({ "handlerId": urban })).await;
    assert_eq!([&dispatched["case"]["level"], &dispatched["case"]["handler"]["id"]], [&json!("DISTRICT"), &urban]);
    // now it is above the grid
    t.refuses_with(w.grid_worker, "assignCase", &case, json!({ "handlerId": firm }), ("FORBIDDEN", "caseId")).await;
    t.does_with(w.district, "assignCase", &case, json!({ "handlerId": firm })).await;
    t.does(w.firm, "startCase", &case).await;
}

async fn a_duplicate_is_merged_into_the_case_that_goes_on(t: TestApp) {
    let w = t.world();
    let (duplicate, goes_on) = (t.report(w.resident).await, t.report(w.resident2).await);
    let into = json!({ "intoCaseId": goes_on.case, "reason": "同一辆车" });
    let mine = t.report(w.resident).await.case;
    t.refuses_with(w.resident, "mergeCase", &duplicate.case, json!({ "intoCaseId": mine }), ("FORBIDDEN", "caseId")).await;
    let merged = t.does_with(w.grid_worker, "mergeCase", &duplicate.case, into).await["case"].clone();
    assert_eq!([&merged["status"], &merged["mergedInto"]["id"]], ["MERGED", goes_on.case.as_str()]);
    assert_eq!(t.timeline(&duplicate.case).await, ["REPORTED", "MERGED", "WHISTLE_WITHDRAWN"]);
    assert_eq!(t.timeline(&goes_on.case).await, ["REPORTED", "MERGED_IN"]);
    let stays = t.look(&goes_on.case).await;
    assert_eq!([&stays["status"], &stays["whistles"]["nodes"][0]["status"]], ["REPORTED", "RAISED"]);
}

async fn what_a_duplicate_was_settled_with_counts_no_more(t: TestApp) {
    let w = t.world();
    let (duplicate, goes_on) = (to_resolve(&t).await, t.report(w.resident2).await.case);
    t.does_with(w.grid_worker, "resolveCase", &duplicate, json!({ "recovered": "12.5", "paid": "3" })).await;
    let into = json!({ "intoCaseId": goes_on });
    // nobody takes what they resolved out of the verification
    t.refuses_with(w.grid_worker, "mergeCase", &duplicate, into.clone(), ("SAME_PERSON", "caseId")).await;
    let merged = t.does_with(w.community, "mergeCase", &duplicate, into).await["case"].clone();
    for forgotten in ["settledLevel", "resolution", "recovered", "paid", "resolvedAt"] {
        assert_eq!(merged[forgotten], Value::Null, "{forgotten}");
    }
    let asked = "query($id: ID!) { caseOutcomes { cases recovered paid } node(id: $id) { ... on Case { fileIntegrity { intact } } } }";
    let seen = t.ask_with(Some(w.district), asked, json!({ "id": duplicate })).await;
    assert_eq!(seen.data()["caseOutcomes"], json!({ "cases": 2, "recovered": "0.00", "paid": "0.00" }));
    assert_eq!(seen.data()["node"]["fileIntegrity"]["intact"], true);
}

async fn a_case_is_not_merged_into_itself_or_into_an_ended_one(t: TestApp) {
    let w = t.world();
    let case = t.report(w.resident).await.case;
    t.refuses_with(w.community, "mergeCase", &case, json!({ "intoCaseId": case }), ("INVALID_STATE", "intoCaseId")).await;
    for status in CaseStatus::ALL.iter().filter(|status| !status.is_open()) {
        let ended = t.case_in(*status).await.case;
        t.refuses_with(w.community, "mergeCase", &case, json!({ "intoCaseId": ended }), ("INVALID_STATE", "intoCaseId")).await;
    }
    let far = t.report_with(w.far_resident, json!({ "place": { "buildingId": global(w.far_building) } })).await.case;
    t.refuses_with(w.community, "mergeCase", &case, json!({ "intoCaseId": far }), ("NOT_FOUND", "intoCaseId")).await;
    t.does_with(w.district, "mergeCase", &case, json!({ "intoCaseId": far })).await;
}

async fn of_two_merges_the_other_way_round_one_wins(t: TestApp) {
    let w = t.world();
    for _ in 0..8 {
        let (one, two) = (t.report(w.resident).await.case, t.report(w.resident2).await.case);
        let (to_two, to_one) = (json!({ "intoCaseId": two }), json!({ "intoCaseId": one }));
        let (first, second) = tokio::join!(t.act(w.community, "mergeCase", &one, to_two), t.act(w.community2, "mergeCase", &two, to_one));
        let answers = BTreeSet::from([first.user_errors("mergeCase"), second.user_errors("mergeCase")]);
        assert_eq!(answers, BTreeSet::from([vec![], vec!["INVALID_STATE"]]));
        let statuses = [t.look(&one).await["status"].clone(), t.look(&two).await["status"].clone()];
        assert!(statuses.contains(&json!("MERGED")) && statuses.contains(&json!("REPORTED")), "{statuses:?}");
    }
}

async fn a_note_can_be_added_to_an_ended_case(t: TestApp) {
    let w = t.world();
    let case = t.case_in(CaseStatus::Closed).await.case;
    let before = t.timeline(&case).await.len();
    let noted = t.does_with(w.resident, "addCaseNote", &case, json!({ "note": "谢谢" })).await;
    assert_eq!(noted["case"]["status"], "CLOSED");
    assert_eq!(t.timeline(&case).await[before..], ["NOTED"]);
    t.refuses(w.resident2, "addCaseNote", &case, ("NOT_FOUND", "caseId")).await;
    t.refuses(w.analyst, "addCaseNote", &case, ("FORBIDDEN", "caseId")).await;
}

async fn a_closed_case_is_rated_once_by_its_reporter(t: TestApp) {
    let w = t.world();
    let case = t.case_in(CaseStatus::Closed).await.case;
    t.refuses(w.district, "rateCase", &case, ("FORBIDDEN", "caseId")).await;
    for score in [0, 6] {
        t.refuses_with(w.resident, "rateCase", &case, json!({ "score": score }), ("OUT_OF_RANGE", "score")).await;
    }
    assert_eq!(t.does_with(w.resident, "rateCase", &case, json!({ "score": 1 })).await["case"]["score"], 1);
    t.refuses(w.resident, "rateCase", &case, ("INVALID_STATE", "caseId")).await;
}
