//! A webhook is a way in: who may set one up, where it may lead, and that its secret stays one.

use std::net::IpAddr;

use chuishao::{
    app::Cx,
    auth::{Actor, HeldPost},
    webhook::{
        model::{BadUrl, is_public, target},
        service::{self, WebhookError},
    },
};
use entity::{DeliveryFailure, PostRole, post, webhook_delivery};
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use crate::support::{
    TestApp,
    push::{Receiver, make_all},
    world::day,
};

crate::tests! {
    both: [
        only_administrators_of_the_area_set_webhooks_up,
        a_webhook_of_another_area_does_not_exist,
        a_private_address_is_refused_when_it_is_saved,
        a_private_address_is_refused_when_it_is_sent_to,
        a_name_that_leads_to_a_private_address_is_refused_when_it_is_connected,
        a_secret_is_shown_once_and_read_by_no_list,
    ],
    pure: [special_addresses_are_not_public, urls_are_taken_as_they_are_connected],
}

async fn only_administrators_of_the_area_set_webhooks_up(t: TestApp) {
    let w = t.world();
    let (hook, _) = t.hook("http://127.0.0.1:9/", json!({})).await;
    let delivery = "delivery_00000000000000000000000000000000";
    let all = [
        ("createWebhook", json!({ "url": "https://example.org/", "area": "431302001009" })),
        ("updateWebhook", json!({ "webhookId": hook, "active": false })),
        ("deleteWebhook", json!({ "webhookId": hook })),
        ("rotateWebhookSecret", json!({ "webhookId": hook })),
        ("testWebhook", json!({ "webhookId": hook })),
        ("redeliverWebhook", json!({ "deliveryId": delivery })),
    ];
    for who in [w.resident, w.grid_worker, w.community, w.district, w.analyst, w.auditor, w.nobody] {
        for (name, input) in &all {
            t.change(Some(who), name, input.clone(), "__typename").await.assert_refused(name, "FORBIDDEN");
        }
    }
    let tried = [
        (json!({ "url": "https://example.org/", "area": "441900003001" }), "FORBIDDEN", "area"),
        (json!({ "url": "https://example.org/", "area": "430000000000" }), "FORBIDDEN", "area"),
        (json!({ "url": "https://example.org/", "area": "119999999999" }), "NOT_FOUND", "area"),
        (json!({ "url": "https://example.org/", "area": "431302000000", "kinds": [] }), "REQUIRED", "kinds"),
        (json!({ "url": "ftp://example.org/", "area": "431302000000" }), "OUT_OF_RANGE", "url"),
    ];
    for (input, code, field) in tried {
        let answer = t.change(Some(w.admin), "createWebhook", input, "__typename").await;
        answer.assert_refused("createWebhook", code);
        assert_eq!(answer.data()["createWebhook"]["userErrors"][0]["path"][1], field);
    }
    let moved = t.change(Some(w.admin), "updateWebhook", json!({ "webhookId": hook, "area": "441900003001" }), "__typename").await;
    moved.assert_refused("updateWebhook", "FORBIDDEN");
    let update =
        json!({ "webhookId": hook, "url": "https://example.org:8443/x", "area": "431302001009", "kinds": ["CLOSED"], "active": false });
    let changed = t.change(Some(w.admin), "updateWebhook", update, "webhook { url kinds active area { code } }").await;
    let expected = json!({ "url": "https://example.org:8443/x", "kinds": ["CLOSED"], "active": false, "area": { "code": "431302001009" } });
    assert_eq!(changed.done("updateWebhook")["webhook"], expected);
    let widened =
        t.change(Some(w.admin), "updateWebhook", json!({ "webhookId": hook, "kinds": null, "active": true }), "webhook { kinds active }");
    assert_eq!(widened.await.done("updateWebhook")["webhook"], json!({ "kinds": null, "active": true }));
}

