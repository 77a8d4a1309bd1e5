//! An app on a database of its own, with a clock that stands until it is moved, served over real HTTP.

use std::{
    borrow::Borrow,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, Duration, Utc};
use chuishao::{
    app::{App, Cx},
    auth::{Actor, token::Keys},
    clock::Clock,
    db::{Db, DbErr, OnStatement},
    event::{self, Fact, Logged, Running},
};
use entity::{PersonId, outbox};
use sea_orm::{EntityTrait, PaginatorTrait, Statement};
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::Notify;

use super::{
    client::Response,
    world::{WORLD, World},
    ws::WsClient,
};

/// A Wednesday, at ten in the morning in Shanghai.
const START: &str = "2026-06-10T10:00:00+08:00";

pub fn start_of_time() -> DateTime<Utc> {
    START.parse().expect("an instant")
}

/// What a test's database holds at first.
#[derive(Clone, Copy)]
pub enum Contents {
    Nothing,
    World,
    /// The demonstration as of now, for servers that run by the clock on the wall.
    Demo,
}

/// Makes a database that tests copy.
pub async fn fill(url: &str, contents: Contents) -> anyhow::Result<()> {
    let db = Db::connect(url, None).await?;
    db.migrate().await?;
    match contents {
        Contents::Nothing => {}
        Contents::World => {
            WORLD.insert(&db).await?;
            chuishao::search::anew(&db).await?;
        }
        Contents::Demo => chuishao::demo::load(&db, &Clock::System, |_, _| ()).await?,
    }
    db.close().await;
    Ok(())
}

pub struct TestApp {
    pub app: Arc<App>,
    pub statements: Statements,
    /// What went to the replica, in `replicated` tests.
    pub replica_statements: Statements,
    pub address: SocketAddr,
    /// Of the database, for those who look at it past the app, or start another server on it.
    pub url: String,
    client: reqwest::Client,
    _keys: TempDir,
    _following: Running,
}

impl TestApp {
    /// The database is migrated already.
    pub async fn start(url: &str) -> anyhow::Result<Self> {
        Self::start_with(url, None).await
    }

    pub async fn start_with(url: &str, replica_url: Option<&str>) -> anyhow::Result<Self> {
        let (statements, replica_statements) = (Statements::default(), Statements::default());
        let keys = tempfile::tempdir()?;
        let mut db = Db::connect(url, Some(statements.listener())).await?;
        if let Some(replica_url) = replica_url {
            db = db.with_replica(replica_url, Some(replica_statements.listener())).await?;
            db.watch_replica(chuishao::db::MOST_BEHIND);
        }
        let app = Arc::new(App {
            db,
            clock: Clock::manual(start_of_time()),
            log: Arc::default(),
            inbox: Arc::default(),
            outgoing: Notify::new(),
            imports: Arc::default(),
            keys: Keys::load_or_create(keys.path())?,
            calendars: Default::default(),
            webhooks_to_private: true,
        });
        let following = event::start(&app).await?;
        super::push::enlist(&app).await?;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let page = chuishao::http::Page { shown: true, sign_ins: true };
        // ends with the test's runtime
        tokio::spawn(axum::serve(listener, chuishao::http::router(app.clone(), page)).into_future());
        let client = reqwest::Client::builder().no_proxy().build()?;
        Ok(Self { app, statements, replica_statements, address, url: url.to_owned(), client, _keys: keys, _following: following })
    }

    /// What the database held when the test began (not in `bare` tests).
    pub fn world(&self) -> &'static World {
        &WORLD
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.app.clock.now()
    }

    pub fn advance(&self, by: Duration) {
        self.app.clock.advance(by);
    }

    /// For tests below GraphQL.
    pub fn cx(&self, actor: Actor) -> Cx {
        Cx::new(self.app.clone(), actor)
    }

    /// Waits until all that was committed is in the event log and told to whoever follows it.
    pub async fn settle(&self) {
        let settled = async {
            loop {
                let waiting =
                    if self.app.db.is_postgres() { outbox::Entity::find().count(&self.app.db.read).await.expect("a count") } else { 0 };
                let last = event::last(&self.cx(Actor::anonymous())).await.expect("a number");
                if waiting == 0 && last == self.app.log.position() {
                    return;
                }
                tokio::time::sleep(std::time::Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(30), settled).await.expect("the log settles within thirty seconds");
    }

    /// The facts of the event log after this number.
    pub async fn facts_after(&self, seq: i64) -> Vec<Arc<Logged>> {
        self.settle().await;
        self.app.log.after(&self.app.db.read, seq).await.expect("the log").0
    }

    /// Publishes a fact many times, as committed writes do.
    pub async fn publish(&self, fact: &Fact, times: usize) {
        let (fact, cx) = (fact.clone(), self.cx(Actor::anonymous()));
        let published = event::write::<(), DbErr, _>(&cx, move |_, work| {
            Box::pin(async move {
                (0..times).for_each(|_| work.publish(fact.clone()));
                Ok(())
            })
        });
        published.await.expect("committed");
    }

    /// A token that runs out in thirty days.
    pub fn token(&self, person: impl Borrow<PersonId>) -> String {
        self.token_for(person, Duration::days(30))
    }

    pub fn token_for(&self, person: impl Borrow<PersonId>, valid_for: Duration) -> String {
        self.app.keys.sign(*person.borrow(), self.now(), valid_for).expect("a token")
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A request of your own making.
    pub fn http(&self) -> &reqwest::Client {
        &self.client
    }

    /// One GraphQL request over HTTP. Without variables: `Value::Null` or `json!({})`.
    pub async fn gql(&self, token: Option<&str>, query: &str, variables: Value) -> Response {
        let body = serde_json::json!({ "query": query, "variables": variables });
        let mut request = self.client.post(self.url("/graphql")).json(&body);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        Response::of(request.send().await.expect("an answer")).await
    }

    /// Connects and waits for the acknowledgement.
    pub async fn ws(&self, token: Option<&str>) -> WsClient {
        let mut client = self.ws_raw().await;
        client.init(token).await;
        client
    }

    /// Connects and says nothing yet.
    pub async fn ws_raw(&self) -> WsClient {
        WsClient::connect(self.address).await
    }
}

/// The statements that the app has sent, but for BEGIN and COMMIT.
#[derive(Clone, Default)]
pub struct Statements(Arc<Mutex<Vec<Statement>>>);

impl Statements {
    fn listener(&self) -> OnStatement {
        let statements = self.0.clone();
        Arc::new(move |info| {
            // the task that follows the log reads when it likes
            if !info.statement.sql.contains(r#""event_log"."seq" >"#) {
                statements.lock().unwrap_or_else(PoisonError::into_inner).push(info.statement.clone());
            }
        })
    }

    /// How many there are: a mark for `since`.
    pub fn count(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// But for the calendars, which are read anew every ten seconds.
    pub fn since(&self, mark: usize) -> Vec<String> {
        let of_calendars = |sql: &String| ["calendar_state", "calendar_day", "working_hours"].iter().any(|table| sql.contains(table));
        self.all_since(mark).into_iter().filter(|sql| !of_calendars(sql)).collect()
    }

    pub fn all_since(&self, mark: usize) -> Vec<String> {
        self.with_values_since(mark).into_iter().map(|statement| statement.sql).collect()
    }

    pub fn with_values_since(&self, mark: usize) -> Vec<Statement> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)[mark..].to_vec()
    }
}
