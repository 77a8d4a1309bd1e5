//! The mutations of grids and their funds.

use async_graphql::{Context, ID, InputObject, Object};
use chrono::NaiveDate;
use entity::{BuildingId, GridFundEntryId, GridFundEntryKind, GridFundId, GridId, Hundredths, PersonId};

use super::{Grid, GridFund};
use crate::{
    area::graphql::Area,
    case::service::Terms,
    graphql::{
        context::signed_in,
        error::{ApiError, Refusal, UserErrorCode},
        id::{self, GlobalId},
        input::{TEXT, TITLE, maybe_text, text},
        payload::answer,
        scalar::{AreaCode, Date, Decimal},
    },
    grid::service::{self, GridChange, NewEntry, NewGrid, Redrawn, Regrid},
    payloads,
    record::graphql::{settled, terms},
};

/// Buildings that one call names at most, and grids.
const MOST_BUILDINGS: usize = 500;
const MOST_GRIDS: usize = 100;
/// Fen: a hundred million yuan.
const MOST_MONEY: i64 = 10_000_000_000;

/// A new grid 设立网格.
#[derive(Clone, Debug, InputObject)]
pub struct CreateGridInput {
    /// The community it lies in; of a micro-grid the grid 所在区划代码.
    pub area_code: AreaCode,
    /// Its code: that of the community and three digits more, of a micro-grid that of the grid and three more. A micro-grid that has an area already is given its unit 网格代码.
    pub code: AreaCode,
    /// Its name, at most 100 characters 名称.
    pub name: String,
    /// Whether it is a full-function grid; not when left out 是否全科网格.
    pub full_function: Option<bool>,
    /// The buildings that it covers from then on, of its community; at most 500 覆盖楼栋.
    pub building_ids: Option<Vec<ID>>,
    /// Its first day, not after today; today when left out 生效日.
    pub on: Option<Date>,
    /// A name of your own for this call: a retry under the same key is answered with the same grid 幂等键.
    pub idempotency_key: Option<String>,
}

/// A grid by another name, or of another kind 修改网格.
#[derive(Clone, Debug, InputObject)]
pub struct UpdateGridInput {
    /// The grid 网格.
    pub grid_id: ID,
    /// Its name from then on, at most 100 characters; its area is renamed with it and keeps the former name. As it is when left out 新名称.
    pub name: Option<String>,
    /// Whether it is a full-function grid; as it is when left out 是否全科网格.
    pub full_function: Option<bool>,
    /// The first day of the new name, not after today; today when left out 生效日.
    pub on: Option<Date>,
    /// Why, in words, at most 4,000 characters 理由.
    pub reason: Option<String>,
    /// The version you looked at; where it is another now, nothing is done and the answer is `CONFLICT` 所见版本.
    pub expected_version: Option<i32>,
    /// A name of your own for this call: a retry under the same key is answered with the same grid 幂等键.
    pub idempotency_key: Option<String>,
}

/// Giving buildings to a grid 楼栋划入网格.
#[derive(Clone, Debug, InputObject)]
pub struct AssignBuildingsToGridInput {
    /// The grid 网格.
    pub grid_id: ID,
    /// Buildings of its community, at most 500 楼栋.
    pub building_ids: Vec<ID>,
    /// The first day on which it covers them, not after today; today when left out 生效日.
    pub on: Option<Date>,
    /// Why, in words, at most 4,000 characters 理由.
    pub reason: Option<String>,
    /// The version you looked at; where it is another now, nothing is done and the answer is `CONFLICT` 所见版本.
    pub expected_version: Option<i32>,
    /// A name of your own for this call: a retry under the same key is answered with the same grid 幂等键.
    pub idempotency_key: Option<String>,
}

