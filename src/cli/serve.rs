use std::time::Duration;

use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};

use super::{demo, token};
use crate::{app::App, clock::Clock, config::Config, demo as demo_data, http};

/// How long running requests may take to finish after the first signal.
const GRACE: Duration = Duration::from_secs(10);

pub async fn run(config: &Config) -> anyhow::Result<()> {
    // first, so that a taken port is told before anything is loaded
    let listener = http::bind(config.listen).await?;
    let app = App::open(config, Clock::System, None).await?;
    app.db.migrate().await?;
    if config.demo() && demo_data::is_empty(&app.db).await? {
        demo::load(&app).await?;
    }
    let address = listener.local_addr().context("cannot read the address")?;
    greet(&app, &address.to_string()).await?;

    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::spawn(http::serve(listener, app.clone(), async {
        let _ = stopped.await;
    }));
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    println!("stopping 正在停止");
    let _ = stop.send(());
    // open sockets do not end by themselves
    match tokio::time::timeout(GRACE, server).await {
        Ok(ended) => ended.context("the server failed")??,
        Err(_) => tracing::warn!("requests were still running after {GRACE:?}"),
    }
    app.db.close().await;
    Ok(())
}

async fn greet(app: &App, address: &str) -> anyhow::Result<()> {
    println!("Chuishao 吹哨 is ready 已就绪");
    println!("  GraphQL        http://{address}/graphql");
    println!("  subscriptions  ws://{address}/graphql/ws");
    let mut first = true;
    for (name, what) in demo_data::SIGN_INS {
        // a district's own database has no demonstration sign-ins
        if crate::person::service::maybe_by_sign_in(app, name).await?.is_none() {
            continue;
        }
        if std::mem::take(&mut first) {
            println!("\nDemonstration sign-ins 演示账号 (30 days 天):");
        }
        println!("  {name:<17}{what}\n  authorization: Bearer {}", token::of(app, name, 30).await?);
    }
    Ok(())
}
