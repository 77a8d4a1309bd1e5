//! Carries jobs out, one at a time in each process. A job is leased by whoever does it; its last statement, in the transaction that takes the table in, settles it under that very
//! lease. So whoever dies has done nothing, another begins anew when the lease has run out, and of two who are at it one commits.

use std::{sync::Arc, time::Duration};

use entity::{ImportJobId, ImportStatus, PersonId, import_job, import_problem};
use futures_util::future::BoxFuture;
use uuid::Uuid;

use super::kinds::take;
use crate::{
    app::App,
    db::{DatabaseTransaction, DbErr},
    import::store,
    job::{AFTER_FAULT, AT_LEAST_EVERY, Meter, Running},
    person,
    record::import::is_meanwhile,
    sheet::{self, Bad, PORTION, Refused, Tally, Why},
};

/// How long a job is held without a sign of life.
const LEASE: chrono::Duration = chrono::Duration::seconds(60);
/// How often a sign of life is given. On SQLite the import has the one writer, and nobody else is there to see it.
const SIGN_OF_LIFE: Duration = Duration::from_secs(1);
/// After a fault of the server.
const AGAIN_AFTER: chrono::Duration = chrono::Duration::seconds(5);
const MOST_ATTEMPTS: i32 = 3;

/// Starts to carry jobs out as they come.
pub fn start(app: &Arc<App>) -> Running {
    let mut running = Running::default();
    running.spawn(run(app.clone()));
    running
}

async fn run(app: Arc<App>) {
    loop {
        if let Err(error) = work(&app).await {
            tracing::warn!(%error, "imports are carried out later");
            tokio::time::sleep(AFTER_FAULT).await;
        }
        let _ = tokio::time::timeout(AT_LEAST_EVERY, app.imports.wanted.notified()).await;
    }
}

/// Carries out all that waits now.
pub async fn work(app: &Arc<App>) -> Result<(), DbErr> {
    // a look takes no lock
    while store::is_any_waiting(&app.db.read, app.clock.now()).await? {
        let Some(job) = claim(app).await? else { return Ok(()) };
        carry_out(app, job).await?;
    }
    Ok(())
}

async fn claim(app: &App) -> Result<Option<import_job::Model>, DbErr> {
    let (now, tx) = (app.clock.now(), app.db.begin().await?);
    let Some(mut job) = store::maybe_next(&tx, now).await? else { return Ok(None) };
    (job.leased_by, job.lease_until) = (Some(app.clock.new_id()), Some(now + LEASE));
    (job.status, job.attempts, job.version) = (ImportStatus::Running, job.attempts + 1, job.version + 1);
    job.started_at = job.started_at.or(Some(now));
    (job.lines_read, job.lines_total) = (0, None);
    store::save(&tx, &job).await?;
    tx.commit().await?;
    Ok(Some(job))
}

async fn carry_out(app: &Arc<App>, job: import_job::Model) -> Result<(), DbErr> {
    let (id, attempts, Some(by)) = (job.id, job.attempts, job.leased_by) else { return Ok(()) };
    if attempts > MOST_ATTEMPTS {
        return fail(app, id, by, failed(id)).await;
    }
    let alive = app.db.is_postgres().then(|| AbortOnDrop(tokio::spawn(stay_alive(app.clone(), id, by))));
    // a fault in the code of an importer ends this one job
    let taking = tokio::spawn({
        let (app, meter) = (app.clone(), app.imports.begin(id.0));
        async move { import(&app, &job, by, &meter).await }
    });
    let taken = taking.await.unwrap_or_else(|failure| Err(DbErr::Custom(failure.to_string()).into()));
    drop(alive);
    match taken {
        Ok(_) => Ok(()),
        Err(Refused::Lines(bad)) => refuse(app, id, by, bad).await,
        Err(Refused::Db(error)) => {
            tracing::warn!(%error, job = %id.0, "a table could not be taken in");
            if attempts < MOST_ATTEMPTS {
                return again_later(app, id, by).await;
            }
            let why = if is_meanwhile(&error) { Why::of("import-changed-meanwhile") } else { failed(id) };
            fail(app, id, by, why).await
        }
    }
}

struct AbortOnDrop(tokio::task::JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Renews the lease, and writes down how far it is for those who watch through another instance.
async fn stay_alive(app: Arc<App>, id: ImportJobId, by: Uuid) {
    loop {
        tokio::time::sleep(SIGN_OF_LIFE).await;
        let (read, total) = app.imports.of(id.0).unwrap_or_default();
        let renewed = async {
            let tx = app.db.begin().await?;
            let held = store::renew(&tx, (id, by), app.clock.now() + LEASE, (narrow(read), narrow(total))).await?;
            tx.commit().await?;
            Ok::<_, DbErr>(held)
        };
        match renewed.await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => tracing::warn!(%error, "the lease of an import could not be renewed"),
        }
    }
}

