//! Sending attachments in, using them, handing out their content, and forgetting them.

use aws_lc_rs::digest::{SHA256, digest};
use chrono::{DateTime, Duration, Utc};
use entity::{AttachmentId, CaseEventId, CaseId, PersonId, attachment};

use super::{
    model::{clean_name, maybe_media_type},
    store,
};
use crate::{
    app::{App, Cx},
    case::service::{CaseError, RequestKey, keep_made, maybe_first},
    db::{DatabaseTransaction, Db, DbErr},
    event::write,
};

/// Bytes of one at most.
pub const MOST_BYTES: usize = 10 * 1024 * 1024;
/// Unused ones of a person at most.
pub const MOST_UNUSED: u64 = 50;
/// How long one may stay unused.
const UNUSED_FOR: Duration = Duration::hours(24);
/// How long an address is good. A page that was opened has its pictures; one that was sent on soon has none.
const ADDRESS_FOR: Duration = Duration::minutes(15);

/// Why nothing was taken in.
#[derive(Debug, thiserror::Error)]
pub enum AttachmentError {
    #[error("may not report")]
    Forbidden,
    #[error("the file is empty")]
    Empty,
    #[error("the file is too large")]
    TooLarge,
    #[error("not of a type that is taken")]
    Type,
    #[error("too many unused ones")]
    TooMany,
    #[error(transparent)]
    Case(#[from] CaseError),
    #[error(transparent)]
    Db(#[from] DbErr),
}

pub struct NewAttachment {
    pub file_name: String,
    pub content: Vec<u8>,
}

/// Takes a file in; under a key in use, what was taken in then.
pub async fn upload(cx: &Cx, key: Option<RequestKey>, new: NewAttachment) -> Result<Option<attachment::Model>, AttachmentError> {
    let Some(by) = cx.actor.person.filter(|_| cx.actor.may_report()) else { return Err(AttachmentError::Forbidden) };
    if new.content.is_empty() {
        return Err(AttachmentError::Empty);
    }
    if new.content.len() > MOST_BYTES {
        return Err(AttachmentError::TooLarge);
    }
    let media_type = maybe_media_type(&new.content).ok_or(AttachmentError::Type)?;
    write::<_, AttachmentError, _>(cx, move |cx, work| {
        Box::pin(async move {
            if let Some(key) = &key
                && let Some(first) = maybe_first(cx, &work.tx, key).await?
            {
                return match first.made_id {
                    Some(id) => Ok(store::maybe_seen(&work.tx, &cx.actor, id.into()).await?),
                    None => Ok(None),
                };
            }
            if store::count_unused(&work.tx, by).await? >= MOST_UNUSED {
                return Err(AttachmentError::TooMany);
            }
            let row = attachment::Model {
                id: cx.clock.new_id(),
                uploaded_by: Some(by),
                uploaded_at: cx.clock.now(),
                file_name: clean_name(&new.file_name),
                media_type: media_type.to_owned(),
                size: i32::try_from(new.content.len()).unwrap_or(i32::MAX),
                sha256: sha256(&new.content),
                kind: None,
                case_id: None,
                event_id: None,
                position: None,
                erased_at: None,
            };
            store::put(&work.tx, &row, new.content).await?;
            keep_made(cx, &work.tx, key, row.id.0).await?;
            Ok(Some(row))
        })
    })
    .await
}

fn sha256(content: &[u8]) -> String {
    hex::encode(digest(&SHA256, content))
}

/// Those of cases that the actor sees, in the order of their entries. One statement.
pub async fn of_cases(cx: &Cx, cases: &[CaseId]) -> Result<Vec<attachment::Model>, DbErr> {
    store::of_cases(cx, cases).await
}

/// Those that came with these entries, in their order. One statement.
pub async fn of_events(cx: &Cx, events: &[CaseEventId]) -> Result<Vec<attachment::Model>, DbErr> {
    store::of_events(cx, events).await
}

/// The entry that tells of an attachment of the actor's own.
pub async fn maybe_entry_of_own(cx: &Cx, id: AttachmentId) -> Result<Option<CaseEventId>, DbErr> {
    let row = store::maybe_any(cx.read(), id).await?;
    Ok(row.filter(|row| row.uploaded_by.is_some() && row.uploaded_by == cx.actor.person).and_then(|row| row.event_id))
}

/// Of these, those that the person has sent in and nothing has used, locked: until the end of the transaction nobody else uses them.
pub async fn lock_unused_in_tx(tx: &DatabaseTransaction, by: PersonId, ids: &[AttachmentId]) -> Result<Vec<attachment::Model>, DbErr> {
    store::lock_unused(tx, by, ids).await
}

/// How many of a case the person has sent in.
pub async fn count_of_case_in_tx(tx: &DatabaseTransaction, case: CaseId, by: PersonId) -> Result<u64, DbErr> {
    store::count_of_case(tx, case, by).await
}

pub async fn save_in_tx(tx: &DatabaseTransaction, rows: Vec<attachment::Model>) -> Result<(), DbErr> {
    store::save(tx, rows).await
}

/// All of these cases, whoever may see them. With `contents`, each has the digest of its bytes as they lie there now, read one by one; it is empty where
/// there are none, and none where they were erased.
pub async fn held_in_tx(
    tx: &DatabaseTransaction,
    cases: &[CaseId],
    contents: bool,
) -> Result<Vec<(attachment::Model, Option<String>)>, DbErr> {
    let mut held = Vec::new();
    for row in store::all_of_cases(tx, cases).await? {
        let content = match contents && row.erased_at.is_none() {
            true => Some(store::get(tx, row.id).await?.map(|bytes| sha256(&bytes)).unwrap_or_default()),
            false => None,
        };
        held.push((row, content));
    }
    Ok(held)
}

/// Erases what came with these entries: content, name and who sent it in. The digest stays, so that the file can be checked.
pub async fn erase_in_tx(tx: &DatabaseTransaction, events: &[CaseEventId], name: &str, at: DateTime<Utc>) -> Result<(), DbErr> {
    let rows = store::all_of_events(tx, events).await?;
    let erased = |row: attachment::Model| attachment::Model {
        uploaded_by: None,
        file_name: name.to_owned(),
        erased_at: row.erased_at.or(Some(at)),
        ..row
    };
    let rows: Vec<attachment::Model> = rows.into_iter().map(erased).collect();
    if rows.is_empty() {
        return Ok(());
    }
    let ids: Vec<AttachmentId> = rows.iter().map(|row| row.id).collect();
    store::save(tx, rows).await?;
    store::drop_content(tx, &ids).await
}

/// Drops what a person has sent in and nothing has used.
pub async fn drop_unused_in_tx(tx: &DatabaseTransaction, by: PersonId) -> Result<(), DbErr> {
    store::drop_unused(tx, by).await
}

/// Forgets what was sent in a day ago and never used. How many there were.
pub async fn forget_unused(db: &Db, now: DateTime<Utc>) -> Result<u64, DbErr> {
    store::forget_unused(db, now - UNUSED_FOR).await
}

/// Where the content is to be had for a while, without further proof; none where it was erased. For those who may see the attachment.
pub fn maybe_address(cx: &Cx, row: &attachment::Model) -> Option<String> {
    if row.erased_at.is_some() {
        return None;
    }
    let expires = (cx.clock.now() + ADDRESS_FOR).timestamp();
    let signature = cx.keys.sign_address(&said(row.id, expires));
    Some(format!("/attachments/{}?expires={expires}&signature={signature}", row.id.0))
}

/// What is signed of an address.
fn said(id: AttachmentId, expires: i64) -> String {
    format!("{} {expires}", id.0)
}

/// What is at an address.
pub enum Fetched {
    /// The address was not given out by this server, or is good no more.
    Forbidden,
    /// Erased, or forgotten.
    Gone,
    Content(Box<attachment::Model>, Vec<u8>),
}

pub async fn fetch(app: &App, id: AttachmentId, expires: i64, signature: &str) -> Result<Fetched, DbErr> {
    if !app.keys.has_signed_address(&said(id, expires), signature) || app.clock.now().timestamp() >= expires {
        return Ok(Fetched::Forbidden);
    }
    let Some(row) = store::maybe_any(&app.db.read, id).await?.filter(|row| row.erased_at.is_none()) else { return Ok(Fetched::Gone) };
    Ok(match store::get(&app.db.read, id).await? {
        Some(content) => Fetched::Content(Box::new(row), content),
        None => Fetched::Gone,
    })
}
