//! Reports that officers take in for somebody else 代为上报: the case is the reporter's, and the officer has only entered it.

use entity::PersonId;
use serde_json::{Value, json};

use crate::support::{TestApp, cases::Filed, global::global};

crate::tests! {
    both: [
        a_report_taken_in_is_that_of_the_registered_reporter,
        whose_report_was_taken_in_is_told_when_nobody_comes,
        the_officer_who_entered_a_report_has_no_rights_by_it,
        who_is_not_registered_is_masked_as_any_reporter,
        an_anonymous_reporter_is_known_to_no_officer_but_who_speaks_for_them,
        the_respondent_learns_neither_who_reported_nor_who_entered_it,
        only_officers_of_the_place_report_for_somebody_else,
        an_officer_of_the_unit_that_would_be_called_raises_no_whistle,
        a_report_taken_in_is_made_once_and_its_file_is_whole,
    ],
}

fn unregistered() -> Value {
    json!({ "unregistered": { "name": "王大爷", "phone": "137-11112222" } })
}

async fn taken_in(t: &TestApp, by: PersonId, reporter: Value) -> Filed {
    t.report_with(by, json!({ "channel": "HOTLINE", "reporter": reporter })).await
}

/// The people of a case as this person knows them.
async fn people(t: &TestApp, who: PersonId, case: &str) -> Value {
    let people = "reporter { name phone masked } enteredBy { name phone masked role } timeline(first: 1) { nodes { actor { name role } } }";
    let answer = t.ask(Some(who), &format!(r#"{{ node(id: "{case}") {{ ... on Case {{ {people} }} }} }}"#)).await;
    answer.data()["node"].clone()
}

async fn a_report_taken_in_is_that_of_the_registered_reporter(t: TestApp) {
    let w = t.world();
    let filed = taken_in(&t, w.community, json!({ "personId": global(w.resident) })).await;
    assert_eq!(filed.payload["whistle"]["target"]["id"], global(w.grid1));
    assert_eq!([&filed.payload["whistle"]["from"], &filed.payload["whistle"]["status"]], [&Value::Null, &json!("RAISED")]);
    let seen = people(&t, w.resident, &filed.case).await;
    assert_eq!(seen["reporter"], json!({ "name": "居民甲", "phone": "13900000000", "masked": false }));
    assert_eq!([&seen["enteredBy"]["name"], &seen["enteredBy"]["role"]], [&json!("社**"), &json!("COMMUNITY_OFFICER")]);
    let seen = people(&t, w.grid_worker, &filed.case).await;
    let officer = json!({ "name": "社区甲", "phone": null, "masked": false, "role": "COMMUNITY_OFFICER" });
    assert_eq!([&seen["reporter"]["name"], &seen["enteredBy"]], [&json!("居民甲"), &officer]);
    assert_eq!(seen["timeline"]["nodes"][0]["actor"], json!({ "name": "社区甲", "role": "COMMUNITY_OFFICER" }));
    t.does(w.grid_worker, "checkInWhistle", &filed.whistle).await;
    t.push().await;
    assert_eq!((t.notices(w.resident).await, t.notices(w.community).await), (vec!["CASE_STATUS_CHANGED".into()], vec![]));
    t.does(w.resident, "rateWhistle", &filed.whistle).await;
    t.does(w.grid_worker, "concludeWhistle", &filed.whistle).await;
    t.does(w.grid_worker, "resolveCase", &filed.case).await;
    t.does(w.community, "closeCase", &filed.case).await;
    t.does(w.resident, "rateCase", &filed.case).await;
    t.does(w.resident, "reopenCase", &filed.case).await;
    // their own report was entered by nobody else
    let own = t.report(w.resident).await;
    assert_eq!(people(&t, w.grid_worker, &own.case).await["enteredBy"], Value::Null);
    let named = taken_in(&t, w.resident, json!({ "personId": global(w.resident) })).await;
    assert_eq!(people(&t, w.grid_worker, &named.case).await["enteredBy"], Value::Null);
}

async fn whose_report_was_taken_in_is_told_when_nobody_comes(t: TestApp) {
    let w = t.world();
    let filed = taken_in(&t, w.community, json!({ "personId": global(w.resident) })).await;
    t.does(w.subdistrict, "escalateWhistle", &filed.whistle).await;
    t.push().await;
    assert_eq!(t.notices(w.resident).await, ["WHISTLE_ESCALATED"]);
    // the officer as any other of the unit that is called now
    for who in [w.community, w.community2] {
        assert_eq!(t.notices(who).await, ["WHISTLE_RAISED"]);
    }
}

async fn the_officer_who_entered_a_report_has_no_rights_by_it(t: TestApp) {
    let w = t.world();
    for reporter in [json!({ "personId": global(w.resident) }), unregistered()] {
        let filed = taken_in(&t, w.community, reporter).await;
        t.refuses(w.community, "withdrawCase", &filed.case, ("FORBIDDEN", "caseId")).await;
        t.does(w.grid_worker, "checkInWhistle", &filed.whistle).await;
        t.refuses(w.community, "rateWhistle", &filed.whistle, ("FORBIDDEN", "whistleId")).await;
        t.does(w.grid_worker, "concludeWhistle", &filed.whistle).await;
        t.does(w.grid_worker, "resolveCase", &filed.case).await;
        t.does(w.community2, "closeCase", &filed.case).await;
        t.refuses(w.community, "rateCase", &filed.case, ("FORBIDDEN", "caseId")).await;
    }
}

async fn who_is_not_registered_is_masked_as_any_reporter(t: TestApp) {
    let w = t.world();
    let filed = taken_in(&t, w.community, unregistered()).await;
    assert_eq!(filed.payload["whistle"]["target"]["id"], global(w.grid1));
    let open = json!({ "name": "王大爷", "phone": "13711112222", "masked": false });
    let masked = json!({ "name": "王**", "phone": "137****2222", "masked": true });
    for (who, expected) in [
        (w.grid_worker, &open),
        // who entered it knows them
        (w.community, &open),
        (w.community2, &masked),
        (w.secretary, &masked),
        (w.district, &masked),
        (w.analyst, &masked),
        (w.admin, &masked),
    ] {
        let seen = people(&t, who, &filed.case).await;
        assert_eq!(&seen["reporter"], expected, "to {who:?}");
        assert_eq!(seen["enteredBy"]["name"], "社区甲", "to {who:?}");
    }
    assert_eq!(people(&t, w.resident, &filed.case).await, Value::Null);
    // who does not say who they are
    let nobody = taken_in(&t, w.community, json!({ "unregistered": {} })).await;
    let seen = people(&t, w.grid_worker, &nobody.case).await;
    assert_eq!([&seen["reporter"], &seen["enteredBy"]["name"]], [&Value::Null, &json!("社区甲")]);
}

async fn an_anonymous_reporter_is_known_to_no_officer_but_who_speaks_for_them(t: TestApp) {
    let w = t.world();
    let anonymous = |reporter: Value| json!({ "anonymous": true, "reporter": reporter });
    let filed = t.report_with(w.community, anonymous(unregistered())).await;
    for who in [w.grid_worker, w.community2, w.district, w.admin] {
        let seen = people(&t, who, &filed.case).await;
        assert_eq!([&seen["reporter"], &seen["enteredBy"]["name"]], [&Value::Null, &json!("社区甲")], "to {who:?}");
    }
    assert_eq!(people(&t, w.community, &filed.case).await["reporter"]["name"], "王大爷");
    // who is registered speaks for themselves
    let filed = t.report_with(w.community, anonymous(json!({ "personId": global(w.resident) }))).await;
    for who in [w.grid_worker, w.community, w.community2] {
        assert_eq!(people(&t, who, &filed.case).await["reporter"], Value::Null, "to {who:?}");
    }
    assert_eq!(people(&t, w.resident, &filed.case).await["reporter"]["name"], "居民甲");
}

async fn the_respondent_learns_neither_who_reported_nor_who_entered_it(t: TestApp) {
    let w = t.world();
    for reporter in [json!({ "personId": global(w.resident) }), unregistered()] {
        let over = json!({ "reporter": reporter, "respondent": { "personId": global(w.grid_worker) } });
        let filed = t.report_with(w.subdistrict, over).await;
        // whoever answers for the place sees the case all the same
        let seen = people(&t, w.grid_worker, &filed.case).await;
        assert_eq!(seen, json!({ "reporter": null, "enteredBy": null, "timeline": { "nodes": [{ "actor": null }] } }));
    }
    let about_us = json!({ "reporter": unregistered(), "respondent": { "handlerId": global(w.area_community) } });
    t.try_report(w.community, about_us).await.assert_refused("reportCase", "RESPONDENT");
}

async fn only_officers_of_the_place_report_for_somebody_else(t: TestApp) {
    let w = t.world();
    let for_other = |reporter: Value| json!({ "reporter": reporter });
    for who in [w.resident, w.secretary, w.department, w.firm, w.grid_worker2, w.far_community, w.nobody] {
        for reporter in [json!({ "personId": global(w.resident2) }), unregistered()] {
            let answer = t.try_report(who, for_other(reporter)).await;
            answer.assert_refused("reportCase", "FORBIDDEN");
            assert_eq!(answer.data()["reportCase"]["userErrors"][0]["path"], json!(["input", "reporter"]), "{who:?}");
        }
    }
    let wrong = [
        (json!({ "personId": global(w.far_resident) }), "NOT_FOUND", "personId"),
        (json!({ "unregistered": { "phone": "13711112222" } }), "REQUIRED", "unregistered.name"),
        (json!({ "unregistered": { "name": "王大爷", "phone": "一三七" } }), "INVALID_FORMAT", "unregistered.phone"),
        (json!({ "unregistered": { "name": "王".repeat(51) } }), "TOO_LONG", "unregistered.name"),
    ];
    for (reporter, code, field) in wrong {
        let answer = t.try_report(w.community, for_other(reporter)).await;
        answer.assert_refused("reportCase", code);
        let path: Vec<&str> = ["input", "reporter"].into_iter().chain(field.split('.')).collect();
        assert_eq!(answer.data()["reportCase"]["userErrors"][0]["path"], json!(path));
    }
    assert!(t.records().await.cases.is_empty());
    for who in [w.grid_worker, w.community, w.subdistrict, w.district] {
        taken_in(&t, who, unregistered()).await;
    }
}

async fn an_officer_of_the_unit_that_would_be_called_raises_no_whistle(t: TestApp) {
    let w = t.world();
    let filed = taken_in(&t, w.grid_worker, unregistered()).await;
    assert_eq!(filed.payload["whistle"], Value::Null);
    assert_eq!(filed.payload["case"]["handler"]["id"], global(w.grid1));
    t.does(w.grid_worker, "acceptCase", &filed.case).await;
}

async fn a_report_taken_in_is_made_once_and_its_file_is_whole(t: TestApp) {
    let w = t.world();
    let with = |name: &str| json!({ "idempotencyKey": "1", "reporter": { "unregistered": { "name": name } } });
    let first = t.try_report(w.community, with("王大爷")).await;
    let case = first.done("reportCase")["case"]["id"].as_str().expect("an id").to_owned();
    assert_eq!(t.try_report(w.community, with("王大爷")).await.json, first.json);
    t.try_report(w.community, with("李大妈")).await.assert_refused("reportCase", "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(t.tally().await, (1, 1, 1));
    t.does(w.grid_worker, "acceptCase", &case).await;
    let asked = format!(r#"{{ node(id: "{case}") {{ ... on Case {{ fileIntegrity {{ intact events }} }} }} }}"#);
    let answer = t.ask(Some(w.district), &asked).await;
    assert_eq!(answer.data()["node"]["fileIntegrity"], json!({ "intact": true, "events": 2 }));
}
