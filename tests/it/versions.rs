//! Who decides while looking at an older version is told, and shown how it stands now.

use entity::*;
use serde_json::{Value, json};

use crate::support::{TestApp, cases::mutation_of};

crate::tests! {
    both: [
        a_stale_version_changes_nothing_and_shows_the_case_as_it_stands,
        every_move_of_a_case_heeds_the_version,
        a_stale_version_of_a_whistle_shows_it_as_it_stands,
        of_two_who_close_what_they_saw_one_is_told_of_a_conflict,
        a_version_reveals_nothing_that_is_hidden,
    ],
}

/// It is answered with `CONFLICT`, the case as it stands, and no record has changed; the payload.
async fn conflicts(t: &TestApp, by: PersonId, mutation: &str, on: &str, with: Value) -> Value {
    let before = t.records().await;
    let answer = t.act(by, mutation, on, with).await;
    answer.assert_refused(mutation, "CONFLICT");
    let payload = answer.data()[mutation].clone();
    assert_eq!(payload["userErrors"][0]["path"], json!(["input", "expectedVersion"]), "{mutation}");
    assert_eq!(t.records().await, before, "{mutation}");
    payload
}

async fn a_stale_version_changes_nothing_and_shows_the_case_as_it_stands(t: TestApp) {
    let w = t.world();
    let case = t.report(w.resident).await.case;
    let accepted = t.does_with(w.grid_worker, "acceptCase", &case, json!({ "expectedVersion": 1 })).await;
    assert_eq!(accepted["case"]["version"], 2);
    for stale in [1, 3, -1] {
        let payload = conflicts(&t, w.grid_worker, "startCase", &case, json!({ "expectedVersion": stale })).await;
        assert_eq!([&payload["case"]["version"], &payload["case"]["status"]], [&json!(2), &json!("ACCEPTED")]);
    }
    t.does_with(w.grid_worker, "startCase", &case, json!({ "expectedVersion": 2 })).await;
}

async fn every_move_of_a_case_heeds_the_version(t: TestApp) {
    let w = t.world();
    let into = t.report(w.resident).await.case;
    for &action in CaseAction::ALL {
        let (status, by) = match action {
            CaseAction::Withdraw => (CaseStatus::Reported, w.resident),
            CaseAction::Rate => (CaseStatus::Closed, w.resident),
            CaseAction::Reopen => (CaseStatus::Closed, w.district),
            CaseAction::Close | CaseAction::Return => (CaseStatus::Resolved, w.district),
            CaseAction::RaiseWhistle => (CaseStatus::Accepted, w.grid_worker),
            _ => (CaseStatus::Reported, w.district),
        };
        let case = t.case_in(status).await.case;
        let mut with = json!({ "expectedVersion": 99 });
        if action == CaseAction::Merge {
            with["intoCaseId"] = json!(into);
        }
        let payload = conflicts(&t, by, mutation_of(action), &case, with).await;
        assert_eq!(payload["case"]["id"], json!(case), "{action:?}");
        assert!(payload["whistles"].is_null(), "{action:?}");
    }
}

async fn a_stale_version_of_a_whistle_shows_it_as_it_stands(t: TestApp) {
    let w = t.world();
    let whistle = t.report(w.resident).await.whistle;
    t.does_with(w.grid_worker, "checkInWhistle", &whistle, json!({ "expectedVersion": 1 })).await;
    let payload = conflicts(&t, w.grid_worker, "concludeWhistle", &whistle, json!({ "expectedVersion": 1 })).await;
    assert_eq!([&payload["whistle"]["version"], &payload["whistle"]["status"]], [&json!(2), &json!("CHECKED_IN")]);
    assert_eq!(payload["case"]["status"], "IN_PROGRESS");
    t.does_with(w.grid_worker, "concludeWhistle", &whistle, json!({ "expectedVersion": 2 })).await;
}

async fn of_two_who_close_what_they_saw_one_is_told_of_a_conflict(t: TestApp) {
    let w = t.world();
    for _ in 0..8 {
        let case = t.case_in(CaseStatus::Resolved).await.case;
        let seen = t.look(&case).await["version"].clone();
        let close = |by| t.act(by, "closeCase", &case, json!({ "expectedVersion": seen }));
        let (one, two) = tokio::join!(close(w.community), close(w.community2));
        let mut codes = [one.user_errors("closeCase"), two.user_errors("closeCase")];
        codes.sort_unstable();
        assert_eq!(codes, [vec![], vec!["CONFLICT"]]);
    }
}

async fn a_version_reveals_nothing_that_is_hidden(t: TestApp) {
    let w = t.world();
    let case = t.report(w.resident).await.case;
    t.refuses_with(w.far_community, "acceptCase", &case, json!({ "expectedVersion": 99 }), ("NOT_FOUND", "caseId")).await;
    // whoever may not do it is not told of versions
    t.refuses_with(w.community, "withdrawCase", &case, json!({ "expectedVersion": 99 }), ("FORBIDDEN", "caseId")).await;
}
