//! From a signed-in person to the actor that every service takes; and the end of what is kept of a person.

pub mod keep;

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use entity::{PersonId, person};
use uuid::Uuid;

pub use super::model::ERASED;
use super::store;
use crate::{
    app::{App, Cx},
    auth::{Actor, HeldPost},
    db::{DatabaseTransaction, DbErr},
    search,
};

/// The actor for a person named by a token, with the posts held today; none where the person no longer exists. Read where the person reads:
/// a post taken away on the primary counts until the replica, which is never read from while it is far behind, knows of it.
pub async fn maybe_actor(app: &App, person: PersonId, expires_at: Option<DateTime<Utc>>) -> Result<Option<Actor>, DbErr> {
    let db = app.db.reader(Some(person));
    let today = app.clock.today();
    let posts = store::posts_on(db, person, today).await?;
    // who was erased holds no post
    if posts.is_empty() && store::maybe_by_id(db, person).await?.is_none_or(|person| person.erased_at.is_some()) {
        return Ok(None);
    }
    let posts = posts.into_iter().map(|post| HeldPost { id: post.id, role: post.role, unit: post.unit_id, area: post.area_id }).collect();
    Ok(Some(Actor { person: Some(person), posts, today, expires_at }))
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

/// Erases what their own row and home say of a person who works for nobody, where the actor may; the row as it was and as it is, or none.
/// What they do in a post is a record of duty.
pub async fn erase_in_tx(cx: &Cx, tx: &DatabaseTransaction, id: PersonId) -> Result<Erasing, DbErr> {
    let Some(was) = store::maybe_erasable(tx, &cx.actor, id).await? else { return Ok(Erasing::NotFound) };
    if store::has_duties_from(tx, id, cx.clock.today()).await? {
        return Ok(Erasing::OnDuty);
    }
    let now = person::Model {
        name: ERASED.to_owned(),
        phone: None,
        sign_in: None,
        erased_at: was.erased_at.or(Some(cx.clock.now())),
        area_id: None,
        version: was.version + 1,
        ..was.clone()
    };
    store::save(tx, &now).await?;
    search::index(tx, std::slice::from_ref(&now)).await?;
    store::forget_home(tx, id).await?;
    Ok(Erasing::Done { was: Box::new(was), now: Box::new(now) })
}

/// What came of [`erase_in_tx`].
pub enum Erasing {
    NotFound,
    OnDuty,
    Done { was: Box<person::Model>, now: Box<person::Model> },
}

/// Which of these persons hold a post other than a resident's today: their names are not masked among officers.
pub async fn officials(cx: &Cx, persons: Vec<PersonId>) -> Result<HashSet<PersonId>, DbErr> {
    store::officials(cx.read(), persons, cx.clock.today()).await
}

/// For which units persons work today.
pub async fn workplaces(cx: &Cx, persons: Vec<PersonId>) -> Result<HashSet<(PersonId, Uuid)>, DbErr> {
    store::workplaces(cx.read(), persons, cx.clock.today()).await
}

/// Whether a person works for a unit today.
pub async fn works_for_in_tx(cx: &Cx, tx: &DatabaseTransaction, person: PersonId, unit: Uuid) -> Result<bool, DbErr> {
    store::works_for(tx, person, unit, cx.clock.today()).await
}
