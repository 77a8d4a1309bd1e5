//! `WorkingCalendar`, and the mutations by which administrators keep it.

pub mod inputs;

use std::collections::BTreeMap;

use async_graphql::{Context, Object, SimpleObject};
use chrono::{Datelike, NaiveDate};
use entity::{CalendarDayKind, Weekday};

use self::inputs::*;
use super::{
    model::{Day, Hours, Week},
    service::{self, CalendarError, Tally, View},
};
use crate::{
    app::Cx,
    area::graphql::Area,
    case::graphql::stale,
    graphql::{
        context::cx,
        error::{ApiError, Refusal, UserError, UserErrorCode},
        payload::{answer, settle},
        plan,
        scalar::{AreaCode, Date, DateTime, Duration},
    },
};

/// The working time that counts in a place.
pub struct WorkingCalendar(View);

/// The working time that counts in a place 工作日历: the hours of a week, and the days that do not follow their weekday. Time is that of Asia/Shanghai.
#[Object]
impl WorkingCalendar {
    /// The district whose calendar it is, or the city where it has no districts; null for the whole country's 适用区县.
    async fn area(&self) -> Option<Area> {
        self.0.district.clone().map(plan::bare)
    }

    /// Whether the district has set hours of its own; the standard week is Monday to Friday, 09:00–12:00 and 13:30–17:30 是否自定作息.
    async fn own_hours(&self) -> bool {
        self.0.own_week().is_some()
    }

    /// The hours of each weekday, Monday first 每周作息.
    async fn week(&self) -> Vec<WorkingWeekday> {
        let week = self.0.own_week().cloned().unwrap_or_else(Week::standard);
        week.days().map(|(weekday, hours)| WorkingWeekday { weekday, periods: periods(hours) }).collect()
    }

    /// The days of a year that do not follow their weekday, by date: the country's, and instead of them what the district has set 节假日与调休.
    async fn days(&self, #[graphql(desc = "The year 年份")] year: i32) -> Vec<CalendarDay> {
        let (first, last) = (NaiveDate::from_ymd_opt(year, 1, 1), NaiveDate::from_ymd_opt(year, 12, 31));
        let days = first.zip(last).map(|(first, last)| self.0.days(first, last)).unwrap_or_default();
        days.into_iter().map(|(date, (day, own))| CalendarDay::new(date, day, own)).collect()
    }

    /// The years whose holidays are known; in any other year weekdays are counted, and a deadline there is provisional 已发布节假日安排的年份.
    async fn published_years(&self) -> Vec<i32> {
        self.0.notices().published_years().into_iter().collect()
    }

    /// When so much working time has passed 推算期限.
    async fn deadline(
        &self,
        #[graphql(desc = "The start; outside working hours it counts from the next opening 起始时间")] from: DateTime,
        #[graphql(desc = "How much working time 工作时长")] duration: Duration,
    ) -> Result<WorkingDeadline, ApiError> {
        let due = self.0.time().add(from.0, duration.0);
        Ok(WorkingDeadline { at: writable(due.at)?, provisional: due.provisional })
    }
}

/// The hours of one weekday 某一星期的作息.
#[derive(SimpleObject)]
pub struct WorkingWeekday {
    /// The weekday 星期.
    weekday: Weekday,
    /// When it is worked, in order; empty where it is off 工作时段.
    periods: Vec<WorkingPeriod>,
}

/// Part of a day 工作时段.
#[derive(SimpleObject)]
pub struct WorkingPeriod {
    /// When it begins, such as `09:00` 开始.
    opens: String,
    /// When it ends, such as `12:00`; `24:00` is the end of the day 结束.
    closes: String,
}

fn periods(hours: &Hours) -> Vec<WorkingPeriod> {
    let time = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
    hours.periods().iter().map(|period| WorkingPeriod { opens: time(period.opens), closes: time(period.closes) }).collect()
}

/// A day that does not follow its weekday 特殊日.
#[derive(SimpleObject)]
pub struct CalendarDay {
    /// The day 日期.
    date: Date,
    /// Whether it is off or worked 类型.
    kind: CalendarDayKind,
    /// For which festival; null where none was named 节日.
    festival: Option<String>,
    /// Its own hours, where it is worked and has some; null where the week gives them: on a Saturday or Sunday that is worked, those of Monday 当日时段.
    periods: Option<Vec<WorkingPeriod>>,
    /// Whether the district has set it itself 是否本区县设定.
    own: bool,
}

