//! What stands in a table, as people and programs write it.

use std::borrow::Cow;

use chrono::NaiveDate;
use unicode_normalization::UnicodeNormalization;

use super::Why;

const UTF_8: &[u8] = b"\xEF\xBB\xBF";
/// Months and days may have one digit.
const DAYS: [&str; 4] = ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日"];
/// What programs add to a day.
const MIDNIGHT: [&str; 4] = ["00:00:00", "0:00:00", "00:00", "0:00"];
/// Stands for what a formula would show that no program has reckoned yet; no text holds it, see `visible`.
pub const UNREAD: &str = "\u{feff}";
/// What a cell shows where its formula has failed.
const ERRORS: [&str; 10] = ["#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#GETTING_DATA", "#DATA!", "#SPILL!"];

/// Excel writes CSV in GB 18030 where Chinese is its language, unless it is told to write UTF-8, which it marks.
pub fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Why> {
    let marked = bytes.strip_prefix(UTF_8);
    let bytes = marked.unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Cow::Borrowed(text)),
        Err(error) if marked.is_some() => {
            let line = bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count() + 1;
            Err(Why::of("sheet-broken-utf8").with("line", line.to_string()))
        }
        Err(_) => match encoding_rs::GB18030.decode_without_bom_handling(bytes) {
            (text, false) => Ok(text),
            (_, true) => Err(Why::of("sheet-encoding")),
        },
    }
}

/// Without the marks that nobody sees: copied from a page along with a name, they make another name of it.
pub fn visible(text: &str) -> Cow<'_, str> {
    let hidden = |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{feff}');
    if text.contains(hidden) { Cow::Owned(text.replace(hidden, "")) } else { Cow::Borrowed(text) }
}

/// With the letters, digits and signs that a Chinese keyboard makes wide in their ordinary width.
pub fn narrow(text: &str) -> Cow<'_, str> {
    let wide = |c: char| matches!(c, '\u{3000}' | '\u{ff01}'..='\u{ff5e}');
    if text.contains(wide) { Cow::Owned(text.nfkc().collect()) } else { Cow::Borrowed(text) }
}

/// A day such as `2026-06-10`, `2026/6/10`, `2026.6.10` or `2026年6月10日`, alone or with midnight after it.
pub fn day(text: &str) -> Option<NaiveDate> {
    let day = match text.split_once(['T', ' ']) {
        None => text,
        Some((day, time)) if MIDNIGHT.contains(&time) => day,
        Some(_) => return None,
    };
    if day.bytes().take_while(u8::is_ascii_digit).count() != 4 {
        return None;
    }
    DAYS.iter().find_map(|form| NaiveDate::parse_from_str(day, form).ok())
}

/// Why a cell does not hold what was meant: it shows an error, its formula has no value, or it is a number of which Excel has kept a part.
pub fn spoilt(cell: &str) -> Option<Why> {
    if cell == UNREAD {
        return Some(Why::of("sheet-cell-formula"));
    }
    if ERRORS.contains(&cell) {
        return Some(Why::of("sheet-cell-error").with("error", cell));
    }
    let shortened = cell.contains("E+") && cell.parse::<f64>().is_ok();
    shortened.then(|| Why::of("sheet-cell-shortened"))
}
