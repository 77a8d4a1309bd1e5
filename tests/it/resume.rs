//! Following the event log from wherever one left off: what was missed comes first, then what happens, each once.

use std::time::Duration;

use chrono::NaiveDate;
use entity::{PersonId, post};
use futures_util::future::join_all;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use crate::support::{
    TestApp,
    global::global,
    live::{Reported, assert_ends, carry_out, listen, note, report, until},
    log::{event_cursor, number, resume, socket, take, take_until, text, with_number},
    ws::WsClient,
};

crate::tests! {
    both: [
        who_comes_back_gets_what_was_missed_and_then_what_happens,
        a_page_that_loads_and_then_follows_has_no_hole,
        a_list_and_the_changes_after_its_cursor_fit_together,
        a_cursor_works_after_a_restart,
        instances_follow_one_log,
        a_cursor_of_an_instance_that_is_further_waits_for_the_others,
        what_is_no_cursor_is_refused,
        a_cursor_changed_to_another_number_shows_what_rights_allow,
        a_cursor_that_is_too_old_has_expired,
        a_replay_filters_by_the_facts_of_then_and_shows_the_case_of_now,
        a_replay_stays_in_the_area_where_it_happened,
        a_replay_goes_by_the_rights_of_now,
        a_stream_that_the_database_fails_is_told_where_to_go_on,
    ]
}

fn building1(t: &TestApp) -> Value {
    json!({ "buildingId": global(t.world().building1) })
}

async fn new_case(t: &TestApp, title: &str) -> Reported {
    report(t, t.world().resident, title, building1(t), json!({})).await
}

/// The three fields, with nothing that changes later.
const FIELDS: [&str; 3] = [
    "subscription($after: String) { change: caseStatusChanged(after: $after) { cursor from to at note case { title } } }",
    "subscription($after: String) { change: caseChanged(after: $after) { cursor kind at event { sequence note } case { title } } }",
    "subscription($after: String) { change: whistleChanged(after: $after) { cursor from to at whistle { id } case { title } } }",
];

/// Four changes of status, five changes and three of whistles.
async fn a_life(t: &TestApp, title: &str) {
    let w = t.world();
    let new = new_case(t, title).await;
    carry_out(t, w.grid_worker, "checkInWhistle", json!({ "whistleId": new.whistle })).await;
    carry_out(t, w.grid_worker, "concludeWhistle", json!({ "whistleId": new.whistle, "result": "已办" })).await;
    carry_out(t, w.grid_worker, "resolveCase", json!({ "caseId": new.case, "resolution": "已办" })).await;
    carry_out(t, w.community2, "closeCase", json!({ "caseId": new.case, "verification": "属实" })).await;
}

async fn who_comes_back_gets_what_was_missed_and_then_what_happens(t: TestApp) {
    let w = t.world();
    let (mut witness, mut first) = (socket(&t, w.community).await, socket(&t, w.community2).await);
    let (mut whole, mut before) = (Vec::new(), Vec::new());
    for field in FIELDS {
        whole.push(listen(&t, &mut witness, field, json!({})).await);
        before.push(listen(&t, &mut first, field, json!({})).await);
    }
    a_life(&t, "见到").await;
    let mut heard = Vec::new();
    for id in &before {
        // not all of what came is read: the rest counts as missed
        heard.push(take(&mut first, id, 2).await);
    }
    drop(first);
    until("the first has gone", || t.app.log.followers() == 3).await;
    a_life(&t, "错过").await;
    let mut again = socket(&t, w.community2).await;
    let mut after = Vec::new();
    for (field, heard) in FIELDS.iter().zip(&heard) {
        after.push(listen(&t, &mut again, field, json!({ "after": heard[1]["cursor"] })).await);
    }
    a_life(&t, "之后").await;
    for (n, changes) in [12, 15, 9].into_iter().enumerate() {
        let mut all = heard[n].clone();
        all.extend(take(&mut again, &after[n], changes - 2).await);
        assert_eq!(all, take(&mut witness, &whole[n], changes).await, "{}", FIELDS[n]);
        assert!(all.is_sorted_by(|one, next| number(&text(&one["cursor"])) < number(&text(&next["cursor"]))), "{all:#?}");
    }
    a_life(&t, "末尾").await;
    for id in &after {
        assert_eq!(take(&mut again, id, 1).await[0]["case"]["title"], "末尾");
    }
}

