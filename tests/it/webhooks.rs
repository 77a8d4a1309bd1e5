//! Webhooks: what is sent, to whom, signed how, and what becomes of it when nobody answers.

use chrono::Duration;
use chuishao::{
    job,
    webhook::{model, service},
};
use entity::{DeliveryStatus, webhook_delivery};
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};

use crate::support::{
    TestApp,
    push::{Receiver, Reply, make_all},
    signature::{sign, verifies},
};

crate::tests! {
    both: [
        an_event_is_sent_with_facts_only_and_signed,
        events_of_other_areas_and_kinds_are_not_sent,
        what_is_refused_is_tried_again_and_then_given_up,
        what_was_given_up_can_be_sent_again_under_the_same_id,
        gone_switches_the_webhook_off,
        a_redirect_is_not_followed,
        a_receiver_that_hangs_delays_no_other,
        a_lease_that_ran_out_is_taken_over_and_the_late_word_does_not_count,
        a_lease_is_renewed_while_its_messages_are_sent,
        what_was_not_committed_is_made_by_the_next_and_once,
        an_areas_events_go_to_a_url_once,
        while_it_rotates_both_secrets_sign,
        a_test_sends_once_and_says_what_was_answered,
        a_deleted_webhook_sends_no_more_and_its_history_stays,
    ],
    pure: [the_signature_is_that_of_the_specification, the_pauses_grow_until_it_is_given_up],
}

const DELIVERIES: &str = "query($id: ID!) { node(id: $id) { ... on Webhook { active deliveries(first: 100, orderBy: {field: CREATED_AT}) {
    totalCount nodes { id status event seq attempts nextAttemptAt lastStatus lastError body } } } } }";

async fn deliveries(t: &TestApp, hook: &str) -> Vec<Value> {
    let answer = t.ask_with(Some(t.world().admin), DELIVERIES, json!({ "id": hook })).await;
    answer.data()["node"]["deliveries"]["nodes"].as_array().expect("deliveries").clone()
}

async fn is_active(t: &TestApp, hook: &str) -> bool {
    t.ask_with(Some(t.world().admin), DELIVERIES, json!({ "id": hook })).await.data()["node"]["active"] == true
}

async fn act(t: &TestApp, name: &str, input: Value, selection: &str) -> Value {
    t.change(Some(t.world().admin), name, input, selection).await.done(name).clone()
}

async fn an_event_is_sent_with_facts_only_and_signed(t: TestApp) {
    let receiver = Receiver::start().await;
    let before = t.report(t.world().resident).await;
    t.settle().await;
    let (hook, secret) = t.hook(&receiver.url, json!({})).await;
    let filed = t.report_with(t.world().resident, json!({ "title": "张三家门口堆物", "description": "电话13900000001" })).await;
    t.deliver().await;
    let sent = receiver.sent();
    let [sent] = sent.as_slice() else { panic!("one message, not {sent:?}") };
    assert!(verifies(&secret, sent), "{sent:?}");
    assert_eq!(sent.timestamp, t.now().timestamp().to_string());
    let body: Value = serde_json::from_str(&sent.body).expect("JSON");
    assert_eq!(body["type"], "case.changed");
    assert_eq!(body["timestamp"], "2026-06-10T02:00:00Z");
    let data = &body["data"];
    assert_eq!((&data["kind"], &data["caseId"], &data["number"]), (&json!("REPORTED"), &json!(filed.case), &json!(filed.number)));
    assert_eq!((&data["toStatus"], &data["whistle"]["id"]), (&json!("REPORTED"), &json!(filed.whistle)));
    for word in ["张三", "13900000001", "居民甲", &before.case] {
        assert!(!sent.body.contains(word), "{word} in {}", sent.body);
    }
    // the cursor goes on where this event was
    let changes = "query($after: String) { caseChanges(after: $after) { nodes { kind } } }";
    t.does(t.world().grid_worker, "acceptCase", &filed.case).await;
    t.settle().await;
    let later = t.ask_with(Some(t.world().admin), changes, json!({ "after": data["cursor"] })).await;
    assert_eq!(later.data()["caseChanges"]["nodes"], json!([{ "kind": "ACCEPTED" }]));
    let row = &deliveries(&t, &hook).await[0];
    assert_eq!(
        (&row["id"], &row["status"], &row["attempts"], &row["lastStatus"]),
        (&json!(sent.id), &json!("DELIVERED"), &json!(1), &json!(204))
    );
    assert_eq!((&row["event"], &row["seq"], &row["body"]), (&json!("REPORTED"), &data["seq"], &json!(sent.body)));
}

