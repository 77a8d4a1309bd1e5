//! The departments of Louxing, the catalogue of matters 行政执法清单 and what cases are about.

use anyhow::Context;
use entity::{CaseCategory, Provenance, department, matter, matter_department};
use serde::Deserialize;

use super::{
    World,
    dice::Dice,
    town::{LOUXING, Task, Theme, Town},
};

#[derive(Deserialize)]
struct Listed {
    lead: String,
    category: CaseCategory,
    name: String,
    /// The name of a law or regulation in force.
    legal_basis: String,
    assisting: String,
}

fn rows<T: serde::de::DeserializeOwned>(text: &str) -> Result<Vec<T>, csv::Error> {
    csv::Reader::from_reader(text.as_bytes()).into_deserialize().collect()
}

pub fn lay_out(world: &mut World, town: &mut Town, dice: &mut Dice) -> anyhow::Result<()> {
    let district_id = world.area(LOUXING)?.id;
    for (short, name) in rows::<(String, String)>(include_str!("departments.csv"))? {
        let id = dice.noun();
        town.departments.insert(short, id);
        world.departments.push(department::Model { id, district_id, name, provenance: Provenance::Invented, ended_on: None, version: 1 });
    }
    let known = |short: &str| town.departments.get(short).copied().with_context(|| format!("no department {short}"));
    let mut last = (String::new(), 0);
    for listed in rows::<Listed>(include_str!("matters.csv"))? {
        last = if last.0 == listed.lead { (last.0, last.1 + 1) } else { (listed.lead.clone(), 1) };
        let matter_id = dice.noun();
        let lead = known(&listed.lead)?;
        let assisting = listed.assisting.split_whitespace().map(known).collect::<anyhow::Result<Vec<_>>>()?;
        world.matter_departments.push(matter_department::Model { matter_id, department_id: lead, lead: true });
        for &department_id in &assisting {
            world.matter_departments.push(matter_department::Model { matter_id, department_id, lead: false });
        }
        world.matters.push(matter::Model {
            id: matter_id,
            district_id,
            code: format!("LX-{}-{:03}", last.0, last.1),
            name: listed.name.clone(),
            category: listed.category,
            legal_basis: Some(listed.legal_basis).filter(|law| !law.is_empty()).map(|law| format!("《{law}》")),
            provenance: Provenance::Invented,
            ended_on: None,
            version: 1,
        });
        town.tasks.insert(listed.name, Task { matter: matter_id, lead, assisting });
    }
    town.themes = themes()?;
    Ok(())
}

/// What cases are about, in words.
pub fn themes() -> anyhow::Result<Vec<Theme>> {
    Ok(rows(include_str!("themes.csv"))?)
}
