//! The tables with which a district moves in: grids, complexes and buildings, firms and contracts, persons and posts.

use std::sync::Arc;

use chuishao::{
    app::App,
    complex::import as complexes,
    firm::import as firms,
    grid::import as grids,
    person::import as persons,
    sheet::{self, Bad, Column, Line, Lines, Refused, Tally, Told},
};
use entity::{building, complex, firm_contract, grid, person, post, property_firm};
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::json;

use crate::support::{TestApp, committees, global::global};

crate::tests! {
    both: [
        a_district_moves_in_and_works,
        what_is_taken_in_is_found,
        the_same_tables_again_change_nothing,
        what_a_table_leaves_empty_stays_as_it_is,
        what_has_ended_is_taken_up_again_by_no_table,
        of_two_complexes_of_one_name_a_table_means_neither,
        grids_lie_where_their_codes_say,
        bad_places_of_complexes_and_buildings_are_named,
        contracts_of_a_complex_do_not_overlap,
        a_contract_ends_when_a_later_table_says_so,
        a_contract_that_was_concluded_is_changed_by_tables_again_and_again_until_it_is_over,
        a_contract_that_was_ended_before_its_time_is_not_prolonged_by_an_old_table,
        a_person_is_known_by_telephone_or_sign_in_or_post,
        bad_persons_are_named_and_nobody_is_taken_in,
        who_sits_on_an_owners_committee_is_not_taken_in_at_the_firm,
        the_post_of_a_chair_is_not_taken_in,
        a_table_gives_no_firm_a_complex_on_whose_committee_its_people_sit,
        firms_come_with_their_codes_and_since_when_they_are_admitted,
        a_table_moves_no_building_out_of_its_grid,
        nobody_is_posted_to_a_department_that_has_ended,
        what_was_changed_while_a_table_was_read_is_not_overwritten,
    ],
}

const GRIDS: &str = "网格代码,网格名称\n431302001009021001,新网格一微网格\n431302001009021,新网格一\n";
const COMPLEXES: &str =
    "所在区划代码,小区名称,类型,地址,户数,建筑面积\n431302001009,新苑,商品房,新街 1 号,1200,98765.5\n431302001009021,旧院,老旧小区,,,\n";
const BUILDINGS: &str =
    "所在区划代码,小区名称,序号,楼栋名称,网格代码,层数,单元数\n431302001009,新苑,1,1栋,431302001009021,18,2\n431302001009,新苑,2,2栋,,,\n";
const FIRMS: &str = "区县代码,企业名称\n431302000000,新物业\n431302000000,老物业\n";
const CONTRACTS: &str = "区县代码,企业名称,所在区划代码,小区名称,起始日期,终止日期
431302000000,老物业,431302001009,新苑,2024-01-01,2025-12-31
431302000000,新物业,431302001009,新苑,2026-01-01,\n";
const PERSONS: &str = "姓名,手机,登录名,岗位,区划代码,单位名称,起任日期,离任日期
演示甲,13700000001,new-resident,居民,431302001009,新苑,2024-01-01,
演示乙,13700000002,new-worker,网格员,431302001009021,,2024-01-01,
演示乙,13700000002,new-worker,社区工作人员,431302001009,,2023-01-01,2023-12-31
演示丙,,,物业项目经理,431302000000,新物业,2026-01-01,
演示丁,,new-admin,系统管理员,431302000000,,2026-01-01,\n";

/// Reads a table and takes it in.
macro_rules! take {
    ($t:expr, $table:expr, $columns:path, $read:path, $import:path) => {
        taken(&$t, $table, &$columns, $read, async |app, lines, told| $import(app, lines, told).await).await
    };
}

async fn taken<L, W>(
    t: &TestApp,
    table: &str,
    columns: &'static [Column],
    read: fn(Line) -> Result<L, Bad>,
    write: W,
) -> Result<Tally, Vec<Bad>>
where
    W: AsyncFnOnce(&Arc<App>, Lines<L>, Told) -> Result<Tally, Refused>,
{
    let lines = sheet::read(table.as_bytes(), columns, read).expect("a table");
    write(&t.app, lines, &mut |done, of| assert!(done <= of)).await.map_err(|refused| match refused {
        Refused::Lines(bad) => bad,
        Refused::Db(error) => panic!("{error}"),
    })
}

