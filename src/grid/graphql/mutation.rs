//! The mutations of grids and their funds.

use async_graphql::{ID, InputObject};
use chrono::NaiveDate;
use entity::{BuildingId, GridFundEntryId, GridFundEntryKind, GridFundId, GridId, Hundredths, PersonId};

use super::{Grid, GridFund};
use crate::{
    area::graphql::Area,
    case::service::Terms,
    graphql::{
        error::{Refusal, UserErrorCode},
        id::{self, GlobalId},
        input::{TEXT, TITLE, maybe_text, text},
        scalar::{AreaCode, Date, Decimal},
    },
    grid::service::{self, GridChange, NewEntry, NewGrid, Redrawn, Regrid},
    record::graphql::{inputs, mutations},
};

/// Buildings that one call names at most, and grids.
const MOST_BUILDINGS: usize = 500;
const MOST_GRIDS: usize = 100;
/// Fen: a hundred million yuan.
const MOST_MONEY: i64 = 10_000_000_000;

inputs! {
    /// A new grid 设立网格.
    creates CreateGridInput {
        /// The community it lies in; of a micro-grid the grid 所在区划代码.
        area_code: AreaCode,
        /// Its code: that of the community and three digits more, of a micro-grid that of the grid and three more. A micro-grid that has an area already is given its unit 网格代码.
        code: AreaCode,
        /// Its name, at most 100 characters 名称.
        name: String,
        /// Whether it is a full-function grid; not when left out 是否全科网格.
        full_function: Option<bool>,
        /// The buildings that it covers from then on, of its community; at most 500 覆盖楼栋.
        building_ids: Option<Vec<ID>>,
        /// Its first day, not after today; today when left out 生效日.
        on: Option<Date>,
    }

    /// A grid by another name, or of another kind 修改网格.
    changes UpdateGridInput {
        /// The grid 网格.
        grid_id: ID,
        /// Its name from then on, at most 100 characters; its area is renamed with it and keeps the former name. As it is when left out 新名称.
        name: Option<String>,
        /// Whether it is a full-function grid; as it is when left out 是否全科网格.
        full_function: Option<bool>,
        /// The first day of the new name, not after today; today when left out 生效日.
        on: Option<Date>,
        /// Why, in words, at most 4,000 characters 理由.
        reason: Option<String>,
    }

    /// Giving buildings to a grid 楼栋划入网格.
    changes AssignBuildingsToGridInput {
        /// The grid 网格.
        grid_id: ID,
        /// Buildings of its community, at most 500 楼栋.
        building_ids: Vec<ID>,
        /// The first day on which it covers them, not after today; today when left out 生效日.
        on: Option<Date>,
        /// Why, in words, at most 4,000 characters 理由.
        reason: Option<String>,
    }

    /// Ending a grid that covers nothing any more 撤销网格.
    changes EndGridInput {
        /// The grid 网格.
        grid_id: ID,
        /// The first day on which it is no more, not after today; today when left out 生效日.
        on: Option<Date>,
        /// Why, in words, at most 4,000 characters 理由.
        reason: String,
    }

    /// Drawing the grids of a community anew 重划网格.
    changes RegridCommunityInput {
        /// The community 社区代码.
        area_code: AreaCode,
        /// The grids as they are to be, at most 100. Each building that a grid of the community covers is covered by one of them 重划后的网格.
        grids: Vec<RedrawnGridInput>,
        /// The first day of the new grids, not after today; today when left out 生效日.
        on: Option<Date>,
        /// The decree or document that says so, at most 100 characters 文件依据.
        document: Option<String>,
        /// Why, in words, at most 4,000 characters 理由.
        reason: String,
    }

    /// Opening the fund of a grid for a year 建立工作经费.
    creates OpenGridFundInput {
        /// The grid 网格.
        grid_id: ID,
        /// The year, for which the grid has no fund yet: from 2000 to the next 年度.
        year: i32,
        /// What is granted at most, in yuan 预算.
        budget: Decimal,
    }

    /// Another budget for a fund 调整预算.
    changes UpdateGridFundInput {
        /// The fund, which is not closed 工作经费.
        fund_id: ID,
        /// What is granted at most, in yuan: no less than what was granted already 预算.
        budget: Decimal,
        /// A note, at most 4,000 characters 说明.
        note: Option<String>,
    }

    /// An entry for the ledger of a fund 登记经费流水.
    changes AddGridFundEntryInput {
        /// The fund 工作经费.
        fund_id: ID,
        /// What it is 类型.
        kind: GridFundEntryKind,
        /// How much, in yuan, above zero; left out of a correction, which takes back the whole of an entry 金额.
        amount: Option<Decimal>,
        /// The day of the grant or the purchase, in the year of the fund and not after today; today when left out 发生日期.
        day: Option<Date>,
        /// What for, or what was wrong, at most 4,000 characters 用途.
        purpose: String,
        /// The number of the receipt, at most 100 characters 票据号.
        receipt_number: Option<String>,
        /// The entry that a correction takes back 被冲销的流水.
        corrects_id: Option<ID>,
    }

    /// Closing a fund 工作经费关账.
    changes CloseGridFundInput {
        /// The fund 工作经费.
        fund_id: ID,
        /// A note, at most 4,000 characters 说明.
        note: Option<String>,
    }
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
        let terms = self.terms()?;
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
        let terms = self.terms()?;
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
        Ok((self.terms()?, id::required(&self.fund_id, "fundId")?, new))
    }
}

