//! The mutations of party organisations and what belongs to them.

use async_graphql::ID;
use entity::{PartyCoverId, PartyInstructorId, PartyMembershipId, PartyRole};

use super::{PartyBranch, PartyCover, PartyInstructor, PartyMembership, inputs::*};
use crate::{
    graphql::{
        error::{Refusal, UserErrorCode},
        id::{self, GlobalId},
        input::{TEXT, TITLE, text},
    },
    party::service::{self, BranchChange, NewBranch, NewInstructor, SentTo},
    record::graphql::mutations,
};

/// The id of a record that may be left out.
fn maybe_id<T: TryFrom<GlobalId>>(id: Option<&ID>, field: &str) -> Result<Option<T>, Refusal> {
    id.map(|id| id::required(id, field)).transpose()
}

mutations! {
    PartyMutation {
        /// Sets up a party organisation 成立党组织, by an officer of the community, subdistrict or district in which it lies, or an administrator. Only organisations of property services
        /// belong to a firm.
        establish_party_branch(EstablishPartyBranchInput: "Where, and what it is 所在区划及类型")
            -> EstablishPartyBranchPayload { party_branch: PartyBranch } = |cx, input| {
            let terms = input.terms()?;
            let new = NewBranch {
                area: input.area.0,
                name: text(&input.name, "name", TITLE)?,
                kind: input.branch_kind,
                parent: maybe_id(input.parent_id.as_ref(), "parentId")?,
                firm: maybe_id(input.firm_id.as_ref(), "firmId")?,
                established_on: input.established_on.map(|day| day.0),
            };
            service::establish(cx, terms, new)
        };

        /// Changes the name, the kind or the organisation above of a party organisation 变更党组织, by those who may set one up there. Refused where it would stand below itself.
        update_party_branch(UpdatePartyBranchInput: "Which, and what of it 党组织及变更内容")
            -> UpdatePartyBranchPayload { party_branch: PartyBranch } = |cx, input| {
            let terms = input.terms()?;
            let without = input.without_parent.unwrap_or(false);
            if without && input.parent_id.is_some() {
                return Err(Refusal::new(UserErrorCode::Mismatch, "mismatch", "withoutParent").into());
            }
            let parent = maybe_id(input.parent_id.as_ref(), "parentId")?;
            let change = BranchChange {
                name: input.name.as_deref().map(|name| text(name, "name", TITLE)).transpose()?,
                kind: input.branch_kind,
                parent: if without { Some(None) } else { parent.map(Some) },
            };
            service::update(cx, terms, id::required(&input.party_branch_id, "partyBranchId")?, change)
        };

        /// Dissolves a party organisation 撤销党组织, by those who may set one up there: what it covers and who was sent to it end with it. Refused with `INVALID_STATE` as long as organisations
        /// stand below it, members belong to it, somebody holds a post there, it has a committee, or it handles open cases.
        dissolve_party_branch(DissolvePartyBranchInput: "Which, and why 党组织及理由")
            -> DissolvePartyBranchPayload { party_branch: PartyBranch } = |cx, input| {
            let terms = input.terms()?;
            let reason = text(&input.reason, "reason", TEXT)?;
            service::dissolve(
                cx,
                terms,
                id::required(&input.party_branch_id, "partyBranchId")?,
                input.ended_on.map(|day| day.0),
                reason,
            )
        };

        /// Enters that an organisation covers a complex 覆盖小区, by those who may set up the organisation. One organisation may cover several complexes of its area; the same complex not twice at a time.
        cover_complex(CoverComplexInput: "Which organisation and complex 党组织及小区")
            -> CoverComplexPayload { party_cover: PartyCover } = |cx, input| {
            let terms = input.terms()?;
            let pair = (id::required(&input.party_branch_id, "partyBranchId")?, id::required(&input.complex_id, "complexId")?);
            service::cover(cx, terms, pair, (input.starts_on.map(|day| day.0), input.ends_on.map(|day| day.0)))
        };

        /// Ends that an organisation covers a complex 终止覆盖小区, by those who may set up the organisation. What rights it gave its secretary end at once.
        end_party_cover(EndPartyCoverInput: "Which of them 覆盖记录") -> EndPartyCoverPayload { party_cover: PartyCover } = |cx, input| {
            let terms = input.terms()?;
            service::end_cover(
                cx,
                terms,
                id::required::<PartyCoverId>(&input.party_cover_id, "partyCoverId")?,
                input.ends_on.map(|day| day.0),
            )
        };

        /// Enters that a person belongs to a party organisation 党员转入, by the organisation's secretary, an officer of the community, subdistrict or district in which it lies, or an administrator.
        enrol_party_member(EnrolPartyMemberInput: "Who, and where 人员及党组织")
            -> EnrolPartyMemberPayload { party_membership: PartyMembership } = |cx, input| {
            let terms = input.terms()?;
            let pair = (id::required(&input.party_branch_id, "partyBranchId")?, id::required(&input.person_id, "personId")?);
            service::enrol(cx, terms, pair, input.role.unwrap_or(PartyRole::Member), input.starts_on.map(|day| day.0))
        };

        /// Changes what a member is in the organisation 变更党内身份, by those who may enrol one.
        update_party_membership(UpdatePartyMembershipInput: "Which, and as what 党员及身份")
            -> UpdatePartyMembershipPayload { party_membership: PartyMembership } = |cx, input| {
            let terms = input.terms()?;
            service::update_membership(cx, terms, id::required(&input.party_membership_id, "partyMembershipId")?, input.role)
        };

        /// Ends that a person belongs to a party organisation 党员转出, by those who may enrol one.
        end_party_membership(EndPartyMembershipInput: "Which membership 党员组织关系")
            -> EndPartyMembershipPayload { party_membership: PartyMembership } = |cx, input| {
            let terms = input.terms()?;
            service::end_membership(
                cx,
                terms,
                id::required::<PartyMembershipId>(&input.party_membership_id, "partyMembershipId")?,
                input.ends_on.map(|day| day.0),
            )
        };

        /// Sends an instructor 党建指导员 or a first secretary 第一书记: to an organisation by an officer of the subdistrict or the district in which it lies, to a firm by one of the firm's district; or by an
        /// administrator.
        send_party_instructor(SendPartyInstructorInput: "Whom, and where 人员及去处")
            -> SendPartyInstructorPayload { party_instructor: PartyInstructor } = |cx, input| {
            let terms = input.terms()?;
            let to = match &input.to {
                InstructorPlaceInput::PartyBranchId(id) => SentTo::Branch(id::required(id, "to.partyBranchId")?),
                InstructorPlaceInput::FirmId(id) => SentTo::Firm(id::required(id, "to.firmId")?),
            };
            let new = NewInstructor {
                kind: input.kind,
                person: id::required(&input.person_id, "personId")?,
                to,
                sent_by: text(&input.sent_by, "sentBy", TITLE)?,
                starts_on: input.starts_on.map(|day| day.0),
                ends_on: input.ends_on.map(|day| day.0),
            };
            service::send(cx, terms, new)
        };

        /// Ends that somebody is sent 选派结束, by those who may send one there.
        end_party_instructor(EndPartyInstructorInput: "Whose 选派人员")
            -> EndPartyInstructorPayload { party_instructor: PartyInstructor } = |cx, input| {
            let terms = input.terms()?;
            service::end_instructor(
                cx,
                terms,
                id::required::<PartyInstructorId>(&input.party_instructor_id, "partyInstructorId")?,
                input.ends_on.map(|day| day.0),
            )
        };
    }
}
