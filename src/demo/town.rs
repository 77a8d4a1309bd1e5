//! What the rows are made from: homes, units and who works for them, by the words in which a case is told.

use std::collections::HashMap;

use anyhow::Context;
use entity::{
    AreaId, AreaLevel, BuildingId, CaseCategory, ComplexId, DepartmentId, FirmId, GridId, HandlerKind, MatterId, PartyBranchId, PersonId,
    PostRole, area,
};
use uuid::Uuid;

use super::World;

pub const LOUXING: &str = "431302000000";
pub const YUETANG: &str = "431302001009";
pub const MOON_COURT: &str = "新月苑";
pub const URBAN_MANAGEMENT: &str = "CG";

/// Who can handle a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    pub kind: HandlerKind,
    pub id: Uuid,
}

impl Unit {
    pub fn new(kind: HandlerKind, id: impl Into<Uuid>) -> Self {
        Self { kind, id: id.into() }
    }
}

/// A person in one of their posts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Worker {
    pub person: PersonId,
    pub role: PostRole,
}

/// A building and the grid it lies in.
#[derive(Clone, Debug)]
pub struct Block {
    pub id: BuildingId,
    pub name: String,
    pub grid: GridId,
}

/// A complex with all that a case in it needs.
#[derive(Clone, Debug)]
pub struct Home {
    pub id: ComplexId,
    pub name: String,
    /// The community, or the subdistrict where the account names no community.
    pub area: AreaId,
    pub firm: Option<FirmId>,
    pub branch: Option<PartyBranchId>,
    pub blocks: Vec<Block>,
    pub residents: Vec<PersonId>,
}

/// A community of Louxing that has complexes.
#[derive(Clone, Debug)]
pub struct Quarter {
    pub id: AreaId,
    pub code: String,
    pub name: String,
    pub homes: Vec<usize>,
    pub committee: PartyBranchId,
}

/// A matter and who answers for it.
#[derive(Clone, Debug)]
pub struct Task {
    pub matter: MatterId,
    pub lead: DepartmentId,
    pub assisting: Vec<DepartmentId>,
}

/// What a case is about, in words.
#[derive(Clone, Debug, serde::Deserialize)]
pub struct Theme {
    pub category: CaseCategory,
    pub matter: String,
    pub title: String,
    pub detail: String,
    pub result: String,
}

/// Where a case lies.
#[derive(Clone, Debug)]
pub struct Place {
    pub area: AreaId,
    pub district: AreaId,
    pub subdistrict: Option<AreaId>,
    pub community: Option<AreaId>,
    pub grid: Option<GridId>,
    pub complex: Option<ComplexId>,
    pub building: Option<BuildingId>,
    pub label: String,
}

#[derive(Clone, Debug, Default)]
pub struct Town {
    /// In Louxing.
    pub homes: Vec<Home>,
    /// The other districts' complexes.
    pub elsewhere: Vec<Home>,
    pub quarters: Vec<Quarter>,
    /// The place that is a grid as a whole.
    pub grid_places: HashMap<GridId, Place>,
    pub departments: HashMap<String, DepartmentId>,
    pub tasks: HashMap<String, Task>,
    pub themes: Vec<Theme>,
    pub staff: HashMap<Uuid, Vec<Worker>>,
    pub sign_ins: HashMap<&'static str, Worker>,
}

impl World {
    pub(super) fn area(&self, code: &str) -> anyhow::Result<&area::Model> {
        self.areas.iter().find(|area| area.code == code).with_context(|| format!("no area {code}"))
    }
}

impl Town {
    pub fn home(&self, name: &str) -> anyhow::Result<&Home> {
        self.homes.iter().find(|home| home.name == name).with_context(|| format!("no complex {name}"))
    }

    pub fn task(&self, matter: &str) -> anyhow::Result<&Task> {
        self.tasks.get(matter).with_context(|| format!("no matter {matter}"))
    }

    pub fn themes_of(&self, category: CaseCategory) -> Vec<&Theme> {
        self.themes.iter().filter(|theme| theme.category == category).collect()
    }

    pub fn sign_in(&self, name: &str) -> anyhow::Result<Worker> {
        self.sign_ins.get(name).copied().with_context(|| format!("no sign-in {name}"))
    }

    /// Somebody who works for the unit.
    pub fn worker(&self, unit: Unit) -> anyhow::Result<Worker> {
        self.staff.get(&unit.id).and_then(|workers| workers.first()).copied().with_context(|| format!("nobody works for {unit:?}"))
    }

    /// Somebody of the unit other than this one.
    pub fn colleague(&self, unit: Unit, of: Worker) -> anyhow::Result<Worker> {
        let mut workers = self.staff.get(&unit.id).into_iter().flatten();
        workers.find(|worker| worker.person != of.person).copied().with_context(|| format!("nobody else works for {unit:?}"))
    }

    /// The place of a complex, or of one of its buildings.
    pub fn place(&self, home: &Home, block: Option<&Block>) -> anyhow::Result<Place> {
        let grid = block.or(home.blocks.first()).with_context(|| format!("{} has no buildings", home.name))?.grid;
        let whole = self.grid_places.get(&grid).context("a building lies in a grid of the tree")?;
        let label = block.map_or_else(|| home.name.clone(), |block| format!("{} {}", home.name, block.name));
        Ok(Place { grid: Some(grid), complex: Some(home.id), building: block.map(|block| block.id), label, ..whole.clone() })
    }
}

/// The place that is an area as a whole.
pub fn place_of(world: &World, id: AreaId) -> anyhow::Result<Place> {
    let area = world.areas.iter().find(|area| area.id == id).context("an area of the tree")?;
    let on_path = |level| {
        let codes = area.path.split('/').filter(|code| !code.is_empty());
        codes.filter_map(|code| world.area(code).ok()).find(|area| area.level == level).map(|area| area.id)
    };
    Ok(Place {
        area: id,
        district: on_path(AreaLevel::District).context("a place lies in a district")?,
        subdistrict: on_path(AreaLevel::Subdistrict),
        community: on_path(AreaLevel::Community),
        grid: None,
        complex: None,
        building: None,
        label: area.name.clone(),
    })
}
