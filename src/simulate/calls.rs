//! Reports and whistles: who is called, when they come, and what becomes of a decline.

use entity::{
    CaseId, CasePriority, CaseStatus, HandlerKind, HandlingLevel, IntakeChannel, PersonId, WhistleId, WhistleStatus, case_file, whistle,
};
use uuid::Uuid;

use super::{
    Play, people,
    script::{Act, Story},
    store,
};
use crate::case::{
    model,
    service::{Call, CaseChange, NewCase, Place, Terms, WhistleMove, change, move_whistle, raise, report},
};

/// How those who are called turn up, of a hundred: in time, late, not at all.
fn manners(kind: HandlerKind) -> [i64; 3] {
    match kind {
        HandlerKind::Grid => [86, 8, 6],
        HandlerKind::Community => [90, 6, 4],
        HandlerKind::Subdistrict => [92, 5, 3],
        HandlerKind::Department => [80, 10, 10],
        _ => [90, 5, 5],
    }
}

/// Called, and neither done nor released.
fn answering(whistle: &whistle::Model) -> bool {
    matches!(whistle.status, WhistleStatus::Raised | WhistleStatus::CheckedIn)
}

impl Play {
    pub(super) async fn act(&mut self) -> anyhow::Result<()> {
        match self.script.take() {
            None => Ok(()),
            Some(Act::Report) => self.report().await,
            Some(Act::Withdraw(case)) => self.withdraw(case).await,
            Some(Act::Answer(case, whistle)) => self.answer(case, whistle).await,
            Some(Act::Rule(case, whistle)) => self.rule(case, whistle).await,
            Some(Act::Work(case, step)) => self.work(case, step).await,
            Some(Act::Resume(case)) => self.resume(case).await,
            Some(Act::RuleOnExtension(case)) => self.rule_on_extension(case).await,
            Some(Act::Verify(case)) => self.verify(case).await,
            Some(Act::Rate(case)) => self.rate(case).await,
            Some(Act::Supervise(case)) => self.supervise(case).await,
        }
    }

    /// Mostly a resident in the app; sometimes the grid worker on patrol, or an officer who was phoned.
    async fn report(&mut self) -> anyhow::Result<()> {
        let (today, now) = (self.today(), self.now());
        let home = &self.people.homes[self.dice.below(self.people.homes.len())];
        let topic = self.people.topics[self.dice.below(self.people.topics.len())].clone();
        let building = self.dice.below(home.buildings.len());
        let building = home.buildings.get(building).filter(|_| self.dice.chance(70));
        let (mut channel, mut reporter, mut by_resident) = (IntakeChannel::App, None, false);
        match self.dice.weighted(&[88, 8, 4]) {
            1 => {
                let grid = building.and_then(|(_, _, grid)| *grid);
                reporter = grid.and_then(|grid| self.people.worker(grid.into(), None, today, &mut self.dice));
                channel = IntakeChannel::Patrol;
            }
            2 => {
                reporter = self.people.worker(home.area.into(), None, today, &mut self.dice);
                channel = IntakeChannel::Hotline;
            }
            _ => {}
        }
        if reporter.is_none() {
            (reporter, channel, by_resident) = (self.people.resident(home, today, &mut self.dice), IntakeChannel::App, true);
        }
        let Some(reporter) = reporter else { return Ok(()) };
        let label = building.map_or_else(|| home.name.clone(), |(_, name, _)| format!("{} {name}", home.name));
        let new = NewCase {
            reporter: None,
            category: topic.category,
            matter: topic.matter_at(home),
            title: format!("{label} {}", topic.title),
            description: Some(topic.detail),
            place: building.map_or(Place::Complex(home.id), |(id, ..)| Place::Building(*id)),
            location: None,
            priority: [CasePriority::Normal, CasePriority::Urgent][self.dice.weighted(&[92, 8])],
            channel,
            anonymous: self.dice.chance(5),
            respondent: None,
            evidence: Vec::new(),
        };
        let cx = self.acting(reporter).await?;
        let Some(done) = self.done(report(&cx, None, new).await)? else { return Ok(()) };
        self.summary.reported += 1;
        let id = done.case.id;
        self.stories.insert(id, story(self.stories.len(), reporter, by_resident, topic.result, done.case.status));
        for whistle in &done.whistles {
            self.called(whistle);
        }
        if done.whistles.is_empty() {
            self.go_on(id, 20, 240);
        } else if by_resident && self.dice.chance(2) {
            let at = self.dice.at_home(now, 10, 90);
            self.script.at(at, Act::Withdraw(id));
        }
        Ok(())
    }

    /// Plans when those who are called will come, if ever.
    pub(super) fn called(&mut self, whistle: &whistle::Model) {
        self.summary.raised += 1;
        let (now, due) = (self.now(), whistle.check_in_due_at);
        let at = match self.dice.weighted(&manners(whistle.target_kind)) {
            0 => self.dice.share(now, due, 2, 90),
            1 => self.dice.share(now, due, 105, 220),
            _ => return,
        };
        self.script.at(at, Act::Answer(whistle.case_id, whistle.id));
    }

    async fn withdraw(&mut self, id: CaseId) -> anyhow::Result<()> {
        let Some((case, _)) = store::look(&self.app.db, id).await? else { return Ok(()) };
        let Some(reporter) = case.reporter_id.filter(|_| case.status == CaseStatus::Reported) else { return Ok(()) };
        let cx = self.acting(reporter).await?;
        let to = CaseChange::Withdraw { reason: Some("已自行解决".into()) };
        self.done(change(&cx, id, Terms::default(), to).await)?;
        Ok(())
    }