async fn take_grids(t: &TestApp, table: &str) -> Result<Tally, Vec<Bad>> {
    take!(*t, table, grids::COLUMNS, grids::read, grids::import)
}

async fn take_complexes(t: &TestApp, table: &str) -> Result<Tally, Vec<Bad>> {
    take!(*t, table, complexes::COLUMNS, complexes::read, complexes::import)
}

async fn take_buildings(t: &TestApp, table: &str) -> Result<Tally, Vec<Bad>> {
    take!(*t, table, complexes::BUILDING_COLUMNS, complexes::read_building, complexes::import_buildings)
}

async fn take_firms(t: &TestApp, table: &str) -> Result<Tally, Vec<Bad>> {
    take!(*t, table, firms::COLUMNS, firms::read, firms::import)
}

async fn take_contracts(t: &TestApp, table: &str) -> Result<Tally, Vec<Bad>> {
    take!(*t, table, firms::CONTRACT_COLUMNS, firms::read_contract, firms::import_contracts)
}

async fn take_persons(t: &TestApp, table: &str) -> Result<Tally, Vec<Bad>> {
    take!(*t, table, persons::COLUMNS, persons::read, persons::import)
}

/// All tables, in order.
async fn move_in(t: &TestApp) -> Vec<Tally> {
    let tallies = [
        take_grids(t, GRIDS).await,
        take_complexes(t, COMPLEXES).await,
        take_buildings(t, BUILDINGS).await,
        take_firms(t, FIRMS).await,
        take_contracts(t, CONTRACTS).await,
        take_persons(t, PERSONS).await,
    ];
    tallies.into_iter().map(|tally| tally.expect("taken in")).collect()
}

fn tally(added: usize, changed: usize, known: usize) -> Tally {
    Tally { added, changed, known }
}

fn wrong(taken: Result<Tally, Vec<Bad>>) -> Vec<(u32, &'static str, Option<&'static str>)> {
    taken.expect_err("bad lines").iter().map(|bad| (bad.line, bad.why.key, bad.column)).collect()
}

async fn rows(t: &TestApp) -> [u64; 7] {
    let db = &t.app.db.read;
    [
        grid::Entity::find().count(db).await.expect("a count"),
        complex::Entity::find().count(db).await.expect("a count"),
        building::Entity::find().count(db).await.expect("a count"),
        property_firm::Entity::find().count(db).await.expect("a count"),
        firm_contract::Entity::find().count(db).await.expect("a count"),
        person::Entity::find().count(db).await.expect("a count"),
        post::Entity::find().count(db).await.expect("a count"),
    ]
}

async fn person_of(t: &TestApp, sign_in: &str) -> person::Model {
    chuishao::person::service::maybe_by_sign_in(&t.app, sign_in).await.expect("read").expect("a person")
}

async fn what_is_taken_in_is_found(t: TestApp) {
    move_in(&t).await;
    for (wanted, expected) in
        [("新苑", "Complex 新苑"), ("新街", "Complex 新苑"), ("lwy", "PropertyFirm 老物业"), ("演示乙", "Person 演示乙")]
    {
        assert_eq!(crate::search::find(&t, Some(t.world().district), wanted).await, [expected], "{wanted}");
    }
}

