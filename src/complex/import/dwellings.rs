//! Dwellings from tables 导入专有部分. A dwelling is known by its building and its number; the stairwells that are named are made where there are none.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use entity::{
    AreaId, BuildingId, ComplexId, DwellingId, DwellingUse, FloorAreaSource, Hundredths, Provenance, StairwellId, building, dwelling,
    stairwell,
};

use super::{CODES, floor_area};
use crate::{
    app::App,
    area::service as areas,
    complex::{model::measured, scope::Dwellings, service, store},
    db::DatabaseTransaction,
    record::import::{keep_changes, standing},
    sheet::{self, Bad, Column, Line, Lines, PORTION, Refused, Sorted, Tally, Told, Why},
};

pub const DWELLING_COLUMNS: &[Column] = &[
    Column::required("area_code", "所在区划代码", "小区所在区划的代码。"),
    Column::required("complex", "小区名称", "已录入的小区。"),
    Column::required("building", "楼栋名称", "已录入的楼栋，如 3栋。"),
    Column::optional("stairwell", "单元", "单元名称或序号，如 1单元、1；没有的自动新建。"),
    Column::required("number", "编号", "如 3-1-502，不超过 50 字，同一楼栋内不重复。"),
    Column::optional("use", "用途", "住宅、商业、车位、储藏或其他；新录入时不填为住宅。"),
    Column::optional("floor_area", "面积", "专有部分面积，平方米，最多两位小数。"),
    Column::optional("area_source", "面积来源", "不动产登记簿、测绘实测、买卖合同或申报；不填为申报。"),
];

const USES: &[(&str, DwellingUse)] = &[
    ("住宅", DwellingUse::Residential),
    ("商业", DwellingUse::Commercial),
    ("车位", DwellingUse::Parking),
    ("储藏", DwellingUse::Storage),
    ("其他", DwellingUse::Other),
    ("RESIDENTIAL", DwellingUse::Residential),
    ("COMMERCIAL", DwellingUse::Commercial),
    ("PARKING", DwellingUse::Parking),
    ("STORAGE", DwellingUse::Storage),
    ("OTHER", DwellingUse::Other),
];
const SOURCES: &[(&str, FloorAreaSource)] = &[
    ("不动产登记簿", FloorAreaSource::TitleRegister),
    ("测绘实测", FloorAreaSource::Survey),
    ("买卖合同", FloorAreaSource::SaleContract),
    ("申报", FloorAreaSource::Declared),
    ("TITLE_REGISTER", FloorAreaSource::TitleRegister),
    ("SURVEY", FloorAreaSource::Survey),
    ("SALE_CONTRACT", FloorAreaSource::SaleContract),
    ("DECLARED", FloorAreaSource::Declared),
];
/// As an export has them, where that differs.
const EXPORTED_USES: &[(&str, DwellingUse)] =
    &[("商业、办公", DwellingUse::Commercial), ("车位、车库", DwellingUse::Parking), ("储藏间、杂物间", DwellingUse::Storage)];
const EXPORTED_SOURCES: &[(&str, FloorAreaSource)] =
    &[("测绘机构实测", FloorAreaSource::Survey), ("房屋买卖合同", FloorAreaSource::SaleContract), ("自行申报", FloorAreaSource::Declared)];

pub struct NewDwelling {
    line: u32,
    area: String,
    complex: String,
    building: String,
    stairwell: Option<String>,
    number: String,
    used_as: Option<DwellingUse>,
    floor_area: Option<Hundredths>,
    source: Option<FloorAreaSource>,
}

/// What a word stands for, where there is one.
fn word<T: Copy>(line: &Line, key: &str, words: &[(&str, T)], exported: &[(&str, T)]) -> Result<Option<T>, Bad> {
    if line.text(key).is_empty() {
        return Ok(None);
    }
    line.word(key, words).or_else(|bad| line.word(key, exported).map_err(|_| bad)).map(Some)
}

