//! Working days 工作日 and working time 工作时间.

use chrono::{DateTime, Datelike, Days, Duration, NaiveDate, NaiveTime, Utc};
use chuishao::{
    calendar::{
        WorkingTime, is_working_day,
        model::{BadHours, BadLine, Day, Hours, Notices, Period, Week, Wrong, minutes_of, read_notice},
    },
    clock::ZONE,
};
use entity::CalendarDayKind;
use proptest::prelude::*;

use crate::support::world::day;

crate::tests! {
    pure: [
        spring_festival_and_its_make_up_days_are_known,
        working_time_agrees_with_a_count_minute_by_minute,
        what_was_added_lies_between,
        adding_twice_is_adding_the_sum,
        later_is_never_earlier,
        working_time_goes_round_the_spring_festival,
        a_year_that_is_not_published_makes_a_deadline_provisional,
        a_district_has_hours_and_days_of_its_own,
        hazards_count_day_and_night,
        no_input_is_too_far,
        hours_that_make_no_sense_are_refused,
        a_notice_is_taken_whole_or_every_bad_line_is_named,
        the_built_in_notices_are_read_back,
    ]
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { failure_persistence: None, cases, ..Default::default() }
}

fn local(date: NaiveDate, time: NaiveTime) -> DateTime<Utc> {
    date.and_time(time).and_local_timezone(ZONE).single().expect("no clock changes").to_utc()
}

/// `2026-02-13 16:30` in Shanghai.
fn at(text: &str) -> DateTime<Utc> {
    let (date, time) = text.split_once(' ').expect("a date and a time");
    let time = if time.len() == 5 { format!("{time}:00") } else { time.to_owned() };
    local(date.parse().expect("a date"), time.parse().expect("a time"))
}

fn spring_festival_and_its_make_up_days_are_known() {
    // the notice for 2024: 10 to 17 February off, Sundays 4 and 18 worked
    let off = (10..=17).map(|n| day(2024, 2, n));
    assert!(off.into_iter().all(|day| !is_working_day(day)));
    assert!(is_working_day(day(2024, 2, 4)) && is_working_day(day(2024, 2, 18)));
    assert!(!is_working_day(day(2024, 3, 3)) && is_working_day(day(2024, 3, 4)));
}

fn off() -> Day {
    Day { kind: CalendarDayKind::Off, hours: None, festival: None }
}

fn worked(hours: Option<Hours>) -> Day {
    Day { kind: CalendarDayKind::Work, hours, festival: None }
}

fn hours(text: &str) -> Hours {
    if text.is_empty() { Hours::default() } else { Hours::read(text).expect("hours") }
}

fn any_hours() -> impl Strategy<Value = Hours> {
    // an even number of different minutes: opens, closes, opens, closes …
    proptest::collection::btree_set(0..=1440_u16, 0..7).prop_map(|minutes| {
        let minutes: Vec<u16> = minutes.into_iter().collect();
        Hours::new(minutes.chunks_exact(2).map(|pair| Period { opens: pair[0], closes: pair[1] })).expect("in order")
    })
}

fn any_week() -> impl Strategy<Value = Week> {
    let week = proptest::array::uniform7(any_hours()).prop_filter_map("a week without hours", Week::new);
    prop_oneof![week, Just(Week::standard())]
}

fn any_day() -> impl Strategy<Value = Day> {
    let own = any_hours().prop_filter("hours", |hours| !hours.is_off());
    prop_oneof![Just(off()), Just(worked(None)), own.prop_map(|hours| worked(Some(hours)))]
}

/// The first day of what is counted by hand, and how many there are.
const FROM: (i32, u32, u32) = (2026, 1, 25);
const DAYS: u64 = 50;

fn any_days() -> impl Strategy<Value = Vec<(NaiveDate, Day)>> {
    let (y, m, d) = FROM;
    let date = (0..DAYS).prop_map(move |n| day(y, m, d) + Days::new(n));
    proptest::collection::vec((date, any_day()), 0..8)
}

