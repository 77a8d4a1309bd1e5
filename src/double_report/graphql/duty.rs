//! Duty posts, who holds them, and hours of service.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject};
use entity::{ComplexId, DutyClaimId, DutyPostId, ServiceRecordId, duty_claim, duty_post, service_record};
use futures_util::future::BoxFuture;

use super::DoubleReport;
use crate::{
    app::Cx,
    area::graphql::Area,
    clock::Clock,
    complex::graphql::Complex,
    db::filter::Filter,
    double_report::{
        scope::{self, ClaimOrder, ClaimWhere, Claims, DutyPosts, PostOrder, PostWhere, ServiceOrder, ServiceWhere, Services},
        service,
    },
    graphql::{
        error::ApiError,
        filter::{All, DateFilter, IdFilter, Lower, TextFilter},
        id::global,
        page::OrderDirection,
        plan::{self, Listed, Rec, Record, Selection},
        scalar::{AreaCode, Date, Decimal},
    },
    object, orders,
    person::graphql::Person,
    record::{
        graphql::{RecordChange, RecordChangeFilter, RecordChangeOrderField},
        scope::OF_RECORD,
    },
};

/// A duty post 岗位.
#[derive(Clone)]
pub struct DutyPost(Arc<Rec<duty_post::Model>>);

