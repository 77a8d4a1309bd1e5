//! Double reports from a table 导入双报到. A report is known by who has reported, where, and its first day. An empty cell leaves what is known; a report that ends by the table frees the
//! posts that were claimed by it.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use chrono::NaiveDate;
use entity::{
    AreaId, AreaLevel, ComplexId, DepartmentId, DoubleReportId, DoubleReportKind, FirmId, PartyBranchId, PersonId, Provenance,
    double_report, duty_claim,
};

use super::store;
use crate::{
    app::App,
    area::service::{self as areas, ByName},
    db::DatabaseTransaction,
    department,
    double_report::scope::{Claims, Reports},
    firm,
    import::places::{Places, Spot},
    party::service::{self as party, FIRST},
    person::named::{self, Named},
    record::{import::keep_changes, scope::Kept},
    sheet::{self, Bad, Column, Line, Lines, PORTION, Refused, Sorted, Tally, Told, Why},
};

const KIND: &str = "类型";
const NAME: &str = "名称";
const AREA: &str = "所在区划代码";
const BRANCH: &str = "报到党组织";
const COMPLEX: &str = "报到小区";
const STARTS: &str = "起始日期";
const ENDS: &str = "终止日期";

/// With the titles of the list as it is exported.
pub const COLUMNS: &[Column] = &[
    Column::required("kind", KIND, "在职党员或双报到单位。"),
    Column::required("name", NAME, "在职党员的姓名；单位为本区县的职能部门或物业企业的填其名称，其他单位填全称，不超过 100 字。"),
    named::PHONE,
    named::SIGN_IN,
    Column::required("area_code", AREA, "报到的社区、村或网格的代码；报到到党组织、小区的，填其所在区划。"),
    Column::optional("branch", BRANCH, "已录入的党组织；与报到小区不同时填写。"),
    Column::optional("complex", COMPLEX, "已录入的小区。"),
    Column::optional("service", "申报服务项目", "不超过 4000 字。"),
    Column::optional("skills", "特长", "不超过 4000 字。"),
    Column::required("starts_on", STARTS, "如 2026-06-10，不晚于今天。"),
    Column::optional("ends_on", ENDS, "最后一天，不晚于今天；仍在报到的留空。"),
];

const KINDS: &[(&str, DoubleReportKind)] = &[
    ("在职党员", DoubleReportKind::Person),
    ("双报到单位", DoubleReportKind::Unit),
    ("PERSON", DoubleReportKind::Person),
    ("UNIT", DoubleReportKind::Unit),
];

/// Who has reported, as a line has it.
enum Who {
    Person(Named),
    Unit(String),
}

pub struct NewReport {
    line: u32,
    who: Who,
    area: String,
    branch: Option<String>,
    complex: Option<String>,
    service: Option<String>,
    skills: Option<String>,
    starts_on: NaiveDate,
    ends_on: Option<NaiveDate>,
}

pub fn read(line: Line) -> Result<NewReport, Bad> {
    let (starts_on, ends_on) = (line.day("starts_on")?, line.maybe_day("ends_on")?);
    if ends_on.is_some_and(|end| end < starts_on) {
        return Err(line.bad("ends_on", Why::of("import-ends-before")));
    }
    let (branch, complex) = (line.maybe_name("branch", 100)?, line.maybe_name("complex", 100)?);
    if branch.is_some() && complex.is_some() {
        return Err(line.bad("branch", Why::of("import-one-place")));
    }
    let who = match line.word("kind", KINDS)? {
        DoubleReportKind::Person => Who::Person(Named::read_titled(&line, NAME)?),
        DoubleReportKind::Unit => {
            for key in ["phone", "sign_in"] {
                if !line.text(key).is_empty() {
                    return Err(line.bad(key, Why::of("import-of-person-only")));
                }
            }
            Who::Unit(line.name("name", 100)?.to_owned())
        }
    };
    Ok(NewReport {
        line: line.number,
        who,
        area: line.code("area_code", &[12, 15, 18])?.to_owned(),
        branch,
        complex,
        service: line.maybe_text("service", 4_000)?,
        skills: line.maybe_text("skills", 4_000)?,
        starts_on,
        ends_on,
    })
}

