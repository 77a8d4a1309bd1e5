//! Pure rules: which days are worked, which hours, and what lies between two instants.

mod hours;
mod notices;
mod time;

use chrono::NaiveDate;

pub use self::{
    hours::{BadHours, Hours, Period, Week, minutes_of},
    notices::{BadLine, Day, FESTIVAL, Notices, Wrong, YEARS, read_notice},
    time::{Due, WorkingTime},
};

/// By the notices that are compiled in, weekdays elsewhere.
pub fn is_working_day(date: NaiveDate) -> bool {
    Notices::built_in().is_working_day(date)
}
