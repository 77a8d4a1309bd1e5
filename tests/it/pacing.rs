//! How people handle the time of a case: pauses, extensions, supervision, and the rating of a check-in.

use chrono::{DateTime, Duration, Utc};
use chuishao::{
    calendar::{
        WorkingTime,
        model::{Hours, Notices, Week},
        service::of_district,
    },
    case::{
        model::clock::{self, Of},
        service::deadlines::run_due,
    },
};
use entity::*;
use proptest::{prelude::*, sample::select, test_runner::TestRunner};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{
    TestApp,
    clocks::{at, clock as newest, clocks, kinds},
};

crate::tests! {
    both: [
        a_paused_clock_keeps_what_was_left_of_its_time,
        a_pause_holds_no_whistle_up,
        a_pause_goes_along_to_the_next_level,
        each_level_has_its_own_time_and_the_case_one_of_all,
        more_time_is_given_by_the_level_above,
        more_time_is_given_above_the_level_that_has_the_case_by_now,
        more_time_can_be_refused,
        whoever_stands_above_gives_time_at_once,
        only_one_request_for_more_time_is_open,
        a_supervised_case_is_closed_by_its_supervisor,
        a_supervised_case_that_is_opened_again_is_followed_again,
        a_higher_level_takes_a_supervision_over,
        a_supervised_case_is_rejected_and_merged_by_its_supervisor,
        supervision_goes_along_with_a_merge,
        the_whistler_rates_how_the_unit_came_once,
        a_case_that_is_opened_again_has_all_its_time_again,
        time_that_was_used_stays_used_when_the_district_changes_its_hours,
        a_deadline_that_runs_is_not_moved_by_other_hours,
    ],
    pure: [
        other_calendars_move_neither_deadlines_nor_time_that_was_used,
        a_segment_of_before_is_counted_by_the_calendar_of_now,
        what_has_run_out_stays_run_out_through_a_pause,
    ],
}

const FILE: &str = "query($id: ID!) { node(id: $id) { ... on Case {
    status dueAt supervisedBy
    clocks { kind level status allowed remaining dueAt segments { cause running reason from until allowed dueAt } }
    extensions { nodes { id by reason level granted rulingReason } }
    timeline(first: 100) { nodes { kind note } }
    fileIntegrity { intact }
} } }";

async fn file(t: &TestApp, case: &str) -> Value {
    let seen = t.gql(Some(&t.token(t.world().district)), FILE, json!({ "id": case })).await;
    let file = seen.data()["node"].clone();
    assert_eq!(file["fileIntegrity"]["intact"], true);
    file
}

/// The tests begin on a Wednesday at ten.
async fn a_paused_clock_keeps_what_was_left_of_its_time(t: TestApp) {
    let w = t.world();
    let filed = t.case_in(CaseStatus::InProgress).await;
    t.advance(Duration::hours(1));
    let before = newest(&file(&t, &filed.case).await, "CASE").clone();
    t.does_with(w.grid_worker, "pauseCaseClock", &filed.case, json!({ "reason": "MATERIALS", "note": "等待房屋鉴定" })).await;
    t.refuses(w.grid_worker, "pauseCaseClock", &filed.case, ("INVALID_STATE", "caseId")).await;
    t.advance(Duration::days(50));
    assert_eq!(run_due(&t.app).await.expect("done"), 0, "a paused clock never runs out");
    let paused = file(&t, &filed.case).await;
    let case = newest(&paused, "CASE");
    assert_eq!([&case["status"], &case["remaining"]], [&json!("PAUSED"), &before["remaining"]]);
    assert_eq!([&case["segments"][1]["cause"], &case["segments"][1]["reason"]], ["PAUSED", "MATERIALS"]);
    t.does(w.community, "resumeCaseClock", &filed.case).await;
    t.refuses(w.grid_worker, "resumeCaseClock", &filed.case, ("INVALID_STATE", "caseId")).await;
    let resumed = file(&t, &filed.case).await;
    let case = newest(&resumed, "CASE");
    assert_eq!([&case["status"], &case["remaining"]], [&json!("ON_TRACK"), &before["remaining"]]);
    assert!(at(&case["dueAt"]) > t.now());
    assert_eq!(case["dueAt"], resumed["dueAt"]);
    let stretches: Vec<(bool, &Value)> =
        case["segments"].as_array().expect("segments").iter().map(|segment| (segment["running"] == true, &segment["cause"])).collect();
    assert_eq!(stretches, [(true, &json!("STARTED")), (false, &json!("PAUSED")), (true, &json!("RESUMED"))]);
    assert_eq!(newest(&resumed, "RESOLUTION")["status"], "ON_TRACK");
    t.refuses(w.far_community, "pauseCaseClock", &filed.case, ("NOT_FOUND", "caseId")).await;
    t.refuses(w.resident, "pauseCaseClock", &filed.case, ("FORBIDDEN", "caseId")).await;
}

