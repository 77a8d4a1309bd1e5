//! The runner of deadlines in the real binary, by the clock on the wall, and SIGKILL at each point where it could matter: in the middle of a
//! transaction, at its commit, between two of them.
//!
//! What falls due was reported in June, by the clock of the test; so all of it is due when the server comes.

use std::{collections::BTreeMap, process::Command, time::Duration};

use chuishao::{
    case::service::deadlines::{PORTION, run_due},
    clock::Clock,
};
use entity::{CaseEventKind, CaseId, WhistleStatus, case_event, event_log, whistle};
use sea_orm::{
    ColumnTrait, ConnectOptions, ConnectionTrait, Database, DatabaseConnection, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    Statement,
};

use crate::support::{
    TestApp,
    process::{Server, chuishao},
};

crate::tests! {
    both: [a_killed_runner_leaves_nothing_half_done_and_nothing_is_done_twice],
}

/// Cases in the last of three portions.
const REST: usize = 10;
const PATIENCE: Duration = Duration::from_secs(60);

/// Where the runner is held while it is killed.
#[derive(Clone, Copy)]
enum Held {
    /// Cases and whistles are written, entries are not.
    InTheMiddle,
    /// All is written.
    AtCommit,
}

/// Waits for something that another process does.
async fn until(what: &str, mut done: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !done().await {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    assert!(tokio::time::timeout(PATIENCE, waiting).await.is_ok(), "waited a minute: {what}");
}

async fn escalated(t: &TestApp) -> usize {
    let escalated = whistle::Entity::find().filter(whistle::Column::Status.eq(WhistleStatus::Escalated));
    usize::try_from(escalated.count(&t.app.db.read).await.expect("a count")).expect("few")
}

/// Facts in the event log, once all that was committed is there.
async fn told(t: &TestApp) -> usize {
    t.settle().await;
    usize::try_from(event_log::Entity::find().count(&t.app.db.read).await.expect("a count")).expect("few")
}

fn server(t: &TestApp, dir: &tempfile::TempDir) -> Command {
    let mut command = chuishao(dir.path(), &[]);
    command.env("CHUISHAO_DATABASE_URL", &t.url).env("CHUISHAO_DEMO", "false").env("CHUISHAO_EVENT_DAYS", "3650");
    command
}

/// Holds whoever enters something, for as long as the connection does not let go; SQLite does not come back in this life.
async fn hold(t: &TestApp, held: Held) -> DatabaseConnection {
    let mut options = ConnectOptions::new(t.url.clone());
    options.max_connections(1).map_sqlx_sqlite_opts(|sqlite| sqlite.busy_timeout(Duration::ZERO));
    let connection = Database::connect(options).await.expect("connected");
    if !t.app.db.is_postgres() {
        let forever = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
        t.sql(&format!("CREATE TRIGGER held BEFORE INSERT ON case_event BEGIN SELECT ({forever}); END")).await;
        return connection;
    }
    connection.execute_unprepared("SELECT pg_advisory_lock(7)").await.expect("locked");
    let function = "BEGIN PERFORM pg_advisory_xact_lock(7); RETURN NEW; END";
    t.sql(&format!("CREATE FUNCTION held() RETURNS trigger LANGUAGE plpgsql AS $$ {function} $$")).await;
    t.sql(match held {
        Held::InTheMiddle => "CREATE TRIGGER held BEFORE INSERT ON case_event FOR EACH ROW EXECUTE FUNCTION held()",
        Held::AtCommit => {
            "CREATE CONSTRAINT TRIGGER held AFTER INSERT ON case_event DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION held()"
        }
    })
    .await;
    connection
}

/// Whether a runner is held.
async fn is_held(t: &TestApp, connection: &DatabaseConnection) -> bool {
    if !t.app.db.is_postgres() {
        // a moment's lock is somebody else's
        for _ in 0..50 {
            if connection.execute_unprepared("BEGIN IMMEDIATE; ROLLBACK").await.is_ok() {
                return false;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        return true;
    }
    let waiting = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = 7 AND NOT granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    let waiting = Statement::from_string(connection.get_database_backend(), waiting);
    connection.query_one_raw(waiting).await.expect("asked").is_some()
}

/// Lets go, or cuts off who waits; and waits until nobody does.
async fn let_go(t: &TestApp, connection: &DatabaseConnection, cut_off: bool) {
    if !t.app.db.is_postgres() {
        return t.sql("DROP TRIGGER held").await;
    }
    let others = "pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory' AND objid = 7
        AND datname = current_database() AND pid <> pg_backend_pid()";
    if cut_off {
        connection.execute_unprepared(&format!("SELECT pg_terminate_backend(pid) FROM {others}")).await.expect("cut off");
    }
    connection.execute_unprepared("SELECT pg_advisory_unlock(7)").await.expect("unlocked");
    until("nobody is held", async || {
        let left = Statement::from_string(connection.get_database_backend(), format!("SELECT 1 FROM {others}"));
        connection.query_one_raw(left).await.expect("asked").is_none()
    })
    .await;
    t.sql("DROP TRIGGER held ON case_event").await;
    t.sql("DROP FUNCTION held()").await;
}

/// Kills a server that is held there; how many whistles are escalated then.
async fn killed_when(t: &TestApp, dir: &tempfile::TempDir, held: Held, cut_off: bool) -> usize {
    let connection = hold(t, held).await;
    let server = Server::start(&mut server(t, dir));
    until("the runner is held", async || is_held(t, &connection).await).await;
    server.signal("KILL");
    server.wait();
    let_go(t, &connection, cut_off).await;
    connection.close().await.expect("closed");
    escalated(t).await
}

/// The kinds of each case's entries, in order.
async fn kinds(t: &TestApp) -> BTreeMap<CaseId, Vec<CaseEventKind>> {
    let mut kinds: BTreeMap<CaseId, Vec<CaseEventKind>> = BTreeMap::new();
    let entries = case_event::Entity::find().order_by_asc(case_event::Column::Seq).all(&t.app.db.read).await.expect("entries");
    for entry in entries {
        kinds.entry(entry.case_id).or_default().push(entry.kind);
    }
    kinds
}

async fn a_killed_runner_leaves_nothing_half_done_and_nothing_is_done_twice(t: TestApp) {
    let dir = tempfile::tempdir().expect("a directory");
    let cases = PORTION * 2 + REST;
    for _ in 0..cases {
        t.report(t.world().resident).await;
    }
    let before = told(&t).await;

    assert_eq!(killed_when(&t, &dir, Held::InTheMiddle, false).await, 0, "what was begun is as if it had not been");
    if t.app.db.is_postgres() {
        assert_eq!(killed_when(&t, &dir, Held::AtCommit, true).await, 0, "nor did the commit take place");
        assert_eq!(killed_when(&t, &dir, Held::AtCommit, false).await, PORTION, "it did, and nobody was left to hear of it");
    }
    // between two portions, or in the next; where several may run, there are two
    let done = escalated(&t).await;
    let killed = Server::start(&mut server(&t, &dir));
    let _other = t.app.db.is_postgres().then(|| Server::start(&mut server(&t, &dir)));
    until("one more portion is done", async || escalated(&t).await > done).await;
    killed.signal("KILL");
    killed.wait();
    let done = escalated(&t).await;
    assert!([0, REST].contains(&(done % PORTION)), "{done}: a portion is done or it is not");

    let _last = Server::start(&mut server(&t, &dir));
    until("all is done", async || escalated(&t).await == cases).await;
    let kinds = kinds(&t).await;
    let expected = kinds.values().next().expect("cases");
    assert_eq!(expected.iter().filter(|kind| **kind == CaseEventKind::WhistleEscalated).count(), 1, "{expected:?}");
    assert_eq!(expected.iter().filter(|kind| **kind == CaseEventKind::WhistleRaised).count(), 1, "{expected:?}");
    let unlike: Vec<_> = kinds.values().filter(|kinds| *kinds != expected).collect();
    assert!(unlike.is_empty(), "{unlike:?} are not {expected:?}");
    // each entry that was made is told once
    assert_eq!(told(&t).await - before, cases * (expected.len() - 1));
    // and nothing is left for another runner, at this time or later
    t.advance(Clock::System.now() - t.now());
    assert_eq!(run_due(&t.app).await.expect("a look"), 0);
}
