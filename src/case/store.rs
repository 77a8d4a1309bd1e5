//! The rows of the aggregate. Reads that a write builds on take the case's row lock first.

mod outcomes;
mod paths;
mod policies;
mod words;

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use entity::{
    AreaId, AreaLevel, BuildingId, CaseClockId, CaseId, CaseStatus, ClockState, ComplexId, DeadlineExtensionId, GridId, PersonId, PostRole,
    RecordChangeKind, RegisterId, WhistleId, WhistleStatus, area, attachment, case_clock, case_event, case_file, case_number,
    deadline_extension, idempotent_request, person, record_change, register, register_case, register_removal, whistle,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, ExprTrait, IntoActiveModel, IntoSimpleExpr, JoinType,
    QueryFilter, QueryOrder, QuerySelect, QueryTrait, RelationDef,
    sea_query::{Expr, LockBehavior, LockType, OnConflict, Query},
};
use uuid::Uuid;

use super::{
    chain::{self, Verdict},
    scope::{Cases, Registers, Whistles},
};
use crate::{
    app::Cx,
    area::scope::{AreaWhere, Areas, within_any},
    auth::Actor,
    db::{
        self, DatabaseTransaction, Db, chunks,
        noun::{Noun, visible},
        put,
    },
};

pub(super) use self::{outcomes::*, paths::*, policies::*, words::*};

/// The case, locked until the end of the transaction; none where the actor may not see it.
pub(super) async fn maybe_lock(tx: &DatabaseTransaction, actor: &Actor, id: CaseId) -> Result<Option<case_file::Model>, DbErr> {
    visible::<Cases>(actor).filter(case_file::Column::Id.eq(id)).lock_exclusive().one(tx).await
}

pub(super) async fn maybe_whistle(tx: &DatabaseTransaction, actor: &Actor, id: WhistleId) -> Result<Option<whistle::Model>, DbErr> {
    visible::<Whistles>(actor).filter(whistle::Column::Id.eq(id)).one(tx).await
}

/// The next number of a district and year. The row stays locked until the report commits, so numbers rise with the reports and none is lost.
pub(super) async fn next_number(tx: &DatabaseTransaction, district: &str, year: i32) -> Result<i32, DbErr> {
    let insert = Query::insert()
        .into_table(case_number::Entity)
        .columns([case_number::Column::District, case_number::Column::Year, case_number::Column::Last])
        .values_panic([district.into(), year.into(), 1.into()])
        .on_conflict(
            OnConflict::columns([case_number::Column::District, case_number::Column::Year])
                .value(case_number::Column::Last, Expr::col((case_number::Entity, case_number::Column::Last)).add(1))
                .to_owned(),
        )
        .returning_col(case_number::Column::Last)
        .to_owned();
    let row = tx.query_one(&insert).await?.ok_or_else(|| DbErr::RecordNotFound("case_number".into()))?;
    row.try_get("", "last")
}

pub(super) async fn insert_case(tx: &DatabaseTransaction, case: &case_file::Model) -> Result<(), DbErr> {
    db::insert(tx, case.clone()).await?;
    Ok(())
}

/// One by its key; several in one statement.
pub(super) async fn save_cases(tx: &DatabaseTransaction, cases: &[case_file::Model]) -> Result<(), DbErr> {
    if let [case] = cases {
        case_file::Entity::update(case.clone().into_active_model().reset_all()).exec(tx).await?;
        return Ok(());
    }
    put::<case_file::Entity>(tx, cases.to_vec()).await
}

pub(super) async fn put_whistles(tx: &DatabaseTransaction, whistles: Vec<whistle::Model>) -> Result<(), DbErr> {
    put::<whistle::Entity>(tx, whistles).await
}

pub(super) async fn put_clocks(tx: &DatabaseTransaction, clocks: Vec<case_clock::Model>) -> Result<(), DbErr> {
    put::<case_clock::Entity>(tx, clocks).await
}

