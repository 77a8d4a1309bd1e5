//! The cases that published accounts tell of: `facts/reported-cases.csv`. What an account does not say is filled in and said to be.

use std::collections::HashMap;

use anyhow::Context;
use chrono::{Duration, NaiveDate};
use entity::{AreaId, CaseCategory, CaseStatus, ComplexKind, HandlerKind, Hundredths, IntakeChannel, PostRole, Provenance, complex};
use serde::Deserialize;

use super::{
    World,
    cases::Cases,
    dice::{Dice, ago},
    draft::{Draft, Report},
    people::{Hire, hire},
    scene::Scene,
    town::{Block, Home, LOUXING, Place, Town, Unit, Worker, place_of},
    units::{add_buildings, add_grid},
};

/// A row of the file.
#[derive(Deserialize)]
struct Told {
    place_code: String,
    place: String,
    complex: String,
    category: CaseCategory,
    matter: String,
    what_happened: String,
    path: String,
    outcome: String,
    inferred: String,
}

/// When a case was reported and last moved, before its account was published, and where it stands by its outcome: by the matter told.
const STORY: [(&str, &str, &str, CaseStatus); 19] = [
    ("外墙瓷砖掉落", "2024-09-02", "2024-09-05", CaseStatus::InProgress),
    ("变电箱噪音扰民", "2024-09-10", "2024-09-25", CaseStatus::Closed),
    ("老旧院落无人管理", "2025-03-03", "2025-09-15", CaseStatus::Closed),
    ("防汛隐患", "2025-06-03", "2025-07-10", CaseStatus::Closed),
    ("电动车充电难", "2025-04-07", "2025-09-22", CaseStatus::Closed),
    ("路面破损", "2023-10-09", "2023-10-16", CaseStatus::Closed),
    ("南门口路面破损", "2023-11-06", "2023-11-13", CaseStatus::Closed),
    ("自来水管架子掉落", "2023-08-07", "2023-08-21", CaseStatus::Closed),
    ("物业服务与停车", "2023-12-04", "2023-12-12", CaseStatus::Resolved),
    ("楼顶老化漏雨", "2023-09-04", "2023-10-30", CaseStatus::Resolved),
    ("前厅分配", "2024-01-08", "2024-02-26", CaseStatus::InProgress),
    ("土地流转补偿", "2023-05-08", "2023-06-05", CaseStatus::Closed),
    ("消防通道被占用", "2023-07-03", "2023-08-07", CaseStatus::Closed),
    ("天然气管道锈蚀", "2024-02-19", "2024-02-19", CaseStatus::Accepted),
    ("房产办证", "2021-03-01", "2021-09-06", CaseStatus::Closed),
    ("自行车电动车乱停放", "2019-03-04", "2019-05-06", CaseStatus::Closed),
    ("下水道堵塞", "2019-04-08", "2019-04-09", CaseStatus::Closed),
    ("电梯老化", "2019-03-11", "2019-05-20", CaseStatus::InProgress),
    ("增设健身器材", "2024-02-20", "2024-02-20", CaseStatus::Accepted),
];
/// The matters of Louxing's catalogue that its narrated cases belong to.
const MATTERS: [(&str, &str); 4] = [
    ("外墙瓷砖掉落", "外墙饰面脱落"),
    ("变电箱噪音扰民", "配电设备噪音整改"),
    ("防汛隐患", "低洼处内涝"),
    ("电动车充电难", "充电设施建设协调"),
];
/// What an account says was refunded, by the matter told: of 80 余万元 no more than is certain.
const REFUNDED: (&str, Hundredths) = ("房产办证", Hundredths(80_000_000));
const HOTEL: &str = "阿拉善广场";

fn rows() -> Result<Vec<Told>, csv::Error> {
    csv::Reader::from_reader(include_str!("../../facts/reported-cases.csv").as_bytes()).into_deserialize().collect()
}

/// The building that the text names, such as 7号楼.
fn block_in(text: &str) -> Option<String> {
    let end = text.find("号楼")?;
    let digits = text[..end].chars().rev().take_while(char::is_ascii_digit).count();
    (digits > 0).then(|| text[end - digits..end + "号楼".len()].to_owned())
}