/// For each minute from `FROM` on whether it is worked, found by the rules as they are written down.
fn minutes(week: &Week, days: &[(NaiveDate, Day)]) -> Vec<bool> {
    let by_weekday: Vec<Hours> = week.days().map(|(_, hours)| hours.clone()).collect();
    let first_with_hours = by_weekday.iter().find(|hours| !hours.is_off()).expect("hours");
    let mut all = Vec::new();
    for date in day(FROM.0, FROM.1, FROM.2).iter_days().take(DAYS as usize) {
        let own = &by_weekday[date.weekday().num_days_from_monday() as usize];
        let set = days.iter().rev().find(|(on, _)| *on == date).map(|(_, day)| day).or_else(|| Notices::built_in().days().get(&date));
        let weekend = date.weekday().num_days_from_monday() >= 5;
        let hours = match set {
            None => own.clone(),
            Some(Day { kind: CalendarDayKind::Off, .. }) => Hours::default(),
            Some(Day { hours: Some(hours), .. }) => hours.clone(),
            Some(_) if weekend || own.is_off() => first_with_hours.clone(),
            Some(_) => own.clone(),
        };
        all.extend((0..1440).map(|minute| hours.periods().iter().any(|p| p.opens <= minute && minute < p.closes)));
    }
    all
}

fn working_time_agrees_with_a_count_minute_by_minute() {
    let start = local(day(FROM.0, FROM.1, FROM.2), NaiveTime::MIN);
    let minute = |n: usize| start + Duration::minutes(n as i64);
    let all = DAYS as usize * 1440;
    proptest!(config(400), |(week in any_week(), days in any_days(), from in 0..all / 2, wanted in 1..4000_usize)| {
        let time = WorkingTime::new(week.clone(), Notices::built_in(), days.clone());
        let worked = minutes(&week, &days);
        let (mut passed, mut to) = (0, from);
        while passed < wanted && to < all {
            passed += usize::from(worked[to]);
            to += 1;
        }
        prop_assert_eq!(time.between(minute(from), minute(to)), Duration::minutes(passed as i64));
        prop_assert_eq!(time.between(minute(to), minute(from)), Duration::minutes(-(passed as i64)));
        if passed == wanted {
            prop_assert_eq!(time.add(minute(from), Duration::minutes(wanted as i64)).at, minute(to));
            // and to the second: half a minute less ends half a minute before
            let half = Duration::seconds(30);
            prop_assert_eq!(time.add(minute(from), Duration::minutes(wanted as i64) - half).at, minute(to) - half);
        }
        // back again: to the latest minute from which so much has passed
        let mut back = to;
        let mut left = passed;
        while left > 0 {
            back -= 1;
            left -= usize::from(worked[back]);
        }
        if passed > 0 {
            prop_assert_eq!(time.add(minute(to), Duration::minutes(-(passed as i64))).at, minute(back));
        }
        for (n, date) in day(FROM.0, FROM.1, FROM.2).iter_days().take(DAYS as usize).enumerate() {
            prop_assert_eq!(time.is_working_day(date), worked[n * 1440..][..1440].contains(&true), "{}", date);
        }
    });
}

/// Any microsecond from 1960 to 2060.
fn any_instant() -> impl Strategy<Value = DateTime<Utc>> {
    (-315_619_200_000_000..2_840_140_800_000_000_i64).prop_map(|micros| DateTime::from_timestamp_micros(micros).expect("an instant"))
}

/// Up to about 25 years of working time, in microseconds.
fn any_duration() -> impl Strategy<Value = Duration> {
    prop_oneof![-200_000_000_000_000..200_000_000_000_000_i64, -100_000_000_000..100_000_000_000_i64].prop_map(Duration::microseconds)
}

fn what_was_added_lies_between() {
    proptest!(config(3000), |(week in any_week(), days in any_days(), from in any_instant(), duration in any_duration())| {
        let time = WorkingTime::new(week, Notices::built_in(), days);
        let due = time.add(from, duration).at;
        prop_assert_eq!(time.between(from, due), duration);
        // neither earlier nor later would do
        let tick = Duration::microseconds(1);
        if duration > Duration::zero() {
            prop_assert!(time.between(from, due - tick) < duration);
        } else if duration < Duration::zero() {
            prop_assert!(time.between(from, due + tick) > duration);
        } else {
            prop_assert_eq!(due, from);
        }
    });
}

