//! How a table is read, whatever Excel, editors and other programs have made of it.

use std::io::{Cursor, Read, Write};

use chuishao::sheet::{self, Bad, Column, Line, Why};
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook, Worksheet};
use zip::{CompressionMethod, ZipArchive, ZipWriter, write::SimpleFileOptions};

use crate::support::world::day;

crate::tests! {
    pure: [
        an_error_in_a_cell_is_a_bad_line,
        a_formula_without_its_value_is_a_bad_line,
        lines_are_counted_as_an_editor_shows_them,
        what_excel_made_of_a_number_is_refused_where_digits_are_lost,
        a_date_is_read_in_a_column_of_days_and_in_no_other,
        what_stands_beside_the_columns_is_not_dropped,
        the_first_sheet_that_is_shown_is_read,
        of_sheets_that_fit_alike_none_is_read,
        marks_that_nobody_sees_make_no_other_name,
        wide_digits_and_letters_are_read_in_codes_and_kept_in_names,
        a_day_is_read_in_the_forms_of_excel_and_of_programs,
        a_file_marked_as_utf8_is_not_taken_for_another,
        a_book_that_unpacks_to_too_much_is_not_opened,
        what_the_export_guards_is_read_as_it_was,
        a_quotation_mark_without_its_end_is_a_bad_line,
    ],
}

const COLUMNS: &[Column] = &[
    Column::required("code", "编码", ""),
    Column::required("name", "名称", ""),
    Column::optional("kind", "类型", ""),
    Column::optional("starts_on", "起始日期", ""),
    Column::optional("share", "份额", ""),
];
const TITLES: [&str; 5] = ["编码", "名称", "类型", "起始日期", "份额"];

/// The cells of a line, each as a column of its kind is read.
fn cells(line: Line) -> Result<[String; 5], Bad> {
    let kind = if line.text("kind").is_empty() { "" } else { line.word("kind", &[("OLD", "old"), ("老旧", "old")])? };
    let starts_on = line.maybe_day("starts_on")?.map_or_else(String::new, |day| day.to_string());
    let share = line.maybe("share", Why::of("sheet-number"), |text| text.parse::<f64>().ok().map(|_| text.to_owned()))?;
    Ok([line.code("code", &[6])?.into(), line.name("name", 100)?.into(), kind.into(), starts_on, share.unwrap_or_default()])
}

type Wrong = Vec<(u32, &'static str, Option<&'static str>)>;

fn read(table: impl AsRef<[u8]>) -> (Vec<[String; 5]>, Wrong) {
    let lines = sheet::read(table.as_ref(), COLUMNS, cells).expect("a table");
    (lines.good, lines.bad.into_iter().map(|bad| (bad.line, bad.why.key, bad.column)).collect())
}

fn refused(table: impl AsRef<[u8]>) -> Why {
    sheet::read(table.as_ref(), COLUMNS, cells).map(|_| ()).expect_err("no table")
}

fn row(cells: [&str; 5]) -> [String; 5] {
    cells.map(str::to_owned)
}

fn fill(sheet: &mut Worksheet, line: u32, cells: &[&str]) {
    for (column, cell) in (0..).zip(cells) {
        sheet.write_string(line, column, *cell).expect("written");
    }
}

/// A book of one sheet, with the header and what else is written.
fn book(write: impl FnOnce(&mut Worksheet)) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    fill(sheet, 0, &TITLES);
    write(sheet);
    book.save_to_buffer().expect("a book")
}

/// The same book, with something else in its files.
fn rewritten(book: &[u8], was: &str, is: &str) -> Vec<u8> {
    let mut old = ZipArchive::new(Cursor::new(book)).expect("a book");
    let mut new = ZipWriter::new(Cursor::new(Vec::new()));
    for at in 0..old.len() {
        let mut file = old.by_index(at).expect("a file");
        let name = file.name().expect("a name").into_owned();
        let mut text = String::new();
        file.read_to_string(&mut text).expect("UTF-8");
        new.start_file(name, SimpleFileOptions::default().compression_method(CompressionMethod::Stored)).expect("begun");
        new.write_all(text.replace(was, is).as_bytes()).expect("written");
    }
    new.finish().expect("a book").into_inner()
}

fn an_error_in_a_cell_is_a_bad_line() {
    let table = book(|sheet| {
        for (line, error) in (1..).zip(["#N/A", "#REF!", "#VALUE!"]) {
            fill(sheet, line, &["100001"]);
            sheet.write_formula(line, 1, Formula::new("=B9").set_result(error)).expect("written");
        }
        fill(sheet, 4, &["100001", "甲"]);
    });
    let wrong = |line: u32| (line, "sheet-cell-error", Some("名称"));
    assert_eq!(read(table), (vec![row(["100001", "甲", "", "", ""])], vec![wrong(2), wrong(3), wrong(4)]));
    assert_eq!(read("编码,名称\n100001,#N/A\n").1, [wrong(2)], "as Excel writes it into CSV");
}

