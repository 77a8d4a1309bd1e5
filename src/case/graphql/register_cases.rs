//! What registers hold and held: `RegisterRemoval`, and the mutations that enter cases and take them out.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object};
use entity::{CaseId, RegisterId, register_removal};
use futures_util::future::BoxFuture;

use super::{Case, Register};
use crate::{
    app::Cx,
    case::{
        scope::{RegisterRemovals, RemovalOrder, RemovalWhere},
        service::{Terms, register_cases},
    },
    clock::Clock,
    db::filter::Filter,
    graphql::{
        context::signed_in,
        error::{ApiError, Refusal, UserErrorCode},
        filter::{All, IdFilter, Lower},
        id,
        input::{TEXT, maybe_text},
        page::OrderDirection,
        payload::answer,
        plan::{self, Listed, Rec, Record, Selection},
        scalar::DateTime,
    },
    object, orders, payloads,
    person::graphql::Person,
    record::graphql::{settled, terms},
};

/// A case that a register held 移出记录.
#[derive(Clone)]
pub struct RegisterRemoval(Arc<Rec<register_removal::Model>>);

object! {
    /// That a register held a case until it was taken out 移出记录.
    RegisterRemoval {
        /// When the case was entered; null where it was not noted 列入时间.
        async fn added_at(&self) -> Option<DateTime> {
            self.0.row.added_at.map(DateTime::from)
        }

        /// When it was taken out 移出时间.
        async fn removed_at(&self) -> DateTime {
            self.0.row.removed_at.into()
        }

        /// Why, in words; null where nothing was said 原因.
        async fn reason(&self) -> Option<&str> {
            self.0.row.reason.as_deref()
        }

        /// The case 案件.
        async fn case(&self, ctx: &Context<'_>) -> Option<Result<Case, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }

        /// Who took it out; null where you may not see the person 经办人.
        async fn removed_by(&self, ctx: &Context<'_>) -> Option<Result<Person, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }
    }
}

impl Record for RegisterRemoval {
    type Row = register_removal::Model;

    fn new(rec: Rec<register_removal::Model>) -> Self {
        Self(Arc::new(rec))
    }

    fn fill<'a>(
        cx: &'a Cx,
        rows: &'a mut [Rec<register_removal::Model>],
        selection: &'a Selection<'a>,
    ) -> BoxFuture<'a, Result<(), ApiError>> {
        Box::pin(async move {
            plan::one::<Case, _>(cx, rows, selection, "case", |removal| Some(removal.case_id)).await?;
            plan::one::<Person, _>(cx, rows, selection, "removedBy", |removal| removal.removed_by).await
        })
    }
}

impl Listed for RegisterRemoval {
    type Noun = RegisterRemovals;
    type Filter = RegisterRemovalFilter;
    type Order = RegisterRemovalOrderField;

    const ORDER: (RegisterRemovalOrderField, OrderDirection) = (RegisterRemovalOrderField::RemovedAt, OrderDirection::Desc);
}

/// Which cases that were taken out 移出记录筛选; all that is given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct RegisterRemovalFilter {
    /// All of these 且.
    pub and: Option<Vec<Self>>,
    /// Any of these 或.
    pub or: Option<Vec<Self>>,
    /// Not this 非.
    pub not: Option<Box<Self>>,
    /// By case 案件.
    pub case_id: Option<IdFilter>,
}

impl Lower<RemovalWhere> for RegisterRemovalFilter {
    fn lower(self, clock: &Clock) -> Result<Filter<RemovalWhere>, ApiError> {
        Ok(All::of(clock, self.and, self.or, self.not)?.id::<CaseId>(self.case_id, RemovalWhere::Case)?.done())
    }
}

orders! {
    /// What cases that were taken out are ordered by 移出记录排序字段.
    RegisterRemovalOrderField("RegisterRemovalOrder") => RemovalOrder {
        /// By when they were taken out 移出时间.
        RemovedAt,
    }
}

