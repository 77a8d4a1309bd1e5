//! What was counted in other districts 灵武市、金凤区、海淀区、苏仙区: as many grids, party organisations, firms and closed cases as published. No account
//! names one of them: all are invented but for the narrated ones, which count too.

use std::collections::HashMap;

use anyhow::Context;
use chrono::NaiveDate;
use entity::{
    AreaId, AreaLevel, CaseCategory, ComplexId, ComplexKind, FirmId, HandlerKind, IntakeChannel, PartyBranchId, PartyBranchKind, PostRole,
    Provenance, area, complex, party_branch, property_firm,
};

use super::{
    INVENTED, World,
    cases::{Cases, File},
    dice::{Dice, ago, moment},
    draft::{Draft, Report},
    narrated::{officers, staff},
    town::{Block, Home, Place, Theme, Town, Unit, place_of},
    units::{add_buildings, add_grid, add_micro_grids, contract},
};

const LINGWU: &str = "640181000000";
const LINGWU_GRIDS: usize = 155;
const COMPLEXES_WITH_MICRO_GRIDS: usize = 14;
const GRID_BRANCHES: usize = 27;
const LINGWU_SETTLED: usize = 500;

const FLOWER_GARDEN: &str = "640105001000";
const FLOWER_GARDEN_BRANCHES: usize = 9;
const PUT_RIGHT: usize = 1_263;
/// Of them: 楼道杂物及电动自行车, and 占用消防通道, one more of which is narrated.
const CORRIDORS: (usize, &str) = (600, "楼道飞线充电");
const FIRE_LANES: (usize, &str) = (49, "消防车通道被占用");

const SIGMA: &str = "110108011034";
const SIGMA_FIRMS: i32 = 11;
const SIGMA_HOUSEHOLDS: i32 = 1_880;

const UPPER_RIVER: &str = "上河村小区";
/// Four changes of the firm within the three years up to 2019-06.
const UPPER_RIVER_CONTRACTS: [(i32, u32, u32); 5] = [(2013, 4, 1), (2016, 9, 1), (2017, 6, 1), (2018, 3, 1), (2018, 12, 1)];

const ROYAL_BAY: &str = "御景湾";
const ROYAL_BAY_SETTLED: usize = 15;

pub fn lay_out(world: &mut World, town: &mut Town, dice: &mut Dice) -> anyhow::Result<()> {
    lingwu(world, town, dice)?;
    flower_garden(world, town, dice)?;
    sigma(world, town, dice)?;
    upper_river(world, town, dice)
}

/// The communities in an area, by the first digits of their codes.
fn communities(world: &World, digits: &str) -> Vec<area::Model> {
    world.areas.iter().filter(|area| area.level == AreaLevel::Community && area.code.starts_with(digits)).cloned().collect()
}

/// Grids in every community; the first of them have a complex with micro-grids 微网格, and more of them a branch.
fn lingwu(world: &mut World, town: &mut Town, dice: &mut Dice) -> anyhow::Result<()> {
    let communities = communities(world, &LINGWU[..6]);
    let mut last: HashMap<AreaId, usize> = HashMap::new();
    for area in world.areas.iter().filter(|area| area.level == AreaLevel::Grid && area.code.starts_with(&LINGWU[..6])) {
        *last.entry(area.parent_id.context("a grid lies in a community")?).or_default() += 1;
    }
    let more = LINGWU_GRIDS - last.values().sum::<usize>();
    for (index, community) in communities.iter().cycle().take(more).enumerate() {
        let number = last.entry(community.id).or_default();
        *number += 1;
        let (grid, grid_area) = add_grid(world, dice, community, *number);
        staff(world, town, dice, PostRole::GridWorker, grid.into(), community.id);
        if index < COMPLEXES_WITH_MICRO_GRIDS {
            officers(world, town, dice, community.id)?;
            add_micro_grids(world, dice, grid_area);
            let blocks = vec![Block { id: dice.noun(), name: "1号楼".to_owned(), grid }];
            let households = i32::try_from(dice.between(60, 900)).ok();
            let id = add_complex(world, dice, community, 1, households);
            let name = community.name.clone();
            let home = Home { id, name, area: community.id, firm: None, branch: None, blocks, residents: Vec::new() };
            add_buildings(world, dice, &home);
        }
        if index < GRID_BRANCHES {
            let name = format!("{}第{number}网格党支部（演示）", short(community));
            let branch = add_branch(world, dice, grid_area, PartyBranchKind::GridBranch, name, None);
            staff(world, town, dice, PostRole::BranchSecretary, branch.into(), community.id);
        }
    }
    Ok(())
}

