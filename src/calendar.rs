//! Working days 工作日: weekdays, less the public holidays, plus the make-up workdays 调休补班 that the State Council announces each year.

use std::{collections::HashMap, sync::LazyLock};

use chrono::{DateTime, Datelike, Days, NaiveDate, Utc, Weekday};

use crate::clock::ZONE;

/// `date,kind,festival`: OFF is a holiday, WORK a make-up workday; 2019 to 2026.
const NOTICES: &str = include_str!("../facts/holidays.csv");

static EXCEPTIONS: LazyLock<HashMap<NaiveDate, bool>> = LazyLock::new(|| {
    let rows = NOTICES.lines().skip(1).filter_map(|line| {
        let mut fields = line.split(',');
        Some((fields.next()?.parse().ok()?, fields.next()? == "WORK"))
    });
    rows.collect()
});

pub fn is_working_day(date: NaiveDate) -> bool {
    let weekday = !matches!(date.weekday(), Weekday::Sat | Weekday::Sun);
    EXCEPTIONS.get(&date).copied().unwrap_or(weekday)
}

/// The same time of day on the next working day in Asia/Shanghai.
pub fn next_working_day(at: DateTime<Utc>) -> DateTime<Utc> {
    let local = at.with_timezone(&ZONE).naive_local();
    let mut day = local.date();
    // the longest run of days off announced so far is eleven
    for _ in 0..31 {
        day = day.checked_add_days(Days::new(1)).unwrap_or(day);
        if is_working_day(day) {
            break;
        }
    }
    // Asia/Shanghai has had no clock changes since 1991
    day.and_time(local.time()).and_local_timezone(ZONE).earliest().map_or(at, |due| due.to_utc())
}
