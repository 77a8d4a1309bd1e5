//! Registers of cases 台账.

use entity::{Provenance, RecordChangeKind, RegisterId, register};

use super::Terms;
use crate::{
    app::Cx,
    area::service as areas,
    case::{scope::Registers, store},
    record::service::{Office, RecordError, write},
};

pub async fn create(cx: &Cx, terms: Terms, area: String, name: String) -> Result<Option<register::Model>, RecordError> {
    write::<Registers, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let area = areas::maybe_by_code_in_tx(turn.tx, &area).await?.ok_or_else(|| RecordError::not_found("area"))?;
            turn.may_alone(area.id, Office::Community, "area").await?;
            if store::is_register(turn.tx, area.id, &name).await? {
                return Err(RecordError::Exists("name".into()));
            }
            let (id, provenance) = (turn.cx.clock.new_id(), Provenance::Recorded);
            let row = register::Model { id, area_id: area.id, name, provenance, provenance_note: None, version: 1, ended_on: None };
            turn.enter::<Registers>(row).await
        })
    })
    .await
}

pub async fn rename(cx: &Cx, terms: Terms, id: RegisterId, name: String) -> Result<Option<register::Model>, RecordError> {
    write::<Registers, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let before = turn.take::<Registers>(id, Office::Community, "registerId").await?;
            turn.may_alone(before.area_id, Office::Community, "registerId").await?;
            if name != before.name && store::is_register(turn.tx, before.area_id, &name).await? {
                return Err(RecordError::Exists("name".into()));
            }
            let after = register::Model { name, ..before.clone() };
            turn.save::<Registers>(&before, after, RecordChangeKind::Changed, None).await
        })
    })
    .await
}
