//! A change asked for under an idempotency key 幂等键 is made once: a retry is answered with what the first call made.

use chrono::{DateTime, Duration, Utc};
use entity::{case_file, idempotent_request, whistle};
use uuid::Uuid;

use super::CaseError;
use crate::{
    app::Cx,
    case::store,
    db::{DatabaseTransaction, Db, DbErr},
    event::{InWork, Work, write},
};

/// How long keys are kept. Clients are promised half of it, so that no retry depends on when the housekeeping comes by.
const KEPT: Duration = Duration::hours(48);

/// The key that the caller gave, and the digest of what was asked for under it.
#[derive(Clone, Debug)]
pub struct RequestKey {
    pub key: String,
    pub body: Vec<u8>,
}

/// On what terms a change is asked for.
#[derive(Clone, Debug, Default)]
pub struct Terms {
    /// The version the caller looked at, where it matters.
    pub expected: Option<i32>,
    /// None: to be made each time it is asked for.
    pub key: Option<RequestKey>,
}

/// The records that a change made or moved.
#[derive(Debug)]
pub struct Done {
    pub case: case_file::Model,
    pub whistles: Vec<whistle::Model>,
}

/// Runs a write, unless the actor has had it done under the same key: then what came of it, as it stands now, as far as the actor may see it.
/// A write that fails takes its key along when it is rolled back.
pub(super) async fn once<F>(cx: &Cx, key: Option<RequestKey>, act: F) -> Result<Option<Done>, CaseError>
where
    F: for<'w> FnOnce(&'w Cx, &'w mut Work) -> InWork<'w, Done, CaseError> + Send + 'static,
{
    write(cx, move |cx, work| {
        Box::pin(async move {
            let Some(key) = key else { return act(cx, work).await.map(Some) };
            if let Some(first) = maybe_first(cx, &work.tx, &key).await? {
                let kept = store::maybe_kept(&work.tx, &cx.actor, &first).await?;
                return Ok(kept.map(|(case, whistles)| Done { case, whistles }));
            }
            let done = act(cx, work).await?;
            let whistles: Vec<_> = done.whistles.iter().map(|whistle| whistle.id).collect();
            store::keep(&work.tx, (cx.actor.person.ok_or(CaseError::Anonymous)?, key.key), done.case.id, &whistles).await?;
            Ok(Some(done))
        })
    })
    .await
}

/// What the actor has had done under this key; none: the key is theirs now, until the end of this transaction at least.
pub async fn maybe_first(cx: &Cx, tx: &DatabaseTransaction, key: &RequestKey) -> Result<Option<idempotent_request::Model>, CaseError> {
    let request = idempotent_request::Model {
        person_id: cx.actor.person.ok_or(CaseError::Anonymous)?,
        key: key.key.clone(),
        body: key.body.clone(),
        at: cx.clock.now(),
        case_id: None,
        whistle_ids: None,
        policy_id: None,
        made_id: None,
    };
    let first = store::claim(tx, request).await?;
    if first.as_ref().is_some_and(|first| first.body != key.body) {
        return Err(CaseError::KeyReused);
    }
    Ok(first)
}

/// Notes which record a request under a key has made or moved, for nouns other than cases and policies.
pub async fn keep_made(cx: &Cx, tx: &DatabaseTransaction, key: Option<RequestKey>, made: Uuid) -> Result<(), CaseError> {
    if let Some(key) = key {
        store::keep_made(tx, (cx.actor.person.ok_or(CaseError::Anonymous)?, key.key), made).await?;
    }
    Ok(())
}

/// Forgets keys that are older than any promise. How many there were.
pub async fn forget_old(db: &Db, now: DateTime<Utc>) -> Result<u64, DbErr> {
    store::forget_requests(db, now - KEPT).await
}
