//! Whether a case file is whole: everything that was hashed is recomputed from the rows, and the first thing that disagrees is named.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};
use entity::{AttachmentId, CaseEventKind, CaseFileFault, WhistleId, attachment, case_event, case_file, whistle};
use serde::de::DeserializeOwned;

use super::{Covered, SavedAttachment, SavedWhistle, digest_of_case, digest_of_whistle, hash_of_entry, personal_of_entry};

/// What was found of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub entries: usize,
    /// The hash of the last entry: it stands for the whole file.
    pub head: Option<String>,
    /// The first thing that disagrees.
    pub broken: Option<Fault>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The entry at which it shows.
    pub seq: i32,
    pub what: CaseFileFault,
}

/// `entries` in their order.
pub fn check(case: &case_file::Model, entries: &[&case_event::Model], whistles: &[&whistle::Model]) -> Verdict {
    let broken = chain(entries).or_else(|| end(case, entries)).or_else(|| saved(case, entries, whistles));
    Verdict { entries: entries.len(), head: entries.last().and_then(|entry| entry.hash.clone()), broken }
}

fn chain(entries: &[&case_event::Model]) -> Option<Fault> {
    let erasures = Erasures::of(entries);
    let followed: HashSet<&str> = entries.iter().filter(|e| e.hash.is_some()).map(|e| e.previous.as_deref().unwrap_or_default()).collect();
    let mut before: Option<&str> = None;
    for (entry, seq) in entries.iter().zip(1..) {
        let what = if entry.seq > seq {
            CaseFileFault::Missing
        } else if entry.seq < seq {
            CaseFileFault::OutOfOrder
        } else if entry.hash.is_none() {
            CaseFileFault::NotChained
        } else if entry.previous.as_deref() != before {
            // the one that belongs here stands elsewhere
            let elsewhere = followed.contains(before.unwrap_or_default());
            if elsewhere { CaseFileFault::OutOfOrder } else { CaseFileFault::Unlinked }
        } else if entry.hash != Some(hash_of_entry(entry)) {
            CaseFileFault::Changed
        } else if let Some(what) = erasures.disagree(entry) {
            what
        } else {
            before = entry.hash.as_deref();
            continue;
        };
        return Some(Fault { seq, what });
    }
    None
}

/// The last erasure of each entry: what is left of it, and when.
struct Erasures(HashMap<i32, (String, DateTime<Utc>)>);

impl Erasures {
    fn of(entries: &[&case_event::Model]) -> Self {
        let mut found = HashMap::new();
        for entry in entries.iter().filter(|entry| entry.kind == CaseEventKind::PersonalDataErased) {
            for Covered { personal, seq } in list(entry.covers.as_deref()) {
                if seq < entry.seq {
                    found.insert(seq, (personal, entry.at));
                }
            }
        }
        Self(found)
    }

    fn disagree(&self, entry: &case_event::Model) -> Option<CaseFileFault> {
        let personal = Some(personal_of_entry(entry));
        match self.0.get(&entry.seq) {
            Some((left, at)) => {
                let as_left = entry.erased_at == Some(*at) && personal.as_ref() == Some(left);
                (!as_left).then_some(CaseFileFault::PersonalChanged)
            }
            None if entry.erased_at.is_some() => Some(CaseFileFault::ErasedUnrecorded),
            None => (personal != entry.personal).then_some(CaseFileFault::PersonalChanged),
        }
    }
}

/// What an entry lists. It has been hashed as text: where it cannot be read, that shows elsewhere.
fn list<T: DeserializeOwned>(text: Option<&str>) -> Vec<T> {
    text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

/// Whether the case agrees with its last entry.
fn end(case: &case_file::Model, entries: &[&case_event::Model]) -> Option<Fault> {
    let (seq, head, file) = entries.last().map_or((0, None, None), |last| (last.seq, last.hash.as_deref(), last.file.as_deref()));
    if case.head.as_deref() != head && case.version > seq {
        return Some(Fault { seq: seq + 1, what: CaseFileFault::Missing });
    }
    let agrees = case.head.as_deref() == head && file == Some(&digest_of_case(case));
    (!agrees).then_some(Fault { seq, what: CaseFileFault::CaseChanged })
}

/// Whether each whistle is as the last entry that tells of it has it.
fn saved(case: &case_file::Model, entries: &[&case_event::Model], whistles: &[&whistle::Model]) -> Option<Fault> {
    let mut told: BTreeMap<WhistleId, (i32, String)> = BTreeMap::new();
    for entry in entries {
        for SavedWhistle { digest, id } in list(entry.whistles.as_deref()) {
            told.insert(id, (entry.seq, digest));
        }
    }
    for whistle in whistles {
        match told.remove(&whistle.id) {
            None => return Some(Fault { seq: case.version, what: CaseFileFault::WhistleUnrecorded }),
            Some((seq, digest)) if digest != digest_of_whistle(whistle, &case.salt) => {
                return Some(Fault { seq, what: CaseFileFault::WhistleChanged });
            }
            Some(_) => {}
        }
    }
    told.into_values().next().map(|(seq, _)| Fault { seq, what: CaseFileFault::WhistleChanged })
}

/// Whether each attachment is as the entry with which it came has it; where its content was read, whether that is what was sent in. One is erased with the person
/// of its entry, which `Erasures` checks, and not otherwise. `attachments` are all that say they are the case's, each with the digest of its content or none.
pub fn attached(
    case: &case_file::Model,
    entries: &[&case_event::Model],
    attachments: &[&(attachment::Model, Option<String>)],
) -> Option<Fault> {
    let mut told: BTreeMap<AttachmentId, (&case_event::Model, SavedAttachment)> = BTreeMap::new();
    for &entry in entries {
        for saved in list::<SavedAttachment>(entry.attachments.as_deref()) {
            told.insert(saved.id, (entry, saved));
        }
    }
    let changed = |seq| Some(Fault { seq, what: CaseFileFault::AttachmentChanged });
    for (row, content) in attachments {
        let Some((entry, saved)) = told.remove(&row.id) else { return changed(case.version) };
        let whole = content.as_ref().is_none_or(|digest| *digest == row.sha256);
        let on_request = row.erased_at.is_none() || (row.erased_at == entry.erased_at && entry.actor_id.is_none());
        if SavedAttachment::of(row) != saved || row.event_id != Some(entry.id) || !whole || !on_request {
            return changed(entry.seq);
        }
    }
    told.into_values().next().and_then(|(entry, _)| changed(entry.seq))
}
