//! The event log itself: numbers without gaps, a chain of hashes that anybody can recompute, heads of days, rows that go with age.

use chrono::{Duration, NaiveDate};
use chuishao::{
    db::DbErr,
    event::{self, Break, Fact, Verified, prune, verify},
};
use entity::{case_event, event_log, log_day, log_state, outbox};
use futures_util::future::join_all;
use sea_orm::{EntityTrait, PaginatorTrait, QueryOrder};
use serde_json::{Value, json};

use crate::support::{
    TestApp,
    global::global,
    live::{Fault, heal, inject, mutate, note, report},
    log::{event_cursor, hash_of, number, resume, rows, socket, with_number},
    world::day,
};

crate::tests! {
    both: [
        numbers_have_no_gaps_and_a_case_keeps_its_order,
        a_write_that_is_rolled_back_leaves_no_row_and_no_number,
        a_log_as_written_is_whole,
        whatever_was_changed_is_found_and_named,
        a_head_says_where_the_log_stood_when_a_day_ended,
        what_is_too_old_goes_and_the_rest_goes_on,
        a_row_that_nobody_told_of_is_found_within_a_second,
    ]
}

async fn new_case(t: &TestApp, title: &str) -> String {
    report(t, t.world().resident, title, json!({ "buildingId": global(t.world().building1) }), json!({})).await.case
}

fn fact(row: &event_log::Model) -> Fact {
    serde_json::from_str(&row.fact).expect("a fact")
}

/// The rows carry the numbers from one on, and the entries of each case in their order, none missing, none twice.
pub async fn assert_matches_timelines(t: &TestApp) {
    let rows = rows(t).await;
    assert!(rows.iter().map(|row| row.seq).eq(1..=rows.len() as i64), "{:?}", rows.iter().map(|row| row.seq).collect::<Vec<_>>());
    let entries = case_event::Entity::find().order_by_asc(case_event::Column::CaseId).order_by_asc(case_event::Column::Seq);
    let entries: Vec<_> =
        entries.all(&t.app.db.read).await.expect("entries").into_iter().map(|entry| (entry.case_id, entry.seq, entry.id)).collect();
    let mut logged: Vec<_> = rows.iter().map(fact).map(|fact| (fact.case_id, fact.seq, fact.event_id)).collect();
    // stable: those of one case stay as they lie in the log
    logged.sort_by_key(|(case, ..)| *case);
    assert_eq!(logged, entries);
}

async fn numbers_have_no_gaps_and_a_case_keeps_its_order(t: TestApp) {
    let w = t.world();
    let mut cases = Vec::new();
    for title in ["一", "二", "三", "四"] {
        cases.push(new_case(&t, title).await);
    }
    join_all((0..32).map(|writer| {
        let (t, cases) = (&t, &cases);
        async move {
            for turn in 0..3 {
                note(t, w.community, &cases[(writer + turn) % cases.len()], "并发").await;
            }
        }
    }))
    .await;
    assert_matches_timelines(&t).await;
    assert_eq!(rows(&t).await.len(), 4 + 96);
}

async fn a_write_that_is_rolled_back_leaves_no_row_and_no_number(t: TestApp) {
    let w = t.world();
    let case = new_case(&t, "回滚").await;
    for fault in [Fault::Insert, Fault::Commit] {
        inject(&t, fault).await;
        mutate(&t, w.community, "addCaseNote", json!({ "caseId": case, "note": "丢失" })).await.assert_code("INTERNAL");
        heal(&t).await;
    }
    // also when it fails after all facts were handed over
    let lost = fact(&rows(&t).await[0]);
    let cx = t.cx(chuishao::auth::Actor::anonymous());
    let failed = event::write::<(), DbErr, _>(&cx, move |_, work| {
        Box::pin(async move {
            work.publish(lost);
            Err(DbErr::Custom("no".into()))
        })
    });
    assert!(failed.await.is_err());
    assert_eq!(rows(&t).await.len(), 1);
    note(&t, w.community, &case, "留下").await;
    assert_matches_timelines(&t).await;
    assert_eq!(rows(&t).await.len(), 2);
    if t.app.db.is_postgres() {
        assert_eq!(outbox::Entity::find().count(&t.app.db.read).await.expect("a count"), 0);
    }
}

/// Four rows on each of three days: the tenth, the eleventh and the thirteenth of June.
async fn three_days(t: &TestApp) -> Vec<event_log::Model> {
    let case = new_case(t, "三日").await;
    for (turn, days) in [0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0].into_iter().enumerate() {
        // the last of a day is in the log before the next begins
        t.settle().await;
        t.advance(Duration::days(days) + Duration::seconds(1));
        note(t, t.world().community, &case, &turn.to_string()).await;
    }
    rows(t).await
}

