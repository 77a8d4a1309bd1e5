//! Notifications: who is told of what, once; that each is one's own; and that they arrive, live or later.

use chrono::Duration;
use chuishao::{event, job, notification::service};
use entity::{HandlerKind, WhistleStatus, notification, post};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};

use crate::support::{TestApp, global::global, push::make_all};

crate::tests! {
    both: [
        a_whistle_is_told_to_those_who_work_for_the_unit_called,
        each_move_is_told_to_whom_it_concerns,
        neither_the_actor_nor_the_respondent_is_told,
        whoever_only_looks_on_at_a_unit_is_not_told,
        notifications_are_ones_own,
        what_is_read_is_marked_and_keeps_its_time,
        what_was_not_committed_is_made_by_the_next_and_once,
        one_instance_at_a_time_follows_the_log,
        many_facts_cost_as_many_statements_as_one,
        a_stream_tells_what_was_missed_and_then_what_comes,
        a_stream_tells_of_what_another_instance_made,
        a_case_lost_from_sight_leaves_its_notification,
        rows_that_went_unread_are_passed_over,
        a_cursor_from_before_what_is_kept_has_expired,
    ],
}

async fn a_whistle_is_told_to_those_who_work_for_the_unit_called(t: TestApp) {
    let w = t.world();
    let filed = t.report(w.resident).await;
    t.push().await;
    for (who, expected) in [(w.grid_worker, 1), (w.grid_worker2, 0), (w.former, 0), (w.resident, 0), (w.community, 0), (w.district, 0)] {
        assert_eq!(t.notices(who).await, vec!["WHISTLE_RAISED"; expected], "{who:?}");
    }
    let query = "{ viewer { unreadNotifications notifications { totalCount nodes {
        kind at readAt status text case { id } whistle { id target { id } } } } } }";
    let viewer = t.ask(Some(w.grid_worker), query).await.data()["viewer"].clone();
    assert_eq!(viewer["unreadNotifications"], 1);
    let notice = &viewer["notifications"]["nodes"][0];
    assert_eq!(notice["case"]["id"], filed.case);
    assert_eq!(notice["whistle"], json!({ "id": filed.whistle, "target": { "id": global(w.grid1) } }));
    assert_eq!(notice["text"], "有哨单呼叫您所在的单位，请报到");
    assert_eq!((&notice["readAt"], &notice["at"]), (&Value::Null, &json!("2026-06-10T10:00:00+08:00")));
}

async fn each_move_is_told_to_whom_it_concerns(t: TestApp) {
    let w = t.world();
    let filed = t.report(w.resident).await;
    // each step: who does what; who is told of what then
    t.does(w.grid_worker, "checkInWhistle", &filed.whistle).await;
    t.push().await;
    assert_eq!(t.notices(w.resident).await, ["CASE_STATUS_CHANGED"]);
    let raised = t.does(w.grid_worker, "raiseWhistle", &filed.case).await;
    let whistle = raised["whistles"][0]["id"].as_str().expect("an id").to_owned();
    t.push().await;
    assert_eq!(
        (t.notices(w.community).await, t.notices(w.community2).await),
        (vec!["WHISTLE_RAISED".into()], vec!["WHISTLE_RAISED".into()])
    );
    t.advance(Duration::minutes(1));
    t.does(w.community, "declineWhistle", &whistle).await;
    t.push().await;
    assert_eq!(t.notices(w.subdistrict).await, ["WHISTLE_DECLINED"]);
    t.does_with(w.subdistrict, "ruleOnWhistle", &whistle, json!({ "uphold": false })).await;
    t.push().await;
    assert_eq!(t.notices(w.community2).await, ["WHISTLE_RAISED", "WHISTLE_RAISED"]);
    t.advance(Duration::minutes(1));
    t.does(w.grid_worker, "escalateWhistle", &whistle).await;
    t.push().await;
    assert_eq!(t.notices(w.community2).await.last().expect("one"), "WHISTLE_ESCALATED");
    assert_eq!(t.notices(w.subdistrict).await, ["WHISTLE_DECLINED", "WHISTLE_RAISED"]);
    assert_eq!(t.notices(w.grid_worker).await, ["WHISTLE_RAISED"], "it escalated the whistle itself");
    let assigned = t.report(w.resident2).await.case;
    t.does(w.grid_worker, "acceptCase", &assigned).await;
    t.advance(Duration::minutes(1));
    t.does_with(w.grid_worker, "assignCase", &assigned, json!({ "handlerId": global(w.firm_a) })).await;
    t.push().await;
    assert_eq!(t.notices(w.firm).await, ["CASE_ASSIGNED"]);
    assert_eq!(t.notices(w.resident2).await, ["CASE_STATUS_CHANGED", "CASE_STATUS_CHANGED"]);
    let statuses = t.ask(Some(w.resident2), "{ viewer { notifications(orderBy: {field: AT}) { nodes { status text } } } }").await;
    let first = &statuses.data()["viewer"]["notifications"]["nodes"][0];
    assert_eq!(first, &json!({ "status": "ACCEPTED", "text": "您上报的案件已受理" }));
    assert_eq!((t.notices(w.district).await, t.notices(w.far_community).await), (Vec::<String>::new(), Vec::new()));
}