/// The cases whose clocks are to be looked at by now, those that wait longest first, locked; those that others hold are left to the next time.
/// Or only this one of them, which is waited for.
pub(super) async fn lock_due(
    tx: &DatabaseTransaction,
    now: DateTime<Utc>,
    most: usize,
    only: Option<CaseId>,
) -> Result<Vec<case_file::Model>, DbErr> {
    use case_clock::Column as C;
    let most = u64::try_from(most).unwrap_or(u64::MAX);
    let due = case_clock::Entity::find().select_only().column(C::CaseId).filter(C::NextAt.lte(now));
    let due = due.apply_if(only, |due, only| due.filter(C::CaseId.eq(only)));
    // some of them are held by others, and a case can have several
    let due = due.order_by_asc(C::NextAt).order_by_asc(C::Id).limit(most * 2).into_query();
    let cases = case_file::Entity::find().filter(case_file::Column::Id.in_subquery(due)).limit(most);
    if only.is_some() {
        return cases.lock_exclusive().all(tx).await;
    }
    cases.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked).all(tx).await
}

/// The cases whose clocks are to be looked at by now, those that wait longest first.
pub(super) async fn due_cases(db: &Db, now: DateTime<Utc>, most: usize) -> Result<Vec<CaseId>, DbErr> {
    use case_clock::Column as C;
    let due = case_clock::Entity::find().select_only().column(C::CaseId).filter(C::NextAt.lte(now)).group_by(C::CaseId);
    let due = due.order_by_asc(C::NextAt.min()).limit(u64::try_from(most).unwrap_or(u64::MAX));
    due.into_tuple().all(&db.read).await
}

/// Which open cases a change of areas and grids may concern.
pub enum Affected {
    /// In these communities and subdistricts.
    Areas(Vec<AreaId>),
    Grids(Vec<GridId>),
    /// Of these buildings.
    Buildings(Vec<BuildingId>),
    /// Of these complexes, wherever in them.
    Complexes(Vec<ComplexId>),
}

/// The open ones, by id, locked.
pub(super) async fn lock_affected(tx: &DatabaseTransaction, which: &Affected) -> Result<Vec<case_file::Model>, DbErr> {
    use case_file::Column as C;
    let lying = match which {
        Affected::Areas(areas) => {
            Condition::any().add(C::CommunityId.is_in(areas.iter().copied())).add(C::SubdistrictId.is_in(areas.iter().copied()))
        }
        Affected::Grids(grids) => Condition::all().add(C::GridId.is_in(grids.iter().copied())),
        Affected::Buildings(buildings) => Condition::all().add(C::BuildingId.is_in(buildings.iter().copied())),
        Affected::Complexes(complexes) => Condition::all().add(C::ComplexId.is_in(complexes.iter().copied())),
    };
    let open = case_file::Entity::find().filter(lying).filter(C::Status.is_in(CaseStatus::OPEN.iter().copied()));
    open.order_by_asc(C::Id).lock_exclusive().all(tx).await
}

/// When a clock has to be looked at next.
pub(super) async fn next_due(db: &Db) -> Result<Option<DateTime<Utc>>, DbErr> {
    use case_clock::Column as C;
    let next = case_clock::Entity::find().select_only().column(C::NextAt).filter(C::NextAt.is_not_null());
    next.order_by_asc(C::NextAt).limit(1).into_tuple().one(&db.read).await
}

/// Cases with a running clock that waits for a calendar, by id, locked; those that others hold are left to the next time.
pub(super) async fn lock_provisional(tx: &DatabaseTransaction, after: Option<CaseId>, most: usize) -> Result<Vec<case_file::Model>, DbErr> {
    use case_clock::Column as C;
    let waiting =
        case_clock::Entity::find().select_only().column(C::CaseId).filter(C::Provisional.eq(true)).filter(C::State.eq(ClockState::Running));
    let cases = case_file::Entity::find().filter(case_file::Column::Id.in_subquery(waiting.into_query()));
    let cases = cases.apply_if(after, |cases, after| cases.filter(case_file::Column::Id.gt(after)));
    let cases = cases.order_by_asc(case_file::Column::Id).limit(u64::try_from(most).unwrap_or(u64::MAX));
    cases.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked).all(tx).await
}

