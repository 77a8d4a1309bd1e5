//! `Grid`, and the root that lists grids.

mod fund;
mod mutation;

use std::collections::HashMap;

use async_graphql::{Context, ID, SimpleObject};
use entity::{AreaLevel, ComplexId, GridId, HandlerKind, Provenance, grid};

pub use self::{fund::*, mutation::*};
use super::{
    scope::{GridOrder, GridWhere, Grids, OF_GRID},
    service,
};
use crate::{
    app::Cx,
    area::graphql::Area,
    case::{
        self,
        graphql::{Case, CaseFilter, CaseOrderField},
    },
    clock::Clock,
    complex::{
        self,
        graphql::{Building, BuildingFilter, BuildingOrderField, Complex, ComplexFilter},
    },
    db::filter::{Filter, Lasting},
    graphql::{
        error::ApiError,
        filter::{EnumFilter, IdFilter, Lifetime, ListFilter, TextFilter, filters},
        id::global,
        page::OrderDirection,
        plan::{self, Listed, Rec, Selection},
        scalar::{AreaCode, Date},
    },
    object, orders,
    person::{
        self,
        graphql::{Post, PostFilter, PostOrderField},
    },
    query,
    record::{
        graphql::{RecordChange, RecordChangeFilter, RecordChangeOrderField},
        scope::OF_RECORD,
    },
};

object! {
    /// A grid 网格: the working unit of an area of level GRID or MICRO_GRID. It covers buildings, its workers 网格员 are called first. A grid stands over the micro-grids 微网格
    /// in it: it covers what they cover, its workers may do what theirs may, and it is called where they have none.
    Grid: grid::Model {
        /// The global id 全局标识.
        pub id: ID = |row| global(row.id),
        /// Its name 名称.
        pub name: &str = |row| &row.name,
        /// Always `GRID` 处置主体类型.
        pub kind: HandlerKind = |_| HandlerKind::Grid,
        /// Where the record comes from 数据来源.
        provenance: Provenance = |row| row.provenance,
        /// Whether it is a full-function grid: its workers do in it the work of all departments 是否全科网格.
        full_function: bool = |row| row.full_function,
        /// Its last day; null while it exists 撤销前最后一日.
        ended_on: Option<Date> = |row| row.ended_on.map(Date),
        /// Rises by one with each change 版本.
        version: i32 = |row| row.version,
    }
    resolvers {
        /// The posts of its workers on a day, with their terms, as far as you may see them 网格员.
        async fn workers(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "On this day; today when left out 日期")] on: Option<Date>,
        ) -> Result<Vec<Post>, ApiError> {
            let _ = on;
            Ok(plan::get::<Self, Option<Vec<Post>>>(ctx, &self.0).await?.unwrap_or_default())
        }

        /// How many households it serves: those of its complexes, of one that it covers in part as large a part as of its buildings; null where none of them is known 服务户数.
        async fn households(&self, ctx: &Context<'_>) -> Result<Option<i32>, ApiError> {
            plan::get::<Self, _>(ctx, &self.0).await
        }
    }
    values {
        /// The complexes of which it or a micro-grid in it covers buildings 覆盖小区.
        complexes: Vec<Complex>,
        /// The buildings that it covered before 曾覆盖楼栋.
        former_buildings: Vec<FormerBuilding>,
    }
    relations {
        /// The area it works in 所在区划.
        area: Area = |grid| Some(grid.area_id),
    }
    lists {
        /// The buildings it covers, those of its micro-grids too 覆盖楼栋 (含微网格).
        buildings: Building(BuildingFilter, BuildingOrderField) = |grid| grid.id, complex::scope::OF_GRID,
        /// The posts of its workers, past ones too, with their terms 网格员任职.
        posts: Post(PostFilter, PostOrderField) = |grid| grid.id.0, person::scope::OF_UNIT,
        /// The cases in it that you may see, those in its micro-grids too 案件 (含微网格).
        cases: Case(CaseFilter, CaseOrderField) = |grid| grid.id, case::scope::OF_GRID,
        /// Its working funds, the latest first; for its workers and the officials of its areas 工作经费.
        funds: GridFund(GridFundFilter, GridFundOrderField) = |grid| grid.id, OF_GRID,
        /// What was done to it, by whom and when; for officials 变更记录.
        changes: RecordChange(RecordChangeFilter, RecordChangeOrderField) = |grid| grid.id.0, OF_RECORD,
    }
    fill |cx, rows, selection| {
        fill_what_it_has(cx, rows, selection).await?;
    }
}

/// A building that a grid covered before 曾覆盖楼栋.
#[derive(Clone, SimpleObject)]
pub struct FormerBuilding {
    /// The building; null where it is gone 楼栋.
    building: Option<Building>,
    /// The last day on which the grid covered it 覆盖至.
    until: Date,
}