async fn events_of_other_areas_and_kinds_are_not_sent(t: TestApp) {
    let w = t.world();
    let receiver = Receiver::start().await;
    let all = t.hook(&receiver.url, json!({})).await.0;
    let far = t.hook(&receiver.url, json!({ "area": "431302002000" })).await.0;
    let grid = t.hook(&receiver.url, json!({ "area": "431302001009001" })).await.0;
    let accepted = t.hook(&format!("{}?accepted", receiver.url), json!({ "kinds": ["ACCEPTED"] })).await.0;
    let filed = t.report(w.resident).await;
    t.does(w.grid_worker, "acceptCase", &filed.case).await;
    t.push().await;
    let mut kinds = Vec::new();
    for hook in [all, far, grid, accepted] {
        kinds.push(deliveries(&t, &hook).await.iter().map(|row| row["event"].as_str().expect("a kind").to_owned()).collect::<Vec<_>>());
    }
    assert_eq!(kinds, [vec!["REPORTED", "ACCEPTED"], vec![], vec!["REPORTED", "ACCEPTED"], vec!["ACCEPTED"]]);
}

async fn what_is_refused_is_tried_again_and_then_given_up(t: TestApp) {
    let receiver = Receiver::start().await;
    let (hook, secret) = t.hook(&receiver.url, json!({})).await;
    receiver.reply(vec![Reply::Status(500); 8]);
    t.report(t.world().resident).await;
    let pauses = [5, 30, 120, 600, 3600, 21_600, 86_400];
    for (attempt, pause) in (1..).zip(pauses) {
        t.deliver().await;
        let row = &deliveries(&t, &hook).await[0];
        assert_eq!((&row["status"], &row["attempts"], &row["lastError"]), (&json!("PENDING"), &json!(attempt), &json!("STATUS")));
        t.advance(Duration::seconds(pause) - Duration::seconds(1));
        t.deliver().await;
        assert_eq!(receiver.sent().len(), attempt, "not before its time");
        t.advance(Duration::seconds(1));
    }
    t.deliver().await;
    let row = &deliveries(&t, &hook).await[0];
    assert_eq!((&row["status"], &row["attempts"], &row["lastStatus"]), (&json!("FAILED"), &json!(8), &json!(500)));
    assert_eq!(row["nextAttemptAt"], Value::Null);
    let sent = receiver.sent();
    assert!(sent.iter().all(|one| one.id == sent[0].id && verifies(&secret, one)), "each attempt is signed anew, under one id");
    t.advance(Duration::days(2));
    t.deliver().await;
    assert_eq!(receiver.sent().len(), 8);
    assert!(is_active(&t, &hook).await);
}

async fn what_was_given_up_can_be_sent_again_under_the_same_id(t: TestApp) {
    let receiver = Receiver::start().await;
    let (hook, _) = t.hook(&receiver.url, json!({})).await;
    t.report(t.world().resident).await;
    t.deliver().await;
    let id = deliveries(&t, &hook).await[0]["id"].clone();
    let again = act(&t, "redeliverWebhook", json!({ "deliveryId": id }), "delivery { status }").await;
    assert_eq!(again["delivery"]["status"], "PENDING");
    t.deliver().await;
    let sent = receiver.sent();
    assert_eq!((sent.len(), &sent[0].id, &sent[0].body), (2, &sent[1].id, &sent[1].body));
    let row = &deliveries(&t, &hook).await[0];
    assert_eq!((&row["status"], &row["attempts"]), (&json!("DELIVERED"), &json!(2)));
}

