//! Many who change the records of one place at once: on PostgreSQL they wait for one another in one order, so each is answered, and nobody is told of a fault.

use std::time::Duration;

use futures_util::{FutureExt, future::join_all};
use serde_json::{Value, json};

use crate::support::{
    TestApp,
    committees::{over, refused},
    global::global,
    homes::see,
};

crate::tests! {
    both: [
        changes_of_one_place_at_once_are_all_answered,
        areas_that_are_merged_and_what_lies_in_them_wait_for_one_another,
        of_a_complex_that_ends_while_it_is_written_to_nothing_goes_on,
    ],
}

const YUETANG: &str = "431302001009";
const DATANG: &str = "431302001010";

/// What is asked at once takes seconds; whoever waits longer waits for one that waits for them.
const PATIENCE: Duration = Duration::from_secs(60);

/// All at once, each by the administrator; none may end in a fault.
async fn all(t: &TestApp, asked: Vec<(&'static str, Value)>) {
    let answers = asked.into_iter().map(|(name, input)| t.change(Some(t.world().admin), name, input, "").map(move |answer| (name, answer)));
    let answers = tokio::time::timeout(PATIENCE, join_all(answers)).await.expect("nobody waits for ever");
    for (name, answer) in answers {
        assert!(answer.json.get("errors").is_none(), "{name}: {:#}", answer.json);
    }
}

/// What different desks do in a place in one day.
fn work(t: &TestApp, round: usize) -> Vec<(&'static str, Value)> {
    let w = t.world();
    let (one, two) = (global(w.grid1), global(w.grid2));
    let (xinyue, building) = (global(w.xinyue), global(w.building1));
    let (grid, other) = if round.is_multiple_of(2) { (&one, &two) } else { (&two, &one) };
    let buildings = json!([global(w.building3), global(w.building1), global(w.building2)]);
    let contract = |firm| json!({ "firmId": global(firm), "complexId": xinyue, "startsOn": "2027-01-01", "endsOn": "2027-12-31" });
    let branch =
        json!({ "area": YUETANG, "name": format!("第{round}支部"), "branchKind": "COMPLEX_BRANCH", "parentId": global(w.committee) });
    vec![
        ("renameArea", json!({ "areaCode": YUETANG, "name": format!("月塘{round}社区") })),
        ("createComplex", json!({ "areaCode": YUETANG, "name": "同名苑", "kind": "OLD" })),
        ("updateComplex", json!({ "complexId": xinyue, "name": format!("新月苑{round}") })),
        ("updateComplex", json!({ "complexId": xinyue, "households": 400 + round })),
        ("addBuilding", json!({ "complexId": xinyue, "name": format!("新{round}栋"), "gridId": grid })),
        ("updateBuilding", json!({ "buildingId": building, "gridId": other })),
        ("assignBuildingsToGrid", json!({ "gridId": grid, "buildingIds": buildings })),
        ("assignBuildingsToGrid", json!({ "gridId": other, "buildingIds": buildings })),
        ("updateGrid", json!({ "gridId": grid, "name": format!("网格{round}") })),
        (
            "createGrid",
            json!({ "areaCode": YUETANG, "code": format!("4313020010091{round:02}"), "name": "新网格", "buildingIds": [building] }),
        ),
        ("endGrid", json!({ "gridId": other, "reason": "并入" })),
        ("addDwellings", json!({ "complexId": xinyue, "dwellings": [{ "buildingId": building, "number": format!("1-{round}") }] })),
        ("addStairwell", json!({ "buildingId": building, "number": round + 1, "name": format!("{round}单元") })),
        ("concludeContract", contract(w.firm_a)),
        ("concludeContract", contract(w.firm_b)),
        ("admitFirm", json!({ "firmId": global(w.firm_b), "basis": "备案", "admittedOn": "2026-01-01" })),
        ("endContract", json!({ "contractId": global(w.contract), "endsOn": "2026-12-31", "reason": "到期" })),
        ("establishPartyBranch", branch),
        ("coverComplex", json!({ "partyBranchId": global(w.branch), "complexId": xinyue })),
        ("openGridFund", json!({ "gridId": grid, "year": 2026, "budget": "3000" })),
    ]
}

async fn changes_of_one_place_at_once_are_all_answered(t: TestApp) {
    let w = t.world();
    t.report(w.resident).await;
    for round in 0..4 {
        all(&t, work(&t, round)).await;
    }
    let asked = format!(
        "{{ complexes(filter: {{name: {{eq: \"同名苑\"}}}}) {{ totalCount }}
            firmContracts(filter: {{complex: {{id: {{eq: \"{}\"}}}}, startsOn: {{gte: \"2026-06-01\"}}}}) {{ totalCount }}
            gridFunds {{ totalCount }} }}",
        global(w.xinyue)
    );
    let seen = t.ask(Some(w.admin), &asked).await.data().clone();
    assert_eq!(seen["complexes"]["totalCount"], 1, "of the same only one");
    assert!(
        matches!(seen["gridFunds"]["totalCount"].as_i64(), Some(1 | 2)),
        "of each grid one at most, where the grid is still there: {seen:#}"
    );
    assert!(seen["firmContracts"]["totalCount"].as_i64().is_some_and(|count| count <= 1), "no two for the same days: {seen:#}");
}

async fn areas_that_are_merged_and_what_lies_in_them_wait_for_one_another(t: TestApp) {
    let w = t.world();
    t.report(w.resident).await;
    t.report_with(w.resident2, json!({ "place": { "buildingId": global(w.other_building) } })).await;
    let merge = |from: &str, into: &str| json!({ "fromCodes": [from], "intoCode": into, "reason": "撤并" });
    let mut asked = vec![("mergeAreas", merge(YUETANG, DATANG)), ("mergeAreas", merge(DATANG, YUETANG))];
    asked.extend(work(&t, 1));
    let redrawn = json!([{ "code": "431302001009021", "name": "一", "buildingIds": [global(w.building1), global(w.building2)] },
        { "code": "431302001009022", "name": "二", "buildingIds": [global(w.building3)] }]);
    asked.push(("regridCommunity", json!({ "areaCode": YUETANG, "grids": redrawn, "reason": "重划" })));
    asked.push(("moveComplex", json!({ "complexId": global(w.xinyue), "areaCode": DATANG })));
    all(&t, asked).await;
    let codes = format!(
        "{{ areas(filter: {{code: {{in: [\"{YUETANG}\", \"{DATANG}\"]}}}}) {{ nodes {{ code }} }} complexes(filter: {{name: {{startsWith: \"新月苑\"}}}}) {{ nodes {{ area {{ endedOn }} }} }} }}"
    );
    let seen = t.ask(Some(w.district), &codes).await.data().clone();
    assert_eq!(seen["areas"]["nodes"].as_array().map(Vec::len), Some(1), "one into the other, not both: {seen:#}");
    assert_eq!(seen["complexes"]["nodes"][0]["area"]["endedOn"], Value::Null, "what lies in what ended has gone along");
}

async fn of_a_complex_that_ends_while_it_is_written_to_nothing_goes_on(t: TestApp) {
    let w = t.world();
    let end = json!({ "contractId": global(w.contract), "endsOn": "2026-06-09", "reason": "到期" });
    t.change(Some(w.admin), "endContract", end, "").await.done("endContract");
    let complex = json!({ "complexId": global(w.xinyue) });
    let mut asked = vec![("endComplex", over(complex.clone(), json!({ "because": "DEMOLISHED", "note": "棚改" })))];
    asked.extend(work(&t, 2).into_iter().filter(|(name, _)| !name.ends_with("Contract")));
    all(&t, asked).await;
    let late = over(complex, json!({ "name": "后来的" }));
    refused(&t.change(Some(w.admin), "addBuilding", late, "").await, "addBuilding", "INVALID_STATE", &["complexId"]);
    let seen = see(&t, Some(w.admin), &json!(global(w.xinyue)), "Complex", "endedOn buildings(first: 50) { nodes { name endedOn } }").await;
    assert!(!seen["endedOn"].is_null(), "{seen:#}");
    let all = seen["buildings"]["nodes"].as_array().expect("buildings");
    assert!(all.iter().all(|building| !building["endedOn"].is_null()), "{seen:#}");
}