pub(super) fn narrow(lines: usize) -> i32 {
    i32::try_from(lines).unwrap_or(i32::MAX)
}

/// By the rights held now: a post that has ended meanwhile gives none.
async fn import(app: &Arc<App>, job: &import_job::Model, by: Uuid, meter: &Meter) -> Result<Tally, Refused> {
    let content = store::content(&app.db.read, job.id).await?;
    let content = content.ok_or_else(|| DbErr::RecordNotFound("the file of an import".into()))?;
    let posts = administered(app, job.started_by).await?;
    let (app_last, id) = (app.clone(), job.id);
    let last: sheet::Last = Arc::new(move |tx, tally| settle(app_last.clone(), tx, (id, by), tally));
    sheet::with_last(last, take(app, job.kind, content, (job.started_by, posts), meter)).await
}

async fn administered(app: &App, person: PersonId) -> Result<Vec<entity::AreaId>, DbErr> {
    let actor = person::service::maybe_actor(app, person, None).await?;
    Ok(actor.map(|actor| actor.administers()).unwrap_or_default())
}

/// Marks a job as done, in the transaction that takes its table in.
fn settle<'t>(app: Arc<App>, tx: &'t DatabaseTransaction, (id, by): (ImportJobId, Uuid), tally: Tally) -> BoxFuture<'t, Result<(), DbErr>> {
    Box::pin(async move {
        let Some(mut job) = store::maybe_held(tx, id, by).await? else {
            return Err(DbErr::Custom("the lease of this import ran out".into()));
        };
        let lines = narrow(tally.added + tally.changed + tally.known);
        (job.lines_read, job.lines_total) = (lines, Some(lines));
        (job.created, job.changed, job.unchanged) = (Some(narrow(tally.added)), Some(narrow(tally.changed)), Some(narrow(tally.known)));
        close(&app, tx, job, ImportStatus::Done).await
    })
}

async fn close(app: &App, tx: &DatabaseTransaction, mut job: import_job::Model, status: ImportStatus) -> Result<(), DbErr> {
    (job.status, job.finished_at, job.version) = (status, Some(app.clock.now()), job.version + 1);
    (job.leased_by, job.lease_until) = (None, None);
    store::drop_file(tx, job.id).await?;
    store::save(tx, &job).await
}

async fn refuse(app: &App, id: ImportJobId, by: Uuid, bad: Vec<Bad>) -> Result<(), DbErr> {
    let tx = app.db.begin().await?;
    let Some(job) = store::maybe_held(&tx, id, by).await? else { return Ok(()) };
    // there may be hundreds of thousands
    let mut problems = bad.into_iter().map(|bad| problem(app, id, bad)).peekable();
    while problems.peek().is_some() {
        store::add_problems(&tx, problems.by_ref().take(PORTION).collect()).await?;
    }
    close(app, &tx, job, ImportStatus::Refused).await?;
    tx.commit().await
}

fn problem(app: &App, job_id: ImportJobId, bad: Bad) -> import_problem::Model {
    import_problem::Model {
        id: app.clock.new_id(),
        job_id,
        line: i32::try_from(bad.line).unwrap_or(i32::MAX),
        column_title: bad.column.map(str::to_owned),
        message: bad.why.key.to_owned(),
        args: serde_json::Value::Object(bad.why.args.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect())
            .to_string(),
    }
}

/// A fault of the server, of which the log says more under this id.
fn failed(id: ImportJobId) -> Why {
    Why::of("import-failed").with("job", id.0.to_string())
}

/// Ends a job for good, and says why to whoever sent it.
async fn fail(app: &App, id: ImportJobId, by: Uuid, why: Why) -> Result<(), DbErr> {
    tracing::error!(job = %id.0, why = why.key, "an import has failed");
    let tx = app.db.begin().await?;
    let Some(job) = store::maybe_held(&tx, id, by).await? else { return Ok(()) };
    store::add_problems(&tx, vec![problem(app, id, Bad { line: 1, column: None, why })]).await?;
    close(app, &tx, job, ImportStatus::Failed).await?;
    tx.commit().await
}

/// The fault may be one of the database that passes.
async fn again_later(app: &App, id: ImportJobId, by: Uuid) -> Result<(), DbErr> {
    let tx = app.db.begin().await?;
    let Some(mut job) = store::maybe_held(&tx, id, by).await? else { return Ok(()) };
    (job.status, job.leased_by, job.lease_until) = (ImportStatus::Queued, None, Some(app.clock.now() + AGAIN_AFTER));
    job.version += 1;
    store::save(&tx, &job).await?;
    tx.commit().await
}
