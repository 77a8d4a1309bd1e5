//! A month of demonstration life at high speed 模拟运行: residents report, units turn up or do not, work takes its time, deadlines run out.
//!
//! Everybody acts through the use cases, as themselves, at the time at which the clock stands then; the runner does what falls due in between.
//! So all is written as in life. A manual clock jumps from one thing to the next. Chance has a seed: the same play on the same database
//! comes out the same. What people do next is decided by looking at the case as it stands, as people do.

mod calls;
mod dice;
mod files;
mod people;
mod script;
mod store;
mod summary;

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

use anyhow::ensure;
use chrono::{DateTime, NaiveDate, Utc};
use entity::{CaseEventKind, CaseId, CaseStatus, PersonId};

use self::{
    dice::Dice,
    people::People,
    script::{Act, Script, Story},
};
pub use self::{
    store::{Ground, ground, is_settled, latest},
    summary::Summary,
};
use crate::{
    app::{App, Cx},
    case::service::{
        CaseError, Done,
        deadlines::{next_due, run_due},
    },
    person,
};

/// What is to be played.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub days: u16,
    pub cases: usize,
    pub seed: u64,
}

/// Plays from where the app's clock, a manual one, stands. `told(hours played, hours in all)` is called as time goes by.
pub async fn play(app: &Arc<App>, plan: &Plan, mut told: impl FnMut(u64, u64)) -> anyhow::Result<Summary> {
    let begin = app.clock.now();
    let end = begin + chrono::Duration::days(plan.days.into());
    let mut play = Play {
        people: People::of(&app.db).await?,
        dice: Dice::new(plan.seed),
        script: Script::default(),
        stories: HashMap::new(),
        overdue: BTreeSet::new(),
        summary: Summary::default(),
        app: app.clone(),
    };
    for at in play.dice.reports(begin, plan.days.into(), plan.cases) {
        play.script.at(at, Act::Report);
    }
    let hours = u64::from(plan.days) * 24;
    loop {
        let (due, act) = (next_due(app).await?, play.script.next());
        // what falls due at the moment at which somebody acts comes first
        match (due.filter(|due| *due <= end), act.filter(|act| *act <= end)) {
            (Some(due), act) if act.is_none_or(|act| due <= act) => {
                play.move_to(due);
                play.run().await?;
            }
            (_, Some(at)) => {
                play.move_to(at);
                play.act().await?;
            }
            (_, None) => break,
        }
        told(u64::try_from((app.clock.now() - begin).num_hours()).unwrap_or(0).min(hours), hours);
    }
    play.move_to(end);
    Ok(play.end())
}

struct Play {
    app: Arc<App>,
    people: People,
    dice: Dice,
    script: Script,
    stories: HashMap<CaseId, Story>,
    overdue: BTreeSet<CaseId>,
    summary: Summary,
}

impl Play {
    fn now(&self) -> DateTime<Utc> {
        self.app.clock.now()
    }

    fn today(&self) -> NaiveDate {
        self.app.clock.today()
    }

    /// Time never goes back.
    fn move_to(&self, at: DateTime<Utc>) {
        let by = at - self.now();
        if by > chrono::Duration::zero() {
            self.app.clock.advance(by);
        }
    }

    /// As whom a person does something.
    async fn acting(&self, person: PersonId) -> anyhow::Result<Cx> {
        let actor = person::service::maybe_actor(&self.app, person, None).await?.unwrap_or_default();
        Ok(Cx::new(self.app.clone(), actor).to_change())
    }

    /// Counts what was done, and keeps how the case stands now. A refusal is counted too: none is expected.
    fn done(&mut self, outcome: Result<Option<Done>, CaseError>) -> anyhow::Result<Option<Done>> {
        match outcome {
            Ok(done) => {
                self.summary.mutations += 1;
                if let Some(done) = &done
                    && let Some(story) = self.stories.get_mut(&done.case.id)
                {
                    (story.status, story.settled) = (done.case.status, done.case.settled_level);
                }
                Ok(done)
            }
            Err(error @ (CaseError::Denied(..) | CaseError::NotFound(_) | CaseError::Conflict { .. })) => {
                tracing::warn!(%error, "refused in the play");
                self.summary.refused += 1;
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Does all that is due, and has people react to it.
    async fn run(&mut self) -> anyhow::Result<()> {
        let now = self.now();
        let cases = store::due(&self.app.db, now).await?;
        let mut idle = 0;
        while next_due(&self.app).await?.is_some_and(|due| due <= now) {
            if run_due(&self.app).await? == 0 {
                idle += 1;
                ensure!(idle < 1000, "another process holds cases that are due: stop the servers on this database");
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
        let mut found = store::by_itself(&self.app.db, &cases, now).await?;
        found.retain(|entry| self.stories.get(&entry.case).is_some_and(|story| entry.seq > story.seen));
        found.sort_by_key(|entry| (self.stories.get(&entry.case).map(|story| story.number), entry.seq));
        for entry in found {
            if let Some(story) = self.stories.get_mut(&entry.case) {
                story.seen = entry.seq;
            }
            self.told(entry).await?;
        }
        Ok(())
    }

    async fn told(&mut self, entry: store::ByItself) -> anyhow::Result<()> {
        match entry.kind {
            CaseEventKind::DeadlineApproaching => self.summary.warnings += 1,
            CaseEventKind::WhistleEscalated => self.summary.escalated += 1,
            CaseEventKind::WhistleRaised => {
                let Some(id) = entry.whistle else { return Ok(()) };
                if let Some(whistle) = store::maybe_whistle(&self.app.db, id).await? {
                    self.called(&whistle);
                }
            }
            CaseEventKind::Overdue => {
                self.overdue.insert(entry.case);
                if self.dice.chance(30) {
                    let at = self.dice.at_work(self.now(), 30, 300);
                    self.script.at(at, Act::Supervise(entry.case));
                }
            }
            CaseEventKind::SupervisionRequested => {
                self.summary.supervision_requested += 1;
                let at = self.dice.at_work(self.now(), 20, 120);
                self.script.at(at, Act::Supervise(entry.case));
                if let Some(whistle) = entry.whistle {
                    let at = self.dice.at_work(at, 20, 240);
                    self.script.at(at, Act::Answer(entry.case, whistle));
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn end(mut self) -> Summary {
        let summary = &mut self.summary;
        summary.overdue = self.overdue.len() as u64;
        for story in self.stories.values() {
            match story.status {
                CaseStatus::Closed => summary.closed += 1,
                CaseStatus::Withdrawn => summary.withdrawn += 1,
                status if status.is_open() => summary.open += 1,
                _ => {}
            }
            if let Some(level) = story.settled {
                *summary.settled.entry(level).or_default() += 1;
            }
        }
        self.summary
    }
}
