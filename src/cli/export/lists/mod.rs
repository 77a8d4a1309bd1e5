//! The lists that can be exported, with the columns that people want of them: every list at the root of the schema.

mod firms;
mod people;
mod places;
mod system;
mod work;

/// What a cell shows.
#[derive(Clone, Copy)]
pub enum Shown {
    Text,
    /// The Chinese word of an enum's value.
    Word(&'static str),
    Number,
    /// A length of time, as a number of hours.
    Hours,
    /// In Beijing time.
    Instant,
    YesNo,
    /// A field of a record: what it was, and what it is since.
    Change,
}

pub struct Column {
    pub title: &'static str,
    /// What is selected of a node; columns that show parts of one thing select the same. Of a list whose items are all to be shown, also whether there are more.
    pub selection: &'static str,
    /// Where it then stands. After `/*` it goes on in each item of a list; what stands there is joined.
    pub pointer: &'static str,
    pub shown: Shown,
}

const fn column(title: &'static str, selection: &'static str, pointer: &'static str, shown: Shown) -> Column {
    Column { title, selection, pointer, shown }
}

pub struct List {
    /// The root field; the command line names it so too.
    pub field: &'static str,
    pub filter: &'static str,
    /// The name of the sheet.
    pub title: &'static str,
    pub columns: &'static [Column],
}

pub fn all() -> impl Iterator<Item = &'static List> {
    [places::LISTS, people::LISTS, firms::LISTS, work::LISTS, system::LISTS].into_iter().flatten()
}
