//! The binary from the outside: commands, settings, signals.

use std::{
    fs,
    net::{SocketAddr, TcpListener},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use crate::support::{
    app::Contents,
    client::Response,
    postgres,
    process::{Server, chuishao, failed, succeeded},
    run::{TestDatabase, runtime},
    ws::{Received, WsClient},
};

crate::tests! {
    pure: [
        the_first_start_loads_the_demonstration_and_the_next_ones_keep_it,
        a_signal_ends_the_server_in_order,
        a_signal_closes_open_sockets,
        the_schema_is_printed_as_it_is_published,
        a_closed_pipe_is_no_panic,
        settings_are_taken_after_the_command_too,
        the_help_names_every_command,
        wrong_settings_end_with_a_sentence,
        a_file_of_settings_is_what_nobody_says_otherwise,
        a_wrong_file_of_settings_ends_with_a_sentence,
        a_database_that_cannot_be_opened_ends_with_a_sentence,
        a_command_makes_no_database_that_is_not_there,
        a_taken_port_ends_with_a_sentence,
        a_spoilt_key_is_never_replaced,
        a_token_key_that_is_named_is_taken_and_never_made,
        processes_that_start_at_once_share_one_key_and_one_schema,
        an_open_address_has_no_demonstration_unless_told,
        a_district_begins_without_the_demonstration,
        it_starts_on_postgres_from_several_processes_at_once,
    ]
}

fn block_on<F: Future>(future: F) -> F::Output {
    runtime().expect("a runtime").block_on(future)
}

fn dir() -> tempfile::TempDir {
    tempfile::tempdir().expect("a directory")
}

/// An empty server, quickly.
fn bare(data_dir: &Path) -> Command {
    let mut command = chuishao(data_dir, &[]);
    command.env("CHUISHAO_DEMO", "false");
    command
}

async fn ask(address: SocketAddr, token: &str, query: &str) -> Value {
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let request = client.post(format!("http://{address}/graphql")).json(&json!({ "query": query }));
    let request = if token.is_empty() { request } else { request.bearer_auth(token) };
    Response::of(request.send().await.expect("an answer")).await.data().clone()
}

const CENSUS: &str = "{ cases(last: 3) { totalCount nodes { id number } } whistles(first: 3) { totalCount nodes { id } }
    complexes(first: 3) { totalCount nodes { id name } } viewer { person { id name } } }";

