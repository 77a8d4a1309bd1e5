//! Work waiting for the sign-ins 待办: the last weeks in 月塘社区, most of it in 新月苑 and in its grid worker's grid.

use chrono::{DateTime, Duration, Utc};
use entity::{CaseCategory, HandlingLevel};

use super::{
    cases::Cases,
    dice::{Dice, Due, ago, day_of, moment, working_day_before},
    draft::{Call, Draft},
    scene::Scene,
    town::{Home, MOON_COURT, Theme, Town, URBAN_MANAGEMENT, Unit, Worker, YUETANG},
};
use crate::calendar::model::is_working_day;

pub fn write(town: &Town, dice: &mut Dice, cases: &mut Cases) -> anyhow::Result<()> {
    let mut desk = Desk::new(town, dice, cases)?;
    desk.reported()?;
    desk.accepted()?;
    desk.assigned()?;
    desk.in_progress_without_calls()?;
    desk.in_progress_calls()?;
    desk.checked_in()?;
    desk.escalated()?;
    desk.resolved()?;
    desk.ended()
}

/// Due today, on the next working day, overdue: so many of each.
fn dues(today: usize, next: usize, overdue: usize) -> impl Iterator<Item = Due> {
    [(Due::Today, today), (Due::Next, next), (Due::Overdue, overdue)].into_iter().flat_map(|(due, count)| std::iter::repeat_n(due, count))
}

/// How far up a case has come when the next whistle is raised.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Grid,
    Community,
    Street,
}

struct Desk<'a> {
    town: &'a Town,
    dice: &'a mut Dice,
    cases: &'a mut Cases,
    court: &'a Home,
    /// The other complexes of the same grid.
    neighbours: Vec<&'a Home>,
    themes: Vec<&'a Theme>,
    /// Themes for which the department of the sign-in is in the lead.
    urban: Vec<&'a Theme>,
    count: usize,
}

impl<'a> Desk<'a> {
    fn new(town: &'a Town, dice: &'a mut Dice, cases: &'a mut Cases) -> anyhow::Result<Self> {
        let court = town.home(MOON_COURT)?;
        let grid = court.blocks[0].grid;
        let quarter = town.quarters.iter().filter(|quarter| quarter.code == YUETANG);
        let homes = quarter.flat_map(|quarter| &quarter.homes).map(|&home| &town.homes[home]);
        let neighbours = homes.filter(|home| home.id != court.id && home.blocks.iter().all(|block| block.grid == grid)).collect();
        let themes = town.themes.iter().filter(|theme| theme.category != CaseCategory::PropertyService).collect();
        let lead = town.departments.get(URBAN_MANAGEMENT).copied();
        let urban = town.themes.iter().filter(|theme| town.tasks.get(&theme.matter).map(|task| task.lead) == lead).collect();
        Ok(Self { town, dice, cases, court, neighbours, themes, urban, count: 0 })
    }

