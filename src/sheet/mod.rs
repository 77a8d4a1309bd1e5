//! Tables from outside, as CSV or XLSX 表格: a header that is checked, lines that are read one by one, and every one that is wrong with its reason.

mod book;
mod read;
mod template;
mod text;

pub use self::{
    read::read,
    template::template,
    text::{day, decode},
};

use std::{
    borrow::Cow,
    collections::{HashMap, hash_map::Entry},
    hash::Hash,
    sync::Arc,
};

use chrono::NaiveDate;
use futures_util::future::BoxFuture;

use crate::db::{DatabaseTransaction, DbErr};
use entity::PersonId;

/// A column of a table.
#[derive(Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name for programs.
    pub key: &'static str,
    /// Its name for people, in Chinese.
    pub title: &'static str,
    pub required: bool,
    /// What is written in it, in Chinese.
    pub note: &'static str,
}

impl Column {
    pub const fn required(key: &'static str, title: &'static str, note: &'static str) -> Self {
        Self { key, title, required: true, note }
    }

    pub const fn optional(key: &'static str, title: &'static str, note: &'static str) -> Self {
        Self { key, title, required: false, note }
    }

    fn is_called(&self, name: &str) -> bool {
        name == self.title || name.eq_ignore_ascii_case(self.key)
    }

    /// By its name: `starts_on`, `filed_on`.
    fn is_day(&self) -> bool {
        self.key.ends_with("_on")
    }
}

/// Why something cannot be taken: the key of a message and what it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    pub key: &'static str,
    pub args: Vec<(&'static str, String)>,
}

impl Why {
    pub fn of(key: &'static str) -> Self {
        Self { key, args: Vec::new() }
    }

    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.args.push((name, value.into()));
        self
    }
}

/// A line that cannot be taken, counted from 1 as editors do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bad {
    pub line: u32,
    /// The title of the column, where it is one.
    pub column: Option<&'static str>,
    pub why: Why,
}

/// A line below the header; its cells go by the columns that were asked for.
#[derive(Clone, Copy)]
pub struct Line<'l> {
    pub number: u32,
    columns: &'static [Column],
    /// Where each column stands in this table.
    places: &'l [Option<usize>],
    cells: &'l [&'l str],
    /// The same in ordinary width.
    plain: &'l [Cow<'l, str>],
}

impl<'l> Line<'l> {
    /// What stands in a column, without blanks around it; nothing where the table lacks it.
    pub fn text(&self, key: &str) -> &'l str {
        self.place(key).and_then(|place| self.cells.get(place)).map_or("", |cell| cell.trim())
    }

    /// The same of a code, a number, a day or a given word, where a wide letter or digit is meant as any other.
    pub fn plain(&self, key: &str) -> &'l str {
        self.place(key).and_then(|place| self.plain.get(place)).map_or("", |cell| cell.trim())
    }

    fn place(&self, key: &str) -> Option<usize> {
        let column = self.columns.iter().position(|column| column.key == key);
        column.and_then(|column| self.places[column])
    }

    pub fn bad(&self, key: &str, why: Why) -> Bad {
        let column = self.columns.iter().find(|column| column.key == key).map(|column| column.title);
        Bad { line: self.number, column, why }
    }

    /// A text that is needed, of so many characters at most.
    pub fn name(&self, key: &str, most: usize) -> Result<&'l str, Bad> {
        self.checked(key, most, char::is_control)
    }

    fn checked(&self, key: &str, most: usize, forbidden: impl Fn(char) -> bool) -> Result<&'l str, Bad> {
        let text = self.text(key);
        if text.chars().count() > most {
            return Err(self.bad(key, Why::of("sheet-too-long").with("max", most.to_string())));
        }
        if text.chars().any(forbidden) {
            return Err(self.bad(key, Why::of("invalid-characters")));
        }
        if text.is_empty() { Err(self.bad(key, Why::of("required"))) } else { Ok(text) }
    }

    /// A text of so many characters at most, where there is one.
    pub fn maybe_name(&self, key: &str, most: usize) -> Result<Option<String>, Bad> {
        if self.text(key).is_empty() { Ok(None) } else { self.name(key, most).map(|name| Some(name.to_owned())) }
    }

    /// The same of what may have several lines, in a cell as in a mutation.
    pub fn maybe_text(&self, key: &str, most: usize) -> Result<Option<String>, Bad> {
        if self.text(key).is_empty() {
            return Ok(None);
        }
        let forbidden = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
        self.checked(key, most, forbidden).map(|text| Some(text.to_owned()))
    }

    /// What is read of a text, where there is one; a whole number in Excel may have lost its text.
    pub fn maybe<T>(&self, key: &str, why: Why, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Bad> {
        match self.plain(key) {
            "" => Ok(None),
            text => parse(text).map(Some).ok_or_else(|| self.bad(key, why)),
        }
    }

    /// The code of an area, of so many digits.
    pub fn code(&self, key: &str, digits: &[usize]) -> Result<&'l str, Bad> {
        let text = self.plain(key);
        let fits = digits.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        let lengths = digits.iter().map(ToString::to_string).collect::<Vec<_>>().join("、");
        if fits { Ok(text) } else { Err(self.bad(key, Why::of("sheet-code").with("digits", lengths))) }
    }

    pub fn maybe_day(&self, key: &str) -> Result<Option<NaiveDate>, Bad> {
        self.maybe(key, Why::of("sheet-day"), day)
    }

    pub fn day(&self, key: &str) -> Result<NaiveDate, Bad> {
        self.maybe_day(key)?.ok_or_else(|| self.bad(key, Why::of("required")))
    }

    /// The value that one of these words stands for.
    pub fn word<T: Copy>(&self, key: &str, words: &[(&str, T)]) -> Result<T, Bad> {
        let text = self.plain(key);
        let found = words.iter().find(|(word, _)| word.eq_ignore_ascii_case(text)).map(|(_, value)| *value);
        found.ok_or_else(|| {
            let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            self.bad(key, Why::of("sheet-unknown-word").with("words", known.join("、")))
        })
    }
}

