//! Money in cases: how the inputs state it, and what it comes to; and at which level cases were settled.

use std::collections::HashMap;

use async_graphql::{Context, SimpleObject};
use entity::{HandlingLevel, Hundredths};

use super::{case::CaseFilter, inputs::Decoded, level::names_for};
use crate::{
    case::service,
    graphql::{context::cx, coverage::Coverage, error::ApiError, filter::Lower, input::within, plan::Selection, scalar::Decimal},
};

/// A hundred million yuan.
const MOST_MONEY: Hundredths = Hundredths(10_000_000_000);

/// Money, where any is stated: from a fen on.
pub(super) fn money(amount: Option<Decimal>, field: &str) -> Decoded<Option<Hundredths>> {
    amount.map(|amount| within(amount.0, field, Hundredths(1), MOST_MONEY)).transpose()
}

/// What cases come to, in yuan, and where they were settled 案件结果合计.
#[derive(Clone, Debug, SimpleObject)]
pub struct CaseOutcomes {
    /// How many cases, with or without money 件数.
    cases: i64,
    /// What was recovered or refunded for residents 追回、退还金额合计.
    recovered: Decimal,
    /// What was paid for the remedies 支付金额合计.
    paid: Decimal,
    /// The share settled at each level, the lowest first 各层级办结占比 (小事不出小区、大事不出社区、难事不出街道).
    settled: Vec<SettledShare>,
}

/// How many cases were settled at one level, of those that were settled 某层级办结占比.
#[derive(Clone, Debug, SimpleObject)]
pub struct SettledShare {
    /// The level they stood at when they were resolved 办结层级.
    level: HandlingLevel,
    /// What it is called: by the district where the filter names one area, and that lies in one district; else the general word, in the language of
    /// `Accept-Language` 层级名称.
    name: String,
    /// Settled there, of all that were settled and not opened again 办结件数、总办结件数及占比.
    share: Coverage,
    /// Settled there or below, as in “not out of the subdistrict” 不出本层级的占比.
    up_to: Coverage,
}

pub(super) async fn outcomes(ctx: &Context<'_>, filter: Option<CaseFilter>) -> Result<CaseOutcomes, ApiError> {
    let cx = cx(ctx)?;
    let filter = filter.map(|filter| filter.lower(cx)).transpose()?.unwrap_or_default();
    let service::Outcomes { cases, recovered, paid, settled } = service::outcomes(cx, &filter).await?;
    let named = Selection::of(&ctx.field()).under("settled").has("name");
    let mut names = if named { names_for(cx, &filter).await? } else { HashMap::new() };
    let today = cx.clock.today();
    let all: i64 = settled.values().sum();
    let of_all = |count: i64| Coverage::of(count.unsigned_abs(), all.unsigned_abs(), today);
    let mut below = 0;
    let shares = HandlingLevel::ALL.iter().copied().map(|level| {
        let here = settled.get(&level).copied().unwrap_or_default();
        below += here;
        SettledShare { level, name: names.remove(&level).unwrap_or_default(), share: of_all(here), up_to: of_all(below) }
    });
    Ok(CaseOutcomes { cases, settled: shares.collect(), recovered: Decimal(recovered), paid: Decimal(paid) })
}
