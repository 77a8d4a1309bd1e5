//! An open case file inside a write: what is entered here becomes rows and facts when it is saved.

use chrono::{DateTime, Utc};
use entity::{AreaId, CaseEventKind, CaseId, CaseStatus, HandlerKind, PersonId, PostRole, WhistleStatus, case_event, case_file, whistle};
use uuid::Uuid;

use super::{CaseError, people::role_towards};
use crate::{
    app::Cx,
    calendar,
    case::{
        chain::{self, Covered, SavedWhistle},
        model::{self, Denial},
        policy::Standing,
        store,
    },
    db::{DatabaseTransaction, DbErr},
    event::{Fact, WhistleFact, Work},
};

pub(super) struct File<'w> {
    pub cx: &'w Cx,
    work: &'w mut Work,
    pub case: case_file::Model,
    pub me: PersonId,
    pub now: DateTime<Utc>,
    pub standing: Standing,
    role: Option<PostRole>,
    entries: Vec<NewEntry>,
    /// Whistles saved since the last entry.
    saved: Vec<SavedWhistle>,
}

struct NewEntry {
    row: case_event::Model,
    whistle: Option<WhistleFact>,
    saved: Vec<SavedWhistle>,
}

/// One entry to append.
#[derive(Default)]
pub(super) struct Entry {
    pub from: Option<CaseStatus>,
    pub to: Option<CaseStatus>,
    pub note: Option<String>,
    pub whistle: Option<WhistleFact>,
    /// Of which entries it erases personal data.
    pub covers: Vec<Covered>,
}

impl Entry {
    pub fn note(note: Option<String>) -> Self {
        Self { note, ..Self::default() }
    }
}

impl<'w> File<'w> {
    /// Opens the file of a case that the actor may see, and locks it. `field` is the input that names it.
    pub async fn open(cx: &'w Cx, work: &'w mut Work, id: CaseId, field: &'static str) -> Result<Self, CaseError> {
        let case = store::maybe_lock(&work.tx, &cx.actor, id).await?.ok_or(CaseError::NotFound(field))?;
        Self::of(cx, work, case)
    }

    /// The file of a case whose row is held already.
    pub fn of(cx: &'w Cx, work: &'w mut Work, mut case: case_file::Model) -> Result<Self, CaseError> {
        let me = cx.actor.person.ok_or(CaseError::Anonymous)?;
        let standing = Standing::of(&cx.actor, &case);
        let role = role_towards(&cx.actor, &case);
        if case.salt.is_none() {
            case.salt = Some(salt()?);
        }
        Ok(Self { cx, work, me, now: cx.clock.now(), standing, role, entries: Vec::new(), saved: Vec::new(), case })
    }

    /// Refuses what was decided while looking at an older version.
    pub fn at_version(&self, version: Option<i32>) -> Result<(), CaseError> {
        if version.is_none_or(|version| version == self.case.version) {
            return Ok(());
        }
        Err(CaseError::Conflict { case: Box::new(self.case.clone()), whistle: None })
    }

    pub fn tx(&self) -> &DatabaseTransaction {
        &self.work.tx
    }

    /// Moves the case to a status, with an entry of this kind.
    pub fn go(&mut self, to: CaseStatus, kind: CaseEventKind, note: Option<String>) {
        let from = std::mem::replace(&mut self.case.status, to);
        self.enter(kind, Entry { from: Some(from), to: Some(to), note, ..Entry::default() });
    }

    pub fn enter(&mut self, kind: CaseEventKind, entry: Entry) {
        self.case.version += 1;
        let row = case_event::Model {
            id: self.cx.clock.new_id(),
            case_id: self.case.id,
            seq: self.case.version,
            kind,
            at: self.now,
            actor_id: Some(self.me),
            actor_role: self.role,
            from_status: entry.from,
            to_status: entry.to,
            note: entry.note,
            whistle_id: entry.whistle.as_ref().map(|whistle| whistle.id),
            covers: chain::listed(&entry.covers),
            // set when it is linked
            salt: None,
            whistles: None,
            previous: None,
            hash: None,
            personal: None,
            file: None,
            erased_at: None,
        };
        self.entries.push(NewEntry { row, whistle: entry.whistle, saved: std::mem::take(&mut self.saved) });
    }

    /// The case is with this unit now: handler and level move together.
    pub fn hand_to(&mut self, (kind, id): (HandlerKind, Uuid)) {
        self.case.handler_kind = kind;
        self.case.handler_id = id;
        self.case.level = kind.level();
    }

    /// A new whistle, with its clock of one working day. Its own entry is the caller's.
    pub async fn call(&mut self, call: NewWhistle) -> Result<whistle::Model, CaseError> {
        let row = call.row(self.cx, self.case.id, self.me, self.now);
        store::insert_whistle(self.tx(), &row).await?;
        self.note_saved(&row);
        Ok(row)
    }

    /// The next entry tells of it.
    pub async fn save_whistle(&mut self, whistle: &mut whistle::Model) -> Result<(), DbErr> {
        whistle.version += 1;
        store::save_whistle(self.tx(), whistle).await?;
        self.note_saved(whistle);
        Ok(())
    }

