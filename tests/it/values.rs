//! The values of a report: texts, numbers, the one place.

use chrono::Duration;
use entity::*;
use serde_json::{Value, json};

use crate::{
    input::{refused, reported},
    support::{TestApp, global::global},
};

crate::tests! {
    both: [
        texts_are_measured_in_characters,
        texts_are_kept_as_they_are,
        texts_that_say_nothing_or_hide_something_are_refused,
        values_outside_their_range_are_refused,
        a_place_is_exactly_one,
    ],
}

async fn texts_are_measured_in_characters(t: TestApp) {
    for (field, most) in [("title", 100), ("description", 4000)] {
        // three and four bytes each
        for letter in ["a", "哨", "🚨"] {
            let full = letter.repeat(most);
            let answer = reported(&t, |input| input[field] = json!(full)).await;
            assert_eq!(answer.done("reportCase")["case"][field], full);
            refused(&t, "TOO_LONG", field, |input| input[field] = json!(letter.repeat(most + 1))).await;
        }
    }
    refused(&t, "TOO_LONG", "respondent.name", |input| input["respondent"] = json!({ "name": "王".repeat(101) })).await;
    let answer = reported(&t, |input| input["title"] = json!(format!("  {}\n", "字".repeat(100)))).await;
    assert_eq!(answer.done("reportCase")["case"]["title"], "字".repeat(100), "blanks around it do not count");
}

async fn texts_are_kept_as_they_are(t: TestApp) {
    for text in [
        "🚨👨‍👩‍👧‍👦🇨🇳",
        "e\u{301}",
        "'; DROP TABLE case_file; --",
        "<script>alert(1)</script>",
        "a\tb\r\nc",
        "%_\\",
        "\u{202e}אב",
        "𠮷野家",
        "{ $max }",
    ] {
        let answer = reported(&t, |input| (input["title"], input["description"]) = (json!(text), json!(text))).await;
        assert_eq!(answer.done("reportCase")["case"], json!({ "title": text, "description": text }));
    }
    let cases = t.ask(Some(t.world().resident), r#"{ cases(filter: {title: {contains: "👨‍👩‍👧‍👦"}}) { totalCount } }"#).await;
    assert_eq!(cases.data()["cases"]["totalCount"], 1);
}

async fn texts_that_say_nothing_or_hide_something_are_refused(t: TestApp) {
    for blank in ["", " ", "\n\t", "\u{3000}"] {
        refused(&t, "REQUIRED", "title", |input| input["title"] = json!(blank)).await;
        let answer = reported(&t, |input| input["description"] = json!(blank)).await;
        assert_eq!(answer.done("reportCase")["case"]["description"], Value::Null, "blank is absent");
    }
    for hidden in ["a\0b", "a\u{7}b", "a\u{1b}[2Jb", "a\u{85}b", "a\u{7f}b"] {
        refused(&t, "INVALID_CHARACTERS", "title", |input| input["title"] = json!(hidden)).await;
        refused(&t, "INVALID_CHARACTERS", "description", |input| input["description"] = json!(hidden)).await;
    }
    let case = t.case(|_| {}).await;
    let before = t.tally().await;
    for (name, field, input) in [
        ("rejectCase", "reason", json!({ "caseId": global(case.id), "reason": " " })),
        ("addCaseNote", "note", json!({ "caseId": global(case.id), "note": "" })),
        ("resolveCase", "resolution", json!({ "caseId": global(case.id), "resolution": "\n" })),
    ] {
        let answer = t.change(Some(t.world().grid_worker), name, input, "case { id }").await;
        answer.assert_refused(name, "REQUIRED");
        assert_eq!(answer.data()[name]["userErrors"][0]["path"], json!(["input", field]));
    }
    assert_eq!(t.tally().await, before);
    for filter in [
        r#"title: {contains: "a\u0000"}"#,
        r#"title: {eq: "\u0000"}"#,
        r#"number: {in: ["1", "\u0000"]}"#,
        r#"title: {startsWith: "\u0000"}"#,
    ] {
        t.ask(Some(t.world().district), &format!("{{ cases(filter: {{{filter}}}) {{ totalCount }} }}")).await.assert_code("BAD_USER_INPUT");
    }
}

async fn values_outside_their_range_are_refused(t: TestApp) {
    for (longitude, latitude, wrong) in [
        (181.0, 0.0, "longitude"),
        (-180.1, 0.0, "longitude"),
        (0.0, 90.01, "latitude"),
        (0.0, -91.0, "latitude"),
        (1e308, 0.0, "longitude"),
    ] {
        let location = json!({ "longitude": longitude, "latitude": latitude });
        refused(&t, "OUT_OF_RANGE", &format!("location.{wrong}"), |input| input["location"] = location).await;
    }
    reported(&t, |input| input["location"] = json!({ "longitude": 180, "latitude": -90.0 })).await.done("reportCase");
    let case = t.case(|c| c.status = CaseStatus::Closed).await;
    for score in [0, 6, -1, i32::MAX] {
        let answer =
            t.change(Some(t.world().resident), "rateCase", json!({ "caseId": global(case.id), "score": score }), "case { id }").await;
        answer.assert_refused("rateCase", "OUT_OF_RANGE");
    }
    refused(&t, "OUT_OF_RANGE", "place.areaCode", |input| input["place"] = json!({ "areaCode": "431300000000" })).await;
    let case = t.case(|_| {}).await;
    let whistle = t.whistle(&case, HandlerKind::Grid, t.world().grid1).await;
    for at in [t.now() + Duration::seconds(1), t.now() - Duration::seconds(1)] {
        let input = json!({ "whistleId": global(whistle.id), "onSiteAt": at });
        let answer = t.change(Some(t.world().grid_worker), "checkInWhistle", input, "case { id }").await;
        answer.assert_refused("checkInWhistle", "MISMATCH");
    }
}

async fn a_place_is_exactly_one(t: TestApp) {
    let w = t.world();
    let before = t.tally().await;
    for place in [
        json!({}),
        json!({ "complexId": global(w.xinyue), "buildingId": global(w.building1) }),
        json!({ "complexId": null }),
        json!({ "complexId": global(w.xinyue), "areaCode": null }),
        json!([]),
        json!("431302001009"),
    ] {
        let answer = reported(&t, |input| input["place"] = place.clone()).await;
        assert_eq!(answer.code(), Some("BAD_USER_INPUT"), "{place}: {:#}", answer.json);
    }
    for respondent in [json!({}), json!({ "name": "某", "handlerId": global(w.firm_a) })] {
        let answer = reported(&t, |input| input["respondent"] = respondent.clone()).await;
        assert_eq!(answer.code(), Some("BAD_USER_INPUT"), "{respondent}: {:#}", answer.json);
    }
    assert_eq!(t.tally().await, before);
    reported(&t, |input| input["place"] = json!({ "areaCode": "431302001009" })).await.done("reportCase");
}