impl CalendarDay {
    fn new(date: NaiveDate, day: Day, own: bool) -> Self {
        Self { date: Date(date), kind: day.kind, festival: day.festival, periods: day.hours.as_ref().map(periods), own }
    }
}

/// When working time has passed 期限.
#[derive(SimpleObject)]
pub struct WorkingDeadline {
    /// The instant 到期时间.
    at: DateTime,
    /// Whether a year lies on the way whose holidays are not announced yet: there weekdays were counted 是否暂定.
    provisional: bool,
}

/// What a `DateTime` can say.
fn writable(at: chrono::DateTime<chrono::Utc>) -> Result<DateTime, ApiError> {
    if (1..=9999).contains(&at.year()) { Ok(at.into()) } else { Err(ApiError::bad_input("too-far-away")) }
}

#[derive(Default)]
pub struct CalendarQuery;

#[Object]
impl CalendarQuery {
    /// The working time that counts in an area: that of its district; of the whole country above the districts, and without an area 工作日历.
    async fn working_calendar(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "An area of any level; the whole country when left out 区划")] area: Option<AreaCode>,
    ) -> Result<WorkingCalendar, ApiError> {
        view(cx(ctx)?, area.as_ref()).await.map(WorkingCalendar)
    }

    /// Whether any hour of this day is worked 是否工作日.
    async fn is_working_day(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The day 日期")] date: Date,
        #[graphql(desc = "An area of any level; the whole country when left out 区划")] area: Option<AreaCode>,
    ) -> Result<bool, ApiError> {
        Ok(view(cx(ctx)?, area.as_ref()).await?.time().is_working_day(date.0))
    }

    /// When so much working time has passed. A start outside working hours counts from the next opening; an end that falls on a closing time is that
    /// closing time. A negative duration goes back. In a year whose holidays are not announced yet weekdays are counted: `workingCalendar { deadline }`
    /// says whether that was so 按工作时间推算.
    async fn add_working_time(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The start 起始时间")] from: DateTime,
        #[graphql(desc = "How much working time; a day in it is 24 hours, not a working day 工作时长")] duration: Duration,
        #[graphql(desc = "An area of any level; the whole country when left out 区划")] area: Option<AreaCode>,
    ) -> Result<DateTime, ApiError> {
        writable(view(cx(ctx)?, area.as_ref()).await?.time().add(from.0, duration.0).at)
    }
}

async fn view(cx: &Cx, area: Option<&AreaCode>) -> Result<View, ApiError> {
    let code = area.map(|code| code.0.as_str());
    let unknown = || ApiError::bad_input("unknown-area").with("code", code.unwrap_or_default());
    service::maybe_at(cx, code).await?.ok_or_else(unknown)
}

impl From<CalendarError> for ApiError {
    fn from(error: CalendarError) -> Self {
        match error {
            CalendarError::NoSuchArea => Refusal::not_found("area").into(),
            CalendarError::NotADistrict => Refusal::new(UserErrorCode::OutOfRange, "not-a-district", "area").into(),
            CalendarError::Forbidden => Refusal::new(UserErrorCode::Forbidden, "forbidden", "").into(),
            CalendarError::Conflict => stale().into(),
            CalendarError::Case(error) => error.into(),
            CalendarError::Db(error) => error.into(),
        }
    }
}

type Answer<T> = Result<(Option<T>, Option<WorkingCalendar>, Vec<UserError>), ApiError>;

/// What a change did, and the calendar as it is then.
async fn changed<T>(cx: &Cx, area: Option<&AreaCode>, run: impl Future<Output = Result<T, ApiError>>) -> Answer<T> {
    cx.actor.person.ok_or_else(ApiError::unauthenticated)?;
    let (done, user_errors) = settle(run.await)?;
    let stale = user_errors.iter().any(|error| error.code == UserErrorCode::Conflict);
    let calendar = if done.is_some() || stale { Some(WorkingCalendar(view(cx, area).await?)) } else { None };
    Ok((done, calendar, user_errors))
}

fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

fn counts(tally: Option<Tally>) -> (Option<i32>, Option<i32>) {
    tally.map(|tally| (count(tally.added), count(tally.changed))).unzip()
}

