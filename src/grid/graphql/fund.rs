//! `GridFund` with its ledger, and the roots that list and sum funds.

use std::collections::HashMap;

use async_graphql::{Context, ID, SimpleObject};
use entity::{GridFundEntryKind, GridFundId, Hundredths, Provenance, grid_fund, grid_fund_entry};

use super::{Grid, GridFilter, service};
use crate::{
    db::filter::Test,
    graphql::{
        context::cx,
        error::ApiError,
        filter::{DateFilter, EnumFilter, IdFilter, Lower, filters},
        id::global,
        page::OrderDirection,
        plan::{self, Listed},
        scalar::{AreaCode, Date, DateTime, Decimal},
    },
    grid::scope::{ENTRIES, FundEntries, FundEntryOrder, FundEntryWhere, FundOrder, FundWhere, GridFunds},
    object, orders,
    person::graphql::Person,
    query,
    record::{
        graphql::{RecordChange, RecordChangeFilter, RecordChangeOrderField},
        scope::OF_RECORD,
    },
};

/// What was granted and spent.
type Sums = (Hundredths, Hundredths);

impl GridFund {
    async fn sums(&self, ctx: &Context<'_>) -> Result<Sums, ApiError> {
        Ok(plan::get::<Self, Option<Sums>>(ctx, &self.0).await?.unwrap_or_default())
    }
}

object! {
    /// The working fund of a grid for a year 网格工作经费, in yuan. The workers of the grid see it, and the officials of its areas.
    GridFund: grid_fund::Model {
        /// The global id 全局标识.
        pub id: ID = |row| global(row.id),
        /// For which year 年度.
        year: i32 = |row| row.year,
        /// What is granted at most 预算.
        budget: Decimal = |row| Decimal(row.budget),
        /// When it was closed: nothing more is entered; null while it is open 关账日.
        closed_on: Option<Date> = |row| row.ended_on.map(Date),
        /// Where the record comes from 数据来源.
        provenance: Provenance = |row| row.provenance,
        /// Rises by one with each change and each entry 版本.
        version: i32 = |row| row.version,
    }
    resolvers {
        /// What was granted 已拨付.
        async fn granted(&self, ctx: &Context<'_>) -> Result<Decimal, ApiError> {
            Ok(Decimal(self.sums(ctx).await?.0))
        }

        /// What was spent, less what came back 已支出.
        async fn spent(&self, ctx: &Context<'_>) -> Result<Decimal, ApiError> {
            Ok(Decimal(self.sums(ctx).await?.1))
        }

        /// What was granted and is not spent; never below zero 余额.
        async fn balance(&self, ctx: &Context<'_>) -> Result<Decimal, ApiError> {
            let (granted, spent) = self.sums(ctx).await?;
            Ok(Decimal(Hundredths(granted.0 - spent.0)))
        }
    }
    relations {
        /// Whose it is 网格.
        grid: Grid = |fund| Some(fund.grid_id),
    }
    lists {
        /// The ledger, in the order in which it was written 流水.
        entries: GridFundEntry(GridFundEntryFilter, GridFundEntryOrderField) = |fund| fund.id, ENTRIES,
        /// What was done to it, by whom and when; for officials 变更记录.
        changes: RecordChange(RecordChangeFilter, RecordChangeOrderField) = |fund| fund.id.0, OF_RECORD,
    }
    fill |cx, rows, selection| {
        if ["granted", "spent", "balance"].iter().any(|field| selection.has(field)) {
            let ids = plan::distinct(rows.iter().map(|rec| rec.row.id));
            let sums: HashMap<GridFundId, Sums> = service::sums(cx, &ids).await?;
            for field in ["granted", "spent", "balance"] {
                plan::value(rows, selection, field, |fund| fund.id, &sums);
            }
        }
    }
}

impl Listed for GridFund {
    type Noun = GridFunds;
    type Filter = GridFundFilter;
    type Order = GridFundOrderField;

    const ORDER: (GridFundOrderField, OrderDirection) = (GridFundOrderField::Year, OrderDirection::Desc);
}

