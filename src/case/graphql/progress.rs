//! How far a case has come on its path.

use std::collections::HashMap;

use async_graphql::SimpleObject;
use entity::{CaseId, HandlerKind, PathStepState, case_file};
use uuid::Uuid;

use super::handler::{Handler, handlers};
use crate::{
    app::Cx,
    case::service,
    graphql::{
        error::ApiError,
        plan::{self, Rec, Selection},
    },
};

/// A step of the path that a case goes 处置路径环节.
#[derive(Clone, SimpleObject)]
pub struct CasePathStep {
    /// Whose turn it is 处置主体类型.
    pub kind: HandlerKind,
    /// The unit that has the case, that was called last, or that would be called; null where it is passed over, and for what you may not see 处置主体.
    pub handler: Option<Handler>,
    /// How it stands to the case 状态.
    pub state: PathStepState,
}

/// In a constant number of statements, whatever the number of cases.
pub(super) async fn fill_path(cx: &Cx, rows: &mut [Rec<case_file::Model>], selection: &Selection<'_>) -> Result<(), ApiError> {
    if !selection.has("path") {
        return Ok(());
    }
    let progress = service::progress(cx, &rows.iter().map(|r| &r.row).collect::<Vec<_>>()).await?;
    let steps = selection.under("path");
    let mut found: HashMap<Uuid, Handler> = HashMap::new();
    if steps.has("handler") {
        let units: Vec<(HandlerKind, Uuid)> = progress.values().flatten().filter_map(|step| Some((step.kind, step.unit?))).collect();
        found = handlers(cx, units.into_iter(), &steps.under("handler")).await?;
    }
    let mut paths: HashMap<CaseId, Vec<CasePathStep>> = HashMap::with_capacity(progress.len());
    for (case, steps) in progress {
        let step = |step: service::PathStep| {
            let handler = step.unit.and_then(|unit| found.get(&unit).cloned());
            CasePathStep { kind: step.kind, handler, state: step.state }
        };
        paths.insert(case, steps.into_iter().map(step).collect());
    }
    plan::value(rows, selection, "path", |case| case.id, &paths);
    Ok(())
}
