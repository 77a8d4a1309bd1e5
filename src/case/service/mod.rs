//! The use cases: authorize, load, decide, save. Each is one transaction: row, timeline, facts.

mod clocks;
pub mod deadlines;
mod erase;
mod file;
mod integrity;
mod moves;
mod once;
mod pacing;
mod people;
mod place;
mod policies;
pub mod registers;
mod report;
mod whistles;

use std::collections::{HashMap, HashSet};

use entity::{AreaId, CaseId, WhistleId, case_clock, case_file, register, whistle};

pub use self::{
    erase::{EraseError, Erased, erase},
    integrity::{Finding, Tally, integrity, verify},
    moves::{CaseChange, change, merge},
    once::{Done, RequestKey, Terms, forget_old, keep_made, maybe_first},
    pacing::rule_on_extension,
    people::{Party, parties},
    place::Named,
    policies::{NewPolicy, PolicyError, PolicySet, end_policy, policies_by_id, set_policy},
    report::{NewCase, Place, Respondent, report},
    whistles::{Call, WhistleMove, move_whistle, raise},
};
use super::{model::Denial, store};
use crate::{app::Cx, db::DbErr, event::Areas};

/// What a use case may fail with.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// Something named in this field of the input does not exist, or not for this actor.
    #[error("nothing visible is named by {0}")]
    NotFound(&'static str),
    #[error("refused at {1}: {0:?}")]
    Denied(Denial, &'static str),
    /// The caller looked at an older version; this is how it stands now. Nothing was done.
    #[error("version {} is not what was expected", case.version)]
    Conflict { case: Box<case_file::Model>, whistle: Option<Box<whistle::Model>> },
    /// The actor has used this idempotency key for something else.
    #[error("the idempotency key belongs to another request")]
    KeyReused,
    #[error("not signed in")]
    Anonymous,
    #[error(transparent)]
    Db(#[from] DbErr),
}

/// The registers 台账 that hold each case.
pub async fn registers_of(cx: &Cx, cases: &[CaseId]) -> Result<Vec<(CaseId, register::Model)>, DbErr> {
    store::registers_of(cx, cases).await
}

/// The clocks of cases that the actor may see, oldest first.
pub async fn clocks_of(cx: &Cx, cases: &[CaseId]) -> Result<Vec<case_clock::Model>, DbErr> {
    store::clocks_read(cx, cases).await
}

/// The whistles that escalated into these.
pub async fn escalated_into(cx: &Cx, whistles: &[WhistleId]) -> Result<Vec<whistle::Model>, DbErr> {
    store::escalated_into(cx, whistles).await
}

/// What stands for an area and all below it in a fact; none where no such area exists.
pub async fn maybe_areas(cx: &Cx, code: &str) -> Result<Option<Areas>, DbErr> {
    let mut found: HashMap<String, _> = crate::area::service::by_codes(cx, vec![code.to_owned()]).await?;
    let Some(area) = found.remove(code) else { return Ok(None) };
    let mut areas: HashSet<AreaId> = HashSet::from([area.id]);
    if area.level <= entity::AreaLevel::City {
        areas.extend(store::districts_below(cx, code).await?);
    }
    let grids = crate::grid::service::by_areas(cx, vec![area.id]).await?.into_values().map(|grid| grid.id).collect();
    Ok(Some(Areas { areas, grids }))
}
