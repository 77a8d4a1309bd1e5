//! Pure rules: which days are worked, which hours, and what lies between two instants.

mod hours;
mod notices;
mod time;

use chrono::{DateTime, Days, NaiveDate, Utc};

pub use self::{
    hours::{BadHours, Hours, Period, Week, minutes_of},
    notices::{BadLine, Day, FESTIVAL, Notices, Wrong, YEARS, read_notice},
    time::{Due, WorkingTime},
};
use crate::clock::ZONE;

/// By the notices that are compiled in, weekdays elsewhere.
pub fn is_working_day(date: NaiveDate) -> bool {
    Notices::built_in().is_working_day(date)
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
