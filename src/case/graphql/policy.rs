//! `DeadlinePolicy`, its list at the root, and the mutations that set and end policies.

use async_graphql::{Context, ID, InputObject, Object};
use entity::{CaseCategory, CasePriority, ClockHours, ClockKind, DeadlinePolicyId, HandlingLevel, MatterId, deadline_policy};

use super::{
    inputs::Decoded,
    pacing::{LEAST, MOST},
    request::request_key,
    stale,
};
use crate::{
    area::graphql::Area,
    case::{
        scope::{DeadlinePolicies, PolicyOrder, PolicyWhere},
        service::{self, NewPolicy, PolicyError, PolicySet, Terms},
    },
    department::graphql::Matter,
    graphql::{
        context::{cx, signed_in},
        error::{ApiError, Refusal, UserError, UserErrorCode},
        filter::{DateTimeFilter, EnumFilter, IdFilter, filters},
        id::{self, global},
        input::within,
        page::OrderDirection,
        payload::{answer, settle},
        plan::{self, Listed},
        scalar::{AreaCode, DateTime, Duration},
    },
    object, orders, payloads, query,
};

object! {
    /// How much time something may take 时限规则. Of the policies in force that fit a case, the most exact one starts a clock: a district's own before
    /// those for everywhere, then by matter, category, priority and level. A change is a new version; clocks name the one that they run by.
    DeadlinePolicy: deadline_policy::Model {
        /// The global id 全局标识.
        pub id: ID = |row| global(row.id),
        /// Of what it limits the time 计时类型.
        kind: ClockKind = |row| row.kind,
        /// For cases of this class of problem; null: of any 问题类别.
        category: Option<CaseCategory> = |row| row.category,
        /// For cases of this priority; null: of any 紧急程度.
        priority: Option<CasePriority> = |row| row.priority,
        /// For this level, as the one called or the one that has the case; null: for any 层级.
        level: Option<HandlingLevel> = |row| row.level,
        /// How much time there is, in time that counts 时长.
        allowed: Duration = |row| Duration(chrono::TimeDelta::seconds(row.allowed)),
        /// Which time counts 计时方式.
        hours: ClockHours = |row| row.hours,
        /// At which share of the time it warns, in percent 提醒比例.
        warn_percent: i32 = |row| row.warn_percent,
        /// Rises by one with each change of what is about the very same 版本.
        version: i32 = |row| row.version,
        /// Since when 生效时间.
        made_at: DateTime = |row| row.made_at.into(),
        /// Until when; null while it is in force 失效时间.
        ended_at: Option<DateTime> = |row| row.ended_at.map(DateTime),
    }
    relations {
        /// The district, or the city without districts, that it is for; null: everywhere 适用区划.
        area: Area = |policy| policy.district_id,
        /// For cases of this matter; null: of any, or of none 事项.
        matter: Matter = |policy| policy.matter_id,
    }
}

impl Listed for DeadlinePolicy {
    type Noun = DeadlinePolicies;
    type Filter = DeadlinePolicyFilter;
    type Order = DeadlinePolicyOrderField;

    const ORDER: (DeadlinePolicyOrderField, OrderDirection) = (DeadlinePolicyOrderField::MadeAt, OrderDirection::Asc);
}

filters! {
    /// Which policies 时限规则筛选; all that is given must hold.
    DeadlinePolicyFilter => PolicyWhere {
        /// By id 标识.
        id: IdFilter => id::<DeadlinePolicyId>(PolicyWhere::Id),
        /// Whether they are in force 是否有效.
        in_force: bool => fact(PolicyWhere::InForce),
        /// Whether they are for everywhere, or for one district 是否全域适用.
        everywhere: bool => fact(PolicyWhere::Everywhere),
        /// By what they limit the time of 计时类型.
        kind: EnumFilter<ClockKind> => test(PolicyWhere::Kind),
        /// By the class of problem that they are for 问题类别.
        category: EnumFilter<CaseCategory> => test(PolicyWhere::Category),
        /// By the matter that they are for 事项.
        matter_id: IdFilter => id::<MatterId>(PolicyWhere::Matter),
        /// By the priority that they are for 紧急程度.
        priority: EnumFilter<CasePriority> => test(PolicyWhere::Priority),
        /// By the level that they are for 层级.
        level: EnumFilter<HandlingLevel> => test(PolicyWhere::Level),
        /// By when they were made 生效时间.
        made_at: DateTimeFilter => test(PolicyWhere::MadeAt),
        /// For districts in the subtree of this area; those for everywhere are not among them 适用区划 (含下级).
        area: AreaCode => within(PolicyWhere::Within),
    }
}

