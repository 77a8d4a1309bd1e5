//! What the play reads: what kind of database it is in, who there is, and how a case stands before somebody does something to it.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use entity::{
    AreaId, AreaLevel, CaseEventKind, CaseId, ClockState, ComplexId, DeadlineExtensionId, MatterId, PersonId, PostRole, Provenance,
    WhistleId, area, building, case_clock, case_event, case_file, complex, deadline_extension, event_log, firm_contract, matter,
    matter_department, outbox, person, post, whistle,
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::db::{Db, DbErr, chunks};

/// What a database holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    Empty,
    /// The demonstration, in which so many cases were reported since it was loaded.
    Demonstration {
        reported: u64,
    },
    /// Anything else: where there is one person who was not invented, nothing is played.
    Other,
}

/// Reads what every version of the database has, so that it can be asked before it is brought up to date.
pub async fn ground(db: &Db) -> Result<Ground, DbErr> {
    if area::Entity::find().select_only().column(area::Column::Id).limit(1).into_tuple::<AreaId>().one(&db.read).await?.is_none() {
        return Ok(Ground::Empty);
    }
    let person = || person::Entity::find().select_only().column(person::Column::Id).limit(1);
    let real = person().filter(person::Column::Provenance.ne(Provenance::Invented)).into_tuple::<PersonId>().one(&db.read).await?;
    let invented = person().filter(person::Column::SignIn.eq("grid-worker")).into_tuple::<PersonId>().one(&db.read).await?;
    if real.is_some() || invented.is_none() {
        return Ok(Ground::Other);
    }
    let reported = case_file::Entity::find().select_only().column(case_file::Column::Id);
    Ok(Ground::Demonstration { reported: reported.filter(case_file::Column::Provenance.eq(Provenance::Recorded)).count(&db.read).await? })
}

/// When something happened last.
pub async fn latest(db: &Db) -> Result<Option<DateTime<Utc>>, DbErr> {
    let case = case_file::Entity::find().order_by_desc(case_file::Column::UpdatedAt).limit(1).one(&db.read).await?;
    let logged = event_log::Entity::find().order_by_desc(event_log::Column::Seq).limit(1).one(&db.read).await?;
    Ok(case.map(|case| case.updated_at).max(logged.map(|logged| logged.at)))
}

/// Whether everything that was told is in the event log.
pub async fn is_settled(db: &Db) -> Result<bool, DbErr> {
    Ok(!db.is_postgres() || outbox::Entity::find().limit(1).one(&db.read).await?.is_none())
}

/// The rows from which the people of the play are made, always in the same order.
pub struct Rows {
    pub posts: Vec<post::Model>,
    pub complexes: HashMap<ComplexId, complex::Model>,
    pub buildings: BTreeMap<ComplexId, Vec<building::Model>>,
    pub contracts: Vec<firm_contract::Model>,
    pub matters: Vec<matter::Model>,
    /// The districts, by the way of codes that leads to them.
    pub districts: Vec<(AreaId, String)>,
    pub ways: HashMap<AreaId, String>,
    /// Matters that some department answers for.
    pub answered: Vec<MatterId>,
}

pub async fn rows(db: &Db) -> Result<Rows, DbErr> {
    let mut buildings: BTreeMap<ComplexId, Vec<building::Model>> = BTreeMap::new();
    for building in building::Entity::find().order_by_asc(building::Column::Id).all(&db.read).await? {
        buildings.entry(building.complex_id).or_default().push(building);
    }
    let complexes = complex::Entity::find().all(&db.read).await?.into_iter().map(|complex| (complex.id, complex)).collect();
    let matters = matter::Entity::find().order_by_asc(matter::Column::Id).all(&db.read).await?;
    let areas = area::Entity::find().all(&db.read).await?;
    let answered = matter_department::Entity::find().filter(matter_department::Column::Lead.eq(true)).all(&db.read).await?;
    Ok(Rows {
        posts: post::Entity::find().order_by_asc(post::Column::Id).all(&db.read).await?,
        complexes,
        buildings,
        contracts: firm_contract::Entity::find().order_by_asc(firm_contract::Column::Id).all(&db.read).await?,
        matters,
        districts: areas.iter().filter(|area| area.level == AreaLevel::District).map(|area| (area.id, area.path.clone())).collect(),
        ways: areas.into_iter().map(|area| (area.id, area.path)).collect(),
        answered: answered.into_iter().map(|answer| answer.matter_id).collect(),
    })
}