async fn a_pause_holds_no_whistle_up(t: TestApp) {
    let w = t.world();
    let filed = t.report(w.resident).await;
    t.does(w.grid_worker, "pauseCaseClock", &filed.case).await;
    t.advance(Duration::days(2));
    run_due(&t.app).await.expect("done");
    let seen = file(&t, &filed.case).await;
    assert!(kinds(&seen).contains(&"WHISTLE_ESCALATED"));
    assert_eq!(newest(&seen, "CASE")["status"], "PAUSED");
}

async fn a_pause_goes_along_to_the_next_level(t: TestApp) {
    let w = t.world();
    let filed = t.case_in(CaseStatus::InProgress).await;
    t.does(w.grid_worker, "pauseCaseClock", &filed.case).await;
    t.does(w.grid_worker, "raiseWhistle", &filed.case).await;
    let seen = file(&t, &filed.case).await;
    let level = newest(&seen, "RESOLUTION");
    assert_eq!([&level["level"], &level["status"]], ["COMMUNITY", "PAUSED"]);
}

async fn each_level_has_its_own_time_and_the_case_one_of_all(t: TestApp) {
    let w = t.world();
    let filed = t.case_in(CaseStatus::InProgress).await;
    let before = file(&t, &filed.case).await;
    t.advance(Duration::hours(2));
    t.does(w.grid_worker, "raiseWhistle", &filed.case).await;
    let seen = file(&t, &filed.case).await;
    let levels: Vec<[&Value; 2]> = clocks(&seen, "RESOLUTION").into_iter().map(|clock| [&clock["level"], &clock["status"]]).collect();
    assert_eq!(levels, [["GRID", "MET"], ["COMMUNITY", "ON_TRACK"]]);
    assert_eq!(clocks(&seen, "CASE").len(), 1);
    assert_eq!(newest(&seen, "CASE")["dueAt"], newest(&before, "CASE")["dueAt"], "it runs on");
}

async fn more_time_is_given_by_the_level_above(t: TestApp) {
    let w = t.world();
    let filed = t.case_in(CaseStatus::InProgress).await;
    let before = at(&file(&t, &filed.case).await["dueAt"]);
    // seven hours are a day of work
    let asked = json!({ "kind": "CASE", "by": "PT7H", "reason": "等待配件" });
    t.does_with(w.grid_worker, "extendDeadline", &filed.case, asked).await;
    let seen = file(&t, &filed.case).await;
    let request = &seen["extensions"]["nodes"][0];
    assert_eq!([&request["by"], &request["level"], &request["granted"]], [&json!("PT7H"), &json!("GRID"), &Value::Null]);
    assert_eq!(at(&seen["dueAt"]), before, "nothing has changed yet");
    let id = request["id"].as_str().expect("an id");
    let rule = json!({ "extensionId": id, "approve": true, "reason": "同意" });
    t.mutate(w.grid_worker, "ruleOnExtension", rule.clone()).await.assert_refused("ruleOnExtension", "FORBIDDEN");
    t.mutate(w.far_community, "ruleOnExtension", rule.clone()).await.assert_refused("ruleOnExtension", "NOT_FOUND");
    t.mutate(w.community, "ruleOnExtension", rule.clone()).await.done("ruleOnExtension");
    t.mutate(w.community, "ruleOnExtension", rule).await.assert_refused("ruleOnExtension", "INVALID_STATE");
    let seen = file(&t, &filed.case).await;
    assert_eq!(at(&seen["dueAt"]) - before, Duration::days(1));
    let case = newest(&seen, "CASE");
    assert_eq!([&case["allowed"], &case["segments"][1]["cause"]], ["PT112H", "EXTENDED"]);
    assert_eq!(kinds(&seen)[kinds(&seen).len() - 2..], ["EXTENSION_REQUESTED", "EXTENSION_GRANTED"]);
}