fn adding_twice_is_adding_the_sum() {
    let (week, days, long) = (any_week(), any_days(), 1..100_000_000_000_000_i64);
    proptest!(config(2000), |(week in week, days in days, a in any_instant(), b in any_instant(), c in any_instant(), d in long.clone(), e in long)| {
        let time = WorkingTime::new(week, Notices::built_in(), days);
        let (d, e) = (Duration::microseconds(d), Duration::microseconds(e));
        prop_assert_eq!(time.add(time.add(a, d).at, e).at, time.add(a, d + e).at);
        prop_assert_eq!(time.add(time.add(a, -d).at, -e).at, time.add(a, -d - e).at);
        prop_assert_eq!(time.between(a, b) + time.between(b, c), time.between(a, c));
        prop_assert_eq!(time.between(a, b), -time.between(b, a));
    });
}

fn later_is_never_earlier() {
    let (week, days) = (any_week(), any_days());
    proptest!(config(2000), |(week in week, days in days, a in any_instant(), b in any_instant(), d in any_duration(), e in any_duration())| {
        let time = WorkingTime::new(week, Notices::built_in(), days);
        let (a, b) = (a.min(b), a.max(b));
        prop_assert!(time.between(a, b) >= Duration::zero() && time.between(a, b) <= b - a);
        let (short, long) = (d.min(e), d.max(e));
        prop_assert!(time.add(a, short).at <= time.add(a, long).at);
        if d > Duration::zero() {
            prop_assert!(time.add(a, d).at <= time.add(b, d).at && time.add(a, d).at >= a + d);
        }
    });
}

fn working_time_goes_round_the_spring_festival() {
    // the notice for 2026: 15 to 23 February off, Saturdays 14 and 28 worked
    let time = WorkingTime::standard();
    let table = [
        ("2026-02-13 16:30", 120, "2026-02-14 10:00"),
        ("2026-02-14 17:00", 30, "2026-02-14 17:30"),
        ("2026-02-14 17:00", 60, "2026-02-24 09:30"),
        ("2026-02-14 17:30", 1, "2026-02-24 09:01"),
        ("2026-02-18 03:00", 60, "2026-02-24 10:00"),
        ("2026-02-24 11:00", 60, "2026-02-24 12:00"),
        ("2026-02-24 11:00", 61, "2026-02-24 13:31"),
        ("2026-02-24 12:45", 240, "2026-02-24 17:30"),
        ("2026-02-27 17:30", 420, "2026-02-28 17:30"),
        ("2026-02-28 17:30", 420, "2026-03-02 17:30"),
        // five working days of seven hours: Friday, Saturday, then Tuesday to Thursday after the festival
        ("2026-02-13 09:00", 5 * 420, "2026-02-26 17:30"),
        ("2026-02-18 03:00", 0, "2026-02-18 03:00"),
        ("2026-02-24 09:30", -60, "2026-02-14 17:00"),
        ("2026-02-24 09:30", -30, "2026-02-24 09:00"),
    ];
    for (from, minutes, to) in table {
        let due = time.add(at(from), Duration::minutes(minutes));
        assert_eq!((due.at, due.provisional), (at(to), false), "{from} + {minutes}");
        assert_eq!(time.between(at(from), at(to)), Duration::minutes(minutes));
    }
    let second = time.add(at("2026-02-14 17:29:58"), Duration::seconds(3)).at;
    assert_eq!(second, at("2026-02-24 09:00:01"));
    assert_eq!(time.between(at("2026-02-14 17:30"), at("2026-02-24 09:00")), Duration::zero());
}

/// A notice for 2027, as it might be.
const NEXT_YEAR: &str = "date,kind,festival\n2027-01-01,OFF,元旦\n2027-01-02,WORK,元旦\n2027-05-01,OFF,劳动节\n2027-10-01,OFF,国庆节\n";

