//! The server, with the log or without: a process of its own either way, so that both sides are alike.

use std::{path::PathBuf, sync::Arc};

use chuishao::{app::App, auth::token::Keys, clock::Clock, db::Db, demo, event, http};

/// Serves until it is killed.
pub fn run(data_dir: PathBuf, database_url: String, without_log: bool) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let listen = "127.0.0.1:0".parse()?;
        let (db, keys) = (Db::connect(&database_url, None).await?, Keys::load_or_create(&data_dir)?);
        let app = Arc::new(App {
            db,
            clock: Clock::System,
            log: Arc::default(),
            inbox: Arc::default(),
            outgoing: tokio::sync::Notify::new(),
            imports: Arc::default(),
            keys,
            calendars: Default::default(),
            webhooks_to_private: false,
        });
        app.db.migrate().await?;
        if demo::is_empty(&app.db).await? {
            demo::load(&app.db, &app.clock, |_, _| {}).await?;
        }
        let _following = event::start(&app).await?;
        if without_log {
            app.log.stop_recording();
        }
        let listener = http::bind(listen).await?;
        println!("ws://{}/graphql/ws", listener.local_addr()?);
        http::serve(listener, app, http::Page { shown: false, sign_ins: false }, std::future::pending()).await
    })
}
