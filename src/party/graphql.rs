//! `PartyBranch`, and the root that lists them.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject};
use entity::{HandlerKind, PartyBranchId, PartyBranchKind, Provenance, party_branch};
use futures_util::future::BoxFuture;

use super::scope::{self, BranchOrder, BranchWhere, Branches};
use crate::{
    app::Cx,
    area::graphql::Area,
    clock::Clock,
    committee::{
        self,
        graphql::{Committee, CommitteeFilter, CommitteeOrderField},
    },
    complex::{
        self,
        graphql::{Complex, ComplexFilter, ComplexOrderField},
    },
    db::filter::Filter,
    graphql::{
        error::ApiError,
        filter::{All, EnumFilter, IdFilter, Lower, TextFilter},
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

/// A party organisation 党组织.
#[derive(Clone)]
pub struct PartyBranch(Arc<Rec<party_branch::Model>>);

object! {
    /// A party organisation 党组织 of any kind. The branch of a complex 小区党支部 handles cases and whistles departments 小区吹哨.
    PartyBranch {
        /// The global id 全局标识.
        pub async fn id(&self) -> ID {
            global(self.0.row.id)
        }

        /// Its name 名称.
        pub async fn name(&self) -> &str {
            &self.0.row.name
        }

        /// Always `PARTY_BRANCH` 处置主体类型.
        pub async fn kind(&self) -> HandlerKind {
            HandlerKind::PartyBranch
        }

        /// Which kind of organisation it is 党组织类型.
        async fn branch_kind(&self) -> PartyBranchKind {
            self.0.row.kind
        }

        /// Where the record comes from 数据来源.
        async fn provenance(&self) -> Provenance {
            self.0.row.provenance
        }

        /// The area it belongs to 所在区划.
        async fn area(&self, ctx: &Context<'_>) -> Option<Result<Area, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }

        /// The organisation above; null at the top 上级党组织.
        async fn parent(&self, ctx: &Context<'_>) -> Option<Result<Self, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }
    }
    lists {
        /// The organisations directly below 下级党组织.
        children: PartyBranch(PartyBranchFilter, PartyBranchOrderField),
        /// The complexes it covers 覆盖小区.
        complexes: Complex(ComplexFilter, ComplexOrderField),
        /// The posts of its secretaries, past ones too 书记任职.
        posts: Post(PostFilter, PostOrderField),
        /// Its committee, former ones too: who else sits there, such as firms' managers 党支部委员会 (双向进入、交叉任职).
        committees: Committee(CommitteeFilter, CommitteeOrderField),
    }
}

impl Record for PartyBranch {
    type Row = party_branch::Model;

    fn new(rec: Rec<party_branch::Model>) -> Self {
        Self(Arc::new(rec))
    }

    fn fill<'a>(cx: &'a Cx, rows: &'a mut [Rec<party_branch::Model>], selection: &'a Selection<'a>) -> BoxFuture<'a, Result<(), ApiError>> {
        Box::pin(async move {
            plan::one::<Area, _>(cx, rows, selection, "area", |branch| Some(branch.area_id)).await?;
            plan::one::<Self, _>(cx, rows, selection, "parent", |branch| branch.parent_id).await?;
            plan::many::<Self, _, _>(cx, rows, selection, "children", |branch| branch.id, scope::BELOW).await?;
            plan::many::<Complex, _, _>(cx, rows, selection, "complexes", |branch| branch.id, complex::scope::OF_BRANCH).await?;
            plan::many::<Post, _, _>(cx, rows, selection, "posts", |branch| branch.id.0, person::scope::OF_UNIT).await?;
            plan::many::<Committee, _, _>(cx, rows, selection, "committees", |branch| branch.id, committee::scope::OF_BRANCH).await
        })
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
}

impl Lower<BranchWhere> for PartyBranchFilter {
    fn lower(self, clock: &Clock) -> Result<Filter<BranchWhere>, ApiError> {
        Ok(All::of(clock, self.and, self.or, self.not)?
            .id::<PartyBranchId>(self.id, BranchWhere::Id)?
            .test(self.name, BranchWhere::Name)?
            .test(self.branch_kind, BranchWhere::Kind)?
            .is(self.area.map(|code| BranchWhere::Within(code.0)))
            .done())
    }
}

orders! {
    /// What party organisations are ordered by 党组织排序字段.
    PartyBranchOrderField("PartyBranchOrder") => BranchOrder {
        /// By name 名称.
        Name,
    }
}

query! {
    PartyQuery {}
    lists {
        /// Party organisations; none for visitors who are not signed in 党组织.
        party_branches: PartyBranch(PartyBranchFilter, PartyBranchOrderField),
    }
}