/// Whether a post is one of those that the play is about.
pub fn plays(role: PostRole) -> bool {
    !matches!(role, PostRole::Analyst | PostRole::Auditor | PostRole::Administrator)
}

/// A case with its whistles, oldest first.
pub async fn look(db: &Db, id: CaseId) -> Result<Option<(case_file::Model, Vec<whistle::Model>)>, DbErr> {
    let Some(case) = case_file::Entity::find_by_id(id).one(&db.read).await? else { return Ok(None) };
    let whistles = whistle::Entity::find().filter(whistle::Column::CaseId.eq(id));
    Ok(Some((case, whistles.order_by_asc(whistle::Column::RaisedAt).order_by_asc(whistle::Column::Id).all(&db.read).await?)))
}

/// The request for more time that waits for a ruling, and whether that time still counts.
pub async fn maybe_request(db: &Db, case: CaseId) -> Result<Option<(DeadlineExtensionId, bool)>, DbErr> {
    use deadline_extension::Column as C;
    let open = deadline_extension::Entity::find().filter(C::CaseId.eq(case)).filter(C::Granted.is_null()).one(&db.read).await?;
    let Some(open) = open else { return Ok(None) };
    let clock = case_clock::Entity::find_by_id(open.clock_id).one(&db.read).await?;
    Ok(Some((open.id, clock.is_some_and(|clock| clock.state != ClockState::Stopped))))
}

pub async fn is_paused(db: &Db, case: CaseId) -> Result<bool, DbErr> {
    let paused = case_clock::Entity::find().filter(case_clock::Column::CaseId.eq(case));
    Ok(paused.filter(case_clock::Column::State.eq(ClockState::Paused)).limit(1).one(&db.read).await?.is_some())
}

/// The cases that the runner looks at now.
pub async fn due(db: &Db, now: DateTime<Utc>) -> Result<Vec<CaseId>, DbErr> {
    let due = case_clock::Entity::find().select_only().column(case_clock::Column::CaseId).distinct();
    due.filter(case_clock::Column::NextAt.lte(now)).into_tuple().all(&db.read).await
}

/// An entry that nobody made but time.
pub struct ByItself {
    pub case: CaseId,
    pub seq: i32,
    pub kind: CaseEventKind,
    pub whistle: Option<WhistleId>,
}

/// What happened to these cases by itself since an instant.
pub async fn by_itself(db: &Db, cases: &[CaseId], since: DateTime<Utc>) -> Result<Vec<ByItself>, DbErr> {
    use case_event::Column as C;
    let mut found = Vec::new();
    for cases in chunks(cases) {
        let entries = case_event::Entity::find().filter(C::CaseId.is_in(cases.iter().copied()));
        let entries = entries.filter(C::ActorId.is_null()).filter(C::At.gte(since)).order_by_asc(C::Seq).all(&db.read).await?;
        found.extend(entries.into_iter().map(|entry| ByItself {
            case: entry.case_id,
            seq: entry.seq,
            kind: entry.kind,
            whistle: entry.whistle_id,
        }));
    }
    Ok(found)
}

pub async fn maybe_whistle(db: &Db, id: WhistleId) -> Result<Option<whistle::Model>, DbErr> {
    whistle::Entity::find_by_id(id).one(&db.read).await
}

/// The persons whose posts are of the play, by unit; residents by complex.
pub fn by_unit(
    posts: &[post::Model],
    resident: bool,
) -> BTreeMap<uuid::Uuid, Vec<(PersonId, chrono::NaiveDate, Option<chrono::NaiveDate>)>> {
    let mut units: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for post in posts.iter().filter(|post| plays(post.role) && (post.role == PostRole::Resident) == resident) {
        units.entry(post.unit_id).or_default().push((post.person_id, post.starts_on, post.ends_on));
    }
    units
}
