//! A play of demonstration life: the same for the same seed, as the rows say, and written as in life.

use chrono::{DateTime, Utc};
use chuishao::{
    case::service::{self, deadlines::next_due},
    demo,
    simulate::{self, Ground, Plan, Summary},
};
use entity::{CaseEventKind, CaseStatus, ClockKind, HandlingLevel, Provenance, WhistleStatus, case_clock, case_event, case_file, whistle};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::support::{
    TestApp,
    app::Contents,
    process::{chuishao, failed, succeeded},
    run::TestDatabase,
    run::runtime,
    sqlite,
};

crate::tests! {
    bare: [a_play_does_what_it_says_and_leaves_nothing_undone, the_same_seed_is_the_same_story],
    both: [other_data_than_the_demonstration_are_told_apart],
    pure: [an_empty_database_gets_the_demonstration_and_the_play_ends_last_midnight, nobodys_own_data_are_played_with],
}

async fn play(t: &TestApp, plan: Plan) -> Summary {
    demo::load(&t.app.db, &t.app.clock, |_, _| {}).await.expect("loaded");
    let mut told = Vec::new();
    let summary = simulate::play(&t.app, &plan, |done, total| told.push((done, total))).await.expect("played");
    assert!(told.is_sorted() && told.iter().all(|(done, total)| done <= total), "{told:?}");
    summary
}

/// What the rows say of the cases that were reported since.
async fn told_by_rows(t: &TestApp, begin: DateTime<Utc>) -> Summary {
    let db = &t.app.db.read;
    let cases = case_file::Entity::find().filter(case_file::Column::Provenance.eq(Provenance::Recorded)).all(db).await.expect("cases");
    assert!(cases.iter().all(|case| case.reported_at >= begin));
    let ours = |id| cases.iter().any(|case| case.id == id);
    let count = |n: usize| n as u64;
    let whistles: Vec<_> = whistle::Entity::find().all(db).await.expect("whistles").into_iter().filter(|w| ours(w.case_id)).collect();
    let entries = case_event::Entity::find().filter(case_event::Column::At.gte(begin)).order_by_asc(case_event::Column::Seq);
    let entries: Vec<_> = entries.all(db).await.expect("entries").into_iter().filter(|entry| ours(entry.case_id)).collect();
    let of = |kind| entries.iter().filter(move |entry| entry.kind == kind);
    let came = |late: bool| whistles.iter().filter(move |w| w.checked_in_at.is_some_and(|at| late == (at >= w.check_in_due_at)));
    let mut overdue: Vec<_> = of(CaseEventKind::Overdue).map(|entry| entry.case_id).collect();
    overdue.sort();
    overdue.dedup();
    let stand = |status| cases.iter().filter(move |case| case.status == status).count();
    let mut told = Summary {
        reported: count(cases.len()),
        raised: count(whistles.len()),
        on_time: count(came(false).count()),
        late: count(came(true).count()),
        declined: count(of(CaseEventKind::WhistleDeclined).count()),
        escalated: count(whistles.iter().filter(|w| w.escalated_to_id.is_some()).count()),
        warnings: count(of(CaseEventKind::DeadlineApproaching).count()),
        overdue: count(overdue.len()),
        supervision_requested: count(of(CaseEventKind::SupervisionRequested).count()),
        supervised: count(cases.iter().filter(|case| case.supervised_by.is_some()).count()),
        paused: count(of(CaseEventKind::ClockPaused).count()),
        extended: count(of(CaseEventKind::ExtensionRequested).count()),
        closed: count(stand(CaseStatus::Closed)),
        withdrawn: count(stand(CaseStatus::Withdrawn)),
        open: count(cases.iter().filter(|case| case.status.is_open()).count()),
        ..Summary::default()
    };
    for level in cases.iter().filter_map(|case| case.settled_level) {
        *told.settled.entry(level).or_default() += 1;
    }
    // asked at the district it is given at once
    told.extended += count(
        of(CaseEventKind::ExtensionGranted)
            .filter(|granted| !of(CaseEventKind::ExtensionRequested).any(|r| r.case_id == granted.case_id))
            .count(),
    );
    told
}