/// The other districts' complexes, each with a grid and those who act in its case.
pub fn lay_out(world: &mut World, town: &mut Town, dice: &mut Dice) -> anyhow::Result<()> {
    let mut grids: HashMap<AreaId, _> = HashMap::new();
    for told in rows()?.into_iter().filter(|told| told.place_code != LOUXING && !told.place_code.starts_with("431302")) {
        let area = world.area(&told.place_code)?.clone();
        officers(world, town, dice, area.id)?;
        if told.complex == told.place || told.complex == area.name {
            continue;
        }
        let grid = match grids.get(&area.id) {
            Some(&grid) => grid,
            None => {
                let (grid, grid_area) = add_grid(world, dice, &area, 1);
                town.grid_places.insert(grid, place_of(world, grid_area)?);
                staff(world, town, dice, PostRole::GridWorker, grid.into(), area.id);
                grids.insert(area.id, grid);
                grid
            }
        };
        let name = block_in(&told.what_happened).unwrap_or_else(|| "1号楼".to_owned());
        let (id, block) = (dice.noun(), Block { id: dice.noun(), name, grid });
        world.complexes.push(complex::Model {
            id,
            area_id: area.id,
            name: told.complex.clone(),
            kind: if told.complex == HOTEL { ComplexKind::Apartment } else { ComplexKind::Other },
            address: None,
            households: None,
            floor_area: None,
            provenance: Provenance::Published,
            provenance_note: Some("公开报道提到的小区；网格与楼栋为演示数据补充".to_owned()),
            longitude: None,
            latitude: None,
            version: 1,
            ended_on: None,
            ended_because: None,
            merged_into_id: None,
        });
        let mut home = Home { id, name: told.complex, area: area.id, firm: None, branch: None, blocks: vec![block], residents: Vec::new() };
        add_buildings(world, dice, &home);
        home.residents.push(staff(world, town, dice, PostRole::Resident, id.into(), area.id).person);
        town.elsewhere.push(home);
    }
    Ok(())
}

pub fn staff(world: &mut World, town: &mut Town, dice: &mut Dice, role: PostRole, unit: uuid::Uuid, area: AreaId) -> Worker {
    // some accounts are of 2019
    let since = ago(dice.today, 1_095).min(NaiveDate::from_ymd_opt(2019, 1, 1).unwrap_or_default());
    hire(world, town, dice, Hire { role, unit, area, since, until: None })
}

/// Two officers for the place and for the subdistrict above it, so that one can verify the other's work.
pub fn officers(world: &mut World, town: &mut Town, dice: &mut Dice, area: AreaId) -> anyhow::Result<()> {
    let place = place_of(world, area)?;
    for (unit, role) in [(place.community, PostRole::CommunityOfficer), (place.subdistrict, PostRole::SubdistrictOfficer)] {
        let Some(unit) = unit.filter(|unit| !town.staff.contains_key(&(*unit).into())) else { continue };
        for _ in 0..2 {
            staff(world, town, dice, role, unit.into(), unit);
        }
    }
    Ok(())
}

pub fn write(world: &World, town: &Town, dice: &mut Dice, cases: &mut Cases) -> anyhow::Result<()> {
    for told in rows()? {
        let (_, from, to, status) =
            STORY.iter().find(|story| story.0 == told.matter).with_context(|| format!("no dates: {}", told.matter))?;
        let (from, to): (NaiveDate, NaiveDate) = (from.parse()?, to.parse()?);
        // a clock that stands before the account moves the story back by whole years of weeks
        let late = (to - ago(dice.today, 30)).num_days().max(0);
        let back = Duration::days((late + 363) / 364 * 364);
        let home = town.homes.iter().chain(&town.elsewhere).find(|home| home.name == told.complex);
        let mut draft = match home {
            Some(home) if home.firm.is_some() && *status == CaseStatus::Closed => {
                called_department(town, dice, &told, home, (from - back, to - back))?
            }
            Some(home) => {
                let block = block_in(&told.what_happened).and_then(|name| home.blocks.iter().find(|block| block.name == name));
                let place = town.place(home, block)?;
                let reporter = Worker { person: home.residents[0], role: PostRole::Resident };
                plain(town, dice, &told, &place, Some(reporter), (from - back, to - back), *status)?
            }
            None => {
                let place = place_of(world, world.area(&told.place_code)?.id)?;
                plain(town, dice, &told, &place, None, (from - back, to - back), *status)?
            }
        };
        draft.case.provenance = Provenance::Published;
        draft.case.provenance_note = Some(note(&told));
        cases.push(draft, None);
    }
    Ok(())
}

fn note(told: &Told) -> String {
    let said = [("经过", &told.path), ("结果", &told.outcome), ("推断（来源表所记）", &told.inferred)];
    let said = said.iter().filter(|(_, text)| !text.is_empty()).map(|(word, text)| format!("{word}：{text}；"));
    let least = if told.matter == REFUNDED.0 { "追回金额按所述“80 余万元”的下限登记；" } else { "" };
    format!("公开报道。{}{least}编号、人员、具体时间、网格、处置层级与时间线为演示补充，案件状态按所述结果推定", said.collect::<String>())
}

