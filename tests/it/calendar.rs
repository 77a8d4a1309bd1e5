//! Working days 工作日.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use chuishao::{
    calendar::{is_working_day, next_working_day},
    clock::ZONE,
};
use proptest::prelude::*;

use crate::support::world::day;

crate::tests! { pure: [next_working_day_keeps_the_time_of_day, spring_festival_and_its_make_up_days_are_known] }

fn local(date: NaiveDate, time: NaiveTime) -> DateTime<Utc> {
    date.and_time(time).and_local_timezone(ZONE).single().expect("no clock changes").to_utc()
}

fn next_working_day_keeps_the_time_of_day() {
    // 2019-01-01 to the end of 2026
    let days = 0..2922_u64;
    proptest!(ProptestConfig { failure_persistence: None, cases: 2000, ..Default::default() }, |(n in days, second in 0..86_400_u32)| {
        let date = day(2019, 1, 1) + Days::new(n);
        let time = NaiveTime::from_num_seconds_from_midnight_opt(second, 0).expect("a time of day");
        let next = next_working_day(local(date, time)).with_timezone(&ZONE).naive_local();
        prop_assert!(next.date() > date && next.date() <= date + Days::new(12), "{date} -> {next}");
        prop_assert!(is_working_day(next.date()), "{next}");
        prop_assert_eq!(next.time(), time);
        let mut between = date.iter_days().skip(1).take_while(|day| *day < next.date());
        prop_assert!(!between.any(is_working_day), "{} passes over a working day", date);
    });
}

fn spring_festival_and_its_make_up_days_are_known() {
    // the notice for 2024: 10 to 17 February off, Sundays 4 and 18 worked
    let off = (10..=17).map(|n| day(2024, 2, n));
    assert!(off.into_iter().all(|day| !is_working_day(day)));
    assert!(is_working_day(day(2024, 2, 4)) && is_working_day(day(2024, 2, 18)));
    assert!(!is_working_day(day(2024, 3, 3)) && is_working_day(day(2024, 3, 4)));
}
