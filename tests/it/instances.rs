//! Several instances on one PostgreSQL: they start at once, stop in order, and stand behind nginx with the published configuration.

use std::{
    fs::{self, File},
    net::{SocketAddr, TcpStream},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use chuishao::{clock::Clock, demo};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{
    app::Contents,
    client::Response,
    cluster::{Cluster, NOTE, OPEN_CASE, community},
    nginx, postgres,
    process::{Server, until},
    upload::{form, picture},
    ws::{Received, WsClient},
};

crate::tests! {
    pure: [
        instances_that_start_at_once_on_an_empty_database_agree,
        a_draining_instance_answers_what_it_has_begun,
        a_request_that_does_not_end_holds_nobody_up_for_long,
        a_proxy_passes_everything_on_and_keeps_a_person_on_one_instance,
        a_proxy_never_sends_a_mutation_twice,
        instances_are_restarted_one_by_one_behind_a_proxy,
    ]
}

const NOTES: &str = "SELECT count(*) FROM case_event WHERE note = 'instances'";

fn terminated(server: Server) -> Duration {
    server.signal("TERM");
    let (status, after) = server.wait();
    assert_eq!(status.code(), Some(0));
    after
}

fn instances_that_start_at_once_on_an_empty_database_agree() {
    if postgres::skipped() {
        return;
    }
    let cluster = Cluster::new(Contents::Nothing);
    cluster.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    let logs: Vec<_> = (0..4).map(|n| cluster.dir.path().join(format!("log{n}"))).collect();
    let mut servers: Vec<Server> = std::thread::scope(|scope| {
        let started: Vec<_> = logs
            .iter()
            .map(|log| {
                let mut command = cluster.command(None);
                command.env("CHUISHAO_DEMO", "true").stderr(File::create(log).expect("a file"));
                scope.spawn(move || Server::start(&mut command))
            })
            .collect();
        let said = || logs.iter().flat_map(fs::read_to_string).collect::<String>();
        started.into_iter().map(|server| server.join().unwrap_or_else(|_| panic!("one did not start: {}", said()))).collect()
    });
    let expected = demo::World::build(Clock::System.now()).expect("the demonstration");
    let tokens: Vec<String> = servers.iter_mut().map(|server| server.token("admin")).collect();
    for server in &servers {
        let ready = cluster.block_on(reqwest::get(format!("http://{}/readyz", server.address))).expect("an answer");
        assert_eq!(ready.status(), StatusCode::OK);
        for token in &tokens {
            let counted = cluster.ask(server.address, token, "{ areas { totalCount } complexes { totalCount } }");
            assert_eq!(counted["areas"]["totalCount"], expected.areas.iter().filter(|area| area.ended_on.is_none()).count());
            assert_eq!(counted["complexes"]["totalCount"], expected.complexes.len());
        }
    }
    assert_eq!(cluster.count("SELECT count(*) FROM case_file"), expected.cases.len() as i64);
    for server in servers {
        terminated(server);
    }
    for log in logs {
        assert_eq!(fs::read_to_string(log).expect("the log"), "");
    }
}

fn refused(address: SocketAddr) {
    until(Duration::from_secs(5), || TcpStream::connect(address).is_err().then_some(()));
}

fn a_draining_instance_answers_what_it_has_begun() {
    if postgres::skipped() {
        return;
    }
    let cluster = Cluster::new(Contents::Demo);
    let mut server = cluster.server();
    let token = server.token("community");
    let (case, held) = cluster.held(&server, &token);
    let mut socket = cluster.block_on(WsClient::connect(server.address));
    cluster.block_on(socket.init(Some(&token)));
    let begun = cluster.spawn(cluster.post(server.address, &token, NOTE, &case).send());
    cluster.until_blocked();

    server.signal("TERM");
    // nobody new is taken in: a balancer that asks for readiness sees that as well
    refused(server.address);
    loop {
        match cluster.block_on(socket.receive()) {
            Received::Closed(code) => break assert_eq!(code, Some(1001)),
            Received::Message(_) => {}
        }
    }
    assert!(!begun.is_finished());
    held.release();
    let response = cluster.block_on(async { Response::of(begun.await.expect("no panic").expect("an answer")).await });
    response.done("addCaseNote");
    let (status, after) = server.wait();
    assert_eq!(status.code(), Some(0));
    assert!(after < Duration::from_secs(6), "{after:?}");
    assert_eq!(cluster.count(NOTES), 1);
}

fn a_request_that_does_not_end_holds_nobody_up_for_long() {
    if postgres::skipped() {
        return;
    }
    let cluster = Cluster::new(Contents::Demo);
    let mut server = cluster.server();
    let token = server.token("community");
    let (case, held) = cluster.held(&server, &token);
    let begun = cluster.spawn(cluster.post(server.address, &token, NOTE, &case).send());
    cluster.until_blocked();
    let after = terminated(server);
    assert!((Duration::from_secs(8)..Duration::from_secs(14)).contains(&after), "{after:?}");
    assert!(cluster.block_on(begun).expect("no panic").is_err());
    held.release();
    assert_eq!(cluster.count(NOTES), 0, "what nobody was told of is not done");
}

/// Evidence, which is longer than other requests, sent in at the first address; its own address is good at every one.
async fn comes_through(token: &str, at: [SocketAddr; 3]) {
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let content = [picture("楼道"), vec![0; 3_000_000]].concat();
    let query = "mutation($input: UploadAttachmentInput!) { uploadAttachment(input: $input) { attachment { url } } }";
    let operations = json!({ "query": query, "variables": { "input": { "file": null } } }).to_string();
    let map = r#"{ "0": ["variables.input.file"] }"#;
    // some clients send the map first
    let body =
        form(&[("map", None, map.as_bytes()), ("operations", None, operations.as_bytes()), ("0", Some("a.png"), content.as_slice())]);
    let request = client.post(format!("http://{}/graphql", at[0])).bearer_auth(token).body(body);
    let sent = request.header("Content-Type", "multipart/form-data; boundary=limit").send().await.expect("an answer");
    let sent = Response::of(sent).await;
    let address = sent.data()["uploadAttachment"]["attachment"]["url"].as_str().expect("an address");
    for at in at {
        let found = client.get(format!("http://{at}{address}")).send().await.expect("an answer");
        assert_eq!(found.bytes().await.expect("bytes"), content);
    }
}

fn a_proxy_passes_everything_on_and_keeps_a_person_on_one_instance() {
    if nginx::skipped() || postgres::skipped() {
        return;
    }
    let cluster = Cluster::new(Contents::Demo);
    let ([a, b], nginx, tokens) = cluster.proxied();
    let at = nginx.address;
    let mut seen = Vec::new();
    for token in &tokens {
        for _ in 0..3 {
            assert!(cluster.ask(at, token, "{ viewer { person { name } } }")["viewer"]["person"]["name"].is_string());
        }
        let instances = nginx.instances_of(token);
        assert_eq!(instances.len(), 1, "{instances:?}");
        seen.extend(instances);
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 2, "both have work: {seen:?}");

    let community = community(&tokens);
    let case = cluster.ask(at, community, OPEN_CASE)["cases"]["nodes"][0]["id"].clone();
    let noted = cluster.ask_with(at, community, NOTE, &json!({ "case": case, "note": "instances" }));
    assert_eq!(noted["addCaseNote"]["userErrors"], json!([]));
    for server in [&a, &b] {
        let query = format!("{{ node(id: {case}) {{ ... on Case {{ timeline(last: 1) {{ nodes {{ note }} }} }} }} }}");
        assert_eq!(cluster.ask(server.address, community, &query)["node"]["timeline"]["nodes"][0]["note"], "instances");
    }

    cluster.block_on(async {
        let mut socket = WsClient::connect(at).await;
        socket.init(Some(community)).await;
        let id = socket.subscribe("subscription { heartbeat(intervalMs: 10, count: 3) }", json!({})).await;
        for _ in 0..3 {
            socket.next(&id).await;
        }
        assert_eq!(socket.next_message(&id).await["type"], "complete");

        comes_through(community, [at, a.address, b.address]).await;

        // the server's own words, not the proxy's
        let large = json!({ "note": "x".repeat(1_500_000) });
        let response = cluster.post(at, community, NOTE, &large).send().await.expect("an answer");
        assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
        assert!(Response::of(response).await.json["errors"].is_array());
        let metrics = reqwest::get(format!("http://{at}/metrics")).await.expect("an answer");
        assert_eq!(metrics.status(), StatusCode::NOT_FOUND);
    });

    // one is gone without a word: the other answers for it
    b.signal("KILL");
    b.wait();
    for token in &tokens {
        assert!(cluster.ask(at, token, "{ viewer { person { name } } }")["viewer"]["person"]["name"].is_string());
    }
    let ready = cluster.block_on(reqwest::get(format!("http://{at}/readyz"))).expect("an answer");
    assert_eq!(ready.status(), StatusCode::OK);
}

fn a_proxy_never_sends_a_mutation_twice() {
    if nginx::skipped() || postgres::skipped() {
        return;
    }
    let cluster = Cluster::new(Contents::Demo);
    let (servers, nginx, tokens) = cluster.proxied();
    let token = community(&tokens);
    cluster.ask(nginx.address, token, "{ __typename }");
    let answers = nginx.instances_of(token);
    let (case, held) = cluster.held(&servers[0], token);
    let begun = cluster.post(nginx.address, token, NOTE, &case).timeout(Duration::from_secs(5));
    let begun = cluster.spawn(async { begun.send().await });
    cluster.until_blocked();
    let (dying, other): (Vec<_>, Vec<_>) = servers.into_iter().partition(|server| server.address == answers[0]);
    for server in dying {
        server.signal("KILL");
        server.wait();
    }
    // with another instance at it, there would be no answer before the case is released
    let response = cluster.block_on(begun).expect("no panic").expect("an answer while the case is held");
    assert_eq!(response.status(), StatusCode::BAD_GATEWAY);
    held.release();
    let known = cluster.ask(other[0].address, token, "{ __typename }");
    assert_eq!(known["__typename"], "Query");
    assert_eq!(cluster.count(NOTES), 0);
}

struct Stop<'d>(&'d AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn instances_are_restarted_one_by_one_behind_a_proxy() {
    if nginx::skipped() || postgres::skipped() {
        return;
    }
    let cluster = Cluster::new(Contents::Demo);
    let (servers, nginx, tokens) = cluster.proxied();
    let done = AtomicBool::new(false);
    let asked = std::thread::scope(|scope| {
        let customers: Vec<_> = tokens
            .iter()
            .take(4)
            .map(|token| {
                let (cluster, nginx, done) = (&cluster, &nginx, &done);
                scope.spawn(move || {
                    let mut asked = 0;
                    while !done.load(Ordering::Relaxed) {
                        let request = cluster.post(nginx.address, token, "{ viewer { person { name } } }", &Value::Null);
                        let response = cluster.block_on(request.send()).expect("an answer");
                        assert_eq!(response.status(), StatusCode::OK, "after {asked}");
                        asked += 1;
                    }
                    asked
                })
            })
            .collect();
        // also where this ends early
        let stop = Stop(&done);
        let back = servers.map(|server| {
            let address = server.address;
            terminated(server);
            let back = Server::start(&mut cluster.command(Some(address)));
            cluster.until_trusted();
            back
        });
        drop(stop);
        let asked = customers.into_iter().map(|customer| customer.join().expect("all were answered")).collect::<Vec<u32>>();
        for server in back {
            terminated(server);
        }
        asked
    });
    assert!(asked.iter().all(|asked| *asked > 20), "{asked:?}");
}
