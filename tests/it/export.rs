//! `chuishao export`: what a bearer may see, as a table.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process::Command,
};

use async_graphql::parser::types::TypeKind;
use calamine::{Data, Reader, Xlsx};
use chuishao::{
    area::import as area,
    complex::import as complex,
    department::import as department,
    double_report::import as double_report,
    party::import as party,
    sheet::{self, Bad, Column, Line},
};
use sea_orm::{ConnectionTrait, EntityTrait};
use serde_json::{Value, json};

use crate::{
    schema::{fields, types},
    support::{
        TestApp,
        app::Contents,
        postgres,
        process::{chuishao, failed, succeeded},
        run::{TestDatabase, runtime},
    },
};

crate::tests! {
    both: [every_word_of_an_export_comes_back_as_its_value],
    pure: [
        every_list_of_the_schema_can_be_exported,
        every_list_is_exported_as_its_bearer_sees_it,
        a_filter_is_that_of_the_list,
        what_belongs_to_a_row_stands_in_it,
        a_cell_holds_a_list_item_by_item_or_says_that_there_is_more,
        what_was_done_to_records_is_told_field_by_field,
        what_is_exported_can_be_imported,
        every_word_of_an_export_is_known_to_its_import,
        a_formula_is_text,
        what_begins_like_a_formula_comes_back_as_it_was,
        bad_wishes_end_with_a_sentence_and_leave_the_file,
        postgres_exports_too,
    ],
}

struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    fn demo() -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        succeeded(&mut chuishao(dir.path(), &["demo"]));
        Self { dir }
    }

    fn path(&self, name: &str) -> String {
        self.dir.path().join(name).to_str().expect("UTF-8").to_owned()
    }

    fn token(&self, name: &str) -> String {
        succeeded(&mut chuishao(self.dir.path(), &["token", name])).trim().to_owned()
    }

    fn export(&self, who: &str, list: &str, file: &str, more: &[&str]) -> Command {
        let mut command = chuishao(self.dir.path(), &["export", list, &self.path(file)]);
        command.args(more).env("CHUISHAO_TOKEN", if who.is_empty() { String::new() } else { self.token(who) });
        if who.is_empty() {
            command.env_remove("CHUISHAO_TOKEN");
        }
        command
    }

    fn csv(&self, file: &str) -> Vec<Vec<String>> {
        read(&self.dir.path().join(file))
    }

    /// Puts something into the database past the app.
    fn sql(&self, statements: &[String]) {
        runtime().expect("a runtime").block_on(async {
            let connection = sea_orm::Database::connect(format!("sqlite://{}", self.path("chuishao.db"))).await.expect("connected");
            for statement in statements {
                connection.execute_unprepared(statement).await.expect("executed");
            }
            connection.close().await.expect("closed");
        });
    }

    /// A list is exported and taken in again, and nothing has changed.
    fn comes_back(&self, (list, table, missing, filter): Imported, file: &str) {
        succeeded(&mut chuishao(self.dir.path(), &["import", table, "--template", &self.path("empty.csv")]));
        let mut titles = self.csv("empty.csv").swap_remove(0);
        titles.retain(|title| !missing.contains(&title.as_str()));
        succeeded(&mut self.export("district", list, file, &["--filter", filter, "--columns", &titles.join(",")]));
        let said = succeeded(&mut chuishao(self.dir.path(), &["import", table, &self.path(file)]));
        assert!(said.starts_with("0 added 新增, 0 changed") && !said.contains(", 0 were known"), "{list}: {said}");
    }
}

fn read(path: &Path) -> Vec<Vec<String>> {
    let text = fs::read_to_string(path).expect("a file");
    let text = text.strip_prefix('\u{feff}').expect("what Excel knows UTF-8 by");
    let rows = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes()).into_records();
    rows.map(|row| row.expect("a row").iter().map(str::to_owned).collect()).collect()
}

/// The lists at the root of the schema. The event log and the hits of a search are none: one follows a cursor, the others a question.
fn root_lists() -> BTreeSet<String> {
    let types = types();
    let lists = fields(&types["Query"]).iter().filter(|field| field.node.ty.node.to_string().ends_with("Connection!"));
    let lists = lists.map(|field| field.node.name.node.to_string());
    lists.filter(|list| !["caseChanges", "search"].contains(&list.as_str())).collect()
}

