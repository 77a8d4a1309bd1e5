//! Several real servers on one PostgreSQL, with one token key.

use std::{
    net::SocketAddr,
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use chuishao::demo;
use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, FromQueryResult, Statement, TransactionTrait};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::{Handle, Runtime};

use super::{
    app::Contents,
    client::Response,
    nginx::Nginx,
    postgres::{self, Database},
    process::{Server, chuishao, succeeded, until},
    run::{TestDatabase, runtime},
};

/// As `community` sees it.
pub const OPEN_CASE: &str = "{ cases(first: 1, filter: { open: true }) { nodes { id number } } }";
pub const NOTE: &str =
    "mutation($case: ID!, $note: String!) { addCaseNote(input: { caseId: $case, note: $note }) { userErrors { code } } }";

/// Of the tokens for all sign-ins.
pub fn community(tokens: &[String]) -> &str {
    &tokens[demo::SIGN_INS.iter().position(|(name, _)| *name == "community").expect("a sign-in")]
}

pub struct Cluster {
    database: Option<Database>,
    runtime: Runtime,
    client: reqwest::Client,
    /// To look at the database past the servers.
    pub connection: DatabaseConnection,
    pub dir: TempDir,
}

impl Cluster {
    pub fn new(contents: Contents) -> Self {
        let database = postgres::database(contents).expect("a database");
        let runtime = runtime().expect("a runtime");
        let connection = runtime.block_on(sea_orm::Database::connect(database.url())).expect("connected");
        let dir = tempfile::tempdir().expect("a directory");
        chuishao::auth::token::Keys::load_or_create(dir.path()).expect("a key");
        Self {
            database: Some(database),
            runtime,
            client: reqwest::Client::builder().no_proxy().build().expect("a client"),
            connection,
            dir,
        }
    }

    pub fn key(&self) -> PathBuf {
        self.dir.path().join("token.key")
    }

    /// One more server, or one that comes back.
    pub fn command(&self, listen: Option<SocketAddr>) -> Command {
        let url = self.database.as_ref().expect("not dropped yet").url();
        let mut command = chuishao(&self.dir.path().join("data"), &[]);
        command.env("CHUISHAO_DATABASE_URL", url).env("CHUISHAO_TOKEN_KEY", self.key()).env("CHUISHAO_DEMO", "false");
        if let Some(address) = listen {
            command.env("CHUISHAO_LISTEN", address.to_string());
        }
        command
    }

    pub fn server(&self) -> Server {
        Server::start(&mut self.command(None))
    }

    /// One that goes by this name in the database.
    pub fn command_as(&self, role: &str) -> Command {
        let url = self.database.as_ref().expect("not dropped yet").url();
        let mut command = self.command(None);
        command.env("CHUISHAO_DATABASE_URL", url.replacen("postgres@", &format!("{role}@"), 1));
        command
    }

    /// Makes a name for the database to know a server by.
    pub fn role(&self, name: &str) -> String {
        let database = self.text("SELECT current_database()::text AS found").expect("a name");
        let role = format!("{name}_of_{database}");
        self.execute(&format!("CREATE ROLE {role} LOGIN SUPERUSER"));
        role
    }

    /// Two instances, and nginx in front; a token for each sign-in.
    pub fn proxied(&self) -> ([Server; 2], Nginx, Vec<String>) {
        let servers = [self.server(), self.server()];
        let nginx = Nginx::start([servers[0].address, servers[1].address]);
        let token = |name: &str| succeeded(self.command(None).args(["token", name])).trim().to_owned();
        (servers, nginx, demo::SIGN_INS.iter().map(|(name, _)| token(name)).collect())
    }

    /// As the proxy's configuration says: it leaves an instance alone for so long after it was refused.
    pub fn until_trusted(&self) {
        let trusted = Instant::now() + Duration::from_millis(3500);
        until(Duration::from_secs(6), || (Instant::now() > trusted).then_some(()));
    }

    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }

    pub fn spawn<F: Future<Output: Send> + Send + 'static>(&self, future: F) -> tokio::task::JoinHandle<F::Output> {
        self.runtime.spawn(future)
    }

    /// A POST at this address; the answer of whoever stands there.
    pub fn post(&self, address: SocketAddr, token: &str, query: &str, variables: &Value) -> reqwest::RequestBuilder {
        let request = self.client.post(format!("http://{address}/graphql")).json(&json!({ "query": query, "variables": variables }));
        if token.is_empty() { request } else { request.bearer_auth(token) }
    }

    pub fn ask(&self, address: SocketAddr, token: &str, query: &str) -> Value {
        self.ask_with(address, token, query, &Value::Null)
    }

    pub fn ask_with(&self, address: SocketAddr, token: &str, query: &str, variables: &Value) -> Value {
        let request = self.post(address, token, query, variables);
        self.block_on(async { Response::of(request.send().await.expect("an answer")).await }).data().clone()
    }

    /// What a note on an open case takes, and the hold on that case.
    pub fn held(&self, server: &Server, token: &str) -> (Value, Hold) {
        let found = self.ask(server.address, token, OPEN_CASE);
        let case = &found["cases"]["nodes"][0];
        let number = case["number"].as_str().expect("a number");
        let hold = self.hold(&format!("SELECT 1 FROM case_file WHERE number = '{number}' FOR UPDATE"));
        (json!({ "case": case["id"], "note": "instances" }), hold)
    }

    /// A text from the database, which the statement calls `found`.
    pub fn text(&self, sql: &str) -> Option<String> {
        #[derive(FromQueryResult)]
        struct Text {
            found: String,
        }
        let statement = Statement::from_string(sea_orm::DbBackend::Postgres, sql);
        self.block_on(Text::find_by_statement(statement).one(&self.connection)).expect("answered").map(|text| text.found)
    }

    /// A number from the database.
    pub fn count(&self, sql: &str) -> i64 {
        #[derive(FromQueryResult)]
        struct Count {
            count: i64,
        }
        let statement = Statement::from_string(sea_orm::DbBackend::Postgres, sql);
        let found = self.block_on(Count::find_by_statement(statement).one(&self.connection));
        found.expect("answered").expect("a row").count
    }

    /// Waits until some server's statement waits for a lock.
    pub fn until_blocked(&self) {
        const BLOCKED: &str = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        until(Duration::from_secs(10), || (self.count(BLOCKED) > 0).then_some(()));
    }

    /// Holds what the statement locks.
    pub fn hold(&self, sql: &str) -> Hold {
        let tx = self.block_on(async {
            let tx = self.connection.begin().await?;
            tx.execute_unprepared(sql).await.map(|_| tx)
        });
        Hold { tx: Some(tx.expect("held")), runtime: self.runtime.handle().clone() }
    }

    pub fn execute(&self, sql: &str) {
        self.block_on(self.connection.execute_unprepared(sql)).expect("carried out");
    }
}

/// A transaction of the test's own that holds rows.
pub struct Hold {
    tx: Option<DatabaseTransaction>,
    runtime: Handle,
}

impl Hold {
    pub fn release(mut self) {
        let tx = self.tx.take().expect("held until now");
        self.runtime.block_on(tx.commit()).expect("released");
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        // a transaction that was not released rolls back, which takes a runtime
        let _inside = self.runtime.enter();
        self.tx.take();
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Some(database) = self.database.take() {
            let removed = self.runtime.block_on(database.remove());
            assert!(removed.is_ok() || std::thread::panicking(), "{removed:?}");
        }
    }
}
