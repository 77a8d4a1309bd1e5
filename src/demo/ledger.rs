//! The two registers of Louxing 台账 and what was counted besides: the published totals, with invented cases behind them.

use chrono::NaiveDate;
use entity::{CaseCategory, CaseStatus, HandlerKind, HandlingLevel, RegisterId};

use super::{
    World,
    cases::{Cases, File},
    dice::{Dice, ago, moment},
    draft::Draft,
    scene::Scene,
    town::{Home, LOUXING, MOON_COURT, Theme, Town},
};

const CLASSES: &str = "三类问题分类处置台账（两年）";
const CLASSES_NOTE: &str = "总数见于公开报道：邻里矛盾 3723 起、违规行为 760 余起、安全隐患 40 余个（余数从略）；每件案件的地点、人员、时间、经过与处置层级均为演示数据，虚构";
const MISCONDUCT: &str = "物业乱象整治台账（一案一册）";
const MISCONDUCT_NOTE: &str = "总数见于公开报道：155 件，已整改销号 93 件；每件案件的小区、企业、人员、时间、经过均为演示数据，虚构";

/// Category, number of cases, and how many in a hundred were settled in the complex, grid, community, subdistrict and district.
const CLASS_TOTALS: [(CaseCategory, usize, [i64; 5]); 3] = [
    (CaseCategory::Dispute, 3_723, [46, 24, 22, 5, 3]),
    (CaseCategory::Violation, 760, [16, 26, 30, 11, 17]),
    (CaseCategory::Hazard, 40, [20, 15, 30, 15, 20]),
];
const LEVELS: [HandlingLevel; 5] =
    [HandlingLevel::Complex, HandlingLevel::Grid, HandlingLevel::Community, HandlingLevel::Subdistrict, HandlingLevel::District];

/// 分类处置矛盾 5000 余起: closed from 2024-01 to 2025-10, the class ledger's of 2024 among them.
const DISPUTES_SINCE_2024: usize = 5_000;
/// 街心社区: 108 problems of everyday life 民生问题, one of which is narrated.
const STREET_HEART: &str = "431302001001";
const LIVELIHOOD: usize = 107;
const LIVELIHOOD_LEVELS: [i64; 5] = [20, 20, 45, 10, 5];

/// Where the 155 stand.
const MISCONDUCT_TOTALS: [(CaseStatus, usize); 6] = [
    (CaseStatus::Closed, 93),
    (CaseStatus::Resolved, 12),
    (CaseStatus::InProgress, 24),
    (CaseStatus::Assigned, 12),
    (CaseStatus::Accepted, 8),
    (CaseStatus::Reported, 6),
];

pub fn write(world: &World, town: &Town, dice: &mut Dice, cases: &mut Cases) -> anyhow::Result<()> {
    let louxing = world.area(LOUXING)?.id;
    let classes = cases.register(dice, louxing, CLASSES, CLASSES_NOTE);
    let (begin, turn, end) = (dice.told(2022, 10, 1), dice.told(2024, 1, 1), dice.told(2024, 10, 14));
    for (category, count, levels) in CLASS_TOTALS {
        for _ in 0..count {
            // more of them in the second year; those of a year are closed in it
            let (from, to) = if dice.chance(20) { (begin, ago(turn, 20)) } else { (turn, end) };
            let stretch = Stretch { category, levels, from, to, register: Some(classes) };
            settled(town, dice, cases, &town.homes, &stretch)?;
        }
    }
    since_then(town, dice, cases)?;
    let misconduct = cases.register(dice, louxing, MISCONDUCT, MISCONDUCT_NOTE);
    for (status, count) in MISCONDUCT_TOTALS {
        for number in 0..count {
            about_the_firm(town, dice, cases, status, number, misconduct)?;
        }
    }
    Ok(())
}

/// What was published a year later, in no register.
fn since_then(town: &Town, dice: &mut Dice, cases: &mut Cases) -> anyhow::Result<()> {
    let (since, from, to) = (moment(dice.told(2024, 1, 1), 0), dice.told(2024, 11, 1), dice.told(2025, 10, 14));
    let is_counted = |file: &&File| file.case.category == CaseCategory::Dispute && file.case.closed_at.is_some_and(|at| at >= since);
    let stretch = Stretch { category: CaseCategory::Dispute, levels: CLASS_TOTALS[0].2, from, to, register: None };
    for _ in cases.files.iter().filter(is_counted).count()..DISPUTES_SINCE_2024 {
        settled(town, dice, cases, &town.homes, &stretch)?;
    }
    let homes: Vec<Home> = town
        .quarters
        .iter()
        .filter(|quarter| quarter.code == STREET_HEART)
        .flat_map(|quarter| &quarter.homes)
        .map(|&home| town.homes[home].clone())
        .collect();
    let stretch = Stretch { category: CaseCategory::Service, levels: LIVELIHOOD_LEVELS, ..stretch };
    for _ in 0..LIVELIHOOD {
        settled(town, dice, cases, &homes, &stretch)?;
    }
    Ok(())
}

