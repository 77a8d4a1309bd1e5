//! The complexes of Louxing in the published numbers, spread over the communities of its streets.

use entity::{AreaKind, AreaLevel, ComplexKind, GridId, Hundredths, PartyBranchKind, Provenance, area, complex, party_branch};
use uuid::Uuid;

use super::{
    INVENTED, World,
    dice::Dice,
    narrated,
    town::{Block, Home, MOON_COURT, Quarter, Town, YUETANG},
    units,
};

const COMPLEXES: usize = 485;
const MANAGED: usize = 403;
/// 0.01 m² over all managed complexes.
const MANAGED_AREA: i64 = 2_100_000_000;
/// Complexes that the accounts name: community, name, note.
const NAMED: [(&str, &str, &str); 3] = [
    ("431302001009", MOON_COURT, "公开报道提到的小区；楼栋、户数、面积、物业为演示数据，虚构"),
    ("431302001001", "八一新村", "公开报道提到的小区；楼栋、户数为演示数据，虚构"),
    ("431302004004", "盛世时代", "公开报道提到的小区；所在社区为推断，楼栋、户数、面积、物业为演示数据，虚构"),
];
const UNMANAGED: &str = "八一新村";

pub fn lay_out(world: &mut World, town: &mut Town, dice: &mut Dice) -> anyhow::Result<()> {
    quarters(world, town, dice);
    let managed = complexes(world, town, dice);
    units::lay_out(world, town, dice, &managed)?;
    narrated::lay_out(world, town, dice)
}

/// The communities of the seven streets, each with the party committee of the community.
fn quarters(world: &mut World, town: &mut Town, dice: &mut Dice) {
    let urban = |area: &&area::Model| {
        area.level == AreaLevel::Community
            && area.kind == Some(AreaKind::Residents)
            && ("431302001".."431302008").contains(&area.code.as_str())
    };
    for area in world.areas.iter().filter(urban) {
        let committee = dice.noun();
        world.branches.push(party_branch::Model {
            id: committee,
            area_id: area.id,
            parent_id: None,
            name: format!("{}党委（演示）", area.name),
            kind: PartyBranchKind::CommunityCommittee,
            provenance: Provenance::Invented,
            firm_id: None,
            established_on: Some(dice.told(2021, 7, 1)),
            ended_on: None,
            version: 1,
        });
        let (code, name) = (area.code.clone(), area.name.clone());
        town.quarters.push(Quarter { id: area.id, code, name, homes: Vec::new(), committee });
    }
}

/// Returns which of the homes have a contract now.
fn complexes(world: &mut World, town: &mut Town, dice: &mut Dice) -> Vec<bool> {
    let places = town.quarters.len();
    let mut counts = vec![COMPLEXES / places - 1; places];
    if let Some(at) = town.quarters.iter().position(|quarter| quarter.code == YUETANG) {
        counts[at] = 8;
    }
    for _ in 0..COMPLEXES - counts.iter().sum::<usize>() {
        counts[dice.below(places)] += 1;
    }
    let mut managed = vec![true; COMPLEXES];
    let mut without = 0;
    let names: Vec<(usize, Option<usize>, String)> = (0..places).flat_map(|at| names(&town.quarters[at], at, counts[at])).collect();
    while without < COMPLEXES - MANAGED {
        let at = match without {
            0 => names.iter().position(|(_, _, name)| name == UNMANAGED).unwrap_or(0),
            _ => dice.below(COMPLEXES),
        };
        if managed[at] && (names[at].1.is_none() || names[at].2 == UNMANAGED) {
            managed[at] = false;
            without += 1;
        }
    }
    let mut areas = floor_areas(dice).into_iter();
    for (index, (at, named, name)) in names.into_iter().enumerate() {
        let quarter = &mut town.quarters[at];
        quarter.homes.push(index);
        let kind = match (managed[index], &*name) {
            (_, MOON_COURT) => ComplexKind::Commodity,
            (false, _) => [ComplexKind::Old, ComplexKind::Employer][dice.weighted(&[7, 3])],
            _ => [ComplexKind::Commodity, ComplexKind::Old, ComplexKind::Resettlement, ComplexKind::Employer]
                [dice.weighted(&[70, 12, 12, 6])],
        };
        let id = dice.noun();
        let blocks = if name == MOON_COURT { 10 } else { dice.between(3, 12) };
        world.complexes.push(complex::Model {
            id,
            area_id: quarter.id,
            name: name.clone(),
            kind,
            address: None,
            households: i32::try_from(blocks * dice.between(24, 120)).ok(),
            floor_area: if managed[index] { areas.next() } else { None },
            provenance: if named.is_some() { Provenance::Published } else { Provenance::Invented },
            provenance_note: Some(named.map_or(INVENTED, |at| NAMED[at].2).to_owned()),
            longitude: None,
            latitude: None,
            version: 1,
            ended_on: None,
            ended_because: None,
            merged_into_id: None,
        });
        // the grids come with the next step
        let blocks = (1..=blocks).map(|number| Block { id: dice.noun(), name: format!("{number}栋"), grid: GridId::from(Uuid::nil()) });
        let blocks = blocks.collect();
        town.homes.push(Home { id, name, area: quarter.id, firm: None, branch: None, blocks, residents: Vec::new() });
    }
    managed
}

fn names(quarter: &Quarter, at: usize, count: usize) -> Vec<(usize, Option<usize>, String)> {
    let base = quarter.name.trim_end_matches("社区");
    let named = NAMED.iter().enumerate().filter(|(_, (code, ..))| *code == quarter.code);
    let mut names: Vec<_> = named.map(|(index, (_, name, _))| (at, Some(index), (*name).to_owned())).collect();
    let invented = names.len() + 1..=count;
    names.extend(invented.map(|number| (at, None, format!("演示小区·{base}{number:02}"))));
    names
}

/// One for each managed complex, together exactly the published area.
fn floor_areas(dice: &mut Dice) -> Vec<Hundredths> {
    let weights: Vec<i64> = (0..MANAGED).map(|_| dice.between(40, 200)).collect();
    let sum: i64 = weights.iter().sum();
    let mut areas: Vec<i64> = weights.iter().map(|weight| MANAGED_AREA / sum * weight).collect();
    areas[0] += MANAGED_AREA - areas.iter().sum::<i64>();
    areas.into_iter().map(Hundredths).collect()
}
