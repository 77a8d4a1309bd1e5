//! The rows of the aggregate. Reads that a write builds on take the case's row lock first.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::{
    AreaId, AreaLevel, CaseId, PersonId, WhistleId, WhistleStatus, area, case_event, case_file, case_number, idempotent_request, person,
    register, register_case, whistle,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, ExprTrait, IntoActiveModel, IntoSimpleExpr, JoinType,
    QueryFilter, QueryOrder, QuerySelect, QueryTrait, RelationDef,
    sea_query::{Expr, OnConflict, Query},
};
use uuid::Uuid;

use super::scope::{Cases, Registers, Whistles};
use crate::{
    app::Cx,
    auth::Actor,
    db::{
        DatabaseTransaction, Db, chunks,
        noun::{Noun, visible},
    },
};

/// The case, locked until the end of the transaction; none where the actor may not see it.
pub(super) async fn maybe_lock(tx: &DatabaseTransaction, actor: &Actor, id: CaseId) -> Result<Option<case_file::Model>, DbErr> {
    visible::<Cases>(actor).filter(case_file::Column::Id.eq(id)).lock_exclusive().one(tx).await
}

pub(super) async fn maybe_whistle(tx: &DatabaseTransaction, actor: &Actor, id: WhistleId) -> Result<Option<whistle::Model>, DbErr> {
    visible::<Whistles>(actor).filter(whistle::Column::Id.eq(id)).one(tx).await
}

pub(super) async fn whistles_of(tx: &DatabaseTransaction, case: CaseId) -> Result<Vec<whistle::Model>, DbErr> {
    whistle::Entity::find().filter(whistle::Column::CaseId.eq(case)).order_by_asc(whistle::Column::RaisedAt).all(tx).await
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
    case_file::Entity::insert(case.clone().into_active_model().reset_all()).exec_without_returning(tx).await?;
    Ok(())
}

pub(super) async fn save_case(tx: &DatabaseTransaction, case: &case_file::Model) -> Result<(), DbErr> {
    case.clone().into_active_model().reset_all().update(tx).await?;
    Ok(())
}

pub(super) async fn insert_entries(tx: &DatabaseTransaction, entries: Vec<case_event::Model>) -> Result<(), DbErr> {
    let entries = entries.into_iter().map(|entry| entry.into_active_model().reset_all());
    case_event::Entity::insert_many(entries).exec_without_returning(tx).await?;
    Ok(())
}

pub(super) async fn insert_whistle(tx: &DatabaseTransaction, whistle: &whistle::Model) -> Result<(), DbErr> {
    whistle::Entity::insert(whistle.clone().into_active_model().reset_all()).exec_without_returning(tx).await?;
    Ok(())
}

pub(super) async fn save_whistle(tx: &DatabaseTransaction, whistle: &whistle::Model) -> Result<(), DbErr> {
    whistle.clone().into_active_model().reset_all().update(tx).await?;
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

/// The ids of the districts and cities below an area above the district.
pub(super) async fn districts_below(cx: &Cx, code: &str) -> Result<Vec<AreaId>, DbErr> {
    area::Entity::find()
        .select_only()
        .column(area::Column::Id)
        .filter(crate::area::scope::within(area::Column::Id, code))
        .filter(area::Column::Level.is_in([AreaLevel::City, AreaLevel::District]))
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
