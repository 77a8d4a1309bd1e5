//! The words of Louxing for the levels, as in its published saying 小事不出小区、大事不出社区、难事不出街道. Of the grid and the district it says nothing.

use entity::{HandlingLevel, LevelNameId, level_name};
use uuid::Uuid;

use super::{World, town::LOUXING};

/// Takes nothing from the dice: their order is the demonstration's.
pub fn lay_out(world: &mut World) -> anyhow::Result<()> {
    let district_id = world.area(LOUXING)?.id;
    let said = |(number, (level, name, motto)): (u128, (HandlingLevel, &str, &str))| level_name::Model {
        id: id(number),
        district_id,
        level,
        name: name.to_owned(),
        motto: Some(motto.to_owned()),
        ended_on: None,
        version: 1,
    };
    world.level_names = (1..)
        .zip([
            (HandlingLevel::Complex, "小区", "小事不出小区"),
            (HandlingLevel::Community, "社区", "大事不出社区"),
            (HandlingLevel::Subdistrict, "街道", "难事不出街道"),
        ])
        .map(said)
        .collect();
    Ok(())
}

/// The same in every demonstration.
fn id(number: u128) -> LevelNameId {
    LevelNameId(Uuid::from_u128(0x7000_8000_0000_0000_2000 + number))
}