fn the_first_start_loads_the_demonstration_and_the_next_ones_keep_it() {
    let data = dir();
    let began = Instant::now();
    let mut server = Server::start(&mut chuishao(data.path(), &[]));
    let first_start = began.elapsed();
    let tokens = ["resident", "community", "district", "admin"].map(|name| server.token(name));
    let [census, others @ ..] =
        tokens.each_ref().map(|token| block_on(ask(server.address, token, "{ viewer { person { name } } cases { totalCount } }")));
    assert!(census["viewer"]["person"]["name"].is_string());
    for other in others {
        assert_ne!(other["viewer"], census["viewer"]);
    }
    let before = block_on(ask(server.address, &tokens[2], CENSUS));
    assert!(before["cases"]["totalCount"].as_u64() > Some(100), "{before:#}");
    server.signal("INT");
    assert_eq!(server.wait().0.code(), Some(0));

    let began = Instant::now();
    let mut server = Server::start(&mut chuishao(data.path(), &["serve"]));
    let second_start = began.elapsed();
    assert!(second_start < first_start / 2 || second_start < Duration::from_millis(500), "{first_start:?}, then {second_start:?}");
    let token = server.token("district");
    for token in [&token, &tokens[2]] {
        assert_eq!(block_on(ask(server.address, token, CENSUS)), before, "the second start keeps data and key");
    }
    let printed = succeeded(&mut chuishao(data.path(), &["token", "community", "--days", "1"]));
    let viewer = block_on(ask(server.address, printed.trim(), "{ viewer { person { name } } }"));
    let same = block_on(ask(server.address, &tokens[1], "{ viewer { person { name } } }"));
    assert_eq!(viewer, same);
    server.signal("TERM");
    assert_eq!(server.wait().0.code(), Some(0));

    failed(&mut chuishao(data.path(), &["token", "mayor"]), 1, &["no sign-in named \"mayor\"", "grid-worker"]);
    failed(&mut chuishao(data.path(), &["token", "community", "--days", "0"]), 2, &["--days"]);
    failed(&mut chuishao(data.path(), &["demo"]), 1, &["not empty"]);
    let mode = fs::metadata(data.path().join("token.key")).expect("the key").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

fn a_signal_ends_the_server_in_order() {
    let data = dir();
    for signal in ["INT", "TERM"] {
        let server = Server::start(&mut bare(data.path()));
        // a connection that asks nothing, and one that stays open between requests
        let _idle = std::net::TcpStream::connect(server.address).expect("connected");
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let runtime = runtime().expect("a runtime");
        let url = format!("http://{}/readyz", server.address);
        let answer = runtime.block_on(async { client.get(url).send().await.expect("an answer").text().await });
        assert_eq!(answer.expect("a body"), "ready");
        server.signal(signal);
        let (status, after) = server.wait();
        assert_eq!(status.code(), Some(0), "{signal}");
        assert!(after < Duration::from_secs(6), "{signal}: {after:?}");
    }
}

fn a_signal_closes_open_sockets() {
    let data = dir();
    for signal in ["INT", "TERM"] {
        let server = Server::start(&mut bare(data.path()));
        let (status, after) = block_on(async move {
            let mut socket = WsClient::connect(server.address).await;
            socket.init(None).await;
            let id = socket.subscribe("subscription { heartbeat(intervalMs: 3600000) }", json!({})).await;
            socket.next(&id).await;
            // one that has not said anything yet
            let mut silent = WsClient::connect(server.address).await;
            server.signal(signal);
            let away = Received::Closed(Some(1001));
            assert_eq!(socket.next_message(&id).await["type"], "complete", "{signal}");
            assert_eq!(socket.receive().await, away, "{signal}");
            assert_eq!(silent.receive().await, away, "{signal}");
            server.wait()
        });
        assert_eq!(status.code(), Some(0), "{signal}");
        assert!(after < Duration::from_secs(6), "{signal}: {after:?}");
    }
}

fn a_file_of_settings_is_what_nobody_says_otherwise() {
    let data = dir();
    let (file, elsewhere) = (data.path().join("chuishao.toml"), data.path().join("elsewhere"));
    let said = |more: &[&str], database: &str| {
        fs::write(&file, format!("# ours\ndatabase-url = \"sqlite://{database}\"\nevent_days = 30\nwebhooks_to_private = true\n"))
            .expect("written");
        let mut command = chuishao(&elsewhere, &["migrate"]);
        command.args(more).env("CHUISHAO_SETTINGS", &file);
        command
    };
    let database = |name: &str| data.path().join(name);
    let name = |name: &str| database(name).to_str().expect("UTF-8").to_owned();
    fs::create_dir(&elsewhere).expect("made");
    succeeded(&mut said(&[], &name("file.db")));
    assert!(database("file.db").exists());
    // the environment comes first, and the command line before it
    succeeded(said(&[], &name("no.db")).env("CHUISHAO_DATABASE_URL", format!("sqlite://{}", name("environment.db"))));
    succeeded(&mut said(&["--database-url", &format!("sqlite://{}", name("line.db"))], &name("no.db")));
    assert!(database("environment.db").exists() && database("line.db").exists() && !database("no.db").exists());
    succeeded(chuishao(&elsewhere, &["--settings", &name("chuishao.toml"), "migrate"]).env_remove("CHUISHAO_DATA_DIR"));
    assert!(database("no.db").exists(), "the last that was written");
}

fn a_wrong_file_of_settings_ends_with_a_sentence() {
    let data = dir();
    let file = data.path().join("chuishao.toml");
    let refused = |text: &str, words: &[&str]| {
        fs::write(&file, text).expect("written");
        failed(chuishao(data.path(), &["schema"]).env("CHUISHAO_SETTINGS", &file), 1, words);
    };
    refused("listen = ", &["chuishao.toml is no TOML"]);
    refused("port = 80\n", &["there is no setting port", "listen", "data_dir"]);
    refused("settings = \"x\"\n", &["there is no setting settings"]);
    refused("event_days = [1]\n", &["event_days takes a text, a whole number, true or false, not array"]);
    refused("event_days = 0\n", &["event_days", "invalid value '0'"]);
    refused("listen = \"localhost\"\n", &["listen", "expected an address and a port"]);
    failed(chuishao(data.path(), &["schema"]).env("CHUISHAO_SETTINGS", "/no/such.toml"), 1, &["cannot read the settings in /no/such.toml"]);
}

fn the_schema_is_printed_as_it_is_published() {
    let data = dir();
    let published = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/schema.graphql")).expect("schema.graphql");
    assert_eq!(succeeded(&mut chuishao(data.path(), &["schema"])), published);
    assert_eq!(fs::read_dir(data.path()).expect("a directory").count(), 0, "it needs no database");
}

fn a_closed_pipe_is_no_panic() {
    let data = dir();
    let mut child = chuishao(data.path(), &["schema"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

fn settings_are_taken_after_the_command_too() {
    let data = dir();
    let there = data.path().join("there");
    let path = there.to_str().expect("UTF-8");
    succeeded(&mut chuishao(data.path(), &["migrate", "--data-dir", path]));
    assert!(there.join("chuishao.db").is_file());
    let server = Server::start(&mut chuishao(data.path(), &["serve", "--data-dir", path, "--demo", "false", "--listen", "0.0.0.0:0"]));
    assert!(server.address.ip().is_unspecified());
    server.signal("TERM");
    assert_eq!(server.wait().0.code(), Some(0));
}

fn the_help_names_every_command() {
    let data = dir();
    let help = succeeded(&mut chuishao(data.path(), &["--help"]));
    let commands = ["serve", "migrate", "schema", "demo", "figures", "simulate", "token", "verify", "import", "export"];
    let settings =
        ["CHUISHAO_LISTEN", "CHUISHAO_DATA_DIR", "CHUISHAO_DATABASE_URL", "CHUISHAO_TOKEN_KEY", "CHUISHAO_DEMO", "CHUISHAO_GRAPHIQL"];
    for word in commands.iter().chain(&settings) {
        assert!(help.contains(word), "no {word} in: {help}");
    }
    assert!(succeeded(&mut chuishao(data.path(), &["--version"])).contains(env!("CARGO_PKG_VERSION")));
    failed(&mut chuishao(data.path(), &["sereve"]), 2, &["sereve"]);
}

fn wrong_settings_end_with_a_sentence() {
    let data = dir();
    let wrong = [
        ("CHUISHAO_LISTEN", "8000", "127.0.0.1:8000"),
        ("CHUISHAO_LISTEN", "localhost:http", "127.0.0.1:8000"),
        ("CHUISHAO_DATABASE_URL", "mysql://localhost/chuishao", "sqlite://PATH or postgres://"),
        ("CHUISHAO_DATABASE_URL", "chuishao.db", "sqlite://PATH or postgres://"),
        ("CHUISHAO_DEMO", "maybe", "maybe"),
        ("CHUISHAO_GRAPHIQL", "perhaps", "perhaps"),
        ("CHUISHAO_LOG", "loud", "error, warn, info"),
        ("CHUISHAO_LOG", "warn,chuishao=much", "error, warn, info"),
    ];
    for (name, value, words) in wrong {
        failed(chuishao(data.path(), &[]).env(name, value), 2, &[words, &format!("--{}", option(name))]);
    }
}

fn option(name: &str) -> String {
    name.trim_start_matches("CHUISHAO_").to_lowercase().replace('_', "-")
}

fn a_database_that_cannot_be_opened_ends_with_a_sentence() {
    let data = dir();
    let file = data.path().join("file");
    fs::write(&file, "not a directory").expect("written");
    failed(&mut bare(&file), 1, &["cannot make the data directory", "file"]);
    // where nobody can write, not even root
    failed(&mut bare(Path::new("/proc/chuishao")), 1, &["cannot make the data directory", "/proc/chuishao"]);
    let unreachable = "postgres://postgres:secret@127.0.0.1:1/chuishao";
    let began = Instant::now();
    let said = failed(bare(data.path()).env("CHUISHAO_DATABASE_URL", unreachable), 1, &["cannot open the database", "refused"]);
    assert!(!said.contains("secret"), "{said}");
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    let nowhere = format!("sqlite://{}/no/such/place.db", data.path().display());
    failed(bare(data.path()).env("CHUISHAO_DATABASE_URL", nowhere), 1, &["cannot open the database"]);
    let spoilt = format!("sqlite://{}", file.display());
    failed(bare(data.path()).env("CHUISHAO_DATABASE_URL", spoilt), 1, &["database"]);
}

fn a_command_makes_no_database_that_is_not_there() {
    let data = dir();
    let (file, areas, out) = (data.path().join("slip.db"), data.path().join("areas.csv"), data.path().join("out.csv"));
    fs::write(&areas, "代码,名称,级别,上级代码\n430000000000,湖南省,省级,\n").expect("written");
    let [areas, out] = [&areas, &out].map(|path| path.to_str().expect("UTF-8"));
    let commands: [&[&str]; 6] =
        [&["verify"], &["figures"], &["token"], &["reindex"], &["export", "areas", out], &["import", "areas", areas]];
    for command in commands {
        let mut slip = chuishao(data.path(), command);
        slip.env("CHUISHAO_DATABASE_URL", format!("sqlite://{}", file.display()));
        failed(&mut slip, 1, &["there is no database at", "slip.db"]);
        assert!(!file.exists(), "{command:?}");
    }
}

fn a_taken_port_ends_with_a_sentence() {
    let data = dir();
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    failed(bare(data.path()).env("CHUISHAO_LISTEN", &address), 1, &["cannot listen on", &address]);
    assert_eq!(fs::read_dir(data.path()).expect("a directory").count(), 0, "told before anything is made");
}

fn a_spoilt_key_is_never_replaced() {
    let data = dir();
    let key = data.path().join("token.key");
    for content in ["", "something else"] {
        fs::write(&key, content).expect("written");
        failed(&mut bare(data.path()), 1, &["token.key", "not an Ed25519 key"]);
        assert_eq!(fs::read_to_string(&key).expect("the key"), content);
    }
}

fn a_token_key_that_is_named_is_taken_and_never_made() {
    let (ours, theirs, keys) = (dir(), dir(), dir());
    let key = keys.path().join("shared.key");
    let path = key.to_str().expect("UTF-8");
    failed(&mut chuishao(ours.path(), &["migrate", "--token-key", path]), 1, &["no token key", "shared.key"]);
    assert!(!key.exists());
    // the one that a first server has made
    succeeded(&mut chuishao(theirs.path(), &["migrate"]));
    fs::rename(theirs.path().join("token.key"), &key).expect("moved");
    succeeded(chuishao(ours.path(), &["demo"]).env("CHUISHAO_TOKEN_KEY", &key));
    let token = succeeded(chuishao(ours.path(), &["token", "community"]).env("CHUISHAO_TOKEN_KEY", &key));
    assert!(!ours.path().join("token.key").exists(), "none of its own beside it");
    let server = Server::start(chuishao(ours.path(), &[]).env("CHUISHAO_TOKEN_KEY", &key));
    let viewer = block_on(ask(server.address, token.trim(), "{ viewer { person { name } } }"));
    assert!(viewer["viewer"]["person"]["name"].is_string());
    server.signal("TERM");
    assert_eq!(server.wait().0.code(), Some(0));
    fs::write(&key, "something else").expect("written");
    failed(bare(ours.path()).env("CHUISHAO_TOKEN_KEY", &key), 1, &["shared.key", "not an Ed25519 key"]);
}

/// Runs a command in several processes at once; all succeed.
fn at_once(make: impl Fn() -> Command) {
    let children: Vec<_> = (0..6).map(|_| make().stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs")).collect();
    for child in children {
        let output = child.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

fn processes_that_start_at_once_share_one_key_and_one_schema() {
    let data = dir();
    at_once(|| chuishao(data.path(), &["migrate"]));
    let mut names: Vec<_> = fs::read_dir(data.path()).expect("a directory").flatten().map(|entry| entry.file_name()).collect();
    names.retain(|name| !name.to_string_lossy().starts_with("chuishao.db"));
    assert_eq!(names, ["token.key"]);
}

fn an_open_address_has_no_demonstration_unless_told() {
    let data = dir();
    let server = Server::start(chuishao(data.path(), &[]).env("CHUISHAO_LISTEN", "0.0.0.0:0"));
    let address = SocketAddr::from(([127, 0, 0, 1], server.address.port()));
    assert_eq!(block_on(ask(address, "", "{ complexes { totalCount } }"))["complexes"]["totalCount"], 0);
    server.signal("TERM");
    assert_eq!(server.wait().0.code(), Some(0));
    failed(&mut chuishao(data.path(), &["token", "community"]), 1, &["no sign-in named"]);
}

/// As deploy/ says: with the settings of the published unit, but for the port and for what systemd fills in.
fn a_district_begins_without_the_demonstration() {
    let unit = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/chuishao.service")).expect("the unit");
    let settings = unit.lines().filter_map(|line| line.strip_prefix("Environment=")?.split_once('='));
    let settings: Vec<_> = settings.filter(|(name, value)| *name != "CHUISHAO_LISTEN" && !value.contains('%')).collect();
    let data = dir();
    let start = || Server::start(chuishao(data.path(), &["serve"]).envs(settings.iter().copied()));
    let census = "{ viewer { roles } areas { totalCount } cases { totalCount } }";
    let server = start();
    let seen = block_on(ask(server.address, "", census));
    assert_eq!(seen, json!({ "viewer": { "roles": [] }, "areas": { "totalCount": 0 }, "cases": { "totalCount": 0 } }));
    server.last_words();

    let areas =
        "代码,名称,级别,上级代码\n430000000000,虚省,省级,\n431300000000,虚市,地级,430000000000\n431302000000,虚区,县级,431300000000\n";
    let persons = "姓名,登录名,岗位,区划代码,起任日期\n王某,admin,系统管理员,431302000000,2020-01-01\n";
    for (what, table) in [("areas", areas), ("persons", persons)] {
        let file = data.path().join(what);
        fs::write(&file, table).expect("written");
        succeeded(&mut chuishao(data.path(), &["import", what, file.to_str().expect("UTF-8")]));
    }
    let token = succeeded(&mut chuishao(data.path(), &["token", "admin"]));
    let server = start();
    let seen = block_on(ask(server.address, token.trim(), census));
    assert_eq!(seen, json!({ "viewer": { "roles": ["ADMINISTRATOR"] }, "areas": { "totalCount": 3 }, "cases": { "totalCount": 0 } }));
    let said = server.last_words();
    assert!(!said.contains("Bearer"), "the token of a real person: {said}");
}

fn it_starts_on_postgres_from_several_processes_at_once() {
    if postgres::skipped() {
        return;
    }
    let data = dir();
    let database = postgres::database(Contents::Nothing).expect("a database");
    block_on(async {
        let connection = sea_orm::Database::connect(database.url()).await.expect("connected");
        connection.execute_unprepared("DROP SCHEMA public CASCADE; CREATE SCHEMA public").await.expect("emptied");
        connection.close().await.expect("closed");
    });
    at_once(|| {
        let mut command = chuishao(data.path(), &["migrate"]);
        command.env("CHUISHAO_DATABASE_URL", database.url());
        command
    });
    let server = Server::start(bare(data.path()).env("CHUISHAO_DATABASE_URL", database.url()));
    assert_eq!(block_on(ask(server.address, "", "{ areas { totalCount } }"))["areas"]["totalCount"], 0);
    server.signal("TERM");
    assert_eq!(server.wait().0.code(), Some(0));
    block_on(database.remove()).expect("removed");
}