/// Firms with their branches, and who puts things right in the communities.
fn flower_garden(world: &mut World, town: &mut Town, dice: &mut Dice) -> anyhow::Result<()> {
    let street = world.area(FLOWER_GARDEN)?.id;
    for number in 1..=FLOWER_GARDEN_BRANCHES {
        let firm = add_firm(world, dice, street, format!("演示物业·西花园{number:02}公司"))?;
        let name = format!("演示物业·西花园{number:02}公司党支部");
        add_branch(world, dice, street, PartyBranchKind::PropertyServiceBranch, name, Some(firm));
        staff(world, town, dice, PostRole::FirmManager, firm.into(), street);
    }
    for community in communities(world, &FLOWER_GARDEN[..9]) {
        officers(world, town, dice, community.id)?;
    }
    Ok(())
}

/// So many firms for so many households, each in a complex of its own.
fn sigma(world: &mut World, town: &mut Town, dice: &mut Dice) -> anyhow::Result<()> {
    let community = world.area(SIGMA)?.clone();
    let since = dice.told(2017, 1, 1);
    for number in 1..=SIGMA_FIRMS {
        let firm = add_firm(world, dice, community.id, format!("演示物业·希格玛{number:02}公司"))?;
        staff(world, town, dice, PostRole::FirmManager, firm.into(), community.id);
        let share = SIGMA_HOUSEHOLDS / SIGMA_FIRMS + i32::from(number <= SIGMA_HOUSEHOLDS % SIGMA_FIRMS);
        let complex = add_complex(world, dice, &community, number, Some(share));
        contract(world, dice, firm, complex, since, None);
    }
    Ok(())
}

fn upper_river(world: &mut World, town: &mut Town, dice: &mut Dice) -> anyhow::Result<()> {
    let home = town.elsewhere.iter().find(|home| home.name == UPPER_RIVER).with_context(|| format!("no complex {UPPER_RIVER}"))?;
    let (complex, area) = (home.id, home.area);
    let starts = UPPER_RIVER_CONTRACTS.map(|(year, month, day)| dice.told(year, month, day));
    for (index, starts_on) in starts.into_iter().enumerate() {
        let firm = add_firm(world, dice, area, format!("演示物业·上河村{:02}公司", index + 1))?;
        staff(world, town, dice, PostRole::FirmManager, firm.into(), area);
        contract(world, dice, firm, complex, starts_on, starts.get(index + 1).map(|&next| ago(next, 1)));
    }
    Ok(())
}

fn short(area: &area::Model) -> &str {
    ["居委会", "村委会", "社区", "生活区"].iter().fold(&*area.name, |name, end| name.trim_end_matches(end))
}

fn add_complex(world: &mut World, dice: &mut Dice, area: &area::Model, number: i32, households: Option<i32>) -> ComplexId {
    let id = dice.noun();
    world.complexes.push(complex::Model {
        id,
        area_id: area.id,
        name: format!("演示小区·{}{number:02}", short(area)),
        kind: ComplexKind::Other,
        address: None,
        households,
        floor_area: None,
        provenance: Provenance::Invented,
        provenance_note: Some(INVENTED.to_owned()),
        longitude: None,
        latitude: None,
        version: 1,
        ended_on: None,
        ended_because: None,
        merged_into_id: None,
    });
    id
}

/// A firm registered with the district of that place.
fn add_firm(world: &mut World, dice: &mut Dice, area: AreaId, name: String) -> anyhow::Result<FirmId> {
    let (id, district_id) = (dice.noun(), place_of(world, area)?.district);
    let provenance_note = Some(INVENTED.to_owned());
    let (provenance, credit_code) = (Provenance::Invented, None);
    world.firms.push(property_firm::Model { id, name, district_id, provenance, provenance_note, credit_code, version: 1 });
    Ok(id)
}

fn add_branch(
    world: &mut World,
    dice: &mut Dice,
    area_id: AreaId,
    kind: PartyBranchKind,
    name: String,
    firm_id: Option<FirmId>,
) -> PartyBranchId {
    let id = dice.noun();
    let (established_on, provenance) = (Some(dice.told(2021, 7, 1)), Provenance::Invented);
    let row =
        party_branch::Model { id, area_id, parent_id: None, name, kind, provenance, firm_id, established_on, ended_on: None, version: 1 };
    world.branches.push(row);
    id
}