/// Ending a grid that covers nothing any more 撤销网格.
#[derive(Clone, Debug, InputObject)]
pub struct EndGridInput {
    /// The grid 网格.
    pub grid_id: ID,
    /// The first day on which it is no more, not after today; today when left out 生效日.
    pub on: Option<Date>,
    /// Why, in words, at most 4,000 characters 理由.
    pub reason: String,
    /// The version you looked at; where it is another now, nothing is done and the answer is `CONFLICT` 所见版本.
    pub expected_version: Option<i32>,
    /// A name of your own for this call: a retry under the same key is answered with the same grid 幂等键.
    pub idempotency_key: Option<String>,
}

/// A grid as it is drawn 重划后的网格.
#[derive(Clone, Debug, InputObject)]
pub struct RedrawnGridInput {
    /// Its code, which no grid has had: that of the community and three digits more 网格代码.
    pub code: AreaCode,
    /// Its name, at most 100 characters 名称.
    pub name: String,
    /// Whether it is a full-function grid; not when left out 是否全科网格.
    pub full_function: Option<bool>,
    /// The buildings that it covers, of the community; at most 500 覆盖楼栋.
    pub building_ids: Vec<ID>,
    /// Who works in it from then on: workers of the grids that end 网格员.
    pub worker_ids: Option<Vec<ID>>,
}

/// Drawing the grids of a community anew 重划网格.
#[derive(Clone, Debug, InputObject)]
pub struct RegridCommunityInput {
    /// The community 社区代码.
    pub area_code: AreaCode,
    /// The grids as they are to be, at most 100. Each building that a grid of the community covers is covered by one of them 重划后的网格.
    pub grids: Vec<RedrawnGridInput>,
    /// The first day of the new grids, not after today; today when left out 生效日.
    pub on: Option<Date>,
    /// The decree or document that says so, at most 100 characters 文件依据.
    pub document: Option<String>,
    /// Why, in words, at most 4,000 characters 理由.
    pub reason: String,
    /// The version you looked at; where it is another now, nothing is done and the answer is `CONFLICT` 所见版本.
    pub expected_version: Option<i32>,
    /// A name of your own for this call: a retry under the same key is answered with the same community 幂等键.
    pub idempotency_key: Option<String>,
}

/// Opening the fund of a grid for a year 建立工作经费.
#[derive(Clone, Debug, InputObject)]
pub struct OpenGridFundInput {
    /// The grid 网格.
    pub grid_id: ID,
    /// The year, for which the grid has no fund yet: from 2000 to the next 年度.
    pub year: i32,
    /// What is granted at most, in yuan 预算.
    pub budget: Decimal,
    /// A name of your own for this call: a retry under the same key is answered with the same fund 幂等键.
    pub idempotency_key: Option<String>,
}

/// An entry for the ledger of a fund 登记经费流水.
#[derive(Clone, Debug, InputObject)]
pub struct AddGridFundEntryInput {
    /// The fund 工作经费.
    pub fund_id: ID,
    /// What it is 类型.
    pub kind: GridFundEntryKind,
    /// How much, in yuan, above zero; left out of a correction, which takes back the whole of an entry 金额.
    pub amount: Option<Decimal>,
    /// The day of the grant or the purchase, in the year of the fund and not after today; today when left out 发生日期.
    pub day: Option<Date>,
    /// What for, or what was wrong, at most 4,000 characters 用途.
    pub purpose: String,
    /// The number of the receipt, at most 100 characters 票据号.
    pub receipt_number: Option<String>,
    /// The entry that a correction takes back 被冲销的流水.
    pub corrects_id: Option<ID>,
    /// The version you looked at; where it is another now, nothing is done and the answer is `CONFLICT` 所见版本.
    pub expected_version: Option<i32>,
    /// A name of your own for this call: a retry under the same key is answered with the same fund 幂等键.
    pub idempotency_key: Option<String>,
}

/// Closing a fund 工作经费关账.
#[derive(Clone, Debug, InputObject)]
pub struct CloseGridFundInput {
    /// The fund 工作经费.
    pub fund_id: ID,
    /// A note, at most 4,000 characters 说明.
    pub note: Option<String>,
    /// The version you looked at; where it is another now, nothing is done and the answer is `CONFLICT` 所见版本.
    pub expected_version: Option<i32>,
    /// A name of your own for this call: a retry under the same key is answered with the same fund 幂等键.
    pub idempotency_key: Option<String>,
}

