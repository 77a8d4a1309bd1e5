//! Reading a table.

use std::io::Cursor;

use calamine::{DataRef, Reader, Xlsx};

use super::{Bad, Column, Line, Lines, Why};

/// The first bytes of an XLSX file, a zip archive; and of the XLS files before it.
const ZIP: &[u8] = b"PK\x03\x04";
const OLD_EXCEL: &[u8] = &[0xD0, 0xCF, 0x11, 0xE0];
/// Cells of a line: no table that is asked for has nearly as many.
const WIDEST: usize = 200;

/// Reads a table of these columns, in any order and by either name. An error where it is no table at all.
pub fn read<L>(bytes: &[u8], columns: &'static [Column], each: impl Fn(Line) -> Result<L, Bad>) -> Result<Lines<L>, Why> {
    let mut table = Table { columns, places: None, lines: Lines { good: Vec::new(), bad: Vec::new(), by: None }, each };
    if bytes.starts_with(OLD_EXCEL) {
        return Err(Why::of("sheet-old-excel"));
    }
    if bytes.starts_with(ZIP) {
        table.xlsx(bytes)?
    } else {
        table.csv(bytes)?
    }
    if table.places.is_none() {
        table.lines.bad.push(Bad { line: 1, column: None, why: Why::of("sheet-empty") });
    }
    Ok(table.lines)
}

struct Table<L, F> {
    columns: &'static [Column],
    /// None until the header has been read; empty where it is not as it has to be.
    places: Option<Vec<Option<usize>>>,
    lines: Lines<L>,
    each: F,
}

impl<L, F: Fn(Line) -> Result<L, Bad>> Table<L, F> {
    /// Excel writes CSV in GB 18030 where Chinese is its language, unless it is told to write UTF-8.
    fn csv(&mut self, bytes: &[u8]) -> Result<(), Why> {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let decoded = match std::str::from_utf8(bytes) {
            Ok(_) => None,
            Err(_) => match encoding_rs::GB18030.decode_without_bom_handling(bytes) {
                (text, false) => Some(text),
                (_, true) => return Err(Why::of("sheet-encoding")),
            },
        };
        let bytes = decoded.as_ref().map_or(bytes, |text| text.as_bytes());
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
        let mut record = csv::StringRecord::new();
        while reader.read_record(&mut record).map_err(|error| Why::of("sheet-no-csv").with("error", error.to_string()))? {
            let line = record.position().map_or(1, csv::Position::line);
            let cells: Vec<&str> = record.iter().collect();
            self.line(u32::try_from(line).unwrap_or(u32::MAX), &cells);
        }
        Ok(())
    }

    /// The first sheet. Cells are taken as they come: a single one far away costs nothing.
    fn xlsx(&mut self, bytes: &[u8]) -> Result<(), Why> {
        let wrong = |error: calamine::XlsxError| Why::of("sheet-no-xlsx").with("error", error.to_string());
        let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes)).map_err(wrong)?;
        let first = book.sheet_names().into_iter().next().ok_or_else(|| Why::of("sheet-no-xlsx").with("error", "-"))?;
        let mut cells = book.worksheet_cells_reader(&first).map_err(wrong)?;
        let (mut row, mut line) = (0, Vec::<String>::new());
        while let Some(cell) = cells.next_cell().map_err(wrong)? {
            let (at, column) = cell.get_position();
            if at != row {
                self.cells(row + 1, &line);
                (row, line) = (at, Vec::new());
            }
            let column = usize::try_from(column).unwrap_or(usize::MAX);
            if column < WIDEST {
                line.resize(line.len().max(column + 1), String::new());
                line[column] = text(cell.get_value());
            }
        }
        self.cells(row + 1, &line);
        Ok(())
    }

    fn cells(&mut self, number: u32, cells: &[String]) {
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        self.line(number, &cells);
    }

    fn line(&mut self, number: u32, cells: &[&str]) {
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            return;
        }
        let Some(places) = &self.places else { return self.header(number, cells) };
        if places.is_empty() {
            return;
        }
        let line = Line { number, columns: self.columns, places, cells };
        match (self.each)(line) {
            Ok(read) => self.lines.good.push(read),
            Err(bad) => self.lines.bad.push(bad),
        }
    }

    /// Every column that is needed and none that is unknown, each once.
    fn header(&mut self, number: u32, cells: &[&str]) {
        let cells: Vec<&str> = cells.iter().map(|cell| cell.trim()).collect();
        let is = |column: &Column, cell: &str| cell == column.title || cell.eq_ignore_ascii_case(column.key);
        let places: Vec<Option<usize>> = self.columns.iter().map(|column| cells.iter().position(|cell| is(column, cell))).collect();
        let listed = |names: Vec<&str>| names.join("、");
        let titles = listed(self.columns.iter().map(|column| column.title).collect());
        let missing = self.columns.iter().zip(&places).filter(|(column, place)| column.required && place.is_none());
        let missing: Vec<&str> = missing.map(|(column, _)| column.title).collect();
        let spare = cells.iter().enumerate().filter(|(at, cell)| !cell.is_empty() && !places.contains(&Some(*at)));
        let spare: Vec<&str> = spare.map(|(_, cell)| *cell).collect();
        let mut wrong = |key, names: Vec<&str>| {
            if !names.is_empty() {
                let why = Why::of(key).with("names", listed(names)).with("titles", titles.clone());
                self.lines.bad.push(Bad { line: number, column: None, why });
            }
        };
        wrong("sheet-missing-columns", missing);
        wrong("sheet-unknown-columns", spare);
        self.places = Some(if self.lines.bad.is_empty() { places } else { Vec::new() });
    }
}

/// What a cell shows: codes and counts without a decimal point, dates as `2026-06-10`.
fn text(value: &DataRef) -> String {
    match value {
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::Bool(value) => value.to_string(),
        DataRef::DateTime(at) => at.as_datetime().map_or_else(String::new, |at| at.date().to_string()),
        DataRef::Error(_) | DataRef::Empty => String::new(),
    }
}
