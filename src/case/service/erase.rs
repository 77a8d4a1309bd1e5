//! Erasing a person from the case files 个人信息删除 (个人信息保护法第四十七条). What they said and who they are goes; that something was done, when,
//! and in which order, stays, and so does what officers did as officers. Each file says in an entry of its own what was erased.

use entity::{CaseEventId, CaseEventKind, CaseId, PersonId, PostRole, case_event, case_file, whistle};

use super::{
    CaseError,
    file::{Entry, File, salt},
    once::{Done, Terms, once},
};
use crate::{
    app::Cx,
    attachment::service as attachments,
    auth::Actor,
    case::{
        chain::{Covered, personal_of_entry},
        model::Denial,
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

/// Erases who reported a case without being registered, as far as [`erase`] does it for a person; by an administrator of the place.
pub async fn erase_reporter(cx: &Cx, id: CaseId, terms: Terms, reason: String) -> Result<Option<Done>, CaseError> {
    const CASE: &str = "caseId";
    if cx.actor.administers().is_empty() {
        return Err(CaseError::Denied(Denial::Forbidden, CASE));
    }
    let Terms { expected, key } = terms;
    once(cx, key, move |cx, work| {
        Box::pin(async move {
            let posts = cx.actor.posts.iter().filter(|post| post.role == PostRole::Administrator).copied().collect();
            let office = Actor { posts, ..Actor::clone(&cx.actor) };
            let case = store::maybe_lock(&work.tx, &office, id).await?.ok_or(CaseError::NotFound(CASE))?;
            let file = File::of(cx, work, case)?;
            if file.standing.respondent {
                return Err(CaseError::Denied(Denial::Respondent, CASE));
            }
            file.at_version(expected)?;
            if file.case.entered_by.is_none() || file.case.reporter_id.is_some() {
                return Err(CaseError::Denied(Denial::InvalidState, CASE));
            }
            let words = Words::of(file.case.reporter_name.as_deref(), file.case.reporter_phone.as_deref());
            let subject = Subject { id: None, words };
            let case = erase_from(file, &subject, &reason).await?;
            Ok(Done { case, whistles: Vec::new() })
        })
    })
    .await
}

/// Erases the person from every case, whoever may see it; how many there were.
async fn erase_from_cases(cx: &Cx, work: &mut Work, person: &entity::person::Model, reason: &str) -> Result<usize, CaseError> {
    let subject = Subject { id: Some(person.id), words: Words::of(Some(&person.name), person.phone.as_deref()) };
    let ids = store::cases_of_person(&work.tx, person.id).await?;
    for id in &ids {
        if let Some(case) = store::lock_any(&work.tx, *id).await? {
            erase_from(File::of(cx, work, case)?, &subject, reason).await?;
        }
    }
    // after the cases: whoever adds evidence holds the case and waits for what is to be added
    attachments::drop_unused_in_tx(&work.tx, person.id).await?;
    Ok(ids.len())
}

/// Whose data are erased.
struct Subject {
    /// None: who reported the case without being registered.
    id: Option<PersonId>,
    words: Words,
}

impl Subject {
    fn is(&self, who: Option<PersonId>) -> bool {
        who.is_some() && who == self.id
    }
}

async fn erase_from(mut file: File<'_>, subject: &Subject, reason: &str) -> Result<case_file::Model, CaseError> {
    let words = &subject.words;
    // the digests made with the old salt can no longer be guessed from what they were over
    file.case.salt = Some(salt()?);
    erase_case(&mut file, subject);
    for mut whistle in file.whistles().await? {
        if erase_whistle(&mut whistle, subject) {
            file.save_whistle(&mut whistle);
        } else {
            file.note_saved(&whistle);
        }
    }
    let (mut covers, mut theirs) = (Vec::new(), Vec::new());
    for mut entry in store::entries_of(file.tx(), file.case.id).await? {
        if entry.attachments.is_some() && is_private(&entry, subject) {
            theirs.push(entry.id);
        }
        if erase_entry(&mut entry, subject) {
            entry.salt = None;
            entry.erased_at = Some(file.now);
            store::save_entry(file.tx(), &entry).await?;
            covers.push(Covered { personal: personal_of_entry(&entry), seq: entry.seq });
        }
    }
    erase_attachments(&mut file, &theirs, words).await?;
    erase_reasons(&mut file, words).await?;
    let which: Vec<String> = covers.iter().map(|covered| covered.seq.to_string()).collect();
    let mut note = format!("个人信息保护法第四十七条：{reason}（事项 {}）", if which.is_empty() { "无".into() } else { which.join("、") });
    words.strike(&mut note);
    file.enter(CaseEventKind::PersonalDataErased, Entry { note: Some(note), covers, ..Entry::default() });
    file.save().await
}

fn erase_case(file: &mut File<'_>, subject: &Subject) {
    let (case, words) = (&mut file.case, &subject.words);
    let reporter = subject.id.is_none() || case.reporter_id == subject.id;
    let accused = case.respondent_kind.is_none() && subject.is(case.respondent_id.map(PersonId));
    if reporter {
        (case.reporter_id, case.reporter_name, case.reporter_phone) = (None, None, None);
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
        &mut case.reporter_name,
        &mut case.reporter_phone,
        &mut case.respondent_name,
        &mut case.resolution,
        &mut case.verification,
        &mut case.provenance_note,
    ] {
        words.strike_maybe(text);
    }
}

/// Whether anything was erased.
fn erase_whistle(whistle: &mut whistle::Model, subject: &Subject) -> bool {
    let mut changed = whistle.from_kind.is_none() && subject.is(whistle.raised_by);
    if changed {
        whistle.raised_by = None;
        whistle.response_comment = whistle.response_comment.take().map(|_| ERASED.to_owned());
    }
    let texts =
        [&mut whistle.reason, &mut whistle.decline_reason, &mut whistle.ruling_reason, &mut whistle.result, &mut whistle.response_comment];
    for text in texts {
        changed |= subject.words.strike_maybe(text);
    }
    changed
}

/// What came with entries of theirs goes; of what others sent in, a name that names them.
async fn erase_attachments(file: &mut File<'_>, theirs: &[CaseEventId], words: &Words) -> Result<(), CaseError> {
    attachments::erase_in_tx(file.tx(), theirs, ERASED, file.now).await?;
    let mut renamed = Vec::new();
    for (mut row, _) in attachments::held_in_tx(file.tx(), &[file.case.id], false).await? {
        if words.strike(&mut row.file_name) {
            renamed.push(row);
        }
    }
    Ok(attachments::save_in_tx(file.tx(), renamed).await?)
}

/// Why more time was asked for and given or not, and why the case was entered in registers and taken out of them.
async fn erase_reasons(file: &mut File<'_>, words: &Words) -> Result<(), DbErr> {
    for mut extension in store::extensions_of(file.tx(), file.case.id).await? {
        if words.strike(&mut extension.reason) | words.strike_maybe(&mut extension.ruling_reason) {
            store::save_extension(file.tx(), &extension).await?;
        }
    }
    for removal in store::removals_of(file.tx(), file.case.id).await? {
        if let Some(mut reason) = removal.reason.clone()
            && words.strike(&mut reason)
        {
            store::reword_removal(file.tx(), removal, reason).await?;
        }
    }
    for mut change in store::entered_in_registers(file.tx(), file.case.id).await? {
        if words.strike_maybe(&mut change.note) {
            store::save_change(file.tx(), change).await?;
        }
    }
    Ok(())
}

/// Whether the person made the entry, and for themselves: not as an officer.
fn is_private(entry: &case_event::Model, subject: &Subject) -> bool {
    subject.is(entry.actor_id) && entry.actor_role.is_none_or(|role| role == PostRole::Resident)
}

/// Whether anything was erased. What an officer noted stays, but for the person's name and phone.
fn erase_entry(entry: &mut case_event::Model, subject: &Subject) -> bool {
    if !is_private(entry, subject) {
        return subject.words.strike_maybe(&mut entry.note);
    }
    entry.actor_id = None;
    entry.note = None;
    true
}

/// The words that name a person, wherever and however somebody wrote them.
struct Words(Vec<Word>);

impl Words {
    fn of(name: Option<&str>, phone: Option<&str>) -> Self {
        let name = name.filter(|name| *name != ERASED).map(|name| Word::of(name, IN_NAMES));
        let phone = phone.map(|phone| Word::of(phone, IN_NUMBERS));
        Self([name, phone].into_iter().flatten().filter(|word| word.told.len() > 1).collect())
    }

    fn strike(&self, text: &mut String) -> bool {
        let mut changed = false;
        // each looks through what is left by the one before
        for word in &self.0 {
            changed |= word.strike(text);
        }
        changed
    }

    fn strike_maybe(&self, text: &mut Option<String>) -> bool {
        text.as_mut().is_some_and(|text| self.strike(text))
    }
}

/// What may stand between the parts of a name 买买提·艾力, and of a number （0738）832-0000, besides blanks.
const IN_NAMES: &str = "·•・";
const IN_NUMBERS: &str = "+-－‐‑–—.()（）";

/// A name or a number, without what may stand in between.
struct Word {
    told: Vec<char>,
    between: &'static str,
}

impl Word {
    fn of(text: &str, between: &'static str) -> Self {
        let mut word = Self { told: Vec::new(), between };
        word.told = text.chars().filter(|c| !word.parts(*c)).map(narrow).collect();
        word
    }

    fn parts(&self, c: char) -> bool {
        c.is_whitespace() || self.between.contains(c)
    }

    fn strike(&self, text: &mut String) -> bool {
        let (mut struck, mut left, mut rest) = (false, String::with_capacity(text.len()), text.as_str());
        while let Some(first) = rest.chars().next() {
            let (word, length) = self.begins(rest).map_or((&rest[..first.len_utf8()], first.len_utf8()), |length| (ERASED, length));
            struck |= word == ERASED;
            left.push_str(word);
            rest = &rest[length..];
        }
        if struck {
            *text = left;
        }
        struck
    }

    /// How many bytes of a text it takes that begins with it.
    fn begins(&self, text: &str) -> Option<usize> {
        let mut told = self.told.iter();
        let mut next = told.next()?;
        for (at, c) in text.char_indices() {
            if narrow(c) == *next {
                match told.next() {
                    Some(after) => next = after,
                    None => return Some(at + c.len_utf8()),
                }
            } else if at == 0 || !self.parts(c) {
                return None;
            }
        }
        None
    }
}

/// Digits and letters as keyboards for Chinese write them １３７ are digits and letters, large or small.
fn narrow(c: char) -> char {
    let narrow = match c {
        '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' => char::from_u32(u32::from(c) - u32::from('０') + u32::from('0')).unwrap_or(c),
        _ => c,
    };
    narrow.to_ascii_lowercase()
}
