//! Setting webhooks up, by the administrators of an area; `make` makes deliveries from the event log, `queue` sends them.

mod make;
mod queue;

use chrono::{DateTime, Utc};
use entity::{AreaId, CaseEventKind, DeliveryStatus, WebhookDeliveryId, WebhookId, webhook, webhook_delivery, webhook_secret};
use uuid::Uuid;

pub use self::{
    make::CONSUMER,
    queue::{deliver, start},
};
use super::{
    model::{self, BadUrl, OVERLAP, SECRET},
    store,
};
use crate::{
    app::Cx,
    area::service as areas,
    db::{DatabaseTransaction, Db, DbErr},
    event::{self, write},
};

#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    #[error("no such {0}, or not for this actor")]
    NotFound(&'static str),
    #[error("not an administrator of this area")]
    Forbidden(&'static str),
    #[error("the URL is refused")]
    Url(BadUrl),
    #[error("events of this area go to this URL already")]
    Exists,
    #[error("the webhook is switched off")]
    Off,
    #[error("it is being delivered")]
    Delivering,
    #[error(transparent)]
    Db(#[from] DbErr),
}

const WEBHOOK: &str = "webhookId";

/// What a webhook is to be; what is none stays as it is.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    pub url: Option<String>,
    /// The code of the area.
    pub area: Option<String>,
    /// `Some(None)`: all kinds.
    pub kinds: Option<Option<Vec<CaseEventKind>>>,
    pub active: Option<bool>,
}

fn checked(cx: &Cx) -> Result<(), WebhookError> {
    if cx.actor.administers().is_empty() { Err(WebhookError::Forbidden("")) } else { Ok(()) }
}

/// The new webhook and its secret, which is never shown again.
pub async fn create(
    cx: &Cx,
    url: String,
    area: String,
    kinds: Option<Vec<CaseEventKind>>,
) -> Result<(webhook::Model, String), WebhookError> {
    checked(cx)?;
    let by = cx.actor.person.ok_or(WebhookError::Forbidden(""))?;
    let (url, host) = model::target(&url, cx.webhooks_to_private).map_err(WebhookError::Url)?;
    write(cx, move |cx, work| {
        Box::pin(async move {
            let area_id = own_area(cx, &work.tx, &area).await?;
            // a retry of a call whose answer was lost would have everything sent twice
            if store::is_another(&work.tx, url.as_str(), area_id, None).await? {
                return Err(WebhookError::Exists);
            }
            let row = webhook::Model {
                id: cx.clock.new_id(),
                url: url.into(),
                host,
                area_id,
                kinds: model::kinds_kept(kinds.as_deref()),
                active: true,
                since: event::last_in(&work.tx).await?,
                created_at: cx.clock.now(),
                created_by: by,
            };
            store::insert(&work.tx, &row).await?;
            let secret = new_secret(cx, &work.tx, row.id).await?;
            Ok((row, secret))
        })
    })
    .await
}

/// The area of this code, if the actor administers it.
async fn own_area(cx: &Cx, tx: &DatabaseTransaction, code: &str) -> Result<AreaId, WebhookError> {
    const AREA: &str = "area";
    let area = areas::maybe_by_code_in_tx(tx, code).await?.ok_or(WebhookError::NotFound(AREA))?;
    let reached = areas::reach_in_tx(tx, &cx.actor.administers(), Some(area.id)).await?;
    if reached { Ok(area.id) } else { Err(WebhookError::Forbidden(AREA)) }
}

async fn new_secret(cx: &Cx, tx: &DatabaseTransaction, webhook_id: WebhookId) -> Result<String, WebhookError> {
    let mut secret = vec![0; SECRET];
    aws_lc_rs::rand::fill(&mut secret).map_err(|_| DbErr::Custom("no random numbers".into()))?;
    let shown = model::shown(&secret);
    store::add_secret(tx, webhook_secret::Model { id: cx.clock.new_id(), webhook_id, secret, valid_until: None }).await?;
    Ok(shown)
}

async fn own(cx: &Cx, tx: &DatabaseTransaction, id: WebhookId) -> Result<webhook::Model, WebhookError> {
    store::maybe_lock(tx, &cx.actor, id).await?.ok_or(WebhookError::NotFound(WEBHOOK))
}

pub async fn update(cx: &Cx, id: WebhookId, to: Settings) -> Result<webhook::Model, WebhookError> {
    checked(cx)?;
    let url = to.url.as_deref().map(|url| model::target(url, cx.webhooks_to_private)).transpose().map_err(WebhookError::Url)?;
    write(cx, move |cx, work| {
        Box::pin(async move {
            let mut row = own(cx, &work.tx, id).await?;
            if let Some((url, host)) = url {
                (row.url, row.host) = (url.into(), host);
            }
            if let Some(code) = &to.area {
                row.area_id = own_area(cx, &work.tx, code).await?;
            }
            if let Some(kinds) = to.kinds {
                row.kinds = model::kinds_kept(kinds.as_deref());
            }
            if to.active == Some(true) && !row.active {
                row.since = event::last_in(&work.tx).await?;
            }
            row.active = to.active.unwrap_or(row.active);
            if row.active && store::is_another(&work.tx, &row.url, row.area_id, Some(id)).await? {
                return Err(WebhookError::Exists);
            }
            store::save(&work.tx, &row).await?;
            if !row.active {
                store::deactivate(&work.tx, id).await?;
            }
            Ok(row)
        })
    })
    .await
}

/// Replaces the secret; the old one signs too for a day, so that the receiver can change over.
pub async fn rotate(cx: &Cx, id: WebhookId) -> Result<(webhook::Model, String), WebhookError> {
    checked(cx)?;
    write(cx, move |cx, work| {
        Box::pin(async move {
            let row = own(cx, &work.tx, id).await?;
            let now = cx.clock.now();
            store::retire_secrets(&work.tx, id, now, now + OVERLAP).await?;
            let secret = new_secret(cx, &work.tx, id).await?;
            Ok((row, secret))
        })
    })
    .await
}

/// Sends a message that tells of nothing, once, and says what came of it.
pub async fn test(cx: &Cx, id: WebhookId) -> Result<webhook_delivery::Model, WebhookError> {
    checked(cx)?;
    let by: Uuid = cx.clock.new_id();
    let delivery = write(cx, move |cx, work| {
        Box::pin(async move {
            let row = own(cx, &work.tx, id).await?;
            if !row.active {
                return Err(WebhookError::Off);
            }
            let now = cx.clock.now();
            let lease = Some((by, now + queue::LEASE));
            let delivery = draft(cx.clock.new_id(), row.id, model::ping(row.id, now), now, lease);
            store::insert_deliveries(&work.tx, std::slice::from_ref(&delivery)).await?;
            Ok(delivery)
        })
    })
    .await?;
    let (app, id) = (cx.app.clone(), delivery.id);
    // it is sent whether or not the caller waits
    let sent = tokio::spawn(async move { queue::attempt(&app, by, delivery).await }).await;
    sent.map_err(|failure| DbErr::Custom(failure.to_string()))??;
    store::maybe_delivery(&cx.db.read, id).await?.ok_or(WebhookError::NotFound(WEBHOOK))
}

/// A delivery that has not been tried.
fn draft(
    id: WebhookDeliveryId,
    webhook_id: WebhookId,
    body: String,
    now: DateTime<Utc>,
    lease: Option<(Uuid, DateTime<Utc>)>,
) -> webhook_delivery::Model {
    let (leased_by, lease_until) = lease.unzip();
    webhook_delivery::Model {
        id,
        webhook_id,
        seq: None,
        event: None,
        body,
        status: DeliveryStatus::Pending,
        attempts: 0,
        tries: 0,
        created_at: now,
        next_attempt_at: now,
        last_attempt_at: None,
        last_status: None,
        last_failure: None,
        leased_by,
        lease_until,
    }
}

/// Queues a delivery again, whatever became of it.
pub async fn redeliver(cx: &Cx, id: WebhookDeliveryId) -> Result<webhook_delivery::Model, WebhookError> {
    checked(cx)?;
    let queued = write(cx, move |cx, work| {
        Box::pin(async move {
            let mut row = store::maybe_lock_delivery(&work.tx, &cx.actor, id).await?.ok_or(WebhookError::NotFound("deliveryId"))?;
            let now = cx.clock.now();
            if !own(cx, &work.tx, row.webhook_id).await?.active {
                return Err(WebhookError::Off);
            }
            if row.status == DeliveryStatus::Pending && row.lease_until.is_some_and(|until| until > now) {
                return Err(WebhookError::Delivering);
            }
            (row.status, row.tries, row.next_attempt_at) = (DeliveryStatus::Pending, 0, now);
            (row.leased_by, row.lease_until) = (None, None);
            store::save_delivery(&work.tx, &row).await?;
            Ok(row)
        })
    })
    .await?;
    cx.outgoing.notify_one();
    Ok(queued)
}

/// Drops deliveries that were done with before this.
pub async fn prune(db: &Db, before: DateTime<Utc>) -> Result<u64, DbErr> {
    let tx = db.begin().await?;
    let dropped = store::prune(&tx, before).await?;
    tx.commit().await?;
    Ok(dropped)
}
