//! What must hold in the demonstration data: the published totals, the area tree, and everything the server's own writes would have kept.

mod committees;
mod files;
mod homes;
mod work;

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Datelike, Utc};
use entity::{
    AreaId, AreaLevel, CaseCategory, CaseId, CaseStatus, GridId, PartyBranchKind, PostRole, Provenance, area, double_report, handling_path,
};
use uuid::Uuid;

use super::{SIGN_INS, World, dice::day_of, town::LOUXING};
use crate::case::model::path;

pub fn all(world: &World) -> Vec<String> {
    let mut check = Check { world, faults: Vec::new() };
    check.totals();
    check.areas();
    check.complexes();
    check.people();
    check.committees();
    check.homes();
    check.numbers();
    check.levels();
    check.files();
    check.paths();
    check.work();
    check.faults
}

struct Check<'a> {
    world: &'a World,
    faults: Vec<String>,
}

impl Check<'_> {
    fn that(&mut self, holds: bool, fault: impl FnOnce() -> String) {
        if !holds {
            self.faults.push(fault());
        }
    }

    fn equal(&mut self, what: &str, found: usize, expected: usize) {
        self.that(found == expected, || format!("{what}: {found}, expected {expected}"));
    }

    fn totals(&mut self) {
        let world = self.world;
        let louxing = world.area(LOUXING).map(|area| area.path.clone()).unwrap_or_default();
        let inside: HashSet<AreaId> = world.areas.iter().filter(|area| area.path.starts_with(&louxing)).map(|area| area.id).collect();
        let homes = world.complexes.iter().filter(|complex| inside.contains(&complex.area_id)).count();
        let official = world.areas.iter().filter(|area| area.level < AreaLevel::Grid).count();
        let branches = |kind| world.branches.iter().filter(|branch| branch.kind == kind && inside.contains(&branch.area_id)).count();
        let firms = world.firms.iter().filter(|firm| inside.contains(&firm.district_id)).count();
        self.equal("official areas", official, 1_760);
        self.equal("complexes of Louxing", homes, 485);
        self.equal("firms of Louxing", firms, 131);
        self.equal("departments", world.departments.len(), 24);
        self.equal("complex branches", branches(PartyBranchKind::ComplexBranch), 287);
        self.equal("property-service branches", branches(PartyBranchKind::PropertyServiceBranch), 18);
        let members = |report: &&double_report::Model| report.person_id.is_some() && inside.contains(&report.area_id);
        self.equal("members who report in Louxing", world.double_reports.iter().filter(members).count(), 4_012);
        self.equal("registers", world.registers.len(), 2);
        self.equal("narrated cases", world.cases.iter().filter(|case| case.provenance == Provenance::Published).count(), 19);
        let registered: HashSet<CaseId> = world.register_cases.iter().map(|entry| entry.case_id).collect();
        for (category, total) in [
            (CaseCategory::Dispute, 3_723),
            (CaseCategory::Violation, 760),
            (CaseCategory::Hazard, 40),
            (CaseCategory::PropertyService, 155),
        ] {
            let of_it = world.cases.iter().filter(|case| case.category == category && registered.contains(&case.id));
            let closed = of_it.clone().filter(|case| case.status == CaseStatus::Closed && inside.contains(&case.area_id)).count();
            self.equal(&format!("registered {category:?}"), of_it.count(), total);
            self.equal(&format!("closed {category:?}"), closed, if category == CaseCategory::PropertyService { 93 } else { total });
        }
        let leads: HashMap<_, usize> = world.matter_departments.iter().filter(|row| row.lead).fold(HashMap::new(), |mut leads, row| {
            *leads.entry(row.matter_id).or_default() += 1;
            leads
        });
        let one_lead = world.matters.iter().all(|matter| leads.get(&matter.id) == Some(&1));
        self.that(one_lead, || "a matter without exactly one lead department".to_owned());
        let founded = world.matters.iter().all(|matter| matter.category != CaseCategory::Violation || matter.legal_basis.is_some());
        self.that(founded, || "a violation without the law it rests on".to_owned());
    }

    fn areas(&mut self) {
        let by_id: HashMap<AreaId, &area::Model> = self.world.areas.iter().map(|area| (area.id, area)).collect();
        for area in &self.world.areas {
            let parent = area.parent_id.and_then(|id| by_id.get(&id));
            let path = format!("{}{}/", parent.map_or("", |parent| &parent.path), area.code);
            self.that(area.path == path, || format!("path of {}", area.code));
            self.that(parent.is_none_or(|parent| parent.level < area.level), || format!("level of {}", area.code));
            let digits = match area.level {
                AreaLevel::Grid => 15,
                AreaLevel::MicroGrid => 18,
                _ => 12,
            };
            self.that(area.code.len() == digits, || format!("code {}", area.code));
        }
    }

    fn paths(&mut self) {
        let world = self.world;
        for handling_path::Model { steps, version, .. } in &world.paths {
            let fault = path::check(&steps.0).err();
            self.that(fault.is_none(), || format!("a path in version {version}: {fault:?}"));
        }
        let early = world.cases.iter().filter(|case| case.path_id.is_some()).count();
        self.equal("cases on a path that was not there yet", early, 0);
    }

    fn complexes(&mut self) {
        let world = self.world;
        let today = day_of(world.now);
        let grid_areas: HashMap<GridId, AreaId> = world.grids.iter().map(|grid| (grid.id, grid.area_id)).collect();
        let parents: HashMap<AreaId, Option<AreaId>> = world.areas.iter().map(|area| (area.id, area.parent_id)).collect();
        let louxing = world.area(LOUXING).map(|area| area.path.clone()).unwrap_or_default();
        let inside: HashSet<AreaId> = world.areas.iter().filter(|area| area.path.starts_with(&louxing)).map(|area| area.id).collect();
        let (mut managed, mut serving) = ((0, 0), HashSet::new());
        for complex in &world.complexes {
            let buildings: Vec<_> = world.buildings.iter().filter(|building| building.complex_id == complex.id).collect();
            for building in &buildings {
                let grid = building.grid_id.and_then(|grid| grid_areas.get(&grid)).and_then(|area| parents.get(area).copied().flatten());
                self.that(grid == Some(complex.area_id), || format!("{}: a building in a grid of elsewhere", complex.name));
            }
            let covering = |kind| {
                world.covers.iter().filter(|row| row.complex_id == complex.id).any(|row| {
                    world
                        .branches
                        .iter()
                        .any(|branch| branch.id == row.branch_id && branch.kind == kind && branch.area_id == complex.area_id)
                })
            };
            if inside.contains(&complex.area_id) {
                self.that((3..=12).contains(&buildings.len()), || format!("{}: {} buildings", complex.name, buildings.len()));
                self.that(covering(PartyBranchKind::ComplexBranch), || format!("{} has no branch", complex.name));
            }
            let mut contracts: Vec<_> = world.contracts.iter().filter(|contract| contract.complex_id == complex.id).collect();
            contracts.sort_by_key(|contract| contract.starts_on);
            let apart = contracts.windows(2).all(|pair| pair[0].ends_on.is_some_and(|end| end < pair[1].starts_on));
            self.that(apart, || format!("{}: contracts overlap", complex.name));
            if !inside.contains(&complex.area_id) {
                continue;
            }
            serving.extend(contracts.iter().map(|contract| contract.firm_id));
            if contracts.iter().any(|contract| contract.starts_on <= today && contract.ends_on.is_none_or(|end| today <= end)) {
                managed = (managed.0 + 1, managed.1 + complex.floor_area.map_or(0, |area| area.0));
            }
        }
        self.equal("managed complexes", managed.0, 403);
        self.that(managed.1 == 2_100_000_000, || format!("managed area {}", managed.1));
        self.equal("firms with a contract", serving.len(), 131);
    }

    fn people(&mut self) {
        let world = self.world;
        let named: HashSet<&str> = world.persons.iter().filter_map(|person| person.sign_in.as_deref()).collect();
        self.that(named.len() == SIGN_INS.len() && SIGN_INS.iter().all(|(name, _)| named.contains(name)), || "the sign-ins".to_owned());
        let today = day_of(world.now);
        let mut units: HashMap<Uuid, usize> = HashMap::new();
        for post in &world.posts {
            // those of chairs have the days of their seats
            let held = post.role == PostRole::CommitteeChair || post.ends_on.is_none_or(|end| today <= end);
            self.that(post.starts_on <= today && held, || format!("post {:?} is not held today", post.id));
            *units.entry(post.unit_id).or_default() += 1;
        }
        let complex_branches =
            world.branches.iter().filter(|branch| branch.kind == PartyBranchKind::ComplexBranch).map(|branch| branch.id.0);
        let communities = world.complexes.iter().map(|complex| complex.area_id.0);
        let departments = world.departments.iter().map(|department| department.id.0);
        for unit in complex_branches.chain(communities).chain(departments).chain(world.firms.iter().map(|firm| firm.id.0)) {
            self.that(units.contains_key(&unit), || format!("nobody works for {unit}"));
        }
        for grid in world.grids.iter().filter(|grid| grid.ended_on.is_none()) {
            self.that(units.get(&grid.id.0) == Some(&1), || format!("{} has not exactly one worker", grid.name));
        }
    }

    /// A district has one word for a level at a time, and no other area has any.
    fn levels(&mut self) {
        let world = self.world;
        let mut named = HashSet::new();
        for row in &world.level_names {
            let once = row.ended_on.is_some() || named.insert((row.district_id, row.level));
            self.that(once, || format!("{:?} is named twice", row.level));
            let district = world.areas.iter().find(|area| area.id == row.district_id);
            self.that(district.is_some_and(|area| area.level == AreaLevel::District), || format!("{} of no district", row.name));
            let motto = row.motto.as_ref().map_or(1, |motto| motto.chars().count());
            let fits = (1..=20).contains(&row.name.chars().count()) && (1..=50).contains(&motto);
            self.that(fits, || format!("{} does not fit", row.name));
        }
        self.equal("levels that Louxing has named", world.level_names.len(), 3);
    }

    fn numbers(&mut self) {
        let codes: HashMap<AreaId, &str> = self.world.areas.iter().map(|area| (area.id, &area.code[..6])).collect();
        let mut last: BTreeMap<(&str, i32), (i32, DateTime<Utc>)> = BTreeMap::new();
        for case in &self.world.cases {
            let district = codes.get(&case.district_id).copied().unwrap_or("");
            let year = day_of(case.reported_at).year();
            let (number, at) = last.entry((district, year)).or_default();
            *number += 1;
            let rising = *at <= case.reported_at && case.number == format!("{district}-{year}-{number:06}");
            *at = case.reported_at;
            self.that(rising, || format!("number {} out of order", case.number));
        }
        let kept: Vec<_> = self.world.case_numbers.iter().map(|row| (row.district.as_str(), row.year, row.last)).collect();
        let counted: Vec<_> = last.into_iter().map(|((district, year), (last, _))| (district, year, last)).collect();
        self.that(kept == counted, || "the last numbers".to_owned());
    }
}
