//! The use cases: authorize, load, decide, save. Each is one transaction: row, timeline, facts.

mod clocks;
pub mod deadlines;
mod erase;
mod evidence;
mod file;
mod integrity;
mod moves;
mod once;
mod pacing;
mod paths;
mod people;
mod place;
mod policies;
mod progress;
pub mod register_cases;
pub mod registers;
mod relocate;
mod report;
mod respondent;
mod whistles;
mod words;

use std::collections::{HashMap, HashSet};

use entity::{AreaId, AreaLevel, CaseId, HandlingLevel, Hundredths, WhistleId, case_clock, case_file, register, whistle};

pub use self::{
    erase::{EraseError, Erased, erase, erase_reporter},
    evidence::EVIDENCE,
    integrity::{Finding, Tally, integrity, verify},
    moves::{CaseChange, change, merge},
    once::{Done, RequestKey, Terms, forget_old, keep_made, maybe_first},
    pacing::rule_on_extension,
    paths::{NewPath, PathError, end_path, set_path},
    people::{Party, entered_as, parties},
    place::Named,
    policies::{NewPolicy, PolicyError, PolicySet, end_policy, policies_by_id, set_policy},
    progress::{PathStep, passing_on, progress},
    relocate::relocate,
    report::{NewCase, Place, Reporter, report},
    respondent::Respondent,
    whistles::{Call, WhistleMove, move_whistle, raise},
    words::{Lies, NewWord, OwnWords, district_of, name_word, own_words, unname_word},
};
pub use super::store::Affected;
use super::{model::Denial, scope::CaseWhere, store};
use crate::{
    app::Cx,
    db::{DbErr, filter::Filter},
    event::Areas,
};

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

/// What cases come to.
#[derive(Clone, Debug, Default)]
pub struct Outcomes {
    pub cases: i64,
    pub recovered: Hundredths,
    pub paid: Hundredths,
    /// How many were settled at each level.
    pub settled: HashMap<HandlingLevel, i64>,
}

/// Of the cases that pass and that the actor sees. One statement.
pub async fn outcomes(cx: &Cx, filter: &Filter<CaseWhere>) -> Result<Outcomes, DbErr> {
    let mut all = Outcomes::default();
    for (level, cases, recovered, paid) in store::outcomes(cx, filter).await? {
        all.cases += cases;
        all.recovered.0 += recovered.unwrap_or_default();
        all.paid.0 += paid.unwrap_or_default();
        if let Some(level) = level {
            all.settled.insert(level, cases);
        }
    }
    Ok(all)
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
    areas.extend(store::merged_into(cx, area.id).await?);
    // a case names the areas from its district to its community, and the one it lies in
    let below = match area.level {
        level if level <= AreaLevel::City => Some([AreaLevel::City, AreaLevel::District]),
        AreaLevel::Grid => Some([AreaLevel::Grid, AreaLevel::MicroGrid]),
        _ => None,
    };
    if let Some(levels) = below {
        areas.extend(store::areas_below(cx, code, levels).await?);
    }
    let grids = crate::grid::service::by_areas(cx, areas.iter().copied().collect()).await?.into_values().map(|grid| grid.id).collect();
    Ok(Some(Areas { areas, grids }))
}
