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

pub mod model {
    use chrono::{DateTime, Duration, NaiveTime, Utc};

    use super::{ZONE, is_working_day};

    #[derive(Clone, Debug)]
    pub struct WorkingTime(bool);

    pub struct Due {
        pub at: DateTime<Utc>,
        pub provisional: bool,
    }

    impl WorkingTime {
        pub fn always() -> Self {
            Self(true)
        }

        pub fn standard() -> Self {
            Self(false)
        }

        fn periods(day: chrono::NaiveDate) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
            if !is_working_day(day) {
                return Vec::new();
            }
            let at = |h, m| {
                day.and_time(NaiveTime::from_hms_opt(h, m, 0).unwrap_or_default())
                    .and_local_timezone(ZONE)
                    .earliest()
                    .map(|at| at.to_utc())
                    .unwrap_or_default()
            };
            vec![(at(9, 0), at(12, 0)), (at(13, 30), at(17, 30))]
        }

        pub fn add(&self, from: DateTime<Utc>, duration: Duration) -> Due {
            let (mut left, mut day) = (duration, from.with_timezone(&ZONE).date_naive());
            if self.0 {
                return Due { at: from + duration, provisional: false };
            }
            loop {
                for (opens, closes) in Self::periods(day) {
                    let start = opens.max(from);
                    if start > closes {
                        continue;
                    }
                    if closes - start >= left {
                        return Due { at: start + left, provisional: false };
                    }
                    left -= closes - start;
                }
                day = day.succ_opt().unwrap_or_default();
            }
        }

        pub fn between(&self, a: DateTime<Utc>, b: DateTime<Utc>) -> Duration {
            if self.0 {
                return b - a;
            }
            let (mut sum, mut day) = (Duration::zero(), a.with_timezone(&ZONE).date_naive());
            while day <= b.with_timezone(&ZONE).date_naive() {
                for (opens, closes) in Self::periods(day) {
                    sum += (closes.min(b) - opens.max(a)).max(Duration::zero());
                }
                day = day.succ_opt().unwrap_or_default();
            }
            sum
        }
    }
}

pub mod service {
    use entity::AreaId;

    use super::model::WorkingTime;
    use crate::{app::App, db::DbErr};

    pub async fn of_district(_: &App, _: AreaId) -> Result<WorkingTime, DbErr> {
        Ok(WorkingTime::standard())
    }
}