async fn gone_switches_the_webhook_off(t: TestApp) {
    let receiver = Receiver::start().await;
    let (hook, _) = t.hook(&receiver.url, json!({})).await;
    receiver.reply([Reply::Status(410)]);
    t.report(t.world().resident).await;
    t.report(t.world().resident).await;
    t.deliver().await;
    assert_eq!(receiver.sent().len(), 1, "what waited is given up");
    let rows = deliveries(&t, &hook).await;
    assert!(rows.iter().all(|row| row["status"] == "FAILED"), "{rows:#?}");
    assert!(!is_active(&t, &hook).await);
    let refused = t.change(Some(t.world().admin), "testWebhook", json!({ "webhookId": hook }), "delivery { id }").await;
    refused.assert_refused("testWebhook", "INVALID_STATE");
}

async fn a_redirect_is_not_followed(t: TestApp) {
    let (receiver, elsewhere) = (Receiver::start().await, Receiver::start().await);
    let (hook, _) = t.hook(&receiver.url, json!({})).await;
    receiver.reply([Reply::Redirect(elsewhere.url.clone())]);
    t.report(t.world().resident).await;
    t.deliver().await;
    assert_eq!((receiver.sent().len(), elsewhere.sent().len()), (1, 0));
    let row = &deliveries(&t, &hook).await[0];
    assert_eq!((&row["status"], &row["lastStatus"], &row["lastError"]), (&json!("PENDING"), &json!(307), &json!("STATUS")));
}

async fn a_receiver_that_hangs_delays_no_other(t: TestApp) {
    let (hangs, works) = (Receiver::start().await, Receiver::start().await);
    let (slow, _) = t.hook(&hangs.url, json!({})).await;
    hangs.reply([Reply::Held(204)]);
    t.report(t.world().resident).await;
    t.push().await;
    let app = t.app.clone();
    let delivering = tokio::spawn(async move { service::deliver(&app).await });
    hangs.arrived().await;
    // set up, and sent to, while the other hangs
    t.hook(&works.url, json!({})).await;
    t.report(t.world().resident).await;
    t.push().await;
    service::deliver(&t.instance(true).await).await.expect("delivered");
    assert_eq!(works.sent().len(), 1);
    hangs.release();
    delivering.await.expect("no panic").expect("delivered");
    assert!(deliveries(&t, &slow).await.iter().all(|row| row["status"] == "DELIVERED"));
}

async fn a_lease_that_ran_out_is_taken_over_and_the_late_word_does_not_count(t: TestApp) {
    let receiver = Receiver::start().await;
    let (hook, _) = t.hook(&receiver.url, json!({})).await;
    receiver.reply([Reply::Held(500)]);
    t.report(t.world().resident).await;
    t.push().await;
    let (app, other) = (t.app.clone(), t.instance(true).await);
    let stuck = tokio::spawn(async move { service::deliver(&app).await });
    receiver.arrived().await;
    service::deliver(&other).await.expect("a look");
    assert_eq!(receiver.sent().len(), 1, "it is leased");
    t.advance(Duration::seconds(61));
    service::deliver(&other).await.expect("delivered");
    let sent = receiver.sent();
    assert_eq!((sent.len(), &sent[0].id), (2, &sent[1].id), "at least once, under one id");
    receiver.release();
    stuck.await.expect("no panic").expect("settled");
    let row = &deliveries(&t, &hook).await[0];
    assert_eq!((&row["status"], &row["attempts"], &row["lastStatus"]), (&json!("DELIVERED"), &json!(1), &json!(204)));
    other.db.close().await;
}

