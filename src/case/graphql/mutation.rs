//! The mutations: decode the input, call one use case, wrap the result.

use async_graphql::{Context, ID, Object};
use entity::{CaseId, WhistleId};

use super::{case::Case, inputs::*, outcomes::money, stale, whistle::Whistle};
use crate::{
    case::service::{self, Call, CaseChange, CaseError, Done, Terms, WhistleMove},
    graphql::{
        context::{cx, signed_in},
        error::{ApiError, UserError},
        id,
        input::{TEXT, maybe_text, text, within},
        payload::{answer, settle},
        plan::bare,
    },
};

/// A use case that was called, or an input that cannot be.
pub(super) type Run = Result<Result<Option<Done>, CaseError>, ApiError>;

/// What there is now, and what was refused.
pub(super) type Answer = (Option<Case>, Vec<Whistle>, Vec<UserError>);

/// A caller who looked at an older version gets the records with `CONFLICT`.
pub(super) fn answered(run: Run) -> Result<Answer, ApiError> {
    let (done, user_errors) = match run {
        Ok(Err(CaseError::Conflict { case, whistle })) => {
            (Some(Done { case: *case, whistles: whistle.map(|whistle| *whistle).into_iter().collect() }), vec![stale().say()])
        }
        run => {
            let (done, user_errors) = settle(run.and_then(|done| Ok(done?)))?;
            (done.flatten(), user_errors)
        }
    };
    let (case, whistles) = done.map(|done| (bare(done.case), done.whistles.into_iter().map(bare).collect())).unzip();
    Ok((case, whistles.unwrap_or_default(), user_errors))
}

pub(super) type Changed = (Option<Case>, Vec<UserError>);

pub(super) async fn changed(ctx: &Context<'_>, id: &ID, terms: Decoded<Terms>, change: Decoded<CaseChange>) -> Result<Changed, ApiError> {
    signed_in(ctx)?;
    let run = async {
        let id: CaseId = id::required(id, "caseId")?;
        Ok(service::change(cx(ctx)?, id, terms?, change?).await)
    };
    let (case, _, user_errors) = answered(run.await)?;
    Ok((case, user_errors))
}

pub(super) type Moved = (Option<Whistle>, Option<Case>, Vec<UserError>);

pub(super) async fn moved(ctx: &Context<'_>, id: &ID, terms: Decoded<Terms>, to: Decoded<WhistleMove>) -> Result<Moved, ApiError> {
    signed_in(ctx)?;
    let run = async {
        let id: WhistleId = id::required(id, "whistleId")?;
        Ok(service::move_whistle(cx(ctx)?, id, terms?, to?).await)
    };
    let (case, whistles, user_errors) = answered(run.await)?;
    Ok((whistles.into_iter().next(), case, user_errors))
}

pub(super) fn reason(reason: Option<&str>) -> Decoded<Option<String>> {
    maybe_text(reason, "reason", TEXT)
}

#[derive(Default)]
pub struct CaseMutation;

#[Object]
impl CaseMutation {
    /// Reports a case. A resident's report is a whistle to the first unit on its path 处置路径 that the place has, to their grid where no path is set
    /// 居民吹哨、网格员报到: both are made at once. So is one that an officer enters for somebody else (`reporter`): who is registered sees it, is told, and rates it.
    async fn report_case(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The report 上报内容")] input: ReportCaseInput,
    ) -> Option<Result<ReportCasePayload, ApiError>> {
        answer(async {
            signed_in(ctx)?;
            let run = async { Ok(service::report(cx(ctx)?, input.key()?, input.decode()?).await) };
            let (case, whistles, user_errors) = answered(run.await)?;
            Ok(ReportCasePayload { case, whistle: whistles.into_iter().next(), user_errors })
        })
        .await
    }

    /// Takes up a reported case 受理.
    async fn accept_case(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The case and why 案件及说明")] input: AcceptCaseInput,
    ) -> Option<Result<AcceptCasePayload, ApiError>> {
        answer(async {
            let change = reason(input.reason.as_deref()).map(|reason| CaseChange::Accept { reason });
            let (case, user_errors) = changed(ctx, &input.case_id, input.terms(), change).await?;
            Ok(AcceptCasePayload { case, user_errors })
        })
        .await
    }

