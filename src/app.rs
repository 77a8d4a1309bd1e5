//! What the process is made of, and one request's view of it.

use std::{ops::Deref, sync::Arc};

use tokio::sync::Notify;

use crate::{
    auth::{Actor, token::Keys},
    calendar::Cache,
    clock::Clock,
    config::Config,
    db::{Db, OnStatement, Reader},
    event::{Inbox, Log},
    job::Progress,
};

/// The only place that wires things together.
pub struct App {
    pub db: Db,
    pub clock: Clock,
    pub log: Arc<Log>,
    /// Who waits for notifications in this process.
    pub inbox: Arc<Inbox>,
    /// Stirred when there is something to deliver to webhooks.
    pub outgoing: Notify,
    /// Tables that are being taken in.
    pub imports: Arc<Progress>,
    pub keys: Keys,
    /// Working time, kept in memory.
    pub calendars: Cache,
    /// Whether webhooks may lead to private addresses.
    pub webhooks_to_private: bool,
}

impl App {
    /// Connects to the database and reads the keys, or makes them.
    pub async fn open(config: &Config, clock: Clock, on_statement: Option<OnStatement>) -> anyhow::Result<Arc<Self>> {
        let replica_url = config.replica_url()?;
        let mut db = Db::connect(&config.database_url()?, on_statement.clone()).await?;
        if let Some(replica_url) = replica_url {
            db = db.with_replica(replica_url, on_statement).await?;
        }
        let keys = match &config.token_key {
            Some(file) => Keys::load(file)?,
            None => Keys::load_or_create(&config.data_dir)?,
        };
        let webhooks_to_private = config.webhooks_to_private;
        Ok(Arc::new(Self {
            db,
            clock,
            log: Arc::default(),
            inbox: Arc::default(),
            outgoing: Notify::new(),
            imports: Arc::default(),
            keys,
            calendars: Cache::default(),
            webhooks_to_private,
        }))
    }
}

/// One request: the app, and who is asking. Every service takes it.
#[derive(Clone)]
pub struct Cx {
    pub app: Arc<App>,
    pub actor: Arc<Actor>,
    /// Where the event log stood when the request began.
    pub seen: i64,
    /// Notifications of all events up to here had been made when the request began.
    pub notified: i64,
    changing: bool,
}

impl Cx {
    pub fn new(app: Arc<App>, actor: Actor) -> Self {
        let (seen, notified) = (app.log.position(), app.inbox.position());
        Self { app, actor: Arc::new(actor), seen, notified, changing: false }
    }

    /// The same asker, later.
    pub fn renewed(&self) -> Self {
        Self { seen: self.app.log.position(), notified: self.app.inbox.position(), ..self.clone() }
    }

    /// The same for a request that changes something: what it decides by and what it answers is read from the primary.
    pub fn to_change(&self) -> Self {
        Self { changing: true, ..self.clone() }
    }

    /// Where this request reads, asked anew for each statement: a replica, where there is one that has all that the asker has written.
    pub fn read(&self) -> &Reader {
        if self.changing { self.app.db.primary() } else { self.app.db.reader(self.actor.person) }
    }
}

impl Deref for Cx {
    type Target = App;

    fn deref(&self) -> &App {
        &self.app
    }
}
