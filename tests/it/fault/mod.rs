//! Proof by fault: instances of the real binary are killed, frozen and stopped, their connections are cut, the database crashes; meanwhile writers
//! write and subscribers follow, break off and come back. At the end every subscriber has been told exactly what the log holds for it, and every
//! acknowledged mutation is in the database, whole.
//!
//! `CHUISHAO_FAULT_SECONDS` says how long, `CHUISHAO_FAULT_SEED` repeats what chance decided (but not when things happened).

mod check;
mod cluster;
mod log;
mod profiles;
mod script;
mod storm;
mod subscribers;
mod wire;
mod writers;

use std::{
    collections::HashMap,
    hash::{BuildHasher, Hasher},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use chuishao::{auth::token::Keys, clock::Clock};
use entity::{CaseId, PersonId, case_file};
use libtest_mimic::Trial;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use tokio::{sync::watch, task::JoinSet};

use self::{
    cluster::Cluster,
    log::Fact,
    profiles::{Profile, profiles},
    subscribers::{Storm, Subscriber},
    writers::{Ledger, Writer},
};
use crate::support::{postgres, run::alone, world::WORLD};

pub fn tests() -> Vec<Trial> {
    let small = Plan { on_postgres: false, instances: 1, writers: 8, subscribers: 60, length: length(15) };
    let large = Plan { on_postgres: true, instances: 3, writers: 16, subscribers: 200, length: length(40) };
    let trial = |name, ignored, plan: Plan| alone(name, ignored, plan.length * 3 + Duration::from_secs(600), move || prove(plan));
    vec![
        trial("sqlite::fault::nothing_is_lost_or_told_twice_when_the_server_is_killed", false, small),
        trial("postgres::fault::nothing_is_lost_or_told_twice_when_instances_and_the_database_die", postgres::skipped(), large),
    ]
}

fn length(unless_told: u64) -> Duration {
    Duration::from_secs(number("CHUISHAO_FAULT_SECONDS").unwrap_or(unless_told))
}

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is a number, not {text:?}")))
}

#[derive(Clone, Copy)]
struct Plan {
    on_postgres: bool,
    instances: usize,
    writers: u64,
    subscribers: usize,
    length: Duration,
}

/// What all who take part share.
pub struct Stage {
    pub cluster: Arc<Cluster>,
    pub seed: u64,
    pub length: Duration,
    pub ledger: Ledger,
    pub tokens: HashMap<PersonId, String>,
    /// For requests that are answered at once.
    pub http: reqwest::Client,
    /// Each stream has a connection of its own.
    pub streams: reqwest::Client,
    /// Writers come to an end.
    pub hurry: AtomicBool,
    /// Writers do not rest.
    pub rush: AtomicBool,
    /// Cases that were there before anybody listened.
    pub landmarks: OnceLock<Vec<CaseId>>,
    /// Whether mutations take an `idempotencyKey`.
    pub keys: bool,
}

impl Stage {
    async fn set(plan: Plan, seed: u64) -> Arc<Self> {
        let cluster = Cluster::new(plan.on_postgres, plan.instances).await;
        let keys = Keys::load_or_create(&cluster.data_dir()).expect("a key");
        let sign = |person: PersonId| (person, keys.sign(person, Clock::System.now(), chrono::Duration::days(1)).expect("a token"));
        let client = || reqwest::Client::builder().no_proxy().connect_timeout(Duration::from_secs(5));
        Arc::new(Self {
            cluster,
            seed,
            length: plan.length,
            ledger: Ledger::default(),
            tokens: WORLD.persons().map(sign).collect(),
            http: client().timeout(Duration::from_secs(10)).build().expect("a client"),
            streams: client().pool_max_idle_per_host(0).build().expect("a client"),
            hurry: AtomicBool::new(true),
            rush: AtomicBool::new(false),
            landmarks: OnceLock::new(),
            keys: chuishao::schema::sdl().contains("idempotencyKey"),
        })
    }

    /// How the instances are, for whoever has to find out what went wrong: where each stands in the log, what its connections do, what it logged.
    async fn state(&self) -> String {
        let mut said = Vec::new();
        for place in self.cluster.places() {
            let request = self.http.post(format!("http://{}/graphql", place.address)).json(&json!({ "query": "{ eventCursor }" }));
            let answer = match request.bearer_auth(&self.tokens[&WORLD.district]).send().await {
                Ok(answer) => answer.text().await.unwrap_or_default(),
                Err(error) => format!("{error:?}"),
            };
            said.push(format!("{place:?}: {answer}\n{}", self.cluster.logged(place.instance)));
        }
        said.extend(self.cluster.sessions().await);
        said.join("\n")
    }