fn a_year_that_is_not_published_makes_a_deadline_provisional() {
    let time = WorkingTime::standard();
    assert!((2019..=2026).all(|year| time.is_published(year)) && !time.is_published(2018) && !time.is_published(2027));
    let due = |time: &WorkingTime, minutes| time.add(at("2026-12-31 16:30"), Duration::minutes(minutes));
    assert!(!due(&time, 60).provisional, "it ends in 2026");
    // 1 January 2027 is a Friday
    let over = due(&time, 120);
    assert_eq!((over.at, over.provisional), (at("2027-01-01 10:00"), true));
    assert!(time.add(at("2018-12-28 10:00"), Duration::hours(40)).provisional, "it begins in 2018");
    assert!(time.add(at("2027-01-01 10:00"), Duration::hours(-40)).provisional, "the same backwards");

    let notices = Notices::built_in().with(read_notice(NEXT_YEAR).expect("a notice"));
    let time = WorkingTime::new(Week::standard(), &notices, []);
    let over = due(&time, 120);
    assert_eq!((over.at, over.provisional), (at("2027-01-02 10:00"), false));
    assert!(time.is_published(2027) && !time.is_published(2028));
    // neither one day of a year nor a district's own days make a notice
    let one = Notices::built_in().with([(day(2027, 1, 1), off())]);
    assert!(!one.published_years().contains(&2027));
    let days = [(2027, 1, 1), (2027, 5, 1), (2027, 10, 1)].map(|(y, m, d)| (day(y, m, d), off()));
    assert!(!WorkingTime::new(Week::standard(), Notices::built_in(), days).is_published(2027));
    let worked_in_may = [(day(2026, 5, 1), worked(None))];
    assert!(WorkingTime::new(Week::standard(), Notices::built_in(), worked_in_may).is_published(2026));
}

fn a_district_has_hours_and_days_of_its_own() {
    let mut week = [(); 7].map(|()| hours("08:00-12:00,14:00-18:00"));
    week[0] = hours("");
    week[1] = hours("10:00-16:00");
    week[6] = hours("");
    let days = [(day(2026, 6, 11), off()), (day(2026, 6, 13), worked(None)), (day(2026, 6, 15), worked(Some(hours("20:00-24:00"))))];
    let time = WorkingTime::new(Week::new(week).expect("hours"), Notices::built_in(), days);
    // Wednesday 10 June; Thursday is off, Saturday stands in for a weekday, which is Tuesday's hours here since Monday has none
    assert_eq!(time.add(at("2026-06-10 17:00"), Duration::hours(2)).at, at("2026-06-12 09:00"));
    assert_eq!(time.add(at("2026-06-12 18:00"), Duration::hours(6)).at, at("2026-06-13 16:00"));
    // Sunday is off; Monday has hours of its own until midnight
    assert_eq!(time.add(at("2026-06-13 16:00"), Duration::hours(4)).at, at("2026-06-16 00:00"));
    assert!(time.is_working_day(day(2026, 6, 15)) && !time.is_working_day(day(2026, 6, 22)), "only that Monday");
    // the country's holidays hold too: the Dragon Boat Festival of 2026 is Friday 19 June
    assert!(!time.is_working_day(day(2026, 6, 19)));
}

fn hazards_count_day_and_night() {
    let time = WorkingTime::always();
    let from = at("2026-02-14 17:29:58");
    for hours in [-100_000, -1, 0, 1, 24, 100_000] {
        let due = time.add(from, Duration::hours(hours));
        assert_eq!((due.at, due.provisional), (from + Duration::hours(hours), false));
    }
    assert!(time.is_working_day(day(2026, 2, 17)) && time.is_published(2100));
}

