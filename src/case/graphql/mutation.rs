//! The mutations: decode the input, call one use case, wrap the result.

use async_graphql::{Context, ID, InputObject, Object, OneofObject};
use entity::{CaseCategory, CaseId, CasePriority, HandlerKind, IntakeChannel, WhistleId, case_file};

use super::{case::Case, whistle::Whistle};
use crate::{
    case::service::{self, Call, CaseChange, Moved, Named, NewCase, Place, Respondent, WhistleMove},
    graphql::{
        context::cx,
        error::{ApiError, Refusal, UserError},
        id::{self, GlobalId},
        input::{TEXT, TITLE, maybe_text, text, within},
        payload::{answer, settle},
        plan::bare,
        scalar::{AreaCode, DateTime},
    },
    payloads,
};

/// Where it is 地点: exactly one of these.
#[derive(Clone, Debug, OneofObject)]
pub enum CasePlaceInput {
    /// In this complex; the grid with most of its buildings is called 小区.
    ComplexId(ID),
    /// In or at this building; its grid is called 楼栋.
    BuildingId(ID),
    /// In this area, a district or below; the lowest unit that works there is called 区划.
    AreaCode(AreaCode),
}

/// Whom it complains about 被投诉方: exactly one of these. Whoever it is, is never called and never learns who complained.
#[derive(Clone, Debug, OneofObject)]
pub enum CaseRespondentInput {
    /// A unit: a firm, a branch, a grid, an area, a department 单位.
    HandlerId(ID),
    /// A person you may see 个人.
    PersonId(ID),
    /// Somebody the records do not know, at most 100 characters 其他.
    Name(String),
}

/// A point on the map 坐标.
#[derive(Clone, Debug, InputObject)]
pub struct GeoPointInput {
    /// Degrees east, from -180 to 180 经度.
    pub longitude: f64,
    /// Degrees north, from -90 to 90 纬度.
    pub latitude: f64,
}

/// A report 上报.
#[derive(Clone, Debug, InputObject)]
pub struct ReportCaseInput {
    /// The class of problem 问题类别.
    pub category: CaseCategory,
    /// The matter of the district's catalogue, of the same category; it says whom a whistle to departments calls 事项.
    pub matter_id: Option<ID>,
    /// What it is about, at most 100 characters 标题.
    pub title: String,
    /// More about it, at most 4,000 characters 描述.
    pub description: Option<String>,
    /// Where it is 地点.
    pub place: CasePlaceInput,
    /// Where exactly 位置.
    pub location: Option<GeoPointInput>,
    /// How pressing it is; `NORMAL` when left out 紧急程度.
    pub priority: Option<CasePriority>,
    /// How it came in; `APP` when left out 受理渠道.
    pub channel: Option<IntakeChannel>,
    /// Whether your name is withheld from everyone who handles it 是否匿名.
    #[graphql(default)]
    pub anonymous: bool,
    /// Whom it complains about 被投诉方.
    pub respondent: Option<CaseRespondentInput>,
}

macro_rules! inputs {
    ($($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident: $type:ty),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, InputObject)]
        pub struct $name { $($(#[$fdoc])* pub $field: $type),+ }
    )+};
}

