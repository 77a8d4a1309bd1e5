//! Who there is: residents at home, and those who work for a unit on a day.

use std::collections::{BTreeMap, HashMap, HashSet};

use anyhow::ensure;
use chrono::NaiveDate;
use entity::{AreaId, BuildingId, CaseCategory, ComplexId, FirmId, GridId, HandlerKind, HandlingLevel, MatterId, PersonId, case_file};
use uuid::Uuid;

use super::{
    dice::Dice,
    store::{self, Rows},
};
use crate::{db::Db, demo};

type Held = (PersonId, NaiveDate, Option<NaiveDate>);

/// A complex in which somebody lives.
pub struct Home {
    pub id: ComplexId,
    pub name: String,
    pub area: AreaId,
    district: Option<AreaId>,
    pub buildings: Vec<(BuildingId, String, Option<GridId>)>,
    residents: Vec<Held>,
}

/// What a report is about.
#[derive(Clone)]
pub struct Topic {
    pub category: CaseCategory,
    pub title: String,
    pub detail: String,
    pub result: String,
    /// In the catalogue of this district.
    matter: Option<(MatterId, AreaId)>,
}

impl Topic {
    /// The matter, where the home's district has it in its catalogue.
    pub fn matter_at(&self, home: &Home) -> Option<MatterId> {
        self.matter.filter(|(_, district)| Some(*district) == home.district).map(|(matter, _)| matter)
    }
}

pub struct People {
    pub homes: Vec<Home>,
    pub topics: Vec<Topic>,
    staff: BTreeMap<Uuid, Vec<Held>>,
    firms: Vec<(ComplexId, FirmId, NaiveDate, Option<NaiveDate>)>,
    answered: HashSet<MatterId>,
}

fn on((_, from, until): &Held, day: NaiveDate) -> bool {
    *from <= day && until.is_none_or(|until| day <= until)
}

impl People {
    pub async fn of(db: &Db) -> anyhow::Result<Self> {
        let rows = store::rows(db).await?;
        let names: HashMap<&str, (MatterId, AreaId)> =
            rows.matters.iter().map(|matter| (matter.name.as_str(), (matter.id, matter.district_id))).collect();
        let topics: Vec<Topic> = demo::themes()?
            .into_iter()
            .map(|theme| Topic {
                category: theme.category,
                matter: names.get(theme.matter.as_str()).copied(),
                title: theme.title,
                detail: theme.detail,
                result: theme.result,
            })
            .collect();
        let people = Self {
            homes: homes(&rows),
            topics,
            staff: store::by_unit(&rows.posts, false),
            firms: rows.contracts.into_iter().map(|held| (held.complex_id, held.firm_id, held.starts_on, held.ends_on)).collect(),
            answered: rows.answered.into_iter().collect(),
        };
        ensure!(!people.homes.is_empty() && !people.topics.is_empty(), "nobody lives in this database");
        Ok(people)
    }

    /// Somebody who lives there.
    pub fn resident(&self, home: &Home, day: NaiveDate, dice: &mut Dice) -> Option<PersonId> {
        let here: Vec<PersonId> = home.residents.iter().filter(|held| on(held, day)).map(|(person, ..)| *person).collect();
        dice.maybe_pick(&here)
    }

    /// Somebody who works for the unit, other than this one.
    pub fn worker(&self, unit: Uuid, but: Option<PersonId>, day: NaiveDate, dice: &mut Dice) -> Option<PersonId> {
        let held = self.staff.get(&unit).into_iter().flatten();
        let here: Vec<PersonId> = held.filter(|held| on(held, day) && Some(held.0) != but).map(|(person, ..)| *person).collect();
        dice.maybe_pick(&here)
    }

    /// An officer of the lowest place that has one and lies at this level or above.
    pub fn officer(
        &self,
        case: &case_file::Model,
        level: HandlingLevel,
        but: Option<PersonId>,
        day: NaiveDate,
        dice: &mut Dice,
    ) -> Option<PersonId> {
        let places = [HandlerKind::Community, HandlerKind::Subdistrict, HandlerKind::District];
        let high = places.into_iter().filter(|kind| kind.level() >= level);
        high.filter_map(|kind| place(case, kind)).find_map(|unit| self.worker(unit, but, day, dice))
    }

    pub fn firm(&self, complex: Option<ComplexId>, day: NaiveDate) -> Option<FirmId> {
        let serves = |(served, _, from, until): &&(ComplexId, FirmId, NaiveDate, Option<NaiveDate>)| {
            Some(*served) == complex && *from <= day && until.is_none_or(|until| day <= until)
        };
        self.firms.iter().find(serves).map(|(_, firm, ..)| *firm)
    }

    /// Whether departments can be called about it.
    pub fn is_answered(&self, matter: Option<MatterId>) -> bool {
        matter.is_some_and(|matter| self.answered.contains(&matter))
    }
}

/// The area of this kind that a case lies in.
pub fn place(case: &case_file::Model, kind: HandlerKind) -> Option<Uuid> {
    match kind {
        HandlerKind::Grid => case.grid_id.map(Uuid::from),
        HandlerKind::Community => case.community_id.map(Uuid::from),
        HandlerKind::Subdistrict => case.subdistrict_id.map(Uuid::from),
        HandlerKind::District => Some(case.district_id.into()),
        _ => None,
    }
}

fn homes(rows: &Rows) -> Vec<Home> {
    let lived_in = store::by_unit(&rows.posts, true);
    let homes = lived_in.into_iter().filter_map(|(unit, residents)| {
        let complex = rows.complexes.get(&ComplexId(unit))?;
        let buildings = rows.buildings.get(&complex.id).into_iter().flatten();
        let buildings = buildings.map(|building| (building.id, building.name.clone(), building.grid_id)).collect();
        let way = rows.ways.get(&complex.area_id)?;
        let district = rows.districts.iter().find(|(_, above)| way.starts_with(above.as_str())).map(|(id, _)| *id);
        Some(Home { id: complex.id, name: complex.name.clone(), area: complex.area_id, district, buildings, residents })
    });
    homes.collect()
}
