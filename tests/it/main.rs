//! The one test binary. A test that takes a `TestApp` runs on SQLite and on PostgreSQL, each time on a database of its own:
//! `cargo test --test it sqlite::`, `cargo test --test it closing_twice`, `cargo test -- --list`.

mod authz;
mod calendar;
mod decimal;
mod demo;
mod filters;
mod input;
mod limits;
mod masking;
mod paging;
mod schema;
mod statements;
// a toolbox: not every tool is in use at all times
#[allow(dead_code)]
mod support;
mod tidy;
mod token;
mod world;

use libtest_mimic::Arguments;
use support::postgres;

fn main() -> std::process::ExitCode {
    let args = Arguments::from_args();
    let trials = [
        authz::tests(),
        calendar::tests(),
        decimal::tests(),
        demo::tests(),
        filters::tests(),
        input::tests(),
        limits::tests(),
        masking::tests(),
        paging::tests(),
        schema::tests(),
        statements::tests(),
        tidy::tests(),
        token::tests(),
        world::tests(),
    ];
    let conclusion = libtest_mimic::run(&args, trials.into_iter().flatten().collect());
    postgres::stop();
    conclusion.exit_code()
}
