//! The working funds of grids 网格工作经费: a ledger that only grows, and is never overdrawn.

use entity::PersonId;
use serde_json::{Value, json};

use crate::support::{
    TestApp,
    client::Response,
    committees::{over, refused, text},
    global::global,
};

crate::tests! {
    both: [
        a_fund_goes_from_its_opening_to_its_closing,
        nothing_is_spent_that_was_not_granted,
        an_entry_is_taken_back_by_another,
        whoever_grants_is_not_whoever_spends,
        funds_are_seen_by_the_workers_of_the_grid_and_the_officials_of_its_areas,
        funds_are_summed_at_once,
        a_budget_is_changed_while_the_fund_is_open_and_never_below_what_was_granted,
    ],
}

const FUND: &str = "fund { id version year budget granted spent balance closedOn grid { id }
    entries { nodes { id number kind amount effect day purpose receiptNumber enteredBy { id } corrects { number } } } }";

async fn open(t: &TestApp, who: PersonId, with: Value) -> Response {
    let input = json!({ "gridId": global(t.world().grid1), "year": 2026, "budget": "3000" });
    t.change(Some(who), "openGridFund", over(input, with), FUND).await
}

async fn opened(t: &TestApp) -> Value {
    open(t, t.world().subdistrict, json!({})).await.done("openGridFund")["fund"]["id"].clone()
}

async fn enter(t: &TestApp, who: PersonId, fund: &Value, kind: &str, amount: &str, with: Value) -> Response {
    let input = json!({ "fundId": fund, "kind": kind, "amount": amount, "purpose": "用途" });
    t.change(Some(who), "addGridFundEntry", over(input, with), FUND).await
}

async fn entered(t: &TestApp, who: PersonId, fund: &Value, kind: &str, amount: &str) -> Value {
    enter(t, who, fund, kind, amount, json!({})).await.done("addGridFundEntry")["fund"].clone()
}

async fn a_fund_goes_from_its_opening_to_its_closing(t: TestApp) {
    let w = t.world();
    let id = opened(&t).await;
    entered(&t, w.subdistrict, &id, "GRANT", "3000").await;
    let with = json!({ "day": "2026-05-31", "purpose": "宣传栏", "receiptNumber": "票-1", "expectedVersion": 2 });
    let spent = enter(&t, w.community, &id, "SPEND", "120.35", with).await.done("addGridFundEntry")["fund"].clone();
    assert_eq!((&spent["granted"], &spent["spent"], &spent["balance"]), (&json!("3000.00"), &json!("120.35"), &json!("2879.65")));
    let entry = &spent["entries"]["nodes"][1];
    let told = json!({ "id": entry["id"], "number": 2, "kind": "SPEND", "amount": "120.35", "effect": "-120.35", "day": "2026-05-31", "purpose": "宣传栏",
        "receiptNumber": "票-1", "enteredBy": { "id": global(w.community) }, "corrects": null });
    assert_eq!(entry, &told);
    assert_eq!(entered(&t, w.community, &id, "REFUND", "20.35").await["balance"], "2900.00");
    let stale = enter(&t, w.community, &id, "SPEND", "1", json!({ "expectedVersion": 1 })).await;
    stale.assert_refused("addGridFundEntry", "CONFLICT");
    assert_eq!(stale.data()["addGridFundEntry"]["fund"]["version"], 4);
    let close = json!({ "fundId": id, "note": "年终" });
    let closed = t.change(Some(w.subdistrict), "closeGridFund", close.clone(), FUND).await.done("closeGridFund")["fund"].clone();
    assert_eq!((&closed["closedOn"], &closed["balance"]), (&json!("2026-06-10"), &json!("2900.00")));
    refused(&enter(&t, w.community, &id, "SPEND", "1", json!({})).await, "addGridFundEntry", "INVALID_STATE", &["fundId"]);
    refused(&t.change(Some(w.subdistrict), "closeGridFund", close, FUND).await, "closeGridFund", "INVALID_STATE", &["fundId"]);
    let asked =
        "query($id: ID!) { node(id: $id) { ... on GridFund { changes(orderBy: {field: AT, direction: ASC}) { nodes { kind note } } } } }";
    let changes = t.ask_with(Some(w.community), asked, json!({ "id": id })).await.data()["node"]["changes"]["nodes"].clone();
    let kinds: Vec<_> = changes.as_array().expect("changes").iter().map(|change| text(&change["kind"])).collect();
    assert_eq!(kinds, ["CREATED", "CHANGED", "CHANGED", "CHANGED", "ENDED"]);
    refused(&open(&t, w.subdistrict, json!({})).await, "openGridFund", "ALREADY_EXISTS", &["year"]);
    refused(&open(&t, w.subdistrict, json!({ "year": 2028 })).await, "openGridFund", "OUT_OF_RANGE", &["year"]);
    refused(&open(&t, w.subdistrict, json!({ "year": 2027, "budget": "-1" })).await, "openGridFund", "OUT_OF_RANGE", &["budget"]);
}