async fn a_page_that_loads_and_then_follows_has_no_hole(t: TestApp) {
    let w = t.world();
    let case = new_case(&t, "页面").await.case;
    note(&t, w.community, &case, "载入之前").await;
    t.settle().await;
    let page = t.ask(Some(w.community), "{ eventCursor cases { nodes { id version } } }").await;
    assert_eq!(page.data()["cases"]["nodes"], json!([{ "id": case, "version": 2 }]));
    note(&t, w.community, &case, "之间").await;
    let mut socket = socket(&t, w.community).await;
    let id = resume(&mut socket, &text(&page.data()["eventCursor"]), Value::Null).await;
    assert_eq!(socket.next(&id).await["change"]["event"], json!({ "sequence": 3, "note": "之间" }));
    note(&t, w.community, &case, "之后").await;
    assert_eq!(socket.next(&id).await["change"]["event"], json!({ "sequence": 4, "note": "之后" }));
}

async fn a_list_and_the_changes_after_its_cursor_fit_together(t: TestApp) {
    let w = t.world();
    let case = new_case(&t, "并发").await.case;
    let write = async {
        join_all((0..4).map(|_| async {
            for n in 0..6 {
                note(&t, w.community, &case, &n.to_string()).await
            }
        }))
        .await
    };
    let load = async {
        let mut pages = Vec::new();
        for _ in 0..12 {
            pages.push(t.ask(Some(w.community), "{ eventCursor cases { nodes { version } } }").await.data().clone());
        }
        pages
    };
    let (_, pages) = tokio::join!(write, load);
    note(&t, w.community, &case, "末尾").await;
    let mut socket = socket(&t, w.community).await;
    for page in pages {
        let id = resume(&mut socket, &text(&page["eventCursor"]), Value::Null).await;
        let changes = take_until(&mut socket, &id, "末尾").await;
        let sequences: Vec<i64> = changes.iter().map(|change| change["event"]["sequence"].as_i64().expect("a number")).collect();
        let version = page["cases"]["nodes"][0]["version"].as_i64().expect("a number");
        // a little of what the list shows may come again, but nothing is between them
        let first = sequences.first().copied().unwrap_or(26);
        assert!(first <= version + 1, "the list shows {version}, what follows begins with {first}");
        assert_eq!(sequences, (first..26).collect::<Vec<_>>());
        socket.complete(&id).await;
    }
}

async fn a_cursor_works_after_a_restart(t: TestApp) {
    let w = t.world();
    let case = new_case(&t, "重启").await.case;
    let cursor = event_cursor(&t).await;
    note(&t, w.community, &case, "停机之前").await;
    t.settle().await;
    let restarted = TestApp::start(&t.url).await.expect("an app");
    let mut socket = socket(&restarted, w.community).await;
    let id = resume(&mut socket, &cursor, Value::Null).await;
    assert_eq!(socket.next(&id).await["change"]["event"]["note"], "停机之前");
    note(&restarted, w.community, &case, "重启之后").await;
    assert_eq!(socket.next(&id).await["change"]["event"]["note"], "重启之后");
    assert_eq!(restarted.ask(None, "{ eventCursor }").await.data()["eventCursor"], with_number(&cursor, number(&cursor) + 2));
}

async fn instances_follow_one_log(t: TestApp) {
    if !t.app.db.is_postgres() {
        // SQLite has one process
        return;
    }
    let w = t.world();
    let other = TestApp::start(&t.url).await.expect("an app");
    let cursor = event_cursor(&t).await;
    let case = new_case(&t, "两地").await.case;
    let (mut here, mut there) = (socket(&t, w.community).await, socket(&other, w.community).await);
    let (a, b) = (resume(&mut here, &cursor, Value::Null).await, resume(&mut there, &cursor, Value::Null).await);
    for round in 0..4 {
        note(if round % 2 == 0 { &t } else { &other }, w.community, &case, &round.to_string()).await;
    }
    let changes = take(&mut here, &a, 5).await;
    let notes: Vec<_> = changes.iter().map(|change| change["event"]["note"].clone()).collect();
    assert_eq!(notes, [Value::Null, json!("0"), json!("1"), json!("2"), json!("3")]);
    assert_eq!(take(&mut there, &b, 5).await, changes);
    // and a mutation at one is heard by who follows the other only
    note(&t, w.community, &case, "此").await;
    assert_eq!(there.next(&b).await["change"]["event"]["note"], "此");
}

