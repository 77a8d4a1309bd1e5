//! What it costs that very many whistles fall due in the same minute: the runner, and SQL written by hand that writes the same rows in one go.
//! See `benches/README.md`.

mod lag;
#[path = "../outbox/postgres.rs"]
mod postgres;
mod set;
#[path = "../common/stats.rs"]
mod stats;

use std::{
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};
use chrono::{DateTime, Utc};
use chuishao::{
    app::{App, Cx},
    case::service::{NewCase, Place, deadlines::run_due, report},
    clock::Clock,
    config::Config,
    demo, person,
};
use clap::Parser;
use entity::{CaseCategory, CasePriority, IntakeChannel, case_file};
use sea_orm::{ConnectionTrait, EntityTrait, Statement};

use self::{postgres::Postgres, stats::Spread};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The runner may cost so many times what the set does.
const MOST: f64 = 3.0;
/// Milliseconds after its deadline at which a whistle may escalate while there is little to do, but for one in a hundred.
const LATE: f64 = 2000.0;

/// What it costs that very many whistles fall due at once
#[derive(Debug, Parser)]
struct Args {
    /// Whistles that fall due in the same minute
    #[arg(long, default_value_t = 100_000)]
    whistles: u32,
    /// How often everything is measured
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Whistles that fall due one by one within half a minute, to see how late they escalate
    #[arg(long, default_value_t = 300)]
    single: u32,
    /// On SQLite or on PostgreSQL only
    #[arg(long)]
    only: Option<String>,
    /// Fail where a mark is missed
    #[arg(long)]
    check: bool,
    /// What `cargo bench` says
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Parser)]
struct Settings {
    #[command(flatten)]
    config: Config,
}

