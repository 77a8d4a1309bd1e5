//! The rows of attachments, and their content.

use chrono::{DateTime, Utc};
use entity::{AttachmentId, CaseEventId, CaseId, PersonId, attachment, attachment_content, person};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{LockBehavior, LockType},
};

use super::scope::Attachments;
use crate::{
    app::Cx,
    auth::Actor,
    db::{self, Db, chunks, noun::visible},
};

/// A new one, with its content.
pub(super) async fn put(tx: &DatabaseTransaction, row: &attachment::Model, bytes: Vec<u8>) -> Result<(), DbErr> {
    db::insert(tx, row.clone()).await?;
    db::insert(tx, attachment_content::Model { attachment_id: row.id, bytes }).await
}

/// The content of one; none where there is no such attachment, or its content was erased.
pub(super) async fn get(db: &impl ConnectionTrait, id: AttachmentId) -> Result<Option<Vec<u8>>, DbErr> {
    Ok(attachment_content::Entity::find_by_id(id).one(db).await?.map(|content| content.bytes))
}

/// The content goes, the rows stay.
pub(super) async fn drop_content(tx: &DatabaseTransaction, ids: &[AttachmentId]) -> Result<(), DbErr> {
    let contents = attachment_content::Entity::delete_many();
    contents.filter(attachment_content::Column::AttachmentId.is_in(ids.iter().copied())).exec(tx).await.map(|_| ())
}

pub(super) async fn save(tx: &DatabaseTransaction, rows: Vec<attachment::Model>) -> Result<(), DbErr> {
    db::put::<attachment::Entity>(tx, rows).await
}

pub(super) async fn maybe_any(db: &impl ConnectionTrait, id: AttachmentId) -> Result<Option<attachment::Model>, DbErr> {
    attachment::Entity::find_by_id(id).one(db).await
}

pub(super) async fn maybe_seen(tx: &DatabaseTransaction, actor: &Actor, id: AttachmentId) -> Result<Option<attachment::Model>, DbErr> {
    visible::<Attachments>(actor).filter(attachment::Column::Id.eq(id)).one(tx).await
}

/// Ids rise with time, so entries come in their order.
fn in_order(rows: Select<attachment::Entity>) -> Select<attachment::Entity> {
    use attachment::Column as C;
    rows.order_by_asc(C::EventId).order_by_asc(C::Position).order_by_asc(C::Id)
}

pub(super) async fn of_cases(cx: &Cx, cases: &[CaseId]) -> Result<Vec<attachment::Model>, DbErr> {
    let mut found = Vec::new();
    for cases in chunks(cases) {
        let rows = visible::<Attachments>(&cx.actor).filter(attachment::Column::CaseId.is_in(cases.iter().copied()));
        found.extend(in_order(rows).all(cx.read()).await?);
    }
    Ok(found)
}

pub(super) async fn of_events(cx: &Cx, events: &[CaseEventId]) -> Result<Vec<attachment::Model>, DbErr> {
    let mut found = Vec::new();
    for events in chunks(events) {
        let rows = visible::<Attachments>(&cx.actor).filter(attachment::Column::EventId.is_in(events.iter().copied()));
        found.extend(in_order(rows).all(cx.read()).await?);
    }
    Ok(found)
}

/// Of these cases, whoever may see them.
pub(super) async fn all_of_cases(tx: &DatabaseTransaction, cases: &[CaseId]) -> Result<Vec<attachment::Model>, DbErr> {
    let mut found = Vec::new();
    for cases in chunks(cases) {
        let rows = attachment::Entity::find().filter(attachment::Column::CaseId.is_in(cases.iter().copied()));
        found.extend(in_order(rows).all(tx).await?);
    }
    Ok(found)
}

/// Of these entries, whoever may see them.
pub(super) async fn all_of_events(tx: &DatabaseTransaction, events: &[CaseEventId]) -> Result<Vec<attachment::Model>, DbErr> {
    let mut found = Vec::new();
    for events in chunks(events) {
        found.extend(attachment::Entity::find().filter(attachment::Column::EventId.is_in(events.iter().copied())).all(tx).await?);
    }
    Ok(found)
}

fn unused(by: PersonId) -> Select<attachment::Entity> {
    use attachment::Column as C;
    attachment::Entity::find().filter(C::UploadedBy.eq(by)).filter(C::CaseId.is_null())
}

/// How many a person has sent in that nothing has used. Until the end of the transaction they send in no other.
pub(super) async fn count_unused(tx: &DatabaseTransaction, by: PersonId) -> Result<u64, DbErr> {
    person::Entity::find_by_id(by).lock(LockType::NoKeyUpdate).one(tx).await?;
    PaginatorTrait::count(unused(by), tx).await
}

/// How many of a case a person has sent in.
pub(super) async fn count_of_case(tx: &DatabaseTransaction, case: CaseId, by: PersonId) -> Result<u64, DbErr> {
    use attachment::Column as C;
    PaginatorTrait::count(attachment::Entity::find().filter(C::CaseId.eq(case)).filter(C::UploadedBy.eq(by)), tx).await
}

/// Of these, those that the person has sent in and nothing has used; locked, in one order.
pub(super) async fn lock_unused(tx: &DatabaseTransaction, by: PersonId, ids: &[AttachmentId]) -> Result<Vec<attachment::Model>, DbErr> {
    let rows = unused(by).filter(attachment::Column::Id.is_in(ids.iter().copied()));
    rows.order_by_asc(attachment::Column::Id).lock_exclusive().all(tx).await
}

/// Their content goes with them.
pub(super) async fn drop_unused(tx: &DatabaseTransaction, by: PersonId) -> Result<(), DbErr> {
    use attachment::Column as C;
    attachment::Entity::delete_many().filter(C::UploadedBy.eq(by)).filter(C::CaseId.is_null()).exec(tx).await.map(|_| ())
}

/// Removes what was sent in until then and never used, in portions; what is being used at this moment is left. How many there were.
pub(super) async fn forget_unused(db: &Db, until: DateTime<Utc>) -> Result<u64, DbErr> {
    use attachment::Column as C;
    const PORTION: u64 = 100;
    let mut forgotten = 0;
    loop {
        let tx = db.begin().await?;
        let old = attachment::Entity::find().select_only().column(C::Id).filter(C::CaseId.is_null()).filter(C::UploadedAt.lte(until));
        let old = old.order_by_asc(C::UploadedAt).limit(PORTION).lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
        let old: Vec<AttachmentId> = old.into_tuple().all(&tx).await?;
        let found = u64::try_from(old.len()).unwrap_or(u64::MAX);
        forgotten += attachment::Entity::delete_many().filter(C::Id.is_in(old)).exec(&tx).await?.rows_affected;
        tx.commit().await?;
        if found < PORTION {
            return Ok(forgotten);
        }
    }
}
