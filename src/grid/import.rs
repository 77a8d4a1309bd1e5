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
    area::{
        import::{former, version},
        scope::Areas,
        service as areas,
    },
    db::DatabaseTransaction,
    grid::scope::Grids,
    record::import::keep_changes,
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
            keep_changes::<Areas>(app, &tx, lines.by, &of_areas.changed).await?;
            keep_changes::<Grids>(app, &tx, lines.by, &of_grids.changed).await?;
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
    let known = areas::lock_by_codes_in_tx(tx, codes).await?;
    let mut grids: HashMap<_, grid::Model> = store::lock_of_areas(tx, known.values().map(|area| area.id).collect()).await?;
    let (mut of_areas, mut of_grids) = (Sorted::default(), Sorted::default());
    let mut names = Vec::new();
    for line in portion {
        let level = if line.code.len() == 15 { AreaLevel::Grid } else { AreaLevel::MicroGrid };
        let mut wrong = |message| of_grids.bad.push(Bad { line: line.line, column: Some("网格代码"), why: Why::of(message) });
        let old = known.get(&line.code).cloned();
        let parent = known.get(&above(&line.code)).filter(|parent| parent.level < level);
        if old.as_ref().or(parent).is_some_and(|area| area.ended_on.is_some()) {
            wrong("import-area-ended");
            continue;
        }
        // where it lies is told by its code until the area above is merged into another
        let Some((parent_id, path)) = (match (&old, parent) {
            (Some(old), _) => Some((old.parent_id, old.path.clone())),
            (None, Some(parent)) => Some((Some(parent.id), format!("{}{}/", parent.path, line.code))),
            (None, None) => None,
        }) else {
            wrong("import-no-parent-of-grid");
            continue;
        };
        if let Some(old) = old.as_ref().filter(|old| old.name != line.name) {
            names.push(former(app, old));
        }
        let place = area::Model {
            id: old.as_ref().map_or_else(|| app.clock.new_id(), |old| old.id),
            code: line.code.clone(),
            name: line.name.clone(),
            level,
            kind: None,
            parent_id,
            path,
            established_on: old.as_ref().and_then(|old| old.established_on),
            ended_on: None,
            successor_id: None,
            version: version(old.as_ref(), &line.name),
        };
        let working = grids.remove(&place.id);
        let unit = grid::Model {
            id: working.as_ref().map_or_else(|| app.clock.new_id(), |grid| grid.id),
            area_id: place.id,
            name: line.name.clone(),
            provenance: working.as_ref().map_or(Provenance::Recorded, |grid| grid.provenance),
            full_function: working.as_ref().is_some_and(|grid| grid.full_function),
            ended_on: None,
            version: working.as_ref().map_or(1, |grid| grid.version + i32::from(grid.name != line.name)),
        };
        of_areas.put(old, place);
        of_grids.put(working, unit);
    }
    areas::keep_names_in_tx(tx, names).await?;
    Ok((of_areas, of_grids))
}
