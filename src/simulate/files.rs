//! The work on a case until it is closed: help, pauses, more time, supervision, the result, the verification, and what the reporter says.

use chrono::Duration;
use entity::{CaseId, CaseStatus, ClockKind, FirmId, HandlerKind, HandlingLevel, PauseReason, PersonId, WhistleStatus, case_file, whistle};

use super::{
    Play,
    script::{Act, Story},
    store,
};
use crate::case::service::{CaseChange, Named, Terms, WhistleMove, change, move_whistle, rule_on_extension};

/// Minutes of a working day.
const DAY: i64 = 7 * 60;

fn in_work(status: CaseStatus) -> bool {
    matches!(status, CaseStatus::Reported | CaseStatus::Accepted | CaseStatus::Assigned | CaseStatus::InProgress)
}

impl Play {
    /// The next step of the work comes after so many minutes at work; a step that was planned before is dropped.
    pub(super) fn go_on(&mut self, id: CaseId, low: i64, high: i64) {
        let at = self.dice.at_work(self.now(), low, high);
        if let Some(story) = self.stories.get_mut(&id) {
            story.step += 1;
            self.script.at(at, Act::Work(id, story.step));
        }
    }

    /// Once in the life of a case, with that chance.
    fn once(&mut self, id: CaseId, percent: i64, which: impl FnOnce(&mut Story) -> &mut bool) -> bool {
        let hit = self.dice.chance(percent);
        self.stories.get_mut(&id).is_some_and(|story| hit && !std::mem::replace(which(story), true))
    }

    async fn change(&mut self, person: PersonId, id: CaseId, to: CaseChange) -> anyhow::Result<bool> {
        let cx = self.acting(person).await?;
        Ok(self.done(change(&cx, id, Terms::default(), to).await)?.is_some())
    }

    pub(super) async fn work(&mut self, id: CaseId, step: u32) -> anyhow::Result<()> {
        if self.stories.get(&id).is_none_or(|story| story.step != step) {
            return Ok(());
        }
        let Some((case, whistles)) = store::look(&self.app.db, id).await? else { return Ok(()) };
        // whoever leads has been called and not come yet: the work goes on when they have
        let waiting = |whistle: &whistle::Model| match whistle.status {
            WhistleStatus::Raised => true,
            WhistleStatus::Declined => whistle.ruled_at.is_none(),
            _ => false,
        };
        if !in_work(case.status) || whistles.iter().any(|whistle| whistle.lead && waiting(whistle)) {
            return Ok(());
        }
        let Some(worker) = self.handler(&case) else { return Ok(()) };
        if case.status == CaseStatus::Reported && !self.change(worker, id, CaseChange::Accept { reason: None }).await? {
            return Ok(());
        }
        if self.holds_up(&case, worker).await? {
            return Ok(());
        }
        let calls = self.stories.get(&id).map_or(0, |story| story.calls);
        if let Some(to) = self.help(&case, &whistles).filter(|_| calls < 3) {
            if let Some(story) = self.stories.get_mut(&id) {
                story.calls += 1;
            }
            return self.call(&case, worker, to).await;
        }
        if whistles.iter().any(waiting) {
            self.go_on(id, DAY / 2, DAY);
            return Ok(());
        }
        self.resolve(&case, &whistles, worker).await
    }

    /// What makes it take longer: a pause, a request for more time, a lull, the firm's turn.
    async fn holds_up(&mut self, case: &case_file::Model, worker: PersonId) -> anyhow::Result<bool> {
        let id = case.id;
        if self.once(id, 5, |story| &mut story.paused) {
            let reasons = [PauseReason::OwnersVote, PauseReason::Materials, PauseReason::Supplies];
            let reason = reasons[self.dice.below(reasons.len())];
            if self.change(worker, id, CaseChange::PauseClock { reason, note: None }).await? {
                self.summary.paused += 1;
            }
            let at = self.dice.at_work(self.now(), DAY, 4 * DAY);
            self.script.at(at, Act::Resume(id));
            return Ok(true);
        }
        if self.once(id, 5, |story| &mut story.extended) {
            let to =
                CaseChange::ExtendDeadline { kind: ClockKind::Resolution, by: Duration::hours(21), reason: "施工需要时间".into() };
            if self.change(worker, id, to).await? {
                self.summary.extended += 1;
                let at = self.dice.at_work(self.now(), 30, DAY);
                self.script.at(at, Act::RuleOnExtension(id));
            }
            self.go_on(id, DAY, 5 * DAY);
            return Ok(true);
        }
        if self.once(id, 6, |story| &mut story.lain) {
            self.go_on(id, 6 * DAY, 18 * DAY);
            return Ok(true);
        }
        let fit = |firm: &FirmId| case.level <= HandlingLevel::Community && case.respondent_id != Some(firm.0);
        let firm = self.people.firm(case.complex_id, self.today()).filter(fit);
        if let Some(firm) = firm
            && case.handler_kind != HandlerKind::PropertyFirm
            && self.once(id, 12, |story| &mut story.assigned)
            && let Some(officer) = self.people.officer(case, HandlingLevel::Community, None, self.today(), &mut self.dice)
        {
            let handler = Named::Unit(HandlerKind::PropertyFirm, firm.into());
            self.change(officer, id, CaseChange::Assign { handler, note: Some("请物业先行处置".into()) }).await?;
            self.go_on(id, 60, 3 * DAY);
            return Ok(true);
        }
        Ok(false)
    }

