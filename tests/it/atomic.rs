//! All or nothing: a write that fails at its last step, a client that hangs up in the middle of one, two that race.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
    time::Duration,
};

use chuishao::{
    case::service::{NewCase, Place, report},
    person::service::maybe_actor,
};
use entity::{CaseCategory, CasePriority, CaseStatus, IntakeChannel, case_number};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, EntityTrait, Statement};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::Instant,
};

use crate::support::{
    TestApp,
    cases::Filed,
    global::global,
    world::WORLD,
    ws::{Received, WsClient},
};

crate::tests! {
    both: [
        a_report_whose_last_row_fails_leaves_nothing_behind,
        a_report_whose_commit_fails_leaves_nothing_behind,
        a_move_whose_last_row_fails_leaves_nothing_behind,
        a_write_outlives_the_client_that_hangs_up,
        a_request_dropped_at_any_point_leaves_no_transaction_open,
        of_two_officers_who_close_at_once_one_succeeds,
        of_two_servers_that_close_at_once_one_succeeds,
        of_two_who_check_in_at_once_one_succeeds,
        notes_added_at_once_are_all_kept,
    ],
}

async fn run(t: &TestApp, statements: &[&str]) {
    let tx = t.app.db.begin().await.expect("begun");
    for statement in statements {
        tx.execute_unprepared(statement).await.expect("executed");
    }
    tx.commit().await.expect("committed");
}

/// What goes wrong with every write to a timeline from now on.
#[derive(Clone, Copy)]
enum Failure {
    /// No entry can be appended: the last rows that a write makes.
    LastRow,
    /// Every row goes in, and then the commit fails.
    Commit,
}

impl Failure {
    async fn inject(self, t: &TestApp) {
        const FAIL: &str = "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'a broken disk'; END $$";
        const ROW: &str = "CREATE TRIGGER broken BEFORE INSERT ON case_event FOR EACH ROW EXECUTE FUNCTION fail()";
        const LATE: &str = "CREATE CONSTRAINT TRIGGER broken AFTER INSERT ON case_event DEFERRABLE INITIALLY DEFERRED \
                            FOR EACH ROW EXECUTE FUNCTION fail()";
        const ABORT: &str = "CREATE TRIGGER broken BEFORE INSERT ON case_event BEGIN SELECT RAISE(ABORT, 'a broken disk'); END";
        const DEBT: &str = "CREATE TABLE debt (id INTEGER PRIMARY KEY, owed INTEGER REFERENCES debt (id) DEFERRABLE INITIALLY DEFERRED)";
        const OWE: &str = "CREATE TRIGGER broken AFTER INSERT ON case_event BEGIN INSERT INTO debt (owed) VALUES (-1); END";
        let statements: &[&str] = match (self, t.app.db.is_postgres()) {
            (Self::LastRow, true) => &[FAIL, ROW],
            (Self::Commit, true) => &[FAIL, LATE],
            (Self::LastRow, false) => &[ABORT],
            (Self::Commit, false) => &[DEBT, OWE],
        };
        run(t, statements).await;
    }
}

async fn mend(t: &TestApp) {
    let drop = if t.app.db.is_postgres() { "DROP FUNCTION fail() CASCADE" } else { "DROP TRIGGER broken" };
    run(t, &[drop]).await;
}

/// A subscription to changes of status, and the number of the last report that it has told of.
async fn listener(t: &TestApp) -> (WsClient, String, String) {
    let mut socket = t.ws(Some(&t.token(t.world().district))).await;
    let id = socket.subscribe("subscription { caseStatusChanged { case { number } } }", json!({})).await;
    loop {
        // until one is heard of, the stream may not be open yet
        let last = t.report(t.world().resident).await.number;
        if let Ok(mut heard) = tokio::time::timeout(Duration::from_millis(200), socket.next(&id)).await {
            while heard["caseStatusChanged"]["case"]["number"] != *last {
                heard = socket.next(&id).await;
            }
            return (socket, id, last);
        }
    }
}

/// A report fails with `INTERNAL` and says nothing of the cause; no row is left, no number used, no event published.
async fn a_failing_report(t: TestApp, failure: Failure) {
    let w = t.world();
    let (mut socket, stream, last) = listener(&t).await;
    t.settle().await;
    let told = t.app.log.position();
    let (before, numbers) = (t.records().await, numbers(&t).await);
    failure.inject(&t).await;
    for _ in 0..3 {
        let failed = t.try_report(w.resident, json!({})).await;
        failed.assert_code("INTERNAL");
        assert_eq!(failed.json["data"]["reportCase"], Value::Null);
        let said = failed.json.to_string();
        assert!(["broken", "case_event", "debt", "FOREIGN"].iter().all(|secret| !said.contains(secret)), "{said}");
    }
    assert_eq!(t.records().await, before);
    assert_eq!(self::numbers(&t).await, numbers);
    assert_eq!(t.facts_after(told).await, []);

    mend(&t).await;
    let next = t.report(w.resident).await.number;
    let sequence = |number: &str| number.rsplit('-').next().and_then(|digits| digits.parse::<u32>().ok()).expect("a number");
    assert_eq!(sequence(&next), sequence(&last) + 1);
    // the next that is heard of is the next that happened
    assert_eq!(socket.next(&stream).await["caseStatusChanged"]["case"]["number"], *next);
}

