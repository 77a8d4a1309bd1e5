//! What happens by itself when time runs out, driven by the clock and nothing else.

use chrono::{DateTime, Duration, Utc};
use chuishao::case::service::deadlines::{run_due, settle_provisional};
use entity::{CaseStatus, case_clock};
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use crate::support::{
    TestApp,
    clocks::{at, clock, kinds},
    global::global,
    live::{Fault, heal, inject},
    world::World,
};

crate::tests! {
    both: [
        an_unanswered_whistle_escalates_once,
        a_case_that_somebody_else_was_given_stays_there_when_a_whistle_runs_out,
        the_whole_ladder_is_climbed_over_spring_festival,
        departments_that_stay_away_join_one_whistle_to_the_district,
        a_warning_comes_once_at_three_quarters_of_the_time,
        nothing_is_done_before_its_time,
        a_check_in_at_the_last_moment_wins_or_loses_cleanly,
        after_an_outage_one_level_is_called_at_a_time_with_a_fresh_clock,
        a_fault_leaves_everything_to_be_done_again,
        one_case_that_cannot_be_done_holds_up_no_other,
        two_runners_do_nothing_twice,
        a_case_that_takes_too_long_is_marked_once,
        who_has_answered_is_left_alone,
        what_ends_stops_its_clocks,
        many_cases_cost_as_many_statements_as_few,
        a_deadline_beyond_the_known_holidays_is_settled_once_they_are_known,
        the_file_stays_whole,
    ],
}

/// Does all that is due by now; how many cases there were.
async fn run(t: &TestApp) -> usize {
    let mut cases = 0;
    loop {
        match run_due(&t.app).await.expect("done") {
            0 => return cases,
            some => cases += some,
        }
    }
}

fn shanghai(text: &str) -> DateTime<Utc> {
    format!("{text}:00+08:00").parse().expect("an instant")
}

/// The clock stands at this instant.
fn stand_at(t: &TestApp, text: &str) {
    t.advance(shanghai(text) - t.now());
}

const FILE: &str = "query($id: ID!) { node(id: $id) { ... on Case {
    status level overdue dueAt handler { id }
    whistles(first: 20) { nodes { id status to checkInDueAt overdue escalatedTo { id } target { id } } }
    clocks { kind level status dueAt startedAt provisional remaining whistleId segments { cause running reason } }
    timeline(first: 100) { nodes { kind note actor { name } } }
    fileIntegrity { intact }
} } }";

/// The case as the district sees it.
async fn file(t: &TestApp, case: &str) -> Value {
    let seen = t.gql(Some(&t.token(t.world().district)), FILE, json!({ "id": case })).await;
    seen.data()["node"].clone()
}

fn whistles(file: &Value) -> Vec<(&str, &str)> {
    let nodes = file["whistles"]["nodes"].as_array().expect("whistles").iter();
    nodes.map(|w| (w["to"].as_str().unwrap_or_default(), w["status"].as_str().unwrap_or_default())).collect()
}

/// Moves on until the last whistle of the case is due.
async fn until_due(t: &TestApp, case: &str) {
    let file = file(t, case).await;
    let last = file["whistles"]["nodes"].as_array().expect("whistles").last().expect("a whistle").clone();
    t.advance(at(&last["checkInDueAt"]) - t.now());
}

async fn an_unanswered_whistle_escalates_once(t: TestApp) {
    let w = t.world();
    let filed = t.report(w.resident).await;
    until_due(&t, &filed.case).await;
    assert_eq!(run(&t).await, 1);
    let seen = file(&t, &filed.case).await;
    assert_eq!(whistles(&seen), [("GRID", "ESCALATED"), ("COMMUNITY", "RAISED")]);
    assert_eq!([&seen["level"], &seen["handler"]["id"]], [&json!("COMMUNITY"), &json!(global(w.area_community))]);
    assert_eq!(kinds(&seen), ["REPORTED", "WHISTLE_ESCALATED", "WHISTLE_RAISED"]);
    assert_eq!(seen["timeline"]["nodes"][1]["actor"], Value::Null, "the server itself");
    assert_eq!(seen["whistles"]["nodes"][0]["escalatedTo"]["id"], seen["whistles"]["nodes"][1]["id"]);
    // nothing is left to do
    assert_eq!(run(&t).await, 0);
    assert_eq!(file(&t, &filed.case).await, seen);
}

