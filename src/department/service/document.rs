//! Governing documents: drafted, published version by version, withdrawn. What is published never changes.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{DocumentKind, GoverningDocumentId, Provenance, RecordChangeKind, document_version, governing_document};

use crate::{
    app::Cx,
    case::service::Terms,
    db::DbErr,
    department::{scope::Documents, store},
    record::service::{FIRST, Office, RecordError, Turn, write},
};

pub struct NewDocument {
    pub area: String,
    pub kind: DocumentKind,
    pub title: String,
    pub text: String,
}

pub async fn draft(cx: &Cx, terms: Terms, new: NewDocument) -> Result<Option<governing_document::Model>, RecordError> {
    write::<Documents, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let area = turn.area(&new.area, "area").await?;
            turn.may_alone(area.id, Office::Community, "area").await?;
            let row = governing_document::Model {
                id: turn.cx.clock.new_id(),
                area_id: area.id,
                kind: new.kind,
                title: new.title,
                draft: Some(new.text),
                published_at: None,
                ended_on: None,
                provenance: Provenance::Recorded,
                provenance_note: None,
                version: 1,
            };
            distinct(turn, &row).await?;
            turn.enter::<Documents>(row).await
        })
    })
    .await
}

async fn distinct(turn: &Turn<'_>, row: &governing_document::Model) -> Result<(), RecordError> {
    if store::is_document(turn.tx, row, turn.today).await? { Err(RecordError::Exists("title".into())) } else { Ok(()) }
}

/// What is left out stays.
pub struct DraftChange {
    pub title: Option<String>,
    pub text: Option<String>,
}

/// The title stays as it is from the first publication on.
pub async fn update_draft(
    cx: &Cx,
    terms: Terms,
    id: GoverningDocumentId,
    change: DraftChange,
) -> Result<Option<governing_document::Model>, RecordError> {
    write::<Documents, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let before = turn.take_alone::<Documents>(id, Office::Community, "documentId").await?;
            let mut after = before.clone();
            after.title = change.title.unwrap_or(after.title);
            after.draft = change.text.or(after.draft);
            if after.title != before.title {
                if before.published_at.is_some() {
                    return Err(RecordError::State("document-published", "title".into()));
                }
                distinct(turn, &after).await?;
            }
            turn.save::<Documents>(&before, after, RecordChangeKind::Changed, None).await
        })
    })
    .await
}

pub struct Publication {
    pub number: Option<String>,
    /// None: today.
    pub effective_from: Option<NaiveDate>,
}

/// The draft becomes a version. It begins after the one before it, so that on each day one holds.
pub async fn publish(
    cx: &Cx,
    terms: Terms,
    id: GoverningDocumentId,
    publication: Publication,
) -> Result<Option<governing_document::Model>, RecordError> {
    write::<Documents, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let before = turn.take::<Documents>(id, Office::Community, "documentId").await?;
            let Some(text) = before.draft.clone() else { return Err(RecordError::State("document-no-draft", "documentId".into())) };
            let last = store::maybe_last_version(turn.tx, id).await?;
            let effective_from = publication.effective_from.unwrap_or(turn.today);
            if last.as_ref().is_some_and(|last| effective_from <= last.effective_from) {
                return Err(RecordError::Mismatch("version-begins-before", "effectiveFrom".into()));
            }
            if before.ended_on.is_some_and(|ended_on| ended_on < effective_from) {
                return Err(RecordError::State("record-ended", "effectiveFrom".into()));
            }
            let (seq, now) = (last.map_or(1, |last| last.seq + 1), turn.cx.clock.now());
            let (number, published_by) = (publication.number, turn.cx.actor.person);
            let note = number.clone();
            let id = turn.cx.clock.new_id();
            let version =
                document_version::Model { id, document_id: before.id, seq, number, text, effective_from, published_at: now, published_by };
            store::publish(turn.tx, version).await?;
            let after = governing_document::Model { draft: None, published_at: before.published_at.or(Some(now)), ..before.clone() };
            turn.save::<Documents>(&before, after, RecordChangeKind::Changed, note).await
        })
    })
    .await
}

/// It no longer holds after a day. Its versions stay to be read.
pub async fn withdraw(
    cx: &Cx,
    terms: Terms,
    id: GoverningDocumentId,
    on: Option<NaiveDate>,
    reason: String,
) -> Result<Option<governing_document::Model>, RecordError> {
    write::<Documents, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let before = turn.take::<Documents>(id, Office::Community, "documentId").await?;
            let first = store::maybe_first_version(turn.tx, id).await?.map_or(FIRST, |version| version.effective_from);
            let ended_on = Some(turn.last_day(on, (first, before.ended_on), "endsOn")?);
            let after = governing_document::Model { ended_on, ..before.clone() };
            turn.save::<Documents>(&before, after, RecordChangeKind::Ended, Some(reason)).await
        })
    })
    .await
}

/// The version of each document that holds on a day.
pub async fn current(
    cx: &Cx,
    ids: &[GoverningDocumentId],
    day: NaiveDate,
) -> Result<HashMap<GoverningDocumentId, document_version::Model>, DbErr> {
    store::holding(cx.read(), ids, day).await
}

/// What is being drafted, where the actor may read it.
pub async fn drafts(cx: &Cx, ids: &[GoverningDocumentId]) -> Result<HashMap<GoverningDocumentId, String>, DbErr> {
    let documents = store::drafting(cx.read(), &cx.actor, ids).await?;
    Ok(documents.into_iter().filter_map(|(id, document)| Some((id, document.draft?))).collect())
}

/// The version that came after each.
pub async fn following(
    cx: &Cx,
    versions: &[(GoverningDocumentId, i32)],
) -> Result<HashMap<(GoverningDocumentId, i32), document_version::Model>, DbErr> {
    let (ids, numbers) = versions.iter().map(|(id, seq)| (*id, seq + 1)).unzip();
    let rows = store::numbered(cx.read(), ids, numbers).await?;
    Ok(rows.into_iter().map(|row| ((row.document_id, row.seq - 1), row)).collect())
}