mutations! {
    GridMutation {
        /// Sets up a grid or a micro-grid with its area 设立网格, by an officer of the subdistrict or the district, or an administrator.
        create_grid(CreateGridInput: "Where, its code and its name 所在区划、代码及名称") -> CreateGridPayload { grid: Grid } = |cx, input| {
            let (terms, new) = input.decode()?;
            service::create(cx, terms, new)
        };

        /// Changes a grid 修改网格, by those who may set one up there.
        update_grid(UpdateGridInput: "Which, and what of it 网格及修改内容") -> UpdateGridPayload { grid: Grid } = |cx, input| {
            let change = GridChange {
                name: input.name.as_deref().map(|name| text(name, "name", TITLE)).transpose()?,
                full_function: input.full_function,
                on: day(input.on),
                reason: maybe_text(input.reason.as_deref(), "reason", TEXT)?,
            };
            service::update(cx, input.terms()?, id::required::<GridId>(&input.grid_id, "gridId")?, change)
        };

        /// Has a grid cover buildings 楼栋划入网格, by those who may set one up there. What covered them before keeps them in `formerBuildings`; their open cases go along.
        assign_buildings_to_grid(AssignBuildingsToGridInput: "Which buildings to which grid 楼栋及网格")
            -> AssignBuildingsToGridPayload { grid: Grid } = |cx, input| {
            let buildings = ids::<BuildingId>(&input.building_ids, "buildingIds", MOST_BUILDINGS)?;
            let reason = maybe_text(input.reason.as_deref(), "reason", TEXT)?;
            service::assign(cx, input.terms()?, id::required::<GridId>(&input.grid_id, "gridId")?, buildings, day(input.on), reason)
        };

        /// Ends a grid that covers no building and has no open case any more 撤销网格, by those who may set one up there. The posts in it end with it; it stays to be asked for.
        end_grid(EndGridInput: "Which, and why 网格及理由") -> EndGridPayload { grid: Grid } = |cx, input| {
            let (terms, reason) = (input.terms()?, text(&input.reason, "reason", TEXT)?);
            service::end(cx, terms, id::required::<GridId>(&input.grid_id, "gridId")?, day(input.on), reason)
        };

        /// Draws the grids of a community anew 重划网格, by those who may set one up there: all that it has end, with their micro-grids and the posts in them, and new ones cover
        /// the buildings. Open cases go to the grid that has their building, or most of their complex or former grid, whistles that are out and all deadlines
        /// with them. What is closed stays with the former grids.
        regrid_community(RegridCommunityInput: "Which community, and its grids 社区及重划后的网格")
            -> RegridCommunityPayload {
            /// The community; `children` are its grids.
            area: Area
        } = |cx, input| {
            let (terms, new) = input.decode()?;
            service::regrid(cx, terms, new)
        };
    }
}

mutations! {
    GridFundMutation {
        /// Opens the working fund of a grid for a year 建立工作经费, by an officer of the subdistrict or the district, or an administrator.
        open_grid_fund(OpenGridFundInput: "For which grid and year, and how much 网格、年度及预算")
            -> OpenGridFundPayload { fund: GridFund } = |cx, input| {
            let (terms, budget) = (input.terms()?, money(input.budget, "budget", 0)?);
            service::open_fund(cx, terms, id::required::<GridId>(&input.grid_id, "gridId")?, input.year, budget)
        };

        /// Changes the budget of a fund that is not closed 调整预算, by those who may open one. Refused with `INVALID_STATE` at `budget` when more was granted already.
        update_grid_fund(UpdateGridFundInput: "Which fund, and how much 工作经费及预算")
            -> UpdateGridFundPayload { fund: GridFund } = |cx, input| {
            let (terms, budget) = (input.terms()?, money(input.budget, "budget", 0)?);
            let note = maybe_text(input.note.as_deref(), "note", TEXT)?;
            service::update_fund(cx, terms, id::required::<GridFundId>(&input.fund_id, "fundId")?, budget, note)
        };

        /// Enters a grant, an expense, a refund or a correction in the ledger of a fund 登记经费流水, by an officer of the community or higher up, or an administrator; a grant by
        /// those who may open a fund. Nothing is spent that was not granted, and nothing granted beyond the budget.
        add_grid_fund_entry(AddGridFundEntryInput: "Which fund, and what is entered 工作经费及流水")
            -> AddGridFundEntryPayload {
            /// Of its `entries` the last is the new one.
            fund: GridFund
        } = |cx, input| {
            let (terms, id, new) = input.decode()?;
            service::add_entry(cx, terms, id, new)
        };

        /// Closes a fund 工作经费关账, by those who may open one: nothing more is entered, its budget stays, and it is not opened again.
        close_grid_fund(CloseGridFundInput: "Which fund 工作经费") -> CloseGridFundPayload { fund: GridFund } = |cx, input| {
            let note = maybe_text(input.note.as_deref(), "note", TEXT)?;
            service::close_fund(cx, input.terms()?, id::required::<GridFundId>(&input.fund_id, "fundId")?, note)
        };
    }
}