    /// The next place: two of three in the complex of the sign-ins.
    fn scene(&mut self) -> anyhow::Result<Scene<'a>> {
        self.count += 1;
        let home = match self.count % 3 {
            0 if !self.neighbours.is_empty() => self.neighbours[self.count / 3 % self.neighbours.len()],
            _ => self.court,
        };
        self.scene_in(home)
    }

    fn scene_in(&self, home: &'a Home) -> anyhow::Result<Scene<'a>> {
        Scene::at(self.town, home, Some(&home.blocks[self.count % home.blocks.len()]))
    }

    fn theme(&mut self) -> &'a Theme {
        self.themes[self.dice.below(self.themes.len())]
    }

    /// For the firm and the branch: what can be settled inside the complex.
    fn theme_of(&mut self, category: CaseCategory) -> &'a Theme {
        let themes = self.town.themes_of(category);
        themes[self.dice.below(themes.len())]
    }

    fn file(cases: &mut Cases, draft: Draft<'_>) {
        cases.push(draft, None);
    }

    /// Whistles to the grid that wait for its worker; reports without a whistle; whistles that went on to the community.
    fn reported(&mut self) -> anyhow::Result<()> {
        for (number, due) in dues(10, 6, 3).enumerate() {
            let scene = self.scene_in(self.court)?;
            self.count += 1;
            let (theme, at) = (self.theme(), self.dice.raised(due));
            // every fourth is the sign-in's own
            let reporter = scene.resident(if number % 4 == 0 { 0 } else { 1 + number % 7 });
            let draft = scene.report(self.dice, theme, reporter, at)?;
            Self::file(self.cases, draft);
        }
        for number in 0..20 {
            let scene = self.scene()?;
            let (theme, at) = (self.theme(), self.dice.daytime(1 + number % 6));
            let reporter = if number % 2 == 0 { scene.worker } else { scene.officer };
            let draft = scene.report(self.dice, theme, reporter, at)?;
            Self::file(self.cases, draft);
        }
        // something has always come in today
        let scene = self.scene_in(self.court)?;
        let (theme, at) = (self.theme(), (self.dice.now - Duration::minutes(20)).max(moment(self.dice.today, 0)));
        let draft = scene.report(self.dice, theme, scene.worker, at)?;
        Self::file(self.cases, draft);
        Ok(())
    }

    fn accepted(&mut self) -> anyhow::Result<()> {
        for number in 0..28 {
            let scene = self.scene()?;
            let (theme, at) = (self.theme(), self.dice.daytime(1 + number % 13));
            let reporter = if number % 3 == 0 { scene.worker } else { scene.officer };
            let mut draft = scene.report(self.dice, theme, reporter, at)?;
            scene.take_up(&mut draft);
            Self::file(self.cases, draft);
        }
        for (number, due) in dues(4, 2, 1).enumerate() {
            self.departments_called(Some(due), number, false)?;
        }
        for due in dues(3, 2, 0) {
            let scene = self.scene()?;
            let (theme, at) = (self.theme(), self.dice.raised(due));
            let mut draft = recorded(self.dice, &scene, theme, at, 3)?;
            draft.until(at).raise(scene.community, scene.officer, scene.street, true, "涉及多个社区，请街道报到");
            Self::file(self.cases, draft);
        }
        for number in 0..6 {
            self.departments_called(None, number, false)?;
        }
        Ok(())
    }

    /// The community calls the departments; without a due time, they decline and wait for the ruling.
    fn departments_called(&mut self, due: Option<Due>, number: usize, started: bool) -> anyhow::Result<()> {
        let scene = self.scene()?;
        let theme = self.urban[number % self.urban.len()];
        let at = match due {
            Some(due) => self.dice.raised(due),
            None => {
                let day = working_day_before(self.dice.today);
                self.dice.morning_on(day)
            }
        };
        let town = self.town;
        let mut draft = if started {
            brought(self.dice, &scene, theme, (at, self.count), Stage::Community)?
        } else {
            recorded(self.dice, &scene, theme, at, 3)?
        };
        draft.until(at);
        let calls = scene.call_departments(&mut draft, scene.community, scene.officer, theme, 3)?;
        if due.is_none() {
            let worker = town.worker(draft.target(calls[0]))?;
            draft.later(30, 240).decline(calls[0], worker, "经现场查看，不属于本部门职责范围，建议由其他部门牵头");
            for &other in &calls[1..] {
                let worker = town.worker(draft.target(other))?;
                draft.later(5, 30).check_in(other, worker);
            }
        }
        Self::file(self.cases, draft);
        Ok(())
    }

    /// With the firm, the branch and the grid; a few branches have called the department.
    fn assigned(&mut self) -> anyhow::Result<()> {
        for number in 0..14 {
            self.within_complex(CaseCategory::Service, number, false)?;
            self.within_complex(CaseCategory::Dispute, number, false)?;
        }
        for number in 0..12 {
            let scene = self.scene()?;
            let (theme, at) = (self.theme(), self.dice.now);
            let mut draft = recorded(self.dice, &scene, theme, at, 12)?;
            let note = ["请网格员上门核实", "请网格员组织双方见面"][number % 2];
            draft.later(10, 60).assign(scene.officer, scene.grid, note);
            Self::file(self.cases, draft);
        }
        for (number, due) in dues(3, 1, 0).enumerate() {
            let scene = self.scene_in(self.court)?;
            let (theme, at) = (self.urban[number % self.urban.len()], self.dice.raised(due));
            let mut draft = recorded(self.dice, &scene, theme, at, 4)?;
            draft.later(10, 60).assign(scene.officer, scene.branch, "请小区党支部牵头处理");
            draft.until(at);
            scene.call_departments(&mut draft, scene.branch, scene.secretary, theme, 2)?;
            Self::file(self.cases, draft);
        }
        Ok(())
    }

    /// A case of 新月苑 with its firm, or with its branch where it is a dispute.
    fn within_complex(&mut self, category: CaseCategory, number: i64, started: bool) -> anyhow::Result<()> {
        let scene = self.scene_in(self.court)?;
        self.count += 1;
        let (theme, at) = (self.theme_of(category), ago(self.dice.today, 1 + number % 15));
        let at = self.dice.morning_on(at);
        let reporter = scene.resident(self.count);
        let mut draft = scene.report(self.dice, theme, reporter, at)?;
        scene.take_up(&mut draft);
        scene.to_complex(&mut draft);
        if started {
            let handler = Unit { kind: draft.case.handler_kind, id: draft.case.handler_id };
            let worker = self.town.worker(handler)?;
            draft.later(20, 120).start(worker);
        }
        Self::file(self.cases, draft);
        Ok(())
    }

    fn in_progress_without_calls(&mut self) -> anyhow::Result<()> {
        for number in 0..7 {
            self.within_complex(CaseCategory::Service, number, true)?;
            self.within_complex(CaseCategory::Dispute, number, true)?;
        }
        Ok(())
    }

    /// Whistles on which somebody has to check in, at each level above the grid.
    fn in_progress_calls(&mut self) -> anyhow::Result<()> {
        for due in dues(5, 3, 1) {
            self.called(due, Stage::Grid)?;
        }
        for due in dues(3, 2, 1) {
            self.called(due, Stage::Community)?;
        }
        for due in dues(5, 3, 1) {
            self.called(due, Stage::Street)?;
        }
        for (number, due) in dues(3, 2, 1).enumerate() {
            self.departments_called(Some(due), number, true)?;
        }
        Ok(())
    }

    /// The unit at that stage calls the next above it.
    fn called(&mut self, due: Due, stage: Stage) -> anyhow::Result<()> {
        let scene = self.scene()?;
        let (theme, at) = (self.theme(), self.dice.raised(due));
        let mut draft = brought(self.dice, &scene, theme, (at, self.count), stage)?;
        let (from, who, to, reason) = match stage {
            Stage::Grid => (scene.grid, scene.worker, scene.community, "网格难以单独解决，请社区报到"),
            Stage::Community => (scene.community, scene.officer, scene.street, "需街道统筹协调，请街道报到"),
            Stage::Street => (scene.street, scene.street_officer, scene.district, "涉及多个部门，请区里统筹"),
        };
        draft.until(at).raise(from, who, to, true, reason);
        Self::file(self.cases, draft);
        Ok(())
    }

    /// Somebody has turned up and has not reported back yet: at each level.
    fn checked_in(&mut self) -> anyhow::Result<()> {
        for number in 0..12 {
            self.at_work(HandlingLevel::Grid, number)?;
        }
        for level in [HandlingLevel::Community, HandlingLevel::Subdistrict, HandlingLevel::District] {
            for number in 0..8 {
                self.at_work(level, number)?;
            }
        }
        for _ in 0..6 {
            let scene = self.scene()?;
            let (theme, now) = (self.theme(), self.dice.now);
            let mut draft = brought(self.dice, &scene, theme, (now, self.count), Stage::Street)?;
            draft.later(10, 60);
            let call = draft.raise(scene.street, scene.street_officer, scene.district, true, "涉及多个部门，请区里统筹");
            draft.later(10, 60).check_in(call, scene.district_officer);
            Self::file(self.cases, draft);
        }
        Ok(())
    }

    fn at_work(&mut self, level: HandlingLevel, number: i64) -> anyhow::Result<()> {
        let scene = self.scene()?;
        let theme = match level {
            HandlingLevel::District => self.urban[usize::try_from(number)? % self.urban.len()],
            _ => self.theme(),
        };
        let day = ago(self.dice.today, 1 + number % 9);
        let at = self.dice.morning_on(day);
        let reporter = scene.resident(self.count);
        let mut draft = scene.report(self.dice, theme, reporter, at)?;
        scene.bring(&mut draft, level, theme)?;
        Self::file(self.cases, draft);
        Ok(())
    }

    /// Nobody turned up: the superior has been called.
    fn escalated(&mut self) -> anyhow::Result<()> {
        for due in dues(2, 1, 1) {
            // a resident's whistle to the grid
            let scene = self.scene_in(self.court)?;
            self.count += 1;
            let (theme, at) = (self.theme(), self.unanswered(due));
            let reporter = scene.resident(self.count);
            let mut draft = scene.report(self.dice, theme, reporter, at)?;
            let calls: Vec<Call> = draft.first_call().into_iter().collect();
            draft.escalate(&calls, scene.community);
            Self::file(self.cases, draft);
        }
        for due in dues(1, 1, 1) {
            let scene = self.scene()?;
            let (theme, at) = (self.theme(), self.unanswered(due));
            let mut draft = brought(self.dice, &scene, theme, (at, self.count), Stage::Grid)?;
            let call = draft.until(at).raise(scene.grid, scene.worker, scene.community, true, "网格难以单独解决，请社区报到");
            draft.escalate(&[call], scene.street);
            Self::file(self.cases, draft);
        }
        for (number, due) in dues(2, 2, 0).enumerate() {
            let scene = self.scene()?;
            let (theme, at) = (self.urban[number % self.urban.len()], self.unanswered(due));
            let mut draft = brought(self.dice, &scene, theme, (at, self.count), Stage::Community)?;
            draft.until(at);
            let calls = scene.call_departments(&mut draft, scene.community, scene.officer, theme, 2)?;
            draft.escalate(&calls, scene.district);
            Self::file(self.cases, draft);
        }
        Ok(())
    }

    /// When a whistle was raised that went unanswered, so that the superior's check-in falls due like that.
    fn unanswered(&mut self, due: Due) -> DateTime<Utc> {
        let escalated = self.dice.raised(due);
        let day = day_of(escalated);
        // deadlines lie on working days only
        let day = if is_working_day(day) { day } else { working_day_before(day) };
        moment(working_day_before(day), (escalated - moment(day_of(escalated), 0)).num_seconds())
    }

    fn resolved(&mut self) -> anyhow::Result<()> {
        let levels = [
            (HandlingLevel::Grid, 20),
            (HandlingLevel::Complex, 14),
            (HandlingLevel::Community, 7),
            (HandlingLevel::Subdistrict, 3),
            (HandlingLevel::District, 5),
        ];
        for (level, count) in levels {
            for number in 0..count {
                let (scene, theme) = (self.scene()?, self.theme());
                let draft = resolved(self.dice, &scene, theme, level, (2 + number % 9, scene.resident(self.count)))?;
                Self::file(self.cases, draft);
            }
        }
        Ok(())
    }

    /// Closed, rejected, withdrawn: some of them the sign-in's own, one of which they have yet to rate.
    fn ended(&mut self) -> anyhow::Result<()> {
        for number in 0..9 {
            let (scene, theme) = (self.scene_in(self.court)?, self.theme());
            self.count += 1;
            let level = [HandlingLevel::Grid, HandlingLevel::Complex, HandlingLevel::Community][self.count % 3];
            let reporter = scene.resident(if number < 3 { 0 } else { 1 + self.count % 7 });
            let mut draft = resolved(self.dice, &scene, theme, level, (6 + number, reporter))?;
            draft.days_later(1, 2);
            scene.close(&mut draft);
            if number % 2 == 1 {
                draft.later(30, 120).rate(reporter, 5, "处理及时，满意");
            }
            Self::file(self.cases, draft);
        }
        for number in 0..4 {
            let (scene, theme) = (self.scene_in(self.court)?, self.theme());
            self.count += 1;
            let (reporter, at) = (scene.resident(number), self.dice.daytime(3 + number as i64));
            let mut draft = scene.report(self.dice, theme, reporter, at)?;
            let call = draft.first_call();
            let (who, reason) = if number % 2 == 0 {
                (reporter, "邻里已自行协商解决")
            } else {
                (scene.officer, "与另一件重复，不再受理")
            };
            draft.later(20, 90);
            if let Some(call) = call {
                draft.release(call, who, reason);
            }
            if number % 2 == 0 {
                draft.withdraw(who, reason)
            } else {
                draft.reject(who, reason)
            };
            Self::file(self.cases, draft);
        }
        Ok(())
    }
}

