//! The published area tree: `facts/divisions.csv`.

use std::collections::HashMap;

use anyhow::{Context, bail};
use entity::{AreaId, AreaKind, AreaLevel, area};

use super::{World, dice::Dice};

const DIVISIONS: &str = include_str!("../../facts/divisions.csv");

pub fn lay_out(world: &mut World, dice: &mut Dice) -> anyhow::Result<()> {
    let mut known: HashMap<String, (AreaId, String)> = HashMap::new();
    for row in csv::Reader::from_reader(DIVISIONS.as_bytes()).deserialize() {
        let (code, name, level, parent): (String, String, String, String) = row.context("divisions.csv")?;
        let level = level_of(&level)?;
        let parent = match parent.as_str() {
            "" => None,
            parent => Some(known.get(parent).with_context(|| format!("{code} comes before its parent"))?.clone()),
        };
        let path = format!("{}{code}/", parent.as_ref().map_or("", |(_, path)| path));
        let id = dice.noun();
        known.insert(code.clone(), (id, path.clone()));
        world.areas.push(area::Model { id, kind: kind_of(level, &name), code, name, level, parent_id: parent.map(|(id, _)| id), path });
    }
    Ok(())
}

fn level_of(word: &str) -> anyhow::Result<AreaLevel> {
    Ok(match word {
        "PROVINCE" => AreaLevel::Province,
        "CITY" => AreaLevel::City,
        "DISTRICT" => AreaLevel::District,
        "SUBDISTRICT" => AreaLevel::Subdistrict,
        "COMMUNITY" => AreaLevel::Community,
        other => bail!("divisions.csv: unknown level {other}"),
    })
}

fn kind_of(level: AreaLevel, name: &str) -> Option<AreaKind> {
    let ends = |tail: &str| name.ends_with(tail);
    match level {
        AreaLevel::District if ends("区") => Some(AreaKind::CityDistrict),
        AreaLevel::District if ends("市") => Some(AreaKind::CountyCity),
        AreaLevel::District => Some(AreaKind::County),
        AreaLevel::Subdistrict if ends("街道") => Some(AreaKind::Street),
        AreaLevel::Subdistrict if ends("镇") => Some(AreaKind::Town),
        AreaLevel::Subdistrict if ends("乡") => Some(AreaKind::Township),
        AreaLevel::Subdistrict => Some(AreaKind::Zone),
        AreaLevel::Community if ends("村") || ends("村委会") => Some(AreaKind::Village),
        AreaLevel::Community if ends("社区") || ends("居委会") => Some(AreaKind::Residents),
        _ => None,
    }
}