async fn a_district_moves_in_and_works(t: TestApp) {
    let before = rows(&t).await;
    assert_eq!(move_in(&t).await, [tally(2, 0, 0), tally(2, 0, 0), tally(2, 0, 0), tally(2, 0, 0), tally(2, 0, 0), tally(5, 0, 0)]);
    let after = rows(&t).await;
    assert_eq!(std::array::from_fn::<u64, 7, _>(|at| after[at] - before[at]), [2, 2, 2, 2, 2, 4, 5]);
    // what was imported is found by its words
    let found = t.ask(Some(t.world().district), "{ complexes(filter: { text: \"xy\" , name: { eq: \"新苑\" } }) { totalCount } propertyFirms(filter: { text: \"新物\" }) { totalCount } }").await;
    assert_eq!((&found.data()["complexes"]["totalCount"], &found.data()["propertyFirms"]["totalCount"]), (&json!(1), &json!(1)));
    let found = t.ask(Some(t.world().admin), "{ persons(filter: { text: \"演示乙\" }) { totalCount } }").await;
    assert_eq!(found.data()["persons"]["totalCount"], 1);
    // a resident reports from a building, and the grid that was imported is called
    let (resident, worker) = (person_of(&t, "new-resident").await.id, person_of(&t, "new-worker").await.id);
    let query = "{ complexes(filter: { name: { eq: \"新苑\" } }) { nodes { kind households floorArea area { code } firm { name }
        buildings(first: 5) { nodes { id name floors grid { name } } } } } }";
    let seen = t.ask(Some(worker), query).await;
    let found = &seen.data()["complexes"]["nodes"][0];
    assert_eq!(
        (&found["kind"], &found["households"], &found["floorArea"], &found["area"]["code"], &found["firm"]["name"]),
        (&json!("COMMODITY"), &json!(1200), &json!("98765.50"), &json!("431302001009"), &json!("新物业"))
    );
    let building = &found["buildings"]["nodes"][0];
    assert_eq!((&building["name"], &building["floors"], &building["grid"]["name"]), (&json!("1栋"), &json!(18), &json!("新网格一")));
    let filed = t.report_with(resident, json!({ "place": { "buildingId": building["id"] } })).await;
    t.does(worker, "checkInWhistle", &filed.whistle).await;
}

async fn the_same_tables_again_change_nothing(t: TestApp) {
    move_in(&t).await;
    let before = rows(&t).await;
    assert_eq!(move_in(&t).await, [tally(0, 0, 2), tally(0, 0, 2), tally(0, 0, 2), tally(0, 0, 2), tally(0, 0, 2), tally(0, 0, 5)]);
    assert_eq!(rows(&t).await, before);
}

async fn what_a_table_leaves_empty_stays_as_it_is(t: TestApp) {
    move_in(&t).await;
    let table = "所在区划代码,小区名称,类型,户数\n431302001009,新苑,安置房,\n";
    assert_eq!(take_complexes(&t, table).await, Ok(tally(0, 1, 0)));
    let known = complex::Entity::find().all(&t.app.db.read).await.expect("complexes").into_iter().find(|row| row.name == "新苑");
    let known = known.expect("known");
    assert_eq!(
        (known.kind, known.households, known.address.as_deref()),
        (entity::ComplexKind::Resettlement, Some(1200), Some("新街 1 号"))
    );
    assert_eq!(take_buildings(&t, "所在区划代码,小区名称,序号,楼栋名称\n431302001009,新苑,1,一栋\n").await, Ok(tally(0, 1, 0)));
    let known = building::Entity::find().all(&t.app.db.read).await.expect("buildings").into_iter().find(|row| row.name == "一栋");
    assert!(known.is_some_and(|row| row.floors == Some(18) && row.grid_id.is_some()));
}

async fn what_has_ended_is_taken_up_again_by_no_table(t: TestApp) {
    let table = "所在区划代码,小区名称,类型\n431302001009,新苑,商品房\n";
    assert_eq!(take_complexes(&t, table).await, Ok(tally(1, 0, 0)));
    t.sql("UPDATE complex SET ended_on = '2026-06-01' WHERE name = '新苑'").await;
    let before = rows(&t).await;
    assert_eq!(wrong(take_complexes(&t, table).await), [(2, "record-ended", Some("小区名称"))]);
    assert_eq!(rows(&t).await, before);
}

async fn of_two_complexes_of_one_name_a_table_means_neither(t: TestApp) {
    let table = "所在区划代码,小区名称,类型,户数\n431302001009,新苑,商品房,1\n431302001009,旧苑,商品房,2\n";
    assert_eq!(take_complexes(&t, table).await, Ok(tally(2, 0, 0)));
    // as they come together when their communities are merged
    t.sql("UPDATE complex SET name = '新苑' WHERE name = '旧苑'").await;
    let before = rows(&t).await;
    let complexes = "所在区划代码,小区名称,类型,户数\n431302001009,新苑,商品房,3\n";
    assert_eq!(wrong(take_complexes(&t, complexes).await), [(2, "import-namesakes", Some("小区名称"))]);
    let buildings = "所在区划代码,小区名称,序号,楼栋名称\n431302001009,新苑,1,1栋\n";
    assert_eq!(wrong(take_buildings(&t, buildings).await), [(2, "import-no-complex", Some("小区名称"))]);
    let contracts = format!("{HEADER}431302000000,甲物业,431302001009,新苑,2026-01-01,\n");
    assert_eq!(wrong(take_contracts(&t, &contracts).await), [(2, "import-no-complex", Some("小区名称"))]);
    assert_eq!(rows(&t).await, before);
}

