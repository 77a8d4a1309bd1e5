//! The districts' calendars: who asks, who changes them, and what holds then.

use chrono::{DateTime, Utc};
use chuishao::calendar::service::of_district;
use entity::{AreaId, CalendarDayKind, PersonId, PostRole, calendar_day, post};
use sea_orm::{ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait};
use serde_json::{Value, json};

use crate::support::{TestApp, client::Response, committees::over, global::global, world::day};

crate::tests! {
    both: [
        visitors_ask_for_working_time,
        an_area_answers_with_the_calendar_of_its_district,
        an_imported_year_is_published_and_the_same_again_changes_nothing,
        a_bad_notice_is_refused_line_by_line_and_nothing_is_imported,
        a_district_sets_days_of_its_own_and_takes_them_back,
        the_whole_country_has_days_beside_the_notices,
        a_district_has_a_week_of_its_own_until_it_is_reset,
        a_bad_week_or_day_is_refused_field_by_field,
        only_administrators_of_the_place_change_it,
        working_time_costs_no_statement_once_it_is_known,
        two_days_of_one_date_are_one_too_many_for_the_database,
        changes_of_a_calendar_are_entered_where_it_counts,
        a_change_of_a_calendar_waits_for_nobody_who_writes_in_the_district,
        a_retry_changes_no_calendar_again_and_a_stale_version_is_refused,
    ],
}

const DISTRICT: &str = "431302000000";
const DONGGUAN: &str = "441900000000";
const CALENDAR: &str = "calendar { area { code } ownHours publishedYears week { weekday periods { opens closes } } }";

const NEXT_YEAR: &str = "date,kind,festival\n2027-01-01,OFF,元旦\n2027-01-02,WORK,元旦\n2027-05-01,OFF,劳动节\n2027-10-01,OFF,国庆节\n";

/// One value at the root, as a visitor.
async fn get(t: &TestApp, field: &str) -> Value {
    let answer = t.ask(None, &format!("{{ it: {field} }}")).await;
    answer.data()["it"].clone()
}

/// The deadline in a place, and whether it is provisional.
async fn due(t: &TestApp, area: &str, from: &str, duration: &str) -> (String, bool) {
    let of = if area.is_empty() { String::new() } else { format!("(area: \"{area}\")") };
    let field = format!("workingCalendar{of} {{ deadline(from: \"{from}+08:00\", duration: \"{duration}\") {{ at provisional }} }}");
    let deadline = get(t, &field).await["deadline"].clone();
    let at = deadline["at"].as_str().expect("an instant").trim_end_matches("+08:00").to_owned();
    (at, deadline["provisional"].as_bool().expect("said"))
}

async fn days(t: &TestApp, area: &str, year: i32) -> Vec<Value> {
    let field =
        format!("workingCalendar(area: \"{area}\") {{ days(year: {year}) {{ date kind festival own periods {{ opens closes }} }} }}");
    get(t, &field).await["days"].as_array().expect("days").clone()
}

