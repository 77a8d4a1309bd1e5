//! Complexes and their buildings from tables 导入小区、楼栋. A complex is known by its area and its name, a building by its number in the complex.
//! An empty cell leaves what is known.

mod dwellings;

use std::{
    collections::{HashMap, HashSet},
    fmt::Display,
    str::FromStr,
    sync::Arc,
};

use entity::{AreaId, AreaLevel, BuildingId, ComplexId, ComplexKind, Hundredths, Provenance, area, building, complex, grid as unit};

pub use self::dwellings::{DWELLING_COLUMNS, import_dwellings, read_dwelling};
use super::{service, store};
use crate::{
    app::App,
    area::service as areas,
    complex::{
        model::{MOST_AREA, MOST_FLOORS, MOST_HOUSEHOLDS, MOST_NUMBER, MOST_STAIRWELLS},
        scope::{Buildings, Complexes},
    },
    db::DatabaseTransaction,
    grid,
    record::import::{keep_changes, standing},
    search,
    sheet::{self, Bad, Column, Line, Lines, PORTION, Refused, Sorted, Tally, Told, Why},
};

pub const COLUMNS: &[Column] = &[
    Column::required("area_code", "所在区划代码", "所在社区、村的代码，12 位数字；已划网格的也可填网格代码，15 或 18 位。"),
    Column::required("name", "小区名称", "不超过 100 字，同一区划内不重名。"),
    Column::required("kind", "类型", "商品房、老旧小区、家属院、安置房、公寓式酒店或其他。"),
    Column::optional("address", "地址", "不超过 200 字。"),
    Column::optional("households", "户数", "整数。"),
    Column::optional("floor_area", "建筑面积", "平方米，最多两位小数。"),
    Column::optional("longitude", "经度", "东经度数，如 112.001；与纬度同填。"),
    Column::optional("latitude", "纬度", "北纬度数，如 27.728。"),
];

const KINDS: &[(&str, ComplexKind)] = &[
    ("商品房", ComplexKind::Commodity),
    ("老旧小区", ComplexKind::Old),
    ("家属院", ComplexKind::Employer),
    ("安置房", ComplexKind::Resettlement),
    ("公寓式酒店", ComplexKind::Apartment),
    ("其他", ComplexKind::Other),
    ("COMMODITY", ComplexKind::Commodity),
    ("OLD", ComplexKind::Old),
    ("EMPLOYER", ComplexKind::Employer),
    ("RESETTLEMENT", ComplexKind::Resettlement),
    ("APARTMENT", ComplexKind::Apartment),
    ("OTHER", ComplexKind::Other),
];
/// As an export has them, where that differs.
const EXPORTED: &[(&str, ComplexKind)] =
    &[("商品房小区", ComplexKind::Commodity), ("家属院、单位房", ComplexKind::Employer), ("未分类", ComplexKind::Other)];
const CODES: &[usize] = &[12, 15, 18];

pub struct NewComplex {
    line: u32,
    area: String,
    name: String,
    kind: ComplexKind,
    address: Option<String>,
    households: Option<i32>,
    floor_area: Option<Hundredths>,
    location: Option<(f64, f64)>,
}

/// A number within the bounds of the mutations; what is no number, or less than the form of it says, is told as such.
fn within<T: FromStr + PartialOrd + Display>(
    line: &Line,
    key: &str,
    (form, least): (Why, T),
    (low, high): (T, T),
) -> Result<Option<T>, Bad> {
    let number = line.maybe(key, form, |text| text.parse().ok().filter(|number: &T| *number >= least))?;
    match number {
        Some(number) if number < low || number > high => {
            Err(line.bad(key, Why::of("out-of-range").with("low", low.to_string()).with("high", high.to_string())))
        }
        number => Ok(number),
    }
}

fn count(line: &Line, key: &str, bounds: (i32, i32)) -> Result<Option<i32>, Bad> {
    within(line, key, (Why::of("sheet-number"), 0), bounds)
}

fn floor_area(line: &Line, form: (Why, Hundredths)) -> Result<Option<Hundredths>, Bad> {
    within(line, "floor_area", form, (Hundredths(1), MOST_AREA))
}

/// Degrees up to so many, east and north of nothing or west and south.
fn degrees(line: &Line, key: &str, most: f64) -> Result<Option<f64>, Bad> {
    let parse = |text: &str| text.parse().ok().filter(|degrees: &f64| degrees.abs() <= most);
    line.maybe(key, Why::of("sheet-degrees").with("max", most.to_string()), parse)
}