/// Lines that are looked up and written together.
pub const PORTION: usize = 1_000;

/// What becomes of some lines.
pub struct Sorted<M> {
    pub new: Vec<M>,
    /// As the database has it, and as it is to be.
    pub changed: Vec<(M, M)>,
    pub bad: Vec<Bad>,
}

impl<M> Default for Sorted<M> {
    fn default() -> Self {
        Self { new: Vec::new(), changed: Vec::new(), bad: Vec::new() }
    }
}

impl<M: PartialEq> Sorted<M> {
    /// What the database has of a line, if it has something, and what it is to be.
    pub fn put(&mut self, known: Option<M>, row: M) {
        match known {
            None => self.new.push(row),
            Some(known) if known != row => self.changed.push((known, row)),
            Some(_) => {}
        }
    }

    /// What is to be written.
    pub fn rows(self) -> Vec<M> {
        let mut rows = self.new;
        rows.extend(self.changed.into_iter().map(|(_, row)| row));
        rows
    }
}

/// What was read of a table. Where a line is bad nothing is taken in, and what else is wrong with the others is found all the same.
pub struct Lines<L> {
    pub good: Vec<L>,
    pub bad: Vec<Bad>,
    /// Who sent it; none where it was taken in from the command line.
    pub by: Option<PersonId>,
}

/// Told how far it is: (lines written, lines in all).
pub type Told<'t> = &'t mut (dyn FnMut(usize, usize) + Send);

/// What came of taking a table in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub added: usize,
    pub changed: usize,
    /// Lines that say what was known.
    pub known: usize,
}

impl Tally {
    /// Of so many lines in all.
    pub fn count<M>(&mut self, sorted: &Sorted<M>, lines: usize) {
        let (added, changed) = (sorted.new.len(), sorted.changed.len());
        self.added += added;
        self.changed += changed;
        self.known += lines.saturating_sub(added + changed);
    }
}

/// Nothing of a table was taken in.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error("{} lines cannot be taken", .0.len())]
    Lines(Vec<Bad>),
    #[error(transparent)]
    Db(#[from] DbErr),
}

/// Lines that say what another says already, by what each is known by.
pub fn twice<K: Hash + Eq>(lines: impl Iterator<Item = (u32, K)>, column: &'static str) -> Vec<Bad> {
    let mut first = HashMap::new();
    let again = |(line, key)| match first.entry(key) {
        Entry::Vacant(new) => {
            new.insert(line);
            None
        }
        Entry::Occupied(known) => {
            Some(Bad { line, column: Some(column), why: Why::of("sheet-twice").with("line", known.get().to_string()) })
        }
    };
    lines.filter_map(again).collect()
}

/// What is done last in the transaction that takes a table in, by whoever asked for it.
pub type Last = Arc<dyn for<'t> Fn(&'t DatabaseTransaction, Tally) -> BoxFuture<'t, Result<(), DbErr>> + Send + Sync>;

tokio::task_local! {
    static LAST: Last;
}

/// Takes a table in, with something to be done last: so that both are committed, or neither.
pub async fn with_last<T>(last: Last, take: impl Future<Output = T>) -> T {
    LAST.scope(last, take).await
}

/// Keeps what was written where no line is bad.
pub async fn finish(tx: DatabaseTransaction, mut bad: Vec<Bad>, tally: Tally) -> Result<Tally, Refused> {
    if bad.is_empty() {
        if let Ok(last) = LAST.try_with(Clone::clone) {
            last(&tx, tally).await?;
        }
        tx.commit().await?;
        return Ok(tally);
    }
    bad.sort_by_key(|bad| bad.line);
    Err(Refused::Lines(bad))
}