async fn rebudget(t: &TestApp, who: PersonId, fund: &Value, budget: &str, with: Value) -> Response {
    t.change(Some(who), "updateGridFund", over(json!({ "fundId": fund, "budget": budget }), with), FUND).await
}

async fn a_budget_is_changed_while_the_fund_is_open_and_never_below_what_was_granted(t: TestApp) {
    let w = t.world();
    let id = opened(&t).await;
    let bad = async |who, budget: &str, code: &str, path: &str| {
        let answer = rebudget(&t, who, &id, budget, json!({})).await;
        refused(&answer, "updateGridFund", code, &[path]);
        text(&answer.data()["updateGridFund"]["userErrors"][0]["message"])
    };
    for who in [w.community, w.grid_worker, w.auditor] {
        bad(who, "1", "FORBIDDEN", "fundId").await;
    }
    for who in [w.resident, w.grid_worker2, w.far_subdistrict, w.department] {
        bad(who, "1", "NOT_FOUND", "fundId").await;
    }
    entered(&t, w.subdistrict, &id, "GRANT", "1000").await;
    assert!(bad(w.subdistrict, "999.99", "INVALID_STATE", "budget").await.contains("1000.00"));
    bad(w.subdistrict, "-1", "OUT_OF_RANGE", "budget").await;
    let stale = rebudget(&t, w.subdistrict, &id, "2000", json!({ "expectedVersion": 1 })).await;
    refused(&stale, "updateGridFund", "CONFLICT", &["expectedVersion"]);
    assert_eq!(stale.data()["updateGridFund"]["fund"]["version"], 2);
    let with = json!({ "expectedVersion": 2, "note": "压减" });
    let cut = rebudget(&t, w.subdistrict, &id, "1000", with).await.done("updateGridFund")["fund"].clone();
    assert_eq!((&cut["budget"], &cut["granted"], &cut["version"]), (&json!("1000.00"), &json!("1000.00"), &json!(3)));
    refused(&enter(&t, w.subdistrict, &id, "GRANT", "0.01", json!({})).await, "addGridFundEntry", "INVALID_STATE", &["amount"]);
    // of those who grant and those who cut at once
    rebudget(&t, w.district, &id, "2000", json!({})).await.done("updateGridFund");
    let grants = (0..4).map(|_| enter(&t, w.subdistrict, &id, "GRANT", "250", json!({})));
    let cuts = (0..4).map(|_| rebudget(&t, w.district, &id, "1500", json!({})));
    tokio::join!(futures_util::future::join_all(grants), futures_util::future::join_all(cuts));
    let asked = "query($id: ID!) { node(id: $id) { ... on GridFund { budget granted changes(first: 50) { nodes { kind note fields { name from to } } } } } }";
    let seen = t.ask_with(Some(w.community), asked, json!({ "id": id })).await.data()["node"].clone();
    let yuan = |field: &str| text(&seen[field]).parse::<f64>().expect("a number");
    assert!(yuan("granted") <= yuan("budget"), "{seen:#}");
    let told = json!({ "kind": "CHANGED", "note": "压减", "fields": [{ "name": "budget", "from": "300000", "to": "100000" }] });
    assert!(seen["changes"]["nodes"].as_array().expect("changes").contains(&told), "{seen:#}");
    t.change(Some(w.subdistrict), "closeGridFund", json!({ "fundId": id }), FUND).await.done("closeGridFund");
    bad(w.subdistrict, "9000", "INVALID_STATE", "fundId").await;
}

