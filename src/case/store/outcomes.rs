//! What cases recovered and cost, and at which level they were settled.

use entity::{HandlingLevel, case_file};
use sea_orm::{ColumnTrait, DbErr, ExprTrait, QueryFilter, QuerySelect, sea_query::Alias};

use crate::{
    app::Cx,
    case::scope::{CaseWhere, Cases},
    db::{
        filter::Filter,
        noun::{Noun, visible},
    },
};

/// (level, cases, recovered, paid) of the cases that pass and that the actor sees, by the level at which they were settled.
pub(in crate::case) async fn outcomes(
    cx: &Cx,
    filter: &Filter<CaseWhere>,
) -> Result<Vec<(Option<HandlingLevel>, i64, Option<i64>, Option<i64>)>, DbErr> {
    use case_file::Column as C;
    // PostgreSQL's sum of big numbers is a decimal
    let sum = |column: C| column.sum().cast_as(Alias::new("bigint"));
    visible::<Cases>(&cx.actor)
        .filter(filter.condition(Cases::matching))
        .select_only()
        .column(C::SettledLevel)
        .column_as(C::Id.count(), "cases")
        .column_as(sum(C::Recovered), "recovered")
        .column_as(sum(C::Paid), "paid")
        .group_by(C::SettledLevel)
        .into_tuple()
        .all(cx.read())
        .await
}
