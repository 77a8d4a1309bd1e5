//! What complexes are made of and what their records hold: as complete as published, 95.5 % of the facts in Louxing (小区信息录入率). All of it is invented.

use std::collections::HashSet;

use anyhow::Context;
use entity::{ComplexId, DwellingUse, FloorAreaSource, Hundredths, Provenance, building, complex_honour, courtyard, dwelling, stairwell};

use super::{
    INVENTED, World,
    dice::{Dice, ago},
    town::{MOON_COURT, Town},
};

/// Of the 485 complexes: those each of whose buildings has a dwelling, and those whose floor area nobody has recorded. With eight facts each that leaves
/// 485 × 8 − 135 − 40 = 3,705 of 3,880.
const WITH_DWELLINGS: usize = 350;
const WITHOUT_AREA: usize = 40;
/// 海淀区希格玛社区 (中国新闻网 2019-06-18): nine courtyards.
const SIGMA: (&str, usize) = ("110108011034", 9);
const FLOORS_OF_MOON_COURT: i32 = 3;
const ALSO_INVENTED: &str = "地址、坐标、专有部分为演示数据，虚构";

pub fn lay_out(world: &mut World, town: &Town, dice: &mut Dice) -> anyhow::Result<()> {
    facts(world, town, dice);
    dwellings(world, town, dice)?;
    courtyards(world, dice)?;
    honours(world, town, dice)
}

fn facts(world: &mut World, town: &Town, dice: &mut Dice) {
    let homes: HashSet<ComplexId> = town.homes.iter().map(|home| home.id).collect();
    let mut left = WITHOUT_AREA;
    for complex in world.complexes.iter_mut().filter(|complex| homes.contains(&complex.id)) {
        complex.address = Some(format!("演示路{}号", dice.between(1, 400)));
        complex.longitude = Some(degrees(111_940, dice.between(0, 120)));
        complex.latitude = Some(degrees(27_690, dice.between(0, 90)));
        if complex.floor_area.is_none() {
            if left == 0 {
                complex.floor_area = Some(Hundredths(dice.between(500_000, 8_000_000)));
            }
            left = left.saturating_sub(1);
        }
        if complex.provenance == Provenance::Published {
            let note = complex.provenance_note.take();
            complex.provenance_note = Some(note.map_or_else(|| INVENTED.to_owned(), |note| format!("{note}；{ALSO_INVENTED}")));
        }
    }
}

/// Thousandths of a degree, as a number that is written short.
fn degrees(base: i32, more: i64) -> f64 {
    f64::from(base + i32::try_from(more).unwrap_or(0)) / 1_000.0
}

/// All of 新月苑, one in each building of the smallest complexes besides.
fn dwellings(world: &mut World, town: &Town, dice: &mut Dice) -> anyhow::Result<()> {
    let court = town.home(MOON_COURT)?.id;
    let mut smallest: Vec<_> = town.homes.iter().filter(|home| home.id != court).collect();
    smallest.sort_by_key(|home| home.blocks.len());
    let homes: HashSet<ComplexId> = smallest.iter().take(WITH_DWELLINGS - 1).map(|home| home.id).collect();
    for building in world.buildings.clone() {
        if building.complex_id == court {
            furnish(world, dice, &building);
        } else if homes.contains(&building.complex_id) {
            let area = dice.between(6_500, 14_000);
            add(world, dice, &building, None, (format!("{}-1-101", building.number), DwellingUse::Residential, area));
        }
    }
    Ok(())
}

/// Two dwellings on each of the lowest floors of each stairwell, and in the first building a shop and a parking space.
fn furnish(world: &mut World, dice: &mut Dice, building: &building::Model) {
    for number in 1..=building.stairwells.unwrap_or(1) {
        let at = stairwell::Model {
            id: dice.noun(),
            complex_id: building.complex_id,
            building_id: building.id,
            number,
            name: format!("{number}单元"),
            floors: building.floors,
            version: 1,
            ended_on: None,
        };
        for door in (1..=FLOORS_OF_MOON_COURT).flat_map(|floor| [floor * 100 + 1, floor * 100 + 2]) {
            let area = dice.between(7_000, 14_500);
            add(world, dice, building, Some(&at), (format!("{}-{number}-{door}", building.number), DwellingUse::Residential, area));
        }
        world.stairwells.push(at);
    }
    if building.number == 1 {
        add(world, dice, building, None, ("商铺1".to_owned(), DwellingUse::Commercial, 6_280));
        add(world, dice, building, None, ("车位001".to_owned(), DwellingUse::Parking, 1_272));
    }
}

fn add(
    world: &mut World,
    dice: &mut Dice,
    building: &building::Model,
    stairwell: Option<&stairwell::Model>,
    (number, used_as, area): (String, DwellingUse, i64),
) {
    let sources = [FloorAreaSource::TitleRegister, FloorAreaSource::Survey, FloorAreaSource::SaleContract];
    let source = sources[dice.weighted(&[80, 15, 5])];
    world.dwellings.push(dwelling::Model {
        id: dice.noun(),
        complex_id: building.complex_id,
        building_id: building.id,
        stairwell_id: stairwell.map(|stairwell| stairwell.id),
        number,
        used_as,
        floor_area: Some(Hundredths(area)),
        area_source: Some(source),
        provenance: Provenance::Invented,
        version: 1,
        ended_on: None,
    });
}

/// As many as were counted, each in a complex of its own.
fn courtyards(world: &mut World, dice: &mut Dice) -> anyhow::Result<()> {
    let (code, count) = SIGMA;
    let area = world.area(code)?.id;
    let complexes: Vec<_> = world.complexes.iter().filter(|complex| complex.area_id == area).take(count).cloned().collect();
    anyhow::ensure!(complexes.len() == count, "{} complexes for {count} courtyards", complexes.len());
    for (complex, number) in complexes.into_iter().zip(1..) {
        world.courtyards.push(courtyard::Model {
            id: dice.noun(),
            complex_id: complex.id,
            name: format!("{number}号院（演示）"),
            households: complex.households,
            provenance: Provenance::Invented,
            version: 1,
            ended_on: None,
        });
    }
    Ok(())
}

/// 新月苑 has two, and another complex lost one.
fn honours(world: &mut World, town: &Town, dice: &mut Dice) -> anyhow::Result<()> {
    let court = town.home(MOON_COURT)?.id;
    let other = town.homes.iter().find(|home| home.id != court).context("another complex")?.id;
    let lost = (ago(dice.today, 100), "复查不合格（演示）");
    for (complex_id, name, days, withdrawn) in [
        (court, "省级美好家园（演示）", 700, None),
        (court, "市级文明小区（演示）", 400, None),
        (other, "市级文明小区（演示）", 800, Some(lost)),
    ] {
        world.honours.push(complex_honour::Model {
            id: dice.noun(),
            complex_id,
            name: name.to_owned(),
            awarded_by: "演示评选单位".to_owned(),
            awarded_on: ago(dice.today, days),
            ended_on: withdrawn.map(|(day, _)| day),
            withdrawn_because: withdrawn.map(|(_, because)| because.to_owned()),
            provenance: Provenance::Invented,
            version: 1,
        });
    }
    Ok(())
}
