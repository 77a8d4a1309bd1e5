//! Posts at property firms, of which a seat on the owners' committee of a complex that the firm serves makes one impossible. The other way round is
//! decided where a seat is given.

use chrono::NaiveDate;
use entity::{CompositionRule, FirmId, PersonId, PostId, PostRole, post};

use super::{
    CommitteeError,
    change::{may, within},
};
use crate::{
    app::Cx,
    case::service::{Terms, keep_made, maybe_first},
    committee::{policy::Act, store},
    db::DatabaseTransaction,
    event::write,
    firm,
};

pub struct NewFirmPost {
    pub firm: FirmId,
    pub person: PersonId,
    /// None: today.
    pub starts_on: Option<NaiveDate>,
    pub ends_on: Option<NaiveDate>,
}

/// Gives somebody the post of a manager at a firm.
pub async fn appoint(cx: &Cx, terms: Terms, new: NewFirmPost) -> Result<Option<post::Model>, CommitteeError> {
    keyed(cx, terms, move |cx, tx| Box::pin(appoint_in(cx, tx, new))).await
}

/// Ends such a post.
pub async fn end(cx: &Cx, terms: Terms, id: PostId, on: Option<NaiveDate>) -> Result<Option<post::Model>, CommitteeError> {
    keyed(cx, terms, move |cx, tx| Box::pin(end_in(cx, tx, id, on))).await
}

type InTx<'t> = std::pin::Pin<Box<dyn Future<Output = Result<post::Model, CommitteeError>> + Send + 't>>;

/// Runs a change of a post, or finds what it did under the same key.
async fn keyed<F>(cx: &Cx, terms: Terms, act: F) -> Result<Option<post::Model>, CommitteeError>
where
    F: for<'t> FnOnce(&'t Cx, &'t DatabaseTransaction) -> InTx<'t> + Send + 'static,
{
    write(cx, move |cx, work| {
        Box::pin(async move {
            if let Some(key) = &terms.key
                && let Some(first) = maybe_first(cx, &work.tx, key).await?
            {
                return match first.made_id {
                    Some(id) => Ok(store::maybe_post(&work.tx, &cx.actor, id.into()).await?),
                    None => Ok(None),
                };
            }
            let post = act(cx, &work.tx).await?;
            keep_made(cx, &work.tx, terms.key, post.id.0).await?;
            Ok(Some(post))
        })
    })
    .await
}

async fn appoint_in(cx: &Cx, tx: &DatabaseTransaction, new: NewFirmPost) -> Result<post::Model, CommitteeError> {
    const PERSON: &str = "personId";
    let firm = firm::service::maybe_by_id_in_tx(tx, new.firm).await?.ok_or_else(|| CommitteeError::NotFound("firmId".into()))?;
    may(cx, tx, firm.district_id, Act::Post, "firmId").await?;
    let starts_on = new.starts_on.unwrap_or_else(|| cx.clock.today());
    if new.ends_on.is_some_and(|ends_on| ends_on < starts_on) {
        return Err(CommitteeError::Mismatch("endsOn".into()));
    }
    // from here on the person is seated nowhere until this is done
    if !store::lock_persons(tx, &cx.actor, &[new.person]).await?.contains(&new.person) {
        return Err(CommitteeError::NotFound(PERSON.into()));
    }
    let days = (starts_on, new.ends_on);
    if store::holds_post(tx, new.person, new.firm, days).await? {
        return Err(CommitteeError::Taken(PERSON.into()));
    }
    if store::sits_where_served(tx, new.person, new.firm, days).await? {
        return Err(CommitteeError::Broken(CompositionRule::NotOfServingFirm, PERSON.into()));
    }
    let post = post::Model {
        id: cx.clock.new_id(),
        person_id: new.person,
        role: PostRole::FirmManager,
        unit_id: new.firm.into(),
        area_id: firm.district_id,
        starts_on,
        ends_on: new.ends_on,
    };
    store::insert(tx, &post).await?;
    Ok(post)
}

async fn end_in(cx: &Cx, tx: &DatabaseTransaction, id: PostId, on: Option<NaiveDate>) -> Result<post::Model, CommitteeError> {
    const POST: &str = "postId";
    let found = store::maybe_post(tx, &cx.actor, id).await?.filter(|post| post.role == PostRole::FirmManager);
    let post = found.ok_or_else(|| CommitteeError::NotFound(POST.into()))?;
    may(cx, tx, post.area_id, Act::Post, POST).await?;
    let day = on.unwrap_or_else(|| cx.clock.today());
    within("endsOn", day, post.starts_on, post.ends_on.unwrap_or(day))?;
    let ended = post::Model { ends_on: Some(day), ..post };
    store::save(tx, &ended).await?;
    Ok(ended)
}
