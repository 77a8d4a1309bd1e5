//! Complexes and what they are made of, by the API.

use entity::PersonId;
use serde_json::{Value, json};

use super::{TestApp, client::Response, committees::over, global::global};

pub const COMMUNITY: &str = "431302001009";

/// What is asked of the payload of each of the mutations.
pub fn selection(mutation: &str) -> &'static str {
    match mutation {
        "addDwellings" => "complex { id } dwellings { id number use floorArea areaSource version }",
        _ if mutation.ends_with("Complex") => "complex { id name version endedOn }",
        _ if mutation.ends_with("Building") => "building { id name number version endedOn }",
        _ if mutation.ends_with("Stairwell") => "stairwell { id number name floors version endedOn }",
        _ if mutation.ends_with("Dwelling") => "dwelling { id number use floorArea areaSource version endedOn stairwell { name } }",
        _ if mutation.ends_with("Courtyard") => "courtyard { id name households version endedOn }",
        _ => "honour { id name awardedBy awardedOn version withdrawnOn withdrawnBecause }",
    }
}

pub async fn put(t: &TestApp, who: PersonId, mutation: &str, input: Value) -> Response {
    t.change(Some(who), mutation, input, selection(mutation)).await
}

/// Done by the community's officer; the one record of the payload.
pub async fn done(t: &TestApp, mutation: &str, input: Value) -> Value {
    done_by(t, t.world().community, mutation, input).await
}

pub async fn done_by(t: &TestApp, who: PersonId, mutation: &str, input: Value) -> Value {
    let answer = put(t, who, mutation, input).await;
    let payload = answer.done(mutation).as_object().expect("a payload").clone();
    payload.into_iter().find(|(name, _)| name != "userErrors").expect("a record").1
}

pub async fn new_complex(t: &TestApp, with: Value) -> Value {
    done(t, "createComplex", over(json!({ "areaCode": COMMUNITY, "name": "新苑", "kind": "COMMODITY" }), with)).await
}

/// One dwelling of building 1 of xinyue.
pub fn dwelling(t: &TestApp, number: &str, with: Value) -> Value {
    over(json!({ "buildingId": global(t.world().building1), "number": number }), with)
}

pub async fn try_add(t: &TestApp, dwellings: Vec<Value>) -> Response {
    let input = json!({ "complexId": global(t.world().xinyue), "dwellings": dwellings });
    put(t, t.world().community, "addDwellings", input).await
}

pub async fn add(t: &TestApp, dwellings: Vec<Value>) -> Vec<Value> {
    try_add(t, dwellings).await.done("addDwellings")["dwellings"].as_array().expect("dwellings").clone()
}

/// What `node` shows of a record.
pub async fn see(t: &TestApp, who: Option<PersonId>, id: &Value, of: &str, fields: &str) -> Value {
    let query = format!("query($id: ID!) {{ node(id: $id) {{ ... on {of} {{ {fields} }} }} }}");
    t.ask_with(who, &query, json!({ "id": id })).await.data()["node"].clone()
}

/// For each of the mutations an input that can be carried out after those before it, and by whom not only the community can.
pub async fn in_turn(t: &TestApp) -> Vec<(&'static str, Value)> {
    let w = t.world();
    let complex = new_complex(t, json!({ "name": "轮次苑" })).await["id"].clone();
    let building = done(t, "addBuilding", json!({ "complexId": complex, "name": "1栋" })).await["id"].clone();
    let stairwell = done(t, "addStairwell", json!({ "buildingId": building, "number": 1 })).await["id"].clone();
    let added = json!({ "complexId": complex, "dwellings": [{ "buildingId": building, "number": "101" }] });
    let dwelling = put(t, w.community, "addDwellings", added).await.done("addDwellings")["dwellings"][0]["id"].clone();
    let courtyard = done(t, "addCourtyard", json!({ "complexId": complex, "name": "东院" })).await["id"].clone();
    let honour = json!({ "complexId": complex, "name": "美好家园", "awardedBy": "区里", "awardedOn": "2025-01-01" });
    let honour = done_by(t, w.subdistrict, "addComplexHonour", honour).await["id"].clone();
    vec![
        ("createComplex", json!({ "areaCode": COMMUNITY, "name": "另一苑", "kind": "OLD" })),
        ("updateComplex", json!({ "complexId": complex, "households": 12 })),
        ("addBuilding", json!({ "complexId": complex, "name": "2栋" })),
        ("updateBuilding", json!({ "buildingId": building, "floors": 9 })),
        ("addStairwell", json!({ "buildingId": building, "number": 2 })),
        ("updateStairwell", json!({ "stairwellId": stairwell, "floors": 9 })),
        ("addDwellings", json!({ "complexId": complex, "dwellings": [{ "buildingId": building, "number": "102" }] })),
        ("updateDwelling", json!({ "dwellingId": dwelling, "floorArea": "88.88" })),
        ("addCourtyard", json!({ "complexId": complex, "name": "西院" })),
        ("updateCourtyard", json!({ "courtyardId": courtyard, "households": 3 })),
        ("addComplexHonour", json!({ "complexId": complex, "name": "文明小区", "awardedBy": "市里", "awardedOn": "2025-06-01" })),
        ("updateComplexHonour", json!({ "honourId": honour, "awardedBy": "省里" })),
        ("withdrawComplexHonour", json!({ "honourId": honour, "because": "复查不合格" })),
        ("endCourtyard", json!({ "courtyardId": courtyard, "note": "拆了" })),
        ("endDwelling", json!({ "dwellingId": dwelling, "note": "合并了" })),
        ("endStairwell", json!({ "stairwellId": stairwell, "note": "封了" })),
        ("endBuilding", json!({ "buildingId": building, "note": "拆了" })),
        ("endComplex", json!({ "complexId": complex, "because": "DEMOLISHED", "note": "征收" })),
    ]
}
