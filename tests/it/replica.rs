//! Reads from a streaming standby: whoever has written sees it at once, everyone else when the standby does.

use std::time::{Duration, Instant};

use chuishao::auth::Actor;
use entity::{PersonId, area, case_file, event_log};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, PaginatorTrait, Statement};
use serde_json::{Value, json};

use crate::support::{
    TestApp,
    app::Contents,
    global::global,
    live::{self, execute},
    postgres,
    process::{Server, chuishao, failed},
    run::{TestDatabase, runtime},
    standby::Pair,
};

crate::tests! {
    replicated: [
        what_nobody_wrote_is_read_from_the_replica_alone,
        ones_own_write_is_read_back_at_once_and_others_see_it_when_the_replica_does,
        a_write_that_has_not_ended_keeps_its_person_on_the_primary,
        a_page_of_the_log_that_holds_nothing_yet_is_not_waited_for,
        the_log_is_read_on_the_side_of_ordinary_reads,
        an_event_is_told_when_what_it_speaks_of_can_be_seen,
        more_writers_than_are_counted_send_everyone_to_the_primary,
        a_replica_that_is_stopped_costs_no_answer_and_is_read_from_again,
        a_replica_too_far_behind_is_not_read_from_until_it_has_caught_up,
        what_the_replica_breaks_off_the_primary_answers,
        a_server_that_is_no_standby_of_this_database_is_not_read_from,
    ],
    pure: [a_replica_of_sqlite_is_refused_with_a_sentence, a_replica_that_is_not_there_keeps_nothing_from_starting],
}

const LIST: &str = "{ cases { totalCount nodes { id number title complex { name } } } }";