fn no_input_is_too_far() {
    let ends = [DateTime::<Utc>::MIN_UTC, DateTime::UNIX_EPOCH, at("2026-06-10 10:00"), DateTime::<Utc>::MAX_UTC];
    let longs =
        [Duration::MIN, Duration::MAX, Duration::microseconds(i64::MAX), Duration::microseconds(i64::MIN), Duration::nanoseconds(1)];
    for time in [WorkingTime::standard(), WorkingTime::always()] {
        for (a, b) in ends.iter().flat_map(|a| ends.iter().map(move |b| (*a, *b))) {
            assert_eq!(time.between(a, b), -time.between(b, a));
        }
        for (from, long) in ends.iter().flat_map(|from| longs.iter().map(move |long| (*from, *long))) {
            let due = time.add(from, long).at;
            assert!(if long < Duration::zero() { due <= from } else { due >= from }, "{from} + {long}");
        }
        assert_eq!(time.add(ends[2], Duration::MAX).at, DateTime::<Utc>::MAX_UTC);
        assert_eq!(time.add(ends[2], Duration::MIN).at, DateTime::<Utc>::MIN_UTC);
        time.is_working_day(NaiveDate::MIN);
        time.is_working_day(NaiveDate::MAX);
    }
}

fn hours_that_make_no_sense_are_refused() {
    let period = |opens, closes| Period { opens, closes };
    assert_eq!(Hours::new([period(540, 720), period(720, 720)]), Err(BadHours::Period(1)));
    assert_eq!(Hours::new([period(540, 1441)]), Err(BadHours::Period(0)));
    assert_eq!(Hours::new([period(600, 720), period(540, 601)]), Err(BadHours::Overlap(0)));
    // one after the other, in any order
    assert_eq!(Hours::new([period(720, 1440), period(0, 720)]).expect("hours").to_string(), "00:00-12:00,12:00-24:00");
    assert_eq!(Week::new(Default::default()), None);
    let times = ["00:00", "24:00", "24:01", "9:00", "09:60", "0900", "+9:00", "09:00:00", "", "９:00"];
    let read = times.map(minutes_of);
    assert_eq!(read, [Some(0), Some(1440), None, None, None, None, None, None, None, None]);
}

fn a_notice_is_taken_whole_or_every_bad_line_is_named() {
    let days = read_notice("\u{feff}date, kind ,festival\r\n\r\n2027-01-01,OFF,\"元旦\"\r\n2027/1/2,WORK,\r\n").expect("a notice");
    assert_eq!(days.len(), 2);
    assert_eq!(days[&day(2027, 1, 1)], Day { festival: Some("元旦".into()), ..off() });
    assert_eq!(days[&day(2027, 1, 2)], worked(None));
    let bad = |line, wrong| BadLine { line, wrong };
    for header in ["", "2027-01-01,OFF,元旦", "date,kind", "日期,类型,节日"] {
        assert_eq!(read_notice(header), Err(vec![bad(1, Wrong::Header)]), "{header}");
    }
    assert_eq!(read_notice("date,kind,festival\n \n"), Err(vec![bad(1, Wrong::Empty)]));
    let long = "节".repeat(101);
    let text = format!(
        "date,kind,festival\n2027-02-29,OFF,春节\n20270201,OFF,春节\n2027-01-01,OFF,元旦\n\n2027-01-03,off,元旦\n2027-01-01,WORK,元旦
2027-01-04,OFF\n1999-01-01,OFF,元旦\n2101-01-01,OFF,元旦\n2027-01-05,OFF,{long}\n2027-01-06,OFF,元\u{7}旦\n2027-01-07,OFF,a,b\n"
    );
    let expected = [
        bad(2, Wrong::Date),
        bad(3, Wrong::Date),
        bad(6, Wrong::Kind),
        bad(7, Wrong::Twice(4)),
        bad(8, Wrong::Columns(2)),
        bad(9, Wrong::Year),
        bad(10, Wrong::Year),
        bad(11, Wrong::Festival),
        bad(12, Wrong::Festival),
        bad(13, Wrong::Columns(4)),
    ];
    assert_eq!(read_notice(&text), Err(expected.to_vec()));
}

fn the_built_in_notices_are_read_back() {
    let known = Notices::built_in();
    let text = include_str!("../../facts/holidays.csv");
    assert_eq!(known.days().len(), text.lines().count() - 1);
    assert_eq!(known.published_years().into_iter().collect::<Vec<i32>>(), (2019..=2026).collect::<Vec<i32>>());
    assert_eq!(known.days()[&day(2026, 2, 17)].festival.as_deref(), Some("春节"));
}
