//! PostgreSQL's sequencer: many instances, one log; connections that are lost.

use entity::PersonId;
use futures_util::future::join_all;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};

use crate::{
    log::assert_matches_timelines,
    support::{
        TestApp,
        global::global,
        live::{note, report},
        log::{event_cursor, resume, socket, take_until},
    },
};

crate::tests! {
    both: [
        instances_that_write_and_sequence_together_lose_nothing,
        a_sequencer_that_loses_its_connection_goes_on,
        a_listener_that_loses_its_connection_hears_on,
    ]
}

async fn new_case(t: &TestApp, title: &str) -> String {
    report(t, t.world().resident, title, json!({ "buildingId": global(t.world().building1) }), json!({})).await.case
}

/// Writers at several instances, each so many notes.
async fn write(instances: &[&TestApp], who: PersonId, case: &str, writers: usize, notes: usize) {
    join_all((0..writers).map(|writer| async move {
        for _ in 0..notes {
            note(instances[writer % instances.len()], who, case, "并发").await;
        }
    }))
    .await;
}

async fn instances_that_write_and_sequence_together_lose_nothing(t: TestApp) {
    if !t.app.db.is_postgres() {
        return;
    }
    let w = t.world();
    let other = TestApp::start(&t.url).await.expect("an app");
    let start = event_cursor(&t).await;
    let case = new_case(&t, "多实例").await;
    let (mut here, mut there) = (socket(&t, w.community).await, socket(&other, w.community).await);
    let (a, b) = (resume(&mut here, &start, Value::Null).await, resume(&mut there, &start, Value::Null).await);
    write(&[&t, &other], w.community, &case, 12, 5).await;
    note(&other, w.community, &case, "末尾").await;
    let heard = take_until(&mut here, &a, "末尾").await;
    let sequences: Vec<_> = heard.iter().map(|change| change["event"]["sequence"].as_i64().expect("a number")).collect();
    assert_eq!(sequences, (1..=61).collect::<Vec<_>>());
    assert_eq!(take_until(&mut there, &b, "末尾").await, heard);
    // which also says that the outbox is empty
    assert_matches_timelines(&t).await;
}

/// Ends connections of this database whose last statement is like this; how many.
async fn terminate(t: &TestApp, like: &str) -> i64 {
    let sql = format!(
        "SELECT count(pg_terminate_backend(pid)) AS ended FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '{like}'"
    );
    let db = &t.app.db.read;
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await.expect("terminated");
    row.expect("a row").try_get("", "ended").expect("a number")
}

async fn a_sequencer_that_loses_its_connection_goes_on(t: TestApp) {
    if !t.app.db.is_postgres() {
        return;
    }
    let w = t.world();
    let start = event_cursor(&t).await;
    let case = new_case(&t, "断线").await;
    let mut socket = socket(&t, w.community).await;
    let id = resume(&mut socket, &start, Value::Null).await;
    let here = [&t];
    let writing = write(&here, w.community, &case, 4, 15);
    let ending = async {
        let mut ended = 0;
        while ended < 5 {
            // what it looks with, between two looks or in the midst of one
            ended += terminate(&t, "SELECT \"outbox\"%").await;
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::join!(writing, ending);
    note(&t, w.community, &case, "末尾").await;
    assert_eq!(take_until(&mut socket, &id, "末尾").await.len(), 61);
    assert_matches_timelines(&t).await;
}

async fn a_listener_that_loses_its_connection_hears_on(t: TestApp) {
    if !t.app.db.is_postgres() {
        return;
    }
    let w = t.world();
    let start = event_cursor(&t).await;
    let case = new_case(&t, "失聪").await;
    // the one that sequences does not need to be told
    let other = TestApp::start(&t.url).await.expect("an app");
    let mut socket = socket(&other, w.community).await;
    let id = resume(&mut socket, &start, Value::Null).await;
    for _ in 0..3 {
        assert!(terminate(&t, "LISTEN%").await > 0);
        write(&[&t], w.community, &case, 4, 3).await;
    }
    let started = tokio::time::Instant::now();
    note(&t, w.community, &case, "末尾").await;
    assert_eq!(take_until(&mut socket, &id, "末尾").await.len(), 37);
    assert!(started.elapsed() < std::time::Duration::from_secs(8), "{:?}", started.elapsed());
    assert_matches_timelines(&t).await;
}
