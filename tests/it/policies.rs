//! Deadline policies 时限规则: which one starts a clock, who sets them, and that a change leaves running clocks alone unless it is to concern them.

use chrono::Duration;
use chuishao::case::model::clock::{Facts, choose};
use entity::*;
use futures_util::future::join_all;
use proptest::{prelude::*, sample::select, test_runner::TestRunner};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{TestApp, client::Response, global::global};

crate::tests! {
    both: [
        a_change_leaves_running_clocks_alone,
        a_change_for_running_clocks_concerns_each_once_and_they_say_so,
        a_paused_clock_takes_a_change_and_stays_paused,
        time_that_was_used_stays_used_also_when_other_hours_count,
        time_that_was_given_on_top_stays_given,
        stopped_clocks_and_other_districts_keep_their_time,
        many_clocks_are_changed_in_portions,
        each_change_is_a_version,
        of_changes_at_once_one_is_in_force,
        an_ended_policy_gives_way_to_the_next_most_exact,
        a_policy_is_set_by_administrators_of_the_district_or_above,
        what_makes_no_sense_is_refused,
        a_policy_that_every_case_needs_cannot_be_ended,
        a_retry_makes_no_other_version_and_finishes_the_first_call,
        a_case_of_another_category_takes_the_policy_of_that_category,
        what_becomes_urgent_is_to_be_answered_in_the_time_for_that,
        policies_are_filtered_by_what_they_are_about,
        the_policies_of_clocks_cost_one_statement,
    ],
    pure: [the_most_exact_policy_is_chosen_in_whatever_order_they_come],
}

const LOUXING: &str = "431302000000";
const POLICY: &str =
    "policy { id kind version allowed hours warnPercent level category priority matter { code } area { code } endedAt } clocksChanged";

/// A general policy for check-ins in Louxing, unless `over` says otherwise.
async fn try_set(t: &TestApp, who: PersonId, over: Value) -> Response {
    let mut input = json!({ "area": LOUXING, "kind": "CHECK_IN", "allowed": "PT3H" });
    for (name, value) in over.as_object().expect("an input") {
        input[name] = value.clone();
    }
    t.change(Some(who), "setDeadlinePolicy", input, POLICY).await
}

async fn set(t: &TestApp, over: Value) -> Value {
    try_set(t, t.world().admin, over).await.done("setDeadlinePolicy").clone()
}

async fn try_end(t: &TestApp, who: PersonId, policy: &Value, apply: bool) -> Response {
    t.change(Some(who), "endDeadlinePolicy", json!({ "policyId": policy, "applyToRunning": apply }), POLICY).await
}

/// A case with its clocks by kind, the latest of each.
async fn look(t: &TestApp, case: &str) -> Value {
    let document = "query($id: ID!) { node(id: $id) { ... on Case { dueAt version whistles { nodes { checkInDueAt } } clocks {
        kind level allowed dueAt remaining hours status policy { id version allowed area { code } } segments { cause running hours allowed dueAt }
    } } } }";
    let mut seen = t.ask_with(Some(t.world().district), document, json!({ "id": case })).await.data()["node"].clone();
    let clocks = seen["clocks"].as_array().expect("clocks").clone();
    for clock in clocks {
        let kind = clock["kind"].as_str().expect("a kind").to_owned();
        seen[kind] = clock;
    }
    seen
}

async fn changes_entered(t: &TestApp, case: &str) -> usize {
    t.timeline(case).await.iter().filter(|kind| *kind == "DEADLINE_CHANGED").count()
}

fn causes(clock: &Value) -> Vec<&str> {
    clock["segments"].as_array().expect("segments").iter().map(|segment| segment["cause"].as_str().expect("a cause")).collect()
}

