//! What complexes are made of: stairwells 单元, dwellings 专有部分, courtyards 院子; their honours 荣誉, and how complete their records are.

use chuishao::complex::{
    import::{DWELLING_COLUMNS, import_dwellings, read_dwelling},
    model::{Known, measured, missing},
};
use chuishao::sheet::{self, Bad, Refused, Tally};
use entity::{ComplexFact, ComplexKind, FloorAreaSource, Hundredths};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{
    TestApp,
    committees::{over, refused},
    global::global,
    homes::*,
};

crate::tests! {
    both: [
        dwellings_are_entered_all_or_none_and_each_wrong_one_is_named,
        five_hundred_dwellings_are_entered_at_once_and_no_more,
        dwellings_are_for_whoever_is_signed_in,
        dwellings_are_found_by_what_is_known_of_them,
        a_dwelling_is_changed_and_ended,
        a_stairwell_ends_with_its_dwellings,
        of_many_who_enter_the_same_dwelling_at_once_one_succeeds,
        totals_are_of_what_is_there,
        what_complexes_come_to_says_of_how_many_it_is,
        courtyards_and_honours_are_kept_and_complexes_found_by_them,
        completeness_is_the_same_for_one_a_list_and_an_area,
        a_list_of_complexes_costs_the_same_for_one_and_for_many,
        dwellings_come_from_a_table_with_their_stairwells,
    ],
    pure: [a_fact_is_missing_where_it_is_not_known, an_area_says_where_it_is_from],
}

async fn dwellings_are_entered_all_or_none_and_each_wrong_one_is_named(t: TestApp) {
    let w = t.world();
    let stairwell = done(&t, "addStairwell", json!({ "buildingId": global(w.building1), "number": 2 })).await;
    assert_eq!((&stairwell["name"], &stairwell["version"]), (&json!("2单元"), &json!(1)));
    let full = json!({ "stairwellId": stairwell["id"], "use": "COMMERCIAL", "floorArea": "62.80", "areaSource": "TITLE_REGISTER" });
    let added = add(&t, vec![dwelling(&t, "1-2-101", full), dwelling(&t, "1-2-102", json!({ "floorArea": "88" }))]).await;
    let shown: Vec<_> =
        added.iter().map(|one| [&one["number"], &one["use"], &one["floorArea"], &one["areaSource"]].map(Value::clone)).collect();
    assert_eq!(
        shown,
        [
            [json!("1-2-101"), json!("COMMERCIAL"), json!("62.80"), json!("TITLE_REGISTER")],
            [json!("1-2-102"), json!("RESIDENTIAL"), json!("88.00"), json!("DECLARED")]
        ]
    );
    let of = |answer: &crate::support::client::Response| {
        let errors = answer.data()["addDwellings"]["userErrors"].as_array().expect("errors").clone();
        errors.into_iter().map(|error| (error["code"].clone(), error["path"].as_array().expect("a path")[2..].to_vec())).collect::<Vec<_>>()
    };
    let answer = try_add(
        &t,
        vec![
            dwelling(&t, "201", json!({})),
            dwelling(&t, "1-2-101", json!({})),
            dwelling(&t, "202", json!({ "buildingId": global(w.far_building) })),
            dwelling(&t, "203", json!({ "buildingId": global(w.building2), "stairwellId": stairwell["id"] })),
            dwelling(&t, "201", json!({})),
            dwelling(&t, "204", json!({ "areaSource": "SURVEY" })),
        ],
    )
    .await;
    let expected = vec![
        (json!("ALREADY_EXISTS"), vec![json!("1"), json!("number")]),
        (json!("NOT_FOUND"), vec![json!("2"), json!("buildingId")]),
        (json!("NOT_FOUND"), vec![json!("3"), json!("stairwellId")]),
        (json!("ALREADY_EXISTS"), vec![json!("4"), json!("number")]),
        (json!("MISMATCH"), vec![json!("5"), json!("areaSource")]),
    ];
    assert_eq!(of(&answer), expected);
    let answer =
        try_add(&t, vec![dwelling(&t, " ", json!({})), dwelling(&t, "205", json!({})), dwelling(&t, "206", json!({ "floorArea": "-1" }))])
            .await;
    assert_eq!(
        of(&answer),
        [(json!("REQUIRED"), vec![json!("0"), json!("number")]), (json!("OUT_OF_RANGE"), vec![json!("2"), json!("floorArea")])]
    );
    // the same number in another building is another dwelling
    add(&t, vec![dwelling(&t, "1-2-101", json!({ "buildingId": global(w.building2) }))]).await;
    let seen = t.ask(Some(w.resident), "{ dwellings { totalCount } }").await;
    assert_eq!(seen.data()["dwellings"]["totalCount"], 3);
}

