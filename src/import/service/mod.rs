//! Taking tables in: `start_import` queues a job with its file, `queue` carries jobs out, `kinds` knows the tables and who may send which lines.

mod kinds;
mod queue;

use chrono::{DateTime, Utc};
use entity::{ImportJobId, ImportKind, ImportStatus, import_job};

pub use self::{
    kinds::columns,
    queue::{start, work},
};
use super::store;
use crate::{
    app::Cx,
    area::service as areas,
    case::service::{CaseError, RequestKey, keep_made, maybe_first},
    db::{Db, DbErr},
    event::write,
    sheet,
};

/// Why no job was started.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("not an administrator")]
    Forbidden,
    #[error("the file is empty")]
    Empty,
    #[error(transparent)]
    Case(#[from] CaseError),
    #[error(transparent)]
    Db(#[from] DbErr),
}

pub struct NewImport {
    pub kind: ImportKind,
    pub file_name: String,
    pub content: Vec<u8>,
}

/// Queues a table to be taken in; under a key in use, the job that was queued then.
pub async fn start_import(cx: &Cx, key: Option<RequestKey>, new: NewImport) -> Result<Option<import_job::Model>, ImportError> {
    let posts = cx.actor.administers();
    let (Some(by), false) = (cx.actor.person, posts.is_empty()) else { return Err(ImportError::Forbidden) };
    if new.content.is_empty() {
        return Err(ImportError::Empty);
    }
    let queued = write::<_, ImportError, _>(cx, move |cx, work| {
        Box::pin(async move {
            if let Some(key) = &key
                && let Some(first) = maybe_first(cx, &work.tx, key).await?
            {
                return match first.made_id {
                    Some(id) => Ok(store::maybe_job(&work.tx, &cx.actor, id.into()).await?),
                    None => Ok(None),
                };
            }
            // the highest area: administrators above it see the job too
            let areas = areas::by_ids_in_tx(&work.tx, &posts).await?;
            let area = areas.into_iter().min_by(|one, other| one.path.len().cmp(&other.path.len()).then_with(|| one.path.cmp(&other.path)));
            let row = queued(cx.clock.new_id(), &new, cx.clock.now(), by, area.ok_or(ImportError::Forbidden)?.id);
            store::insert(&work.tx, &row, new.content).await?;
            keep_made(cx, &work.tx, key, row.id.0).await?;
            Ok(Some(row))
        })
    })
    .await?;
    cx.imports.wanted.notify_one();
    Ok(queued)
}

fn queued(
    id: ImportJobId,
    new: &NewImport,
    queued_at: DateTime<Utc>,
    started_by: entity::PersonId,
    area_id: entity::AreaId,
) -> import_job::Model {
    import_job::Model {
        id,
        kind: new.kind,
        file_name: new.file_name.chars().filter(|c| !c.is_control()).take(200).collect(),
        status: ImportStatus::Queued,
        lines_read: 0,
        lines_total: None,
        created: None,
        changed: None,
        unchanged: None,
        queued_at,
        started_at: None,
        finished_at: None,
        started_by,
        area_id,
        attempts: 0,
        leased_by: None,
        lease_until: None,
        version: 1,
    }
}

/// The empty table of a kind, as CSV that Excel knows for UTF-8.
pub fn template(kind: ImportKind) -> Result<String, String> {
    let bytes = sheet::template(columns(kind), false).map_err(|error| error.to_string())?;
    String::from_utf8(bytes).map_err(|error| error.to_string())
}

/// A job as it stands, as far as the actor may see it: what this process is doing is told from memory, which is ahead of what is written down.
pub async fn maybe_now(cx: &Cx, id: ImportJobId) -> Result<Option<import_job::Model>, DbErr> {
    Ok(store::maybe_job(cx.read(), &cx.actor, id).await?.map(|row| reached(cx, row)))
}

/// With what memory knows of it.
pub fn reached(cx: &Cx, row: import_job::Model) -> import_job::Model {
    match cx.imports.of(row.id.0) {
        Some((read, total)) if row.status == ImportStatus::Running => {
            import_job::Model { lines_read: queue::narrow(read), lines_total: Some(queue::narrow(total)), ..row }
        }
        _ => row,
    }
}

/// Drops what was wrong with tables that were refused before this; the jobs stay.
pub async fn prune(db: &Db, before: DateTime<Utc>) -> Result<u64, DbErr> {
    let tx = db.begin().await?;
    let dropped = store::prune_problems(&tx, before).await?;
    tx.commit().await?;
    Ok(dropped)
}