async fn a_play_does_what_it_says_and_leaves_nothing_undone(t: TestApp) {
    let begin = t.now();
    let summary = play(&t, Plan { days: 6, cases: 60, seed: 7 }).await;
    assert_eq!(t.now(), begin + chrono::Duration::days(6));
    let rows = told_by_rows(&t, begin).await;
    assert_eq!(Summary { mutations: 0, ..summary.clone() }, rows, "and nothing was refused");
    assert_eq!(summary.reported, 60);
    // a month of life in small: each of these has happened
    for (what, count) in
        [("on time", summary.on_time), ("escalated", summary.escalated), ("closed", summary.closed), ("open", summary.open)]
    {
        assert!(count > 0, "{what}: {summary:?}");
    }
    assert!(summary.settled.contains_key(&HandlingLevel::Grid) && summary.mutations > 3 * 60);
    // nothing that fell due is left
    assert!(next_due(&t.app).await.expect("read").is_none_or(|due| due > t.now()));
    let db = &t.app.db.read;
    let clocks = case_clock::Entity::find().filter(case_clock::Column::Kind.eq(ClockKind::CheckIn)).all(db).await.expect("clocks");
    let waiting = whistle::Entity::find().filter(whistle::Column::Status.eq(WhistleStatus::Raised));
    for raised in waiting.filter(whistle::Column::RaisedAt.gte(begin)).all(db).await.expect("whistles") {
        let runs = clocks.iter().any(|clock| clock.whistle_id == Some(raised.id) && clock.next_at.is_some_and(|next| next > t.now()));
        assert!(runs || raised.check_in_due_at <= t.now(), "nobody looks after {raised:?}");
    }
    // written as in life: whole files, and all of it in the log
    let mut broken = Vec::new();
    let tally = service::verify(&t.app.db, None, |number, finding| broken.push(format!("{number}: {finding:?}"))).await.expect("read");
    assert!(broken.is_empty(), "{broken:#?}");
    assert!(tally.is_some_and(|tally| tally.cases > 5000));
    let entries = case_event::Entity::find().filter(case_event::Column::At.gte(begin)).all(db).await.expect("entries");
    let logged = t.facts_after(0).await;
    assert_eq!(logged.len(), entries.iter().filter(|entry| entry.actor_role.is_some() || entry.actor_id.is_none()).count());
    assert!(chuishao::event::verify(db).await.expect("read").broken.is_none());
}

async fn the_same_seed_is_the_same_story(t: TestApp) {
    // on another database that holds the same; on PostgreSQL's run, of the other kind
    let plan = Plan { days: 3, cases: 30, seed: 11 };
    let (first, other) = (play(&t, plan).await, sqlite::database(Contents::Nothing).expect("a database"));
    let again = TestApp::start(&other.url()).await.expect("an app");
    assert_eq!(play(&again, plan).await, first);
    again.app.db.close().await;
    let third = sqlite::database(Contents::Nothing).expect("a database");
    let differs = TestApp::start(&third.url()).await.expect("an app");
    assert_ne!(play(&differs, Plan { seed: 12, ..plan }).await, first, "another seed, another story");
    differs.app.db.close().await;
}

async fn other_data_than_the_demonstration_are_told_apart(t: TestApp) {
    assert_eq!(simulate::ground(&t.app.db).await.expect("read"), Ground::Other);
}

fn an_empty_database_gets_the_demonstration_and_the_play_ends_last_midnight() {
    let data = tempfile::tempdir().expect("a directory");
    failed(&mut chuishao(data.path(), &["simulate", "--demo", "false"]), 1, &["empty", "--demo false"]);
    let said = succeeded(&mut chuishao(data.path(), &["simulate", "--days", "2", "--cases", "10"]));
    for words in ["played 模拟 2 days", " 00:00 (Asia/Shanghai), seed 1\n", "       10  cases reported 上报案件\n", "        0  refused"]
    {
        assert!(said.contains(words), "no {words:?} in: {said}");
    }
    assert!(succeeded(&mut chuishao(data.path(), &["verify"])).contains(" 0 broken"));
    // its cases are somebody's now
    failed(&mut chuishao(data.path(), &["simulate", "--days", "1", "--cases", "5"]), 1, &["10 cases have been reported", "--yes"]);
    let said = succeeded(&mut chuishao(data.path(), &["simulate", "--days", "1", "--cases", "5", "--yes"]));
    assert!(said.contains("        5  cases reported"), "{said}");
    failed(&mut chuishao(data.path(), &["simulate", "--days", "0"]), 2, &["--days"]);
    failed(&mut chuishao(data.path(), &["simulate", "--cases", "0"]), 2, &["--cases"]);
}

fn nobodys_own_data_are_played_with() {
    let (data, own) = (tempfile::tempdir().expect("a directory"), sqlite::database(Contents::World).expect("a database"));
    for arguments in [&["simulate"][..], &["simulate", "--yes"]] {
        failed(
            chuishao(data.path(), arguments).env("CHUISHAO_DATABASE_URL", own.url()),
            1,
            &["other than the demonstration's", "left alone"],
        );
    }
    runtime().expect("a runtime").block_on(own.remove()).expect("removed");
}
