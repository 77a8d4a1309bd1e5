//! `Grid`, and the root that lists grids.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject};
use entity::{GridId, HandlerKind, Provenance, grid};
use futures_util::future::BoxFuture;

use super::scope::{GridOrder, GridWhere, Grids};
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
        graphql::{Building, BuildingFilter, BuildingOrderField},
    },
    db::filter::Filter,
    graphql::{
        error::ApiError,
        filter::{All, IdFilter, Lower, TextFilter},
        id::global,
        page::OrderDirection,
        plan::{self, Listed, Rec, Record, Selection},
        scalar::AreaCode,
    },
    object, orders,
    person::{
        self,
        graphql::{Post, PostFilter, PostOrderField},
    },
    query,
};

/// A grid 网格.
#[derive(Clone)]
pub struct Grid(Arc<Rec<grid::Model>>);

object! {
    /// A grid 网格: the working unit of an area of level GRID or MICRO_GRID. It covers buildings, its workers 网格员 are called first.
    Grid {
        /// The global id 全局标识.
        pub async fn id(&self) -> ID {
            global(self.0.row.id)
        }

        /// Its name 名称.
        pub async fn name(&self) -> &str {
            &self.0.row.name
        }

        /// Always `GRID` 处置主体类型.
        pub async fn kind(&self) -> HandlerKind {
            HandlerKind::Grid
        }

        /// Where the record comes from 数据来源.
        async fn provenance(&self) -> Provenance {
            self.0.row.provenance
        }

        /// The area it works in 所在区划.
        async fn area(&self, ctx: &Context<'_>) -> Option<Result<Area, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }
    }
    lists {
        /// The buildings it covers 覆盖楼栋.
        buildings: Building(BuildingFilter, BuildingOrderField),
        /// The posts of its workers, past ones too, with their terms 网格员任职.
        posts: Post(PostFilter, PostOrderField),
        /// The cases in it that you may see 案件.
        cases: Case(CaseFilter, CaseOrderField),
    }
}

impl Record for Grid {
    type Row = grid::Model;

    fn new(rec: Rec<grid::Model>) -> Self {
        Self(Arc::new(rec))
    }

    fn fill<'a>(cx: &'a Cx, rows: &'a mut [Rec<grid::Model>], selection: &'a Selection<'a>) -> BoxFuture<'a, Result<(), ApiError>> {
        Box::pin(async move {
            plan::one::<Area, _>(cx, rows, selection, "area", |grid| Some(grid.area_id)).await?;
            plan::many::<Building, _, _>(cx, rows, selection, "buildings", |grid| grid.id, complex::scope::OF_GRID).await?;
            plan::many::<Post, _, _>(cx, rows, selection, "posts", |grid| grid.id.0, person::scope::OF_UNIT).await?;
            plan::many::<Case, _, _>(cx, rows, selection, "cases", |grid| grid.id, case::scope::OF_GRID).await
        })
    }
}

impl Listed for Grid {
    type Noun = Grids;
    type Filter = GridFilter;
    type Order = GridOrderField;

    const ORDER: (GridOrderField, OrderDirection) = (GridOrderField::Name, OrderDirection::Asc);
}

/// Which grids 网格筛选; all that is given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct GridFilter {
    /// All of these 且.
    pub and: Option<Vec<Self>>,
    /// Any of these 或.
    pub or: Option<Vec<Self>>,
    /// Not this 非.
    pub not: Option<Box<Self>>,
    /// By id 标识.
    pub id: Option<IdFilter>,
    /// By name 名称.
    pub name: Option<TextFilter>,
    /// In the subtree of this area 所在区划 (含下级).
    pub area: Option<AreaCode>,
}

impl Lower<GridWhere> for GridFilter {
    fn lower(self, clock: &Clock) -> Result<Filter<GridWhere>, ApiError> {
        Ok(All::of(clock, self.and, self.or, self.not)?
            .id::<GridId>(self.id, GridWhere::Id)?
            .test(self.name, GridWhere::Name)?
            .is(self.area.map(|code| GridWhere::Within(code.0)))
            .done())
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
        /// Grids; none for visitors who are not signed in 网格.
        grids: Grid(GridFilter, GridOrderField),
    }
}
