//! What the mutations take and give: the inputs with their decoding, and the payloads.

use async_graphql::{ID, InputObject, OneofObject};
use entity::{CaseCategory, CasePriority, ClockKind, HandlerKind, IntakeChannel, PauseReason};

use super::{case::Case, evidence, intake::CaseReporterInput, request::request_key, whistle::Whistle};
use crate::{
    case::service::{Named, NewCase, Place, RequestKey, Respondent},
    graphql::{
        error::Refusal,
        id::{self, GlobalId},
        input::{TEXT, TITLE, maybe_text, text, within},
        scalar::{AreaCode, DateTime, Decimal, Duration},
    },
    payloads,
    record::graphql::inputs,
};

/// Where it is: exactly one of these. Who is called is said of cases for which no handling path is set 地点.
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
    /// A unit: a firm, an owners' committee, a branch, a grid, an area, a department 单位.
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
    /// Whose report it is, where you enter it for somebody else as an officer of the grid, community, subdistrict or district of the place: `FORBIDDEN` to all
    /// others, and to whoever works for the respondent `RESPONDENT`. Left out: yours 代为上报：上报人.
    pub reporter: Option<CaseReporterInput>,
    /// Whether the reporter's name is withheld from everyone who handles it 是否匿名.
    #[graphql(default)]
    pub anonymous: bool,
    /// Whom it complains about; left out of a report about the service in a complex, `PROPERTY_SERVICE`, the firm that serves it 被投诉方.
    pub respondent: Option<CaseRespondentInput>,
    /// What you have sent in by `uploadAttachment` to show it, at most 9, each used nowhere else; its kind will be `BEFORE`. Anything else is `NOT_FOUND` 证据附件.
    pub attachment_ids: Option<Vec<ID>>,
    /// A name of your own for this call, such as a UUID, of 1 to 100 characters: a retry under the same key is not carried out again, but answered
    /// with the records of the first call as they stand now, null where you may no longer see them. Keys are yours alone and kept for at least 24
    /// hours. Anything else under a key in use is refused with `IDEMPOTENCY_KEY_REUSED`. A call that is refused leaves no key: repeated, it is
    /// judged anew 幂等键：以同一键重试，不重复执行，返回首次的结果.
    pub idempotency_key: Option<String>,
}

