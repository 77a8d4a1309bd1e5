//! Grids and micro-grids from a table 导入网格. A grid is known by its code, which says where it lies: the community's and three digits more, a
//! micro-grid's its grid's and three more.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use entity::{AreaLevel, Provenance, area, grid};

use super::store;
use crate::{
    app::App,
    area::service as areas,
    db::DatabaseTransaction,
    sheet::{self, Bad, Column, Line, Lines, PORTION, Refused, Sorted, Tally, Told, Why},
};

pub const COLUMNS: &[Column] = &[
    Column::required("code", "网格代码", "社区代码 12 位加 3 位，微网格再加 3 位。"),
    Column::required("name", "网格名称", "不超过 100 字。"),
];

pub struct NewGrid {
    line: u32,
    code: String,
    name: String,
}

pub fn read(line: Line) -> Result<NewGrid, Bad> {
    Ok(NewGrid { line: line.number, code: line.code("code", &[15, 18])?.to_owned(), name: line.name("name", 100)?.to_owned() })
}

/// Takes all of them in, or none.
pub async fn import(app: &Arc<App>, lines: Lines<NewGrid>, told: Told<'_>) -> Result<Tally, Refused> {
    let tx = app.db.begin().await?;
    let (mut tally, mut bad, mut good) = (Tally::default(), lines.bad, lines.good);
    let twice = sheet::twice(good.iter().map(|grid| (grid.line, &grid.code)), "网格代码");
    let again: HashSet<u32> = twice.iter().map(|bad| bad.line).collect();
    good.retain(|grid| !again.contains(&grid.line));
    bad.extend(twice);
    // grids before the micro-grids in them
    good.sort_by_key(|grid| grid.code.len());
    let (total, mut done) = (good.len(), 0);
    for level in good.chunk_by(|one, other| one.code.len() == other.code.len()) {
        for portion in level.chunks(PORTION) {
            let (of_areas, mut of_grids) = sort(app, &tx, portion).await?;
            tally.count(&of_grids, portion.len());
            bad.append(&mut of_grids.bad);
            // those in a grid that is bad are bad too: all lines are looked at
            areas::put_in_tx(&tx, of_areas.rows()).await?;
            store::put(&tx, of_grids.rows()).await?;
            done += portion.len();
            told(done, total);
        }
    }
    sheet::finish(tx, bad, tally).await
}

async fn sort(app: &App, tx: &DatabaseTransaction, portion: &[NewGrid]) -> Result<(Sorted<area::Model>, Sorted<grid::Model>), Refused> {
    let above = |code: &str| code[..code.len() - 3].to_owned();
    let codes = portion.iter().flat_map(|grid| [above(&grid.code), grid.code.clone()]).collect();
    let known = areas::by_codes_in_tx(tx, codes).await?;
    let mut grids: HashMap<_, grid::Model> = store::of_areas(tx, known.values().map(|area| area.id).collect()).await?;
    let (mut of_areas, mut of_grids) = (Sorted::default(), Sorted::default());
    for line in portion {
        let level = if line.code.len() == 15 { AreaLevel::Grid } else { AreaLevel::MicroGrid };
        let Some(parent) = known.get(&above(&line.code)).filter(|parent| parent.level < level) else {
            of_grids.bad.push(Bad { line: line.line, column: Some("网格代码"), why: Why::of("import-no-parent-of-grid") });
            continue;
        };
        let old = known.get(&line.code).cloned();
        let place = area::Model {
            id: old.as_ref().map_or_else(|| app.clock.new_id(), |old| old.id),
            code: line.code.clone(),
            name: line.name.clone(),
            level,
            kind: None,
            parent_id: Some(parent.id),
            path: format!("{}{}/", parent.path, line.code),
        };
        let working = grids.remove(&place.id);
        let unit = grid::Model {
            id: working.as_ref().map_or_else(|| app.clock.new_id(), |grid| grid.id),
            area_id: place.id,
            name: line.name.clone(),
            provenance: working.as_ref().map_or(Provenance::Recorded, |grid| grid.provenance),
        };
        of_areas.put(old, place);
        of_grids.put(working, unit);
    }
    Ok((of_areas, of_grids))
}
