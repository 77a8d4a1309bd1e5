//! `Area`, and the roots that list areas.

mod history;
mod mutation;

use std::collections::HashMap;

use async_graphql::{Context, ID};
use entity::{AreaId, AreaKind, AreaLevel, HandlerKind, area};

pub use self::{
    history::{AreaFormerName, AreaSuccession},
    mutation::*,
};
use super::{
    scope::{self, AreaOrder, AreaWhere, Areas},
    service,
};
use crate::{
    app::Cx,
    case::{
        graphql::{CategoryName, CategoryNameFilter, CategoryNameOrderField, LevelName, LevelNameFilter, LevelNameOrderField},
        scope::{CATEGORY_NAMES, LEVEL_NAMES},
    },
    clock::Clock,
    complex::{
        self,
        graphql::{Complex, ComplexFilter, ComplexOrderField},
    },
    db::filter::{Filter, Lasting, Test},
    department::{
        graphql::{GoverningDocument, GoverningDocumentFilter, GoverningDocumentOrderField, Pairing, PairingFilter, PairingOrderField},
        scope::{DOCUMENTS_OF_AREA, PAIRINGS_OF_AREA},
    },
    graphql::{
        error::ApiError,
        filter::{EnumFilter, IdFilter, Lifetime, TextFilter, filters},
        id::global,
        page::OrderDirection,
        plan::{self, Listed, Rec, Selection},
        scalar::{AreaCode, Date},
    },
    grid::graphql::Grid,
    object, orders, query,
    record::{
        graphql::{RecordChange, RecordChangeFilter, RecordChangeOrderField},
        scope::OF_RECORD,
    },
};

object! {
    /// An area of the tree, from the province down to the micro-grid 行政区划. Codes are the official ones (统计用区划代码); those of grids are the district's.
    Area: area::Model {
        /// The global id 全局标识.
        pub id: ID = |row| global(row.id),
        /// The official code 区划代码.
        code: AreaCode = |row| AreaCode(row.code.clone()),
        /// The official name 名称.
        pub name: &str = |row| &row.name,
        /// The level in the tree 层级.
        level: AreaLevel = |row| row.level,
        /// As which kind of handler this area is called (a community 社区, a subdistrict 街道 …) 处置主体类型.
        pub kind: HandlerKind = |row| handler_kind(row.level),
        /// What it is where a level has several kinds: 街道, 镇 or 乡; 社区 or 村. Null where its level has one kind 区划类型.
        division_kind: Option<AreaKind> = |row| row.kind,
        /// Its first day; null where it is older than its record 设立日.
        established_on: Option<Date> = |row| row.established_on.map(Date),
        /// Its last day; null while it exists. An area that was merged or split stays to be asked for, with the cases that were closed in it 撤销前最后一日.
        ended_on: Option<Date> = |row| row.ended_on.map(Date),
        /// Rises by one with each change 版本.
        version: i32 = |row| row.version,
    }
    values {
        /// The names that it had, the earliest first 曾用名.
        former_names: Vec<AreaFormerName>,
        /// What came after it: the area that it was merged into, or those that it was split into. The first took over what belonged to no other 沿革：去向.
        successors: Vec<AreaSuccession>,
        /// What it came after 沿革：来源.
        predecessors: Vec<AreaSuccession>,
        /// All areas above, the province first 各级上级区划.
        ancestors: Vec<Self>,
    }
    relations {
        /// The working unit of an area of level GRID or MICRO_GRID; null elsewhere and for visitors who are not signed in 网格.
        grid: Grid,
        /// The area above; null for a province 上级区划.
        parent: Self = |area| area.parent_id,
    }
    lists {
        /// The areas directly below that exist today, or as the filter says 下级区划.
        children: Area(AreaFilter, AreaOrderField),
        /// The complexes directly in this area, not those of its subtree: ask `complexes(filter: {area})` for them 直属小区.
        complexes: Complex(ComplexFilter, ComplexOrderField) = |area| area.id, complex::scope::OF_AREA,
        /// What was done to it, by whom and when; for officials 变更记录.
        changes: RecordChange(RecordChangeFilter, RecordChangeOrderField) = |area| area.id.0, OF_RECORD,
        /// The departments and leaders that this community or one of its complexes is paired with, past ones too; none for visitors 结对联系.
        pairings: Pairing(PairingFilter, PairingOrderField) = |area| area.id, PAIRINGS_OF_AREA,
        /// The governing documents of this area itself; drafts for its officials 制度文件.
        governing_documents: GoverningDocument(GoverningDocumentFilter, GoverningDocumentOrderField) = |area| area.id, DOCUMENTS_OF_AREA,
        /// What this district has called the levels, also what it calls so no more; none in areas that are no district. What holds in any area `handlingLevels` says 层级名称.
        level_names: LevelName(LevelNameFilter, LevelNameOrderField) = |area| area.id, LEVEL_NAMES,
        /// What this district has called the classes of problem, also what it calls so no more; none in areas that are no district. What holds in any area `caseCategories` says 问题类别名称.
        category_names: CategoryName(CategoryNameFilter, CategoryNameOrderField) = |area| area.id, CATEGORY_NAMES,
    }
    fill |cx, rows, selection| {
        plan::many::<Self, _, _>(cx, rows, selection, "children", |area| area.id, scope::CHILDREN).await?;
        history::fill(cx, rows, selection).await?;
        if selection.has("grid") {
            let grids = crate::grid::service::by_areas(cx, plan::distinct(rows.iter().map(|r| r.row.id))).await?;
            plan::one_of::<Grid, _, _>(cx, rows, selection, "grid", |area| Some(area.id), grids).await?;
        }
        fill_ancestors(cx, rows, selection).await?;
    }
}