    async fn answer(&mut self, id: CaseId, whistle: WhistleId) -> anyhow::Result<()> {
        let Some((case, whistles)) = store::look(&self.app.db, id).await? else { return Ok(()) };
        let Some(called) = whistles.iter().find(|other| other.id == whistle) else { return Ok(()) };
        let came_back = whistles.iter().any(|other| other.target_id == called.target_id && answering(other));
        let waits = match called.status {
            WhistleStatus::Raised => true,
            WhistleStatus::Escalated => !came_back,
            _ => false,
        };
        let worker = self.people.worker(called.target_id, None, self.today(), &mut self.dice);
        let Some(worker) = worker.filter(|_| waits && case.status.is_open()) else { return Ok(()) };
        let cx = self.acting(worker).await?;
        let raised = called.status == WhistleStatus::Raised;
        if raised && called.ruling_upheld.is_none() && self.declines(called) {
            let reason = "经现场查看，不属于本单位职责范围".into();
            if self.done(move_whistle(&cx, whistle, Terms::default(), WhistleMove::Decline { reason }).await)?.is_some() {
                self.summary.declined += 1;
                let at = self.dice.at_work(self.now(), 30, 360);
                self.script.at(at, Act::Rule(id, whistle));
            }
            return Ok(());
        }
        let to = WhistleMove::CheckIn { note: Some("已到场".into()), on_site_at: None };
        if self.done(move_whistle(&cx, whistle, Terms::default(), to).await)?.is_some() {
            let late = self.now() >= called.check_in_due_at;
            *(if late { &mut self.summary.late } else { &mut self.summary.on_time }) += 1;
            if called.lead && raised {
                self.go_on(id, 30, 600);
            }
        }
        Ok(())
    }

    fn declines(&mut self, whistle: &whistle::Model) -> bool {
        let percent = match whistle.target_kind {
            HandlerKind::Department => 9,
            HandlerKind::Community => 2,
            _ => return false,
        };
        self.dice.chance(percent) && model::ruler(whistle.from_kind, whistle.target_kind).is_some()
    }

    /// The level above: the decline stands, or they have to come.
    async fn rule(&mut self, id: CaseId, whistle: WhistleId) -> anyhow::Result<()> {
        let Some((case, whistles)) = store::look(&self.app.db, id).await? else { return Ok(()) };
        let Some(declined) = whistles.iter().find(|other| other.id == whistle) else { return Ok(()) };
        let waits = declined.status == WhistleStatus::Declined && declined.ruled_at.is_none() && case.status.is_open();
        let level = model::ruler(declined.from_kind, declined.target_kind).map(HandlerKind::level);
        let Some(level) = level.filter(|_| waits) else { return Ok(()) };
        let Some(ruler) = self.people.officer(&case, level, None, self.today(), &mut self.dice) else { return Ok(()) };
        let cx = self.acting(ruler).await?;
        let uphold = self.dice.chance(55);
        let reason = Some(if uphold { "退哨成立" } else { "属职责范围，请到场" }.to_owned());
        let ruled = move_whistle(&cx, whistle, Terms::default(), WhistleMove::Rule { uphold, target: None, reason }).await;
        let Some(done) = self.done(ruled)? else { return Ok(()) };
        if uphold {
            if declined.lead {
                self.go_on(id, 30, 300);
            }
            return Ok(());
        }
        for again in &done.whistles {
            let at = self.dice.share(self.now(), again.check_in_due_at, 5, 90);
            self.script.at(at, Act::Answer(id, again.id));
        }
        Ok(())
    }

    /// Whom the handler calls to help, if anybody.
    pub(super) fn help(&mut self, case: &case_file::Model, whistles: &[whistle::Model]) -> Option<HandlerKind> {
        let departments = self.people.is_answered(case.matter_id);
        let (to, percent) = match (case.handler_kind, self.dice.chance(75)) {
            (HandlerKind::Grid, _) => (HandlerKind::Community, 22),
            (HandlerKind::Community, true) if departments => (HandlerKind::Department, 40),
            (HandlerKind::Community, _) => (HandlerKind::Subdistrict, 25),
            (HandlerKind::Subdistrict, true) if departments => (HandlerKind::Department, 30),
            (HandlerKind::Subdistrict, _) => (HandlerKind::District, 20),
            _ => return None,
        };
        let there = to == HandlerKind::Department || people::place(case, to).is_some();
        let called = whistles.iter().any(|whistle| whistle.target_kind == to && answering(whistle));
        (there && !called && self.dice.chance(percent)).then_some(to)
    }

    pub(super) async fn call(&mut self, case: &case_file::Model, worker: PersonId, to: HandlerKind) -> anyhow::Result<()> {
        let cx = self.acting(worker).await?;
        let call = Call { to, targets: None, lead: None, reason: Some("需要上级或部门到场处理".into()) };
        match self.done(raise(&cx, case.id, Terms::default(), call).await)? {
            Some(done) => done.whistles.iter().for_each(|whistle| self.called(whistle)),
            None => self.go_on(case.id, 60, 600),
        }
        Ok(())
    }

    /// Somebody of the unit that has the case, or an officer who answers for it.
    pub(super) fn handler(&mut self, case: &case_file::Model) -> Option<PersonId> {
        let (today, unit): (_, Uuid) = (self.today(), case.handler_id);
        let worker = self.people.worker(unit, None, today, &mut self.dice);
        worker.or_else(|| self.people.officer(case, case.level.max(HandlingLevel::Community), None, today, &mut self.dice))
    }
}

fn story(number: usize, reporter: PersonId, by_resident: bool, result: String, status: CaseStatus) -> Story {
    Story {
        number,
        reporter,
        by_resident,
        result,
        status,
        settled: None,
        seen: 0,
        step: 0,
        calls: 0,
        paused: false,
        extended: false,
        lain: false,
        assigned: false,
    }
}
