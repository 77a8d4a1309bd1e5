//! Erasing a person from the case files 个人信息删除 (个人信息保护法第四十七条). What they said and who they are goes; that something was done, when,
//! and in which order, stays, and so does what officers did as officers. Each file says in an entry of its own what was erased.

use entity::{CaseEventId, CaseEventKind, PersonId, PostRole, case_event, whistle};

use super::{
    CaseError,
    file::{Entry, File, salt},
};
use crate::{
    app::Cx,
    attachment::service as attachments,
    case::{
        chain::{Covered, personal_of_entry},
        store,
    },
    db::DbErr,
    event::{Work, write},
    person::{
        self,
        service::{ERASED, Erasing},
    },
};

/// Why a person was not erased.
#[derive(Debug, thiserror::Error)]
pub enum EraseError {
    #[error("no such person, or not for this actor")]
    NotFound,
    #[error("not an administrator")]
    Forbidden,
    /// Works for somebody: what they do is a record of duty.
    #[error("holds a post")]
    OnDuty,
    #[error(transparent)]
    Case(#[from] CaseError),
    #[error(transparent)]
    Db(#[from] DbErr),
}

#[derive(Debug)]
pub struct Erased {
    pub person: entity::person::Model,
    /// In how many cases they were named.
    pub cases: usize,
}

/// Erases a person's data on request, their own and in every case. Again for one who was erased already, it erases what came since.
pub async fn erase(cx: &Cx, id: PersonId, reason: String) -> Result<Erased, EraseError> {
    if cx.actor.administers().is_empty() {
        return Err(EraseError::Forbidden);
    }
    write(cx, move |cx, work| {
        Box::pin(async move {
            // first: a second erasure waits here until this one is done
            match person::service::erase_in_tx(cx, &work.tx, id).await? {
                Erasing::NotFound => Err(EraseError::NotFound),
                Erasing::OnDuty => Err(EraseError::OnDuty),
                Erasing::Done { was, now } => Ok(Erased { cases: erase_from_cases(cx, work, &was, &reason).await?, person: *now }),
            }
        })
    })
    .await
}

/// Erases the person from every case, whoever may see it; how many there were.
async fn erase_from_cases(cx: &Cx, work: &mut Work, person: &entity::person::Model, reason: &str) -> Result<usize, CaseError> {
    let words = Words::of(person);
    let ids = store::cases_of_person(&work.tx, person.id).await?;
    for id in &ids {
        if let Some(case) = store::lock_any(&work.tx, *id).await? {
            erase_from(File::of(cx, work, case)?, person, &words, reason).await?;
        }
    }
    // after the cases: whoever adds evidence holds the case and waits for what is to be added
    attachments::drop_unused_in_tx(&work.tx, person.id).await?;
    Ok(ids.len())
}

async fn erase_from(mut file: File<'_>, person: &entity::person::Model, words: &Words<'_>, reason: &str) -> Result<(), CaseError> {
    // the digests made with the old salt can no longer be guessed from what they were over
    file.case.salt = Some(salt()?);
    erase_case(&mut file, person, words);
    for mut whistle in file.whistles().await? {
        if erase_whistle(&mut whistle, person, words) {
            file.save_whistle(&mut whistle);
        } else {
            file.note_saved(&whistle);
        }
    }
    let (mut covers, mut theirs) = (Vec::new(), Vec::new());
    for mut entry in store::entries_of(file.tx(), file.case.id).await? {
        if entry.attachments.is_some() && is_private(&entry, person) {
            theirs.push(entry.id);
        }
        if erase_entry(&mut entry, person, words) {
            entry.salt = None;
            entry.erased_at = Some(file.now);
            store::save_entry(file.tx(), &entry).await?;
            covers.push(Covered { personal: personal_of_entry(&entry), seq: entry.seq });
        }
    }
    erase_attachments(&mut file, &theirs, words).await?;
    let which: Vec<String> = covers.iter().map(|covered| covered.seq.to_string()).collect();
    let mut note = format!("个人信息保护法第四十七条：{reason}（事项 {}）", if which.is_empty() { "无".into() } else { which.join("、") });
    words.strike(&mut note);
    file.enter(CaseEventKind::PersonalDataErased, Entry { note: Some(note), covers, ..Entry::default() });
    file.save().await?;
    Ok(())
}

fn erase_case(file: &mut File<'_>, person: &entity::person::Model, words: &Words<'_>) {
    let case = &mut file.case;
    let reporter = case.reporter_id == Some(person.id);
    let accused = case.respondent_kind.is_none() && case.respondent_id == Some(person.id.0);
    if reporter {
        case.reporter_id = None;
    }
    if accused {
        case.respondent_id = None;
        case.respondent_name = Some(ERASED.to_owned());
    }
    if reporter || accused {
        ERASED.clone_into(&mut case.title);
        for text in [&mut case.description, &mut case.comment] {
            *text = text.as_ref().map(|_| ERASED.to_owned());
        }
        (case.longitude, case.latitude) = (None, None);
    }
    words.strike(&mut case.title);
    for text in [
        &mut case.description,
        &mut case.comment,
        &mut case.respondent_name,
        &mut case.resolution,
        &mut case.verification,
        &mut case.provenance_note,
    ] {
        words.strike_maybe(text);
    }
}

/// Whether anything was erased.
fn erase_whistle(whistle: &mut whistle::Model, person: &entity::person::Model, words: &Words<'_>) -> bool {
    let mut changed = whistle.from_kind.is_none() && whistle.raised_by == Some(person.id);
    if changed {
        whistle.raised_by = None;
        whistle.response_comment = whistle.response_comment.take().map(|_| ERASED.to_owned());
    }
    let texts =
        [&mut whistle.reason, &mut whistle.decline_reason, &mut whistle.ruling_reason, &mut whistle.result, &mut whistle.response_comment];
    for text in texts {
        changed |= words.strike_maybe(text);
    }
    changed
}

/// What came with entries of theirs goes; of what others sent in, a name that names them.
async fn erase_attachments(file: &mut File<'_>, theirs: &[CaseEventId], words: &Words<'_>) -> Result<(), CaseError> {
    attachments::erase_in_tx(file.tx(), theirs, ERASED, file.now).await?;
    let mut renamed = Vec::new();
    for (mut row, _) in attachments::held_in_tx(file.tx(), &[file.case.id], false).await? {
        if words.strike(&mut row.file_name) {
            renamed.push(row);
        }
    }
    Ok(attachments::save_in_tx(file.tx(), renamed).await?)
}

/// Whether the person made the entry, and for themselves: not as an officer.
fn is_private(entry: &case_event::Model, person: &entity::person::Model) -> bool {
    entry.actor_id == Some(person.id) && entry.actor_role.is_none_or(|role| role == PostRole::Resident)
}

/// Whether anything was erased. What an officer noted stays, but for the person's name and phone.
fn erase_entry(entry: &mut case_event::Model, person: &entity::person::Model, words: &Words<'_>) -> bool {
    if !is_private(entry, person) {
        return words.strike_maybe(&mut entry.note);
    }
    entry.actor_id = None;
    entry.note = None;
    true
}

/// The words that name a person, wherever somebody wrote them.
struct Words<'p>(Vec<&'p str>);

impl<'p> Words<'p> {
    fn of(person: &'p entity::person::Model) -> Self {
        let told = |word: &&str| word.chars().count() > 1 && *word != ERASED;
        Self([Some(person.name.as_str()), person.phone.as_deref()].into_iter().flatten().filter(told).collect())
    }

    fn strike(&self, text: &mut String) -> bool {
        let mut changed = false;
        for word in &self.0 {
            if text.contains(word) {
                *text = text.replace(word, ERASED);
                changed = true;
            }
        }
        changed
    }

    fn strike_maybe(&self, text: &mut Option<String>) -> bool {
        text.as_mut().is_some_and(|text| self.strike(text))
    }
}
