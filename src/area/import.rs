//! Areas from a table 导入行政区划: as published, from the provinces down to the communities.
//!
//! An area is known by its code. What the table does not name stays as it is; what it names anew is renamed, and keeps the former name. An area does not move: a code says where it
//! lies, and cases keep to it.

use std::{collections::HashMap, sync::Arc};

use entity::{AreaId, AreaLevel, PersonId, area, area_name};

use super::{
    model::{fits_below, kind_of, level_of},
    store,
};
use crate::{
    app::App,
    area::scope::Areas,
    db::DatabaseTransaction,
    record::import::keep_changes,
    sheet::{self, Bad, Column, Line, Lines, Refused, Sorted, Tally, Told, Why},
};

pub const COLUMNS: &[Column] = &[
    Column::required("code", "代码", "统计用区划代码，12 位数字。"),
    Column::required("name", "名称", "不超过 100 字。"),
    Column::required("level", "级别", "省级、地级、县级、乡级或村级。"),
    Column::optional("parent_code", "上级代码", "上级区划的代码，省级留空。"),
];

const LEVELS: &[(&str, AreaLevel)] = &[
    ("省级", AreaLevel::Province),
    ("地级", AreaLevel::City),
    ("县级", AreaLevel::District),
    ("乡级", AreaLevel::Subdistrict),
    ("村级", AreaLevel::Community),
    ("PROVINCE", AreaLevel::Province),
    ("CITY", AreaLevel::City),
    ("DISTRICT", AreaLevel::District),
    ("SUBDISTRICT", AreaLevel::Subdistrict),
    ("COMMUNITY", AreaLevel::Community),
];
/// As an export has them.
const EXPORTED: &[(&str, AreaLevel)] = &[
    ("省、自治区、直辖市", AreaLevel::Province),
    ("地级市", AreaLevel::City),
    ("区、县、县级市", AreaLevel::District),
    ("街道、镇、乡", AreaLevel::Subdistrict),
    ("社区、村", AreaLevel::Community),
];
/// Lines that are written together.
const PORTION: usize = 4_000;

/// An area as a line has it. There may be hundreds of thousands.
pub struct NewArea {
    line: u32,
    level: AreaLevel,
    code: u64,
    parent: Option<u64>,
    name: Box<str>,
}

pub fn read(line: Line) -> Result<NewArea, Bad> {
    let code = |key| line.code(key, &[12]).map(|code| code.bytes().fold(0, |code, digit| code * 10 + u64::from(digit - b'0')));
    let level = line.word("level", LEVELS).or_else(|bad| line.word("level", EXPORTED).map_err(|_| bad))?;
    let top = level == AreaLevel::Province;
    if top && !line.text("parent_code").is_empty() {
        return Err(line.bad("parent_code", Why::of("import-area-top")));
    }
    let parent = if top { None } else { Some(code("parent_code")?) };
    Ok(NewArea { line: line.number, level, code: code("code")?, parent, name: line.name("name", 100)?.into() })
}

fn bad(area: &NewArea, column: &'static str, why: Why) -> Bad {
    Bad { line: area.line, column: Some(column), why }
}

fn shown(code: u64) -> String {
    format!("{code:012}")
}

/// What others lie below: (where it is known, its level, its path).
type Parents = HashMap<u64, Option<(AreaId, AreaLevel, String)>>;

/// Takes all of them in, or none; `told(done, of)` as it goes on.
pub async fn import(
    app: &Arc<App>,
    Lines { good: mut areas, bad: mut wrong, by }: Lines<NewArea>,
    told: Told<'_>,
) -> Result<Tally, Refused> {
    wrong.extend(twice(&areas));
    // parents before children
    areas.sort_unstable_by_key(|area| (area.level, area.code));
    let mut parents: Parents = areas.iter().filter_map(|area| area.parent).map(|code| (code, None)).collect();
    let tx = app.db.begin().await?;
    let begun_empty = store::is_empty(&tx).await?;
    if !begun_empty {
        known_parents(&tx, &areas, &mut parents).await?;
    }
    let (mut tally, total, mut done) = (Tally::default(), areas.len(), 0);
    for portion in areas.chunks(PORTION) {
        let codes = portion.iter().map(|area| shown(area.code)).collect();
        let mut known = if begun_empty { HashMap::new() } else { store::by_codes(&tx, codes).await? };
        let (mut sorted, mut names) = (Sorted::default(), Vec::new());
        for area in portion {
            let code = shown(area.code);
            let known = known.remove(&code);
            let row = match place(app, area, code, (&parents, known.as_ref()), by) {
                Ok(row) => row,
                Err(why) => {
                    wrong.push(why);
                    continue;
                }
            };
            if let Some(parent) = parents.get_mut(&area.code) {
                *parent = Some((row.id, row.level, row.path.clone()));
            }
            if let Some(known) = known.as_ref().filter(|known| known.name != row.name) {
                names.push(former(app, known));
            }
            sorted.put(known, row);
        }
        tally.count(&sorted, portion.len());
        if wrong.is_empty() {
            keep_changes::<Areas>(app, &tx, by, &sorted.changed).await?;
            store::put(&tx, sorted.rows()).await?;
            store::put_names(&tx, names).await?;
        }
        done += portion.len();
        told(done, total);
    }
    sheet::finish(tx, wrong, tally).await
}

