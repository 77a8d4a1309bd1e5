//! The closed enums: one definition for the column, the JSON and the GraphQL enum.

use async_graphql::Enum;
use sea_orm::{DeriveActiveEnum, EnumIter, sea_query::StringLen};
use serde::{Deserialize, Serialize};

macro_rules! closed_enums {
    ($($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Enum, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
        #[sea_orm(rs_type = "String", db_type = "String(StringLen::N(32))", rename_all = "SCREAMING_SNAKE_CASE")]
        #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            pub const ALL: &[Self] = &[$(Self::$variant),+];
        }
    )+};
}

closed_enums! {
    /// A level of the area tree 行政区划层级.
    AreaLevel {
        /// Province 省、自治区、直辖市.
        Province,
        /// City 地级市.
        City,
        /// District or county 区、县、县级市.
        District,
        /// Subdistrict, town or township 街道、镇、乡.
        Subdistrict,
        /// Community or village 社区、村.
        Community,
        /// Grid 网格.
        Grid,
        /// Micro-grid 微网格.
        MicroGrid,
    }

    /// What an area is, where its level has several kinds 区划类型.
    AreaKind {
        /// District of a city 市辖区.
        CityDistrict,
        /// County 县.
        County,
        /// County-level city 县级市.
        CountyCity,
        /// Subdistrict 街道.
        Street,
        /// Town 镇.
        Town,
        /// Township 乡.
        Township,
        /// A farm, forest or development zone at the level of a subdistrict 农林场、开发区等.
        Zone,
        /// Residents' community 社区 (居民委员会).
        Residents,
        /// Village 村 (村民委员会).
        Village,
    }

    /// What a residential complex is 小区类型.
    ComplexKind {
        /// Commodity housing 商品房小区.
        Commodity,
        /// Old complex 老旧小区.
        Old,
        /// Housing of an employer 家属院、单位房.
        Employer,
        /// Resettlement housing 安置房.
        Resettlement,
        /// Serviced apartments 公寓式酒店.
        Apartment,
        /// Not told apart yet 未分类.
        Other,
    }

    /// The kind of a party organisation 党组织类型.
    PartyBranchKind {
        /// Party committee or general branch of a community 社区党委、党总支.
        CommunityCommittee,
        /// Branch of a complex 小区党支部.
        ComplexBranch,
        /// Branch of a grid 网格党支部.
        GridBranch,
        /// Branch of a property service 物业党支部.
        PropertyServiceBranch,
        /// Group of a building 楼栋党小组.
        BuildingGroup,
        /// Working committee of a subdistrict 街道党工委.
        SubdistrictCommittee,
        /// Joint working committee, in which units of the place sit too 大工委、大党委.
        JointWorkingCommittee,
        /// United committee of several organisations 联合党委.
        UnitedCommittee,
        /// Committee of the property industry 物业行业党委.
        IndustryCommittee,
        /// Leading group for a task 工作领导小组.
        LeadingGroup,
    }

    /// The kind of a committee 委员会类型.
    CommitteeKind {
        /// Owners' committee of a complex 业主委员会.
        Owners,
        /// Committee that supervises the owners' committee of a complex 业主监督委员会.
        OwnersSupervision,
        /// Environment and property committee of a community, or of one of its complexes 环境和物业管理委员会 (环物会).
        EnvironmentProperty,
        /// Appraisal committee of a complex or a community 小区评议委员会.
        Appraisal,
        /// The committee of a party branch, on which firms' managers and members of owners' committees may sit 党支部委员会 (双向进入、交叉任职).
        BranchCommittee,
    }

    /// What a member of a committee is in it 委员会职务.
    CommitteeRole {
        /// Chair 主任.
        Chair,
        /// Deputy chair 副主任.
        Deputy,
        /// Ordinary member 委员.
        Member,
    }

    /// How a member came to stand 产生方式 (自荐 > 推荐 > 竞职 > 投票).
    SeatOrigin {
        /// Put themselves forward 自荐.
        SelfNominated,
        /// Was recommended 推荐.
        Recommended,
        /// Competed for the seat 竞职.
        Competed,
        /// Was voted for 投票.
        Voted,
    }

    /// For whom a member sits on a committee 委员身份.
    SeatCapacity {
        /// As an owner 业主.
        Owner,
        /// For the residents' committee of the community 居民委员会.
        ResidentsCommittee,
        /// For the police 公安派出所.
        Police,
        /// As a member of the party 党员.
        PartyMember,
        /// For a property firm 物业企业.
        PropertyFirm,
        /// As the event says 其他.
        Other,
    }

    /// Why a seat ended before its term 委员离任原因.
    SeatEnd {
        /// Resigned 辞职.
        Resigned,
        /// Lost the capacity to sit, as by selling the dwelling 资格终止.
        Disqualified,
        /// Was removed by those who elect 罢免.
        Removed,
        /// Goes on with another role: a seat follows on the next day 职务变动. Said by the server only.
        RoleChanged,
        /// Another committee was elected before the term was over 换届. Said by the server only.
        NewElection,
        /// The committee was dissolved 委员会解散. Said by the server only.
        Dissolved,
    }

    /// What happened to a committee 委员会事项.
    CommitteeEventKind {
        /// Established 成立.
        Established,
        /// Elected: a term begins 换届选举.
        Elected,
        /// A member was seated during a term 增补委员.
        Seated,
        /// A seat ended during a term 委员离任.
        SeatEnded,
        /// A member took another role 职务变动.
        RoleAssigned,
        /// The election was filed with the authorities 备案.
        Filed,
        /// It has another name since; the note is the former one 更名.
        Renamed,
        /// It lies in another area since, after areas were merged or split, or its complex moved 划转.
        Relocated,
        /// Dissolved 解散.
        Dissolved,
    }

    /// A rule about who sits on a committee and for how long 组成规则.
    CompositionRule {
        /// Owners only 委员须为业主.
        OwnersOnly,
        /// From 5 to 11 members 委员 5 至 11 人.
        MemberCount,
        /// An odd number of members 委员人数为单数.
        OddNumber,
        /// A term of at most 5 years 任期不超过 5 年.
        TermLength,
        /// A chair within 7 days of the election 选举之日起 7 日内推选主任.
        ChairInTime,
        /// Filed within 30 days of the election 选举产生之日起 30 日内备案.
        FiledInTime,
        /// Nobody works for the firm that serves the complex 不得在服务本小区的物业企业任职.
        NotOfServingFirm,
        /// One director of the residents' committee, two deputies of the police, six owners 居委会 1 人任主任、公安 2 人任副主任、业主 6 人.
        EnvironmentSeats,
        /// The committee of a party branch has from 3 to 5 members, as a rule at most 7 支部委员会由 3 至 5 人组成，一般不超过 7 人.
        BranchSeats,
        /// The committee of a party branch has a chair, the secretary, who is the one that the branch has 支部委员会设书记.
        BranchSecretary,
        /// A term of a party branch's committee of 5 years in villages and communities, as a rule of 3 elsewhere 村、社区党支部委员会每届任期 5 年，其他一般 3 年.
        BranchTerm,
    }

    /// Where a record comes from 数据来源: a published account, or invented for the demonstration. Records entered by users are `RECORDED`.
    Provenance {
        /// Entered or imported by a user 录入.
        Recorded,
        /// Told by a published account; what was inferred is said in the note 公开报道.
        Published,
        /// Invented for the demonstration 演示数据 (虚构).
        Invented,
    }

    /// A post that a person holds; it gives the role 岗位.
    PostRole {
        /// Resident of a complex 居民.
        Resident,
        /// Grid worker 网格员.
        GridWorker,
        /// Secretary of a party branch 党支部书记.
        BranchSecretary,
        /// Officer of a community 社区工作人员.
        CommunityOfficer,
        /// Officer of a subdistrict 街道工作人员.
        SubdistrictOfficer,
        /// Officer of a department 职能部门工作人员.
        DepartmentOfficer,
        /// Manager of a property firm's project 物业项目经理.
        FirmManager,
        /// Chair or deputy chair of an owners' committee 业主委员会主任、副主任.
        CommitteeChair,
        /// Officer of the district's command centre 区指挥中心工作人员.
        DistrictOfficer,
        /// Analyst: sees figures and masked cases, changes nothing 分析员.
        Analyst,
        /// Auditor: sees the records, masked, changes nothing 审计员.
        Auditor,
        /// Administrator of the system: sets up records, handles no case 系统管理员.
        Administrator,
    }

    /// The three classes of problems 三类问题 (违规行为、邻里矛盾、安全隐患), with complaints about the firm and requests for service.
    CaseCategory {
        /// Violation 违规行为.
        Violation,
        /// Dispute between neighbours 邻里矛盾.
        Dispute,
        /// Safety hazard 安全隐患.
        Hazard,
        /// Misconduct of property service 物业乱象.
        PropertyService,
        /// A resident's request 民生诉求.
        Service,
    }

    /// Where a case file stands 案件状态.
    CaseStatus {
        /// Reported, not yet taken up 已上报.
        Reported,
        /// Accepted 已受理.
        Accepted,
        /// Assigned to a handler 已交办.
        Assigned,
        /// Somebody is on it 办理中.
        InProgress,
        /// Dealt with, to be verified 待核验.
        Resolved,
        /// Verified and closed 已销号.
        Closed,
        /// Not for this service 不予受理.
        Rejected,
        /// Taken back by its reporter 已撤回.
        Withdrawn,
        /// Merged into another case 已并案.
        Merged,
    }

    /// The level at which a case stands, and at which it was settled 处置层级 (小事不出小区、大事不出社区、难事不出街道).
    HandlingLevel {
        /// Inside the complex 小区.
        Complex,
        /// Grid 网格.
        Grid,
        /// Community 社区.
        Community,
        /// Subdistrict 街道.
        Subdistrict,
        /// District, its departments included 区 (含职能部门).
        District,
    }

    /// Who can handle a case and be called by a whistle 处置主体.
    HandlerKind {
        /// Property firm 物业企业.
        PropertyFirm,
        /// Owners' committee 业主委员会.
        OwnersCommittee,
        /// Party branch 党支部.
        PartyBranch,
        /// Grid 网格.
        Grid,
        /// Community 社区.
        Community,
        /// Subdistrict 街道.
        Subdistrict,
        /// Department 职能部门.
        Department,
        /// District 区.
        District,
    }

    /// How a step of a handling path stands to a case 处置路径环节状态.
    PathStepState {
        /// Such a unit has been called about the case, and another has it now 已经过.
        Passed,
        /// The case is with it, or ended with it 当前.
        Current,
        /// Still to come 未到.
        Ahead,
        /// Passed over: the place has no such unit, it stays out of the case, or the case has gone on without it 跳过.
        Skipped,
    }

    /// How pressing a case is 紧急程度.
    CasePriority {
        /// Routine 一般.
        Normal,
        /// Important 重要.
        High,
        /// Urgent 紧急.
        Urgent,
    }

    /// How a case came in 受理渠道.
    IntakeChannel {
        /// Mini-program or app 小程序.
        App,
        /// WeChat group 微信群.
        WechatGroup,
        /// Suggestion box 意见箱.
        SuggestionBox,
        /// Visit to a household 入户走访.
        Visit,
        /// Patrol 巡查.
        Patrol,
        /// Hotline 热线.
        Hotline,
        /// Residents' meeting 议事会.
        Meeting,
    }

    /// What happened to a case 案件事项.
    CaseEventKind {
        /// Reported 上报 (居民吹哨).
        Reported,
        /// Accepted 受理.
        Accepted,
        /// Rejected 不予受理.
        Rejected,
        /// Withdrawn by the reporter 撤回.
        Withdrawn,
        /// Category, matter or priority set 分类.
        Classified,
        /// Assigned to a handler 交办.
        Assigned,
        /// Work started 开始办理.
        Started,
        /// Resolved 办结待核验.
        Resolved,
        /// Returned to the handler: not in order 退回重办.
        Returned,
        /// Verified and closed 销号.
        Closed,
        /// Opened again 重新立案.
        Reopened,
        /// Merged into another case 并案.
        Merged,
        /// Another case was merged into this one 并入.
        MergedIn,
        /// A note 备注.
        Noted,
        /// Rated by the reporter 评价.
        Rated,
        /// A whistle was raised 吹哨.
        WhistleRaised,
        /// The unit called has turned up 报到.
        WhistleCheckedIn,
        /// The unit called declined 退哨.
        WhistleDeclined,
        /// The level above ruled on a declined whistle 退哨裁定.
        WhistleRuled,
        /// The unit called reported back 哨事办结.
        WhistleConcluded,
        /// A whistle was taken back or released 撤哨.
        WhistleWithdrawn,
        /// A whistle went unanswered and calls the superior 升级.
        WhistleEscalated,
        /// Personal data were erased on request 个人信息删除 (个人信息保护法第四十七条).
        PersonalDataErased,
        /// A deadline comes near 临期提醒.
        DeadlineApproaching,
        /// A deadline has passed 逾期.
        Overdue,
        /// Nobody is above the unit that did not turn up: the district is asked to supervise 提请督办.
        SupervisionRequested,
        /// A higher level supervises it from now on 督办.
        Supervised,
        /// Its clocks stand still 暂停计时.
        ClockPaused,
        /// Its clocks run again 恢复计时.
        ClockResumed,
        /// More time was asked for 申请延期.
        ExtensionRequested,
        /// More time was given 同意延期.
        ExtensionGranted,
        /// More time was refused 不同意延期.
        ExtensionRefused,
        /// A deadline was worked out anew: another policy, or a calendar that became known 期限调整.
        DeadlineChanged,
        /// The whistler rated how the unit called came 报到评价.
        WhistleRated,
        /// Its area or grid ended: whoever came after has it from now on 区划调整、重划网格.
        Relocated,
        /// Photos, films or documents were added as evidence 补充证据.
        EvidenceAdded,
    }

    /// Why a person is told of something 消息类型.
    NotificationKind {
        /// A whistle calls your unit, for the first time or again 新哨单待报到. Told to those who work for the unit called.
        WhistleRaised,
        /// A whistle went unanswered and calls the superior 哨单升级. Told to those who work for the unit that did not answer, and to the whistler.
        WhistleEscalated,
        /// A whistle was declined and is to be ruled on 退哨待裁定. Told to those who work for the unit that rules.
        WhistleDeclined,
        /// A case was assigned to your unit 案件交办. Told to those who work for it.
        CaseAssigned,
        /// The case you reported has moved to another status 案件状态变化. Told to its reporter.
        CaseStatusChanged,
        /// A deadline comes near 即将到期. Told to those who work for the unit called, or for the handler.
        DeadlineApproaching,
        /// A deadline has passed 已逾期. Told to those who work for the unit called, or for the handler.
        Overdue,
        /// A case reached the top unanswered: supervision is asked for 请求督办. Told to the officers of the district.
        SupervisionRequested,
    }

    /// Where a message to a webhook stands 投递状态.
    DeliveryStatus {
        /// To be sent, or to be sent again 待投递.
        Pending,
        /// Answered with success (2xx) 已送达.
        Delivered,
        /// Given up 投递失败.
        Failed,
    }

    /// Why an attempt to deliver failed 投递失败原因.
    DeliveryFailure {
        /// The address is private, and this server may not send to such 内网地址被禁止.
        PrivateAddress,
        /// No connection, or it broke off 无法连接.
        Unreachable,
        /// No answer within ten seconds 超时.
        Timeout,
        /// The answer was no success; redirects are not followed 对方拒绝.
        Status,
        /// The webhook was switched off before 回调已停用.
        Deactivated,
    }

    /// What is wrong with the file of a case 案卷异常类型.
    CaseFileFault {
        /// The entry is from before there were hashes 无校验值.
        NotChained,
        /// An entry is missing here 缺少事项.
        Missing,
        /// The entry does not stand where it was entered 事项顺序被改动.
        OutOfOrder,
        /// The entry does not follow from the one before: that one was changed, or entries between them are gone 与上一事项不衔接.
        Unlinked,
        /// The entry has been changed 事项被改动.
        Changed,
        /// Its actor or its note has been changed 经办人或说明被改动.
        PersonalChanged,
        /// Its personal data are erased, and no later entry says so 个人信息被删除而无记录.
        ErasedUnrecorded,
        /// The case is no longer as it was saved with its last entry 案件信息被改动.
        CaseChanged,
        /// A whistle is no longer as it was saved with this entry, or is gone 哨单被改动或缺失.
        WhistleChanged,
        /// A whistle of which no entry tells 哨单无对应事项.
        WhistleUnrecorded,
        /// An attachment is no longer as it was added with this entry, or is gone; or one is there of which no entry tells 证据附件被改动、缺失或无对应事项.
        AttachmentChanged,
    }

    /// What an attachment shows 证据类型.
    EvidenceKind {
        /// How it was before it was dealt with 处置前.
        Before,
        /// How it is since it was dealt with 处置后.
        After,
        /// Anything else 其他.
        Other,
    }

    /// What can be done to a case 案件操作.
    CaseAction {
        /// `acceptCase` 受理.
        Accept,
        /// `rejectCase` 不予受理.
        Reject,
        /// `withdrawCase` 撤回.
        Withdraw,
        /// `classifyCase` 分类.
        Classify,
        /// `assignCase` 交办.
        Assign,
        /// `startCase` 开始办理.
        Start,
        /// `resolveCase` 办结.
        Resolve,
        /// `closeCase` 销号.
        Close,
        /// `returnCase` 退回重办.
        Return,
        /// `reopenCase` 重新立案.
        Reopen,
        /// `mergeCase` 并案.
        Merge,
        /// `addCaseNote` 备注.
        AddNote,
        /// `rateCase` 评价.
        Rate,
        /// `raiseWhistle` 吹哨.
        RaiseWhistle,
        /// `superviseCase` 督办.
        Supervise,
        /// `pauseCaseClock` 暂停计时.
        PauseClock,
        /// `resumeCaseClock` 恢复计时.
        ResumeClock,
        /// `extendDeadline` 延期.
        ExtendDeadline,
        /// `addCaseEvidence` 补充证据.
        AddEvidence,
    }

    /// What a clock measures 计时类型.
    ClockKind {
        /// The case as a whole, from its report until it is resolved, whoever has it 案件总时限.
        Case,
        /// A whistle: until the unit called checks in 报到时限.
        CheckIn,
        /// One level: as long as the case stands there 本级办理时限.
        Resolution,
        /// The supervision by a higher level: until the case is closed 督办时限.
        Supervision,
    }

    /// Whether a clock runs.
    ClockState {
        Running,
        Paused,
        Stopped,
    }

    /// How a clock ended.
    ClockOutcome {
        Met,
        Missed,
        Cancelled,
    }

    /// How a clock stands 计时状态.
    ClockStatus {
        /// Running, and far from its end 正常.
        OnTrack,
        /// Running, and past the share of its time at which it warns 临期.
        AtRisk,
        /// Running, and past its end 逾期.
        Overdue,
        /// Standing still 暂停.
        Paused,
        /// Ended in time 按时完成.
        Met,
        /// Ended late 逾期完成.
        Missed,
        /// Ended because there is nothing to wait for any more: withdrawn, merged, released 取消.
        Cancelled,
    }

    /// Which time counts 计时方式.
    ClockHours {
        /// The working time of the district 工作时间.
        Working,
        /// Every hour of every day, as for hazards 全天候.
        RoundTheClock,
    }

    /// Why clocks stand still 暂停原因.
    PauseReason {
        /// The owners have to vote 等待业主表决.
        OwnersVote,
        /// Papers or evidence are missing 等待补充材料.
        Materials,
        /// Parts or a contractor are on the way 等待物料或施工单位.
        Supplies,
        /// Weather, flood or another act of nature 不可抗力.
        ForceMajeure,
        /// A court, an arbitrator or another authority decides first 等待司法或其他机关处理.
        OtherAuthority,
        /// As the note says 其他.
        Other,
    }

    /// Why a stretch of a clock begins 计时分段起因.
    SegmentCause {
        /// It was started 开始.
        Started,
        /// It was paused 暂停.
        Paused,
        /// It runs again 恢复.
        Resumed,
        /// It was given more time 延期.
        Extended,
        /// The policy was changed, and applied to running clocks 时限规则调整.
        PolicyChanged,
        /// The calendar of a year became known 日历公布.
        CalendarChanged,
        /// The case was returned to its handler 退回重办.
        Returned,
    }

    /// What can be done to a whistle 哨单操作.
    WhistleAction {
        /// `checkInWhistle` 报到.
        CheckIn,
        /// `declineWhistle` 退哨.
        Decline,
        /// `ruleOnWhistle` 退哨裁定.
        Rule,
        /// `concludeWhistle` 哨事办结.
        Conclude,
        /// `withdrawWhistle` 撤哨.
        Withdraw,
        /// `escalateWhistle` 升级.
        Escalate,
        /// `rateWhistle` 报到评价.
        Rate,
    }

    /// Where a whistle stands 哨单状态.
    WhistleStatus {
        /// Raised: the unit called has to check in 待报到.
        Raised,
        /// Checked in 已报到.
        CheckedIn,
        /// Declined: the level above rules, or has ruled that it stands 已退哨.
        Declined,
        /// Reported back 已办结.
        Concluded,
        /// Went unanswered: the superior has been called; the first duty stays open 已升级.
        Escalated,
        /// Taken back or released 已撤哨.
        Withdrawn,
    }

    /// What can be searched for 检索对象.
    SearchType {
        /// Complexes, by name and address 小区.
        Complex,
        /// Property firms, by name 物业企业.
        PropertyFirm,
        /// Persons, by a name that you may see unmasked 人员.
        Person,
        /// Cases, by number, title and description 案件.
        Case,
    }

    /// A day of the week 星期.
    Weekday {
        /// Monday 星期一.
        Monday,
        /// Tuesday 星期二.
        Tuesday,
        /// Wednesday 星期三.
        Wednesday,
        /// Thursday 星期四.
        Thursday,
        /// Friday 星期五.
        Friday,
        /// Saturday 星期六.
        Saturday,
        /// Sunday 星期日.
        Sunday,
    }

    /// What a day is that does not follow its weekday 特殊日类型.
    CalendarDayKind {
        /// Off: a public holiday, or a day that was exchanged for one 放假.
        Off,
        /// Worked, such as a make-up workday 上班 (调休补班).
        Work,
    }

    /// What kind of record it is 档案类型.
    RecordKind {
        /// A register of cases 台账.
        Register,
        /// An area 行政区划.
        Area,
        /// A grid 网格.
        Grid,
        /// The working fund of a grid for a year 网格工作经费.
        GridFund,
        /// A person 人员.
        Person,
        /// A post 任职.
        Post,
        /// A party organisation 党组织.
        PartyBranch,
        /// That an organisation covers a complex 覆盖小区.
        PartyCover,
        /// That a person belongs to an organisation 党员组织关系.
        PartyMembership,
        /// Somebody sent to an organisation or a firm 选派人员.
        PartyInstructor,
        /// A double report 双报到.
        DoubleReport,
        /// A duty post 岗位.
        DutyPost,
        /// That a duty post is held 认领岗位.
        DutyClaim,
        /// Hours of service 服务记录.
        ServiceRecord,
        /// A complex 小区.
        Complex,
        /// A building 楼栋.
        Building,
        /// A stairwell 单元.
        Stairwell,
        /// A dwelling 专有部分.
        Dwelling,
        /// A courtyard 院子.
        Courtyard,
        /// An honour of a complex 荣誉.
        ComplexHonour,
        /// A property firm 物业企业.
        PropertyFirm,
        /// The admission of a firm to a district 物业企业准入.
        FirmAdmission,
        /// A contract of a firm with a complex 物业服务合同.
        FirmContract,
        /// A fee rate under a contract 收费标准.
        ContractFee,
        /// An entry of the list of services or of resources 服务清单、资源清单条目.
        ServiceItem,
        /// A department 职能部门.
        Department,
        /// A matter of a district's catalogue 行政执法清单事项.
        Matter,
        /// A pairing of a department or a leader with a place 结对联系.
        Pairing,
        /// A governing document 制度文件.
        GoverningDocument,
        /// What a district calls a level 层级名称.
        LevelName,
        /// What a district calls a class of problem 问题类别名称.
        CategoryName,
    }

    /// What was done to a record 变更类型.
    RecordChangeKind {
        /// Set up 新建.
        Created,
        /// Changed 修改.
        Changed,
        /// Ended: it stays to be read 终止.
        Ended,
    }

    /// How one area came after another 区划沿革类型.
    AreaSuccessionKind {
        /// It was merged into it 合并.
        Merged,
        /// It was split into it and others 拆分.
        Split,
        /// The grids of a community were drawn anew 重划网格.
        Regridded,
    }

    /// What an entry in the ledger of a grid's fund is 经费流水类型.
    GridFundEntryKind {
        /// Money was granted to the grid 拨付.
        Grant,
        /// Money was spent 支出.
        Spend,
        /// Money that was spent came back 退款.
        Refund,
        /// An earlier entry is taken back whole, since it was wrong 冲销.
        Correction,
    }

    /// What a table is about that is taken in 导入对象.
    ImportKind {
        /// Areas from the provinces down to the communities 行政区划.
        Areas,
        /// Grids and micro-grids 网格.
        Grids,
        /// Complexes 小区.
        Complexes,
        /// Buildings of complexes 楼栋.
        Buildings,
        /// Dwellings of buildings 专有部分.
        Dwellings,
        /// Property firms 物业企业.
        Firms,
        /// Contracts of property firms 物业服务合同.
        Contracts,
        /// Party organisations 党组织.
        Branches,
        /// Departments 职能部门.
        Departments,
        /// The catalogue of matters 行政执法清单.
        Matters,
        /// Persons and their posts 人员及任职.
        Persons,
        /// Committees with their terms and seats 委员会及委员.
        Committees,
        /// Who belongs to which party organisation 党员组织关系.
        Members,
        /// Double reports of persons and units 双报到.
        DoubleReports,
    }

    /// Where an import stands 导入状态.
    ImportStatus {
        /// It waits for its turn 等待中.
        Queued,
        /// It is being taken in 导入中.
        Running,
        /// All of it was taken in 已完成.
        Done,
        /// Nothing was taken in: something is wrong with the table, line by line in `problems` 未通过.
        Refused,
        /// Nothing was taken in: the server could not, though it tried several times; `problems` says why 失败.
        Failed,
    }

    /// What a person is in a party organisation 党内身份. Its secretary holds a post.
    PartyRole {
        /// Member 正式党员.
        Member,
        /// Probationary member 预备党员.
        Probationary,
        /// Member of its committee 支部委员.
        CommitteeMember,
        /// Deputy secretary 副书记.
        DeputySecretary,
    }

    /// As what somebody is sent to a party organisation or a firm 选派类型.
    InstructorKind {
        /// Instructor in party building 党建指导员.
        Instructor,
        /// First secretary 第一书记.
        FirstSecretary,
    }

    /// Who has reported 报到主体.
    DoubleReportKind {
        /// A party member, to where they live 在职党员.
        Person,
        /// A unit 双报到单位.
        Unit,
    }

    /// Why a complex is no more 小区终止原因.
    ComplexEnd {
        /// Its buildings were demolished 拆除.
        Demolished,
        /// It became part of another complex 并入其他小区.
        Merged,
        /// As the note says 其他.
        Other,
    }

    /// What a dwelling is used for 专有部分用途.
    DwellingUse {
        /// To live in 住宅.
        Residential,
        /// Shops and offices 商业、办公.
        Commercial,
        /// A parking space or a garage 车位、车库.
        Parking,
        /// Storage 储藏间、杂物间.
        Storage,
        /// Anything else 其他.
        Other,
    }

    /// What a floor area is taken from 面积来源, in the order in which the courts take them: 法释〔2009〕7号 (2020 年修正) 第八条.
    FloorAreaSource {
        /// The register of real estate 不动产登记簿.
        TitleRegister,
        /// A survey of what was built 测绘机构实测.
        Survey,
        /// The contract of sale 房屋买卖合同.
        SaleContract,
        /// What was declared 自行申报.
        Declared,
    }

    /// A fact that the record of a complex is to hold 小区信息项.
    ComplexFact {
        /// What kind of complex it is: told apart from `OTHER` 类型.
        Kind,
        /// The address 地址.
        Address,
        /// How many households 户数.
        Households,
        /// The floor area 建筑面积.
        FloorArea,
        /// The point on the map 坐标.
        Location,
        /// At least one building 楼栋.
        Buildings,
        /// Buildings, each with its grid 楼栋所属网格.
        Grids,
        /// Buildings, each with at least one dwelling 专有部分.
        Dwellings,
    }

    /// What a property firm takes money for 收费项目.
    FeeItem {
        /// Property service 物业服务费.
        PropertyService,
        /// Parking 停车费.
        Parking,
        /// The lift 电梯费.
        Lift,
        /// Pumping of water to upper floors 二次供水加压费.
        WaterPumping,
        /// Refuse 垃圾清运费.
        Refuse,
        /// As the detail says 其他.
        Other,
    }

    /// What a fee is reckoned by 计费单位.
    FeeUnit {
        /// Yuan for a square metre and a month 元/平方米·月.
        SquareMetreMonth,
        /// Yuan for a unit and a month: a dwelling, a parking space 元/户·月、元/位·月.
        UnitMonth,
    }

    /// Which list of a property firm 清单类型.
    ServiceItemKind {
        /// What it does for the residents 服务清单.
        Service,
        /// What it has to do it with: people, rooms, equipment 资源清单.
        Resource,
    }

    /// Who is paired with a place 结对类型.
    PairingKind {
        /// A department 部门结对.
        DepartmentPairing,
        /// A leader 领导联系.
        LeaderContact,
    }

    /// What a governing document is 制度文件类型.
    DocumentKind {
        /// A scheme 实施方案.
        Scheme,
        /// Rules, such as those of assessment 办法、细则.
        Rules,
        /// A notice 通知.
        Notice,
        /// A list, such as that of duties 清单.
        List,
        /// An opinion 意见.
        Opinion,
        /// Another 其他.
        Other,
    }
}

impl CaseStatus {
    /// Open 未结: something is still to be done, be it the verification.
    pub const OPEN: &[Self] = &[Self::Reported, Self::Accepted, Self::Assigned, Self::InProgress, Self::Resolved];

    pub fn is_open(self) -> bool {
        Self::OPEN.contains(&self)
    }
}

impl HandlerKind {
    /// The level a case stands at while a unit of this kind handles it.
    pub fn level(self) -> HandlingLevel {
        match self {
            Self::PropertyFirm | Self::OwnersCommittee | Self::PartyBranch => HandlingLevel::Complex,
            Self::Grid => HandlingLevel::Grid,
            Self::Community => HandlingLevel::Community,
            Self::Subdistrict => HandlingLevel::Subdistrict,
            Self::Department | Self::District => HandlingLevel::District,
        }
    }
}
