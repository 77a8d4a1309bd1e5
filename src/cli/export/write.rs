//! Writing a table, row by row: as CSV or XLSX.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

use rust_xlsxwriter::{Format, Workbook};

pub enum Cell {
    Text(String),
    /// As it is written, and for reckoning.
    Number(String, f64),
}

impl Cell {
    pub fn text(self) -> String {
        match self {
            Self::Text(text) | Self::Number(text, _) => text,
        }
    }
}

pub enum Table {
    Csv(Box<csv::Writer<BufWriter<File>>>),
    Xlsx { book: Box<Workbook>, path: PathBuf, row: u32 },
}

/// Excel takes these at the beginning of a cell for a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];
/// What a sheet holds.
const ROWS: u32 = 1_048_576;
/// What a cell of it holds, in the units of UTF-16.
const CELL: usize = 32_767;

impl Table {
    pub fn begin(at: &Path, xlsx: bool, title: &str, titles: &[&str]) -> anyhow::Result<Self> {
        let opened = File::create(at)?;
        if xlsx {
            let mut book = Workbook::new();
            let sheet = book.add_worksheet_with_constant_memory()?;
            sheet.set_name(title)?;
            let bold = Format::new().set_bold();
            for (column, title) in (0..).zip(titles) {
                sheet.set_column_width(column, 16)?;
                sheet.write_string_with_format(0, column, *title, &bold)?;
            }
            sheet.set_freeze_panes(1, 0)?;
            return Ok(Self::Xlsx { book: Box::new(book), path: at.to_owned(), row: 1 });
        }
        let mut file = BufWriter::new(opened);
        // Excel knows UTF-8 by it
        file.write_all("\u{feff}".as_bytes())?;
        let mut table = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(file);
        table.write_record(titles)?;
        Ok(Self::Csv(Box::new(table)))
    }

    pub fn row(&mut self, cells: impl Iterator<Item = Cell>) -> anyhow::Result<()> {
        match self {
            Self::Csv(table) => {
                // one more `'` where there is one: the import takes one away
                let is_formula = |text: &str| text.trim_start_matches('\'').starts_with(FORMULA);
                let safe = |text: String| if is_formula(&text) { format!("'{text}") } else { text };
                table.write_record(cells.map(|cell| match cell {
                    Cell::Text(text) => safe(text),
                    Cell::Number(text, _) => text,
                }))?;
            }
            Self::Xlsx { book, row, .. } => {
                anyhow::ensure!(*row < ROWS, "a sheet holds {ROWS} rows: name a filter, or a CSV file");
                let sheet = book.worksheet_from_index(0)?;
                for (column, cell) in (0..).zip(cells) {
                    match cell {
                        Cell::Text(text) if text.is_empty() => {}
                        Cell::Text(text) => drop(sheet.write_string(*row, column, fitting(text))?),
                        Cell::Number(_, number) => drop(sheet.write_number(*row, column, number)?),
                    }
                }
                *row += 1;
            }
        }
        Ok(())
    }

    pub fn end(self) -> anyhow::Result<()> {
        match self {
            Self::Csv(mut table) => Ok(table.flush()?),
            Self::Xlsx { mut book, path, .. } => Ok(book.save(path)?),
        }
    }
}

/// As much of a text as a cell of a sheet holds; where something is left out, it ends with an ellipsis.
fn fitting(mut text: String) -> String {
    if text.encode_utf16().count() > CELL {
        let mut units = 1;
        let end = text.char_indices().find(|(_, letter)| {
            units += letter.len_utf16();
            units > CELL
        });
        text.truncate(end.map_or(0, |(at, _)| at));
        text.push('…');
    }
    text
}
