//! Who works in the complexes of Louxing: grids, firms with their contracts, party organisations.

use std::collections::HashMap;

use entity::{
    AreaId, AreaLevel, ComplexId, FirmId, GridId, PartyBranchKind, Provenance, area, building, firm_contract, grid, party_branch,
    property_firm,
};

use super::{
    INVENTED, World,
    dice::{Dice, ago},
    town::{Home, LOUXING, MOON_COURT, Town, place_of},
};

const FIRMS: usize = 131;
const COMPLEX_BRANCHES: usize = 287;
const FIRM_BRANCHES: usize = 18;
/// Of the complexes with a contract, those whose firm is not their first.
const FORMER_FIRMS_PERCENT: i64 = 20;

pub fn lay_out(world: &mut World, town: &mut Town, dice: &mut Dice, managed: &[bool]) -> anyhow::Result<()> {
    grids(world, town, dice)?;
    firms(world, town, dice, managed)?;
    complex_branches(world, town, dice);
    firm_branches(world, town, dice);
    Ok(())
}

/// A grid with its area below the given one.
pub fn add_grid(world: &mut World, dice: &mut Dice, parent: &area::Model, number: usize) -> (GridId, AreaId) {
    let code = format!("{}{number:03}", parent.code);
    let (area_id, id) = (dice.noun(), dice.noun());
    let base = parent.name.trim_end_matches("居委会").trim_end_matches("社区");
    let name = format!("{base}第{number}网格（演示）");
    world.areas.push(area::Model {
        id: area_id,
        name: name.clone(),
        level: AreaLevel::Grid,
        kind: None,
        parent_id: Some(parent.id),
        path: format!("{}{code}/", parent.path),
        code,
        established_on: None,
        ended_on: None,
        successor_id: None,
        version: 1,
    });
    world.grids.push(grid::Model { id, area_id, name, provenance: Provenance::Invented, full_function: false, ended_on: None, version: 1 });
    (id, area_id)
}

/// One to three grids a community; its buildings are dealt out in order, so that a complex may span two grids.
fn grids(world: &mut World, town: &mut Town, dice: &mut Dice) -> anyhow::Result<()> {
    for quarter in &town.quarters {
        let community = world.area(&quarter.code)?.clone();
        let count = match quarter.homes.len() {
            0..=5 => 1,
            6..=8 => 2,
            _ => 3,
        };
        let grids: Vec<_> = (1..=count).map(|number| add_grid(world, dice, &community, number)).collect();
        for &(grid, area) in &grids {
            town.grid_places.insert(grid, place_of(world, area)?);
        }
        let all: usize = quarter.homes.iter().map(|&home| town.homes[home].blocks.len()).sum();
        let mut dealt = 0;
        for &index in &quarter.homes {
            let home = &mut town.homes[index];
            for block in &mut home.blocks {
                block.grid = grids[dealt * count / all].0;
                dealt += 1;
            }
            add_buildings(world, dice, home);
        }
        if quarter.homes.iter().any(|&home| [MOON_COURT, "八一新村"].contains(&&*town.homes[home].name)) {
            add_micro_grids(world, dice, grids[0].1);
        }
    }
    Ok(())
}

pub fn add_buildings(world: &mut World, dice: &mut Dice, home: &Home) {
    for (block, number) in home.blocks.iter().zip(1..) {
        world.buildings.push(building::Model {
            id: block.id,
            complex_id: home.id,
            grid_id: Some(block.grid),
            name: block.name.clone(),
            number,
            floors: i32::try_from(dice.between(6, 33)).ok(),
            stairwells: i32::try_from(dice.between(1, 4)).ok(),
            version: 1,
            ended_on: None,
        });
    }
}

pub fn add_micro_grids(world: &mut World, dice: &mut Dice, grid: AreaId) {
    let Some(parent) = world.areas.iter().find(|area| area.id == grid).cloned() else { return };
    for number in 1..=3 {
        let code = format!("{}{number:03}", parent.code);
        world.areas.push(area::Model {
            id: dice.noun(),
            name: format!("{}·微网格{number}（演示）", parent.name.trim_end_matches("（演示）")),
            level: AreaLevel::MicroGrid,
            kind: None,
            parent_id: Some(parent.id),
            path: format!("{}{code}/", parent.path),
            code,
            established_on: None,
            ended_on: None,
            successor_id: None,
            version: 1,
        });
    }
}