/// Waits for what a server does on its own account.
async fn eventually(what: &str, done: impl AsyncFn() -> bool) {
    let began = Instant::now();
    while !done().await {
        assert!(began.elapsed() < Duration::from_secs(20), "waited twenty seconds: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// How many statements a question costs the primary and the replica, and its data.
async fn sides(t: &TestApp, who: PersonId, query: &str) -> (usize, usize, Value) {
    let (primary, replica) = (t.statements.count(), t.replica_statements.count());
    let data = t.ask(Some(who), query).await.data().clone();
    (t.statements.since(primary).len(), t.replica_statements.since(replica).len(), data)
}

async fn only_replica(t: &TestApp, who: PersonId) {
    eventually("reads go to the replica", async || {
        let (primary, replica, _) = sides(t, who, LIST).await;
        primary == 0 && replica > 0
    })
    .await;
}

async fn titles(t: &TestApp, who: PersonId) -> Vec<String> {
    let answer = t.ask(Some(who), LIST).await;
    let nodes = answer.data()["cases"]["nodes"].as_array().expect("nodes").clone();
    nodes.iter().map(|node| node["title"].as_str().expect("a title").to_owned()).collect()
}

async fn reported(t: &TestApp, who: PersonId, title: &str) -> live::Reported {
    live::report(t, who, title, json!({ "complexId": global(t.world().xinyue) }), Value::Null).await
}

async fn what_nobody_wrote_is_read_from_the_replica_alone(t: TestApp, pair: &Pair) {
    let w = t.world();
    only_replica(&t, w.community).await;
    pair.pause().await;
    let primary = t.statements.count();
    let (_, replica, data) = sides(&t, w.resident, "{ complexes { nodes { name } } viewer { roles } }").await;
    assert_eq!(replica, 2, "sign-in and complexes");
    assert_eq!(data["complexes"]["nodes"].as_array().map(Vec::len), Some(3));
    t.ask(None, "{ areas { nodes { name } } }").await.data();
    assert_eq!(t.statements.since(primary), Vec::<String>::new(), "nothing is asked of the primary");

    let cx = t.cx(Actor { person: Some(w.resident), ..Actor::default() });
    area::Entity::find().count(cx.to_change().read()).await.expect("counted");
    assert_eq!(t.statements.since(primary).len(), 1, "but by who changes something");
}

async fn ones_own_write_is_read_back_at_once_and_others_see_it_when_the_replica_does(t: TestApp, pair: &Pair) {
    let w = t.world();
    only_replica(&t, w.community).await;
    only_replica(&t, w.resident).await;
    pair.pause().await;

    let input = json!({ "title": "楼道堆物", "category": "VIOLATION", "place": { "complexId": global(w.xinyue) } });
    let selection = "case { id number complex { name } timeline { nodes { kind } } whistles { nodes { status } } }";
    let answer = t.change(Some(w.resident), "reportCase", input, selection).await;
    let case = &answer.done("reportCase")["case"];
    assert_eq!(case["timeline"]["nodes"][0]["kind"], "REPORTED", "the payload reads the primary");
    assert_eq!(case["whistles"]["nodes"][0]["status"], "RAISED");
    let one = format!("{{ case(number: {}) {{ id title }} node(id: {}) {{ ... on Case {{ title }} }} }}", case["number"], case["id"]);

    let (primary, replica, data) = sides(&t, w.resident, &one).await;
    assert_eq!((&data["case"]["title"], &data["node"]["title"]), (&json!("楼道堆物"), &json!("楼道堆物")));
    assert!(primary > 0 && replica == 0, "{primary} and {replica}");
    assert_eq!(titles(&t, w.resident).await, ["楼道堆物"]);

    let (primary, replica, data) = sides(&t, w.community, &one).await;
    assert_eq!((&data["case"], &data["node"]), (&Value::Null, &Value::Null), "the replica does not know of it yet");
    assert!(primary == 0 && replica > 0, "{primary} and {replica}");
    assert_eq!(titles(&t, w.community).await, Vec::<String>::new());

    // what another does with it is done to the case of now, and read back by them too
    let moved =
        t.change(Some(w.grid_worker), "addCaseNote", json!({ "caseId": case["id"], "note": "已电话联系" }), "case { version }").await;
    assert_eq!(moved.done("addCaseNote")["case"]["version"], 2);
    assert_eq!(titles(&t, w.grid_worker).await, ["楼道堆物"]);

    pair.resume().await;
    eventually("the replica shows it", async || titles(&t, w.community).await == ["楼道堆物"]).await;
    for person in [w.resident, w.grid_worker] {
        only_replica(&t, person).await;
        assert_eq!(titles(&t, person).await, ["楼道堆物"]);
    }
}

async fn a_write_that_has_not_ended_keeps_its_person_on_the_primary(t: TestApp, _: &Pair) {
    let w = t.world();
    only_replica(&t, w.resident).await;
    let first = t.app.db.writing(Some(w.resident)).expect("a replica");
    let second = t.app.db.writing(Some(w.resident)).expect("a replica");
    assert_eq!(sides(&t, w.resident, LIST).await.1, 0);
    drop(first);
    // the replica has all there is, and still
    let others = t.app.db.writing(Some(w.community));
    drop(others);
    only_replica(&t, w.community).await;
    assert_eq!(sides(&t, w.resident, LIST).await.1, 0);
    drop(second);
    only_replica(&t, w.resident).await;
}

async fn a_page_of_the_log_that_holds_nothing_yet_is_not_waited_for(t: TestApp, _: &Pair) {
    let w = t.world();
    only_replica(&t, w.resident).await;
    // more than once: now and then the server adds a record on its own account
    for _ in 0..3 {
        // the next record comes after the header of a new page, and none comes
        execute(&t, "SELECT pg_current_xact_id()").await;
        execute(&t, "SELECT pg_switch_wal()").await;
        let began = Instant::now();
        drop(t.app.db.writing(Some(w.resident)));
        assert_eq!(sides(&t, w.resident, LIST).await.1, 0);
        only_replica(&t, w.resident).await;
        assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    }
}

async fn the_log_is_read_on_the_side_of_ordinary_reads(t: TestApp, pair: &Pair) {
    let w = t.world();
    let logged = async || case_file::Entity::find().count(t.app.db.reading()).await.expect("counted");
    only_replica(&t, w.community).await;
    pair.pause().await;
    reported(&t, w.resident, "路灯不亮").await;
    assert_eq!((logged().await, titles(&t, w.community).await.len()), (0, 0));
    pair.resume().await;
    t.app.db.reading_caught_up().await;
    assert_eq!((logged().await, titles(&t, w.community).await.len()), (1, 1));

    pair.stop_standby();
    reported(&t, w.resident, "井盖破损").await;
    eventually("the log is read from the primary", async || {
        case_file::Entity::find().count(t.app.db.reading()).await.is_ok_and(|count| count == 2)
    })
    .await;
    assert_eq!(titles(&t, w.community).await.len(), 2);
}

async fn an_event_is_told_when_what_it_speaks_of_can_be_seen(t: TestApp, pair: &Pair) {
    let w = t.world();
    only_replica(&t, w.community).await;
    let mut socket = t.ws(Some(&t.token(w.community))).await;
    let id = live::follow_statuses(&t, &mut socket, Value::Null).await;
    let told = t.app.log.position();
    pair.pause().await;
    reported(&t, w.resident, "路灯不亮").await;
    eventually("it is in the primary's log", async || event_log::Entity::find().count(&t.app.db.read).await.is_ok_and(|count| count > 0))
        .await;
    assert_eq!(t.app.log.position(), told);
    pair.resume().await;
    assert_eq!(live::next_at(&mut socket, &id, "/case/title").await, "路灯不亮");
}

async fn more_writers_than_are_counted_send_everyone_to_the_primary(t: TestApp, pair: &Pair) {
    let w = t.world();
    only_replica(&t, w.community).await;
    pair.pause().await;
    reported(&t, w.resident, "路灯不亮").await;
    assert_eq!(titles(&t, w.community).await.len(), 0);
    for _ in 0..10_000 {
        drop(t.app.db.writing(Some(t.app.clock.new_id())));
    }
    assert_eq!(titles(&t, w.community).await.len(), 1);
    assert_eq!(sides(&t, w.resident, LIST).await.1, 0);
    pair.resume().await;
    only_replica(&t, w.community).await;
    only_replica(&t, w.resident).await;
    assert_eq!(titles(&t, w.community).await.len(), 1);
}

async fn a_replica_that_is_stopped_costs_no_answer_and_is_read_from_again(t: TestApp, pair: &Pair) {
    let w = t.world();
    let token = t.token(w.community);
    only_replica(&t, w.community).await;
    // many connections, which all end at once
    futures_util::future::join_all((0..30).map(|_| t.gql(Some(&token), LIST, Value::Null))).await;
    pair.stop_standby();
    let began = Instant::now();
    for answer in futures_util::future::join_all((0..30).map(|_| t.gql(Some(&token), LIST, Value::Null))).await {
        answer.data();
    }
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    reported(&t, w.resident, "路灯不亮").await;
    assert_eq!(titles(&t, w.community).await, ["路灯不亮"]);
    eventually("the replica is left alone", async || {
        let (primary, replica, _) = sides(&t, w.community, LIST).await;
        primary > 0 && replica == 0
    })
    .await;

    pair.start_standby();
    only_replica(&t, w.community).await;
    assert_eq!(titles(&t, w.community).await, ["路灯不亮"]);
}

async fn a_replica_too_far_behind_is_not_read_from_until_it_has_caught_up(t: TestApp, pair: &Pair) {
    let w = t.world();
    t.app.db.watch_replica(Duration::from_millis(500));
    only_replica(&t, w.community).await;
    pair.pause().await;
    reported(&t, w.resident, "路灯不亮").await;
    eventually("it is given up on", async || titles(&t, w.community).await == ["路灯不亮"]).await;
    assert_eq!(sides(&t, w.community, LIST).await.1, 0);
    pair.resume().await;
    only_replica(&t, w.community).await;
    assert_eq!(titles(&t, w.community).await, ["路灯不亮"]);
}

async fn what_the_replica_breaks_off_the_primary_answers(t: TestApp, _: &Pair) {
    // as a standby does when it must clean up what a statement still reads
    let raise = |code: &str| format!("IF pg_is_in_recovery() THEN RAISE 'broken off' USING ERRCODE = '{code}'; END IF");
    let function = |name: &str, code: &str| {
        format!("CREATE FUNCTION {name}() RETURNS text LANGUAGE plpgsql AS $$ BEGIN {}; RETURN 'the primary'; END $$;", raise(code))
    };
    execute(&t, &(function("conflict", "40001") + &function("too_slow", "57014"))).await;
    let stranger = Some(t.world().far_resident);
    eventually("the replica knows the functions", async || {
        let areas = t.replica_statements.count();
        area::Entity::find().count(t.app.db.reader(stranger)).await.expect("counted");
        let read = t.replica_statements.count() > areas;
        t.app.db.reading_caught_up().await;
        read
    })
    .await;
    let ask = async |function: &str| {
        let (primary, replica) = (t.statements.count(), t.replica_statements.count());
        let statement = Statement::from_string(DbBackend::Postgres, format!("SELECT {function}() AS answer"));
        let answer = t.app.db.reader(stranger).query_one_raw(statement).await;
        assert_eq!(t.replica_statements.since(replica).len(), 1);
        (answer.map(|row| row.expect("a row").try_get::<String>("", "answer").expect("a text")), t.statements.since(primary).len())
    };
    let (answer, primary) = ask("conflict").await;
    assert_eq!((answer.as_deref(), primary), (Ok("the primary"), 1));
    let (answer, primary) = ask("too_slow").await;
    assert!(answer.is_err(), "{answer:?}");
    assert_eq!(primary, 0, "what took too long is not begun again");
}

async fn a_server_that_is_no_standby_of_this_database_is_not_read_from(t: TestApp, pair: &Pair) {
    let w = t.world();
    for url in [t.url.clone(), pair.other_database_url()] {
        let other = TestApp::start_with(&t.url, Some(&url)).await.expect("started");
        // time enough for the right one to be found good, more than once
        for _ in 0..10 {
            let right = TestApp::start_with(&t.url, Some(&pair.replica_url(&t.url))).await.expect("started");
            only_replica(&right, w.community).await;
            right.app.db.close().await;
            let (primary, replica, _) = sides(&other, w.community, LIST).await;
            assert!(primary > 0 && replica == 0, "{primary} and {replica}");
        }
        other.app.db.close().await;
    }
}

fn dir() -> tempfile::TempDir {
    tempfile::tempdir().expect("a directory")
}

fn a_replica_of_sqlite_is_refused_with_a_sentence() {
    let data = dir();
    let with = |url: &str| chuishao(data.path(), &["--replica-url", url]);
    failed(&mut with("postgres://localhost/none"), 1, &["--replica-url", "PostgreSQL", "SQLite"]);
    failed(&mut with("sqlite://other.db"), 2, &["--replica-url", "postgres://"]);
    assert_eq!(data.path().read_dir().expect("a folder").count(), 0, "nothing was made");
}

fn a_replica_that_is_not_there_keeps_nothing_from_starting() {
    if postgres::skipped() {
        return;
    }
    let (data, database) = (dir(), postgres::database(Contents::World).expect("a database"));
    let mut command = chuishao(data.path(), &["--database-url", &database.url()]);
    let server = Server::start(command.env("CHUISHAO_REPLICA_URL", "postgres://nobody@127.0.0.1:1/none"));
    let runtime = runtime().expect("a runtime");
    let answer = runtime.block_on(async {
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let url = format!("http://{}/graphql?query={{areas{{totalCount}}}}", server.address);
        client.get(url).send().await.expect("an answer").text().await.expect("a body")
    });
    assert_eq!(answer, r#"{"data":{"areas":{"totalCount":16}}}"#);
    server.signal("TERM");
    assert_eq!(server.wait().0.code(), Some(0));
    runtime.block_on(database.remove()).expect("removed");
}
