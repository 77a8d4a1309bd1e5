//! Makes notifications from the event log, tells those who wait for them, and marks them read.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use entity::{CaseId, NotificationId, PersonId, PostRole, case_file, notification, whistle};
use futures_util::future::BoxFuture;
use uuid::Uuid;

pub use super::store::Which;
use super::{
    model::{self, To},
    store,
};
use crate::{
    app::{App, Cx},
    auth::duty_of,
    db::{DatabaseTransaction, Db, DbErr, notify},
    event::{self, Logged, Missed, write},
    job::{self, AFTER_FAULT, AT_LEAST_EVERY, Consumer, Running},
};

/// On which it is told that there are new ones. A hint: the table is read anyway.
const CHANNEL: &str = "chuishao_inbox";

pub static CONSUMER: Consumer = Consumer { name: "notifications", make, made: |app| app.inbox.stir() };

fn make<'t>(app: &'t App, tx: &'t DatabaseTransaction, facts: &'t [Arc<Logged>]) -> BoxFuture<'t, Result<(), DbErr>> {
    Box::pin(async move {
        let facts: Vec<&Logged> = facts.iter().map(|logged| &**logged).filter(|logged| model::concerns(&logged.fact)).collect();
        if facts.is_empty() {
            return Ok(());
        }
        let rows = Batch::read(app, tx, &facts).await?.notifications(app, &facts);
        if rows.is_empty() {
            return Ok(());
        }
        store::insert(tx, rows).await?;
        if app.db.is_postgres() {
            notify(tx, CHANNEL, "").await?;
        }
        Ok(())
    })
}

/// What the facts are about, as it stands when they are dealt with.
struct Batch {
    cases: HashMap<CaseId, case_file::Model>,
    told: Vec<Vec<(entity::NotificationKind, To)>>,
    actors: HashMap<entity::CaseEventId, PersonId>,
    holders: HashMap<Uuid, Vec<(PersonId, PostRole)>>,
}

impl Batch {
    async fn read(app: &App, tx: &DatabaseTransaction, facts: &[&Logged]) -> Result<Self, DbErr> {
        let case_ids: HashSet<CaseId> = facts.iter().map(|logged| logged.fact.case_id).collect();
        let cases = store::cases(tx, case_ids.into_iter().collect()).await?;
        let looked_at = facts.iter().filter(|logged| model::needs_whistle(&logged.fact));
        let whistles = store::whistles(tx, looked_at.filter_map(|logged| Some(logged.fact.whistle.as_ref()?.id)).collect()).await?;
        let actors = store::actors(tx, facts.iter().map(|logged| logged.fact.event_id).collect()).await?;
        let told: Vec<_> = facts
            .iter()
            .map(|Logged { fact, .. }| {
                let whistle: Option<&whistle::Model> = fact.whistle.as_ref().and_then(|whistle| whistles.get(&whistle.id));
                cases.get(&fact.case_id).map(|case| model::told(fact, case, whistle)).unwrap_or_default()
            })
            .collect();
        let named = told.iter().flatten().filter_map(|(_, to)| if let To::Unit(unit) = to { Some(*unit) } else { None });
        let accused = cases.values().filter(|case| case.respondent_kind.is_some()).filter_map(|case| case.respondent_id);
        let units: HashSet<Uuid> = named.chain(accused).collect();
        let holders = store::holders(tx, units.into_iter().collect(), app.clock.today()).await?;
        Ok(Self { cases, told, actors, holders })
    }

    /// One for each person and fact; never the actor, and never the respondent.
    fn notifications(&self, app: &App, facts: &[&Logged]) -> Vec<notification::Model> {
        let mut rows = Vec::new();
        for (Logged { seq, fact }, told) in facts.iter().zip(&self.told) {
            let Some(case) = self.cases.get(&fact.case_id) else { continue };
            let mut had: HashSet<PersonId> = self.actors.get(&fact.event_id).copied().into_iter().collect();
            had.extend(self.respondents(case));
            for (kind, to) in told {
                for person_id in self.persons(*to) {
                    if had.insert(person_id) {
                        rows.push(notification::Model {
                            id: app.clock.new_id(),
                            person_id,
                            seq: *seq,
                            case_id: fact.case_id,
                            whistle_id: fact.whistle.as_ref().map(|whistle| whistle.id),
                            kind: *kind,
                            status: fact.to_status,
                            at: fact.at,
                            read_at: None,
                        });
                    }
                }
            }
        }
        rows
    }