async fn grids_lie_where_their_codes_say(t: TestApp) {
    take_grids(&t, GRIDS).await.expect("taken in");
    let query = "{ area(code: \"431302001009021001\") { name level grid { name } parent { level parent { code } } } }";
    let seen = t.ask(Some(t.world().community), query).await;
    assert_eq!(
        seen.data()["area"],
        json!({ "name": "新网格一微网格", "level": "MICRO_GRID", "grid": { "name": "新网格一微网格" },
            "parent": { "level": "GRID", "parent": { "code": "431302001009" } } })
    );
    assert_eq!(take_grids(&t, "code,name\n431302001009021,新名\n").await, Ok(tally(0, 1, 0)));
    let bad = "网格代码,网格名称\n431302001999001,无社区\n431302001009022001,无网格\n431302001009,社区\n431302001009023,\n431302001009024,甲\n431302001009024,乙\n";
    let code = Some("网格代码");
    let expected = [
        (2, "import-no-parent-of-grid", code),
        (3, "import-no-parent-of-grid", code),
        (4, "sheet-code", code),
        (5, "required", Some("网格名称")),
        (7, "sheet-twice", code),
    ];
    let before = rows(&t).await;
    assert_eq!(wrong(take_grids(&t, bad).await), expected);
    assert_eq!(rows(&t).await, before);
}

async fn bad_places_of_complexes_and_buildings_are_named(t: TestApp) {
    let before = rows(&t).await;
    let bad = "所在区划代码,小区名称,类型,户数,建筑面积
431302000000,甲,商品房,,
431302001009,乙,豪宅,,
431302001009,丙,商品房,-1,
431302001009,丁,商品房,,1.234
431302001009,戊,商品房,,
431302001009,戊,商品房,,\n";
    let expected = [
        (2, "import-no-community", Some("所在区划代码")),
        (3, "sheet-unknown-word", Some("类型")),
        (4, "sheet-number", Some("户数")),
        (5, "sheet-decimal", Some("建筑面积")),
        (7, "sheet-twice", Some("小区名称")),
    ];
    assert_eq!(wrong(take_complexes(&t, bad).await), expected);
    assert_eq!(rows(&t).await, before);
    move_in(&t).await;
    let bad = "所在区划代码,小区名称,序号,楼栋名称,网格代码\n431302001009,无,1,1栋,\n431302001009,新苑,3,3栋,431302001009999\n431302001009,新苑,,4栋,\n";
    let expected = [(2, "import-no-complex", Some("小区名称")), (3, "import-no-grid", Some("网格代码")), (4, "required", Some("序号"))];
    assert_eq!(wrong(take_buildings(&t, bad).await), expected);
}

const HEADER: &str = "区县代码,企业名称,所在区划代码,小区名称,起始日期,终止日期\n";

async fn contracts_of_a_complex_do_not_overlap(t: TestApp) {
    move_in(&t).await;
    let before = rows(&t).await;
    let bad = format!(
        "{HEADER}431302000000,老物业,431302001009,新苑,2026-06-01,
431302000000,老物业,431302001009,新苑,2025-12-31,2025-12-31
431302000000,老物业,431302001009021,旧院,2024-01-01,2024-12-31
431302000000,新物业,431302001009021,旧院,2024-12-31,
431302000000,别的,431302001009,新苑,2020-01-01,2020-12-31
431302000000,老物业,431302001009,没有,2020-01-01,2020-12-31
431302000000,老物业,431302001009,新苑,2020-01-01,2019-12-31
431302000000,老物业,431302001009,新苑,2020-13-01,\n"
    );
    let starts = Some("起始日期");
    let expected = [
        (2, "import-contract-overlaps", starts),
        (3, "import-contract-overlaps", starts),
        (5, "import-contract-overlaps", starts),
        (6, "import-no-firm", Some("企业名称")),
        (7, "import-no-complex", Some("小区名称")),
        (8, "import-ends-before", Some("终止日期")),
        (9, "sheet-day", starts),
    ];
    assert_eq!(wrong(take_contracts(&t, &bad).await), expected);
    assert_eq!(rows(&t).await, before);
}