/// Of each case the first raised first.
pub(super) async fn whistles_of(db: &impl ConnectionTrait, cases: &[CaseId]) -> Result<Vec<whistle::Model>, DbErr> {
    use whistle::Column as C;
    let mut found = Vec::new();
    for cases in chunks(cases) {
        let of_cases = whistle::Entity::find().filter(C::CaseId.is_in(cases.iter().copied()));
        found.extend(of_cases.order_by_asc(C::RaisedAt).order_by_asc(C::Id).all(db).await?);
    }
    Ok(found)
}

pub(super) async fn clocks_of(tx: &DatabaseTransaction, cases: &[CaseId]) -> Result<Vec<case_clock::Model>, DbErr> {
    let of_cases = case_clock::Entity::find().filter(case_clock::Column::CaseId.is_in(cases.iter().copied()));
    of_cases.order_by_asc(case_clock::Column::Id).all(tx).await
}

pub(super) async fn has_open_extension(tx: &DatabaseTransaction, clock: CaseClockId) -> Result<bool, DbErr> {
    use deadline_extension::Column as C;
    Ok(deadline_extension::Entity::find().filter(C::ClockId.eq(clock)).filter(C::Granted.is_null()).one(tx).await?.is_some())
}

pub(super) async fn maybe_extension(tx: &DatabaseTransaction, id: DeadlineExtensionId) -> Result<Option<deadline_extension::Model>, DbErr> {
    deadline_extension::Entity::find_by_id(id).one(tx).await
}

pub(super) async fn extensions_of(tx: &DatabaseTransaction, case: CaseId) -> Result<Vec<deadline_extension::Model>, DbErr> {
    deadline_extension::Entity::find().filter(deadline_extension::Column::CaseId.eq(case)).all(tx).await
}

/// That the case was taken out of registers.
pub(super) async fn removals_of(tx: &DatabaseTransaction, case: CaseId) -> Result<Vec<register_removal::Model>, DbErr> {
    register_removal::Entity::find().filter(register_removal::Column::CaseId.eq(case)).all(tx).await
}

/// Why it was taken out, in other words: also where the register's changes say so.
pub(super) async fn reword_removal(tx: &DatabaseTransaction, mut removal: register_removal::Model, reason: String) -> Result<(), DbErr> {
    use record_change::Column as C;
    let was = removal.reason.replace(reason.clone());
    let told = record_change::Entity::update_many().col_expr(C::Note, Expr::val(reason));
    told.filter(C::RecordId.eq(removal.register_id.0)).filter(C::Note.eq(was)).exec(tx).await?;
    db::save(tx, removal).await
}

/// What was told when the case was entered in the registers that hold or held it: of each the first change from then on, as it is locked while it is changed.
pub(super) async fn entered_in_registers(tx: &DatabaseTransaction, case: CaseId) -> Result<Vec<record_change::Model>, DbErr> {
    use record_change::Column as C;
    let held = register_case::Entity::find().filter(register_case::Column::CaseId.eq(case)).all(tx).await?;
    let held = held.into_iter().map(|row| (row.register_id, row.added_at));
    let removed = removals_of(tx, case).await?.into_iter().map(|row| (row.register_id, row.added_at));
    let mut found = Vec::new();
    for (register, added_at) in held.chain(removed) {
        let Some(added_at) = added_at else { continue };
        let changes = record_change::Entity::find().filter(C::RecordId.eq(register.0)).filter(C::Kind.eq(RecordChangeKind::Changed));
        found.extend(changes.filter(C::At.gte(added_at)).order_by_asc(C::Seq).one(tx).await?);
    }
    Ok(found)
}

pub(super) async fn save_change(tx: &DatabaseTransaction, change: record_change::Model) -> Result<(), DbErr> {
    db::save(tx, change).await
}

pub(super) async fn insert_extension(tx: &DatabaseTransaction, extension: &deadline_extension::Model) -> Result<(), DbErr> {
    let row = extension.clone().into_active_model().reset_all();
    deadline_extension::Entity::insert(row).exec_without_returning(tx).await.map(|_| ())
}

pub(super) async fn save_extension(tx: &DatabaseTransaction, extension: &deadline_extension::Model) -> Result<(), DbErr> {
    deadline_extension::Entity::update(extension.clone().into_active_model().reset_all()).exec(tx).await.map(|_| ())
}