fn report<'a>(
    town: &Town,
    dice: &'a mut Dice,
    told: &Told,
    place: &Place,
    reporter: Option<Worker>,
    from: NaiveDate,
) -> anyhow::Result<Draft<'a>> {
    let handler = match (place.grid, place.community, place.subdistrict) {
        (Some(grid), ..) => Unit::new(HandlerKind::Grid, grid),
        (None, Some(community), _) => Unit::new(HandlerKind::Community, community),
        (None, None, Some(street)) => Unit::new(HandlerKind::Subdistrict, street),
        _ => Unit::new(HandlerKind::District, place.district),
    };
    let reporter = reporter.map_or_else(|| town.worker(handler), Ok)?;
    let matter = MATTERS.iter().find(|(matter, _)| *matter == told.matter);
    let channel = if reporter.role == PostRole::Resident { IntakeChannel::App } else { IntakeChannel::Visit };
    let at = dice.morning_on(from);
    let report = Report {
        place,
        category: told.category,
        matter: matter.map(|(_, listed)| town.task(listed)).transpose()?.map(|task| task.matter),
        title: format!("{}{}", if told.complex == "全区" { &told.place } else { &told.complex }, told.matter),
        description: told.what_happened.clone(),
        channel,
        reporter: Some(reporter),
        handler,
    };
    Ok(Draft::report(dice, at, report))
}

/// A resident tells the community, which calls the department that answers for it.
fn called_department<'a>(
    town: &Town,
    dice: &'a mut Dice,
    told: &Told,
    home: &Home,
    (from, to): (NaiveDate, NaiveDate),
) -> anyhow::Result<Draft<'a>> {
    let scene = Scene::at(town, home, home.blocks.first())?;
    let theme = town.themes.iter().find(|theme| MATTERS.contains(&(&*told.matter, &*theme.matter))).context("a theme of the matter")?;
    let reporter = scene.resident(1);
    let mut draft = report(town, dice, told, &scene.place, Some(reporter), from)?;
    scene.take_up(&mut draft);
    scene.to_departments(&mut draft, theme, 1)?;
    let at = draft.dice.morning_on(to);
    draft.until(at);
    scene.finish(&mut draft, theme)?;
    draft.case.resolution = Some(told.outcome.clone());
    draft.later(60, 180);
    scene.close(&mut draft);
    Ok(draft)
}

/// Taken up at once, dealt with by the level that the place belongs to, verified by the one above it or by a colleague.
fn plain<'a>(
    town: &Town,
    dice: &'a mut Dice,
    told: &Told,
    place: &Place,
    reporter: Option<Worker>,
    (from, to): (NaiveDate, NaiveDate),
    status: CaseStatus,
) -> anyhow::Result<Draft<'a>> {
    let unit = match (place.community, place.subdistrict) {
        (Some(community), _) => Unit::new(HandlerKind::Community, community),
        (None, Some(street)) => Unit::new(HandlerKind::Subdistrict, street),
        _ => Unit::new(HandlerKind::District, place.district),
    };
    let officer = town.worker(unit)?;
    let mut draft = report(town, dice, told, place, reporter, from)?;
    match draft.first_call().zip(place.grid) {
        Some((call, grid)) => {
            let worker = town.worker(Unit::new(HandlerKind::Grid, grid))?;
            draft.later(20, 90).check_in(call, worker);
            draft.later(10, 40).conclude(call, worker, "已到场核实，转上一级处理");
            draft.later(5, 30).assign(officer, unit, "牵头处理");
        }
        None => {
            draft.later(20, 90).accept(officer);
        }
    }
    if status == CaseStatus::InProgress {
        let at = draft.dice.daytime_on(to);
        draft.until(at).start(officer);
    }
    if matches!(status, CaseStatus::Resolved | CaseStatus::Closed) {
        let at = draft.dice.daytime_on(to);
        draft.case.recovered = (told.matter == REFUNDED.0).then_some(REFUNDED.1);
        draft.until(at).resolve(officer, &told.outcome);
    }
    if status == CaseStatus::Closed {
        let street = place.subdistrict.filter(|_| unit.kind == HandlerKind::Community);
        let verifier = match street {
            Some(street) => town.worker(Unit::new(HandlerKind::Subdistrict, street))?,
            None => town.colleague(unit, officer)?,
        };
        draft.later(60, 180).close(verifier, "现场核验，与报道所述一致");
    }
    Ok(draft)
}
