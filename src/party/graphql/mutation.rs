//! The mutations of party organisations and what belongs to them.

use async_graphql::{Context, ID, Object};
use entity::{PartyCoverId, PartyInstructorId, PartyMembershipId, PartyRole};

use super::inputs::*;
use crate::{
    graphql::{
        context::signed_in,
        error::{ApiError, Refusal, UserErrorCode},
        id::{self, GlobalId},
        input::{TEXT, TITLE, text},
        payload::answer,
    },
    party::service::{self, BranchChange, NewBranch, NewInstructor, SentTo},
    record::graphql::{settled, terms},
};

/// The id of a record that may be left out.
fn maybe_id<T: TryFrom<GlobalId>>(id: Option<&ID>, field: &str) -> Result<Option<T>, Refusal> {
    id.map(|id| id::required(id, field)).transpose()
}

#[derive(Default)]
pub struct PartyMutation;

/// Party organisations are kept by the officers of their place and those above; each change is kept in `changes`.
#[Object]
impl PartyMutation {
    /// Sets up a party organisation 成立党组织, by an officer of the community, subdistrict or district in which it lies, or an administrator. Only organisations of property services
    /// belong to a firm.
    async fn establish_party_branch(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where, and what it is 所在区划及类型")] input: EstablishPartyBranchInput,
    ) -> Option<Result<EstablishPartyBranchPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let decoded = (|| {
                let terms = terms!(new input);
                let new = NewBranch {
                    area: input.area.0,
                    name: text(&input.name, "name", TITLE)?,
                    kind: input.branch_kind,
                    parent: maybe_id(input.parent_id.as_ref(), "parentId")?,
                    firm: maybe_id(input.firm_id.as_ref(), "firmId")?,
                    established_on: input.established_on.map(|day| day.0),
                };
                Ok((terms, new))
            })();
            let (party_branch, user_errors) = settled(decoded, |(terms, new)| service::establish(cx, terms, new)).await?;
            Ok(EstablishPartyBranchPayload { party_branch, user_errors })
        })
        .await
    }

    /// Changes the name, the kind or the organisation above of a party organisation 变更党组织, by those who may set one up there. Refused where it would stand below itself.
    async fn update_party_branch(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and what of it 党组织及变更内容")] input: UpdatePartyBranchInput,
    ) -> Option<Result<UpdatePartyBranchPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let decoded = (|| {
                let terms = terms!(input);
                let without = input.without_parent.unwrap_or(false);
                if without && input.parent_id.is_some() {
                    return Err(Refusal::new(UserErrorCode::Mismatch, "mismatch", "withoutParent"));
                }
                let parent = maybe_id(input.parent_id.as_ref(), "parentId")?;
                let change = BranchChange {
                    name: input.name.as_deref().map(|name| text(name, "name", TITLE)).transpose()?,
                    kind: input.branch_kind,
                    parent: if without { Some(None) } else { parent.map(Some) },
                };
                Ok((terms, id::required(&input.party_branch_id, "partyBranchId")?, change))
            })();
            let (party_branch, user_errors) = settled(decoded, |(terms, id, change)| service::update(cx, terms, id, change)).await?;
            Ok(UpdatePartyBranchPayload { party_branch, user_errors })
        })
        .await
    }

    /// Dissolves a party organisation 撤销党组织, by those who may set one up there: what it covers and who was sent to it end with it. Refused with `INVALID_STATE` as long as organisations
    /// stand below it, members belong to it, somebody holds a post there, or it handles open cases.
    async fn dissolve_party_branch(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and why 党组织及理由")] input: DissolvePartyBranchInput,
    ) -> Option<Result<DissolvePartyBranchPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let decoded = (|| {
                let terms = terms!(input);
                let reason = text(&input.reason, "reason", TEXT)?;
                Ok((terms, id::required(&input.party_branch_id, "partyBranchId")?, input.ended_on.map(|day| day.0), reason))
            })();
            let (party_branch, user_errors) =
                settled(decoded, |(terms, id, on, reason)| service::dissolve(cx, terms, id, on, reason)).await?;
            Ok(DissolvePartyBranchPayload { party_branch, user_errors })
        })
        .await
    }

    /// Enters that an organisation covers a complex 覆盖小区, by those who may set up the organisation. One organisation may cover several complexes of its area; the same complex not twice at a time.
    async fn cover_complex(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which organisation and complex 党组织及小区")] input: CoverComplexInput,
    ) -> Option<Result<CoverComplexPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let decoded = (|| {
                let terms = terms!(new input);
                let pair = (id::required(&input.party_branch_id, "partyBranchId")?, id::required(&input.complex_id, "complexId")?);
                Ok((terms, pair, (input.starts_on.map(|day| day.0), input.ends_on.map(|day| day.0))))
            })();
            let (party_cover, user_errors) = settled(decoded, |(terms, pair, days)| service::cover(cx, terms, pair, days)).await?;
            Ok(CoverComplexPayload { party_cover, user_errors })
        })
        .await
    }

    /// Ends that an organisation covers a complex 终止覆盖小区, by those who may set up the organisation. What rights it gave its secretary end at once.
    async fn end_party_cover(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of them 覆盖记录")] input: EndPartyCoverInput,
    ) -> Option<Result<EndPartyCoverPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let decoded = (|| {
                let terms = terms!(input);
                Ok((terms, id::required::<PartyCoverId>(&input.party_cover_id, "partyCoverId")?, input.ends_on.map(|day| day.0)))
            })();
            let (party_cover, user_errors) = settled(decoded, |(terms, id, on)| service::end_cover(cx, terms, id, on)).await?;
            Ok(EndPartyCoverPayload { party_cover, user_errors })
        })
        .await
    }

    /// Enters that a person belongs to a party organisation 党员转入, by the organisation's secretary, an officer of the community, subdistrict or district in which it lies, or an administrator.
    async fn enrol_party_member(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who, and where 人员及党组织")] input: EnrolPartyMemberInput,
    ) -> Option<Result<EnrolPartyMemberPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let decoded = (|| {
                let terms = terms!(new input);
                let pair = (id::required(&input.party_branch_id, "partyBranchId")?, id::required(&input.person_id, "personId")?);
                Ok((terms, pair, input.role.unwrap_or(PartyRole::Member), input.starts_on.map(|day| day.0)))
            })();
            let (party_membership, user_errors) =
                settled(decoded, |(terms, pair, role, from)| service::enrol(cx, terms, pair, role, from)).await?;
            Ok(EnrolPartyMemberPayload { party_membership, user_errors })
        })
        .await
    }

    /// Changes what a member is in the organisation 变更党内身份, by those who may enrol one.
    async fn update_party_membership(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and as what 党员及身份")] input: UpdatePartyMembershipInput,
    ) -> Option<Result<UpdatePartyMembershipPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let decoded = (|| {
                let terms = terms!(input);
                Ok((terms, id::required(&input.party_membership_id, "partyMembershipId")?, input.role))
            })();
            let (party_membership, user_errors) =
                settled(decoded, |(terms, id, role)| service::update_membership(cx, terms, id, role)).await?;
            Ok(UpdatePartyMembershipPayload { party_membership, user_errors })
        })
        .await
    }

    /// Ends that a person belongs to a party organisation 党员转出, by those who may enrol one.
    async fn end_party_membership(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which membership 党员组织关系")] input: EndPartyMembershipInput,
    ) -> Option<Result<EndPartyMembershipPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let decoded = (|| {
                let terms = terms!(input);
                Ok((
                    terms,
                    id::required::<PartyMembershipId>(&input.party_membership_id, "partyMembershipId")?,
                    input.ends_on.map(|day| day.0),
                ))
            })();
            let (party_membership, user_errors) = settled(decoded, |(terms, id, on)| service::end_membership(cx, terms, id, on)).await?;
            Ok(EndPartyMembershipPayload { party_membership, user_errors })
        })
        .await
    }

    /// Sends an instructor 党建指导员 or a first secretary 第一书记: to an organisation by an officer of the subdistrict or the district in which it lies, to a firm by one of the firm's district; or by an
    /// administrator.
    async fn send_party_instructor(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom, and where 人员及去处")] input: SendPartyInstructorInput,
    ) -> Option<Result<SendPartyInstructorPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let decoded = (|| {
                let terms = terms!(new input);
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
                Ok((terms, new))
            })();
            let (party_instructor, user_errors) = settled(decoded, |(terms, new)| service::send(cx, terms, new)).await?;
            Ok(SendPartyInstructorPayload { party_instructor, user_errors })
        })
        .await
    }

    /// Ends that somebody is sent 选派结束, by those who may send one there.
    async fn end_party_instructor(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose 选派人员")] input: EndPartyInstructorInput,
    ) -> Option<Result<EndPartyInstructorPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let decoded = (|| {
                let terms = terms!(input);
                Ok((
                    terms,
                    id::required::<PartyInstructorId>(&input.party_instructor_id, "partyInstructorId")?,
                    input.ends_on.map(|day| day.0),
                ))
            })();
            let (party_instructor, user_errors) = settled(decoded, |(terms, id, on)| service::end_instructor(cx, terms, id, on)).await?;
            Ok(EndPartyInstructorPayload { party_instructor, user_errors })
        })
        .await
    }
}
