//! What grids have in Lingwu 灵武市: 3,000 yuan each for the year, as published, with what a few of them spent, which is invented; and the grid that was there before the
//! first community's grids were drawn anew.

use chrono::Datelike;
use entity::{
    AreaLevel, AreaSuccessionKind, GridFundEntryKind, Hundredths, Provenance, area, area_succession, grid, grid_fund, grid_fund_entry,
};

use super::{
    World,
    dice::{Dice, ago, moment},
};

const LINGWU: &str = "640181";
/// Fen.
const FUND: i64 = 300_000;
/// Grids whose expenses are told.
const SPENDING: usize = 5;
const SPENT: [(i64, &str); 3] =
    [(45_000, "宣传栏、公示牌（演示）"), (68_050, "楼道灯维修材料（演示）"), (30_000, "居民议事会茶水（演示）")];

pub fn lay_out(world: &mut World, dice: &mut Dice) {
    former_grid(world, dice);
    let published = dice.told(2024, 3, 1);
    let codes: std::collections::HashMap<_, _> = world.areas.iter().map(|area| (area.id, area.code.as_str())).collect();
    let here = |grid: &&grid::Model| grid.ended_on.is_none() && codes.get(&grid.area_id).is_some_and(|code| code.starts_with(LINGWU));
    let grids: Vec<grid::Model> = world.grids.iter().filter(here).cloned().collect();
    for (index, grid) in grids.into_iter().enumerate() {
        let fund = grid_fund::Model {
            id: dice.noun(),
            grid_id: grid.id,
            area_id: grid.area_id,
            year: published.year(),
            budget: Hundredths(FUND),
            ended_on: None,
            provenance: Provenance::Published,
            version: 1,
        };
        let mut entries = vec![(GridFundEntryKind::Grant, FUND, "年度工作经费（公开报道每个网格3000元）")];
        if index < SPENDING {
            entries.extend(SPENT.map(|(amount, purpose)| (GridFundEntryKind::Spend, amount, purpose)));
        }
        for ((kind, amount, purpose), seq) in entries.into_iter().zip(1..) {
            let grant = kind == GridFundEntryKind::Grant;
            world.grid_fund_entries.push(grid_fund_entry::Model {
                id: dice.noun(),
                fund_id: fund.id,
                seq,
                kind,
                amount: Hundredths(amount),
                granted: Hundredths(if grant { amount } else { 0 }),
                spent: Hundredths(if grant { 0 } else { amount }),
                day: published,
                purpose: purpose.to_owned(),
                receipt: None,
                corrects_id: None,
                entered_by: None,
                entered_at: moment(published, 36_000),
            });
        }
        world.grid_funds.push(fund);
    }
}

/// One grid for the whole community, until they were drawn as they are: invented.
fn former_grid(world: &mut World, dice: &mut Dice) {
    let drawn = |area: &&area::Model| area.level == AreaLevel::Grid && area.code.starts_with(LINGWU);
    let Some(parent_id) = world.areas.iter().find(drawn).and_then(|area| area.parent_id) else { return };
    let Some(community) = world.areas.iter().find(|area| area.id == parent_id).cloned() else { return };
    let after: Vec<_> = world.areas.iter().filter(|area| area.parent_id == Some(parent_id)).filter(drawn).map(|area| area.id).collect();
    let (code, ended_on) = (format!("{}901", community.code), Some(ago(dice.told(2023, 7, 1), 1)));
    let (area_id, name) = (dice.noun(), format!("{}网格（演示，重划前）", community.name));
    world.areas.push(area::Model {
        id: area_id,
        name: name.clone(),
        level: AreaLevel::Grid,
        kind: None,
        parent_id: Some(parent_id),
        path: format!("{}{code}/", community.path),
        code,
        established_on: None,
        ended_on,
        successor_id: None,
        version: 2,
    });
    let (id, provenance) = (dice.noun(), Provenance::Invented);
    world.grids.push(grid::Model { id, area_id, name, provenance, full_function: false, ended_on, version: 2 });
    for to_id in after {
        world.area_successions.push(area_succession::Model {
            id: dice.noun(),
            from_id: area_id,
            to_id,
            kind: AreaSuccessionKind::Regridded,
            effective_on: dice.told(2023, 7, 1),
            document: Some("演示数据，虚构".to_owned()),
        });
    }
}
