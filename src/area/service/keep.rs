//! One area: set up, renamed, ended. By the administrators above it.

use chrono::NaiveDate;
use entity::{AreaLevel, RecordChangeKind, area, area_name};

use super::begins;
use crate::{
    app::Cx,
    area::{
        model::{fits_below, kind_of, level_of},
        scope::Areas,
        store,
    },
    case::service::Terms,
    record::service::{Office, RecordError, Turn, write},
};

/// An area that is to be.
#[derive(Clone, Debug)]
pub struct NewArea {
    pub code: String,
    pub name: String,
}

pub async fn create(
    cx: &Cx,
    terms: Terms,
    parent: String,
    new: NewArea,
    on: Option<NaiveDate>,
) -> Result<Option<area::Model>, RecordError> {
    write::<Areas, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let parent = turn.area(&parent, "parentCode").await?;
            turn.may_alone(parent.id, Office::Administrator, "parentCode").await?;
            let (on, _) = begins(turn, on)?;
            new_in(turn, &parent, new, on, "code").await
        })
    })
    .await
}

/// Whoever administers what is above; of a province, the province itself.
pub(super) async fn may(turn: &Turn<'_>, area: &area::Model, field: &str) -> Result<(), RecordError> {
    turn.may(area.parent_id.unwrap_or(area.id), Office::Administrator, field).await
}

/// Enters a new area below one that exists; `field` names its code.
pub async fn new_in(turn: &Turn<'_>, parent: &area::Model, new: NewArea, on: NaiveDate, field: &str) -> Result<area::Model, RecordError> {
    let misfit = || RecordError::Mismatch("area-code-misfit", field.into());
    let level = level_of(&new.code).filter(|_| fits_below(&new.code, &parent.code, parent.level)).ok_or_else(misfit)?;
    if super::maybe_by_code_in_tx(turn.tx, &new.code).await?.is_some() {
        return Err(RecordError::Exists(field.into()));
    }
    let row = area::Model {
        id: turn.cx.clock.new_id(),
        path: format!("{}{}/", parent.path, new.code),
        kind: kind_of(level, &new.name),
        code: new.code,
        name: new.name,
        level,
        parent_id: Some(parent.id),
        established_on: Some(on),
        ended_on: None,
        successor_id: None,
        version: 1,
    };
    turn.enter::<Areas>(row).await
}

pub async fn rename(
    cx: &Cx,
    terms: Terms,
    code: String,
    name: String,
    on: Option<NaiveDate>,
    reason: Option<String>,
) -> Result<Option<area::Model>, RecordError> {
    const FIELD: &str = "areaCode";
    write::<Areas, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let area = turn.area(&code, FIELD).await?;
            let area = turn.lock::<Areas>(area.id, FIELD).await?;
            may(turn, &area, FIELD).await?;
            let area = turn.check::<Areas>(area, FIELD)?;
            if crate::grid::service::maybe_by_area_in_tx(turn.tx, area.id).await?.is_some() {
                return Err(RecordError::State("area-is-grid", FIELD.into()));
            }
            rename_in(turn, area, name, on, reason).await
        })
    })
    .await
}

/// The former name stays.
pub async fn rename_in(
    turn: &Turn<'_>,
    before: area::Model,
    name: String,
    on: Option<NaiveDate>,
    reason: Option<String>,
) -> Result<area::Model, RecordError> {
    if name == before.name {
        return Ok(before);
    }
    let (_, eve) = begins(turn, on)?;
    let former = store::former_names(turn.tx, &[before.id]).await?;
    let earliest = former.iter().map(|name| name.until).chain(before.established_on).max();
    if let Some(earliest) = earliest.filter(|earliest| eve < *earliest) {
        return Err(RecordError::days("on", earliest.succ_opt().unwrap_or(earliest), turn.today));
    }
    let was = area_name::Model { id: turn.cx.clock.new_id(), area_id: before.id, name: before.name.clone(), until: eve };
    store::put_names(turn.tx, vec![was]).await?;
    let kind = kind_of(before.level, &name);
    let after = area::Model { name, kind, ..before.clone() };
    turn.save::<Areas>(&before, after, RecordChangeKind::Changed, reason).await
}

pub async fn end(cx: &Cx, terms: Terms, code: String, on: Option<NaiveDate>, reason: String) -> Result<Option<area::Model>, RecordError> {
    const FIELD: &str = "areaCode";
    write::<Areas, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let area = turn.area(&code, FIELD).await?;
            let area = turn.lock::<Areas>(area.id, FIELD).await?;
            may(turn, &area, FIELD).await?;
            let before = turn.check::<Areas>(area, FIELD)?;
            let (on, eve) = begins(turn, on)?;
            if let Some(first) = before.established_on.filter(|first| eve < *first) {
                return Err(RecordError::days("on", first.succ_opt().unwrap_or(first), turn.today));
            }
            let left = |message| Err(RecordError::State(message, FIELD.into()));
            if !store::living_children(turn.tx, before.id).await?.is_empty() {
                return left("area-has-areas");
            }
            if store::complexes_in(turn.tx, before.id).await?.iter().any(|complex| complex.ended_on.is_none()) {
                return left("area-has-complexes");
            }
            if store::has_open_cases(turn.tx, before.id).await? {
                return left("area-has-cases");
            }
            if store::has_posts(turn.tx, before.id, on).await? {
                return left("area-has-posts");
            }
            if before.level >= AreaLevel::Grid
                && crate::grid::service::maybe_by_area_in_tx(turn.tx, before.id).await?.is_some_and(|grid| grid.ended_on.is_none())
            {
                return left("area-is-grid");
            }
            let after = area::Model { ended_on: Some(eve), ..before.clone() };
            turn.save::<Areas>(&before, after, RecordChangeKind::Ended, Some(reason)).await
        })
    })
    .await
}
