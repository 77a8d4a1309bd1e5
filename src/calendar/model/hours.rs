//! The hours of a day and of a week.

use std::fmt;

use entity::Weekday;

/// Microseconds in a minute; everything is counted in microseconds, as the databases store instants.
const MINUTE: i64 = 60_000_000;
const MINUTES_OF_DAY: u16 = 24 * 60;

/// Part of a day, in minutes after midnight; `closes` may be 1440.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Period {
    pub opens: u16,
    pub closes: u16,
}

impl Period {
    fn length(self) -> i64 {
        i64::from(self.closes - self.opens) * MINUTE
    }
}

/// `09:00` as minutes after midnight; `24:00` is the end of the day.
pub fn minutes_of(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |digits: &str| (digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit())).then(|| digits.parse().ok()).flatten();
    let (hours, minutes): (u16, u16) = (number(hours)?, number(minutes)?);
    (minutes < 60 && hours * 60 + minutes <= MINUTES_OF_DAY).then_some(hours * 60 + minutes)
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { opens, closes } = self;
        write!(f, "{:02}:{:02}-{:02}:{:02}", opens / 60, opens % 60, closes / 60, closes % 60)
    }
}

/// What is wrong with the hours of a day: the period by its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadHours {
    /// It does not close after it opens, or lies outside the day.
    Period(usize),
    /// It begins before another one has ended.
    Overlap(usize),
}

/// The hours of one day: periods in order, none within another. Without any, the day is off.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hours(Vec<Period>);

impl Hours {
    pub fn new(periods: impl IntoIterator<Item = Period>) -> Result<Self, BadHours> {
        let mut numbered: Vec<(Period, usize)> = periods.into_iter().zip(0..).collect();
        if let Some((_, at)) = numbered.iter().find(|(period, _)| period.opens >= period.closes || period.closes > MINUTES_OF_DAY) {
            return Err(BadHours::Period(*at));
        }
        numbered.sort_unstable();
        if let Some(pair) = numbered.windows(2).find(|pair| pair[1].0.opens < pair[0].0.closes) {
            return Err(BadHours::Overlap(pair[1].1));
        }
        Ok(Self(numbered.into_iter().map(|(period, _)| period).collect()))
    }

    /// As [`fmt::Display`] writes them: `09:00-12:00,13:30-17:30`.
    pub fn read(text: &str) -> Option<Self> {
        let period = |text: &str| {
            let (opens, closes) = text.split_once('-')?;
            Some(Period { opens: minutes_of(opens)?, closes: minutes_of(closes)? })
        };
        Self::new(text.split(',').map(period).collect::<Option<Vec<_>>>()?).ok()
    }

    pub fn periods(&self) -> &[Period] {
        &self.0
    }

    pub fn is_off(&self) -> bool {
        self.0.is_empty()
    }

    /// All of the day.
    pub(super) fn total(&self) -> i64 {
        self.0.iter().map(|period| period.length()).sum()
    }

    /// What is worked from midnight to this time of day.
    pub(super) fn until(&self, time: i64) -> i64 {
        self.0.iter().map(|period| (time - i64::from(period.opens) * MINUTE).clamp(0, period.length())).sum()
    }

    /// The first time of day at which so much has been worked, of 1 to all: at most a closing time.
    pub(super) fn first_with(&self, mut worked: i64) -> i64 {
        for period in &self.0 {
            if worked <= period.length() {
                return i64::from(period.opens) * MINUTE + worked;
            }
            worked -= period.length();
        }
        i64::from(MINUTES_OF_DAY) * MINUTE
    }

    /// The last time of day at which no more has been worked, of 0 to less than all: at least an opening time.
    pub(super) fn last_with(&self, mut worked: i64) -> i64 {
        for period in &self.0 {
            if worked < period.length() {
                return i64::from(period.opens) * MINUTE + worked;
            }
            worked -= period.length();
        }
        i64::from(MINUTES_OF_DAY) * MINUTE
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, period) in self.0.iter().enumerate() {
            write!(f, "{}{period}", if at == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

/// The hours of each weekday, Monday first; at least one of them is worked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Week([Hours; 7]);

impl Week {
    /// None where no hour at all is worked.
    pub fn new(days: [Hours; 7]) -> Option<Self> {
        days.iter().any(|day| !day.is_off()).then_some(Self(days))
    }

    /// Monday to Friday, 09:00–12:00 and 13:30–17:30.
    pub fn standard() -> Self {
        let day = Hours(vec![Period { opens: 9 * 60, closes: 12 * 60 }, Period { opens: 13 * 60 + 30, closes: 17 * 60 + 30 }]);
        Self(std::array::from_fn(|weekday| if weekday < 5 { day.clone() } else { Hours::default() }))
    }

    /// Day and night.
    pub fn always() -> Self {
        Self(std::array::from_fn(|_| Hours(vec![Period { opens: 0, closes: MINUTES_OF_DAY }])))
    }

    pub fn days(&self) -> impl Iterator<Item = (Weekday, &Hours)> {
        Weekday::ALL.iter().copied().zip(&self.0)
    }

    /// By the number of the weekday, Monday 0.
    pub(super) fn day(&self, weekday: usize) -> &Hours {
        &self.0[weekday]
    }

    /// The hours of a day that the notices say is worked. On Saturday and Sunday those of Monday, since it stands in for a weekday; so on a
    /// weekday that is off; and where Monday is off, those of the first weekday that is not.
    pub(super) fn made_up(&self, weekday: usize) -> &Hours {
        let own = &self.0[weekday];
        if weekday < 5 && !own.is_off() {
            return own;
        }
        self.0.iter().find(|hours| !hours.is_off()).unwrap_or(own)
    }
}

/// The weekdays that are worked: `Monday 09:00-12:00,13:30-17:30; Saturday 09:00-12:00`.
impl fmt::Display for Week {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (weekday, hours)) in self.days().filter(|(_, hours)| !hours.is_off()).enumerate() {
            write!(f, "{}{weekday:?} {hours}", if at == 0 { "" } else { "; " })?;
        }
        Ok(())
    }
}
