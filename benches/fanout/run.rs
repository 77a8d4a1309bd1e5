//! One run: a fresh server, its sockets, the events, and what they cost.

use std::{
    fs,
    path::Path,
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};

use super::{
    Args,
    board::Board,
    desk::{self, Desk, Filed},
    http::Http,
    load::{Hello, Ids, Load},
    process::{Install, Running, with_files},
    stats::percentile,
};

/// Small, and the same for all subscribers.
const QUERY: &str = "subscription { caseStatusChanged { at to case { number status } } }";
/// Events that only show that all are listening.
const PROBES: usize = 20;
/// Within what a probe reaches every connection that listens.
const PROBE_WITHIN: Duration = Duration::from_secs(3);
/// An event that has not reached all by then never will.
const PATIENCE: Duration = Duration::from_secs(180);
/// Until memory is given back and the processor is still.
const SETTLE: Duration = Duration::from_secs(2);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Chuishao(bool),
    Bare,
}

impl Kind {
    pub fn of(ids: Ids) -> Self {
        Self::Chuishao(ids == Ids::Unique)
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Chuishao(false) => "chuishao, id \"1\"",
            Self::Chuishao(true) => "chuishao, UUIDs",
            Self::Bare => "bare axum",
        }
    }
}

/// What one run has shown.
#[derive(Clone, Debug)]
pub struct Figures {
    /// Resident bytes of the server for each connection, all connected and nothing happening; and after the events.
    pub memory_idle: f64,
    pub memory_after: f64,
    /// Microseconds of the server's processor time for each message delivered, without what the mutations alone cost.
    pub cpu: f64,
    /// Milliseconds from the request that caused an event to its reception, and from the answer.
    pub request: (f64, f64),
    pub answer: (f64, f64),
    pub messages: usize,
    pub message_bytes: f64,
    /// Seconds until all were connected.
    pub connecting: f64,
}

/// A message as the server sends it: what the bare server is to send.
#[derive(Clone)]
pub struct Template {
    pub text: String,
    pub marker: String,
}

/// Where events come from: one call causes one, and every connection is to get a message with its marker.
struct Source<'s> {
    markers: Vec<String>,
    cause: Box<dyn FnMut(usize) -> anyhow::Result<()> + 's>,
    next: usize,
}

impl Source<'_> {
    fn cause_next(&mut self) -> anyhow::Result<()> {
        self.next += 1;
        (self.cause)(self.next - 1)
    }
}

/// The server under test, and a template of its messages.
pub fn chuishao(args: &Args, install: &Install, connections: usize, ids: Ids) -> anyhow::Result<(Figures, Template)> {
    let server = Running::start(install.command(&["serve"]))?;
    let mut desk = Desk::open(server.address, &install.token(desk::SIGN_IN)?)?;
    let cases: Vec<Filed> = desk.report(2 * args.events + PROBES)?;
    let markers: Vec<String> = cases.iter().map(|case| case.number.clone()).collect();
    let first = args.events;
    let source = Source { markers: markers.clone(), cause: Box::new(|at| desk.accept(&cases[at].id)), next: 0 };
    let token = install.token(&args.sign_in)?;
    let hello = Hello { address: server.address, path: "/graphql/ws", graphql: Some((token, QUERY.to_owned())), ids };
    let (figures, sample) = measure(args, &server, hello, connections, source)?;
    let marker = markers[first..].iter().find(|marker| sample.contains(*marker)).context("a sample")?.clone();
    Ok((figures, Template { text: sample, marker }))
}