async fn neither_the_actor_nor_the_respondent_is_told(t: TestApp) {
    let w = t.world();
    let case = t.case(|c| (c.respondent_kind, c.respondent_id) = (Some(HandlerKind::Community), Some(w.area_community.into()))).await;
    let whistle = t.whistle(&case, HandlerKind::Community, w.area_community).await;
    let mut fact = t.fact_of(&case);
    fact.kind = entity::CaseEventKind::WhistleRaised;
    fact.whistle = Some(event::WhistleFact {
        id: whistle.id,
        target: (HandlerKind::Community, w.area_community.into()),
        from_status: None,
        to_status: WhistleStatus::Raised,
    });
    t.publish(&fact, 1).await;
    let own = t.case(|c| (c.reporter_id, c.respondent_id) = (Some(w.resident), Some(w.resident.0))).await;
    let mut moved = t.fact_of(&own);
    (moved.from_status, moved.to_status) = (Some(entity::CaseStatus::Reported), Some(entity::CaseStatus::Accepted));
    t.publish(&moved, 1).await;
    t.push().await;
    assert_eq!(notification::Entity::find().count(&t.app.db.read).await.expect("a count"), 0);
    // of what the reporter does, the reporter is not told
    let filed = t.report(w.resident2).await;
    t.does(w.resident2, "withdrawCase", &filed.case).await;
    t.push().await;
    assert_eq!(t.notices(w.resident2).await, Vec::<String>::new());
}

async fn whoever_only_looks_on_at_a_unit_is_not_told(t: TestApp) {
    let w = t.world();
    let case = t.case(|_| {}).await;
    let mut fact = t.fact_of(&case);
    (fact.kind, fact.handler) = (entity::CaseEventKind::Assigned, (HandlerKind::District, w.area_district.into()));
    t.publish(&fact, 1).await;
    t.push().await;
    assert_eq!(t.notices(w.district).await, ["CASE_ASSIGNED"]);
    for who in [w.analyst, w.auditor, w.admin] {
        assert_eq!(t.notices(who).await, Vec::<String>::new());
    }
}

async fn notifications_are_ones_own(t: TestApp) {
    let w = t.world();
    t.report(w.resident).await;
    t.push().await;
    let query = "{ viewer { notifications { nodes { id } } } }";
    let id = t.ask(Some(w.grid_worker), query).await.data()["viewer"]["notifications"]["nodes"][0]["id"].clone();
    let node = "query($id: ID!) { node(id: $id) { id } }";
    assert_eq!(t.ask_with(Some(w.grid_worker), node, json!({ "id": id })).await.data()["node"]["id"], id);
    for who in [Some(w.grid_worker2), Some(w.district), Some(w.admin), None] {
        assert_eq!(t.ask_with(who, node, json!({ "id": id })).await.data()["node"], Value::Null);
    }
    let other = t.change(Some(w.district), "markNotificationsRead", json!({ "ids": [id] }), "marked").await;
    other.assert_refused("markNotificationsRead", "NOT_FOUND");
    assert_eq!(
        t.ask(None, "{ viewer { unreadNotifications notifications { totalCount } } }").await.data()["viewer"]["unreadNotifications"],
        0
    );
    assert_eq!(t.ask(Some(w.grid_worker), "{ viewer { unreadNotifications } }").await.data()["viewer"]["unreadNotifications"], 1);
}

