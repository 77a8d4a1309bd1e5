//! `Committee` with what the rules say of it, and the roots that list committees and say how many complexes have one.

mod member;
pub mod mutation;

use async_graphql::{Context, ID, InputObject, Object};
use entity::{CommitteeId, CommitteeKind, CompositionRule, HandlerKind, Provenance, committee};

pub use self::{
    member::{
        CommitteeEvent, CommitteeEventFilter, CommitteeEventOrderField, CommitteeMember, CommitteeMemberFilter, CommitteeMemberOrderField,
        CommitteeTerm, CommitteeTermFilter, CommitteeTermOrderField,
    },
    mutation::{CommitteeMutation, broken},
};
use super::{
    model::{self, Finding},
    scope::{self, CommitteeOrder, CommitteeWhere, Committees},
    service,
};
use crate::{
    app::Cx,
    area::graphql::Area,
    complex::graphql::{Complex, ComplexFilter},
    db::filter::Filter,
    graphql::{
        context::cx,
        coverage::Coverage,
        error::{ApiError, message},
        filter::{All, EnumFilter, IdFilter, ListFilter, Lower, TextFilter},
        id::global,
        page::OrderDirection,
        plan::{self, Listed},
        scalar::{AreaCode, Date},
    },
    object, orders,
    party::graphql::{PartyBranch, PartyBranchFilter},
    query,
};

object! {
    /// A committee 委员会: of the owners of a complex 业主委员会, of those who supervise it, of a community 环物会, for appraisal 评议委员会, or of a party branch.
    /// Its terms 届 and seats 委员 end and are never deleted, so it can be asked for as of any day. An owners' committee handles cases of its complex; its chair and deputies
    /// act for it as long as their seats last.
    Committee: committee::Model {
        /// The global id 全局标识.
        pub id: ID = |row| global(row.id),
        /// Its name 名称.
        pub name: &str = |row| &row.name,
        /// `OWNERS_COMMITTEE` for an owners' committee, which handles cases and can be called. Every other kind cannot, and answers with the unit that is called in its
        /// place: `PARTY_BRANCH` for the committee of a branch, `COMMUNITY` for all others 处置主体类型.
        pub kind: HandlerKind = |row| model::handler_kind(row.kind),
        /// Which kind of committee it is 委员会类型.
        committee_kind: CommitteeKind = |row| row.kind,
        /// The first day 成立日.
        established_on: Date = |row| Date(row.established_on),
        /// The last day; null while it exists 解散日.
        dissolved_on: Option<Date> = |row| row.dissolved_on.map(Date),
        /// Where the record comes from 数据来源.
        provenance: Provenance = |row| row.provenance,
        /// What of it was inferred or invented; null where nothing was 来源说明.
        provenance_note: Option<&str> = |row| row.provenance_note.as_deref(),
        /// Rises by one with each change 版本.
        version: i32 = |row| row.version,
    }
    resolvers {
        /// How it stands to the rules about its members and its term, each with its source; empty where no term runs on the day, and for kinds
        /// that no rule is known of. What follows from who sits on it is not told to visitors 组成规则核查.
        async fn composition_findings(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "As of this day; today when left out 截至日期")] as_of: Option<Date>,
        ) -> Result<Vec<CompositionFinding>, ApiError> {
            let _ = as_of;
            Ok(plan::get::<Self, Option<Vec<CompositionFinding>>>(ctx, &self.0).await?.unwrap_or_default())
        }
    }
    relations {
        /// The term that runs today; null where none does 本届.
        current_term: CommitteeTerm,
        /// Where it lies: the area of its complex or branch, or the area that it is for 所在区划.
        area: Area = |committee| Some(committee.area_id),
        /// The complex it is of; null for one of a whole area or of a branch 所属小区.
        complex: Complex = |committee| committee.complex_id,
        /// The branch whose committee it is; null for every other kind 所属党支部.
        party_branch: PartyBranch = |committee| committee.branch_id,
    }
    lists {
        /// Its terms, past ones too; the latest first 历届.
        terms: CommitteeTerm(CommitteeTermFilter, CommitteeTermOrderField) = |committee| committee.id, scope::TERMS,
        /// Who sits and sat on it; empty for visitors 委员.
        members: CommitteeMember(CommitteeMemberFilter, CommitteeMemberOrderField) = |committee| committee.id, scope::MEMBERS,
        /// What was done to it, by whom and why; for officials of its area and those above 办理记录.
        timeline: CommitteeEvent(CommitteeEventFilter, CommitteeEventOrderField) = |committee| committee.id, scope::EVENTS,
    }
    fill |cx, rows, selection| {
        let ids = plan::distinct(rows.iter().map(|r| r.row.id));
        if selection.has("currentTerm") {
            let terms = service::running(cx, &ids).await?;
            plan::one_of::<CommitteeTerm, _, _>(cx, rows, selection, "currentTerm", |committee| Some(committee.id), terms).await?;
        }
        for wanted in selection.wanted("compositionFindings") {
            let day = wanted.arg::<Date>("asOf")?.map_or_else(|| cx.clock.today(), |day| day.0);
            let kinds: Vec<_> = rows.iter().map(|r| (r.row.id, r.row.kind)).collect();
            let found = service::findings(cx, &kinds, day).await?.into_iter();
            let found = found.map(|(id, all)| (id, all.into_iter().map(CompositionFinding).collect::<Vec<_>>())).collect();
            plan::value_of(rows, &wanted, |committee| committee.id, &found);
        }
    }
}

