//! Live streams. Whoever asks the same question with the same rights shares one execution per event, and what it says is written once.
//!
//! A subscriber first catches up by itself, from the position it names to the end of the log; then it joins the group of its question, at
//! exactly that position: nothing is lost and nothing comes twice on the way.

mod notices;

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_graphql::{
    Name, Request, Response, Value, Variables,
    parser::types::{DocumentOperations, ExecutableDocument, Selection},
};
use aws_lc_rs::digest::{SHA256, digest};
use axum::extract::ws::Utf8Bytes;
use futures_util::StreamExt;
use tokio::task::AbortHandle;

use super::{
    api::{Answer, Api, Caller},
    mailbox::Operation,
};
use crate::{
    app::Cx,
    auth::Actor,
    event::{Feed, Interest, Logged, Missed},
    graphql::{
        context::REQUEST,
        error::{ApiError, Code},
        live::{Live, Opened, Source, missed},
        loader,
    },
    person,
};

/// Items that a group keeps, for those who join a little late.
const RECENT: usize = 32;
const RECENT_BYTES: usize = 256 * 1024;

/// For the log to come along.
const A_MOMENT: Duration = Duration::from_millis(20);

/// What is asked, by whom, in which language.
pub struct Question {
    text: String,
    operation: Option<String>,
    variables: Variables,
    document: ExecutableDocument,
    caller: Caller,
}

/// Those who share a key get the same answers.
type Key = [u8; 32];

impl Question {
    pub fn of(request: &Request, document: ExecutableDocument, caller: Caller) -> Arc<Self> {
        let (text, operation, variables) = (request.query.clone(), request.operation_name.clone(), request.variables.clone());
        Arc::new(Self { text, operation, variables, document, caller })
    }

    /// Everything that an answer depends on. Where a subscriber came in is none of it.
    fn key(&self) -> Key {
        let mut variables = (*self.variables).clone();
        if let Some(name) = self.position_variable() {
            variables.remove(&name);
        }
        let language = self.caller.language == crate::graphql::context::Language::English;
        let all = (&self.text, &self.operation, &variables, self.caller.cx.actor.person, language);
        let mut key = Key::default();
        key.copy_from_slice(digest(&SHA256, &serde_json::to_vec(&all).unwrap_or_default()).as_ref());
        key
    }

    /// The variable that says where to begin, if it says nothing else.
    fn position_variable(&self) -> Option<Name> {
        let operation = match (&self.document.operations, &self.operation) {
            (DocumentOperations::Single(operation), _) => operation,
            (DocumentOperations::Multiple(operations), Some(name)) => operations.get(name.as_str())?,
            (DocumentOperations::Multiple(operations), None) => operations.values().next()?,
        };
        let Selection::Field(field) = &operation.node.selection_set.node.items.first()?.node else { return None };
        let name = Name::new(field.node.get_argument("after")?.node.to_string().strip_prefix('$')?);
        let word = |c: char| c.is_alphanumeric() || c == '_';
        let variable = format!("${name}");
        let uses = self.text.match_indices(&variable).filter(|(at, found)| !self.text[at + found.len()..].starts_with(word));
        // its definition and this one use
        (uses.count() == 2).then_some(name)
    }

    /// What this fact is to the caller, by the rights held now.
    async fn item(&self, api: &Api, cx: &Cx, logged: &Arc<Logged>) -> Outcome {
        self.made(api, cx, Live::Item(logged.clone())).await
    }

    async fn made(&self, api: &Api, cx: &Cx, of: Live) -> Outcome {
        let cx = match person::service::maybe_renewed(cx).await {
            Ok(Some(cx)) => cx,
            Ok(None) => return Outcome::Unauthenticated,
            Err(_) => return Outcome::Failed,
        };
        let mut request = Request::new(self.text.clone()).variables(self.variables.clone());
        request.operation_name.clone_from(&self.operation);
        request.set_parsed_query(self.document.clone());
        let request = request.data(loader::loads(cx.clone())).data(cx).data(Arc::new(of));
        match api.execute_stream(request).next().await {
            None => Outcome::Nothing,
            // the item could not be loaded: whoever comes back after the last one gets it
            Some(response) if response.data == Value::Null => Outcome::Failed,
            Some(response) => Outcome::Item(payload(&response)),
        }
    }
}

