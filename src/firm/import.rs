//! Property firms and their contracts from tables 导入物业企业、物业服务合同. A firm is known by its district and its name, a contract by its firm, its complex and its
//! first day. Contracts of one complex do not overlap. An empty cell leaves what is known.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use chrono::NaiveDate;
use entity::{
    AreaId, ComplexId, CompositionRule, FirmId, Provenance, complex as complex_row, firm_admission, firm_contract, property_firm,
};

use super::{service::is_credit_code, store};
use crate::{
    app::App,
    area::service::{self as areas, ByName},
    committee, complex,
    db::DatabaseTransaction,
    firm::scope::{Contracts, Firms},
    record::{
        import::{hold, keep_changes},
        scope::Kept,
    },
    search,
    sheet::{self, Bad, Column, Line, Lines, PORTION, Refused, Sorted, Tally, Told, Why},
};

pub const COLUMNS: &[Column] = &[
    Column::required("district_code", "区县代码", "所在区县，或不设区的市，12 位数字。"),
    Column::required("name", "企业名称", "不超过 100 字，同一区县内不重名。"),
    Column::optional("credit_code", "统一社会信用代码", "18 位数字和大写字母，同一区县内不重复。"),
    Column::optional("admitted_on", "准入日期", "如 2026-06-10；准入该区县的第一天，已准入的不必再填。"),
    Column::optional("basis", "准入依据", "文件或记录，不超过 1000 字；填准入日期的须填写。"),
];

pub struct NewFirm {
    line: u32,
    district: String,
    name: String,
    credit_code: Option<String>,
    /// Since when, and on what.
    admitted: Option<(NaiveDate, String)>,
}

pub fn read(line: Line) -> Result<NewFirm, Bad> {
    let code = |text: &str| is_credit_code(text).then(|| text.to_owned());
    let admitted = match (line.maybe_day("admitted_on")?, line.maybe_name("basis", 1000)?) {
        (Some(day), Some(basis)) => Some((day, basis)),
        (Some(_), None) => return Err(line.bad("basis", Why::of("required"))),
        (None, _) => None,
    };
    Ok(NewFirm {
        line: line.number,
        district: line.code("district_code", &[12])?.to_owned(),
        name: line.name("name", 100)?.to_owned(),
        credit_code: line.maybe("credit_code", Why::of("credit-code"), code)?,
        admitted,
    })
}

/// A firm, and what admits it.
type Admitted = (property_firm::Model, Option<firm_admission::Model>);

/// Takes all of them in, or none.
pub async fn import(app: &Arc<App>, lines: Lines<NewFirm>, told: Told<'_>) -> Result<Tally, Refused> {
    let tx = app.db.begin().await?;
    let (mut tally, mut bad, total) = (Tally::default(), lines.bad, lines.good.len());
    bad.extend(sheet::twice(lines.good.iter().map(|firm| (firm.line, (&firm.district, &firm.name))), "企业名称"));
    let coded = lines.good.iter().filter_map(|firm| Some((firm.line, (&firm.district, firm.credit_code.as_ref()?))));
    bad.extend(sheet::twice(coded, "统一社会信用代码"));
    for (at, portion) in lines.good.chunks(PORTION).enumerate() {
        let mut sorted = sort(app, &tx, portion).await?;
        tally.count(&sorted, portion.len());
        bad.append(&mut sorted.bad);
        if bad.is_empty() {
            let changed = sorted.changed.iter().filter(|(was, is)| was.0 != is.0).map(|(was, is)| (was.0.clone(), is.0.clone()));
            let changed: Vec<_> = changed.collect();
            keep_changes::<Firms>(app, &tx, lines.by, &changed).await?;
            let admissions = sorted.new.iter().chain(sorted.changed.iter().map(|(_, is)| is)).filter_map(|row| row.1.clone()).collect();
            let rows: Vec<_> = sorted.new.into_iter().map(|row| row.0).chain(changed.into_iter().map(|(_, is)| is)).collect();
            search::index(&tx, &rows).await?;
            store::put(&tx, rows).await?;
            store::put_admissions(&tx, admissions).await?;
        }
        told((at * PORTION + portion.len()).min(total), total);
    }
    sheet::finish(tx, bad, tally).await
}

