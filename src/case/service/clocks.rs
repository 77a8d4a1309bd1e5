//! The clocks of an open case file: started, stopped and set by what was done to the case, when the file is closed.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::{
    CaseClockId, CaseStatus, ClockKind, ClockState, HandlingLevel, WhistleId, WhistleStatus, case_clock, case_file, deadline_policy,
};

use super::{CaseError, file::File};
use crate::{
    app::App,
    calendar::{self, model::WorkingTime},
    case::{
        model::clock::{self, Facts, Of},
        store,
    },
    db::{DatabaseTransaction, DbErr},
};

/// How much time there is, and what counts as time, in a district.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    pub policies: Arc<Vec<deadline_policy::Model>>,
    pub time: WorkingTime,
}

impl Rules {
    pub async fn of(app: &App, tx: &DatabaseTransaction, case: &case_file::Model) -> Result<Self, DbErr> {
        let policies = Arc::new(store::policies_of(tx, case.district_id).await?);
        Ok(Self { policies, time: calendar::service::of_district(app, case.district_id).await? })
    }

    pub fn policy(&self, kind: ClockKind, case: &case_file::Model, level: HandlingLevel) -> Result<&deadline_policy::Model, DbErr> {
        let facts = Facts { category: case.category, matter: case.matter_id, priority: case.priority, level };
        let found = clock::choose(&self.policies, kind, &facts);
        found.ok_or_else(|| DbErr::RecordNotFound(format!("a deadline policy for {kind:?}")))
    }
}

/// All clocks of a case, once they were read, and which of them were changed.
#[derive(Default)]
pub(super) struct Clocks {
    all: Option<Vec<case_clock::Model>>,
    changed: Vec<CaseClockId>,
    rules: Option<Rules>,
}

impl Clocks {
    pub fn known(all: Vec<case_clock::Model>, rules: Option<Rules>) -> Self {
        Self { all: Some(all), changed: Vec::new(), rules }
    }

    pub fn changed(self) -> Vec<case_clock::Model> {
        self.all.into_iter().flatten().filter(|clock| self.changed.contains(&clock.id)).collect()
    }

    fn all_mut(&mut self) -> impl Iterator<Item = &mut case_clock::Model> {
        self.all.iter_mut().flatten()
    }

    /// Changes those that are meant.
    pub fn change(&mut self, which: impl Fn(&case_clock::Model) -> bool, mut change: impl FnMut(&mut case_clock::Model)) -> usize {
        let mut count = 0;
        for clock in self.all.iter_mut().flatten().filter(|clock| which(clock)) {
            change(clock);
            count += 1;
            if !self.changed.contains(&clock.id) {
                self.changed.push(clock.id);
            }
        }
        count
    }
}

/// Somebody has to work on it.
pub(super) fn in_work(status: CaseStatus) -> bool {
    matches!(status, CaseStatus::Reported | CaseStatus::Accepted | CaseStatus::Assigned | CaseStatus::InProgress)
}

pub(super) fn active(clock: &case_clock::Model) -> bool {
    clock.state != ClockState::Stopped
}

