//! Departments and the catalogue of matters from tables 导入职能部门、行政执法清单. A department is known by its district and its name, a matter by its district and its code.
//! Whom a line names replaces who led, or assisted, before; an empty cell leaves what is known.

use std::{collections::HashMap, sync::Arc};

use entity::{AreaId, CaseCategory, DepartmentId, MatterId, Provenance, department, matter, matter_department};

use super::store;
use crate::{
    app::App,
    area::service as areas,
    db::DatabaseTransaction,
    department::{
        scope::{Departments, Matters},
        service::in_words,
    },
    record::{import::keep_changes_with, scope::Kept},
    sheet::{self, Bad, Column, Line, Lines, PORTION, Refused, Sorted, Tally, Told, Why},
};

pub const COLUMNS: &[Column] = &[
    Column::required("district_code", "区县代码", "所在区县，或不设区的市，12 位数字。"),
    Column::required("name", "部门名称", "不超过 100 字，同一区县内不重名。"),
];

pub struct NewDepartment {
    line: u32,
    district: String,
    name: String,
}

pub fn read(line: Line) -> Result<NewDepartment, Bad> {
    Ok(NewDepartment {
        line: line.number,
        district: line.code("district_code", &[12])?.to_owned(),
        name: line.name("name", 100)?.to_owned(),
    })
}

/// Takes all of them in, or none.
pub async fn import(app: &Arc<App>, lines: Lines<NewDepartment>, told: Told<'_>) -> Result<Tally, Refused> {
    let tx = app.db.begin().await?;
    let (mut tally, mut bad, total) = (Tally::default(), lines.bad, lines.good.len());
    bad.extend(sheet::twice(lines.good.iter().map(|line| (line.line, (&line.district, &line.name))), "部门名称"));
    for (at, portion) in lines.good.chunks(PORTION).enumerate() {
        let mut sorted = sort(app, &tx, portion).await?;
        tally.count(&sorted, portion.len());
        bad.append(&mut sorted.bad);
        if bad.is_empty() {
            store::put_departments(&tx, sorted.rows()).await?;
        }
        told((at * PORTION + portion.len()).min(total), total);
    }
    sheet::finish(tx, bad, tally).await
}

async fn sort(app: &App, tx: &DatabaseTransaction, portion: &[NewDepartment]) -> Result<Sorted<department::Model>, Refused> {
    let districts = areas::districts_in_tx(tx, portion.iter().map(|line| line.district.clone()).collect()).await?;
    let known = store::named(tx, districts.values().copied().collect(), portion.iter().map(|line| line.name.clone()).collect()).await?;
    let mut known: HashMap<(AreaId, String), department::Model> =
        known.into_iter().map(|row| ((row.district_id, row.name.clone()), row)).collect();
    let mut sorted = Sorted::default();
    for line in portion {
        let Some(district_id) = districts.get(&line.district).copied() else {
            sorted.bad.push(Bad { line: line.line, column: Some("区县代码"), why: Why::of("import-no-district") });
            continue;
        };
        let (id, name, provenance) = (app.clock.new_id(), line.name.clone(), Provenance::Recorded);
        let known = known.remove(&(district_id, line.name.clone()));
        // no other table takes it for a department
        if known.as_ref().is_some_and(|known| Departments::is_over(known, app.clock.today())) {
            sorted.bad.push(Bad { line: line.line, column: Some("部门名称"), why: Why::of("record-ended") });
            continue;
        }
        let row = department::Model { id, name, district_id, provenance, ended_on: None, version: 1 };
        sorted.put(known.clone(), known.unwrap_or(row));
    }
    Ok(sorted)
}

pub const MATTER_COLUMNS: &[Column] = &[
    Column::required("district_code", "区县代码", "所在区县，或不设区的市，12 位数字。"),
    Column::required("code", "事项编码", "不超过 100 字，同一区县内不重复。"),
    Column::required("name", "事项名称", "不超过 100 字。"),
    Column::required("category", "问题类别", "违规行为、邻里矛盾、安全隐患、物业乱象或民生诉求。"),
    Column::optional("legal_basis", "法律依据", "不超过 1000 字；新录入的违规行为必填。"),
    Column::optional("lead", "主办部门", "已录入的部门名称。"),
    Column::optional("assisting", "协办部门", "已录入的部门名称，以“、”分隔。"),
];

