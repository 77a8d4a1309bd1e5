//! Deadline policies 时限规则: how much time there is, set and ended by administrators. A change is a new version. It concerns what is started from
//! now on; running clocks take it only where that is asked for.

use std::collections::HashMap;

use entity::{
    AreaId, CaseCategory, CasePriority, ClockHours, ClockKind, DeadlinePolicyId, HandlingLevel, MatterId, PersonId, area, deadline_policy,
};

use super::{
    CaseError,
    deadlines::apply_policies,
    once::{RequestKey, Terms, maybe_first},
};
use crate::{
    app::Cx,
    area::service as areas,
    case::{
        model::Denial,
        store::{self, Concerned, ConcernedBy},
    },
    db::{self, DatabaseTransaction, DbErr},
    department,
    event::write,
};

const AREA: &str = "area";
const MATTER: &str = "matterId";
const POLICY: &str = "policyId";

/// Why a policy was neither set nor ended.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    #[error("not a district")]
    NotADistrict,
    /// Without it there would be cases that have no deadline.
    #[error("the last policy for everywhere")]
    Needed,
    /// The caller looked at another version; this is what is in force, if anything is.
    #[error("the version is not what was expected")]
    Conflict(Option<Box<deadline_policy::Model>>),
    #[error(transparent)]
    Case(#[from] CaseError),
    #[error(transparent)]
    Db(#[from] DbErr),
}

/// What a policy is about, and how much time it gives.
#[derive(Clone, Debug)]
pub struct NewPolicy {
    /// The code of a district; none: everywhere.
    pub area: Option<String>,
    pub kind: ClockKind,
    pub category: Option<CaseCategory>,
    pub matter: Option<MatterId>,
    pub priority: Option<CasePriority>,
    pub level: Option<HandlingLevel>,
    /// Seconds that count.
    pub allowed: i64,
    pub hours: ClockHours,
    pub warn_percent: i32,
}

/// A policy that was set or ended, and how many running clocks that has changed.
#[derive(Debug)]
pub struct PolicySet {
    pub policy: deadline_policy::Model,
    pub clocks_changed: usize,
}

/// Policies by their ids, in one statement.
pub async fn policies_by_id(cx: &Cx, ids: &[DeadlinePolicyId]) -> Result<HashMap<DeadlinePolicyId, deadline_policy::Model>, DbErr> {
    store::policies_read(cx, ids).await
}

/// Puts a policy in force, in the place of the one that is about the very same. A retry under the same key goes on with the clocks where the first call
/// was cut short.
pub async fn set_policy(cx: &Cx, terms: Terms, new: NewPolicy, apply: bool) -> Result<PolicySet, PolicyError> {
    let policy = write(cx, move |cx, work| {
        Box::pin(async move {
            if let Some(first) = kept(cx, &work.tx, terms.key.as_ref()).await? {
                return Ok(first);
            }
            let policy = set_in(cx, &work.tx, terms.expected, new).await?;
            keep(cx, &work.tx, terms.key, policy.id).await?;
            Ok::<_, PolicyError>(policy)
        })
    })
    .await?;
    let by = ConcernedBy::Set(policy.id);
    applied(cx, policy, apply.then_some(by)).await
}

/// Ends a policy: what is less exact holds instead.
pub async fn end_policy(cx: &Cx, id: DeadlinePolicyId, terms: Terms, apply: bool) -> Result<PolicySet, PolicyError> {
    let (policy, versions) = write(cx, move |cx, work| {
        Box::pin(async move {
            let policy = match kept(cx, &work.tx, terms.key.as_ref()).await? {
                Some(first) => first,
                None => {
                    let policy = end_in(cx, &work.tx, id, terms.expected).await?;
                    keep(cx, &work.tx, terms.key, policy.id).await?;
                    policy
                }
            };
            let versions = store::versions_of(&work.tx, &policy).await?;
            Ok::<_, PolicyError>((policy, versions))
        })
    })
    .await?;
    let ended = versions.iter().filter(|version| version.version <= policy.version).map(|version| version.id).collect();
    applied(cx, policy, apply.then_some(ConcernedBy::Ended(ended))).await
}

async fn applied(cx: &Cx, policy: deadline_policy::Model, by: Option<ConcernedBy>) -> Result<PolicySet, PolicyError> {
    let clocks_changed = match by {
        Some(by) => apply_policies(cx, Concerned { kind: policy.kind, district: policy.district_id, by }).await?,
        None => 0,
    };
    Ok(PolicySet { policy, clocks_changed })
}

/// What was done under this key before, as it stands now.
async fn kept(cx: &Cx, tx: &DatabaseTransaction, key: Option<&RequestKey>) -> Result<Option<deadline_policy::Model>, PolicyError> {
    let Some(key) = key else { return Ok(None) };
    let Some(first) = maybe_first(cx, tx, key).await? else { return Ok(None) };
    match first.policy_id {
        Some(id) => Ok(store::maybe_policy(tx, id).await?),
        None => Ok(None),
    }
}

async fn keep(cx: &Cx, tx: &DatabaseTransaction, key: Option<RequestKey>, id: DeadlinePolicyId) -> Result<(), PolicyError> {
    if let Some(key) = key {
        store::keep_policy(tx, (me(cx)?, key.key), id).await?;
    }
    Ok(())
}

fn me(cx: &Cx) -> Result<PersonId, CaseError> {
    cx.actor.person.ok_or(CaseError::Anonymous)
}

async fn set_in(cx: &Cx, tx: &DatabaseTransaction, expected: Option<i32>, new: NewPolicy) -> Result<deadline_policy::Model, PolicyError> {
    let district = match &new.area {
        Some(code) => Some(areas::maybe_by_code_in_tx(tx, code).await?.ok_or(CaseError::NotFound(AREA))?),
        None => None,
    };
    may(cx, tx, district.as_ref().map(|district| district.id), AREA).await?;
    if let Some(district) = &district
        && !areas::is_district_in_tx(tx, district).await?
    {
        return Err(PolicyError::NotADistrict);
    }
    if let Some(matter) = new.matter {
        matter_of(tx, matter, district.as_ref(), new.category).await?;
    }
    store::lock_policies(tx, new.kind).await?;
    let mut policy = deadline_policy::Model {
        id: cx.clock.new_id(),
        district_id: district.map(|district| district.id),
        kind: new.kind,
        category: new.category,
        matter_id: new.matter,
        priority: new.priority,
        level: new.level,
        allowed: new.allowed,
        hours: new.hours,
        warn_percent: new.warn_percent,
        version: 1,
        made_at: cx.clock.now(),
        made_by: Some(me(cx)?),
        ended_at: None,
    };
    let versions = store::versions_of(tx, &policy).await?;
    let in_force = versions.iter().find(|version| version.ended_at.is_none());
    at_version(expected, in_force)?;
    policy.version = versions.first().map_or(0, |latest| latest.version) + 1;
    if let Some(replaced) = in_force {
        db::save(tx, deadline_policy::Model { ended_at: Some(policy.made_at), ..replaced.clone() }).await?;
    }
    db::insert(tx, policy.clone()).await?;
    Ok(policy)
}

async fn end_in(
    cx: &Cx,
    tx: &DatabaseTransaction,
    id: DeadlinePolicyId,
    expected: Option<i32>,
) -> Result<deadline_policy::Model, PolicyError> {
    let found = store::maybe_policy(tx, id).await?.ok_or(CaseError::NotFound(POLICY))?;
    may(cx, tx, found.district_id, POLICY).await?;
    store::lock_policies(tx, found.kind).await?;
    // again, now that nobody else changes it
    let policy = store::maybe_policy(tx, id).await?.ok_or(CaseError::NotFound(POLICY))?;
    at_version(expected, Some(&policy))?;
    if policy.ended_at.is_some() {
        return Err(CaseError::Denied(Denial::InvalidState, POLICY).into());
    }
    let general = policy.district_id.is_none() && policy.category.is_none() && policy.matter_id.is_none();
    if general && policy.priority.is_none() && policy.level.is_none() {
        return Err(PolicyError::Needed);
    }
    let ended = deadline_policy::Model { ended_at: Some(cx.clock.now()), ..policy };
    db::save(tx, ended.clone()).await?;
    Ok(ended)
}

fn at_version(expected: Option<i32>, policy: Option<&deadline_policy::Model>) -> Result<(), PolicyError> {
    let version = policy.map_or(0, |policy| policy.version);
    if expected.is_none_or(|expected| expected == version) {
        return Ok(());
    }
    Err(PolicyError::Conflict(policy.map(|policy| Box::new(policy.clone()))))
}

/// A district's policies and paths are set by administrators of the district or of an area above it; those for everywhere by administrators of a province, above
/// whom there is nobody.
pub(super) async fn may(cx: &Cx, tx: &DatabaseTransaction, district: Option<AreaId>, field: &'static str) -> Result<(), CaseError> {
    let posts = cx.actor.administers();
    if posts.is_empty() {
        return Err(CaseError::Denied(Denial::Forbidden, ""));
    }
    if areas::reach_in_tx(tx, &posts, district).await? { Ok(()) } else { Err(CaseError::Denied(Denial::Forbidden, field)) }
}

/// A matter is of one district's catalogue, and of one category.
pub(super) async fn matter_of(
    tx: &DatabaseTransaction,
    id: MatterId,
    district: Option<&area::Model>,
    category: Option<CaseCategory>,
) -> Result<(), CaseError> {
    let matter = department::service::maybe_matter_in_tx(tx, id).await?.ok_or(CaseError::NotFound(MATTER))?;
    let fits = district.is_some_and(|district| district.id == matter.district_id);
    if fits && category.is_none_or(|category| category == matter.category) {
        return Ok(());
    }
    Err(CaseError::Denied(Denial::Mismatch, MATTER))
}
