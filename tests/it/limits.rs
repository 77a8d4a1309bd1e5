//! What the server refuses before it runs anything, and what an error says.

use entity::*;
use serde_json::{Value, json};

use crate::support::{TestApp, client::Response, global::global};

crate::tests! {
    both: [
        a_mutation_that_repeats_a_key_runs_nothing,
        a_mutation_with_two_aliases_runs_twice_in_order,
        a_fault_hides_nothing_that_was_done_before_it,
        a_fault_below_a_payload_leaves_the_rest_of_it,
        an_internal_error_names_its_request_and_nothing_else,
    ],
    bare: [
        a_body_that_is_no_request_is_refused,
        a_get_changes_nothing,
        nobody_keeps_an_answer,
        a_document_is_as_deep_as_it_may_be,
        a_filter_without_end_is_refused_wherever_it_stands,
        a_document_that_would_expand_without_end_is_refused,
        lists_without_pages_within_one_another_are_counted,
        an_operation_is_chosen_by_its_name,
        a_subscription_has_one_root_field,
    ],
}

async fn post(t: &TestApp, kind: &str, body: impl Into<reqwest::Body>) -> Response {
    let request = t.http().post(t.url("/graphql")).header("Content-Type", kind).body(body);
    Response::of(request.send().await.expect("an answer")).await
}

async fn a_body_that_is_no_request_is_refused(t: TestApp) {
    const JSON: &str = "application/json";
    let good = r#"{"query":"{ __typename }"}"#;
    for body in [
        "",
        "{",
        "null",
        "[]",
        "7",
        "\"{ __typename }\"",
        r#"{"query":7}"#,
        r#"{"query":null}"#,
        r#"{}"#,
        r#"[{"query":"{ __typename }"}]"#,
        r#"{"query":"{ __typename }","variables":[]}"#,
        r#"{"query":"{ __typename }","variables":"{}"}"#,
        r#"{"query":"{ __typename }","operationName":7}"#,
        r#"{"query":"{ __typename }","extensions":1}"#,
    ] {
        let answer = post(&t, JSON, body).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (400, Some("BAD_USER_INPUT")), "{body}: {:#}", answer.json);
        assert!(answer.json.get("data").is_none(), "{body}");
    }
    let answer = post(&t, JSON, vec![b'{', 0xff, b'}']).await;
    assert_eq!(answer.status, 400);
    for kind in
        ["text/plain", "application/x-www-form-urlencoded", "application/graphql", "multipart/mixed; boundary=x", "application/jsonx"]
    {
        let answer = post(&t, kind, good).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (415, Some("BAD_USER_INPUT")), "{kind}");
    }
    for kind in ["application/json; charset=utf-8", "Application/JSON"] {
        assert_eq!(post(&t, kind, good).await.data()["__typename"], "Query", "{kind}");
    }
    for body in [
        r#"{"query":"{ __typename }","variables":null,"operationName":null,"extensions":null}"#,
        r#"{"query":"{ __typename }","extensions":{"a":1},"unknown":[]}"#,
    ] {
        post(&t, JSON, body).await.data();
    }
    let padded = |length: usize| format!("{}{good}", " ".repeat(length - good.len()));
    post(&t, JSON, padded(1024 * 1024)).await.data();
    let answer = post(&t, JSON, padded(1024 * 1024 + 1)).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (413, Some("BAD_USER_INPUT")));
}