/// What is left of an entry whose personal data are erased.
pub(super) async fn save_entry(tx: &DatabaseTransaction, entry: &case_event::Model) -> Result<(), DbErr> {
    db::save(tx, entry.clone()).await?;
    Ok(())
}

/// The cases on which one of the actor's units has been called and is still concerned.
pub(super) async fn called_on(cx: &Cx, cases: &[CaseId]) -> Result<Vec<CaseId>, DbErr> {
    let units: Vec<Uuid> = cx.actor.duties().map(|(_, unit, _)| unit).collect();
    if units.is_empty() {
        return Ok(Vec::new());
    }
    let concerned = [WhistleStatus::Raised, WhistleStatus::CheckedIn, WhistleStatus::Concluded, WhistleStatus::Escalated];
    let mut found = Vec::new();
    for cases in chunks(cases) {
        let ids: Vec<CaseId> = whistle::Entity::find()
            .select_only()
            .column(whistle::Column::CaseId)
            .distinct()
            .filter(whistle::Column::CaseId.is_in(cases.iter().copied()))
            .filter(whistle::Column::TargetId.is_in(units.iter().copied()))
            .filter(whistle::Column::Status.is_in(concerned))
            .into_tuple()
            .all(cx.read())
            .await?;
        found.extend(ids);
    }
    Ok(found)
}

/// In one statement; the caller may see these cases.
pub(super) async fn clocks_read(cx: &Cx, cases: &[CaseId]) -> Result<Vec<case_clock::Model>, DbErr> {
    let mut found = Vec::new();
    for cases in chunks(cases) {
        let clocks = case_clock::Entity::find().filter(case_clock::Column::CaseId.is_in(cases.iter().copied()));
        found.extend(clocks.order_by_asc(case_clock::Column::StartedAt).order_by_asc(case_clock::Column::Id).all(cx.read()).await?);
    }
    Ok(found)
}

pub(super) async fn escalated_into(cx: &Cx, whistles: &[WhistleId]) -> Result<Vec<whistle::Model>, DbErr> {
    let mut found = Vec::new();
    for whistles in chunks(whistles) {
        let sources = visible::<Whistles>(&cx.actor).filter(whistle::Column::EscalatedToId.is_in(whistles.iter().copied()));
        found.extend(sources.order_by_asc(whistle::Column::RaisedAt).order_by_asc(whistle::Column::Id).all(cx.read()).await?);
    }
    Ok(found)
}

pub(super) async fn persons(cx: &Cx, ids: &[PersonId]) -> Result<HashMap<PersonId, person::Model>, DbErr> {
    let mut found = HashMap::new();
    for ids in chunks(ids) {
        let rows = person::Entity::find().filter(person::Column::Id.is_in(ids.iter().copied())).all(cx.read()).await?;
        found.extend(rows.into_iter().map(|row| (row.id, row)));
    }
    Ok(found)
}

/// In which role somebody entered the report of each case; the caller may see these cases.
pub(super) async fn reported_as(cx: &Cx, cases: &[CaseId]) -> Result<HashMap<CaseId, PostRole>, DbErr> {
    use case_event::Column as C;
    let mut found = HashMap::new();
    for cases in chunks(cases) {
        let first = case_event::Entity::find().select_only().columns([C::CaseId, C::ActorRole]).filter(C::Seq.eq(1));
        let rows: Vec<(CaseId, Option<PostRole>)> =
            first.filter(C::CaseId.is_in(cases.iter().copied())).into_tuple().all(cx.read()).await?;
        found.extend(rows.into_iter().filter_map(|(case, role)| Some((case, role?))));
    }
    Ok(found)
}

/// The registers that hold each case, in one statement.
pub(super) async fn registers_of(cx: &Cx, cases: &[CaseId]) -> Result<Vec<(CaseId, register::Model)>, DbErr> {
    let mut found = Vec::new();
    for cases in chunks(cases) {
        let rows = register_case::Entity::find()
            .filter(register_case::Column::CaseId.is_in(cases.iter().copied()))
            .join(JoinType::InnerJoin, link_to_register())
            .filter(Registers::visible_to(&cx.actor))
            .select_also(register::Entity)
            .order_by_asc(register::Column::Name)
            .all(cx.read())
            .await?;
        found.extend(rows.into_iter().filter_map(|(link, register)| Some((link.case_id, register?))));
    }
    Ok(found)
}

