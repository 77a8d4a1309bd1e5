//! What happens by itself when time runs out: a warning before, the mark of an overdue case, and a whistle that nobody answered calls the superior.
//!
//! The clocks are the timers: `next_at` says when one has to be looked at, in the same row that says how it stands, so nothing can be done twice
//! or forgotten. A portion of cases is taken in one transaction, whose locks on their rows keep out everybody else; a case that somebody is
//! working on is passed over until next time. Whoever dies in between has done nothing.

use std::{
    collections::{
        HashMap, HashSet,
        hash_map::Entry::{Occupied, Vacant},
    },
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, Utc};
use entity::{
    AreaId, CaseClockId, CaseEventKind, CaseId, ClockKind, ClockState, GridId, HandlingLevel, SegmentCause, WhistleStatus, case_clock,
    case_file, deadline_policy, whistle,
};

use super::{
    CaseError,
    clocks::{Clocks, Rules, active},
    file::{Entry, File, fact, write_all},
    whistles::escalate,
};
use crate::{
    app::{App, Cx},
    auth::Actor,
    calendar,
    case::{
        model::clock::{self, Alarm},
        store::{self, Concerned, ConcernedBy},
    },
    db::DbErr,
    event::{Work, write},
    grid,
};

/// Cases in one transaction: few enough that requests get through in between.
pub const PORTION: usize = 200;
/// Between two looks when nothing is due.
const LOOK: Duration = Duration::from_millis(500);
/// Between two portions, for others to write.
const BREATH: Duration = Duration::from_millis(2);
const AFTER_FAULT: Duration = Duration::from_secs(2);
/// Between two looks at deadlines that wait for a calendar.
const CALENDARS: Duration = Duration::from_secs(60);

/// Does what falls due, for as long as the process runs.
pub async fn watch(app: Arc<App>) {
    let mut calendars = tokio::time::interval(CALENDARS);
    loop {
        let pause = match look(&app).await {
            Ok(0) => LOOK,
            // there may be more
            Ok(_) => BREATH,
            Err(error) => {
                tracing::warn!(%error, "what falls due could not be done");
                AFTER_FAULT
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = calendars.tick() => if let Err(error) = settle_provisional(&app).await {
                tracing::warn!(%error, "provisional deadlines could not be worked out");
            }
        }
    }
}

/// A look costs one statement and no lock.
async fn look(app: &Arc<App>) -> Result<usize, CaseError> {
    match next_due(app).await? {
        Some(due) if due <= app.clock.now() => run_due(app).await,
        _ => Ok(0),
    }
}

/// Does a portion of what is due by now, the oldest first; how many cases there were.
pub async fn run_due(app: &Arc<App>) -> Result<usize, CaseError> {
    match portion(app, None).await {
        Ok(cases) => Ok(cases),
        Err(error) => one_by_one(app, error).await,
    }
}

/// Of the cases that are due, so many as fit, or this one.
async fn portion(app: &Arc<App>, only: Option<CaseId>) -> Result<usize, CaseError> {
    let cx = Cx::new(app.clone(), Actor::anonymous()).to_change();
    write(&cx, move |cx, work| {
        Box::pin(async move {
            let cases = store::lock_due(&work.tx, cx.clock.now(), PORTION, only).await?;
            each(cx, work, cases, Task::Alarms).await
        })
    })
    .await
}

/// One case that cannot be done must not hold up all others. Where none can be, it is told why.
async fn one_by_one(app: &Arc<App>, why: CaseError) -> Result<usize, CaseError> {
    let mut cases = 0;
    for id in store::due_cases(&app.db, app.clock.now(), PORTION).await? {
        match portion(app, Some(id)).await {
            Ok(count) => cases += count,
            Err(error) => tracing::error!(%error, case = %id.0, "what is due of a case could not be done"),
        }
    }
    if cases == 0 { Err(why) } else { Ok(cases) }
}

/// When something falls due next, or fell due and is not done yet.
pub async fn next_due(app: &App) -> Result<Option<DateTime<Utc>>, DbErr> {
    store::next_due(&app.db).await
}

/// Works out anew what was worked out without knowing the holidays of a year, where they are known by now.
pub async fn settle_provisional(app: &Arc<App>) -> Result<usize, CaseError> {
    let (mut after, mut settled) = (None, 0);
    loop {
        let cx = Cx::new(app.clone(), Actor::anonymous()).to_change();
        let (last, count) = write(&cx, move |cx, work| {
            Box::pin(async move {
                let cases = store::lock_provisional(&work.tx, after, PORTION).await?;
                let last = cases.iter().map(|case| case.id).max();
                Ok::<_, CaseError>((last, each(cx, work, cases, Task::Calendar).await?))
            })
        })
        .await?;
        settled += count;
        let Some(last) = last else { return Ok(settled) };
        after = Some(last);
    }
}

/// Lets the clocks that a change of policies concerns run by what holds now, portion by portion, so that others write in between; how many there
/// were. It goes on when whoever asked for it hangs up; where the server stops on the way, it can be asked for again.
pub(super) async fn apply_policies(cx: &Cx, which: Concerned) -> Result<usize, CaseError> {
    let (cx, which, changed) = (cx.clone(), Arc::new(which), Arc::new(AtomicUsize::new(0)));
    let task = tokio::spawn(async move {
        let mut after = None;
        loop {
            let (which, counted) = (which.clone(), changed.clone());
            let last = write(&cx, move |cx, work| {
                Box::pin(async move {
                    let cases = store::lock_concerned(&work.tx, &which, after, PORTION).await?;
                    let last = cases.iter().map(|case| case.id).max();
                    each(cx, work, cases, Task::Policies(&which, &counted)).await?;
                    Ok::<_, CaseError>(last)
                })
            })
            .await?;
            if last.is_none() {
                return Ok(changed.load(Ordering::Relaxed));
            }
            after = last;
            tokio::time::sleep(BREATH).await;
        }
    });
    task.await.map_err(|_| DbErr::Custom("the change of clocks was cut short".into()))?
}

#[derive(Clone, Copy)]
enum Task<'t> {
    Alarms,
    Calendar,
    /// Also counts the clocks.
    Policies(&'t Concerned, &'t AtomicUsize),
}