inputs! {
    /// Taking up a reported case 受理.
    changes AcceptCaseInput {
        /// The case 案件.
        case_id: ID,
        /// Why, at most 4,000 characters 说明.
        reason: Option<String>,
    }
    /// Turning a reported case down 不予受理.
    changes RejectCaseInput {
        /// The case 案件.
        case_id: ID,
        /// Why, at most 4,000 characters 理由.
        reason: String,
    }
    /// Taking one's own report back 撤回.
    changes WithdrawCaseInput {
        /// The case 案件.
        case_id: ID,
        /// Why, at most 4,000 characters 理由.
        reason: Option<String>,
    }
    /// Saying what a case is about 分类; what is left out stays, but that `PROPERTY_SERVICE` in a complex is about the firm that served it at the time of the report where
    /// nobody else is named.
    changes ClassifyCaseInput {
        /// The case 案件.
        case_id: ID,
        /// The class of problem 问题类别.
        category: Option<CaseCategory>,
        /// The matter of the district's catalogue, of the same category 事项.
        matter_id: Option<ID>,
        /// How pressing it is 紧急程度.
        priority: Option<CasePriority>,
        /// Whom it complains about; where somebody is named already, for the community and above to say. What has called them is released, and a case that is with
        /// them goes to the level above 被投诉方.
        respondent: Option<CaseRespondentInput>,
    }
    /// Handing a case to a unit 交办.
    changes AssignCaseInput {
        /// The case 案件.
        case_id: ID,
        /// A unit that answers for the place of the case, at or below your level; a department from the subdistrict up 处置主体.
        handler_id: ID,
        /// What to mind, at most 4,000 characters 交办意见.
        note: Option<String>,
    }
    /// Starting the work 开始办理.
    changes StartCaseInput {
        /// The case 案件.
        case_id: ID,
        /// What will be done, at most 4,000 characters 说明.
        note: Option<String>,
    }
    /// Saying that a case is dealt with 办结.
    changes ResolveCaseInput {
        /// The case 案件.
        case_id: ID,
        /// What was done, at most 4,000 characters 办理结果.
        resolution: String,
        /// Money recovered or refunded for residents, in yuan, at most two decimals, from 0.01 to 100,000,000; left out where there was none 追回、退还金额.
        recovered: Option<Decimal>,
        /// Money paid for the remedy, in yuan, likewise 支付金额.
        paid: Option<Decimal>,
    }
    /// Closing a resolved case after verification 销号.
    changes CloseCaseInput {
        /// The case 案件.
        case_id: ID,
        /// What the verification found, at most 4,000 characters 核验情况.
        verification: String,
    }
    /// Sending a resolved case back 退回重办.
    changes ReturnCaseInput {
        /// The case 案件.
        case_id: ID,
        /// What is not in order, at most 4,000 characters 理由.
        reason: String,
    }
    /// Opening an ended case again 重新立案.
    changes ReopenCaseInput {
        /// The case 案件.
        case_id: ID,
        /// Why, at most 4,000 characters 理由.
        reason: String,
    }
    /// Merging a duplicate 并案.
    changes MergeCaseInput {
        /// The duplicate, which ends 重复案件.
        case_id: ID,
        /// The case that goes on 主案件.
        into_case_id: ID,
        /// Why, at most 4,000 characters 理由.
        reason: Option<String>,
    }
    /// Adding a note to the timeline 备注.
    changes AddCaseNoteInput {
        /// The case 案件.
        case_id: ID,
        /// The note, at most 4,000 characters 内容.
        note: String,
    }
    /// Rating how one's case was handled 评价.
    changes RateCaseInput {
        /// The case 案件.
        case_id: ID,
        /// From 1 to 5 满意度.
        score: i32,
        /// In words, at most 4,000 characters 意见.
        comment: Option<String>,
    }
    /// Supervising a case 督办.
    changes SuperviseCaseInput {
        /// The case 案件.
        case_id: ID,
        /// Why, at most 4,000 characters 理由.
        reason: String,
    }
    /// Letting the clocks of a case stand still 暂停计时.
    changes PauseCaseClockInput {
        /// The case 案件.
        case_id: ID,
        /// What is waited for 暂停原因.
        reason: PauseReason,
        /// More about it, at most 4,000 characters 说明.
        note: Option<String>,
    }
    /// Letting the clocks of a case run again 恢复计时.
    changes ResumeCaseClockInput {
        /// The case 案件.
        case_id: ID,
        /// At most 4,000 characters 说明.
        note: Option<String>,
    }
    /// Asking for more time 延期.
    changes ExtendDeadlineInput {
        /// The case 案件.
        case_id: ID,
        /// `CASE` or `RESOLUTION`: which clock 计时类型.
        kind: ClockKind,
        /// How much more, in time that counts: at least a minute, at most 2,000 hours; seven hours are a working day of the standard calendar 延长时长.
        by: Duration,
        /// Why, at most 4,000 characters 理由.
        reason: String,
    }
    /// Ruling on a request for more time 审批延期. `expectedVersion` is the case's.
    changes RuleOnExtensionInput {
        /// The request 延期申请.
        extension_id: ID,
        /// Whether the time is given 是否同意.
        approve: bool,
        /// At most 4,000 characters 意见.
        reason: Option<String>,
    }
    /// Rating how the unit called came 报到评价.
    changes RateWhistleInput {
        /// The whistle 哨单.
        whistle_id: ID,
        /// From 1 to 5 评分.
        score: i32,
        /// In words, at most 4,000 characters 意见.
        comment: Option<String>,
    }
    /// Blowing the whistle 吹哨.
    changes RaiseWhistleInput {
        /// The case 案件.
        case_id: ID,
        /// Which kind of unit to call 被吹哨方类型.
        to: HandlerKind,
        /// The units to call, at most 10; found from the place, or from the catalogue for departments, when left out 被吹哨方.
        target_ids: Option<Vec<ID>>,
        /// The one in the lead: of those called now, or one that was called before and is not done. Left out, whoever leads already, else the catalogue's, else the
        /// first. One unit leads at a time, and has the case from when it begins to; the others assist 主办.
        lead_id: Option<ID>,
        /// Why, at most 4,000 characters 吹哨事由.
        reason: Option<String>,
    }
    /// Turning up 报到.
    changes CheckInWhistleInput {
        /// The whistle 哨单.
        whistle_id: ID,
        /// What was found, at most 4,000 characters 说明.
        note: Option<String>,
        /// When you were on the spot; not later than now, not before the whistle 到场时间.
        on_site_at: Option<DateTime>,
    }
    /// Declining a whistle 退哨.
    changes DeclineWhistleInput {
        /// The whistle 哨单.
        whistle_id: ID,
        /// Why it is not yours, at most 4,000 characters 退哨理由.
        reason: String,
    }
    /// Ruling on a declined whistle 退哨裁定.
    changes RuleOnWhistleInput {
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
    changes ConcludeWhistleInput {
        /// The whistle 哨单.
        whistle_id: ID,
        /// What was done, at most 4,000 characters 办结情况.
        result: String,
    }
    /// Taking a whistle back, or releasing the unit called 撤哨.
    changes WithdrawWhistleInput {
        /// The whistle 哨单.
        whistle_id: ID,
        /// Why, at most 4,000 characters 理由.
        reason: Option<String>,
    }
    /// Calling the superior of a unit that does not turn up 升级.
    changes EscalateWhistleInput {
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
                /// The case as it is now; null where nothing was changed, but on `CONFLICT` as it stands 案件.
                case: Case,
            }
        )+}
    };
}

