//! The two registers of Louxing 台账: the published totals, with invented cases behind them.

use entity::{CaseCategory, CaseStatus, HandlerKind, HandlingLevel, RegisterId};

use super::{
    World,
    cases::Cases,
    dice::Dice,
    draft::Draft,
    scene::Scene,
    town::{LOUXING, MOON_COURT, Theme, Town},
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
    for (category, count, levels) in CLASS_TOTALS {
        let themes = town.themes_of(category);
        for _ in 0..count {
            let level = LEVELS[dice.weighted(&levels)];
            let theme = *dice.pick(&themes);
            settled(town, dice, cases, theme, level, classes)?;
        }
    }
    let misconduct = cases.register(dice, louxing, MISCONDUCT, MISCONDUCT_NOTE);
    for (status, count) in MISCONDUCT_TOTALS {
        for number in 0..count {
            about_the_firm(town, dice, cases, status, number, misconduct)?;
        }
    }
    Ok(())
}

/// Who tells of a case: residents mostly, the grid worker on patrol, the community on the telephone.
fn report<'a>(scene: &Scene<'_>, dice: &'a mut Dice, theme: &Theme, days_ago: i64) -> anyhow::Result<Draft<'a>> {
    let number = dice.below(16);
    let reporter = [scene.resident(number), scene.worker, scene.officer][dice.weighted(&[58, 16, 26])];
    let at = dice.daytime(days_ago);
    scene.report(dice, theme, reporter, at)
}

fn settled(
    town: &Town,
    dice: &mut Dice,
    cases: &mut Cases,
    theme: &Theme,
    level: HandlingLevel,
    register: RegisterId,
) -> anyhow::Result<()> {
    let home = dice.pick(&town.homes);
    let block = dice.chance(85).then(|| dice.below(home.blocks.len()));
    let scene = Scene::at(town, home, block.map(|at| &home.blocks[at]))?;
    let days_ago = dice.between(30, 730);
    let mut draft = report(&scene, dice, theme, days_ago)?;
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
    cases.push(draft, Some(register));
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
    let mut draft = match status {
        // recorded by the community: nobody waits for a grid worker
        CaseStatus::Reported | CaseStatus::Accepted => {
            let days_ago = dice.between(1, 6);
            let at = dice.daytime(days_ago);
            scene.report(dice, theme, scene.officer, at)?
        }
        _ => {
            let days_ago = if status.is_open() { dice.between(22, 60) } else { dice.between(40, 330) };
            report(&scene, dice, theme, days_ago)?
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