async fn sort(app: &App, tx: &DatabaseTransaction, portion: &[NewFirm]) -> Result<Sorted<Admitted>, Refused> {
    let codes: Vec<String> = portion.iter().map(|firm| firm.district.clone()).collect();
    areas::lock_by_codes_in_tx(tx, codes.clone()).await?;
    let districts = areas::districts_in_tx(tx, codes).await?;
    let of_districts: Vec<AreaId> = districts.values().copied().collect();
    let codes = portion.iter().filter_map(|firm| firm.credit_code.clone()).collect();
    let coded = store::coded(tx, of_districts.clone(), codes).await?;
    let coded: HashMap<_, FirmId> = coded.into_iter().filter_map(|row| Some(((row.district_id, row.credit_code?), row.id))).collect();
    let known = store::named(tx, of_districts, portion.iter().map(|firm| firm.name.clone()).collect()).await?;
    // nobody else admits them meanwhile
    hold::<Firms>(tx, known.iter()).await?;
    let mut admissions: HashMap<(FirmId, AreaId), Vec<firm_admission::Model>> = HashMap::new();
    for row in store::admissions_of(tx, known.iter().map(|row| row.id).collect()).await? {
        admissions.entry((row.firm_id, row.district_id)).or_default().push(row);
    }
    let mut known: HashMap<(AreaId, String), property_firm::Model> =
        known.into_iter().map(|row| ((row.district_id, row.name.clone()), row)).collect();
    let mut sorted = Sorted::default();
    for line in portion {
        let bad = |column, why| Bad { line: line.line, column: Some(column), why };
        let Some(district_id) = districts.get(&line.district).copied() else {
            sorted.bad.push(bad("区县代码", Why::of("import-no-district")));
            continue;
        };
        let known = known.remove(&(district_id, line.name.clone()));
        let mut row = known.clone().unwrap_or_else(|| property_firm::Model {
            id: app.clock.new_id(),
            name: line.name.clone(),
            district_id,
            provenance: Provenance::Recorded,
            provenance_note: None,
            credit_code: None,
            version: 1,
        });
        row.credit_code = line.credit_code.clone().or(row.credit_code);
        row.version += i32::from(known.as_ref().is_some_and(|known| *known != row));
        let holder = row.credit_code.clone().and_then(|code| coded.get(&(district_id, code)));
        if holder.is_some_and(|holder| *holder != row.id) {
            sorted.bad.push(bad("统一社会信用代码", Why::of("taken")));
            continue;
        }
        let before = admissions.get(&(row.id, district_id)).map_or(&[][..], Vec::as_slice);
        match admission(app, &row, line, before) {
            Ok(admission) => sorted.put(known.map(|known| (known, None)), (row, admission)),
            Err(why) => sorted.bad.push(bad("准入日期", why)),
        }
    }
    Ok(sorted)
}

/// What admits a firm, where it was not admitted on that day before; a mutation asks the same.
fn admission(
    app: &App,
    firm: &property_firm::Model,
    line: &NewFirm,
    before: &[firm_admission::Model],
) -> Result<Option<firm_admission::Model>, Why> {
    let Some((admitted_on, basis)) = line.admitted.clone() else { return Ok(None) };
    if before.iter().any(|known| known.admitted_on == admitted_on) {
        return Ok(None);
    }
    if before.iter().any(|known| known.left_on.is_none_or(|left| left >= admitted_on)) {
        return Err(Why::of("import-admission-overlaps"));
    }
    Ok(Some(firm_admission::Model {
        id: app.clock.new_id(),
        firm_id: firm.id,
        district_id: firm.district_id,
        admitted_on,
        basis,
        left_on: None,
        left_because: None,
        provenance: Provenance::Recorded,
        version: 1,
    }))
}

pub const CONTRACT_COLUMNS: &[Column] = &[
    Column::required("district_code", "区县代码", "企业所在区县的代码。"),
    Column::required("firm", "企业名称", "已录入的物业企业。"),
    Column::required("area_code", "所在区划代码", "小区所在区划的代码。"),
    Column::required("complex", "小区名称", "已录入的小区。"),
    Column::required("starts_on", "起始日期", "如 2026-06-10。"),
    Column::optional("ends_on", "终止日期", "最后一天；新录入时不填为不定期。"),
];

pub struct NewContract {
    line: u32,
    district: String,
    firm: String,
    area: String,
    complex: String,
    starts_on: NaiveDate,
    ends_on: Option<NaiveDate>,
}

pub fn read_contract(line: Line) -> Result<NewContract, Bad> {
    let (starts_on, ends_on) = (line.day("starts_on")?, line.maybe_day("ends_on")?);
    if ends_on.is_some_and(|end| end < starts_on) {
        return Err(line.bad("ends_on", Why::of("import-ends-before")));
    }
    Ok(NewContract {
        line: line.number,
        district: line.code("district_code", &[12])?.to_owned(),
        firm: line.name("firm", 100)?.to_owned(),
        area: line.code("area_code", &[12, 15, 18])?.to_owned(),
        complex: line.name("complex", 100)?.to_owned(),
        starts_on,
        ends_on,
    })
}

/// Takes all of them in, or none.
pub async fn import_contracts(app: &Arc<App>, lines: Lines<NewContract>, told: Told<'_>) -> Result<Tally, Refused> {
    let tx = app.db.begin().await?;
    let (mut tally, mut bad, mut good) = (Tally::default(), lines.bad, lines.good);
    let keys = good.iter().map(|line| (line.line, (&line.district, &line.firm, &line.area, &line.complex, line.starts_on)));
    let twice = sheet::twice(keys, "起始日期");
    let again: HashSet<u32> = twice.iter().map(|bad| bad.line).collect();
    good.retain(|contract| !again.contains(&contract.line));
    bad.extend(twice);
    // in the order of time, so that what is written before can be looked at
    good.sort_by_key(|contract| contract.starts_on);
    let total = good.len();
    // the complexes of all lines before the persons of any
    let keys = good.iter().map(|contract| (&*contract.area, &*contract.complex)).collect();
    standing(&tx, complex::service::by_names_in_tx(&tx, keys).await?).await?;
    for (at, portion) in good.chunks(PORTION).enumerate() {
        let mut sorted = sort_contracts(app, &tx, portion).await?;
        tally.count(&sorted, portion.len());
        bad.append(&mut sorted.bad);
        keep_changes::<Contracts>(app, &tx, lines.by, &sorted.changed).await?;
        store::put_contracts(&tx, sorted.rows()).await?;
        told((at * PORTION + portion.len()).min(total), total);
    }
    sheet::finish(tx, bad, tally).await
}

