//! Signed tokens and the file of their key.

use std::os::unix::fs::PermissionsExt;

use chrono::{Duration, SubsecRound};
use chuishao::{
    auth::token::{Keys, TokenError},
    clock::Clock,
};
use entity::PersonId;
use tempfile::TempDir;

use crate::support::app::start_of_time;

crate::tests! {
    pure: [
        a_token_names_its_person_until_it_runs_out,
        a_token_of_another_key_is_refused,
        a_tampered_token_is_refused,
        the_key_file_is_for_its_owner_only_and_is_kept,
        those_who_start_at_once_in_one_directory_have_one_key,
    ]
}

fn keys() -> (TempDir, Keys) {
    let dir = tempfile::tempdir().expect("a directory");
    let keys = Keys::load_or_create(dir.path()).expect("keys");
    (dir, keys)
}

fn someone() -> PersonId {
    Clock::manual(start_of_time()).new_id()
}

fn a_token_names_its_person_until_it_runs_out() {
    let (_dir, keys) = keys();
    let (person, now) = (someone(), start_of_time().trunc_subsecs(0));
    let token = keys.sign(person, now, Duration::hours(1)).expect("a token");
    let end = now + Duration::hours(1);
    assert_eq!(keys.verify(&token, now), Ok((person, end)));
    assert_eq!(keys.verify(&token, end - Duration::microseconds(1)), Ok((person, end)));
    assert_eq!(keys.verify(&token, end), Err(TokenError::Expired));
}

fn a_token_of_another_key_is_refused() {
    let ((_dir, ours), (_other_dir, theirs)) = (keys(), keys());
    let token = theirs.sign(someone(), start_of_time(), Duration::hours(1)).expect("a token");
    assert_eq!(ours.verify(&token, start_of_time()), Err(TokenError::Malformed));
}

fn a_tampered_token_is_refused() {
    let (_dir, keys) = keys();
    let sign = |person| keys.sign(person, start_of_time(), Duration::hours(1)).expect("a token");
    let (ours, other) = (sign(someone()), sign(someone()));
    let parts = |token: &str| -> Vec<String> { token.split('.').map(str::to_owned).collect() };
    let (mine, theirs) = (parts(&ours), parts(&other));
    // {"alg":"none"}
    let unsigned = "eyJhbGciOiJub25lIn0";
    let forged = [
        format!("{}.{}.{}", mine[0], theirs[1], mine[2]),
        format!("{}.{}.", mine[0], mine[1]),
        format!("{unsigned}.{}.", mine[1]),
        format!("{unsigned}.{}.{}", mine[1], mine[2]),
        format!("{}.{}", mine[0], mine[1]),
        String::new(),
        "Bearer".into(),
    ];
    for token in forged {
        assert_eq!(keys.verify(&token, start_of_time()), Err(TokenError::Malformed), "{token}");
    }
}

fn the_key_file_is_for_its_owner_only_and_is_kept() {
    let (dir, keys) = keys();
    let file = dir.path().join("token.key");
    let mode = file.metadata().expect("the file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let token = keys.sign(someone(), start_of_time(), Duration::hours(1)).expect("a token");
    let again = Keys::load_or_create(dir.path()).expect("keys");
    assert!(again.verify(&token, start_of_time()).is_ok());
    std::fs::write(&file, b"something else").expect("written");
    assert!(Keys::load_or_create(dir.path()).is_err(), "a spoilt key is an error, never replaced in silence");
}

fn those_who_start_at_once_in_one_directory_have_one_key() {
    for _ in 0..20 {
        let dir = tempfile::tempdir().expect("a directory");
        let start = std::sync::Barrier::new(8);
        // threads, because they share a process number as containers on a shared directory may
        let all: Vec<Keys> = std::thread::scope(|scope| {
            let one = || {
                start.wait();
                Keys::load_or_create(dir.path()).expect("keys")
            };
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(one)).collect();
            threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
        });
        let token = all[0].sign(someone(), start_of_time(), Duration::hours(1)).expect("a token");
        for keys in &all {
            assert!(keys.verify(&token, start_of_time()).is_ok(), "another key");
        }
        assert_eq!(std::fs::read_dir(dir.path()).expect("a directory").count(), 1, "no draft is left");
    }
}