case_payloads! {
    AcceptCasePayload, RejectCasePayload, WithdrawCasePayload, ClassifyCasePayload, AssignCasePayload, StartCasePayload, ResolveCasePayload,
    CloseCasePayload, ReturnCasePayload, ReopenCasePayload, MergeCasePayload, AddCaseNotePayload, RateCasePayload,
    SuperviseCasePayload, PauseCaseClockPayload, ResumeCaseClockPayload, ExtendDeadlinePayload, RuleOnExtensionPayload,
}

macro_rules! whistle_payloads {
    ($($name:ident),+ $(,)?) => {
        payloads! {$(
            /// What became of it 操作结果.
            $name {
                /// The whistle as it is now; null where nothing was changed, but on `CONFLICT` as it stands 哨单.
                whistle: Whistle,
                /// Its case as it is now; null where nothing was changed, but on `CONFLICT` as it stands 案件.
                case: Case,
            }
        )+}
    };
}

whistle_payloads! {
    CheckInWhistlePayload, DeclineWhistlePayload, RuleOnWhistlePayload, ConcludeWhistlePayload, WithdrawWhistlePayload, EscalateWhistlePayload,
    RateWhistlePayload,
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
        /// The case as it is now; null where nothing was changed, but on `CONFLICT` as it stands 案件.
        case: Case,
    }
}

/// A refusal of the input itself, or what the use case takes.
pub(super) type Decoded<T> = Result<T, Refusal>;

/// A unit named by id: whatever can handle a case.
pub(super) fn named(id: &ID, field: &str) -> Decoded<Named> {
    Ok(match GlobalId::parse(id) {
        Some(GlobalId::Area(id)) => Named::Area(id),
        Some(GlobalId::Grid(id)) => Named::Unit(HandlerKind::Grid, id.into()),
        Some(GlobalId::Firm(id)) => Named::Unit(HandlerKind::PropertyFirm, id.into()),
        Some(GlobalId::PartyBranch(id)) => Named::Unit(HandlerKind::PartyBranch, id.into()),
        Some(GlobalId::Committee(id)) => Named::Unit(HandlerKind::OwnersCommittee, id.into()),
        Some(GlobalId::Department(id)) => Named::Unit(HandlerKind::Department, id.into()),
        _ => return Err(Refusal::not_found(field)),
    })
}

/// Whom a case complains about.
pub(super) fn respondent(named_by: Option<CaseRespondentInput>) -> Decoded<Option<Respondent>> {
    Ok(match named_by {
        None => None,
        Some(CaseRespondentInput::HandlerId(id)) => Some(Respondent::Unit(named(&id, "respondent.handlerId")?)),
        Some(CaseRespondentInput::PersonId(id)) => Some(Respondent::Person(id::required(&id, "respondent.personId")?)),
        Some(CaseRespondentInput::Name(name)) => Some(Respondent::Name(text(&name, "respondent.name", TITLE)?)),
    })
}

impl ReportCaseInput {
    pub(super) fn key(&self) -> Decoded<Option<RequestKey>> {
        request_key(self, self.idempotency_key.as_deref())
    }

    pub(super) fn decode(self) -> Decoded<NewCase> {
        let place = match self.place {
            CasePlaceInput::ComplexId(id) => Place::Complex(id::required(&id, "place.complexId")?),
            CasePlaceInput::BuildingId(id) => Place::Building(id::required(&id, "place.buildingId")?),
            CasePlaceInput::AreaCode(code) => Place::Area(code.0),
        };
        let location = match self.location {
            None => None,
            Some(at) => {
                Some((within(at.longitude, "location.longitude", -180.0, 180.0)?, within(at.latitude, "location.latitude", -90.0, 90.0)?))
            }
        };
        Ok(NewCase {
            reporter: self.reporter.map(CaseReporterInput::decode).transpose()?,
            category: self.category,
            matter: self.matter_id.map(|id| id::required(&id, "matterId")).transpose()?,
            title: text(&self.title, "title", TITLE)?,
            description: maybe_text(self.description.as_deref(), "description", TEXT)?,
            place,
            location,
            priority: self.priority.unwrap_or(CasePriority::Normal),
            channel: self.channel.unwrap_or(IntakeChannel::App),
            anonymous: self.anonymous,
            respondent: respondent(self.respondent)?,
            evidence: evidence::ids(self.attachment_ids.as_deref().unwrap_or_default(), 0)?,
        })
    }
}
