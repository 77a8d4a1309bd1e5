//! `Stairwell` and `Dwelling`.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject};
use entity::{DwellingId, DwellingUse, FloorAreaSource, Provenance, StairwellId, dwelling, stairwell};
use futures_util::future::BoxFuture;

use super::{Building, BuildingFilter, Complex, ComplexFilter};
use crate::{
    app::Cx,
    clock::Clock,
    complex::scope::{self, DwellingOrder, DwellingWhere, Dwellings, StairwellOrder, StairwellWhere, Stairwells},
    db::filter::{Filter, Lasting},
    graphql::{
        error::ApiError,
        filter::{All, DecimalFilter, EnumFilter, IdFilter, IntFilter, Lower, TextFilter},
        id::global,
        page::OrderDirection,
        plan::{self, Listed, Rec, Record, Selection},
        scalar::{AreaCode, Date, Decimal},
    },
    object, orders,
    record::{
        graphql::{RecordChange, RecordChangeFilter, RecordChangeOrderField},
        scope::OF_RECORD,
    },
};

/// A stairwell of a building 单元.
#[derive(Clone)]
pub struct Stairwell(Arc<Rec<stairwell::Model>>);

object! {
    /// A stairwell of a building 单元.
    Stairwell {
        /// The global id 全局标识.
        pub async fn id(&self) -> ID {
            global(self.0.row.id)
        }

        /// Its number in the building 序号.
        async fn number(&self) -> i32 {
            self.0.row.number
        }

        /// Its name, such as 1单元 名称.
        pub async fn name(&self) -> &str {
            &self.0.row.name
        }

        /// How many floors; null where not recorded 层数.
        async fn floors(&self) -> Option<i32> {
            self.0.row.floors
        }

        /// Its last day; null while it is there 终止日.
        async fn ended_on(&self) -> Option<Date> {
            self.0.row.ended_on.map(Date)
        }

        /// Grows with each change 版本.
        async fn version(&self) -> i32 {
            self.0.row.version
        }

        /// The building it belongs to 所属楼栋.
        async fn building(&self, ctx: &Context<'_>) -> Option<Result<Building, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }
    }
    lists {
        /// Its dwellings; none for visitors 专有部分.
        dwellings: Dwelling(DwellingFilter, DwellingOrderField),
        /// What was done to its record, by whom and when; for officials of its place 变更记录.
        changes: RecordChange(RecordChangeFilter, RecordChangeOrderField),
    }
}

impl Record for Stairwell {
    type Row = stairwell::Model;

    fn new(rec: Rec<stairwell::Model>) -> Self {
        Self(Arc::new(rec))
    }

    fn fill<'a>(cx: &'a Cx, rows: &'a mut [Rec<stairwell::Model>], selection: &'a Selection<'a>) -> BoxFuture<'a, Result<(), ApiError>> {
        Box::pin(async move {
            plan::one::<Building, _>(cx, rows, selection, "building", |stairwell| Some(stairwell.building_id)).await?;
            plan::many::<RecordChange, _, _>(cx, rows, selection, "changes", |stairwell| stairwell.id.0, OF_RECORD).await?;
            plan::many::<Dwelling, _, _>(cx, rows, selection, "dwellings", |stairwell| stairwell.id, scope::DWELLINGS_OF_STAIRWELL).await
        })
    }
}

impl Listed for Stairwell {
    type Noun = Stairwells;
    type Filter = StairwellFilter;
    type Order = StairwellOrderField;

    const ORDER: (StairwellOrderField, OrderDirection) = (StairwellOrderField::Number, OrderDirection::Asc);

    fn usual(filter: Filter<StairwellWhere>, clock: &Clock) -> Filter<StairwellWhere> {
        filter.unless_said(|fact| matches!(fact, StairwellWhere::Lasting(_)), StairwellWhere::Lasting(Lasting::On(clock.today())))
    }
}

/// Which stairwells 单元筛选; all that is given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct StairwellFilter {
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
    /// By number 序号.
    pub number: Option<IntFilter>,
    /// Whether it has ended; when the filter does not say, a list shows what exists today 是否已终止.
    pub ended: Option<bool>,
}

impl Lower<StairwellWhere> for StairwellFilter {
    fn lower(self, clock: &Clock) -> Result<Filter<StairwellWhere>, ApiError> {
        Ok(All::of(clock, self.and, self.or, self.not)?
            .id::<StairwellId>(self.id, StairwellWhere::Id)?
            .test(self.name, StairwellWhere::Name)?
            .test(self.number, StairwellWhere::Number)?
            .ended(self.ended, StairwellWhere::Lasting)
            .done())
    }
}

orders! {
    /// What stairwells are ordered by 单元排序字段.
    StairwellOrderField("StairwellOrder") => StairwellOrder {
        /// By number 序号.
        Number,
    }
}

/// A part of a building that somebody owns 专有部分.
#[derive(Clone)]
pub struct Dwelling(Arc<Rec<dwelling::Model>>);