object! {
    /// A duty post 岗位 of a complex or an area, such as that of a building's or a stairwell's keeper 楼栋长、单元长 (设岗定责): whoever has reported there can claim it, as many as it takes.
    DutyPost {
        /// The global id 全局标识.
        pub async fn id(&self) -> ID {
            global(self.0.row.id)
        }

        /// Its name 名称.
        async fn name(&self) -> &str {
            &self.0.row.name
        }

        /// What it is there for; null where nothing was said 职责.
        async fn duties(&self) -> Option<&str> {
            self.0.row.duties.as_deref()
        }

        /// How many can hold it at a time 岗位数.
        async fn places(&self) -> i32 {
            self.0.row.places
        }

        /// The last day; null while it lasts 终止日.
        async fn ended_on(&self) -> Option<Date> {
            self.0.row.ended_on.map(Date)
        }

        /// Rises by one with each change 版本.
        async fn version(&self) -> i32 {
            self.0.row.version
        }

        /// How many hold it today 已认领数.
        async fn claimed(&self, ctx: &Context<'_>) -> Result<i64, ApiError> {
            let claimed: Option<i64> = plan::get::<Self, _>(ctx, &self.0).await?;
            Ok(claimed.unwrap_or(0))
        }

        /// The complex it is for; null where it is for the whole area 小区.
        async fn complex(&self, ctx: &Context<'_>) -> Option<Result<Complex, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }

        /// Where 所在区划.
        async fn area(&self, ctx: &Context<'_>) -> Option<Result<Area, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }
    }
    lists {
        /// Who holds and held it, as far as you may see their reports 认领记录.
        claims: DutyClaim(DutyClaimFilter, DutyClaimOrderField),
        /// What was done to the record, by whom and when; for officials 变更记录.
        changes: RecordChange(RecordChangeFilter, RecordChangeOrderField),
    }
}

impl Record for DutyPost {
    type Row = duty_post::Model;

    fn new(rec: Rec<duty_post::Model>) -> Self {
        Self(Arc::new(rec))
    }

    fn fill<'a>(cx: &'a Cx, rows: &'a mut [Rec<duty_post::Model>], selection: &'a Selection<'a>) -> BoxFuture<'a, Result<(), ApiError>> {
        Box::pin(async move {
            if selection.has("claimed") {
                let ids = plan::distinct(rows.iter().map(|r| r.row.id));
                let claimed = service::claimed(cx, &ids).await?;
                plan::value(rows, selection, "claimed", |post| post.id, &claimed);
            }
            plan::one::<Complex, _>(cx, rows, selection, "complex", |post| post.complex_id).await?;
            plan::one::<Area, _>(cx, rows, selection, "area", |post| Some(post.area_id)).await?;
            plan::many::<DutyClaim, _, _>(cx, rows, selection, "claims", |post| post.id, scope::CLAIMS_OF_POST).await?;
            plan::many::<RecordChange, _, _>(cx, rows, selection, "changes", |row| row.id.0, OF_RECORD).await
        })
    }
}

impl Listed for DutyPost {
    type Noun = DutyPosts;
    type Filter = DutyPostFilter;
    type Order = DutyPostOrderField;

    const ORDER: (DutyPostOrderField, OrderDirection) = (DutyPostOrderField::Name, OrderDirection::Asc);
}

/// Which duty posts 岗位筛选; all that is given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct DutyPostFilter {
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
    /// Of this complex 小区.
    pub complex_id: Option<IdFilter>,
    /// Whether they have ended, as of today 是否已撤销.
    pub ended: Option<bool>,
}

impl Lower<PostWhere> for DutyPostFilter {
    fn lower(self, clock: &Clock) -> Result<Filter<PostWhere>, ApiError> {
        Ok(All::of(clock, self.and, self.or, self.not)?
            .id::<DutyPostId>(self.id, PostWhere::Id)?
            .test(self.name, PostWhere::Name)?
            .is(self.area.map(|code| PostWhere::Within(code.0)))
            .id::<ComplexId>(self.complex_id, PostWhere::Complex)?
            .ended(self.ended, PostWhere::Lasting)
            .done())
    }
}

orders! {
    /// What duty posts are ordered by 岗位排序字段.
    DutyPostOrderField("DutyPostOrder") => PostOrder {
        /// By name 名称.
        Name,
    }
}

/// That a duty post is held 认领岗位.
#[derive(Clone)]
pub struct DutyClaim(Arc<Rec<duty_claim::Model>>);

object! {
    /// That whoever has reported holds a duty post, for a time 认领岗位. Seen like the report.
    DutyClaim {
        /// The global id 全局标识.
        pub async fn id(&self) -> ID {
            global(self.0.row.id)
        }

        /// The first day 起始日.
        async fn starts_on(&self) -> Date {
            Date(self.0.row.starts_on)
        }

        /// The last day; null while it lasts 终止日.
        async fn ended_on(&self) -> Option<Date> {
            self.0.row.ended_on.map(Date)
        }

        /// Rises by one with each change 版本.
        async fn version(&self) -> i32 {
            self.0.row.version
        }

        /// The post 岗位.
        async fn duty_post(&self, ctx: &Context<'_>) -> Option<Result<DutyPost, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }

        /// Who holds it 报到记录.
        async fn double_report(&self, ctx: &Context<'_>) -> Option<Result<DoubleReport, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }
    }
    lists {
        /// What was done to the record, by whom and when; for officials 变更记录.
        changes: RecordChange(RecordChangeFilter, RecordChangeOrderField),
    }
}

impl Record for DutyClaim {
    type Row = duty_claim::Model;

    fn new(rec: Rec<duty_claim::Model>) -> Self {
        Self(Arc::new(rec))
    }

    fn fill<'a>(cx: &'a Cx, rows: &'a mut [Rec<duty_claim::Model>], selection: &'a Selection<'a>) -> BoxFuture<'a, Result<(), ApiError>> {
        Box::pin(async move {
            plan::one::<DutyPost, _>(cx, rows, selection, "dutyPost", |claim| Some(claim.post_id)).await?;
            plan::one::<DoubleReport, _>(cx, rows, selection, "doubleReport", |claim| Some(claim.report_id)).await?;
            plan::many::<RecordChange, _, _>(cx, rows, selection, "changes", |row| row.id.0, OF_RECORD).await
        })
    }
}

impl Listed for DutyClaim {
    type Noun = Claims;
    type Filter = DutyClaimFilter;
    type Order = DutyClaimOrderField;

    const ORDER: (DutyClaimOrderField, OrderDirection) = (DutyClaimOrderField::StartsOn, OrderDirection::Asc);
}

/// Which claims 认领筛选; all that is given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct DutyClaimFilter {
    /// All of these 且.
    pub and: Option<Vec<Self>>,
    /// Any of these 或.
    pub or: Option<Vec<Self>>,
    /// Not this 非.
    pub not: Option<Box<Self>>,
    /// By id 标识.
    pub id: Option<IdFilter>,
    /// Lasting on this day; all, past ones too, when left out 该日有效.
    pub on: Option<Date>,
    /// Whether they have ended, as of today 是否已终止.
    pub ended: Option<bool>,
}

impl Lower<ClaimWhere> for DutyClaimFilter {
    fn lower(self, clock: &Clock) -> Result<Filter<ClaimWhere>, ApiError> {
        Ok(All::of(clock, self.and, self.or, self.not)?
            .id::<DutyClaimId>(self.id, ClaimWhere::Id)?
            .is(self.on.map(|day| ClaimWhere::Lasting(true, day.0)))
            .is(self.ended.map(|ended| ClaimWhere::Lasting(!ended, clock.today())))
            .done())
    }
}

orders! {
    /// What claims are ordered by 认领排序字段.
    DutyClaimOrderField("DutyClaimOrder") => ClaimOrder {
        /// By the first day 起始日.
        StartsOn,
    }
}

/// Hours of service 服务记录.
#[derive(Clone)]
pub struct ServiceRecord(Arc<Rec<service_record::Model>>);

object! {
    /// Hours of service 服务记录. What was recorded is never changed: somebody else confirms it, or it is withdrawn with a reason. Seen like the report.
    ServiceRecord {
        /// The global id 全局标识.
        pub async fn id(&self) -> ID {
            global(self.0.row.id)
        }

        /// The day of the service 服务日期.
        async fn day(&self) -> Date {
            Date(self.0.row.day)
        }

        /// Hours, to two places 服务时长 (小时).
        async fn hours(&self) -> Decimal {
            Decimal(self.0.row.hours)
        }

        /// What was done 服务内容.
        async fn work(&self) -> &str {
            &self.0.row.work
        }

        /// On which day it was confirmed; null where it was not 确认日.
        async fn confirmed_on(&self) -> Option<Date> {
            self.0.row.confirmed_on.map(Date)
        }

        /// On which day it was withdrawn; null where it was not 撤回日.
        async fn withdrawn_on(&self) -> Option<Date> {
            self.0.row.ended_on.map(Date)
        }

        /// Why it was withdrawn; null where it was not 撤回原因.
        async fn withdrawn_because(&self) -> Option<&str> {
            self.0.row.withdrawn_because.as_deref()
        }

        /// Rises by one with each change 版本.
        async fn version(&self) -> i32 {
            self.0.row.version
        }

        /// Whose service it was 报到记录.
        async fn double_report(&self, ctx: &Context<'_>) -> Option<Result<DoubleReport, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }

        /// Who recorded it; null where you may not see the person 录入人.
        async fn recorder(&self, ctx: &Context<'_>) -> Option<Result<Person, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }

        /// Who confirmed it; null where nobody has, or you may not see the person 确认人.
        async fn confirmer(&self, ctx: &Context<'_>) -> Option<Result<Person, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }
    }
    lists {
        /// What was done to the record, by whom and when; for officials 变更记录.
        changes: RecordChange(RecordChangeFilter, RecordChangeOrderField),
    }
}

impl Record for ServiceRecord {
    type Row = service_record::Model;

    fn new(rec: Rec<service_record::Model>) -> Self {
        Self(Arc::new(rec))
    }

    fn fill<'a>(
        cx: &'a Cx,
        rows: &'a mut [Rec<service_record::Model>],
        selection: &'a Selection<'a>,
    ) -> BoxFuture<'a, Result<(), ApiError>> {
        Box::pin(async move {
            plan::one::<DoubleReport, _>(cx, rows, selection, "doubleReport", |record| Some(record.report_id)).await?;
            plan::one::<Person, _>(cx, rows, selection, "recorder", |record| Some(record.recorded_by)).await?;
            plan::one::<Person, _>(cx, rows, selection, "confirmer", |record| record.confirmed_by).await?;
            plan::many::<RecordChange, _, _>(cx, rows, selection, "changes", |row| row.id.0, OF_RECORD).await
        })
    }
}

impl Listed for ServiceRecord {
    type Noun = Services;
    type Filter = ServiceRecordFilter;
    type Order = ServiceRecordOrderField;

