//! Money in cases: how the inputs state it, and what it comes to.

use async_graphql::{Context, SimpleObject};
use entity::Hundredths;

use super::{case::CaseFilter, inputs::Decoded};
use crate::{
    case::service,
    graphql::{context::cx, error::ApiError, filter::Lower, input::within, scalar::Decimal},
};

/// A hundred million yuan.
const MOST_MONEY: Hundredths = Hundredths(10_000_000_000);

/// Money, where any is stated: from a fen on.
pub(super) fn money(amount: Option<Decimal>, field: &str) -> Decoded<Option<Hundredths>> {
    amount.map(|amount| within(amount.0, field, Hundredths(1), MOST_MONEY)).transpose()
}

/// What cases come to, in yuan 案件资金合计.
#[derive(Clone, Debug, SimpleObject)]
pub struct CaseOutcomes {
    /// How many cases, with or without money 件数.
    cases: i64,
    /// What was recovered or refunded for residents 追回、退还金额合计.
    recovered: Decimal,
    /// What was paid for the remedies 支付金额合计.
    paid: Decimal,
}

pub(super) async fn outcomes(ctx: &Context<'_>, filter: Option<CaseFilter>) -> Result<CaseOutcomes, ApiError> {
    let cx = cx(ctx)?;
    let filter = filter.map(|filter| filter.lower(cx)).transpose()?.unwrap_or_default();
    let outcomes = service::outcomes(cx, &filter).await?;
    Ok(CaseOutcomes { cases: outcomes.cases, recovered: Decimal(outcomes.recovered), paid: Decimal(outcomes.paid) })
}
