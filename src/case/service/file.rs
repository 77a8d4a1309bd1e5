//! An open case file inside a write: what is entered here becomes rows and facts when it is saved.

use chrono::{DateTime, Utc};
use entity::{
    AreaId, CaseEventKind, CaseId, CaseStatus, ClockKind, GridId, HandlerKind, HandlingLevel, PersonId, PostRole, WhistleStatus,
    attachment, case_clock, case_event, case_file, whistle,
};
use uuid::Uuid;

use super::{
    CaseError,
    clocks::Clocks,
    people::role_towards,
    place::{self, Unit},
};
use crate::{
    app::Cx,
    attachment::service as attachments,
    case::{
        chain::{self, Covered, SavedWhistle},
        model::{self, Denial},
        policy::Standing,
        store,
    },
    db::{DatabaseTransaction, DbErr},
    event::{Fact, WhistleFact, Work},
    grid, search,
};

pub(super) struct File<'w> {
    pub cx: &'w Cx,
    work: &'w mut Work,
    pub case: case_file::Model,
    /// None: the server itself, when a time has run out.
    pub me: Option<PersonId>,
    pub now: DateTime<Utc>,
    pub standing: Standing,
    role: Option<PostRole>,
    /// As the case stood when the file was opened; none where it is new.
    pub(super) was: Option<(CaseStatus, HandlingLevel)>,
    /// Its words at that time.
    said: (String, Option<String>),
    entries: Vec<NewEntry>,
    /// Whistles saved since the last entry.
    saved: Vec<SavedWhistle>,
    /// All whistles of the case as they stand here, once they were read.
    whistles: Option<Vec<whistle::Model>>,
    /// New and changed ones.
    pub(super) moved: Vec<whistle::Model>,
    /// What was taken as evidence; what has no entry yet comes with the next.
    pub(super) evidence: Vec<attachment::Model>,
    pub(super) clocks: Clocks,
    /// Of a grid in which the case lay, the one over it that has a worker in office, once it was looked for.
    pub(super) over: Option<(GridId, Option<GridId>)>,
}

/// What is to be written of a file.
pub(super) struct Written {
    pub case: case_file::Model,
    new: bool,
    /// It is found by other words than before.
    reworded: bool,
    whistles: Vec<whistle::Model>,
    evidence: Vec<attachment::Model>,
    clocks: Vec<case_clock::Model>,
    entries: Vec<NewEntry>,
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
    pub fn of(cx: &'w Cx, work: &'w mut Work, case: case_file::Model) -> Result<Self, CaseError> {
        let me = cx.actor.person.ok_or(CaseError::Anonymous)?;
        let (standing, role) = (Standing::of(&cx.actor, &case), role_towards(&cx.actor, &case));
        Ok(Self { me: Some(me), standing, role, ..Self::by_nobody(cx, work, case)? })
    }

    /// The file of a case that is made now.
    pub fn new(cx: &'w Cx, work: &'w mut Work, case: case_file::Model) -> Result<Self, CaseError> {
        let file = Self::of(cx, work, case)?;
        Ok(Self { was: None, whistles: Some(Vec::new()), clocks: Clocks::known(Vec::new(), None), ..file })
    }

    /// The file of a case whose row is held, opened by the server itself with all that belongs to it.
    pub fn by_itself(
        cx: &'w Cx,
        work: &'w mut Work,
        case: case_file::Model,
        whistles: Vec<whistle::Model>,
        clocks: Clocks,
    ) -> Result<Self, CaseError> {
        Ok(Self { whistles: Some(whistles), clocks, ..Self::by_nobody(cx, work, case)? })
    }

    /// The file of a case whose row is held, with all that belongs to it.
    pub fn with(
        cx: &'w Cx,
        work: &'w mut Work,
        case: case_file::Model,
        whistles: Vec<whistle::Model>,
        clocks: Clocks,
    ) -> Result<Self, CaseError> {
        Ok(Self { whistles: Some(whistles), clocks, ..Self::of(cx, work, case)? })
    }