async fn numbers(t: &TestApp) -> Vec<case_number::Model> {
    case_number::Entity::find().all(&t.app.db.read).await.expect("numbers")
}

async fn a_report_whose_last_row_fails_leaves_nothing_behind(t: TestApp) {
    a_failing_report(t, Failure::LastRow).await;
}

async fn a_report_whose_commit_fails_leaves_nothing_behind(t: TestApp) {
    a_failing_report(t, Failure::Commit).await;
}

async fn a_move_whose_last_row_fails_leaves_nothing_behind(t: TestApp) {
    let w = t.world();
    let Filed { case, whistle, .. } = t.report_with(w.resident, json!({ "matterId": global(w.matter_parking) })).await;
    let other = t.report(w.resident2).await.case;
    t.settle().await;
    let told = t.app.log.position();
    let before = t.records().await;
    let moves = [
        (w.grid_worker, "acceptCase", &case, json!({})),
        (w.grid_worker, "rejectCase", &case, json!({})),
        (w.grid_worker, "mergeCase", &case, json!({ "intoCaseId": other })),
        (w.community, "raiseWhistle", &case, json!({ "to": "DEPARTMENT" })),
        (w.grid_worker, "checkInWhistle", &whistle, json!({})),
        (w.grid_worker, "declineWhistle", &whistle, json!({})),
        (w.resident, "escalateWhistle", &whistle, json!({})),
    ];
    for failure in [Failure::LastRow, Failure::Commit] {
        failure.inject(&t).await;
        for (by, mutation, on, with) in &moves {
            t.act(*by, mutation, on, with.clone()).await.assert_code("INTERNAL");
            assert_eq!(t.records().await, before, "{mutation} has left something behind");
        }
        mend(&t).await;
    }
    assert_eq!(t.facts_after(told).await, []);
    t.does_with(w.community, "raiseWhistle", &case, json!({ "to": "DEPARTMENT" })).await;
    t.does(w.grid_worker, "checkInWhistle", &whistle).await;
}

/// How a client turns away from a mutation; it waits until the server has noticed.
#[derive(Clone, Copy, Debug)]
enum HangUp {
    /// The HTTP connection ends.
    Http,
    /// The answer is not wanted any more.
    Complete,
    /// The socket is closed.
    Socket,
}

/// Asks for a report, and hangs up as soon as its write cannot go on.
async fn cut_off_report(t: &TestApp, token: &str, hang_up: HangUp, obstacle: &Obstacle) {
    if let HangUp::Http = hang_up {
        let mut stream = TcpStream::connect(t.address).await.expect("a connection");
        stream.write_all(&raw_report(token)).await.expect("sent");
        obstacle.is_met(t).await;
        stream.shutdown().await.expect("shut down");
        let read = stream.read_to_end(&mut Vec::new()).await;
        assert!(matches!(read, Ok(0)), "the server closes the connection without an answer: {read:?}");
        return;
    }
    let mut socket = WsClient::connect(t.address).await;
    socket.init(Some(token)).await;
    let (query, variables) = report_of(CUT_OFF);
    let id = socket.subscribe(query, variables).await;
    obstacle.is_met(t).await;
    if let HangUp::Complete = hang_up {
        socket.complete(&id).await;
        socket.settle().await;
    } else {
        socket.send_text("not of the protocol").await;
        assert_eq!(socket.receive().await, Received::Closed(Some(4400)));
    }
}

/// What another process holds: no report gets past it. On SQLite that is the writer, for which a transaction waits when it begins.
struct Obstacle(DatabaseConnection);

impl Obstacle {
    async fn new(t: &TestApp) -> Self {
        let mut options = ConnectOptions::new(&t.url);
        options.max_connections(1).sqlx_logging(false);
        let db = Database::connect(options).await.expect("a connection");
        let begin = if t.app.db.is_postgres() { "BEGIN; LOCK TABLE case_event IN EXCLUSIVE MODE" } else { "BEGIN IMMEDIATE" };
        db.execute_unprepared(begin).await.expect("begun");
        Self(db)
    }