inputs! {
    /// Taking up a reported case 受理.
    AcceptCaseInput {
        /// The case 案件.
        case_id: ID,
        /// Why, at most 4,000 characters 说明.
        reason: Option<String>,
    }
    /// Turning a reported case down 不予受理.
    RejectCaseInput {
        /// The case 案件.
        case_id: ID,
        /// Why, at most 4,000 characters 理由.
        reason: String,
    }
    /// Taking one's own report back 撤回.
    WithdrawCaseInput {
        /// The case 案件.
        case_id: ID,
        /// Why, at most 4,000 characters 理由.
        reason: Option<String>,
    }
    /// Saying what a case is about 分类; what is left out stays.
    ClassifyCaseInput {
        /// The case 案件.
        case_id: ID,
        /// The class of problem 问题类别.
        category: Option<CaseCategory>,
        /// The matter of the district's catalogue, of the same category 事项.
        matter_id: Option<ID>,
        /// How pressing it is 紧急程度.
        priority: Option<CasePriority>,
    }
    /// Handing a case to a unit 交办.
    AssignCaseInput {
        /// The case 案件.
        case_id: ID,
        /// A unit that answers for the place of the case, at or below your level; a department from the subdistrict up 处置主体.
        handler_id: ID,
        /// What to mind, at most 4,000 characters 交办意见.
        note: Option<String>,
    }
    /// Starting the work 开始办理.
    StartCaseInput {
        /// The case 案件.
        case_id: ID,
        /// What will be done, at most 4,000 characters 说明.
        note: Option<String>,
    }
    /// Saying that a case is dealt with 办结.
    ResolveCaseInput {
        /// The case 案件.
        case_id: ID,
        /// What was done, at most 4,000 characters 办理结果.
        resolution: String,
    }
    /// Closing a resolved case after verification 销号.
    CloseCaseInput {
        /// The case 案件.
        case_id: ID,
        /// What the verification found, at most 4,000 characters 核验情况.
        verification: String,
    }
    /// Sending a resolved case back 退回重办.
    ReturnCaseInput {
        /// The case 案件.
        case_id: ID,
        /// What is not in order, at most 4,000 characters 理由.
        reason: String,
    }
    /// Opening an ended case again 重新立案.
    ReopenCaseInput {
        /// The case 案件.
        case_id: ID,
        /// Why, at most 4,000 characters 理由.
        reason: String,
    }
    /// Merging a duplicate 并案.
    MergeCaseInput {
        /// The duplicate, which ends 重复案件.
        case_id: ID,
        /// The case that goes on 主案件.
        into_case_id: ID,
        /// Why, at most 4,000 characters 理由.
        reason: Option<String>,
    }
    /// Adding a note to the timeline 备注.
    AddCaseNoteInput {
        /// The case 案件.
        case_id: ID,
        /// The note, at most 4,000 characters 内容.
        note: String,
    }
    /// Rating how one's case was handled 评价.
    RateCaseInput {
        /// The case 案件.
        case_id: ID,
        /// From 1 to 5 满意度.
        score: i32,
        /// In words, at most 4,000 characters 意见.
        comment: Option<String>,
    }
    /// Blowing the whistle 吹哨.
    RaiseWhistleInput {
        /// The case 案件.
        case_id: ID,
        /// Which kind of unit to call 被吹哨方类型.
        to: HandlerKind,
        /// The units to call, at most 10; found from the place, or from the catalogue for departments, when left out 被吹哨方.
        target_ids: Option<Vec<ID>>,
        /// The one in the lead; the catalogue's, else the first, when left out 主办.
        lead_id: Option<ID>,
        /// Why, at most 4,000 characters 吹哨事由.
        reason: Option<String>,
    }
    /// Turning up 报到.
    CheckInWhistleInput {
        /// The whistle 哨单.
        whistle_id: ID,
        /// What was found, at most 4,000 characters 说明.
        note: Option<String>,
        /// When you were on the spot; not later than now, not before the whistle 到场时间.
        on_site_at: Option<DateTime>,
    }
    /// Declining a whistle 退哨.
    DeclineWhistleInput {
        /// The whistle 哨单.
        whistle_id: ID,
        /// Why it is not yours, at most 4,000 characters 退哨理由.
        reason: String,
    }
    /// Ruling on a declined whistle 退哨裁定.
    RuleOnWhistleInput {
        /// The whistle 哨单.
        whistle_id: ID,
        /// True: the decline stands. False: the duty stays, with a fresh clock 是否同意退哨.
        uphold: bool,
        /// Another unit of the same kind to call instead; only with `uphold: true` 改派对象.
        target_id: Option<ID>,
        /// Why, at most 4,000 characters 裁定理由.
        reason: Option<String>,
    }
    /// Reporting back 哨事办结.
    ConcludeWhistleInput {
        /// The whistle 哨单.
        whistle_id: ID,
        /// What was done, at most 4,000 characters 办结情况.
        result: String,
    }
    /// Taking a whistle back, or releasing the unit called 撤哨.
    WithdrawWhistleInput {
        /// The whistle 哨单.
        whistle_id: ID,
        /// Why, at most 4,000 characters 理由.
        reason: Option<String>,
    }
    /// Calling the superior of a unit that does not turn up 升级.
    EscalateWhistleInput {
        /// The whistle 哨单.
        whistle_id: ID,
        /// Why, at most 4,000 characters 理由.
        reason: Option<String>,
    }
}