fn a_formula_without_its_value_is_a_bad_line() {
    let table = book(|sheet| {
        for (line, value) in (1..).zip(["3000", "4000", "nothing"]) {
            fill(sheet, line, &["100001", "甲"]);
            sheet.write_formula(line, 4, Formula::new("=B9").set_result(value)).expect("written");
        }
    });
    // as programs leave it that do not reckon, and where the formula shows nothing
    let table = rewritten(&rewritten(&table, "<v>4000</v>", ""), "<v>nothing</v>", "<v></v>");
    let shown = ["3000", ""].map(|share| row(["100001", "甲", "", "", share]));
    assert_eq!(read(table), (shown.to_vec(), vec![(3, "sheet-cell-formula", Some("份额"))]));
}

fn lines_are_counted_as_an_editor_shows_them() {
    let lines = ["编码,名称", "", "x,甲", "100001,\"乙", "丙\"", "y,丁", "", "", "z,戊"];
    let wrong = |line: u32| (line, "sheet-code", Some("编码"));
    for end in ["\n", "\r\n", "\r"] {
        let (good, bad) = read(lines.join(end));
        assert_eq!((good.len(), bad), (0, vec![wrong(3), (4, "invalid-characters", Some("名称")), wrong(6), wrong(9)]), "{end:?}");
    }
    assert_eq!(read("\u{feff}\r\n\r\n编码,名字\r\n").1[0].0, 3);
}

fn what_excel_made_of_a_number_is_refused_where_digits_are_lost() {
    let table = book(|sheet| {
        for (line, share) in (1..).zip([89.10000000000001, 0.1 + 0.2, 999_999_999_999_999.0, 12.0, 1e15, -4.3e17]) {
            fill(sheet, line, &["100001", "甲"]);
            sheet.write_number(line, 4, share).expect("written");
        }
    });
    let wrong = |line: u32| (line, "sheet-cell-shortened", Some("份额"));
    let shown = ["89.1", "0.3", "999999999999999", "12"].map(|share| row(["100001", "甲", "", "", share]));
    assert_eq!(read(table), (shown.to_vec(), vec![wrong(6), wrong(7)]));
    assert_eq!(read("编码,名称,份额\n100001,甲,4.31302E+17\n").1, [wrong(2)], "as Excel writes it into CSV");
}

fn a_date_is_read_in_a_column_of_days_and_in_no_other() {
    let date = ExcelDateTime::from_ymd(2026, 3, 1).expect("a day");
    let (format, clock) = (Format::new().set_num_format("m\"月\"d\"日\""), Format::new().set_num_format("hh:mm"));
    let table = book(|sheet| {
        for (line, column) in [(1, 3), (2, 1)] {
            fill(sheet, line, &["100001", "甲"]);
            sheet.write_datetime_with_format(line, column, &date, &format).expect("written");
        }
        fill(sheet, 3, &["100001", "甲"]);
        sheet.write_number_with_format(3, 3, 0.5, &clock).expect("written");
    });
    let wrong = vec![(3, "sheet-cell-date", Some("名称")), (4, "sheet-day", Some("起始日期"))];
    assert_eq!(read(table), (vec![row(["100001", "甲", "", "2026-03-01", ""])], wrong));
}

fn what_stands_beside_the_columns_is_not_dropped() {
    let beside = |line: u32| (line, "sheet-cell-beside", None);
    let (good, bad) = read("编码,,名称,\n100001,,甲,\n100001,,甲,乙\n100001,,甲,,,乙\n100001,乙,甲\n100001,,\"甲,乙\",,,\n");
    assert_eq!((good.len(), bad), (2, vec![beside(3), beside(4), beside(5)]));
    let table = book(|sheet| {
        fill(sheet, 1, &["100001", "甲"]);
        sheet.write_string(1, 16_383, "乙").expect("written");
        fill(sheet, 2, &["100001", "甲", "", "", "", " "]);
    });
    assert_eq!(read(table), (vec![row(["100001", "甲", "", "", ""])], vec![beside(2)]));
}

fn the_first_sheet_that_is_shown_is_read() {
    let table = |title: &str| {
        let mut book = Workbook::new();
        let hidden = book.add_worksheet().set_name("去年").expect("named");
        fill(hidden, 0, &TITLES);
        fill(hidden, 1, &["100001", "旧"]);
        let shown = book.add_worksheet().set_name("今年").expect("named");
        fill(shown, 0, &["编码", title]);
        fill(shown, 1, &["100001", "新"]);
        shown.set_active(true);
        fill(book.add_worksheet(), 0, &["说明"]);
        book.worksheet_from_index(0).expect("a sheet").set_hidden(true);
        book.save_to_buffer().expect("a book")
    };
    assert_eq!(read(table("名称")), (vec![row(["100001", "新", "", "", ""])], vec![]));
    let lines = sheet::read(&table("名字"), COLUMNS, cells).expect("a table");
    let told = lines.bad.iter().find(|bad| bad.why.key == "sheet-named").expect("the sheet is named");
    assert_eq!(told.why.args, [("name", "今年".to_owned())]);
}

