//! The server, with the log or without: a process of its own either way, so that both sides are alike.

use std::{path::PathBuf, sync::Arc};

use chuishao::{app::App, clock::Clock, config::Config, demo, http};

/// Serves until it is killed.
pub fn run(data_dir: PathBuf, database_url: String, without_log: bool) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let listen = "127.0.0.1:0".parse()?;
        let config = Config { listen, data_dir, database_url: Some(database_url), demo: Some(true) };
        let app = App::open(&config, Clock::System, None).await?;
        app.db.migrate().await?;
        if demo::is_empty(&app.db).await? {
            demo::load(&app.db, &app.clock, |_, _| {}).await?;
        }
        log(&app, without_log);
        let listener = http::bind(config.listen).await?;
        println!("ws://{}/graphql/ws", listener.local_addr()?);
        http::serve(listener, app, std::future::pending()).await
    })
}

/// There is no log yet: the server is without it either way.
fn log(_app: &Arc<App>, _without_log: bool) {}
