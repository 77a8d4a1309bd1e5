//! Writers: each brings case after case through its life and writes down what was acknowledged. What goes without an answer is repeated with
//! the same `idempotencyKey` until there is one; everything said carries a mark by which it is found again in the database.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    time::Duration,
};

use entity::{BuildingId, PersonId};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use super::{Stage, script};
use crate::support::{global::global, world::WORLD};

/// What is known of a mutation with a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// With so many entries that say so.
    Acknowledged(usize),
    /// Nobody waited for the answer.
    Unknown,
}

/// What the writers know of what they did: by mark.
#[derive(Default)]
pub struct Ledger {
    marks: Mutex<BTreeMap<String, Known>>,
    /// Cases with the version that was acknowledged last.
    versions: Mutex<BTreeMap<String, i64>>,
    next: AtomicU32,
    /// Attempts that brought no answer.
    pub unanswered: AtomicU64,
}

impl Ledger {
    /// Found again in a text by `marks_in`.
    pub fn mark(&self) -> String {
        format!("mark-{:06}", self.next.fetch_add(1, Ordering::Relaxed))
    }

    pub fn note(&self, mark: &str, known: Known) {
        self.marks.lock().unwrap_or_else(PoisonError::into_inner).insert(mark.to_owned(), known);
    }

    /// It leaves no trace of its own.
    pub fn forget(&self, mark: &str) {
        self.marks.lock().unwrap_or_else(PoisonError::into_inner).remove(mark);
    }

    pub fn marks(&self) -> BTreeMap<String, Known> {
        self.marks.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn versions(&self) -> BTreeMap<String, i64> {
        self.versions.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn see(&self, case: &Value) {
        if let (Some(id), Some(version)) = (case["id"].as_str(), case["version"].as_i64()) {
            let mut versions = self.versions.lock().unwrap_or_else(PoisonError::into_inner);
            let known = versions.entry(id.to_owned()).or_default();
            *known = version.max(*known);
        }
    }
}

pub fn marks_in(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("mark-").filter_map(|(at, _)| text.get(at..at + 11))
}

/// One who writes.
pub struct Writer {
    pub stage: Arc<Stage>,
    pub rng: ChaCha8Rng,
}

impl Writer {
    pub fn new(stage: &Arc<Stage>, number: u64) -> Self {
        Self { stage: stage.clone(), rng: ChaCha8Rng::seed_from_u64(stage.seed ^ (0x77 << 32) ^ number) }
    }

    /// Case after case while there is time; the last one is brought to its end.
    pub async fn run(mut self) {
        while !self.stage.hurry.load(Ordering::Relaxed) {
            if self.chance(20) {
                script::note_on_a_landmark(&mut self).await;
            }
            script::life_of_a_case(&mut self).await;
        }
    }

    /// A mutation, repeated until it is answered; its payload. None where it was refused, which may only be because an attempt that went
    /// without an answer had been carried out, where mutations cannot be told apart by a key.
    pub async fn perform(&mut self, who: PersonId, name: &str, mut input: Value, mark: &str) -> Option<Value> {
        let keyed = self.stage.keys;
        if keyed {
            input["idempotencyKey"] = mark.into();
        }
        let mut tries = 0;
        loop {
            match self.attempt(who, name, &input).await {
                Some(payload) => return self.answered(name, payload, mark, tries > 0 && !keyed),
                None => self.stage.ledger.unanswered.fetch_add(1, Ordering::Relaxed),
            };
            tries += 1;
            self.rest(30, 300).await;
        }
    }

    fn answered(&self, name: &str, payload: Value, mark: &str, repeated: bool) -> Option<Value> {
        if payload["userErrors"] == json!([]) {
            self.stage.ledger.see(&payload["case"]);
            // each unit called has an entry of its own
            let times = payload["whistles"].as_array().map_or(1, Vec::len);
            self.stage.ledger.note(mark, if repeated { Known::Unknown } else { Known::Acknowledged(times) });
            return Some(payload);
        }
        assert!(repeated, "{name} {mark} was refused: {payload:#}");
        self.stage.ledger.note(mark, Known::Unknown);
        None
    }

    /// None: nobody knows whether it was carried out.
    async fn attempt(&mut self, who: PersonId, name: &str, input: &Value) -> Option<Value> {
        let place = self.stage.cluster.any(&mut self.rng)?;
        let request = self.stage.http.post(format!("http://{}/graphql", place.address)).bearer_auth(&self.stage.tokens[&who]);
        let answer = request.json(&mutation(name, input)).send().await.ok()?.json::<Value>().await.ok()?;
        if let Some(errors) = answer.get("errors") {
            let code = errors[0]["extensions"]["code"].as_str().unwrap_or_default();
            assert!(matches!(code, "INTERNAL" | "CONFLICT" | "UNAVAILABLE"), "{name} {input:#}: {answer:#}");
            return None;
        }
        Some(answer["data"][name].clone()).filter(|payload| !payload.is_null())
    }

    pub async fn rest(&mut self, from: u64, to: u64) {
        tokio::time::sleep(Duration::from_millis(self.rng.random_range(from..=to))).await;
    }

    pub fn chance(&mut self, of_hundred: u32) -> bool {
        self.rng.random_range(0..100) < of_hundred
    }

    pub fn below(&mut self, end: u32) -> u32 {
        self.rng.random_range(0..end)
    }

    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.rng.random_range(0..of.len())]
    }
}

pub fn mutation(name: &str, input: &Value) -> Value {
    let whistles = match name {
        "raiseWhistle" => "whistles { id version }",
        "reportCase" => "whistle { id version }",
        _ if name.ends_with("Whistle") => "whistle { id version }",
        _ => "",
    };
    let (first, rest) = name.split_at(1);
    let kind = format!("{}{rest}Input", first.to_uppercase());
    let query = format!(
        "mutation($input: {kind}!) {{ {name}(input: $input) {{ case {{ id number version }} {whistles} userErrors {{ code path }} }} }}"
    );
    json!({ "query": query, "variables": { "input": input } })
}

/// Hangs up in the middle of mutations, over HTTP and over WebSocket, and never learns what became of them.
pub async fn hang_up_again_and_again(stage: Arc<Stage>, number: u64) {
    let mut writer = Writer::new(&stage, 1000 + number);
    let token = stage.tokens[&WORLD.resident].clone();
    while !stage.hurry.load(Ordering::Relaxed) {
        let mark = stage.ledger.mark();
        let body = mutation("reportCase", &report_input(WORLD.building1, "DISPUTE", &mark));
        let Some(place) = stage.cluster.any(&mut writer.rng) else {
            writer.rest(50, 100).await;
            continue;
        };
        stage.ledger.note(&mark, Known::Unknown);
        let patience = Duration::from_micros(writer.rng.random_range(0..30_000));
        if writer.chance(50) {
            let request = stage.http.post(format!("http://{}/graphql", place.address)).bearer_auth(&token).json(&body);
            // the connection is closed with the future
            let _ = tokio::time::timeout(patience, request.send()).await;
        } else if let Ok(mut socket) = super::wire::Socket::open(place.address, &token).await {
            let _ = socket.send(&json!({ "id": "1", "type": "subscribe", "payload": body })).await;
            tokio::time::sleep(patience).await;
        }
        writer.rest(100, 900).await;
    }
}

pub fn report_input(building: BuildingId, category: &str, mark: &str) -> Value {
    json!({ "category": category, "title": mark, "place": { "buildingId": global(building) } })
}