    const ORDER: (ServiceRecordOrderField, OrderDirection) = (ServiceRecordOrderField::Day, OrderDirection::Desc);
}

/// Which hours of service 服务记录筛选; all that is given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct ServiceRecordFilter {
    /// All of these 且.
    pub and: Option<Vec<Self>>,
    /// Any of these 或.
    pub or: Option<Vec<Self>>,
    /// Not this 非.
    pub not: Option<Box<Self>>,
    /// By id 标识.
    pub id: Option<IdFilter>,
    /// By the day of the service 服务日期.
    pub day: Option<DateFilter>,
    /// Whether they are confirmed 是否已确认.
    pub confirmed: Option<bool>,
    /// Whether they were withdrawn 是否已撤回.
    pub withdrawn: Option<bool>,
}

impl Lower<ServiceWhere> for ServiceRecordFilter {
    fn lower(self, clock: &Clock) -> Result<Filter<ServiceWhere>, ApiError> {
        Ok(All::of(clock, self.and, self.or, self.not)?
            .id::<ServiceRecordId>(self.id, ServiceWhere::Id)?
            .test(self.day, ServiceWhere::Day)?
            .is(self.confirmed.map(ServiceWhere::Confirmed))
            .is(self.withdrawn.map(ServiceWhere::Withdrawn))
            .done())
    }
}

orders! {
    /// What hours of service are ordered by 服务记录排序字段.
    ServiceRecordOrderField("ServiceRecordOrder") => ServiceOrder {
        /// By the day 服务日期.
        Day,
    }
}
