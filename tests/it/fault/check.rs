//! What must hold when all is quiet again.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
    time::{Duration, Instant},
};

use entity::{CaseId, case_event, case_file, whistle};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use sea_orm::{ConnectionTrait, DatabaseConnection, EntityTrait, QueryOrder};
use serde_json::json;

use super::{
    Stage,
    log::{self, Fact},
    profiles::Profile,
    subscribers::{Seen, Subscriber},
    writers::{Known, marks_in},
};
use crate::support::global::global;

/// Every mark where the ledger says it must be: what was acknowledged once, what nobody knows at most once, nothing else.
/// And every file whole, whoever died in the middle of it.
pub async fn files_are_whole(stage: &Stage, db: &DatabaseConnection) {
    let cases = case_file::Entity::find().order_by_asc(case_file::Column::Number).all(db).await.expect("cases");
    let entries = case_event::Entity::find().order_by_asc(case_event::Column::Seq).all(db).await.expect("entries");
    let whistles = whistle::Entity::find().all(db).await.expect("whistles");

    let texts = cases.iter().map(|case| case.title.as_str()).chain(entries.iter().filter_map(|entry| entry.note.as_deref()));
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    texts.flat_map(marks_in).for_each(|mark| *found.entry(mark.to_owned()).or_default() += 1);
    let known = stage.ledger.marks();
    for (mark, known) in &known {
        let times = found.remove(mark).unwrap_or(0);
        let right = match known {
            Known::Acknowledged(entries) => times == *entries,
            Known::Unknown => times <= 1 || !stage.keys,
        };
        assert!(right, "{mark} is {known:?} and {times} times in the database");
    }
    assert!(found.is_empty(), "nobody has written {found:?}");

    let mut of_case: HashMap<CaseId, Vec<&case_event::Model>> = HashMap::new();
    entries.iter().for_each(|entry| of_case.entry(entry.case_id).or_default().push(entry));
    let called: HashSet<CaseId> = whistles.iter().map(|whistle| whistle.case_id).collect();
    let versions = stage.ledger.versions();
    for (case, number) in cases.iter().zip(1..) {
        let entries = of_case.remove(&case.id).unwrap_or_default();
        let sequence: Vec<i32> = entries.iter().map(|entry| entry.seq).collect();
        assert_eq!(sequence, (1..=case.version).collect::<Vec<_>>(), "{case:#?}");
        let status = entries.iter().rev().find_map(|entry| entry.to_status);
        assert_eq!(status, Some(case.status), "{case:#?} {entries:#?}");
        assert!(called.contains(&case.id), "a report without its whistle: {case:#?}");
        let acknowledged = versions.get(&global(case.id)).copied().unwrap_or(0);
        assert!(i64::from(case.version) >= acknowledged, "version {acknowledged} was acknowledged: {case:#?}");
        // the number is taken in the same transaction
        assert!(case.number.ends_with(&format!("-{number:06}")), "{} is the case number {number}", case.number);
    }
    assert!(of_case.is_empty(), "entries of no case: {of_case:#?}");
}

/// The log has no gap, and tells of each entry of each file once, in the file's order.
pub async fn log_is_whole(db: &DatabaseConnection, facts: &[Fact]) {
    let numbers: Vec<i64> = facts.iter().map(|fact| fact.seq).collect();
    assert_eq!(numbers, (1..=numbers.len() as i64).collect::<Vec<_>>());
    let verified = chuishao::event::verify(db).await.expect("read");
    assert_eq!((verified.rows, verified.broken), (facts.len() as u64, None));
    let entries = case_event::Entity::find().all(db).await.expect("entries");
    let mut entries: HashMap<_, _> = entries.into_iter().map(|entry| (entry.id, entry)).collect();
    let mut last: HashMap<CaseId, i64> = HashMap::new();
    for fact in facts {
        let entry = entries.remove(&fact.event).unwrap_or_else(|| panic!("told twice, or of nothing: {fact:#?}"));
        let word = |status: Option<entity::CaseStatus>| status.map(|status| json!(status).as_str().unwrap_or_default().to_owned());
        assert_eq!((entry.case_id, i64::from(entry.seq), entry.at), (fact.case, fact.entry, fact.at), "{fact:#?}");
        assert_eq!(
            (word(entry.from_status), word(entry.to_status), json!(entry.kind)),
            (fact.from.clone(), fact.to.clone(), json!(fact.kind))
        );
        assert_eq!(entry.whistle_id, fact.whistle.as_ref().map(|whistle| whistle.id));
        let before = last.insert(fact.case, fact.entry).unwrap_or(0);
        assert_eq!(before + 1, fact.entry, "out of order, or one before it is missing: {fact:#?}");
    }
    assert!(entries.is_empty(), "never told: {entries:#?}");
}

