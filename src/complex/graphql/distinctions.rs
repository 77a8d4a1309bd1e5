//! `Courtyard` and `ComplexHonour`.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject};
use entity::{ComplexHonourId, CourtyardId, Provenance, complex_honour, courtyard};
use futures_util::future::BoxFuture;

use super::Complex;
use crate::{
    app::Cx,
    clock::Clock,
    complex::scope::{CourtyardOrder, CourtyardWhere, Courtyards, HonourOrder, HonourWhere, Honours},
    db::filter::{Filter, Lasting},
    graphql::{
        error::ApiError,
        filter::{All, DateFilter, EnumFilter, IdFilter, Lower, TextFilter},
        id::global,
        page::OrderDirection,
        plan::{self, Listed, Rec, Record, Selection},
        scalar::Date,
    },
    object, orders,
    record::{
        graphql::{RecordChange, RecordChangeFilter, RecordChangeOrderField},
        scope::OF_RECORD,
    },
};

/// A courtyard of a complex 院子.
#[derive(Clone)]
pub struct Courtyard(Arc<Rec<courtyard::Model>>);

object! {
    /// A courtyard of a complex 院子、院落.
    Courtyard {
        /// The global id 全局标识.
        pub async fn id(&self) -> ID {
            global(self.0.row.id)
        }

        /// Its name, unique in its complex 名称.
        pub async fn name(&self) -> &str {
            &self.0.row.name
        }

        /// How many households; null where not recorded 户数.
        async fn households(&self) -> Option<i32> {
            self.0.row.households
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
    }
    lists {
        /// What was done to its record, by whom and when; for officials of its place 变更记录.
        changes: RecordChange(RecordChangeFilter, RecordChangeOrderField),
    }
}

impl Record for Courtyard {
    type Row = courtyard::Model;

    fn new(rec: Rec<courtyard::Model>) -> Self {
        Self(Arc::new(rec))
    }

    fn fill<'a>(cx: &'a Cx, rows: &'a mut [Rec<courtyard::Model>], selection: &'a Selection<'a>) -> BoxFuture<'a, Result<(), ApiError>> {
        Box::pin(async move {
            plan::one::<Complex, _>(cx, rows, selection, "complex", |courtyard| Some(courtyard.complex_id)).await?;
            plan::many::<RecordChange, _, _>(cx, rows, selection, "changes", |courtyard| courtyard.id.0, OF_RECORD).await
        })
    }
}

impl Listed for Courtyard {
    type Noun = Courtyards;
    type Filter = CourtyardFilter;
    type Order = CourtyardOrderField;

    const ORDER: (CourtyardOrderField, OrderDirection) = (CourtyardOrderField::Name, OrderDirection::Asc);

    fn usual(filter: Filter<CourtyardWhere>, clock: &Clock) -> Filter<CourtyardWhere> {
        filter.unless_said(|fact| matches!(fact, CourtyardWhere::Lasting(_)), CourtyardWhere::Lasting(Lasting::On(clock.today())))
    }
}

/// Which courtyards 院子筛选; all that is given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct CourtyardFilter {
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
    /// By where the record comes from 数据来源.
    pub provenance: Option<EnumFilter<Provenance>>,
    /// Whether it has ended; when the filter does not say, a list shows what exists today 是否已终止.
    pub ended: Option<bool>,
}

impl Lower<CourtyardWhere> for CourtyardFilter {
    fn lower(self, clock: &Clock) -> Result<Filter<CourtyardWhere>, ApiError> {
        Ok(All::of(clock, self.and, self.or, self.not)?
            .id::<CourtyardId>(self.id, CourtyardWhere::Id)?
            .test(self.name, CourtyardWhere::Name)?
            .test(self.provenance, CourtyardWhere::Provenance)?
            .ended(self.ended, CourtyardWhere::Lasting)
            .done())
    }
}

orders! {
    /// What courtyards are ordered by 院子排序字段.
    CourtyardOrderField("CourtyardOrder") => CourtyardOrder {
        /// By name 名称.
        Name,
    }
}

/// Complexes by their courtyards 按院子筛选小区; all that is given must hold. Of courtyards that exist today, where `ended` does not say.
#[derive(Clone, Debug, Default, InputObject)]
pub struct CourtyardListFilter {
    /// At least one of the courtyards passes 至少一个.
    pub some: Option<CourtyardFilter>,
    /// None of the courtyards passes; with `{}` there is none at all 没有.
    pub none: Option<CourtyardFilter>,
}

/// An honour of a complex 荣誉.
#[derive(Clone)]
pub struct ComplexHonour(Arc<Rec<complex_honour::Model>>);

