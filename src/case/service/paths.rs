//! Handling paths 处置路径: whose turn it is, by category and matter, set and ended by administrators. A change is a new version. It concerns what is
//! reported or classified from now on: a case names the path that it goes.

use entity::{CaseCategory, HandlerKind, HandlingPathId, MatterId, case_file, handling_path};
use uuid::Uuid;

use super::{
    CaseError, keep_made,
    once::{RequestKey, Terms, maybe_first},
    place,
    policies::{matter_of, may},
};
use crate::{
    app::Cx,
    area::service as areas,
    case::{
        model::{Denial, path},
        store,
    },
    db::{self, DatabaseTransaction, DbErr},
    department,
    event::write,
};

const AREA: &str = "area";
const PATH: &str = "pathId";

/// Why a path was neither set nor ended.
#[derive(Debug, thiserror::Error)]
pub enum PathError {
    #[error("not a district")]
    NotADistrict,
    /// The caller looked at another version; this is what is in force, if anything is.
    #[error("the version is not what was expected")]
    Conflict(Option<Box<handling_path::Model>>),
    #[error(transparent)]
    Case(#[from] CaseError),
    #[error(transparent)]
    Db(#[from] DbErr),
}

/// Which cases go a path, and its steps.
#[derive(Clone, Debug)]
pub struct NewPath {
    /// The code of a district; none: everywhere.
    pub area: Option<String>,
    pub category: Option<CaseCategory>,
    pub matter: Option<MatterId>,
    /// Checked.
    pub steps: Vec<HandlerKind>,
}

/// Puts a path in force, in the place of the one for the very same cases.
pub async fn set_path(cx: &Cx, terms: Terms, new: NewPath) -> Result<handling_path::Model, PathError> {
    write(cx, move |cx, work| {
        Box::pin(async move {
            if let Some(first) = kept(cx, &work.tx, terms.key.as_ref()).await? {
                return Ok(first);
            }
            let path = set_in(cx, &work.tx, terms.expected, new).await?;
            keep_made(cx, &work.tx, terms.key, path.id.into()).await?;
            Ok::<_, PathError>(path)
        })
    })
    .await
}

/// Ends a path: what is less exact holds instead, at last the built-in one.
pub async fn end_path(cx: &Cx, id: HandlingPathId, terms: Terms) -> Result<handling_path::Model, PathError> {
    write(cx, move |cx, work| {
        Box::pin(async move {
            if let Some(first) = kept(cx, &work.tx, terms.key.as_ref()).await? {
                return Ok(first);
            }
            let path = end_in(cx, &work.tx, id, terms.expected).await?;
            keep_made(cx, &work.tx, terms.key, path.id.into()).await?;
            Ok::<_, PathError>(path)
        })
    })
    .await
}

/// What was done under this key before, as it stands now.
async fn kept(cx: &Cx, tx: &DatabaseTransaction, key: Option<&RequestKey>) -> Result<Option<handling_path::Model>, PathError> {
    let Some(key) = key else { return Ok(None) };
    let Some(first) = maybe_first(cx, tx, key).await? else { return Ok(None) };
    match first.made_id {
        Some(id) => Ok(store::maybe_path(tx, HandlingPathId(id)).await?),
        None => Ok(None),
    }
}

async fn set_in(cx: &Cx, tx: &DatabaseTransaction, expected: Option<i32>, new: NewPath) -> Result<handling_path::Model, PathError> {
    let district = match &new.area {
        Some(code) => Some(areas::maybe_by_code_in_tx(tx, code).await?.ok_or(CaseError::NotFound(AREA))?),
        None => None,
    };
    may(cx, tx, district.as_ref().map(|district| district.id), AREA).await?;
    if let Some(district) = &district
        && !areas::is_district_in_tx(tx, district).await?
    {
        return Err(PathError::NotADistrict);
    }
    if let Some(matter) = new.matter {
        matter_of(tx, matter, district.as_ref(), new.category).await?;
    }
    store::lock_paths(tx).await?;
    let mut path = handling_path::Model {
        id: cx.clock.new_id(),
        district_id: district.map(|district| district.id),
        category: new.category,
        matter_id: new.matter,
        steps: handling_path::Steps(new.steps),
        version: 1,
        made_at: cx.clock.now(),
        made_by: Some(cx.actor.person.ok_or(CaseError::Anonymous)?),
        ended_at: None,
    };
    let versions = store::path_versions(tx, &path).await?;
    let in_force = versions.iter().find(|version| version.ended_at.is_none());
    at_version(expected, in_force)?;
    path.version = versions.first().map_or(0, |latest| latest.version) + 1;
    if let Some(replaced) = in_force {
        db::save(tx, handling_path::Model { ended_at: Some(path.made_at), ..replaced.clone() }).await?;
    }
    db::insert(tx, path.clone()).await?;
    Ok(path)
}

async fn end_in(cx: &Cx, tx: &DatabaseTransaction, id: HandlingPathId, expected: Option<i32>) -> Result<handling_path::Model, PathError> {
    let found = store::maybe_path(tx, id).await?.ok_or(CaseError::NotFound(PATH))?;
    may(cx, tx, found.district_id, PATH).await?;
    store::lock_paths(tx).await?;
    // again, now that nobody else changes it
    let path = store::maybe_path(tx, id).await?.ok_or(CaseError::NotFound(PATH))?;
    at_version(expected, Some(&path))?;
    if path.ended_at.is_some() {
        return Err(CaseError::Denied(Denial::InvalidState, PATH).into());
    }
    let ended = handling_path::Model { ended_at: Some(cx.clock.now()), ..path };
    db::save(tx, ended.clone()).await?;
    Ok(ended)
}

fn at_version(expected: Option<i32>, path: Option<&handling_path::Model>) -> Result<(), PathError> {
    let version = path.map_or(0, |path| path.version);
    if expected.is_none_or(|expected| expected == version) {
        return Ok(());
    }
    Err(PathError::Conflict(path.map(|path| Box::new(path.clone()))))
}

/// The path in force that a case like this goes, and its steps; none: the built-in one.
pub(super) async fn holding(
    tx: &DatabaseTransaction,
    case: &case_file::Model,
) -> Result<(Option<HandlingPathId>, Vec<HandlerKind>), DbErr> {
    let paths = store::paths_in_force(tx, case.district_id).await?;
    Ok(match path::choose(&paths, case.category, case.matter_id) {
        Some(path) => (Some(path.id), path.steps.0.clone()),
        None => (None, path::BUILT_IN.to_vec()),
    })
}

/// The unit of this kind that the place has and that is not the respondent; of departments the first that the catalogue names for the matter.
pub(super) async fn maybe_callable(
    cx: &Cx,
    tx: &DatabaseTransaction,
    case: &case_file::Model,
    kind: HandlerKind,
) -> Result<Option<Uuid>, DbErr> {
    let units: Vec<Uuid> = match (kind, case.matter_id) {
        (HandlerKind::Department, Some(matter)) => {
            department::service::answering_in_tx(cx, tx, matter).await?.into_iter().map(|(_, department)| department.into()).collect()
        }
        _ => place::maybe_unit(cx, tx, case, kind).await?.into_iter().collect(),
    };
    for unit in units {
        if !place::is_respondent(cx, tx, case, (kind, unit)).await? {
            return Ok(Some(unit));
        }
    }
    Ok(None)
}

/// Whether the next step of the case's path that can be called is of this kind. The built-in path adds nothing to who may whistle whom.
pub(super) async fn comes_next(
    cx: &Cx,
    tx: &DatabaseTransaction,
    case: &case_file::Model,
    (from, to): (HandlerKind, HandlerKind),
) -> Result<bool, DbErr> {
    let Some(id) = case.path_id else { return Ok(false) };
    let Some(path) = store::maybe_path(tx, id).await? else { return Ok(false) };
    for step in path::beyond(&path.steps.0, from) {
        if maybe_callable(cx, tx, case, *step).await?.is_some() {
            return Ok(*step == to);
        }
    }
    Ok(false)
}