async fn a_get_changes_nothing(t: TestApp) {
    let get = async |query: &str| {
        let request = t.http().get(t.url("/graphql")).query(&[("query", query)]);
        Response::of(request.send().await.expect("an answer")).await
    };
    assert_eq!(get("{ __typename }").await.data()["__typename"], "Query");
    let answer = get(r#"mutation { acceptCase(input: {caseId: "x"}) { userErrors { code } } }"#).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (405, Some("BAD_USER_INPUT")));
    let answer = get("subscription { heartbeat }").await;
    assert_eq!((answer.status.as_u16(), answer.code()), (400, Some("BAD_USER_INPUT")));
}

async fn nobody_keeps_an_answer(t: TestApp) {
    let url = t.url("/graphql");
    let ask = || t.http().get(&url).query(&[("query", "{ __typename }")]);
    for request in [
        ask(),
        ask().header("Accept", "text/event-stream"),
        ask().bearer_auth("nobody's"),
        t.http().get(&url).query(&[("query", "{ __typename }"), ("variables", "{")]),
        t.http().post(&url).json(&json!({ "query": "{ __typename }" })),
        t.http().post(&url).header("Content-Type", "multipart/form-data; boundary=x").body("--x--"),
        t.http().put(&url),
    ] {
        let answer = request.send().await.expect("an answer");
        let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        let said = [header("cache-control"), header("x-content-type-options")];
        assert_eq!(said, ["no-store", "nosniff"], "{}: {:?}", answer.status(), answer.headers());
    }
}

async fn a_document_is_as_deep_as_it_may_be(t: TestApp) {
    let list = |depth: usize| format!("{{ nodes(ids: {}{}) {{ id }} }}", "[".repeat(depth), "]".repeat(depth));
    // with the braces and the parenthesis around it
    for (document, deep) in [
        (list(62), false),
        (list(63), true),
        (list(1600), true),
        (list(20_000), true),
        ("{".repeat(64), false),
        ("{".repeat(65), true),
        ("{".repeat(60_000), true),
    ] {
        let answer = t.ask(None, &document).await;
        let expected = if deep { "QUERY_TOO_COMPLEX" } else { "BAD_USER_INPUT" };
        assert_eq!(answer.code(), Some(expected), "{document:.80}");
    }
    // neither in strings nor in comments
    let many = "[{(".repeat(500);
    for document in [
        format!("{{ a: __typename # {many}\n }}"),
        format!("# {many}\r{{ a: __typename }}"),
        format!(r#"{{ node(id: "{many}\"{many}") {{ id }} a: __typename }}"#),
        format!(r#"{{ node(id: """{many}" ""{many}\"""{many}""") {{ id }} a: __typename }}"#),
        r#"{ node(id: "\\") { id } a: __typename }"#.into(),
        r#"{ node(id: "") { id } other: node(id: """""") { id } a: __typename }"#.into(),
    ] {
        assert_eq!(t.ask(None, &document).await.data()["a"], "Query", "{document:.80}");
    }
    // a string ends, and what follows counts again
    for opened in [r#"{ node(id: "\\""#, r#"{ node(id: "a""#, r#"{ node(id: """\"""""""#, "# \"\n"] {
        t.ask(None, &format!("{opened}{many}")).await.assert_code("QUERY_TOO_COMPLEX");
    }
    t.ask(None, &format!("{{ {} }}", "a: __typename ".repeat(3_000))).await.assert_code("QUERY_TOO_COMPLEX");
    t.ask(None, &format!("{{ a: __typename #{}\n }}", "x".repeat(70_000))).await.assert_code("QUERY_TOO_COMPLEX");
}

async fn lists_without_pages_within_one_another_are_counted(t: TestApp) {
    let within = |times: usize| (0..times).fold("number".to_owned(), |inner, _| format!("clocks {{ whistle {{ case {{ {inner} }} }} }}"));
    let ask = async |times| t.ask(None, &format!("{{ cases(first: 1) {{ nodes {{ {} }} }} }}", within(times))).await;
    // told of before the fields are looked at
    assert_ne!(ask(3).await.code(), Some("QUERY_TOO_COMPLEX"));
    ask(5).await.assert_code("QUERY_TOO_COMPLEX");
}

async fn a_document_that_would_expand_without_end_is_refused(t: TestApp) {
    let doubling = |count: usize| {
        let fragments: String =
            (0..count).map(|n| format!("fragment F{n} on Query {{ a{n}: __typename ...F{m} ...F{m} }} ", m = n + 1)).collect();
        format!("{{ ...F0 }} {fragments} fragment F{count} on Query {{ __typename }}")
    };
    t.ask(None, &doubling(3)).await.data();
    t.ask(None, &doubling(22)).await.assert_code("QUERY_TOO_COMPLEX");
    let circle = "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }";
    assert!(t.ask(None, circle).await.code().is_some());
    let chain: String = (0..200).map(|n| format!("fragment F{n} on Query {{ ...F{m} }} ", m = n + 1)).collect();
    t.ask(None, &format!("{{ ...F0 }} {chain} fragment F200 on Query {{ __typename }}")).await.assert_code("QUERY_TOO_COMPLEX");
    let wide = "{ areas(first: 200) { nodes { children(first: 200) { nodes { children(first: 200) { nodes { id } } } } } } }";
    t.ask(None, wide).await.assert_code("QUERY_TOO_COMPLEX");
    let wide = "query($n: Int) { areas(first: $n) { nodes { children(first: $n) { nodes { children(first: $n) { nodes { id } } } } } } }";
    t.ask_with(None, wide, json!({ "n": 200 })).await.assert_code("QUERY_TOO_COMPLEX");
    t.ask_with(None, wide, json!({ "n": 20 })).await.data();
    let pages = (0..6).fold("id".to_owned(), |inner, _| format!("children {{ ... on AreaConnection {{ nodes {{ {inner} }} }} }}"));
    t.ask(None, &format!("{{ areas {{ nodes {{ {pages} }} }} }}")).await.assert_code("QUERY_TOO_COMPLEX");
    let fragments = (0..6).fold("fragment F0 on AreaConnection { nodes { id } }".to_owned(), |all, n| {
        format!("{all} fragment F{} on AreaConnection {{ nodes {{ children {{ ...F{n} }} }} }}", n + 1)
    });
    t.ask(None, &format!("{{ areas {{ ...F6 }} }} {fragments}")).await.assert_code("QUERY_TOO_COMPLEX");
    let default = wide.replace("$n: Int)", "$n: Int = 200)");
    t.ask(None, &default).await.assert_code("QUERY_TOO_COMPLEX");
    let parents = (0..45).fold("id".to_owned(), |inner, _| format!("parent {{ {inner} }}"));
    t.ask(None, &format!(r#"{{ area(code: "431302000000") {{ {parents} }} }}"#)).await.assert_code("QUERY_TOO_COMPLEX");
}

async fn an_operation_is_chosen_by_its_name(t: TestApp) {
    let ask = async |query: &str, name: Option<&str>| {
        post(&t, "application/json", json!({ "query": query, "operationName": name }).to_string()).await
    };
    let two = "query A { a: __typename } query B { b: __typename }";
    assert_eq!(ask(two, Some("B")).await.data(), &json!({ "b": "Query" }));
    assert_eq!(ask("query A { a: __typename }", Some("A")).await.data(), &json!({ "a": "Query" }));
    assert_eq!(ask("query A { a: __typename }", None).await.data(), &json!({ "a": "Query" }));
    for (query, name) in [(two, None), (two, Some("C")), ("{ a: __typename }", Some("A")), (two, Some(""))] {
        ask(query, name).await.assert_code("BAD_USER_INPUT");
    }
}

async fn a_subscription_has_one_root_field(t: TestApp) {
    let mut socket = t.ws(None).await;
    for document in [
        "subscription { a: heartbeat(count: 1) b: heartbeat(count: 1) }",
        "subscription { heartbeat(count: 1) ...F } fragment F on Subscription { b: heartbeat(count: 1) }",
        "subscription { heartbeat(count: 1) ... { b: heartbeat(count: 1) } }",
        "subscription { heartbeat(count: 1) heartbeat(count: 1) }",
    ] {
        let id = socket.subscribe(document, Value::Null).await;
        let message = socket.next_message(&id).await;
        let errors = if message["type"] == "error" { &message["payload"] } else { &message["payload"]["errors"] };
        assert_eq!(errors[0]["extensions"]["code"], "BAD_USER_INPUT", "{document}: {message:#}");
    }
}

async fn notes(t: &TestApp, case: CaseId) -> Vec<String> {
    let document = format!(
        r#"{{ node(id: "{}") {{ ... on Case {{ timeline(filter: {{kind: {{eq: NOTED}}}}) {{ nodes {{ note }} }} }} }} }}"#,
        global(case)
    );
    let answer = t.ask(Some(t.world().resident), &document).await;
    let nodes = answer.data()["node"]["timeline"]["nodes"].as_array().expect("nodes").clone();
    nodes.iter().filter_map(|node| node["note"].as_str().map(str::to_owned)).collect()
}

async fn a_mutation_that_repeats_a_key_runs_nothing(t: TestApp) {
    let case = t.case(|_| {}).await;
    let note = |text: &str| format!(r#"addCaseNote(input: {{caseId: "{}", note: "{text}"}}) {{ userErrors {{ code }} }}"#, global(case.id));
    let (one, two) = (note("一"), note("二"));
    for document in [
        format!("mutation {{ {one} {one} }}"),
        format!("mutation {{ {one} {two} }}"),
        format!("mutation {{ a: {one} a: {two} }}"),
        format!("mutation {{ {one} ...F }} fragment F on Mutation {{ {one} }}"),
        format!("mutation {{ ...F ...F }} fragment F on Mutation {{ {one} }}"),
        format!("mutation {{ {one} ... {{ {one} }} }}"),
        format!("mutation {{ {one} ... on Mutation @include(if: true) {{ {one} }} }}"),
        format!(
            "mutation {{ ...F ...G }} fragment F on Mutation {{ ...H }} fragment G on Mutation {{ ...H }} fragment H on Mutation {{ {one} }}"
        ),
    ] {
        let answer = t.ask(Some(t.world().resident), &document).await;
        answer.assert_code("BAD_USER_INPUT");
        assert_eq!(notes(&t, case.id).await, Vec::<String>::new(), "{document}");
    }
}

async fn a_mutation_with_two_aliases_runs_twice_in_order(t: TestApp) {
    let case = t.case(|_| {}).await;
    let note = |text: &str| {
        format!(r#"addCaseNote(input: {{caseId: "{}", note: "{text}"}}) {{ case {{ version }} userErrors {{ code }} }}"#, global(case.id))
    };
    let document = format!("mutation {{ a: {} b: {} ... {{ c: {} }} }}", note("一"), note("二"), note("三"));
    let answer = t.ask(Some(t.world().resident), &document).await;
    let version = |key: &str| answer.data()[key]["case"]["version"].as_i64();
    assert_eq!([version("a"), version("b"), version("c")], [Some(2), Some(3), Some(4)]);
    assert_eq!(notes(&t, case.id).await, ["一", "二", "三"]);
}

async fn a_fault_hides_nothing_that_was_done_before_it(t: TestApp) {
    let case = t.case(|_| {}).await;
    t.sql("DROP TABLE case_number").await;
    let document = format!(
        r#"mutation {{
            addCaseNote(input: {{caseId: "{}", note: "一"}}) {{ case {{ version }} userErrors {{ code }} }}
            reportCase(input: {{category: HAZARD, title: "t", place: {{buildingId: "{}"}}}}) {{ case {{ id }} userErrors {{ code }} }}
        }}"#,
        global(case.id),
        global(t.world().building1)
    );
    let answer = t.ask(Some(t.world().resident), &document).await;
    answer.assert_code("INTERNAL");
    assert_eq!(answer.json["data"]["addCaseNote"], json!({ "case": { "version": 2 }, "userErrors": [] }), "{:#}", answer.json);
    assert_eq!(answer.json["data"]["reportCase"], Value::Null);
    assert_eq!(notes(&t, case.id).await, ["一"]);
    assert_eq!(t.tally().await.0, 1, "the report was undone");
}

async fn a_fault_below_a_payload_leaves_the_rest_of_it(t: TestApp) {
    let w = t.world();
    let case = t.report(w.resident).await.case;
    t.sql("ALTER TABLE firm_contract RENAME TO firm_contract_away").await;
    let query = "mutation($id: ID!) { acceptCase(input: { caseId: $id }) { case { status complex { name firm { name } } area { name } } userErrors { code } } }";
    let answer = t.gql(Some(&t.token(w.grid_worker)), query, json!({ "id": case })).await;
    let case = &answer.json["data"]["acceptCase"]["case"];
    assert_eq!((&case["status"], &case["complex"]), (&json!("ACCEPTED"), &Value::Null), "{:#}", answer.json);
    assert!(case["area"]["name"].is_string());
    assert_eq!(answer.json["errors"][0]["path"], json!(["acceptCase", "case", "complex"]));
    assert_eq!(answer.json["errors"][0]["extensions"]["code"], "INTERNAL");
}

async fn an_internal_error_names_its_request_and_nothing_else(t: TestApp) {
    t.sql("DROP TABLE register_case").await;
    t.case(|_| {}).await;
    let mut ids = Vec::new();
    for _ in 0..2 {
        let answer = t.ask(Some(t.world().district), "{ areas { totalCount } cases { nodes { registers { name } } } }").await;
        answer.assert_code("INTERNAL");
        let error = &answer.json["errors"][0];
        let id = error["extensions"]["requestId"].as_str().expect("a request id").to_owned();
        assert!(error["message"].as_str().is_some_and(|message| message.contains(&id)), "{error}");
        let text = answer.json.to_string().to_lowercase();
        for leak in ["register_case", "select", "sql", "table", "relation", "sqlx", "/src/", ".rs"] {
            assert!(!text.contains(leak), "{leak} in {text}");
        }
        ids.push(id);
    }
    assert_ne!(ids[0], ids[1]);
    // what does not need the table still answers
    t.ask(Some(t.world().district), "{ cases { nodes { id } } }").await.data();
}

async fn a_filter_without_end_is_refused_wherever_it_stands(t: TestApp) {
    let nested = |depth: usize| (0..depth).fold(json!({}), |inner, _| json!({ "contracts": { "some": { "complex": inner } } }));
    let ask = async |query: &str, filter: &Value| t.ask_with(None, query, json!({ "f": filter })).await;
    let list = "query($f: ComplexFilter) { complexes(filter: $f) { nodes { id } } }";
    ask(list, &nested(2)).await.data();
    // the deepest that is read at all, and what lies beyond: neither ends the process
    for depth in [9, 20, 21, 30, 38] {
        assert_eq!(ask(list, &nested(depth)).await.code(), Some("QUERY_TOO_COMPLEX"), "{depth}");
    }
    // half of it written, half of it in a variable
    let around = (0..18).fold("$f".to_owned(), |inner, _| format!("{{contracts: {{some: {{complex: {inner}}}}}}}"));
    let written = format!("query($f: ComplexFilter) {{ complexes(filter: {around}) {{ nodes {{ id }} }} }}");
    assert_eq!(ask(&written, &nested(18)).await.code(), Some("QUERY_TOO_COMPLEX"));
    ask(list, &nested(1)).await.data();
}