impl Listed for Committee {
    type Noun = Committees;
    type Filter = CommitteeFilter;
    type Order = CommitteeOrderField;

    const ORDER: (CommitteeOrderField, OrderDirection) = (CommitteeOrderField::Name, OrderDirection::Asc);
}

/// How a committee stands to one rule 组成规则核查结果.
#[derive(Clone)]
pub struct CompositionFinding(Finding);

/// How a committee stands to one rule 组成规则核查结果.
#[Object]
impl CompositionFinding {
    /// Which rule 规则.
    async fn rule(&self) -> CompositionRule {
        self.0.rule
    }

    /// Where the rule is written, in Chinese: an article, or the published practice that it follows 依据.
    async fn source(&self) -> &'static str {
        model::source(self.0.rule)
    }

    /// Whether it is kept; null where that cannot be said, as of owners without a register to check them against, or before a deadline 是否符合.
    async fn met(&self) -> Option<bool> {
        self.0.met
    }

    /// What was found, in the caller's language 说明.
    async fn detail(&self) -> String {
        message(words(self.0.rule), &self.0.args)
    }
}

/// The message of each rule.
fn words(rule: CompositionRule) -> &'static str {
    let (_, key) = match rule {
        CompositionRule::OwnersOnly => (CompositionRule::OwnersOnly, "finding-owners-only"),
        CompositionRule::MemberCount => (CompositionRule::MemberCount, "finding-member-count"),
        CompositionRule::OddNumber => (CompositionRule::OddNumber, "finding-odd-number"),
        CompositionRule::TermLength => (CompositionRule::TermLength, "finding-term-length"),
        CompositionRule::ChairInTime => (CompositionRule::ChairInTime, "finding-chair-in-time"),
        CompositionRule::FiledInTime => (CompositionRule::FiledInTime, "finding-filed-in-time"),
        CompositionRule::NotOfServingFirm => (CompositionRule::NotOfServingFirm, "finding-not-of-serving-firm"),
        CompositionRule::EnvironmentSeats => (CompositionRule::EnvironmentSeats, "finding-environment-seats"),
        CompositionRule::BranchSeats => (CompositionRule::BranchSeats, "finding-branch-seats"),
        CompositionRule::BranchSecretary => (CompositionRule::BranchSecretary, "finding-branch-secretary"),
        CompositionRule::BranchTerm => (CompositionRule::BranchTerm, "finding-branch-term"),
    };
    key
}