object! {
    /// An honour that a complex has been given 荣誉, such as 省级美好家园. It can be withdrawn, and is kept then.
    ComplexHonour {
        /// The global id 全局标识.
        pub async fn id(&self) -> ID {
            global(self.0.row.id)
        }

        /// What it is called 荣誉名称.
        pub async fn name(&self) -> &str {
            &self.0.row.name
        }

        /// Who gave it 授予单位.
        async fn awarded_by(&self) -> &str {
            &self.0.row.awarded_by
        }

        /// Since when the complex has it 授予日期.
        async fn awarded_on(&self) -> Date {
            Date(self.0.row.awarded_on)
        }

        /// The last day on which the complex had it; null where it was not withdrawn 撤销日期.
        async fn withdrawn_on(&self) -> Option<Date> {
            self.0.row.ended_on.map(Date)
        }

        /// Why it was withdrawn; null where it was not 撤销原因.
        async fn withdrawn_because(&self) -> Option<&str> {
            self.0.row.withdrawn_because.as_deref()
        }

        /// Where the record comes from 数据来源.
        async fn provenance(&self) -> Provenance {
            self.0.row.provenance
        }

        /// Grows with each change 版本.
        async fn version(&self) -> i32 {
            self.0.row.version
        }

        /// The complex 小区.
        async fn complex(&self, ctx: &Context<'_>) -> Option<Result<Complex, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }
    }
    lists {
        /// What was done to its record, by whom and when; for officials of its place 变更记录.
        changes: RecordChange(RecordChangeFilter, RecordChangeOrderField),
    }
}

impl Record for ComplexHonour {
    type Row = complex_honour::Model;

    fn new(rec: Rec<complex_honour::Model>) -> Self {
        Self(Arc::new(rec))
    }

    fn fill<'a>(
        cx: &'a Cx,
        rows: &'a mut [Rec<complex_honour::Model>],
        selection: &'a Selection<'a>,
    ) -> BoxFuture<'a, Result<(), ApiError>> {
        Box::pin(async move {
            plan::one::<Complex, _>(cx, rows, selection, "complex", |honour| Some(honour.complex_id)).await?;
            plan::many::<RecordChange, _, _>(cx, rows, selection, "changes", |honour| honour.id.0, OF_RECORD).await
        })
    }
}

impl Listed for ComplexHonour {
    type Noun = Honours;
    type Filter = ComplexHonourFilter;
    type Order = ComplexHonourOrderField;

    const ORDER: (ComplexHonourOrderField, OrderDirection) = (ComplexHonourOrderField::AwardedOn, OrderDirection::Desc);

    fn usual(filter: Filter<HonourWhere>, clock: &Clock) -> Filter<HonourWhere> {
        filter.unless_said(|fact| matches!(fact, HonourWhere::Lasting(_)), HonourWhere::Lasting(Lasting::On(clock.today())))
    }
}

/// Which honours 荣誉筛选; all that is given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct ComplexHonourFilter {
    /// All of these 且.
    pub and: Option<Vec<Self>>,
    /// Any of these 或.
    pub or: Option<Vec<Self>>,
    /// Not this 非.
    pub not: Option<Box<Self>>,
    /// By id 标识.
    pub id: Option<IdFilter>,
    /// By what it is called 名称.
    pub name: Option<TextFilter>,
    /// By who gave it 授予单位.
    pub awarded_by: Option<TextFilter>,
    /// By when it was given 授予日期.
    pub awarded_on: Option<DateFilter>,
    /// By where the record comes from 数据来源.
    pub provenance: Option<EnumFilter<Provenance>>,
    /// Whether it was withdrawn; when the filter does not say, a list shows what the complex has today 是否已撤销.
    pub withdrawn: Option<bool>,
}

impl Lower<HonourWhere> for ComplexHonourFilter {
    fn lower(self, clock: &Clock) -> Result<Filter<HonourWhere>, ApiError> {
        Ok(All::of(clock, self.and, self.or, self.not)?
            .id::<ComplexHonourId>(self.id, HonourWhere::Id)?
            .test(self.name, HonourWhere::Name)?
            .test(self.awarded_by, HonourWhere::AwardedBy)?
            .test(self.awarded_on, HonourWhere::AwardedOn)?
            .test(self.provenance, HonourWhere::Provenance)?
            .ended(self.withdrawn, HonourWhere::Lasting)
            .done())
    }
}

orders! {
    /// What honours are ordered by 荣誉排序字段.
    ComplexHonourOrderField("ComplexHonourOrder") => HonourOrder {
        /// By when they were given 授予日期.
        AwardedOn,
    }
}

/// Complexes by their honours 按荣誉筛选小区; all that is given must hold. Of honours that were not withdrawn, where `withdrawn` does not say.
#[derive(Clone, Debug, Default, InputObject)]
pub struct ComplexHonourListFilter {
    /// At least one of the honours passes 至少一项.
    pub some: Option<ComplexHonourFilter>,
    /// None of the honours passes; with `{}` there is none at all 没有.
    pub none: Option<ComplexHonourFilter>,
}
