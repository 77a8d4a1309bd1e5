//! Reading a table.

use std::{borrow::Cow, io::Read};

use super::{
    Bad, Column, Line, Lines, Why, book,
    text::{UNREAD, decode, narrow, spoilt, visible},
};

/// The first bytes of an XLSX file, a zip archive; and of the XLS files before it.
const ZIP: &[u8] = b"PK\x03\x04";
const OLD_EXCEL: &[u8] = &[0xD0, 0xCF, 0x11, 0xE0];
/// Before these, and where a `'` stands before them already, the CSV export puts a `'`: Excel takes them for the beginning of a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];
/// A line after the last, of what no text holds: where it is none, a cell that began with a quotation mark has not ended.
const END: &str = "\n\u{feff}";

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
    fn csv(&mut self, bytes: &[u8]) -> Result<(), Why> {
        let decoded = decode(bytes)?;
        let text = visible(&decoded);
        let mut count = Count { text: text.as_bytes(), at: 0, line: 1 };
        let marked = text.as_bytes().chain(END.as_bytes());
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(marked);
        let (mut record, mut line) = (csv::StringRecord::new(), 1);
        while reader.read_record(&mut record).map_err(|error| Why::of("sheet-no-csv").with("error", error.to_string()))? {
            if record.iter().eq([UNREAD]) {
                return Ok(());
            }
            let begins = record.position().map_or(0, csv::Position::byte);
            let cells: Vec<&str> = record.iter().map(unguarded).collect();
            line = count.line_of(begins);
            self.line(line, &cells, &[]);
        }
        self.lines.bad.push(Bad { line, column: None, why: Why::of("sheet-open-quote") });
        Ok(())
    }

    fn xlsx(&mut self, bytes: &[u8]) -> Result<(), Why> {
        let sheet = book::rows(bytes, self.columns, |number, cells, dates| self.line(number, cells, dates))?;
        if self.places.as_ref().is_none_or(Vec::is_empty) {
            self.lines.bad.push(Bad { line: 1, column: None, why: Why::of("sheet-named").with("name", sheet) });
        }
        Ok(())
    }

    fn line(&mut self, number: u32, cells: &[&str], dates: &[usize]) {
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            return;
        }
        let Some(places) = &self.places else { return self.header(number, cells) };
        if places.is_empty() {
            return;
        }
        let plain: Vec<Cow<str>> = cells.iter().map(|cell| narrow(cell)).collect();
        let line = Line { number, columns: self.columns, places, cells, plain: &plain };
        let unfit = line.unfit(dates);
        if !unfit.is_empty() {
            return self.lines.bad.extend(unfit);
        }
        match (self.each)(line) {
            Ok(read) => self.lines.good.push(read),
            Err(bad) => self.lines.bad.push(bad),
        }
    }

    /// Every column that is needed and none that is unknown, each once.
    fn header(&mut self, number: u32, cells: &[&str]) {
        let cells: Vec<&str> = cells.iter().map(|cell| cell.trim()).collect();
        let place = |column: &Column| cells.iter().position(|cell| column.is_called(cell));
        let places: Vec<Option<usize>> = self.columns.iter().map(place).collect();
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

impl Line<'_> {
    /// Cells that do not say what was meant, whatever the columns are about: what Excel has made of them, and what stands in no column.
    fn unfit(&self, dates: &[usize]) -> Vec<Bad> {
        let mut unfit = Vec::new();
        for (at, cell) in self.cells.iter().enumerate().filter(|(_, cell)| !cell.trim().is_empty()) {
            let column = self.columns.iter().zip(self.places).find(|(_, place)| **place == Some(at)).map(|(column, _)| column);
            let why = match column {
                None => Some(Why::of("sheet-cell-beside").with("number", (at + 1).to_string())),
                Some(column) if dates.contains(&at) && !column.is_day() => Some(Why::of("sheet-cell-date")),
                Some(_) => spoilt(cell.trim()),
            };
            unfit.extend(why.map(|why| Bad { line: self.number, column: column.map(|column| column.title), why }));
            // what comes after it may have moved, too
            if column.is_none() {
                break;
            }
        }
        unfit
    }
}

/// A cell as it was before the export made sure that Excel takes it for text.
fn unguarded(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|text| text.trim_start_matches('\'').starts_with(FORMULA)).unwrap_or(cell)
}

/// Counts lines as editors do. To the reader of CSV, blank lines and what it has not read of a line end belong to the line after them.
struct Count<'t> {
    text: &'t [u8],
    at: usize,
    line: u32,
}

impl Count<'_> {
    /// The line of what begins here or, where lines end here, after that. It lies behind what was asked for before.
    fn line_of(&mut self, begins: u64) -> u32 {
        let begins = usize::try_from(begins).unwrap_or(usize::MAX);
        while let Some(byte) = self.text.get(self.at)
            && (self.at < begins || matches!(byte, b'\n' | b'\r'))
        {
            let ends = *byte == b'\n' || (*byte == b'\r' && self.text.get(self.at + 1) != Some(&b'\n'));
            self.line = self.line.saturating_add(u32::from(ends));
            self.at += 1;
        }
        self.line
    }
}