/// Opens all files with what belongs to them, does the task on each, and writes them together. How many there were.
async fn each(cx: &Cx, work: &mut Work, mut cases: Vec<case_file::Model>, task: Task<'_>) -> Result<usize, CaseError> {
    if cases.is_empty() {
        return Ok(0);
    }
    let ids: Vec<CaseId> = cases.iter().map(|case| case.id).collect();
    let mut whistles = by_case(store::whistles_of(&work.tx, &ids).await?, |whistle| whistle.case_id);
    let mut clocks = by_case(store::clocks_of(&work.tx, &ids).await?, |clock| clock.case_id);
    // what waits longest is told first
    cases.sort_by_key(|case| clocks.get(&case.id).and_then(|clocks| clocks.iter().filter_map(|clock| clock.next_at).min()));
    let policies = store::policies_in_force(&work.tx).await?;
    let grids: Vec<GridId> = cases.iter().filter_map(|case| case.grid_id).collect::<HashSet<_>>().into_iter().collect();
    let over = grid::service::manned_over_in_tx(cx, &work.tx, &grids).await?;
    let mut rules: HashMap<AreaId, Rules> = HashMap::new();
    let (count, mut written) = (cases.len(), Vec::with_capacity(cases.len()));
    for case in cases {
        let rules = match rules.entry(case.district_id) {
            Occupied(known) => known.get().clone(),
            Vacant(new) => new.insert(rules_of(cx, &case, &policies).await?).clone(),
        };
        let known = Clocks::known(clocks.remove(&case.id).unwrap_or_default(), Some(rules));
        let mut file = File::by_itself(cx, work, case.clone(), whistles.remove(&case.id).unwrap_or_default(), known)?;
        file.over = file.case.grid_id.map(|grid| (grid, over.get(&grid).copied()));
        match task {
            Task::Alarms => alarms(&mut file).await?,
            Task::Calendar => calendar_known(&mut file).await?,
            Task::Policies(which, changed) => {
                changed.fetch_add(policy_changed(&mut file, which).await?, Ordering::Relaxed);
            }
        }
        if file.case.version > case.version {
            written.push(file.close().await?.0);
        }
    }
    write_all(work, written).await?;
    Ok(count)
}

async fn rules_of(cx: &Cx, case: &case_file::Model, all: &[deadline_policy::Model]) -> Result<Rules, DbErr> {
    let here = all.iter().filter(|policy| policy.district_id.is_none_or(|district| district == case.district_id));
    let time = calendar::service::of_district(&cx.app, case.district_id).await?;
    Ok(Rules { policies: Arc::new(here.cloned().collect()), time })
}

fn by_case<T>(rows: Vec<T>, case: impl Fn(&T) -> CaseId) -> HashMap<CaseId, Vec<T>> {
    let mut of_each: HashMap<CaseId, Vec<T>> = HashMap::new();
    for row in rows {
        of_each.entry(case(&row)).or_default().push(row);
    }
    of_each
}

