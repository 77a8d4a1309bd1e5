//! Party organisations from a table 导入党组织.

use chuishao::{
    party::import as branches,
    sheet::{self, Refused, Tally},
};
use entity::{PartyBranchKind, Provenance, party_branch, party_cover};
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::json;

use crate::support::{TestApp, world::day};

crate::tests! {
    both: [
        organisations_come_with_what_stands_above_them_and_what_they_cover,
        an_organisation_stays_below_another_until_a_table_says_otherwise,
        the_organisation_of_a_firm_becomes_no_other_by_a_table,
        what_is_covered_no_longer_is_not_covered_again_by_a_table,
        of_two_organisations_of_one_name_a_table_means_neither,
        a_bad_table_of_organisations_changes_nothing_and_names_every_line,
    ],
}

const HEADER: &str = "所在区划代码,党组织名称,类型,上级所在区划代码,上级党组织,成立日期,覆盖小区\n";

async fn take(t: &TestApp, lines: &str) -> Result<Tally, Vec<(u32, &'static str)>> {
    let table = format!("{HEADER}{lines}");
    let lines = sheet::read(table.as_bytes(), branches::COLUMNS, branches::read).expect("a table");
    branches::import(&t.app, lines, &mut |done, of| assert!(done <= of)).await.map_err(|refused| match refused {
        Refused::Lines(bad) => bad.into_iter().map(|bad| (bad.line, bad.why.key)).collect(),
        Refused::Db(error) => panic!("{error}"),
    })
}

fn tally(added: usize, changed: usize, known: usize) -> Tally {
    Tally { added, changed, known }
}

/// What the tables hold.
async fn rows(t: &TestApp) -> (u64, u64) {
    let db = &t.app.db.read;
    (party_branch::Entity::find().count(db).await.expect("counted"), party_cover::Entity::find().count(db).await.expect("counted"))
}

async fn organisations_come_with_what_stands_above_them_and_what_they_cover(t: TestApp) {
    // the one above comes later in the table, and of xinyue's branch the table says what is known
    let table = "431302001010,大塘小区党支部,小区党支部,,大塘社区党委,2026-01-01,大塘小区
431302001010,大塘社区党委,社区党委,431302001000,乐坪街道党工委,,大塘小区
431302001000,乐坪街道党工委,街道党工委,,,2020-07-01,431302001009/新月苑
431302001009001,月塘第一网格党支部,GRID_BRANCH,431302001009,月塘社区党委,,
431302001009,新月苑党支部,小区党支部,,月塘社区党委,,新月苑\n";
    let before = rows(&t).await;
    assert_eq!(take(&t, table).await, Ok(tally(4, 0, 1)));
    assert_eq!(rows(&t).await, (before.0 + 4, before.1 + 3));
    assert_eq!(take(&t, table).await, Ok(tally(0, 0, 5)));
    assert_eq!(rows(&t).await, (before.0 + 4, before.1 + 3));
    let asked = r#"{ partyBranches(filter: {name: {startsWith: "大塘"}}) { nodes { name branchKind establishedOn parent { name parent { name } }
        covers(first: 9) { nodes { startsOn complex { name } } } } } }"#;
    let seen = t.ask(Some(t.world().community), asked).await;
    assert_eq!(
        seen.data()["partyBranches"]["nodes"][0],
        json!({
            "name": "大塘小区党支部", "branchKind": "COMPLEX_BRANCH", "establishedOn": "2026-01-01",
            "parent": { "name": "大塘社区党委", "parent": { "name": "乐坪街道党工委" } },
            "covers": { "nodes": [{ "startsOn": "2026-01-01", "complex": { "name": "大塘小区" } }] },
        })
    );
    // one more complex, and another parent
    let more = "431302001000,乐坪街道党工委,街道党工委,,,,431302001010/大塘小区、431302001009/新月苑
431302001010,大塘社区党委,联合党委,431302001000,乐坪街道党工委,,\n";
    assert_eq!(take(&t, more).await, Ok(tally(0, 2, 0)));
    let seen = t.ask(Some(t.world().community), &asked.replace("大塘", "乐坪街道党工委")).await;
    let versions = party_branch::Entity::find().all(&t.app.db.read).await.expect("read");
    let version = |name: &str| versions.iter().find(|row| row.name == name).map(|row| row.version);
    assert_eq!((version("乐坪街道党工委"), version("大塘社区党委")), (Some(1), Some(2)));
    assert_eq!(seen.data()["partyBranches"]["nodes"][0]["covers"]["nodes"].as_array().map(Vec::len), Some(2));
}

