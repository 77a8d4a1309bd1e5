//! `chuishao export`: what a bearer may see, as a table.

use std::{fs, path::Path, process::Command};

use calamine::{Data, Reader, Xlsx};

use crate::support::{
    app::Contents,
    postgres,
    process::{chuishao, failed, succeeded},
    run::TestDatabase,
};

crate::tests! {
    pure: [
        every_list_is_exported_as_its_bearer_sees_it,
        a_filter_is_that_of_the_list,
        what_is_exported_can_be_imported,
        a_formula_is_text,
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
}

fn read(path: &Path) -> Vec<Vec<String>> {
    let text = fs::read_to_string(path).expect("a file");
    let text = text.strip_prefix('\u{feff}').expect("what Excel knows UTF-8 by");
    let rows = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes()).into_records();
    rows.map(|row| row.expect("a row").iter().map(str::to_owned).collect()).collect()
}

fn every_list_is_exported_as_its_bearer_sees_it() {
    let place = Place::demo();
    for (list, rows) in [
        ("areas", Some(1 + 1760)),
        ("complexes", None),
        ("grids", None),
        ("propertyFirms", Some(1 + 131 + 25)),
        ("partyBranches", None),
        ("departments", Some(1 + 24)),
        ("persons", None),
        ("cases", None),
        ("whistles", None),
    ] {
        let filter: &[&str] = if list == "areas" { &["--filter", r#"{"level": {"notIn": ["GRID", "MICRO_GRID"]}}"#] } else { &[] };
        let said = succeeded(&mut place.export("district", list, "out.csv", filter));
        let table = place.csv("out.csv");
        assert!(said.starts_with(&format!("{} rows", table.len() - 1)), "{said}");
        assert!(table.len() > 1 && rows.is_none_or(|rows| rows == table.len()), "{list}: {} rows", table.len());
        assert!(table.iter().all(|row| row.len() == table[0].len()));
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
    let at = |title: &str| table[0].iter().position(|column| column == title).expect("a column");
    assert!(table.len() > 40);
    assert!(table[1..].iter().all(|row| row[at("状态")] == "已销号" && row[at("类别")] == "安全隐患"), "in words that people use");
    let closed = &table[1][at("销号时间")];
    assert!(closed.len() == 19 && closed.starts_with("20"), "{closed}");
}

fn what_is_exported_can_be_imported() {
    let place = Place::demo();
    succeeded(&mut place.export("district", "grids", "grids.xlsx", &[]));
    assert!(
        succeeded(&mut chuishao(place.dir.path(), &["import", "grids", &place.path("grids.xlsx")])).starts_with("0 added 新增, 0 changed")
    );
    let bytes = fs::read(place.dir.path().join("grids.xlsx")).expect("a file");
    let mut book: Xlsx<_> = calamine::open_workbook_from_rs(std::io::Cursor::new(bytes)).expect("a book");
    let sheet = book.worksheet_range("网格").expect("a sheet");
    assert_eq!(sheet.get((0, 0)), Some(&Data::String("网格代码".into())));
}

fn a_formula_is_text() {
    let place = Place::demo();
    let spoil = "UPDATE complex SET name = '=HYPERLINK(\"http://x\")', households = 12 WHERE id = (SELECT min(id) FROM complex)";
    let runtime = crate::support::run::runtime().expect("a runtime");
    runtime.block_on(async {
        use sea_orm::ConnectionTrait;
        let url = format!("sqlite://{}", place.path("chuishao.db"));
        let connection = sea_orm::Database::connect(url).await.expect("connected");
        connection.execute_unprepared(spoil).await.expect("spoilt");
        connection.close().await.expect("closed");
    });
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

fn bad_wishes_end_with_a_sentence_and_leave_the_file() {
    let place = Place::demo();
    fs::write(place.dir.path().join("out.csv"), "precious").expect("written");
    failed(&mut place.export("district", "cases", "out.csv", &["--filter", "{"]), 2, &["expected a JSON object"]);
    failed(&mut place.export("district", "cases", "out.csv", &["--filter", r#"{"colour": 1}"#]), 1, &["the list cannot be read", "colour"]);
    failed(place.export("", "cases", "out.csv", &[]).env("CHUISHAO_TOKEN", "nonsense"), 1, &["the token is not valid"]);
    failed(&mut place.export("district", "secrets", "out.csv", &[]), 2, &["cases", "whistles"]);
    failed(&mut place.export("district", "cases", "no/such/out.csv", &[]), 1, &["cannot write"]);
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
    crate::support::run::runtime().expect("a runtime").block_on(database.remove()).expect("removed");
}