async fn a_change_leaves_running_clocks_alone(t: TestApp) {
    let before = t.report(t.world().resident).await.case;
    let seen = look(&t, &before).await;
    let done = set(&t, json!({})).await;
    assert_eq!((&done["policy"]["version"], &done["clocksChanged"]), (&json!(1), &json!(0)));
    assert_eq!((&done["policy"]["hours"], &done["policy"]["warnPercent"]), (&json!("WORKING"), &json!(75)));
    assert_eq!(look(&t, &before).await, seen);
    assert_eq!(seen["CHECK_IN"]["policy"]["area"], Value::Null, "the standard one");
    let after = look(&t, &t.report(t.world().resident).await.case).await;
    assert_eq!(after["CHECK_IN"]["policy"]["id"], done["policy"]["id"]);
    // ten to twelve, half past one to half past two
    assert_eq!(after["CHECK_IN"]["dueAt"], "2026-06-10T14:30:00+08:00");
    assert_eq!(after["whistles"]["nodes"][0]["checkInDueAt"], after["CHECK_IN"]["dueAt"]);
    assert_eq!(after["CASE"], json!(seen["CASE"]), "of another kind");
}

async fn a_change_for_running_clocks_concerns_each_once_and_they_say_so(t: TestApp) {
    let case = t.report(t.world().resident).await.case;
    t.advance(Duration::hours(1));
    let done = set(&t, json!({ "applyToRunning": true })).await;
    assert_eq!(done["clocksChanged"], 1);
    let seen = look(&t, &case).await;
    let clock = &seen["CHECK_IN"];
    assert_eq!((&clock["policy"]["id"], &clock["allowed"]), (&done["policy"]["id"], &json!("PT3H")));
    assert_eq!((&clock["dueAt"], &clock["remaining"]), (&json!("2026-06-10T14:30:00+08:00"), &json!("PT2H")));
    assert_eq!(seen["whistles"]["nodes"][0]["checkInDueAt"], clock["dueAt"]);
    assert_eq!(causes(clock), ["STARTED", "POLICY_CHANGED"]);
    assert_eq!((&clock["segments"][0]["allowed"], &clock["segments"][1]["allowed"]), (&json!("PT7H"), &json!("PT3H")));
    assert_eq!(changes_entered(&t, &case).await, 1);
    let of_case = set(&t, json!({ "kind": "CASE", "allowed": "PT70H", "applyToRunning": true })).await;
    assert_eq!(of_case["clocksChanged"], 1);
    let seen = look(&t, &case).await;
    assert_eq!(
        (&seen["CASE"]["allowed"], &seen["CASE"]["dueAt"]),
        (&json!("PT70H"), &seen["dueAt"]),
        "what cases are ordered by goes along"
    );
    assert_eq!(causes(&seen["CHECK_IN"]), ["STARTED", "POLICY_CHANGED"], "and nothing else does");
    assert_eq!(changes_entered(&t, &case).await, 2);
    let whole = "query($id: ID!) { node(id: $id) { ... on Case { fileIntegrity { intact } } } }";
    let whole = t.ask_with(Some(t.world().district), whole, json!({ "id": case })).await;
    assert_eq!(whole.data()["node"]["fileIntegrity"]["intact"], true);
}

async fn a_paused_clock_takes_a_change_and_stays_paused(t: TestApp) {
    let w = t.world();
    let case = t.case_in(CaseStatus::InProgress).await.case;
    t.does(w.grid_worker, "pauseCaseClock", &case).await;
    t.advance(Duration::hours(1));
    assert_eq!(set(&t, json!({ "kind": "CASE", "allowed": "PT70H", "applyToRunning": true })).await["clocksChanged"], 1);
    let clock = look(&t, &case).await["CASE"].clone();
    assert_eq!((&clock["status"], &clock["remaining"]), (&json!("PAUSED"), &json!("PT70H")));
    assert_eq!(causes(&clock), ["STARTED", "PAUSED", "POLICY_CHANGED"]);
    t.does(w.grid_worker, "resumeCaseClock", &case).await;
    assert_eq!(look(&t, &case).await["CASE"]["remaining"], "PT70H");
}