async fn a_cursor_of_an_instance_that_is_further_waits_for_the_others(t: TestApp) {
    let w = t.world();
    let case = new_case(&t, "落后").await.case;
    t.settle().await;
    // on SQLite it looks once a second only: nobody tells it of another process
    let behind = TestApp::start(&t.url).await.expect("an app");
    note(&t, w.community, &case, "一").await;
    note(&t, w.community, &case, "二").await;
    let cursor = event_cursor(&t).await;
    let mut socket = socket(&behind, w.community).await;
    let ahead = resume(&mut socket, &cursor, Value::Null).await;
    let mut others = Vec::new();
    for _ in 0..4 {
        others.push(resume(&mut socket, &with_number(&cursor, number(&cursor) - 1), Value::Null).await);
    }
    for id in others {
        assert_eq!(socket.next(&id).await["change"]["event"]["note"], "二");
    }
    note(&behind, w.community, &case, "三").await;
    assert_eq!(socket.next(&ahead).await["change"]["event"]["note"], "三");
}

/// A cursor of a log that is none of this database's.
async fn foreign_cursor() -> String {
    let dir = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}", dir.path().join("other.db").display());
    let db = chuishao::db::Db::connect(&url, None).await.expect("a database");
    db.migrate().await.expect("migrated");
    event_cursor(&TestApp::start(&url).await.expect("an app")).await
}

const POLL: &str = "query($after: String) { caseChanges(after: $after) { nodes { cursor case { title } event { note } } } }";

async fn what_is_no_cursor_is_refused(t: TestApp) {
    let w = t.world();
    new_case(&t, "游标").await;
    let cursor = event_cursor(&t).await;
    let id: &str = &global(w.building1);
    let foreign = foreign_cursor().await;
    let (future, negative) = (with_number(&cursor, number(&cursor) + 1), with_number(&cursor, -1));
    let (last, longer) = (with_number(&cursor, i64::MAX), format!("{cursor}AAAA"));
    let bad = ["", " ", "0", "游标", "====", "AAAA", id, &cursor[..8], &cursor[1..], &longer, &foreign, &future, &negative, &last];
    let mut socket = socket(&t, w.community).await;
    for cursor in bad {
        for field in FIELDS {
            let id = socket.subscribe(field, json!({ "after": cursor })).await;
            assert_ends(&mut socket, &id, "BAD_USER_INPUT").await;
        }
        t.ask_with(Some(w.community), POLL, json!({ "after": cursor })).await.assert_code("BAD_USER_INPUT");
    }
    assert_eq!(t.app.log.followers(), 0);
    // this very one is good
    assert_eq!(t.ask_with(Some(w.community), POLL, json!({ "after": cursor })).await.data()["caseChanges"]["nodes"], json!([]));
}

async fn a_cursor_changed_to_another_number_shows_what_rights_allow(t: TestApp) {
    let w = t.world();
    new_case(&t, "别处").await;
    report(&t, w.resident, "本社区", json!({ "buildingId": global(w.other_building) }), json!({})).await;
    new_case(&t, "别处").await;
    let all = with_number(&event_cursor(&t).await, 0);
    let mut socket = socket(&t, w.other_community).await;
    for field in FIELDS {
        let id = socket.subscribe(field, json!({ "after": all })).await;
        assert_eq!(socket.next(&id).await["change"]["case"]["title"], "本社区");
        report(&t, w.resident, "之后", json!({ "buildingId": global(w.other_building) }), json!({})).await;
        while socket.next(&id).await["change"]["case"]["title"] != "之后" {}
    }
    t.settle().await;
    let nodes = t.ask_with(Some(w.other_community), POLL, json!({ "after": all })).await.data()["caseChanges"]["nodes"].clone();
    let titles: Vec<_> = nodes.as_array().expect("nodes").iter().map(|node| text(&node["case"]["title"])).collect();
    assert_eq!(titles, ["本社区", "之后", "之后", "之后"]);
}