pub fn read_dwelling(line: Line) -> Result<NewDwelling, Bad> {
    Ok(NewDwelling {
        line: line.number,
        area: line.code("area_code", CODES)?.to_owned(),
        complex: line.name("complex", 100)?.to_owned(),
        building: line.name("building", 50)?.to_owned(),
        stairwell: line.maybe_name("stairwell", 50)?,
        number: line.name("number", 50)?.to_owned(),
        used_as: word(&line, "use", USES, EXPORTED_USES)?,
        floor_area: floor_area(&line, (Why::of("sheet-area"), Hundredths(1)))?,
        source: word(&line, "area_source", SOURCES, EXPORTED_SOURCES)?,
    })
}

/// Takes all of them in, or none.
pub async fn import_dwellings(app: &Arc<App>, lines: Lines<NewDwelling>, told: Told<'_>) -> Result<Tally, Refused> {
    let tx = app.db.begin().await?;
    let (mut tally, mut bad, total) = (Tally::default(), lines.bad, lines.good.len());
    let keys = lines.good.iter().map(|new| (new.line, (&new.area, &new.complex, &new.building, &new.number)));
    bad.extend(sheet::twice(keys, "编号"));
    for (at, portion) in lines.good.chunks(PORTION).enumerate() {
        let mut known = Known::read(&tx, portion).await?;
        let mut sorted = sort(app, &mut known, portion);
        tally.count(&sorted, portion.len());
        bad.append(&mut sorted.bad);
        if bad.is_empty() {
            store::put_stairwells(&tx, known.made).await?;
            keep_changes::<Dwellings>(app, &tx, lines.by, &sorted.changed).await?;
            store::put_dwellings(&tx, sorted.rows()).await?;
        }
        told((at * PORTION + portion.len()).min(total), total);
    }
    sheet::finish(tx, bad, tally).await
}

/// What the lines of a portion name, as far as there is such.
struct Known {
    areas: HashMap<String, AreaId>,
    complexes: HashMap<(AreaId, String), ComplexId>,
    /// Those that stand.
    buildings: HashMap<(ComplexId, String), building::Model>,
    stairwells: HashMap<(BuildingId, String), StairwellId>,
    /// The same by their numbers.
    numbers: HashMap<BuildingId, BTreeMap<i32, StairwellId>>,
    /// Those that have ended too.
    dwellings: HashMap<(BuildingId, String), Vec<dwelling::Model>>,
    made: Vec<stairwell::Model>,
}

impl Known {
    async fn read(tx: &DatabaseTransaction, portion: &[NewDwelling]) -> Result<Self, Refused> {
        let areas = areas::by_codes_in_tx(tx, portion.iter().map(|new| new.area.clone()).collect()).await?;
        let areas: HashMap<_, _> = areas.into_iter().map(|(code, area)| (code, area.id)).collect();
        let names = portion.iter().map(|new| new.complex.clone()).collect();
        let complexes = store::named(tx, areas.values().copied().collect(), names).await?;
        let complexes = service::lock_in_tx(tx, complexes.into_iter().map(|row| row.id).collect()).await?;
        let complexes = areas::sole(complexes.into_iter().map(|row| ((row.area_id, row.name), row.id)));
        let buildings = store::buildings_of(tx, complexes.values().copied().collect()).await?;
        let standing = buildings.into_iter().filter(|building| building.ended_on.is_none());
        let buildings: HashMap<_, _> = standing.map(|row| ((row.complex_id, row.name.clone()), row)).collect();
        // not every building of these names: there is one for each line at most
        let named = portion.iter().filter_map(|new| {
            let complex = complexes.get(&(*areas.get(&new.area)?, new.complex.clone()))?;
            Some(buildings.get(&(*complex, new.building.clone()))?.id)
        });
        let ids: HashSet<BuildingId> = named.collect();
        let ids: Vec<BuildingId> = ids.into_iter().collect();
        let (mut stairwells, mut numbers): (_, HashMap<_, BTreeMap<_, _>>) = (HashMap::new(), HashMap::new());
        for row in store::stairwells_of(tx, ids.clone()).await? {
            numbers.entry(row.building_id).or_default().insert(row.number, row.id);
            stairwells.insert((row.building_id, row.name), row.id);
        }
        let mut dwellings: HashMap<_, Vec<_>> = HashMap::new();
        for row in store::ever_numbered(tx, ids, portion.iter().map(|new| new.number.clone()).collect()).await? {
            dwellings.entry((row.building_id, row.number.clone())).or_default().push(row);
        }
        Ok(Self { areas, complexes, buildings, stairwells, numbers, dwellings, made: Vec::new() })
    }