async fn nothing_is_spent_that_was_not_granted(t: TestApp) {
    let w = t.world();
    let id = opened(&t).await;
    entered(&t, w.subdistrict, &id, "GRANT", "1000").await;
    entered(&t, w.community, &id, "SPEND", "999.99").await;
    for (who, kind, amount, with, code, field, says) in [
        (w.community, "SPEND", "0.02", json!({}), "INVALID_STATE", "amount", "0.01"),
        (w.subdistrict, "GRANT", "2000.01", json!({}), "INVALID_STATE", "amount", "2000.00"),
        (w.community, "REFUND", "1000", json!({}), "INVALID_STATE", "amount", "999.99"),
        (w.community, "SPEND", "0", json!({}), "OUT_OF_RANGE", "amount", ""),
        (w.community, "SPEND", "-5", json!({}), "OUT_OF_RANGE", "amount", ""),
        (w.community, "SPEND", "0.01", json!({ "amount": null }), "REQUIRED", "amount", ""),
        (w.community, "SPEND", "0.01", json!({ "day": "2025-12-31" }), "OUT_OF_RANGE", "day", ""),
        (w.community, "SPEND", "0.01", json!({ "day": "2026-06-11" }), "OUT_OF_RANGE", "day", ""),
        (w.community, "SPEND", "0.01", json!({ "purpose": " " }), "REQUIRED", "purpose", ""),
    ] {
        let answer = enter(&t, who, &id, kind, amount, with).await;
        refused(&answer, "addGridFundEntry", code, &[field]);
        assert!(text(&answer.data()["addGridFundEntry"]["userErrors"][0]["message"]).contains(says), "{:#}", answer.json);
    }
    let last = entered(&t, w.community, &id, "SPEND", "0.01").await;
    assert_eq!((&last["balance"], &last["version"]), (&json!("0.00"), &json!(4)));
    // of many who spend the rest at once one succeeds
    entered(&t, w.subdistrict, &id, "GRANT", "10").await;
    let spends = (0..8).map(|_| enter(&t, w.community, &id, "SPEND", "10", json!({})));
    let answers = futures_util::future::join_all(spends).await;
    assert_eq!(answers.iter().filter(|answer| answer.user_errors("addGridFundEntry").is_empty()).count(), 1);
}

async fn an_entry_is_taken_back_by_another(t: TestApp) {
    let w = t.world();
    let id = opened(&t).await;
    let granted = entered(&t, w.subdistrict, &id, "GRANT", "500").await["entries"]["nodes"][0]["id"].clone();
    let spent = entered(&t, w.community, &id, "SPEND", "200").await["entries"]["nodes"][1]["id"].clone();
    let correct = async |who, entry: &Value, with: Value| {
        let input = over(json!({ "amount": null, "correctsId": entry, "purpose": "重复登记" }), with);
        enter(&t, who, &id, "CORRECTION", "0", input).await
    };
    refused(&correct(w.subdistrict, &granted, json!({})).await, "addGridFundEntry", "INVALID_STATE", &["correctsId"]);
    let corrected = correct(w.community, &spent, json!({})).await.done("addGridFundEntry")["fund"].clone();
    assert_eq!((&corrected["spent"], &corrected["balance"]), (&json!("0.00"), &json!("500.00")));
    let entry = corrected["entries"]["nodes"][2].clone();
    assert_eq!((&entry["amount"], &entry["effect"], &entry["corrects"]["number"]), (&json!("200.00"), &json!("200.00"), &json!(2)));
    refused(&correct(w.community, &spent, json!({})).await, "addGridFundEntry", "INVALID_STATE", &["correctsId"]);
    refused(&correct(w.community, &entry["id"], json!({})).await, "addGridFundEntry", "INVALID_STATE", &["correctsId"]);
    refused(&correct(w.subdistrict, &granted, json!({ "amount": "1" })).await, "addGridFundEntry", "MISMATCH", &["amount"]);
    refused(&correct(w.community, &Value::Null, json!({})).await, "addGridFundEntry", "REQUIRED", &["correctsId"]);
    correct(w.subdistrict, &granted, json!({})).await.done("addGridFundEntry");
}