async fn five_hundred_dwellings_are_entered_at_once_and_no_more(t: TestApp) {
    let many = |count: usize| (0..count).map(|n| dwelling(&t, &format!("{n:03}"), json!({ "floorArea": "100.01" }))).collect::<Vec<_>>();
    for count in [0, 501] {
        refused(&try_add(&t, many(count)).await, "addDwellings", "OUT_OF_RANGE", &["dwellings"]);
    }
    let mark = t.statements.count();
    assert_eq!(add(&t, many(500)).await.len(), 500);
    let cost = t.statements.since(mark).len();
    assert!(cost < 30, "{cost} statements");
    let seen = see(&t, Some(t.world().district), &json!(global(t.world().xinyue)), "Complex", "dwellingTotals { count floorArea }").await;
    assert_eq!(seen["dwellingTotals"], json!({ "count": 500, "floorArea": "50005.00" }));
    let told = t.ask(Some(t.world().district), "{ recordChanges(filter: {recordKind: {eq: DWELLING}}) { totalCount } }").await;
    assert_eq!(told.data()["recordChanges"]["totalCount"], 500);
}

async fn dwellings_are_for_whoever_is_signed_in(t: TestApp) {
    let w = t.world();
    let id = add(&t, vec![dwelling(&t, "101", json!({ "floorArea": "88" }))]).await[0]["id"].clone();
    let of_complex = "dwellings { totalCount } dwellingTotals { count } buildings(first: 1) { nodes { dwellings { totalCount } } }";
    for (who, count) in [(None, 0), (Some(w.nobody), 1), (Some(w.resident), 1), (Some(w.far_resident), 1), (Some(w.auditor), 1)] {
        let seen = see(&t, who, &json!(global(w.xinyue)), "Complex", of_complex).await;
        assert_eq!(
            (&seen["dwellings"]["totalCount"], &seen["buildings"]["nodes"][0]["dwellings"]["totalCount"]),
            (&json!(count), &json!(count))
        );
        assert_eq!(seen["dwellingTotals"].is_null(), who.is_none());
        let one = see(&t, who, &id, "Dwelling", "number use floorArea building { name } complex { name }").await;
        if who.is_none() {
            assert_eq!(one, Value::Null);
        } else {
            assert_eq!(
                one,
                json!({ "number": "101", "use": "RESIDENTIAL", "floorArea": "88.00", "building": { "name": "1栋" }, "complex": { "name": "新月苑" } })
            );
        }
    }
    for who in [w.resident, w.firm, w.other_community] {
        let change = json!({ "dwellingId": id, "use": "STORAGE" });
        refused(&put(&t, who, "updateDwelling", change).await, "updateDwelling", "FORBIDDEN", &["dwellingId"]);
    }
}