macro_rules! case_payloads {
    ($($name:ident),+ $(,)?) => {
        payloads! {$(
            /// What became of it 操作结果.
            $name {
                /// The case as it is now; null where nothing was changed 案件.
                case: Case,
            }
        )+}
    };
}

case_payloads! {
    AcceptCasePayload, RejectCasePayload, WithdrawCasePayload, ClassifyCasePayload, AssignCasePayload, StartCasePayload, ResolveCasePayload,
    CloseCasePayload, ReturnCasePayload, ReopenCasePayload, MergeCasePayload, AddCaseNotePayload, RateCasePayload,
}

macro_rules! whistle_payloads {
    ($($name:ident),+ $(,)?) => {
        payloads! {$(
            /// What became of it 操作结果.
            $name {
                /// The whistle as it is now; null where nothing was changed 哨单.
                whistle: Whistle,
                /// Its case as it is now; null where nothing was changed 案件.
                case: Case,
            }
        )+}
    };
}

whistle_payloads! {
    CheckInWhistlePayload, DeclineWhistlePayload, RuleOnWhistlePayload, ConcludeWhistlePayload, WithdrawWhistlePayload, EscalateWhistlePayload,
}

payloads! {
    /// What became of a report 上报结果.
    ReportCasePayload {
        /// The new case; null where nothing was changed 案件.
        case: Case,
        /// The whistle it raised; null where nothing was changed, and where you work for the unit that would be called 哨单.
        whistle: Whistle,
    }
    /// What became of a whistle 吹哨结果.
    RaiseWhistlePayload {
        /// The whistles raised, one for each unit; null where nothing was changed 哨单.
        whistles: Vec<Whistle>,
        /// The case as it is now; null where nothing was changed 案件.
        case: Case,
    }
}

/// A refusal of the input itself, or what the use case takes.
type Decoded<T> = Result<T, Refusal>;

fn signed_in(ctx: &Context<'_>) -> Result<(), ApiError> {
    cx(ctx)?.actor.person.map(|_| ()).ok_or_else(ApiError::unauthenticated)
}

async fn changed(ctx: &Context<'_>, id: &ID, change: Decoded<CaseChange>) -> Result<(Option<Case>, Vec<UserError>), ApiError> {
    signed_in(ctx)?;
    let run = async {
        let id: CaseId = id::required(id, "caseId")?;
        Ok(bare(service::change(cx(ctx)?, id, change?).await?))
    };
    settle(run.await)
}

type WhistleResult = (Option<Whistle>, Option<Case>, Vec<UserError>);

async fn moved(ctx: &Context<'_>, id: &ID, to: Decoded<WhistleMove>) -> Result<WhistleResult, ApiError> {
    signed_in(ctx)?;
    let run = async {
        let id: WhistleId = id::required(id, "whistleId")?;
        Ok::<Moved, ApiError>(service::move_whistle(cx(ctx)?, id, to?).await?)
    };
    let (moved, user_errors) = settle(run.await)?;
    let (whistle, case) = moved.map(|moved| (bare(moved.whistle), bare(moved.case))).unzip();
    Ok((whistle, case, user_errors))
}

/// A unit named by id: whatever can handle a case.
fn named(id: &ID, field: &str) -> Decoded<Named> {
    Ok(match GlobalId::parse(id) {
        Some(GlobalId::Area(id)) => Named::Area(id),
        Some(GlobalId::Grid(id)) => Named::Unit(HandlerKind::Grid, id.into()),
        Some(GlobalId::Firm(id)) => Named::Unit(HandlerKind::PropertyFirm, id.into()),
        Some(GlobalId::PartyBranch(id)) => Named::Unit(HandlerKind::PartyBranch, id.into()),
        Some(GlobalId::Department(id)) => Named::Unit(HandlerKind::Department, id.into()),
        _ => return Err(Refusal::not_found(field)),
    })
}