fn payload(response: &Response) -> Arc<str> {
    serde_json::to_string(&Answer::of(response)).unwrap_or_default().into()
}

/// What becomes of a fact.
enum Outcome {
    Item(Arc<str>),
    /// It is none of the caller's business.
    Nothing,
    /// The token has run out, or the person is gone.
    Unauthenticated,
    Failed,
}

/// Why a stream ends.
#[derive(Clone, Copy)]
enum End {
    Unauthenticated,
    /// The client read too slowly, the server stops, or the database failed: it may come back after what it has seen.
    Interrupted,
}

impl End {
    fn payload(self, api: &Api, caller: &Caller, position: i64) -> Arc<str> {
        let (error, cursor) = match self {
            Self::Unauthenticated => (ApiError::unauthenticated(), None),
            Self::Interrupted => {
                let error = ApiError::Request { code: Code::StreamInterrupted, message: "stream-interrupted", args: Vec::new() };
                (error, Some(api.app().log.cursor(position)))
            }
        };
        let mut response = REQUEST.sync_scope(api.info(caller.language), || error.response());
        for error in &mut response.errors {
            if let Some(cursor) = &cursor {
                error.extensions.get_or_insert_default().set("cursor", cursor.as_str());
            }
        }
        payload(&response)
    }
}

/// The groups of this process.
#[derive(Default)]
pub struct Hub {
    groups: Mutex<Groups>,
    next_member: AtomicU64,
}

#[derive(Default)]
struct Groups {
    by_key: HashMap<Key, Arc<Group>>,
    /// The server stops: nobody joins any more.
    stopped: bool,
}

/// Those who share a question.
struct Group {
    question: Arc<Question>,
    inner: Mutex<Inner>,
    task: Mutex<Option<AbortHandle>>,
}

struct Inner {
    members: HashMap<u64, Member>,
    /// The last items, each with its number.
    recent: VecDeque<(i64, Arc<str>)>,
    /// All items after this one are in `recent`.
    floor: i64,
    /// Facts up to here have been dealt with.
    done: i64,
    ended: bool,
}

struct Member {
    operation: Arc<Operation>,
    caller: Caller,
    /// Has had, or does not need, everything up to here.
    position: i64,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Leaves the group when it is dropped; the last one closes it.
pub struct Membership {
    api: Api,
    key: Key,
    group: Arc<Group>,
    id: u64,
}

impl Drop for Membership {
    fn drop(&mut self) {
        let mut groups = lock(&self.api.hub().groups);
        let mut inner = lock(&self.group.inner);
        if inner.members.remove(&self.id).is_some() {
            self.api.app().log.left();
        }
        if inner.members.is_empty() && !std::mem::replace(&mut inner.ended, true) {
            groups.by_key.remove(&self.key);
            if let Some(task) = lock(&self.group.task).take() {
                task.abort();
            }
        }
    }
}

impl Hub {
    /// Joins at exactly this position; none where the group is further than it remembers, and the subscriber has to catch up on its own.
    fn join(
        &self,
        api: &Api,
        question: Arc<Question>,
        interest: &Arc<Interest>,
        position: i64,
        operation: &Arc<Operation>,
    ) -> Result<Membership, Arc<Question>> {
        let key = question.key();
        let member = Member { operation: operation.clone(), caller: question.caller.clone(), position };
        let mut groups = lock(&self.groups);
        let group = match groups.by_key.get(&key) {
            _ if groups.stopped => return Err(question),
            Some(group) => group.clone(),
            None if position < api.app().log.position() => return Err(question),
            None => {
                let inner = Inner { members: HashMap::new(), recent: VecDeque::new(), floor: position, done: position, ended: false };
                let group = Arc::new(Group { question: question.clone(), inner: Mutex::new(inner), task: Mutex::default() });
                let feed = api.app().log.attach(interest.clone(), Some(position));
                let task = tokio::spawn(group.clone().run(api.clone(), key, feed));
                *lock(&group.task) = Some(task.abort_handle());
                groups.by_key.insert(key, group.clone());
                group
            }
        };
        let id = self.next_member.fetch_add(1, Ordering::Relaxed);
        if group.enter(api, id, member) { Ok(Membership { api: api.clone(), key, group, id }) } else { Err(question) }
    }

