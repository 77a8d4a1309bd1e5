//! All calendars, kept in memory: every write that starts a deadline asks for one, and they hardly ever change.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use chrono::NaiveDate;
use entity::{AreaId, calendar_day, working_hours};

use super::{
    model::{Day, Hours, Notices, Period, Week, WorkingTime},
    store,
};
use crate::db::{Db, DbErr, snapshot};

/// What another process changed is known here after this time at most; what this one changed, at once.
const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(10);

/// The calendars as they were when this process last looked. A look costs one small statement, and three more where something has changed.
#[derive(Debug, Default)]
pub struct Cache {
    known: RwLock<Option<Known>>,
    looking: tokio::sync::Mutex<()>,
    /// Changes made by this process: what was read before one is worth nothing after it.
    changes: AtomicU64,
}

#[derive(Clone, Debug)]
struct Known {
    calendars: Arc<Calendars>,
    looked: Instant,
    changes: u64,
}

impl Cache {
    /// The calendars of now. Read on the primary, past the transaction that asks: nothing uncommitted is kept.
    pub async fn get(&self, db: &Db) -> Result<Arc<Calendars>, DbErr> {
        if let Some(known) = self.fresh() {
            return Ok(known);
        }
        let _alone = self.looking.lock().await;
        if let Some(known) = self.fresh() {
            return Ok(known);
        }
        let (looked, changes) = (Instant::now(), self.changes.load(Ordering::SeqCst));
        let version = store::version(&db.read).await?;
        let calendars = match self.known().map(|known| known.calendars) {
            Some(known) if known.version == version => known,
            _ => Arc::new(load(db).await?),
        };
        let known = Known { calendars: calendars.clone(), looked, changes };
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some(known);
        Ok(calendars)
    }

    /// This process has changed something: the next one who asks looks again.
    pub fn expire(&self) {
        self.changes.fetch_add(1, Ordering::SeqCst);
    }

    fn known(&self) -> Option<Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn fresh(&self) -> Option<Arc<Calendars>> {
        let fresh = |known: &Known| known.changes == self.changes.load(Ordering::SeqCst) && known.looked.elapsed() < LOOK_AGAIN_AFTER;
        self.known().filter(fresh).map(|known| known.calendars)
    }
}

/// The country's calendar, and those of the districts that have set something of their own.
#[derive(Debug)]
pub struct Calendars {
    /// Rises with each change of any of them.
    pub version: i64,
    pub notices: Notices,
    country: WorkingTime,
    districts: HashMap<AreaId, District>,
}

/// What a district has set.
#[derive(Debug)]
pub struct District {
    pub week: Option<Week>,
    pub days: BTreeMap<NaiveDate, Day>,
    time: WorkingTime,
}

impl Calendars {
    pub fn country(&self) -> &WorkingTime {
        &self.country
    }

    /// The country's where the district has set nothing.
    pub fn of(&self, district: AreaId) -> &WorkingTime {
        self.own(district).map_or(&self.country, |own| &own.time)
    }

    pub fn own(&self, district: AreaId) -> Option<&District> {
        self.districts.get(&district)
    }

    fn of_rows(version: i64, hours: Vec<working_hours::Model>, days: Vec<calendar_day::Model>) -> Result<Self, DbErr> {
        let mut set: HashMap<AreaId, (Vec<working_hours::Model>, BTreeMap<NaiveDate, Day>)> = HashMap::new();
        for row in hours {
            set.entry(row.area_id).or_default().0.push(row);
        }
        let mut of_country = BTreeMap::new();
        for row in days {
            let days = row.area_id.map_or(&mut of_country, |area| &mut set.entry(area).or_default().1);
            days.insert(row.date, day_of(row)?);
        }
        let notices = Notices::built_in().with(of_country);
        let districts = set.into_iter().map(|(area, (hours, days))| {
            let week = week_of(&hours)?;
            let time = WorkingTime::new(week.clone().unwrap_or_else(Week::standard), &notices, days.clone());
            Ok((area, District { week, days, time }))
        });
        let districts = districts.collect::<Result<_, DbErr>>()?;
        Ok(Self { version, country: WorkingTime::new(Week::standard(), &notices, []), notices, districts })
    }
}

async fn load(db: &Db) -> Result<Calendars, DbErr> {
    let (version, hours, days) =
        snapshot(&db.read, |tx| Box::pin(async move { Ok((store::version(tx).await?, store::hours(tx).await?, store::days(tx).await?)) }))
            .await?;
    Calendars::of_rows(version, hours, days)
}

/// The week that a district's rows make; none where there are none.
pub(super) fn week_of(rows: &[working_hours::Model]) -> Result<Option<Week>, DbErr> {
    let minutes = |minutes: i32| u16::try_from(minutes).unwrap_or(u16::MAX);
    let mut days: [Hours; 7] = Default::default();
    for (weekday, hours) in entity::Weekday::ALL.iter().zip(&mut days) {
        let periods = rows.iter().filter(|row| row.weekday == *weekday);
        let periods = periods.map(|row| Period { opens: minutes(row.opens), closes: minutes(row.closes) });
        *hours = Hours::new(periods).map_err(|_| DbErr::Custom("working_hours: periods overlap".into()))?;
    }
    Ok(Week::new(days))
}

pub(super) fn day_of(row: calendar_day::Model) -> Result<Day, DbErr> {
    let hours = row.hours.map(|text| Hours::read(&text).ok_or_else(|| DbErr::Custom(format!("calendar_day: bad hours {text:?}"))));
    Ok(Day { kind: row.kind, hours: hours.transpose()?, festival: row.festival })
}