async fn dwellings_are_found_by_what_is_known_of_them(t: TestApp) {
    let w = t.world();
    let stairwell = done(&t, "addStairwell", json!({ "buildingId": global(w.building1), "number": 1 })).await["id"].clone();
    let parking = json!({ "buildingId": global(w.building3), "use": "PARKING", "floorArea": "12.50" });
    let mut all = vec![dwelling(&t, "甲", json!({ "stairwellId": stairwell, "floorArea": "120", "areaSource": "SURVEY" }))];
    all.extend([dwelling(&t, "乙", json!({ "floorArea": "80.00" })), dwelling(&t, "丙", parking), dwelling(&t, "丁", json!({}))]);
    let last = add(&t, all).await[3]["id"].clone();
    let far =
        json!({ "complexId": global(w.far), "dwellings": [{ "buildingId": global(w.far_building), "number": "戊", "floorArea": "80" }] });
    put(&t, w.district, "addDwellings", far).await.done("addDwellings");
    done(&t, "endDwelling", json!({ "dwellingId": last, "note": "并入隔壁", "endedOn": "2026-06-01" })).await;
    for (filter, expected) in [
        ("", "甲乙丙戊"),
        (r#"area: "431302001000""#, "甲乙丙"),
        (r#"area: "431302001000", ended: true"#, "丁"),
        (r#"complex: {name: {eq: "铁东小区"}}"#, "戊"),
        (r#"building: {name: {eq: "1栋"}}"#, "甲乙戊"),
        ("use: {eq: PARKING}", "丙"),
        ("use: {notIn: [PARKING]}", "甲乙戊"),
        (r#"floorArea: {gte: "80", lt: "120"}"#, "乙戊"),
        (r#"floorArea: {gt: "80.00"}"#, "甲"),
        (r#"floorArea: {eq: "12.5"}"#, "丙"),
        ("areaSource: {eq: SURVEY}", "甲"),
        (r#"number: {in: ["甲", "丁"]}"#, "甲"),
        (&format!("stairwellId: {{eq: {stairwell}}}"), "甲"),
        (r#"or: [{ended: true}, {number: {eq: "乙"}}]"#, "乙丁"),
    ] {
        let answer = t.ask(Some(w.resident), &format!("{{ dwellings(filter: {{{filter}}}) {{ totalCount nodes {{ number }} }} }}")).await;
        let list = &answer.data()["dwellings"];
        let mut numbers: Vec<char> =
            list["nodes"].as_array().expect("nodes").iter().filter_map(|n| n["number"].as_str()?.chars().next()).collect();
        let mut expected: Vec<char> = expected.chars().collect();
        numbers.sort_unstable();
        expected.sort_unstable();
        assert_eq!((numbers, &list["totalCount"]), (expected.clone(), &json!(expected.len())), "{filter}");
    }
}

async fn a_dwelling_is_changed_and_ended(t: TestApp) {
    let w = t.world();
    let stairwell = done(&t, "addStairwell", json!({ "buildingId": global(w.building1), "number": 1 })).await["id"].clone();
    let elsewhere = done(&t, "addStairwell", json!({ "buildingId": global(w.building2), "number": 1 })).await["id"].clone();
    let added =
        add(&t, vec![dwelling(&t, "101", json!({ "floorArea": "88", "areaSource": "SURVEY" })), dwelling(&t, "102", json!({}))]).await;
    let id = &added[0]["id"];
    let change = async |with: Value| put(&t, w.community, "updateDwelling", over(json!({ "dwellingId": id }), with)).await;
    refused(&change(json!({ "number": "102" })).await, "updateDwelling", "ALREADY_EXISTS", &["number"]);
    refused(&change(json!({ "stairwellId": elsewhere })).await, "updateDwelling", "NOT_FOUND", &["stairwellId"]);
    refused(&change(json!({ "floorArea": null, "areaSource": "SURVEY" })).await, "updateDwelling", "MISMATCH", &["areaSource"]);
    let source = async |with: Value| change(with).await.done("updateDwelling")["dwelling"]["areaSource"].clone();
    // the source belongs to the area it was said of
    assert_eq!(source(json!({ "number": "1-1-101", "stairwellId": stairwell })).await, "SURVEY");
    assert_eq!(source(json!({ "floorArea": "90.5" })).await, "DECLARED");
    assert_eq!(source(json!({ "areaSource": "TITLE_REGISTER" })).await, "TITLE_REGISTER");
    assert_eq!(source(json!({ "floorArea": null })).await, Value::Null);
    let seen = see(&t, Some(w.resident), id, "Dwelling", "number floorArea version stairwell { name }").await;
    assert_eq!(seen, json!({ "number": "1-1-101", "floorArea": null, "version": 5, "stairwell": { "name": "1单元" } }));
    let end = json!({ "dwellingId": id, "note": "打通", "endedOn": "2026-06-11" });
    refused(&put(&t, w.community, "endDwelling", end.clone()).await, "endDwelling", "OUT_OF_RANGE", &["endedOn"]);
    let ended = done(&t, "endDwelling", over(end, json!({ "endedOn": null }))).await;
    assert_eq!((&ended["endedOn"], &ended["version"]), (&json!("2026-06-10"), &json!(6)));
    refused(&change(json!({ "use": "OTHER" })).await, "updateDwelling", "INVALID_STATE", &["dwellingId"]);
    // its number is free again
    add(&t, vec![dwelling(&t, "1-1-101", json!({}))]).await;
}

async fn a_stairwell_ends_with_its_dwellings(t: TestApp) {
    let w = t.world();
    let new = json!({ "buildingId": global(w.building1), "number": 1, "name": "东单元", "floors": 6 });
    let id = done(&t, "addStairwell", new.clone()).await["id"].clone();
    refused(&put(&t, w.community, "addStairwell", new.clone()).await, "addStairwell", "ALREADY_EXISTS", &["number"]);
    let second = done(&t, "addStairwell", over(new.clone(), json!({ "number": 2, "name": null }))).await["id"].clone();
    let taken = json!({ "stairwellId": second, "number": 1 });
    refused(&put(&t, w.community, "updateStairwell", taken).await, "updateStairwell", "ALREADY_EXISTS", &["number"]);
    done(&t, "updateStairwell", json!({ "stairwellId": second, "name": "西单元", "floors": null })).await;
    let added = add(&t, vec![dwelling(&t, "101", json!({ "stairwellId": id })), dwelling(&t, "102", json!({}))]).await;
    done(&t, "endStairwell", json!({ "stairwellId": id, "note": "封闭" })).await;
    t.advance(chrono::Duration::days(1));
    let seen = see(
        &t,
        Some(w.resident),
        &json!(global(w.building1)),
        "Building",
        "stairwellRecords { nodes { name floors } } dwellings { nodes { id } }",
    )
    .await;
    assert_eq!(
        seen,
        json!({ "stairwellRecords": { "nodes": [{ "name": "西单元", "floors": null }] }, "dwellings": { "nodes": [{ "id": added[1]["id"] }] } })
    );
    done(&t, "addStairwell", new).await;
}

async fn of_many_who_enter_the_same_dwelling_at_once_one_succeeds(t: TestApp) {
    let answers = join_all((0..8).map(|_| try_add(&t, vec![dwelling(&t, "101", json!({}))]))).await;
    let made = answers.iter().filter(|answer| answer.data()["addDwellings"]["complex"].is_object()).count();
    assert_eq!(made, 1);
    assert!(answers.iter().all(|answer| answer.json["errors"].is_null()));
}

async fn totals_are_of_what_is_there(t: TestApp) {
    let w = t.world();
    let added = add(
        &t,
        vec![
            dwelling(&t, "101", json!({ "floorArea": "88.01" })),
            dwelling(&t, "102", json!({ "floorArea": "99.02", "buildingId": global(w.building2) })),
            dwelling(&t, "103", json!({})),
            dwelling(&t, "104", json!({ "floorArea": "1000" })),
        ],
    )
    .await;
    done(&t, "endDwelling", json!({ "dwellingId": added[3]["id"], "note": "没了", "endedOn": "2026-06-09" })).await;
    let answer = t.ask(Some(w.resident), "{ complexes { nodes { name dwellingTotals { count floorArea withoutArea } } } }").await;
    let nodes = answer.data()["complexes"]["nodes"].clone();
    let none = json!({ "count": 0, "floorArea": "0.00", "withoutArea": 0 });
    let of = |name: &str| nodes.as_array().expect("nodes").iter().find(|n| n["name"] == name).expect("it")["dwellingTotals"].clone();
    assert_eq!((of("新月苑"), of("铁东小区")), (json!({ "count": 3, "floorArea": "187.03", "withoutArea": 1 }), none));
}

async fn what_complexes_come_to_says_of_how_many_it_is(t: TestApp) {
    let w = t.world();
    let one = add(&t, vec![dwelling(&t, "101", json!({})), dwelling(&t, "102", json!({ "buildingId": global(w.building2) }))]).await;
    done(&t, "endDwelling", json!({ "dwellingId": one[1]["id"], "note": "没了", "endedOn": "2026-06-09" })).await;
    new_complex(&t, json!({ "floorArea": "0.07" })).await;
    let totals = async |who, filter: &str| {
        let fields = "complexes floorArea withFloorArea households withHouseholds buildings withBuildings dwellings withDwellings";
        t.ask(who, &format!("{{ complexTotals(filter: {{{filter}}}) {{ {fields} }} }}")).await.data()["complexTotals"].clone()
    };
    let mark = t.statements.count();
    let district = totals(None, "area: \"431302000000\"").await;
    assert_eq!(t.statements.since(mark).len(), 1, "{:#?}", t.statements.since(mark));
    let expected = json!({ "complexes": 4, "floorArea": "156001.57", "withFloorArea": 4, "households": 1440, "withHouseholds": 3,
        "buildings": 5, "withBuildings": 3, "dwellings": null, "withDwellings": null });
    assert_eq!(district, expected, "dwellings are not for visitors");
    let seen = totals(Some(w.resident), "").await;
    assert_eq!((&seen["complexes"], &seen["dwellings"], &seen["withDwellings"]), (&json!(4), &json!(1), &json!(1)));
    let none = json!({ "complexes": 0, "floorArea": "0.00", "withFloorArea": 0, "households": 0, "withHouseholds": 0,
        "buildings": 0, "withBuildings": 0, "dwellings": 0, "withDwellings": 0 });
    assert_eq!(totals(Some(w.resident), "ended: true").await, none);
    assert_eq!(totals(None, "missing: [HOUSEHOLDS]").await["floorArea"], "0.07");
}

async fn courtyards_and_honours_are_kept_and_complexes_found_by_them(t: TestApp) {
    let w = t.world();
    let yard = done(&t, "addCourtyard", json!({ "complexId": global(w.xinyue), "name": "东院", "households": 12 })).await["id"].clone();
    let again = json!({ "complexId": global(w.xinyue), "name": "东院" });
    refused(&put(&t, w.community, "addCourtyard", again).await, "addCourtyard", "ALREADY_EXISTS", &["name"]);
    done(&t, "updateCourtyard", json!({ "courtyardId": yard, "name": "大院" })).await;
    let honour = async |complex: entity::ComplexId, name: &str, on: &str| {
        let input = json!({ "complexId": global(complex), "name": name, "awardedBy": "省里", "awardedOn": on });
        put(&t, w.district, "addComplexHonour", input).await
    };
    refused(&honour(w.far, "美好家园", "2026-06-11").await, "addComplexHonour", "OUT_OF_RANGE", &["awardedOn"]);
    honour(w.xinyue, "省级美好家园", "2024-05-01").await.done("addComplexHonour");
    refused(&honour(w.xinyue, "省级美好家园", "2025-05-01").await, "addComplexHonour", "ALREADY_EXISTS", &["name"]);
    let lost = honour(w.far, "文明小区", "2024-05-01").await.done("addComplexHonour")["honour"]["id"].clone();
    let withdraw = |on: &str| json!({ "honourId": lost, "because": "复查不合格", "withdrawnOn": on });
    let early = put(&t, w.far_subdistrict, "withdrawComplexHonour", withdraw("2024-04-30")).await;
    refused(&early, "withdrawComplexHonour", "OUT_OF_RANGE", &["withdrawnOn"]);
    let withdrawn = done_by(&t, w.far_subdistrict, "withdrawComplexHonour", withdraw("2026-06-01")).await;
    assert_eq!((&withdrawn["withdrawnOn"], &withdrawn["withdrawnBecause"]), (&json!("2026-06-01"), &json!("复查不合格")));
    let seen = see(
        &t,
        None,
        &json!(global(w.far)),
        "Complex",
        "honours { totalCount } lost: honours(filter: {withdrawn: true}) { nodes { name awardedBy } }",
    )
    .await;
    assert_eq!(seen, json!({ "honours": { "totalCount": 0 }, "lost": { "nodes": [{ "name": "文明小区", "awardedBy": "省里" }] } }));
    for (filter, expected) in [
        ("courtyards: {some: {}}", vec!["新月苑"]),
        ("courtyards: {none: {}}", vec!["大塘小区", "铁东小区"]),
        (r#"courtyards: {some: {name: {eq: "东院"}}}"#, vec![]),
        ("honours: {some: {}}", vec!["新月苑"]),
        ("honours: {some: {withdrawn: true}}", vec!["铁东小区"]),
        (r#"honours: {some: {name: {contains: "美好家园"}, awardedOn: {gte: "2024-01-01"}}}"#, vec!["新月苑"]),
        ("honours: {none: {}}", vec!["大塘小区", "铁东小区"]),
        ("households: {gte: 480}", vec!["大塘小区", "新月苑", "铁东小区"]),
        ("households: {gt: 480}", vec![]),
        (r#"floorArea: {lte: "52000.50"}, name: {startsWith: "新"}"#, vec!["新月苑"]),
        (r#"floorArea: {lt: "52000.50"}"#, vec![]),
    ] {
        let answer = t.ask(None, &format!("{{ complexes(filter: {{{filter}}}) {{ nodes {{ name }} }} }}")).await;
        let mut names: Vec<String> = answer.data()["complexes"]["nodes"]
            .as_array()
            .expect("nodes")
            .iter()
            .map(|n| n["name"].as_str().expect("a name").to_owned())
            .collect();
        names.sort();
        assert_eq!(names, expected, "{filter}");
    }
}

async fn completeness_is_the_same_for_one_a_list_and_an_area(t: TestApp) {
    let w = t.world();
    let area = async |code: &str| {
        let query = format!("{{ recordCompleteness(area: \"{code}\") {{ numerator denominator percent asOf }} }}");
        t.ask(None, &query).await.data()["recordCompleteness"].clone()
    };
    // the three have neither address nor location nor dwellings
    assert_eq!(area("431302000000").await, json!({ "numerator": 15, "denominator": 24, "percent": "62.50", "asOf": "2026-06-10" }));
    let each = [w.building1, w.building2, w.building3].map(|building| dwelling(&t, "101", json!({ "buildingId": global(building) })));
    add(&t, each[..2].to_vec()).await;
    assert_eq!(area(COMMUNITY).await["numerator"], 5, "a building without a dwelling");
    let third = add(&t, each[2..].to_vec()).await[0]["id"].clone();
    assert_eq!(area(COMMUNITY).await["numerator"], 6);
    done_by(&t, w.subdistrict, "updateBuilding", json!({ "buildingId": global(w.building1), "gridId": null })).await;
    new_complex(&t, json!({ "kind": "OTHER" })).await;
    let list =
        t.ask(None, r#"{ complexes(filter: {area: "431302000000"}) { nodes { name completeness { filled total missing } } } }"#).await;
    let nodes = list.data()["complexes"]["nodes"].as_array().expect("nodes").clone();
    let of = |name: &str| nodes.iter().find(|node| node["name"] == name).expect("it")["completeness"]["missing"].clone();
    assert_eq!(of("新月苑"), json!(["ADDRESS", "LOCATION", "GRIDS"]));
    assert_eq!(of("铁东小区"), json!(["ADDRESS", "LOCATION", "DWELLINGS"]));
    assert_eq!(of("新苑").as_array().map(Vec::len), Some(8));
    let sum = |field: &str| nodes.iter().map(|node| node["completeness"][field].as_i64().expect("a number")).sum::<i64>();
    // the figure counts what the list is asked for
    for fact in ComplexFact::ALL {
        let fact = serde_json::to_value(fact).expect("a word");
        let filter = format!("area: \"431302000000\", missing: [{}]", fact.as_str().expect("a word"));
        let lacking = t.ask(None, &format!("{{ complexes(filter: {{{filter}}}) {{ totalCount }} }}")).await;
        let missing = |node: &&Value| node["completeness"]["missing"].as_array().expect("facts").contains(&fact);
        assert_eq!(lacking.data()["complexes"]["totalCount"], nodes.iter().filter(missing).count(), "{fact}");
    }
    let both = t.ask(None, "{ complexes(filter: {missing: [ADDRESS, GRIDS]}) { totalCount } }").await;
    assert_eq!(both.data()["complexes"]["totalCount"], 2, "what has no buildings lacks those in grids, too");
    let whole = area("431302000000").await;
    assert_eq!((&whole["numerator"], &whole["denominator"]), (&json!(sum("filled")), &json!(sum("total"))));
    // what has ended counts no more
    done(&t, "endDwelling", json!({ "dwellingId": third, "note": "没了", "endedOn": "2026-06-09" })).await;
    assert_eq!(area(COMMUNITY).await, json!({ "numerator": 4, "denominator": 16, "percent": "25.00", "asOf": "2026-06-10" }));
    assert_eq!(area("441900000000").await, json!({ "numerator": 0, "denominator": 0, "percent": null, "asOf": "2026-06-10" }));
}

async fn a_list_of_complexes_costs_the_same_for_one_and_for_many(t: TestApp) {
    let w = t.world();
    for n in 0..20 {
        let complex = new_complex(&t, json!({ "name": format!("苑{n:02}") })).await["id"].clone();
        let building =
            done(&t, "addBuilding", json!({ "complexId": complex, "name": "1栋", "gridId": global(w.grid1) })).await["id"].clone();
        let stairwell = done(&t, "addStairwell", json!({ "buildingId": building, "number": 1 })).await["id"].clone();
        let flats: Vec<_> = (0..3).map(|n| json!({ "buildingId": building, "stairwellId": stairwell, "number": n.to_string() })).collect();
        put(&t, w.community, "addDwellings", json!({ "complexId": complex, "dwellings": flats })).await.done("addDwellings");
        done(&t, "addCourtyard", json!({ "complexId": complex, "name": "院" })).await;
        let honour = json!({ "complexId": complex, "name": "美好家园", "awardedBy": "省里", "awardedOn": "2024-05-01" });
        done_by(&t, w.district, "addComplexHonour", honour).await;
    }
    let document = "query($n: Int!) { complexes(first: $n, filter: {name: {startsWith: \"苑\"}}) { nodes { completeness { percent missing } dwellingTotals { count }
        mergedInto { name } courtyards { nodes { name complex { name } } } honours { nodes { name } } changes { nodes { kind } }
        dwellings { nodes { number stairwell { name } building { name } } } buildings { nodes { stairwellRecords { nodes { dwellings { nodes { number } } } } } } } } }";
    let mut costs = Vec::new();
    for n in [1, 5, 20] {
        let token = t.token(w.district);
        let mark = t.statements.count();
        let answer = t.gql(Some(&token), document, json!({ "n": n })).await;
        let statements = t.statements.since(mark);
        assert_eq!(answer.data()["complexes"]["nodes"].as_array().map(Vec::len), Some(n));
        assert!(statements.len() <= 16, "{n} complexes cost {}:\n{}", statements.len(), statements.join("\n"));
        costs.push(statements.len());
    }
    assert!(costs.iter().all(|cost| *cost == costs[0]), "{costs:?}");
}

async fn take(t: &TestApp, table: &str) -> Result<Tally, Vec<Bad>> {
    let lines = sheet::read(table.as_bytes(), DWELLING_COLUMNS, read_dwelling).expect("a table");
    import_dwellings(&t.app, lines, &mut |done, of| assert!(done <= of)).await.map_err(|refused| match refused {
        Refused::Lines(bad) => bad,
        Refused::Db(error) => panic!("{error}"),
    })
}

async fn dwellings_come_from_a_table_with_their_stairwells(t: TestApp) {
    let w = t.world();
    let head = "所在区划代码,小区名称,楼栋名称,单元,编号,用途,面积,面积来源\n";
    let table = format!(
        "{head}431302001009,新月苑,1栋,2,1-2-101,,88.5,不动产登记簿\n431302001009,新月苑,1栋,2单元,1-2-102,,,\n431302001009,新月苑,1栋,东单元,1-3-101,商业,60,\n431302001009,新月苑,2栋,,车1,车位,12.72,测绘实测\n"
    );
    let tally = |added, changed, known| Ok(Tally { added, changed, known });
    assert_eq!(take(&t, &table).await, tally(4, 0, 0));
    assert_eq!(take(&t, &table).await, tally(0, 0, 4));
    let asked =
        "stairwellRecords { nodes { number name dwellings { nodes { number } } } } dwellings { nodes { number use floorArea areaSource } }";
    let seen = see(&t, Some(w.resident), &json!(global(w.building1)), "Building", asked).await;
    assert_eq!(
        seen["stairwellRecords"]["nodes"],
        json!([{ "number": 2, "name": "2单元", "dwellings": { "nodes": [{ "number": "1-2-101" }, { "number": "1-2-102" }] } },
            { "number": 3, "name": "东单元", "dwellings": { "nodes": [{ "number": "1-3-101" }] } }])
    );
    assert_eq!(
        seen["dwellings"]["nodes"][0],
        json!({ "number": "1-2-101", "use": "RESIDENTIAL", "floorArea": "88.50", "areaSource": "TITLE_REGISTER" })
    );
    assert_eq!(
        seen["dwellings"]["nodes"][2],
        json!({ "number": "1-3-101", "use": "COMMERCIAL", "floorArea": "60.00", "areaSource": "DECLARED" })
    );
    // an empty cell leaves what is known
    assert_eq!(take(&t, &format!("{head}431302001009,新月苑,1栋,,1-2-101,储藏,,\n")).await, tally(0, 1, 0));
    let flat = r#"{ dwellings(filter: {number: {eq: "1-2-101"}}) { nodes { use floorArea version stairwell { name } } } }"#;
    let expected = json!({ "use": "STORAGE", "floorArea": "88.50", "version": 2, "stairwell": { "name": "2单元" } });
    assert_eq!(t.ask(Some(w.resident), flat).await.data()["dwellings"]["nodes"][0], expected);
    let bad = format!(
        "{head}431302001009,无此苑,1栋,,1,,,\n431302001009,新月苑,9栋,,1,,,\n431302001009,新月苑,1栋,,1,,0,\n431302001009,新月苑,1栋,,2,,,申报\n431302001009,新月苑,1栋,,3,窑洞,,\n431302001009,新月苑,1栋,,4,,,\n431302001009,新月苑,1栋,,4,,,\n431302001009,新月苑,1栋,,5,,1000000000.01,\n"
    );
    let wrong = take(&t, &bad).await.expect_err("bad lines");
    let wrong: Vec<_> = wrong.iter().map(|bad| (bad.line, bad.why.key, bad.column)).collect();
    assert_eq!(
        wrong,
        [
            (2, "import-no-complex", Some("小区名称")),
            (3, "import-no-building", Some("楼栋名称")),
            (4, "sheet-area", Some("面积")),
            (5, "source-without-area", Some("面积来源")),
            (6, "sheet-unknown-word", Some("用途")),
            (8, "sheet-twice", Some("编号")),
            (9, "out-of-range", Some("面积")),
        ]
    );
    assert_eq!(t.ask(Some(w.resident), "{ dwellings { totalCount } }").await.data()["dwellings"]["totalCount"], 4);
    // a stairwell goes by its number, whatever its name
    assert_eq!(take(&t, &format!("{head}431302001009,新月苑,1栋,3,1-3-102,,,\n")).await, tally(1, 0, 0));
    let flat = r#"{ dwellings(filter: {number: {eq: "1-3-102"}}) { nodes { stairwell { name } } } }"#;
    assert_eq!(t.ask(Some(w.resident), flat).await.data()["dwellings"]["nodes"][0]["stairwell"]["name"], "东单元");
    // one that has ended is not taken up again
    t.sql("UPDATE dwelling SET ended_on = '2026-06-01' WHERE number = '1-3-102'").await;
    let wrong = take(&t, &format!("{head}431302001009,新月苑,1栋,3,1-3-102,,,\n")).await.expect_err("a bad line");
    let wrong: Vec<_> = wrong.iter().map(|bad| (bad.line, bad.why.key, bad.column)).collect();
    assert_eq!(wrong, [(2, "record-ended", Some("编号"))]);
}

fn a_fact_is_missing_where_it_is_not_known() {
    let all = Known {
        kind: ComplexKind::Old,
        address: true,
        households: true,
        floor_area: true,
        location: true,
        buildings: 2,
        in_grids: 2,
        with_dwellings: 2,
    };
    assert_eq!(missing(&all), []);
    for (known, expected) in [
        (Known { kind: ComplexKind::Other, ..all }, vec![ComplexFact::Kind]),
        (Known { address: false, ..all }, vec![ComplexFact::Address]),
        (Known { households: false, floor_area: false, ..all }, vec![ComplexFact::Households, ComplexFact::FloorArea]),
        (Known { location: false, ..all }, vec![ComplexFact::Location]),
        (Known { in_grids: 1, ..all }, vec![ComplexFact::Grids]),
        (Known { with_dwellings: 1, ..all }, vec![ComplexFact::Dwellings]),
        (
            Known { buildings: 0, in_grids: 0, with_dwellings: 0, ..all },
            vec![ComplexFact::Buildings, ComplexFact::Grids, ComplexFact::Dwellings],
        ),
    ] {
        assert_eq!(missing(&known), expected);
    }
}

fn an_area_says_where_it_is_from() {
    let area = Some(Hundredths(1));
    assert_eq!(measured(area, None), Some(FloorAreaSource::Declared));
    assert_eq!(measured(area, Some(FloorAreaSource::Survey)), Some(FloorAreaSource::Survey));
    assert_eq!(measured(None, Some(FloorAreaSource::Survey)), None);
}