/// Of dates that each may be named once.
fn once<T>(dated: impl IntoIterator<Item = (NaiveDate, T)>, field: impl Fn(usize) -> String) -> Result<BTreeMap<NaiveDate, T>, ApiError> {
    let (mut all, mut twice) = (BTreeMap::new(), Vec::new());
    for (at, (date, what)) in dated.into_iter().enumerate() {
        if all.insert(date, what).is_some() {
            twice.push(Refusal::new(UserErrorCode::Mismatch, "named-twice", &field(at)));
        }
    }
    if twice.is_empty() { Ok(all) } else { Err(ApiError::Refused(twice)) }
}

#[derive(Default)]
pub struct CalendarMutation;

#[Object]
impl CalendarMutation {
    /// Takes in the holidays and make-up workdays of a year for the whole country, by an administrator of a province 导入国务院节假日安排. The year counts as published once
    /// 1 January, 1 May and 1 October are off. All of it or nothing; days that are not named stay as they are, the same again changes nothing. What it
    /// changes is entered in the `changes` of each province.
    async fn import_holidays(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The notice 节假日安排")] input: ImportHolidaysInput,
    ) -> Option<Result<ImportHolidaysPayload, ApiError>> {
        answer(async {
            let run = async { Ok(service::import_holidays(cx(ctx)?, input.terms()?, input.decode()?).await?) };
            let (tally, calendar, user_errors) = changed(cx(ctx)?, None, run).await?;
            let (days_added, days_changed) = counts(tally);
            Ok(ImportHolidaysPayload { calendar, days_added, days_changed, user_errors })
        })
        .await
    }

    /// Says of days that they are off or worked, in a district by its administrator, in the whole country by one of a province 设定特殊日. The same again
    /// changes nothing. What it changes is entered in the `changes` of the district; of the whole country in those of each province.
    async fn set_calendar_days(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where, and the days 区县及日期")] input: SetCalendarDaysInput,
    ) -> Option<Result<SetCalendarDaysPayload, ApiError>> {
        answer(async {
            let whose = input.area.clone();
            let run = async { Ok(service::set_days(cx(ctx)?, input.terms()?, whose.clone().map(|code| code.0), input.decode()?).await?) };
            let (tally, calendar, user_errors) = changed(cx(ctx)?, whose.as_ref(), run).await?;
            let (days_added, days_changed) = counts(tally);
            Ok(SetCalendarDaysPayload { calendar, days_added, days_changed, user_errors })
        })
        .await
    }

    /// Takes back what `setCalendarDays` or `importHolidays` said of days, by an administrator: what holds without it holds again 撤销特殊日. Entered
    /// as `setCalendarDays` is.
    async fn remove_calendar_days(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where, and the days 区县及日期")] input: RemoveCalendarDaysInput,
    ) -> Option<Result<RemoveCalendarDaysPayload, ApiError>> {
        answer(async {
            let whose = input.area.clone();
            let run =
                async { Ok(service::remove_days(cx(ctx)?, input.terms()?, whose.clone().map(|code| code.0), input.decode()?).await?) };
            let (removed, calendar, user_errors) = changed(cx(ctx)?, whose.as_ref(), run).await?;
            let days_removed = removed.map(count);
            Ok(RemoveCalendarDaysPayload { calendar, days_removed, user_errors })
        })
        .await
    }

    /// Gives a district a week of its own, by an administrator 设定作息时间. Deadlines that run already are not moved by it. It is entered in the
    /// `changes` of the district, which is at its next version then.
    async fn set_working_hours(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The district and its week 区县及作息")] input: SetWorkingHoursInput,
    ) -> Option<Result<SetWorkingHoursPayload, ApiError>> {
        answer(async {
            let area = input.area.clone();
            let run = async { Ok(service::set_week(cx(ctx)?, input.terms()?, area.0.clone(), Some(input.decode()?)).await?) };
            let (_, calendar, user_errors) = changed(cx(ctx)?, Some(&area), run).await?;
            Ok(SetWorkingHoursPayload { calendar, user_errors })
        })
        .await
    }

    /// Gives a district the standard week again, by an administrator 恢复标准作息. Entered as `setWorkingHours` is.
    async fn reset_working_hours(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The district 区县")] input: ResetWorkingHoursInput,
    ) -> Option<Result<ResetWorkingHoursPayload, ApiError>> {
        answer(async {
            let run = async { Ok(service::set_week(cx(ctx)?, input.terms()?, input.area.0.clone(), None).await?) };
            let (_, calendar, user_errors) = changed(cx(ctx)?, Some(&input.area), run).await?;
            Ok(ResetWorkingHoursPayload { calendar, user_errors })
        })
        .await
    }
}