fn location(line: &Line) -> Result<Option<(f64, f64)>, Bad> {
    match (degrees(line, "longitude", 180.0)?, degrees(line, "latitude", 90.0)?) {
        (Some(longitude), Some(latitude)) => Ok(Some((longitude, latitude))),
        (None, None) => Ok(None),
        (None, _) => Err(line.bad("longitude", Why::of("required"))),
        (_, None) => Err(line.bad("latitude", Why::of("required"))),
    }
}

pub fn read(line: Line) -> Result<NewComplex, Bad> {
    Ok(NewComplex {
        location: location(&line)?,
        line: line.number,
        area: line.code("area_code", CODES)?.to_owned(),
        name: line.name("name", 100)?.to_owned(),
        kind: line.word("kind", KINDS).or_else(|bad| line.word("kind", EXPORTED).map_err(|_| bad))?,
        address: line.maybe_name("address", 200)?,
        households: count(&line, "households", (0, MOST_HOUSEHOLDS))?,
        floor_area: floor_area(&line, (Why::of("sheet-decimal"), Hundredths(0)))?,
    })
}

/// Takes all of them in, or none.
pub async fn import(app: &Arc<App>, lines: Lines<NewComplex>, told: Told<'_>) -> Result<Tally, Refused> {
    let tx = app.db.begin().await?;
    let (mut tally, mut bad, total) = (Tally::default(), lines.bad, lines.good.len());
    bad.extend(sheet::twice(lines.good.iter().map(|complex| (complex.line, (&complex.area, &complex.name))), "小区名称"));
    for (at, portion) in lines.good.chunks(PORTION).enumerate() {
        let mut sorted = sort(app, &tx, portion).await?;
        tally.count(&sorted, portion.len());
        bad.append(&mut sorted.bad);
        if bad.is_empty() {
            keep_changes::<Complexes>(app, &tx, lines.by, &sorted.changed).await?;
            let rows = sorted.rows();
            search::index(&tx, &rows).await?;
            store::put(&tx, rows).await?;
        }
        told((at * PORTION + portion.len()).min(total), total);
    }
    sheet::finish(tx, bad, tally).await
}

async fn sort(app: &App, tx: &DatabaseTransaction, portion: &[NewComplex]) -> Result<Sorted<complex::Model>, Refused> {
    let areas = areas::lock_by_codes_in_tx(tx, portion.iter().map(|complex| complex.area.clone()).collect()).await?;
    let names = portion.iter().map(|complex| complex.name.clone()).collect();
    let mut known: HashMap<(AreaId, String), Vec<complex::Model>> = HashMap::new();
    for row in store::ever_named(tx, areas.values().map(|area| area.id).collect(), names).await? {
        known.entry((row.area_id, row.name.clone())).or_default().push(row);
    }
    let (mut sorted, today) = (Sorted::default(), app.clock.today());
    for line in portion {
        let Some(area) = areas.get(&line.area).filter(|area| area.level >= AreaLevel::Community) else {
            sorted.bad.push(Bad { line: line.line, column: Some("所在区划代码"), why: Why::of("import-no-community") });
            continue;
        };
        if area.ended_on.is_some() {
            sorted.bad.push(Bad { line: line.line, column: Some("所在区划代码"), why: Why::of("import-area-ended") });
            continue;
        }
        let known = match standing::<Complexes>(known.remove(&(area.id, line.name.clone())).unwrap_or_default(), today) {
            Ok(known) => known,
            Err(why) => {
                sorted.bad.push(Bad { line: line.line, column: Some("小区名称"), why });
                continue;
            }
        };
        let mut row = merged(app, area, line, known.as_ref());
        row.version += i32::from(known.as_ref().is_some_and(|known| *known != row));
        sorted.put(known, row);
    }
    Ok(sorted)
}

fn merged(app: &App, area: &area::Model, line: &NewComplex, known: Option<&complex::Model>) -> complex::Model {
    let of = |given: &Option<String>, known: Option<&Option<String>>| given.clone().or_else(|| known.cloned().flatten());
    let location = line.location.or_else(|| known?.longitude.zip(known?.latitude));
    complex::Model {
        id: known.map_or_else(|| app.clock.new_id(), |known| known.id),
        area_id: area.id,
        name: line.name.clone(),
        kind: line.kind,
        address: of(&line.address, known.map(|known| &known.address)),
        households: line.households.or_else(|| known?.households),
        floor_area: line.floor_area.or_else(|| known?.floor_area),
        provenance: known.map_or(Provenance::Recorded, |known| known.provenance),
        provenance_note: known.and_then(|known| known.provenance_note.clone()),
        longitude: location.map(|(longitude, _)| longitude),
        latitude: location.map(|(_, latitude)| latitude),
        version: known.map_or(1, |known| known.version),
        ended_on: None,
        ended_because: None,
        merged_into_id: None,
    }
}