/// Who tells of a case: residents mostly, the grid worker on patrol, the community on the telephone.
fn report<'a>(scene: &Scene<'_>, dice: &'a mut Dice, theme: &Theme, day: NaiveDate) -> anyhow::Result<Draft<'a>> {
    let number = dice.below(16);
    let reporter = [scene.resident(number), scene.worker, scene.officer][dice.weighted(&[58, 16, 26])];
    let at = dice.daytime_on(day);
    scene.report(dice, theme, reporter, at)
}

/// Cases of a class, reported from day to day, each closed within two weeks.
struct Stretch {
    category: CaseCategory,
    levels: [i64; 5],
    from: NaiveDate,
    to: NaiveDate,
    register: Option<RegisterId>,
}

/// One more of them, somewhere in these complexes.
fn settled(town: &Town, dice: &mut Dice, cases: &mut Cases, homes: &[Home], stretch: &Stretch) -> anyhow::Result<()> {
    let level = LEVELS[dice.weighted(&stretch.levels)];
    let theme = *dice.pick(&town.themes_of(stretch.category));
    let home = dice.pick(homes);
    let block = dice.chance(85).then(|| dice.below(home.blocks.len()));
    let scene = Scene::at(town, home, block.map(|at| &home.blocks[at]))?;
    let day = dice.day_between(stretch.from, stretch.to);
    let mut draft = if stretch.register.is_some() {
        report(&scene, dice, theme, day)?
    } else {
        // brought to the community
        let at = dice.daytime_on(day);
        scene.report(dice, theme, scene.officer, at)?
    };
    if theme.category == CaseCategory::Dispute && draft.dice.chance(50) {
        // the neighbour, who is not the reporter
        let neighbour = home.residents.iter().find(|&&person| Some(person) != draft.case.reporter_id);
        draft.case.respondent_id = neighbour.map(|&person| person.into());
    }
    scene.bring(&mut draft, level, theme)?;
    draft.days_later(1, 8);
    scene.finish(&mut draft, theme)?;
    draft.days_later(1, 6);
    scene.close(&mut draft);
    if draft.case.reporter_id.is_some_and(|reporter| home.residents.contains(&reporter)) && draft.dice.chance(25) {
        let score = [5, 4, 3, 2][draft.dice.weighted(&[60, 28, 9, 3])];
        let comment = if score >= 4 { "处理及时，满意" } else { "处理慢了些" };
        let reporter = scene.resident(home.residents.iter().position(|&person| Some(person) == draft.case.reporter_id).unwrap_or(0));
        draft.days_later(1, 3).rate(reporter, score, comment);
    }
    cases.push(draft, stretch.register);
    Ok(())
}

/// A complaint about the firm of a complex: the firm is the respondent and has no part in it.
fn about_the_firm(
    town: &Town,
    dice: &mut Dice,
    cases: &mut Cases,
    status: CaseStatus,
    number: usize,
    register: RegisterId,
) -> anyhow::Result<()> {
    let served: Vec<_> = town.homes.iter().filter(|home| home.firm.is_some()).collect();
    // the firm of the demonstration's own chain gets its share
    let home = if number == 0 { town.home(MOON_COURT)? } else { *dice.pick(&served) };
    let block = dice.pick(&home.blocks);
    let scene = Scene::at(town, home, Some(block))?;
    let themes = town.themes_of(CaseCategory::PropertyService);
    let theme = *dice.pick(&themes);
    let published = dice.told(2025, 10, 31);
    let mut draft = match status {
        // recorded by the community: nobody waits for a grid worker
        CaseStatus::Reported | CaseStatus::Accepted => {
            let day = ago(published, dice.between(1, 6));
            let at = dice.daytime_on(day);
            scene.report(dice, theme, scene.officer, at)?
        }
        _ => {
            let days = if status.is_open() { dice.between(22, 60) } else { dice.between(40, 330) };
            report(&scene, dice, theme, ago(published, days))?
        }
    };
    draft.case.respondent_kind = Some(HandlerKind::PropertyFirm);
    draft.case.respondent_id = home.firm.map(Into::into);
    match status {
        CaseStatus::Reported => {}
        CaseStatus::Accepted => scene.take_up(&mut draft),
        CaseStatus::Assigned => {
            scene.take_up(&mut draft);
            scene.hand_on(&mut draft, "已到场核实，转社区");
            draft.later(10, 60).assign(scene.officer, scene.community, "社区牵头约谈物业，限期整改");
        }
        _ => {
            let level = LEVELS[2 + draft.dice.weighted(&[40, 20, 40])];
            scene.bring(&mut draft, level, theme)?;
            if draft.case.status != CaseStatus::InProgress {
                draft.later(5, 30).start(scene.officer);
            }
        }
    }
    if matches!(status, CaseStatus::Resolved | CaseStatus::Closed) {
        draft.days_later(2, 12);
        scene.finish(&mut draft, theme)?;
    }
    if status == CaseStatus::Closed {
        draft.days_later(1, 8);
        scene.close(&mut draft);
    }
    cases.push(draft, Some(register));
    Ok(())
}
