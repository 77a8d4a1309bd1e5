//! Empty tables to fill in 模板.

use rust_xlsxwriter::{Format, Note, Workbook, XlsxError};

use super::Column;

/// The header alone, with a note at each column: as XLSX, or else as CSV that Excel knows for UTF-8.
pub fn template(columns: &[Column], xlsx: bool) -> Result<Vec<u8>, XlsxError> {
    if !xlsx {
        let titles: Vec<&str> = columns.iter().map(|column| column.title).collect();
        return Ok(format!("\u{feff}{}\r\n", titles.join(",")).into_bytes());
    }
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let (bold, text) = (Format::new().set_bold(), Format::new().set_num_format("@"));
    for (at, column) in (0..).zip(columns) {
        // as text: codes and telephone numbers are no quantities
        sheet.set_column_format(at, &text)?;
        sheet.set_column_width(at, 20)?;
        sheet.write_string_with_format(0, at, column.title, &bold)?;
        let needed = if column.required { "必填。" } else { "选填。" };
        let day = if column.is_day() { "也可写作 2026/6/10、2026.6.10 或 2026年6月10日。" } else { "" };
        let sheet_read = if at == 0 { "只读取第一张可见的工作表。" } else { "" };
        let note = format!("{needed}{}{day}{sheet_read}", column.note);
        sheet.insert_note(0, at, &Note::new(note).add_author_prefix(false))?;
    }
    sheet.set_freeze_panes(1, 0)?;
    book.save_to_buffer()
}