async fn a_case_that_somebody_else_was_given_stays_there_when_a_whistle_runs_out(t: TestApp) {
    let w = t.world();
    let urban = json!(global(w.dep_urban));
    let assigned = t.report(w.resident).await.case;
    t.does(w.community, "acceptCase", &assigned).await;
    t.does_with(w.subdistrict, "assignCase", &assigned, json!({ "handlerId": urban })).await;
    t.does(w.department, "startCase", &assigned).await;
    let whistled = t.report(w.resident).await.case;
    let raised = t.does_with(w.community, "raiseWhistle", &whistled, json!({ "to": "DEPARTMENT", "targetIds": [urban] })).await;
    t.does(w.department, "checkInWhistle", raised["whistles"][0]["id"].as_str().expect("an id")).await;
    t.advance(Duration::days(2));
    run(&t).await;
    for case in [&assigned, &whistled] {
        let seen = file(&t, case).await;
        assert_eq!([&seen["level"], &seen["handler"]["id"]], [&json!("DISTRICT"), &urban]);
        assert_eq!(whistles(&seen)[0], ("GRID", "ESCALATED"));
        assert_eq!(whistles(&seen).last(), Some(&("COMMUNITY", "RAISED")), "it is told, and may help");
        t.does(w.department, "addCaseNote", case).await;
    }
}

/// Spring Festival 2026: off from 15 to 23 February; Saturday 14 and Saturday 28 February are worked.
async fn the_whole_ladder_is_climbed_over_spring_festival(t: TestApp) {
    let w = t.world();
    stand_at(&t, "2026-02-13T16:00");
    let filed = t.report(w.resident).await;
    // a working day has seven hours: 9:00 to 12:00 and 13:30 to 17:30
    let ladder = [
        ("GRID", "2026-02-14T16:00"),
        ("COMMUNITY", "2026-02-24T16:00"),
        ("SUBDISTRICT", "2026-02-25T16:00"),
        ("DISTRICT", "2026-02-26T16:00"),
    ];
    for (step, (unit, due)) in ladder.into_iter().enumerate() {
        let seen = file(&t, &filed.case).await;
        let called = &seen["whistles"]["nodes"][step];
        assert_eq!([&called["to"], &called["status"]], [unit, "RAISED"]);
        assert_eq!(at(&called["checkInDueAt"]), shanghai(due), "{unit}");
        stand_at(&t, due);
        t.advance(Duration::microseconds(-1));
        run(&t).await;
        assert_eq!(file(&t, &filed.case).await["whistles"]["nodes"][step]["status"], "RAISED", "{unit} a moment before");
        stand_at(&t, due);
        assert_eq!(run(&t).await, 1, "{unit}");
    }
    // nobody is above the district: it is asked to supervise, once
    let seen = file(&t, &filed.case).await;
    assert_eq!(whistles(&seen), [("GRID", "ESCALATED"), ("COMMUNITY", "ESCALATED"), ("SUBDISTRICT", "ESCALATED"), ("DISTRICT", "RAISED")]);
    assert_eq!(kinds(&seen).iter().filter(|kind| **kind == "SUPERVISION_REQUESTED").count(), 1);
    t.advance(Duration::days(1));
    run(&t).await;
    assert_eq!(kinds(&file(&t, &filed.case).await).iter().filter(|kind| **kind == "SUPERVISION_REQUESTED").count(), 1);
    t.push().await;
    assert_eq!(t.notices(w.district).await.iter().filter(|kind| *kind == "SUPERVISION_REQUESTED").count(), 1);
    // the first duty stays open
    t.does(w.grid_worker, "checkInWhistle", &filed.whistle).await;
}

async fn departments_that_stay_away_join_one_whistle_to_the_district(t: TestApp) {
    let w = t.world();
    let filed = t.report_with(w.resident, json!({ "matterId": global(w.matter_parking) })).await;
    t.does(w.resident, "withdrawWhistle", &filed.whistle).await;
    t.does_with(w.community, "raiseWhistle", &filed.case, json!({ "to": "DEPARTMENT" })).await;
    until_due(&t, &filed.case).await;
    run(&t).await;
    let seen = file(&t, &filed.case).await;
    assert_eq!(whistles(&seen)[1..], [("DEPARTMENT", "ESCALATED"), ("DEPARTMENT", "ESCALATED"), ("DISTRICT", "RAISED")]);
    let nodes = &seen["whistles"]["nodes"];
    assert_eq!([&nodes[1]["escalatedTo"]["id"], &nodes[2]["escalatedTo"]["id"]], [&nodes[3]["id"], &nodes[3]["id"]]);
    assert_eq!(seen["level"], "DISTRICT");
}