    /// Turns a reported case down 不予受理; whistles that are out are released. One that is supervised is turned down by its supervisor's level or one above.
    async fn reject_case(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The case and why 案件及理由")] input: RejectCaseInput,
    ) -> Option<Result<RejectCasePayload, ApiError>> {
        answer(async {
            let change = text(&input.reason, "reason", TEXT).map(|reason| CaseChange::Reject { reason });
            let (case, user_errors) = changed(ctx, &input.case_id, input.terms(), change).await?;
            Ok(RejectCasePayload { case, user_errors })
        })
        .await
    }

    /// Takes one's own report back, as long as nobody has taken it up 撤回.
    async fn withdraw_case(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The case and why 案件及理由")] input: WithdrawCaseInput,
    ) -> Option<Result<WithdrawCasePayload, ApiError>> {
        answer(async {
            let change = reason(input.reason.as_deref()).map(|reason| CaseChange::Withdraw { reason });
            let (case, user_errors) = changed(ctx, &input.case_id, input.terms(), change).await?;
            Ok(WithdrawCasePayload { case, user_errors })
        })
        .await
    }

    /// Says what a case is about: category, matter, priority, respondent 分类. From then on it goes the path that holds for that now; whoever has it keeps it, unless it
    /// complains about them.
    async fn classify_case(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The case and what it is 案件及分类")] input: ClassifyCaseInput,
    ) -> Option<Result<ClassifyCasePayload, ApiError>> {
        answer(async {
            let decode = || {
                Ok(CaseChange::Classify {
                    category: input.category,
                    matter: input.matter_id.as_ref().map(|id| id::required(id, "matterId")).transpose()?,
                    priority: input.priority,
                    respondent: respondent(input.respondent.clone())?,
                })
            };
            let (case, user_errors) = changed(ctx, &input.case_id, input.terms(), decode()).await?;
            Ok(ClassifyCasePayload { case, user_errors })
        })
        .await
    }

    /// Hands a case to a unit of its place, or dispatches it to a department 交办、派单.
    async fn assign_case(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The case and to whom 案件及处置主体")] input: AssignCaseInput,
    ) -> Option<Result<AssignCasePayload, ApiError>> {
        answer(async {
            let decode = || {
                Ok(CaseChange::Assign {
                    handler: named(&input.handler_id, "handlerId")?,
                    note: maybe_text(input.note.as_deref(), "note", TEXT)?,
                })
            };
            let (case, user_errors) = changed(ctx, &input.case_id, input.terms(), decode()).await?;
            Ok(AssignCasePayload { case, user_errors })
        })
        .await
    }

    /// Starts the work 开始办理.
    async fn start_case(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The case and what will be done 案件及说明")] input: StartCaseInput,
    ) -> Option<Result<StartCasePayload, ApiError>> {
        answer(async {
            let change = maybe_text(input.note.as_deref(), "note", TEXT).map(|note| CaseChange::Start { note });
            let (case, user_errors) = changed(ctx, &input.case_id, input.terms(), change).await?;
            Ok(StartCasePayload { case, user_errors })
        })
        .await
    }

    /// Says that a case is dealt with 办结; its whistles must be concluded or released first. The level it stands at is recorded,
    /// and the money recovered and paid, which stands in the timeline too.
    async fn resolve_case(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The case and what was done 案件及办理结果")] input: ResolveCaseInput,
    ) -> Option<Result<ResolveCasePayload, ApiError>> {
        answer(async {
            let decode = || {
                Ok(CaseChange::Resolve {
                    resolution: text(&input.resolution, "resolution", TEXT)?,
                    recovered: money(input.recovered, "recovered")?,
                    paid: money(input.paid, "paid")?,
                })
            };
            let (case, user_errors) = changed(ctx, &input.case_id, input.terms(), decode()).await?;
            Ok(ResolveCasePayload { case, user_errors })
        })
        .await
    }

    /// Closes a resolved case after verification, by someone other than the resolver 核验销号.
    async fn close_case(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The case and what was found 案件及核验情况")] input: CloseCaseInput,
    ) -> Option<Result<CloseCasePayload, ApiError>> {
        answer(async {
            let change = text(&input.verification, "verification", TEXT).map(|verification| CaseChange::Close { verification });
            let (case, user_errors) = changed(ctx, &input.case_id, input.terms(), change).await?;
            Ok(CloseCasePayload { case, user_errors })
        })
        .await
    }

