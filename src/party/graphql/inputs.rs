//! What is asked for of party organisations, and what comes of it.

use async_graphql::{ID, InputObject, OneofObject};
use entity::{InstructorKind, PartyBranchKind, PartyRole};

use super::{PartyBranch, PartyCover, PartyInstructor, PartyMembership};
use crate::{
    graphql::scalar::{AreaCode, Date},
    payloads,
};

/// Where somebody is sent: exactly one of these 派驻去处.
#[derive(Clone, Debug, OneofObject)]
pub enum InstructorPlaceInput {
    /// An organisation 党组织.
    PartyBranchId(ID),
    /// A firm 物业企业.
    FirmId(ID),
}

/// A new party organisation 成立党组织.
#[derive(Clone, Debug, InputObject)]
pub struct EstablishPartyBranchInput {
    /// The area it belongs to 所在区划.
    pub area: AreaCode,
    /// Its name, at most 100 characters, which no other organisation of the area has 名称.
    pub name: String,
    /// Its kind 党组织类型.
    pub branch_kind: PartyBranchKind,
    /// The organisation above it, of the same area or of one above 上级党组织.
    pub parent_id: Option<ID>,
    /// The firm whose organisation it is; of a property service only 所属物业企业.
    pub firm_id: Option<ID>,
    /// The first day, not after today; today when left out 成立日.
    pub established_on: Option<Date>,
    /// A name of your own for this call: a retry under the same key is answered with the same organisation 幂等键.
    pub idempotency_key: Option<String>,
}

/// Another name, kind or parent for a party organisation 变更党组织.
#[derive(Clone, Debug, InputObject)]
pub struct UpdatePartyBranchInput {
    /// The organisation 党组织.
    pub party_branch_id: ID,
    /// Its name; as it is when left out 名称.
    pub name: Option<String>,
    /// Its kind; as it is when left out 党组织类型.
    pub branch_kind: Option<PartyBranchKind>,
    /// The organisation above it, of the same area or of one above; as it is when left out 上级党组织.
    pub parent_id: Option<ID>,
    /// Whether nothing stands above it from now on 是否改为无上级.
    pub without_parent: Option<bool>,
    /// The version you looked at; where it is another now, nothing is done and the answer is `CONFLICT` 所见版本.
    pub expected_version: Option<i32>,
    /// A name of your own for this call: a retry under the same key is answered with the same organisation 幂等键.
    pub idempotency_key: Option<String>,
}

/// Dissolving a party organisation 撤销党组织.
#[derive(Clone, Debug, InputObject)]
pub struct DissolvePartyBranchInput {
    /// The organisation 党组织.
    pub party_branch_id: ID,
    /// The last day, not after today; today when left out 撤销日.
    pub ended_on: Option<Date>,
    /// Why, at most 4,000 characters 理由.
    pub reason: String,
    /// The version you looked at; where it is another now, nothing is done and the answer is `CONFLICT` 所见版本.
    pub expected_version: Option<i32>,
    /// A name of your own for this call: a retry under the same key is answered with the same organisation 幂等键.
    pub idempotency_key: Option<String>,
}

/// A complex that an organisation covers 覆盖小区.
#[derive(Clone, Debug, InputObject)]
pub struct CoverComplexInput {
    /// The organisation 党组织.
    pub party_branch_id: ID,
    /// The complex 小区.
    pub complex_id: ID,
    /// The first day, not after today; today when left out 起始日.
    pub starts_on: Option<Date>,
    /// The last day, where it has ended already 终止日.
    pub ends_on: Option<Date>,
    /// A name of your own for this call: a retry under the same key is answered with the same cover 幂等键.
    pub idempotency_key: Option<String>,
}

/// Ending that an organisation covers a complex 终止覆盖.
#[derive(Clone, Debug, InputObject)]
pub struct EndPartyCoverInput {
    /// Which of them 覆盖记录.
    pub party_cover_id: ID,
    /// The last day, not after today; today when left out 终止日.
    pub ends_on: Option<Date>,
    /// The version you looked at; where it is another now, nothing is done and the answer is `CONFLICT` 所见版本.
    pub expected_version: Option<i32>,
    /// A name of your own for this call: a retry under the same key is answered with the same cover 幂等键.
    pub idempotency_key: Option<String>,
}

/// A member of a party organisation 党员转入.
#[derive(Clone, Debug, InputObject)]
pub struct EnrolPartyMemberInput {
    /// The organisation 党组织.
    pub party_branch_id: ID,
    /// Who: a person whom you may see 人员.
    pub person_id: ID,
    /// As what; `MEMBER` when left out 党内身份.
    pub role: Option<PartyRole>,
    /// The first day, not after today; today when left out 起始日.
    pub starts_on: Option<Date>,
    /// A name of your own for this call: a retry under the same key is answered with the same membership 幂等键.
    pub idempotency_key: Option<String>,
}