async fn sort_contracts(app: &App, tx: &DatabaseTransaction, portion: &[NewContract]) -> Result<Sorted<firm_contract::Model>, Refused> {
    let districts = areas::districts_in_tx(tx, portion.iter().map(|contract| contract.district.clone()).collect()).await?;
    let firms = store::named(tx, districts.values().copied().collect(), portion.iter().map(|line| line.firm.clone()).collect()).await?;
    let firms: HashMap<(AreaId, String), FirmId> = firms.into_iter().map(|row| ((row.district_id, row.name), row.id)).collect();
    let keys = portion.iter().map(|contract| (&*contract.area, &*contract.complex)).collect();
    let complexes = complex::service::by_names_in_tx(tx, keys).await?;
    // as they are once nobody else has them
    let complexes = standing(tx, complexes).await?;
    let known = store::contracts_of(tx, complexes.values().map(|complex| complex.id).collect()).await?;
    let mut of_complex: HashMap<ComplexId, Vec<firm_contract::Model>> = HashMap::new();
    for row in known {
        of_complex.entry(row.complex_id).or_default().push(row);
    }
    let (mut sorted, mut lines) = (Sorted::default(), HashMap::new());
    for line in portion {
        let bad = |column, why| Bad { line: line.line, column: Some(column), why };
        let firm = districts.get(&line.district).and_then(|district| firms.get(&(*district, line.firm.clone())));
        let complex = complexes.get(&(line.area.clone(), line.complex.clone())).map(|complex| (complex.id, complex.area_id));
        let (Some(firm_id), Some((complex_id, area_id))) = (firm.copied(), complex) else {
            let missing = if firm.is_none() {
                bad("企业名称", Why::of("import-no-firm"))
            } else {
                bad("小区名称", Why::of("import-no-complex"))
            };
            sorted.bad.push(missing);
            continue;
        };
        let others = of_complex.entry(complex_id).or_default();
        let same = others.iter().position(|other| other.firm_id == firm_id && other.starts_on == line.starts_on);
        let known = same.map(|at| others.swap_remove(at));
        let (starts_on, ends_on) = (line.starts_on, line.ends_on.or(known.as_ref().and_then(|known| known.ends_on)));
        let row = match &known {
            Some(known) => {
                let version = known.version + i32::from(known.ends_on != ends_on);
                firm_contract::Model { ends_on, version, ..known.clone() }
            }
            None => {
                let id = app.clock.new_id();
                firm_contract::Model { id, firm_id, complex_id, starts_on, ends_on, area_id, ended_because: None, version: 1 }
            }
        };
        // one that was ended before its time, for a reason, is not as it was concluded any more
        let is_over = |known: &firm_contract::Model| known.ended_because.is_some() || Contracts::is_over(known, app.clock.today());
        if known.as_ref().is_some_and(|known| *known != row && is_over(known)) {
            sorted.bad.push(bad("终止日期", Why::of("record-ended")));
            continue;
        }
        if others.iter().any(|other| overlap(other, &row)) {
            sorted.bad.push(bad("起始日期", Why::of("import-contract-overlaps")));
            continue;
        }
        lines.insert(row.id, line.line);
        others.push(row.clone());
        sorted.put(known, row);
    }
    let written: Vec<_> = sorted.new.iter().chain(sorted.changed.iter().map(|(_, row)| row)).collect();
    for id in store::barred(tx, &written).await? {
        let source = committee::model::source(CompositionRule::NotOfServingFirm);
        let why = Why::of("broken-not-of-serving-firm").with("source", source.to_owned());
        sorted.bad.push(Bad { line: lines.get(&id).copied().unwrap_or_default(), column: Some("企业名称"), why });
    }
    Ok(sorted)
}

/// Those of the complexes that there still are when they are locked.
async fn standing(tx: &DatabaseTransaction, named: ByName<ComplexId>) -> Result<ByName<complex_row::Model>, Refused> {
    let locked = complex::service::lock_in_tx(tx, named.values().copied().collect()).await?;
    let locked: HashMap<ComplexId, complex_row::Model> = locked.into_iter().map(|row| (row.id, row)).collect();
    Ok(named.into_iter().filter_map(|(key, id)| Some((key, locked.get(&id)?.clone()))).collect())
}

fn overlap(one: &firm_contract::Model, other: &firm_contract::Model) -> bool {
    let until = |end: Option<NaiveDate>, start: NaiveDate| end.is_none_or(|end| end >= start);
    until(one.ends_on, other.starts_on) && until(other.ends_on, one.starts_on)
}
