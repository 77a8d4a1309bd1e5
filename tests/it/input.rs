//! Bad input of a mutation or an argument gets a clear answer and changes nothing.

use entity::*;
use serde_json::{Value, json};

use crate::support::{TestApp, ask::report, client::Response, global::global};

crate::tests! {
    both: [
        an_id_in_any_place_of_an_input_is_not_found_alike,
        a_cursor_that_does_not_fit_is_refused,
        a_page_size_that_does_not_fit_is_refused,
        a_code_or_a_day_that_is_none_is_refused,
        a_document_that_does_not_fit_the_schema_is_refused,
        variables_left_out_are_arguments_left_out,
        the_wrong_role_is_told_so,
        messages_come_in_the_language_asked_for,
    ],
}

pub async fn reported(t: &TestApp, change: impl FnOnce(&mut Value)) -> Response {
    let mut input = report(t);
    change(&mut input);
    t.change(Some(t.world().resident), "reportCase", input, "case { title description }").await
}

/// Refused with this code at this path, and nothing has changed.
pub async fn refused(t: &TestApp, code: &str, path: &str, change: impl FnOnce(&mut Value)) {
    let before = t.tally().await;
    let answer = reported(t, change).await;
    answer.assert_refused("reportCase", code);
    let expected: Vec<&str> = std::iter::once("input").chain(path.split('.')).collect();
    assert_eq!(answer.data()["reportCase"]["userErrors"][0]["path"], json!(expected));
    assert_eq!(answer.data()["reportCase"]["case"], Value::Null);
    assert_eq!(t.tally().await, before);
}

async fn an_id_in_any_place_of_an_input_is_not_found_alike(t: TestApp) {
    let w = t.world();
    let strange = t.app.clock.new_id::<CaseId>();
    let bad = [
        String::new(),
        "x".into(),
        "\0".into(),
        "complex_0".into(),
        global(strange),
        global(ComplexId(strange.0)),
        global(PersonId(strange.0)),
        global(w.analyst),
        global(w.contract),
    ];
    for id in &bad {
        refused(&t, "NOT_FOUND", "place.complexId", |input| input["place"] = json!({ "complexId": id })).await;
        refused(&t, "NOT_FOUND", "place.buildingId", |input| input["place"] = json!({ "buildingId": id })).await;
        refused(&t, "NOT_FOUND", "matterId", |input| input["matterId"] = json!(id)).await;
        refused(&t, "NOT_FOUND", "respondent.handlerId", |input| input["respondent"] = json!({ "handlerId": id })).await;
        refused(&t, "NOT_FOUND", "respondent.personId", |input| input["respondent"] = json!({ "personId": id })).await;
    }
    refused(&t, "NOT_FOUND", "place.areaCode", |input| input["place"] = json!({ "areaCode": "999999999999" })).await;
    // a person the reporter may not see
    refused(&t, "NOT_FOUND", "respondent.personId", |input| input["respondent"] = json!({ "personId": global(w.far_community) })).await;
    // an area that is no unit
    refused(&t, "NOT_FOUND", "respondent.handlerId", |input| input["respondent"] = json!({ "handlerId": global(w.area_province) })).await;
    let case = t.case(|c| c.status = CaseStatus::Accepted).await;
    let before = t.tally().await;
    for id in &bad {
        let case = global(case.id);
        for (who, name, field, input) in [
            (w.community, "assignCase", "handlerId", json!({ "caseId": case, "handlerId": id })),
            (w.community, "classifyCase", "matterId", json!({ "caseId": case, "matterId": id })),
            (w.community, "mergeCase", "intoCaseId", json!({ "caseId": case, "intoCaseId": id })),
            (
                w.community,
                "raiseWhistle",
                "targetIds",
                json!({ "caseId": case, "to": "DEPARTMENT", "targetIds": [global(w.dep_urban), id] }),
            ),
            (
                w.community,
                "raiseWhistle",
                "leadId",
                json!({ "caseId": case, "to": "DEPARTMENT", "targetIds": [global(w.dep_urban)], "leadId": id }),
            ),
        ] {
            let answer = t.change(Some(who), name, input, "case { id }").await;
            answer.assert_refused(name, "NOT_FOUND");
            assert_eq!(answer.data()[name]["userErrors"][0]["path"], json!(["input", field]), "{name} {id}");
        }
    }
    assert_eq!(t.tally().await, before);
}