/// Another role of a member 变更党内身份.
#[derive(Clone, Debug, InputObject)]
pub struct UpdatePartyMembershipInput {
    /// The membership 党员组织关系.
    pub party_membership_id: ID,
    /// As what from now on 党内身份.
    pub role: PartyRole,
    /// The version you looked at; where it is another now, nothing is done and the answer is `CONFLICT` 所见版本.
    pub expected_version: Option<i32>,
    /// A name of your own for this call: a retry under the same key is answered with the same membership 幂等键.
    pub idempotency_key: Option<String>,
}

/// Ending a membership 党员转出.
#[derive(Clone, Debug, InputObject)]
pub struct EndPartyMembershipInput {
    /// The membership 党员组织关系.
    pub party_membership_id: ID,
    /// The last day, not after today; today when left out 终止日.
    pub ends_on: Option<Date>,
    /// The version you looked at; where it is another now, nothing is done and the answer is `CONFLICT` 所见版本.
    pub expected_version: Option<i32>,
    /// A name of your own for this call: a retry under the same key is answered with the same membership 幂等键.
    pub idempotency_key: Option<String>,
}

/// An instructor or first secretary who is sent 选派.
#[derive(Clone, Debug, InputObject)]
pub struct SendPartyInstructorInput {
    /// As what 选派类型.
    pub kind: InstructorKind,
    /// Who: a person whom you may see 人员.
    pub person_id: ID,
    /// Where 去处.
    pub to: InstructorPlaceInput,
    /// The name of whoever sends them, at most 100 characters 派出单位.
    pub sent_by: String,
    /// The first day, not after today; today when left out 起始日.
    pub starts_on: Option<Date>,
    /// The last day, which may lie ahead; open when left out 终止日.
    pub ends_on: Option<Date>,
    /// A name of your own for this call: a retry under the same key is answered with the same instructor 幂等键.
    pub idempotency_key: Option<String>,
}

/// Ending that somebody is sent 选派结束.
#[derive(Clone, Debug, InputObject)]
pub struct EndPartyInstructorInput {
    /// Who was sent 选派人员.
    pub party_instructor_id: ID,
    /// The last day, not after today; today when left out 终止日.
    pub ends_on: Option<Date>,
    /// The version you looked at; where it is another now, nothing is done and the answer is `CONFLICT` 所见版本.
    pub expected_version: Option<i32>,
    /// A name of your own for this call: a retry under the same key is answered with the same instructor 幂等键.
    pub idempotency_key: Option<String>,
}

payloads! {
    /// What became of it 操作结果.
    EstablishPartyBranchPayload {
        /// The organisation; null where nothing was changed 党组织.
        party_branch: PartyBranch,
    }
    /// What became of it 操作结果.
    UpdatePartyBranchPayload {
        /// The organisation; null where nothing was changed, but on `CONFLICT` as it stands now 党组织.
        party_branch: PartyBranch,
    }
    /// What became of it 操作结果.
    DissolvePartyBranchPayload {
        /// The organisation; null where nothing was changed, but on `CONFLICT` as it stands now 党组织.
        party_branch: PartyBranch,
    }
    /// What became of it 操作结果.
    CoverComplexPayload {
        /// That it is covered; null where nothing was changed 覆盖记录.
        party_cover: PartyCover,
    }
    /// What became of it 操作结果.
    EndPartyCoverPayload {
        /// That it was covered; null where nothing was changed, but on `CONFLICT` as it stands now 覆盖记录.
        party_cover: PartyCover,
    }
    /// What became of it 操作结果.
    EnrolPartyMemberPayload {
        /// The membership; null where nothing was changed 党员组织关系.
        party_membership: PartyMembership,
    }
    /// What became of it 操作结果.
    UpdatePartyMembershipPayload {
        /// The membership; null where nothing was changed, but on `CONFLICT` as it stands now 党员组织关系.
        party_membership: PartyMembership,
    }
    /// What became of it 操作结果.
    EndPartyMembershipPayload {
        /// The membership; null where nothing was changed, but on `CONFLICT` as it stands now 党员组织关系.
        party_membership: PartyMembership,
    }
    /// What became of it 操作结果.
    SendPartyInstructorPayload {
        /// Who was sent; null where nothing was changed 选派人员.
        party_instructor: PartyInstructor,
    }
    /// What became of it 操作结果.
    EndPartyInstructorPayload {
        /// Who was sent; null where nothing was changed, but on `CONFLICT` as it stands now 选派人员.
        party_instructor: PartyInstructor,
    }
}
