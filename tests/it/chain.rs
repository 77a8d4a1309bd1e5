//! The hash chain as pure code: what is hashed, in which form, and what breaks it.

use std::{fs, path::Path};

use aws_lc_rs::digest::{SHA256, digest};
use chrono::{DateTime, Duration, Utc};
use chuishao::case::chain::{
    Covered, SavedWhistle, check, digest_of_case, digest_of_whistle, hash_of_entry, link, listed, personal_of_entry,
};
use entity::*;
use proptest::prelude::*;
use uuid::Uuid;

use crate::support::{rows::bare_case, world::WORLD};

crate::tests! {
    pure: [
        the_worked_example_of_the_documentation_is_right,
        the_canonical_form_is_that_of_rfc_8785,
        whatever_is_entered_is_whole_and_whatever_is_changed_is_found,
        an_erasure_covers_what_it_lists_and_nothing_else,
    ],
}

fn at(seconds: i64) -> DateTime<Utc> {
    "2026-06-10T02:00:00Z".parse::<DateTime<Utc>>().expect("an instant") + Duration::seconds(seconds)
}

fn id(last: u8) -> Uuid {
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + u128::from(last))
}

fn entry(seq: i32, note: Option<String>) -> case_event::Model {
    case_event::Model {
        id: CaseEventId(id(u8::try_from(seq).expect("few"))),
        case_id: CaseId(id(100)),
        seq,
        kind: CaseEventKind::Noted,
        at: at(seq.into()),
        actor_id: Some(PersonId(id(200))),
        actor_role: Some(PostRole::GridWorker),
        from_status: None,
        to_status: None,
        note,
        whistle_id: None,
        previous: None,
        hash: None,
        salt: Some(format!("{seq:032x}")),
        personal: None,
        file: None,
        whistles: None,
        covers: None,
        attachments: None,
        erased_at: None,
    }
}

fn case() -> case_file::Model {
    case_file::Model {
        id: CaseId(id(100)),
        number: "431302-2026-000155".into(),
        category: CaseCategory::Hazard,
        title: "楼道\"堆物\"".into(),
        description: Some("第一行\n第二行\t\u{1}\\".into()),
        status: CaseStatus::InProgress,
        area_id: WORLD.area_grid1,
        subdistrict_id: None,
        community_id: None,
        longitude: Some(111.9925),
        latitude: Some(-0.0),
        reporter_id: Some(PersonId(id(200))),
        updated_at: at(9),
        version: 0,
        salt: Some("00".into()),
        ..bare_case(at(1))
    }
}

fn sha256(text: &str) -> String {
    hex::encode(digest(&SHA256, text.as_bytes()))
}

/// The entry of the example.
fn example() -> case_event::Model {
    case_event::Model {
        id: CaseEventId("019eafd3-5a00-7000-8000-000000000002".parse().expect("an id")),
        case_id: CaseId("019eafd3-5a00-7000-8000-000000000001".parse().expect("an id")),
        seq: 2,
        kind: CaseEventKind::Accepted,
        at: at(0),
        actor_id: Some(PersonId("019eafd3-5a00-7000-8000-000000000003".parse().expect("an id"))),
        from_status: Some(CaseStatus::Reported),
        to_status: Some(CaseStatus::Accepted),
        note: Some("已受理".into()),
        salt: Some("000102030405060708090a0b0c0d0e0f".into()),
        previous: Some(sha256("the entry before")),
        file: Some(sha256("the case")),
        ..entry(2, None)
    }
}