async fn a_log_as_written_is_whole(t: TestApp) {
    assert_eq!(verify(&t.app.db.read).await.expect("verified"), Verified { rows: 0, broken: None });
    let rows = three_days(&t).await;
    assert_eq!(verify(&t.app.db.read).await.expect("verified"), Verified { rows: 12, broken: None });
    // by the documented form, from thirty-two zeros on
    let mut hash = vec![0; 32];
    for row in &rows {
        hash = hash_of(&hash, row);
        assert_eq!(hash, row.hash, "row {}", row.seq);
    }
}

/// The rows put in place of those that are there.
async fn replace(t: &TestApp, rows: &[event_log::Model]) {
    t.sql("DELETE FROM event_log").await;
    t.insert(rows.to_vec()).await;
}

async fn whatever_was_changed_is_found_and_named(t: TestApp) {
    let written = three_days(&t).await;
    let with = |change: &dyn Fn(&mut Vec<event_log::Model>)| {
        let mut rows = written.clone();
        change(&mut rows);
        rows
    };
    // whoever can compute hashes can write a log of their own; but not the heads that were kept
    let rewritten = with(&|rows| {
        rows[2].fact = rows[2].fact.replace("SERVICE", "HAZARD");
        for at in 2..rows.len() {
            rows[at].hash = hash_of(&rows[at - 1].hash.clone(), &rows[at]);
        }
    });
    let swapped = with(&|rows| {
        let (five, six) = (rows[4].clone(), rows[5].clone());
        rows[4] = event_log::Model { seq: 5, ..six };
        rows[5] = event_log::Model { seq: 6, ..five };
    });
    let table: [(&str, Vec<event_log::Model>, Break); 11] = [
        ("a changed fact", with(&|rows| rows[4].fact.push(' ')), Break::Changed(5)),
        ("a changed time", with(&|rows| rows[4].at += Duration::microseconds(1)), Break::Changed(5)),
        ("a changed hash", with(&|rows| rows[4].hash[31] ^= 1), Break::Changed(5)),
        ("a changed hash at the end", with(&|rows| rows[11].hash[0] ^= 1), Break::Changed(12)),
        ("a row in the middle gone", with(&|rows| drop(rows.remove(4))), Break::Gone(5)),
        ("the first row gone", with(&|rows| drop(rows.remove(0))), Break::Gone(1)),
        ("the last of a day gone", with(&|rows| drop(rows.remove(7))), Break::Gone(8)),
        ("the end cut off", with(&|rows| rows.truncate(6)), Break::Gone(7)),
        ("everything gone", with(&|rows| rows.clear()), Break::Gone(1)),
        ("two rows swapped", swapped, Break::Changed(5)),
        ("a log rewritten from the third row on", rewritten, Break::Day(day(2026, 6, 10))),
    ];
    for (what, rows, broken) in table {
        t.sql("DELETE FROM event_log").await;
        if !rows.is_empty() {
            t.insert(rows).await;
        }
        assert_eq!(verify(&t.app.db.read).await.expect("verified").broken, Some(broken), "{what}");
    }
    replace(&t, &written).await;
    assert_eq!(verify(&t.app.db.read).await.expect("verified"), Verified { rows: 12, broken: None });
    // an entry rewritten in its file, whatever its file says of it
    let entry = fact(&written[5]);
    t.sql(&format!("UPDATE case_event SET hash = '{}' WHERE hash = '{}'", "0".repeat(64), entry.hash)).await;
    assert_eq!(verify(&t.app.db.read).await.expect("verified").broken, Some(Break::Entry(6)));
    t.sql(&format!("UPDATE case_event SET hash = '{}' WHERE hash = '{}'", entry.hash, "0".repeat(64))).await;
    // a head that was changed
    t.sql("UPDATE log_day SET hash = (SELECT hash FROM event_log WHERE seq = 1) WHERE seq = 8").await;
    assert_eq!(verify(&t.app.db.read).await.expect("verified").broken, Some(Break::Day(day(2026, 6, 11))));
}

async fn head(t: &TestApp, day: NaiveDate) -> Value {
    let query = "query($day: Date!) { eventLogHead(day: $day) { day seq hash } }";
    t.ask_with(None, query, json!({ "day": day })).await.data()["eventLogHead"].clone()
}

async fn heads(t: &TestApp) -> Vec<Value> {
    let mut heads = Vec::new();
    for number in 9..=16 {
        heads.push(head(t, day(2026, 6, number)).await);
    }
    heads
}