async fn a_cursor_that_does_not_fit_is_refused(t: TestApp) {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    t.case(|_| {}).await;
    let who = Some(t.world().district);
    let cursors = "{ areas { pageInfo { endCursor } } named: areas(orderBy: {field: NAME}) { pageInfo { endCursor } }
        down: areas(orderBy: {field: CODE, direction: DESC}) { pageInfo { endCursor } }
        matters { pageInfo { endCursor } } complexes { pageInfo { endCursor } } cases { pageInfo { endCursor } } persons { pageInfo { endCursor } } }";
    let answer = t.ask(who, cursors).await;
    let cursor = |list: &str| answer.data()[list]["pageInfo"]["endCursor"].as_str().expect("a cursor").to_owned();
    let fits = async |list: &str, cursor: &str| {
        let document = format!(
            "query($cursor: String) {{ {list}(after: $cursor) {{ nodes {{ id }} }} other: {list}(before: $cursor) {{ nodes {{ id }} }} }}"
        );
        let answer = t.ask_with(who, &document, json!({ "cursor": cursor })).await;
        match answer.code() {
            None => true,
            code => {
                assert_eq!(code, Some("BAD_USER_INPUT"), "{list} {cursor}: {:#}", answer.json);
                false
            }
        }
    };
    for list in ["areas", "complexes", "cases", "matters", "persons"] {
        assert!(fits(list, &cursor(list)).await, "{list}");
    }
    for (list, from) in [
        ("areas", "named"),
        ("areas", "down"),
        ("areas", "matters"),
        ("matters", "areas"),
        ("propertyFirms", "complexes"),
        ("cases", "areas"),
    ] {
        assert!(!fits(list, &cursor(from)).await, "a cursor of {from} in {list}");
    }
    // made up: with the right name, but a value of another kind, or one that a database cannot take
    let forged = |list: &str, key: Value| {
        let mut inner: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(cursor(list)).expect("base64")).expect("JSON");
        inner["p"]["key"] = key;
        URL_SAFE_NO_PAD.encode(inner.to_string())
    };
    let day = json!({ "date": "-4800-01-01" });
    for (list, key) in [
        ("areas", json!({ "text": "a\0b" })),
        ("areas", json!({ "int": 1 })),
        ("areas", json!({ "time": 1 })),
        ("areas", day.clone()),
        ("cases", json!({ "text": "431302" })),
        ("cases", json!({ "time": i64::MAX })),
        ("cases", json!({ "time": i64::MIN })),
        ("cases", day),
        ("persons", json!({ "text": "x" })),
    ] {
        assert!(!fits(list, &forged(list, key.clone())).await, "{list} {key}");
    }
    for garbage in ["", "x", "\0", "游标", "e30", "bnVsbA", "W10=", &"A".repeat(50_000), &cursor("areas")[1..]] {
        assert!(!fits("areas", garbage).await, "{garbage:.20}");
    }
}

async fn a_page_size_that_does_not_fit_is_refused(t: TestApp) {
    for arguments in
        ["first: -1", "last: -1", "first: 201", "last: 201", "first: 1000", "first: -2147483648", "first: 1, last: 1", "first: 0, last: 0"]
    {
        for document in [
            format!("{{ areas({arguments}) {{ nodes {{ id }} }} }}"),
            format!("{{ areas {{ nodes {{ children({arguments}) {{ nodes {{ id }} }} }} }} }}"),
        ] {
            let answer = t.ask(None, &document).await;
            answer.assert_code("BAD_USER_INPUT");
        }
    }
    for arguments in ["first: 1.5", "first: \"1\"", "first: true", "first: [1, 2]"] {
        t.ask(None, &format!("{{ areas({arguments}) {{ nodes {{ id }} }} }}")).await.assert_code("BAD_USER_INPUT");
    }
    // told by the guard, before anything is read
    for arguments in ["first: 2147483647", "first: 2147483648"] {
        t.ask(None, &format!("{{ areas({arguments}) {{ nodes {{ id }} }} }}")).await.assert_code("QUERY_TOO_COMPLEX");
    }
    for arguments in ["first: 200", "last: 0", "first: null, last: 3", "first: 3, last: null"] {
        t.ask(None, &format!("{{ areas({arguments}) {{ nodes {{ id }} }} }}")).await.data();
    }
    let ids: Vec<String> = (0..201).map(|_| global(t.world().xinyue)).collect();
    let document = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }";
    t.ask_with(None, document, json!({ "ids": ids })).await.assert_code("BAD_USER_INPUT");
    let answer = t.ask_with(None, document, json!({ "ids": ids[..200] })).await;
    assert_eq!(answer.data()["nodes"].as_array().map(Vec::len), Some(200));
}

