//! Who is who around one complex of Louxing, and the stretches of road that its cases go.

use anyhow::Context;
use chrono::{DateTime, Utc};
use entity::{CaseCategory, HandlerKind, HandlingLevel, PostRole};

use super::{
    cases::begin,
    dice::Dice,
    draft::{Call, Draft},
    town::{Block, Home, Place, Theme, Town, Unit, Worker},
};

pub struct Scene<'t> {
    pub town: &'t Town,
    pub home: &'t Home,
    pub place: Place,
    pub grid: Unit,
    pub worker: Worker,
    pub community: Unit,
    pub officer: Worker,
    pub street: Unit,
    pub street_officer: Worker,
    pub district: Unit,
    pub district_officer: Worker,
    pub branch: Unit,
    pub secretary: Worker,
    pub firm: Option<(Unit, Worker)>,
}

impl<'t> Scene<'t> {
    pub fn at(town: &'t Town, home: &'t Home, block: Option<&Block>) -> anyhow::Result<Self> {
        let place = town.place(home, block)?;
        let unit = |kind, id: Option<uuid::Uuid>| {
            let unit = Unit::new(kind, id.with_context(|| format!("{} has no {kind:?}", home.name))?);
            Ok::<_, anyhow::Error>((unit, town.worker(unit)?))
        };
        let (grid, worker) = unit(HandlerKind::Grid, place.grid.map(Into::into))?;
        let (community, officer) = unit(HandlerKind::Community, place.community.map(Into::into))?;
        let (street, street_officer) = unit(HandlerKind::Subdistrict, place.subdistrict.map(Into::into))?;
        let (district, district_officer) = unit(HandlerKind::District, Some(place.district.into()))?;
        let (branch, secretary) = unit(HandlerKind::PartyBranch, home.branch.map(Into::into))?;
        let firm = home.firm.map(|firm| unit(HandlerKind::PropertyFirm, Some(firm.into()))).transpose()?;
        Ok(Self {
            town,
            home,
            place,
            grid,
            worker,
            community,
            officer,
            street,
            street_officer,
            district,
            district_officer,
            branch,
            secretary,
            firm,
        })
    }

    pub fn resident(&self, number: usize) -> Worker {
        Worker { person: self.home.residents[number % self.home.residents.len()], role: PostRole::Resident }
    }