object! {
    /// A part of a building that somebody owns 专有部分: a flat, a shop, a parking space. For whoever is signed in; of the owners nothing is recorded here.
    Dwelling {
        /// The global id 全局标识.
        pub async fn id(&self) -> ID {
            global(self.0.row.id)
        }

        /// Its number, such as 3-1-502, unique in its building 编号.
        async fn number(&self) -> &str {
            &self.0.row.number
        }

        /// What it is used for 用途.
        #[graphql(name = "use")]
        async fn used_as(&self) -> DwellingUse {
            self.0.row.used_as
        }

        /// The floor area in m²; null where not recorded 专有部分面积.
        async fn floor_area(&self) -> Option<Decimal> {
            self.0.row.floor_area.map(Decimal)
        }

        /// What the floor area is taken from; null where there is none 面积来源.
        async fn area_source(&self) -> Option<FloorAreaSource> {
            self.0.row.area_source
        }

        /// Where the record comes from 数据来源.
        async fn provenance(&self) -> Provenance {
            self.0.row.provenance
        }

        /// Its last day; null while it is there 终止日.
        async fn ended_on(&self) -> Option<Date> {
            self.0.row.ended_on.map(Date)
        }

        /// Grows with each change 版本.
        async fn version(&self) -> i32 {
            self.0.row.version
        }

        /// The complex 所属小区.
        async fn complex(&self, ctx: &Context<'_>) -> Option<Result<Complex, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }

        /// The building 所属楼栋.
        async fn building(&self, ctx: &Context<'_>) -> Option<Result<Building, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }

        /// The stairwell; null where it is in none, or not recorded 所属单元.
        async fn stairwell(&self, ctx: &Context<'_>) -> Option<Result<Stairwell, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }
    }
    lists {
        /// What was done to its record, by whom and when; for officials of its place 变更记录.
        changes: RecordChange(RecordChangeFilter, RecordChangeOrderField),
    }
}

impl Record for Dwelling {
    type Row = dwelling::Model;

    fn new(rec: Rec<dwelling::Model>) -> Self {
        Self(Arc::new(rec))
    }

    fn fill<'a>(cx: &'a Cx, rows: &'a mut [Rec<dwelling::Model>], selection: &'a Selection<'a>) -> BoxFuture<'a, Result<(), ApiError>> {
        Box::pin(async move {
            plan::one::<Complex, _>(cx, rows, selection, "complex", |dwelling| Some(dwelling.complex_id)).await?;
            plan::many::<RecordChange, _, _>(cx, rows, selection, "changes", |dwelling| dwelling.id.0, OF_RECORD).await?;
            plan::one::<Building, _>(cx, rows, selection, "building", |dwelling| Some(dwelling.building_id)).await?;
            plan::one::<Stairwell, _>(cx, rows, selection, "stairwell", |dwelling| dwelling.stairwell_id).await
        })
    }
}

impl Listed for Dwelling {
    type Noun = Dwellings;
    type Filter = DwellingFilter;
    type Order = DwellingOrderField;

    const ORDER: (DwellingOrderField, OrderDirection) = (DwellingOrderField::Number, OrderDirection::Asc);

    fn usual(filter: Filter<DwellingWhere>, clock: &Clock) -> Filter<DwellingWhere> {
        filter.unless_said(|fact| matches!(fact, DwellingWhere::Lasting(_)), DwellingWhere::Lasting(Lasting::On(clock.today())))
    }
}

/// Which dwellings 专有部分筛选; all that is given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct DwellingFilter {
    /// All of these 且.
    pub and: Option<Vec<Self>>,
    /// Any of these 或.
    pub or: Option<Vec<Self>>,
    /// Not this 非.
    pub not: Option<Box<Self>>,
    /// By id 标识.
    pub id: Option<IdFilter>,
    /// By number 编号.
    pub number: Option<TextFilter>,
    /// By use 用途.
    #[graphql(name = "use")]
    pub used_as: Option<EnumFilter<DwellingUse>>,
    /// By floor area in m² 面积.
    pub floor_area: Option<DecimalFilter>,
    /// By what the floor area is taken from 面积来源.
    pub area_source: Option<EnumFilter<FloorAreaSource>>,
    /// By where the record comes from 数据来源.
    pub provenance: Option<EnumFilter<Provenance>>,
    /// In the subtree of this area 所在区划 (含下级).
    pub area: Option<AreaCode>,
    /// By complex 小区.
    pub complex: Option<ComplexFilter>,
    /// By building 楼栋.
    pub building: Option<BuildingFilter>,
    /// By stairwell 单元.
    pub stairwell_id: Option<IdFilter>,
    /// Whether it has ended; when the filter does not say, a list shows what exists today 是否已终止.
    pub ended: Option<bool>,
}

impl Lower<DwellingWhere> for DwellingFilter {
    fn lower(self, clock: &Clock) -> Result<Filter<DwellingWhere>, ApiError> {
        Ok(All::of(clock, self.and, self.or, self.not)?
            .id::<DwellingId>(self.id, DwellingWhere::Id)?
            .test(self.number, DwellingWhere::Number)?
            .test(self.used_as, DwellingWhere::Use)?
            .test(self.floor_area, DwellingWhere::FloorArea)?
            .test(self.area_source, DwellingWhere::AreaSource)?
            .test(self.provenance, DwellingWhere::Provenance)?
            .is(self.area.map(|code| DwellingWhere::Within(code.0)))
            .related(self.complex, DwellingWhere::Complex)?
            .related(self.building, DwellingWhere::Building)?
            .id::<StairwellId>(self.stairwell_id, DwellingWhere::Stairwell)?
            .ended(self.ended, DwellingWhere::Lasting)
            .done())
    }
}

orders! {
    /// What dwellings are ordered by 专有部分排序字段.
    DwellingOrderField("DwellingOrder") => DwellingOrder {
        /// By number, as text 编号.
        Number,
    }
}