    /// A query, repeated until it is answered.
    pub async fn ask(&self, rng: &mut ChaCha8Rng, who: PersonId, query: &str, variables: Value) -> Value {
        let body = json!({ "query": query, "variables": variables });
        let deadline = Instant::now() + Duration::from_secs(60);
        let mut last = Value::Null;
        while Instant::now() < deadline {
            if let Some(place) = self.cluster.any(rng) {
                let request = self.http.post(format!("http://{}/graphql", place.address)).bearer_auth(&self.tokens[&who]).json(&body);
                if let Ok(answer) = request.send().await
                    && let Ok(answer) = answer.json::<Value>().await
                {
                    if answer.get("errors").is_none() {
                        return answer["data"].clone();
                    }
                    last = answer;
                }
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("no answer to {query} within a minute: {last:#}");
    }
}

async fn prove(plan: Plan) {
    let seed = number("CHUISHAO_FAULT_SEED").unwrap_or_else(|| std::hash::RandomState::new().build_hasher().finish());
    let name = if plan.on_postgres { "PostgreSQL" } else { "SQLite" };
    eprintln!("proof by fault on {name}: {} s, CHUISHAO_FAULT_SEED={seed}", plan.length.as_secs());
    let began = Instant::now();
    let stage = Stage::set(plan, seed).await;
    let _running = stage.cluster.running();
    let (landmarks, start) = prologue(&stage).await;
    let profiles: Vec<Arc<Profile>> = profiles(&landmarks).into_iter().map(Arc::new).collect();

    let subscribers: Vec<_> = (0..plan.subscribers).map(|n| Subscriber::new(n, profiles[n % profiles.len()].clone())).collect();
    let (wind, storm) = watch::channel(Storm::Blows(0));
    let mut following = JoinSet::new();
    for subscriber in &subscribers {
        following.spawn(subscriber.clone().run(stage.clone(), start.cursor.clone(), storm.clone()));
    }
    stage.hurry.store(false, Ordering::Relaxed);
    let mut writing = JoinSet::new();
    for number in 0..plan.writers {
        writing.spawn(Writer::new(&stage, number).run());
    }
    for number in 0..2 {
        writing.spawn(writers::hang_up_again_and_again(stage.clone(), number));
    }

    let set = began.elapsed();
    let faults = storm::blow(&stage, &wind).await;
    let blown = began.elapsed();
    stage.hurry.store(true, Ordering::Relaxed);
    while let Some(writer) = writing.join_next().await {
        writer.expect("a writer");
    }
    told_exactly(&stage, &start, &subscribers, &profiles).await;
    // what was told too often shows when something comes after it
    let mut last = JoinSet::new();
    for number in 0..plan.writers {
        let mut writer = Writer::new(&stage, 2000 + number);
        last.spawn(async move { script::life_of_a_case(&mut writer).await });
    }
    while let Some(writer) = last.join_next().await {
        writer.expect("a writer");
    }
    let facts = told_exactly(&stage, &start, &subscribers, &profiles).await;
    let _ = wind.send(Storm::Over);
    while let Some(subscriber) = following.join_next().await {
        subscriber.expect("a subscriber");
    }
    storm::the_stopped_said_so(&subscribers, &faults);
    stage.cluster.all_well();
    for instance in 0..stage.cluster.size() {
        let (_, code, _) = stage.cluster.end(instance, "TERM").await;
        assert_eq!(code, Some(0), "{}", stage.cluster.logged(instance));
    }
    let told: usize = subscribers.iter().map(|subscriber| subscriber.count()).sum();
    let unanswered = stage.ledger.unanswered.load(Ordering::Relaxed);
    eprintln!(
        "proof by fault on {name}: {} mutations, {unanswered} attempts without an answer, {} events in the log, {told} times told; {faults}; \
         connections: {:?}; {set:.0?} to set up, {:.0?} of storm, {:.0?} until all was told",
        stage.ledger.marks().len(),
        facts.len(),
        subscribers::tally(&subscribers),
        blown - set,
        began.elapsed() - blown,
    );
}

/// Where subscribers begin.
struct Start {
    cursor: String,
    seq: i64,
}

/// Some cases that are there before anybody listens, and the position after them.
async fn prologue(stage: &Arc<Stage>) -> (Vec<CaseId>, Start) {
    stage.cluster.start(0).await;
    let mut writer = Writer::new(stage, 3000);
    for _ in 0..3 {
        script::life_of_a_case(&mut writer).await;
    }
    script::landmarks(&mut writer).await;
    let (_, code, _) = stage.cluster.end(0, "TERM").await;
    assert_eq!(code, Some(0), "{}", stage.cluster.logged(0));
    for instance in 0..stage.cluster.size() {
        stage.cluster.start(instance).await;
    }
    let db = stage.cluster.look().await;
    // what the first instance left in the outbox
    while log::waiting(&db).await > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let seq = log::last(&db).await;
    let landmarks: Vec<CaseId> = case_file::Entity::find().all(&db).await.expect("cases").into_iter().map(|case| case.id).collect();
    stage.landmarks.set(landmarks.clone()).expect("once");
    db.close().await.expect("closed");
    let mut rng = ChaCha8Rng::seed_from_u64(stage.seed);
    let answer = stage.ask(&mut rng, WORLD.district, "{ eventCursor }", json!({})).await;
    (landmarks, Start { cursor: answer["eventCursor"].as_str().expect("a cursor").to_owned(), seq })
}

/// Every subscriber has been told what the log holds for it, and all that was written is whole.
async fn told_exactly(stage: &Arc<Stage>, start: &Start, subscribers: &[Arc<Subscriber>], profiles: &[Arc<Profile>]) -> Vec<Fact> {
    let db = stage.cluster.look().await;
    check::nothing_is_left_open(stage, &db).await;
    let deadline = Instant::now() + Duration::from_secs(20);
    while log::waiting(&db).await > 0 {
        assert!(Instant::now() < deadline, "facts stay in the outbox");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    check::files_are_whole(stage, &db).await;
    let facts = log::read(&db).await;
    check::log_is_whole(&db, &facts).await;
    db.close().await.expect("closed");
    let after: Vec<Fact> = facts.iter().filter(|fact| fact.seq > start.seq).cloned().collect();
    let expected = check::expected(stage, &after, profiles).await;
    let expected: HashMap<_, _> = profiles.iter().map(Arc::as_ptr).zip(expected).collect();
    check::all_told(stage, subscribers, &expected, Duration::from_secs(30)).await;
    for subscriber in subscribers {
        check::exactly(subscriber, &subscriber.seen(), &expected[&Arc::as_ptr(&subscriber.profile)]);
    }
    check::cursors_agree(subscribers, &expected);
    facts
}