async fn a_cursor_that_is_too_old_has_expired(t: TestApp) {
    let w = t.world();
    let case = new_case(&t, "旧").await.case;
    note(&t, w.community, &case, "也旧").await;
    let floor = event_cursor(&t).await;
    t.advance(chrono::Duration::days(10));
    note(&t, w.community, &case, "新").await;
    t.settle().await;
    assert_eq!(chuishao::event::prune(&t.app.db, t.now() - chrono::Duration::days(7)).await.expect("pruned"), 2);
    // which has nothing of it in memory
    let restarted = TestApp::start(&t.url).await.expect("an app");
    let mut socket = socket(&restarted, w.community).await;
    for old in [0, 1] {
        let old = with_number(&floor, old);
        for field in FIELDS {
            let id = socket.subscribe(field, json!({ "after": old })).await;
            assert_ends(&mut socket, &id, "CURSOR_EXPIRED").await;
        }
        restarted.ask_with(Some(w.community), POLL, json!({ "after": old })).await.assert_code("CURSOR_EXPIRED");
    }
    // where the log begins now is not too old; and without a cursor that is where one begins
    let id = resume(&mut socket, &floor, Value::Null).await;
    assert_eq!(socket.next(&id).await["change"]["event"]["note"], "新");
    for after in [json!(floor), Value::Null] {
        let nodes = restarted.ask_with(Some(w.community), POLL, json!({ "after": after })).await.data()["caseChanges"]["nodes"].clone();
        assert_eq!(nodes.as_array().expect("nodes").iter().map(|node| text(&node["event"]["note"])).collect::<Vec<_>>(), ["新"]);
    }
    assert_eq!(restarted.app.log.followers(), 1);
}

async fn a_replay_filters_by_the_facts_of_then_and_shows_the_case_of_now(t: TestApp) {
    const QUERY: &str = "subscription($filter: CaseEventFilter, $after: String) { change: caseChanged(filter: $filter, after: $after) {
        kind case { category handler { id } status } event { note } } }";
    let w = t.world();
    let start = event_cursor(&t).await;
    let mut live = socket(&t, w.community).await;
    let firm = global(w.firm_a);
    let filters = [
        json!({ "categories": ["SERVICE"] }),
        json!({ "categories": ["HAZARD"] }),
        json!({ "handlerId": global(w.grid1) }),
        json!({ "handlerId": firm }),
    ];
    let mut followed = Vec::new();
    for filter in &filters {
        followed.push(listen(&t, &mut live, QUERY, json!({ "filter": filter })).await);
    }
    let case = new_case(&t, "改派").await.case;
    carry_out(&t, w.community, "acceptCase", json!({ "caseId": case })).await;
    note(&t, w.community, &case, "原来").await;
    carry_out(&t, w.community, "classifyCase", json!({ "caseId": case, "category": "HAZARD" })).await;
    carry_out(&t, w.community, "assignCase", json!({ "caseId": case, "handlerId": firm })).await;
    note(&t, w.community, &case, "后来").await;
    t.settle().await;
    let mut back = socket(&t, w.community2).await;
    let heard = [["REPORTED", "ACCEPTED", "NOTED"].as_slice(), &["CLASSIFIED", "ASSIGNED", "NOTED"]];
    let heard = [heard[0], heard[1], &["REPORTED", "ACCEPTED", "NOTED", "CLASSIFIED"], &["ASSIGNED", "NOTED"]];
    for ((filter, stream), kinds) in filters.iter().zip(followed).zip(heard) {
        let id = back.subscribe(QUERY, json!({ "filter": filter, "after": start })).await;
        for kind in kinds {
            let (then, now) = (live.next(&stream).await["change"].clone(), back.next(&id).await["change"].clone());
            assert_eq!((&now["kind"], &now["event"]), (&json!(kind), &then["event"]), "{filter}");
            assert_eq!(then["kind"], now["kind"], "{filter}");
            assert_eq!(now["case"], json!({ "category": "HAZARD", "handler": { "id": firm }, "status": "ASSIGNED" }));
        }
        // nothing more before what comes now
        until("it has caught up", || t.app.log.followers() > filters.len()).await;
        back.complete(&id).await;
        back.settle().await;
        until("it has gone", || t.app.log.followers() == filters.len()).await;
    }
}