async fn a_head_says_where_the_log_stood_when_a_day_ended(t: TestApp) {
    assert_eq!(heads(&t).await, vec![Value::Null; 8]);
    let rows = three_days(&t).await;
    let expected = |day: u32, seq: i64| {
        let hash: String = rows[seq as usize - 1].hash.iter().map(|byte| format!("{byte:02x}")).collect();
        json!({ "day": format!("2026-06-{day:02}"), "seq": seq, "hash": hash })
    };
    let null = Value::Null;
    // nothing was written on the twelfth; the thirteenth is not over
    let three = [null.clone(), expected(10, 4), expected(11, 8), expected(12, 8)];
    assert_eq!(heads(&t).await, [&three[..], &vec![null.clone(); 4]].concat());
    // over, though nothing has been written since
    t.advance(Duration::days(2));
    let six = [&three[..], &[expected(13, 12), expected(14, 12)]].concat();
    assert_eq!(heads(&t).await, [&six[..], &[null.clone(), null.clone()]].concat());
    new_case(&t, "之后").await;
    t.settle().await;
    t.advance(Duration::days(1));
    let later = heads(&t).await;
    assert_eq!(later[..6], six, "more was written");
    assert_eq!((&later[6]["seq"], &later[7]), (&json!(13), &null));
    assert_eq!(prune(&t.app.db, t.now()).await.expect("pruned"), 12);
    assert_eq!(heads(&t).await, later, "the old rows have gone");
    assert_eq!(verify(&t.app.db.read).await.expect("verified"), Verified { rows: 1, broken: None });
    let days = log_day::Entity::find().order_by_asc(log_day::Column::Day).all(&t.app.db.read).await.expect("days");
    assert_eq!(days.iter().map(|day| day.seq).collect::<Vec<_>>(), [4, 8, 12]);
}

async fn what_is_too_old_goes_and_the_rest_goes_on(t: TestApp) {
    let w = t.world();
    let written = three_days(&t).await;
    let cursor = event_cursor(&t).await;
    let mut live = socket(&t, w.community).await;
    let along = resume(&mut live, &cursor, Value::Null).await;
    // what is exactly as old stays
    let before = written[5].at;
    assert_eq!(prune(&t.app.db, before).await.expect("pruned"), 5);
    assert_eq!(rows(&t).await, written[5..]);
    assert_eq!(prune(&t.app.db, before).await.expect("pruned"), 0);
    let state = log_state::Entity::find().one(&t.app.db.read).await.expect("read").expect("a row");
    assert_eq!((state.floor, &state.floor_hash), (5, &written[4].hash));
    assert_eq!(verify(&t.app.db.read).await.expect("verified"), Verified { rows: 7, broken: None });
    // never the last, however old
    t.advance(Duration::days(20));
    assert_eq!(prune(&t.app.db, t.now()).await.expect("pruned"), 6);
    assert_eq!(rows(&t).await, written[11..]);
    let case = new_case(&t, "继续").await;
    assert_eq!(live.next(&along).await["change"]["case"]["title"], "继续");
    let restarted = TestApp::start(&t.url).await.expect("an app");
    note(&restarted, w.community, &case, "又").await;
    assert_eq!(number(&event_cursor(&restarted).await), 14);
    let mut back = socket(&restarted, w.community).await;
    let id = resume(&mut back, &with_number(&cursor, 11), Value::Null).await;
    assert_eq!(back.next(&id).await["change"]["case"]["title"], "三日");
    assert_eq!(back.next(&id).await["change"]["case"]["title"], "继续");
    assert_eq!(back.next(&id).await["change"]["event"]["note"], "又");
    assert_eq!(verify(&t.app.db.read).await.expect("verified"), Verified { rows: 3, broken: None });
}

async fn a_row_that_nobody_told_of_is_found_within_a_second(t: TestApp) {
    let w = t.world();
    new_case(&t, "无声").await;
    let cursor = event_cursor(&t).await;
    let mut socket = socket(&t, w.community).await;
    let id = resume(&mut socket, &cursor, Value::Null).await;
    let last = rows(&t).await.remove(0);
    // as when the notification of it is lost
    let mut row = event_log::Model { seq: 2, ..last.clone() };
    row.hash = hash_of(&last.hash, &row);
    let started = tokio::time::Instant::now();
    t.insert([row]).await;
    assert_eq!(socket.next(&id).await["change"]["cursor"], with_number(&cursor, 2));
    assert!(started.elapsed() < std::time::Duration::from_secs(8), "{:?}", started.elapsed());
    assert_eq!(verify(&t.app.db.read).await.expect("verified"), Verified { rows: 2, broken: None });
}