payloads! {
    /// The new grid 设立结果.
    CreateGridPayload {
        /// The grid; null where nothing was changed 网格.
        grid: Grid,
    }
    /// The changed grid 修改结果.
    UpdateGridPayload {
        /// The grid; null where nothing was changed, but on `CONFLICT` as it stands now 网格.
        grid: Grid,
    }
    /// The grid with its buildings 划入结果.
    AssignBuildingsToGridPayload {
        /// The grid; null where nothing was changed, but on `CONFLICT` as it stands now 网格.
        grid: Grid,
    }
    /// The grid that ended 撤销结果.
    EndGridPayload {
        /// The grid; null where nothing was changed, but on `CONFLICT` as it stands now 网格.
        grid: Grid,
    }
    /// The community with its new grids 重划结果.
    RegridCommunityPayload {
        /// The community; `children` are its grids. Null where nothing was changed, but on `CONFLICT` as it stands now 社区.
        area: Area,
    }
    /// The new fund 建立结果.
    OpenGridFundPayload {
        /// The fund; null where nothing was changed 工作经费.
        fund: GridFund,
    }
    /// The fund with its new entry 登记结果.
    AddGridFundEntryPayload {
        /// The fund, of whose `entries` the last is the new one; null where nothing was changed, but on `CONFLICT` as it stands now 工作经费.
        fund: GridFund,
    }
    /// The closed fund 关账结果.
    CloseGridFundPayload {
        /// The fund; null where nothing was changed, but on `CONFLICT` as it stands now 工作经费.
        fund: GridFund,
    }
}

fn day(on: Option<Date>) -> Option<NaiveDate> {
    on.map(|day| day.0)
}

/// Ids of one type, `field.0`, `field.1` …
fn ids<T: TryFrom<GlobalId>>(ids: &[ID], field: &str, most: usize) -> Result<Vec<T>, Refusal> {
    at_most(ids.len(), field, most)?;
    ids.iter().enumerate().map(|(at, id)| id::required(id, &format!("{field}.{at}"))).collect()
}

fn at_most(count: usize, field: &str, most: usize) -> Result<(), Refusal> {
    if count <= most {
        return Ok(());
    }
    Err(Refusal::new(UserErrorCode::OutOfRange, "out-of-range", field).with("low", 0).with("high", most))
}

/// Money, from this many fen on.
fn money(amount: Decimal, field: &str, low: i64) -> Result<Hundredths, Refusal> {
    if (low..=MOST_MONEY).contains(&amount.0.0) {
        return Ok(amount.0);
    }
    let bounds = (Hundredths(low).to_string(), Hundredths(MOST_MONEY).to_string());
    Err(Refusal::new(UserErrorCode::OutOfRange, "out-of-range", field).with("low", bounds.0).with("high", bounds.1))
}

impl CreateGridInput {
    fn decode(self) -> Result<(Terms, NewGrid), Refusal> {
        let terms = terms!(new self);
        let new = NewGrid {
            name: text(&self.name, "name", TITLE)?,
            buildings: ids::<BuildingId>(self.building_ids.as_deref().unwrap_or_default(), "buildingIds", MOST_BUILDINGS)?,
            parent: self.area_code.0,
            code: self.code.0,
            full_function: self.full_function.unwrap_or(false),
            on: day(self.on),
        };
        Ok((terms, new))
    }
}

impl RedrawnGridInput {
    fn decode(self, at: usize) -> Result<Redrawn, Refusal> {
        let field = |name: &str| format!("grids.{at}.{name}");
        Ok(Redrawn {
            name: text(&self.name, &field("name"), TITLE)?,
            buildings: ids::<BuildingId>(&self.building_ids, &field("buildingIds"), MOST_BUILDINGS)?,
            workers: ids::<PersonId>(self.worker_ids.as_deref().unwrap_or_default(), &field("workerIds"), MOST_BUILDINGS)?,
            code: self.code.0,
            full_function: self.full_function.unwrap_or(false),
        })
    }
}