impl Area {
    pub fn exists(&self) -> bool {
        self.0.row.ended_on.is_none()
    }
}

/// An area of the grid's level or below is handled by its grid, one above the district by the district's units.
pub fn handler_kind(level: AreaLevel) -> HandlerKind {
    match level {
        AreaLevel::Province | AreaLevel::City | AreaLevel::District => HandlerKind::District,
        AreaLevel::Subdistrict => HandlerKind::Subdistrict,
        AreaLevel::Community => HandlerKind::Community,
        AreaLevel::Grid | AreaLevel::MicroGrid => HandlerKind::Grid,
    }
}

async fn fill_ancestors(cx: &Cx, rows: &mut [Rec<area::Model>], selection: &Selection<'_>) -> Result<(), ApiError> {
    if !selection.has("ancestors") {
        return Ok(());
    }
    let mut codes: Vec<String> = rows.iter().flat_map(|r| service::ancestor_codes(&r.row)).map(str::to_owned).collect();
    codes.sort_unstable();
    codes.dedup();
    let found = service::by_codes(cx, codes).await?;
    let (codes, areas): (Vec<String>, Vec<area::Model>) = found.into_iter().unzip();
    let objects = plan::wrap::<Area>(cx, areas, &selection.under("ancestors")).await?;
    let objects: HashMap<String, Area> = codes.into_iter().zip(objects).collect();
    // what it was merged into stands on its path, and was never above it
    let above = |area: &area::Model, found: &&Area| found.0.row.level < area.level;
    let of_each: HashMap<AreaId, Vec<Area>> = rows
        .iter()
        .map(|Rec { row, .. }| {
            let ancestors = service::ancestor_codes(row).filter_map(|code| objects.get(code)).filter(|found| above(row, found));
            (row.id, ancestors.cloned().collect())
        })
        .collect();
    plan::value(rows, selection, "ancestors", |area| area.id, &of_each);
    Ok(())
}

impl Listed for Area {
    type Noun = Areas;
    type Filter = AreaFilter;
    type Order = AreaOrderField;

    const ORDER: (AreaOrderField, OrderDirection) = (AreaOrderField::Code, OrderDirection::Asc);

    fn usual(filter: Filter<AreaWhere>, clock: &Clock) -> Filter<AreaWhere> {
        let said = |fact: &AreaWhere| matches!(fact, AreaWhere::Lasting(_) | AreaWhere::On(_));
        filter.unless_said(said, AreaWhere::Lasting(Lasting::On(clock.today())))
    }
}

filters! {
    /// Which areas 区划筛选; all that is given must hold.
    AreaFilter => AreaWhere {
        /// By id 标识.
        id: IdFilter => id::<AreaId>(AreaWhere::Id),
        /// By code 代码.
        code: TextFilter => test(AreaWhere::Code),
        /// By name 名称.
        name: TextFilter => test(AreaWhere::Name),
        /// By level 层级.
        level: EnumFilter<AreaLevel> => test(AreaWhere::Level),
        /// By kind 类型.
        division_kind: EnumFilter<AreaKind> => test(AreaWhere::Kind),
        /// By the area above 上级.
        parent: Box<Self> => related(AreaWhere::Parent),
        /// In the subtree of this code, its root included; what was merged into an area lies in its subtree 所在区划 (含下级).
        area: AreaCode => within(AreaWhere::Within),
        /// By a name that it had 曾用名.
        former_name: TextFilter => test(AreaWhere::FormerName),
        /// Whether they exist today or have ended. Where neither this nor `on` is said anywhere in the filter, those that exist today 存续状态.
        lifetime: Lifetime => lifetime(AreaWhere::Lasting),
        /// That existed on this day 存在于该日.
        on: Date => fact(|day| AreaWhere::On(day.0)),
    }
}

orders! {
    /// What areas are ordered by 区划排序字段.
    AreaOrderField("AreaOrder") => AreaOrder {
        /// By code, which is the order of the tree 代码.
        Code,
        /// By name 名称.
        Name,
    }
}

query! {
    AreaQuery {
        /// The area with this code, also one that has ended; null where there is none 按代码查区划.
        async fn area(&self, ctx: &Context<'_>, #[graphql(desc = "The official code 区划代码")] code: AreaCode) -> Result<Option<Area>, ApiError> {
            plan::by_fact::<Area>(ctx, AreaWhere::Code(Test::Eq(code.0.into()))).await
        }
    }
    lists {
        /// Areas: those that exist today, unless the filter says otherwise 行政区划.
        areas: Area(AreaFilter, AreaOrderField),
    }
}