filters! {
    /// Which funds 工作经费筛选; all that is given must hold.
    GridFundFilter => FundWhere {
        /// By id 标识.
        id: IdFilter => id::<GridFundId>(FundWhere::Id),
        /// Of grids in the subtree of this area 所在区划 (含下级).
        area: AreaCode => within(FundWhere::Within),
        /// Of this year 年度.
        year: i32 => fact(|year| FundWhere::Year(Test::Eq(year.into()))),
        /// By the grid, one that has ended too 网格.
        grid: GridFilter => related(FundWhere::Grid),
        /// Whether it is closed 是否关账.
        closed: bool => fact(FundWhere::Closed),
    }
}

orders! {
    /// What funds are ordered by 工作经费排序字段.
    GridFundOrderField("GridFundOrder") => FundOrder {
        /// By year 年度.
        Year,
    }
}

object! {
    /// An entry in the ledger of a fund 经费流水. It is never changed: what was wrong is taken back by an entry of kind `CORRECTION`.
    GridFundEntry: grid_fund_entry::Model {
        /// The global id 全局标识.
        pub id: ID = |row| global(row.id),
        /// Its number in the fund: 1, 2, 3 … 序号.
        number: i32 = |row| row.seq,
        /// What it is 类型.
        kind: GridFundEntryKind = |row| row.kind,
        /// The amount, above zero; of a correction that of the entry it takes back 金额.
        amount: Decimal = |row| Decimal(row.amount),
        /// By how much the balance is more, or less 余额变动.
        effect: Decimal = |row| Decimal(Hundredths(row.granted.0 - row.spent.0)),
        /// The day of the grant or the purchase 发生日期.
        day: Date = |row| Date(row.day),
        /// What for 用途.
        purpose: &str = |row| &row.purpose,
        /// The number of the receipt; null where there is none 票据号.
        receipt_number: Option<&str> = |row| row.receipt.as_deref(),
        /// When it was entered 录入时间.
        entered_at: DateTime = |row| row.entered_at.into(),
    }
    relations {
        /// Who entered it; null where you may not see the person, and for what was not entered through this API 录入人.
        entered_by: Person = |entry| entry.entered_by,
        /// The entry that it takes back; null unless it is a correction 被冲销的流水.
        corrects: Self = |entry| entry.corrects_id,
    }
}

impl Listed for GridFundEntry {
    type Noun = FundEntries;
    type Filter = GridFundEntryFilter;
    type Order = GridFundEntryOrderField;

    const ORDER: (GridFundEntryOrderField, OrderDirection) = (GridFundEntryOrderField::Number, OrderDirection::Asc);
}

filters! {
    /// Which entries 经费流水筛选; all that is given must hold.
    GridFundEntryFilter => FundEntryWhere {
        /// By kind 类型.
        kind: EnumFilter<GridFundEntryKind> => test(FundEntryWhere::Kind),
        /// By day 发生日期.
        day: DateFilter => test(FundEntryWhere::Day),
    }
}

orders! {
    /// What entries are ordered by 经费流水排序字段.
    GridFundEntryOrderField("GridFundEntryOrder") => FundEntryOrder {
        /// By their numbers 序号.
        Number,
    }
}

/// What funds come to, in yuan 工作经费合计.
#[derive(Clone, Debug, SimpleObject)]
pub struct GridFundTotals {
    /// How many funds 笔数.
    funds: i64,
    /// Their budgets 预算.
    budget: Decimal,
    /// What was granted 已拨付.
    granted: Decimal,
    /// What was spent, less what came back 已支出.
    spent: Decimal,
    /// What was granted and is not spent 余额.
    balance: Decimal,
}

query! {
    GridFundQuery {
        /// What the funds that you may see and that pass the filter come to; read at once, however many they are 工作经费合计.
        async fn grid_fund_totals(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "Which funds; all that you may see when left out 筛选")] filter: Option<GridFundFilter>,
        ) -> Result<GridFundTotals, ApiError> {
            let cx = cx(ctx)?;
            let filter = filter.map(|filter| filter.lower(cx)).transpose()?.unwrap_or_default();
            let totals = service::totals(cx, &filter).await?;
            Ok(GridFundTotals {
                funds: totals.funds,
                budget: Decimal(totals.budget),
                granted: Decimal(totals.granted),
                spent: Decimal(totals.spent),
                balance: Decimal(Hundredths(totals.granted.0 - totals.spent.0)),
            })
        }
    }
    lists {
        /// The working funds of grids, the latest year first; for the workers of the grid and the officials of its areas 网格工作经费.
        grid_funds: GridFund(GridFundFilter, GridFundOrderField),
    }
}