async fn a_replay_stays_in_the_area_where_it_happened(t: TestApp) {
    let w = t.world();
    let start = event_cursor(&t).await;
    let case = new_case(&t, "迁移").await.case;
    t.settle().await;
    let (community, grid, complex) = (w.area_other_community.0, w.other_grid.0, w.other.0);
    let hex = |id: uuid::Uuid| if t.app.db.is_postgres() { format!("'{id}'") } else { format!("X'{}'", id.simple()) };
    let (community, grid, complex) = (hex(community), hex(grid), hex(complex));
    t.sql(&format!("UPDATE case_file SET area_id = {community}, community_id = {community}, grid_id = {grid}, complex_id = {complex}, building_id = NULL"))
        .await;
    note(&t, w.district, &case, "迁移之后").await;
    let mut socket = socket(&t, w.district).await;
    for (filter, seq) in [
        (json!({ "area": "431302001009" }), 1),
        (json!({ "area": "431302001009001" }), 1),
        (json!({ "complexId": global(w.xinyue) }), 1),
        (json!({ "area": "431302001010" }), 2),
        (json!({ "complexId": global(w.other) }), 2),
    ] {
        let id = resume(&mut socket, &start, filter.clone()).await;
        assert_eq!(socket.next(&id).await["change"]["event"]["sequence"], seq, "{filter}");
    }
}

/// All of this person's posts ended yesterday.
async fn end_posts(t: &TestApp, person: PersonId) {
    let tx = t.app.db.begin().await.expect("begun");
    let held = post::Entity::update_many().col_expr(post::Column::EndsOn, NaiveDate::from_ymd_opt(2026, 6, 9).into());
    held.filter(post::Column::PersonId.eq(person)).exec(&tx).await.expect("updated");
    tx.commit().await.expect("committed");
}

async fn a_replay_goes_by_the_rights_of_now(t: TestApp) {
    let w = t.world();
    let start = event_cursor(&t).await;
    new_case(&t, "任内").await;
    let connected = socket(&t, w.community).await;
    end_posts(&t, w.community).await;
    new_case(&t, "卸任").await;
    report(&t, w.community, "以居民身份", building1(&t), json!({})).await;
    for mut socket in [connected, socket(&t, w.community).await] {
        for field in FIELDS {
            let id = socket.subscribe(field, json!({ "after": start })).await;
            assert_eq!(socket.next(&id).await["change"]["case"]["title"], "以居民身份");
        }
    }
    // and the other way round: who came later sees what was before
    let mut socket = socket(&t, w.community2).await;
    let id = resume(&mut socket, &start, Value::Null).await;
    assert_eq!(socket.next(&id).await["change"]["case"]["title"], "任内");
}

/// The code of the stream's last result and its cursor, before it completes.
async fn interruption(socket: &mut WsClient, id: &str) -> String {
    let message = socket.next_message(id).await;
    let error = &message["payload"]["errors"][0];
    assert_eq!((&message["type"], &error["extensions"]["code"]), (&json!("next"), &json!("STREAM_INTERRUPTED")), "{message:#}");
    assert_eq!(socket.next_message(id).await["type"], "complete");
    text(&error["extensions"]["cursor"])
}

async fn a_stream_that_the_database_fails_is_told_where_to_go_on(t: TestApp) {
    let w = t.world();
    let start = event_cursor(&t).await;
    let case = new_case(&t, "故障").await.case;
    let mut socket = socket(&t, w.community).await;
    let (one, two) = (resume(&mut socket, &start, Value::Null).await, resume(&mut socket, &start, Value::Null).await);
    let last = take(&mut socket, &one, 1).await.remove(0);
    assert_eq!(take(&mut socket, &two, 1).await[0], last);
    until("both are live", || t.app.log.followers() == 2).await;
    let facts = t.facts_after(0).await;
    let lost = facts.last().expect("a fact").fact.clone();
    t.sql("ALTER TABLE case_file RENAME TO case_file_away").await;
    t.publish(&lost, 2).await;
    for id in [&one, &two] {
        assert_eq!(interruption(&mut socket, id).await, text(&last["cursor"]));
    }
    // one that catches up is told so too
    let late = resume(&mut socket, &start, Value::Null).await;
    assert_eq!(interruption(&mut socket, &late).await, start);
    assert_eq!(t.app.log.followers(), 0);
    t.ask_with(Some(w.community), POLL, json!({ "after": start })).await.assert_code("INTERNAL");
    t.sql("ALTER TABLE case_file_away RENAME TO case_file").await;
    let again = resume(&mut socket, &text(&last["cursor"]), Value::Null).await;
    note(&t, w.community, &case, "恢复").await;
    let changes = take_until(&mut socket, &again, "恢复").await;
    let numbers: Vec<i64> = changes.iter().map(|change| number(&text(&change["cursor"]))).collect();
    assert_eq!(numbers, [2, 3]);
    socket.assert_silent(&one, Duration::from_millis(20)).await;
}
