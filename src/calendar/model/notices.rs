//! The days that do not follow their weekday, for the whole country: the yearly notices 节假日安排的通知.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    ops::RangeInclusive,
    sync::LazyLock,
};

use chrono::{Datelike, NaiveDate, Weekday};
use entity::CalendarDayKind;

use super::hours::Hours;
use crate::sheet;

/// `date,kind,festival`: OFF is a holiday, WORK a make-up workday; 2019 to 2026.
const BUILT_IN: &str = include_str!("../../../facts/holidays.csv");

const HEADER: [&str; 3] = ["date", "kind", "festival"];

/// Characters of a festival at most.
pub const FESTIVAL: usize = 100;

/// The years that days can be set in.
pub const YEARS: RangeInclusive<i32> = 2000..=2100;

/// A day that does not follow its weekday.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    pub kind: CalendarDayKind,
    /// Of a day that is worked, where it has hours of its own.
    pub hours: Option<Hours>,
    /// The festival 节日 for which it is off or worked.
    pub festival: Option<String>,
}

/// `OFF 元旦`, `WORK 09:00-12:00`.
impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            CalendarDayKind::Off => "OFF",
            CalendarDayKind::Work => "WORK",
        })?;
        if let Some(hours) = &self.hours {
            write!(f, " {hours}")?;
        }
        if let Some(festival) = &self.festival {
            write!(f, " {festival}")?;
        }
        Ok(())
    }
}

/// What is known for the whole country.
#[derive(Clone, Debug, PartialEq)]
pub struct Notices(BTreeMap<NaiveDate, Day>);

impl Notices {
    /// The notices that are compiled in.
    pub fn built_in() -> &'static Self {
        static NOTICES: LazyLock<Notices> = LazyLock::new(|| Notices(read_notice(BUILT_IN).unwrap_or_default()));
        &NOTICES
    }

    /// The same with these days, which win.
    #[must_use]
    pub fn with(&self, days: impl IntoIterator<Item = (NaiveDate, Day)>) -> Self {
        let mut all = self.0.clone();
        all.extend(days);
        Self(all)
    }

    pub fn days(&self) -> &BTreeMap<NaiveDate, Day> {
        &self.0
    }

    /// The years whose notice is known: those of which 1 January, 1 May and 1 October are off. Each notice names these three, and no other
    /// does; what is known of a few days only, such as 31 December from the notice of the year after, is no notice.
    pub fn published_years(&self) -> BTreeSet<i32> {
        let off = |year, month| {
            let day = NaiveDate::from_ymd_opt(year, month, 1).and_then(|date| self.0.get(&date));
            day.is_some_and(|day| day.kind == CalendarDayKind::Off)
        };
        let years: BTreeSet<i32> = self.0.keys().map(Datelike::year).collect();
        years.into_iter().filter(|year| [1, 5, 10].iter().all(|month| off(*year, *month))).collect()
    }

    pub(super) fn is_working_day(&self, date: NaiveDate) -> bool {
        match self.0.get(&date) {
            Some(day) => day.kind == CalendarDayKind::Work,
            None => !matches!(date.weekday(), Weekday::Sat | Weekday::Sun),
        }
    }
}

/// A line of a file that cannot be taken, counted from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadLine {
    pub line: usize,
    pub wrong: Wrong,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// The first line is not `date,kind,festival`.
    Header,
    /// Nothing follows the first line.
    Empty,
    /// So many columns instead of three.
    Columns(usize),
    Date,
    /// Outside [`YEARS`].
    Year,
    Kind,
    /// Too long, or with control characters.
    Festival,
    /// The date of this line.
    Twice(usize),
}

/// A notice in the form `date,kind,festival`, as in `facts/holidays.csv`: all of it, or every line that is wrong. Blank lines do not count.
pub fn read_notice(text: &str) -> Result<BTreeMap<NaiveDate, Day>, Vec<BadLine>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut rows = text.lines().zip(1..).filter(|(row, _)| !row.trim().is_empty());
    let (mut days, mut lines, mut bad) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
    if rows.next().is_none_or(|(header, _)| fields(header) != HEADER) {
        return Err(vec![BadLine { line: 1, wrong: Wrong::Header }]);
    }
    for (row, line) in rows {
        match read_line(row) {
            Ok((date, _)) if lines.contains_key(&date) => bad.push(BadLine { line, wrong: Wrong::Twice(lines[&date]) }),
            Ok((date, day)) => {
                lines.insert(date, line);
                days.insert(date, day);
            }
            Err(wrong) => bad.push(BadLine { line, wrong }),
        }
    }
    if days.is_empty() && bad.is_empty() {
        bad.push(BadLine { line: 1, wrong: Wrong::Empty });
    }
    if bad.is_empty() { Ok(days) } else { Err(bad) }
}

fn fields(row: &str) -> Vec<&str> {
    fn unquoted(field: &str) -> &str {
        field.strip_prefix('"').and_then(|field| field.strip_suffix('"')).unwrap_or(field)
    }
    row.split(',').map(|field| unquoted(field.trim())).collect()
}

fn read_line(row: &str) -> Result<(NaiveDate, Day), Wrong> {
    let fields = fields(row);
    let [date, kind, festival] = fields[..] else { return Err(Wrong::Columns(fields.len())) };
    let date = sheet::day(date).ok_or(Wrong::Date)?;
    if !YEARS.contains(&date.year()) {
        return Err(Wrong::Year);
    }
    let kind = match kind {
        "OFF" => CalendarDayKind::Off,
        "WORK" => CalendarDayKind::Work,
        _ => return Err(Wrong::Kind),
    };
    if festival.chars().count() > FESTIVAL || festival.chars().any(char::is_control) {
        return Err(Wrong::Festival);
    }
    Ok((date, Day { kind, hours: None, festival: (!festival.is_empty()).then(|| festival.to_owned()) }))
}