/// Takes all of them in, or none.
pub async fn import(app: &Arc<App>, lines: Lines<NewReport>, told: Told<'_>) -> Result<Tally, Refused> {
    let tx = app.db.begin().await?;
    let (mut tally, mut bad, total) = (Tally::default(), lines.bad, lines.good.len());
    let places = Places::lock(&tx, &lines.good.iter().map(spot).collect::<Vec<_>>()).await?;
    let units = Units::read(&tx, &lines.good, &places, app.clock.today()).await?;
    let persons = persons(app, &tx, &lines.good, &places, lines.by).await?;
    let mut meant = Vec::with_capacity(total);
    for line in &lines.good {
        match new(app, line, &places, &units, persons.get(&line.line)) {
            Ok(row) => meant.push((line, row)),
            Err(wrong) => bad.push(wrong),
        }
    }
    let twice = sheet::twice(meant.iter().map(|(line, row)| (line.line, (store::key(row), row.starts_on))), STARTS);
    let again: HashSet<u32> = twice.iter().map(|bad| bad.line).collect();
    meant.retain(|(line, _)| !again.contains(&line.line));
    bad.extend(twice);
    // who ends a report and reports again does so in that order, in whatever order the table says it
    meant.sort_by_key(|(line, _)| line.starts_on);
    for (at, portion) in meant.chunks(PORTION).enumerate() {
        let mut sorted = sort(app, &tx, portion).await?;
        tally.count(&sorted, portion.len());
        bad.append(&mut sorted.bad);
        keep_changes::<Reports>(app, &tx, lines.by, &sorted.changed).await?;
        free_posts(app, &tx, lines.by, &sorted.changed).await?;
        store::put(&tx, sorted.rows()).await?;
        told((at * PORTION + portion.len()).min(total), total);
    }
    sheet::finish(tx, bad, tally).await
}

/// Where a line reports to; a mutation asks the same.
fn place(line: &NewReport, places: &Places) -> Result<(AreaId, Option<PartyBranchId>, Option<ComplexId>), Bad> {
    let found = places.find(&spot(line), [AREA, BRANCH, COMPLEX])?;
    let (branch, complex) = (found.branch.map(|branch| branch.id), found.complex.map(|complex| complex.id));
    if branch.is_none() && complex.is_none() && found.area.level < AreaLevel::Community {
        return Err(Bad { line: line.line, column: Some(AREA), why: Why::of("double-report-too-wide") });
    }
    Ok((found.area.id, branch, complex))
}

fn spot(line: &NewReport) -> Spot<'_> {
    Spot { line: line.line, area: &line.area, branch: line.branch.as_deref(), complex: line.complex.as_deref() }
}

/// The units of the districts in which the places lie.
struct Units {
    /// The codes of districts, and of cities that have none.
    districts: HashSet<String>,
    departments: ByName<DepartmentId>,
    firms: ByName<FirmId>,
}

impl Units {
    async fn read(tx: &DatabaseTransaction, lines: &[NewReport], places: &Places, today: NaiveDate) -> Result<Self, Refused> {
        let codes: HashSet<&str> = places.areas().flat_map(|area| area.path.split('/')).filter(|code| !code.is_empty()).collect();
        let districts = areas::districts_in_tx(tx, codes.into_iter().map(ToOwned::to_owned).collect()).await?;
        let mut units = Self { districts: districts.into_keys().collect(), departments: HashMap::new(), firms: HashMap::new() };
        for portion in lines.chunks(PORTION) {
            let named: Vec<(String, &str)> = portion.iter().filter_map(|line| units.key(line, places)).collect();
            let keys: Vec<(&str, &str)> = named.iter().map(|(district, name)| (district.as_str(), *name)).collect();
            let departments = department::service::by_names_in_tx(tx, keys.clone(), today).await?;
            let firms = firm::service::by_names_in_tx(tx, keys).await?;
            units.departments.extend(departments.into_iter().map(|(key, department)| (key, department.id)));
            units.firms.extend(firms);
        }
        Ok(units)
    }

    /// The code of the district, and the name of the unit, where it is one.
    fn key<'l>(&self, line: &'l NewReport, places: &Places) -> Option<(String, &'l str)> {
        let Who::Unit(name) = &line.who else { return None };
        let district = places.maybe_area(&line.area)?.path.split('/').find(|code| self.districts.contains(*code))?;
        Some((district.to_owned(), name.as_str()))
    }
}

/// Whom the lines mean that are about persons, by their numbers.
async fn persons(
    app: &App,
    tx: &DatabaseTransaction,
    lines: &[NewReport],
    places: &Places,
    by: Option<PersonId>,
) -> Result<HashMap<u32, Result<PersonId, Bad>>, Refused> {
    let (mut numbers, mut whom) = (Vec::new(), Vec::new());
    for line in lines {
        if let Who::Person(named) = &line.who {
            numbers.push(line.line);
            whom.push((named, places.maybe_area(&line.area).map(|area| area.id)));
        }
    }
    let found = named::find(app, tx, &whom, by).await?;
    Ok(numbers.into_iter().zip(found).collect())
}

