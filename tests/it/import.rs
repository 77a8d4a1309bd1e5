//! `chuishao import`: files from outside, whole or not at all.

use std::{fs, path::Path};

use crate::support::{
    app::Contents,
    postgres,
    process::{chuishao, failed, succeeded},
    run::{TestDatabase, runtime},
};

crate::tests! {
    pure: [
        holidays_are_imported_once,
        a_bad_file_of_holidays_names_every_line_and_imports_nothing,
        holidays_are_imported_on_postgres_too,
    ]
}

const NEXT_YEAR: &str = "date,kind,festival\n2027-01-01,OFF,元旦\n2027-01-02,WORK,元旦\n2027-05-01,OFF,劳动节\n2027-10-01,OFF,国庆节\n";
const PUBLISHED: &str = "years with a notice: 2019, 2020, 2021, 2022, 2023, 2024, 2025, 2026";

fn file(dir: &Path, text: impl AsRef<[u8]>) -> String {
    let path = dir.join("holidays.csv");
    fs::write(&path, text).expect("written");
    path.to_str().expect("UTF-8").to_owned()
}

fn holidays_are_imported_once() {
    let data = tempfile::tempdir().expect("a directory");
    let path = file(data.path(), NEXT_YEAR);
    failed(&mut chuishao(data.path(), &["import", "holidays", &path]), 1, &["there is no database"]);
    succeeded(&mut chuishao(data.path(), &["migrate"]));
    let import = |path: &str| succeeded(&mut chuishao(data.path(), &["import", "holidays", path]));
    assert_eq!(import(&path), format!("4 days added, 0 changed, 0 were known\n{PUBLISHED}, 2027\n"));
    assert_eq!(import(&path), format!("nothing changed: all 4 days were known\n{PUBLISHED}, 2027\n"));
    let corrected = file(data.path(), "date,kind,festival\r\n2027-01-02,OFF,元旦\r\n2027-05-01,OFF,劳动节\r\n");
    assert_eq!(import(&corrected), format!("0 days added, 1 changed, 1 were known\n{PUBLISHED}, 2027\n"));
    let (older, _, _) = encoding_rs::GB18030.encode("date,kind,festival\r\n2027/1/1,OFF,元旦\r\n");
    assert_eq!(import(&file(data.path(), older)), format!("nothing changed: all 1 days were known\n{PUBLISHED}, 2027\n"));
    let built_in = concat!(env!("CARGO_MANIFEST_DIR"), "/facts/holidays.csv");
    assert!(import(built_in).starts_with("nothing changed"));
}

fn a_bad_file_of_holidays_names_every_line_and_imports_nothing() {
    let data = tempfile::tempdir().expect("a directory");
    succeeded(&mut chuishao(data.path(), &["migrate"]));
    let bad = format!("{NEXT_YEAR}2027-13-01,OFF,元旦\n2027-02-06,HALF,春节\n2027-01-01,WORK,元旦\n2027-02-07\n1919-05-04,OFF,x\n");
    let path = file(data.path(), bad);
    let words = [
        "nothing was changed",
        "line 6: no date such as",
        "line 7: the kind must be OFF or WORK",
        "line 8: the date of line 2 again",
        "line 9: 1 columns instead of 3",
        "line 10: the year must lie between 2000 and 2100",
    ];
    failed(&mut chuishao(data.path(), &["import", "holidays", &path]), 1, &words);
    for (text, words) in [("节日,类型\n", "line 1: the first line must be date,kind,festival"), ("date,kind,festival\n", "no day follows")]
    {
        let path = file(data.path(), text);
        failed(&mut chuishao(data.path(), &["import", "holidays", &path]), 1, &[words]);
    }
    let path = file(data.path(), [0xff, 0xfe, b'd']);
    failed(chuishao(data.path(), &["import", "holidays", &path]).env("LC_ALL", "C"), 1, &["neither UTF-8 nor GB 18030"]);
    failed(&mut chuishao(data.path(), &["import", "holidays", "/no/such.csv"]), 1, &["cannot read /no/such.csv"]);
    failed(&mut chuishao(data.path(), &["import"]), 2, &["holidays"]);
    // nothing of the good lines is there
    let path = file(data.path(), NEXT_YEAR);
    assert!(succeeded(&mut chuishao(data.path(), &["import", "holidays", &path])).starts_with("4 days added"));
}

fn holidays_are_imported_on_postgres_too() {
    if postgres::skipped() {
        return;
    }
    let data = tempfile::tempdir().expect("a directory");
    let database = postgres::database(Contents::Nothing).expect("a database");
    let path = file(data.path(), NEXT_YEAR);
    for expected in ["4 days added", "nothing changed"] {
        let mut command = chuishao(data.path(), &["import", "holidays", &path]);
        let said = succeeded(command.env("CHUISHAO_DATABASE_URL", database.url()));
        assert!(said.starts_with(expected), "{said}");
    }
    runtime().expect("a runtime").block_on(database.remove()).expect("removed");
}