/// Codes that stand in two lines.
fn twice(areas: &[NewArea]) -> Vec<Bad> {
    let mut first: Vec<&NewArea> = areas.iter().collect();
    first.sort_unstable_by_key(|area| (area.code, area.line));
    let pairs = first.windows(2).filter(|pair| pair[0].code == pair[1].code);
    pairs.map(|pair| bad(pair[1], "代码", Why::of("sheet-twice").with("line", pair[0].line.to_string()))).collect()
}

/// Those that the database knows; the table's own become known when their turn comes.
async fn known_parents(tx: &DatabaseTransaction, areas: &[NewArea], parents: &mut Parents) -> Result<(), Refused> {
    let named: std::collections::HashSet<u64> = areas.iter().map(|area| area.code).collect();
    let elsewhere: Vec<u64> = parents.keys().filter(|code| !named.contains(code)).copied().collect();
    for codes in elsewhere.chunks(PORTION) {
        for (code, row) in store::by_codes(tx, codes.iter().map(|code| shown(*code)).collect()).await? {
            if let Some(code) = code.parse().ok().filter(|_| row.ended_on.is_none()) {
                parents.insert(code, Some((row.id, row.level, row.path)));
            }
        }
    }
    Ok(())
}

/// The name that an area had until it is taken in with another.
pub fn former(app: &App, area: &area::Model) -> area_name::Model {
    let today = app.clock.today();
    area_name::Model { id: app.clock.new_id(), area_id: area.id, name: area.name.clone(), until: today.pred_opt().unwrap_or(today) }
}

/// A renamed area is at its next version.
pub fn version(known: Option<&area::Model>, name: &str) -> i32 {
    known.map_or(1, |known| known.version + i32::from(known.name != name))
}

/// The area as it is to be.
fn place(
    app: &App,
    area: &NewArea,
    code: String,
    (parents, known): (&Parents, Option<&area::Model>),
    by: Option<PersonId>,
) -> Result<area::Model, Bad> {
    let above = match area.parent {
        None => None,
        Some(parent) => {
            let found = parents.get(&parent).and_then(Option::as_ref);
            Some(found.ok_or_else(|| bad(area, "上级代码", Why::of("import-area-no-parent")))?)
        }
    };
    if above.is_some_and(|(_, level, _)| *level >= area.level) {
        return Err(bad(area, "级别", Why::of("import-area-level-below")));
    }
    let parent_id = above.map(|above| above.0);
    if known.is_some_and(|known| known.ended_on.is_some()) {
        return Err(bad(area, "代码", Why::of("import-area-ended")));
    }
    if known.is_some_and(|known| known.level != area.level) {
        return Err(bad(area, "级别", Why::of("import-area-moved")));
    }
    if known.is_some_and(|known| known.parent_id != parent_id) {
        return Err(bad(area, "上级代码", Why::of("import-area-moved")));
    }
    // as by mutation, no administrator takes a code that is another place's; an export has those, too, that kept theirs when what lay above was merged
    let fits = by.is_none() || area.parent.zip(above).is_none_or(|(parent, above)| fits_below(&code, &shown(parent), above.1));
    if known.is_none() && !(fits && level_of(&code) == Some(area.level)) {
        return Err(bad(area, "代码", Why::of("area-code-misfit")));
    }
    Ok(area::Model {
        id: known.map_or_else(|| app.clock.new_id(), |known| known.id),
        path: format!("{}{code}/", above.map_or("", |above| &above.2)),
        code,
        name: area.name.to_string(),
        level: area.level,
        kind: kind_of(area.level, &area.name),
        parent_id,
        established_on: known.and_then(|known| known.established_on),
        ended_on: None,
        successor_id: None,
        version: version(known, &area.name),
    })
}