fn link_to_register() -> RelationDef {
    register_case::Entity::belongs_to(register::Entity).from(register_case::Column::RegisterId).to(register::Column::Id).into()
}

/// Whether the person exists and may be seen.
pub(super) async fn person_seen(tx: &DatabaseTransaction, visible_persons: Condition, id: PersonId) -> Result<bool, DbErr> {
    Ok(person::Entity::find().filter(visible_persons).filter(person::Column::Id.eq(id)).one(tx).await?.is_some())
}

/// The areas that were merged into this one.
pub(super) async fn merged_into(cx: &Cx, id: AreaId) -> Result<Vec<AreaId>, DbErr> {
    let merged = area::Entity::find().select_only().column(area::Column::Id).filter(area::Column::SuccessorId.eq(id));
    merged.into_tuple().all(cx.read()).await
}

/// The ids of the areas of these levels in the subtree of an area.
pub(super) async fn areas_below(cx: &Cx, code: &str, levels: [AreaLevel; 2]) -> Result<Vec<AreaId>, DbErr> {
    area::Entity::find()
        .select_only()
        .column(area::Column::Id)
        .filter(Areas::matching(&AreaWhere::Within(code.to_owned())))
        .filter(area::Column::Level.is_in(levels))
        .into_tuple()
        .all(cx.read())
        .await
}

/// Enters a request under its key, unless the person has used the key before: then that request. On PostgreSQL a retry waits here until the
/// first call has been committed or rolled back, on SQLite where its transaction begins.
pub(super) async fn claim(
    tx: &DatabaseTransaction,
    request: idempotent_request::Model,
) -> Result<Option<idempotent_request::Model>, DbErr> {
    use idempotent_request::Column as C;
    let key = (request.person_id, request.key.clone());
    loop {
        let insert = idempotent_request::Entity::insert(request.clone().into_active_model().reset_all())
            .on_conflict(OnConflict::columns([C::PersonId, C::Key]).do_nothing().to_owned());
        if insert.exec_without_returning(tx).await? > 0 {
            return Ok(None);
        }
        // none: it has been forgotten between the two statements, and the key is free again
        if let Some(known) = idempotent_request::Entity::find_by_id(key.clone()).one(tx).await? {
            return Ok(Some(known));
        }
    }
}

/// Notes what a request has made or moved.
pub(super) async fn keep(tx: &DatabaseTransaction, key: (PersonId, String), case: CaseId, whistles: &[WhistleId]) -> Result<(), DbErr> {
    use idempotent_request::Column as C;
    let whistles = serde_json::to_string(whistles).map_err(|error| DbErr::Json(error.to_string()))?;
    let noted = idempotent_request::Entity::update_many()
        .col_expr(C::CaseId, Expr::val(case))
        .col_expr(C::WhistleIds, Expr::val(whistles))
        .filter(C::PersonId.eq(key.0))
        .filter(C::Key.eq(key.1));
    noted.exec(tx).await?;
    Ok(())
}

/// Notes the record of another noun that a request has made or moved.
pub(super) async fn keep_made(tx: &DatabaseTransaction, key: (PersonId, String), made: Uuid) -> Result<(), DbErr> {
    use idempotent_request::Column as C;
    let noted = idempotent_request::Entity::update_many().col_expr(C::MadeId, Expr::val(made));
    noted.filter(C::PersonId.eq(key.0)).filter(C::Key.eq(key.1)).exec(tx).await?;
    Ok(())
}

/// What a request has made or moved, as it stands now; none where the actor may not see it (any more).
pub(super) async fn maybe_kept(
    tx: &DatabaseTransaction,
    actor: &Actor,
    request: &idempotent_request::Model,
) -> Result<Option<(case_file::Model, Vec<whistle::Model>)>, DbErr> {
    let ids: Vec<WhistleId> = match &request.whistle_ids {
        Some(ids) => serde_json::from_str(ids).map_err(|error| DbErr::Json(error.to_string()))?,
        None => Vec::new(),
    };
    let case = visible::<Cases>(actor).filter(case_file::Column::Id.eq(request.case_id)).one(tx).await?;
    let Some(case) = case else { return Ok(None) };
    let mut whistles = Vec::new();
    if !ids.is_empty() {
        whistles = visible::<Whistles>(actor).filter(whistle::Column::Id.is_in(ids)).order_by_asc(whistle::Column::Id).all(tx).await?;
    }
    Ok(Some((case, whistles)))
}