impl ReportCaseInput {
    fn decode(self) -> Decoded<NewCase> {
        let place = match self.place {
            CasePlaceInput::ComplexId(id) => Place::Complex(id::required(&id, "place.complexId")?),
            CasePlaceInput::BuildingId(id) => Place::Building(id::required(&id, "place.buildingId")?),
            CasePlaceInput::AreaCode(code) => Place::Area(code.0),
        };
        let respondent = match self.respondent {
            None => None,
            Some(CaseRespondentInput::HandlerId(id)) => Some(Respondent::Unit(named(&id, "respondent.handlerId")?)),
            Some(CaseRespondentInput::PersonId(id)) => Some(Respondent::Person(id::required(&id, "respondent.personId")?)),
            Some(CaseRespondentInput::Name(name)) => Some(Respondent::Name(text(&name, "respondent.name", TITLE)?)),
        };
        let location = match self.location {
            None => None,
            Some(at) => {
                Some((within(at.longitude, "location.longitude", -180.0, 180.0)?, within(at.latitude, "location.latitude", -90.0, 90.0)?))
            }
        };
        Ok(NewCase {
            category: self.category,
            matter: self.matter_id.map(|id| id::required(&id, "matterId")).transpose()?,
            title: text(&self.title, "title", TITLE)?,
            description: maybe_text(self.description.as_deref(), "description", TEXT)?,
            place,
            location,
            priority: self.priority.unwrap_or(CasePriority::Normal),
            channel: self.channel.unwrap_or(IntakeChannel::App),
            anonymous: self.anonymous,
            respondent,
        })
    }
}

fn reason(reason: Option<&str>) -> Decoded<Option<String>> {
    maybe_text(reason, "reason", TEXT)
}

#[derive(Default)]
pub struct CaseMutation;

#[Object]
impl CaseMutation {
    /// Reports a case. A resident's report is a whistle to their grid 居民吹哨、网格员报到: both are made at once.
    async fn report_case(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The report 上报内容")] input: ReportCaseInput,
    ) -> Option<Result<ReportCasePayload, ApiError>> {
        answer(async {
            signed_in(ctx)?;
            let run = async { Ok::<_, ApiError>(service::report(cx(ctx)?, input.decode()?).await?) };
            let (reported, user_errors) = settle(run.await)?;
            let (case, whistle) = reported.map(|r| (bare(r.case), r.whistle.map(bare))).unzip();
            Ok(ReportCasePayload { case, whistle: whistle.flatten(), user_errors })
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
            let (case, user_errors) = changed(ctx, &input.case_id, change).await?;
            Ok(AcceptCasePayload { case, user_errors })
        })
        .await
    }

    /// Turns a reported case down 不予受理; whistles that are out are released.
    async fn reject_case(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The case and why 案件及理由")] input: RejectCaseInput,
    ) -> Option<Result<RejectCasePayload, ApiError>> {
        answer(async {
            let change = text(&input.reason, "reason", TEXT).map(|reason| CaseChange::Reject { reason });
            let (case, user_errors) = changed(ctx, &input.case_id, change).await?;
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
            let (case, user_errors) = changed(ctx, &input.case_id, change).await?;
            Ok(WithdrawCasePayload { case, user_errors })
        })
        .await
    }

    /// Says what a case is about: category, matter, priority 分类.
    async fn classify_case(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The case and what it is 案件及分类")] input: ClassifyCaseInput,
    ) -> Option<Result<ClassifyCasePayload, ApiError>> {
        answer(async {
            let matter = input.matter_id.as_ref().map(|id| id::required(id, "matterId")).transpose();
            let change = matter.map(|matter| CaseChange::Classify { category: input.category, matter, priority: input.priority });
            let (case, user_errors) = changed(ctx, &input.case_id, change).await?;
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
            let (case, user_errors) = changed(ctx, &input.case_id, decode()).await?;
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
            let (case, user_errors) = changed(ctx, &input.case_id, change).await?;
            Ok(StartCasePayload { case, user_errors })
        })
        .await
    }