async fn time_that_was_used_stays_used_also_when_other_hours_count(t: TestApp) {
    let case = t.report(t.world().resident).await.case;
    // Thursday at nine: six hours of work have gone
    t.advance(Duration::hours(23));
    let over = json!({ "kind": "RESOLUTION", "allowed": "PT10H", "hours": "ROUND_THE_CLOCK", "applyToRunning": true });
    assert_eq!(set(&t, over).await["clocksChanged"], 1);
    let clock = look(&t, &case).await["RESOLUTION"].clone();
    assert_eq!((&clock["remaining"], &clock["dueAt"]), (&json!("PT4H"), &json!("2026-06-11T13:00:00+08:00")));
    let hours: Vec<&Value> = clock["segments"].as_array().expect("segments").iter().map(|segment| &segment["hours"]).collect();
    assert_eq!(hours, ["WORKING", "ROUND_THE_CLOCK"]);
}

async fn time_that_was_given_on_top_stays_given(t: TestApp) {
    let w = t.world();
    let case = t.case_in(CaseStatus::InProgress).await.case;
    t.does_with(w.community, "extendDeadline", &case, json!({ "kind": "CASE", "by": "PT7H", "reason": "等待检测" })).await;
    assert_eq!(look(&t, &case).await["CASE"]["allowed"], "PT112H");
    set(&t, json!({ "kind": "CASE", "allowed": "PT70H", "applyToRunning": true })).await;
    assert_eq!(look(&t, &case).await["CASE"]["allowed"], "PT77H");
    set(&t, json!({ "kind": "CASE", "allowed": "PT35H", "applyToRunning": true })).await;
    assert_eq!(look(&t, &case).await["CASE"]["allowed"], "PT42H", "once, not again with each change");
}

async fn stopped_clocks_and_other_districts_keep_their_time(t: TestApp) {
    let w = t.world();
    let resolved = t.case_in(CaseStatus::Resolved).await.case;
    let open = t.report(w.resident).await.case;
    let before = (look(&t, &resolved).await, look(&t, &open).await);
    let province = t.administrator(w.area_province).await;
    let elsewhere = json!({ "area": "441900000000", "kind": "CASE", "applyToRunning": true });
    let dongguan = t.administrator(w.area_dongguan).await;
    assert_eq!(try_set(&t, dongguan, elsewhere).await.done("setDeadlinePolicy")["clocksChanged"], 0);
    set(&t, json!({ "kind": "RESOLUTION" })).await;
    let everywhere = json!({ "area": null, "kind": "RESOLUTION", "applyToRunning": true });
    let done = try_set(&t, province, everywhere).await.done("setDeadlinePolicy").clone();
    assert_eq!((&done["clocksChanged"], &done["policy"]["version"]), (&json!(0), &json!(2)), "the district's own goes before");
    assert_eq!((look(&t, &resolved).await, look(&t, &open).await), before);
    assert_eq!(set(&t, json!({ "kind": "CASE", "applyToRunning": true })).await["clocksChanged"], 1);
    assert_eq!(look(&t, &resolved).await, before.0);
}

async fn many_clocks_are_changed_in_portions(t: TestApp) {
    const MANY: usize = 205;
    let case = t.report(t.world().resident).await.case;
    let id: CaseId = CaseId(Uuid::try_parse(case.split_once('_').expect("an id").1).expect("a uuid"));
    let clock = {
        use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
        let of_case = case_clock::Entity::find().filter(case_clock::Column::CaseId.eq(id));
        of_case.filter(case_clock::Column::Kind.eq(ClockKind::Case)).one(&t.app.db.read).await.expect("read").expect("a clock")
    };
    let cases: Vec<case_file::Model> = (1..MANY).map(|_| t.case_row()).collect();
    t.insert(cases.clone()).await;
    t.insert(cases.iter().map(|case| t.report_entry(case)).collect::<Vec<_>>()).await;
    let clocks = cases.iter().map(|case| case_clock::Model { id: t.app.clock.new_id(), case_id: case.id, ..clock.clone() });
    t.insert(clocks.collect::<Vec<_>>()).await;
    let mark = t.statements.count();
    assert_eq!(set(&t, json!({ "kind": "CASE", "applyToRunning": true })).await["clocksChanged"], MANY);
    let statements = t.statements.since(mark).len();
    assert!(statements < 40, "{statements} statements: not for each case");
    let filter = r#"{ cases(filter: {dueAt: {lte: "2026-06-10T14:30:00+08:00"}, clocks: {kind: {eq: CASE}}}) { totalCount } }"#;
    assert_eq!(t.ask(Some(t.world().district), filter).await.data()["cases"]["totalCount"], MANY);
}