async fn visitors_ask_for_working_time(t: TestApp) {
    let added = r#"addWorkingTime(from: "2026-02-13T16:30:00+08:00", duration: "PT2H")"#;
    assert_eq!(get(&t, added).await, "2026-02-14T10:00:00+08:00");
    assert_eq!(get(&t, r#"isWorkingDay(date: "2026-02-14")"#).await, true);
    assert_eq!(get(&t, r#"isWorkingDay(date: "2026-02-16", area: "431302001009001")"#).await, false);
    let country = get(&t, "workingCalendar { area { code } ownHours publishedYears week { weekday periods { opens closes } } }").await;
    let day = json!([{ "opens": "09:00", "closes": "12:00" }, { "opens": "13:30", "closes": "17:30" }]);
    let week = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"];
    let week: Vec<Value> =
        week.iter().zip(0..).map(|(name, n)| json!({ "weekday": name, "periods": if n < 5 { day.clone() } else { json!([]) } })).collect();
    let years: Vec<i32> = (2019..=2026).collect();
    assert_eq!(country, json!({ "area": null, "ownHours": false, "publishedYears": years, "week": week }));
    assert_eq!(due(&t, "", "2026-12-31T16:30:00", "PT2H").await, ("2027-01-01T10:00:00".into(), true));
    assert_eq!(due(&t, "", "2026-12-31T16:30:00", "PT1H").await, ("2026-12-31T17:30:00".into(), false));

    for wrong in [r#"isWorkingDay(date: "2026-02-14", area: "999999000000")"#, r#"workingCalendar(area: "999999000000") { ownHours }"#] {
        let answer = t.ask(None, &format!("{{ {wrong} }}")).await;
        answer.assert_code("BAD_USER_INPUT");
        assert!(answer.json["errors"][0]["message"].as_str().expect("a message").contains("999999000000"));
    }
    for duration in ["P1M", "PT999999999H", "7"] {
        let answer = t.ask(None, &format!(r#"{{ addWorkingTime(from: "2026-02-13T16:30:00+08:00", duration: "{duration}") }}"#)).await;
        assert!(answer.json["data"].is_null() && answer.json["errors"][0]["message"].is_string(), "{duration}: {:#}", answer.json);
    }
}

async fn an_area_answers_with_the_calendar_of_its_district(t: TestApp) {
    let whose =
        async |area: &str| get(&t, &format!("workingCalendar(area: \"{area}\") {{ area {{ code }} }}")).await["area"]["code"].clone();
    for below in [DISTRICT, "431302001000", "431302001009", "431302001009001"] {
        assert_eq!(whose(below).await, DISTRICT, "{below}");
    }
    for below in [DONGGUAN, "441900003000", "441900003001"] {
        assert_eq!(whose(below).await, DONGGUAN, "{below}");
    }
    for above in ["430000000000", "431300000000"] {
        assert_eq!(whose(above).await, Value::Null, "{above}");
    }
}

fn code_of(errors: &Value) -> Vec<(String, String)> {
    let errors = errors.as_array().expect("userErrors");
    let path = |error: &Value| -> Vec<String> { serde_json::from_value(error["path"].clone()).expect("a path") };
    errors.iter().map(|error| (error["code"].as_str().expect("a code").to_owned(), path(error)[1..].join("."))).collect()
}

async fn an_imported_year_is_published_and_the_same_again_changes_nothing(t: TestApp) {
    let admin = Some(t.administrator(t.world().area_province).await);
    let import = async |csv: &str| {
        let answer = t.change(admin, "importHolidays", json!({ "csv": csv }), "daysAdded daysChanged calendar { publishedYears }").await;
        answer.done("importHolidays").clone()
    };
    assert_eq!(due(&t, DISTRICT, "2026-12-31T16:30:00", "PT2H").await, ("2027-01-01T10:00:00".into(), true));
    let done = import(NEXT_YEAR).await;
    assert_eq!((&done["daysAdded"], &done["daysChanged"]), (&json!(4), &json!(0)));
    assert_eq!(done["calendar"]["publishedYears"], json!((2019..=2027).collect::<Vec<i32>>()));
    assert_eq!(due(&t, DISTRICT, "2026-12-31T16:30:00", "PT2H").await, ("2027-01-02T10:00:00".into(), false));
    let version = async || t.app.calendars.get(&t.app.db).await.expect("calendars").version;
    let before = version().await;
    for again in [NEXT_YEAR, include_str!("../../facts/holidays.csv")] {
        let done = import(again).await;
        assert_eq!((&done["daysAdded"], &done["daysChanged"]), (&json!(0), &json!(0)));
    }
    assert_eq!(version().await, before);
    // a correction names one day and leaves the others
    let done = import("date,kind,festival\n2027-01-02,OFF,元旦\n").await;
    assert_eq!((&done["daysAdded"], &done["daysChanged"]), (&json!(0), &json!(1)));
    assert_eq!(version().await, before + 1);
    assert_eq!(due(&t, DISTRICT, "2026-12-31T16:30:00", "PT2H").await, ("2027-01-04T10:00:00".into(), false));
}

async fn a_bad_notice_is_refused_line_by_line_and_nothing_is_imported(t: TestApp) {
    let csv = "date,kind,festival\n2027-01-01,OFF,元旦\n2027-13-01,OFF,元旦\n2027-05-01,HALF,劳动节\n2027-01-01,OFF,元旦\n1919-05-04,OFF,x\n2027-01-05\n";
    let admin = Some(t.administrator(t.world().area_province).await);
    let answer = t.change(admin, "importHolidays", json!({ "csv": csv }), "daysAdded calendar { ownHours }").await;
    let payload = &answer.data()["importHolidays"];
    let expected = [
        ("INVALID_FORMAT", "csv.3"),
        ("INVALID_FORMAT", "csv.4"),
        ("MISMATCH", "csv.5"),
        ("OUT_OF_RANGE", "csv.6"),
        ("INVALID_FORMAT", "csv.7"),
    ];
    assert_eq!(code_of(&payload["userErrors"]), expected.map(|(code, path)| (code.to_owned(), path.to_owned())));
    assert!(payload["userErrors"][2]["message"].as_str().expect("a message").contains("第 5 行"), "{payload:#}");
    assert_eq!((&payload["daysAdded"], &payload["calendar"]), (&Value::Null, &Value::Null));
    assert_eq!(calendar_day::Entity::find().count(&t.app.db.read).await.expect("counted"), 0);
    let answer = t.change(admin, "importHolidays", json!({ "csv": "" }), "daysAdded").await;
    answer.assert_refused("importHolidays", "INVALID_FORMAT");
}

async fn a_district_sets_days_of_its_own_and_takes_them_back(t: TestApp) {
    let admin = Some(t.world().admin);
    let before = days(&t, DISTRICT, 2026).await;
    let set = json!({ "area": DISTRICT, "days": [
        { "date": "2026-06-11", "kind": "OFF", "festival": "防汛演练" },
        { "date": "2026-06-13", "kind": "WORK", "periods": [{ "opens": "20:00", "closes": "24:00" }] },
        { "date": "2026-10-01", "kind": "WORK" },
    ] });
    let fields = "daysAdded daysChanged calendar { area { code } }";
    let answer = t.change(admin, "setCalendarDays", set.clone(), fields).await;
    let done = answer.done("setCalendarDays");
    assert_eq!((&done["daysAdded"], &done["calendar"]["area"]["code"]), (&json!(3), &json!(DISTRICT)));
    let answer = t.change(admin, "setCalendarDays", set, fields).await;
    assert_eq!(answer.done("setCalendarDays")["daysAdded"], 0);

    // Wednesday; Thursday is off
    assert_eq!(due(&t, "431302001009", "2026-06-10T17:00:00", "PT1H").await.0, "2026-06-12T09:30:00");
    assert_eq!(due(&t, DISTRICT, "2026-06-12T17:30:00", "PT4H").await.0, "2026-06-14T00:00:00");
    assert_eq!(get(&t, &format!(r#"isWorkingDay(date: "2026-10-01", area: "{DISTRICT}")"#)).await, true);
    // nobody else's
    for elsewhere in ["", DONGGUAN] {
        assert_eq!(due(&t, elsewhere, "2026-06-10T17:00:00", "PT1H").await.0, "2026-06-11T09:30:00");
    }
    let found = days(&t, DISTRICT, 2026).await;
    assert_eq!(found.len(), before.len() + 2, "one takes the place of the country's");
    let own: Vec<&Value> = found.iter().filter(|day| day["own"] == true).collect();
    assert_eq!(own[0], &json!({ "date": "2026-06-11", "kind": "OFF", "festival": "防汛演练", "own": true, "periods": null }));
    assert_eq!(own[1]["periods"], json!([{ "opens": "20:00", "closes": "24:00" }]));
    assert!(found.iter().map(|day| day["date"].as_str()).is_sorted());

    let remove = json!({ "area": DISTRICT, "dates": ["2026-06-11", "2026-06-13", "2026-10-01", "2026-02-17"] });
    for expected in [3, 0] {
        let answer = t.change(admin, "removeCalendarDays", remove.clone(), "daysRemoved").await;
        assert_eq!(answer.done("removeCalendarDays")["daysRemoved"], expected);
    }
    assert_eq!(days(&t, DISTRICT, 2026).await, before);
}

async fn the_whole_country_has_days_beside_the_notices(t: TestApp) {
    let admin = Some(t.administrator(t.world().area_province).await);
    let set = json!({ "days": [{ "date": "2026-06-11", "kind": "OFF" }, { "date": "2026-02-17", "kind": "WORK" }] });
    let answer = t.change(admin, "setCalendarDays", set, "daysAdded daysChanged calendar { area { code } }").await;
    let done = answer.done("setCalendarDays");
    assert_eq!((&done["daysAdded"], &done["daysChanged"], &done["calendar"]["area"]), (&json!(1), &json!(1), &Value::Null));
    for place in ["", DISTRICT, DONGGUAN] {
        assert_eq!(due(&t, place, "2026-06-10T17:00:00", "PT1H").await.0, "2026-06-12T09:30:00", "{place}");
        assert_eq!(due(&t, place, "2026-02-16T17:00:00", "PT1H").await.0, "2026-02-17T10:00:00", "{place}");
    }
    let answer = t.change(admin, "removeCalendarDays", json!({ "dates": ["2026-02-17", "2026-06-11", "2026-02-18"] }), "daysRemoved").await;
    assert_eq!(answer.done("removeCalendarDays")["daysRemoved"], 2);
    assert_eq!(due(&t, DISTRICT, "2026-02-16T17:00:00", "PT1H").await.0, "2026-02-24T10:00:00");
}

async fn a_district_has_a_week_of_its_own_until_it_is_reset(t: TestApp) {
    let admin = Some(t.world().admin);
    let week = json!([
        { "weekday": "SATURDAY", "periods": [{ "opens": "09:00", "closes": "11:00" }] },
        { "weekday": "WEDNESDAY", "periods": [{ "opens": "14:00", "closes": "18:00" }, { "opens": "08:00", "closes": "12:00" }] },
    ]);
    let set = async |week: &Value| t.change(admin, "setWorkingHours", json!({ "area": DISTRICT, "week": week }), CALENDAR).await;
    let answer = set(&week).await;
    let calendar = &answer.done("setWorkingHours")["calendar"];
    assert_eq!((&calendar["ownHours"], &calendar["area"]["code"]), (&json!(true), &json!(DISTRICT)));
    let wednesday = json!([{ "opens": "08:00", "closes": "12:00" }, { "opens": "14:00", "closes": "18:00" }]);
    assert_eq!(calendar["week"][2], json!({ "weekday": "WEDNESDAY", "periods": wednesday }));
    assert_eq!(calendar["week"][0]["periods"], json!([]));
    // Wednesday 10 June, then Saturday, then Wednesday 17
    assert_eq!(due(&t, DISTRICT, "2026-06-10T17:00:00", "PT3H").await.0, "2026-06-13T11:00:00");
    assert_eq!(due(&t, DISTRICT, "2026-06-10T17:00:00", "PT4H").await.0, "2026-06-17T09:00:00");
    assert_eq!(due(&t, DONGGUAN, "2026-06-10T17:00:00", "PT1H").await.0, "2026-06-11T09:30:00");
    let version = t.app.calendars.get(&t.app.db).await.expect("calendars").version;
    set(&week).await.done("setWorkingHours");
    assert_eq!(t.app.calendars.get(&t.app.db).await.expect("calendars").version, version, "the same again changes nothing");

    let other = json!([{ "weekday": "WEDNESDAY", "periods": [{ "opens": "00:00", "closes": "24:00" }] }]);
    set(&other).await.done("setWorkingHours");
    assert_eq!(due(&t, DISTRICT, "2026-06-10T17:00:00", "PT8H").await.0, "2026-06-17T01:00:00");
    let answer = t.change(admin, "resetWorkingHours", json!({ "area": DISTRICT }), CALENDAR).await;
    assert_eq!(answer.done("resetWorkingHours")["calendar"]["ownHours"], false);
    assert_eq!(due(&t, DISTRICT, "2026-06-10T17:00:00", "PT1H").await.0, "2026-06-11T09:30:00");
}

async fn a_bad_week_or_day_is_refused_field_by_field(t: TestApp) {
    let admin = Some(t.world().admin);
    let refused = async |name: &str, input: Value| {
        let answer = t.change(admin, name, input, "calendar { ownHours }").await;
        assert_eq!(answer.data()[name]["calendar"], Value::Null);
        code_of(&answer.data()[name]["userErrors"])
    };
    let says = |expected: &[(&str, &str)]| -> Vec<(String, String)> { expected.iter().map(|(c, p)| ((*c).into(), (*p).into())).collect() };
    let week = |week: Value| json!({ "area": DISTRICT, "week": week });
    let monday = |opens: &str, closes: &str| json!({ "weekday": "MONDAY", "periods": [{ "opens": opens, "closes": closes }] });
    let found =
        refused("setWorkingHours", week(json!([monday("9:00", "12:00"), monday("12:00", "09:00"), monday("09:00", "12:00")]))).await;
    assert_eq!(found, says(&[("INVALID_FORMAT", "week.0.periods.0.opens"), ("MISMATCH", "week.1.periods.0")]));
    let twice = refused("setWorkingHours", week(json!([monday("09:00", "12:00"), monday("13:00", "14:00")]))).await;
    assert_eq!(twice, says(&[("MISMATCH", "week.1.weekday")]));
    let both = json!([{ "opens": "09:00", "closes": "12:00" }, { "opens": "11:59", "closes": "13:00" }]);
    let overlap = refused("setWorkingHours", week(json!([{ "weekday": "MONDAY", "periods": both }]))).await;
    assert_eq!(overlap, says(&[("MISMATCH", "week.0.periods.1")]));
    for none in [json!([]), json!([{ "weekday": "MONDAY", "periods": [] }])] {
        assert_eq!(refused("setWorkingHours", week(none)).await, says(&[("REQUIRED", "week")]));
    }
    let days = |days: Value| json!({ "area": DISTRICT, "days": days });
    let one = json!([{ "opens": "09:00", "closes": "12:00" }]);
    let bad = json!([
        { "date": "2026-06-11", "kind": "OFF", "periods": one },
        { "date": "2026-06-12", "kind": "WORK", "periods": [] },
        { "date": "1999-06-12", "kind": "WORK" },
        { "date": "2026-06-13", "kind": "OFF", "festival": "长".repeat(101) },
    ]);
    let expected =
        [("MISMATCH", "days.0.periods"), ("REQUIRED", "days.1.periods"), ("OUT_OF_RANGE", "days.2.date"), ("TOO_LONG", "days.3.festival")];
    assert_eq!(refused("setCalendarDays", days(bad)).await, says(&expected));
    let twice = json!([{ "date": "2026-06-11", "kind": "OFF" }, { "date": "2026-06-11", "kind": "WORK" }]);
    assert_eq!(refused("setCalendarDays", days(twice)).await, says(&[("MISMATCH", "days.1.date")]));
    assert_eq!(refused("setCalendarDays", days(json!([]))).await, says(&[("OUT_OF_RANGE", "days")]));
    assert_eq!(refused("removeCalendarDays", json!({ "dates": [] })).await, says(&[("OUT_OF_RANGE", "dates")]));
    // of a district only
    let day = json!([{ "date": "2026-06-11", "kind": "OFF" }]);
    for (area, code) in [("431302001000", "OUT_OF_RANGE"), ("431300000000", "OUT_OF_RANGE"), ("999999000000", "NOT_FOUND")] {
        let found = refused("setCalendarDays", json!({ "area": area, "days": day })).await;
        assert_eq!(found, says(&[(code, "area")]), "{area}");
    }
    assert_eq!(calendar_day::Entity::find().count(&t.app.db.read).await.expect("counted"), 0);
}

/// Each mutation of a calendar with an input that is right, in Louxing where there is a place to name.
pub fn changes(area: &str) -> Vec<(&'static str, Value)> {
    let week = json!([{ "weekday": "MONDAY", "periods": [{ "opens": "09:00", "closes": "12:00" }] }]);
    vec![
        ("setCalendarDays", json!({ "area": area, "days": [{ "date": "2026-06-11", "kind": "OFF" }] })),
        ("removeCalendarDays", json!({ "area": area, "dates": ["2026-06-11"] })),
        ("setWorkingHours", json!({ "area": area, "week": week })),
        ("resetWorkingHours", json!({ "area": area })),
        ("importHolidays", json!({ "csv": NEXT_YEAR })),
    ]
}

async fn only_administrators_of_the_place_change_it(t: TestApp) {
    let w = t.world();
    let version = async || t.app.calendars.get(&t.app.db).await.expect("calendars").version;
    let others: [PersonId; 9] =
        [w.resident, w.grid_worker, w.community, w.subdistrict, w.department, w.district, w.analyst, w.auditor, w.nobody];
    for who in others {
        for (name, input) in changes(DISTRICT) {
            t.change(Some(who), name, input, "__typename").await.assert_refused(name, "FORBIDDEN");
        }
    }
    // the administrator of another place
    let admin_of = |person: PersonId, area: AreaId| post::Model {
        id: t.app.clock.new_id(),
        person_id: person,
        role: PostRole::Administrator,
        unit_id: area.into(),
        area_id: area,
        starts_on: day(2026, 1, 1),
        ends_on: None,
        version: 1,
    };
    t.insert([admin_of(w.nobody, w.area_dongguan), admin_of(w.analyst, w.area_province)]).await;
    for (name, input) in changes(DISTRICT).into_iter().take(4) {
        t.change(Some(w.nobody), name, input, "__typename").await.assert_refused(name, "FORBIDDEN");
    }
    assert_eq!(version().await, 0);
    // one of the place, but for the whole country's days; and one of a place above
    for (who, place) in [(w.admin, DISTRICT), (w.nobody, DONGGUAN)] {
        for (name, input) in changes(place) {
            let answer = t.change(Some(who), name, input, "__typename").await;
            match name {
                "importHolidays" => answer.assert_refused(name, "FORBIDDEN"),
                _ => drop(answer.done(name).clone()),
            }
        }
    }
    for (name, input) in changes(DISTRICT) {
        t.change(Some(w.analyst), name, input, "__typename").await.done(name);
    }
    assert!(version().await > 0);
}

async fn working_time_costs_no_statement_once_it_is_known(t: TestApp) {
    let w = t.world();
    let from: DateTime<Utc> = "2026-06-10T17:00:00+08:00".parse().expect("an instant");
    let hour = chrono::Duration::hours(1);
    let in_district = async || of_district(&t.app, w.area_district).await.expect("working time").add(from, hour).at.to_rfc3339();
    let mark = t.statements.count();
    assert_eq!(in_district().await, "2026-06-11T01:30:00+00:00");
    assert_eq!(t.statements.all_since(mark).len(), 4);
    let mark = t.statements.count();
    for district in [w.area_district, w.area_dongguan] {
        of_district(&t.app, district).await.expect("working time");
    }
    assert_eq!(t.statements.all_since(mark), Vec::<String>::new());

    // what another instance writes is seen with the next look, and a look that finds nothing new reads one row
    let row = calendar_day::Model {
        id: t.app.clock.new_id(),
        area_id: Some(w.area_district),
        date: day(2026, 6, 11),
        kind: CalendarDayKind::Off,
        hours: None,
        festival: None,
    };
    let tx = t.app.db.begin().await.expect("begun");
    calendar_day::Entity::insert(row.into_active_model()).exec(&tx).await.expect("inserted");
    sea_orm::ConnectionTrait::execute_unprepared(&tx, "UPDATE calendar_state SET version = version + 1").await.expect("updated");
    tx.commit().await.expect("committed");
    assert_eq!(in_district().await, "2026-06-11T01:30:00+00:00", "not looked yet");
    t.app.calendars.expire();
    assert_eq!(in_district().await, "2026-06-12T01:30:00+00:00");
    t.app.calendars.expire();
    let mark = t.statements.count();
    in_district().await;
    assert_eq!(t.statements.all_since(mark).len(), 1);
}

async fn two_days_of_one_date_are_one_too_many_for_the_database(t: TestApp) {
    let row = |area_id: Option<AreaId>, date| calendar_day::Model {
        id: t.app.clock.new_id(),
        area_id,
        date,
        kind: CalendarDayKind::Off,
        hours: None,
        festival: None,
    };
    let insert = async |row: calendar_day::Model| {
        let tx = t.app.db.begin().await.expect("begun");
        calendar_day::Entity::insert(row.into_active_model()).exec(&tx).await.map(|_| ())?;
        tx.commit().await
    };
    let district = Some(t.world().area_district);
    for area in [None, district, Some(t.world().area_dongguan)] {
        insert(row(area, day(2027, 1, 1))).await.expect("inserted");
        insert(row(area, day(2027, 1, 2))).await.expect("another day");
        insert(row(area, day(2027, 1, 1))).await.expect_err("the same day");
    }
    let with_hours = calendar_day::Model { hours: Some("09:00-12:00".into()), ..row(district, day(2027, 1, 3)) };
    insert(with_hours).await.expect_err("a day off has no hours");
}

/// The changes of an area that its official sees, the first one first: the version, who made it, and the fields.
async fn entered(t: &TestApp, who: PersonId, area: &str) -> Vec<Value> {
    let query = "query($code: AreaCode!) { area(code: $code) { version changes(orderBy: {field: AT, direction: ASC}) {
        nodes { kind version actor { id } fields { name from to } } } } }";
    t.ask_with(Some(who), query, json!({ "code": area })).await.data()["area"]["changes"]["nodes"].as_array().expect("changes").clone()
}

async fn changes_of_a_calendar_are_entered_where_it_counts(t: TestApp) {
    let w = t.world();
    let monday = |opens: &str| json!([{ "weekday": "MONDAY", "periods": [{ "opens": opens, "closes": "12:00" }] }]);
    let day = |kind: &str| json!([{ "date": "2026-06-11", "kind": kind, "festival": "防汛演练" }]);
    for (name, input) in [
        ("setWorkingHours", json!({ "area": DISTRICT, "week": monday("09:00") })),
        ("setWorkingHours", json!({ "area": DISTRICT, "week": monday("09:00") })),
        ("setWorkingHours", json!({ "area": DISTRICT, "week": monday("08:00") })),
        ("resetWorkingHours", json!({ "area": DISTRICT })),
        ("setCalendarDays", json!({ "area": DISTRICT, "days": day("OFF") })),
        ("setCalendarDays", json!({ "area": DISTRICT, "days": day("WORK") })),
        ("removeCalendarDays", json!({ "area": DISTRICT, "dates": ["2026-06-11", "2026-06-12"] })),
        ("removeCalendarDays", json!({ "area": DISTRICT, "dates": ["2026-06-11"] })),
    ] {
        t.advance(chrono::Duration::seconds(1));
        t.change(Some(w.admin), name, input, "__typename").await.done(name);
    }
    let (hours, of_day) = ("workingHours", "calendarDay 2026-06-11");
    let expected = [
        (hours, json!(null), json!("Monday 09:00-12:00")),
        (hours, json!("Monday 09:00-12:00"), json!("Monday 08:00-12:00")),
        (hours, json!("Monday 08:00-12:00"), json!(null)),
        (of_day, json!(null), json!("OFF 防汛演练")),
        (of_day, json!("OFF 防汛演练"), json!("WORK 防汛演练")),
        (of_day, json!("WORK 防汛演练"), json!(null)),
    ];
    let expected: Vec<Value> = expected
        .into_iter()
        .zip(2..)
        .map(|((name, from, to), version)| {
            let fields = [json!({ "name": name, "from": from, "to": to })];
            json!({ "kind": "CHANGED", "version": version, "actor": { "id": global(w.admin) }, "fields": fields })
        })
        .collect();
    assert_eq!(entered(&t, w.admin, DISTRICT).await, expected, "what changed nothing is not entered");

    let admin = t.administrator(w.area_province).await;
    t.change(Some(admin), "importHolidays", json!({ "csv": NEXT_YEAR }), "__typename").await.done("importHolidays");
    let of_country = entered(&t, admin, "430000000000").await;
    let fields = of_country[0]["fields"].as_array().expect("fields");
    assert_eq!((of_country.len(), fields.len(), &of_country[0]["actor"]["id"]), (1, 4, &json!(global(admin))));
    assert_eq!(fields[0], json!({ "name": "calendarDay 2027-01-01", "from": null, "to": "OFF 元旦" }));
    assert_eq!(entered(&t, w.admin, DISTRICT).await.len(), 6, "it is not the district's");
}

async fn a_retry_changes_no_calendar_again_and_a_stale_version_is_refused(t: TestApp) {
    let admin = Some(t.world().admin);
    let week = |opens: &str, with: Value| {
        over(json!({ "area": DISTRICT, "week": [{ "weekday": "MONDAY", "periods": [{ "opens": opens, "closes": "12:00" }] }] }), with)
    };
    let set = async |input: Value| t.change(admin, "setWorkingHours", input, CALENDAR).await;
    let opens = |answer: &Response| answer.data()["setWorkingHours"]["calendar"]["week"][0]["periods"][0]["opens"].clone();
    set(week("09:00", json!({ "idempotencyKey": "1", "expectedVersion": 1 }))).await.done("setWorkingHours");
    set(week("08:00", json!({ "expectedVersion": 2 }))).await.done("setWorkingHours");
    let again = set(week("09:00", json!({ "idempotencyKey": "1", "expectedVersion": 1 }))).await;
    again.done("setWorkingHours");
    assert_eq!(opens(&again), "08:00", "what came after stays");
    let reused = set(week("10:00", json!({ "idempotencyKey": "1", "expectedVersion": 1 }))).await;
    reused.assert_refused("setWorkingHours", "IDEMPOTENCY_KEY_REUSED");
    let stale = set(week("10:00", json!({ "expectedVersion": 2 }))).await;
    stale.assert_refused("setWorkingHours", "CONFLICT");
    assert_eq!(opens(&stale), "08:00", "as it stands");
    for (name, input) in changes(DISTRICT).into_iter().take(4) {
        for _ in 0..2 {
            t.change(admin, name, over(input.clone(), json!({ "idempotencyKey": name })), "__typename").await.done(name);
        }
    }
}

/// On PostgreSQL whoever writes anything that names a district shares its row until they are done.
async fn a_change_of_a_calendar_waits_for_nobody_who_writes_in_the_district(t: TestApp) {
    if !t.app.db.is_postgres() {
        return;
    }
    let writing = t.app.db.begin().await.expect("a transaction");
    writing.execute_unprepared(&format!("SELECT id FROM area WHERE code = '{DISTRICT}' FOR KEY SHARE")).await.expect("shared");
    let set = json!({ "area": DISTRICT, "days": [{ "date": "2026-10-01", "kind": "WORK" }] });
    t.change(Some(t.world().admin), "setCalendarDays", set, "daysAdded").await.done("setCalendarDays");
    writing.rollback().await.expect("over");
}