async fn a_webhook_of_another_area_does_not_exist(t: TestApp) {
    let w = t.world();
    let post = post::Model {
        id: t.app.clock.new_id(),
        person_id: w.nobody,
        role: PostRole::Administrator,
        unit_id: w.area_dongguan.into(),
        area_id: w.area_dongguan,
        starts_on: day(2025, 1, 1),
        ends_on: None,
        version: 1,
    };
    t.insert([post]).await;
    let receiver = Receiver::start().await;
    let (hook, _) = t.hook(&receiver.url, json!({})).await;
    t.report(w.resident).await;
    t.deliver().await;
    let own = "{ webhooks { totalCount nodes { id deliveries { totalCount nodes { id } } } } }";
    let seen = t.ask(Some(w.admin), own).await.data()["webhooks"].clone();
    assert_eq!((&seen["totalCount"], &seen["nodes"][0]["deliveries"]["totalCount"]), (&json!(1), &json!(1)));
    let delivery = &seen["nodes"][0]["deliveries"]["nodes"][0]["id"];
    assert_eq!(t.ask(Some(w.nobody), own).await.data()["webhooks"]["totalCount"], 0);
    let nodes = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }";
    let answer = t.ask_with(Some(w.nobody), nodes, json!({ "ids": [hook, delivery] })).await;
    assert_eq!(answer.data()["nodes"], json!([null, null]));
    for name in ["updateWebhook", "deleteWebhook", "rotateWebhookSecret", "testWebhook"] {
        t.change(Some(w.nobody), name, json!({ "webhookId": hook }), "__typename").await.assert_refused(name, "NOT_FOUND");
    }
    let answer = t.change(Some(w.nobody), "redeliverWebhook", json!({ "deliveryId": delivery }), "__typename").await;
    answer.assert_refused("redeliverWebhook", "NOT_FOUND");
}

/// The administrator, at an instance that sends to public addresses only.
fn admin(t: &TestApp, app: &std::sync::Arc<chuishao::app::App>) -> Cx {
    let w = t.world();
    let post = HeldPost { id: t.app.clock.new_id(), role: PostRole::Administrator, unit: w.area_district.into(), area: w.area_district };
    Cx::new(app.clone(), Actor { person: Some(w.admin), posts: vec![post], ..Actor::default() })
}

async fn failures(t: &TestApp) -> Vec<Option<DeliveryFailure>> {
    let rows = webhook_delivery::Entity::find().all(&t.app.db.read).await.expect("rows");
    rows.into_iter().map(|row| row.last_failure).collect()
}

async fn a_private_address_is_refused_when_it_is_saved(t: TestApp) {
    let guarded = t.instance(false).await;
    let cx = admin(&t, &guarded);
    for url in ["http://127.0.0.1:8000/graphql", "http://[::1]/", "http://2130706433/", "http://0x7f.1/", "http://169.254.169.254/latest"] {
        let refused = service::create(&cx, url.into(), "431302000000".into(), None).await;
        assert!(matches!(refused, Err(WebhookError::Url(BadUrl::Private))), "{url}: {refused:?}");
    }
    let (row, _) = service::create(&cx, "https://example.org/hook".into(), "431302000000".into(), None).await.expect("taken");
    let to = service::Settings { url: Some("http://10.0.0.1/".into()), ..Default::default() };
    assert!(matches!(service::update(&cx, row.id, to).await, Err(WebhookError::Url(BadUrl::Private))));
    guarded.db.close().await;
}

async fn a_private_address_is_refused_when_it_is_sent_to(t: TestApp) {
    let receiver = Receiver::start().await;
    // saved while it was allowed
    t.hook(&receiver.url, json!({})).await;
    t.report(t.world().resident).await;
    t.settle().await;
    let guarded = t.instance(false).await;
    make_all(&guarded).await;
    service::deliver(&guarded).await.expect("tried");
    assert_eq!(failures(&t).await, [Some(DeliveryFailure::PrivateAddress)]);
    assert!(receiver.sent().is_empty());
    guarded.db.close().await;
}

async fn a_name_that_leads_to_a_private_address_is_refused_when_it_is_connected(t: TestApp) {
    let receiver = Receiver::start().await;
    let named = receiver.url.replace("127.0.0.1", "localhost");
    let guarded = t.instance(false).await;
    let cx = admin(&t, &guarded);
    // a name says nothing yet: it may lead elsewhere by the time it is sent to
    let (row, _) = service::create(&cx, named, "431302000000".into(), None).await.expect("taken");
    let tested = service::test(&cx, row.id).await.expect("tried");
    assert_eq!((tested.last_failure, tested.last_status), (Some(DeliveryFailure::PrivateAddress), None));
    assert!(receiver.sent().is_empty());
    // where it is allowed, the same name works
    let tested = service::test(&admin(&t, &t.app), row.id).await.expect("tried");
    assert_eq!((tested.last_failure, tested.last_status), (None, Some(204)));
    assert_eq!(receiver.sent().len(), 1);
    guarded.db.close().await;
}

