//! What the process is made of, and one request's view of it.

use std::{ops::Deref, sync::Arc};

use crate::{
    auth::{Actor, token::Keys},
    clock::Clock,
    config::Config,
    db::{DatabaseConnection, Db, OnStatement},
    event::Log,
};

/// The only place that wires things together.
pub struct App {
    pub db: Db,
    pub clock: Clock,
    pub log: Arc<Log>,
    pub keys: Keys,
}

impl App {
    /// Connects to the database and reads the keys, or makes them.
    pub async fn open(config: &Config, clock: Clock, on_statement: Option<OnStatement>) -> anyhow::Result<Arc<Self>> {
        let db = Db::connect(&config.database_url()?, on_statement).await?;
        let keys = match &config.token_key {
            Some(file) => Keys::load(file)?,
            None => Keys::load_or_create(&config.data_dir)?,
        };
        Ok(Arc::new(Self { db, clock, log: Arc::default(), keys }))
    }
}

/// One request: the app, and who is asking. Every service takes it.
#[derive(Clone)]
pub struct Cx {
    pub app: Arc<App>,
    pub actor: Arc<Actor>,
    /// Where the event log stood when the request began.
    pub seen: i64,
}

impl Cx {
    pub fn new(app: Arc<App>, actor: Actor) -> Self {
        let seen = app.log.position();
        Self { app, actor: Arc::new(actor), seen }
    }

    /// Where this request reads.
    pub fn read(&self) -> &DatabaseConnection {
        self.app.db.reading()
    }
}

impl Deref for Cx {
    type Target = App;

    fn deref(&self) -> &App {
        &self.app
    }
}
