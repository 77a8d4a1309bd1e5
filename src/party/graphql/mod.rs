//! `PartyBranch` with all that belongs to it, and the roots that list them and say what they cover.

pub mod inputs;
mod member;
pub mod mutation;

use async_graphql::{Context, Enum, ID, InputObject};
use entity::{ComplexId, FirmId, HandlerKind, PartyBranchId, PartyBranchKind, Provenance, party_branch};

pub use self::{
    member::{
        PartyCover, PartyCoverFilter, PartyCoverOrderField, PartyInstructor, PartyInstructorFilter, PartyInstructorOrderField,
        PartyMembership, PartyMembershipFilter, PartyMembershipOrderField,
    },
    mutation::PartyMutation,
};
use super::{
    scope::{self, BranchOrder, BranchWhere, Branches},
    service::{self, Covered},
};
use crate::{
    app::Cx,
    area::graphql::Area,
    committee::{
        self,
        graphql::{Committee, CommitteeFilter, CommitteeOrderField},
    },
    complex::{
        self,
        graphql::{Complex, ComplexFilter, ComplexOrderField},
        scope::ComplexWhere,
    },
    db::filter::Filter,
    firm::graphql::PropertyFirm,
    graphql::{
        context::cx,
        coverage::Coverage,
        error::ApiError,
        filter::{All, EnumFilter, IdFilter, ListFilter, Lower, TextFilter},
        id::global,
        page::OrderDirection,
        plan::{self, Listed},
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
    /// A party organisation 党组织 of any kind. The branch of a complex 小区党支部 handles cases and whistles departments 小区吹哨.
    PartyBranch: party_branch::Model {
        /// The global id 全局标识.
        pub id: ID = |row| global(row.id),
        /// Its name 名称.
        pub name: &str = |row| &row.name,
        /// Always `PARTY_BRANCH` 处置主体类型.
        pub kind: HandlerKind = |_| HandlerKind::PartyBranch,
        /// Which kind of organisation it is 党组织类型.
        branch_kind: PartyBranchKind = |row| row.kind,
        /// Where the record comes from 数据来源.
        provenance: Provenance = |row| row.provenance,
        /// The first day; null where not recorded 成立日.
        established_on: Option<Date> = |row| row.established_on.map(Date),
        /// The last day; null while it exists 撤销日.
        ended_on: Option<Date> = |row| row.ended_on.map(Date),
        /// Rises by one with each change 版本.
        version: i32 = |row| row.version,
    }
    resolvers {
        /// How many members belong to it, not counting those of the organisations below; for officials only, null for others 党员人数.
        async fn member_count(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "On this day; today when left out 截至日期")] on: Option<Date>,
        ) -> Option<Result<i64, ApiError>> {
            let _ = on;
            plan::maybe::<Self, _>(ctx, &self.0).await
        }
    }
    relations {
        /// Its secretary today; null where there is none, or one whom you may not see 书记.
        secretary: Post,
        /// The area it belongs to 所在区划.
        area: Area = |branch| Some(branch.area_id),
        /// The organisation above; null at the top 上级党组织.
        parent: Self = |branch| branch.parent_id,
        /// The firm whose organisation it is; null where it is no firm's 所属物业企业.
        firm: PropertyFirm = |branch| branch.firm_id,
    }
    lists {
        /// The organisations directly below 下级党组织.
        children: PartyBranch(PartyBranchFilter, PartyBranchOrderField),
        /// The complexes that it covers today; those of other days are in `covers` 覆盖小区.
        complexes: Complex(ComplexFilter, ComplexOrderField),
        /// Which complexes it covers and covered, each with its days 覆盖小区 (含历史).
        covers: PartyCover(PartyCoverFilter, PartyCoverOrderField) = |branch| branch.id, scope::COVERS,
        /// Who belongs and belonged to it: sensitive personal data, told to the member, to the organisation's secretary, and to the officers of its area
        /// and above; empty for others 党员.
        members: PartyMembership(PartyMembershipFilter, PartyMembershipOrderField) = |branch| branch.id, scope::MEMBERS,
        /// Who is and was sent to it 选派指导员、第一书记.
        instructors: PartyInstructor(PartyInstructorFilter, PartyInstructorOrderField) = |branch| branch.id, scope::INSTRUCTORS,
        /// The posts of its secretaries, past ones too 书记任职.
        posts: Post(PostFilter, PostOrderField) = |branch| branch.id.0, person::scope::OF_UNIT,
        /// Its committee, former ones too: who else sits there, such as firms' managers 党支部委员会 (双向进入、交叉任职).
        committees: Committee(CommitteeFilter, CommitteeOrderField) = |branch| branch.id, committee::scope::OF_BRANCH,
        /// What was done to the record, by whom and when; for officials 变更记录.
        changes: RecordChange(RecordChangeFilter, RecordChangeOrderField) = |row| row.id.0, OF_RECORD,
    }
    fill |cx, rows, selection| {
        plan::many::<Self, _, _>(cx, rows, selection, "children", |branch| branch.id, scope::BELOW).await?;
        let ids = plan::distinct(rows.iter().map(|r| r.row.id));
        if selection.has("secretary") {
            let posts = service::secretaries(cx, &ids).await?;
            plan::one_of::<Post, _, _>(cx, rows, selection, "secretary", |branch| Some(branch.id), posts).await?;
        }
        for wanted in selection.wanted("memberCount") {
            let day = wanted.arg::<Date>("on")?.map_or_else(|| cx.clock.today(), |day| day.0);
            let counts = service::member_counts(cx, &ids, day).await?;
            plan::value_of(rows, &wanted, |branch| branch.id, &counts);
        }
        let today = cx.clock.today();
        let of_today = (complex::scope::OF_BRANCH, move || Some(ComplexWhere::CoveredOn(today)));
        plan::many_that::<Complex, _, _>(cx, rows, selection, "complexes", |branch| branch.id, of_today).await?;
    }
}

