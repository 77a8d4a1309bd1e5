//! What is pushed to people, driven step by step; and a receiver of webhooks on loopback.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header::LOCATION},
    response::{IntoResponse, Response},
};
use chuishao::{
    app::App,
    auth::token::Keys,
    db::Db,
    job::{self, Consumer, Turn},
    notification, webhook,
};
use entity::PersonId;
use serde_json::{Value, json};
use tokio::sync::{Notify, Semaphore};

use super::TestApp;

pub const CONSUMERS: [&Consumer; 2] = [&notification::service::CONSUMER, &webhook::service::CONSUMER];

pub async fn enlist(app: &App) -> anyhow::Result<()> {
    for consumer in CONSUMERS {
        job::enlist(app, consumer).await?;
    }
    Ok(notification::service::tell(app).await?)
}

/// Makes all that follows from the log, and tells those who wait at this instance.
pub async fn make_all(app: &App) {
    for consumer in CONSUMERS {
        while job::turn(app, consumer).await.expect("a turn") != Turn::Idle {}
    }
    notification::service::tell(app).await.expect("told");
}

impl TestApp {
    /// All that was committed is in the log, and what follows from it is made and told.
    pub async fn push(&self) {
        self.settle().await;
        make_all(&self.app).await;
    }

    /// The same, and all that is due is sent.
    pub async fn deliver(&self) {
        self.push().await;
        webhook::service::deliver(&self.app).await.expect("delivered");
    }

    /// Another instance on the same database, with the same clock.
    pub async fn instance(&self, webhooks_to_private: bool) -> Arc<App> {
        let keys = tempfile::tempdir().expect("a folder");
        Arc::new(App {
            db: Db::connect(&self.url, None).await.expect("a database"),
            clock: self.app.clock.clone(),
            log: Arc::default(),
            inbox: Arc::default(),
            outgoing: Notify::new(),
            keys: Keys::load_or_create(keys.path()).expect("keys"),
            calendars: Default::default(),
            webhooks_to_private,
        })
    }

    /// A webhook of the district's, set up by the administrator: its id and its secret.
    pub async fn hook(&self, url: &str, over: Value) -> (String, String) {
        let mut input = json!({ "url": url, "area": "431302000000" });
        let (Value::Object(fields), Value::Object(over)) = (&mut input, over) else { panic!("inputs are objects") };
        fields.extend(over);
        let answer = self.change(Some(self.world().admin), "createWebhook", input, "webhook { id } secret").await;
        let payload = answer.done("createWebhook");
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        (text(&payload["webhook"]["id"]), text(&payload["secret"]))
    }

    /// The kinds of a person's notifications, the oldest first.
    pub async fn notices(&self, who: PersonId) -> Vec<String> {
        let query = "{ viewer { notifications(first: 200, orderBy: {field: AT}) { nodes { kind } } } }";
        let answer = self.ask(Some(who), query).await;
        let nodes = answer.data()["viewer"]["notifications"]["nodes"].as_array().expect("nodes").clone();
        nodes.iter().map(|node| node["kind"].as_str().expect("a kind").to_owned()).collect()
    }
}

/// What a receiver was sent.
#[derive(Clone, Debug)]
pub struct Sent {
    pub id: String,
    pub timestamp: String,
    pub signature: String,
    pub body: String,
}

/// How it answers.
#[derive(Clone, Debug)]
pub enum Reply {
    Status(u16),
    /// To another address.
    Redirect(String),
    /// Not before it is let go, and then with this.
    Held(u16),
}

#[derive(Clone, Default)]
pub struct Receiver {
    sent: Arc<Mutex<Vec<Sent>>>,
    replies: Arc<Mutex<VecDeque<Reply>>>,
    arrived: Arc<Notify>,
    released: Option<Arc<Semaphore>>,
    pub url: String,
}

async fn receive(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> Response {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let body = String::from_utf8(body.to_vec()).expect("text");
    let sent = Sent { id: text("webhook-id"), timestamp: text("webhook-timestamp"), signature: text("webhook-signature"), body };
    receiver.sent.lock().unwrap_or_else(PoisonError::into_inner).push(sent);
    let reply = receiver.replies.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    receiver.arrived.notify_one();
    let status = |status| StatusCode::from_u16(status).expect("a status");
    match reply.unwrap_or(Reply::Status(204)) {
        Reply::Status(code) => status(code).into_response(),
        Reply::Redirect(to) => (StatusCode::TEMPORARY_REDIRECT, [(LOCATION, to)]).into_response(),
        Reply::Held(code) => {
            if let Some(released) = &receiver.released {
                released.acquire().await.expect("open").forget();
            }
            status(code).into_response()
        }
    }
}

impl Receiver {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/events", listener.local_addr().expect("an address"));
        let receiver = Self { url, released: Some(Arc::new(Semaphore::new(0))), ..Self::default() };
        let router = Router::new().fallback(receive).with_state(receiver.clone());
        tokio::spawn(axum::serve(listener, router).into_future());
        receiver
    }

    /// Answers so, one after the other, and with success after that.
    pub fn reply(&self, replies: impl IntoIterator<Item = Reply>) {
        self.replies.lock().unwrap_or_else(PoisonError::into_inner).extend(replies);
    }

    pub fn sent(&self) -> Vec<Sent> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Once something has come.
    pub async fn arrived(&self) {
        let arrived = self.arrived.notified();
        tokio::time::timeout(std::time::Duration::from_secs(30), arrived).await.expect("a message within thirty seconds");
    }

    /// Lets one that is held be answered.
    pub fn release(&self) {
        if let Some(released) = &self.released {
            released.add_permits(1);
        }
    }
}