async fn whoever_grants_is_not_whoever_spends(t: TestApp) {
    let w = t.world();
    refused(&open(&t, w.community, json!({})).await, "openGridFund", "FORBIDDEN", &["gridId"]);
    refused(&open(&t, w.far_subdistrict, json!({})).await, "openGridFund", "FORBIDDEN", &["gridId"]);
    let id = opened(&t).await;
    refused(&enter(&t, w.community, &id, "GRANT", "1", json!({})).await, "addGridFundEntry", "FORBIDDEN", &["kind"]);
    entered(&t, w.subdistrict, &id, "GRANT", "1").await;
    refused(&enter(&t, w.grid_worker, &id, "SPEND", "1", json!({})).await, "addGridFundEntry", "FORBIDDEN", &["fundId"]);
    refused(&enter(&t, w.auditor, &id, "SPEND", "1", json!({})).await, "addGridFundEntry", "FORBIDDEN", &["fundId"]);
    // who may not see it is told nothing
    for who in [w.resident, w.grid_worker2, w.other_community, w.department] {
        refused(&enter(&t, who, &id, "SPEND", "1", json!({})).await, "addGridFundEntry", "NOT_FOUND", &["fundId"]);
    }
    refused(&t.change(Some(w.community), "closeGridFund", json!({ "fundId": id }), FUND).await, "closeGridFund", "FORBIDDEN", &["fundId"]);
}

async fn funds_are_seen_by_the_workers_of_the_grid_and_the_officials_of_its_areas(t: TestApp) {
    let w = t.world();
    let id = opened(&t).await;
    entered(&t, w.subdistrict, &id, "GRANT", "8").await;
    let asked = "query($id: ID!) { gridFunds { totalCount } gridFundTotals { funds granted } node(id: $id) { id }
        grids(filter: {name: {eq: \"月塘第一网格\"}}) { nodes { funds { nodes { entries { totalCount } } } } } }";
    let sees = [w.grid_worker, w.community, w.subdistrict, w.district, w.analyst, w.auditor, w.admin];
    let others = [w.resident, w.grid_worker2, w.secretary, w.other_community, w.far_subdistrict, w.department, w.firm, w.former, w.nobody];
    for (who, seen) in sees.iter().map(|who| (who, true)).chain(others.iter().map(|who| (who, false))) {
        let data = t.ask_with(Some(*who), asked, json!({ "id": id })).await.data().clone();
        assert_eq!(data["gridFunds"]["totalCount"], u64::from(seen), "{who:?}");
        assert_eq!(data["gridFundTotals"], json!({ "funds": u64::from(seen), "granted": if seen { "8.00" } else { "0.00" } }), "{who:?}");
        assert_eq!(data["node"].is_object(), seen, "{who:?}");
        let funds = if seen { json!([{ "entries": { "totalCount": 1 } }]) } else { json!([]) };
        assert_eq!(data["grids"]["nodes"][0]["funds"]["nodes"], funds, "{who:?}");
    }
}

async fn funds_are_summed_at_once(t: TestApp) {
    let w = t.world();
    for (grid, year, budget) in [(w.grid1, 2026, "3000"), (w.grid2, 2026, "2000.50"), (w.far_grid, 2026, "100"), (w.grid1, 2025, "7")] {
        let with = json!({ "gridId": global(grid), "year": year, "budget": budget });
        let fund = open(&t, w.district, with).await.done("openGridFund")["fund"]["id"].clone();
        enter(&t, w.district, &fund, "GRANT", "5", json!({ "day": format!("{year}-03-01") })).await.done("addGridFundEntry");
        enter(&t, w.district, &fund, "SPEND", "1.25", json!({ "day": format!("{year}-03-02") })).await.done("addGridFundEntry");
    }
    let asked = r#"{ all: gridFundTotals { funds budget granted spent balance }
        here: gridFundTotals(filter: {area: "431302001000", year: 2026}) { funds budget granted spent balance }
        one: gridFunds(filter: {grid: {name: {eq: "月塘第一网格"}}}) { nodes { year } }
        closed: gridFunds(filter: {closed: true}) { totalCount } }"#;
    let mark = t.statements.count();
    let data = t.ask(Some(w.district), asked).await.data().clone();
    assert_eq!(data["all"], json!({ "funds": 4, "budget": "5107.50", "granted": "20.00", "spent": "5.00", "balance": "15.00" }));
    assert_eq!(data["here"], json!({ "funds": 2, "budget": "5000.50", "granted": "10.00", "spent": "2.50", "balance": "7.50" }));
    assert_eq!(data["one"]["nodes"], json!([{ "year": 2026 }, { "year": 2025 }]));
    assert_eq!(data["closed"]["totalCount"], 0);
    // who asks, two sums, two lists and the one's count
    assert!(t.statements.since(mark).len() <= 6, "{:#?}", t.statements.since(mark));
}