orders! {
    /// What policies are ordered by 时限规则排序字段.
    DeadlinePolicyOrderField("DeadlinePolicyOrder") => PolicyOrder {
        /// By when they were made 生效时间.
        MadeAt,
    }
}

query! {
    DeadlinePolicyQuery {}
    lists {
        /// How much time there is for what, now and before; none for visitors who are not signed in 时限规则.
        deadline_policies: DeadlinePolicy(DeadlinePolicyFilter, DeadlinePolicyOrderField),
    }
}

/// Saying how much time something may take 设置时限规则. What is left out of category, matter, priority and level is not distinguished by.
#[derive(Clone, Debug, InputObject)]
pub struct SetDeadlinePolicyInput {
    /// The district, or the city without districts; everywhere when left out 适用区划.
    pub area: Option<AreaCode>,
    /// Of what it limits the time 计时类型.
    pub kind: ClockKind,
    /// For cases of this class of problem only 问题类别.
    pub category: Option<CaseCategory>,
    /// For cases of this matter only, which is of that district's catalogue, and of the category where one is given 事项.
    pub matter_id: Option<ID>,
    /// For cases of this priority only 紧急程度.
    pub priority: Option<CasePriority>,
    /// For this level only; with the kinds `CHECK_IN` and `RESOLUTION` 层级.
    pub level: Option<HandlingLevel>,
    /// How much time there is, in time that counts: from one minute to 2,000 hours 时长.
    pub allowed: Duration,
    /// Which time counts; `WORKING` when left out 计时方式.
    pub hours: Option<ClockHours>,
    /// At which share of the time it warns, from 1 to 100 percent 提醒比例.
    #[graphql(default = 75)]
    pub warn_percent: i32,
    /// Whether clocks that run or are paused take it too, where they would now be started by it: what they have used stays used, what they were given
    /// on top stays given, and each case says so in an entry `DEADLINE_CHANGED` 是否适用于进行中的计时.
    #[graphql(default)]
    pub apply_to_running: bool,
    /// The version in force that you looked at, 0 for none; where it is another now, nothing is done and the answer is `CONFLICT` with the policy as it
    /// stands 所见版本.
    pub expected_version: Option<i32>,
    /// A name of your own for this call, such as a UUID, of 1 to 100 characters: a retry under the same key makes no other version and is answered with the
    /// first; clocks that the first call did not come to take it then. Keys are yours alone and kept for at least 24 hours. Anything else under a key in use
    /// is refused with `IDEMPOTENCY_KEY_REUSED` 幂等键：以同一键重试，不重复执行.
    pub idempotency_key: Option<String>,
}

impl SetDeadlinePolicyInput {
    fn terms(&self) -> Decoded<Terms> {
        Ok(Terms { expected: self.expected_version, key: request_key(self, self.idempotency_key.as_deref())? })
    }

    fn decode(self) -> Decoded<NewPolicy> {
        if self.level.is_some() && !matches!(self.kind, ClockKind::CheckIn | ClockKind::Resolution) {
            return Err(Refusal::new(UserErrorCode::Mismatch, "policy-without-level", "level"));
        }
        Ok(NewPolicy {
            allowed: within(self.allowed, "allowed", LEAST, MOST)?.0.num_seconds(),
            warn_percent: within(self.warn_percent, "warnPercent", 1, 100)?,
            matter: self.matter_id.map(|id| id::required(&id, "matterId")).transpose()?,
            area: self.area.map(|code| code.0),
            kind: self.kind,
            category: self.category,
            priority: self.priority,
            level: self.level,
            hours: self.hours.unwrap_or(ClockHours::Working),
        })
    }
}

/// Ending a policy 终止时限规则.
#[derive(Clone, Debug, InputObject)]
pub struct EndDeadlinePolicyInput {
    /// The policy 时限规则.
    pub policy_id: ID,
    /// Whether clocks that run or are paused by it take the policy that holds instead 是否适用于进行中的计时.
    #[graphql(default)]
    pub apply_to_running: bool,
    /// The version you looked at; where it is another, nothing is done and the answer is `CONFLICT` with the policy as it stands 所见版本.
    pub expected_version: Option<i32>,
    /// A name of your own for this call, such as a UUID, of 1 to 100 characters: a retry under the same key ends nothing again and is answered with the same
    /// policy; clocks that the first call did not come to follow then. Keys are yours alone and kept for at least 24 hours. Anything else under a key in use
    /// is refused with `IDEMPOTENCY_KEY_REUSED` 幂等键：以同一键重试，不重复执行.
    pub idempotency_key: Option<String>,
}