    pub fn report<'a>(&self, dice: &'a mut Dice, theme: &Theme, reporter: Worker, at: DateTime<Utc>) -> anyhow::Result<Draft<'a>> {
        begin(dice, self.town, theme, &self.place, reporter, at)
    }

    /// The grid worker checks in where a resident whistled; else the community accepts.
    pub fn take_up(&self, draft: &mut Draft<'_>) {
        match draft.first_call() {
            Some(call) => draft.later(15, 100).check_in(call, self.worker),
            None => draft.later(10, 60).accept(self.officer),
        };
    }

    /// The grid worker has been there and hands on.
    pub fn hand_on(&self, draft: &mut Draft<'_>, result: &str) {
        for call in draft.open_calls() {
            draft.later(5, 20).conclude(call, self.worker, result);
        }
    }

    /// Goes to the firm or the branch of the complex.
    pub fn to_complex(&self, draft: &mut Draft<'_>) {
        self.hand_on(draft, "已到场核实，转小区处理");
        // quarrels are the branch's, and the firm never gets a case about itself
        let quarrel = matches!(draft.case.category, CaseCategory::Dispute | CaseCategory::PropertyService);
        let (unit, note) = match self.firm {
            Some((firm, _)) if !quarrel => (firm, "请物业先行处置"),
            _ => (self.branch, "请小区党支部牵头处理"),
        };
        draft.later(5, 40).assign(self.officer, unit, note);
    }

    /// The grid calls the community, which turns up; nothing to do where the case stands with the community already.
    pub fn to_community(&self, draft: &mut Draft<'_>) {
        if draft.case.handler_kind != HandlerKind::Grid {
            return;
        }
        draft.later(10, 40);
        let call = draft.raise(self.grid, self.worker, self.community, true, "网格难以单独解决，请社区报到");
        for earlier in draft.open_calls() {
            draft.later(1, 5).conclude(earlier, self.worker, "已到场核实，转社区");
        }
        draft.later(10, 60).check_in(call, self.officer);
    }

    /// The community calls the street, which turns up.
    pub fn to_street(&self, draft: &mut Draft<'_>) {
        self.to_community(draft);
        draft.later(10, 40);
        let call = draft.raise(self.community, self.officer, self.street, true, "需街道统筹协调");
        for earlier in draft.open_calls() {
            draft.later(1, 5).conclude(earlier, self.officer, "已核实，报街道");
        }
        draft.later(10, 60).check_in(call, self.street_officer);
    }

    /// Calls the department that answers for the matter, in the lead, and so many of the assisting ones.
    pub fn call_departments(
        &self,
        draft: &mut Draft<'_>,
        from: Unit,
        who: Worker,
        theme: &Theme,
        count: usize,
    ) -> anyhow::Result<Vec<Call>> {
        let task = self.town.task(&theme.matter)?;
        let departments = std::iter::once(&task.lead).chain(&task.assisting).take(count).enumerate();
        let reason = format!("{}，属部门职责，请报到", theme.title);
        let calls = departments
            .map(|(index, &department)| draft.raise(from, who, Unit::new(HandlerKind::Department, department), index == 0, &reason));
        Ok(calls.collect())
    }

    /// The community calls the departments, which turn up.
    pub fn to_departments(&self, draft: &mut Draft<'_>, theme: &Theme, count: usize) -> anyhow::Result<()> {
        self.to_community(draft);
        draft.later(10, 30);
        let calls = self.call_departments(draft, self.community, self.officer, theme, count)?;
        for earlier in draft.open_calls() {
            draft.later(1, 5).conclude(earlier, self.officer, "已核实，由部门处置");
        }
        for call in calls {
            let worker = self.town.worker(draft.target(call))?;
            draft.later(5, 40).check_in(call, worker);
        }
        Ok(())
    }

    /// From the report to the unit at that level, at work.
    pub fn bring(&self, draft: &mut Draft<'_>, level: HandlingLevel, theme: &Theme) -> anyhow::Result<()> {
        self.take_up(draft);
        match level {
            HandlingLevel::Complex => self.to_complex(draft),
            HandlingLevel::Grid if draft.case.handler_kind != HandlerKind::Grid => {
                draft.later(5, 40).assign(self.officer, self.grid, "请网格员处理");
            }
            HandlingLevel::Grid => {}
            HandlingLevel::Community => self.to_community(draft),
            HandlingLevel::Subdistrict => self.to_street(draft),
            HandlingLevel::District => {
                let count = 1 + draft.dice.weighted(&[70, 25, 5]);
                self.to_departments(draft, theme, count)?;
            }
        }
        Ok(())
    }

    /// Whoever has checked in reports back, and the handler resolves it.
    pub fn finish(&self, draft: &mut Draft<'_>, theme: &Theme) -> anyhow::Result<()> {
        for call in draft.open_calls() {
            let worker = self.town.worker(draft.target(call))?;
            draft.later(2, 10).conclude(call, worker, &theme.result);
        }
        let handler = Unit { kind: draft.case.handler_kind, id: draft.case.handler_id };
        let worker = self.town.worker(handler)?;
        draft.later(2, 15).resolve(worker, &theme.result);
        Ok(())
    }

    /// Verified by somebody other than the resolver: the community, or the level above it where it was the community's own work.
    pub fn close(&self, draft: &mut Draft<'_>) {
        let verifier = match draft.case.handler_kind {
            HandlerKind::Community => self.street_officer,
            HandlerKind::Subdistrict => self.district_officer,
            _ => self.officer,
        };
        let verification =
            *draft.dice.pick(&["现场核验，已解决", "回访报告人，认可处理结果", "查看照片并到场复核，属实", "电话回访，双方无异议"]);
        draft.close(verifier, verification);
    }
}