fn every_list_of_the_schema_can_be_exported() {
    let dir = tempfile::tempdir().expect("a directory");
    let said = failed(&mut chuishao(dir.path(), &["export", "secrets", "out.csv"]), 2, &["possible values"]);
    let (_, known) = said.split_once("[possible values: ").expect("the lists");
    let (known, _) = known.split_once(']').expect("all of them");
    assert_eq!(known.split(',').map(|list| list.trim().to_owned()).collect::<BTreeSet<_>>(), root_lists());
}

/// What is nowhere in the demonstration, or not where the asker is.
const NONE: [&str; 4] = ["gridFunds", "importJobs", "recordChanges", "webhooks"];

fn every_list_is_exported_as_its_bearer_sees_it() {
    let place = Place::demo();
    for list in root_lists() {
        let rows = match list.as_str() {
            "areas" => Some(1 + 1760),
            "propertyFirms" => Some(1 + 131 + 25),
            "departments" => Some(1 + 24),
            _ => None,
        };
        let filter: &[&str] = if list == "areas" { &["--filter", r#"{"level": {"notIn": ["GRID", "MICRO_GRID"]}}"#] } else { &[] };
        let said = succeeded(&mut place.export("district", &list, "out.csv", filter));
        let table = place.csv("out.csv");
        assert!(said.starts_with(&format!("{} rows", table.len() - 1)), "{said}");
        let some = table.len() > 1 || NONE.contains(&list.as_str());
        assert!(some && rows.is_none_or(|rows| rows == table.len()), "{list}: {} rows", table.len());
        assert!(table.iter().all(|row| row.len() == table[0].len()));
        let bare = |cell: &&String| cell.len() > 3 && cell.chars().all(|c| c.is_ascii_uppercase() || c == '_');
        assert_eq!(table.iter().flatten().find(bare), None, "{list}: not in words that people use");
    }
    // a resident's own, a grid's, a community's
    let count = |who: &str| {
        succeeded(&mut place.export(who, "cases", "cases.csv", &[]));
        place.csv("cases.csv").len() - 1
    };
    let (visitor, resident, grid_worker, community) = (count(""), count("resident"), count("grid-worker"), count("community"));
    assert!(
        visitor == 0 && resident > 0 && resident < grid_worker && grid_worker < community,
        "{visitor} {resident} {grid_worker} {community}"
    );
}

fn a_filter_is_that_of_the_list() {
    let place = Place::demo();
    succeeded(&mut place.export(
        "district",
        "cases",
        "closed.csv",
        &["--filter", r#"{"status": {"eq": "CLOSED"}, "category": {"eq": "HAZARD"}}"#],
    ));
    let table = place.csv("closed.csv");
    let at = |title: &str| column(&table, title);
    assert!(table.len() > 40);
    assert!(table[1..].iter().all(|row| row[at("状态")] == "已销号" && row[at("类别")] == "安全隐患"), "in words that people use");
    let closed = &table[1][at("销号时间")];
    assert!(closed.len() == 19 && closed.starts_with("20"), "{closed}");
}

/// Where a column stands.
fn column(table: &[Vec<String>], title: &str) -> usize {
    table[0].iter().position(|column| column == title).unwrap_or_else(|| panic!("no column {title} in {:?}", table[0]))
}

fn what_belongs_to_a_row_stands_in_it() {
    let place = Place::demo();
    let cells = |list: &str, title: &str| -> Vec<String> {
        succeeded(&mut place.export("district", list, "out.csv", &["--columns", title]));
        let table = place.csv("out.csv");
        assert_eq!(table[0], [title]);
        table.into_iter().skip(1).map(|mut row| row.swap_remove(0)).collect()
    };
    assert!(cells("matters", "协办部门").iter().any(|cell| cell.contains('、')), "several in one cell");
    assert!(cells("grids", "全科网格").iter().all(|cell| ["是", "否"].contains(&cell.as_str())));
    for (list, title) in
        [("grids", "网格员"), ("grids", "覆盖小区"), ("persons", "现任岗位"), ("propertyFirms", "最近准入日期"), ("committees", "主任")]
    {
        assert!(cells(list, title).iter().any(|cell| !cell.is_empty()), "{list}: no {title}");
    }
    let hours = cells("deadlinePolicies", "时限（小时）");
    assert!(hours.iter().all(|cell| cell.parse::<f64>().is_ok_and(|hours| hours > 0.0)), "{hours:?}");
}

/// Of three contracts in force, the first has 201 rates, the second 25, the third 2; the first rate of each has no detail.
const RATES: &str = "DELETE FROM contract_fee;
    INSERT INTO contract_fee (id, contract_id, area_id, item, detail, amount, unit, starts_on, provenance, version)
    WITH RECURSIVE rate (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM rate WHERE n < 201),
    contract (id, area_id, nth) AS (
        SELECT id, area_id, row_number() OVER (ORDER BY id) FROM firm_contract
        WHERE starts_on < date('now', '-1 day') AND (ends_on IS NULL OR ends_on > date('now', '+2 days')))
    SELECT randomblob(16), id, area_id, 'PROPERTY_SERVICE', CASE WHEN n > 1 THEN '第' || n || '类' END, 100 + n, 'SQUARE_METRE_MONTH',
        date('2000-01-01', '+' || n || ' days'), 'INVENTED', 1
    FROM contract CROSS JOIN rate WHERE (nth = 1) OR (nth = 2 AND n <= 25) OR (nth = 3 AND n <= 2)";

fn a_cell_holds_a_list_item_by_item_or_says_that_there_is_more() {
    let place = Place::demo();
    place.sql(&[RATES.to_owned()]);
    let said = succeeded(&mut place.export("district", "firmContracts", "out.csv", &["--columns", "物业服务费（元）,收费对象"]));
    let table = place.csv("out.csv");
    let row = |count: usize| {
        let row = table.iter().find(|row| row[0].split('、').count() == count);
        row.map(|row| (row[0].as_str(), row[1].as_str())).expect("a row with so many rates")
    };
    assert_eq!(row(2), ("1.02、1.01", "第2类、—"));
    assert!(row(25).0.ends_with("1.02、1.01") && row(25).1.ends_with("第2类、—"), "{:?}", row(25));
    let (amounts, details) = row(201);
    assert!(amounts.starts_with("3.01、") && amounts.ends_with("、1.02、…"), "{amounts}");
    assert!(details.starts_with("第201类、") && details.ends_with("、第2类、…"), "{details}");
    assert!(said.contains("\n2 cells hold the first 200 of their lists"), "{said}");
    succeeded(&mut place.export("district", "firmContracts", "out.xlsx", &[]));
}

fn what_was_done_to_records_is_told_field_by_field() {
    let place = Place::demo();
    succeeded(&mut place.export("district", "grids", "grids.csv", &["--columns", "网格代码,网格名称"]));
    let grids = place.csv("grids.csv");
    let grid = grids.iter().find(|grid| grid[0].len() == 15 && grid[0].starts_with("431302")).expect("a grid of the district");
    fs::write(place.dir.path().join("renamed.csv"), format!("网格代码,网格名称\n{},更名网格\n", grid[0])).expect("written");
    succeeded(&mut chuishao(place.dir.path(), &["import", "grids", &place.path("renamed.csv")]));
    succeeded(&mut place.export("district", "recordChanges", "changes.csv", &["--columns", "档案类型,变更类型,变更内容"]));
    let mut table = place.csv("changes.csv").split_off(1);
    table.sort();
    let what = format!("name：{} → 更名网格", grid[1]);
    assert_eq!(table, [["网格", "修改", what.as_str()], ["行政区划", "修改", what.as_str()]]);
}

/// A list whose rows are lines of a table: the list, the table, its columns that no export has, and which rows.
type Imported = (&'static str, &'static str, &'static [&'static str], &'static str);

const COMPLEXES: Imported = ("complexes", "complexes", &[], r#"{"area": "431302000000"}"#);

/// Of lists that show what has ended, too.
const LASTING: &str = r#"{"ended": false}"#;

const IMPORTED: [Imported; 11] = [
    // grids have a table of their own
    ("areas", "areas", &[], r#"{"level": {"notIn": ["GRID", "MICRO_GRID"]}}"#),
    ("grids", "grids", &[], "{}"),
    // elsewhere some lie in a subdistrict, as their accounts have it
    COMPLEXES,
    ("buildings", "buildings", &[], r#"{"area": "431302000000"}"#),
    ("dwellings", "dwellings", &[], "{}"),
    ("propertyFirms", "firms", &["准入日期", "准入依据"], "{}"),
    ("firmContracts", "contracts", &[], r#"{"complex": {"ended": false}}"#),
    ("partyBranches", "branches", &["覆盖小区"], LASTING),
    ("departments", "departments", &[], LASTING),
    ("matters", "matters", &[], LASTING),
    // of persons more is needed than their names, where two have the same
    ("doubleReports", "double-reports", &["手机", "登录名"], r#"{"kind": "UNIT"}"#),
];

fn what_is_exported_can_be_imported() {
    let place = Place::demo();
    for list in IMPORTED {
        place.comes_back(list, "out.csv");
    }
    // with numbers
    place.comes_back(COMPLEXES, "out.xlsx");
    let bytes = fs::read(place.dir.path().join("out.xlsx")).expect("a file");
    let mut book: Xlsx<_> = calamine::open_workbook_from_rs(std::io::Cursor::new(bytes)).expect("a book");
    let sheet = book.worksheet_range("小区").expect("a sheet");
    assert_eq!(sheet.get((0, 0)), Some(&Data::String("所在区划代码".into())));
}

/// The values of an enum, each with its Chinese word as an export has it.
fn words(kind: &str) -> Vec<(String, String)> {
    let types = types();
    let TypeKind::Enum(values) = &types[kind].kind else { panic!("{kind} is no enum") };
    let word = |text: &str| text[text.find(|c: char| c > '\u{2e80}').expect("a word")..].trim_end_matches('.').to_owned();
    let values = values.values.iter().map(|value| &value.node);
    values.map(|value| (value.value.node.to_string(), word(&value.description.as_ref().expect("a description").node))).collect()
}

/// Which of them a table does not know in the column of this key.
fn unknown<L>(kind: &str, key: &str, columns: &'static [Column], read: fn(Line) -> Result<L, Bad>) -> Vec<String> {
    let line = |word: &String| {
        let cell = |column: &Column| match column.key {
            name if name == key => word.clone(),
            name if name.ends_with("code") => "431302001009".to_owned(),
            name if name.ends_with("_on") => "2026-01-01".to_owned(),
            _ if column.required => "1".to_owned(),
            _ => String::new(),
        };
        columns.iter().map(cell).collect::<Vec<_>>().join(",")
    };
    let titles: Vec<&str> = columns.iter().map(|column| column.title).collect();
    let words: Vec<String> = words(kind).into_iter().map(|(_, word)| word).collect();
    let lines: Vec<String> = words.iter().map(line).collect();
    let table = format!("{}\n{}\n", titles.join(","), lines.join("\n"));
    let bad = sheet::read(table.as_bytes(), columns, read).expect("a table").bad;
    let unknown = bad.iter().filter(|bad| bad.why.key == "sheet-unknown-word");
    unknown.map(|bad| words[bad.line as usize - 2].clone()).collect()
}

fn every_word_of_an_export_is_known_to_its_import() {
    assert_eq!(unknown("AreaLevel", "level", area::COLUMNS, area::read), ["网格", "微网格"], "these have a table of their own");
    for unknown in [
        unknown("ComplexKind", "kind", complex::COLUMNS, complex::read),
        unknown("DwellingUse", "use", complex::DWELLING_COLUMNS, complex::read_dwelling),
        unknown("FloorAreaSource", "area_source", complex::DWELLING_COLUMNS, complex::read_dwelling),
        unknown("PartyBranchKind", "kind", party::COLUMNS, party::read),
        unknown("CaseCategory", "category", department::MATTER_COLUMNS, department::read_matter),
        unknown("DoubleReportKind", "kind", double_report::COLUMNS, double_report::read),
    ] {
        assert!(unknown.is_empty(), "{unknown:?}");
    }
}

/// The areas that a table of them names by their levels.
const LADDER: [(&str, &str, &str); 5] = [
    ("PROVINCE", "980000000000", ""),
    ("CITY", "980100000000", "980000000000"),
    ("DISTRICT", "980101000000", "980100000000"),
    ("SUBDISTRICT", "980101001000", "980101000000"),
    ("COMMUNITY", "980101001001", "980101001000"),
];

/// A table with a line for each value of an enum, made of the value and its word.
fn lines(titles: &str, kind: &str, line: impl Fn(&str, &str) -> String) -> String {
    let lines: String = words(kind).iter().map(|(value, word)| line(value, word)).collect();
    format!("{titles}\n{lines}")
}

macro_rules! take {
    ($t:expr, $table:expr, $columns:path, $read:path, $import:path) => {{
        let lines = sheet::read($table.as_bytes(), $columns, $read).expect("a table");
        $import(&$t.app, lines, &mut |_, _| ()).await.expect("taken in");
    }};
}

/// Of records that are called by the values of an enum, each has the value that it is called by.
fn came_back(kind: &str, rows: impl Iterator<Item = (String, Value)>) {
    let found: BTreeMap<String, Value> = rows.collect();
    // these have a table of their own
    for (value, word) in words(kind).into_iter().filter(|(value, _)| !["GRID", "MICRO_GRID"].contains(&value.as_str())) {
        assert_eq!(found.get(&value), Some(&json!(value)), "{kind}: {word}");
    }
}

async fn every_word_of_an_export_comes_back_as_its_value(t: TestApp) {
    let area_of = |value: &str, word: &str| {
        let area = LADDER.iter().find(|(level, ..)| *level == value);
        area.map_or_else(String::new, |(_, code, above)| format!("{code},{value},{word},{above}\n"))
    };
    take!(t, lines("代码,名称,级别,上级代码", "AreaLevel", area_of), area::COLUMNS, area::read, area::import);
    let in_community = |value: &str, word: &str| format!("431302001009,{value},{word}\n");
    let complexes = lines("所在区划代码,小区名称,类型", "ComplexKind", in_community);
    take!(t, complexes, complex::COLUMNS, complex::read, complex::import);
    let branches = lines("所在区划代码,党组织名称,类型", "PartyBranchKind", in_community);
    take!(t, branches, party::COLUMNS, party::read, party::import);
    let in_building = |value: &str, word: &str| format!("431302001009,新月苑,1栋,{value},{word},80\n");
    for (title, kind) in [("用途", "DwellingUse"), ("面积来源", "FloorAreaSource")] {
        let dwellings = lines(&format!("所在区划代码,小区名称,楼栋名称,编号,{title},面积"), kind, in_building);
        take!(t, dwellings, complex::DWELLING_COLUMNS, complex::read_dwelling, complex::import_dwellings);
    }
    let by_law = |value: &str, word: &str| format!("431302000000,{value},{value},{word},《物业管理条例》,区城管局\n");
    let matters = lines("区县代码,事项编码,事项名称,问题类别,法律依据,主办部门", "CaseCategory", by_law);
    take!(t, matters, department::MATTER_COLUMNS, department::read_matter, department::import_matters);

    let db = &t.app.db.read;
    let areas = entity::area::Entity::find().all(db).await.expect("areas");
    came_back("AreaLevel", areas.into_iter().map(|row| (row.name, json!(row.level))));
    let complexes = entity::complex::Entity::find().all(db).await.expect("complexes");
    came_back("ComplexKind", complexes.into_iter().map(|row| (row.name, json!(row.kind))));
    let branches = entity::party_branch::Entity::find().all(db).await.expect("branches");
    came_back("PartyBranchKind", branches.into_iter().map(|row| (row.name, json!(row.kind))));
    let dwellings = entity::dwelling::Entity::find().all(db).await.expect("dwellings");
    came_back("DwellingUse", dwellings.iter().map(|row| (row.number.clone(), json!(row.used_as))));
    came_back("FloorAreaSource", dwellings.iter().map(|row| (row.number.clone(), json!(row.area_source))));
    let matters = entity::matter::Entity::find().all(db).await.expect("matters");
    came_back("CaseCategory", matters.into_iter().map(|row| (row.code, json!(row.category))));
}

fn a_formula_is_text() {
    let place = Place::demo();
    let spoil = "UPDATE complex SET name = '=HYPERLINK(\"http://x\")', households = 12 WHERE id = (SELECT min(id) FROM complex)";
    place.sql(&[spoil.to_owned()]);
    succeeded(&mut place.export("district", "complexes", "out.csv", &[]));
    assert!(place.csv("out.csv").iter().any(|row| row[2] == "'=HYPERLINK(\"http://x\")"));
    succeeded(&mut place.export("district", "complexes", "out.xlsx", &[]));
    let bytes = fs::read(place.dir.path().join("out.xlsx")).expect("a file");
    let mut book: Xlsx<_> = calamine::open_workbook_from_rs(std::io::Cursor::new(bytes)).expect("a book");
    let sheet = book.worksheet_range("小区").expect("a sheet");
    let row = sheet.rows().find(|row| row[2] == Data::String("=HYPERLINK(\"http://x\")".into())).expect("as text");
    assert_eq!(row[5], Data::Float(12.0));
    assert!(book.worksheet_formula("小区").expect("formulas").is_empty());
}

fn what_begins_like_a_formula_comes_back_as_it_was() {
    let place = Place::demo();
    let addresses = [
        ("=1", "'=1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@1", "'@1"),
        ("'=1", "''=1"),
        ("''+1", "'''+1"),
        // nothing that Excel takes for one
        ("'1", "'1"),
        ("1=1", "1=1"),
    ];
    let of_district = "SELECT complex.id FROM complex JOIN area ON area.id = complex.area_id WHERE area.code LIKE '431302%'";
    let put = addresses.iter().enumerate().map(|(at, (address, _))| {
        let address = address.replace('\'', "''");
        format!("UPDATE complex SET address = '{address}' WHERE id = ({of_district} ORDER BY complex.id LIMIT 1 OFFSET {at})")
    });
    place.sql(&put.collect::<Vec<_>>());
    for file in ["out.csv", "out.xlsx"] {
        place.comes_back(COMPLEXES, file);
    }
    let table = place.csv("out.csv");
    let at = column(&table, "地址");
    for (address, cell) in addresses {
        assert!(table.iter().any(|row| row[at] == cell), "{address}");
    }
}

fn bad_wishes_end_with_a_sentence_and_leave_the_file() {
    let place = Place::demo();
    fs::write(place.dir.path().join("out.csv"), "precious").expect("written");
    failed(&mut place.export("district", "cases", "out.csv", &["--filter", "{"]), 2, &["expected a JSON object"]);
    failed(&mut place.export("district", "cases", "out.csv", &["--filter", r#"{"colour": 1}"#]), 1, &["the list cannot be read", "colour"]);
    failed(place.export("", "cases", "out.csv", &[]).env("CHUISHAO_TOKEN", "nonsense"), 1, &["the token is not valid"]);
    failed(&mut place.export("district", "secrets", "out.csv", &[]), 2, &["cases", "whistles"]);
    failed(&mut place.export("district", "cases", "out.csv", &["--columns", "编号,颜色"]), 1, &["cases has no column \"颜色\"", "状态"]);
    failed(&mut place.export("district", "cases", "no/such/out.csv", &[]), 1, &["cannot write"]);
    for name in ["out.xls", "out", "out.csv.part"] {
        failed(&mut place.export("district", "cases", name, &[]), 1, &["a .csv or an .xlsx file", name]);
    }
    // found out when all is written
    fs::create_dir(place.dir.path().join("taken.csv")).expect("a directory");
    failed(&mut place.export("district", "departments", "taken.csv", &[]), 1, &["cannot write", "taken.csv"]);
    let names = fs::read_dir(place.dir.path()).expect("a directory").flatten().map(|entry| entry.file_name());
    let half: Vec<_> = names.filter(|name| name.to_string_lossy().contains(".part")).collect();
    assert!(half.is_empty(), "{half:?}");
    assert_eq!(fs::read_to_string(place.dir.path().join("out.csv")).expect("a file"), "precious");
}

fn postgres_exports_too() {
    if postgres::skipped() {
        return;
    }
    let database = postgres::database(Contents::Demo).expect("a database");
    let dir = tempfile::tempdir().expect("a directory");
    let on = |arguments: &[&str]| {
        let mut command = chuishao(dir.path(), arguments);
        command.env("CHUISHAO_DATABASE_URL", database.url());
        succeeded(&mut command)
    };
    let (token, file) = (on(&["token", "district"]), dir.path().join("out.csv"));
    on(&["export", "departments", file.to_str().expect("UTF-8"), "--token", token.trim()]);
    assert_eq!(read(&file).len(), 1 + 24);
    runtime().expect("a runtime").block_on(database.remove()).expect("removed");
}