pub fn write(world: &World, town: &Town, dice: &mut Dice, cases: &mut Cases) -> anyhow::Result<()> {
    let anything: Vec<_> = town.themes.iter().filter(|theme| theme.category != CaseCategory::PropertyService).collect();
    let from = (dice.told(2023, 1, 1), dice.told(2024, 3, 18));
    let places = places(world, &communities(world, &LINGWU[..6])[..COMPLEXES_WITH_MICRO_GRIDS])?;
    let district = world.area(LINGWU)?.id;
    for _ in closed(cases, from.0, |file| file.case.district_id == district)..LINGWU_SETTLED {
        let (place, theme) = (dice.pick(&places), *dice.pick(&anything));
        put_right(town, dice, cases, place, theme, from)?;
    }
    let bay = town.elsewhere.iter().find(|home| home.name == ROYAL_BAY).with_context(|| format!("no complex {ROYAL_BAY}"))?;
    let (place, from) = (town.place(bay, None)?, (dice.told(2019, 3, 1), dice.told(2021, 10, 8)));
    for _ in closed(cases, from.0, |file| file.case.complex_id == Some(bay.id))..ROYAL_BAY_SETTLED {
        let theme = *dice.pick(&anything);
        put_right(town, dice, cases, &place, theme, from)?;
    }
    flower_garden_cases(world, town, dice, cases)
}

/// 整改 1263 处: each place is a case.
fn flower_garden_cases(world: &World, town: &Town, dice: &mut Dice, cases: &mut Cases) -> anyhow::Result<()> {
    let places = places(world, &communities(world, &FLOWER_GARDEN[..9]))?;
    let named = |title: &str| town.themes.iter().find(|theme| theme.title == title).with_context(|| format!("no theme {title}"));
    let (corridors, lanes) = (named(CORRIDORS.1)?, named(FIRE_LANES.1)?);
    let other = |theme: &&Theme| {
        matches!(theme.category, CaseCategory::Violation | CaseCategory::Hazard)
            && !["楼道", "通道"].iter().any(|word| theme.title.contains(word))
    };
    let others: Vec<_> = town.themes.iter().filter(other).collect();
    let (street, from) = (world.area(FLOWER_GARDEN)?.id, (dice.told(2023, 3, 1), dice.told(2024, 3, 18)));
    for index in 0..PUT_RIGHT - closed(cases, from.0, |file| file.case.subdistrict_id == Some(street)) {
        let theme = match index {
            index if index < CORRIDORS.0 => corridors,
            index if index < CORRIDORS.0 + FIRE_LANES.0 => lanes,
            _ => *dice.pick(&others),
        };
        let place = dice.pick(&places);
        put_right(town, dice, cases, place, theme, from)?;
    }
    Ok(())
}

fn places(world: &World, communities: &[area::Model]) -> anyhow::Result<Vec<Place>> {
    communities.iter().map(|community| place_of(world, community.id)).collect()
}

/// How many such cases were closed from that day on.
fn closed(cases: &Cases, from: NaiveDate, counts: impl Fn(&&File) -> bool) -> usize {
    cases.files.iter().filter(counts).filter(|file| file.case.closed_at.is_some_and(|at| at >= moment(from, 0))).count()
}

/// Found by the officers of the place, put right, and verified by the level above or by a colleague; all within two weeks.
fn put_right(
    town: &Town,
    dice: &mut Dice,
    cases: &mut Cases,
    place: &Place,
    theme: &Theme,
    (from, to): (NaiveDate, NaiveDate),
) -> anyhow::Result<()> {
    let street = Unit::new(HandlerKind::Subdistrict, place.subdistrict.context("a place lies in a subdistrict")?);
    let unit = place.community.map_or(street, |community| Unit::new(HandlerKind::Community, community));
    let officer = town.worker(unit)?;
    let verifier = if unit == street { town.colleague(street, officer)? } else { town.worker(street)? };
    let day = dice.day_between(from, to);
    let at = dice.daytime_on(day);
    let report = Report {
        place,
        category: theme.category,
        matter: None,
        title: format!("{} {}", place.label, theme.title),
        description: theme.detail.clone(),
        channel: *dice.pick(&[IntakeChannel::Patrol, IntakeChannel::Visit, IntakeChannel::Meeting]),
        reporter: Some(officer),
        handler: unit,
    };
    let mut draft = Draft::report(dice, at, report);
    draft.later(20, 90).accept(officer);
    draft.days_later(1, 6).resolve(officer, &theme.result);
    draft.days_later(1, 5).close(verifier, "现场核验，已解决");
    cases.push(draft, None);
    Ok(())
}
