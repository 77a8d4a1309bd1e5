//! Whose working time counts where, and who changes it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use chrono::NaiveDate;
use entity::{AreaId, area, calendar_day, calendar_state, record_change::FieldChange, working_hours};

use super::{
    cache::{Calendars, District, day_of, week_of},
    model::{Day, Notices, Period, Week, WorkingTime},
    store,
};
use crate::{
    app::{App, Cx},
    area::service as areas,
    auth::Actor,
    case::service::{CaseError, RequestKey, Terms, maybe_first},
    db::{DatabaseTransaction, DbErr},
    event::{InWork, Work, write},
    record::service::keep_at,
};

/// Why working time was not changed.
#[derive(Debug, thiserror::Error)]
pub enum CalendarError {
    #[error("there is no such area")]
    NoSuchArea,
    #[error("not a district")]
    NotADistrict,
    #[error("not an administrator there")]
    Forbidden,
    #[error("the district's version is not what was expected")]
    Conflict,
    /// Of the idempotency key.
    #[error(transparent)]
    Case(#[from] CaseError),
    #[error(transparent)]
    Db(#[from] DbErr),
}

/// The working time of a district, or of a city without districts. It normally costs no statement; what another instance has changed counts
/// after ten seconds at most.
pub async fn of_district(app: &App, district: AreaId) -> Result<WorkingTime, DbErr> {
    Ok(app.calendars.get(&app.db).await?.of(district).clone())
}

/// The calendar that counts in one place.
#[derive(Clone)]
pub struct View {
    /// None: the whole country's.
    pub district: Option<area::Model>,
    calendars: Arc<Calendars>,
}

impl View {
    pub fn time(&self) -> &WorkingTime {
        self.district.as_ref().map_or_else(|| self.calendars.country(), |district| self.calendars.of(district.id))
    }

    fn own(&self) -> Option<&District> {
        self.calendars.own(self.district.as_ref()?.id)
    }

    /// The week, where the district has one of its own.
    pub fn own_week(&self) -> Option<&Week> {
        self.own()?.week.as_ref()
    }

    pub fn notices(&self) -> &Notices {
        &self.calendars.notices
    }

    /// The days that do not follow their weekday, and whether the district set them itself.
    pub fn days(&self, first: NaiveDate, last: NaiveDate) -> BTreeMap<NaiveDate, (Day, bool)> {
        let of_country = self.notices().days().range(first..=last).map(|(date, day)| (*date, (day.clone(), false)));
        let own = self.own().into_iter().flat_map(|own| own.days.range(first..=last)).map(|(date, day)| (*date, (day.clone(), true)));
        of_country.chain(own).collect()
    }
}

/// The calendar of the district in which an area lies; of the whole country above the districts, and where no area is named. None where there
/// is no such area.
pub async fn maybe_at(cx: &Cx, code: Option<&str>) -> Result<Option<View>, DbErr> {
    let calendars = cx.calendars.get(&cx.db).await?;
    let Some(code) = code else { return Ok(Some(View { district: None, calendars })) };
    let Some(area) = areas::by_codes(cx, vec![code.to_owned()]).await?.remove(code) else { return Ok(None) };
    Ok(Some(View { district: areas::maybe_district(cx, area).await?, calendars }))
}

/// What a change of days has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub added: usize,
    pub changed: usize,
    /// Days that were as they are said to be.
    pub known: usize,
}

/// Whose calendar is changed: a district's by its code, or the whole country's.
type Whose = Option<String>;

/// A calendar that nobody else changes until the end of the transaction.
struct Held {
    state: calendar_state::Model,
    /// None: the whole country's.
    district: Option<AreaId>,
    /// Where its changes are entered: the district; of the whole country's all provinces.
    areas: Vec<area::Model>,
}

impl Held {
    async fn of(tx: &DatabaseTransaction, district: Option<AreaId>) -> Result<Self, DbErr> {
        let state = store::lock(tx).await?;
        let areas = match district {
            Some(district) => areas::maybe_lock_in_tx(tx, district).await?.into_iter().collect(),
            None => areas::lock_provinces_in_tx(tx).await?,
        };
        Ok(Self { state, district, areas })
    }

