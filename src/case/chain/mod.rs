//! The hash chain of a case file: what is hashed, in which form, and how an entry is bound to the one before. ARCHITECTURE.md says it for
//! those who recompute it elsewhere.
//!
//! A row's form is a JSON object of its columns, in the canonical form of RFC 8785 (JCS). Every column is taken apart by name here, so that
//! one that is added later does not compile until it is either hashed or left out on purpose.

mod check;

use std::{collections::BTreeMap, fmt::Write};

use aws_lc_rs::digest::{SHA256, digest};
use chrono::{DateTime, SecondsFormat, Utc};
use entity::{AttachmentId, EvidenceKind, WhistleId, attachment, case_event, case_file, whistle};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use self::check::{Fault, Verdict, attached, check};

/// The columns of a row by name. Names are ASCII, so their order is that of RFC 8785; values are text, integers, true, false and null.
struct Form(BTreeMap<&'static str, Value>);

macro_rules! form {
    ($($column:ident),+ $(,)?) => { Form(BTreeMap::from([$((stringify!($column), plain(&$column))),+])) };
}

/// Ids are hyphenated lower-case UUIDs, closed enums their names.
fn plain(value: &impl Serialize) -> Value {
    // numbers, text and unit variants: nothing that could fail
    serde_json::to_value(value).unwrap_or_default()
}

/// UTC, always with six digits: what both databases store.
fn time(at: &DateTime<Utc>) -> String {
    DateTime::from_timestamp_micros(at.timestamp_micros()).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Micros, true)
}

fn maybe_time(at: &Option<DateTime<Utc>>) -> Option<String> {
    at.as_ref().map(time)
}

/// The shortest decimal, without exponent, that reads as the same number.
fn degrees(value: &Option<f64>) -> Option<String> {
    // a negative zero is stored as zero
    value.map(|value| (value + 0.0).to_string())
}

impl Form {
    /// A column that came later: left out where it is null, so that rows from before keep their digest.
    fn with(mut self, column: &'static str, value: &Option<impl Serialize>) -> Self {
        if let Some(value) = value {
            self.0.insert(column, plain(value));
        }
        self
    }

    fn text(&self) -> String {
        let mut text = String::from("{");
        for (at, (name, value)) in self.0.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            // writing to a string does not fail
            let _ = write!(text, "{comma}\"{name}\":{value}");
        }
        text.push('}');
        text
    }

    fn hash(&self) -> String {
        hex::encode(digest(&SHA256, self.text().as_bytes()))
    }
}

/// The digest of what an entry holds of persons: who made it and what was said.
pub fn personal_of_entry(entry: &case_event::Model) -> String {
    entry_person(entry).hash()
}

fn entry_person(entry: &case_event::Model) -> Form {
    let case_event::Model { salt, actor_id, note, .. } = entry;
    form!(actor_id, note, salt)
}

/// The hash of an entry: of everything in it but the personal fields, for which their digest stands as they were entered.
pub fn hash_of_entry(entry: &case_event::Model) -> String {
    entry_form(entry).hash()
}

fn entry_form(entry: &case_event::Model) -> Form {
    let case_event::Model {
        id,
        case_id,
        seq,
        kind,
        at,
        actor_id: _,
        actor_role,
        from_status,
        to_status,
        note: _,
        whistle_id,
        previous,
        hash: _,
        salt: _,
        personal,
        file,
        whistles,
        covers,
        attachments,
        // told by the entry that covers it
        erased_at: _,
    } = entry;
    let at = time(at);
    form!(id, case_id, seq, kind, at, actor_role, from_status, to_status, whistle_id, previous, personal, file, whistles, covers)
        .with("attachments", attachments)
}

/// The digest of a case as it stands: what an entry says of it.
pub fn digest_of_case(case: &case_file::Model) -> String {
    case_form(case).hash()
}