    fn by_nobody(cx: &'w Cx, work: &'w mut Work, mut case: case_file::Model) -> Result<Self, CaseError> {
        if case.salt.is_none() {
            case.salt = Some(salt()?);
        }
        Ok(Self {
            cx,
            work,
            me: None,
            now: cx.clock.now(),
            standing: Standing::default(),
            role: None,
            was: Some((case.status, case.level)),
            said: (case.title.clone(), case.description.clone()),
            entries: Vec::new(),
            saved: Vec::new(),
            whistles: None,
            moved: Vec::new(),
            evidence: Vec::new(),
            clocks: Clocks::default(),
            over: None,
            case,
        })
    }

    /// The next unit above one that can be called, see [`place::maybe_superior`].
    pub async fn maybe_superior(&mut self, unit: Unit) -> Result<Option<Unit>, DbErr> {
        let over = match (self.case.grid_id, self.over) {
            (None, _) => None,
            (Some(grid), Some((of, over))) if of == grid => over,
            (Some(grid), _) => {
                let over = grid::service::manned_over_in_tx(self.cx, self.tx(), &[grid]).await?.remove(&grid);
                self.over = Some((grid, over));
                over
            }
        };
        place::maybe_superior(self.cx, self.tx(), &self.case, unit, over).await
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
        let id = self.cx.clock.new_id();
        let row = case_event::Model {
            id,
            case_id: self.case.id,
            seq: self.case.version,
            kind,
            at: self.now,
            actor_id: self.me,
            actor_role: self.role,
            from_status: entry.from,
            to_status: entry.to,
            note: entry.note,
            whistle_id: entry.whistle.as_ref().map(|whistle| whistle.id),
            covers: chain::listed(&entry.covers),
            attachments: chain::listed(&self.told_with(id)),
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

    /// A new whistle, with its clock. Its own entry is the caller's.
    pub async fn call(&mut self, call: NewWhistle) -> Result<whistle::Model, CaseError> {
        // a report is the whistle of its reporter, whoever entered it
        let by = if self.was.is_none() { self.case.reporter_id } else { self.me };
        let mut row = call.row(self.cx, self.case.id, by, self.now);
        self.call_within(&mut row).await?;
        self.keep(&row);
        Ok(row)
    }

    /// Starts the time to check in.
    pub async fn call_within(&mut self, whistle: &mut whistle::Model) -> Result<(), CaseError> {
        let level = whistle.target_kind.level();
        whistle.check_in_due_at = self.start_clock(ClockKind::CheckIn, Some(whistle.id), level).await?;
        Ok(())
    }

    /// The next entry tells of it.
    pub fn save_whistle(&mut self, whistle: &mut whistle::Model) {
        whistle.version += 1;
        self.keep(whistle);
    }

    fn keep(&mut self, whistle: &whistle::Model) {
        for list in [Some(&mut self.moved), self.whistles.as_mut()].into_iter().flatten() {
            match list.iter_mut().find(|known| known.id == whistle.id) {
                Some(known) => known.clone_from(whistle),
                None => list.push(whistle.clone()),
            }
        }
        self.note_saved(whistle);
    }

    pub fn note_saved(&mut self, whistle: &whistle::Model) {
        self.saved.push(SavedWhistle::of(whistle, &self.case.salt));
    }

    pub async fn whistles(&mut self) -> Result<Vec<whistle::Model>, DbErr> {
        if let Some(known) = &self.whistles {
            return Ok(known.clone());
        }
        let mut found = store::whistles_of(self.tx(), &[self.case.id]).await?;
        for moved in &self.moved {
            match found.iter_mut().find(|known| known.id == moved.id) {
                Some(known) => known.clone_from(moved),
                None => found.push(moved.clone()),
            }
        }
        Ok(self.whistles.insert(found).clone())
    }

    /// Whistles that are out must be concluded or released before a case is resolved.
    pub async fn nothing_out(&mut self) -> Result<(), CaseError> {
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
            self.save_whistle(&mut whistle);
            self.enter(CaseEventKind::WhistleWithdrawn, Entry { whistle: Some(fact(&whistle, Some(from))), ..Entry::default() });
        }
        Ok(())
    }

    /// Writes what was done, as one change.
    pub async fn save(self) -> Result<case_file::Model, CaseError> {
        let (file, work) = self.close().await?;
        let case = file.case.clone();
        write_all(work, vec![file]).await?;
        Ok(case)
    }

    /// Sets the clocks, binds the new entries to the case's last one, and says what is to be written.
    pub async fn close(mut self) -> Result<(Written, &'w mut Work), CaseError> {
        if self.was.is_some() {
            self.case.updated_at = self.now;
        }
        self.keep_clocks().await?;
        if let Some(last) = self.entries.last_mut() {
            last.saved.append(&mut self.saved);
        }
        for entry in &mut self.entries {
            entry.row.salt = Some(salt()?);
            entry.row.whistles = chain::listed(&entry.saved);
        }
        chain::link(&mut self.case, self.entries.iter_mut().map(|entry| &mut entry.row));
        let Self { case, was, said, moved: whistles, evidence, clocks, entries, work, .. } = self;
        let new = was.is_none();
        let reworded = new || (&case.title, &case.description) != (&said.0, &said.1);
        Ok((Written { case, new, reworded, whistles, evidence, clocks: clocks.changed(), entries }, work))
    }
}

/// Writes files, each kind of row in one statement however many there are; the entries with their facts come last.
pub(super) async fn write_all(work: &mut Work, files: Vec<Written>) -> Result<(), DbErr> {
    let (mut cases, mut whistles, mut clocks, mut entries) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut evidence = Vec::new();
    let reworded: Vec<case_file::Model> = files.iter().filter(|file| file.reworded).map(|file| file.case.clone()).collect();
    for file in files {
        if file.new {
            store::insert_case(&work.tx, &file.case).await?;
        } else {
            cases.push(file.case.clone());
        }
        whistles.extend(file.whistles);
        clocks.extend(file.clocks);
        evidence.extend(file.evidence);
        entries.extend(file.entries.into_iter().map(|entry| (entry, file.case.clone())));
    }
    store::save_cases(&work.tx, &cases).await?;
    search::index(&work.tx, &reworded).await?;
    store::put_whistles(&work.tx, whistles).await?;
    store::put_clocks(&work.tx, clocks).await?;
    attachments::save_in_tx(&work.tx, evidence).await?;
    for (NewEntry { row, whistle, .. }, case) in entries {
        let fact = fact_of(&row, whistle, &case);
        work.enter(row, fact);
    }
    Ok(())
}

fn fact_of(row: &case_event::Model, whistle: Option<WhistleFact>, case: &case_file::Model) -> Fact {
    let areas: Vec<AreaId> =
        [Some(case.area_id), case.community_id, case.subdistrict_id, Some(case.district_id)].into_iter().flatten().collect();
    Fact {
        event_id: row.id,
        case_id: case.id,
        seq: row.seq,
        kind: row.kind,
        at: row.at,
        from_status: row.from_status,
        to_status: row.to_status,
        category: case.category,
        handler: (case.handler_kind, case.handler_id),
        areas,
        grid_id: case.grid_id,
        complex_id: case.complex_id,
        whistle,
        hash: row.hash.clone().unwrap_or_default(),
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
    /// The row, but for its time to check in.
    pub fn row(self, cx: &Cx, case: CaseId, raised_by: Option<PersonId>, now: DateTime<Utc>) -> whistle::Model {
        whistle::Model {
            id: cx.clock.new_id(),
            case_id: case,
            from_kind: self.from.map(|(kind, _)| kind),
            from_id: self.from.map(|(_, id)| id),
            raised_by,
            target_kind: self.target.0,
            target_id: self.target.1,
            lead: self.lead,
            reason: self.reason,
            status: WhistleStatus::Raised,
            raised_at: now,
            check_in_due_at: now,
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
}

pub(super) fn fact(whistle: &whistle::Model, from: Option<WhistleStatus>) -> WhistleFact {
    WhistleFact { id: whistle.id, target: (whistle.target_kind, whistle.target_id), from_status: from, to_status: whistle.status }
}
