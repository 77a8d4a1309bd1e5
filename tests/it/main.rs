//! The one test binary. A test that takes a `TestApp` runs on SQLite and on PostgreSQL, each time on a database of its own:
//! `cargo test --test it sqlite::`, `cargo test --test it closing_twice`, `cargo test -- --list`.

mod across;
mod areas;
mod atomic;
mod attachments;
mod authz;
mod calendar;
mod case_moves;
mod case_numbers;
mod case_rules;
mod category_names;
mod chain;
mod cli;
mod committee_handler;
mod committee_lists;
mod committee_pairs;
mod committee_rules;
mod committees;
mod complexes;
mod crowd;
mod deadlines;
mod decimal;
mod demo;
mod departments;
mod double_reports;
mod duration;
mod dwellings;
mod erasure;
mod events;
mod export;
mod fault;
mod figures;
mod filters;
mod firms;
mod graphiql;
mod grid_funds;
mod grids;
mod idempotency;
mod import;
mod import_branches;
mod import_jobs;
mod import_people;
mod import_persons;
mod import_records;
mod import_tables;
mod input;
mod instances;
mod intake;
mod integrity;
mod killed;
mod level_names;
mod limits;
mod live;
mod live_filter;
mod log;
mod masking;
mod move_complex;
mod notices;
mod pacing;
mod paging;
mod party;
mod paths;
mod plans;
mod policies;
mod polling;
mod posts;
mod records;
mod registers;
mod replica;
mod respondents;
mod resume;
mod schema;
mod search;
mod search_lists;
mod sequencer;
mod sharing;
mod sheets;
mod simulate;
mod sockets;
mod statements;
mod tidy;
mod token;
mod values;
mod versions;
mod webhook_safety;
mod webhooks;
mod whistle_paths;
mod whistle_rules;
mod whistles;
mod working_time;
mod world;
// a toolbox: not every tool is in use at all times
#[allow(dead_code)]
mod support;

use libtest_mimic::Arguments;
use support::{postgres, standby};

fn main() -> std::process::ExitCode {
    let args = Arguments::from_args();
    let trials = [
        across::tests(),
        areas::tests(),
        atomic::tests(),
        attachments::tests(),
        authz::tests(),
        calendar::tests(),
        case_moves::tests(),
        case_numbers::tests(),
        case_rules::tests(),
        category_names::tests(),
        chain::tests(),
        cli::tests(),
        committee_handler::tests(),
        committee_lists::tests(),
        committee_pairs::tests(),
        committee_rules::tests(),
        committees::tests(),
        complexes::tests(),
        crowd::tests(),
        dwellings::tests(),
        decimal::tests(),
        deadlines::tests(),
        demo::tests(),
        double_reports::tests(),
        departments::tests(),
        duration::tests(),
        events::tests(),
        erasure::tests(),
        export::tests(),
        filters::tests(),
        firms::tests(),
        graphiql::tests(),
        grid_funds::tests(),
        grids::tests(),
        idempotency::tests(),
        import::tests(),
        import_jobs::tests(),
        import_persons::tests(),
        import_people::tests(),
        import_branches::tests(),
        import_records::tests(),
        import_tables::tests(),
        input::tests(),
        instances::tests(),
        intake::tests(),
        integrity::tests(),
        killed::tests(),
        level_names::tests(),
        limits::tests(),
        live::tests(),
        live_filter::tests(),
        log::tests(),
        masking::tests(),
        move_complex::tests(),
        notices::tests(),
        pacing::tests(),
        paging::tests(),
        party::tests(),
        paths::tests(),
        policies::tests(),
        plans::tests(),
        polling::tests(),
        posts::tests(),
        records::tests(),
        registers::tests(),
        replica::tests(),
        respondents::tests(),
        resume::tests(),
        schema::tests(),
        search::tests(),
        search_lists::tests(),
        sequencer::tests(),
        sharing::tests(),
        sheets::tests(),
        simulate::tests(),
        sockets::tests(),
        statements::tests(),
        tidy::tests(),
        token::tests(),
        values::tests(),
        versions::tests(),
        webhook_safety::tests(),
        webhooks::tests(),
        whistle_paths::tests(),
        whistle_rules::tests(),
        whistles::tests(),
        working_time::tests(),
        world::tests(),
        // last: they run by themselves
        fault::tests(),
        figures::tests(),
    ];
    let conclusion = libtest_mimic::run(&args, trials.into_iter().flatten().collect());
    standby::stop();
    postgres::stop();
    conclusion.exit_code()
}
