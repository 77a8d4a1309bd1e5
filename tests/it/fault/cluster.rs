//! Instances of the real binary on one database, each killed and started again at will; and the database, which can crash too.

use std::{
    fs::{self, OpenOptions},
    net::SocketAddr,
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};
use tempfile::TempDir;
use tokio::task::spawn_blocking;

use crate::support::{
    app::{Contents, fill},
    postgres,
    process::{Server, chuishao},
};

/// Where an instance answers, in one of its lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    pub instance: usize,
    pub life: u32,
    pub address: SocketAddr,
}

#[derive(Default)]
struct Instance {
    server: Option<Server>,
    place: Option<Place>,
    lives: u32,
}

pub struct Cluster {
    /// The instances' own: the token key, what they log; the SQLite file.
    data: TempDir,
    postgres: Option<postgres::Server>,
    pub url: String,
    instances: Vec<Mutex<Instance>>,
    over: AtomicBool,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Cluster {
    /// The database holds the world; no instance runs yet.
    pub async fn new(on_postgres: bool, instances: usize) -> Arc<Self> {
        let data = tempfile::tempdir().expect("a directory");
        let (postgres, url) = if on_postgres {
            let server = spawn_blocking(|| postgres::Server::start(postgres::Commits::Kept)).await.expect("run").expect("PostgreSQL");
            server.admin("CREATE DATABASE fault").await.expect("created");
            let url = server.url("fault");
            (Some(server), url)
        } else {
            (None, format!("sqlite://{}", data.path().join("chuishao.db").display()))
        };
        fill(&url, Contents::World).await.expect("filled");
        Arc::new(Self { data, postgres, url, instances: (0..instances).map(|_| Mutex::default()).collect(), over: AtomicBool::new(false) })
    }

    pub fn running(self: &Arc<Self>) -> Running {
        Running(self.clone())
    }

    pub fn size(&self) -> usize {
        self.instances.len()
    }

    pub fn is_postgres(&self) -> bool {
        self.postgres.is_some()
    }

    pub fn data_dir(&self) -> PathBuf {
        self.data.path().to_owned()
    }

    pub fn places(&self) -> Vec<Place> {
        self.instances.iter().filter_map(|instance| lock(instance).place).collect()
    }

    /// An instance that is up, as far as is known.
    pub fn any(&self, rng: &mut ChaCha8Rng) -> Option<Place> {
        let up = self.places();
        (!up.is_empty()).then(|| up[rng.random_range(0..up.len())])
    }

    /// Starts an instance as a supervisor does: again and again while the database does not let it in.
    pub async fn start(self: &Arc<Self>, instance: usize) {
        let cluster = self.clone();
        spawn_blocking(move || cluster.start_blocking(instance)).await.expect("an instance");
    }

    fn start_blocking(&self, instance: usize) {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let log = OpenOptions::new().create(true).append(true).open(self.log(instance)).expect("a log");
            let mut command = chuishao(self.data.path(), &["serve"]);
            command.env("CHUISHAO_DATABASE_URL", &self.url).env("CHUISHAO_DEMO", "false").stderr(log);
            match Server::try_start(&mut command) {
                Ok(server) => {
                    let mut slot = lock(&self.instances[instance]);
                    if self.over.load(Ordering::SeqCst) {
                        return;
                    }
                    slot.lives += 1;
                    slot.place = Some(Place { instance, life: slot.lives, address: server.address });
                    slot.server = Some(server);
                    return;
                }
                Err(said) => assert!(Instant::now() < deadline, "instance {instance} does not start: {said}\n{}", self.logged(instance)),
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// Sends a signal that ends it, and waits for that; its last life, the code (none: killed), and how long it took.
    pub async fn end(self: &Arc<Self>, instance: usize, signal: &'static str) -> (Place, Option<i32>, Duration) {
        let (server, place) = {
            let mut slot = lock(&self.instances[instance]);
            (slot.server.take().expect("it runs"), slot.place.take().expect("it runs"))
        };
        let (status, after) = spawn_blocking(move || {
            server.signal(signal);
            server.wait()
        })
        .await
        .expect("it ends");
        (place, status.code(), after)
    }

    /// Stops an instance in its tracks, or lets it go on.
    pub fn signal(&self, instance: usize, signal: &str) {
        if let Some(server) = &lock(&self.instances[instance]).server {
            server.signal(signal);
        }
    }

    /// The database server dies without a word to its clients, and recovers.
    pub async fn crash_database(self: &Arc<Self>) {
        let cluster = self.clone();
        spawn_blocking(move || cluster.postgres.as_ref().expect("PostgreSQL").crash()).await.expect("run").expect("it recovers");
    }

    /// Ends the sessions of the instances of which this holds.
    pub async fn cut(&self, which: &str) {
        let db = self.look().await;
        cut(&db, which).await;
        db.close().await.expect("closed");
    }

    /// Ends sessions of which the first of these holds, as soon as there is one; after a while, of which the next does.
    pub async fn cut_one(&self, which: &[&str]) {
        let db = self.look().await;
        'cut: {
            for which in which {
                let deadline = Instant::now() + Duration::from_secs(5);
                while Instant::now() < deadline {
                    if cut(&db, which).await > 0 {
                        break 'cut;
                    }
                }
            }
            panic!("none of {which:?} is connected");
        }
        db.close().await.expect("closed");
    }

    /// What PostgreSQL's connections do.
    pub async fn sessions(&self) -> Vec<String> {
        const SQL: &str = "SELECT concat_ws(' ', client_port, backend_type, state, wait_event_type, wait_event, now() - query_start, left(query, 150)) AS said \
            FROM pg_stat_activity WHERE datname = current_database() ORDER BY state, query_start";
        if !self.is_postgres() {
            return Vec::new();
        }
        let rows = self.look().await.query_all_raw(Statement::from_string(DbBackend::Postgres, SQL)).await.expect("sessions");
        rows.iter().map(|row| row.try_get("", "said").expect("text")).collect()
    }

    /// A connection past the instances.
    pub async fn look(&self) -> DatabaseConnection {
        let mut options = ConnectOptions::new(&self.url);
        options.max_connections(1).sqlx_logging(false);
        Database::connect(options).await.expect("a connection")
    }

    /// No instance has ended by itself, and none has panicked.
    pub fn all_well(&self) {
        for (index, instance) in self.instances.iter().enumerate() {
            let runs = lock(instance).server.as_mut().is_some_and(Server::runs);
            assert!(runs, "instance {index} has ended by itself:\n{}", self.logged(index));
            let log = fs::read_to_string(self.log(index)).unwrap_or_default();
            let panic = log.lines().position(|line| line.contains("panicked"));
            assert!(panic.is_none(), "instance {index}:\n{}", log.lines().skip(panic.unwrap_or(0)).take(5).collect::<Vec<_>>().join("\n"));
        }
    }

    fn log(&self, instance: usize) -> PathBuf {
        self.data.path().join(format!("instance-{instance}.log"))
    }

    /// The end of what an instance has logged.
    pub fn logged(&self, instance: usize) -> String {
        let log = fs::read_to_string(self.log(instance)).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(30)..].join("\n")
    }
}

/// How many there were.
async fn cut(db: &DatabaseConnection, which: &str) -> usize {
    let sql = format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() \
         AND (application_name = 'chuishao' OR query LIKE 'LISTEN%') AND pid <> pg_backend_pid() AND ({which})"
    );
    db.query_all_raw(Statement::from_string(DbBackend::Postgres, sql)).await.expect("terminated").len()
}

/// Ends all processes when it is dropped, whoever still holds the cluster: a test that fails leaves none behind.
pub struct Running(Arc<Cluster>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.over.store(true, Ordering::SeqCst);
        // the instances first: they would complain
        for instance in &self.0.instances {
            drop(lock(instance).server.take());
        }
        if let Some(server) = &self.0.postgres {
            server.stop();
        }
        let _ = fs::remove_dir_all(self.0.data.path());
    }
}