fn case_form(case: &case_file::Model) -> Form {
    let case_file::Model {
        id,
        number,
        category,
        matter_id,
        title,
        description,
        status,
        priority,
        channel,
        level,
        settled_level,
        handler_kind,
        handler_id,
        area_id,
        district_id,
        subdistrict_id,
        community_id,
        grid_id,
        complex_id,
        building_id,
        longitude,
        latitude,
        reporter_id,
        reporter_name,
        reporter_phone,
        entered_by,
        anonymous,
        respondent_kind,
        respondent_id,
        respondent_name,
        resolution,
        resolved_by,
        resolved_at,
        verification,
        closed_at,
        closed_by,
        merged_into_id,
        reopen_count,
        score,
        comment,
        reported_at,
        updated_at,
        version,
        provenance,
        provenance_note,
        // the hash of the entry that holds this digest
        head: _,
        salt,
        // follows from the clocks
        due_at: _,
        supervised_by,
        recovered,
        paid,
        path_id,
    } = case;
    let (longitude, latitude) = (degrees(longitude), degrees(latitude));
    let personal = form!(
        title,
        description,
        longitude,
        latitude,
        reporter_id,
        respondent_id,
        respondent_name,
        resolution,
        verification,
        comment,
        provenance_note,
        salt
    );
    let personal = personal.with("reporter_name", reporter_name).with("reporter_phone", reporter_phone).hash();
    let (reported_at, updated_at) = (time(reported_at), time(updated_at));
    let (resolved_at, closed_at) = (maybe_time(resolved_at), maybe_time(closed_at));
    form!(
        id,
        number,
        category,
        matter_id,
        status,
        priority,
        channel,
        level,
        settled_level,
        handler_kind,
        handler_id,
        area_id,
        district_id,
        subdistrict_id,
        community_id,
        grid_id,
        complex_id,
        building_id,
        anonymous,
        respondent_kind,
        resolved_by,
        resolved_at,
        closed_at,
        closed_by,
        merged_into_id,
        reopen_count,
        score,
        reported_at,
        updated_at,
        version,
        provenance,
        personal
    )
    .with("supervised_by", supervised_by)
    .with("recovered", recovered)
    .with("paid", paid)
    .with("path_id", path_id)
    .with("entered_by", entered_by)
}

/// The digest of a whistle as it stands. Its words are salted with the salt of its case.
pub fn digest_of_whistle(whistle: &whistle::Model, salt: &Option<String>) -> String {
    whistle_form(whistle, salt).hash()
}

fn whistle_form(whistle: &whistle::Model, salt: &Option<String>) -> Form {
    let whistle::Model {
        id,
        case_id,
        from_kind,
        from_id,
        raised_by,
        target_kind,
        target_id,
        lead,
        reason,
        status,
        raised_at,
        check_in_due_at,
        checked_in_at,
        on_site_at,
        decline_reason,
        ruled_at,
        ruling_upheld,
        ruling_reason,
        concluded_at,
        result,
        escalated_to_id,
        version,
        response_score,
        response_comment,
    } = whistle;
    let personal = form!(raised_by, reason, decline_reason, ruling_reason, result, salt).with("response_comment", response_comment).hash();
    let (raised_at, check_in_due_at) = (time(raised_at), time(check_in_due_at));
    let (checked_in_at, on_site_at) = (maybe_time(checked_in_at), maybe_time(on_site_at));
    let (ruled_at, concluded_at) = (maybe_time(ruled_at), maybe_time(concluded_at));
    form!(
        id,
        case_id,
        from_kind,
        from_id,
        target_kind,
        target_id,
        lead,
        status,
        raised_at,
        check_in_due_at,
        checked_in_at,
        on_site_at,
        ruled_at,
        ruling_upheld,
        concluded_at,
        escalated_to_id,
        version,
        personal
    )
    .with("response_score", response_score)
}

/// A whistle as it was saved with an entry. The fields stand in the order of their names, here and below.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedWhistle {
    pub digest: String,
    pub id: WhistleId,
}

impl SavedWhistle {
    pub fn of(whistle: &whistle::Model, salt: &Option<String>) -> Self {
        Self { digest: digest_of_whistle(whistle, salt), id: whistle.id }
    }
}

/// An attachment as it came with an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedAttachment {
    pub id: AttachmentId,
    pub kind: Option<EvidenceKind>,
    pub sha256: String,
}

impl SavedAttachment {
    pub fn of(attachment: &attachment::Model) -> Self {
        Self { id: attachment.id, kind: attachment.kind, sha256: attachment.sha256.clone() }
    }
}

/// What is left of an earlier entry whose personal data were erased.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Covered {
    pub personal: String,
    pub seq: i32,
}

/// A list as it is kept in an entry; none where it is empty.
pub fn listed<T: Serialize>(list: &[T]) -> Option<String> {
    // text and integers: nothing that could fail
    (!list.is_empty()).then(|| serde_json::to_string(list).unwrap_or_default())
}

/// Binds new entries, in their order, to the case's last one and to each other, and the case to the last of them. Their salts and what they
/// list are there already, and the case is as it will be saved.
pub fn link<'e>(case: &mut case_file::Model, entries: impl IntoIterator<Item = &'e mut case_event::Model>) {
    let file = digest_of_case(case);
    for entry in entries {
        entry.personal = Some(personal_of_entry(entry));
        entry.file = Some(file.clone());
        entry.previous = case.head.take();
        let hash = hash_of_entry(entry);
        entry.hash = Some(hash.clone());
        case.head = Some(hash);
    }
}