async fn what_is_read_is_marked_and_keeps_its_time(t: TestApp) {
    let w = t.world();
    for _ in 0..4 {
        t.report(w.resident).await;
        t.advance(Duration::minutes(1));
    }
    t.push().await;
    let mark = async |input: Value| t.change(Some(w.grid_worker), "markNotificationsRead", input, "marked unread").await;
    let query = "{ viewer { notifications(filter: {unread: true}, orderBy: {field: AT}) { totalCount nodes { id at } } } }";
    let unread = async || t.ask(Some(w.grid_worker), query).await.data()["viewer"]["notifications"].clone();
    let first = unread().await;
    let done = mark(json!({ "ids": [first["nodes"][0]["id"]] })).await;
    assert_eq!(done.done("markNotificationsRead")["unread"], 3);
    let done = mark(json!({ "upTo": first["nodes"][1]["at"] })).await;
    assert_eq!((&done.done("markNotificationsRead")["marked"], unread().await["totalCount"].as_i64()), (&json!(1), Some(2)));
    t.advance(Duration::hours(1));
    assert_eq!(mark(json!({ "all": true })).await.done("markNotificationsRead")["unread"], 0);
    let read = "{ viewer { notifications(filter: {unread: false}, orderBy: {field: AT}) { nodes { readAt } } } }";
    let read = t.ask(Some(w.grid_worker), read).await.data()["viewer"]["notifications"]["nodes"].clone();
    assert_ne!(read[0]["readAt"], read[3]["readAt"], "what was read before keeps its time");
    for (input, code) in
        [(json!({}), "REQUIRED"), (json!({ "all": true, "ids": [] }), "MISMATCH"), (json!({ "ids": ["case_1"] }), "NOT_FOUND")]
    {
        mark(input).await.assert_refused("markNotificationsRead", code);
    }
}

async fn what_was_not_committed_is_made_by_the_next_and_once(t: TestApp) {
    let w = t.world();
    t.report(w.resident).await;
    t.settle().await;
    let before = job::position(&t.app.db.read, service::CONSUMER.name).await.expect("a place");
    // killed between what it made and its commit
    let facts = event::facts_after(&t.app.db.read, before.expect("enlisted"), 100).await.expect("facts");
    let tx = t.app.db.begin().await.expect("a transaction");
    (service::CONSUMER.make)(&t.app, &tx, &facts).await.expect("made");
    drop(tx);
    assert_eq!(t.notices(w.grid_worker).await, Vec::<String>::new());
    assert_eq!(job::position(&t.app.db.read, service::CONSUMER.name).await.expect("a place"), before);
    t.push().await;
    t.push().await;
    assert_eq!(t.notices(w.grid_worker).await, ["WHISTLE_RAISED"]);
}

async fn one_instance_at_a_time_follows_the_log(t: TestApp) {
    t.report(t.world().resident).await;
    t.settle().await;
    let other = t.instance(true).await;
    let (one, two) = tokio::join!(job::turn(&t.app, &service::CONSUMER), job::turn(&other, &service::CONSUMER));
    let turns = [one.expect("a turn"), two.expect("a turn")];
    assert!(turns.contains(&job::Turn::Moved), "{turns:?}");
    make_all(&other).await;
    assert_eq!(notification::Entity::find().count(&t.app.db.read).await.expect("a count"), 1);
    if t.app.db.is_postgres() {
        t.report(t.world().resident).await;
        t.settle().await;
        let held = other.db.begin().await.expect("a transaction");
        use sea_orm::QuerySelect;
        entity::log_consumer::Entity::find().lock_exclusive().all(&held).await.expect("locked");
        assert_eq!(job::turn(&t.app, &service::CONSUMER).await.expect("a turn"), job::Turn::Taken);
        drop(held);
        t.push().await;
        assert_eq!(notification::Entity::find().count(&t.app.db.read).await.expect("a count"), 2);
    }
    other.db.close().await;
}

async fn many_facts_cost_as_many_statements_as_one(t: TestApp) {
    let turn = async || {
        t.settle().await;
        let mark = t.statements.count();
        job::turn(&t.app, &service::CONSUMER).await.expect("a turn");
        t.statements.since(mark).len()
    };
    t.report(t.world().resident).await;
    let one = turn().await;
    for _ in 0..12 {
        t.report(t.world().resident2).await;
    }
    assert_eq!(turn().await, one);
}

const RECEIVED: &str =
    "subscription($after: String) { notificationReceived(after: $after) { cursor notification { kind text case { id } } } }";

async fn cursor_of(t: &TestApp, who: entity::PersonId) -> String {
    let answer = t.ask(Some(who), "{ viewer { notificationCursor } }").await;
    answer.data()["viewer"]["notificationCursor"].as_str().expect("a cursor").to_owned()
}

