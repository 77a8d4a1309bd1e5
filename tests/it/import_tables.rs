//! Tables of records: what is taken in, once, and what is refused, line by line.

use chuishao::area::import::{COLUMNS, import, read};
use chuishao::sheet::{self, Bad, Refused, Tally};
use entity::{AreaKind, AreaLevel, PersonId, area};
use rust_xlsxwriter::Workbook;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::json;

use crate::support::{
    TestApp,
    process::{chuishao, failed, succeeded},
};

crate::tests! {
    both: [
        a_table_of_areas_is_taken_in_once,
        a_renamed_area_keeps_its_place_and_what_lies_in_it,
        every_bad_line_is_named_and_nothing_is_taken_in,
        a_new_area_has_a_code_of_its_level_and_from_an_administrator_of_its_place,
        lines_may_come_in_any_order,
        an_excel_table_is_read_as_it_shows,
    ],
    pure: [
        a_header_goes_by_either_name_in_any_order,
        a_wrong_header_is_told_and_no_line_is_read,
        the_chinese_of_an_older_excel_is_read,
        a_lonely_cell_far_away_costs_nothing,
        what_is_no_table_is_refused,
        a_template_is_a_table_without_lines,
        the_command_line_imports_and_names_bad_lines,
    ],
}

const TABLE: &str = "代码,名称,级别,上级代码
990000000000,虚省,省级,
990100000000,虚州市,地级,990000000000
990102000000,虚东区,县级,990100000000
990102001000,虚街街道,乡级,990102000000
990102001001,虚巷社区,村级,990102001000
990200000000,虚县级市,地级,990000000000
990200001000,虚镇,乡级,990200000000
";

async fn take(t: &TestApp, table: impl AsRef<[u8]>) -> Result<Tally, Vec<Bad>> {
    take_by(t, table, None).await
}

async fn take_by(t: &TestApp, table: impl AsRef<[u8]>, by: Option<PersonId>) -> Result<Tally, Vec<Bad>> {
    let mut lines = sheet::read(table.as_ref(), COLUMNS, read).expect("a table");
    lines.by = by;
    import(&t.app, lines, &mut |done, of| assert!(done <= of)).await.map_err(|refused| match refused {
        Refused::Lines(bad) => bad,
        Refused::Db(error) => panic!("{error}"),
    })
}

async fn areas(t: &TestApp) -> u64 {
    area::Entity::find().count(&t.app.db.read).await.expect("a count")
}

/// Lines and keys of what is wrong.
fn wrong(bad: &[Bad]) -> Vec<(u32, &str, Option<&str>)> {
    bad.iter().map(|bad| (bad.line, bad.why.key, bad.column)).collect()
}

fn tally(added: usize, changed: usize, known: usize) -> Tally {
    Tally { added, changed, known }
}

