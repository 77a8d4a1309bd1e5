//! What belongs to a party organisation: the complexes it covers, its members, and who is sent to it.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject};
use entity::{
    ComplexId, InstructorKind, PartyCoverId, PartyInstructorId, PartyMembershipId, PartyRole, PersonId, party_cover, party_instructor,
    party_membership,
};
use futures_util::future::BoxFuture;

use super::PartyBranch;
use crate::{
    app::Cx,
    area::graphql::Area,
    clock::Clock,
    complex::graphql::Complex,
    db::filter::Filter,
    firm::graphql::PropertyFirm,
    graphql::{
        error::ApiError,
        filter::{All, EnumFilter, IdFilter, Lower},
        id::global,
        page::OrderDirection,
        plan::{self, Listed, Rec, Record, Selection},
        scalar::{AreaCode, Date},
    },
    object, orders,
    party::{
        scope::{
            CoverOrder, CoverWhere, Covers, InstructorOrder, InstructorWhere, Instructors, MembershipOrder, MembershipWhere, Memberships,
        },
        service,
    },
    person::graphql::Person,
    record::{
        graphql::{RecordChange, RecordChangeFilter, RecordChangeOrderField},
        scope::OF_RECORD,
    },
};

/// That an organisation covers a complex 覆盖小区.
#[derive(Clone)]
pub struct PartyCover(Arc<Rec<party_cover::Model>>);

object! {
    /// That a party organisation covers a complex, for a time 覆盖小区. One organisation may cover several complexes, and a complex be covered by several.
    PartyCover {
        /// The global id 全局标识.
        pub async fn id(&self) -> ID {
            global(self.0.row.id)
        }

        /// The first day; null where nobody recorded it 起始日.
        async fn starts_on(&self) -> Option<Date> {
            self.0.row.starts_on.map(Date)
        }

        /// The last day; null while it lasts 终止日.
        async fn ended_on(&self) -> Option<Date> {
            self.0.row.ended_on.map(Date)
        }

        /// Rises by one with each change 版本.
        async fn version(&self) -> i32 {
            self.0.row.version
        }

        /// The organisation 党组织.
        async fn party_branch(&self, ctx: &Context<'_>) -> Option<Result<PartyBranch, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }

        /// The complex 小区.
        async fn complex(&self, ctx: &Context<'_>) -> Option<Result<Complex, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }
    }
    lists {
        /// What was done to the record, by whom and when; for officials 变更记录.
        changes: RecordChange(RecordChangeFilter, RecordChangeOrderField),
    }
}

impl Record for PartyCover {
    type Row = party_cover::Model;

    fn new(rec: Rec<party_cover::Model>) -> Self {
        Self(Arc::new(rec))
    }

    fn fill<'a>(cx: &'a Cx, rows: &'a mut [Rec<party_cover::Model>], selection: &'a Selection<'a>) -> BoxFuture<'a, Result<(), ApiError>> {
        Box::pin(async move {
            plan::one::<PartyBranch, _>(cx, rows, selection, "partyBranch", |cover| Some(cover.branch_id)).await?;
            plan::one::<Complex, _>(cx, rows, selection, "complex", |cover| Some(cover.complex_id)).await?;
            plan::many::<RecordChange, _, _>(cx, rows, selection, "changes", |row| row.id.0, OF_RECORD).await
        })
    }
}

impl Listed for PartyCover {
    type Noun = Covers;
    type Filter = PartyCoverFilter;
    type Order = PartyCoverOrderField;

    const ORDER: (PartyCoverOrderField, OrderDirection) = (PartyCoverOrderField::Entered, OrderDirection::Asc);
}

/// Which complexes that are covered 覆盖筛选; all that is given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct PartyCoverFilter {
    /// All of these 且.
    pub and: Option<Vec<Self>>,
    /// Any of these 或.
    pub or: Option<Vec<Self>>,
    /// Not this 非.
    pub not: Option<Box<Self>>,
    /// By id 标识.
    pub id: Option<IdFilter>,
    /// Of this complex 小区.
    pub complex_id: Option<IdFilter>,
    /// Lasting on this day; all, past ones too, when left out 该日有效.
    pub on: Option<Date>,
    /// Whether they have ended, as of today 是否已终止.
    pub ended: Option<bool>,
}

impl Lower<CoverWhere> for PartyCoverFilter {
    fn lower(self, clock: &Clock) -> Result<Filter<CoverWhere>, ApiError> {
        Ok(All::of(clock, self.and, self.or, self.not)?
            .id::<PartyCoverId>(self.id, CoverWhere::Id)?
            .id::<ComplexId>(self.complex_id, CoverWhere::Complex)?
            .is(self.on.map(|day| CoverWhere::Lasting(true, day.0)))
            .is(self.ended.map(|ended| CoverWhere::Lasting(!ended, clock.today())))
            .done())
    }
}

orders! {
    /// What covered complexes are ordered by 覆盖排序字段.
    PartyCoverOrderField("PartyCoverOrder") => CoverOrder {
        /// When it was entered 录入时间.
        Entered,
    }
}

/// That a person belongs to a party organisation 党员.
#[derive(Clone)]
pub struct PartyMembership(Arc<Rec<party_membership::Model>>);

object! {
    /// That a person belongs to a party organisation, for a time 党员组织关系: sensitive personal data (个人信息保护法第二十八条). Told to the member, to the organisation's secretary, and to the
    /// officers of its area and above; others learn the number only, at `PartyBranch.memberCount`.
    PartyMembership {
        /// The global id 全局标识.
        pub async fn id(&self) -> ID {
            global(self.0.row.id)
        }

        /// The member's name 姓名.
        async fn name(&self, ctx: &Context<'_>) -> Result<String, ApiError> {
            Ok(plan::get::<Self, Option<String>>(ctx, &self.0).await?.unwrap_or_default())
        }

        /// What the member is in it; its secretary holds a post 党内身份.
        async fn role(&self) -> PartyRole {
            self.0.row.role
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

        /// The organisation 党组织.
        async fn party_branch(&self, ctx: &Context<'_>) -> Option<Result<PartyBranch, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }

        /// Who belongs to it; null where you may not see the person otherwise 人员.
        async fn person(&self, ctx: &Context<'_>) -> Option<Result<Person, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }
    }
    lists {
        /// What was done to the record, by whom and when; for officials 变更记录.
        changes: RecordChange(RecordChangeFilter, RecordChangeOrderField),
    }
}

impl Record for PartyMembership {
    type Row = party_membership::Model;

    fn new(rec: Rec<party_membership::Model>) -> Self {
        Self(Arc::new(rec))
    }

    fn fill<'a>(
        cx: &'a Cx,
        rows: &'a mut [Rec<party_membership::Model>],
        selection: &'a Selection<'a>,
    ) -> BoxFuture<'a, Result<(), ApiError>> {
        Box::pin(async move {
            if selection.has("name") {
                let names = service::names(cx, rows.iter().map(|r| (r.row.id, r.row.person_id)), true).await?;
                plan::value(rows, selection, "name", |member| member.id, &names);
            }
            plan::one::<PartyBranch, _>(cx, rows, selection, "partyBranch", |member| Some(member.branch_id)).await?;
            plan::one::<Person, _>(cx, rows, selection, "person", |member| Some(member.person_id)).await?;
            plan::many::<RecordChange, _, _>(cx, rows, selection, "changes", |row| row.id.0, OF_RECORD).await
        })
    }
}

impl Listed for PartyMembership {
    type Noun = Memberships;
    type Filter = PartyMembershipFilter;
    type Order = PartyMembershipOrderField;

