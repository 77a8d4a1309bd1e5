//! The mutations of double reports, duty posts and hours of service.

use async_graphql::{Context, Object};
use entity::{DoubleReportId, DutyClaimId, DutyPostId};

use super::inputs::*;
use crate::{
    double_report::service::{self, Hours, NewPost, NewReport, Place, Who},
    graphql::{
        context::signed_in,
        error::ApiError,
        id,
        input::{TEXT, TITLE, maybe_text, text, within},
        payload::answer,
    },
    record::graphql::{settled, terms},
};

#[derive(Default)]
pub struct DoubleReportMutation;

/// Persons report for themselves; whoever answers for the place keeps the rest. Not to be confused with `checkInWhistle`, the other 报到.
#[Object]
impl DoubleReportMutation {
    /// Enters a double report 双报到: by a party member for themselves, or for others and for units by the secretary of the organisation or of one that covers the complex, an officer of the
    /// community, subdistrict or district, or an administrator. The same to the same place once at a time.
    async fn register_double_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who, where, and what is offered 报到主体、去处及服务项目")] input: RegisterDoubleReportInput,
    ) -> Option<Result<RegisterDoubleReportPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let me = cx.actor.person.ok_or_else(ApiError::unauthenticated)?;
            let decoded = (|| {
                let terms = terms!(new input);
                let who = match &input.who {
                    None => Who::Person(me),
                    Some(DoubleReporterInput::PersonId(id)) => Who::Person(id::required(id, "who.personId")?),
                    Some(DoubleReporterInput::DepartmentId(id)) => Who::Department(id::required(id, "who.departmentId")?),
                    Some(DoubleReporterInput::FirmId(id)) => Who::Firm(id::required(id, "who.firmId")?),
                    Some(DoubleReporterInput::UnitName(name)) => Who::Unit(text(name, "who.unitName", TITLE)?),
                };
                let to = match &input.to {
                    DoubleReportPlaceInput::PartyBranchId(id) => Place::Branch(id::required(id, "to.partyBranchId")?),
                    DoubleReportPlaceInput::ComplexId(id) => Place::Complex(id::required(id, "to.complexId")?),
                    DoubleReportPlaceInput::AreaCode(code) => Place::Area(code.0.clone()),
                };
                let service = maybe_text(input.service.as_deref(), "service", TEXT)?;
                let skills = maybe_text(input.skills.as_deref(), "skills", TEXT)?;
                Ok((terms, NewReport { who, to, service, skills, starts_on: input.starts_on.map(|day| day.0) }))
            })();
            let (double_report, user_errors) = settled(decoded, |(terms, new)| service::register(cx, terms, new)).await?;
            Ok(RegisterDoubleReportPayload { double_report, user_errors })
        })
        .await
    }

    /// Ends a double report 结束报到, by whoever may enter it; the posts claimed by it are free again.
    async fn end_double_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which report 报到记录")] input: EndDoubleReportInput,
    ) -> Option<Result<EndDoubleReportPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let decoded = (|| {
                let terms = terms!(input);
                Ok((terms, id::required::<DoubleReportId>(&input.double_report_id, "doubleReportId")?, input.ends_on.map(|day| day.0)))
            })();
            let (double_report, user_errors) = settled(decoded, |(terms, id, on)| service::end(cx, terms, id, on)).await?;
            Ok(EndDoubleReportPayload { double_report, user_errors })
        })
        .await
    }

    /// Sets up a duty post 设岗定责, by an officer of the community, subdistrict or district in which it lies, or an administrator.
    async fn create_duty_post(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where, and what it is 去处及职责")] input: CreateDutyPostInput,
    ) -> Option<Result<CreateDutyPostPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let decoded = (|| {
                let terms = terms!(new input);
                let place = match &input.place {
                    DutyPlaceInput::ComplexId(id) => Place::Complex(id::required(id, "place.complexId")?),
                    DutyPlaceInput::AreaCode(code) => Place::Area(code.0.clone()),
                };
                let (name, duties) = (text(&input.name, "name", TITLE)?, maybe_text(input.duties.as_deref(), "duties", TEXT)?);
                Ok((terms, NewPost { name, place, duties, places: within(input.places.unwrap_or(1), "places", 1, 1_000)? }))
            })();
            let (duty_post, user_errors) = settled(decoded, |(terms, new)| service::create_post(cx, terms, new)).await?;
            Ok(CreateDutyPostPayload { duty_post, user_errors })
        })
        .await
    }

    /// Ends a duty post 撤岗, by those who may set one up there; nobody holds it any longer.
    async fn end_duty_post(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which post 岗位")] input: EndDutyPostInput,
    ) -> Option<Result<EndDutyPostPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let decoded = (|| {
                let terms = terms!(input);
                Ok((terms, id::required::<DutyPostId>(&input.duty_post_id, "dutyPostId")?, input.ends_on.map(|day| day.0)))
            })();
            let (duty_post, user_errors) = settled(decoded, |(terms, id, on)| service::end_post(cx, terms, id, on)).await?;
            Ok(EndDutyPostPayload { duty_post, user_errors })
        })
        .await
    }

    /// Claims a duty post for whoever has reported there 认领岗位, by those who may enter the report. Refused with `INVALID_STATE` when the post has no place left.
    async fn claim_duty_post(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which post, and for whom 岗位及报到记录")] input: ClaimDutyPostInput,
    ) -> Option<Result<ClaimDutyPostPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let decoded = (|| {
                let terms = terms!(new input);
                let pair = (id::required(&input.duty_post_id, "dutyPostId")?, id::required(&input.double_report_id, "doubleReportId")?);
                Ok((terms, pair, input.starts_on.map(|day| day.0)))
            })();
            let (duty_claim, user_errors) = settled(decoded, |(terms, pair, from)| service::claim(cx, terms, pair, from)).await?;
            Ok(ClaimDutyPostPayload { duty_claim, user_errors })
        })
        .await
    }

    /// Releases a duty post 退岗, by those who may enter the report.
    async fn release_duty_post(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which claim 认领记录")] input: ReleaseDutyPostInput,
    ) -> Option<Result<ReleaseDutyPostPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let decoded = (|| {
                let terms = terms!(input);
                Ok((terms, id::required::<DutyClaimId>(&input.duty_claim_id, "dutyClaimId")?, input.ends_on.map(|day| day.0)))
            })();
            let (duty_claim, user_errors) = settled(decoded, |(terms, id, on)| service::release(cx, terms, id, on)).await?;
            Ok(ReleaseDutyPostPayload { duty_claim, user_errors })
        })
        .await
    }

    /// Enters hours of service 录入服务记录, by those who may enter the report. They are never changed afterwards: somebody confirms them, or they are withdrawn.
    async fn record_service(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose, when, and what was done 报到记录及服务内容")] input: RecordServiceInput,
    ) -> Option<Result<RecordServicePayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let decoded = (|| {
                let terms = terms!(new input);
                let new = Hours {
                    day: input.day.map_or_else(|| cx.clock.today(), |day| day.0),
                    hours: input.hours.0,
                    work: text(&input.work, "work", TEXT)?,
                };
                Ok((terms, id::required(&input.double_report_id, "doubleReportId")?, new))
            })();
            let (service_record, user_errors) = settled(decoded, |(terms, id, new)| service::record(cx, terms, id, new)).await?;
            Ok(RecordServicePayload { service_record, user_errors })
        })
        .await
    }

    /// Confirms hours of service 确认服务记录, by the secretary of the organisation or of one that covers the complex, an officer of the community, subdistrict or district, or an administrator; never by the
    /// person whose hours they are.
    async fn confirm_service(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which record 服务记录")] input: ConfirmServiceInput,
    ) -> Option<Result<ConfirmServicePayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let decoded = (|| {
                let terms = terms!(input);
                Ok((terms, id::required(&input.service_record_id, "serviceRecordId")?))
            })();
            let (service_record, user_errors) = settled(decoded, |(terms, id)| service::confirm(cx, terms, id)).await?;
            Ok(ConfirmServicePayload { service_record, user_errors })
        })
        .await
    }

    /// Withdraws hours of service 撤回服务记录, by those who may confirm them; by the person whose hours they are only before that. The record stays, with the reason.
    async fn withdraw_service(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which record, and why 服务记录及理由")] input: WithdrawServiceInput,
    ) -> Option<Result<WithdrawServicePayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let decoded = (|| {
                let terms = terms!(input);
                Ok((terms, id::required(&input.service_record_id, "serviceRecordId")?, text(&input.reason, "reason", TEXT)?))
            })();
            let (service_record, user_errors) = settled(decoded, |(terms, id, reason)| service::withdraw(cx, terms, id, reason)).await?;
            Ok(WithdrawServicePayload { service_record, user_errors })
        })
        .await
    }
}