    pub fn note_saved(&mut self, whistle: &whistle::Model) {
        self.saved.push(SavedWhistle::of(whistle, &self.case.salt));
    }

    pub async fn whistles(&self) -> Result<Vec<whistle::Model>, DbErr> {
        store::whistles_of(self.tx(), self.case.id).await
    }

    /// Whistles that are out must be concluded or released before a case is resolved.
    pub async fn nothing_out(&self) -> Result<(), CaseError> {
        let out = self.whistles().await?.into_iter().any(|w| model::is_out(w.status, w.ruled_at.is_some()));
        if out { Err(CaseError::Denied(Denial::OpenWhistles, "caseId")) } else { Ok(()) }
    }

    /// What is still out when a case ends is released: nobody is waited for any more.
    pub async fn release(&mut self) -> Result<(), CaseError> {
        for mut whistle in self.whistles().await? {
            if !model::is_out(whistle.status, whistle.ruled_at.is_some()) {
                continue;
            }
            let from = std::mem::replace(&mut whistle.status, WhistleStatus::Withdrawn);
            self.save_whistle(&mut whistle).await?;
            self.enter(CaseEventKind::WhistleWithdrawn, Entry { whistle: Some(fact(&whistle, Some(from))), ..Entry::default() });
        }
        Ok(())
    }

    /// Writes the case and its new entries, and hands their facts to the write.
    pub async fn save(mut self) -> Result<case_file::Model, CaseError> {
        self.case.updated_at = self.now;
        self.link()?;
        store::save_case(self.tx(), &self.case).await?;
        Ok(self.finish())
    }

    /// The same for a case that is new.
    pub async fn insert(mut self, first_whistle: Option<whistle::Model>) -> Result<case_file::Model, CaseError> {
        if let Some(whistle) = &first_whistle {
            self.note_saved(whistle);
        }
        self.link()?;
        store::insert_case(self.tx(), &self.case).await?;
        if let Some(whistle) = &first_whistle {
            store::insert_whistle(self.tx(), whistle).await?;
        }
        Ok(self.finish())
    }

    /// Binds the new entries to the case's last one. The case is complete by now.
    fn link(&mut self) -> Result<(), CaseError> {
        if let Some(last) = self.entries.last_mut() {
            last.saved.append(&mut self.saved);
        }
        for entry in &mut self.entries {
            entry.row.salt = Some(salt()?);
            entry.row.whistles = chain::listed(&entry.saved);
        }
        chain::link(&mut self.case, self.entries.iter_mut().map(|entry| &mut entry.row));
        Ok(())
    }

    fn finish(self) -> case_file::Model {
        let case = self.case;
        let areas: Vec<AreaId> =
            [Some(case.area_id), case.community_id, case.subdistrict_id, Some(case.district_id)].into_iter().flatten().collect();
        for NewEntry { row, whistle, .. } in self.entries {
            let fact = Fact {
                event_id: row.id,
                case_id: case.id,
                seq: row.seq,
                kind: row.kind,
                at: row.at,
                from_status: row.from_status,
                to_status: row.to_status,
                category: case.category,
                handler: (case.handler_kind, case.handler_id),
                areas: areas.clone(),
                grid_id: case.grid_id,
                complex_id: case.complex_id,
                whistle,
                hash: row.hash.clone().unwrap_or_default(),
            };
            self.work.enter(row, fact);
        }
        case
    }
}

/// What makes a digest one that cannot be guessed from what it is over.
pub(super) fn salt() -> Result<String, CaseError> {
    let mut bytes = [0; 16];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| DbErr::Custom("the system gives no random numbers".into()))?;
    Ok(hex::encode(bytes))
}

/// Whom a new whistle calls.
pub(super) struct NewWhistle {
    /// None: a resident.
    pub from: Option<(HandlerKind, Uuid)>,
    pub target: (HandlerKind, Uuid),
    pub lead: bool,
    pub reason: Option<String>,
}

impl NewWhistle {
    /// The row, with its clock: one working day to check in.
    pub fn row(self, cx: &Cx, case: CaseId, raised_by: PersonId, now: DateTime<Utc>) -> whistle::Model {
        whistle::Model {
            id: cx.clock.new_id(),
            case_id: case,
            from_kind: self.from.map(|(kind, _)| kind),
            from_id: self.from.map(|(_, id)| id),
            raised_by: Some(raised_by),
            target_kind: self.target.0,
            target_id: self.target.1,
            lead: self.lead,
            reason: self.reason,
            status: WhistleStatus::Raised,
            raised_at: now,
            check_in_due_at: calendar::next_working_day(now),
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
        }
    }
}

pub(super) fn fact(whistle: &whistle::Model, from: Option<WhistleStatus>) -> WhistleFact {
    WhistleFact { id: whistle.id, target: (whistle.target_kind, whistle.target_id), from_status: from, to_status: whistle.status }
}