    /// Sends a resolved case back to its handler, by someone other than the resolver 退回重办.
    async fn return_case(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The case and what is not in order 案件及理由")] input: ReturnCaseInput,
    ) -> Option<Result<ReturnCasePayload, ApiError>> {
        answer(async {
            let change = text(&input.reason, "reason", TEXT).map(|reason| CaseChange::Return { reason });
            let (case, user_errors) = changed(ctx, &input.case_id, input.terms(), change).await?;
            Ok(ReturnCasePayload { case, user_errors })
        })
        .await
    }

    /// Opens a closed or rejected case again; the file goes on 重新立案.
    async fn reopen_case(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The case and why 案件及理由")] input: ReopenCaseInput,
    ) -> Option<Result<ReopenCasePayload, ApiError>> {
        answer(async {
            let change = text(&input.reason, "reason", TEXT).map(|reason| CaseChange::Reopen { reason });
            let (case, user_errors) = changed(ctx, &input.case_id, input.terms(), change).await?;
            Ok(ReopenCasePayload { case, user_errors })
        })
        .await
    }

    /// Merges a duplicate into another open case of the district 并案; the payload holds the duplicate. What it was settled with no longer counts, and its
    /// supervision goes on with the other. One that is supervised is merged by its supervisor's level or one above; one that is resolved, by someone other
    /// than the resolver.
    async fn merge_case(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The duplicate and the case that goes on 重复案件与主案件")] input: MergeCaseInput,
    ) -> Option<Result<MergeCasePayload, ApiError>> {
        answer(async {
            signed_in(ctx)?;
            let run = async {
                let id: CaseId = id::required(&input.case_id, "caseId")?;
                let into: CaseId = id::required(&input.into_case_id, "intoCaseId")?;
                let reason = reason(input.reason.as_deref())?;
                Ok(service::merge(cx(ctx)?, id, input.terms()?, into, reason).await)
            };
            let (case, _, user_errors) = answered(run.await)?;
            Ok(MergeCasePayload { case, user_errors })
        })
        .await
    }

    /// Adds a note to the timeline 备注.
    async fn add_case_note(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The case and the note 案件及内容")] input: AddCaseNoteInput,
    ) -> Option<Result<AddCaseNotePayload, ApiError>> {
        answer(async {
            let change = text(&input.note, "note", TEXT).map(|note| CaseChange::AddNote { note });
            let (case, user_errors) = changed(ctx, &input.case_id, input.terms(), change).await?;
            Ok(AddCaseNotePayload { case, user_errors })
        })
        .await
    }

    /// Rates how one's own closed case was handled, once 评价.
    async fn rate_case(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The case and the rating 案件及评价")] input: RateCaseInput,
    ) -> Option<Result<RateCasePayload, ApiError>> {
        answer(async {
            let decode = || {
                Ok(CaseChange::Rate {
                    score: within(input.score, "score", 1, 5)?,
                    comment: maybe_text(input.comment.as_deref(), "comment", TEXT)?,
                })
            };
            let (case, user_errors) = changed(ctx, &input.case_id, input.terms(), decode()).await?;
            Ok(RateCasePayload { case, user_errors })
        })
        .await
    }

    /// Blows the whistle 吹哨: a grid worker calls the community, a branch departments, a community the subdistrict or departments, a subdistrict
    /// departments or the district; and the unit that has the case calls the next step of the case's path 处置路径 that the place has and that is not complained
    /// of, whichever that is, where a path is set. Each unit called has to check in 报到 before its time runs out: one working day, unless the district's policy
    /// says otherwise.
    async fn raise_whistle(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The case and whom to call 案件及被吹哨方")] input: RaiseWhistleInput,
    ) -> Option<Result<RaiseWhistlePayload, ApiError>> {
        answer(async {
            signed_in(ctx)?;
            let run = async {
                let id: CaseId = id::required(&input.case_id, "caseId")?;
                let terms = input.terms()?;
                let many = |ids: Vec<ID>| ids.iter().map(|id| named(id, "targetIds")).collect::<Decoded<Vec<_>>>();
                let call = Call {
                    to: input.to,
                    targets: input.target_ids.map(many).transpose()?,
                    lead: input.lead_id.map(|id| named(&id, "leadId")).transpose()?,
                    reason: reason(input.reason.as_deref())?,
                };
                Ok(service::raise(cx(ctx)?, id, terms, call).await)
            };
            let (case, whistles, user_errors) = answered(run.await)?;
            let whistles = Some(whistles).filter(|raised| !raised.is_empty());
            Ok(RaiseWhistlePayload { whistles, case, user_errors })
        })
        .await
    }