async fn a_contract_ends_when_a_later_table_says_so(t: TestApp) {
    move_in(&t).await;
    let ends = format!(
        "{HEADER}431302000000,新物业,431302001009,新苑,2026-01-01,2026-05-31\n431302000000,老物业,431302001009,新苑,2026-06-01,2026-12-31\n"
    );
    assert_eq!(take_contracts(&t, &ends).await, Ok(tally(1, 1, 0)));
    let seen = t.ask(Some(t.world().district), "{ complexes(filter: { name: { eq: \"新苑\" } }) { nodes { firm { name } } } }").await;
    assert_eq!(seen.data()["complexes"]["nodes"][0]["firm"]["name"], "老物业");
    let none = "区县代码,企业名称\n431302001000,街道的\n";
    assert_eq!(wrong(take_firms(&t, none).await), [(2, "import-no-district", Some("区县代码"))]);
}

async fn a_contract_that_was_concluded_is_changed_by_tables_again_and_again_until_it_is_over(t: TestApp) {
    move_in(&t).await;
    let (w, line) = (t.world(), "431302000000,甲物业,431302001009021,旧院,2026-06-01");
    let complex =
        t.ask(None, r#"{ complexes(filter: {name: {eq: "旧院"}}) { nodes { id } } }"#).await.data()["complexes"]["nodes"][0]["id"].clone();
    let input = json!({ "firmId": global(w.firm_a), "basis": "备案1号", "admittedOn": "2020-01-01" });
    t.change(Some(w.district), "admitFirm", input, "").await;
    let input = json!({ "firmId": global(w.firm_a), "complexId": complex, "startsOn": "2026-06-01" });
    t.change(Some(w.subdistrict), "concludeContract", input, "").await.done("concludeContract");
    for (ends_on, expected) in
        [("2026-12-31", tally(0, 1, 0)), ("2027-12-31", tally(0, 1, 0)), ("", tally(0, 0, 1)), ("2026-06-09", tally(0, 1, 0))]
    {
        assert_eq!(take_contracts(&t, &format!("{HEADER}{line},{ends_on}\n")).await, Ok(expected), "{ends_on}");
    }
    let query = r#"{ firmContracts(filter: {complex: {name: {eq: "旧院"}}}) { nodes { version changes { nodes { version fields { name to } } } } } }"#;
    let seen = t.ask(Some(w.district), query).await.data()["firmContracts"]["nodes"][0].clone();
    assert_eq!((&seen["version"], seen["changes"]["nodes"].as_array().map(Vec::len)), (&json!(4), Some(4)));
    assert_eq!(seen["changes"]["nodes"][0], json!({ "version": 4, "fields": [{ "name": "endsOn", "to": "2026-06-09" }] }));
    // it is over: an old ledger does not bring it back
    assert_eq!(take_contracts(&t, &format!("{HEADER}{line},\n")).await, Ok(tally(0, 0, 1)));
    assert_eq!(wrong(take_contracts(&t, &format!("{HEADER}{line},2027-12-31\n")).await), [(2, "record-ended", Some("终止日期"))]);
    let twice = format!(
        "{HEADER}431302000000,甲物业,431302001009021,旧院,2028-01-01,\n431302000000,甲物业,431302001009021,旧院,2028-01-01,2028-12-31\n"
    );
    assert_eq!(wrong(take_contracts(&t, &twice).await), [(3, "sheet-twice", Some("起始日期"))]);
}

async fn a_contract_that_was_ended_before_its_time_is_not_prolonged_by_an_old_table(t: TestApp) {
    let table = |ends_on: &str| format!("{HEADER}431302000000,甲物业,431302001009,新月苑,2030-01-01,{ends_on}\n");
    t.sql("UPDATE firm_contract SET ends_on = '2029-12-31' WHERE ends_on IS NULL").await;
    assert_eq!(take_contracts(&t, &table("2030-12-31")).await, Ok(tally(1, 0, 0)));
    let asked = r#"{ firmContracts(filter: {startsOn: {gte: "2030-01-01"}}) { nodes { id endsOn } } }"#;
    let contract = t.ask(Some(t.world().district), asked).await.data()["firmContracts"]["nodes"][0].clone();
    let input = json!({ "contractId": contract["id"], "endsOn": "2030-06-30", "reason": "协商解除" });
    t.change(Some(t.world().district), "endContract", input, "").await.done("endContract");
    assert_eq!(wrong(take_contracts(&t, &table("2030-12-31")).await), [(2, "record-ended", Some("终止日期"))]);
    assert_eq!(take_contracts(&t, &table("")).await, Ok(tally(0, 0, 1)));
    let kept = t.ask(Some(t.world().district), asked).await.data()["firmContracts"]["nodes"][0].clone();
    assert_eq!(kept["endsOn"], "2030-06-30");
}

async fn a_person_is_known_by_telephone_or_sign_in_or_post(t: TestApp) {
    move_in(&t).await;
    let before = rows(&t).await;
    let more = "姓名,手机,登录名,岗位,区划代码,单位名称,起任日期,离任日期
演示乙新,13700000002,,网格员,431302001009021,,2024-01-01,2026-05-31
演示丙,,,物业项目经理,431302000000,新物业,2026-01-01,
演示丁,13700000004,new-admin,分析员,431302000000,,2026-02-01,
演示丙,,,物业项目经理,431302000000,老物业,2026-01-01,\n";
    assert_eq!(take_persons(&t, more).await, Ok(tally(2, 1, 1)));
    let after = rows(&t).await;
    assert_eq!((after[5] - before[5], after[6] - before[6]), (1, 2), "of one name at another firm: somebody else");
    let (worker, admin) = (person_of(&t, "new-worker").await, person_of(&t, "new-admin").await);
    assert_eq!((&*worker.name, admin.phone.as_deref()), ("演示乙新", Some("13700000004")));
    let seen = t.ask(Some(admin.id), "{ viewer { roles } }").await;
    assert_eq!(seen.data()["viewer"]["roles"].as_array().map(Vec::len), Some(2));
}

async fn bad_persons_are_named_and_nobody_is_taken_in(t: TestApp) {
    move_in(&t).await;
    let before = rows(&t).await;
    let bad = "姓名,手机,登录名,岗位,区划代码,单位名称,起任日期,离任日期
甲,abc,,居民,431302001009,新苑,2024-01-01,
乙,,Bad Name,居民,431302001009,新苑,2024-01-01,
丙,,,村长,431302001009,,2024-01-01,
丁,,,居民,431302001009,,2024-01-01,
戊,,,社区工作人员,431302001009,社区,2024-01-01,
己,,,居民,431302001009,没有,2024-01-01,
庚,,,街道工作人员,431302001009,,2024-01-01,
辛,,,分析员,431302000000,,2024-01-01,2023-12-31
壬,13700000001,new-worker,居民,431302001009,新苑,2024-01-01,
癸,13700000009,,居民,431302001009,新苑,2024-01-01,
癸二,13700000009,,居民,431302001009,新苑,2025-01-01,
子,13700000008,,居民,431302001009,新苑,2024-01-01,
子,13700000008,,居民,431302001009,新苑,2024-01-01,2025-01-01\n";
    let expected = [
        (2, "import-phone", Some("手机")),
        (3, "import-sign-in", Some("登录名")),
        (4, "sheet-unknown-word", Some("岗位")),
        (5, "required", Some("单位名称")),
        (6, "import-no-unit-here", Some("单位名称")),
        (7, "import-no-unit", Some("单位名称")),
        (8, "import-no-unit", Some("区划代码")),
        (9, "import-ends-before", Some("离任日期")),
        (10, "import-sign-in-taken", Some("登录名")),
        (12, "import-person-twice", Some("姓名")),
        (14, "import-post-twice", Some("离任日期")),
    ];
    assert_eq!(wrong(take_persons(&t, bad).await), expected);
    assert_eq!(rows(&t).await, before);
}

async fn who_sits_on_an_owners_committee_is_not_taken_in_at_the_firm(t: TestApp) {
    // on that of xinyue, which 甲物业 serves, from 2024 to 2028
    committees::row(&t, "新月苑业主委员会", |_, _| {}).await;
    let resident = person::Entity::find_by_id(t.world().resident).one(&t.app.db.read).await.expect("read").expect("the resident");
    let phone = resident.phone.expect("a phone");
    let table = |firm: &str, from: &str| {
        format!("姓名,手机,登录名,岗位,区划代码,单位名称,起任日期,离任日期\n居民甲,{phone},,物业项目经理,431302000000,{firm},{from},\n")
    };
    let before = rows(&t).await;
    let refused = take_persons(&t, &table("甲物业", "2026-01-01")).await;
    assert_eq!(wrong(refused), [(2, "broken-not-of-serving-firm", Some("单位名称"))]);
    assert_eq!(rows(&t).await, before);
    assert_eq!(take_persons(&t, &table("甲物业", "2029-01-01")).await, Ok(tally(1, 0, 0)));
    assert_eq!(take_persons(&t, &table("乙物业", "2026-01-01")).await, Ok(tally(1, 0, 0)));
}

async fn the_post_of_a_chair_is_not_taken_in(t: TestApp) {
    let before = rows(&t).await;
    let table = |role: &str| {
        format!(
            "姓名,手机,登录名,岗位,区划代码,单位名称,起任日期,离任日期\n居民丁,13700000009,,{role},431302001009,新月苑业主委员会,2026-01-01,\n"
        )
    };
    for role in ["业主委员会主任", "业委会副主任", "committee_chair"] {
        assert_eq!(wrong(take_persons(&t, &table(role)).await), [(2, "post-of-seat", Some("岗位"))], "{role}");
    }
    assert_eq!(rows(&t).await, before);
}

async fn a_table_gives_no_firm_a_complex_on_whose_committee_its_people_sit(t: TestApp) {
    let w = t.world();
    // 居民甲 sits on that of xinyue from 2024 to 2028
    committees::row(&t, "新月苑业主委员会", |_, _| {}).await;
    let resident = person::Entity::find_by_id(w.resident).one(&t.app.db.read).await.expect("read").expect("the resident");
    let phone = resident.phone.expect("a phone");
    let people = "姓名,手机,登录名,岗位,区划代码,单位名称,起任日期,离任日期";
    let works = format!("{people}\n居民甲,{phone},,物业项目经理,431302000000,乙物业,2026-01-01,\n");
    assert_eq!(take_persons(&t, &works).await, Ok(tally(1, 0, 0)));
    let contract = |from: &str| {
        format!("{HEADER}431302000000,甲物业,431302001009,新月苑,2025-01-01,2026-12-31\n431302000000,乙物业,431302001009,新月苑,{from},\n")
    };
    let before = rows(&t).await;
    assert_eq!(wrong(take_contracts(&t, &contract("2027-01-01")).await), [(3, "broken-not-of-serving-firm", Some("企业名称"))]);
    assert_eq!(rows(&t).await, before);
    assert_eq!(take_contracts(&t, &contract("2029-01-01")).await, Ok(tally(1, 1, 0)), "the seat has ended by then");
}

async fn firms_come_with_their_codes_and_since_when_they_are_admitted(t: TestApp) {
    let w = t.world();
    let header = "区县代码,企业名称,统一社会信用代码,准入日期,准入依据\n";
    let table = format!("{header}431302000000,丙物业,91431302MA4L0A0001,2026-01-01,备案1号\n431302000000,甲物业,,2020-01-01,备案2号\n");
    assert_eq!(take_firms(&t, &table).await, Ok(tally(1, 1, 0)));
    assert_eq!(take_firms(&t, &table).await, Ok(tally(0, 0, 2)));
    let asked = r#"{ propertyFirms(filter: {name: {in: ["丙物业", "甲物业"]}}) { nodes { name creditCode version admissions { nodes { admittedOn basis } } } } }"#;
    let seen = t.ask(Some(w.district), asked).await.data()["propertyFirms"]["nodes"].clone();
    let of = |name: &str| seen.as_array().and_then(|firms| firms.iter().find(|firm| firm["name"] == name)).expect("the firm").clone();
    let admitted = |on: &str, basis: &str| json!({ "nodes": [{ "admittedOn": on, "basis": basis }] });
    assert_eq!(
        (&of("丙物业")["creditCode"], &of("丙物业")["admissions"]),
        (&json!("91431302MA4L0A0001"), &admitted("2026-01-01", "备案1号"))
    );
    assert_eq!((&of("甲物业")["version"], &of("甲物业")["admissions"]), (&json!(1), &admitted("2020-01-01", "备案2号")));
    // and may conclude contracts from then on
    let input = json!({ "contractId": global(w.contract), "endsOn": "2026-06-30", "reason": "到期" });
    t.change(Some(w.district), "endContract", input, "").await.done("endContract");
    let firm = t.ask(None, r#"{ propertyFirms(filter: {name: {eq: "丙物业"}}) { nodes { id } } }"#).await.data()["propertyFirms"]["nodes"]
        [0]["id"]
        .clone();
    let input = json!({ "firmId": firm, "complexId": global(w.xinyue), "startsOn": "2026-07-01" });
    t.change(Some(w.district), "concludeContract", input, "").await.done("concludeContract");
    // a later table brings the code, which the firm's changes tell
    let code = format!("{header}431302000000,甲物业,91431302MA4L0A0002,,\n");
    assert_eq!(take_firms(&t, &code).await, Ok(tally(0, 1, 0)));
    let asked = r#"{ propertyFirms(filter: {name: {eq: "甲物业"}}) { nodes { version changes { nodes { fields { name to } } } } } }"#;
    let changed = json!({ "version": 2, "changes": { "nodes": [{ "fields": [{ "name": "creditCode", "to": "91431302MA4L0A0002" }] }] } });
    assert_eq!(t.ask(Some(w.district), asked).await.data()["propertyFirms"]["nodes"][0], changed);
    let bad = format!(
        "{header}431302000000,丁物业,91431302MA4L0A0001,,
431302000000,戊物业,123,,
431302000000,己物业,,2026-01-01,
431302000000,甲物业,,2026-02-01,备案3号
431302000000,庚物业,91431302MA4L0A0009,,
431302000000,辛物业,91431302MA4L0A0009,,\n"
    );
    let (code, day) = (Some("统一社会信用代码"), Some("准入日期"));
    let expected = [
        (2, "taken", code),
        (3, "credit-code", code),
        (4, "required", Some("准入依据")),
        (5, "import-admission-overlaps", day),
        (7, "sheet-twice", code),
    ];
    let before = rows(&t).await;
    assert_eq!(wrong(take_firms(&t, &bad).await), expected);
    assert_eq!(rows(&t).await, before);
}

async fn a_table_moves_no_building_out_of_its_grid(t: TestApp) {
    let header = "所在区划代码,小区名称,序号,楼栋名称,网格代码\n";
    let line = |grid: &str| format!("{header}431302001009,新月苑,1,1栋,{grid}\n");
    assert_eq!(wrong(take_buildings(&t, &line("431302001009002")).await), [(2, "import-building-moved", Some("网格代码"))]);
    assert_eq!(take_buildings(&t, &line("431302001009001")).await, Ok(tally(0, 0, 1)));
    assert_eq!(take_buildings(&t, &line("")).await, Ok(tally(0, 0, 1)));
}

async fn nobody_is_posted_to_a_department_that_has_ended(t: TestApp) {
    let table = "姓名,手机,登录名,岗位,区划代码,单位名称,起任日期,离任日期\n演示戊,,,部门工作人员,431302000000,区城管局,2026-01-01,\n";
    t.sql("UPDATE department SET ended_on = '2026-06-01' WHERE name = '区城管局'").await;
    assert_eq!(wrong(take_persons(&t, table).await), [(2, "import-no-unit", Some("单位名称"))]);
    t.sql("UPDATE department SET ended_on = NULL WHERE name = '区城管局'").await;
    assert_eq!(take_persons(&t, table).await, Ok(tally(1, 0, 0)));
}

async fn what_was_changed_while_a_table_was_read_is_not_overwritten(t: TestApp) {
    let w = t.world();
    let input = json!({ "complexId": global(w.xinyue), "households": 400 });
    t.change(Some(w.community), "updateComplex", input, "").await.done("updateComplex");
    // as one reads it who looked before that was committed
    t.sql("UPDATE complex SET version = 1, households = NULL WHERE name = '新月苑'").await;
    let table = "所在区划代码,小区名称,类型,地址\n431302001009,新月苑,商品房,新街 1 号\n";
    let lines = sheet::read(table.as_bytes(), complexes::COLUMNS, complexes::read).expect("a table");
    let taken = complexes::import(&t.app, lines, &mut |_, _| ()).await;
    // the job begins anew, and reads it as it is by then
    assert!(matches!(taken, Err(Refused::Db(_))), "{taken:?}");
    let kept = complex::Entity::find_by_id(w.xinyue).one(&t.app.db.read).await.expect("read").expect("the complex");
    assert_eq!(kept.address, None);
}