async fn an_organisation_stays_below_another_until_a_table_says_otherwise(t: TestApp) {
    let parent = async || {
        let rows = party_branch::Entity::find().all(&t.app.db.read).await.expect("read");
        let above = rows.iter().find(|row| row.name == "大塘小区党支部").and_then(|row| row.parent_id);
        rows.iter().find(|row| Some(row.id) == above).map(|row| row.name.clone())
    };
    let line = |parent: &str| format!("431302001010,大塘小区党支部,小区党支部,,{parent},,\n");
    let both = format!("431302001010,大塘社区党委,社区党委,,,,\n431302001010,大塘社区联合党委,联合党委,,,,\n{}", line("大塘社区党委"));
    assert_eq!(take(&t, &both).await, Ok(tally(3, 0, 0)));
    assert_eq!(take(&t, &line("")).await, Ok(tally(0, 0, 1)));
    assert_eq!(parent().await.as_deref(), Some("大塘社区党委"));
    let circle = "431302001010,大塘社区党委,社区党委,,大塘小区党支部,,\n";
    assert_eq!(take(&t, circle).await, Err(vec![(2, "party-parent-below")]));
    assert_eq!(take(&t, &line("大塘社区联合党委")).await, Ok(tally(0, 1, 0)));
    assert_eq!(parent().await.as_deref(), Some("大塘社区联合党委"));
}

async fn the_organisation_of_a_firm_becomes_no_other_by_a_table(t: TestApp) {
    let of_firm =
        "UPDATE party_branch SET kind = 'PROPERTY_SERVICE_BRANCH', firm_id = (SELECT id FROM property_firm WHERE name = '甲物业')";
    t.sql(&format!("{of_firm} WHERE name = '新月苑党支部'")).await;
    let line = |kind: &str| format!("431302001009,新月苑党支部,{kind},,,,\n");
    assert_eq!(take(&t, &line("小区党支部")).await, Err(vec![(2, "party-branch-of-firm")]));
    assert_eq!(take(&t, &line("物业党支部")).await, Ok(tally(0, 0, 1)));
}

async fn what_is_covered_no_longer_is_not_covered_again_by_a_table(t: TestApp) {
    let line = |complexes: &str| format!("431302001010,大塘小区党支部,小区党支部,,,2026-01-01,{complexes}\n");
    assert_eq!(take(&t, &line("大塘小区")).await, Ok(tally(1, 0, 0)));
    let before = rows(&t).await;
    t.sql("UPDATE party_cover SET ended_on = '2026-06-01' WHERE branch_id = (SELECT id FROM party_branch WHERE name = '大塘小区党支部')")
        .await;
    assert_eq!(take(&t, &line("大塘小区")).await, Err(vec![(2, "import-cover-ended")]));
    assert_eq!(take(&t, &line("")).await, Ok(tally(0, 0, 1)));
    assert_eq!(rows(&t).await, before);
}

async fn of_two_organisations_of_one_name_a_table_means_neither(t: TestApp) {
    let line = |name: &str, parent: &str| format!("431302001010,{name},联合党委,,{parent},,\n");
    assert_eq!(take(&t, &(line("甲党委", "") + &line("乙党委", ""))).await, Ok(tally(2, 0, 0)));
    // as they come together when their communities are merged
    t.sql("UPDATE party_branch SET name = '甲党委' WHERE name = '乙党委'").await;
    assert_eq!(take(&t, &line("甲党委", "")).await, Err(vec![(2, "import-namesakes")]));
    assert_eq!(take(&t, &line("丙党委", "甲党委")).await, Err(vec![(2, "import-no-parent-of-branch")]));
}

async fn a_bad_table_of_organisations_changes_nothing_and_names_every_line(t: TestApp) {
    t.insert([party_branch::Model {
        id: t.app.clock.new_id(),
        area_id: t.world().area_other_community,
        parent_id: None,
        name: "旧党委".into(),
        kind: PartyBranchKind::CommunityCommittee,
        provenance: Provenance::Invented,
        firm_id: None,
        established_on: None,
        ended_on: Some(day(2026, 1, 1)),
        version: 1,
    }])
    .await;
    let before = rows(&t).await;
    let table = "431302001010,甲,小区党支部,,无此组织,,
999999999999,乙,小区党支部,,,,
431302001010,丙,俱乐部,,,,
431302001010,丁,小区党支部,,,,无此小区
431302001010,戊,小区党支部,,己,,
431302001010,己,小区党支部,,戊,,
431302001010,庚,小区党支部,,,2026-13-01,
431302001010,辛,小区党支部,,,,
431302001010,辛,小区党支部,,,,
431302001010,壬,小区党支部,431302001009,月塘社区党委,,
431302001010,癸,小区党支部,,,,431302001009/新月苑
431302001010,子,小区党支部,,,1921-06-30,
431302001010,丑,小区党支部,,,2026-06-11,
431302001010,寅,小区党支部,,旧党委,,\n";
    let bad = take(&t, table).await.expect_err("refused");
    let expected = [
        (2, "import-no-parent-of-branch"),
        (3, "import-no-area"),
        (4, "sheet-unknown-word"),
        (5, "import-no-complex"),
        (6, "party-parent-below"),
        (7, "party-parent-below"),
        (8, "sheet-day"),
        (10, "sheet-twice"),
        // not of an area above
        (11, "import-no-parent-of-branch"),
        // of the community next door
        (12, "party-cover-elsewhere"),
        (13, "out-of-range"),
        (14, "out-of-range"),
        // it has ended
        (15, "import-no-parent-of-branch"),
    ];
    assert_eq!(bad, expected);
    assert_eq!(rows(&t).await, before);
}