async fn each_change_is_a_version(t: TestApp) {
    let urgent = json!({ "priority": "URGENT", "allowed": "PT2H" });
    let first = set(&t, urgent.clone()).await["policy"].clone();
    t.advance(Duration::hours(1));
    let second = set(&t, json!({ "priority": "URGENT", "allowed": "PT1H", "expectedVersion": 1 })).await["policy"].clone();
    assert_eq!([&first["version"], &second["version"]], [1, 2]);
    assert_eq!(set(&t, json!({ "allowed": "PT1H", "expectedVersion": 0 })).await["policy"]["version"], 1, "about something else");
    let stale = try_set(&t, t.world().admin, json!({ "priority": "URGENT", "expectedVersion": 1 })).await;
    stale.assert_refused("setDeadlinePolicy", "CONFLICT");
    assert_eq!(stale.data()["setDeadlinePolicy"]["policy"], second, "as it stands");
    let list = "{ deadlinePolicies(filter: {priority: {eq: URGENT}}) { nodes { version allowed madeAt endedAt } } }";
    let answer = t.ask(Some(t.world().resident), list).await;
    let (ten, eleven) = ("2026-06-10T10:00:00+08:00", "2026-06-10T11:00:00+08:00");
    let versions = json!([
        { "version": 1, "allowed": "PT2H", "madeAt": ten, "endedAt": eleven },
        { "version": 2, "allowed": "PT1H", "madeAt": eleven, "endedAt": null },
    ]);
    assert_eq!(answer.data()["deadlinePolicies"]["nodes"], versions);
    try_end(&t, t.world().admin, &second["id"], false).await.done("endDeadlinePolicy");
    assert_eq!(set(&t, urgent).await["policy"]["version"], 3, "it goes on after an end");
}

