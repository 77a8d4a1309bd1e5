//! The published area tree: `facts/divisions.csv`.

use std::collections::HashMap;

use anyhow::{Context, bail};
use entity::{AreaId, AreaLevel, area};

use super::{World, dice::Dice};
use crate::area::model::kind_of;

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
        world.areas.push(area::Model {
            id,
            kind: kind_of(level, &name),
            code,
            name,
            level,
            parent_id: parent.map(|(id, _)| id),
            path,
            established_on: None,
            ended_on: None,
            successor_id: None,
            version: 1,
        });
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