async fn more_time_is_given_above_the_level_that_has_the_case_by_now(t: TestApp) {
    let w = t.world();
    let filed = t.case_in(CaseStatus::InProgress).await;
    t.does(w.grid_worker, "extendDeadline", &filed.case).await;
    t.does(w.grid_worker, "raiseWhistle", &filed.case).await;
    let id = file(&t, &filed.case).await["extensions"]["nodes"][0]["id"].clone();
    let rule = json!({ "extensionId": id, "approve": true });
    t.mutate(w.community, "ruleOnExtension", rule.clone()).await.assert_refused("ruleOnExtension", "FORBIDDEN");
    t.mutate(w.subdistrict, "ruleOnExtension", rule).await.done("ruleOnExtension");
}

async fn more_time_can_be_refused(t: TestApp) {
    let w = t.world();
    let filed = t.case_in(CaseStatus::InProgress).await;
    let before = file(&t, &filed.case).await["clocks"].clone();
    t.does(w.grid_worker, "extendDeadline", &filed.case).await;
    let id = file(&t, &filed.case).await["extensions"]["nodes"][0]["id"].clone();
    let rule = json!({ "extensionId": id, "approve": false, "reason": "理由不足" });
    t.mutate(w.subdistrict, "ruleOnExtension", rule).await.done("ruleOnExtension");
    let seen = file(&t, &filed.case).await;
    assert_eq!(seen["clocks"], before);
    assert_eq!(
        [&seen["extensions"]["nodes"][0]["granted"], &seen["extensions"]["nodes"][0]["rulingReason"]],
        [&json!(false), &json!("理由不足")]
    );
    assert_eq!(kinds(&seen).last(), Some(&"EXTENSION_REFUSED"));
}

async fn whoever_stands_above_gives_time_at_once(t: TestApp) {
    let w = t.world();
    let filed = t.case_in(CaseStatus::InProgress).await;
    t.does(w.community, "extendDeadline", &filed.case).await;
    let seen = file(&t, &filed.case).await;
    assert_eq!(seen["extensions"]["nodes"][0]["granted"], true);
    for (with, code, field) in [
        (json!({ "kind": "CHECK_IN" }), "MISMATCH", "kind"),
        (json!({ "by": "PT1S" }), "OUT_OF_RANGE", "by"),
        (json!({ "by": "-PT7H" }), "OUT_OF_RANGE", "by"),
        (json!({ "by": "P100D" }), "OUT_OF_RANGE", "by"),
    ] {
        t.refuses_with(w.community, "extendDeadline", &filed.case, with, (code, field)).await;
    }
}

async fn only_one_request_for_more_time_is_open(t: TestApp) {
    let w = t.world();
    let filed = t.case_in(CaseStatus::InProgress).await;
    t.does(w.grid_worker, "extendDeadline", &filed.case).await;
    t.refuses(w.grid_worker, "extendDeadline", &filed.case, ("INVALID_STATE", "caseId")).await;
    // another clock is another matter
    t.does_with(w.grid_worker, "extendDeadline", &filed.case, json!({ "kind": "RESOLUTION" })).await;
}

