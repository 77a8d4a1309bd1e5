//! The mutations of double reports, duty posts and hours of service: persons report for themselves, whoever answers for the place keeps the rest. Not to be confused with `checkInWhistle`,
//! the other 报到.

use entity::{DoubleReportId, DutyClaimId, DutyPostId};

use super::{DoubleReport, DutyClaim, DutyPost, ServiceRecord, inputs::*};
use crate::{
    double_report::service::{self, DutyPlace, Hours, NewPost, NewReport, Place, PostChange, Who},
    graphql::{
        error::{ApiError, Refusal},
        id,
        input::{TEXT, TITLE, maybe_text, text, told_text, within},
    },
    record::graphql::mutations,
};

fn places(count: i32) -> Result<i32, Refusal> {
    within(count, "places", 1, 1_000)
}

mutations! {
    DoubleReportMutation {
        /// Enters a double report 双报到: by a party member for themselves, or for others and for units by the secretary of the organisation or of one that covers the complex, an officer of the
        /// community, subdistrict or district, or an administrator. The same to the same place once at a time.
        register_double_report(RegisterDoubleReportInput: "Who, where, and what is offered 报到主体、去处及服务项目")
            -> RegisterDoubleReportPayload { double_report: DoubleReport } = |cx, input| {
            let me = cx.actor.person.ok_or_else(ApiError::unauthenticated)?;
            let terms = input.terms()?;
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
            service::register(cx, terms, NewReport { who, to, service, skills, starts_on: input.starts_on.map(|day| day.0) })
        };

        /// Changes what is offered in a double report 修改报到, by whoever may enter it. Who reported, where and from when on stays: for another one this one is ended.
        update_double_report(UpdateDoubleReportInput: "Which report, and what of it 报到记录及修改内容")
            -> UpdateDoubleReportPayload { double_report: DoubleReport } = |cx, input| {
            let terms = input.terms()?;
            let id = id::required::<DoubleReportId>(&input.double_report_id, "doubleReportId")?;
            service::update(cx, terms, id, told_text(input.service, "service", TEXT)?, told_text(input.skills, "skills", TEXT)?)
        };

        /// Ends a double report 结束报到, by whoever may enter it; the posts claimed by it are free again.
        end_double_report(EndDoubleReportInput: "Which report 报到记录")
            -> EndDoubleReportPayload { double_report: DoubleReport } = |cx, input| {
            let terms = input.terms()?;
            service::end(
                cx,
                terms,
                id::required::<DoubleReportId>(&input.double_report_id, "doubleReportId")?,
                input.ends_on.map(|day| day.0),
            )
        };

        /// Sets up a duty post 设岗定责, by an officer of the community, subdistrict or district in which it lies, or an administrator.
        create_duty_post(CreateDutyPostInput: "Where, and what it is 去处及职责")
            -> CreateDutyPostPayload { duty_post: DutyPost } = |cx, input| {
            let terms = input.terms()?;
            let place = match &input.place {
                DutyPlaceInput::ComplexId(id) => DutyPlace::Complex(id::required(id, "place.complexId")?),
                DutyPlaceInput::BuildingId(id) => DutyPlace::Building(id::required(id, "place.buildingId")?),
                DutyPlaceInput::StairwellId(id) => DutyPlace::Stairwell(id::required(id, "place.stairwellId")?),
                DutyPlaceInput::AreaCode(code) => DutyPlace::Area(code.0.clone()),
            };
            let (name, duties) = (text(&input.name, "name", TITLE)?, maybe_text(input.duties.as_deref(), "duties", TEXT)?);
            service::create_post(
                cx,
                terms,
                NewPost { name, place, duties, places: places(input.places.unwrap_or(1))? },
            )
        };

        /// Changes a duty post 修改岗位, by those who may set one up there. Refused with `INVALID_STATE` at `places` when more hold it than it would take.
        update_duty_post(UpdateDutyPostInput: "Which post, and what of it 岗位及修改内容")
            -> UpdateDutyPostPayload { duty_post: DutyPost } = |cx, input| {
            let terms = input.terms()?;
            let id = id::required::<DutyPostId>(&input.duty_post_id, "dutyPostId")?;
            let to = PostChange {
                name: input.name.as_deref().map(|name| text(name, "name", TITLE)).transpose()?,
                duties: told_text(input.duties, "duties", TEXT)?,
                places: input.places.map(places).transpose()?,
            };
            service::update_post(cx, terms, id, to)
        };

        /// Ends a duty post 撤岗, by those who may set one up there; nobody holds it any longer.
        end_duty_post(EndDutyPostInput: "Which post 岗位") -> EndDutyPostPayload { duty_post: DutyPost } = |cx, input| {
            let terms = input.terms()?;
            service::end_post(cx, terms, id::required::<DutyPostId>(&input.duty_post_id, "dutyPostId")?, input.ends_on.map(|day| day.0))
        };

        /// Claims a duty post for whoever has reported there 认领岗位, by those who may enter the report. Refused with `INVALID_STATE` when the post has no place left on the first day or a later one.
        /// Whoever takes over may begin on the last day of the claim before.
        claim_duty_post(ClaimDutyPostInput: "Which post, and for whom 岗位及报到记录")
            -> ClaimDutyPostPayload { duty_claim: DutyClaim } = |cx, input| {
            let terms = input.terms()?;
            let pair = (id::required(&input.duty_post_id, "dutyPostId")?, id::required(&input.double_report_id, "doubleReportId")?);
            service::claim(cx, terms, pair, input.starts_on.map(|day| day.0))
        };

        /// Releases a duty post 退岗, by those who may enter the report.
        release_duty_post(ReleaseDutyPostInput: "Which claim 认领记录") -> ReleaseDutyPostPayload { duty_claim: DutyClaim } = |cx, input| {
            let terms = input.terms()?;
            service::release(
                cx,
                terms,
                id::required::<DutyClaimId>(&input.duty_claim_id, "dutyClaimId")?,
                input.ends_on.map(|day| day.0),
            )
        };

        /// Enters hours of service 录入服务记录, by those who may enter the report. They are never changed afterwards: somebody confirms them, or they are withdrawn.
        record_service(RecordServiceInput: "Whose, when, and what was done 报到记录及服务内容")
            -> RecordServicePayload { service_record: ServiceRecord } = |cx, input| {
            let terms = input.terms()?;
            let new = Hours {
                day: input.day.map_or_else(|| cx.clock.today(), |day| day.0),
                hours: input.hours.0,
                work: text(&input.work, "work", TEXT)?,
            };
            service::record(cx, terms, id::required(&input.double_report_id, "doubleReportId")?, new)
        };

        /// Confirms hours of service 确认服务记录, by the secretary of the organisation or of one that covers the complex, an officer of the community, subdistrict or district, or an administrator; never by the
        /// person whose hours they are.
        confirm_service(ConfirmServiceInput: "Which record 服务记录") -> ConfirmServicePayload { service_record: ServiceRecord } = |cx, input| {
            let terms = input.terms()?;
            service::confirm(cx, terms, id::required(&input.service_record_id, "serviceRecordId")?)
        };

        /// Withdraws hours of service 撤回服务记录, by those who may confirm them; by the person whose hours they are only before that. The record stays, with the reason.
        withdraw_service(WithdrawServiceInput: "Which record, and why 服务记录及理由")
            -> WithdrawServicePayload { service_record: ServiceRecord } = |cx, input| {
            let terms = input.terms()?;
            service::withdraw(
                cx,
                terms,
                id::required(&input.service_record_id, "serviceRecordId")?,
                text(&input.reason, "reason", TEXT)?,
            )
        };
    }
}
