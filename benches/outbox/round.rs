//! One round: each of the four sides once.

use std::{
    process::Command,
    sync::Barrier,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, anyhow};
use chuishao::graphql::id::global;
use entity::CaseId;
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use uuid::Uuid;

use super::{
    Args,
    desk::{self, Desk},
    process::{Install, Running},
    store::{Recorded, Store},
};

/// Until connections, statements and caches are there.
const WARM_UP: usize = 10;

pub struct Bench<'a> {
    args: &'a Args,
    install: Install,
    data_dir: TempDir,
    runtime: Runtime,
    store: Store,
    token: String,
    /// A case as its report left it.
    number: String,
    /// None in a version without a log.
    fact: Option<Value>,
}

/// Each side without the outbox and with it; nothing in a version that has none.
#[derive(Debug, Default)]
pub struct Round {
    pub graphql: [Option<Side>; 2],
    pub sql: [Option<Side>; 2],
}

#[derive(Debug)]
pub struct Side {
    pub per_second: f64,
    /// Microseconds of the server's processor time for each, the sequencer's included.
    pub server_cpu: f64,
    /// What came into the log.
    pub recorded: Option<Recorded>,
}

impl<'a> Bench<'a> {
    pub fn new(args: &'a Args, url: String) -> anyhow::Result<Self> {
        let data_dir = tempfile::tempdir()?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let program = env!("CARGO_BIN_EXE_chuishao").into();
        let install = Install { program, data_dir: data_dir.path().to_owned(), database_url: Some(url.clone()) };
        let server = serve(&data_dir, &url, false)?;
        let token = install.token(desk::SIGN_IN)?;
        let mut desk = Desk::open(server.address, &token)?;
        let cases = desk.report(2)?;
        desk.accept(&cases[0].id)?;
        let mut store = runtime.block_on(Store::open(&url))?;
        let fact = if runtime.block_on(store.has_outbox())? {
            thread::sleep(Duration::from_secs(1));
            Some(runtime.block_on(store.fact())?)
        } else {
            None
        };
        let number = cases[1].number.clone();
        Ok(Self { args, install, data_dir, runtime, store, token, number, fact })
    }

    pub fn round(&mut self, backwards: bool) -> anyhow::Result<Round> {
        let mut round = Round::default();
        for with in if backwards { [true, false] } else { [false, true] } {
            if with && self.fact.is_none() {
                continue;
            }
            round.graphql[usize::from(with)] = Some(self.graphql(with)?);
            round.sql[usize::from(with)] = Some(self.sql(with)?);
        }
        Ok(round)
    }

    fn server(&self, with_log: bool) -> anyhow::Result<Running> {
        serve(&self.data_dir, self.install.database_url.as_deref().context("a URL")?, !with_log)
    }

    fn cases(&mut self, each: usize) -> anyhow::Result<Vec<Uuid>> {
        self.runtime.block_on(self.store.copy_case(&self.number, self.args.writers * each))
    }

    /// What came into the log since `before`.
    fn recorded(&mut self, before: Option<i64>, facts: usize) -> anyhow::Result<Option<Recorded>> {
        before.map(|before| self.runtime.block_on(self.store.recorded(before, facts))).transpose()
    }

    fn last(&mut self, with: bool) -> anyhow::Result<Option<i64>> {
        with.then(|| self.runtime.block_on(self.store.last())).transpose()
    }

    fn graphql(&mut self, with: bool) -> anyhow::Result<Side> {
        let each = self.args.mutations;
        let cases = self.cases(each + WARM_UP)?;
        let server = self.server(with)?;
        let before = self.last(with)?;
        let start = Barrier::new(self.args.writers + 1);
        let (token, start) = (&self.token, &start);
        let took = thread::scope(|scope| {
            let writer = |cases: &[Uuid]| {
                let ids: Vec<String> = cases.iter().map(|&id| global(CaseId(id)).0).collect();
                let desk = Desk::open(server.address, token);
                scope.spawn(move || {
                    let warm = desk.and_then(|mut desk| ids[..WARM_UP].iter().try_for_each(|id| desk.accept(id)).map(|()| desk));
                    start.wait();
                    let mut desk = warm?;
                    ids[WARM_UP..].iter().try_for_each(|id| desk.accept(id))
                })
            };
            let writers: Vec<_> = cases.chunks(each + WARM_UP).map(writer).collect();
            start.wait();
            let (began, cpu) = (Instant::now(), server.cpu()?);
            for writer in writers {
                writer.join().map_err(|_| anyhow!("a writer panicked"))??;
            }
            anyhow::Ok((began.elapsed(), server.cpu()?.saturating_sub(cpu)))
        })?;
        let recorded = self.recorded(before, cases.len())?;
        Ok(Side::of(self.args.writers * each, took, recorded))
    }

    fn sql(&mut self, with: bool) -> anyhow::Result<Side> {
        let cases = self.cases(self.args.transactions)?;
        // the sequencer is part of the price; without the outbox there is none
        let server = with.then(|| self.server(true)).transpose()?;
        let before = self.last(with)?;
        let fact = self.fact.as_ref().filter(|_| with);
        let writers = self.runtime.block_on(self.store.writers(&cases, self.args.writers, fact))?;
        let cpu = || server.as_ref().map_or(Ok(Duration::ZERO), Running::cpu);
        let (began, cpu_before) = (Instant::now(), cpu()?);
        self.runtime.block_on(async {
            let mut running = tokio::task::JoinSet::new();
            for writer in writers {
                running.spawn(writer.accept_all());
            }
            while let Some(ended) = running.join_next().await {
                ended??;
            }
            anyhow::Ok(())
        })?;
        let took = (began.elapsed(), cpu()?.saturating_sub(cpu_before));
        let recorded = self.recorded(before, cases.len())?;
        Ok(Side::of(cases.len(), took, recorded))
    }
}

impl Side {
    /// (time, processor time)
    fn of(count: usize, took: (Duration, Duration), recorded: Option<Recorded>) -> Self {
        let count = count as f64;
        Self { per_second: count / took.0.as_secs_f64(), server_cpu: took.1.as_secs_f64() * 1e6 / count, recorded }
    }
}

fn serve(data_dir: &TempDir, url: &str, without_log: bool) -> anyhow::Result<Running> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("--serve").arg(data_dir.path()).arg(url);
    if without_log {
        command.arg("--without-log");
    }
    Running::start(command)
}
