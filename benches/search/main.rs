//! What a search costs among 2,000 cases and among 200,000: for words that are rare and words that are everywhere, and for those who see a
//! hundredth of the cases and those who see all. See `benches/README.md`.

mod fill;
#[path = "../common/http.rs"]
mod http;
#[path = "../outbox/postgres.rs"]
mod postgres;
#[path = "../common/process.rs"]
#[allow(dead_code, reason = "the other programs use the rest")]
mod process;
#[path = "../common/stats.rs"]
#[allow(dead_code, reason = "the other programs use the rest")]
mod stats;

use std::{path::PathBuf, process::ExitCode, time::Instant};

use anyhow::{Context, ensure};
use clap::Parser;
use serde_json::{Value, json};

use self::{
    http::Http,
    postgres::Postgres,
    process::{Install, Running},
    stats::Spread,
};

/// A search among many cases may cost so many times what it does among few.
const MOST: f64 = 1.5;
const TIMES: usize = 200;
/// What is looked for; whether its hits are as many on a page among few as among many, so that the mark holds.
const WORDS: [(&str, &str, bool); 4] = [
    ("in every second case", fill::EVERYWHERE, true),
    ("in five cases", fill::RARE, true),
    ("five cases by initials", fill::RARE_INITIALS, true),
    ("in one case of 200", fill::SELDOM, false),
];
const SIGN_INS: [(&str, &str); 2] = [("all", "district"), ("1 %", "grid-worker")];
const ASKED: [(&str, &str); 2] = [
    (
        "search",
        "query($text: String!) { list: search(query: $text, first: 20) { nodes { ... on Case { number title } } pageInfo { hasNextPage } } }",
    ),
    (
        "cases",
        "query($text: String!) { list: cases(filter: {text: $text}, first: 20) { nodes { number title } pageInfo { hasNextPage } } }",
    ),
];

/// What a search costs among few cases and among many
#[derive(Debug, Parser)]
struct Args {
    #[arg(long, default_value_t = 2_000)]
    few: u32,
    #[arg(long, default_value_t = 200_000)]
    many: u32,
    /// How often everything is measured
    #[arg(long, default_value_t = 3)]
    rounds: usize,
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

fn main() -> anyhow::Result<ExitCode> {
    let args = Args::parse();
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let mut met = true;
    println!("{} and {} cases, {} rounds of {TIMES}: medians in ms (lowest–highest)\n", args.few, args.many, args.rounds);
    println!("| database | asked | word | sees | few | many | times | at most |\n|---|---|---|---|---|---|---|---|");
    for database in ["sqlite", "postgres"] {
        if args.only.as_ref().is_some_and(|only| only != database) {
            continue;
        }
        let (few, many) = (Place::new(database, args.few)?, Place::new(database, args.many)?);
        let rounds = (0..args.rounds).map(|_| medians(&few, &many)).collect::<anyhow::Result<Vec<_>>>()?;
        for (at, (asked, word, sees, marked)) in questions().map(|(asked, word, sees)| (asked.0, word.0, sees.0, word.2)).enumerate() {
            let few = Spread::of(rounds.iter().map(|round| round[at].0));
            let many = Spread::of(rounds.iter().map(|round| round[at].1));
            let times = Spread::of(rounds.iter().map(|round| round[at].1 / round[at].0));
            met &= !marked || times.median <= MOST;
            let most = if marked { MOST.to_string() } else { "–".into() };
            println!("| {database} | {asked} | {word} | {sees} | {} | {} | {} | {most} |", few.show(2), many.show(2), times.show(2));
        }
    }
    Ok(if met || !args.check { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

type Question = ((&'static str, &'static str), (&'static str, &'static str, bool), (&'static str, &'static str));

fn questions() -> impl Iterator<Item = Question> {
    ASKED.into_iter().flat_map(|asked| WORDS.into_iter().flat_map(move |word| SIGN_INS.into_iter().map(move |sees| (asked, word, sees))))
}

/// A server on a database with so many cases.
struct Place {
    server: Running,
    tokens: Vec<String>,
    _dir: tempfile::TempDir,
    _postgres: Option<Postgres>,
}

impl Place {
    fn new(database: &str, cases: u32) -> anyhow::Result<Self> {
        let dir = tempfile::tempdir()?;
        let postgres = (database == "postgres").then(|| Postgres::start(false)).transpose()?;
        let url = postgres.as_ref().map(Postgres::url);
        let begun = Instant::now();
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(fill::fill(dir.path(), url.as_deref(), cases))?;
        eprintln!("{database}: {cases} cases made in {:.0?}", begun.elapsed());
        let program = PathBuf::from(env!("CARGO_BIN_EXE_chuishao"));
        let install = Install { program, data_dir: dir.path().to_owned(), database_url: url };
        let tokens = SIGN_INS.iter().map(|(_, name)| install.token(name)).collect::<anyhow::Result<_>>()?;
        let server = Running::start(install.command(&[]))?;
        Ok(Self { server, tokens, _dir: dir, _postgres: postgres })
    }

    /// How long an answer takes, in milliseconds.
    fn ask(&self, http: &mut Http, ((_, query), (word, text, _), (_, sign_in)): Question) -> anyhow::Result<f64> {
        let at = SIGN_INS.iter().position(|(_, name)| *name == sign_in).context("a sign-in")?;
        let body = json!({ "query": query, "variables": { "text": text } }).to_string();
        let begun = Instant::now();
        let answer = http.post("/graphql", Some(&self.tokens[at]), &body)?;
        let took = begun.elapsed().as_secs_f64() * 1000.0;
        let answer: Value = serde_json::from_str(&answer)?;
        let found = answer["data"]["list"]["nodes"].as_array().with_context(|| answer.to_string())?.len();
        ensure!(found > 0, "nothing {word} is found by {sign_in}");
        Ok(took)
    }
}

/// The medians of each question among few and among many, in milliseconds. They are asked in turns, so that what else the machine does meets both.
fn medians(few: &Place, many: &Place) -> anyhow::Result<Vec<(f64, f64)>> {
    let (mut to_few, mut to_many) = (Http::connect(few.server.address)?, Http::connect(many.server.address)?);
    let mut median = |question| {
        let both = (0..TIMES).map(|_| Ok((few.ask(&mut to_few, question)?, many.ask(&mut to_many, question)?)));
        let (few, many): (Vec<_>, Vec<_>) = both.collect::<anyhow::Result<Vec<_>>>()?.into_iter().unzip();
        Ok((Spread::of(few).median, Spread::of(many).median))
    };
    questions().map(&mut median).collect()
}