/// Removes requests made before an instant, in portions: others can write in between. How many there were.
pub(super) async fn forget_requests(db: &Db, before: DateTime<Utc>) -> Result<u64, DbErr> {
    use idempotent_request::Column as C;
    const PORTION: u64 = 10_000;
    let mut forgotten = 0;
    loop {
        let oldest = idempotent_request::Entity::find().select_only().column(C::PersonId).column(C::Key);
        let oldest = oldest.filter(C::At.lt(before)).order_by_asc(C::At).limit(PORTION).into_query();
        let key = Expr::tuple([C::PersonId.into_simple_expr(), C::Key.into_simple_expr()]);
        let tx = db.begin().await?;
        let removed = idempotent_request::Entity::delete_many().filter(key.in_subquery(oldest)).exec(&tx).await?.rows_affected;
        tx.commit().await?;
        forgotten += removed;
        if removed < PORTION {
            return Ok(forgotten);
        }
    }
}

/// The cases in which a person is named or acted for themselves, whoever may see them; in the order in which rows are locked.
pub(super) async fn cases_of_person(tx: &DatabaseTransaction, person: PersonId) -> Result<Vec<CaseId>, DbErr> {
    let accused = Condition::all().add(case_file::Column::RespondentKind.is_null()).add(case_file::Column::RespondentId.eq(person.0));
    let private = Condition::any().add(case_event::Column::ActorRole.is_null()).add(case_event::Column::ActorRole.eq(PostRole::Resident));
    let acted = case_event::Entity::find()
        .select_only()
        .column(case_event::Column::CaseId)
        .filter(case_event::Column::ActorId.eq(person))
        .filter(private)
        .into_query();
    let named = Condition::any().add(case_file::Column::ReporterId.eq(person)).add(accused).add(case_file::Column::Id.in_subquery(acted));
    case_file::Entity::find()
        .select_only()
        .column(case_file::Column::Id)
        .filter(named)
        .order_by_asc(case_file::Column::Id)
        .into_tuple()
        .all(tx)
        .await
}

/// The case, locked, whoever may see it.
pub(super) async fn lock_any(tx: &DatabaseTransaction, id: CaseId) -> Result<Option<case_file::Model>, DbErr> {
    case_file::Entity::find_by_id(id).lock_exclusive().one(tx).await
}

pub(super) async fn entries_of(tx: &DatabaseTransaction, case: CaseId) -> Result<Vec<case_event::Model>, DbErr> {
    case_event::Entity::find().filter(case_event::Column::CaseId.eq(case)).order_by_asc(case_event::Column::Seq).all(tx).await
}

/// The cases after this number, in the order of their numbers.
pub(super) async fn numbers_after(db: &Db, number: &str, size: u64) -> Result<Vec<(CaseId, String)>, DbErr> {
    case_file::Entity::find()
        .select_only()
        .column(case_file::Column::Id)
        .column(case_file::Column::Number)
        .filter(case_file::Column::Number.gt(number))
        .order_by_asc(case_file::Column::Number)
        .limit(size)
        .into_tuple()
        .all(&db.read)
        .await
}

pub(super) async fn id_of_number(db: &Db, number: &str) -> Result<Option<CaseId>, DbErr> {
    let case = case_file::Entity::find().select_only().column(case_file::Column::Id).filter(case_file::Column::Number.eq(number));
    case.into_tuple().one(&db.read).await
}

/// The last number of each district and year.
pub(super) async fn last_numbers(db: &Db) -> Result<Vec<case_number::Model>, DbErr> {
    case_number::Entity::find().order_by_asc(case_number::Column::District).order_by_asc(case_number::Column::Year).all(&db.read).await
}