fn the_worked_example_of_the_documentation_is_right() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("ARCHITECTURE.md")).expect("the page");
    let mut entry = example();
    let personal = text.lines().find(|line| line.starts_with(r#"{"actor_id":"#)).expect("the personal fields");
    assert_eq!(personal_of_entry(&entry), sha256(personal));
    assert!(text.contains(&sha256(personal)));
    entry.personal = Some(personal_of_entry(&entry));
    let whole = text.lines().find(|line| line.starts_with(r#"{"actor_role":"#)).expect("the entry");
    let hash = hash_of_entry(&entry);
    assert_eq!(hash, sha256(whole));
    assert!(text.contains(&hash), "the hash is {hash}");
}

/// Every form goes through the same writer; the columns that are text show what it does with characters.
fn the_canonical_form_is_that_of_rfc_8785() {
    let entry = entry(1, Some("\"\\/\u{8}\u{c}\n\r\t\u{1f}\u{7f}€哨😀".into()));
    let expected = concat!(
        r#"{"actor_id":"01900000-0000-7000-8000-0000000000c8","note":"\"\\/\b\f\n\r\t\u001f"#,
        "\u{7f}€哨😀",
        r#"","salt":"00000000000000000000000000000001"}"#
    );
    assert_eq!(personal_of_entry(&entry), sha256(expected));
    // the same number, whatever its sign of zero; another one is another digest
    let (plain, mut moved) = (case_file::Model { latitude: Some(0.0), ..case() }, case());
    assert_eq!(digest_of_case(&plain), digest_of_case(&moved));
    moved.longitude = moved.longitude.map(f64::next_up);
    assert_ne!(digest_of_case(&plain), digest_of_case(&moved));
}

fn linked(notes: &[Option<String>]) -> (case_file::Model, Vec<case_event::Model>) {
    let mut entries: Vec<case_event::Model> = notes.iter().zip(1..).map(|(note, seq)| entry(seq, note.clone())).collect();
    let mut case = case_file::Model { version: i32::try_from(notes.len()).expect("few"), ..case() };
    // in two writes
    let (first, second) = entries.split_at_mut(notes.len() / 2);
    link(&mut case, first);
    link(&mut case, second);
    (case, entries)
}

fn broken(case: &case_file::Model, entries: &[case_event::Model]) -> Option<(i32, CaseFileFault)> {
    let mut entries: Vec<&case_event::Model> = entries.iter().collect();
    entries.sort_by_key(|entry| entry.seq);
    check(case, &entries, &[]).broken.map(|fault| (fault.seq, fault.what))
}

fn whatever_is_entered_is_whole_and_whatever_is_changed_is_found() {
    let change = (0usize..9, any::<prop::sample::Index>(), any::<prop::sample::Index>());
    let notes = prop::collection::vec(prop::option::of(".{0,12}"), 2..9);
    proptest!(ProptestConfig::with_cases(500), |(notes in notes, (kind, one, other) in change)| {
        let (mut case, mut entries) = linked(&notes);
        prop_assert_eq!(broken(&case, &entries), None);
        let (one, other) = (one.index(entries.len()), other.index(entries.len()));
        prop_assume!(one != other);
        let seq = entries[one].seq;
        let expected = match kind {
            0 => {
                entries[one].note = Some(entries[one].note.clone().unwrap_or_default() + "!");
                Some((seq, CaseFileFault::PersonalChanged))
            }
            1 => {
                entries[one].at += Duration::microseconds(1);
                Some((seq, CaseFileFault::Changed))
            }
            2 => {
                entries[one].kind = CaseEventKind::Rated;
                Some((seq, CaseFileFault::Changed))
            }
            3 => {
                entries.remove(one);
                Some((seq, CaseFileFault::Missing))
            }
            4 => {
                let with = entries[other].seq;
                (entries[one].seq, entries[other].seq) = (with, seq);
                Some((seq.min(with), CaseFileFault::OutOfOrder))
            }
            5 => {
                // recomputed by someone who knows how: the next one, or the case, no longer fits
                entries[one].actor_role = None;
                entries[one].hash = Some(hash_of_entry(&entries[one]));
                let last = one + 1 == entries.len();
                Some(if last { (seq, CaseFileFault::CaseChanged) } else { (seq + 1, CaseFileFault::Unlinked) })
            }
            6 => {
                case.priority = CasePriority::Urgent;
                Some((i32::try_from(entries.len()).expect("few"), CaseFileFault::CaseChanged))
            }
            7 => {
                entries[one].erased_at = Some(at(60));
                Some((seq, CaseFileFault::ErasedUnrecorded))
            }
            _ => {
                case.head.clone_from(&entries[0].previous);
                Some((i32::try_from(entries.len()).expect("few"), CaseFileFault::CaseChanged))
            }
        };
        prop_assert_eq!(broken(&case, &entries), expected);
    });
}

fn an_erasure_covers_what_it_lists_and_nothing_else() {
    let (mut case, mut entries) = linked(&[Some("甲".into()), Some("乙".into()), None]);
    let erase = |entry: &mut case_event::Model| {
        (entry.actor_id, entry.note, entry.salt, entry.erased_at) = (None, None, None, Some(at(4)));
        Covered { personal: personal_of_entry(entry), seq: entry.seq }
    };
    let covers = vec![erase(&mut entries[1])];
    let mut told = case_event::Model { kind: CaseEventKind::PersonalDataErased, covers: listed(&covers), ..entry(4, None) };
    case.version = 4;
    link(&mut case, [&mut told]);
    entries.push(told);
    assert_eq!(broken(&case, &entries), None);
    let mut another = entries.clone();
    erase(&mut another[0]);
    assert_eq!(broken(&case, &another), Some((1, CaseFileFault::ErasedUnrecorded)));
    // an entry of any other kind covers nothing
    let mut noted = entries.clone();
    noted[3].kind = CaseEventKind::Noted;
    noted[3].hash = Some(hash_of_entry(&noted[3]));
    case.head.clone_from(&noted[3].hash);
    assert_eq!(broken(&case, &noted), Some((2, CaseFileFault::ErasedUnrecorded)));
    let whistle = whistle::Model { lead: true, ..whistle() };
    let saved = SavedWhistle::of(&whistle, &case.salt);
    assert_ne!(saved.digest, digest_of_whistle(&whistle::Model { lead: false, ..whistle }, &case.salt));
}

fn whistle() -> whistle::Model {
    whistle::Model {
        id: WhistleId(id(150)),
        case_id: CaseId(id(100)),
        from_kind: None,
        from_id: None,
        raised_by: None,
        target_kind: HandlerKind::Grid,
        target_id: WORLD.grid1.0,
        lead: false,
        reason: None,
        status: WhistleStatus::Raised,
        raised_at: at(1),
        check_in_due_at: at(2),
        checked_in_at: None,
        on_site_at: None,
        decline_reason: None,
        ruled_at: None,
        ruling_upheld: None,
        ruling_reason: None,
        concluded_at: None,
        result: None,
        escalated_to_id: None,
        version: 1,
        response_score: None,
        response_comment: None,
    }
}