impl EndDeadlinePolicyInput {
    fn terms(&self) -> Decoded<Terms> {
        Ok(Terms { expected: self.expected_version, key: request_key(self, self.idempotency_key.as_deref())? })
    }
}

payloads! {
    /// What became of it 操作结果.
    SetDeadlinePolicyPayload {
        /// The policy as it is now; null where nothing was changed, but on `CONFLICT` as it stands 时限规则.
        policy: DeadlinePolicy,
        /// How many clocks this call has changed; null where it was refused 变更的计时数.
        clocks_changed: i32,
    }
    /// What became of it 操作结果.
    EndDeadlinePolicyPayload {
        /// The policy as it is now; null where nothing was changed, but on `CONFLICT` as it stands 时限规则.
        policy: DeadlinePolicy,
        /// How many clocks this call has changed; null where it was refused 变更的计时数.
        clocks_changed: i32,
    }
}

impl From<PolicyError> for ApiError {
    fn from(error: PolicyError) -> Self {
        match error {
            PolicyError::NotADistrict => Refusal::new(UserErrorCode::OutOfRange, "not-a-district", "area").into(),
            PolicyError::Needed => Refusal::new(UserErrorCode::InvalidState, "policy-needed", "policyId").into(),
            PolicyError::Conflict(_) => stale().into(),
            PolicyError::Case(error) => error.into(),
            PolicyError::Db(error) => error.into(),
        }
    }
}

/// A use case that was called, or an input that cannot be.
type Run = Result<Result<PolicySet, PolicyError>, ApiError>;

type Answer = (Option<DeadlinePolicy>, Option<i32>, Vec<UserError>);

fn answered(run: Run) -> Result<Answer, ApiError> {
    if let Ok(Err(PolicyError::Conflict(policy))) = run {
        return Ok((policy.map(|policy| plan::bare(*policy)), None, vec![stale().say()]));
    }
    let (set, user_errors) = settle(run.and_then(|done| Ok(done?)))?;
    let (policy, count) = set.map(|set| (plan::bare(set.policy), i32::try_from(set.clocks_changed).unwrap_or(i32::MAX))).unzip();
    Ok((policy, count, user_errors))
}

#[derive(Default)]
pub struct DeadlinePolicyMutation;

#[Object]
impl DeadlinePolicyMutation {
    /// Says how much time something may take 设置时限规则, as a new version where there is a policy about the very same. By an administrator of the district
    /// or of an area above it; for everywhere by an administrator of a province. Running clocks keep their time unless `applyToRunning`.
    async fn set_deadline_policy(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What for and how much 适用范围及时长")] input: SetDeadlinePolicyInput,
    ) -> Option<Result<SetDeadlinePolicyPayload, ApiError>> {
        answer(async {
            signed_in(ctx)?;
            let run = async {
                let (terms, apply) = (input.terms()?, input.apply_to_running);
                Ok(service::set_policy(cx(ctx)?, terms, input.decode()?, apply).await)
            };
            let (policy, clocks_changed, user_errors) = answered(run.await)?;
            Ok(SetDeadlinePolicyPayload { policy, clocks_changed, user_errors })
        })
        .await
    }

    /// Ends a policy 终止时限规则: the next most exact one holds instead. By those who may set it. The last one of a kind for everywhere cannot be ended.
    async fn end_deadline_policy(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which policy 时限规则")] input: EndDeadlinePolicyInput,
    ) -> Option<Result<EndDeadlinePolicyPayload, ApiError>> {
        answer(async {
            signed_in(ctx)?;
            let run = async {
                let id: DeadlinePolicyId = id::required(&input.policy_id, "policyId")?;
                Ok(service::end_policy(cx(ctx)?, id, input.terms()?, input.apply_to_running).await)
            };
            let (policy, clocks_changed, user_errors) = answered(run.await)?;
            Ok(EndDeadlinePolicyPayload { policy, clocks_changed, user_errors })
        })
        .await
    }
}