async fn of_changes_at_once_one_is_in_force(t: TestApp) {
    let all = join_all((1..=8).map(|hours| set(&t, json!({ "allowed": format!("PT{hours}H") })))).await;
    let mut versions: Vec<i64> = all.iter().filter_map(|done| done["policy"]["version"].as_i64()).collect();
    versions.sort_unstable();
    assert_eq!(versions, (1..=8).collect::<Vec<_>>());
    let list = format!(r#"{{ deadlinePolicies(filter: {{area: "{LOUXING}", inForce: true}}) {{ nodes {{ version }} }} }}"#);
    assert_eq!(t.ask(Some(t.world().admin), &list).await.data()["deadlinePolicies"]["nodes"], json!([{ "version": 8 }]));
}

async fn an_ended_policy_gives_way_to_the_next_most_exact(t: TestApp) {
    let w = t.world();
    set(&t, json!({ "allowed": "PT6H" })).await;
    let older = set(&t, json!({ "category": "VIOLATION", "allowed": "PT1H" })).await;
    let case = t.report(w.resident).await.case;
    let exact = set(&t, json!({ "category": "VIOLATION", "allowed": "PT2H" })).await;
    assert_eq!(look(&t, &case).await["CHECK_IN"]["policy"]["id"], older["policy"]["id"], "nobody asked for more");
    let ended = try_end(&t, w.admin, &exact["policy"]["id"], true).await.done("endDeadlinePolicy").clone();
    assert_eq!((&ended["clocksChanged"], ended["policy"]["endedAt"].is_string()), (&json!(1), true));
    let clock = look(&t, &case).await["CHECK_IN"].clone();
    assert_eq!((&clock["allowed"], causes(&clock)), (&json!("PT6H"), vec!["STARTED", "POLICY_CHANGED"]));
    let again = try_end(&t, w.admin, &exact["policy"]["id"], true).await;
    again.assert_refused("endDeadlinePolicy", "INVALID_STATE");
    assert_eq!(look(&t, &t.report(w.resident).await.case).await["CHECK_IN"]["allowed"], "PT6H");
}

async fn a_policy_is_set_by_administrators_of_the_district_or_above(t: TestApp) {
    let w = t.world();
    let (province, city) = (t.administrator(w.area_province).await, t.administrator(w.area_city).await);
    let subdistrict = t.administrator(w.area_subdistrict).await;
    let (here, everywhere, elsewhere) = (json!({}), json!({ "area": null }), json!({ "area": "441900000000" }));
    for (who, over, allowed) in [
        (w.admin, &here, true),
        (w.admin, &everywhere, false),
        (w.admin, &elsewhere, false),
        (city, &here, true),
        (city, &everywhere, false),
        (province, &here, true),
        (province, &everywhere, true),
        (province, &elsewhere, false),
        (subdistrict, &here, false),
    ] {
        let answer = try_set(&t, who, over.clone()).await;
        if allowed {
            let policy = answer.done("setDeadlinePolicy")["policy"]["id"].clone();
            if *over == here {
                try_end(&t, subdistrict, &policy, false).await.assert_refused("endDeadlinePolicy", "FORBIDDEN");
                try_end(&t, who, &policy, false).await.done("endDeadlinePolicy");
            }
        } else {
            answer.assert_refused("setDeadlinePolicy", "FORBIDDEN");
            assert_eq!(answer.data()["setDeadlinePolicy"]["userErrors"][0]["path"], json!(["input", "area"]));
        }
    }
    for who in [w.district, w.subdistrict, w.community, w.analyst, w.resident, w.nobody] {
        try_set(&t, who, json!({})).await.assert_refused("setDeadlinePolicy", "FORBIDDEN");
    }
    let standard = json!(global(DeadlinePolicyId::standard(ClockKind::Case)));
    try_end(&t, w.admin, &standard, false).await.assert_refused("endDeadlinePolicy", "FORBIDDEN");
}

async fn what_makes_no_sense_is_refused(t: TestApp) {
    let w = t.world();
    let province = t.administrator(w.area_province).await;
    let parking = global(w.matter_parking);
    for (over, code, field) in [
        (json!({ "allowed": "PT59S" }), "OUT_OF_RANGE", "allowed"),
        (json!({ "allowed": "-PT1H" }), "OUT_OF_RANGE", "allowed"),
        (json!({ "allowed": "PT2000H1S" }), "OUT_OF_RANGE", "allowed"),
        (json!({ "warnPercent": 0 }), "OUT_OF_RANGE", "warnPercent"),
        (json!({ "warnPercent": 101 }), "OUT_OF_RANGE", "warnPercent"),
        (json!({ "kind": "CASE", "level": "GRID" }), "MISMATCH", "level"),
        (json!({ "kind": "SUPERVISION", "level": "DISTRICT" }), "MISMATCH", "level"),
        (json!({ "area": "999999000000" }), "NOT_FOUND", "area"),
        (json!({ "area": "431302001000" }), "OUT_OF_RANGE", "area"),
        (json!({ "area": "431300000000" }), "OUT_OF_RANGE", "area"),
        (json!({ "matterId": "matter_1" }), "NOT_FOUND", "matterId"),
        (json!({ "matterId": global(MatterId(Uuid::from_u128(1))) }), "NOT_FOUND", "matterId"),
        (json!({ "matterId": parking, "category": "HAZARD" }), "MISMATCH", "matterId"),
        (json!({ "matterId": parking, "area": null }), "MISMATCH", "matterId"),
        (json!({ "idempotencyKey": "" }), "REQUIRED", "idempotencyKey"),
    ] {
        let answer = try_set(&t, province, over.clone()).await;
        assert_eq!(answer.user_errors("setDeadlinePolicy"), [code], "{over}");
        let payload = &answer.data()["setDeadlinePolicy"];
        assert_eq!((&payload["policy"], &payload["clocksChanged"]), (&Value::Null, &Value::Null), "{over}");
        assert_eq!(payload["userErrors"][0]["path"], json!(["input", field]), "{over}");
    }
    for unknown in [json!("policy_1"), json!(global(DeadlinePolicyId(Uuid::from_u128(1)))), json!(parking)] {
        try_end(&t, province, &unknown, false).await.assert_refused("endDeadlinePolicy", "NOT_FOUND");
    }
    let all = t.ask(Some(province), "{ deadlinePolicies { totalCount } }").await;
    assert_eq!(all.data()["deadlinePolicies"]["totalCount"], 4, "nothing was set");
    for edge in [json!({ "allowed": "PT1M", "warnPercent": 1 }), json!({ "allowed": "PT2000H", "warnPercent": 100, "matterId": parking })] {
        set(&t, edge).await;
    }
    let unplaced =
        json!({ "kind": "RESOLUTION", "level": "DISTRICT", "category": "HAZARD", "priority": "HIGH", "matterId": global(w.matter_fire) });
    assert_eq!(set(&t, unplaced).await["policy"]["matter"]["code"], "002");
}

async fn a_policy_that_every_case_needs_cannot_be_ended(t: TestApp) {
    let province = t.administrator(t.world().area_province).await;
    for kind in ClockKind::ALL {
        let standard = json!(global(DeadlinePolicyId::standard(*kind)));
        try_end(&t, province, &standard, false).await.assert_refused("endDeadlinePolicy", "INVALID_STATE");
    }
    let set = try_set(&t, province, json!({ "area": null })).await.done("setDeadlinePolicy")["policy"].clone();
    assert_eq!(set["version"], 2, "but it can be replaced");
    try_end(&t, province, &set["id"], false).await.assert_refused("endDeadlinePolicy", "INVALID_STATE");
    let exact = try_set(&t, province, json!({ "area": null, "category": "HAZARD" })).await.done("setDeadlinePolicy")["policy"].clone();
    try_end(&t, province, &exact["id"], false).await.done("endDeadlinePolicy");
}

async fn a_retry_makes_no_other_version_and_finishes_the_first_call(t: TestApp) {
    let w = t.world();
    let input = json!({ "allowed": "PT3H", "applyToRunning": true, "idempotencyKey": "一" });
    try_set(&t, w.admin, json!({ "warnPercent": 0, "idempotencyKey": "一" })).await.assert_refused("setDeadlinePolicy", "OUT_OF_RANGE");
    let first = set(&t, input.clone()).await;
    assert_eq!(first["clocksChanged"], 0);
    // as if the first call had not come to this one
    let case = t.report(w.resident).await.case;
    t.sql("UPDATE case_clock SET policy_id = (SELECT id FROM deadline_policy WHERE kind = 'CHECK_IN' AND district_id IS NULL) WHERE kind = 'CHECK_IN'")
        .await;
    let again = set(&t, input.clone()).await;
    assert_eq!((&again["policy"], &again["clocksChanged"]), (&first["policy"], &json!(1)));
    assert_eq!(set(&t, input.clone()).await["clocksChanged"], 0);
    assert_eq!(changes_entered(&t, &case).await, 1);
    try_set(&t, w.admin, json!({ "idempotencyKey": "一" })).await.assert_refused("setDeadlinePolicy", "IDEMPOTENCY_KEY_REUSED");
    let end = json!({ "policyId": first["policy"]["id"], "idempotencyKey": "二" });
    let ended = t.change(Some(w.admin), "endDeadlinePolicy", end.clone(), POLICY).await.done("endDeadlinePolicy").clone();
    assert_eq!(t.change(Some(w.admin), "endDeadlinePolicy", end, POLICY).await.done("endDeadlinePolicy"), &ended);
    // a policy that is no longer in force does not come back with a retry
    assert_eq!(set(&t, input).await["clocksChanged"], 0);
}

async fn a_case_of_another_category_takes_the_policy_of_that_category(t: TestApp) {
    let w = t.world();
    let hazard = set(&t, json!({ "kind": "CASE", "category": "HAZARD", "allowed": "PT14H" })).await;
    let case = t.report(w.resident).await.case;
    assert_eq!(look(&t, &case).await["CASE"]["allowed"], "PT105H");
    t.advance(Duration::hours(1));
    t.does_with(w.grid_worker, "classifyCase", &case, json!({ "category": "HAZARD" })).await;
    let clock = look(&t, &case).await["CASE"].clone();
    assert_eq!((&clock["policy"]["id"], &clock["remaining"]), (&hazard["policy"]["id"], &json!("PT13H")));
    assert_eq!(causes(&clock), ["STARTED", "POLICY_CHANGED"]);
}

async fn what_becomes_urgent_is_to_be_answered_in_the_time_for_that(t: TestApp) {
    let w = t.world();
    let urgent = set(&t, json!({ "priority": "URGENT" })).await;
    let (case, answered) = (t.report(w.resident).await.case, t.report(w.resident2).await);
    t.does(w.grid_worker, "checkInWhistle", &answered.whistle).await;
    t.advance(Duration::hours(1));
    for case in [&case, &answered.case] {
        t.does_with(w.grid_worker, "classifyCase", case, json!({ "priority": "URGENT" })).await;
    }
    let seen = look(&t, &case).await;
    let clock = &seen["CHECK_IN"];
    assert_eq!((&clock["policy"]["id"], &clock["remaining"]), (&urgent["policy"]["id"], &json!("PT2H")));
    assert_eq!(causes(clock), ["STARTED", "POLICY_CHANGED"]);
    assert_eq!(seen["whistles"]["nodes"][0]["checkInDueAt"], clock["dueAt"]);
    let met = look(&t, &answered.case).await["CHECK_IN"].clone();
    assert_eq!((&met["allowed"], &met["status"]), (&json!("PT7H"), &json!("MET")));
    let whole = "query($id: ID!) { node(id: $id) { ... on Case { fileIntegrity { intact } } } }";
    assert_eq!(t.ask_with(Some(w.district), whole, json!({ "id": case })).await.data()["node"]["fileIntegrity"]["intact"], true);
}

async fn policies_are_filtered_by_what_they_are_about(t: TestApp) {
    let w = t.world();
    let matter = global(w.matter_parking);
    let exact = json!({ "kind": "RESOLUTION", "level": "DISTRICT", "category": "VIOLATION", "priority": "HIGH", "matterId": matter });
    let id = set(&t, exact).await["policy"]["id"].clone();
    for (filter, expected) in [
        (format!(r#"area: "{LOUXING}""#), true),
        (r#"area: "430000000000""#.into(), true),
        (r#"area: "440000000000""#.into(), false),
        ("everywhere: false".into(), true),
        ("everywhere: true".into(), false),
        ("inForce: false".into(), false),
        ("kind: {eq: RESOLUTION}".into(), true),
        ("kind: {eq: CASE}".into(), false),
        ("category: {eq: VIOLATION}".into(), true),
        ("category: {eq: HAZARD}".into(), false),
        ("priority: {in: [HIGH]}".into(), true),
        ("level: {notIn: [DISTRICT]}".into(), false),
        (format!(r#"matterId: {{eq: "{matter}"}}"#), true),
        (format!("id: {{eq: {id}}}"), true),
        (r#"madeAt: {gte: "2026-06-10T10:00:00+08:00"}"#.into(), true),
        (r#"not: {madeAt: {gte: "2026-06-10T10:00:00+08:00"}}"#.into(), false),
    ] {
        let document =
            format!("{{ deadlinePolicies(filter: {{{filter}}}, orderBy: {{field: MADE_AT, direction: DESC}}) {{ nodes {{ id }} }} }}");
        let answer = t.ask(Some(w.nobody), &document).await;
        let found = answer.data()["deadlinePolicies"]["nodes"].as_array().expect("nodes").iter().any(|node| node["id"] == id);
        assert_eq!(found, expected, "{filter}");
    }
    let node = format!("{{ node(id: {id}) {{ ... on DeadlinePolicy {{ version }} }} }}");
    assert_eq!(t.ask(Some(w.nobody), &node).await.data()["node"]["version"], 1);
    assert_eq!(t.ask(None, &node).await.data()["node"], Value::Null);
}

async fn the_policies_of_clocks_cost_one_statement(t: TestApp) {
    let w = t.world();
    for _ in 0..3 {
        t.report(w.resident).await;
    }
    let mut costs = Vec::new();
    for (first, fields) in [(1, "policy { allowed area { name } }"), (3, "policy { allowed area { name } }"), (3, "kind")] {
        let mark = t.statements.count();
        t.ask(Some(w.district), &format!("{{ cases(first: {first}) {{ nodes {{ clocks {{ {fields} }} }} }} }}")).await.data();
        costs.push(t.statements.since(mark).len());
    }
    assert_eq!(costs[0], costs[1]);
    assert!(costs[0] <= costs[2] + 2, "{costs:?}: policies, and their areas where they have any");
}

fn maybe<T: Clone + std::fmt::Debug + 'static>(all: &[T]) -> impl Strategy<Value = Option<T>> + use<T> {
    prop::option::of(select(all.to_vec()))
}

fn a_policy() -> impl Strategy<Value = deadline_policy::Model> {
    let about = (maybe(CaseCategory::ALL), maybe(&matters()), maybe(CasePriority::ALL), maybe(HandlingLevel::ALL));
    (any::<u128>(), any::<bool>(), select(ClockKind::ALL.to_vec()), about, 0..3_i64).prop_map(
        |(id, own, kind, (category, matter_id, priority, level), made_at)| deadline_policy::Model {
            id: DeadlinePolicyId(Uuid::from_u128(id)),
            district_id: own.then_some(AreaId(Uuid::from_u128(1))),
            kind,
            category,
            matter_id,
            priority,
            level,
            allowed: 60,
            hours: ClockHours::Working,
            warn_percent: 75,
            version: 1,
            made_at: chrono::DateTime::from_timestamp(made_at, 0).expect("an instant"),
            made_by: None,
            ended_at: None,
        },
    )
}

fn matters() -> [MatterId; 2] {
    [1, 2].map(|n| MatterId(Uuid::from_u128(n)))
}

fn the_most_exact_policy_is_chosen_in_whatever_order_they_come() {
    let facts =
        (select(CaseCategory::ALL.to_vec()), maybe(&matters()), select(CasePriority::ALL.to_vec()), select(HandlingLevel::ALL.to_vec()))
            .prop_map(|(category, matter, priority, level)| Facts { category, matter, priority, level });
    let given = (prop::collection::vec(a_policy(), 0..12).prop_shuffle(), facts, select(ClockKind::ALL.to_vec()));
    let property = |(mut policies, facts, kind): (Vec<deadline_policy::Model>, Facts, ClockKind)| {
        let fits = |policy: &&deadline_policy::Model| {
            policy.kind == kind
                && [None, Some(facts.category)].contains(&policy.category)
                && (policy.matter_id.is_none() || policy.matter_id == facts.matter)
                && [None, Some(facts.priority)].contains(&policy.priority)
                && [None, Some(facts.level)].contains(&policy.level)
        };
        // said once more, as a number: each thing outweighs all that come after it
        let weight = |policy: &deadline_policy::Model| {
            let things = [
                policy.district_id.is_some(),
                policy.matter_id.is_some(),
                policy.category.is_some(),
                policy.priority.is_some(),
                policy.level.is_some(),
            ];
            things.iter().fold(0, |sum, thing| sum * 2 + i32::from(*thing))
        };
        let chosen: Option<deadline_policy::Model> = choose(&policies, kind, &facts).cloned();
        let best = policies.iter().filter(fits).map(weight).max();
        prop_assert_eq!(chosen.as_ref().map(weight), best);
        if let Some(chosen) = &chosen {
            prop_assert!(fits(&chosen));
            let rivals = policies.iter().filter(fits).filter(|rival| weight(rival) == weight(chosen));
            prop_assert!(rivals.map(|rival| rival.made_at).max() == Some(chosen.made_at), "of equals the latest");
        }
        policies.reverse();
        prop_assert_eq!(choose(&policies, kind, &facts), chosen.as_ref());
        let half = policies.len() / 2;
        policies.rotate_left(half);
        prop_assert_eq!(choose(&policies, kind, &facts), chosen.as_ref());
        Ok(())
    };
    TestRunner::default().run(&given, property).expect("a total order");
}