async fn a_stream_tells_what_was_missed_and_then_what_comes(t: TestApp) {
    let w = t.world();
    let start = cursor_of(&t, w.grid_worker).await;
    let mut filed = vec![t.report(w.resident).await.case, t.report(w.resident2).await.case];
    t.push().await;
    let mut ws = t.ws(Some(&t.token(w.grid_worker))).await;
    let id = ws.subscribe(RECEIVED, json!({ "after": start })).await;
    let mut heard = vec![ws.next(&id).await, ws.next(&id).await];
    filed.push(t.report(w.resident).await.case);
    t.push().await;
    heard.push(ws.next(&id).await);
    let cases: Vec<&Value> = heard.iter().map(|item| &item["notificationReceived"]["notification"]["case"]["id"]).collect();
    assert_eq!(cases, filed.iter().map(|case| json!(case)).collect::<Vec<_>>().iter().collect::<Vec<_>>());
    // from the middle, in a stream of its own
    let again = ws.subscribe(RECEIVED, json!({ "after": heard[1]["notificationReceived"]["cursor"] })).await;
    assert_eq!(ws.next(&again).await, heard[2]);
    let mut visitor = t.ws(None).await;
    let id = visitor.subscribe(RECEIVED, json!({})).await;
    let refused = visitor.next_message(&id).await;
    assert!(refused.to_string().contains("UNAUTHENTICATED"), "{refused}");
}

async fn a_stream_tells_of_what_another_instance_made(t: TestApp) {
    let w = t.world();
    let mut ws = t.ws(Some(&t.token(w.grid_worker))).await;
    let id = ws.subscribe(RECEIVED, json!({ "after": cursor_of(&t, w.grid_worker).await })).await;
    let other = t.instance(true).await;
    let telling = service::start(&t.app).await.expect("started");
    let filed = t.report(w.resident).await;
    t.settle().await;
    make_all(&other).await;
    // by the notification of the database, or by the look of each second
    assert_eq!(ws.next(&id).await["notificationReceived"]["notification"]["case"]["id"], filed.case);
    drop(telling);
    other.db.close().await;
}

async fn a_case_lost_from_sight_leaves_its_notification(t: TestApp) {
    let w = t.world();
    let start = cursor_of(&t, w.grid_worker).await;
    t.report(w.resident).await;
    t.push().await;
    let tx = t.app.db.begin().await.expect("a transaction");
    post::Entity::delete_many().filter(post::Column::PersonId.eq(w.grid_worker)).exec(&tx).await.expect("deleted");
    tx.commit().await.expect("committed");
    let query = "{ viewer { notifications { nodes { kind case { id } whistle { id } } } } }";
    let nodes = t.ask(Some(w.grid_worker), query).await.data()["viewer"]["notifications"]["nodes"].clone();
    assert_eq!(nodes, json!([{ "kind": "WHISTLE_RAISED", "case": null, "whistle": null }]));
    let mut ws = t.ws(Some(&t.token(w.grid_worker))).await;
    let id = ws.subscribe(RECEIVED, json!({ "after": start })).await;
    let notice = &ws.next(&id).await["notificationReceived"]["notification"];
    assert_eq!((&notice["kind"], &notice["case"]), (&json!("WHISTLE_RAISED"), &Value::Null));
}

async fn rows_that_went_unread_are_passed_over(t: TestApp) {
    let w = t.world();
    t.report(w.resident).await;
    t.report(w.resident).await;
    t.settle().await;
    t.advance(Duration::days(91));
    event::prune(&t.app.db, t.now() - Duration::days(90)).await.expect("dropped");
    t.report(w.resident2).await;
    t.push().await;
    // the last row is always kept
    assert_eq!(t.notices(w.grid_worker).await.len(), 2, "one was lost, and what came later was made");
}

async fn a_cursor_from_before_what_is_kept_has_expired(t: TestApp) {
    let w = t.world();
    let start = cursor_of(&t, w.grid_worker).await;
    t.report(w.resident).await;
    t.report(w.resident).await;
    t.push().await;
    t.advance(Duration::days(91));
    event::prune(&t.app.db, t.now() - Duration::days(90)).await.expect("dropped");
    assert_eq!(service::prune(&t.app.db).await.expect("dropped"), 1);
    let mut ws = t.ws(Some(&t.token_for(w.grid_worker, Duration::days(30)))).await;
    let id = ws.subscribe(RECEIVED, json!({ "after": start })).await;
    let message = ws.next_message(&id).await;
    assert_eq!(message["payload"][0]["extensions"]["code"], "CURSOR_EXPIRED", "{message}");
}