    fn persons(&self, to: To) -> Vec<PersonId> {
        match to {
            To::Person(person) => vec![person],
            To::Unit(unit) => {
                let holders = self.holders.get(&unit).into_iter().flatten();
                // whoever only looks on there takes up no duty
                holders.filter(|(_, role)| duty_of(*role).is_some()).map(|(person, _)| *person).collect()
            }
        }
    }

    fn respondents(&self, case: &case_file::Model) -> Vec<PersonId> {
        match (case.respondent_kind, case.respondent_id) {
            (Some(_), Some(unit)) => self.holders.get(&unit).into_iter().flatten().map(|(person, _)| *person).collect(),
            (None, Some(person)) => vec![PersonId(person)],
            _ => Vec::new(),
        }
    }
}

/// Has those who wait in this process look, where there is something new for them.
pub async fn tell(app: &App) -> Result<(), DbErr> {
    let (db, from) = (app.db.reading(), app.inbox.position());
    let to = job::position(db, CONSUMER.name).await?.unwrap_or(0);
    if to <= from {
        return Ok(());
    }
    let persons = if app.inbox.is_anybody_waiting() { store::told_between(db, from, to).await? } else { Vec::new() };
    app.inbox.told(to, &persons);
    Ok(())
}

/// Starts to tell of notifications that any instance makes, from now on.
pub async fn start(app: &Arc<App>) -> Result<Running, DbErr> {
    tell(app).await?;
    let mut running = Running::default();
    running.spawn(tell_on(app.clone()));
    if app.db.is_postgres() {
        running.spawn(listen(app.clone()));
    }
    Ok(running)
}

async fn tell_on(app: Arc<App>) {
    loop {
        let pause = match tell(&app).await {
            Ok(()) => AT_LEAST_EVERY,
            Err(error) => {
                tracing::warn!(%error, "notifications cannot be read");
                AFTER_FAULT
            }
        };
        let _ = tokio::time::timeout(pause, app.inbox.stirred()).await;
    }
}

async fn listen(app: Arc<App>) {
    app.db.hear(CHANNEL, || app.inbox.stir()).await;
}

/// A person's notifications of later rows than this, in the order of the log.
pub async fn after(app: &App, person: PersonId, position: i64) -> Result<Vec<notification::Model>, Missed> {
    const MOST: u64 = 100;
    let db = app.db.reading();
    // what was dropped may have been among them
    if position < event::floor_in(db).await? {
        return Err(Missed::Expired);
    }
    Ok(store::after(db, person, position, MOST).await?)
}

/// How many of the actor's are unread.
pub async fn unread(cx: &Cx) -> Result<u64, DbErr> {
    store::unread(cx.read(), &cx.actor).await
}

/// Why nothing was marked.
#[derive(Debug, thiserror::Error)]
pub enum MarkError {
    #[error("no such notification, or somebody else's")]
    NotFound,
    #[error(transparent)]
    Db(#[from] DbErr),
}

/// Marks the actor's own as read; how many were unread.
pub async fn mark(cx: &Cx, which: Which) -> Result<u64, MarkError> {
    write(cx, move |cx, work| {
        Box::pin(async move {
            if let Which::Ids(ids) = &which {
                let distinct: HashSet<NotificationId> = ids.iter().copied().collect();
                let known = store::known(&work.tx, &cx.actor, ids).await?;
                if usize::try_from(known).ok() != Some(distinct.len()) {
                    return Err(MarkError::NotFound);
                }
            }
            Ok(store::mark(&work.tx, &cx.actor, &which, cx.clock.now()).await?)
        })
    })
    .await
}

/// Drops those of events that are no longer kept.
pub async fn prune(db: &Db) -> Result<u64, DbErr> {
    let tx = db.begin().await?;
    let dropped = store::prune(&tx, event::floor_in(&tx).await?).await?;
    tx.commit().await?;
    Ok(dropped)
}