    /// Turns up and takes up the duty 报到; it accepts and starts the case on the way.
    async fn check_in_whistle(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The whistle and what was found 哨单及说明")] input: CheckInWhistleInput,
    ) -> Option<Result<CheckInWhistlePayload, ApiError>> {
        answer(async {
            let to = maybe_text(input.note.as_deref(), "note", TEXT)
                .map(|note| WhistleMove::CheckIn { note, on_site_at: input.on_site_at.map(|at| at.0) });
            let (whistle, case, user_errors) = moved(ctx, &input.whistle_id, input.terms(), to).await?;
            Ok(CheckInWhistlePayload { whistle, case, user_errors })
        })
        .await
    }

    /// Declines a whistle with a reason 退哨; the level above rules.
    async fn decline_whistle(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The whistle and why 哨单及理由")] input: DeclineWhistleInput,
    ) -> Option<Result<DeclineWhistlePayload, ApiError>> {
        answer(async {
            let to = text(&input.reason, "reason", TEXT).map(|reason| WhistleMove::Decline { reason });
            let (whistle, case, user_errors) = moved(ctx, &input.whistle_id, input.terms(), to).await?;
            Ok(DeclineWhistlePayload { whistle, case, user_errors })
        })
        .await
    }

    /// Rules on a declined whistle, by the whistler's superior 退哨裁定.
    async fn rule_on_whistle(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The whistle and the ruling 哨单及裁定")] input: RuleOnWhistleInput,
    ) -> Option<Result<RuleOnWhistlePayload, ApiError>> {
        answer(async {
            let decode = || {
                Ok(WhistleMove::Rule {
                    uphold: input.uphold,
                    target: input.target_id.as_ref().map(|id| named(id, "targetId")).transpose()?,
                    reason: reason(input.reason.as_deref())?,
                })
            };
            let (whistle, case, user_errors) = moved(ctx, &input.whistle_id, input.terms(), decode()).await?;
            Ok(RuleOnWhistlePayload { whistle, case, user_errors })
        })
        .await
    }

    /// Reports back what was done 哨事办结.
    async fn conclude_whistle(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The whistle and what was done 哨单及办结情况")] input: ConcludeWhistleInput,
    ) -> Option<Result<ConcludeWhistlePayload, ApiError>> {
        answer(async {
            let to = text(&input.result, "result", TEXT).map(|result| WhistleMove::Conclude { result });
            let (whistle, case, user_errors) = moved(ctx, &input.whistle_id, input.terms(), to).await?;
            Ok(ConcludeWhistlePayload { whistle, case, user_errors })
        })
        .await
    }

    /// Takes a whistle back, or releases a unit that does not finish: by whoever blew it or stands above the unit called; by a resident only before it
    /// has checked in 撤哨.
    async fn withdraw_whistle(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The whistle and why 哨单及理由")] input: WithdrawWhistleInput,
    ) -> Option<Result<WithdrawWhistlePayload, ApiError>> {
        answer(async {
            let to = reason(input.reason.as_deref()).map(|reason| WhistleMove::Withdraw { reason });
            let (whistle, case, user_errors) = moved(ctx, &input.whistle_id, input.terms(), to).await?;
            Ok(WithdrawWhistlePayload { whistle, case, user_errors })
        })
        .await
    }

    /// Calls the superior of a unit that does not turn up, by the whistler or the superior itself 升级. The first duty stays open. This is supervision, and keeps
    /// to superiors whatever the case's path.
    async fn escalate_whistle(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The whistle and why 哨单及理由")] input: EscalateWhistleInput,
    ) -> Option<Result<EscalateWhistlePayload, ApiError>> {
        answer(async {
            let to = reason(input.reason.as_deref()).map(|reason| WhistleMove::Escalate { reason });
            let (whistle, case, user_errors) = moved(ctx, &input.whistle_id, input.terms(), to).await?;
            Ok(EscalateWhistlePayload { whistle, case, user_errors })
        })
        .await
    }
}