    async fn resolve(&mut self, case: &case_file::Model, whistles: &[whistle::Model], worker: PersonId) -> anyhow::Result<()> {
        let result = self.stories.get(&case.id).map(|story| story.result.clone()).unwrap_or_default();
        for whistle in whistles.iter().filter(|whistle| whistle.status == WhistleStatus::CheckedIn) {
            let came = self.people.worker(whistle.target_id, None, self.today(), &mut self.dice);
            let cx = self.acting(came.unwrap_or(worker)).await?;
            let to = WhistleMove::Conclude { result: "已到场处理".into() };
            self.done(move_whistle(&cx, whistle.id, Terms::default(), to).await)?;
        }
        if self.change(worker, case.id, CaseChange::Resolve { resolution: result, recovered: None, paid: None }).await? {
            let at = self.dice.at_work(self.now(), 60, 3 * DAY);
            self.script.at(at, Act::Verify(case.id));
        }
        Ok(())
    }

    pub(super) async fn resume(&mut self, id: CaseId) -> anyhow::Result<()> {
        let Some((case, _)) = store::look(&self.app.db, id).await? else { return Ok(()) };
        if !store::is_paused(&self.app.db, id).await? {
            return Ok(());
        }
        let Some(worker) = self.handler(&case).filter(|_| in_work(case.status)) else { return Ok(()) };
        self.change(worker, id, CaseChange::ResumeClock { note: None }).await?;
        self.go_on(id, 60, 2 * DAY);
        Ok(())
    }

    pub(super) async fn rule_on_extension(&mut self, id: CaseId) -> anyhow::Result<()> {
        let Some((case, _)) = store::look(&self.app.db, id).await? else { return Ok(()) };
        let request = store::maybe_request(&self.app.db, id).await?;
        // given at once where the level above asked, and past where it has been settled meanwhile
        let Some((request, runs)) = request.filter(|_| in_work(case.status)) else { return Ok(()) };
        let today = self.today();
        let Some(officer) = self.people.officer(&case, HandlingLevel::District, None, today, &mut self.dice) else { return Ok(()) };
        // the time of a level that no longer has the case cannot be extended
        let approve = self.dice.chance(80) && runs;
        let cx = self.acting(officer).await?;
        let ruled = rule_on_extension(&cx, request, Terms::default(), approve, None).await;
        self.done(ruled)?;
        Ok(())
    }

    /// By somebody other than the one who resolved it; what is supervised, by its supervisor's level.
    pub(super) async fn verify(&mut self, id: CaseId) -> anyhow::Result<()> {
        let Some((case, _)) = store::look(&self.app.db, id).await? else { return Ok(()) };
        let level = case.supervised_by.unwrap_or(HandlingLevel::Community).max(HandlingLevel::Community);
        let officer = self.people.officer(&case, level, case.resolved_by, self.today(), &mut self.dice);
        let Some(officer) = officer.filter(|_| case.status == CaseStatus::Resolved) else { return Ok(()) };
        if self.dice.chance(5) {
            self.change(officer, id, CaseChange::Return { reason: "回访未通过".into() }).await?;
            self.go_on(id, 60, 2 * DAY);
            return Ok(());
        }
        self.change(officer, id, CaseChange::Close { verification: "回访满意".into() }).await?;
        if self.stories.get(&id).is_some_and(|story| story.by_resident) && self.dice.chance(60) {
            let at = self.dice.at_home(self.now(), 60, 4_000);
            self.script.at(at, Act::Rate(id));
        }
        Ok(())
    }

    /// How they came and how it was settled; a few want it opened again.
    pub(super) async fn rate(&mut self, id: CaseId) -> anyhow::Result<()> {
        let Some((case, whistles)) = store::look(&self.app.db, id).await? else { return Ok(()) };
        let reporter = self.stories.get(&id).map(|story| story.reporter);
        let Some(reporter) = reporter.filter(|_| case.status == CaseStatus::Closed && case.score.is_none()) else { return Ok(()) };
        if self.dice.chance(3) {
            self.change(reporter, id, CaseChange::Reopen { reason: "问题又出现了".into() }).await?;
            self.go_on(id, 60, 2 * DAY);
            return Ok(());
        }
        let score = 5 - self.dice.weighted(&[55, 25, 12, 5, 3]) as i32;
        self.change(reporter, id, CaseChange::Rate { score, comment: None }).await?;
        let came = whistles.iter().find(|whistle| {
            let came = matches!(whistle.status, WhistleStatus::CheckedIn | WhistleStatus::Concluded);
            came && whistle.from_kind.is_none() && whistle.response_score.is_none()
        });
        if let Some(whistle) = came.filter(|_| self.dice.chance(50)) {
            let cx = self.acting(reporter).await?;
            let to = WhistleMove::Rate { score, comment: None };
            self.done(move_whistle(&cx, whistle.id, Terms::default(), to).await)?;
        }
        Ok(())
    }

    /// The level above has it followed, and the work is taken up again soon.
    pub(super) async fn supervise(&mut self, id: CaseId) -> anyhow::Result<()> {
        let Some((case, _)) = store::look(&self.app.db, id).await? else { return Ok(()) };
        let level = match case.level {
            HandlingLevel::Complex | HandlingLevel::Grid if case.community_id.is_some() => HandlingLevel::Community,
            HandlingLevel::Complex | HandlingLevel::Grid | HandlingLevel::Community if case.subdistrict_id.is_some() => {
                HandlingLevel::Subdistrict
            }
            _ => HandlingLevel::District,
        };
        let free = case.status.is_open() && case.supervised_by.is_none();
        let officer = self.people.officer(&case, level, None, self.today(), &mut self.dice);
        let Some(officer) = officer.filter(|_| free) else { return Ok(()) };
        if self.change(officer, id, CaseChange::Supervise { reason: "逾期，予以督办".into() }).await? {
            self.summary.supervised += 1;
            self.go_on(id, 60, DAY);
        }
        Ok(())
    }
}
