use std::{sync::Arc, time::Duration};

use anyhow::Context;
use entity::Provenance;
use tokio::signal::unix::{SignalKind, signal};

use super::{demo, token};
use crate::{
    app::App, attachment, case, clock::Clock, config::Config, db, demo as demo_data, event, http, import, job, notification, person,
    webhook,
};

/// How long running requests may take to finish after the first signal; a second one does not wait.
const GRACE: Duration = Duration::from_secs(10);
/// How long the database may take to let go: a request that still runs keeps its connection.
const CLOSE: Duration = Duration::from_secs(2);
const HOUR: Duration = Duration::from_secs(3600);

pub async fn run(config: &Config) -> anyhow::Result<()> {
    // first, so that a taken port is told before anything is loaded
    let listener = http::bind(config.listen).await?;
    let app = App::open(config, Clock::System, None).await?;
    app.db.migrate().await?;
    super::reindex::complete(&app).await?;
    if config.demo() && demo_data::is_empty(&app.db).await? {
        let loaded = demo::load(&app).await;
        // another process may have been first
        if demo_data::is_empty(&app.db).await? {
            loaded?;
        }
    }
    app.db.watch_replica(db::MOST_BEHIND);
    // before anybody can know that it runs: from here on a signal ends it in order
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let following = event::start(&app).await.context("cannot read the event log")?;
    let watching = tokio::spawn(case::service::deadlines::watch(app.clone()));
    let consumers = [&notification::service::CONSUMER, &webhook::service::CONSUMER];
    let making = job::start(&app, &consumers).await.context("cannot follow the event log")?;
    let pushing = [
        notification::service::start(&app).await.context("cannot read the notifications")?,
        webhook::service::start(&app),
        import::service::start(&app),
    ];
    let keeping = tokio::spawn(keep_house(app.clone(), chrono::Duration::days(config.event_days.into())));
    let address = listener.local_addr().context("cannot read the address")?;
    greet(&app, &address.to_string(), config.graphiql).await?;

    let page = http::Page { shown: config.graphiql, sign_ins: config.demo_sign_ins() };
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let mut server = tokio::spawn(http::serve(listener, app.clone(), page, async {
        let _ = stopped.await;
    }));
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        ended = &mut server => return ended.context("the server failed")?,
    }
    say!("stopping 正在停止");
    let _ = stop.send(());
    tokio::select! {
        ended = server => ended.context("the server failed")??,
        () = tokio::time::sleep(GRACE) => tracing::warn!("requests were still running after {GRACE:?}"),
        _ = interrupt.recv() => tracing::warn!("stopped while requests were still running"),
        _ = terminate.recv() => tracing::warn!("stopped while requests were still running"),
    }
    keeping.abort();
    watching.abort();
    drop((following, making, pushing));
    if tokio::time::timeout(CLOSE, app.db.close()).await.is_err() {
        tracing::warn!("the database was not closed within {CLOSE:?}");
    }
    Ok(())
}

/// Once an hour: what is older than it has to be kept goes.
async fn keep_house(app: Arc<App>, events: chrono::Duration) {
    loop {
        if let Err(error) = event::prune(&app.db, app.clock.now() - events).await {
            tracing::warn!(%error, "old events could not be dropped");
        }
        if let Err(error) = notification::service::prune(&app.db).await {
            tracing::warn!(%error, "old notifications could not be dropped");
        }
        if let Err(error) = webhook::service::prune(&app.db, app.clock.now() - events).await {
            tracing::warn!(%error, "old deliveries could not be dropped");
        }
        if let Err(error) = import::service::prune(&app.db, app.clock.now() - events).await {
            tracing::warn!(%error, "problems of old imports could not be dropped");
        }
        if let Err(error) = case::service::forget_old(&app.db, app.clock.now()).await {
            tracing::warn!(%error, "old idempotency keys could not be forgotten");
        }
        if let Err(error) = attachment::service::forget_unused(&app.db, app.clock.now()).await {
            tracing::warn!(%error, "unused attachments could not be forgotten");
        }
        tokio::time::sleep(HOUR).await;
    }
}

async fn greet(app: &App, address: &str, graphiql: bool) -> anyhow::Result<()> {
    say!("Chuishao 吹哨 is ready 已就绪");
    say!("  GraphQL        http://{address}/graphql");
    say!("  subscriptions  ws://{address}/graphql/ws, or text/event-stream from /graphql");
    if graphiql {
        say!("  in a browser   http://{address}/graphiql");
    }
    let mut first = true;
    for (name, what) in demo_data::SIGN_INS {
        // a district's own database has no demonstration sign-ins; whoever has such a name there is real
        let person = person::service::maybe_by_sign_in(app, name).await?;
        if person.is_none_or(|person| person.provenance != Provenance::Invented) {
            continue;
        }
        if std::mem::take(&mut first) {
            say!("\nDemonstration sign-ins 演示账号 (30 days 天):");
        }
        say!("  {name:<17}{what}\n  authorization: Bearer {}", token::of(app, name, 30).await?);
    }
    Ok(())
}