async fn a_lease_is_renewed_while_its_messages_are_sent(t: TestApp) {
    let receiver = Receiver::start().await;
    let (hook, _) = t.hook(&receiver.url, json!({})).await;
    for _ in 0..3 {
        receiver.reply([Reply::Held(204)]);
        t.report(t.world().resident).await;
    }
    t.push().await;
    let (app, other) = (t.app.clone(), t.instance(true).await);
    let slow = tokio::spawn(async move { service::deliver(&app).await });
    for sent in 1..=3 {
        receiver.arrived().await;
        t.advance(Duration::seconds(31));
        service::deliver(&other).await.expect("a look");
        assert_eq!(receiver.sent().len(), sent, "what waits its turn is still leased");
        receiver.release();
    }
    slow.await.expect("no panic").expect("settled");
    let rows = deliveries(&t, &hook).await;
    assert!(rows.len() == 3 && rows.iter().all(|row| row["status"] == "DELIVERED" && row["attempts"] == 1), "{rows:?}");
    other.db.close().await;
}

async fn an_areas_events_go_to_a_url_once(t: TestApp) {
    let (admin, url) = (Some(t.world().admin), "https://hooks.example.org/events");
    let create = |area: &str| t.change(admin, "createWebhook", json!({ "url": url, "area": area }), "webhook { id }");
    let (one, two) = tokio::join!(create("431302000000"), create("431302000000"));
    let hooks: Vec<&Value> = [&one, &two].into_iter().map(|made| &made.data()["createWebhook"]["webhook"]["id"]).collect();
    assert_eq!(hooks.iter().filter(|id| id.is_string()).count(), 1, "{hooks:?}");
    create("431302000000").await.assert_refused("createWebhook", "ALREADY_EXISTS");
    let below = create("431302001000").await.done("createWebhook")["webhook"]["id"].clone();
    let moved = json!({ "webhookId": below, "area": "431302000000" });
    t.change(admin, "updateWebhook", moved.clone(), "__typename").await.assert_refused("updateWebhook", "ALREADY_EXISTS");
    let first = hooks.into_iter().find(|id| id.is_string()).expect("made").clone();
    act(&t, "updateWebhook", json!({ "webhookId": first, "kinds": ["CLOSED"] }), "__typename").await;
    act(&t, "deleteWebhook", json!({ "webhookId": first }), "__typename").await;
    act(&t, "updateWebhook", moved, "__typename").await;
    let back = json!({ "webhookId": first, "active": true });
    t.change(admin, "updateWebhook", back, "__typename").await.assert_refused("updateWebhook", "ALREADY_EXISTS");
}

async fn what_was_not_committed_is_made_by_the_next_and_once(t: TestApp) {
    let receiver = Receiver::start().await;
    t.hook(&receiver.url, json!({})).await;
    t.report(t.world().resident).await;
    t.settle().await;
    let place = job::position(&t.app.db.read, service::CONSUMER.name).await.expect("a place").expect("enlisted");
    let facts = chuishao::event::facts_after(&t.app.db.read, place, 100).await.expect("facts");
    let tx = t.app.db.begin().await.expect("a transaction");
    (service::CONSUMER.make)(&t.app, &tx, &facts).await.expect("made");
    drop(tx);
    let count = async || webhook_delivery::Entity::find().count(&t.app.db.read).await.expect("a count");
    assert_eq!(count().await, 0);
    let other = t.instance(true).await;
    tokio::join!(make_all(&t.app), make_all(&other));
    t.push().await;
    assert_eq!(count().await, 1);
    // two that send at once send once
    let (one, two) = tokio::join!(service::deliver(&t.app), service::deliver(&other));
    one.and(two).expect("sent");
    assert_eq!(receiver.sent().len(), 1);
    other.db.close().await;
}

async fn while_it_rotates_both_secrets_sign(t: TestApp) {
    let receiver = Receiver::start().await;
    let (hook, old) = t.hook(&receiver.url, json!({})).await;
    let rotated = act(&t, "rotateWebhookSecret", json!({ "webhookId": hook }), "secret webhook { id }").await;
    let new = rotated["secret"].as_str().expect("a secret").to_owned();
    assert_ne!(old, new);
    t.report(t.world().resident).await;
    t.deliver().await;
    t.advance(Duration::hours(24));
    t.report(t.world().resident).await;
    t.deliver().await;
    let sent = receiver.sent();
    assert_eq!((verifies(&old, &sent[0]), verifies(&new, &sent[0])), (true, true));
    assert_eq!((verifies(&old, &sent[1]), verifies(&new, &sent[1])), (false, true));
    assert_eq!(sent[1].signature.split(' ').count(), 1);
}