impl File<'_> {
    pub async fn rules(&mut self) -> Result<Rules, DbErr> {
        if self.clocks.rules.is_none() {
            self.clocks.rules = Some(Rules::of(&self.cx.app, self.tx(), &self.case).await?);
        }
        self.clocks.rules.clone().ok_or_else(|| DbErr::RecordNotFound("deadline_policy".into()))
    }

    /// What counts as time in the case's district.
    pub async fn time(&mut self) -> Result<WorkingTime, DbErr> {
        match &self.clocks.rules {
            Some(rules) => Ok(rules.time.clone()),
            None => calendar::service::of_district(&self.cx.app, self.case.district_id).await,
        }
    }

    /// All clocks of the case as they stand here.
    pub async fn all_clocks(&mut self) -> Result<&[case_clock::Model], DbErr> {
        if self.clocks.all.is_none() {
            self.clocks.all = Some(store::clocks_of(self.tx(), &[self.case.id]).await?);
        }
        Ok(self.clocks.all.as_deref().unwrap_or_default())
    }

    /// Starts a clock; returns when it runs out.
    pub async fn start_clock(
        &mut self,
        kind: ClockKind,
        whistle: Option<WhistleId>,
        level: HandlingLevel,
    ) -> Result<DateTime<Utc>, CaseError> {
        let rules = self.rules().await?;
        self.all_clocks().await?;
        let policy = rules.policy(kind, &self.case, level)?;
        let of = Of { case: self.case.id, kind, whistle, level };
        let clock = clock::start(self.cx.clock.new_id(), of, policy, &rules.time, self.now);
        let due = clock.due_at;
        self.clocks.changed.push(clock.id);
        self.clocks.all.get_or_insert_default().push(clock);
        Ok(due)
    }

    /// Brings the clocks to where the case stands now.
    pub async fn keep_clocks(&mut self) -> Result<(), CaseError> {
        let was = self.was;
        let (before, after) = (was.is_some_and(|(status, _)| in_work(status)), in_work(self.case.status));
        let status_moved = was.map(|(status, _)| status) != Some(self.case.status);
        let level_moved = was.is_some_and(|(_, level)| level != self.case.level);
        let answered = self.moved.iter().any(|whistle| whistle.status != WhistleStatus::Raised);
        let ended = status_moved && !self.case.status.is_open();
        let moved = before != after || (after && level_moved);
        if !(moved || answered || ended) {
            self.show_due();
            return Ok(());
        }
        self.all_clocks().await?;
        let (time, now, status) = (self.time().await?, self.now, self.case.status);
        self.stop_check_ins(&time);
        if before && !after {
            let done = status == CaseStatus::Resolved;
            let of_work = |clock: &case_clock::Model| active(clock) && matches!(clock.kind, ClockKind::Case | ClockKind::Resolution);
            self.clocks.change(of_work, |clock| clock::stop(clock, done, &time, now));
        }
        if ended {
            let done = status == CaseStatus::Closed;
            self.clocks.change(|clock| active(clock) && clock.kind == ClockKind::Supervision, |clock| clock::stop(clock, done, &time, now));
        }
        if after && !before {
            self.work_begins(was.is_some_and(|(status, _)| status == CaseStatus::Resolved)).await?;
            self.followed_on().await?;
        } else if after && level_moved {
            self.next_level().await?;
        }
        self.show_due();
        Ok(())
    }

    fn stop_check_ins(&mut self, time: &WorkingTime) {
        let now = self.now;
        for whistle in &self.moved {
            let done = matches!(whistle.status, WhistleStatus::CheckedIn | WhistleStatus::Declined | WhistleStatus::Concluded);
            let of_it = |clock: &case_clock::Model| active(clock) && clock.whistle_id == Some(whistle.id);
            if whistle.status != WhistleStatus::Raised {
                self.clocks.change(of_it, |clock| clock::stop(clock, done, time, now));
            }
        }
    }

    /// A returned case goes on with what is left of its time; a new one, and one that is opened again, has all of it.
    async fn work_begins(&mut self, returned: bool) -> Result<(), CaseError> {
        for kind in [ClockKind::Case, ClockKind::Resolution] {
            let level = self.case.level;
            let fits = |clock: &case_clock::Model| clock.kind == kind && (kind == ClockKind::Case || clock.level == Some(level));
            let last = self.all_clocks().await?.iter().filter(|clock| fits(clock)).max_by_key(|clock| clock.started_at);
            match last.map(|clock| clock.id).filter(|_| returned) {
                Some(id) => {
                    let (rules, now) = (self.rules().await?, self.now);
                    self.clocks.change(|clock| clock.id == id, |clock| clock::go_on(clock, &rules.time, now));
                }
                None => {
                    self.start_clock(kind, None, level).await?;
                }
            }
        }
        Ok(())
    }

    /// A supervised case is followed until it is closed, also when it was opened again.
    async fn followed_on(&mut self) -> Result<(), CaseError> {
        let Some(level) = self.case.supervised_by else { return Ok(()) };
        let followed = self.all_clocks().await?.iter().any(|clock| active(clock) && clock.kind == ClockKind::Supervision);
        if !followed {
            self.start_clock(ClockKind::Supervision, None, level).await?;
        }
        Ok(())
    }

    /// Each level has its own time; a pause goes along.
    async fn next_level(&mut self) -> Result<(), CaseError> {
        let (time, now, level) = (self.time().await?, self.now, self.case.level);
        let mut paused = None;
        let of_level = |clock: &case_clock::Model| active(clock) && clock.kind == ClockKind::Resolution;
        self.clocks.change(of_level, |clock| {
            paused = clock.segments.0.last().filter(|_| clock.state == ClockState::Paused).and_then(|last| last.reason);
            clock::stop(clock, true, &time, now);
        });
        self.start_clock(ClockKind::Resolution, None, level).await?;
        if let Some(reason) = paused {
            self.clocks.change(of_level, |clock| clock::pause(clock, reason, &time, now));
        }
        Ok(())
    }

    /// What cases are ordered by.
    pub fn show_due(&mut self) {
        let case = self.clocks.all_mut().filter(|clock| clock.kind == ClockKind::Case).max_by_key(|clock| clock.started_at);
        if let Some(due) = case.map(|clock| clock.due_at) {
            self.case.due_at = due;
        }
    }

    /// What the case is about has changed: its running clocks take the time that goes with it, those of whistles too. How a supervisor follows it stays.
    pub async fn time_anew(&mut self) -> Result<(), CaseError> {
        let (rules, now) = (self.rules().await?, self.now);
        let mut running = self.all_clocks().await?.to_vec();
        running.retain(|clock| active(clock) && clock.kind != ClockKind::Supervision);
        for mut clock in running {
            let policy = rules.policy(clock.kind, &self.case, clock.level.unwrap_or(self.case.level))?;
            if policy.id != clock.policy_id {
                clock::follow(&mut clock, policy, &rules.time, now);
                self.put_clock(&clock).await?;
            }
        }
        Ok(())
    }

    /// An active clock as it is from now on; the whistle that is to be answered by then says so.
    pub async fn put_clock(&mut self, known: &case_clock::Model) -> Result<(), DbErr> {
        self.clocks.change(|clock| clock.id == known.id && active(clock), |clock| clock.clone_from(known));
        let Some(id) = known.whistle_id else { return Ok(()) };
        let raised = self.whistles().await?.into_iter().find(|whistle| whistle.id == id && whistle.status == WhistleStatus::Raised);
        if let Some(mut whistle) = raised {
            whistle.check_in_due_at = known.due_at;
            self.save_whistle(&mut whistle);
        }
        Ok(())
    }
}