    /// The stairwell of this name, or of this number; a new one where there is none.
    fn stairwell(&mut self, app: &App, building: &building::Model, name: &str) -> StairwellId {
        let is_number = name.bytes().all(|byte| byte.is_ascii_digit());
        let said = if is_number { name.parse::<i32>().ok() } else { None };
        let name = if is_number { format!("{name}单元") } else { name.to_owned() };
        let numbers = self.numbers.entry(building.id).or_default();
        let numbered = said.and_then(|number| numbers.get(&number));
        if let Some(known) = self.stairwells.get(&(building.id, name.clone())).or(numbered) {
            return *known;
        }
        let id = app.clock.new_id();
        let digits: String = name.chars().take_while(char::is_ascii_digit).collect();
        let named = digits.parse().ok().filter(|number| (1..=1_000).contains(number) && !numbers.contains_key(number));
        let number = named.unwrap_or_else(|| numbers.last_key_value().map_or(1, |(last, _)| last + 1));
        numbers.insert(number, id);
        self.stairwells.insert((building.id, name.clone()), id);
        let (complex_id, building_id) = (building.complex_id, building.id);
        self.made.push(stairwell::Model { id, complex_id, building_id, number, name, floors: None, version: 1, ended_on: None });
        id
    }
}

fn sort(app: &App, known: &mut Known, portion: &[NewDwelling]) -> Sorted<dwelling::Model> {
    let mut sorted = Sorted::default();
    for line in portion {
        let bad = |column, why| Bad { line: line.line, column: Some(column), why };
        let complex = known.areas.get(&line.area).and_then(|area| known.complexes.get(&(*area, line.complex.clone()))).copied();
        let Some(complex) = complex else {
            sorted.bad.push(bad("小区名称", Why::of("import-no-complex")));
            continue;
        };
        let Some(building) = known.buildings.get(&(complex, line.building.clone())).cloned() else {
            sorted.bad.push(bad("楼栋名称", Why::of("import-no-building")));
            continue;
        };
        let named = known.dwellings.remove(&(building.id, line.number.clone())).unwrap_or_default();
        let before = match standing::<Dwellings>(named, app.clock.today()) {
            Ok(before) => before,
            Err(why) => {
                sorted.bad.push(bad("编号", why));
                continue;
            }
        };
        let floor_area = line.floor_area.or_else(|| before.as_ref()?.floor_area);
        if floor_area.is_none() && line.source.is_some() {
            sorted.bad.push(bad("面积来源", Why::of("source-without-area")));
            continue;
        }
        let stairwell = line.stairwell.as_ref().map(|name| known.stairwell(app, &building, name));
        let source =
            line.source.or_else(|| before.as_ref()?.area_source.filter(|_| before.as_ref().and_then(|row| row.floor_area) == floor_area));
        let mut row = dwelling::Model {
            id: before.as_ref().map_or_else(|| app.clock.new_id::<DwellingId>(), |before| before.id),
            complex_id: complex,
            building_id: building.id,
            stairwell_id: stairwell.or_else(|| before.as_ref()?.stairwell_id),
            number: line.number.clone(),
            used_as: line.used_as.or_else(|| Some(before.as_ref()?.used_as)).unwrap_or(DwellingUse::Residential),
            floor_area,
            area_source: measured(floor_area, source),
            provenance: before.as_ref().map_or(Provenance::Recorded, |before| before.provenance),
            version: before.as_ref().map_or(1, |before| before.version),
            ended_on: None,
        };
        row.version += i32::from(before.as_ref().is_some_and(|before| *before != row));
        sorted.put(before, row);
    }
    sorted
}