    const ORDER: (PartyMembershipOrderField, OrderDirection) = (PartyMembershipOrderField::StartsOn, OrderDirection::Asc);
}

/// Which memberships 党员筛选; all that is given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct PartyMembershipFilter {
    /// All of these 且.
    pub and: Option<Vec<Self>>,
    /// Any of these 或.
    pub or: Option<Vec<Self>>,
    /// Not this 非.
    pub not: Option<Box<Self>>,
    /// By id 标识.
    pub id: Option<IdFilter>,
    /// By who belongs 人员.
    pub person_id: Option<IdFilter>,
    /// By what they are in it 党内身份.
    pub role: Option<EnumFilter<PartyRole>>,
    /// Lasting on this day; all, past ones too, when left out 该日有效.
    pub on: Option<Date>,
    /// Whether they have ended, as of today 是否已终止.
    pub ended: Option<bool>,
}

impl Lower<MembershipWhere> for PartyMembershipFilter {
    fn lower(self, clock: &Clock) -> Result<Filter<MembershipWhere>, ApiError> {
        Ok(All::of(clock, self.and, self.or, self.not)?
            .id::<PartyMembershipId>(self.id, MembershipWhere::Id)?
            .id::<PersonId>(self.person_id, MembershipWhere::Person)?
            .test(self.role, MembershipWhere::Role)?
            .is(self.on.map(|day| MembershipWhere::Lasting(true, day.0)))
            .is(self.ended.map(|ended| MembershipWhere::Lasting(!ended, clock.today())))
            .done())
    }
}

orders! {
    /// What memberships are ordered by 党员排序字段.
    PartyMembershipOrderField("PartyMembershipOrder") => MembershipOrder {
        /// By the first day 起始日.
        StartsOn,
    }
}

/// Somebody sent to a party organisation or a firm 选派人员.
#[derive(Clone)]
pub struct PartyInstructor(Arc<Rec<party_instructor::Model>>);

object! {
    /// An instructor 党建指导员 or first secretary 第一书记 sent to a party organisation or a property firm, for a time. It gives no rights in the server.
    PartyInstructor {
        /// The global id 全局标识.
        pub async fn id(&self) -> ID {
            global(self.0.row.id)
        }

        /// The name, whole for officials and oneself, since they are sent in the open; masked for others 姓名.
        async fn name(&self, ctx: &Context<'_>) -> Result<String, ApiError> {
            Ok(plan::get::<Self, Option<String>>(ctx, &self.0).await?.unwrap_or_default())
        }

        /// As what 选派类型.
        async fn kind(&self) -> InstructorKind {
            self.0.row.kind
        }

        /// The name of whoever sent them 派出单位.
        async fn sent_by(&self) -> &str {
            &self.0.row.sent_by
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

        /// The organisation they are sent to; null where it is a firm 派驻党组织.
        async fn party_branch(&self, ctx: &Context<'_>) -> Option<Result<PartyBranch, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }

        /// The firm they are sent to; null where it is an organisation 派驻物业企业.
        async fn firm(&self, ctx: &Context<'_>) -> Option<Result<PropertyFirm, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }

        /// The organisation's area, or the firm's district 所在区划.
        async fn area(&self, ctx: &Context<'_>) -> Option<Result<Area, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }

        /// Who is sent; null where you may not see the person 人员.
        async fn person(&self, ctx: &Context<'_>) -> Option<Result<Person, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }
    }
    lists {
        /// What was done to the record, by whom and when; for officials 变更记录.
        changes: RecordChange(RecordChangeFilter, RecordChangeOrderField),
    }
}

impl Record for PartyInstructor {
    type Row = party_instructor::Model;

    fn new(rec: Rec<party_instructor::Model>) -> Self {
        Self(Arc::new(rec))
    }

    fn fill<'a>(
        cx: &'a Cx,
        rows: &'a mut [Rec<party_instructor::Model>],
        selection: &'a Selection<'a>,
    ) -> BoxFuture<'a, Result<(), ApiError>> {
        Box::pin(async move {
            if selection.has("name") {
                let names = service::names(cx, rows.iter().map(|r| (r.row.id, r.row.person_id)), cx.actor.is_official()).await?;
                plan::value(rows, selection, "name", |sent| sent.id, &names);
            }
            plan::one::<PartyBranch, _>(cx, rows, selection, "partyBranch", |sent| sent.branch_id).await?;
            plan::one::<PropertyFirm, _>(cx, rows, selection, "firm", |sent| sent.firm_id).await?;
            plan::one::<Area, _>(cx, rows, selection, "area", |sent| Some(sent.area_id)).await?;
            plan::one::<Person, _>(cx, rows, selection, "person", |sent| Some(sent.person_id)).await?;
            plan::many::<RecordChange, _, _>(cx, rows, selection, "changes", |row| row.id.0, OF_RECORD).await
        })
    }
}

impl Listed for PartyInstructor {
    type Noun = Instructors;
    type Filter = PartyInstructorFilter;
    type Order = PartyInstructorOrderField;

    const ORDER: (PartyInstructorOrderField, OrderDirection) = (PartyInstructorOrderField::StartsOn, OrderDirection::Desc);
}

/// Which of those who are sent 选派筛选; all that is given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct PartyInstructorFilter {
    /// All of these 且.
    pub and: Option<Vec<Self>>,
    /// Any of these 或.
    pub or: Option<Vec<Self>>,
    /// Not this 非.
    pub not: Option<Box<Self>>,
    /// By id 标识.
    pub id: Option<IdFilter>,
    /// By as what 选派类型.
    pub kind: Option<EnumFilter<InstructorKind>>,
    /// By who is sent 人员.
    pub person_id: Option<IdFilter>,
    /// Sent to organisations in the subtree of this area, or to firms of districts in it 派驻区划 (含下级).
    pub area: Option<AreaCode>,
    /// Lasting on this day; all, past ones too, when left out 该日有效.
    pub on: Option<Date>,
    /// Whether they have ended, as of today 是否已终止.
    pub ended: Option<bool>,
}

impl Lower<InstructorWhere> for PartyInstructorFilter {
    fn lower(self, clock: &Clock) -> Result<Filter<InstructorWhere>, ApiError> {
        Ok(All::of(clock, self.and, self.or, self.not)?
            .id::<PartyInstructorId>(self.id, InstructorWhere::Id)?
            .test(self.kind, InstructorWhere::Kind)?
            .id::<PersonId>(self.person_id, InstructorWhere::Person)?
            .is(self.area.map(|code| InstructorWhere::Within(code.0)))
            .is(self.on.map(|day| InstructorWhere::Lasting(true, day.0)))
            .is(self.ended.map(|ended| InstructorWhere::Lasting(!ended, clock.today())))
            .done())
    }
}

orders! {
    /// What those who are sent are ordered by 选派排序字段.
    PartyInstructorOrderField("PartyInstructorOrder") => InstructorOrder {
        /// By the first day 起始日.
        StartsOn,
    }
}