/// Entering cases in a register 列入台账.
#[derive(Clone, Debug, InputObject)]
pub struct AddCasesToRegisterInput {
    /// The register 台账.
    pub register_id: ID,
    /// The cases, 1 to 200, which lie in the area of the register and are not in it 案件.
    pub case_ids: Vec<ID>,
    /// Why, at most 4,000 characters 原因.
    pub reason: Option<String>,
    /// The version you looked at; where it is another now, nothing is done and the answer is `CONFLICT` 所见版本.
    pub expected_version: Option<i32>,
    /// A name of your own for this call: a retry under the same key is answered with the same register 幂等键.
    pub idempotency_key: Option<String>,
}

/// Taking a case out of a register 移出台账.
#[derive(Clone, Debug, InputObject)]
pub struct RemoveCaseFromRegisterInput {
    /// The register 台账.
    pub register_id: ID,
    /// The case 案件.
    pub case_id: ID,
    /// Why, at most 4,000 characters 原因.
    pub reason: Option<String>,
    /// The version you looked at; where it is another now, nothing is done and the answer is `CONFLICT` 所见版本.
    pub expected_version: Option<i32>,
    /// A name of your own for this call: a retry under the same key is answered with the same register 幂等键.
    pub idempotency_key: Option<String>,
}

payloads! {
    /// The register with the cases 列入结果.
    AddCasesToRegisterPayload {
        /// The register; null where nothing was changed, but on `CONFLICT` as it stands now 台账.
        register: Register,
    }
    /// The register without the case 移出结果.
    RemoveCaseFromRegisterPayload {
        /// The register; null where nothing was changed, but on `CONFLICT` as it stands now 台账.
        register: Register,
    }
}

/// Cases that are entered at a time.
const MOST_CASES: usize = 200;

impl AddCasesToRegisterInput {
    fn decode(self) -> Result<(Terms, RegisterId, Vec<CaseId>, Option<String>), Refusal> {
        if !(1..=MOST_CASES).contains(&self.case_ids.len()) {
            return Err(Refusal::new(UserErrorCode::OutOfRange, "register-cases", "caseIds").with("max", MOST_CASES));
        }
        let cases = self.case_ids.iter().enumerate().map(|(at, case)| id::required(case, &format!("caseIds.{at}")));
        let cases = cases.collect::<Result<_, _>>()?;
        Ok((terms!(self), id::required(&self.register_id, "registerId")?, cases, maybe_text(self.reason.as_deref(), "reason", TEXT)?))
    }
}

impl RemoveCaseFromRegisterInput {
    fn decode(self) -> Result<(Terms, RegisterId, CaseId, Option<String>), Refusal> {
        let case = id::required(&self.case_id, "caseId")?;
        Ok((terms!(self), id::required(&self.register_id, "registerId")?, case, maybe_text(self.reason.as_deref(), "reason", TEXT)?))
    }
}

#[derive(Default)]
pub struct RegisterCasesMutation;

#[Object]
impl RegisterCasesMutation {
    /// Enters cases in a register 列入台账, all of them or none, by those who may set one up there.
    async fn add_cases_to_register(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which cases, and where 台账及案件")] input: AddCasesToRegisterInput,
    ) -> Option<Result<AddCasesToRegisterPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let run = |(terms, id, cases, why)| register_cases::add(cx, terms, id, cases, why);
            let (register, user_errors) = settled(input.decode(), run).await?;
            Ok(AddCasesToRegisterPayload { register, user_errors })
        })
        .await
    }

    /// Takes a case out of a register 移出台账, by those who may set one up there; `removals` keeps that it was in, from when to when, and why.
    async fn remove_case_from_register(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which case, and why 台账、案件及原因")] input: RemoveCaseFromRegisterInput,
    ) -> Option<Result<RemoveCaseFromRegisterPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let run = |(terms, id, case, why)| register_cases::remove(cx, terms, id, case, why);
            let (register, user_errors) = settled(input.decode(), run).await?;
            Ok(RemoveCaseFromRegisterPayload { register, user_errors })
        })
        .await
    }
}