const CATEGORIES: &[(&str, CaseCategory)] = &[
    ("违规行为", CaseCategory::Violation),
    ("邻里矛盾", CaseCategory::Dispute),
    ("安全隐患", CaseCategory::Hazard),
    ("物业乱象", CaseCategory::PropertyService),
    ("民生诉求", CaseCategory::Service),
    ("VIOLATION", CaseCategory::Violation),
    ("DISPUTE", CaseCategory::Dispute),
    ("HAZARD", CaseCategory::Hazard),
    ("PROPERTY_SERVICE", CaseCategory::PropertyService),
    ("SERVICE", CaseCategory::Service),
];

pub struct NewMatter {
    line: u32,
    district: String,
    code: String,
    name: String,
    category: CaseCategory,
    legal_basis: Option<String>,
    lead: Option<String>,
    assisting: Vec<String>,
}

pub fn read_matter(line: Line) -> Result<NewMatter, Bad> {
    let assisting = line.text("assisting").split(['、', ';', '；']).map(str::trim).filter(|name| !name.is_empty());
    Ok(NewMatter {
        line: line.number,
        district: line.code("district_code", &[12])?.to_owned(),
        code: line.name("code", 100)?.to_owned(),
        name: line.name("name", 100)?.to_owned(),
        category: line.word("category", CATEGORIES)?,
        legal_basis: line.maybe_name("legal_basis", 1000)?,
        lead: line.maybe_name("lead", 100)?,
        assisting: assisting.map(str::to_owned).collect(),
    })
}

/// A matter, and who answers for it, in the order of the departments; and in words, where that is from now on.
type Answered = (matter::Model, Vec<(DepartmentId, bool)>, String);

/// Takes all of them in, or none.
pub async fn import_matters(app: &Arc<App>, lines: Lines<NewMatter>, told: Told<'_>) -> Result<Tally, Refused> {
    let tx = app.db.begin().await?;
    let (mut tally, mut bad, total) = (Tally::default(), lines.bad, lines.good.len());
    bad.extend(sheet::twice(lines.good.iter().map(|line| (line.line, (&line.district, &line.code))), "事项编码"));
    for (at, portion) in lines.good.chunks(PORTION).enumerate() {
        let mut sorted = sort_matters(app, &tx, portion).await?;
        tally.count(&sorted, portion.len());
        bad.append(&mut sorted.bad);
        if bad.is_empty() {
            let changed = sorted.changed.iter().map(|(was, is)| ((was.0.clone(), is.0.clone()), (was.1 != is.1).then(|| is.2.clone())));
            keep_changes_with::<Matters>(app, &tx, lines.by, changed.collect()).await?;
            put(&tx, sorted.rows()).await?;
        }
        told((at * PORTION + portion.len()).min(total), total);
    }
    sheet::finish(tx, bad, tally).await
}

async fn put(tx: &DatabaseTransaction, rows: Vec<Answered>) -> Result<(), Refused> {
    let (matters, answering): (Vec<matter::Model>, Vec<_>) = rows.into_iter().map(|(matter, answering, _)| (matter, answering)).unzip();
    let ids: Vec<MatterId> = matters.iter().map(|matter| matter.id).collect();
    let of_matter = |(id, links): (&MatterId, Vec<(DepartmentId, bool)>)| {
        let matter_id = *id;
        links.into_iter().map(move |(department_id, lead)| matter_department::Model { matter_id, department_id, lead }).collect::<Vec<_>>()
    };
    let links = ids.iter().zip(answering).flat_map(of_matter).collect();
    store::put_matters(tx, matters).await?;
    store::unlink(tx, ids).await?;
    Ok(store::put_links(tx, links).await?)
}