impl Listed for PartyBranch {
    type Noun = Branches;
    type Filter = PartyBranchFilter;
    type Order = PartyBranchOrderField;

    const ORDER: (PartyBranchOrderField, OrderDirection) = (PartyBranchOrderField::Name, OrderDirection::Asc);
}

/// Which party organisations 党组织筛选; all that is given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct PartyBranchFilter {
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
    /// By kind 党组织类型.
    pub branch_kind: Option<EnumFilter<PartyBranchKind>>,
    /// In the subtree of this area 所在区划 (含下级).
    pub area: Option<AreaCode>,
    /// The organisations of this firm 所属物业企业.
    pub firm_id: Option<IdFilter>,
    /// That cover this complex today, or on the day `on` beside it 覆盖小区.
    pub complex_id: Option<IdFilter>,
    /// By the organisation above 上级党组织.
    pub parent: Option<Box<Self>>,
    /// By the complexes that they cover today, or on the day `on` beside it 覆盖小区.
    pub complexes: Option<ListFilter<ComplexFilter>>,
    /// By their committees, former ones too unless it says `existing` 党支部委员会.
    pub committees: Option<ListFilter<CommitteeFilter>>,
    /// By the posts of their secretaries, past ones too unless it says `current` or `on`: `{none: {current: true}}` are those of whose secretary of today you
    /// see none 书记任职.
    pub posts: Option<ListFilter<PostFilter>>,
    /// That exist on this day; all that are and were when left out 存续日期.
    pub on: Option<Date>,
    /// Whether they have been dissolved, as of today 是否已撤销.
    pub ended: Option<bool>,
}

impl Lower<BranchWhere> for PartyBranchFilter {
    fn lower(self, cx: &Cx) -> Result<Filter<BranchWhere>, ApiError> {
        let day = self.on.map_or_else(|| cx.clock.today(), |day| day.0);
        let tests = self.complex_id.into_iter().flat_map(IdFilter::tests::<ComplexId>);
        let covering: Vec<_> = tests.map(|test| Filter::is(BranchWhere::Covers(test, day))).collect();
        let own = All::of(cx, self.and, self.or, self.not)?
            .id::<PartyBranchId>(self.id, BranchWhere::Id)?
            .test(self.name, BranchWhere::Name)?
            .test(self.branch_kind, BranchWhere::Kind)?
            .is(self.area.map(|code| BranchWhere::Within(code.0)))
            .id::<FirmId>(self.firm_id, BranchWhere::Firm)?
            .is(self.on.map(|day| BranchWhere::Existing(true, day.0)))
            .is(self.ended.map(|ended| BranchWhere::Existing(!ended, cx.clock.today())))
            .related(self.parent, BranchWhere::Parent)?
            .list::<Complex>(self.complexes, |complexes| BranchWhere::Complexes(complexes, day))?
            .list::<Committee>(self.committees, BranchWhere::Committees)?
            .list::<Post>(self.posts, BranchWhere::Posts)?
            .done();
        Ok(Filter::All([own].into_iter().chain(covering).collect()))
    }
}

orders! {
    /// What party organisations are ordered by 党组织排序字段.
    PartyBranchOrderField("PartyBranchOrder") => BranchOrder {
        /// By name 名称.
        Name,
    }
}

/// Of what the coverage by party organisations is computed 覆盖对象.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum PartyCoverageOf {
    /// Complexes that an organisation covers; one may cover several 小区.
    Complexes,
    /// Firms that serve a complex of the area, with an organisation of their own 物业企业.
    Firms,
    /// Grids, micro-grids aside, with a grid branch of their own 网格.
    Grids,
}

query! {
    PartyQuery {
        /// How many of the complexes, firms or grids of an area have a party organisation on a day. Of the complexes and grids that have not ended by then. Null
        /// where there is no such area 党组织覆盖率.
        async fn party_coverage(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "The area, with all below it 区划 (含下级)")] area: AreaCode,
            #[graphql(desc = "Of what; `COMPLEXES` when left out 覆盖对象")] of: Option<PartyCoverageOf>,
            #[graphql(desc = "As of this day; today when left out 截至日期")] on: Option<Date>,
        ) -> Result<Option<Coverage>, ApiError> {
            let cx = cx(ctx)?;
            let day = on.map_or_else(|| cx.clock.today(), |day| day.0);
            let of = match of.unwrap_or(PartyCoverageOf::Complexes) {
                PartyCoverageOf::Complexes => Covered::Complexes,
                PartyCoverageOf::Firms => Covered::Firms,
                PartyCoverageOf::Grids => Covered::Grids,
            };
            let counted = service::coverage(cx, of, &area.0, day).await?;
            Ok(counted.map(|(numerator, denominator)| Coverage::of(numerator, denominator, day)))
        }
    }
    lists {
        /// Party organisations, dissolved ones too unless the filter says `on` or `ended`; none for visitors who are not signed in 党组织.
        party_branches: PartyBranch(PartyBranchFilter, PartyBranchOrderField),
        /// Instructors and first secretaries sent to organisations and firms, past ones too unless the filter says `on`; none for visitors 选派指导员、第一书记.
        party_instructors: PartyInstructor(PartyInstructorFilter, PartyInstructorOrderField),
    }
}