async fn a_secret_is_shown_once_and_read_by_no_list(t: TestApp) {
    let (hook, secret) = t.hook("http://127.0.0.1:9/", json!({})).await;
    let key = crate::support::signature::key(&secret);
    assert_eq!(key.len(), 32);
    let mark = t.statements.count();
    let query = "query($id: ID!) { webhooks { nodes { id url kinds active createdAt area { id } deliveries { nodes { id } } } } node(id: $id) { id } }";
    let answer = t.ask_with(Some(t.world().admin), query, json!({ "id": hook })).await;
    assert_eq!(answer.data()["webhooks"]["nodes"].as_array().map(Vec::len), Some(1));
    let read = t.statements.since(mark);
    assert!(read.iter().all(|sql| !sql.contains("webhook_secret")), "{read:#?}");
    let schema = t.ask(None, r#"{ __type(name: "Webhook") { fields { name } } }"#).await;
    let fields: Vec<&Value> = schema.data()["__type"]["fields"].as_array().expect("fields").iter().map(|field| &field["name"]).collect();
    assert!(!fields.iter().any(|name| name.as_str().is_some_and(|name| name.contains("ecret"))), "{fields:?}");
}

fn special_addresses_are_not_public() {
    let special = [
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.8.9.10",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.7",
        "203.0.113.9",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:10.0.0.1",
        "::ffff:8.8.8.8",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "3fff::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ];
    let public = [
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.1",
        "100.63.255.255",
        "100.128.0.1",
        "126.0.0.1",
        "169.253.0.1",
        "172.15.0.1",
        "172.32.0.1",
        "192.0.1.1",
        "192.167.0.1",
        "198.17.0.1",
        "198.20.0.1",
        "223.255.255.255",
        "2400:3200::1",
        "2001:4860:4860::8888",
        "2606:4700::1111",
    ];
    for address in special {
        assert!(!is_public(address.parse::<IpAddr>().expect("an address")), "{address}");
    }
    for address in public {
        assert!(is_public(address.parse::<IpAddr>().expect("an address")), "{address}");
    }
}

fn urls_are_taken_as_they_are_connected() {
    let refused = [
        ("", BadUrl::Malformed),
        ("example.org", BadUrl::Malformed),
        ("ftp://example.org/", BadUrl::Malformed),
        ("file:///etc/passwd", BadUrl::Malformed),
        ("https://user@example.org/", BadUrl::Malformed),
        ("https://user:word@example.org/", BadUrl::Malformed),
        ("https://example.org/#part", BadUrl::Malformed),
        ("http://127.1/", BadUrl::Private),
        ("http://0177.0.0.1/", BadUrl::Private),
        ("http://2130706433/", BadUrl::Private),
        ("http://0x7f000001/", BadUrl::Private),
        ("http://[::1]:8000/", BadUrl::Private),
        ("http://[::ffff:7f00:1]/", BadUrl::Private),
        ("http://[fe80::1]/", BadUrl::Private),
        ("http://１２７.0.0.1/", BadUrl::Private),
    ];
    for (url, why) in refused {
        assert_eq!(target(url, false).err(), Some(why), "{url}");
    }
    assert_eq!(target(&format!("https://example.org/{}", "a".repeat(2000)), false).err(), Some(BadUrl::Malformed));
    let hosts = ["https://Example.org/a?b=c", "http://example.org/", "http://example.org:81/", "http://8.8.8.8/"];
    let hosts: Vec<String> = hosts.into_iter().map(|url| target(url, false).expect("taken").1).collect();
    assert_eq!(hosts, ["example.org:443", "example.org:80", "example.org:81", "8.8.8.8:80"]);
    assert!(target("http://127.0.0.1:9/", true).is_ok());
}