async fn a_warning_comes_once_at_three_quarters_of_the_time(t: TestApp) {
    let w = t.world();
    stand_at(&t, "2026-06-11T09:00");
    let filed = t.report(w.resident).await;
    // three quarters of seven hours: 5 h 15 min after nine, with the noon break
    stand_at(&t, "2026-06-11T15:44");
    assert_eq!(run(&t).await, 0);
    assert_eq!(clock(&file(&t, &filed.case).await, "CHECK_IN")["status"], "ON_TRACK");
    stand_at(&t, "2026-06-11T15:45");
    assert_eq!(run(&t).await, 1);
    let seen = file(&t, &filed.case).await;
    assert_eq!(kinds(&seen), ["REPORTED", "DEADLINE_APPROACHING"]);
    let check_in = clock(&seen, "CHECK_IN");
    assert_eq!([&check_in["status"], &check_in["remaining"]], ["AT_RISK", "PT1H45M"]);
    t.advance(Duration::minutes(30));
    assert_eq!(run(&t).await, 0);
    stand_at(&t, "2026-06-11T17:30");
    assert_eq!(run(&t).await, 1);
    assert_eq!(kinds(&file(&t, &filed.case).await)[2..], ["WHISTLE_ESCALATED", "WHISTLE_RAISED"]);
}

async fn nothing_is_done_before_its_time(t: TestApp) {
    let w = t.world();
    let filed = t.report(w.resident).await;
    let before = t.records().await;
    assert_eq!(run(&t).await, 0);
    assert_eq!(t.records().await, before);
    assert_eq!(clock(&file(&t, &filed.case).await, "CASE")["status"], "ON_TRACK");
}

/// Whoever comes first: the other finds it done.
async fn a_check_in_at_the_last_moment_wins_or_loses_cleanly(t: TestApp) {
    let w = t.world();
    for _ in 0..12 {
        let filed = t.report(w.resident).await;
        until_due(&t, &filed.case).await;
        let checks_in = t.act(w.grid_worker, "checkInWhistle", &filed.whistle, json!({}));
        let (checked_in, ran) = tokio::join!(checks_in, run_due(&t.app));
        ran.expect("done");
        run(&t).await;
        // an escalated whistle can still be checked in
        checked_in.done("checkInWhistle");
        let seen = file(&t, &filed.case).await;
        match whistles(&seen)[..] {
            [("GRID", "CHECKED_IN")] => assert_eq!(kinds(&seen).len(), 2),
            [("GRID", "CHECKED_IN"), ("COMMUNITY", "RAISED")] => assert!(kinds(&seen).contains(&"WHISTLE_ESCALATED")),
            ref other => panic!("{other:?}"),
        }
        assert_eq!(seen["fileIntegrity"]["intact"], true);
        t.advance(Duration::days(3));
        run(&t).await;
    }
}

async fn after_an_outage_one_level_is_called_at_a_time_with_a_fresh_clock(t: TestApp) {
    let w = t.world();
    let filed = t.report(w.resident).await;
    t.advance(Duration::days(30));
    run(&t).await;
    let seen = file(&t, &filed.case).await;
    assert_eq!(whistles(&seen), [("GRID", "ESCALATED"), ("COMMUNITY", "RAISED")]);
    assert!(at(&seen["whistles"]["nodes"][1]["checkInDueAt"]) > t.now());
    // too late for a warning
    assert!(!kinds(&seen).contains(&"DEADLINE_APPROACHING"));
}

async fn a_fault_leaves_everything_to_be_done_again(t: TestApp) {
    let w = t.world();
    let filed = t.report(w.resident).await;
    until_due(&t, &filed.case).await;
    let before = t.records().await;
    for fault in [Fault::Insert, Fault::Commit] {
        inject(&t, fault).await;
        run_due(&t.app).await.expect_err("the fault");
        heal(&t).await;
        assert_eq!(t.records().await, before);
    }
    assert_eq!(run(&t).await, 1);
    assert_eq!(whistles(&file(&t, &filed.case).await).len(), 2);
}