    /// Waits until a write has come up against it.
    async fn is_met(&self, t: &TestApp) {
        let deadline = Instant::now() + Duration::from_secs(10);
        let sql = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        loop {
            let met = if t.app.db.is_postgres() {
                self.0.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await.expect("sessions").is_some()
            } else {
                // the sequencer's connection is the writer's there
                t.app.db.sequencer().get_sqlite_connection_pool().num_idle() == 0
            };
            if met {
                return;
            }
            assert!(Instant::now() < deadline, "no write has begun");
            tokio::task::yield_now().await;
        }
    }

    async fn goes(self) {
        self.0.execute_unprepared("ROLLBACK").await.expect("rolled back");
        self.0.close().await.expect("closed");
    }
}

const CUT_OFF: &str = "挂断";

fn report_of(title: &str) -> (&'static str, Value) {
    let query = "mutation($input: ReportCaseInput!) { reportCase(input: $input) { case { id } userErrors { code } } }";
    let input = json!({ "category": "HAZARD", "title": title, "place": { "buildingId": global(WORLD.building1) } });
    (query, json!({ "input": input }))
}

fn raw_report(token: &str) -> Vec<u8> {
    let (query, variables) = report_of(CUT_OFF);
    let body = json!({ "query": query, "variables": variables }).to_string();
    let head = "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json";
    format!("{head}\r\nAuthorization: Bearer {token}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// A write is carried out whole or not at all, whether or not somebody waits for the answer.
async fn a_write_outlives_the_client_that_hangs_up(t: TestApp) {
    let w = t.world();
    let token = t.token(w.resident);
    let observer = Observer::new(&t).await;
    // from here on the pool has its connection
    t.report(w.resident).await;
    for (round, hang_up) in [HangUp::Http, HangUp::Complete, HangUp::Socket].into_iter().enumerate() {
        let obstacle = Obstacle::new(&t).await;
        cut_off_report(&t, &token, hang_up, &obstacle).await;
        obstacle.goes().await;
        let deadline = Instant::now() + Duration::from_secs(10);
        while t.records().await.cases.iter().filter(|case| case.title == CUT_OFF).count() <= round {
            assert!(Instant::now() < deadline, "{hang_up:?} has undone the report");
        }
        observer.sees_no_open_transaction().await;
        let filed = t.report(w.resident).await;
        assert_eq!(t.look(&filed.case).await["number"], *filed.number);
    }
    observer.leave().await;
    each_case_is_whole(&t, 7).await;
}

/// A future that is dropped while it begins a transaction hands its connection back inside it: launchbadge/sqlx#4385. Here a request is dropped
/// at each point at which it can be: it is polled once, twice, three times …, and then no more.
async fn a_request_dropped_at_any_point_leaves_no_transaction_open(t: TestApp) {
    let w = t.world();
    let actor = maybe_actor(&t.app, w.resident, None).await.expect("read").expect("a person");
    let cx = t.cx(actor);
    let new = NewCase {
        reporter: None,
        category: CaseCategory::Hazard,
        matter: None,
        title: CUT_OFF.into(),
        description: None,
        place: Place::Building(w.building1),
        location: None,
        priority: CasePriority::Normal,
        channel: IntakeChannel::App,
        anonymous: false,
        respondent: None,
        evidence: Vec::new(),
    };
    let observer = Observer::new(&t).await;
    let mut cut = 0;
    for polls in 1..200 {
        let mut reported = pin!(report(&cx, None, new.clone()));
        let mut left = polls;
        let finished = poll_fn(|cx| match reported.as_mut().poll(cx) {
            Poll::Ready(_) => Poll::Ready(true),
            Poll::Pending => {
                left -= 1;
                if left == 0 { Poll::Ready(false) } else { Poll::Pending }
            }
        });
        if finished.await {
            break;
        }
        cut += 1;
        observer.sees_no_open_transaction().await;
        t.report(w.resident).await;
    }
    assert!((1..199).contains(&cut), "cut off {cut} times");
    let reports = (0..30).map(|_| t.report(w.resident));
    for filed in futures_util::future::join_all(reports).await {
        assert_eq!(t.look(&filed.case).await["number"], *filed.number);
    }
    observer.sees_no_open_transaction().await;
    observer.leave().await;
    each_case_is_whole(&t, 30).await;
}

/// Looks at the sessions of the test's database from outside the app's pool.
struct Observer(Option<DatabaseConnection>);

impl Observer {
    async fn new(t: &TestApp) -> Self {
        if !t.app.db.is_postgres() {
            // the one writer would be inside of it, and no other write could begin
            return Self(None);
        }
        let mut options = ConnectOptions::new(&t.url);
        options.max_connections(1).sqlx_logging(false);
        Self(Some(Database::connect(options).await.expect("a connection")))
    }

    /// Writes that outlive their clients end by themselves; what is still open after that was forgotten.
    async fn sees_no_open_transaction(&self) {
        let Some(db) = &self.0 else { return };
        let sql = "SELECT query FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            let rows = db.query_all_raw(Statement::from_string(DbBackend::Postgres, sql)).await.expect("sessions");
            if rows.is_empty() {
                return;
            }
            let open: Vec<String> = rows.iter().map(|row| row.try_get("", "query").expect("a statement")).collect();
            assert!(Instant::now() < deadline, "{open:?}");
        }
    }

    async fn leave(self) {
        if let Some(db) = self.0 {
            db.close().await.expect("closed");
        }
    }
}

/// One entry and one whistle for each case.
async fn each_case_is_whole(t: &TestApp, at_least: usize) {
    let mut records = t.records().await;
    // a write of a client that is gone may still be under way
    loop {
        let again = t.records().await;
        if again == records {
            break;
        }
        records = again;
    }
    assert!(records.cases.len() >= at_least);
    let cases: Vec<_> = records.cases.iter().map(|case| (case.id, case.version)).collect();
    let mut entries: Vec<_> = records.entries.iter().map(|entry| (entry.case_id, entry.seq)).collect();
    let mut whistles: Vec<_> = records.whistles.iter().map(|whistle| (whistle.case_id, whistle.version)).collect();
    entries.sort_unstable();
    whistles.sort_unstable();
    assert_eq!(entries, cases);
    assert_eq!(whistles, cases);
    let mut numbers: Vec<_> = records.cases.iter().map(|case| case.number.clone()).collect();
    numbers.sort_unstable();
    let without_gaps: Vec<_> = (1..=cases.len()).map(|n| format!("431302-2026-{n:06}")).collect();
    assert_eq!(numbers, without_gaps);
}

async fn of_two_officers_who_close_at_once_one_succeeds(t: TestApp) {
    let w = t.world();
    for _ in 0..8 {
        let case = t.case_in(CaseStatus::Resolved).await.case;
        let before = t.timeline(&case).await.len();
        let close = |by| t.act(by, "closeCase", &case, json!({}));
        let (one, two) = tokio::join!(close(w.community), close(w.community2));
        let mut codes = [one.user_errors("closeCase"), two.user_errors("closeCase")];
        codes.sort_unstable();
        assert_eq!(codes, [vec![], vec!["INVALID_STATE"]]);
        assert_eq!(t.timeline(&case).await[before..], ["CLOSED"]);
    }
}

/// Where the two are not served by one process, the row's lock must tell them apart.
async fn of_two_servers_that_close_at_once_one_succeeds(t: TestApp) {
    let w = t.world();
    let second = TestApp::start(&t.url).await.expect("a second server");
    for _ in 0..8 {
        let case = t.case_in(CaseStatus::Resolved).await.case;
        let before = t.timeline(&case).await.len();
        let (one, two) =
            tokio::join!(t.act(w.community, "closeCase", &case, json!({})), second.act(w.community2, "closeCase", &case, json!({})));
        let mut codes = [one.user_errors("closeCase"), two.user_errors("closeCase")];
        codes.sort_unstable();
        assert_eq!(codes, [vec![], vec!["INVALID_STATE"]]);
        assert_eq!(t.timeline(&case).await[before..], ["CLOSED"]);
        // and they count together
        let (one, two) = tokio::join!(t.report(w.resident), second.report(w.resident2));
        assert_ne!(one.number, two.number);
    }
    second.app.db.close().await;
}

async fn of_two_who_check_in_at_once_one_succeeds(t: TestApp) {
    let w = t.world();
    for _ in 0..8 {
        let Filed { case, whistle, .. } = t.report(w.resident).await;
        let come = || t.act(w.grid_worker, "checkInWhistle", &whistle, json!({}));
        let (one, two) = tokio::join!(come(), come());
        let mut codes = [one.user_errors("checkInWhistle"), two.user_errors("checkInWhistle")];
        codes.sort_unstable();
        assert_eq!(codes, [vec![], vec!["ALREADY_CHECKED_IN"]]);
        assert_eq!(t.timeline(&case).await, ["REPORTED", "WHISTLE_CHECKED_IN"]);
    }
}

async fn notes_added_at_once_are_all_kept(t: TestApp) {
    const NOTES: usize = 30;
    let w = t.world();
    let case = t.report(w.resident).await.case;
    let add =
        |i: usize| t.does_with([w.resident, w.grid_worker, w.community][i % 3], "addCaseNote", &case, json!({ "note": i.to_string() }));
    futures_util::future::join_all((0..NOTES).map(add)).await;
    // numbered without gaps, which the timeline checks
    assert_eq!(t.timeline(&case).await.len(), 1 + NOTES);
    let mut notes: Vec<_> = t.records().await.entries.into_iter().filter_map(|entry| entry.note?.parse::<usize>().ok()).collect();
    notes.sort_unstable();
    assert_eq!(notes, (0..NOTES).collect::<Vec<_>>());
}
