//! What cases recovered and cost.

use entity::case_file;
use sea_orm::{ColumnTrait, DbErr, ExprTrait, QueryFilter, QuerySelect, sea_query::Alias};

use crate::{
    app::Cx,
    case::scope::{CaseWhere, Cases},
    db::{
        filter::Filter,
        noun::{Noun, visible},
    },
};

/// (cases, recovered, paid) of the cases that pass and that the actor sees.
pub(in crate::case) async fn outcomes(cx: &Cx, filter: &Filter<CaseWhere>) -> Result<(i64, i64, i64), DbErr> {
    use case_file::Column as C;
    // PostgreSQL's sum of big numbers is a decimal
    let sum = |column: C| column.sum().cast_as(Alias::new("bigint"));
    let row: Option<(i64, Option<i64>, Option<i64>)> = visible::<Cases>(&cx.actor)
        .filter(filter.condition(Cases::matching))
        .select_only()
        .column_as(C::Id.count(), "cases")
        .column_as(sum(C::Recovered), "recovered")
        .column_as(sum(C::Paid), "paid")
        .into_tuple()
        .one(cx.read())
        .await?;
    let (cases, recovered, paid) = row.unwrap_or_default();
    Ok((cases, recovered.unwrap_or_default(), paid.unwrap_or_default()))
}
