//! Registers of cases 台账.

use chrono::NaiveDate;
use entity::{Provenance, RecordChangeKind, RegisterId, register};

use super::Terms;
use crate::{
    app::Cx,
    case::{scope::Registers, store},
    record::service::{Office, RecordError, write},
};

pub(super) const REGISTER: &str = "registerId";

pub async fn create(cx: &Cx, terms: Terms, area: String, name: String) -> Result<Option<register::Model>, RecordError> {
    write::<Registers, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let area = turn.area(&area, "area").await?;
            turn.may_alone(area.id, Office::Community, "area").await?;
            if store::is_register(turn.tx, area.id, &name).await? {
                return Err(RecordError::Exists("name".into()));
            }
            let (id, provenance) = (turn.cx.clock.new_id(), Provenance::Recorded);
            let row = register::Model {
                id,
                area_id: area.id,
                name,
                provenance,
                provenance_note: None,
                version: 1,
                ended_on: None,
                case_count: 0,
            };
            turn.enter::<Registers>(row).await
        })
    })
    .await
}

pub async fn rename(cx: &Cx, terms: Terms, id: RegisterId, name: String) -> Result<Option<register::Model>, RecordError> {
    write::<Registers, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let before = turn.take_alone::<Registers>(id, Office::Community, REGISTER).await?;
            if name != before.name && store::is_register(turn.tx, before.area_id, &name).await? {
                return Err(RecordError::Exists("name".into()));
            }
            let after = register::Model { name, ..before.clone() };
            turn.save::<Registers>(&before, after, RecordChangeKind::Changed, None).await
        })
    })
    .await
}

/// No more cases are entered after this day; none: today.
pub async fn end(
    cx: &Cx,
    terms: Terms,
    id: RegisterId,
    on: Option<NaiveDate>,
    reason: Option<String>,
) -> Result<Option<register::Model>, RecordError> {
    write::<Registers, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let before = turn.take::<Registers>(id, Office::Community, REGISTER).await?;
            let day = on.unwrap_or(turn.today);
            if day > turn.today {
                return Err(RecordError::Mismatch("register-ends-later", "endsOn".into()));
            }
            let after = register::Model { ended_on: Some(day), ..before.clone() };
            turn.save::<Registers>(&before, after, RecordChangeKind::Ended, reason).await
        })
    })
    .await
}