    /// Tells every subscriber where to go on, and ends its stream.
    pub fn interrupt(&self, api: &Api) {
        let groups = {
            let mut groups = lock(&self.groups);
            groups.stopped = true;
            std::mem::take(&mut groups.by_key)
        };
        for group in groups.into_values() {
            group.end(api, End::Interrupted);
            if let Some(task) = lock(&group.task).take() {
                task.abort();
            }
        }
    }
}

impl Member {
    /// Hands over an item; false where that was the last this member gets.
    fn give(&mut self, api: &Api, seq: i64, payload: &Arc<str>, framed: &mut Option<(Arc<Operation>, Utf8Bytes)>) -> bool {
        if seq <= self.position {
            return true;
        }
        if self.caller.cx.actor.expired(api.app().clock.now()) {
            self.end(api, End::Unauthenticated, seq);
            return false;
        }
        // clients that count their operations alike share the very bytes
        let text = match framed {
            Some((same, text)) if same.framing == self.operation.framing => text.clone(),
            _ => {
                let text = self.operation.framing.next(payload);
                *framed = Some((self.operation.clone(), text.clone()));
                text
            }
        };
        if !self.operation.push(text) {
            self.end(api, End::Interrupted, self.position);
            return false;
        }
        self.position = seq;
        true
    }

    fn end(&self, api: &Api, end: End, position: i64) {
        self.operation.end(&end.payload(api, &self.caller, position));
    }
}

impl Group {
    async fn run(self: Arc<Self>, api: Api, key: Key, mut feed: Feed) {
        // rights without the end of one member's token: each has its own
        let actor = Actor { expires_at: None, ..(*self.question.caller.cx.actor).clone() };
        let cx = Cx::new(api.app().clone(), actor);
        let end = loop {
            let facts = match feed.next(api.app().db.reading()).await {
                Ok(facts) => facts,
                Err(_) => break End::Interrupted,
            };
            if let Err(end) = self.tell(&api, &cx, &facts).await {
                break end;
            }
        };
        {
            let mut groups = lock(&api.hub().groups);
            if groups.by_key.get(&key).is_some_and(|group| Arc::ptr_eq(group, &self)) {
                groups.by_key.remove(&key);
            }
        }
        self.end(&api, end);
    }

    /// Takes a member in with what it has missed lately; false where it is behind what is remembered.
    fn enter(&self, api: &Api, id: u64, mut member: Member) -> bool {
        let mut inner = lock(&self.inner);
        if member.position < inner.floor {
            return false;
        }
        let missed: Vec<_> = inner.recent.iter().filter(|(seq, _)| *seq > member.position).cloned().collect();
        // one that is told off at once is in, and out again
        if missed.iter().all(|(seq, payload)| member.give(api, *seq, payload, &mut None)) {
            api.app().log.joined();
            inner.members.insert(id, member);
        }
        true
    }

    async fn tell(&self, api: &Api, cx: &Cx, facts: &[Arc<Logged>]) -> Result<(), End> {
        for logged in facts {
            {
                let mut inner = lock(&self.inner);
                // nobody is left to hear it, though not all have gone yet
                if inner.members.is_empty() {
                    inner.recent.clear();
                    (inner.floor, inner.done) = (logged.seq, logged.seq);
                    continue;
                }
            }
            let info = api.info(self.question.caller.language);
            match REQUEST.scope(info, self.question.item(api, cx, logged)).await {
                Outcome::Item(payload) => self.deliver(api, logged.seq, &payload),
                Outcome::Nothing => {}
                Outcome::Unauthenticated => return Err(End::Unauthenticated),
                Outcome::Failed => return Err(End::Interrupted),
            }
            lock(&self.inner).done = logged.seq;
        }
        Ok(())
    }

