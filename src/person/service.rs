//! From a signed-in person to the actor that every service takes.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use entity::{PersonId, person};
use uuid::Uuid;

use super::store;
use crate::{
    app::{App, Cx},
    auth::{Actor, HeldPost},
    db::{DatabaseTransaction, DbErr},
};

/// The actor for a person named by a token, with the posts held today; none where the person no longer exists. Read where the person reads:
/// a post taken away on the primary counts until the replica, which is never read from while it is far behind, knows of it.
pub async fn maybe_actor(app: &App, person: PersonId, expires_at: Option<DateTime<Utc>>) -> Result<Option<Actor>, DbErr> {
    let db = app.db.reader(Some(person));
    let posts = store::posts_on(db, person, app.clock.today()).await?;
    if posts.is_empty() && store::maybe_by_id(db, person).await?.is_none() {
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
    Ok(actor.map(|actor| Cx::new(cx.app.clone(), actor)))
}

/// The person behind a sign-in name, for tokens made at the command line.
pub async fn maybe_by_sign_in(app: &App, name: &str) -> Result<Option<person::Model>, DbErr> {
    store::maybe_by_sign_in(&app.db.read, name).await
}

/// Which of these persons hold a post other than a resident's today: their names are not masked among officers.
pub async fn officials(cx: &Cx, persons: Vec<PersonId>) -> Result<HashSet<PersonId>, DbErr> {
    store::officials(cx.read(), persons, cx.clock.today()).await
}

/// Whether a person works for a unit today.
pub async fn works_for_in_tx(cx: &Cx, tx: &DatabaseTransaction, person: PersonId, unit: Uuid) -> Result<bool, DbErr> {
    store::works_for(tx, person, unit, cx.clock.today()).await
}