/// The report that a line tells of, as if it were new.
fn new(
    app: &App,
    line: &NewReport,
    places: &Places,
    units: &Units,
    person: Option<&Result<PersonId, Bad>>,
) -> Result<double_report::Model, Bad> {
    let (area_id, branch_id, complex_id) = place(line, places)?;
    let person_id = person.cloned().transpose()?;
    let key = units.key(line, places).map(|(district, name)| (district, name.to_owned()));
    let department_id = key.as_ref().and_then(|key| units.departments.get(key)).copied();
    let firm_id = key.as_ref().and_then(|key| units.firms.get(key)).copied().filter(|_| department_id.is_none());
    let unit_name = match &line.who {
        Who::Unit(name) if department_id.is_none() && firm_id.is_none() => Some(name.clone()),
        _ => None,
    };
    let today = app.clock.today();
    let out = |column, low: NaiveDate| {
        let why = Why::of("out-of-range").with("low", low.to_string()).with("high", today.to_string());
        Bad { line: line.line, column: Some(column), why }
    };
    if !(FIRST..=today).contains(&line.starts_on) {
        return Err(out(STARTS, FIRST));
    }
    if line.ends_on.is_some_and(|end| end > today) {
        return Err(out(ENDS, line.starts_on));
    }
    Ok(double_report::Model {
        id: app.clock.new_id(),
        person_id,
        department_id,
        firm_id,
        unit_name,
        branch_id,
        complex_id,
        area_id,
        service: line.service.clone(),
        skills: line.skills.clone(),
        starts_on: line.starts_on,
        ended_on: line.ends_on,
        provenance: Provenance::Recorded,
        version: 1,
    })
}

async fn sort(
    app: &App,
    tx: &DatabaseTransaction,
    portion: &[(&NewReport, double_report::Model)],
) -> Result<Sorted<double_report::Model>, Refused> {
    // a unit that was known by its name only when it reported has its record by now
    let named = |(line, row): &(&NewReport, double_report::Model)| match &line.who {
        Who::Person(_) => None,
        Who::Unit(name) => {
            let by_name = double_report::Model { department_id: None, firm_id: None, unit_name: Some(name.clone()), ..row.clone() };
            Some((store::key(&by_name), store::key(row)))
        }
    };
    let same: HashMap<store::Key, store::Key> = portion.iter().filter_map(named).collect();
    let mut of: HashMap<store::Key, Vec<double_report::Model>> = HashMap::new();
    let rows: Vec<&double_report::Model> = portion.iter().map(|(_, row)| row).collect();
    for row in store::reported_like(tx, &rows, same.keys().filter_map(|key| key.3.clone()).collect()).await? {
        let key = store::key(&row);
        of.entry(same.get(&key).cloned().unwrap_or(key)).or_default().push(row);
    }
    let (mut sorted, today) = (Sorted::default(), app.clock.today());
    for (line, new) in portion {
        let bad = |column, why| Bad { line: line.line, column: Some(column), why };
        let others = of.entry(store::key(new)).or_default();
        let same = others.iter().position(|other| other.starts_on == new.starts_on);
        let known = same.map(|at| others.swap_remove(at));
        let mut row = known.as_ref().map_or_else(
            || new.clone(),
            |known| double_report::Model {
                service: new.service.clone().or_else(|| known.service.clone()),
                skills: new.skills.clone().or_else(|| known.skills.clone()),
                ended_on: new.ended_on.or(known.ended_on),
                ..known.clone()
            },
        );
        let differs = known.as_ref().is_some_and(|known| *known != row);
        if differs && known.as_ref().is_some_and(|known| Reports::is_over(known, today)) {
            sorted.bad.push(bad(ENDS, Why::of("record-ended")));
            continue;
        }
        // what overlaps from before stays, and may still be ended
        let lasts_longer = known.as_ref().is_none_or(|known| known.ended_on.is_some_and(|end| row.ended_on > Some(end)));
        let days = (Some(row.starts_on), row.ended_on);
        if lasts_longer && others.iter().any(|other| party::overlap(days, (Some(other.starts_on), other.ended_on))) {
            sorted.bad.push(bad(STARTS, Why::of("import-report-overlaps")));
            continue;
        }
        row.version += i32::from(differs);
        others.push(row.clone());
        sorted.put(known, row);
    }
    Ok(sorted)
}

/// A report that has ended holds no posts.
async fn free_posts(
    app: &App,
    tx: &DatabaseTransaction,
    by: Option<PersonId>,
    changed: &[(double_report::Model, double_report::Model)],
) -> Result<(), Refused> {
    let ended = changed.iter().filter(|(was, _)| was.ended_on.is_none());
    let ended: HashMap<DoubleReportId, NaiveDate> = ended.filter_map(|(_, is)| Some((is.id, is.ended_on?))).collect();
    if ended.is_empty() {
        return Ok(());
    }
    let mut freed = Vec::new();
    for claim in store::open_claims_of(tx, ended.keys().copied().collect()).await? {
        let Some(day) = ended.get(&claim.report_id) else { continue };
        let (ended_on, version) = (Some(claim.starts_on.max(*day)), claim.version + 1);
        freed.push((claim.clone(), duty_claim::Model { ended_on, version, ..claim }));
    }
    keep_changes::<Claims>(app, tx, by, &freed).await?;
    Ok(store::put_claims(tx, freed.into_iter().map(|(_, claim)| claim).collect()).await?)
}