/// Whether the files of these cases are whole, with the number of their whistles: everything they hold is read as of one moment, in three
/// statements. `attachments`: all of theirs, each with the digest of its content where that was read.
pub(super) async fn verdicts(
    tx: &DatabaseTransaction,
    cases: &[CaseId],
    attachments: &[(attachment::Model, Option<String>)],
) -> Result<Vec<(CaseId, Verdict, usize)>, DbErr> {
    let mut found = Vec::with_capacity(cases.len());
    let mut attached_to: HashMap<CaseId, Vec<&(attachment::Model, Option<String>)>> = HashMap::new();
    for one in attachments {
        one.0.case_id.into_iter().for_each(|case| attached_to.entry(case).or_default().push(one));
    }
    for ids in chunks(cases) {
        let files = case_file::Entity::find().filter(case_file::Column::Id.is_in(ids.iter().copied())).all(tx).await?;
        let entries = case_event::Entity::find()
            .filter(case_event::Column::CaseId.is_in(ids.iter().copied()))
            .order_by_asc(case_event::Column::CaseId)
            .order_by_asc(case_event::Column::Seq)
            .all(tx)
            .await?;
        let whistles = whistle::Entity::find()
            .filter(whistle::Column::CaseId.is_in(ids.iter().copied()))
            .order_by_asc(whistle::Column::Id)
            .all(tx)
            .await?;
        let mut entries_of: HashMap<CaseId, Vec<&case_event::Model>> = HashMap::new();
        entries.iter().for_each(|entry| entries_of.entry(entry.case_id).or_default().push(entry));
        let mut whistles_of: HashMap<CaseId, Vec<&whistle::Model>> = HashMap::new();
        whistles.iter().for_each(|whistle| whistles_of.entry(whistle.case_id).or_default().push(whistle));
        for case in &files {
            let entries = entries_of.remove(&case.id).unwrap_or_default();
            let whistles = whistles_of.remove(&case.id).unwrap_or_default();
            let attached = attached_to.remove(&case.id).unwrap_or_default();
            let mut verdict = chain::check(case, &entries, &whistles);
            verdict.broken = verdict.broken.or_else(|| chain::attached(case, &entries, &attached));
            found.push((case.id, verdict, whistles.len()));
        }
    }
    Ok(found)
}

/// Whether the area keeps a register of this name.
pub(super) async fn is_register(tx: &DatabaseTransaction, area: AreaId, name: &str) -> Result<bool, DbErr> {
    use register::Column as C;
    let same = register::Entity::find().filter(C::AreaId.eq(area)).filter(C::Name.eq(name)).filter(C::EndedOn.is_null());
    Ok(same.one(tx).await?.is_some())
}

/// Which of these cases the actor sees; with an area, only those that lie in it.
pub(super) async fn seen_cases(
    tx: &DatabaseTransaction,
    actor: &Actor,
    cases: &[CaseId],
    area: Option<AreaId>,
) -> Result<HashSet<CaseId>, DbErr> {
    let seen = visible::<Cases>(actor).filter(case_file::Column::Id.is_in(cases.iter().copied()));
    let seen = area.into_iter().fold(seen, |seen, area| seen.filter(within_any(case_file::Column::AreaId, &[area])));
    let ids: Vec<CaseId> = seen.select_only().column(case_file::Column::Id).into_tuple().all(tx).await?;
    Ok(ids.into_iter().collect())
}

/// Which of these cases a register holds, and since when.
pub(super) async fn held_cases(
    tx: &DatabaseTransaction,
    register: RegisterId,
    cases: &[CaseId],
) -> Result<HashMap<CaseId, Option<DateTime<Utc>>>, DbErr> {
    use register_case::Column as C;
    let rows = register_case::Entity::find().filter(C::RegisterId.eq(register)).filter(C::CaseId.is_in(cases.iter().copied()));
    Ok(rows.all(tx).await?.into_iter().map(|row| (row.case_id, row.added_at)).collect())
}

pub(super) async fn enter_cases(tx: &DatabaseTransaction, rows: Vec<register_case::Model>) -> Result<(), DbErr> {
    put::<register_case::Entity>(tx, rows).await
}

pub(super) async fn take_out(tx: &DatabaseTransaction, removal: register_removal::Model) -> Result<(), DbErr> {
    register_case::Entity::delete_by_id((removal.register_id, removal.case_id)).exec(tx).await?;
    put::<register_removal::Entity>(tx, vec![removal]).await
}
