//! Turns test functions into trials, and runs one: a runtime, a database, an app; the database goes when the test ends, however it ends.

use std::{
    future::Future,
    panic::{AssertUnwindSafe, UnwindSafe, resume_unwind},
    sync::{PoisonError, RwLock},
    time::Duration,
};

use futures_util::FutureExt;
use libtest_mimic::{Failed, Trial};

use super::{
    TestApp,
    app::Contents,
    postgres, sqlite,
    standby::{self, Pair},
};

/// A test that takes longer hangs.
const LIMIT: Duration = Duration::from_secs(180);

/// Registers the tests of a file as its `tests()`. A function that is named in no list is dead code, which clippy refuses.
/// `both`: on each database, holding the world; `bare`: on each, migrated and empty; `pure`: without any; `replicated`: on PostgreSQL with a
/// standby to read from, holding the world, one at a time.
#[macro_export]
macro_rules! tests {
    ($($kind:ident: [$($name:ident),+ $(,)?]),+ $(,)?) => {
        pub fn tests() -> Vec<libtest_mimic::Trial> {
            let mut trials = Vec::new();
            $($(trials.extend($crate::support::run::$kind(module_path!(), stringify!($name), $name));)+)+
            trials
        }
    };
}

pub fn both<F: Future<Output = ()> + 'static>(module: &str, name: &str, test: fn(TestApp) -> F) -> Vec<Trial> {
    on_each(module, name, test, Contents::World)
}

pub fn bare<F: Future<Output = ()> + 'static>(module: &str, name: &str, test: fn(TestApp) -> F) -> Vec<Trial> {
    on_each(module, name, test, Contents::Nothing)
}

/// Tests that take the whole machine run by themselves: they are last in the list, and wait for the others to end.
static MACHINE: RwLock<()> = RwLock::new(());

/// A test that sets up everything itself, keeps both cores busy and has a time limit of its own.
pub fn alone<F: Future<Output = ()>>(name: &str, ignored: bool, limit: Duration, test: impl FnOnce() -> F + Send + 'static) -> Trial {
    let run = move || {
        let _alone = MACHINE.write().unwrap_or_else(PoisonError::into_inner);
        let runtime = runtime().map_err(|e| said(e.into()))?;
        let outcome = runtime.block_on(AssertUnwindSafe(async { tokio::time::timeout(limit, test()).await }).catch_unwind());
        // what it left running does not keep it
        runtime.shutdown_background();
        match outcome {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(format!("took longer than {} s", limit.as_secs()).into()),
            Err(panic) => resume_unwind(panic),
        }
    };
    Trial::test(name, run).with_ignored_flag(ignored)
}

pub fn pure(module: &str, name: &str, test: impl FnOnce() + UnwindSafe + Send + 'static) -> Vec<Trial> {
    vec![Trial::test(format!("{}::{name}", short(module)), move || {
        let _shared = MACHINE.read().unwrap_or_else(PoisonError::into_inner);
        test();
        Ok(())
    })]
}

pub fn replicated<F: Future<Output = ()> + 'static>(module: &str, name: &str, test: fn(TestApp, &'static Pair) -> F) -> Vec<Trial> {
    let trial = Trial::test(format!("postgres::{}::{name}", short(module)), move || {
        let database = standby::database().map_err(said)?;
        let (pair, replica_url) = (database.pair, database.replica_url());
        let app = async |url: String| TestApp::start_with(&url, Some(&replica_url)).await;
        run_on(database, app, |t| test(t, pair))
    });
    vec![trial.with_ignored_flag(postgres::skipped())]
}

fn on_each<F: Future<Output = ()> + 'static>(module: &str, name: &str, test: fn(TestApp) -> F, contents: Contents) -> Vec<Trial> {
    let module = short(module);
    vec![
        Trial::test(format!("sqlite::{module}::{name}"), move || run(test, contents, sqlite::database)),
        Trial::test(format!("postgres::{module}::{name}"), move || run(test, contents, postgres::database))
            .with_ignored_flag(postgres::skipped()),
    ]
}

fn short(module: &str) -> &str {
    module.strip_prefix("it::").unwrap_or(module)
}

/// A database of one test.
pub trait TestDatabase {
    fn url(&self) -> String;
    fn remove(self) -> impl Future<Output = anyhow::Result<()>>;
}

fn run<F, D>(test: fn(TestApp) -> F, contents: Contents, database: fn(Contents) -> anyhow::Result<D>) -> Result<(), Failed>
where
    F: Future<Output = ()> + 'static,
    D: TestDatabase,
{
    run_on(database(contents).map_err(said)?, async |url: String| TestApp::start(&url).await, test)
}

fn run_on<F: Future<Output = ()> + 'static>(
    database: impl TestDatabase,
    app: impl AsyncFnOnce(String) -> anyhow::Result<TestApp>,
    test: impl FnOnce(TestApp) -> F,
) -> Result<(), Failed> {
    let _shared = MACHINE.read().unwrap_or_else(PoisonError::into_inner);
    runtime().map_err(|e| said(e.into()))?.block_on(async {
        let t = app(database.url()).await.map_err(said)?;
        let db = t.app.db.clone();
        let outcome = AssertUnwindSafe(tokio::time::timeout(LIMIT, test(t))).catch_unwind().await;
        db.close().await;
        database.remove().await.map_err(said)?;
        match outcome {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(format!("took longer than {} s", LIMIT.as_secs()).into()),
            Err(panic) => resume_unwind(panic),
        }
    })
}

pub fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    // more than one thread, so that what races in service also races here
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()
}

fn said(error: anyhow::Error) -> Failed {
    format!("{error:#}").into()
}