/// No transaction is open, nor anything left in the outbox; on SQLite, the writer is free.
pub async fn nothing_is_left_open(stage: &Stage, db: &DatabaseConnection) {
    if !stage.cluster.is_postgres() {
        db.execute_unprepared("BEGIN IMMEDIATE").await.expect("a free writer");
        db.execute_unprepared("ROLLBACK").await.expect("back");
        return;
    }
    const OPEN: &str = "SELECT count(*) AS n FROM pg_stat_activity \
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND (state LIKE 'idle in transaction%' OR xact_start < now() - interval '2 s')";
    const PREPARED: &str = "SELECT count(*) AS n FROM pg_prepared_xacts";
    let deadline = Instant::now() + Duration::from_secs(20);
    // what runs by itself opens transactions too, and ends them at once
    while log::count(db, OPEN).await > 0 || log::count(db, PREPARED).await > 0 {
        assert!(Instant::now() < deadline, "a transaction stays open");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// What each subscriber should have been told: the facts of the log that pass its filter, of cases that it may see.
pub async fn expected(stage: &Arc<Stage>, facts: &[Fact], profiles: &[Arc<Profile>]) -> Vec<Vec<(i64, String)>> {
    let cases: Vec<CaseId> = facts.iter().map(|fact| fact.case).collect::<std::collections::BTreeSet<_>>().into_iter().collect();
    let mut seen_by = HashMap::new();
    let mut expected = Vec::new();
    for profile in profiles {
        if let std::collections::hash_map::Entry::Vacant(entry) = seen_by.entry(profile.who) {
            entry.insert(visible(stage, profile, &cases).await);
        }
        let visible = &seen_by[&profile.who];
        let told = facts.iter().filter(|fact| profile.passes(fact) && visible.contains(&fact.case));
        expected.push(told.map(|fact| (fact.seq, profile.told(fact))).collect());
    }
    expected
}

/// The cases that the person sees, as the server says itself when all is quiet.
async fn visible(stage: &Stage, profile: &Profile, cases: &[CaseId]) -> HashSet<CaseId> {
    let mut rng = ChaCha8Rng::seed_from_u64(stage.seed);
    let mut visible = HashSet::new();
    for part in cases.chunks(100) {
        let ids: Vec<String> = part.iter().map(|id| global(*id)).collect();
        let query = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }";
        let answer = stage.ask(&mut rng, profile.who, query, json!({ "ids": ids })).await;
        let found = answer["nodes"].as_array().expect("nodes");
        visible.extend(part.iter().zip(found).filter(|(_, node)| !node.is_null()).map(|(id, _)| *id));
    }
    visible
}

/// Waits until every subscriber has been told as much as it should, as long as any of them is told anything.
pub async fn all_told(
    stage: &Stage,
    subscribers: &[Arc<Subscriber>],
    expected: &HashMap<*const Profile, Vec<(i64, String)>>,
    patience: Duration,
) {
    let (mut told, mut deadline) = (0, Instant::now() + patience);
    let lacks = |subscriber: &&Arc<Subscriber>| subscriber.count() < expected[&Arc::as_ptr(&subscriber.profile)].len();
    while let Some(behind) = subscribers.iter().find(lacks) {
        let (seen, expected) = (behind.seen(), &expected[&Arc::as_ptr(&behind.profile)]);
        // what has come must be how it begins: nothing is made good later
        exactly(behind, &seen, &expected[..seen.len().min(expected.len())]);
        let now = subscribers.iter().map(|subscriber| subscriber.count()).sum();
        if now > std::mem::replace(&mut told, now) {
            deadline = Instant::now() + patience;
        } else if Instant::now() > deadline {
            eprintln!("{}", stage.state().await);
            let count = subscribers.iter().filter(lacks).count();
            eprintln!(
                "{count} of {} subscribers are still behind, for {} s nobody has been told anything",
                subscribers.len(),
                patience.as_secs()
            );
            exactly(behind, &seen, expected);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Nothing lost, nothing twice, in order; says where it first differs.
pub fn exactly(subscriber: &Subscriber, seen: &[Seen], expected: &[(i64, String)]) {
    let (number, name) = (subscriber.number, subscriber.profile.name);
    assert!(subscriber.wrong().is_empty(), "subscriber {number} ({name}) was told: {:#?}", subscriber.wrong());
    let differs = seen.iter().zip(expected).position(|(seen, (_, told))| seen.told != *told);
    let at = differs.unwrap_or(seen.len().min(expected.len()));
    if at == seen.len() && at == expected.len() {
        return;
    }
    let told: Vec<&str> = seen.iter().map(|seen| seen.told.as_str()).collect();
    let mut once = HashSet::new();
    let twice: Vec<_> = told.iter().filter(|told| !once.insert(**told)).collect();
    let lost: Vec<_> = expected.iter().filter(|(_, told)| !once.contains(told.as_str())).collect();
    panic!(
        "subscriber {number} ({name}): {} told, {} expected; differs at {at}: told {:#?}, expected {:#?}\nlost: {lost:#?}\ntwice: {twice:#?}\n{:#?}",
        seen.len(),
        expected.len(),
        &told[at.saturating_sub(2)..told.len().min(at + 3)],
        &expected[at.saturating_sub(2)..expected.len().min(at + 3)],
        subscriber.ends(),
    );
}

/// One cursor stands for one place in the log, whoever was given it by whichever instance.
pub fn cursors_agree(subscribers: &[Arc<Subscriber>], expected: &HashMap<*const Profile, Vec<(i64, String)>>) {
    let mut places: HashMap<String, i64> = HashMap::new();
    for subscriber in subscribers {
        for (seen, (seq, _)) in subscriber.seen().into_iter().zip(&expected[&Arc::as_ptr(&subscriber.profile)]) {
            let place = *places.entry(seen.cursor.clone()).or_insert(*seq);
            assert_eq!(place, *seq, "the cursor {} of {}", seen.cursor, seen.told);
        }
    }
}