async fn a_supervised_case_is_closed_by_its_supervisor(t: TestApp) {
    let w = t.world();
    let filed = t.case_in(CaseStatus::InProgress).await;
    t.refuses(w.grid_worker, "superviseCase", &filed.case, ("FORBIDDEN", "caseId")).await;
    t.does(w.subdistrict, "superviseCase", &filed.case).await;
    t.refuses(w.subdistrict, "superviseCase", &filed.case, ("INVALID_STATE", "caseId")).await;
    let seen = file(&t, &filed.case).await;
    assert_eq!([&seen["supervisedBy"], &newest(&seen, "SUPERVISION")["status"]], ["SUBDISTRICT", "ON_TRACK"]);
    t.does(w.grid_worker, "concludeWhistle", &filed.whistle).await;
    t.does(w.grid_worker, "resolveCase", &filed.case).await;
    assert_eq!(newest(&file(&t, &filed.case).await, "SUPERVISION")["status"], "ON_TRACK", "until it is closed");
    t.refuses(w.community, "closeCase", &filed.case, ("FORBIDDEN", "caseId")).await;
    t.does(w.subdistrict, "closeCase", &filed.case).await;
    assert_eq!(newest(&file(&t, &filed.case).await, "SUPERVISION")["status"], "MET");
}

async fn a_supervised_case_that_is_opened_again_is_followed_again(t: TestApp) {
    let w = t.world();
    let filed = t.case_in(CaseStatus::Resolved).await;
    t.does(w.subdistrict, "superviseCase", &filed.case).await;
    t.does(w.subdistrict, "returnCase", &filed.case).await;
    t.does(w.grid_worker, "resolveCase", &filed.case).await;
    assert_eq!(clocks(&file(&t, &filed.case).await, "SUPERVISION").len(), 1, "what is returned was followed all along");
    t.does(w.subdistrict, "closeCase", &filed.case).await;
    t.advance(Duration::days(1));
    t.does(w.community, "reopenCase", &filed.case).await;
    let seen = file(&t, &filed.case).await;
    let supervisions: Vec<&Value> = clocks(&seen, "SUPERVISION").into_iter().map(|clock| &clock["status"]).collect();
    assert_eq!((&seen["supervisedBy"], supervisions), (&json!("SUBDISTRICT"), vec![&json!("MET"), &json!("ON_TRACK")]));
    t.does(w.grid_worker, "resolveCase", &filed.case).await;
    t.refuses(w.community, "closeCase", &filed.case, ("FORBIDDEN", "caseId")).await;
}

async fn a_higher_level_takes_a_supervision_over(t: TestApp) {
    let w = t.world();
    let filed = t.case_in(CaseStatus::InProgress).await;
    t.does(w.community, "superviseCase", &filed.case).await;
    t.does(w.district, "superviseCase", &filed.case).await;
    t.refuses(w.subdistrict, "superviseCase", &filed.case, ("INVALID_STATE", "caseId")).await;
    let seen = file(&t, &filed.case).await;
    let supervisions: Vec<&Value> = clocks(&seen, "SUPERVISION").into_iter().map(|clock| &clock["status"]).collect();
    assert_eq!((&seen["supervisedBy"], supervisions), (&json!("DISTRICT"), vec![&json!("CANCELLED"), &json!("ON_TRACK")]));
}

async fn a_supervised_case_is_rejected_and_merged_by_its_supervisor(t: TestApp) {
    let w = t.world();
    let (case, other) = (t.report(w.resident).await.case, t.report(w.resident2).await.case);
    t.does(w.subdistrict, "superviseCase", &case).await;
    t.refuses(w.community, "rejectCase", &case, ("FORBIDDEN", "caseId")).await;
    t.refuses_with(w.community, "mergeCase", &case, json!({ "intoCaseId": other }), ("FORBIDDEN", "caseId")).await;
    // what is merged into it leaves it to its supervisor
    t.does_with(w.community, "mergeCase", &other, json!({ "intoCaseId": case })).await;
    t.does(w.subdistrict, "rejectCase", &case).await;
}