    /// Says that a case is dealt with 办结; its whistles must be concluded or released first. The level it stands at is recorded.
    async fn resolve_case(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The case and what was done 案件及办理结果")] input: ResolveCaseInput,
    ) -> Option<Result<ResolveCasePayload, ApiError>> {
        answer(async {
            let change = text(&input.resolution, "resolution", TEXT).map(|resolution| CaseChange::Resolve { resolution });
            let (case, user_errors) = changed(ctx, &input.case_id, change).await?;
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
            let (case, user_errors) = changed(ctx, &input.case_id, change).await?;
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
            let (case, user_errors) = changed(ctx, &input.case_id, change).await?;
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
            let (case, user_errors) = changed(ctx, &input.case_id, change).await?;
            Ok(ReopenCasePayload { case, user_errors })
        })
        .await
    }

    /// Merges a duplicate into another open case of the district 并案; the payload holds the duplicate.
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
                Ok::<case_file::Model, ApiError>(service::merge(cx(ctx)?, id, into, reason(input.reason.as_deref())?).await?)
            };
            let (case, user_errors) = settle(run.await)?;
            Ok(MergeCasePayload { case: case.map(bare), user_errors })
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
            let (case, user_errors) = changed(ctx, &input.case_id, change).await?;
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
            let (case, user_errors) = changed(ctx, &input.case_id, decode()).await?;
            Ok(RateCasePayload { case, user_errors })
        })
        .await
    }

    /// Blows the whistle 吹哨: a grid worker calls the community, a branch departments, a community the subdistrict or departments, a subdistrict
    /// departments or the district. Each unit called has one working day to check in 报到.
    async fn raise_whistle(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The case and whom to call 案件及被吹哨方")] input: RaiseWhistleInput,
    ) -> Option<Result<RaiseWhistlePayload, ApiError>> {
        answer(async {
            signed_in(ctx)?;
            let run = async {
                let id: CaseId = id::required(&input.case_id, "caseId")?;
                let many = |ids: Vec<ID>| ids.iter().map(|id| named(id, "targetIds")).collect::<Decoded<Vec<_>>>();
                let call = Call {
                    to: input.to,
                    targets: input.target_ids.map(many).transpose()?,
                    lead: input.lead_id.map(|id| named(&id, "leadId")).transpose()?,
                    reason: reason(input.reason.as_deref())?,
                };
                Ok::<_, ApiError>(service::raise(cx(ctx)?, id, call).await?)
            };
            let (called, user_errors) = settle(run.await)?;
            let (whistles, case) = called.map(|c| (c.whistles.into_iter().map(bare).collect(), bare(c.case))).unzip();
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
            let (whistle, case, user_errors) = moved(ctx, &input.whistle_id, to).await?;
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
            let (whistle, case, user_errors) = moved(ctx, &input.whistle_id, to).await?;
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
            let (whistle, case, user_errors) = moved(ctx, &input.whistle_id, decode()).await?;
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
            let (whistle, case, user_errors) = moved(ctx, &input.whistle_id, to).await?;
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
            let (whistle, case, user_errors) = moved(ctx, &input.whistle_id, to).await?;
            Ok(WithdrawWhistlePayload { whistle, case, user_errors })
        })
        .await
    }

    /// Calls the superior of a unit that does not turn up, by the whistler or the superior itself 升级. The first duty stays open.
    async fn escalate_whistle(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The whistle and why 哨单及理由")] input: EscalateWhistleInput,
    ) -> Option<Result<EscalateWhistlePayload, ApiError>> {
        answer(async {
            let to = reason(input.reason.as_deref()).map(|reason| WhistleMove::Escalate { reason });
            let (whistle, case, user_errors) = moved(ctx, &input.whistle_id, to).await?;
            Ok(EscalateWhistlePayload { whistle, case, user_errors })
        })
        .await
    }
}