fn main() -> anyhow::Result<ExitCode> {
    let args = Args::parse();
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut met = true;
    let databases = || ["sqlite", "postgres"].into_iter().filter(|name| args.only.as_ref().is_none_or(|only| only == name));
    println!("{} whistles due one by one: ms from the deadline until it is seen that they have escalated\n", args.single);
    println!("| database | p50 | p99 | at most | latest |\n|---|---|---|---|---|");
    for name in databases() {
        let [middle, late, latest] = runtime.block_on(lag::measure(name, args.single))?;
        met &= late <= LATE;
        println!("| {name} | {middle:.0} | {late:.0} | {LATE:.0} | {latest:.0} |");
    }
    println!("\n{} whistles due at once, {} rounds: median (lowest–highest)\n", args.whistles, args.rounds);
    println!("| database | set by hand s | runner s | times | at most | longest transaction ms |\n|---|---|---|---|---|---|");
    for name in databases() {
        let rounds = (0..args.rounds).map(|_| runtime.block_on(round(name, args.whistles))).collect::<anyhow::Result<Vec<_>>>()?;
        let column = |figure: fn(&Round) -> f64| Spread::of(rounds.iter().map(figure).collect::<Vec<_>>());
        let times = column(|round| round.runner / round.set);
        met &= times.median <= MOST;
        println!(
            "| {name} | {} | {} | {} | {MOST:.0} | {} |",
            column(|round| round.set).show(2),
            column(|round| round.runner).show(2),
            times.show(2),
            column(|round| round.longest).show(0)
        );
    }
    Ok(if met || !args.check { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Seconds, and milliseconds of the longest portion.
struct Round {
    set: f64,
    runner: f64,
    longest: f64,
}

async fn round(database: &str, whistles: u32) -> anyhow::Result<Round> {
    let begun = Instant::now();
    let set = {
        let place = Due::make(database, whistles).await?;
        let begun = Instant::now();
        set::escalate(&place.app.db).await?;
        let took = begun.elapsed();
        place.check(whistles).await?;
        took
    };
    let place = Due::make(database, whistles).await?;
    let (begun_runner, mut longest) = (Instant::now(), Duration::ZERO);
    loop {
        let begun = Instant::now();
        if run_due(&place.app).await? == 0 {
            break;
        }
        longest = longest.max(begun.elapsed());
    }
    let runner = begun_runner.elapsed();
    place.check(whistles).await?;
    eprintln!("{database}: set {set:?}, runner {runner:?}, longest {longest:?}, with its making {:?}", begun.elapsed());
    Ok(Round { set: set.as_secs_f64(), runner: runner.as_secs_f64(), longest: longest.as_secs_f64() * 1000.0 })
}

/// A database in which so many whistles have just fallen due.
struct Due {
    app: Arc<App>,
    _dir: tempfile::TempDir,
    _postgres: Option<Postgres>,
}

impl Due {
    async fn make(database: &str, whistles: u32) -> anyhow::Result<Self> {
        let dir = tempfile::tempdir()?;
        let postgres = (database == "postgres").then(|| Postgres::start(true)).transpose()?;
        let url = postgres.as_ref().map(Postgres::url);
        let mut settings = vec!["bench".to_owned(), "--data-dir".into(), dir.path().display().to_string()];
        settings.extend(url.into_iter().flat_map(|url| ["--database-url".to_owned(), url]));
        let clock = Clock::manual("2026-06-10T02:00:00Z".parse::<DateTime<Utc>>()?);
        let app = App::open(&Settings::parse_from(settings).config, clock, None).await?;
        app.db.migrate().await?;
        demo::load(&app.db, &app.clock, |_, _| {}).await?;
        let case = one(&app).await?;
        copies(&app, &case, whistles.checked_sub(1).context("at least one")?).await?;
        let due = Self { app, _dir: dir, _postgres: postgres };
        // a working day later, when each of them runs out
        due.app.clock.advance(chrono::Duration::days(1));
        Ok(due)
    }

    /// Each case has been handed over by two entries, and nothing is left to do.
    async fn check(&self, whistles: u32) -> anyhow::Result<()> {
        const DONE: &str =
            "SELECT count(*) AS done FROM case_file WHERE title = 'due at once' AND handler_kind = 'COMMUNITY' AND version = 3";
        let db = &self.app.db.read;
        let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), DONE)).await?.context("a row")?;
        let done: i64 = row.try_get("", "done")?;
        ensure!(done == i64::from(whistles), "{done} of {whistles} have escalated");
        ensure!(run_due(&self.app).await? == 0, "something is left to do");
        Ok(())
    }
}

/// A case as a resident's report leaves it.
async fn one(app: &Arc<App>) -> anyhow::Result<case_file::Model> {
    let resident = person::service::maybe_by_sign_in(app, "resident").await?.context("the demonstration's resident")?;
    let actor = person::service::maybe_actor(app, resident.id, None).await?.context("a resident")?;
    let home = case_file::Entity::find().all(&app.db.read).await?.into_iter().find(|case| case.reporter_id == Some(resident.id));
    let new = NewCase {
        reporter: None,
        category: CaseCategory::Violation,
        matter: None,
        title: "due at once".into(),
        description: None,
        place: Place::Complex(home.and_then(|case| case.complex_id).context("a complex")?),
        location: None,
        priority: CasePriority::Normal,
        channel: IntakeChannel::App,
        anonymous: false,
        respondent: None,
        evidence: Vec::new(),
    };
    let done = report(&Cx::new(app.clone(), actor), None, new).await?.context("reported")?;
    if done.whistles.is_empty() {
        bail!("no whistle");
    }
    Ok(done.case)
}

/// So many more like it, row for row.
async fn copies(app: &App, case: &case_file::Model, count: u32) -> anyhow::Result<()> {
    let tx = app.db.begin().await?;
    for statement in set::copies(app.db.is_postgres(), case.id, count) {
        tx.execute_unprepared(&statement).await.with_context(|| statement)?;
    }
    tx.commit().await?;
    let tidy = if app.db.is_postgres() { "VACUUM ANALYZE" } else { "ANALYZE" };
    app.db.read.execute_unprepared(tidy).await.ok();
    Ok(())
}
