//! The rows of deadline policies, and the cases whose clocks they concern.

use std::collections::HashMap;

use entity::{
    AreaId, CaseId, ClockKind, ClockState, DeadlinePolicyId, PersonId, case_clock, case_file, deadline_policy, idempotent_request,
};
use sea_orm::{
    ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{Expr, LockType},
};

use crate::{app::Cx, case::scope::DeadlinePolicies, db::DatabaseTransaction, db::noun};

/// What is in force in a district, its own and everywhere's.
pub(in crate::case) async fn policies_of(tx: &DatabaseTransaction, district: AreaId) -> Result<Vec<deadline_policy::Model>, DbErr> {
    use deadline_policy::Column as C;
    let here = Condition::any().add(C::DistrictId.is_null()).add(C::DistrictId.eq(district));
    deadline_policy::Entity::find().filter(C::EndedAt.is_null()).filter(here).all(tx).await
}

pub(in crate::case) async fn policies_in_force(tx: &DatabaseTransaction) -> Result<Vec<deadline_policy::Model>, DbErr> {
    deadline_policy::Entity::find().filter(deadline_policy::Column::EndedAt.is_null()).all(tx).await
}

/// In one statement, those that the actor may see.
pub(in crate::case) async fn policies_read(
    cx: &Cx,
    ids: &[DeadlinePolicyId],
) -> Result<HashMap<DeadlinePolicyId, deadline_policy::Model>, DbErr> {
    noun::by_ids::<DeadlinePolicies>(cx.read(), &cx.actor, ids).await
}

/// From here to the end of the transaction nobody else changes a policy of this kind. The row of the first migration stands for all of them; it is
/// locked so that clocks can still be started by it.
pub(in crate::case) async fn lock_policies(tx: &DatabaseTransaction, kind: ClockKind) -> Result<(), DbErr> {
    deadline_policy::Entity::find_by_id(DeadlinePolicyId::standard(kind)).lock(LockType::NoKeyUpdate).one(tx).await.map(|_| ())
}

pub(in crate::case) async fn maybe_policy(tx: &DatabaseTransaction, id: DeadlinePolicyId) -> Result<Option<deadline_policy::Model>, DbErr> {
    deadline_policy::Entity::find_by_id(id).one(tx).await
}

/// All versions of the policy that is about the very same as this one, the latest first.
pub(in crate::case) async fn versions_of(
    tx: &DatabaseTransaction,
    like: &deadline_policy::Model,
) -> Result<Vec<deadline_policy::Model>, DbErr> {
    use deadline_policy::Column as C;
    let same = Condition::all()
        .add(C::Kind.eq(like.kind))
        .add(like.district_id.map_or_else(|| C::DistrictId.is_null(), |district| C::DistrictId.eq(district)))
        .add(like.category.map_or_else(|| C::Category.is_null(), |category| C::Category.eq(category)))
        .add(like.matter_id.map_or_else(|| C::MatterId.is_null(), |matter| C::MatterId.eq(matter)))
        .add(like.priority.map_or_else(|| C::Priority.is_null(), |priority| C::Priority.eq(priority)))
        .add(like.level.map_or_else(|| C::Level.is_null(), |level| C::Level.eq(level)));
    deadline_policy::Entity::find().filter(same).order_by_desc(C::Version).all(tx).await
}

/// Notes which policy a request has made or ended.
pub(in crate::case) async fn keep_policy(tx: &DatabaseTransaction, key: (PersonId, String), id: DeadlinePolicyId) -> Result<(), DbErr> {
    use idempotent_request::Column as C;
    let noted = idempotent_request::Entity::update_many().col_expr(C::PolicyId, Expr::val(id));
    noted.filter(C::PersonId.eq(key.0)).filter(C::Key.eq(key.1)).exec(tx).await.map(|_| ())
}

/// Whose clocks a change of policies may concern.
#[derive(Clone, Debug)]
pub(in crate::case) struct Concerned {
    pub kind: ClockKind,
    /// None: everywhere.
    pub district: Option<AreaId>,
    pub by: ConcernedBy,
}

#[derive(Clone, Debug)]
pub(in crate::case) enum ConcernedBy {
    /// Clocks that would now be started by this policy.
    Set(DeadlinePolicyId),
    /// Clocks that run by one of these, which have ended.
    Ended(Vec<DeadlinePolicyId>),
}

/// Cases with a clock that has not stopped and may be concerned, by id, locked. Those that others hold are waited for: nobody comes by again.
pub(in crate::case) async fn lock_concerned(
    tx: &DatabaseTransaction,
    which: &Concerned,
    after: Option<CaseId>,
    most: usize,
) -> Result<Vec<case_file::Model>, DbErr> {
    use case_clock::Column as C;
    let clocks = case_clock::Entity::find().select_only().column(C::CaseId);
    let clocks = clocks.filter(C::State.ne(ClockState::Stopped)).filter(C::Kind.eq(which.kind));
    let clocks = match &which.by {
        ConcernedBy::Set(policy) => clocks.filter(C::PolicyId.ne(*policy)),
        ConcernedBy::Ended(policies) => clocks.filter(C::PolicyId.is_in(policies.iter().copied())),
    };
    let cases = case_file::Entity::find().filter(case_file::Column::Id.in_subquery(clocks.into_query()));
    let cases = cases.apply_if(which.district, |cases, district| cases.filter(case_file::Column::DistrictId.eq(district)));
    let cases = cases.apply_if(after, |cases, after| cases.filter(case_file::Column::Id.gt(after)));
    let cases = cases.order_by_asc(case_file::Column::Id).limit(u64::try_from(most).unwrap_or(u64::MAX));
    cases.lock_exclusive().all(tx).await
}