async fn sort_matters(app: &App, tx: &DatabaseTransaction, portion: &[NewMatter]) -> Result<Sorted<Answered>, Refused> {
    let districts = areas::districts_in_tx(tx, portion.iter().map(|line| line.district.clone()).collect()).await?;
    let of_districts: Vec<AreaId> = districts.values().copied().collect();
    let names = portion.iter().flat_map(|line| line.lead.iter().chain(&line.assisting)).cloned().collect();
    let departments = store::named(tx, of_districts.clone(), names).await?.into_iter().filter(|department| department.ended_on.is_none());
    let departments: HashMap<(AreaId, String), department::Model> =
        departments.map(|row| ((row.district_id, row.name.clone()), row)).collect();
    let known = store::coded(tx, of_districts, portion.iter().map(|line| line.code.clone()).collect()).await?;
    let mut answered = store::links_of(tx, &known.iter().map(|matter| matter.id).collect::<Vec<_>>()).await?;
    let mut known: HashMap<(AreaId, String), matter::Model> =
        known.into_iter().map(|row| ((row.district_id, row.code.clone()), row)).collect();
    let mut sorted = Sorted::default();
    for line in portion {
        let Some(district_id) = districts.get(&line.district).copied() else {
            sorted.bad.push(Bad { line: line.line, column: Some("区县代码"), why: Why::of("import-no-district") });
            continue;
        };
        let known = known.remove(&(district_id, line.code.clone()));
        let before = known.as_ref().and_then(|known| answered.remove(&known.id)).unwrap_or_default();
        let found = answering(line, &before, |name| departments.get(&(district_id, name.to_owned())));
        let taken = found.and_then(|answering| row(app, line, district_id, known.as_ref()).map(|row| (row, answering)));
        let (mut row, answering) = match taken {
            Ok(taken) => taken,
            Err(bad) => {
                sorted.bad.push(bad);
                continue;
            }
        };
        let of_known = links(before.iter().map(|(lead, department)| (*lead, department)));
        let of_row = links(answering.iter().copied());
        let differs = known.as_ref().is_some_and(|known| *known != row || of_known != of_row);
        if differs && known.as_ref().is_some_and(|known| Matters::is_over(known, app.clock.today())) {
            sorted.bad.push(Bad { line: line.line, column: Some("事项编码"), why: Why::of("record-ended") });
            continue;
        }
        row.version += i32::from(differs);
        let names = |leads: bool| {
            let those = answering.iter().filter(move |(lead, _)| *lead == leads);
            those.map(|(_, department)| &*department.name).collect::<Vec<_>>()
        };
        let note = in_words(&names(true), &names(false));
        sorted.put(known.map(|known| (known, of_known, note.clone())), (row, of_row, note));
    }
    Ok(sorted)
}

/// The matter as it is to be.
fn row(app: &App, line: &NewMatter, district_id: AreaId, known: Option<&matter::Model>) -> Result<matter::Model, Bad> {
    let row = matter::Model {
        id: known.map_or_else(|| app.clock.new_id(), |known| known.id),
        district_id,
        code: line.code.clone(),
        name: line.name.clone(),
        category: line.category,
        legal_basis: line.legal_basis.clone().or_else(|| known?.legal_basis.clone()),
        provenance: known.map_or(Provenance::Recorded, |known| known.provenance),
        ended_on: known.and_then(|known| known.ended_on),
        version: known.map_or(1, |known| known.version),
    };
    if row.category == CaseCategory::Violation && row.legal_basis.is_none() {
        return Err(Bad { line: line.line, column: Some("法律依据"), why: Why::of("import-no-law") });
    }
    Ok(row)
}

/// Who answers for a matter, in the order of the departments.
fn links<'d>(answering: impl Iterator<Item = (bool, &'d department::Model)>) -> Vec<(DepartmentId, bool)> {
    let mut links: Vec<_> = answering.map(|(lead, department)| (department.id, lead)).collect();
    links.sort_unstable();
    links
}

/// Who leads and who assists from now on: whom the line names, and where it names nobody, whoever did before.
fn answering<'d>(
    line: &NewMatter,
    before: &'d [(bool, department::Model)],
    find: impl Fn(&str) -> Option<&'d department::Model>,
) -> Result<Vec<(bool, &'d department::Model)>, Bad> {
    let of_known =
        |leads: bool| before.iter().filter(move |(lead, _)| *lead == leads).map(|(_, department)| department).collect::<Vec<_>>();
    let named = |column, names: &[String]| {
        let missing = |name: &str| Bad { line: line.line, column: Some(column), why: Why::of("import-no-department").with("name", name) };
        names.iter().map(|name| find(name).ok_or_else(|| missing(name))).collect::<Result<Vec<_>, Bad>>()
    };
    let leading = if line.lead.is_none() { of_known(true) } else { named("主办部门", line.lead.as_slice())? };
    if leading.is_empty() && !line.assisting.is_empty() {
        return Err(Bad { line: line.line, column: Some("主办部门"), why: Why::of("import-no-lead") });
    }
    let assisting = if line.assisting.is_empty() { of_known(false) } else { named("协办部门", &line.assisting)? };
    let mut answering: Vec<(bool, &department::Model)> = leading.into_iter().map(|department| (true, department)).collect();
    for department in assisting {
        if answering.iter().all(|(_, other)| other.id != department.id) {
            answering.push((false, department));
        }
    }
    Ok(answering)
}