async fn fill_what_it_has(cx: &Cx, rows: &mut [Rec<grid::Model>], selection: &Selection<'_>) -> Result<(), ApiError> {
    let ids: Vec<GridId> = plan::distinct(rows.iter().map(|rec| rec.row.id));
    for wanted in selection.wanted("workers") {
        let day = wanted.arg::<Date>("on")?.map_or_else(|| cx.clock.today(), |day| day.0);
        let posts = service::workers(cx, &ids, day).await?;
        let units: Vec<GridId> = posts.iter().map(|post| GridId(post.unit_id)).collect();
        let objects = plan::wrap::<Post>(cx, posts, &wanted.selection).await?;
        plan::value_of(rows, &wanted, |grid| grid.id, &grouped(units.into_iter().zip(objects)));
    }
    if selection.has("complexes") {
        let pairs = service::complexes(cx, &ids).await?;
        let distinct: Vec<ComplexId> = plan::distinct(pairs.iter().map(|(_, complex)| *complex));
        for wanted in selection.wanted("complexes") {
            let objects = plan::objects::<Complex>(cx, &distinct, &wanted.selection).await?;
            let found = pairs.iter().filter_map(|(grid, complex)| Some((*grid, objects.get(complex)?.clone())));
            plan::value_of(rows, &wanted, |grid| grid.id, &grouped(found));
        }
    }
    if selection.has("households") {
        let households = service::households(cx, &ids).await?;
        plan::value(rows, selection, "households", |grid| grid.id, &households);
    }
    if selection.has("formerBuildings") {
        let past = service::formerly_covered(cx, &ids).await?;
        let distinct = plan::distinct(past.iter().map(|row| row.building_id));
        for wanted in selection.wanted("formerBuildings") {
            let objects = plan::objects::<Building>(cx, &distinct, &wanted.selection.under("building")).await?;
            let found = past.iter().map(|row| {
                let building = objects.get(&row.building_id).cloned();
                (row.grid_id, FormerBuilding { building, until: Date(row.until) })
            });
            plan::value_of(rows, &wanted, |grid| grid.id, &grouped(found));
        }
    }
    Ok(())
}

fn grouped<T>(pairs: impl Iterator<Item = (GridId, T)>) -> HashMap<GridId, Vec<T>> {
    let mut groups: HashMap<GridId, Vec<T>> = HashMap::new();
    for (grid, item) in pairs {
        groups.entry(grid).or_default().push(item);
    }
    groups
}

impl Listed for Grid {
    type Noun = Grids;
    type Filter = GridFilter;
    type Order = GridOrderField;

    const ORDER: (GridOrderField, OrderDirection) = (GridOrderField::Name, OrderDirection::Asc);

    fn usual(filter: Filter<GridWhere>, clock: &Clock) -> Filter<GridWhere> {
        let said = |fact: &GridWhere| matches!(fact, GridWhere::Lasting(_) | GridWhere::On(_));
        filter.unless_said(said, GridWhere::Lasting(Lasting::On(clock.today())))
    }
}

filters! {
    /// Which grids 网格筛选; all that is given must hold.
    GridFilter => GridWhere {
        /// By id 标识.
        id: IdFilter => id::<GridId>(GridWhere::Id),
        /// By name 名称.
        name: TextFilter => test(GridWhere::Name),
        /// In the subtree of this area 所在区划 (含下级).
        area: AreaCode => within(GridWhere::Within),
        /// By level: grids, or micro-grids 网格、微网格.
        level: EnumFilter<AreaLevel> => test(GridWhere::Level),
        /// Whether it is a full-function grid 是否全科网格.
        full_function: bool => fact(GridWhere::FullFunction),
        /// Whether they exist today or have ended. Where neither this nor `on` is said anywhere in the filter, those that exist today 存续状态.
        lifetime: Lifetime => lifetime(GridWhere::Lasting),
        /// That existed on this day 存在于该日.
        on: Date => fact(|day| GridWhere::On(day.0)),
        /// By the buildings that it or a micro-grid in it covers 覆盖楼栋.
        buildings: ListFilter<BuildingFilter> => list::<Building>(GridWhere::Buildings),
        /// By the complexes of which it or a micro-grid in it covers buildings 覆盖小区.
        complexes: ListFilter<ComplexFilter> => list::<Complex>(GridWhere::Complexes),
        /// By the posts of its workers, past ones too unless it says `current` or `on`: `{none: {current: true}}` are those that have no worker today, as far as
        /// you may see the posts 网格员任职.
        posts: ListFilter<PostFilter> => list::<Post>(GridWhere::Posts),
        /// By its working funds, as far as you may see them 工作经费.
        funds: ListFilter<GridFundFilter> => list::<GridFund>(GridWhere::Funds),
    }
}

orders! {
    /// What grids are ordered by 网格排序字段.
    GridOrderField("GridOrder") => GridOrder {
        /// By name 名称.
        Name,
    }
}

query! {
    GridQuery {}
    lists {
        /// Grids that exist today, unless the filter says otherwise; none for visitors who are not signed in 网格.
        grids: Grid(GridFilter, GridOrderField),
    }
}