impl RegridCommunityInput {
    fn decode(self) -> Result<(Terms, Regrid), Refusal> {
        at_most(self.grids.len(), "grids", MOST_GRIDS)?;
        let terms = terms!(self);
        let new = Regrid {
            document: maybe_text(self.document.as_deref(), "document", TITLE)?,
            reason: text(&self.reason, "reason", TEXT)?,
            community: self.area_code.0,
            grids: self.grids.into_iter().enumerate().map(|(at, grid)| grid.decode(at)).collect::<Result<_, _>>()?,
            on: day(self.on),
        };
        Ok((terms, new))
    }
}

impl AddGridFundEntryInput {
    fn decode(self) -> Result<(Terms, GridFundId, NewEntry), Refusal> {
        let new = NewEntry {
            kind: self.kind,
            amount: self.amount.map(|amount| money(amount, "amount", 1)).transpose()?,
            day: day(self.day),
            purpose: text(&self.purpose, "purpose", TEXT)?,
            receipt: maybe_text(self.receipt_number.as_deref(), "receiptNumber", TITLE)?,
            corrects: self.corrects_id.as_ref().map(|id| id::required::<GridFundEntryId>(id, "correctsId")).transpose()?,
        };
        Ok((terms!(self), id::required(&self.fund_id, "fundId")?, new))
    }
}

#[derive(Default)]
pub struct GridMutation;

#[Object]
impl GridMutation {
    /// Sets up a grid or a micro-grid with its area 设立网格, by an officer of the subdistrict or the district, or an administrator.
    async fn create_grid(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where, its code and its name 所在区划、代码及名称")] input: CreateGridInput,
    ) -> Option<Result<CreateGridPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let (grid, user_errors) = settled(input.decode(), |(terms, new)| service::create(cx, terms, new)).await?;
            Ok(CreateGridPayload { grid, user_errors })
        })
        .await
    }

    /// Changes a grid 修改网格, by those who may set one up there.
    async fn update_grid(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and what of it 网格及修改内容")] input: UpdateGridInput,
    ) -> Option<Result<UpdateGridPayload, ApiError>> {
        answer(async {
            let decoded = (|| {
                let change = GridChange {
                    name: input.name.as_deref().map(|name| text(name, "name", TITLE)).transpose()?,
                    full_function: input.full_function,
                    on: day(input.on),
                    reason: maybe_text(input.reason.as_deref(), "reason", TEXT)?,
                };
                Ok((terms!(input), id::required::<GridId>(&input.grid_id, "gridId")?, change))
            })();
            let cx = signed_in(ctx)?;
            let (grid, user_errors) = settled(decoded, |(terms, id, change)| service::update(cx, terms, id, change)).await?;
            Ok(UpdateGridPayload { grid, user_errors })
        })
        .await
    }

    /// Has a grid cover buildings 楼栋划入网格, by those who may set one up there. What covered them before keeps them in `formerBuildings`; their open cases go along.
    async fn assign_buildings_to_grid(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which buildings to which grid 楼栋及网格")] input: AssignBuildingsToGridInput,
    ) -> Option<Result<AssignBuildingsToGridPayload, ApiError>> {
        answer(async {
            let decoded = (|| {
                let buildings = ids::<BuildingId>(&input.building_ids, "buildingIds", MOST_BUILDINGS)?;
                let reason = maybe_text(input.reason.as_deref(), "reason", TEXT)?;
                Ok((terms!(input), id::required::<GridId>(&input.grid_id, "gridId")?, buildings, day(input.on), reason))
            })();
            let cx = signed_in(ctx)?;
            let run = |(terms, id, buildings, on, reason)| service::assign(cx, terms, id, buildings, on, reason);
            let (grid, user_errors) = settled(decoded, run).await?;
            Ok(AssignBuildingsToGridPayload { grid, user_errors })
        })
        .await
    }

    /// Ends a grid that covers no building and has no open case any more 撤销网格, by those who may set one up there. The posts in it end with it; it stays to be asked for.
    async fn end_grid(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and why 网格及理由")] input: EndGridInput,
    ) -> Option<Result<EndGridPayload, ApiError>> {
        answer(async {
            let decoded = (|| {
                let (terms, reason) = (terms!(input), text(&input.reason, "reason", TEXT)?);
                Ok((terms, id::required::<GridId>(&input.grid_id, "gridId")?, day(input.on), reason))
            })();
            let cx = signed_in(ctx)?;
            let (grid, user_errors) = settled(decoded, |(terms, id, on, reason)| service::end(cx, terms, id, on, reason)).await?;
            Ok(EndGridPayload { grid, user_errors })
        })
        .await
    }

    /// Draws the grids of a community anew 重划网格, by those who may set one up there: all that it has end, with their micro-grids and the posts in them, and new ones cover
    /// the buildings. Open cases go to the grid that has their building, or most of their complex or former grid, whistles that are out and all deadlines
    /// with them. What is closed stays with the former grids.
    async fn regrid_community(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which community, and its grids 社区及重划后的网格")] input: RegridCommunityInput,
    ) -> Option<Result<RegridCommunityPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let (area, user_errors) = settled(input.decode(), |(terms, new)| service::regrid(cx, terms, new)).await?;
            Ok(RegridCommunityPayload { area, user_errors })
        })
        .await
    }
}