async fn supervision_goes_along_with_a_merge(t: TestApp) {
    let w = t.world();
    let (case, other) = (t.report(w.resident).await.case, t.report(w.resident2).await.case);
    t.does(w.subdistrict, "superviseCase", &case).await;
    t.does(w.community, "superviseCase", &other).await;
    t.does_with(w.subdistrict, "mergeCase", &case, json!({ "intoCaseId": other })).await;
    assert_eq!(newest(&file(&t, &case).await, "SUPERVISION")["status"], "CANCELLED");
    let seen = file(&t, &other).await;
    let supervisions: Vec<&Value> = clocks(&seen, "SUPERVISION").into_iter().map(|clock| &clock["status"]).collect();
    assert_eq!((&seen["supervisedBy"], supervisions), (&json!("SUBDISTRICT"), vec![&json!("CANCELLED"), &json!("ON_TRACK")]));
    assert_eq!(kinds(&seen).last(), Some(&"SUPERVISED"));
    // the lower of the two changes nothing
    let third = t.report(w.resident).await.case;
    t.does(w.community, "superviseCase", &third).await;
    t.does_with(w.community, "mergeCase", &third, json!({ "intoCaseId": other })).await;
    assert_eq!(file(&t, &other).await["supervisedBy"], "SUBDISTRICT");
}

async fn the_whistler_rates_how_the_unit_came_once(t: TestApp) {
    let w = t.world();
    let filed = t.report(w.resident).await;
    t.refuses(w.resident, "rateWhistle", &filed.whistle, ("INVALID_STATE", "whistleId")).await;
    t.does(w.grid_worker, "checkInWhistle", &filed.whistle).await;
    t.refuses(w.grid_worker, "rateWhistle", &filed.whistle, ("FORBIDDEN", "whistleId")).await;
    for score in [0, 6] {
        t.refuses_with(w.resident, "rateWhistle", &filed.whistle, json!({ "score": score }), ("OUT_OF_RANGE", "score")).await;
    }
    t.does_with(w.resident, "rateWhistle", &filed.whistle, json!({ "score": 4, "comment": "来得快" })).await;
    t.refuses(w.resident, "rateWhistle", &filed.whistle, ("INVALID_STATE", "whistleId")).await;
    let rated = "query($id: ID!) { node(id: $id) { ... on Whistle { responseScore responseComment } } }";
    let seen = t.gql(Some(&t.token(w.community)), rated, json!({ "id": filed.whistle })).await;
    assert_eq!(seen.data()["node"], json!({ "responseScore": 4, "responseComment": "来得快" }));
    assert_eq!(kinds(&file(&t, &filed.case).await).last(), Some(&"WHISTLE_RATED"));
}

async fn a_case_that_is_opened_again_has_all_its_time_again(t: TestApp) {
    let w = t.world();
    let filed = t.case_in(CaseStatus::Closed).await;
    t.advance(Duration::days(40));
    t.does(w.community, "reopenCase", &filed.case).await;
    let seen = file(&t, &filed.case).await;
    let cases: Vec<&Value> = clocks(&seen, "CASE").into_iter().map(|clock| &clock["status"]).collect();
    assert_eq!(cases, ["MET", "ON_TRACK"]);
    assert_eq!(newest(&seen, "CASE")["remaining"], "PT105H");
    assert_eq!(newest(&seen, "CASE")["dueAt"], seen["dueAt"]);
}

/// Monday to Friday from eight to eight.
async fn set_long_days(t: &TestApp) {
    let day = |name: &str| json!({ "weekday": name, "periods": [{ "opens": "08:00", "closes": "20:00" }] });
    let week = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"].map(day);
    let set = json!({ "area": "431302000000", "week": week });
    t.change(Some(t.world().admin), "setWorkingHours", set, "calendar { ownHours }").await.done("setWorkingHours");
}

