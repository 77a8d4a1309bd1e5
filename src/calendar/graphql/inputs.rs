//! What the mutations take and give.

use std::collections::{BTreeMap, BTreeSet};

use async_graphql::InputObject;
use chrono::{Datelike, NaiveDate};
use entity::{CalendarDayKind, Weekday};

use super::{WorkingCalendar, once};
use crate::{
    calendar::model::{BadHours, BadLine, Day, FESTIVAL, Hours, Period, Week, Wrong, YEARS, minutes_of, read_notice},
    graphql::{
        error::{ApiError, Refusal, UserErrorCode},
        input::{maybe_text, within},
        scalar::{AreaCode, Date},
    },
    payloads,
    record::graphql::inputs,
};

/// Days at once.
const MOST_DAYS: usize = 1000;

inputs! {
    /// The holidays of a year 节假日安排.
    creates ImportHolidaysInput {
        /// Lines of `date,kind,festival` after this very line as the first, such as `2027-01-01,OFF,元旦`; `kind` is `OFF` for a holiday and `WORK` for a
        /// make-up workday 调休补班. A line that is wrong is named by the last part of the error's `path`, the header being `1` 节假日安排 (CSV).
        csv: String,
    }

    /// Days that do not follow their weekday 特殊日.
    creates SetCalendarDaysInput {
        /// A district, or a city without districts; the whole country when left out 区县.
        area: Option<AreaCode>,
        /// The days, 1 to 1,000, each once 日期.
        days: Vec<CalendarDayInput>,
    }

    /// Days to take back 撤销特殊日.
    creates RemoveCalendarDaysInput {
        /// A district, or a city without districts; the whole country when left out 区县.
        area: Option<AreaCode>,
        /// The days, 1 to 1,000; one of which nothing was said is passed over 日期.
        dates: Vec<Date>,
    }

    /// A district's week 区县作息; the version is that of the district.
    changes SetWorkingHoursInput {
        /// A district, or a city without districts 区县.
        area: AreaCode,
        /// The weekdays that are worked, each once; those that are not named are off, and one at least has hours 每周作息.
        week: Vec<WorkingWeekdayInput>,
    }

    /// The standard week again 恢复标准作息; the version is that of the district.
    changes ResetWorkingHoursInput {
        /// A district, or a city without districts 区县.
        area: AreaCode,
    }
}

impl ImportHolidaysInput {
    pub fn decode(&self) -> Result<BTreeMap<NaiveDate, Day>, ApiError> {
        read_notice(&self.csv).map_err(|bad| ApiError::Refused(bad.iter().map(refused).collect()))
    }
}

fn refused(bad: &BadLine) -> Refusal {
    let field = format!("csv.{}", bad.line);
    let refusal = match bad.wrong {
        Wrong::Header => Refusal::new(UserErrorCode::InvalidFormat, "csv-header", &field),
        Wrong::Empty => Refusal::new(UserErrorCode::Required, "csv-empty", &field),
        Wrong::Columns(given) => Refusal::new(UserErrorCode::InvalidFormat, "csv-columns", &field).with("given", given),
        Wrong::Date => Refusal::new(UserErrorCode::InvalidFormat, "csv-date", &field),
        Wrong::Year => out_of_years(Refusal::new(UserErrorCode::OutOfRange, "csv-year", &field)),
        Wrong::Kind => Refusal::new(UserErrorCode::InvalidFormat, "csv-kind", &field),
        Wrong::Festival => Refusal::new(UserErrorCode::InvalidFormat, "csv-festival", &field).with("max", FESTIVAL),
        Wrong::Twice(first) => Refusal::new(UserErrorCode::Mismatch, "csv-twice", &field).with("first", first),
    };
    refusal.with("line", bad.line)
}

fn out_of_years(refusal: Refusal) -> Refusal {
    refusal.with("low", YEARS.start()).with("high", YEARS.end())
}

/// A day that does not follow its weekday 特殊日.
#[derive(Clone, Debug, InputObject)]
pub struct CalendarDayInput {
    /// The day, of the years 2000 to 2100 日期.
    pub date: Date,
    /// Whether it is off or worked 类型.
    pub kind: CalendarDayKind,
    /// For which festival or why, at most 100 characters 节日或事由.
    pub festival: Option<String>,
    /// Its own hours, where it is worked; those of the week when left out 当日时段.
    pub periods: Option<Vec<WorkingPeriodInput>>,
}

/// Part of a day 工作时段.
#[derive(Clone, Debug, InputObject)]
pub struct WorkingPeriodInput {
    /// When it begins, such as `09:00` 开始.
    pub opens: String,
    /// When it ends, such as `12:00`; `24:00` is the end of the day 结束.
    pub closes: String,
}

impl SetCalendarDaysInput {
    pub fn decode(self) -> Result<BTreeMap<NaiveDate, Day>, ApiError> {
        within(self.days.len(), "days", 1, MOST_DAYS)?;
        let mut days = Vec::with_capacity(self.days.len());
        let mut refusals = Vec::new();
        for (at, day) in self.days.into_iter().enumerate() {
            match day.decode(&format!("days.{at}")) {
                Ok(day) => days.push(day),
                Err(refusal) => refusals.push(refusal),
            }
        }
        if refusals.is_empty() { once(days, |at| format!("days.{at}.date")) } else { Err(ApiError::Refused(refusals)) }
    }
}