pub fn bare(args: &Args, connections: usize, template: &Template) -> anyhow::Result<Figures> {
    let server = Running::start(with_files(&std::env::current_exe()?, &["--bare"]))?;
    let mut http = Http::connect(server.address)?;
    let width = template.marker.len();
    let markers: Vec<String> = (0..2 * args.events + PROBES).map(|number| format!("#{number:0>0$}", width - 1)).collect();
    let frames: Vec<String> = markers.iter().map(|marker| template.text.replace(&template.marker, marker)).collect();
    let cause = Box::new(|at: usize| http.post("/publish", None, &frames[at]).map(drop));
    let source = Source { markers, cause, next: 0 };
    let hello = Hello { address: server.address, path: "/ws", graphql: None, ids: Ids::Same };
    Ok(measure(args, &server, hello, connections, source)?.0)
}

fn measure(args: &Args, server: &Running, hello: Hello, connections: usize, mut source: Source<'_>) -> anyhow::Result<(Figures, String)> {
    let alone = spent(server, || {
        for _ in 0..args.events {
            let began = Instant::now();
            source.cause_next()?;
            pace(args, began);
        }
        Ok(())
    })?;
    let before = resident(server.id())?;

    let began = Instant::now();
    let load = Load::connect(hello, connections)?;
    let connecting = began.elapsed().as_secs_f64();
    let board = &*load.board;
    let first = probe(board, &mut source, connections)?;
    sleep(SETTLE);
    let idle = resident(server.id())?;

    let cpu = spent(server, || deliver(args, board, &mut source, connections))?;
    let deliveries = board.deliveries(first);
    ensure!(deliveries == vec![connections; args.events], "not every message once: {deliveries:?}");
    let after = resident(server.id())?;

    let delays = board.delays(first);
    let messages = connections * args.events;
    let each = |bytes: u64| (bytes as f64 - before as f64) / connections as f64;
    let figures = Figures {
        memory_idle: each(idle),
        memory_after: each(after),
        cpu: (cpu.as_secs_f64() - alone.as_secs_f64()) * 1e6 / messages as f64,
        request: (percentile(&delays.from_request, 50), percentile(&delays.from_request, 99)),
        answer: (percentile(&delays.from_answer, 50), percentile(&delays.from_answer, 99)),
        messages,
        message_bytes: board.message_bytes(),
        connecting,
    };
    Ok((figures, board.sample().context("a sample")?))
}

/// A subscription has no acknowledgement. Causes events until one has reached everybody; the number of the event that comes next.
fn probe(board: &Board, source: &mut Source<'_>, connections: usize) -> anyhow::Result<usize> {
    for _ in 0..PROBES {
        let event = board.announce(&source.markers[source.next], connections);
        source.cause_next()?;
        if board.wait(event, connections, PROBE_WITHIN)? {
            return Ok(event + 1);
        }
        // slow is not deaf: what is still on its way must not be taken for the next answer
        let reached = board.deliveries(event)[0];
        if reached > 0 && board.wait(event, connections, PATIENCE)? {
            return Ok(event + 1);
        }
    }
    bail!("not all of {connections} connections listen");
}

fn deliver(args: &Args, board: &Board, source: &mut Source<'_>, connections: usize) -> anyhow::Result<()> {
    for _ in 0..args.events {
        let began = Instant::now();
        let event = board.announce(&source.markers[source.next], connections);
        source.cause_next()?;
        board.answered(event);
        if !board.wait(event, connections, PATIENCE)? {
            bail!("event {event} reached {} of {connections} connections", board.deliveries(event)[0]);
        }
        pace(args, began);
    }
    Ok(())
}

/// The next event comes once this one has reached all, and not before its time.
fn pace(args: &Args, began: Instant) {
    sleep(Duration::from_millis(args.interval_ms).saturating_sub(began.elapsed()));
}

/// The processor time of the server while this is done, and until it is still again.
fn spent(server: &Running, work: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<Duration> {
    let before = server.cpu()?;
    work()?;
    sleep(SETTLE);
    Ok(server.cpu()?.saturating_sub(before))
}

/// Resident bytes.
fn resident(id: u32) -> anyhow::Result<u64> {
    let status = fs::read_to_string(Path::new("/proc").join(id.to_string()).join("status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? * 1024)
}