pub const BUILDING_COLUMNS: &[Column] = &[
    Column::required("area_code", "所在区划代码", "小区所在区划的代码。"),
    Column::required("complex", "小区名称", "已录入的小区。"),
    Column::required("number", "序号", "整数，同一小区内不重复，楼栋按它排列。"),
    Column::required("name", "楼栋名称", "如 3栋，不超过 50 字。"),
    Column::optional("grid_code", "网格代码", "所属网格，15 或 18 位数字；已属其他网格的不在此划转。"),
    Column::optional("floors", "层数", "整数。"),
    Column::optional("stairwells", "单元数", "整数。"),
];

pub struct NewBuilding {
    line: u32,
    area: String,
    complex: String,
    number: i32,
    name: String,
    grid: Option<String>,
    floors: Option<i32>,
    stairwells: Option<i32>,
}

pub fn read_building(line: Line) -> Result<NewBuilding, Bad> {
    let grid = if line.text("grid_code").is_empty() { None } else { Some(line.code("grid_code", &[15, 18])?.to_owned()) };
    Ok(NewBuilding {
        line: line.number,
        area: line.code("area_code", CODES)?.to_owned(),
        complex: line.name("complex", 100)?.to_owned(),
        number: count(&line, "number", (1, MOST_NUMBER))?.ok_or_else(|| line.bad("number", Why::of("required")))?,
        name: line.name("name", 50)?.to_owned(),
        grid,
        floors: count(&line, "floors", (1, MOST_FLOORS))?,
        stairwells: count(&line, "stairwells", (0, MOST_STAIRWELLS))?,
    })
}

/// Takes all of them in, or none.
pub async fn import_buildings(app: &Arc<App>, lines: Lines<NewBuilding>, told: Told<'_>) -> Result<Tally, Refused> {
    let tx = app.db.begin().await?;
    let (mut tally, mut bad, total) = (Tally::default(), lines.bad, lines.good.len());
    let keys = lines.good.iter().map(|building| (building.line, (&building.area, &building.complex, building.number)));
    bad.extend(sheet::twice(keys, "序号"));
    // dwellings are found by the name of their building
    let again: HashSet<u32> = bad.iter().map(|bad| bad.line).collect();
    let once = lines.good.iter().filter(|building| !again.contains(&building.line));
    bad.extend(sheet::twice(once.map(|building| (building.line, (&building.area, &building.complex, &building.name))), "楼栋名称"));
    let named: HashSet<_> = lines.good.iter().map(|building| (&*building.area, &*building.complex, building.number)).collect();
    for (at, portion) in lines.good.chunks(PORTION).enumerate() {
        let mut sorted = sort_buildings(app, &tx, portion, &named).await?;
        tally.count(&sorted, portion.len());
        bad.append(&mut sorted.bad);
        if bad.is_empty() {
            keep_changes::<Buildings>(app, &tx, lines.by, &sorted.changed).await?;
            store::put_buildings(&tx, sorted.rows()).await?;
        }
        told((at * PORTION + portion.len()).min(total), total);
    }
    sheet::finish(tx, bad, tally).await
}

/// Where grids lie, and their units.
struct Grids {
    areas: HashMap<String, area::Model>,
    units: HashMap<AreaId, unit::Model>,
    /// The codes of communities.
    communities: HashSet<String>,
}

impl Grids {
    async fn read(tx: &DatabaseTransaction, areas: HashMap<String, area::Model>) -> Result<Self, Refused> {
        let units = grid::service::lock_by_areas_in_tx(tx, areas.values().map(|area| area.id).collect()).await?;
        let above: HashSet<&str> = areas.values().flat_map(areas::ancestor_codes).collect();
        let above = areas::by_codes_in_tx(tx, above.into_iter().map(ToOwned::to_owned).collect()).await?;
        let all = above.values().chain(areas.values());
        let communities = all.filter(|area| area.level == AreaLevel::Community).map(|area| area.code.clone()).collect();
        Ok(Self { areas, units, communities })
    }

