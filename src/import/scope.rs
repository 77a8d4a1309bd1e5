//! A job is seen by whoever started it and by the administrators of its area.

use entity::{ImportJobId, ImportProblemId, import_job, import_problem};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait};

use crate::{
    area::scope::within_any,
    auth::Actor,
    db::{
        filter::Test,
        never,
        noun::{Noun, OrderBy, Parent},
        page::Key,
    },
};

pub struct ImportJobs;

pub enum ImportJobWhere {
    Id(Test),
    Kind(Test),
    Status(Test),
    QueuedAt(Test),
}

#[derive(Clone, Copy)]
pub enum ImportJobOrder {
    QueuedAt,
}

impl Noun for ImportJobs {
    type Entity = import_job::Entity;
    type Model = import_job::Model;
    type Id = ImportJobId;
    type Where = ImportJobWhere;
    type Order = ImportJobOrder;

    const ID: import_job::Column = import_job::Column::Id;

    fn id(row: &import_job::Model) -> ImportJobId {
        row.id
    }

    fn visible_to(actor: &Actor) -> Condition {
        let Some(me) = actor.person else { return never() };
        let (mine, areas) = (import_job::Column::StartedBy.eq(me), actor.administers());
        let seen = Condition::any().add(mine);
        if areas.is_empty() { seen } else { seen.add(within_any(import_job::Column::AreaId, &areas)) }
    }

    fn matching(fact: &ImportJobWhere) -> Condition {
        match fact {
            ImportJobWhere::Id(test) => test.on(import_job::Column::Id),
            ImportJobWhere::Kind(test) => test.on(import_job::Column::Kind),
            ImportJobWhere::Status(test) => test.on(import_job::Column::Status),
            ImportJobWhere::QueuedAt(test) => test.on(import_job::Column::QueuedAt),
        }
    }

    fn order(order: ImportJobOrder) -> OrderBy<Self> {
        match order {
            ImportJobOrder::QueuedAt => OrderBy { column: import_job::Column::QueuedAt, key: |row| row.queued_at.into() },
        }
    }
}

pub struct ImportProblems;

pub enum ImportProblemWhere {
    Column(Test),
}

#[derive(Clone, Copy)]
pub enum ImportProblemOrder {
    Line,
}

pub const OF_JOB: Parent<ImportProblems, ImportJobId> = Parent::own(|| import_problem::Column::JobId.as_column_ref());

impl Noun for ImportProblems {
    type Entity = import_problem::Entity;
    type Model = import_problem::Model;
    type Id = ImportProblemId;
    type Where = ImportProblemWhere;
    type Order = ImportProblemOrder;

    const ID: import_problem::Column = import_problem::Column::Id;

    fn id(row: &import_problem::Model) -> ImportProblemId {
        row.id
    }

    fn visible_to(actor: &Actor) -> Condition {
        let jobs = import_job::Entity::find().select_only().column(import_job::Column::Id).filter(ImportJobs::visible_to(actor));
        Condition::all().add(import_problem::Column::JobId.in_subquery(jobs.into_query()))
    }

    fn matching(fact: &ImportProblemWhere) -> Condition {
        match fact {
            ImportProblemWhere::Column(test) => test.on(import_problem::Column::ColumnTitle),
        }
    }

    fn order(order: ImportProblemOrder) -> OrderBy<Self> {
        match order {
            ImportProblemOrder::Line => OrderBy { column: import_problem::Column::Line, key: |row| Key::Int(row.line.into()) },
        }
    }
}
