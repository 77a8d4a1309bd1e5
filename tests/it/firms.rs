//! Property firms 物业企业: admission and exit, contracts that do not overlap, fees, lists of services and resources.

use entity::{FirmContractId, FirmId, PersonId};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{
    TestApp,
    client::Response,
    committees::{elected, over, owners, refused, text, works},
    global::global,
    world::day,
};

crate::tests! {
    both: [
        a_firm_is_registered_changed_and_found_by_its_new_name,
        a_firm_is_admitted_leaves_and_comes_back,
        a_firm_that_serves_does_not_leave,
        only_an_admitted_firm_concludes_contracts,
        contracts_of_a_complex_have_no_day_in_common,
        of_many_contracts_concluded_at_once_one_stands,
        a_firm_of_which_a_committee_member_works_does_not_come_to_serve,
        a_contract_ends_with_a_reason_and_takes_its_fees_along,
        no_contract_is_concluded_for_a_complex_that_has_ended,
        an_admission_that_ends_ends_no_later,
        rates_of_one_item_do_not_overlap,
        a_firm_keeps_its_own_lists_and_no_other_firms,
        entries_of_one_list_are_added_and_changed_at_once,
        firms_are_kept_by_the_offices_that_the_rules_name,
        a_stale_version_is_answered_with_the_record_and_a_retry_with_the_first_result,
        lists_below_firms_cost_the_same_however_many_there_are,
    ],
}

const DISTRICT: &str = "431302000000";
const ADMISSION: &str = "admission { id version admittedOn basis leftOn leftBecause firm { name } district { code } }";
const CONTRACT: &str = "contract { id version startsOn endsOn endedBecause firm { name } complex { name } }";
const FEE: &str = "fee { id item detail amount unit startsOn endsOn version }";
const ITEM: &str = "item { id kind name description frequency startsOn endsOn version firm { name } contract { id } }";

/// Each mutation of firms, with an input that is well formed.
pub fn changes(t: &TestApp) -> Vec<(&'static str, Value)> {
    let w = t.world();
    let (firm, contract, complex) = (global(w.firm_a), global(w.contract), global(w.far));
    let (admission, fee) = (format!("admission_{}", "0".repeat(32)), format!("fee_{}", "0".repeat(32)));
    let item = format!("service_item_{}", "0".repeat(32));
    vec![
        ("registerFirm", json!({ "district": DISTRICT, "name": "丙物业" })),
        ("updateFirm", json!({ "firmId": firm, "name": "丙物业" })),
        ("admitFirm", json!({ "firmId": firm, "basis": "备案" })),
        ("removeFirm", json!({ "admissionId": admission, "reason": "退出" })),
        ("concludeContract", json!({ "firmId": firm, "complexId": complex, "startsOn": "2026-07-01" })),
        ("endContract", json!({ "contractId": contract, "reason": "解聘" })),
        ("setContractFee", json!({ "contractId": contract, "item": "LIFT", "amount": "10.00", "unit": "UNIT_MONTH" })),
        ("endContractFee", json!({ "feeId": fee })),
        ("addServiceItem", json!({ "of": { "firmId": firm }, "kind": "SERVICE", "name": "保洁" })),
        ("updateServiceItem", json!({ "itemId": item, "name": "保洁" })),
        ("endServiceItem", json!({ "itemId": item })),
    ]
}

async fn admit(t: &TestApp, firm: FirmId, with: Value) -> Response {
    let input = json!({ "firmId": global(firm), "admittedOn": "2020-01-01", "basis": "备案1号" });
    t.change(Some(t.world().district), "admitFirm", over(input, with), ADMISSION).await
}

async fn conclude(t: &TestApp, who: PersonId, firm: FirmId, with: Value) -> Response {
    let input = json!({ "firmId": global(firm), "complexId": global(t.world().xinyue), "startsOn": "2026-07-01" });
    t.change(Some(who), "concludeContract", over(input, with), CONTRACT).await
}

async fn end(t: &TestApp, contract: FirmContractId, on: &str) -> Response {
    let input = json!({ "contractId": global(contract), "endsOn": on, "reason": "业主大会解聘" });
    t.change(Some(t.world().subdistrict), "endContract", input, CONTRACT).await
}