fn of_sheets_that_fit_alike_none_is_read() {
    let mut book = Workbook::new();
    for name in ["东片", "西片"] {
        let sheet = book.add_worksheet().set_name(name).expect("named");
        fill(sheet, 2, &["name", "code"]);
        fill(sheet, 3, &["甲", "100001"]);
    }
    let why = refused(book.save_to_buffer().expect("a book"));
    assert_eq!((why.key, why.args), ("sheet-several", vec![("names", "东片、西片".to_owned())]));
}

fn marks_that_nobody_sees_make_no_other_name() {
    let expected = (vec![row(["100001", "甲乙", "", "", ""])], vec![]);
    assert_eq!(read("编码,\u{feff}名称\n\u{202d}100001\u{202c},\u{200b}甲\u{2060}\u{200d}乙\u{feff}\n"), expected);
    assert_eq!(read(book(|sheet| fill(sheet, 1, &["100001\u{200b}", "甲\u{200c}乙"]))), expected);
}

fn wide_digits_and_letters_are_read_in_codes_and_kept_in_names() {
    let table = "编码,名称,类型,起始日期,份额\n　１０００01,１栋（东）,ＯＬＤ,２０２６－０６－１０,１２．５\n";
    assert_eq!(read(table), (vec![row(["100001", "１栋（东）", "old", "2026-06-10", "12.5"])], vec![]));
}

fn a_day_is_read_in_the_forms_of_excel_and_of_programs() {
    let forms = ["2026-06-01", "2026-6-1", "2026/6/1", "2026/06/01", "2026.6.1", "2026年6月1日", "2026年06月01日"];
    for form in forms {
        for time in ["", "T00:00:00", " 00:00:00", " 0:00"] {
            assert_eq!(sheet::day(&format!("{form}{time}")), Some(day(2026, 6, 1)), "{form}{time}");
        }
    }
    let others = ["", "26-6-1", "12026-6-1", "+2026-6-1", "2026-6", "2026-2-30", "6/1/2026", "2026/6-1", "20260601", "2026-06-01 14:30"];
    for wrong in others {
        assert_eq!(sheet::day(wrong), None, "{wrong}");
    }
}

fn a_file_marked_as_utf8_is_not_taken_for_another() {
    // 娄 in GB 18030
    let bytes = [b"\xEF\xBB\xBF".as_slice(), "编码,名称\n100001,".as_bytes(), b"\xC2\xA6\n"].concat();
    assert_eq!(read(&bytes).0, [row(["100001", "\u{a6}", "", "", ""])], "it may be UTF-8 all the same");
    let bytes = [b"\xEF\xBB\xBF".as_slice(), "编码,名称\n100001,".as_bytes(), b"\xC2\xD0\n"].concat();
    let why = refused(bytes);
    assert_eq!((why.key, why.args), ("sheet-broken-utf8", vec![("line", "2".to_owned())]));
}

fn a_book_that_unpacks_to_too_much_is_not_opened() {
    let mut bytes = book(|sheet| fill(sheet, 1, &["100001", "甲"]));
    let entry = bytes.windows(4).rposition(|four| four == b"PK\x01\x02").expect("a directory");
    // the size that it has when it is unpacked
    bytes[entry + 24..entry + 28].copy_from_slice(&0x7fff_ffff_u32.to_le_bytes());
    assert_eq!(refused(bytes).key, "sheet-too-large");
}

fn what_the_export_guards_is_read_as_it_was() {
    let (good, _) = read("编码,名称\n100001,'=1+1\n100001,'-甲\n100001,''+甲\n100001,'''@\n100001,'甲'\n");
    let names: Vec<&str> = good.iter().map(|cells| cells[1].as_str()).collect();
    assert_eq!(names, ["=1+1", "-甲", "'+甲", "''@", "'甲'"]);
}

fn a_quotation_mark_without_its_end_is_a_bad_line() {
    let told = |table: &str| {
        let lines = sheet::read(table.as_bytes(), COLUMNS, |line| line.maybe_text("kind", 100)).expect("a table");
        (lines.good.len(), lines.bad.into_iter().map(|bad| (bad.line, bad.why.key)).collect::<Vec<_>>())
    };
    let bad = |line: u32| vec![(line, "sheet-open-quote")];
    // in a cell that may have several lines it would take in all that follow
    for end in ["", "\n", "\r\n"] {
        assert_eq!(told(&format!("编码,名称,类型\n1,甲,丙\n2,乙,\"丁\n3,戊,己{end}")).1, bad(3), "{end:?}");
        assert_eq!(told(&format!("编码,名称,类型\n1,甲,\"丙\n丁\"\n2,乙,5\" 管{end}")), (2, vec![]), "{end:?}");
    }
    assert_eq!(told("编码,名称,类型\n1,甲,\"丙\"\"").1, bad(2));
}