fn firms(world: &mut World, town: &mut Town, dice: &mut Dice, managed: &[bool]) -> anyhow::Result<()> {
    let district_id = world.area(LOUXING)?.id;
    let first = world.firms.len();
    for number in 1..=FIRMS {
        let id = dice.noun();
        let (name, note) = (format!("演示物业{number:03}公司"), INVENTED.to_owned());
        let provenance = Provenance::Invented;
        let (provenance_note, credit_code) = (Some(note), None);
        world.firms.push(property_firm::Model { id, name, district_id, provenance, provenance_note, credit_code, version: 1 });
    }
    let firms: Vec<FirmId> = world.firms[first..].iter().map(|firm| firm.id).collect();
    let mut served = 0;
    for (home, &managed) in town.homes.iter_mut().zip(managed) {
        // each firm serves somewhere; beyond that, chance decides
        let at = if served < FIRMS { served } else { dice.below(FIRMS) };
        let former = firms[(at + 1 + dice.below(FIRMS - 1)) % FIRMS];
        let starts_on = ago(dice.told(2024, 10, 1), dice.between(1, 900));
        if managed {
            served += 1;
            home.firm = Some(firms[at]);
            let ends_on = dice.chance(60).then(|| ago(dice.today, -dice.between(120, 900)));
            if dice.chance(FORMER_FIRMS_PERCENT) {
                contract(world, dice, former, home.id, ago(starts_on, 1_095), Some(ago(starts_on, 1)));
            }
            contract(world, dice, firms[at], home.id, starts_on, ends_on);
        } else if dice.chance(25) {
            contract(world, dice, former, home.id, ago(starts_on, 1_095), Some(ago(starts_on, 1)));
        }
    }
    Ok(())
}

pub fn contract(
    world: &mut World,
    dice: &mut Dice,
    firm_id: FirmId,
    complex_id: ComplexId,
    starts_on: chrono::NaiveDate,
    ends_on: Option<chrono::NaiveDate>,
) {
    let area_id = world.complexes.iter().find(|complex| complex.id == complex_id).expect("a complex").area_id; // invariant: just laid out
    let (id, ended_because) = (dice.noun(), None);
    world.contracts.push(firm_contract::Model { id, firm_id, complex_id, starts_on, ends_on, area_id, ended_because, version: 1 });
}

/// Every complex is covered; where a community has fewer branches than complexes, one branch covers several neighbours.
fn complex_branches(world: &mut World, town: &mut Town, dice: &mut Dice) {
    let mut counts = vec![1; town.quarters.len()];
    let mut left = COMPLEX_BRANCHES - counts.len();
    while left > 0 {
        for (count, quarter) in counts.iter_mut().zip(&town.quarters) {
            if left > 0 && *count < quarter.homes.len() {
                *count += 1;
                left -= 1;
            }
        }
    }
    for (quarter, count) in town.quarters.iter().zip(counts) {
        for (index, homes) in shares(&quarter.homes, count).into_iter().enumerate() {
            let id = dice.noun();
            let first = &town.homes[homes[0]].name;
            let joint = if homes.len() > 1 { "联合" } else { "" };
            world.branches.push(party_branch::Model {
                id,
                area_id: quarter.id,
                parent_id: Some(quarter.committee),
                name: format!("{first}{joint}党支部（演示{:02}）", index + 1),
                kind: PartyBranchKind::ComplexBranch,
                provenance: Provenance::Invented,
                firm_id: None,
                established_on: Some(dice.told(2021, 7, 1)),
                ended_on: None,
                version: 1,
            });
            for home in homes {
                town.homes[home].branch = Some(id);
            }
        }
    }
}

/// Cuts the homes of a community into so many parts, the first of them alone.
fn shares(homes: &[usize], count: usize) -> Vec<Vec<usize>> {
    let mut shares = vec![Vec::new(); count];
    for (index, &home) in homes.iter().enumerate() {
        let at = if count == 1 || index == 0 { 0 } else { 1 + (index - 1) * (count - 1) / (homes.len() - 1) };
        shares[at].push(home);
    }
    shares
}

/// Branches of property services belong to the community of a complex that their firm serves.
fn firm_branches(world: &mut World, town: &Town, dice: &mut Dice) {
    let committees: HashMap<AreaId, _> = town.quarters.iter().map(|quarter| (quarter.id, quarter.committee)).collect();
    for firm in world.firms.iter().take(FIRM_BRANCHES) {
        let Some(home) = town.homes.iter().find(|home| home.firm == Some(firm.id)) else { continue };
        world.branches.push(party_branch::Model {
            id: dice.noun(),
            area_id: home.area,
            parent_id: committees.get(&home.area).copied(),
            name: format!("{}党支部", firm.name),
            kind: PartyBranchKind::PropertyServiceBranch,
            provenance: Provenance::Invented,
            firm_id: Some(firm.id),
            established_on: Some(dice.told(2021, 7, 1)),
            ended_on: None,
            version: 1,
        });
    }
}