#[derive(Default)]
pub struct GridFundMutation;

#[Object]
impl GridFundMutation {
    /// Opens the working fund of a grid for a year 建立工作经费, by an officer of the subdistrict or the district, or an administrator.
    async fn open_grid_fund(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "For which grid and year, and how much 网格、年度及预算")] input: OpenGridFundInput,
    ) -> Option<Result<OpenGridFundPayload, ApiError>> {
        answer(async {
            let decoded = (|| {
                let (terms, budget) = (terms!(new input), money(input.budget, "budget", 0)?);
                Ok((terms, id::required::<GridId>(&input.grid_id, "gridId")?, input.year, budget))
            })();
            let cx = signed_in(ctx)?;
            let run = |(terms, grid, year, budget)| service::open_fund(cx, terms, grid, year, budget);
            let (fund, user_errors) = settled(decoded, run).await?;
            Ok(OpenGridFundPayload { fund, user_errors })
        })
        .await
    }

    /// Enters a grant, an expense, a refund or a correction in the ledger of a fund 登记经费流水, by an officer of the community or higher up, or an administrator; a grant by
    /// those who may open a fund. Nothing is spent that was not granted, and nothing granted beyond the budget.
    async fn add_grid_fund_entry(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which fund, and what is entered 工作经费及流水")] input: AddGridFundEntryInput,
    ) -> Option<Result<AddGridFundEntryPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let (fund, user_errors) = settled(input.decode(), |(terms, id, new)| service::add_entry(cx, terms, id, new)).await?;
            Ok(AddGridFundEntryPayload { fund, user_errors })
        })
        .await
    }

    /// Closes a fund 工作经费关账, by those who may open one: nothing more is entered.
    async fn close_grid_fund(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which fund 工作经费")] input: CloseGridFundInput,
    ) -> Option<Result<CloseGridFundPayload, ApiError>> {
        answer(async {
            let decoded = (|| {
                let note = maybe_text(input.note.as_deref(), "note", TEXT)?;
                Ok((terms!(input), id::required::<GridFundId>(&input.fund_id, "fundId")?, note))
            })();
            let cx = signed_in(ctx)?;
            let (fund, user_errors) = settled(decoded, |(terms, id, note)| service::close_fund(cx, terms, id, note)).await?;
            Ok(CloseGridFundPayload { fund, user_errors })
        })
        .await
    }
}