    /// It is another one from now on.
    async fn changed(self, cx: &Cx, tx: &DatabaseTransaction, fields: Vec<FieldChange>) -> Result<(), DbErr> {
        store::changed(tx, self.state, cx.clock.now()).await?;
        keep_at(cx, tx, self.areas, fields).await
    }
}

fn day_changed(date: NaiveDate, from: Option<&Day>, to: Option<&Day>) -> FieldChange {
    let said = |day: Option<&Day>| day.map(Day::to_string);
    FieldChange { name: format!("calendar_day {date}"), from: said(from), to: said(to), hidden: false }
}

/// Changes a calendar, unless the actor has had it done under the same key: then nothing more.
async fn change<T, F>(cx: &Cx, key: Option<RequestKey>, act: F) -> Result<T, CalendarError>
where
    T: Default + Send + 'static,
    F: for<'w> FnOnce(&'w Cx, &'w mut Work) -> InWork<'w, T, CalendarError> + Send + 'static,
{
    let done = write::<T, CalendarError, _>(cx, move |cx, work| {
        Box::pin(async move {
            if let Some(key) = &key
                && maybe_first(cx, &work.tx, key).await?.is_some()
            {
                return Ok(T::default());
            }
            act(cx, work).await
        })
    })
    .await?;
    cx.calendars.expire();
    Ok(done)
}

/// Takes a notice in for the whole country, by an administrator of a province. Days that it does not name stay as they are.
pub async fn import_holidays(cx: &Cx, terms: Terms, days: BTreeMap<NaiveDate, Day>) -> Result<Tally, CalendarError> {
    set_days(cx, terms, None, days).await
}

/// The same by whoever runs the server.
pub async fn import_as_operator(app: &Arc<App>, days: BTreeMap<NaiveDate, Day>) -> Result<Tally, DbErr> {
    let cx = Cx::new(app.clone(), Actor::anonymous());
    let tally = write(&cx, move |cx, work| {
        Box::pin(async move {
            let held = Held::of(&work.tx, None).await?;
            put_days(cx, &work.tx, held, days).await
        })
    })
    .await?;
    app.calendars.expire();
    Ok(tally)
}

/// Says what these days are, in a district or the whole country, by an administrator.
pub async fn set_days(cx: &Cx, terms: Terms, whose: Whose, days: BTreeMap<NaiveDate, Day>) -> Result<Tally, CalendarError> {
    change(cx, terms.key, move |cx, work| {
        Box::pin(async move {
            let held = begin(cx, &work.tx, whose.as_deref()).await?;
            Ok(put_days(cx, &work.tx, held, days).await?)
        })
    })
    .await
}

/// Takes back what was said of these days, by an administrator: what holds in the whole country, or by the notices that are compiled in, holds
/// again. How many there were.
pub async fn remove_days(cx: &Cx, terms: Terms, whose: Whose, dates: BTreeSet<NaiveDate>) -> Result<usize, CalendarError> {
    change(cx, terms.key, move |cx, work| {
        Box::pin(async move {
            let held = begin(cx, &work.tx, whose.as_deref()).await?;
            let (mut gone, mut fields) = (Vec::new(), Vec::new());
            for row in store::days_of(&work.tx, held.district).await?.into_iter().filter(|row| dates.contains(&row.date)) {
                gone.push(row.date);
                fields.push(day_changed(row.date, Some(&day_of(row)?), None));
            }
            if !gone.is_empty() {
                store::delete_days(&work.tx, held.district, &gone).await?;
                held.changed(cx, &work.tx, fields).await?;
            }
            Ok(gone.len())
        })
    })
    .await
}

/// Gives a district a week of its own, or the standard week again, by an administrator.
pub async fn set_week(cx: &Cx, terms: Terms, district: String, week: Option<Week>) -> Result<(), CalendarError> {
    let Terms { expected, key } = terms;
    change(cx, key, move |cx, work| {
        Box::pin(async move {
            let held = begin(cx, &work.tx, Some(&district)).await?;
            let district = held.district.ok_or(CalendarError::NotADistrict)?;
            if expected.is_some_and(|expected| held.areas.iter().any(|area| area.version != expected)) {
                return Err(CalendarError::Conflict);
            }
            let before = week_of(&store::hours_of(&work.tx, district).await?)?;
            if before != week {
                store::replace_hours(&work.tx, district, week.iter().flat_map(|week| rows_of(district, week)).collect()).await?;
                let said = |week: Option<Week>| week.map(|week| week.to_string());
                let field = FieldChange { name: "working_hours".into(), from: said(before), to: said(week), hidden: false };
                held.changed(cx, &work.tx, vec![field]).await?;
            }
            Ok(())
        })
    })
    .await
}

/// Who may: an administrator for the districts of their area, one of a province for the whole country. Then nobody else changes any calendar until the end of
/// the transaction.
async fn begin(cx: &Cx, tx: &DatabaseTransaction, whose: Option<&str>) -> Result<Held, CalendarError> {
    let posts = cx.actor.administers();
    if posts.is_empty() {
        return Err(CalendarError::Forbidden);
    }
    let district = match whose {
        Some(code) => {
            let area = areas::maybe_by_code_in_tx(tx, code).await?.ok_or(CalendarError::NoSuchArea)?;
            if !areas::is_district_in_tx(tx, &area).await? {
                return Err(CalendarError::NotADistrict);
            }
            Some(area.id)
        }
        None => None,
    };
    if !areas::reach_in_tx(tx, &posts, district).await? {
        return Err(CalendarError::Forbidden);
    }
    Ok(Held::of(tx, district).await?)
}

/// Writes the days that are not as they are said to be.
async fn put_days(cx: &Cx, tx: &DatabaseTransaction, held: Held, days: BTreeMap<NaiveDate, Day>) -> Result<Tally, DbErr> {
    let stored = store::days_of(tx, held.district).await?.into_iter().map(|row| Ok((row.date, day_of(row)?)));
    let mut known = stored.collect::<Result<BTreeMap<_, _>, DbErr>>()?;
    if held.district.is_none() {
        known = Notices::built_in().with(known).days().clone();
    }
    let mut tally = Tally::default();
    let (mut rows, mut fields) = (Vec::new(), Vec::new());
    for (date, day) in days {
        let was = known.get(&date);
        if was == Some(&day) {
            tally.known += 1;
            continue;
        }
        match was {
            Some(_) => tally.changed += 1,
            None => tally.added += 1,
        }
        fields.push(day_changed(date, was, Some(&day)));
        let (id, hours) = (cx.clock.new_id(), day.hours.map(|hours| hours.to_string()));
        rows.push(calendar_day::Model { id, area_id: held.district, date, kind: day.kind, hours, festival: day.festival });
    }
    if !rows.is_empty() {
        let dates: Vec<NaiveDate> = rows.iter().map(|row| row.date).collect();
        store::delete_days(tx, held.district, &dates).await?;
        store::insert_days(tx, rows).await?;
        held.changed(cx, tx, fields).await?;
    }
    Ok(tally)
}

fn rows_of(district: AreaId, week: &Week) -> Vec<working_hours::Model> {
    let period = |(weekday, period): (_, &Period)| working_hours::Model {
        area_id: district,
        weekday,
        opens: period.opens.into(),
        closes: period.closes.into(),
    };
    week.days().flat_map(|(weekday, hours)| hours.periods().iter().map(move |period| (weekday, period))).map(period).collect()
}