/// Which committees 委员会筛选; all that is given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct CommitteeFilter {
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
    /// By kind 委员会类型.
    pub committee_kind: Option<EnumFilter<CommitteeKind>>,
    /// By where the record comes from 数据来源.
    pub provenance: Option<EnumFilter<Provenance>>,
    /// In the subtree of this area 所在区划 (含下级).
    pub area: Option<AreaCode>,
    /// By the complex it is of 所属小区.
    pub complex: Option<Box<ComplexFilter>>,
    /// By the branch whose committee it is 所属党支部.
    pub party_branch: Option<Box<PartyBranchFilter>>,
    /// By its terms, past ones too 历届.
    pub terms: Option<ListFilter<CommitteeTermFilter>>,
    /// By who sits and sat on it, past seats too unless it says `current` or `on`; visitors see none 委员.
    pub members: Option<ListFilter<CommitteeMemberFilter>>,
    /// Whether it exists, or has been dissolved 是否存续.
    pub existing: Option<bool>,
    /// Whether a term runs 是否在任期内.
    pub in_office: Option<bool>,
    /// Whether it has a chair 是否有主任.
    pub has_chair: Option<bool>,
    /// Whether a term runs whose election has been filed 本届是否备案.
    pub filed: Option<bool>,
    /// Its latest term ends, or has ended, before this day: it has to elect 任期届满早于.
    pub term_ends_before: Option<Date>,
    /// Whether the secretary of a branch that covers its complex is its chair; to visitors, who see no members, none is 是否“一肩挑” (书记兼任主任).
    pub chaired_by_secretary: Option<bool>,
    /// Whether a member of an owners' committee works for the firm that serves the complex, which must not be; visitors see no such 是否有委员在服务本小区的物业企业任职.
    pub conflicting: Option<bool>,
    /// The day for which `existing`, `inOffice`, `hasChair`, `filed`, `chairedBySecretary` and `conflicting` beside it are meant; today when left out 截至日期.
    pub as_of: Option<Date>,
}

impl Lower<CommitteeWhere> for CommitteeFilter {
    fn lower(self, cx: &Cx) -> Result<Filter<CommitteeWhere>, ApiError> {
        let day = self.as_of.map_or_else(|| cx.clock.today(), |day| day.0);
        Ok(All::of(cx, self.and, self.or, self.not)?
            .id::<CommitteeId>(self.id, CommitteeWhere::Id)?
            .test(self.name, CommitteeWhere::Name)?
            .test(self.committee_kind, CommitteeWhere::Kind)?
            .test(self.provenance, CommitteeWhere::Provenance)?
            .within(self.area, CommitteeWhere::Within)?
            .related(self.complex, CommitteeWhere::Complex)?
            .related(self.party_branch, CommitteeWhere::Branch)?
            .list::<CommitteeTerm>(self.terms, CommitteeWhere::Terms)?
            .list::<CommitteeMember>(self.members, CommitteeWhere::Members)?
            .is(self.existing.map(|is| CommitteeWhere::Existing(is, day)))
            .is(self.in_office.map(|is| CommitteeWhere::InOffice(is, day)))
            .is(self.has_chair.map(|is| CommitteeWhere::Chaired(is, day)))
            .is(self.filed.map(|is| CommitteeWhere::Filed(is, day)))
            .is(self.term_ends_before.map(|day| CommitteeWhere::TermEndsBefore(day.0)))
            .is(self.chaired_by_secretary.map(|is| CommitteeWhere::ChairedBySecretary(is, day, cx.actor.clone())))
            .is(self.conflicting.map(|is| CommitteeWhere::Conflicting(is, day, cx.actor.clone())))
            .done())
    }
}

orders! {
    /// What committees are ordered by 委员会排序字段.
    CommitteeOrderField("CommitteeOrder") => CommitteeOrder {
        /// By name 名称.
        Name,
    }
}

query! {
    CommitteeQuery {
        /// How many of the complexes of an area have a committee of this kind in office on a day: one that exists and whose term runs. Of the complexes
        /// that have not ended by then. Null where there is no such area 委员会覆盖率.
        async fn committee_coverage(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "The area, with all below it 区划 (含下级)")] area: AreaCode,
            #[graphql(desc = "Which kind; `OWNERS` when left out 委员会类型")] kind: Option<CommitteeKind>,
            #[graphql(desc = "As of this day; today when left out 截至日期")] as_of: Option<Date>,
        ) -> Result<Option<Coverage>, ApiError> {
            let cx = cx(ctx)?;
            let day = as_of.map_or_else(|| cx.clock.today(), |day| day.0);
            let counted = service::coverage(cx, kind.unwrap_or(CommitteeKind::Owners), &area.0, day).await?;
            Ok(counted.map(|(numerator, denominator)| Coverage::of(numerator, denominator, day)))
        }
    }
    lists {
        /// Committees; those of party branches only for whoever is signed in 委员会.
        committees: Committee(CommitteeFilter, CommitteeOrderField),
    }
}
