//! XLSX files: which sheet counts, and what its cells show.

use std::io::Cursor;

use calamine::{DataRef, Reader, Sheet, SheetType, SheetVisible, Xlsx, XlsxCellFormulaMetadataRecord, XlsxError};
use zip::{ZipArchive, result::ZipResult};

use super::{
    Column, Why,
    text::{UNREAD, visible},
};

/// Cells of a line: no table that is asked for has nearly as many. What lies further right counts as one more.
const WIDEST: usize = 200;
/// Bytes that a file may unpack to.
const MOST: u64 = 1 << 30;
/// From here on a number has more digits than Excel keeps.
const INEXACT: f64 = 1e15;
/// The numbers that are days in Excel, up to the end of 9999; less than one is a time of day.
const DAYS: std::ops::Range<f64> = 1.0..2_958_466.0;

type Book<'b> = Xlsx<Cursor<&'b [u8]>>;

/// Gives the rows of the sheet that counts, each with its number, its cells, and which of these Excel takes for a date; returns the name of the sheet. Cells are taken as they come: a
/// single one far away costs nothing.
pub fn rows(bytes: &[u8], columns: &[Column], mut each: impl FnMut(u32, &[&str], &[usize])) -> Result<String, Why> {
    let no_book = |error: String| Why::of("sheet-no-xlsx").with("error", error);
    let wrong = |error: XlsxError| no_book(error.to_string());
    if unpacked(bytes).map_err(|error| no_book(error.to_string()))? > MOST {
        return Err(Why::of("sheet-too-large"));
    }
    let mut book: Book = calamine::open_workbook_from_rs(Cursor::new(bytes)).map_err(wrong)?;
    let sheet = chosen(&mut book, columns)?;
    let mut cells = book.worksheet_cells_reader(&sheet).map_err(wrong)?;
    let mut row = Row::default();
    while let Some(cell) = cells.next_cell_with_formula_metadata().map_err(wrong)? {
        let at = cell.pos.0;
        if at != row.at {
            row.give(&mut each);
            row = Row { at, ..Row::default() };
        }
        row.put(&cell);
    }
    row.give(&mut each);
    Ok(sheet)
}

/// What a file says that it unpacks to; whoever reads a part of it is given no more than was said.
fn unpacked(bytes: &[u8]) -> ZipResult<u64> {
    let archive = ZipArchive::new(Cursor::new(bytes))?;
    (0..archive.len()).try_fold(0_u64, |sum, at| archive.by_index_data(at).map(|entry| sum.saturating_add(entry.size())))
}

/// The first sheet that is shown. Where several could be meant, none is.
fn chosen(book: &mut Book, columns: &[Column]) -> Result<String, Why> {
    let shown = |sheet: &&Sheet| sheet.typ == SheetType::WorkSheet && sheet.visible == SheetVisible::Visible;
    let names: Vec<String> = book.sheets_metadata().iter().filter(shown).map(|sheet| sheet.name.clone()).collect();
    if names.len() > 1 {
        let fitting: Vec<&str> = names.iter().map(String::as_str).filter(|name| fits(book, name, columns)).collect();
        if fitting.len() > 1 {
            return Err(Why::of("sheet-several").with("names", fitting.join("、")));
        }
    }
    names.into_iter().next().ok_or_else(|| Why::of("sheet-no-xlsx").with("error", "-"))
}

/// Whether the first row that is not blank names every column that is needed. A sheet that cannot be read names none.
fn fits(book: &mut Book, sheet: &str, columns: &[Column]) -> bool {
    let Ok(mut cells) = book.worksheet_cells_reader(sheet) else { return false };
    let (mut row, mut names) = (None, Vec::new());
    while let Ok(Some(cell)) = cells.next_cell() {
        let (name, at) = (text(cell.get_value()), cell.get_position().0);
        if name.trim().is_empty() {
            continue;
        }
        if *row.get_or_insert(at) != at {
            break;
        }
        names.push(name);
    }
    columns.iter().filter(|column| column.required).all(|column| names.iter().any(|name| column.is_called(name.trim())))
}

#[derive(Default)]
struct Row {
    /// Counted from 0.
    at: u32,
    cells: Vec<String>,
    /// Which of them are dates.
    dates: Vec<usize>,
}

impl Row {
    fn put(&mut self, cell: &XlsxCellFormulaMetadataRecord) {
        // a formula that shows nothing has an empty text
        let unread = cell.formula.is_some() && matches!(cell.value, DataRef::Empty);
        let text = if unread { UNREAD.to_owned() } else { text(&cell.value) };
        if text.trim().is_empty() {
            return;
        }
        let column = usize::try_from(cell.pos.1).map_or(WIDEST, |column| column.min(WIDEST));
        if matches!(cell.value, DataRef::DateTime(_) | DataRef::DateTimeIso(_) | DataRef::DurationIso(_)) {
            self.dates.push(column);
        }
        self.cells.resize(self.cells.len().max(column + 1), String::new());
        self.cells[column] = text;
    }

    fn give(&self, each: &mut impl FnMut(u32, &[&str], &[usize])) {
        let cells: Vec<&str> = self.cells.iter().map(String::as_str).collect();
        each(self.at + 1, &cells, &self.dates);
    }
}

/// What a cell shows: numbers with the 15 digits that Excel keeps, codes and counts without a decimal point, dates as `2026-06-10`, errors by their names.
fn text(value: &DataRef) -> String {
    match value {
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => visible(text).into_owned(),
        DataRef::SharedString(text) => visible(text).into_owned(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) if number.abs() < INEXACT => format!("{number:.14e}").parse().unwrap_or(*number).to_string(),
        DataRef::Float(number) => format!("{number:.5E}").replace('E', "E+"),
        DataRef::Bool(value) => value.to_string(),
        DataRef::DateTime(at) => {
            let day = if at.is_datetime() && DAYS.contains(&at.as_f64()) { at.as_datetime() } else { None };
            day.map_or_else(|| at.as_f64().to_string(), |day| day.date().to_string())
        }
        DataRef::Error(error) => error.to_string(),
        DataRef::Empty => String::new(),
    }
}