async fn one_case_that_cannot_be_done_holds_up_no_other(t: TestApp) {
    let w = t.world();
    let mut filed = Vec::new();
    for _ in 0..3 {
        filed.push(t.report(w.resident).await);
        t.advance(Duration::seconds(1));
    }
    // the database takes no entry of the one in the middle
    let broken = t.records().await.cases.into_iter().find(|case| case.number == filed[1].number).expect("the case").id;
    if t.app.db.is_postgres() {
        t.sql("CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'a broken row'; END $$").await;
        let when = format!("WHEN (NEW.case_id = '{}')", broken.0);
        t.sql(&format!("CREATE TRIGGER broken BEFORE INSERT ON case_event FOR EACH ROW {when} EXECUTE FUNCTION broken()")).await;
    } else {
        let when = format!("WHEN NEW.case_id = X'{}'", broken.0.simple());
        t.sql(&format!("CREATE TRIGGER broken BEFORE INSERT ON case_event {when} BEGIN SELECT RAISE(ABORT, 'a broken row'); END")).await;
    }
    until_due(&t, &filed[2].case).await;
    assert_eq!(run_due(&t.app).await.expect("the others are done"), 2);
    for (at, count) in [(0, 2), (1, 1), (2, 2)] {
        assert_eq!(whistles(&file(&t, &filed[at].case).await).len(), count, "{at}");
    }
    run_due(&t.app).await.expect_err("it is tried again, and told");
}

async fn two_runners_do_nothing_twice(t: TestApp) {
    let w = t.world();
    let mut filed = Vec::new();
    for _ in 0..20 {
        filed.push(t.report(w.resident).await);
    }
    until_due(&t, &filed[0].case).await;
    let runners = (0..4).map(|_| {
        let app = t.app.clone();
        tokio::spawn(async move { while run_due(&app).await.expect("done") > 0 {} })
    });
    for runner in runners.collect::<Vec<_>>() {
        runner.await.expect("no panic");
    }
    run(&t).await;
    for filed in filed {
        let seen = file(&t, &filed.case).await;
        assert_eq!(whistles(&seen), [("GRID", "ESCALATED"), ("COMMUNITY", "RAISED")]);
        assert_eq!(kinds(&seen), ["REPORTED", "WHISTLE_ESCALATED", "WHISTLE_RAISED"]);
    }
}

async fn a_case_that_takes_too_long_is_marked_once(t: TestApp) {
    let w = t.world();
    let filed = t.case_in(CaseStatus::InProgress).await;
    let due = at(&file(&t, &filed.case).await["dueAt"]);
    t.advance(due - t.now());
    run(&t).await;
    let seen = file(&t, &filed.case).await;
    assert_eq!([&seen["overdue"], &clock(&seen, "CASE")["status"]], [&json!(true), &json!("OVERDUE")]);
    let marks = kinds(&seen).iter().filter(|kind| **kind == "OVERDUE").count();
    assert_eq!(marks, 2, "the level's time had run out before");
    t.advance(Duration::days(10));
    assert_eq!(run(&t).await, 0);
    let listed = "query($f: CaseFilter) { cases(filter: $f, orderBy: {field: DUE_AT, direction: ASC}) { totalCount nodes { id } } }";
    for (filter, count) in [
        (json!({ "overdue": true }), 1),
        (json!({ "overdue": false }), 0),
        (json!({ "clocks": { "kind": { "eq": "CASE" }, "status": ["OVERDUE"] } }), 1),
        (json!({ "clocks": { "status": ["PAUSED"] } }), 0),
        (json!({ "dueAt": { "lt": t.now() } }), 1),
    ] {
        let found = t.gql(Some(&t.token(w.district)), listed, json!({ "f": filter })).await;
        assert_eq!(found.data()["cases"]["totalCount"], count, "{filter}");
    }
    // done late is missed
    t.does(w.grid_worker, "concludeWhistle", &filed.whistle).await;
    t.does(w.grid_worker, "resolveCase", &filed.case).await;
    assert_eq!(clock(&file(&t, &filed.case).await, "CASE")["status"], "MISSED");
}

async fn who_has_answered_is_left_alone(t: TestApp) {
    let w = t.world();
    let filed = t.report(w.resident).await;
    t.does(w.grid_worker, "checkInWhistle", &filed.whistle).await;
    t.advance(Duration::days(2));
    run(&t).await;
    let seen = file(&t, &filed.case).await;
    assert_eq!(whistles(&seen), [("GRID", "CHECKED_IN")]);
    assert_eq!(clock(&seen, "CHECK_IN")["status"], "MET");
}