async fn a_table_of_areas_is_taken_in_once(t: TestApp) {
    let before = areas(&t).await;
    assert_eq!(take(&t, TABLE).await, Ok(tally(7, 0, 0)));
    assert_eq!(take(&t, TABLE).await, Ok(tally(0, 0, 7)));
    assert_eq!(areas(&t).await, before + 7);
    let query = "{ areas(filter: { area: \"990000000000\" }, first: 20) { totalCount }
        area(code: \"990102001001\") { name level divisionKind parent { code divisionKind parent { divisionKind parent { parent { code level } } } } } }";
    let seen = t.ask(Some(t.world().admin), query).await;
    assert_eq!(seen.data()["areas"]["totalCount"], 7);
    assert_eq!(
        seen.data()["area"],
        json!({ "name": "虚巷社区", "level": "COMMUNITY", "divisionKind": "RESIDENTS", "parent": { "code": "990102001000", "divisionKind": "STREET",
            "parent": { "divisionKind": "CITY_DISTRICT", "parent": { "parent": { "code": "990000000000", "level": "PROVINCE" } } } } })
    );
}

async fn a_renamed_area_keeps_its_place_and_what_lies_in_it(t: TestApp) {
    take(&t, TABLE).await.expect("taken in");
    let renamed = "代码,名称,级别,上级代码\n990102001000,虚街镇,乡级,990102000000\n990102001001,虚巷社区,村级,990102001000\n";
    assert_eq!(take(&t, renamed).await, Ok(tally(0, 1, 1)));
    let rows = area::Entity::find().all(&t.app.db.read).await.expect("areas");
    let of = |code: &str| rows.iter().find(|row| row.code == code).expect("an area");
    let (town, community) = (of("990102001000"), of("990102001001"));
    assert_eq!((&*town.name, town.kind, town.level), ("虚街镇", Some(AreaKind::Town), AreaLevel::Subdistrict));
    assert_eq!((community.parent_id, community.path.starts_with(&town.path)), (Some(town.id), true));
}

async fn every_bad_line_is_named_and_nothing_is_taken_in(t: TestApp) {
    let before = areas(&t).await;
    let bad = "代码,名称,级别,上级代码
990000000000,虚省,省级,
99010000000,虚州市,地级,990000000000
990200000000,,地级,990000000000
990300000000,虚市,市,990000000000
990400000000,虚市,地级,980000000000
990500000000,虚市,地级,
980000000000,虚省,省级,990000000000
990000000000,虚省,省级,
990601000000,虚县,县级,990000000000
990602000000,虚市,地级,990601000000
431302001000,虚镇,乡级,990601000000
431302000000,虚区,地级,990000000000
";
    let (code, name, level, parent) = (Some("代码"), Some("名称"), Some("级别"), Some("上级代码"));
    let expected = vec![
        (3, "sheet-code", code),
        (4, "required", name),
        (5, "sheet-unknown-word", level),
        (6, "import-area-no-parent", parent),
        (7, "sheet-code", parent),
        (8, "import-area-top", parent),
        (9, "sheet-twice", code),
        (11, "import-area-no-parent", parent),
        (12, "import-area-moved", parent),
        (13, "import-area-moved", level),
    ];
    let found = take(&t, bad).await.expect_err("bad lines");
    assert_eq!(wrong(&found), expected);
    assert_eq!(areas(&t).await, before);
    let below =
        "代码,名称,级别,上级代码\n990000000000,虚省,省级,\n990100000000,虚市,地级,990000000000\n990200000000,虚市,地级,990100000000\n";
    assert_eq!(wrong(&take(&t, below).await.expect_err("of one level")), [(4, "import-area-level-below", level)]);
}

async fn a_new_area_has_a_code_of_its_level_and_from_an_administrator_of_its_place(t: TestApp) {
    let before = areas(&t).await;
    let bad = "代码,名称,级别,上级代码
990000000000,虚省,省级,
990100000000,虚州市,地级,990000000000
980100000000,他市,地级,990000000000
990101001000,虚县,县级,990100000000
431302002997,虚里村,村级,431302001000
970100000000,虚省,省级,
";
    let misfits = |found: Vec<Bad>| {
        assert!(found.iter().all(|bad| (bad.why.key, bad.column) == ("area-code-misfit", Some("代码"))), "{found:?}");
        found.iter().map(|bad| bad.line).collect::<Vec<_>>()
    };
    assert_eq!(misfits(take_by(&t, bad, Some(t.world().admin)).await.expect_err("bad lines")), [4, 5, 6, 7]);
    assert_eq!(misfits(take(&t, bad).await.expect_err("bad lines")), [5, 7]);
    assert_eq!(areas(&t).await, before);
    // what an export has below the area into which another was merged
    let kept = "代码,名称,级别,上级代码\n431302002997,虚里村,村级,431302001000\n";
    assert_eq!(take(&t, kept).await, Ok(tally(1, 0, 0)));
    assert_eq!(take(&t, kept).await, Ok(tally(0, 0, 1)));
}

async fn lines_may_come_in_any_order(t: TestApp) {
    let mut lines: Vec<&str> = TABLE.lines().collect();
    lines[1..].reverse();
    assert_eq!(take(&t, lines.join("\n")).await, Ok(tally(7, 0, 0)));
    // what lies above may be known already
    let more = "上级代码,级别,代码,名称\n431302001000,COMMUNITY,431302001998,虚里村\n";
    assert_eq!(take(&t, more).await, Ok(tally(1, 0, 0)));
}

async fn an_excel_table_is_read_as_it_shows(t: TestApp) {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (row, line) in (0..).zip(TABLE.lines()) {
        for (column, cell) in (0..).zip(line.split(',')) {
            match cell.parse::<f64>() {
                // a code that Excel took for a number
                Ok(number) => sheet.write_number(row, column, number),
                Err(_) => sheet.write_string(row, column, cell),
            }
            .expect("written");
        }
    }
    assert_eq!(take(&t, book.save_to_buffer().expect("a book")).await, Ok(tally(7, 0, 0)));
    assert_eq!(take(&t, TABLE).await, Ok(tally(0, 0, 7)));
}

fn names(table: impl AsRef<[u8]>) -> (Vec<String>, Vec<Bad>) {
    let lines = sheet::read(table.as_ref(), COLUMNS, |line| Ok(line.text("name").to_owned())).expect("a table");
    (lines.good, lines.bad)
}

fn a_header_goes_by_either_name_in_any_order() {
    for header in ["代码,名称,级别,上级代码", "\u{feff}Code, NAME ,level,parent_code"] {
        assert_eq!(names(format!("{header}\n1, 甲 ,省级,\n\n , ,,\n2,\"乙,丙\",省级\n")), (vec!["甲".into(), "乙,丙".into()], vec![]));
    }
    assert_eq!(names("名称,级别,代码\n甲,省级,1\n"), (vec!["甲".into()], vec![]), "a column that nobody needs may be left out");
}

fn a_wrong_header_is_told_and_no_line_is_read() {
    let (read, bad) = names("代码,名字,级别,备注\n1,甲,省级,\n");
    assert!(read.is_empty());
    assert_eq!(wrong(&bad), [(1, "sheet-missing-columns", None), (1, "sheet-unknown-columns", None)]);
    assert_eq!((&*bad[0].why.args[0].1, &*bad[1].why.args[0].1), ("名称", "名字、备注"));
    assert_eq!(wrong(&names("").1), [(1, "sheet-empty", None)]);
    assert_eq!(wrong(&names("代码,名称,级别,名称\n").1), [(1, "sheet-unknown-columns", None)], "the same column twice");
}

fn the_chinese_of_an_older_excel_is_read() {
    let (bytes, _, lossy) = encoding_rs::GB18030.encode("代码,名称,级别\n1,娄星区,县级\n");
    assert!(!lossy);
    assert_eq!(names(bytes).0, ["娄星区"]);
}

fn a_lonely_cell_far_away_costs_nothing() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (column, title) in (0..).zip(["代码", "名称", "级别"]) {
        sheet.write_string(0, column, title).expect("written");
    }
    sheet.write_string(1_048_575, 16_383, "x").expect("written");
    sheet.write_string(1_048_575, 1, "甲").expect("written");
    let (read, bad) = names(book.save_to_buffer().expect("a book"));
    assert_eq!((read.len(), wrong(&bad)), (0, vec![(1_048_576, "sheet-cell-beside", None)]));
}