async fn working_time(t: &TestApp) -> WorkingTime {
    of_district(&t.app, t.world().area_district).await.expect("working time")
}

async fn time_that_was_used_stays_used_when_the_district_changes_its_hours(t: TestApp) {
    let w = t.world();
    let filed = t.case_in(CaseStatus::InProgress).await;
    // Thursday at ten: seven hours by the hours of now, twelve by those that come
    t.advance(Duration::days(1));
    t.does(w.grid_worker, "pauseCaseClock", &filed.case).await;
    set_long_days(&t).await;
    let paused = file(&t, &filed.case).await;
    assert_eq!(newest(&paused, "CASE")["remaining"], "PT98H");
    t.does(w.grid_worker, "resumeCaseClock", &filed.case).await;
    let due = working_time(&t).await.add(t.now(), Duration::hours(98)).at;
    let resumed = file(&t, &filed.case).await;
    let case = newest(&resumed, "CASE");
    assert_eq!((&case["remaining"], at(&case["dueAt"]), at(&resumed["dueAt"])), (&json!("PT98H"), due, due));
}

async fn a_deadline_that_runs_is_not_moved_by_other_hours(t: TestApp) {
    let w = t.world();
    let filed = t.case_in(CaseStatus::InProgress).await;
    let due = at(&file(&t, &filed.case).await["dueAt"]);
    t.advance(Duration::days(1));
    set_long_days(&t).await;
    let time = working_time(&t).await;
    let left = |now: DateTime<Utc>| json!(format!("PT{}H", time.between(now, due).num_hours()));
    let seen = file(&t, &filed.case).await;
    let case = newest(&seen, "CASE");
    assert_eq!((&case["remaining"], at(&case["dueAt"])), (&left(t.now()), due), "what is left lasts until the deadline");
    t.does(w.grid_worker, "pauseCaseClock", &filed.case).await;
    t.does(w.grid_worker, "resumeCaseClock", &filed.case).await;
    assert_eq!(at(&file(&t, &filed.case).await["dueAt"]), due);
    t.does_with(w.community, "extendDeadline", &filed.case, json!({ "kind": "CASE", "by": "PT12H" })).await;
    let later = time.add(due, Duration::hours(12)).at;
    assert_eq!(at(&file(&t, &filed.case).await["dueAt"]), later, "by what was given");
    // what has stopped keeps what it came to
    t.does(w.grid_worker, "concludeWhistle", &filed.whistle).await;
    t.does(w.grid_worker, "resolveCase", &filed.case).await;
    let stopped = newest(&file(&t, &filed.case).await, "CASE")["remaining"].clone();
    let reset = json!({ "area": "431302000000" });
    t.change(Some(w.admin), "resetWorkingHours", reset, "calendar { ownHours }").await.done("resetWorkingHours");
    assert_eq!(newest(&file(&t, &filed.case).await, "CASE")["remaining"], stopped);
}

/// The same hours on each day of the week.
fn daily(hours: &str) -> WorkingTime {
    let hours = Hours::read(hours).expect("hours");
    WorkingTime::new(Week::new(std::array::from_fn(|_| hours.clone())).expect("a week"), Notices::built_in(), [])
}

fn started(hours: i64, time: &WorkingTime, now: DateTime<Utc>) -> case_clock::Model {
    let policy = deadline_policy::Model {
        id: DeadlinePolicyId(Uuid::nil()),
        district_id: None,
        kind: ClockKind::Case,
        category: None,
        matter_id: None,
        priority: None,
        level: None,
        allowed: hours * 3600,
        hours: ClockHours::Working,
        warn_percent: 75,
        version: 1,
        made_at: now,
        made_by: None,
        ended_at: None,
    };
    let of = Of { case: CaseId(Uuid::nil()), kind: ClockKind::Case, whistle: None, level: HandlingLevel::Grid };
    clock::start(CaseClockId(Uuid::nil()), of, &policy, time, now)
}