async fn what_ends_stops_its_clocks(t: TestApp) {
    let w = t.world();
    let filed = t.report(w.resident).await;
    t.does(w.resident, "withdrawCase", &filed.case).await;
    let seen = file(&t, &filed.case).await;
    for clock in seen["clocks"].as_array().expect("clocks") {
        assert_eq!(clock["status"], "CANCELLED", "{clock}");
    }
    t.advance(Duration::days(60));
    assert_eq!(run(&t).await, 0);
    // resolved in time, returned, and the time that is left goes on
    let filed = t.case_in(CaseStatus::Resolved).await;
    assert_eq!(clock(&file(&t, &filed.case).await, "CASE")["status"], "MET");
    t.does(w.community, "returnCase", &filed.case).await;
    let case = clock(&file(&t, &filed.case).await, "CASE").clone();
    let causes: Vec<&Value> = case["segments"].as_array().expect("segments").iter().map(|segment| &segment["cause"]).collect();
    assert_eq!((&case["status"], causes), (&json!("ON_TRACK"), vec![&json!("STARTED"), &json!("RETURNED")]));
}

/// What a portion costs does not grow with its cases.
async fn many_cases_cost_as_many_statements_as_few(t: TestApp) {
    async fn cost(t: &TestApp, w: &World, cases: usize) -> usize {
        let mut last = String::new();
        for _ in 0..cases {
            last = t.report(w.resident).await.case;
        }
        until_due(t, &last).await;
        let mark = t.statements.count();
        assert_eq!(run_due(&t.app).await.expect("done"), cases);
        let spent = t.statements.since(mark).len();
        // what they call now is answered
        t.advance(Duration::seconds(1));
        for whistle in t.records().await.whistles {
            if whistle.status == entity::WhistleStatus::Raised {
                t.does(w.community, "checkInWhistle", &global(whistle.id)).await;
            }
        }
        spent
    }
    let w = t.world();
    cost(&t, w, 1).await;
    let (few, many) = (cost(&t, w, 2).await, cost(&t, w, 12).await);
    assert_eq!(few, many);
    assert!(many <= 14, "{many}");
}

/// As if the State Council had announced 2027 while the whistle waits: the first three days of the year are off, the 4th is a Monday.
async fn a_deadline_beyond_the_known_holidays_is_settled_once_they_are_known(t: TestApp) {
    let w = t.world();
    stand_at(&t, "2026-12-31T16:00");
    let filed = t.report(w.resident).await;
    let before = file(&t, &filed.case).await;
    let check_in = clock(&before, "CHECK_IN");
    // on weekdays it is Friday, 1 January
    assert_eq!((&check_in["provisional"], at(&check_in["dueAt"])), (&json!(true), shanghai("2027-01-01T16:00")));
    assert_eq!(settle_provisional(&t.app).await.expect("done"), 1);
    assert_eq!(file(&t, &filed.case).await, before, "nothing is known yet");
    let csv =
        "date,kind,festival\n2027-01-01,OFF,元旦\n2027-01-02,OFF,元旦\n2027-01-03,OFF,元旦\n2027-05-01,OFF,劳动节\n2027-10-01,OFF,国庆节\n";
    let import = "mutation($csv: String!) { importHolidays(input: {csv: $csv}) { userErrors { code } } }";
    t.gql(Some(&t.token(t.administrator(w.area_province).await)), import, json!({ "csv": csv })).await.done("importHolidays");
    settle_provisional(&t.app).await.expect("done");
    let seen = file(&t, &filed.case).await;
    let check_in = clock(&seen, "CHECK_IN");
    assert_eq!((&check_in["provisional"], at(&check_in["dueAt"])), (&json!(false), shanghai("2027-01-04T16:00")));
    assert_eq!(at(&seen["whistles"]["nodes"][0]["checkInDueAt"]), shanghai("2027-01-04T16:00"));
    assert_eq!(check_in["segments"][1]["cause"], "CALENDAR_CHANGED");
    assert_eq!(
        kinds(&seen),
        ["REPORTED", "DEADLINE_CHANGED", "DEADLINE_CHANGED", "DEADLINE_CHANGED"],
        "its own, its level's, the whistle's"
    );
    settle_provisional(&t.app).await.expect("done");
    assert_eq!(file(&t, &filed.case).await, seen, "once");
}

async fn the_file_stays_whole(t: TestApp) {
    let w = t.world();
    let filed = t.report(w.resident).await;
    for _ in 0..4 {
        until_due(&t, &filed.case).await;
        run(&t).await;
    }
    assert_eq!(file(&t, &filed.case).await["fileIntegrity"]["intact"], true);
    let clocks = case_clock::Entity::find().all(&t.app.db.read).await.expect("clocks");
    assert!(clocks.iter().all(|clock| clock.segments.0.last().is_some_and(|last| last.until == clock.stopped_at)));
}
