//! Sends what is due. A delivery is leased before it is sent and settled after: who dies in between loses the lease, and another sends it again with
//! the same id. So a message arrives at least once.
//!
//! Deliveries to one host take turns in this process, those to several hosts do not wait for one another.

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, Duration, Utc};
use entity::{DeliveryFailure, DeliveryStatus, webhook_delivery};
use tokio::task::{Id, JoinSet};
use uuid::Uuid;

use crate::{
    app::App,
    db::DbErr,
    job::{AFTER_FAULT, AT_LEAST_EVERY, Running},
    webhook::{
        model::{again_after, message_id, signatures},
        send::{Message, Outcome, send},
        store,
    },
};

/// Hosts that are sent to at once.
const AT_ONCE: usize = 16;
/// Deliveries leased at once.
const AT_A_TIME: u64 = 20;
/// How long a delivery is held without a sign of life.
pub(super) const LEASE: Duration = Duration::seconds(60);
/// How old a lease may grow before it is renewed.
const RENEWED: Duration = Duration::seconds(20);

/// Who is sent to at the moment.
#[derive(Default)]
struct Crew {
    tasks: JoinSet<()>,
    busy: HashMap<Id, String>,
}

impl Crew {
    /// Takes on hosts that something is due to.
    async fn engage(&mut self, app: &Arc<App>) -> Result<(), DbErr> {
        let free = AT_ONCE.saturating_sub(self.busy.len());
        if free == 0 {
            return Ok(());
        }
        let busy = self.busy.values().cloned().collect();
        for host in store::due_hosts(&app.db.read, app.clock.now(), busy, u64::try_from(free).unwrap_or(1)).await? {
            let (app, to) = (app.clone(), host.clone());
            let task = self.tasks.spawn(async move {
                if let Err(error) = serve(&app, &to).await {
                    tracing::warn!(%error, "deliveries will be sent later");
                    tokio::time::sleep(AFTER_FAULT).await;
                }
            });
            self.busy.insert(task.id(), host);
        }
        Ok(())
    }

    /// Once a host is done with; never while there is none.
    async fn done(&mut self) {
        let id = match self.tasks.join_next_with_id().await {
            Some(Ok((id, ()))) => id,
            Some(Err(failure)) => failure.id(),
            None => return std::future::pending().await,
        };
        self.busy.remove(&id);
    }
}

/// Sends all that is due now.
pub async fn deliver(app: &Arc<App>) -> Result<(), DbErr> {
    let mut crew = Crew::default();
    loop {
        crew.engage(app).await?;
        if crew.busy.is_empty() {
            return Ok(());
        }
        crew.done().await;
    }
}

/// Starts to send what is due whenever it is.
pub fn start(app: &Arc<App>) -> Running {
    let mut running = Running::default();
    running.spawn(run(app.clone()));
    running
}

async fn run(app: Arc<App>) {
    let mut crew = Crew::default();
    loop {
        if let Err(error) = crew.engage(&app).await {
            tracing::warn!(%error, "the deliveries cannot be read");
        }
        tokio::select! {
            () = crew.done() => {}
            _ = tokio::time::timeout(AT_LEAST_EVERY, app.outgoing.notified()) => {}
        }
    }
}

/// Leases some deliveries to a host and sends them one after the other. One attempt is far shorter than a lease, all of them may be longer: it is
/// renewed in between.
async fn serve(app: &Arc<App>, host: &str) -> Result<(), DbErr> {
    let (by, mut leased) = (app.clock.new_id::<Uuid>(), app.clock.now());
    let tx = app.db.begin().await?;
    let claimed = store::claim(&tx, host, (by, leased, leased + LEASE), AT_A_TIME).await?;
    tx.commit().await?;
    for delivery in claimed {
        let now = app.clock.now();
        if now >= leased + RENEWED {
            leased = now;
            if !renew(app, by, leased + LEASE).await? {
                return Ok(());
            }
        }
        attempt(app, by, delivery).await?;
    }
    Ok(())
}

/// Whether anything is still held.
async fn renew(app: &App, by: Uuid, until: DateTime<Utc>) -> Result<bool, DbErr> {
    let tx = app.db.begin().await?;
    let held = store::renew(&tx, by, until).await?;
    tx.commit().await?;
    Ok(held > 0)
}

/// One attempt to send what this holder has leased.
pub(super) async fn attempt(app: &App, by: Uuid, delivery: webhook_delivery::Model) -> Result<(), DbErr> {
    let (now, db) = (app.clock.now(), &app.db.read);
    let webhook = store::maybe_webhook(db, delivery.webhook_id).await?.filter(|webhook| webhook.active);
    let Some(webhook) = webhook else {
        return settle(app, by, &delivery, Outcome { status: None, failure: Some(DeliveryFailure::Deactivated) }).await;
    };
    let (secrets, id, timestamp) = (store::secrets(db, webhook.id, now).await?, message_id(delivery.id), now.timestamp());
    let signature = signatures(&secrets, &id, timestamp, &delivery.body);
    let message = Message { url: webhook.url, id, timestamp, signature, body: delivery.body.clone() };
    let outcome = send(message, app.webhooks_to_private).await;
    settle(app, by, &delivery, outcome).await
}

/// Gone: the receiver wants no more.
const GONE: u16 = 410;

async fn settle(app: &App, by: Uuid, delivery: &webhook_delivery::Model, outcome: Outcome) -> Result<(), DbErr> {
    let (now, tx) = (app.clock.now(), app.db.begin().await?);
    let Some(mut row) = store::maybe_held(&tx, delivery.id, by).await? else { return Ok(()) };
    let off = outcome.failure == Some(DeliveryFailure::Deactivated);
    if !off {
        (row.attempts, row.tries, row.last_attempt_at) = (row.attempts + 1, row.tries + 1, Some(now));
    }
    row.last_status = outcome.status.map(i32::from);
    row.last_failure = outcome.failure;
    // a test is tried once; what was given up meanwhile stays so
    let goes_on = row.seq.is_some() && row.status == DeliveryStatus::Pending && !off && outcome.status != Some(GONE);
    let again = again_after(row.tries).filter(|_| goes_on);
    row.status = match (outcome.failure, again) {
        (None, _) => DeliveryStatus::Delivered,
        (Some(_), Some(pause)) => {
            row.next_attempt_at = now + pause;
            DeliveryStatus::Pending
        }
        (Some(_), None) => DeliveryStatus::Failed,
    };
    (row.leased_by, row.lease_until) = (None, None);
    store::save_delivery(&tx, &row).await?;
    if outcome.status == Some(GONE) {
        store::deactivate(&tx, row.webhook_id).await?;
    }
    tx.commit().await
}
