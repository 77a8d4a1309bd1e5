//! Full-text search 全文检索: the words by which a record is found, kept beside it.
//!
//! Whoever writes a record calls [`index`] in the same transaction, so that what is found is what stands there. To make a noun searchable takes a
//! line in `searchable!`, a fact `Text` in its scope and a line in its filter.
//!
//! Chinese is cut into pairs of neighbours (网格员: 网格, 格员, and the last character alone), Latin letters and digits into words. They are cut here
//! and nowhere else, so both databases find the same; `db/text.rs` says how they are looked for.

mod index;
mod words;

use chrono::NaiveDate;
use entity::SearchType;

pub use self::index::{Searchable, anew, complete, index};
use crate::db::text::Text;

/// Characters of what is looked for, at most.
pub const LONGEST: usize = 100;

/// What is to be found; none where it is too long. What holds neither letter nor digit finds nothing.
pub fn maybe_text(kind: SearchType, wanted: &str, day: NaiveDate) -> Option<Text> {
    // counted no further than needed
    if wanted.chars().nth(LONGEST).is_some() {
        return None;
    }
    let words::Wanted { lookup, patterns } = words::wanted(wanted, words::initials_of(kind));
    let patterns = patterns.iter().map(|pattern| words::of_type(kind, pattern)).collect();
    // each word of it has a blank before it but the first
    let lookup = if lookup.is_empty() { lookup } else { words::of_type(kind, &format!(" {lookup}")).trim_start().to_owned() };
    Some(Text::new(kind, lookup, patterns, day))
}