fn what_is_no_table_is_refused() {
    let refused = |bytes: &[u8]| sheet::read(bytes, COLUMNS, read).map(|_| ()).expect_err("no table").key;
    assert_eq!(refused(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1]), "sheet-old-excel");
    assert_eq!(refused(b"PK\x03\x04 and nothing else"), "sheet-no-xlsx");
    assert_eq!(refused(&[0xff, 0xff, b'd', 0x80]), "sheet-encoding");
}

fn a_template_is_a_table_without_lines() {
    for xlsx in [false, true] {
        let template = sheet::template(COLUMNS, xlsx).expect("a template");
        assert_eq!(names(template), (vec![], vec![]), "{xlsx}");
    }
}

fn the_command_line_imports_and_names_bad_lines() {
    let data = tempfile::tempdir().expect("a directory");
    let file = |name: &str, text: &str| {
        let path = data.path().join(name);
        std::fs::write(&path, text).expect("written");
        path.to_str().expect("UTF-8").to_owned()
    };
    let import = |path: &str| chuishao(data.path(), &["import", "areas", path]);
    let good = file("good.csv", TABLE);
    failed(&mut import(&good), 1, &["there is no database"]);
    succeeded(&mut chuishao(data.path(), &["migrate"]));
    assert_eq!(succeeded(&mut import(&good)), "7 added 新增, 0 changed 更新, 0 were known 未变\n");
    assert_eq!(succeeded(&mut import(&good)), "0 added 新增, 0 changed 更新, 7 were known 未变\n");
    let bad = file("bad.csv", "代码,名称,级别,上级代码\n9,甲,省级,\n980000000000,,省级,\n");
    failed(
        import(&bad).env("LC_ALL", "C"),
        1,
        &["nothing was changed", "line 2, 代码: Expected a code of 12 digits", "line 3, 名称: A value is needed"],
    );
    failed(import(&bad).env("LC_ALL", "zh_CN.UTF-8"), 1, &["第 2 行“代码”：应为 12 位数字的代码"]);
    failed(&mut import("/no/such.csv"), 1, &["cannot read /no/such.csv"]);
    let template = data.path().join("areas.xlsx");
    succeeded(&mut chuishao(data.path(), &["import", "areas", "--template", template.to_str().expect("UTF-8")]));
    assert!(succeeded(&mut import(template.to_str().expect("UTF-8"))).starts_with("0 added"));
    failed(&mut chuishao(data.path(), &["import", "areas", "--template", "areas.xls"]), 1, &["a .csv or an .xlsx file", "areas.xls"]);
    failed(&mut chuishao(data.path(), &["import", "areas"]), 2, &["--template"]);
}