/// Does what the clocks of a case ask for, in the order in which they run out.
async fn alarms(file: &mut File<'_>) -> Result<(), CaseError> {
    let now = file.now;
    let mut due: Vec<(DateTime<Utc>, CaseClockId)> =
        file.all_clocks().await?.iter().filter(|clock| clock::alarm(clock, now).is_some()).map(|clock| (clock.due_at, clock.id)).collect();
    due.sort();
    for (_, id) in due {
        let Some(clock) = file.all_clocks().await?.iter().find(|clock| clock.id == id).cloned() else { continue };
        match clock::alarm(&clock, now) {
            Some(Alarm::Warn) => {
                file.clocks.change(|clock| clock.id == id, |clock| clock::warned(clock, now));
                tell(file, CaseEventKind::DeadlineApproaching, &clock).await?;
            }
            Some(Alarm::RunOut) => {
                file.clocks.change(|clock| clock.id == id, |clock| clock::ran_out(clock, now));
                match clock.kind {
                    ClockKind::CheckIn => unanswered(file, &clock).await?,
                    _ => tell(file, CaseEventKind::Overdue, &clock).await?,
                }
            }
            None => {}
        }
    }
    Ok(())
}

/// Enters what a clock has come to.
async fn tell(file: &mut File<'_>, kind: CaseEventKind, clock: &case_clock::Model) -> Result<(), CaseError> {
    let whistle = whistle_of(file, clock).await?;
    let whistle = whistle.map(|whistle| fact(&whistle, Some(whistle.status)));
    file.enter(kind, Entry { note: Some(words(clock).to_owned()), whistle, ..Entry::default() });
    Ok(())
}

fn words(clock: &case_clock::Model) -> &'static str {
    match clock.kind {
        ClockKind::Case => "案件总时限",
        ClockKind::CheckIn => "报到时限",
        ClockKind::Resolution => match clock.level {
            Some(HandlingLevel::Complex) => "小区办理时限",
            Some(HandlingLevel::Grid) => "网格办理时限",
            Some(HandlingLevel::Community) => "社区办理时限",
            Some(HandlingLevel::Subdistrict) => "街道办理时限",
            _ => "区县办理时限",
        },
        ClockKind::Supervision => "督办时限",
    }
}

async fn whistle_of(file: &mut File<'_>, clock: &case_clock::Model) -> Result<Option<whistle::Model>, DbErr> {
    let Some(id) = clock.whistle_id else { return Ok(None) };
    Ok(file.whistles().await?.into_iter().find(|whistle| whistle.id == id))
}

/// Nobody checked in: the superior is called. Above the district there is nobody: it is asked to supervise 提请督办, once.
async fn unanswered(file: &mut File<'_>, clock: &case_clock::Model) -> Result<(), CaseError> {
    let raised = whistle_of(file, clock).await?.filter(|whistle| whistle.status == WhistleStatus::Raised);
    // answered behind the server's back: the clock has run out all the same, and is not looked at again
    let Some(mut whistle) = raised else { return tell(file, CaseEventKind::Overdue, clock).await };
    if file.maybe_superior((whistle.target_kind, whistle.target_id)).await?.is_none() {
        return tell(file, CaseEventKind::SupervisionRequested, clock).await;
    }
    whistle.status = WhistleStatus::Escalated;
    escalate(file, &mut whistle, Some("逾期未报到，自动升级".to_owned())).await
}

async fn calendar_known(file: &mut File<'_>) -> Result<(), CaseError> {
    let (rules, now) = (file.rules().await?, file.now);
    let mut moved = Vec::new();
    for clock in file.all_clocks().await?.iter().filter(|clock| clock.provisional && clock.state == ClockState::Running) {
        let mut known = clock.clone();
        clock::allow(&mut known, clock.allowed, SegmentCause::CalendarChanged, &rules.time, now);
        if !known.provisional {
            moved.push(known);
        }
    }
    for known in moved {
        put(file, &known).await?;
    }
    Ok(())
}

/// How many clocks run by another policy from now on.
async fn policy_changed(file: &mut File<'_>, which: &Concerned) -> Result<usize, CaseError> {
    let (rules, case, now) = (file.rules().await?, file.case.clone(), file.now);
    let mut moved = Vec::new();
    for clock in file.all_clocks().await?.iter().filter(|clock| active(clock) && clock.kind == which.kind) {
        let policy = rules.policy(clock.kind, &case, clock.level.unwrap_or(case.level))?;
        let meant = match &which.by {
            ConcernedBy::Set(set) => policy.id == *set,
            ConcernedBy::Ended(ended) => ended.contains(&clock.policy_id),
        };
        if meant && policy.id != clock.policy_id {
            let mut other = clock.clone();
            clock::follow(&mut other, policy, &rules.time, now);
            moved.push(other);
        }
    }
    let count = moved.len();
    for clock in moved {
        put(file, &clock).await?;
    }
    Ok(count)
}

/// A clock as it is from now on, with its whistle and an entry.
async fn put(file: &mut File<'_>, known: &case_clock::Model) -> Result<(), CaseError> {
    file.put_clock(known).await?;
    tell(file, CaseEventKind::DeadlineChanged, known).await
}