async fn names(t: &TestApp, query: &str) -> Vec<String> {
    let answer = t.ask(None, &format!("{{ found: {query} {{ nodes {{ name }} }} }}")).await;
    answer.data()["found"]["nodes"].as_array().expect("nodes").iter().map(|node| text(&node["name"])).collect()
}

async fn a_firm_is_registered_changed_and_found_by_its_new_name(t: TestApp) {
    let w = t.world();
    let input = json!({ "district": DISTRICT, "name": "丙物业", "creditCode": "91431302MA4L0000X1" });
    let firm = "firm { id name creditCode version district { code } }";
    let made = t.change(Some(w.district), "registerFirm", input, firm).await.done("registerFirm")["firm"].clone();
    assert_eq!((&made["creditCode"], &made["district"]["code"]), (&json!("91431302MA4L0000X1"), &json!(DISTRICT)));
    let same = json!({ "district": DISTRICT, "name": "丙物业" });
    refused(&t.change(Some(w.district), "registerFirm", same, firm).await, "registerFirm", "ALREADY_EXISTS", &["name"]);
    let same = json!({ "district": DISTRICT, "name": "丁物业", "creditCode": "91431302MA4L0000X1" });
    refused(&t.change(Some(w.district), "registerFirm", same, firm).await, "registerFirm", "ALREADY_EXISTS", &["creditCode"]);
    let wrong = json!({ "district": DISTRICT, "name": "丁物业", "creditCode": "I1431302MA4L0000X1" });
    refused(&t.change(Some(w.district), "registerFirm", wrong, firm).await, "registerFirm", "INVALID_FORMAT", &["creditCode"]);
    let renamed = json!({ "firmId": made["id"], "name": "晨曦物业", "expectedVersion": 1 });
    let renamed = t.change(Some(w.district), "updateFirm", renamed, firm).await.done("updateFirm")["firm"].clone();
    assert_eq!((&renamed["creditCode"], &renamed["version"]), (&json!("91431302MA4L0000X1"), &json!(2)));
    assert_eq!(names(&t, r#"propertyFirms(filter: {text: "晨曦"})"#).await, ["晨曦物业"]);
    assert!(names(&t, r#"propertyFirms(filter: {text: "丙物业"})"#).await.is_empty());
    let document = "query($id: ID!) { node(id: $id) { ... on PropertyFirm { changes { nodes { kind fields { name from to } } } } } }";
    let seen = t.ask_with(Some(w.district), document, json!({ "id": made["id"] })).await.data()["node"]["changes"]["nodes"].clone();
    assert_eq!(seen[0]["fields"], json!([{ "name": "name", "from": "丙物业", "to": "晨曦物业" }]));
}

async fn a_firm_is_admitted_leaves_and_comes_back(t: TestApp) {
    let w = t.world();
    let made = admit(&t, w.firm_b, json!({})).await.done("admitFirm")["admission"].clone();
    assert_eq!((&made["district"]["code"], &made["basis"]), (&json!(DISTRICT), &json!("备案1号")));
    let again = admit(&t, w.firm_b, json!({ "admittedOn": "2026-01-01" })).await;
    refused(&again, "admitFirm", "ALREADY_EXISTS", &["admittedOn"]);
    assert!(text(&again.data()["admitFirm"]["userErrors"][0]["message"]).contains("2020-01-01"));
    // its contract there must have ended
    let far = json!({ "area": "431302000000", "complex": { "id": { "eq": global(w.far) } } });
    let contract =
        t.ask_with(None, "query($f: FirmContractFilter) { firmContracts(filter: $f) { nodes { id } } }", json!({ "f": far })).await;
    let ended = json!({ "contractId": contract.data()["firmContracts"]["nodes"][0]["id"], "endsOn": "2026-05-31", "reason": "到期" });
    t.change(Some(w.district), "endContract", ended, CONTRACT).await.done("endContract");
    let gone = json!({ "admissionId": made["id"], "leftOn": "2026-06-01", "reason": "信用等级 D", "expectedVersion": 1 });
    let gone = t.change(Some(w.district), "removeFirm", gone, ADMISSION).await.done("removeFirm")["admission"].clone();
    assert_eq!((&gone["leftOn"], &gone["leftBecause"], &gone["version"]), (&json!("2026-06-01"), &json!("信用等级 D"), &json!(2)));
    assert_eq!(names(&t, r#"propertyFirms(filter: {admitted: true, asOf: "2026-06-01"})"#).await, ["乙物业"]);
    assert!(names(&t, r#"propertyFirms(filter: {admitted: true, asOf: "2026-06-02"})"#).await.is_empty());
    assert_eq!(names(&t, "propertyFirms(filter: {left: true})").await, ["乙物业"]);
    assert_eq!(names(&t, "propertyFirms(filter: {left: false})").await, ["甲物业"]);
    refused(
        &conclude(&t, w.district, w.firm_b, json!({ "complexId": global(w.far) })).await,
        "concludeContract",
        "INVALID_STATE",
        &["firmId"],
    );
    refused(&admit(&t, w.firm_b, json!({ "admittedOn": "2026-06-01" })).await, "admitFirm", "ALREADY_EXISTS", &["admittedOn"]);
    admit(&t, w.firm_b, json!({ "admittedOn": "2026-06-02" })).await.done("admitFirm");
    conclude(&t, w.district, w.firm_b, json!({ "complexId": global(w.far) })).await.done("concludeContract");
    let all = t.ask(None, "{ firmAdmissions { totalCount nodes { admittedOn leftOn } } }").await.data()["firmAdmissions"].clone();
    assert_eq!(all["nodes"][0], json!({ "admittedOn": "2026-06-02", "leftOn": null }));
    assert_eq!(all["totalCount"], 2);
    // it was admitted on each day of a contract from before
    end(&t, w.contract, "2026-05-15").await.done("endContract");
    conclude(&t, w.subdistrict, w.firm_b, json!({ "startsOn": "2026-05-20" })).await.done("concludeContract");
}

async fn a_firm_that_serves_does_not_leave(t: TestApp) {
    let w = t.world();
    let id = admit(&t, w.firm_a, json!({})).await.done("admitFirm")["admission"]["id"].clone();
    let leave = json!({ "admissionId": id, "leftOn": "2026-06-10", "reason": "退出" });
    refused(&t.change(Some(w.district), "removeFirm", leave, ADMISSION).await, "removeFirm", "INVALID_STATE", &["admissionId"]);
    let early = json!({ "admissionId": id, "leftOn": "2019-12-31", "reason": "退出" });
    refused(&t.change(Some(w.district), "removeFirm", early, ADMISSION).await, "removeFirm", "OUT_OF_RANGE", &["leftOn"]);
}

async fn only_an_admitted_firm_concludes_contracts(t: TestApp) {
    let w = t.world();
    end(&t, w.contract, "2026-06-30").await.done("endContract");
    refused(&conclude(&t, w.subdistrict, w.firm_b, json!({})).await, "concludeContract", "INVALID_STATE", &["firmId"]);
    admit(&t, w.firm_b, json!({ "admittedOn": "2026-07-02" })).await.done("admitFirm");
    refused(&conclude(&t, w.subdistrict, w.firm_b, json!({})).await, "concludeContract", "INVALID_STATE", &["firmId"]);
    let made = conclude(&t, w.subdistrict, w.firm_b, json!({ "startsOn": "2026-07-02", "endsOn": "2028-07-01" })).await;
    assert_eq!(made.done("concludeContract")["contract"]["firm"]["name"], "乙物业");
    assert_eq!(
        names(&t, r#"complexes(filter: {firm: {name: {eq: "乙物业"}}, asOf: "2026-07-02", name: {eq: "新月苑"}})"#).await,
        ["新月苑"]
    );
    let serving = r#"propertyFirms(filter: {serves: {name: {eq: "新月苑"}}, asOf: "DAY"})"#;
    for (on, firms) in [("2026-06-30", vec!["甲物业"]), ("2026-07-01", vec![]), ("2026-07-02", vec!["乙物业"]), ("2028-07-02", vec![])]
    {
        assert_eq!(names(&t, &serving.replace("DAY", on)).await, firms, "on {on}");
    }
}

async fn contracts_of_a_complex_have_no_day_in_common(t: TestApp) {
    let w = t.world();
    admit(&t, w.firm_b, json!({})).await.done("admitFirm");
    // 2020-01-01 to 2024-12-31, and 2025-01-01 without an end
    for (from, to, clash) in [
        ("2026-07-01", json!(null), "2025-01-01"),
        ("2024-12-31", json!("2024-12-31"), "2024-12-31"),
        ("2020-01-01", json!("2020-01-01"), "2020-01-01"),
        ("2020-01-02", json!(null), "2020-01-01"),
    ] {
        let answer = conclude(&t, w.subdistrict, w.firm_b, json!({ "startsOn": from, "endsOn": to })).await;
        refused(&answer, "concludeContract", "ALREADY_EXISTS", &["startsOn"]);
        let message = text(&answer.data()["concludeContract"]["userErrors"][0]["message"]);
        assert!(message.contains(clash), "{message}");
    }
    let before = json!({ "startsOn": "2020-01-01", "endsOn": "2019-12-31" });
    refused(&conclude(&t, w.subdistrict, w.firm_b, before).await, "concludeContract", "MISMATCH", &["endsOn"]);
    end(&t, w.contract, "2026-06-30").await.done("endContract");
    refused(
        &conclude(&t, w.subdistrict, w.firm_b, json!({ "startsOn": "2026-06-30" })).await,
        "concludeContract",
        "ALREADY_EXISTS",
        &["startsOn"],
    );
    conclude(&t, w.subdistrict, w.firm_b, json!({ "startsOn": "2026-07-01" })).await.done("concludeContract");
    let on = |day: &str| {
        format!(r#"{{ firmContracts(filter: {{on: "{day}", complex: {{name: {{eq: "新月苑"}}}}}}) {{ nodes {{ firm {{ name }} }} }} }}"#)
    };
    for (day, firm) in [("2024-12-31", "乙物业"), ("2026-06-30", "甲物业"), ("2026-07-01", "乙物业")] {
        let nodes = t.ask(None, &on(day)).await.data()["firmContracts"]["nodes"].clone();
        assert_eq!(nodes, json!([{ "firm": { "name": firm } }]), "on {day}");
    }
}

async fn of_many_contracts_concluded_at_once_one_stands(t: TestApp) {
    let w = t.world();
    for firm in [w.firm_a, w.firm_b] {
        admit(&t, firm, json!({})).await.done("admitFirm");
    }
    end(&t, w.contract, "2026-06-30").await.done("endContract");
    let firms = [w.firm_a, w.firm_b, w.firm_a, w.firm_b, w.firm_a, w.firm_b];
    let answers = join_all(firms.map(|firm| conclude(&t, w.subdistrict, firm, json!({})))).await;
    let mut codes: Vec<_> = answers.iter().flat_map(|answer| answer.user_errors("concludeContract")).collect();
    codes.dedup();
    assert_eq!(
        (answers.iter().filter(|answer| answer.data()["concludeContract"]["contract"].is_object()).count(), codes),
        (1, vec!["ALREADY_EXISTS"])
    );
}

async fn a_firm_of_which_a_committee_member_works_does_not_come_to_serve(t: TestApp) {
    let w = t.world();
    admit(&t, w.firm_b, json!({})).await.done("admitFirm");
    end(&t, w.contract, "2026-06-30").await.done("endContract");
    let members = owners(&t, 5).await;
    elected(&t, &members).await;
    works(&t, members[2], w.firm_b, day(2026, 2, 1), Some(day(2026, 12, 31))).await;
    let answer = conclude(&t, w.subdistrict, w.firm_b, json!({})).await;
    refused(&answer, "concludeContract", "INCOMPATIBLE_POST", &["firmId"]);
    assert!(text(&answer.data()["concludeContract"]["userErrors"][0]["message"]).contains("任职回避"));
    // once the post is over nothing stands in the way
    conclude(&t, w.subdistrict, w.firm_b, json!({ "startsOn": "2027-01-01" })).await.done("concludeContract");
}

async fn a_contract_ends_with_a_reason_and_takes_its_fees_along(t: TestApp) {
    let w = t.world();
    let fee = json!({ "contractId": global(w.contract), "item": "PROPERTY_SERVICE", "amount": "1.85", "unit": "SQUARE_METRE_MONTH" });
    let fee = t.change(Some(w.subdistrict), "setContractFee", fee, FEE).await.done("setContractFee")["fee"].clone();
    assert_eq!((&fee["amount"], &fee["startsOn"], &fee["endsOn"]), (&json!("1.85"), &json!("2025-01-01"), &json!(null)));
    let ended = end(&t, w.contract, "2026-06-09").await.done("endContract")["contract"].clone();
    assert_eq!((&ended["endsOn"], &ended["endedBecause"], &ended["version"]), (&json!("2026-06-09"), &json!("业主大会解聘"), &json!(2)));
    let taken = async |on: &str| {
        let document =
            format!(r#"query($id: ID!) {{ node(id: $id) {{ ... on FirmContract {{ fees(filter: {{on: "{on}"}}) {{ totalCount }} }} }} }}"#);
        t.ask_with(None, &document, json!({ "id": global(w.contract) })).await.data()["node"]["fees"]["totalCount"].clone()
    };
    assert_eq!((taken("2026-06-09").await, taken("2026-06-10").await), (json!(1), json!(0)));
    refused(&end(&t, w.contract, "2026-06-01").await, "endContract", "INVALID_STATE", &["contractId"]);
    let far = json!({ "contractId": global(w.contract_ended), "item": "LIFT", "amount": "1.00", "unit": "UNIT_MONTH" });
    refused(&t.change(Some(w.district), "setContractFee", far, FEE).await, "setContractFee", "INVALID_STATE", &["contractId"]);
}

async fn no_contract_is_concluded_for_a_complex_that_has_ended(t: TestApp) {
    let w = t.world();
    admit(&t, w.firm_b, json!({})).await.done("admitFirm");
    end(&t, w.contract, "2026-06-09").await.done("endContract");
    let ends = json!({ "complexId": global(w.xinyue), "because": "DEMOLISHED", "note": "征收" });
    t.change(Some(w.district), "endComplex", ends, "").await.done("endComplex");
    let answer = conclude(&t, w.subdistrict, w.firm_b, json!({})).await;
    refused(&answer, "concludeContract", "INVALID_STATE", &["complexId"]);
}

async fn an_admission_that_ends_ends_no_later(t: TestApp) {
    let new = json!({ "district": DISTRICT, "name": "丙物业" });
    let new = t.change(Some(t.world().district), "registerFirm", new, "firm { id }").await.done("registerFirm")["firm"]["id"].clone();
    let admitted = admit(&t, t.world().firm_b, json!({ "firmId": new })).await;
    let admission = admitted.done("admitFirm")["admission"]["id"].clone();
    let remove = async |on: &str| {
        let input = json!({ "admissionId": admission, "leftOn": on, "reason": "退出" });
        t.change(Some(t.world().district), "removeFirm", input, ADMISSION).await
    };
    remove("2026-12-31").await.done("removeFirm");
    refused(&remove("2027-06-30").await, "removeFirm", "OUT_OF_RANGE", &["leftOn"]);
    remove("2026-06-30").await.done("removeFirm");
}

async fn rates_of_one_item_do_not_overlap(t: TestApp) {
    let w = t.world();
    let set = async |with: Value| {
        let input = json!({ "contractId": global(w.contract), "item": "PARKING", "amount": "60.00", "unit": "UNIT_MONTH" });
        t.change(Some(w.subdistrict), "setContractFee", over(input, with), FEE).await
    };
    let first = set(json!({ "startsOn": "2025-06-01" })).await.done("setContractFee")["fee"].clone();
    refused(&set(json!({ "startsOn": "2026-01-01" })).await, "setContractFee", "ALREADY_EXISTS", &["startsOn"]);
    set(json!({ "detail": "地面车位", "amount": "40.50" })).await.done("setContractFee");
    refused(&set(json!({ "amount": "0.00" })).await, "setContractFee", "OUT_OF_RANGE", &["amount"]);
    refused(&set(json!({ "startsOn": "2024-12-31" })).await, "setContractFee", "OUT_OF_RANGE", &["startsOn"]);
    let ended = json!({ "feeId": first["id"], "endsOn": "2025-12-31", "expectedVersion": 1 });
    t.change(Some(w.subdistrict), "endContractFee", ended, FEE).await.done("endContractFee");
    set(json!({ "startsOn": "2026-01-01", "amount": "80.00" })).await.done("setContractFee");
    let document = r#"query($id: ID!) { node(id: $id) { ... on FirmContract { fees(filter: {item: {eq: PARKING}, current: true}) { nodes { detail amount } } } } }"#;
    let fees = t.ask_with(None, document, json!({ "id": global(w.contract) })).await.data()["node"]["fees"]["nodes"].clone();
    assert_eq!(fees, json!([{ "detail": null, "amount": "80.00" }, { "detail": "地面车位", "amount": "40.50" }]));
    for (filter, count) in [
        ("some: {amount: {gte: \"80\"}}", 1),
        ("some: {amount: {gt: \"60\", lt: \"80\"}}", 0),
        ("some: {amount: {lt: \"60.00\"}, current: true}", 1),
        ("none: {}", 3),
    ] {
        let document = format!("{{ firmContracts(filter: {{fees: {{{filter}}}}}) {{ totalCount }} }}");
        assert_eq!(t.ask(None, &document).await.data()["firmContracts"]["totalCount"], count, "{filter}");
    }
}

async fn a_firm_keeps_its_own_lists_and_no_other_firms(t: TestApp) {
    let w = t.world();
    let add = async |who: PersonId, with: Value| {
        let input = json!({ "of": { "firmId": global(w.firm_a) }, "kind": "SERVICE", "name": "保洁", "frequency": "每日一次" });
        t.change(Some(who), "addServiceItem", over(input, with), ITEM).await
    };
    let made = add(w.firm, json!({})).await.done("addServiceItem")["item"].clone();
    assert_eq!((&made["firm"]["name"], &made["startsOn"]), (&json!("甲物业"), &json!("2026-06-10")));
    refused(&add(w.firm, json!({})).await, "addServiceItem", "ALREADY_EXISTS", &["name"]);
    let of_contract = json!({ "of": { "contractId": global(w.contract) }, "kind": "RESOURCE", "name": "保安" });
    add(w.firm, of_contract.clone()).await.done("addServiceItem");
    refused(&add(w.firm_b_manager, json!({ "name": "绿化" })).await, "addServiceItem", "FORBIDDEN", &["of", "firmId"]);
    refused(&add(w.subdistrict, json!({ "name": "绿化" })).await, "addServiceItem", "FORBIDDEN", &["of", "firmId"]);
    refused(
        &add(w.community, over(of_contract.clone(), json!({ "name": "保修" }))).await,
        "addServiceItem",
        "FORBIDDEN",
        &["of", "contractId"],
    );
    add(w.subdistrict, over(of_contract, json!({ "name": "保修" }))).await.done("addServiceItem");
    let change = json!({ "itemId": made["id"], "frequency": "每日两次" });
    let changed = t.change(Some(w.firm), "updateServiceItem", change, ITEM).await.done("updateServiceItem")["item"].clone();
    assert_eq!((&changed["name"], &changed["frequency"], &changed["version"]), (&json!("保洁"), &json!("每日两次"), &json!(2)));
    let ended = json!({ "itemId": made["id"], "endsOn": "2026-06-10" });
    refused(&t.change(Some(w.firm_b_manager), "endServiceItem", ended.clone(), ITEM).await, "endServiceItem", "FORBIDDEN", &["itemId"]);
    t.change(Some(w.firm), "endServiceItem", ended, ITEM).await.done("endServiceItem");
    let lists = "{ propertyFirms(filter: {name: {eq: \"甲物业\"}}) { nodes {
        now: serviceItems(filter: {on: \"2026-06-11\"}) { nodes { name } } resources: serviceItems(filter: {kind: {eq: RESOURCE}}) { totalCount }
        own: serviceItems(filter: {ofContract: false}) { totalCount } } } }";
    let seen = t.ask(None, lists).await.data()["propertyFirms"]["nodes"][0].clone();
    assert_eq!(seen["now"]["nodes"], json!([{ "name": "保修" }, { "name": "保安" }]));
    assert_eq!((&seen["resources"]["totalCount"], &seen["own"]["totalCount"]), (&json!(2), &json!(1)));
}

/// A service of the contract, by a manager of the firm; its id.
async fn add_service(t: &TestApp, name: String) -> Value {
    let w = t.world();
    let input = json!({ "of": { "contractId": global(w.contract) }, "kind": "SERVICE", "name": name });
    t.change(Some(w.firm), "addServiceItem", input, ITEM).await.done("addServiceItem")["item"]["id"].clone()
}

async fn change_service(t: &TestApp, id: &Value, times: i32) {
    let input = json!({ "itemId": id, "frequency": format!("每日{times}次") });
    t.change(Some(t.world().firm), "updateServiceItem", input, ITEM).await.done("updateServiceItem");
}

async fn entries_of_one_list_are_added_and_changed_at_once(t: TestApp) {
    let id = add_service(&t, "保洁".to_owned()).await;
    for round in 0..4 {
        let added = join_all((0..4).map(|at| add_service(&t, format!("服务{round}-{at}"))));
        let changed = join_all((0..4).map(|at| change_service(&t, &id, 4 * round + at)));
        tokio::join!(added, changed);
    }
}

async fn firms_are_kept_by_the_offices_that_the_rules_name(t: TestApp) {
    let w = t.world();
    let only =
        [("registerFirm", "district", "firm { id }"), ("updateFirm", "firmId", "firm { id }"), ("admitFirm", "firmId", "admission { id }")];
    for (name, input) in changes(&t) {
        let Some((_, field, selection)) = only.iter().find(|(known, ..)| *known == name) else { continue };
        for who in [w.resident, w.firm, w.community, w.subdistrict, w.department, w.analyst] {
            refused(&t.change(Some(who), name, input.clone(), selection).await, name, "FORBIDDEN", &[field]);
        }
    }
    for (name, input) in changes(&t) {
        let (field, selection) = match name {
            "concludeContract" => ("complexId", "contract { id }"),
            "endContract" => ("contractId", "contract { id }"),
            "setContractFee" => ("contractId", "fee { id }"),
            _ => continue,
        };
        for who in [w.resident, w.firm, w.community, w.department, w.analyst] {
            refused(&t.change(Some(who), name, input.clone(), selection).await, name, "FORBIDDEN", &[field]);
        }
    }
    // the complex far lies in another subdistrict
    let far = json!({ "complexId": global(w.far) });
    refused(&conclude(&t, w.subdistrict, w.firm_a, far).await, "concludeContract", "FORBIDDEN", &["complexId"]);
    let hidden = json!({ "firmId": global(w.contract) });
    refused(&t.change(Some(w.district), "updateFirm", hidden, "firm { id }").await, "updateFirm", "NOT_FOUND", &["firmId"]);
}

async fn a_stale_version_is_answered_with_the_record_and_a_retry_with_the_first_result(t: TestApp) {
    let w = t.world();
    let key = json!({ "idempotencyKey": "一" });
    let first = admit(&t, w.firm_b, key.clone()).await.done("admitFirm").clone();
    assert_eq!(admit(&t, w.firm_b, key.clone()).await.done("admitFirm"), &first);
    refused(&admit(&t, w.firm_a, key).await, "admitFirm", "IDEMPOTENCY_KEY_REUSED", &["idempotencyKey"]);
    end(&t, w.contract, "2026-06-30").await.done("endContract");
    let stale = json!({ "contractId": global(w.contract), "endsOn": "2026-06-20", "reason": "旧", "expectedVersion": 1 });
    let answer = t.change(Some(w.subdistrict), "endContract", stale, CONTRACT).await;
    refused(&answer, "endContract", "CONFLICT", &["expectedVersion"]);
    assert_eq!(answer.data()["endContract"]["contract"]["endsOn"], "2026-06-30");
}

async fn lists_below_firms_cost_the_same_however_many_there_are(t: TestApp) {
    let w = t.world();
    for firm in [w.firm_a, w.firm_b] {
        admit(&t, firm, json!({})).await.done("admitFirm");
        let item = json!({ "of": { "firmId": global(firm) }, "kind": "SERVICE", "name": "保洁" });
        t.change(Some(w.district), "addServiceItem", item, ITEM).await.done("addServiceItem");
    }
    let document = "query($n: Int!) { propertyFirms(first: $n) { nodes { admissions { nodes { district { code } } } serviceItems { nodes { firm { name } } }
        contracts { nodes { complex { name } fees { nodes { amount contract { id } } } serviceItems { totalCount nodes { id } } } } } } }";
    let mut costs = Vec::new();
    for n in [1, 2] {
        let mark = t.statements.count();
        let answer = t.ask_with(None, document, json!({ "n": n })).await;
        assert_eq!(answer.data()["propertyFirms"]["nodes"].as_array().map(Vec::len), Some(n));
        costs.push(t.statements.since(mark).len());
    }
    assert_eq!(costs[0], costs[1]);
}