    fn community<'a>(&self, area: &'a area::Model) -> Option<&'a str> {
        area.path.split('/').find(|code| self.communities.contains(*code))
    }

    /// The grid of this code, where buildings of a complex that lies in this area may be put into it: a mutation asks the same.
    fn near(&self, code: &str, home: &area::Model) -> Result<&unit::Model, Why> {
        let place = self.areas.get(code).ok_or_else(|| Why::of("import-no-grid"))?;
        let unit = self.units.get(&place.id).ok_or_else(|| Why::of("import-no-grid"))?;
        if place.ended_on.is_some() || unit.ended_on.is_some() {
            return Err(Why::of("import-area-ended"));
        }
        let community = self.community(place);
        let near = place.path.starts_with(&home.path) || (community.is_some() && community == self.community(home));
        if near { Ok(unit) } else { Err(Why::of("grid-elsewhere")) }
    }
}

/// `named` are the buildings of which the table says the name: area, complex and number.
async fn sort_buildings(
    app: &App,
    tx: &DatabaseTransaction,
    portion: &[NewBuilding],
    named: &HashSet<(&str, &str, i32)>,
) -> Result<Sorted<building::Model>, Refused> {
    let codes = portion.iter().flat_map(|building| [Some(&building.area), building.grid.as_ref()]).flatten().cloned().collect();
    let areas = areas::by_codes_in_tx(tx, codes).await?;
    let complexes =
        store::named(tx, areas.values().map(|area| area.id).collect(), portion.iter().map(|line| line.complex.clone()).collect()).await?;
    let complexes = service::lock_in_tx(tx, complexes.into_iter().map(|row| row.id).collect()).await?;
    let complexes = areas::sole(complexes.into_iter().map(|row| ((row.area_id, row.name), row.id)));
    // after the complexes, as whoever puts one building into a grid
    let grids = Grids::read(tx, areas).await?;
    let known = store::buildings_of(tx, complexes.values().copied().collect()).await?;
    let mut standing: HashMap<(ComplexId, String), Vec<i32>> = HashMap::new();
    for row in known.iter().filter(|row| row.ended_on.is_none()) {
        standing.entry((row.complex_id, row.name.clone())).or_default().push(row.number);
    }
    let mut known: HashMap<(ComplexId, i32), building::Model> = known.into_iter().map(|row| ((row.complex_id, row.number), row)).collect();
    let mut sorted = Sorted::default();
    for line in portion {
        let bad = |column, why| Bad { line: line.line, column: Some(column), why };
        let home = grids.areas.get(&line.area);
        let Some((home, complex)) = home.and_then(|home| Some((home, *complexes.get(&(home.id, line.complex.clone()))?))) else {
            sorted.bad.push(bad("小区名称", Why::of("import-no-complex")));
            continue;
        };
        let before = known.get(&(complex, line.number));
        if before.is_some_and(|known| known.ended_on.is_some()) {
            sorted.bad.push(bad("序号", Why::of("import-ended")));
            continue;
        }
        // another building has the name, and is given no other by the table
        let mut namesakes = standing.get(&(complex, line.name.clone())).into_iter().flatten();
        let is_taken = namesakes.any(|number| *number != line.number && !named.contains(&(&*line.area, &*line.complex, *number)));
        if is_taken && before.is_none_or(|known| known.name != line.name) {
            sorted.bad.push(bad("楼栋名称", Why::of("taken")));
            continue;
        }
        let grid = match line.grid.as_ref().map(|code| grids.near(code, home)).transpose() {
            Ok(grid) => grid.map(|grid| grid.id),
            Err(why) => {
                sorted.bad.push(bad("网格代码", why));
                continue;
            }
        };
        let known = known.remove(&(complex, line.number));
        // its open cases would stay behind
        if known.as_ref().is_some_and(|known| grid.is_some() && known.grid_id.is_some() && known.grid_id != grid) {
            sorted.bad.push(bad("网格代码", Why::of("import-building-moved")));
            continue;
        }
        let id = known.as_ref().map_or_else(|| app.clock.new_id::<BuildingId>(), |known| known.id);
        let mut row = building::Model {
            id,
            complex_id: complex,
            grid_id: grid.or_else(|| known.as_ref()?.grid_id),
            name: line.name.clone(),
            number: line.number,
            floors: line.floors.or_else(|| known.as_ref()?.floors),
            stairwells: line.stairwells.or_else(|| known.as_ref()?.stairwells),
            version: known.as_ref().map_or(1, |known| known.version),
            ended_on: None,
        };
        row.version += i32::from(known.as_ref().is_some_and(|known| *known != row));
        sorted.put(known, row);
    }
    Ok(sorted)
}