    fn deliver(&self, api: &Api, seq: i64, payload: &Arc<str>) {
        let mut inner = lock(&self.inner);
        let mut framed = None;
        inner.members.retain(|_, member| {
            let stays = member.give(api, seq, payload, &mut framed);
            if !stays {
                api.app().log.left();
            }
            stays
        });
        inner.recent.push_back((seq, payload.clone()));
        let mut bytes: usize = inner.recent.iter().map(|(_, payload)| payload.len()).sum();
        while inner.recent.len() > RECENT || bytes > RECENT_BYTES {
            let Some((seq, payload)) = inner.recent.pop_front() else { break };
            bytes -= payload.len();
            inner.floor = seq;
        }
    }

    fn end(&self, api: &Api, end: End) {
        let mut inner = lock(&self.inner);
        inner.ended = true;
        let done = inner.done;
        for (_, member) in inner.members.drain() {
            api.app().log.left();
            member.end(api, end, member.position.max(done));
        }
    }
}

/// Brings a subscriber from where it begins to the end of the log, and into its group. None: its stream has ended.
pub async fn follow(api: &Api, operation: &Arc<Operation>, mut question: Arc<Question>, opened: Box<Opened>) -> Option<Membership> {
    let app = api.app();
    let interest = match opened.source {
        Source::Facts(interest) => Arc::from(interest),
        Source::Notices => {
            notices::follow(api, operation, &question, opened.after).await;
            return None;
        }
    };
    let mut position = opened.after.unwrap_or_else(|| app.log.position());
    let stopping = api.stopping();
    loop {
        if *stopping.borrow() {
            operation.end(&End::Interrupted.payload(api, &question.caller, position));
            return None;
        }
        question = match api.hub().join(api, question, &interest, position, operation) {
            Ok(membership) => return Some(membership),
            Err(question) => question,
        };
        let (facts, reached) = match app.log.after(app.db.reading(), position).await {
            Ok(read) => read,
            Err(Missed::Failed(_)) => {
                operation.end(&End::Interrupted.payload(api, &question.caller, position));
                return None;
            }
            Err(expired) => {
                let response = missed(expired).response();
                operation.refuse(&response.errors, &payload(&response));
                return None;
            }
        };
        if reached == position {
            // the group was begun at a cursor of an instance that is further than this one
            tokio::time::sleep(A_MOMENT).await;
        }
        for logged in facts.iter().filter(|logged| interest.holds(&logged.fact)) {
            let end = match question.item(api, &question.caller.cx, logged).await {
                Outcome::Item(payload) => {
                    operation.hand(&payload).await;
                    None
                }
                Outcome::Nothing => None,
                Outcome::Unauthenticated => Some(End::Unauthenticated),
                Outcome::Failed => Some(End::Interrupted),
            };
            if let Some(end) = end {
                operation.end(&end.payload(api, &question.caller, position));
                return None;
            }
            position = logged.seq;
            if *stopping.borrow() {
                break;
            }
        }
        if *stopping.borrow() {
            continue;
        }
        position = position.max(reached);
    }
}

/// Ready when the caller's token has run out.
pub async fn token_ran_out(caller: Option<&Caller>) {
    let Some((cx, end)) = caller.and_then(|caller| Some((&caller.cx, caller.cx.actor.expires_at?))) else {
        return std::future::pending().await;
    };
    while !cx.actor.expired(cx.clock.now()) {
        let left = (end - cx.clock.now()).to_std().unwrap_or_default();
        // in steps: a clock that is set forward is noticed
        tokio::time::sleep(left.min(Duration::from_secs(60)).max(Duration::from_millis(1))).await;
    }
}
