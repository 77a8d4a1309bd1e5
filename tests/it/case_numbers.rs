//! Case numbers: district, year, sequence.

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::support::{TestApp, global::global};

crate::tests! {
    both: [
        parallel_reports_are_numbered_without_gaps_in_the_order_of_their_commits,
        a_new_year_starts_at_one_at_midnight_in_shanghai,
        each_district_and_a_city_without_districts_count_for_themselves,
        a_refused_report_uses_no_number,
    ],
}

async fn parallel_reports_are_numbered_without_gaps_in_the_order_of_their_commits(t: TestApp) {
    const REPORTS: usize = 40;
    let t = Arc::new(t);
    let w = t.world();
    let reports: Vec<_> = (0..REPORTS)
        .map(|i| {
            let t = t.clone();
            let building = global([w.building1, w.building3, w.other_building, w.far_building][i % 4]);
            tokio::spawn(async move { t.report_with(t.world().resident, json!({ "place": { "buildingId": building } })).await.number })
        })
        .collect();
    let expected = |count: usize| (1..=count).map(|n| format!("431302-2026-{n:06}")).collect::<Vec<_>>();
    // whoever looks meanwhile never sees a number before those below it
    loop {
        let all_done = reports.iter().all(JoinHandle::is_finished);
        let seen = numbers(&t).await;
        assert_eq!(seen, expected(seen.len()));
        if all_done {
            break;
        }
    }
    let mut given = Vec::new();
    for report in reports {
        given.push(report.await.expect("a number"));
    }
    given.sort_unstable();
    assert_eq!(given, expected(REPORTS));
}

async fn numbers(t: &TestApp) -> Vec<String> {
    let query = "{ cases(first: 200, orderBy: { field: NUMBER, direction: ASC }) { nodes { number } } }";
    let answer = t.gql(Some(&t.token(t.world().district)), query, json!({})).await;
    let nodes = answer.data()["cases"]["nodes"].as_array().expect("cases").clone();
    nodes.iter().filter_map(|case| case["number"].as_str().map(str::to_owned)).collect()
}

async fn a_new_year_starts_at_one_at_midnight_in_shanghai(t: TestApp) {
    let w = t.world();
    assert_eq!(t.report(w.resident).await.number, "431302-2026-000001");
    let midnight: DateTime<Utc> = "2027-01-01T00:00:00+08:00".parse().expect("an instant");
    t.advance(midnight - t.now() - Duration::microseconds(1));
    assert_eq!(t.report(w.resident).await.number, "431302-2026-000002");
    t.advance(Duration::microseconds(1));
    assert_eq!(t.report(w.resident).await.number, "431302-2027-000001");
    assert_eq!(t.report(w.resident).await.number, "431302-2027-000002");
}

async fn each_district_and_a_city_without_districts_count_for_themselves(t: TestApp) {
    let w = t.world();
    assert_eq!(t.report(w.resident).await.number, "431302-2026-000001");
    // no district above it: the city stands in
    let dongguan = t.report_with(w.nobody, json!({ "place": { "areaCode": "441900003001" } })).await;
    assert_eq!(dongguan.number, "441900-2026-000001");
    assert_eq!(dongguan.payload["case"]["level"], "COMMUNITY");
    // another community and another subdistrict are the same district
    let far = t.report_with(w.far_resident, json!({ "place": { "complexId": global(w.far) } })).await;
    assert_eq!(far.number, "431302-2026-000002");
    let dongguan = t.report_with(w.nobody, json!({ "place": { "areaCode": "441900003000" } })).await;
    assert_eq!(dongguan.number, "441900-2026-000002");
}

async fn a_refused_report_uses_no_number(t: TestApp) {
    let w = t.world();
    t.report(w.resident).await;
    for (over, code) in [
        (json!({ "place": { "areaCode": "430000000000" } }), "OUT_OF_RANGE"),
        (json!({ "place": { "areaCode": "441900000000" } }), "OUT_OF_RANGE"),
        (json!({ "place": { "areaCode": "999999999999" } }), "NOT_FOUND"),
        (json!({ "title": " " }), "REQUIRED"),
        (json!({ "matterId": global(w.matter_fire) }), "MISMATCH"),
        (json!({ "respondent": { "personId": global(w.far_resident) } }), "NOT_FOUND"),
    ] {
        let refused = t.try_report(w.resident, over).await;
        refused.assert_refused("reportCase", code);
        assert_eq!(refused.data()["reportCase"]["case"], Value::Null);
    }
    assert_eq!(t.report(w.resident).await.number, "431302-2026-000002");
}
