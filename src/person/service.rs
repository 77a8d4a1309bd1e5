//! From a signed-in person to the actor that every service takes; and the end of a person's data.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use entity::{PersonId, PostRole, person};
use uuid::Uuid;

use super::store;
use crate::{
    app::{App, Cx},
    auth::{Actor, HeldPost},
    case::{self, service::CaseError},
    db::{DatabaseTransaction, DbErr},
    event::{Work, write},
};

/// The actor for a person named by a token, with the posts held today; none where the person no longer exists. Read where the person reads:
/// a post taken away on the primary counts until the replica, which is never read from while it is far behind, knows of it.
pub async fn maybe_actor(app: &App, person: PersonId, expires_at: Option<DateTime<Utc>>) -> Result<Option<Actor>, DbErr> {
    let db = app.db.reader(Some(person));
    let posts = store::posts_on(db, person, app.clock.today()).await?;
    // who was erased holds no post
    if posts.is_empty() && store::maybe_by_id(db, person).await?.is_none_or(|person| person.erased_at.is_some()) {
        return Ok(None);
    }
    let posts = posts.into_iter().map(|post| HeldPost { id: post.id, role: post.role, unit: post.unit_id, area: post.area_id }).collect();
    Ok(Some(Actor { person: Some(person), posts, expires_at }))
}

/// The same asker with the posts held now; none once the token has run out or the person is gone. A visitor stays one.
pub async fn maybe_renewed(cx: &Cx) -> Result<Option<Cx>, DbErr> {
    let Some(person) = cx.actor.person else { return Ok(Some(cx.clone())) };
    if cx.actor.expired(cx.clock.now()) {
        return Ok(None);
    }
    let actor = maybe_actor(&cx.app, person, cx.actor.expires_at).await?;
    // as a rule nothing has changed: one actor for all that a connection does
    Ok(actor.map(|actor| if actor == *cx.actor { cx.renewed() } else { Cx::new(cx.app.clone(), actor) }))
}

/// The person behind a sign-in name, for tokens made at the command line.
pub async fn maybe_by_sign_in(app: &App, name: &str) -> Result<Option<person::Model>, DbErr> {
    store::maybe_by_sign_in(&app.db.read, name).await
}

/// What stands where personal data were erased.
pub const ERASED: &str = "已删除";

/// Why a person was not erased.
#[derive(Debug, thiserror::Error)]
pub enum EraseError {
    #[error("no such person, or not for this actor")]
    NotFound,
    #[error("not an administrator")]
    Forbidden,
    /// Works for somebody: what they do is a record of duty.
    #[error("holds a post")]
    OnDuty,
    #[error(transparent)]
    Case(#[from] CaseError),
    #[error(transparent)]
    Db(#[from] DbErr),
}

#[derive(Debug)]
pub struct Erased {
    pub person: person::Model,
    /// In how many cases they were named.
    pub cases: usize,
}

/// Erases a person's data on request, here and in every case 个人信息删除. Again for one who was erased already, it erases what came since.
pub async fn erase(cx: &Cx, id: PersonId, reason: String) -> Result<Erased, EraseError> {
    if !cx.actor.posts.iter().any(|post| post.role == PostRole::Administrator) {
        return Err(EraseError::Forbidden);
    }
    write(cx, move |cx, work| Box::pin(erase_in(cx, work, id, reason))).await
}

async fn erase_in(cx: &Cx, work: &mut Work, id: PersonId, reason: String) -> Result<Erased, EraseError> {
    let person = store::maybe_erasable(&work.tx, &cx.actor, id).await?.ok_or(EraseError::NotFound)?;
    if store::has_duties_from(&work.tx, id, cx.clock.today()).await? {
        return Err(EraseError::OnDuty);
    }
    // first: a second erasure waits here until this one is done
    let erased = person::Model {
        name: ERASED.to_owned(),
        phone: None,
        sign_in: None,
        erased_at: person.erased_at.or(Some(cx.clock.now())),
        ..person.clone()
    };
    store::save(&work.tx, &erased).await?;
    store::forget_home(&work.tx, id).await?;
    let cases = case::service::erase_in(cx, work, &person, &reason).await?;
    Ok(Erased { person: erased, cases })
}

/// Which of these persons hold a post other than a resident's today: their names are not masked among officers.
pub async fn officials(cx: &Cx, persons: Vec<PersonId>) -> Result<HashSet<PersonId>, DbErr> {
    store::officials(cx.read(), persons, cx.clock.today()).await
}

/// Whether a person works for a unit today.
pub async fn works_for_in_tx(cx: &Cx, tx: &DatabaseTransaction, person: PersonId, unit: Uuid) -> Result<bool, DbErr> {
    store::works_for(tx, person, unit, cx.clock.today()).await
}