fn start() -> DateTime<Utc> {
    "2026-06-10T10:00:00+08:00".parse().expect("an instant")
}

/// How long it runs and by which calendar then, and how long it stands still and by which calendar after that.
type Step = (i64, WorkingTime, i64, WorkingTime);

/// At each step time passes, the calendar becomes another, and the clock stands still for a while.
fn other_calendars_move_neither_deadlines_nor_time_that_was_used() {
    let calendar = || select(vec![WorkingTime::standard(), daily("08:00-20:00"), daily("10:07-10:09,22:00-24:00")]);
    let step = (1..3_000_000_000_i64, calendar(), 1..3_000_i64, calendar());
    let property = |(hours, first, steps): (i64, WorkingTime, Vec<Step>)| {
        let mut now = start();
        let mut clock = started(hours, &first, now);
        for (passed, then, still, next) in steps {
            // beyond the years that are published what has passed is counted
            if clock.provisional {
                return Ok(());
            }
            now += Duration::microseconds(passed);
            let (due, left) = (clock.due_at, clock::remaining(&clock, &then, now));
            prop_assert_eq!(left, then.between(now, due), "what is left lasts until the deadline");
            clock::pause(&mut clock, PauseReason::Materials, &then, now);
            now += Duration::minutes(still);
            prop_assert_eq!(clock::remaining(&clock, &next, now), left, "and stays so while it stands still");
            if left <= Duration::zero() {
                return Ok(());
            }
            clock::resume(&mut clock, &next, now);
            prop_assert_eq!((clock.due_at, clock::remaining(&clock, &next, now)), (next.add(now, left).at, left));
        }
        let left = clock::remaining(&clock, &first, now);
        clock::stop(&mut clock, true, &first, now);
        prop_assert_eq!(clock::remaining(&clock, &WorkingTime::always(), now + Duration::days(9)), left, "nor after it has stopped");
        Ok(())
    };
    TestRunner::default().run(&(1..40_i64, calendar(), prop::collection::vec(step, 1..6)), property).expect("it keeps its time");
}

fn a_segment_of_before_is_counted_by_the_calendar_of_now() {
    let (time, now) = (WorkingTime::standard(), start());
    let mut clock = started(7, &time, now);
    let later = now + Duration::hours(1);
    clock::pause(&mut clock, PauseReason::Materials, &time, later);
    assert_eq!(clock::remaining(&clock, &daily("10:30-12:00"), later), Duration::hours(6));
    for segment in &mut clock.segments.0 {
        segment.used = None;
    }
    assert_eq!(clock::remaining(&clock, &time, later), Duration::hours(6));
    assert_eq!(clock::remaining(&clock, &daily("10:30-12:00"), later), Duration::minutes(390));
}

fn what_has_run_out_stays_run_out_through_a_pause() {
    let (time, now) = (WorkingTime::standard(), start());
    // all of it has gone when the day ends, and nothing more goes in the evening
    let clock = started(6, &time, now);
    let (due, evening) = (now + Duration::minutes(450), now + Duration::hours(10));
    assert_eq!(clock.due_at, due);
    let mut late = clock.clone();
    clock::pause(&mut late, PauseReason::Materials, &time, evening);
    let mut resumed = late.clone();
    clock::resume(&mut resumed, &time, evening + Duration::hours(1));
    assert_eq!(resumed.due_at, due);
    clock::stop(&mut late, true, &time, evening + Duration::hours(1));
    assert_eq!(late.outcome, Some(ClockOutcome::Missed));
    // paused in time it is done in time, whenever that is
    let mut in_time = clock;
    clock::pause(&mut in_time, PauseReason::Materials, &time, now + Duration::hours(1));
    clock::stop(&mut in_time, true, &time, evening);
    assert_eq!(in_time.outcome, Some(ClockOutcome::Met));
}
