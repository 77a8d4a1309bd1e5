//! From the event log to deliveries.

use std::{collections::HashSet, sync::Arc};

use entity::{AreaId, CaseEventKind, CaseId, GridId, webhook};
use futures_util::future::BoxFuture;

use super::draft;
use crate::{
    app::App,
    db::{DatabaseTransaction, DbErr},
    event::Logged,
    job::Consumer,
    webhook::{model, store},
};

pub static CONSUMER: Consumer = Consumer { name: "webhooks", make, made: |app| app.outgoing.notify_one() };

fn make<'t>(app: &'t App, tx: &'t DatabaseTransaction, facts: &'t [Arc<Logged>]) -> BoxFuture<'t, Result<(), DbErr>> {
    Box::pin(async move {
        let webhooks = store::active(tx).await?;
        if webhooks.is_empty() {
            return Ok(());
        }
        let grids: HashSet<GridId> = facts.iter().filter_map(|logged| logged.fact.grid_id).collect();
        let grids = store::areas_of_grids(tx, grids.into_iter().collect()).await?;
        let of_facts = facts.iter().flat_map(|logged| logged.fact.areas.iter().copied());
        let areas: HashSet<AreaId> = of_facts.chain(grids.values().copied()).chain(webhooks.iter().map(|hook| hook.area_id)).collect();
        let paths = store::paths(tx, areas.into_iter().collect()).await?;
        let cases: HashSet<CaseId> = facts.iter().map(|logged| logged.fact.case_id).collect();
        let numbers = store::numbers(tx, cases.into_iter().collect()).await?;
        let hooks: Vec<Hook<'_>> = webhooks.iter().filter_map(|row| Hook::of(row, paths.get(&row.area_id)?)).collect();
        let now = app.clock.now();
        let mut rows = Vec::new();
        for logged in facts {
            let (seq, fact) = (logged.seq, &logged.fact);
            let grid = fact.grid_id.and_then(|grid| grids.get(&grid)).into_iter();
            let lies_in: Vec<&str> = fact.areas.iter().chain(grid).filter_map(|area| paths.get(area)).map(String::as_str).collect();
            let Some(number) = numbers.get(&fact.case_id) else { continue };
            for hook in hooks.iter().filter(|hook| hook.row.since < seq && hook.wants(fact.kind, &lies_in)) {
                let body = model::body(logged, number, &app.log.cursor(seq));
                let mut row = draft(app.clock.new_id(), hook.row.id, body, now, None);
                (row.seq, row.event) = (Some(seq), Some(fact.kind));
                rows.push(row);
            }
        }
        store::insert_deliveries(tx, &rows).await
    })
}

struct Hook<'h> {
    row: &'h webhook::Model,
    path: &'h str,
    kinds: Option<Vec<CaseEventKind>>,
}

impl<'h> Hook<'h> {
    fn of(row: &'h webhook::Model, path: &'h str) -> Option<Self> {
        Some(Self { row, path, kinds: model::kinds_of(row.kinds.as_deref()) })
    }

    /// `paths` are those of all areas that the case lies in.
    fn wants(&self, kind: CaseEventKind, paths: &[&str]) -> bool {
        self.kinds.as_ref().is_none_or(|kinds| kinds.contains(&kind)) && paths.iter().any(|path| path.starts_with(self.path))
    }
}
