//! What is asked for of party organisations, and what comes of it.

use async_graphql::{ID, OneofObject};
use entity::{InstructorKind, PartyBranchKind, PartyRole};

use crate::{
    graphql::scalar::{AreaCode, Date},
    record::graphql::inputs,
};

/// Where somebody is sent: exactly one of these 派驻去处.
#[derive(Clone, Debug, OneofObject)]
pub enum InstructorPlaceInput {
    /// An organisation 党组织.
    PartyBranchId(ID),
    /// A firm 物业企业.
    FirmId(ID),
}

inputs! {
    /// A new party organisation 成立党组织.
    creates EstablishPartyBranchInput {
        /// The area it belongs to 所在区划.
        area: AreaCode,
        /// Its name, at most 100 characters, which no other organisation of the area has 名称.
        name: String,
        /// Its kind 党组织类型.
        branch_kind: PartyBranchKind,
        /// The organisation above it, of the same area or of one above 上级党组织.
        parent_id: Option<ID>,
        /// The firm whose organisation it is; of a property service only 所属物业企业.
        firm_id: Option<ID>,
        /// The first day, not after today; today when left out 成立日.
        established_on: Option<Date>,
    }

    /// Another name, kind or parent for a party organisation 变更党组织.
    changes UpdatePartyBranchInput {
        /// The organisation 党组织.
        party_branch_id: ID,
        /// Its name; as it is when left out 名称.
        name: Option<String>,
        /// Its kind; as it is when left out 党组织类型.
        branch_kind: Option<PartyBranchKind>,
        /// The organisation above it, of the same area or of one above; as it is when left out 上级党组织.
        parent_id: Option<ID>,
        /// Whether nothing stands above it from now on 是否改为无上级.
        without_parent: Option<bool>,
    }

    /// Dissolving a party organisation 撤销党组织.
    changes DissolvePartyBranchInput {
        /// The organisation 党组织.
        party_branch_id: ID,
        /// The last day, not after today; today when left out 撤销日.
        ended_on: Option<Date>,
        /// Why, at most 4,000 characters 理由.
        reason: String,
    }

    /// A complex that an organisation covers 覆盖小区.
    creates CoverComplexInput {
        /// The organisation 党组织.
        party_branch_id: ID,
        /// The complex 小区.
        complex_id: ID,
        /// The first day, not after today; today when left out 起始日.
        starts_on: Option<Date>,
        /// The last day, where it has ended already 终止日.
        ends_on: Option<Date>,
    }

    /// Ending that an organisation covers a complex 终止覆盖.
    changes EndPartyCoverInput {
        /// Which of them 覆盖记录.
        party_cover_id: ID,
        /// The last day, not after today; today when left out 终止日.
        ends_on: Option<Date>,
    }

    /// A member of a party organisation 党员转入.
    creates EnrolPartyMemberInput {
        /// The organisation 党组织.
        party_branch_id: ID,
        /// Who: a person whom you may see 人员.
        person_id: ID,
        /// As what; `MEMBER` when left out 党内身份.
        role: Option<PartyRole>,
        /// The first day, not after today; today when left out 起始日.
        starts_on: Option<Date>,
    }

    /// Another role of a member 变更党内身份.
    changes UpdatePartyMembershipInput {
        /// The membership 党员组织关系.
        party_membership_id: ID,
        /// As what from now on 党内身份.
        role: PartyRole,
    }

    /// Ending a membership 党员转出.
    changes EndPartyMembershipInput {
        /// The membership 党员组织关系.
        party_membership_id: ID,
        /// The last day, not after today; today when left out 终止日.
        ends_on: Option<Date>,
    }

    /// An instructor or first secretary who is sent 选派.
    creates SendPartyInstructorInput {
        /// As what 选派类型.
        kind: InstructorKind,
        /// Who: a person whom you may see 人员.
        person_id: ID,
        /// Where 去处.
        to: InstructorPlaceInput,
        /// The name of whoever sends them, at most 100 characters 派出单位.
        sent_by: String,
        /// The first day, not after today; today when left out 起始日.
        starts_on: Option<Date>,
        /// The last day, which may lie ahead; open when left out 终止日.
        ends_on: Option<Date>,
    }

    /// Ending that somebody is sent 选派结束.
    changes EndPartyInstructorInput {
        /// Who was sent 选派人员.
        party_instructor_id: ID,
        /// The last day, not after today; today when left out 终止日.
        ends_on: Option<Date>,
    }
}