async fn a_test_sends_once_and_says_what_was_answered(t: TestApp) {
    let receiver = Receiver::start().await;
    let (hook, secret) = t.hook(&receiver.url, json!({})).await;
    receiver.reply([Reply::Status(200), Reply::Status(503)]);
    let selection = "delivery { status event seq lastStatus lastError attempts webhook { id } }";
    let good = act(&t, "testWebhook", json!({ "webhookId": hook }), selection).await["delivery"].clone();
    assert_eq!((&good["status"], &good["lastStatus"], &good["event"]), (&json!("DELIVERED"), &json!(200), &Value::Null));
    let bad = act(&t, "testWebhook", json!({ "webhookId": hook }), selection).await["delivery"].clone();
    assert_eq!((&bad["status"], &bad["lastStatus"], &bad["lastError"]), (&json!("FAILED"), &json!(503), &json!("STATUS")));
    let sent = receiver.sent();
    assert!(sent.iter().all(|one| verifies(&secret, one)) && sent.len() == 2);
    assert!(sent[0].body.contains(r#""type":"ping""#));
    t.advance(Duration::days(3));
    t.deliver().await;
    assert_eq!(receiver.sent().len(), 2);
}

async fn a_deleted_webhook_sends_no_more_and_its_history_stays(t: TestApp) {
    let receiver = Receiver::start().await;
    let (hook, _) = t.hook(&receiver.url, json!({})).await;
    t.report(t.world().resident).await;
    t.deliver().await;
    t.report(t.world().resident).await;
    t.push().await;
    act(&t, "deleteWebhook", json!({ "webhookId": hook }), "webhook { id active }").await;
    t.report(t.world().resident).await;
    t.deliver().await;
    assert_eq!(receiver.sent().len(), 1);
    let rows = deliveries(&t, &hook).await;
    let states: Vec<&Value> = rows.iter().map(|row| &row["status"]).collect();
    assert_eq!(states, ["DELIVERED", "FAILED"]);
    assert_eq!(rows[1]["lastError"], "DEACTIVATED");
    // what happened meanwhile is not sent later
    act(&t, "updateWebhook", json!({ "webhookId": hook, "active": true }), "webhook { id }").await;
    t.deliver().await;
    assert_eq!(receiver.sent().len(), 1);
    service::prune(&t.app.db, t.now() + Duration::days(1)).await.expect("dropped");
    assert_eq!(deliveries(&t, &hook).await.len(), 0);
    let pending = webhook_delivery::Entity::find().all(&t.app.db.read).await.expect("rows");
    assert!(pending.iter().all(|row| row.status == DeliveryStatus::Pending));
}

fn the_signature_is_that_of_the_specification() {
    // computed with another implementation
    let (secret, id, at, body) =
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
    let expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    let key = crate::support::signature::key(secret);
    assert_eq!(model::signatures(std::slice::from_ref(&key), id, at, body), expected);
    assert_eq!(format!("v1,{}", sign(&key, &format!("{id}.{at}.{body}"))), expected);
    assert_eq!(model::shown(&key), secret);
    assert_eq!(model::signatures(&[key.clone(), vec![1; 32]], id, at, body).split(' ').count(), 2);
}

fn the_pauses_grow_until_it_is_given_up() {
    let pauses: Vec<Option<i64>> = (0..10).map(|tries| model::again_after(tries).map(|pause| pause.num_seconds())).collect();
    let expected = [None, Some(5), Some(30), Some(120), Some(600), Some(3600), Some(21_600), Some(86_400), None, None];
    assert_eq!(pauses, expected);
}