/// Recorded by the community at most so many days before that instant, and accepted.
fn recorded<'a>(dice: &'a mut Dice, scene: &Scene<'_>, theme: &Theme, before: DateTime<Utc>, days: i64) -> anyhow::Result<Draft<'a>> {
    let day = ago(day_of(before), dice.between(1, days));
    let at = dice.morning_on(day);
    let mut draft = scene.report(dice, theme, scene.officer, at)?;
    scene.take_up(&mut draft);
    Ok(draft)
}

/// Reported by one of the residents some days before that instant, and brought up to that stage.
fn brought<'a>(
    dice: &'a mut Dice,
    scene: &Scene<'_>,
    theme: &Theme,
    (before, resident): (DateTime<Utc>, usize),
    stage: Stage,
) -> anyhow::Result<Draft<'a>> {
    let day = ago(day_of(before), dice.between(1, 5));
    let at = dice.morning_on(day);
    let mut draft = scene.report(dice, theme, scene.resident(resident), at)?;
    scene.take_up(&mut draft);
    match stage {
        Stage::Grid => {}
        Stage::Community => scene.to_community(&mut draft),
        Stage::Street => scene.to_street(&mut draft),
    }
    Ok(draft)
}

/// Reported so many days and a few more ago, and dealt with at that level.
fn resolved<'a>(
    dice: &'a mut Dice,
    scene: &Scene<'_>,
    theme: &Theme,
    level: HandlingLevel,
    (days_ago, reporter): (i64, Worker),
) -> anyhow::Result<Draft<'a>> {
    let day = ago(dice.today, days_ago + 3);
    let at = dice.morning_on(day);
    let mut draft = scene.report(dice, theme, reporter, at)?;
    scene.bring(&mut draft, level, theme)?;
    draft.days_later(1, 3);
    scene.finish(&mut draft, theme)?;
    Ok(draft)
}
