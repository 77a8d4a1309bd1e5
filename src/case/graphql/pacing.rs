//! The mutations on the time of a case: supervision, pauses, extensions; and the rating of a check-in.

use async_graphql::{Context, Object};
use chrono::TimeDelta;
use entity::DeadlineExtensionId;

use super::{
    inputs::*,
    mutation::{answered, changed, moved, reason},
};
use crate::{
    case::service::{self, CaseChange, WhistleMove},
    graphql::{
        context::{cx, signed_in},
        error::ApiError,
        id,
        input::{TEXT, maybe_text, text, within},
        payload::answer,
        scalar::Duration,
    },
};

/// Less would be none, more would be for ever.
pub(super) const LEAST: Duration = Duration(TimeDelta::minutes(1));
pub(super) const MOST: Duration = Duration(TimeDelta::hours(2000));

#[derive(Default)]
pub struct CasePacingMutation;

#[Object]
impl CasePacingMutation {
    /// Follows a case from above until it is closed 督办: an officer above the level that has it, or the district. It gets a clock of its own, and only
    /// the supervisor's level or one above can close, return, reject or merge it. A level above the supervisor may take over.
    async fn supervise_case(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The case and why 案件及理由")] input: SuperviseCaseInput,
    ) -> Option<Result<SuperviseCasePayload, ApiError>> {
        answer(async {
            let change = text(&input.reason, "reason", TEXT).map(|reason| CaseChange::Supervise { reason });
            let (case, user_errors) = changed(ctx, &input.case_id, input.terms(), change).await?;
            Ok(SuperviseCasePayload { case, user_errors })
        })
        .await
    }

    /// Lets the clocks of a case and of its level stand still while something is waited for 暂停计时, by those who have it or stand above. Whistles and
    /// supervision go on.
    async fn pause_case_clock(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The case and what is waited for 案件及暂停原因")] input: PauseCaseClockInput,
    ) -> Option<Result<PauseCaseClockPayload, ApiError>> {
        answer(async {
            let change = maybe_text(input.note.as_deref(), "note", TEXT).map(|note| CaseChange::PauseClock { reason: input.reason, note });
            let (case, user_errors) = changed(ctx, &input.case_id, input.terms(), change).await?;
            Ok(PauseCaseClockPayload { case, user_errors })
        })
        .await
    }

    /// Lets the clocks of a case run again, with what was left of their time 恢复计时.
    async fn resume_case_clock(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The case 案件")] input: ResumeCaseClockInput,
    ) -> Option<Result<ResumeCaseClockPayload, ApiError>> {
        answer(async {
            let change = maybe_text(input.note.as_deref(), "note", TEXT).map(|note| CaseChange::ResumeClock { note });
            let (case, user_errors) = changed(ctx, &input.case_id, input.terms(), change).await?;
            Ok(ResumeCaseClockPayload { case, user_errors })
        })
        .await
    }

    /// Asks for more time 延期. Whoever stands above the level that has the case, or at the district, gives it at once; for everybody else the level above
    /// rules (`ruleOnExtension`). One request for each clock at a time.
    async fn extend_deadline(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The case and how much more 案件及延长时长")] input: ExtendDeadlineInput,
    ) -> Option<Result<ExtendDeadlinePayload, ApiError>> {
        answer(async {
            let decode = || {
                let by = within(input.by, "by", LEAST, MOST)?;
                Ok(CaseChange::ExtendDeadline { kind: input.kind, by: by.0, reason: text(&input.reason, "reason", TEXT)? })
            };
            let (case, user_errors) = changed(ctx, &input.case_id, input.terms(), decode()).await?;
            Ok(ExtendDeadlinePayload { case, user_errors })
        })
        .await
    }

    /// Gives more time or does not 审批延期: an officer above the level that asked, or the district.
    async fn rule_on_extension(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The request and the ruling 延期申请及审批")] input: RuleOnExtensionInput,
    ) -> Option<Result<RuleOnExtensionPayload, ApiError>> {
        answer(async {
            signed_in(ctx)?;
            let run = async {
                let id: DeadlineExtensionId = id::required(&input.extension_id, "extensionId")?;
                let said = reason(input.reason.as_deref())?;
                Ok(service::rule_on_extension(cx(ctx)?, id, input.terms()?, input.approve, said).await)
            };
            let (case, _, user_errors) = answered(run.await)?;
            Ok(RuleOnExtensionPayload { case, user_errors })
        })
        .await
    }

    /// Rates how the unit called came, once, by whoever blew the whistle 报到评价.
    async fn rate_whistle(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The whistle and the rating 哨单及评分")] input: RateWhistleInput,
    ) -> Option<Result<RateWhistlePayload, ApiError>> {
        answer(async {
            let decode = || {
                let comment = maybe_text(input.comment.as_deref(), "comment", TEXT)?;
                Ok(WhistleMove::Rate { score: within(input.score, "score", 1, 5)?, comment })
            };
            let (whistle, case, user_errors) = moved(ctx, &input.whistle_id, input.terms(), decode()).await?;
            Ok(RateWhistlePayload { whistle, case, user_errors })
        })
        .await
    }
}