async fn a_code_or_a_day_that_is_none_is_refused(t: TestApp) {
    for code in ["12", "", "43130200000x", "43130200000\0", "４３１３０２００００００", "4313020000000", "431302000000 ", "-31302000000"]
    {
        for document in
            ["query($c: AreaCode!) { area(code: $c) { id } }", "query($c: AreaCode!) { areas(filter: {area: $c}) { totalCount } }"]
        {
            t.ask_with(None, document, json!({ "c": code })).await.assert_code("BAD_USER_INPUT");
        }
    }
    t.ask(None, "{ area(code: 431302000000) { id } }").await.assert_code("BAD_USER_INPUT");
    assert_eq!(t.ask(None, r#"{ area(code: "999999999999") { id } }"#).await.data()["area"], Value::Null);
    let cases = "query($at: DateTime) { cases(filter: {reportedAt: {gte: $at}}) { totalCount } }";
    for at in [
        "",
        "gestern",
        "2026-02-30T00:00:00Z",
        "2026-06-10",
        "2026-06-10T10:00:00",
        "2026-06-10T25:00:00Z",
        "-4800-01-01T00:00:00Z",
        "+10000-01-01T00:00:00Z",
    ] {
        t.ask_with(Some(t.world().district), cases, json!({ "at": at })).await.assert_code("BAD_USER_INPUT");
    }
    let contracts = "query($on: Date) { complexes { nodes { contracts(filter: {startsOn: {gte: $on}}) { totalCount } } } }";
    for on in ["", "2026-02-30", "2026-6-1", "2026-06-10T00:00:00Z", "-4800-01-01", "+10000-01-01", "20260610", "2026/06/10"] {
        t.ask_with(None, contracts, json!({ "on": on })).await.assert_code("BAD_USER_INPUT");
    }
    assert_eq!(t.ask(None, r#"{ case(number: "431302-2026-\u0000") { id } }"#).await.data()["case"], Value::Null);
}

async fn a_document_that_does_not_fit_the_schema_is_refused(t: TestApp) {
    let before = t.tally().await;
    let who = Some(t.world().resident);
    let documents = [
        "{",
        "",
        "{ nothing }",
        "{ areas { nodes } }",
        "{ areas { totalCount { x } } }",
        "{ areas(colour: 1) { totalCount } }",
        "{ area { id } }",
        "{ area(code: null) { id } }",
        "{ cases(filter: {status: {eq: OPEN}}) { totalCount } }",
        "{ cases(orderBy: {direction: ASC}) { totalCount } }",
        "{ cases(filter: {and: [null]}) { totalCount } }",
        "{ cases(filter: [1]) { totalCount } }",
        "query($id: ID!) { node(id: $id) { id } }",
        "query($id: Nothing) { node(id: $id) { id } }",
        "query { node(id: $id) { id } }",
        "{ ...F }",
        "fragment F on Query { areas { totalCount } }",
        "{ a: areas { totalCount } a: complexes { totalCount } }",
        "mutation { reportCase { case { id } } }",
        "mutation { reportCase(input: null) { case { id } } }",
        "mutation { reportCase(input: {}) { case { id } } }",
        "mutation { acceptCase(input: {caseId: null}) { case { id } } }",
        "mutation { acceptCase(input: {caseId: \"x\", colour: 1}) { case { id } } }",
        "subscription { heartbeat }",
    ];
    for document in documents {
        let answer = t.ask(who, document).await;
        assert_eq!(answer.code(), Some("BAD_USER_INPUT"), "{document}: {:#}", answer.json);
    }
    for (field, value) in [
        ("category", json!("NONSENSE")),
        ("category", Value::Null),
        ("title", Value::Null),
        ("title", json!(7)),
        ("title", json!(["a"])),
        ("anonymous", json!("yes")),
        ("anonymous", Value::Null),
        ("location", json!({ "longitude": 1 })),
        ("location", json!({ "longitude": "1", "latitude": 1 })),
        ("priority", json!("normal")),
        ("matterId", json!(1.5)),
        ("colour", json!("red")),
    ] {
        let answer = reported(&t, |input| input[field] = value.clone()).await;
        assert_eq!(answer.code(), Some("BAD_USER_INPUT"), "{field} {value}: {:#}", answer.json);
    }
    for missing in ["category", "title", "place"] {
        let answer = reported(&t, |input| drop(input.as_object_mut().expect("an object").remove(missing))).await;
        assert_eq!(answer.code(), Some("BAD_USER_INPUT"), "without {missing}: {:#}", answer.json);
    }
    assert_eq!(t.tally().await, before);
}

async fn variables_left_out_are_arguments_left_out(t: TestApp) {
    t.case(|_| {}).await;
    let document =
        "query($first: Int, $after: String, $last: Int, $filter: CaseFilter, $order: CaseOrder, $open: Boolean, $area: AreaCode) {
        cases(first: $first, after: $after, last: $last, filter: $filter, orderBy: $order) { totalCount nodes { id } }
        some: cases(filter: {open: $open, area: $area, and: [{open: $open}]}) { totalCount }
        complexes { nodes { cases(first: $first, filter: $filter) { totalCount } } }
    }";
    let district = Some(t.world().district);
    let plain = t
        .ask(district, "{ cases { totalCount nodes { id } } some: cases { totalCount } complexes { nodes { cases { totalCount } } } }")
        .await;
    let null = json!({ "first": null, "after": null, "last": null, "filter": null, "order": null, "open": null, "area": null });
    for variables in [json!({}), Value::Null, null, json!({ "first": 5, "unknown": 1 })] {
        let answer = t.ask_with(district, document, variables.clone()).await;
        assert_eq!(answer.data(), plain.data(), "{variables}");
    }
    let defaults =
        "query($first: Int = 0, $yes: Boolean = false) { cases(first: $first) { nodes { id } } areas @include(if: $yes) { totalCount } }";
    assert_eq!(t.ask(district, defaults).await.data(), &json!({ "cases": { "nodes": [] } }));
    let mutation = "mutation($reason: String, $place: CasePlaceInput!, $anonymous: Boolean = true) { reportCase(input: {category: HAZARD, title: \"t\", description: $reason, place: $place, anonymous: $anonymous}) { case { description } userErrors { code } } }";
    let place = json!({ "place": report(&t)["place"] });
    let answer = t.ask_with(Some(t.world().resident), mutation, place).await;
    assert_eq!(answer.done("reportCase")["case"]["description"], Value::Null);
}

async fn the_wrong_role_is_told_so(t: TestApp) {
    let w = t.world();
    let case = t.case(|_| {}).await;
    let whistle = t.whistle(&case, HandlerKind::Grid, w.grid1).await;
    let (case, whistle) = (global(case.id), global(whistle.id));
    let before = t.tally().await;
    for (who, name, input, code) in [
        (w.resident, "acceptCase", json!({ "caseId": case }), "FORBIDDEN"),
        (w.resident, "checkInWhistle", json!({ "whistleId": whistle }), "NOT_CALLED"),
        (w.community, "checkInWhistle", json!({ "whistleId": whistle }), "NOT_CALLED"),
        (w.community, "withdrawCase", json!({ "caseId": case }), "FORBIDDEN"),
        (w.secretary, "rejectCase", json!({ "caseId": case, "reason": "r" }), "FORBIDDEN"),
        (w.grid_worker, "rateCase", json!({ "caseId": case, "score": 5 }), "FORBIDDEN"),
        (w.grid_worker, "withdrawWhistle", json!({ "whistleId": whistle }), "FORBIDDEN"),
        (w.grid_worker, "ruleOnWhistle", json!({ "whistleId": whistle, "uphold": true }), "FORBIDDEN"),
        (w.grid_worker, "raiseWhistle", json!({ "caseId": case, "to": "DISTRICT" }), "WRONG_LEVEL"),
    ] {
        let answer = t.change(Some(who), name, input, "__typename").await;
        answer.assert_refused(name, code);
    }
    assert_eq!(t.tally().await, before);
}

async fn messages_come_in_the_language_asked_for(t: TestApp) {
    let ask = async |language: Option<&str>, body: Value| {
        let mut request = t.http().post(t.url("/graphql")).bearer_auth(t.token(t.world().resident)).json(&body);
        if let Some(language) = language {
            request = request.header("Accept-Language", language);
        }
        Response::of(request.send().await.expect("an answer")).await
    };
    let input = json!({ "caseId": "x" });
    let refusal = json!({ "query": "mutation($input: AcceptCaseInput!) { acceptCase(input: $input) { userErrors { message } } }", "variables": { "input": input } });
    let error = json!({ "query": "{ areas(first: 201) { totalCount } }" });
    for (language, chinese) in [
        (None, true),
        (Some("zh-CN"), true),
        (Some("fr"), true),
        (Some("fr, en;q=0.5"), false),
        (Some("en"), false),
        (Some("EN-gb,zh;q=0.3"), false),
        (Some("zh,en"), true),
        (Some("zh;q=0.1, en;q=0.9"), false),
        (Some("en;q=0, zh"), true),
    ] {
        let answer = ask(language, refusal.clone()).await;
        let expected = if chinese { "不存在，或无权查看" } else { "It does not exist, or you may not see it" };
        assert_eq!(answer.data()["acceptCase"]["userErrors"][0]["message"], expected, "{language:?}");
        let answer = ask(language, error.clone()).await;
        let expected = if chinese { "每页条数须在 0 到 200 之间，收到 201" } else { "A page has 0 to 200 rows, not 201" };
        assert_eq!(answer.json["errors"][0]["message"], expected, "{language:?}");
    }
}