impl CalendarDayInput {
    fn decode(self, at: &str) -> Result<(NaiveDate, Day), Refusal> {
        let field = |name: &str| format!("{at}.{name}");
        within(self.date.0.year(), &field("date"), *YEARS.start(), *YEARS.end())?;
        let hours = match self.periods {
            Some(_) if self.kind == CalendarDayKind::Off => {
                return Err(Refusal::new(UserErrorCode::Mismatch, "off-with-hours", &field("periods")));
            }
            Some(periods) if periods.is_empty() => return Err(Refusal::new(UserErrorCode::Required, "required", &field("periods"))),
            Some(periods) => Some(hours(&periods, &field("periods"))?),
            None => None,
        };
        let festival = maybe_text(self.festival.as_deref(), &field("festival"), FESTIVAL)?;
        Ok((self.date.0, Day { kind: self.kind, hours, festival }))
    }
}

fn hours(periods: &[WorkingPeriodInput], field: &str) -> Result<Hours, Refusal> {
    let mut read = Vec::with_capacity(periods.len());
    for (at, period) in periods.iter().enumerate() {
        let time = |text: &str, name: &str| {
            minutes_of(text).ok_or_else(|| Refusal::new(UserErrorCode::InvalidFormat, "bad-time", &format!("{field}.{at}.{name}")))
        };
        read.push(Period { opens: time(&period.opens, "opens")?, closes: time(&period.closes, "closes")? });
    }
    Hours::new(read).map_err(|bad| match bad {
        BadHours::Period(at) => Refusal::new(UserErrorCode::Mismatch, "closes-before-it-opens", &format!("{field}.{at}")),
        BadHours::Overlap(at) => Refusal::new(UserErrorCode::Mismatch, "periods-overlap", &format!("{field}.{at}")),
    })
}

impl RemoveCalendarDaysInput {
    pub fn decode(&self) -> Result<BTreeSet<NaiveDate>, ApiError> {
        within(self.dates.len(), "dates", 1, MOST_DAYS)?;
        Ok(self.dates.iter().map(|date| date.0).collect())
    }
}

/// The hours of one weekday 某一星期的作息.
#[derive(Clone, Debug, InputObject)]
pub struct WorkingWeekdayInput {
    /// The weekday 星期.
    pub weekday: Weekday,
    /// When it is worked: parts of the day that do not overlap 工作时段.
    pub periods: Vec<WorkingPeriodInput>,
}

impl SetWorkingHoursInput {
    pub fn decode(self) -> Result<Week, ApiError> {
        let mut days: [Option<Hours>; 7] = Default::default();
        let mut refusals = Vec::new();
        for (at, day) in self.week.iter().enumerate() {
            let place = Weekday::ALL.iter().zip(&mut days).find(|(weekday, _)| **weekday == day.weekday);
            match (hours(&day.periods, &format!("week.{at}.periods")), place) {
                (Ok(hours), Some((_, place @ None))) => *place = Some(hours),
                (Ok(_), _) => refusals.push(Refusal::new(UserErrorCode::Mismatch, "named-twice", &format!("week.{at}.weekday"))),
                (Err(refusal), _) => refusals.push(refusal),
            }
        }
        if !refusals.is_empty() {
            return Err(ApiError::Refused(refusals));
        }
        let week = Week::new(days.map(Option::unwrap_or_default));
        week.ok_or_else(|| Refusal::new(UserErrorCode::Required, "no-hours", "week").into())
    }
}

payloads! {
    /// What was taken in 导入结果.
    ImportHolidaysPayload {
        /// The country's calendar; null where nothing was done 工作日历.
        calendar: WorkingCalendar,
        /// Days that were not known before; 0 on a retry, null where nothing was done 新增日数.
        days_added: i32,
        /// Days that were known otherwise; 0 on a retry, null where nothing was done 变更日数.
        days_changed: i32,
    }

    /// What was set 设定结果.
    SetCalendarDaysPayload {
        /// The calendar as it is now; null where nothing was done 工作日历.
        calendar: WorkingCalendar,
        /// Days that were not known before; 0 on a retry, null where nothing was done 新增日数.
        days_added: i32,
        /// Days that were known otherwise; 0 on a retry, null where nothing was done 变更日数.
        days_changed: i32,
    }

    /// What was taken back 撤销结果.
    RemoveCalendarDaysPayload {
        /// The calendar as it is now; null where nothing was done 工作日历.
        calendar: WorkingCalendar,
        /// Days of which something was said; 0 on a retry, null where nothing was done 撤销日数.
        days_removed: i32,
    }

    /// The week that was set 设定结果.
    SetWorkingHoursPayload {
        /// The calendar as it is now; null where nothing was done, but on `CONFLICT` as it stands 工作日历.
        calendar: WorkingCalendar,
    }

    /// The standard week again 恢复结果.
    ResetWorkingHoursPayload {
        /// The calendar as it is now; null where nothing was done, but on `CONFLICT` as it stands 工作日历.
        calendar: WorkingCalendar,
    }
}
